"""Framing: any picture of a digit becomes what MNIST would have made of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage

from mnist_helpers.cleaning import digit_mask
from mnist_helpers.ink import Ink, find_ink
from mnist_helpers.pictures import open_picture

# The digit is looked for at this size (the longer side), and looked at again closer if it is small.
_WORK = 192
_CLOSER = 80
# MNIST's strokes are seldom thinner than this, in pixels of the 28×28 image.
_THIN = 2.2
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
    image = open_picture(picture)
    blank = np.zeros((28, 28), np.uint8)
    pixels, alpha = _split(image)
    found, box = None, (0, 0, image.width, image.height)
    for _ in range(3):
        part = image.crop(box) if box != (0, 0, *image.size) else image
        found = _find(part)
        if found is None:
            break
        ink, mask, scale = found
        if not mask.any():
            return Framed(blank, (), "The picture is blank.")
        ys, xs = ndimage.find_objects(mask.astype(np.uint8))[0]
        size = max(ys.stop - ys.start, xs.stop - xs.start)
        if scale >= 1 or size >= _CLOSER:
            break
        margin = 0.4 * size
        box = (
            max(box[0], int(box[0] + (xs.start - margin) / scale)),
            max(box[1], int(box[1] + (ys.start - margin) / scale)),
            min(box[2], int(box[0] + (xs.stop + margin) / scale) + 1),
            min(box[3], int(box[1] + (ys.stop + margin) / scale) + 1),
        )
    if found is None:
        return Framed(blank, (), "The picture is blank.")
    return Framed(_finish(ink, mask), (), None)


def _split(image):
    if image.mode in ("LA", "RGBA"):
        rgba = np.asarray(image.convert("RGBA"), np.float32)
        return rgba[:, :, :3], rgba[:, :, 3]
    return np.asarray(image.convert("RGB"), np.float32), None


def _find(image):
    scale = min(1.0, _WORK / max(image.size))
    if scale < 1:
        size = tuple(max(1, round(s * scale)) for s in image.size)
        image = image.resize(size, Image.Resampling.BOX)
    pixels, alpha = _split(image)
    seen = None
    if alpha is not None and alpha.max() - alpha.min() > 32:
        opaque = alpha > 0.5 * alpha.max()
        ys, xs = ndimage.find_objects(opaque.astype(np.uint8))[0]
        filled = opaque[ys, xs].mean()
        colours = pixels[opaque]
        spread = np.abs(colours - np.median(colours, 0)).max(1)
        varied = (spread > 40).mean()
        if filled > 0.5 and varied > 0.02:
            seen = opaque
        else:
            alpha3 = np.repeat(alpha[:, :, None], 3, 2)
            ink = find_ink(alpha3)
            return (ink, digit_mask(ink.amount, ink.noise), scale) if ink else None
    ink = find_ink(pixels, seen)
    if ink is None:
        return None
    return ink, digit_mask(ink.amount, ink.noise), scale


def _finish(ink: Ink, mask: np.ndarray) -> np.ndarray:
    soft = ndimage.binary_dilation(mask, np.ones((3, 3), bool), iterations=1)
    floor = max(0.04, 3 * ink.noise)
    amount = np.where(soft & (ink.amount > floor), ink.amount, 0)
    ys, xs = ndimage.find_objects((amount > 0).astype(np.uint8))[0]
    crop = amount[ys, xs]
    return centre(_thicken(crop))


def _thicken(ink):
    """Thicken thin strokes."""
    longest = max(ink.shape)
    core = ink >= 0.5
    if not core.any():
        return ink
    width = stroke_width(core) * 20 / longest
    if width >= _THIN:
        return ink
    # work at 4x of the final size
    factor = 20 * _FINE / longest
    size = tuple(max(1, round(s * factor)) for s in ink.shape)
    if factor < 1:
        fine = np.asarray(
            Image.fromarray(ink.astype(np.float32)).resize(size[::-1], Image.Resampling.BOX)
        )
        fine = fine / max(np.quantile(fine[fine > 0.1], 0.9) if (fine > 0.1).any() else 1, 1e-3)
    else:
        fine = np.asarray(
            Image.fromarray(ink.astype(np.float32)).resize(size[::-1], Image.Resampling.BILINEAR)
        )
    fine = np.pad(fine.clip(0, 1), _FINE)
    core = fine >= 0.4
    width = stroke_width(core) / _FINE
    radius = max(0.0, (_THIN - width) / 2 * _FINE)
    distance = ndimage.distance_transform_edt(~core)
    grown = (radius + 1 - distance).clip(0, 1)
    out = np.maximum(fine, grown)
    ys, xs = ndimage.find_objects((out > 0.04).astype(np.uint8))[0]
    return out[ys, xs]


def stroke_width(mask: np.ndarray) -> float:
    """Mean width of strokes: twice area over perimeter-like measure."""
    padded = np.pad(mask, 1)
    distance = ndimage.distance_transform_edt(padded)
    ridge = (distance >= ndimage.maximum_filter(distance, 3)) & padded
    return float(2 * distance[ridge].mean() - 1)


def centre(ink: np.ndarray, size: int = 20) -> np.ndarray:
    height, width = ink.shape
    factor = size / max(height, width)
    new = (max(1, round(width * factor)), max(1, round(height * factor)))
    picture = Image.fromarray(ink.astype(np.float32))
    if new != (width, height):
        picture = picture.resize(
            new, Image.Resampling.BICUBIC if factor > 1 else Image.Resampling.BOX
        )
    small = np.asarray(picture)
    peak = float(np.quantile(small[small > 0.25 * small.max()], 0.8)) if small.max() > 0 else 1
    small = (small / max(peak, 1e-6)).clip(0, 1) * 255
    total = max(float(small.sum()), 1e-6)
    rows, columns = np.indices(small.shape)
    top = round(14 - float((rows * small).sum()) / total)
    left = round(14 - float((columns * small).sum()) / total)
    top = min(max(top, 0), 28 - small.shape[0])
    left = min(max(left, 0), 28 - small.shape[1])
    square = np.zeros((28, 28), np.uint8)
    square[top : top + small.shape[0], left : left + small.shape[1]] = np.rint(small)
    return square
