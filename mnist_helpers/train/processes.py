"""Training in several processes: each learns from its share of every batch.

    torchrun --nproc-per-node 2 -m mnist_helpers train

starts two copies of the same program. `open_world` tells each which one it is, and `World` holds
the few places where they differ or have to talk: the rest of the program is the same for one
process as for many. The engine is PyTorch's own DistributedDataParallel.
"""

import contextlib
import io
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import BatchSampler, DataLoader, Sampler

from mnist_helpers._support import count_cores
from mnist_helpers.train.errors import TrainingError

# Who waits longer for another process than this takes it for lost.
TIME_LIMIT = timedelta(minutes=5)
# Except for the first process of a machine, which may have to download the data.
DOWNLOAD_LIMIT = timedelta(minutes=10)
LOST = (
    "Another process of this training ended or does not answer, so this one stops, too. To go on "
    "after the last complete epoch, run the same command with --resume."
)


@dataclass(frozen=True)
class World:
    """The processes that train one model together, seen from one of them.

    Attributes:
        rank: which one this is, from 0.
        size: how many there are.
        store: what they write small notes into for each other; None for a process alone.
    """

    rank: int = 0
    size: int = 1
    store: dist.Store | None = None

    @property
    def is_main(self) -> bool:
        """Whether this is the process that prints and writes files."""
        return self.rank == 0

    def device(self, wanted: torch.device) -> torch.device:
        """Where this process computes: on the CPU, or on a GPU that it has for itself.

        Raises:
            TrainingError: if there are fewer GPUs than processes, or the device cannot be shared.
        """
        if self.store is None or wanted.type == "cpu":
            return wanted
        if wanted.type != "cuda":
            raise TrainingError(
                f"Several processes cannot train on the device '{wanted.type}' together. "
                "Add --device cpu."
            )
        here, gpus = int(os.environ["LOCAL_WORLD_SIZE"]), torch.cuda.device_count()
        if here > gpus:
            raise TrainingError(
                f"torchrun has started {here} processes here. Each needs a GPU of its own, and "
                f"there are {gpus}. Start with --nproc-per-node {gpus}, or add --device cpu."
            )
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
        return device

    def wrap(self, model: nn.Module) -> nn.Module:
        """The model as this process calls it to learn.

        After each ``backward`` all processes then have the same gradient, the mean of theirs.
        """
        if self.store is None:
            return model
        return DistributedDataParallel(model)

    def share(self, loader: DataLoader) -> DataLoader:
        """A loader of this process's share of every batch; for a process alone, the same loader.

        Args:
            loader: what `mnist_helpers.data.batch_loader` makes, the same in all processes.

        Raises:
            TrainingError: if it is another kind of loader, or if its batches are too small.
        """
        if self.store is None:
            return loader
        batches = loader.sampler
        if loader.batch_size is not None or not isinstance(batches, BatchSampler):
            raise TrainingError(
                "Several processes can share the batches of mnist_helpers.data.batch_loader only. "
                "Make the loader with it."
            )
        largest = min(batches.batch_size, len(loader.dataset))
        if largest < self.size:
            raise TrainingError(
                f"There are {self.size} processes, but a batch has only {largest} images to share "
                "between them. Start fewer processes, or take larger batches."
            )
        mine = _Shares(batches, self.rank, self.size)
        return DataLoader(loader.dataset, sampler=mine, batch_size=None)

    def total(self, *values: float) -> list[float]:
        """Add up numbers over all processes: the first of each, the second of each, and so on."""
        if self.store is None:
            return list(values)
        sums = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(sums)
        return sums.tolist()

    def agree(self, value: Any) -> Any:
        """What the main process has, for all of them."""
        if self.store is None:
            return value
        values = [value]
        dist.broadcast_object_list(values, src=0, device=torch.device("cpu"))
        return values[0]

    def check_same(self, value: Any, what: str) -> None:
        """Make sure that all processes have the same value.

        Raises:
            TrainingError: in all of them, if one has another; it says ``what`` differs.
        """
        if self.store is None:
            return
        values: list[Any] = [None] * self.size
        dist.all_gather_object(values, value)
        if others := [one for one in values if one != values[0]]:
            raise TrainingError(f"{what} One has {values[0]!r}, another {others[0]!r}.")

    def agree_on_buffers(self, model: nn.Module) -> None:
        """Give all processes what batch normalization has seen in the main one."""
        if self.store is None:
            return
        for buffer in model.buffers():
            dist.broadcast(buffer, src=0)

    @contextlib.contextmanager
    def own_random(self, step: int) -> Iterator[None]:
        """Inside, each process has random numbers of its own; afterwards all go on with the same.

        Each must drop other values and shift images otherwise, but shuffle the data alike.

        Args:
            step: how many batches were learned from before.
        """
        if self.store is None:
            yield
            return
        devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
        own = np.random.SeedSequence([torch.initial_seed(), step, self.rank])
        with torch.random.fork_rng(devices):
            torch.manual_seed(int(own.generate_state(1)[0]))
            yield

    @contextlib.contextmanager
    def first_on_machine(self) -> Iterator[bool]:
        """Let one process of each machine go first: what it downloads, the others find there.

        Gives whether this is the one. The others are quiet meanwhile: they would say the same.
        """
        if self.store is None:
            yield True
            return
        done = f"first done on machine {os.environ['GROUP_RANK']}"
        if os.environ["LOCAL_RANK"] == "0":
            try:
                yield True
            finally:
                self.store.set(done, "yes")
            return
        self.store.wait([done], DOWNLOAD_LIMIT)
        with contextlib.redirect_stderr(io.StringIO()):
            yield False


ALONE = World()


class _Shares(Sampler[list[int]]):
    """One process's part of each batch of another sampler: every ``size``-th image."""

    def __init__(self, batches: BatchSampler, rank: int, size: int):
        self.batches, self.rank, self.size = batches, rank, size

    def __iter__(self) -> Iterator[list[int]]:
        for batch in self.batches:
            yield batch[self.rank :: self.size]

    def __len__(self) -> int:
        return len(self.batches)


@contextlib.contextmanager
def open_world() -> Iterator[World]:
    """The processes that torchrun has started; without torchrun, this one alone.

    Only the main process prints to stdout inside. Of an error that ends the run, one process says
    what it is, the first that meets it.

    Raises:
        TrainingError: if another process is lost.
    """
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        yield ALONE
        return
    # torchrun ends the others with SIGTERM when one is lost.
    before = _on_signals(_lose, _stop)
    store, rank, size = next(dist.rendezvous("env://"))
    store = dist.PrefixStore(f"world {os.environ['TORCHELASTIC_RESTART_COUNT']}", store)
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=TIME_LIMIT)
    if os.environ.get("OMP_NUM_THREADS") == "1":
        # So torchrun starts them, whatever the machine has.
        torch.set_num_threads(max(1, count_cores() // int(os.environ["LOCAL_WORLD_SIZE"])))
    try:
        with contextlib.redirect_stdout(io.StringIO()) if rank else contextlib.nullcontext():
            yield World(rank, size, store)
    except BaseException as error:
        # No second signal may hit in the middle of the good-bye.
        _on_signals(signal.SIG_IGN, signal.SIG_IGN)
        if not _is_first_failure(store):
            # It is said already: what this process adds goes nowhere.
            sys.stderr = io.StringIO()
        if _is_loss(error):
            raise TrainingError(LOST) from error
        raise
    dist.destroy_process_group()
    _on_signals(*before)


def _on_signals(end: Any, ctrl_c: Any) -> tuple[Any, Any]:
    """Set what happens on SIGTERM and on Ctrl-C; return what happened before."""
    return signal.signal(signal.SIGTERM, end), signal.signal(signal.SIGINT, ctrl_c)


def _stop(*_: Any) -> None:
    _on_signals(signal.SIG_IGN, signal.SIG_IGN)
    raise KeyboardInterrupt


def _lose(*_: Any) -> None:
    _on_signals(signal.SIG_IGN, signal.SIG_IGN)
    raise TrainingError(LOST)


def _is_first_failure(store: dist.Store) -> bool:
    try:
        return store.add("failures", 1) == 1
    except RuntimeError:  # torchrun itself is gone
        return True


def _is_loss(error: BaseException) -> bool:
    """Whether an error says that another process cannot be reached."""
    words = ("gloo", "nccl", "connection closed by peer", "connection reset by peer")
    found = isinstance(error, RuntimeError) and any(word in str(error).lower() for word in words)
    return found or isinstance(error, dist.DistError)
