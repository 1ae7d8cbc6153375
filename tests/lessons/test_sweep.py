"""Many settings of one training: the plan, the runs, resuming, what may be concluded."""

import csv
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import nbformat
import papermill
import pytest

from mnist_helpers.cli.main import main
from mnist_helpers.data import framed_digits
from mnist_helpers.lessons import SweepError, sweep
from mnist_helpers.lessons.series import KEY_RESULT
from mnist_helpers.lessons.sweep_plan import make_plan, parse_vary, read_base, read_settings
from mnist_helpers.lessons.sweep_results import (
    NO_DIFFERENCE,
    NO_SPREAD,
    Run,
    SweepResults,
    judge_spread,
)
from mnist_helpers.lessons.sweeps import forecast
from tests.conftest import write_folder
from tools.links import ROOT

BASE = {"fast": False, "seed": 0, "epochs": 6, "rate": 0.01, "size": 128, "pen": "thin"}
PARAMETERS = "\n".join(f"{name} = {value!r}" for name, value in BASE.items())
TRAIN = """
from mnist_helpers.lessons import key_result
if rate > 50:
    raise ValueError("the rate is too high")
accuracy = min(1.0, 0.9 + rate + seed / 1000)
key_result("validation accuracy", f"{accuracy:.2%}", accuracy)"""


def write_template(path, train=TRAIN, **tags):
    """A training notebook in two cells, and a third that must not run where cells are tagged."""
    cells = [
        nbformat.v4.new_markdown_cell("# Train"),
        nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters", "sweep"]}),
        nbformat.v4.new_code_cell(train, metadata={"tags": ["sweep"]}),
        nbformat.v4.new_code_cell("raise RuntimeError('this cell is not tagged')"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


@pytest.fixture
def template(tmp_path):
    return write_template(tmp_path / "03_tiny.ipynb")


@pytest.fixture
def lab(template, tmp_path, monkeypatch):
    """A sweep whose notebooks are executed at once, in this process; `lab.ran` lists them."""
    lab = SimpleNamespace(ran=[], said=[], out=tmp_path / "out", stop_before=None)

    def execute(notebook, output, parameters, **_):
        if len(lab.ran) == lab.stop_before:
            raise KeyboardInterrupt
        lab.ran.append(parameters)
        nbformat.write(notebook, output)
        names, found = dict(parameters), []
        show = {"key_result": lambda label, value, number=None: found.append((label, number))}
        for number, cell in enumerate(notebook.cells[1:], start=2):
            try:
                exec(cell.source.replace("from mnist_helpers.lessons.series", "#"), show | names)
            except Exception as error:
                kind, words = type(error).__name__, str(error)
                raise papermill.PapermillExecutionError(
                    number, number, cell.source, kind, words, []
                ) from error
        bundle = {KEY_RESULT: dict(zip(("label", "number"), found[-1], strict=True))}
        notebook.cells[-1].outputs = [nbformat.v4.new_output("display_data", bundle)]
        nbformat.write(notebook, output)

    def run(vary=None, **options):
        options = {"notebook": template, "out": lab.out, "say": lab.said.append} | options
        return sweep(vary, **options)

    monkeypatch.setattr(papermill, "execute_notebook", execute)
    monkeypatch.setattr(
        "mnist_helpers.lessons.sweeps.load_mnist", lambda: SimpleNamespace(name="digits")
    )
    lab.sweep, lab.template = run, template
    return lab


def rows(folder):
    with (folder / "results.csv").open(newline="") as file:
        return list(csv.DictReader(file))


# The plan


def test_one_at_a_time_varies_one_and_counts_the_base_once():
    plan = make_plan(BASE, {"rate": [0.1, 0.01], "size": [128, 64]})
    assert plan.settings == [
        {"rate": 0.01, "size": 128},
        {"rate": 0.1, "size": 128},
        {"rate": 0.01, "size": 64},
    ]
    assert [plan.describe(one) for one in plan.settings] == ["base", "rate = 0.1", "size = 64"]
    assert plan.varied == {"rate": [0.01, 0.1], "size": [64, 128]}


def test_a_grid_has_every_combination():
    plan = make_plan(BASE, {"rate": [0.1, 0.01], "size": [32, 64, 128]}, grid=True)
    assert len(plan.settings) == 6
    assert {"rate": 0.1, "size": 32} in plan.settings


def test_a_list_fills_in_the_base_and_drops_repetitions():
    plan = make_plan(BASE, settings=[{"rate": "0.1"}, {"pen": "thick"}, {"rate": 0.1}, {}])
    assert plan.settings == [
        {"rate": 0.1, "pen": "thin"},
        {"rate": 0.01, "pen": "thick"},
        {"rate": 0.01, "pen": "thin"},
    ]


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("rate", "not of the form dropout=0,0.2,0.5"),
        ("=1,2", "not of the form"),
        ("rate=1,,2", "not of the form"),
        ("rate=1,fast", "rate takes a number, not 'fast'"),
        ("rate=1,nan", "rate takes a number, not 'nan'"),
        ("size=1,2.5", "size takes a whole number, not '2.5'"),
        ("fats=1,2", "no parameter 'fats'. It has epochs, rate, size, pen"),
        ("seed=1,2", "seed cannot be varied: use seeds instead"),
        ("fast=True,False", "fast cannot be varied"),
        ("rate=1,1.0", "rate has one value only"),
    ],
)
def test_bad_values_are_named_in_a_sentence(word, words, template, tmp_path, capsys):
    call = ["sweep", "--notebook", str(template), "--out", str(tmp_path / "out"), "--vary", word]
    assert main(call) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Say what to vary, or give a list"),
        (["--vary", "rate=1,2", "--vary", "rate=3,4"], "rate is named twice"),
        (["--vary", "rate=1,2", "--seeds", "0"], "seeds must be at least 1"),
        (["--vary", "rate=1,2", "--epochs", "0"], "epochs must be at least 1"),
        (["--vary", "rate=1,2", "--notebook", "none.ipynb"], "There is no notebook none.ipynb"),
        (["--settings", "none.csv"], "none.csv cannot be read: No such file"),
    ],
)
def test_bad_calls_are_named_in_a_sentence(arguments, words, template, tmp_path, capsys):
    call = ["sweep", "--notebook", str(template), "--out", str(tmp_path / "out"), *arguments]
    assert main(call) == 2
    assert words in capsys.readouterr().err


def test_values_and_spaces_are_read():
    assert parse_vary(["dropout=0, 0.5", "pen = thin,thick"]) == {
        "dropout": ["0", "0.5"],
        "pen": ["thin", "thick"],
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.csv", "rate, size\n0.1, 64\n\n0.2,\n"),
        ("list.csv", "\ufeffrate,size\r\n0.1,64\r\n0.2,\r\n"),
        ("list.json", '[{"rate": 0.1, "size": 64}, {"rate": 0.2, "size": null}]'),
    ],
)
def test_a_list_of_settings_is_csv_or_json(name, text, tmp_path):
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    found = read_settings(tmp_path / name)
    assert make_plan(BASE, settings=found).settings == [
        {"rate": 0.1, "size": 64},
        {"rate": 0.2, "size": 128},
    ]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("list.json", "[{", "is no JSON"),
        ("list.json", '{"rate": 1}', "should look like"),
        ("list.json", "[1]", "should look like"),
        ("list.json", "[]", "holds no settings"),
        ("list.csv", "", "holds no settings"),
        ("list.csv", "rate\n", "holds no settings"),
        ("list.csv", "rate,size\n1,2\n1,2,3\n", "row 2 has 3 values, but the first line names 2"),
    ],
)
def test_a_bad_list_is_named_in_a_sentence(name, text, words, tmp_path):
    (tmp_path / name).write_text(text)
    with pytest.raises(SweepError, match=words):
        read_settings(tmp_path / name)


def test_settings_that_are_all_the_same_are_refused():
    with pytest.raises(SweepError, match="nothing to compare"):
        make_plan(BASE, settings=[{"rate": 0.01}, {}])


def test_the_parameters_come_from_the_notebook(template):
    assert read_base(template) == BASE


def test_notebook_03_offers_what_the_guide_varies():
    base = read_base(ROOT / "notebooks" / "03_training.ipynb")
    assert {"fast", "seed", "epochs", "learning_rate", "batch_size", "dropout", "shift"} <= set(
        base
    )


def test_the_forecast_counts_what_is_to_do():
    assert forecast(BASE, []) == "All runs are there already."
    assert forecast({"fast": True}, [{}]).startswith("1 run to do, roughly a minute")
    long, short = ({"epochs": n} for n in (60, 6))
    minutes = [int(forecast(BASE, [one] * 9).split()[5]) for one in (long, short)]
    assert minutes[0] > 5 * minutes[1] > 0


# The runs


def test_each_run_is_a_line_of_the_csv(lab):
    results = lab.sweep({"rate": [0.01, 0.05], "size": [64, 128]}, seeds=2)
    found = rows(lab.out)
    assert len(found) == len(lab.ran) == len(results.runs) == 6
    assert [float(row["validation_accuracy"]) for row in found[:4]] == pytest.approx(
        [0.91, 0.911, 0.95, 0.951]
    )
    assert {(row["rate"], row["size"], row["seed"]) for row in found} == {
        (rate, size, seed)
        for rate, size in (("0.01", "128"), ("0.05", "128"), ("0.01", "64"))
        for seed in "01"
    }
    assert all((lab.out / row["notebook"]).exists() for row in found)
    assert lab.said[0].startswith("6 runs to do")
    assert lab.said[1].startswith("[1/6] base, seed 0: 91.00%")


def test_only_tagged_cells_run_and_all_where_none_is_tagged(lab):
    assert len(lab.sweep({"rate": [0.01, 0.02]}, seeds=1).accuracies("rate")[0.01]) == 1
    notebook = nbformat.read(lab.template, as_version=4)
    for cell in notebook.cells[2:]:
        cell.metadata["tags"] = []
    notebook.cells[1].metadata["tags"] = ["parameters"]
    nbformat.write(notebook, lab.template)
    results = lab.sweep({"rate": [0.01, 0.02]}, seeds=1)
    assert {run.why for run in results.runs} == {"RuntimeError: this cell is not tagged"}


def test_fast_and_epochs_hold_for_all_runs(lab):
    lab.sweep({"rate": [0.01, 0.02]}, seeds=2, fast=True, epochs=1)
    assert all(one["fast"] is True and one["epochs"] == 1 for one in lab.ran)
    assert [one["seed"] for one in lab.ran] == [0, 1, 0, 1]


def test_what_is_done_is_not_run_again(lab):
    lab.sweep({"rate": [0.01, 0.05]}, seeds=2)
    lab.sweep({"rate": [0.01, 0.05, 0.08], "size": [64, 128]}, seeds=2)
    assert len(lab.ran) == 4 + 4  # the new rate and the new size, two seeds each
    assert len(rows(lab.out)) == 8
    before = (lab.out / "results.csv").read_bytes()
    again = lab.sweep({"rate": [0.01, 0.05, 0.08], "size": [64, 128]}, seeds=2)
    assert len(lab.ran) == 8
    assert lab.said[-1] == "All runs are there already."
    assert (lab.out / "results.csv").read_bytes() == before
    assert again.accuracies("rate")[0.08] == pytest.approx([0.98, 0.981])


@pytest.mark.parametrize("change", ["notebook", "data", "epochs"])
def test_a_run_of_something_else_does_not_count_as_done(change, lab, monkeypatch):
    lab.sweep({"rate": [0.01, 0.05]}, seeds=1)
    options = {}
    if change == "notebook":
        write_template(lab.template, TRAIN.replace("0.9", "0.8"))
    elif change == "data":
        other = SimpleNamespace(name="other digits")
        monkeypatch.setattr("mnist_helpers.lessons.sweeps.load_mnist", lambda: other)
    else:
        options["epochs"] = 2
    lab.sweep({"rate": [0.01, 0.05]}, seeds=1, **options)
    assert len(lab.ran) == 4


def test_ctrl_c_keeps_what_is_finished(lab):
    lab.stop_before = 3
    with pytest.raises(KeyboardInterrupt, match=r"3 of 4 runs are finished and kept"):
        lab.sweep({"rate": [0.01, 0.05]}, seeds=2)
    assert len(rows(lab.out)) == 3
    lab.stop_before = None
    lab.sweep({"rate": [0.01, 0.05]}, seeds=2)
    assert len(lab.ran) == 4
    assert len(rows(lab.out)) == 4


def test_a_failing_setting_is_a_row_and_not_the_end(lab, capsys):
    results = lab.sweep({"rate": [0.01, 0.05, 100]}, seeds=2)
    states = [(row["rate"], row["state"]) for row in rows(lab.out)]
    assert states == [
        (rate, state)
        for rate, state in (("0.01", "done"), ("0.05", "done"), ("100.0", "failed"))
        for _ in "ab"
    ]
    assert rows(lab.out)[4]["why"] == "ValueError: the rate is too high"
    assert "| rate = 100 | failed: ValueError: the rate is too high |" in results.table()
    assert "with 100 a run failed" in results.verdict("rate")
    assert results.accuracies("rate")[100] == []
    lab.sweep({"rate": [0.01, 0.05, 100]}, seeds=2)
    assert len(lab.ran) == 8  # what failed is tried again


def test_the_command_prints_the_table_and_says_where_the_rest_is(lab, capsys):
    call = ["sweep", "--notebook", str(lab.template), "--out", str(lab.out), "--seeds", "2"]
    assert main([*call, "--vary", "rate=0.01,0.05"]) == 0
    captured = capsys.readouterr()
    assert "| rate = 0.05 | 95.05% | 95.00% to 95.10% |" in captured.out
    assert str(lab.out) in captured.out
    assert captured.err.startswith("4 runs to do")
    assert main([*call, "--vary", "rate=0.01,100"]) == 1


def test_the_test_set_may_not_choose(lab):
    write_template(lab.template, TRAIN.replace("validation accuracy", "accuracy on the test set"))
    with pytest.raises(SweepError, match="the test images are for the end"):
        lab.sweep({"rate": [0.01, 0.05]})


def test_a_notebook_without_a_number_is_refused(lab):
    write_template(lab.template, TRAIN.replace(", accuracy)", ")"))
    with pytest.raises(SweepError, match="must end with key_result"):
        lab.sweep({"rate": [0.01, 0.05]})


def test_without_papermill_it_says_what_to_install(monkeypatch, template):
    monkeypatch.setattr("mnist_helpers.lessons.sweeps.find_spec", lambda name: None)
    with pytest.raises(SweepError, match=r"pip install \"mnist-helpers\[notebooks\]\""):
        sweep({"rate": [1, 2]}, notebook=template)


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
            "it mattered: 1 is best; 2 is 7.0 points below",
        ),
        (
            {1: [0.970, 0.975, 0.972], 0.5: [0.900, 0.905, 0.902], 2: [0.971, 0.974, 0.976]},
            f"it mattered: 0.5 is 7.1 points below 2; between 2 and 1: {NO_DIFFERENCE}",
        ),
    ],
)
def test_only_what_the_spread_allows_is_said(accuracies, words):
    assert judge_spread(accuracies) == words


def results_of(plan, accuracy):
    runs = [
        Run(one, seed, accuracy(one, seed), 1.0, "", "n.ipynb")
        for one in plan.settings
        for seed in (0, 1, 2)
    ]
    return SweepResults(plan, runs, "Digits.")


def test_one_at_a_time_a_parameter_is_judged_with_the_rest_as_it_is():
    plan = make_plan(BASE, {"rate": [0.01, 0.1], "size": [64, 128]})
    results = results_of(plan, lambda one, seed: 0.5 if one["size"] == 64 else 0.9)
    assert results.accuracies("rate") == {0.01: [0.9] * 3, 0.1: [0.9] * 3}
    grid = make_plan(BASE, {"rate": [0.01, 0.1], "size": [64, 128]}, grid=True)
    results = results_of(grid, lambda one, seed: 0.5 if one["size"] == 64 else 0.9)
    assert sorted(results.accuracies("rate")[0.1]) == [0.5] * 3 + [0.9] * 3


def test_the_figure_has_a_panel_for_each_parameter_and_a_dot_for_each_run():
    plan = make_plan(BASE, {"rate": [0.01, 0.1, 1], "size": [64, 128]})
    results = results_of(plan, lambda one, seed: 0.9 + one["rate"] / 100 + seed / 1000)
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
    assert "rate: it mattered" in results.alt()
    assert "size: no difference that these runs can show." in results.alt()
    assert results._repr_markdown_() == results.table()


def test_the_page_shows_the_table_and_the_figure_with_its_words(lab):
    results = lab.sweep({"rate": [0.01, 0.05]}, seeds=3)
    page = (lab.out / "results.md").read_text()
    assert results.table() in page
    assert f"![{results.alt()}](results.png)" in page
    assert (lab.out / "results.png").read_bytes().startswith(b"\x89PNG")


# With real kernels


@pytest.mark.slow
def test_papermill_runs_it_and_a_kernel_that_dies_is_a_row(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "mnist_helpers.lessons.sweeps.load_mnist", lambda: SimpleNamespace(name="digits")
    )
    dies = "if size == 13:\n    import os\n    os._exit(1)" + TRAIN
    template = write_template(tmp_path / "03_tiny.ipynb", dies)
    results = sweep(
        settings=[{"rate": 0.05}, {"rate": 99}, {"size": 13}],
        seeds=1,
        notebook=template,
        out=tmp_path / "out",
    )
    good, bad, dead = results.runs
    assert good.accuracy == pytest.approx(0.95)
    assert bad.why == "ValueError: the rate is too high"
    assert "stopped without a word" in dead.why
    executed = nbformat.read(tmp_path / "out" / good.notebook, as_version=4)
    assert executed.cells[-1].outputs


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_a_real_ctrl_c_ends_with_130_and_keeps_what_is_finished(tmp_path):
    template = write_template(
        tmp_path / "03_tiny.ipynb",
        TRAIN + "\nimport time\ntime.sleep(600 * (rate > 0.04))",
    )
    call = [
        sys.executable,
        "-m",
        "mnist_helpers",
        "sweep",
        "--notebook",
        str(template),
        "--out",
        str(tmp_path / "out"),
        "--seeds",
        "1",
        "--vary",
        "rate=0.01,0.05",
    ]
    process = subprocess.Popen(call, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    csv_file, deadline = tmp_path / "out" / "results.csv", time.monotonic() + 300
    try:
        while not csv_file.exists() and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(5)  # in the middle of the second run
        process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130, words
    assert "1 of 2 runs are finished and kept" in words
    assert "Traceback" not in words
    assert [row["rate"] for row in rows(tmp_path / "out")] == ["0.01"]


@pytest.mark.slow
def test_the_training_of_notebook_03_runs_on_the_stand_in(tmp_path, monkeypatch):
    images, labels = framed_digits()
    digits = {"train_images": images, "train_labels": labels}
    write_folder(tmp_path / "digits", **digits)
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path / "digits"))
    results = sweep({"learning_rate": [0.01, 100.0]}, seeds=1, epochs=1, out=tmp_path / "out")
    good, bad = results.runs
    assert good.accuracy > 0.7
    assert bad.accuracy is None or bad.accuracy < good.accuracy


@pytest.mark.slow
def test_the_sweep_of_the_exercise_runs(tmp_path, monkeypatch, capsys):
    notebook = nbformat.read(ROOT / "notebooks" / "solutions" / "03_training.ipynb", as_version=4)
    (cell,) = [c for c in notebook.cells if "takes-long" in c.metadata.get("tags", [])]
    monkeypatch.chdir(tmp_path)
    write_folder(
        tmp_path / "digits", train_images=framed_digits()[0], train_labels=framed_digits()[1]
    )
    monkeypatch.setenv("MNIST_DATA_DIR", "digits")
    exec(
        cell.source, names := {"sweep": sweep, "mattered": lambda accuracies: len(accuracies) == 2}
    )
    assert "Did learning_rate matter? True" in capsys.readouterr().out
    assert "| learning_rate = 0.0003 |" in names["results"].table()
    assert len(rows(tmp_path / "runs" / "sweep")) == 4
