"""The command line: ``python -m mnist_helpers train | evaluate | predict | demo | run ...``."""

import argparse
import io
import os
import sys

from mnist_helpers import __version__
from mnist_helpers.cli import check, demo, evaluate, export, predict, run, sweep, train, web
from mnist_helpers.cli.options import Parser, UsageError, printable

# The name of a command is that of its file, and --help shows the file's docstring and example.
COMMANDS = (train, evaluate, predict, demo, web, export, run, sweep, check)

EXIT_CODES = """exit codes:
  0    all went well
  1    it failed: the training, the reading of a file or a picture, a notebook, a check
  2    a wrong command, value or path, or a missing extra; nothing was done
  130  stopped with Ctrl-C
"""


def main(arguments: list[str] | None = None) -> int:
    """Run a command, given as the words after ``python -m mnist_helpers``; return the exit code."""
    # Otherwise threads wait for long without sleeping, which makes training many times slower as
    # soon as another program is busy. torch reads this once, when it is first imported.
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # it was closed before Python started
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a terminal cannot show is written as a code
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            return _run(arguments)
        finally:
            if sys.stdout:  # now, because at the exit Python could only complain
                sys.stdout.flush()
    except BrokenPipeError:  # the program that reads the output, such as ``head``, has seen enough
        _drop_output()
        return 0
    except KeyboardInterrupt as stop:
        problem, code = str(stop) or "Stopped.", 130
    except UsageError as error:
        problem, code = str(error), 2
    except ImportError as error:
        if error.name is not None:  # Python's own, which names a module: a mistake in the code
            raise
        problem, code = str(error), 2  # the package's own sentence: it says which extra to install
    except OSError as error:
        problem, code = _sentence(error), 1
        try:
            sys.stdout.flush()
        except OSError:  # it was the output, for example on a full disk
            _drop_output()
    if code != 2 or os.environ.get("RANK", "0") == "0":  # of several, one says what is wrong
        print(f"mnist_helpers: {printable(problem)}", file=sys.stderr)
    return code


def _run(arguments: list[str] | None) -> int:
    how = argparse.RawDescriptionHelpFormatter
    parser = Parser(
        prog="python -m mnist_helpers",
        description="Train, judge and use the digit network of the series, or run its notebooks.",
        epilog=EXIT_CODES,
        formatter_class=how,
    )
    parser.add_argument("--version", action="version", version=f"mnist_helpers {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for module in COMMANDS:
        example = f"example:\n  python -m mnist_helpers {module.EXAMPLE}\n\n{EXIT_CODES}"
        name = module.__name__.rpartition(".")[2]
        about = module.__doc__
        command = commands.add_parser(
            name, help=about, description=about, epilog=example, formatter_class=how
        )
        command.set_defaults(command=module.run, parser=command)
        module.add_options(command)
    for word in sys.argv[1:] if arguments is None else arguments:
        if word.startswith("-") and word != "-" and os.path.lexists(word):
            raise UsageError(f"{word} looks like an option. To name the file, write ./{word}.")
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        options.parser.refuse(unknown)
    return options.command(options)


def _drop_output() -> None:
    """Throw away what is still in the buffer, about which Python would complain at the exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _sentence(error: OSError) -> str:
    """The error in words; the system's own have a number and a reason, others say it themselves."""
    if type(error).__str__ is not OSError.__str__ or error.strerror is None:
        return str(error)
    return f"{error.filename or 'The output'} cannot be used: {error.strerror}."
