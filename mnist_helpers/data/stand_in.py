"""The offline stand-in for MNIST: scikit-learn's handwritten digits, made to look like MNIST's.

Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
Repository, CC BY 4.0: 1,797 digits of 8×8 pixels by 13 people, the test part of a collection by 43
people at Boğaziçi University, Istanbul. They come with scikit-learn: nothing is downloaded.
"""

from functools import cache

import numpy as np
import torch
from PIL import Image

from mnist_helpers._support import centre_on_mass
from mnist_helpers.data.datasets import DigitData, DigitDataset

STAND_IN = "scikit-learn's digits (stand-in for MNIST)"
AUTHORS = "E. Alpaydin, C. Kaynak, UCI Machine Learning Repository"
SKLEARN_LICENCE = f"scikit-learn's digits: {AUTHORS}; CC BY 4.0"


def load_stand_in() -> DigitData:
    """scikit-learn's 1,797 digits in MNIST's form: 1,437 to train on and 360 to test with."""
    images, labels = framed_digits()
    digits = DigitDataset.from_numpy(images, labels, STAND_IN)
    train, test = map(digits.subset, map(torch.from_numpy, stand_in_split()))
    return DigitData(STAND_IN, train, test, "stand-in", SKLEARN_LICENCE)


def stand_in_split() -> tuple[np.ndarray, np.ndarray]:
    """The indices, 0 to 1,796, of the stand-in's training digits and of its test digits."""
    from sklearn.model_selection import train_test_split  # here, because it takes a second

    _, labels = framed_digits()
    index = np.arange(len(labels))
    train, test = train_test_split(index, test_size=360, stratify=labels, random_state=0)
    return train, test


@cache
def framed_digits() -> tuple[np.ndarray, np.ndarray]:
    """All the digits, enlarged to 18 pixels and centred on their mass, as MNIST centres its own.

    Returns:
        uint8 images, ``(1797, 28, 28)``, 0 = paper and 255 = ink, and uint8 labels, ``(1797,)``. Do
        not write to them.
    """
    images, labels = _enlarged(18)
    return np.stack([centre_on_mass(image) for image in images]), labels


def stretched_digits() -> tuple[np.ndarray, np.ndarray]:
    """The digits of `framed_digits`, in the same order, but each stretched from 8×8 to 28×28."""
    return _enlarged(28)


def _enlarged(side: int) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits  # here, because it takes a second

    digits = load_digits()
    pictures = (Image.fromarray((ink / 16 * 255).astype(np.uint8)) for ink in digits.images)
    images = (picture.resize((side, side), Image.Resampling.BICUBIC) for picture in pictures)
    return np.stack([np.asarray(image) for image in images]), digits.target.astype(np.uint8)
