"""Which ink belongs to the digit? Specks, printed lines, shadows and frames are told apart."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

Box = tuple[int, int, int, int]  # left, top, right, bottom: as Pillow crops
_EIGHT = np.ones((3, 3), bool)


@dataclass(frozen=True, eq=False)
class Parts:
    """The connected parts of the ink, sorted.

    Attributes:
        digit: bool, shape ``(h, w)``: the digit's pixels.
        border: bool, shape ``(h, w)``: what lies along the border of the picture.
        dropped: how many parts do not belong to the digit.
        share: how much of all the ink the digit has, 0 to 1.
    """

    digit: np.ndarray
    border: np.ndarray
    dropped: int
    share: float

    @property
    def only_specks(self) -> bool:
        """Whether the ink is scattered all over, and no part of it stands out."""
        return self.dropped > 50 and self.share < 0.1


def connect_faint(amount: np.ndarray, noise: float) -> np.ndarray:
    """Threshold with hysteresis: sure ink, and the fainter pixels that hang together with it.

    The lower threshold is as low as possible without flooding what is no stroke, such as paper
    that is unevenly lit: few pixels may be far from sure ink.

    Args:
        amount: the ink, float, shape ``(h, w)``: 0 = paper, 0.5 = the edge of a stroke, 1 = ink.
        noise: the standard deviation of the amount on bare paper.

    Returns:
        bool, shape ``(h, w)``.
    """
    sure = amount >= 0.5
    near = ndimage.maximum_filter(sure, 5)
    for low in (0.2, 0.3, 0.4):
        if low < 4 * noise:
            continue
        labels, count = ndimage.label(amount >= low, _EIGHT)
        kept = np.zeros(count + 1, bool)
        kept[labels[sure]] = True
        mask = kept[labels]
        if np.count_nonzero(mask & ~near) <= 0.2 * np.count_nonzero(sure):
            return mask
    return sure


def sort_parts(mask: np.ndarray, amount: np.ndarray) -> Parts:
    """Find the digit: the main part of the ink, and what belongs to it.

    A broken digit keeps its parts: the farther from the main part, the larger one must be. What
    lies along the border is a frame, a shadow or the edge of the table.

    Args:
        mask: bool, shape ``(h, w)``: ink or not.
        amount: how much ink, float, of the same shape.
    """
    labels, count = ndimage.label(mask, _EIGHT)
    index = np.arange(1, count + 1)
    mass = ndimage.sum_labels(amount, labels, index)
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
    return Parts(
        digit=np.concatenate([[False], keep])[labels],
        border=np.concatenate([[False], at_border])[labels],
        dropped=int((~keep).sum()),
        share=float(mass[keep].sum() / mass.sum()),
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


def inside_frame(mask: np.ndarray, border: np.ndarray) -> Box | None:
    """The box that remains when rows and columns full of a frame are cut off from outside.

    Args:
        mask: bool, shape ``(h, w)``: all ink.
        border: bool, the same shape: the ink that lies along the border.

    Returns:
        The box, or None if there is nothing to cut off.
    """
    ends = [mask[0].mean(), mask[-1].mean(), mask[:, 0].mean(), mask[:, -1].mean()]
    if np.sum(np.greater(ends, 0.8)) < 3 and not border.any():
        return None
    ink = mask if np.sum(np.greater(ends, 0.8)) >= 3 else border
    height, width = mask.shape
    top, bottom = _trim(ink.mean(1))
    left, right = _trim(ink.mean(0))
    if (left, top, right, bottom) == (0, 0, width, height):
        return None
    # One pixel more, since the edge of the frame is soft.
    left, top = left + (left > 0), top + (top > 0)
    right, bottom = right - (right < width), bottom - (bottom < height)
    return (left, top, right, bottom) if min(right - left, bottom - top) >= 8 else None


def _trim(filled: np.ndarray) -> tuple[int, int]:
    """Where the lines that are less than half ink begin and end."""
    open_lines = np.flatnonzero(filled < 0.5)
    return (int(open_lines[0]), int(open_lines[-1]) + 1) if len(open_lines) else (0, len(filled))


def inside_board(digit: np.ndarray) -> Box | None:
    """Whether the "ink" is rather a board: a filled rectangle with something written into it.

    Returns:
        The box inside the board, or None.
    """
    rows, columns = ndimage.find_objects(digit.astype(np.uint8))[0]
    part = digit[rows, columns]
    sides = (part[0], part[-1], part[:, 0], part[:, -1])
    if min(part.shape) < 12 or min(side.mean() for side in sides) < 0.5:
        return None
    filled = ndimage.binary_fill_holes(part)
    hole = filled & ~part
    if filled.mean() < 0.93 or hole.mean() < 0.005:
        return None
    return columns.start + 1, rows.start + 1, columns.stop - 1, rows.stop - 1


def without_printed_lines(amount: np.ndarray) -> np.ndarray | None:
    """Take the lines of ruled or squared paper out of the ink.

    A printed line runs straight through the whole picture, and is fainter than the pen. Along each
    straight line that is at most 10 degrees from level or upright, a low quantile of the ink says
    how much is printed there: a stroke that crosses hardly changes it.

    Args:
        amount: the ink, float, shape ``(h, w)``, 0 to 1.

    Returns:
        The ink without the lines, or None if there are none.
    """
    upright = _without_level_lines(amount.T)
    level = _without_level_lines(amount if upright is None else upright.T)
    return level if level is not None or upright is None else upright.T


def _without_level_lines(amount: np.ndarray) -> np.ndarray | None:
    height, width = amount.shape
    edge = width // 10  # a line reaches both sides
    if min(height, width) < 40 or min(amount[:, :edge].max(), amount[:, -edge:].max()) < 0.15:
        return None
    # A shadow is no line: what is wide is taken off first.
    lean = amount - ndimage.grey_opening(amount, (15, 1))
    reach = round(0.18 * width)  # 10 degrees
    padded = np.pad(lean, ((reach, reach), (0, 0)))
    slants = np.arange(-reach, reach + 1, 2)
    columns = np.linspace(0, width - 1, 48).round().astype(int)
    drift = np.rint(slants[:, None] * (columns / (width - 1) - 0.5)).astype(int)
    rows = np.arange(height)[None, :, None] + reach + drift[:, None, :]
    # Along one line for each slant and row, from the least ink to the most.
    along = np.sort(ndimage.uniform_filter1d(padded, 3, axis=0)[rows, columns], axis=2)
    # The least fifth must have ink; the mean of the lower half tells the middle of a line.
    strength = np.where(along[:, :, 9] >= 0.06, along[:, :, :24].mean(2), 0)
    best = strength.max(0)
    # Of several slants that fit as well, the middle one.
    fits = strength >= best - 1e-6
    slant = np.rint(np.arange(len(slants)) @ fits / fits.sum(0)).astype(int)
    # The middle of each run of rows where a line is stronger than anywhere near.
    runs, count = ndimage.label((best > 0) & (best >= ndimage.maximum_filter1d(best, 7)))
    peaks = [int(np.median(np.flatnonzero(runs == run))) for run in range(1, count + 1)]
    if len(peaks) < 3:  # a single one as dark as the pen may be the bar of a 7
        dark = ndimage.maximum_filter1d(padded, 3, axis=0)
        peaks = [
            row for row in peaks if np.quantile(dark[rows[slant[row], row], columns], 0.33) <= 0.8
        ]
    if not peaks:
        return None
    printed = np.zeros_like(padded)
    everywhere = np.arange(width)
    for row in peaks:
        path = row + reach + slants[slant[row]] * (everywhere / (width - 1) - 0.5)
        for offset in range(-7, 8):
            at = (np.rint(path).astype(int) + offset).clip(0, len(printed) - 1)
            share = np.quantile(padded[at, everywhere], 0.4)
            printed[at, everywhere] = np.maximum(printed[at, everywhere], share)
    printed = ndimage.maximum_filter1d(printed, 3, axis=0)[reach : reach + height]
    clean = (amount - 1.5 * printed).clip(0)
    # Where the pen crosses a line, there is ink above and below.
    bridged = np.minimum(ndimage.grey_closing(clean, (9, 1)), amount)
    return np.where(printed > 0.05, bridged, clean)
