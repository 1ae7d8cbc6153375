"""The command line: ``python -m mnist_helpers train | evaluate | predict | demo | run ...``."""

import argparse
import os
import sys

from mnist_helpers.arguments import (
    EXIT_CODES,
    add_command,
    add_data_options,
    add_weights_option,
)
from mnist_helpers.commands import WEIGHTS_NAME, UsageError, check, run, train
from mnist_helpers.commands_demo import demo
from mnist_helpers.commands_read import evaluate, predict
from mnist_helpers.commands_share import add_export, add_web
from mnist_helpers.commands_sweep import add_sweep


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: the words after ``python -m mnist_helpers``; by default those it was called with.

    Returns:
        The exit code; see ``--help``.
    """
    # Threads that wait for long without sleeping make training many times slower as soon as
    # another program is busy. torch reads this once, when it is first imported.
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    options = build_parser().parse_args(arguments)
    try:
        return options.command(options)
    except KeyboardInterrupt as stop:
        print(f"mnist_helpers: {str(stop) or 'Stopped.'}", file=sys.stderr)
        return 130
    except UsageError as error:
        print(f"mnist_helpers: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"mnist_helpers: {error}", file=sys.stderr)
        return 1


def build_parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    parser = argparse.ArgumentParser(
        prog="python -m mnist_helpers",
        description="Train, judge and use the digit network of the series, or run its notebooks.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_train(commands)
    _add_evaluate(commands)
    _add_predict(commands)
    _add_demo(commands)
    add_web(commands)
    add_export(commands)
    _add_run(commands)
    add_sweep(commands)
    _add_check(commands)
    return parser


def _add_train(commands) -> None:
    command = add_command(
        commands,
        "train",
        train,
        "Train the network on MNIST's training images; judge it by 5,000 of them kept aside.",
        "train --epochs 3 --out runs/first",
    )
    command.add_argument(
        "--recipe",
        choices=["series", "bundled"],
        default="series",
        help="series: as in notebook 03, in seconds (default); bundled: the network that comes "
        "with the package, in about an hour on two cores",
    )
    command.add_argument(
        "--epochs",
        type=int,
        metavar="N",
        help="passes over the data (default: 6; for the bundled recipe 60)",
    )
    command.add_argument("--seed", type=int, default=0, metavar="N", help="(default: 0)")
    command.add_argument(
        "--out",
        default="runs/train",
        metavar="DIR",
        help=f"where {WEIGHTS_NAME}, history.json and the checkpoint go (default: runs/train); "
        "a name that ends in .safetensors is taken for the weights file itself",
    )
    command.add_argument(
        "--resume", action="store_true", help="go on where a stopped run in --out left off"
    )
    add_data_options(command)


def _add_evaluate(commands) -> None:
    command = add_command(
        commands,
        "evaluate",
        evaluate,
        "Measure a trained network: on MNIST's 10,000 test images, or on drawings of your own.",
        "evaluate --weights runs/first/digit_cnn.safetensors --json",
    )
    add_weights_option(command)
    command.add_argument(
        "--drawn",
        metavar="DIR",
        help="measure on the drawings of this folder instead, which lists them in labels.csv with "
        "the columns file, label and source; the two options below are then not used",
    )
    command.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    add_data_options(command)


def _add_predict(commands) -> None:
    command = add_command(
        commands,
        "predict",
        predict,
        "Read the digit in each picture.",
        "predict photo.jpg drawings/ --json",
    )
    command.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a picture; a folder, for all pictures in it; or -, for one picture from the "
        "standard input",
    )
    command.add_argument(
        "--json", action="store_true", help="print one JSON object per picture, each in its line"
    )
    add_weights_option(command)


def _add_demo(commands) -> None:
    command = add_command(
        commands,
        "demo",
        demo,
        "Draw digits on a page in the browser, and watch the network read them; Ctrl-C ends it.",
        "demo --weights runs/first",
    )
    command.add_argument(
        "--port", type=int, metavar="N", help="(default: the first free one from 7860 on)"
    )
    command.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="H",
        help="0.0.0.0 shows the demo to the whole network (default: 127.0.0.1, this computer only)",
    )
    command.add_argument(
        "--share",
        action="store_true",
        help="make a public address, through a server of Gradio's makers",
    )
    command.add_argument(
        "--auth", metavar="USER:PASSWORD", help="what visitors must give (default: nothing)"
    )
    command.add_argument(
        "--no-browser", action="store_true", help="print the address, open no browser"
    )
    command.add_argument(
        "--inside", action="store_true", help="add a tab with the feature maps of what you draw"
    )
    add_weights_option(command)


def _add_run(commands) -> None:
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


def _add_check(commands) -> None:
    add_command(
        commands,
        "check",
        check,
        "Say whether this machine has what the series needs, and what to do if not.",
        "check",
    )


if __name__ == "__main__":
    sys.exit(main())
