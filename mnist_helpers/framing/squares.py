"""Framing: turn any picture of a digit into what MNIST would have made of it."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage

from mnist_helpers._support import centre_on_mass
from mnist_helpers.framing.explaining import Step, explain_finding, explain_square
from mnist_helpers.framing.finding import Look, find_digit
from mnist_helpers.framing.ink import (
    THIN_STROKE,
    USUAL_STROKE,
    bounds,
    quantile,
    stroke_width,
    widen,
)
from mnist_helpers.framing.pictures import open_picture, scaled_size

# Strokes are thickened on a finer grid: this many of its pixels make one of MNIST's.
FINE_GRID = 4


@dataclass(frozen=True, eq=False)
class Framed:
    """A picture as MNIST would have framed it.

    Attributes:
        image: uint8, shape ``(28, 28)``, 0 = paper, 255 = ink; all zeros if there is no digit.
        steps: what was done, in order; empty unless you ask for the steps.
        problem: a sentence that says why there is no digit to frame, or None.
    """

    image: np.ndarray
    steps: tuple[Step, ...]
    problem: str | None


def frame(picture: Any, *, steps: bool = True) -> Framed:
    """Turn any picture of a digit into what MNIST would have made of it.

    The steps: find the paper and its light, and leave out what lies beside it; treat what differs
    from it in colour as ink, faint strokes as well as dark ones; drop specks, printed lines,
    frames, shadows and borders; cut the digit out; thicken hair-thin lines; scale the longer side
    to 20 pixels; put the centre of mass at the centre of 28×28. Only the last two are MNIST's own
    (Y. LeCun et al., "Gradient-based learning applied to document recognition", 1998).

    Args:
        picture: anything that `open_picture` accepts: a path, a file, a Pillow image, an array, a
            tensor, a value of Gradio's Sketchpad; at most 64 million pixels.
        steps: whether to explain the steps, with images, which takes longer.

    Raises:
        PictureError: if the picture cannot be opened.
    """
    image = open_picture(picture)
    look = find_digit(image)
    framed = frame_look(look)
    if not steps:
        return framed
    told = explain_finding(image, look)
    if look is not None and framed.problem is None:
        cut = cut_out(look)
        told += explain_square(cut, thicken(cut), framed.image)
    return replace(framed, steps=tuple(told))


def frame_look(look: Look | None) -> Framed:
    """Frame what was found in a picture, without telling the steps; see `frame`."""
    problem = _problem(look)
    if look is None or problem is not None:
        return Framed(np.zeros((28, 28), np.uint8), (), problem)
    return frame_ink(cut_out(look))


def frame_ink(ink: np.ndarray) -> Framed:
    """Frame the ink of one digit, which is float, shape ``(h, w)``, 0 to 1, with no paper around.

    `frame` does so with what it cuts out of a picture.
    """
    return Framed(centre(thicken(ink)), (), None)


def _problem(look: Look | None) -> str | None:
    if look is None:
        return "The picture is blank: nothing stands out from its background."
    if look.parts.digit.mean() > 0.7:
        return "The picture is all ink: there is no paper around a digit."
    if look.parts.only_specks:
        return "The picture has only specks: none of them is large enough for a digit."
    return None


def cut_out(look: Look) -> np.ndarray:
    """The ink of the digit alone: float32, shape ``(h, w)``, 0 to 1, without paper around it."""
    # The soft edge of a stroke is fainter than the thresholds.
    soft = widen(look.parts.digit)
    return crop_ink(look.ink.amount, soft, look.ink.noise)


def crop_ink(amount: np.ndarray, where: np.ndarray, noise: float) -> np.ndarray:
    """The ink in some of its pixels, without paper around it; the arguments are as in `Ink`."""
    return _crop(np.where(where & (amount > min(max(0.04, 3 * noise), 0.4)), amount, 0))


def _crop(amount: np.ndarray) -> np.ndarray:
    return amount[bounds(amount > 0)]


def thicken(ink: np.ndarray) -> np.ndarray:
    """Bring strokes that are thinner than MNIST's to the usual width, and leave others alone.

    A line one pixel wide on a large canvas would all but vanish when scaled down.

    Args:
        ink: a digit without paper around it, float, shape ``(h, w)``, 0 to 1.

    Returns:
        The same array, or a thicker digit, which may have another size.
    """
    if 20 * stroke_width(ink) / max(ink.shape) >= 1.1 * THIN_STROKE:
        return ink  # soft edges only make strokes seem thinner here than they do below
    fine = _scaled(ink, 20 * FINE_GRID)
    # A line that is thinner than a fine pixel does not fill it, so the ink is scaled up.
    fine = (fine / max(quantile(fine[fine > 0.1 * fine.max()], 0.7), 0.05)).clip(0, 1)
    width = stroke_width(fine) / FINE_GRID
    if width >= THIN_STROKE:
        return ink
    radius = (USUAL_STROKE - width) / 2 * FINE_GRID
    fine = np.pad(fine, FINE_GRID)
    distance = ndimage.distance_transform_edt(fine < 0.5)
    return _crop(np.maximum(fine, (radius + 1 - distance).clip(0, 1)).astype(np.float32))


def centre(ink: np.ndarray) -> np.ndarray:
    """Scale a digit to a longer side of 20 pixels and centre its mass, as MNIST does.

    Args:
        ink: a digit without paper around it, shape ``(h, w)``, 0 or more, in any unit.

    Returns:
        uint8, shape ``(28, 28)``, 0 = paper, 255 = the digit's full ink.
    """
    small = _scaled(np.asarray(ink, np.float32), 20)
    strong = small[small > 0.25 * small.max()]
    if not strong.size:
        return np.zeros((28, 28), np.uint8)
    return centre_on_mass(np.rint((small * (255 / quantile(strong, 0.8))).clip(0, 255)))


def _scaled(ink: np.ndarray, longest: int) -> np.ndarray:
    """Scale ink to a longer side of ``longest`` pixels: down by averaging, up with soft edges."""
    size = scaled_size(ink.shape[::-1], longest)
    if size == ink.shape[::-1]:
        return ink
    how = Image.Resampling.BOX if longest < max(ink.shape) else Image.Resampling.BICUBIC
    scaled = Image.fromarray(np.ascontiguousarray(ink, np.float32)).resize(size, how)
    return np.asarray(scaled).clip(0, None)
