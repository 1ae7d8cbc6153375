"""The smallest change to an image that makes a network answer differently.

Images are stored pixels, uint8, 0 = paper, 255 = ink; the function here normalizes them. It
computes where the model is, and returns its results on the CPU.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mnist_helpers._support import normalize, to_device
from mnist_helpers.inside.maps import prepare


@dataclass(frozen=True, eq=False)
class Attack:
    """An image that was changed until the network gave another answer."""

    epsilon: int  # the most grey levels by which a pixel was changed, 1 to 255
    image: Tensor  # the changed image, uint8, (28, 28)
    answer: int  # the digit that the network reads in it


def smallest_sign_attack(
    model: nn.Module, image: Tensor, digit: int, limit: int = 128
) -> Attack | None:
    """Find the smallest sign attack that changes the network's answer.

    A sign attack moves every pixel by the same small step, in the direction that hurts the network
    most; pixels stay within 0 to 255. Every step from 1 to ``limit`` is tried, and the smallest
    that changes the answer is the result.

    Args:
        model: the network, in ``eval`` mode.
        image: stored pixels, uint8, ``(28, 28)``; the network reads it correctly.
        digit: the digit that it shows, 0 to 9.
        limit: the largest step to try, 1 to 255 grey levels.

    Returns:
        The smallest attack; None if no step up to ``limit`` changes the answer.

    Raises:
        ValueError: if the network misreads the unchanged image, or if the image or digit is not
            valid.

    Source: I. Goodfellow, J. Shlens and C. Szegedy, "Explaining and Harnessing Adversarial
    Examples", ICLR 2015.
    """
    inputs = prepare(model, image, digit).requires_grad_()
    loss = F.cross_entropy(model(inputs), torch.tensor([digit], device=inputs.device))
    (gradient,) = torch.autograd.grad(loss, inputs)
    # For each pixel, whether more ink makes the loss larger (1), smaller (-1) or neither (0).
    direction = gradient[0, 0].sign().int().cpu()
    steps = torch.arange(limit + 1, dtype=torch.int)[:, None, None]
    changed = (image.cpu().int() + steps * direction).clamp(0, 255).to(torch.uint8)
    with torch.no_grad():
        answers = model(normalize(to_device(changed, inputs.device))).argmax(dim=1).cpu()
    if answers[0] != digit:
        raise ValueError(
            f"The network reads this image as {answers[0]}, not as {digit}, so it is fooled "
            "already. Choose an image that it reads correctly."
        )
    fooled = (answers != digit).nonzero()
    if not len(fooled):
        return None
    epsilon = int(fooled[0])
    return Attack(epsilon, changed[epsilon], int(answers[epsilon]))
