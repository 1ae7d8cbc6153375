"""Refusing non-digits: could a 28×28 square be a digit at all? Letters and scribbles could not.

A network with ten outputs has none for "something else", so three more questions are asked. Does
the network see evidence for any digit? Does the ink look as if a pen had written one digit? Does a
small detector, which was trained with non-digits (`mnist_helpers.recipes`), find what digits have?
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

# Ten equal logits, a network without an opinion, have the energy log(10) = 2.3. How far above that
# digits are depends on the network, so a weights file may bring its own limit, "min_energy"; this
# one is for files that do not. After two epochs, 0.1 % of MNIST's validation images are below 4.4.
MIN_ENERGY = 3.5
# Of the 55,000 images of MNIST's training split, this many have more: 11, 2, 0 and 1. None has
# more than 7 pieces there, but thin and pale drawings fall apart more easily.
MAX_INK = 250.0
MAX_OUTLINE = 175.0
MAX_PIECES = 12
MAX_HOLES = 6

_DIAGONALS_TOUCH = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, eq=False)
class NonDigitScores:
    """What tells digits from non-digits; each array has one number per image, shape ``(n,)``.

    Attributes:
        energy: how strongly the network's logits speak for any digit at all, 2.3 or more: the
            logarithm of the sum of their exponentials, after subtracting their mean, because a
            constant added to all logits has no meaning. Source: W. Liu et al., "Energy-based
            Out-of-distribution Detection", NeurIPS 2020, with the opposite sign.
        ink: the amount of ink, in pixels of full ink, 0 to 784.
        outline: the length of the ink's outline, in pixels, counted along rows and columns (the
            total variation); pale ink counts less.
        pieces: how many separate pieces the ink consists of. Pixels darker than half ink count.
        holes: how many separate areas of paper the ink encloses: 0 in a 1, 2 in an 8.
        detected: the output of the network's detector, 0 or more for a digit: see
            `mnist_helpers.model.make_detector`.
    """

    energy: np.ndarray
    ink: np.ndarray
    outline: np.ndarray
    pieces: np.ndarray
    holes: np.ndarray
    detected: np.ndarray


def non_digit_scores(
    images: np.ndarray, logits: np.ndarray, detected: np.ndarray | None = None
) -> NonDigitScores:
    """Compute the scores of images.

    Args:
        images: uint8, shape ``(n, 28, 28)``, 0 = paper, 255 = ink.
        logits: the network's answers, shape ``(n, 10)``.
        detected: the outputs of its detector, shape ``(n,)``; None if it has none.
    """
    ink = images.astype(np.float64) / 255
    down, right = np.abs(np.diff(ink, axis=1)), np.abs(np.diff(ink, axis=2))
    dark = np.pad(images > 127, ((0, 0), (1, 1), (1, 1)))
    # Ink that touches at a corner is one piece; paper that does is two areas.
    pieces = [ndimage.label(image, _DIAGONALS_TOUCH)[1] for image in dark]
    holes = [ndimage.label(~image)[1] - 1 for image in dark]
    return NonDigitScores(
        energy=compute_energy(logits),
        ink=ink.sum(axis=(1, 2)),
        outline=down.sum(axis=(1, 2)) + right.sum(axis=(1, 2)),
        pieces=np.array(pieces, dtype=np.int64),
        holes=np.array(holes, dtype=np.int64),
        detected=np.zeros(len(images)) if detected is None else detected,
    )


def compute_energy(logits: np.ndarray) -> np.ndarray:
    """How strongly logits, shape ``(n, 10)``, speak for any digit: see `NonDigitScores`."""
    centred = logits.astype(np.float64) - logits.mean(axis=1, keepdims=True, dtype=np.float64)
    return np.logaddexp.reduce(centred, axis=1)


def looks_like_digit(scores: NonDigitScores, min_energy: float = MIN_ENERGY) -> np.ndarray:
    """Whether each image may be a digit: bool, shape ``(n,)``.

    Args:
        scores: see `non_digit_scores`.
        min_energy: the least energy that a digit has with this network.
    """
    return (
        (scores.detected >= 0)
        & (scores.energy >= min_energy)
        & (scores.ink <= MAX_INK)
        & (scores.outline <= MAX_OUTLINE)
        & (scores.pieces <= MAX_PIECES)
        & (scores.holes <= MAX_HOLES)
    )
