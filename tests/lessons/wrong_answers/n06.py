"""Typical wrong answers to the exercises of notebook 06, and words of the message for each."""

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
WORDS = (
    "def words(probabilities):\n    first, second = np.argsort(-probabilities)[:2]\n    return {}"
)

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
        "    return np.asarray(Image.fromarray(ink).resize(size))": "Scaled but not cropped",
    },
    ("06.2", CROP.replace("len(rows) == 0", "False")): {
        "(20 * width // max(height, width), 20 * height // max(height, width))": "blank picture",
    },
    ("06.3", MOVE): {
        "round(14 - column), round(14 - row)": "swapped",
        "round(row - 14), round(column - 14)": "wrong way",
        "round(14 - row), 0": "Only the rows",
        "0, 0": "Nothing has moved",
    },
    ("06.3", MOVE.replace("square.astype(float)", "(square > 0).astype(float)")): {
        "round(14 - row), round(14 - column)": "counts the same",
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
    ("06.5", WORDS): {
        "f'{first}'": "sounds sure",
        "f'{first} or {second}?'": "is sure",
        "f'{first}' if probabilities.max() >= 0.9 else f'{second} or {first}?'": "wrong order",
        "first": "Return a text",
        "f'{first}' if probabilities.max() >= 0.5 else f'{first} or {second}?'": "limit is another one",
    },
}
