"""A file is written whole or not at all."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mnist_helpers._support import atomic_write, write_atomically


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
