"""The command line, called as a user would call it."""

import json
from importlib import import_module
from unittest.mock import Mock

import pytest

from mnist_helpers.cli.main import main
from mnist_helpers.model import load_weights
from tests.conftest import run_python


@pytest.fixture
def stand_in(alone, closed_port, monkeypatch):
    """No MNIST anywhere, and no internet: the commands get the stand-in."""
    monkeypatch.setattr("torchvision.datasets.MNIST.mirrors", [f"http://127.0.0.1:{closed_port}/"])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The network of two epochs on the stand-in, trained once."""
    out = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MNIST_DATA_DIR", raising=False)
        patch.setattr("mnist_helpers.data.loading.user_cache_dir", lambda *_, **__: str(out / "no"))
        patch.setattr("torchvision.datasets.MNIST.mirrors", [])
        assert main(["train", "--epochs", "2", "--device", "cpu", "--out", str(out)]) == 0
    return out / "digit_cnn.safetensors"


@pytest.fixture
def weights(trained, stand_in):
    return trained


def test_train_writes_weights_history_and_checkpoint(weights):
    _, facts = load_weights(weights)
    assert "stand-in" in facts["dataset"]
    assert facts["seed"] == 0
    history = json.loads((weights.parent / "history.json").read_text())
    assert len(history["epochs"]) == 2
    assert (weights.parent / "checkpoint.safetensors").exists()


@pytest.mark.slow
def test_train_bundled_trains_the_deep_network_and_calibrates_it(stand_in, tmp_path, monkeypatch):
    monkeypatch.setattr("mnist_helpers.recipes.recipes.STROKES", 100)
    monkeypatch.setattr("mnist_helpers.recipes.recipes.SKLEARN_COPIES", 0)
    for name in ("DIGITS", "PASTED", "PRINTED", "NON_DIGITS"):
        monkeypatch.setattr(f"mnist_helpers.recipes.non_digits.{name}", 100)
    for name in ("TOUCHING", "CLOSE", "TRIPLES", "SINGLES"):
        monkeypatch.setattr(f"mnist_helpers.recipes.pairs.{name}", 100)
    out, files = tmp_path / "out", []
    for _ in range(2):
        words = ["--recipe", "bundled", "--epochs", "1", "--device", "cpu", "--out", str(out)]
        assert main(["train", *words]) == 0
        files.append((out / "digit_cnn.safetensors").read_bytes())
    model, facts = load_weights(out / "digit_cnn.safetensors")
    assert type(model).__name__ == "DeepDigitCNN"
    assert facts["recipe"] == "bundled"
    assert 0.05 <= facts["temperature"] <= 20
    assert model.detector is not None
    assert model.pair_reader is not None
    assert files[0] == files[1]


def test_train_out_may_name_the_weights_file(stand_in, tmp_path, capsys):
    file = tmp_path / "mine.safetensors"
    call = ["train", "--epochs", "1", "--device", "cpu", "--out", str(file), "--resume"]
    assert main(call) == 0
    assert file.exists()
    captured = capsys.readouterr()
    assert str(file) in captured.out
    assert "starting from the beginning" in captured.err


def test_train_keeps_a_run_that_was_stopped_or_not_written(stand_in, tmp_path, capsys):
    class Cut(KeyboardInterrupt):
        pass

    out = tmp_path / "out"
    line = ["train", "--epochs", "2", "--device", "cpu", "--out", str(out)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "mnist_helpers.train.history.ProgressReporter.on_epoch", Mock(side_effect=Cut)
        )
        assert main(line) == 130
    checkpoint = out / "checkpoint.safetensors"
    content = checkpoint.read_bytes()
    assert main(line) == 2
    assert "stopped after epoch 1 of 2" in capsys.readouterr().err
    assert checkpoint.read_bytes() == content
    assert main([*line, "--resume"]) == 0
    (out / "digit_cnn.safetensors").unlink()  # as if the power had failed before it was written
    assert main(line) == 2
    assert "whose network was not written" in capsys.readouterr().err
    assert main([*line, "--resume"]) == 0
    assert (out / "digit_cnn.safetensors").exists()


def test_evaluate_json_is_one_object_and_nothing_else(weights, capsys):
    capsys.readouterr()
    assert main(["evaluate", "--weights", str(weights), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert "stand-in" in result["dataset"]
    assert result["n_test"] == 360
    assert 0 < result["test_accuracy"] <= 1
    assert result["trained_on"] == result["dataset"]


def test_evaluate_takes_a_folder_and_prints_for_people(weights, capsys):
    capsys.readouterr()
    assert main(["evaluate", "--weights", str(weights.parent)]) == 0
    out = capsys.readouterr().out
    assert all(words in out for words in ("accuracy", "95 % interval", "recall"))


def test_resume_with_other_epochs_is_refused_in_one_line(weights, capsys):
    out = str(weights.parent)
    capsys.readouterr()
    assert main(["train", "--epochs", "5", "--device", "cpu", "--out", out, "--resume"]) == 1
    assert "epochs=2 there, 5 here" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("train --epochs 0", "--epochs must be a whole number from 1"),
        ("train --epochs two", "--epochs must be a whole number from 1"),
        ("train --seed -1", "--seed must be a whole number from 0"),
        ("train --device nowhere", "no device 'nowhere'"),
        ("train --data-dir none", "There is no folder"),
        ("train --data-dir .", "holds no MNIST files"),
        ("train --out text.safetensors/below", "cannot be written: a file stands where"),
        ("evaluate --drawn none", "none"),
        ("evaluate --weights none", "no weights file"),
        ("evaluate --weights text.safetensors", "does not hold the weights"),
        ("run --notebooks .", "no notebooks in"),
        ("run --only 77", "no notebook 77"),
        ("paint", "invalid choice"),
        ("", "COMMAND"),
    ],
)
def test_bad_values_and_paths_give_one_line_and_exit_code_2(
    line, words, stand_in, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.safetensors").write_text("not weights")
    try:
        code = main(line.split())
    except SystemExit as stop:  # argparse's own errors
        code = stop.code
    captured = capsys.readouterr()
    assert code == 2
    assert words in captured.err
    assert captured.out == ""
    assert "Traceback" not in captured.err
    left = {path.name for path in tmp_path.iterdir()} - {"user-cache"}
    assert left == {"text.safetensors"}  # nothing was done


def test_a_mistake_in_the_code_is_not_called_a_missing_extra(monkeypatch):
    monkeypatch.setattr("mnist_helpers.cli.check.run", lambda _: import_module("mnist_helpers.x"))
    with pytest.raises(ImportError, match=r"mnist_helpers\.x"):
        main(["check"])


@pytest.mark.parametrize("command", [[], ["train"], ["evaluate"], ["predict"], ["run"], ["sweep"]])
def test_help_shows_an_example_and_the_exit_codes(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([*command, "--help"])
    out = capsys.readouterr().out
    assert stop.value.code == 0
    assert "exit codes" in out
    assert not command or f"python -m mnist_helpers {command[0]}" in out


def test_help_needs_none_of_the_heavy_libraries():
    process = run_python("import sys, mnist_helpers.cli.main; print('torch' in sys.modules)")
    assert process.stdout.strip() == "False"
