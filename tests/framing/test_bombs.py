"""Hostile pictures are refused before they are decoded, or decoded in bounded memory."""

import io
import json
import subprocess
import sys

import pytest
from PIL import Image

from mnist_helpers._support import limits
from mnist_helpers.framing import PictureError, open_picture
from mnist_helpers.framing.measuring import CountedFile, check_opened, first_picture
from tests.conftest import image_file
from tools.bombs import BOMBS, avif, jpeg, ordinary, png, tags, tiff, tiff_of_jpeg

# All others are refused.
READ = {
    *(
        f"PNG 8000, 8 bits, colour {kind}, interlace {both}"
        for kind in (2, 3, 6)
        for both in (0, 1)
    ),
    *(f"PNG 8000, {bits} bits, colour 0, interlace {both}" for bits in (1, 16) for both in (0, 1)),
    *(
        "PNG with EXIF",
        "PNG with EXIF in text",
        "TIFF of 8 bits of kind 1",
        "TIFF of 16 bits of kind 1",
        "TIFF turned",
        "TIFF, shared strips",
    ),
    *("GIF", "TGA", "TGA, 32 bits", "PFM"),
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads memory from /proc")
def test_a_hundred_bombs_are_refused_or_take_at_most_300_mb_more_than_a_photograph():
    command = [sys.executable, "-W", "error::ResourceWarning", "-m", "tools.bombs"]
    made = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    (name, verdict, words, usual), *lines = map(json.loads, made.stdout.splitlines())
    assert (name, verdict, words) == ("ordinary", "read", "a digit")
    found = {name: verdict for name, verdict, _, _ in lines}
    assert len(BOMBS) >= 100
    assert {name for name in BOMBS if found.get(name) == "read"} == READ
    assert all(words.endswith(".") for _, verdict, words, _ in lines if verdict == "refused")
    assert [(name, most) for name, _, _, most in lines if most > usual + 300_000_000] == []


@pytest.mark.parametrize(
    "name", [one for one in BOMBS if one.startswith(("JPEG with", "GIF with"))]
)
def test_pillow_does_not_take_hostile_files_apart(name, monkeypatch):
    """Whatever Pillow reads in pieces, it reads only so often: each costs Python a microsecond."""
    reads = []
    usual = CountedFile.read

    def counted(file, size=-1):
        reads.append(size)
        return usual(file, size)

    monkeypatch.setattr(CountedFile, "read", counted)
    with pytest.raises(PictureError):
        open_picture(BOMBS[name]())
    assert len(reads) <= 2 * limits.MAX_PIECES_TO_OPEN


def test_a_hundred_scans_are_still_read():
    assert open_picture(jpeg(50, 40, limits.MAX_SCANS - 1)).size == (50, 40)
    with pytest.raises(PictureError, match="so many scans"):
        open_picture(jpeg(50, 40, limits.MAX_SCANS))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("JPEG with scans and many pixels", "so many scans"),
        ("TIFF with a JPEG of scans", "A TIFF with a progressive JPEG"),
        ("TIFF with a JPEG not interleaved", "A TIFF with a progressive JPEG"),
        ("WebP in a million parts", "too many parts"),
        ("PNG with a large part", "too many parts"),
    ],
)
def test_work_and_memory_that_the_header_hides_are_found(name, words):
    with pytest.raises(PictureError, match=words):
        open_picture(BOMBS[name]())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (avif(7400), "takes 329 MB of memory"),
        (avif(1000, frames=60), "takes 360 MB of memory"),  # all but the last may be hidden
        (avif(10, frames=7000), "too many parts"),
    ],
    ids=["large", "many", "thousands"],
)
def test_an_avif_whose_frames_are_larger_than_it_says_is_refused(content, words):
    image = Image.new("RGB", (64, 64))
    image.format = "AVIF"
    check_opened(image, avif(5000))
    with pytest.raises(PictureError, match=words):
        check_opened(image, content)


def test_of_an_avif_with_a_film_only_the_first_picture_is_read():
    assert first_picture(b"\0\0\0\x20ftypavis...") == b"\0\0\0\x20ftypavif..."
    pictures = [Image.new("RGB", (40, 30), shade) for shade in ("white", "black")]
    if "AVIF" in Image.SAVE:
        film = image_file(pictures[0], "AVIF", save_all=True, append_images=pictures[1:])
        assert open_picture(film).getpixel((20, 15)) == pytest.approx((255, 255, 255), abs=2)


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("RGB", 3)])
def test_an_ordinary_tiff_of_jpegs_is_read(mode, channels):
    picture = image_file(Image.new(mode, (64, 48), "white"), "JPEG", subsampling=0)
    assert open_picture(tiff_of_jpeg(picture, 64, 48, channels)).size == (64, 48)
    content = image_file(Image.new(mode, (640, 480)), "TIFF", compression="jpeg")
    assert open_picture(content).mode == mode


def test_what_looks_like_scans_after_the_picture_does_not_count():
    film = b"\xff\xda" * 5000  # many phones append one
    assert open_picture(jpeg(50, 40, 9) + film).size == (50, 40)
    inside = b"\xff\xfe" + (len(film) + 2).to_bytes(2, "big") + film
    assert open_picture(jpeg(50, 40, 9, before=inside)).size == (50, 40)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("size", [(4000, 3000), (8192, 6144)])
def test_photographs_of_12_and_50_megapixels_are_measured_and_pass(size, progressive, monkeypatch):
    """They are not decoded here, which takes seconds."""
    loaded = []
    monkeypatch.setattr("mnist_helpers.framing.pictures._decode", loaded.append)
    open_picture(jpeg(*size, 10 if progressive else 0, kind=0xC2 if progressive else 0xC0))
    assert len(loaded) == 1


def test_a_page_of_a4_at_600_dpi_passes(monkeypatch):
    loaded = []
    monkeypatch.setattr("mnist_helpers.framing.pictures._decode", loaded.append)
    for content in (
        png(4960, 7016, 16, 2),
        png(4960, 7016, 16, 0),
        tiff(4960, 7016, bits=16, kind=1),
    ):
        open_picture(content)
    assert len(loaded) == 3


def test_tags_that_share_their_bytes_are_not_read():
    honest = tags(1, 100)
    for kind in ("JPEG", "PNG", "WEBP"):
        content = image_file(Image.new("RGB", (30, 20)), kind, exif=b"Exif\0\0" + honest)
        assert open_picture(content).size == (30, 20)
    content = image_file(Image.new("RGB", (30, 20)), "JPEG", exif=b"Exif\0\0" + tags(2000, 60_000))
    with pytest.raises(PictureError, match="too many parts"):
        open_picture(content)


def test_the_memory_is_told_before_it_is_taken():
    with pytest.raises(PictureError, match="takes 400 MB of memory, and 320 MB is the most"):
        open_picture(jpeg(7999, 7999))
    with pytest.raises(PictureError, match="decoding it takes 512 MB"):
        open_picture(tiff(8000, 8000, bits=32, kind=3))


def test_an_ordinary_photograph_is_read():
    assert open_picture(io.BytesIO(ordinary(2000, 1500))).size == (1024, 768)
