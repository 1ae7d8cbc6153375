"""Write files so that an interruption never leaves half of one; say why one cannot be written."""

import errno
import os
import platform
import re
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import get_ident
from typing import BinaryIO

# Which computer writes: several may share a home folder, and each numbers its processes itself.
COMPUTER = f"{zlib.crc32(platform.node().encode()):08x}"
OLD = 24 * 60 * 60  # in seconds; no file takes so long
# What the system's most frequent answers mean, and what to do.
_WHY = {
    errno.ENOSPC: "the disk is full. Make room, or use a folder on another disk.",
    errno.EDQUOT: "your share of the disk is used up. Make room, or use a folder on another disk.",
    errno.EROFS: "the folder is read-only. Work in a folder of your own.",
    errno.EACCES: "you may not write there. Work in a folder of your own.",
    errno.ENAMETOOLONG: "the name is too long. Choose a shorter one.",
    errno.ELOOP: "its links lead in a circle. Choose another name.",
    errno.EISDIR: "it is a folder. Name a file in it.",
    errno.ENOTDIR: "a file stands where a folder is needed. Choose another name.",
}
_WHY |= {errno.EPERM: _WHY[errno.EACCES], errno.EEXIST: _WHY[errno.ENOTDIR]}


class WriteError(OSError):
    """A file or a folder cannot be written; the message says which, why and what to do."""

    def __init__(self, path: str | Path, error: OSError):
        super().__init__(error.errno, error.strerror or str(error), str(path))

    def __str__(self) -> str:
        why = _WHY.get(self.errno or 0, f"{self.strerror}.")
        return f"{self.filename} cannot be written: {why}"

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the sentence alone, because no line of code is to blame."""
        return [f"{type(self).__name__}: {self}"]


@contextmanager
def _write_errors(path: str | Path) -> Iterator[None]:
    try:
        yield
    except WriteError:
        raise
    except OSError as error:
        raise WriteError(path, error) from error


@contextmanager
def atomic_file(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file beside its place; when the block ends without an error, rename it into place.

    The folder must exist. An old file stays whole until then, and for good if there is an error.
    What processes that were killed have left of the same file is removed. A file that cannot be
    written is a `WriteError`; a device such as /dev/null is never replaced.
    """
    path = Path(path)
    # Part of the name, so that the longest name that the file may have is not too long here.
    start = f".{path.name[:60]}."
    partial = path.with_name(f"{start}{COMPUTER}-{os.getpid()}-{get_ident()}.partial")
    _remove_abandoned(path.parent, start)
    try:
        with _write_errors(path):
            check_ordinary(path)
            file = partial.open("wb")
        with file:
            yield file
            with _write_errors(path):
                file.flush()
                os.fsync(file.fileno())
        with _write_errors(path):
            os.replace(partial, path)
    finally:
        with suppress(OSError):  # also where not even its folder is there
            partial.unlink()


def _remove_abandoned(folder: Path, start: str) -> None:
    pattern = re.compile(rf"{re.escape(start)}([0-9a-f]{{8}})-(\d+)-\d+\.partial")
    with suppress(OSError):  # the folder cannot be listed
        for found in filter(None, map(pattern.fullmatch, os.listdir(folder))):
            partial = folder / found[0]
            with suppress(OSError):  # it has gone; or Windows, where somebody still writes
                is_dead = found[1] == COMPUTER and _has_ended(int(found[2]))
                if is_dead or time.time() - partial.stat().st_mtime > OLD:
                    partial.unlink()


def _has_ended(process: int) -> bool:
    if os.name == "nt":  # where asking in this way would end it, and an open file cannot be removed
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass
    return False


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write a whole file as `atomic_file` does, and make its folder if need be."""
    with _write_errors(path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as file:
            file.write(content)


def check_ordinary(path: str | Path) -> None:
    """Raise an OSError if there is something at the path that is not an ordinary file."""
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(errno.EINVAL, "It is a device or a pipe, not an ordinary file", str(path))


def try_folder(folder: str | Path) -> None:
    """Raise a `WriteError` if no file can be written to a folder, which need not exist yet.

    A small file is really written, because a full disk or a quota shows in no other way. Nothing
    is left behind, not even the folder.
    """
    folder = Path(folder)
    made = [one for one in (folder, *folder.parents) if not os.path.lexists(one)]
    try:
        with _write_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(bytes(4096))
                file.flush()
                os.fsync(file.fileno())
    finally:
        for one in made:
            with suppress(OSError):
                one.rmdir()


def try_file(path: str | Path) -> None:
    """Raise a `WriteError` if a file cannot be written: it is none, or see `try_folder`."""
    with _write_errors(path):
        check_ordinary(path)
    try_folder(Path(path).parent)
