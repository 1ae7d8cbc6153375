"""Where training computes: on which device, and in several processes that share every batch.

    torchrun --nproc-per-node 2 -m mnist_helpers train

starts two copies of the same program, and `join_processes` connects them, with PyTorch's
DistributedDataParallel. With one process, the other functions change nothing.
"""

import contextlib
import gc
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import BatchSampler, DataLoader, Sampler

from mnist_helpers._support import count_cores
from mnist_helpers.data import DigitDataset
from mnist_helpers.train.errors import TrainingError

# A process that does not answer for this long is considered lost. It leaves time for a download.
TIME_LIMIT = timedelta(minutes=10)
LOST = (
    "Another process of this training has ended or does not answer, so this one stops as well. To "
    "go on after the last complete epoch, run the same command with --resume."
)
# PyTorch's errors contain one of these if another process cannot be reached.
LOSSES = ("gloo", "nccl", "connection closed by peer", "connection reset by peer")


def pick_device(name: str | torch.device | None = None) -> torch.device:
    """The device to compute on. If several processes train on GPUs, each gets its own.

    Args:
        name: such as ``"cpu"``, ``"cuda"``, ``"mps"``; by default the accelerator, or else the CPU.

    Raises:
        TrainingError: if that device is not there, or if the processes cannot share it.
    """
    there = torch.accelerator.is_available()
    accelerator = torch.accelerator.current_accelerator() if there else None
    try:
        device = torch.device(name or accelerator or "cpu")
        torch.empty(1, device=device).add_(1).cpu()
    except (RuntimeError, AssertionError, NotImplementedError, TypeError) as error:
        some = "cpu" if accelerator is None else f"cpu and {accelerator.type}"
        raise TrainingError(f"There is no device {str(name)!r} here; there is {some}.") from error
    if count_processes() == 1 or device.type == "cpu":
        return device
    if device.type != "cuda":
        why = f"Several processes cannot train together on the device '{device.type}'."
        raise TrainingError(f"{why} Add --device cpu.")
    here, gpus = int(os.environ["LOCAL_WORLD_SIZE"]), torch.cuda.device_count()
    if here > gpus:
        raise TrainingError(
            f"torchrun has started {here} processes on this machine. Each needs its own GPU, and "
            f"there are {gpus}. Start with --nproc-per-node {gpus}, or add --device cpu."
        )
    own = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    torch.cuda.set_device(own)
    return own


def count_processes() -> int:
    """How many processes train together; 1 without torchrun."""
    return dist.get_world_size() if dist.is_initialized() else 1


def is_main_process() -> bool:
    """Whether this is the process that prints and writes files."""
    return not dist.is_initialized() or dist.get_rank() == 0


def sum_over_processes(*values: float) -> list[float]:
    """Add up numbers over all processes: the first of each, the second of each, and so on."""
    if count_processes() == 1:
        return list(values)
    sums = torch.tensor(values, dtype=torch.float64)
    dist.all_reduce(sums)
    return sums.tolist()


def check_all_same(value: Any, rule: str) -> Any:
    """Return a value, or raise a TrainingError in each process if one of them has another."""
    values: list[Any] = [value] * count_processes()
    if len(values) > 1:
        dist.all_gather_object(values, value)
    if others := [one for one in values if one != values[0]]:
        raise TrainingError(f"{rule} One has {values[0]!r}, another {others[0]!r}.")
    return value


def bring_images(loader: Any, device: torch.device) -> Any:
    """The loader, its images on the device, if it is one of `mnist_helpers.data.batch_loader`.

    The labels stay where `fit` can check them without waiting for the device.
    """
    ours = isinstance(loader, DataLoader) and isinstance(loader.sampler, BatchSampler)
    if device.type == "cpu" or not ours or not isinstance(loader.dataset, DigitDataset):
        return loader
    digits = replace(loader.dataset, images=loader.dataset.images.to(device))
    return DataLoader(digits, sampler=loader.sampler, batch_size=None)


def divide_work(model: nn.Module, *loaders: DataLoader | None) -> tuple:
    """The model and the loaders that this process trains with; a single one gets its own back.

    Each loader, made by `mnist_helpers.data.batch_loader`, gives this process's share of every
    batch. All begin with the main process's weights, and ``backward`` sums all gradients.
    """
    if count_processes() == 1:
        return model, *loaders
    learner = DistributedDataParallel(model)
    learner.register_comm_hook(None, _add_up)
    return learner, *(loader and _share(loader) for loader in loaders)


def _add_up(_: Any, bucket: dist.GradBucket) -> torch.futures.Future[torch.Tensor]:
    """Sum the gradients; by default, DistributedDataParallel takes their mean."""
    work = dist.all_reduce(bucket.buffer(), async_op=True)
    return work.get_future().then(lambda done: done.value()[0])


def _share(loader: DataLoader) -> DataLoader:
    batches, size = loader.sampler, count_processes()
    if loader.batch_size is not None or not isinstance(batches, BatchSampler):
        why = "Several processes can share only the batches of mnist_helpers.data.batch_loader."
        raise TrainingError(f"{why} Make the loader with it.")
    largest = min(batches.batch_size, len(loader.dataset))  # type: ignore[arg-type]  # it has a length
    if largest < size:
        raise TrainingError(
            f"There are {size} processes, but a batch has only {largest} images for them to "
            "share. Start fewer processes, or use larger batches."
        )
    shares = Shares(batches, dist.get_rank(), size)
    return DataLoader(loader.dataset, sampler=shares, batch_size=None)


class Shares(Sampler[list[int]]):
    """One process's part of each batch of another sampler: every ``size``-th image.

    All shuffle alike; then, until the epoch ends, each has its own dropout and ``augment``.
    """

    def __init__(self, batches: BatchSampler, rank: int, size: int):
        self.batches, self.rank, self.size = batches, rank, size

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[list[int]]:
        batches = list(self.batches)
        devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
        with torch.random.fork_rng(devices):
            common = int(torch.randint(2**62, ()))
            own = np.random.SeedSequence([common, self.rank]).generate_state(1)[0]
            torch.manual_seed(int(own))
            for batch in batches:
                yield batch[self.rank :: self.size]


@contextlib.contextmanager
def first_on_machine() -> Iterator[bool]:
    """Let one process of each machine download first, and warn; yield whether this is the one."""
    if count_processes() == 1 or os.environ["LOCAL_RANK"] == "0":
        try:
            yield True
        finally:
            sum_over_processes(0)  # the others wait for this
    else:
        sum_over_processes(0)
        with contextlib.redirect_stderr(io.StringIO()):
            yield False


@contextlib.contextmanager
def join_processes() -> Iterator[None]:
    """Connect the processes that torchrun has started; without torchrun, do nothing.

    Only the main process prints to stdout, and only the first that meets an error reports it. A
    process whose others are lost raises a TrainingError.
    """
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        yield
        return
    # If DistributedDataParallel imported this later, the group would stay until Python ends, where
    # its threads can abort the process (pytorch/pytorch#190489).
    import torch._dynamo

    # When one process is lost, torchrun ends the others with SIGTERM.
    before = _on_signals(_raise_once(TrainingError(LOST)), _raise_once(KeyboardInterrupt()))
    store, rank, size = next(dist.rendezvous("env://"))
    store = dist.PrefixStore(f"run {os.environ['TORCHELASTIC_RESTART_COUNT']}", store)
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=TIME_LIMIT)
    if os.environ.get("OMP_NUM_THREADS") == "1":
        # torchrun sets this for each process, however many cores there are.
        torch.set_num_threads(max(1, count_cores() // int(os.environ["LOCAL_WORLD_SIZE"])))
    try:
        with contextlib.redirect_stdout(io.StringIO()) if rank else contextlib.nullcontext():
            yield
    except BaseException as error:
        # A second signal must not interrupt the reporting.
        _on_signals(signal.SIG_IGN, signal.SIG_IGN)
        with contextlib.suppress(RuntimeError):  # raised if torchrun itself is gone
            if store.add("failures", 1) > 1:
                sys.stderr = io.StringIO()  # another process has reported the failure
        lost = isinstance(error, dist.DistError) or any(w in str(error).lower() for w in LOSSES)
        if lost and isinstance(error, RuntimeError):
            raise TrainingError(LOST) from error
        raise
    dist.destroy_process_group()
    gc.collect()  # ends the threads of the group, which a network may still hold
    _on_signals(*before)


def _on_signals(end: Any, ctrl_c: Any) -> tuple[Any, Any]:
    """Set what happens on SIGTERM and on Ctrl-C; return what happened before."""
    return signal.signal(signal.SIGTERM, end), signal.signal(signal.SIGINT, ctrl_c)


def _raise_once(error: BaseException) -> Callable[..., None]:
    def handle(*_: Any) -> None:
        _on_signals(signal.SIG_IGN, signal.SIG_IGN)
        raise error

    return handle
