"""Framing: any picture of a digit becomes what MNIST would have made of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage

from mnist_helpers._support import centre_on_mass
from mnist_helpers.framing.finding import Look, find_digit, stroke_width
from mnist_helpers.framing.pictures import open_picture

# 19 in 20 of MNIST's digits have strokes wider than the first, in pixels of the 28×28 image (as
# `stroke_width` measures them); thinner ones are brought to the second.
_THIN, _USUAL = 1.7, 2.0
# Of noise alone, the paper varies by more than this part of the "ink"; of digits in noisy pictures,
# hardly ever by half of it (measured with benchmarks/pasted.py).
_NOISY = 0.22
# Strokes are thickened on a finer grid: this many of its pixels make one of MNIST's.
_FINE = 4


@dataclass(frozen=True, eq=False)
class Step:
    """One step of the framing, to be shown.

    Attributes:
        name: a few words.
        explanation: a sentence with this picture's facts.
        image: uint8, grey ``(h, w)`` or RGB ``(h, w, 3)``.
    """

    name: str
    explanation: str
    image: np.ndarray


@dataclass(frozen=True, eq=False)
class Framed:
    """A picture as MNIST would have framed it.

    Attributes:
        image: uint8, shape ``(28, 28)``, 0 = paper, 255 = ink; all zeros if there is no digit.
        steps: what was done, in order; empty unless asked for.
        problem: None, or a sentence that says why there is no digit to frame.
    """

    image: np.ndarray
    steps: tuple[Step, ...]
    problem: str | None


def frame(picture: Any, *, steps: bool = True) -> Framed:
    """Make of any picture of a digit what MNIST would have made of it.

    Find the paper and its light; take for ink what differs from it in colour; drop specks, printed
    lines, shadows and frames; cut the digit out; thicken hair-thin lines; scale the longer side
    to 20 pixels; put the centre of mass at the centre of 28×28. Only the last two steps are
    MNIST's own (Y. LeCun et al., "Gradient-based learning applied to document recognition", 1998).

    Args:
        picture: whatever `open_picture` takes: a path, a file, a Pillow image, an array, a tensor,
            a value of Gradio's Sketchpad; at most 64 million pixels.
        steps: whether to tell the steps, with pictures; without, it is quicker.

    Returns:
        The 28×28 image, the steps, and, if there is no digit, why.

    Raises:
        PictureError: if the picture cannot be opened.
    """
    image = open_picture(picture)
    look = find_digit(image)
    told = [_first_step(image)] if steps else []
    problem = _problem(look)
    if look is not None and steps:
        told += _look_steps(image, look)
    if look is None or problem is not None:
        return Framed(np.zeros((28, 28), np.uint8), tuple(told), problem)
    cut = cut_out(look)
    thick = thicken(cut)
    square = centre(thick)
    if steps:
        told += _last_steps(cut, thick, square)
    return Framed(square, tuple(told), None)


def _problem(look: Look | None) -> str | None:
    if look is None:
        return "The picture is blank: nothing stands out from its background."
    if look.parts.digit.mean() > 0.7:
        return "The picture is all ink: there is no paper around a digit."
    if look.parts.only_specks:
        return "The picture has only specks: none of them is large enough for a digit."
    return None


def cut_out(look: Look) -> np.ndarray:
    """The digit's ink, float32 from 0 to 1, without the paper around it."""
    amount = look.ink.amount
    # The soft edge of a stroke is fainter than the thresholds.
    soft = ndimage.maximum_filter(look.parts.digit, 3)
    amount = np.where(soft & (amount > min(max(0.04, 3 * look.ink.noise), 0.4)), amount, 0)
    return _crop(amount)


def _crop(amount: np.ndarray) -> np.ndarray:
    rows, columns = ndimage.find_objects((amount > 0).astype(np.uint8))[0]
    return amount[rows, columns]


def thicken(ink: np.ndarray) -> np.ndarray:
    """Bring strokes that are thinner than MNIST's to the usual width; leave others as they are.

    A line one pixel wide on a large canvas would all but vanish when it is scaled down.

    Args:
        ink: a digit without paper around it, float, shape ``(h, w)``, 0 to 1.

    Returns:
        The same, or a thicker digit, of another size if need be.
    """
    fine = _scaled(ink, 20 * _FINE)
    # Where a line is thinner than a fine pixel, that pixel is not full: make up for it.
    fine = (fine / max(float(np.quantile(fine[fine > 0.1 * fine.max()], 0.7)), 0.05)).clip(0, 1)
    width = stroke_width(fine) / _FINE
    if width >= _THIN:
        return ink
    radius = (_USUAL - width) / 2 * _FINE
    fine = np.pad(fine, _FINE)
    distance = ndimage.distance_transform_edt(fine < 0.5)
    return _crop(np.maximum(fine, (radius + 1 - distance).clip(0, 1)).astype(np.float32))


def centre(ink: np.ndarray, size: int = 20) -> np.ndarray:
    """Scale a digit and put its centre of mass at the centre, as MNIST does.

    Args:
        ink: a digit without paper around it, shape ``(h, w)``, any unit from 0 up.
        size: the longer side in the end, in pixels; the other keeps the aspect ratio.

    Returns:
        uint8, shape ``(28, 28)``, 0 = paper, 255 = the digit's full ink.
    """
    small = _scaled(np.asarray(ink, np.float32), size)
    strong = small[small > 0.25 * small.max()]
    if not strong.size:
        return np.zeros((28, 28), np.uint8)
    pixels = np.rint((small * (255 / np.quantile(strong, 0.8))).clip(0, 255))
    return centre_on_mass(pixels)


def _scaled(ink: np.ndarray, longest: int) -> np.ndarray:
    """Scale to a longer side; smaller by averaging, larger with soft edges."""
    height, width = ink.shape
    factor = longest / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    if size == (width, height):
        return ink
    how = Image.Resampling.BOX if factor < 1 else Image.Resampling.BICUBIC
    scaled = Image.fromarray(np.ascontiguousarray(ink, np.float32)).resize(size, how)
    return np.asarray(scaled).clip(0, None)


def _grey(amount: np.ndarray) -> np.ndarray:
    return np.rint(amount * 255).clip(0, 255).astype(np.uint8)


def _first_step(image: Image.Image) -> Step:
    small = image.copy()
    small.thumbnail((400, 400), Image.Resampling.BOX)
    ground = Image.new("RGBA", small.size, (200, 200, 200, 255))
    ground.alpha_composite(small.convert("RGBA"))
    facts = f"{image.width} × {image.height} pixels, of {', '.join(image.getbands())}"
    return Step("The picture", f"It has {facts}.", np.asarray(ground.convert("RGB")))


def _look_steps(image: Image.Image, look: Look) -> list[Step]:
    told = []
    left, top, right, bottom = look.box
    if look.box != (0, 0, *image.size):
        where = f"{right - left} × {bottom - top} pixels from column {left} and row {top} on"
        told.append(Step("A closer look", f"The digit is in this part: {where}.", look.pixels))
    if look.transparent:
        told.append(Step("The paper", "There is none: the ink is what is opaque.", look.pixels))
    else:
        paper = np.rint(look.ink.paper).astype(np.uint8)
        even = "one colour all over" if look.ink.flat else "uneven light, which is taken out"
        text = f"The paper is about {_colour(np.median(paper, (0, 1)))}, with {even}."
        told.append(Step("The paper", text, np.broadcast_to(paper, (*paper.shape[:2], 3))))
    ink = f"The ink is about {_colour(look.ink.colour)}: the farther from the paper, the whiter."
    if look.lines:
        ink += " Printed lines are taken out."
    told.append(Step("The ink", ink, _grey(look.ink.amount)))
    dropped = look.parts.dropped
    parts = f"{dropped} other part{'s are' if dropped > 1 else ' is'} dropped" if dropped else "all"
    text = f"What hangs together is a part; the digit: {parts}."
    told.append(Step("The digit", text, _grey(look.parts.digit)))
    return told


def _colour(values: np.ndarray) -> str:
    return (
        "grey " + str(int(values[0]))
        if len(values) == 1
        else "RGB " + str(tuple(int(value) for value in values))
    )


def _last_steps(cut: np.ndarray, thick: np.ndarray, square: np.ndarray) -> list[Step]:
    height, width = cut.shape
    told = [Step("Cut out", f"The digit is {width} × {height} pixels.", _grey(cut))]
    if thick is not cut:
        text = f"Its strokes are thinner than MNIST's: they get about {_USUAL:g} of 28 pixels."
        told.append(Step("Thickened", text, _grey(thick)))
    text = "The longer side becomes 20 pixels, the centre of mass comes to the centre of 28 × 28."
    told.append(Step("As in MNIST", text, square))
    return told
