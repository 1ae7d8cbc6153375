"""Run the series without a browser, with papermill, and collect what it found."""

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

KEY_RESULT = "application/vnd.mnist-helpers.key-result+json"


class SeriesError(Exception):
    """The series cannot be run; the message says why."""


@dataclass(frozen=True)
class Outcome:
    """What came of one notebook.

    Attributes:
        notebook: its name, without the ending.
        seconds: how long it ran.
        result: its key result in a few words, or where and why it failed.
        state: "ok", "FAILED", or "skipped" because it needs a package that is not here.
    """

    notebook: str
    seconds: float
    result: str
    state: str = "ok"

    @property
    def failed(self) -> bool:
        """Whether it failed."""
        return self.state == "FAILED"


def key_result(label: str, value: str, number: float | None = None) -> None:
    """Show a notebook's key result, so that `run_series` and `sweep.sweep` find it too.

    Args:
        label: what was measured, such as ``"accuracy on the test set"``.
        value: the figure, with its unit.
        number: the bare figure, for programs; an accuracy from 0 to 1.
    """
    from IPython.display import display

    text = f"{label}: {value}"
    bundle = {
        "text/plain": text,
        "text/markdown": f"**Key result.** {label}: **{value}**",
        KEY_RESULT: {"label": label, "value": value, "number": number},
    }
    display(bundle, raw=True)


def notebooks_folder() -> Path:
    """Where the series lies: in ``notebooks`` here, one folder up, here, or beside the package."""
    beside = Path(__file__).resolve().parents[2] / "notebooks"
    places = [Path("notebooks"), Path(".."), Path(), beside]  # exercises lie one folder further in
    return next((p for p in places if any(p.glob("[0-9][0-9]_*.ipynb"))), places[0])


def find_notebooks(folder: str | Path, only: Sequence[str] = ()) -> list[Path]:
    """The numbered notebooks of a folder, in order.

    Args:
        folder: where they are.
        only: the beginnings of the names that are wanted, such as ``"03"``; by default all.

    Raises:
        SeriesError: if there is none, or if one that is wanted is not there.
    """
    notebooks = sorted(Path(folder).glob("[0-9][0-9]_*.ipynb"))
    if not notebooks:
        raise SeriesError(
            f"There are no notebooks in {folder}. Run this from the project's folder, or name "
            "the folder with --notebooks."
        )
    missing = [start for start in only if not any(n.name.startswith(start) for n in notebooks)]
    if missing:
        have = ", ".join(n.stem for n in notebooks)
        raise SeriesError(f"There is no notebook {', '.join(missing)}. There are {have}.")
    if not only:
        return notebooks
    return [n for n in notebooks if n.name.startswith(tuple(only))]


def run_series(notebooks: Sequence[Path], out: str | Path, *, fast: bool = False) -> list[Outcome]:
    """Execute notebooks one after the other, each in a fresh kernel.

    They run in ``out``, so what they save is there too; the notebooks themselves are not changed.
    A notebook that fails does not stop the others.

    Args:
        notebooks: which, in this order.
        out: the folder for the executed notebooks; it is made.
        fast: give them the parameter ``fast``: fewer images, to see quickly that all runs.

    Returns:
        What came of each; a line is printed as each ends.
    """
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    fix_data_folder()
    outcomes = []
    for number, notebook in enumerate(notebooks, start=1):
        print(f"[{number}/{len(notebooks)}] {notebook.stem} ...", file=sys.stderr, flush=True)
        outcome = _run(notebook, out, fast)
        end = f"{outcome.state} in {outcome.seconds:.0f} s. {outcome.result}"
        print(f"      {end}", file=sys.stderr)
        outcomes.append(outcome)
    return outcomes


def fix_data_folder() -> None:
    """Make ``MNIST_DATA_DIR`` a whole path: the kernels start in another folder."""
    if folder := os.environ.get("MNIST_DATA_DIR"):
        os.environ["MNIST_DATA_DIR"] = str(Path(folder).expanduser().resolve())


def _run(notebook: Path, out: Path, fast: bool) -> Outcome:
    import papermill

    started = time.perf_counter()
    if package := missing_package(notebook):
        why = f'it needs {package}: pip install "mnist-helpers[{package}]"'
        return Outcome(notebook.stem, 0.0, why, "skipped")
    try:
        executed = papermill.execute_notebook(
            str(notebook),
            str(out / notebook.name),
            parameters={"fast": True} if fast else {},
            kernel_name="python3",
            language="python",
            cwd=str(out),
            progress_bar={"desc": f"      {notebook.stem}", "leave": False, "disable": None},
        )
    except papermill.PapermillExecutionError as error:
        result = f"cell {error.cell_index + 1}: {error.ename}: {error.evalue}"
        return Outcome(notebook.stem, time.perf_counter() - started, result, "FAILED")
    return Outcome(notebook.stem, time.perf_counter() - started, _found_result(executed))


def missing_package(notebook: Path) -> str | None:
    """The package that a notebook needs, says a cell's tag ``needs:NAME``, and that is not here."""
    import nbformat

    for cell in nbformat.read(notebook, as_version=4).cells:
        for tag in cell.metadata.get("tags", []):
            if tag.startswith("needs:") and find_spec(tag.removeprefix("needs:")) is None:
                return tag.removeprefix("needs:")
    return None


def _found_result(notebook) -> str:
    found = find_key_result(notebook)
    return f"{found['label']}: {found['value']}" if found else ""


def find_key_result(notebook) -> dict | None:
    """What an executed notebook's last `key_result` got: label, value and number; or None."""
    for cell in reversed(notebook.cells):
        for output in reversed(cell.get("outputs", [])):
            if found := output.get("data", {}).get(KEY_RESULT):
                return found
    return None


def format_table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as a table: notebook, seconds, key result, and the sum of the seconds."""
    width = max(len("notebook"), *(len(o.notebook) for o in outcomes))
    lines = [f"{'notebook':<{width}}  seconds  key result"]
    for outcome in outcomes:
        state = "" if outcome.state == "ok" else f"{outcome.state}  "
        result = state + outcome.result
        lines.append(f"{outcome.notebook:<{width}}  {outcome.seconds:>7.1f}  {result}")
    lines.append(f"{'in all':<{width}}  {sum(o.seconds for o in outcomes):>7.1f}")
    return "\n".join(lines)
