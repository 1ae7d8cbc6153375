"""Takes the pictures of running apps that notebook 05 shows: notebooks/images/*-app.png.

python -m tools.screenshots    it takes half a minute; run notebook 03 first

The cells of the notebook run in this process, in its folder, so that the network of notebook 03
answers. Then a browser visits the apps, and does what a visitor would.
"""

import io
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import nbformat
from PIL import Image

from tools.browser import browser
from tools.links import ROOT, SETUP_TAG

if TYPE_CHECKING:
    import gradio as gr
    from playwright.sync_api import Page

FOLDER = ROOT / "notebooks"
PAUSE = 2_000  # milliseconds until an answer is there, and the bars have grown


def greet_ada(page: "Page") -> None:
    """Greet Ada with three exclamation marks."""
    page.get_by_label("name").fill("Ada")
    page.get_by_label("number input for excitement").fill("3")
    page.get_by_role("button", name="Submit").click()
    page.wait_for_timeout(PAUSE)


def submit_example(page: "Page", number: int) -> None:
    """Choose an example, wait until it is the app's picture, and submit it."""
    page.locator("button.gallery-item").nth(number).click()
    page.get_by_test_id("image").locator("img").wait_for()
    page.get_by_role("button", name="Submit").click()


def submit_black_on_white(page: "Page") -> None:
    """Submit the second example, and wait for the three labels."""
    submit_example(page, 1)
    page.locator("[data-testid$='-confidence-set']").nth(2).wait_for()
    page.wait_for_timeout(PAUSE)


@dataclass(frozen=True)
class Shot:
    """A picture: the title of the app, what a visitor does, and the height of the page."""

    title: str
    act: Callable[["Page"], None]
    height: int


SHOTS = {
    "greeting-app.png": Shot("Greeting", greet_ada, 290),
    "my-digits-app.png": Shot("My digits", submit_black_on_white, 510),
}


def run_apps(*, captions: bool = False) -> "dict[str, gr.Blocks]":
    """Run the cells of notebook 05 in this process; its apps by their titles, running."""
    import mnist_helpers.demo

    launch, apps = mnist_helpers.demo.launch, {}

    def launch_and_go_on(app: Any, **options: Any) -> None:
        launch(app, **options, block=False)
        apps[app.title] = app

    namespace: dict[str, Any] = {}
    with patch.object(mnist_helpers.demo, "launch", launch_and_go_on):
        for cell in nbformat.read(FOLDER / "05_gradio.ipynb", as_version=4).cells:
            if cell.cell_type == "code" and SETUP_TAG not in cell.metadata.get("tags", []):
                exec(cell.source.replace("captions = False", f"captions = {captions}"), namespace)
    return apps


def main() -> int:
    """Take all pictures, with few colours, so that their files are small."""
    os.chdir(FOLDER)
    with redirect_stdout(io.StringIO()):  # what the cells print
        apps = run_apps()
    with browser() as chromium:
        for name, shot in SHOTS.items():
            page = chromium.new_page(viewport={"width": 900, "height": shot.height})
            page.goto(str(apps[shot.title].local_url))
            shot.act(page)
            page.evaluate("window.scrollTo(0, 0)")
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(64)
            path = FOLDER / "images" / name
            picture.save(path, optimize=True)
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
