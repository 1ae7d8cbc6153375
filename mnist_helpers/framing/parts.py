"""Which of the ink is the digit? Specks, shadows, printed borders and boards are not."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from mnist_helpers.framing.ink import bounds, stroke_width, widen

Box = tuple[int, int, int, int]  # left, top, right, bottom: as Pillow crops
_EIGHT = np.ones((3, 3), bool)
# The lower thresholds that are tried. Below the first two, which are for clean paper alone, the
# compression of a JPEG leaves traces.
FAINT = (0.08, 0.12, 0.2, 0.3, 0.4)
# Paper with more traces than this fraction of the sure ink is not clean.
TRACES = 0.02


@dataclass(frozen=True, eq=False)
class Parts:
    """The connected parts of the ink, and which of them are the digit."""

    labels: np.ndarray  # int, (h, w): 0 = paper, or 1 + the index of the part
    boxes: list[tuple[slice, slice]]  # the rows and columns of each part
    mass: np.ndarray  # (n,): how much ink each part has
    at_border: np.ndarray  # bool, (n,): whether it lies along the picture's border
    digit: np.ndarray  # bool, (h, w): the digit's pixels
    border: np.ndarray  # bool, (h, w): the ink that lies along the picture's border
    dropped: int  # how many parts do not belong to the digit
    only_specks: bool  # whether the ink is scattered all over the picture, and no part stands out


def connect_faint(amount: np.ndarray, noise: float, *, strokes: bool = False) -> np.ndarray:
    """Threshold with hysteresis: find sure ink, and the fainter pixels connected to it.

    The lower threshold is as low as possible without flooding unevenly lit paper: when it does,
    many pixels are far from sure ink. Only faint ``strokes`` may be as many: they are no wider than
    the pen, and end inside the picture. The other arguments are those of `Ink`; the mask is
    ``(h, w)``.
    """
    sure = amount >= 0.5
    near = widen(sure, reach=2)
    inked = np.count_nonzero(sure)
    for low in FAINT if strokes else FAINT[2:]:
        if low < (4 if low >= 0.2 else 6) * noise:
            continue
        faint = amount >= low
        labels, count = ndimage.label(faint, _EIGHT)
        kept = np.zeros(count + 1, bool)
        kept[labels[sure]] = True
        mask = kept.take(labels)
        if low < 0.2 and np.count_nonzero(faint & ~mask) > TRACES * inked:
            continue
        beyond = mask & ~near
        far = np.count_nonzero(beyond)
        if far <= (0.2 * inked if low >= 0.2 else 0):
            return mask
        if strokes and far <= 6 * inked and not touches_border(beyond):
            pen = stroke_width(np.where(sure, amount, 0))
            if not widen(beyond, np.minimum, round(0.75 * pen + 1)).any():
                return mask
    return sure


def touches_border(mask: np.ndarray) -> bool:
    """Whether some of the pixels, ``(h, w)``, lie on the picture's border."""
    return any(side.any() for side in (mask[0], mask[-1], mask[:, 0], mask[:, -1]))


def even_out(amount: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Ink whose faint strokes are about as dark as the others.

    A pixel of ``mask`` belongs to a faint stroke if all around it, as far as the pen is wide, the
    ink is faint. What is faint at the picture's border may be a printed line, and stays as it is.
    Both arguments have the shape ``(h, w)``.
    """
    pen = stroke_width(np.where(mask & (amount >= 0.5), amount, 0))
    reach = max(1, round(0.6 * pen))
    peak = widen(np.where(mask, amount, 0), reach=reach)
    faint = mask & (peak < 0.6)
    if not faint.any() or touches_border(faint):
        return amount
    even = np.where(faint, amount * (0.8 / peak.clip(0.04)), amount)
    # Where a faint stroke meets a dark one, the ink is bridged; elsewhere, loops stay open.
    bridged = ndimage.grey_closing(np.where(mask, even, 0), 2 * reach + 1)
    bridge = mask & widen(faint, reach=reach)
    return np.where(bridge, np.maximum(even, bridged), amount).clip(0, 1)


def sort_parts(mask: np.ndarray, amount: np.ndarray) -> Parts:
    """Find the digit: the main part of the ink, and what belongs to it.

    A broken digit keeps its parts: the farther a part is from the main one, the larger it must be.
    What lies along the picture's border is a printed border, a shadow or the edge of the table.
    ``mask`` says which pixels of ``amount`` are ink; both have the shape ``(h, w)``.
    """
    labels, count = ndimage.label(mask, _EIGHT)
    mass = np.bincount(labels.ravel(), amount.ravel(), count + 1)[1:]
    boxes = ndimage.find_objects(labels)
    corners = np.array([[x.start, y.start, x.stop, y.stop] for y, x in boxes])
    at_border = np.array([_lies_along_border(corner, mask.shape) for corner in corners])
    main = int((mass * np.where(at_border, 0.05, 1.0)).argmax())
    left, top, right, bottom = corners[main]
    across = np.maximum(corners[:, 0] - right, left - corners[:, 2]).clip(0)
    down = np.maximum(corners[:, 1] - bottom, top - corners[:, 3]).clip(0)
    gap = np.hypot(across, down) / max(right - left, bottom - top)
    keep = (mass >= (0.01 + 0.2 * gap) * mass[main]) & (gap < 0.8) & ~at_border
    keep[main] = True
    dropped = int((~keep).sum())
    return Parts(
        labels=labels,
        boxes=boxes,
        mass=mass,
        at_border=at_border,
        digit=np.concatenate([[False], keep]).take(labels),
        border=np.concatenate([[False], at_border]).take(labels),
        dropped=dropped,
        only_specks=bool(dropped > 50 and mass[keep].sum() / mass.sum() < 0.1),
    )


def _lies_along_border(corner: np.ndarray, shape: tuple[int, int]) -> bool:
    left, top, right, bottom = corner
    height, width = shape
    horizontal = int(top == 0) + int(bottom == height)
    vertical = int(left == 0) + int(right == width)
    if horizontal + vertical > 1:
        return True  # across a corner, or from one side to the other
    tall, wide = (bottom - top) / height, (right - left) / width
    return bool((vertical and wide < 0.12 < tall) or (horizontal and tall < 0.12 < wide))


def inside_border(mask: np.ndarray, border: np.ndarray) -> Box | None:
    """The box that is left when the rows and columns of a printed border are cut off.

    ``mask`` is all ink, and ``border`` the ink along the picture's border, both ``(h, w)``. The
    answer is None if there is nothing to cut off.
    """
    sides = (mask[0], mask[-1], mask[:, 0], mask[:, -1])
    if sum(side.mean() > 0.8 for side in sides) >= 3:
        border = mask
    elif not border.any():
        return None
    height, width = mask.shape
    top, bottom = _trim(border.mean(1))
    left, right = _trim(border.mean(0))
    if (left, top, right, bottom) == (0, 0, width, height):
        return None
    # One pixel more, because the edge of the printed border is soft.
    left, top = left + (left > 0), top + (top > 0)
    right, bottom = right - (right < width), bottom - (bottom < height)
    return (left, top, right, bottom) if min(right - left, bottom - top) >= 8 else None


def _trim(filled: np.ndarray) -> tuple[int, int]:
    """Where the rows (or columns) that are less than half ink begin and end."""
    open_lines = np.flatnonzero(filled < 0.5)
    return (int(open_lines[0]), int(open_lines[-1]) + 1) if len(open_lines) else (0, len(filled))


def inside_board(digit: np.ndarray) -> Box | None:
    """The box inside a board, if the "digit" is one: a filled rectangle with writing in it."""
    rows, columns = bounds(digit)
    part = digit[rows, columns]
    sides = (part[0], part[-1], part[:, 0], part[:, -1])
    if min(part.shape) < 12 or min(side.mean() for side in sides) < 0.5:
        return None
    filled = ndimage.binary_fill_holes(part)
    hole = filled & ~part
    if filled.mean() < 0.93 or hole.mean() < 0.005:
        return None
    return columns.start + 1, rows.start + 1, columns.stop - 1, rows.stop - 1
