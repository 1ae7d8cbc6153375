"""Where MNIST comes from, in which order, and what a data set says about itself."""

import hashlib
import os
import threading
import urllib.request

import numpy as np
import pytest
from torchvision.datasets import MNIST

from mnist_helpers._support import fetching, limits
from mnist_helpers.data import (
    MEAN,
    STD,
    DataError,
    find_local_mnist,
    load_mnist,
    loading,
    local_test_digits,
)
from mnist_helpers.data.idx_files import NAMES
from mnist_helpers.data.stand_in import STAND_IN
from tests.conftest import run_python, write_folder

HANG = 60  # seconds; far over what any test here needs
LOOK_ALIKE = "digits in MNIST's format (not the official MNIST)"


@pytest.fixture
def offline(alone, closed_port, monkeypatch):
    """No data on this machine, and mirrors that refuse; gives the cache's folder."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{closed_port}/"])
    return alone / "mnist"


@pytest.fixture
def online(offline, mirrors, tmp_path, monkeypatch):
    """A mirror on this machine with small files; gives the cache's folder and the files' arrays."""
    arrays = write_folder(tmp_path / "served", seed=4)
    mirrors.files = {path.name: path.read_bytes() for path in (tmp_path / "served").iterdir()}
    md5 = [(name, hashlib.md5(content).hexdigest()) for name, content in mirrors.files.items()]
    monkeypatch.setattr(MNIST, "mirrors", [mirrors.url("good")])
    monkeypatch.setattr(MNIST, "resources", md5)
    return offline, arrays


def holds(data, arrays) -> bool:
    """Whether a data set has exactly these images and labels."""
    return all(
        np.array_equal(getattr(part, field).numpy(), arrays[f"{split}_{field}"])
        for split, part in (("train", data.train), ("test", data.test))
        for field in ("images", "labels")
    )


def cut_off(path):
    path.write_bytes(path.read_bytes()[:-20])


# The order of the sources


def test_the_first_place_that_has_files_is_used(online, tmp_path, monkeypatch, capsys):
    cache, served = online
    root, named = tmp_path / "root", tmp_path / "named"
    in_root, in_named, in_cache = (
        write_folder(folder, seed=seed) for seed, folder in enumerate((root, named, cache))
    )
    monkeypatch.setenv("MNIST_DATA_DIR", str(named))

    for place, arrays in ((root, in_root), (None, in_named)):
        data = load_mnist(place)
        assert (data.source, data.name) == ("folder", LOOK_ALIKE)
        assert holds(data, arrays)

    monkeypatch.delenv("MNIST_DATA_DIR")
    data = load_mnist()
    assert data.source == "cache"
    assert holds(data, in_cache)

    for path in cache.iterdir():
        path.unlink()
    data = load_mnist()
    assert data.source == "download"
    assert holds(data, served)
    assert load_mnist().source == "cache"
    assert capsys.readouterr().err == ""  # only the stand-in is announced


def test_without_anything_else_there_is_the_stand_in(offline, capsys):
    data = load_mnist()
    announced = capsys.readouterr()
    assert (data.source, data.name) == ("stand-in", STAND_IN)
    assert not data.is_mnist
    assert "STAND-IN" in announced.err
    assert "MNIST could not be downloaded" in announced.err  # why
    assert "set the environment variable MNIST_DATA_DIR" in announced.err  # what to do
    assert announced.out == ""


def test_in_the_next_notebook_the_stand_in_is_announced_in_two_lines(offline, capsys, monkeypatch):
    assert load_mnist().source == "stand-in"
    capsys.readouterr()
    monkeypatch.setattr(fetching, "_asked", set())  # as in a new process
    assert load_mnist().source == "stand-in"
    first, second = capsys.readouterr().err.splitlines()
    assert first == "!! MNIST is not here. You get the STAND-IN: scikit-learn's 1,797 small digits."
    assert "nobody answered 0 min ago; to ask now, " in second
    monkeypatch.setenv("MNIST_DATA_DIR", "/no/such/folder")  # another reason is still told
    monkeypatch.setattr(fetching, "_asked", set())
    load_mnist()
    assert "MNIST_DATA_DIR does not help" in capsys.readouterr().err


def test_the_cache_can_be_named(offline, tmp_path):
    written = write_folder(tmp_path / "mine" / "mnist")
    assert holds(load_mnist(cache=tmp_path / "mine"), written)


def test_download_false_asks_no_server(online, capsys, monkeypatch):
    monkeypatch.setattr(loading, "download_mnist", lambda *_, **__: pytest.fail("downloaded"))
    assert load_mnist(download=False).source == "stand-in"
    assert "Downloading was not allowed" in capsys.readouterr().err


def test_a_named_folder_without_files_is_passed_over_and_said(
    offline, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path / "named"))
    assert load_mnist().source == "stand-in"
    assert f"does not help: There is no folder {tmp_path / 'named'}" in capsys.readouterr().err
    (tmp_path / "named").mkdir()
    assert load_mnist().source == "stand-in"
    assert f"does not help: The folder {tmp_path / 'named'} holds" in capsys.readouterr().err
    monkeypatch.setenv("MNIST_DATA_DIR", "")  # an empty variable names no folder
    assert load_mnist().source == "stand-in"
    assert "does not help" not in capsys.readouterr().err


def test_all_that_look_on_this_machine_look_in_the_same_places(alone, tmp_path, monkeypatch):
    cache, named = alone / "mnist", tmp_path / "named"
    assert find_local_mnist() is None
    assert local_test_digits().name == STAND_IN
    in_cache, in_named = write_folder(cache), write_folder(named, seed=1)
    for folder, arrays in ((cache, in_cache), (named, in_named)):
        if folder == named:
            monkeypatch.setenv("MNIST_DATA_DIR", str(named))
        assert find_local_mnist().folder == folder
        assert np.array_equal(local_test_digits().images, arrays["test_images"])
        assert holds(load_mnist(download=False), arrays)
    cut_off(named / f"{NAMES['test_images']}.gz")
    with pytest.raises(DataError, match="is cut off"):
        find_local_mnist()
    assert np.array_equal(local_test_digits().images, in_cache["test_images"])


# Damaged files


@pytest.mark.parametrize("way", ["root", "MNIST_DATA_DIR"])
@pytest.mark.parametrize("key", NAMES)
def test_a_damaged_file_is_an_error_and_nothing_is_used(online, tmp_path, monkeypatch, way, key):
    folder = tmp_path / "folder"
    write_folder(folder)
    damaged = folder / f"{NAMES[key]}.gz"
    cut_off(damaged)
    if way == "MNIST_DATA_DIR":
        monkeypatch.setenv("MNIST_DATA_DIR", str(folder))
    with pytest.raises(DataError) as error:
        load_mnist(folder if way == "root" else None)
    assert str(damaged) in str(error.value)
    assert "Delete it" in str(error.value)


def test_a_damaged_cache_is_downloaded_again(online):
    cache, served = online
    write_folder(cache, seed=4)
    cut_off(cache / f"{NAMES['train_images']}.gz")
    data = load_mnist()
    assert data.source == "download"
    assert holds(data, served)


def test_a_damaged_cache_offline_gives_the_stand_in_and_the_reason(offline, capsys):
    write_folder(offline)
    damaged = offline / f"{NAMES['test_images']}.gz"
    cut_off(damaged)
    assert load_mnist().source == "stand-in"
    announced = capsys.readouterr().err
    assert f"{damaged} is cut off" in announced
    assert "could not be downloaded" in announced


def test_a_cache_that_cannot_be_made_gives_the_stand_in_and_the_reason(online, tmp_path, capsys):
    (tmp_path / "file").write_bytes(b"")
    assert load_mnist(cache=tmp_path / "file").source == "stand-in"
    assert "cannot be made" in capsys.readouterr().err


# What it says it is


def test_only_official_files_are_called_mnist(alone, tmp_path):
    write_folder(tmp_path / "data")
    data = load_mnist(tmp_path / "data")
    assert not data.is_mnist
    assert data.licence == "unknown"
    assert repr(data) == f"{LOOK_ALIKE}: 40 training and 20 test images"
    assert data.train.name == data.test.name == data.name


@pytest.mark.skipif(not os.environ.get("MNIST_DATA_DIR"), reason="MNIST_DATA_DIR is not set")
def test_the_real_mnist_says_so():
    data = load_mnist()
    assert data.is_mnist
    assert data.source == "folder"
    assert "CC BY-SA 3.0" in data.licence
    assert find_local_mnist().name == "the folder in MNIST_DATA_DIR"
    assert repr(data) == "MNIST: 60,000 training and 10,000 test images"
    ink = data.train.images.float() / 255
    assert (ink.mean().item(), ink.std().item()) == pytest.approx((MEAN, STD), abs=1e-4)


@pytest.mark.slow
def test_offline_the_stand_in_comes_without_hanging(tmp_path):
    """Nor does the end of the program wait for a host's name that is never found."""
    code = """
import socket, sys, time
socket.getaddrinfo = lambda *_, **__: time.sleep(1000)
from mnist_helpers.data import load_mnist
data = load_mnist(cache=sys.argv[1])
print(data.source, len(data.train))
"""
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    environment.pop("MNIST_DATA_DIR", None)
    result = run_python(code, tmp_path, timeout=HANG, env=environment)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "stand-in 1437\n"
    assert "STAND-IN" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_answer_comes_soon_where_mirrors_never_answer(alone, monkeypatch):
    """How fast a machine is does not count here, only that nobody waits longer than told."""
    monkeypatch.setattr(limits, "ANSWER_SECONDS", 0.1)
    never = threading.Event()
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: never.wait(HANG))
    try:
        assert load_mnist().source == "stand-in"
        assert not never.is_set()
    finally:
        never.set()
