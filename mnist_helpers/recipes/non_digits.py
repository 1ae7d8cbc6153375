"""Training a detector of non-digits, from what a network finds in digits and in other things.

The detector (`mnist_helpers.model.make_head`) sits on a trained network, which is not changed.
It learns from digits and from the non-digits of `mnist_helpers.synthetic`. Both are drawn, printed
and photographed in many ways; otherwise the detector would learn that nothing printed is a digit.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mnist_helpers._support import seed_everything
from mnist_helpers.data import DigitDataset
from mnist_helpers.model import make_head
from mnist_helpers.recipes.heads import find_features, train_head
from mnist_helpers.synthetic import (
    FONTS,
    LEARNED,
    PAPERS,
    draw_text,
    frame_all,
    frame_non_digits,
    paste_digits,
)

HIDDEN = 16
EPOCHS = 8
# How many squares there are to learn from. Digits are warped; each non-digit comes unchanged and in
# two warped forms.
DIGITS, PASTED, PRINTED, NON_DIGITS = 20_000, 800, 1_000, 10_000
# The detector refuses this fraction of the validation digits.
REFUSED = 0.005


def add_detector(
    model: nn.Module,
    training: DigitDataset,
    validation: DigitDataset,
    seed: int = 0,
) -> None:
    """Train a detector for a network, and attach it to the network.

    Args:
        model: a trained `DigitCNN` or `DeepDigitCNN`; only its ``detector`` is changed.
        training: digits to learn from, such as those that the network has learned from.
        validation: other digits; the limit is set so that the detector refuses `REFUSED` of them.
        seed: of all random numbers.
    """
    digits, others = example_digits(training, seed), example_non_digits(seed)
    seed_everything(seed)
    parts = [(digits, 1.0, (True,)), (others, 0.0, (False, True, True))]
    features = [find_features(model, part, warp) for part, _, forms in parts for warp in forms]
    labels = [torch.full((len(part),), label) for part, label, forms in parts for _ in forms]
    detector = train_detector(torch.cat(features), torch.cat(labels), seed)
    found = detector(find_features(model, validation.images.numpy()))
    last: Any = detector[-1]
    last.bias -= torch.quantile(found, REFUSED)
    model.detector = detector.to(next(model.parameters()).device)


def example_digits(training: DigitDataset, seed: int) -> np.ndarray:
    """Squares of digits: from the data, pasted on paper, and printed; uint8, ``(n, 28, 28)``."""
    random = np.random.default_rng([seed, 1])
    mixed = training.sample(DIGITS + PASTED, seed).images.numpy()
    pasted = [
        paste_digits([ink], [seed, number], PAPERS[number % len(PAPERS)])[0]
        for number, ink in enumerate(mixed[DIGITS:])
    ]
    printed = [
        draw_text(str(random.integers(10)), str(random.choice(FONTS))) for _ in range(PRINTED)
    ]
    return np.concatenate([mixed[:DIGITS], frame_all([*pasted, *printed])])


def example_non_digits(seed: int) -> np.ndarray:
    """Squares of non-digits: uint8, shape ``(n, 28, 28)``."""
    total = sum(LEARNED.values())
    counts = {kind: NON_DIGITS * share // total for kind, share in LEARNED.items()}
    return np.concatenate([frame_non_digits(kind, n, seed) for kind, n in counts.items()])


def train_detector(features: Tensor, labels: Tensor, seed: int = 0) -> nn.Sequential:
    """Train a detector; digits and non-digits weigh the same, however many of each there are.

    The features come from `find_features`, shape ``(n, inputs)``; the labels are 1 for a digit and
    0 for a non-digit, float32, shape ``(n,)``.
    """
    share = labels.mean()

    def loss(found: Tensor, chosen: Tensor) -> Tensor:
        wanted = labels[chosen]
        weight = torch.where(wanted == 1, 0.5 / share, 0.5 / (1 - share))
        return F.binary_cross_entropy_with_logits(found[:, 0], wanted, weight)

    torch.manual_seed(seed)
    return train_head(make_head("detector", features.shape[1], HIDDEN), features, loss, EPOCHS)
