"""The network that comes with the package, and its card."""

import os
from importlib.resources import files

import numpy as np
import pytest

from benchmarks import reading
from mnist_helpers.data import (
    DigitDataset,
    framed_digits,
    load_mnist,
    stand_in_split,
    stretched_digits,
)
from mnist_helpers.evaluate import predict
from mnist_helpers.model import count_parameters
from mnist_helpers.recognizer import load_network
from mnist_helpers.synthetic import paste_digits
from tests.conftest import ROOT

WEIGHTS = files("mnist_helpers") / "weights" / "digit_cnn.safetensors"
CARD = (ROOT / "mnist_helpers" / "weights" / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def mnist():
    if "MNIST_DATA_DIR" not in os.environ:
        pytest.skip("MNIST is not here")
    data = load_mnist(download=False)
    if not data.is_mnist:
        pytest.skip("MNIST is not here")
    return data


def held_out(images_and_labels):
    images, labels = images_and_labels
    _, index = stand_in_split()
    return images[index], labels[index]


def test_it_is_small_and_says_how_it_was_made():
    assert WEIGHTS.stat().st_size <= 1_000_000
    network, facts = load_network()
    assert facts["dataset"] == "MNIST"
    assert facts["recipe"] == "bundled"
    assert f"{count_parameters(network):,} weights" in CARD
    assert f"{WEIGHTS.stat().st_size:,} bytes" in CARD
    assert f"--seed {facts['seed']}" in CARD
    assert f"{facts['epochs']} epochs" in CARD
    assert f"({facts['temperature']:.2f})" in CARD


def test_it_reads_digits_of_people_it_has_not_learned_from():
    images, labels = held_out(framed_digits())
    network, _ = load_network()
    assert predict(network, DigitDataset.from_numpy(images, labels, "")).accuracy >= 0.98


def test_framing_lets_it_read_black_on_white(recognizer):
    images, labels = held_out(stretched_digits())
    digits = [one.digit for one in recognizer.predict_many(255 - images[:100])]
    assert np.mean(digits == labels[:100]) >= 0.95


@pytest.mark.slow
def test_it_reads_mnist_as_well_as_its_card_says(mnist):
    network, _ = load_network()
    predictions = predict(network, mnist.test)
    assert predictions.accuracy >= 0.997
    assert predictions.calibration(15).error <= 0.003
    assert f"| {predictions.accuracy:.2%} (95 % interval" in CARD


@pytest.mark.slow
def test_pasting_mnists_digits_onto_canvases_hardly_matters(mnist, recognizer):
    some = mnist.test.sample(1500, seed=1)
    network, _ = load_network()
    plain = predict(network, some).accuracy
    pictures = paste_digits(some.images.numpy(), seed=1)
    digits = np.array([one.digit for one in recognizer.predict_many(pictures)])
    # 0.3 points is what all 10,000 must keep; 1,500 images vary by about as much.
    assert np.mean(digits == some.labels.numpy()) >= plain - 0.006


def test_the_first_framings_of_the_table_are_what_their_names_say():
    picture = np.full((56, 56), 255, np.uint8)
    picture[10:40, 6:18] = 0  # a bar, black on white, left of the middle
    assert reading.resized(picture).mean() > 127
    assert reading.inverted(picture).mean() < 127
    rows, columns = np.nonzero(reading.boxed(picture) > 127)
    assert rows.max() - rows.min() + 1 == 20
    assert abs(columns.mean() - 13.5) <= 0.5
    for step in (reading.centred, reading.inked, reading.cleaned, reading.framed):
        square = step(picture).astype(float)
        assert square.shape == (28, 28)
        assert abs((square.sum(0) @ np.arange(28)) / square.sum() - 14) <= 0.5
