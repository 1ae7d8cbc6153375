"""The checks of notebook 11, Whole numbers."""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .core import Case, Mistakes, close, described, examine, refuse, several, task, whole

Box = tuple[int, ...]  # top, bottom, left, right
CORNERS = np.ones((3, 3))


def random_picture(random: np.random.Generator) -> NDArray:
    """Parts of several sizes whose pixels hang together across corners only, and some dirt.

    Two parts begin in the same column, and none has the same left upper corner as another.
    """
    picture = np.zeros((14, 40), np.uint8)
    picture[8:12, 2:5] = random.random((4, 3)) < 0.6
    picture[8:12, 2] = picture[8, 2:5] = 1
    picture[1:5, 2] = picture[4, 2:6] = 1  # begins in the same column, further up
    for step in range(5):  # a diagonal stroke, higher than what lies to the left of it
        picture[0 + step, 12 + step] = 1
    picture[3:9, 20:24] = 1
    picture[4:8, 21:23] = 0  # has fewer pixels than its box
    picture[2, 28:31] = 1  # three pixels
    picture[12, 33 + int(random.integers(3))] = 1
    picture[13, 39] = 1  # at the very end
    return picture


@task("11.1")
def reading_order(boxes: Any) -> str:
    """Boxes of the connected parts, from left to right."""

    def draw() -> list[Case]:
        random = np.random.default_rng()
        cases = [(random_picture(random), least) for least in (1, 3, 6)]
        return [*cases, (np.zeros((5, 7), np.uint8), 1)]

    def find(
        corners: Any = CORNERS,
        size: Callable[[NDArray, Box], int] = lambda mask, box: int(mask.sum()),
        order: Any = lambda box: (box[2], box[0]),
        over: int = 0,
    ) -> Callable[[NDArray, int], list[Box]]:
        def boxes_of(picture: NDArray, least: int) -> list[Box]:
            numbered, n = ndimage.label(picture, corners)
            found = []
            for part in range(1, n + 1):
                rows, columns = np.nonzero(numbered == part)
                box = (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1)
                if size(numbered == part, box) >= least + over:
                    found.append(tuple(map(int, box)))
            return sorted(found, key=order) if order else found

        return boxes_of

    right = find()

    def changed(change: Callable[[Box], tuple]) -> Callable[..., list]:
        return lambda *case: [change(box) for box in right(*case)]

    mistakes: Mistakes = {
        "Pixels that touch at a corner hang together, too: `ndimage.label(picture, np.ones((3, "
        "3)))`.": find(corners=None),
        "These are the boxes in the order of `label`, from top to bottom. Sort them by `left`.": (
            find(order=None)
        ),
        "You sort by `top`. People read from left to right: sort by `left`.": find(
            order=lambda box: box
        ),
        "Where two parts begin in the same column, the higher one comes first.": find(
            order=lambda box: (box[2], -box[0])
        ),
        "A part of exactly `least` pixels stays: only those with fewer are left out.": find(over=1),
        "You count the pixels of the box. Count those of the part.": find(
            size=lambda _, box: (box[1] - box[0]) * (box[3] - box[2])
        ),
        "You leave no part out. Those with fewer than `least` pixels are dirt.": find(
            size=lambda *_: 10**6
        ),
        "`bottom` and `right` are one past the last row and column. Yours are the last.": changed(
            lambda box: (box[0], box[1] - 1, box[2], box[3] - 1)
        ),
        "The order is `(top, bottom, left, right)`: rows first, then columns.": changed(
            lambda box: (*box[2:], *box[:2])
        ),
        "The order is `(top, bottom, left, right)`. Yours is top, left, bottom, right.": changed(
            lambda box: (box[0], box[2], box[1], box[3])
        ),
    }

    def convert(given: Any, *_: Any) -> list[Box]:
        words = f"Return a list of boxes; yours {described(given)}."
        refuse({words: not isinstance(given, list | tuple | np.ndarray)})
        return [several(box, 4, "top, bottom, left and right", whole) for box in given]

    def otherwise(picture: NDArray, least: int, given: list, expected: list) -> str:
        shown = "\n".join("".join("·█"[pixel] for pixel in row) for row in picture)
        if len(given) != len(expected):
            return (
                f"With `least = {least}`, this picture has {len(expected)} parts, and you return "
                f"{len(given)}:\n{shown}"
            )
        i = next(i for i, box in enumerate(given) if box != expected[i])
        return f"With `least = {least}`, box {i} is {expected[i]}; you say {given[i]}:\n{shown}"

    same = list.__eq__
    examine(boxes, draw, right, mistakes, otherwise, convert=convert, same=same)
    return "With the boxes in reading order, a program can show which digit it means."


@task("11.2")
def cut_or_none(best_cut: Any) -> str:
    """The column of the best cut, if one is better than none."""

    def draw() -> list[Case]:
        random = np.random.default_rng()
        cases: list[Case] = []
        # The width, the score of the whole, and the cuts that are better than the scraps.
        for width, whole_score, good in (
            (9, 0.9, {4: 0.7}),  # an 8, say: the whole is best
            (12, 0.4, {2: 0.5, 6: 0.8, 7: 0.8}),
            (8, 0.2, {1: 0.6}),
            (10, 0.3, {6: 0.4, 9: 0.7}),
        ):
            left, right = random.uniform(0.05, 0.1, (2, width))
            left[3], right[3] = 3.0, 0.19  # a perfect digit and a scrap
            left[width - 2], right[width - 2] = 0.02, 2.0
            for column, worth in good.items():
                left[column], right[column] = random.permutation([worth, worth + 0.1])
            cases.append((np.arange(width)[None], make_score(left, right, whole_score)))
        low = np.full(7, 0.3)
        equal = (np.arange(7)[None], make_score(low, low, 0.3))  # no cut is worth more
        negative = (np.arange(6)[None], make_score(low[:6] - 3, low[:6] - 2, -4.0))
        return [*cases, equal, negative]

    def search(
        worth: Callable = min, first: int = 1, end: int = 0, step: int = 1, least: Any = None
    ) -> Callable:
        def column_of(ink: NDArray, score: Callable) -> int:
            columns = range(first, ink.shape[1] - end, step)
            worths = [worth(score(ink[:, :c]), score(ink[:, c:])) for c in columns]
            best = int(np.argmax(worths))
            limit = score(ink) if least is None else least
            return columns[best] if worths[best] > limit else 0

        return column_of

    right = search()

    def last_of_equal(ink: NDArray, score: Callable) -> int:
        best, most = 0, score(ink)
        for column in range(1, ink.shape[1]):
            worse = min(score(ink[:, :column]), score(ink[:, column:]))
            if worse >= most:
                best, most = column, worse
        return best

    def first_better(ink: NDArray, score: Callable) -> int:
        for column in range(1, ink.shape[1]):
            if min(score(ink[:, :column]), score(ink[:, column:])) > score(ink):
                return column
        return 0

    mistakes: Mistakes = {
        "You count the better piece. A cut is worth what its worse piece scores.": search(max),
        "You add the pieces' scores, so one good digit makes up for a scrap. The worse piece "
        "counts.": [search(lambda a, b: a + b), search(lambda a, b: (a + b) / 2)],
        "You multiply the pieces' scores. The worse piece alone counts.": search(
            lambda a, b: a * b
        ),
        "You look at the left piece alone.": search(lambda a, b: a),
        "You look at the right piece alone.": search(lambda a, b: b),
        "You always cut, although no cut is worth more than the whole: then return 0.": search(
            least=-np.inf
        ),
        "Where no cut is worth *more* than the whole, return 0; and of equal cuts, the first. You "
        "take `>=`.": last_of_equal,
        "You take the first cut that is better than none. Try all, and take the best.": (
            first_better
        ),
        "You do not try the last column.": search(end=1),
        "You do not try column 1.": search(first=2),
        "You try every second column, as the notebook does. Try each.": search(step=2),
        "Scores can be negative: begin with the score of the whole, not with 0.": search(least=0),
    }

    def otherwise(ink: NDArray, score: Callable) -> str:
        worths = [min(score(ink[:, :c]), score(ink[:, c:])) for c in range(1, ink.shape[1])]
        shown = ", ".join(f"{one:.2f}" for one in worths)
        return (
            f"The whole scores {score(ink):.2f}, and the cuts from column 1 on are worth {shown}. "
            "So the answer is {right}; you say {given}."
        )

    examine(best_cut, draw, right, mistakes, otherwise, convert=whole)
    return "A reader that may leave a part alone spoils fewer digits than one that always cuts."


def make_score(left: NDArray, right: NDArray, whole_score: float) -> Callable[[NDArray], float]:
    """A score of the pieces of an ink whose columns are numbered, beginning with 0."""

    def score(piece: NDArray) -> float:
        begins, ends = int(piece[0, 0]), int(piece[0, -1]) + 1
        if begins == 0 and ends == len(left):
            return float(whole_score)
        return float(right[begins] if begins else left[ends])

    return score


@task("11.3")
def sure_of_all(sure: Any) -> str:
    """The text of a number with its doubts, and how probable it is that all of it is right."""

    def row(random: np.random.Generator, first: float, second: float) -> NDArray:
        """Ten probabilities; the two highest are these, at random digits."""
        rest = np.sort(random.random(8))
        values = np.array([first, second, *(rest / rest.sum() * (1 - first - second))])
        return values[random.permutation(10)]

    def draw() -> list[Case]:
        random = np.random.default_rng()
        pairs = [
            [(0.97, 0.02), (0.6, 0.35), (0.99, 0.005)],
            [(0.9, 0.08), (0.95, 0.04)],  # 0.9 itself is sure
            [(0.5, 0.45)],
            [(0.89, 0.1), (0.7, 0.25), (0.999, 0.0005), (0.92, 0.07)],
        ]
        return [(np.array([row(random, *pair) for pair in some]),) for some in pairs]

    def piece(one: NDArray, style: str = "[{0}/{1}]", doubt: bool = True) -> str:
        second, first = np.argsort(one)[-2:]
        return style.format(first, second) if doubt and one[first] < 0.9 else str(first)

    def read(
        style: str = "[{0}/{1}]",
        doubt: bool = True,
        chance: Callable[[NDArray], float] = lambda highest: prod(highest.tolist()),
    ) -> Callable[[NDArray], tuple[str, float]]:
        return lambda rows: (
            "".join(piece(one, style, doubt) for one in rows),
            float(chance(rows.max(axis=1))),
        )

    right = read()

    def limit(rows: NDArray, sure_from: Callable[[float], bool]) -> tuple[str, float]:
        pieces = [
            piece(one, doubt=False)
            if sure_from(one.max())
            else "[{1}/{0}]".format(*one.argsort()[-2:])
            for one in rows
        ]
        return "".join(pieces), right(rows)[1]

    mistakes: Mistakes = {
        "That is the mean. All are right only if each is: multiply.": read(chance=np.mean),
        "That is the least sure digit. All are right only if each is: multiply.": read(chance=min),
        "That is the sum. All are right only if each is: multiply.": read(chance=np.sum),
        "A doubtful digit has a factor, too: its highest probability.": read(
            chance=lambda highest: prod(highest[highest >= 0.9].tolist())
        ),
        "That is the probability that something is wrong. Take 1 minus it.": read(
            chance=lambda highest: 1 - prod(highest.tolist())
        ),
        "In a doubt, the better digit comes first.": read("[{1}/{0}]"),
        "You name no doubts: where the highest is less than 0.9, write both, as in `[1/7]`.": read(
            doubt=False
        ),
        "0.9 itself is sure: only less than 0.9 is doubtful.": lambda rows: limit(
            rows, lambda most: most > 0.9
        ),
        "Each digit has a doubt now. Where the highest is at least 0.9, write it alone.": (
            lambda rows: limit(rows, lambda most: False)
        ),
        "A doubt is written like this: `[1/7]`.": [
            read("{0}/{1}"),
            read("({0}/{1})"),
            read("[{0} / {1}]"),
            read("[{0} or {1}]"),
            read("[{0},{1}]"),
        ],
    }

    def convert(given: Any, *_: Any) -> tuple[str, float]:
        words = f"Return a pair, the text and a probability; yours {described(given)}."
        refuse({words: not isinstance(given, tuple | list) or len(given) != 2})
        text, chance = given
        words = f"The first of the pair should be a text, but it {described(text)}."
        refuse({words: not isinstance(text, str)})
        return str(text), several([chance], 1, "the probability")[0]

    def same(one: tuple[str, float], other: tuple[str, float]) -> bool:
        return one[0] == other[0] and close(one[1], other[1])

    def otherwise(rows: NDArray, given: tuple[str, float], expected: tuple[str, float]) -> str:
        highest = ", ".join(f"{one.argmax()} ({one.max():g})" for one in rows)
        return (
            f"The highest probabilities are {highest}: the right answer is {expected[0]!r} and "
            f"{expected[1]:.4g}; you say {given[0]!r} and {given[1]:.4g}."
        )

    examine(sure, draw, right, mistakes, otherwise, convert=convert, same=same)
    return "Five digits at 97 % each make a number that is right in only 86 of 100 cases."
