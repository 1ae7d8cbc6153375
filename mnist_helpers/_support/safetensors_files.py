"""Safetensors files with a description of their own: looked at before anything is made of them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor, nn

from mnist_helpers._support.atomic_write import write_atomically


def write(path: str | Path, tensors: dict[str, Tensor], entry: str, about: dict) -> None:
    """Write tensors and, under a name in the file's metadata, a JSON object; equal, equal files."""
    tensors = {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}
    # One entry only, because safetensors writes several in any order.
    metadata = {entry: json.dumps(about, default=np.ndarray.tolist)}
    write_atomically(path, save(tensors, metadata))


@contextmanager
def damage_named(path: str | Path, kind: type[Exception], what: str) -> Iterator[None]:
    """Turn every error, except those of a kind, into one: the file is damaged, or not one of ours.

    ``what`` follows the path in the sentence, and has a place for the reason, ``{}``.
    """
    try:
        yield
    except kind:
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {error}" if isinstance(error, LookupError) else str(error)
        raise kind(f"{path} {what.format(why[:200])}{_advice(path)}") from error


def _advice(path: str | Path) -> str:
    """What to do with a file of torch.save, which is a zip archive; "" for others."""
    with suppress(Exception), ZipFile(path) as file:  # it may be damaged
        if any(name.endswith("data.pkl") for name in file.namelist()):
            return " It was written by torch.save: read it with torch.load."
    return ""


def description(path: str | Path, entry: str) -> dict[str, Any] | None:
    """The JSON object that a file's metadata hold under a name; None if there is no such entry.

    Raises:
        ValueError: if the entry is something else.
    """
    with safe_open(path, framework="pt") as file:
        text = (file.metadata() or {}).get(entry)
    about = None if text is None else json.loads(text)
    if text is not None and not isinstance(about, dict):
        raise ValueError(f"its description is {text[:50]!r}, not a dictionary")
    return about


def read(path: str | Path) -> dict[str, Tensor]:
    """All tensors of a file, on the CPU."""
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def fill_module(path: str | Path, make: Callable[[dict[str, list[int]]], nn.Module]) -> nn.Module:
    """A module with a file's tensors; ``make`` makes it, given the shapes of the tensors.

    It is first made where it takes no memory, however large the file claims that it is.

    Raises:
        ValueError: if the file's tensors have other names or shapes than the module's.
    """
    with safe_open(path, framework="pt") as file:
        shapes = {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118
    with torch.device("meta"):
        needed = {name: list(one.shape) for name, one in make(shapes).state_dict().items()}
    for name in sorted(shapes.keys() | needed.keys()):
        if shapes.get(name) != needed.get(name):
            raise ValueError(f"{name} has shape {shapes.get(name)}, but needs {needed.get(name)}")
    module = make(shapes)
    module.load_state_dict(read(path))
    return module


def is_like(there: Any, here: Any) -> bool:
    """Whether what JSON holds has the same kinds of values as an example: numbers, lists, names.

    The first item of a list stands for all, and either dictionary may have more names.
    """
    if isinstance(here, dict):
        return isinstance(there, dict) and all(
            is_like(there[k], here[k]) for k in there if k in here
        )
    if isinstance(here, list | tuple):
        return isinstance(there, list) and all(is_like(one, x) for one in there for x in here[:1])
    return isinstance(there, int | float) or not isinstance(here, int | float)
