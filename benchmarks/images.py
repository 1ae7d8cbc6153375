"""How few images are enough? The validation split answers: python -m benchmarks.images.

Trains three one-cycle recipes on more and more of the 55,000 images that the validation split
leaves, and measures their accuracy on the other 5,000. MNIST's test images are not read. Writes
images.json and the table of README.md.
"""

import statistics
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks.recipes import Clock, fixed_filters, one_cycle, quick
from benchmarks.tables import (
    describe_machine,
    load_real_mnist,
    markdown_table,
    mean_and_spread,
    publish,
)
from mnist_helpers.data import DigitData, split_train_validation

HERE = Path(__file__).parent
RESULTS, PAGE = HERE / "images.json", HERE / "README.md"
SEEDS = 10
ENOUGH = 0.99  # mean accuracy of the seeds
COUNTS: dict[str, tuple[Callable[..., Clock], tuple[int, ...]]] = {
    "3: larger steps, fewer of them": (one_cycle, (60_000, 75_000, 90_000)),
    "6: filters that need no training": (fixed_filters, (42_000, 45_000, 48_000, 51_000)),
    "7: an optimizer that forgets sooner": (quick, (30_000, 33_000, 36_000, 39_000)),
}


def validation_data(data: DigitData) -> DigitData:
    """The same data set, with the validation images in the place of the test images."""
    training, validation = split_train_validation(data.train)
    return replace(data, train=training, test=validation)


def measure(data: DigitData, seeds: int = SEEDS) -> dict:
    """The validation accuracy of every recipe, number of images and seed."""
    held_out = validation_data(data)
    rows = []
    for name, (recipe, counts) in COUNTS.items():
        for count in counts:
            each = [recipe(held_out, seed, images=count).points[-1][1] for seed in range(seeds)]
            rows.append({"recipe": name, "images": count, "accuracy_each": each})
            print(f"{name:36} {count:7,}  {statistics.mean(each):.2%}", flush=True)
    return {"machine": describe_machine(), "rows": rows}


def fewest(results: dict, recipe: str) -> int | None:
    """The smallest measured number of images that is enough; None if none is."""
    rows = [row for row in results["rows"] if row["recipe"] == recipe]
    fit = [row["images"] for row in rows if statistics.mean(row["accuracy_each"]) >= ENOUGH]
    return min(fit, default=None)


def table(results: dict) -> str:
    """The results as a Markdown table."""
    rows = [(row["recipe"], row["images"], row["accuracy_each"]) for row in results["rows"]]
    return markdown_table(
        ["recipe", "images", "validation accuracy", "seeds"],
        [[name, f"{n:,}", mean_and_spread(each), str(len(each))] for name, n, each in rows],
    )


def main() -> None:
    """Measure, write and print."""
    results = measure(load_real_mnist())
    publish(results, RESULTS, PAGE, table(results))


if __name__ == "__main__":
    main()
