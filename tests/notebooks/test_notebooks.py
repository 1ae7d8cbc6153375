"""The notebooks as files: how they open and close, the limits of the style, fresh outputs."""

import re
import statistics
from pathlib import Path

import nbformat
import pytest

from tools.notebooks import (
    FOLDER,
    MAX_BYTES,
    STAMP,
    alternatives,
    clean,
    find_problems,
    is_fresh,
    source_hash,
)

NOTEBOOKS = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def sources(notebook, kind):
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


def tagged(notebook, tag):
    return [i for i, cell in enumerate(notebook.cells) if tag in cell.metadata.get("tags", [])]


def test_there_are_notebooks():
    assert [path.stem[:2] for path in NOTEBOOKS] == [f"{n:02}" for n in range(len(NOTEBOOKS))]
    assert len(NOTEBOOKS) >= 12


def test_it_is_valid_and_opens_with_badge_title_and_table(notebook, path):
    nbformat.validate(notebook)
    first = notebook.cells[0].source
    assert re.search(rf"^# {path.stem[:2]} · .+: .+\?$", first, re.MULTILINE)
    assert "| minutes | you will learn | you need |" in first
    assert tagged(notebook, "colab-setup") == [1]
    assert tagged(notebook, "parameters") == [3]
    assert "fast = False" in notebook.cells[3].source


def test_it_closes_with_what_to_remember_and_try_it_yourself(notebook, path):
    last = notebook.cells[-1].source
    remember, rest = last.split("## Try it yourself")
    assert 3 <= len(re.findall(r"^- ", remember, re.MULTILINE)) <= 5
    tasks = re.findall(r"^\d\. .*\*Prediction: .+\*", rest, re.MULTILINE)
    assert 2 <= len(tasks) <= 3
    assert rest.strip().splitlines()[-1].startswith("Next: ")


def test_it_opens_with_two_questions_on_what_came_before(notebook, path):
    opening = "\n".join(cell.source for cell in notebook.cells[2:8])
    questions = re.findall(r"<details><summary>[^<].*\?</summary>", opening)
    assert len(questions) >= 2 or path.stem[:2] in ("00", "01")  # before which came little


def test_each_task_says_what_to_read_when_stuck(notebook, path):
    tasks = re.findall(r"^\d\. .+", notebook.cells[-1].source, re.MULTILINE)
    headings = re.findall(r"^## (.+)", "\n".join(sources(notebook, "markdown")), re.MULTILINE)
    for task in tasks if path.stem[:2] > "03" else ():  # before, the hint is a link
        found = re.search(r"Stuck\? (?:\*(.+)\*|[A-Z].+)\.?$", task)
        assert found, task
        assert any(heading.startswith(found[1] or "") for heading in headings), task


def test_it_ends_with_the_way_to_its_exercises_and_to_the_glossary(notebook, path):
    last = notebook.cells[-1].source
    assert "](glossary.md)" in last
    assert ("](exercises/" in last) == (FOLDER / "exercises" / path.name).exists()


def test_folded_answers_are_closed_and_their_text_is_markdown(notebook):
    for text in sources(notebook, "markdown"):
        folds = re.findall(r"<details><summary>.+</summary>\n\n\S[\s\S]+?\n\n</details>", text)
        assert len(folds) == text.count("<details>") == text.count("</details>"), text


def assert_within_limits(notebook):
    code = [len(source.splitlines()) for source in sources(notebook, "code")]
    words = sum(len(source.split()) for source in sources(notebook, "markdown"))
    assert len(notebook.cells) <= 60
    assert words <= 2500
    assert max(code) <= 30
    assert statistics.median(code) <= 6


def test_it_keeps_to_the_limits_of_the_style(notebook):
    assert_within_limits(notebook)
    kinds = "".join("c" if cell.cell_type == "code" else "m" for cell in notebook.cells)
    assert "cccc" not in kinds, "text comes before code"


def test_its_outputs_belong_to_its_source_and_may_be_published(notebook, path):
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1)), "it was not executed from top to bottom"
    assert find_problems(notebook) == []
    assert "widgets" not in notebook.metadata
    assert path.stat().st_size <= MAX_BYTES
    assert is_fresh(notebook), "run: make notebooks"
    assert notebook.metadata[STAMP]["data"] == "MNIST"


def test_every_picture_has_a_text_alternative_that_says_something(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    texts = [text for output in outputs for text in alternatives(output)]
    assert texts
    assert all(len(text.split()) >= 4 for text in texts)


def test_no_figure_that_a_run_would_change_is_typed_into_the_prose(notebook):
    """Percentages with a decimal, and seconds, come from cells."""
    for text in sources(notebook, "markdown"):
        assert not re.search(r"\d+\.\d+ ?%|\d+(\.\d+)? (s|seconds)\b", text), text


# The tools that keep it so


def example():
    cells = [
        nbformat.v4.new_markdown_cell("[![Open in Colab](badge)](OLD)\n\n# 01"),
        nbformat.v4.new_code_cell("%pip OLD", metadata={"tags": ["colab-setup"]}),
        nbformat.v4.new_code_cell("1 + 1"),
        nbformat.v4.new_markdown_cell(
            "[next](https://colab.research.google.com/github/a/b/blob/main/notebooks/02.ipynb)"
        ),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def test_the_hash_follows_source_order_and_tags_and_not_the_address():
    before, addressed = source_hash(example()), example()
    addressed.cells[0].source = addressed.cells[0].source.replace("OLD", "NEW")
    addressed.cells[1].source = "%pip NEW"
    addressed.cells[3].source = addressed.cells[3].source.replace("github/a/b", "github/OWNER/new")
    assert source_hash(addressed) == before
    code, text, order, tags = example(), example(), example(), example()
    code.cells[2].source = "1 + 2"
    text.cells[0].source += "!"
    order.cells.reverse()
    tags.cells[2].metadata["tags"] = ["parameters"]
    assert len({before, *map(source_hash, (code, text, order, tags))}) == 5


def test_clean_keeps_the_picture_of_a_demo_and_drops_its_address():
    from mnist_helpers.page.embedding import embed_html

    notebook = example()
    html = embed_html("Draw a digit", "http://127.0.0.1:7860/", 600, picture="demo.png")
    assert "127.0.0.1" in html
    notebook.cells[2].outputs = [nbformat.v4.new_output("display_data", {"text/html": html})]
    clean(notebook)
    kept = notebook.cells[2].outputs[0].data["text/html"]
    assert "127.0.0.1" not in kept
    assert "<script" not in kept
    assert "<img" in kept


def test_clean_drops_what_belongs_to_one_run():
    notebook = example()
    notebook.metadata["widgets"] = {"state": {}}
    notebook.cells[2].metadata = {"execution": {"iopub.execute_input": "2026"}, "tags": ["x"]}
    clean(notebook)
    assert "widgets" not in notebook.metadata
    assert notebook.cells[2].metadata == {"tags": ["x"]}


def test_a_picture_that_happens_to_spell_a_path_may_be_committed():
    notebook = example()
    html = '<img src="data:image/png;base64,iVBO/home/tmp/" alt="Four words, no path.">'
    notebook.cells[2].outputs = [nbformat.v4.new_output("display_data", {"text/html": html})]
    assert find_problems(notebook) == []


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (nbformat.v4.new_output("error", ename="E", evalue="bad", traceback=[]), "fails with E"),
        (nbformat.v4.new_output("stream", name="stderr", text="Warning!"), "writes to stderr"),
        (nbformat.v4.new_output("stream", text=f"saved to {Path.home()}/x"), "shows a path"),
        (nbformat.v4.new_output("display_data", {"image/png": "iVBO"}), "without a caption"),
        (nbformat.v4.new_output("display_data", {"text/html": "<img src='a'>"}), "without a text"),
        (
            nbformat.v4.new_output(
                "display_data", {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
            ),
            "shows a widget",
        ),
        (nbformat.v4.new_output("stream", text="x" * (MAX_BYTES + 1)), "MB"),
    ],
)
def test_outputs_that_must_not_be_committed_are_found(output, words):
    notebook = example()
    notebook.cells[2].outputs = [output]
    assert any(words in problem for problem in find_problems(notebook))
