"""Drawings as the demo's page paints them, and what is read of them with a broad or a fine pen."""

import io
import itertools
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from mnist_helpers.recognizer import DigitRecognizer
from mnist_helpers.synthetic import strokes as generator
from tools.handwriting import STYLES

PENS = [round(0.03 + 0.01 * step, 2) for step in range(8)]
HAND, GENERATED = 600, 300  # drawings per width
SIZES = (0.25, 0.9)  # the longer side of a digit, as a part of the square
SMALL = 0.45  # up to here a digit counts as small
MARGIN = 0.05  # half of the widest pen that is measured: no ink outside the square
SIDE, SENT = 392, 196  # pixels of the page's square, and of what it sends

Drawing = list[np.ndarray]  # strokes: points as parts of the square, of shape (n, 2)


def moved(strokes: Drawing, random: np.random.Generator, sizes: tuple[float, float]) -> Drawing:
    """The same digit, turned by up to 11 degrees, with another size and place in the square.

    The sizes are the least and the greatest length of its longer side, as parts of the square's.
    """
    points = np.concatenate(strokes)
    angle = random.uniform(-0.2, 0.2)
    points = points @ [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    points -= points.min(axis=0)
    points *= random.uniform(*sizes) / points.max()
    points += MARGIN + random.random(2) * (1 - 2 * MARGIN - points.max(axis=0))
    return np.split(points, np.cumsum([len(stroke) for stroke in strokes])[:-1])


def hand_drawings(n: int, seed: int, sizes: tuple[float, float]) -> list[tuple[int, Drawing]]:
    """Digits of `tools.handwriting` by a hand that is not quite steady: all in turn."""
    digits = [(digit, strokes) for style in STYLES.values() for digit, strokes in style.items()]
    order = np.random.default_rng(0).permutation(len(digits))
    drawings = []
    for number in range(n):
        digit, strokes = digits[order[number % len(digits)]]
        random = np.random.default_rng([seed, number])
        shaky = [points + random.normal(0, 0.005, (len(points), 2)) for points in strokes]
        drawings.append((digit, moved(shaky, random, sizes)))
    return drawings


def generated_drawings(n: int, seed: int, sizes: tuple[float, float]) -> list[tuple[int, Drawing]]:
    """Digits of `mnist_helpers.synthetic.strokes`, all ways to write them in turn."""
    drawings, ways = [], list(generator.STYLES)
    for number in range(n):
        random = np.random.default_rng([seed, number])
        way = ways[number % len(ways)]
        drawings.append(
            (int(way[0]), moved(generator._pen_paths(generator.STYLES[way], random), random, sizes))
        )
    return drawings


def paint(strokes: Drawing, pen: float) -> Image.Image:
    """As the page paints a drawing: curves through the middles between the points."""
    image = Image.new("L", (SIDE, SIDE), 255)
    ink, radius = ImageDraw.Draw(image), pen * SIDE / 2
    for stroke in strokes:
        way = [stroke[0]]
        for point, following in itertools.pairwise(stroke[1:]):
            start, end = way[-1], (point + following) / 2
            for t in (0.25, 0.5, 0.75, 1):
                way.append((1 - t) ** 2 * start + 2 * t * (1 - t) * point + t**2 * end)
        path = np.array([*way, stroke[-1]]) * SIDE
        ink.line([tuple(point) for point in path], fill=17, width=round(2 * radius), joint="curve")
        for x, y in path:
            ink.ellipse((x - radius, y - radius, x + radius, y + radius), fill=17)
    return image.reduce(SIDE // SENT)


def png(picture: Image.Image) -> bytes:
    """A picture as a PNG file."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def measure_pens(hand: int, generated: int, pens: list[float]) -> dict[str, Any]:
    """What is read of the same drawings, made with pens of several widths."""
    drawings = hand_drawings(hand, 2, SIZES) + generated_drawings(generated, 3, SIZES)
    recognizer = DigitRecognizer.load()
    labels = np.array([label for label, _ in drawings])
    sides = [np.ptp(np.concatenate(strokes), axis=0).max() for _, strokes in drawings]
    small = np.array(sides) <= SMALL
    rows = {}
    for pen in pens:
        answers = recognizer.predict_many([paint(strokes, pen) for _, strokes in drawings])
        right = np.array([one.digit for one in answers]) == labels
        sure = np.array([one.verdict == "sure" for one in answers])
        parts = {"read": right, "sure_and_right": sure & right, "sure_and_wrong": sure & ~right}
        parts |= {"small": right[small], "large": right[~small]}
        rows[f"{pen:.2f}"] = {name: float(np.mean(part)) for name, part in parts.items()}
    return {"drawings": len(drawings), "small": int(small.sum()), "widths": rows}
