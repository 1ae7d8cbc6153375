"""Read the digit or the number in each picture."""

import json
import os
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from mnist_helpers.cli.options import (
    UsageError,
    add_weights_option,
    did_you_mean,
    load_recognizer,
    path_word,
    printable,
    weights_path,
)

# How the names of pictures end that cannot be read. Those in a folder count as failures, unlike the
# other files in it.
UNREAD = {
    *(".heic", ".heif", ".jxl", ".jp2", ".svg", ".pdf", ".eps", ".psd", ".ico"),
    *(".dng", ".cr2", ".cr3", ".nef", ".arw"),
}
MOST_NAMES = 5  # of the files that were passed over

EXAMPLE = "predict photo.jpg drawings/ --json"


def add_options(command: ArgumentParser) -> None:
    """Add the command's options."""
    add = command.add_argument
    words = "a picture; a folder, for all pictures in it; or -, for one from the standard input"
    add("files", nargs="+", type=path_word, metavar="FILE", help=words)
    add("--json", action="store_true", help="print one JSON object per picture, each in a line")
    add_weights_option(command)


def run(options: Namespace) -> int:
    """Read the pictures; the exit code is 1 if one of them could not be read."""
    check_files(options.files)
    from mnist_helpers._support import count_cores, progress_bar
    from mnist_helpers.recognizer import ERROR, MANY, DigitReader, read_pictures

    reader, names = DigitReader(load_recognizer(options)), options.files
    # The bar needs the number of pictures, so the folders are walked twice if somebody sees it.
    total = sum(1 for _ in find_pictures(names)) if sys.stderr.isatty() else None
    failed, count, started, processes = False, 0, time.perf_counter(), count_cores()
    passed_over: list[str] = []
    weights = weights_path(options)
    pictures = find_pictures(names, passed_over)
    answers = read_pictures(reader, pictures, weights=weights, processes=processes)
    show = _json_line if options.json else _readable_line
    with closing(answers), progress_bar(total, "reading", "picture") as bar:
        for name, answer in answers:
            count += 1
            failed |= answer["verdict"] == ERROR
            bar.write(show(name, answer), file=sys.stdout)
            sys.stdout.flush()
            bar.update()
    if count > MANY:
        seconds = time.perf_counter() - started
        rate = f"{count:,} pictures in {seconds:,.0f} s, {count / seconds:,.0f} a second"
        each = f"{processes} process{'es' if processes > 1 else ''}"
        print(f"{rate}, {each}", file=sys.stderr)
    if passed_over:
        print(_passed_over_line(passed_over), file=sys.stderr)
    return int(failed or any(map(_is_unread, passed_over)))


def check_files(names: list[str]) -> None:
    """Raise a `UsageError` if none of these files and folders is there."""
    if any(name == "-" or os.path.exists(name) for name in names):
        return
    folder, name = os.path.split(names[0])
    near = ""
    with suppress(OSError):
        near = did_you_mean(name, os.listdir(folder or "."))
    raise UsageError(f"There is no file {names[0]!r}{near or '. Check its name and its folder.'}")


def find_pictures(names: list[str], passed_over: list[str] | None = None) -> Iterator[str]:
    """The files that the words of a command line stand for: files, ``-``, and folders.

    A folder stands for all pictures in it and below, sorted and without hidden ones. If there are
    none, or if it cannot be read, its own name is given. The other files in it are added to the
    list ``passed_over``.
    """
    from mnist_helpers.framing import picture_endings

    endings = picture_endings()
    passed_over = [] if passed_over is None else passed_over
    for name in names:
        if not os.path.isdir(name):
            yield name
            continue
        empty = True
        unreadable: list[OSError] = []
        for folder, below, files in os.walk(name, onerror=unreadable.append):
            below[:] = sorted(one for one in below if not one.startswith("."))
            for file in sorted(one for one in files if not one.startswith(".")):
                path = os.path.join(folder, file)
                if _ending(file) in endings:
                    empty = False
                    yield path
                else:
                    passed_over.append(path)
        if empty and not unreadable:
            yield name
        yield from (error.filename for error in unreadable)


def _ending(name: str) -> str:
    return Path(name).suffix.lower()


def _is_unread(name: str) -> bool:
    return _ending(name) in UNREAD


def _passed_over_line(names: list[str]) -> str:
    """What was passed over, in a sentence: a few names, those of pictures first."""
    few = sorted(names, key=_is_unread, reverse=True)[:MOST_NAMES]
    many = len(names) > 1
    what = f"{len(names):,} files were" if many else "1 file was"
    rest = f" and {len(names) - len(few):,} more" if len(names) > len(few) else ""
    advice = " Save pictures as PNG or JPEG." if _is_unread(few[0]) else ""
    return (
        f"{what} passed over, because {'their formats' if many else 'its format'} cannot be read: "
        f"{', '.join(map(printable, few))}{rest}.{advice}"
    )


def _json_line(name: str, answer: dict) -> str:
    if answer["verdict"] == "error":
        return json.dumps({"file": name, "error": answer["words"]})
    keys = ("digit", "confidence", "probabilities", "verdict")
    digits = [{key: one[key] for key in ("box", *keys)} for one in answer["digits"]]
    whole = {key: answer[key] for key in (*keys, "number")}
    return json.dumps({"file": name, **whole, "digits": digits})


def _readable_line(name: str, answer: dict) -> str:
    verdict = {"error": "ERROR", "no digit": "no digit"}.get(answer["verdict"])
    if verdict:
        return f"{verdict:<16}{printable(name)}: {printable(answer['words'])}"
    digits = [f"{one['words']} {_percent(one['confidence'])}" for one in answer["digits"]]
    each = f": {', '.join(digits)}" if len(digits) > 1 else ""
    return f"{answer['words']:<7}{_percent(answer['confidence']):>7}  {printable(name)}{each}"


def _percent(part: float) -> str:
    """As on the pages, nothing is certain: "100.0%" is never shown."""
    return ">99.9%" if part >= 0.9995 else f"{part:.1%}"
