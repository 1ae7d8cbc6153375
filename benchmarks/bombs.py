"""What hostile pictures cost: python -m benchmarks.bombs.

Sends each picture of `tools.bombs` to ``predict``, to the web page and to the demo, and then those
that took longest and most memory eight at once. Writes bombs.json and the table of the README. It
reads a process's memory as Linux tells it.
"""

import argparse
import functools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks.tables import describe_machine, markdown_table, publish
from tools.bombs import BOMBS, measured_memory, ordinary
from tools.browser import serving

HERE = Path(__file__).parent
RESULTS = HERE / "bombs.json"
PAGE = HERE / "README.md"
TARGETS = ("predict", "web", "demo")
AT_ONCE = 8
LIMIT = 20_000_000  # a server takes no more

Ask = Callable[[Path], None]


def cost(pid: int, work: Callable[[], Any]) -> tuple[float, float]:
    """The seconds that some work takes, and the megabytes that the process needs more for it."""
    begun = time.perf_counter()
    with measured_memory(pid) as most:
        work()
    return time.perf_counter() - begun, most[0] / 1e6


def all_at_once(ask: Ask, file: Path) -> None:
    """Ask eight times at once; what is refused is an answer, too."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(ask, [file] * AT_ONCE))


@contextmanager
def web(folder: Path) -> Iterator[tuple[int, Ask]]:
    """The web page: its process, and how to send it a file."""
    with serving(folder, "web") as (process, address):

        def ask(file: Path) -> None:
            files = {"file": (file.name, file.read_bytes())}
            httpx.post(f"{address}predict", files=files, timeout=120)

        yield process.pid, ask


@contextmanager
def demo(folder: Path) -> Iterator[tuple[int, Ask]]:
    """The demo: its process, and how to send it a file."""
    from gradio_client import Client, handle_file

    with serving(folder, "demo", "--no-browser") as (process, address):
        client = Client(address, verbose=False)
        yield process.pid, lambda file: client.predict(handle_file(file), api_name="/read_picture")


@contextmanager
def predict(folder: Path) -> Iterator[tuple[int, Ask]]:
    """The command ``predict``, which answers whoever types a name: as it reads its pictures."""
    code = (
        "import sys; from mnist_helpers.recognizer import DigitReader, DigitRecognizer\n"
        "reader = DigitReader(DigitRecognizer.load())\n"
        "for name in sys.stdin: reader.read_picture(name.strip()); print(flush=True)"
    )
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=folder) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        names, answers = process.stdin, process.stdout

        def ask(file: Path) -> None:
            print(file, file=names, flush=True)
            answers.readline()

        yield process.pid, ask
        names.close()


def measure(target: str, bombs: dict[str, Path], first: Path) -> dict[str, Any]:
    """The cost of an ordinary picture, the worst of the others, and the worst of eight at once."""
    serve = {"web": web, "demo": demo, "predict": predict}[target]
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as (pid, ask):
        ask(first)  # warm
        usual = cost(pid, lambda: ask(first))
        rows = {name: cost(pid, functools.partial(ask, file)) for name, file in bombs.items()}
        slowest, largest = (max(rows, key=lambda name: rows[name][at]) for at in (0, 1))
        if target == "predict":
            return _told(usual, rows[slowest][0], rows[largest][1], (slowest, largest))
        many = [
            cost(pid, functools.partial(all_at_once, ask, bombs[name]))
            for name in dict.fromkeys((slowest, largest))
        ]
    found = _told(usual, rows[slowest][0], rows[largest][1], (slowest, largest))
    return found | {"eight": [max(one[at] for one in many) for at in (0, 1)]}


def _told(
    usual: tuple[float, float], seconds: float, megabytes: float, names: tuple[str, str]
) -> dict[str, Any]:
    return {"ordinary": usual, "worst": [seconds, megabytes], "names": names}


def eight_processes(bombs: dict[str, Path], names: tuple[str, ...]) -> list[float]:
    """The worst for ``predict``: eight processes, each with the same picture."""
    worst = [0.0, 0.0]
    for name in dict.fromkeys(names):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            rows = list(pool.map(_one_of_eight, [bombs[name]] * AT_ONCE))
        both = [max(row[0] for row in rows), sum(row[1] for row in rows)]
        worst = [max(pair) for pair in zip(worst, both, strict=True)]
    return worst


def _one_of_eight(file: Path) -> tuple[float, float]:
    with predict(file.parent) as (pid, ask):
        ask(file.parent / "small")
        return cost(pid, lambda: ask(file))


def table(results: dict[str, Any]) -> str:
    """The results as a Markdown table."""
    head = ("", "an ordinary photograph", "the worst of them", "the worst, eight at once")
    rows = [
        (f"`{name}`", *(f"{row[key][0]:.2f} s, {row[key][1]:.0f} MB" for key in _KEYS))
        for name, row in results["targets"].items()
    ]
    count = f"{results['bombs']} pictures. Measured on {results['machine']}."
    return f"{markdown_table(head, rows)}\n\n{count}"


_KEYS = ("ordinary", "worst", "eight")


def main() -> None:
    """Measure, write, show."""
    argparse.ArgumentParser(prog="python -m benchmarks.bombs", description=__doc__).parse_args()
    targets = {}
    with tempfile.TemporaryDirectory() as name:
        folder, bombs = Path(name), {}
        for number, (title, make) in enumerate(BOMBS.items()):
            if len(content := make()) <= LIMIT:
                bombs[title] = folder / f"{number}.png"
                bombs[title].write_bytes(content)
        (first := folder / "ordinary.jpg").write_bytes(ordinary())
        (folder / "small").write_bytes(ordinary(40, 30))
        for target in TARGETS:
            targets[target] = measure(target, bombs, first)
            print(target, json.dumps(targets[target]), flush=True)
        targets["predict"]["eight"] = eight_processes(bombs, targets["predict"]["names"])
    results = {"machine": describe_machine(), "bombs": len(bombs), "targets": targets}
    publish(results, RESULTS, PAGE, table(results))


if __name__ == "__main__":
    main()
