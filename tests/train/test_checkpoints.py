"""Checkpoints: old ones stay readable, and one that does not fit says why."""

import json
import re
import warnings
from functools import partial
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset

import mnist_helpers
from mnist_helpers.data import RandomWarp, batch_loader, random_shift
from mnist_helpers.model import DigitCNN, save_weights
from mnist_helpers.train import EarlyStopping, Reporter, TrainingError, fit, seed_everything

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


@pytest.mark.parametrize("changes", [{"format": 4}, {"format": 4, "settings": 5}])
def test_a_newer_checkpoint_is_called_newer(tmp_path, changes):
    with pytest.raises(TrainingError, match=r"newer version.*format 4.*Update mnist_helpers to go"):
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


# What would lose a run, or go on with another one


PIXELS = (torch.arange(64 * 784).reshape(64, 1, 28, 28) * 37 % 251) / 251
DIGITS = TensorDataset(PIXELS, torch.arange(64) % 10)


class Stop(Reporter):
    """The power fails after the first epoch."""

    def on_epoch(self, history):
        raise KeyboardInterrupt


def train(path, model=None, loader=None, **options):
    seed_everything(0)
    model = model or DigitCNN((1, 2), hidden=4)
    loader = loader or batch_loader(DIGITS, 8, shuffle=True)
    options = {"epochs": 2, "device": "cpu", "reporters": [], **options}
    return fit(model, loader, checkpoint=path, **options)


def stopped(tmp_path, *arguments, **options):
    path = tmp_path / "checkpoint.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train(path, *arguments, reporters=[Stop()], **options)
    return path


def change(path, **changes):
    """Let a checkpoint say something else of itself."""
    with safe_open(path, framework="pt") as file:
        plain = json.loads(file.metadata()["state"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    save_file(tensors, path, {"state": json.dumps({**plain, **changes})})


def test_a_run_that_was_stopped_is_not_replaced_and_a_finished_one_is(tmp_path):
    path = stopped(tmp_path)
    content = path.read_bytes()
    words = r"stopped after epoch 1 of 2.*resume=True.*--resume.*delete the file"
    with pytest.raises(TrainingError, match=words):
        train(path)
    assert path.read_bytes() == content
    assert len(train(path, resume=True).epochs) == 2
    assert len(train(path, epochs=1).epochs) == 1
    stopping = EarlyStopping("train_loss", patience=1, min_delta=99)
    assert len(train(path, epochs=9, early_stopping=stopping).epochs) == 2
    train(path)  # after early stopping, a run is finished, too


@pytest.mark.parametrize("name", ["note.txt", "weights.safetensors"])
def test_another_file_is_not_replaced(tmp_path, name):
    save_weights(DigitCNN((1, 2), hidden=4), tmp_path / "weights.safetensors")
    (tmp_path / "note.txt").write_text("mine")
    content = (tmp_path / name).read_bytes()
    with pytest.raises(TrainingError, match=rf"{name} is not a checkpoint of fit"):
        train(tmp_path / name)
    assert (tmp_path / name).read_bytes() == content


def test_a_place_that_cannot_be_written_is_named_before_training(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match=r"it is a folder\. Name a file in it"):
        train(tmp_path)
    with pytest.raises(TrainingError, match="cannot be written: a file stands where a fold"):
        train(tmp_path / "file" / "checkpoint")


def two(images):
    return images * 2


def three(images):
    return images * 3


def labels_shuffled():
    return TensorDataset(PIXELS, torch.arange(64).flip(0) % 10)


@pytest.mark.parametrize(
    ("first", "then", "words"),
    [
        ({}, {"loader": batch_loader(labels_shuffled(), 8, shuffle=True)}, "data="),
        ({}, {"loader": batch_loader(DIGITS, 8)}, "order='RandomSampler' there"),
        (
            {"loader": DataLoader(DIGITS, 60)},
            {"loader": DataLoader(DIGITS, 50)},
            "batch_size=60 there, 50 here",
        ),
        (
            {"loader": DataLoader(Subset(DIGITS, range(8)), 8)},
            {"loader": DataLoader(Subset(DIGITS, range(8, 16)), 8)},
            "data=",
        ),
        ({"augment": two}, {"augment": three}, r"augment='two.*there, 'three"),
        ({"augment": lambda x: x * 2}, {"augment": lambda x: x * 3}, "augment='<lambda>"),
        (
            {"augment": partial(random_shift, pixels=1)},
            {"augment": partial(random_shift, pixels=2)},
            r"augment='partial\(random_shift.*pixels=1.*pixels=2",
        ),
        ({"augment": RandomWarp()}, {"augment": RandomWarp(blur=0)}, r"blur=0\.2.*blur=0"),
        ({"augment": two}, {}, "augment='two.*'None' here"),
        (
            {},
            {"model": DigitCNN((1, 2), hidden=4, dropout=0.9)},
            r"config=.*'dropout': 0\.2.*'dropout': 0\.9",
        ),
        (
            {"model": nn.Sequential(nn.Flatten(), nn.Dropout(0.1), nn.Linear(784, 10))},
            {"model": nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(784, 10))},
            r"model=.*p=0\.1.*p=0\.2",
        ),
        (
            {},
            {"loader": batch_loader(DIGITS, 8, shuffle=True, seed=3)},
            "generators=0 there, 1 here",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_run_does_not_go_on_with_something_else(tmp_path, first, then, words):
    path = stopped(tmp_path, **first)
    with pytest.raises(TrainingError, match=f"belongs to another run .*{words}"):
        train(path, **then, resume=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(train(path, **first, resume=True).epochs) == 2


def test_data_that_are_read_one_by_one_count_by_their_number(tmp_path):
    """To read all of them twice could take hours."""

    class Read(Dataset):
        reads = 0

        def __len__(self):
            return 64

        def __getitem__(self, index):
            self.reads += 1
            return DIGITS[index]

    read = Read()
    path = stopped(tmp_path, loader=DataLoader(read, 8))
    assert read.reads == 64
    assert len(train(path, loader=DataLoader(read, 8), resume=True).epochs) == 2


def test_another_machine_is_said_and_the_run_goes_on(tmp_path, monkeypatch):
    path = stopped(tmp_path, augment=two)
    other = {"PyTorch": "9.9", "Python": "3.99", "device": "cpu", "threads": 77}
    monkeypatch.setattr("mnist_helpers._support.fingerprints.of_machine", lambda _: other)
    monkeypatch.setattr("mnist_helpers._support.fingerprints._code", lambda _: "other code")
    with pytest.warns(
        UserWarning,
        match=r"made elsewhere \(PyTorch=.* there, '9\.9' here; .*threads=\d+ there, 77",
    ):
        history = train(path, augment=two, resume=True)
    assert len(history.epochs) == 2


def test_two_trainings_into_one_file_are_noticed(tmp_path):
    """The second stops; the first, whose file it was, goes on and loses nothing."""
    path = tmp_path / "checkpoint.safetensors"

    class Other(Reporter):
        def on_batch(self, history):
            if len(history.batch_loss) == 1:
                assert len(train(path).epochs) == 2

    with pytest.raises(TrainingError, match="Another training has written"):
        train(path, reporters=[Other()])
    assert len(train(path, resume=True).epochs) == 2


def test_a_checkpoint_that_is_deleted_meanwhile_is_written_again(tmp_path):
    path = tmp_path / "checkpoint.safetensors"

    class Deletes(Reporter):
        def on_epoch(self, history):
            path.unlink()

    train(path, epochs=3, reporters=[Deletes()])
    assert not path.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"settings": 5},
        {"history": [1]},
        {"history": {"epochs": 5, "planned_epochs": 2}},
        {"history": {"colour": 1}},
        {"groups": "x"},
        {"groups": []},
        {"groups": [{"lr": "fast"}]},
        {"schedule": {"total_steps": "many"}},
        {"history": {"epochs": [], "planned_epochs": 2, "batch_loss": ["high"]}},
        {"python_random": 3},
        {"numpy_random": {}},
        {"schedule": 3},
        {"place": [3]},
    ],
    ids=str,
)
def test_a_damaged_description_gets_a_sentence(tmp_path, changes):
    path = stopped(tmp_path)
    change(path, **changes)
    with pytest.raises(TrainingError, match="is not a checkpoint of fit"):
        train(path, resume=True)


def test_a_deeply_nested_description_gets_a_sentence(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    save_file({"x": torch.zeros(1)}, path, {"state": "[" * 10**5})
    with pytest.raises(TrainingError, match="is not a checkpoint of fit"):
        train(path, resume=True)
