"""The 90-minute plan, timed: python -m benchmarks.lesson.

Executes the plan in docs/teaching.md step by step; consecutive steps of a notebook share a kernel.
Writes lesson.json and the last column of the plan.
"""

import argparse
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from benchmarks.tables import describe_machine, load_real_mnist, publish, shown_table
from mnist_helpers.lessons import find_notebooks

HERE = Path(__file__).parent
ROOT = HERE.parent
RESULTS = HERE / "lesson.json"
PAGE = ROOT / "docs" / "teaching.md"
NOTEBOOKS = ROOT / "notebooks"
OPENING = "opening"  # kernel, settings, imports
NO_MACHINE = "–"


class PlanError(Exception):
    """The plan names something that does not exist; the message says what."""


@dataclass(frozen=True)
class Step:
    """One row of the plan."""

    minutes: int
    what: str  # as the plan says it
    notebook: Path | None = None  # None if nothing is run
    shown: tuple[str, ...] = ()  # the headings of the sections that the class looks at
    # These, and the sections that must run before them: all from the opening on, or from where the
    # step before stopped in the same notebook.
    run: tuple[str, ...] = ()


def sections(notebook: NotebookNode) -> dict[str, list[int]]:
    """The indices of a notebook's cells by the heading of their section, in order.

    The cells before the first heading are the opening. A cell with several headings belongs to the
    first of them.
    """
    now, found = OPENING, dict[str, list[int]]({OPENING: []})
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            heading = re.search(r"^## (.+)$", cell.source, re.MULTILINE)
            now = heading[1] if heading else now
        found.setdefault(now, []).append(number)
    return found


def read_plan(table: str, folder: Path = NOTEBOOKS) -> list[Step]:
    """Read the steps of a plan.

    Args:
        table: in Markdown; its first columns are minutes and what. A row names a notebook by its
            number, and sections by the beginnings of their headings: ``01, *A* and *B*``,
            ``02, *A* to *D*``, ``06, up to *E*``, ``00, all of it``.
        folder: where the notebooks are.

    Raises:
        PlanError: if there is no such section.
        SeriesError: if there is no such notebook.
    """
    rows = [row.strip("| ").split(" | ") for row in table.splitlines() if row.startswith("| ")]
    steps: list[Step] = []
    for row in rows[1:]:
        steps.append(_step(int(row[0]), row[1], folder, steps[-1] if steps else None))
    return steps


def _step(minutes: int, what: str, folder: Path, before: Step | None) -> Step:
    match = re.fullmatch(r"(\d\d), (.+)", what)
    if match is None:
        return Step(minutes, what)
    (path,) = find_notebooks(folder, [match[1]])
    names = list(sections(nbformat.read(path, as_version=4)))
    wanted = [_position(start, names, path.stem) for start in re.findall(r"\*(.+?)\*", match[2])]
    if match[2] == "all of it":
        wanted = list(range(1, len(names)))
    elif match[2].startswith("up to "):
        wanted = list(range(1, wanted[0] + 1))
    elif " to " in re.sub(r"\*.+?\*", "", match[2]):
        wanted = list(range(wanted[0], wanted[1] + 1))
    if not wanted:
        raise PlanError(f"The plan says {what!r}: name sections in *italics*, or 'all of it'.")
    first = names.index(before.run[-1]) + 1 if before and before.notebook == path else 0
    if min(wanted) < first:
        raise PlanError(f"The plan says {what!r}, but the step before it has already run that.")
    shown = tuple(names[i] for i in wanted)
    return Step(minutes, what, path, shown, tuple(names[first : max(wanted) + 1]))


def _position(start: str, names: list[str], notebook: str) -> int:
    for number, name in enumerate(names):
        if name.startswith(start):
            return number
    raise PlanError(
        f"The plan names the section {start!r}, and {notebook} has none that begins with that. Its "
        f"sections are {', '.join(names[1:])}."
    )


def run_steps(steps: Sequence[Step], folder: Path) -> Iterator[dict]:
    """Execute the steps of one notebook in one kernel, section by section, in a folder.

    Sections between those that the class looks at run as well, because later cells need them; a
    class runs them with Run > Run All Above Selected Cell.

    Yields:
        For each step, the seconds in all, of the longest cell and of each section. The first
        includes the start of the kernel.
    """
    notebook = nbformat.read(steps[0].notebook, as_version=4)
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=600,
        resources={"metadata": {"path": str(folder)}},
    )
    begun = time.perf_counter()
    with client.setup_kernel():
        for step in steps:
            yield _run_step(step, client, begun)
            begun = time.perf_counter()


def _run_step(step: Step, client: NotebookClient, begun: float) -> dict:
    cells, longest = sections(client.nb), 0.0
    times: list[dict[str, Any]] = []
    for name in step.run:
        for number in cells[name]:
            started = time.perf_counter()
            client.execute_cell(client.nb.cells[number], number)
            longest = max(longest, time.perf_counter() - started)
        ended = time.perf_counter()
        seconds = round(ended - begun, 1)
        times.append({"name": name, "shown": name in step.shown, "seconds": seconds})
        begun = ended
    return {
        "what": step.what,
        "notebook": step.notebook and step.notebook.stem,
        "seconds": round(sum(one["seconds"] for one in times), 1),
        "longest_cell": round(longest, 1),
        "sections": times,
    }


def plan_table(table: str, results: dict) -> str:
    """The page's plan with the measured seconds in its last column, and a line that says how."""
    measured = {one["what"]: one for one in results["steps"]}
    lines = []
    for row in table.splitlines():
        if not row.startswith("|"):
            break
        *kept, _ = row.strip("|").split("|")
        what = kept[1].strip()
        if what == "what":
            last = " machine "
        elif set(what) == {"-"}:
            last = "---"
        elif what in measured:
            one = measured[what]
            last = f" {one['seconds']:.0f} s, longest cell {one['longest_cell']:.0f} s "
        else:
            last = f" {NO_MACHINE} "
        lines.append("|".join(["", *kept, last, ""]))
    lines += [
        "",
        "Machine: what the computer itself needs for the row, its first start included, measured "
        f"on {results['machine']} with `python -m benchmarks.lesson`; the load average was "
        f"{results['load_before']} before and {results['load_after']} after.",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run the plan, write, show."""
    argparse.ArgumentParser(prog="python -m benchmarks.lesson", description=__doc__).parse_args()
    load_real_mnist()
    plan = shown_table(PAGE, "lesson")
    load = round(os.getloadavg()[0], 1)
    results: dict[str, Any] = {"machine": describe_machine(), "load_before": load, "steps": []}
    with tempfile.TemporaryDirectory() as folder:
        for notebook, steps in groupby(read_plan(plan), key=lambda step: step.notebook):
            for done in run_steps([*steps], Path(folder)) if notebook else ():
                results["steps"].append(done)
                print(json.dumps(done), flush=True)
    results["load_after"] = round(os.getloadavg()[0], 1)
    publish(results, RESULTS, PAGE, plan_table(plan, results))


if __name__ == "__main__":
    main()
