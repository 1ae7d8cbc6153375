"""The check of the machine: what it says where all is well, and where something is not."""

import contextlib
import re
import shutil
import socket
from importlib import metadata
from types import SimpleNamespace

import pytest
import torch

from mnist_helpers._support import runtime
from mnist_helpers.cli.main import main
from mnist_helpers.lessons import FAIL, check_machine
from mnist_helpers.lessons import machine_check as machine
from mnist_helpers.lessons.machine_check import NOTE, OK, Check
from tests.conftest import run_python, write_folder

NAMES = ["Python", "Package", "Device", "Cores", "Disk", "Data", "Network"]


def is_sentence(text):
    return re.fullmatch(r"[A-Z][^\n]*[.]", text) is not None


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Whatever asks the network fails the test."""

    def forbidden(*_, **__):
        pytest.fail("the network was used")

    monkeypatch.setattr(socket.socket, "connect", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)


@pytest.fixture
def installed(monkeypatch):
    """The package is installed with some requirements; gives what is installed besides."""
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


@pytest.mark.parametrize("version", ["3.11.0", "3.13.7", "3.14.0rc1"])
def test_a_python_that_will_do(version, monkeypatch):
    monkeypatch.setattr(machine.platform, "python_version", lambda: version)
    assert machine._python() == Check("Python", OK, version)


def test_an_old_python_fails(monkeypatch):
    monkeypatch.setattr(machine.platform, "python_version", lambda: "3.10.4")
    found = machine._python()
    assert found.state == FAIL
    assert found.detail == "3.10.4, but >=3.11 is needed"
    assert is_sentence(found.advice)


def test_all_packages_there(installed):
    installed |= {"gradio": "6.31.0", "jupyterlab": "4.5.0b1", "flask": "3.1.2", "onnx": "1.20"}
    assert machine._packages() == Check("Package", OK, "3 packages, all new enough")


def test_what_a_single_notebook_needs_is_a_note(installed):
    installed |= {"gradio": "6.31.0", "jupyterlab": "4.5", "flask": "3.1.2"}
    found = machine._packages()
    assert (found.state, found.detail) == (NOTE, "3 packages, all new enough")
    assert found.advice == 'For notebook 07, run: pip install "mnist-helpers[export]".'


def test_in_colab_nothing_is_asked_that_colab_or_a_notebook_brings(installed, monkeypatch):
    installed |= {"gradio": "6.31.0"}
    assert machine._packages().state == FAIL
    monkeypatch.setattr(machine, "in_colab", lambda: True)
    assert machine._packages() == Check("Package", OK, "2 packages, all new enough")


def test_missing_and_old_packages_are_named_and_others_are_not(installed):
    installed |= {"gradio": "5.9.1"}
    found = machine._packages()
    assert found.state == FAIL
    assert found.detail == "gradio is 5.9.1, needed: >=6, jupyterlab is missing"
    assert is_sentence(found.advice)
    assert '"mnist-helpers[notebooks,demo]"' in found.advice


def test_a_torch_built_for_a_graphics_card_is_new_enough(installed):
    installed |= {"torch": "2.6.0+cu124", "gradio": "6.31.0", "jupyterlab": "4.2"}
    assert machine._packages().state != FAIL


def test_a_package_used_from_its_folder_is_a_note(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(machine.metadata, "requires", missing)
    monkeypatch.setattr(machine.metadata, "metadata", missing)
    assert machine._packages().state == NOTE
    assert machine._python().state == OK


@pytest.mark.parametrize("device", ["cpu", "cuda", "mps"])
def test_every_device_is_good(device, monkeypatch):
    monkeypatch.setattr(machine, "pick_device", lambda: torch.device(device))
    found = machine._device()
    assert found.state == OK
    assert (f"({device})" in found.detail) == (device != "cpu")


@pytest.mark.parametrize(("cores", "state"), [(1, NOTE), (2, OK), (64, OK)])
def test_one_core_is_a_note(cores, state, monkeypatch):
    monkeypatch.setattr(runtime, "os", SimpleNamespace(cpu_count=lambda: cores))
    found = machine._cores()
    assert (found.state, found.detail) == (state, str(cores))
    assert (state == OK) or is_sentence(found.advice)


def test_cores_that_this_process_may_not_use_do_not_count(monkeypatch):
    allowed = SimpleNamespace(cpu_count=lambda: 8, sched_getaffinity=lambda process: {3})
    monkeypatch.setattr(runtime, "os", allowed)
    assert machine._cores().detail == "1"


@pytest.mark.parametrize(("free", "state"), [(20_000_000, FAIL), (800_000_000, OK)])
def test_a_full_disk_fails(free, state, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    found = machine._disk()
    assert found.state == state
    assert (state == OK) or ("0.02 GB" in found.detail and is_sentence(found.advice))


def test_mnist_in_a_folder_and_in_the_cache(alone, tmp_path, monkeypatch):
    write_folder(alone / "mnist")
    assert machine._data() == Check("Data", OK, "MNIST, from the cache of an earlier download")
    write_folder(tmp_path / "given")
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path / "given"))
    assert machine._data() == Check("Data", OK, "MNIST, from the folder in MNIST_DATA_DIR")


def test_no_mnist_is_a_note(alone):
    found = machine._data()
    assert (found.state, found.detail) == (NOTE, "MNIST is not here yet")
    assert "Notebook 01 downloads it" in found.advice


def test_a_named_folder_without_mnist_is_named(alone, tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path / "wrong"))
    found = machine._data()
    assert found.state == NOTE
    assert str(tmp_path / "wrong") in found.detail
    assert "MNIST_DATA_DIR" in found.detail


def test_a_damaged_mnist_fails_and_its_file_is_named(alone, tmp_path, monkeypatch):
    write_folder(tmp_path, test_images=b"broken")
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path))
    found = machine._data()
    assert found.state == FAIL
    assert "t10k-images" in found.advice
    assert is_sentence(found.advice)


def test_the_network_reads_a_7():
    assert machine._network() == Check("Network", OK, "loaded, and it reads a 7")


def test_missing_weights_fail(tmp_path, monkeypatch):
    monkeypatch.setattr("mnist_helpers.recognizer.recognizer.BUNDLED_WEIGHTS", tmp_path / "none")
    found = machine._network()
    assert found.state == FAIL
    assert "Install the package again" in found.advice


def test_a_network_that_misreads_fails(monkeypatch):
    wrong = SimpleNamespace(predict=lambda picture: SimpleNamespace(words="2"))
    monkeypatch.setattr(machine.DigitRecognizer, "load", lambda: wrong)
    found = machine._network()
    assert found.state == FAIL
    assert "“2”" in found.detail
    assert is_sentence(found.advice)


# All of them


def test_all_are_looked_at_in_their_order():
    found = check_machine()
    assert [one.name for one in found] == NAMES
    for one in found:
        assert one.state in (OK, NOTE, FAIL)
        assert one.detail
        assert is_sentence(one.advice) or one.state != FAIL


def test_advice_stands_below_its_line_and_in_every_console():
    text = str(Check("Disk", FAIL, "0.02 GB free", "Make room."))
    first, second = text.splitlines()
    assert first == "[FAIL] Disk     0.02 GB free"
    assert second.strip() == "-> Make room."
    text.encode("cp1252")  # what Windows takes for a file or a pipe


@pytest.mark.parametrize(("state", "code"), [(OK, 0), (NOTE, 0), (FAIL, 1)])
def test_the_command_prints_a_line_for_each_and_tells_a_failure(state, code, monkeypatch, capsys):
    odd = Check("Cores", state, "as told", "" if state == OK else "Do something.")
    checks = [(lambda: odd) if one is machine._cores else one for one in machine.CHECKS]
    monkeypatch.setattr(machine, "CHECKS", checks)
    for name in ("_python", "_packages"):
        assert getattr(machine, name) in checks
    others = [one for one in check_machine() if one is not odd]
    assert main(["check"]) == (code or int(any(one.state == FAIL for one in others)))
    lines = capsys.readouterr().out.splitlines()
    named = [line.split()[1] for line in lines if line.startswith("[")]
    assert named == NAMES
    assert f"[{state}]".ljust(7) + "Cores    as told" in lines


@pytest.mark.parametrize("missing", ["torch", "packaging"])
def test_without_a_package_that_the_check_needs_it_says_so(missing):
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from mnist_helpers.cli.main import main; sys.exit(main(['check']))"
    )
    process = run_python(code)
    assert process.returncode == 1
    assert process.stderr == ""
    assert process.stdout.startswith("[FAIL] Package")
    assert missing in process.stdout
    assert "pip install" in process.stdout.splitlines()[1]


def test_it_leaves_nothing_behind(tmp_path, alone):
    with contextlib.chdir(tmp_path):
        check_machine()
    assert list(tmp_path.iterdir()) == []
