"""Notebook 06: turn any picture into the 28×28 square that MNIST would have made of it.

Begin with `frame`; `squares` is the file to read first.
"""

from mnist_helpers.framing.cutting import find_cuts
from mnist_helpers.framing.finding import Look, find_digit, find_looks
from mnist_helpers.framing.measuring import PictureError
from mnist_helpers.framing.pictures import is_picture, open_picture, picture_endings
from mnist_helpers.framing.squares import (
    Framed,
    centre,
    crop_ink,
    cut_out,
    frame,
    frame_ink,
    frame_look,
    thicken,
)
from mnist_helpers.framing.writing import Writing, find_parts, find_writings

__all__ = [
    "Framed",
    "Look",
    "PictureError",
    "Writing",
    "centre",
    "crop_ink",
    "cut_out",
    "find_cuts",
    "find_digit",
    "find_looks",
    "find_parts",
    "find_writings",
    "frame",
    "frame_ink",
    "frame_look",
    "is_picture",
    "open_picture",
    "picture_endings",
    "thicken",
]
