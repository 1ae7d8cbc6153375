"""What tests and benchmarks need to drive a real browser: Chromium, JupyterLab, a running demo."""

import contextlib
import functools
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import nbformat
import pytest

from mnist_helpers._support import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

    Point = tuple[float, float]

ROOT = Path(__file__).resolve().parent.parent
# Browsers that Playwright can drive as Chromium: commands on Linux, elsewhere programs at known
# places. The headless shell is Chromium without menus and windows, so that a page costs it less.
NAMES = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable", "chrome"),
)
PLACES: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "darwin": (
        ("/Applications", "~/Applications"),
        [f"{n}.app/Contents/MacOS/{n}" for n in ("Google Chrome", "Chromium", "Microsoft Edge")],
    ),
    "win32": (
        ("%ProgramFiles%", "%ProgramFiles(x86)%", "%LocalAppData%"),
        [
            "Google/Chrome/Application/chrome.exe",
            "Chromium/Application/chrome.exe",
            "Microsoft/Edge/Application/msedge.exe",
        ],
    ),
}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Whether the pad is where it was when this was last asked.
STAYS = """() => {
    let { x, y, width } = document.querySelector("#pad canvas").getBoundingClientRect();
    let [before, now] = [window.padWas, `${x} ${y} ${width}`];
    window.padWas = now;
    return before === now;
}"""


def chromium() -> str | None:
    """The path of Chromium, Chrome or Edge: that in ``CHROMIUM``, or one installed; else None."""
    if named := os.environ.get("CHROMIUM"):
        return named
    if command := next(filter(None, map(shutil.which, NAMES)), None):
        return command
    folders, programs = PLACES.get(sys.platform, ((), []))
    for program in programs:
        for folder in folders:
            path = Path(os.path.expandvars(folder), program).expanduser()
            if path.is_file():
                return str(path)
    return None


needs_chromium = pytest.mark.skipif(
    chromium() is None,
    reason="no Chromium, Chrome or Edge found; the variable CHROMIUM can name one",
)


@contextlib.contextmanager
def browser() -> "Iterator[Browser]":
    """A running Chromium."""
    from playwright import sync_api

    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield started
        finally:
            started.close()


def watch(page: "Page") -> tuple[set[str | None], list[str]]:
    """The hosts that a page contacts and the errors in its console; both fill while it runs."""
    hosts: set[str | None] = set()
    complaints: list[str] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    return hosts, complaints


def visit(page: "Page", address: str) -> None:
    """Open the demo and wait until its pad can be drawn on and stays at its place."""
    page.goto(address)
    page.locator("#pad canvas[data-strokes]").wait_for()
    page.locator("#pred .bars").wait_for(state="attached")
    page.wait_for_function(STAYS, polling=100)


@contextlib.contextmanager
def visitor(chromium: "Browser", address: str, height: int) -> "Iterator[Page]":
    """Yield a page with the demo open.

    At the end, assert that the page contacted only this machine and logged no error.
    """
    context = chromium.new_context(viewport={"width": 1000, "height": height})
    page = context.new_page()
    hosts, complaints = watch(page)
    visit(page, address)
    yield page
    context.close()
    assert hosts <= {"127.0.0.1", None}
    assert complaints == []


def wait_until_it_answers(
    address: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 90
) -> None:
    """Wait until an address answers; fail the test if the process ends or the time is up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.2)
    pytest.fail(f"{address} does not answer:\n{log.read_text()[-2000:]}")


@contextlib.contextmanager
def running(
    command: Sequence[str], address: str, folder: Path, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that serves an address, and stop it at the end."""
    log = folder / "process.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_it_answers(address, process, log)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@contextlib.contextmanager
def serving(
    folder: Path, *words: str, **environment: str
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run a command of the package, such as ``demo`` or ``web``; yield its process and address."""
    address = f"http://127.0.0.1:{(port := free_port())}/"
    command = [sys.executable, "-m", "mnist_helpers", *words, f"--port={port}"]
    with running(command, address, folder, **environment) as process:
        yield process, address


@contextlib.contextmanager
def static_server(folder: Path) -> Iterator[str]:
    """Serve the files of a folder, as any host of static files does; yield the address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@contextlib.contextmanager
def jupyterlab(
    folder: Path, notebook: Path, base_url: str = "/", **environment: str
) -> Iterator[str]:
    """Run a JupyterLab like that of `make lab`, isolated from the user's settings.

    It serves a copy of the notebook without outputs and with ``fast = True``, from a project in the
    temporary folder. It yields the address of the notebook. The other arguments are those of
    `running_lab`.
    """
    root = folder / "project"
    (root / "notebooks").mkdir(parents=True)
    put_fast_copy(notebook, root / "notebooks")
    environment |= {
        f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")
    }
    environment["JUPYTER_PREFER_ENV_PATH"] = "1"
    environment["JUPYTER_CONFIG_PATH"] = str(ROOT / "tools/jupyter")  # as `make lab` does
    with running_lab(folder, root, base_url, **environment) as (_, address):
        yield f"{address}lab/tree/notebooks/{notebook.name}?reset"


@contextlib.contextmanager
def running_lab(
    folder: Path, root: Path, base_url: str = "/", **environment: str
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run JupyterLab's server; yield its process and its address.

    Its log goes to ``folder``, and it serves the notebooks in ``root`` under the path ``base_url``,
    as behind a JupyterHub. The other arguments are environment variables.
    """
    address = f"http://127.0.0.1:{(port := free_port())}{base_url}"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--ServerApp.port_retries=0"]
    command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={root}"]
    command += [f"--ServerApp.base_url={base_url}"]
    if hasattr(os, "getuid") and os.getuid() == 0:
        command.append("--allow-root")
    with running(command, f"{address}api", folder, **environment) as process:
        yield process, address


def put_fast_copy(source: Path, folder: Path) -> Path:
    """Copy a notebook into a folder, without its outputs and with its fast parameters."""
    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            if "parameters" in cell.metadata.get("tags", []) and "fast = False" in cell.source:
                cell.source = cell.source.replace("fast = False", "fast = True")
    path = folder / source.name
    nbformat.write(notebook, path)
    return path


def open_notebook(page: "Page", address: str) -> None:
    """Open a notebook and wait until its kernel is idle."""
    page.set_default_timeout(60_000)
    page.goto(address)
    page.locator(".jp-Notebook").wait_for()
    # The kernel's own status, in the bar below. Until then, running a cell makes JupyterLab ask for
    # a kernel.
    page.locator("#jp-main-statusbar").get_by_text(re.compile(r"\| Idle$")).wait_for()


def run_all_cells(page: "Page") -> None:
    """Choose Run > Run All Cells in the menu, as a person would."""
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator("[data-command='runmenu:run-all']").click()


def draw(page: "Page", canvas: "Locator", strokes: "Sequence[Sequence[Point]]") -> None:
    """Draw strokes with the mouse; their points are fractions of the canvas's width and height."""
    box = canvas.bounding_box()
    assert box, "the canvas is not to be seen"
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()


def draw_slowly(
    page: "Page", canvas: "Locator", stroke: "Sequence[Point]", pause: float
) -> Iterator[None]:
    """Draw one stroke, and yield ``pause`` milliseconds after each move; the pen stays down."""
    box = canvas.bounding_box()
    assert box, "the canvas is not to be seen"
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=4)
        page.wait_for_timeout(pause)
        yield
