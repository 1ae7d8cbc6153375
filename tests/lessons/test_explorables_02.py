"""The explorables of notebook 02 in Chromium: they compute as PyTorch, by mouse, keys and touch."""

import base64
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from mnist_helpers.data import load_stand_in, normalize
from mnist_helpers.evaluate import predict
from mnist_helpers.lessons import explorables
from mnist_helpers.model import DigitCNN
from mnist_helpers.page import script_of
from mnist_helpers.share import ExportError, halve_weights, network_weights
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


def swipe(page, start, end):
    """Move a finger from a place on the screen to another one."""
    fingers = page.context.new_cdp_session(page)
    points = np.linspace(start, end, 6).tolist()
    for kind, (x, y) in zip(["touchStart", *["touchMove"] * 5], points, strict=True):
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(200)


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


def test_numbers_are_read_with_a_comma_and_what_is_none_gets_a_sentence(a_filter):
    _, frame = a_filter
    field = frame.get_by_label("Filter, row 2, column 2")
    for typed, kept in {"2,5": "2.5", "-1.256": "−1.26", "−3": "−3", "": "−3", "-": "−3"}.items():
        field.fill(typed)
        field.blur()
        assert field.input_value() == kept
    for typed in ("abc", "1e5", "10", "1 2", "Infinity"):
        field.fill(typed)
        assert said(frame).startswith(f"“{typed}” cannot be used. A number from −9 to 9")
        field.blur()
        assert field.input_value() == "−3"


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
    half = "Lit up (above 1.25, half of the most)"
    assert frame.locator(".lit").inner_text() == f"{half}: {places} of 676 places."
    field.fill("9")
    field.blur()
    assert field.input_value() == "9"
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
    page, frame, (_, complaints) = open_frame(chromium, filter_html, viewport=size, has_touch=True)
    widths = frame.locator("body").evaluate("body => [body.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1] <= 320
    plane = frame.locator(".plane").first
    box = plane.bounding_box()
    page.touchscreen.tap(box["x"] + 6.5 * box["width"] / 28, box["y"] + 6.5 * box["width"] / 28)
    assert said(frame).startswith("Row 5, column 5:")
    cell = box["width"] / 28
    frame_at = (box["x"] + 6.5 * cell, box["y"] + 6.5 * cell)
    swipe(page, frame_at, (frame_at[0] + 4 * cell, frame_at[1] + 12 * cell))
    assert said(frame).startswith("Row 17, column 9:")
    assert page.evaluate("scrollY") == 0
    paper = (box["x"] + 24 * cell, box["y"] + 25 * cell)
    swipe(page, paper, (paper[0], paper[1] - 60))
    assert page.evaluate("scrollY") > 0, "beside the frame, a finger moves the page"
    assert said(frame).startswith("Row 17, column 9:")
    holds = """(main) => [...main.querySelectorAll("*")]
        .filter((one) => getComputedStyle(one).touchAction === "none")
        .map((one) => one.className || one.tagName)"""
    held = set(frame.locator("main").evaluate(holds))
    assert held <= {"frame", "frame one", "around", "CANVAS"}
    assert plane.locator("canvas").evaluate("one => getComputedStyle(one).touchAction") == "auto"
    page.context.close()
    assert complaints == []


# A digit that is moved


def small_networks():
    """A CNN and an MLP that have learned the stand-in's digits for a moment."""
    torch.manual_seed(0)
    data = load_stand_in().train
    images = normalize(data.images)
    cnn = DigitCNN(channels=(4, 6), hidden=16)
    mlp = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 20), nn.ReLU(), nn.Dropout(), nn.Linear(20, 10)
    )
    for network in (cnn, mlp):
        optimizer = torch.optim.Adam(network.parameters(), 0.01)
        for _ in range(20):
            optimizer.zero_grad()
            functional.cross_entropy(network(images[:500]), data.labels[:500]).backward()
            optimizer.step()
    return {"CNN": cnn.eval(), "MLP": mlp.eval()}


@pytest.fixture(scope="module")
def networks():
    return small_networks()


@pytest.fixture(scope="module")
def move_html(networks):
    with pytest.MonkeyPatch.context() as patch:
        data = load_stand_in().train
        return html_of(patch, lambda: explorables.move_digits(networks, data))


@pytest.fixture
def a_digit(chromium, move_html):
    page, frame, (hosts, complaints) = open_frame(chromium, move_html)
    frame.locator("#said", has_text="says").wait_for()
    yield page, frame
    page.context.close()
    assert not hosts - {None, ""}
    assert complaints == []


def test_a_page_computes_as_pytorch_with_half_the_digits(chromium, networks):
    images = load_stand_in().train.images[:1000]
    page = chromium.new_page()
    page.add_script_tag(content=script_of("explorables/networks.js"))
    pixels = base64.b64encode(images.numpy().tobytes()).decode()
    script = """async ([weights, pixels]) => {
        const look = await openNetwork(weights);
        const bytes = Uint8Array.from(atob(pixels), (letter) => letter.charCodeAt(0));
        const starts = Array.from({ length: bytes.length / 784 }, (_, n) => 784 * n);
        return starts.map((from) => Array.from(look(bytes.subarray(from, from + 784))));
    }"""
    for network in networks.values():
        weights = halve_weights(network_weights(network, 0))
        found = np.array(page.evaluate(script, [weights, pixels]))
        with torch.inference_mode():
            wanted = network(normalize(images)).softmax(1).numpy()
        assert np.abs(found - wanted).max() < 0.002
        assert (found.argmax(1) == wanted.argmax(1)).all()
    page.close()


def test_the_output_with_both_networks_of_the_notebook_is_small(monkeypatch):
    torch.manual_seed(0)
    mlp = nn.Sequential(nn.Flatten(), nn.Linear(784, 136), nn.ReLU(), nn.Linear(136, 10))
    networks = {"CNN": DigitCNN(), "MLP": mlp}
    with torch.no_grad():
        for network in networks.values():  # trained weights vary more, and take more room
            for weight in network.parameters():
                weight.copy_(0.05 * torch.randn_like(weight))
    data = load_stand_in().train
    both = [one(normalize(data.images)).argmax(1) for one in networks.values()]
    # Their answers are the labels, so that they read some digits rightly.
    known = replace(data, labels=both[0]).subset(both[0] == both[1])
    html = html_of(monkeypatch, lambda: explorables.move_digits(networks, known))
    assert 600_000 < len(html.encode()) <= 650_000


def answers(frame):
    """What each network says, and its probability in percent as it is shown."""
    panels = frame.locator(".network")
    digits = panels.locator(".answer").all_inner_texts()
    parts = panels.locator(".first .percent").all_inner_texts()
    return list(zip(map(int, digits), parts, strict=True))


def expected(networks, image):
    with torch.inference_mode():
        rows = [one(normalize(image[None])).softmax(1)[0] for one in networks.values()]
    return [(int(row.argmax()), float(row.max())) for row in rows]


def test_keys_and_the_mouse_move_the_digit_and_both_networks_answer(a_digit, networks):
    page, frame = a_digit
    data = load_stand_in().train
    right = [
        one(normalize(data.images[:500])).argmax(1) == data.labels[:500]
        for one in networks.values()
    ]
    known = right[0] & right[1]
    picks = frame.get_by_role("group", name="Digit").get_by_role("button")
    picks.first.click()
    label = int(data.labels[:500][known].min())
    image = data.images[:500][known & (data.labels[:500] == label)][0]
    handle = frame.locator(".frame").and_(frame.get_by_role("application"))
    handle.focus()
    for shift in (1, 2):
        handle.press("ArrowUp")
        moved = image.roll(-shift, 0)
        for (digit, shown), (wanted, part) in zip(
            answers(frame), expected(networks, moved), strict=True
        ):
            assert digit == wanted
            assert shown == ("> 99 %" if part >= 0.995 else f"{round(100 * part)} %")
    assert said(frame).startswith("Moved up by 2: the CNN says ")
    for _ in range(9):
        handle.press("ArrowUp")
    top = int(image.amax(1).nonzero()[0])
    assert said(frame).startswith(f"Moved up by {min(top, 5)}:"), "no ink is lost"
    box, cell = handle.bounding_box(), frame.locator(".plane").first.bounding_box()["width"] / 28
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 20 + cell, box["y"] + 20 + min(top, 5) * cell, steps=4)
    page.mouse.up()
    assert said(frame).startswith("Moved right by 1:")
    frame.get_by_role("button", name="Back").click()
    assert said(frame).startswith("In the middle:")
    frame.get_by_role("button", name="Try every place").click()
    frame.locator("#said", has_text="Every place was tried: CNN right at ").wait_for()


def test_a_drawing_can_be_moved_too_and_an_empty_square_gets_a_sentence(a_digit):
    page, frame = a_digit
    frame.get_by_role("button", name="my drawing").click()
    frame.locator("#said", has_text="The square is empty. Draw a digit.").wait_for()
    frame.get_by_role("button", name="Try every place").click()
    assert frame.locator(".answer").all_inner_texts() == ["–", "–"]
    draw(page, frame.locator(".pad canvas"), PLAIN[7])
    frame.locator("#said", has_text="In the middle: the CNN says").wait_for()
    page.wait_for_timeout(300)
    handle = frame.locator(".frame").and_(frame.get_by_role("application"))
    handle.press("ArrowRight")
    assert said(frame).startswith("Moved right by 1:")
    assert frame.locator(".count").first.inner_text().startswith("the same answer at ")
    for _ in range(9):
        handle.press("ArrowRight")
    assert said(frame).endswith(" It goes no further.")
    handle.press("ArrowLeft")
    assert not said(frame).endswith(" It goes no further.")


def test_it_fits_a_small_screen_and_only_the_digit_holds_the_page(chromium, move_html):
    size = {"width": 320, "height": 600}
    page, frame, (_, complaints) = open_frame(chromium, move_html, viewport=size, has_touch=True)
    frame.locator("#said", has_text="says").wait_for()
    widths = frame.locator("body").evaluate("body => [body.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1] <= 320
    paper = frame.locator(".plane canvas").first
    assert paper.evaluate("one => getComputedStyle(one).touchAction") == "auto"
    handle = frame.locator(".frame").and_(frame.get_by_role("application"))
    assert handle.evaluate("one => getComputedStyle(one).touchAction") == "none"
    page.context.close()
    assert complaints == []


@pytest.mark.parametrize("damage", [lambda text: text[:400] + text[404:], lambda text: ""])
def test_a_damaged_network_gets_a_sentence(chromium, networks, damage):
    weights = halve_weights(network_weights(networks["MLP"], 0))
    weights["half"] = damage(weights["half"])
    data = {"labels": [], "pixels": "", "first": 0, "networks": {"MLP": weights}}
    page = chromium.new_page()
    page.set_content(explorables.explorable_page("move", "A digit", data))
    page.locator("#said", has_text="This page is damaged. Run the cell again.").wait_for()
    page.close()


# Without a browser


def test_networks_that_read_nothing_or_do_not_fit_a_page_are_refused():
    data = load_stand_in().train
    with torch.no_grad():
        blind = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
        for weight in blind.parameters():
            weight.zero_()
    with pytest.raises(ValueError, match="read no digit"):
        explorables.move_digits({"MLP": blind}, data.subset(data.labels > 0))
    with pytest.raises(ExportError, match="cannot compute this layer"):
        network_weights(nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.Tanh()), 0)
    large = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    with torch.no_grad():
        large[1].weight[0, 0] = 70_000
    with pytest.raises(ExportError, match="too large for half precision"):
        halve_weights(network_weights(large, 0))


def test_the_still_picture_counts_where_each_network_reads_the_moved_digit(networks):
    digit = load_stand_in().train.subset([0])
    counts = []
    for name, network in networks.items():
        figure = explorables.cnn._moved_figure({name: network}, digit)
        axis = figure.axes[-1]
        green = axis.images[0].get_array()
        left, right, below, above = map(round, np.add(axis.images[0].get_extent(), 0.5))
        assert green.shape == (below - above, right - left)
        for down in (above, 0, below - 1):
            moved = digit.images.roll((left, down), dims=(2, 1))
            correct = predict(network, replace(digit, images=moved)).correct[0]
            assert green[down - above, 0] == correct
        counts.append(axis.get_title())
        assert counts[-1] == f"{name}: right at {green.sum()} of {green.size}"
    assert len(counts) == 2


def test_half_precision_takes_less_than_half_the_room(networks):
    full = network_weights(networks["CNN"], 0)
    half = halve_weights(full)
    assert "data" not in half
    assert len(half["half"]) < 0.5 * len(full["data"])


@pytest.mark.parametrize("width", [275, 320])
def test_nothing_is_cut_off_in_a_narrow_column(chromium, filter_html, width):
    """A page of 320 pixels leaves about 275 for a cell."""
    size = {"width": width, "height": 600}
    page, frame, _ = open_frame(chromium, filter_html, viewport=size)
    assert frame.locator("body").evaluate("body => body.scrollWidth - innerWidth") <= 0
    page.close()
