"""Where strokes of two digits that touch could be cut apart: paths through the least ink."""

import numpy as np
from scipy import ndimage

# A step to the side costs as much as this much ink, so that paths are straight where they can be.
ASIDE = 0.05


def find_cuts(ink: np.ndarray, apart: float) -> list[tuple[np.ndarray, float]]:
    """Find paths from top to bottom on which there is the least ink, as between two digits.

    Args:
        ink: a connected part of the writing, float, shape ``(h, w)``, 0 to 1.
        apart: two paths are at least this many pixels apart, halfway down, and each is as far
            from both sides.

    Returns:
        From left to right, the column of each path in each row, int, shape ``(h,)``: it is the
        first that lies to the right of the cut; and how much ink the path crosses, in pixels.
    """
    height, width = ink.shape
    middle = height // 2
    above, below = _least(ink[:middle]), _least(ink[middle:][::-1])
    through = above[-1] + _side_step(below[-1]) if middle else below[-1]
    lowest = through <= ndimage.minimum_filter1d(through, 3)
    # First where there is less ink than beside; then wherever no cut is near.
    order = np.lexsort((np.abs(np.arange(width) - width / 2), through, ~lowest))
    chosen: list[int] = []
    for column in order:
        room = apart if lowest[column] else 2 * apart
        near = min([abs(column - other) for other in chosen], default=room)
        if apart <= column < width - apart and near >= room:
            chosen.append(int(column))
    cuts = []
    for column in sorted(chosen):
        down = _trace(below, column)[::-1]
        path = np.array([*_trace(above, down[0]), *down])
        cuts.append((path, float(ink[np.arange(height), path].sum())))
    return cuts


def _side_step(costs: np.ndarray) -> np.ndarray:
    """The cost of the best way to each column from the row before."""
    padded = np.pad(costs + ASIDE, 1, constant_values=np.inf)
    return np.minimum(costs, np.minimum(padded[:-2], padded[2:]))


def _least(ink: np.ndarray) -> np.ndarray:
    """The least ink on a path from the first row to each pixel: shape ``(h, w)``."""
    costs = ink.astype(np.float64)
    for row in range(1, len(costs)):
        costs[row] += _side_step(costs[row - 1])
    return costs


def _trace(costs: np.ndarray, column: int) -> list[int]:
    """The columns of the best path down to a row below the last, in which it is at ``column``."""
    path = []
    for row in costs[::-1]:
        near = range(max(0, column - 1), min(column + 2, len(row)))
        column = min(near, key=lambda one: row[one] + ASIDE * (one != column))
        path.append(column)
    return path[::-1]
