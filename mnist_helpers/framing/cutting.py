"""Where strokes of two digits that touch could be cut apart: paths through the least ink."""

import numpy as np
from scipy import ndimage

from mnist_helpers.framing.ink import quantile, stroke_width

# A step to the side costs as much as this much ink, so that paths are straight where they can be.
ASIDE = 0.2
# Where strokes of two digits lie side by side, some ink is deeper inside than most ink of a stroke
# is, which is this part of a connected part's ink. It costs hardly anything, so that a path can
# run along between the two.
SHALLOW, DEEP = 0.8, 0.05
# No path costs more than this many heights of the line.
DEAREST = 0.25
# Between two cuts, and beside each, is at least this much ink: of a stroke as long as the line is
# high, and no more than in this part of a square as high as the line.
LEAST_OF_STROKE, LEAST_OF_SQUARE = 0.25, 0.025


def find_cuts(ink: np.ndarray, line: float) -> list[tuple[np.ndarray, float]]:
    """Find the cheapest paths from top to bottom, as between two digits.

    A path costs the ink that it crosses, but little where strokes seem to lie side by side, and
    something for each step to the side.

    Args:
        ink: a connected part of the writing, float, shape ``(h, w)``, 0 to 1.
        line: the height of the line of writing, in pixels.

    Returns:
        From left to right, the column of each path in each row, int, shape ``(h,)``: it is the
        first that lies to the right of the cut; and what the path costs, in pixels of full ink.
    """
    depth = ndimage.distance_transform_edt(np.pad(ink > 0.5, 1))[1:-1, 1:-1]
    if not depth.any():
        return []
    deep = depth > quantile(depth[depth > 0], SHALLOW)
    paths, costs = _cheapest_paths(np.where(deep, DEEP * ink, ink))
    # Paths do not cross one another, so this also says how much ink lies between two of them.
    before = np.pad(ink.cumsum(1), ((0, 0), (1, 0)))
    left = before[np.arange(len(ink))[:, None], paths].sum(0)
    least = line * min(LEAST_OF_STROKE * stroke_width(ink), LEAST_OF_SQUARE * line)
    chosen: list[int] = []
    taken = [0.0, float(ink.sum())]
    for column in np.argsort(costs, kind="stable"):
        if costs[column] > DEAREST * line:
            break
        place = float(left[column])
        if min(abs(place - other) for other in taken) > least:
            chosen.append(int(column))
            taken.append(place)
    return [(paths[:, column], float(costs[column])) for column in sorted(chosen)]


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
    totals = np.full((half, 2, width + 2), np.inf, costs.dtype)
    totals[0, :, 1:-1] = halves[0]
    for before, here, row in zip(totals, totals[1:], halves[1:], strict=False):
        nearest = np.minimum(before[:, :-2], before[:, 2:]) + ASIDE
        here[:, 1:-1] = np.minimum(before[:, 1:-1], nearest) + row
    straight, aside = totals[:-1, :, 1:-1], totals[:-1] + ASIDE
    left, right = aside[:, :, :-2], aside[:, :, 2:]
    steps = np.where(np.minimum(left, right) < straight, np.where(right < left, 1, -1), 0)
    paths = np.empty(halves.shape, int)
    paths[-1] = np.arange(width)
    sides = np.arange(2)[:, None]
    for row in range(half - 1, 0, -1):
        paths[row - 1] = paths[row] + steps[row - 1, sides, paths[row]]
    return np.concatenate([paths[odd:, 0], paths[::-1, 1]]), totals[-1, :, 1:-1].sum(0)
