"""What many tests share: small data in MNIST's format, programs of their own, Ctrl-C."""

import gzip
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from mnist_helpers.data.idx_files import NAMES
from mnist_helpers.model import DigitCNN

ROOT = Path(__file__).resolve().parent.parent

# A shell that starts the tests in the background lets them ignore Ctrl-C, and with them every
# process that they start: the tests of Ctrl-C would wait in vain.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def to_idx(array: np.ndarray) -> bytes:
    """The bytes of an IDX file of unsigned bytes."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


def small_arrays(n_train: int = 40, n_test: int = 20, seed: int = 0) -> dict[str, np.ndarray]:
    """Random images, and the labels 0 to 9 in turn."""
    random = np.random.default_rng(seed)
    arrays = {}
    for split, n in (("train", n_train), ("test", n_test)):
        arrays[f"{split}_images"] = random.integers(0, 256, (n, 28, 28), dtype=np.uint8)
        arrays[f"{split}_labels"] = np.arange(n, dtype=np.uint8) % 10
    return arrays


def write_folder(folder: Path, *, packed: bool = True, seed: int = 0, **replaced) -> dict:
    """Write four small files into a folder, and return their arrays.

    ``replaced`` are bytes to write instead of a file, or an array to put into it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    arrays = small_arrays(seed=seed)
    for key, name in NAMES.items():
        content = replaced.get(key, arrays[key])
        if isinstance(content, np.ndarray):
            content = to_idx(content)
            content = gzip.compress(content, mtime=0) if packed else content
        (folder / (name + ".gz" * packed)).write_bytes(content)
    return arrays


def run_python(code: str, *arguments: object, timeout: float = 60.0, **options):
    """Run Python code in a process of its own, from the root of the project."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False, **options
    )


def drawing(seed: int = 0, size: int = 100) -> Image.Image:
    """A crooked stroke, dark on light."""
    corners = np.random.default_rng(seed).uniform(0.2, 0.8, (4, 2)) * size
    picture = Image.new("L", (size, size), 255)
    ImageDraw.Draw(picture).line([tuple(c) for c in corners], fill=0, width=size // 12)
    return picture


def constant_network(**logits: float) -> DigitCNN:
    """A network that always answers the same: ``constant_network(d7=9)`` says 7."""
    network = DigitCNN(channels=(2, 2), hidden=4)
    with torch.no_grad():
        network.classifier[-1].weight.zero_()
        network.classifier[-1].bias.zero_()
        for name, logit in logits.items():
            network.classifier[-1].bias[int(name[1])] = logit
    return network


def random_network() -> DigitCNN:
    """A network whose answers depend on the picture."""
    torch.manual_seed(0)
    return DigitCNN(channels=(4, 8), hidden=32)


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """No data set on this machine can be seen, and the user's cache is an empty folder."""
    monkeypatch.delenv("MNIST_DATA_DIR", raising=False)
    cache = tmp_path / "user-cache"
    monkeypatch.setattr("mnist_helpers.data.places.user_cache_dir", lambda *_, **__: str(cache))
    return cache


@pytest.fixture
def closed_port():
    """The number of a port on this machine where nothing answers: connections are refused."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
