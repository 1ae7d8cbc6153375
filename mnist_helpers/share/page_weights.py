"""The weights of a network for the page that reads digits without Python."""

import base64
from collections.abc import Iterable
from typing import Any

import numpy as np
from torch import nn

from mnist_helpers._support import MEAN, STD
from mnist_helpers.model import DeepDigitCNN, DigitCNN
from mnist_helpers.recognizer import MIN_ENERGY

# What leaves values as they are once training is over.
_IDLE = (nn.Dropout, nn.Flatten)


def network_weights(
    model: DigitCNN | DeepDigitCNN, min_energy: float = MIN_ENERGY
) -> dict[str, Any]:
    """Describe a trained network for ``page/static/reader/network.js``.

    Batch normalization is folded into the convolution before it: one layer less to compute. The
    sums are done in float64, and stored as float32.

    Args:
        model: stays as it is.
        min_energy: below this energy a square is no digit; see `recognizer.non_digits`.

    Returns:
        What ``json.dumps`` can write. ``"features"``, ``"classifier"`` and ``"detector"`` (empty
        if there is none) list the layers in their order, each with its ``"kind"`` and sizes.
        ``"data"`` holds all their numbers, one layer after the other: the weights as PyTorch has
        them, then the biases; float32, little-endian, in Base64. A "scale" layer has factors and
        offsets instead. ``"mean"`` and ``"std"`` turn ink, 0 to 1, into the network's input.
        ``"min_energy"`` is passed on.

    Raises:
        TypeError: if the network has a layer that the page does not know.
    """
    parts: dict[str, list[dict[str, Any]]] = {}
    numbers: list[list[np.ndarray]] = []
    for name in ("features", "classifier", "detector"):
        parts[name], values = _describe_all(getattr(model, name) or ())
        numbers += values
    flat = [array.ravel() for values in numbers for array in values]
    data = np.concatenate(flat).astype("<f4").tobytes()
    return {
        "mean": MEAN,
        "std": STD,
        "min_energy": float(min_energy),
        **parts,
        "data": base64.b64encode(data).decode("ascii"),
    }


def _describe_all(
    modules: Iterable[nn.Module],
) -> tuple[list[dict[str, Any]], list[list[np.ndarray]]]:
    """The layers of a part of the network, and their numbers."""
    layers: list[dict[str, Any]] = []
    numbers: list[list[np.ndarray]] = []
    for module in modules:
        if isinstance(module, nn.BatchNorm2d):
            _normalize(module, layers, numbers)
        elif not isinstance(module, _IDLE):
            layer, values = _describe(module)
            layers.append(layer)
            numbers.append(values)
    return layers, numbers


def _describe(module: nn.Module) -> tuple[dict[str, Any], list[np.ndarray]]:
    """One layer and its numbers."""
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
    raise TypeError(f"The page cannot compute this layer: {module}.")


def _is_plain(module: nn.Conv2d) -> bool:
    """Whether the convolution has a square window, and neither strides nor groups."""
    square = module.kernel_size[0] == module.kernel_size[1]
    even = isinstance(module.padding, tuple) and module.padding[0] == module.padding[1]
    plain = module.stride == (1, 1) and module.dilation == (1, 1) and module.groups == 1
    return square and even and plain


def _weights(module: nn.Conv2d | nn.Linear) -> list[np.ndarray]:
    weight = module.weight.detach().cpu().double().numpy()
    if module.bias is None:
        return [weight, np.zeros(len(weight))]
    return [weight, module.bias.detach().cpu().double().numpy()]


def _normalize(
    norm: nn.BatchNorm2d, layers: list[dict[str, Any]], numbers: list[list[np.ndarray]]
) -> None:
    """Fold a batch normalization into the convolution before it, or else append a "scale"."""
    weight, bias, mean, variance = (
        tensor.detach().cpu().double().numpy()
        for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_var)
    )
    factor = weight / np.sqrt(variance + norm.eps)
    offset = bias - mean * factor
    # A pooling may lie between: the largest value stays the largest if the factor is positive.
    before = len(layers) - 1
    while before >= 0 and layers[before]["kind"] == "pool" and (factor > 0).all():
        before -= 1
    if before >= 0 and layers[before]["kind"] == "conv":
        kernel, start = numbers[before]
        numbers[before] = [kernel * factor[:, None, None, None], start * factor + offset]
    else:
        layers.append({"kind": "scale", "channels": norm.num_features})
        numbers.append([factor, offset])
