"""Giving back to strokes what is missing of them where they cross a line that was taken out."""

import numpy as np
from scipy import ndimage

# How far strokes may lean: by so many pixels to the side for each one down. All strokes of a
# picture are taken to lean to the same side.
LEANS = (-1, -0.5, 0.5, 1)


def bridge(
    amount: np.ndarray,
    clean: np.ndarray,
    lines: np.ndarray,
    thickness: int,
    leans: tuple[float, ...] = LEANS,
    *,
    ends: bool = False,
) -> np.ndarray:
    """The ink of strokes that cross level lines: there is ink on both sides of a line.

    Args:
        amount: the ink with the lines, float32, shape ``(h, w)``, 0 to 1.
        clean: the ink without them, of the same shape.
        lines: where they are: bool, shape ``(h, w)``.
        thickness: of the thickest line, in pixels.
        leans: how far strokes may lean; none if they should stand upright.
        ends: whether upright strokes end where ``amount`` does; else they may go on.

    Returns:
        ``clean``, with more ink in the lines: float32, shape ``(h, w)``, 0 to 1.
    """
    size = 2 * max(4, (thickness + 1) // 2 + 2) + 1
    inked = np.where(lines, amount, 0)
    closed = _close(clean, size, 0) if ends else ndimage.grey_closing(clean, (size, 1))
    found = [np.minimum(inked, _close(clean, size, lean)) for lean in leans]
    upright = np.minimum(inked, closed)
    return np.maximum.reduce([clean, upright, *sorted(found, key=np.sum)[-1:]])


def _close(ink: np.ndarray, size: int, lean: float) -> np.ndarray:
    """Close gaps of less than ``size`` rows between ink above and ink below, which may ``lean``."""
    rows, columns = np.arange(len(ink))[:, None], np.arange(ink.shape[1])
    shift = np.floor(lean * rows).astype(int)
    leaning = ink[rows, (columns + shift) % len(columns)]
    paper = size // 2  # around the picture
    closed = ndimage.grey_closing(np.pad(leaning, ((paper, paper), (0, 0))), (size, 1))
    return closed[paper:-paper][rows, (columns - shift) % len(columns)]
