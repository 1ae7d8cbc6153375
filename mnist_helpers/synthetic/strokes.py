"""Digits drawn by a generated pen, in shapes that people draw but MNIST hardly has.

MNIST was written by Americans, on paper. It has few examples of Europe's 1 with a flag, crossed 7
and open 4, and none of the square digits that people draw with a mouse. Here, each way to write a
digit is a line of points. They are moved a little at random, and the pen follows a curve through
them.
"""

from functools import cache

import numpy as np
from scipy.interpolate import splev, splprep
from scipy.ndimage import find_objects, gaussian_filter1d
from scipy.spatial import cKDTree

from mnist_helpers._support import centre_on_mass

# How often each digit is drawn, 0 to 9. Those with shapes that MNIST lacks come most often.
SHARES = np.array([2, 8, 2, 2, 4, 2, 2, 6, 2, 2]) / 32

# The ways to write the digits. Points are "right,down" in hundredths of the digit's height; a
# smooth curve goes through them. "/" is a corner, "|" lifts the pen. If a way has several shapes,
# they are its extremes: their points correspond, and what is drawn lies somewhere between them.
SHAPES = """
0 oval: 30,0 9,14 0,50 9,86 30,100 51,86 60,50 51,14 30,0
0 oval: 22,0 12,12 6,50 12,88 24,100 34,88 40,50 34,12 26,0
0 oval: 50,0 14,14 0,50 14,86 50,100 86,86 100,50 86,14 50,0
0 open: 34,2 12,10 0,48 10,88 32,100 54,86 60,48 54,18 46,8
0 open: 24,6 8,20 0,52 10,88 32,100 56,86 66,50 56,14 36,0
0 overlapping: 40,8 26,0 6,16 0,50 10,86 32,100 54,86 60,50 50,14 28,2 16,8
0 overlapping: 48,2 30,3 8,18 0,50 10,86 34,100 58,86 64,50 54,14 36,0 22,2
0 square: 0,0 0,100 / 60,100 / 60,0 / 0,0
0 square: 0,0 0,100 / 95,100 / 95,0 / 0,0
0 slashed: 36,0 10,14 0,50 10,86 36,100 62,86 72,50 62,14 36,0 | 70,-2 2,102
0 slashed: 36,0 10,14 0,50 10,86 36,100 62,86 72,50 62,14 36,0 | 54,26 18,74
1 bar: 0,0 0,50 0,100
1 flag: -14,13 -7,7 0,0 / 0,50 0,100
1 flag: -44,50 -23,27 0,0 / 0,50 0,100
1 flag: -30,30 -16,18 0,0 / 0,50 0,100
1 flag: -30,50 -19,24 0,0 / 0,50 0,100
1 flag and foot: -16,14 -8,8 0,0 / 0,50 0,100 | -20,100 20,100
1 flag and foot: -42,48 -22,26 0,0 / 0,50 0,100 | -34,100 34,100
1 flag and foot: -26,24 -14,15 0,0 / 0,50 0,100 | -40,100 40,100
1 flag set on: -16,18 -8,10 0,2 | 0,0 0,50 0,100
1 flag set on: -44,50 -23,29 0,6 | 0,0 0,50 0,100
1 flag set on: -28,34 -15,20 0,3 | 0,0 0,50 0,100
2 flat base: 2,22 10,6 30,0 52,14 48,40 26,70 0,100 / 60,100
2 flat base: 0,16 14,2 36,2 50,24 42,50 24,74 4,100 / 50,100
2 flat base: 0,28 14,6 42,0 70,16 62,44 34,72 0,100 / 80,100
2 loop: 4,20 20,1 44,6 50,30 34,64 12,96 0,90 12,80 34,92 62,96
2 loop: 2,26 16,4 40,2 54,28 36,66 16,98 0,88 16,72 40,90 78,94
2 wave: 0,20 22,0 48,14 44,44 22,76 0,100 / 18,90 38,98 60,90
2 wave: 0,14 24,0 46,20 38,52 20,80 0,98 / 20,92 44,104 70,92
2 like a Z: 0,6 24,0 54,3 / 27,50 0,100 / 30,100 60,100
2 like a Z: 0,14 20,0 52,6 / 30,50 0,98 / 34,98 72,100
2 square: 0,0 55,0 / 55,48 / 0,48 / 0,100 / 55,100
3 round: 2,12 24,0 48,12 44,36 20,46 / 46,54 56,76 34,99 0,88
3 round: 4,16 20,2 38,10 36,32 18,42 / 46,48 62,72 40,98 0,90
3 round: 0,14 24,0 50,16 44,42 16,54 / 42,60 50,80 30,99 2,92
3 flat top: 0,0 52,0 / 22,40 / 46,48 56,74 34,100 0,90
3 flat top: 4,0 60,0 / 26,36 / 58,46 64,76 36,100 0,92
3 loop: 2,12 26,0 50,14 40,40 20,49 18,41 34,46 54,66 48,92 24,100 0,88
3 square: 0,0 50,0 / 50,48 / 10,48 / 50,48 / 50,100 / 0,100
4 open: 12,0 6,30 0,60 / 34,60 68,60 | 48,10 48,55 48,100
4 open: 0,0 0,26 0,50 / 28,50 56,50 | 52,0 52,50 52,100
4 open: 22,0 11,31 0,64 / 40,64 80,64 | 52,0 50,50 48,100
4 open with a cup: 4,0 0,34 16,50 36,50 56,42 | 60,0 56,50 52,100
4 open with a cup: 14,4 0,44 14,56 40,54 66,46 | 56,0 52,50 46,100
4 open with a short stem: 36,0 18,34 0,66 / 38,66 76,66 | 50,40 49,70 48,100
4 open with a short stem: 24,0 12,34 0,62 / 34,62 68,60 | 42,34 42,67 40,100
4 closed: 50,100 50,50 50,0 / 25,34 0,68 / 36,68 72,68
4 closed: 54,100 54,50 54,0 / 27,32 0,64 / 33,64 66,64
4 closed: 50,100 50,50 50,0 / 25,36 0,70 / 50,70 100,70
4 closed in two: 46,0 23,34 0,68 / 36,68 72,68 | 47,0 47,50 47,100
4 closed in two: 40,0 20,34 0,66 / 46,66 92,64 | 44,4 46,50 46,100
5 in one: 54,0 30,0 8,0 / 4,42 / 30,36 56,60 48,90 24,100 0,92
5 in one: 60,0 30,0 6,0 / 0,46 / 32,38 62,64 50,92 26,100 0,90
5 in one: 42,0 26,0 10,0 / 4,38 / 28,34 50,58 44,90 22,100 0,92
5 with its bar apart: 8,2 6,22 4,42 / 30,36 56,60 48,90 24,100 0,92 | 8,0 56,0
5 with its bar apart: 10,6 6,24 2,44 / 30,38 58,62 48,92 24,100 0,88 | 18,-2 70,-4
5 like an S: 56,0 28,2 8,12 8,38 32,46 54,66 46,94 22,100 0,92
5 like an S: 66,0 36,0 12,10 8,40 30,46 50,64 44,92 20,100 0,90
5 square: 52,0 0,0 / 0,46 / 52,46 / 52,100 / 0,100
6 straight: 42,0 20,36 2,74 18,99 42,96 50,76 34,60 14,64 4,76
6 straight: 34,0 16,30 0,66 16,98 46,98 60,72 42,48 18,50 2,68
6 straight: 44,0 24,38 6,76 16,98 34,98 42,84 34,72 20,74 8,82
6 curved: 48,2 22,16 4,50 4,82 24,100 48,90 52,68 32,54 8,66
6 curved: 54,4 24,14 2,48 4,80 26,100 56,88 58,60 34,44 6,58
6 curved: 40,0 18,20 4,54 4,84 18,100 36,94 40,80 28,70 8,78
6 curled: 54,14 38,0 14,12 0,50 4,84 26,100 50,88 52,64 30,50 4,64
6 curled: 50,20 38,2 18,8 2,48 4,84 22,100 42,92 44,74 28,64 6,74
6 square: 52,0 0,0 / 0,100 / 52,100 / 52,46 / 0,46
7 plain: 0,0 30,0 58,0 / 40,46 22,100
7 plain: 0,0 26,0 54,0 / 45,50 34,100
7 plain: 0,0 38,0 74,0 / 42,46 14,100
7 hooked: 2,15 0,2 / 28,2 58,0 / 40,46 22,100
7 hooked: 0,20 0,0 / 36,0 70,0 / 42,50 18,100
7 curved top: 0,8 12,0 34,5 62,1 / 40,46 20,100
7 curved top: 0,6 18,0 44,4 70,0 / 46,44 24,100
7 crossed: 0,0 30,0 58,0 / 40,48 22,100 | 26,50 54,50
7 crossed: 0,0 28,0 56,0 / 42,50 30,100 | 4,52 72,50
7 crossed: 0,0 36,0 70,0 / 44,48 18,100 | 16,60 66,42
7 crossed: 0,0 30,0 60,0 / 42,46 24,100 | 16,46 60,56
7 crossed and hooked: 2,14 0,2 / 28,2 60,0 / 42,48 22,100 | 24,52 58,52
7 crossed and hooked: 0,20 0,0 / 38,0 74,0 / 48,50 22,100 | 16,58 70,50
7 crossed with a curved top: 0,9 12,0 34,5 62,1 / 40,48 20,100 | 20,52 60,52
7 crossed with a curved top: 0,6 18,0 44,4 72,0 / 50,44 28,100 | 22,56 72,46
8 in one: 48,12 28,0 9,12 14,34 30,48 52,68 48,92 27,100 4,91 4,68 24,50 46,32 50,14 44,6
8 in one: 56,4 30,0 10,16 16,36 32,47 50,66 46,91 26,100 6,91 6,68 26,50 50,28 58,10 56,4
8 of two circles: 28,0 9,10 9,36 28,46 47,36 47,10 28,0 | 28,46 4,60 3,86 28,100 53,86 52,60 28,46
8 of two circles: 30,0 4,10 4,36 30,48 56,36 56,10 30,0 | 30,50 6,62 6,88 30,100 54,88 54,62 30,50
8 square: 0,0 55,0 / 55,100 / 0,100 / 0,0 | 0,48 55,48
9 straight: 49,12 26,0 4,14 4,38 24,50 44,40 50,10 / 50,55 50,100
9 straight: 54,14 30,0 2,16 2,44 26,58 48,46 55,10 / 54,55 52,100
9 straight: 42,10 26,0 10,10 10,26 24,34 38,28 43,8 / 43,55 42,100
9 slanting: 50,14 30,0 6,12 4,36 24,46 44,36 52,12 / 40,58 22,100
9 slanting: 50,10 34,0 18,8 14,26 28,36 44,28 51,10 / 40,58 22,100
9 curved: 50,16 30,0 6,12 4,36 24,48 46,36 52,14 / 50,62 34,92 12,100
9 curved: 54,18 32,0 4,14 2,40 24,54 48,42 56,16 / 54,60 38,92 8,100
9 like a g: 50,14 28,0 5,12 4,36 24,48 44,38 51,10 / 52,50 52,82 30,100 2,90
9 like a g: 52,14 28,0 3,14 3,38 26,52 48,40 53,10 / 56,50 54,86 30,100 0,84
9 square: 50,48 0,48 / 0,0 / 50,0 / 50,100 / 25,100 0,100
"""


def parse_shapes(text: str) -> dict[str, list[str]]:
    """The shapes of each name in a text that is written like `SHAPES`."""
    shapes: dict[str, list[str]] = {}
    for line in text.strip().splitlines():
        name, shape = line.split(": ")
        shapes.setdefault(name, []).append(shape)
    return shapes


STYLES = parse_shapes(SHAPES)
# How often these ways are chosen, compared with every other way of the same digit.
RARE = {"0 slashed": 0.2, "3 loop": 0.5} | {
    style: 0.5 for style in STYLES if style.endswith("square")
}

# The ways that stay readable with a broader pen, which would fill in the loops of the others.
BOLD = {"0 oval", "0 open", "1 bar", "1 flag", "1 flag set on", "7 plain"}

PIXELS = np.indices((28, 28)).reshape(2, -1).T[:, ::-1]  # where each pixel is: right, down
STEP = 0.01  # between two points of the pen's path, in heights of the digit: about 0.2 pixels


def draw_strokes(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw digits with a generated pen, framed as MNIST frames its own.

    Args:
        n: how many, 0 or more.
        seed: 0 or more. With the same seed, a smaller n gives the first images of a larger one.

    Returns:
        uint8 images of shape ``(n, 28, 28)``, 0 = paper and 255 = ink, with a longer side of 20
        pixels and the centre of mass in the middle; and uint8 labels of shape ``(n,)``, distributed
        as in `SHARES`.
    """
    images = np.zeros((n, 28, 28), np.uint8)
    labels = np.zeros(n, np.uint8)
    for i in range(n):
        random = np.random.default_rng([seed, i])
        labels[i] = random.choice(10, p=SHARES)
        styles = [style for style in STYLES if style[0] == str(labels[i])]
        weights = np.array([RARE.get(style, 1.0) for style in styles])
        images[i] = draw_style(random.choice(styles, p=weights / weights.sum()), random)
    return images, labels


def draw_style(style: str, random: np.random.Generator) -> np.ndarray:
    """Draw one digit in one of the `STYLES`: uint8, ``(28, 28)``, framed as in `draw_strokes`."""
    if style not in STYLES:
        raise ValueError(f"There is no style {style!r}. There are {', '.join(STYLES)}.")
    return draw_shapes(STYLES[style], random, 4.5 if style in BOLD else 3.4)


def draw_faint_strokes(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw digits of several strokes, one of which is fainter than the others.

    The arguments and the results are those of `draw_strokes`.
    """
    styles = [style for style, shapes in STYLES.items() if "|" in shapes[0]]
    images = np.zeros((n, 28, 28), np.uint8)
    labels = np.zeros(n, np.uint8)
    for i in range(n):
        random = np.random.default_rng([seed, i])
        style = str(random.choice(styles))
        labels[i] = int(style[0])
        images[i] = draw_shapes(STYLES[style], random, faint=random.uniform(0.12, 0.5))
    return images, labels


def draw_flags(n: int, seed: int = 0) -> np.ndarray:
    """Draw 1s whose flag is longer than people's usually is: up to the length of the stem.

    The flag comes down from the top of the stem by 25 to 60 degrees. The arguments and the result
    are those of `draw_strokes`, without labels.
    """
    images = np.zeros((n, 28, 28), np.uint8)
    for i in range(n):
        random = np.random.default_rng([seed, i])
        slope, length = np.radians(random.uniform(25, 60)), random.uniform(30, 80)
        left, down = length * np.cos(slope), length * np.sin(slope)
        flag = f"{-left:.0f},{down:.0f} {-left / 2:.0f},{down / 2:.0f} 0,0 / 0,50 0,100"
        images[i] = draw_shapes([flag], random)
    return images


def draw_shapes(
    shapes: list[str], random: np.random.Generator, broadest: float = 3.4, faint: float = 1.0
) -> np.ndarray:
    """Draw something that lies between some shapes, which are written as in `SHAPES`.

    It need not be a digit. The pen is 1.2 to ``broadest`` pixels wide. One of the strokes has only
    the part ``faint`` of the others' ink. The result is uint8, ``(28, 28)``, framed as in
    `draw_strokes`.
    """
    strokes = [_shaky(stroke, random) for stroke in _pen_paths(shapes, random)]
    path = np.concatenate(strokes) @ _slant_and_turn(random).T
    width = random.triangular(1.2, 2.2, broadest)
    pressure = np.concatenate([_pressure(len(stroke), random) for stroke in strokes])
    softness = np.exp(random.uniform(-0.9, 0.8))
    if faint == 1:
        return _render(path, width * pressure, softness)
    chosen = random.integers(len(strokes))
    ink = [np.full(len(one), faint if n == chosen else 1.0) for n, one in enumerate(strokes)]
    return _render(path, width * pressure, softness, np.concatenate(ink))


@cache
def _parse(shape: str) -> tuple[np.ndarray, list[list[slice]]]:
    """The points of a shape, in heights of the digit, and the smooth pieces of each stroke."""
    points: list[list[int]] = []
    strokes: list[list[slice]] = []
    for stroke in shape.split("|"):
        pieces: list[slice] = []
        for piece in stroke.split("/"):
            start = len(points) - bool(pieces)  # a corner belongs to the pieces on both its sides
            points += [[int(number) for number in point.split(",")] for point in piece.split()]
            pieces.append(slice(start, len(points)))
        strokes.append(pieces)
    return np.array(points) / 100, strokes


def _pen_paths(shapes: list[str], random: np.random.Generator) -> list[np.ndarray]:
    """The pen's path in each stroke: arrays of points, one every `STEP`."""
    extremes = [_parse(shape) for shape in shapes]
    mix = random.dirichlet(np.full(len(extremes), 0.6))
    points = np.tensordot(mix, [points for points, _ in extremes], 1)
    points += random.normal(0, random.uniform(0.005, 0.03), points.shape)
    angular = random.random() < 0.1  # straight from point to point
    strokes = []
    for pieces in extremes[0][1]:
        ends = pieces[0].start, pieces[-1].stop - 1
        for end, neighbour in (ends[0], ends[0] + 1), (ends[1], ends[1] - 1):
            # The pen stops a little too early or too late.
            points[end] += random.uniform(-0.1, 0.12) * (points[end] - points[neighbour])
        curves = [_curve(points[piece], angular) for piece in pieces]
        strokes.append(np.concatenate(curves) + random.normal(0, 0.01, 2))
    return strokes


def _curve(points: np.ndarray, angular: bool) -> np.ndarray:
    """The curve through some points, or the straight lines between them: shape ``(n, 2)``."""
    chords = np.hypot(*np.diff(points, axis=0).T)
    # The roots of the distances keep the spline from swinging out between near and far points.
    knots = np.append(0, np.cumsum(np.sqrt(chords)))
    degree = 1 if angular else min(3, len(chords))
    spline, _ = splprep(points.T, u=knots, k=degree, s=0)
    return np.transpose(splev(np.linspace(0, knots[-1], round(chords.sum() / STEP) + 2), spline))


def _shaky(stroke: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The same stroke, drawn by a hand that rounds corners and trembles."""
    rounded = gaussian_filter1d(stroke, random.uniform(0.1, 4), axis=0, mode="nearest")
    return rounded + random.uniform(0, 0.015) * _noise(len(stroke), 2, random, every=8)


def _noise(n: int, columns: int, random: np.random.Generator, every: float) -> np.ndarray:
    """Noise of standard deviation 1 that changes about once in ``every`` points."""
    white = random.normal(size=(n, columns))
    return gaussian_filter1d(white, every, axis=0) * np.sqrt(2 * np.sqrt(np.pi) * every)


def _pressure(n: int, random: np.random.Generator) -> np.ndarray:
    """Factors of the pen's width along a stroke, which may swell, and thin out at its end."""
    swelling = random.uniform(0, 0.15) * _noise(n, 1, random, every=20)[:, 0]
    thin_end = random.uniform(-0.2, 0.5) * np.exp(-np.arange(n)[::-1] / 10)
    return np.clip(1 + swelling - thin_end, 0.5, 1.25)


def _slant_and_turn(random: np.random.Generator) -> np.ndarray:
    """A matrix that makes a digit wider or narrower, slants it, and turns it a little."""
    wider = np.exp(random.normal(0, 0.15)).clip(0.7, 1.3)
    slant = np.clip(random.normal(0.06, 0.12), -0.2, 0.3)
    angle = np.clip(random.normal(0, 0.06), -0.14, 0.14)  # at most 8 degrees
    turn = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return np.array(turn) @ [[wider, -slant], [0, 1]]


def _render(
    way: np.ndarray, width: np.ndarray, softness: float, strength: np.ndarray | None = None
) -> np.ndarray:
    """Ink along the pen's path, ``width`` pixels wide at each point, with edges of ``softness``.

    ``strength`` is how dark it is at each point, 0 to 1: by default, 1.
    """
    low, high = way.min(axis=0), way.max(axis=0)
    reach = (width.max() + softness) / 2  # how far from the path there is ink
    room = 20 - width.max() - softness / 2  # a soft edge's faint half does not count
    way = (way - (low + high) / 2) * room / (high - low).max() + 13.5
    distance, nearest = cKDTree(way).query(PIXELS, distance_upper_bound=reach)
    # Pixels with no point within reach are infinitely far away, and get the width appended here.
    width = np.append(width, 0)[nearest]
    ink = np.clip((width / 2 - distance) / softness + 0.5, 0, 1).reshape(28, 28)
    if strength is not None:
        ink *= np.append(strength, 0)[nearest].reshape(28, 28)
    ink = np.round(ink * 255).astype(np.uint8)
    return centre_on_mass(ink[find_objects(ink > 0, 1)[0]])
