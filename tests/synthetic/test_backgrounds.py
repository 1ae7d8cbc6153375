"""Pictures with known digits: repeatable, and each kind has the fault that it is named for."""

import numpy as np
import pytest
from scipy import ndimage

from mnist_helpers.synthetic import BACKGROUNDS, draw_strokes, paste_digits
from mnist_helpers.synthetic.backgrounds import draw_frame

pytestmark = pytest.mark.seconds

N = 12
# These are not drawn on the sheet of 60 to 400 pixels, or not on it alone.
FRAMES = [kind for kind in BACKGROUNDS if kind.endswith("box")]
OWN_SIZE = {"small", "thin", "border", "board", "tight", "table", *FRAMES}


@pytest.fixture(scope="module")
def digits():
    images, _ = draw_strokes(N, seed=21)
    return images


@pytest.fixture(scope="module")
def made(digits):
    """The pictures of each kind."""
    return {kind: paste_digits(digits, seed=2, kind=kind) for kind in BACKGROUNDS}


def pixels(picture):
    return np.asarray(picture).astype(float)


def spread(values):
    """From the lowest to the highest value; of several channels, the widest."""
    return np.ptp(values, axis=(0, 1)).max()


def border(values, width=2):
    """The pixels along the four sides, shape ``(n, channels)``."""
    inside = np.zeros(values.shape[:2], bool)
    inside[width:-width, width:-width] = True
    return values[~inside]


@pytest.mark.parametrize("kind", BACKGROUNDS)
def test_a_picture_for_each_digit(kind, made):
    assert len(made[kind]) == N
    for picture in made[kind]:
        assert picture.mode in ("RGB", "RGBA")
        assert spread(pixels(picture)) >= 20  # there is something on it
        if kind not in OWN_SIZE:
            assert all(60 <= side <= 400 for side in picture.size)


@pytest.mark.parametrize("kind", BACKGROUNDS)
def test_the_same_seed_gives_the_same_pictures_and_leaves_the_digits_alone(kind, made, digits):
    before = digits.copy()
    for seed, same in ((2, True), (3, False)):
        again = paste_digits(digits[:4], seed=seed, kind=kind)
        for one, other in zip(made[kind][:4], again, strict=True):
            assert np.array_equal(np.asarray(one), np.asarray(other)) == same
    assert np.array_equal(digits, before)


def test_places_and_sizes_differ(made):
    places, heights = [], []
    for picture in made["transparent"]:  # whose alpha is just the ink
        ink = pixels(picture)[:, :, 3] > 100
        rows, columns = np.nonzero(ink)
        places.append((rows.mean() / len(ink), columns.mean() / len(ink[0])))
        heights.append(np.ptp(rows) + 1)
    assert np.ptp(places, axis=0).min() > 0.2
    assert max(heights) > 2 * min(heights)


def test_the_ink_has_the_digits_shape(digits, made):
    for digit, picture in zip(digits, made["transparent"], strict=True):
        digit = digit[ndimage.find_objects(digit > 0, 1)[0]]
        alpha = picture.getchannel("A")
        drawn = alpha.crop(alpha.getbbox()).resize(digit.shape[::-1])
        assert np.corrcoef(np.asarray(drawn).ravel(), digit.ravel())[0, 1] > 0.85


def test_plain_has_one_paper_and_one_ink_light_or_dark(made):
    lighter = []
    for picture in made["plain"]:
        values = pixels(picture)
        colours, counts = np.unique(values.reshape(-1, 3), axis=0, return_counts=True)
        paper = colours[counts.argmax()]
        # Edges mix two colours: all lie on the line from the paper to one ink.
        away = values.reshape(-1, 3) - paper
        ink = away[np.abs(away).max(1).argmax()]
        beside = away - np.outer(away @ ink / (ink @ ink), ink)
        assert np.abs(beside).max() < 2
        assert np.abs(ink).max() >= 55
        lighter.append(ink.sum() > 0)
    assert 0 < sum(lighter) < N


def test_small_is_28_by_28(made):
    assert {picture.size for picture in made["small"]} == {(28, 28)}


def test_low_contrast(made):
    assert all(20 <= spread(pixels(picture)) <= 45 for picture in made["low contrast"])


def test_equal_light_is_nearly_blank_without_its_colours(made):
    grey = [spread(pixels(picture.convert("L"))) for picture in made["equal light"]]
    assert np.median(grey) <= 3
    assert np.median([spread(pixels(picture)) for picture in made["equal light"]]) > 80


def test_noise_is_on_every_pixel(made):
    def grain(picture):
        grey = pixels(picture.convert("L"))
        return np.median(np.abs(np.diff(grey, axis=1)))

    assert all(grain(picture) == 0 for picture in made["plain"])
    assert all(grain(picture) > 1 for picture in made["noisy"])


@pytest.mark.parametrize("kind", ["jpeg", "photo"])
def test_photographs_have_been_through_jpeg(kind, made):
    assert {picture.format for picture in made[kind]} == {"JPEG"}


@pytest.mark.parametrize("kind", ["shaded", "border shadow", "photo"])
def test_light_is_uneven(kind, made):
    def light(picture):
        """How much the border's brightness varies, apart from noise."""
        smooth = ndimage.median_filter(pixels(picture.convert("L")), 5)
        return np.ptp(np.percentile(border(smooth), (5, 95)))

    assert np.median([light(picture) for picture in made["plain"]]) < 1
    assert np.median([light(picture) for picture in made[kind]]) > 20


@pytest.mark.parametrize("kind", ["ruled", "squared"])
def test_pictures_have_the_lines_of_their_paper(kind):
    ink = np.zeros((300, 300))
    ink[200:240, 200:230] = 1
    changes = np.zeros(2)
    for seed in range(20):
        picture = BACKGROUNDS[kind](ink, np.random.default_rng(seed))
        sheet = pixels(picture.convert("L"))[:190, :190]  # away from the ink
        changes += [(np.diff(sheet, axis=axis) ** 2).mean() for axis in (0, 1)]
    assert (changes[0] > 2 * changes[1]) == (kind == "ruled")


def test_one_line_or_two(digits):
    for seed in range(10):
        ink = np.zeros((300, 300))
        ink[:100, 200:230] = 1
        picture = BACKGROUNDS["one line"](ink, np.random.default_rng(seed))
        rows = pixels(picture.convert("L"))[:, :190].mean(1)  # away from the ink
        dark = rows < ndimage.median_filter(rows, 61) - 4
        assert 1 <= ndimage.label(ndimage.binary_closing(dark, iterations=2))[1] <= 3


def test_dark_lines_are_darker(digits):
    ink = np.pad(digits[0] / 255, 60)

    def darkest(kind):
        pictures = [BACKGROUNDS[kind](ink, np.random.default_rng(seed)) for seed in range(12)]
        lines = [np.median(pixels(picture.convert("L"))[:, :50], axis=1) for picture in pictures]
        return np.mean([np.median(rows) - rows.min() for rows in lines])

    assert darkest("dark lines") > 1.5 * darkest("ruled")


def test_tight_pictures_leave_hardly_any_paper(made):
    for picture in made["tight"]:
        values = pixels(picture)
        paper = np.median(border(values, 1), axis=0)
        ink = np.abs(values - paper).max(2) > 30
        rows, columns = (np.flatnonzero(ink.any(axis)) for axis in (1, 0))
        assert max(rows[0], columns[0], len(ink) - rows[-1], len(ink[0]) - columns[-1]) <= 12


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("crossed", [False, True])
@pytest.mark.parametrize("style", ["box", "double", "cell", "drawn"])
def test_a_frame_is_around_the_digit(style, crossed, cut):
    """From the digit, rays meet it on all sides but those that are cut."""
    square = np.zeros((70, 60))
    square[10:60, 10:50] = 1
    met, joined = [], 0
    for seed in range(30):
        random = np.random.default_rng(seed)
        ink, frame = draw_frame(square, random, style, crossed=crossed, cut=cut)
        assert ink.sum() == square.sum()
        rows, columns = (np.flatnonzero(ink.any(axis)) for axis in (1, 0))
        high, wide = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        line = frame > 0.5
        sides = (line[: rows[30], wide], line[rows[20] :, wide])
        sides += (line[high, : columns[25]], line[high, columns[15] :])
        met.append(sum(side.any() for side in sides))
        joined += (line & ndimage.binary_dilation(ink)).any()
    assert (min(met) < 4) == cut
    assert max(met) == 4
    assert joined >= 25 if crossed else joined <= 3


def test_a_printed_border_is_dark(made):
    darker = []
    for picture in made["border"]:
        grey = pixels(picture.convert("L"))
        sides = [grey[:2], grey[-2:], grey[:, :2], grey[:, -2:]]
        darker.append(sum(np.median(grey) - np.median(side) > 20 for side in sides))
    assert np.mean(np.array(darker) > 0) >= 0.75
    assert max(darker) >= 2


def test_transparent_ink_is_in_alpha_alone(made):
    for picture in made["transparent"]:
        values = pixels(picture)
        assert spread(values[:, :, :3]) == 0
        assert values[:, :, 3].min() == 0
        assert values[:, :, 3].max() > 240


def test_a_board_is_dark_inside_a_margin(made):
    modes = set()
    for picture in made["board"]:
        modes.add(picture.mode)
        values = pixels(picture)
        assert (border(values)[:, :3] == 255).all() or (border(values)[:, 3] == 0).all()
        if picture.mode == "RGBA":
            values = values[values[:, :, 3] > 0]
        else:
            values = values[(values < 250).any(axis=2)]
        assert np.median(values[:, :3]) < 60
    assert modes == {"RGB", "RGBA"}  # a white margin, and a transparent one


def test_thin_lines_on_a_large_canvas(made):
    for picture in made["thin"]:
        assert picture.size == (1000, 1000)
        values = pixels(picture)
        ink = np.abs(values - values[0, 0]).max(axis=2) > 20
        assert 0 < ink.mean() < 0.02
        # The farthest that ink is from paper: half a line, more where lines meet.
        assert ndimage.distance_transform_edt(ink).max() <= 6


@pytest.mark.parametrize("kind", ["pencil", "half faint"])
def test_some_of_the_ink_is_faint(kind):
    ink = np.zeros((200, 160))
    ink[50:150, 70:90] = 1
    for seed in range(10):
        picture = pixels(BACKGROUNDS[kind](ink, np.random.default_rng(seed)))
        paper = np.median(picture[:40], (0, 1))
        strength = ndimage.uniform_filter(np.abs(picture - paper).max(2), 5)[55:145, 75:85]
        assert strength.min() < (0.85 if kind == "pencil" else 0.55) * strength.max()


def test_a_table_shows_beside_the_sheet(made):
    beside = []
    for picture in made["table"]:
        grey = pixels(picture)
        middle = np.median(grey, (0, 1))
        sides = (grey[:2], grey[-2:], grey[:, :2], grey[:, -2:])
        beside.append(max(np.abs(np.median(side, (0, 1)) - middle).max() for side in sides))
    assert np.mean(np.array(beside) > 30) >= 0.75
