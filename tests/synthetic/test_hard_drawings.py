"""The hard pictures: a fair and repeatable set, counted right, with room for one's own."""

import hashlib
from collections import Counter

import numpy as np
import pytest
import torch
from PIL import Image

from mnist_helpers.data import (
    DigitDataset,
    framed_digits,
    load_stand_in,
    split_train_validation,
    stand_in_split,
)
from mnist_helpers.framing import PictureError
from mnist_helpers.recognizer import load_network
from mnist_helpers.synthetic import BACKGROUNDS, HARD_KINDS, hard_drawings, own_drawings
from mnist_helpers.synthetic.hard_drawings import STROKES_SEED, HardDrawing, HardDrawings
from tests.conftest import run_python


def other_digits():
    """Test digits of another name than the stand-in's, which no other source has."""
    images = np.zeros((400, 28, 28), np.uint8)
    images[:, 6:22, 8:20] = np.random.default_rng(5).integers(60, 256, (400, 16, 12))
    return DigitDataset.from_numpy(images, np.arange(400, dtype=np.uint8) % 10, "MNIST")


@pytest.fixture(scope="module")
def hard():
    """The whole set, as a machine without MNIST has it."""
    return hard_drawings(load_stand_in().test)


@pytest.fixture
def digits_alone(monkeypatch):
    """The digits of the set before they are put on paper."""
    monkeypatch.setitem(
        hard_drawings.__globals__,
        "paste_digits",
        lambda images, *_: [Image.fromarray(image) for image in images],
    )


def one(label=3, kind="plain", shade=0, source="me"):
    return HardDrawing(Image.new("L", (30, 30), shade), label, kind, source)


# What is in it


def test_thirty_of_each_kind_ten_of_them_from_each_source(hard):
    assert len(hard) == len(list(hard)) == 300
    assert set(HARD_KINDS) <= set(BACKGROUNDS)
    counts = Counter((drawing.kind, drawing.source) for drawing in hard)
    assert {kind for kind, _ in counts} == set(HARD_KINDS)
    assert len(counts) == 3 * len(HARD_KINDS)
    assert set(counts.values()) == {10}


def test_every_digit_and_many_sizes_are_there(hard):
    labels = [drawing.label for drawing in hard]
    assert {type(label) for label in labels} == {int}
    counts = np.bincount(labels, minlength=10)
    assert counts.min() >= 15
    assert counts.max() <= 50
    assert len({drawing.picture.size for drawing in hard}) > 100
    assert {drawing.picture.mode for drawing in hard} == {"RGB", "RGBA"}


def fingerprint(drawings):
    facts = [(one.label, one.kind, one.source, one.picture.tobytes()) for one in drawings]
    return hashlib.sha256(repr(facts).encode()).hexdigest()


@pytest.mark.slow
def test_it_is_the_same_set_in_every_process():
    code = """
from mnist_helpers.data import load_stand_in
from mnist_helpers.synthetic import hard_drawings
from tests.synthetic.test_hard_drawings import fingerprint
print(fingerprint(hard_drawings(load_stand_in().test, 3)))
"""
    here = fingerprint(hard_drawings(load_stand_in().test, 3))
    assert run_python(code).stdout.strip() == here


def test_another_seed_gives_other_digits(digits_alone):
    first, second = (hard_drawings(other_digits(), seed=seed) for seed in (0, 1))
    for source in ("MNIST", "scikit-learn", "generated strokes"):
        one, two = (
            {drawing.picture.tobytes() for drawing in drawings if drawing.source == source}
            for drawings in (first, second)
        )
        assert len(one & two) < 0.6 * len(one)


# Digits that a network was trained on may not be in it, nor the same digit twice


def stand_in_validation():
    return split_train_validation(load_stand_in().train)[1]


@pytest.mark.parametrize(
    "test",
    [other_digits(), load_stand_in().test, stand_in_validation()],
    ids=["MNIST", "stand-in", "the stand-in's validation digits"],
)
def test_only_unseen_digits_are_taken_and_none_twice(test, digits_alone):
    """Of the given digits, and of those of scikit-learn's that nothing is trained on."""
    images, labels = framed_digits()
    _, held_out = stand_in_split()
    may = {images[i].tobytes(): int(labels[i]) for i in held_out}
    given = {
        image.numpy().tobytes(): int(label)
        for image, label in zip(test.images, test.labels, strict=True)
    }
    known = {"scikit-learn": may, test.name: given}
    drawings = list(hard_drawings(test))
    for drawing in drawings:
        if drawing.source in known:
            assert known[drawing.source][drawing.picture.tobytes()] == drawing.label
    assert {drawing.source for drawing in drawings} == {*known, "generated strokes"}
    assert len({drawing.picture.tobytes() for drawing in drawings}) == len(drawings)


def test_the_bundled_network_learned_strokes_of_another_seed():
    _, facts = load_network()
    # The strokes of a recipe have the seed of its training.
    assert facts["seed"] != STROKES_SEED


# Counting


def test_counting_what_a_reader_reads():
    drawings = HardDrawings([one(3, "plain"), one(4, "plain"), one(5, "photo"), one(6, "photo")])
    answers = iter([3, 4, 5, None])
    count = drawings.count(lambda picture: next(answers))
    assert count.correct.tolist() == [True, True, True, False]
    assert count.correct.dtype == bool
    assert count.accuracy == 0.75
    assert count.by_kind() == {"plain": 1.0, "photo": 0.5}
    assert count.wrong() == [3]
    assert count.wrong("photo") == [3]
    assert count.wrong("plain") == []


@pytest.mark.parametrize("answer", [4, np.int64(4), np.uint8(4), torch.tensor(4)])
def test_an_answer_may_be_any_whole_number(answer):
    count = HardDrawings([one(4), one(5)]).count(lambda picture: answer)
    assert count.correct.tolist() == [True, False]
    assert count.wrong() == [1]


def test_the_reader_gets_the_pictures_in_their_order(hard):
    seen = []
    hard.count(seen.append)
    assert all(seen[i] is hard[i].picture for i in range(300))


# Drawings of one's own


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """Two drawings beside the notebook."""
    monkeypatch.chdir(tmp_path)
    for name in ("my-3.png", "my-7.png"):
        Image.new("RGB", (80, 60), "white").save(name)


def test_own_drawings_are_counted_like_the_others(saved):
    drawings = own_drawings({"my-3.png": 3, "my-7.png": np.int64(7)})
    assert [(one.label, one.kind, one.source) for one in drawings] == [
        (3, "yours", "my-3.png"),
        (7, "yours", "my-7.png"),
    ]
    assert type(drawings[1].label) is int
    assert drawings[0].picture.size == (80, 60)
    assert drawings.count(lambda picture: 3).correct.tolist() == [True, False]
    assert len(own_drawings({})) == 0


@pytest.mark.parametrize("label", [-1, 10, 3.5, "7", None, True, [7]])
def test_a_label_is_a_digit(label, saved):
    with pytest.raises(ValueError, match=r"^my-7\.png: .+ 0 to 9, not .+\.$"):
        own_drawings({"my-3.png": 3, "my-7.png": label})


def test_all_missing_drawings_are_named(saved):
    with pytest.raises(PictureError, match=r"^Not found: my-8\.png, my-9\.png\. "):
        own_drawings({"my-8.png": 8, "my-3.png": 3, "my-9.png": 9})


def test_only_pictures_can_be_counted(saved, tmp_path):
    (tmp_path / "my-1.png").write_text("no picture")
    with pytest.raises(PictureError):
        own_drawings({"my-1.png": 1})


@pytest.mark.parametrize("per_kind", [0, -1, 55, 10**6])
def test_as_many_pictures_of_a_kind_as_there_are_digits(per_kind):
    test = load_stand_in().test
    with pytest.raises(ValueError, match=f"from 1 to 54 with these digits, got {per_kind}"):
        hard_drawings(test, per_kind)
