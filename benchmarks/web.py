"""How many visitors the web page serves: python -m benchmarks.web.

Starts the command ``web`` in a separate process, and sends it drawings from fifty clients at
once. Writes web.json and the table of the README.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.demo import spread
from benchmarks.pens import SIZES, hand_drawings, paint, png
from benchmarks.tables import describe_machine, publish
from mnist_helpers.page import PEN
from tools.browser import serving

HERE = Path(__file__).parent
RESULTS = HERE / "web.json"
PAGE = HERE / "README.md"
CLIENTS, REQUESTS = 50, 2000


def drawings(n: int) -> list[tuple[int, bytes]]:
    """Labels and PNG files as the page sends them."""
    made = hand_drawings(n, seed=4, sizes=SIZES)
    return [(label, png(paint(strokes, PEN))) for label, strokes in made]


async def _client(address: str, work: list[tuple[int, bytes]], times: list, right: list) -> None:
    async with httpx.AsyncClient(timeout=60) as http:
        for label, content in work:
            begun = time.perf_counter()
            reply = await http.post(f"{address}predict", files={"file": ("digit.png", content)})
            times.append(1000 * (time.perf_counter() - begun))
            right.append(reply.raise_for_status().json()["digit"] == label)


def measure(address: str, clients: int, requests: int) -> dict[str, Any]:
    """Milliseconds per answer, answers per second, and how many were right.

    Each client sends its next drawing as soon as it has the answer to the last one. A failed
    request ends the measurement.
    """
    work = drawings(requests)
    times: list[float] = []
    right: list[bool] = []

    async def all_at_once() -> float:
        parts = [work[number::clients] for number in range(clients)]
        begun = time.perf_counter()
        await asyncio.gather(*(_client(address, part, times, right) for part in parts))
        return time.perf_counter() - begun

    seconds = asyncio.run(all_at_once())
    figures = spread(times) | {"per_second": round(len(times) / seconds, 1)}
    return figures | {"clients": clients, "right": sum(right)}


def table(results: dict) -> str:
    """The results as a Markdown table."""
    lines = [
        "| clients at once | requests answered | median | 95 % within | a second | right |",
        "|---|---|---|---|---|---|",
    ]
    for row in results["rows"]:
        times = f"{row['p50']:,.0f} ms | {row['p95']:,.0f} ms | {row['per_second']:.0f}"
        right = f"{row['right'] / row['n']:.1%}"
        lines.append(f"| {row['clients']} | {row['n']:,} | {times} | {right} |")
    lines += ["", f"Measured on {results['machine']}; the clients run on the same machine."]
    return "\n".join(lines)


def main() -> None:
    """Measure, write, show."""
    argparse.ArgumentParser(prog="python -m benchmarks.web", description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), "web") as (_, address):
        measure(address, 1, 20)  # warm
        rows = [measure(address, clients, REQUESTS) for clients in (1, CLIENTS)]
    results = {"machine": describe_machine(), "rows": rows}
    publish(results, RESULTS, PAGE, table(results))


if __name__ == "__main__":
    main()
