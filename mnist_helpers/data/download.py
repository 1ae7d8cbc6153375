"""Download MNIST from whichever mirror works.

torchvision names the mirrors and the checksums. Its own download has no time limit, and it gives
up where one mirror sends a damaged file.
"""

import hashlib
from pathlib import Path

from mnist_helpers._support import FetchError, fetch, limits
from mnist_helpers.data.idx_files import DataError


def download(folder: str | Path, *, time_limit: float = 300.0) -> None:
    """Download what is missing of MNIST's four ``.gz`` files into a folder, as `fetch` does.

    Raises:
        DataError: if no mirror delivered, in which case the message says what each of them did; or
            if the folder cannot be written to.
    """
    from torchvision.datasets import MNIST  # here, because importing it takes a second

    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        missing = {
            name: ("md5", md5) for name, md5 in MNIST.resources if _md5(folder / name) != md5
        }
    except OSError as error:
        raise DataError(f"The folder {folder} cannot be made or read ({error}).") from error
    if not missing:
        return
    try:
        fetch(
            missing,
            MNIST.mirrors,
            folder,
            title="Downloading MNIST",
            time_limit=time_limit,
            max_bytes=limits.MAX_MNIST_DOWNLOAD_BYTES,
        )
    except FetchError as error:
        raise DataError(f"MNIST could not be downloaded ({error}).") from error
    except OSError as error:
        raise DataError(f"Nothing can be written to {folder} ({error}).") from error


def _md5(path: Path) -> str:
    """The checksum of a file, or of nothing if there is no file."""
    content = path.read_bytes() if path.is_file() else b""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
