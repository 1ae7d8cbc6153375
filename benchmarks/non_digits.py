"""How often things that are not digits are called digits: python -m benchmarks.non_digits.

    python -m benchmarks.non_digits --drawn DIR

reads pictures of kinds, fonts, signs and drawings that no detector has learned from, and digits.
The package's network reads them without its detector, as it was before, and with it. ``DIR`` has a
``labels.csv``: see `load_drawn`. Writes non_digits.json and the table of the README.
"""

import argparse
import copy
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tables import describe_machine, publish
from mnist_helpers.data import load_mnist, load_stand_in
from mnist_helpers.framing import Framed, frame
from mnist_helpers.recognizer import DigitRecognizer, Prediction, Verdict, load_drawn, load_network
from mnist_helpers.synthetic import (
    FONTS_HELD_OUT,
    HELD_OUT,
    draw_non_digits,
    draw_strokes,
    draw_text,
    hard_drawings,
    paste_digits,
)

HERE = Path(__file__).parent
RESULTS = HERE / "non_digits.json"
PAGE = HERE / "README.md"
LOOKALIKES = "lookalikes"
# How many of each kind, and a seed that no training uses.
PICTURES, SEED = 300, 7

Readers = dict[str, DigitRecognizer]


def load_readers() -> Readers:
    """The package's network without its detector, and with it."""
    model, facts = load_network()
    bare = copy.deepcopy(model)
    bare.detector = None  # type: ignore[assignment]  # as a new network has it
    return {
        "before": DigitRecognizer(bare, facts["min_energy"]),
        "after": DigitRecognizer(model, facts["min_energy"]),
    }


def count(answers: list[Prediction]) -> dict[str, int]:
    """How many got each verdict."""
    return {verdict.value: sum(one.verdict is verdict for one in answers) for verdict in Verdict}


def measure_non_digits(readers: Readers, pictures: int, seed: int) -> dict[str, Any]:
    """The verdicts on each kind of thing that is not a digit."""
    rows = {}
    for kind in HELD_OUT:
        squares = frame_each(draw_non_digits(kind, pictures, seed))
        rows[kind] = {name: count(one.predict_framed(squares)) for name, one in readers.items()}
    return rows


def measure_digits(readers: Readers, drawn: Path | None) -> dict[str, Any]:
    """The verdicts on digits, and how many digits are read right."""
    rows: dict[str, Any] = {}
    for name, (squares, labels) in digit_squares(drawn).items():
        rows[name] = {}
        for when, reader in readers.items():
            answers = reader.predict_framed(squares)
            right = [one.digit == label for one, label in zip(answers, labels, strict=True)]
            rows[name][when] = count(answers) | {"right": sum(right)}
    return rows


def digit_squares(drawn: Path | None) -> dict[str, tuple[list[Framed], list[int]]]:
    """Digits that the detector has not learned from: their squares and labels."""
    test, held_out = load_mnist().test, load_stand_in().test
    hard = hard_drawings(test)
    strokes, stroke_labels = draw_strokes(1000, SEED)
    random = np.random.default_rng(SEED)
    printed = random.integers(0, 10, PICTURES)
    inks = [draw_text(str(digit), str(random.choice(FONTS_HELD_OUT))) for digit in printed]
    sets = {
        f"{test.name}'s test images": (as_framed(test.images.numpy()), test.labels.tolist()),
        "scikit-learn's, held out": (as_framed(held_out.images.numpy()), held_out.labels.tolist()),
        "hard drawings of the package": (
            frame_each(one.picture for one in hard),
            [one.label for one in hard],
        ),
        "strokes of the generated pen": (as_framed(strokes), stroke_labels.tolist()),
        "printed, in other fonts": (frame_each(paste_digits(inks, SEED)), printed.tolist()),
    }
    if drawn:
        drawings = load_drawn(drawn)
        framed = frame_each(one.path for one in drawings)
        sets["drawings of people"] = framed, [one.label for one in drawings]
    return sets


def frame_each(pictures: Iterable[Any]) -> list[Framed]:
    """Frame pictures."""
    return [frame(picture, steps=False) for picture in pictures]


def as_framed(images: np.ndarray) -> list[Framed]:
    """Wrap images that are squares already."""
    return [Framed(image, (), None) for image in images]


def not_sure(row: dict[str, dict[str, int]], when: str) -> float:
    """The fraction of a kind that is not called a sure digit, 0 to 1."""
    return 1 - row[when]["sure"] / sum(row[when].values())


def mean_not_sure(rows: dict[str, Any], when: str, lookalikes: bool = False) -> float:
    """The mean of `not_sure` over the kinds."""
    kept = [row for kind, row in rows.items() if lookalikes or kind != LOOKALIKES]
    return float(np.mean([not_sure(row, when) for row in kept]))


def table(results: dict) -> str:
    """The results as Markdown tables."""
    rows = results["non_digits"]
    lines = [
        "| no digits | pictures | refused, before | refused | not a sure digit, before "
        "| not a sure digit |",
        "|---|---|---|---|---|---|",
    ]
    for kind, row in sorted(rows.items(), key=lambda item: item[0] == LOOKALIKES):
        n = sum(row["after"].values())
        refused = " | ".join(f"{row[when]['no digit'] / n:.1%}" for when in ("before", "after"))
        sure = " | ".join(f"{not_sure(row, when):.1%}" for when in ("before", "after"))
        lines.append(f"| {kind} | {n:,} | {refused} | {sure} |")
    for name, all_kinds in (("mean of the kinds without lookalikes", False), ("with them", True)):
        means = [f"{mean_not_sure(rows, when, all_kinds):.1%}" for when in ("before", "after")]
        lines.append(f"| **{name}** | | | | {means[0]} | **{means[1]}** |")
    lines += [
        "",
        "| digits | pictures | read right | sure, before | sure | refused, before | refused |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in results["digits"].items():
        before, after = row["before"], row["after"]
        n = sum(after[verdict.value] for verdict in Verdict)
        lines.append(
            f"| {name} | {n:,} | {after['right']:,} | {before['sure']:,} | {after['sure']:,} "
            f"| {before['no digit']:,} | {after['no digit']:,} |"
        )
    return "\n".join([*lines, "", f"Measured on {results['machine']}."])


def main() -> None:
    """Measure, write, show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.non_digits", description=__doc__)
    parser.add_argument("--drawn", type=Path, required=True, metavar="DIR")
    drawn = parser.parse_args().drawn
    readers = load_readers()
    results = {
        "machine": describe_machine(),
        "non_digits": measure_non_digits(readers, PICTURES, SEED),
        "digits": measure_digits(readers, drawn),
    }
    publish(results, RESULTS, PAGE, table(results))


if __name__ == "__main__":
    main()
