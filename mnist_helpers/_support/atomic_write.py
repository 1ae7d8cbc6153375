"""Write files so that an interruption never leaves half of one."""

import os
from pathlib import Path
from threading import get_ident


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write a file beside its place, then rename it into place.

    Args:
        path: the file; its folder is made. A file that is there is replaced, at once and whole.
        content: all of the file.

    Raises:
        OSError: if it cannot be written (disk full, no permission); an old file is then untouched.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}-{get_ident()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
