"""What the commands' options have in common."""

import argparse

EXIT_CODES = """exit codes:
  0    all went well
  1    it failed: the training, the reading of a file or a picture, a notebook, a check
  2    a wrong command, value or path; nothing was done
  130  stopped with Ctrl-C
"""


def add_command(commands, name: str, function, summary: str, example: str):
    """A command: what it is called, what runs it, and what --help says of it."""
    command = commands.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=f"example:\n  python -m mnist_helpers {example}\n\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(command=function)
    return command


def add_data_options(command) -> None:
    """Where the data are, and what computes."""
    command.add_argument(
        "--data-dir",
        metavar="DIR",
        help="the folder with MNIST's four files (default: MNIST_DATA_DIR, then the cache, then "
        "a download, then scikit-learn's digits as a stand-in)",
    )
    command.add_argument(
        "--device", metavar="NAME", help="cpu, cuda, mps ... (default: the fastest there is)"
    )


def add_weights_option(command) -> None:
    """Which network."""
    command.add_argument(
        "--weights",
        metavar="FILE",
        help="the weights that train, or notebook 03, has saved (default: the network that comes "
        "with the package)",
    )
