"""Where does the sheet of paper end? What lies beside it, a desk or a tablecloth, is no ink."""

import math

import numpy as np
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError

from mnist_helpers.framing.ink import quantile, shrink, widen
from mnist_helpers.framing.parts import Box

# A square picture is shrunk to this many pixels along each side. A wide one keeps as many pixels in
# all, because a sheet with a number on it is often low.
FINE_SIDE = 64
# In the shrunken picture, a larger step than this from one pixel to the next, in grey levels, is an
# edge. Light that falls unevenly makes smaller steps.
EDGE = 12.0
# Even areas whose colours differ by less than this may be parts of the same sheet.
SAME_COLOUR = 30.0
# Even areas that are smaller than this part of the picture do not count; a sheet is larger than the
# second part, and smaller than the third: less may lie beyond a printed line or a frame.
LEAST_AREA, LEAST_SHEET, MOST_SHEET = 0.04, 0.1, 0.85
# A digit may cut off a corner of the sheet. It fills at least this part of the picture, and its
# colour differs from the sheet's by less than this.
LEAST_CORNER, CORNER_COLOUR = 0.003, 20.0
# Where a sheet ends, its colour changes within few pixels; the light changes slowly where a shadow
# ends. One pixel makes at least this part of the whole change.
SHARP = 0.3
# What lies beyond the edge of a sheet is compared with the sheet so many pixels away.
BEYOND = (3, 6, 9)


def find_sheet(pixels: np.ndarray, box: Box) -> np.ndarray | None:
    """Find the sheet of paper if something else lies beside it.

    The sheet is what has one colour, apart from the ink on it, and an outline that leaves out
    everything that has another colour and is as even. No other part of the picture is like that.

    Args:
        pixels: float32, ``(h, w, c)``, 0 to 255.
        box: where they are in the picture.

    Returns:
        The outline, for `on_sheet`; None if the paper fills the picture, or if it is not clear what
        the sheet is.
    """
    height, width = pixels.shape[:2]
    small = shrink(pixels, round(FINE_SIDE * math.sqrt(max(height, width) / min(height, width))))
    if min(small.shape[:2]) < 12:
        return None
    places = _places(box, small.shape)
    sheets = []
    groups = _even_areas(small)
    for area in groups:
        if area[[0, 0, -1, -1], [0, -1, 0, -1]].all():
            continue  # its outline is the picture
        outline = _outline(area, places)
        inside = _within(outline, places)
        others = [inside[other].mean() for other in groups if other is not area]
        if not LEAST_SHEET < inside.mean() < MOST_SHEET or max(others, default=0) >= 0.2:
            continue
        ink = _ink(inside & ~area)
        if ink.any() and area.sum() > 0.45 * inside.sum() and _differs_beyond(small, inside):
            sheets.append((area, outline, inside, ink))
    if len(sheets) != 1:
        return None
    area, outline, inside, ink = sheets[0]
    if _goes_on(small, area, inside, ink):
        return None
    # The outermost pixels of an area count as edges.
    outline[:, 2] -= 0.75 * (box[2] - box[0]) / small.shape[1]
    reach = round(width / small.shape[1])
    return outline if _ends_sharply(pixels, on_sheet(outline, box, pixels.shape), reach) else None


def on_sheet(outline: np.ndarray, box: Box, shape: tuple[int, ...]) -> np.ndarray:
    """Which pixels of the part of the picture in a box are on the sheet: bool, ``(h, w)``.

    The part may have been reduced: ``shape`` is ``(h, w, ...)``.
    """
    return _within(outline, _places(box, shape))


def _places(box: Box, shape: tuple[int, ...]) -> np.ndarray:
    """Where the middle of each pixel is in the picture, ``(h, w, 2)``: right, down."""
    left, top, right, bottom = box
    x = left + (np.arange(shape[1]) + 0.5) * ((right - left) / shape[1])
    y = top + (np.arange(shape[0]) + 0.5) * ((bottom - top) / shape[0])
    return np.stack(np.meshgrid(x, y), 2)


def _outline(area: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The convex hull of an area: for each side the normal, (right, down), and minus its reach."""
    try:
        return ConvexHull(places[area]).equations
    except QhullError:  # the area is a line
        return np.array([[0.0, 0.0, 1.0]])


def _within(outline: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Which places are within an outline."""
    return (places @ outline[:, :2].T <= 1e-6 - outline[:, 2]).all(2)


def _even_areas(small: np.ndarray) -> list[np.ndarray]:
    """The large areas without edges, bool, ``(h, w)``, and small ones of about the same colour."""
    labels, _ = ndimage.label(~_edges(small))
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    groups: list[np.ndarray] = []
    colours: list[np.ndarray] = []
    for label in np.argsort(-sizes, kind="stable"):
        if sizes[label] < LEAST_CORNER * labels.size:
            break
        large = sizes[label] >= LEAST_AREA * labels.size
        area = labels == label
        colour = small[area].mean(0)
        least = SAME_COLOUR if large else CORNER_COLOUR
        alike = [np.abs(colour - other).max() < least for other in colours]
        if any(alike):
            groups[alike.index(True)] |= area
        elif large:
            groups.append(area)
            colours.append(colour)
    return groups


def _differs_beyond(small: np.ndarray, inside: np.ndarray) -> bool:
    """Whether there is another colour beyond the outline, and not the same beyond a line."""
    changes = []
    for shift in BEYOND:
        found = []
        for there, here in ((small, inside), (small.swapaxes(0, 1), inside.T)):
            crossed = here[shift:] != here[:-shift]
            found.append(np.abs(there[shift:] - there[:-shift]).max(2)[crossed])
        change = np.concatenate(found)
        if len(change):
            changes.append(np.median(change))
    sides = (inside[0], inside[-1], inside[:, 0], inside[:, -1])
    return min(changes, default=0) >= SAME_COLOUR and min(side.mean() for side in sides) < 0.3


def _ends_sharply(pixels: np.ndarray, sheet: np.ndarray, reach: int) -> bool:
    """Whether the colour changes within few pixels where the sheet ends, give or take ``reach``."""
    around = widen(sheet, reach=2 * reach + 1)
    outer = around & ~widen(sheet, reach=reach)
    if not outer.any():
        return False
    colour = np.median(pixels[sheet], 0)
    change = np.median(np.abs(pixels[outer] - colour).max(1))
    step = np.zeros(sheet.shape, np.float32)
    step[1:] = np.abs(np.diff(pixels, axis=0)).max(2)
    step[:, 1:] = np.maximum(step[:, 1:], np.abs(np.diff(pixels, axis=1)).max(2))
    return bool(quantile(step[around & ~widen(sheet, np.minimum)], 0.93) >= SHARP * change)


def _edges(small: np.ndarray) -> np.ndarray:
    """Which pixels, ``(h, w)``, are on one side of an edge."""
    edges = np.zeros(small.shape[:2], bool)
    down = np.abs(np.diff(small, axis=0)).max(2) > EDGE
    right = np.abs(np.diff(small, axis=1)).max(2) > EDGE
    edges[:-1] |= down
    edges[1:] |= down
    edges[:, :-1] |= right
    edges[:, 1:] |= right
    return edges


def _ink(rest: np.ndarray) -> np.ndarray:
    """Which of the pixels within an outline that are not paper are ink."""
    # An edge is two pixels wide; the steps of a slanted outline are narrower.
    labels, _ = ndimage.label(ndimage.binary_opening(rest, np.ones((2, 2))))
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return (sizes > 7).take(labels)  # less is no ink


def _goes_on(small: np.ndarray, area: np.ndarray, inside: np.ndarray, ink: np.ndarray) -> bool:
    """Whether some of the ink seems to go on beyond the outline, without paper in between."""
    from_paper = np.abs(small - small[area].mean(0)).max(2)
    core = ink & (from_paper >= quantile(from_paper[ink], 0.7))
    from_ink = np.abs(small - small[core].mean(0)).max(2)
    # Where a sheet ends close to the ink, there are mixtures of its colour and the table's.
    labels, _ = ndimage.label(from_ink < 0.5 * from_paper, np.ones((3, 3)))
    beyond = ~widen(inside) & (from_ink < SAME_COLOUR)
    return bool(np.intersect1d(labels[ink], labels[beyond]).any())
