"""Composed numbers: repeatable, as wide as their digits, and touching if they should."""

import numpy as np
import pytest
from scipy import ndimage

from mnist_helpers.synthetic import BACKGROUNDS, SPACINGS, compose_numbers, paste_digits

# Ten frames, which are one connected part each.
DIGITS = np.zeros((10, 28, 28), np.uint8)
DIGITS[:, 4:24, 8:20] = 255
DIGITS[:, 8:20, 12:16] = 0


def compose(spacing, numbers=("42", "12345"), seed=0):
    return compose_numbers(DIGITS, range(10), numbers, seed, spacing)


def count_parts(ink):
    return ndimage.label(ink > 100, np.ones((3, 3)))[1]


@pytest.mark.parametrize("spacing", SPACINGS)
def test_the_same_seed_gives_the_same_numbers(spacing):
    for one, again in zip(compose(spacing), compose(spacing), strict=True):
        np.testing.assert_array_equal(one, again)
        assert one.dtype == np.uint8
    assert compose(spacing)[0].shape != compose(spacing, seed=1)[0].shape


def test_digits_touch_only_if_they_should():
    for seed in range(8):
        assert [count_parts(ink) for ink in compose("apart", seed=seed)] == [2, 5]
        assert [count_parts(ink) for ink in compose("close", seed=seed)] == [2, 5]
        two, five = (count_parts(ink) for ink in compose("touching", seed=seed))
        assert two == 1
        assert five < 5


def test_closer_digits_are_narrower_together():
    widths = [compose(spacing, ["12345"])[0].shape[1] for spacing in SPACINGS]
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("number", ["", "5", "4x"])
def test_what_cannot_be_written_is_named(number):
    with pytest.raises(ValueError, match=rf"examples, got '{number}'\.$"):
        compose_numbers(DIGITS[:5], range(5), ["42", number], 0)
    with pytest.raises(ValueError, match=r"^spacing must be one of apart, .+ got 'joined'\.$"):
        compose("joined")


@pytest.mark.parametrize("kind", BACKGROUNDS)
def test_a_number_stays_legible_on_each_kind_of_paper(kind):
    picture = paste_digits(compose("apart", ["123456"]), 0, kind)[0]
    assert min(picture.size) >= 28
    assert picture.width >= 60
