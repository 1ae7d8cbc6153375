"""Reading whole numbers: finding the digits in a line of writing, and reading each of them."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, permutations
from typing import Any

from PIL import Image

from mnist_helpers.framing import Framed, Look, Writing, find_parts, find_writings
from mnist_helpers.recognizer.prediction import SURE_CONFIDENCE, Prediction, Verdict
from mnist_helpers.recognizer.ways import (
    Run,
    Way,
    ask_again,
    certainty_of,
    find_runs,
    rank_ways,
    runs_of_ways,
    weigh_run,
)

Box = tuple[int, int, int, int]  # left, top, right, bottom: as Pillow crops
Read = Callable[[Sequence[Framed]], list[Prediction]]  # as `DigitRecognizer.predict_framed`
# A part with this evidence is one digit, and is not cut; of a wide part, more is asked.
CLEAR, CLEAR_IF_WIDE = 3.5, 4.5
# A part that is lower than this is not a digit of its own, and is not cut; in heights of the line.
LOW = 0.5
# A number is read if its digits, all but the worst, are at least this likely.
READABLE = 0.2
# Digits that all touch are doubtful, and so are two digits that only a later attempt finds. They
# are read if the number is at least so likely (NONSENSE and READABLE), or if at least so much
# (ENOUGH) speaks for each digit, on average: then one may be ugly.
NONSENSE, ENOUGH = 0.02, -0.75
# Ways to take the writing apart that are likelier than this are worth mentioning.
DOUBT = 0.05
# If the first attempt is less likely than this, it is compared with the second.
COMPARED = 0.5
# How many pieces and runs of pieces there may be.
MOST_PIECES, MOST_RUNS = 40, 400
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
        other: another number that it may be as well, if there is one.
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


def read_number(image: Image.Image, look: Look | None, single: Prediction, read: Read) -> Reading:
    """Read the number in a picture.

    Args:
        image: as `open_picture` opens it.
        look: the first look at it; None if nothing stands out.
        single: what the recognizer says if the picture shows one digit.
        read: reads framed digits.
    """
    clear = _one_clear_part(look, image.size, single)
    writings = find_writings(image, look) if clear is None else iter([clear])
    readings = (_read_writing(one, single, read, again=n > 0) for n, one in enumerate(writings))
    first = next(readings, None) or _one_digit(single, (0, 0, *image.size))
    if len(first.digits) > 1 and first.confidence < COMPARED:
        return _compare(first, next(readings, first))
    if first.digits or first.problem == SEVERAL_LINES:
        return first
    return next((other for other in readings if len(other.digits) > 1), first)


def _compare(first: Reading, second: Reading) -> Reading:
    """The first attempt, unless the second is likely; then the answer names both numbers."""
    if len(second.digits) < 2 or second.confidence < COMPARED:
        return first
    if second.number == first.number:
        return second
    return replace(second, other=first.number)


def _read_writing(writing: Writing, single: Prediction, read: Read, again: bool) -> Reading:
    """Read the number that some writing is, at the first attempt or ``again``."""
    box = writing.box(0, len(writing.pieces))
    if len(writing.pieces) > MOST_PIECES:
        return _one_digit(single, box)
    count, framed = len(writing.pieces), bool((writing.labels < 0).any())
    known = count == 1 and not framed
    alone = [single] if known else read([writing.frame(n, n + 1) for n in range(count)])
    if count == 1:  # `predict` may have read the frame around the digit
        single = alone[0]
    if _has_several_lines(writing, alone):
        return Reading((), single, single.confidence, SEVERAL_LINES)
    clear = {n for n, answer in enumerate(alone) if _is_clear(writing, n, answer)}
    low = {n for n in range(count) if writing.height_of(n, n + 1) < LOW}
    writing = writing.cut(set(range(count)) - clear - low)
    runs = list(find_runs(writing, clear))
    if len(writing.pieces) == 1 or len(runs) > MOST_RUNS:
        return _one_digit(single, box)
    runs = runs_of_ways(runs, len(writing.pieces))
    answers = _read_runs(writing, runs, alone, read)
    ways = ask_again(writing, rank_ways(writing, runs, answers), [one.pairs for one in alone])
    return _choose(writing, single, box, ways, again)


def _read_runs(
    writing: Writing, runs: list[Run], alone: list[Prediction], read: Read
) -> list[Prediction]:
    """The answers to runs; those to whole parts alone are known already."""
    pieces = writing.pieces
    sizes = Counter(piece.part for piece in pieces)
    known = {
        (first, end): alone[pieces[first].part]
        for first, end in runs
        if pieces[first].part == pieces[end - 1].part and sizes[pieces[first].part] == end - first
    }
    others = [run for run in runs if run not in known]
    known |= zip(others, read([writing.frame(*run) for run in others]), strict=True)
    return [known[run] for run in runs]


def _choose(
    writing: Writing, single: Prediction, box: Box, ways: list[Way], again: bool
) -> Reading:
    """The reading, if these are the ways to take the writing apart, the likeliest first."""
    several = [way for way in ways if len(way.digits) > 1]
    if not several:
        return _one_digit(single, box)
    best = several[0]
    certain = sorted(certainty_of(writing, *digit) for digit in best.digits)
    confidence = best.probability * math.prod(certain)
    # One digit may be ugly, if the others are not.
    readable = best.probability * math.prod(certain[1:]) >= READABLE
    touching = writing.pieces[-1].part == 0  # so do the lines of a star or a fence
    doubtful = again and len(certain) == 2
    least = READABLE if doubtful else NONSENSE if touching else 0.0
    weight = sum(weigh_run(writing, *digit) for digit in best.digits)
    readable &= confidence >= least or weight >= ENOUGH * len(certain)
    readable |= best.vouched and best.probability >= READABLE
    alone = 1 - sum(way.probability for way in several)
    if alone >= best.probability or not readable:
        reading = _one_digit(single, box)
        # A sure digit is unsure if it may be several, with the pair reader's opinion or without:
        # it has seen few non-digits, so that it may add doubt, but not remove it.
        doubt, other = max((max(way.probability, way.before), way.number) for way in several)
        mention = doubt > DOUBT and (readable or reading.verdict is Verdict.SURE)
        return replace(reading, other=other) if reading.digits and mention else reading
    digits = tuple(
        ReadDigit(writing.box(*run), replace(answer, problem=None)) for run, answer in best.digits
    )
    others = [way.number for way in ways if way is not best and way.probability > DOUBT]
    return Reading(digits, single, confidence, other=others[0] if others else None)


def _one_clear_part(look: Look | None, size: tuple[int, int], single: Prediction) -> Writing | None:
    """The writing, if the first look sees one part that is certainly one digit."""
    if look is None or single.problem is not None or single.evidence < CLEAR:
        return None
    writing = find_parts(look, size)
    one = writing is not None and len(writing.pieces) == 1 and _is_clear(writing, 0, single)
    return writing if one else None


def _is_clear(writing: Writing, part: int, answer: Prediction) -> bool:
    """Whether a part is certainly one digit."""
    least = CLEAR if writing.width_of(part, part + 1) <= 0.8 else CLEAR_IF_WIDE
    return answer.problem is None and answer.evidence >= least


def _has_several_lines(writing: Writing, answers: list[Prediction]) -> bool:
    """Whether some of the parts that could be digits stand above others."""
    boxes = [
        (piece.rows, piece.columns)
        for piece, answer in zip(writing.pieces, answers, strict=True)
        if piece.rows.stop - piece.rows.start >= LOW * writing.height and answer.problem is None
    ]
    if len(boxes) < 3:
        return False
    for (rows, columns), (below, beside) in permutations(boxes, 2):
        both = min(columns.stop, beside.stop) - max(columns.start, beside.start)
        narrower = min(columns.stop - columns.start, beside.stop - beside.start)
        if both > 0.3 * narrower and below.start - rows.stop > 0.1 * writing.height:
            return True
    return False


def _one_digit(single: Prediction, box: Box) -> Reading:
    if single.problem is not None:
        return Reading((), single, single.confidence, single.words)
    return Reading((ReadDigit(box, single),), single, single.confidence)
