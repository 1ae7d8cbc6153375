"""Pictures of things that are no digits, made here: to teach a reader to refuse, and to measure it.

What a detector learns from and what it is measured with have nothing in common but the names of
kinds: other fonts, other signs, other drawings, another photograph, and kinds it has never met.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from mnist_helpers.framing import centre, frame, thicken
from mnist_helpers.synthetic import letters
from mnist_helpers.synthetic.backgrounds import paste_digits
from mnist_helpers.synthetic.strokes import draw_shapes

Random = np.random.Generator

# Kinds of paper, of `mnist_helpers.synthetic.backgrounds`, that people set ink on.
PAPERS = ("plain", "transparent", "board", "shaded", "photo", "ruled", "small")


@dataclass(frozen=True)
class Kind:
    """A kind of picture.

    Attributes:
        draw: makes one. Ink alone (uint8, ``(h, w)``, 255 = ink) is then set on paper; a Pillow
            image is the picture itself.
        share: how often it comes among those that are learned from; 0 if it is only measured with.
    """

    draw: Callable[[Random], np.ndarray | Image.Image]
    share: int = 0


def draw_not_digits(kind: str, n: int, seed: int = 0) -> list[Image.Image]:
    """Make pictures of one kind.

    Args:
        kind: one of `LEARNED` or `HELD_OUT`.
        n: how many.
        seed: which, 0 or more.

    Returns:
        Pictures of any size and colours, as people might upload them.

    Raises:
        KeyError: if there is no such kind.
    """
    return [_on_paper(made, random) for made, random in _draw(kind, n, seed)]


def frame_not_digits(kind: str, n: int, seed: int = 0) -> np.ndarray:
    """The same, framed, as examples to learn from: ink without the paper, which takes far longer.

    Returns:
        uint8, shape ``(m, 28, 28)``: fewer than ``n`` if the framing finds nothing in some.
    """
    return frame_all(made for made, _ in _draw(kind, n, seed))


def frame_all(drawn: Iterable[np.ndarray | Image.Image]) -> np.ndarray:
    """Frame ink (uint8, ``(h, w)``, 255 = ink) or pictures; leave out those without any ink.

    Returns:
        uint8, shape ``(n, 28, 28)``.
    """
    squares = [square for square in map(_square, drawn) if square.any()]
    return np.array(squares, np.uint8).reshape(-1, 28, 28)


def _draw(kind: str, n: int, seed: int) -> Iterator[tuple[np.ndarray | Image.Image, Random]]:
    draw, number = NON_DIGITS[kind].draw, list(NON_DIGITS).index(kind)
    for i in range(n):
        random = np.random.default_rng([seed, number, i])
        yield draw(random), random


def _on_paper(made: np.ndarray | Image.Image, random: Random) -> Image.Image:
    if isinstance(made, Image.Image):
        return made
    paper = PAPERS[random.integers(len(PAPERS))]
    return paste_digits([made], int(random.integers(2**32)), paper)[0]


def _square(made: np.ndarray | Image.Image) -> np.ndarray:
    if isinstance(made, Image.Image):
        return frame(made, steps=False).image
    rows, columns = (np.flatnonzero(made.any(axis=axis)) for axis in (1, 0))
    ink = made[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return centre(thicken(ink.astype(np.float32) / 255))


def draw_text(text: str, font: str, size: int = 60) -> np.ndarray:
    """Print a text.

    Args:
        text: one line.
        font: the name of one of matplotlib's fonts, such as "DejaVuSans".
        size: of the letters, in pixels.

    Returns:
        uint8, shape ``(h, w)``, 0 = paper, 255 = ink, without a margin.
    """
    _, _, right, bottom = _font(font, size).getbbox(text)
    image = Image.new("L", (int(right) + size, int(bottom) + size))
    ImageDraw.Draw(image).text((size / 2, size / 2), text, fill=255, font=_font(font, size))
    return np.asarray(image.crop(image.getbbox()))


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    from matplotlib import get_data_path  # only who prints needs it

    return ImageFont.truetype(Path(get_data_path(), "fonts", "ttf", f"{name}.ttf"), size)


def _signs(texts: str | list[str], fonts: tuple[str, ...]) -> Callable[[Random], np.ndarray]:
    """Something printed in one of the fonts."""
    return lambda random: draw_text(str(random.choice(list(texts))), str(random.choice(fonts)))


def _shapes(text: str) -> Callable[[Random], np.ndarray]:
    """Something drawn by the generated pen."""
    shapes = list(letters.parse_shapes(text).values())
    return lambda random: draw_shapes(shapes[random.integers(len(shapes))], random)


def _pen(points: np.ndarray, random: Random) -> np.ndarray:
    """Ink along points, shape ``(n, 2)``, in any unit."""
    points = points - points.min(axis=0)
    points = 20 + points * 160 / points.max()
    image = Image.new("L", (200, 200))
    line = [tuple(point) for point in points]
    ImageDraw.Draw(image).line(line, fill=255, width=int(random.integers(6, 20)), joint="curve")
    return np.asarray(image)


def _zigzag(random: Random) -> np.ndarray:
    return _pen(random.uniform(0, 1, (random.integers(6, 20), 2)), random)


def _curve(random: Random) -> np.ndarray:
    """A sum of waves: closed, smooth, and with more turns than a digit has."""
    waves = np.arange(1, random.integers(4, 12))
    time = np.linspace(0, 2 * np.pi, 300)[:, None]
    size = random.normal(size=(2, len(waves))) / np.sqrt(waves)
    phase = random.uniform(0, 2 * np.pi, (2, len(waves)))
    return _pen(
        np.stack([np.sin(time * waves + phase[i]) @ size[i] for i in (0, 1)], axis=1), random
    )


def _scribble(random: Random) -> np.ndarray:
    return _zigzag(random) if random.random() < 0.5 else _curve(random)


def _walk(random: Random) -> np.ndarray:
    """A hand that moves about and does not know where to."""
    steps = ndimage.gaussian_filter1d(random.normal(size=(600, 2)), random.uniform(6, 14), axis=0)
    return _pen(np.cumsum(steps, axis=0), random)


def _spiral(random: Random) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi * random.uniform(2.5, 5), 300) * random.choice([-1, 1])
    radius = np.linspace(0.05, 1, 300) * random.uniform(0.6, 1)
    start = random.uniform(0, 2 * np.pi)
    points = np.stack([np.cos(angle + start), np.sin(angle + start)], axis=1)
    return _pen(points * radius[:, None] * [random.uniform(0.6, 1), 1], random)


def _sides(random: Random) -> tuple[int, int]:
    return tuple(int(side) for side in random.integers(28, 160, 2))


def _noise(random: Random) -> Image.Image:
    shape = _sides(random)
    if random.random() < 0.5:
        pixels = np.clip(random.normal(128, random.uniform(5, 80), shape), 0, 255)
    else:
        pixels = 255.0 * (random.random(shape) < random.uniform(0.02, 0.5))
    return Image.fromarray(pixels.astype(np.uint8))


def _clouds(random: Random) -> np.ndarray:
    """Smooth random grey, 0 to 1."""
    shape = _sides(random)
    made = ndimage.gaussian_filter(
        random.normal(size=shape), max(shape) * random.uniform(0.02, 0.12)
    )
    return (made - made.min()) / np.ptp(made)


def _cloudy(random: Random) -> Image.Image:
    return Image.fromarray((255 * _clouds(random)).astype(np.uint8))


def _blobs(random: Random) -> Image.Image:
    return Image.fromarray((255 * (_clouds(random) > random.uniform(0.4, 0.7))).astype(np.uint8))


def _bands(random: Random, grid: bool) -> Image.Image:
    """Level stripes across the picture (one upright stripe alone would be a 1), or a grid."""
    shape = _sides(random)
    gap = max(4, max(shape) // int(random.integers(3, 12)))
    width = max(1, int(gap * random.uniform(0.1, 0.6)))
    rows, columns = np.indices(shape)
    ink = rows % gap < width
    if grid:
        ink |= columns % gap < width
    return Image.fromarray(np.where(ink, 0, 255).astype(np.uint8))


def _photo(name: str) -> Callable[[Random], Image.Image]:
    def crop(random: Random) -> Image.Image:
        photo = _sample_image(name)
        side = int(random.integers(30, 160))
        left = int(random.integers(photo.width - side))
        top = int(random.integers(photo.height - side))
        return photo.crop((left, top, left + side, top + side))

    return crop


@cache
def _sample_image(name: str) -> Image.Image:
    from sklearn.datasets import load_sample_image  # slow to import

    return Image.fromarray(load_sample_image(name))


NON_DIGITS = {
    "letters": Kind(_signs(letters.unmistakable(letters.LATIN), letters.FONTS), share=6),
    "Cyrillic letters": Kind(
        _signs(letters.unmistakable(letters.CYRILLIC), letters.FONTS[:7]), share=3
    ),
    "symbols": Kind(_signs(letters.unmistakable(letters.SYMBOLS), letters.FONTS[:2]), share=5),
    "drawn letters": Kind(_shapes(letters.DRAWN), share=8),
    "words": Kind(_signs(letters.WORDS.split(), letters.FONTS), share=2),
    "scribbles": Kind(_scribble, share=5),
    "noise": Kind(_noise, share=1),
    "grids": Kind(partial(_bands, grid=True), share=1),
    "photographs": Kind(_photo("china.jpg"), share=3),
    "letters in other fonts": Kind(
        _signs(letters.unmistakable(letters.LATIN), letters.FONTS_HELD_OUT)
    ),
    "Greek letters": Kind(_signs(letters.unmistakable(letters.GREEK), letters.SERIF)),
    "other symbols": Kind(_signs(letters.unmistakable(letters.SYMBOLS_HELD_OUT), letters.SERIF)),
    "other drawn letters": Kind(_shapes(letters.DRAWN_HELD_OUT)),
    "other words": Kind(_signs(letters.WORDS_HELD_OUT.split(), letters.FONTS_HELD_OUT)),
    "doodles": Kind(_shapes(letters.DOODLES)),
    "random walks": Kind(_walk),
    "spirals": Kind(_spiral),
    "clouds": Kind(_cloudy),
    "blobs": Kind(_blobs),
    "stripes": Kind(partial(_bands, grid=False)),
    "another photograph": Kind(_photo("flower.jpg")),
    "lookalikes": Kind(_signs(letters.lookalikes(letters.LATIN), letters.FONTS_HELD_OUT)),
}
LEARNED = tuple(name for name, kind in NON_DIGITS.items() if kind.share)
HELD_OUT = tuple(name for name, kind in NON_DIGITS.items() if not kind.share)
