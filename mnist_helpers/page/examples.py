"""The pictures below the demo's drawing square, which visitors can try with a click."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from mnist_helpers.data import local_test_digits
from mnist_helpers.synthetic import BACKGROUNDS, draw_style

SIDE = 280  # of a hard picture, in pixels
# Test digits that are easy to tell apart, and styles of writing that MNIST hardly has, on paper
# that makes photographs hard to read.
TEST_DIGITS = (3, 8, 5, 2, 6, 4)
HARD = (
    ("1 flag", "photo"),
    ("7 crossed", "squared"),
    ("4 open with a cup", "board"),
    ("9 like a g", "shaded"),
    ("2 loop", "ruled"),
    ("0 slashed", "equal light"),
)


@dataclass(frozen=True)
class Example:
    """A picture to try."""

    title: str  # what it shows, in a few words
    picture: Image.Image  # of any mode

    def to_dict(self) -> dict[str, str]:
        """What the page needs: the picture, and the colours of its paper and of ink on it."""
        # Noise makes a photograph's PNG ten times as large.
        photo = max(self.picture.size) > 64 and self.picture.mode == "RGB"
        kind, options = ("jpeg", {"quality": 85}) if photo else ("png", {"optimize": True})
        file = io.BytesIO()
        self.picture.save(file, kind, **options)
        border = np.asarray(self.picture.convert("RGB"))[[0, -1]].reshape(-1, 3)
        red, green, blue = (int(value) for value in np.median(border, axis=0))
        dark = 0.3 * red + 0.6 * green + 0.1 * blue < 128
        return {
            "title": self.title,
            "src": f"data:image/{kind};base64," + base64.b64encode(file.getvalue()).decode(),
            "paper": f"rgb({red}, {green}, {blue})",
            "ink": "#f8fafc" if dark else "#111111",
        }


def example_pictures() -> list[Example]:
    """Test digits (scikit-learn's, if MNIST is not on this machine) and hard generated pictures.

    They are the same every time, and nothing is downloaded.
    """
    digits, examples = local_test_digits(), []
    for label in TEST_DIGITS:
        for first in digits.images[digits.labels == label][:1].numpy():
            examples.append(Example(f"A {label} from the test digits", Image.fromarray(first)))
    for number, (style, kind) in enumerate(HARD):
        random = np.random.default_rng([2027, number])
        digit = Image.fromarray(draw_style(style, random))
        ink = digit.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        picture = BACKGROUNDS[kind](np.asarray(ink, np.float32) / 255, random)
        examples.append(Example(f"A generated {style[0]}, {style[2:]}: {kind}", picture))
    return examples
