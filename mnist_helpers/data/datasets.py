"""The digits: MNIST from wherever it can be had, the offline stand-in, splits and loaders."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import BatchSampler, DataLoader, Dataset, RandomSampler, SequentialSampler

from mnist_helpers._support import MEAN as MEAN
from mnist_helpers._support import STD as STD
from mnist_helpers._support import normalize
from mnist_helpers.data.download import download as download_mnist
from mnist_helpers.data.idx_files import DataError, MissingFilesError, read_folder
from mnist_helpers.data.places import cache_folder, read_test_part
from mnist_helpers.data.stand_in import SKLEARN_LICENCE, framed_digits

MNIST_LICENCE = "MNIST: Y. LeCun, C. Cortes, C. J. C. Burges; CC BY-SA 3.0"
STAND_IN = "scikit-learn's digits (stand-in for MNIST)"


@dataclass(frozen=True, eq=False)
class DigitDataset(Dataset):
    """Images and their labels, in memory, for PyTorch's loaders.

    ``dataset[5]`` is one normalized image, float32 of shape ``(1, 28, 28)``, and its label, an
    int64 tensor without axes. ``dataset[[5, 8, 2]]``, or any slice or index tensor, is a whole
    batch: ``(n, 1, 28, 28)`` and ``(n,)``.

    Attributes:
        images: uint8, shape ``(n, 28, 28)``, 0 = paper, 255 = ink.
        labels: int64, shape ``(n,)``, 0 to 9.
        name: which digits these are.
    """

    images: Tensor
    labels: Tensor
    name: str

    def __post_init__(self):
        if self.images.ndim != 3 or self.labels.shape != self.images.shape[:1]:
            raise ValueError(
                f"A DigitDataset needs images of shape (n, 28, 28) and n labels, got "
                f"{tuple(self.images.shape)} and {tuple(self.labels.shape)}."
            )

    @classmethod
    def from_numpy(cls, images: np.ndarray, labels: np.ndarray, name: str) -> "DigitDataset":
        """The dataset of uint8 arrays: images ``(n, 28, 28)`` and labels ``(n,)``."""
        return cls(torch.from_numpy(images), torch.from_numpy(labels).long(), name)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int | Sequence[int] | slice | Tensor) -> tuple[Tensor, Tensor]:
        return normalize(self.images[index]), self.labels[index]

    def __repr__(self) -> str:
        return f"{self.name}: {len(self):,} images"

    def subset(self, index: Sequence[int] | slice | Tensor) -> "DigitDataset":
        """The dataset of some of the images."""
        return replace(self, images=self.images[index], labels=self.labels[index])

    def sample(self, n: int, seed: int = 0) -> "DigitDataset":
        """The dataset of ``n`` images drawn at random, or of all if there are fewer."""
        order = torch.randperm(len(self), generator=torch.Generator().manual_seed(seed))
        return self.subset(order[:n])


@dataclass(frozen=True)
class DigitData:
    """A data set in its two official parts.

    Attributes:
        name: ``"MNIST"`` only if the files are the official ones, byte for byte.
        train: to learn from, and to make decisions with (see `split_train_validation`).
        test: to be looked at once, at the end.
        source: where it came from: ``"folder"``, ``"cache"``, ``"download"`` or ``"stand-in"``.
        licence: who made the data, and the terms it comes under.
    """

    name: str
    train: DigitDataset
    test: DigitDataset
    source: str
    licence: str

    @property
    def is_mnist(self) -> bool:
        """Whether this is the official MNIST."""
        return self.name == "MNIST"

    def __repr__(self) -> str:
        return f"{self.name}: {len(self.train):,} training and {len(self.test):,} test images"


def load_mnist(
    root: str | Path | None = None,
    *,
    cache: str | Path | None = None,
    download: bool = True,
    time_limit: float = 300.0,
) -> DigitData:
    """Load MNIST from the first place that has it, or else the offline stand-in.

    The places, in order: the folder ``root``; the folder that the environment variable
    ``MNIST_DATA_DIR`` names; the user's cache; a download into that cache; and last the stand-in,
    scikit-learn's handwritten digits. The stand-in is announced on stderr, with the reason.

    Args:
        root: a folder with MNIST's four files, gzipped or not; it may be read-only.
        cache: where a download is kept; by default a folder in the user's cache.
        download: whether the network may be used.
        time_limit: the most seconds that a download may take; without a network the answer comes
            within about 4.

    Returns:
        The training and the test images, with the name of the data set.

    Raises:
        DataError: if ``root`` does not hold the four files, or if a file in it or in
            ``MNIST_DATA_DIR`` is damaged: nothing is then used.
    """
    if root is not None:
        return _from_folder(root, "folder")
    reasons = []
    if named := os.environ.get("MNIST_DATA_DIR"):
        try:
            return _from_folder(named, "folder")
        except MissingFilesError as error:
            reasons.append(f"MNIST_DATA_DIR does not help: {error}")
    cache = Path(cache) / "mnist" if cache else cache_folder()
    try:
        return _from_folder(cache, "cache")
    except MissingFilesError:
        pass
    except DataError as error:
        reasons.append(str(error))
    if download:
        try:
            download_mnist(cache, time_limit=time_limit)
            return _from_folder(cache, "download")
        except DataError as error:
            reasons.append(str(error))
    else:
        reasons.append("Downloading was not allowed.")
    _announce_stand_in(reasons)
    return load_stand_in()


def local_test_digits() -> DigitDataset:
    """Test digits that are on this machine already, to show a few: quick, quiet, no download.

    Returns:
        MNIST's test part, from ``MNIST_DATA_DIR`` or the cache; else the stand-in's.
    """
    found = read_test_part()
    return DigitDataset.from_numpy(*found, "MNIST") if found else load_stand_in().test


def _from_folder(folder: str | Path, source: str) -> DigitData:
    arrays, official = read_folder(folder)
    name = "MNIST" if official else "digits in MNIST's format (not the official MNIST)"
    licence = MNIST_LICENCE if official else "unknown"
    train = DigitDataset.from_numpy(arrays["train_images"], arrays["train_labels"], name)
    test = DigitDataset.from_numpy(arrays["test_images"], arrays["test_labels"], name)
    return DigitData(name, train, test, source, licence)


def _announce_stand_in(reasons: Sequence[str]) -> None:
    lines = [
        "!! MNIST is not here. You get the STAND-IN: scikit-learn's 1,797 small digits.",
        "!! Everything runs, but the figures are not MNIST's.",
        *(f"!! Why: {reason}" for reason in reasons),
        "!! To get MNIST: connect to the network and run this again, or put its four .gz files",
        "!! into a folder and set the environment variable MNIST_DATA_DIR to that folder.",
    ]
    print("\n".join(lines), file=sys.stderr, flush=True)


def load_stand_in() -> DigitData:
    """scikit-learn's 1,797 handwritten digits in MNIST's shape, 1,437 to train on and 360 to test.

    Source: see `mnist_helpers.data.stand_in`. They come with scikit-learn: no network is needed.
    """
    images, labels = framed_digits()
    train, test = (
        DigitDataset.from_numpy(images[index], labels[index], STAND_IN)
        for index in stand_in_split()
    )
    return DigitData(STAND_IN, train, test, "stand-in", SKLEARN_LICENCE)


def stand_in_split() -> tuple[np.ndarray, np.ndarray]:
    """Which of scikit-learn's 1,797 digits the stand-in trains on, and which it tests with."""
    from sklearn.model_selection import train_test_split  # here, because it takes a second

    _, labels = framed_digits()
    train, test = train_test_split(
        np.arange(len(labels)), test_size=360, stratify=labels, random_state=0
    )
    return train, test


def split_train_validation(
    train: DigitDataset, fraction: float = 1 / 12, seed: int = 0
) -> tuple[DigitDataset, DigitDataset]:
    """Set a part of the training images aside to make decisions with.

    Args:
        train: the training images.
        fraction: how much goes to validation: of MNIST's 60,000, the default takes 5,000.
        seed: which images go where. It is not the seed of the training, so that runs with
            different seeds are judged by the same images.

    Returns:
        The rest of the training images, and the validation images; each digit is as frequent in
        one as in the other.
    """
    from sklearn.model_selection import train_test_split  # here, because it takes a second

    index = torch.arange(len(train))
    rest, validation = train_test_split(
        index, test_size=fraction, stratify=train.labels, random_state=seed
    )
    return train.subset(rest), train.subset(validation)


def batch_loader(
    dataset: Dataset,
    batch_size: int = 128,
    *,
    shuffle: bool = False,
    seed: int | None = None,
    images: int | None = None,
) -> DataLoader:
    """A PyTorch DataLoader that takes each batch from memory with one indexing operation.

    The usual DataLoader fetches images one by one, and spends most of its time doing so.

    Args:
        dataset: takes a list of indices, as `DigitDataset` and ``TensorDataset`` do.
        batch_size: images per batch; the last batch may be smaller.
        shuffle: whether each epoch has an order of its own.
        seed: makes those orders repeatable by themselves; by default torch's global seed rules.
        images: how many images make an epoch, when shuffled; by default all. With more than there
            are, it begins anew after each pass.

    Returns:
        A loader of batches ``(images, labels)``.
    """
    if shuffle:
        generator = None if seed is None else torch.Generator().manual_seed(seed)
        order = RandomSampler(dataset, num_samples=images, generator=generator)
    else:
        order = SequentialSampler(dataset)
    return DataLoader(dataset, sampler=BatchSampler(order, batch_size, False), batch_size=None)
