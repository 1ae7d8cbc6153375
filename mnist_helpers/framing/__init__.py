"""Notebook 06: turn any picture into the 28×28 square that MNIST would have made of it.

Begin with `frame`; `squares` is the file to read first.
"""

from mnist_helpers.framing.finding import find_digit
from mnist_helpers.framing.measuring import PictureError
from mnist_helpers.framing.pictures import is_picture, open_picture, picture_endings
from mnist_helpers.framing.squares import Framed, centre, cut_out, frame, thicken

__all__ = [
    "Framed",
    "PictureError",
    "centre",
    "cut_out",
    "find_digit",
    "frame",
    "is_picture",
    "open_picture",
    "picture_endings",
    "thicken",
]
