"""Digits, and things that are no digits, drawn by a program.

Begin with `draw_strokes`.
"""

from mnist_helpers.synthetic.backgrounds import BACKGROUNDS, paste_digits
from mnist_helpers.synthetic.hard_drawings import (
    HARD_KINDS,
    Count,
    HardDrawing,
    HardDrawings,
    hard_drawings,
)
from mnist_helpers.synthetic.letters import FONTS
from mnist_helpers.synthetic.non_digits import (
    HELD_OUT,
    LEARNED,
    NON_DIGITS,
    PAPERS,
    draw_not_digits,
    draw_text,
    frame_all,
    frame_not_digits,
)
from mnist_helpers.synthetic.strokes import draw_shapes, draw_strokes, draw_style

__all__ = [
    "BACKGROUNDS",
    "FONTS",
    "HARD_KINDS",
    "HELD_OUT",
    "LEARNED",
    "NON_DIGITS",
    "PAPERS",
    "Count",
    "HardDrawing",
    "HardDrawings",
    "draw_not_digits",
    "draw_shapes",
    "draw_strokes",
    "draw_style",
    "draw_text",
    "frame_all",
    "frame_not_digits",
    "hard_drawings",
    "paste_digits",
]
