"""Writes the project's public address into the notebooks and the pages.

The address stands in one place: ``[project.urls] Repository`` in pyproject.toml.

    python -m tools.links           write it everywhere
    python -m tools.links --check   change nothing; exit code 1 names the files that differ

Which address is the old one? The links that open the notebooks in Colab name its owner and its
project. These two are replaced wherever they occur in an address.
"""

import argparse
import re
import sys
import tomllib
from pathlib import Path

from mnist_helpers._support import write_atomically

ROOT = Path(__file__).resolve().parent.parent
PAGES = (
    *("README.md", "CONTRIBUTING.md", "docs/shared_machine.md", "CITATION.cff"),
    ".github/ISSUE_TEMPLATE/config.yml",
)
# Until the address is known. Nobody can publish anything there: at GitHub, no account's name begins
# or ends with a hyphen. The second one was used before, and could be registered.
PLACEHOLDER = "-OWNER-/mnist-notebooks"
FORMER = "OWNER/mnist-notebooks"
SETUP_TAG = "colab-setup"
BADGE_START = "[![Open in Colab]("

# How a link begins that opens a notebook on Binder; and what follows a JupyterHub's address in a
# link that fetches all notebooks into a student's home (nbgitpuller), without the solutions.
BINDER_START = "mybinder.org/v2/gh/{slug}/main?urlpath=lab/tree/notebooks/"
PULL_START = (
    "hub/user-redirect/git-pull?repo=https://github.com/{slug}&branch=students"
    "&urlpath=lab/tree/{folder}/notebooks/"
)

_ADDRESS = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?")
COLAB_LINK = re.compile(
    r"colab\.research\.google\.com/github/([\w.-]+/[\w.-]+)/blob/[\w.-]+/notebooks/"
)
BINDER_LINK = re.compile(r"mybinder\.org/v2/gh/[\w.-]+/[\w.-]+/main\?urlpath=lab/tree/notebooks/")
PULL_LINK = re.compile(
    r"hub/user-redirect/git-pull\?repo=https://github\.com/[\w.-]+/[\w.-]+&branch=students"
    r"&urlpath=lab/tree/[\w.-]+/notebooks/"
)


class LinksError(Exception):
    """The address in pyproject.toml cannot be used; the message says what it must look like."""


def repository(root: Path = ROOT) -> str:
    """The public address as ``owner/name``, from pyproject.toml; a LinksError if there is none."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    address = project.get("urls", {}).get("Repository", "")
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise LinksError(
            "pyproject.toml: [project.urls] Repository must look like "
            f'"https://github.com/owner/name", not {address!r}.'
        )
    return match[1]


def site_address(slug: str) -> str:
    """The address of the website that GitHub Pages serves for a project ``owner/name``."""
    owner, name = slug.split("/")
    return f"https://{owner}.github.io/{name}/"


def notebook_paths(root: Path = ROOT) -> list[Path]:
    """All notebooks of the project, exercises included, in order."""
    paths = (root / "notebooks").rglob("*.ipynb")
    return sorted(p for p in paths if ".ipynb_checkpoints" not in p.parts)


def updated(text: str, old: set[str], slug: str) -> str:
    """A file's text with the address ``slug`` in the place of every old one."""
    for former in sorted(old - {slug}):
        text = text.replace(site_address(former), site_address(slug))
        end = r"(?=\.git\b|(?!\.?[\w-]))"  # not the beginning of a longer name
        text = re.sub(rf"(?<=[/:]){re.escape(former)}{end}", slug, text)
        folder = re.escape(former.split("/")[1])  # git clone makes this folder
        text = re.sub(rf"(?<=\bcd ){folder}{end}", slug.split("/")[1], text)
    text = BINDER_LINK.sub(BINDER_START.format(slug=slug), text)
    return PULL_LINK.sub(PULL_START.format(slug=slug, folder=slug.split("/")[1]), text)


def changes(root: Path = ROOT) -> dict[Path, str]:
    """The files that do not hold the present address, each with the text that it should have."""
    slug = repository(root)
    pages = [root / name for name in PAGES if (root / name).exists()]
    texts = {path: path.read_text(encoding="utf-8") for path in [*pages, *notebook_paths(root)]}
    old = {PLACEHOLDER, FORMER}.union(*map(COLAB_LINK.findall, texts.values()))
    wanted = {path: updated(text, old, slug) for path, text in texts.items()}
    return {path: text for path, text in wanted.items() if text != texts[path]}


def main(argv: list[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.links",
        description="Writes the public address from pyproject.toml into notebooks and pages.",
    )
    parser.add_argument("--check", action="store_true", help="change nothing, name what differs")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    try:
        slug = repository(options.root)
        found = changes(options.root)
    except (LinksError, OSError, tomllib.TOMLDecodeError) as error:
        print(f"links: {error}", file=sys.stderr)
        return 2
    for path, text in found.items():
        name = path.relative_to(options.root).as_posix()
        if options.check:
            print(f"{name} does not hold the address {slug}. To write it: make links")
        else:
            write_atomically(path, text.encode())
            print(f"{name}: now {slug}")
    if not found:
        print(f"Every link already holds {slug}.")
    if slug == PLACEHOLDER:
        print(
            "That is a placeholder, which nobody can register: until you write the project's "
            "public address into pyproject.toml and call `make links`, the badges and the "
            "installation in Colab do not work."
        )
    return 1 if options.check and found else 0


if __name__ == "__main__":
    sys.exit(main())
