"""Taking the lines of ruled or squared paper out of the ink."""

import numpy as np
from scipy import ndimage


def without_printed_lines(amount: np.ndarray) -> np.ndarray | None:
    """The ink, ``(h, w)``, 0 to 1, without the lines of its paper; None if there are no lines.

    A printed line runs straight through the whole picture, at most 10 degrees from level or
    upright, and is fainter than the pen. A low quantile of the ink along it says how much is
    printed, because a stroke that crosses the line hardly changes that quantile.
    """
    upright = _without_level_lines(amount.T)
    level = _without_level_lines(amount if upright is None else upright.T)
    return level if level is not None or upright is None else upright.T


def _without_level_lines(amount: np.ndarray) -> np.ndarray | None:
    height, width = amount.shape
    edge = width // 10  # a line reaches both sides
    if min(height, width) < 40 or min(amount[:, :edge].max(), amount[:, -edge:].max()) < 0.15:
        return None
    # A shadow is not a line, so whatever is wide is taken off first.
    lean = amount - ndimage.grey_opening(amount, (15, 1))
    reach = round(0.18 * width)  # 10 degrees
    padded = np.pad(lean, ((reach, reach), (0, 0)))
    lines = _find_level_lines(padded, reach)
    if not lines:
        return None
    printed = np.zeros_like(padded)
    everywhere = np.arange(width)
    for middle, slant in lines:
        path = middle + slant * (everywhere / (width - 1) - 0.5)
        for offset in range(-7, 8):
            at = (np.rint(path).astype(int) + offset).clip(0, len(printed) - 1)
            share = np.quantile(padded[at, everywhere], 0.4)
            printed[at, everywhere] = np.maximum(printed[at, everywhere], share)
    printed = ndimage.maximum_filter1d(printed, 3, axis=0)[reach : reach + height]
    clean = (amount - 1.5 * printed).clip(0)
    # Where the pen crosses a line, there is ink above and below.
    bridged = np.minimum(ndimage.grey_closing(clean, (9, 1)), amount)
    return np.where(printed > 0.05, bridged, clean)


def _find_level_lines(padded: np.ndarray, reach: int) -> list[tuple[int, int]]:
    """The row of each line's middle, and by how many rows its right end is lower than its left.

    ``padded`` is the ink with ``reach`` empty rows above and below; no line is more slanted.
    """
    width = padded.shape[1]
    slants = np.arange(-reach, reach + 1, 2)
    columns = np.linspace(0, width - 1, 48).round().astype(int)
    drift = np.rint(slants[:, None] * (columns / (width - 1) - 0.5)).astype(int)
    rows = np.arange(reach, len(padded) - reach)[None, :, None] + drift[:, None, :]
    # Along one line for each slant and row, from the least ink to the most.
    level = ndimage.uniform_filter1d(padded, 3, axis=0)[rows, columns]
    along = np.sort(level, axis=2)
    # Four fifths of a line must have ink, and both of its ends. The mean of its fainter half is
    # largest at its middle.
    ends = np.minimum(level[:, :, :3].max(2), level[:, :, -3:].max(2))
    is_line = (along[:, :, 9] >= 0.06) & (ends >= 0.06)
    strength = np.where(is_line, along[:, :, :24].mean(2), 0)
    best = strength.max(0)
    # Of several slants that fit equally well, the middle one is taken.
    fits = strength >= best - 1e-6
    slant = np.rint(np.arange(len(slants)) @ fits / fits.sum(0)).astype(int)
    # The middle of each run of rows where the strength is the largest around.
    runs, count = ndimage.label((best > 0) & (best >= ndimage.maximum_filter1d(best, 7)))
    peaks = [int(np.median(np.flatnonzero(runs == run))) for run in range(1, count + 1)]
    if len(peaks) < 3:  # a single line that is as dark as the pen may be the bar of a 7
        dark = ndimage.maximum_filter1d(padded, 3, axis=0)[rows, columns]
        peaks = [row for row in peaks if np.quantile(dark[slant[row], row], 0.33) <= 0.8]
    return [(row + reach, int(slants[slant[row]])) for row in peaks]
