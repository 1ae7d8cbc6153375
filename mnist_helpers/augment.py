"""Random changes to a whole batch of images at once, different for each image."""

import torch
from torch import Tensor


def random_shift(images: Tensor, pixels: int = 1) -> Tensor:
    """Move each image by a random whole number of pixels in each direction.

    Args:
        images: shape ``(n, channels, height, width)``, any dtype, on any device.
        pixels: how far, at most, up or down and left or right.

    Returns:
        The moved images, a new tensor of the same shape. Pixels that come in at a border repeat
        that border, so paper stays paper, normalized or not.
    """
    n, _, height, width = images.shape
    down, right = torch.randint(-pixels, pixels + 1, (2, n, 1), device=images.device)
    rows = (torch.arange(height, device=images.device) - down).clamp(0, height - 1)
    columns = (torch.arange(width, device=images.device) - right).clamp(0, width - 1)
    image = torch.arange(n, device=images.device)[:, None, None]
    moved = images[image, :, rows[:, :, None], columns[:, None, :]]
    return moved.permute(0, 3, 1, 2)
