"""Whatever a person gives becomes a picture or one clear sentence."""

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from mnist_helpers._support import limits
from mnist_helpers.framing import PictureError, frame, open_picture
from tests.conftest import TURNABLE, image_file, turned_file


@pytest.fixture
def grey():
    return Image.fromarray(np.arange(600, dtype=np.uint16).reshape(20, 30).astype(np.uint8))


# What is a picture


def test_a_path_bytes_and_files_give_the_same(grey, tmp_path):
    path = tmp_path / "a picture.png"
    grey.save(path)
    content = path.read_bytes()
    with path.open("rb") as file:
        for picture in (path, str(path), content, bytearray(content), io.BytesIO(content), file):
            assert np.array_equal(open_picture(picture), np.asarray(grey))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr", "I", "F"])
def test_every_mode_becomes_one_of_four(grey, mode):
    image = grey.convert("RGB").convert(mode) if mode == "LA" else grey.convert(mode)
    before = image.copy()
    opened = open_picture(image)
    assert opened.mode in ("L", "LA", "RGB", "RGBA")
    assert opened.size == (30, 20)
    assert np.array_equal(image, before)  # the caller's image stays as it is


def test_sixteen_bits_keep_their_shades():
    values = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    for picture in (values, image_file(Image.fromarray(values)), Image.fromarray(values)):
        shades = np.asarray(open_picture(picture))
        assert shades.min() == 0
        assert shades.max() == 255
        assert len(np.unique(shades)) > 200


def test_a_palette_may_be_transparent(grey):
    opened = open_picture(image_file(grey.convert("P"), transparency=0))
    assert opened.mode == "RGBA"
    assert np.asarray(opened)[:, :, 3].min() == 0


@pytest.mark.parametrize("kind", TURNABLE)
def test_photographs_are_turned_upright(kind):
    upright = Image.new("RGB", (64, 32), "white")
    upright.paste("black", (0, 0, 16, 16))
    for orientation in range(1, 9):
        opened = open_picture(turned_file(upright, orientation, kind)).convert("RGB")
        assert opened.size == upright.size
        assert np.abs(np.asarray(opened, int) - np.asarray(upright, int)).mean() < 5  # JPEG


@pytest.mark.skipif("AVIF" not in TURNABLE, reason="this Pillow has no AVIF")
def test_an_avif_is_turned_as_it_says_itself_and_not_as_a_note_says():
    """Its standard says so, and browsers do so."""
    note = b'<x:xmpmeta tiff:Orientation="6"/>'
    assert open_picture(image_file(Image.new("RGB", (64, 32)), "AVIF", xmp=note)).size == (64, 32)


@pytest.mark.parametrize("shape", [(9, 7), (9, 7, 1), (9, 7, 2), (9, 7, 3), (9, 7, 4), (3, 9, 7)])
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64, bool])
def test_arrays_of_every_kind(shape, dtype):
    values = np.random.default_rng(0).integers(0, 256, shape)
    array = (values > 127) if dtype is bool else values.astype(dtype)
    opened = open_picture(array)
    assert opened.size == (7, 9)
    assert np.array_equal(open_picture(torch.from_numpy(array)), opened)


def test_fractions_masks_and_normalized_tensors_use_the_whole_range():
    ramp = np.linspace(0, 1, 100).reshape(10, 10)
    for array in (ramp, ramp > 0.5, torch.tensor(ramp).bfloat16(), (ramp - 0.13) / 0.31):
        shades = np.asarray(open_picture(array))
        assert (shades.min(), shades.max()) == (0, 255)


def test_values_up_to_255_stay_unchanged():
    assert set(np.asarray(open_picture(np.array([[7.0, 100.0]]))).ravel()) == {7, 100}


def test_gradios_editor_gives_a_composite_or_layers_or_was_cleared():
    black = Image.new("RGBA", (30, 30), (0, 0, 0, 0))
    black.paste((0, 0, 0, 255), (10, 5, 14, 25))
    white = Image.new("RGBA", (30, 30), "white")
    flat = open_picture({"background": white, "layers": [black], "composite": None})
    assert np.asarray(flat.convert("L"))[15, 12] == 0
    assert np.asarray(flat.convert("L"))[0, 0] == 255
    composite = {"background": None, "layers": [], "composite": np.asarray(flat)}
    assert np.array_equal(open_picture(composite), flat)
    for cleared in ({"background": None, "layers": [], "composite": None}, {"composite": None}):
        assert "blank" in frame(cleared).problem


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "WEBP"])
def test_the_first_picture_of_an_animation_is_opened(kind):
    dark, light = (Image.new("L", (20, 20), shade) for shade in (10, 200))
    content = image_file(dark, kind, save_all=True, append_images=[light])
    assert np.asarray(open_picture(content).convert("L")).mean() < 40


def test_large_pictures_are_reduced_and_thin_lines_stay():
    canvas = np.full((4000, 3000), 255, np.uint8)
    canvas[:, 1500] = 0
    opened = np.asarray(open_picture(canvas))
    assert max(opened.shape) == limits.REDUCED_SIDE
    assert opened.min() < 255


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"])
@pytest.mark.parametrize("size", [(1500, 1300), (1100, 3), (7, 2000)])
def test_strips_are_reduced_to_the_bytes_of_a_whole_picture(mode, size, monkeypatch):
    monkeypatch.setattr(limits, "STRIP_PIXELS", 50_000)
    values = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 4), np.uint8)
    made = Image.fromarray(values).convert("L" if mode in "1PA" else "RGBA")
    image = made.convert("RGB").convert(mode) if mode in ("CMYK", "YCbCr") else made.convert(mode)
    opened = open_picture(image)
    kinds = {"1": "L", "P": "RGB", "PA": "RGBA", "CMYK": "RGB", "YCbCr": "RGB"}
    whole = image.convert(kind := kinds.get(mode, mode))
    if size[1] > 100 * size[0]:  # older versions of Pillow begin with the other side
        whole = whole.convert({"LA": "La", "RGBA": "RGBa"}.get(kind, kind))
        whole = whole.resize((size[0], opened.height), Image.Resampling.BOX)
    whole = whole.resize(opened.size, Image.Resampling.BOX).convert(kind)
    assert opened.mode == whole.mode
    assert max(opened.size) == limits.REDUCED_SIDE
    assert np.array_equal(opened, whole)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, bool])
@pytest.mark.parametrize("shape", [(1300, 1100), (3, 1300, 1100), (1100, 1300, 2), (2000, 7, 4)])
def test_strips_of_numbers_share_a_scale(dtype, shape, monkeypatch):
    values = np.random.default_rng(0).integers(0, 60_000, shape)
    array = values > 30_000 if dtype is bool else (values % 200 if dtype is np.uint8 else values)
    array = array.astype(dtype) / 7 if dtype is np.float32 else array.astype(dtype)
    whole = open_picture(array)
    monkeypatch.setattr(limits, "STRIP_PIXELS", 50_000)
    for same in (
        array,
        torch.from_numpy(array.astype(np.int32) if array.dtype == np.uint16 else array),
    ):
        assert np.array_equal(open_picture(same), whole)


def test_what_was_opened_can_be_opened_again():
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in ("JPEG", "PNG", "TIFF", "WEBP"):
        once = open_picture(image_file(Image.new("RGB", (40, 20), "white"), kind, exif=exif))
        assert once.size == (20, 40)  # Pillow itself turns TIFFs upright
        assert np.array_equal(open_picture(once), once)


# What is not a picture


def assert_sentence(message):
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 250


PNG = image_file(
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 50), dtype=np.uint8))
)


def bomb(width, height):
    """A PNG that claims to be huge."""
    header = struct.pack(">4sIIBBBBB", b"IHDR", width, height, 8, 0, 0, 0, 0)
    return PNG[:12] + header + struct.pack(">I", zlib.crc32(header)) + PNG[33:]


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (b"", "is empty"),
        (b"hello, I am a text", "not a picture of a known format"),
        (PNG[: len(PNG) // 2], "damaged or cut short"),
        (PNG[:20], "picture"),
        (bomb(30_000, 30_000), "too large"),
        (bomb(200_000, 200_000), "too large"),
        (np.broadcast_to(np.uint8(0), (30_000, 30_000)), "too large"),
        (np.full((5, 5), np.nan), "NaN"),
        (np.array([[1.0, np.inf]]), "infinite"),
        (np.zeros((0, 5)), "no pixels"),
        (np.zeros(5), "not a picture"),
        (np.zeros((5, 5, 7)), "not a picture"),
        (np.zeros((2, 2, 2, 2)), "not a picture"),
        (np.array([["a", "b"]]), "consists of numbers"),
        (np.zeros((3, 3), complex), "consists of numbers"),
        (torch.zeros(3, 3, dtype=torch.complex64), "complex"),
        (None, "NoneType"),
        (7, "'int'"),
        ({}, "dictionary"),
        ({"layers": 3}, "must be a list"),
        ({"layers": [np.zeros((5, 5))] * 1000}, "at most 50 layers"),
        ({"composite": {"composite": None}}, "is a dictionary"),
        (np.broadcast_to(np.uint8(0), (1, 60_000_000)), "too long"),
        (np.array([[None]]), "consists of numbers"),
        (io.StringIO("text"), "binary mode"),
    ],
)
def test_bad_pictures_give_one_clear_sentence(picture, words):
    with pytest.raises(PictureError, match=words) as error:
        open_picture(picture)
    assert_sentence(str(error.value))


def test_bad_paths_are_named(tmp_path):
    (tmp_path / "empty.png").touch()
    for path, words in (
        (tmp_path / "none.png", "There is no file"),
        (tmp_path, "is a folder"),
        (tmp_path / "empty.png", "'empty.png' is empty"),
        ("with\0nul.png", "no file|cannot be read"),
        ("x" * 5000, "no file|cannot be read"),
    ):
        with pytest.raises(PictureError, match=words):
            open_picture(path)


def test_a_file_that_is_too_large_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", 1000)
    file = io.BytesIO(bytes(5000))
    with pytest.raises(PictureError, match="too large"):
        open_picture(file)
    assert file.tell() <= 1001


def test_a_file_that_fails_while_it_is_read():
    class Broken:
        def read(self, _):
            raise ConnectionError("the line is dead")

    with pytest.raises(PictureError, match="the line is dead"):
        open_picture(Broken())


def framed_or_told(picture):
    """The framed picture, or None after an error in a sentence; there may not even be a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return frame(picture)
        except PictureError as error:
            assert_sentence(str(error))
    return None


HEADS = [b"", PNG[:33], b"GIF89a", b"BM", b"II*\0", b"P5 ", b"\xff\xd8\xff\xe0"]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(HEADS), st.binary(max_size=300))
def test_any_bytes_are_a_picture_or_a_sentence(head, tail):
    framed_or_told(head + tail)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, len(PNG) - 1), st.integers(0, 255))
def test_a_changed_byte_is_a_picture_or_a_sentence(at, value):
    content = bytearray(PNG)
    content[at] = value
    framed_or_told(content)


shapes = arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=24)


@settings(max_examples=100, deadline=None)
@given(arrays.arrays(arrays.scalar_dtypes(), shapes))
def test_any_array_is_framed_or_a_sentence(array):
    framed = framed_or_told(array)
    if framed is not None:
        assert framed.image.shape == (28, 28)
        assert (framed.problem is None) == bool(framed.image.any())


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (1, 500), (3000, 1), (2, 900), (28, 1)])
def test_extreme_shapes_are_framed(shape):
    random = np.random.default_rng(0)
    for array in (
        np.zeros(shape, np.uint8),
        random.integers(0, 256, shape, dtype=np.uint8),
        (random.random(shape) < 0.1) * np.uint8(255),
    ):
        assert framed_or_told(array).image.shape == (28, 28)
