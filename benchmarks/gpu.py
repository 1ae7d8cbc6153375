"""Measure the recipes on a graphics card, also with replayed steps: python -m benchmarks.gpu.

A small network keeps a GPU busy for some hundred microseconds a step, and Python needs longer than
that to ask for a step. A CUDA graph is a step that was recorded once and is then replayed as a
whole, which Python asks for with one call.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.recipes import FILTER_IMAGES, QUICK_IMAGES, quick, series
from benchmarks.tables import (
    describe_machine,
    load_real_mnist,
    markdown_table,
    mean_and_spread,
    publish,
)
from mnist_helpers.data import DigitData, DigitDataset, normalize
from mnist_helpers.evaluate import predict
from mnist_helpers.model import QuickCNN
from mnist_helpers.recipes import RECIPES, train_recipe
from mnist_helpers.train import Tuning, seed_everything

HERE = Path(__file__).parent
RESULTS, PAGE = HERE / "gpu.json", HERE / "README.md"
EPSILON = 1e-8  # AdamW's
WARM_UP = 3  # steps before the recording, as PyTorch's page about CUDA graphs has them


class Replay:
    """A training whose steps read and write nothing but the device, so that they can be replayed.

    Each step is one of AdamW with PyTorch's one-cycle schedule, as in `fit`. The images of a batch,
    the learning rate and Adam's averages of each step are looked up in tables on the device.

    Args:
        model: an untrained network on the device.
        digits: what it learns from; the images are brought to the device.
        epochs: how often to go through the images, or through ``images`` of them.
        batch: images per step; a last batch that is smaller is left out.
        rate: the largest learning rate.
        tuning: as for `fit`.
        augment: changes all images before each epoch.
        seed: of the order of the images.
    """

    def __init__(
        self,
        model: nn.Module,
        digits: DigitDataset,
        *,
        epochs: int,
        batch: int,
        rate: float,
        tuning: Tuning,
        images: int | None = None,
        augment: Callable[[Tensor], Tensor] | None = None,
        seed: int = 0,
    ):
        device = next(model.parameters()).device
        self.model, self.tuning, self.augment = model.train(), tuning, augment
        self.digits = digits.to(device)
        self.epochs, self.per_epoch = epochs, -(-(images or len(digits)) // batch)
        if images is None:
            self.per_epoch = len(digits) // batch
        self.inputs = normalize(self.digits.images)
        self.weights, self.gradients = flatten_weights(model)
        self.mean, self.square = (torch.zeros_like(self.weights) for _ in range(2))
        steps, generator = epochs * self.per_epoch, torch.Generator().manual_seed(seed)
        orders = []
        for _ in range(epochs):
            order = torch.cat([torch.randperm(len(digits), generator=generator) for _ in range(2)])
            orders.append(order[: self.per_epoch * batch].view(-1, batch))
        self.order = torch.cat(orders).to(device)
        self.plan = make_plan(tuning, rate, steps).to(device)
        self.losses = torch.zeros(steps, device=device)
        self.number = torch.zeros(1, dtype=torch.int64, device=device)  # of the step

    def step(self) -> None:
        """Learn from the next batch."""
        chosen = self.order.index_select(0, self.number)[0]
        images, labels = self.inputs.index_select(0, chosen), self.digits.labels[chosen]
        smoothing = self.tuning.label_smoothing
        loss = F.cross_entropy(self.model(images), labels, label_smoothing=smoothing)
        self.gradients.zero_()
        loss.backward()
        self.losses.index_copy_(0, self.number, loss.detach()[None])
        row = self.plan.index_select(0, self.number)[0]
        rate, keep_mean, keep_square, mean_part, square_part = row.unbind()
        self.weights.mul_(1 - rate * self.tuning.weight_decay)
        self.mean.lerp_(self.gradients, 1 - keep_mean)
        self.square.lerp_(self.gradients.square(), 1 - keep_square)
        spread = (self.square / square_part).sqrt() + EPSILON
        self.weights.sub_(rate / mean_part * self.mean / spread)
        self.number.add_(1)

    def prepare(self) -> Callable[[], None]:
        """What takes a step: on CUDA the recorded one, elsewhere `step` itself."""
        if self.weights.device.type != "cuda":
            return self.step
        changed = [self.weights, self.mean, self.square, self.number, *self.model.buffers()]
        before = [one.clone() for one in changed]
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP):
                self.step()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.step()
        for one, value in zip(changed, before, strict=True):
            one.copy_(value)
        return graph.replay

    def run(self, step: Callable[[], None]) -> list[float]:
        """Train with what `prepare` has given; return the loss of each batch."""
        for _ in range(self.epochs):
            if self.augment is not None:
                self.inputs.copy_(warped(self.digits.images, self.augment))
            for _ in range(self.per_epoch):
                step()
        self.model.eval()
        return self.losses.tolist()  # this waits for the device


def warped(images: Tensor, augment: Callable[[Tensor], Tensor], part: int = 8192) -> Tensor:
    """All images, uint8, changed in large parts: normalized, float32, ``(n, 1, 28, 28)``."""
    return torch.cat([augment(normalize(one)) for one in images.split(part)])


def make_plan(tuning: Tuning, rate: float, steps: int) -> Tensor:
    """For each step: the learning rate, Adam's two fractions, and how far its averages have come.

    These are the numbers of `fit`, read from the optimizer that it uses; float32, ``(steps, 5)``.
    """
    optimizer, schedule = tuning.make_optimizer(nn.Linear(1, 1), rate, "one-cycle", steps)
    rows = []
    for number in range(1, steps + 1):
        group = optimizer.param_groups[0]
        first, second = group["betas"]
        rows.append([group["lr"], first, second, 1 - first**number, 1 - second**number])
        optimizer.step()
        schedule.step()
    return torch.tensor(rows)


@torch.no_grad()
def flatten_weights(model: nn.Module) -> tuple[Tensor, Tensor]:
    """Put all weights that learn into one row, and their gradients into another.

    The model's weights become views of the row, in their own memory format. An optimizer then needs
    a few operations for all of them together.
    """
    places = [
        (module, name, weight)
        for module in model.modules()
        for name, weight in module.named_parameters(recurse=False)
        if weight.requires_grad
    ]
    rows = [in_memory(weight).flatten() for _, _, weight in places]
    row = torch.cat(rows)
    gradients = torch.zeros_like(row)
    sizes = [len(one) for one in rows]
    for place, *views in zip(places, row.split(sizes), gradients.split(sizes), strict=True):
        module, name, weight = place
        shaped = [in_memory(weight, back=view) for view in views]
        setattr(module, name, nn.Parameter(shaped[0]))
        getattr(module, name).grad = shaped[1]
    return row, gradients


def in_memory(weight: Tensor, back: Tensor | None = None) -> Tensor:
    """A weight with its axes as they lie in memory; or ``back``, such a row, in its form."""
    last = weight.dim() == 4 and weight.is_contiguous(memory_format=torch.channels_last)
    if back is None:
        return weight.permute(0, 2, 3, 1) if last else weight.contiguous()
    if last:
        return back.view(weight.permute(0, 2, 3, 1).shape).permute(0, 3, 1, 2)
    return back.view(weight.shape)


Measured = dict[str, Any]


def through_fit(recipe: Callable[..., Any]) -> Callable[[DigitData, int, str], Measured]:
    """A recipe of `benchmarks.recipes`, on a device."""

    def run(data: DigitData, seed: int, device: str) -> Measured:
        clock = recipe(data, seed, device=device)
        seconds, accuracy = clock.points[-1]
        return {"seconds": seconds, "accuracy": accuracy, "prepared": 0.0}

    return run


def quick_replayed(data: DigitData, seed: int, device: str) -> Measured:
    """The quickest recipe with replayed steps."""

    def make() -> Replay:
        model = QuickCNN().to(device)
        model.set_filters(data.train.images[:FILTER_IMAGES])
        tuning = Tuning(betas=(0.6, 0.95), label_smoothing=0.1)
        options: dict[str, Any] = {"batch": 192, "rate": 0.02, "images": QUICK_IMAGES}
        return Replay(model, data.train, epochs=1, tuning=tuning, seed=seed, **options)

    return _replayed(make, data, seed)


def bundled_replayed(data: DigitData, seed: int, device: str) -> Measured:
    """The recipe of the package's network: warped an epoch at a time, with replayed steps."""
    recipe = RECIPES["bundled"]
    training, _ = recipe.split(data, seed)

    def make() -> Replay:
        return Replay(
            recipe.network().to(device),
            training,
            epochs=recipe.epochs,
            batch=recipe.batch_size,
            rate=recipe.learning_rate,
            tuning=Tuning(weight_decay=recipe.weight_decay),
            augment=recipe.augment,
            seed=seed,
        )

    return _replayed(make, data, seed)


def _replayed(make: Callable[[], Replay], data: DigitData, seed: int) -> Measured:
    seed_everything(seed)
    started = time.perf_counter()
    replay = make()
    step = replay.prepare()
    replay.number.tolist()  # waits for the device
    prepared = time.perf_counter()
    losses = replay.run(step)
    seconds = time.perf_counter() - prepared
    accuracy = predict(replay.model, data.test).accuracy
    return {
        "seconds": round(seconds, 3),
        "accuracy": accuracy,
        "prepared": round(prepared - started, 3),
        "last_loss": losses[-1],
    }


def bundled_through_fit(data: DigitData, seed: int, device: str) -> Measured:
    """The same through `train_recipe`, as the command does it, with calibration and all heads."""
    started = time.perf_counter()
    recipe = RECIPES["bundled"]
    model, history, _ = train_recipe(recipe, data, seed=seed, device=device, reporters=[])
    whole = time.perf_counter() - started
    return {
        "seconds": round(history.seconds, 3),
        "accuracy": predict(model, data.test).accuracy,
        "prepared": round(whole - history.seconds, 3),
    }


# How each is trained, and how often.
WAYS: dict[str, tuple[Callable[..., Measured], int]] = {
    "series, six epochs": (through_fit(series), 3),
    "7: an optimizer that forgets sooner": (through_fit(quick), 10),
    "7: an optimizer that forgets sooner, replayed": (quick_replayed, 10),
    "bundled, 60 epochs, replayed": (bundled_replayed, 1),
    "bundled, 60 epochs": (bundled_through_fit, 1),
}


def summarize(runs: list[Measured]) -> Measured:
    """The figures of one way over its seeds."""
    accuracies = [run["accuracy"] for run in runs]
    return {
        "seeds": len(runs),
        "seconds": statistics.median(run["seconds"] for run in runs),
        "seconds_each": [run["seconds"] for run in runs],
        "prepared": statistics.median(run["prepared"] for run in runs),
        "accuracy_each": accuracies,
    }


def table(results: dict) -> str:
    """The results as a Markdown table."""
    rows = []
    for name, row in results["ways"].items():
        each = row["accuracy_each"]
        accuracy = mean_and_spread(each) if len(each) > 1 else f"{each[0]:.2%}"
        seconds = f"{row['seconds']:.2f}"
        rows.append([name, seconds, f"{row['prepared']:.2f}", accuracy, str(row["seeds"])])
    head = ["recipe", "seconds of training", "and beside it", "test accuracy", "seeds"]
    return f"{markdown_table(head, rows)}\n\nMeasured on {results['machine']}; medians."


def main() -> None:
    """Measure, write and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("These figures are about a graphics card with CUDA, which is not here.")
    data, ways = load_real_mnist(), {}
    for name, (train, seeds) in WAYS.items():
        if seeds > 1:
            train(data, 0, "cuda")  # does not count: it loads what CUDA needs
        ways[name] = summarize([train(data, seed, "cuda") for seed in range(seeds)])
        print(name, ways[name], flush=True)
    machine = f"{torch.cuda.get_device_name()}, {describe_machine()}"
    results = {"machine": machine, "ways": ways}
    publish(results, RESULTS, PAGE, table(results))


if __name__ == "__main__":
    main()
