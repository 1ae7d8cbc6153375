"""Run the training of notebook 03 with many settings, and compare them on validation images.

Finished runs are not repeated.
"""

import sys
from argparse import ArgumentParser, Namespace
from functools import partial

from mnist_helpers.cli.options import (
    MAX_EPOCHS,
    UsageError,
    check_out,
    path_word,
    usage_errors,
    whole_number,
)

EXAMPLE = "sweep --fast --vary learning_rate=0.001,0.01,0.1 --vary dropout=0,0.2,0.5"


def add_options(command: ArgumentParser) -> None:
    """Add the command's options."""
    add = command.add_argument
    words = "learning_rate, batch_size, dropout, shift or epochs, and its values; may be repeated"
    add("--vary", action="append", default=[], metavar="NAME=V1,V2", help=words)
    words = "try every combination of what is varied, instead of varying one setting at a time"
    add("--grid", action="store_true", help=words)
    words = "a list instead of --vary: CSV with a column for each setting, or JSON"
    add("--settings", type=path_word, metavar="FILE", help=words)
    words = "runs for each setting; how far apart they lie shows what is chance (default: 3)"
    add("--seeds", type=whole_number(1, 1000), default=3, metavar="N", help=words)
    words = "of each training (default: as in notebook 03)"
    add("--epochs", type=whole_number(1, MAX_EPOCHS), metavar="N", help=words)
    add("--fast", action="store_true", help="use fewer images, so that a run takes seconds")
    words = "execute this notebook for each run, instead of the training of notebook 03"
    add("--notebook", type=path_word, metavar="FILE", help=words)
    words = "the folder for the table and the figure (default: runs/sweep)"
    add("--out", type=path_word, default="runs/sweep", metavar="DIR", help=words)


def run(options: Namespace) -> int:
    """Run the command ``sweep``; its exit code is 1 if a run has failed."""
    from mnist_helpers.data import DataError
    from mnist_helpers.lessons import SweepError, sweep

    names = ("settings", "grid", "seeds", "fast", "epochs", "notebook", "out")
    vary: dict[str, list[str]] = {}
    for word in options.vary:
        name, equals, values = word.partition("=")
        if not equals:
            raise UsageError(f"{word!r} must look like dropout=0,0.2,0.5 (without spaces).")
        vary.setdefault(name.strip(), []).extend(values.split(","))
    chosen = {name: getattr(options, name) for name in names}
    check_out(options.out)
    say = partial(print, file=sys.stderr, flush=True)
    with usage_errors(DataError, SweepError):
        results = sweep(vary, say=say, **chosen)
    print(f"{results.table()}\n\nThe table and the figure are in {options.out}.")
    return int(any(run.accuracy is None for run in results.runs))
