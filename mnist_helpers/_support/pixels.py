"""How stored pixels become a network's input, on the one scale that the whole series uses."""

import numpy as np
from torch import Tensor

# The mean and the standard deviation of all pixels in MNIST's 60,000 training images, as fractions
# of full ink. Every network of the series gets its input on this scale, whatever it is trained on.
MEAN, STD = 0.1307, 0.3081


def normalize(images: Tensor) -> Tensor:
    """Turn stored pixels into a network's input.

    Args:
        images: uint8, shape ``(..., 28, 28)``, 0 = paper, 255 = ink.

    Returns:
        float32, shape ``(..., 1, 28, 28)``, with a channel axis: ink as a fraction, minus `MEAN`,
        divided by `STD` (about -0.42 to 2.82).
    """
    return ((images.float() / 255 - MEAN) / STD).unsqueeze(-3)


def to_array(values: Tensor | np.ndarray) -> np.ndarray:
    """The same values for NumPy, which reads neither a GPU's memory nor what has a gradient."""
    return values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)


def check_shape(images: Tensor) -> None:
    """Raise a ValueError unless the images have the shape of a network's input, (n, 1, 28, 28)."""
    if images.ndim != 4 or images.shape[1:] != (1, 28, 28):
        message = f"The network takes images of shape (n, 1, 28, 28), got {tuple(images.shape)}."
        fixes = {2: "images[None, None]", 3: "images.unsqueeze(1)"}
        if images.shape[-2:] == (28, 28) and images.ndim in fixes:
            message += f" An axis is missing: try {fixes[images.ndim]}."
        raise ValueError(message)
