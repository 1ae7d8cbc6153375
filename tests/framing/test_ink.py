"""What is ink: colours, light, noise, and the parts that are not the digit's."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from mnist_helpers.framing.bridging import bridge
from mnist_helpers.framing.ink import bounds, edge_level, find_ink, quantile, widen
from mnist_helpers.framing.parts import connect_faint, even_out, sort_parts
from mnist_helpers.framing.printed_lines import without_printed_lines


def stroke(height=120, width=100):
    """The ink of a slanted stroke with a bar, soft-edged."""
    picture = Image.new("L", (4 * width, 4 * height))
    pen = ImageDraw.Draw(picture)
    pen.line([(1.2 * width, height), (2.8 * width, height), (1.6 * width, 3 * height)], 255, 28)
    small = picture.resize((width, height), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / 255


def paint(paper, colour, ink=None):
    ink = (stroke() if ink is None else ink)[:, :, None]
    return (np.array(paper) * (1 - ink) + np.array(colour) * ink).astype(np.float32)


@pytest.mark.parametrize(
    ("paper", "colour"),
    [
        ((255, 255, 255), (0, 0, 0)),
        ((0, 0, 0), (255, 255, 255)),
        ((240, 220, 90), (20, 20, 120)),
        ((90, 120, 60), (160, 84, 60)),  # nearly the same luminance
        ((128, 128, 128), (150, 128, 128)),
    ],
)
def test_ink_is_what_differs_in_colour(paper, colour):
    ink = find_ink(paint(paper, colour))
    np.testing.assert_allclose(ink.amount, stroke(), atol=0.12)
    np.testing.assert_allclose(ink.colour, colour, atol=12)
    np.testing.assert_allclose(np.median(ink.paper, (0, 1)), paper, atol=2)
    assert ink.flat


def test_uneven_light_is_evened_out():
    light = np.linspace(0.5, 1, 100, dtype=np.float32)[None, :, None]
    ink = find_ink(paint((230, 230, 200), (40, 40, 60)) * light)
    assert not ink.flat
    assert ((ink.amount > 0.5) == (stroke() > 0.5)).mean() > 0.99


def test_noise_is_no_ink():
    random = np.random.default_rng(0)
    assert find_ink(random.normal(128, 20, (90, 90, 3)).astype(np.float32)) is None
    noisy = paint((200, 200, 200), (90, 90, 90)) + random.normal(0, 15, (120, 100, 3))
    ink = find_ink(noisy.astype(np.float32))
    assert ((ink.amount > 0.5) == (stroke() > 0.5)).mean() > 0.98
    assert 0.02 < ink.noise < 0.2


def test_the_threshold_does_not_care_how_much_ink_there_is():
    small, large = np.zeros((2, 100, 100))
    small[40:44, 50] = large[10:90, 20:80] = 200
    assert edge_level(small)[0] == pytest.approx(100)
    assert edge_level(large)[0] == pytest.approx(100)


def test_faint_pixels_stay_only_with_sure_ink():
    amount = np.zeros((40, 40))
    amount[10:30, 10] = 1
    amount[30:33, 10] = 0.3  # the stroke fades
    amount[10:30, 25] = 0.3  # something faint
    mask = connect_faint(amount, 0.0)
    assert mask[32, 10]
    assert not mask[:, 25].any()


def dark_with_a_faint_bar(faint, width=4):
    amount = np.zeros((60, 60), np.float32)
    amount[10:50, 30:34] = 1
    amount[28 : 28 + width, 12:46] = np.maximum(amount[28 : 28 + width, 12:46], faint)
    return amount


@pytest.mark.parametrize("faint", [0.1, 0.15, 0.25, 0.4])
def test_a_faint_stroke_that_touches_a_dark_one_is_ink_and_becomes_as_dark(faint):
    amount = dark_with_a_faint_bar(faint)
    mask = connect_faint(amount, 0.0, strokes=True)
    np.testing.assert_array_equal(mask, amount > 0)
    even = even_out(amount, mask)
    assert even[amount > 0].min() > 0.7
    assert not even[amount == 0].any()


def test_faint_ink_that_is_wider_than_the_pen_is_a_shadow():
    amount = dark_with_a_faint_bar(0.15, width=20)
    np.testing.assert_array_equal(connect_faint(amount, 0.0, strokes=True), amount >= 0.5)


def test_faint_strokes_are_not_looked_for_in_noise_or_where_lines_are_printed():
    amount = dark_with_a_faint_bar(0.15)
    for mask in (connect_faint(amount, 0.05, strokes=True), connect_faint(amount, 0.0)):
        np.testing.assert_array_equal(mask, amount >= 0.5)


def test_faint_strokes_are_not_looked_for_among_traces():
    amount = dark_with_a_faint_bar(0.15)
    amount[2:50:4, 2] = 0.15
    np.testing.assert_array_equal(connect_faint(amount, 0.0, strokes=True), amount >= 0.5)


def test_a_soft_gap_between_dark_strokes_stays_open_though_another_stroke_is_faint():
    amount = dark_with_a_faint_bar(0.25)
    amount[40:48, 20:30] = 1
    amount[40:48, 26:28] = 0.3  # a loop that blur has nearly closed
    even = even_out(amount, amount > 0)
    assert even[28:32, 15].min() > 0.7
    np.testing.assert_array_equal(even[40:48, 20:30], amount[40:48, 20:30])


def test_a_faint_line_at_the_border_stays_faint():
    amount = np.zeros((60, 60), np.float32)
    amount[10:50, 30:34], amount[48:50, 34:] = 1, 0.3
    np.testing.assert_array_equal(even_out(amount, amount > 0), amount)


def test_a_broken_digit_keeps_its_parts_and_loses_the_specks():
    mask = np.zeros((100, 100), bool)
    mask[30:80, 40:46] = True
    mask[30:34, 50:70] = True  # the bar of a 5 that does not touch
    mask[3, 95] = mask[90, 8] = True
    mask[:, 0] = True  # a line along the border
    parts = sort_parts(mask, mask.astype(float))
    np.testing.assert_array_equal(parts.digit[30:80, 40:70], mask[30:80, 40:70])
    assert parts.digit.sum() == 50 * 6 + 4 * 20
    assert parts.border[:, 0].all()
    assert parts.dropped == 3


@pytest.mark.parametrize("width", [1, 2, 8])
def test_the_bar_of_a_7_is_no_printed_line(width):
    ink = np.zeros((100, 60))
    ink[2 : 2 + width] = ink[2:, 25 : 25 + width] = 1
    assert without_printed_lines(ink) is None


def three(width=7):
    """A digit with three bars, which may be as wide as the picture."""
    picture = Image.new("L", (120, 150))
    shape = [(25, 25), (90, 25), (90, 75), (40, 75), (90, 75), (90, 125), (25, 125)]
    ImageDraw.Draw(picture).line(shape, 255, width)
    return np.asarray(picture, np.float32) / 255


@pytest.mark.parametrize("softness", [0, 1.5])
@pytest.mark.parametrize("turned", [False, True])
def test_strokes_that_span_the_picture_are_no_printed_lines(turned, softness):
    for ink in (three(), three()[:100], three()[:60]):  # three bars, two and one
        tight = ink[:, 22:94] if len(ink) < 150 else ink[22:129, 22:94]
        tight = ndimage.gaussian_filter(tight, softness)
        assert without_printed_lines(tight.T if turned else tight) is None


@pytest.mark.parametrize(
    ("rows", "width", "amount"),
    [
        ([60], 2, 0.3),  # one line, faint and thin
        ([60], 2, 1),  # as dark as the pen, but thin
        ([30, 110], 3, 0.6),
        ([10, 40, 70, 100, 130], 6, 1),  # too many for strokes
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_printed_lines_go_and_the_digit_that_crosses_them_stays(rows, width, amount, turned):
    digit = np.pad(three(), ((0, 0), (20, 20)))
    paper = digit.copy()
    for row in rows:
        paper[row : row + width] = np.maximum(paper[row : row + width], amount)
    clean = without_printed_lines(paper.T if turned else paper)
    clean = clean.T if turned else clean
    assert clean[:, :15].max() < 0.2
    upright = digit[:, 105:111], clean[:, 105:111]  # strokes that cross the lines
    assert ((upright[0] >= 0.5) & (upright[1] < 0.5)).sum() < 0.1 * (upright[0] >= 0.5).sum()


def test_lines_as_thick_as_the_pen_are_printed_only_where_they_may_be():
    paper = np.pad(three()[:100], ((0, 0), (20, 20)))
    paper[60:67] = 1
    assert without_printed_lines(paper) is None
    assert without_printed_lines(paper, thick=True)[:, :15].max() < 0.2


@pytest.mark.parametrize("lean", [-1, -0.5, 0, 0.5, 1])
def test_a_stroke_that_leans_is_whole_where_it_crosses_a_line_as_thick_as_the_pen(lean):
    picture = Image.new("L", (160, 120))
    ends = [(80 - 40 * lean, 15), (80 + 40 * lean, 95)]
    ImageDraw.Draw(picture).line(ends, 255, 11)
    stroke = np.asarray(picture, np.float32) / 255
    paper = stroke.copy()
    paper[50:60] = 1
    clean = without_printed_lines(paper, thick=True)
    assert ndimage.label(clean >= 0.5, np.ones((3, 3)))[1] == 1
    assert np.abs(clean - stroke).sum() < 0.1 * stroke.sum()


def test_a_line_stays_out_where_ink_is_on_one_side_of_it_only():
    ink = np.zeros((60, 60), np.float32)
    ink[:20, 10:18] = 1  # above the line; what is below the next one stands elsewhere
    ink[40:, 40:48] = 1
    paper = ink.copy()
    lines = np.zeros((60, 60), bool)
    lines[20:24] = lines[36:40] = True
    paper[lines] = 1
    np.testing.assert_array_equal(bridge(paper, ink, lines, 4), ink)


def test_a_border_of_one_colour_is_the_paper():
    board = np.full((100, 100, 3), 255, np.float32)
    board[4:96, 4:50], board[4:96, 50:96] = 20, 70
    ink = find_ink(board)
    assert ink.flat
    np.testing.assert_allclose(ink.paper[50, 50], 255)
    np.testing.assert_array_equal(ink.amount > 0.5, board[:, :, 0] < 128)


@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (7, 30)])
@pytest.mark.parametrize("reach", [1, 2, 3, 6, 9])
def test_the_quick_filters_give_what_scipy_gives(shape, reach):
    values = np.random.default_rng(reach).random(shape).astype(np.float32)
    for some in (values, values > 0.9):
        size = 2 * reach + 1
        assert (widen(some, reach=reach) == ndimage.maximum_filter(some, size)).all()
        assert (widen(some, np.minimum, reach) == ndimage.minimum_filter(some, size)).all()
        tall = widen(some, reach=reach, axes=(0,))
        assert (tall == ndimage.maximum_filter(some, (size, 1))).all()


@pytest.mark.parametrize("count", [1, 2, 3, 100])
def test_the_quick_quantile_is_that_of_numpy(count):
    values = np.random.default_rng(count).random(count).astype(np.float32)
    for share in (0, 0.25, 0.4, 0.8, 1):
        assert quantile(values, share) == pytest.approx(np.quantile(values, share), rel=1e-6)


def test_bounds_are_the_rows_and_columns_of_a_mask():
    mask = np.zeros((9, 7), bool)
    mask[[2, 5], [4, 1]] = True
    assert bounds(mask) == (slice(2, 6), slice(1, 5))


def test_a_sheet_that_reaches_the_border_on_one_side_alone_may_lie_in_uneven_light():
    pixels = np.tile(np.linspace(130, 220, 120, dtype=np.float32), (100, 1))[:, :, None]
    pixels[30:70, 40:44] = pixels[30:34, 30:50] = 40
    seen = np.zeros((100, 120), bool)
    seen[10:90, 10:] = True
    ink = find_ink(pixels, seen)
    assert not ink.flat
    assert ink.amount[50, 41] > 0.9
