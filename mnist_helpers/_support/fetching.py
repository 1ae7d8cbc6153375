"""One file from the web: whole, checked, and within a time limit."""

import hashlib
import http.client
import os
import queue
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mnist_helpers._support import limits

NETWORK_ERRORS = (urllib.error.URLError, http.client.HTTPException, ValueError)


def fetch(
    url: str,
    path: Path,
    *,
    digest: tuple[str, str],
    deadline: float,
    max_bytes: int,
    on_bytes: Callable[[int], object],
    answer_seconds: float | None = None,
) -> None:
    """Download one file, or raise and leave nothing.

    It is written beside its place, checked, and only then renamed, so that an interruption leaves
    nothing that looks complete.

    Args:
        url: where it is.
        path: where it goes; the folder must be there.
        digest: the hash function's name, and what its hexadecimal digest must begin with.
        deadline: when to give up, in ``time.monotonic()``'s seconds.
        max_bytes: a file that is larger is not what was asked for.
        on_bytes: is called with the number of bytes of each piece that arrives.
        answer_seconds: how long the server may take to say its first word; by default as long as
            it may fall silent later, 10 seconds.

    Raises:
        NETWORK_ERRORS: one of these, if the server did not deliver; `reason` puts it into words.
        OSError: any other, if the file cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    algorithm, wanted = digest
    found = hashlib.new(algorithm, usedforsecurity=False)
    try:
        with partial.open("wb") as out:
            for chunk in _chunks(url, deadline, max_bytes, answer_seconds):
                out.write(chunk)
                found.update(chunk)
                on_bytes(len(chunk))
        if not found.hexdigest().startswith(wanted):
            raise ValueError("it sent a damaged or cut-off file")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _chunks(
    url: str, deadline: float, max_bytes: int, answer_seconds: float | None
) -> Iterator[bytes]:
    """Yield what a server sends, in time; every trouble with the network is in `NETWORK_ERRORS`.

    A thread does the waiting, so that no server, however slow, can hold the caller up.
    """
    arrived: queue.Queue = queue.Queue()
    stop = threading.Event()

    def read() -> None:
        try:
            received = 0
            with urllib.request.urlopen(request(url), timeout=limits.STALL_SECONDS) as reply:
                while (chunk := reply.read1(1 << 16)) and not stop.is_set():
                    received += len(chunk)
                    if received > max_bytes:
                        raise ValueError("it sends far more than the file has")
                    arrived.put(chunk)
            arrived.put(b"")
        except NETWORK_ERRORS as error:
            arrived.put(error)
        except OSError as error:
            arrived.put(urllib.error.URLError(error))

    threading.Thread(target=read, daemon=True).start()
    least = 1 if answer_seconds else limits.SLOWEST_BYTES_PER_SECOND * limits.STALL_SECONDS
    lately, check_at = 0, time.monotonic() + (answer_seconds or limits.STALL_SECONDS)
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
                if lately < least:
                    problem = "it is far too slow" if lately else "no answer"
                    raise urllib.error.URLError(TimeoutError(problem))
                lately, check_at = 0, time.monotonic() + limits.STALL_SECONDS
                least = limits.SLOWEST_BYTES_PER_SECOND * limits.STALL_SECONDS
    finally:
        stop.set()


def first_answers(urls: Sequence[str], seconds: float) -> Iterator[tuple[str, Exception | None]]:
    """Ask all servers at once whether they have a file, and stop waiting after some seconds.

    Threads do the asking, since even looking a host's name up can hang.

    Args:
        urls: where the file may be.
        seconds: how long to wait, from the first call on.

    Yields:
        An address, and what went wrong there or None: in the order of the answers, and those
        without an answer last.
    """
    answers: queue.Queue = queue.Queue()

    def ask(url: str) -> None:
        try:
            with urllib.request.urlopen(request(url), timeout=seconds) as reply:
                reply.read(1)
            answers.put((url, None))
        except Exception as error:  # whatever it is, this server is of no use
            answers.put((url, error))

    for url in urls:
        threading.Thread(target=ask, args=(url,), daemon=True).start()
    waiting = list(urls)
    end = time.monotonic() + seconds
    while waiting:
        try:
            url, error = answers.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            yield from ((url, TimeoutError("no answer")) for url in waiting)
            return
        waiting.remove(url)
        yield url, error


def request(url: str) -> urllib.request.Request:
    """A request that says who asks."""
    return urllib.request.Request(url, headers={"User-Agent": "mnist_helpers"})


def host(url: str) -> str:
    """The server's name in an address, with its port if there is one."""
    return urllib.parse.urlsplit(url).netloc


def is_timeout(error: BaseException) -> bool:
    """Whether the server was given up for its slowness."""
    return isinstance(getattr(error, "reason", None) or error, TimeoutError)


def reason(error: BaseException) -> str:
    """What went wrong with the network, in a few words."""
    inner = getattr(error, "reason", None) or error
    if code := getattr(error, "code", None):
        return f"error {code} ({inner})"
    if isinstance(inner, socket.gaierror):
        return "not reachable"
    return "no answer" if "timed out" in str(inner) else str(inner)
