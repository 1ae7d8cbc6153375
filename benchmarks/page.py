"""How well exported networks agree with Python: python -m benchmarks.page [--drawn DIR].

Writes the page in one file and the ONNX file, reads the same pictures with Python, with the page
in Chromium, and with onnxruntime. Writes page.json and the table of the README.
"""

import argparse
import base64
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.demo import spread
from benchmarks.pens import png
from benchmarks.tables import describe_machine, publish
from mnist_helpers.data import load_mnist
from mnist_helpers.page import script_of
from mnist_helpers.recognizer import DigitRecognizer, Reading, load_drawn, load_network
from mnist_helpers.share import export_onnx, export_page
from mnist_helpers.share.onnx_file import onnx_difference
from mnist_helpers.share.page_weights import network_weights
from mnist_helpers.synthetic import compose_numbers, draw_strokes, hard_drawings
from tools.browser import browser

HERE = Path(__file__).parent
RESULTS = HERE / "page.json"
PAGE = HERE / "README.md"
TEST_IMAGES, LOADS, TOGETHER = 1000, 10, 50
READ_ALL = """async (list) => {
  const answers = [];
  for (const one of list) {
    const bytes = Uint8Array.from(atob(one), (letter) => letter.charCodeAt(0));
    const picture = await openPicture(new Blob([bytes]));
    const begun = performance.now();
    const answer = reader.read(picture);
    const milliseconds = performance.now() - begun;
    const plain = (part) => ({ ...part, seen: part.seen && Array.from(part.seen) });
    answers.push({ ...plain(answer), digits: answer.digits.map(plain), milliseconds });
  }
  return answers;
}"""


def compare(name: str, files: Sequence[bytes], page: Any) -> dict[str, Any]:
    """Read files with Python and in a page that holds the reader; how far are they apart?"""
    answers = []
    for start in range(0, len(files), TOGETHER):
        texts = [base64.b64encode(one).decode() for one in files[start : start + TOGETHER]]
        answers += page.evaluate(READ_ALL, texts)
    pairs = list(zip(map(DigitRecognizer.load().read, files), answers, strict=True))
    return {
        "name": name,
        "pictures": len(files),
        "largest_difference": max(difference(*pair) for pair in pairs),
        "same_squares": sum(
            [digit.prediction.image.ravel().tolist() for digit in one.digits]
            == [digit["seen"] for digit in other["digits"]]
            for one, other in pairs
        ),
        "same_words": sum(one.words == other["words"] for one, other in pairs),
        "milliseconds": spread([one["milliseconds"] for one in answers]),
    }


def difference(reading: Reading, answer: dict[str, Any]) -> float:
    """The largest difference of a probability; 1 if they see other digits."""
    told = reading.to_dict()
    wanted, found = (
        [part["probabilities"] for part in one["digits"] or [one]] for one in (told, answer)
    )
    if len(wanted) != len(found) or None in (*wanted, *found):
        return float(wanted != found)
    return float(np.abs(np.subtract(wanted, found)).max())


def measure_reader(folder: str | None) -> list[dict[str, Any]]:
    """The reader of the page in Chromium, beside Python's."""
    model, facts = load_network()
    weights = json.dumps(network_weights(model, facts["min_energy"]))
    test = load_mnist().test
    images = [png(Image.fromarray(image.numpy())) for image in test.images[:TEST_IMAGES]]
    sets = {f"{test.name}'s first test images": images}
    sets["hard drawings of the package"] = [png(one.picture) for one in hard_drawings(test)]
    if folder:
        sets["drawings of people"] = [one.path.read_bytes() for one in load_drawn(folder)]
    chosen = [f"{number:05}" for number in range(7, 100_000, 1_000)]
    digits, labels = draw_strokes(200, seed=5)
    numbers = compose_numbers(list(digits), labels, chosen, 5)
    sets["numbers of five digits"] = [png(Image.fromarray(255 - np.pad(n, 20))) for n in numbers]
    with browser() as chromium:
        page = chromium.new_page()
        script = f"{script_of('reader/reader.js')}\nconst reader = makeReader({weights});"
        page.add_script_tag(content=script)
        return [compare(name, files, page) for name, files in sets.items()]


def measure_page(path: Path) -> dict[str, Any]:
    """Opened from the disk: milliseconds until one can draw, and until the first answer."""
    opened, answered = [], []
    with browser() as chromium:
        for _ in range(LOADS):
            page = chromium.new_context().new_page()
            begun = time.perf_counter()
            page.goto(path.as_uri())
            page.locator("#pad canvas[data-strokes]").wait_for()
            opened.append(1000 * (time.perf_counter() - begun))
            page.locator(".examples button").first.click()
            page.locator("#pred [data-digit='3']").wait_for()
            answered.append(1000 * (time.perf_counter() - begun))
            page.context.close()
    return {"opened": spread(opened), "first_answer": spread(answered)}


def measure_onnx(path: Path) -> dict[str, Any]:
    """The ONNX file over all test images; a fresh process until its first answer."""
    model, _ = load_network()
    difference = export_onnx(model, path)
    test = load_mnist().test.images.numpy()
    code = (
        "import sys, numpy, onnxruntime; "
        "session = onnxruntime.InferenceSession(sys.argv[1]); "
        "session.run(None, {'pixels': numpy.zeros((1, 28, 28), 'uint8')})"
    )
    times = []
    for _ in range(LOADS):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", code, str(path)], check=True)
        times.append(1000 * (time.perf_counter() - begun))
    return {
        "bytes": path.stat().st_size,
        "images": len(test),
        "largest_difference": max(difference, onnx_difference(model, path.read_bytes(), test)),
        "first_answer": spread(times),
    }


def table(results: dict) -> str:
    """The results as Markdown tables."""
    lines = [
        "| read in the page and in Python | pictures | same 28×28 pixels | same answer "
        "| largest difference of a probability | ms in the page, median (95 %) |",
        "|---|---|---|---|---|---|",
    ]
    for row in results["reader"]:
        count = row["pictures"]
        ms = f"{row['milliseconds']['p50']:.0f} ({row['milliseconds']['p95']:.0f})"
        lines.append(
            f"| {row['name']} | {count:,} | {row['same_squares']:,} | {row['same_words']:,} "
            f"| {row['largest_difference']:.0e} | {ms} |"
        )
    page, onnx = results["page"], results["onnx"]
    lines += [
        "",
        "| file | bytes | opened, can draw | first answer | agreement |",
        "|---|---|---|---|---|",
        f"| page in one file | {page['bytes']:,} | {page['opened']['p50']:.0f} ms "
        f"| {page['first_answer']['p50']:.0f} ms | above |",
        f"| ONNX | {onnx['bytes']:,} | | {onnx['first_answer']['p50']:.0f} ms, of which most is "
        f"the start of Python | the same digit on all {onnx['images']:,} test images, largest "
        f"difference of a logit {onnx['largest_difference']:.0e} |",
        "",
        f"Measured on {results['machine']}.",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, write, show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--drawn", metavar="DIR", help="a folder of drawings, with labels.csv")
    options = parser.parse_args()
    model, facts = load_network()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "digits.html")
        size = export_page(model, facts["min_energy"], path)
        results = {
            "machine": describe_machine(),
            "reader": measure_reader(options.drawn),
            "page": {"bytes": size} | measure_page(path),
            "onnx": measure_onnx(Path(folder, "digits.onnx")),
        }
    publish(results, RESULTS, PAGE, table(results))


if __name__ == "__main__":
    main()
