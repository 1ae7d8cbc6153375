"""Typical wrong answers to the exercises of notebook 06, and words of the message for each."""

from tests.lessons.wrong_answers import changed

TURN = "def light_on_dark(pixels):\n    return {}"
CROP = (
    "def crop_and_scale(ink):\n"
    "    rows, columns = np.nonzero(ink > 127)\n"
    "    if len(rows) == 0:\n"
    "        return ink\n"
    "    cut = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]\n"
    "    height, width = cut.shape\n"
    "    return np.asarray(Image.fromarray(cut).resize({}))"
)
MOVE = (
    "def to_the_middle(square):\n"
    "    ink = square.astype(float)\n"
    "    rows, columns = np.indices(ink.shape)\n"
    "    row, column = (rows * ink).sum() / ink.sum(), (columns * ink).sum() / ink.sum()\n"
    "    return np.roll(square, ({}), (0, 1))"
)
FRAMING = "def my_framing(picture):\n    grey = np.asarray(picture.convert('L'))\n    {}"

WHITE = """
def on_white_paper(drawing):
    c = drawing.astype(float)
    a = c[..., 3] / 255
    g = 0.299 * c[..., 0] + 0.587 * c[..., 1] + 0.114 * c[..., 2]
    return (a * g + (1 - a) * 255).round().astype(np.uint8)
"""

LIGHT = """
def light_on_dark(pixels):
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return 255 - pixels if np.median(border) > 127 else pixels
"""
TURNED = "255 - pixels if np.median(border) > 127 else pixels"
SCALED = """
def crop_and_scale(ink):
    rows, columns = np.nonzero(ink > 127)
    if len(rows) == 0:
        return ink
    cut = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    factor = 20 / max(cut.shape)
    height, width = (max(1, round(factor * side)) for side in cut.shape)
    return np.asarray(Image.fromarray(cut).resize((width, height)))
"""
BLANK = "    if len(rows) == 0:\n        return ink\n"
CROPPED = "ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]"
SIZE = """    factor = 20 / max(cut.shape)
    height, width = (max(1, round(factor * side)) for side in cut.shape)
"""
CENTRED = """
def to_the_middle(square):
    ink = square.astype(float)
    rows, columns = np.indices(ink.shape)
    total = max(ink.sum(), 1)
    row, column = (rows * ink).sum() / total, (columns * ink).sum() / total
    return np.roll(square, (round(14 - row), round(14 - column)), axis=(0, 1))
"""
ROLLED = "np.roll(square, (round(14 - row), round(14 - column)), axis=(0, 1))"
INKED = """
def to_the_middle(square):
    ink = square.astype(float)
    r, c = np.nonzero(ink)
    if len(r) == 0:
        return square
    row, column = {}
    return np.roll(square, (round(14 - row), round(14 - column)), axis=(0, 1))
"""
FRAME = """
def my_framing(picture):
    digit = crop_and_scale(light_on_dark(np.asarray(picture.convert("L"))))
    square = np.zeros((28, 28), np.uint8)
    height, width = digit.shape
    top, left = (28 - height) // 2, (28 - width) // 2
    square[top : top + height, left : left + width] = digit
    return to_the_middle(square)
"""


WRONG = {
    ("06.1", TURN): {
        "255 - pixels": "every picture over",
        "pixels": "as it is",
        "255 - pixels if pixels.mean() > 127 else pixels": "most of the picture",
        "255 - pixels if pixels[0, 0] > 127 else pixels": "corner",
        "pixels if pixels[0].mean() > 127 else 255 - pixels": "polarity is wrong",
        "-pixels if pixels[0].mean() > 127 else pixels": "255 - pixels",
    },
    ("06.2", CROP): {
        "(width, height)": "Cropped but not scaled",
        "(20, 20)": "fat block",
        "(28 * width // max(height, width), 28 * height // max(height, width))": "20-pixel box",
        "(20 * height // max(height, width), 20 * width // max(height, width))": "swapped",
    },
    ("06.2", "{}"): {
        "def crop_and_scale(ink):\n"
        "    factor = 20 / max(ink.shape)\n"
        "    size = (round(factor * ink.shape[1]), round(factor * ink.shape[0]))\n"
        "    return np.asarray(Image.fromarray(ink).resize(size))": "The paper around the digit is still there",
    },
    ("06.2", CROP.replace("len(rows) == 0", "False")): {
        "[max(1, round(20 * side / max(cut.shape))) for side in (width, height)]": "blank picture",
        "(20 * width // max(height, width), 20 * height // max(height, width))": "On a thin line",
    },
    ("06.3", MOVE): {
        "round(14 - column), round(14 - row)": "swapped",
        "round(row - 14), round(column - 14)": "wrong way",
        "round(14 - row), 0": "Only the rows",
        "0, 0": "Nothing has moved",
    },
    ("06.3", MOVE.replace("square.astype(float)", "(square > 0).astype(float)")): {
        "round(14 - row), round(14 - column)": "All ink counts in the mean",
    },
    ("06.3", "{}"): {
        "def to_the_middle(square):\n"
        "    down, right = (14 - (x.min() + x.max()) / 2 for x in np.nonzero(square))\n"
        "    return np.roll(square, (round(down), round(right)), axis=(0, 1))": "rectangle",
    },
    ("06.4", FRAMING): {
        "return np.asarray(picture.convert('L').resize((28, 28)))": "polarity is wrong",
        "small = Image.fromarray(light_on_dark(grey)).resize((28, 28))\n"
        "    return to_the_middle(np.asarray(small))": "cut it out",
        "digit = crop_and_scale(light_on_dark(grey))\n"
        "    square = np.zeros((28, 28), np.uint8)\n"
        "    square[: digit.shape[0], : digit.shape[1]] = digit\n"
        "    return square": "centre of mass",
        "return crop_and_scale(light_on_dark(grey))": "(28, 28)",
        "digit = crop_and_scale(light_on_dark(grey))\n"
        "    square = np.zeros((28, 28))\n"
        "    square[4 : 4 + digit.shape[0], 4 : 4 + digit.shape[1]] = digit / 255\n"
        "    return to_the_middle(square)": "0 to 255",
    },
}

# Written by somebody who had not read the checks.
WRONG |= {
    ("06.1", "{} "): {
        changed(LIGHT, (TURNED, "255 - pixels")): "You turn every picture over, even one",
        changed(LIGHT, (TURNED, "pixels")): "You leave every picture as it is.",
        changed(LIGHT, ("> 127", "< 127")): "The polarity is wrong: each time you",
        changed(LIGHT, ("np.median(border)", "pixels.mean()")): "It fails if the digit fills most",
        changed(LIGHT, ("np.median(border)", "pixels[0, 0]")): "It fails with ink in a corner.",
        changed(LIGHT, ("np.median(border)", "border.max()")): "One pixel of ink at the border",
        changed(LIGHT, ("(border)", "(np.unique(border))")): "the median of the different grey",
        changed(
            LIGHT, (f"return {TURNED}", "if np.median(border) > 127:\n        return 255 - pixels")
        ): "With one of the check's inputs your",
        changed(LIGHT, ("255", "256")): "Your function stops with OverflowError: Python integer",
        changed(LIGHT, ("255 - pixels", "-pixels")): "To turn a byte over, take `255",
        changed(LIGHT, ("> 127", "> 200")): "You draw the line between light and",
        changed(
            LIGHT, (TURNED, "np.where(pixels > 127, 255 - pixels, pixels)")
        ): "The picture is changed. In row 8,",
        changed(
            LIGHT, ("255 - pixels", "np.where(pixels > 127, 0, 255).astype(np.uint8)")
        ): "Only black and white are left. Keep",
        changed(
            LIGHT,
            (
                f"return {TURNED}",
                "if np.median(border) > 127:\n        pixels[:] = 255 - pixels\n    return pixels",
            ),
        ): "Your function changes `pixels`, which belongs to",
        changed(LIGHT, ("255", "255.0")): "The values are of type float64. The",
    },
    ("06.2", "{} "): {
        changed(SCALED, (BLANK, "")): "On a blank picture, whose brightest",
        changed(SCALED, ("return ink", "return")): "With one of the check's inputs your",
        changed(
            SCALED, ("return ink", "return np.zeros((20, 20), np.uint8)")
        ): "A blank picture should come back as",
        changed(SCALED, ("max() + 1", "max()")): "The last row or column of ink",
        changed(
            SCALED, ("(width, height)", "(height, width)")
        ): "Height and width are swapped: Pillow's `resize`",
        changed(
            changed(SCALED, (SIZE, "")), ("(width, height)", "(20, 20)")
        ): "Both sides are the same: a narrow 1",
        changed(
            changed(SCALED, (SIZE, "")),
            ("np.asarray(Image.fromarray(cut).resize((width, height)))", "cut"),
        ): "Cropped but not scaled: the result is",
        changed(SCALED, (CROPPED, "ink")): "The paper around the digit is still there",
        changed(
            SCALED, ("max(cut.shape)", "min(cut.shape)")
        ): "The *longer* side should be 20; yours",
        changed(SCALED, ("max(cut.shape)", "cut.shape[0]")): "You always scale the height to 20,",
        changed(SCALED, ("max(cut.shape)", "cut.shape[1]")): "You always scale the width to 20,",
        changed(SCALED, ("20", "28")): "The longer side is 28. MNIST's digits",
        changed(SCALED, ("20 /", "20 //")): "Ink of 60×30 should become (20, 10),",
        changed(
            SCALED, ("round(factor * side)", "int(factor * side) - 1")
        ): "Ink of 20×9 should become (20, 9),",
    },
    ("06.3", "{} "): {
        changed(
            CENTRED, ("round(14 - row), round(14 - column)", "round(row - 14), round(column - 14)")
        ): "It moved the wrong way: move by",
        changed(
            CENTRED, ("round(14 - row), round(14 - column)", "round(14 - column), round(14 - row)")
        ): "Rows and columns are swapped: the rows",
        changed(CENTRED, ("14", "13")): "The centre of mass comes to another place",
        changed(CENTRED, ("14", "13.5")): "You are a pixel off",
        changed(
            CENTRED, ("    total", "    if ink.max() < 128:\n        return square\n    total")
        ): "Nothing has moved.",
        INKED.format(
            "(r.min() + r.max()) / 2, (c.min() + c.max()) / 2"
        ): "You put the middle of the *rectangle*",
        INKED.format("r.mean(), c.mean()"): "All ink counts in the mean",
        changed(
            CENTRED, (ROLLED, "np.roll(square, round(14 - row), axis=0)")
        ): "Only the rows moved. The columns have",
        changed(
            CENTRED, (ROLLED, "np.roll(square, round(14 - column), axis=1)")
        ): "Only the columns moved. The rows have",
        changed(
            CENTRED, (", axis=(0, 1)", "")
        ): "Without `axis=(0, 1)`, `np.roll` moves all pixels",
        changed(CENTRED, (ROLLED, "row, column")): "The shape should be (28, 28), but",
        changed(
            CENTRED, (ROLLED, ROLLED.replace("square", "ink") + " / 255")
        ): "The values are fractions, from 0 to",
        """
def to_the_middle(square):
    ink = square.astype(float)
    row, column = np.unravel_index(ink.argmax(), ink.shape)
    return np.roll(square, (14 - int(row), 14 - int(column)), axis=(0, 1))
""": "You put the brightest pixel at 14.",
        changed(CENTRED, (".sum() / total", ".mean()")): "by the number of all pixels",
        changed(CENTRED, ("max(ink.sum(), 1)", "max((ink > 0).sum(), 1)")): "of pixels with ink",
        INKED.format("r.min(), c.min()"): "corner of the ink's rectangle",
        INKED.format("ink.sum(1).argmax(), ink.sum(0).argmax()"): "the most ink at 14",
        INKED.format("13.5, 13.5"): "Print how far you move it",
        changed(
            CENTRED, (f"return {ROLLED}", f"{ROLLED}\n    return square")
        ): "Nothing has moved.",
    },
    ("06.4", "{} "): {
        """
from mnist_helpers.framing import frame


def my_framing(picture):
    return frame(picture, steps=False).image
""": "without the package's `frame`",
        changed(
            FRAME,
            ('light_on_dark(np.asarray(picture.convert("L")))', 'np.asarray(picture.convert("L"))'),
        ): "Dark ink on light paper is not",
        changed(FRAME, ("to_the_middle(square)", "square")): ". It should be at 14 and",
        """
def my_framing(picture):
    digit = light_on_dark(np.asarray(picture.convert("L")))
    return to_the_middle(np.asarray(Image.fromarray(digit).resize((28, 28))))
""": "pixels long in your square. It should",
        """
def my_framing(picture):
    return np.asarray(picture.convert("L").resize((28, 28)))
""": "The polarity is wrong in 12 of",
        """
def my_framing(picture):
    digit = crop_and_scale(light_on_dark(np.asarray(picture.convert("L"))))
    return np.asarray(Image.fromarray(digit).resize((28, 28)))
""": "The digit is stretched over the whole",
        """
def my_framing(picture):
    return crop_and_scale(light_on_dark(np.asarray(picture.convert("L"))))
""": "The shape should be (28, 28), but",
    },
    ("06.7", WHITE.replace("c[..., 3] / 255", "{}")): {
        "(c[..., 3] > 0) * 1.0": "all paper or all paint",
        "(c[..., 3] > 127) * 1.0": "all paper or all paint",
        "1.0": "Alpha is ignored",
        "1 - c[..., 3] / 255": "shares are swapped",
    },
    ("06.7", WHITE.replace("(1 - a) * 255", "{}")): {"(1 - a) * 0": "black paper"},
    ("06.7", WHITE.replace("0.299 * c[..., 0] + 0.587 * c[..., 1] + 0.114 * c[..., 2]", "{}")): {
        "c[..., :3].mean(axis=-1)": "plain mean",
        "c[..., 0]": "one colour",
        "0.114 * c[..., 0] + 0.587 * c[..., 1] + 0.299 * c[..., 2]": "Red and blue",
    },
    ("06.7", WHITE.replace("(a * g + (1 - a) * 255).round().astype(np.uint8)", "{}")): {
        "drawing[..., 3]": "alpha channel, which",
        "255 - drawing[..., 3]": "255 - alpha",
        "(255 - (a * g + (1 - a) * 255)).astype(np.uint8)": "Light and dark",
        "print(a)": "returns None",
    },
}

# Praised, or answered with too little, before the checks knew them.
CUT = """
def crop_and_scale(ink):
    rows, columns = np.nonzero(ink > 127)
    if len(rows) == 0:
        return ink
    cut = {}
    height, width = (max(1, round(20 / max(cut.shape) * side)) for side in cut.shape)
    return np.asarray(Image.fromarray(cut).resize((width, height)))
"""
CENTRE = """
def to_the_middle(square):
    if not square.any():
        return {}
    at = [np.average(one, weights=square) for one in np.indices(square.shape)]
    return np.roll(square, [round(14 - one) for one in at], axis=(0, 1))
"""
MIXED = "(a * g + (1 - a) * 255).round()"
WRONG |= {
    ("06.1", LIGHT.replace(TURNED, "{}")): {
        "pixels[::-1] if np.median(border) > 127 else pixels": "the picture itself round",
        "np.where(pixels > 127, 255 - pixels, pixels) if np.median(border) > 127 else pixels": "only a part",
        "255 - pixels if np.median(border) else pixels": "at another place than 127",
    },
    ("06.4", FRAME.replace("height, width = digit", "{} = digit")): {
        "width, height": "has the rows first",
    },
    ("06.2", CUT): {
        "ink[rows.min() : rows.max() + 1, columns[0] : columns[-1] + 1]": "goes row by row",
        "ink[np.unique(rows)][:, np.unique(columns)]": "without ink belongs to the digit",
        "ink[rows[0] : rows[0] + len(set(rows)), columns.min() : columns.max() + 1]": "belongs to",
    },
    ("06.2", CUT.replace("return np.asarray(", "return np.int64(")): {
        CROPPED: "of type int64",
    },
    ("06.3", CENTRE): {"None": "returns None", "255 - square": "A blank square should come back"},
    ("06.3", CENTRE.replace("not square.any()", "{}").replace("return {}", "return square")): {
        "square is None": "On a blank square your function stops",
    },
    ("06.4", FRAME.replace('picture.convert("L")', "{}")): {"picture": "a third axis"},
    ("06.4", FRAME.replace("np.zeros((28, 28), np.uint8)", "{}")): {
        "np.full((28, 28), 90, np.uint8)": "The paper of your square is 90",
    },
    ("06.4", FRAME.replace("// 2, (", "{} 2, (")): {"/": "must be a whole number"},
    ("06.7", WHITE.replace(MIXED, "{}")): {
        "np.minimum(g + (1 - a) * 255, 255)": "counts in full",
        "(a**2 * g + (1 - a) * 255)": "of its own grey",
        "((drawing[..., 3] * g.astype(np.uint8)) // 255 + 255 - drawing[..., 3])": "overflow",
    },
    ("06.7", WHITE.replace("np.uint8", "{}")): {"int": "type int64", "np.int8": "type int8"},
}

RIGHT = {
    "06.1": [
        LIGHT,
        changed(
            LIGHT,
            (
                f"return {TURNED}",
                "if np.median(border) > 127:\n        return 255 - pixels\n    return pixels",
            ),
        ),
        """
def light_on_dark(pixels):
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    paper_is_light = sorted(border.tolist())[len(border) // 2] > 127
    return np.invert(pixels) if paper_is_light else pixels
""",
        """
def light_on_dark(pixels):
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    if (border > 127).mean() > 0.5:
        pixels = 255 - pixels
    return pixels
""",
        changed(LIGHT, (TURNED, "pixels ^ np.uint8(255 * (np.median(border) > 127))")),
        """
def light_on_dark(pixels):
    rim = pixels.copy()
    rim = np.r_[rim[0], rim[-1], rim[1:-1, 0], rim[1:-1, -1]]
    if np.median(rim) > 127:
        return (255 - pixels.astype(int)).astype(np.uint8)
    else:
        return pixels.copy()
""",
    ],
    "06.2": [
        SCALED,
        """
def crop_and_scale(ink):
    mask = ink > 127
    if not mask.any():
        return ink
    r = np.flatnonzero(mask.any(axis=1))
    c = np.flatnonzero(mask.any(axis=0))
    cut = ink[r[0] : r[-1] + 1, c[0] : c[-1] + 1]
    factor = 20 / max(cut.shape)
    height, width = (max(1, round(factor * side)) for side in cut.shape)
    return np.array(Image.fromarray(cut).resize((width, height), Image.Resampling.BICUBIC))
""",
        """
def crop_and_scale(ink):
    rows, columns = np.nonzero(ink > 127)
    if len(rows) == 0:
        return ink
    cut = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    h, w = cut.shape
    if h >= w:
        size = max(1, round(w * 20 / h)), 20
    else:
        size = 20, max(1, round(h * 20 / w))
    return np.asarray(Image.fromarray(cut).resize(size))
""",
        """
def crop_and_scale(ink):
    box = Image.fromarray((ink > 127).astype(np.uint8)).getbbox()
    if box is None:
        return ink
    w, h = box[2] - box[0], box[3] - box[1]
    scale = 20 / max(w, h)
    size = max(1, round(w * scale)), max(1, round(h * scale))
    return np.asarray(Image.fromarray(ink).crop(box).resize(size))
""",
        """
def crop_and_scale(ink):
    if (ink > 127).sum() == 0:
        return ink.copy()
    top, left = 0, 0
    bottom, right = ink.shape
    while not (ink[top] > 127).any():
        top += 1
    while not (ink[bottom - 1] > 127).any():
        bottom -= 1
    while not (ink[:, left] > 127).any():
        left += 1
    while not (ink[:, right - 1] > 127).any():
        right -= 1
    cut = ink[top:bottom, left:right]
    factor = 20 / max(cut.shape)
    height, width = (max(1, round(factor * side)) for side in cut.shape)
    return np.asarray(Image.fromarray(cut).resize((width, height)))
""",
        """
def bounds(mask):
    places = np.where(mask)[0]
    return slice(places[0], places[-1] + 1)

def crop_and_scale(ink):
    mask = ink > 127
    if mask.any():
        cut = ink[bounds(mask.any(1)), bounds(mask.any(0))]
        height, width = (max(1, int(np.rint(20 * s / max(cut.shape)))) for s in cut.shape)
        return np.asarray(Image.fromarray(cut).resize((width, height), Image.Resampling.BILINEAR))
    return ink
""",
    ],
    "06.3": [
        CENTRED,
        """
def to_the_middle(square):
    ink = square.astype(float)
    if ink.sum() == 0:
        return square
    row = np.average(np.arange(28), weights=ink.sum(axis=1))
    column = np.average(np.arange(28), weights=ink.sum(axis=0))
    return np.roll(square, (round(14 - row), round(14 - column)), axis=(0, 1))
""",
        """
def to_the_middle(square):
    ink = square.astype(float)
    total = ink.sum()
    if total == 0:
        return square.copy()
    row = column = 0
    for r in range(28):
        for c in range(28):
            row += r * ink[r, c] / total
            column += c * ink[r, c] / total
    moved = np.roll(square, round(14 - row), axis=0)
    return np.roll(moved, round(14 - column), axis=1)
""",
        """
def to_the_middle(square):
    ink = square.astype(float)
    rows, columns = np.indices(ink.shape)
    total = max(ink.sum(), 1)
    row, column = (rows * ink).sum() / total, (columns * ink).sum() / total
    down, right = int(np.rint(14 - row)), int(np.rint(14 - column))
    return np.roll(np.roll(square, right, axis=1), down, axis=0)
""",
        """
def to_the_middle(square):
    ink = square.astype(float)
    rows, columns = np.indices(ink.shape)
    total = max(ink.sum(), 1)
    row, column = (rows * ink).sum() / total, (columns * ink).sum() / total
    down, right = round(14 - row), round(14 - column)
    result = np.zeros_like(square)
    for r in range(28):
        for c in range(28):
            if 0 <= r + down < 28 and 0 <= c + right < 28:
                result[r + down, c + right] = square[r, c]
    return result
""",
        """
def centre(weights):
    return (np.arange(len(weights)) * weights).sum() / max(weights.sum(), 1)

def to_the_middle(square):
    ink = square.astype(float)
    down = round(14 - centre(ink.sum(axis=1)))
    right = round(14 - centre(ink.sum(axis=0)))
    return np.roll(square, shift=(down, right), axis=(0, 1))
""",
    ],
    "06.4": [
        FRAME,
        """
def my_framing(picture):
    grey = np.array(picture.convert("L"))
    ink = crop_and_scale(light_on_dark(grey))
    h, w = ink.shape
    up, left = (28 - h) // 2, (28 - w) // 2
    square = np.pad(ink, ((up, 28 - h - up), (left, 28 - w - left)))
    return to_the_middle(square)
""",
        """
def my_framing(picture):
    pixels = np.asarray(picture.convert("L"))
    digit = Image.fromarray(np.ascontiguousarray(crop_and_scale(light_on_dark(pixels))))
    square = Image.new("L", (28, 28), 0)
    square.paste(digit, ((28 - digit.width) // 2, (28 - digit.height) // 2))
    return to_the_middle(np.asarray(square))
""",
        """
def my_framing(picture):
    digit = crop_and_scale(light_on_dark(np.asarray(picture.convert("L"))))
    square = np.zeros((28, 28), dtype=np.uint8)
    square[4 : 4 + digit.shape[0], 4 : 4 + digit.shape[1]] = digit
    return to_the_middle(square)
""",
        """
def my_framing(picture):
    rgb = np.asarray(picture.convert("RGB")).astype(float)
    grey = (rgb @ [0.299, 0.587, 0.114]).round().astype(np.uint8)
    digit = crop_and_scale(light_on_dark(grey))
    square = np.zeros((28, 28), np.uint8)
    for r in range(digit.shape[0]):
        for c in range(digit.shape[1]):
            square[r + (28 - digit.shape[0]) // 2, c + (28 - digit.shape[1]) // 2] = digit[r, c]
    return to_the_middle(square)
""",
        """
class Framing:
    steps = (light_on_dark, crop_and_scale)

    def __call__(self, picture):
        pixels = np.asarray(picture.convert("L"))
        for step in self.steps:
            pixels = step(pixels)
        h, w = pixels.shape
        square = np.zeros((28, 28), np.uint8)
        square[14 - h // 2 : 14 - h // 2 + h, 14 - w // 2 : 14 - w // 2 + w] = pixels
        return to_the_middle(square)

my_framing = Framing()
""",
    ],
    "06.7": [
        WHITE,
        WHITE.replace(".round()", ""),
        WHITE.replace("a * g + (1 - a) * 255", "255 - a * (255 - g)"),
        """
def on_white_paper(drawing):
    picture = Image.fromarray(drawing)
    paper = Image.new("RGBA", picture.size, "white")
    return np.asarray(Image.alpha_composite(paper, picture).convert("L"))
""",
        """
def on_white_paper(drawing):
    picture = Image.fromarray(drawing)
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return np.array(paper.convert("L"))
""",
        """
def on_white_paper(drawing):
    grey = np.asarray(Image.fromarray(drawing[..., :3]).convert("L")).astype(int)
    alpha = drawing[..., 3].astype(int)
    return ((alpha * grey + (255 - alpha) * 255) // 255).astype(np.uint8)
""",
    ],
}
