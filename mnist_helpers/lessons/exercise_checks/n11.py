"""The checks of notebook 11, Whole numbers."""

from collections.abc import Callable, Iterable
from functools import partial
from operator import ge, gt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .core import (
    Case,
    Mistakes,
    close,
    described,
    examine,
    kind,
    number,
    refuse,
    several,
    task,
    whole,
)

Box = tuple[int, ...]  # top, bottom, left, right
CORNERS = np.ones((3, 3))


def random_picture(random: np.random.Generator) -> NDArray:
    """Parts of several sizes whose pixels hang together across corners only, and some dirt.

    Two parts begin in the same column: the higher one also ends farther down. One lies in the hole
    of another, and no part is at the same place as another.
    """
    picture = np.zeros((14, 40), np.uint8)
    picture[8:12, 2:5] = random.random((4, 3)) < 0.6
    picture[8:12, 2] = picture[8, 2:5] = 1
    picture[1, 2:8] = picture[1:13, 7] = 1  # begins in the same column, around the first
    for step in range(5):  # a diagonal stroke, higher than what lies to the left of it
        picture[0 + step, 12 + step] = 1
    picture[0, 16] = 1  # in the box of the stroke, which has six pixels of ink now
    picture[3:9, 20:26] = 1
    picture[4:8, 21:25] = 0  # has fewer pixels than its box
    picture[5:7, 22:24] = 1  # in its hole
    picture[11, 19:28] = 1  # begins farther left than those above it, and its middle is beyond
    picture[2, 28:31] = 1  # three pixels
    picture[10, 30] = picture[11, 31] = 1  # two pixels in a box of four
    picture[12, 33 + int(random.integers(3))] = 1
    picture[13, 39] = 1  # at the very end
    return picture


# Parts in which each way to a next pixel is needed once: back to the left, upwards, and so on.
SHAPES = (
    [[1, 0, 0, 1], [1, 0, 0, 1], [1, 1, 1, 1]],
    [[1, 1, 1, 1], [1, 0, 0, 1], [1, 0, 0, 1]],
    [[1, 1, 1], [1, 0, 0], [1, 1, 1]],
    [[1, 1, 1], [0, 0, 1], [1, 1, 1]],
    [[1, 0, 0, 0, 1], [0, 1, 0, 1, 0], [0, 0, 1, 0, 0]],
    [[0, 0, 1, 0, 0], [0, 1, 0, 1, 0], [1, 0, 0, 0, 1]],
)


@task("11.1")
def reading_order(boxes: Any) -> str:
    """Boxes of the connected parts, from left to right."""

    def draw() -> list[Case]:
        random = np.random.default_rng()
        cases = [(random_picture(random), least) for least in (1, 3, 6)]
        cases += [(np.array(shape, np.uint8), 1) for shape in SHAPES]
        cases += [(noise(random), least) for least in (1, 2, 4, 5)]
        return [*cases, (np.zeros((5, 7), np.uint8), 1), (np.eye(5, 7, dtype=np.uint8), 6)]

    def noise(random: np.random.Generator) -> NDArray:
        """A picture by chance, no two of whose parts begin at the same row and column."""
        while True:
            picture = (random.random((9, 13)) < 0.3).astype(np.uint8)
            numbered, n = ndimage.label(picture, CORNERS)
            begins = {around(numbered == part)[::2] for part in range(1, n + 1)}
            if len(begins) == n:
                return picture

    def find(
        number: Callable[[NDArray], tuple] = lambda picture: ndimage.label(picture, CORNERS),
        size: Callable[[NDArray, NDArray], int] = lambda picture, mask: int(mask.sum()),
        order: Any = lambda box: (box[2], box[0]),
        over: int = 0,
        parts: Callable[[int], range] = lambda n: range(1, n + 1),
    ) -> Callable[[NDArray, int], list[Box]]:
        def boxes_of(picture: NDArray, least: int) -> list[Box]:
            numbered, n = number(picture)
            masks = [numbered == part for part in parts(n)]
            found = [around(mask) for mask in masks if size(picture, mask) >= least + over]
            return sorted(found, key=order) if order else found

        return boxes_of

    def around(mask: NDArray) -> Box:
        rows, columns = np.nonzero(mask)
        return tuple(map(int, (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1)))

    def inside(picture: NDArray, mask: NDArray) -> NDArray:
        top, bottom, left, right = around(mask)
        return picture[top:bottom, left:right]

    def by_columns(picture: NDArray) -> tuple[NDArray, int]:
        numbered, n = ndimage.label(picture.any(axis=0))
        return numbered * picture, n

    right = find()

    def by_the_part_before(picture: NDArray, least: int) -> list[Box]:
        numbered, n = ndimage.label(picture, CORNERS)
        sizes = np.bincount(numbered.ravel())
        found = [around(numbered == i + 1) for i in range(n) if sizes[i] >= least]
        return sorted(found, key=lambda box: (box[2], box[0]))

    def pixels(picture: NDArray, box: Box) -> int:
        """How many pixels the part in this box has."""
        numbered, n = ndimage.label(picture, CORNERS)
        masks = [numbered == part for part in range(1, n + 1)]
        return next((int(mask.sum()) for mask in masks if around(mask) == box), 0)

    def changed(change: Callable[[Box], tuple]) -> Callable[..., list]:
        return lambda *case: [change(box) for box in right(*case)]

    mistakes: Mistakes = {
        "Pixels that touch at a corner hang together, too: `ndimage.label(picture, np.ones((3, "
        "3)))`.": find(ndimage.label),
        "You look for empty columns. Parts that lie above each other hang together only if their "
        "pixels do.": find(by_columns),
        "A part may lie in the hole of another. Do not fill holes.": find(
            lambda picture: ndimage.label(ndimage.binary_fill_holes(picture), CORNERS)
        ),
        "These are the boxes in the order of `label`, from top to bottom. Sort them by `left`.": (
            find(order=None)
        ),
        "You sort by `top`. People read from left to right: sort by `left`.": find(
            order=lambda box: box
        ),
        "Sort by `left`, not by the middle of the box.": find(
            order=lambda box: (box[2] + box[3], box[0])
        ),
        "Where two parts begin in the same column, the higher one comes first.": [
            find(order=lambda box: (box[2], -box[0])),
            find(order=lambda box: (box[2], box[1])),
            find(order=lambda box: (box[2], box[3])),
        ],
        "Of the parts that begin in the same column, you return only one.": lambda *case: list(
            {box[2]: box for box in right(*case)}.values()
        ),
        "A part of exactly `least` pixels stays: only those with fewer are left out.": find(over=1),
        "You count the pixels of the box. Count those of the part.": find(
            size=lambda *case: inside(*case).size
        ),
        "Each part stays or goes by the size of the one before it. In `np.bincount(numbered."
        "ravel())` place 0 is the paper, so part 1 is at place 1.": by_the_part_before,
        "Rows and columns are swapped: `np.nonzero` gives the rows first.": lambda *case: sorted(
            [(*box[2:], *box[:2]) for box in right(*case)], key=lambda box: (box[2], box[0])
        ),
        "You count all ink in the box, and pixels of other parts may lie in it, too. Count those "
        "of the part.": find(size=lambda *case: int(inside(*case).sum())),
        "You leave no part out. Those with fewer than `least` pixels are dirt.": find(
            size=lambda *_: 10**6
        ),
        "The last part is missing: `range` stops before its end.": find(
            parts=lambda n: range(1, n)
        ),
        "Number 0 is the paper around the parts, which begin with 1.": [
            find(parts=lambda n: range(n + 1)),
            find(parts=lambda n: range(n)),
        ],
        "You return one box only. Is `return` inside of the loop?": find(
            parts=lambda n: range(1, min(n, 1) + 1)
        ),
        "This is one box around everything. Each part has its own.": find(
            lambda picture: (picture, int(picture.any()))
        ),
        "`bottom` and `right` are one past the last row and column. Yours are the last.": changed(
            lambda box: (box[0], box[1] - 1, box[2], box[3] - 1)
        ),
        "You return heights and widths. `bottom` and `right` are places, as `top` and `left` "
        "are.": changed(lambda box: (box[0], box[1] - box[0], box[2], box[3] - box[2])),
        "The order is `(top, bottom, left, right)`: rows first, then columns.": changed(
            lambda box: (*box[2:], *box[:2])
        ),
        "The order is `(top, bottom, left, right)`. Yours is top, left, bottom, right.": changed(
            lambda box: (box[0], box[2], box[1], box[3])
        ),
        "The order is `(top, bottom, left, right)`. Yours is left, top, right, bottom.": changed(
            lambda box: (box[2], box[0], box[3], box[1])
        ),
    }

    def convert(given: Any, *_: Any) -> list[Box]:
        words = f"Return a list of boxes; yours {described(given)}."
        refuse({words: not isinstance(given, list | tuple | np.ndarray)})
        words = (
            f"If no part of a picture has `least` pixels, the list is empty, []; yours is {given}."
        )
        refuse({words: [*map(np.size, given)] == [0]})
        words = "The numbers of a box are places, whole numbers. Yours are floats, such as 3.0."
        refuse({words: any(np.asarray(box).dtype.kind == "f" for box in given if np.size(box))})
        return [several(box, 4, "top, bottom, left and right", whole) for box in given]

    def otherwise(picture: NDArray, least: int, given: list, expected: list) -> str:
        shown = "\n".join("".join("·█"[pixel] for pixel in row) for row in picture)
        lost = [box for box in expected if box not in given]
        more = [box for box in given if box not in expected]
        if len(given) != len(expected):
            box = (lost or more or given)[0]
            part = f" (its part has {pixels(picture, box)} pixels)" if pixels(picture, box) else ""
            fault = "is missing" if lost else "is one too many"
            return f"With `least = {least}`, the box {box}{part} {fault}:\n{shown}"
        i = next(i for i, box in enumerate(given) if box != expected[i])
        return f"With `least = {least}`, box {i} is {expected[i]}; you say {given[i]}:\n{shown}"

    def stops(error: Exception, picture: NDArray, least: int) -> str:
        words = "`ndimage.label` returns two things: `numbered, n = ndimage.label(…)`."
        refuse({words: "tuple" in str(error) and "indices" not in str(error)})
        if right(picture, least):
            return ""
        words = f"If no part of a picture has `least` pixels, here {least}, your code stops with"
        return f"{words} {kind(error)}: {error}. The list is empty then."

    options: dict[str, Any] = {"convert": convert, "same": list.__eq__, "stops": stops}
    examine(boxes, draw, right, mistakes, otherwise, **options)
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
            cases.append((columns(width), make_score(left, right, whole_score)))
        for left, right in random.uniform(0, 1, (25, 2, 10)):
            cases.append((columns(10), make_score(left, right, 0.2)))
        low = np.full(7, 0.3)
        equal = (columns(7), make_score(low, low, 0.3))  # no cut is worth more
        negative = (columns(6), make_score(low[:6] - 3, low[:6] - 2, -4.0))
        narrow = (columns(1), make_score(low[:1], low[:1], 0.3))  # it has no cut
        hardly = (columns(6), make_score(low[:6] - 0.8, low[:6] - 0.8, -0.8))
        return [*cases, equal, negative, hardly, narrow]

    def columns(width: int) -> NDArray:
        return np.tile(np.arange(width), (4, 1))

    def best_of(places: Iterable[int], worths: dict, whole: float) -> int:
        """The first of the places that are worth most; the whole's is 0."""
        return max(places, key=lambda column: worths.get(column, whole), default=0)

    def search(
        worth: Callable = min,
        places: Callable[[NDArray], Iterable[int]] = lambda ink: range(1, ink.shape[1]),
        choose: Callable = lambda worths, whole: best_of([0, *worths], worths, whole),
    ) -> Callable[[NDArray, Callable], int]:
        def column_of(ink: NDArray, score: Callable) -> int:
            tried = [c for c in places(ink) if c < ink.shape[1]]
            worths = {c: worth(score(ink[:, :c]), score(ink[:, c:])) for c in tried}
            return choose(worths, score(ink))

        return column_of

    right = search()

    def first_that(
        beats: Callable[[float, float], bool], order: Callable = list, best: bool = True
    ) -> Callable:
        """The first cut, or the first of the best ones, if it beats the whole."""

        def choose(worths: dict, whole: float) -> int:
            places = order([*worths])
            places = [best_of(places, worths, whole)] if best and worths else places
            return next((c for c in places if beats(worths[c], whole)), 0)

        return search(choose=choose)

    mistakes: Mistakes = {
        "You count the better piece. A cut is worth what its worse piece scores.": search(max),
        "You add the pieces' scores, so one good digit makes up for a scrap. The worse piece "
        "counts.": search(lambda a, b: a + b),
        "You take the mean of the pieces' scores, so one good digit makes up for a scrap. The "
        "worse piece counts.": search(lambda a, b: (a + b) / 2),
        "You return 0 each time, although some cuts are worth more than the whole. Every column "
        "from 1 to the last is tried, whether it has ink or not.": lambda *_: 0,
        "You multiply the pieces' scores. The worse piece alone counts.": [
            search(lambda a, b: a * b),
            search(lambda a, b: abs(a * b) ** 0.5),
        ],
        "You look at the left piece alone.": search(lambda a, b: a),
        "You look at the right piece alone.": search(lambda a, b: b),
        "You always cut, although no cut is worth more than the whole: then return 0.": first_that(
            lambda *_: True
        ),
        "Where no cut is worth *more* than the whole, return 0; and of equal cuts, the first. "
        "Yours takes equal ones, and the last.": search(
            choose=lambda w, whole: best_of([*[*w][::-1], 0], w, whole)
        ),
        "Of equal cuts, take the first. Yours is the last.": first_that(gt, reversed),
        "A cut that is worth just as much as the whole is not worth *more*: return 0.": first_that(
            ge
        ),
        "You take the first cut that is better than none. Try all, and take the best.": first_that(
            gt, best=False
        ),
        "You take the last cut that is better than none. The next one must beat the best cut so "
        "far.": first_that(gt, reversed, best=False),
        "You do not try the last column.": search(places=lambda ink: range(1, ink.shape[1] - 1)),
        "You do not try column 1.": search(places=lambda ink: range(2, ink.shape[1])),
        "You try every second column, as the notebook does. Try each.": search(
            places=lambda ink: range(1, ink.shape[1], 2)
        ),
        "You try as many columns as there are rows. The columns are `ink.shape[1]`.": search(
            places=lambda ink: range(1, len(ink))
        ),
        "Your column is one too small: the first cut is at column 1.": lambda *case: max(
            right(*case) - 1, 0
        ),
        "Scores can be negative: begin with the score of the whole, not with 0.": [
            search(choose=lambda w, whole: best_of([0, *w], w, 0)),
            search(choose=lambda w, whole: best_of([0, *w], w, max(whole, 0))),
        ],
        "Scores can be less than -1: begin with the score of the whole.": search(
            choose=lambda w, whole: best_of([0, *w], w, max(whole, -1))
        ),
    }

    def otherwise(ink: NDArray, score: Callable) -> str:
        worths = [min(score(ink[:, :c]), score(ink[:, c:])) for c in range(1, ink.shape[1])]
        shown = ", ".join(f"{one:.2f}" for one in worths)
        if not worths:
            return "An ink of one column has no cut, so the answer is 0; you say {given}."
        return (
            f"The whole scores {score(ink):.2f}, and the cuts from column 1 on are worth {shown}. "
            "So the answer is {right}; you say {given}."
        )

    def convert(given: Any) -> int:
        words = f"Return a column, which is a whole number; yours is {number(given):g}."
        refuse({words: number(given) % 1})
        return whole(given)

    def stops(error: Exception, ink: NDArray, _: Callable) -> str:
        if ink.shape[1] == 1 and "no columns" not in str(error):
            words = (
                "An ink of one column has no cut, so the answer is 0. There your code stops with"
            )
            return f"{words} {kind(error)}: {error}."
        words = (
            "One of your pieces has no columns. The cuts are at the columns from 1 to the last, "
        )
        words += "and the right piece begins with the column of the cut."
        return words if "no columns" in str(error) else ""

    options: dict[str, Any] = {"convert": convert, "stops": stops}
    examine(best_cut, draw, right, mistakes, otherwise, **options)
    return "A reader that may leave a part alone spoils fewer digits than one that always cuts."


def make_score(left: NDArray, right: NDArray, whole_score: float) -> Callable[[NDArray], float]:
    """A score of the pieces of an ink with four rows whose columns are numbered, from 0 on."""

    def score(piece: NDArray) -> float:
        rows, columns = piece.shape if piece.ndim == 2 else (0, 1)
        if not columns:
            raise ValueError("a piece has no columns")
        words = "A piece should have all rows of `ink`: `ink[:, :column]`, `ink[:, column:]`."
        refuse({words: rows != 4})
        begins, ends = int(piece[0, 0]), int(piece[0, -1]) + 1
        words = "A piece should hold what is in `ink`: `ink[:, :column]` or `ink[:, column:]`."
        refuse({words: begins >= len(left) or ends > len(left)})
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
            [(0.9, 0.08), (0.96, 0.03)],  # 0.9 itself is sure
            [(0.5, 0.45)],
            [(0.89, 0.1), (0.7, 0.25), (0.999, 0.0005), (0.92, 0.07)],
            [(0.85, 0.08), (0.94, 0.04)],  # no second digit is likely
            [(0.99, 0.005), (0.98, 0.01)],  # the whole number is sure
            [(0.95, 0.03)],
            [(0.89, 0.02), (0.88, 0.03)],
            [(0.45, 0.3), (0.6, 0.3), (0.55, 0.2), (0.8, 0.1)] * 2,
        ]
        return [(np.array([row(random, *pair) for pair in some]),) for some in pairs]

    def highest(rows: NDArray) -> NDArray:
        return rows.max(axis=1)

    def read(
        style: str = "[{0}/{1}]",
        sure: Callable[[NDArray], bool] = lambda one: one.max() >= 0.9,
        chance: Callable[[NDArray], float] = lambda rows: highest(rows).prod(),
        between: str = "",
    ) -> Callable[[NDArray], tuple[str, float]]:
        """The task with another way of writing a doubt, another limit or another probability.

        In a style, 0 is the most probable digit, and 9 the least probable one.
        """

        def read_all(rows: NDArray) -> tuple[str, float]:
            pieces = [
                str(one.argmax()) if sure(one) else style.format(*one.argsort()[::-1])
                for one in rows
            ]
            return between.join(pieces), float(chance(rows))

        return read_all

    def rounded(rows: NDArray, digits: int) -> float:
        return round(float(highest(rows).prod()), digits)

    def above(limit: float, one: NDArray) -> bool:
        return bool(one.max() >= limit)

    def doubtful(change: Callable[[NDArray], NDArray]) -> Callable[[NDArray], float]:
        """The product, with another factor for doubtful digits, of the probabilities in order."""
        return lambda rows: float(
            np.where(highest(rows) < 0.9, change(np.sort(rows).T[::-1]), highest(rows)).prod()
        )

    def by_digit(rows: NDArray, step: int) -> tuple[str, float]:
        pairs = [sorted(one.argsort()[-2:])[::step] for one in rows]
        doubts = [f"[{a}/{b}]" for a, b in pairs]
        pieces = zip(rows, doubts, strict=True)
        text = "".join(str(one.argmax()) if one.max() >= 0.9 else two for one, two in pieces)
        return text, right(rows)[1]

    right = read()
    multiply = "All are right only if each is: multiply."
    mistakes: Mistakes = {
        f"That is the mean. {multiply}": read(chance=lambda rows: highest(rows).mean()),
        f"That is the least sure digit. {multiply}": read(chance=lambda rows: highest(rows).min()),
        f"That is the sum. {multiply}": read(chance=lambda rows: highest(rows).sum()),
        "That is a logarithm. Return the probability.": read(
            chance=lambda rows: np.log(highest(rows)).sum()
        ),
        "A doubtful digit has a factor, too: its highest probability.": read(
            chance=doubtful(lambda order: 1 + 0 * order[0])
        ),
        "The factor of a doubtful digit is its highest probability alone.": [
            read(chance=doubtful(lambda order: order[0] + order[1])),
            read(chance=doubtful(lambda order: order[0] * order[1])),
        ],
        "The digits that are sure have a factor, too.": read(
            chance=lambda rows: highest(rows)[highest(rows) < 0.9].prod()
        ),
        "Each *row* has a highest probability: `max(axis=1)`.": read(
            chance=lambda rows: rows.max(axis=0).prod()
        ),
        "That is the probability that something is wrong. Take 1 minus it.": read(
            chance=lambda rows: 1 - highest(rows).prod()
        ),
        "That is a percentage. A probability lies between 0 and 1.": read(
            chance=lambda rows: 100 * highest(rows).prod()
        ),
        "You round the probability. Return it with all of its digits.": [
            read(chance=partial(rounded, digits=digits)) for digits in (1, 2, 3)
        ],
        "In a doubt, the better digit comes first.": read("[{1}/{0}]"),
        "In a doubt, the better digit comes first. Yours stand in the order of the digits.": [
            lambda rows: by_digit(rows, 1),
            lambda rows: by_digit(rows, -1),
        ],
        "In a doubt you write the same digit twice.": read("[{0}/{0}]"),
        "Whether a digit is doubtful depends on its own highest probability, not on that of the "
        "whole number.": lambda rows: (
            right(rows) if highest(rows).prod() >= 0.9 else read(sure=lambda one: False)(rows)
        ),
        "The factor of a doubtful digit is its highest probability, not the second.": read(
            chance=doubtful(lambda order: order[1])
        ),
        "Your doubts name the *least* probable digits.": [read("[{9}/{8}]"), read("[{8}/{9}]")],
        "You name no doubts: where the highest is less than 0.9, write both, as in `[1/7]`.": read(
            sure=lambda one: True
        ),
        "0.9 itself is sure: only less than 0.9 is doubtful.": [
            read(style, lambda one: one.max() > 0.9) for style in ("[{0}/{1}]", "[{1}/{0}]")
        ],
        "Another limit than 0.9 decides what is doubtful.": [
            read(sure=partial(above, limit)) for limit in (0.5, 0.8, 0.95, 0.98, 0.99)
        ],
        "Whether a digit is doubtful depends on the highest probability alone.": read(
            sure=lambda one: np.sort(one)[-2] < 0.1
        ),
        "The sure digits are written as doubts, and the doubtful ones are not.": [
            read(sure=lambda one: one.max() < 0.9),
            read(sure=lambda one: one.max() <= 0.9),
        ],
        "Each digit has a doubt now. Where the highest is at least 0.9, write it alone.": [
            read(style, lambda one: False) for style in ("[{0}/{1}]", "[{1}/{0}]")
        ],
        "A doubt is written like this: `[1/7]`.": [
            read(style)
            for style in (
                "{0}/{1}",
                "({0}/{1})",
                "[{0} / {1}]",
                "[{0} or {1}]",
                "[{0},{1}]",
                "[{0}, {1}]",
            )
        ],
        "The digits stand one after the other, with nothing between them.": [
            read(between=between) for between in (" ", ", ", ",")
        ],
        "This is the first digit only. Is `return` inside of the loop?": lambda rows: right(
            rows[:1]
        ),
        "This is the last digit only. The text and the product begin before the loop.": (
            lambda rows: right(rows[-1:])
        ),
        "The digits are in the wrong order: the first row is the first digit.": lambda rows: right(
            rows[::-1]
        ),
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

    def stops(error: Exception, rows: NDArray) -> str:
        words = "For a number of one digit, where `probabilities` has the shape (1, 10), your code"
        return f"{words} stops with {kind(error)}: {error}." if len(rows) == 1 else ""

    options: dict[str, Any] = {"convert": convert, "same": same, "stops": stops}
    examine(sure, draw, right, mistakes, otherwise, **options)
    return "Five digits at 97 % each make a number that is right in only 86 of 100 cases."
