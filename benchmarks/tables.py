"""What the benchmarks share: results in files, their tables in Markdown pages, the machine."""

import json
import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch

from mnist_helpers._support import write_atomically
from mnist_helpers.data import DigitData, load_mnist


def load_real_mnist() -> DigitData:
    """MNIST; if only its stand-in is here, the program ends and says so."""
    data = load_mnist()
    if not data.is_mnist:
        raise SystemExit("These figures are about MNIST, which is not on this machine.")
    return data


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    first, *others = (f"| {' | '.join(cells)} |" for cells in (head, *rows))
    return "\n".join([first, "|---" * len(head) + "|", *others])


def write_results(path: Path, results: dict) -> None:
    """Write the results of a benchmark as JSON."""
    write_atomically(path, (json.dumps(results, indent=1) + "\n").encode())


def put_table(page: Path, name: str, table: str) -> None:
    """Put a table between ``<!-- name: begin -->`` and ``<!-- name: end -->``."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, rest = page.read_text(encoding="utf-8").split(begin)
    _, after = rest.split(end)
    write_atomically(page, f"{before}{begin}\n{table}\n{end}{after}".encode())


def publish(results: dict, file: Path, page: Path, table: str) -> None:
    """Write results as JSON, put their table into a page under the file's name, and print it."""
    write_results(file, results)
    put_table(page, file.stem, table)
    print(table)


def shown_table(page: Path, name: str) -> str:
    """The table that is there."""
    text = page.read_text(encoding="utf-8")
    return text.split(f"<!-- {name}: begin -->")[1].split(f"<!-- {name}: end -->")[0].strip()


def describe_machine() -> str:
    """Where the figures come from: the processor, its cores, and PyTorch's version."""
    return f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}"


def mean_and_spread(accuracies: list[float]) -> str:
    """As in 99.64% ± 0.04%: the mean, and the standard deviation of the sample."""
    return f"{statistics.mean(accuracies):.2%} ± {statistics.stdev(accuracies):.2%}"
