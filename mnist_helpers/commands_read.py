"""What the commands that read digits do: ``predict`` and ``evaluate``."""

import json
import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from mnist_helpers.commands import WEIGHTS_NAME, UsageError, load_data

# In folders, the files with these endings are taken for pictures.
SUFFIXES = {
    *(".png", ".jpg", ".jpeg", ".jfif", ".gif", ".bmp", ".dib", ".webp", ".tif", ".tiff"),
    *(".pbm", ".pgm", ".ppm", ".pnm", ".ico", ".tga", ".jp2", ".avif", ".pcx"),
}


def predict(options: Namespace) -> int:
    """The command ``predict``."""
    from mnist_helpers.many_pictures import MANY, read_pictures
    from mnist_helpers.runtime import count_cores, progress_bar

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


def evaluate(options: Namespace) -> int:
    """The command ``evaluate``: on MNIST's test images, or with ``--drawn`` on drawings alone."""
    return _evaluate_drawn(options) if options.drawn is not None else _evaluate_test(options)


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
        return f"{'ERROR':<16}{_printable(name)}: {_printable(error)}"
    if prediction.problem:
        return f"{'no digit':<16}{_printable(name)}: {_printable(prediction.words)}"
    return f"{prediction.words:<7}{prediction.confidence:>7.1%}  {_printable(name)}"


def _printable(text: str) -> str:
    """The text in one line that every terminal can show: what it cannot is written as a code."""
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _evaluate_drawn(options: Namespace) -> int:
    from mnist_helpers.drawn import DrawnError, evaluate_drawn

    recognizer = load_recognizer(options)
    try:
        report = evaluate_drawn(recognizer, options.drawn)
    except DrawnError as error:
        raise UsageError(error) from error
    if options.json:
        print(json.dumps({"drawn": options.drawn, "weights": options.weights, **report.to_dict()}))
        return 0
    print(_drawn_table(report))
    return 0


def _drawn_table(report) -> str:
    width = max(len("mean over sources"), *(len(_printable(name)) for name in report.by_source))
    lines = [f"{'source':<{width}}  drawings  right"]
    for source, readings in report.by_source.items():
        accuracy = report.accuracy_by_source[source]
        lines.append(f"{_printable(source):<{width}}  {len(readings):>8,}  {accuracy:7.2%}")
    lines += [
        "",
        f"{'all drawings':<{width}}  {len(report):>8,}  {report.accuracy:7.2%}",
        f"{'mean over sources':<{width}}  {'':>8}  {report.mean_over_sources:7.2%}",
        "",
        f"{report.sure:,} answers were sure, {report.sure_and_wrong:,} of them wrong.",
    ]
    if report.mistakes:
        lines += ["", f"{len(report.mistakes):,} read wrongly:"]
        for reading in report.mistakes:
            label, words = reading.drawing.label, reading.prediction.words
            lines.append(f"  {_printable(reading.drawing.file)}  is a {label}, read as: {words}")
    if report.unreadable:
        lines += ["", f"{len(report.unreadable):,} unreadable, counted as wrong:"]
        for reading in report.unreadable:
            lines.append(f"  {_printable(reading.drawing.file)}  {_printable(reading.error)}")
    return "\n".join(lines)


def _evaluate_test(options: Namespace) -> int:
    from mnist_helpers.evaluate import predict
    from mnist_helpers.model import WeightsError
    from mnist_helpers.recognizer import load_network
    from mnist_helpers.train import TrainingError, pick_device

    try:
        model, facts = load_network(weights_path(options))
        model.to(pick_device(options.device))
    except (WeightsError, TrainingError) as error:
        raise UsageError(error) from error
    data = load_data(options)
    predictions = predict(model, data.test)
    result = {
        "dataset": data.name,
        **predictions.summary(),
        "weights": options.weights,
        "trained_on": facts.get("dataset"),
    }
    if options.json:
        print(json.dumps(result))
        return 0
    low, high = predictions.interval
    print(f"{data.name}, {len(predictions):,} test images")
    print(
        f"accuracy            {predictions.accuracy:.2%}  (95 % interval {low:.2%} to {high:.2%})"
    )
    print(f"calibration error   {result['expected_calibration_error']:.2%}")
    print(f"mistakes            {result['mistakes']}\n\n{predictions.report()}")
    return 0


def load_recognizer(options: Namespace):
    """The recognizer that the option ``--weights`` names."""
    from mnist_helpers.model import WeightsError
    from mnist_helpers.recognizer import DigitRecognizer

    try:
        return DigitRecognizer.load(weights_path(options))
    except WeightsError as error:
        raise UsageError(error) from error


def weights_path(options: Namespace) -> Path | None:
    """The weights file that the option ``--weights`` names; None for the package's own."""
    if options.weights is None:
        return None
    path = Path(options.weights)
    return path / WEIGHTS_NAME if path.is_dir() else path
