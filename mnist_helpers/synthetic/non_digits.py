"""Pictures of things that are not digits, to teach a network to refuse them and to measure it.

The kinds to learn from and those held out to measure with share no font, word, drawing or
photograph, and no sign but the Latin letters. Some kinds are only in the second group. `letters`
lists what is printed and drawn.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from mnist_helpers.framing import centre, frame, thicken
from mnist_helpers.synthetic import letters
from mnist_helpers.synthetic.backgrounds import Random, paste_digits
from mnist_helpers.synthetic.letters import unmistakable
from mnist_helpers.synthetic.strokes import draw_shapes, parse_shapes

# The kinds of paper that ink is put on: see `mnist_helpers.synthetic.backgrounds`.
PAPERS = ("plain", "transparent", "board", "shaded", "photo", "ruled", "small")
# Either ink alone, uint8 ``(h, w)``, 255 = ink, to be put on paper, or a whole picture.
Drawn = np.ndarray | Image.Image


def draw_non_digits(kind: str, n: int, seed: int = 0) -> list[Image.Image]:
    """Draw things of one kind, as people might upload them.

    Args:
        kind: one of those in `LEARNED` and `HELD_OUT`.
        n: how many.
        seed: 0 or more; the same seed gives the same pictures.

    Returns:
        n pictures of any size, in any colours.
    """
    return [_on_paper(made, random) for made, random in _draw(kind, n, seed)]


def frame_non_digits(kind: str, n: int, seed: int = 0) -> np.ndarray:
    """Draw things as `draw_non_digits` does, and frame them, as examples to learn from.

    Ink is framed without paper, because finding it on paper takes far longer. The result is uint8,
    shape ``(m, 28, 28)``; m is less than n if the framing finds nothing in some pictures.
    """
    return frame_all(made for made, _ in _draw(kind, n, seed))


def frame_all(drawn: Iterable[Drawn]) -> np.ndarray:
    """Frame ink (uint8, ``(h, w)``, 255 = ink) or pictures, and leave out those without ink.

    The result is uint8, shape ``(n, 28, 28)``.
    """
    squares = [square for square in map(_square, drawn) if square.any()]
    return np.array(squares, np.uint8).reshape(-1, 28, 28)


def _draw(kind: str, n: int, seed: int) -> Iterator[tuple[Drawn, Random]]:
    if kind not in NON_DIGITS:
        raise ValueError(f"There is no kind {kind!r}. There are {', '.join(NON_DIGITS)}.")
    draw, number = NON_DIGITS[kind], list(NON_DIGITS).index(kind)
    for i in range(n):
        random = np.random.default_rng([seed, number, i])
        yield draw(random), random


def _on_paper(made: Drawn, random: Random) -> Image.Image:
    if isinstance(made, Image.Image):
        return made
    paper = PAPERS[random.integers(len(PAPERS))]
    return paste_digits([made], int(random.integers(2**32)), paper)[0]


def _square(made: Drawn) -> np.ndarray:
    if isinstance(made, Image.Image):
        return frame(made, steps=False).image
    if not made.any():
        return np.zeros((28, 28), np.uint8)
    ink = made[ndimage.find_objects(made > 0, 1)[0]]
    return centre(thicken(ink.astype(np.float32) / 255))


def draw_text(text: str, font: str, size: int = 60) -> np.ndarray:
    """Print a line of text in one of Matplotlib's fonts, with letters of ``size`` pixels.

    The result is uint8, shape ``(h, w)``, 0 = paper, 255 = ink, without a margin. If this version
    of Matplotlib does not have the font, a FileNotFoundError is raised.
    """
    typeface = _font(font, size)
    _, _, right, bottom = typeface.getbbox(text)
    image = Image.new("L", (int(right) + size, int(bottom) + size))
    ImageDraw.Draw(image).text((size / 2, size / 2), text, fill=255, font=typeface)
    return np.asarray(image.crop(image.getbbox()))


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    from matplotlib import get_data_path  # slow to import, and only printing needs it

    path = Path(get_data_path(), "fonts", "ttf", f"{name}.ttf")
    if not path.is_file():
        raise FileNotFoundError(f"Matplotlib has no font {name!r} here; a newer version may.")
    return ImageFont.truetype(path, size)


def _printed(texts: str | list[str], fonts: tuple[str, ...]) -> Callable[[Random], np.ndarray]:
    return lambda random: draw_text(str(random.choice(list(texts))), str(random.choice(fonts)))


def _by_pen(text: str) -> Callable[[Random], np.ndarray]:
    shapes = list(parse_shapes(text).values())
    return lambda random: draw_shapes(shapes[random.integers(len(shapes))], random)


def _pen(points: np.ndarray, random: Random) -> np.ndarray:
    """Draw a line through points, shape ``(n, 2)``, in any unit."""
    points = points - points.min(axis=0)
    points = 20 + points * 160 / points.max()
    image = Image.new("L", (200, 200))
    line = [tuple(point) for point in points]
    ImageDraw.Draw(image).line(line, fill=255, width=int(random.integers(6, 20)), joint="curve")
    return np.asarray(image)


def _scribble(random: Random) -> np.ndarray:
    """A zigzag, or a sum of waves: a closed, smooth line with more turns than a digit has."""
    if random.random() < 0.5:
        return _pen(random.uniform(0, 1, (random.integers(6, 20), 2)), random)
    waves = np.arange(1, random.integers(4, 12))
    time = np.linspace(0, 2 * np.pi, 300)[:, None]
    size = random.normal(size=(2, len(waves))) / np.sqrt(waves)
    phase = random.uniform(0, 2 * np.pi, (2, len(waves)))
    points = [np.sin(time * waves + phase[i]) @ size[i] for i in (0, 1)]
    return _pen(np.stack(points, axis=1), random)


def _walk(random: Random) -> np.ndarray:
    """The path of a hand that wanders about."""
    steps = ndimage.gaussian_filter1d(random.normal(size=(600, 2)), random.uniform(6, 14), axis=0)
    return _pen(np.cumsum(steps, axis=0), random)


def _spiral(random: Random) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi * random.uniform(2.5, 5), 300) * random.choice([-1, 1])
    radius = np.linspace(0.05, 1, 300) * random.uniform(0.6, 1)
    start = random.uniform(0, 2 * np.pi)
    points = np.stack([np.cos(angle + start), np.sin(angle + start)], axis=1)
    return _pen(points * radius[:, None] * [random.uniform(0.6, 1), 1], random)


def _noise(random: Random) -> Image.Image:
    shape = random.integers(28, 160, 2)
    if random.random() < 0.5:
        pixels: np.ndarray = np.clip(random.normal(128, random.uniform(5, 80), shape), 0, 255)
    else:
        pixels = 255.0 * (random.random(shape) < random.uniform(0.02, 0.5))
    return Image.fromarray(pixels.astype(np.uint8))


def _clouds(random: Random, blobs: bool) -> Image.Image:
    """Smooth random grey, or black and white blobs with smooth outlines."""
    shape = random.integers(28, 160, 2)
    noise, blur = random.normal(size=shape), max(shape) * random.uniform(0.02, 0.12)
    light = ndimage.gaussian_filter(noise, blur)
    light = (light - light.min()) / np.ptp(light)
    if blobs:
        light = light > random.uniform(0.4, 0.7)
    return Image.fromarray((255 * light).astype(np.uint8))


def _bands(random: Random, grid: bool) -> Image.Image:
    """Level stripes (a single upright one would be a 1), or a grid."""
    shape = random.integers(28, 160, 2)
    gap = max(4, max(shape) // int(random.integers(3, 12)))
    width = max(1, int(gap * random.uniform(0.1, 0.6)))
    rows, columns = np.indices(tuple(shape))
    ink = rows % gap < width
    if grid:
        ink |= columns % gap < width
    return Image.fromarray(np.where(ink, 0, 255).astype(np.uint8))


def _piece_of_photo(name: str, random: Random) -> Image.Image:
    photo = _sample_image(name)
    side = int(random.integers(30, 160))
    left = int(random.integers(photo.width - side))
    top = int(random.integers(photo.height - side))
    return photo.crop((left, top, left + side, top + side))


@cache
def _sample_image(name: str) -> Image.Image:
    from sklearn.datasets import load_sample_image  # slow to import

    return Image.fromarray(load_sample_image(name))


# The kinds that a detector learns from, and how often each occurs among its examples.
LEARNED = {
    "letters": 6,
    "Cyrillic letters": 3,
    "symbols": 5,
    "drawn letters": 8,
    "words": 2,
    "scribbles": 5,
    "noise": 1,
    "grids": 1,
    "photographs": 3,
}
# Every kind, and what draws one picture of it. The order is part of the random seed.
NON_DIGITS: dict[str, Callable[[Random], Drawn]] = {
    "letters": _printed(unmistakable(letters.LATIN), letters.FONTS),
    "Cyrillic letters": _printed(unmistakable(letters.CYRILLIC), letters.FONTS[:7]),
    "symbols": _printed(unmistakable(letters.SYMBOLS), letters.FONTS[:2]),
    "drawn letters": _by_pen(letters.DRAWN),
    "words": _printed(letters.WORDS.split(), letters.FONTS),
    "scribbles": _scribble,
    "noise": _noise,
    "grids": partial(_bands, grid=True),
    "photographs": partial(_piece_of_photo, "china.jpg"),
    "letters in other fonts": _printed(unmistakable(letters.LATIN), letters.FONTS_HELD_OUT),
    "Greek letters": _printed(unmistakable(letters.GREEK), letters.SERIF),
    "other symbols": _printed(unmistakable(letters.SYMBOLS_HELD_OUT), letters.SERIF),
    "other drawn letters": _by_pen(letters.DRAWN_HELD_OUT),
    "other words": _printed(letters.WORDS_HELD_OUT.split(), letters.FONTS_HELD_OUT),
    "doodles": _by_pen(letters.DOODLES),
    "random walks": _walk,
    "spirals": _spiral,
    "clouds": partial(_clouds, blobs=False),
    "blobs": partial(_clouds, blobs=True),
    "stripes": partial(_bands, grid=False),
    "another photograph": partial(_piece_of_photo, "flower.jpg"),
    "lookalikes": _printed(
        [sign for sign in letters.LATIN if not unmistakable(sign)], letters.FONTS_HELD_OUT
    ),
}
HELD_OUT = tuple(kind for kind in NON_DIGITS if kind not in LEARNED)
