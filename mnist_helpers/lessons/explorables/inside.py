"""The explorable of notebook 08: every layer of a network opens."""

import base64
import copy
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from mnist_helpers._support import to_array
from mnist_helpers.data import DigitDataset
from mnist_helpers.evaluate import predict
from mnist_helpers.inside import feature_maps, mosaic
from mnist_helpers.lessons.figures import BLUE, new_figure
from mnist_helpers.model import HEADS
from mnist_helpers.share import halve_weights, network_weights

from .showing import show_explorable


def open_layers(model: nn.Module, image: Tensor, label: int) -> None:
    """Show what each layer makes of a digit, or of a drawing; each value opens down to its sum.

    Args:
        model: a trained network such as `DigitCNN`. It may stay on its device.
        image: 28×28 pixels, uint8.
        label: the digit that it shows.

    Raises:
        ExportError: if the network has a layer that a page cannot compute.
    """
    weights = answering_weights(model)
    normalized = any(isinstance(one, nn.BatchNorm2d) for one in model.modules())
    data = {
        "image": base64.b64encode(to_array(image).tobytes()).decode("ascii"),
        "name": f"the {label}",
        "network": weights,
        "folded": normalized and all(one["kind"] != "scale" for one in weights["features"]),
    }
    show_explorable(
        "layers",
        "Every layer of the network, with its sums",
        data,
        _layers_figure(model, image, label),
        "Each value opens: choose one, and see what was added up. From there, go further down.",
        alt="From left to right: the digit; the maps of the first convolution, in which it can be "
        "recognised; those of the last, of a few pixels each; and ten bars, the probabilities.",
        height=1000,
    )


def answering_weights(model: nn.Module) -> dict[str, Any]:
    """A network for a page, in half precision, without the heads that give no answer."""
    alone = copy.deepcopy(model)
    for name in HEADS:
        if hasattr(alone, name):
            delattr(alone, name)
    return halve_weights(network_weights(alone, 0))


def _layers_figure(model: nn.Module, image: Tensor, label: int) -> Figure:
    """The digit, the maps of the first and the last convolution, and the probabilities."""
    found = feature_maps(model, image)
    digit = DigitDataset(image[None], torch.tensor([label]), "one digit")
    percent = 100 * predict(model, digit).probabilities[0]
    figure, axes = new_figure(9.5, 2.9, ncols=4, width_ratios=[2, 3, 3, 2.5])
    axes[0].imshow(to_array(image), cmap="gray_r")
    axes[0].set(title=f"a {label}")
    for axis, maps, name in zip(axes[1:], (found[0], found[-1]), ("first", "last"), strict=False):
        axis.imshow(mosaic(maps, columns=int(np.ceil(len(maps) ** 0.5))), cmap="viridis")
        axis.set(title=f"{name} convolution: {len(maps)} maps")
    for axis in axes[:3]:
        axis.set(xticks=[], yticks=[])
    axes[3].barh(range(10), percent, color=BLUE)
    axes[3].set(title="probabilities", xlabel="%", xlim=(0, 100), yticks=range(10))
    axes[3].invert_yaxis()
    return figure
