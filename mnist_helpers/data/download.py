"""Download MNIST within a time limit, from whichever mirror works."""

import hashlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from mnist_helpers._support import (
    NETWORK_ERRORS,
    fetch,
    first_answers,
    host,
    in_notebook,
    is_timeout,
    limits,
    progress_bar,
    reason,
)
from mnist_helpers.data.idx_files import DataError


def download(folder: str | Path, *, time_limit: float = 300.0) -> None:
    """Download what is missing of MNIST's four files, from the first mirror that has it.

    torchvision names the mirrors and the checksums (``torchvision.datasets.MNIST``); its own
    download has no time limit, and gives up where one mirror sends a damaged file.

    Args:
        folder: where the ``.gz`` files go. Each is written beside its place, checked, and only then
            renamed, so that an interruption leaves nothing that looks complete.
        time_limit: the most seconds that all of it may take. A mirror that sends nothing, or next
            to nothing, for 10 seconds is given up earlier, and the call takes about 4 seconds
            without a network.

    Raises:
        DataError: if no mirror delivered; the message says what each of them did. Or if the folder
            cannot be written to.
    """
    from torchvision.datasets import MNIST  # here, because importing it takes a second

    deadline = time.monotonic() + time_limit
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        wanted = [(name, md5) for name, md5 in MNIST.resources if not _has_md5(folder / name, md5)]
    except OSError as error:
        raise DataError(f"The folder {folder} cannot be made or read ({error}).") from error
    if not wanted:
        return
    problems: list[str] = []
    mirrors = _answering_mirrors(MNIST.mirrors, wanted[-1][0], time_limit, problems)
    watched = in_notebook() or sys.stderr.isatty()
    with progress_bar(None, "Downloading MNIST", "B", unit_scale=True, disable=not watched) as bar:
        for mirror in mirrors:
            for name, md5 in list(wanted):
                try:
                    fetch(
                        mirror + name,
                        folder / name,
                        digest=("md5", md5),
                        deadline=deadline,
                        max_bytes=limits.MAX_MNIST_DOWNLOAD_BYTES,
                        on_bytes=bar.update,
                    )
                    wanted.remove((name, md5))
                except NETWORK_ERRORS as error:
                    problems.append(f"{host(mirror)}: {name}: {reason(error)}")
                    if is_timeout(error):
                        break
                except OSError as error:
                    raise DataError(f"Nothing can be written to {folder} ({error}).") from error
            if not wanted:
                return
            if time.monotonic() > deadline:
                break
    raise DataError("MNIST could not be downloaded (" + "; ".join(problems) + ").")


def _answering_mirrors(
    mirrors: list[str], name: str, time_limit: float, problems: list[str]
) -> Iterator[str]:
    """Yield the mirrors that work, as they answer; add to ``problems`` what the others said."""
    urls = [mirror + name for mirror in mirrors]
    for url, error in first_answers(urls, min(limits.ANSWER_SECONDS, time_limit)):
        if error is None:
            yield url.removesuffix(name)
        else:
            problems.append(f"{host(url)}: {reason(error)}")


def _has_md5(path: Path, md5: str) -> bool:
    if not path.is_file():
        return False
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() == md5
