"""Notebooks in a real JupyterLab: opened in Chromium, run from the menu by clicks."""

import json
import os
import shutil
import time
from urllib.parse import urlsplit

import nbformat
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from mnist_helpers.lessons.explorables import showing
from tests.conftest import run_python
from tools.browser import (
    ROOT,
    draw,
    jupyterlab,
    needs_chromium,
    open_notebook,
    run_all_cells,
    watch,
)
from tools.handwriting import PLAIN

pytestmark = [pytest.mark.slow, needs_chromium]

DEMO = """\
from mnist_helpers.demo import build_demo, launch
from mnist_helpers.recognizer import DigitRecognizer

launch(build_demo(DigitRecognizer.load(), examples=[]))"""


@pytest.fixture(scope="module")
def window(chromium):
    """A window of Chromium, whose pages share a cache."""
    with chromium.new_context(viewport={"width": 1400, "height": 1000}) as context:
        yield context


@pytest.fixture
def page(window):
    with window.new_page() as page:
        yield page


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab with the first notebook; gives the notebook's file and its address."""
    folder = tmp_path_factory.mktemp("lab")
    settings = folder / "config/jupyter_server_config.json"
    settings.parent.mkdir()
    settings.write_text('{"ServerApp": {"allow_remote_access": true}}')  # by a name of its own
    first = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))[0]
    with jupyterlab(folder, first) as address:
        yield folder / "project/notebooks" / first.name, address


def saved(notebook):
    """The code cells as last saved; none if the file is only half written."""
    try:
        cells = nbformat.read(notebook, as_version=4).cells
    except (OSError, json.JSONDecodeError, nbformat.reader.NotJSONError):
        return []
    return [cell for cell in cells if cell.cell_type == "code"]


def write(path, *cells):
    """Write a notebook."""
    notebook = nbformat.v4.new_notebook(cells=cells)
    # Without a kernel's name, JupyterLab would ask for one.
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(notebook, path)
    return path


def wait_for_the_last_cell(page, notebook, seconds=300):
    """Wait until every cell has its number.

    The saved file is read, because the page does not hold the cells that are out of sight.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        page.wait_for_timeout(1000)
        page.keyboard.press("ControlOrMeta+s")
        page.wait_for_timeout(500)
        cells = saved(notebook)
        outputs = [output for cell in cells for output in cell.outputs]
        errors = [f"{o.ename}: {o.evalue}" for o in outputs if o.output_type == "error"]
        assert errors == []
        if cells and all(cell.execution_count for cell in cells):
            return cells
    raise AssertionError("the notebook did not end")


def embedded_demo(page, number=0):
    """The frame of an embedded demo, brought into view, and the demo in it."""
    element = page.locator(".jp-OutputArea-output iframe[title='Draw a digit']").nth(number)
    element.wait_for(state="attached")
    element.content_frame.locator("#pad canvas[data-strokes]").wait_for()
    element.evaluate("e => e.scrollIntoView({block: 'center'})")
    before = None
    while (here := element.bounding_box()) != before:
        before = here
        page.wait_for_timeout(400)
    return element, element.content_frame


def assert_reads(page, demo, digit):
    """Clear and draw; the page shows the digit, and goes on doing so."""
    canvas = demo.locator("#pad canvas")
    if canvas.get_attribute("data-strokes") != "0":
        demo.locator("[data-do=clear]").click()
    draw(page, canvas, PLAIN[digit])
    demo.locator(f"#pred [data-digit='{digit}']").wait_for(state="attached")
    page.wait_for_timeout(400)
    assert demo.locator("#pred [data-digit]").get_attribute("data-digit") == str(digit)


def test_the_glossary_opens_as_a_page(lab, page):
    notebook, address = lab
    shutil.copy(ROOT / "notebooks/glossary.md", notebook.parent)
    page.goto(address.replace(notebook.name, "glossary.md"))
    page.locator(".jp-MarkdownViewer table").wait_for(timeout=60_000)


def test_run_all_cells_of_the_first_notebook_and_draw_the_ten_digits(page, lab):
    notebook, address = lab
    hosts, _ = watch(page)
    open_notebook(page, address)
    run_all_cells(page)
    cells = wait_for_the_last_cell(page, notebook)
    assert [c.execution_count for c in cells] == list(range(1, len(cells) + 1))
    _, demo = embedded_demo(page)
    for digit in PLAIN:
        assert_reads(page, demo, digit)
    assert page.locator(".Toastify__toast").count() == 0, "JupyterLab asks a question"
    assert hosts <= {"127.0.0.1", None}


WALK = """\
from mnist_helpers.lessons.explorables import walking_down

walking_down([-1, 0, 1, 2, 3], [4, 1, 0, 1, 4])"""


def test_an_explorable_is_a_picture_until_its_notebook_is_trusted(lab, page, monkeypatch):
    notebook, address = lab
    cell = nbformat.v4.new_code_cell(WALK)
    cell.execution_count, cell.outputs = 1, outputs_of(WALK, monkeypatch)
    path = write(notebook.parent / "walk.ipynb", cell)
    page.set_default_timeout(60_000)

    def look(place="lab/tree"):
        page.goto(address.replace(notebook.name, path.name).replace("lab/tree", place))
        figure = page.locator(".jp-OutputArea-output figure")
        figure.wait_for()
        return figure, figure.locator("iframe").content_frame.get_by_role("button", name="Step")

    figure, _ = look()
    assert figure.locator("img").is_visible()
    assert figure.locator("iframe, script").count() == 0
    assert "Trust Notebook" in figure.inner_text()
    trust_in(notebook.parents[2] / "data", path)
    figure, step = look()
    step.click()
    figure.locator("img").wait_for(state="hidden")
    assert "still picture" not in figure.inner_text()
    # The keys belong to the page: none is a shortcut of the notebook.
    step.press("d")
    step.press("d")
    step.press("Enter")
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == 1
    assert figure.locator("iframe").content_frame.locator("#said").inner_text().startswith("Step 2")
    look("notebooks")[1].click()  # in Notebook 7


def outputs_of(source, monkeypatch):
    """The outputs of a cell that shows an explorable, run in this process."""
    kept = []
    monkeypatch.setattr(showing, "display", lambda data, raw: kept.append(data))
    exec(source, {})
    return [nbformat.v4.new_output("display_data", data) for data in kept]


def trust_in(data, *paths):
    """Sign notebooks as `make lab` does, for a JupyterLab with this data folder."""
    code = "import sys; from pathlib import Path; from tools import trust; "
    code += "trust.trust([Path(name) for name in sys.argv[1:]])"
    done = run_python(code, *paths, env=os.environ | {"JUPYTER_DATA_DIR": str(data)})
    assert done.returncode == 0, done.stderr


def check_demos_below(page, path, *digits):
    """The notebook's demos come below a path of its own server, and read a digit each."""
    for number, digit in enumerate(digits):
        element, demo = embedded_demo(page, number)
        assert element.get_attribute("src").startswith(path)
        assert_reads(page, demo, digit)


def test_the_demo_comes_through_the_proxy_of_a_hub(page, tmp_path):
    pytest.importorskip("jupyter_server_proxy", reason="jupyter-server-proxy is not installed")
    notebook = write(tmp_path / "demo.ipynb", nbformat.v4.new_code_cell(DEMO))
    prefix = "/user/name/"
    with jupyterlab(tmp_path, notebook, prefix, JUPYTERHUB_SERVICE_PREFIX=prefix) as address:
        open_notebook(page, address)
        run_all_cells(page)
        check_demos_below(page, "/user/name/proxy/", 7)


def test_on_another_machine_an_explorable_and_two_demos_come_through_the_notebooks_own_port(
    page, lab
):
    pytest.importorskip("jupyter_server_proxy", reason="jupyter-server-proxy is not installed")
    first, address = lab
    cells = [nbformat.v4.new_code_cell(source) for source in (WALK, DEMO, DEMO)]
    notebook = write(first.with_name("two.ipynb"), *cells)
    port = urlsplit(address).port
    # The browser reaches this one port, and calls the machine by a name of its own.
    page.route(lambda url: urlsplit(url).port != port, lambda one: one.abort())
    address = address.replace(first.name, notebook.name)
    open_notebook(page, address.replace("127.0.0.1", "lab.localhost"))
    run_all_cells(page)
    walk = page.locator("iframe[title='Walking down']").content_frame
    walk.get_by_role("button", name="Step").click()
    check_demos_below(page, "/proxy/", 7, 3)


def test_an_untrusted_notebook_shows_pictures_and_captions_and_runs_nothing(page, lab):
    """A notebook from elsewhere shows a picture instead of a dead demo."""
    from mnist_helpers.lessons.figures import figure_html, new_figure
    from mnist_helpers.page.embedding import embed_html

    html = embed_html("Draw a digit", "http://127.0.0.1:9/", 600, picture="demo.png")
    html += figure_html(new_figure()[0], "What everybody sees.", "What it looks like.")
    cell = nbformat.v4.new_code_cell("launch(demo)", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": html})]
    first, address = lab
    write(first.with_name("saved.ipynb"), cell)
    open_notebook(page, address.replace(first.name, "saved.ipynb"))
    page.locator(".jp-OutputArea-output figcaption", has_text="What everybody sees.").wait_for()
    assert page.get_by_alt_text("What it looks like.").evaluate("e => e.naturalWidth") > 300
    picture = page.locator(".jp-OutputArea-output div > img")
    assert picture.evaluate("e => e.naturalWidth") > 300
    assert picture.get_attribute("alt").startswith("The digit demo")
    assert page.locator(".jp-OutputArea-output iframe").count() == 0
