"""Which ink belongs to the digit? Specks, printed lines, shadows and frames are told apart."""

import numpy as np
from scipy import ndimage

_EIGHT = np.ones((3, 3), bool)


def digit_mask(amount: np.ndarray, noise: float) -> np.ndarray:
    """Find the pixels of the digit.

    Args:
        amount: the ink, float, shape ``(h, w)``: 0 = paper, 0.5 = the edge of a stroke, 1 = ink.
        noise: the standard deviation of the amount on bare paper.

    Returns:
        bool, shape ``(h, w)``.
    """
    return choose_parts(connect_faint(amount, noise), amount)


def connect_faint(amount: np.ndarray, noise: float) -> np.ndarray:
    """Threshold with hysteresis: ink, and the fainter pixels that hang together with it.

    The lower threshold is as low as possible without flooding what is no stroke, such as the
    printed lines that a stroke crosses: few pixels may be far from sure ink.
    """
    sure = amount >= 0.5
    near = ndimage.binary_dilation(sure, _EIGHT, iterations=2)
    for low in (0.2, 0.3, 0.4):
        if low < 4 * noise:
            continue
        labels, count = ndimage.label(amount >= low, _EIGHT)
        kept = np.zeros(count + 1, bool)
        kept[labels[sure]] = True
        mask = kept[labels]
        if (mask & ~near).sum() <= 0.25 * sure.sum():
            return mask
    return sure


def choose_parts(mask: np.ndarray, amount: np.ndarray) -> np.ndarray:
    """Keep the main part of the ink and what belongs to it; drop specks and what hugs the border.

    A broken digit keeps its parts: one is kept if it is near the main part and not tiny.
    """
    labels, count = ndimage.label(mask, _EIGHT)
    if count <= 1:
        return mask
    boxes = ndimage.find_objects(labels)
    index = np.arange(1, count + 1)
    mass = ndimage.sum_labels(amount, labels, index)
    corners = np.array([[y.start, x.start, y.stop, x.stop] for y, x in boxes])
    suspect = np.array([_hugs_border(corner, mask.shape) for corner in corners])
    score = mass * np.where(suspect, 0.05, 1.0)
    main = int(score.argmax())
    top, left, bottom, right = corners[main]
    size = max(bottom - top, right - left)
    gap_y = np.maximum(corners[:, 0] - bottom, top - corners[:, 2]).clip(0)
    gap_x = np.maximum(corners[:, 1] - right, left - corners[:, 3]).clip(0)
    gap = np.hypot(gap_y, gap_x) / size
    keep = (mass >= (0.01 + 0.2 * gap) * mass[main]) & (gap < 0.8) & ~suspect
    keep[main] = True
    return np.concatenate([[False], keep])[labels]


def _hugs_border(corner: np.ndarray, shape: tuple[int, int]) -> bool:
    """Whether a part lies along the border (a frame, the table's edge) instead of reaching it."""
    top, left, bottom, right = corner
    height, width = shape
    at_top, at_left, at_bottom, at_right = top == 0, left == 0, bottom == height, right == width
    if int(at_top) + at_left + at_bottom + at_right >= 3:
        return True
    tall, wide = (bottom - top) / height, (right - left) / width
    beside = (at_left or at_right) and wide < 0.12 and tall > 0.15
    along = (at_top or at_bottom) and tall < 0.12 and wide > 0.15
    through = (at_left and at_right) or (at_top and at_bottom)
    corner = (at_top or at_bottom) and (at_left or at_right)
    return bool(beside or along or through or corner)


def board_box(mask: np.ndarray) -> tuple[slice, slice] | None:
    """Whether the "ink" is rather a board: a filled rectangle with something cut out of it.

    Returns:
        The rows and columns of the board, or None.
    """
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    filled = ndimage.binary_fill_holes(mask[box])
    hole = filled.mean() - mask[box].mean()
    if filled.mean() > 0.9 and min(filled.shape) >= 12 and 0.01 < hole:
        return box
    return None
