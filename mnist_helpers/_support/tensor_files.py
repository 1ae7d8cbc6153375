"""Safetensors files with a description of their own: looked at before anything is made of them."""

import json
from pathlib import Path
from typing import Any

from safetensors import safe_open
from torch import Tensor


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
        raise ValueError(f"its description is {text[:50]!r}, and no dictionary")
    return described


def read_shapes(path: str | Path) -> dict[str, list[int]]:
    """The names and the shapes of a file's tensors, of which none is read."""
    with safe_open(path, framework="pt") as file:
        return {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118


def read_tensors(path: str | Path) -> dict[str, Tensor]:
    """All tensors of a file, on the CPU."""
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


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
