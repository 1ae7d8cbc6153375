"""A pretended GPU: it computes on the CPU, and it is as strict as CUDA.

Most people who change this project have no graphics card, and neither has CI. What works on a CPU
can fail on a card, where a tensor meets NumPy or a tensor in the computer's memory. On this device
it fails, too (see `device`), and the waits for the device, which make a card slow, are counted.

    python -m tools.pretended_gpu      run the notebooks and the commands on it (`make test`)
    make_start_up(FOLDER)              so that other programs have it: see there

Importing this package does not load PyTorch.
"""

import importlib.util
import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_UP = """# Written by tools.pretended_gpu: PyTorch gets the pretended GPU when it is imported.
import sys

sys.path.append({root!r})
from tools.pretended_gpu import install_with_torch

install_with_torch()
"""


def make_start_up(folder: Path) -> dict[str, str]:
    """Write a start-up file for Python into a folder.

    Returns:
        The environment variable with which a program, and every Python that it starts, such as the
        kernels of notebooks, has the pretended GPU as soon as it imports PyTorch.
    """
    text = START_UP.format(root=str(ROOT))
    (folder / "sitecustomize.py").write_text(text, encoding="utf-8")
    others = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([str(folder), *([others] if others else [])])}


class _WithTorch(MetaPathFinder):
    """Installs the device as soon as PyTorch has been imported."""

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        """Find PyTorch where it usually is, and have the device installed after its import."""
        if name != "torch":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        load = spec.loader.exec_module

        def load_and_install(module: ModuleType) -> None:
            load(module)
            from tools.pretended_gpu.device import install

            install()

        spec.loader.exec_module = load_and_install  # type: ignore[method-assign]  # this one loader is changed
        return spec


def install_with_torch() -> None:
    """Install the device when this process imports PyTorch."""
    sys.meta_path.insert(0, _WithTorch())
