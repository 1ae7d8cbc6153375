"""The reader of pairs: it learns, is saved with the weights, and knows two digits from others."""

import numpy as np
import pytest
import torch

from mnist_helpers._support import normalize
from mnist_helpers.data import load_stand_in
from mnist_helpers.model import (
    NO_PAIR,
    DeepDigitCNN,
    DigitCNN,
    load_weights,
    save_weights,
)
from mnist_helpers.recipes import add_pair_reader, non_digits, pairs
from mnist_helpers.recognizer import ask_all_heads
from mnist_helpers.synthetic import frame_non_digits

DIGITS = load_stand_in().train
SEED = 31  # neither the training nor a benchmark uses it


@pytest.fixture
def few_examples(monkeypatch):
    for name in ("TOUCHING", "CLOSE", "TRIPLES", "SINGLES"):
        monkeypatch.setattr(pairs, name, 16)
    monkeypatch.setattr(non_digits, "NON_DIGITS", 32)


@pytest.mark.parametrize("network", [DigitCNN(), DeepDigitCNN((4, 4, 4))], ids=["plain", "deep"])
def test_adding_one_changes_nothing_else(network, few_examples, tmp_path):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    add_pair_reader(network, DIGITS)
    after = network.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert not any(p.requires_grad for p in network.pair_reader.parameters())
    save_weights(network, tmp_path / "w.safetensors")
    again, images = load_weights(tmp_path / "w.safetensors")[0], normalize(DIGITS.images[:9])
    said, says = (ask_all_heads(one.eval(), images) for one in (network, again))
    torch.testing.assert_close(says.logits, said.logits)
    torch.testing.assert_close(says.pairs, said.pairs)


def test_the_same_seed_trains_the_same(few_examples):
    torch.manual_seed(0)
    network, weights = DigitCNN((2, 2), hidden=4), []
    for seed in (1, 1, 2):
        add_pair_reader(network, DIGITS, seed)
        weights.append([network.pair_reader[layer].weight for layer in (0, 2)])
    for first, again, other in zip(*weights, strict=True):
        assert torch.equal(first, again)
        assert not torch.equal(first, other)


def test_it_learns_what_it_is_shown(few_examples, monkeypatch):
    """An untrained network's features tell a few squares apart; so the reader can know them all."""
    monkeypatch.setattr(pairs, "EPOCHS", 200)
    monkeypatch.setattr("mnist_helpers.recipes.heads.RandomWarp", torch.nn.Identity)
    torch.manual_seed(0)
    network = DeepDigitCNN((8, 8, 8)).eval()
    add_pair_reader(network, DIGITS, seed=3)
    squares, shown = pairs.example_pairs(DIGITS, 3)
    assert sorted(set(shown))[-1] == NO_PAIR
    assert np.count_nonzero(shown == NO_PAIR) == 16
    said = ask_all_heads(network, normalize(torch.from_numpy(squares))).pairs.argmax(1)
    assert (said.numpy() == shown).mean() > 0.9


# What the bundled network's pair reader is worth, with digits that neither has learned from: those
# of scikit-learn that the stand-in keeps for tests.


@pytest.fixture(scope="module")
def said(recognizer):
    """What the bundled pair reader says of squares, as probabilities."""

    def say(squares):
        with torch.inference_mode():
            found = ask_all_heads(recognizer.model, normalize(torch.from_numpy(squares)))
        return found.pairs.softmax(1).numpy()

    return say


def test_it_knows_most_pairs(said, monkeypatch):
    for name, count in (("TOUCHING", 400), ("CLOSE", 100), ("TRIPLES", 200)):
        monkeypatch.setattr(pairs, name, count)
    squares, shown = pairs.example_pairs(load_stand_in().test, SEED)
    found, two = said(squares), shown != NO_PAIR
    assert (found[two].argmax(1) == shown[two]).mean() > 0.8
    assert (found[~two].argmax(1) == NO_PAIR).mean() > 0.7


def test_it_takes_hardly_anything_else_for_a_pair(said):
    digits = load_stand_in().test.images.numpy()
    assert (said(digits).argmax(1) == NO_PAIR).mean() > 0.97
    letters = frame_non_digits("letters in other fonts", 200, SEED)
    assert (said(letters).argmax(1) == NO_PAIR).mean() > 0.9
