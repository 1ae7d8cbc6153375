"""The device that a network computes on."""

import os

import torch

from mnist_helpers.train.errors import TrainingError
from mnist_helpers.train.processes import count_processes


def pick_device(name: str | torch.device | None = None) -> torch.device:
    """The device to compute on; of several processes, each gets its own GPU.

    Args:
        name: for example ``"cpu"``, ``"cuda"`` or ``"mps"``; by default the accelerator if there
            is one, and otherwise the CPU.

    Raises:
        TrainingError: if this machine, or this PyTorch, does not have that device, or the
            processes cannot share it.
    """
    accelerator = None
    if torch.accelerator.is_available():
        accelerator = torch.accelerator.current_accelerator()
    try:
        device = torch.device(name or accelerator or "cpu")
        torch.empty(1, device=device).add_(1).cpu()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        here = "cpu" if accelerator is None else f"cpu and {accelerator.type}"
        raise TrainingError(f"There is no device {str(name)!r} here; there is {here}.") from error
    if count_processes() == 1 or device.type == "cpu":
        return device
    if device.type != "cuda":
        raise TrainingError(
            f"Several processes cannot train together on the device '{device.type}'. "
            "Add --device cpu."
        )
    here, gpus = int(os.environ["LOCAL_WORLD_SIZE"]), torch.cuda.device_count()
    if here > gpus:
        raise TrainingError(
            f"torchrun has started {here} processes on this machine. Each needs its own GPU, and "
            f"there are {gpus}. Start with --nproc-per-node {gpus}, or add --device cpu."
        )
    own = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    torch.cuda.set_device(own)
    return own
