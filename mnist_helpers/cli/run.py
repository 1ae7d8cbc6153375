"""Execute the notebooks of the series in their order, without a browser."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from mnist_helpers.cli.options import check_out, usage_errors

EXAMPLE = "run --fast --only 03"


def add_options(command: ArgumentParser) -> None:
    """Add the command's options."""
    add = command.add_argument
    words = "use fewer images, to see quickly whether all notebooks run"
    add("--fast", action="store_true", help=words)
    words = "the folder for the executed notebooks and what they save (default: runs/series)"
    add("--out", default="runs/series", metavar="DIR", help=words)
    words = "only the notebooks whose names begin like this; may be repeated"
    add("--only", action="append", default=[], metavar="NN", help=words)
    add("--notebooks", metavar="DIR", help="where the notebooks are (default: the project's)")


def run(options: Namespace) -> int:
    """Run the command ``run``; its exit code is 1 if a notebook has failed."""
    from mnist_helpers.lessons import SeriesError, find_notebooks, format_table, run_series

    with usage_errors(SeriesError):
        notebooks = find_notebooks(options.notebooks, options.only)
    check_out(Path(options.out))
    outcomes = run_series(notebooks, options.out, fast=options.fast)
    print(format_table(outcomes))
    return int(any(outcome.state == "FAILED" for outcome in outcomes))
