"""CI runs the same checks as `make test`, on three systems and three Pythons."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
WORKFLOW = yaml.safe_load(TEXT)
JOBS = WORKFLOW["jobs"]


def commands(job, system=None):
    """Every command of a job, or only those of one system."""
    steps = [step for step in JOBS[job]["steps"] if "run" in step]
    if system:
        steps = [s for s in steps if s.get("if") == f"runner.os == '{system}'"]
    return "\n".join(step["run"] for step in steps)


def test_three_systems_and_three_pythons():
    matrix = JOBS["test"]["strategy"]["matrix"]
    assert [name.split("-")[0] for name in matrix["os"]] == ["ubuntu", "macos", "windows"]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]  # strings: 3.10 would read as 3.1


def test_every_system_runs_every_stage_of_make_test():
    assert commands("test", "Linux") == ".ci/run"
    assert commands("test", "macOS") == "make test"
    windows = commands("test", "Windows")
    assert r".venv\Scripts\python -m tools.check all" in windows
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "test: dev" in makefile
    assert "-m tools.check all" in makefile


def test_lower_bounds_are_installed_and_tested():
    assert "--resolution lowest-direct" in commands("lowest")
    assert "-m pytest" in commands("lowest")


def test_it_may_only_read_it_ends_and_every_action_is_pinned_to_a_major_version():
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert WORKFLOW["concurrency"]["cancel-in-progress"] is True
    assert all(job["timeout-minutes"] <= 60 for job in JOBS.values())
    actions = re.findall(r"uses:\s*(\S+)", TEXT)
    assert actions
    assert all(re.fullmatch(r"[\w./-]+@v\d+", action) for action in actions)


@pytest.mark.skipif(sys.platform == "win32", reason="needs bash")
@pytest.mark.parametrize("there", [True, False])
def test_ci_run_calls_make_test_with_the_data_beside_the_project(tmp_path, there):
    project, shared = tmp_path / "project", tmp_path / "shared/data"
    (project / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci/run", project / ".ci")
    (project / "Makefile").write_text("test:\n\techo $(MNIST_DATA_DIR) $(DRAWN_DIR) > told\n")
    if there:
        (shared / "mnist").mkdir(parents=True)
        (shared / "drawn_dev").mkdir()
        (shared / "drawn_dev/labels.csv").touch()
    unset = {"MNIST_DATA_DIR", "DRAWN_DIR"}
    environment = {k: v for k, v in os.environ.items() if k not in unset} | {"CHROMIUM": "chromium"}
    subprocess.run([project / ".ci/run"], check=True, env=environment)
    wanted = [str(shared / "mnist"), str(shared / "drawn_dev")] if there else []
    assert (project / "told").read_text().split() == wanted


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no executable bit")
def test_ci_run_can_be_executed():
    assert os.access(ROOT / ".ci/run", os.X_OK)
