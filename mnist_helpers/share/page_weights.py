"""A network as JSON, for the page that reads digits without Python."""

import base64
import copy
import math
import zlib
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mnist_helpers._support import MEAN, STD, normalize
from mnist_helpers.recognizer import ask_all_heads
from mnist_helpers.share.errors import ExportError

# Layers that do not change values once training is over.
_IDLE = (nn.Dropout, nn.Flatten)
# A layer: its kind and sizes, and its numbers, float64.
Layer = tuple[dict[str, Any], list[np.ndarray]]


def network_weights(model: nn.Module, min_energy: float) -> dict[str, Any]:
    """Describe a trained network for ``page/static/reader/network.js``, as data for JSON.

    ``"features"``, ``"classifier"``, ``"detector"`` and ``"pair_reader"`` (these two are empty if
    the network has none) list the layers in order, each with its ``"kind"`` and sizes. ``"data"``
    holds the numbers of one layer after the other: the weights in PyTorch's order, then the biases
    (of a "scale" layer, factors and offsets); float32, little-endian, in Base64. Batch
    normalization is folded into the convolution before it, in float64. A network that the page
    would compute otherwise raises an `ExportError`.
    """
    if not math.isfinite(min_energy):
        raise ExportError(f"The least energy must be a number, got {min_energy}.")
    model = copy.deepcopy(model).to("cpu").eval()
    names = ("features", "classifier", "detector", "pair_reader")
    parts = {name: _layers(getattr(model, name, None)) for name in names}
    if isinstance(model, nn.Sequential):  # an MLP: its input is the image
        parts["classifier"] = _layers(model)
    _check_same(model, parts)
    numbers = [array.ravel() for part in parts.values() for _, arrays in part for array in arrays]
    return {
        "mean": MEAN,
        "std": STD,
        "min_energy": float(min_energy),
        **{name: [layer for layer, _ in part] for name, part in parts.items()},
        "data": base64.b64encode(np.concatenate(numbers).astype("<f4").tobytes()).decode("ascii"),
    }


def halve_weights(weights: dict[str, Any]) -> dict[str, Any]:
    """Make what `network_weights` wrote about a third as long, for ``explorables/networks.js``.

    ``"data"`` becomes ``"half"``: the numbers in half precision (float16, little-endian), first
    the lower byte of each and then the upper one, which repeats itself; deflated, in Base64. A
    number that is too large for it raises an `ExportError`.
    """
    full = np.frombuffer(base64.b64decode(weights["data"]), "<f4")
    if np.abs(full).max(initial=0) > np.finfo(np.float16).max:
        raise ExportError("This network has weights that are too large for half precision.")
    planes = full.astype("<f2").view(np.uint8).reshape(-1, 2).T.tobytes()
    rest = {name: value for name, value in weights.items() if name != "data"}
    # The bytes repeat, but no runs of them do.
    packer = zlib.compressobj(9, strategy=zlib.Z_HUFFMAN_ONLY)
    packed = packer.compress(planes) + packer.flush()
    return rest | {"half": base64.b64encode(packed).decode("ascii")}


def _check_same(model: nn.Module, parts: dict[str, list[Layer]]) -> None:
    """Compute some noise as the page will, and raise an `ExportError` if the network disagrees."""
    noise = np.random.default_rng(0).integers(0, 256, (4, 28, 28), np.uint8)
    images = normalize(torch.from_numpy(noise))
    try:
        with torch.inference_mode():
            wanted = ask_all_heads(model, images)
            found = _compute(parts["features"], images.double())
            same = _are_close(wanted.logits, _compute(parts["classifier"], found))
            if parts["detector"]:
                same &= _are_close(wanted.detected, _compute(parts["detector"], found)[:, 0])
            if parts["pair_reader"] and wanted.pairs is not None:
                same &= _are_close(wanted.pairs, _compute(parts["pair_reader"], found))
    except (RuntimeError, TypeError, ValueError, AttributeError) as error:
        raise ExportError(f"This network cannot be put into a page: {error}") from error
    if not same:
        raise ExportError(
            "This network cannot be put into a page, which would compute something else: it knows "
            "layers in a row called features, then others called classifier, as in DigitCNN."
        )


def _are_close(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one.double(), other.double(), rtol=1e-3, atol=1e-3)


def _compute(layers: list[Layer], values: Tensor) -> Tensor:
    """What ``network.js`` computes."""
    for layer, arrays in layers:
        weight, bias = map(torch.from_numpy, arrays or np.zeros((2, 0)))
        if layer["kind"] == "conv":
            values = functional.conv2d(values, weight, bias, padding=layer["padding"])
        elif layer["kind"] == "pool":
            values = functional.max_pool2d(values, layer["size"])
        elif layer["kind"] == "relu":
            values = values.relu()
        elif layer["kind"] == "linear":
            values = functional.linear(values.flatten(1), weight, bias)
        else:
            values = values * weight.reshape(-1, 1, 1) + bias.reshape(-1, 1, 1)
    return values


def _layers(part: nn.Module | None) -> list[Layer]:
    layers: list[Layer] = []
    for module in part if isinstance(part, nn.Sequential) else [part] if part else []:
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
    if isinstance(module, nn.MaxPool2d) and isinstance(module.kernel_size, int):
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
