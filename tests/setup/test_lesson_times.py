"""The 90-minute plan: what it names is there, and its seconds are those that were measured."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from benchmarks import lesson
from benchmarks.tables import shown_table
from mnist_helpers.lessons import SeriesError

PLAN = shown_table(lesson.PAGE, "lesson")


@pytest.fixture
def folder(tmp_path):
    cells = [
        new_markdown_cell("# 01"),
        new_code_cell("import time\nfound = ['opening']"),
        new_markdown_cell("Last words.\n\n## Alpha, the first"),
        new_code_cell("found.append('alpha')"),
        new_markdown_cell("More."),
        new_code_cell("time.sleep(0.3)"),
        new_markdown_cell("## Beta"),
        new_code_cell("found.append('beta')"),
        new_markdown_cell("## Gamma\n\n## Also gamma"),
        new_code_cell("open('found.txt', 'w').write(' '.join(found))"),
        new_markdown_cell("## Delta"),
        new_code_cell("1 / 0"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "01_data.ipynb")
    return tmp_path


def plan(*rows):
    lines = [f"| 10 | {row} | talk | – |" for row in rows]
    return "\n".join(["| minutes | what | how | machine |", "|---|---|---|---|", *lines])


def test_the_cells_of_a_section_follow_its_heading(folder):
    found = lesson.sections(nbformat.read(folder / "01_data.ipynb", as_version=4))
    assert found == {
        "opening": [0, 1],
        "Alpha, the first": [2, 3, 4, 5],
        "Beta": [6, 7],
        "Gamma": [8, 9],
        "Delta": [10, 11],
    }


@pytest.mark.parametrize(
    ("what", "shown", "last"),
    [
        ("01, *Beta*", ["Beta"], "Beta"),
        ("01, *Alpha* and *Gamma*", ["Alpha, the first", "Gamma"], "Gamma"),
        ("01, *Alpha, the first* to *Gamma*", ["Alpha, the first", "Beta", "Gamma"], "Gamma"),
        ("01, up to *Beta*", ["Alpha, the first", "Beta"], "Beta"),
        ("01, all of it", ["Alpha, the first", "Beta", "Gamma", "Delta"], "Delta"),
    ],
)
def test_a_row_names_sections(folder, what, shown, last):
    (step,) = lesson.read_plan(plan(what), folder)
    assert step.minutes == 10
    assert step.notebook == folder / "01_data.ipynb"
    assert list(step.shown) == shown
    assert step.run[0] == "opening"
    assert step.run[-1] == last


def test_a_row_without_a_notebook_runs_nothing(folder):
    (step,) = lesson.read_plan(plan("back to the demo"), folder)
    assert step.notebook is None


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        (["01, *Epsilon*"], lesson.PlanError, "section 'Epsilon', and 01_data has none"),
        (["01, the beginning"], lesson.PlanError, "name sections in"),
        (["01, *Gamma*", "01, *Alpha*"], lesson.PlanError, "the step before it has already run"),
        (["02, *Alpha*"], SeriesError, "no notebook 02"),
    ],
)
def test_a_plan_that_cannot_be_followed_gets_a_sentence(folder, rows, error, words):
    with pytest.raises(error, match=words):
        lesson.read_plan(plan(*rows), folder)


@pytest.mark.slow
def test_a_step_runs_what_comes_before_and_goes_on_where_the_one_before_has_stopped(folder):
    steps = lesson.read_plan(plan("01, *Beta*", "01, *Gamma*"), folder)
    assert [list(step.run) for step in steps] == [
        ["opening", "Alpha, the first", "Beta"],
        ["Gamma"],
    ]
    first, second = lesson.run_steps(steps, folder)
    assert (folder / "found.txt").read_text() == "opening alpha beta"
    for step, done in zip(steps, (first, second), strict=True):
        assert [one["name"] for one in done["sections"]] == list(step.run)
        assert [one["name"] for one in done["sections"] if one["shown"]] == list(step.shown)
    assert 0.3 <= first["longest_cell"] <= first["seconds"]
    assert first["sections"][1]["seconds"] >= 0.3


def test_the_table_gets_what_was_measured(folder):
    results = {
        "machine": "M",
        "load_before": 0.1,
        "load_after": 0.2,
        "steps": [{"what": "01, *Beta*", "seconds": 12.4, "longest_cell": 3.6}],
    }
    rows = lesson.plan_table(plan("01, *Beta*", "talk"), results).splitlines()
    assert rows[2] == "| 10 | 01, *Beta* | talk | 12 s, longest cell 4 s |"
    assert rows[3] == "| 10 | talk | talk | – |"
    assert "on M with" in rows[-1]
    assert lesson.plan_table("\n".join(rows), results).splitlines() == rows


def test_all_that_the_plan_names_is_there_and_it_is_90_minutes():
    steps = lesson.read_plan(PLAN)
    assert sum(step.minutes for step in steps) == 90
    assert [step.notebook.stem[:2] for step in steps if step.notebook] == [
        *("00", "01", "02", "03", "06", "06", "06")
    ]


def test_the_page_shows_the_saved_seconds_and_no_step_takes_over_a_minute():
    results = json.loads(lesson.RESULTS.read_text(encoding="utf-8"))
    assert lesson.plan_table(PLAN, results) == PLAN
    done = {one["what"]: one for one in results["steps"]}
    for step in lesson.read_plan(PLAN):
        if step.notebook:
            one = done[step.what]
            assert [part["name"] for part in one["sections"]] == list(step.run)
            assert one["seconds"] <= 60
