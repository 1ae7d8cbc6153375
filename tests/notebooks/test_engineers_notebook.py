"""Notebook 12, for engineers: its tests find what they should, and its program can be killed."""

import re

import nbformat
import pytest

from tools.notebooks import FOLDER


def cells():
    notebook = nbformat.read(FOLDER / "12_for_engineers.ipynb", as_version=4)
    return {cell.id: cell.source for cell in notebook.cells}


@pytest.fixture(scope="module")
def space():
    """What the cells about testing define, run after the notebook's imports."""
    found, namespace = cells(), {}
    imports = found["12-05"].partition("\n\ncheck_folder")[0]
    parts = ("12-09", "12-28a", "12-28a2", "12-28b0", "12-28b", "12-28d")
    for source in (imports, *(found[one] for one in parts)):
        exec(source, namespace)
    return namespace


def failures(space, make_loader):
    failed = []
    for name in [name for name in space if name.startswith("test_")]:
        try:
            space[name](make_loader)
        except AssertionError:
            failed.append(name)
    return failed


def test_the_right_loader_passes_and_every_mistake_is_found(space):
    assert failures(space, space["batch_loader"]) == []
    once, smaller = "test_each_image_comes_once", "test_the_last_batch_is_smaller"
    assert failures(space, space["forgetful"]) == [once, smaller]
    assert failures(space, space["careless"]) == [once]
    assert failures(space, space["generous"]) == ["test_empty_batches_are_refused"]


def test_a_loader_that_never_shuffles_passes_and_the_test_of_the_task_finds_it(space):
    """As the folded answer and the second task say."""

    def in_order(dataset, size):
        batches = space["BatchSampler"](range(len(dataset)), size, False)
        return space["DataLoader"](dataset, sampler=batches, batch_size=None)

    assert failures(space, in_order) == []
    deal = space["deal"]
    assert deal(in_order, 100, 10) == deal(in_order, 100, 10)
    assert deal(space["batch_loader"], 100, 10) != deal(space["batch_loader"], 100, 10)


@pytest.mark.slow
def test_a_killed_process_goes_on_to_the_same_result(tmp_path, monkeypatch):
    """Killed in the first epoch, before any checkpoint; the notebook kills it in the second."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "checkpoints").mkdir()
    found, namespace = cells(), {"seed": 0, "part": range(600)}
    program = found["12-19"].removeprefix("%%writefile checkpoints/short_run.py\n")
    (tmp_path / "checkpoints" / "short_run.py").write_text(program, encoding="utf-8")
    exec("import subprocess, sys, torch\nfrom safetensors.torch import load_file", namespace)
    exec(found["12-19b"], namespace)
    run_process, files = namespace["run_process"], ("checkpoints/one", "checkpoints/other")
    first, killed = run_process(files[0], kill_after=2)
    second, done = run_process(files[0])
    whole, _ = run_process(files[1])
    assert killed != 0 == done
    assert list(whole) == list(range(1, 16))  # three epochs of five batches
    assert max(first) < 15
    assert min(second) in (1, 6, 11)  # where an epoch begins
    exec(found["12-24c"], namespace | dict(zip(("checkpoint", "undisturbed"), files, strict=True)))
    assert second == pytest.approx({batch: whole[batch] for batch in second}, abs=1e-3)


def test_the_comparison_covers_all_that_the_text_names():
    assert "for name in one)" in cells()["12-24c"]
    assert re.search(r"the weights, Adam's averages and the random numbers", cells()["12-24b"])
