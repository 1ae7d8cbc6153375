"""The demo without a browser: what its handlers answer, its examples, its app."""

import base64
import io
import json
import struct

import numpy as np
import pytest
import torch
from PIL import Image

gr = pytest.importorskip("gradio", reason="the extra demo is not installed")

from mnist_helpers._support import limits  # noqa: E402
from mnist_helpers.data import DigitDataset  # noqa: E402
from mnist_helpers.page import Example, example_pictures  # noqa: E402
from mnist_helpers.recognizer import DigitReader  # noqa: E402
from tests.conftest import image_file, written  # noqa: E402

KEYS = {"digit", "confidence", "probabilities", "verdict", "number", "digits", "words", "seen"}


@pytest.fixture(scope="module")
def reader(recognizer):
    return DigitReader(recognizer)


def data_url(content: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def png_header(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)


# Reading


def test_a_drawing_is_read(reader, recognizer):
    answer = reader.read_drawing(data_url(written()))
    assert set(answer) == KEYS
    assert (answer["digit"], answer["verdict"], answer["words"]) == (7, "sure", "7")
    assert len(answer["probabilities"]) == 10
    assert answer["confidence"] == max(answer["probabilities"])
    json.dumps(answer)
    seen = base64.b64decode(answer["seen"].removeprefix("data:image/png;base64,"))
    wanted = recognizer.predict(written()).image
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(seen))), wanted)


def test_an_empty_drawing_has_no_answer(reader):
    assert reader.read_drawing("") is reader.read_drawing(None) is reader.read_picture(None) is None


@pytest.mark.parametrize(
    ("drawing", "words"),
    [
        (7, "must be a PNG"),
        ({"path": "/etc/passwd"}, "must be a PNG"),
        (["data:image/png;base64,"], "must be a PNG"),
        ("7", "must be a PNG"),
        ("/etc/passwd", "must be a PNG"),
        ("http://127.0.0.1/", "must be a PNG"),
        (data_url(b"x", "svg+xml"), "must be a PNG"),
        ("data:image/png;base64,", "damaged"),
        ("data:image/png;base64,%%%", "damaged"),
        (data_url(b"no picture at all"), "damaged"),
        (data_url(b"\x89PNG\r\n\x1a\n"), "damaged"),
        (data_url(png_header(30, 30)), "not a picture"),
        (data_url(image_file(Image.new("L", (30, 30)), "GIF")), "damaged"),
        ("data:image/png;base64," + "A" * limits.MAX_DRAWING_CHARACTERS, "too large"),
        (data_url(png_header(limits.MAX_DRAWING_SIDE + 1, 10)), "too large"),
        (data_url(png_header(30_000, 30_000)), "too large"),
    ],
)
def test_what_is_not_a_drawing_gets_a_sentence(reader, drawing, words):
    answer = reader.read_drawing(drawing)
    assert set(answer) == KEYS
    assert answer["verdict"] == "error"
    assert words in answer["words"]
    assert answer["words"].endswith(".")
    nothing = ("digit", "confidence", "probabilities", "number", "seen")
    assert [answer[key] for key in nothing] == [None] * 5
    assert answer["digits"] == []


def test_a_file_is_read_and_a_bad_one_gets_a_sentence_without_its_folder(reader, tmp_path):
    path = tmp_path / "seven.png"
    path.write_bytes(written())
    assert reader.read_picture(str(path))["digit"] == 7
    path.write_text("no picture")
    answer = reader.read_picture(str(path))
    assert answer["verdict"] == "error"
    assert str(tmp_path) not in answer["words"]


# Examples


def test_the_examples_are_the_same_every_time_and_all_are_read(recognizer):
    once, again = example_pictures(), example_pictures()
    assert [one.to_dict() for one in once] == [one.to_dict() for one in again]
    assert len(once) == 12
    for example in once:
        digit = next(c for c in example.title if c.isdigit())
        assert recognizer.predict(example.picture).words == digit, example.title


def test_digits_that_the_test_data_lack_are_left_out(monkeypatch):
    ones = DigitDataset(torch.zeros(2, 28, 28, dtype=torch.uint8), torch.tensor([3, 1]), "few")
    monkeypatch.setattr("mnist_helpers.page.examples.local_test_digits", lambda: ones)
    titles = [example.title for example in example_pictures() if "test digits" in example.title]
    assert titles == ["A 3 from the test digits"]


def test_a_pen_for_an_example_can_be_seen_on_its_paper():
    light = Example("light", Image.new("L", (9, 9), 230)).to_dict()
    dark = Example("dark", Image.new("RGB", (9, 9), (40, 10, 60))).to_dict()
    assert light["paper"] == "rgb(230, 230, 230)"
    assert dark["paper"] == "rgb(40, 10, 60)"
    assert light["ink"] != dark["ink"]


def test_without_mnist_the_examples_come_quietly_from_the_stand_in(alone, capfd):
    assert len(example_pictures()) == 12
    assert capfd.readouterr() == ("", "")
