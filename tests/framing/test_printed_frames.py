"""Frames around a digit are taken out, and boxy digits keep their strokes."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from mnist_helpers.framing import find_digit, frame
from mnist_helpers.framing.frames import without_frame

BOX = (20, 15, 140, 125)


def seven(shift=(0, 0)):
    """A 7 of strokes ten pixels wide that stands within `BOX`."""
    picture = Image.new("L", (160, 140))
    x, y = shift
    strokes = [(50 + x, 40 + y), (100 + x, 40 + y), (70 + x, 105 + y)]
    ImageDraw.Draw(picture).line(strokes, 255, 10)
    return picture


def boxed(digit, width=3, box=BOX, turn=0.0, radius=0):
    """The digit and a frame around it: float32, 0 to 1."""
    lines = Image.new("L", digit.size)
    ImageDraw.Draw(lines).rounded_rectangle(box, radius, outline=255, width=width)
    lines = lines.rotate(turn, Image.Resampling.BICUBIC)
    return np.maximum(digit, lines).astype(np.float32) / 255


def strip(amount, *, whole=False):
    return without_frame(amount, amount >= 0.5, whole=whole)


def alike(amount, digit):
    """The share of the ink's pixels that two pictures have in common."""
    one, other = amount >= 0.5, np.asarray(digit) >= 128
    return (one & other).sum() / (one | other).sum()


@pytest.mark.parametrize("width", [1, 3, 9])
@pytest.mark.parametrize(("turn", "radius"), [(0, 0), (4, 0), (-3, 20)])
def test_a_frame_around_a_digit_goes_and_the_digit_stays(width, turn, radius):
    found = strip(boxed(seven(), width, turn=turn, radius=radius), whole=True)
    assert alike(found.amount, seven()) == 1
    left, top, right, bottom = found.closer
    assert 20 <= left < 45 < 105 < right <= 141
    assert 15 <= top < 35 < 110 < bottom <= 126


@pytest.mark.parametrize("shift", [(45, 0), (0, 18), (0, -25), (-35, 0)])
def test_a_digit_that_touches_the_frame_or_crosses_it_keeps_its_strokes(shift):
    digit = seven(shift)
    found = strip(boxed(digit))
    assert alike(found.amount, digit) > 0.9
    assert found.closer[0] < 20  # nothing inside the frame may be cut off


@pytest.mark.parametrize("shift", [(34, 0), (42, 0), (0, 18)])
def test_of_a_thick_frame_little_stays_where_a_digit_touches_it(shift):
    digit = seven(shift)
    thick = strip(boxed(digit, width=14, box=(8, 3, 152, 137))).amount
    assert alike(thick, digit) > 0.93


@pytest.mark.parametrize("lean", [-20, 20])
def test_a_stroke_that_leans_is_whole_where_it_crosses_a_side(lean):
    digit = Image.new("L", (160, 140))
    ImageDraw.Draw(digit).line([(80 - lean, 45), (80 + lean, 137)], 255, 10)
    found = strip(boxed(digit, width=12)).amount
    assert ndimage.label(found >= 0.5, np.ones((3, 3)))[1] == 1
    assert alike(found, digit) > 0.85


def test_two_joined_digits_may_stand_on_a_frame():
    pair = Image.new("L", (300, 140))
    pen = ImageDraw.Draw(pair)
    pen.rectangle((90, 76, 145, 123), outline=255, width=5)
    pen.line([(145, 78), (196, 78), (170, 123)], 255, 5)
    found = strip(boxed(pair, box=(20, 15, 280, 125)))
    assert alike(found.amount, pair) > 0.9


def test_a_frame_around_a_number_goes():
    number = Image.new("L", (300, 140))
    for left in (60, 130, 200):
        number.paste(seven().crop((40, 30, 110, 110)), (left, 40))
    found = strip(boxed(number, box=(20, 15, 280, 125)), whole=True)
    assert alike(found.amount, number) == 1


@pytest.mark.parametrize("top", [90, 104])
def test_a_frame_goes_around_low_digits_or_where_they_cross_it(top):
    number = Image.new("L", (300, 240))
    for left in (70, 110, 150):
        number.paste(seven().crop((40, 30, 110, 110)).resize((24, 30)), (left, top))
    found = strip(boxed(number, box=(20, 15, 260, 125)), whole=True)
    assert alike(found.amount, number) > 0.9


def test_the_digits_of_a_long_number_are_very_low_in_their_frame():
    number = Image.new("L", (300, 240))
    for left in range(60, 220, 25):
        number.paste(seven().crop((40, 30, 110, 110)).resize((12, 14)), (left, 110))
    found = strip(boxed(number, box=(20, 5, 280, 235)), whole=True)
    assert alike(found.amount, number) > 0.9


def test_digits_may_stand_on_most_of_a_side():
    number = Image.new("L", (300, 140))
    for left in range(22, 140, 26):
        ImageDraw.Draw(number).rectangle((left, 2, left + 23, 30), outline=255, width=3)
    found = strip(boxed(number, box=(20, 15, 260, 125)), whole=True)
    assert found.closer[1] < 15


def test_a_digit_that_crosses_a_double_frame_keeps_its_strokes():
    number = Image.new("L", (300, 140))
    for left in (60, 130, 200):
        number.paste(seven().crop((40, 30, 110, 110)), (left, 20))
    double = np.maximum(boxed(number, box=(10, 5, 290, 135)), boxed(number, box=(20, 27, 280, 125)))
    outer = strip(double, whole=True)
    assert alike(strip(outer.amount, whole=True).amount, number) > 0.75


def test_a_closer_look_does_not_cut_off_a_digit_that_reaches_a_side():
    assert strip(boxed(seven((32, 0)), width=2)).closer[2] > 140


def test_the_sides_need_not_hang_together():
    amount = boxed(seven())
    for y, x in ((15, 20), (15, 140), (125, 20), (125, 140)):
        amount[y - 6 : y + 7, x - 6 : x + 7] = 0
    assert alike(strip(amount).amount, seven()) == 1


def test_the_pictures_border_may_cut_one_side_off():
    cut = slice(None), slice(22, None)  # on the left
    amount = boxed(seven(), width=2)[cut]
    assert alike(strip(amount).amount, np.asarray(seven())[cut]) == 1
    assert strip(amount, whole=True) is None
    assert strip(amount[17:]) is None  # two sides


def test_what_is_outside_goes_as_well():
    amount = boxed(seven())
    amount[50:90, 148:154] = 1
    assert alike(strip(amount).amount, seven()) == 1


def strokes(*lines, size=(90, 130), width=9):
    picture = Image.new("L", size)
    pen = ImageDraw.Draw(picture)
    for line in lines:
        pen.line(line, 255, width)
    return np.asarray(picture, np.float32) / 255


L, M, R, T, C, B = 14, 45, 76, 14, 64, 116  # left, middle, right; top, centre, bottom
ZERO = [(L, B + 4), (L, T), (R, T), (R, B), (L, B)]
BOXY = {
    "0": [ZERO],
    "0 with a dot": [ZERO, [(M, C - 4), (M, C + 4)]],
    "4": [[(L, T), (L, C), (R, C)], [(R, T), (R, B)]],
    "5": [[(R, T), (L, T), (L, C), (R, C), (R, B), (L, B)]],
    "6": [[(R, T), (L, T), (L, B), (R, B), (R, C), (L, C)]],
    "7": [[(L, T), (R, T), (R, B)]],
    "8": [ZERO, [(L, C), (R, C)]],
    "9": [[(R, C), (L, C), (L, T), (R, T), (R, B), (L, B)]],
}


@pytest.mark.parametrize("width", [3, 9])
@pytest.mark.parametrize("margin", [0, 12])
@pytest.mark.parametrize("name", BOXY)
def test_a_boxy_digit_has_no_frame(name, margin, width):
    amount = strokes(*BOXY[name], width=width)
    amount = np.pad(amount[ndimage.find_objects(amount > 0, 1)[0]], margin)
    assert strip(amount) is None


@pytest.mark.parametrize("turn", [-6, -3, 3, 6])
@pytest.mark.parametrize("name", BOXY)
def test_a_boxy_digit_that_fills_the_picture_has_no_frame(name, turn):
    picture = Image.fromarray((255 * np.pad(strokes(*BOXY[name]), 20)).astype(np.uint8))
    amount = np.asarray(picture.rotate(turn, Image.Resampling.BICUBIC), np.float32) / 255
    amount = amount[ndimage.find_objects(amount >= 0.5, 1)[0]]
    assert strip(amount) is None
    for corner in ((12, 0), (0, 12)):  # nor if it reaches only two sides
        assert strip(np.pad(amount, corner)) is None


@pytest.mark.parametrize("name", "059")
def test_a_boxy_digit_and_the_edge_of_a_table_are_no_frame(name):
    amount = strokes(*BOXY[name])
    amount = np.pad(amount[ndimage.find_objects(amount > 0, 1)[0]], ((0, 8), (8, 8)))
    amount[:, -3:] = 1
    assert strip(amount) is None


@pytest.mark.parametrize("bump", [14, 20])
def test_the_waving_side_of_a_boxy_digit_is_no_frames(bump):
    # The bar of the 8 is low, and so is what its waving left side leaves; together they are high.
    amount = strokes(ZERO, [(L, C), (R, C)])
    amount[T + 12 : T + 22, L : L + bump] = 1
    assert strip(amount) is None


def test_a_round_zero_has_no_frame():
    picture = Image.new("L", (100, 120))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((10, 10, 90, 110), outline=255, width=6)
    pen.line([(38, 80), (62, 40)], 255, 6)  # it is slashed
    assert strip(np.asarray(picture, np.float32) / 255) is None


def test_a_small_picture_has_no_frame():
    assert strip(boxed(seven())[60:78, 30:90]) is None


# In whole pictures


def seen(amount, paper=240, ink=30):
    return Image.fromarray((paper + (ink - paper) * amount).astype(np.uint8))


def similar(picture):
    """How much the square of a picture is like that of the 7 alone."""
    return np.corrcoef(frame(picture).image.ravel(), frame(seven()).image.ravel())[0, 1]


def test_a_double_frame_is_taken_out_and_the_steps_say_so():
    double = seen(np.maximum(boxed(seven()), boxed(seven(), box=(12, 7, 148, 133))))
    assert similar(double) > 0.97
    assert any("frames are taken out" in step.explanation for step in frame(double).steps)


def test_a_small_frame_in_a_large_picture_is_looked_into():
    large = seen(np.pad(boxed(seven()), 300))
    left, top, right, bottom = find_digit(large).box
    assert 320 <= left < 345 < 405 < right <= 441
    assert 315 <= top < 335 < 410 < bottom <= 426
    assert similar(large) > 0.97


def test_a_faint_digit_in_a_dark_frame_gets_its_own_threshold():
    ink = np.maximum(
        0.35 * np.asarray(seven(), np.float32) / 255, boxed(Image.new("L", (160, 140)))
    )
    assert similar(seen(ink)) > 0.97


def test_a_zigzag_is_no_side_of_a_frame():
    mask = np.zeros((110, 110), bool)
    mask[5, 5:105] = np.arange(100) % 5 < 2
    mask[11, 5:105] = ~mask[5, 5:105]
    mask[104, 5:105] = True
    assert without_frame(mask.astype(np.float32), mask, whole=True) is None
