"""The command ``predict``."""

import json
import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from mnist_helpers.cli.options import (
    add_command,
    add_weights_option,
    load_recognizer,
    printable,
    weights_path,
)

# In folders, the files with these endings are taken for pictures.
SUFFIXES = {
    *(".png", ".jpg", ".jpeg", ".jfif", ".gif", ".bmp", ".dib", ".webp", ".tif", ".tiff"),
    *(".pbm", ".pgm", ".ppm", ".pnm", ".ico", ".tga", ".jp2", ".avif", ".pcx"),
}


def add(commands) -> None:
    """Add the command and its options."""
    command = add_command(
        commands,
        "predict",
        run,
        "Read the digit in each picture.",
        "predict photo.jpg drawings/ --json",
    )
    command.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a picture; a folder, for all pictures in it; or -, for one picture from the "
        "standard input",
    )
    command.add_argument(
        "--json", action="store_true", help="print one JSON object per picture, each in its line"
    )
    add_weights_option(command)


def run(options: Namespace) -> int:
    """The command ``predict``."""
    from mnist_helpers._support import count_cores, progress_bar
    from mnist_helpers.recognizer import MANY, read_pictures

    recognizer = load_recognizer(options)
    names = options.files
    # Folders are gone through once more to count them, where somebody sees the bar.
    total = sum(1 for _ in find_pictures(names)) if sys.stderr.isatty() else None
    failed, count, started = False, 0, time.perf_counter()
    processes = count_cores()
    answers = read_pictures(
        recognizer, find_pictures(names), weights=weights_path(options), processes=processes
    )
    try:
        with closing(answers), progress_bar(total, "reading", "picture") as bar:
            for name, prediction, error in answers:
                count += 1
                failed |= error is not None
                describe = _json_line if options.json else _readable_line
                bar.write(describe(name, prediction, error), file=sys.stdout)
                sys.stdout.flush()
                bar.update()
    except BrokenPipeError:
        # Whoever read the lines, such as ``head``, has seen enough. What is still in the buffer
        # goes nowhere, or Python would complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    else:
        if count > MANY:
            print(_rate(count, time.perf_counter() - started, processes), file=sys.stderr)
    return int(failed)


def find_pictures(names: list[str]) -> Iterator[str]:
    """The files that the words of a command line stand for, one by one.

    Args:
        names: files, ``-``, and folders, for which all pictures in them and below come, sorted;
            hidden ones are left out. A folder that is empty or cannot be read comes itself.
    """
    for name in names:
        if not os.path.isdir(name):
            yield name
            continue
        empty, unreadable = True, []
        for folder, below, files in os.walk(name, onerror=unreadable.append):
            below[:] = sorted(one for one in below if not one.startswith("."))
            for file in sorted(files):
                if Path(file).suffix.lower() in SUFFIXES and not file.startswith("."):
                    empty = False
                    yield os.path.join(folder, file)
        if empty and not unreadable:
            yield name
        yield from (error.filename for error in unreadable)


def _rate(count: int, seconds: float, processes: int) -> str:
    each = f"{processes} process{'es' if processes > 1 else ''}"
    return f"{count:,} pictures in {seconds:,.0f} s, {count / seconds:,.0f} a second, {each}"


def _json_line(name: str, prediction, error: str | None) -> str:
    answer = {"error": error} if prediction is None else prediction.to_dict()
    return json.dumps({"file": name, **answer})


def _readable_line(name: str, prediction, error: str | None) -> str:
    if prediction is None:
        return f"{'ERROR':<16}{printable(name)}: {printable(error)}"
    if prediction.problem:
        return f"{'no digit':<16}{printable(name)}: {printable(prediction.words)}"
    return f"{prediction.words:<7}{prediction.confidence:>7.1%}  {printable(name)}"
