"""The four files of MNIST: find them in a folder, check them, read them.

Source of the format and of the files: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of
handwritten digits". MNIST is distributed under CC BY-SA 3.0.
"""

import gzip
import hashlib
import math
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mnist_helpers._support import limits

NAMES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}
# SHA-256 of the unpacked files, header included. They tell the real MNIST from lookalikes.
OFFICIAL_SHA256 = {
    "train_images": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train_labels": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "test_images": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "test_labels": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
WANTED = f"MNIST is four files in one folder: {', '.join(NAMES.values())}; each may end in .gz."


class DataError(Exception):
    """A data file or folder cannot be used; the message says which, why and what to do."""


class MissingFilesError(DataError):
    """A folder does not hold the four MNIST files."""


def find_files(folder: str | Path) -> dict[str, Path]:
    """The paths of ``train_images``, ``train_labels``, ``test_images`` and ``test_labels``.

    They lie in the folder itself or, as torchvision has them, in its ``MNIST/raw`` or ``raw``.

    Raises:
        MissingFilesError: if the folder, or one of the files, is not there.
        DataError: if the folder may not be read.
    """
    best: dict[str, Path] = {}
    try:
        folder = Path(folder).expanduser()
        if not folder.is_dir():
            raise MissingFilesError(f"There is no folder {folder}. {WANTED}")
        for place in (folder, folder / "MNIST" / "raw", folder / "raw"):
            found: dict[str, Path] = {}
            for key, name in NAMES.items():
                for stem in (name, name.replace("-idx", ".idx")):  # some archives have a dot
                    for path in (place / stem, place / f"{stem}.gz"):
                        if path.is_file():
                            found.setdefault(key, path)
            best = max(best, found, key=len)
    except (OSError, RuntimeError) as error:  # RuntimeError: ~name, but there is no such user
        why = str(getattr(error, "strerror", error)).lower()
        raise DataError(f"The folder {folder} may not be read: {why}.") from error
    if missing := [f"{name}.gz" for key, name in NAMES.items() if key not in best]:
        what = "no MNIST files" if not best else "no " + " and no ".join(missing)
        raise MissingFilesError(f"The folder {folder} holds {what}. {WANTED}")
    return best


def _unpacked(path: Path) -> bytes:
    """The content of a file, unpacked if it is gzipped, whatever its name says."""
    most = limits.MAX_MNIST_UNPACKED_BYTES
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            content = file.read(most + 1)
    except PermissionError as error:
        raise DataError(f"The file {path} may not be read: permission denied.") from error
    except EOFError as error:
        raise DataError(_advice(path, "is cut off: its end is missing")) from error
    except (OSError, zlib.error) as error:
        raise DataError(_advice(path, f"is damaged ({error})")) from error
    if len(content) > most:
        problem = f"unpacks to over {most // 10**6} MB, which no file of MNIST does"
        raise DataError(_advice(path, problem))
    return content


def _advice(path: Path, problem: str) -> str:
    return f"The file {path} {problem}. Delete it, and copy or download it again."


def read_idx(path: str | Path) -> tuple[np.ndarray, str]:
    """The uint8 array in an IDX file, gzipped or not, and the SHA-256 of the unpacked file.

    A file that is damaged or something else is a DataError.
    """
    path = Path(path)
    content = _unpacked(path)
    if len(content) < 4 or content[:3] != b"\x00\x00\x08" or content[3] not in (1, 3):
        raise DataError(_advice(path, "is not an MNIST file: it does not begin like one"))
    dimensions = content[3]
    start = 4 + 4 * dimensions
    if len(content) < start:
        raise DataError(_advice(path, "is cut off: it ends within its header"))
    shape = tuple(np.frombuffer(content, ">u4", dimensions, 4).tolist())
    wanted, there = math.prod(shape), len(content) - start
    if there != wanted:
        problem = "is cut off" if there < wanted else "is too long"
        problem += f" ({wanted:,} bytes announced, {there:,} present)"
        raise DataError(_advice(path, problem))
    array = np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy()
    return array, hashlib.sha256(content).hexdigest()


def read_folder(
    folder: str | Path, splits: Sequence[str] = ("train", "test")
) -> tuple[dict[str, np.ndarray], bool]:
    """Read and check the four MNIST files of a folder (see `find_files`), or two of them.

    Returns:
        ``train_images`` and ``test_images``, uint8, ``(n, 28, 28)``, 0 = paper and 255 = ink;
        ``train_labels`` and ``test_labels``, uint8, ``(n,)``, 0 to 9; and whether the files that
        were read are the official ones, byte for byte.

    Raises:
        MissingFilesError: if a file is not there.
        DataError: if a file is damaged, or the four do not fit together.
    """
    paths = find_files(folder)
    read = {key: read_idx(paths[key]) for key in paths if key.startswith(tuple(splits))}
    arrays = {key: array for key, (array, _) in read.items()}
    for split in splits:
        images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
        if images.shape[1:] != (28, 28):
            raise DataError(_advice(paths[f"{split}_images"], "does not hold 28×28 images"))
        if labels.ndim != 1 or len(labels) == 0 or labels.max() > 9:
            raise DataError(_advice(paths[f"{split}_labels"], "does not hold the labels 0 to 9"))
        if len(images) != len(labels):
            problem = f"has {len(labels):,} labels, but there are {len(images):,} images"
            raise DataError(_advice(paths[f"{split}_labels"], problem))
    official = all(digest == OFFICIAL_SHA256[key] for key, (_, digest) in read.items())
    return arrays, official
