"""What the code runs on: the device, the random numbers, a notebook or a terminal."""

import os
import random
import sys
from importlib.util import find_spec

import numpy as np
import torch
from tqdm import tqdm


def seed_everything(seed: int) -> None:
    """Make Python's, NumPy's and torch's random numbers repeatable, on every device.

    Args:
        seed: any whole number from 0 to 2**32 - 1.
    """
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


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
