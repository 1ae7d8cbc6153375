"""Training on a GPU, a pretended one: how often it waits, and that it stays what it is on a CPU."""

import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from mnist_helpers.data import (
    DigitDataset,
    RandomWarp,
    batch_loader,
    load_stand_in,
    random_shift,
    split_train_validation,
)
from mnist_helpers.evaluate import predict
from mnist_helpers.model import compute_logits
from mnist_helpers.train import EarlyStopping, Reporter, TrainingError, fit, loop, seed_everything
from tools.pretended_gpu import device

pytestmark = pytest.mark.slow
GPU = device.NAME


def digits(n):
    """Random squares: that is enough where only the waits count."""
    squares = np.random.default_rng(0).integers(0, 256, (n, 28, 28), dtype=np.uint8)
    return DigitDataset.from_numpy(squares, np.arange(n) % 10, "noise")


def small_model():
    seed_everything(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 10))


class Counts(Reporter):
    """Counts the waits and copies of each epoch; the first holds the checks of the first batch."""

    def on_start(self, history):
        self.waits, self.copies = [], []
        self.context = device.counting()
        self.seen = self.context.__enter__()
        self.before = (0, 0)

    def on_epoch(self, history):
        now = self.seen.waits, self.seen.copies
        self.waits.append(now[0] - self.before[0])
        self.copies.append(now[1] - self.before[1])
        self.before = now

    def on_end(self, history):
        self.context.__exit__(None, None, None)


def waits_of(kind, augment=None, validate=False):
    """The waits of an epoch of 100 batches, and the lines of code that asked for them."""
    loader = {
        "batch_loader": lambda: batch_loader(digits(400), 4, shuffle=True),
        "on the device": lambda: batch_loader(digits(400).to(GPU), 4, shuffle=True),
        "DataLoader": lambda: DataLoader(digits(400), batch_size=4, shuffle=True),
    }[kind]()
    counts = Counts()
    validation = batch_loader(digits(50), 5) if validate else None
    fit(small_model(), loader, validation, epochs=2, augment=augment, reporters=[counts])
    return counts.waits[1], counts.copies[1], dict(counts.seen.places)


@pytest.mark.parametrize("augment", [None, random_shift, RandomWarp()], ids=str)
def test_fit_waits_twice_in_a_hundred_batches(augment, on_pretended_gpu):
    waits, _, places = on_pretended_gpu(waits_of, "batch_loader", augment)
    assert waits == 100 / loop.PATIENCE == 2, places


@pytest.mark.parametrize("kind", ["on the device", "DataLoader"])
def test_fit_waits_no_more_with_other_loaders(kind, on_pretended_gpu):
    waits, _, places = on_pretended_gpu(waits_of, kind)
    assert waits == 2, places


def test_validation_adds_three_waits_however_many_batches_it_has(on_pretended_gpu):
    waits, _, places = on_pretended_gpu(waits_of, "batch_loader", None, True)
    assert waits <= 2 + 3, places


def test_the_images_are_brought_to_the_device_once(on_pretended_gpu):
    """A batch's index and its labels are some bytes; of the usual DataLoader it is the images."""
    assert on_pretended_gpu(waits_of, "batch_loader")[1] == 200
    assert on_pretended_gpu(copied_bytes) < 400 * 30


def copied_bytes():
    """How many bytes an epoch brings to the device, by the sizes of what is brought."""
    sizes = []
    moved = device._moved

    def spy(func, tensor, there, kwargs):
        if there and not isinstance(tensor, device.Pretended):
            sizes.append(tensor.nbytes)
        return moved(func, tensor, there, kwargs)

    class Spy(Reporter):
        def on_start(self, history):
            device._moved = spy

        def on_end(self, history):
            device._moved = moved

    fit(small_model(), batch_loader(digits(400), 4), epochs=1, reporters=[Spy()])
    return sum(sizes)


def waits_of_evaluation():
    model = small_model().to(GPU)
    with device.counting() as seen:
        answers = predict(model, digits(5000))
    loader = batch_loader(digits(300).to(GPU), 10)
    with device.counting() as raw:
        logits, labels = compute_logits(model, loader)
    assert isinstance(answers.probabilities, np.ndarray)
    assert logits.device.type == labels.device.type == "cpu"
    return seen.waits, raw.waits


def test_evaluation_waits_once_for_the_answers(on_pretended_gpu):
    assert on_pretended_gpu(waits_of_evaluation) == (1, 2)


def trained(place, loader_of):
    """The history, the weights, and what a reporter was told, on the CPU or the device."""
    training, validation = split_train_validation(load_stand_in().train)
    training = training.sample(600)
    model = small_model()
    told = []

    class Note(Reporter):
        def on_batch(self, history):
            told.append((len(history.batch_loss), history.batch_loss[-1]))

    history = fit(
        model,
        loader_of(training),
        batch_loader(validation, 50),
        epochs=3,
        early_stopping=EarlyStopping("val_loss"),
        device=place,
        reporters=[Note()],
    )
    epochs = [{k: v for k, v in epoch.items() if k != "seconds"} for epoch in history.epochs]
    weights = [value.cpu().numpy() for value in model.state_dict().values()]
    return history.batch_loss, epochs, history.best_epoch, weights, told


def in_order(training):
    return batch_loader(training, 8, shuffle=True, seed=4)


def brought(training):
    return batch_loader(training.to("cuda"), 8, shuffle=True, seed=4)


@pytest.mark.parametrize("loader_of", [in_order, brought])
def test_a_gpu_learns_from_the_same_images_in_the_same_order(loader_of, on_pretended_gpu):
    losses, epochs, best, weights, told = on_pretended_gpu(trained, GPU, loader_of)
    expected = trained("cpu", in_order)
    # The optimizer rounds otherwise than on a CPU, where one kernel does all of its step.
    assert losses == pytest.approx(expected[0], rel=1e-3)
    assert best == expected[2]
    for one, other in zip(epochs, expected[1], strict=True):
        assert one == pytest.approx(other, rel=1e-3)
    for one, other in zip(weights, expected[3], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3)
    assert told == list(enumerate(losses, start=1))


def failure(images, labels, epochs, rate, place):
    loader = batch_loader(TensorDataset(images, labels), 10)
    losses = []

    class Note(Reporter):
        def on_end(self, history):
            losses.extend(history.batch_loss)

    options = {"learning_rate": rate, "schedule": "constant", "reporters": [Note()]}
    try:
        fit(small_model(), loader, epochs=epochs, device=place, **options)
    except TrainingError as error:
        return str(error), losses
    return None


def spoilt(kind):
    torch.manual_seed(0)
    images, labels, epochs, rate = torch.randn(1500, 1, 28, 28), torch.arange(1500) % 10, 2, 0.01
    if kind == "nan":
        images[1373] = float("nan")
    elif kind == "label":
        labels[1373] = 10
    elif kind == "negative label":
        labels[1373] = -1
    else:
        rate = 1e36
    return images, labels, epochs, rate


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("nan", r"in epoch 1, batch 138, because the images hold NaN"),
        ("label", r"There is a label 10"),
        ("negative label", r"There is a label -1"),
        ("rate", r"in epoch 1, batch \d+: the training ran away"),
    ],
)
def test_a_failure_is_told_as_on_a_cpu(kind, words, on_pretended_gpu):
    said, losses = on_pretended_gpu(failure, *spoilt(kind), GPU)
    expected, before = failure(*spoilt(kind), "cpu")
    assert said == expected
    assert re.search(words, said)
    if kind == "nan":
        assert losses == pytest.approx(before, rel=1e-4)
        assert len(losses) == 137
