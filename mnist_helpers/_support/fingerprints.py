"""Whether two runs have the same data, functions and machine, as far as that is easy to see."""

import hashlib
import inspect
import platform
import re
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Any

import numpy as np
import torch
from torch import Tensor

# Where datasets keep what they hold in memory, or the datasets that they are made of.
PARTS = ("tensors", "images", "labels", "data", "targets", "indices", "dataset", "datasets")
PLAIN = (int, float, str, tuple, type(None))


def describe_loader(loader: Any) -> dict[str, Any]:
    """A digest of a loader's data (16 hexadecimal digits), the size of its batches, its order.

    The digest covers what is in memory: tensors, arrays, the choice of a ``Subset``, the transform
    of torchvision's datasets. Of data that are computed or read, only their number counts.
    """
    digest, sampler = hashlib.sha256(), getattr(loader, "sampler", None)
    _add(getattr(loader, "dataset", loader), digest)
    batches = getattr(loader, "batch_sampler", None) or sampler
    return {
        "data": digest.hexdigest()[:16],
        "batch_size": getattr(batches, "batch_size", None),
        "order": type(getattr(sampler, "sampler", sampler)).__name__,
    }


def describe_machine(device: torch.device) -> dict[str, Any]:
    """What a result may depend on, apart from the program."""
    return {
        "PyTorch": str(torch.__version__),
        "Python": platform.python_version(),
        "device": device.type,
        "threads": torch.get_num_threads(),
    }


def tell_differences(there: dict[str, Any], here: dict[str, Any]) -> str:
    """In words, where two dictionaries differ; empty if they do not."""
    return "; ".join(
        f"{name}={there.get(name)!r} there, {here.get(name)!r} here"
        for name in sorted(there.keys() | here.keys())
        if there.get(name) != here.get(name)
    )


def _add(data: Any, digest: Any) -> None:
    if isinstance(data, Tensor):
        digest.update(str((data.dtype, data.shape)).encode())
        data = data.detach().cpu().contiguous().flatten()
        digest.update(memoryview(data.view(torch.uint8).numpy()))
    elif isinstance(data, np.ndarray) and data.dtype != object:
        digest.update(str((data.dtype, data.shape)).encode() + data.tobytes())
    elif isinstance(data, list | tuple):
        for one in data:
            _add(one, digest)
    elif isinstance(data, int | float | range):
        digest.update(repr(data).encode())
    elif hasattr(data, "__dict__"):
        held = vars(data)
        for name in PARTS:
            _add(held.get(name), digest)
        if held.get("transform"):
            digest.update(without_code(describe(held["transform"])).encode())
        if hasattr(data, "__len__"):
            digest.update(repr(len(data)).encode())


def describe(value: Any) -> str:
    """A line of text that tells a function or an object from others of its kind.

    For a function, it holds its name, the plain values that it uses and, after ``#``, a digest of
    its code, which differs between versions of Python; for other objects, it is their ``repr``.
    """
    if isinstance(value, partial):
        named = [f"{name}={describe(one)}" for name, one in value.keywords.items()]
        return f"partial({', '.join([*map(describe, (value.func, *value.args)), *named])})"
    if isinstance(value, MethodType):
        return f"{describe(value.__self__)}.{value.__name__}"
    if isinstance(value, FunctionType):
        used = inspect.getclosurevars(value)
        known = {**used.globals, **used.nonlocals, "defaults": value.__defaults__}
        plain = [f"{k}={v!r}" for k, v in sorted(known.items()) if v and isinstance(v, PLAIN)]
        text = f"{value.__name__}({', '.join(plain)})"
        if value.__module__.startswith("mnist_helpers."):  # the same one in all versions
            return text
        return f"{text}#{hashlib.sha256(_code(value.__code__).encode()).hexdigest()[:8]}"
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
    if text != repr(value) and hasattr(value, "__dict__"):
        plain = [f"{k}={v!r}" for k, v in vars(value).items() if isinstance(v, PLAIN)]
        return f"{type(value).__name__}({', '.join(plain)})"
    return " ".join(text.split())


def _code(code: CodeType) -> str:
    constants = [_code(one) if isinstance(one, CodeType) else repr(one) for one in code.co_consts]
    return f"{code.co_code!r} {code.co_names} {constants}"


def without_code(text: str) -> str:
    """A description without the digests of code."""
    return re.sub("#[0-9a-f]{8}", "", text)
