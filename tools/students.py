"""Writes the branch `students`: the series and the exercises of the last commit, without solutions.

python -m tools.students          (`make students`)

A link for students fetches this branch (docs/shared_machine.md). Your own branch and
your files, changed or not, stay as they are. If nothing has changed since the last time, nothing
happens. It needs only git and the standard library, and no syntax that Python 3.8 lacks.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BRANCH = "students"
# What students need beside the installed package, as the offline pack has it.
HANDED_OUT = (
    "LICENSE",
    ":(glob)notebooks/[0-9][0-9]_*.ipynb",
    ":(glob)notebooks/exercises/*.ipynb",
    ":(glob)notebooks/quizzes/*.md",
    "notebooks/images",
    "notebooks/glossary.md",
)


def main(root: Path = ROOT) -> int:
    """Run the command line, and return the exit code."""
    try:
        changed = write_branch(root)
    except FileNotFoundError:
        print("The program git was not found. Install it, then try again.", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"git could not write the branch {BRANCH}: {error.stderr.strip()}", file=sys.stderr)
        return 1
    print(f"The branch {BRANCH} is {'new' if changed else 'up to date'}.")
    print(f"Publish it, for the students' link: git push origin {BRANCH}")
    return 0


def write_branch(root: Path) -> bool:
    """Write the branch into the repository of a folder, and return whether anything has changed.

    Raises:
        subprocess.CalledProcessError: with git's words, if git refuses.
    """
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder, "index"))}  # not the one with your changes
        git(root, "read-tree", "HEAD", **index)
        listed = git(root, "ls-files", "--stage", "--", *HANDED_OUT, **index)
        git(root, "read-tree", "--empty", **index)
        git(root, "update-index", "--index-info", said=listed, **index)
        tree = git(root, "write-tree", **index).strip()
    former = git(root, "for-each-ref", "--format=%(objectname) %(tree)", f"refs/heads/{BRANCH}")
    commit, _, former_tree = former.strip().partition(" ")
    if tree == former_tree:
        return False
    version = git(root, "rev-parse", "--short", "HEAD").strip()
    parents = ["-p", commit] if commit else []
    message = ["-m", f"The series as of {version}, without solutions"]
    new = git(root, "commit-tree", tree, *parents, *message).strip()
    git(root, "update-ref", f"refs/heads/{BRANCH}", new, commit or "0" * len(new))
    return True


def git(root: Path, *words: str, said: str | None = None, **variables: str) -> str:
    """What git prints; ``said`` is its input."""
    done = subprocess.run(
        ["git", *words],
        cwd=root,
        env={**os.environ, **variables},
        input=said,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
