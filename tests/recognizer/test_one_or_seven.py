"""A 1 with a long flag is no sure 7, and true 7s stay sure."""

import numpy as np

from mnist_helpers.framing import Framed
from mnist_helpers.recognizer.one_or_seven import doubt_sevens, turn_left
from mnist_helpers.synthetic import draw_flags, draw_style


def test_an_image_is_turned_to_the_left_about_the_centre():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 14, 4:25] = 255
    turned = turn_left(image)[0]
    rows = turned.argmax(0)
    assert rows[5] == 16
    assert rows[14] == 14
    assert rows[23] == 12
    assert turned.dtype == np.uint8
    assert abs(int(turned.sum()) / int(image.sum()) - 1) < 0.02


def test_only_a_likely_1_makes_a_7_doubtful():
    sevens = np.full((3, 10), 0.001, np.float32)
    sevens[:, 7] = 0.991
    doubted = doubt_sevens(sevens, np.array([0.1, 0.3, 1.0]))
    np.testing.assert_allclose(doubted.sum(1), 1, rtol=1e-5)
    np.testing.assert_array_equal(doubted[0], sevens[0])
    assert doubted[1, 7] < 0.9
    np.testing.assert_allclose(doubted[2, [1, 7]], [0.5, 0.5], atol=0.01)
    assert doubted.dtype == np.float32


def verdicts(recognizer, images):
    answers = recognizer.predict_framed([Framed(image, (), None) for image in images])
    return [one.words for one in answers]


def test_long_flags_are_doubted_and_sevens_are_not(recognizer):
    flags = verdicts(recognizer, draw_flags(60, seed=9))
    assert flags.count("7") <= 3
    assert flags.count("1 or 7?") + flags.count("7 or 1?") >= 3
    random = np.random.default_rng(9)
    styles = ("7 plain", "7 hooked", "7 crossed", "7 curved top")
    sevens = verdicts(recognizer, [draw_style(style, random) for style in styles * 10])
    assert sevens.count("7") >= 39
