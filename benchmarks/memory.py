"""What one student needs on a shared machine: python -m benchmarks.memory.

Executes each notebook in its own kernel, one after the other, and watches that kernel. It also
measures JupyterLab, the installed packages, and four students who train at once. Writes
memory.json and the tables of docs/shared_machine.md.
"""

import argparse
import contextlib
import importlib.metadata
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import nbformat
import psutil
from nbclient import NotebookClient

from benchmarks.tables import describe_machine, load_real_mnist, put_table, write_results
from mnist_helpers.lessons import find_notebooks
from tools.browser import running_lab
from tools.classroom_files.start import EXTRAS
from tools.environments import needed_packages

HERE = Path(__file__).parent
ROOT = HERE.parent
RESULTS = HERE / "memory.json"
PAGE = ROOT / "docs" / "shared_machine.md"
PARTS = ("lab", "disk", "notebooks", "training")
STUDENTS, IMAGES, REPEATS = 4, 10_000, 3
SETTINGS = {
    "nothing set": {},
    "GOMP_SPINCOUNT=10000": {"GOMP_SPINCOUNT": "10000"},
    "OMP_NUM_THREADS=1": {"OMP_NUM_THREADS": "1"},
}
MIB = 2**20
GIB = 1024  # in MiB
# PyTorch's CPU build, unpacked. Not measured: its own index could not be reached.
CPU_TORCH_MIB = 700
SPARE = 1.25


class Watch:
    """The memory and the processor time of a process and of all that it starts.

    Attributes:
        resident: the most memory that they held at one time, in bytes. Pages that several of them
            share are counted once for each.
        private: the most memory that they did not share with any other process, in bytes.
    """

    def __init__(self, pid: int, every: float = 0.5):
        self.root, self.every = psutil.Process(pid), every
        self.resident = self.private = 0
        self._seconds: dict[int, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def seconds(self) -> float:
        """The processor time so far, including that of processes that have ended."""
        return sum(self._seconds.values())

    def look(self) -> None:
        """Take one sample."""
        resident = private = 0
        for process in (self.root, *self.root.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                memory, times = process.memory_full_info(), process.cpu_times()
                resident, private = resident + memory.rss, private + memory.uss
                self._seconds[process.pid] = times.user + times.system
        self.resident, self.private = max(self.resident, resident), max(self.private, private)

    def _run(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            while not self._over.wait(self.every):
                self.look()

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        with contextlib.suppress(psutil.NoSuchProcess):
            self.look()

    def figures(self) -> dict[str, float]:
        """The results in MiB and seconds."""
        return {
            "resident_mib": round(self.resident / MIB),
            "private_mib": round(self.private / MIB),
            "cpu_seconds": round(self.seconds, 1),
        }


def measure_notebook(path: Path, folder: Path, *, fast: bool = False) -> dict[str, float]:
    """Execute a notebook in a folder, if wanted with ``fast = True``, and watch its kernel."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if fast and "parameters" in cell.metadata.get("tags", []):
            cell.source = cell.source.replace("fast = False", "fast = True")
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=None,
        resources={"metadata": {"path": str(folder)}},
    )
    with client.setup_kernel(), Watch(client.km.provisioner.process.pid) as watch:  # type: ignore[union-attr]  # it has started
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
    return watch.figures()


def measure_lab() -> dict[str, float]:
    """Measure JupyterLab's server after it has served its page and one notebook."""
    with tempfile.TemporaryDirectory() as folder, running_lab(Path(folder), ROOT) as (server, at):
        for page in ("lab", "api/contents/notebooks/00_start_here.ipynb"):
            with urllib.request.urlopen(at + page, timeout=60) as reply:
                reply.read()
        with Watch(server.pid) as watch:
            time.sleep(3)
        return watch.figures()


def installed_bytes(names: Iterable[str]) -> int:
    """The size of installed packages, in bytes."""
    size = 0
    for name in names:
        for file in importlib.metadata.files(name) or ():
            with contextlib.suppress(OSError):
                size += Path(file.locate()).stat().st_size
    return size


def measure_disk() -> dict[str, int]:
    """Measure the packages that a student needs: the parts in MiB."""
    names = needed_packages(EXTRAS.split(","))
    cuda = {name for name in names if name.startswith(("nvidia-", "cuda-")) or name == "triton"}
    parts = {"cuda": cuda, "torch": {"torch"}, "rest": names - cuda - {"torch"}}
    return {f"{part}_mib": round(installed_bytes(these) / MIB) for part, these in parts.items()}


TRAIN = """
import sys, time
from mnist_helpers.data import batch_loader, load_mnist
from mnist_helpers.model import DigitCNN
from mnist_helpers.train import fit

images = load_mnist().train.sample(int(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
started = time.perf_counter()
fit(DigitCNN(), batch_loader(images, shuffle=True), epochs=1, reporters=[])
print(time.perf_counter() - started)
"""


def train_at_once(students: int, images: int, settings: dict[str, str]) -> float:
    """Measure the seconds until the last of several students has trained one epoch.

    All begin at once, each in a separate process with so many training images. The settings are
    environment variables; without them, OMP_NUM_THREADS and GOMP_SPINCOUNT are unset.
    """
    unset = {"OMP_NUM_THREADS", "GOMP_SPINCOUNT"}
    environment = {k: v for k, v in os.environ.items() if k not in unset} | settings
    command = [sys.executable, "-c", TRAIN, str(images)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes: list[Any] = [  # their pipes are open, which the type of Popen leaves open
        subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) for _ in range(students)
    ]
    try:
        for process in processes:
            if process.stdout.readline() != "ready\n":
                raise RuntimeError("A training did not start; the lines above say why.")
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        return max(float(process.stdout.readline()) for process in processes)
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def measure_training(students: int, images: int, repeats: int) -> dict[str, dict]:
    """Measure every setting, alone and together, in turns, so that a slow spell affects all."""
    runs: dict[str, dict[str, list[float]]] = {
        name: {"alone": [], "together": []} for name in SETTINGS
    }
    for _ in range(repeats):
        for name, settings in SETTINGS.items():
            runs[name]["alone"].append(round(train_at_once(1, images, settings), 1))
            runs[name]["together"].append(round(train_at_once(students, images, settings), 1))
    return {
        name: {kind: {"median": statistics.median(each), "each": each} for kind, each in of.items()}
        for name, of in runs.items()
    }


def measure(part: str, results: dict, only: Sequence[str] = ()) -> None:
    """Measure one part, and add it to the results."""
    if part == "notebooks":
        with tempfile.TemporaryDirectory() as folder:
            for path in find_notebooks(ROOT / "notebooks", only):
                load = round(os.getloadavg()[0], 1)
                figures = measure_notebook(path, Path(folder)) | {"load": load}
                measured = results.get(part, {}) | {path.stem: figures}
                results[part] = dict(sorted(measured.items()))
                write_results(RESULTS, results)  # or all would be lost if the next one fails
                print(f"{path.stem}: {figures}", flush=True)
    elif part == "lab":
        results[part] = measure_lab()
    elif part == "disk":
        results[part] = measure_disk()
    else:
        load = round(os.getloadavg()[0], 1)
        settings = measure_training(STUDENTS, IMAGES, REPEATS)
        who = {"students": STUDENTS, "images": IMAGES, "load": load}
        results[part] = who | {"settings": settings}


def tables(results: dict) -> dict[str, str]:
    """The tables by the names of their places in the page; "training" may still be missing."""
    made = {"memory": memory_table(results), "disk": disk_table(results)}
    return made | ({"students": students_table(results)} if "training" in results else {})


def gib(mib: float) -> str:
    """A size as people say it: ``1536`` is ``1.5 GB``."""
    return f"{mib / GIB:.1f} GB"


def limit_mib(results: dict, *, without: str = "") -> int:
    """The limit for one student in MiB: JupyterLab, the hungriest notebook and a quarter more.

    It is rounded up to half a GiB. ``without`` is a notebook that the class does not open.
    """
    opened = [one["resident_mib"] for name, one in results["notebooks"].items() if name != without]
    needed = SPARE * (results["lab"]["resident_mib"] + max(opened))
    return math.ceil(needed / (GIB / 2)) * GIB // 2


def class_mib(results: dict, students: int, *, without: str = "") -> int:
    """The memory in MiB of a class on one machine, where all have the hungriest notebook open.

    Shared pages, such as those of PyTorch's libraries, count once.
    """
    opened = [one for name, one in results["notebooks"].items() if name != without]
    hungriest = max(opened, key=lambda one: one["private_mib"])
    lab = results["lab"]
    shared = hungriest["resident_mib"] - hungriest["private_mib"]
    shared += lab["resident_mib"] - lab["private_mib"]
    return round(SPARE * (students * (hungriest["private_mib"] + lab["private_mib"]) + shared))


def memory_table(results: dict) -> str:
    """The table of each notebook's memory and processor time, and of the limits that follow."""
    lines = [
        "| measured: the kernel of | memory, at most | of it private | processor seconds |",
        "|---|---|---|---|",
    ]
    for name, one in results["notebooks"].items():
        size = f"{one['resident_mib']:,} MB | {one['private_mib']:,} MB"
        lines.append(f"| {name} | {size} | {one['cpu_seconds']:.0f} |")
    lab, loads = results["lab"], [one["load"] for one in results["notebooks"].values()]
    lines.append(
        f"| JupyterLab's server, beside it | {lab['resident_mib']:,} MB "
        f"| {lab['private_mib']:,} MB | |"
    )
    hungriest = max(
        results["notebooks"], key=lambda name: results["notebooks"][name]["resident_mib"]
    )
    lines += [
        "",
        f"Measured on {results['machine']}, one notebook after the other, with real MNIST. Other "
        f"programs were at work (load average {min(loads)} to {max(loads)}); that lengthens the "
        "processor seconds, not the memory.",
        "",
        "| estimate, from the table above and a quarter to spare | any notebook "
        f"| any but {hungriest} |",
        "|---|---|---|",
        "| limit for one student in a container of their own, one notebook open at a time "
        f"| {gib(limit_mib(results))} | {gib(limit_mib(results, without=hungriest))} |",
        *(
            f"| {number} students on one machine with one environment "
            f"| {gib(class_mib(results, number))} "
            f"| {gib(class_mib(results, number, without=hungriest))} |"
            for number in (10, 30)
        ),
    ]
    return "\n".join(lines)


def disk_table(results: dict) -> str:
    """The table of the installed packages."""
    disk = results["disk"]
    rest, whole = disk["rest_mib"], sum(disk.values())
    return "\n".join(
        [
            "| installed packages, Linux | size | |",
            "|---|---|---|",
            f"| all, with PyTorch's usual build | {gib(whole)} | measured |",
            f"| – of it the CUDA libraries, for graphics cards | {gib(disk['cuda_mib'])} "
            "| measured |",
            f"| – of it PyTorch itself | {gib(disk['torch_mib'])} | measured |",
            f"| – all else | {gib(rest)} | measured |",
            f"| all, with PyTorch's CPU build (`TORCH=cpu`) | {gib(rest + CPU_TORCH_MIB)} "
            f"| estimate: all else, and {gib(CPU_TORCH_MIB)} for PyTorch |",
            f"| thirty environments instead of one | {gib(30 * (rest + CPU_TORCH_MIB))} "
            f"to {gib(30 * whole)} | estimate |",
        ]
    )


def students_table(results: dict) -> str:
    """The table of the seconds that students wait when they train at once, by thread settings."""
    training = results["training"]
    students, images = training["students"], training["images"]
    lines = [
        f"| setting | one student alone | {students} students at once, until the last is done |",
        "|---|---|---|",
    ]
    for name, row in training["settings"].items():
        shown = f"`{name}`" if "=" in name else name
        lines.append(f"| {shown} | {_seconds(row['alone'])} | {_seconds(row['together'])} |")
    repeats = len(row["alone"]["each"])
    lines += [
        "",
        f"Measured on {results['machine']}: one epoch over {images:,} images, median of {repeats} "
        "(and the range). Other programs were at work on the machine "
        f"(load average {training['load']} before): read the ratios.",
    ]
    return "\n".join(lines)


def _seconds(row: dict) -> str:
    return f"{row['median']:.1f} s ({min(row['each']):.1f} to {max(row['each']):.1f})"


def main() -> None:
    """Measure, write, show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="measure one part again, keep the others")
    parser.add_argument("--notebooks", nargs="+", metavar="NN", default=(), help="only these")
    options = parser.parse_args()
    load_real_mnist()
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    results["machine"] = describe_machine()
    for part in [options.only] if options.only else PARTS:
        measure(part, results, options.notebooks)
        write_results(RESULTS, results)
    if not {"lab", "disk", "notebooks"} <= set(results):
        return  # the other parts are still to be measured, with --only
    for name, table in tables(results).items():
        put_table(PAGE, name, table)
        print(f"\n{table}")


if __name__ == "__main__":
    main()
