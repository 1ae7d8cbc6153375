"""Write files so that an interruption never leaves half of one."""

import os
import platform
import re
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


@contextmanager
def atomic_file(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file beside its place; when the block ends without an error, rename it into place.

    The folder must exist. An old file stays whole until then, and for good if there is an error.
    What processes that were killed have left of the same file is removed.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{COMPUTER}-{os.getpid()}-{get_ident()}.partial")
    _remove_abandoned(path)
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _remove_abandoned(path: Path) -> None:
    pattern = re.compile(rf"\.{re.escape(path.name)}\.([0-9a-f]{{8}})-(\d+)-\d+\.partial")
    with suppress(OSError):  # the folder cannot be listed
        for found in filter(None, map(pattern.fullmatch, os.listdir(path.parent))):
            partial = path.with_name(found[0])
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
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as file:
        file.write(content)
