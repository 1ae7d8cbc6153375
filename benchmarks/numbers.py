"""How well whole numbers are read: python -m benchmarks.numbers.

    python -m benchmarks.numbers --drawn DIR

reads numbers of two to six digits on all kinds of paper. They are composed of digits that the
network has not learned from: MNIST's test images, and those of ``DIR``, which has a ``labels.csv``
(see `load_drawn`); each number there is in one person's hand. Single digits show how often one is
taken for two. Writes numbers.json and the table of the README. Use ``--validation`` to make
decisions: then MNIST's validation images are read instead.

    python -m benchmarks.numbers --pictures DIR

reads pictures of numbers, which the ``labels.csv`` of DIR lists with the columns file and label,
and names each; it writes nothing.
"""

import argparse
import csv
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.tables import (
    describe_machine,
    load_real_mnist,
    markdown_table,
    publish,
)
from mnist_helpers.data import split_train_validation
from mnist_helpers.framing import cut_out, find_digit, open_picture
from mnist_helpers.recognizer import DigitRecognizer, Verdict, load_drawn
from mnist_helpers.synthetic import BACKGROUNDS, SPACINGS, compose_numbers, paste_digits

HERE = Path(__file__).parent
RESULTS = HERE / "numbers.json"
PAGE = HERE / "README.md"
PER_KIND, SINGLES, SEED = 6, 12, 3  # of each kind of paper

Hand = tuple[list[np.ndarray], np.ndarray]  # somebody's digits, and which they are
Numbers = Iterable[tuple[Any, str]]  # pictures, and the numbers in them


def hands_of_drawings(folder: Path) -> list[Hand]:
    """The digits of each source that has drawn all ten."""
    found: dict[str, tuple[list[np.ndarray], list[int]]] = {}
    for drawing in load_drawn(folder):
        look = find_digit(open_picture(drawing.path))
        if look is not None:
            inks, labels = found.setdefault(drawing.source, ([], []))
            inks.append(np.rint(255 * cut_out(look)).astype(np.uint8))
            labels.append(drawing.label)
    return [(inks, np.array(labels)) for inks, labels in found.values() if len(set(labels)) == 10]


def write_numbers(
    hands: list[Hand], spacing: str, lengths: tuple[int, int], per_kind: int
) -> Iterator[tuple[Any, str]]:
    """Numbers on every kind of paper, ``per_kind`` each, with their labels."""
    for place, kind in enumerate(BACKGROUNDS):
        random = np.random.default_rng([SEED, place, *lengths])
        inks, numbers = [], []
        for n in range(per_kind):
            length = random.integers(lengths[0], lengths[1] + 1)
            number = "".join(map(str, random.integers(0, 10, length)))
            inks += compose_numbers(
                *hands[random.integers(len(hands))], [number], [place, n], spacing
            )
            numbers.append(number)
        yield from zip(paste_digits(inks, [SEED, place], kind), numbers, strict=True)


def count(recognizer: DigitRecognizer, numbers: Numbers) -> dict[str, Any]:
    """How the numbers are read, and the milliseconds of processor time for one."""
    found: Counter[str] = Counter()
    seconds = 0.0
    for picture, number in numbers:
        started = time.process_time()
        reading = recognizer.read(picture)
        seconds += time.process_time() - started
        right, sure = reading.number == number, reading.verdict is Verdict.SURE
        found["n"] += 1
        found["right"] += right
        found["sure"] += sure
        found["sure_and_wrong"] += sure and not right
        found["refused"] += reading.number is None
        found["other_length"] += len(reading.number or number) != len(number)
        found["single_right"] += str(reading.single.digit) == number and not reading.single.problem
    return dict(found) | {"milliseconds": 1000 * seconds / found["n"]}


def measure(recognizer: DigitRecognizer, sources: dict[str, list[Hand]]) -> dict[str, Any]:
    """The counts by source, spacing and length."""
    rows = {}
    for name, hands in sources.items():
        for spacing in SPACINGS:
            for length, lengths in (("2 digits", (2, 2)), ("3 to 6 digits", (3, 6))):
                pictures = write_numbers(hands, spacing, lengths, PER_KIND)
                rows[f"{name}, {length}, {spacing}"] = count(recognizer, pictures)
                print(name, length, spacing, rows[f"{name}, {length}, {spacing}"], flush=True)
        singles = write_numbers(hands, "apart", (1, 1), SINGLES)
        rows[f"{name}, 1 digit"] = count(recognizer, singles)
        print(name, rows[f"{name}, 1 digit"], flush=True)
    return rows


def table(results: dict) -> str:
    """The results as a Markdown table."""
    head = ("numbers", "pictures", "right", "sure", "sure and wrong", "refused", "other length")
    rows = []
    for name, row in results["numbers"].items():
        keys = ("right", "sure", "sure_and_wrong", "refused", "other_length")
        rows.append((name, f"{row['n']:,}", *(f"{row[key] / row['n']:.1%}" for key in keys)))
    return f"{markdown_table(head, rows)}\n\nMeasured on {results['machine']}."


def name_pictures(recognizer: DigitRecognizer, folder: Path) -> None:
    """Read the pictures of a folder, and print each answer beside its name."""
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            reading = recognizer.read(folder / row["file"])
            right = "right" if reading.number == row["label"] else "-----"
            print(right, row["file"], row["label"], reading.words, reading.verdict, sep="\t")


def main() -> None:
    """Measure, write, show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.numbers", description=__doc__)
    parser.add_argument("--drawn", type=Path, metavar="DIR")
    parser.add_argument("--pictures", type=Path, metavar="DIR")
    parser.add_argument("--validation", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    recognizer = DigitRecognizer.load()
    if options.pictures:
        name_pictures(recognizer, options.pictures)
        return
    data = load_real_mnist()
    digits = split_train_validation(data.train)[1] if options.validation else data.test
    hands = [(list(digits.images.numpy()), digits.labels.numpy())]
    sources = {f"MNIST's {'validation' if options.validation else 'test'} digits": hands}
    if options.drawn:
        sources["digits that people drew"] = hands_of_drawings(options.drawn)
    results = {"machine": describe_machine(), "numbers": measure(recognizer, sources)}
    publish(results, RESULTS, PAGE, table(results))


if __name__ == "__main__":
    main()
