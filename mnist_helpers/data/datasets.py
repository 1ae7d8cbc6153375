"""The digits in memory: images and labels, training and test parts, validation split, batches."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import BatchSampler, DataLoader, Dataset, RandomSampler, SequentialSampler

from mnist_helpers._support import check_dataset, check_digits, normalize, take


@dataclass(frozen=True, eq=False)
class DigitDataset(Dataset):
    """Images and their labels, in memory, for PyTorch's loaders.

    ``dataset[5]`` is one normalized image, float32 of shape ``(1, 28, 28)``, and its label, an
    int64 tensor without axes. A list such as ``dataset[[5, 8, 2]]``, a slice or an index tensor
    gives a whole batch, ``(n, 1, 28, 28)`` and ``(n,)``.

    Attributes:
        images: uint8, shape ``(n, 28, 28)``, 0 = paper, 255 = ink.
        labels: int64, shape ``(n,)``, 0 to 9.
        name: what to call these digits, such as ``"MNIST"``.
    """

    images: Tensor
    labels: Tensor
    name: str

    def __post_init__(self) -> None:
        check_digits(self.images, self.labels)

    @classmethod
    def from_numpy(cls, images: np.ndarray, labels: np.ndarray, name: str) -> "DigitDataset":
        """The dataset of uint8 arrays: images ``(n, 28, 28)`` and labels ``(n,)``."""
        return cls(torch.from_numpy(images), torch.from_numpy(labels).long(), name)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int | Sequence[int] | slice | Tensor) -> tuple[Tensor, Tensor]:
        return normalize(take(self.images, index)), take(self.labels, index)

    def __repr__(self) -> str:
        return f"{self.name}: {len(self):,} images"

    def to(self, device: str | torch.device) -> "DigitDataset":
        """The dataset on a device, such as ``"cuda"``, where no batch has to be brought then."""
        return replace(self, images=self.images.to(device), labels=self.labels.to(device))

    def subset(self, index: Sequence[int] | slice | Tensor) -> "DigitDataset":
        """The dataset of some of the images, chosen by their numbers or by a mask."""
        return replace(self, images=self.images[index], labels=self.labels[index])

    def sample(self, n: int, seed: int = 0) -> "DigitDataset":
        """The dataset of ``n`` images drawn at random, or of all if there are fewer."""
        if n < 0:
            raise ValueError(f"The number of images must not be negative, got {n}.")
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
        licence: who made the data, and the terms under which it comes.
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


def split_train_validation(train: DigitDataset, seed: int = 0) -> tuple[DigitDataset, DigitDataset]:
    """Set a twelfth of the training images (5,000 of MNIST's) aside to make decisions with.

    Args:
        train: the training images.
        seed: which images go where. Keep it when the seed of the training changes, so that all
            runs are judged by the same images.

    Returns:
        The rest, and the validation images. Each digit is equally frequent in both.
    """
    from sklearn.model_selection import train_test_split  # here, because it takes a second

    check_dataset(train)
    index = torch.arange(len(train))
    rest, validation = train_test_split(
        index, test_size=1 / 12, stratify=train.labels.cpu(), random_state=seed
    )
    return train.subset(rest), train.subset(validation)


def batch_loader(
    dataset: DigitDataset | torch.utils.data.TensorDataset,
    batch_size: int = 128,
    *,
    shuffle: bool = False,
    seed: int | None = None,
    images: int | None = None,
) -> DataLoader:
    """A DataLoader that takes each batch from memory at once, and not, as usual, image by image.

    Args:
        dataset: takes a list of indices, as `DigitDataset` and ``TensorDataset`` do.
        batch_size: images per batch; the last batch may be smaller.
        shuffle: whether each epoch has a new order.
        seed: makes those orders repeatable; by default, torch's global seed decides.
        images: how many images make an epoch; by default all. If there are fewer, the loader goes
            through them again. It needs ``shuffle``, or a ValueError is raised.
    """
    check_dataset(dataset)
    if images is not None and not shuffle:
        raise ValueError("images= chooses at random, so it needs shuffle=True.")
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    order: RandomSampler | SequentialSampler = SequentialSampler(dataset)
    if shuffle:
        order = RandomSampler(dataset, num_samples=images, generator=generator)
    return DataLoader(dataset, sampler=BatchSampler(order, batch_size, False), batch_size=None)
