"""Many settings of one training: what is tried, the runs, resuming, what may be concluded."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import nbformat
import pytest

from mnist_helpers.cli.main import main
from mnist_helpers.data import framed_digits
from mnist_helpers.lessons import SweepError, sweep, sweeps
from mnist_helpers.lessons.sweeps import (
    NO_DIFFERENCE,
    NO_SPREAD,
    USUAL,
    Run,
    SweepResults,
    judge_spread,
    make_settings,
    read_settings,
)
from tests.conftest import write_folder
from tools.links import ROOT

BASE = {"fast": False, "epochs": 6, "rate": 0.01, "size": 128, "pen": "thin", "dark": False}


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """Sweeps, where there are no notebooks, whose training takes no time; `lab.ran` lists them."""
    monkeypatch.chdir(tmp_path)
    lab = SimpleNamespace(ran=[], said=[], out=tmp_path / "out", stop_before=None)

    def train(data, settings, seed):
        if len(lab.ran) == lab.stop_before:
            raise KeyboardInterrupt
        lab.ran.append(settings | {"seed": seed})
        if settings["learning_rate"] > 50:
            raise ValueError("the rate is too high")
        return min(1.0, 0.9 + settings["learning_rate"] + seed / 1000)

    def run(vary=None, **options):
        return sweep(vary, **{"out": lab.out, "say": lab.said.append} | options)

    monkeypatch.setattr(sweeps, "_train", train)
    monkeypatch.setattr(sweeps, "load_mnist", lambda: SimpleNamespace(name="digits"))
    lab.sweep = run
    return lab


def rows(folder):
    with (folder / "results.csv").open(newline="") as file:
        return list(csv.DictReader(file))


# What is tried


def test_one_setting_at_a_time_is_varied_or_all_combinations_or_a_list_is_tried():
    def tried(*arguments):
        found = make_settings(BASE, *arguments)
        assert all(list(one) == list(BASE) and type(one["rate"]) is float for one in found)
        return [(one["rate"], one["size"]) for one in found]

    vary = {"rate": [0.1, "0.01"], "size": [128, 64]}
    listed = [{"rate": "0.1"}, {"size": " 9"}, {"rate": 0.1}, {}]
    assert tried(vary, None, False) == [(0.1, 128), (0.01, 128), (0.01, 64)]
    assert tried(vary, None, True) == [(0.1, 128), (0.1, 64), (0.01, 128), (0.01, 64)]
    assert tried(None, listed, False) == [(0.1, 128), (0.01, 9), (0.01, 128)]


@pytest.mark.parametrize(
    ("vary", "words"),
    [
        ({"rate": ["0.01", 0.01], "size": [1, 2]}, "rate has one value only. Give at least two"),
        ({"rate": [1, "fast"]}, "rate takes values such as 0.01, not 'fast'"),
        ({"rate": [1, "nan"]}, "not 'nan'"),
        ({"size": [1, ""]}, "size takes values such as 128, not ''"),
        ({"size": [1, 2.5]}, "not 2.5"),
        ({"dark": ["True", "yes"]}, "dark takes values such as False, not 'yes'"),
        ({"seed": [1, 2]}, "'seed' cannot be varied. These can: epochs, rate, size, pen, dark"),
        ({"fast": [True, False]}, "'fast' cannot be varied"),
        ({}, "Say what to vary, or give a list"),
    ],
)
def test_what_cannot_be_varied_is_named_in_a_sentence(vary, words):
    with pytest.raises(SweepError, match=words):
        make_settings(BASE, vary, None, grid=False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.csv", "\ufeffrate, size\r\n0.1, 64\r\n\r\n0.2,\r\n"),
        ("list.json", '[{"rate": "0.1", "size": "64"}, {"rate": "0.2", "size": null}]'),
    ],
)
def test_a_list_of_settings_is_csv_or_json(name, text, tmp_path):
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert read_settings(tmp_path / name) == [{"rate": "0.1", "size": "64"}, {"rate": "0.2"}]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.json", "[{"),
        ("list.json", '{"rate": 1}'),
        ("list.json", "[1]"),
        ("list.json", "5"),
        ("list.json", "[]"),
        ("list.csv", ""),
        ("list.csv", "rate\n"),
        ("list.csv", "rate,size\n1,2\n1,2,3\n"),
        ("list.csv", "rate,size\n1,2\n1\n"),
        ("list.csv", "rate\n" + "1" * 200_000),
    ],
)
def test_a_bad_list_is_named_in_a_sentence(name, text, tmp_path):
    (tmp_path / name).write_text(text)
    with pytest.raises(SweepError, match=f"{name} cannot be read as a CSV table .* or as JSON"):
        read_settings(tmp_path / name)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--vary", "dropout"], "'dropout' must look like dropout=0,0.2,0.5"),
        (["--vary", "rate=1,2"], "'rate' cannot be varied. These can: epochs, learning_rate"),
        (["--vary", "shift=1,2", "--seeds", "0"], "--seeds must be a whole number from 1"),
        (["--vary", "shift=1,2", "--epochs", "0"], "--epochs must be a whole number from 1"),
        (["--vary", "shift=1,2", "--notebook", "none.ipynb"], "There is no notebook none.ipynb"),
        (["--settings", "none.csv"], "none.csv cannot be read"),
    ],
)
def test_a_bad_command_is_named_in_a_sentence(arguments, words, lab, capsys):
    assert main(["sweep", "--out", str(lab.out), *arguments]) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"vary": {"dropout": 0.5}}, "must look like {'dropout': [0, 0.2, 0.5]}"),
        ({"vary": {"dropout": "0.1"}}, "must look like {'dropout': [0, 0.2, 0.5]}"),
        ({"vary": ["dropout"]}, "must look like {'dropout': [0, 0.2, 0.5]}"),
        ({"settings": [0.1, 0.5]}, "must look like [{'dropout': 0.5}, {}]"),
        ({"settings": 5}, "must look like [{'dropout': 0.5}, {}]"),
        ({"vary": {"shift": [0, 1]}, "seeds": 2.5}, "seeds must be a whole number"),
        ({"vary": {"shift": [0, 1]}, "epochs": True}, "epochs must be a whole number"),
        ({}, "Say what to vary"),
        ({"vary": {}, "settings": []}, "Say what to vary"),
    ],
)
def test_a_sweep_in_python_says_what_it_takes(given, words, tmp_path):
    with pytest.raises(SweepError, match=re.escape(words)):
        sweep(**given, out=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_base_is_that_of_notebook_03():
    base, _ = sweeps._read_notebook(ROOT / "notebooks" / "03_training.ipynb")
    assert base == {"fast": False} | USUAL


# The runs


def test_each_run_is_a_line_of_the_csv(lab):
    results = lab.sweep({"learning_rate": [0.01, 0.05], "shift": [1, 3]}, seeds=2, fast=True)
    found = rows(lab.out)
    assert len(found) == len(lab.ran) == len(results.runs) == 6
    assert [float(row["validation_accuracy"]) for row in found[:4]] == pytest.approx(
        [0.91, 0.911, 0.95, 0.951]
    )
    assert [(row["learning_rate"], row["shift"], row["seed"]) for row in found] == [
        (*setting, seed)
        for setting in (("0.01", "1"), ("0.05", "1"), ("0.01", "3"))
        for seed in "01"
    ]
    assert all(one["fast"] for one in lab.ran)
    assert lab.said[0].startswith("6 of 6 runs to do. Ctrl-C keeps")
    assert lab.said[1].startswith("[1/6] base, seed 0: 91.00%")
    page = (lab.out / "results.md").read_text()
    assert results.table() in page
    assert "![Validation accuracy of each run over the value tried: learning_rate: " in page
    assert (lab.out / "results.png").read_bytes().startswith(b"\x89PNG")


def test_what_is_done_is_not_run_again(lab):
    lab.sweep({"learning_rate": [0.01, 0.05]}, seeds=2)
    more = {"learning_rate": [0.01, 0.05, 0.08], "shift": [1, 3]}
    again = lab.sweep(more, seeds=2)
    assert len(lab.ran) == 4 + 4  # the new rate and the new shift, two seeds each
    assert again.accuracies("learning_rate")[0.08] == pytest.approx([0.98, 0.981])
    before = (lab.out / "results.csv").read_bytes()
    lab.sweep(more, seeds=2)
    assert len(lab.ran) == 8
    assert lab.said[-1].startswith("0 of 8 runs to do")
    assert (lab.out / "results.csv").read_bytes() == before


def test_a_run_of_something_else_does_not_count_as_done(lab, monkeypatch):
    vary = {"learning_rate": [0.01, 0.05]}
    lab.sweep(vary, seeds=1)
    lab.sweep(vary, seeds=1, epochs=2)
    lab.sweep(vary, seeds=1, fast=True)
    monkeypatch.setattr(sweeps, "load_mnist", lambda: SimpleNamespace(name="other digits"))
    lab.sweep(vary, seeds=1)
    assert len(lab.ran) == 8


@pytest.mark.parametrize("finished", [0, 3])
def test_ctrl_c_keeps_what_is_finished(finished, lab):
    lab.stop_before = finished
    with pytest.raises(KeyboardInterrupt, match=rf"{finished} of 4 runs are finished and kept"):
        lab.sweep({"learning_rate": [0.01, 0.05]}, seeds=2)
    assert len(rows(lab.out)) == finished
    lab.stop_before = None
    lab.sweep({"learning_rate": [0.01, 0.05]}, seeds=2)
    assert len(lab.ran) == len(rows(lab.out)) == 4


def test_a_failing_setting_is_a_row_and_not_the_end(lab):
    results = lab.sweep({"learning_rate": [0.01, 100, 0.05]}, seeds=2)
    assert [row["state"] for row in rows(lab.out)] == ["done"] * 2 + ["failed"] * 2 + ["done"] * 2
    assert rows(lab.out)[2]["why"] == "ValueError: the rate is too high"
    assert "| learning_rate = 100 | failed: ValueError: the rate is too high |" in results.table()
    assert results.accuracies("learning_rate")[100] == []
    lab.sweep({"learning_rate": [0.01, 0.05, 100]}, seeds=2)
    assert len(lab.ran) == 8  # what failed is tried again


def test_the_command_prints_the_table_and_says_where_the_rest_is(lab, capsys):
    call = ["sweep", "--out", str(lab.out), "--seeds", "2"]
    assert main([*call, "--vary", "learning_rate=0.01,0.05", "--vary", "shift=1,2"]) == 0
    captured = capsys.readouterr()
    assert "| learning_rate = 0.05 | 95.05% | 95.00% to 95.10% |" in captured.out
    assert str(lab.out) in captured.out
    assert captured.err.startswith("6 of 6 runs to do, roughly 4 minutes")
    assert main([*call, "--vary", "learning_rate=0.01,100"]) == 1


# What may be concluded


@pytest.mark.parametrize(
    ("accuracies", "words"),
    [
        ({1: [0.97], 2: [0.91]}, NO_SPREAD),
        ({1: [0.97, 0.975], 2: [0.91]}, NO_SPREAD),
        ({1: [0.970, 0.975, 0.972], 2: [0.971, 0.974, 0.976]}, NO_DIFFERENCE),
        # No overlap, but so few runs part so far by chance.
        ({1: [0.970, 0.974], 2: [0.975, 0.976], 3: [0.969, 0.975]}, NO_DIFFERENCE),
        ({1: [0.9, 0.9], 2: [0.9, 0.9]}, NO_DIFFERENCE),
        (
            {1: [0.970, 0.975, 0.972], 2: [0.900, 0.905, 0.902]},
            "it mattered: 2 is 7.0 points below 1",
        ),
        (
            {1: [0.970, 0.975, 0.972], 0.5: [0.900, 0.905, 0.902], 2: [0.971, 0.974, 0.976]},
            f"it mattered: 0.5 is 7.1 points below 2; between 2 and 1: {NO_DIFFERENCE}",
        ),
    ],
)
def test_only_what_the_spread_allows_is_said(accuracies, words):
    assert judge_spread(accuracies) == words


def test_two_sweeps_in_one_folder_keep_each_others_finished_runs(lab, monkeypatch):
    train, started = sweeps._train, []

    def train_beside_another(data, settings, seed):
        if not started:
            started.append(True)
            lab.sweep({"shift": [0, 2]}, seeds=1)
        return train(data, settings, seed)

    monkeypatch.setattr(sweeps, "_train", train_beside_another)
    lab.sweep({"dropout": [0.1, 0.5]}, seeds=1)
    done = len(lab.ran)
    lab.sweep({"shift": [0, 2]}, seeds=1)
    lab.sweep({"dropout": [0.1, 0.5]}, seeds=1)
    assert len(lab.ran) == done


@pytest.mark.parametrize("content", ["[]", "5", '{"a": 1}', '{"a": [1]}', "{"])
def test_a_damaged_list_of_finished_runs_counts_for_nothing(lab, content):
    lab.out.mkdir()
    (lab.out / "runs.json").write_text(content)
    assert len(lab.sweep({"shift": [0, 2]}, seeds=1).runs) == 2


def results_of(accuracy, grid=False):
    tried = make_settings(BASE, {"rate": [0.01, 0.1, 1], "size": [64, 128]}, None, grid)
    runs = [Run(one, seed, accuracy(one, seed), 1.0) for one in tried for seed in (0, 1, 2)]
    return SweepResults(BASE, runs, "Digits.", one_at_a_time=not grid)


def test_one_at_a_time_a_setting_is_judged_where_the_others_are_those_of_the_base():
    def accuracy(one, seed):
        return 0.5 if one["size"] == 64 else 0.9

    assert results_of(accuracy).accuracies("rate") == {rate: [0.9] * 3 for rate in (0.01, 0.1, 1)}
    found = results_of(accuracy, grid=True).accuracies("rate")
    assert sorted(found[0.1]) == [0.5] * 3 + [0.9] * 3


def test_the_figure_has_a_panel_for_each_setting_and_a_dot_for_each_run():
    results = results_of(lambda one, seed: 0.9 + one["rate"] / 100 + seed / 1000)
    axes = results.figure().axes
    assert [axis.get_title() for axis in axes] == [
        "rate\nit mattered",
        "size\nno difference that\nthese runs can show",
    ]
    assert axes[0].get_ylim() == axes[1].get_ylim()
    assert [text.get_text() for text in axes[0].get_xticklabels()] == ["0.01", "0.1", "1"]
    dots = axes[0].lines[0].get_xydata()
    assert len(dots) == 9
    assert dots[0].tolist() == pytest.approx([0, 90.01])
    assert results._repr_markdown_() == results.table()


# With real training


def write_notebook(path, end='key_result("validation accuracy", "", 0.9 + rate)'):
    parameters = "fast = False\nseed = 0\nrate = 0.01\nsize = 2 * 64\n"
    cells = [
        nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(f"from mnist_helpers.lessons import key_result\n{end}"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": "python3", "language": "python", "display_name": "3"}
    nbformat.write(notebook, path)
    return path


@pytest.mark.slow
def test_a_named_notebook_is_executed_and_its_copies_are_kept(lab, tmp_path):
    dies = "if rate == 13:\n    import os\n    os._exit(1)\nassert rate < 50\n"
    end = f'{dies}key_result("validation accuracy", "", 0.9 + rate)'
    notebook = write_notebook(tmp_path / "own.ipynb", end)
    results = lab.sweep({"rate": [0.05, 99, 13]}, seeds=1, notebook=notebook)
    good, bad, dead = results.runs
    assert good.accuracy == pytest.approx(0.95)
    assert bad.why.startswith("cell 3: AssertionError")
    assert "stopped without a word" in dead.why
    (path,) = lab.out.glob("*rate=0.05*seed=0.ipynb")
    assert nbformat.read(path, as_version=4).cells[-1].outputs
    with pytest.raises(SweepError, match=r"'size' cannot be varied\. These can: rate"):
        lab.sweep({"size": [1, 2]}, notebook=notebook)
    with pytest.raises(SweepError, match="has no parameter 'epochs'"):
        lab.sweep({"rate": [1, 2]}, notebook=notebook, epochs=2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("end", "words"),
    [
        ('key_result("accuracy on the test set", "", 1.0)', "the test images are for the end"),
        ('key_result("accuracy", "90 %")', "must end with key_result"),
    ],
)
def test_a_notebook_must_end_with_a_number_that_is_not_from_the_test_set(end, words, lab, tmp_path):
    notebook = write_notebook(tmp_path / "own.ipynb", end)
    with pytest.raises(SweepError, match=words):
        lab.sweep({"rate": [0.01, 0.05]}, notebook=notebook)


@pytest.fixture
def digits(tmp_path, monkeypatch):
    """A folder with few digits, for real training of seconds."""
    images, labels = framed_digits()
    write_folder(tmp_path / "digits", train_images=images, train_labels=labels)
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path / "digits"))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_a_real_ctrl_c_ends_with_130_and_keeps_what_is_finished(digits, tmp_path):
    call = [sys.executable, "-m", "mnist_helpers", "sweep", "--vary", "epochs=1,9999"]
    call += ["--seeds", "1", "--out", str(tmp_path / "out")]
    process = subprocess.Popen(call, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    finished, deadline = tmp_path / "out" / "runs.json", time.monotonic() + 300
    try:
        while not finished.exists() and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(2)  # in the middle of the second run
        process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130, words
    assert "1 of 2 runs are finished and kept" in words
    assert "Traceback" not in words
    assert [row["epochs"] for row in rows(tmp_path / "out")] == ["1"]
