"""The first notebook in a real JupyterLab: opened in Chromium, run from the menu by clicks."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium():
    """The path of an installed Chromium, or None."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="no Chromium found (apt install chromium)"),
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def first_notebook():
    paths = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    if not paths:
        pytest.skip("there is no notebook yet")
    return paths[0]


def put_fast_copy(source, folder):
    """Copies a notebook without its outputs, with its parameters set to the fast ones."""
    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            if "parameters" in cell.metadata.get("tags", []) and "fast = False" in cell.source:
                cell.source = cell.source.replace("fast = False", "fast = True")
    path = folder / source.name
    nbformat.write(notebook, path)
    return path


@pytest.fixture
def lab(tmp_path):
    """A JupyterLab like that of `make lab`, with settings of its own; gives its address."""
    root = tmp_path / "project"
    (root / "notebooks").mkdir(parents=True)
    notebook = put_fast_copy(first_notebook(), root / "notebooks")
    port = free_port()
    environment = os.environ | {
        f"JUPYTER_{name}_DIR": str(tmp_path / name.lower())
        for name in ("CONFIG", "DATA", "RUNTIME")
    }
    environment["JUPYTER_PREFER_ENV_PATH"] = "1"
    environment["JUPYTER_CONFIG_PATH"] = str(ROOT / "tools/jupyter")  # as `make lab` does
    environment["PYTHONPATH"] = str(ROOT)  # the package as it is now
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token="]
    command += [f"--ServerApp.root_dir={root}"]
    if hasattr(os, "getuid") and os.getuid() == 0:
        command.append("--allow-root")
    log = (tmp_path / "lab.log").open("w")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_it_answers(address, server, tmp_path / "lab.log")
        yield f"{address}/lab/tree/notebooks/{notebook.name}", notebook
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
        log.close()


def wait_until_it_answers(address, server, log, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/api", timeout=5):
            return
        time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture
def page():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield browser.new_page(viewport={"width": 1400, "height": 1000})
        finally:
            browser.close()


def run_all_cells(page):
    """Run > Run All Cells, as a person does it."""
    # The kernel's own status, in the bar below. Any sooner, JupyterLab asks for a kernel.
    page.locator("#jp-main-statusbar").get_by_text(re.compile(r"\| Idle$")).wait_for()
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator("[data-command='runmenu:run-all']").click()


def saved(notebook):
    """The code cells as the last save wrote them; a file half written counts as not saved."""
    try:
        cells = nbformat.read(notebook, as_version=4).cells
    except (OSError, json.JSONDecodeError, nbformat.reader.NotJSONError):
        return []
    return [cell for cell in cells if cell.cell_type == "code"]


def test_run_all_cells_of_the_first_notebook(lab, page):
    address, notebook = lab
    addresses = set()
    page.on("request", lambda request: addresses.add(request.url))
    page.set_default_timeout(60_000)

    page.goto(f"{address}?reset")
    page.locator(".jp-Notebook").wait_for()
    run_all_cells(page)

    # Cells run in order, so all is done when the last one has its number. Saving asks the
    # notebook itself: cells that are out of sight are not in the page.
    end = time.monotonic() + 300
    numbers = []
    while time.monotonic() < end:
        page.wait_for_timeout(1000)
        page.keyboard.press("ControlOrMeta+s")
        page.wait_for_timeout(500)
        numbers = [cell.execution_count for cell in saved(notebook)]
        if numbers and all(numbers):
            break
        failed = [o for c in saved(notebook) for o in c.outputs if o.output_type == "error"]
        if failed:
            break
    page.screenshot(path=notebook.with_suffix(".png"))

    outputs = [output for cell in saved(notebook) for output in cell.outputs]
    assert [f"{o.ename}: {o.evalue}" for o in outputs if o.output_type == "error"] == []
    assert numbers == list(range(1, len(numbers) + 1))
    page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").first.wait_for()
    assert page.locator(".Toastify__toast").count() == 0, "JupyterLab asks something"
    outside = {a for a in addresses if urlsplit(a).hostname not in ("127.0.0.1", None)}
    assert outside == set()
