"""The demo's tab "Look inside": what it holds, and how it follows the pen in Chromium."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

pytest.importorskip("gradio", reason="the extra demo is not installed")

from mnist_helpers.demo import build_demo
from mnist_helpers.demo.app import INSIDE_TITLE, TITLE
from mnist_helpers.demo.inside_maps import maps_of
from mnist_helpers.inside import feature_maps
from mnist_helpers.recognizer import DigitReader
from tests.conftest import written
from tools.browser import draw, draw_slowly, needs_chromium, serving, visitor
from tools.handwriting import PLAIN, in_a_row

URL = "data:image/png;base64,"


@pytest.fixture(scope="module")
def seven():
    return Image.open(io.BytesIO(written()))


# What it holds


def test_each_convolution_becomes_one_picture(recognizer, seven):
    prediction = recognizer.predict(seven)
    maps = maps_of(recognizer.model)(prediction)["maps"]
    layers = feature_maps(recognizer.model, torch.from_numpy(prediction.image))
    assert [one["filters"] for one in maps] == [len(layer) for layer in layers]
    assert [one["size"] for one in maps] == [layer.shape[-1] for layer in layers]
    for one, layer in zip(maps, layers, strict=True):
        picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(one["src"][len(URL) :]))))
        assert picture.max() == 255  # the largest value of the layer
        first = picture[1 : one["size"] + 1, 1 : one["size"] + 1]
        assert ((first > 0) == (layer[0] > 0.003 * layer.max()).numpy()).mean() > 0.9


def test_a_picture_without_ink_has_no_maps(recognizer):
    answer = recognizer.predict(Image.new("L", (100, 100), 255))
    assert maps_of(recognizer.model)(answer) == {"maps": []}


def test_the_answers_are_the_same_with_and_without_maps(recognizer, seven):
    plain = DigitReader(recognizer).read_picture(seven)
    inside = DigitReader(recognizer, maps_of(recognizer.model)).read_picture(seven)
    assert len(inside.pop("maps")) == 5
    assert inside == plain


def test_it_is_off_by_default_and_programs_are_offered_the_same(recognizer):
    plain, opened = (build_demo(recognizer, examples=[], inside=inside) for inside in (False, True))
    for demo, title, there in ((plain, TITLE, False), (opened, INSIDE_TITLE, True)):
        parts = [block["props"] for block in demo.config["components"]]
        assert any(part.get("label") == "Look inside" for part in parts) == there
        assert any(part.get("elem_id") == "inside" for part in parts) == there
        assert demo.title == title
        assert set(demo.get_api_info()["named_endpoints"]) == {"/read_drawing", "/read_picture"}


# In the page


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    with serving(folder, "demo", "--inside", "--no-browser") as (_, address):
        yield address


@pytest.fixture
def page(chromium, address):
    with visitor(chromium, address, height=900) as page:
        yield page


def look_inside(page):
    page.get_by_role("tab", name="Look inside").click()
    page.locator("#inside .inside").wait_for()


def wait_for_layers(page, n):
    page.locator(f"#inside [data-layers='{n}']").wait_for(state="attached", timeout=10_000)


@pytest.mark.slow
@needs_chromium
def test_the_answer_comes_first_and_the_maps_are_a_click_away(page):
    draw(page, page.locator("#pad canvas"), PLAIN[3])
    page.locator("#pred [data-digit='3']").wait_for(state="attached")
    look_inside(page)
    wait_for_layers(page, 5)
    captions = page.locator("#inside figcaption").all_inner_texts()
    assert captions[0] == "Convolution 1: 32 maps of 12 × 12"
    assert captions[-1] == "Convolution 5: 96 maps of 3 × 3"
    assert "reads 3 (sure)" in page.locator("#inside .words").inner_text()
    for picture in page.locator("#inside img").all():
        assert len(picture.get_attribute("alt").split()) >= 4
    page.locator("[data-do=clear]").click()
    wait_for_layers(page, 0)
    assert page.locator("#inside .words").inner_text().startswith("Draw a digit")
    page.get_by_role("tab", name="Answer").click()
    assert page.locator("#pred [data-digit]").get_attribute("data-digit") == ""
    # Of a number, the chosen digit's maps are shown.
    draw(page, page.locator("#pad canvas"), in_a_row("42"))
    page.locator("#pred [data-number='42']").wait_for(state="attached")
    page.locator("#pred .each button").nth(1).click()
    look_inside(page)
    page.locator("#inside .words", has_text="reads 2 (sure). Choose").wait_for()
    wait_for_layers(page, 5)


@pytest.mark.slow
@needs_chromium
def test_the_maps_follow_the_pen(page):
    look_inside(page)
    seen, canvas = [], page.locator("#pad canvas")
    is_new = "(seen) => { const map = document.querySelector('#inside .layers img'); "
    is_new += "return map && !seen.includes(map.src); }"
    for move, _ in enumerate(draw_slowly(page, canvas, PLAIN[2][0], pause=20)):
        if move in (3, 13, 15):  # so far, the stroke looks like a 1, a 7 and a 2
            page.wait_for_function(is_new, arg=seen, timeout=30_000)
            seen.append(page.locator("#inside .layers img").first.get_attribute("src"))
    assert len(set(seen)) == 3  # and the pen is still down
    page.mouse.up()


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("width", [360, 768])
def test_nothing_sticks_out_of_a_narrow_page(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    look_inside(page)
    draw(page, page.locator("#pad canvas"), PLAIN[7])
    wait_for_layers(page, 5)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for picture in page.locator("#inside .layers img").all():
        box = picture.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
