"""The explorables of notebook 02: a filter on a digit, and digits that are moved."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from torch import Tensor, nn

from mnist_helpers._support import to_array
from mnist_helpers.data import DigitDataset
from mnist_helpers.evaluate import predict
from mnist_helpers.lessons.drawings import sliding_filter
from mnist_helpers.lessons.figures import GREEN, new_figure
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
    """A digit in the middle and moved, and where on the paper each network reads it rightly."""
    rows, columns = (digit.images[0].amax(axis).nonzero() for axis in (1, 0))
    down = range(-int(rows.min()), 28 - int(rows.max()))
    right = range(-int(columns.min()), 28 - int(columns.max()))
    figure, axes = new_figure(9.5, 3, ncols=2 + len(networks))
    shift = max(min(STILL_SHIFT[0], right[-1]), right[0]), max(-STILL_SHIFT[1], down[0])
    titles = "in the middle", f"moved: {shift[0]} right, {-shift[1]} up"
    for axis, title, by in zip(axes, titles, ((0, 0), shift), strict=False):
        axis.imshow(to_array(digit.images[0].roll(by, dims=(1, 0))), cmap="gray_r")
        axis.set(title=title, xticks=[], yticks=[])
    places = torch.cat([digit.images.roll((x, y), dims=(2, 1)) for y in down for x in right])
    everywhere = replace(digit, images=places, labels=digit.labels.repeat(len(places)))
    reach = right[0] - 0.5, right[-1] + 0.5, down[-1] + 0.5, down[0] - 0.5
    for axis, (name, network) in zip(axes[2:], networks.items(), strict=True):
        correct = predict(network, everywhere).correct.reshape(len(down), len(right))
        axis.imshow(correct, cmap=ListedColormap(["white", GREEN]), vmin=0, vmax=1, extent=reach)
        axis.set(title=f"{name}: right at {correct.sum()} of {correct.size}")
        axis.set(xlabel="pixels to the right", ylabel="pixels down")
        axis.locator_params(integer=True)
    return figure
