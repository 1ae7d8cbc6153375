"""Taking the lines of ruled or squared paper out of the ink."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from mnist_helpers.framing.bridging import bridge
from mnist_helpers.framing.ink import quantile, stroke_width, widen


@dataclass(frozen=True, eq=False)
class _Lines:
    """The level lines of a picture."""

    printed: np.ndarray  # float32, (h, w), 0 to 1: how much of the ink is theirs
    across: float  # of the strongest line: the sum of its ink from its upper to its lower side
    thickness: int  # of the thickest line, with its soft edges, in pixels
    count: int


def without_printed_lines(amount: np.ndarray, *, thick: bool = False) -> np.ndarray | None:
    """The ink, ``(h, w)``, 0 to 1, without the lines of its paper; None if there are no lines.

    A printed line runs straight through the whole picture, at most 10 degrees from level or
    upright. A low quantile of the ink along it says how much is printed, because a stroke that
    crosses the line hardly changes that quantile. Where a digit fills the picture, its strokes may
    do so as well: only lines that are far fainter or thinner than the pen, or three of them, are
    then taken for printed ones, unless lines may be as ``thick`` as the pen.
    """
    upright = _level_lines(amount.T)
    # Where an upright line is, a level one does not show as one.
    level = _level_lines(
        amount if upright is None else _clean(amount, None, upright, sparingly=True)
    )
    if level is None and upright is None:
        return None
    if thick:
        return _clean(amount, level, upright)
    clean = _clean(amount, level, upright, sparingly=True)
    pen = stroke_width(np.where(clean >= 0.3, clean, 0))
    many = sum(lines.count for lines in (level, upright) if lines is not None) > 2
    most = pen * (0.8 if many or not _reaches_border(clean, pen) else 0.3)
    level, upright = (
        lines if lines is not None and (lines.count > 3 or lines.across <= most) else None
        for lines in (level, upright)
    )
    return None if level is None and upright is None else _clean(amount, level, upright)


def _reaches_border(clean: np.ndarray, pen: float) -> bool:
    """Whether a stroke of the pen reaches one of the picture's borders."""
    for ink in (clean, clean[::-1], clean.T, clean.T[::-1]):
        near = ink[: round(0.03 * len(ink)) + 1].max(0)
        if np.count_nonzero(near >= 0.5) >= 0.5 * pen:
            return True
    return False


def _clean(
    amount: np.ndarray, level: _Lines | None, upright: _Lines | None, *, sparingly: bool = False
) -> np.ndarray:
    """The ink without lines, but with the strokes that cross them.

    While lines may still turn out to be strokes, gaps are bridged ``sparingly``: short ones, and
    straight across.
    """
    parts = [lines.printed for lines in (level,) if lines is not None]
    parts += [lines.printed.T for lines in (upright,) if lines is not None]
    clean = bridged = (amount - 1.5 * np.max(parts, 0)).clip(0)

    def bridge_level(amount: np.ndarray, clean: np.ndarray, lines: _Lines) -> np.ndarray:
        where = lines.printed > 0.05
        if sparingly:
            return bridge(amount, clean, where, 0, leans=())
        return bridge(amount, clean, where, lines.thickness)

    if level is not None:
        bridged = bridge_level(amount, clean, level)
    if upright is not None:
        bridged = np.maximum(bridged, bridge_level(amount.T, clean.T, upright).T)
    return bridged


def _level_lines(amount: np.ndarray) -> _Lines | None:
    height, width = amount.shape
    edge = width // 10  # a line reaches both sides
    if min(height, width) < 40 or min(amount[:, :edge].max(), amount[:, -edge:].max()) < 0.15:
        return None
    # A shadow is not a line, so whatever is wide is taken off first.
    wide = widen(widen(amount, np.minimum, 7, axes=(0,)), reach=7, axes=(0,))
    lean = amount - wide
    reach = round(0.18 * width)  # 10 degrees
    padded = np.pad(lean, ((reach, reach), (0, 0)))
    lines = _find_level_lines(padded, reach)
    if not lines:
        return None
    printed, most, thickness = np.zeros_like(padded), 0.0, 0
    everywhere = np.arange(width)
    for middle, slant in lines:
        path = middle + slant * (everywhere / (width - 1) - 0.5)
        across, rows = 0.0, 2
        for offset in range(-7, 8):
            at = (np.rint(path).astype(int) + offset).clip(0, len(printed) - 1)
            share = quantile(padded[at, everywhere], 0.4)
            printed[at, everywhere] = np.maximum(printed[at, everywhere], share)
            across += share
            rows += share > 0.05
        most, thickness = max(most, across), max(thickness, rows)
    printed = ndimage.maximum_filter1d(printed, 3, axis=0)[reach : reach + height]
    return _Lines(printed, most, thickness, len(lines))


def _find_level_lines(padded: np.ndarray, reach: int) -> list[tuple[int, int]]:
    """The row of each line's middle, and by how many rows its right end is lower than its left.

    ``padded`` is the ink with ``reach`` empty rows above and below; no line is more slanted.
    """
    width = padded.shape[1]
    slants = np.arange(-reach, reach + 1, 2)
    columns = np.linspace(0, width - 1, 48).round().astype(int)
    drift = np.rint(slants[:, None] * (columns / (width - 1) - 0.5)).astype(int)
    rows = np.arange(reach, len(padded) - reach)[None, :, None] + drift[:, None, :]
    level = ndimage.uniform_filter1d(padded, 3, axis=0)
    left, right = (
        level[rows[:, :, end], columns[end]].max(2) for end in (slice(3), slice(-3, None))
    )
    # Both ends of a line must have ink, and four fifths of it. The mean of its fainter half is
    # largest at its middle.
    ends = np.minimum(left, right) >= 0.06
    strength = np.zeros(ends.shape, level.dtype)
    # Along one line for each slant and row, from the least ink to the most.
    along = np.sort(level[rows[ends], columns], axis=1)
    strength[ends] = np.where(along[:, 9] >= 0.06, along[:, :24].mean(1), 0)
    best = strength.max(0)
    # Of several slants that fit equally well, the middle one is taken.
    fits = strength >= best - 1e-6
    slant = np.rint(np.arange(len(slants)) @ fits / fits.sum(0)).astype(int)
    # The middle of each run of rows where the strength is the largest around.
    runs, count = ndimage.label((best > 0) & (best >= ndimage.maximum_filter1d(best, 7)))
    peaks = [int(np.median(np.flatnonzero(runs == run))) for run in range(1, count + 1)]
    return [(row + reach, int(slants[slant[row]])) for row in peaks]
