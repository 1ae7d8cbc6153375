"""Download MNIST within a time limit, from whichever mirror works."""

import hashlib
import http.client
import os
import queue
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from mnist_helpers.mnist_files import DataError
from mnist_helpers.runtime import in_notebook, progress_bar

MAX_DOWNLOAD_BYTES = 50_000_000  # no file of MNIST has more than 10 MB
ANSWER_SECONDS = 4.0  # how long a mirror may take to say its first word
STALL_SECONDS = 10.0  # how long it may then fall silent, or send next to nothing:
SLOWEST = 5_000  # bytes per second; MNIST would take over half an hour
MIRROR_ERRORS = (urllib.error.URLError, http.client.HTTPException, ValueError)


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
                    _fetch(mirror + name, folder / name, md5, deadline, bar)
                    wanted.remove((name, md5))
                except MIRROR_ERRORS as error:
                    problems.append(f"{_host(mirror)}: {name}: {_reason(error)}")
                    if _is_timeout(error):
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
    """Yield the mirrors that work, the first to answer first; add to ``problems`` what others said.

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
    waiting = list(mirrors)
    end = time.monotonic() + min(ANSWER_SECONDS, time_limit)
    while waiting:
        try:
            mirror, error = answers.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            problems += [f"{_host(mirror)}: no answer" for mirror in waiting]
            return
        waiting.remove(mirror)
        if error is None:
            yield mirror
        else:
            problems.append(f"{_host(mirror)}: {_reason(error)}")


def _fetch(url: str, path: Path, md5: str, deadline: float, bar) -> None:
    """Download one file, or raise and leave nothing."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    digest = hashlib.md5(usedforsecurity=False)
    try:
        with partial.open("wb") as out:
            for chunk in _chunks(url, deadline):
                out.write(chunk)
                digest.update(chunk)
                bar.update(len(chunk))
        if digest.hexdigest() != md5:
            raise ValueError("it sent a damaged or cut-off file")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _chunks(url: str, deadline: float) -> Iterator[bytes]:
    """Yield what a mirror sends, in time; every trouble with the network is in ``MIRROR_ERRORS``.

    A thread does the waiting, so that no mirror, however slow, can hold the caller up.
    """
    arrived: queue.Queue = queue.Queue()
    stop = threading.Event()

    def read() -> None:
        try:
            received = 0
            with urllib.request.urlopen(_request(url), timeout=STALL_SECONDS) as reply:
                while (chunk := reply.read1(1 << 16)) and not stop.is_set():
                    received += len(chunk)
                    if received > MAX_DOWNLOAD_BYTES:
                        raise ValueError("it sends far more than MNIST has")
                    arrived.put(chunk)
            arrived.put(b"")
        except MIRROR_ERRORS as error:
            arrived.put(error)
        except OSError as error:
            arrived.put(urllib.error.URLError(error))

    threading.Thread(target=read, daemon=True).start()
    lately, check_at = 0, time.monotonic() + STALL_SECONDS
    try:
        while True:
            try:
                end = min(deadline, check_at)
                item = arrived.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                item = None
            if isinstance(item, Exception):
                raise item
            if item == b"":
                return
            if item:
                lately += len(item)
                yield item
            if time.monotonic() >= deadline:
                raise urllib.error.URLError(TimeoutError("the time limit is over"))
            if time.monotonic() >= check_at:
                if lately < SLOWEST * STALL_SECONDS:
                    problem = "it is far too slow" if lately else "no answer"
                    raise urllib.error.URLError(TimeoutError(problem))
                lately, check_at = 0, time.monotonic() + STALL_SECONDS
    finally:
        stop.set()


def _has_md5(path: Path, md5: str) -> bool:
    if not path.is_file():
        return False
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() == md5


def _request(url: str) -> urllib.request.Request:
    return urllib.request.Request(url, headers={"User-Agent": "mnist_helpers"})


def _host(url: str) -> str:
    return urllib.parse.urlsplit(url).netloc


def _is_timeout(error: BaseException) -> bool:
    return isinstance(getattr(error, "reason", None) or error, TimeoutError)


def _reason(error: BaseException) -> str:
    reason = getattr(error, "reason", None) or error
    code = getattr(error, "code", None)
    if code:
        return f"error {code} ({reason})"
    return "no answer" if "timed out" in str(reason) else str(reason)
