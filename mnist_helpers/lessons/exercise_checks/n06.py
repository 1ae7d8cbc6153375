"""The checks of notebook 06, The digit demo."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy.ndimage import center_of_mass

from .core import WrongAnswer, call, kind, refuse, task


def array(answer: Any, shape: tuple[int, ...] | None = None) -> NDArray:
    """The answer as floats, if it is an array with two axes and, if given, this shape."""
    try:
        values = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        raise WrongAnswer(f"Your function should return an array, not {kind(answer)}.") from None
    found = values.shape
    words = f"The result should have the shape {shape}, but it has {found}."
    refuse({words: shape and shape != found})
    words = f"The result should have rows and columns; its shape is {found}."
    refuse({words: len(found) != 2 or 0 in found})
    return values


@task("06.1")
def polarity(answer: Any) -> str:
    """Light ink on dark paper, whatever the picture was."""
    random, right = np.random.default_rng(), {}
    for name in ("small", "large", "corner"):
        dark = random.integers(5, 40, (30, 36)).astype(np.uint8)
        inside = dark[3:-3, 3:-3] if name == "large" else dark[8:22, 14:20]
        inside[:] = random.integers(200, 250, inside.shape)
        inside[0, :3] = 255  # 255 - 255 is 0; a byte turned over in another way comes out wrong
        if name == "corner":
            dark[:4, :4] = 240
        for paper, picture in (("dark", dark), ("light", 255 - dark)):
            given = array(call(answer, picture.copy()), dark.shape)
            alike = np.corrcoef(given.ravel(), dark.ravel())[0, 1] if given.std() else 0
            words = "The result is no longer the picture, light or dark. To turn a byte over, take "
            words += "`255 - pixels`: a byte knows no negative numbers."
            refuse({words: abs(alike) < 0.99})
            right[name, paper] = alike > 0
    one, two = ([right[key] for key in right if key[1] == paper] for paper in ("light", "dark"))
    always, never = all(one) and not any(two), all(two) and not any(one)
    large = right["large", "light"] and right["large", "dark"]
    either, all_right = any(one + two), all(one + two)
    faults = {
        "The polarity is wrong: each time you return dark ink on light paper.": not either,
        "You turn every picture over, even one with dark paper, like a blackboard.": always,
        "You leave every picture as it is. Light paper should become dark.": never,
        "It fails if the digit fills most of the picture. Then the mean or median of *all* pixels "
        "is ink. Look at the border: hardly anybody draws along all four sides.": not large,
        "It fails with ink in a corner. Take the median of the whole border.": not all_right,
    }
    refuse(faults)
    return "The network has only ever seen light ink. Dark ink on light paper is new to it."


@task("06.2")
def crop_and_scale(answer: Any) -> str:
    """The digit, cut out, 20 pixels long."""
    random = np.random.default_rng()
    for height, width in ((60, 30), (24, 66), (int(random.integers(9, 12)), 6)):
        canvas = random.integers(0, 50, (110, 90)).astype(np.uint8)
        top, left = random.integers(3, 110 - height - 3), random.integers(3, 90 - width - 3)
        canvas[top : top + height, left : left + width] = random.integers(170, 256)
        given = array(call(answer, canvas))
        shape, paper = given.shape, given.min() < 100
        wanted = tuple(round(side * 20 / max(height, width)) for side in (height, width))
        unscaled, swapped, right = (
            np.abs(np.subtract(shape, other)).max() <= 1  # a pixel may be rounded away
            for other in ((height, width), wanted[::-1], wanted)
        )
        whole = (20, round(20 * 90 / 110))
        faults = {
            f"Cropped but not scaled: it is {height}×{width} pixels, as on the canvas. The longer "
            "side should be 20.": unscaled,
            "The longer side is 28. MNIST's digits are in a 20-pixel box.": max(shape) == 28,
            "Both sides are 20: a narrow 1 becomes a fat block. Only one is 20.": shape == (20, 20),
            "Scaled but not cropped: the paper around the digit is still there. Ink is above "
            "127.": paper and shape == whole,
            f"The longer side should be 20, but the result is {shape}.": max(shape) != 20,
            "Height and width are swapped: Pillow's `resize` takes the width first.": swapped,
            f"Ink of {height}×{width} should become {wanted}, not {shape}.": not right,
            "There is paper in what you cut out. Or is a row of ink missing?": paper,
        }
        refuse(faults)
    try:
        call(answer, np.zeros((40, 30), np.uint8))
    except (ValueError, IndexError, ZeroDivisionError) as error:
        words = f"On a blank picture your function stops with {kind(error)}: no rows have no"
        raise WrongAnswer(f"{words} smallest one. Return the picture unchanged.") from None
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
        row, column = center_of_mass(square)
        given = array(call(answer, square.copy()), (28, 28))
        words = "The ink has changed. Only move it: `np.roll` loses nothing."
        refuse({words: abs(given.sum() - square.sum()) > 1})
        found = np.array(center_of_mass(given))
        if np.abs(found - 14).max() <= 0.75:
            continue
        rows, columns = np.nonzero(square)
        swapped = (14 - column, 14 - row)
        box = (14 - (rows.min() + rows.max()) / 2, 14 - (columns.min() + columns.max()) / 2)
        mistakes = {
            "Nothing has moved.": (0, 0),
            "Rows and columns are swapped: the rows come first in `axis=(0, 1)`.": swapped,
            "It moved the wrong way. The centre is at `row` and should come to 14, so move by "
            "`14 - row`.": (row - 14, column - 14),
            "Only the rows moved. The columns have a centre, too.": (14 - row, 0),
            "Only the columns moved. The rows have a centre, too.": (0, 14 - column),
            "You put the middle of the *rectangle* at 14. The centre of mass is the mean position "
            "of all ink.": box,
            "Each pixel counts the same in your mean. The more ink a pixel has, the more it should "
            "count.": (14 - rows.mean(), 14 - columns.mean()),
        }
        for words, move in mistakes.items():
            moved = np.roll(square, np.rint(move).astype(int), (0, 1))
            refuse({words: np.array_equal(given, moved)})
        raise WrongAnswer(f"Now the centre of mass is at {found}, not at row 14, column 14.")
    return "MNIST's digits sit on their centre of mass, so a digit that does is in a known place."


@task("06.4")
def whole_framing(answer: Any) -> str:
    """The whole recipe, measured and then read by the package's network."""
    from mnist_helpers.recognizer import DigitRecognizer
    from mnist_helpers.synthetic import draw_strokes

    random, squares = np.random.default_rng(), []
    images, labels = draw_strokes(24, int(random.integers(1_000_000)))
    for place, image in enumerate(images):
        canvas = Image.new("L", (260, 200))
        size, left, top = random.integers((110, 2, 2), (150, 30, 30)).tolist()
        canvas.paste(Image.fromarray(image).resize((size, size)), (left, top))
        picture = canvas if place % 2 else ImageOps.invert(canvas)
        square = array(call(answer, picture.convert("RGB")), (28, 28))
        low, high = square.min(), square.max()
        border = np.concatenate([square[0], square[-1], square[:, 0], square[:, -1]])
        words = f"The values go from {low:.2g} to {high:.2g}, but those of a byte from 0 to 255."
        refuse({words: low < 0 or high <= 1.5})
        words = "The polarity is wrong: the paper comes out light. It should be 0."
        refuse({words: np.median(border) > 127})
        ink = np.argwhere(square > 90)
        longest = np.ptp(ink, axis=0).max() + 1 if len(ink) else 0
        row, column = center_of_mass(square)
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
        sure, unsure, swapped = f"{first}", f"{first} or {second}?", f"{second} or {first}?"
        wanted = sure if confidence >= 0.9 else unsure
        words = f'Return a text, such as "7". This is of type {kind(given)}.'
        refuse({words: not isinstance(given, str)})
        if given == wanted:
            continue
        faults = {
            "Right digits, wrong order: the likelier digit should come first.": given == swapped,
            f"At {confidence:.0%} the network is sure. Then one digit is enough.": given == unsure,
            f"At a confidence of {confidence:.0%} your answer sounds sure: {given!r}. Below 90 % "
            "name the second digit, too.": given == sure,
            f"At {confidence:.0%} you say {given!r}. It should be {wanted!r}.": True,
        }
        refuse(faults)
    return "An honest “1 or 7?” is worth more to a visitor than a wrong 1."
