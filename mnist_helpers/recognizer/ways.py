"""Ways to take a line of writing apart into digits: which there are, and how likely each is."""

import math
from collections.abc import Iterator, Set
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from mnist_helpers.framing import Writing
from mnist_helpers.model import NO_PAIR
from mnist_helpers.recognizer.prediction import Prediction

# What each digit costs, so that a number is not taken apart into more digits than necessary.
COST = 2.8
WAYS, MOST_IN_RUN = 5, 8  # how many are compared, and how many pieces may be one digit
WIDEST = 1.4  # of a digit of several pieces, in heights of the line
WORST = 2.4  # what speaks against pieces of a part, if they are read at all
# How much the pair reader's opinion counts beside the weights of the digits. What it finds
# unlikelier than DOUBTED counts as DOUBTED. If each part is two digits, and it finds them likelier
# than VOUCHED, they are read however ugly they are when they are cut apart.
OPINION, DOUBTED, VOUCHED = 0.7, 0.01, 0.5

Run = tuple[int, int]  # some pieces that follow one another: the first, and the end


class Way(NamedTuple):
    """A way to take the writing apart into digits."""

    number: str
    probability: float  # 0 to 1
    digits: list[tuple[Run, Prediction]]
    before: float = 0.0  # its probability before the pair reader was asked
    vouched: bool = False  # whether the pair reader sees the same digits, two in each part


def find_runs(writing: Writing, clear: Set[int]) -> Iterator[Run]:
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


def rank_ways(writing: Writing, runs: list[Run], answers: list[Prediction]) -> list[Way]:
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
        gain = weigh_run(writing, run, answer)
        for number, (before, digits) in best[first].items():
            longer, weight = f"{number}{answer.digit}", before + gain
            there, way = best[end].get(longer, (-math.inf, []))
            way = [*digits, (run, answer)] if weight >= there else way
            best[end][longer] = float(np.logaddexp(there, weight)), way
        best[end] = dict(sorted(best[end].items(), key=lambda item: -item[1][0])[:WAYS])
    total = float(np.logaddexp.reduce([weight for weight, _ in best[-1].values()]))
    return [Way(number, math.exp(w - total), digits) for number, (w, digits) in best[-1].items()]


def ask_again(writing: Writing, ways: list[Way], pairs: list[np.ndarray | None]) -> list[Way]:
    """The ways, the likeliest first, after a second opinion: what the pair reader says of parts."""
    heard = []
    for way in ways:
        seen = list(_ask_pair_reader(writing, way.digits, pairs))
        opinion = OPINION * sum(math.log(max(likely, DOUBTED)) for _, likely in seen)
        twos = [likely for count, likely in seen if count == 2]
        vouched = 2 * len(twos) == len(way.digits) and math.prod(twos) >= VOUCHED
        odds = way.probability * math.exp(opinion)
        heard.append(way._replace(probability=odds, before=way.probability, vouched=vouched))
    total = sum(way.probability for way in heard)
    heard = [way._replace(probability=way.probability / total) for way in heard]
    return sorted(heard, key=lambda way: -way.probability)


def _ask_pair_reader(
    writing: Writing, digits: list[tuple[Run, Prediction]], pairs: list[np.ndarray | None]
) -> Iterator[tuple[int, float]]:
    """For each part that is digits of its own: how many, and how likely the pair reader finds them.

    It knows pairs only: to it, one digit and three are both `NO_PAIR`.
    """
    pieces = writing.pieces
    found: dict[int, str] = {}
    for (first, end), answer in digits:
        part = pieces[first].part
        if part == pieces[end - 1].part:
            found[part] = found.get(part, "") + str(answer.digit)
    for part, said in found.items():
        if (seen := pairs[part]) is not None:
            yield len(said), float(seen[int(said) if len(said) == 2 else NO_PAIR])


def weigh_run(writing: Writing, run: Run, answer: Prediction) -> float:
    """How much speaks for a run of pieces being one digit, as a logarithm of odds."""
    return answer.evidence - COST - (answer.digit == 1) - _penalty(writing, run)


def certainty_of(writing: Writing, run: Run, answer: Prediction) -> float:
    """How likely it is that this is one digit, and that it was read right, 0 to 1."""
    return answer.confidence / (1 + math.exp(3 * (2 - COST - weigh_run(writing, run, answer))))


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
