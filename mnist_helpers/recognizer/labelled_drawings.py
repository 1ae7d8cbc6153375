"""Measures how well people's drawings are read, in a folder with their labels and sources."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from mnist_helpers._support import progress_bar
from mnist_helpers.framing import PictureError
from mnist_helpers.recognizer.prediction import Prediction, Verdict
from mnist_helpers.recognizer.recognizer import DigitRecognizer

COLUMNS = ("file", "label", "source")


class DrawnError(ValueError):
    """A folder of drawings that cannot be used; the message says why and what to do."""


class Drawing(NamedTuple):
    """A labelled drawing."""

    file: str  # as the list names it, relative to the folder
    label: int  # the digit that was drawn, 0 to 9
    source: str  # who drew it, or with what
    path: Path


@dataclass(frozen=True)
class Reading:
    """A drawing, and the answer to it or, in ``error``, why it could not be read."""

    drawing: Drawing
    prediction: Prediction | None
    error: str | None = None

    @property
    def correct(self) -> bool:
        """Whether the answer is the label. "No digit" and an unreadable picture are wrong."""
        return self.prediction is not None and self.prediction.digit == self.drawing.label

    @property
    def sure(self) -> bool:
        """Whether the answer is sure, right or wrong."""
        return self.prediction is not None and self.prediction.verdict is Verdict.SURE

    def to_dict(self) -> dict[str, Any]:
        """The reading for JSON, without the probabilities."""
        about = {key: getattr(self.drawing, key) for key in COLUMNS}
        if self.prediction is None:
            return about | {"error": self.error}
        answer = self.prediction.to_dict()
        return about | {key: answer[key] for key in ("digit", "confidence", "verdict")}


@dataclass(frozen=True)
class DrawnReport:
    """How well a recognizer read a folder of drawings: one reading for each drawing."""

    readings: tuple[Reading, ...]

    def __len__(self) -> int:
        return len(self.readings)

    @property
    def accuracy(self) -> float:
        """The fraction of all drawings that were read correctly, 0 to 1."""
        return sum(one.correct for one in self.readings) / len(self)

    @property
    def by_source(self) -> dict[str, "DrawnReport"]:
        """The report on each source alone, in alphabetical order of the sources."""
        parts: dict[str, list[Reading]] = {}
        for reading in self.readings:
            parts.setdefault(reading.drawing.source, []).append(reading)
        return {source: DrawnReport(tuple(parts[source])) for source in sorted(parts)}

    @property
    def mean_over_sources(self) -> float:
        """The mean of the sources' accuracies: each counts the same, whatever its size."""
        parts = self.by_source.values()
        return sum(part.accuracy for part in parts) / len(parts)

    @property
    def mistakes(self) -> list[Reading]:
        """The pictures that could be read, but whose answer is wrong or "no digit"."""
        return [one for one in self.readings if one.prediction is not None and not one.correct]

    @property
    def unreadable(self) -> list[Reading]:
        """The pictures that could not be read. They count as wrong."""
        return [one for one in self.readings if one.prediction is None]

    @property
    def sure(self) -> int:
        """How many answers were sure."""
        return sum(one.sure for one in self.readings)

    @property
    def sure_and_wrong(self) -> int:
        """How many answers were sure, but wrong."""
        return sum(one.sure for one in self.mistakes)

    def to_dict(self) -> dict[str, Any]:
        """The report for JSON."""
        return {
            "n": len(self),
            "accuracy": self.accuracy,
            "mean_over_sources": self.mean_over_sources,
            "sure": self.sure,
            "sure_and_wrong": self.sure_and_wrong,
            "sources": {
                name: {"n": len(part), "accuracy": part.accuracy}
                for name, part in self.by_source.items()
            },
            "mistakes": [reading.to_dict() for reading in self.mistakes],
            "unreadable": [reading.to_dict() for reading in self.unreadable],
        }


def load_drawn(folder: str | Path) -> list[Drawing]:
    """Read the list of a folder of drawings.

    Args:
        folder: holds ``labels.csv`` with the columns file (a path in the folder, with ``/``), label
            (0 to 9) and source; more columns are ignored.

    Returns:
        The drawings, in the order of the list. The pictures exist, but have not been opened.

    Raises:
        DrawnError: if the list is missing, incomplete or empty, if a label is not a digit, or if a
            picture is missing or outside the folder; the message names the line.
    """
    labels = Path(folder) / "labels.csv"
    try:
        # Excel begins its CSV files with a mark that "utf-8-sig" removes.
        with labels.open(encoding="utf-8-sig", newline="") as lines:
            drawings = list(_parse(csv.DictReader(lines), labels))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DrawnError(
            f"There is no {labels}. A folder of drawings needs this list, with the columns "
            f"{', '.join(COLUMNS)}."
        ) from error
    except OSError as error:
        raise DrawnError(f"{labels} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DrawnError(f"{labels} is not a CSV file in UTF-8: {error}.") from error
    if not drawings:
        raise DrawnError(f"{labels} lists no drawings.")
    return drawings


def evaluate_drawn(recognizer: DigitRecognizer, folder: str | Path) -> DrawnReport:
    """Let a recognizer read all drawings of a folder, with a progress bar on a terminal.

    A picture that cannot be read is not an error: the report lists it, and counts it as wrong.

    Raises:
        DrawnError: if `load_drawn` cannot use the folder's list.
    """
    drawings, readings = load_drawn(folder), []
    with progress_bar(len(drawings), "drawings", "drawing") as bar:
        for drawing in drawings:
            try:
                readings.append(Reading(drawing, recognizer.predict(drawing.path)))
            except PictureError as error:
                readings.append(Reading(drawing, None, str(error)))
            bar.update()
    return DrawnReport(tuple(readings))


def _parse(rows: csv.DictReader, labels: Path) -> Iterator[Drawing]:
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise DrawnError(
            f"{labels} has no column {' and no column '.join(missing)}: its first line must name "
            f"{', '.join(COLUMNS)}."
        )
    folder = labels.parent.resolve()
    for row in rows:
        where = f"{labels}, line {rows.line_num}"
        # Where a line is too short, its last columns are None.
        file, label, source = (row[name] or "" for name in COLUMNS)
        if not file or not source:
            raise DrawnError(f"{where}: there must be a file, a label and a source.")
        if label.strip() not in set("0123456789"):
            raise DrawnError(f"{where}: the label must be a digit, 0 to 9, but is {label!r}.")
        path = (folder / file.replace("\0", "?")).resolve()  # a path has no NUL
        if not path.is_relative_to(folder):
            raise DrawnError(f"{where}: {file!r} is outside the folder.")
        if not path.is_file():
            raise DrawnError(f"{where}: there is no picture {file!r} in the folder.")
        yield Drawing(file, int(label), source, path)
