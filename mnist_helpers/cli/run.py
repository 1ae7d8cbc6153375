"""The command ``run``."""

from argparse import Namespace
from pathlib import Path

from mnist_helpers.cli.options import UsageError, add_command, check_out


def add(commands) -> None:
    """Add the command and its options."""
    command = add_command(
        commands,
        "run",
        run,
        "Execute the notebooks of the series in their order, without a browser.",
        "run --fast --only 03",
    )
    command.add_argument(
        "--fast", action="store_true", help="fewer images, to see quickly that all runs"
    )
    command.add_argument(
        "--out",
        default="runs/series",
        metavar="DIR",
        help="where the executed notebooks and what they save go (default: runs/series)",
    )
    command.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NN",
        help="only the notebooks whose name begins so; may be repeated",
    )
    command.add_argument(
        "--notebooks", metavar="DIR", help="where the notebooks are (default: the project's)"
    )


def run(options: Namespace) -> int:
    """The command ``run``."""
    from mnist_helpers.lessons import (
        SeriesError,
        find_notebooks,
        format_table,
        notebooks_folder,
        run_series,
    )

    check_out(Path(options.out))
    try:
        notebooks = find_notebooks(options.notebooks or notebooks_folder(), options.only)
    except SeriesError as error:
        raise UsageError(error) from error
    outcomes = run_series(notebooks, options.out, fast=options.fast)
    print(format_table(outcomes))
    return int(any(outcome.failed for outcome in outcomes))
