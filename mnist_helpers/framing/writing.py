"""Finding all the writing in a picture: the digits of a number stand side by side."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from mnist_helpers.framing.cutting import find_cuts
from mnist_helpers.framing.finding import WORK_SIDE, Look, around, inside, is_plausible, look_at
from mnist_helpers.framing.ink import bounds, widen
from mnist_helpers.framing.line import LEAN, TALL, Shape, find_frames, missed_digits, rests_of_lines
from mnist_helpers.framing.parts import Box
from mnist_helpers.framing.squares import Framed, crop_ink, frame_ink

# A line that is lower than this many pixels gets a closer look, if the picture has more of them.
CLOSER_HEIGHT = 40
# No look at a line is longer, in pixels.
LONGEST_SIDE = 480
# A part with less ink than this fraction of the largest part's is a speck.
SPECK = 0.02
# Where there are printed lines, a closer look has at least this many of the picture's rows, because
# they are not found in fewer.
ROWS_WITH_LINES = 48
# In a coarser attempt, the sides of the picture have this fraction of their pixels.
COARSER = 0.75


@dataclass(frozen=True, eq=False)
class Piece:
    """A connected part of the writing, or what is left of one between two cuts."""

    part: int  # which part it belongs to
    rows: slice  # where it is in the look
    columns: slice
    cut: float  # what the cut to its left costs, in heights of the line; 0 if there is none


@dataclass(frozen=True, eq=False)
class Writing:
    """The writing in a picture, in pieces: from left to right, and a part's pieces together."""

    look: Look
    labels: np.ndarray  # int, (h, w): 0 = no writing, 1 + the index of the piece, -1 = a frame
    pieces: tuple[Piece, ...]
    height: int  # of the line, in pixels of the look

    def extent(self, first: int, end: int) -> tuple[slice, slice]:
        """The rows and columns of the pieces from ``first`` to before ``end``."""
        some = self.pieces[first:end]
        return (
            slice(min(one.rows.start for one in some), max(one.rows.stop for one in some)),
            slice(min(one.columns.start for one in some), max(one.columns.stop for one in some)),
        )

    def width_of(self, first: int, end: int) -> float:
        """How wide these pieces are together, in heights of the line."""
        columns = self.extent(first, end)[1]
        return (columns.stop - columns.start) / self.height

    def height_of(self, first: int, end: int) -> float:
        """How high these pieces are together, in heights of the line."""
        rows = self.extent(first, end)[0]
        return (rows.stop - rows.start) / self.height

    def box(self, first: int, end: int) -> Box:
        """Where these pieces are, in the picture's own pixels."""
        return self.look.enlarged(*self.extent(first, end))

    def frame(self, first: int, end: int) -> Framed:
        """Frame these pieces as one digit."""
        rows, columns = self.extent(first, end)
        # The soft edge of a stroke is fainter than the thresholds.
        rows = slice(max(0, rows.start - 1), rows.stop + 1)
        columns = slice(max(0, columns.start - 1), columns.stop + 1)
        labels, amount = self.labels[rows, columns], self.look.ink.amount[rows, columns]
        chosen = (labels > first) & (labels <= end)
        soft = widen(chosen) & (chosen | (labels == 0))
        return frame_ink(crop_ink(amount, soft, self.look.ink.noise))

    def cut(self, parts: Collection[int]) -> "Writing":
        """The same writing with some of its parts cut wherever two digits may touch.

        So far, each part must be one piece.
        """
        ink, shapes = self.look.ink.amount, []
        for number, piece in enumerate(self.pieces):
            shape = self.labels[piece.rows, piece.columns] == number + 1
            inked = ink[piece.rows, piece.columns] * shape
            cuts = find_cuts(inked, self.height) if number in parts else []
            shapes.append((piece.rows, piece.columns, shape, cuts))
        return _arrange(self.look, shapes, self.height, self.labels < 0)


def find_writings(image: Image.Image, first: Look | None = None) -> Iterator[Writing]:
    """Find all the writing in a picture of mode L, LA, RGB or RGBA; nothing if there is none.

    The best comes first, and after it what the writing may be if that cannot be read: a closer look
    may have lost a digit, or taken for one what is left of a frame; and the first look, or a still
    coarser one, may have told a frame or the sheet of paper better, or the digits from one another.
    In the last attempt, lines as thick as the pen are taken for printed ones.

    ``first`` is the first of the looks at the picture, if it was looked at before: `find_looks`.
    """
    box = (0, 0, *image.size)
    if first is None or (first.scale > 1 and _side(box) != WORK_SIDE):
        yield from _look_closer(image, look_at(image, box, _side(box)))
    if first is not None:
        yield from _look_closer(image, first)
    coarser = round(COARSER * min(_side(box), max(image.size)))
    yield from _look_closer(image, look_at(image, box, coarser))
    bold = look_at(image, box, _side(box), thick=True)
    if bold is not None and bold.lines:
        yield from _look_closer(image, bold)


def _look_closer(image: Image.Image, look: Look | None) -> list[Writing]:
    """The writing in a look at the whole picture, and in closer ones; that in the closest first."""
    writings: list[Writing] = []
    for _ in range(5):
        if look is None or look.parts.only_specks or (writings and not is_plausible(look)):
            break
        closer = inside(look)
        if closer is None:
            found = find_parts(look, image.size)
            if found is not None:
                writings.insert(0, found)
            if found is None or found.height >= CLOSER_HEIGHT:
                break
            margin = 0.4 * found.height
            if look.lines:
                rows = found.extent(0, len(found.pieces))[0]
                margin = max(margin, (ROWS_WITH_LINES / look.scale - (rows.stop - rows.start)) / 2)
            # The frame around a single digit stays in sight, because `predict` may have read it.
            shown = found.labels != 0 if len(found.pieces) == 1 else found.labels > 0
            closer = around(look, shown, margin)
        if closer is None or closer == look.box:
            break
        # There is paper around the writing, and so what runs through all of it is printed.
        thick = look.lines and look.framed is None
        look = look_at(image, closer, _side(closer), look.sheet, thick=thick)
    return writings


def _side(box: Box) -> int:
    """The longer side of a look that has about as many pixels as one at a square."""
    width, height = box[2] - box[0], box[3] - box[1]
    aspect = max(width, height) / max(1, min(width, height))
    return min(LONGEST_SIDE, round(WORK_SIDE * math.sqrt(aspect)))


def find_parts(look: Look, size: tuple[int, int]) -> Writing | None:
    """The connected parts of the ink, without specks, frames, and what lies along the border.

    ``size`` is the width and height of the whole picture.
    """
    labels, boxes, mass = look.parts.labels, look.parts.boxes, look.parts.mass
    frames = find_frames(look)
    inner = ~look.parts.at_border & ~frames
    known = inner if inner.any() else ~frames  # all digits of a tight picture may reach its border
    if not known.any():
        return None
    if look.lines:
        known &= ~rests_of_lines(look, known)
        inner &= known
    most = mass[known].max()
    heights = np.array([rows.stop - rows.start for rows, _ in boxes])
    height = int(np.quantile(heights[known & (mass >= 0.25 * most)], 0.7, method="higher"))
    widths = np.array([columns.stop - columns.start for _, columns in boxes])
    # A digit may reach the picture's border. So does a shadow, but a canvas has none.
    digits = (heights >= TALL * height) & (np.maximum(heights, widths) <= 1.5 * height)
    digits &= (look.ink.noise < 0.01) | (widths >= LEAN * heights)
    digits &= ~frames & ~_are_cut_off(look, size)
    if not inner.any() and np.count_nonzero(digits) < 2:
        return None
    kept = np.flatnonzero((inner | digits) & (mass >= max(2, SPECK * most)))
    shapes: list[Shape] = [
        (*boxes[number], labels[boxes[number]] == number + 1, []) for number in kept
    ]
    if not shapes:
        return None
    inked = np.isin(labels, 1 + kept)
    line = [boxes[number] for number in kept if heights[number] >= TALL * height]
    look, missed = missed_digits(look, inked, line, height)
    shapes += missed
    shapes.sort(key=lambda shape: _middle(look.ink.amount, *shape[:3]))
    return _arrange(look, shapes, height, np.isin(labels, 1 + np.flatnonzero(frames)))


def _are_cut_off(look: Look, size: tuple[int, int]) -> np.ndarray:
    """Which parts reach a border of the look that is not one of the picture: bool, ``(n,)``."""
    (left, top, right, bottom), (height, width) = look.box, look.ink.amount.shape
    cut = [
        (left > 0 and columns.start == 0)
        or (top > 0 and rows.start == 0)
        or (right < size[0] and columns.stop == width)
        or (bottom < size[1] and rows.stop == height)
        for rows, columns in look.parts.boxes
    ]
    return np.array(cut)


def _middle(amount: np.ndarray, rows: slice, columns: slice, shape: np.ndarray) -> float:
    """The column of a part's centre of mass."""
    ink = (amount[rows, columns] * shape).sum(0)
    return columns.start + float(ink @ np.arange(len(ink)) / ink.sum())


def _arrange(look: Look, shapes: list[Shape], height: int, frames: np.ndarray) -> Writing:
    """Put parts, which come from left to right, and what is left of them between cuts in order."""
    labels = np.where(frames, -1, 0)
    pieces: list[Piece] = []
    for part, (rows, columns, shape, cuts) in enumerate(shapes):
        section = np.zeros(shape.shape, int)
        for path, _ in cuts:
            section += np.arange(shape.shape[1]) >= path[:, None]
        for number in range(len(cuts) + 1):
            piece = shape & (section == number)
            if not piece.any():
                continue
            labels[rows, columns][piece] = len(pieces) + 1
            down, right = bounds(piece)
            down = slice(rows.start + down.start, rows.start + down.stop)
            right = slice(columns.start + right.start, columns.start + right.stop)
            cut = cuts[number - 1][1] / height if number else 0.0
            pieces.append(Piece(part, down, right, cut))
    return Writing(look, labels, tuple(pieces), height)
