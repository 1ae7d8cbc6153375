"""The page of the web service and the page in one file, in a real browser."""

import io

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("flask", reason="the extra web is not installed")

from mnist_helpers.recognizer import DigitRecognizer, load_network
from mnist_helpers.share import export_page, start_server
from mnist_helpers.share.web import MAX_UPLOAD_BYTES
from mnist_helpers.synthetic import draw_style
from tools.browser import browser, draw, needs_chromium, watch
from tools.handwriting import PLAIN, STYLES

pytestmark = [pytest.mark.slow, needs_chromium]


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def server():
    started = start_server(DigitRecognizer.load(), port=None)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def addresses(server, tmp_path_factory):
    """Both pages, by their names: that of the server, and that of a file on the disk."""
    path = tmp_path_factory.mktemp("page") / "digits.html"
    model, facts = load_network()
    export_page(model, facts["min_energy"], path)
    return {"web": server.address, "one file": path.as_uri()}


@pytest.fixture(params=["web", "one file"])
def address(request, addresses):
    return addresses[request.param]


@pytest.fixture
def page(chromium, address):
    context = chromium.new_context(viewport={"width": 1000, "height": 800})
    opened = context.new_page()
    hosts, complaints = watch(opened)
    opened.goto(address)
    yield opened
    context.close()
    assert hosts <= {"127.0.0.1", None}
    assert [text for text in complaints if "400 (BAD REQUEST)" not in text] == []


def answer_of(page):
    return page.locator("#pred [data-digit]").get_attribute("data-digit")


def wait_for(page, digit):
    page.locator(f"#pred [data-digit='{digit}']").wait_for()


def draw_anew(page, strokes):
    canvas = page.locator("#pad canvas")
    if canvas.get_attribute("data-strokes") != "0":
        page.locator("[data-do=clear]").click()
        wait_for(page, "")
    draw(page, canvas, strokes)


def png(style):
    file = io.BytesIO()
    Image.fromarray(255 - draw_style(style, np.random.default_rng(0))).save(file, "PNG")
    return {"name": f"{style}.png", "mimeType": "image/png", "buffer": file.getvalue()}


def test_the_ten_digits_in_three_styles(page):
    wrong = {}
    for style, digits in STYLES.items():
        for digit, strokes in digits.items():
            draw_anew(page, strokes)
            page.wait_for_timeout(500)
            if answer_of(page) != str(digit):
                wrong[style, digit] = answer_of(page)
    assert wrong == {}


def test_undo_and_clear(page):
    draw_anew(page, PLAIN[3])
    wait_for(page, 3)
    page.locator("[data-do=clear]").click()
    wait_for(page, "")
    page.locator("[data-do=undo]").click()
    wait_for(page, 3)


def test_an_uploaded_picture_takes_the_place_of_the_drawing(page):
    draw_anew(page, PLAIN[3])
    wait_for(page, 3)
    page.locator("#file").set_input_files(png("7 crossed"))
    wait_for(page, 7)
    assert page.locator("#pad canvas").get_attribute("data-strokes") == "0"
    assert page.locator(".preview").is_visible()
    draw_anew(page, PLAIN[4])
    wait_for(page, 4)
    assert not page.locator(".preview").is_visible()


def test_what_is_no_picture_gets_a_sentence_and_the_next_one_is_read(page):
    text = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"I am no picture."}
    page.locator("#file").set_input_files(text)
    page.get_by_text("is not a picture of a known format").first.wait_for()
    assert answer_of(page) == ""
    page.locator("#file").set_input_files(png("0 slashed"))
    wait_for(page, 0)


def test_all_examples_are_read(page):
    buttons = page.locator(".examples button")
    assert buttons.count() == 12
    for button in buttons.all():
        button.click()
        title = button.get_attribute("title")
        wait_for(page, next(letter for letter in title if letter.isdigit()))


def test_the_keyboard_draws(page):
    page.locator("#pad canvas").focus()
    for key in ["Space", *["ArrowDown"] * 20, "Space"]:
        page.keyboard.press(key)
    wait_for(page, 1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_answer_is_in_sight(chromium, address, scheme):
    context = chromium.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, color_scheme=scheme
    )
    page = context.new_page()
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    box = page.locator("#pred .digit").evaluate("e => e.parentElement.getBoundingClientRect().top")
    assert box < 700
    draw_anew(page, PLAIN[2])
    wait_for(page, 2)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 23, 42)"
    assert dark == (scheme == "dark")
    context.close()


def test_all_that_can_be_used_has_a_name(page):
    names = page.evaluate(
        """() => [...document.querySelectorAll("button, input, canvas, img:not([alt=''])")]
            .filter((e) => e.checkVisibility())
            .map((e) => e.ariaLabel || e.labels?.[0]?.textContent || e.textContent.trim()
              || e.title || e.alt || e.querySelector("img")?.alt || "")"""
    )
    assert len(names) > 15
    assert all(names)


# What only one of them does


def test_without_javascript_the_form_works(chromium, server):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server.address)
    assert not page.locator("#pad").is_visible()
    page.locator("#file").set_input_files(png("7 crossed"))
    page.locator("button[type=submit]").click()
    page.locator(".plain [data-digit='7']").wait_for()
    page.locator("#file").set_input_files(
        {"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"}
    )
    page.locator("button[type=submit]").click()
    said = page.locator(".plain [data-digit='']")
    said.wait_for()
    assert "not a picture of a known format" in said.inner_text()
    context.close()


def test_a_file_that_is_too_large_is_not_even_sent(chromium, server, tmp_path):
    page = chromium.new_context().new_page()
    page.goto(server.address)
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.truncate(MAX_UPLOAD_BYTES + 1)
    page.locator("#file").set_input_files(large)
    page.get_by_text("The file is too large: at most 20 MB.").first.wait_for()
    page.context.close()


def test_when_the_server_is_gone_the_page_says_so(chromium):
    server = start_server(DigitRecognizer.load(), port=None)
    page = chromium.new_context().new_page()
    page.goto(server.address)
    server.stop()
    draw(page, page.locator("#pad canvas"), PLAIN[1])
    page.get_by_text("No answer came. Is the program").first.wait_for()
    page.context.close()
