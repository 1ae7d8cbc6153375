"""Notebook 01: MNIST from wherever it can be had, the stand-in, splits, loaders, augmentation.

Begin with `load_mnist`; `datasets` is the file to read first.
"""

from mnist_helpers._support import MEAN, STD, normalize
from mnist_helpers.data.augmentation import RandomWarp, random_shift
from mnist_helpers.data.datasets import (
    DigitData,
    DigitDataset,
    batch_loader,
    split_train_validation,
)
from mnist_helpers.data.idx_files import DataError
from mnist_helpers.data.loading import find_local_mnist, load_mnist, local_test_digits
from mnist_helpers.data.stand_in import (
    framed_digits,
    load_stand_in,
    stand_in_split,
    stretched_digits,
)

__all__ = [
    "MEAN",
    "STD",
    "DataError",
    "DigitData",
    "DigitDataset",
    "RandomWarp",
    "batch_loader",
    "find_local_mnist",
    "framed_digits",
    "load_mnist",
    "load_stand_in",
    "local_test_digits",
    "normalize",
    "random_shift",
    "split_train_validation",
    "stand_in_split",
    "stretched_digits",
]
