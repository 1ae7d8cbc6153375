"""The device that a network computes on."""

import torch

from mnist_helpers.train.errors import TrainingError


def pick_device(name: str | torch.device | None = None) -> torch.device:
    """The device to compute on.

    Args:
        name: for example ``"cpu"``, ``"cuda"`` or ``"mps"``; by default the accelerator if there
            is one, and else the CPU.

    Raises:
        TrainingError: if this machine, or this PyTorch, does not have that device.
    """
    accelerator = None
    if torch.accelerator.is_available():
        accelerator = torch.accelerator.current_accelerator()
    if name is None:
        return accelerator or torch.device("cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device).add_(1).cpu()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        here = "cpu" if accelerator is None else f"cpu and {accelerator.type}"
        raise TrainingError(f"There is no device {str(name)!r} here; there is {here}.") from error
    return device
