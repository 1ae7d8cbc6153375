"""How quick the demo is, and how wide its pen should be: python -m benchmarks.demo.

Starts the demo in a separate process, draws in Chromium, lets twenty visitors draw at once, and
reads drawings made with pens of eight widths. Writes demo.json and the tables of the README.
"""

import argparse
import asyncio
import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.pens import GENERATED, HAND, PENS, hand_drawings, measure_pens, paint
from benchmarks.tables import describe_machine, publish
from mnist_helpers.recognizer import png_url
from tools.browser import browser, serving

HERE = Path(__file__).parent
RESULTS = HERE / "demo.json"
PAGE = HERE / "README.md"
LOADS = 10
STROKES = 130
VISITORS, STROKES_EACH = 20, 10
STROKE, PAUSE, EVERY = 0.5, 0.5, 0.12  # seconds: drawing, until the next stroke, between readings
# The screen reader's sentence comes later, and is not what people wait for.
WATCH = """() => {
  document.querySelector("#pad canvas").addEventListener("pointerup", () => {
    window.lifted = performance.now();
    window.changed = null;
  }, true);
  new MutationObserver((changes) => {
    const seen = changes.some((one) => !one.target.closest?.(".aloud"));
    if (window.lifted && seen) window.changed = performance.now() - window.lifted;
  }).observe(document.querySelector("#pred"),
    {subtree: true, childList: true, attributes: true, characterData: true});
}"""
READY = """() => document.querySelector("#pad canvas[data-strokes]") && performance.now()"""


def spread(milliseconds: list[float]) -> dict[str, float]:
    """How many times were measured, their median, and what 95 % of them do not exceed."""
    p50, p95 = np.percentile(milliseconds, [50, 95])
    return {"n": len(milliseconds), "p50": round(float(p50), 1), "p95": round(float(p95), 1)}


def measure_page(address: str, loads: int, strokes: int) -> dict[str, Any]:
    """In Chromium: milliseconds until one can draw, and from pen-up until the bars are right."""
    with browser() as chromium:
        opened = []
        for _ in range(loads):  # each with an empty cache
            page = chromium.new_context(viewport={"width": 1000, "height": 760}).new_page()
            page.goto(address)
            opened.append(page.wait_for_function(READY).json_value())
            if len(opened) < loads:
                page.context.close()
        page.wait_for_timeout(1000)
        page.evaluate(WATCH)
        box: Any = page.locator("#pad canvas").bounding_box()
        times, drawn = [], 0
        for _, drawing in hand_drawings(100 * strokes, seed=1, sizes=(0.4, 0.8)):
            for stroke in drawing:
                _draw(page, np.array([box["x"], box["y"]]) + stroke * box["width"])
                page.wait_for_timeout(1000 * PAUSE)
                drawn += 1
                times.append(page.evaluate("window.changed"))
            page.evaluate("document.querySelector('[data-do=clear]').click()")
            page.wait_for_timeout(300)
            answers = [one for one in times if one is not None]
            if len(answers) >= strokes:
                break
        version = chromium.version
    return {
        "chromium": version.split(".")[0],
        "load": spread(opened),
        "strokes": spread(answers),
        "unchanged": drawn - len(answers),
        "strokes_each": [round(one, 1) for one in answers],
    }


def _draw(page: Any, points: np.ndarray) -> None:
    """Draw one stroke in about `STROKE` seconds; the pen moves 60 times a second."""
    begun, moves = time.perf_counter(), round(60 * STROKE)
    page.mouse.move(*points[0])
    page.mouse.down()
    places = np.linspace(0, len(points) - 1, moves)
    for number, place in enumerate(places, start=1):
        x, y = (np.interp(place, range(len(points)), column) for column in points.T)
        page.mouse.move(x, y)
        time.sleep(max(0, begun + number / 60 - time.perf_counter()))
    page.mouse.up()


class Visitor:
    """Somebody who draws, and the milliseconds until each answer."""

    def __init__(self, http: httpx.AsyncClient, number: int, pad: dict, strokes: int):
        self.http = http
        self.times: list[float] = []
        self.form = {"session_hash": f"visitor{number}", "fn_name": "read_drawing"}
        self.form["component_id"] = pad["id"]
        self.random = np.random.default_rng(number)
        self.strokes = []  # of each, what is in the square at five moments
        for _, drawing in hand_drawings(strokes, seed=100 + number, sizes=(0.4, 0.8)):
            for stroke, points in enumerate(drawing):
                ends = np.linspace(1, len(points), 6)[1:].round().astype(int)
                shown = [[*drawing[:stroke], points[: max(2, end)]] for end in ends]
                urls = [
                    png_url(np.asarray(paint(one, pad["props"]["props"]["pen"]))) for one in shown
                ]
                self.strokes.append(urls)
        self.strokes = self.strokes[:strokes]

    async def ask(self, drawing: str) -> None:
        """One reading."""
        begun = time.perf_counter()
        form = self.form | {"data": drawing}
        reply = await self.http.post("gradio_api/component_server", json=form)
        self.times.append(1000 * (time.perf_counter() - begun))
        if reply.raise_for_status().json()["verdict"] == "error":
            raise RuntimeError(reply.text)

    async def draw(self, *, paced: bool) -> None:
        """All strokes, as the page reads them; or every reading as soon as the last is answered."""
        await asyncio.sleep(self.random.random() if paced else 0)
        for drawings in self.strokes:
            if paced:
                while_drawing = asyncio.create_task(self._read_while_drawing(drawings))
                await asyncio.sleep(STROKE)
                await self.ask(drawings[-1])  # the pen is up: no waiting for an answer before
                await while_drawing
                await asyncio.sleep(PAUSE)
            else:
                for drawing in drawings:
                    await self.ask(drawing)

    async def _read_while_drawing(self, drawings: list[str]) -> None:
        begun = time.perf_counter()
        await asyncio.sleep(EVERY)
        while (drawn := (time.perf_counter() - begun) / STROKE) < 1:
            asked = time.perf_counter()
            await self.ask(drawings[int(drawn * (len(drawings) - 1))])
            # The page checks again after EVERY seconds whether the answer is there.
            await asyncio.sleep(EVERY - (time.perf_counter() - asked) % EVERY)


def measure_visitors(address: str, visitors: int, strokes: int) -> dict[str, Any]:
    """Milliseconds until each answer, while many draw at once: at the page's pace, and without."""
    components = httpx.get(f"{address}config").json()["components"]
    (pad,) = (one for one in components if one["props"].get("elem_id") == "pad")

    async def all_at_once(*, paced: bool) -> dict[str, Any]:
        clients = [httpx.AsyncClient(base_url=address, timeout=60) for _ in range(visitors)]
        people = [Visitor(http, n, pad, strokes) for n, http in enumerate(clients)]
        begun = time.perf_counter()
        await asyncio.gather(*(one.draw(paced=paced) for one in people))
        seconds = time.perf_counter() - begun
        await asyncio.gather(*(http.aclose() for http in clients))
        figures = spread([ms for one in people for ms in one.times])
        return figures | {"per_second": round(figures["n"] / seconds, 1)}

    return {
        "visitors": visitors,
        "paced": asyncio.run(all_at_once(paced=True)),
        "rushed": asyncio.run(all_at_once(paced=False)),
    }


def tables(results: dict) -> str:
    """The results as two Markdown tables."""
    page, many, pens = results["page"], results["visitors"], results["pens"]
    opened, lifted, paced, rushed = page["load"], page["strokes"], many["paced"], many["rushed"]
    lines = [
        "| from ... until ... | median | 95 % within | wanted |",
        "|---|---|---|---|",
        f"| page opened, until one can draw ({opened['n']} times) "
        f"| {opened['p50']:,.0f} ms | {opened['p95']:,.0f} ms | |",
        f"| pen lifted, until the bars are right ({lifted['n']} strokes) "
        f"| {lifted['p50']:.0f} ms | {lifted['p95']:.0f} ms | 40 ms, 80 ms |",
        f"| drawing sent, until its answer; {many['visitors']} people draw ({paced['n']} readings) "
        f"| {paced['p50']:,.0f} ms | {paced['p95']:,.0f} ms | 95 % within 1,500 ms |",
        f"| the same without pauses ({rushed['n']} readings, {rushed['per_second']:.0f} a second) "
        f"| {rushed['p50']:,.0f} ms | {rushed['p95']:,.0f} ms | |",
        "",
        "| pen | read | small digits | large digits | sure and right | sure and wrong |",
        "|---|---|---|---|---|---|",
    ]
    for pen, row in pens["widths"].items():
        keys = ("read", "small", "large", "sure_and_right", "sure_and_wrong")
        lines.append(f"| {pen} | " + " | ".join(f"{row[key]:.1%}" for key in keys) + " |")
    load = page["load_average"], many["load_average"]
    lines += ["", f"Measured on {results['machine']}, Chromium {page['chromium']}."]
    lines[-1] += f" The load average was {load[0]:.1f} when the page's part began,"
    lines[-1] += f" {load[1]:.1f} when the visitors' began."
    return "\n".join(lines)


@contextlib.contextmanager
def running_demo() -> Iterator[str]:
    """Run the demo in a separate process; yield its address."""
    command = ("demo", "--no-browser")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), *command) as (_, address):
        yield address


def main() -> None:
    """Measure, write, show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.demo", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help="page, visitors, pens; all if none"
    )
    chosen = parser.parse_args().parts or ["page", "visitors", "pens"]
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    results["machine"] = describe_machine()
    for part in chosen:
        load = {"load_average": round(os.getloadavg()[0], 2)}
        if part == "pens":
            results[part] = measure_pens(HAND, GENERATED, PENS)
            continue
        with running_demo() as address:
            if part == "page":
                results[part] = load | measure_page(address, LOADS, STROKES)
            else:
                results[part] = load | measure_visitors(address, VISITORS, STROKES_EACH)
    publish(results, RESULTS, PAGE, tables(results))


if __name__ == "__main__":
    main()
