"""The demo's look inside: the feature maps of what is being drawn, as pictures."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from mnist_helpers.inside import feature_maps, mosaic
from mnist_helpers.recognizer import Prediction, png_url

# The number of maps in a row: fewer for the first convolution, whose maps still show strokes.
COLUMNS, FIRST_COLUMNS = 16, 8
# The grey of the lines between the maps, 0 = black, 1 = white.
LINE = 0.35


def maps_of(model: nn.Module) -> Callable[[Prediction], dict[str, Any]]:
    """What a look inside a network, on the CPU, adds to the answers of a `DigitReader`.

    The function that is returned turns a prediction into a dictionary with "maps": a list, empty
    without a digit, with one entry per convolution. Each has "filters" (the number of maps), "size"
    (of a map, in pixels) and "src" (all maps in one picture, as a PNG data URL: the more was found,
    the brighter).
    """

    def describe_maps(prediction: Prediction) -> dict[str, Any]:
        if prediction.digit is None:
            return {"maps": []}
        layers = feature_maps(model, torch.from_numpy(prediction.image))
        return {"maps": [_describe(maps.numpy(), i) for i, maps in enumerate(layers)]}

    return describe_maps


def _describe(maps: np.ndarray, place: int) -> dict[str, Any]:
    # The square root keeps faint finds visible beside strong ones.
    shares = np.sqrt(maps / max(float(maps.max()), 1e-9))
    picture = mosaic(shares, COLUMNS if place else FIRST_COLUMNS, gap=LINE)
    return {
        "filters": len(maps),
        "size": maps.shape[-1],
        "src": png_url((255 * picture).round().astype(np.uint8)),
    }
