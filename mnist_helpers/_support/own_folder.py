"""A temporary folder that ends with its process, and working in a folder one at a time."""

import atexit
import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mnist_helpers._support.hosting import LaunchError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # asked for before each use

PREFIX = "mnist_helpers-own-"
MARK = ".in-use"
NO_ROOM = (
    "No folder for temporary files could be made ({error}). Set the environment variable TMPDIR "
    "(or GRADIO_TEMP_DIR, if that is set) to a folder that you may write to, on a disk with room, "
    "and start again."
)
# This program removes the folder of a process that was killed. It waits in the background until the
# system closes its input. No signal that ends a group of programs ends it.
CLEANER = 'trap "" HUP INT TERM; exec 3<&0; { read -r _ <&3; rm -rf -- "$1"; } &'


class OwnFolder:
    """A new empty folder, which is removed by `remove`, or else when this process ends.

    This holds however the process ends: normally, by a signal or by a crash. Only a power cut (on
    Windows, also killing the process) can leave it behind; the next `OwnFolder` with this parent
    then removes it.

    Args:
        parent: the folder to make it in; None for the system's temporary folder.

    Attributes:
        path: where it is.

    Raises:
        LaunchError: if it cannot be made.
    """

    def __init__(self, parent: Path | None = None):
        self._process, self._held = os.getpid(), list[int]()
        try:
            parent = Path(parent or tempfile.gettempdir()).resolve()
            parent.mkdir(parents=True, exist_ok=True)
            _sweep(parent)
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
            try:
                _hold(self.path, self._held)
            except OSError:
                self.remove()
                raise
        except OSError as error:
            raise LaunchError(NO_ROOM.format(error=error)) from error
        with contextlib.suppress(OSError):  # no sh, or no further process is allowed
            self._held += _start_cleaner(self.path)
        atexit.register(self.remove)

    @property
    def usable(self) -> bool:
        """Whether it is still there, and this process made it, and not one that it forked from."""
        return self._process == os.getpid() and self.path.is_dir()

    def remove(self) -> None:
        """Remove the folder with all that is in it. Removing it twice does nothing more."""
        if self._process != os.getpid():
            return
        atexit.unregister(self.remove)
        if os.name == "nt":
            self._let_go()  # or the folder could not be removed
        shutil.rmtree(self.path, ignore_errors=True)
        self._let_go()

    def _let_go(self) -> None:
        while self._held:
            os.close(self._held.pop())


def _hold(folder: Path, held: list[int]) -> None:
    """Mark a folder as in use until this process ends, or until what is then held is closed."""
    if fcntl is not None:
        held.append(os.open(folder, os.O_RDONLY))
        with contextlib.suppress(OSError):  # a file system without locks, where nothing is swept
            fcntl.flock(held[0], fcntl.LOCK_EX)
    # From now on, a folder without a lock is used by nobody. Windows removes no file that is open.
    held.append(os.open(folder / MARK, os.O_CREAT | os.O_WRONLY))
    os.write(held[-1], bytes(4096))  # or a full disk would be noticed only later


@contextlib.contextmanager
def one_at_a_time(folder: Path) -> Iterator[bool]:
    """Wait until no other process works in a folder in this way, and then work in it alone.

    Yields whether that is certain. Windows, and a file system without locks, let all go on at once.
    """
    lock = None if fcntl is None else os.open(folder, os.O_RDONLY)
    alone = False
    try:
        if lock is not None:
            with contextlib.suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX)
                alone = True
        yield alone
    finally:
        if lock is not None:
            os.close(lock)


def _sweep(parent: Path) -> None:
    """Remove what processes of this user have left behind in a folder."""
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if fcntl is None:
                (folder / MARK).unlink()
            elif folder.lstat().st_uid != os.getuid():
                continue
            else:
                seen = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
                try:
                    fcntl.flock(seen, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    (folder / MARK).stat()  # it may be younger than its lock
                finally:
                    os.close(seen)
            shutil.rmtree(folder, ignore_errors=True)


def _start_cleaner(folder: Path) -> list[int]:
    if os.name == "nt":
        return []
    read, write = os.pipe()
    try:
        subprocess.run(
            ["/bin/sh", "-c", CLEANER, "mnist_helpers", str(folder)],
            stdin=read,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            check=False,
        )
    except OSError:
        os.close(write)
        raise
    finally:
        os.close(read)
    return [write]
