"""Digits pasted onto larger pictures like those that people draw and photograph.

Because their labels are known, the right answers can be counted. The kind "plain" is a paint
program's canvas. "small", "transparent", "board" and "thin" are other drawings from a screen;
"low contrast", "equal light", "noisy", "jpeg", "shaded", "border shadow", "ruled", "squared",
"border", "pencil", "half faint" and "table" each add one thing that makes photographs hard, and
"photo" adds several. "one line" is paper with one line or two, and the "dark lines" are nearly as
dark as the pen. "tight" is cut out closely. In "printed box" and "drawn box", the digit stands in a
box; in "crossed box", it touches the box or crosses it, and in "cut box", the picture ends on the
box. Of "pencil" and "half faint", a part of the ink is far lighter than the rest, and on a "table",
the sheet of paper does not fill the picture.
"""

import io
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage
from scipy.special import expit

Random = np.random.Generator


def paste_digits(
    images: np.ndarray | Sequence[np.ndarray], seed: int | list[int], kind: str = "plain"
) -> list[Image.Image]:
    """Paste each digit onto its own larger picture, at a random place and in a random size.

    Args:
        images: uint8, shape ``(n, 28, 28)`` or a sequence of ``(h, w)``, 0 = paper, 255 = ink; none
            may be empty.
        seed: one number or several; the same seed gives the same pictures.
        kind: one of `BACKGROUNDS`.

    Returns:
        n pictures of mode RGB or RGBA, mostly 60 to 400 pixels wide and high; "small" is 28×28,
        "thin" is 1,000×1,000, and "border" and "board" add a margin.
    """
    random = np.random.default_rng(seed)
    return [BACKGROUNDS[kind](_place(image, random), random) for image in images]


def _place(image: np.ndarray, random: Random) -> np.ndarray:
    """The ink, 0 to 1, enlarged and put somewhere on an empty sheet of random size."""
    digit = image[ndimage.find_objects(image > 0, 1)[0]]
    height, width = random.integers(60, 401, 2)
    width = round(width * _width_in_digits(digit))
    factor = random.uniform(0.25, 0.95) * min(height / digit.shape[0], width / digit.shape[1])
    size = [max(8, round(side * factor)) for side in digit.shape]
    picture = Image.fromarray(digit).resize(size[::-1], Image.Resampling.BICUBIC)
    height, width = max(height, size[0]), max(width, size[1])
    top, left = random.integers(0, height - size[0] + 1), random.integers(0, width - size[1] + 1)
    sheet = np.zeros((height, width), np.float32)
    sheet[top : top + size[0], left : left + size[1]] = np.asarray(picture, np.float32) / 255
    return sheet


def _width_in_digits(ink: np.ndarray) -> float:
    """1 for a digit; for a number, how many times as wide it is as the widest digits are."""
    return max(1.0, ink.shape[1] / ink.shape[0] / 1.5)


def _two_colours(random: Random, contrast: float = 60) -> tuple[np.ndarray, np.ndarray]:
    """Random colours of the paper and the ink that differ clearly; either may be the darker."""
    while True:
        paper, ink = random.uniform(0, 256, (2, 3))
        if np.abs(paper - ink).max() >= contrast:
            return paper, ink


def _mix(ink: np.ndarray, paper: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Paint: the paper where ``ink`` is 0, the ink's colour where it is 1."""
    amount = ink[:, :, None]
    return paper * (1 - amount) + colour * amount


def _paint(ink: np.ndarray, random: Random, contrast: float = 60) -> np.ndarray:
    return _mix(ink, *_two_colours(random, contrast))


def _picture(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(np.rint(pixels).clip(0, 255).astype(np.uint8))


def _grainy(pixels: np.ndarray, random: Random, noise: float = 2) -> Image.Image:
    return _picture(pixels + random.normal(0, noise, pixels.shape))


def _as_jpeg(pixels: np.ndarray, quality: int) -> Image.Image:
    file = io.BytesIO()
    _picture(pixels).save(file, "JPEG", quality=quality)
    return Image.open(file)


def _paper_and_pen(random: Random) -> tuple[np.ndarray, np.ndarray]:
    """The colours of white, grey or yellowish paper, and of a dark pen."""
    paper = random.uniform(150, 250) * np.array(
        [1, random.uniform(0.94, 1), random.uniform(0.7, 1)]
    )
    return paper, random.uniform(0, 80, 3)


def _uneven_light(shape: tuple[int, int], random: Random, depth: float = 0.5) -> np.ndarray:
    """Factors up to 1: light that falls off in one direction, with a smooth darker spot."""
    y, x = np.mgrid[0 : 1 : shape[0] * 1j, 0 : 1 : shape[1] * 1j]
    angle = random.uniform(0, 2 * np.pi)
    slope = np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5)
    spot = np.exp(-((x - random.uniform()) ** 2 + (y - random.uniform()) ** 2) / 0.2)
    light = 1 + random.uniform(0.2, depth) * slope - random.uniform(0, 0.3) * spot
    return (light / light.max())[:, :, None]


def _low_contrast(ink: np.ndarray, random: Random) -> Image.Image:
    paper = random.uniform(60, 250) * np.ones(3)
    return _picture(_mix(ink, paper, paper - random.uniform(20, 45)))


def _equal_light(ink: np.ndarray, random: Random) -> Image.Image:
    """Two colours of about the same luminance: in grey, the digit almost disappears."""
    paper, colour = _two_colours(random, 110)
    weights = np.array([0.299, 0.587, 0.114])
    return _picture(_mix(ink, paper, colour + (paper - colour) @ weights))


def _shaded(ink: np.ndarray, random: Random) -> Image.Image:
    pixels = _mix(ink, *_paper_and_pen(random)) * _uneven_light(ink.shape, random)
    return _grainy(pixels, random)


def _border_shadow(ink: np.ndarray, random: Random) -> Image.Image:
    """The shadow of a hand or a phone falls over one side, with a blurred edge."""
    paper, colour = _paper_and_pen(random)
    y, x = np.mgrid[0 : 1 : ink.shape[0] * 1j, 0 : 1 : ink.shape[1] * 1j]
    angle = random.uniform(0, 2 * np.pi)
    distance = np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5) - random.uniform(0.0, 0.4)
    shade = 1 / (1 + np.exp(-distance / random.uniform(0.01, 0.06)))
    pixels = _mix(ink, paper, colour) * (1 - random.uniform(0.2, 0.5) * shade[:, :, None])
    return _grainy(pixels, random)


def _lines(
    ink: np.ndarray, random: Random, axes: str, gaps: tuple[float, float] = (0.2, 1.2)
) -> np.ndarray:
    """How much of each pixel is printed line, 0 to 1; the lines are slightly turned.

    ``gaps`` are the least and the greatest distance of two lines, in heights of the digit.
    """
    y, x = np.indices(ink.shape)
    digit = np.ptp(np.nonzero(ink.any(1))[0]) + 1
    gap = max(6.0, random.uniform(*gaps) * digit)
    width = random.uniform(0.02, 0.05) * gap
    angle = random.normal(0, 0.04)
    lines = np.zeros(ink.shape)
    for axis in axes:
        turned = x * np.sin(angle) + y * np.cos(angle)
        turned = x * np.cos(angle) - y * np.sin(angle) if axis == "x" else turned
        distance = np.abs((turned + random.uniform(0, gap)) % gap - gap / 2)
        lines = np.maximum(lines, (width - distance + 0.5).clip(0, 1))
    return lines


def _printed(
    ink: np.ndarray,
    random: Random,
    axes: str,
    gaps: tuple[float, float] = (0.2, 1.2),
    shades: tuple[float, float] = (0.6, 0.9),
) -> Image.Image:
    """Paper with printed lines: level for the axes "y", level and upright for "xy".

    The ``shades`` are the darkest and the lightest that a line can be, as a fraction of the paper.
    """
    paper, colour = _paper_and_pen(random)
    print_colour = paper * random.uniform(*shades, 3)
    sheet = _mix(_lines(ink, random, axes, gaps), paper, print_colour)
    return _grainy(_mix(ink, sheet, colour) * _uneven_light(ink.shape, random, 0.3), random)


def _tight(ink: np.ndarray, random: Random) -> Image.Image:
    """Cut out closely, as a program that looks for contours does; soft, as after enlarging."""
    y, x = ndimage.find_objects(ink > 0.3, 1)[0]
    room = int(random.integers(0, 4))
    soft = ndimage.gaussian_filter(np.pad(ink[y, x], room), random.uniform(0, 0.02) * len(ink))
    return _picture(_paint(soft, random))


def draw_frame(
    ink: np.ndarray, random: Random, style: str, *, crossed: bool, cut: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The digit's ink and that of a frame around it, both 0 to 1, with room for the frame.

    Args:
        ink: the digit's.
        random: where its place, size, corners, strokes and gaps come from.
        style: "box", "double", or "cell" of a table, whose lines go on; "drawn" by hand.
        crossed: whether the digit touches the frame or crosses it, rather than standing in it.
        cut: whether the picture ends on the frame or within it, on one or two sides.
    """
    box = ndimage.find_objects(ink > 0.3, 1)[0]
    digit = np.array([side.stop - side.start for side in box])
    size = int(digit.max())
    # Between the digit and the frame at the top, bottom, left and right.
    gaps = random.uniform(0.04, 0.5, (2, 2))
    if crossed:
        gaps[random.integers(2), random.integers(2)] = random.uniform(-0.15, 0.02)
    half = size * (gaps.sum(1) + digit / size) / 2
    if (narrow := half.max() - half.min()) and random.integers(2) and not crossed:
        half += narrow * (half < half.max())  # a square
    room = size
    ink = np.pad(ink[box], room)
    middle = room + digit / 2 + size * (gaps[:, 1] - gaps[:, 0]) / 2
    angle = random.normal(0, 0.03)
    y, x = np.indices(ink.shape) - middle[:, None, None]
    y, x = y * np.cos(angle) + x * np.sin(angle), x * np.cos(angle) - y * np.sin(angle)
    if style == "drawn":
        wave = ndimage.gaussian_filter(
            random.normal(0, 1, (2, *ink.shape)), (0, size / 5, size / 5)
        )
        y, x = np.stack([y, x]) + wave * (random.uniform(0, 0.02) * size / wave.std())
    width = max(1.2, size * random.choice([random.uniform(0.01, 0.03), random.uniform(0.03, 0.12)]))
    beyond = np.stack([np.abs(y) - half[0], np.abs(x) - half[1]])
    round_ = 0.0 if random.integers(2) else random.uniform(0, 0.25) * 2 * half.min()
    outside = np.hypot(*(beyond + round_).clip(0)) + (beyond + round_).max(0).clip(None, 0) - round_
    distance = np.abs(beyond).min(0) if style == "cell" else np.abs(outside)
    if style == "double":
        distance = np.minimum(distance, np.abs(outside - width - random.uniform(0.02, 0.08) * size))
    frame = (width / 2 - distance + 0.5).clip(0, 1)
    if style == "drawn" and random.integers(2):  # the pen did not quite come back
        turn = (np.arctan2(y, x) - random.uniform(-np.pi, np.pi)) % (2 * np.pi)
        frame = frame * (turn > random.uniform(0, 0.25))
    reach = half + size * random.uniform(0.1, 0.4)
    sides = np.array([middle - reach, middle + reach])
    if cut:
        for side, axis in {(int(random.integers(2)), int(random.integers(2))) for _ in range(2)}:
            away = half[axis] + random.uniform(-0.8, 0.5) * width
            sides[side, axis] = middle[axis] + (2 * side - 1) * away
    first = np.minimum(sides[0].round().astype(int), room).clip(0)
    last = np.maximum(sides[1].round().astype(int), room + digit)
    part = slice(first[0], last[0]), slice(first[1], last[1])
    return ink[part], frame[part]


def _framed(
    ink: np.ndarray,
    random: Random,
    styles: Sequence[str],
    *,
    crossed: bool = False,
    cut: bool = False,
) -> Image.Image:
    style = str(random.choice(styles))
    ink, frame = draw_frame(ink, random, style, crossed=crossed, cut=cut)
    if style == "drawn" and random.integers(2):  # in a paint program
        return _picture(_paint(np.maximum(ink, frame), random))
    paper, colour = _paper_and_pen(random)
    other = paper * random.uniform(0, 0.7) if random.integers(2) else colour
    sheet = _mix(frame, paper, colour if style == "drawn" else other)
    return _grainy(_mix(ink, sheet, colour) * _uneven_light(ink.shape, random, 0.3), random)


def _photo(ink: np.ndarray, random: Random) -> Image.Image:
    """Pen on paper through a phone: uneven light, blur, noise and JPEG together."""
    pixels = _mix(ink, *_paper_and_pen(random)) * _uneven_light(ink.shape, random)
    pixels = ndimage.gaussian_filter(pixels, (random.uniform(0.3, 1.2),) * 2 + (0,))
    grain = ndimage.gaussian_filter(random.normal(0, 1, ink.shape), 1.0)[:, :, None]
    pixels = pixels + 10 * grain + random.normal(0, 3, pixels.shape)
    return _as_jpeg(pixels, int(random.integers(40, 95)))


def _border(ink: np.ndarray, random: Random) -> Image.Image:
    """Dark strips along some sides: a printed border, or the table beside the paper."""
    paper, colour = _paper_and_pen(random)
    wide = int(random.integers(2, 2 + max(2, min(ink.shape) // 12)))
    pixels = np.pad(_mix(ink, paper, colour), ((wide + 8,) * 2, (wide + 8,) * 2, (0, 0)), "edge")
    top, left, bottom, right = (wide * int(random.integers(2)) for _ in range(4))
    inside = np.zeros(pixels.shape[:2], bool)
    inside[top : len(inside) - bottom, left : pixels.shape[1] - right] = True
    pixels[~inside] = random.uniform(0, 120, 3)
    return _grainy(pixels, random)


def _pencil(ink: np.ndarray, random: Random) -> Image.Image:
    """A pencil, pressed now more and now less, on paper whose grain shows in the strokes."""
    paper, colour = _paper_and_pen(random)
    size = max(ink.shape)
    pressure = _smooth_noise(ink.shape, random.uniform(0.03, 0.1) * size, random)
    pressure = (random.uniform(0.4, 0.8) + random.uniform(0.1, 0.3) * pressure).clip(0.12, 1)
    grain = _smooth_noise(ink.shape, random.uniform(0.3, 0.8), random)
    grain = (1 - random.uniform(0, 0.25) * np.abs(grain)).clip(0, 1)
    return _grainy(_mix(ink * pressure * grain, paper, colour), random, random.uniform(0, 2.5))


def _half_faint(ink: np.ndarray, random: Random) -> Image.Image:
    """Drawn dark on one side of a straight line through the digit, and faint on the other."""
    rows, columns = np.nonzero(ink > 0.5)
    angle = random.uniform(0, 2 * np.pi)
    y, x = np.indices(ink.shape)
    along = np.cos(angle) * x + np.sin(angle) * y
    inside = along[rows, columns]
    where = np.quantile(inside, random.uniform(0.25, 0.75))
    soft = random.uniform(0.01, 0.1) * np.ptp(inside)
    pressure = 1 - (1 - random.uniform(0.12, 0.45)) * expit((along - where) / soft)
    paper, colour = _two_colours(random, 120)
    return _grainy(_mix(ink * pressure, paper, colour), random, random.choice([0, 0.5, 1.5]))


def _smooth_noise(shape: tuple[int, int], width: float, random: Random) -> np.ndarray:
    """Noise of mean 0 and standard deviation 1 whose spots are about ``width`` pixels wide."""
    noise = ndimage.gaussian_filter(random.normal(0, 1, shape), width)
    return (noise - noise.mean()) / noise.std()


def _table(ink: np.ndarray, random: Random) -> Image.Image:
    """A sheet of paper on a desk or a tablecloth, with a shadow; both show beside the sheet."""
    paper, colour = _paper_and_pen(random)
    height, width = ink.shape
    quiet = max(4, min(ink.shape) // 12)
    room = random.integers(0, 1 + max(ink.shape) // 3, 4) * (random.random(4) < 0.7)
    room[random.integers(4)] += max(6, min(ink.shape) // 10)
    top, bottom, left, right = (int(side) for side in room)
    sheet = np.pad(ink, ((quiet + top, quiet + bottom), (quiet + left, quiet + right)))
    y, x = np.indices(sheet.shape)
    angle = random.normal(0, 0.05)
    across, down = x - left - quiet - width / 2, y - top - quiet - height / 2
    level = across * np.cos(angle) + down * np.sin(angle)
    upright = down * np.cos(angle) - across * np.sin(angle)
    # How far each pixel lies inside the sheet; a side without room does not end in the picture.
    far = float(sum(sheet.shape))
    inside = np.minimum.reduce(
        [
            level + width / 2 + quiet + (0 if left else far),
            width / 2 + quiet - level + (0 if right else far),
            upright + height / 2 + quiet + (0 if top else far),
            height / 2 + quiet - upright + (0 if bottom else far),
        ]
    )
    on = (inside + 0.5).clip(0, 1)[:, :, None]
    depth = random.uniform(0, 0.5)
    shade = 1 - depth * np.exp(-np.maximum(-inside, 0) / random.uniform(2, 12))[:, :, None]
    table = _cloth(sheet.shape, paper, random) * shade
    pixels = on * _mix(sheet, paper, colour) + (1 - on) * table
    light = _uneven_light(sheet.shape, random, 0.3)
    return _grainy(pixels * light, random, random.uniform(0.5, 3))


def _cloth(shape: tuple[int, int], paper: np.ndarray, random: Random) -> np.ndarray:
    """What a sheet may lie on: a plain desk, wood with its grain, or a striped or checked cloth."""
    while True:
        one, other = random.uniform(0, 230, (2, 3))
        if min(np.abs(paper - one).max(), np.abs(paper - other).max()) > 50:
            break
    y, x = np.indices(shape)
    gap = random.uniform(0.05, 0.2) * max(shape)
    kind = random.integers(4)
    if kind == 0:
        pattern = np.zeros(shape)
    elif kind == 1:
        noise = random.normal(0, 1, shape)
        pattern = ndimage.gaussian_filter(noise, (1.5, 0.3 * shape[1])) * 8
        other = one * random.uniform(0.6, 0.9)
    else:
        pattern = (np.sin(2 * np.pi * x / gap) > 0).astype(float)
        if kind == 3:
            pattern = (pattern + (np.sin(2 * np.pi * y / gap) > 0)) / 2
    return _mix(pattern.clip(0, 1), one, other)


def _transparent(ink: np.ndarray, random: Random) -> Image.Image:
    colour = np.broadcast_to(random.uniform(0, 256, 3), (*ink.shape, 3))
    return _picture(np.dstack([colour, ink * 255]))


def _board(ink: np.ndarray, random: Random) -> Image.Image:
    """A dark board with light ink, inside a white or transparent margin."""
    board, colour = random.uniform(0, 50, 3), random.uniform(200, 256, 3)
    margin = int(random.integers(5, 60))
    room = ((margin, margin), (margin, margin), (0, 0))
    quiet = np.pad(ink, int(0.1 * min(ink.shape)))
    pixels = np.pad(_mix(quiet, board, colour), room, constant_values=255)
    if random.integers(2):
        alpha = np.pad(np.full((*quiet.shape, 1), 255.0), room)
        pixels = np.concatenate([pixels, alpha], 2)
    return _picture(pixels)


def _small(ink: np.ndarray, random: Random) -> Image.Image:
    """A 28×28 icon, as a paint program saves it; for a number, a longer one of the same height."""
    sheet = Image.fromarray((ink * 255).astype(np.uint8))
    y, x = ndimage.find_objects(ink > 0, 1)[0]
    longer = _width_in_digits(ink[y, x])
    margin = random.uniform(0.05, 0.5) * max(y.stop - y.start, x.stop - x.start) / longer
    area = (x.start - margin, y.start - margin, x.stop + margin, y.stop + margin)
    left, top, right, bottom = (round(side) for side in area)
    sheet = sheet.crop((left, top, right, bottom))
    side = max(sheet.height, round(sheet.width / longer))
    icon = Image.new("L", (max(sheet.width, round(side * longer)), side))
    icon.paste(sheet, ((icon.width - sheet.width) // 2, (side - sheet.height) // 2))
    icon = icon.resize((round(28 * longer), 28), Image.Resampling.BOX)
    ink = np.asarray(icon, np.float32) / 255
    return _picture(_paint(ink, random))


def _thin(ink: np.ndarray, random: Random) -> Image.Image:
    """The middle line of the strokes, drawn with a thin pen on a canvas of 1,000×1,000 pixels."""
    digit = Image.fromarray(ink[ndimage.find_objects(ink > 0.5, 1)[0]])
    factor = 60 * _width_in_digits(np.asarray(digit)) / max(digit.size)
    digit = digit.resize([max(1, round(side * factor)) for side in digit.size])
    skeleton = _skeleton(np.pad(np.asarray(digit) > 0.5, 2))
    step = min(random.uniform(5, 15), 990 / max(skeleton.shape))
    corner = random.uniform(0, 1, 2) * (990 - step * np.array(skeleton.shape)).clip(0)
    canvas = Image.new("L", (1000, 1000))
    pen = ImageDraw.Draw(canvas)
    width = int(random.integers(1, 5))
    for y, x in np.argwhere(skeleton):
        for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
            if skeleton[y + down, x + right]:
                ends = np.array([[x, y], [x + right, y + down]]) * step + corner[::-1]
                pen.line(ends.ravel().tolist(), fill=255, width=width)
    return _picture(_paint(np.asarray(canvas) / 255, random))


def _skeleton(mask: np.ndarray) -> np.ndarray:
    """Peel pixels off from all sides in turn, as long as the shape stays connected."""
    edge = np.array([[0, 0, 0], [2, 1, 2], [1, 1, 1]])
    corner = np.array([[2, 0, 0], [1, 1, 0], [2, 1, 2]])
    while True:
        before = mask
        for turn in range(8):
            shape = np.rot90(edge if turn % 2 == 0 else corner, -(turn // 2))
            mask = mask & ~ndimage.binary_hit_or_miss(mask, shape == 1, shape == 0)
        if (mask == before).all():
            return mask


BACKGROUNDS: dict[str, Callable[[np.ndarray, Random], Image.Image]] = {
    "plain": lambda ink, random: _picture(_paint(ink, random)),
    "small": _small,
    "low contrast": _low_contrast,
    "equal light": _equal_light,
    "noisy": lambda ink, random: _grainy(_paint(ink, random, 100), random, random.uniform(5, 22)),
    "jpeg": lambda ink, random: _as_jpeg(_paint(ink, random, 90), int(random.integers(15, 60))),
    "shaded": _shaded,
    "border shadow": _border_shadow,
    "photo": _photo,
    "ruled": partial(_printed, axes="y"),
    "squared": partial(_printed, axes="xy"),
    "one line": partial(_printed, axes="y", gaps=(1.2, 2.5)),
    "dark lines": partial(_printed, axes="y", shades=(0.1, 0.6)),
    "border": _border,
    "tight": _tight,
    "printed box": partial(_framed, styles=("box", "double", "cell")),
    "drawn box": partial(_framed, styles=("drawn",)),
    "crossed box": partial(_framed, styles=("box", "double", "cell", "drawn"), crossed=True),
    "cut box": partial(_framed, styles=("box", "cell"), cut=True),
    "pencil": _pencil,
    "half faint": _half_faint,
    "table": _table,
    "transparent": _transparent,
    "board": _board,
    "thin": _thin,
}
