"""Reading whole numbers: finding the digits in a line of writing, and reading each of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage

from mnist_helpers.framing import Framed, Writing, find_writing, frame_ink
from mnist_helpers.recognizer.prediction import SURE_CONFIDENCE, Prediction, Verdict

Box = tuple[int, int, int, int]  # left, top, right, bottom: as Pillow crops
Read = Callable[[Sequence[Framed]], list[Prediction]]  # as `DigitRecognizer.predict_framed`
SEVERAL_LINES = "I see more than one line."


@dataclass(frozen=True, eq=False)
class ReadDigit:
    """A digit of a number, and where it is.

    Attributes:
        box: left, top, right and bottom, in pixels of the picture as `open_picture` opens it,
            which makes large pictures smaller.
        prediction: what the recognizer says about this digit alone.
    """

    box: Box
    prediction: Prediction

    def to_dict(self) -> dict[str, Any]:
        """The digit as plain data for JSON."""
        return {"box": list(self.box)} | self.prediction.to_dict()


@dataclass(frozen=True, eq=False)
class Reading:
    """What the recognizer reads in a picture: a number of one or more digits, or nothing.

    Attributes:
        digits: from left to right; empty if nothing was read.
        single: what `predict` says: it takes all the writing for one digit.
        confidence: how likely it is that the whole number is right, 0 to 1.
        problem: a sentence that says why nothing was read; None if something was.
        other: if it may also be another number, of more or fewer digits, that number.
    """

    digits: tuple[ReadDigit, ...]
    single: Prediction
    confidence: float
    problem: str | None = None
    other: str | None = None

    @property
    def number(self) -> str | None:
        """The digits in their order, with leading zeros; None if nothing was read."""
        return "".join(str(one.prediction.digit) for one in self.digits) or None

    @property
    def verdict(self) -> Verdict:
        """Of the whole: sure, unsure, or no digit."""
        if not self.digits:
            return Verdict.NO_DIGIT
        sure = self.confidence >= SURE_CONFIDENCE and self.other is None
        return Verdict.SURE if sure else Verdict.UNSURE

    @property
    def words(self) -> str:
        """The answer for people: "42", "1 or 7, then 3", "8 or 60?", or why there is none."""
        if self.problem is not None:
            return self.problem
        if self.other is not None:
            return f"{self.number} or {self.other}?"
        if len(self.digits) < 2:
            return self.single.words
        words = [one.prediction.words.rstrip("?") for one in self.digits]
        if all(len(word) == 1 for word in words):
            return "".join(words) + ("" if self.verdict is Verdict.SURE else "?")
        # Sure digits that follow one another are said together.
        runs = groupby(words, key=lambda word: len(word) == 1)
        return ", then ".join("".join(run) if sure else ", then ".join(run) for sure, run in runs)

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data for JSON; of one digit, what its prediction gives, and more."""
        answer = self.single.to_dict()
        if len(self.digits) > 1 or self.problem == SEVERAL_LINES:
            answer |= {"digit": None, "probabilities": None}
        return answer | {
            "confidence": round(self.confidence, 6),
            "verdict": self.verdict.value,
            "number": self.number,
            "digits": [one.to_dict() for one in self.digits],
        }


def read_number(image: Image.Image, single: Prediction, read: Read) -> Reading:
    """Read the number in a picture.

    Args:
        image: as `open_picture` opens it.
        single: what the recognizer says if the picture shows one digit.
        read: reads framed digits.
    """
    writing = find_writing(image)
    groups = [] if writing is None else _group(writing)
    if writing is None or len(groups) < 2:
        return _one_digit(image, single, writing)
    cuts = [np.isin(writing.labels, group) for group in groups]
    predictions = read([frame_ink(writing.cut_out(cut)) for cut in cuts])
    if any(one.verdict is Verdict.NO_DIGIT for one in predictions):
        return _one_digit(image, single, writing)
    boxes = [writing.box_of(cut) for cut in cuts]
    digits = tuple(map(ReadDigit, boxes, predictions))
    return Reading(digits, single, float(np.prod([one.confidence for one in predictions])))


def _one_digit(image: Image.Image, single: Prediction, writing: Writing | None) -> Reading:
    if single.problem is not None or writing is None:
        return Reading((), single, single.confidence, single.words)
    box = writing.box_of(writing.labels > 0)
    return Reading((ReadDigit(box, single),), single, single.confidence)


def _group(writing: Writing) -> list[list[int]]:
    """The parts of each digit, from left to right: parts above one another belong together."""
    boxes = ndimage.find_objects(writing.labels)
    spans = sorted((x.start, x.stop, number) for number, (_, x) in enumerate(boxes, 1))
    groups: list[list[int]] = []
    end = 0
    for start, stop, number in spans:
        if groups and end - start > 0.5 * (stop - start):
            groups[-1].append(number)
        else:
            groups.append([number])
        end = max(end, stop)
    return groups
