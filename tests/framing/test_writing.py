"""Finding writing: its parts in order, what is no writing, and cuts where there is little ink."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_helpers.framing import find_looks, find_parts, find_writings
from mnist_helpers.framing.cutting import find_cuts


def page(*boxes, size=(300, 120)):
    """White paper with black rectangles: left, top, right, bottom."""
    picture = Image.new("L", size, 255)
    for box in boxes:
        ImageDraw.Draw(picture).rectangle(box, 0)
    return picture


def find_writing(picture):
    """The best of the writings that are found."""
    return next(find_writings(picture), None)


def test_parts_come_from_left_to_right_with_their_boxes():
    writing = find_writing(page((200, 30, 215, 90), (40, 35, 55, 85), (120, 30, 135, 88)))
    boxes = [writing.box(n, n + 1) for n in range(len(writing.pieces))]
    expected = [(40, 35, 56, 86), (120, 30, 136, 89), (200, 30, 216, 91)]
    assert np.abs(np.subtract(boxes, expected)).max() <= 4
    assert [piece.part for piece in writing.pieces] == [0, 1, 2]


def test_specks_and_what_lies_along_the_border_are_no_writing():
    writing = find_writing(page((60, 30, 75, 90), (150, 70, 151, 71), (0, 0, 9, 119)))
    assert len(writing.pieces) == 1


def test_a_digit_may_reach_the_border_of_a_canvas():
    writing = find_writing(page((60, 30, 75, 90), (0, 72, 15, 119)))
    assert len(writing.pieces) == 2


@pytest.mark.parametrize("count", [0, 1, 2])
def test_all_digits_of_a_tight_picture_may_reach_its_border_but_one_alone_is_a_line(count):
    found = find_writing(page(*[(10, 0, 25, 119), (264, 0, 279, 119)][:count]))
    assert (len(found.pieces) if found else 0) == (2 if count == 2 else 0)


def test_on_a_photograph_a_shadow_may_reach_the_border_as_well():
    digits = (60, 30, 75, 90), (0, 40, 25, 95)
    picture = page(*digits, (293, 40, 299, 95))  # the last is as narrow as a shadow
    noise = np.random.default_rng(3).normal(0, 6, (120, 300))
    noisy = Image.fromarray((np.asarray(picture) * 0.8 + 20 + noise).astype(np.uint8))
    assert [len(find_writing(one).pieces) for one in (picture, noisy)] == [3, 2]


def test_what_reaches_the_border_of_a_part_of_the_picture_is_no_writing():
    look = find_looks(page((60, 30, 75, 90), (0, 72, 15, 119)))[0]
    assert len(find_parts(look, (300, 120)).pieces) == 2
    assert len(find_parts(look, (300, 150)).pieces) == 1


def test_what_the_writing_may_be_besides_comes_after_the_best():
    near = (500, 300, 503, 330), (520, 300, 523, 330)
    heights = [one.height for one in find_writings(page(*near, size=(1000, 1000)))]
    assert heights[0] >= 25 > heights[-1]


def test_the_side_of_a_frame_is_no_digit_of_the_line():
    picture = page((100, 60, 112, 90), (140, 60, 152, 90), (180, 60, 192, 90))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((30, 20, 299, 119), outline=0, width=14)
    assert len(find_writing(picture).pieces) == 3


def test_what_is_left_of_printed_lines_is_no_writing_but_a_flat_part_of_a_digit_is():
    rests = (10, 8, 60, 10), (180, 105, 240, 108)
    look = find_looks(page((60, 30, 75, 90), (120, 30, 135, 88), (90, 34, 112, 38), *rests))[0]
    assert len(find_parts(look, (300, 120)).pieces) == 5
    assert len(find_parts(replace(look, lines=True), (300, 120)).pieces) == 3


def test_a_closer_look_at_a_number_leaves_out_what_goes_around_it():
    small = [(410 + 80 * n, 440, 430 + 80 * n, 560) for n in range(3)]
    pictures = [page(*small[:count], size=(1000, 1000)) for count in (1, 3)]
    for picture in pictures:
        ImageDraw.Draw(picture).ellipse((300, 300, 700, 700), outline=0, width=12)
    one, several = (find_writing(picture).look.box for picture in pictures)
    assert one[0] < 300 < 700 < one[2]  # what was read as one digit may be the circle
    assert several[0] > 310
    assert several[2] < 690


def test_a_closer_look_at_paper_with_lines_is_high_enough_to_find_them():
    picture = page(*[(150 + 20 * n, 100, 155 + 20 * n, 118) for n in range(4)], size=(400, 300))
    for row in range(10, 300, 24):
        ImageDraw.Draw(picture).line((0, row, 400, row), 60, 2)
    closest = find_writing(picture).look
    assert closest.lines
    assert 45 <= closest.box[3] - closest.box[1] < 100


def test_the_writing_is_looked_at_in_fewer_pixels_as_well():
    picture = page((40, 30, 50, 80), (90, 30, 100, 80), size=(150, 100))
    sides = [one.look.ink.amount.shape[1] for one in find_writings(picture, find_looks(picture)[0])]
    assert sides[0] == 150
    assert 112 in sides


def test_a_blank_page_has_no_writing():
    assert find_writing(page()) is None


def test_small_writing_in_a_large_picture_gets_a_closer_look():
    near = (500, 300, 503, 330), (520, 300, 523, 330)
    writing = find_writing(page(*near, size=(1000, 1000)))
    assert len(writing.pieces) == 2
    assert writing.height >= 25


def test_a_faint_stroke_of_any_digit_is_writing_and_becomes_dark():
    picture = page((40, 30, 52, 90), (120, 30, 132, 90))
    ImageDraw.Draw(picture).rectangle((133, 30, 180, 40), 190)
    writing = find_writing(picture)
    assert writing.box(1, 2)[2] > 175
    assert writing.frame(1, 2).image[7, 15:20].min() > 150


def test_the_writing_in_a_frame_and_on_a_sheet_is_found():
    framed = page((60, 40, 70, 80), (140, 40, 150, 80))
    ImageDraw.Draw(framed).rectangle((20, 15, 280, 105), outline=0, width=3)
    table = Image.new("L", (400, 200), 90)
    ImageDraw.Draw(table).ellipse((330, 20, 380, 150), 20)
    table.paste(page((60, 40, 70, 80), (140, 40, 150, 80)), (20, 40))
    for picture in (framed, table):
        assert [piece.part for piece in find_writing(picture).pieces] == [0, 1]


def test_a_cut_runs_through_the_thinnest_place():
    ink = np.zeros((30, 52))
    ink[:, :20] = ink[:, 32:] = 1
    ink[13:16, 20:32] = 1  # a bridge, three pixels high
    cuts = find_cuts(ink, 30)
    path, crossed = min(cuts, key=lambda cut: cut[1])
    assert ((path >= 20) & (path <= 32)).all()
    assert crossed == pytest.approx(3)
    assert [path[15] for path, _ in cuts] == sorted(path[15] for path, _ in cuts)


@pytest.mark.parametrize("height", [40, 41])
def test_a_cut_runs_along_strokes_that_lie_side_by_side(height):
    ink = np.zeros((height, 40))
    ink[2:-2, 2:38] = 1
    ink[6:-6, 6:16] = ink[6:-6, 24:34] = 0  # two rings, with strokes of four pixels
    assert any(((path >= 18) & (path <= 22)).all() for path, _ in find_cuts(ink, height))


def test_between_two_cuts_is_a_good_part_of_a_stroke():
    ink = np.zeros((40, 120))
    ink[19:21] = 1
    paths = [path[20] for path, _ in find_cuts(ink, 40)]
    assert len(paths) > 5
    assert min(np.diff([0, *paths, 120])) >= 10


def test_blank_ink_is_not_cut():
    assert find_cuts(np.full((9, 9), 0.3), 9) == []


def test_pieces_of_a_part_stay_together_and_keep_all_its_ink():
    picture = page((40, 30, 60, 90), (90, 30, 110, 90), (60, 58, 90, 61), (200, 30, 215, 90))
    whole = find_writing(picture)
    cut = whole.cut([0])
    assert [piece.part for piece in cut.pieces] == sorted(piece.part for piece in cut.pieces)
    assert len(cut.pieces) > len(whole.pieces) == 2
    np.testing.assert_array_equal(cut.labels > 0, whole.labels > 0)
    assert cut.pieces[0].cut == 0 < cut.pieces[1].cut
