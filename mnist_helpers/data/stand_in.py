"""scikit-learn's handwritten digits, made to look much like MNIST's.

Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
Repository, CC BY 4.0: 1,797 digits of 13 people, as 8×8 pixels (the test part of a collection from
43 people at Boğaziçi University, Istanbul).
"""

from functools import cache

import numpy as np
from PIL import Image

from mnist_helpers._support import centre_on_mass

SKLEARN_LICENCE = (
    "scikit-learn's digits: E. Alpaydin, C. Kaynak, UCI Machine Learning Repository; CC BY 4.0"
)


@cache
def framed_digits() -> tuple[np.ndarray, np.ndarray]:
    """All the digits, enlarged and framed much as MNIST frames its own.

    Returns:
        uint8 images of shape ``(1797, 28, 28)``, 0 = paper and 255 = ink: 18 pixels high, with the
        centre of mass in the middle; and uint8 labels of shape ``(1797,)``. Do not write to them.
    """
    from sklearn.datasets import load_digits  # here, because it takes a second

    digits = load_digits()
    images = np.stack([centre_on_mass(_enlarge(image / 16, 18)) for image in digits.images])
    return images, digits.target.astype(np.uint8)


def stretched_digits() -> tuple[np.ndarray, np.ndarray]:
    """The same digits the careless way: each 8×8 picture resized to fill 28×28, to its borders.

    Returns:
        As `framed_digits`, in the same order.
    """
    from sklearn.datasets import load_digits  # here, because it takes a second

    digits = load_digits()
    images = np.stack([_enlarge(image / 16, 28) for image in digits.images])
    return images, digits.target.astype(np.uint8)


def _enlarge(ink: np.ndarray, size: int) -> np.ndarray:
    picture = Image.fromarray((ink * 255).astype(np.uint8))
    return np.asarray(picture.resize((size, size), Image.Resampling.BICUBIC))
