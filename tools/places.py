"""Where a tool writes: the type of the option ``--out``."""

import os
from argparse import ArgumentTypeError
from pathlib import Path

from mnist_helpers._support import check_ordinary, try_folder


def out_path(text: str) -> Path:
    """A place that can be written to, as an absolute path; it need not exist, and is not made.

    Raises:
        ArgumentTypeError: if nothing can be written there; argparse then exits with the code 2.
    """
    if not text.strip():
        raise ArgumentTypeError("it must be the name of a folder, but is empty")
    path = Path(os.path.realpath(os.path.expanduser(text)))
    try:
        if path.is_symlink():  # all links were followed, unless they lead in a circle
            raise ArgumentTypeError(f"the links of {text} lead in a circle: choose another name")
        if path.is_dir():
            try_folder(path)
        else:
            check_ordinary(path)
            try_folder(path.parent)
    except OSError as error:
        raise ArgumentTypeError(str(error)) from error
    return path
