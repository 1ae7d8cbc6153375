"""Trust the notebooks as they were shipped, so that their explorables work before they are run.

python -m tools.trust   `make lab` calls it

JupyterLab shows pages and scripts in stored outputs only if it trusts the notebook. A notebook that
was changed, or is not the course's own, is left alone: running its cells is enough.
"""

import contextlib
import logging
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
from jupyter_core.paths import jupyter_data_dir
from nbformat.sign import NotebookNotary

ROOT = Path(__file__).resolve().parent.parent


def as_shipped(root: Path) -> list[Path]:
    """The course's notebooks that are as git has them; none where git cannot say."""

    def git(*words: str) -> set[str]:
        command = ["git", "-C", str(root), *words, "-z", "--", "notebooks"]
        told = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
        return set(told.stdout.split("\0"))

    try:
        names = git("ls-files") - git("diff", "--name-only", "--no-ext-diff", "HEAD")
    except (OSError, subprocess.CalledProcessError):
        return []
    return [root / name for name in sorted(names) if name.endswith(".ipynb")]


def trust(paths: Sequence[Path]) -> None:
    """Sign notebooks, as JupyterLab does when somebody trusts them."""
    # Whoever cannot sign, for example in a home that is full, sees still pictures.
    with contextlib.suppress(OSError, ValueError, sqlite3.Error):
        Path(jupyter_data_dir()).mkdir(parents=True, exist_ok=True)  # for older notaries
        notary = NotebookNotary(log=logging.getLogger("trust"))
        for path in paths:
            notary.sign(nbformat.read(path, as_version=4))


if __name__ == "__main__":
    trust(as_shipped(ROOT))
    sys.exit(0)
