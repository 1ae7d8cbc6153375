"""The commands in the Makefile and the set-up, tried with a Python that only pretends.

The stand-in runs the set-up itself with a real Python. For all else it answers the few questions
that the set-up asks, writes down how it was called, and installs nothing. So every test takes a
fraction of a second and needs no internet.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.seconds,
    pytest.mark.skipif(
        sys.platform == "win32" or shutil.which("make") is None,
        reason="needs make and sh (on Windows, the set-up is started without make)",
    ),
]

PARTS = [
    *("Makefile", "pyproject.toml", "requirements/proven.txt", "tools/__init__.py"),
    *("tools/setup_env.py", "tools/classroom_files/__init__.py", "tools/classroom_files/start.py"),
]
TOOLS = "make sh awk cat cp dirname echo env find id mkdir printf rm sleep touch"
LESSONS = "notebooks,demo,web,export,inside,keras"

FAKE_PYTHON = r"""#!/bin/sh
[ -z "${FAKE_BROKEN:-}" ] || exit 127
case "$1 $2" in
"-m tools.setup_env") exec "$REAL_PYTHON" "$@" ;;
"-c import sys; sys.exit"*) ;;
"-c "*"import json"*)
    printf '{"version": "%s", "venv": %s, "pip": true, "path": "%s"}' \
        "${FAKE_VERSION:-3.12}" "${FAKE_VENV:-true}" "$0" ;;
"-c import torch, torchvision") [ -z "${FAKE_TORCH_BROKEN:-}" ] || exit 1 ;;
"-m venv")
    echo "$*" >>"$FAKE_LOG"
    mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
"-m pip"|"-m uv")
    case "$*" in "-m pip config list") echo "${FAKE_PIP_CONFIG:-}"; exit ;; esac
    echo "$*" >>"$FAKE_LOG"
    case "$*" in
    "-m uv"*) echo "index of uv: $UV_DEFAULT_INDEX." ;;
    esac
    half=$(dirname "$0")/../half-installed
    touch "$half"
    i=0
    case "$*" in ${FAKE_SLOW:-nothing})  # one sleep of 30 seconds can miss a Ctrl-C
        while [ $i -lt "${FAKE_SECONDS:-30}" ]; do sleep 1; i=$((i + 1)); done ;;
    esac
    case "$*" in ${FAKE_FAILS:-nothing}) echo 'ERROR: nobody answers' >&2; exit 1 ;; esac
    rm "$half" ;;
*)
    echo "$*" >>"$FAKE_LOG"
    case "$*" in ${FAKE_FAILS:-nothing}) exit "${FAKE_CODE:-1}" ;; esac ;;
esac
exit 0
"""


class Project:
    """A copy of the parts that the set-up needs, with the stand-in as its only Python."""

    def __init__(self, folder):
        self.root = folder / "a project"  # a space in the path must not matter
        self.log = folder / "log"
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name in PARTS:
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, self.root / name)
        (self.root / "notebooks").mkdir()
        for name in ("01_data.ipynb", "02_cnn.ipynb", "notes.ipynb"):
            (self.root / "notebooks" / name).touch()
        for tool in TOOLS.split():
            if found := shutil.which(tool):
                (self.bin / tool).symlink_to(found)
        self.add("python3", FAKE_PYTHON)

    def add(self, name, text):
        """Adds a program to the only folder where programs are looked for."""
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def process(self, *arguments, **settings):
        """Starts make where nobody answers on the internet."""
        kept = {k: v for k, v in os.environ.items() if k in ("HOME", "TMPDIR", "LANG", "USER")}
        kept |= {"PATH": str(self.bin), "FAKE_LOG": str(self.log), "REAL_PYTHON": sys.executable}
        return subprocess.Popen(
            ["make", *arguments],
            cwd=self.root,
            env=kept | {"https_proxy": "http://127.0.0.1:9"} | settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # A script that was started with & ignores Ctrl-C, and so would its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def make(self, *arguments, **settings):
        """Runs make, which must succeed; returns everything it printed."""
        process = self.process(*arguments, **settings)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0, output
        return output

    def fail(self, *arguments, **settings):
        """Runs make, which must fail without a traceback; returns everything it printed."""
        process = self.process(*arguments, **settings)
        output, _ = process.communicate(timeout=60)
        assert process.returncode != 0, output
        assert "Traceback" not in output
        return output

    def start(self, *arguments, slow="-m uv", **settings):
        """Starts make in the background and waits until it installs with the command named."""
        process = self.process(*arguments, FAKE_SLOW=f"{slow}*".replace(" ", "?"), **settings)
        end = time.monotonic() + 20
        while not (self.calls(slow) and self.half.exists()) and time.monotonic() < end:
            time.sleep(0.02)
        return process

    def kill(self, process, sign=signal.SIGKILL):
        """Stops a make with all its children; returns what it printed."""
        os.killpg(process.pid, sign)
        return process.communicate(timeout=20)[0]

    def calls(self, start=""):
        """How the stand-in was called so far, only the calls that begin with ``start``."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if line.startswith(start)]

    def forget(self):
        self.log.unlink(missing_ok=True)

    def age(self, name="pyproject.toml"):
        """Makes the installation older than a file that says what to install."""
        earlier = (self.root / name).stat().st_mtime - 1
        os.utime(self.venv / ".ready", (earlier, earlier))

    @property
    def venv(self):
        return self.root / ".venv"

    @property
    def half(self):
        return self.venv / "half-installed"

    @property
    def proven(self):
        return f"--constraint {self.root}/requirements/proven.txt"

    def uv(self, options="", extras=LESSONS, versions=None):
        """The call that installs everything with uv."""
        python = f"--python {self.venv}/bin/python --compile-bytecode"
        words = (f"-m uv pip install {python}", options, versions or self.proven, "--editable")
        return " ".join(filter(None, [*words, f".[{extras}]"]))


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.fixture
def ready(project):
    """A project that is set up already."""
    project.make("setup")
    project.forget()
    return project


@pytest.fixture
def developed(project):
    """A project that is set up for developers."""
    project.make("dev")
    project.forget()
    return project


# ---- set-up -------------------------------------------------------------------------


def test_the_first_call_installs_everything_and_the_second_nothing(project):
    assert "Making .venv with Python 3.12" in project.make("setup")
    assert project.calls() == [
        f"-m venv {project.venv}",
        f"-m pip install --quiet --retries 1 {project.proven} uv",
        project.uv(),
    ]
    assert not (project.venv / ".installing").exists()
    project.forget()
    assert project.make("setup") == "Everything is installed already.\n"
    project.make("run")
    assert project.calls() == ["-m mnist_helpers run --out runs/series"]


def test_developers_get_their_tools_into_the_same_environment(ready):
    ready.make("lint")
    assert ready.calls("-m venv") == []
    assert ready.calls()[1] == ready.uv(extras=f"{LESSONS},dev")
    ready.forget()
    ready.make("lab")
    ready.make("lint")
    assert ready.calls("-m uv") == []


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements/proven.txt"])
def test_what_has_changed_is_installed_into_the_same_venv(ready, name):
    ready.age(name)
    ready.make("setup")
    assert ready.calls()[1:] == [ready.uv()]


@pytest.mark.parametrize(
    ("sign", "slow", "update"),
    [
        (signal.SIGKILL, "-m pip", False),
        (signal.SIGINT, "-m uv", False),
        (signal.SIGKILL, "-m uv", True),
    ],
)
def test_an_interrupted_installation_is_repaired(project, sign, slow, update):
    if update:
        project.make("setup")
        project.age()
        project.forget()
    output = project.kill(project.start("setup", slow=slow), sign)
    if sign == signal.SIGINT:
        assert "The next call repairs the installation" in output
    assert project.half.exists()

    assert "The last installation did not finish. Starting again." in project.make("setup")
    assert not project.half.exists()
    assert len(project.calls("-m venv")) == (1 if update else 2)
    project.forget()
    project.make("setup")
    assert project.calls() == []


def test_an_installation_that_outlived_its_set_up_is_waited_for(project):
    process = project.start("setup", FAKE_SECONDS="2")
    for one in (*psutil.Process(process.pid).children(recursive=True), process):
        with contextlib.suppress(psutil.NoSuchProcess):  # many of them live for a moment only
            if one is process or "tools.setup_env" in one.cmdline():
                one.kill()

    output = project.make("setup")
    process.communicate(timeout=20)
    assert output.count("Waiting for it to end") == 1
    assert len(project.calls("-m venv")) == 2


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
    output = ready.make("setup", *options)
    assert words in output
    assert ready.calls("-m venv") == [f"-m venv {ready.venv}"]


def test_a_venv_made_by_hand_is_used(project):
    (project.venv / "bin").mkdir(parents=True)
    shutil.copy2(project.bin / "python3", project.venv / "bin/python")
    project.make("setup")
    assert project.calls("-m venv") == []
    assert project.calls("-m uv") == [project.uv()]


# ---- uv, pip and versions -----------------------------------------------------------


def test_uv_is_taken_where_it_is_there(project):
    project.add("uv", '#!/bin/sh\necho "-m uv $*" >>"$FAKE_LOG"\n')
    project.make("setup")
    assert project.calls() == [f"-m venv {project.venv}", project.uv()]


@pytest.mark.parametrize("fails", ["*?uv", "-m?uv*"])
def test_pip_is_taken_where_uv_cannot_be_had_or_fails(project, fails):
    assert "pip" in project.make("setup", FAKE_FAILS=fails)
    assert project.calls()[-1] == f"-m pip install {project.proven} --editable .[{LESSONS}]"


@pytest.mark.parametrize(
    ("settings", "index"),
    [
        ({}, ""),
        ({"FAKE_PIP_CONFIG": "global.index-url='https://mirror/simple'"}, "https://mirror/simple"),
        ({"PIP_INDEX_URL": "https://other/simple"}, "https://other/simple"),
        ({"UV_DEFAULT_INDEX": "https://uv/", "PIP_INDEX_URL": "https://pip/"}, "https://uv/"),
    ],
)
def test_uv_takes_the_index_that_is_set_for_pip(project, settings, index):
    assert f"index of uv: {index}.\n" in project.make("setup", **settings)


def test_newest_leaves_out_the_proven_versions_and_is_remembered(ready):
    ready.make("setup", "NEWEST=1")
    assert ready.calls()[1:] == [ready.uv(versions="--upgrade")]
    ready.forget()
    ready.make("setup")
    ready.make("setup", "NEWEST=1")
    assert ready.calls() == []
    ready.make("setup", "NEWEST=0")
    assert ready.calls()[1:] == [ready.uv()]


# ---- what can go wrong --------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"FAKE_VERSION": "3.10"}, "Python 3.11 to 3.14. Found: python3 is Python 3.10"),
        ({"FAKE_VERSION": "3.15"}, "Python 3.11 to 3.14. Found: python3 is Python 3.15"),
        ({"FAKE_BROKEN": "1"}, "needs Python 3.11 to 3.14, and none was found."),
        ({"FAKE_VENV": "false"}, "sudo apt install python3.12-venv"),
        ({"PYTHON": "python9"}, "python9 does not fit: this project needs Python 3.11 to 3.14"),
        ({"TORCH": "cuda"}, "TORCH=cuda is not known"),
    ],
)
def test_what_is_missing_gets_a_sentence(project, settings, sentence):
    assert sentence in project.fail("setup", **settings)
    assert not project.venv.exists()


def test_a_broken_python3_is_passed_over(project):
    (project.bin / "python3").rename(project.bin / "python3.13")
    project.add("python3", "#!/bin/sh\nexit 127\n")
    assert "Making .venv with Python 3.13" in project.make("setup", FAKE_VERSION="3.13")


def test_the_python_that_the_user_names_is_taken_and_remembered(project):
    named = (project.bin / "python3").rename(project.bin / "my python")
    output = project.make("setup", f"PYTHON={named}")
    assert f"({named})" in output
    project.make("setup", f"PYTHON={named}")
    project.make("setup")
    assert len(project.calls("-m venv")) == 1
    assert "Changing to PYTHON=python3" in project.fail("setup", "PYTHON=python3")


@pytest.mark.parametrize(
    ("settings", "sentences"),
    [
        (
            {"FAKE_FAILS": "*--editable*"},
            ["could not be installed", "full disk (about", "make setup NEWEST=1"],
        ),
        (
            {"FAKE_FAILS": "*cpu*", "TORCH": "cpu"},
            ["If only PyTorch's own address is silent: make setup TORCH=default"],
        ),
        ({"FAKE_TORCH_BROKEN": "1"}, ["torch and torchvision must come from the same source"]),
    ],
)
def test_a_failing_installation_gets_a_sentence_and_the_next_call_goes_on(
    project, settings, sentences
):
    output = project.fail("setup", **settings)
    for sentence in sentences:
        assert sentence in output
    project.make("setup")
    assert not project.half.exists()


def test_a_failing_update_leaves_the_venv_as_it_was(ready):
    ready.age()
    assert "touch .venv/.ready" in ready.fail("run", FAKE_FAILS="*--editable*")
    (ready.venv / ".ready").touch()
    ready.make("run", FAKE_FAILS="*--editable*")
    assert ready.calls("-m venv") == []


# ---- options ------------------------------------------------------------------------


def test_torch_cpu_is_remembered(project):
    project.make("setup", "TORCH=cpu")
    assert project.calls("-m uv") == [project.uv("--torch-backend cpu")]
    project.forget()
    project.make("setup")
    assert project.calls() == []
    project.age()
    project.kill(project.start("setup"))
    project.forget()
    project.make("setup")
    assert project.calls("-m uv") == [project.uv("--torch-backend cpu")]


def test_lab_opens_the_first_notebook(ready):
    ready.make("lab", "PORT=9123")
    trust, call = ready.calls()
    assert trust == "-m tools.trust"
    assert call.startswith("-m jupyterlab --port=9123 ")
    assert "--LabApp.default_url=/lab/tree/notebooks/01_data.ipynb" in call
    assert f"--ServerApp.root_dir={ready.root}" in call
    assert ("--allow-root" in call) == (os.getuid() == 0)


COMMANDS = {
    "quick": ["tools.check quick"],
    "test": ["tools.check all"],
    "run FAST=1": ["mnist_helpers run --out runs/series --fast"],
    "run FAST=0": ["mnist_helpers run --out runs/series"],
    "notebooks": ["tools.notebooks refresh"],
    "exercises": ["tools.exercises"],
    "quizzes": ["tools.quizzes"],
    "grading": ["tools.grading"],
    "classroom": ["tools.site", "tools.classroom --site runs/site"],
    "classroom WHEELS=1 ZIP=1": ["tools.site", "tools.classroom --site runs/site --wheels --zip"],
    "classroom WHEELS=0": ["tools.site", "tools.classroom --site runs/site"],
    "slides": ["tools.slides"],
    "site": ["tools.site"],
    "links": ["tools.links"],
    "proven": ["tools.proven"],
    "bench": ["benchmarks.training", "benchmarks.steps"],
}


def test_the_small_commands(developed):
    for target, calls in COMMANDS.items():
        developed.make(*target.split())
        assert developed.calls() == [f"-m {call}" for call in calls]
        developed.forget()


# ---- help ---------------------------------------------------------------------------


def test_help_comes_first_and_lists_every_command(project):
    output = project.make()
    assert project.calls() == []
    (phony,) = re.findall(r"^\.PHONY:(.*)$", (ROOT / "Makefile").read_text(), re.M)
    for target in phony.split():
        assert re.search(rf"^  make {target} +\S", output, re.M), target
    for option in ("PORT=", "FAST=1", "TORCH=cpu", "PYTHON="):
        assert option in output


def test_clean_keeps_the_runs(developed):
    (developed.root / "runs").mkdir()
    developed.make("clean")
    assert not developed.venv.exists()
    assert (developed.root / "runs").exists()
