"""The benchmark pages show what was measured, and the summary adds up."""

import json

import pytest
import torch

from benchmarks import training
from mnist_helpers.data import load_stand_in


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
