"""The demo's tab "Look inside": what it holds, and how it follows the pen in Chromium."""

import base64
import io
import sys

import numpy as np
import pytest
import torch
from PIL import Image

pytest.importorskip("gradio", reason="the extra demo is not installed")

from mnist_helpers.demo import build_demo
from mnist_helpers.demo.app import INSIDE_TITLE, TITLE
from mnist_helpers.demo.inside_maps import maps_of
from mnist_helpers.inside import feature_maps
from mnist_helpers.page import example_pictures
from mnist_helpers.recognizer import DigitReader, DigitRecognizer
from mnist_helpers.synthetic import draw_style
from tools.browser import browser, draw, free_port, needs_chromium, running, visit, visitor
from tools.handwriting import PLAIN

URL = "data:image/png;base64,"


@pytest.fixture(scope="module")
def recognizer():
    return DigitRecognizer.load()


@pytest.fixture(scope="module")
def seven():
    return Image.fromarray(255 - draw_style("7 crossed", np.random.default_rng(0)))


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


def test_the_answers_are_the_same_with_and_without_maps(recognizer, seven, tmp_path):
    path = tmp_path / "seven.png"
    seven.save(path)
    plain = DigitReader(recognizer).read_picture(str(path))
    inside = DigitReader(recognizer, maps_of(recognizer.model)).read_picture(str(path))
    assert len(inside.pop("maps")) == 5
    assert inside == plain


def test_it_is_off_by_default(recognizer):
    plain = build_demo(recognizer, examples=[])
    opened = build_demo(recognizer, examples=[], inside=True)
    labels = [
        [block["props"].get("label") for block in demo.config["components"]]
        for demo in (plain, opened)
    ]
    assert "Look inside" not in labels[0]
    assert "Look inside" in labels[1]
    assert (plain.title, opened.title) == (TITLE, INSIDE_TITLE)
    assert not any(
        block["props"].get("elem_id") == "inside" for block in plain.config["components"]
    )


def test_both_demos_offer_programs_the_same(recognizer):
    plain, opened = (
        build_demo(recognizer, examples=[], inside=inside).get_api_info()["named_endpoints"]
        for inside in (False, True)
    )
    assert set(plain) == set(opened) == {"/read_drawing", "/read_picture"}


# In the page


pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
in_browser = [pytest.mark.slow, needs_chromium]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    port = free_port()
    command = [sys.executable, "-m", "mnist_helpers", "demo", "--inside", "--no-browser"]
    folder = tmp_path_factory.mktemp("demo")
    with running([*command, f"--port={port}"], f"http://127.0.0.1:{port}/", folder):
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


@pytest.fixture
def page(chromium, address):
    with visitor(chromium, address, height=900) as page:
        yield page


def look_inside(page):
    page.get_by_role("tab", name="Look inside").click()
    page.locator("#inside .inside").wait_for()


def wait_for_layers(page, n):
    page.locator(f"#inside [data-layers='{n}']").wait_for(state="attached", timeout=10_000)


def first_picture(page):
    return page.locator("#inside .layers img").first.get_attribute("src")


@pytest.mark.usefixtures("recognizer")
class TestPage:
    pytestmark = in_browser

    def test_the_answer_comes_first_and_the_maps_are_a_click_away(self, page):
        draw(page, page.locator("#pad canvas"), PLAIN[3])
        page.locator("#pred [data-digit='3']").wait_for(state="attached")
        look_inside(page)
        wait_for_layers(page, 5)
        captions = page.locator("#inside figcaption").all_inner_texts()
        assert captions[0] == "Convolution 1: 32 maps of 12 × 12"
        assert captions[-1] == "Convolution 5: 96 maps of 3 × 3"
        assert "reads 3 (sure)" in page.locator("#inside .words").inner_text()

    def test_the_maps_follow_the_pen(self, page):
        look_inside(page)
        box = page.locator("#pad canvas").bounding_box()
        points = [
            (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in PLAIN[2][0]
        ]
        page.mouse.move(*points[0])
        page.mouse.down()
        seen = set()
        for point in points[1:]:
            page.mouse.move(*point, steps=4)
            page.wait_for_timeout(250)
            if page.locator("#inside .layers img").count():
                seen.add(first_picture(page))
        assert len(seen) > 2  # and the pen is still down
        page.mouse.up()

    def test_clearing_clears_the_maps_and_the_answer_is_still_there(self, page):
        look_inside(page)
        draw(page, page.locator("#pad canvas"), PLAIN[7])
        wait_for_layers(page, 5)
        page.get_by_role("tab", name="Answer").click()
        assert page.locator("#pred [data-digit]").get_attribute("data-digit") == "7"
        page.locator("[data-do=clear]").click()
        look_inside(page)
        wait_for_layers(page, 0)
        assert page.locator("#inside .words").inner_text().startswith("Draw a digit")

    def test_an_uploaded_picture_has_maps_too(self, page):
        look_inside(page)
        nine = next(one for one in example_pictures() if "generated 9" in one.title)
        file = io.BytesIO()
        nine.picture.save(file, "PNG")
        page.get_by_role("tab", name="Upload").click()
        upload = {"name": "nine.png", "mimeType": "image/png", "buffer": file.getvalue()}
        page.locator("#picture input[type=file]").set_input_files(upload)
        wait_for_layers(page, 5)
        page.get_by_text("reads 9").wait_for()

    def test_every_picture_has_words(self, page):
        look_inside(page)
        draw(page, page.locator("#pad canvas"), PLAIN[5])
        wait_for_layers(page, 5)
        for picture in page.locator("#inside img").all():
            assert len(picture.get_attribute("alt").split()) >= 4

    @pytest.mark.parametrize("width", [360, 768])
    def test_nothing_sticks_out_of_a_narrow_page(self, chromium, address, width):
        context = chromium.new_context(viewport={"width": width, "height": 800})
        page = context.new_page()
        visit(page, address)
        look_inside(page)
        draw(page, page.locator("#pad canvas"), PLAIN[7])
        wait_for_layers(page, 5)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for picture in page.locator("#inside .layers img").all():
            box = picture.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
        context.close()
