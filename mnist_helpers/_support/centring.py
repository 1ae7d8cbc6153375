"""Where MNIST puts a digit in its square: the ink's centre of mass is in the middle."""

import numpy as np

# The mean row and the mean column of a digit's ink, counted from 0 to 27: both are 14.0 in MNIST's
# training images. The centre of the 28×28 square is the upper left corner of the pixel (14, 14).
CENTRE = 14.0


def centre_on_mass(ink: np.ndarray) -> np.ndarray:
    """Put a digit into an empty 28×28 square, with its centre of mass in the middle.

    Args:
        ink: the digit, shape ``(h, w)``, at most 28 each; whole numbers from 0 = paper to
            255 = ink. Cut the paper around it away, because all of ``ink`` stays in the square.

    Returns:
        uint8, shape ``(28, 28)``. On each axis, the centre of mass is at most half a pixel from
        `CENTRE`, unless the digit would then leave the square. Without ink, all zeros.
    """
    square = np.zeros((28, 28), np.uint8)
    total = ink.sum()
    if total == 0:
        return square
    height, width = ink.shape
    rows, columns = np.arange(height), np.arange(width)
    top = round(CENTRE - float((rows @ ink).sum() / total))
    left = round(CENTRE - float((ink @ columns).sum() / total))
    top, left = min(max(top, 0), 28 - height), min(max(left, 0), 28 - width)
    square[top : top + height, left : left + width] = ink
    return square
