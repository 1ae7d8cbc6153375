"""How quickly a folder of pictures is read: python -m benchmarks.folder.

Writes MNIST's training images into a folder, as they are, and some pasted onto larger pictures, and
calls the command ``predict`` for it, once with one processor core and once with all, taking turns.
Writes folder.json and the table of the README.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from benchmarks.tables import describe_machine, publish
from mnist_helpers._support import count_cores
from mnist_helpers.data import load_mnist
from mnist_helpers.synthetic import paste_digits

HERE = Path(__file__).parent
RESULTS = HERE / "folder.json"
PAGE = HERE / "README.md"
SMALL, LARGE = 10_000, 2_000
NAMES = {"small": "MNIST's digits, 28×28", "large": "digits on larger pictures"}


def write_pictures(folder: Path, kind: str, count: int) -> None:
    """Fill a folder with PNG files of training digits."""
    images = load_mnist().train.images[:count].numpy()
    folder.mkdir()
    small = map(Image.fromarray, images)
    for number, picture in enumerate(small if kind == "small" else paste_digits(images, seed=0)):
        picture.save(folder / f"{number:05}.png")


def read(folder: Path, cores: set[int]) -> tuple[float, bytes, str]:
    """Call the command with these cores: seconds from start to end, its lines, its last words."""
    command = [sys.executable, "-m", "mnist_helpers", "predict", str(folder), "--json"]
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)  # what it starts has no more
    begun = time.perf_counter()
    try:
        done = subprocess.run(command, check=True, capture_output=True)
    finally:
        os.sched_setaffinity(0, ours)
    return time.perf_counter() - begun, done.stdout, done.stderr.decode().strip()


def measure(folder: Path, runs: int) -> dict:
    """One core and all cores, taking turns; their lines must be the same."""
    everything = os.sched_getaffinity(0)
    ways = {1: {min(everything)}, len(everything): everything}
    times: dict[int, list[float]] = {count: [] for count in ways}
    printed = set()
    for _ in range(runs):
        for count, cores in ways.items():
            seconds, lines, rate = read(folder, cores)
            times[count].append(round(seconds, 1))
            printed.add(lines)
            print(f"{folder.name}: {seconds:.1f} s with the start; it says: {rate}", flush=True)
    pictures = len(lines.splitlines())
    return {
        "pictures": pictures,
        "same_lines": len(printed) == 1,
        "ways": {
            str(count): {
                "seconds": statistics.median(each),
                "seconds_each": each,
                "per_second": round(pictures / statistics.median(each), 1),
            }
            for count, each in times.items()
        },
    }


def table(results: dict) -> str:
    """The results as a Markdown table."""
    lines = [
        "| pictures | processes | seconds | pictures a second | lines |",
        "|---|---|---|---|---|",
    ]
    for kind, row in results["folders"].items():
        for processes, way in row["ways"].items():
            same = "the same" if row["same_lines"] else "not the same"
            lines.append(
                f"| {row['pictures']:,} {NAMES[kind]} | {processes} | {way['seconds']:.0f} "
                f"| {way['per_second']:.0f} | {same} |"
            )
    load = results["load_average"]
    lines += ["", f"Measured on {results['machine']}; the load average was {load:.1f} at the end."]
    return "\n".join(lines)


def main() -> None:
    """Measure, write, show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.folder", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="(default: 3)")
    runs = parser.parse_args().runs
    if not hasattr(os, "sched_setaffinity") or count_cores() < 2:
        raise SystemExit("This compares one core with several: it needs Linux, and two cores.")
    folders = {}
    with tempfile.TemporaryDirectory() as place:
        for kind, count in (("small", SMALL), ("large", LARGE)):
            write_pictures(Path(place) / kind, kind, count)
            folders[kind] = measure(Path(place) / kind, runs)
    results = {
        "machine": describe_machine(),
        "load_average": round(os.getloadavg()[0], 1),
        "runs": runs,
        "folders": folders,
    }
    publish(results, RESULTS, PAGE, table(results))


if __name__ == "__main__":
    main()
