"""Where MNIST is looked for, and in which order: folders, a download, the offline stand-in.

The mirrors and the checksums are torchvision's, but not its download, which has no time limit and
gives up as soon as one mirror sends a damaged file.
"""

import os
import sys
from pathlib import Path
from typing import NamedTuple

from mnist_helpers._support import AwayError, FetchError, fetch, limits, user_cache_dir
from mnist_helpers.data.datasets import DigitData, DigitDataset
from mnist_helpers.data.idx_files import DataError, MissingFilesError, read_folder
from mnist_helpers.data.stand_in import load_stand_in

MNIST_LICENCE = "MNIST: Y. LeCun, C. Cortes, C. J. C. Burges; CC BY-SA 3.0"


class Place(NamedTuple):
    """A folder on this machine where MNIST may be, and what to call it in a sentence."""

    folder: Path
    name: str
    is_mnist: bool = False  # whether its files were read, and are the official ones


def local_places(cache: str | Path | None = None) -> list[Place]:
    """Where MNIST may be on this machine, in the order in which all code looks for it.

    That is the folder that ``MNIST_DATA_DIR`` names, if it is set, then the cache of downloads.
    """
    named = os.environ.get("MNIST_DATA_DIR")
    cache = Path(cache or user_cache_dir()) / "mnist"
    places = [Place(Path(named), "the folder in MNIST_DATA_DIR")] if named else []
    return [*places, Place(cache, "the cache of an earlier download")]


def load_mnist(
    root: str | Path | None = None,
    *,
    cache: str | Path | None = None,
    download: bool = True,
    time_limit: float = 300.0,
) -> DigitData:
    """Load MNIST from the first place that has it, or else the offline stand-in.

    The places, in order: ``root``; the folder that the environment variable ``MNIST_DATA_DIR``
    names; the user's cache; a download into that cache; and last the stand-in, scikit-learn's
    handwritten digits, which is announced on stderr, with the reason.

    Args:
        root: a folder with MNIST's four files, gzipped or not; it may be read-only.
        cache: the folder for downloads; by default one in the user's cache.
        download: whether the internet may be used.
        time_limit: how many seconds a download may take. Without the internet, the answer comes
            within about 4, and in the next ten minutes at once, except for a second call.

    Returns:
        The training and the test images, with their name, their source and their licence.

    Raises:
        DataError: if ``root`` lacks a file, or if one in it or in ``MNIST_DATA_DIR`` is damaged.
    """
    if root is not None:
        return _from_folder(root, "folder")
    reasons = []
    *named, (kept, *_) = local_places(cache)
    for place in named:
        try:
            return _from_folder(place.folder, "folder")
        except MissingFilesError as error:
            reasons.append(f"MNIST_DATA_DIR does not help: {error}")
    try:
        return _from_folder(kept, "cache")
    except MissingFilesError:
        pass
    except DataError as error:
        reasons.append(str(error))
    try:
        if not download:
            raise DataError("Downloading was not allowed.")
        download_mnist(kept, time_limit)
        return _from_folder(kept, "download")
    except DataError as error:
        reasons.append(str(error))
        told = isinstance(error.__cause__, AwayError)  # in another notebook, minutes ago
    lines = [f"Why: {reason}" for reason in reasons]
    if not told:
        lines = [
            "Everything runs, but the figures are not MNIST's.",
            *lines,
            "To get MNIST: connect to the internet and run this again, or put its four .gz files",
            "into a folder and set the environment variable MNIST_DATA_DIR to that folder.",
        ]
    lines = ["MNIST is not here. You get the STAND-IN: scikit-learn's 1,797 small digits.", *lines]
    print("\n".join(f"!! {line}" for line in lines), file=sys.stderr, flush=True)
    return load_stand_in()


def download_mnist(folder: str | Path, time_limit: float = 300.0) -> None:
    """Download what is missing of MNIST's four ``.gz`` files into a folder, as `fetch` does.

    Raises:
        DataError: if one is still missing (it says what each mirror did), or cannot be written.
    """
    from torchvision.datasets import MNIST  # here, because importing it takes a second
    from torchvision.datasets.utils import check_integrity

    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = {name for name, md5 in MNIST.resources if check_integrity(folder / name, md5)}
        missing = {name: ("md5", md5) for name, md5 in MNIST.resources if name not in there}
    except OSError as error:
        raise DataError(f"The folder {folder} cannot be made or read ({error}).") from error
    if not missing:
        return
    title, most = "Downloading MNIST", limits.MAX_MNIST_DOWNLOAD_BYTES
    try:
        fetch(missing, MNIST.mirrors, folder, title=title, time_limit=time_limit, max_bytes=most)
    except FetchError as error:
        raise DataError(f"MNIST could not be downloaded ({error}).") from error
    except OSError as error:
        raise DataError(f"MNIST could not be kept: {error}") from error


def find_local_mnist() -> Place | None:
    """The first place on this machine that has MNIST's four files, official or not; or None.

    If they are there, but one is damaged, or they do not fit together, that is a DataError.
    """
    for place in local_places():
        try:
            return place._replace(is_mnist=read_folder(place.folder)[1])
        except MissingFilesError:
            continue
    return None


def local_test_digits() -> DigitDataset:
    """MNIST's test digits, if they are on this machine, or else the stand-in's; without a word."""
    for place in local_places():
        try:
            arrays, official = read_folder(place.folder, ["test"])
        except DataError:
            continue
        if official:
            return DigitDataset.from_numpy(arrays["test_images"], arrays["test_labels"], "MNIST")
    return load_stand_in().test


def _from_folder(folder: str | Path, source: str) -> DigitData:
    arrays, official = read_folder(folder)
    name = "MNIST" if official else "digits in MNIST's format (not the official MNIST)"
    train, test = (
        DigitDataset.from_numpy(arrays[f"{part}_images"], arrays[f"{part}_labels"], name)
        for part in ("train", "test")
    )
    return DigitData(name, train, test, source, MNIST_LICENCE if official else "unknown")
