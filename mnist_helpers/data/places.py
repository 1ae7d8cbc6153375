"""Where MNIST may already be on this machine."""

import os
from pathlib import Path

import numpy as np
from platformdirs import user_cache_dir

from mnist_helpers.data.idx_files import DataError, MissingFilesError, find_files, read_idx


def cache_folder() -> Path:
    """Where a download of MNIST is kept."""
    return Path(user_cache_dir("mnist_helpers", appauthor=False)) / "mnist"


def find_local_mnist() -> str | None:
    """Say in words where MNIST is on this machine; None if it is not here.

    Raises:
        DataError: if the files are there, but the test images are damaged.
    """
    for place, folder in _places():
        try:
            read_idx(find_files(folder)["test_images"])
        except MissingFilesError:
            continue
        return place
    return None


def read_test_part() -> tuple[np.ndarray, np.ndarray] | None:
    """MNIST's test images, uint8 ``(n, 28, 28)``, and labels, ``(n,)``; None if not here."""
    for _, folder in _places():
        try:
            paths = find_files(folder)
            images, _ = read_idx(paths["test_images"])
            labels, _ = read_idx(paths["test_labels"])
        except DataError:
            continue
        if images.shape == (len(labels), 28, 28):
            return images, labels
    return None


def _places() -> list[tuple[str, str | Path]]:
    named = os.environ.get("MNIST_DATA_DIR")
    places = [("the folder in MNIST_DATA_DIR", named)] if named else []
    return [*places, ("the cache of an earlier download", cache_folder())]
