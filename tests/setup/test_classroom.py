"""The offline pack: what is in it, what it refuses, and that its start files start."""

import ast
import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from mnist_helpers.data import loading
from mnist_helpers.data.idx_files import NAMES, read_folder
from mnist_helpers.page import credits_text
from tests.conftest import write_folder
from tools import classroom
from tools.classroom_files import start
from tools.environments import ROOT, Environment

NUMBERED = sorted(one.name for one in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="needs sh")


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    """A whole pack, with small files as MNIST."""
    folder = tmp_path_factory.mktemp("stick")
    write_folder(folder / "data", packed=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_DATA_DIR", str(folder / "data"))
        assert classroom.main(["--out", str(folder / "a pack")]) == 0
    return folder / "a pack"


@pytest.fixture
def quick(monkeypatch):
    """Packs of a few bytes, so that tests of everything around take no time."""

    def fill(folder, wheels, torch, site):
        (folder / "notebooks").mkdir()
        (folder / "notebooks" / NUMBERED[0]).write_text("{}")
        (folder / "package").mkdir()
        (folder / "package" / "one.whl").write_bytes(os.urandom(20))
        (folder / "start").mkdir()
        classroom.write_manifest(folder)

    monkeypatch.setattr(classroom, "_fill", fill)


def make(*arguments):
    return classroom.main([str(one) for one in arguments])


# ---- what is in it ------------------------------------------------------------------


def test_the_pack_holds_everything(pack):
    names = set(classroom.file_names(pack))
    assert {"README.txt", "digits.html", "start/start.py", *classroom.START_FILES} <= names
    assert {"notebooks/images/colab-badge.svg", "notebooks/glossary.md"} <= names
    paths = (ROOT / "notebooks").rglob("*.ipynb")
    for path in (path for path in paths if path.parent.name in ("notebooks", "exercises")):
        assert (pack / path.relative_to(ROOT)).read_bytes() == path.read_bytes()
    assert {"notebooks/quizzes/03_training.md", "quizzes/quiz_03.html"} <= names
    assert sum(name.endswith(".xml") for name in names) == len(NUMBERED) - 1
    assert not [name for name in names if "solutions" in name or "checkpoint" in name]
    assert not (pack / "wheels").exists()
    assert [one.name for one in pack.parent.iterdir() if one.name.startswith(".")] == []


def test_the_website_comes_along_if_it_is_there(tmp_path, monkeypatch, capsys):
    for name in ("quizzes", "package", "page", "mnist"):
        monkeypatch.setattr(classroom, f"write_{name}", lambda *_: "")
    made = tmp_path / "made"
    assert make("--out", tmp_path / "pack", "--site", made) == 1
    assert "holds no website. To make one: make site" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    (made / "_static").mkdir(parents=True)
    (made / "index.html").write_text("the course")
    (made / "_static/site.css").write_text("the style")
    assert make("--out", tmp_path / "pack", "--site", made) == 0
    assert (tmp_path / "pack/site/index.html").read_text() == "the course"
    names = set(classroom.file_names(tmp_path / "pack"))
    assert {"site/index.html", "site/_static/site.css"} <= names
    assert "open site/index.html" in (tmp_path / "pack/README.txt").read_text()


def test_the_wheel_holds_the_whole_package_and_nothing_else(pack):
    (wheel,) = (pack / "package").iterdir()
    with zipfile.ZipFile(wheel) as file:
        names = {name for name in file.namelist() if ".dist-info/" not in name}
    package = [path for path in (ROOT / "mnist_helpers").rglob("*") if path.is_file()]
    package = {path.relative_to(ROOT).as_posix() for path in package}
    assert names == {name for name in package if not name.endswith((".pyc", ".pyi"))}
    assert "mnist_helpers/weights/digit_cnn.safetensors" in names
    assert not (ROOT / "build").exists()


@pytest.mark.parametrize("packed", [True, False])
def test_mnist_comes_gzipped_with_its_licence(tmp_path, monkeypatch, packed):
    write_folder(tmp_path / "data", packed=packed)
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path / "data"))
    classroom.write_mnist(tmp_path)
    target = tmp_path / "mnist"
    arrays, official = read_folder(target)
    assert arrays["test_images"].shape == (20, 28, 28)
    assert not official
    assert {p.name for p in target.glob("*.gz")} == {f"{name}.gz" for name in NAMES.values()}
    for path in (tmp_path / "data").glob("*.gz"):  # these are copied unchanged
        assert (target / path.name).read_bytes() == path.read_bytes()
    licence = (target / "LICENCE.txt").read_text()
    assert "CC BY-SA 3.0" in licence
    assert "not the official MNIST" in licence


def test_without_mnist_a_note_says_so(tmp_path, monkeypatch):
    monkeypatch.delenv("MNIST_DATA_DIR", raising=False)
    monkeypatch.setattr(loading, "user_cache_dir", lambda *_, **__: tmp_path / "nowhere")
    assert "MNIST is NOT in the pack" in classroom.write_mnist(tmp_path)
    assert [one.name for one in (tmp_path / "mnist").iterdir()] == ["README.txt"]
    assert "stand-in" in (tmp_path / "mnist/README.txt").read_text()


def test_a_damaged_mnist_stops_it(tmp_path, monkeypatch, capsys):
    write_folder(tmp_path / "data", packed=False)
    path = tmp_path / "data" / NAMES["train_images"]
    path.write_bytes(path.read_bytes()[:-5])
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path / "data"))
    assert make("--out", tmp_path / "out" / "pack") == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "is cut off" in error
    assert list((tmp_path / "out").iterdir()) == []


def test_the_teachers_page(pack):
    text = (pack / "README.txt").read_text()
    assert "$" not in text
    assert "python -m mnist_helpers check" in text
    assert "network is inside the package's wheel" in text
    assert "CC BY-SA 3.0" in text
    assert "LICENCE.txt" in text
    licence = (pack / "LICENCE.txt").read_text(encoding="utf-8")
    assert credits_text() in licence
    assert (ROOT / "LICENSE").read_text() in licence
    assert "a pack-venv" in text
    assert re.search(r"^ +\d+\.\d MB  in all$", text, re.M)
    assert len(text.splitlines()) <= 66
    for name in classroom.START_FILES:
        assert name in text


def test_an_old_python_can_read_the_start_file():
    ast.parse((classroom.TEXTS / "start.py").read_text(), feature_version=(3, 6))


def test_a_zip_holds_the_same_in_one_folder(tmp_path, quick):
    assert make("--out", tmp_path / "class.zip", "--zip") == 0
    assert [one.name for one in tmp_path.iterdir()] == ["class.zip"]
    assert make("--out", tmp_path / "class", "--zip") == 0  # replaces it
    with zipfile.ZipFile(tmp_path / "class.zip") as file:
        assert file.testzip() is None
        assert "class/start/pack.json" in file.namelist()
        assert {name.split("/")[0] for name in file.namelist()} == {"class"}


@needs_sh
def test_start_files_stay_executable_in_a_zip(pack, tmp_path):
    with zipfile.ZipFile(classroom._zip(pack, tmp_path / "pack.zip")) as file:
        for name in classroom.START_FILES:
            assert file.getinfo(f"a pack/{name}").external_attr >> 16 & 0o111


def test_wheels_come_from_pip_for_this_computer(pack, monkeypatch, tmp_path):
    shutil.copytree(pack / "package", tmp_path / "package")
    calls = []

    def pip(arguments, sorry, only_index=False):
        assert only_index == ("--index-url" in arguments)
        assert str(ROOT / "requirements/proven.txt") in arguments
        folder = Path(arguments[arguments.index("--wheel-dir") + 1])
        if "--index-url" in arguments:
            (folder / "torch-2.9.0%2Bcpu-cp311-cp311-linux_x86_64.whl").touch()
        else:
            constraints = Path(arguments[-2]).read_text()
            assert constraints == ("torch==2.9.0+cpu" if len(calls) else "")
            (folder / next((tmp_path / "package").iterdir()).name).touch()
        calls.append(arguments)

    monkeypatch.setattr(classroom, "_pip", pip)
    classroom.write_wheels(tmp_path, "default")
    assert list((tmp_path / "wheels" / start.kind()).iterdir()) == []  # ours is in package/
    assert calls[0][-1].startswith(f"mnist-helpers[{start.EXTRAS}] @ file:")
    shutil.rmtree(tmp_path / "wheels")
    classroom.write_wheels(tmp_path, "cpu")
    assert calls[1][-2:] == ["torch", "torchvision"]
    assert len(calls) == 3


# ---- where it is written ------------------------------------------------------------


@pytest.mark.parametrize("before", ["nothing", "an empty folder", "a pack"])
def test_it_is_written_into_a_free_place_or_over_an_earlier_pack(tmp_path, quick, before):
    wheel = tmp_path / "pack/package/one.whl"
    if before != "nothing":
        wheel.parent.parent.mkdir()
    if before == "a pack":
        assert make("--out", tmp_path / "pack") == 0
    old = wheel.read_bytes() if wheel.exists() else None
    assert make("--out", tmp_path / "pack") == 0
    assert wheel.read_bytes() != old
    assert [one.name for one in tmp_path.iterdir()] == ["pack"]


def test_work_in_an_earlier_pack_is_kept(tmp_path, quick, capsys):
    for number in (1, 2):
        assert make("--out", tmp_path / "pack") == 0
        (tmp_path / "pack/notebooks" / NUMBERED[0]).write_text(f"homework {number}")
    assert make("--out", tmp_path / "pack") == 0
    assert "is now" in capsys.readouterr().out
    for number in (1, 2):
        kept = tmp_path / f"pack-used-{number}/notebooks" / NUMBERED[0]
        assert kept.read_text() == f"homework {number}"


@pytest.mark.parametrize("name", ["thesis", "file", "other.zip", "text.zip"])
def test_other_things_are_refused(tmp_path, quick, capsys, name):
    (tmp_path / "thesis").mkdir()
    for text in ("thesis/chapter.txt", "file", "text.zip"):
        (tmp_path / text).write_text("years of work")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as file:
        file.writestr("a", "b")
    before = {one: one.stat().st_mtime_ns for one in tmp_path.rglob("*")}
    assert make("--out", tmp_path / name, *(["--zip"] if name.endswith(".zip") else [])) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "is not an earlier pack, so it was left alone" in error
    assert {one: one.stat().st_mtime_ns for one in tmp_path.rglob("*")} == before


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (KeyboardInterrupt(), 130, "Nothing half-written is left"),
        (OSError(errno.ENOSPC, "No space left on device", "x"), 1, "The disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "x"), 1, "x cannot be written"),
        (classroom.PackError("No setuptools."), 1, "classroom: No setuptools."),
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_what_stops_it_leaves_what_was_there(
    tmp_path, quick, monkeypatch, capsys, error, code, words, before
):
    if before:
        make("--out", tmp_path / "pack")
    old = {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()}

    def stop(folder, wheels, torch, site):
        (folder / "half").write_text("half")
        raise error

    monkeypatch.setattr(classroom, "_fill", stop)
    capsys.readouterr()
    assert make("--out", tmp_path / "pack") == code
    text = capsys.readouterr().err
    assert words in text
    assert text.count("\n") == 1
    assert {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()} == old
    assert [one.name for one in tmp_path.iterdir()] == ["pack"][: int(before)]


def test_a_failing_rename_brings_the_old_pack_back(tmp_path, quick, monkeypatch):
    make("--out", tmp_path / "pack")
    before = (tmp_path / "pack/package/one.whl").read_bytes()
    rename = Path.rename

    def failing(self, target):
        if ".partial" in str(self):
            raise OSError(errno.EIO, "the stick is gone", str(self))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    assert make("--out", tmp_path / "pack") == 1
    assert (tmp_path / "pack/package/one.whl").read_bytes() == before


def test_a_power_cut_between_the_renames_is_repaired(tmp_path, quick):
    make("--out", tmp_path / "pack")
    (tmp_path / "pack").rename(tmp_path / ".pack.old")
    (tmp_path / ".pack.partial").mkdir()
    assert make("--out", tmp_path / "pack") == 0
    assert [one.name for one in tmp_path.iterdir()] == ["pack"]


@pytest.mark.slow
@needs_sh
def test_a_kill_in_the_middle_leaves_nothing(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.classroom", "--out", tmp_path / "pack"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 60
    while not (tmp_path / ".pack.partial/pack/mnist").exists() and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 130, error
    assert list(tmp_path.iterdir()) == []


def test_a_failing_pip_gets_one_line(tmp_path, monkeypatch):
    done = subprocess.CompletedProcess([], 1, stderr="noise\nERROR: No module\nERROR: the cause\n")
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: done)
    with pytest.raises(classroom.PackError, match=r"^It stops\. pip: ERROR: the cause$"):
        classroom._pip(["wheel"], "It stops")
    done.stderr = "ERROR: [Errno 28] No space left on device\n"
    with pytest.raises(classroom.PackError, match="The disk is full"):
        classroom._pip(["wheel"], "It stops")


# ---- the start files: which Python they take ----------------------------------------

FAKE_PYTHON = r"""#!/bin/sh
case "$*" in
"-c "*) [ "${FAKE_STATE:-}" != broken ] && [ "${FAKE_STATE:-}" != 2.7 ] ;;
*" --fits") [ -z "${FAKE_STATE:-}" ] ;;
*) echo "$PWD|$*" >>"$FAKE_LOG"; [ -z "${FAKE_STATE:-}" ] ;;
esac
"""


class Desk:
    """A start file in a folder, with stand-ins as its only Pythons."""

    def __init__(self, folder, name):
        self.pack = folder / "a pack"
        self.pack.mkdir()
        self.log = folder / "log"
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.file = self.pack / name
        shutil.copyfile(classroom.TEXTS / classroom.START_FILES[name], self.file)
        for tool in ("sh", "dirname", "uname", "env"):
            (self.bin / tool).symlink_to(shutil.which(tool))

    def add(self, name, state=""):
        text = FAKE_PYTHON.replace("${FAKE_STATE:-}", state).replace("$PWD", f"{name}|$PWD")
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def start(self, *arguments):
        done = subprocess.run(
            ["sh", str(self.file), *arguments],
            cwd="/",
            env={"PATH": str(self.bin), "FAKE_LOG": str(self.log)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
        )
        calls = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return done.returncode, done.stderr, calls


@pytest.fixture(params=["start-linux.sh", "start-macos.command"])
def desk(tmp_path, request):
    if sys.platform == "win32":
        pytest.skip("needs sh")
    return Desk(tmp_path, request.param)


@pytest.mark.parametrize(
    ("pythons", "code", "taken"),
    [
        ({"python3": ""}, 0, "python3"),
        ({"python3.13": "other", "python3.12": "broken", "python3.11": ""}, 0, "3.11"),
        ({"python3": "other"}, 1, "python3"),  # it says why it does not fit
    ],
)
def test_the_first_python_that_fits_starts_the_pack_in_its_folder(desk, pythons, code, taken):
    for name, state in pythons.items():
        desk.add(name, state)
    for arguments in ([], ["--check"]):
        found, error, (call,) = desk.start(*arguments)
        assert (found, error) == (code, "")
        assert call.endswith(f"{taken}|{desk.pack}|{' '.join(['start/start.py', *arguments])}")


@pytest.mark.parametrize("state", [None, "broken", "2.7"])
def test_no_python_gets_one_sentence(desk, state):
    if state:
        desk.add("python3", state)
    code, error, calls = desk.start()
    assert code == 1
    assert calls == []
    assert error.count("\n") == 1
    assert error.startswith("There is no Python on this computer.")


def test_the_windows_file_is_one_that_cmd_can_read(pack):
    content = (pack / "start-windows.bat").read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n")
    text = content.decode("ascii")
    labels = set(re.findall(r"^:(\w+)", text, re.M))
    used = set(re.findall(r"goto (\w+)", text)) | set(re.findall(r"call :(\w+)", text))
    assert used == labels - {"run"} | ({"run"} & used)
    for version in ("3.11", "3.12", "3.13", "3.14"):
        assert f"call :look py -{version}\r\n" in text
    assert (pack / "start-linux.sh").read_bytes().count(b"\r") == 0


# ---- the start files: setting up ----------------------------------------------------


class Computer:
    """A pack on a computer where pip and venv only pretend."""

    def __init__(self, pack, folder, patch):
        self.pack = folder / "a pack"
        shutil.copytree(pack, self.pack)
        self.venv = folder / "a pack-venv"
        self.calls, self.environments = [], []
        self.fails = ""
        patch.setattr(start, "PACK", self.pack)
        patch.setattr(start.shutil, "which", lambda name: "/usr/bin/nvidia-smi")
        patch.setattr(start.subprocess, "call", self.call)

    def call(self, command, env, cwd=None):
        words = " ".join(command[1:])
        self.calls.append(words)
        self.environments.append(env)
        if self.fails and self.fails in words:
            return 1
        if words.startswith("-m venv"):
            python = start.python_of(Path(command[-1]))
            python.parent.mkdir(parents=True)
            python.touch()
            (Path(command[-1]) / "pyvenv.cfg").touch()
        return 0

    def start(self, *arguments):
        self.calls.clear()
        return start.main(list(arguments))


@pytest.fixture
def computer(pack, tmp_path, monkeypatch):
    return Computer(pack, tmp_path, monkeypatch)


def test_the_first_start_sets_up_and_the_second_only_starts(computer):
    assert computer.start() == 0
    venv, pip, lab = computer.calls
    assert venv == f"-m venv {computer.venv}"
    assert pip.startswith("-m pip install ")
    assert "--no-index" not in pip
    assert pip.endswith(".whl")
    assert f"mnist-helpers[{start.EXTRAS}] @ file:///" in pip
    assert lab.startswith("-m jupyterlab ")
    assert "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb" in lab
    assert f"--ServerApp.root_dir={computer.pack}" in lab
    assert computer.environments[-1]["MNIST_DATA_DIR"] == str(computer.pack / "mnist")

    assert computer.start() == 0
    assert computer.calls == [lab]
    assert computer.start("--check") == 0
    assert computer.calls == ["-m mnist_helpers check"]


def test_wheels_in_the_pack_mean_no_internet(computer):
    wheels = computer.pack / "wheels" / start.kind()
    wheels.mkdir(parents=True)
    assert computer.start("--check") == 0
    pip = computer.calls[1]
    assert pip.startswith("-m pip --isolated install ")
    assert f"--no-index --find-links {wheels} " in pip


def test_wheels_for_other_computers_get_a_sentence(computer, capsys):
    (computer.pack / "wheels/amiga-68000-py3.12").mkdir(parents=True)
    assert computer.start("--fits") == 1
    assert computer.start() == 1
    error = capsys.readouterr().err
    assert f"needs wheels for {start.kind()}; the pack has them for amiga-68000-py3.12" in error
    assert computer.calls == []


@pytest.mark.parametrize(
    ("where", "attribute", "value", "words"),
    [
        (start.sys, "version_info", (3, 10, 0), "This is Python 3.10, but 3.11 to 3.14 is"),
        (start.sys, "version_info", (3, 15, 0), "This is Python 3.15, but 3.11 to 3.14 is"),
        (start.importlib.util, "find_spec", lambda name: None, "sudo apt install python3"),
        (start.subprocess, "call", lambda *_, **__: 1, "on this computer's disk"),  # no venv
    ],
)
def test_a_computer_that_cannot_do_it_gets_a_sentence(
    computer, monkeypatch, capsys, where, attribute, value, words
):
    monkeypatch.setattr(where, attribute, value)
    assert computer.start() == 1
    assert words in capsys.readouterr().err
    assert computer.calls == []


def test_a_failing_pip_gets_a_sentence_and_the_next_start_goes_on(computer, capsys):
    computer.fails = "-m pip"
    assert computer.start() == 1
    assert "could not be installed from the internet" in capsys.readouterr().err
    (computer.pack / "wheels" / start.kind()).mkdir(parents=True)
    assert computer.start() == 1
    assert f"wheels/{start.kind()} could not be installed" in capsys.readouterr().err
    computer.fails = ""
    assert computer.start() == 0
    assert len(computer.calls) == 3


def test_a_bad_copy_gets_a_sentence_but_changed_notebooks_do_not(computer, capsys):
    (computer.pack / "mnist" / f"{NAMES['train_images']}.gz").write_bytes(b"half")
    assert computer.start() == 1
    assert "missing or cut off. Copy the whole pack again." in capsys.readouterr().err
    for path in (computer.pack / "mnist").glob("*.gz"):
        path.unlink()  # on purpose, as README.txt says
    (computer.pack / "notebooks" / NUMBERED[1]).write_text("homework")
    assert computer.start() == 0


def test_somebody_elses_folder_is_not_removed(computer, capsys):
    computer.venv.mkdir()
    (computer.venv / "thesis").touch()
    assert computer.start() == 1
    assert "is not a virtual environment" in capsys.readouterr().err
    assert (computer.venv / "thesis").exists()


def test_another_package_or_place_sets_up_again(computer):
    assert computer.start() == 0
    manifest = computer.pack / classroom.MANIFEST
    content = json.loads(manifest.read_text())
    content["package"] = dict.fromkeys(content["package"], "another")
    manifest.write_text(json.dumps(content))
    assert classroom.MANIFEST not in content["sizes"]
    assert computer.start() == 0
    assert len(computer.calls) == 3


def test_linux_without_a_graphics_card_takes_the_small_torch(computer, monkeypatch):
    monkeypatch.setattr(start.shutil, "which", lambda name: None)
    monkeypatch.setattr(start.sys, "platform", "linux")
    first, second = start.install_commands()
    assert first[-4:] == ["--index-url", start.CPU_INDEX, "torch", "torchvision"]
    assert second[-1].endswith(".whl")
    assert str(computer.pack / "start/proven.txt") in first
    assert str(computer.pack / "start/proven.txt") in second
    computer.fails = "--index-url"  # then the usual one
    assert computer.start() == 0
    assert len(computer.calls) == 4
    computer.fails = "-m pip"
    shutil.rmtree(computer.venv)
    assert computer.start() == 1


# ---- really -------------------------------------------------------------------------


@pytest.mark.slow
def test_installed_without_the_internet_the_series_runs_and_leaves_nothing_at_home(tmp_path):
    pack = tmp_path / "a pack"
    assert make("--out", pack) == 0  # with MNIST, where it is here
    environment = Environment(tmp_path)
    environment.link_requirements(*start.EXTRAS.split(","))
    (wheel,) = (pack / "package").iterdir()
    wanted = f"mnist-helpers[{start.EXTRAS}] @ {wheel.as_uri()}"
    home, folder = tmp_path / "home", tmp_path / "elsewhere"
    variables = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON", "XDG"))}
    variables |= {"PIP_NO_INDEX": "1", "MNIST_DATA_DIR": str(pack / "mnist")}
    home.mkdir()
    folder.mkdir()

    def run(*arguments):
        listener = [sys.executable, str(ROOT / "tools" / "listener.py"), "--try"]
        done = subprocess.run(
            [*listener, str(environment.python), "-m", *arguments],
            env=variables,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("pip", "--isolated", "install", "--no-index", "--disable-pip-version-check", wanted)
    variables["HOME"] = str(home)
    checked = run("mnist_helpers", "check")
    assert "FAIL" not in checked
    there = any((pack / "mnist").glob("*.gz"))
    assert ("MNIST_DATA_DIR does not help" in checked) != there, checked
    notebooks = ["--only", "00", "--notebooks", str(pack / "notebooks")]
    table = run("mnist_helpers", "run", *notebooks, "--fast", "--out", str(folder / "runs"))
    assert re.search(r"^00_start_here +[\d.]+  checks passed", table, re.M), table
    left = [path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()]
    # What Matplotlib and the kernel keep for themselves.
    known = (".cache/matplotlib/", ".ipython/profile_default/")
    assert [path for path in sorted(left) if not path.startswith(known)] == []
