"""Files arrive whole or not at all, and in time, whatever a mirror does."""

import errno
import hashlib
import http.client
import itertools
import os
import subprocess
import sys
import time

import pytest

from mnist_helpers._support import AwayError, FetchError, fetch, fetching, limits, runtime
from tests.conftest import HANG, ROOT

pytestmark = pytest.mark.seconds

FILES = {"large": os.urandom(240_000), "small": b"1", "medium": os.urandom(20_000), "last": b"22"}
MD5 = {name: ("md5", hashlib.md5(content).hexdigest()) for name, content in FILES.items()}
BAD = {
    "truncated": "it sent a damaged or cut-off file",
    "a_web_page": "it sent a damaged or cut-off file",
    "dropping": "it sent a damaged or cut-off file",
    "forbidden": "error 403 (Forbidden)",
    "silent": "no answer",
    "silent_in_the_middle": "no answer",
    "trickling": "it is far too slow",
    "trickling_headers": "no answer",
    "endless": "it sends far more than the file has",
    "not_http": "",
    "redirecting_in_circles": "error 302",
}


@pytest.fixture
def get(mirrors, tmp_path):
    """Fetch the files from mirrors of some kinds, or at some addresses, into ``tmp_path``."""
    mirrors.files = FILES

    def get(*kinds, time_limit=20.0, max_bytes=5_000_000):
        urls = [kind if "/" in kind else mirrors.url(kind) for kind in kinds]
        fetch(MD5, urls, tmp_path, title="x", time_limit=time_limit, max_bytes=max_bytes)

    return get


@pytest.fixture
def updates(monkeypatch):
    """The numbers of bytes that the progress bar counts."""
    counted = []
    monkeypatch.setattr(runtime.tqdm, "update", lambda _, n: counted.append(n))
    return counted


def assert_complete(folder):
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == FILES


def assert_nothing_half(folder):
    """What is there is whole, and nothing else is there."""
    there = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert there.items() < FILES.items()


def test_files_arrive_whole_and_the_bar_counts_every_byte(get, tmp_path, updates):
    get("good")
    assert_complete(tmp_path)
    assert sum(updates) == sum(map(len, FILES.values()))


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_mirror_before_a_good_one_does_not_matter(get, mirrors, tmp_path, bad):
    get(bad, "late")
    assert_complete(tmp_path)
    if bad in ("silent_in_the_middle", "trickling"):  # patience is spent once, not on each file
        assert len(mirrors.fetched(bad)) <= 3  # the probe, which is short, and one large file


def test_two_mirrors_complete_each_other(get, mirrors, tmp_path):
    get("only_the_small_files", "late")
    assert_complete(tmp_path)
    assert set(mirrors.fetched("late")) == {"last", "large", "medium"}  # "last" is the probe


def test_a_host_that_refuses_or_does_not_exist_does_not_matter(get, tmp_path, closed_port):
    get(f"http://127.0.0.1:{closed_port}/", "http://no-such-host.invalid/", "late")
    assert_complete(tmp_path)


@pytest.mark.parametrize("bad", BAD)
def test_a_mirror_that_fails_is_reported_and_leaves_nothing(get, mirrors, tmp_path, bad):
    start = time.monotonic()
    with pytest.raises(FetchError) as error:
        get(bad)
    assert time.monotonic() - start < HANG
    assert f"127.0.0.1:{mirrors.server_port}: " in str(error.value)
    assert BAD[bad] in str(error.value)
    assert not (tmp_path / "large").exists()
    assert_nothing_half(tmp_path)


@pytest.mark.parametrize("bad", ["silent", "silent_in_the_middle", "trickling", "endless"])
def test_the_time_limit_is_kept(get, tmp_path, monkeypatch, bad):
    """Even with a mirror that nothing else would stop."""
    monkeypatch.setattr(limits, "ANSWER_SECONDS", HANG)
    monkeypatch.setattr(limits, "STALL_SECONDS", HANG)
    start = time.monotonic()
    with pytest.raises(FetchError):
        get(bad, time_limit=0.5, max_bytes=2 * 10**9)
    assert time.monotonic() - start < HANG / 3
    assert_nothing_half(tmp_path)


@pytest.mark.parametrize("moment", [1, 2, 4, 6])
def test_an_interruption_leaves_nothing_half_and_can_be_repeated(
    get, tmp_path, monkeypatch, moment
):
    count = itertools.count(1)

    def interrupt(*_):
        if next(count) == moment:
            raise KeyboardInterrupt

    monkeypatch.setattr(runtime.tqdm, "update", interrupt)
    with pytest.raises(KeyboardInterrupt):
        get("good")
    assert_nothing_half(tmp_path)
    get("good")
    assert_complete(tmp_path)


FETCH = """
import json, sys
from pathlib import Path
from mnist_helpers._support import fetch
folder, url, digests = sys.argv[1:]
fetch(json.loads(digests), [url], Path(folder), title="x", time_limit=99, max_bytes=10**9)
"""


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.02, 0.4, 0.97])
def test_a_killed_process_leaves_nothing_that_looks_complete(get, mirrors, tmp_path, share):
    mirrors.budget = int(share * sum(map(len, FILES.values())))
    digests = str(MD5).replace("'", '"').replace("(", "[").replace(")", "]")
    command = [sys.executable, "-c", FETCH, tmp_path, mirrors.url("pausing"), digests]
    process = subprocess.Popen(command, cwd=ROOT)
    assert mirrors.paused.wait(2 * HANG)
    process.kill()
    process.wait()
    there = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {n: content for n, content in there.items() if n[0] != "."}.items() < FILES.items()
    get("good")
    assert FILES.items() <= {path.name: path.read_bytes() for path in tmp_path.iterdir()}.items()


def test_a_file_that_cannot_be_put_in_its_place_is_an_error(get, tmp_path):
    (tmp_path / "large" / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match="large"):
        get("good")
    assert [path.name for path in tmp_path.iterdir()] == ["large"]


def test_trouble_with_the_connection_is_not_taken_for_a_full_disk(get, tmp_path, monkeypatch):
    """A connection that goes down in the middle is an OSError as well."""
    real_read = http.client.HTTPResponse.read1
    calls = itertools.count()

    def read(self, n=-1):
        if next(calls) == 1:
            raise OSError(errno.ENETDOWN, "Network is down")
        return real_read(self, n)

    monkeypatch.setattr(http.client.HTTPResponse, "read1", read)
    get("good", "late")
    assert_complete(tmp_path)


# That nobody answered is remembered


@pytest.fixture
def away(get, mirrors, tmp_path, monkeypatch):
    """Nobody has answered; gives the note of it, and a function that asks from another process."""
    patience = limits.ANSWER_SECONDS
    monkeypatch.setattr(limits, "ANSWER_SECONDS", 0.2)
    with pytest.raises(FetchError, match="no answer"):
        get("silent")
    monkeypatch.setattr(limits, "ANSWER_SECONDS", patience)
    mirrors.requests.clear()

    def ask(kind="late"):
        monkeypatch.setattr(fetching, "_asked", set())
        get(kind)

    return tmp_path.with_name(f".{tmp_path.name}.away"), ask


def test_for_some_minutes_other_processes_ask_nobody(away, mirrors, tmp_path):
    note, ask = away
    for _ in range(2):
        with pytest.raises(AwayError, match="nobody answered 0 min ago; to ask now, delete "):
            ask()
    assert mirrors.requests == []
    note.unlink()
    ask()
    assert_complete(tmp_path)


def test_a_cell_that_is_run_again_asks_at_once_and_success_forgets(away, get, tmp_path):
    note, _ = away
    get("late")
    assert_complete(tmp_path)
    assert not note.exists()


@pytest.mark.parametrize("change", ["older", "from the future", "another connection", "damaged"])
def test_a_note_that_no_longer_holds_is_not_obeyed(away, tmp_path, monkeypatch, change):
    note, ask = away
    if change == "another connection":  # a cable was plugged in
        monkeypatch.setattr(fetching, "_own_address", lambda: "192.0.2.9")
    elif change == "damaged":
        note.write_bytes(b"\xff\xfe")
    else:
        shift = limits.AWAY_SECONDS + 1 if change == "older" else -60
        os.utime(note, (time.time() - shift,) * 2)
    ask()
    assert_complete(tmp_path)


def test_a_note_that_cannot_be_written_or_read_does_not_matter(away, tmp_path):
    note, ask = away
    note.unlink()
    note.mkdir()  # nothing can be written there, not even by an administrator
    with pytest.raises(FetchError, match="no answer"):
        ask("silent")
    ask()
    assert_complete(tmp_path)


def test_a_server_that_answers_is_not_remembered_as_away(get, tmp_path):
    for bad in ("forbidden", "a_web_page"):
        with pytest.raises(FetchError):
            get(bad)
    assert not tmp_path.with_name(f".{tmp_path.name}.away").exists()
