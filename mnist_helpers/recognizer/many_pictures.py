"""Reading many pictures: one after the other as they come, and very many on all processor cores.

Finding the digit in a picture takes most of the time, and that is Python's and NumPy's work, which
threads cannot share: processes can. To start one takes seconds, so a few pictures do without.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from pathlib import Path

import torch

from mnist_helpers.framing import PictureError
from mnist_helpers.recognizer.recognizer import DigitRecognizer, Prediction

# More pictures than this are read in several processes.
MANY = 1000
# Pictures that a process gets at once: enough that handing them over costs nothing.
CHUNK = 16
# Chunks that wait for each process: enough that none is idle, and little memory.
AHEAD = 4

# The name of a picture, and either what was read in it or what is wrong with it.
Answer = tuple[str, Prediction | None, str | None]


def read_pictures(
    recognizer: DigitRecognizer,
    names: Iterable[str],
    *,
    weights: str | Path | None = None,
    processes: int = 1,
) -> Iterator[Answer]:
    """Read pictures in their order, each answer as soon as it is there.

    The answers do not depend on the number of processes: each picture goes through the network
    alone. Names are taken from ``names`` little by little, so there may be millions.

    Args:
        recognizer: reads them in this process.
        names: files; ``-`` for the standard input.
        weights: the file of the recognizer's weights, for the other processes; None for the
            package's own network.
        processes: how many shall read, if there are more than `MANY` pictures.

    Yields:
        For each name: the name, the prediction or None, and None or what is wrong, a sentence.

    Raises:
        ChildProcessError: if one of the processes is lost.
    """
    names = iter(names)
    first = list(islice(names, MANY + 1))
    names = chain(first, names)
    threads = torch.get_num_threads()
    # For one small picture, a second thread costs more than it brings.
    torch.set_num_threads(1)
    try:
        if processes > 1 and len(first) > MANY:
            yield from _read_together(recognizer, names, weights, processes)
        else:
            yield from (read_picture(recognizer, name) for name in names)
    except BrokenProcessPool as error:
        raise ChildProcessError(
            "One of the processes that read pictures has ended, perhaps because the memory is "
            "full. The pictures above were read; try the others in smaller folders."
        ) from error
    finally:
        torch.set_num_threads(threads)


def read_picture(recognizer: DigitRecognizer, name: str) -> Answer:
    """Read one picture; what is wrong with it becomes a part of the answer."""
    if os.path.isdir(name):
        return name, None, "No pictures can be found in this folder."
    try:
        return name, recognizer.predict(sys.stdin.buffer if name == "-" else name), None
    except PictureError as error:
        return name, None, str(error)


def _read_together(
    recognizer: DigitRecognizer, names: Iterator[str], weights: str | Path | None, processes: int
) -> Iterator[Answer]:
    with _start_pool(weights, processes) as (pool, ready):
        # Read here while they start.
        while not ready.done() and (name := next(names, None)) is not None:
            yield read_picture(recognizer, name)
        waiting: deque[Future] = deque()
        while chunk := list(islice(names, CHUNK)):
            waiting.append(pool.submit(_read_chunk, chunk))
            if len(waiting) == AHEAD * processes:
                yield from _collect(recognizer, waiting.popleft())
        while waiting:
            yield from _collect(recognizer, waiting.popleft())


def _collect(recognizer: DigitRecognizer, answers: Future) -> Iterator[Answer]:
    for answer in answers.result():
        # Only this process has the standard input.
        yield read_picture(recognizer, "-") if answer is None else answer


@contextlib.contextmanager
def _start_pool(
    weights: str | Path | None, processes: int
) -> Iterator[tuple[ProcessPoolExecutor, Future]]:
    """The processes, and a future that is done when the first of them can read."""
    others = set(multiprocessing.active_children())
    # Spawned, not forked: a fork of a process with threads, as torch has them, may hang.
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, spawn, _start_worker, (weights,))
    try:
        # The processes inherit that, so that they end without a traceback.
        with _ctrl_c_ignored():
            ready = [pool.submit(int) for _ in range(processes)]  # each starts one
        yield pool, ready[0]
    finally:
        # Those that are still starting would hold up the end by seconds.
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _ctrl_c_ignored() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _start_worker(weights: str | Path | None) -> None:
    """Make a process ready to read."""
    global _recognizer
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(1)
    _recognizer = DigitRecognizer.load(weights)


def _end_with_parent() -> None:
    # If the parent is killed, nobody else ends this process.
    multiprocessing.parent_process().join()
    os._exit(1)


def _read_chunk(names: list[str]) -> list[Answer | None]:
    return [None if name == "-" else read_picture(_recognizer, name) for name in names]
