"""What the code runs on: the device, the random numbers, a notebook or a terminal."""

import os
import random
import sys
from importlib.util import find_spec

import numpy as np
import torch
from tqdm import tqdm

from mnist_helpers.mistakes import TrainingError


def seed_everything(seed: int) -> None:
    """Make Python's, NumPy's and torch's random numbers repeatable, on every device.

    Args:
        seed: any whole number from 0 to 2**32 - 1.
    """
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


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


def count_cores() -> int:
    """How many processor cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def in_colab() -> bool:
    """Whether this runs in Google Colab, whose own package tells it."""
    return bool(find_spec("google") and find_spec("google.colab"))


def in_notebook() -> bool:
    """Whether this runs in a Jupyter or Colab kernel, where figures can be shown."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and shell.has_trait("kernel")


def progress_bar(total: int | None, description: str, unit: str, **options) -> tqdm:
    """A text progress bar on stderr, for terminals: silent in logs and pipes.

    Args:
        total: of how many units; None if that is not known.
        description: what goes on.
        unit: what is counted, in the singular.
        options: more for tqdm.
    """
    options = {"disable": not sys.stderr.isatty(), **options}
    return tqdm(
        total=total, desc=description, unit=unit, dynamic_ncols=True, leave=False, **options
    )
