"""The recipes: what they train on, what they train, and that a network ends up honest."""

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
from mnist_helpers.recipes import RECIPES, bundled_split, recipes
from mnist_helpers.recipes.recipes import calibrate
from mnist_helpers.recognizer import compute_energy
from mnist_helpers.synthetic import draw_strokes


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
    assert (compute_energy(after.numpy()) >= facts["min_energy"]).mean() > 0.95
    assert F.cross_entropy(after, labels) <= F.cross_entropy(before, labels) + 1e-6
