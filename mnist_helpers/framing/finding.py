"""Finding the digit in a picture: look at the whole, then look closer where the digit is."""

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image
from scipy import ndimage

from mnist_helpers.framing.frames import without_frame
from mnist_helpers.framing.ink import (
    WIDEST_STROKE,
    Ink,
    bounds,
    edge_level,
    find_ink,
    stroke_width,
    transparent_ink,
)
from mnist_helpers.framing.parts import (
    Box,
    Parts,
    connect_faint,
    even_out,
    inside_board,
    inside_border,
    sort_parts,
    touches_border,
)
from mnist_helpers.framing.pictures import scaled_size
from mnist_helpers.framing.printed_lines import without_printed_lines
from mnist_helpers.framing.sheet import find_sheet, on_sheet

# Each look is at a picture reduced to a longer side of at most the first number of pixels. A digit
# that is then smaller than the second number gets a closer look.
WORK_SIDE, CLOSER_SIDE = 160, 64


@dataclass(frozen=True, eq=False)
class Look:
    """What was found in a picture or a part of it."""

    box: Box  # which part, in the picture's own pixels
    pixels: np.ndarray  # that part, uint8, (h, w, 3), reduced if it is large
    ink: Ink
    mask: np.ndarray  # bool, (h, w): which of its pixels are ink, the faint ones, too
    parts: Parts
    lines: bool  # whether printed lines or a frame were taken out
    framed: Box | None  # in ``pixels``: where to look again, if there was a frame
    transparent: bool  # whether the ink is in the alpha channel alone
    sheet: np.ndarray | None  # the outline of the paper, if something else lies beside it

    @property
    def scale(self) -> float:
        """How many of the picture's pixels are one of the look's, along each side."""
        return (self.box[2] - self.box[0]) / self.ink.amount.shape[1]

    def enlarged(self, rows: slice, columns: slice) -> Box:
        """Where some of the look's pixels are in the picture."""
        across, down = self.scale, (self.box[3] - self.box[1]) / self.ink.amount.shape[0]
        return (
            self.box[0] + round(columns.start * across),
            self.box[1] + round(rows.start * down),
            self.box[0] + round(columns.stop * across),
            self.box[1] + round(rows.stop * down),
        )


def find_digit(image: Image.Image) -> Look | None:
    """Find the digit in a picture of mode L, LA, RGB or RGBA.

    Returns the last look of up to five, or None if nothing stands out from the paper.
    """
    looks = find_looks(image)
    return looks[-1] if looks else None


def find_looks(image: Image.Image) -> list[Look]:
    """All looks, from the one at the whole picture to the closest one at the digit."""
    look = look_at(image, (0, 0, *image.size))
    looks = [] if look is None else [look]
    while look is not None and not look.parts.only_specks and len(looks) < 5:
        box = _next_box(look)
        look = None if box is None else look_at(image, box, sheet=look.sheet)
        if look is None or not is_plausible(look):
            break
        looks.append(look)
    return looks


def _next_box(look: Look) -> Box | None:
    """Where to look again: inside a border, inside a board, or closer to a small digit."""
    box = inside(look)
    if box is not None:
        return box
    rows, columns = bounds(look.parts.digit)
    size = max(rows.stop - rows.start, columns.stop - columns.start)
    return None if size >= CLOSER_SIDE else around(look, look.parts.digit, 0.4 * size)


def inside(look: Look) -> Box | None:
    """The box inside a printed border or a board, in the picture's pixels, if there is one."""
    mask, parts = look.ink.amount >= 0.5, look.parts
    if look.transparent or look.framed is not None:
        return None
    box = inside_border(mask, parts.border & ~parts.digit) or inside_board(mask & parts.digit)
    return None if box is None else _enlarged(box, look.scale, look.box)


def around(look: Look, mask: np.ndarray, margin: float) -> Box | None:
    """The box around some ink of a look that was reduced, in the picture's pixels.

    ``mask`` is bool, ``(h, w)``, and the margin is in pixels of the look. If there was a frame, the
    box is what it frames. The answer is None if there is hardly more to see in the box.
    """
    if look.scale <= 1:
        return None
    if look.framed is not None:
        box = _enlarged(look.framed, look.scale, look.box)
        return box if _area(box) < 0.8 * _area(look.box) else None
    rows, columns = bounds(mask)
    box = (columns.start - margin, rows.start - margin, columns.stop + margin, rows.stop + margin)
    return _enlarged(box, look.scale, look.box)


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _enlarged(box: tuple[float, ...], scale: float, outer: Box) -> Box:
    """Turn a box in the reduced part into one in the picture's own pixels."""
    left, top, right, bottom = (
        start + round(side * scale) for start, side in zip(outer[:2] * 2, box, strict=True)
    )
    return max(outer[0], left), max(outer[1], top), min(outer[2], right), min(outer[3], bottom)


def is_plausible(look: Look) -> bool:
    """Whether the digit has neither next to no ink nor hardly any paper around it."""
    return bool(0.002 < look.parts.digit.mean() < 0.7)


def look_at(
    image: Image.Image,
    box: Box,
    side: int = WORK_SIDE,
    sheet: np.ndarray | None = None,
    *,
    thick: bool = False,
) -> Look | None:
    """Look at a part of a picture: find its ink, and which of the ink is the digit.

    The part is reduced to a longer side of at most ``side`` pixels. ``sheet`` is the outline of the
    sheet of paper, if there is one in the whole picture. Printed lines may be as ``thick`` as the
    pen.
    """
    if min(box[2] - box[0], box[3] - box[1]) < 1:
        return None
    shown, pixels, alpha = _arrays(image if box == (0, 0, *image.size) else image.crop(box), side)
    opaque = None
    if alpha is not None and np.ptp(alpha) > 32:
        opaque = alpha > 0.5 * alpha.max()
        if _is_drawing_on_nothing(pixels, opaque):
            return _sorted(box, _on_grey(shown, alpha), transparent_ink(alpha), transparent=True)
    if opaque is None:
        if box == (0, 0, *image.size):
            sheet = find_sheet(pixels, box)
        if sheet is not None:
            opaque = on_sheet(sheet, box, pixels.shape)
    ink = find_ink(pixels, opaque)
    if opaque is None and (ink is None or not ink.flat):
        look = _sorted(box, shown, _ink_with_margin(pixels))
        if look is not None:
            return look
    look = _sorted(box, shown, ink, sheet, thick=thick)
    narrow = None if look is None else _width_of_shadow(look)
    if narrow is None:
        return look
    # Some of the ink seems to be a shadow.
    shaded = _sorted(box, shown, find_ink(pixels, opaque, widest=narrow), sheet, thick=thick)
    return shaded if shaded is not None and is_plausible(shaded) else look


def _arrays(part: Image.Image, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Reduce a picture: as uint8 RGB to show, as float32 to compute with, and its alpha channel."""
    if max(part.size) > side:
        size = scaled_size(part.size, side)
        part = part.resize(size, Image.Resampling.BOX, reducing_gap=1.0)
    bands = np.atleast_3d(np.asarray(part))
    colours = 1 if part.mode in ("L", "LA") else 3
    shown = np.broadcast_to(bands[:, :, :colours], (*bands.shape[:2], 3))
    if colours == 3 and (bands[:, :, :2] == bands[:, :, 1:3]).all():
        colours = 1  # grey after all: a third of the work
    alpha = bands[:, :, -1].astype(np.float32) if part.mode in ("LA", "RGBA") else None
    return shown, bands[:, :, :colours].astype(np.float32), alpha


def _is_drawing_on_nothing(pixels: np.ndarray, opaque: np.ndarray) -> bool:
    """Whether the opaque pixels are the ink, rather than a picture with a transparent margin."""
    colours = pixels[opaque]
    varied = (np.abs(colours - np.median(colours, 0)).max(1) > 40).mean()
    filled = opaque[bounds(opaque)].mean()
    return bool(filled < 0.5 or varied < (0.02 if filled < 0.9 else 0.001))


def _on_grey(shown: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The drawing on a grey that differs from its ink, to be shown."""
    share = alpha[:, :, None] / 255
    ground = 230 if (shown * share).sum() < 128 * 3 * share.sum() else 60
    return np.rint(shown * share + ground * (1 - share)).astype(np.uint8)


def _sorted(
    box: Box,
    shown: np.ndarray,
    ink: Ink | None,
    sheet: np.ndarray | None = None,
    *,
    transparent: bool = False,
    thick: bool = False,
) -> Look | None:
    """Take out lines and frames, and find the digit in the rest; None if no ink is left."""
    if ink is None:
        return None
    mask, lines, framed = connect_faint(ink.amount, ink.noise), False, None
    # A frame may be double. What reaches the border may be printed lines, or a frame that it cuts.
    for step in ("whole", "lines", "any", "any"):
        if step == "any" and not lines and not touches_border(mask):
            break
        if step != "lines":
            found = without_frame(ink.amount, mask, whole=step == "whole")
            clean = None if found is None else found.amount
        else:
            found = None
            clean = None if lines or transparent else without_printed_lines(ink.amount, thick=thick)
        edge = None if clean is None else edge_level(255 * clean)[0]
        if clean is not None and edge is not None:
            lines, framed = True, framed if found is None else found.closer
            ink = replace(ink, amount=(clean * (127.5 / edge)).clip(0, 1))
            mask = connect_faint(ink.amount, ink.noise)
    if not mask.any():
        return None
    # Faint lines of the paper are not found in tiny pictures, and may be left where some are.
    strokes = not lines and (ink.flat or min(ink.amount.shape) >= 40)
    if strokes:
        mask = connect_faint(ink.amount, ink.noise, strokes=True)
    parts = sort_parts(mask, ink.amount)
    if strokes:
        ink = replace(ink, amount=even_out(ink.amount, mask & ~parts.border))
    return Look(box, shown, ink, mask, parts, lines, framed, transparent, sheet)


def _ink_with_margin(pixels: np.ndarray) -> Ink | None:
    """The ink of a digit that touches the border, found by giving the picture a margin of paper.

    Near the border there can be more ink than paper, and then the ink looks like the paper or its
    shadow. This works on canvases and clean cuts, where much of the border has exactly one colour.
    For a photograph, whose paper has noise, the answer is None.
    """
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    colour = np.median(border, axis=0)
    distance = np.abs(border - colour).max(axis=1)
    if (distance < 1).mean() < 0.3 or distance.max() < 0.5 * np.ptp(pixels):
        return None
    height, width = pixels.shape[:2]
    margin = max(2, max(height, width) // 3)
    inside = (slice(margin, -margin), slice(margin, -margin))
    wide = np.tile(colour, (height + 2 * margin, width + 2 * margin, 1))
    wide[inside] = pixels
    ink = find_ink(wide)
    if ink is None or not ink.flat or without_printed_lines(ink.amount) is not None:
        return None
    return replace(ink, amount=ink.amount[inside], paper=ink.paper[inside])


def _width_of_shadow(look: Look) -> float | None:
    """The width beyond which ink is a shadow; None if there seems to be none.

    It is a fraction of the picture's shorter side. A shadow is clearly wider than the pen, and
    comes in from the border.
    """
    amount, border = look.ink.amount, look.parts.border
    if not border.any():
        return None
    pen = stroke_width(np.where(amount > 0.7, amount, 0))
    widest = 2 * ndimage.distance_transform_edt(border).max()
    if widest < 2.5 * pen and not (border & ~look.parts.digit).any():
        return None
    narrow = max(0.08, 3 * pen / min(amount.shape))
    if narrow >= WIDEST_STROKE and not look.ink.flat:
        return None  # `find_ink` has already looked for shadows as wide as that
    return min(narrow, WIDEST_STROKE)
