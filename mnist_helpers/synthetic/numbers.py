"""Numbers composed of single digits, for which many labelled ones exist.

The digits of a number stand on an uneven line and differ a little in size; the whole line slants
and climbs as handwriting does. `backgrounds.paste_digits` puts the line on paper.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image
from scipy import ndimage

# How neighbours lie: "apart" has clear paper between them. Between "close" ones there is a narrow
# gap, perhaps a slanting one. Of "touching" ones, about every second pair has strokes in common.
SPACINGS = ("apart", "close", "touching")
HEIGHT = 48  # of a digit of the usual size, in pixels


def compose_numbers(
    digits: Sequence[np.ndarray],
    labels: Sequence[int] | np.ndarray,
    numbers: Sequence[str],
    seed: int | list[int],
    spacing: str = "apart",
) -> list[np.ndarray]:
    """Write numbers with the digits of somebody's hand.

    Args:
        digits: uint8, each of shape ``(h, w)``, 0 = paper, 255 = ink; none may be empty.
        labels: which digit each of them is, 0 to 9.
        numbers: what to write, such as ``["42", "100"]``; each digit needs an example.
        seed: one number or several; the same seed gives the same numbers.
        spacing: one of `SPACINGS`.

    Returns:
        The ink of each number: uint8, shape ``(h, w)``, 0 = paper, 255 = ink.

    Raises:
        ValueError: if the spacing is unknown, or a number is empty or has a digit without example.
    """
    if spacing not in SPACINGS:
        raise ValueError(f"spacing must be one of {', '.join(SPACINGS)}, got {spacing!r}.")
    random, known = np.random.default_rng(seed), np.asarray(labels)
    places = {str(digit): np.flatnonzero(known == digit) for digit in set(known.tolist())}
    for number in numbers:
        if not number or not set(number) <= set(places):
            raise ValueError(f"A number needs digits that have examples, got {number!r}.")
    return [
        _compose([digits[random.choice(places[one])] for one in number], spacing, random)
        for number in numbers
    ]


def _compose(digits: Sequence[np.ndarray], spacing: str, random: np.random.Generator) -> np.ndarray:
    slant, climb = random.normal(0, 0.12), random.normal(0, 0.03)
    spread = random.uniform(0.05, 0.6)
    touching = random.random(len(digits)) < 0.5
    touching[-1 - random.integers(max(1, len(digits) - 1))] = True
    line = np.zeros((4 * HEIGHT, 2 * HEIGHT * len(digits)), np.float32)
    edge = 0  # how far the line reaches to the right
    for place, digit in enumerate(digits):
        ink = _slanted(_scaled(digit, HEIGHT * random.triangular(0.8, 1, 1.2)), slant)
        height, width = ink.shape
        baseline = 3 * HEIGHT + round(HEIGHT * random.normal(0, 0.05)) - round(climb * edge)
        rows = slice(baseline - height, baseline)
        left = edge + round(HEIGHT * spread * random.uniform(0.7, 1.3)) if place else 0
        if place and spacing != "apart":
            touches = spacing == "touching" and bool(touching[place])
            gap = -random.uniform(0.02, 0.07) if touches else random.uniform(0.05, 0.12)
            left = _next_to(line[rows], ink, edge, round(HEIGHT * gap))
        line[rows, left : left + width] = np.maximum(line[rows, left : left + width], ink)
        edge = max(edge, left + width)
    found = ndimage.find_objects(line > 0, 1)[0]
    return np.rint(line[found] * 255).astype(np.uint8)


def _next_to(line: np.ndarray, ink: np.ndarray, edge: int, gap: int) -> int:
    """Where the left side of ``ink`` comes, if ``gap`` pixels are between it and the line.

    A digit may reach under or over its neighbour by a third of its width.
    """
    written, dark = line > 0.4, ink > 0.4
    columns = np.arange(1, line.shape[1] + 1)
    # Strokes that pass one another a little higher or lower are neighbours, too.
    ends = ndimage.maximum_filter1d((written * columns).max(1), 2 * abs(gap) + 1)
    starts = np.where(dark.any(1), dark.argmax(1), ink.shape[1])
    both = (ends > 0) & (starts < ink.shape[1])
    farthest = edge - round(0.35 * ink.shape[1])
    return max(int((ends - starts)[both].max()) + gap if both.any() else edge, farthest, 0)


def _scaled(digit: np.ndarray, longest: float) -> np.ndarray:
    """The ink, 0 to 1, with a longer side of that many pixels."""
    digit = digit[ndimage.find_objects(digit > 0, 1)[0]]
    factor = longest / max(digit.shape)
    size = [max(1, round(side * factor)) for side in digit.shape[::-1]]
    scaled = Image.fromarray(digit).resize(size, Image.Resampling.BICUBIC)
    return np.asarray(scaled, np.float32) / 255


def _slanted(ink: np.ndarray, slant: float) -> np.ndarray:
    """The ink with each row moved to the right by ``slant`` pixels a pixel of height."""
    height = len(ink)
    room = round(abs(slant) * height)
    wide = np.pad(ink, ((0, 0), (room, room)))
    moved = ndimage.affine_transform(wide, [[1, 0], [slant, 1]], [0, -slant * height / 2], order=1)
    return moved[ndimage.find_objects(moved > 0, 1)[0]]
