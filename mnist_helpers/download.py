"""Download MNIST within a time limit, from whichever mirror works."""

import hashlib
import http.client
import os
import queue
import ssl
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from mnist_helpers.mnist_files import DataError
from mnist_helpers.runtime import in_notebook, progress_bar

MAX_DOWNLOAD_BYTES = 50_000_000  # no file of MNIST has more than 10 MB
ANSWER_SECONDS = 4.0  # how long a mirror may take to say its first word
STALL_SECONDS = 10.0  # how long it may then fall silent
MIRROR_ERRORS = (
    urllib.error.URLError,
    http.client.HTTPException,
    ConnectionError,
    TimeoutError,
    ssl.SSLError,
    ValueError,
)


def download(folder: str | Path, *, time_limit: float = 300.0) -> None:
    """Download what is missing of MNIST's four files, from the first mirror that has it.

    torchvision names the mirrors and the checksums (``torchvision.datasets.MNIST``); its own
    download has no time limit, and gives up where one mirror sends a damaged file.

    Args:
        folder: where the ``.gz`` files go. Each is written beside its place, checked, and only then
            renamed, so that an interruption leaves nothing that looks complete.
        time_limit: the most seconds that all of it may take. A mirror that is silent for
            10 seconds is given up earlier, and the call takes about 4 seconds without a network.

    Raises:
        DataError: if no mirror delivered; the message says what each of them did.
    """
    from torchvision.datasets import MNIST  # here, because importing it takes a second

    deadline = time.monotonic() + time_limit
    folder = Path(folder)
    wanted = [(name, md5) for name, md5 in MNIST.resources if not _has_md5(folder / name, md5)]
    if not wanted:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"The folder {folder} cannot be made ({error}).") from error
    mirrors, problems = _answering_mirrors(MNIST.mirrors, wanted[-1][0], time_limit)
    watched = in_notebook() or sys.stderr.isatty()
    with progress_bar(None, "Downloading MNIST", "B", unit_scale=True, disable=not watched) as bar:
        for name, md5 in wanted:
            for mirror in list(mirrors):
                try:
                    _fetch(mirror + name, folder / name, md5, deadline, bar)
                    break
                except MIRROR_ERRORS as error:
                    problems.append(f"{_host(mirror)}: {name}: {_reason(error)}")
                except OSError as error:
                    raise DataError(f"Nothing can be written to {folder} ({error}).") from error
            else:
                raise DataError("MNIST could not be downloaded (" + "; ".join(problems) + ").")


def _answering_mirrors(
    mirrors: list[str], name: str, time_limit: float
) -> tuple[list[str], list[str]]:
    """The mirrors to try, the first to answer first, and what the dead ones said.

    All are asked at once, in threads, since even looking a host's name up can hang.
    """
    answers: queue.Queue = queue.Queue()

    def ask(mirror: str) -> None:
        try:
            with urllib.request.urlopen(_request(mirror + name), timeout=ANSWER_SECONDS) as reply:
                reply.read(1)
            answers.put((mirror, None))
        except Exception as error:  # whatever it is, this mirror is of no use
            answers.put((mirror, error))

    for mirror in mirrors:
        threading.Thread(target=ask, args=(mirror,), daemon=True).start()
    waiting, problems = list(mirrors), []
    end = time.monotonic() + min(ANSWER_SECONDS, time_limit)
    while waiting:
        try:
            mirror, error = answers.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            problems += [f"{_host(mirror)}: no answer" for mirror in waiting]
            break
        waiting.remove(mirror)
        if error is None:
            return [mirror, *waiting], problems
        problems.append(f"{_host(mirror)}: {_reason(error)}")
    return [], problems


def _fetch(url: str, path: Path, md5: str, deadline: float, bar) -> None:
    """Download one file, or raise and leave nothing."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    digest = hashlib.md5(usedforsecurity=False)
    try:
        seconds = min(STALL_SECONDS, max(0.1, deadline - time.monotonic()))
        reply = urllib.request.urlopen(_request(url), timeout=seconds)
        with reply, partial.open("wb") as out:
            received = 0
            while chunk := reply.read1(1 << 16):
                out.write(chunk)
                digest.update(chunk)
                received += len(chunk)
                bar.update(len(chunk))
                if time.monotonic() > deadline:
                    raise TimeoutError("the time limit is over")
                if received > MAX_DOWNLOAD_BYTES:
                    raise ValueError("it sends far more than MNIST has")
        if digest.hexdigest() != md5:
            raise ValueError("it sent a damaged or cut-off file")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _has_md5(path: Path, md5: str) -> bool:
    if not path.is_file():
        return False
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() == md5


def _request(url: str) -> urllib.request.Request:
    return urllib.request.Request(url, headers={"User-Agent": "mnist_helpers"})


def _host(url: str) -> str:
    return urllib.parse.urlsplit(url).netloc


def _reason(error: BaseException) -> str:
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, TimeoutError):
        return str(reason) if "limit" in str(reason) else "no answer"
    code = getattr(error, "code", None)
    return f"error {code} ({reason})" if code else str(reason)
