"""What the commands have in common: options, errors, the paths and the data that they name."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_helpers.weights import WEIGHTS_NAME

if TYPE_CHECKING:
    from torch import nn

    from mnist_helpers.data import DigitData
    from mnist_helpers.recognizer import DigitRecognizer

# The heavy imports are inside the functions, so that --help answers at once.


class UsageError(Exception):
    """A value or a path that cannot be used; the message says which and why."""


@contextmanager
def usage_errors(*kinds: type[Exception]) -> Iterator[None]:
    """Turn errors of these kinds into a `UsageError` with the same message."""
    try:
        yield
    except kinds as error:
        raise UsageError(error) from error


def add_data_options(command: ArgumentParser) -> None:
    """Add the options that say where the data are and which device computes."""
    words = (
        "the folder with MNIST's four files (default: MNIST_DATA_DIR, then the cache, then a "
        "download, then scikit-learn's digits as a stand-in)"
    )
    command.add_argument("--data-dir", metavar="DIR", help=words)
    words = "cpu, cuda, mps ... (default: the fastest there is)"
    command.add_argument("--device", metavar="NAME", help=words)


def add_weights_option(command: ArgumentParser) -> None:
    """Add the option that names the network."""
    words = "weights that train or notebook 03 has saved (default: those of the package)"
    command.add_argument("--weights", metavar="FILE", help=words)


def add_place_options(command: ArgumentParser, what: str, port: int | None) -> None:
    """Add the options that say where a server listens."""
    shown = port or "the first free one from 7860 on"
    command.add_argument("--port", type=int, default=port, metavar="N", help=f"(default: {shown})")
    words = (
        f"0.0.0.0 shows the {what} to all computers that can reach this one (default: 127.0.0.1, "
        "this computer only)"
    )
    command.add_argument("--host", default="127.0.0.1", metavar="H", help=words)


def check_place_options(options: Namespace) -> None:
    """Refuse a port or a host where no server can listen."""
    from mnist_helpers._support import LaunchError, check_place

    with usage_errors(LaunchError):
        check_place(options.host.strip("[]"), options.port)


def load_data(options: Namespace, *, download: bool = True) -> "DigitData":
    """The data set of ``--data-dir``."""
    from mnist_helpers.data import DataError, load_mnist

    with usage_errors(DataError):
        return load_mnist(options.data_dir, download=download)


def check_out(folder: Path) -> None:
    """Make the folder for a command's files; one that cannot be written to is a `UsageError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(f"nothing can be written to {folder}: {error.strerror}") from error


def load_network(options: Namespace) -> "tuple[nn.Module, dict[str, Any]]":
    """The network that the option ``--weights`` names, and its facts."""
    from mnist_helpers import recognizer
    from mnist_helpers.model import WeightsError

    with usage_errors(WeightsError):
        return recognizer.load_network(weights_path(options))


def load_recognizer(options: Namespace) -> "DigitRecognizer":
    """The recognizer with the network that the option ``--weights`` names."""
    from mnist_helpers.model import WeightsError
    from mnist_helpers.recognizer import DigitRecognizer

    with usage_errors(WeightsError):
        return DigitRecognizer.load(weights_path(options))


def weights_path(options: Namespace) -> Path | None:
    """The weights file that the option ``--weights`` names; None for the package's own."""
    if options.weights is None:
        return None
    path = Path(options.weights)
    return path / WEIGHTS_NAME if path.is_dir() else path


def printable(text: str) -> str:
    """The text in one line; characters that the terminal cannot show are written as codes."""
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
