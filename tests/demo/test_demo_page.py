"""The demo on a page of its own, in Chromium: started by its command, used as a visitor would."""

import io
import itertools
import re
import sys

import pytest
from PIL import Image

pytest.importorskip("gradio", reason="the extra demo is not installed")
pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from tools.browser import browser, draw, free_port, needs_chromium, running, visit, visitor
from tools.handwriting import PLAIN, STYLES

pytestmark = [pytest.mark.slow, needs_chromium]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("gradio")


@pytest.fixture(scope="module")
def address(tmp_path_factory, cache):
    port = free_port()
    command = [sys.executable, "-m", "mnist_helpers", "demo", "--no-browser", f"--port={port}"]
    folder = tmp_path_factory.mktemp("demo")
    with running(command, f"http://127.0.0.1:{port}/", folder, GRADIO_TEMP_DIR=str(cache)):
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


@pytest.fixture
def page(chromium, address):
    with visitor(chromium, address, height=760) as page:
        yield page


def digit(page):
    return page.locator("#pred [data-digit]").get_attribute("data-digit")


def words(page):
    return page.locator("#pred .words").inner_text()


def wait_for_digit(page, wanted):
    page.locator(f"#pred [data-digit='{wanted}']").wait_for(state="attached", timeout=30_000)


def settle(page):
    page.wait_for_timeout(350)


@pytest.mark.parametrize("style", STYLES)
def test_the_ten_digits_are_read(page, style):
    canvas, answers = page.locator("#pad canvas"), {}
    for wanted, strokes in STYLES[style].items():
        draw(page, canvas, strokes)
        settle(page)
        answers[wanted] = digit(page)
        page.locator("[data-do=clear]").click()
    assert answers == {wanted: str(wanted) for wanted in range(10)}


def test_the_bars_move_while_the_pen_is_down(page):
    box = page.locator("#pad canvas").bounding_box()
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in PLAIN[2][0]]
    page.mouse.move(*points[0])
    page.mouse.down()
    seen = set()
    for point in points[1:]:
        page.mouse.move(*point, steps=4)
        page.wait_for_timeout(150)
        seen.add(page.locator("#pred .bars").inner_text())
    assert len(seen) > 3
    wait_for_digit(page, 2)  # and the pen is still down
    page.mouse.up()


def test_undo_and_clear(page):
    canvas = page.locator("#pad canvas")
    for name in ("undo", "clear", "save"):
        assert page.locator(f"[data-do={name}]").is_disabled()
    draw(page, canvas, PLAIN[1])
    wait_for_digit(page, 1)
    draw(page, canvas, [[(0.3, 0.5), (0.7, 0.5)], [(0.3, 0.3), (0.3, 0.5)]])  # now it is a 4
    wait_for_digit(page, 4)
    for _ in range(2):
        page.locator("[data-do=undo]").click()
    wait_for_digit(page, 1)
    page.locator("[data-do=clear]").click()
    settle(page)
    assert digit(page) == ""
    assert words(page).startswith("Draw a digit")
    page.locator("[data-do=undo]").click()  # takes back the clearing
    wait_for_digit(page, 1)


def test_a_drawing_can_be_saved(page):
    draw(page, page.locator("#pad canvas"), PLAIN[3])
    with page.expect_download() as download:
        page.locator("[data-do=save]").click()
    assert download.value.suggested_filename == "my-digit.png"
    picture = Image.open(download.value.path())
    assert picture.format == "PNG"
    from mnist_helpers.recognizer import DigitRecognizer

    assert DigitRecognizer.load().predict(picture).digit == 3


def test_every_example_is_read(page):
    buttons = page.locator("#pad .examples button")
    assert buttons.count() == 12
    for button in buttons.all():
        button.click()
        wait_for_digit(page, re.search(r"\d", button.get_attribute("title"))[0])


def test_with_the_keyboard_alone(page):
    canvas = page.locator("#pad canvas")
    canvas.focus()
    for key, times in (("ArrowUp", 3), (" ", 1), ("ArrowDown", 22), (" ", 1)):
        for _ in range(times):
            page.keyboard.press(key)
    wait_for_digit(page, 1)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.do") == "undo"
    page.keyboard.press("Enter")
    settle(page)
    assert digit(page) == ""


def test_what_a_screen_reader_gets(page):
    assert page.get_by_role("heading", name="Draw a digit").count() == 1
    assert page.locator("#pad canvas").get_attribute("aria-label").startswith("Drawing square")
    for name in ("Undo", "Clear", "Save"):
        assert page.get_by_role("button", name=name).count() == 1
    draw(page, page.locator("#pad canvas"), PLAIN[7])
    page.wait_for_timeout(1200)
    status = page.locator("#pred [aria-live=polite]")
    assert status.text_content().startswith("7. Sure")


def png(picture):
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def upload(page, name, content):
    page.get_by_role("tab", name="Upload").click()
    file = {"name": name, "mimeType": "image/png", "buffer": content}
    page.locator("#picture input[type=file]").set_input_files(file)


def test_pictures_can_be_uploaded(page):
    from mnist_helpers.page import example_pictures

    nine = next(one for one in example_pictures() if "generated 9" in one.title)
    upload(page, "nine.png", png(nine.picture))
    wait_for_digit(page, 9)
    page.get_by_role("tab", name="Draw").click()
    settle(page)
    assert digit(page) == ""  # nothing is drawn there
    page.get_by_role("tab", name="Upload").click()
    wait_for_digit(page, 9)


def test_a_photograph_on_its_side_is_turned_upright(page):
    picture = Image.new("L", (200, 300), 240)
    from mnist_helpers.page import example_pictures

    seven = next(one for one in example_pictures() if "generated 7" in one.title)
    picture = seven.picture.convert("RGB").transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[274] = 6  # "turn it a quarter clockwise to show it"
    file = io.BytesIO()
    picture.save(file, "JPEG", exif=exif, quality=95)
    upload(page, "photo.jpg", file.getvalue())
    wait_for_digit(page, 7)


def test_an_unreadable_file_gets_a_sentence(chromium, address):
    """By itself: the browser complains in its console that it cannot show the file."""
    context = chromium.new_context()
    page = context.new_page()
    visit(page, address)
    upload(page, "broken.png", png(Image.new("L", (50, 50)))[:60])
    page.locator("#pred [data-verdict=error]").wait_for(state="attached")
    assert "damaged" in words(page)
    assert "Traceback" not in page.content()
    assert digit(page) == ""
    context.close()


def test_drawing_leaves_no_file_behind(page, cache):
    before = sorted(cache.rglob("*"))
    for wanted in (3, 5):
        draw(page, page.locator("#pad canvas"), PLAIN[wanted])
        settle(page)
        page.locator("[data-do=clear]").click()
    assert sorted(cache.rglob("*")) == before


def test_in_the_dark(chromium, address):
    context = chromium.new_context(color_scheme="dark")
    page = context.new_page()
    visit(page, address)
    draw(page, page.locator("#pad canvas"), PLAIN[5])
    wait_for_digit(page, 5)
    colour = "e => getComputedStyle(e).color.match(/\\d+/g).slice(0, 3).map(Number)"
    assert min(page.locator("#pred .digit").evaluate(colour)) > 200  # light on dark
    assert page.locator("#pad canvas").evaluate("e => getComputedStyle(e).backgroundColor") == (
        "rgb(255, 255, 255)"
    )
    context.close()


def test_with_a_finger_on_a_telephone(chromium, address):
    context = chromium.new_context(
        viewport={"width": 375, "height": 667}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    visit(page, address)
    box = page.locator("#pad canvas").bounding_box()
    finger = context.new_cdp_session(page)

    def touch(kind, points):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    before = page.evaluate("scrollY")
    for stroke in PLAIN[7]:
        points = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in stroke
        ]
        touch("touchStart", points[:1])
        for first, second in itertools.pairwise(points):
            for part in (0.25, 0.5, 0.75, 1):
                here = {k: first[k] + part * (second[k] - first[k]) for k in first}
                touch("touchMove", [here])
        touch("touchEnd", [])
    wait_for_digit(page, 7)
    assert page.evaluate("scrollY") == before
    # The answer is in sight while the finger draws.
    assert page.locator("#pred .digit").bounding_box()["y"] < 667
    context.close()


@pytest.mark.parametrize("width", [360, 420, 768])
def test_nothing_sticks_out_of_a_narrow_page(chromium, address, width):
    context = chromium.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    visit(page, address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for place in ("#pad canvas", "#pred .answer", "#pred .bars"):
        box = page.locator(place).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    context.close()


def test_a_server_that_is_gone_gets_a_sentence(chromium, tmp_path):
    port = free_port()
    command = [sys.executable, "-m", "mnist_helpers", "demo", "--no-browser", f"--port={port}"]
    context = chromium.new_context()
    page = context.new_page()
    with running(command, f"http://127.0.0.1:{port}/", tmp_path):
        visit(page, f"http://127.0.0.1:{port}/")
    draw(page, page.locator("#pad canvas"), PLAIN[4])
    page.locator("#pred [data-verdict=error]").wait_for(state="attached")
    assert "still running" in words(page)
    context.close()
