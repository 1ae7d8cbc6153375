"""Two ways to train: the series' own, and the one behind the network that comes with the package.

A recipe is data, network, augmentation and the numbers of the optimizer, in one place.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from mnist_helpers.data import (
    DigitData,
    DigitDataset,
    RandomWarp,
    framed_digits,
    random_shift,
    split_train_validation,
    stand_in_split,
)
from mnist_helpers.evaluate import best_temperature
from mnist_helpers.model import DeepDigitCNN, DigitCNN
from mnist_helpers.recognizer import compute_energy
from mnist_helpers.synthetic import draw_strokes

STROKES = 12_000
SKLEARN_COPIES = 2
# This fraction of the validation digits may be taken for no digits.
UNLIKE = 0.002


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes:
        network: makes it, untrained.
        split: gives the images to train on and those to validate with, for a data set and a seed.
        augment: changes each training batch.
        epochs: how often the training images are gone through.
        batch_size: images per step.
        learning_rate: the highest of the one-cycle schedule.
        weight_decay: of AdamW.
        calibrated: whether the trained network is then calibrated (see `calibrate`).
        detector: whether it then gets a detector of things that are no digits (see
            `mnist_helpers.recipes.detector`).
    """

    network: Callable[[], nn.Module]
    split: Callable[[DigitData, int], tuple[DigitDataset, DigitDataset]]
    augment: Callable[[Tensor], Tensor]
    epochs: int
    batch_size: int = 128
    learning_rate: float = 0.01
    weight_decay: float = 0.01
    calibrated: bool = False
    detector: bool = False

    @property
    def options(self) -> dict[str, float | Callable[[Tensor], Tensor]]:
        """What `mnist_helpers.train.fit` takes of it, besides the number of epochs."""
        names = ("learning_rate", "weight_decay", "augment")
        return {name: getattr(self, name) for name in names}


def _series_split(data: DigitData, seed: int) -> tuple[DigitDataset, DigitDataset]:
    return split_train_validation(data.train)


def bundled_split(data: DigitData, seed: int) -> tuple[DigitDataset, DigitDataset]:
    """The training images of the data set, and what it lacks: other pens, other ways to write.

    To MNIST's training images, less the validation split, come digits drawn by `strokes` and the
    training part of scikit-learn's digits, twice. Their test part is never trained on.

    Args:
        data: MNIST, or what stands in for it.
        seed: which strokes are drawn.

    Returns:
        The images to train on, and those to validate with: of the data set only.
    """
    training, validation = split_train_validation(data.train)
    parts = [(training.images.numpy(), training.labels.numpy()), draw_strokes(STROKES, seed)]
    if data.is_mnist:
        images, labels = framed_digits()
        index, _ = stand_in_split()
        parts += [(images[index], labels[index])] * SKLEARN_COPIES
    images, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    mixed = DigitDataset.from_numpy(images, labels, f"{data.name}, strokes and other people's")
    return mixed, validation


RECIPES = {
    "series": Recipe(DigitCNN, _series_split, random_shift, epochs=6),
    "bundled": Recipe(
        DeepDigitCNN,
        bundled_split,
        RandomWarp(),
        epochs=60,
        learning_rate=0.008,
        weight_decay=0.02,
        calibrated=True,
        detector=True,
    ),
}


def calibrate(model: nn.Module, logits: Tensor, labels: Tensor) -> dict[str, float]:
    """Make a network's probabilities honest: divide its last layer by the best temperature.

    The temperature is the one number that makes the true digits most probable on the given images.
    It changes how sure the network is, never which digit it names. Done once, here, nobody who uses
    the weights has to think of it.

    Args:
        model: its ``classifier`` ends with a linear layer; changed in place.
        logits: what it says about validation images, shape ``(n, 10)``.
        labels: the true digits, shape ``(n,)``.

    Returns:
        ``"temperature"``: what the last layer was divided by; above 1, the network was too sure of
        itself. ``"min_energy"``: all but `UNLIKE` of these images have more (see
        `mnist_helpers.recognizer.non_digits`).

    Source: C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
    """
    temperature = best_temperature(logits, labels)
    last = model.classifier[-1]
    with torch.no_grad():
        last.weight /= temperature
        last.bias /= temperature
    energy = compute_energy((logits / temperature).numpy())
    return {"temperature": temperature, "min_energy": float(np.quantile(energy, UNLIKE))}
