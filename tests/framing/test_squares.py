"""Any picture of a digit becomes what MNIST would have made of it."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from mnist_helpers.framing import centre, frame, thicken
from mnist_helpers.framing.ink import stroke_width
from mnist_helpers.synthetic import BACKGROUNDS, draw_strokes, paste_digits

PAPER, INK = (255, 255, 255), (20, 20, 30)


def seven(size=200, paper=PAPER, ink=INK, width=None, corner=(0.2, 0.15), height=0.7):
    """A 7 as somebody might draw it."""
    image = Image.new("RGB", (size, size), paper)
    left, top = (size * side for side in corner)
    tall = height * size
    path = [(left, top), (left + 0.65 * tall, top), (left + 0.2 * tall, top + tall)]
    ImageDraw.Draw(image).line(path, fill=ink, width=width or max(1, size // 16), joint="curve")
    return image


def similar(one, other):
    """How alike two squares are: the correlation of their pixels, up to a pixel apart."""
    moved = [np.roll(other, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return max(np.corrcoef(one.ravel(), square.ravel())[0, 1] for square in moved)


def test_the_result_is_framed_as_mnist_does():
    framed = frame(seven())
    rows, _ = np.nonzero(framed.image > 40)
    assert 19 <= rows.max() - rows.min() + 1 <= 21
    assert framed.image.max() == 255
    assert np.allclose(ndimage.center_of_mass(framed.image), 14, atol=0.5)
    assert 1.5 < stroke_width(framed.image / 255) < 4
    assert framed.problem is None


def grey(image):
    return np.asarray(image.convert("L"))


def in_alpha_alone(shade):
    pixels = np.full((200, 200, 4), shade, np.uint8)
    pixels[:, :, 3] = 255 * (grey(seven()) < 128)
    return pixels


def on_a_board(alpha):
    """White ink on a black board inside a white margin, which may be transparent."""
    pixels = np.full((300, 300, 4), (255, 255, 255, alpha), np.uint8)
    pixels[50:250, 50:250] = seven(paper=(0, 0, 0), ink=(255, 255, 255)).convert("RGBA")
    return pixels


def with_specks_and_a_printed_border():
    dirty = seven()
    pen = ImageDraw.Draw(dirty)
    for place in ((15, 180), (180, 170), (170, 20)):
        pen.ellipse((*place, place[0] + 3, place[1] + 3), fill=INK)
    pen.rectangle((0, 0, 199, 199), outline=INK, width=3)
    return dirty


SAME = {
    "white on black": seven(paper=(0, 0, 0), ink=(255, 255, 255)),
    "black on white": seven(paper=(255, 255, 255), ink=(0, 0, 0)),
    "blue on yellow": seven(paper=(250, 240, 120), ink=(20, 40, 160)),
    "greys": seven(paper=(128, 128, 128), ink=(160, 160, 160)),
    "green on red": seven(paper=(200, 30, 30), ink=(30, 128, 30)),
    "of equal luminance": seven(paper=(255, 0, 0), ink=(0, 130, 0)),
    "dark greys": seven(paper=(40, 40, 40), ink=(15, 15, 15)),
    **{f"{size} pixels": seven(size) for size in (28, 64, 300, 1000, 3000)},
    "black in the alpha channel alone": in_alpha_alone(0),
    "white in the alpha channel alone": in_alpha_alone(255),
    "a board in a transparent margin": on_a_board(0),
    "a board in a white margin": on_a_board(255),
    "specks and a printed border": with_specks_and_a_printed_border(),
}


@pytest.mark.parametrize("name", SAME)
def test_colours_size_and_surroundings_do_not_matter(name):
    assert similar(frame(SAME[name]).image, frame(seven()).image) > 0.85


@pytest.mark.parametrize("corner", [(0.03, 0.03), (0.5, 0.03), (0.05, 0.45), (0.6, 0.6)])
def test_the_place_does_not_matter(corner):
    placed = frame(seven(corner=corner, height=0.35, width=8)).image
    assert similar(placed, frame(seven(height=0.35, width=8)).image) > 0.85


def test_a_hair_thin_line_gets_the_width_of_mnists_strokes():
    for size in (200, 1000):
        assert stroke_width(frame(seven(size, width=1)).image / 255) > 1.5


def test_an_image_of_mnists_kind_comes_out_nearly_unchanged():
    images, _ = draw_strokes(30, seed=5)
    assert np.mean([similar(frame(image).image, image) for image in images]) > 0.85


def test_the_bar_of_a_five_is_kept():
    image = Image.new("L", (120, 120), 255)
    pen = ImageDraw.Draw(image)
    pen.line([(45, 30), (42, 58), (60, 55), (72, 68), (62, 90), (40, 92)], fill=0, width=7)
    without = frame(image).image
    pen.line([(54, 28), (84, 26)], fill=0, width=7)  # not joined to the rest
    whole = frame(image).image
    assert (whole[:12, 14:] > 100).sum() > (without[:12, 14:] > 100).sum() + 8


def test_a_digit_that_fills_the_picture_to_its_border():
    wide = np.pad(grey(seven(150, width=22)), 60, constant_values=255)
    tight = wide[ndimage.find_objects(wide < 128, 1)[0]]
    assert similar(frame(tight).image, frame(wide).image) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(BACKGROUNDS))
def test_digits_on_larger_pictures_of_every_kind_are_read(kind, recognizer):
    # Where all are read, 20 pictures show a fault as well as 40: only one may fail.
    hard = {"squared": 0.8, "dark lines": 0.7, "tight": 0.8, "crossed box": 0.9, "ruled": 0.9}
    least = hard.get(kind, 0.95)
    images, labels = draw_strokes(40 if kind in hard else 20, seed=11)
    answers = recognizer.predict_many(paste_digits(images, seed=3, kind=kind))
    right = np.mean([one.digit == label for one, label in zip(answers, labels, strict=True)])
    assert right >= least


# No digit


@pytest.mark.parametrize("shade", [0, 90, 255])
@pytest.mark.parametrize("shape", [(50, 70), (28, 28, 3)])
def test_a_blank_picture_says_so(shade, shape):
    framed = frame(np.full(shape, shade, np.uint8))
    assert "blank" in framed.problem
    assert not framed.image.any()


def test_paper_with_noise_or_a_shadow_alone_is_blank():
    random = np.random.default_rng(0)
    slope = np.linspace(180, 240, 200)[None, :] + np.zeros((150, 1))
    for paper in (np.full((150, 200), 210.0), slope):
        noisy = (paper + random.normal(0, 3, paper.shape)).clip(0, 255).astype(np.uint8)
        assert frame(noisy).problem is not None


def test_noise_is_no_digit(recognizer):
    random = np.random.default_rng(0)
    for shape in ((100, 100), (300, 400, 3), (64, 64)):
        picture = random.integers(0, 256, shape, dtype=np.uint8)
        assert recognizer.predict(picture).verdict == "no digit"


# The steps


def test_the_steps_can_be_shown_and_do_not_change_the_result():
    for picture in (seven(), seven(1000, width=1), np.zeros((28, 28)), seven(60)):
        told, quick = frame(picture), frame(picture, steps=False)
        assert np.array_equal(told.image, quick.image)
        assert quick.steps == ()
        assert told.steps[0].name == "The picture"
        for step in told.steps:
            assert step.image.dtype == np.uint8
            assert step.image.ndim == 2 or step.image.shape[2] == 3
            assert step.explanation.endswith(".")
    assert [step.name for step in frame(seven()).steps][-1] == "As in MNIST"


def test_the_first_step_says_what_kind_of_picture_it_is():
    red, grey = seven(), seven().convert("L")
    clear = Image.merge("LA", [Image.new("L", grey.size), grey.point(lambda value: 255 - value)])
    said = [frame(one).steps[0].explanation for one in (grey, red, clear)]
    size = f"It has {red.width} × {red.height} pixels in"
    assert said[:2] == [f"{size} shades of grey.", f"{size} colour."]
    assert said[2].endswith("shades of grey, some of them transparent.")


# MNIST's own last step


def test_centre_keeps_the_aspect_and_puts_the_mass_in_the_middle():
    ink = np.zeros((50, 20), np.float32)
    ink[:, :4] = 1
    ink[40:] = 1
    square = centre(ink)
    rows, columns = np.nonzero(square > 100)
    assert rows.max() - rows.min() + 1 == 20
    assert columns.max() - columns.min() + 1 == 8
    assert np.allclose(ndimage.center_of_mass(square), 14, atol=0.5)


def test_centre_never_cuts_ink_off():
    corner = np.zeros((20, 20), np.float32)
    corner[0, :], corner[-3:, -3:] = 0.3, 1
    assert (centre(corner) > 0).sum() == (corner > 0).sum()


def test_centre_of_nothing_is_nothing():
    assert not centre(np.zeros((5, 5))).any()


def test_thicken_leaves_usual_strokes_alone():
    usual = draw_strokes(1, seed=2)[0][0][4:24, 4:24] / 255
    assert thicken(usual) is usual
