"""Makes the students' exercise notebooks from the solution notebooks.

python -m tools.exercises           write notebooks/exercises/ from notebooks/solutions/
python -m tools.exercises --check   change nothing; exit code 1 names the files that differ

Everything between ``### BEGIN SOLUTION`` and ``### END SOLUTION`` is removed. In code, ``...``
takes its place: once for each name that is assigned at top level, or once in a function's body.
"""

import argparse
import ast
import copy
import re
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from mnist_helpers._support import write_atomically
from tools.links import ROOT, SETUP_TAG, LinksError, badge, repository, setup_cell

SOURCE, TARGET = "solutions", "exercises"
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
YOUR_CODE = "# Your code here."
YOUR_ANSWER = "*Your answer here.*"


class ExercisesError(Exception):
    """A solution notebook that cannot become an exercise; the message says where and why."""


def is_solution(cell: NotebookNode) -> bool:
    """Whether nbgrader's metadata mark a cell as a student's answer."""
    return cell.metadata.get("nbgrader", {}).get("solution", False)


def stub(lines: list[str], indent: str) -> list[str]:
    """Return the lines that replace a solution.

    Args:
        lines: the solution, without its marks.
        indent: the whitespace before the marks.

    Returns:
        A comment, then ``...``. At top level each name that the solution assigns becomes ``...``,
        so that the cells below find it.

    Raises:
        ExercisesError: if a function or a class is defined between marks at top level.
    """
    names: list[str] = []
    if not indent:
        for node in ast.parse("\n".join(lines)).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                raise ExercisesError(
                    f"{node.name!r} is defined between the marks. Put its first line above "
                    f"{BEGIN!r}, and indent the marks, so that the student sees what to write."
                )
            targets = node.targets if isinstance(node, ast.Assign) else []
            targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
            found = [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
            names += [name for name in found if name not in names]
    return [indent + YOUR_CODE, *([f"{name} = ..." for name in names] or [f"{indent}..."])]


def without_solution(source: str, *, markdown: bool = False) -> str:
    """Return a cell's source without its solutions.

    Args:
        source: the cell's source.
        markdown: whether it is text, where `YOUR_ANSWER` replaces the model answer.

    Raises:
        ExercisesError: if there are no marks, or if they are not in pairs.
    """
    kept: list[str] = []
    inside: list[str] | None = None
    for line in source.splitlines():
        if line.strip() == BEGIN and inside is None:
            inside, indent = [], line[: len(line) - len(line.lstrip())]
        elif line.strip() == END and inside is not None:
            kept += [YOUR_ANSWER] if markdown else stub(inside, indent)
            inside = None
        elif line.strip() in (BEGIN, END):
            raise ExercisesError(f"The mark {line.strip()!r} is not part of a pair.")
        elif inside is None:
            kept.append(line)
        else:
            inside.append(line)
    if inside is not None:
        raise ExercisesError(f"The mark {END!r} is missing.")
    result = "\n".join(kept)
    if result == source.removesuffix("\n"):
        raise ExercisesError(f"A solution cell must have the mark {BEGIN!r}.")
    return result


def retitled(source: str, slug: str, name: str) -> str:
    """Return the first cell with the exercise's badge and title.

    Args:
        source: the solution's first cell.
        slug: ``owner/name`` of the repository.
        name: the solution's file name.

    Raises:
        ExercisesError: if there is no title with the word "solutions" in it.
    """
    _, rest = source.split("\n", 1) if source.startswith("[![") else ("", f"\n{source}")
    title = re.search(r"^# .*$", rest, re.MULTILINE)
    if title is None or "solutions" not in title[0].lower():
        raise ExercisesError('The first cell needs a title with the word "solutions" in it.')
    new = title[0].replace("Solutions", "Exercises").replace("solutions", "exercises")
    return badge(slug, f"{TARGET}/{name}") + "\n" + rest.replace(title[0], new, 1)


def make_exercise(notebook: NotebookNode, name: str, slug: str) -> NotebookNode:
    """Return the students' version of a solution notebook.

    Args:
        notebook: the solution, which is not changed.
        name: its file name, such as ``01_data.ipynb``.
        slug: ``owner/name`` of the repository.

    Raises:
        ExercisesError: if it cannot become an exercise.
    """
    exercise = copy.deepcopy(notebook)
    if not exercise.cells:
        raise ExercisesError("It is empty.")
    exercise.cells[0].source = retitled(exercise.cells[0].source, slug, name)
    for number, cell in enumerate(exercise.cells, start=1):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if SETUP_TAG in cell.metadata.get("tags", []):
            cell.source = setup_cell(slug, f"{TARGET}/{name}")
        try:
            if is_solution(cell):
                cell.source = without_solution(cell.source, markdown=cell.cell_type == "markdown")
            elif BEGIN in cell.source or END in cell.source:
                raise ExercisesError("It has marks, but nbgrader's metadata call it no solution.")
        except (ExercisesError, SyntaxError) as error:
            raise ExercisesError(f"cell {number}: {error}") from error
    return exercise


def wanted(root: Path = ROOT) -> dict[Path, str]:
    """Return the path of each exercise notebook, with the text that follows from its solution.

    Args:
        root: the project's folder.

    Raises:
        ExercisesError: if there are no solutions, or if one cannot become an exercise.
        LinksError: if pyproject.toml has no address.
    """
    folder, slug = root / "notebooks", repository(root)
    sources = sorted((folder / SOURCE).glob("[0-9][0-9]_*.ipynb"))
    if not sources:
        raise ExercisesError(f"There are no notebooks in {folder / SOURCE}.")
    texts = {}
    for path in sources:
        try:
            exercise = make_exercise(nbformat.read(path, as_version=4), path.name, slug)
        except ExercisesError as error:
            raise ExercisesError(f"{SOURCE}/{path.name}, {error}") from error
        except Exception as error:  # nbformat raises errors of many kinds
            raise ExercisesError(f"{SOURCE}/{path.name} is not a notebook: {error}") from error
        texts[folder / TARGET / path.name] = nbformat.writes(exercise) + "\n"
    return texts


def changes(root: Path = ROOT) -> dict[Path, str | None]:
    """Find the exercises that differ from what follows from their solutions.

    Args:
        root: the project's folder.

    Returns:
        The text that each of them should have, or None if its solution is gone.
    """
    texts: dict[Path, str | None] = dict(wanted(root))
    for path in (root / "notebooks" / TARGET).glob("*.ipynb"):
        texts.setdefault(path, None)
    return {
        path: text
        for path, text in sorted(texts.items())
        if text is None or not path.exists() or path.read_text(encoding="utf-8") != text
    }


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.exercises",
        description="Makes the students' exercise notebooks from the solutions.",
    )
    parser.add_argument("--check", action="store_true", help="only name what differs")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        found = changes(options.root)
    except (ExercisesError, LinksError) as error:
        print(error, file=sys.stderr)
        return 2
    for path, text in found.items():
        name = path.relative_to(options.root).as_posix()
        if options.check:
            fault = "no longer has a solution" if text is None else "differs from its solution"
            print(f"{name} {fault}. To write it: python -m tools.exercises")
        elif text is None:
            path.unlink()
            print(f"{name}: removed, because its solution is gone")
        else:
            path.parent.mkdir(exist_ok=True)
            write_atomically(path, text.encode())
            print(f"{name}: written")
    if not found:
        print("Every exercise agrees with its solution.")
    return 1 if options.check and found else 0


if __name__ == "__main__":
    sys.exit(main())
