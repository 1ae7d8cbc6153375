"""Reading many pictures: each answer as soon as it is known, and in several processes if it pays.

Most of the time goes into finding the digit in a picture. Python and NumPy do that, so threads
cannot share the work, but processes can. They take seconds to start, too long for a few pictures.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from pathlib import Path
from typing import Any

import torch

from mnist_helpers.recognizer.answers import DigitReader, failed
from mnist_helpers.recognizer.recognizer import DigitRecognizer

# More pictures than this are read in several processes.
MANY = 1000
# A process gets this many pictures at once, so that sending them costs next to nothing.
CHUNK = 16
# This many chunks wait for each process: enough to keep it busy, in little memory.
AHEAD = 4

# The name of a picture, and the answer of `DigitReader.read_picture`.
Answer = tuple[str, dict[str, Any]]
_reader: DigitReader  # of each of the other processes


def read_pictures(
    reader: DigitReader,
    names: Iterable[str],
    *,
    weights: str | Path | None = None,
    processes: int = 1,
) -> Generator[Answer, None, None]:
    """Read pictures in their order, and yield each answer as soon as it is known.

    The names are paths, or ``-`` for the standard input. They are taken little by little, so there
    may be millions. If there are more than `MANY`, as many ``processes`` help, each with the
    network in ``weights`` (None for the package's own). That does not change any answer, because
    each picture goes through the network alone.

    Raises:
        ChildProcessError: if one of the processes ends before its work is done.
    """
    names = iter(names)
    first = list(islice(names, MANY + 1))
    names = chain(first, names)
    threads = torch.get_num_threads()
    # For one small picture, a second thread costs more than it saves.
    torch.set_num_threads(1)
    try:
        if processes > 1 and len(first) > MANY:
            yield from _read_together(reader, names, weights, processes)
        else:
            yield from (_read(reader, name) for name in names)
    except BrokenProcessPool as error:
        raise ChildProcessError(
            "One of the processes that read pictures has ended, perhaps because the memory is "
            "full. The pictures above were read; try the others in smaller folders."
        ) from error
    finally:
        torch.set_num_threads(threads)


def _read(reader: DigitReader, name: str) -> Answer:
    # A program without a standard input has None there.
    picture = getattr(sys.stdin, "buffer", b"") if name == "-" else name
    answer = None if os.path.isdir(name) else reader.read_picture(picture)
    return name, answer or failed("No pictures can be found in this folder.")


def _read_together(
    reader: DigitReader, names: Iterator[str], weights: str | Path | None, processes: int
) -> Iterator[Answer]:
    others = set(multiprocessing.active_children())
    pool, started = _start_pool(weights, processes)
    try:
        # This process reads while the others start.
        while not started.done() and (name := next(names, None)) is not None:
            yield _read(reader, name)
        waiting: deque[tuple[list[str], Future[list[Answer | None]]]] = deque()
        while (chunk := list(islice(names, CHUNK))) or waiting:
            if chunk:
                waiting.append((chunk, pool.submit(_read_chunk, chunk)))
            if not chunk or len(waiting) == AHEAD * processes:
                read, answers = waiting.popleft()
                # Only this process has the standard input.
                pairs = zip(read, answers.result(), strict=True)
                yield from (answer or _read(reader, name) for name, answer in pairs)
    finally:
        # Waiting for processes that are still starting would take seconds.
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        pool.shutdown(cancel_futures=True)


def _start_pool(weights: str | Path | None, processes: int) -> tuple[ProcessPoolExecutor, Any]:
    """Start the processes; also return a future that is done when one of them can read."""
    # Spawn, because torch has threads, and a fork of a process with threads may hang.
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, spawn, _start_worker, (weights,))
    # The processes inherit that Ctrl-C is ignored, so that they show no traceback. Only the main
    # thread may say so; from another one, they ignore it a little later, when they have started.
    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if main else None
    try:
        started = [pool.submit(int) for _ in range(processes)]  # each starts a process
        return pool, started[0]
    finally:
        if main:
            signal.signal(signal.SIGINT, before)


def _start_worker(weights: str | Path | None) -> None:
    global _reader
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(1)
    _reader = DigitReader(DigitRecognizer.load(weights))


def _end_with_parent() -> None:
    # If the parent is killed, nothing else ends this process.
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _read_chunk(names: list[str]) -> list[Answer | None]:
    return [None if name == "-" else _read(_reader, name) for name in names]
