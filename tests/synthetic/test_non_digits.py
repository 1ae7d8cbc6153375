"""Non-digits can be drawn again, and those that measure a detector are not learned from."""

import numpy as np
import pytest
from PIL import Image

from mnist_helpers.framing import frame
from mnist_helpers.synthetic import (
    HELD_OUT,
    LEARNED,
    draw_non_digits,
    draw_style,
    draw_text,
    frame_all,
    letters,
)
from mnist_helpers.synthetic.non_digits import NON_DIGITS
from mnist_helpers.synthetic.strokes import draw_shapes, parse_shapes

LEARNED_SHAPES, HELD_OUT_SHAPES, DOODLES = (
    parse_shapes(text) for text in (letters.DRAWN, letters.DRAWN_HELD_OUT, letters.DOODLES)
)
SHAPES = [*LEARNED_SHAPES.items(), *HELD_OUT_SHAPES.items(), *DOODLES.items()]
# Many of these are blank or all ink to the framing: there is sky in the photograph.
BLANK = ("noise", "grids", "photographs")


def pixels(pictures):
    return [np.asarray(picture).tobytes() for picture in pictures]


@pytest.mark.parametrize("kind", NON_DIGITS)
def test_pictures_of_every_kind_vary_and_can_be_drawn_again(kind):
    pictures = draw_non_digits(kind, 3, seed=5)
    assert all(isinstance(picture, Image.Image) for picture in pictures)
    assert all(min(picture.size) >= 28 for picture in pictures)
    assert len(set(pixels(pictures))) == 3
    assert pixels(draw_non_digits(kind, 2, seed=5)) == pixels(pictures[:2])
    assert pixels(draw_non_digits(kind, 3, seed=6)) != pixels(pictures)


@pytest.mark.parametrize("kind", [kind for kind in NON_DIGITS if kind not in BLANK])
def test_the_framing_finds_something_in_most_pictures(kind):
    squares = [frame(picture, steps=False) for picture in draw_non_digits(kind, 6)]
    assert sum(square.problem is None for square in squares) >= 4


def test_what_is_learned_from_is_not_measured_with():
    assert {*LEARNED, *HELD_OUT} == set(NON_DIGITS)
    assert not set(letters.FONTS) & set(letters.FONTS_HELD_OUT)
    assert not set(letters.SYMBOLS) & set(letters.SYMBOLS_HELD_OUT)
    assert not set(letters.WORDS.split()) & set(letters.WORDS_HELD_OUT.split())
    assert not set(letters.GREEK) & set(letters.CYRILLIC + letters.LATIN + letters.SYMBOLS)
    assert not set(LEARNED_SHAPES) & {*HELD_OUT_SHAPES, *DOODLES}


def test_what_looks_like_a_digit_is_kept_apart():
    alike = set("".join(letters.LOOKALIKES.values()))
    assert set(letters.LOOKALIKES) <= set("0123456789")
    assert letters.unmistakable("AOlxS8") == "Ax8"
    assert not alike & set(letters.WORDS + letters.WORDS_HELD_OUT)
    assert not alike & {*LEARNED_SHAPES, *HELD_OUT_SHAPES}
    assert not any(sign.isdigit() for sign in letters.SYMBOLS + letters.SYMBOLS_HELD_OUT)


@pytest.mark.parametrize(
    ("signs", "fonts"),
    [
        (letters.LATIN, letters.FONTS + letters.FONTS_HELD_OUT),
        (letters.CYRILLIC, letters.FONTS[:7]),
        (letters.SYMBOLS, letters.FONTS[:2]),
        (letters.GREEK + letters.SYMBOLS_HELD_OUT, letters.SERIF),
    ],
    ids=["Latin", "Cyrillic", "symbols", "Greek and other symbols"],
)
def test_the_fonts_have_the_signs(signs, fonts):
    for font in fonts:
        missing = draw_text("\uffff", font)  # the box that stands for a missing sign
        for sign in signs:
            ink = draw_text(sign, font)
            assert ink.dtype == np.uint8
            assert ink.max() > 200
            assert not np.array_equal(ink, missing), (font, sign)


def test_a_font_that_is_missing_is_named():
    with pytest.raises(FileNotFoundError, match="no font 'Runes'"):
        draw_text("a", "Runes")


def test_a_printed_text_has_no_margin():
    ink = draw_text("H", "DejaVuSans", size=80) > 0
    assert ink.any(axis=0)[[0, -1]].all()
    assert ink.any(axis=1)[[0, -1]].all()
    assert 50 < len(ink) < 80


@pytest.mark.parametrize("shapes", [pytest.param(shapes, id=name) for name, shapes in SHAPES])
def test_the_pen_can_draw_every_shape(shapes):
    square = draw_shapes(shapes, np.random.default_rng(0))
    assert square.shape == (28, 28)
    assert square.max() > 150


def test_ink_that_is_blank_is_left_out():
    blank, line = np.zeros((30, 30), np.uint8), np.zeros((30, 30), np.uint8)
    line[5:25, 14:17] = 255
    assert frame_all([blank, line, Image.new("L", (30, 30), 255)]).shape == (1, 28, 28)
    assert frame_all([]).shape == frame_all([blank]).shape == (0, 28, 28)


def test_a_kind_or_a_style_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(ValueError, match=r"no kind 'dogs'\. There are .*noise"):
        draw_non_digits("dogs", 1)
    with pytest.raises(ValueError, match=r"no style '8'\. There are .*7 crossed"):
        draw_style("8", np.random.default_rng(0))
