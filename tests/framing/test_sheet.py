"""The sheet of paper, and what lies beside it."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage

from mnist_helpers.framing import frame
from mnist_helpers.framing.sheet import find_sheet, on_sheet

PAPER, INK, TABLE = (235, 230, 220), (30, 30, 60), (120, 70, 40)


def seven(image, left=70, top=50, tall=70):
    path = [(left, top), (left + 0.6 * tall, top), (left + 0.2 * tall, top + tall)]
    ImageDraw.Draw(image).line(path, fill=INK, width=8, joint="curve")
    return image


def on_a_table(corners, table=TABLE, checks=None):
    image = Image.new("RGB", (200, 160), table)
    pen = ImageDraw.Draw(image)
    for row in range(0, 160, 40) if checks else ():
        for column in range(20 * (row % 80 > 0), 200, 40):
            pen.rectangle((column, row, column + 19, row + 39), fill=checks)
    pen.polygon(corners, fill=PAPER)
    return seven(image)


def found(image):
    pixels, box = np.asarray(image, np.float32), (0, 0, *image.size)
    outline = find_sheet(pixels, box)
    return None if outline is None else on_sheet(outline, box, pixels.shape)


SHEETS = {
    "in the middle": on_a_table([(30, 20), (160, 20), (160, 145), (30, 145)]),
    "turned": on_a_table([(40, 15), (170, 27), (158, 145), (28, 133)]),
    "at the left": on_a_table([(0, 0), (150, 0), (150, 160), (0, 160)]),
    "in a corner": on_a_table([(50, 30), (200, 30), (200, 160), (50, 160)]),
    "on checks": on_a_table([(30, 20), (160, 20), (160, 145), (30, 145)], checks=(190, 30, 50)),
    "on a dark desk": on_a_table([(40, 15), (170, 27), (158, 145), (28, 133)], table=(25, 25, 25)),
    "in its corner": on_a_table([(5, 5), (122, 5), (122, 126), (5, 126)]),
    "on an ink-blue desk": on_a_table([(35, 36), (165, 40), (163, 145), (33, 141)], (32, 32, 64)),
}


@pytest.mark.parametrize("name", SHEETS)
def test_the_sheet_is_found_and_what_lies_beside_it_is_no_ink(name):
    sheet = found(SHEETS[name])
    pixels = np.asarray(SHEETS[name])
    paper = (pixels == PAPER).all(2)
    assert (pixels[sheet] == PAPER).all(1).mean() > 0.8
    assert paper[~sheet].sum() < 0.2 * paper.sum()
    assert not (pixels[sheet] == pixels[0, -1]).all(1).any() or (pixels[0, -1] == PAPER).all()
    plain = frame(seven(Image.new("RGB", (200, 160), PAPER))).image.astype(float)
    read = frame(SHEETS[name]).image.astype(float)
    assert np.corrcoef(plain.ravel(), read.ravel())[0, 1] > 0.9


def low_sheet():
    """A slip of paper with a number, in a wide picture."""
    image = Image.new("RGB", (480, 160), TABLE)
    ImageDraw.Draw(image).polygon([(60, 50), (420, 70), (417, 118), (57, 98)], fill=PAPER)
    for left in range(100, 340, 50):
        seven(image, left, 65 + left // 18, 25)
    return image


def test_a_low_sheet_in_a_wide_picture_is_found():
    image = low_sheet()
    sheet, paper = found(image), (np.asarray(image) == PAPER).all(2)
    assert paper[sheet].mean() > 0.75
    assert paper[~sheet].sum() < 0.2 * paper.sum()


def test_ink_close_to_the_edge_of_a_sheet_does_not_go_on_into_a_dark_table():
    image = Image.new("RGB", (200, 160), (40, 45, 70))
    ImageDraw.Draw(image).polygon([(20, 30), (180, 36), (178, 126), (18, 120)], fill=PAPER)
    assert found(seven(image, top=60, tall=60).filter(ImageFilter.GaussianBlur(1))) is not None


def shaded(softness):
    """The shadow of something falls over the right half of the paper, and of the digit."""
    pixels = np.asarray(seven(Image.new("RGB", (200, 160), PAPER)), np.float32)
    shade = np.where(np.arange(200) < 95, 1, 0.6)
    shade = ndimage.gaussian_filter1d(shade, softness)[None, :, None]
    return Image.fromarray((pixels * shade).astype(np.uint8))


def loop():
    """A large 0 that touches the border: the paper in it is no sheet."""
    image = Image.new("RGB", (200, 160), PAPER)
    ImageDraw.Draw(image).ellipse((40, 0, 160, 159), outline=INK, width=12)
    ImageDraw.Draw(image).ellipse((95, 75, 105, 85), fill=INK)
    return image


def ruled():
    image = Image.new("RGB", (200, 160), PAPER)
    for row in range(20, 160, 45):
        ImageDraw.Draw(image).line((0, row, 199, row), fill=(150, 160, 220), width=3)
    return seven(image)


def tight():
    """Two digits that the border cuts off, and a larger one between them."""
    image = Image.new("RGB", (300, 100), PAPER)
    for left in (-6, 258):
        ImageDraw.Draw(image).ellipse((left, 6, left + 48, 94), outline=INK, width=14)
    return seven(image, left=110, top=8, tall=84)


@pytest.mark.parametrize(
    "image",
    [
        seven(Image.new("RGB", (200, 160), PAPER)),
        seven(Image.new("RGB", (200, 160), PAPER), left=0, top=5, tall=150),
        Image.new("RGB", (200, 160), PAPER),
        on_a_table([(30, 20)] * 3),  # no sheet at all
        seven(Image.new("RGB", (20, 8), PAPER)),
        shaded(6),
        loop(),
        ruled(),
        tight(),
    ],
    ids=["plain", "at the border", "blank", "no sheet", "tiny", "shadow", "loop", "ruled", "tight"],
)
def test_where_there_is_only_paper_nothing_is_cut_off(image):
    assert found(image) is None
