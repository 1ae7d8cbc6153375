"""How soon the website's front page reads a digit: make site, then python -m benchmarks.site.

Opens runs/site in Chromium, each time with an empty cache, and draws a 7 as soon as the square is
there. Writes site.json and the table of the README.
"""

import os
import time
from pathlib import Path
from typing import Any

from benchmarks.tables import describe_machine, markdown_table, publish
from tools.browser import browser, draw, static_server
from tools.handwriting import PLAIN

HERE = Path(__file__).parent
RESULTS = HERE / "site.json"
PAGE = HERE / "README.md"
SITE = HERE.parent / "runs" / "site"
TIMES = 5


def seconds_to_a_seven(chromium: Any, address: str) -> dict[str, float]:
    """Seconds from the navigation until the square is there, and until the bars of a 7 are."""
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    begun = time.perf_counter()
    page.goto(address, wait_until="commit")
    frame = page.frame_locator("iframe.draw")
    canvas = frame.locator("#pad canvas[data-strokes]")
    canvas.wait_for()
    opened = time.perf_counter() - begun
    draw(page, canvas, PLAIN[7])
    frame.locator("#pred [data-digit='7'] .first .bar").wait_for()
    answered = time.perf_counter() - begun
    page.context.close()
    return {"opened": round(opened, 2), "answered": round(answered, 2)}


def table(results: dict[str, Any]) -> str:
    """The results as a Markdown table."""
    rows = [
        (where, *(", ".join(f"{run[what]:.2f}" for run in runs) for what in ("opened", "answered")))
        for where, runs in results["runs"].items()
    ]
    head = ("the site is", "seconds until one can draw", "seconds until the bars of a 7")
    lines = markdown_table(head, rows)
    return f"{lines}\n\nMeasured on {results['machine']}, load average {results['load']:.1f}."


def main() -> None:
    """Measure, write, show."""
    load = os.getloadavg()[0]
    with static_server(SITE) as address, browser() as chromium:
        places = {"on a local server": address, "on the disk": (SITE / "index.html").as_uri()}
        runs = {
            where: [seconds_to_a_seven(chromium, place) for _ in range(TIMES)]
            for where, place in places.items()
        }
    results = {"machine": describe_machine(), "load": round(load, 1), "runs": runs}
    publish(results, RESULTS, PAGE, table(results))


if __name__ == "__main__":
    main()
