"""The download, against a server on this machine with every kind of mirror there is."""

import errno
import gzip
import hashlib
import http.client
import http.server
import itertools
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, small_arrays, to_idx
from torchvision.datasets import MNIST

from mnist_helpers._support import limits
from mnist_helpers.data import DataError
from mnist_helpers.data import download as module
from mnist_helpers.data.download import download
from mnist_helpers.data.idx_files import NAMES, read_folder

ARRAYS = small_arrays(n_train=300)
FILES = {f"{NAMES[key]}.gz": gzip.compress(to_idx(ARRAYS[key]), mtime=0) for key in NAMES}
MD5 = {name: hashlib.md5(content).hexdigest() for name, content in FILES.items()}
HANG = 30  # seconds; far over what any test here needs: only a hang takes longer


class Mirrors(http.server.ThreadingHTTPServer):
    """Serves ``/KIND/FILE``, where KIND is how that mirror behaves: a method of `Handler`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.over = threading.Event()  # lets go of the requests that are never answered
        self.requests: list[tuple[str, str]] = []
        self.budget = 10**9  # bytes that "pausing" still sends
        self.paused = threading.Event()

    def url(self, kind: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{kind}/"

    def fetched(self, kind: str) -> list[str]:
        return [name for asked, name in self.requests if asked == kind]

    def handle_error(self, *_):
        """A client that hangs up is part of the tests."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        _, kind, name = self.path.split("/")
        self.server.requests.append((kind, name))
        getattr(self, kind)(FILES[name])

    def log_message(self, *_):
        pass

    def begin(self, length: int | None) -> None:
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def good(self, content):
        self.begin(len(content))
        self.wfile.write(content)

    def late(self, content):
        """Good, but never the first to answer."""
        if len(self.server.fetched("late")) == 1:
            time.sleep(0.2)
        self.good(content)

    def only_the_small_files(self, content):
        self.good(content) if len(content) < 1000 else self.send_error(404)

    def truncated(self, content):
        self.good(content[: len(content) // 2])

    def a_web_page(self, content):
        self.good(b"<!DOCTYPE html><title>Welcome to our wireless network</title>")

    def forbidden(self, content):
        self.send_error(403)

    def silent(self, content):
        self.server.over.wait(HANG)

    def silent_in_the_middle(self, content):
        self.begin(len(content))
        self.wfile.write(content[: len(content) // 2])
        self.wfile.flush()
        self.server.over.wait(HANG)

    def trickling(self, content):
        self.begin(len(content))
        for byte in content:
            self.wfile.write(bytes([byte]))
            if self.server.over.wait(0.02):
                return

    def trickling_headers(self, content):
        self.wfile.write(b"HTTP/1.0 200 OK\r\n")
        while not self.server.over.wait(0.02):
            self.wfile.write(b"x")

    def dropping(self, content):
        self.begin(len(content))
        self.wfile.write(content[: len(content) // 2])

    def endless(self, content):
        self.begin(None)
        while not self.server.over.is_set():
            self.wfile.write(bytes(1 << 16))

    def not_http(self, content):
        self.wfile.write(b"220 ftp ready\r\n")

    def redirecting_in_circles(self, content):
        self.send_response(302)
        self.send_header("Location", self.path)
        self.end_headers()

    def pausing(self, content):
        """Good, until the server's budget is spent; then says so and falls silent."""
        self.begin(len(content))
        for start in range(0, len(content), 4096):
            chunk = content[start : start + 4096]
            self.wfile.write(chunk)
            self.server.budget -= len(chunk)
            if self.server.budget < 0:
                self.wfile.flush()
                self.server.paused.set()
                self.server.over.wait(HANG)
                return


@pytest.fixture
def mirrors():
    server = Mirrors()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def use(mirrors, monkeypatch):
    """Make torchvision name some of the mirrors, and lose patience with them soon."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(MNIST, "resources", list(MD5.items()))
    monkeypatch.setattr(limits, "ANSWER_SECONDS", 1.5)
    monkeypatch.setattr(limits, "STALL_SECONDS", 0.6)
    monkeypatch.setattr(limits, "MAX_MNIST_DOWNLOAD_BYTES", 5_000_000)

    def use(*kinds: str) -> None:
        monkeypatch.setattr(MNIST, "mirrors", [mirrors.url(kind) for kind in kinds])

    return use


def assert_complete(folder: Path) -> None:
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == FILES


def assert_nothing_half(folder: Path) -> None:
    """What is there is whole, and nothing else is there."""
    for path in folder.iterdir():
        assert path.name in FILES
        assert path.read_bytes() == FILES[path.name]


BAD = [
    "truncated",
    "a_web_page",
    "forbidden",
    "silent",
    "silent_in_the_middle",
    "trickling",
    "trickling_headers",
    "dropping",
    "endless",
    "not_http",
    "redirecting_in_circles",
]


def test_four_files_arrive_whole(use, tmp_path):
    use("good")
    download(tmp_path / "made" / "on the way")
    assert_complete(tmp_path / "made" / "on the way")
    read, _ = read_folder(tmp_path / "made" / "on the way")
    assert all(np.array_equal(read[key], ARRAYS[key]) for key in NAMES)


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_mirror_before_a_good_one_does_not_matter(use, mirrors, tmp_path, bad):
    use(bad, "late")
    download(tmp_path, time_limit=20)
    assert_complete(tmp_path)
    if bad in ("silent_in_the_middle", "trickling"):  # patience is spent once, not on each file
        assert len(mirrors.fetched(bad)) == 2  # the probe, and one file


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_mirror_after_a_good_one_does_not_matter(use, tmp_path, bad):
    use("good", bad)
    download(tmp_path, time_limit=20)
    assert_complete(tmp_path)


def test_two_mirrors_complete_each_other(use, mirrors, tmp_path):
    use("only_the_small_files", "late")
    download(tmp_path)
    assert_complete(tmp_path)
    assert len(set(mirrors.fetched("late"))) == 3  # the probe, and the two large files


def test_a_host_that_refuses_or_does_not_exist_does_not_matter(
    use, mirrors, tmp_path, monkeypatch, closed_port
):
    use("late")
    bad = [f"http://127.0.0.1:{closed_port}/", "http://no-such-host.invalid/"]
    monkeypatch.setattr(MNIST, "mirrors", bad + MNIST.mirrors)
    download(tmp_path)
    assert_complete(tmp_path)


SAYS = {
    "truncated": "it sent a damaged or cut-off file",
    "a_web_page": "it sent a damaged or cut-off file",
    "forbidden": "error 403 (Forbidden)",
    "silent": "no answer",
    "silent_in_the_middle": "no answer",
    "trickling": "it is far too slow",
    "trickling_headers": "no answer",
    "dropping": "it sent a damaged or cut-off file",
    "endless": "it sends far more than the file has",
}


@pytest.mark.parametrize("bad", BAD)
def test_a_mirror_that_fails_is_reported_and_leaves_nothing(use, mirrors, tmp_path, bad):
    use(bad)
    start = time.monotonic()
    with pytest.raises(DataError, match="MNIST could not be downloaded") as error:
        download(tmp_path, time_limit=20)
    assert time.monotonic() - start < HANG
    assert f"127.0.0.1:{mirrors.server_port}: " in str(error.value)
    assert SAYS.get(bad, "") in str(error.value)
    assert list(tmp_path.glob("*train*")) == []
    assert_nothing_half(tmp_path)


def test_where_all_mirrors_fail_the_message_says_what_each_did(use, tmp_path):
    use("forbidden", "truncated", "silent")
    with pytest.raises(DataError) as error:
        download(tmp_path)
    for bad in ("forbidden", "truncated", "silent"):
        assert SAYS[bad] in str(error.value)


@pytest.mark.parametrize("bad", ["silent", "silent_in_the_middle", "trickling", "endless"])
def test_the_time_limit_is_kept(use, tmp_path, monkeypatch, bad):
    """Even by a mirror that nothing else would stop."""
    use(bad)
    monkeypatch.setattr(limits, "ANSWER_SECONDS", HANG)
    monkeypatch.setattr(limits, "STALL_SECONDS", HANG)
    monkeypatch.setattr(limits, "MAX_MNIST_DOWNLOAD_BYTES", 2 * 10**9)
    start = time.monotonic()
    with pytest.raises(DataError, match="could not be downloaded"):
        download(tmp_path, time_limit=0.5)
    assert time.monotonic() - start < HANG / 3
    assert_nothing_half(tmp_path)


# What is there already


def test_whole_files_are_not_fetched_again(use, mirrors, tmp_path):
    use("good")
    download(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    mirrors.requests.clear()
    download(tmp_path)
    assert mirrors.requests == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_only_what_is_missing_or_wrong_is_fetched(use, mirrors, tmp_path):
    use("good")
    download(tmp_path)
    missing, wrong, *_ = FILES
    (tmp_path / missing).unlink()
    (tmp_path / wrong).write_bytes(FILES[wrong][:-1])
    mirrors.requests.clear()
    download(tmp_path)
    assert set(mirrors.fetched("good")) == {missing, wrong}
    assert_complete(tmp_path)


# Interruptions


class Bar:
    """A progress bar that is interrupted at its ``moment``-th update."""

    def __init__(self, moment: float):
        self.moment, self.bytes = moment, 0

    def __call__(self, *_, **__):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def update(self, n: int) -> None:
        self.bytes += n
        self.moment -= 1
        if self.moment == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("moment", [1, 2, 3, 4, 5, 6])
def test_an_interrupted_download_leaves_nothing_half_and_can_be_repeated(
    use, tmp_path, monkeypatch, moment
):
    use("good")
    monkeypatch.setattr(module, "progress_bar", Bar(moment))
    with pytest.raises(KeyboardInterrupt):
        download(tmp_path)
    assert len(list(tmp_path.iterdir())) < len(FILES)
    assert_nothing_half(tmp_path)
    monkeypatch.setattr(module, "progress_bar", Bar(moment=float("inf")))
    download(tmp_path)
    assert_complete(tmp_path)


def test_the_progress_bar_counts_every_byte(use, tmp_path, monkeypatch):
    use("good")
    bar = Bar(moment=float("inf"))
    monkeypatch.setattr(module, "progress_bar", bar)
    download(tmp_path)
    assert bar.bytes == sum(map(len, FILES.values()))


DOWNLOAD = """
import sys, types
stand_in = types.ModuleType("torchvision.datasets")  # the real one takes seconds to import
class MNIST:
    mirrors = [sys.argv[2]]
    resources = [pair.split("=") for pair in sys.argv[3:]]
stand_in.MNIST = MNIST
sys.modules["torchvision"] = types.ModuleType("torchvision")
sys.modules["torchvision.datasets"] = stand_in
from mnist_helpers.data.download import download
download(sys.argv[1])
"""


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.02, 0.4, 0.9, 0.97])
def test_a_killed_download_leaves_nothing_that_looks_complete(use, mirrors, tmp_path, share):
    mirrors.budget = int(share * sum(map(len, FILES.values())))
    pairs = [f"{name}={md5}" for name, md5 in MD5.items()]
    command = [sys.executable, "-c", DOWNLOAD, tmp_path, mirrors.url("pausing"), *pairs]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "no_proxy": "127.0.0.1"})
    assert mirrors.paused.wait(2 * HANG)
    process.kill()
    process.wait()
    there = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    final = {name: content for name, content in there.items() if not name.startswith(".")}
    assert final.items() <= FILES.items()
    assert len(final) < len(FILES)
    use("good")
    download(tmp_path)
    assert FILES.items() <= {path.name: path.read_bytes() for path in tmp_path.iterdir()}.items()


# The disk


class FullDisk:
    """A file that takes some bytes and then no more."""

    def __init__(self, file):
        self.file, self.left = file, 100_000

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def write(self, chunk: bytes) -> None:
        self.left -= len(chunk)
        if self.left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.file.write(chunk)


def test_a_full_disk_is_a_sentence_and_leaves_nothing(use, tmp_path, monkeypatch):
    use("good")
    real_open = Path.open

    def open_on_full_disk(self, mode="r", *arguments, **options):
        file = real_open(self, mode, *arguments, **options)
        return FullDisk(file) if "w" in mode and self.parent == tmp_path else file

    monkeypatch.setattr(Path, "open", open_on_full_disk)
    with pytest.raises(DataError, match="Nothing can be written to") as error:
        download(tmp_path)
    assert str(tmp_path) in str(error.value)
    assert os.strerror(errno.ENOSPC) in str(error.value)
    assert_nothing_half(tmp_path)


def test_a_file_that_cannot_be_put_in_its_place_is_a_sentence(use, tmp_path):
    use("good")
    first = next(iter(FILES))
    (tmp_path / first / "in the way").mkdir(parents=True)
    with pytest.raises(DataError, match="Nothing can be written to"):
        download(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [first]


def test_a_folder_that_cannot_be_made_is_a_sentence(use, mirrors, tmp_path):
    use("good")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="cannot be made or read") as error:
        download(tmp_path / "file" / "mnist")
    assert str(tmp_path / "file" / "mnist") in str(error.value)
    assert mirrors.requests == []


def test_trouble_with_the_network_is_not_taken_for_a_full_disk(use, tmp_path, monkeypatch):
    """A network that goes down in the middle is an OSError as well."""
    use("good", "late")
    real_read = http.client.HTTPResponse.read1
    calls = itertools.count()

    def read(self, n=-1):
        if next(calls) == 1:
            raise OSError(errno.ENETDOWN, "Network is down")
        return real_read(self, n)

    monkeypatch.setattr(http.client.HTTPResponse, "read1", read)
    download(tmp_path)
    assert_complete(tmp_path)
