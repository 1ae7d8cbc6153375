"""The command ``sweep``."""

import sys
from argparse import Namespace
from pathlib import Path

from mnist_helpers.cli.options import UsageError, add_command, check_out


def add(commands) -> None:
    """Add the command and its options."""
    command = add_command(
        commands,
        "sweep",
        run,
        "Run the training of notebook 03 with many settings, and compare them on validation "
        "images; what is finished is not run again.",
        "sweep --fast --vary learning_rate=0.001,0.01,0.1 --vary dropout=0,0.2,0.5",
    )
    command.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="NAME=V1,V2",
        help="a parameter of the notebook (learning_rate, batch_size, dropout, shift, epochs) and "
        "its values; may be repeated: then one at a time is varied",
    )
    command.add_argument(
        "--grid", action="store_true", help="every combination of what is varied, not one at a time"
    )
    command.add_argument(
        "--settings",
        metavar="FILE",
        help="a list instead of --vary: CSV with a column for each parameter, or JSON",
    )
    command.add_argument(
        "--seeds",
        type=int,
        default=3,
        metavar="N",
        help="runs for each setting; their spread shows what is chance (default: 3)",
    )
    command.add_argument("--epochs", type=int, metavar="N", help="(default: as in the notebook)")
    command.add_argument("--fast", action="store_true", help="fewer images: seconds for each run")
    command.add_argument(
        "--notebook", metavar="FILE", help="another training notebook (default: the project's 03)"
    )
    command.add_argument(
        "--out",
        default="runs/sweep",
        metavar="DIR",
        help="where the table, the figure and the executed notebooks go (default: runs/sweep)",
    )


def run(options: Namespace) -> int:
    """The command ``sweep``; its exit code is 1 if a run has failed."""
    check_out(Path(options.out))
    from mnist_helpers.lessons import SweepError, sweep
    from mnist_helpers.lessons.sweep_plan import parse_vary, read_settings

    try:
        results = sweep(
            parse_vary(options.vary),
            settings=read_settings(options.settings) if options.settings else None,
            grid=options.grid,
            seeds=options.seeds,
            fast=options.fast,
            epochs=options.epochs,
            notebook=options.notebook,
            out=options.out,
            say=lambda line: print(line, file=sys.stderr, flush=True),
        )
    except SweepError as error:
        raise UsageError(error) from error
    print(results.table())
    print(f"\nThe table, the figure and the executed notebooks are in {options.out}.")
    return int(any(run.accuracy is None for run in results.runs))
