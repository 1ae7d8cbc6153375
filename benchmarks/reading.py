"""What each step of the framing and each part of the recipe is worth: python -m benchmarks.reading.

    python -m benchmarks.reading --drawn DIR

reads MNIST's test digits, digits that people drew themselves (``DIR`` has a ``labels.csv``: see
`load_drawn`) and scikit-learn's, each time with one more step. It writes reading.json, and the
tables of the README and of the network's card.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from sklearn.datasets import load_digits
from torch import nn

from benchmarks.tables import describe_machine, load_real_mnist, put_table, write_results
from mnist_helpers.data import (
    DigitData,
    DigitDataset,
    RandomWarp,
    batch_loader,
    framed_digits,
    random_shift,
    stand_in_split,
)
from mnist_helpers.evaluate import predict
from mnist_helpers.framing import centre, cut_out, find_digit, frame, open_picture
from mnist_helpers.framing.ink import find_ink
from mnist_helpers.model import DigitCNN
from mnist_helpers.recipes import bundled_split
from mnist_helpers.recognizer import DigitRecognizer, evaluate_drawn, load_drawn, load_network
from mnist_helpers.synthetic import paste_digits
from mnist_helpers.train import fit, seed_everything

HERE = Path(__file__).parent
RESULTS = HERE / "reading.json"
PAGES = (HERE / "README.md", HERE.parent / "mnist_helpers" / "weights" / "README.md")
EPOCHS = 6
MNIST_PICTURES = 2000  # of the 10,000 test images, to go through each framing
BLANK = np.zeros((28, 28), np.uint8)


def resized(picture: Any) -> np.ndarray:
    """The usual recipe: grey, resize, done."""
    grey = open_picture(picture).convert("L")
    return np.asarray(grey.resize((28, 28), Image.Resampling.BICUBIC))


def inverted(picture: Any) -> np.ndarray:
    """The same, but a light border means that the ink is dark."""
    return _light_on_dark(resized(picture))


def boxed(picture: Any) -> np.ndarray:
    """Find the ink with a threshold, cut it out, scale it into the middle 20 pixels."""
    ink = _grey_ink(picture)
    if ink is None:
        return BLANK
    factor = 20 / max(ink.shape)
    height, width = (max(1, round(side * factor)) for side in ink.shape)
    small = Image.fromarray(ink).resize((width, height), Image.Resampling.BICUBIC)
    square = Image.new("L", (28, 28))
    square.paste(small, ((28 - width) // 2, (28 - height) // 2))
    return np.asarray(square)


def centred(picture: Any) -> np.ndarray:
    """The same, with the centre of mass in the middle, and full ink as the brightest value."""
    ink = _grey_ink(picture)
    return BLANK if ink is None else centre(ink)


def inked(picture: Any) -> np.ndarray:
    """The same, but whatever differs in colour from the paper and its light is ink."""
    image = open_picture(picture)
    image.thumbnail((160, 160), Image.Resampling.BOX)
    ink = find_ink(np.asarray(image.convert("RGB"), np.float32))
    cut = None if ink is None else _cut((255 * ink.amount).astype(np.uint8))
    return BLANK if cut is None else centre(cut)


def cleaned(picture: Any) -> np.ndarray:
    """The same, but drop specks, lines, shadows and borders, read alpha, and look closer."""
    look = find_digit(open_picture(picture))
    return BLANK if look is None else centre(cut_out(look))


def framed(picture: Any) -> np.ndarray:
    """The whole framing, which also thickens hair-thin lines."""
    return frame(picture, steps=False).image


def _grey_ink(picture: Any) -> np.ndarray | None:
    return _cut(_light_on_dark(np.asarray(open_picture(picture).convert("L"))))


def _light_on_dark(pixels: np.ndarray) -> np.ndarray:
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return 255 - pixels if np.median(border) > 127 else pixels


def _cut(pixels: np.ndarray) -> np.ndarray | None:
    low, high = int(pixels.min()), int(pixels.max())
    rows, columns = np.nonzero(pixels > (low + high) / 2)
    if not len(rows):
        return None
    box = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
    return pixels[box] - min(low, pixels[box].min())


FRAMINGS: list[tuple[str, Callable[[Any], np.ndarray]]] = [
    ("the usual recipe: grey, resize to 28×28, normalise", resized),
    ("+ light ink on dark paper, from the border", inverted),
    ("+ cut out, longer side 20 pixels", boxed),
    ("+ centre of mass in the middle", centred),
    ("+ ink by colour distance, paper and light evened out", inked),
    ("+ alpha; specks, printed lines, borders dropped; a closer look", cleaned),
    ("+ hair-thin lines thickened", framed),
]


def train_networks(data: DigitData, seed: int) -> dict[str, Any]:
    """Train the networks of the table, each with one thing more; the last one is bundled."""
    plain = data.train
    mixed, _ = bundled_split(data, seed)
    made: dict[str, nn.Module] = {}
    for name, images, augment in (
        ("series", plain, random_shift),
        ("+ warps, stroke thickness, contrast", plain, RandomWarp()),
        ("+ generated strokes, scikit-learn's digits", mixed, RandomWarp()),
    ):
        seed_everything(seed)
        network = DigitCNN()
        loader = batch_loader(images, shuffle=True)
        fit(network, loader, epochs=EPOCHS, augment=augment, seed=seed, device="cpu")
        made[name] = network
    made["+ the deeper network, 60 epochs (bundled)"], _ = load_network()
    return made


def measure(
    network: nn.Module, squares: dict[str, DigitDataset], sources: list[str]
) -> dict[str, float]:
    """The accuracy on each set, and on the drawings also the mean over their sources."""
    found = {name: predict(network, digits) for name, digits in squares.items()}
    right = found["drawn"].correct
    means = [right[np.array(sources) == source].mean() for source in dict.fromkeys(sources)]
    row = {name: predictions.accuracy for name, predictions in found.items()}
    return row | {"drawn_sources": float(np.mean(means))}


def bundled_figures(data: DigitData, drawn: Path) -> dict[str, Any]:
    """The figures on the card of the bundled network."""
    network, facts = load_network()
    recognizer = DigitRecognizer(network, facts["min_energy"])
    images, labels = framed_digits()
    _, held_out = stand_in_split()
    others = DigitDataset.from_numpy(images[held_out], labels[held_out], "scikit-learn's")
    report = evaluate_drawn(recognizer, drawn)
    test = predict(network, data.test)
    pasted = recognizer.predict_many(paste_digits(data.test.images.numpy(), seed=0))
    right = [one.digit == label for one, label in zip(pasted, data.test.labels, strict=True)]
    torch.set_num_threads(1)
    times = []
    for picture in (one.path for one in load_drawn(drawn)[:100] for _ in range(3)):
        started = time.perf_counter()
        recognizer.predict(picture)
        times.append(time.perf_counter() - started)
    return {
        "mnist": test.summary(),
        "sklearn_held_out": predict(network, others).accuracy,
        "drawn": report.accuracy,
        "drawn_sources": report.mean_over_sources,
        "drawn_n": len(report),
        "drawn_sure": report.sure,
        "drawn_sure_and_wrong": report.sure_and_wrong,
        "pasted_mnist": float(np.mean(right)),
        "milliseconds_p50_one_core": 1000 * statistics.median(times),
    }


def steps_table(results: dict) -> str:
    """One line for each step, as a Markdown table."""
    lines = [
        "| | MNIST | drawn | drawn, mean over sources | scikit-learn's |",
        "|---|---|---|---|---|",
    ]
    for name, row in results["steps"].items():
        keys = ("mnist", "drawn", "drawn_sources", "sklearn")
        lines.append(f"| {name} | " + " | ".join(f"{row[key]:.2%}" for key in keys) + " |")
    lines += ["", f"Measured on {results['machine']}."]
    return "\n".join(lines)


def card_table(results: dict) -> str:
    """The figures of the bundled network, as a Markdown table."""
    figures = results["bundled"]
    mnist = figures["mnist"]
    low, high = mnist["test_accuracy_interval_95"]
    lines = [
        "| measured on | figure |",
        "|---|---|",
        f"| MNIST, 10,000 test images | {mnist['test_accuracy']:.2%} "
        f"(95 % interval {low:.2%} to {high:.2%}) |",
        f"| expected calibration error there | {mnist['expected_calibration_error']:.2%} |",
        f"| the same images pasted at random size, place and colours on larger canvases, framed "
        f"| {figures['pasted_mnist']:.2%} |",
        f"| {figures['drawn_n']:,} digits that people drew themselves | {figures['drawn']:.2%} |",
        f"| the mean over their 11 sources | {figures['drawn_sources']:.2%} |",
        f"| of these, sure answers, and how many of them were wrong "
        f"| {figures['drawn_sure']:,}, {figures['drawn_sure_and_wrong']} |",
        f"| scikit-learn's digits held out from training, 360 "
        f"| {figures['sklearn_held_out']:.2%} |",
        f"| framing and reading one small drawing, one core, median "
        f"| {figures['milliseconds_p50_one_core']:.1f} ms |",
    ]
    return "\n".join([*lines, "", f"Measured on {results['machine']}."])


def main() -> None:
    """Measure, write, show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("--drawn", type=Path, required=True, metavar="DIR")
    drawn = parser.parse_args().drawn
    data = load_real_mnist()
    networks = train_networks(data, seed=0)
    drawings = load_drawn(drawn)
    digits = load_digits()
    _, held_out = stand_in_split()
    some = data.test.sample(MNIST_PICTURES)
    pictures = {
        "mnist": (some.images.numpy(), some.labels.numpy()),
        "drawn": ([one.path for one in drawings], [one.label for one in drawings]),
        "sklearn": (255 - digits.images[held_out] * 255 / 16, digits.target[held_out]),
    }
    sources = [one.source for one in drawings]
    rows = {}
    for step, framing in FRAMINGS:
        squares = {
            name: DigitDataset.from_numpy(
                np.stack([framing(one) for one in many]), np.array(labels), name
            )
            for name, (many, labels) in pictures.items()
        }
        rows[step] = measure(networks["series"], squares, sources)
        print(step, rows[step], flush=True)
    for name, network in list(networks.items())[1:]:
        rows[name] = measure(network, squares, sources)
        print(name, rows[name], flush=True)
    results = {
        "machine": describe_machine(),
        "steps": rows,
        "bundled": bundled_figures(data, drawn),
    }
    write_results(RESULTS, results)
    for page, table in zip(PAGES, (steps_table, card_table), strict=True):
        put_table(page, "reading", table(results))
    print(steps_table(results), card_table(results), sep="\n\n")


if __name__ == "__main__":
    main()
