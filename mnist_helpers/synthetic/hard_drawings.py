"""Digits with known labels that look as people draw and photograph them: what a demo has to read.

Nobody has to collect them, because `synthetic.backgrounds` puts digits that are here anyway
(MNIST's test digits, scikit-learn's) and generated strokes on paper. They show how much each step
of a reader helps; only strangers' drawings can show how well it reads strangers' drawings.
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
# No recipe of this package trains on strokes with this seed.
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
    """Pictures to count with, to which you can add your own.

    Args:
        drawings: the first pictures.
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
        """Add your own drawing, which then counts like the others.

        Args:
            picture: a path, a Pillow image, an array, or anything else that
                `mnist_helpers.framing.open_picture` accepts.
            label: the digit in it, 0 to 9.

        Raises:
            PictureError: if the picture cannot be opened.
            ValueError: if the label is not a digit.
        """
        if isinstance(label, bool) or label not in range(10):
            raise ValueError(f"The label must be the digit that is drawn, 0 to 9, got {label!r}.")
        self._drawings.append(HardDrawing(open_picture(picture), int(label), YOURS, YOURS))

    def count(self, read: Callable[[Image.Image], int | None]) -> "Count":
        """Let a function read every picture.

        Args:
            read: gets a picture, and returns the digit or, if it finds none, None.

        Raises:
            ValueError: if there are no pictures.
        """
        if not self._drawings:
            raise ValueError("There are no drawings to count. Add some first.")
        answers = [read(drawing.picture) for drawing in self]
        return Count(self._drawings[:], answers)


@dataclass(frozen=True, eq=False)
class Count:
    """What was read.

    Attributes:
        drawings: the pictures.
        answers: the digit that was read in each picture, or None.
    """

    drawings: list[HardDrawing]
    answers: list[int | None]

    @property
    def correct(self) -> np.ndarray:
        """Whether each picture was read right: bool, shape ``(n,)``."""
        pairs = zip(self.drawings, self.answers, strict=True)
        return np.array([drawing.label == answer for drawing, answer in pairs], bool)

    @property
    def accuracy(self) -> float:
        """The fraction of pictures that were read right, 0 to 1."""
        return float(self.correct.mean())

    def by_kind(self) -> dict[str, float]:
        """That fraction for each kind, in the order in which the kinds occur."""
        kinds = np.array([drawing.kind for drawing in self.drawings])
        names = dict.fromkeys(kinds.tolist())
        return {kind: float(self.correct[kinds == kind].mean()) for kind in names}

    def wrong(self, kind: str | None = None) -> list[int]:
        """The indices of the pictures, of one kind or of all, that were read wrong."""
        return [
            index
            for index, right in enumerate(self.correct)
            if not right and kind in (None, self.drawings[index].kind)
        ]


def hard_drawings(test: DigitDataset, per_kind: int = 30, seed: int = 0) -> HardDrawings:
    """Make a fixed set of pictures: the same arguments give the same pictures.

    One third shows test digits, one third those of scikit-learn's digits that no network of this
    package is trained on, and one third generated strokes. (The network that comes with the package
    was trained on other strokes from the same generator, so that third is easier for it.)

    Args:
        test: the test digits that are here: MNIST's, or the stand-in's.
        per_kind: how many pictures to make of each of the `HARD_KINDS`. Up to 30, no digit is used
            twice.
        seed: which set to make.
    """
    random = np.random.default_rng(seed)
    third = -(-per_kind * len(HARD_KINDS) // 3)
    held_out = load_stand_in().test
    order = random.permutation(len(held_out))
    # The stand-in's test digits are the held-out ones, so then both sources share them out.
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
