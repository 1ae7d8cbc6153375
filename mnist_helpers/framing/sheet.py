"""Where does the sheet of paper end? What lies beside it, a desk or a tablecloth, is no ink."""

import numpy as np
from scipy import ndimage

from mnist_helpers.framing.ink import SMALL_SIDE, shrink
from mnist_helpers.framing.parts import Box

# In the shrunken picture, a larger step than this from one pixel to the next, in grey levels, is an
# edge. Light that falls unevenly makes smaller steps.
EDGE = 12.0
# Even areas whose colours differ by less than this may be parts of the same sheet.
SAME_COLOUR = 30.0
# Even areas that are smaller than this part of the picture do not count, and a sheet is larger than
# the second part.
LEAST_AREA, LEAST_SHEET = 0.04, 0.15
# Where a sheet ends, its colour changes within few pixels; the light changes slowly where a shadow
# ends. One pixel makes at least this part of the whole change.
SHARP = 0.3
# The outline of a sheet is taken to have sides in these directions only, (right, down).
_ANGLES = np.arange(32) * (np.pi / 16)
_SIDES = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], 1)


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
    small = shrink(pixels)
    if min(small.shape[:2]) < 12:
        return None
    places = _places(box, small.shape)
    sheets = []
    groups = _even_areas(small)
    for area in groups:
        reach = (places[area] @ _SIDES.T).max(0)
        inside = _within(reach, places)
        others = [inside[other].mean() for other in groups if other is not area]
        if inside.mean() < 0.97 and max(others, default=0) < 0.2 and _has_ink(inside & ~area):
            sheets.append((area, reach, inside))
    if len(sheets) != 1:
        return None
    area, reach, inside = sheets[0]
    if not LEAST_SHEET * area.size < area.sum() > 0.45 * inside.sum():
        return None
    # The outermost pixels of an area count as edges.
    reach = reach + 0.75 * (box[2] - box[0]) / small.shape[1]
    return reach if _ends_sharply(pixels, on_sheet(reach, box, pixels.shape)) else None


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


def _within(reach: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Which places are within an outline, given by how far it reaches in each direction."""
    return (places @ _SIDES.T <= reach + 1e-6).all(2)


def _even_areas(small: np.ndarray) -> list[np.ndarray]:
    """The large areas without edges, bool, ``(h, w)``; those of about the same colour together."""
    labels, _ = ndimage.label(~_edges(small))
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    groups: list[np.ndarray] = []
    colours: list[np.ndarray] = []
    for label in np.argsort(-sizes, kind="stable"):
        if sizes[label] < LEAST_AREA * labels.size:
            break
        area = labels == label
        colour = small[area].mean(0)
        alike = [np.abs(colour - other).max() < SAME_COLOUR for other in colours]
        if any(alike):
            groups[alike.index(True)] |= area
        else:
            groups.append(area)
            colours.append(colour)
    return groups


def _ends_sharply(pixels: np.ndarray, sheet: np.ndarray) -> bool:
    """Whether the colour changes within few pixels where the sheet ends."""
    reach = 2 * round(max(sheet.shape) / SMALL_SIDE) + 1
    outer = ndimage.maximum_filter(sheet, 2 * reach + 1) & ~ndimage.maximum_filter(sheet, reach)
    band = ndimage.maximum_filter(sheet, 2 * reach + 1) & ~ndimage.minimum_filter(sheet, 3)
    if not outer.any():
        return False
    colour = np.median(pixels[sheet], 0)
    change = np.median(np.abs(pixels[outer] - colour).max(1))
    step = np.zeros(sheet.shape, np.float32)
    step[1:] = np.abs(np.diff(pixels, axis=0)).max(2)
    step[:, 1:] = np.maximum(step[:, 1:], np.abs(np.diff(pixels, axis=1)).max(2))
    return bool(change >= SAME_COLOUR and np.quantile(step[band], 0.93) >= SHARP * change)


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


def _has_ink(rest: np.ndarray) -> bool:
    """Whether there is ink among the pixels within an outline that are not paper, ``(h, w)``."""
    # An edge is two pixels wide; the steps of a slanted outline are narrower.
    labels, count = ndimage.label(ndimage.binary_opening(rest, np.ones((2, 2))))
    return bool(count and np.bincount(labels.ravel())[1:].max() >= 8)
