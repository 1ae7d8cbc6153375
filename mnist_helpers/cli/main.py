"""The command line: ``python -m mnist_helpers train | evaluate | predict | demo | run ...``."""

import argparse
import os
import sys

from mnist_helpers.cli import check, demo, evaluate, export, predict, run, sweep, train, web
from mnist_helpers.cli.options import EXIT_CODES, UsageError

COMMANDS = (train, evaluate, predict, demo, web, export, run, sweep, check)


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: the words after ``python -m mnist_helpers``; by default those of this process.

    Returns:
        The exit code; see ``--help``.
    """
    # Threads that wait for long without sleeping make training many times slower as soon as
    # another program is busy. torch reads this once, when it is first imported.
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    parser = argparse.ArgumentParser(
        prog="python -m mnist_helpers",
        description="Train, judge and use the digit network of the series, or run its notebooks.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add(commands)
    options = parser.parse_args(arguments)
    try:
        return options.command(options)
    except KeyboardInterrupt as stop:
        problem, code = str(stop) or "Stopped.", 130
    except (UsageError, ImportError) as error:  # a missing extra says how to install it
        problem, code = error, 2
    except OSError as error:
        problem, code = error, 1
    print(f"mnist_helpers: {problem}", file=sys.stderr)
    return code
