"""Finding the digit in a picture: look, then look again closer where it is."""

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image
from scipy import ndimage

from mnist_helpers.framing.cleaning import (
    Box,
    Parts,
    connect_faint,
    inside_board,
    inside_frame,
    sort_parts,
    without_printed_lines,
)
from mnist_helpers.framing.ink import WIDEST_STROKE, Ink, edge_level, find_ink, transparent_ink

# The picture is looked at in this size (longer side), and closer if the digit is smaller there.
_WORK, _CLOSER = 160, 64


@dataclass(frozen=True, eq=False)
class Look:
    """What was found in (a part of) a picture.

    Attributes:
        box: which part, in the picture's own pixels: left, top, right, bottom.
        pixels: that part as it was looked at, uint8 ``(h, w, 3)``, perhaps reduced.
        ink: how much ink is where in it.
        parts: which of the ink is the digit.
        lines: whether printed lines were taken out.
        transparent: whether the ink is in the alpha channel alone.
    """

    box: Box
    pixels: np.ndarray
    ink: Ink
    parts: Parts
    lines: bool
    transparent: bool


def find_digit(image: Image.Image) -> Look | None:
    """Find the digit in a picture of mode L, LA, RGB or RGBA.

    Returns:
        The last look at it, or None if nothing stands out from the paper.
    """
    look = _look(image, (0, 0, *image.size))
    for _ in range(4):
        if look is None or look.parts.only_specks or (box := _next_box(look)) is None:
            return look
        closer = _look(image, box)
        if closer is None or not _is_plausible(closer):
            return look
        look = closer
    return look


def _next_box(look: Look) -> Box | None:
    """Where to look again: inside a frame, inside a board, or closer to a small digit."""
    mask, parts = look.ink.amount >= 0.5, look.parts
    scale = (look.box[2] - look.box[0]) / mask.shape[1]
    if not look.transparent:
        box = inside_frame(mask, parts.border & ~parts.digit) or inside_board(mask & parts.digit)
        if box is not None:
            return _enlarged(box, scale, look.box)
    rows, columns = ndimage.find_objects(parts.digit.astype(np.uint8))[0]
    size = max(rows.stop - rows.start, columns.stop - columns.start)
    if scale <= 1 or size >= _CLOSER:
        return None
    margin = 0.4 * size
    box = (columns.start - margin, rows.start - margin, columns.stop + margin, rows.stop + margin)
    return _enlarged(box, scale, look.box)


def _enlarged(box: tuple[float, ...], scale: float, outer: Box) -> Box:
    """A box of the reduced part, in the picture's own pixels."""
    left, top, right, bottom = (round(side * scale) for side in box)
    return (
        max(outer[0], outer[0] + left),
        max(outer[1], outer[1] + top),
        min(outer[2], outer[0] + right),
        min(outer[3], outer[1] + bottom),
    )


def _is_plausible(look: Look) -> bool:
    return bool(0.002 < look.parts.digit.mean() < 0.7)


def _look(image: Image.Image, box: Box) -> Look | None:
    if min(box[2] - box[0], box[3] - box[1]) < 1:
        return None
    part = image if box == (0, 0, *image.size) else image.crop(box)
    factor = _WORK / max(part.size)
    if factor < 1:
        size = tuple(max(1, round(side * factor)) for side in part.size)
        part = part.resize(size, Image.Resampling.BOX, reducing_gap=1.0)
    bands = np.asarray(part)
    bands = bands[:, :, None] if bands.ndim == 2 else bands
    colours = 1 if part.mode in ("L", "LA") else 3
    shown = np.broadcast_to(bands[:, :, :colours], (*bands.shape[:2], 3))
    if colours == 3 and (bands[:, :, :2] == bands[:, :, 1:3]).all():
        colours = 1  # grey after all: a third of the work
    pixels = bands[:, :, :colours].astype(np.float32)
    alpha = bands[:, :, -1].astype(np.float32) if part.mode in ("LA", "RGBA") else None
    seen = None
    if alpha is not None and np.ptp(alpha) > 32:
        seen = alpha > 0.5 * alpha.max()
        if _is_drawing_on_nothing(pixels, seen):
            ink = transparent_ink(alpha)
            return None if ink is None else _sorted(box, _on_grey(shown, alpha), ink, True)
    ink = find_ink(pixels, seen)
    if seen is None and (ink is None or not ink.flat):
        clean = _with_margin(pixels)
        if clean is not None and (look := _sorted(box, shown, clean, False)) is not None:
            return look
    if ink is None:
        return None
    look = _sorted(box, shown, ink, False)
    narrow = _width_of_shadow(look)
    if narrow is not None:
        ink = find_ink(pixels, seen, widest=narrow)
        shaded = None if ink is None else _sorted(box, shown, ink, False)
        if shaded is not None and _is_plausible(shaded):
            return shaded
    return look


def _with_margin(pixels: np.ndarray) -> Ink | None:
    """The ink of a digit that touches the border, found by giving the picture a margin of paper.

    So close to the border, ink can be more than paper, and be taken for the paper or its shadow.
    It is for canvases and clean cuts only, where much of the border has exactly one colour: paper
    in a photograph has noise.

    Args:
        pixels: float32, shape ``(h, w, c)``, 0 to 255.

    Returns:
        The ink, of the picture without the margin; None if this is another kind of picture.
    """
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    colour = np.median(border, axis=0)
    distance = np.abs(border - colour).max(axis=1)
    if (distance < 1).mean() < 0.3 or distance.max() < 0.5 * np.ptp(pixels):
        return None
    margin = max(2, max(pixels.shape[:2]) // 3)
    room = ((margin, margin), (margin, margin))
    wide = np.stack(
        [
            np.pad(channel, room, constant_values=value)
            for channel, value in zip(np.moveaxis(pixels, 2, 0), colour, strict=True)
        ],
        axis=2,
    )
    ink = find_ink(wide)
    if ink is None or not ink.flat or without_printed_lines(ink.amount) is not None:
        return None
    inside = (slice(margin, -margin), slice(margin, -margin))
    return replace(ink, amount=ink.amount[inside], paper=ink.paper[inside])


def _width_of_shadow(look: Look) -> float | None:
    """How wide, as a part of the picture, a shadow is at least; None if there seems to be none.

    A shadow is clearly wider than the pen, and comes in from the border.
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
        return None  # that has been tried
    return min(narrow, WIDEST_STROKE)


def _sorted(box: Box, shown: np.ndarray, ink: Ink, transparent: bool) -> Look | None:
    clean = None if transparent else without_printed_lines(ink.amount)
    if clean is not None:
        edge, _ = edge_level(255 * clean)
        if edge is None:
            clean = None
        else:
            ink = replace(ink, amount=(clean * (127.5 / edge)).clip(0, 1))
    mask = connect_faint(ink.amount, ink.noise)
    if not mask.any():
        return None
    parts = sort_parts(mask, ink.amount)
    return Look(box, shown, ink, parts, clean is not None, transparent)


def _is_drawing_on_nothing(pixels: np.ndarray, opaque: np.ndarray) -> bool:
    """Whether the opaque pixels are the ink, or a whole picture with a transparent margin."""
    rows, columns = ndimage.find_objects(opaque.astype(np.uint8))[0]
    colours = pixels[opaque]
    varied = (np.abs(colours - np.median(colours, 0)).max(1) > 40).mean()
    filled = opaque[rows, columns].mean()
    return bool(filled < 0.5 or varied < (0.02 if filled < 0.9 else 0.001))


def _on_grey(shown: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The drawing before a grey that differs from its ink, to be shown."""
    share = alpha[:, :, None] / 255
    ground = 230 if (shown * share).sum() < 128 * 3 * share.sum() else 60
    return np.rint(shown * share + ground * (1 - share)).astype(np.uint8)


def stroke_width(amount: np.ndarray) -> float:
    """The mean width of the strokes in pixels: twice the area of the ink by its outline.

    A stroke of length l and width w has the area l · w and the outline 2 · l. The outline is the
    total variation, so that soft edges count as what they are, and thin lines come out right.
    """
    padded = np.pad(amount, 1)
    steps = np.hypot(np.diff(padded, axis=0)[:, :-1], np.diff(padded, axis=1)[:-1])
    return float(2 * padded.sum() / max(float(steps.sum()), 1e-6))
