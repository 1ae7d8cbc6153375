"""Makes the students' exercise notebooks from the solution notebooks.

python -m tools.exercises           write notebooks/exercises/ from notebooks/solutions/
python -m tools.exercises --check   change nothing; exit code 1 names the files that differ

Everything between ``### BEGIN SOLUTION`` and ``### END SOLUTION`` is removed. In code, ``...``
takes its place: once for each name that is assigned at top level, or once in a function's body.
"""

import argparse
import ast
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from mnist_helpers._support import write_atomically
from tools.links import ROOT

SOURCE, TARGET = "solutions", "exercises"
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
YOUR_CODE = "# Your code here."
YOUR_ANSWER = "*Your answer here.*"


class ExercisesError(Exception):
    """A solution notebook that cannot become an exercise; the message says where and why."""


def stub(lines: list[str], indent: str) -> list[str]:
    """The lines that replace a solution; it is given without its marks, and with their indent.

    At top level, each name that the solution assigns is set to ``...``, so that the cells below
    find it. An ExercisesError is raised if a function or a class is defined there.
    """
    names: list[str] = []
    for node in ast.parse("\n".join(lines)).body if not indent else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            raise ExercisesError(
                f"{node.name!r} is defined between the marks. Put its first line above "
                f"{BEGIN!r}, and indent the marks, so that the student sees what to write."
            )
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        names += [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
    dots = [f"{name} = ..." for name in dict.fromkeys(names)] or [f"{indent}..."]
    return [indent + YOUR_CODE, *dots]


def without_solution(source: str, *, markdown: bool = False) -> str:
    """A cell's source without its solutions; in Markdown, `YOUR_ANSWER` replaces a model answer.

    An ExercisesError is raised if there are no marks, or if they are not in pairs.
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
        else:
            (kept if inside is None else inside).append(line)
    if inside is not None:
        raise ExercisesError(f"The mark {END!r} is missing.")
    if kept == source.splitlines():
        raise ExercisesError(f"A solution cell must have the mark {BEGIN!r}.")
    return "\n".join(kept)


def retitled(source: str) -> str:
    """The solution's first cell with the exercise's badge and title."""
    badge, line, rest = source.partition("\n\n# ")
    title, newline, rest = rest.partition("\n")
    new = title.replace("Solutions", "Exercises").replace("solutions", "exercises")
    if new == title:
        raise ExercisesError('The first cell needs a title with the word "solutions" in it.')
    return badge.replace(f"/{SOURCE}/", f"/{TARGET}/") + line + new + newline + rest


def make_exercise(notebook: NotebookNode) -> NotebookNode:
    """Turn a solution notebook into the students' version."""
    if not notebook.cells:
        raise ExercisesError("It is empty.")
    notebook.cells[0].source = retitled(notebook.cells[0].source)
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        try:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = without_solution(cell.source, markdown=cell.cell_type == "markdown")
            elif BEGIN in cell.source or END in cell.source:
                raise ExercisesError("It has marks, but nbgrader's metadata call it no solution.")
        except (ExercisesError, SyntaxError) as error:
            raise ExercisesError(f"cell {number}: {error}") from error
    return notebook


def wanted(root: Path = ROOT) -> dict[Path, str]:
    """The path and the text of each exercise; an ExercisesError if one cannot be made."""
    folder = root / "notebooks"
    sources = sorted((folder / SOURCE).glob("[0-9][0-9]_*.ipynb"))
    if not sources:
        raise ExercisesError(f"There are no notebooks in {folder / SOURCE}.")
    texts = {}
    for path in sources:
        try:
            exercise = make_exercise(nbformat.read(path, as_version=4))
        except ExercisesError as error:
            raise ExercisesError(f"{SOURCE}/{path.name}, {error}") from error
        except Exception as error:  # nbformat raises errors of many kinds
            raise ExercisesError(f"{SOURCE}/{path.name} is not a notebook: {error}") from error
        texts[folder / TARGET / path.name] = nbformat.writes(exercise) + "\n"
    return texts


def changes(root: Path = ROOT) -> dict[Path, str | None]:
    """The exercises that differ from what their solutions give, each with the right text.

    The text is None if the solution is gone.
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
    except ExercisesError as error:
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
