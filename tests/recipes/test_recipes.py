"""The recipes: what they train on, what they train, and that a network ends up honest."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from mnist_helpers.data import (
    DigitData,
    DigitDataset,
    framed_digits,
    load_stand_in,
    normalize,
    stand_in_split,
)
from mnist_helpers.model import DeepDigitCNN, DigitCNN
from mnist_helpers.recipes import RECIPES, bundled_split, recipes, train_recipe
from mnist_helpers.recipes.recipes import calibrate
from mnist_helpers.recognizer import compute_energy
from mnist_helpers.synthetic import draw_strokes
from mnist_helpers.train import History, Tuning


@pytest.fixture
def few_strokes(monkeypatch):
    monkeypatch.setattr(recipes, "STROKES", 50)


def as_mnist(n):
    """Random images under MNIST's name."""
    pixels = torch.randint(256, (n, 28, 28), dtype=torch.uint8)
    digits = DigitDataset(pixels, torch.arange(n) % 10, "MNIST")
    return DigitData("MNIST", digits, digits, "folder", "none")


def contents(images):
    return {image.tobytes() for image in np.asarray(images)}


def test_the_networks_and_numbers_of_the_recipes():
    assert isinstance(RECIPES["series"].network(), DigitCNN)
    assert isinstance(RECIPES["bundled"].network(), DeepDigitCNN)
    assert RECIPES["series"].epochs == 6


def test_every_number_of_a_recipe_reaches_the_training(monkeypatch):
    calls = []

    def fit(model, training, validation, **options):
        calls.append((model, training, validation, options))
        return History(epochs=[{"val_accuracy": 0.25}, {"val_accuracy": 0.5}])

    monkeypatch.setattr(recipes, "fit", fit)
    data = as_mnist(240)
    odd = replace(
        RECIPES["series"], epochs=7, batch_size=11, learning_rate=0.003, weight_decay=0.123
    )
    options = {"seed": 5, "device": "cpu", "checkpoint": "a file", "resume": True}
    model, _, facts = train_recipe(odd, data, **options)
    ((trained, training, validation, told),) = calls
    assert trained is model
    assert next(iter(training))[0].shape == (11, 1, 28, 28)
    first, second = ([labels.tolist() for _, labels in training] for _ in range(2))
    assert first != second  # shuffled
    assert sum(len(labels) for _, labels in validation) == 20
    wanted = {"epochs": 7, "learning_rate": 0.003, "tuning": Tuning(weight_decay=0.123)}
    wanted |= {"augment": odd.augment, **options, "device": torch.device("cpu")}
    assert told == wanted
    assert (facts["dataset"], facts["recipe"], facts["epochs"]) == ("MNIST", "series", 7)
    assert (facts["seed"], facts["val_accuracy"]) == (5, 0.5)
    again, _, facts = train_recipe(odd, data, epochs=2, seed=5)
    assert (calls[1][3]["epochs"], facts["epochs"]) == (2, 2)
    torch.testing.assert_close(again.state_dict(), model.state_dict())
    other, _, _ = train_recipe(odd, data, seed=6)
    assert not torch.equal(other.classifier[-1].weight, model.classifier[-1].weight)
    facts = train_recipe(replace(odd, calibrated=True), data)[2]
    assert {"temperature", "min_energy"} < facts.keys()


def test_the_bundled_recipe_trains_on_mnist_strokes_and_other_peoples_digits(few_strokes):
    data = as_mnist(240)
    training, validation = bundled_split(data, seed=0)
    index, _ = stand_in_split()
    assert len(validation) == 20
    assert len(training) == 220 + 50 + recipes.SKLEARN_COPIES * len(index)
    learned = contents(training.images)
    assert contents(framed_digits()[0][index]) <= learned
    assert contents(draw_strokes(50, seed=0)[0]) <= learned
    assert training.labels.dtype == torch.int64


@pytest.mark.parametrize("data", [as_mnist(240), load_stand_in()], ids=["MNIST", "stand-in"])
def test_nothing_that_judges_is_trained_on(few_strokes, data):
    training, validation = bundled_split(data, seed=0)
    _, held_out = stand_in_split()
    learned = contents(training.images)
    assert not learned & contents(validation.images)
    assert not learned & contents(framed_digits()[0][held_out])  # the stand-in's test images


def test_the_seed_decides_the_strokes_and_not_the_validation_images(few_strokes):
    data = as_mnist(240)
    (first, kept), (again, _), (other, same) = (bundled_split(data, s) for s in (1, 1, 2))
    assert torch.equal(first.images, again.images)
    assert not torch.equal(first.images, other.images)
    assert torch.equal(kept.images, same.images)


@pytest.mark.parametrize("true_temperature", [0.4, 1.0, 3.0])
def test_the_best_temperature_is_found(true_temperature):
    torch.manual_seed(0)
    honest = torch.randn(20_000, 10) * 2
    labels = torch.multinomial(honest.softmax(1), 1)[:, 0]
    facts = calibrate(DigitCNN(), honest * true_temperature, labels)
    assert facts["temperature"] == pytest.approx(true_temperature, rel=0.05)


def test_perfect_answers_do_not_make_the_temperature_zero():
    labels = torch.arange(10)
    assert calibrate(DigitCNN(), F.one_hot(labels).float(), labels)["temperature"] >= 0.05


def test_calibration_changes_the_sureness_and_no_answer():
    torch.manual_seed(0)
    model = DeepDigitCNN((4, 4, 4)).eval()
    images = normalize(torch.from_numpy(draw_strokes(64)[0]))
    with torch.no_grad():
        before = model(images)
        labels = torch.randint(10, (64,))
        facts = calibrate(model, before, labels)
        after = model(images)
    torch.testing.assert_close(after, before / facts["temperature"], atol=1e-5, rtol=1e-4)
    assert calibrate(model, after, labels)["temperature"] == pytest.approx(1, rel=0.02)
    lowest = np.quantile(compute_energy(after.numpy()), recipes.UNLIKE)
    assert facts["min_energy"] == pytest.approx(lowest, abs=1e-3)
    assert F.cross_entropy(after, labels) <= F.cross_entropy(before, labels) + 1e-6
