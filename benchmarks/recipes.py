"""The recipes that `benchmarks.training` compares: from the usual one to the quickest, and apart.

Each takes the data and a seed, trains on MNIST's 60,000 training images, and gives a `Clock`.
"""

import time
from collections.abc import Callable
from typing import Any

import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from mnist_helpers.data import MEAN, STD, DigitData, DigitDataset, batch_loader, random_shift
from mnist_helpers.evaluate import predict
from mnist_helpers.model import DigitCNN, QuickCNN
from mnist_helpers.train import History, Reporter, Tuning, fit, seed_everything

USUAL_EPOCHS = 5  # enough to pass 99.0 %
QUICK_IMAGES = 36_000
FILTER_IMAGES = 200


class Clock:
    """Seconds of training, and the test accuracy at some of them."""

    def __init__(self, epochs: float, test: DigitDataset):
        self.epochs, self.test = epochs, test
        self.seconds = 0.0
        self.points: list[tuple[float, float]] = []
        self.go()

    def go(self) -> None:
        """Start, or start again."""
        self.started = time.perf_counter()

    def test_now(self, model: nn.Module) -> float:
        """Stop the clock, measure the accuracy, go on; return the accuracy."""
        self.seconds += time.perf_counter() - self.started
        self.model = model
        accuracy = predict(model, self.test).accuracy
        self.points.append((round(self.seconds, 3), accuracy))
        self.go()
        return accuracy


class PictureDataset(Dataset):
    """One picture at a time, opened and transformed, as in the tutorials (and in notebook 01)."""

    def __init__(self, digits: DigitDataset):
        self.digits = digits
        self.transform = transforms.Compose(
            [transforms.ToTensor(), transforms.Normalize((MEAN,), (STD,))]
        )

    def __len__(self) -> int:
        return len(self.digits)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        picture = Image.fromarray(self.digits.images[index].numpy())
        return self.transform(picture), self.digits.labels[index]


def usual(data: DigitData, seed: int) -> Clock:
    """DataLoader, a transform per image, Adam, batches of 64."""
    seed_everything(seed)
    loader = DataLoader(PictureDataset(data.train), batch_size=64, shuffle=True)
    return _plain_loop(data, loader, torch.contiguous_format)


def from_memory(data: DigitData, seed: int) -> Clock:
    """As the usual recipe, but each batch is taken from memory at once."""
    seed_everything(seed)
    return _plain_loop(data, batch_loader(data.train, 64, shuffle=True), torch.contiguous_format)


def channels_last(data: DigitData, seed: int) -> Clock:
    """And the network's memory format is channels last."""
    seed_everything(seed)
    return _plain_loop(data, batch_loader(data.train, 64, shuffle=True), torch.channels_last)


def _plain_loop(data: DigitData, loader: DataLoader, memory_format: torch.memory_format) -> Clock:
    clock = Clock(USUAL_EPOCHS, data.test)
    model = DigitCNN().to(memory_format=memory_format)
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(USUAL_EPOCHS):
        model.train()
        for images, labels in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(images), labels).backward()
            optimizer.step()
        clock.test_now(model)
    return clock


class _TestEachEpoch(Reporter):
    def __init__(self, clock: Clock, model: nn.Module):
        self.clock, self.model = clock, model

    def on_epoch(self, history: History) -> None:
        self.clock.test_now(self.model)


def series(data: DigitData, seed: int, **options: Any) -> Clock:
    """What notebook 03 does: batches from memory, AdamW, one-cycle, moved by up to a pixel."""
    seed_everything(seed)
    clock = Clock(6, data.test)
    loader = batch_loader(data.train, shuffle=True)
    usual: dict[str, Any] = {"epochs": 6, "augment": random_shift}
    return _fit(clock, DigitCNN(), loader, seed, **(usual | options))


def one_cycle(data: DigitData, seed: int, *, images: int = 75_000) -> Clock:
    """The same, cut to reach 99.0 % soon: 75,000 images in one cycle, that is 1.25 epochs."""
    seed_everything(seed)
    clock = Clock(images / len(data.train), data.test)
    loader = batch_loader(data.train, 96, shuffle=True, images=images)
    options = {"learning_rate": 0.008, "augment": random_shift}
    return _fit(clock, DigitCNN(dropout=0.1), loader, seed, **options)


def less_work(data: DigitData, seed: int) -> Clock:
    """A network with less to compute (`QuickCNN`), otherwise plain; 1.5 epochs."""
    plain: dict[str, Any] = {"betas": None, "batch_norm": False, "smoothing": 0.0, "filters": False}
    return quick(data, seed, images=90_000, batch=128, rate=0.01, **plain)


def fewer_images(data: DigitData, seed: int) -> Clock:
    """And batch normalization and label smoothing: 48,000 images, 0.8 epochs, are enough."""
    return quick(data, seed, images=48_000, betas=None, filters=False)


def fixed_filters(data: DigitData, seed: int, *, images: int = 48_000) -> Clock:
    """And the first layer's filters are computed from the images, and not trained."""
    return quick(data, seed, images=images, betas=None)


def quick(
    data: DigitData,
    seed: int,
    *,
    images: int = QUICK_IMAGES,
    batch: int = 192,
    rate: float = 0.02,
    betas: tuple[float, float] | None = (0.6, 0.95),
    batch_norm: bool = True,
    smoothing: float = 0.1,
    filters: bool = True,
    memory_format: torch.memory_format = torch.channels_last,
    **options: Any,
) -> Clock:
    """And Adam's averages forget sooner: 36,000 images, 0.6 epochs, are enough."""
    seed_everything(seed)
    clock = Clock(images / len(data.train), data.test)
    model = QuickCNN(batch_norm=batch_norm).to(memory_format=memory_format)
    if filters:
        model.set_filters(data.train.images[:FILTER_IMAGES])
    loader = batch_loader(data.train, batch, shuffle=True, images=images)
    tuning = Tuning(betas=betas, label_smoothing=smoothing)
    return _fit(clock, model, loader, seed, learning_rate=rate, tuning=tuning, **options)


def _fit(clock: Clock, model: nn.Module, loader: DataLoader, seed: int, **options: Any) -> Clock:
    reporters = [_TestEachEpoch(clock, model)]
    usual: dict[str, Any] = {"epochs": 1, "seed": seed, "device": "cpu", "reporters": reporters}
    fit(model, loader, **(usual | options))
    return clock


Run = Callable[[DigitData, int], Clock]
# One change after the other, with the settings that suit it. Notebook 09 uses the same names.
STORY: dict[str, Run] = {
    "the usual recipe": usual,
    "1: batches from memory": from_memory,
    "2: the order in memory": channels_last,
    "3: larger steps, fewer of them": one_cycle,
    "4: less to compute": less_work,
    "5: learn more from each image": fewer_images,
    "6: filters that need no training": fixed_filters,
    "7: an optimizer that forgets sooner": quick,
}


def _without(**options: Any) -> Run:
    return lambda data, seed: quick(data, seed, **options)


# The quickest with one thing undone or changed, to see what each is worth.
APART: dict[str, Run] = {
    "2 undone: contiguous": _without(memory_format=torch.contiguous_format),
    "part of 3 undone: constant learning rate": _without(schedule="constant", rate=0.003),
    "part of 5 undone: no label smoothing": _without(smoothing=0.0),
    "part of 5 undone: no batch normalization": _without(batch_norm=False),
    "6 undone: filters trained": _without(filters=False),
    "7 undone: Adam's usual averages": _without(betas=None),
    "batches of 32": _without(batch=32, rate=0.008),
    "batches of 512": _without(batch=512, rate=0.03),
}
