"""Looking inside a network: feature maps, and the pixels on which an answer depends.

Images are stored pixels, uint8, 0 = paper, 255 = ink; the functions here normalize them. They
compute where the model is, and return results on the CPU, where figures can be made of them.
"""

import threading
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mnist_helpers._support import MEAN, STD, normalize, to_array, to_device


def feature_maps(model: nn.Module, image: Tensor) -> list[Tensor]:
    """The maps after each convolution: where each filter finds its pattern in an image.

    Args:
        model: a network with a ReLU after each convolution.
        image: stored pixels, uint8, ``(28, 28)``.

    Returns:
        For each convolution, its maps after pooling (if there is any) and ReLU, shape
        ``(filters, rows, columns)``: 0 where nothing was found.

    Raises:
        ValueError: if the image is not valid, or if no ReLU follows a convolution.
    """
    inputs = prepare(model, image)
    seen: list[Tensor] = []
    own = threading.get_ident()

    def see(_layer: nn.Module, _inputs: Any, output: Tensor) -> None:
        if threading.get_ident() == own:  # not what another visitor shows the network
            seen.append(output.clone())

    layers = [layer for layer in model.modules() if isinstance(layer, nn.ReLU)]
    hooks = [layer.register_forward_hook(see) for layer in layers]
    try:
        with torch.no_grad():
            model(inputs)
    finally:
        for hook in hooks:
            hook.remove()
    found = [output[0].cpu() for output in seen if output.ndim == 4]
    if not found:
        raise ValueError("This network has no feature maps: no ReLU follows a convolution.")
    return found


def mosaic(maps: Tensor | np.ndarray, columns: int = 8, gap: float = np.nan) -> np.ndarray:
    """Feature maps side by side, as one picture.

    Args:
        maps: shape ``(n, rows, columns)``.
        columns: the number of maps in a row.
        gap: the value of the lines between the maps, one pixel wide, and of empty places.

    Returns:
        float32, shape ``(height, width)``.
    """
    columns = min(columns, len(maps))
    empty = -len(maps) % columns
    tiles = to_array(maps).astype(np.float32)
    # Each tile gets a line above it and one to its left.
    tiles = np.pad(tiles, ((0, empty), (1, 0), (1, 0)), constant_values=gap)
    height, width = tiles.shape[1:]
    picture = tiles.reshape(-1, columns, height, width).swapaxes(1, 2).reshape(-1, columns * width)
    return np.pad(picture, ((0, 1), (0, 1)), constant_values=gap)


def saliency_map(model: nn.Module, image: Tensor, digit: int) -> Tensor:
    """How much a digit's logit changes when a pixel changes a little, in either direction.

    Args:
        model: the network, in ``eval`` mode.
        image: stored pixels, uint8, ``(28, 28)``.
        digit: the digit whose logit is meant, 0 to 9.

    Returns:
        The size of the gradient, float32, ``(28, 28)``: logits per unit of normalized ink.

    Raises:
        ImportError: if captum is not installed.
        ValueError: if the image or the digit is not valid.

    Source: K. Simonyan, A. Vedaldi and A. Zisserman, "Deep Inside Convolutional Networks", 2013.
    """
    inputs = prepare(model, image, digit).requires_grad_()
    gradient = _captum().Saliency(model).attribute(inputs, target=digit)
    return gradient[0, 0].detach().cpu()


def occlusion_map(model: nn.Module, image: Tensor, digit: int, side: int = 5) -> Tensor:
    """How much a digit's logit falls when a patch of the image is covered with paper.

    Args:
        model: the network, in ``eval`` mode.
        image: stored pixels, uint8, ``(28, 28)``.
        digit: the digit whose logit is meant, 0 to 9.
        side: the width and height of the patch, in pixels, 1 to 28.

    Returns:
        For each pixel, the mean fall over all patches that cover it, in logits, float32,
        ``(28, 28)``: above 0 where the image speaks for the digit, below 0 where against it.

    Raises:
        ImportError: if captum is not installed.
        ValueError: if the image, the digit or the side is not valid.

    Source: M. D. Zeiler and R. Fergus, "Visualizing and Understanding Convolutional Networks",
    ECCV 2014.
    """
    inputs = prepare(model, image, digit)
    if not 1 <= side <= 28:
        raise ValueError(f"The patch must be 1 to 28 pixels wide, got {side}.")
    occlusion = _captum().Occlusion(model)
    with torch.no_grad():
        fall = occlusion.attribute(
            inputs,
            target=digit,
            sliding_window_shapes=(1, side, side),
            strides=(1, 1, 1),
            baselines=-MEAN / STD,  # paper
            perturbations_per_eval=128,
        )
    return fall[0, 0].float().cpu()


def last_hidden(model: nn.Module, images: Tensor) -> Tensor:
    """What the network has made of images just before it decides: the inputs of its last layer.

    Args:
        model: a network of this package, in ``eval`` mode; otherwise dropout sets values to 0.
        images: stored pixels, uint8, ``(n, 28, 28)``.

    Returns:
        float32, ``(n, values)``: 128 values for `DigitCNN`, 864 for `DeepDigitCNN`.
    """
    device = next(model.parameters()).device
    last = list(model.get_submodule("classifier").children())
    before = nn.Sequential(model.get_submodule("features"), *last[:-1])
    with torch.no_grad():
        batches = (normalize(to_device(batch, device)) for batch in images.split(500))
        return torch.cat([before(batch) for batch in batches]).cpu()


def _captum() -> ModuleType:
    try:
        from captum import attr
    except ImportError as error:
        raise ImportError('These maps need captum: pip install "mnist-helpers[inside]"') from error
    return attr


def prepare(model: nn.Module, image: Tensor, digit: int = 0) -> Tensor:
    """One stored image, uint8, ``(28, 28)``, as a normalized batch on the model's device.

    Raises:
        ValueError: for any other image, or if the digit is not 0 to 9.
    """
    if image.shape != (28, 28) or image.dtype != torch.uint8:
        kind = str(image.dtype).removeprefix("torch.")
        raise ValueError(
            f"This needs one stored image, uint8 of shape (28, 28), but got {kind} of shape "
            f"{tuple(image.shape)}. Try data.test.images[0]."
        )
    if not 0 <= digit <= 9:
        raise ValueError(f"The digit must be 0 to 9, got {digit}.")
    return normalize(to_device(image[None], next(model.parameters()).device))
