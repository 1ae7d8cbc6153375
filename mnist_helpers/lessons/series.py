"""Runs the series without a browser, with papermill, and collects its key results."""

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from nbformat import NotebookNode

CELL_SECONDS = 3600  # so that a cell that never ends does not keep the others from running
KEY_RESULT = "application/vnd.mnist-helpers.key-result+json"


class SeriesError(Exception):
    """A notebook cannot be run; the message says why."""


@dataclass(frozen=True)
class Outcome:
    """How the run of one notebook ended."""

    notebook: str  # its name, without the ending
    seconds: float
    result: str  # its key result in a few words, or where and why it failed
    state: str = "ok"  # or "FAILED", or "skipped" because a package that it needs is missing


def key_result(label: str, value: str, number: float | None = None) -> None:
    """Show a notebook's key result, and store it where `run_series` and `sweep` find it.

    Args:
        label: what was measured, such as ``"accuracy on the test set"``.
        value: the figure, with its unit.
        number: the bare figure, for programs; an accuracy from 0 to 1.
    """
    from IPython.display import display

    bundle = {
        "text/plain": f"{label}: {value}",
        "text/markdown": f"**Key result.** {label}: **{value}**",
        KEY_RESULT: {"label": label, "value": value, "number": number},
    }
    display(bundle, raw=True)


def find_key_result(notebook: NotebookNode) -> dict[str, Any] | None:
    """The label, value and number of an executed notebook's last `key_result`, or None."""
    for cell in reversed(notebook.cells):
        for output in reversed(cell.get("outputs", [])):
            if found := output.get("data", {}).get(KEY_RESULT):
                return found
    return None


def find_notebooks(folder: str | Path | None = None, only: Sequence[str] = ()) -> list[Path]:
    """The numbered notebooks in a folder (by default the project's own), in order.

    ``only`` has the beginnings of the names that are wanted, such as ``"03"``; by default all are.
    If there are none, or if one that is wanted is not there, a SeriesError is raised.
    """
    beside = Path(__file__).resolve().parents[2] / "notebooks"
    places = [Path(folder)] if folder else [Path("notebooks"), Path(), beside]
    found = (sorted(place.glob("[0-9][0-9]_*.ipynb")) for place in places)
    notebooks = next(filter(None, found), [])
    if not notebooks:
        raise SeriesError(
            f"There are no notebooks in {places[0]}. Run this from the project's folder, or name "
            "the folder with --notebooks."
        )
    for start in only:
        if not any(path.name.startswith(start) for path in notebooks):
            have = ", ".join(path.stem for path in notebooks)
            raise SeriesError(f"There is no notebook {start}. There are {have}.")
    return [path for path in notebooks if path.name.startswith(tuple(only) or "")]


def run_series(notebooks: Sequence[Path], out: str | Path, *, fast: bool = False) -> list[Outcome]:
    """Execute notebooks one after the other, each in a fresh kernel.

    The executed copies, and what they save, go to the folder ``out``; the notebooks themselves are
    not changed. ``fast`` sets their parameter of that name: fewer images. A notebook that fails,
    for whatever reason, does not stop the others; a cell may take an hour. A line is printed as
    each ends, and its outcome is returned. Ctrl-C prints the table of those that have ended.
    """
    import_papermill()  # so that a missing extra is named before the first notebook
    outcomes: list[Outcome] = []
    for number, notebook in enumerate(notebooks, start=1):
        print(f"[{number}/{len(notebooks)}] {notebook.stem} ...", file=sys.stderr, flush=True)
        started, state, path = time.perf_counter(), "ok", Path(out) / notebook.name
        parameters = {"fast": True} if fast else {}
        try:
            if package := missing_package(notebook):
                result = f'it needs {package}: pip install "mnist-helpers[{package}]"'
                state = "skipped"
            else:
                found = find_key_result(execute(notebook, path, parameters, CELL_SECONDS))
                result = f"{found['label']}: {found['value']}" if found else ""
        except SeriesError as error:
            state, result = "FAILED", str(error)
        except KeyboardInterrupt:
            if outcomes:  # what is done already is not lost
                print(format_table(outcomes))
            raise
        seconds = time.perf_counter() - started
        outcomes.append(Outcome(notebook.stem, seconds, result, state))
        print(f"      {state} in {seconds:.0f} s. {result}", file=sys.stderr)
    return outcomes


def execute(
    notebook: Path, path: Path, parameters: dict[str, Any], cell_seconds: int | None = None
) -> NotebookNode:
    """Execute a notebook in a fresh kernel, and return the executed copy, which goes to ``path``.

    The kernel runs in the copy's folder. The parameters replace those in the cell that is tagged
    ``parameters``. A cell that takes more than ``cell_seconds`` ends the run. Whatever ends it
    early, a SeriesError says why: which cell failed and with which error, or what else happened.
    """
    papermill = import_papermill()
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    # The kernel starts in another folder, where a relative path would lead elsewhere.
    if folder := os.environ.get("MNIST_DATA_DIR"):
        os.environ["MNIST_DATA_DIR"] = str(Path(folder).expanduser().resolve())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return papermill.execute_notebook(
            str(notebook),
            str(path),
            parameters=parameters,
            kernel_name="python3",
            language="python",
            cwd=str(path.parent),
            execution_timeout=cell_seconds,
            progress_bar={"desc": f"      {notebook.stem}", "leave": False, "disable": None},
            extra_arguments=["--log-level=CRITICAL"],  # errors are shown in the cells
        )
    except papermill.PapermillExecutionError as error:
        raise SeriesError(f"cell {error.cell_index + 1}: {error.ename}: {error.evalue}") from error
    except DeadKernelError as error:
        raise SeriesError("Python stopped without a word. Perhaps memory was full.") from error
    except CellTimeoutError as error:
        raise SeriesError(f"a cell took more than {cell_seconds} s") from error
    except Exception as error:  # no kernel, a full disk, a file that is not a notebook
        raise SeriesError(_in_a_line(error)) from error


def import_papermill() -> ModuleType:
    """The package papermill; if it is missing, the ImportError says how to install it."""
    try:
        import papermill
    except ImportError as error:
        words = 'Running notebooks needs papermill: pip install "mnist-helpers[notebooks]"'
        raise ImportError(words) from error
    return papermill


def missing_package(notebook: Path) -> str | None:
    """A package that a notebook needs, as a cell's tag ``needs:NAME`` says, but that is missing.

    A SeriesError says why the notebook cannot be read.
    """
    import nbformat

    try:
        cells = nbformat.read(notebook, as_version=4).cells
    except Exception as error:  # of many kinds: not JSON, not a notebook, not a file
        raise SeriesError(f"it cannot be read as a notebook: {_in_a_line(error)}") from error
    for cell in cells:
        for tag in cell.metadata.get("tags", []):
            if tag.startswith("needs:") and find_spec(tag.removeprefix("needs:")) is None:
                return tag.removeprefix("needs:")
    return None


def _in_a_line(error: Exception) -> str:
    """An error's kind, and the beginning of what it says."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}".removesuffix(": ")


def format_table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as a table: notebook, seconds, key result, and the sum of the seconds."""
    width = max(len("notebook"), *(len(one.notebook) for one in outcomes))
    lines = [f"{'notebook':<{width}}  seconds  key result"]
    for one in outcomes:
        result = one.result if one.state == "ok" else f"{one.state}  {one.result}"
        lines.append(f"{one.notebook:<{width}}  {one.seconds:>7.1f}  {result}")
    lines.append(f"{'in all':<{width}}  {sum(one.seconds for one in outcomes):>7.1f}")
    return "\n".join(lines)
