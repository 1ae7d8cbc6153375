"""What the commands have in common: options, errors, the paths and the data that they name."""

import getpass
import os
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

PASSWORD = "MNIST_HELPERS_PASSWORD"

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
    words = "a further name to answer to, as of a proxy before the server; may be repeated"
    command.add_argument("--allow-host", action="append", default=[], metavar="NAME", help=words)
    words = (
        f"a user whom visitors must name, with a password, which is asked for, or taken from the "
        f"variable {PASSWORD} (default: everybody may use it)"
    )
    command.add_argument("--auth", metavar="USER", help=words)


def check_place_options(options: Namespace) -> tuple[str, str] | None:
    """Refuse a place where no server can listen; return the user and the password for visitors."""
    from mnist_helpers._support import LaunchError, check_place, is_host

    with usage_errors(LaunchError):
        check_place(options.host.strip("[]"), options.port)
    for name in options.allow_host:
        if not is_host(name):
            raise UsageError(f"--allow-host must be a name such as digits.example: {name!a}.")
    return None if options.auth is None else (options.auth, _password(options.auth))


def _password(user: str) -> str:
    if ":" in user or not user:
        raise UsageError(
            "--auth takes the user alone, such as --auth Ann, because every user of this computer "
            f"can read a password in a command. It is asked for, or taken from {PASSWORD}."
        )
    password = os.environ.get(PASSWORD, "")
    if not password and sys.stdin.isatty():
        password = getpass.getpass(f"The password for {user}: ")
    if not password:
        raise UsageError(f"There is no password for {user}: put one into the variable {PASSWORD}.")
    return password


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
    from mnist_helpers.recognizer import DigitRecognizer

    model, facts = load_network(options)
    return DigitRecognizer(model, facts["min_energy"])


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
