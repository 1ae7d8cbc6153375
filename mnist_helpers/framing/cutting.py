"""Where strokes of two digits that touch could be cut apart: paths through the least ink."""

import numpy as np
from scipy import ndimage

from mnist_helpers.framing.ink import stroke_width

# A step to the side costs as much as this much ink, so that paths are straight where they can be.
ASIDE = 0.25
# Where strokes of two digits lie side by side, there is ink that is deeper inside than the middle
# of one stroke. It costs hardly anything, so that paths can run along it and part the two.
DEEP = 0.05
# Between two cuts, and beside each, is at least this much ink, in squares of the line's height.
LEAST = 0.025
PEN=0.8
REL=0.25
LIMIT=0.25


def find_cuts(ink: np.ndarray, line: float) -> list[tuple[np.ndarray, float]]:
    """Find paths from top to bottom on which there is the least ink, as between two digits.

    Args:
        ink: a connected part of the writing, float, shape ``(h, w)``, 0 to 1.
        line: the height of the line of writing, in pixels.

    Returns:
        From left to right, the column of each path in each row, int, shape ``(h,)``: it is the
        first that lies to the right of the cut; and how much ink the path crosses, in pixels.
    """
    rows = np.arange(len(ink))[:, None]
    paths, costs = _cheapest_paths(np.where(_is_deep(ink), DEEP * ink, ink))
    # Paths do not cross one another, so this also says how much ink lies between two of them.
    left = np.pad(ink.cumsum(1), ((0, 0), (1, 0)))[rows, paths].sum(0)
    least = min(LEAST * line, REL * stroke_width(ink)) * line
    chosen: list[int] = []
    taken = [0.0, float(ink.sum())]
    for column in np.argsort(costs, kind="stable"):
        if costs[column] > LIMIT * line:
            break
        if min(abs(left[column] - other) for other in taken) > least:
            chosen.append(int(column))
            taken.append(float(left[column]))
    return [(paths[:, column], float(costs[column])) for column in sorted(chosen)]


def _is_deep(ink: np.ndarray) -> np.ndarray:
    """Which pixels lie deeper inside the ink than the middle of a stroke: bool, ``(h, w)``."""
    depth = ndimage.distance_transform_edt(np.pad(ink > 0.5, 1))[1:-1, 1:-1]
    return depth > np.quantile(depth[depth > 0], PEN) if depth.any() else depth > 0


def _cheapest_paths(costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cheapest path from top to bottom through each column of the middle row.

    This is dynamic programming, from above and from below at once.

    Returns:
        The column of each path in each row, int, shape ``(h, w)``; and what each costs.
    """
    odd, width = costs.shape[0] % 2, costs.shape[1]
    even = np.pad(costs, ((odd, 0), (0, 0)))
    half = len(even) // 2
    halves = np.stack([even[:half], even[: half - 1 : -1]], 1)
    totals = np.pad(halves[0], ((0, 0), (1, 1)), constant_values=np.inf)
    steps = np.zeros(halves.shape, int)
    for row in range(1, half):
        aside = totals + ASIDE
        before = np.stack([totals[:, 1:-1], aside[:, :-2], aside[:, 2:]])
        steps[row] = np.array([0, -1, 1])[before.argmin(0)]
        totals[:, 1:-1] = before.min(0) + halves[row]
    paths = np.empty(halves.shape, int)
    paths[-1] = np.arange(width)
    for row in range(half - 1, 0, -1):
        paths[row - 1] = paths[row] + np.take_along_axis(steps[row], paths[row], 1)
    return np.concatenate([paths[odd:, 0], paths[::-1, 1]]), totals[:, 1:-1].sum(0)
