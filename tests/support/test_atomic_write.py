"""A file is written whole or not at all."""

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mnist_helpers._support import WriteError, atomic_write, try_folder, write_atomically
from tests.conftest import ROOT


def test_a_file_and_its_folder_are_made(tmp_path):
    path = tmp_path / "a" / "b" / "file.bin"
    for content in (b"content, longer than the new one", b"new", b""):
        write_atomically(str(path), content)
        assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_fails_keeps_the_old_file_and_leaves_nothing(
    tmp_path, monkeypatch, step, error
):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(*_):
        raise error

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(type(error)):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    real_replace, seen = os.replace, []

    def replace(source, target):
        seen.append((path.read_bytes(), Path(source).read_bytes(), Path(source).parent))
        real_replace(source, target)

    monkeypatch.setattr(os, "replace", replace)
    write_atomically(path, b"new")
    assert seen == [(b"old", b"new", tmp_path)]


def test_a_folder_in_the_way_is_an_error_and_stays(tmp_path):
    (tmp_path / "file" / "within").mkdir(parents=True)
    with pytest.raises(OSError, match="file"):
        write_atomically(tmp_path / "file", b"content")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def partial(folder, name, computer, process, age=0.0):
    """What a process has left of a file."""
    path = folder / f".{name}.{computer}-{process}-7.partial"
    path.write_bytes(b"half")
    os.utime(path, (path.stat().st_atime - age, path.stat().st_mtime - age))
    return path


def test_what_a_killed_process_left_is_removed_by_the_next_write_and_nothing_else(tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    here, day = atomic_write.COMPUTER, 25 * 60 * 60
    gone = {
        partial(tmp_path, "file", "0123abcd", 1, age=day),
        partial(tmp_path, "file", here, os.getpid(), age=day),
    }
    kept = {
        partial(tmp_path, "file", "0123abcd", ended.pid),  # of another computer
        partial(tmp_path, "file.gz", here, ended.pid),
        tmp_path / ".file.mine.partial",
    }
    (tmp_path / ".file.mine.partial").touch()
    os.utime(tmp_path / ".file.mine.partial", (0, 0))
    dead = partial(tmp_path, "file", here, ended.pid)
    living = partial(tmp_path, "file", here, os.getppid())
    if os.name == "nt":  # which removes no file that is open
        living.unlink()
    else:
        kept.add(living)
    write_atomically(tmp_path / "file", b"new")
    assert not any(path.exists() for path in gone | {dead})
    assert set(tmp_path.iterdir()) == kept | {tmp_path / "file"}


def test_a_file_that_is_being_written_is_named_after_its_process(tmp_path):
    with atomic_write.atomic_file(tmp_path / "a.b"):
        (path,) = tmp_path.iterdir()
        assert re.fullmatch(rf"\.a\.b\.[0-9a-f]{{8}}-{os.getpid()}-\d+\.partial", path.name)
        with ThreadPoolExecutor() as others:
            others.submit(write_atomically, tmp_path / "a.b", b"from another thread").result()
        assert path.exists()


# What cannot be written


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("folder", "it is a folder. Name a file in it."),
        ("file/below", "a file stands where a folder is needed. Choose another name."),
        ("x" * 300, "the name is too long. Choose a shorter one."),
        ("pipe", "It is a device or a pipe, not an ordinary file."),
    ],
)
def test_an_error_names_the_file_and_the_reason_in_a_sentence(name, why, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    if name == "pipe":
        os.mkfifo(tmp_path / "pipe") if os.name != "nt" else pytest.skip("a pipe of Unix")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(WriteError) as error:
        write_atomically(tmp_path / name, b"content")
    assert str(error.value) == f"{tmp_path / name} cannot be written: {why}"
    assert error.value._render_traceback_() == [f"WriteError: {error.value}"]
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="a pipe of Unix")
def test_a_device_is_never_replaced_by_a_file():
    """Root may rename a file over /dev/null, and then no program of the machine works any more."""
    with pytest.raises(WriteError, match="a device"):
        write_atomically("/dev/null", b"content")
    assert Path("/dev/null").is_char_device()


def test_the_longest_name_that_a_file_may_have(tmp_path):
    write_atomically(tmp_path / ("y" * 255), b"content")
    assert [path.name for path in tmp_path.iterdir()] == ["y" * 255]


def test_a_folder_is_tried_without_a_trace(tmp_path):
    try_folder(tmp_path / "a" / "b")
    try_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "kept").mkdir()
    try_folder(tmp_path / "kept" / "new")
    assert [path.name for path in tmp_path.rglob("*")] == ["kept"]


REAL_DISKS = """
import contextlib, os, sys
from mnist_helpers._support import try_folder, write_atomically
os.chdir(sys.argv[1])
for call in (lambda: write_atomically("old", bytes(300_000)), lambda: try_folder("new")):
    with contextlib.suppress(OSError):
        with open("filling", "ab", buffering=0) as file:
            while call.__code__.co_names[0] == "try_folder":
                file.write(bytes(1000))
    try:
        call()
    except OSError as error:
        print(error)
print(open("old").read(), sorted(os.listdir()))
os.system("mount -o remount,ro " + sys.argv[1])
for call in (lambda: write_atomically("old", b"new"), lambda: try_folder(".")):
    try:
        call()
    except OSError as error:
        print(error)
"""


@pytest.mark.slow
def test_a_real_disk_that_is_full_and_then_read_only(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=200k tmpfs {disk} && echo -n old > {disk}/old"
    alone = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    if not shutil.which("unshare") or subprocess.run([*alone, mount], check=False).returncode:
        pytest.skip("no disk of one's own")
    command = f'{mount} && exec "{sys.executable}" -c "$CODE" {disk}'
    process = subprocess.run(
        [*alone, command],
        cwd=ROOT,
        env={**os.environ, "CODE": REAL_DISKS, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    full = "cannot be written: the disk is full. Make room, or use a folder on another disk."
    locked = "cannot be written: the folder is read-only. Work in a folder of your own."
    assert process.stdout.splitlines() == [
        f"old {full}",
        f"new {full}",
        "old ['filling', 'old']",
        f"old {locked}",
        f". {locked}",
    ], process.stderr
