"""Slides of the notebooks: tagged cells, pages that work offline, nothing that overflows."""

import base64
import copy
import io

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from mnist_helpers.page import credits_text, licence_text
from tools import notebooks, slides
from tools.browser import needs_chromium, watch
from tools.slides import slide_types, tag

pytest.importorskip("nbconvert", reason="nbconvert is not installed")

NOTEBOOKS = sorted(notebooks.FOLDER.glob("[0-9][0-9]_*.ipynb"))
LONG = "assert True\n" + "\n".join(f"print({number})" for number in range(28))

# What a page shows: its edges against those of the window, and its smallest letters.
LOOK = """([h, v]) => {
    Reveal.slide(h, v, 99);
    const page = Reveal.getCurrentSlide();
    const all = [...page.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().width);
    const boxes = all.map((e) => e.getBoundingClientRect());
    const texts = [...page.querySelectorAll("pre, p, li, td")];
    return {
        text: page.textContent.trim().slice(0, 60),
        empty: !page.textContent.trim() && !page.querySelector("img"),
        bottom: Math.max(...boxes.map((box) => box.bottom)),
        right: Math.max(...boxes.map((box) => box.right)),
        wide: Math.max(0, ...texts.map((e) => e.scrollWidth - e.clientWidth)),
        font: Math.min(99, ...texts.map((e) => parseFloat(getComputedStyle(e).fontSize))),
        scrolls: page.classList.contains("scrolls"),
        pictures: [...page.querySelectorAll("img")].every((e) => e.naturalWidth > 0),
    };
}"""
PLACES = """[...document.querySelectorAll(".slides > section")].flatMap((section, h) =>
    [...section.children].map((_, v) => [h, v]))"""


FILE = io.BytesIO()
Image.new("L", (64, 64), 128).save(FILE, "PNG")
PNG = base64.b64encode(FILE.getvalue()).decode()
FIGURE = f'<figure><img src="data:image/png;base64,{PNG}" alt="A &lt;dot&gt;"></figure>'


def example():
    cells = [
        new_markdown_cell("[![Open in Colab](badge.svg)](OLD)\n\n# 01 · Data: what is it?"),
        new_code_cell("%pip x", metadata={"tags": ["colab-setup"]}),
        new_markdown_cell("**Settings.** Leave them."),
        new_code_cell("fast = False", metadata={"tags": ["parameters"]}),
        new_markdown_cell("Numbers."),
        new_code_cell("import torch"),
        new_markdown_cell("Take the network."),
        new_code_cell("network = 1"),
        new_markdown_cell("## One\n\nHow many? Guess. [two](02_cnn.ipynb) [top](../README.md)"),
        new_code_cell(
            "40 + 2", outputs=[new_output("execute_result", {"text/plain": "the-answer"})]
        ),
        new_markdown_cell("It costs $-\\ln 0.1$, or $5 and `$x$`."),
        new_code_cell("from math import pi"),
        new_code_cell(LONG, outputs=[new_output("display_data", {"text/html": FIGURE})]),
        new_markdown_cell("A word on the dot.\n\n## What to remember\n\n- a\n\n## Try it\n\n1. b"),
    ]
    return new_notebook(cells=cells)


def write(folder):
    path = folder / "01_data.ipynb"
    nbformat.write(example(), path)
    return path


def test_the_types_follow_the_rules():
    skipped = ["skip"] * 3
    assert slide_types(example()) == [
        *("slide", *skipped, "subslide", *skipped, "slide", None, "subslide", "skip", None, "slide")
    ]


def test_tagging_stores_the_types_and_leaves_the_outputs_fresh():
    notebook = example()
    notebook.cells[9].metadata["slideshow"] = {"slide_type": "skip"}  # wrong
    before = notebooks.source_hash(notebook)
    tag(notebook)
    assert notebook.cells[0].metadata.slideshow == {"slide_type": "slide"}
    assert "slideshow" not in notebook.cells[9].metadata
    assert notebook.cells[3].metadata.tags == ["parameters"]
    assert notebooks.source_hash(notebook) == before


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_is_tagged(path):
    notebook = nbformat.read(path, as_version=4)
    before = copy.deepcopy(notebook)
    tag(notebook)
    assert notebook == before, "run: python -m tools.notebooks tag"


def test_the_command_tags_the_notebooks(tmp_path, monkeypatch):
    path = write(tmp_path)
    monkeypatch.setattr(notebooks, "FOLDER", tmp_path)
    assert notebooks.main(["tag"]) == 0
    assert '"slide_type": "subslide"' in path.read_text()


def test_a_missing_notebook_and_a_bad_folder_get_a_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(slides, "FOLDER", tmp_path)
    path = write(tmp_path)
    assert slides.main(["99", "--out", str(tmp_path)]) == 1
    assert "There is no notebook 99." in capsys.readouterr().err
    assert slides.main(["--out", str(path)]) == 1
    assert "cannot be written: a file stands where a folder is needed" in capsys.readouterr().err


def test_a_page_holds_what_a_class_should_see(tmp_path):
    page = slides.make_slides(write(tmp_path), ["02_cnn"])
    assert "<title>01 · Data: what is it?</title>" in page
    assert credits_text() in page
    assert licence_text() in page
    assert "the-answer" in page
    assert 'alt="A &lt;dot&gt;"' in page
    assert '<a href="02_cnn.html"' in page
    for hidden in ("badge.svg", "%pip", "fast", "Settings", "torch", "README", "Out["):
        assert hidden not in page.split('<div class="slides">')[1].split("<script")[0]


def test_formulas_are_pictures_and_prices_are_not(tmp_path):
    text = slides.for_slides(example()).cells[10].source
    assert 'alt="-\\ln 0.1" src="data:image/svg+xml;base64,' in text
    assert "or $5 and `$x$`." in text


def opened(chromium, path):
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    hosts, complaints = watch(page)
    page.goto(path.as_uri())
    page.wait_for_function("window.Reveal && Reveal.isReady()", timeout=60_000)
    return page, hosts, complaints


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_slide_of_every_notebook_fits(notebook, tmp_path, chromium):
    assert slides.main([notebook.name, "--out", str(tmp_path)]) == 0
    page, hosts, complaints = opened(chromium, tmp_path / f"{notebook.stem}.html")
    places = page.evaluate(PLACES)
    assert len(places) >= 8
    for place in places:
        seen = page.evaluate(LOOK, place)
        assert seen["bottom"] <= 720.5, seen
        assert seen["right"] <= 1280.5, seen
        assert seen["wide"] <= 1, seen
        assert seen["font"] >= 14, seen
        assert (seen["pictures"], seen["empty"], seen["scrolls"]) == (True, False, False), seen
    assert hosts == {None}
    assert complaints == []
    page.close()


@pytest.fixture
def shown(tmp_path, chromium):
    """The example's slides in a browser."""
    path = tmp_path / "page.html"
    path.write_text(slides.make_slides(write(tmp_path)), encoding="utf-8")
    page, _, _ = opened(chromium, path)
    yield page
    page.close()


@pytest.mark.slow
@needs_chromium
def test_the_arrow_key_asks_first_and_then_shows(shown):
    shown.get_by_role("heading", name="01 · Data").wait_for()
    for _ in range(2):
        shown.keyboard.press("ArrowRight")
    assert shown.locator("section.present p", has_text="How many? Guess.").is_visible()
    output = shown.locator("section.present .output.visible")
    assert not output.count()
    shown.keyboard.press("ArrowRight")
    assert output.text_content().strip() == "the-answer"
    shown.keyboard.press("ArrowLeft")
    assert not output.count()
    for _ in range(20):
        shown.keyboard.press("ArrowRight")
    assert shown.get_by_role("heading", name="Try it").is_visible()


@pytest.mark.slow
@needs_chromium
def test_a_comment_stands_below_its_figure_and_each_section_has_its_page(shown):
    comment = shown.locator("section p", has_text="A word on the dot.")
    assert comment.evaluate("e => !!e.closest('section').querySelector('.output img')")
    headings = shown.locator(".slides > section > section > h2").all_text_contents()
    firsts = shown.locator(".slides > section > section > h2:first-child").all_text_contents()
    assert headings == firsts == ["One", "What to remember", "Try it"]


@pytest.mark.slow
@needs_chromium
def test_d_inverts_the_page_and_not_its_pictures(shown):
    filters = "[...document.querySelectorAll('html, img')].map((e) => getComputedStyle(e).filter)"
    assert shown.evaluate(filters) == ["none"] * 3
    shown.keyboard.press("d")
    inverted = "invert(1) hue-rotate(180deg)"
    assert shown.evaluate(filters) == [inverted, "none", inverted]  # the page, a formula, a figure


@pytest.mark.slow
@needs_chromium
def test_an_explorable_is_alive_on_its_slide(tmp_path, chromium):
    assert slides.main(["02", "--out", str(tmp_path)]) == 0
    page, _, _ = opened(chromium, tmp_path / "02_cnn.html")
    page.evaluate("""() => {
        const { h, v } = Reveal.getIndices(document.querySelector("iframe").closest("section"));
        Reveal.slide(h, v, 99);
    }""")
    frame = page.frame_locator("section.present iframe").first
    frame.get_by_role("button", name="Empty the map").click()
    page.close()
