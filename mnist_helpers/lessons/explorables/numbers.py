"""The explorable of notebook 11: where to cut two digits that touch."""

import base64
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from scipy import ndimage

from mnist_helpers.data import DigitDataset
from mnist_helpers.framing import Framed, crop_ink, find_cuts, frame_ink
from mnist_helpers.lessons.figures import BLUE, ORANGE, new_figure
from mnist_helpers.recognizer import DigitRecognizer, Reading
from mnist_helpers.synthetic import compose_numbers

from .inside import answering_weights
from .showing import show_explorable

TRIED = 24  # numbers that are composed, among which are those to cut
CHOSEN = 5
PAPER = 6  # pixels around a number
SAME = 6.0  # grey levels: two squares that differ by less on average show the same piece


def cut_two_digits(recognizer: DigitRecognizer, dataset: DigitDataset, seed: int) -> None:
    """Show numbers of two digits that touch: where would you cut, and what is then read?

    The numbers are such that the recognizer reads them rightly, unless it reads none. They come in
    the order of how many straight cuts make its network read both digits rightly: from many to few.

    Args:
        recognizer: its network reads the pieces, and its own cuts can be compared.
        dataset: the digits to put side by side.
        seed: the same seed composes the same numbers.

    Raises:
        ExportError: if its network has a layer that a page cannot compute.
    """
    pairs = list(_read_pairs(recognizer, dataset, seed))
    read = [pair for pair in pairs if pair["path"]]
    found = sorted(read or pairs, key=lambda pair: -pair["good"])
    places = np.linspace(0, len(found) - 1, min(CHOSEN, len(found))).round().astype(int)
    pairs = [found[place] for place in places]
    figure = _cut_figure(pairs)
    shown = [{name: value for name, value in pair.items() if name != "ink"} for pair in pairs]
    show_explorable(
        "cut",
        "Two digits that touch, and where to cut them",
        {"pairs": shown, "network": answering_weights(recognizer.model)},
        figure,
        "Two digits that touch. Drag the line: the network says what it sees on both sides.",
        alt="Numbers of two digits that touch, each cut by a line in its first third: "
        "what is left of the line is blue, the rest is orange.",
        height=640,
    )


def _read_pairs(
    recognizer: DigitRecognizer, dataset: DigitDataset, seed: int
) -> Iterator[dict[str, Any]]:
    """Numbers of two digits in one part, each with the cut that was made if it was read rightly."""
    random = np.random.default_rng(seed)
    numbers = [f"{number:02}" for number in random.integers(0, 100, TRIED)]
    images, labels = dataset.images.numpy(), dataset.labels.numpy()
    composed = compose_numbers(list(images), labels, numbers, seed, "touching")
    for number, ink in zip(numbers, (np.pad(one, PAPER) for one in composed), strict=True):
        if ndimage.label(ink > 127, np.ones((3, 3)))[1] > 1:
            continue
        reading = recognizer.read(255 - ink)
        path = _path_of(reading, ink) if reading.number == number else None
        yield {
            "number": number,
            "width": ink.shape[1],
            "pixels": base64.b64encode(zlib.compress(ink.tobytes(), 9)).decode("ascii"),
            "path": None if path is None else path.tolist(),
            "words": reading.words,
            "good": _count_good(recognizer, ink, number),
            "ink": ink,
        }


def _halves(ink: np.ndarray, path: np.ndarray) -> list[Framed]:
    """What is left of a path, and the rest, framed; ``path`` has a column for each row."""
    amount, columns = (ink / 255).astype(np.float32), np.arange(ink.shape[1])
    left = columns[None] < path[:, None]
    return [frame_ink(crop_ink(amount, side, 0.0)) for side in (left, ~left)]


def _path_of(reading: Reading, ink: np.ndarray) -> np.ndarray | None:
    """The path along which a number was cut: the one whose halves are what was read; or None."""
    rows, columns = np.nonzero(ink > 127)
    top, end, first = rows.min(), rows.max() + 1, columns.min()
    amount = (ink[top:end, first : columns.max() + 1] / 255).astype(np.float32)
    best, least = None, SAME
    for cut, _ in find_cuts(amount, end - top):
        path = np.pad(cut + first, (top, len(ink) - end), mode="edge")
        pairs = zip(_halves(ink, path), reading.digits, strict=True)
        apart = max(
            np.abs(half.image.astype(int) - digit.prediction.image).mean() for half, digit in pairs
        )
        if apart < least:
            best, least = path, apart
    return best


def _count_good(recognizer: DigitRecognizer, ink: np.ndarray, number: str) -> int:
    """How many straight cuts, of every second column, make both halves read rightly."""
    columns = np.flatnonzero((ink > 127).any(axis=0))
    cuts = range(columns[0] + 4, columns[-1] - 3, 2)
    halves = [half for cut in cuts for half in _halves(ink, np.full(len(ink), cut))]
    answers = [one.probabilities.argmax() for one in recognizer.predict_framed(halves)]
    return sum(
        f"{left}{right}" == number for left, right in zip(answers[::2], answers[1::2], strict=True)
    )


def _cut_figure(pairs: list[dict[str, Any]]) -> Figure:
    """The numbers, each with the line as it lies at first."""
    figure, axes = new_figure(8, 2.2, ncols=len(pairs))
    for axis, pair in zip(np.atleast_1d(axes), pairs, strict=True):
        ink = pair["ink"]
        inked = np.flatnonzero((ink > 127).any(axis=0))
        line = round(0.75 * (inked[0] + 3) + 0.25 * (inked[-1] - 2))
        left = np.arange(ink.shape[1]) < line
        colours = np.where(left[:, None], to_rgb(BLUE), to_rgb(ORANGE))
        axis.imshow(1 + (ink / 255)[..., None] * (colours - 1))
        axis.axvline(line - 0.5, color="black", linewidth=3)
        axis.set(title=pair["number"], xticks=[], yticks=[])
    return figure
