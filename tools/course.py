"""Brings the course up to date, or restores the original notebooks. No work is lost.

python -m tools.course update     fetch the newest version of the course (`make update`)
python -m tools.course fresh      start anew, as the next class does (`make fresh`)
python -m tools.course fresh 03   start anew with the notebooks numbered 03 (`make fresh ONLY=03`)

Files that must make room go into a new folder inside runs/kept, under their old names. This module
needs only git and the standard library, and no syntax that Python 3.8 lacks, because it must run
before anything is installed.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import filecmp
import io
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "runs" / "kept"
# These folders in runs/ stay: what `make` wrote for the teacher. All others are a learner's work.
TEACHERS = ("kept", "classroom", "nbgrader", "quizzes", "site", "slides")
NO_GIT = """\
This folder was not made by `git clone`, so neither the original notebooks nor newer ones can be
fetched. Nothing was changed. Download the course again, into a new folder. If you want to go on
with your work, copy your notebooks and notebooks/checkpoints from here into it."""
NOT_FOUND = """\
The program git was not found. Only git has the original notebooks and can fetch newer ones. Install
it from https://git-scm.com/downloads, open a new terminal, and call this command again. (GitHub
Desktop brings a git that other programs do not find.)"""


class StopError(Exception):
    """It cannot go on; the message says why and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.course", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    commands.add_parser("update", help="fetch the newest version of the course")
    fresh = commands.add_parser("fresh", help="restore the original notebooks")
    fresh.add_argument("only", nargs="?", default="", help="the number of a notebook, such as 03")
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # so any file's name can be printed
            stream.reconfigure(errors="backslashreplace")
    aside = Aside()
    try:
        check_folder()
        if options.command == "update":
            update(aside)
        else:
            start_anew(aside, options.only)
    except (StopError, OSError) as error:
        problem, code = str(error), 1
    except KeyboardInterrupt:
        problem, code = "Stopped. To go on from here, call the same command again.", 130
    else:
        return 0
    print(problem, file=sys.stderr)
    print(aside.summary(), file=sys.stderr)
    return code


class Aside:
    """The folder for files that must make room; it is made when the first file arrives."""

    def __init__(self) -> None:
        self.name = time.strftime("%Y-%m-%d_%H-%M-%S")
        self.folder: Path | None = None

    def target(self, path: str) -> Path:
        """Where a file goes; missing folders on the way are made."""
        if self.folder is None:
            KEPT.mkdir(parents=True, exist_ok=True)
            for number in range(2, 1000):
                try:
                    (KEPT / self.name).mkdir()
                    break
                except FileExistsError:
                    self.name = f"{self.name.split('+')[0]}+{number}"
            self.folder = KEPT / self.name
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def copy(self, paths: Iterable[str]) -> None:
        """Copy files, all or none; a full disk or Ctrl-C leaves everything as it was."""
        try:
            for path in paths:
                source, target = ROOT / path, self.target(path)
                shutil.copy2(source, target, follow_symlinks=False)
                if not source.is_symlink() and not filecmp.cmp(source, target, shallow=False):
                    raise StopError(f"{path} changed during the copying. Close it, and try again.")
        except BaseException:
            if self.folder is not None:  # so far, it holds only copies
                shutil.rmtree(self.folder, ignore_errors=True)
                self.folder = None
            raise

    def move(self, path: str) -> None:
        """Move a file or a folder."""
        source, target = ROOT / path, self.target(path)
        try:
            source.rename(target)
        except OSError as error:
            if error.errno != errno.EXDEV:  # another disk, to which it must be copied
                raise
            shutil.move(str(source), str(target))

    def say(self, path: str) -> None:
        """Say where something is kept."""
        print(f"  {path} is kept as {self.target(path).relative_to(ROOT).as_posix()}")

    def summary(self) -> str:
        """What has happened so far, for whoever sees an error."""
        if self.folder is not None:
            return f"Nothing is lost: what was set aside is in {self.folder.relative_to(ROOT)}."
        return "Nothing of yours was changed."


def update(aside: Aside) -> None:
    """Fetch the newest version, and set aside what it would overwrite."""
    branch = git("symbolic-ref", "--quiet", "--short", "HEAD", fine=(1,)).strip()
    if not branch:
        raise StopError(
            f"This copy stays at one version ({version()}), so there is nothing to update. To "
            "follow the course again: first `make fresh`, which sets your notebooks aside, then "
            "`git switch main`."
        )
    newest = git("rev-parse", "--abbrev-ref", "--symbolic-full-name", "@{upstream}", fine=(128,))
    if not (newest := newest.strip()):
        raise StopError(
            f"The branch {branch} follows no other branch, so it cannot be updated. To let it "
            f"follow the course: git branch --set-upstream-to=origin/main {branch}"
        )
    print("Looking for a newer version of the course ...", flush=True)
    git("fetch", git("config", f"branch.{branch}.remote").strip(), shown=True)
    before = version()
    own = int(git("rev-list", "--count", f"{newest}..HEAD"))
    if not int(git("rev-list", "--count", f"HEAD..{newest}")):
        print(f"The course is up to date ({before}), and your files stay as they are.")
        return
    touched = names("diff", "--name-only", "--no-renames", "HEAD", newest)
    in_the_way = blockers(touched)
    if own:
        mine = set(names("diff", "--name-only", "--no-renames", f"{newest}...HEAD"))
        in_the_way |= {path for path in mine.intersection(touched) if (ROOT / path).is_file()}
    set_aside(aside, in_the_way)
    if own:
        git("branch", f"kept-{aside.name}", "HEAD")
        print(f"  Your own commits ({own}) are kept in the branch kept-{aside.name}.")
    with uninterrupted():
        if own:
            git("reset", "--quiet", "--keep", newest)
        else:
            git("merge", "--quiet", "--ff-only", newest)
    print(f"The course is up to date: it went from {before} to {version()}.")
    if in_the_way:
        say_reload()
    print("`make lab` installs what the course now needs (Windows: py -m tools.setup_env --lab).")


def start_anew(aside: Aside, only: str) -> None:
    """Restore the original notebooks, and set aside the learner's work."""
    changed = [path for path in changes() if path.startswith("notebooks/")]
    elsewhere = [path for path in changes() if not path.startswith("notebooks/")]
    others = []
    if only:
        numbers = {path.rpartition("/")[2] for path in names("ls-files", "notebooks/*.ipynb")}
        if not any(name.startswith(only) for name in numbers):
            raise StopError(f"No notebook begins with {only!r}. Name a number, such as 03.")
        changed = [path for path in changed if path.rpartition("/")[2].startswith(only)]
    else:
        others = names("ls-files", "--others", "--directory", "notebooks")
        if (ROOT / "runs").is_dir():
            made = sorted(path.name for path in (ROOT / "runs").iterdir())
            others += [f"runs/{name}" for name in made if name not in TEACHERS]
    if changed or others:
        set_aside(aside, {path.rstrip("/") for path in [*changed, *others]})
        say_reload()
    print("The original notebooks are back" + (f" ({version()})." if not only else "."))
    if elsewhere and not only:
        print(f"Changed files outside notebooks/ stay as they are: {', '.join(elsewhere)}")


def set_aside(aside: Aside, paths: set[str]) -> None:
    """Move files into the folder, and restore those that belong to the course."""
    ours = set(names("ls-tree", "-r", "--name-only", "HEAD"))
    known = set(names("ls-files"))
    restored = sorted(paths & ours)
    copied = [path for path in restored if is_file(path)]
    moved = sorted(path for path in paths if path not in copied and os.path.lexists(ROOT / path))
    if git("diff", "--cached", "--name-only"):
        # What was staged may differ from every file. Git keeps it; `git stash list` shows it.
        who = ("-c", "user.name=course", "-c", "user.email=course@localhost")
        stash = git(*who, "stash", "create").strip()
        if stash:
            git("stash", "store", "--message", f"kept {aside.name}", stash)
    aside.copy(copied)
    refused = []
    for path in moved:
        try:
            aside.move(path)
            aside.say(path)
        except OSError as error:
            refused.append(f"{path} ({error.strerror})")
    with uninterrupted():
        for path in copied:
            aside.say(path)
        in_batches(restored, "checkout", "--quiet", "HEAD", "--")
        in_batches(sorted((paths & known) - ours), "rm", "--quiet", "--cached", "--force", "--")
    if refused:
        raise StopError(
            "These could not be moved, because they are open or belong to somebody else: "
            + ", ".join(refused)
        )


def blockers(touched: Iterable[str]) -> set[str]:
    """The files in the way of an update of these paths: changed ones, and ones unknown to git."""
    changed, known = set(changes()), set(names("ls-files"))
    found = changed.intersection(touched)
    for path in touched:
        parts = path.split("/")
        for length in range(1, len(parts) + 1):
            start = "/".join(parts[:length])
            if is_file(start):  # where a file or a folder is to be
                found |= {start} - known
                break
        if (ROOT / path).is_dir() and not is_file(path):  # where a file is to be
            if not any(one.startswith(f"{path}/") for one in known):
                found.add(path)
                continue
            for folder, _, files in os.walk(str(ROOT / path)):
                inner = {(Path(folder) / name).relative_to(ROOT).as_posix() for name in files}
                found |= {one for one in inner if one not in known or one in changed}
    return found


def is_file(path: str) -> bool:
    """Whether the path is a file, or a link to anything."""
    return (ROOT / path).is_symlink() or (ROOT / path).is_file()


def changes() -> list[str]:
    """The course's files that were changed, deleted ones too."""
    options = ("--name-only", "--no-renames", "HEAD")
    return sorted({*names("diff", *options), *names("diff", "--cached", *options)})


def check_folder() -> None:
    """Stop unless git can work here, and nothing is half done."""
    if not (ROOT / ".git").exists():
        raise StopError(NO_GIT)
    if shutil.which("git") is None:
        raise StopError(NOT_FOUND)
    if not os.access(ROOT, os.W_OK) or not os.access(ROOT / ".git", os.W_OK):
        raise StopError(
            f"You may not change {ROOT}; only the person who looks after it can run this command. "
            f"To get a copy that you can change: git clone {ROOT} my-course"
        )
    git("rev-parse", "--verify", "--quiet", "HEAD")
    place = Path(git("rev-parse", "--absolute-git-dir").strip())
    for file, what in (
        ("MERGE_HEAD", "merge"),
        ("rebase-merge", "rebase"),
        ("rebase-apply", "rebase"),
        ("CHERRY_PICK_HEAD", "cherry-pick"),
        ("REVERT_HEAD", "revert"),
    ):
        if (place / file).exists():
            raise StopError(
                f"A `git {what}` was begun here and not finished. `git {what} --abort` brings back "
                "what you had before it; then call this command again."
            )
    if names("ls-files", "--unmerged"):
        raise StopError(
            "Some files here hold two versions at once, as after a `git stash pop`. Edit them, "
            "call `git add` with their names, and then call this command again."
        )


def version() -> str:
    """What git calls the current version."""
    return git("describe", "--tags", "--always").strip()


def say_reload() -> None:
    """Say what to do with open notebooks, or JupyterLab would write the old ones back."""
    print("If JupyterLab is open: close the notebooks without saving, and open them again.")


def names(*arguments: str) -> list[str]:
    """The paths that a git command prints."""
    command, *rest = arguments
    return [path for path in git(command, "-z", *rest).split("\0") if path]


def in_batches(paths: Sequence[str], *arguments: str) -> None:
    """Call git with many paths, in parts, because the length of a command line is limited."""
    for start in range(0, len(paths), 50):
        git(*arguments, *paths[start : start + 50])


def git(*arguments: str, fine: Sequence[int] = (), shown: bool = False) -> str:
    """Run git, and return what it prints; if it fails, a StopError holds its message."""
    unwanted = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
    variables = {name: value for name, value in os.environ.items() if name not in unwanted}
    variables["GIT_LITERAL_PATHSPECS"] = "0" if arguments[0] == "ls-files" else "1"
    variables.setdefault("GIT_TERMINAL_PROMPT", "0")
    # Give up a connection that has carried nothing for twenty seconds.
    slow = ("-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=20")
    process = subprocess.run(
        ["git", *slow, *arguments],
        cwd=str(ROOT),
        env=variables,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
    )
    if process.returncode and process.returncode not in fine:
        said = process.stderr.strip() or f"git {arguments[0]} failed."
        if "dubious ownership" in said:
            said = f"{ROOT} belongs to somebody else, and git works only for its owner."
        elif shown:
            said += "\nThe course's server cannot be reached. Is there an internet connection?"
        raise StopError(said)
    return process.stdout


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait for the second in which git writes files."""
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old)


if __name__ == "__main__":
    sys.exit(main())
