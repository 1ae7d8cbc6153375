"""The explorable of notebook 08: every layer of a network opens."""

import base64
import copy
from typing import Any

from matplotlib.figure import Figure
from torch import Tensor, nn

from mnist_helpers._support import to_array
from mnist_helpers.inside import mosaic
from mnist_helpers.lessons.figures import new_figure
from mnist_helpers.share import halve_weights, network_weights

from .showing import show_explorable


def open_layers(model: nn.Module, image: Tensor, label: int, maps: Tensor) -> None:
    """Show what each layer makes of a digit, or of a drawing; each value opens down to its sum.

    Args:
        model: a trained network such as `DigitCNN`. It may stay on its device.
        image: 28×28 pixels, uint8.
        label: the digit that it shows.
        maps: the feature maps of the last convolution, ``(channels, height, width)``: the still
            picture.

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
        _maps_figure(maps),
        "Each value opens: choose one, and see what was added up. From there, go further down.",
        alt="Many tiny maps of a few pixels; most are dark, and some have a bright pixel or two.",
        height=1000,
    )


def answering_weights(model: nn.Module) -> dict[str, Any]:
    """A network for a page, in half precision, without the detector, which gives no answer."""
    alone = copy.deepcopy(model)
    if hasattr(alone, "detector"):
        del alone.detector
    return halve_weights(network_weights(alone, 0))


def _maps_figure(maps: Tensor) -> Figure:
    """The maps of a layer side by side."""
    rows, columns = maps.shape[1:]
    figure, axis = new_figure(7.5, 3.8)
    axis.imshow(mosaic(maps, columns=16 if len(maps) > 32 else 8), cmap="viridis")
    axis.set(title=f"The last convolution: {len(maps)} maps of {rows} × {columns}")
    axis.set(xlabel="yellow: found, violet: not found", ylabel="one map per filter")
    axis.set(xticks=[], yticks=[])
    return figure
