"""A learner's networks: a better one is never replaced, the next notebook finds the right one."""

import pytest
import torch

from mnist_helpers.lessons import find_network, keep_network
from mnist_helpers.model import DigitCNN, load_weights, save_weights

STAND_IN = "scikit-learn's digits"


def network(mark):
    """A small network that can be told from others."""
    model = DigitCNN(channels=(1, 1), hidden=1)
    torch.nn.init.constant_(model.classifier[-1].bias, mark)
    return model


def mark(path):
    return load_weights(path)[0].classifier[-1].bias[0].item()


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "checkpoints" / "digit_cnn.safetensors"


def keep(path, number, accuracy, dataset="MNIST"):
    return keep_network(network(number), path, dataset=dataset, accuracy=accuracy, epochs=6)


def test_a_network_is_kept_with_its_accuracy_and_settings(path, capsys):
    assert keep(path, 1, 0.9936) == path
    facts = load_weights(path)[1]
    assert facts == {"dataset": "MNIST", "val_accuracy": 0.9936, "epochs": 6}
    said = capsys.readouterr().out
    assert "reads 99.36% of the validation images of MNIST" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("accuracy", [0.9936, 0.995])
def test_as_good_a_network_takes_the_place_of_the_other(path, accuracy):
    keep(path, 1, 0.9936)
    assert keep(path, 2, accuracy) == path
    assert mark(path) == 2


@pytest.mark.parametrize(
    ("accuracy", "dataset"), [(0.1135, "MNIST"), (0.9935, "MNIST"), (0.999, STAND_IN)]
)
def test_an_experiment_goes_beside_the_better_network(path, accuracy, dataset, capsys):
    keep(path, 1, 0.9936)
    beside = keep(path, 2, accuracy, dataset)
    assert beside == path.with_name("experiment_digit_cnn.safetensors")
    assert (mark(path), mark(beside)) == (1, 2)
    assert "digit_cnn.safetensors stays, because it reads 99.36%" in capsys.readouterr().out
    keep(path, 3, accuracy, dataset)
    assert (mark(path), mark(beside)) == (1, 3)


def test_a_network_that_learned_from_mnist_takes_the_place_of_another(path):
    keep(path, 1, 0.99, STAND_IN)
    assert keep(path, 2, 0.97) == path


def test_a_damaged_file_is_replaced(path):
    path.parent.mkdir()
    path.write_bytes(b"no network")
    assert keep(path, 1, 0.99) == path
    assert mark(path) == 1


def test_the_first_of_several_is_found(path, capsys):
    warped = path.with_name("warped_cnn.safetensors")
    assert find_network(warped, path) is None
    assert "There is no network of yours in " in capsys.readouterr().out
    keep(path, 1, 0.99)
    assert find_network(warped, path) == path
    keep(warped, 2, 0.98)
    capsys.readouterr()
    assert find_network(str(warped), str(path)) == warped
    assert "warped_cnn.safetensors: it reads 98.00%" in capsys.readouterr().out


def test_a_network_of_other_digits_and_a_damaged_file_are_passed_over(path, capsys):
    keep(path, 1, 0.99, STAND_IN)
    other = path.with_name("other.safetensors")
    other.write_bytes(b"no network")
    capsys.readouterr()
    assert find_network(other, path, dataset="MNIST") is None
    said = capsys.readouterr().out
    assert "other.safetensors" in said
    assert f"has learned from {STAND_IN}" in said
    assert find_network(path, dataset=STAND_IN) == path
    assert find_network(path) == path


@pytest.mark.parametrize(("accuracy", "poor"), [(0.1135, True), (0.949, True), (0.97, False)])
def test_a_poor_network_comes_with_a_warning(path, accuracy, poor, capsys):
    keep(path, 1, accuracy)
    capsys.readouterr()
    find_network(path)
    assert ("That is poor" in capsys.readouterr().out) == poor


def test_a_file_that_does_not_say_how_good_it_is_can_be_used(path, capsys):
    save_weights(network(1), path, dataset="MNIST")
    assert find_network(path, dataset="MNIST") == path
    assert "does not say" in capsys.readouterr().out
    assert keep(path, 2, 0.5) == path  # nothing is known that would speak for the old one
