"""Makes a course folder for nbgrader, for teachers who give marks.

python -m tools.grading               runs/nbgrader
python -m tools.grading --out DIR     another place

The tasks are those of notebooks/exercises/. `tools.exercises` removes the answers, not nbgrader,
whose one stub for all cells would keep the checks from finding the names that they ask for.

No existing file is overwritten: in an earlier course folder, only missing files are added.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from mnist_helpers._support import write_atomically
from tools.exercises import SOURCE, ExercisesError, wanted
from tools.links import ROOT
from tools.places import out_path

FILES = Path(__file__).with_name("grading_files")
CONFIG = "nbgrader_config.py"
# What nbgrader and the teacher put into the folder; this tool leaves it alone.
THEIRS = ("release", "downloaded", "submitted", "autograded", "feedback", "gradebook.db")


class GradingError(Exception):
    """A course folder that cannot be made; the message says why, and what to do."""


def course_files() -> dict[str, bytes]:
    """The content of each file of a new course folder, by its path there (with ``/``)."""
    tasks = {path.stem: text.encode() for path, text in wanted().items()}
    others = ", ".join(f"`{name}`" for name in list(tasks)[1:])
    readme = (FILES / "README.md").read_text(encoding="utf-8").replace("@OTHERS@", others)
    files = {CONFIG: (FILES / CONFIG).read_bytes(), "README.md": readme.encode()}
    for name, text in tasks.items():
        files[f"source/{name}/{name}.ipynb"] = text
        solution = ROOT / "notebooks" / SOURCE / f"{name}.ipynb"
        files[f"solutions/{name}.ipynb"] = solution.read_bytes()
    return files


def make_course(out: Path) -> tuple[list[str], list[str]]:
    """Write the files that are missing in a course folder, and overwrite nothing.

    Returns:
        The files that were written, and those that differ from the series but were left alone.
    """
    if out.exists() and not out.is_dir():
        raise GradingError(f"{out} is a file. Name a folder with --out.")
    if out.is_dir() and any(out.iterdir()) and not (out / CONFIG).is_file():
        raise GradingError(
            f"{out} exists and is not a course folder, so it was left alone. Name another place "
            "with --out."
        )
    written, kept = [], []
    for name, content in course_files().items():
        path = out / name
        if not path.exists():
            write_atomically(path, content)
            written.append(name)
        elif path.read_bytes() != content:
            kept.append(name)
    return written, kept


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.grading", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--out", metavar="DIR", default=ROOT / "runs" / "nbgrader", type=out_path)
    options = parser.parse_args(arguments)
    out = options.out
    try:
        written, kept = make_course(out)
    except (GradingError, ExercisesError) as error:
        print(f"grading: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        where = error.filename or out
        print(f"grading: {where} cannot be written or read: {error.strerror}.", file=sys.stderr)
        return 1
    for name in written:
        print(f"  written  {name}")
    for name in kept:
        print(f"  kept     {name}: it differs from the series")
    if kept:
        print("To get the new version of a kept file, move it away and run this command again.")
    if theirs := [name for name in THEIRS if (out / name).exists()]:
        print(f"Left alone: {', '.join(theirs)}.")
    if find_spec("nbgrader") is None:
        print('nbgrader itself is not installed: pip install "mnist-helpers[grading]"')
    print(f"{out} is ready. Its README.md has the steps." if written else f"Nothing new in {out}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
