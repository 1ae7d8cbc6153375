"""A process's own temporary folder: private, gone with the process, and swept where it was not."""

import errno
import os
import subprocess
import sys

import pytest

from mnist_helpers._support import LaunchError, OwnFolder, own_folder
from tests.conftest import ROOT, is_one_sentence

unix = pytest.mark.skipif(os.name == "nt", reason="Windows has no fork and no owners")


def end_without_a_word(action):
    """Do something in a process that is then gone, without any of its own cleaning up."""
    process = os.fork()
    if process == 0:
        try:
            action()
        finally:
            os._exit(0)
    os.waitpid(process, 0)


def test_only_its_user_can_read_it_and_it_can_be_removed(tmp_path):
    folder = OwnFolder(tmp_path / "new")
    assert folder.path.parent == (tmp_path / "new").resolve()
    if os.name != "nt":
        assert folder.path.stat().st_mode & 0o777 == 0o700
    (folder.path / "upload").write_bytes(b"picture")
    assert folder.usable
    folder.remove()
    folder.remove()
    assert not folder.usable
    assert list((tmp_path / "new").iterdir()) == []


@unix
def test_what_a_dead_process_left_is_swept_and_the_living_keep_theirs(tmp_path, monkeypatch):
    living = OwnFolder(tmp_path)
    monkeypatch.setattr(own_folder, "_start_cleaner", lambda folder: [])
    end_without_a_word(lambda: (OwnFolder(tmp_path).path / "upload").touch())
    dead = set(tmp_path.iterdir()) - {living.path}
    assert len(dead) == 1
    young = tmp_path / f"{own_folder.PREFIX}young"  # another process has not yet locked it
    young.mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / own_folder.MARK).touch()
    link = tmp_path / f"{own_folder.PREFIX}link"
    link.symlink_to(tmp_path / "other")
    new = OwnFolder(tmp_path)
    assert not any(path.exists() for path in dead)
    expected = {living.path, young, link, tmp_path / "other", new.path}
    assert set(tmp_path.iterdir()) == expected
    assert (tmp_path / "other" / own_folder.MARK).exists()
    end_without_a_word(living.remove)  # a process that was forked from this one
    assert living.usable
    for folder in (living, new):
        folder.remove()


@unix
@pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0,
    reason="permissions do not bind this user to anybody's files but their own",
)
def test_the_folders_of_other_users_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(own_folder, "_start_cleaner", lambda folder: [])
    end_without_a_word(lambda: OwnFolder(tmp_path))
    (others,) = tmp_path.iterdir()
    os.chown(others, 1234, 1234)
    OwnFolder(tmp_path).remove()
    assert others.exists()


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_and_a_place_that_is_none_get_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(LaunchError, match=r"TMPDIR") as caught:
        OwnFolder(tmp_path / "file")
    assert is_one_sentence(caught.value)
    with monkeypatch.context() as patch:
        patch.setattr("os.write", full)
        with pytest.raises(LaunchError, match="No space left") as caught:
            OwnFolder(tmp_path)
    assert is_one_sentence(caught.value)
    monkeypatch.setattr("tempfile.gettempdir", full)
    with pytest.raises(LaunchError, match="No space left"):
        OwnFolder()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_without_a_further_process_it_works_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr("subprocess.run", full)
    folder = OwnFolder(tmp_path)
    assert folder.usable
    folder.remove()
    assert list(tmp_path.iterdir()) == []


KERNELS = """
import os, sys, time
from pathlib import Path
from jupyter_client.manager import KernelManager

parent = Path(sys.argv[1])
code = "from mnist_helpers._support import OwnFolder; folder = OwnFolder()"


def start():
    kernel = KernelManager()
    kernel.start_kernel(env=os.environ | {"TMPDIR": str(parent)})
    return kernel


def run(kernel):
    client = kernel.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        reply = client.execute_interactive(code, timeout=60)
    finally:
        client.stop_channels()
    assert reply["content"]["status"] == "ok"
    (made,) = parent.glob(sys.argv[2] + "*")
    return made


def wait_until_gone(path):
    end = time.monotonic() + 20
    while path.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not path.exists()


kernel = start()
try:
    first = run(kernel)
    kernel.restart_kernel()
    wait_until_gone(first)
    second = run(kernel)
    kernel.shutdown_kernel()
    wait_until_gone(second)
    kernel = start()
    third = run(kernel)
finally:
    kernel.shutdown_kernel(now=True)
wait_until_gone(third)
"""


@pytest.mark.slow
def test_it_ends_with_a_kernel_that_is_restarted_shut_down_or_killed(tmp_path):
    """In a process without other tests, whose browsers keep an event loop running."""
    pytest.importorskip("jupyter_client", reason="needs Jupyter")
    command = [sys.executable, "-c", KERNELS, str(tmp_path), own_folder.PREFIX]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
