"""A digit's centre of mass comes to the pixel index 14.0, as in MNIST, to half a pixel."""

import os

import numpy as np
import pytest

from mnist_helpers._support import centre_on_mass
from mnist_helpers.data import framed_digits, load_mnist
from mnist_helpers.synthetic import draw_strokes


def mass(images):
    """The mean row and column of the ink of each image, counted from 0: shape ``(n, 2)``."""
    images = np.asarray(images, float)
    index = np.arange(28)
    by_row, by_column = images.sum(2) @ index, images.sum(1) @ index
    return np.stack([by_row, by_column], 1) / images.sum((1, 2))[:, None]


@pytest.mark.parametrize(
    ("ink", "top", "left"),
    [
        (np.full((1, 1), 9), 14, 14),  # the pixel that begins at the middle lines
        (np.full((3, 5), 255), 13, 12),
        (np.array([[0, 0, 0, 200]]), 14, 11),  # paper has no weight
        (np.array([[3, 1]]), 14, 14),  # a quarter of a pixel off
        (np.array([[1, 3]]), 14, 13),
        (np.eye(20)[:1] * 255, 14, 8),  # 20 pixels with the ink at the left: it stays inside
        (np.eye(20)[-1:] * 255, 14, 0),
        (np.full((28, 28), 7), 0, 0),
    ],
)
def test_ink_goes_where_its_mass_is_in_the_middle_and_stays_inside(ink, top, left):
    expected = np.zeros((28, 28), np.uint8)
    expected[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    for dtype in (np.uint8, np.float32):
        square = centre_on_mass(ink.astype(dtype))
        assert square.dtype == np.uint8
        assert np.array_equal(square, expected)


def test_no_ink_is_an_empty_square():
    assert np.array_equal(centre_on_mass(np.zeros((20, 12))), np.zeros((28, 28), np.uint8))


def test_the_mass_is_never_more_than_half_a_pixel_off():
    random = np.random.default_rng(0)
    squares = [
        centre_on_mass(random.integers(1, 256, random.integers(1, 21, 2))) for _ in range(300)
    ]
    assert np.abs(mass(squares) - 14).max() <= 0.5


@pytest.mark.parametrize("made", [lambda: framed_digits()[0], lambda: draw_strokes(400, seed=3)[0]])
def test_the_stand_in_and_the_generated_strokes_are_centred_as_mnist(made):
    where = mass(made())
    assert np.abs(where.mean(0) - 14).max() < 0.06
    assert np.abs(where - 14).max() <= 0.5


@pytest.mark.skipif(not os.environ.get("MNIST_DATA_DIR"), reason="MNIST_DATA_DIR is not set")
def test_mnist_itself_is_centred_there():
    assert np.abs(mass(load_mnist().train.images.numpy()).mean(0) - 14).max() < 0.01
