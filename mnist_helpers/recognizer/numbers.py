"""Reading whole numbers: finding the digits in a line of writing, and reading each of them."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import groupby, pairwise, permutations
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from mnist_helpers.framing import Framed, Look, Writing, find_parts, find_writings
from mnist_helpers.recognizer.prediction import SURE_CONFIDENCE, Prediction, Verdict

Box = tuple[int, int, int, int]  # left, top, right, bottom: as Pillow crops
Read = Callable[[Sequence[Framed]], list[Prediction]]  # as `DigitRecognizer.predict_framed`
# What each digit costs, so that a number is not taken apart into more digits than necessary.
COST = 2.8
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
# How many ways are compared, and how many pieces and runs of pieces there may be.
WAYS, MOST_IN_RUN, MOST_PIECES, MOST_RUNS = 5, 8, 40, 400
WIDEST = 1.4  # of a digit of several pieces, in heights of the line
WORST = 2.4  # what speaks against pieces of a part, if they are read at all
SEVERAL_LINES = "I see more than one line."


Run = tuple[int, int]  # some pieces that follow one another: the first, and the end


class Way(NamedTuple):
    """A way to take the writing apart into digits."""

    number: str
    probability: float  # 0 to 1
    digits: list[tuple[Run, Prediction]]


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
    runs = list(_find_runs(writing, clear))
    if len(writing.pieces) == 1 or len(runs) > MOST_RUNS:
        return _one_digit(single, box)
    runs = runs_of_ways(runs, len(writing.pieces))
    answers = _read_runs(writing, runs, alone, read)
    return _choose(writing, single, box, _rank(writing, runs, answers), again)


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
    certain = sorted(_certainty(writing, *digit) for digit in best.digits)
    confidence = best.probability * math.prod(certain)
    # One digit may be ugly, if the others are not.
    readable = best.probability * math.prod(certain[1:]) >= READABLE
    touching = writing.pieces[-1].part == 0  # so do the lines of a star or a fence
    doubtful = again and len(certain) == 2
    least = READABLE if doubtful else NONSENSE if touching else 0.0
    weight = sum(_weigh(writing, *digit) for digit in best.digits)
    readable &= confidence >= least or weight >= ENOUGH * len(certain)
    alone = 1 - sum(way.probability for way in several)
    if alone >= best.probability or not readable:
        reading = _one_digit(single, box)
        # A sure digit is unsure if it may be several.
        mention = best.probability > DOUBT and (readable or reading.verdict is Verdict.SURE)
        return replace(reading, other=best.number) if reading.digits and mention else reading
    digits = tuple(
        ReadDigit(writing.box(*run), replace(answer, problem=None)) for run, answer in best.digits
    )
    others = [way.number for way in ways if way is not best and way.probability > DOUBT]
    return Reading(digits, single, confidence, other=others[0] if others else None)


def _certainty(writing: Writing, run: Run, answer: Prediction) -> float:
    """How likely it is that this is one digit, and that it was read right, 0 to 1."""
    return answer.confidence / (1 + math.exp(3 * (2 - COST - _weigh(writing, run, answer))))


def _rank(writing: Writing, runs: list[Run], answers: list[Prediction]) -> list[Way]:
    """The likeliest ways to take the writing apart into digits, of which no two read the same.

    This is dynamic programming: the best ways up to some piece are the best ways up to an earlier
    one, and a run of pieces from there on.
    """
    # For each place between two pieces: numbers, how much speaks for them, and their digits.
    best: list[dict[str, tuple[float, list[tuple[Run, Prediction]]]]]
    best = [{} for _ in range(len(writing.pieces) + 1)]
    best[0][""] = 0.0, []
    for run, answer in zip(runs, answers, strict=True):
        first, end = run
        gain = _weigh(writing, run, answer)
        for number, (before, digits) in best[first].items():
            longer, weight = f"{number}{answer.digit}", before + gain
            there, way = best[end].get(longer, (-math.inf, []))
            way = [*digits, (run, answer)] if weight >= there else way
            best[end][longer] = float(np.logaddexp(there, weight)), way
        best[end] = dict(sorted(best[end].items(), key=lambda item: -item[1][0])[:WAYS])
    total = float(np.logaddexp.reduce([weight for weight, _ in best[-1].values()]))
    return [Way(number, math.exp(w - total), digits) for number, (w, digits) in best[-1].items()]


def _find_runs(writing: Writing, clear: Set[int]) -> Iterator[Run]:
    """Which pieces that follow one another could be one digit.

    These are a part, some pieces of a part, or several parts unless each is ``clear``ly a digit.
    """
    pieces = writing.pieces
    ends = {n for n, (one, other) in enumerate(pairwise(pieces), 1) if one.part != other.part}
    ends |= {0, len(pieces)}
    for end in range(1, len(pieces) + 1):
        for first in range(end):
            parts = range(pieces[first].part, pieces[end - 1].part + 1)
            several = len(parts) > 1
            whole = {first, end} <= ends
            if end - first > MOST_IN_RUN and (several or not whole):
                continue  # a wide part has more pieces, and may be one digit all the same
            if several and (not whole or clear >= set(parts)):
                continue
            if not whole and _penalty(writing, (first, end)) > WORST:
                continue
            if end == first + 1 or writing.width_of(first, end) <= WIDEST:
                yield first, end


def runs_of_ways(runs: list[Run], count: int) -> list[Run]:
    """Those runs that, with others, can make up all the pieces; often a quarter cannot.

    ``count`` is the number of pieces. The runs come in the order of their ends.
    """
    before, after = {0}, {count}  # places that runs lead to from the start, and on to the end
    for first, end in runs:
        if first in before:
            before.add(end)
    for first, end in reversed(runs):
        if end in after:
            after.add(first)
    return [(first, end) for first, end in runs if first in before and end in after]


def _weigh(writing: Writing, run: Run, answer: Prediction) -> float:
    """How much speaks for a run of pieces being one digit, as a logarithm of odds."""
    return answer.evidence - COST - (answer.digit == 1) - _penalty(writing, run)


def _penalty(writing: Writing, run: Run) -> float:
    """How much speaks against a run of pieces being one digit, before it is read."""
    first, end = run
    pieces = writing.pieces
    cuts = pieces[first].cut + (pieces[end].cut if end < len(pieces) else 0.0)
    parts = pieces[end - 1].part - pieces[first].part
    rows, columns = writing.extent(first, end)
    low = max(0, 0.75 - (rows.stop - rows.start) / writing.height)
    wide = max(0, min((columns.stop - columns.start) / writing.height, 1.1) - 0.8)
    return 6 * cuts + 1.7 * parts + 8 * low + 4.5 * wide


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
