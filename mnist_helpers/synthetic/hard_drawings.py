"""Pictures of digits, with known labels, like those that people draw and photograph for a demo.

Nobody has to collect them, because `synthetic.backgrounds` puts unseen digits and generated
strokes on paper. They show how much each step of a reader helps, but not how well it reads the
drawings of strangers: only real drawings can show that.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from mnist_helpers.data import DigitDataset, load_stand_in
from mnist_helpers.framing import PictureError, open_picture
from mnist_helpers.synthetic.backgrounds import paste_digits
from mnist_helpers.synthetic.strokes import draw_strokes

HARD_KINDS = (
    *("plain", "small", "transparent", "board", "low contrast"),
    *("shaded", "photo", "ruled", "noisy", "thin"),
)
# Recipes train on strokes with the seed of their run, which is 0 unless another one is asked for.
STROKES_SEED = 2026


@dataclass(frozen=True, eq=False)
class HardDrawing:
    """A picture of one digit."""

    picture: Image.Image  # of any size and mode
    label: int  # the digit, 0 to 9
    kind: str  # how it was drawn or photographed: one of `HARD_KINDS`, or "yours"
    source: str  # whose handwriting it is; for one of yours, its file


@dataclass(frozen=True, eq=False)
class HardDrawings:
    """Pictures to test a reader with."""

    drawings: list[HardDrawing]

    def __len__(self) -> int:
        return len(self.drawings)

    def __iter__(self) -> Iterator[HardDrawing]:
        return iter(self.drawings)

    def __getitem__(self, index: int) -> HardDrawing:
        return self.drawings[index]

    def count(self, read: Callable[[Image.Image], int | None]) -> "Count":
        """Let a function read every picture; it returns the digit, or None if it finds none."""
        answers = [read(drawing.picture) for drawing in self]
        return Count(self.drawings[:], answers)


@dataclass(frozen=True, eq=False)
class Count:
    """The pictures, and the digit (or None) that was read in each of them."""

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
        """The accuracy of each kind, in the order in which the kinds occur."""
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


def own_drawings(files: Mapping[str, int]) -> HardDrawings:
    """Your own drawings, which are then counted like the others.

    Args:
        files: the path of each picture, and the digit that you meant, 0 to 9.

    Raises:
        PictureError: if files are missing, all of which the message names, or are not pictures.
        ValueError: if a label is not a digit.
    """
    missing = [file for file in files if not Path(file).is_file()]
    if missing:
        raise PictureError(
            f"Not found: {', '.join(missing)}. Put each file beside the notebook, and write its "
            "name as the folder shows it, with its ending."
        )
    for file, label in files.items():
        if isinstance(label, bool) or label not in range(10):
            raise ValueError(
                f"{file}: the label must be the digit you meant, 0 to 9, not {label!r}."
            )
    return HardDrawings(
        [
            HardDrawing(open_picture(file), int(label), "yours", file)
            for file, label in files.items()
        ]
    )


def hard_drawings(unseen: DigitDataset, per_kind: int = 30, seed: int = 0) -> HardDrawings:
    """Make a fixed set of pictures: the same arguments give the same pictures.

    One third shows the given digits, one third those of scikit-learn's digits that no network of
    this package is trained on, and one third generated strokes. (The network that comes with the
    package was trained on other strokes from the same generator, so that third is easier for it.)

    Args:
        unseen: digits that nothing was trained on: validation digits to decide with, or test
            digits, of MNIST or of the stand-in.
        per_kind: how many pictures to make of each of the `HARD_KINDS`: at most 108 with MNIST's
            digits, and fewer with the stand-in's, because no digit is used twice.
        seed: which set to make.

    Raises:
        ValueError: if there are too few digits for that many pictures, or none are asked for.
    """
    held_out = load_stand_in().test
    known = {image.tobytes() for image in held_out.images.numpy()}
    shared = any(image.tobytes() in known for image in unseen.images.numpy())
    most = min(len(unseen), len(held_out)) // (1 + shared) * 3 // len(HARD_KINDS)
    if not 1 <= per_kind <= most:
        raise ValueError(f"per_kind must be from 1 to {most} with these digits, got {per_kind}.")
    random = np.random.default_rng(seed)
    third = -(-per_kind * len(HARD_KINDS) // 3)
    order = random.permutation(len(held_out))
    # The stand-in's test digits are the held-out ones, which both sources then share.
    chosen = order[third:] if shared else random.permutation(len(unseen))
    name = "generated strokes"
    strokes = DigitDataset.from_numpy(*draw_strokes(third, STROKES_SEED + seed), name)
    sources: list[tuple[DigitDataset, Sequence[int] | np.ndarray, str]] = [
        (unseen, chosen, unseen.name),
        (held_out, order, "scikit-learn"),
        (strokes, range(third), name),
    ]
    # The sources take turns, so that each kind has about equally many digits of each.
    digits = [
        (digits.images[index[i]].numpy(), int(digits.labels[index[i]]), source)
        for i in range(third)
        for digits, index, source in sources
    ]
    drawings: list[HardDrawing] = []
    for number, kind in enumerate(HARD_KINDS):
        images, labels, names = zip(*digits[number * per_kind :][:per_kind], strict=True)
        pictures = paste_digits(images, [seed, number], kind)
        drawings += map(HardDrawing, pictures, labels, [kind] * per_kind, names)
    return HardDrawings(drawings)
