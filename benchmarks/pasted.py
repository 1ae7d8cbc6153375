"""Digits on larger pictures of every kind: are they found and read, and how surely?

Nobody labels thousands of photographs of digits, but here every label is known: see
`mnist_helpers.synthetic.backgrounds`.

    python -m benchmarks.pasted [--weights FILE] [--digits 200] [--kinds plain,ruled]

prints for each kind how many are read right. It takes MNIST's validation images, so that the
framing can be developed with it. "A faint stroke" and "a long flag" are digits of the generated pen
on plain canvases. All kinds and the package's network together also make the table of README.md.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.tables import describe_machine, load_real_mnist, markdown_table, publish
from mnist_helpers.data import split_train_validation
from mnist_helpers.recognizer import DigitRecognizer, Prediction, Verdict
from mnist_helpers.synthetic import BACKGROUNDS, draw_faint_strokes, draw_flags, paste_digits

HERE = Path(__file__).parent
RESULTS, PAGE = HERE / "pasted.json", HERE / "README.md"
KINDS = (*BACKGROUNDS, "a faint stroke", "a long flag")
SEED = 8


def pictures(kind: str, digits: int) -> tuple[list[Image.Image], list[int]]:
    """Pictures of one of the `KINDS`, and the digits in them."""
    if kind == "a faint stroke":
        images, labels = draw_faint_strokes(digits, SEED)
        return paste_digits(images, SEED), labels.tolist()
    if kind == "a long flag":
        return paste_digits(draw_flags(digits, SEED), SEED), [1] * digits
    _, validation = split_train_validation(load_real_mnist().train)
    some = validation.sample(digits, SEED)
    return paste_digits(some.images.numpy(), SEED, kind), some.labels.tolist()


def count(answers: list[Prediction], labels: list[int]) -> dict[str, int]:
    """How many are read right; surely but wrong; and right, but refused or not sure."""
    right = [one.digit == label for one, label in zip(answers, labels, strict=True)]
    verdicts = [one.verdict for one in answers]
    pairs = list(zip(right, verdicts, strict=True))
    return {
        "pictures": len(pairs),
        "right": sum(right),
        "sure and wrong": pairs.count((False, Verdict.SURE)),
        "right, not sure": pairs.count((True, Verdict.UNSURE)),
        "right, but refused": pairs.count((True, Verdict.NO_DIGIT)),
    }


def measure(recognizer: DigitRecognizer, kinds: Sequence[str], digits: int) -> Iterator[Any]:
    """The counts of each kind, as a pair."""
    for kind in kinds:
        answers, labels = pictures(kind, digits)
        yield kind, count(recognizer.predict_many(answers), labels)


def table(results: dict) -> str:
    """The results as a Markdown table."""
    rows = results["kinds"]
    head = ["kind", *next(iter(rows.values()))]
    lines = [
        [kind.replace("jpeg", "JPEG"), *(str(number) for number in row.values())]
        for kind, row in rows.items()
    ]
    return markdown_table(head, lines) + f"\n\nMeasured on {results['machine']}."


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write if everything was measured."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--weights", type=Path, help="default: the bundled ones")
    parser.add_argument("--digits", type=int, default=200, metavar="N")
    parser.add_argument("--kinds", type=lambda text: text.split(","), default=KINDS)
    options = parser.parse_args(arguments)
    rows = {}
    for kind, row in measure(DigitRecognizer.load(options.weights), options.kinds, options.digits):
        rows[kind] = row
        print(f"{kind:14s}", *(f"{number:4d} {name}" for name, number in row.items()), flush=True)
    if options.weights is None and options.kinds is KINDS:
        results = {"machine": describe_machine(), "kinds": rows}
        publish(results, RESULTS, PAGE, table(results))


if __name__ == "__main__":
    main()
