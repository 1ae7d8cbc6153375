"""Digits as people draw and photograph them, with known labels: what a demo has to read.

Nobody has to collect them: handwriting that is here anyway (MNIST's test digits, scikit-learn's)
and generated strokes are set as ink on paper by `synthetic.backgrounds`. They show how much a step
helps; how good a recognizer is with strangers' drawings, only strangers' drawings can tell.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from mnist_helpers.data import DigitDataset, load_stand_in
from mnist_helpers.framing import open_picture
from mnist_helpers.synthetic.backgrounds import paste_digits
from mnist_helpers.synthetic.strokes import draw_strokes

HARD_KINDS = (
    *("plain", "small", "transparent", "board", "low contrast"),
    *("shaded", "photo", "ruled", "noisy", "thin"),
)
YOURS = "yours"
# No recipe of this package trains on strokes of this seed.
STROKES_SEED = 2026


@dataclass(frozen=True, eq=False)
class HardDrawing:
    """A picture of one digit.

    Attributes:
        picture: of any size and mode.
        label: the digit, 0 to 9.
        kind: how it was drawn or photographed: one of ``HARD_KINDS``, or "yours".
        source: whose handwriting it is.
    """

    picture: Image.Image
    label: int
    kind: str
    source: str


class HardDrawings:
    """Pictures to count on; pictures of your own can be added.

    Args:
        drawings: what is in it at first.
    """

    def __init__(self, drawings: list[HardDrawing]):
        self._drawings = list(drawings)

    def __len__(self) -> int:
        return len(self._drawings)

    def __iter__(self) -> Iterator[HardDrawing]:
        return iter(self._drawings)

    def __getitem__(self, index: int) -> HardDrawing:
        return self._drawings[index]

    def add(self, picture: Any, label: int) -> None:
        """Add a drawing of your own: from then on it counts.

        Args:
            picture: a path, a Pillow image, an array: whatever
                `mnist_helpers.framing.open_picture` takes.
            label: the digit that it shows, 0 to 9.

        Raises:
            PictureError: if the picture cannot be opened.
            ValueError: if the label is not a digit.
        """
        if isinstance(label, bool) or label not in range(10):
            raise ValueError(f"The label must be the digit that is drawn, 0 to 9, got {label!r}.")
        self._drawings.append(HardDrawing(open_picture(picture), int(label), YOURS, YOURS))

    def count(self, read: Callable[[Image.Image], int | None]) -> "Count":
        """Have every picture read.

        Args:
            read: takes a picture, returns the digit, or None if it finds none.

        Raises:
            ValueError: if there is no picture to count on.
        """
        if not self._drawings:
            raise ValueError("There are no drawings to count on: add some first.")
        answers = [read(drawing.picture) for drawing in self]
        return Count(self._drawings[:], answers)


@dataclass(frozen=True, eq=False)
class Count:
    """What was read.

    Attributes:
        drawings: the pictures.
        answers: the digit that was read in each; None for none.
    """

    drawings: list[HardDrawing]
    answers: list[int | None]

    @property
    def correct(self) -> np.ndarray:
        """Whether each was read right: bool, shape ``(n,)``."""
        pairs = zip(self.drawings, self.answers, strict=True)
        return np.array([drawing.label == answer for drawing, answer in pairs], bool)

    @property
    def accuracy(self) -> float:
        """The fraction that was read right, 0 to 1."""
        return float(self.correct.mean())

    def by_kind(self) -> dict[str, float]:
        """That fraction for each kind, in the order in which the kinds occur."""
        kinds = np.array([drawing.kind for drawing in self.drawings])
        names = dict.fromkeys(kinds.tolist())
        return {kind: float(self.correct[kinds == kind].mean()) for kind in names}

    def wrong(self, kind: str | None = None) -> list[int]:
        """The indices of those that were read wrong, of one kind or of all."""
        return [
            index
            for index, right in enumerate(self.correct)
            if not right and kind in (None, self.drawings[index].kind)
        ]


def hard_drawings(test: DigitDataset, per_kind: int = 30, seed: int = 0) -> HardDrawings:
    """A fixed set of pictures, the same for the same arguments.

    A third shows test digits, a third those of scikit-learn's digits that no network of this
    package is trained on, a third generated strokes. (The network that comes with the package was
    trained on other strokes of the same generator: that third is easier for it.)

    Args:
        test: the test digits that are here: MNIST's, or the stand-in's.
        per_kind: how many pictures of each of the ``HARD_KINDS``; at most 30 are enough for
            everything to be different.
        seed: which set.
    """
    random = np.random.default_rng(seed)
    third = -(-per_kind * len(HARD_KINDS) // 3)
    held_out = load_stand_in().test
    order = random.permutation(len(held_out))
    # The stand-in's test digits are those held out: then take others of them.
    chosen = random.permutation(len(test))[:third] if test.name != held_out.name else order[third:]
    images, labels = draw_strokes(third, STROKES_SEED + seed)
    sources = [
        (_pick(test, chosen[:third]), test.name),
        (_pick(held_out, order[:third]), "scikit-learn"),
        ((images, labels), "generated strokes"),
    ]
    # One of each source in turn, so that each kind has as many of each.
    digits = [
        (images[i], int(labels[i]), source)
        for i in range(third)
        for (images, labels), source in sources
    ]
    drawings = []
    for number, kind in enumerate(HARD_KINDS):
        part = digits[number * per_kind : (number + 1) * per_kind]
        pictures = paste_digits(np.stack([image for image, _, _ in part]), [seed, number], kind)
        drawings += [
            HardDrawing(picture, label, kind, source)
            for picture, (_, label, source) in zip(pictures, part, strict=True)
        ]
    return HardDrawings(drawings)


def _pick(digits: DigitDataset, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return digits.images[index].numpy(), digits.labels[index].numpy()
