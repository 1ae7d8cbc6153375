"""The checks of notebook 06, The digit demo."""

import re
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import center_of_mass

from .core import (
    Case,
    Mistakes,
    WrongAnswer,
    array,
    call,
    close,
    examine,
    judge,
    kind,
    refuse,
    task,
)

# The functions that 06.4 puts together, and their tasks.
EARLIER = {"light_on_dark": "06.1", "crop_and_scale": "06.2", "to_the_middle": "06.3"}


def picture(answer: Any, shape: tuple[int, ...] | None = None, *, types: str = "biuf") -> NDArray:
    """The answer as floats, if it is an array with two axes and, if given, this shape.

    ``types`` are the kinds of numbers that are taken, as NumPy names them, or ``"bytes"``.
    """
    words = "Your function should return an array, not a Pillow image: `np.asarray(...)`."
    refuse({words: isinstance(answer, Image.Image)})
    refuse({f"Your function should return an array, not a {kind(answer)}.": type(answer) is list})
    values, of = array(answer, shape), np.asarray(answer).dtype
    faults = {
        f"The result should have rows and columns; its shape is {values.shape}.": (
            values.ndim != 2 or values.size == 0
        ),
        "The result has only True and False. Keep the grey values, 0 to 255.": of.kind == "b",
        "The values are fractions, from 0 to 1. Those of a byte go from 0 to 255.": (
            of.kind == "f" and 0 < values.max(initial=0) <= 1 and values.min() >= 0
        ),
        f"The values are of type {of}. The task wants bytes: `.astype(np.uint8)`.": (
            of != np.uint8 if types == "bytes" else of.kind not in types
        ),
    }
    refuse(faults)
    return values


def even(one: NDArray, other: NDArray) -> bool:
    """Whether two pictures are the same, to less than a grey level."""
    return one.shape == other.shape and close(one, other, 0.5)


def border(pixels: NDArray) -> NDArray:
    """The pixels along the four sides."""
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def turned(light: Callable[..., Any]) -> Callable[..., Any]:
    """The function that turns over what it takes for light paper."""
    return lambda pixels: np.asarray(255 - pixels if light(pixels) else pixels, dtype=float)


def polarity_cases() -> list[Case]:
    """Digits of any size, ink in each corner and along each side, black paper, grey paper; both."""
    random = np.random.default_rng()
    cases: list[Case] = []
    ends = slice(0, 4), slice(-4, None)
    corners = [(one, other) for one in ends for other in ends]
    sides = [np.s_[:2, :], np.s_[-2:, :], np.s_[:, :2], np.s_[:, -2:]]
    for extra in (None, "large", "left", "grey", "black", *corners, *sides):
        low, high = (95, 120) if extra in ("grey", sides[2]) else (6, 40)
        dark = random.integers(low, high, (30, 36)).astype(np.uint8)
        if extra == "black":  # few pixels of ink at the border have more grey levels than the paper
            dark[:] = 0
            dark[0, 4:9] = range(200, 250, 10)
        inside = dark[8:22, 14:20]
        if extra in ("large", "left"):
            inside = dark[3:-3, 3:-3] if extra == "large" else dark[8:22, 3:9]
        inside[:] = random.integers(200, 250, inside.shape)
        inside[0, :3] = 255  # 255 - 255 is 0; a byte turned over in another way comes out wrong
        if isinstance(extra, tuple):
            dark[extra] = 240
        cases += [(dark,), (255 - dark,)]
    return cases


@task("06.1")
def polarity(light_on_dark: Any) -> str:
    """Light ink on dark paper, whatever the picture was."""

    def median(pixels: NDArray) -> float:
        return float(np.median(border(pixels)))

    def convert(given: Any, pixels: NDArray) -> NDArray:
        return picture(given, pixels.shape, types="biu")

    def wrongly(turn: Callable[..., Any]) -> Callable[..., Any]:
        """Light paper is found, but turned over in another way."""
        return lambda pixels: np.asarray(turn(pixels) if median(pixels) > 127 else pixels, float)

    right = turned(lambda pixels: median(pixels) > 127)
    byte = "To turn a byte over, take `255 - pixels`: a byte holds 0 to 255, and nothing else."
    bytewise: list[Callable[..., Any]] = [lambda p: -p, lambda p: 1 - p]
    most = "It fails if the digit fills most of the picture. Look at the border only."
    corners = [(0, 0), (0, -1), (-1, 0), (-1, -1)]
    sides = [np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]]
    limits = [0, 1, 50, 64, 100, 160, 192, 200, 254]
    mistakes: Mistakes = {
        "The polarity is wrong: each time you return dark ink.": lambda p: 255 - right(p),
        "You turn every picture over, even one with dark paper.": turned(lambda p: True),
        "You leave every picture as it is. Light paper should become dark.": lambda p: p,
        most: [turned(lambda p: p.mean() > 127), turned(lambda p: np.median(p) > 127)],
        "It fails with ink in a corner. Take the median of the whole border.": [
            turned(lambda p, at=at: p[at] > 127) for at in corners
        ],
        "It fails with ink along one side. Take the median of the whole border.": [
            turned(lambda p, at=at, of=of: of(p[at]) > 127)
            for at in sides
            for of in (np.median, np.mean)
        ],
        "You take the mean of the border: a bit of strong ink on grey paper pulls it over the "
        "line. Take the median.": turned(lambda p: border(p).mean() > 127),
        "You take the median of the different grey levels, so a few pixels of ink outweigh the "
        "paper. Take that of all pixels of the border.": turned(
            lambda p: np.median(np.unique(border(p))) > 127
        ),
        "The middle of the picture need not be ink. Ask the border.": [
            turned(lambda p, at=at: p[at] < 127) for at in ((14, 14), (15, 18), (14, 18))
        ],
        "One pixel of ink at the border decides. Take the median of the border.": [
            turned(lambda p: border(p).max() > 127),
            turned(lambda p: border(p).min() > 127),
        ],
        "You draw the line between light and dark paper at another place than 127.": [
            turned(lambda p, limit=limit: median(p) > limit) for limit in limits
        ],
        byte: [wrongly(turn) for turn in bytewise],
        "You turn the picture itself round. Dark should become light: `255 - pixels`.": [
            wrongly(lambda p: p[::-1]),
            wrongly(lambda p: p[:, ::-1]),
            wrongly(lambda p: p[::-1, ::-1]),
        ],
        "In a picture with light paper you turn over only a part of the pixels. Dark ones should "
        "become light, and light ones dark.": [
            wrongly(lambda p: np.where(p > 127, 255 - p, p)),
            wrongly(lambda p: np.where(p > 127, p, 255 - p)),
        ],
        "You subtract from the brightest pixel. Take 255.": wrongly(lambda p: p.max() - p),
        "Only black and white are left. Keep the grey values.": [
            lambda p: 255.0 * (right(p) > 127),
            wrongly(lambda p: 255 * (p <= 127)),
        ],
    }

    def otherwise(pixels: NDArray, given: NDArray, expected: NDArray) -> str:
        paper = "light" if median(pixels) > 127 else "dark"
        if even(given, 255 - expected):
            action = "turn over" if paper == "light" else "keep"
            return (
                f"The polarity is wrong: a picture with {paper} paper, which your function should "
                f"{action}, comes out with light paper. The median of its border is "
                f"{median(pixels):.0f}."
            )
        refuse({byte: any(even(given, turn(pixels).astype(float)) for turn in bytewise)})
        row, column = np.argwhere(np.abs(given - expected) >= 0.5)[0]
        return (
            f"The picture is changed. In row {row}, column {column} of a picture with {paper} "
            f"paper stands {pixels[row, column]}. It should become {expected[row, column]:.0f}, "
            f"but it is {given[row, column]:g}."
        )

    def stops(error: Exception, *_: Any) -> str:
        return f"Your function stops with {kind(error)}: {error}. {byte}" * isinstance(
            error, OverflowError
        )

    options: dict[str, Any] = {"convert": convert, "same": even, "stops": stops}
    examine(light_on_dark, polarity_cases, right, mistakes, otherwise, **options)
    return "The network has only ever seen light ink. Dark ink on light paper is new to it."


def cut_out(ink: NDArray, limit: int = 127, end: tuple[int, int] = (1, 1)) -> NDArray:
    """The rectangle of what is above the limit; of a blank picture, all."""
    found = ink > limit
    rows, columns = (np.flatnonzero(found.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return ink
    return ink[rows[0] : rows[-1] + end[0], columns[0] : columns[-1] + end[1]]


def span(ink: NDArray, axis: int) -> slice:
    """From the first row, or column, with ink to the last one."""
    places = np.nonzero(ink > 127)[axis]
    return slice(places.min(), places.max() + 1)


def counted(ink: NDArray, axis: int) -> slice:
    """As many rows, or columns, as have ink, from the first one."""
    places = np.unique(np.nonzero(ink > 127)[axis])
    return slice(places[0], places[0] + len(places))


def resized(ink: NDArray, height: float, width: float) -> NDArray:
    """A picture of another size, at least one pixel high and wide."""
    size = max(1, round(width)), max(1, round(height))
    return np.asarray(Image.fromarray(ink).resize(size))


def fit(ink: NDArray, side: int = 20, longer: Callable[..., int] = max) -> NDArray:
    """A picture scaled so that its longer side has 20 pixels."""
    factor = side / longer(ink.shape)
    return resized(ink, *(factor * length for length in ink.shape))


def in_square(digit: NDArray, side: int = 28) -> NDArray:
    """A digit in the middle of an empty square."""
    square = np.zeros((side, side), np.uint8)
    top, left = ((side - length) // 2 for length in digit.shape)
    square[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return square


def scaling_cases() -> list[Case]:
    """Ink of many sizes, some with 128 at its rim, and 127 beside it; two blank pictures."""
    random = np.random.default_rng()
    cases: list[Case] = []
    sizes = [(20, 9), (60, 30), (24, 66), (10, 20), (5, 3), (3, 8), (31, 31), (77, 30)]
    sizes += [(44, 1), (1, 44), (int(random.integers(30, 60)), int(random.integers(12, 25)))]
    for height, width in sizes:
        canvas = random.integers(0, 50, (110, 90)).astype(np.uint8)
        top = int(random.integers(3, 110 - height - 3))
        left = int(random.integers(3, 90 - width - 3))
        if (height, width) == (10, 20):  # in the corner of the picture
            top, left = 110 - height, 90 - width
        rows, columns = np.indices((height, width))
        ink = 150 + 60 * rows / height + 40 * columns / width
        ink[: height // 2, width - width // 2 :] = 20  # nothing in the upper right quarter
        if (height + width) % 2 == 0:
            ink[-1], ink[height // 2 :, -1] = 128, 128
        if max(height, width) == 20:  # nothing is scaled: no ink in two corners, and two gaps
            ink[:2, :2] = ink[-1, -1] = ink[height // 2 + 1] = ink[:, width // 2] = 20
        canvas[top : top + height, left : left + width] = ink
        canvas[max(0, top - 3), left], canvas[top, max(0, left - 3)] = 127, 127
        cases.append((canvas,))
    faint = random.integers(0, 128, (30, 40)).astype(np.uint8)
    return [*cases, (np.zeros((40, 30), np.uint8),), (faint,)]


@task("06.2")
def scaling(crop_and_scale: Any) -> str:
    """The digit, cut out, 20 pixels long."""

    def blank(ink: NDArray) -> bool:
        return bool(ink.max() <= 127)

    def right(ink: NDArray) -> tuple[NDArray, bool]:
        """The result, and whether nothing has to be scaled, so that each pixel is known."""
        if blank(ink):
            return ink.astype(float), True
        return fit(cut_out(ink)), max(cut_out(ink).shape) == 20

    def done(function: Callable[..., Any]) -> Callable[..., Any]:
        """A mistake, which may be made with or without a thought of blank pictures."""

        def result(ink: NDArray) -> Any:
            made = None if blank(ink) else function(ink)
            return made if made is None else (np.asarray(made, np.uint8), False)

        return result

    def convert(given: Any, ink: NDArray) -> tuple[NDArray, bool]:
        return picture(given, types="bytes"), False

    def same(one: tuple[NDArray, bool], other: tuple[NDArray, bool]) -> bool:
        """A pixel of the shorter side may be rounded away, and there are many ways to scale."""
        (values, _), (wanted, exact) = one, other
        if exact:
            return even(values, wanted)
        apart = np.abs(np.subtract(values.shape, wanted.shape))
        if max(values.shape) != max(wanted.shape) or apart.max() > 1:
            return False
        again = resized(wanted, *values.shape)
        return bool(np.abs(values - again).mean() < 20)

    def by_axis(axis: int) -> Callable[..., Any]:
        """The height, or the width, always becomes 20."""
        return done(lambda ink: fit(cut_out(ink), longer=lambda shape: shape[axis]))

    def cut(function: Callable[..., Any]) -> Callable[..., Any]:
        """A mistake that is made after the ink has been cut out."""
        return done(lambda ink: function(cut_out(ink)))

    mistakes: Mistakes = {
        "Cropped but not scaled: the result is as large as the ink on the canvas.": done(cut_out),
        "The longer side is 28. MNIST's digits are in a 20-pixel box.": cut(lambda c: fit(c, 28)),
        "Both sides are the same: a narrow 1 becomes a fat block. The longer side should be 20, "
        "and the other keeps the proportion.": [
            cut(lambda c, side=side: resized(c, side, side)) for side in (20, 28)
        ],
        "The paper around the digit is still there. Cut out what is above 127.": done(fit),
        "Height and width are swapped: Pillow's `resize` takes the width first.": cut(
            lambda c: resized(c, *fit(c).shape[::-1])
        ),
        "The last row or column of ink is missing: a slice stops before its end, so it ends at "
        "`max() + 1`.": [
            done(lambda ink, end=end: fit(cut_out(ink, end=end)))
            for end in ((0, 0), (0, 1), (1, 0))
        ],
        "`np.resize` does not scale: it fills the new shape with the pixels one after the other. "
        "Take `Image.fromarray(...).resize(...)`.": cut(lambda c: np.resize(c, fit(c).shape)),
        "You cut at another limit. Ink is what is above 127, and 127 itself is not.": [
            done(lambda ink, limit=limit: fit(cut_out(ink, limit)) if ink.max() > limit else None)
            for limit in (0, 49, 100, 126, 128, 200)
        ],
        "The *longer* side should be 20; yours is the shorter.": cut(lambda c: fit(c, longer=min)),
        "You always scale the height to 20, even where the width is longer.": by_axis(0),
        "You always scale the width to 20, even where the height is longer.": by_axis(1),
        "A small digit stays small. It should become 20 pixels long, too.": cut(
            lambda c: c if max(c.shape) < 20 else fit(c)
        ),
        "The digit has its size, but it lies in a square. Return the digit alone.": [
            cut(lambda c, side=side: in_square(fit(c), side)) for side in (28, 20)
        ],
        "Only black and white are left. Keep the grey values.": [
            cut(lambda c: 255 * (fit(c) > 127)),
            cut(lambda c: fit(np.where(c > 127, 255, 0).astype(np.uint8))),
        ],
        "20 / 77 * 77 is a little less than 20, and becomes 19 if you cut off, as `int` does. Take "
        "`round`.": cut(lambda c: resized(c, *(int(20 / max(c.shape) * x) for x in c.shape))),
        "Rows and columns are mixed up where you cut out: `np.nonzero` gives "
        "the rows first, and `ink[...]` takes them first.": [
            done(lambda ink, a=a, b=b: fit(ink[span(ink, a), span(ink, b)]))
            for a, b in ((1, 0), (0, 0), (1, 1))
        ],
        "The first pixel with ink is not the leftmost one, and the last not the rightmost: "
        "`np.nonzero` goes row by row. Take `min()` and `max()`.": done(
            lambda ink: fit(ink[span(ink, 0), slice(*(np.nonzero(ink > 127)[1][[0, -1]] + [0, 1]))])
        ),
        "A row or column without ink belongs to the digit, too, if there is ink on both sides of "
        "it. Cut out from the first to the last one.": [
            done(lambda ink: fit(ink[np.ix_(*map(np.unique, np.nonzero(ink > 127)))])),
            done(lambda ink: fit(ink[counted(ink, 0), counted(ink, 1)])),
            done(lambda ink: fit(ink[counted(ink, 0), span(ink, 1)])),
        ],
        "You cut out the rows only, or the columns. Cut both.": [
            done(lambda ink: fit(ink[span(ink, 0)])),
            done(lambda ink: fit(ink[:, span(ink, 1)])),
        ],
    }

    def otherwise(ink: NDArray, given: Any, expected: Any) -> str:
        (values, _), (wanted, exact) = given, expected
        height, width = cut_out(ink).shape
        if blank(ink):
            words = f"A blank picture should come back as it is, {ink.shape}"
            return f"{words}; yours is {values.shape}" + (
                "." if values.shape != ink.shape else ", and its values have changed."
            )
        apart = np.abs(np.subtract(values.shape, wanted.shape)).max()
        if apart > 1 or (apart and exact) or max(values.shape) != 20:
            return f"Ink of {height}×{width} should become {wanted.shape}, not {values.shape}."
        if not exact:
            again = resized(wanted, *values.shape)
            row, column = np.unravel_index(np.abs(values - again).argmax(), values.shape)
            return (
                f"Ink of {height}×{width} becomes {values.shape}, as it should, but it is another "
                f"picture: in row {row}, column {column} stands {values[row, column]:.0f}, and "
                f"about {again[row, column]} should. Print what you cut out and resize."
            )
        row, column = np.argwhere(np.abs(values - wanted) >= 0.5)[0]
        return (
            f"Ink of {height}×{width} needs only be cut out. Then {wanted[row, column]:.0f} stands "
            f"in row {row}, column {column}, but yours has {values[row, column]:.0f} there."
        )

    def stops(error: Exception, ink: NDArray) -> str:
        height, width = cut_out(ink).shape
        thin = f"On a thin line, {height}×{width}, your function stops with {kind(error)}: {error}."
        if blank(ink):
            words = (
                f"On a blank picture, whose brightest pixel is {ink.max()}, your function stops "
            )
            return f"{words}with {kind(error)}: {error}. Nothing is above 127: return it as it is."
        short = min(height, width) * 20 < max(height, width)
        zero = short and re.search("height and width|zero|> 0", str(error))
        return f"{thin} No side may become 0: take at least 1." if zero else ""

    options: dict[str, Any] = {"convert": convert, "same": same, "stops": stops}
    examine(crop_and_scale, scaling_cases, right, mistakes, otherwise, **options)
    return "This was the big step of the notebook: size and place, as the network knows them."


def rolled(move: Callable[..., Any], place: Callable[..., Any] = center_of_mass) -> Any:
    """The function that moves each axis by what it makes of the place of the ink, if any."""

    def moved(square: NDArray) -> NDArray:
        if not square.any():
            return square
        return np.roll(square, [int(move(at)) for at in place(square)], (0, 1))

    return moved


def centring_cases() -> list[Case]:
    """Like a 7, with a heavy bar and a pale tail, on each side of the middle; faint; blank.

    Of the rows and of the columns, some are rounded up and some down.
    """
    random = np.random.default_rng()
    while True:
        cases: list[Case] = []
        while len(cases) < 4:
            square = np.zeros((28, 28), np.uint8)
            low = len(cases) % 2, len(cases) // 2
            top, left = (random.integers(1, 3) + 10 * one for one in low)
            width, height = random.integers(9, 13), random.integers(9, 13)
            square[top : top + 4, left : left + width] = random.integers(200, 250)
            square[top + 2, left + 4] = 255  # neither a corner nor a middle
            square[top + 4 : top + 4 + height, left + width - 3 : left + width] = random.integers(
                30, 90
            )
            places = np.array(center_of_mass(square)) % 1
            if np.abs(places - 0.5).min() > 0.1 and places.min() > 0.1 and places.max() < 0.9:
                cases.append((square,))
        up = np.array([np.array(center_of_mass(square)) % 1 > 0.5 for (square,) in cases])
        if up.any(axis=0).all() and not up.all(axis=0).any():
            return [*cases, (cases[0][0] // 2,), (np.zeros((28, 28), np.uint8),)]


@task("06.3")
def centring(to_the_middle: Any) -> str:
    """The centre of mass at row 14, column 14."""

    def move(at: float) -> int:
        return round(14 - at)

    def convert(given: Any, *_: Any) -> NDArray:
        return picture(given, (28, 28))

    def box(square: NDArray) -> list[float]:
        return [(at.min() + at.max()) / 2 for at in np.nonzero(square)]

    def only(axis: int) -> Callable[..., Any]:
        return lambda square: (
            np.roll(square, move(center_of_mass(square)[axis]), axis) if square.any() else square
        )

    def ink_by(n: Callable[[NDArray], float]) -> Callable[..., Any]:
        """The sum of place times ink is divided by something else than the sum of ink."""
        return rolled(
            move,
            lambda square: [
                (at * square.astype(float)).sum() / n(square) for at in np.indices(square.shape)
            ],
        )

    off = "You are a pixel off. Round to the *nearest* pixel, `round(14 - row)`. "
    no_mean = "This is no mean: divide the sum of place times ink by the sum of the *ink*, not by "
    mistakes: Mistakes = {
        "Rows and columns are swapped: the rows come first in `axis=(0, 1)`.": rolled(
            move, lambda square: center_of_mass(square)[::-1]
        ),
        "It moved the wrong way: move by `14 - row`.": rolled(lambda at: round(at - 14)),
        "Only the rows moved. The columns have a centre, too.": only(0),
        "Only the columns moved. The rows have a centre, too.": only(1),
        "Without `axis=(0, 1)`, `np.roll` moves all pixels as one long row.": lambda square: (
            np.roll(square, sum(move(at) for at in center_of_mass(square)))
            if square.any()
            else square
        ),
        "You put the middle of the *rectangle* at 14. Take the mean position of all ink.": [
            rolled(move, box),
            rolled(lambda at: np.ceil(13.5 - at), box),
        ],
        "All ink counts in the mean, and more ink counts more. In yours, faint ink counts nothing, "
        "or as much as the rest.": [
            rolled(move, lambda square, limit=limit: center_of_mass(square > limit))
            for limit in (0, 127)
        ],
        "You put the brightest pixel at 14. Take the mean position of all ink.": rolled(
            move, lambda square: np.unravel_index(square.argmax(), square.shape)
        ),
        "You put a corner of the ink's rectangle at 14. Take the mean position of all ink.": [
            rolled(move, lambda square: [at.min() for at in np.nonzero(square)]),
            rolled(move, lambda square: [at.max() for at in np.nonzero(square)]),
        ],
        "You put the row and the column with the most ink at 14. Take the mean position.": rolled(
            move, lambda square: [square.sum(axis).argmax() for axis in (1, 0)]
        ),
        f"{no_mean}the number of pixels with ink.": ink_by(np.count_nonzero),
        f"{no_mean}the number of all pixels.": ink_by(np.size),
        f"{off}Rounding down gives this, or the goal 13.5.": rolled(lambda at: np.floor(14 - at)),
        f"{off}Rounding up gives this, or a centre cut off, or the goal 14.5.": rolled(
            lambda at: np.ceil(14 - at)
        ),
        f"{off}Cutting off behind the point, as `int` does, gives this.": [
            rolled(lambda at, start=start: int(start - at)) for start in (14, 14.5)
        ],
        "The centre of mass comes to another place than row 14 and column 14, counted from 0.": [
            rolled(lambda at, goal=goal: round(goal - at)) for goal in (10, 12, 12.5, 13, 15)
        ],
    }

    def stops(error: Exception, square: NDArray) -> str:
        words = (
            f"On a blank square your function stops with {kind(error)}: {error}. It has no ink. "
        )
        return "" if square.any() else f"{words}Return the square as it is."

    def otherwise(square: NDArray, given: NDArray, expected: NDArray) -> str:
        refuse({"A blank square should come back as it is.": not square.any()})
        ways = [(down, right) for down in range(-13, 15) for right in range(-13, 15)]
        found = [way for way in ways if even(given, np.roll(square, way, (0, 1)))]
        words = "The ink has changed. Only move it, by whole pixels: `np.roll` loses nothing."
        refuse({words: not found})
        (down, right), (row, column) = found[0], center_of_mass(square)
        words = f"The centre of mass is at row {row:.2f}, column {column:.2f}, so the digit should "
        words += f"move {move(row)} down and {move(column)} to the right (below 0: up, left). "
        if (down, right) == (0, 0):
            words = (
                f"Nothing has moved. {words}Print how far you move it. (`np.roll` does not change"
            )
            return f"{words} its array, but returns another one.)"
        return f"{words}Yours moves {down} down and {right} to the right."

    options: dict[str, Any] = {"convert": convert, "same": even, "stops": stops}
    examine(to_the_middle, centring_cases, rolled(move), mistakes, otherwise, **options)
    return "MNIST's digits sit on their centre of mass, so a digit that does is in a known place."


def frame(
    colourful: Image.Image,
    turn: bool | None = None,
    scale: Callable[..., Any] = fit,
    after: Callable[..., Any] = np.asarray,
    before: bool = False,
) -> NDArray:
    """The right answer to 06.4, or with another polarity, scale, last step or first step."""
    grey = np.asarray(colourful.convert("L"))
    digit = scale(cut_out(inked(grey, turn)))
    square = in_square(inked(scale(cut_out(grey))) if before else digit)
    return after(np.roll(square, [round(14 - at) for at in center_of_mass(square)], (0, 1)))


def inked(grey: Any, turn: bool | None = None) -> NDArray:
    """A grey picture with light ink on dark paper, or turned over as one says."""
    grey = np.asarray(grey.convert("L") if isinstance(grey, Image.Image) else grey)
    light = bool(np.median(border(grey)) > 127)
    return 255 - grey if (light if turn is None else turn) else grey


def digit_pictures(
    n: int = 24, *, colours: bool = True, anywhere: bool = True
) -> tuple[list[Image.Image], NDArray]:
    """Pictures of drawn digits, dark on light and light on dark, and the digits.

    Without ``colours`` they are grey, and without ``anywhere`` in the upper left corner.
    """
    from mnist_helpers.synthetic import draw_strokes

    random, pictures = np.random.default_rng(), []
    images, labels = draw_strokes(n, int(random.integers(1_000_000)))
    for place, image in enumerate(images):
        width, height = random.integers((200, 180), (320, 260)).tolist()
        canvas = Image.new("L", (width, height) if place % 3 else (height, width))
        size = int(random.integers(110, 150))
        room = np.subtract(canvas.size, size + 2) if anywhere else 10
        left, top = random.integers(2, room, 2).tolist()
        canvas.paste(Image.fromarray(image).resize((size, size)), (left, top))
        paper, ink = (20, 250) if place % 2 else (250, 0)  # grey, the ink is above 127 in both
        colour = np.full(3, ink)
        if colours:
            colour[random.choice([0, 2])] = paper  # red or blue alone does not show the digit
        share = np.asarray(canvas)[..., None] / 255
        pictures.append(Image.fromarray((paper + (colour - paper) * share).astype(np.uint8)))
    return pictures, labels


@task("06.4")
def whole_framing(my_framing: Any) -> str:
    """The whole recipe, measured and then read by the package's network."""
    try:
        return check_framing(my_framing)
    except Exception as error:
        used = getattr(getattr(my_framing, "__code__", None), "co_names", ())
        known = getattr(my_framing, "__globals__", {})
        for name, key in EARLIER.items():
            if name in used and name in known:
                passed, words = judge(key, known[name])
                refuse({f"`{name}` is not right yet, so do task {key} first. {words}": not passed})
        faults = {
            "Your function frames grey pictures, but not coloured ones. Make them grey first: "
            '`convert("L")` weighs all three colours.': frames(my_framing, colours=False),
            "A picture in colour has a third axis, with red, green and blue. Make it grey first: "
            '`np.asarray(picture.convert("L"))`.': frames(lambda p: my_framing(p.convert("L"))),
            "Your function frames digits in the upper left corner of a picture, but it loses those "
            "that are elsewhere in it.": frames(my_framing, anywhere=False),
        }
        refuse(faults)
        sizes = re.findall(r"shape \((\d+),(\d+)\)", str(error))
        if "broadcast" in str(error) and len(sizes) == 2:
            (height, width), room = sizes
            words = (
                f"The digit has {height} rows and {width} columns, but you put it into a place of "
            )
            words += f"{room[0]} rows and {room[1]} columns. "
            swapped = room == (width, height)
            words += (
                "`digit.shape` has the rows first." if swapped else "Each digit has its own size."
            )
            raise WrongAnswer(words) from None
        raise


def frames(answer: Any, **options: bool) -> bool:
    """Whether the answer passes with easier pictures; see `digit_pictures`."""
    try:
        check_framing(answer, **options)
    except Exception:  # a learner's function may do anything
        return False
    return True


def check_framing(answer: Any, **options: bool) -> str:
    """Do the work of `whole_framing`, if all that comes before is right."""
    from mnist_helpers.recognizer import DigitRecognizer

    pictures, labels = digit_pictures(**options)
    words = "Put your own three functions together here, without the package's `frame`."
    with patch("mnist_helpers.framing.squares.find_digit", side_effect=WrongAnswer(words)):
        given = [picture(call(answer, one.copy()), (28, 28), types="bytes") for one in pictures]
    wanted = [frame(one).astype(float) for one in pictures]
    light = [i for i, square in enumerate(given) if np.median(border(square)) > 127]
    which = "" if len(light) == len(given) else f" in {len(light)} of {len(given)} pictures"
    if light and len({i % 2 for i in light}) == 1 and which:
        which += f", all of which have {'dark' if light[0] % 2 else 'light'} paper"
    black = "Only black and white are left. MNIST's digits have grey rims."
    refuse({black: all(len(np.unique(square)) == 2 for square in given)})
    variants: dict[str, Callable[[Image.Image], NDArray]] = {
        "": frame,
        "Dark ink on light paper is not turned over.": lambda p: frame(p, turn=False),
        "Light ink on dark paper is turned over, and it should stay.": lambda p: frame(p, True),
        "The digit is stretched over the whole square. Its longer side should be 20, and the other "
        "keeps the proportion.": lambda p: resized(cut_out(inked(p)), 28, 28),
        "Before it moves, the digit is stretched over the whole square. Its longer side should be "
        "20.": lambda p: frame(p, scale=lambda cut: resized(cut, 28, 28)),
        "You cut out before you turn the picture over, so on light paper the paper is cut "
        "out.": lambda p: frame(p, before=True),
        "Both sides of the digit are 20. Keep the proportion.": lambda p: frame(
            p, scale=lambda cut: resized(cut, 20, 20)
        ),
        "The digits come out mirrored.": lambda p: frame(p, after=np.fliplr),
        "The digits come out upside down.": lambda p: frame(p, after=np.flipud),
        "The digits come out turned by half.": lambda p: frame(p, after=lambda x: x[::-1, ::-1]),
        "Rows and columns are swapped in your square.": lambda p: frame(p, after=np.transpose),
    }
    likeness = {
        words: float(np.mean([alike(square, make(one)) for square, one in pairs]))
        for pairs in [list(zip(given, pictures, strict=True))[:12]]  # enough to tell them apart
        for words, make in variants.items()
    }
    best = max(likeness, key=likeness.__getitem__)
    refuse({best: best and likeness[best] > 0.97})
    words = f"The polarity is wrong{which}: the paper comes out light. It should be 0."
    refuse({words: light})
    for square, right in zip(given, wanted, strict=True):
        found, size = extent(square), extent(right)
        row, column = center_of_mass(square) if square.any() else (0, 0)
        thin = f"The digit is {found[0]} pixels high and {found[1]} wide in your square. It should "
        faults = {
            "A square is empty: the digit is lost.": not square.any(),
            f"The paper of your square is {np.median(border(square)):.0f}. It should be 0.": (
                np.median(border(square)) > 9
            ),
            f"The ink is faint: its brightest pixel is {square.max():.0f}, not "
            f"{right.max():.0f}.": square.max() < 0.7 * right.max(),
            f"The digit is {max(found)} pixels long in your square. It should be 20: cut it out "
            "and scale it before you put it into the 28×28 square.": (
                abs(max(found) - max(size)) > 2
            ),
            f"{thin}be {size[0]} high and {size[1]} wide. Keep the picture's proportion.": (
                np.abs(np.subtract(found, size)).max() > 2
            ),
            f"The centre of mass is at row {row:.2f}, column {column:.2f}. It should be at 14 and "
            "14, to the nearest pixel.": max(abs(row - 14), abs(column - 14)) > 0.55,
        }
        refuse(faults)
    words = "Size and place are right, but the squares do not show the pictures' digits."
    refuse({words: likeness[""] < 0.8})
    read, possible = (
        int((DigitRecognizer.load().compute_logits(squares).argmax(axis=1) == labels).sum())
        for squares in (np.stack(each).astype(np.uint8) for each in (given, wanted))
    )
    words = f"Size and place are right, but the network reads only {read} of 24 fresh drawings. "
    words += f"Framed as MNIST's digits are, it reads {possible} of them."
    refuse({words: read < possible - 2})
    return f"The package's network reads {read} of 24 fresh drawings that you framed."


def extent(square: NDArray) -> tuple[int, int]:
    """How high and wide the ink is, in pixels."""
    ink = np.argwhere(square > 90)
    return tuple((np.ptp(ink, axis=0) + 1).tolist()) if len(ink) else (0, 0)


def alike(one: NDArray, other: NDArray) -> float:
    """The correlation of two pictures, -1 to 1."""
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1]) if one.std() else 0.0


def on_white(
    share: Callable[[NDArray], Any] = lambda alpha: alpha / 255,
    weights: tuple[float, float, float] = (0.299, 0.587, 0.114),
    paper: float = 255,
) -> Callable[[NDArray], NDArray]:
    """The right answer to 06.7, or one with another share, grey or paper."""

    def blend(drawing: NDArray) -> NDArray:
        part = np.asarray(share(drawing[..., 3]), dtype=float)
        return np.round(part * (drawing[..., :3] @ np.array(weights)) + (1 - part) * paper)

    return blend


def drawings_with_alpha() -> list[Case]:
    """Every kind of pixel: clear black paper, white paint, colours, soft rims; one is all soft."""
    random, cases = np.random.default_rng(), []
    for rows, columns in ((9, 14), (28, 28), (13, 6)):
        drawing = random.integers(0, 256, (rows, columns, 4), dtype=np.uint8)
        drawing[:2] = 0
        drawing[2:4, :, 3] = 255
        drawing[4, :, :] = 255
        cases.append((drawing,))
    soft = cases[0][0] // np.array([1, 1, 1, 2], np.uint8)
    return [*cases, (soft,)]


@task("06.7")
def transparent(on_white_paper: Any) -> str:
    """A drawing with an alpha channel, on white paper."""

    def convert(given: Any, drawing: NDArray) -> NDArray:
        return picture(given, drawing.shape[:2], types="bytes")

    def in_bytes(drawing: NDArray) -> NDArray:
        grey = (drawing[..., :3] @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
        alpha = drawing[..., 3]
        return (alpha * grey + (255 - alpha) * np.uint8(255)) // 255

    mistakes: Mistakes = {
        "Alpha is ignored, so invisible black becomes ink.": on_white(lambda alpha: 1),
        "You return the alpha channel, which is light where the drawing is opaque.": (
            lambda drawing: drawing[..., 3]
        ),
        "All paint becomes black, even white paint: your result is 255 - alpha. The paint's own "
        "grey counts, too. (Products of bytes overflow: compute with floats.)": (
            lambda drawing: 255 - drawing[..., 3]
        ),
        "The colour of the paint counts in full, also where it is half transparent.": lambda d: (
            np.minimum(on_white(lambda alpha: 1)(d) + 255.0 - d[..., 3], 255)
        ),
        "The drawing lies on black paper. Where it is transparent, white should show.": on_white(
            paper=0
        ),
        "The shares are swapped: a pixel of alpha 255 should have its own colour.": on_white(
            lambda alpha: 1 - alpha / 255
        ),
        "A pixel is all paper or all paint in yours. In between, the two mix.": [
            on_white(lambda alpha: alpha > 0),
            on_white(lambda alpha: alpha > 127),
            on_white(lambda alpha: alpha == 255),
        ],
        "Grey is not the plain mean of the three colours. Use the three weights.": on_white(
            weights=(1 / 3, 1 / 3, 1 / 3)
        ),
        "This is one colour only. Grey takes all three.": [
            on_white(weights=(1, 0, 0)),
            on_white(weights=(0, 1, 0)),
            on_white(weights=(0, 0, 1)),
        ],
        "Red and blue are swapped.": on_white(weights=(0.114, 0.587, 0.299)),
        "The products overflow, because bytes end at 255. Compute with floats.": in_bytes,
        "Light and dark are swapped: paper should be 255.": lambda d: 255 - on_white()(d),
        "Alpha is a fraction of 255, not of the highest alpha in the drawing.": lambda d: on_white(
            lambda alpha: alpha / max(1, d[..., 3].max())
        )(d),
    }

    def otherwise(drawing: NDArray, given: NDArray, expected: NDArray) -> str:
        at = tuple(np.argwhere(np.abs(given - expected) > 2)[0])
        *colours, alpha = drawing[at].tolist()
        words = (
            f"A pixel of red, green, blue {colours} and alpha {alpha} gets {alpha} / 255 of its "
        )
        words += f"own grey, and the rest of white: {expected[at]:.0f}. Yours is {given[at]:.0f}."
        over = expected[at] > 240 and 0 < given[at] < 30
        return f"{words} (A byte that goes beyond 255 begins at 0 again.)" if over else words

    options: dict[str, Any] = {"convert": convert, "tolerance": 2}
    examine(on_white_paper, drawings_with_alpha, on_white(), mistakes, otherwise, **options)
    return "A reader that gets alpha wrong sees an empty sheet where its visitor sees a digit."
