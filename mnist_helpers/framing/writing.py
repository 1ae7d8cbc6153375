"""Finding all the writing in a picture: the digits of a number stand side by side."""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from mnist_helpers.framing.finding import Look, look_at
from mnist_helpers.framing.parts import Box, connect_faint

_EIGHT = np.ones((3, 3), bool)
# A part with less ink than this fraction of the largest part's is a speck.
SPECK = 0.03


@dataclass(frozen=True, eq=False)
class Writing:
    """The writing in a picture, and its connected parts."""

    look: Look
    labels: np.ndarray  # int, (h, w): 0 = no writing, or the number of the part, from 1 on

    @property
    def count(self) -> int:
        """How many connected parts there are."""
        return int(self.labels.max())

    def box_of(self, mask: np.ndarray) -> Box:
        """Where some ink of the look is, bool, ``(h, w)``, in the picture's own pixels."""
        left, top, right, bottom = self.look.box
        scale = (right - left) / mask.shape[1], (bottom - top) / mask.shape[0]
        rows, columns = ndimage.find_objects(mask, 1)[0]
        return (
            left + round(columns.start * scale[0]),
            top + round(rows.start * scale[1]),
            left + round(columns.stop * scale[0]),
            top + round(rows.stop * scale[1]),
        )

    def cut_out(self, mask: np.ndarray) -> np.ndarray:
        """The ink of some of the writing alone: float32, 0 to 1, without paper around it.

        ``mask``, bool, ``(h, w)``, says which pixels are meant.
        """
        amount = self.look.ink.amount
        soft = ndimage.maximum_filter(mask, 3) & (mask | (self.labels == 0))
        amount = np.where(soft & (amount > min(max(0.04, 3 * self.look.ink.noise), 0.4)), amount, 0)
        return amount[ndimage.find_objects(amount > 0, 1)[0]]


def find_writing(image: Image.Image) -> Writing | None:
    """Find all the writing in a picture of mode L, LA, RGB or RGBA; None if there is none."""
    look = look_at(image, (0, 0, *image.size))
    if look is None or look.parts.only_specks:
        return None
    mask = connect_faint(look.ink.amount, look.ink.noise) & ~look.parts.border
    labels, count = ndimage.label(mask, _EIGHT)
    if not count:
        return None
    mass = ndimage.sum_labels(look.ink.amount, labels, np.arange(1, count + 1))
    kept = mass >= SPECK * mass.max()
    numbers = np.concatenate([[0], np.where(kept, kept.cumsum(), 0)])
    return Writing(look, numbers[labels])
