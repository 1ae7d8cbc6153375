"""The demo in a notebook's frame, in Chromium: whose app it shows, and how it looks there."""

import os

import pytest

gr = pytest.importorskip("gradio", reason="the extra demo is not installed")

from mnist_helpers._support import free_port  # noqa: E402
from mnist_helpers.demo import build_demo, launch, launching  # noqa: E402
from tests.conftest import run_python, written  # noqa: E402
from tools.browser import draw, needs_chromium  # noqa: E402
from tools.handwriting import PLAIN  # noqa: E402

pytestmark = pytest.mark.slow


@pytest.fixture
def cell(monkeypatch, recognizer):
    """Launches the demo as in a notebook's cell; gives the output, and ends the demos."""
    shown, started = [], []
    monkeypatch.setattr("IPython.display.display", lambda what, **_: shown.append(what))
    monkeypatch.setattr(launching, "in_notebook", lambda: True)
    monkeypatch.setattr(launching, "_running", {})
    for name in ("JUPYTERHUB_SERVICE_PREFIX", "VSCODE_PID", "VSCODE_PROXY_URI", "CODESPACE_NAME"):
        monkeypatch.delenv(name, raising=False)

    def run(number=1, port=None, examples=None):
        monkeypatch.setattr(launching, "_cell", lambda: number)
        app = build_demo(recognizer, examples=examples)
        launch(app, port=port)
        started.append(app)
        return app, shown.pop()["text/html"]

    yield run
    for app in started:
        if app.is_running:
            app.close(verbose=False)


@pytest.fixture
def page(chromium):
    with chromium.new_context(viewport={"width": 1000, "height": 760}) as context:
        page = context.new_page()
        page.clock.install()
        yield page


def show(page, *outputs):
    page.set_content("".join(f"<div>{output}</div>" for output in outputs))


def wait(page, seconds):
    """Let the page's clock go on, a second at a time; its requests take real time."""
    for _ in range(seconds):
        page.clock.run_for(1000)
        page.wait_for_timeout(40)


@needs_chromium
def test_each_frame_shows_the_app_of_its_own_cell(page, cell):
    (first, one), (second, two) = cell(1), cell(2)
    assert first.is_running
    show(page, one, two)
    for number, app in enumerate((first, second)):
        page.locator("iframe").nth(number).wait_for()
        frame = page.locator("iframe").nth(number).content_frame
        frame.locator("#pad canvas").wait_for()
        assert str(app.server_port) in page.locator("iframe").nth(number).get_attribute("src")
    again, three = cell(1)
    assert not first.is_running
    assert again.is_running
    assert second.is_running
    show(page, three)
    page.locator("iframe").wait_for()


@needs_chromium
def test_a_frame_never_shows_another_app_and_says_that_its_own_is_gone(page, cell):
    port = free_port()
    app, output = cell(port=port)
    show(page, output)
    page.locator("iframe").wait_for()
    app.close(verbose=False)
    cell(2, port=port)  # another answers there now
    wait(page, 20)
    assert page.locator("iframe").count() == 0
    assert "is gone" in page.content()
    show(page, output)  # the notebook is opened again
    wait(page, 10)
    assert page.locator("iframe").count() == 0
    assert "is gone" in page.content()
    assert page.locator("img").count() == 1


@needs_chromium
@pytest.mark.parametrize("kind", ["wide", "dark", "insecure"])
def test_all_of_the_demo_fits_its_frame(chromium, cell, kind):
    app, output = cell()
    look = {"color_scheme": "dark"} if kind == "dark" else {}
    with chromium.new_context(viewport={"width": 1000, "height": 900}, **look) as context:
        page = context.new_page()
        # A frame is only as secure as the page around it, and an empty page is not.
        if kind != "insecure":
            page.goto(f"{app.local_url}robots.txt")
        show(page, output)
        frame = page.locator("iframe").content_frame
        frame.locator("#pad canvas").wait_for()
        page.wait_for_timeout(500)
        height = frame.locator("html").evaluate("e => [e.scrollHeight, innerHeight]")
        assert height == [700, 700]
        frame.get_by_role("tab", name="Upload").click()
        buttons = frame.locator("[data-testid=source-select] button")
        buttons.first.wait_for()
        seen = [one.get_attribute("aria-label") for one in buttons.all() if one.is_visible()]
        assert ("Capture from camera" in seen) == (kind != "insecure")
        assert "Upload file" in seen


COUNT_OBSERVERS = """
window.observers = 0;
window.ResizeObserver = class extends ResizeObserver {
  observe(target) { observers += target.tagName === "CANVAS"; super.observe(target); }
};
"""


@needs_chromium
def test_the_square_watches_its_size_once_however_much_is_drawn(chromium, cell):
    app, _ = cell(examples=[])
    with chromium.new_context() as context:
        page = context.new_page()
        page.add_init_script(COUNT_OBSERVERS)
        page.goto(app.local_url)
        canvas = page.locator("#pad canvas")
        canvas.wait_for()
        draw(page, canvas, [[(0.3, 0.2), (0.7, 0.2), (0.4, 0.8)], [(0.3, 0.5), (0.6, 0.5)]])
        assert page.evaluate("observers") == 1


@needs_chromium
def test_a_late_answer_to_a_picture_is_not_shown_beside_the_square(chromium, cell):
    app, _ = cell(examples=[])
    with chromium.new_context(viewport={"width": 1000, "height": 760}) as context:
        page = context.new_page()
        page.goto(app.local_url)
        page.locator("#pad canvas").wait_for()
        draw(page, page.locator("#pad canvas"), PLAIN[3])
        answer = page.locator("#pred [data-digit]")
        page.locator("#pred [data-digit='3']").wait_for()
        page.get_by_role("tab", name="Upload").click()
        held = []
        hold = lambda route: route.continue_() if held else held.append(route)  # noqa: E731
        page.route("**/gradio_api/run/**", hold)
        seven = {"name": "seven.png", "mimeType": "image/png", "buffer": written()}
        page.locator("#picture input[type=file]").set_input_files(seven)
        while not held:
            page.wait_for_timeout(20)
        page.get_by_role("tab", name="Draw").click()
        page.locator("#pred [data-digit='3']").wait_for()
        page.locator("[data-do=clear]").click()
        page.locator("#pred [data-digit='']").wait_for()
        with page.expect_response("**/gradio_api/run/**"):
            held[0].continue_()
        page.wait_for_timeout(300)
        assert answer.get_attribute("data-digit") == ""


CALLS = """
import httpx
from gradio_client import Client
from mnist_helpers.demo import build_demo, launch
from mnist_helpers.recognizer import DigitRecognizer
from mnist_helpers.share import start_server

recognizer = DigitRecognizer.load()
demo = build_demo(recognizer, examples=[])
launch(demo, block=False)
assert Client(demo.local_url, verbose=False).predict("", api_name="/read_drawing") is None
demo.close(verbose=False)
server = start_server(recognizer, port=None)
assert httpx.post(server.address + "predict").status_code == 400
server.stop()
"""


def test_behind_a_schools_proxy_a_notebook_reaches_its_own_servers(closed_port):
    pytest.importorskip("flask", reason="the extra web is not installed")
    names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    environment = dict(os.environ) | dict.fromkeys(names, f"http://127.0.0.1:{closed_port}")
    environment = {k: v for k, v in environment.items() if k.lower() != "no_proxy"}
    process = run_python(CALLS, env=environment, timeout=120)
    assert process.returncode == 0, process.stderr
