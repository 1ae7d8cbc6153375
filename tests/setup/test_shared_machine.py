"""One machine for a class: Binder fits pyproject.toml, the page shows what was measured."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from benchmarks import memory
from benchmarks.memory import class_mib, limit_mib, tables
from benchmarks.tables import shown_table
from mnist_helpers.lessons import find_notebooks
from tools import links
from tools.classroom_files.start import CPU_INDEX, EXTRAS

ROOT = Path(__file__).resolve().parents[2]
BINDER = ROOT / ".binder"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PAGE = memory.PAGE.read_text(encoding="utf-8")


def binder(name):
    return (BINDER / name).read_text(encoding="utf-8")


# Binder


def test_binder_takes_pytorch_from_one_source_as_make_does():
    script = binder("postBuild")
    assert "--constraint requirements/proven.txt" in script
    pair = f"\ninstall --no-deps --index-url {CPU_INDEX} torch torchvision\n"
    assert 0 < script.index(pair) < script.index("\ninstall --editable")


def test_binder_installs_all_that_the_notebooks_need():
    (extras,) = re.findall(r"'\.\[(.+)\]'", binder("postBuild"))
    cells = "".join(path.read_text(encoding="utf-8") for path in links.notebook_paths())
    wanted = re.findall(r"mnist-helpers\[([\w,]+)\] @ ", cells)
    needed = {"notebooks", "demo"}.union(*(names.split(",") for names in wanted))
    assert needed <= set(extras.split(",")) <= set(PROJECT["optional-dependencies"])
    assert extras == EXTRAS


def test_binder_takes_a_python_that_the_project_supports():
    version = binder("runtime.txt").strip().removeprefix("python-")
    assert f"Programming Language :: Python :: {version}" in PROJECT["classifiers"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no executable bit")
@pytest.mark.parametrize("name", ["postBuild", "start"])
def test_binders_scripts_can_be_executed(name):
    assert os.access(BINDER / name, os.X_OK)
    subprocess.run(["bash", "-n", str(BINDER / name)], check=True)


@pytest.mark.skipif(sys.platform == "win32", reason="needs bash")
def test_binder_starts_with_the_variables_of_the_page():
    command = [
        BINDER / "start",
        sys.executable,
        "-c",
        "import json, os; print(json.dumps({**os.environ}))",
    ]
    environment = {"PATH": os.environ["PATH"], "REPO_DIR": "/repo"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    started = json.loads(done.stdout)
    assert started["JUPYTER_CONFIG_PATH"] == "/repo/tools/jupyter"
    for name in ("OMP_NUM_THREADS", "GOMP_SPINCOUNT"):
        assert f'"{name}": "{started[name]}"' in PAGE
        assert f"{name}={started[name]}" in memory.SETTINGS


# Links


def test_the_links_hold_the_public_address_and_lead_to_notebooks():
    slug = links.repository()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    binder_start = links.BINDER_START.format(slug=slug)
    pull_start = links.PULL_START.format(slug=slug, folder=slug.split("/")[1])
    assert readme.count("mybinder.org/") == readme.count(f"https://{binder_start}") == 1
    assert PAGE.count("mybinder.org/") == PAGE.count(f"https://{binder_start}") == 1
    assert PAGE.count("git-pull?") == PAGE.count(f"https://HUB/{pull_start}") == 1
    for start in (binder_start, pull_start):
        (name,) = re.findall(re.escape(start) + r"([\w./]+\.ipynb)", PAGE)
        assert (ROOT / "notebooks" / name).exists()
    for name in re.findall(r"`([\w/]+\.ipynb)`", PAGE):
        assert (ROOT / "notebooks" / name).exists(), name


def test_what_the_page_names_is_there():
    for name in re.findall(r"\]\((?!https?:|#)([^)]+)\)", PAGE):
        assert (memory.PAGE.parent / name).exists(), name
    for name in re.findall(r"^\| `([\w.]+)` \| (?:the|all|one|PyTorch)", PAGE, re.M):
        assert (BINDER / name).exists(), name
    assert sorted(path.name for path in BINDER.iterdir()) == [
        *("postBuild", "runtime.txt", "start")
    ]
    tests = (ROOT / "tests/notebooks/test_jupyterlab.py").read_text(encoding="utf-8")
    assert "def test_the_demo_comes_through_the_proxy_of_a_hub" in tests


# What was measured

RESULTS = {
    "machine": "M",
    "lab": {"resident_mib": 100, "private_mib": 80, "cpu_seconds": 1.0},
    "notebooks": {
        "00_a": {"resident_mib": 700, "private_mib": 500, "cpu_seconds": 9.6, "load": 0.5},
        "01_b": {"resident_mib": 1000, "private_mib": 400, "cpu_seconds": 20.0, "load": 2.5},
    },
    "disk": {"cuda_mib": 2048, "torch_mib": 1024, "rest_mib": 1024},
    "training": {
        "students": 4,
        "images": 10_000,
        "load": 0.7,
        "settings": {
            name: {
                "alone": {"median": 2.0, "each": [1.5, 2.0, 2.5]},
                "together": {"median": 8.0, "each": [7.0, 8.0, 9.0]},
            }
            for name in memory.SETTINGS
        },
    },
}


def test_the_page_shows_the_tables_of_the_saved_results():
    results = json.loads(memory.RESULTS.read_text(encoding="utf-8"))
    for name, table in tables(results).items():
        assert shown_table(memory.PAGE, name) == table
    assert set(results["notebooks"]) == {path.stem for path in find_notebooks(ROOT / "notebooks")}
    (limit,) = re.findall(r'mem_limit = "([\d.]+)G"', PAGE)
    assert 1024 * float(limit) >= limit_mib(results)
    assert set(results["training"]["settings"]) == set(memory.SETTINGS)
    for row in results["training"]["settings"].values():
        assert len(row["alone"]["each"]) == len(row["together"]["each"]) == memory.REPEATS


def test_a_limit_holds_the_hungriest_notebook_beside_jupyterlab():
    assert limit_mib(RESULTS) == 1536  # (100 + 1000) and a quarter more, in halves of a GiB
    # 10 students with 500 + 80 each, once the 200 + 20 that they share, and a quarter more.
    assert class_mib(RESULTS, 10) == round(1.25 * (10 * 580 + 220))
    assert class_mib(RESULTS, 10, without="00_a") == round(1.25 * (10 * 480 + 620))


def test_the_tables_say_what_is_measured_and_what_is_an_estimate():
    made = tables(RESULTS)
    assert "| 00_a | 700 MB | 500 MB | 10 |" in made["memory"]
    assert "(load average 0.5 to 2.5)" in made["memory"]
    assert "one notebook open at a time | 1.5 GB | 1.0 GB |" in made["memory"]
    assert "| any notebook | any but 01_b |" in made["memory"]
    assert "| all, with PyTorch's usual build | 4.0 GB | measured |" in made["disk"]
    assert re.search(r"`TORCH=cpu`\) \| 1\.7 GB \| estimate", made["disk"])
    row = "| `OMP_NUM_THREADS=1` | 2.0 s (1.5 to 2.5) | 8.0 s (7.0 to 9.0) |"
    assert row in made["students"]
    assert "| nothing set | 2.0 s" in made["students"]


HUNGRY = """
import subprocess, sys, time
held = bytearray(60_000_000)
end = time.process_time() + 0.5
while time.process_time() < end:
    pass
if len(sys.argv) > 1:
    subprocess.run([sys.executable, "-c", sys.argv[1]])
print("done", flush=True)
sys.stdin.readline()
"""


@pytest.mark.slow
def test_a_watch_adds_up_a_process_and_its_children_and_outlives_it():
    child = HUNGRY.replace("sys.stdin.readline()", "time.sleep(1)")
    command = [sys.executable, "-c", HUNGRY, child]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        with memory.Watch(process.pid, every=0.05) as watch:
            while "done" not in process.stdout.readline():
                pass
            process.stdout.readline()
        process.stdin.write("\n")
    seen = watch.figures()
    assert seen["cpu_seconds"] >= 0.9
    assert seen["private_mib"] >= 110
    assert seen["resident_mib"] >= seen["private_mib"]
    assert seen["resident_mib"] < 1000
    command = [sys.executable, "-c", "pass"]
    with subprocess.Popen(command) as process, memory.Watch(process.pid, every=0.01) as watch:
        process.wait()
    assert watch.figures()["cpu_seconds"] < 5


def test_the_size_of_packages_is_that_of_their_files():
    files = Path(psutil.__file__).parent.rglob("*")
    modules = sum(path.stat().st_size for path in files if path.suffix in (".py", ".so"))
    assert modules <= memory.installed_bytes(["psutil"]) < 20_000_000
    assert memory.installed_bytes([]) == 0


@pytest.mark.slow
def test_a_notebook_is_measured_in_its_own_kernel(tmp_path):
    parameters = new_code_cell("fast = False", metadata={"tags": ["parameters"]})
    cell = new_code_cell("held = bytearray(100_000_000 if fast else 1)\nimport time\ntime.sleep(1)")
    path = tmp_path / "00.ipynb"
    nbformat.write(new_notebook(cells=[parameters, cell]), path)
    assert 120 < memory.measure_notebook(path, tmp_path, fast=True)["private_mib"] < 400
    assert memory.measure_notebook(path, tmp_path)["private_mib"] < 120


@pytest.mark.slow
def test_students_train_at_once_and_a_training_that_does_not_start_ends_it(monkeypatch):
    assert memory.train_at_once(2, 256, {"OMP_NUM_THREADS": "1"}) > 0
    monkeypatch.setattr(memory, "TRAIN", "raise SystemExit(1)")
    with pytest.raises(RuntimeError, match="did not start"):
        memory.train_at_once(2, 256, {})
