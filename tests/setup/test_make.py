"""The commands in the Makefile and the set-up script, run with a stand-in for Python.

The stand-in answers the few questions that the set-up asks, logs how it was called, and installs
nothing, so that every test takes a fraction of a second and needs no internet.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("make") is None,
    reason="needs make and sh (on Windows, README.md gives the steps without make)",
)

TOOLS = """
make sh awk cat cp dirname echo env find grep head id mkdir mv printf ps rm sed sleep touch uname
"""

FAKE_PYTHON = r"""#!/bin/sh
[ -z "${FAKE_BROKEN:-}" ] || exit 127
case "$1 $2" in
"-c import sys; print"*) echo "${FAKE_VERSION:-3.12}" ;;
"-c import ensurepip, venv") [ -z "${FAKE_NO_ENSUREPIP:-}" ] || exit 1 ;;
"-c import pip") ;;
"-c import torch, torchvision") [ -z "${FAKE_TORCH_BROKEN:-}" ] || exit 1 ;;
"-c "*) echo "$0" ;;
"-m venv")
    echo "$*" >>"$FAKE_LOG"
    mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
"-m pip")
    echo "$*" >>"$FAKE_LOG"
    case "$*" in *--index-url*) echo "other sources: $PIP_FIND_LINKS" ;; esac
    half=$(dirname "$0")/../half-installed
    touch "$half"
    i=0
    while [ $i -lt "${FAKE_PIP_SECONDS:-0}" ]; do sleep 1; i=$((i + 1)); done
    [ -z "${FAKE_PIP_FAILS:-}" ] || { echo 'ERROR: no internet' >&2; exit 1; }
    rm "$half" ;;
*)
    echo "$*" >>"$FAKE_LOG"
    case "$*" in ${FAKE_FAILS:-nothing}) exit "${FAKE_CODE:-1}" ;; esac ;;
esac
exit 0
"""


INSTALL = "-m pip install --editable .[notebooks,demo,web,export,inside,dev]"


class Project:
    """A copy of the parts that the set-up needs, with the stand-in as its only Python."""

    def __init__(self, folder):
        self.root = folder / "a project"  # a space in the path must not matter
        self.log = folder / "log"
        self.bin = folder / "bin"
        self.bin.mkdir()
        (self.root / "tools").mkdir(parents=True)
        (self.root / "notebooks").mkdir()
        for name in ("Makefile", "pyproject.toml", "tools/setup_env.sh"):
            shutil.copy2(ROOT / name, self.root / name)
        for name in ("01_data.ipynb", "02_cnn.ipynb", "notes.ipynb"):
            (self.root / "notebooks" / name).touch()
        for tool in TOOLS.split():
            if found := shutil.which(tool):
                (self.bin / tool).symlink_to(found)
        for name, text in (("python3", FAKE_PYTHON), ("sync", "#!/bin/sh\n")):
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(0o755)

    def environment(self, settings):
        kept = {k: v for k, v in os.environ.items() if k in ("HOME", "TMPDIR", "LANG", "USER")}
        return {**kept, "PATH": str(self.bin), "FAKE_LOG": str(self.log), **settings}

    def popen(self, *arguments, **settings):
        # A script that was started with & ignores Ctrl-C, and so would its children.
        return subprocess.Popen(
            ["make", *arguments],
            cwd=self.root,
            env=self.environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def make(self, *arguments, **settings):
        """Run make; return its exit code and everything it printed."""
        process = self.popen(*arguments, **settings)
        output, _ = process.communicate(timeout=60)
        return process.returncode, output

    def start(self, *arguments, **settings):
        """Start make in the background, and wait until its pip is at work."""
        before = self.calls("-m pip")
        process = self.popen(*arguments, **settings)
        end = time.monotonic() + 20
        while self.calls("-m pip") == before and time.monotonic() < end:
            time.sleep(0.02)
        while not self.half.exists() and time.monotonic() < end:
            time.sleep(0.02)
        return process

    def kill(self, process, sign=signal.SIGKILL):
        """Stop a make with all its children; return what it printed."""
        os.killpg(process.pid, sign)
        return process.communicate(timeout=20)[0]

    def touch(self, name, seconds=5):
        """Give a file a time that many seconds from now."""
        there = time.time() + seconds
        os.utime(self.root / name, (there, there))

    def calls(self, start=""):
        """How the stand-in was called so far, only the calls that begin with ``start``."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if line.startswith(start)]

    def forget(self):
        self.log.unlink(missing_ok=True)

    @property
    def venv(self):
        return self.root / ".venv"

    @property
    def half(self):
        return self.venv / "half-installed"


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.fixture
def ready(project):
    """A project that is set up already."""
    code, output = project.make("setup")
    assert code == 0, output
    project.forget()
    return project


# ---- set-up -------------------------------------------------------------------------


def test_the_first_call_installs_everything_and_the_second_starts_no_python(project):
    code, output = project.make("setup")
    assert code == 0
    assert project.calls() == [f"-m venv {project.venv}", INSTALL]
    assert "Making .venv with Python 3.12" in output
    assert not (project.venv / ".installing").exists()
    project.forget()
    assert project.make("setup", FAKE_BROKEN="1") == (0, "Everything is installed already.\n")
    assert project.calls() == []


def test_any_command_sets_up_first(project):
    for _ in range(2):
        assert project.make("run")[0] == 0
        assert project.calls()[-1].startswith("-m mnist_helpers run")
        assert len(project.calls("-m pip")) == 1


def test_a_newer_pyproject_is_installed_into_the_same_venv(ready):
    ready.touch("pyproject.toml")
    assert ready.make("setup")[0] == 0
    assert ready.calls() == [INSTALL]


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("update", [False, True])
def test_an_interrupted_installation_is_repaired(project, sign, update):
    if update:
        project.make("setup")
        project.touch(".venv/.ready", -2)
        project.touch("pyproject.toml", -1)
        project.forget()
    output = project.kill(project.start("setup", FAKE_PIP_SECONDS="30"), sign)
    if sign == signal.SIGINT:
        assert "The next make command repairs the installation" in output
    assert project.half.exists()

    code, output = project.make("setup")
    assert code == 0
    assert "The last installation did not finish. Starting again." in output
    assert not project.half.exists()
    assert len(project.calls("-m venv")) == (1 if update else 2)
    project.forget()
    assert project.make("setup")[0] == 0
    assert project.calls() == []


def test_a_pip_that_outlived_its_make_is_waited_for(project):
    process = project.start("setup", FAKE_PIP_SECONDS="2")
    running = processes_below(process.pid)
    if not any("-m pip" in command for command in running.values()):
        project.kill(process)
        pytest.skip("ps does not show whole command lines here")
    for pid, command in running.items():
        if "setup_env.sh" in command:
            os.kill(pid, signal.SIGKILL)
    os.kill(process.pid, signal.SIGKILL)

    code, output = project.make("setup")
    process.communicate(timeout=20)
    assert code == 0
    assert output.count("Waiting for it to end") == 1
    assert len(project.calls("-m venv")) == 2


def processes_below(parent):
    """The command lines of all processes that a process started, by their number."""
    table = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in table.splitlines()]
    found, family = {}, {str(parent)}
    for _ in range(5):  # make, sh, the script, pip
        for pid, its_parent, command in rows:
            if its_parent in family and pid not in family:
                family.add(pid)
                found[int(pid)] = command
    return found


def remove_python(project):
    (project.venv / "bin/python").unlink()


def move_folder(project):
    project.root = project.root.rename(project.root.with_name("elsewhere"))


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        (remove_python, [], "The Python of .venv is gone"),
        (move_folder, [], "This folder was moved or copied"),
        (None, ["TORCH=cpu"], "Changing to TORCH=cpu"),
    ],
)
def test_a_venv_that_no_longer_fits_is_made_again(ready, change, options, words):
    if change:
        change(ready)
    code, output = ready.make("setup", *options)
    assert code == 0
    assert words in output
    assert ready.calls("-m venv") == [f"-m venv {ready.venv}"]


def test_a_venv_made_by_hand_is_used(project):
    (project.venv / "bin").mkdir(parents=True)
    shutil.copy2(project.bin / "python3", project.venv / "bin/python")
    assert project.make("setup")[0] == 0
    assert project.calls() == [INSTALL]


# ---- what can go wrong --------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "settings", "words"),
    [
        ([], {"FAKE_VERSION": "3.10"}, "3.11 to 3.13. Found: python3 is Python 3.10."),
        ([], {"FAKE_VERSION": "3.14"}, "3.11 to 3.13. Found: python3 is Python 3.14."),
        ([], {"FAKE_VERSION": "2.7"}, "3.11 to 3.13. Found: python3 is Python 2.7."),
        ([], {"FAKE_BROKEN": "1"}, "needs Python 3.11 to 3.13. Found: none that runs."),
        ([], {"FAKE_NO_ENSUREPIP": "1"}, "sudo apt install python3.12-venv"),
        (["PYTHON=python9"], {}, "PYTHON=python9 does not fit"),
        (["TORCH=cuda"], {}, "TORCH=cuda is not known"),
    ],
)
def test_what_stops_the_set_up_before_it_begins_gets_a_sentence(
    project, arguments, settings, words
):
    code, output = project.make("setup", *arguments, **settings)
    assert code != 0
    assert words in output
    assert not project.venv.exists()


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("FAKE_PIP_FAILS", "pip could not install the packages"),
        ("FAKE_TORCH_BROKEN", "torch and torchvision must come from the same source"),
    ],
)
def test_a_failing_installation_gets_a_sentence_and_the_next_call_goes_on(project, setting, words):
    code, output = project.make("setup", **{setting: "1"})
    assert code != 0
    assert words in output
    assert "Then call make again" in output
    assert project.make("setup")[0] == 0
    assert not project.half.exists()


def test_a_broken_python3_is_passed_over(project):
    (project.bin / "python3").rename(project.bin / "python3.13")
    (project.bin / "python3").write_text("#!/bin/sh\nexit 127\n")
    (project.bin / "python3").chmod(0o755)
    code, output = project.make("setup", FAKE_VERSION="3.13")
    assert code == 0
    assert "Making .venv with Python 3.13" in output


def test_the_python_that_the_user_names_is_taken(project):
    named = project.bin / "my python"
    shutil.copy2(project.bin / "python3", named)
    code, output = project.make("setup", f"PYTHON={named}")
    assert code == 0
    assert str(named) in output
    assert project.make("setup", f"PYTHON={named}", FAKE_BROKEN="1")[0] == 0


def test_a_failing_update_leaves_the_venv_as_it_was(ready):
    ready.touch(".venv/.ready", -2)
    ready.touch("pyproject.toml", -1)
    code, output = ready.make("run", FAKE_PIP_FAILS="1")
    assert code != 0
    assert "touch .venv/.ready" in output
    (ready.venv / ".ready").touch()
    assert ready.make("run", FAKE_PIP_FAILS="1")[0] == 0
    assert ready.calls("-m venv") == []


# ---- options ------------------------------------------------------------------------


def test_torch_cpu_takes_both_from_one_source_before_the_rest(project):
    code, output = project.make("setup", "TORCH=cpu", PIP_FIND_LINKS="/wheels")
    assert code == 0
    first, second = project.calls("-m pip")
    assert first.startswith("-m pip install --index-url https://download.pytorch.org/whl/cpu ")
    assert re.search(r" torch>=[\d.]+ torchvision>=[\d.]+$", first)
    assert "other sources: \n" in output
    assert second == INSTALL


@pytest.mark.parametrize("interrupted", [False, True])
def test_torch_cpu_is_remembered(project, interrupted):
    if interrupted:
        project.kill(project.start("setup", "TORCH=cpu", FAKE_PIP_SECONDS="30"))
    else:
        assert project.make("setup", "TORCH=cpu")[0] == 0
        project.touch("pyproject.toml")
    project.forget()
    assert project.make("setup")[0] == 0
    assert len(project.calls("-m pip install --index-url")) == 1


@pytest.mark.parametrize("port", [8888, 9123])
def test_lab_opens_the_first_notebook(ready, port):
    assert ready.make("lab", *([f"PORT={port}"] if port != 8888 else []))[0] == 0
    (call,) = ready.calls()
    assert call.startswith(f"-m jupyterlab --port={port} ")
    assert "--LabApp.default_url=/lab/tree/notebooks/01_data.ipynb" in call
    assert f"--ServerApp.root_dir={ready.root}" in call
    assert ("--allow-root" in call) == (os.getuid() == 0)


@pytest.mark.parametrize(
    ("target", "calls"),
    [
        ("run", ["mnist_helpers run --out runs/series"]),
        ("run FAST=1", ["mnist_helpers run --out runs/series --fast"]),
        ("run FAST=0", ["mnist_helpers run --out runs/series"]),
        ("notebooks", ["tools.notebooks refresh"]),
        ("exercises", ["tools.exercises"]),
        ("grading", ["tools.grading"]),
        ("classroom", ["tools.classroom"]),
        ("classroom WHEELS=1 ZIP=1", ["tools.classroom --wheels --zip"]),
        ("classroom WHEELS=0", ["tools.classroom"]),
        ("slides", ["tools.slides"]),
        ("links", ["tools.links"]),
        ("bench", ["benchmarks.training", "benchmarks.steps"]),
    ],
)
def test_the_small_commands(ready, target, calls):
    assert ready.make(*target.split())[0] == 0
    assert ready.calls() == [f"-m {call}" for call in calls]


# ---- make test ----------------------------------------------------------------------

PARALLEL = "-n logical --maxprocesses 4 --dist loadfile"
STAGES = [
    "-m ruff check .",
    "-m ruff format --check .",
    f"-m pytest {PARALLEL} -m not slow",
    f"-m pytest {PARALLEL} -m slow --durations=15",
    "-m pytest --nbmake --nbmake-kernel=python3 --nbmake-timeout=600 "
    "notebooks/01_data.ipynb notebooks/02_cnn.ipynb",
]


def test_the_stages_come_in_order(ready):
    code, output = ready.make("test")
    assert code == 0
    assert ready.calls() == STAGES
    assert re.findall(r"== (\d) of 4", output) == ["1", "2", "3", "4"]
    assert output.endswith("== All four passed.\n")


@pytest.mark.parametrize("stage", range(5))
@pytest.mark.parametrize("code", ["1", "5"])  # 5: pytest found no test at all
def test_the_first_stage_that_fails_is_the_last(ready, stage, code):
    pattern = STAGES[stage].replace(" ", "?")  # a shell pattern without spaces
    result, output = ready.make("test", FAKE_FAILS=pattern, FAKE_CODE=code)
    assert result != 0
    assert ready.calls() == STAGES[: stage + 1]
    assert "All four passed" not in output


def test_no_notebook_is_not_a_success(ready):
    for notebook in (ready.root / "notebooks").iterdir():
        notebook.unlink()
    code, output = ready.make("test")
    assert code != 0
    assert "There is no notebook" in output


# ---- help ---------------------------------------------------------------------------


def test_help_comes_first_and_lists_every_command(project):
    code, output = project.make()
    assert code == 0
    assert project.calls() == []
    (phony,) = re.findall(r"^\.PHONY:(.*)$", (ROOT / "Makefile").read_text(), re.M)
    for target in phony.split():
        assert re.search(rf"^  make {target} +\S", output, re.M), target
    for option in ("PORT=", "FAST=1", "TORCH=cpu", "PYTHON="):
        assert option in output


def test_clean_keeps_the_runs(ready):
    (ready.root / "runs").mkdir()
    assert ready.make("clean")[0] == 0
    assert not ready.venv.exists()
    assert (ready.root / "runs").exists()
