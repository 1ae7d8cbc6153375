"""A network that trains in seconds, because it computes less and has fewer weights to learn."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mnist_helpers._support import check_shape, normalize

MIDDLE = slice(2, -2)  # MNIST's digits fill the middle 20×20 pixels, and reach a little beyond
PATCH = 5
SPREAD = 0.5  # standard deviation of what each fixed filter gives after pooling and ReLU


class QuickCNN(nn.Module):
    """A small network for quick training: a 5×5 and a 3×3 convolution, a hidden layer.

    It looks only at an image's middle 24×24 pixels. Each convolution is followed by 2×2 max pooling
    and ReLU: 20×20 → 10×10, then 8×8 → 4×4. With the defaults it has 72,074 weights, of which
    those of the first layer need not be trained (see `set_filters`).

    Args:
        channels: how many patterns each convolution looks for; the first number is even.
        hidden: width of the hidden layer.
        batch_norm: whether the second convolution is followed by batch normalization.
    """

    def __init__(
        self, channels: tuple[int, int] = (16, 32), hidden: int = 128, batch_norm: bool = True
    ):
        super().__init__()
        self.config = {"channels": list(channels), "hidden": hidden, "batch_norm": batch_norm}
        first, second = channels
        self.features = nn.Sequential(
            nn.Conv2d(1, first, PATCH),
            _MaxPool(),
            nn.ReLU(inplace=True),
            nn.Conv2d(first, second, 3),
            _MaxPool(),
            *([nn.BatchNorm2d(second)] if batch_norm else []),
            nn.ReLU(inplace=True),
        )
        self.classifier = nn.Sequential(
            _Flatten(),
            nn.Linear(second * 4 * 4, hidden),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, 10),
        )
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """Compute the logits, as `DigitCNN.forward` does."""
        check_shape(images)
        return self.classifier(self.features(images[..., MIDDLE, MIDDLE]))

    @torch.no_grad()
    def set_filters(self, images: Tensor) -> None:
        """Compute the first layer's filters from images; `fit` then leaves them unchanged.

        The filters are the images' `principal_patches`, each also negated, because ReLU keeps only
        one sign, and scaled so that their results vary equally. A layer that does not learn needs
        no gradients, which are most of its work.

        Args:
            images: uint8, shape ``(n, 28, 28)``; two hundred are enough.

        Sources: D. Page, "How to Train Your ResNet 8", 2019, begins with such filters; K. Jordan,
        "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", 2024, does not train them.
        """
        first = self.features[0]
        weight, bias = first.get_parameter("weight"), first.get_parameter("bias")
        middle = normalize(images.to(weight.device))[..., MIDDLE, MIDDLE]
        filters = principal_patches(middle, len(weight) // 2)
        weight.copy_(torch.cat([filters, -filters])[:, None])
        bias.zero_()
        spread = self.features[:3](middle).std(dim=(0, 2, 3))
        weight.mul_((SPREAD / spread.clamp(min=1e-3))[:, None, None, None])
        first.requires_grad_(False)


class _MaxPool(nn.Module):
    """2×2 max pooling that remembers where each maximum was only if gradients are needed."""

    def forward(self, maps: Tensor) -> Tensor:
        if maps.requires_grad:
            return F.max_pool2d(maps, 2)
        rows = torch.maximum(maps[..., ::2, :], maps[..., 1::2, :])
        return torch.maximum(rows[..., ::2], rows[..., 1::2])


class _Flatten(nn.Module):
    """Puts an image's numbers in one row, channels last, so that nothing is copied."""

    def forward(self, maps: Tensor) -> Tensor:
        return maps.permute(0, 2, 3, 1).flatten(1)


def principal_patches(images: Tensor, n: int) -> Tensor:
    """The patterns that 5×5 patches of images mostly consist of: their principal components.

    Args:
        images: float32, shape ``(images, 1, height, width)``.
        n: how many patterns, 1 to 25.

    Returns:
        ``(n, 5, 5)``, the strongest first, each scaled so that its products with the patches have a
        mean square near 1 (whitening); for the weakest it is smaller.
    """
    patches = F.unfold(images, PATCH).transpose(1, 2).flatten(0, 1)
    patches = patches[patches.std(dim=1) > 0.1]  # there is nothing to see on empty paper
    variances, directions = torch.linalg.eigh(patches.T @ patches / len(patches))
    scale = (variances + 0.01 * variances.max()).sqrt()
    return (directions / scale).T.flip(0)[:n].unflatten(1, (PATCH, PATCH))
