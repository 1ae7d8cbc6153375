"""The explorable of notebook 11 in Chromium: a number is cut by mouse, keys and touch."""

import re
from html import escape

import numpy as np
import pytest
import torch

from mnist_helpers.data import load_stand_in
from mnist_helpers.lessons import explorables
from mnist_helpers.lessons.explorables import numbers
from mnist_helpers.model import DigitCNN
from mnist_helpers.recognizer import DigitRecognizer
from mnist_helpers.share import halve_weights, network_weights
from tools.browser import needs_chromium, watch

pytestmark = [needs_chromium, pytest.mark.slow]


@pytest.fixture(scope="module")
def made(recognizer):
    """The HTML of the explorable, and the numbers in it with their ink."""
    shown, kept = [], []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explorables.showing, "display", lambda data, raw: shown.append(data))
        figure = numbers._cut_figure
        patch.setattr(numbers, "_cut_figure", lambda pairs: kept.extend(pairs) or figure(pairs))
        explorables.cut_two_digits(recognizer, load_stand_in().test, 1)
    return shown[0]["text/html"], kept


@pytest.fixture
def shown(chromium, made):
    page = chromium.new_context(viewport={"width": 900, "height": 900}).new_page()
    hosts, complaints = watch(page)
    page.set_content(made[0])
    frame = page.locator("iframe").content_frame
    frame.locator(".knife").wait_for()
    yield page, frame
    page.context.close()
    assert not hosts - {None, ""}
    assert complaints == []


def said(frame):
    assert frame.locator("#said").inner_text() == frame.locator(".told").inner_text()
    return frame.locator(".told").inner_text()


def column(frame):
    return int(frame.locator(".knife").get_attribute("aria-valuenow"))


def widths(frame):
    """How likely each digit is, of both pieces: shape (2, 10), from the bars."""
    script = "bars => bars.map((bar) => parseFloat(bar.style.width))"
    return np.reshape(frame.locator(".bars i").evaluate_all(script), (2, 10)) / 100


def test_the_output_is_small_and_its_numbers_are_read_rightly(made, recognizer):
    html, pairs = made
    weights = halve_weights(network_weights(recognizer.model, 0))
    assert len(html.encode()) - len(weights["half"]) < 140_000  # a network of 03 has 253,000
    assert len(html.encode()) <= 650_000
    assert 2 <= len(pairs) <= 5
    assert [pair["good"] for pair in pairs] == sorted((p["good"] for p in pairs), reverse=True)
    for pair in pairs:
        assert recognizer.read(255 - pair["ink"]).number == pair["number"]
        answers = recognizer.predict_framed(numbers._halves(pair["ink"], np.array(pair["path"])))
        assert "".join(str(one.digit) for one in answers) == pair["number"]


def test_the_still_picture_shows_the_line_where_it_lies_at_first(shown, made):
    _, frame = shown
    (line,) = numbers._cut_figure(made[1]).axes[0].lines
    assert line.get_xdata()[0] + 0.5 == column(frame)
    assert frame.locator(".knife").is_visible()


def test_keys_move_the_cut_and_the_network_says_what_it_says_in_python(shown, made, recognizer):
    _, frame = shown
    ink, knife = made[1][0]["ink"], frame.locator(".knife")
    first = column(frame)
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowUp"):
        knife.press(key)
    assert column(frame) == first + 1
    box = frame.locator(".number").bounding_box()
    for part in (0.3, 0.45, 0.6):
        frame.locator(".number").click(position={"x": part * box["width"], "y": 20})
        knife.press("ArrowRight")
        halves = numbers._halves(ink, np.full(len(ink), column(frame)))
        expected = [one.probabilities for one in recognizer.predict_framed(halves)]
        digits = [one.argmax() for one in expected]
        if 7 not in digits:  # which the reader doubts
            np.testing.assert_allclose(widths(frame), expected, atol=0.01)
        assert said(frame).startswith(f"Column {column(frame)}: {digits[0]} on the left")
    frame.locator(".number").click(position={"x": box["width"] - 2, "y": 20})
    assert column(frame) == int(knife.get_attribute("aria-valuemax"))


def test_the_mouse_drags_the_cut_and_a_click_moves_it(shown):
    page, frame = shown
    plane, before = frame.locator(".number").bounding_box(), column(frame)
    box = frame.locator(".knife").bounding_box()
    x, y = box["x"] + 1, box["y"] + 60
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 90, y, steps=4)
    page.mouse.up()
    assert column(frame) > before + 8
    page.mouse.click(plane["x"] + plane["width"] / 2, plane["y"] + 20)
    cells = int(frame.locator(".number canvas").get_attribute("width"))
    assert column(frame) == pytest.approx(cells / 2, abs=1)


def test_every_column_is_tried_and_the_readers_cut_is_shown(shown, made):
    _, frame = shown
    frame.get_by_role("button", name="Try every column").click()
    frame.locator(".told", has_text="cuts:").wait_for()
    tried, good = map(int, re.match(r"(\d+) cuts: .* correctly at (\d+)\.", said(frame)).groups())
    assert frame.locator(".tries .right").count() == good
    named = re.search(r"At (\d+) others(?: \(column ([\d, ]+)(?:, …)?\))?,", said(frame))
    assert (named[2] or "").count(",") == max(0, min(5, int(named[1])) - 1)
    assert frame.locator(".tries .right, .tries .wrong").count() == tried
    frame.get_by_role("button", name="Show the reader's cut").click()
    pair = made[1][0]
    assert said(frame).startswith(f"The reader cuts along a path and reads {pair['words']}: ")
    assert said(frame).endswith("Both are right.")
    assert not frame.locator(".knife").is_visible()
    frame.get_by_role("group", name="Number").get_by_role("button").last.click()
    assert frame.locator(".knife").is_visible()


def test_a_finger_cuts_on_a_small_screen_and_moves_the_page_elsewhere(chromium, made):
    size = {"width": 320, "height": 700}
    page = chromium.new_context(viewport=size, has_touch=True).new_page()
    _, complaints = watch(page)
    page.set_content(made[0])
    frame = page.locator("iframe").content_frame
    frame.locator(".number").tap(position={"x": 130, "y": 40})
    assert column(frame) > 20
    sides = frame.locator("body").evaluate("body => [body.scrollWidth, innerWidth]")
    assert sides[0] <= sides[1] <= 320
    # A function: text would be evaluated in the page, whose policy forbids it.
    page.frames[1].wait_for_function(
        "() => document.documentElement.scrollHeight === innerHeight", polling=100
    )
    holds = """(main) => [...main.querySelectorAll("*")]
        .filter((one) => getComputedStyle(one).touchAction === "none")
        .map((one) => one.className)"""
    assert frame.locator("main").evaluate(holds) == ["frame knife"]
    page.context.close()
    assert complaints == []


def test_a_damaged_network_gets_a_sentence(chromium, made):
    page = chromium.new_page()
    _, complaints = watch(page)
    page.set_content(made[0].replace(escape('"half":"'), escape('"half":"AA')))
    words = page.locator("iframe").content_frame.locator("#said", has_text="damaged")
    words.wait_for()
    assert words.inner_text() == "This page is damaged. Run the cell again."
    page.close()
    assert complaints == []


def test_a_network_that_reads_no_number_can_be_watched_all_the_same(chromium):
    torch.manual_seed(0)
    recognizer = DigitRecognizer(DigitCNN((2, 2), hidden=4).eval(), 0)
    with pytest.MonkeyPatch.context() as patch:
        shown = []
        patch.setattr(explorables.showing, "display", lambda data, raw: shown.append(data))
        patch.setattr(numbers, "TRIED", 8)
        explorables.cut_two_digits(recognizer, load_stand_in().test, 1)
    page = chromium.new_page()
    _, complaints = watch(page)
    page.set_content(shown[0]["text/html"])
    frame = page.locator("iframe").content_frame
    frame.get_by_role("button", name="Show the reader's cut").click()
    assert said(frame).startswith("Here, the reader does not read ")
    assert frame.locator(".knife").is_visible()
    page.close()
    assert complaints == []
