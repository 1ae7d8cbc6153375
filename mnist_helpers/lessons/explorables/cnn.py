"""The explorables of notebook 02: a filter on a digit, and digits that are moved."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor, nn

from mnist_helpers._support import to_array
from mnist_helpers.data import DigitDataset
from mnist_helpers.evaluate import predict
from mnist_helpers.lessons.drawings import sliding_filter
from mnist_helpers.lessons.figures import BLUE, ORANGE, new_figure
from mnist_helpers.share import halve_weights, network_weights

from .showing import show_explorable

LOOKED_AT = 500  # images, among which the digits to move are
FIRST = 4  # of the digits, which the page and the still picture begin with
STILL_SHIFT = (4, 2)  # pixels to the right and up, in the still picture


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


def move_digits(networks: Mapping[str, nn.Module], dataset: DigitDataset) -> None:
    """Show digits, and a drawing, that can be moved over the paper, and what networks say.

    Args:
        networks: two trained networks under their names, such as "CNN". They may stay on their
            device.
        dataset: the first digit of each kind is taken that all networks read rightly in the middle.

    Raises:
        ExportError: if a network has a layer that a page cannot compute.
        ValueError: if they read no digit rightly.
    """
    some = dataset.subset(slice(0, LOOKED_AT))
    right = np.all([predict(one, some).correct for one in networks.values()], axis=0)
    firsts = [np.flatnonzero(right & (some.labels.numpy() == digit))[:1] for digit in range(10)]
    chosen = some.subset(np.concatenate(firsts).tolist())
    if not len(chosen):
        raise ValueError("The networks read no digit rightly.")
    pixels = base64.b64encode(zlib.compress(to_array(chosen.images).tobytes(), 9)).decode("ascii")
    weights = {name: halve_weights(network_weights(one, 0)) for name, one in networks.items()}
    show_explorable(
        "move",
        "A digit that is moved over the paper",
        {"labels": chosen.labels.tolist(), "pixels": pixels, "first": FIRST, "networks": weights},
        _moved_figure(networks, chosen.subset([min(FIRST, len(chosen) - 1)])),
        "Validation digits that both networks read rightly while they are in the middle. Drag one.",
        height=620,
    )


def _moved_figure(networks: Mapping[str, nn.Module], digit: DigitDataset) -> Figure:
    """A digit in the middle and moved, and below, what the networks say."""
    rows, columns = (digit.images[0].amax(axis).nonzero() for axis in (1, 0))
    right = min(STILL_SHIFT[0], 27 - int(columns.max()))
    up = min(STILL_SHIFT[1], int(rows.min()))
    figure, axes = new_figure(7, 4, nrows=2, ncols=2, height_ratios=[3, 2])
    moved = {
        f"a {int(digit.labels)} in the middle": digit,
        f"moved: {right} right, {up} up": replace(
            digit, images=digit.images.roll((right, -up), dims=(2, 1))
        ),
    }
    for column, (title, one) in zip(axes.T, moved.items(), strict=True):
        column[0].imshow(to_array(one.images[0]), cmap="gray_r")
        column[0].set(title=title, xticks=[], yticks=[])
        for place, (name, network) in enumerate(networks.items()):
            parts = 100 * predict(network, one).probabilities[0]
            where = np.arange(10) + 0.4 * place - 0.2
            column[1].bar(where, parts, width=0.4, color=(BLUE, ORANGE)[place], label=name)
        column[1].set(xlabel="digit", xticks=range(10), ylim=(0, 100))
    axes[1, 0].set_ylabel("probability in %")
    axes[1, 0].legend()
    return figure
