"""The command line, ``python -m mnist_helpers``: one file for each command.

Begin with `main`.
"""

from mnist_helpers.cli.main import main

__all__ = [
    "main",
]
