"""Random numbers that can be repeated: the seed of all generators, and where they stand."""

import random
from typing import Any

import numpy as np
import torch
from torch import Tensor


def seed_everything(seed: int) -> None:
    """Make the random numbers of Python, NumPy and torch repeatable, on every device.

    The seed is a whole number from 0 to 2**32 - 1.
    """
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def random_states(loader: Any) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Where Python's, NumPy's, torch's and a loader's generators stand: plain values, tensors."""
    plain = {
        "python_random": random.getstate(),
        "numpy_random": np.random.get_state(legacy=False),
    }
    tensors = {"random.torch": torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    for number, generator in enumerate(generators(loader)):
        tensors[f"random.loader.{number}"] = generator.get_state()
    return plain, tensors


def set_random_states(loader: Any, plain: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    """Put all generators back where `random_states` found them; JSON may lie between."""
    torch.set_rng_state(tensors["random.torch"])
    if "random.cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["random.cuda"])
    for number, generator in enumerate(generators(loader)):
        generator.set_state(tensors[f"random.loader.{number}"])
    version, numbers, gauss = plain["python_random"]
    random.setstate((version, tuple(numbers), gauss))
    np.random.set_state(plain["numpy_random"])


def generators(loader: Any) -> list[torch.Generator]:
    """The random generators of a loader and its samplers, each once, in a fixed order."""
    places = [loader]
    for name in ("sampler", "batch_sampler"):
        sampler = getattr(loader, name, None)
        places += [sampler, getattr(sampler, "sampler", None)]
    found = [getattr(place, "generator", None) for place in places]
    return list({id(one): one for one in found if isinstance(one, torch.Generator)}.values())
