"""MNIST's digits pasted onto larger pictures of every kind: python -m benchmarks.pasted.

Nobody labels a thousand photographs of digits, but here every label is known: see
`mnist_helpers.synthetic.backgrounds`. The digits are validation images, so that the framing can be
developed with them.

    python -m benchmarks.pasted [--digits 250] [--before FILE]
    python -m benchmarks.pasted --kinds plain,ruled

The first form writes pasted.json and the table of the README. ``FILE`` is an earlier pasted.json of
the same pictures; without it, the "before" of the last one is kept. The second form prints only.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.tables import describe_machine, load_real_mnist, markdown_table, publish
from mnist_helpers.data import split_train_validation
from mnist_helpers.recognizer import DigitRecognizer, Verdict
from mnist_helpers.synthetic import BACKGROUNDS, paste_digits

HERE = Path(__file__).parent
RESULTS = HERE / "pasted.json"
PAGE = HERE / "README.md"
# Which digits are taken, and how they are pasted.
DIGITS_SEED, PASTE_SEED = 7, 1


def measure(kinds: Sequence[str], digits: int) -> dict[str, dict[str, int]]:
    """For each kind: how many pictures are read right, refused, and surely misread."""
    recognizer = DigitRecognizer.load()
    _, validation = split_train_validation(load_real_mnist().train)
    some = validation.sample(digits, DIGITS_SEED)
    rows = {}
    for kind in kinds:
        answers = recognizer.predict_many(paste_digits(some.images.numpy(), PASTE_SEED, kind))
        pairs = list(zip(answers, some.labels.tolist(), strict=True))
        rows[kind] = {
            "right": sum(one.digit == label for one, label in pairs),
            "refused": sum(one.verdict is Verdict.NO_DIGIT for one in answers),
            "sure_and_wrong": sum(
                one.verdict is Verdict.SURE and one.digit != label for one, label in pairs
            ),
        }
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
    """Measure, write, show."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--digits", type=int, default=250, metavar="N")
    parser.add_argument("--kinds", type=lambda text: text.split(","))
    parser.add_argument("--before", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    rows = measure(options.kinds or list(BACKGROUNDS), options.digits)
    if options.kinds:
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
