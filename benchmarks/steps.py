"""Measure one training step of the quick network, done in several ways: python -m benchmarks.steps.

A change that a profile suggests may not help after all, so the usual suggestions are tried here.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F

from benchmarks.recipes import FILTER_IMAGES
from benchmarks.tables import describe_machine, load_real_mnist, markdown_table, publish
from mnist_helpers.data import DigitDataset
from mnist_helpers.model import QuickCNN
from mnist_helpers.recipes.measured import FOLDER
from mnist_helpers.train import seed_everything

RESULTS, PAGE = FOLDER / "steps.json", Path(__file__).with_name("README.md")
BATCH, STEPS = 192, 200
WAYS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "filters trained": {"filters": False},
    "not channels last": {"memory_format": torch.contiguous_format},
    "bfloat16": {"bfloat16": True},
    "torch.compile": {"compiled": True},
    "one thread": {"threads": 1},
}


def make_step(
    digits: DigitDataset,
    *,
    filters: bool = True,
    memory_format: torch.memory_format = torch.channels_last,
    bfloat16: bool = False,
    compiled: bool = False,
    threads: int | None = None,
) -> tuple[QuickCNN, Callable[[int], None]]:
    """A new network, and a function that trains it by the batch of a given number."""
    seed_everything(0)
    model = QuickCNN().to(memory_format=memory_format).train()
    if filters:
        model.set_filters(digits.images[:FILTER_IMAGES])
    learned = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=0.001, fused=True)
    call = torch.compile(model) if compiled else model
    usual = torch.get_num_threads()

    def step(number: int) -> None:
        torch.set_num_threads(threads or usual)
        start = number * BATCH % (len(digits) - BATCH)
        images, labels = digits[start : start + BATCH]
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            logits = call(images)
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        torch.set_num_threads(usual)

    return model, step


def measure(digits: DigitDataset, steps: int = STEPS) -> dict:
    """Milliseconds per step of each way, the ways taking turns, and seconds to the first step."""
    made, first = {}, {}
    for name, options in WAYS.items():
        started = time.perf_counter()
        _, made[name] = make_step(digits, **options)
        made[name](0)
        first[name] = time.perf_counter() - started
    each: dict[str, list[float]] = {name: [] for name in WAYS}
    for number in range(1, steps + 1):
        for name, step in made.items():
            started = time.perf_counter()
            step(number)
            each[name].append(1000 * (time.perf_counter() - started))
    rows = {
        name: {"ms": round(statistics.median(times), 2), "first_s": round(first[name], 1)}
        for name, times in each.items()
    }
    machine = describe_machine()
    return {"machine": machine, "batch": BATCH, "steps": steps, "ways": rows}


def table(results: dict) -> str:
    """The results as a Markdown table."""
    ways = results["ways"].items()
    text = markdown_table(
        [f"a step of {results['batch']} images", "median", "until the first is done"],
        [[name, f"{row['ms']:.1f} ms", f"{row['first_s']:.1f} s"] for name, row in ways],
    )
    return f"{text}\n\nMeasured on {results['machine']}; {results['steps']} steps."


def main() -> None:
    """Measure, write and print."""
    results = measure(load_real_mnist().train)
    publish(results, RESULTS, PAGE, table(results))


if __name__ == "__main__":
    main()
