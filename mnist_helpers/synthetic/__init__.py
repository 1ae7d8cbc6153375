"""Digits, and things that are not digits, made by a program.

Begin with `draw_strokes`.
"""

from mnist_helpers.synthetic.backgrounds import BACKGROUNDS, paste_digits
from mnist_helpers.synthetic.hard_drawings import HARD_KINDS, hard_drawings, own_drawings
from mnist_helpers.synthetic.letters import FONTS, FONTS_HELD_OUT
from mnist_helpers.synthetic.non_digits import (
    HELD_OUT,
    LEARNED,
    PAPERS,
    draw_non_digits,
    draw_text,
    frame_all,
    frame_non_digits,
)
from mnist_helpers.synthetic.strokes import draw_strokes, draw_style

__all__ = [
    "BACKGROUNDS",
    "FONTS",
    "FONTS_HELD_OUT",
    "HARD_KINDS",
    "HELD_OUT",
    "LEARNED",
    "PAPERS",
    "draw_non_digits",
    "draw_strokes",
    "draw_style",
    "draw_text",
    "frame_all",
    "frame_non_digits",
    "hard_drawings",
    "own_drawings",
    "paste_digits",
]
