"""Typical wrong answers to the exercises of notebook 06, and words of the message for each."""

TURN = "def light_on_dark(pixels):\n    return "
CROP = (
    "def crop_and_scale(ink):\n"
    "    rows, columns = np.nonzero(ink > 127)\n"
    "    if len(rows) == 0:\n"
    "        return ink\n"
    "    cut = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]\n"
    "    height, width = cut.shape\n"
)
MOVE = (
    "def to_the_middle(square):\n"
    "    ink = square.astype(float)\n"
    "    rows, columns = np.indices(ink.shape)\n"
    "    row, column = (rows * ink).sum() / ink.sum(), (columns * ink).sum() / ink.sum()\n"
)
FRAMING = "def my_framing(picture):\n    grey = np.asarray(picture.convert('L'))\n"
WORDS = "def words(probabilities):\n    first, second = np.argsort(-probabilities)[:2]\n"

WRONG: dict[str, list[tuple[str, str]]] = {
    "06.1": [
        (TURN + "255 - pixels", "every picture over"),
        (TURN + "pixels", "as it is"),
        (TURN + "255 - pixels if pixels.mean() > 127 else pixels", "most of the picture"),
        (TURN + "255 - pixels if pixels[0, 0] > 127 else pixels", "corner"),
        (TURN + "pixels if pixels[0].mean() > 127 else 255 - pixels", "polarity is wrong"),
        (TURN + "-pixels if pixels[0].mean() > 127 else pixels", "255 - pixels"),
    ],
    "06.2": [
        (CROP + "    return cut", "Cropped but not scaled"),
        (CROP + "    return np.asarray(Image.fromarray(cut).resize((20, 20)))", "fat block"),
        (
            CROP + "    factor = 28 / max(height, width)\n"
            "    size = (max(1, round(width * factor)), max(1, round(height * factor)))\n"
            "    return np.asarray(Image.fromarray(cut).resize(size))",
            "20-pixel box",
        ),
        (
            CROP + "    factor = 20 / max(height, width)\n"
            "    size = (max(1, round(height * factor)), max(1, round(width * factor)))\n"
            "    return np.asarray(Image.fromarray(cut).resize(size))",
            "swapped",
        ),
        (
            "def crop_and_scale(ink):\n"
            "    factor = 20 / max(ink.shape)\n"
            "    size = (round(factor * ink.shape[1]), round(factor * ink.shape[0]))\n"
            "    return np.asarray(Image.fromarray(ink).resize(size))",
            "Scaled but not cropped",
        ),
        (
            CROP.replace("    if len(rows) == 0:\n        return ink\n", "")
            + "    factor = 20 / max(height, width)\n"
            "    size = (max(1, round(width * factor)), max(1, round(height * factor)))\n"
            "    return np.asarray(Image.fromarray(cut).resize(size))",
            "blank picture",
        ),
    ],
    "06.3": [
        (
            MOVE + "    return np.roll(square, (round(14 - column), round(14 - row)), (0, 1))",
            "swapped",
        ),
        (
            MOVE + "    return np.roll(square, (round(row - 14), round(column - 14)), (0, 1))",
            "wrong way",
        ),
        (MOVE + "    return np.roll(square, round(14 - row), axis=0)", "Only the rows"),
        (MOVE + "    return square", "Nothing has moved"),
        (
            MOVE.replace("square.astype(float)", "(square > 0).astype(float)")
            + "    return np.roll(square, (round(14 - row), round(14 - column)), (0, 1))",
            "counts the same",
        ),
        (
            "def to_the_middle(square):\n"
            "    rows, columns = np.nonzero(square)\n"
            "    down = 14 - (rows.min() + rows.max()) / 2\n"
            "    right = 14 - (columns.min() + columns.max()) / 2\n"
            "    return np.roll(square, (round(down), round(right)), axis=(0, 1))",
            "rectangle",
        ),
    ],
    "06.4": [
        (
            FRAMING + "    return np.asarray(picture.convert('L').resize((28, 28)))",
            "polarity is wrong",
        ),
        (
            FRAMING + "    small = Image.fromarray(light_on_dark(grey)).resize((28, 28))\n"
            "    return to_the_middle(np.asarray(small))",
            "cut it out",
        ),
        (
            FRAMING + "    digit = crop_and_scale(light_on_dark(grey))\n"
            "    square = np.zeros((28, 28), np.uint8)\n"
            "    square[: digit.shape[0], : digit.shape[1]] = digit\n"
            "    return square",
            "centre of mass",
        ),
        (FRAMING + "    return crop_and_scale(light_on_dark(grey))", "(28, 28)"),
        (
            FRAMING + "    digit = crop_and_scale(light_on_dark(grey))\n"
            "    square = np.zeros((28, 28))\n"
            "    square[4 : 4 + digit.shape[0], 4 : 4 + digit.shape[1]] = digit / 255\n"
            "    return to_the_middle(square)",
            "0 to 255",
        ),
    ],
    "06.5": [
        (WORDS + "    return f'{first}'", "sounds sure"),
        (WORDS + "    return f'{first} or {second}?'", "is sure"),
        (
            WORDS + "    low, high = sorted((first, second))\n"
            "    return f'{first}' if probabilities.max() >= 0.9 else f'{low} or {high}?'",
            "likelier digit should come first",
        ),
        (WORDS + "    return first", "Return a text"),
        (
            WORDS + "    sure = probabilities.max() >= 0.5\n"
            "    return f'{first}' if sure else f'{first} or {second}?'",
            "sounds sure",
        ),
    ],
}
