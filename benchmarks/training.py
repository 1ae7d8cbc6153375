"""Measure the usual recipe against the series' recipe, side by side: python -m benchmarks.training.

All train the same network on MNIST's 60,000 training images. The clock runs while they train, not
while they are tested. README.md says how the recipes were chosen.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F
from torch.utils.data import BatchSampler, DataLoader, Dataset, RandomSampler
from torchvision import transforms

from mnist_helpers.augment import random_shift
from mnist_helpers.data import MEAN, STD, DigitData, DigitDataset, batch_loader, load_mnist
from mnist_helpers.evaluate import predict
from mnist_helpers.files import write_atomically
from mnist_helpers.history import History
from mnist_helpers.model import DigitCNN
from mnist_helpers.reporters import Reporter
from mnist_helpers.train import fit, seed_everything

HERE = Path(__file__).parent
RESULTS = HERE / "training.json"
PAGES = (HERE / "README.md", HERE.parent / "README.md")
BEGIN, END = "<!-- training: begin -->", "<!-- training: end -->"
TARGET = 0.99
USUAL_EPOCHS = 6  # enough to pass 99.0 %


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


class Clock:
    """Seconds of training, and the test accuracy at some of them."""

    def __init__(self, model: nn.Module, test: DigitDataset, epochs: float):
        self.model, self.test, self.epochs = model, test, epochs
        self.seconds, self.points = 0.0, []
        self.go()

    def go(self) -> None:
        """Start, or start again."""
        self.started = time.perf_counter()

    def test_now(self) -> float:
        """Stop the clock, measure the accuracy, go on; return the accuracy."""
        self.seconds += time.perf_counter() - self.started
        accuracy = predict(self.model, self.test).accuracy
        self.points.append((round(self.seconds, 2), accuracy))
        self.go()
        return accuracy


def usual_recipe(data: DigitData, seed: int) -> Clock:
    """DataLoader, a transform per image, Adam, batches of 64."""
    seed_everything(seed)
    model = DigitCNN().to(memory_format=torch.contiguous_format)
    loader = DataLoader(PictureDataset(data.train), batch_size=64, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters())
    clock = Clock(model, data.test, USUAL_EPOCHS)
    for _ in range(USUAL_EPOCHS):
        model.train()
        for images, labels in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(images), labels).backward()
            optimizer.step()
        clock.test_now()
    return clock


class _TestEachEpoch(Reporter):
    def __init__(self, clock: Clock):
        self.clock = clock

    def on_epoch(self, history: History) -> None:
        self.clock.test_now()


def series_recipe(data: DigitData, seed: int) -> Clock:
    """What notebook 03 does: batches from memory, AdamW, one-cycle, moved by up to a pixel."""
    seed_everything(seed)
    model = DigitCNN()
    clock = Clock(model, data.test, epochs=6)
    loader = batch_loader(data.train, shuffle=True)
    return _fit(clock, loader, seed, epochs=6)


def short_recipe(data: DigitData, seed: int) -> Clock:
    """The same, cut to reach 99.0 % soon: 75,000 images in one cycle, that is 1.25 epochs."""
    seed_everything(seed)
    model = DigitCNN(dropout=0.1)
    clock = Clock(model, data.test, epochs=1.25)
    images = 5 * len(data.train) // 4
    order = BatchSampler(RandomSampler(data.train, num_samples=images), 96, drop_last=False)
    loader = DataLoader(data.train, sampler=order, batch_size=None)
    return _fit(clock, loader, seed, epochs=1, learning_rate=0.008)


def _fit(clock: Clock, loader: DataLoader, seed: int, **options: float) -> Clock:
    reporters = [_TestEachEpoch(clock)]
    options |= {"augment": random_shift, "seed": seed, "device": "cpu", "reporters": reporters}
    fit(clock.model, loader, **options)
    return clock


RECIPES: dict[str, Callable[[DigitData, int], Clock]] = {
    "usual": usual_recipe,
    "series": series_recipe,
    "series, short": short_recipe,
}


def summarize(runs: list[Clock]) -> dict:
    """The figures of one recipe over its seeds."""
    reached = [next((s for s, a in run.points if a >= TARGET), None) for run in runs]
    final = [run.points[-1][1] for run in runs]
    per_epoch = [run.seconds / run.epochs for run in runs]
    known = [seconds for seconds in reached if seconds is not None]
    return {
        "seeds": len(runs),
        "epochs": runs[0].epochs,
        "seconds_per_epoch": round(statistics.median(per_epoch), 2),
        "seconds_to_99": round(statistics.median(known), 1) if len(known) == len(runs) else None,
        "seconds_to_99_each": reached,
        "reached_99": len(known),
        "accuracy_mean": statistics.mean(final),
        "accuracy_std": statistics.stdev(final) if len(final) > 1 else 0.0,
        "accuracy_each": final,
        "points": [run.points for run in runs],
    }


def table(results: dict) -> str:
    """The results as a Markdown table, and what follows from them in a sentence."""
    lines = [
        "| recipe | epochs | seconds per epoch | seconds to 99.0 % | final test accuracy |",
        "|---|---|---|---|---|",
    ]
    rows = results["recipes"]
    for name, row in rows.items():
        if row["seconds_to_99"] is None:
            to_99 = f"not reached by {row['seeds'] - row['reached_99']} of {row['seeds']}"
        else:
            each = row["seconds_to_99_each"]
            to_99 = f"{row['seconds_to_99']:.1f} ({min(each):.1f} to {max(each):.1f})"
        lines.append(
            f"| {name} | {row['epochs']:g} | {row['seconds_per_epoch']:.1f} "
            f"| {to_99} "
            f"| {row['accuracy_mean']:.2%} ± {row['accuracy_std']:.2%} |"
        )
    slow, *fast = (row["seconds_to_99"] for row in rows.values())
    known = [seconds for seconds in fast if seconds is not None]
    if slow is not None and known:
        lines += ["", f"To 99.0 %, this series is {slow / min(known):.1f} times as fast."]
    lines += ["", f"Measured on {results['machine']}; {rows['usual']['seeds']} seeds, medians."]
    return "\n".join(lines)


def write_tables(results: dict) -> None:
    """Put the table into the pages that show it, between their two marks."""
    for page in PAGES:
        before, rest = page.read_text(encoding="utf-8").split(BEGIN)
        _, after = rest.split(END)
        text = f"{before}{BEGIN}\n{table(results)}\n{END}{after}"
        write_atomically(page, text.encode())


def main() -> None:
    """Run all recipes in turn, seed by seed, so that a slow spell of the machine hits all alike."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="(default: 5)")
    options = parser.parse_args()
    data = load_mnist()
    if not data.is_mnist:
        raise SystemExit("These figures are about MNIST, and that is not here.")
    short_recipe(data, seed=99)  # warm-up, not counted
    runs: dict[str, list[Clock]] = {name: [] for name in RECIPES}
    for seed in range(options.seeds):
        for name, recipe in RECIPES.items():
            run = recipe(data, seed)
            runs[name].append(run)
            print(
                f"seed {seed}  {name:18} {run.seconds:6.1f} s  {run.points[-1][1]:.2%}", flush=True
            )
    results = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}",
        "recipes": {name: summarize(clocks) for name, clocks in runs.items()},
    }
    write_atomically(RESULTS, (json.dumps(results, indent=1) + "\n").encode())
    write_tables(results)
    print(table(results))


if __name__ == "__main__":
    main()
