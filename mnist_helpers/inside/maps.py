"""Looking inside a network: feature maps, what an answer hangs on, and how little fools it.

All images here are stored pixels, uint8, 0 = paper, 255 = ink; they are normalized in here.
"""

import threading
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from mnist_helpers._support import MEAN, STD, normalize

# Paper as the network gets it.
PAPER = -MEAN / STD


def record_outputs(
    model: nn.Module, layers: Sequence[nn.Module], images: Tensor
) -> list[Tensor | None]:
    """What layers of a network give while it looks at images.

    The hooks that listen are gone afterwards, also after an error. Other threads may use the model
    at the same time.

    Args:
        model: takes normalized images, ``(n, 1, 28, 28)``. Its mode stays as it is.
        layers: parts of the model.
        images: stored pixels, uint8, ``(n, 28, 28)``.

    Returns:
        A copy of each layer's output, in the order of ``layers``; None for one that was not used.
    """
    outputs: list[Tensor | None] = [None] * len(layers)
    own = threading.get_ident()

    def keeper(place: int) -> Callable:
        def keep(_layer: nn.Module, _inputs: tuple, output: Tensor) -> None:
            if threading.get_ident() == own:  # and not an image of somebody else
                outputs[place] = output.detach().clone()  # a ReLU in place would change it

        return keep

    hooks = [layer.register_forward_hook(keeper(i)) for i, layer in enumerate(layers)]
    try:
        with torch.no_grad():
            model(normalize(images))
    finally:
        for hook in hooks:
            hook.remove()
    return outputs


def feature_maps(model: nn.Module, image: Tensor) -> list[Tensor]:
    """Where each filter finds its pattern in an image: the maps after each convolution.

    Args:
        model: a network with a ReLU after each convolution.
        image: stored pixels, uint8, ``(28, 28)``.

    Returns:
        For each convolution its maps after pooling (if there is any) and ReLU, shape
        ``(filters, rows, columns)``: 0 where nothing was found.

    Raises:
        ValueError: if the image has another shape, or the network no such layers.
    """
    check_image(image)
    rectifiers = [layer for layer in model.modules() if isinstance(layer, nn.ReLU)]
    outputs = record_outputs(model, rectifiers, image[None])
    found = [output[0] for output in outputs if output is not None and output.ndim == 4]
    if not found:
        raise ValueError("This network has no feature maps: no ReLU follows a convolution.")
    return found


def mosaic(maps: Tensor | np.ndarray, columns: int = 8, gap: float = np.nan) -> np.ndarray:
    """Feature maps side by side, as one picture.

    Args:
        maps: shape ``(n, rows, columns)``.
        columns: how many maps stand in a row.
        gap: the value of the lines between them, one pixel wide, and of empty places.

    Returns:
        float32, two axes.
    """
    maps = np.asarray(maps, np.float32)
    n, height, width = maps.shape
    columns = min(columns, n)
    rows = -(-n // columns)
    picture = np.full((rows * (height + 1) + 1, columns * (width + 1) + 1), gap, np.float32)
    for place, one in enumerate(maps):
        top, left = (place // columns) * (height + 1) + 1, (place % columns) * (width + 1) + 1
        picture[top : top + height, left : left + width] = one
    return picture


def saliency_map(model: nn.Module, image: Tensor, digit: int) -> Tensor:
    """How much a digit's logit moves when a pixel changes a little, in either direction.

    Args:
        model: the network, in ``eval`` mode.
        image: stored pixels, uint8, ``(28, 28)``.
        digit: whose logit, 0 to 9.

    Returns:
        The size of the gradient, float32, ``(28, 28)``: logits per unit of normalized ink.

    Raises:
        ImportError: if captum is not installed.
        ValueError: if the image or the digit makes no sense.

    Source: K. Simonyan, A. Vedaldi and A. Zisserman, "Deep Inside Convolutional Networks", 2013.
    """
    check_image(image)
    check_digit(digit)
    inputs = normalize(image[None]).requires_grad_()
    gradient = _captum().Saliency(model).attribute(inputs, target=digit)
    return gradient[0, 0].detach()


def occlusion_map(model: nn.Module, image: Tensor, digit: int, side: int = 5) -> Tensor:
    """How much a digit's logit falls when a patch of the image is covered with paper.

    Args:
        model: the network, in ``eval`` mode.
        image: stored pixels, uint8, ``(28, 28)``.
        digit: whose logit, 0 to 9.
        side: of the patch, in pixels, 1 to 28.

    Returns:
        For each pixel the mean over all patches that cover it, float32, ``(28, 28)``, in logits:
        above 0 where the image speaks for the digit, below 0 where it speaks against it.

    Raises:
        ImportError: if captum is not installed.
        ValueError: if the image, the digit or the side makes no sense.

    Source: M. D. Zeiler and R. Fergus, "Visualizing and Understanding Convolutional Networks",
    ECCV 2014.
    """
    check_image(image)
    check_digit(digit)
    if not 1 <= side <= 28:
        raise ValueError(f"The patch must be 1 to 28 pixels wide, got {side}.")
    with torch.no_grad():
        fall = (
            _captum()
            .Occlusion(model)
            .attribute(
                normalize(image[None]),
                target=digit,
                sliding_window_shapes=(1, side, side),
                strides=(1, 1, 1),
                baselines=PAPER,
                perturbations_per_eval=128,
            )
        )
    return fall[0, 0].float()


def last_hidden(model: nn.Module, images: Tensor, batch_size: int = 500) -> Tensor:
    """What the network has made of images just before it decides: the last layer's inputs.

    Args:
        model: a network of this package; in ``eval`` mode, or dropout sets some values to 0.
        images: stored pixels, uint8, ``(n, 28, 28)``.
        batch_size: images at once; it changes the speed, not the values.

    Returns:
        float32, ``(n, values)``: 128 values for `DigitCNN`, 864 for `DeepDigitCNN`.

    Raises:
        ValueError: if there are no images.
    """
    if not len(images):
        raise ValueError("There are no images to look at.")
    before = nn.Sequential(model.features, *list(model.classifier)[:-1])
    with torch.no_grad():
        return torch.cat([before(normalize(batch)) for batch in images.split(batch_size)])


def _captum():
    try:
        from captum import attr
    except ImportError as error:
        raise ImportError('These maps need captum: pip install "mnist-helpers[inside]"') from error
    return attr


def check_image(image: Tensor) -> None:
    """Raise a ValueError unless this is one image as it is stored: uint8, ``(28, 28)``."""
    if image.shape != (28, 28) or image.dtype != torch.uint8:
        kind = str(image.dtype).removeprefix("torch.")
        raise ValueError(
            f"This takes one image as it is stored, uint8 of shape (28, 28); got {kind} of shape "
            f"{tuple(image.shape)}. Try data.test.images[0]."
        )


def check_digit(digit: int) -> None:
    """Raise a ValueError unless this is 0 to 9."""
    if not 0 <= digit <= 9:
        raise ValueError(f"The digit must be 0 to 9, got {digit}.")
