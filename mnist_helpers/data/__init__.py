"""Notebook 01: MNIST from wherever it can be had, the stand-in, splits, loaders, augmentation.

Begin with `load_mnist`; `datasets` is the file to read first.
"""

from mnist_helpers._support import MEAN, STD, normalize
from mnist_helpers.data.augmentation import RandomWarp, random_shift
from mnist_helpers.data.datasets import (
    MNIST_LICENCE,
    STAND_IN,
    DigitData,
    DigitDataset,
    batch_loader,
    load_mnist,
    load_stand_in,
    local_test_digits,
    split_train_validation,
    stand_in_split,
)
from mnist_helpers.data.idx_files import DataError, MissingFilesError
from mnist_helpers.data.places import cache_folder, find_local_mnist
from mnist_helpers.data.stand_in import SKLEARN_LICENCE, framed_digits, stretched_digits

__all__ = [
    "MEAN",
    "MNIST_LICENCE",
    "SKLEARN_LICENCE",
    "STAND_IN",
    "STD",
    "DataError",
    "DigitData",
    "DigitDataset",
    "MissingFilesError",
    "RandomWarp",
    "batch_loader",
    "cache_folder",
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
