"""Digits of the generated pen: framed as MNIST's, varied, repeatable, and what people draw."""

import numpy as np
import pytest
from scipy.ndimage import center_of_mass, label
from scipy.spatial.distance import pdist

from mnist_helpers.synthetic import draw_faint_strokes, draw_flags, draw_strokes, draw_style
from mnist_helpers.synthetic.strokes import BOLD, RARE, SHARES, STYLES, _parse


@pytest.fixture(scope="module")
def drawn():
    return draw_strokes(400, seed=3)


def in_style(style, n=8, seed=0):
    return np.stack([draw_style(style, np.random.default_rng([seed, i])) for i in range(n)])


def box(image):
    """Top, bottom, left and right of the ink, the last ones not included."""
    rows, columns = np.nonzero(image > 25)
    return rows.min(), rows.max() + 1, columns.min(), columns.max() + 1


def test_images_and_labels_have_mnists_form_and_colours(drawn):
    images, labels = drawn
    assert images.shape == (400, 28, 28)
    assert labels.shape == (400,)
    assert images.dtype == labels.dtype == np.uint8
    assert (images.min(axis=(1, 2)) == 0).all()
    assert (images.max(axis=(1, 2)) > 150).all()
    ink = (images / 255).mean(axis=(1, 2))
    assert ink.min() > 0.02
    assert ink.max() < 0.4
    smooth_edges = ((images > 12) & (images < 243)).sum() / (images > 12).sum()
    assert 0.3 < smooth_edges < 0.8


def test_every_digit_occurs_as_often_as_it_should(drawn):
    shares = np.bincount(drawn[1], minlength=10) / 400
    assert SHARES.sum() == pytest.approx(1)
    assert np.abs(shares - SHARES).max() < 0.07
    assert shares.min() > 0


def test_fewer_images_are_the_first_of_more(drawn):
    images, labels = draw_strokes(7, seed=3)
    assert np.array_equal(images, drawn[0][:7])
    assert np.array_equal(labels, drawn[1][:7])
    assert not np.array_equal(draw_strokes(7, seed=4)[0], images)


def test_the_global_random_state_is_left_alone():
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    draw_strokes(3)
    assert np.array_equal(before, np.random.get_state()[1])


@pytest.mark.parametrize("style", STYLES)
def test_every_style_varies_and_is_framed_as_mnist_is(style):
    images = in_style(style)
    assert pdist(images.reshape(len(images), -1) / 255.0).min() > 1
    for image in images:
        top, bottom, left, right = box(image)
        assert 19 <= max(bottom - top, right - left) <= 20
        assert np.allclose(center_of_mass(image), 14, atol=0.501)


def test_no_two_images_are_alike(drawn):
    images, _ = drawn
    assert pdist(images.reshape(400, -1) / 255.0).min() > 1


def test_strokes_are_thin_and_thick():
    # Across the middle of an upright bar, the ink of a row is the width of the stroke.
    widths = (in_style("1 bar", 60)[:, 12:16] / 255).sum(axis=2).mean(axis=1)
    assert widths.min() < 1.8
    assert widths.max() > 3.3


def test_the_flag_of_a_one_falls_to_the_left_of_an_upright_stem():
    for image in in_style("1 flag", 40):
        top, _, left, right = box(image)
        upper = image[:14] > 25
        flag = upper[:, upper.any(axis=0).argmax()]
        assert flag.argmax() > top + 1  # a 7's bar would stay at the top
        stem = image[18:23].astype(float)
        middles = stem @ np.arange(28) / stem.sum(axis=1)
        assert np.abs(np.diff(middles)).mean() < 0.5
        assert right - left < 18


@pytest.mark.parametrize("style", ["7 plain", "7 hooked", "7 curved top"])
def test_a_seven_has_a_bar_across_its_top(style):
    for image in in_style(style, 40):
        top, _, left, right = box(image)
        across = (image[top : top + 6] > 25).any(axis=0).sum()
        assert across >= 0.75 * (right - left)


def holes(image):
    return label(image <= 60)[1] - 1


@pytest.mark.parametrize(
    ("style", "expected"),
    [("4 open", 0), ("4 closed", 1), ("1 flag", 0), ("7 crossed", 0), ("8 of two circles", 2)],
)
def test_loops_are_where_they_should_be(style, expected):
    # A thick pen closes a loop now and then, and a careless one leaves it open.
    found = [holes(image) for image in in_style(style, 30)]
    assert np.median(found) == expected


def test_the_names_in_the_lists_are_styles():
    assert set(BOLD) <= set(STYLES)
    assert set(RARE) <= set(STYLES)
    assert {style[0] for style in STYLES} == set("0123456789")


@pytest.mark.parametrize("style", STYLES)
def test_the_extremes_of_a_style_match_point_for_point(style):
    points, pieces = _parse(STYLES[style][0])
    assert points.shape[1] == 2
    for shape in STYLES[style][1:]:
        others, their_pieces = _parse(shape)
        assert others.shape == points.shape
        assert their_pieces == pieces


def test_one_stroke_is_faint_and_the_labels_are_those_of_the_styles():
    images, labels = draw_faint_strokes(40, seed=3)
    assert images.shape == (40, 28, 28)
    assert set(labels.tolist()) <= set(range(10))
    for image in images:
        faint = (image > 25) & (image < 150)
        assert image.max() > 240
        assert faint.sum() > 8
    np.testing.assert_array_equal(draw_faint_strokes(5, seed=3)[0], images[:5])


def test_flags_are_long_and_hang_on_the_top_of_a_stem():
    images = draw_flags(40, seed=3)
    wide = []
    for image in images:
        rows, columns = np.nonzero(image > 100)
        wide.append(np.ptp(columns) / np.ptp(rows))
        assert np.median(columns[rows > rows.max() - 4]) > columns.min() + 2  # the stem is right
    assert 0.3 < np.median(wide) < 1
    np.testing.assert_array_equal(draw_flags(5, seed=3), images[:5])
