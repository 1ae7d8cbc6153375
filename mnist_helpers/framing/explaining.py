"""The framing explained: what each step did to a picture, in sentences and with an image."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from mnist_helpers.framing.finding import Look
from mnist_helpers.framing.ink import USUAL_STROKE


@dataclass(frozen=True, eq=False)
class Step:
    """One step of the framing, ready to be shown."""

    name: str  # a few words
    explanation: str  # sentences with the facts of this picture
    image: np.ndarray  # uint8, grey (h, w) or RGB (h, w, 3)


def explain_finding(image: Image.Image, look: Look | None) -> list[Step]:
    """Explain what was opened and, if there was a look at it, how the digit was found."""
    small = image.copy()
    small.thumbnail((400, 400), Image.Resampling.BOX)
    ground = Image.new("RGBA", small.size, (200, 200, 200, 255))
    ground.alpha_composite(small.convert("RGBA"))
    kind = "in colour" if len(image.getbands()) > 2 else "in shades of grey"
    opaque = ", some of them transparent" if look is not None and look.transparent else ""
    facts = f"It has {image.width} × {image.height} pixels {kind}{opaque}."
    told = [Step("The picture", facts, np.asarray(ground.convert("RGB")))]
    if look is None:
        return told
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
        if look.sheet is not None:
            text += " What lies beside it is left out."
        told.append(Step("The paper", text, np.broadcast_to(paper, (*paper.shape[:2], 3))))
    ink = f"The ink is about {_colour(look.ink.colour)}: the farther from the paper, the whiter."
    if look.lines:
        ink += " Printed lines or frames are taken out."
    told.append(Step("The ink", ink, _grey(look.ink.amount)))
    dropped = look.parts.dropped
    text = "Ink that hangs together is one part. Here every part belongs to the digit."
    if dropped:
        text = "Ink that hangs together is one part. Here the digit is kept, and "
        text += f"{dropped} other part{'s are' if dropped > 1 else ' is'} left out."
    return [*told, Step("The digit", text, _grey(look.parts.digit))]


def explain_square(cut: np.ndarray, thick: np.ndarray, square: np.ndarray) -> list[Step]:
    """Explain how the digit was cut out, thickened if necessary, and centred."""
    height, width = cut.shape
    told = [Step("Cut out", f"The digit is {width} × {height} pixels.", _grey(cut))]
    if thick is not cut:
        text = (
            f"Its strokes are thinner than MNIST's: they get about {USUAL_STROKE:g} of 28 pixels."
        )
        told.append(Step("Thickened", text, _grey(thick)))
    text = "The longer side becomes 20 pixels, the centre of mass comes to the centre of 28 × 28."
    return [*told, Step("As in MNIST", text, square)]


def _grey(amount: np.ndarray) -> np.ndarray:
    return np.rint(amount * 255).clip(0, 255).astype(np.uint8)


def _colour(values: np.ndarray) -> str:
    numbers = tuple(int(value) for value in values)
    return f"grey {numbers[0]}" if len(numbers) == 1 else f"RGB {numbers}"
