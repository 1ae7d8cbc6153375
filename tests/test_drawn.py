"""Others can fetch the drawings behind the figures, and nothing but these counts as one of them."""

import hashlib
import io
import json
import os
import sys
import tarfile
from pathlib import Path

import pytest

from benchmarks import drawn, reading
from mnist_helpers.recognizer import load_drawn
from tests.conftest import written

SEVEN, ZERO = written("7 crossed"), written("0 slashed")


def sha(content):
    return hashlib.sha256(content).hexdigest()


def source(name, **drawings):
    drawings = {label[1:]: [sha(one) for one in contents] for label, contents in drawings.items()}
    return {"repository": f"someone/{name}", "commit": name, "drawings": drawings}


def packed(*contents, rest=200_000):
    """A packed repository: large and small files in folders, as GitHub sends it."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for number, content in enumerate((b"# Read me", *contents, os.urandom(rest))):
            about = tarfile.TarInfo(f"repository-1/img/{number}.png")
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return file.getvalue()


SOURCES = [source("first", d7=[SEVEN], d0=[ZERO]), source("second", d7=[SEVEN + b"more"])]


@pytest.fixture
def fetch(mirrors, tmp_path):
    """Fetch some drawings from a server that behaves in one of its ways; returns the problems."""
    mirrors.files = {"first.tar.gz": packed(ZERO, SEVEN), "second.tar.gz": packed(SEVEN + b"more")}

    def fetch(kind, sources=SOURCES):
        return drawn.fetch_drawings(tmp_path, sources, mirrors.url(kind).rstrip("/"))

    return fetch


def there(folder):
    return {(one.label, one.source, one.path.read_bytes()) for one in load_drawn(folder)}


ALL = {
    (7, "someone/first", SEVEN),
    (0, "someone/first", ZERO),
    (7, "someone/second", SEVEN + b"more"),
}


def test_drawings_are_found_by_their_bytes_and_listed(fetch, tmp_path):
    assert fetch("good") == []
    assert there(tmp_path) == ALL
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 4


def test_only_what_is_missing_or_damaged_is_fetched_again(fetch, mirrors, tmp_path):
    fetch("good")
    mirrors.requests.clear()
    assert fetch("good") == []
    assert mirrors.requests == []
    next(one.path for one in load_drawn(tmp_path) if one.label == 0).write_bytes(b"damaged")
    assert fetch("good") == []
    assert mirrors.fetched("good") == ["first.tar.gz"]
    assert there(tmp_path) == ALL


def test_a_drawing_that_was_changed_is_not_taken(fetch, mirrors, tmp_path):
    mirrors.files["first.tar.gz"] = packed(ZERO + b"changed", SEVEN)
    assert fetch("good") == ["someone/first: it no longer has all of them (missing: 1)"]
    assert there(tmp_path) == {one for one in ALL if one[0] == 7}


def test_what_arrived_before_a_break_stays(fetch, mirrors, tmp_path):
    mirrors.files["first.tar.gz"] = packed(ZERO, os.urandom(200_000), SEVEN)
    assert fetch("truncated") == ["someone/first: it sent a damaged or cut-off file"]
    assert (0, "someone/first", ZERO) in there(tmp_path)
    assert fetch("good") == []
    assert there(tmp_path) == ALL


def test_a_repository_that_is_gone_does_not_keep_from_the_others(fetch, mirrors, tmp_path):
    mirrors.files |= {"gone.tar.gz": bytes(2000), "here.tar.gz": packed(b"1", rest=0)}
    sources = [source("gone", d0=[b"0"]), source("here", d1=[b"1"])]
    assert fetch("only_the_small_files", sources) == ["someone/gone: error 404 (Not Found)"]
    assert there(tmp_path) == {(1, "someone/here", b"1")}


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("silent", "no answer"),
        ("a_web_page", "it sent a damaged or cut-off file"),
        ("endless", "it sent a damaged or cut-off file"),
        ("trickling", "it is far too slow"),
    ],
)
def test_a_bad_server_is_given_up(kind, says, fetch, mirrors):
    assert fetch(kind) == [f"someone/first: {says}"]
    assert len(mirrors.fetched(kind)) == 1


def test_too_large_a_repository_is_given_up(fetch, monkeypatch):
    monkeypatch.setattr(drawn, "MAX_ARCHIVE_BYTES", 1000)
    assert fetch("good", SOURCES[1:]) == ["someone/second: it sends more than 1,000 bytes"]


def test_without_the_internet_it_is_one_sentence(closed_port, monkeypatch, tmp_path):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(drawn.fetch_drawings, "__defaults__", (f"http://127.0.0.1:{closed_port}",))
    monkeypatch.setattr(sys, "argv", ["drawn", str(tmp_path / "new")])
    with pytest.raises(SystemExit) as end:
        drawn.main()
    message = str(end.value.code)
    assert message.startswith("0 of the 1,110 drawings are here; the others could not be fetched (")
    assert "refused" in message
    assert message.endswith("what is here stays.")
    assert "\n" not in message


def test_all_that_is_fetched_is_read(fetch, monkeypatch, tmp_path, capsys):
    fetch("good", SOURCES[:1])
    monkeypatch.setattr(drawn, "load_list", lambda: SOURCES[:1])
    monkeypatch.setattr(sys, "argv", ["drawn", str(tmp_path)])
    with pytest.raises(SystemExit) as end:
        drawn.main()
    assert end.value.code == 0
    assert "all drawings              2  100.00%" in capsys.readouterr().out


# The list


def listed():
    return [
        (digest, label, one["repository"])
        for one in drawn.load_list()
        for label, digests in one["drawings"].items()
        for digest in digests
    ]


def test_the_list_has_what_the_figures_rest_on():
    figures = json.loads(reading.RESULTS.read_text(encoding="utf-8"))["bundled"]
    digests = [digest for digest, _, _ in listed()]
    assert len(set(digests)) == len(digests) == figures["drawn_n"]
    assert all(len(digest) == 64 for digest in digests)
    assert len(drawn.load_list()) == 11
    assert {one["licence"] for one in drawn.load_list()} == {"MIT", "Apache-2.0"}


def test_the_list_is_that_of_the_folder_that_was_measured():
    folder = Path(os.environ.get("DRAWN_DIR", "none"))
    drawings = load_drawn(folder) if (folder / "labels.csv").is_file() else []
    if {one.source for one in drawings} != {one["repository"] for one in drawn.load_list()}:
        pytest.skip("DRAWN_DIR names no folder of drawings that were measured")
    found = [(sha(one.path.read_bytes()), str(one.label), one.source) for one in drawings]
    assert sorted(found) == sorted(listed())
