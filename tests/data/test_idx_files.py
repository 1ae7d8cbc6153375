"""MNIST's files are found, read and checked; a damaged one is named, with what to do."""

import gzip
import hashlib
import os
import stat
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_helpers._support import limits
from mnist_helpers.data import idx_files as mnist_files
from mnist_helpers.data.idx_files import (
    NAMES,
    DataError,
    MissingFilesError,
    find_files,
    read_folder,
    read_idx,
)
from tests.conftest import small_arrays, to_idx, write_folder

IMAGES = to_idx(small_arrays()["test_images"])
LABELS = to_idx(small_arrays()["test_labels"])
PACKED = gzip.compress(IMAGES, mtime=0)


def assert_same(read, written):
    assert read.keys() == written.keys()
    for key, array in written.items():
        assert read[key].dtype == np.uint8
        assert np.array_equal(read[key], array), key


def assert_names(error, path):
    """A message for the person who sees it: the file, and what to do."""
    assert str(path) in str(error.value)
    assert "Delete it, and copy or download it again." in str(error.value)


# Finding and reading


@pytest.mark.parametrize("packed", [True, False], ids=["gzipped", "plain"])
def test_four_files_are_read(tmp_path, packed):
    written = write_folder(tmp_path, packed=packed)
    read, official = read_folder(tmp_path)
    assert_same(read, written)
    assert not official
    read["train_images"][0] = 0  # the arrays can be written to


def test_what_a_file_holds_counts_not_its_name(tmp_path):
    """Browsers unpack silently and keep the name, and people rename."""
    for content in (IMAGES, PACKED):
        (tmp_path / "file.gz").write_bytes(content)
        assert np.array_equal(read_idx(tmp_path / "file.gz")[0], small_arrays()["test_images"])


@pytest.mark.parametrize("below", [".", "MNIST/raw", "raw"])
def test_files_are_found_in_all_layouts_and_spellings_and_mixed(tmp_path, below):
    written = write_folder(tmp_path / below)
    for key in ("train_labels", "test_images"):
        path = tmp_path / below / f"{NAMES[key]}.gz"
        plain = path.with_name(NAMES[key].replace("-idx", ".idx"))
        plain.write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    assert_same(read_folder(str(tmp_path))[0], written)


@pytest.mark.parametrize("whole", [".", "MNIST/raw"])
def test_one_place_is_used_never_a_mix_of_two(tmp_path, whole):
    """Three files here and four there: the four belong together."""
    for seed, below in enumerate((".", "MNIST/raw")):
        arrays = write_folder(tmp_path / below, seed=seed)
        if below == whole:
            written = arrays
        else:
            (tmp_path / below / f"{NAMES['test_labels']}.gz").unlink()
    assert_same(read_folder(tmp_path)[0], written)


def test_a_folder_is_only_read_from(tmp_path):
    write_folder(tmp_path)
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.iterdir()}
    for path in before:
        path.chmod(stat.S_IREAD)
    tmp_path.chmod(stat.S_IREAD | stat.S_IEXEC)
    try:
        read_folder(tmp_path)
        after = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.iterdir()}
    finally:
        tmp_path.chmod(stat.S_IRWXU)
    assert after == before


# What is missing


def test_a_folder_that_is_empty_or_not_there_is_named(tmp_path):
    nowhere = tmp_path / "nowhere"
    for folder, problem in ((nowhere, f"no folder {nowhere}."), (tmp_path, "no MNIST files.")):
        with pytest.raises(MissingFilesError, match="MNIST is four files") as error:
            find_files(folder)
        assert problem in str(error.value)
        assert str(folder) in str(error.value)
        assert "train-images-idx3-ubyte" in str(error.value)


def test_missing_files_are_named(tmp_path):
    write_folder(tmp_path)
    gone = [f"{NAMES[key]}.gz" for key in ("train_labels", "test_images")]
    for name in gone:
        (tmp_path / name).unlink()
    with pytest.raises(MissingFilesError) as error:
        find_files(tmp_path)
    assert f"no {gone[0]} and no {gone[1]}." in str(error.value)


def test_a_folder_in_place_of_a_file_is_a_missing_file(tmp_path):
    write_folder(tmp_path)
    name = f"{NAMES['test_labels']}.gz"
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    with pytest.raises(MissingFilesError, match=f"no {name}"):
        read_folder(tmp_path)


needs_permissions = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user"
)


@needs_permissions
@pytest.mark.parametrize("closed", ["closed/mnist/train-images-idx3-ubyte.gz", "closed"])
def test_a_file_or_folder_that_may_not_be_read_is_named(tmp_path, closed):
    folder = tmp_path / "closed" / "mnist"
    write_folder(folder)
    (tmp_path / closed).chmod(0)
    try:
        with pytest.raises(DataError, match="permission denied") as error:
            read_folder(folder)
    finally:
        (tmp_path / closed).chmod(stat.S_IRWXU)
    assert str(folder) in str(error.value)


# What is damaged


@pytest.mark.parametrize(
    ("content", "lengths"),
    [
        (PACKED, [0, 1, 2, 7, 10, 30, len(PACKED) // 2, len(PACKED) - 6, len(PACKED) - 1]),
        (IMAGES, [0, 3, 4, 9, 15, 16, 1000, len(IMAGES) - 1]),
    ],
    ids=["gzipped", "plain"],
)
def test_a_file_cut_off_anywhere_is_named(tmp_path, content, lengths):
    for length in lengths:
        write_folder(tmp_path, test_images=content[:length])
        with pytest.raises(DataError) as error:
            read_folder(tmp_path)
        assert_names(error, tmp_path / f"{NAMES['test_images']}.gz")
        if length >= 4:
            assert "is cut off" in str(error.value)


BROKEN = {
    "too long": (IMAGES + b"\0", "too long"),
    "a web page": (b"<!DOCTYPE html><title>404</title>", "not an MNIST file"),
    "a zip archive": (b"PK\x03\x04" + bytes(100), "not an MNIST file"),
    "gzip's signature and garbage": (b"\x1f\x8b" + bytes(range(200)), "is damaged"),
    "gzip with a broken checksum": (PACKED[:-8] + bytes(8), "is damaged"),
    "gzip with a broken inside": (PACKED[:500] + b"\xff" * 50 + PACKED[550:], "is damaged"),
    "floats": (struct.pack(">HBBI", 0, 0x0D, 1, 2) + bytes(8), "not an MNIST file"),
    "wrong magic": (b"\x01" + IMAGES[1:], "not an MNIST file"),
    "two axes": (to_idx(np.zeros((20, 784))), "not an MNIST file"),
    "other size": (to_idx(np.zeros((20, 32, 32))), "28×28"),
    "labels in place of images": (LABELS, "28×28"),
    "a header that announces the moon": (struct.pack(">HBB3I", 0, 8, 3, *[2**32 - 1] * 3), "cut"),
}


@pytest.mark.parametrize(("content", "problem"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_not_mnists_images_is_named(tmp_path, content, problem):
    write_folder(tmp_path, test_images=content)
    with pytest.raises(DataError, match=problem) as error:
        read_folder(tmp_path)
    assert_names(error, tmp_path / f"{NAMES['test_images']}.gz")


WRONG_LABELS = {
    "a label over 9": (np.array([*range(19), 10]), "labels 0 to 9"),
    "images in place of labels": (np.zeros((20, 28, 28)), "labels 0 to 9"),
    "one label too few": (np.zeros(19), "19 labels, but there are 20 images"),
    "no labels": (np.zeros(0), "labels 0 to 9"),
}


@pytest.mark.parametrize(("labels", "problem"), WRONG_LABELS.values(), ids=WRONG_LABELS)
def test_labels_that_do_not_fit_are_named(tmp_path, labels, problem):
    write_folder(tmp_path, test_labels=labels)
    with pytest.raises(DataError, match=problem) as error:
        read_folder(tmp_path)
    assert_names(error, tmp_path / f"{NAMES['test_labels']}.gz")


def test_a_file_that_unpacks_to_far_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_MNIST_UNPACKED_BYTES", 2_000_000)
    write_folder(tmp_path, train_images=gzip.compress(bytes(50_000_000)))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="unpacks to over 2 MB") as error:
            read_folder(tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000
    assert_names(error, tmp_path / f"{NAMES['train_images']}.gz")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("scratch") / "file.gz"


SMALL = np.arange(5 * 28 * 28, dtype=np.int64).reshape(5, 28, 28).astype(np.uint8)
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "insert", "remove"]),
        st.integers(0, 10_000),
        st.binary(min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=300, deadline=None)
@given(edits=EDITS, packed=st.booleans())
def test_no_damage_gives_a_wrong_shape_or_an_unreadable_error(scratch, edits, packed):
    content = to_idx(SMALL)
    content = bytearray(gzip.compress(content, mtime=0) if packed else content)
    for kind, position, new in edits:
        at = position % (len(content) + 1)
        if kind == "flip":
            content[at : at + len(new)] = bytes(
                a ^ b for a, b in zip(content[at : at + len(new)], new, strict=False)
            )
        elif kind == "cut":
            del content[at:]
        elif kind == "insert":
            content[at:at] = new
        else:
            del content[at : at + len(new)]
    scratch.write_bytes(bytes(content))
    try:
        array, _ = read_idx(scratch)
    except DataError as error:
        assert str(scratch) in str(error)  # noqa: PT017
    else:
        assert array.ndim in (1, 3)
        if packed:  # the checksum stands for every byte of the content
            assert np.array_equal(array, SMALL)
        else:
            assert array.size == len(content) - 4 - 4 * array.ndim


# Which data set it is


def test_only_the_official_files_are_called_official(tmp_path, monkeypatch):
    """One changed byte in one file makes a look-alike."""
    written = write_folder(tmp_path)
    digests = {key: hashlib.sha256(to_idx(array)).hexdigest() for key, array in written.items()}
    monkeypatch.setattr(mnist_files, "OFFICIAL_SHA256", digests)
    assert read_folder(tmp_path)[1]
    written["test_images"][3, 14, 14] ^= 1
    write_folder(tmp_path, test_images=written["test_images"])
    assert not read_folder(tmp_path)[1]
