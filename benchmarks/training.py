"""Measure how soon and how well the recipes learn, side by side: python -m benchmarks.training.

All train on MNIST's 60,000 training images. The clock runs while they train, not while they are
tested. README.md says how the recipes were chosen.
"""

import argparse
import os
import statistics
from pathlib import Path

import numpy as np

from benchmarks.recipes import APART, STORY, Clock, Run, quick, series
from benchmarks.tables import describe_machine, load_real_mnist, markdown_table, publish, put_table
from mnist_helpers.data import DigitData, DigitDataset
from mnist_helpers.evaluate import Predictions, predict
from mnist_helpers.lessons.figures import recipe_dots
from mnist_helpers.recipes.measured import FOLDER

HERE = Path(__file__).parent
RESULTS = FOLDER / "training.json"  # in the package, because notebook 09 shows it
FIGURE = HERE.parent / "docs" / "images" / "training.png"
PAGE, README = HERE / "README.md", HERE.parent / "README.md"
TARGET = 0.99
# How often each is trained; the quick ones take only a few seconds, so they run more often.
SEEDS, QUICK_SEEDS = 3, 10
SLOW = ("the usual recipe", "1: batches from memory", "2: the order in memory", "series")
RECIPES: dict[str, Run] = {**STORY, "series": series, **APART}


def summarize(runs: list[Clock]) -> dict:
    """The figures of one recipe over its seeds."""
    times = [[seconds for seconds, _ in run.points] for run in runs]
    accuracies = [[accuracy for _, accuracy in run.points] for run in runs]
    means = [statistics.mean(column) for column in zip(*accuracies, strict=True)]
    first = next((n for n, mean in enumerate(means) if mean >= TARGET), None)
    reached = None if first is None else [row[first] for row in times]
    final = [row[-1] for row in accuracies]
    return {
        "seeds": len(runs),
        "epochs": round(runs[0].epochs, 2),
        "seconds": round(statistics.median(row[-1] for row in times), 2),
        "seconds_to_99": None if reached is None else round(statistics.median(reached), 2),
        "seconds_to_99_each": reached,
        "accuracy_mean": statistics.mean(final),
        "accuracy_std": statistics.stdev(final) if len(final) > 1 else 0.0,
        "accuracy_each": final,
        "points": [run.points for run in runs],
    }


def measure_together(each: list[Predictions]) -> float:
    """The accuracy of several networks together: the digit with the highest mean probability."""
    mean = np.mean([one.probabilities for one in each], axis=0)
    return float((mean.argmax(axis=1) == each[0].labels).mean())


def together(runs: list[Clock], test: DigitDataset) -> dict:
    """The accuracy of the runs' networks: one alone, and all together."""
    each = [predict(run.model, test) for run in runs]
    alone = statistics.mean(one.accuracy for one in each)
    return {"networks": len(runs), "alone": alone, "together": measure_together(each)}


def table(results: dict, names: list[str]) -> str:
    """Some recipes as a Markdown table, with the machine that they were measured on."""
    rows = []
    for name in names:
        row = results["recipes"][name]
        if row["seconds_to_99"] is None:
            to_99 = f"not reached in {row['seconds']:.1f}"
        else:
            each = row["seconds_to_99_each"]
            to_99 = f"{row['seconds_to_99']:.1f} ({min(each):.1f} to {max(each):.1f})"
        accuracy = f"{row['accuracy_mean']:.2%} ± {row['accuracy_std']:.2%}"
        rows.append([name, f"{row['epochs']:g}", to_99, accuracy, str(row["seeds"])])
    head = ["recipe", "epochs", "seconds to 99.0 %", "final test accuracy", "seeds"]
    load = f"the load average was {results['load_average']:.1f} at the end"
    text = f"Measured on {results['machine']}; medians and ranges; {load}."
    return f"{markdown_table(head, rows)}\n\n{text}"


def story_table(results: dict) -> str:
    """The recipes from the usual to the quickest, and the gain in a sentence."""
    times = [results["recipes"][name]["seconds_to_99"] for name in STORY]
    text = table(results, [*STORY, "series"])
    if times[0] and times[-1]:
        text += f" The quickest is {times[0] / times[-1]:.0f} times as fast as the usual recipe."
    return text


def apart_table(results: dict) -> str:
    """The quickest recipe, and the same with one thing changed."""
    return table(results, [list(STORY)[-1], *APART])


def together_table(results: dict) -> str:
    """What an ensemble adds."""
    return markdown_table(
        ["recipe", "networks", "one alone, mean", "all together"],
        [
            [name, str(row["networks"]), f"{row['alone']:.2%}", f"{row['together']:.2%}"]
            for name, row in results["together"].items()
        ],
    )


def write(results: dict) -> None:
    """Write results, tables and figure to where they are shown, and print the tables."""
    publish(results, RESULTS, PAGE, story_table(results))
    put_table(README, "training", story_table(results))
    for name, text in (("apart", apart_table(results)), ("together", together_table(results))):
        put_table(PAGE, name, text)
        print("", text, sep="\n")
    recipe_dots(results).savefig(FIGURE, metadata={"Software": None})


def measure(data: DigitData, seeds: int, quick_seeds: int) -> dict:
    """Run the recipes in turn, seed by seed, so that a slow spell of the machine hits all alike."""
    quick(data, seed=99)  # warm-up, not counted
    runs: dict[str, list[Clock]] = {name: [] for name in RECIPES}
    for seed in range(max(seeds, quick_seeds)):
        for name, recipe in RECIPES.items():
            if seed >= (seeds if name in SLOW else quick_seeds):
                continue
            run = recipe(data, seed)
            runs[name].append(run)
            accuracy = run.points[-1][1]
            print(f"seed {seed:2}  {name:40} {run.seconds:6.2f} s  {accuracy:.2%}", flush=True)
    return {
        "machine": describe_machine(),
        "load_average": round(os.getloadavg()[0], 1),
        "story": list(STORY),
        "recipes": {name: summarize(clocks) for name, clocks in runs.items()},
        "together": {
            name: together(runs[name][:seeds], data.test) for name in (list(STORY)[-1], "series")
        },
    }


def main() -> None:
    """Measure, write and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"(default: {SEEDS})")
    parser.add_argument(
        "--quick-seeds", type=int, default=QUICK_SEEDS, help=f"(default: {QUICK_SEEDS})"
    )
    options = parser.parse_args()
    write(measure(load_real_mnist(), options.seeds, options.quick_seeds))


if __name__ == "__main__":
    main()
