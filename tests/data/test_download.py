"""What is missing of MNIST's four files is downloaded; `test_fetching` has the bad mirrors."""

import errno
import gzip
import hashlib
import os

import numpy as np
import pytest
from torchvision.datasets import MNIST

from mnist_helpers.data import DataError
from mnist_helpers.data.idx_files import NAMES, read_folder
from mnist_helpers.data.loading import download_mnist
from tests.conftest import small_arrays, to_idx

ARRAYS = small_arrays(n_train=300)
FILES = {f"{NAMES[key]}.gz": gzip.compress(to_idx(ARRAYS[key]), mtime=0) for key in NAMES}


@pytest.fixture
def use(mirrors, monkeypatch):
    """Make torchvision name some mirrors of these files."""
    mirrors.files = FILES
    md5 = [(name, hashlib.md5(content).hexdigest()) for name, content in FILES.items()]
    monkeypatch.setattr(MNIST, "resources", md5)

    def use(*kinds: str) -> None:
        monkeypatch.setattr(MNIST, "mirrors", [mirrors.url(kind) for kind in kinds])

    return use


def test_four_files_arrive_whole(use, tmp_path):
    use("forbidden", "late")
    download_mnist(tmp_path / "made" / "on the way")
    read, _ = read_folder(tmp_path / "made" / "on the way")
    assert all(np.array_equal(read[key], ARRAYS[key]) for key in NAMES)


def test_only_what_is_missing_or_wrong_is_fetched(use, mirrors, tmp_path):
    use("good")
    download_mnist(tmp_path)
    mirrors.requests.clear()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    download_mnist(tmp_path)
    assert mirrors.requests == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
    missing, wrong, *_ = FILES
    (tmp_path / missing).unlink()
    (tmp_path / wrong).write_bytes(FILES[wrong][:-1])
    download_mnist(tmp_path)
    assert set(mirrors.fetched("good")) == {missing, wrong}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == FILES


def test_mirrors_that_fail_are_a_sentence(use, tmp_path):
    use("forbidden", "truncated")
    with pytest.raises(DataError, match="MNIST could not be downloaded") as error:
        download_mnist(tmp_path)
    assert "error 403 (Forbidden)" in str(error.value)
    assert "it sent a damaged or cut-off file" in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_a_sentence(use, tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    use("good")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match="MNIST could not be kept") as error:
        download_mnist(tmp_path)
    assert str(tmp_path) in str(error.value)
    assert "the disk is full" in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_a_sentence(use, mirrors, tmp_path):
    use("good")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="cannot be made or read") as error:
        download_mnist(tmp_path / "file" / "mnist")
    assert str(tmp_path / "file" / "mnist") in str(error.value)
    assert mirrors.requests == []
