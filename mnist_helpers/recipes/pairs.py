"""Training a reader of pairs: of two digits that touch, in one square.

Digits that touch have to be cut apart to be read, and no cut is perfect. A network's features tell
nearly as well which two digits the whole shows, so the pair reader is a second opinion on a number
that was cut. It learns from pairs of training digits, and from other things: single digits, three
digits, and non-digits.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from mnist_helpers._support import seed_everything
from mnist_helpers.data import DigitDataset
from mnist_helpers.model import NO_PAIR, make_head
from mnist_helpers.recipes.heads import find_features, train_head
from mnist_helpers.recipes.non_digits import example_non_digits
from mnist_helpers.synthetic import compose_numbers, frame_all

HIDDEN = 20
EPOCHS = 15
# How many squares there are to learn from; each comes unchanged and warped.
TOUCHING, CLOSE, TRIPLES, SINGLES = 40_000, 8_000, 8_000, 5_000


def add_pair_reader(model: nn.Module, training: DigitDataset, seed: int = 0) -> None:
    """Train a reader of pairs for a network, and attach it to the network.

    Args:
        model: a trained `DigitCNN` or `DeepDigitCNN`; only its ``pair_reader`` is changed.
        training: digits to learn from, of all ten kinds.
        seed: of all random numbers.
    """
    squares, pairs = example_pairs(training, seed)
    others = [training.sample(SINGLES, seed).images.numpy(), example_non_digits(seed)]
    squares = np.concatenate([squares, *others])
    wanted = torch.full((len(squares),), NO_PAIR)
    wanted[: len(pairs)] = torch.from_numpy(pairs)
    seed_everything(seed)
    features = torch.cat([find_features(model, squares, warp) for warp in (False, True)])
    torch.manual_seed(seed)
    reader = make_head("pair_reader", features.shape[1], HIDDEN)
    targets = wanted.repeat(2)
    train_head(reader, features, lambda said, at: F.cross_entropy(said, targets[at]), EPOCHS)
    model.pair_reader = reader.to(next(model.parameters()).device)


def example_pairs(training: DigitDataset, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Squares of two and three digits, uint8, ``(n, 28, 28)``, and which pairs they show, ``(n,)``.

    A pair is a whole number from 0 to 99; three digits are `NO_PAIR`.
    """
    random = np.random.default_rng([seed, 2])
    kinds = (("touching", 2, TOUCHING), ("close", 2, CLOSE), ("touching", 3, TRIPLES))
    numbers = [
        (spacing, f"{random.integers(10**length):0{length}}")
        for spacing, length, count in kinds
        for _ in range(count)
    ]
    pairs = [int(number) if len(number) == 2 else NO_PAIR for _, number in numbers]
    digits, labels = list(training.images.numpy()), training.labels.numpy()
    squares = [
        frame_all(compose_numbers(digits, labels, [number], [seed, place], spacing))
        for place, (spacing, number) in enumerate(numbers)
    ]
    return np.concatenate(squares), np.repeat(pairs, [len(one) for one in squares])
