"""The workflows check what `make test` and `make bounds` check; their commands run here, too."""

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_helpers.data import idx_files

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in (ROOT / ".github/workflows").glob("*.yml")
}
CI, CANARY = WORKFLOWS["ci"], WORKFLOWS["canary"]
JOBS = CI["jobs"]
STEPS = [
    step for flow in WORKFLOWS.values() for job in flow["jobs"].values() for step in job["steps"]
]
needs_bash = pytest.mark.skipif(sys.platform == "win32", reason="needs bash")


def step_of(job, name):
    """The step of a job whose name begins in this way."""
    (step,) = [step for step in job["steps"] if step.get("name", "").startswith(name)]
    return step


def run_step(command, folder, programs, **environment):
    """Run a step's command as GitHub does, in a folder and with stand-ins for some programs."""
    (folder / "bin").mkdir(exist_ok=True)
    for name, script in programs.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / "bin" / name).chmod(0o755)
    return subprocess.run(
        ["bash", "-e", "-c", command],
        cwd=folder,
        env=os.environ | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"} | environment,
        capture_output=True,
        text=True,
    )


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
    assert commands("test", "Linux") == ".ci/run test"
    assert commands("test", "macOS") == "make test"
    windows = commands("test", "Windows")
    assert ".venv/Scripts/python -m tools.check all" in windows
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "test: dev" in makefile
    assert "-m tools.check all" in makefile


def test_lower_bounds_are_tested_and_skips_that_nobody_expects_fail():
    assert commands("bounds") == ".ci/run bounds"
    assert CI["env"]["STRICT_SKIPS"] == "1"
    assert "export STRICT_SKIPS=1" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_every_commit_of_main_is_checked():
    """A run that waits in a group is replaced by the next one, even if none is cancelled."""
    assert CI["concurrency"] == {
        "group": "ci-${{ github.event.pull_request.number || github.run_id }}",
        "cancel-in-progress": "${{ github.event_name == 'pull_request' }}",
    }


@pytest.mark.parametrize("flow", WORKFLOWS.values(), ids=WORKFLOWS)
def test_it_may_only_read_it_ends_and_every_action_is_pinned_to_a_major_version(flow):
    assert flow["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] <= 60 for job in flow["jobs"].values())
    actions = [step["uses"] for step in STEPS if "uses" in step]
    assert actions
    assert all(re.fullmatch(r"[\w./-]+@v\d+", action) for action in actions)


def test_the_report_of_the_canary_may_write_only_issues_and_the_website_only_pages():
    jobs = {name: job for flow in WORKFLOWS.values() for name, job in flow["jobs"].items()}
    allowed = {name: job["permissions"] for name, job in jobs.items() if "permissions" in job}
    pages = {"contents": "read", "pages": "write", "id-token": "write"}
    assert allowed == {"report": {"issues": "write"}, "publish": pages}
    when = jobs["report"]["if"]  # a job that runs out of time is cancelled
    assert when.startswith("!cancelled() && (")  # somebody who ends the whole run knows it
    assert {f"contains(needs.*.result, '{one}')" for one in ("failure", "cancelled")} == set(
        re.findall(r"contains\([^)]*\)", when)
    )
    assert " || " in when
    assert {*jobs["report"]["needs"], "report"} == set(CANARY["jobs"])
    (when,) = CANARY[True]["schedule"]  # YAML reads the key "on" as true
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", when["cron"])  # once a week


def test_commands_name_what_is_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    text = "\n".join(step["run"] for step in STEPS if "run" in step)
    goals = re.findall(r"(?m)(?:^make|\.ci/run) ([a-z]+)", text)
    assert {"test", "bounds", "dev"} <= set(goals)
    assert all(re.search(rf"(?m)^{goal}:", makefile) for goal in goals)
    modules = re.findall(r"-m (tools\.\w+)", text)
    assert modules
    assert all((ROOT / f"{module.replace('.', '/')}.py").exists() for module in modules)


def test_the_canary_installs_every_extra_that_the_tests_need():
    from tools.setup_env import EXTRAS

    command = step_of(CANARY["jobs"]["packages"], "The next ones")["run"]
    assert set(re.search(r"\.\[(.+)\]", command)[1].split(",")) == {*EXTRAS.split(","), "dev"}


@needs_bash
@pytest.mark.parametrize(
    "step", [s["run"] for s in STEPS if s.get("shell") != "pwsh" and "run" in s]
)
def test_commands_are_bash(step):
    done = subprocess.run(["bash", "-n"], input=step, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@needs_bash
@pytest.mark.parametrize("fails", ["", "test"])
def test_ci_run_makes_the_goals_in_order_and_stops_at_one_that_fails(tmp_path, fails):
    stub = "test bounds:\n\t@echo $@ $(STRICT_SKIPS) >> told\n\t@test $@ != '$(FAILS)'\n"
    (tmp_path / "Makefile").write_text(stub)
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", tmp_path / ".ci")
    environment = os.environ | {"CHROMIUM": "chromium", "FAILS": fails}
    done = subprocess.run(tmp_path / ".ci/run", env=environment, capture_output=True)
    told = (tmp_path / "told").read_text().splitlines()
    assert (done.returncode != 0, told) == (
        bool(fails),
        ["test 1", "bounds 1"][: 1 if fails else 2],
    )


@needs_bash
@pytest.mark.parametrize(
    ("has", "tries"), [("chromium-headless-shell", 1), ("chromium", 2), (None, 2)]
)
def test_without_a_browser_ci_run_installs_one_or_fails(tmp_path, has, tries):
    (tmp_path / "project/.ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci/run", tmp_path / "project/.ci")
    for name in ("bash", "env", "dirname", "id"):
        (tmp_path / name).symlink_to(shutil.which(name))
    offers = f"case \"$*\" in update*|*' {has}') exit 0;; esac; exit 1"
    for name, line in {"apt-get": offers, "sudo": 'shift; "$@"'}.items():
        (tmp_path / name).write_text(f'#!/bin/sh\necho {name} "$@" >> "$LOG"\n{line}\n')
    (tmp_path / "make").write_text('#!/bin/sh\necho make "$@" >> "$LOG"\n')
    for name in ("apt-get", "sudo", "make"):
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        [tmp_path / "project/.ci/run", "test"],
        env={"PATH": str(tmp_path), "LOG": str(tmp_path / "log")},
        capture_output=True,
        text=True,
    )
    called = (tmp_path / "log").read_text().splitlines()
    assert ("Chromium could not be installed" in done.stderr) == (not has)
    assert ("make test" in called, done.returncode) == ((True, 0) if has else (False, 1))
    tried = [line.split()[-1] for line in called if line.startswith("apt-get install")]
    assert tried == ["chromium-headless-shell", "chromium"][:tries]


@needs_bash
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
    subprocess.run([project / ".ci/run", "test"], check=True, env=environment)
    wanted = [str(shared / "mnist"), str(shared / "drawn_dev")] if there else []
    assert (project / "told").read_text().split() == wanted


@needs_bash
@pytest.mark.parametrize("mirrors", ["good", "one damaged", "all damaged", "silent"])
def test_mnist_is_fetched_whole_or_not_at_all_and_kept(tmp_path, mirrors):
    """The step itself, with a stand-in for curl and for MNIST."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / "served").mkdir()
    shutil.copy(ROOT / ".ci/fetch_mnist", tmp_path / ".ci")
    sums = []
    for name in idx_files.NAMES.values():
        content = name.encode() * 100
        (tmp_path / f"served/{name}.gz").write_bytes(gzip.compress(content))
        sums.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
    (tmp_path / "bad.gz").write_bytes(gzip.compress(b"a login page"))
    (tmp_path / ".ci/mnist.sha256").write_text("".join(sums))
    curl = """
    while [ $# -gt 2 ]; do shift; done  # what is left is the file to write, and the address
    case "$MIRRORS $2" in
    silent*) exit 28 ;;
    "all damaged"*|"one damaged"*amazonaws*) cp bad.gz "$1" ;;
    *) cp "served/${2##*/}" "$1" ;;
    esac"""
    step = step_of(JOBS["test"], "Check MNIST")["run"]
    told = tmp_path / "environment"
    told.touch()
    place = {"GITHUB_ENV": str(told), "GITHUB_WORKSPACE": str(tmp_path), "TMPDIR": str(tmp_path)}
    done = run_step(step, tmp_path, {"curl": curl}, MIRRORS=mirrors, **place)
    assert done.returncode == 0, done.stderr
    if mirrors in ("good", "one damaged"):
        assert told.read_text() == f"MNIST_DATA_DIR={tmp_path}/.mnist\n"
        (tmp_path / ".mnist" / name).write_bytes(b"damaged in the cache")
        assert run_step(step, tmp_path, {"curl": "exit 28"}, **place).stdout.startswith(
            "::warning::"
        )
        assert not (tmp_path / ".mnist").exists()
    else:
        assert done.stdout.startswith("::warning::MNIST could not be fetched")
        assert not (tmp_path / ".mnist").exists()
        assert told.read_text() == ""


def test_the_checksums_are_those_of_the_package():
    lines = (ROOT / ".ci/mnist.sha256").read_text(encoding="utf-8").splitlines()
    wanted = {name: idx_files.OFFICIAL_SHA256[key] for key, name in idx_files.NAMES.items()}
    assert {line.split()[1]: line.split()[0] for line in lines} == wanted


@needs_bash
@pytest.mark.parametrize("number", ["", "7"])
def test_the_canary_opens_one_issue_and_adds_to_it(tmp_path, number):
    step = step_of(CANARY["jobs"]["report"], "Open an issue")
    gh = f"""
    case "$1 $2" in
    "issue list") echo {number} ;;
    *) printf '%s\\n' "$@" > called ;;
    esac"""
    environment = {"TITLE": step["env"]["TITLE"], "BODY": "Packages: failure."}
    done = run_step(step["run"], tmp_path, {"gh": gh}, **environment)
    assert done.returncode == 0, done.stderr
    words = (tmp_path / "called").read_text().splitlines()
    start = (
        ["issue", "comment", "7"]
        if number
        else ["issue", "create", "--title", step["env"]["TITLE"]]
    )
    assert words == [*start, "--body", "Packages: failure."]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no executable bit")
@pytest.mark.parametrize("name", ["run", "fetch_mnist"])
def test_scripts_can_be_executed(name):
    assert os.access(ROOT / ".ci" / name, os.X_OK)
