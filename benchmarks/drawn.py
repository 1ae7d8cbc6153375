"""The drawings behind the figures, for those who want to check them: python -m benchmarks.drawn.

    python -m benchmarks.drawn DIR

fetches the drawings that drawn.json lists into DIR, and reads them. They belong to those who drew
them, so that none lies here. The list names the repository, the commit, the folder and the licence
of each source; a drawing is its label and the SHA-256 of its file, whatever its name is there. What
DIR holds already is not fetched again.
"""

import argparse
import csv
import hashlib
import io
import json
import tarfile
import time
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from mnist_helpers._support import (
    AnsweredError,
    FetchError,
    progress_bar,
    receive,
    write_atomically,
)
from mnist_helpers.cli.main import main as run_command

LIST = Path(__file__).parent / "drawn.json"
SERVER = "https://github.com"
# The limits for each source: its packed repository, the seconds that it may take, and a file in it.
MAX_ARCHIVE_BYTES = 500_000_000
MAX_SECONDS = 600.0
MAX_DRAWING_BYTES = 1_000_000


def load_list() -> list[dict]:
    """The sources: "repository", "commit", "folder", "licence", and the drawings of each label."""
    return json.loads(LIST.read_text(encoding="utf-8"))["sources"]


def fetch_drawings(folder: Path, sources: list[dict], server: str = SERVER) -> list[str]:
    """Fetch what is missing in a folder, and list in its labels.csv what is there.

    Returns:
        For each source of which drawings are still missing, a few words that say why.
    """
    problems = []
    everything = {path: digest for source in sources for path, digest in _paths(folder, source)}
    missing = {path: digest for path, digest in everything.items() if not _is_there(path, digest)}
    with progress_bar(len(missing), "fetching", "drawing") as bar:
        for source in sources:
            wanted = {digest: path for path, digest in _paths(folder, source) if path in missing}
            problem: FetchError | None = None
            try:
                for digest, content in _unpack(source, server) if wanted else ():
                    if path := wanted.pop(digest, None):
                        path.parent.mkdir(parents=True, exist_ok=True)
                        write_atomically(path, content)
                        bar.update()
                    if not wanted:
                        break
            except FetchError as error:
                problem = error
            if wanted:
                words = problem or f"it no longer has all of them (missing: {len(wanted)})"
                problems.append(f"{source['repository']}: {words}")
            if problem and not isinstance(problem, AnsweredError):
                break  # the others are on the same server
    _write_labels(folder, sources)
    return problems


def _paths(folder: Path, source: dict) -> Iterator[tuple[Path, str]]:
    """Where each drawing of a source is kept, and the SHA-256 of its file."""
    place = folder / source["repository"].replace("/", "+")
    for label, digests in source["drawings"].items():
        yield from ((place / f"{label}_{digest[:16]}.png", digest) for digest in digests)


def _is_there(path: Path, digest: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _unpack(source: dict, server: str) -> Iterator[tuple[str, bytes]]:
    """The small files of a repository at its commit, as they arrive, each after its SHA-256."""
    url = f"{server}/{source['repository']}/archive/{source['commit']}.tar.gz"
    with closing(receive(url, time.monotonic() + MAX_SECONDS)) as pieces:
        try:
            stream: Any = _Stream(pieces)
            with tarfile.open(fileobj=stream, mode="r|gz") as archive:
                for member in archive:
                    file = archive.extractfile(member) if member.isfile() else None
                    if file and member.size <= MAX_DRAWING_BYTES:
                        content = file.read()
                        yield hashlib.sha256(content).hexdigest(), content
        except (tarfile.TarError, EOFError, zlib.error) as error:
            raise FetchError("it sent a damaged or cut-off file") from error


class _Stream:
    """A file that is read from its beginning to its end, while it arrives."""

    def __init__(self, pieces: Iterator[bytes]):
        self._pieces, self._rest, self._received = pieces, b"", 0

    def read(self, size: int) -> bytes:
        """At most so many bytes of what has arrived; ``b""`` at the end."""
        if not self._rest:
            self._rest = next(self._pieces, b"")
            self._received += len(self._rest)
            if self._received > MAX_ARCHIVE_BYTES:
                raise FetchError(f"it sends more than {MAX_ARCHIVE_BYTES:,} bytes")
        part, self._rest = self._rest[:size], self._rest[size:]
        return part


def _write_labels(folder: Path, sources: list[dict]) -> None:
    """Write labels.csv: a line for each drawing that is there."""
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    lines.writerow(("file", "label", "source"))
    for source in sources:
        for path, digest in _paths(folder, source):
            if _is_there(path, digest):
                label = path.name.partition("_")[0]
                lines.writerow((path.relative_to(folder).as_posix(), label, source["repository"]))
    write_atomically(folder / "labels.csv", text.getvalue().encode())


def main() -> None:
    """Fetch, check, read."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drawn", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="for the drawings, about 5 MB")
    folder = parser.parse_args().folder
    sources = load_list()
    folder.mkdir(parents=True, exist_ok=True)
    if problems := fetch_drawings(folder, sources):
        total = sum(len(digests) for one in sources for digests in one["drawings"].values())
        there = len((folder / "labels.csv").read_text(encoding="utf-8").splitlines()) - 1
        alone = f" To read these alone: python -m mnist_helpers evaluate --drawn {folder}"
        raise SystemExit(
            f"{there:,} of the {total:,} drawings are here; the others could not be fetched "
            f"({'; '.join(problems)}). Call the command again when the internet can be reached: "
            f"what is here stays.{alone if there else ''}"
        )
    raise SystemExit(run_command(["evaluate", "--drawn", str(folder)]))


if __name__ == "__main__":
    main()
