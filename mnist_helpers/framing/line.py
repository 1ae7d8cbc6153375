"""Which ink belongs to a line of digits: frames do not, and faint or attached digits do."""

from dataclasses import replace

import numpy as np
from scipy import ndimage

from mnist_helpers.framing.finding import Look
from mnist_helpers.framing.ink import stroke_width, widen
from mnist_helpers.framing.parts import even_out

# In heights of the line: a part that is at least as high as the first number may be a digit, one
# that hangs on something if it is also as wide as the second; and the line may go on so far.
TALL, LEAN, REACH = 0.6, 0.35, 8
# A digit has at least this much ink.
FAINTEST = 0.1
# What is so many times as wide as high is not a digit.
FLAT = 3
# A frame is around something that has at least this fraction of its height, and has as many pixels
# along each side.
FRAMED, LEAST_FRAME = 0.25, 10


Sides = tuple[slice, slice]  # rows, columns
# The rows and columns of a part, which of their pixels are its own, and where it is cut.
Shape = tuple[slice, slice, np.ndarray, list[tuple[np.ndarray, float]]]


def find_frames(look: Look) -> np.ndarray:
    """Which parts go all around another one that is high enough to be a digit: bool, ``(n,)``."""
    boxes, labels = look.parts.boxes, look.parts.labels
    ends = [(rows.start, rows.stop, columns.start, columns.stop) for rows, columns in boxes]
    top, bottom, left, right = np.transpose(ends)
    tall = bottom - top
    frames = np.zeros(len(boxes), bool)
    for n in np.flatnonzero(np.minimum(tall, right - left) >= LEAST_FRAME):
        inside = (top[n] < top) & (bottom < bottom[n]) & (left[n] < left) & (right < right[n])
        some = np.flatnonzero(inside & (tall >= FRAMED * tall[n]))
        frames[n] = any(not (labels[boxes[other]] == n + 1).any() for other in some)
    return frames


def rests_of_lines(look: Look, known: np.ndarray) -> np.ndarray:
    """Which parts are left of printed lines: flat, and above or below the ``known`` parts."""
    rows = [(rows.start, rows.stop) for rows, _ in look.parts.boxes]
    (top, bottom), mass = np.transpose(rows), look.parts.mass
    widths = np.array([columns.stop - columns.start for _, columns in look.parts.boxes])
    flat = widths >= FLAT * (bottom - top)
    if not (known & ~flat).any():
        return np.zeros(len(flat), bool)
    writing = known & ~flat
    writing &= mass >= 0.25 * mass[writing].max()
    return flat & ((bottom <= top[writing].min()) | (top >= bottom[writing].max()))


def missed_digits(
    look: Look, known: np.ndarray, line: list[Sides], height: int
) -> tuple[Look, list[Shape]]:
    """Digits of the line that are not among the parts, and a look in which their ink is dark.

    A digit may hang on the rest of a printed line, which comes from the border, or be much fainter
    than the others. It stands beside them, and is about as high. ``known`` is bool, ``(h, w)``:
    the pixels of the parts. ``line`` has where those of them are that are high enough.
    """
    if not line:  # in a tiny picture, what is high may be too faint to be a part
        return look, []
    top = max(0, round(min(rows.start for rows, _ in line) - 0.1 * height))
    bottom = round(max(rows.stop for rows, _ in line) + 0.1 * height)
    left = min(columns.start for _, columns in line) - REACH * height
    right = max(columns.stop for _, columns in line) + REACH * height
    hanging = look.mask & ~known
    hanging[:top] = hanging[bottom:] = False
    if look.lines:  # what is left of them is thinner than the pen
        reach = round(0.25 * stroke_width(np.where(known, look.ink.amount, 0)))
        strokes = widen(widen(hanging, np.minimum, reach), reach=reach)
        hanging &= widen(strokes, reach=reach)
    faint = ~look.mask & (look.ink.amount >= max(FAINTEST, 6 * look.ink.noise))
    missed: list[Shape] = []
    # Where printed lines were taken out, what is faint may be left of them.
    for ink, narrowest in [(hanging, LEAN)] if look.lines else [(hanging, LEAN), (faint, 0)]:
        numbered, _ = ndimage.label(ink, np.ones((3, 3)))
        for number, (rows, columns) in enumerate(ndimage.find_objects(numbered), 1):
            tall, wide = rows.stop - rows.start, columns.stop - columns.start
            if (
                TALL * height <= tall <= 1.5 * height
                and narrowest * height <= wide <= 1.5 * height
                and min(rows.stop, bottom) - max(rows.start, top) >= 0.5 * tall
                and max(left, 1) <= columns.start
                and columns.stop <= min(right, ink.shape[1] - 1)
                and all(_beside(columns, other) for _, other in line)
                # The side of a frame goes on above and below the line.
                and (ink is faint or rows.start > top or rows.stop < min(bottom, len(ink)))
            ):
                missed.append((rows, columns, numbered[rows, columns] == number, []))
    for rows, columns, shape, _ in missed:
        known[rows, columns] |= shape
    ink = even_out(look.ink.amount, known) if missed else look.ink.amount
    return replace(look, ink=replace(look.ink, amount=ink)), missed


def _beside(one: slice, other: slice) -> bool:
    """Whether two parts stand side by side."""
    both = min(one.stop, other.stop) - max(one.start, other.start)
    return both < 0.3 * min(one.stop - one.start, other.stop - other.start)
