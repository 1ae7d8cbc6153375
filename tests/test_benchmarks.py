"""The benchmark pages show what was measured, and the summary adds up."""

import json

import numpy as np
import pytest
import torch

from benchmarks import demo, page, pens, training, web
from benchmarks.tables import shown_table
from mnist_helpers.data import load_stand_in
from tests.browser import needs_chromium
from tests.handwriting import PLAIN


def clock(*points):
    made = training.Clock(torch.nn.Linear(1, 1), None, epochs=len(points))
    made.points, made.seconds = list(points), points[-1][0]
    return made


def test_seconds_to_99_is_the_first_time_the_target_is_met():
    runs = [clock((10, 0.98), (20, 0.991), (30, 0.99)), clock((11, 0.99), (22, 0.98), (33, 0.992))]
    row = training.summarize(runs)
    assert row["seconds_to_99_each"] == [20, 11]
    assert row["seconds_to_99"] == 15.5
    assert row["accuracy_mean"] == pytest.approx(0.991)
    assert row["seconds_per_epoch"] == pytest.approx(10.5)


def test_a_recipe_that_misses_the_target_once_has_no_median():
    row = training.summarize([clock((10, 0.98)), clock((10, 0.995))])
    assert row["seconds_to_99"] is None
    assert row["reached_99"] == 1


def test_the_clock_stands_still_while_it_tests(monkeypatch):
    now = iter([0.0, 5.0, 105.0, 107.0, 207.0])  # a test takes 100 seconds
    monkeypatch.setattr(training.time, "perf_counter", lambda: next(now))
    monkeypatch.setattr(training, "predict", lambda *_: type("P", (), {"accuracy": 0.5}))
    made = training.Clock(None, None, epochs=1)
    made.test_now()
    made.test_now()
    assert made.points == [(5.0, 0.5), (7.0, 0.5)]


@pytest.mark.parametrize("name", ["usual", "series, short"])
@pytest.mark.slow
def test_the_recipes_run_and_learn(name, monkeypatch):
    monkeypatch.setattr(training, "USUAL_EPOCHS", 1)
    run = training.RECIPES[name](load_stand_in(), seed=0)
    assert run.points[-1][1] > 0.3
    assert run.seconds > 0


@pytest.mark.parametrize("page", training.PAGES, ids=lambda page: page.parent.name)
def test_the_pages_show_the_table_of_the_saved_results(page):
    results = json.loads(training.RESULTS.read_text())
    shown = page.read_text(encoding="utf-8").split(training.BEGIN)[1].split(training.END)[0]
    assert shown.strip() == training.table(results)


def test_the_saved_results_are_of_five_seeds_and_reach_the_series_accuracy():
    rows = json.loads(training.RESULTS.read_text())["recipes"]
    assert all(row["seeds"] >= 5 for row in rows.values())
    assert rows["series"]["accuracy_mean"] >= 0.992


def test_the_page_shows_the_tables_of_the_demos_saved_results():
    results = json.loads(demo.RESULTS.read_text(encoding="utf-8"))
    assert shown_table(demo.PAGE, "demo") == demo.tables(results)


def test_the_page_shows_the_table_of_the_web_pages_saved_results():
    results = json.loads(web.RESULTS.read_text(encoding="utf-8"))
    assert shown_table(web.PAGE, "web") == web.table(results)
    assert [(row["clients"], row["n"]) for row in results["rows"]] == [(1, 2000), (50, 2000)]


def test_the_page_in_one_file_agrees_with_python_in_the_saved_results():
    results = json.loads(page.RESULTS.read_text(encoding="utf-8"))
    assert shown_table(page.PAGE, "page") == page.table(results)
    digits, hard, people = results["reader"]
    assert (digits["pictures"], hard["pictures"]) == (1000, 300)
    assert people["pictures"] >= 200
    assert max(row["largest_difference"] for row in results["reader"]) <= 1e-2
    assert results["page"]["bytes"] <= 1_500_000
    assert results["onnx"]["images"] == 10_000
    assert results["onnx"]["largest_difference"] <= 1e-4


def test_the_demos_saved_results_are_of_a_full_run():
    results = json.loads(demo.RESULTS.read_text(encoding="utf-8"))
    assert results["page"]["strokes"]["n"] >= 120
    assert len(results["page"]["strokes_each"]) == results["page"]["strokes"]["n"]
    assert results["visitors"]["visitors"] == 20
    assert results["pens"]["drawings"] >= 600
    assert list(results["pens"]["widths"]) == [f"{pen:.2f}" for pen in pens.PENS]


def test_the_width_of_the_demos_pen_is_among_those_measured():
    pad = pytest.importorskip("mnist_helpers.demo.pad", exc_type=ImportError)
    assert pad.PEN in pens.PENS


def test_drawings_vary_and_stay_in_the_square():
    made = pens.hand_drawings(60, 0, pens.SIZES) + pens.generated_drawings(60, 0, pens.SIZES)
    assert {digit for digit, _ in made} == set(range(10))
    for _, strokes in made:
        points = np.concatenate(strokes)
        assert points.min() > pens.MARGIN - 1e-9
        assert points.max() < 1 - pens.MARGIN + 1e-9
        assert 0.249 < np.ptp(points, axis=0).max() < 0.901
    again = pens.hand_drawings(1, 0, pens.SIZES)[0][1]
    assert all(np.array_equal(*pair) for pair in zip(again, made[0][1], strict=True))


def test_a_drawing_is_painted_with_the_pens_width():
    (bar,) = PLAIN[1]
    for pen in (0.05, 0.1):
        pixels = np.asarray(pens.paint([np.array(bar)], pen))
        assert pixels.shape == (pens.SENT, pens.SENT)
        assert (pixels[98] < 128).sum() == pytest.approx(pen * pens.SENT, abs=1)


def test_a_table_of_widths_counts_small_and_large_digits():
    row = pens.measure_pens(hand=12, generated=0, pens=[0.06])
    assert row["drawings"] == 12
    assert 0 < row["small"] < 12
    assert row["widths"]["0.06"]["read"] > 0.7


@pytest.mark.slow
@needs_chromium
def test_the_demo_is_measured():
    pytest.importorskip("gradio", reason="the extra demo is not installed")
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with demo.running_demo() as address:
        page = demo.measure_page(address, loads=1, strokes=3)
        many = demo.measure_visitors(address, visitors=2, strokes=1)
    assert page["load"]["n"] == 1
    assert page["strokes"]["n"] >= 3
    assert many["paced"]["n"] >= 4
    assert many["rushed"]["n"] == 10
