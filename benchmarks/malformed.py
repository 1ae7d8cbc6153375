"""What ten thousand malformed calls do to each server: python -m benchmarks.malformed.

Starts the commands ``demo`` and ``web`` in processes of their own, and sends each of them requests
that are wrong in many ways. Counts the answers and the tracebacks, and measures the memory. Needs
Linux. Writes malformed.json and the table of the README.
"""

import argparse
import collections
import json
import os
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from benchmarks.tables import describe_machine, publish
from tools.browser import serving

HERE = Path(__file__).parent
RESULTS = HERE / "malformed.json"
PAGE = HERE / "README.md"
CALLS, WARM = 10_000, 1_000
Request = tuple[str, str, dict[str, Any]]


def value(chance: random.Random) -> Any:
    """Something that is no drawing and no picture."""
    url = "data:image/png;base64," + "A" * chance.randrange(200)
    meta = {"_type": "gradio.FileData"}
    return chance.choice(
        [
            None,
            chance.choice([True, 0, -1, 7, 1e308, 2**70, float("nan"), float("inf")]),
            "".join(chr(chance.randrange(32, 0x2FFF)) for _ in range(chance.randrange(200))),
            "A" * chance.choice([1, 10_000, 1_500_000, 3_000_000]),
            url,
            chance.choice(["/etc/passwd", "../x", "file:///etc/passwd", "C:\\x", "\ud800", "\0"]),
            {"path": chance.choice(["/etc/passwd", "", "x" * 5000, None, 7]), "meta": meta},
            {"path": "http://127.0.0.1:1/x", "url": "http://127.0.0.1:1/x", "meta": meta},
            {"path": "/etc/hostname"},
            json.loads("[" * 300 + "]" * 300),
            [[value(chance)] if chance.random() < 0.3 else 7],
            {"a": {"b": [None] * 50}},
        ]
    )


def demo_call(chance: random.Random, pad: int) -> Request:
    """A wrong call to the demo."""
    session = chance.choice(["a", "b", None, 7, "s" * 1000, f"{chance.random()}"])
    name = chance.choice(["read_drawing", "read_picture", "nothing"])
    body: dict[str, Any] = {
        "data": chance.choice([[value(chance)], [], [value(chance), 1], value(chance)]),
        "session_hash": session,
        "fn_index": chance.choice([None, 0, 1, 2, -1, 99, "x", 1.5, True]),
    }
    path = chance.choice([f"run/{name}", f"call/{name}", f"api/{name}", "queue/join"])
    kind = chance.random()
    if kind < 0.25:
        path = "component_server"
        body |= {
            "data": value(chance),
            "fn_name": chance.choice(["read_drawing", "__init__", None, 7]),
            "component_id": chance.choice([pad, 0, 999, "x", None, [], True]),
        }
    elif kind < 0.3:
        path = chance.choice([f"call/v2/{name}", "cancel", "reset", "stream/x", "vibe-edit"])
    elif kind < 0.35:
        session = chance.choice(["queue/data?session_hash=x", "call/read_drawing/x", "file=/etc/x"])
        return "GET", f"gradio_api/{session}", {}
    elif kind < 0.4:
        files = {"files": ("x", bytes(chance.choice([0, 10, 10_000])))}
        path = chance.choice(["upload", "component_server", "process_recording"])
        return "POST", f"gradio_api/{path}", {"files": files}
    for key in [key for key in body if chance.random() < 0.1]:
        del body[key]
    text = json.dumps(body)
    if chance.random() < 0.05:
        text = chance.choice(["", "{", "null", "[]", "\0", text[: len(text) // 2], "9" * 5000])
    headers = {"content-type": chance.choice(["application/json"] * 9 + ["text/plain"])}
    if chance.random() < 0.05:
        headers |= {"x-forwarded-host": chance.choice(["::::", "a b", "x"])}
    return "POST", f"gradio_api/{path}", {"content": text, "headers": headers}


def web_call(chance: random.Random, _: int) -> Request:
    """A wrong call to the web page."""
    content = chance.randbytes(chance.choice([0, 1, 100, 5000]))
    start = chance.choice([b"", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\xff\xd8\xff\xe0", b"GIF89a"])
    kind = chance.choice(["multipart/form-data; boundary=x", "text/plain", "image/png", ""])
    field = chance.choice(["file", "File", ""])
    options: dict[str, Any] = {"files": {field: ("x.png", start + content)}}
    if chance.random() < 0.4:
        options = {"content": start + content, "headers": {"content-type": kind}}
    method = chance.choice(["POST"] * 9 + ["GET", "PUT", "DELETE", "PATCH"])
    return method, chance.choice(["predict"] * 9 + ["", "health", "x/y"]), options


def memory_of(process: int) -> float:
    """Resident memory of a process, in MB."""
    status = Path(f"/proc/{process}/status").read_text()
    return round(int(status.split("VmRSS:")[1].split()[0]) / 1024, 1)


def measure(
    words: tuple[str, ...], make: Callable[[random.Random, int], Request], calls: int
) -> dict[str, Any]:
    """How the calls were answered, and what they left behind."""
    chance, statuses = random.Random(0), collections.Counter[str]()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), *words) as (process, where):
        with httpx.Client(base_url=where, timeout=60, trust_env=False) as http:
            pad = 0
            if words[0] == "demo":
                components = http.get("config").json()["components"]
                pad = next(one["id"] for one in components if one["props"].get("elem_id") == "pad")
            before = 0.0
            for number in range(calls):
                if number == min(WARM, calls // 10):
                    before = memory_of(process.pid)
                method, path, options = make(chance, pad)
                try:
                    status = http.request(method, path, **options).status_code
                    statuses[f"{status // 100}xx"] += 1
                except httpx.TransportError:  # closed while a long body was being sent
                    statuses["closed"] += 1
            after = memory_of(process.pid)
        log = (Path(folder) / "process.log").read_text()
    return {
        "server": words[0],
        "calls": calls,
        "answers": dict(sorted(statuses.items())),
        "tracebacks": log.count("Traceback"),
        "lines": len(log.splitlines()),
        "megabytes": [before, after],
    }


def table(results: dict) -> str:
    """The results as a Markdown table."""
    lines = [
        "| server | calls | answers | status 500 and more | tracebacks | memory before, after |",
        "|---|---|---|---|---|---|",
    ]
    for row in results["rows"]:
        answers = ", ".join(f"{kind}: {count:,}" for kind, count in row["answers"].items())
        before, after = row["megabytes"]
        lines.append(
            f"| {row['server']} | {row['calls']:,} | {answers} | {row['answers'].get('5xx', 0)} "
            f"| {row['tracebacks']} | {before:.0f}, {after:.0f} MB |"
        )
    load = results["load_average"]
    return "\n".join([*lines, "", f"Measured on {results['machine']}; load average {load:.1f}."])


def main() -> None:
    """Measure, write, show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.malformed", description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS, help=f"to each (default: {CALLS})")
    calls = parser.parse_args().calls
    load = round(os.getloadavg()[0], 2)
    demo = measure(("demo", "--no-browser"), demo_call, calls)
    rows = [demo, measure(("web",), web_call, calls)]
    results = {"machine": describe_machine(), "load_average": load, "rows": rows}
    publish(results, RESULTS, PAGE, table(results))


if __name__ == "__main__":
    main()
