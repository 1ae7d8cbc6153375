"""The best network of at most a megabyte, several times, and all together.

    python -m benchmarks.best --drawn DIR

trains the recipe of the bundled network with one seed after the other. Each network, each in five
views, and all together then read MNIST's test images and digits that people drew (``DIR`` has a
``labels.csv``: see `load_drawn`). It writes best.json and the table of README.md. A network that is
trained is not trained again, and an interrupted training goes on.
"""

import argparse
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from benchmarks.tables import (
    describe_machine,
    load_real_mnist,
    markdown_table,
    mean_and_spread,
    publish,
)
from benchmarks.training import measure_together
from mnist_helpers.data import DigitData, DigitDataset
from mnist_helpers.evaluate import Predictions, predict
from mnist_helpers.framing import frame
from mnist_helpers.model import load_weights, save_weights
from mnist_helpers.recipes import RECIPES, Recipe, train_recipe
from mnist_helpers.recognizer import load_drawn, load_network

HERE = Path(__file__).parent
RESULTS, PAGE = HERE / "best.json", HERE / "README.md"
SEEDS = (0, 1, 2, 3, 4)
BYTES = 1_000_000

# What a network says about each set of digits, in each of `five_views`.
Read = dict[str, list[Predictions]]


def train_once(recipe: Recipe, data: DigitData, seed: int, epochs: int, folder: Path) -> Path:
    """Train a network, or go on with it, or find that it is done; return its weights file."""
    weights = folder / f"{seed}-{epochs}.safetensors"
    if not weights.exists():
        plain = replace(recipe, calibrated=False, heads=False)
        where: dict[str, Any] = {"checkpoint": weights.with_suffix(".checkpoint"), "resume": True}
        settings: dict[str, Any] = {"epochs": epochs, "seed": seed, "device": "cpu"}
        model, history, facts = train_recipe(plain, data, **settings, **where)
        save_weights(model, weights, **facts, seconds=round(history.seconds))
    return weights


def five_views(digits: DigitDataset) -> list[DigitDataset]:
    """The digits as they are, and moved by a pixel up, left, down and right."""
    moved = [digits.images.roll(step, axis) for step in (-1, 1) for axis in (1, 2)]
    return [replace(digits, images=one) for one in (digits.images, *moved)]


def read(model: nn.Module, sets: dict[str, DigitDataset]) -> Read:
    """Let a network read each set of digits in five views, the digits as they are first."""
    return {name: [predict(model, view) for view in five_views(sets[name])] for name in sets}


def summarize(networks: list[Read], bundled: Read) -> dict:
    """For each set of digits: every network's accuracy, that of all, and the bundled network's.

    A network in five views is an ensemble, too: it has no more weights, but five times the work.
    """
    summary = {}
    for name in bundled:
        each = [one[name][0] for one in networks]
        summary[name] = {
            "digits": len(each[0]),
            "accuracy_each": [one.accuracy for one in each],
            "five_views_each": [measure_together(one[name]) for one in networks],
            "together": measure_together(each),
            "bundled": bundled[name][0].accuracy,
            "bundled_five_views": measure_together(bundled[name]),
        }
    return summary


def table(results: dict) -> str:
    """The results as a Markdown table."""
    count = len(results["seeds"])
    head = ["digits", f"one network, mean of {count}", "from", "to", "in five views"]
    head += [f"all {count} together", "bundled", "bundled in five views"]
    rows = []
    for digits, row in results["sets"].items():
        each, views = row["accuracy_each"], row["five_views_each"]
        cells = [f"{digits}, {row['digits']:,}", mean_and_spread(each)]
        cells += [f"{one:.2%}" for one in (min(each), max(each))]
        cells += [mean_and_spread(views), f"{row['together']:.2%}"]
        rows.append(cells + [f"{row[name]:.2%}" for name in ("bundled", "bundled_five_views")])
    seconds = statistics.median(results["seconds_each"])
    text = f"{results['bytes']:,} bytes each, {results['epochs']} epochs, {seconds:,.0f} s (median)"
    return f"{markdown_table(head, rows)}\n\n{text}. Measured on {results['machine']}."


def drawn_digits(folder: Path) -> DigitDataset:
    """The drawings of a folder, framed."""
    drawings = load_drawn(folder)
    squares = np.stack([frame(one.path, steps=False).image for one in drawings])
    return DigitDataset.from_numpy(squares, np.array([one.label for one in drawings]), "drawn")


def main() -> None:
    """Train, measure, write and print."""
    recipe = RECIPES["bundled"]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.best", description=__doc__)
    parser.add_argument("--drawn", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="(default: 0 to 4)")
    parser.add_argument("--epochs", type=int, default=recipe.epochs, help="(default: %(default)s)")
    parser.add_argument("--out", type=Path, default=Path("runs/best"), metavar="FOLDER")
    parser.add_argument("--only-train", action="store_true", help="measure and write nothing")
    options = parser.parse_args()
    data = load_real_mnist()
    if len(options.seeds) < 2 and not options.only_train:
        parser.error("a mean and its spread take at least two seeds")
    # A wrong DIR must show before the hours of training.
    sets = {"MNIST's test images": data.test, "drawings of people": drawn_digits(options.drawn)}
    files = [train_once(recipe, data, seed, options.epochs, options.out) for seed in options.seeds]
    if options.only_train:
        return
    if max(file.stat().st_size for file in files) > BYTES:
        raise SystemExit(f"A network has more than {BYTES:,} bytes.")
    loaded = [load_weights(file) for file in files]
    results = {
        "machine": describe_machine(),
        "seeds": list(options.seeds),
        "epochs": options.epochs,
        "seconds_each": [facts["seconds"] for _, facts in loaded],
        "bytes": max(file.stat().st_size for file in files),
        "sets": summarize(
            [read(model, sets) for model, _ in loaded], read(load_network()[0], sets)
        ),
    }
    publish(results, RESULTS, PAGE, table(results))


if __name__ == "__main__":
    main()
