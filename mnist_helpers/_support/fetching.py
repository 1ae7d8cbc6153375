"""Files from the internet: whole, checked, and within a time limit.

Threads do the waiting, because even looking up a server's name can hang for minutes.
"""

import hashlib
import queue
import socket
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from mnist_helpers._support import limits
from mnist_helpers._support.atomic_write import atomic_file
from mnist_helpers._support.runtime import in_notebook, progress_bar

# The folders into which this process has fetched, or tried to.
_asked: set[Path] = set()


class FetchError(Exception):
    """A server did not deliver; the message says in a few words what it did instead."""


class AnsweredError(FetchError):
    """A server answered, but not with the file."""


class AwayError(FetchError):
    """No server was asked, because none answered a few minutes ago."""


class _TooSlowError(FetchError):
    """No further file is worth a try: the server is too slow, or the time is up."""


def fetch(
    files: Mapping[str, tuple[str, str]],
    mirrors: Sequence[str],
    folder: Path,
    *,
    title: str,
    time_limit: float,
    max_bytes: int,
) -> None:
    """Download files into a folder that exists, each from the first mirror that delivers it.

    ``files`` has for each name a hash function and what the hexadecimal digest begins with. A file
    is written beside its place, checked, and only then renamed, so that an interruption leaves
    nothing that looks complete. A mirror that is silent or far too slow is given up after 10 of the
    ``time_limit`` seconds that all files have; without the internet, the call takes about 4.

    That nobody answered is remembered for ten minutes, for other processes, in a file beside the
    folder: they then ask nobody, unless this computer's connection has changed. A second call in
    one process, as when a cell is run again, always asks.

    Raises:
        AwayError: if nobody was asked.
        FetchError: if a file is still missing; the message says what each mirror did.
        OSError: if a file cannot be written.
    """
    deadline = time.monotonic() + time_limit
    wanted, problems = dict(files), []
    note, connection = folder.with_name(f".{folder.name}.away"), _own_address()
    if folder not in _asked:
        _asked.add(folder)
        _raise_if_away(note, connection)
    nobody, probes = True, {mirror + list(files)[-1]: mirror for mirror in mirrors}
    quiet = not (in_notebook() or sys.stderr.isatty())
    # The delay keeps the bar away until bytes arrive; if none do, it never appears.
    with progress_bar(None, title, "B", unit_scale=True, disable=quiet, delay=0.1) as bar:
        for probe, problem in first_answers(list(probes), min(limits.ANSWER_SECONDS, time_limit)):
            host = urllib.parse.urlsplit(probe).netloc
            nobody &= problem is not None and not isinstance(problem, AnsweredError)
            if problem:
                problems.append(f"{host}: {problem}")
                continue
            for name, digest in list(wanted.items()):
                try:
                    with atomic_file(folder / name) as file:
                        for piece in _checked(probes[probe] + name, digest, deadline, max_bytes):
                            file.write(piece)
                            bar.update(len(piece))
                    del wanted[name]
                except FetchError as error:
                    problems.append(f"{host}: {name}: {error}")
                    if isinstance(error, _TooSlowError):
                        break
            if not wanted:
                break
    with suppress(OSError):  # if it cannot be written, everybody asks
        if nobody:
            note.write_text(connection, encoding="utf-8")
        else:
            note.unlink(missing_ok=True)
    if wanted:
        raise FetchError("; ".join(problems))


def _raise_if_away(note: Path, connection: str) -> None:
    """Raise an AwayError if a fresh note says that nobody answered over this connection."""
    with suppress(OSError, ValueError):  # no note, or one that is being written
        seconds = time.time() - note.stat().st_mtime
        if note.read_text(encoding="utf-8") == connection and 0 <= seconds < limits.AWAY_SECONDS:
            now = "run this cell again" if in_notebook() else f"delete {note}"
            raise AwayError(f"nobody answered {seconds / 60:.0f} min ago; to ask now, {now}")


def _own_address() -> str:
    """This computer's address on the way to the internet, "" if there is none; nothing is sent."""
    with suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return ""


def first_answers(urls: Sequence[str], seconds: float) -> Iterator[tuple[str, FetchError | None]]:
    """Ask for all addresses at once, and wait at most ``seconds`` for their first bytes.

    Yields each address, with what went wrong there or None, in the order of the answers. Addresses
    that did not answer come last.
    """
    heard: queue.Queue = queue.Queue()
    once = threading.Event()
    once.set()
    for url in urls:
        threading.Thread(target=_listen, args=(url, heard, once), daemon=True).start()
    waiting, end = list(urls), time.monotonic() + seconds
    while waiting:
        try:
            url, answer = heard.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            yield from ((url, FetchError("no answer")) for url in waiting)
            return
        waiting.remove(url)
        yield url, answer if isinstance(answer, FetchError) else None


def _checked(url: str, digest: tuple[str, str], deadline: float, max_bytes: int) -> Iterator[bytes]:
    """Yield what a server sends, in pieces; at the end, check that it is the right file."""
    algorithm, wanted = digest
    found, received = hashlib.new(algorithm, usedforsecurity=False), 0
    for piece in receive(url, deadline):
        received += len(piece)
        if received > max_bytes:
            raise FetchError("it sends far more than the file has")
        found.update(piece)
        yield piece
    if not found.hexdigest().startswith(wanted):
        raise FetchError("it sent a damaged or cut-off file")


def receive(url: str, deadline: float) -> Generator[bytes, None, None]:
    """Yield what a server sends, in pieces, or give it up as soon as it is too slow.

    ``deadline`` is a time of ``time.monotonic``. A proxy is used if the environment names one.

    Raises:
        AnsweredError: if the server answers that it does not have the file.
        FetchError: if it cannot be reached, breaks off or is far too slow.
    """
    heard: queue.Queue = queue.Queue()
    stop = threading.Event()
    threading.Thread(target=_listen, args=(url, heard, stop), daemon=True).start()
    try:
        while True:
            check_at, lately = min(deadline, time.monotonic() + limits.STALL_SECONDS), 0
            while (left := check_at - time.monotonic()) > 0:
                try:
                    _, piece = heard.get(timeout=left)
                except queue.Empty:
                    break
                if isinstance(piece, FetchError):
                    raise piece
                if not piece:
                    return
                lately += len(piece)
                yield piece
            if time.monotonic() >= deadline:
                raise _TooSlowError("the time limit is over")
            if lately < limits.SLOWEST_BYTES_PER_SECOND * limits.STALL_SECONDS:
                raise _TooSlowError("it is far too slow" if lately else "no answer")
    finally:
        stop.set()


def _listen(url: str, heard: queue.Queue, stop: threading.Event) -> None:
    """Put into a queue what a server sends, in pieces, and then ``b""`` or a `FetchError`."""
    request = urllib.request.Request(url, headers={"User-Agent": "mnist_helpers"})
    try:
        with urllib.request.urlopen(request, timeout=limits.STALL_SECONDS) as reply:
            while piece := reply.read1(1 << 16):
                heard.put((url, piece))
                if stop.is_set():
                    return
        heard.put((url, b""))
    except Exception as error:  # whatever it is, this server does not deliver
        heard.put((url, _in_words(error)))


def _in_words(error: Exception) -> FetchError:
    inner = getattr(error, "reason", error)
    if isinstance(error, urllib.error.HTTPError):
        return AnsweredError(f"error {error.code} ({inner})")
    if isinstance(inner, TimeoutError):
        return _TooSlowError("no answer")
    return FetchError("not reachable" if isinstance(inner, socket.gaierror) else str(inner))
