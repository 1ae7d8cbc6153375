"""Refusing non-digits: could a 28×28 square be a digit at all? Letters and scribbles could not.

A network with ten outputs has none for "something else", so we ask three more questions. Does the
network see evidence for any digit? Does the ink look as if a pen had written one digit? Does a
small detector, which `mnist_helpers.recipes` trained with non-digits, take it for a digit?
"""

import numpy as np
from scipy import ndimage

# Ten equal logits, which express no opinion, have the energy log(10) = 2.3. How far above that the
# digits lie depends on the network, so a weights file may bring its own limit, "min_energy"; this
# one is for files without it. After two epochs of training, 0.1 % of MNIST's validation images are
# below 4.4.
MIN_ENERGY = 3.5
# Of MNIST's 55,000 training images, 11, 2, 0 and 1 exceed these limits. None has more than 7
# pieces, but thin and pale drawings fall apart more easily.
MAX_INK = 250.0
MAX_OUTLINE = 175.0
MAX_PIECES = 12
MAX_HOLES = 6
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])


def looks_like_digit(
    images: np.ndarray, logits: np.ndarray, detected: np.ndarray, min_energy: float = MIN_ENERGY
) -> np.ndarray:
    """Whether each image, uint8, ``(n, 28, 28)``, may be a digit: bool, shape ``(n,)``.

    ``logits`` and ``detected`` are the network's answers, as `ask_all_heads` gives them, and
    ``min_energy`` is the least energy that a digit has with this network.
    """
    fine = (detected >= 0) & (compute_energy(logits) >= min_energy)
    ink, outline, pieces, holes = measure_ink(images[fine])  # most halves of digits are not fine
    fine[fine] = (
        (ink <= MAX_INK) & (outline <= MAX_OUTLINE) & (pieces <= MAX_PIECES) & (holes <= MAX_HOLES)
    )
    return fine


def weigh_evidence(
    logits: np.ndarray, detected: np.ndarray, min_energy: float = MIN_ENERGY
) -> np.ndarray:
    """How much speaks for one digit: shape ``(n,)``, -5 to 5.6.

    Half a digit and two that touch have less. The weights make the right way to take a number apart
    the likeliest one; they were fitted to numbers of digits that the network had not learned from.
    The arguments are those of `looks_like_digit`. Where there is no detector, the energy alone says
    it, over a wider range.
    """
    energy = compute_energy(logits) - min_energy
    energy = np.where(detected == 0, 0.35 * energy.clip(-8, 16), 0.5 * energy.clip(-4, 4))
    return energy + 0.3 * detected.clip(-10, 12)


def compute_energy(logits: np.ndarray) -> np.ndarray:
    """How strongly logits, shape ``(n, 10)``, speak for any digit: shape ``(n,)``, 2.3 or more.

    This energy is the logarithm of the sum of the logits' exponentials. Their mean is subtracted
    first, because a constant added to all logits has no meaning. Source: W. Liu et al.,
    "Energy-based Out-of-distribution Detection", NeurIPS 2020, where it has the opposite sign.
    """
    centred = logits.astype(np.float64) - logits.mean(axis=1, keepdims=True, dtype=np.float64)
    return np.logaddexp.reduce(centred, axis=1)


def measure_ink(images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Measure the ink of images, uint8, shape ``(n, 28, 28)``; each result has the shape ``(n,)``.

    Returns:
        The amount of ink, in pixels of full ink, 0 to 784.
        The length of its outline, in pixels, counted along rows and columns (the total variation);
        pale ink counts less.
        How many separate pieces it consists of. Pixels darker than half ink count.
        How many separate areas of paper it encloses: 0 in a 1, 2 in an 8.
    """
    ink = images.astype(np.float64) / 255
    down, right = np.abs(np.diff(ink, axis=1)), np.abs(np.diff(ink, axis=2))
    dark = np.pad(images > 127, ((0, 0), (1, 1), (1, 1)))
    # Ink that touches at a corner is one piece; paper that touches at a corner is two areas.
    pieces, holes = _count_areas(dark, np.ones((3, 3))), _count_areas(~dark, _CROSS) - 1
    outline = down.sum(axis=(1, 2)) + right.sum(axis=(1, 2))
    return ink.sum(axis=(1, 2)), outline, pieces, holes


def _count_areas(masks: np.ndarray, neighbours: np.ndarray) -> np.ndarray:
    """How many areas each of the masks, ``(n, h, w)``, has.

    ``neighbours`` is 1 where a pixel belongs to the same area as the middle of 3×3. One call for
    all masks is quicker than a call for each; it numbers the areas of one mask after another.
    """
    apart = np.zeros((3, 3))  # no area goes on in the next mask
    labels, _ = ndimage.label(masks, np.stack([apart, neighbours, apart]))
    return np.diff(np.maximum.accumulate(labels.max(axis=(1, 2))), prepend=0)
