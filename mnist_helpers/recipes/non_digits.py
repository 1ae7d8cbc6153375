"""Training a detector of non-digits, from what a network finds in digits and in other things.

The detector (`mnist_helpers.model.make_detector`) sits on a trained network, which is not changed.
It learns from digits and from the non-digits of `mnist_helpers.synthetic`. Both are drawn, printed
and photographed in many ways; otherwise the detector would learn that nothing printed is a digit.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mnist_helpers._support import normalize, seed_everything, to_device
from mnist_helpers.data import DigitDataset, RandomWarp
from mnist_helpers.model import make_detector
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
EPOCHS, BATCH, LEARNING_RATE, WEIGHT_DECAY = 8, 256, 0.002, 0.001
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


@torch.inference_mode()
def find_features(model: nn.Module, images: np.ndarray, warp: bool = False) -> Tensor:
    """What a network's ``features`` find in images, uint8, shape ``(n, 28, 28)``.

    With ``warp``, `RandomWarp` first changes each image. The result is float32, of shape
    ``(n, inputs of the detector)``, and on the CPU, wherever the network is.
    """
    find, change = model.get_submodule("features"), RandomWarp() if warp else nn.Identity()
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    batches = (to_device(batch, device) for batch in torch.from_numpy(images).split(500))
    features = [find(change(normalize(batch))).flatten(1) for batch in batches]
    model.train(was_training)
    return torch.cat(features).cpu()


def train_detector(features: Tensor, labels: Tensor, seed: int = 0) -> nn.Sequential:
    """Train a detector; digits and non-digits weigh the same, however many of each there are.

    The features come from `find_features`, shape ``(n, inputs)``; the labels are 1 for a digit and
    0 for a non-digit, float32, shape ``(n,)``. The detector learns from standardised features;
    afterwards, their mean and scale become part of its weights.
    """
    mean, std = features.mean(0), features.std(0) + 1e-3
    share = labels.mean()
    torch.manual_seed(seed)
    detector = make_detector(features.shape[1], HIDDEN).requires_grad_(True)
    steps = -(-len(features) // BATCH) * EPOCHS
    optimizer = torch.optim.AdamW(detector.parameters(), weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(features)).split(BATCH):
            wanted = labels[chosen]
            found = detector((features[chosen] - mean) / std)[:, 0]
            weight = torch.where(wanted == 1, 0.5 / share, 0.5 / (1 - share))
            loss = F.binary_cross_entropy_with_logits(found, wanted, weight)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    first: Any = detector[0]
    with torch.no_grad():
        first.weight /= std
        first.bias -= first.weight @ mean
    return detector.requires_grad_(False)
