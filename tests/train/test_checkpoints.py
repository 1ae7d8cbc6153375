"""Checkpoints: old ones stay readable, and one that does not fit says why."""

import json
import re
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch.utils.data import TensorDataset

import mnist_helpers
from mnist_helpers.data import batch_loader
from mnist_helpers.model import DigitCNN
from mnist_helpers.train import TrainingError, fit, seed_everything

# What earlier versions of the package wrote after the first of two epochs. These files must stay
# readable, so never write them again. The digit is the file's format.
STORED = sorted((Path(__file__).parent / "stored").iterdir())


def resume(checkpoint=None, model=None):
    """The run that wrote the stored checkpoints, from its beginning or from a checkpoint."""
    pixels = (torch.arange(64 * 784).reshape(64, 1, 28, 28) * 37 % 251) / 251
    digits = TensorDataset(pixels, torch.arange(64) % 10)
    seed_everything(0)
    model = model or DigitCNN((1, 2), hidden=4)
    loaders = batch_loader(digits, 8, shuffle=True), batch_loader(digits, 64)
    where = {"checkpoint": checkpoint, "resume": checkpoint is not None}
    history = fit(model, *loaders, epochs=2, seed=3, device="cpu", reporters=[], **where)
    return model, history


def draws_the_stored_dropout():
    """Whether a seed gives the dropout of the stored runs: torch 2.6 draws other numbers."""
    seed_everything(0)
    return torch.nn.functional.dropout(torch.ones(8), 0.5).tolist() == [0, 0, 2, 0, 0, 0, 2, 2]


def copy_with(tmp_path, **changes):
    """A copy of the newest checkpoint that says something else of itself."""
    with safe_open(STORED[-1], framework="pt") as file:
        plain = json.loads(file.metadata()["state"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    path = tmp_path / "checkpoint.safetensors"
    save_file(tensors, path, {"state": json.dumps({**plain, **changes})})
    return path


@pytest.mark.parametrize("file", STORED, ids=lambda file: file.stem)
def test_a_stored_run_of_every_format_goes_on_to_the_same_result(file, tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(file.read_bytes())
    expected, whole = resume()
    model, history = resume(path)
    assert len(history.batch_loss) == 16
    if not draws_the_stored_dropout():
        pytest.skip("this version of PyTorch draws another dropout than that of the stored runs")
    assert history.batch_loss == pytest.approx(whole.batch_loss, abs=1e-5)
    assert history["val_loss"] == pytest.approx([2.34438, 2.33959], abs=1e-4)
    for one, other in zip(model.parameters(), expected.parameters(), strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=0)


def test_there_is_a_stored_run_of_every_format():
    assert [file.stem for file in STORED] == ["checkpoint_1", "checkpoint_2"]


@pytest.mark.parametrize("changes", [{"format": 3}, {"format": 3, "settings": 5}])
def test_a_newer_checkpoint_is_called_newer(tmp_path, changes):
    with pytest.raises(TrainingError, match=r"newer version.*format 3.*Update mnist_helpers to go"):
        resume(copy_with(tmp_path, **changes))
    with pytest.raises(TrainingError, match=r"newer version.*'future-cnn'"):
        resume(copy_with(tmp_path, network="future-cnn"))
    here = re.escape(mnist_helpers.__version__)
    with pytest.raises(TrainingError, match=rf"newer version.*\(9\.2; this is {here}\)"):
        resume(copy_with(tmp_path, version="9.2", **changes))


@pytest.mark.parametrize("changes", [{"format": "2"}, {"network": ["digit-cnn"]}])
def test_a_description_of_the_wrong_kind_gets_a_sentence(tmp_path, changes):
    with pytest.raises(TrainingError, match="is not a checkpoint of fit"):
        resume(copy_with(tmp_path, **changes))


def test_another_network_is_named(tmp_path):
    words = r"another run \(config=.*'dropout': 0\.2.* there, .*'dropout': 0\.5.* here"
    with pytest.raises(TrainingError, match=words):
        resume(copy_with(tmp_path), DigitCNN((1, 2), hidden=4, dropout=0.5))
    other = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
    with pytest.raises(TrainingError, match=r"another run .*network='digit-cnn' there, None here"):
        resume(copy_with(tmp_path), other)
    old = tmp_path / "old.safetensors"
    old.write_bytes(STORED[0].read_bytes())
    with pytest.raises(TrainingError, match="belongs to another network"):
        resume(old, DigitCNN((2, 2), hidden=4))


def test_a_network_from_elsewhere_can_be_stopped_and_go_on(tmp_path):
    other = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
    path = tmp_path / "checkpoint.safetensors"
    first, _ = resume(path, other)
    again, history = resume(path, torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10)))
    assert len(history.epochs) == 2
    assert torch.equal(first[1].weight, again[1].weight)
    with safe_open(path, framework="pt") as file:
        plain = json.loads(file.metadata()["state"])
    assert plain["version"] == mnist_helpers.__version__
