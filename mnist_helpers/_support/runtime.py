"""What the code runs on: devices, cores, a notebook or a terminal."""

import os
import sys
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm


def to_device(tensor: Tensor, device: str | torch.device) -> Tensor:
    """The tensor on a device, without waiting until the device has done what it has to do.

    On Apple's MPS this waits, since there PyTorch may read memory that is free again
    (pytorch/pytorch#189690).
    """
    return tensor.to(device, non_blocking=torch.device(device).type != "mps")


def take(values: Tensor, index: Any) -> Tensor:
    """``values[index]``, where a list as index makes no device wait, as it does in PyTorch."""
    if isinstance(index, list) and values.device.type != "cpu":
        index = to_device(torch.tensor(index), values.device)
    return values[index]


def count_cores() -> int:
    """How many processor cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def in_colab() -> bool:
    """Whether this runs in Google Colab: only there is the package google.colab installed."""
    return bool(find_spec("google") and find_spec("google.colab"))


def in_notebook() -> bool:
    """Whether this runs in a Jupyter or Colab kernel, where figures can be shown."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and shell.has_trait("kernel")


def progress_bar(total: int | None, description: str, unit: str, **options: Any) -> tqdm:
    """A text progress bar on stderr: shown in terminals, silent in logs and pipes.

    The total is None if it is not known, the unit is in the singular, and the options are tqdm's.
    """
    usual = {"disable": not sys.stderr.isatty(), "dynamic_ncols": True, "leave": False}
    return tqdm(total=total, desc=description, unit=unit, **(usual | options))
