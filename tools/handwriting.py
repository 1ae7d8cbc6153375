"""The ten digits in three styles, as pen strokes whose points are fractions of the square.

The points were written by hand to look like digits that people draw with a mouse: large and plain,
in the European style, and small, shaky and off centre.
"""

import math

Point = tuple[float, float]


def arc(
    x: float, y: float, across: float, down: float, start: float, end: float, steps: int = 14
) -> list[Point]:
    """Points on an ellipse around (x, y) between two angles in degrees; 0 is right, 90 is down."""
    angles = [math.radians(start + (end - start) * i / steps) for i in range(steps + 1)]
    return [(x + across * math.cos(a), y + down * math.sin(a)) for a in angles]


PLAIN = {
    0: [arc(0.5, 0.5, 0.2, 0.32, -90, 270, 24)],
    1: [[(0.5, 0.16), (0.5, 0.5), (0.49, 0.84)]],
    2: [[*arc(0.5, 0.34, 0.19, 0.17, -170, 40), (0.33, 0.82), (0.72, 0.82)]],
    3: [[*arc(0.47, 0.33, 0.18, 0.16, -150, 90), *arc(0.47, 0.66, 0.2, 0.18, -90, 150)]],
    4: [[(0.58, 0.16), (0.28, 0.6), (0.76, 0.6)], [(0.6, 0.38), (0.6, 0.86)]],
    5: [[(0.7, 0.17), (0.36, 0.17), (0.34, 0.45), *arc(0.48, 0.62, 0.2, 0.2, -120, 140)]],
    6: [[(0.62, 0.15), (0.42, 0.38), *arc(0.5, 0.65, 0.17, 0.18, -170, 200, 20)]],
    7: [[(0.27, 0.2), (0.72, 0.2), (0.55, 0.5), (0.42, 0.85)]],
    8: [
        [
            *arc(0.5, 0.33, 0.15, 0.15, -60, -270, 14),
            *arc(0.5, 0.66, 0.18, 0.18, -90, 270, 20),
            *arc(0.5, 0.33, 0.15, 0.15, 90, -60, 10),
        ]
    ],
    9: [[*arc(0.48, 0.35, 0.17, 0.18, -20, -380, 20), (0.65, 0.4), (0.62, 0.62), (0.55, 0.86)]],
}
EUROPEAN = {
    0: [[*arc(0.5, 0.5, 0.24, 0.3, -60, 300, 24)]],
    1: [[(0.3, 0.42), (0.45, 0.3), (0.57, 0.15), (0.56, 0.5), (0.56, 0.86)]],
    2: [
        [
            *arc(0.47, 0.33, 0.17, 0.16, 170, 380),
            (0.5, 0.62),
            (0.3, 0.8),
            *arc(0.36, 0.78, 0.06, 0.05, 120, 300, 6),
            (0.5, 0.82),
            (0.72, 0.76),
        ]
    ],
    3: [[(0.32, 0.18), (0.68, 0.18), (0.48, 0.42), *arc(0.48, 0.63, 0.2, 0.21, -90, 140)]],
    4: [[(0.36, 0.16), (0.34, 0.36), (0.36, 0.55), (0.72, 0.52)], [(0.66, 0.2), (0.6, 0.88)]],
    5: [
        [(0.38, 0.18), (0.36, 0.46), *arc(0.48, 0.63, 0.19, 0.19, -130, 130)],
        [(0.38, 0.18), (0.68, 0.17)],
    ],
    6: [[*arc(0.62, 0.55, 0.3, 0.38, -80, -180, 12), *arc(0.49, 0.66, 0.17, 0.17, 180, -170, 20)]],
    7: [
        [(0.26, 0.24), (0.28, 0.18), (0.72, 0.17), (0.56, 0.5), (0.46, 0.86)],
        [(0.36, 0.51), (0.72, 0.49)],
    ],
    8: [[*arc(0.5, 0.32, 0.15, 0.15, 0, 360, 20)], [*arc(0.5, 0.65, 0.19, 0.19, -90, 270, 22)]],
    9: [
        [
            *arc(0.5, 0.35, 0.18, 0.17, 0, -360, 20),
            (0.67, 0.6),
            *arc(0.5, 0.68, 0.17, 0.17, 0, 140, 10),
        ]
    ],
}


def _small(strokes: list[list[Point]], digit: int) -> list[list[Point]]:
    """The same strokes at less than half the size: in a corner, slanted and slightly shaky."""
    left, top = 0.08 + 0.05 * (digit % 3), 0.12 + 0.11 * (digit % 5)
    made = []
    for stroke in strokes:
        points = []
        for number, (x, y) in enumerate(stroke):
            shake = 0.006 * math.sin(2.3 * number + digit)
            points.append((left + 0.42 * x + 0.06 * (1 - y) + shake, top + 0.42 * y - shake))
        made.append(points)
    return made


def in_a_row(digits: str) -> list[list[Point]]:
    """The strokes of a number in the plain style: its digits share the width and do not touch."""
    part, made = 0.94 / len(digits), []
    for place, digit in enumerate(digits):
        middle, size = 0.03 + part * (place + 0.5), 1.3 * part
        for stroke in PLAIN[int(digit)]:
            made.append([(middle + size * (x - 0.5), 0.5 + size * (y - 0.5)) for x, y in stroke])
    return made


SMALL = {digit: _small(strokes, digit) for digit, strokes in PLAIN.items()}
STYLES = {"plain": PLAIN, "european": EUROPEAN, "small": SMALL}
