"""The smallest change to an image that makes a network answer differently.

Images are stored pixels, uint8, 0 = paper, 255 = ink; the functions here normalize them.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mnist_helpers._support import normalize
from mnist_helpers.inside.maps import prepare


@dataclass(frozen=True, eq=False)
class Attack:
    """An image that was changed until the network gave another answer."""

    epsilon: int  # the most grey levels by which a pixel was changed, 1 to 255
    image: Tensor  # the changed image, uint8, (28, 28)
    answer: int  # the digit that the network reads in it


def sign_attack(model: nn.Module, image: Tensor, digit: int, epsilon: int) -> Tensor:
    """Move every pixel by the same small step, in the direction that hurts the network most.

    ``epsilon`` is the step, 0 to 255 grey levels; pixels stay within 0 to 255. The loss grows for
    the answer ``digit``, 0 to 9. Both images are uint8, ``(28, 28)``.

    Source: I. Goodfellow, J. Shlens and C. Szegedy, "Explaining and Harnessing Adversarial
    Examples", ICLR 2015.
    """
    return _stepped(image, _direction(model, image, digit), torch.tensor([epsilon]))[0]


def smallest_sign_attack(
    model: nn.Module, image: Tensor, digit: int, limit: int = 128
) -> Attack | None:
    """The smallest step of `sign_attack` that changes the network's answer.

    Every step from 1 to ``limit`` is tried, so all smaller steps leave the answer right.

    Args:
        model: the network, in ``eval`` mode.
        image: stored pixels, uint8, ``(28, 28)``; the network reads it correctly.
        digit: the digit that it shows, 0 to 9.
        limit: the largest step to try, 1 to 255 grey levels.

    Returns:
        The image that fooled the network; None if no step up to ``limit`` did.

    Raises:
        ValueError: if the network misreads the unchanged image, or if an argument is not valid.
    """
    changed = _stepped(image, _direction(model, image, digit), torch.arange(limit + 1))
    with torch.no_grad():
        answers = model(normalize(changed)).argmax(dim=1)
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


def _direction(model: nn.Module, image: Tensor, digit: int) -> Tensor:
    """For each pixel, whether more ink makes the loss larger (1), smaller (-1) or neither (0)."""
    inputs = prepare(image, digit).requires_grad_()
    loss = F.cross_entropy(model(inputs), torch.tensor([digit]))
    (gradient,) = torch.autograd.grad(loss, inputs)
    return gradient[0, 0].sign().int()


def _stepped(image: Tensor, direction: Tensor, steps: Tensor) -> Tensor:
    changed = image.int() + steps[:, None, None].int() * direction
    return changed.clamp(0, 255).to(torch.uint8)
