"""Taking a frame, drawn or printed around the digit, out of the ink."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from mnist_helpers.framing.parts import Box

_EIGHT = np.ones((3, 3), bool)
# A frame may be turned by 7 degrees; these are the rises of its sides that are tried.
_RISES = np.array(sorted(np.linspace(-0.12, 0.12, 13), key=abs))
_LEAST_SIDE = 20  # of a frame, in pixels


@dataclass(frozen=True, eq=False)
class Unframed:
    """The ink without a frame, and where to look again if the digit is small."""

    amount: np.ndarray  # float32, (h, w), 0 to 1: the ink inside, and what hangs together with it
    closer: Box  # within the frame; around the frame if the digit touches it


@dataclass(frozen=True, eq=False)
class _Side:
    """A side of a frame, whose pixels are from 0 to ``width`` deep; the digit is deeper."""

    depth: np.ndarray  # int, (h, w): how far each pixel is from the side's outer edge, inwards
    width: int


def without_frame(amount: np.ndarray, mask: np.ndarray, is_cut: bool) -> Unframed | None:
    """The ink without the frame around the digit; None if there is no frame.

    A frame has four straight sides (the picture's border may be one of them), and inside it there
    is ink that is as high as a digit. The digit may touch the frame or cross it.

    Args:
        amount: the ink, float32, shape ``(h, w)``, 0 to 1.
        mask: which of its pixels are ink: bool, shape ``(h, w)``.
    """
    labels, count = ndimage.label(mask, _EIGHT)
    parts = [(labels == label + 1, box) for label, box in enumerate(ndimage.find_objects(labels))]
    if count > 1:  # the sides may not hang together
        parts.append((mask, ndimage.find_objects(mask, 1)[0]))
    least = [max(_LEAST_SIDE, 0.3 * side) for side in mask.shape]
    for part, box in parts:
        if any(side.stop - side.start < low for side, low in zip(box, least, strict=True)):
            continue
        rows, columns = box
        if not is_cut and (rows.start == 0 or rows.stop == len(mask) or columns.start == 0 or columns.stop == mask.shape[1]):
            continue
        cut = (
            *(rows.start == 0, rows.stop == len(mask)),
            *(columns.start == 0, columns.stop == mask.shape[1]),
        )
        found = _unframe(amount[box], part[box], cut)
        if found is None:
            continue
        clean = np.zeros_like(amount)
        clean[box] = found.amount
        left, top, right, bottom = found.closer
        x, y = columns.start, rows.start
        return Unframed(clean, (left + x, top + y, right + x, bottom + y))
    return None


def _unframe(amount: np.ndarray, part: np.ndarray, cut: tuple[bool, ...]) -> Unframed | None:
    """Take the frame out of the ink in its box. ``part`` is the frame, and what hangs together.

    ``cut`` says whether the box ends with the picture: at the top, bottom, left and right.
    """
    sides = _find_sides(part, cut)
    if sides is None:
        return None
    core = np.logical_and.reduce([side.depth > side.width + 2 for side in sides])
    if not core.any():
        return None
    (rows, columns), ink = ndimage.find_objects(core, 1)[0], core & (amount >= 0.25)
    touching = np.count_nonzero(ink & part) > 0.15 * np.count_nonzero(ink)
    least = (0.35 if touching else 0.2) * (rows.stop - rows.start)
    if not ink.any():
        return None
    y, x = ndimage.find_objects(ink, 1)[0]
    if y.stop - y.start < max(least, 0.5 * (x.stop - x.start)):
        return None
    if touching:
        lines, core = _lines_alone(amount, sides), core & ~_corners(sides)
    else:
        lines = ndimage.binary_dilation(part, _EIGHT)
    clean = np.where(lines, 0, amount)
    labels, count = ndimage.label(clean >= 0.2, _EIGHT)
    kept = np.zeros(count + 1, bool)
    kept[labels[core]] = True
    kept[0] = False
    clean = np.where(ndimage.maximum_filter(kept[labels], 3), clean, 0)
    height, width = amount.shape
    if touching:
        closer = (-width // 10, -height // 10, width + width // 10, height + height // 10)
    else:
        closer = (columns.start, rows.start, columns.stop, rows.stop)
    return Unframed(clean, closer)


def _lines_alone(amount: np.ndarray, sides: list[_Side]) -> np.ndarray:
    """Where the frame's lines are, bool, ``(h, w)``, but for where the pen crosses them."""
    lines = np.zeros(amount.shape, bool)
    for number, side in enumerate(sides):
        others = np.logical_and.reduce(
            [other.depth > other.width + 2 for other in sides if other is not side]
        )
        ink, axis = others & (amount >= 0.5), 0 if number < 2 else 1
        crossed = [
            (ink & (side.depth == depth)).any(axis, keepdims=True)
            for depth in (-2, side.width + 2)
        ]
        lines |= (side.depth >= -1) & (side.depth <= side.width) & ~(crossed[0] | crossed[1])
    return lines


def _corners(sides: list[_Side]) -> np.ndarray:
    """The frame's corners, which may be rounded: bool, ``(h, w)``."""
    level, upright = (
        np.minimum(first.depth, second.depth) for first, second in (sides[:2], sides[2:])
    )
    return (level < 0.25 * level.max() * 2) & (upright < 0.25 * upright.max() * 2)


def _find_sides(part: np.ndarray, cut: tuple[bool, ...]) -> list[_Side] | None:
    """The sides of a frame at the top, bottom, left and right; None if one is missing."""
    sides = []
    for side, flipped in enumerate((part.T, part.T[:, ::-1], part, part[:, ::-1])):
        found = _fit_side(flipped)
        if found is None:
            return None
        edge, width = found
        depth = np.arange(flipped.shape[1]) - edge[:, None]
        depth = depth[:, ::-1] if side % 2 else depth
        sides.append(_Side(depth.T if side < 2 else depth, width))
    return sides


def _fit_side(part: np.ndarray) -> tuple[np.ndarray, int] | None:
    """Fit a line to the first pixel of each row: its column for each row, and how wide it is."""
    length, across = part.shape
    window = 1 + 0.05 * min(part.shape)
    first = np.where(part.any(1), part.argmax(1), 2 * across)
    rows = np.arange(length) - length / 2
    away = np.sort(first - _RISES[:, None] * rows, axis=1)
    # At rounded corners, the pixels are not on the line.
    many = -(-11 * length // 20)
    spread = away[:, many - 1 :] - away[:, : length - many + 1]
    rise, start = np.unravel_index(spread.argmin(), spread.shape)
    if spread[rise, start] > window or away[rise, start] > 0.35 * across:
        return None
    edge = np.floor(away[rise, start] + _RISES[rise] * rows).astype(int)
    near = np.abs(first - edge) <= window
    blank = ~part & (np.arange(across) > first[:, None])
    widths = (np.where(blank.any(1), blank.argmax(1), across) - edge)[near]
    # Where the digit touches the line, there is more ink than the line has.
    widths = widths[widths <= 2 * np.quantile(widths, 0.25) + 2]
    width = int(np.quantile(widths, 0.8))
    return (edge, width) if width <= 0.25 * across else None
