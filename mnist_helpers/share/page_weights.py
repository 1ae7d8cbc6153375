"""A network as JSON, for the page that reads digits without Python."""

import base64
from collections.abc import Iterable
from typing import Any

import numpy as np
from torch import nn

from mnist_helpers._support import MEAN, STD
from mnist_helpers.share.errors import ExportError

# Layers that do not change values once training is over.
_IDLE = (nn.Dropout, nn.Flatten)
# A layer: its kind and sizes, and its numbers, float64.
Layer = tuple[dict[str, Any], list[np.ndarray]]


def network_weights(model: nn.Module, min_energy: float) -> dict[str, Any]:
    """Describe a trained network for ``page/static/reader/network.js``.

    Batch normalization is folded into the convolution before it, which saves a layer. This is done
    in float64; all numbers are then stored as float32.

    Args:
        model: a trained network, which is not changed.
        min_energy: a square with less energy is not a digit; see `recognizer.compute_energy`.

    Returns:
        A dictionary for ``json.dumps``. ``"features"``, ``"classifier"`` and ``"detector"`` (empty
        if there is none) list the layers in order, each with its ``"kind"`` and sizes. ``"data"``
        holds the numbers of one layer after the other: the weights in PyTorch's order, then the
        biases (of a "scale" layer, factors and offsets); float32, little-endian, in Base64.
        ``"mean"`` and ``"std"`` turn ink, 0 to 1, into the network's input.

    Raises:
        ExportError: if the network has a layer that the page cannot compute.
    """
    names = ("features", "classifier", "detector")
    parts = {name: _layers(getattr(model, name) or ()) for name in names}
    numbers = [array.ravel() for part in parts.values() for _, arrays in part for array in arrays]
    return {
        "mean": MEAN,
        "std": STD,
        "min_energy": float(min_energy),
        **{name: [layer for layer, _ in part] for name, part in parts.items()},
        "data": base64.b64encode(np.concatenate(numbers).astype("<f4").tobytes()).decode("ascii"),
    }


def _layers(modules: Iterable[nn.Module]) -> list[Layer]:
    layers: list[Layer] = []
    for module in modules:
        if isinstance(module, nn.BatchNorm2d) and module.affine and module.track_running_stats:
            _normalize(module, layers)
        elif not isinstance(module, _IDLE):
            layers.append(_describe(module))
    return layers


def _describe(module: nn.Module) -> Layer:
    if isinstance(module, nn.Conv2d) and _is_plain(module):
        sizes = {"inputs": module.in_channels, "outputs": module.out_channels}
        window = {"size": module.kernel_size[0], "padding": module.padding[0]}
        return {"kind": "conv", **sizes, **window}, _weights(module)
    if isinstance(module, nn.Linear):
        sizes = {"inputs": module.in_features, "outputs": module.out_features}
        return {"kind": "linear", **sizes}, _weights(module)
    if isinstance(module, nn.MaxPool2d):
        return {"kind": "pool", "size": module.kernel_size}, []
    if isinstance(module, nn.ReLU):
        return {"kind": "relu"}, []
    raise ExportError(
        f"This network cannot be put into a page, which cannot compute this layer: {module}."
    )


def _is_plain(module: nn.Conv2d) -> bool:
    """Whether the page can compute it: square, without stride, dilation or groups."""
    square = module.kernel_size[0] == module.kernel_size[1]
    even = isinstance(module.padding, tuple) and module.padding[0] == module.padding[1]
    return square and even and module.stride == module.dilation == (1, 1) and module.groups == 1


def _weights(module: nn.Conv2d | nn.Linear) -> list[np.ndarray]:
    weight = module.weight.detach().cpu().double().numpy()
    bias = module.bias
    return [weight, np.zeros(len(weight)) if bias is None else bias.detach().cpu().double().numpy()]


def _normalize(norm: nn.BatchNorm2d, layers: list[Layer]) -> None:
    """Fold a batch normalization into the convolution before it, or else append a "scale"."""
    names = ("running_mean", "running_var")
    weight, bias, mean, variance = (
        tensor.detach().cpu().double().numpy()
        for tensor in (norm.weight, norm.bias, *map(norm.get_buffer, names))
    )
    factor = weight / np.sqrt(variance + norm.eps)
    offset = bias - mean * factor
    # Pooling may come between, because a positive factor leaves the largest value the largest.
    before = len(layers) - 1
    while before >= 0 and layers[before][0]["kind"] == "pool" and (factor > 0).all():
        before -= 1
    if before >= 0 and layers[before][0]["kind"] == "conv":
        layer, (kernel, start) = layers[before]
        folded = [kernel * factor[:, None, None, None], start * factor + offset]
        layers[before] = (layer, folded)
    else:
        layers.append(({"kind": "scale", "channels": norm.num_features}, [factor, offset]))
