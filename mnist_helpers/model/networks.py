"""The networks of the series, and what all networks for digits have in common."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from mnist_helpers._support import (
    call_explained,
    check_model,
    check_shape,
    checked_batches,
    to_device,
)

NO_PAIR = 100  # the pair reader's output, after the pairs 00 to 99, for everything else
HEADS = {"detector": 1, "pair_reader": NO_PAIR + 1}  # how many numbers each other head gives


class DigitCNN(nn.Module):
    """The classic small network for digits: two convolutions, two poolings, a hidden layer.

    Each block is a 3×3 convolution, 2×2 max pooling and ReLU (which gives the same numbers before
    pooling, but has four times the work there): 26×26 → 13×13, then 11×11 → 5×5. Then come a
    hidden layer, dropout and the ten outputs. With the defaults the network has 108,618 weights.

    Args:
        channels: how many patterns each of the two convolutions looks for.
        hidden: width of the hidden layer.
        dropout: fraction of the hidden values that are set to 0 while training, 0 to 1.
        batch_norm: whether each convolution is followed by batch normalization.

    Attributes:
        detector, pair_reader: small networks beside the classifier (`make_head`), or None.
    """

    def __init__(
        self,
        channels: tuple[int, int] = (16, 32),
        hidden: int = 128,
        dropout: float = 0.2,
        batch_norm: bool = False,
    ):
        super().__init__()
        self.config = {"channels": list(channels), "hidden": hidden, "dropout": dropout}
        self.config["batch_norm"] = batch_norm
        first, second = channels
        self.features = nn.Sequential(
            *self._block(1, first, batch_norm), *self._block(first, second, batch_norm)
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(second * 5 * 5, hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden, 10),
        )
        self.detector: nn.Sequential | None = None
        self.pair_reader: nn.Sequential | None = None
        # Channels last in memory is nearly twice as fast on a CPU, with the same results.
        self.to(memory_format=torch.channels_last)

    @staticmethod
    def _block(inputs: int, outputs: int, batch_norm: bool) -> list[nn.Module]:
        convolution = nn.Conv2d(inputs, outputs, kernel_size=3)
        norm = [nn.BatchNorm2d(outputs)] if batch_norm else []
        return [convolution, *norm, nn.MaxPool2d(2), nn.ReLU(inplace=True)]

    def forward(self, images: Tensor) -> Tensor:
        """Compute the logits, ``(n, 10)``, which `torch.softmax` turns into probabilities.

        The images are normalized, float32, ``(n, 1, 28, 28)``; another shape is a ValueError.
        """
        check_shape(images)
        return self.classifier(self.features(images))


class DeepDigitCNN(nn.Module):
    """The network that comes with the package: five convolutions, three poolings, 203,690 weights.

    A 5×5 convolution, then two pairs of 3×3 convolutions, each followed by batch normalization and
    ReLU. 2×2 max pooling comes after the first convolution and after each pair, just before the
    normalization: 24×24 → 12×12, then 12×12 → 6×6, then 6×6 → 3×3. One layer gives the ten outputs.

    Args:
        channels: how many patterns the first convolution and those of each pair look for.
        dropout: fraction of the last values that are set to 0 while training, 0 to 1.

    Attributes:
        detector, pair_reader: small networks beside the classifier (`make_head`), or None.
    """

    def __init__(self, channels: tuple[int, int, int] = (32, 64, 96), dropout: float = 0.3):
        super().__init__()
        self.config = {"channels": list(channels), "dropout": dropout}
        first, second, third = channels
        self.features = nn.Sequential(
            *self._block(1, first, size=5, pool=True),
            *self._block(first, second),
            *self._block(second, second, pool=True),
            *self._block(second, third),
            *self._block(third, third, pool=True),
        )
        last = nn.Linear(third * 3 * 3, 10)
        self.classifier = nn.Sequential(nn.Flatten(), nn.Dropout(dropout), last)
        self.detector: nn.Sequential | None = None
        self.pair_reader: nn.Sequential | None = None
        self.to(memory_format=torch.channels_last)

    @staticmethod
    def _block(inputs: int, outputs: int, size: int = 3, pool: bool = False) -> list[nn.Module]:
        # Batch normalization has its own bias. At an image's border, for the 5×5, is only paper.
        padding = 0 if size == 5 else 1
        convolution = nn.Conv2d(inputs, outputs, size, padding=padding, bias=False)
        pooling = [nn.MaxPool2d(2)] if pool else []
        return [convolution, *pooling, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]

    def forward(self, images: Tensor) -> Tensor:
        """Compute the logits, as `DigitCNN.forward` does."""
        check_shape(images)
        return self.classifier(self.features(images))


def make_head(name: str, inputs: int, hidden: int) -> nn.Sequential:
    """A small untrained network beside the classifier, which answers another question.

    Like the classifier, it gets what ``features`` finds in an image, ``(n, inputs)``. A network
    carries it under its name, one of `HEADS`; its weights are neither counted nor changed when the
    network is trained. The "detector" gives one number, ``(n, 1)``: 0 or more for a digit, less for
    a non-digit. The "pair_reader" gives the logits, ``(n, 101)``, of two digits that touch: 00 to
    99, and `NO_PAIR` for everything else.
    """
    head = nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, HEADS[name]))
    return head.requires_grad_(False)


def count_parameters(model: nn.Module) -> int:
    """How many of a model's weights are trained."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


@torch.no_grad()
def compute_logits(
    model: nn.Module, loader: Iterable[tuple[Tensor, Tensor]]
) -> tuple[Tensor, Tensor]:
    """Run a model over all batches ``(images, labels)`` in ``eval`` mode, without dropout.

    The model computes on its device, and its mode is restored at the end.

    Returns:
        The logits, ``(n, classes)``, and the labels, ``(n,)``, on the CPU.

    Raises:
        ValueError: if there is no batch, or if the model cannot take one.
    """
    check_model(model)
    first = next(iter(model.state_dict().values()), torch.empty(0))  # a model may have no weights
    device, was_training = first.device, model.training
    model.eval()
    try:
        pairs = [
            (call_explained(model, to_device(images, device)), labels)
            for images, labels in checked_batches(loader)
        ]
    finally:
        model.train(was_training)
    if not pairs:
        raise ValueError("The loader gave no batch: the dataset is empty.")
    logits, labels = zip(*pairs, strict=True)
    return torch.cat(logits).cpu(), torch.cat(labels).cpu()
