"""Is it a 7, or a 1 with a long flag? A look at the digit, turned a little, tells them apart.

Most of MNIST's 1s have no flag, so a network may take one that has a long flag for a sure 7. Turned
to the left, the flag hangs down steeply, and the network sees a 1; the bar of a true 7 stays a bar.
"""

import numpy as np

from mnist_helpers._support import CENTRE

# The turn to the left, in radians (11 degrees), and the least probability of a 1 that then counts:
# on MNIST's validation images, it makes 6 of 508 sure 7s unsure. To people, they may be 1s as well.
TURN, LEAST = 0.2, 0.25


def turn_left(images: np.ndarray) -> np.ndarray:
    """Turn images, uint8, shape ``(n, 28, 28)``, to the left by `TURN`, about the centre."""
    y, x = np.mgrid[:28, :28] - CENTRE
    # Each pixel is a mean of the four around the place that it comes from.
    row = np.cos(TURN) * y + np.sin(TURN) * x + CENTRE
    column = np.cos(TURN) * x - np.sin(TURN) * y + CENTRE
    top, left = np.floor(row).astype(int), np.floor(column).astype(int)
    padded = np.pad(images.astype(np.float64), ((0, 0), (8, 8), (8, 8)))
    mean = np.zeros(images.shape)
    for down in (0, 1):
        for right in (0, 1):
            share = (1 - np.abs(row - top - down)) * (1 - np.abs(column - left - right))
            mean += share * padded[:, top + down + 8, left + right + 8]
    return np.rint(mean).astype(np.uint8)


def doubt_sevens(probabilities: np.ndarray, ones: np.ndarray) -> np.ndarray:
    """Lower the probabilities of 7s that may be 1s.

    Args:
        probabilities: of the ten digits, shape ``(n, 10)``, for images that are read as 7.
        ones: the probability of a 1 for the same images turned left, shape ``(n,)``.

    Returns:
        The probabilities, those of a 1 raised where it may be one; each row adds up to 1.
    """
    share = np.where(ones >= LEAST, ones / 2, 0)[:, None].astype(probabilities.dtype)
    return probabilities * (1 - share) + share * np.eye(10, dtype=probabilities.dtype)[1]
