"""The check of the machine: what it says if all is well, and if something is not."""

import contextlib
import errno
import os
import re
import shutil
import socket
import sys
from importlib import metadata
from types import SimpleNamespace

import pytest
import torch

import mnist_helpers
from mnist_helpers._support import runtime
from mnist_helpers.cli.main import main
from mnist_helpers.lessons import FAIL, check_folder, check_machine
from mnist_helpers.lessons import machine_check as machine
from mnist_helpers.lessons.machine_check import NOTE, OK, Check
from tests.conftest import is_one_sentence, run_python, write_folder

NAMES = [
    *("Python", "Package", "Device", "Cores", "Memory"),
    *("Disk", "Folder", "Ports", "Data", "Network"),
]


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    """Whatever goes online fails the test."""

    def forbidden(*_, **__):
        pytest.fail("it went online")

    monkeypatch.setattr(socket.socket, "connect", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)


@pytest.fixture
def installed(monkeypatch):
    """The package is installed with some requirements; gives the versions that are installed."""
    versions = {"torch": "2.6.0"}

    def version(name):
        if name not in versions:
            raise metadata.PackageNotFoundError(name)
        return versions[name]

    needs = [
        "torch>=2.6",
        'gradio>=6; extra == "demo"',
        'jupyterlab>=4.2; extra == "notebooks"',
        'flask>=3.1; extra == "web"',
        'onnx>=1.17; extra == "export"',
        'ruff>=0.9; extra == "dev"',
        'pywin32; sys_platform == "none"',
    ]
    monkeypatch.setattr(machine.metadata, "requires", lambda name: needs)
    monkeypatch.setattr(machine.metadata, "version", version)
    return versions


# One check after the other


@pytest.mark.parametrize(
    ("version", "state"),
    [("3.11.0", OK), ("3.13.7", OK), ("3.14.0rc1", OK), ("3.10.4", FAIL)],
)
def test_an_old_python_fails(version, state, monkeypatch):
    monkeypatch.setattr(machine.platform, "python_version", lambda: version)
    found = machine._python()
    assert (found.state, found.detail.split(",")[0]) == (state, version)
    assert state == OK or is_one_sentence(found.advice)


ALL = {"gradio": "6.31.0", "jupyterlab": "4.5.0b1", "flask": "3.1.2", "onnx": "1.20"}


@pytest.mark.parametrize(
    ("versions", "state", "detail", "advice"),
    [
        (ALL, OK, "3 packages, all new enough", ""),
        (ALL | {"torch": "2.6.0+cu124"}, OK, "3 packages, all new enough", ""),
        (
            ALL | {"onnx": "1.2"},
            NOTE,
            "3 packages, all new enough",
            'For notebook 07, run: pip install "mnist-helpers[export]".',
        ),
        (
            {"gradio": "5.9.1"},
            FAIL,
            "gradio is 5.9.1, needed: >=6, jupyterlab is missing",
            'Run: pip install --upgrade "mnist-helpers[notebooks,demo]" (or make setup).',
        ),
    ],
    ids=["all there", "torch for a graphics card", "one notebook's too old", "missing and too old"],
)
def test_missing_and_old_packages_are_named(versions, state, detail, advice, installed):
    installed |= versions
    assert machine._packages() == Check("Package", state, detail, advice)


def test_in_colab_nothing_is_asked_that_colab_or_a_notebook_brings(installed, monkeypatch):
    installed |= {"gradio": "6.31.0"}
    assert machine._packages().state == FAIL
    monkeypatch.setattr(machine, "in_colab", lambda: True)
    assert machine._packages() == Check("Package", OK, "2 packages, all new enough")


def test_a_package_used_from_its_folder_is_a_note(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(machine.metadata, "requires", missing)
    monkeypatch.setattr(machine.metadata, "metadata", missing)
    assert machine._packages().state == NOTE
    assert machine._python().state == OK


def test_every_device_is_good(monkeypatch):
    for device in ("cpu", "cuda", "mps"):
        monkeypatch.setattr(machine, "pick_device", lambda device=device: torch.device(device))
        found = machine._device()
        assert found.state == OK
        assert (f"({device})" in found.detail) == (device != "cpu")


@pytest.mark.parametrize(
    ("cores", "state"),
    [
        ({"cpu_count": lambda: 1}, NOTE),
        ({"cpu_count": lambda: 64}, OK),
        # Cores that this process may not use do not count.
        ({"cpu_count": lambda: 8, "sched_getaffinity": lambda process: {3}}, NOTE),
    ],
)
def test_one_core_is_a_note(cores, state, monkeypatch):
    monkeypatch.setattr(runtime, "os", SimpleNamespace(**cores))
    found = machine._cores()
    assert (found.state, found.detail) == (state, "1" if state == NOTE else "64")
    assert (state == OK) or is_one_sentence(found.advice)


@pytest.fixture
def memory(tmp_path, monkeypatch):
    """Set the machine's memory, and a container's limit, in gigabytes."""
    psutil = pytest.importorskip("psutil", reason="psutil is not installed (the extra notebooks)")
    monkeypatch.setattr(machine, "CONTAINER", tmp_path)

    def memory(total, available, limit=None, current=0.0, inactive=0.0):
        found = SimpleNamespace(total=int(total * 1e9), available=int(available * 1e9))
        monkeypatch.setattr(psutil, "virtual_memory", lambda: found)
        files = {"max": "max" if limit is None else int(limit * 1e9), "current": int(current * 1e9)}
        files["stat"] = f"anon 1\ninactive_file {int(inactive * 1e9)}\n"
        for name, text in files.items():
            (tmp_path / f"memory.{name}").write_text(f"{text}\n")
        return machine._memory()

    return memory


@pytest.mark.parametrize(
    ("given", "state", "detail"),
    [
        ((16, 9.5), OK, "9.5 of 16.0 GB free, for about 9 open notebooks"),
        ((8, 3.2), NOTE, "3.2 of 8.0 GB free, for about 3 open notebooks"),
        ((4, 0.4), NOTE, "0.4 of 4.0 GB free, for about 0 open notebooks"),
        ((64, 50, 4.5, 3.0, 1.0), NOTE, "2.5 of 4.5 GB free, for about 2 open notebooks"),
        ((64, 50, 8.0, 8.7, 0.5), NOTE, "0.0 of 8.0 GB free, for about 0 open notebooks"),
    ],
)
def test_memory_says_how_many_notebooks_may_be_open(given, state, detail, memory):
    found = memory(*given)
    assert (found.state, found.detail) == (state, detail)
    assert (state == OK) or is_one_sentence(found.advice)


def test_memory_is_found_on_this_machine_and_never_fails_without_jupyter(monkeypatch):
    pytest.importorskip("psutil", reason="psutil is not installed (the extra notebooks)")
    assert re.search(r"^\d+\.\d of \d+\.\d GB free, for about \d+ open", machine._memory().detail)
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert machine._memory().state == OK


@pytest.mark.parametrize(("free", "state"), [(20_000_000, FAIL), (800_000_000, OK)])
def test_a_full_disk_fails(free, state, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    found = machine._disk()
    assert found.state == state
    assert (state == OK) or ("0.02 GB" in found.detail and is_one_sentence(found.advice))


def test_mnist_in_a_folder_and_in_the_cache(alone, all_official, tmp_path, monkeypatch):
    write_folder(alone / "mnist")
    assert machine._data() == Check("Data", OK, "MNIST, from the cache of an earlier download")
    write_folder(tmp_path / "given")
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path / "given"))
    assert machine._data() == Check("Data", OK, "MNIST, from the folder in MNIST_DATA_DIR")


def test_look_alikes_are_a_note(alone):
    write_folder(alone / "mnist")
    found = machine._data()
    assert found.state == NOTE
    assert found.detail.startswith("not MNIST, but digits in MNIST's format, from the cache")
    assert is_one_sentence(found.advice)


def test_no_mnist_is_a_note_and_a_folder_without_it_is_named(alone, tmp_path, monkeypatch):
    found = machine._data()
    assert (found.state, found.detail) == (NOTE, "MNIST is not here yet")
    assert "Notebook 01 downloads it" in found.advice
    wrong = tmp_path / "wrong"
    monkeypatch.setenv("MNIST_DATA_DIR", str(wrong))
    found = machine._data()
    assert found.state == NOTE
    assert found.detail == "MNIST is not here yet, and MNIST_DATA_DIR does not help"
    assert found.advice.startswith(f"There is no folder {wrong}. ")
    assert found.advice.endswith("Correct MNIST_DATA_DIR, or unset it.")
    write_folder(wrong)
    for name in ("train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"):
        (wrong / name).unlink()
    missing = "holds no train-images-idx3-ubyte.gz and no t10k-labels-idx1-ubyte.gz."
    assert missing in machine._data().advice
    # Nobody learns from a silent second choice that the setting is wrong.
    write_folder(alone / "mnist")
    found = machine._data()
    assert (found.state, found.detail) == (
        NOTE,
        "not MNIST, but digits in MNIST's format, from the cache of an earlier download, and "
        "MNIST_DATA_DIR does not help",
    )
    assert missing in found.advice


def test_a_cache_that_takes_nothing_is_a_note_with_the_reason(alone, monkeypatch):
    monkeypatch.setattr(machine, "user_cache_dir", lambda *_, **__: str(alone / "mnist"))
    refuse_writing(monkeypatch, errno.EROFS)
    found = machine._data()
    assert (found.state, found.detail) == (NOTE, "MNIST is not here yet")
    assert found.advice == (
        f"It cannot be kept for the next time, because {alone / 'mnist'} cannot be written: the "
        "folder is read-only. Work in a folder of your own."
    )


def refuse_writing(monkeypatch, number):
    """Whoever writes a file is told by the system that it is not possible."""

    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EROFS, "the folder is read-only. Work in a folder of your own."),
        (errno.EACCES, "you may not write there. Work in a folder of your own."),
        (errno.ENOSPC, "the disk is full. Make room, or use a folder on another disk."),
        (errno.EDQUOT, "your share of the disk is used up. Make room, or use a folder on another"),
        (errno.EIO, "Input/output error."),
    ],
)
def test_a_folder_where_nothing_can_be_saved_fails_and_a_notebook_says_so_in_a_sentence(
    number, words, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert machine._folder() == Check("Folder", OK, "files can be saved here")
    refuse_writing(monkeypatch, number)
    found = machine._folder()
    assert (found.state, found.detail) == (FAIL, "nothing can be saved")
    assert found.advice.startswith(f"The folder {tmp_path} cannot be written: {words}")
    with pytest.raises(OSError, match="cannot be written") as error:
        check_folder()
    (line,) = error.value._render_traceback_()  # what a notebook shows
    assert line.startswith(f"WriteError: {tmp_path} cannot be written: {words}")
    assert list(tmp_path.iterdir()) == []


def test_a_temporary_folder_that_takes_nothing_fails(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(machine.tempfile, "gettempdir", lambda: str(tmp_path / "a"))
    (tmp_path / "a").write_text("a file")
    found = machine._folder()
    assert found.state == FAIL
    assert str(tmp_path / "a") in found.advice


@pytest.mark.skipif(os.name == "nt", reason="Windows removes no folder that is in use")
def test_a_folder_that_was_deleted_fails(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tmp_path.rmdir()
    assert machine._folder().state == FAIL
    tmp_path.mkdir()


def test_ports_that_are_all_taken_are_a_note(monkeypatch):
    assert machine._ports() == Check("Ports", OK, "the demo can start")
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        monkeypatch.setattr(machine, "DEMO_PORTS", range(port, port + 1))
        found = machine._ports()
    assert found.state == NOTE
    assert f"({port} to {port})" in found.detail
    assert is_one_sentence(found.advice)


def test_a_damaged_mnist_fails_and_its_file_is_named(alone, tmp_path, monkeypatch):
    write_folder(tmp_path, test_images=b"broken")
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path))
    found = machine._data()
    assert found.state == FAIL
    assert "t10k-images" in found.advice
    assert is_one_sentence(found.advice)


def test_missing_weights_and_a_network_that_misreads_fail(tmp_path, monkeypatch):
    monkeypatch.setattr("mnist_helpers.recognizer.recognizer.BUNDLED_WEIGHTS", tmp_path / "none")
    missing = machine._network()
    assert missing.state == FAIL
    assert "Install the package again" in missing.advice
    wrong = SimpleNamespace(predict=lambda picture: SimpleNamespace(words="2"))
    monkeypatch.setattr(machine.DigitRecognizer, "load", lambda: wrong)
    advice = "Install the package again, because its files are damaged."
    assert machine._network() == Check("Network", FAIL, "it reads a 7 as “2”", advice)


# All of them


def test_everything_is_checked_in_order_and_nothing_is_left_behind(tmp_path, alone):
    with contextlib.chdir(tmp_path):
        found = check_machine()
    assert [one.name for one in found] == NAMES
    assert found[-1] == Check("Network", OK, "loaded, and it reads a 7")
    for one in found:
        assert one.state in (OK, NOTE, FAIL)
        assert one.detail
        assert is_one_sentence(one.advice) or one.state != FAIL
    assert list(tmp_path.iterdir()) == []


def test_advice_stands_below_its_line_and_in_every_console():
    text = str(Check("Disk", FAIL, "0.02 GB free", "Make room."))
    assert text == "[FAIL] Disk     0.02 GB free\n" + 16 * " " + "-> Make room."
    text.encode("cp1252")  # the encoding of Windows for a file or a pipe


@pytest.mark.parametrize(("state", "code"), [(OK, 0), (NOTE, 0), (FAIL, 1)])
def test_the_command_prints_a_line_for_each_check_and_fails_with_one(
    state, code, monkeypatch, capsys
):
    for name in NAMES:
        check = Check(name, state if name == "Cores" else OK, "as told")
        attribute = "_packages" if name == "Package" else f"_{name.lower()}"
        monkeypatch.setattr(machine, attribute, lambda check=check: check)
    assert main(["check"]) == code
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == f"mnist_helpers {mnist_helpers.__version__}"
    assert [line.split()[1] for line in lines] == NAMES
    assert f"[{state}]".ljust(7) + "Cores    as told" in lines


@pytest.mark.parametrize("missing", ["torch", "packaging"])
def test_without_a_package_that_the_check_needs_it_says_so(missing):
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from mnist_helpers.cli.main import main; sys.exit(main(['check']))"
    )
    process = run_python(code)
    assert (process.returncode, process.stderr) == (1, "")
    assert "\n[FAIL] Package" in process.stdout
    assert missing in process.stdout
    assert "pip install" in process.stdout.splitlines()[2]
