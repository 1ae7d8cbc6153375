"""A reader answers many visitors: large pictures take turns, drawings do not wait for them."""

import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from mnist_helpers._support import limits
from mnist_helpers.recognizer import DigitReader, answers
from mnist_helpers.recognizer.recognizer import DigitRecognizer
from tests.conftest import TURNABLE, side_by_side, turned_file, written


class Slow:
    """Reads as a recognizer does, but only once it may, and counts how many pictures it has."""

    def __init__(self):
        self.may, self.here, self.most = threading.Event(), 0, 0
        self._lock, self._recognizer = threading.Lock(), DigitRecognizer.load()

    def read(self, picture):
        with self._lock:
            self.here += 1
            self.most = max(self.most, self.here)
        self.may.wait(30)
        with self._lock:
            self.here -= 1
        return self._recognizer.read(picture)


@pytest.fixture
def slow():
    return Slow()


def wait_until(true):
    end = time.monotonic() + 30
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    assert true()


def test_two_pictures_are_read_at_a_time(slow):
    reader = DigitReader(slow)
    with ThreadPoolExecutor(6) as pool:
        waiting = [pool.submit(reader.read_picture, written()) for _ in range(6)]
        wait_until(lambda: slow.here == limits.DECODERS)
        slow.may.set()
        assert {one.result()["digit"] for one in waiting} == {7}
    assert slow.most == limits.DECODERS == 2


def test_who_waits_too_long_is_asked_to_come_again_but_drawings_are_read(slow, monkeypatch):
    monkeypatch.setattr(limits, "TURN_SECONDS", 0.01)
    reader = DigitReader(slow)
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(reader.read_picture, written()) for _ in range(2)]
        wait_until(lambda: slow.here == 2)
        answer = reader.read_picture(written())
        assert (answer["verdict"], answer["words"]) == ("error", answers.BUSY)
        url = answers._PNG_URL + answers.base64.b64encode(written()).decode()
        drawing = pool.submit(reader.read_drawing, url)
        wait_until(lambda: slow.here == 3)
        slow.may.set()
        assert [one.result()["digit"] for one in (*waiting, drawing)] == [7, 7, 7]


@pytest.mark.parametrize("kind", TURNABLE)
def test_a_digit_is_read_however_the_camera_was_held(kind, recognizer):
    picture = Image.open(io.BytesIO(written())).convert("RGB")
    files = [turned_file(picture, orientation, kind) for orientation in range(1, 9)]
    answers = [DigitReader(recognizer).read_picture(file) for file in files]
    assert {(answer["digit"], answer["verdict"]) for answer in answers} == {(7, "sure")}


def test_a_turn_ends_with_an_error(recognizer):
    reader = DigitReader(recognizer)
    for _ in range(5):
        assert reader.read_picture(b"no picture")["verdict"] == "error"


# Numbers


def test_each_digit_of_a_number_has_its_own_answer(recognizer):
    reader = DigitReader(recognizer, lambda prediction: {"more": prediction.digit})
    answer = reader.read_picture(side_by_side("7 crossed", "0 oval", "4 open"))
    nothing = [answer[key] for key in ("digit", "probabilities", "seen")]
    assert nothing == [None] * 3
    assert (answer["number"], answer["words"], answer["verdict"]) == ("704", "704", "sure")
    assert "more" not in answer
    assert [one["digit"] for one in answer["digits"]] == [7, 0, 4]
    for one in answer["digits"]:
        assert one["more"] == one["digit"]
        assert one["words"] == str(one["digit"])
        assert one["seen"].startswith("data:image/png;base64,")
        assert len(one["probabilities"]) == 10
    assert len({one["seen"] for one in answer["digits"]}) == 3
    lefts = [one["box"][0] for one in answer["digits"]]
    assert lefts == sorted(lefts)


def test_one_digit_is_answered_as_ever_and_is_a_number_of_one_digit(recognizer):
    answer = DigitReader(recognizer, lambda _: {"more": 1}).read_picture(written())
    (only,) = answer.pop("digits")
    assert answer.pop("number") == "7"
    assert answer.pop("more") == 1  # once is enough
    assert only.pop("box")
    assert only == answer
