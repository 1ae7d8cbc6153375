"""The explorables of notebook 02 in Chromium: they compute as PyTorch, by mouse, keys and touch."""

import re

import numpy as np
import pytest
import torch
from torch.nn import functional

from mnist_helpers.data import load_stand_in
from mnist_helpers.lessons import explorables
from tools.browser import draw, needs_chromium, watch
from tools.handwriting import PLAIN

pytestmark = [needs_chromium, pytest.mark.slow]
ROUNDED = 0.012  # what the rounding of a colour hides
TOP_EDGE = [[-1.0, -1.0, -1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]


def html_of(monkeypatch, call):
    """The HTML that a function displays."""
    shown = []
    monkeypatch.setattr(explorables.showing, "display", lambda data, raw: shown.append(data))
    call()
    (data,) = shown
    return data["text/html"]


def open_frame(chromium, html, **context):
    """A page with an explorable in it, its frame, and the errors of both."""
    page = chromium.new_context(**context).new_page()
    hosts, complaints = watch(page)
    page.set_content(html)
    frame = page.locator("iframe").content_frame
    frame.locator(".plane").first.wait_for()
    return page, frame, (hosts, complaints)


def said(frame):
    return frame.locator("#said").inner_text()


def digits():
    """A 7 and a 1 of the stand-in for MNIST, from 0 to 1."""
    data = load_stand_in().train
    return [data.images[data.labels == label][0].float() / 255 for label in (7, 1)]


# A filter


@pytest.fixture(scope="module")
def filter_html():
    with pytest.MonkeyPatch.context() as patch:
        seven, one = digits()
        kernel = torch.tensor(TOP_EDGE)
        show = explorables.filter_on_digits
        return html_of(patch, lambda: show({"the 7": seven, "a 1": one}, kernel, 7, 13))


@pytest.fixture
def a_filter(chromium, filter_html):
    page, frame, (hosts, complaints) = open_frame(chromium, filter_html)
    yield page, frame
    page.context.close()
    assert not hosts - {None, ""}
    assert complaints == []


def map_of(image, kernel):
    return functional.conv2d(image[None, None], torch.tensor(kernel)[None, None])[0, 0].numpy()


def shown_map(frame):
    """The colours of the map, 26×26; NaN where it is empty. Red above zero, blue below: -1 to 1."""
    script = """canvas => Array.from(
        canvas.getContext("2d").getImageData(0, 0, 26, 26).data)"""
    colours = frame.locator(".plane.empty canvas").evaluate(script)
    red, _, blue, opaque = np.reshape(colours, (26, 26, 4)).astype(float).transpose(2, 0, 1)
    parts = np.where(red >= blue, (255 - blue) / 212, (red - 255) / 222)
    return np.where(opaque > 0, parts, np.nan)


def test_the_filters_output_is_small(filter_html):
    assert len(filter_html.encode()) <= 200_000


def test_keys_move_the_filter_and_the_numbers_are_pytorchs(a_filter):
    _, frame = a_filter
    expected = map_of(digits()[0], TOP_EDGE)
    handle = frame.locator(".frame").first
    handle.focus()
    row, column = 7, 13
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowUp"):
        handle.press(key)
        column += (key == "ArrowRight") - (key == "ArrowLeft")
        row += (key == "ArrowDown") - (key == "ArrowUp")
        words = re.fullmatch(
            r"Row (\d+), column (\d+): the nine products add up to (.+)\.", said(frame)
        )
        assert (int(words[1]), int(words[2])) == (row, column)
        assert float(words[3].replace("−", "-")) == pytest.approx(expected[row, column], abs=0.006)
    assert np.isfinite(shown_map(frame)).sum() == 6, "the place at first and five more"
    for _ in range(30):
        handle.press("ArrowUp")
    assert said(frame).startswith("Row 0,"), "it stays on the digit"


def test_it_slides_over_the_digit_and_follows_every_change(a_filter):
    page, frame = a_filter
    page.emulate_media(reduced_motion="reduce")
    frame.get_by_role("button", name="Slide").click()
    seven, one = digits()
    assert said(frame).startswith("The map is full.")
    np.testing.assert_allclose(shown_map(frame), map_of(seven, TOP_EDGE) / 3, atol=ROUNDED)
    frame.get_by_role("button", name="a 1").click()
    np.testing.assert_allclose(shown_map(frame), map_of(one, TOP_EDGE) / 3, atol=ROUNDED)
    frame.get_by_label("Filter", exact=False).and_(frame.locator("select")).select_option("blur")
    np.testing.assert_allclose(shown_map(frame), map_of(one, [[0.1] * 3] * 3) / 0.9, atol=ROUNDED)
    field = frame.get_by_label("Filter, row 1, column 2")
    field.click()
    page.keyboard.type("-2.5")
    kernel = [[0.1, -2.5, 0.1], [0.1] * 3, [0.1] * 3]
    np.testing.assert_allclose(shown_map(frame), map_of(one, kernel) / 2.5, atol=ROUNDED)
    assert frame.locator("select").input_value() == "my own"
    places = int((map_of(one, kernel) > 1.25).sum())
    assert frame.locator(".lit").inner_text() == f"Lit up (above 1.25): {places} of 676 places."
    field.fill("99")
    field.blur()
    assert field.input_value() == "9", "no filter is stronger"
    frame.get_by_role("button", name="Empty").click()
    assert np.isfinite(shown_map(frame)).sum() == 1


def test_the_mouse_drags_the_frame_and_a_click_moves_it(a_filter):
    page, frame = a_filter
    plane = frame.locator(".plane").first.bounding_box()
    cell = plane["width"] / 28
    x, y = (plane["x"] + 14.5 * cell, plane["y"] + 8.5 * cell)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 3 * cell, y + 2 * cell, steps=4)
    page.mouse.up()
    assert said(frame).startswith("Row 9, column 16:")
    page.mouse.click(plane["x"] + 5.5 * cell, plane["y"] + 20.5 * cell)
    assert said(frame).startswith("Row 19, column 4:"), "its middle is where the mouse was"


def test_my_own_drawing_is_framed_and_an_empty_square_gets_a_sentence(a_filter):
    page, frame = a_filter
    frame.get_by_role("button", name="my drawing").click()
    assert said(frame) == "The square is empty. Draw a digit."
    page.emulate_media(reduced_motion="reduce")
    frame.get_by_role("button", name="Slide").click()
    assert not shown_map(frame).any()
    draw(page, frame.locator(".pad canvas"), PLAIN[7])
    frame.locator("#said", has_text="nine products").wait_for()
    page.wait_for_timeout(300)
    assert shown_map(frame).max() > 0.9
    frame.get_by_role("button", name="Clear").click()
    frame.locator("#said", has_text="The square is empty. Draw a digit.").wait_for()
    assert not shown_map(frame).any()


def test_a_finger_moves_the_frame_on_a_small_screen_and_elsewhere_it_moves_the_page(
    chromium, filter_html
):
    size = {"width": 320, "height": 600}
    page, frame, (_, complaints) = open_frame(
        chromium, filter_html, viewport=size, has_touch=True
    )
    widths = frame.locator("body").evaluate("body => [body.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1] <= 320
    plane = frame.locator(".plane").first
    box = plane.bounding_box()
    page.touchscreen.tap(box["x"] + 6.5 * box["width"] / 28, box["y"] + 6.5 * box["width"] / 28)
    assert said(frame).startswith("Row 5, column 5:")
    holds = """(main) => [...main.querySelectorAll("*")]
        .filter((one) => getComputedStyle(one).touchAction === "none")
        .map((one) => one.className || one.tagName)"""
    held = set(frame.locator("main").evaluate(holds))
    assert held <= {"frame", "frame one", "around", "CANVAS"}
    assert plane.locator("canvas").evaluate("one => getComputedStyle(one).touchAction") == "auto"
    page.context.close()
    assert complaints == []
