"""Safetensors files with a description of their own: looked at before anything is made of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor, nn


def read_description(path: str | Path, entry: str) -> dict[str, Any] | None:
    """The JSON object that a file's metadata hold under a name; None if there is no such entry.

    Raises:
        ValueError: if the file or the entry cannot be used; the message says why.
    """
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(entry)
        described = None if text is None else json.loads(text)
    except Exception as error:  # whatever it is, the file is damaged or something else
        raise ValueError(str(error)) from error
    if text is not None and not isinstance(described, dict):
        raise ValueError(f"its description is {text[:50]!r}, not a dictionary")
    return described


def read_tensors(path: str | Path) -> dict[str, Tensor]:
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
    module.load_state_dict(read_tensors(path))
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
