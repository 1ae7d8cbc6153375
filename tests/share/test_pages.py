"""The demo, the web service's page and the page in one file, in Chromium, as visitors see them.

What all three have in common is tested on all three. The page in one file looks like the web
service's, so that tests of nothing but looks need one of the two.
"""

import itertools
import re
from urllib.request import urlopen

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("gradio", reason="the extra demo is not installed")
pytest.importorskip("flask", reason="the extra web is not installed")

from mnist_helpers._support.limits import MAX_UPLOAD_BYTES
from mnist_helpers.page import example_pictures
from mnist_helpers.recognizer import load_network
from mnist_helpers.share import export_page, start_server
from tests.conftest import turned_file, written
from tools.browser import draw, draw_slowly, needs_chromium, serving, visit, watch
from tools.handwriting import PLAIN, STYLES, in_a_row

pytestmark = [pytest.mark.slow, needs_chromium]
KINDS = ("demo", "web", "one file")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("gradio")


@pytest.fixture(scope="module")
def addresses(tmp_path_factory, cache, recognizer):
    folder = tmp_path_factory.mktemp("pages")
    export_page(load_network()[0], load_network()[1]["min_energy"], folder / "digits.html")
    server = start_server(recognizer, port=None)
    with serving(folder, "demo", "--no-browser", GRADIO_TEMP_DIR=str(cache)) as (_, address):
        places = (address, server.address, (folder / "digits.html").as_uri())
        yield dict(zip(KINDS, places, strict=True))
    server.stop()


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def look(chromium):
    """Gives a browser's window of some options; the same options share a cache."""
    contexts = {}

    def look(**options):
        if (key := repr(options)) not in contexts:
            default = {"viewport": {"width": 1000, "height": 800}}
            contexts[key] = chromium.new_context(**default | options)
        return contexts[key].new_page()

    yield look
    for context in contexts.values():
        context.close()


@pytest.fixture
def open_page(look, addresses, kind):
    """Opens the page; at the end, it must have asked nobody else and logged no error."""
    opened = []

    def start(**options):
        page = look(**options)
        opened.append((page, *watch(page)))
        visit(page, addresses[kind])
        return page

    yield start
    for page, hosts, complaints in opened:
        page.close()
        assert hosts <= {"127.0.0.1", None}
        # Chromium itself complains of a refused request, and of a preview that it cannot show.
        assert [one for one in complaints if not one.startswith("Failed to load resource")] == []


@pytest.fixture
def page(open_page):
    return open_page()


in_the_demo = pytest.mark.parametrize("kind", ["demo"])
on_the_web = pytest.mark.parametrize("kind", ["web"])
each_look = pytest.mark.parametrize("kind", ["demo", "web"])


def test_the_page_in_one_file_is_the_web_services_with_another_reader(addresses):
    own = (
        r'(?s)(?<= action=")[^"]*|(?<=<footer>)[^.]*[.]|<script type="application/json".*?</script>'
        r"|(?<=const readPicture = ).*?return readPicture;"
    )
    web, lone = (urlopen(addresses[kind]).read().decode() for kind in ("web", "one file"))
    assert re.sub(own, "", web) == re.sub(own, "", lone)
    assert len(re.sub(own, "", web)) > 20_000


def digit(page):
    return page.locator("#pred [data-digit]").first.get_attribute("data-digit")


def wait_for(page, wanted):
    page.locator(f"#pred [data-digit='{wanted}']").wait_for(state="attached", timeout=30_000)


def draw_anew(page, strokes):
    canvas = page.locator("#pad canvas")
    if canvas.get_attribute("data-strokes") != "0":
        page.locator("[data-do=clear]").click()
        wait_for(page, "")
    draw(page, canvas, strokes)


def upload(page, kind, content, name="digit.png"):
    if kind == "demo":
        page.get_by_role("tab", name="Upload").click()
    place = "#picture input[type=file]" if kind == "demo" else "#file"
    file = {"name": name, "mimeType": "image/png", "buffer": content}
    page.locator(place).set_input_files(file)


# Drawing


@pytest.mark.parametrize(
    ("kind", "styles"),
    [("demo", ("plain", "small")), ("web", ("european",)), ("one file", ("small", "plain"))],
)
def test_the_ten_digits_are_read(page, kind, styles):
    for wanted, style in zip(range(10), itertools.cycle(styles)):
        draw_anew(page, STYLES[style][wanted])
        wait_for(page, wanted)
        page.wait_for_timeout(350)
        assert digit(page) == str(wanted)  # and it stays so


def test_a_number_and_each_of_its_digits(page, kind):
    draw(page, page.locator("#pad canvas"), in_a_row("402"))
    spoken = page.locator("#pred .aloud", has_text="4 0 2. Sure: ")  # once the answer stays
    spoken.wait_for(state="attached", timeout=30_000)
    assert digit(page) == ""
    assert page.locator("#pred .digit").inner_text() == "402"
    assert page.locator("#pred .words").inner_text().startswith("Sure: ")
    row = page.get_by_role("toolbar", name="The digits of the number").get_by_role("button")
    assert row.count() == 3
    squares = set()

    def is_chosen(place):
        pressed = [button.get_attribute("aria-pressed") for button in row.all()]
        assert pressed == [str(other == place).lower() for other in range(3)]
        assert page.locator("#pred .bars .first b").inner_text() == "402"[place]
        assert f"digit {place + 1} of 3" in page.locator("#pred .bars").get_attribute("aria-label")
        squares.add(page.locator("#pred .seen img").get_attribute("src"))

    is_chosen(0)
    row.nth(2).hover()
    is_chosen(2)
    row.nth(1).click()
    is_chosen(1)
    for key, place in (("ArrowRight", 2), ("ArrowRight", 2), ("Home", 0), ("End", 2)):
        page.keyboard.press(key)
        is_chosen(place)
        focused = page.get_by_role("button", name=f"Digit {place + 1} of 3: {'402'[place]} (")
        assert focused.evaluate("e => e === document.activeElement")
    assert len(squares) == 3
    draw_anew(page, PLAIN[7])
    wait_for(page, 7)
    assert not row.first.is_visible()


@each_look
def test_a_long_number_and_its_doubts_fit_a_phone(open_page):
    page = open_page(viewport={"width": 360, "height": 640})
    sure = {"digit": 1, "confidence": 0.99, "verdict": "sure", "words": "1"}
    unsure = {"digit": 4, "confidence": 0.6, "verdict": "unsure", "words": "4 or 9?"}
    words = "111111, then 4 or 9, then 4 or 9"
    answer = {"number": "11111144", "verdict": "unsure", "confidence": 0.35, "words": words}
    answer["digits"] = [one | {"probabilities": [0.1] * 10} for one in 6 * [sure] + 2 * [unsure]]
    tell = "answer => document.dispatchEvent(new CustomEvent('digit-answer', {detail: answer}))"
    page.evaluate(tell, answer)
    assert page.locator("#pred .words").inner_text() == f"Not sure: {words} (35 % for 11111144)."
    chosen = page.locator("#pred .each [aria-pressed=true]")
    assert chosen.get_attribute("aria-label") == "Digit 7 of 8: 4 or 9? (60 %)"  # the first unsure
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("#pred .digit").evaluate("e => e.scrollWidth <= e.clientWidth")
    assert len({one.bounding_box()["y"] for one in page.locator("#pred .each button").all()}) == 1


def test_where_there_is_no_digit_there_are_no_bars(page):
    posts = [[(0.4, 0.2), (0.35, 0.8)], [(0.65, 0.2), (0.6, 0.8)]]
    fence = [*posts, [(0.2, 0.4), (0.8, 0.4)], [(0.2, 0.6), (0.8, 0.6)]]
    draw(page, page.locator("#pad canvas"), fence)
    page.get_by_text("I see no digit").first.wait_for()
    page.wait_for_timeout(500)
    assert page.locator("#pred .answer").get_attribute("data-verdict") == "no digit"
    assert set(page.locator("#pred .percent").all_inner_texts()) == {""}
    assert page.locator("#pred .bars .first").count() == 0


def test_a_stroke_that_begins_beside_the_square_enters_it(page):
    canvas = page.locator("#pad canvas")
    draw(page, canvas, [[(-0.15, 0.17), (0.7, 0.17)], [(0.7, 0.17), (0.45, 0.85)]])
    wait_for(page, 7)
    assert canvas.get_attribute("data-strokes") == "2"
    assert page.evaluate("String(getSelection())") == ""
    # But nothing is drawn by one from far away, from a button, or without a pressed button.
    draw(page, canvas, [[(-0.3, 0.5), (0.5, 0.5)]])
    page.locator("[data-do=save]").hover()
    page.mouse.down()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 50, steps=5)
    page.mouse.up()
    draw(page, canvas, [[(-0.1, 0.5), (-0.1, 0.6)]])
    page.mouse.move(box["x"] + 50, box["y"] + 50, steps=5)
    assert canvas.get_attribute("data-strokes") == "2"


def test_the_bars_move_while_the_pen_is_down(page):
    canvas, bars = page.locator("#pad canvas"), page.locator("#pred .bars")
    looks_like, seen = {3: 1, 13: 7, 15: 2}, set()  # the stroke so far, after that many moves
    for move, _ in enumerate(draw_slowly(page, canvas, PLAIN[2][0], pause=20)):
        if move in looks_like:
            wait_for(page, looks_like[move])
            seen.add(bars.inner_text())
    assert len(seen) == 3  # and the pen is still down
    page.mouse.up()


def test_undo_and_clear(page):
    for name in ("undo", "clear", "save"):
        assert page.locator(f"[data-do={name}]").is_disabled()
    draw_anew(page, PLAIN[1])
    wait_for(page, 1)
    bar_and_hook = [[(0.3, 0.5), (0.7, 0.5)], [(0.3, 0.3), (0.3, 0.5)]]
    draw(page, page.locator("#pad canvas"), bar_and_hook)  # now it is a 4
    wait_for(page, 4)
    for _ in range(2):
        page.locator("[data-do=undo]").click()
    wait_for(page, 1)
    page.locator("[data-do=clear]").click()
    wait_for(page, "")
    assert page.locator("#pred .words").inner_text().startswith("Draw a digit")
    page.locator("[data-do=undo]").click()  # takes back the clearing
    wait_for(page, 1)


@in_the_demo
def test_a_drawing_can_be_saved(page, kind, recognizer):
    draw_anew(page, PLAIN[3])
    with page.expect_download() as download:
        page.locator("[data-do=save]").click()
    assert download.value.suggested_filename == "my-digit.png"
    assert recognizer.predict(download.value.path()).digit == 3


def test_every_example_is_read(page):
    buttons = page.locator("#pad .examples button")
    assert buttons.count() == 12
    for button in buttons.all():
        button.click()
        wait_for(page, re.search(r"\d", button.get_attribute("title"))[0])


def test_with_the_keyboard_alone(page):
    page.locator("#pad canvas").focus()
    for key, times in (("ArrowUp", 3), (" ", 1), ("ArrowDown", 22), (" ", 1)):
        for _ in range(times):
            page.keyboard.press(key)
    wait_for(page, 1)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.do") == "undo"
    page.keyboard.press("Enter")
    wait_for(page, "")


@each_look
def test_what_a_screen_reader_gets(page, kind):
    assert page.get_by_role("heading", name="Draw a digit").count() == 1
    assert page.locator("#pad canvas").get_attribute("aria-label").startswith("Drawing square")
    for name in ("Undo", "Clear", "Save"):
        assert page.get_by_role("button", name=name).count() == 1
    if kind != "demo":  # Gradio's own parts are Gradio's matter
        names = page.evaluate(
            """() => [...document.querySelectorAll("button, input, canvas, img:not([alt=''])")]
                .filter((e) => e.checkVisibility())
                .map((e) => e.ariaLabel || e.labels?.[0]?.textContent || e.textContent.trim()
                  || e.title || e.alt || e.querySelector("img")?.alt || "")"""
        )
        assert len(names) > 15
        assert all(names)
    draw_anew(page, PLAIN[7])
    page.get_by_text("7. Sure").wait_for(state="attached")


@in_the_demo
def test_drawing_leaves_no_file_behind(page, kind, cache):
    before = sorted(cache.rglob("*"))
    for wanted in (3, 5):
        draw_anew(page, PLAIN[wanted])
        wait_for(page, wanted)
    assert sorted(cache.rglob("*")) == before


# Pictures


def test_an_uploaded_picture_takes_the_place_of_the_drawing(page, kind):
    draw_anew(page, PLAIN[3])
    wait_for(page, 3)
    upload(page, kind, written("7 crossed"))
    wait_for(page, 7)
    if kind == "demo":
        page.get_by_role("tab", name="Draw").click()
        wait_for(page, 3)  # the drawing is still there, and is read again
    else:
        assert page.locator(".preview").is_visible()
        assert page.locator("#pad canvas").get_attribute("data-strokes") == "0"
    draw_anew(page, PLAIN[4])
    wait_for(page, 4)
    assert not page.locator(".preview").is_visible()
    if kind == "demo":
        page.get_by_role("tab", name="Upload").click()
        wait_for(page, 7)


@pytest.mark.parametrize(
    ("kind", "form"), [("demo", "JPEG"), ("demo", "TIFF"), ("one file", "WebP")]
)
def test_a_photograph_on_its_side_is_turned_upright(page, kind, form):
    seven = next(one for one in example_pictures() if "generated 7" in one.title)
    picture = seven.picture.convert("RGB")
    upload(page, kind, turned_file(picture, 6, form), f"photo.{form.lower()}")
    wait_for(page, 7)


def test_an_unreadable_file_gets_a_sentence_and_the_next_one_is_read(page, kind):
    upload(page, kind, written("7 crossed")[:60])
    page.locator("#pred [data-verdict=error]").wait_for(state="attached")
    assert "damaged" in page.locator("#pred .words").inner_text()
    assert "Traceback" not in page.content()
    assert digit(page) == ""
    if kind != "demo":
        upload(page, kind, written("0 slashed"))
        wait_for(page, 0)


@on_the_web
def test_a_file_that_is_too_large_is_not_even_sent(page, kind, tmp_path):
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.truncate(MAX_UPLOAD_BYTES + 1)
    page.locator("#file").set_input_files(large)
    page.get_by_text("The file is too large: at most 20 MB.").first.wait_for()


@on_the_web
def test_without_javascript_the_form_works(chromium, addresses, kind):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(addresses[kind])
    assert not page.locator("#pad").is_visible()
    for content, wanted in ((written("7 crossed"), "7"), (b"hello", "")):
        upload(page, kind, content)
        page.locator("button[type=submit]").click()
        page.locator(f".plain [data-number='{wanted}']").wait_for()
    assert "not a picture of a known format" in page.locator(".plain").inner_text()
    context.close()


# Screens


@pytest.mark.parametrize(
    ("kind", "scheme"),
    [("demo", "light"), ("demo", "dark"), ("web", "dark"), ("one file", "light")],
)
def test_on_a_phone_the_answer_is_in_sight_while_a_finger_draws(open_page, kind, scheme):
    size = {"width": 375, "height": 667}
    page = open_page(viewport=size, has_touch=True, is_mobile=True, color_scheme=scheme)
    box = page.locator("#pad canvas").bounding_box()
    finger = page.context.new_cdp_session(page)

    def touch(kind, points):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    before = page.evaluate("scrollY")
    for stroke in [[(-0.03, 0.2), *PLAIN[7][0][1:]]]:  # it begins beside the square
        points = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in stroke
        ]
        touch("touchStart", points[:1])
        for first, second in itertools.pairwise(points):
            for part in (0.25, 0.5, 0.75, 1):
                here = {k: first[k] + part * (second[k] - first[k]) for k in first}
                touch("touchMove", [here])
        touch("touchEnd", [])
    wait_for(page, 7)
    assert page.evaluate("scrollY") == before
    assert page.locator("#pred .digit").bounding_box()["y"] < size["height"]
    colour = "e => getComputedStyle(e).color.match(/\\d+/g).slice(0, 3).map(Number)"
    shades = page.locator("#pred .digit").evaluate(colour)
    assert min(shades) > 200 if scheme == "dark" else max(shades) < 100
    paper = "e => getComputedStyle(e).backgroundColor"
    assert page.locator("#pad canvas").evaluate(paper) == "rgb(255, 255, 255)"
    # And a finger that begins elsewhere moves the page.
    touch("touchStart", [{"x": 187, "y": 640}])
    for y in range(620, 400, -20):
        touch("touchMove", [{"x": 187, "y": y}])
    touch("touchEnd", [])
    page.wait_for_function("before => scrollY > before + 50", arg=before)


@each_look
@pytest.mark.parametrize("width", [360, 768])
def test_nothing_sticks_out_of_a_narrow_page(open_page, width):
    page = open_page(viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for place in ("#pad canvas", "#pred .answer", "#pred .bars"):
        box = page.locator(place).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_those_who_made_the_examples_are_named_and_a_click_keeps_the_drawing(page):
    draw_anew(page, PLAIN[1])
    wait_for(page, 1)
    link = page.get_by_role("link", name="MNIST")
    paragraph = link.locator("xpath=..")
    assert "by Yann LeCun, Corinna Cortes and Christopher J. C. Burges" in paragraph.inner_text()
    assert paragraph.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") < 16
    assert link.evaluate("e => getComputedStyle(e).paddingLeft") == "0px"
    page.context.route("http://yann.lecun.com/**", lambda route: route.fulfill(body="there"))
    with page.context.expect_page() as opened:
        link.click()
    opened.value.wait_for_load_state()
    assert opened.value.url == "http://yann.lecun.com/exdb/mnist/"
    assert opened.value.evaluate("window.opener") is None
    opened.value.close()
    assert digit(page) == "1"


@pytest.mark.parametrize("which", ["demo", "web"])
def test_a_server_that_is_gone_gets_a_sentence(chromium, tmp_path, which, recognizer):
    page = chromium.new_context().new_page()
    if which == "demo":
        with serving(tmp_path, "demo", "--no-browser") as (_, address):
            visit(page, address)
    else:
        server = start_server(recognizer, port=None)
        visit(page, server.address)
        server.stop()
    draw(page, page.locator("#pad canvas"), PLAIN[4])
    page.locator("#pred [data-verdict=error]").wait_for(state="attached")
    assert "still running" in page.locator("#pred .words").inner_text()
    page.context.close()
