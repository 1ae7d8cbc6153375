"""The explorables of notebook 02: a filter on a digit, and digits that are moved."""

import base64
from collections.abc import Mapping

import numpy as np
from torch import Tensor

from mnist_helpers._support import to_array
from mnist_helpers.lessons.drawings import sliding_filter

from .showing import show_explorable


def filter_on_digits(images: Mapping[str, Tensor], kernel: Tensor, row: int, column: int) -> None:
    """Show a filter that can be changed, and laid on any place of some digits or of a drawing.

    The still picture has its first four places on a piece of the first digit.

    Args:
        images: each digit under its name: 28×28 pixels from 0 (paper) to 1 (ink).
        kernel: the filter in the still picture, 3×3.
        row: of the pixel that the filter's upper left corner lies on at first, at most 23.
        column: of that pixel, 1 to 24.
    """
    first = to_array(next(iter(images.values())))
    close_up = (first[row : row + 5, column - 1 : column + 4] * 10).round() / 10
    show_explorable(
        "filter",
        "A filter on a digit",
        {"images": {name: _pixels(one) for name, one in images.items()}, "place": [column, row]},
        sliding_filter(close_up, kernel, frames=4),
        "At each place (orange), nine products are added up, and the sum is one number of the map.",
        alt="Four columns. In each, 5 by 5 pixels with a frame that is one pixel further to the "
        "right, and at last one row lower; the nine products; and the feature map, with one more "
        "number in it.",
        height=640,
    )


def _pixels(image: Tensor) -> str:
    """An image with values from 0 to 1 as 784 bytes, in Base64."""
    grey = np.rint(to_array(image) * 255).astype(np.uint8)
    return base64.b64encode(grey.tobytes()).decode("ascii")
