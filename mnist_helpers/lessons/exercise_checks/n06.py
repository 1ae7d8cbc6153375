"""The checks of notebook 06, The digit demo."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .core import WrongAnswer, call, kind, refuse, task


def array(answer: Any, shape: tuple[int, ...] | None = None) -> NDArray:
    """The answer as numbers, if it is an array of two axes, or of this shape."""
    try:
        values = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        raise WrongAnswer(f"Your function should return an array, not {kind(answer)}.") from None
    if shape is not None and values.shape != shape:
        raise WrongAnswer(f"The result should have the shape {shape}, but it has {values.shape}.")
    if values.ndim != 2 or not values.size:
        raise WrongAnswer(f"The result should have rows and columns; its shape is {values.shape}.")
    return values


def middle(ink: NDArray) -> NDArray:
    """Row and column of the centre of mass."""
    return (np.indices(ink.shape) * ink).sum(axis=(1, 2)) / max(ink.sum(), 1)


def papers() -> dict[str, NDArray]:
    """Light ink on dark paper, which is how it should be; the ink is in different places."""
    random, pictures = np.random.default_rng(), {}
    for name in ("small", "large", "corner"):
        picture = random.integers(5, 40, (30, 36))
        inside = picture[3:-3, 3:-3] if name == "large" else picture[8:22, 14:20]
        inside[:] = random.integers(200, 250, inside.shape)
        inside[0, :3] = 255  # 255 - 255 is 0; a byte turned over in another way comes out wrong
        if name == "corner":
            picture[:4, :4] = 240
        pictures[name] = picture.astype(np.uint8)
    return pictures


@task("06.1")
def polarity(answer: Any) -> str:
    """Light ink on dark paper, whatever the picture was."""
    turned = {}
    for name, dark in papers().items():
        for paper, picture in (("dark", dark), ("light", 255 - dark)):
            given = array(call(answer, picture.copy()), dark.shape)
            alike = np.corrcoef(given.ravel(), dark.ravel())[0, 1] if given.std() else 0
            if abs(alike) < 0.99:
                raise WrongAnswer(
                    "The result is no longer the picture, light or dark. To turn a byte over, "
                    "take `255 - pixels`. And a byte knows no negative numbers."
                )
            turned[name, paper] = alike > 0
    light, dark = ([turned[name, paper] for name in papers()] for paper in ("light", "dark"))
    if not any(turned.values()):
        raise WrongAnswer("The polarity is wrong: you return dark ink on light paper, each time.")
    if all(light) and not any(dark):
        raise WrongAnswer("You turn every picture over, also one with dark paper, like a board.")
    if all(dark) and not any(light):
        raise WrongAnswer("You leave every picture as it is. Light paper should become dark.")
    faults = {
        "It fails if the digit fills most of the picture. Then the mean or median of *all* pixels "
        "is ink. Look at the border: hardly anybody draws along all four sides.": (
            not (turned["large", "light"] and turned["large", "dark"])
        ),
        "It fails with ink in a corner. Take the median of the whole border.": (
            not all(turned.values())
        ),
    }
    refuse(faults)
    return "The network has only ever seen light ink. Dark ink on light paper is new to it."


def inks() -> list[tuple[NDArray, tuple[int, int]]]:
    """Canvases with a bit of ink on them, and its height and width."""
    random = np.random.default_rng()
    found = []
    for height, width in ((60, 30), (24, 66), (random.integers(9, 12), 6)):
        canvas = random.integers(0, 50, (110, 90))
        top, left = random.integers(3, 110 - height - 3), random.integers(3, 90 - width - 3)
        canvas[top : top + height, left : left + width] = random.integers(170, 256)
        found.append((canvas.astype(np.uint8), (int(height), int(width))))
    return found


@task("06.2")
def crop_and_scale(answer: Any) -> str:
    """The digit, cut out, 20 pixels long."""
    for ink, (height, width) in inks():
        given = array(call(answer, ink.copy()))
        wanted = tuple(round(side * 20 / max(height, width)) for side in (height, width))
        shape = given.shape

        def near(height: int, width: int, shape: tuple[int, ...] = shape) -> bool:
            return max(abs(shape[0] - height), abs(shape[1] - width)) <= 1

        words = f"Cropped but not scaled: it is {height}×{width} pixels, as on the canvas. The"
        refuse({f"{words} longer side should be 20.": near(height, width)})
        if max(shape) == 28:
            raise WrongAnswer("The longer side is 28. MNIST's digits are in a 20-pixel box.")
        if shape == (20, 20):
            raise WrongAnswer("Both sides are 20: a narrow 1 becomes a fat block. Only one is 20.")
        if given.min() < 100 and shape == (20, round(20 * 90 / 110)):
            raise WrongAnswer("Scaled but not cropped: the paper around it is there. Ink is > 127.")
        if max(shape) != 20:
            raise WrongAnswer(f"The longer side should be 20, but the result is {shape}.")
        if near(*wanted[::-1]):
            raise WrongAnswer("Height and width are swapped: Pillow's `resize` takes width first.")
        if not near(*wanted):
            raise WrongAnswer(f"Ink of {height}×{width} should become {wanted}, not {shape}.")
        if given.min() < 100:
            raise WrongAnswer("There is paper in what you cut out. Or is a row of ink missing?")
    try:
        call(answer, np.zeros((40, 30), np.uint8))
    except (ValueError, IndexError, ZeroDivisionError) as error:
        raise WrongAnswer(
            f"On a blank picture your function stops with {kind(error)}: the smallest of no rows "
            "does not exist. Return the picture unchanged."
        ) from None
    return "This was the big step of the notebook: size and place, as the network knows them."


@task("06.3")
def to_the_middle(answer: Any) -> str:
    """The centre of mass at row 14, column 14."""
    random = np.random.default_rng()
    for _ in range(3):
        square = np.zeros((28, 28), np.uint8)
        top, left = random.integers(1, 3), random.integers(6, 8)
        square[top : top + 4, left : left + 12] = 255  # a heavy bar and a pale tail, like a 7
        square[top + 4 : top + 16, left + 9 : left + 12] = random.integers(30, 90)
        row, column = middle(square)
        given = array(call(answer, square.copy()), (28, 28))
        words = "The ink has changed. Only move it: `np.roll` loses nothing."
        refuse({words: abs(given.sum() - square.sum()) > 1})
        off = middle(given) - 14
        if np.abs(off).max() <= 0.75:
            continue
        rows, columns = np.nonzero(square)
        box = ((rows.min() + rows.max()) / 2, (columns.min() + columns.max()) / 2)
        mistakes = {
            "Nothing has moved.": [(0, 0)],
            "Rows and columns are swapped. `np.roll` with `axis=(0, 1)` takes the rows first.": [
                (14 - column, 14 - row)
            ],
            "It moved the wrong way. The centre is at `row` and should come to 14, so move by "
            "`14 - row`.": [(row - 14, column - 14)],
            "Only the rows moved. The columns have a centre, too.": [(14 - row, 0)],
            "Only the columns moved. The rows have a centre, too.": [(0, 14 - column)],
            "You put the middle of the *rectangle* to 14. The centre of mass is the mean position "
            "of all ink.": [(c - box[0], c - box[1]) for c in (13.5, 14)],
            "Each pixel counts the same in your mean. The more ink a pixel has, the more it should "
            "count.": [(14 - rows.mean(), 14 - columns.mean())],
        }
        for words, moves in mistakes.items():
            for down, right in moves:
                moved = np.roll(square, (round(down), round(right)), (0, 1))
                refuse({words: np.array_equal(given, moved)})
        raise WrongAnswer(f"Now the centre of mass is at {off + 14}, not at row 14, column 14.")
    return "MNIST's digits sit on their centre of mass, so a digit that does is in a known place."


def drawings(n: int) -> tuple[list[Image.Image], NDArray]:
    """Digits on paper, large, off the middle; the first is dark on light, the next the reverse."""
    from mnist_helpers.synthetic import draw_strokes

    random = np.random.default_rng()
    images, labels = draw_strokes(n, int(random.integers(1_000_000)))
    pictures = []
    for number, image in enumerate(images):
        size, left, top = (
            int(random.integers(*limits)) for limits in ((110, 150), (2, 30), (2, 30))
        )
        canvas = Image.new("L", (260, 200))
        canvas.paste(Image.fromarray(image).resize((size, size)), (left, top))
        pixels = np.asarray(canvas)
        pictures.append(Image.fromarray(pixels if number % 2 else 255 - pixels).convert("RGB"))
    return pictures, labels


@task("06.4")
def whole_framing(answer: Any) -> str:
    """The whole recipe, measured and then read by the package's network."""
    from mnist_helpers.recognizer import DigitRecognizer

    pictures, labels = drawings(24)
    squares = []
    for picture in pictures:
        square = array(call(answer, picture.copy()), (28, 28))
        low, high = square.min(), square.max()
        border = np.concatenate([square[0], square[-1], square[:, 0], square[:, -1]])
        rows, columns = np.nonzero(square > 90)
        longest = int(max(np.ptp(rows), np.ptp(columns)) + 1) if len(rows) else 0
        row, column = middle(square)
        if low < 0 or high <= 1.5:
            raise WrongAnswer(f"The values go from {low:.2g} to {high:.2g}, but a byte 0 to 255.")
        if np.median(border) > 127:
            raise WrongAnswer("The polarity is wrong: the paper comes out light. It should be 0.")
        faults = {
            f"The digit is {longest} pixels long in your square. It should be 20: cut it out and "
            "scale it before you put it into the 28×28 square.": not 17 <= longest <= 21,
            f"The centre of mass is at row {row:.1f}, column {column:.1f}. It should be at 14 and "
            "14.": max(abs(row - 14), abs(column - 14)) > 1.2,
        }
        refuse(faults)
        squares.append(square.clip(0, 255).astype(np.uint8))
    read = DigitRecognizer.load().compute_logits(np.stack(squares)).argmax(axis=1)
    right = int((read == labels).sum())
    words = f"Size and place are right, but the network reads only {right} of 24 fresh drawings."
    refuse({f"{words} Are they mirrored or squeezed?": right < 17})
    return f"The package's network reads {right} of 24 fresh drawings that you framed."


@task("06.5")
def words(answer: Any) -> str:
    """The answer for people."""
    random = np.random.default_rng()
    for confidence in (0.97, 0.6, 0.85, 0.93, 0.55):
        first, second = sorted(random.choice(10, 2, replace=False), reverse=confidence < 0.8)
        rest = random.random(10)
        rest[[first, second]] = 0
        probabilities = rest / rest.sum() * 0.1 * (1 - confidence)
        probabilities[[first, second]] = confidence, 0.9 * (1 - confidence)
        given = call(answer, probabilities)
        sure, unsure = f"{first}", f"{first} or {second}?"
        wanted = sure if confidence >= 0.9 else unsure
        refuse(
            {f'Return a text, such as "7". This is of type {kind(given)}.': kind(given) != "str"}
        )
        if given == wanted:
            continue
        if given == f"{second} or {first}?":
            raise WrongAnswer("Right digits, wrong order: the likelier digit should come first.")
        if given == unsure:
            raise WrongAnswer(f"At {confidence:.0%} the network is sure. Then one digit is enough.")
        words = (
            f"At a confidence of {confidence:.0%} your answer sounds sure: {given!r}. Below 90 %"
        )
        refuse({f"{words} name the second digit, too.": given == sure})
        raise WrongAnswer(f"At {confidence:.0%} you say {given!r}. It should be {wanted!r}.")
    return "An honest “1 or 7?” is worth more to a visitor than a wrong 1."
