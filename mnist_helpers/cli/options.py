"""What the commands have in common: options, errors, the paths and the data that they name."""

import errno
import getpass
import os
import re
import sys
from argparse import Action, ArgumentError, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from mnist_helpers.weights import WEIGHTS_NAME

if TYPE_CHECKING:
    from torch import nn

    from mnist_helpers.data import DigitData
    from mnist_helpers.recognizer import DigitRecognizer

# Far more than anybody trains; only a slip asks for more.
MAX_EPOCHS = 100_000
PASSWORD = "MNIST_HELPERS_PASSWORD"

# The heavy imports are inside the functions, so that --help answers at once.


class UsageError(Exception):
    """A value or a path that cannot be used; the message says which and why."""


class _Once(Action):
    """Keeps the value of an option, and refuses a second one, of which one would be forgotten."""

    def __call__(
        self, parser: ArgumentParser, namespace: Namespace, values: Any, option_string: Any = None
    ) -> None:
        given = vars(namespace).setdefault("given", set())
        if option_string and self.dest in given:
            raise ArgumentError(self, "is given twice: give it once")
        given.add(self.dest)
        setattr(namespace, self.dest, values)


class Parser(ArgumentParser):
    """Says in a sentence what is wrong with a command line, and what was perhaps meant."""

    def __init__(self, *arguments: Any, **options: Any):
        super().__init__(*arguments, **options)
        for name in (None, "store"):
            self.register("action", name, _Once)

    def error(self, message: str) -> NoReturn:
        """Refuse the command line, as a `UsageError`."""
        if found := re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)", message):
            message += did_you_mean(found[1], re.findall(r"\w+", found[2]))
        message = re.sub(r"^argument (\S+): (?=must|is )", r"\1 ", message)
        message = message.removeprefix("argument ")
        message = message.replace("expected one argument", "a value must follow")
        end = "" if message.endswith("?") else "."
        raise UsageError(f"{message}{end} To see what can be given: {self.prog} --help")

    def refuse(self, words: list[str]) -> NoReturn:
        """Refuse words of a command line that nothing has asked for."""
        word = words[0].partition("=")[0]
        if word.startswith("-"):
            self.error(
                f"there is no option {word}{did_you_mean(word, self._option_string_actions)}"
            )
        self.error(f"{word!r} is one word too many")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question that names what is most like the word; empty if nothing is."""
    found = get_close_matches(word, list(known), 1, 0.7)
    return f"; did you mean {found[0]}?" if found else ""


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A type of options: a whole number in this range."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise ArgumentTypeError(f"must be a whole number from {low} to {high}, got {text!r}")
        return number

    return read


def path_word(text: str) -> str:
    """A type of options: a path, in which ~ stands for the home folder, also after a =."""
    if not text.strip() or "\0" in text:
        raise ArgumentTypeError(f"must be the name of a file or a folder, got {text!r}")
    path = os.path.expanduser(text)
    try:
        os.lstat(path)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise ArgumentTypeError(f"must be a shorter name than {text[:30]}...") from error
    return path


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
    command.add_argument("--data-dir", type=path_word, metavar="DIR", help=words)
    words = "cpu, cuda, mps ... (default: the fastest there is)"
    command.add_argument("--device", metavar="NAME", help=words)


def add_weights_option(command: ArgumentParser) -> None:
    """Add the option that names the network."""
    words = "weights that train or notebook 03 has saved (default: those of the package)"
    command.add_argument("--weights", type=path_word, metavar="FILE", help=words)


def add_place_options(command: ArgumentParser, what: str, port: int | None) -> None:
    """Add the options that say where a server listens."""
    shown = port or "the first free one from 7860 on"
    number = whole_number(1, 65_535)
    words = f"(default: {shown})"
    command.add_argument("--port", type=number, default=port, metavar="N", help=words)
    words = (
        f"0.0.0.0 shows the {what} to all computers that can reach this one (default: 127.0.0.1, "
        "this computer only)"
    )
    command.add_argument("--host", default="127.0.0.1", metavar="H", help=words)
    words = "another name to answer to, such as that of a proxy in front; may be repeated"
    command.add_argument("--allow-host", action="append", default=[], metavar="NAME", help=words)
    words = (
        f"the user name that visitors must give, with a password: you are asked for it, or it is "
        f"taken from the variable {PASSWORD} (default: everybody may use it)"
    )
    command.add_argument("--auth", metavar="USER", help=words)


def check_place_options(options: Namespace) -> tuple[str, str] | None:
    """Refuse a place where no server can listen; return the user and the password for visitors."""
    from mnist_helpers._support import LaunchError, check_place, is_host

    with usage_errors(LaunchError):
        check_place(options.host.strip("[]"), options.port)
    for name in options.allow_host:
        if not is_host(name):
            raise UsageError(f"--allow-host must be a name such as digits.example, got {name!a}.")
    return None if options.auth is None else (options.auth, _password(options.auth))


def _password(user: str) -> str:
    if ":" in user or not user:
        raise UsageError(
            "--auth takes the user alone, such as --auth Ann, because every user of this computer "
            f"can read a password in a command. You are asked for it, or put it into {PASSWORD}."
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


def check_out(folder: str | Path) -> None:
    """Refuse a folder to which no file can be written. It need not exist, and is not made here."""
    from mnist_helpers._support import WriteError, try_folder

    with usage_errors(WriteError):
        try_folder(folder)


def check_file(path: str, *others: str | Path | None) -> None:
    """Refuse a file that cannot be written, or that is one of the command's other files."""
    from mnist_helpers._support import WriteError, check_ordinary

    try:
        check_ordinary(path)
    except OSError as error:
        raise UsageError(WriteError(path, error)) from error
    if os.path.realpath(path) in {os.path.realpath(other) for other in others if other}:
        raise UsageError(f"{path} is named twice, but each file needs a name of its own.")
    check_out(Path(path).parent)


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
    path = path / WEIGHTS_NAME if path.is_dir() else path
    if os.path.exists(path) and not os.path.isfile(path):  # reading a pipe might never end
        raise UsageError(f"{path} is not an ordinary file. Name a weights file.")
    return path


def printable(text: str) -> str:
    """The text in one line; characters that the terminal cannot show are written as codes."""
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"  # there may be no output at all
    return text.encode(encoding, "backslashreplace").decode(encoding)
