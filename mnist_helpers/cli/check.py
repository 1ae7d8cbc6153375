"""Say whether this machine has what the series needs, and what to do if it does not.

Call it in the folder where you will work. The exit code is 1 if a line says [FAIL]. A
[NOTE] does not keep you from starting, so with notes alone it is 0.
"""

from argparse import ArgumentParser, Namespace

from mnist_helpers import __version__

EXAMPLE = "check"


def add_options(command: ArgumentParser) -> None:
    """Add nothing: this command has no options."""


def run(options: Namespace) -> int:
    """Run the command ``check``; its exit code is 1 if something necessary is missing."""
    print(f"mnist_helpers {__version__}")
    try:
        from mnist_helpers.lessons import FAIL, check_machine
    except ImportError as error:
        print(f"[FAIL] Package  {error}")
        print(" " * 16 + '-> Run: pip install "mnist-helpers[notebooks,demo]" (or make setup).')
        return 1
    checks = check_machine()
    print("\n".join(map(str, checks)))
    return int(any(one.state == FAIL for one in checks))
