"""Digits on larger pictures of every kind: are they found and read, and how surely?

Nobody labels thousands of photographs of digits, but here every label is known: see
`mnist_helpers.synthetic.backgrounds`. The digits are MNIST's validation images, so that the framing
can be developed with them; a "faint stroke" and a "long flag" are digits of the generated pen.

    python -m benchmarks.pasted [--digits 250] [--before FILE]
    python -m benchmarks.pasted --kinds plain,ruled [--weights FILE]

The first form writes pasted.json and the table of the README. ``FILE`` is an earlier pasted.json of
the same pictures; without it, the "before" of the last one is kept. The second form prints only.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.tables import describe_machine, load_real_mnist, markdown_table, publish
from mnist_helpers.data import split_train_validation
from mnist_helpers.recognizer import DigitRecognizer, Prediction, Verdict
from mnist_helpers.synthetic import BACKGROUNDS, draw_faint_strokes, draw_flags, paste_digits

HERE = Path(__file__).parent
RESULTS, PAGE = HERE / "pasted.json", HERE / "README.md"
KINDS = (*BACKGROUNDS, "faint stroke", "long flag")
# Which digits are taken, and how they are pasted.
DIGITS_SEED, PASTE_SEED = 7, 1


def pictures(kind: str, digits: int) -> tuple[list[Image.Image], list[int]]:
    """Pictures of one of the `KINDS`, and the digits in them."""
    if kind == "faint stroke":
        images, labels = draw_faint_strokes(digits, DIGITS_SEED)
        return paste_digits(images, PASTE_SEED), labels.tolist()
    if kind == "long flag":
        return paste_digits(draw_flags(digits, DIGITS_SEED), PASTE_SEED), [1] * digits
    _, validation = split_train_validation(load_real_mnist().train)
    some = validation.sample(digits, DIGITS_SEED)
    return paste_digits(some.images.numpy(), PASTE_SEED, kind), some.labels.tolist()


def count(answers: Sequence[Prediction], labels: Sequence[int]) -> dict[str, int]:
    """How many are read right, whatever the verdict; called no digit; and surely misread."""
    pairs = [(one.digit == label, one.verdict) for one, label in zip(answers, labels, strict=True)]
    return {
        "right": sum(right for right, _ in pairs),
        "refused": sum(verdict is Verdict.NO_DIGIT for _, verdict in pairs),
        "sure_and_wrong": pairs.count((False, Verdict.SURE)),
    }


def measure(
    recognizer: DigitRecognizer, kinds: Sequence[str], digits: int
) -> dict[str, dict[str, int]]:
    """The counts of each kind, which are printed as well."""
    rows = {}
    for kind in kinds:
        shown, labels = pictures(kind, digits)
        rows[kind] = count(recognizer.predict_many(shown), labels)
        print(f"{kind:14s}", rows[kind], flush=True)
    return rows


def table(results: dict[str, Any]) -> str:
    """One line for each kind, as a Markdown table: before and after."""
    columns = {
        "right": "read right",
        "refused": "called no digit",
        "sure_and_wrong": "sure, but wrong",
    }
    head = [f"kind, {results['digits']} pictures of each"]
    head += [f"{words}{when}" for words in columns.values() for when in (", before", "")]
    rows = []
    for kind, after in results["kinds"].items():
        before = results["before"].get(kind, {})
        rows.append([f"`{kind}`"])
        rows[-1] += [str(row.get(key, "")) for key in columns for row in (before, after)]
    return f"{markdown_table(head, rows)}\n\nMeasured on {results['machine']}."


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write if everything was measured."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--digits", type=int, default=250, metavar="N")
    parser.add_argument("--kinds", type=lambda text: text.split(","))
    parser.add_argument("--weights", type=Path, help="default: the bundled ones")
    parser.add_argument("--before", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    recognizer = DigitRecognizer.load(options.weights)
    rows = measure(recognizer, options.kinds or KINDS, options.digits)
    if options.kinds or options.weights:
        return
    earlier = json.loads((options.before or RESULTS).read_text(encoding="utf-8"))
    results = {
        "machine": describe_machine(),
        "digits": options.digits,
        "kinds": rows,
        "before": earlier["kinds" if options.before else "before"],
    }
    publish(results, RESULTS, PAGE, table(results))


if __name__ == "__main__":
    main()
