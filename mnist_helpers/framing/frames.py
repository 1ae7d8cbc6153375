"""Taking a frame, drawn or printed around the digit, out of the ink."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from mnist_helpers.framing.bridging import bridge
from mnist_helpers.framing.ink import bounds, stroke_width, widen
from mnist_helpers.framing.parts import Box

_EIGHT = np.ones((3, 3), bool)
# A frame may be turned by 7 degrees: these rises of its sides are tried, the smallest first.
_RISES = 0.02 * np.array([0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6])
SOLID = 0.9  # of a side's length is ink, at least, if digits stand on it
LEAST_SIDE = 20  # of a frame, in pixels; also at least a third of the picture's


@dataclass(frozen=True, eq=False)
class Unframed:
    """The ink without a frame, and where to look again if the digit is small."""

    amount: np.ndarray  # float32, (h, w), 0 to 1: the ink inside, and what hangs together with it
    closer: Box  # within the frame; around it if the digit touches it


@dataclass(frozen=True, eq=False)
class _Side:
    """A side of a frame: its line is from 0 to ``width`` deep, and the digit is deeper."""

    depth: np.ndarray  # int, (h, w): how far each pixel is from the side's outer edge, inwards
    width: int
    cut: bool  # whether the picture ends before the line


def without_frame(amount: np.ndarray, mask: np.ndarray, *, whole: bool) -> Unframed | None:
    """The ink without the frame around the digit; None if there is no frame.

    A frame has four straight sides, and inside it there is ink as high as a digit or a number. The
    digit may touch the frame or cross it. The picture's border may cut one side off if the others
    hang together and do not reach it.

    Args:
        amount: the ink, float32, shape ``(h, w)``, 0 to 1.
        mask: which of its pixels are ink: bool, shape ``(h, w)``.
        whole: whether to look only for frames that do not reach the picture's border.
    """
    labels, count = ndimage.label(mask, _EIGHT)
    boxes = ndimage.find_objects(labels)
    if count > 1:  # the sides of a whole frame need not hang together
        boxes += [bounds(mask)]
    for number, (rows, columns) in enumerate(boxes, 1):
        height, width = rows.stop - rows.start, columns.stop - columns.start
        if height < max(LEAST_SIDE, len(mask) / 3) or width < max(LEAST_SIDE, mask.shape[1] / 3):
            continue
        ends = (rows.start, len(mask) - rows.stop, columns.start, mask.shape[1] - columns.stop)
        cut = [end == 0 for end in ends]
        if (whole or number > count) and any(cut):
            continue
        box = rows, columns
        part = mask[box] if number > count else labels[box] == number
        found = _unframe(amount[box], part, cut)
        if found is not None:
            clean = np.zeros_like(amount)
            clean[box] = found.amount
            shift = (columns.start, rows.start) * 2
            return Unframed(clean, tuple(np.add(found.closer, shift).tolist()))
    return None


def _unframe(amount: np.ndarray, part: np.ndarray, cut: list[bool]) -> Unframed | None:
    """Take out the frame, if ``part`` of the ink in its box is one.

    ``cut`` says whether the box ends with the picture: at the top, bottom, left and right.
    """
    sides = _find_sides(part, cut)
    if not sides:
        return None
    inside = np.logical_and.reduce([side.depth > side.width + 2 for side in sides])
    ink = inside & (amount >= 0.25)
    if not ink.any():
        return None
    rows, columns = bounds(inside)
    # The digit hangs together with the frame if it touches it. The bar of an 8 does so as well.
    joined = np.count_nonzero(ink & part)
    touching = joined > 0.15 * np.count_nonzero(ink) or _is_touched(part, sides)
    least = (0.35 if touching else 0.2) * (rows.stop - rows.start)
    slim = 0.4 if touching else 0.5  # digits that touch the frame may touch each other, too
    # The digits of a number are wide only when taken together, so each is measured alone, too. Ink
    # that touches the frame is measured alone only: what is left of the sides of a boxy digit would
    # be as high as a digit if it were taken together with the bar.
    within = bounds(ink)
    digits = ndimage.find_objects(ndimage.label(ink, _EIGHT)[0])
    boxes = digits if touching else [within, *digits]
    fits = [y.stop - y.start >= max(least, slim * (x.stop - x.start)) for y, x in boxes]
    low = _are_low(digits, columns.stop - columns.start, rows.stop - rows.start)
    if not any(fits) and not low:  # a second frame, perhaps
        if min(ink[within].shape) < LEAST_SIDE:
            return None
        if _unframe(amount[within], ink[within], [False] * 4) is None:
            return None
    height, width = amount.shape
    for number, side in enumerate(sides):
        # A long stroke at the border that cuts the frame off may be the stem of a boxy 6.
        reaching = (ink & (side.depth < 8)).any(number // 2)
        if side.cut and np.count_nonzero(reaching) > 0.3 * (width, height)[number // 2]:
            return None
    if touching:
        clean, inside = _without_lines(amount, sides), inside & ~_corners(sides)
    else:
        clean = np.where(ndimage.binary_dilation(part, _EIGHT), 0, amount)
    near = ink & ~_corners(sides)
    if touching or any((near & (side.depth <= side.width + 4)).any() for side in sides):
        closer = (-width // 10, -height // 10, width + width // 10, height + height // 10)
    else:
        closer = (columns.start, rows.start, columns.stop, rows.stop)
    labels, count = ndimage.label(clean >= 0.2, _EIGHT)
    kept = np.zeros(count + 1, bool)
    kept[labels[inside]] = True
    kept[0] = False
    return Unframed(np.where(widen(kept[labels]), clean, 0), closer)


def _is_touched(part: np.ndarray, sides: list[_Side]) -> bool:
    """Whether the frame, ``part`` of the ink, is thicker somewhere: a digit touches it there."""
    for number, side in enumerate(sides):
        others = sides[2:] if number < 2 else sides[:2]
        near = np.logical_and.reduce([other.depth > other.width + 8 for other in others])
        near &= (side.depth >= -8) & (side.depth <= side.width + 8)
        thick = (part & near).sum(number // 2)[near.any(number // 2)]
        if not side.cut and thick.size and np.count_nonzero(thick >= np.median(thick) + 2) > 4:
            return True
    return False


def _are_low(digits: list[tuple[slice, slice]], width: int, height: int) -> bool:
    """Whether parts of the ink in a frame are the digits of a long number, which are low.

    ``width`` and ``height`` are those of what is inside the frame.
    """
    tall = max(y.stop - y.start for y, _ in digits)
    least = max(0.05 * height, 0.6 * tall)
    across = [x for y, x in digits if y.stop - y.start >= max(least, 0.4 * (x.stop - x.start))]
    if len(across) < 2:
        return False
    return max(x.stop for x in across) - min(x.start for x in across) >= 0.25 * width


def _without_lines(amount: np.ndarray, sides: list[_Side]) -> np.ndarray:
    """The ink without the frame's lines, but with the strokes that cross them or run along them."""
    lines = [(side.depth >= -1) & (side.depth <= side.width) for side in sides]
    between = [side.depth > side.width + 2 for side in sides]
    within = [between[2] & between[3]] * 2 + [between[0] & between[1]] * 2
    thickness = 2 + max(side.width for side in sides)
    clean = np.where(np.logical_or.reduce(lines), 0, amount)
    level, upright = (lines[0] | lines[1]) & within[0], (lines[2] | lines[3]) & within[2]
    bridged = bridge(amount.T, clean.T, upright.T, thickness, ends=True).T
    bridged = np.maximum(bridge(amount, clean, level, thickness, ends=True), bridged)
    # A stroke that runs along a line may be half in it.
    half = stroke_width(np.where(np.logical_and.reduce(between), amount, 0)) / 2
    for number, side in enumerate(sides):
        inked = within[number] & (amount >= 0.5)
        for depth, near in (
            (-2, side.depth < half),
            (side.width + 2, side.depth > side.width - half),
        ):
            beside = (inked & (side.depth == depth)).any(number // 2, keepdims=True)
            bridged = np.where(lines[number] & within[number] & near & beside, amount, bridged)
    return bridged


def _corners(sides: list[_Side]) -> np.ndarray:
    """The frame's corners, which may be round: bool, ``(h, w)``."""
    top, bottom, left, right = (side.depth for side in sides)
    level, upright = np.minimum(top, bottom), np.minimum(left, right)
    return (level < 0.5 * level.max()) & (upright < 0.5 * upright.max())


def _find_sides(part: np.ndarray, cut: list[bool]) -> list[_Side]:
    """The sides of a frame at the top, bottom, left and right; none if there is no frame."""
    sides: list[_Side] = []
    solid = None
    may_lack = sum(cut) == 1  # a boxy digit that fills the picture reaches several of its sides
    for number, inwards in enumerate((part.T, part.T[:, ::-1], part, part[:, ::-1])):
        found = _fit_side(inwards)
        if found is None and solid is None:
            found = solid = _fit_solid(inwards)
        if found is None and not (may_lack and cut[number]):
            return []
        edge, width = found or (np.full(len(inwards), -3), 0)
        depth = np.arange(inwards.shape[1]) - edge[:, None]
        depth = depth[:, ::-1] if number % 2 else depth
        sides.append(_Side(depth.T if number < 2 else depth, width, found is None))
    return sides


def _fit_side(part: np.ndarray) -> tuple[np.ndarray, int] | None:
    """Fit a line to the first pixels of the rows: its column in each row, and how wide it is."""
    length, across = part.shape
    window = 1 + 0.05 * min(part.shape)
    first = np.where(part.any(1), part.argmax(1), 2 * across)
    rows = np.arange(length) - length / 2
    away = np.sort(first - _RISES[:, None] * rows, axis=1)
    # Where the corners are round or the digit crosses the line, its pixels are elsewhere.
    many = -(-11 * length // 20)
    spread = away[:, many - 1 :] - away[:, : length - many + 1]
    rise, start = np.unravel_index(spread.argmin(), spread.shape)
    if spread[rise, start] > window or away[rise, start] > 0.35 * across:
        return None
    edge = np.floor(away[rise, start] + _RISES[rise] * rows).astype(int)
    near = np.abs(first - edge) <= window
    if min(near[: length // 2].mean(), near[length // 2 :].mean()) < 0.35:
        return None  # half a line is a stroke of a boxy 5
    # A line that was drawn by hand waves.
    edge = ndimage.median_filter(np.where(near, first, edge), 7, mode="nearest")
    blank = ~part & (np.arange(across) > first[:, None])
    widths = np.where(blank.any(1), blank.argmax(1), across) - edge
    widths = np.sort(widths[near])
    # Where the digit touches the line, there is more ink than the line has.
    widths = widths[widths <= 2 * widths[len(widths) // 4] + 2]
    if not widths.size:
        return None  # a zigzag: the pixels lie on both sides of the edge
    width = int(widths[len(widths) * 2 // 3])
    return (edge, width) if width <= 0.25 * across else None


def _fit_solid(part: np.ndarray) -> tuple[np.ndarray, int] | None:
    """Fit a line that has ink from end to end, whatever else is there; as `_fit_side`."""
    length, across = part.shape
    rows, away = np.arange(length), np.arange(int(0.35 * across))
    rises = _RISES[:, None, None] * (rows - length / 2)
    edges = np.floor(away[:, None] + rises).astype(int)
    wide = widen(part, axes=(1,))
    cover = wide[rows, edges.clip(0, across - 1)].mean(2)
    if not (cover >= SOLID).any():
        return None
    rise, start = np.unravel_index((cover >= SOLID).argmax(), cover.shape)
    end = start + int(np.append(cover[rise, start:] >= SOLID, False).argmin())
    # A thick or bent stroke fades away.
    beside = np.append(cover[rise, : max(0, start - 1)], cover[rise, end + 1 : end + 2])
    if beside.max(initial=0) > 0.5:
        return None
    width = max(1, end - start - 2)
    return (edges[rise, start] + 1, width) if width <= 0.25 * across else None
