"""Writes the project's public address into the notebooks and the pages.

The address stands in one place: ``[project.urls] Repository`` in pyproject.toml.

    python -m tools.links           write it everywhere
    python -m tools.links --check   change nothing; exit code 1 names the files that differ

Which address is the old one? A link that opens one of our notebooks in Colab can only be
ours, so the owner and the name in such a link are. They are replaced in the Markdown pages
wherever they occur in an address.
"""

import argparse
import json
import re
import sys
import tomllib
from pathlib import Path

from mnist_helpers._support import write_atomically

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "CONTRIBUTING.md", "docs/shared_machine.md")
PLACEHOLDER = "OWNER/mnist-notebooks"  # until the address is known
SETUP_TAG = "colab-setup"
BADGE_START = "[![Open in Colab]("
COLAB_START = "colab.research.google.com/github/{slug}/blob/main/notebooks/"

# The picture is ours: a page that is opened asks no other server for it, and it shows offline.
BADGE = BADGE_START + "{up}images/colab-badge.svg)](https://" + COLAB_START + "{name})"
SETUP_CELL = """\
# In Google Colab this fetches the helper package. Anywhere else it does nothing.
from importlib.util import find_spec

if find_spec("google") and find_spec("google.colab") and not find_spec("mnist_helpers"):
    %pip install --quiet "mnist-helpers[{extras}] @ git+https://github.com/{slug}\""""

# What a notebook needs of the package's extras; all of them show the demo or an app.
EXTRAS = {
    "07_share.ipynb": "demo,web,export",
    "08_look_inside.ipynb": "demo,inside",
    "10_keras.ipynb": "demo,keras",
}

# What opens a notebook on Binder, and what follows the address of a JupyterHub to fetch all of them
# into a student's home (nbgitpuller).
BINDER_START = "mybinder.org/v2/gh/{slug}/main?urlpath=lab/tree/notebooks/"
PULL_START = (
    "hub/user-redirect/git-pull?repo=https://github.com/{slug}&branch=main"
    "&urlpath=lab/tree/{folder}/notebooks/"
)

_ADDRESS = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?")
COLAB_LINK = re.compile(
    r"colab\.research\.google\.com/github/([\w.-]+/[\w.-]+)/blob/[\w.-]+/notebooks/"
)
BINDER_LINK = re.compile(r"mybinder\.org/v2/gh/[\w.-]+/[\w.-]+/main\?urlpath=lab/tree/notebooks/")
PULL_LINK = re.compile(
    r"hub/user-redirect/git-pull\?repo=https://github\.com/[\w.-]+/[\w.-]+&branch=main"
    r"&urlpath=lab/tree/[\w.-]+/notebooks/"
)


class LinksError(Exception):
    """Something that the person who runs the command has to put right."""


def repository(root: Path = ROOT) -> str:
    """The public address as ``owner/name``.

    Args:
        root: The project's folder.

    Raises:
        LinksError: If pyproject.toml holds no address on GitHub.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    address = project.get("urls", {}).get("Repository", "")
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise LinksError(
            "pyproject.toml: [project.urls] Repository must look like "
            f'"https://github.com/owner/name", not {address!r}.'
        )
    return match[1]


def notebook_paths(root: Path = ROOT) -> list[Path]:
    """All notebooks of the project, exercises included, in order."""
    paths = (root / "notebooks").rglob("*.ipynb")
    return sorted(p for p in paths if ".ipynb_checkpoints" not in p.parts)


def badge(slug: str, name: str) -> str:
    """The first line of a notebook: a picture that opens it in Colab.

    Args:
        slug: ``owner/name`` of the repository.
        name: The notebook's path below ``notebooks/``, with forward slashes.
    """
    return BADGE.format(slug=slug, name=name, up="../" * name.count("/"))


def setup_cell(slug: str, name: str) -> str:
    """The source of the cell that fetches the package in Colab.

    Args:
        slug: ``owner/name`` of the repository.
        name: The notebook's path below ``notebooks/``, with forward slashes.
    """
    return SETUP_CELL.format(slug=slug, extras=EXTRAS.get(name, "demo"))


def updated_notebook(path: Path, root: Path, slug: str) -> str:
    """A notebook's text with the address in its badge, its set-up cell and its links to Colab.

    The text is the old one, byte for byte, if both are right already.

    Raises:
        LinksError: If the notebook has no place for the badge or for the set-up cell.
    """
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(root).as_posix()
    notebook = json.loads(text)
    cells = notebook["cells"]
    if not cells or cells[0]["cell_type"] != "markdown":
        raise LinksError(f"{name}: the first cell must be Markdown; the Colab badge goes there.")
    setups = [cell for cell in cells if SETUP_TAG in cell["metadata"].get("tags", [])]
    if len(setups) != 1 or setups[0]["cell_type"] != "code":
        raise LinksError(f"{name}: exactly one code cell must have the tag {SETUP_TAG!r}.")

    below = path.relative_to(root / "notebooks").as_posix()
    line = badge(slug, below)
    opening = source_of(cells[0])
    first_line, _, rest = opening.partition("\n")
    if not first_line.startswith(BADGE_START):
        rest = f"\n{opening}"
    opening = f"{line}\n{rest}" if rest else line
    wanted = {0: opening, cells.index(setups[0]): setup_cell(slug, below)}
    for number, cell in enumerate(cells[1:], start=1):
        if cell["cell_type"] == "markdown":
            wanted[number] = COLAB_LINK.sub(COLAB_START.format(slug=slug), source_of(cell))
    if all(source_of(cells[number]) == source for number, source in wanted.items()):
        return text
    for number, source in wanted.items():
        set_source(cells[number], source)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def source_of(cell: dict) -> str:
    """A cell's source; a notebook file holds it as one text or as a list of lines."""
    return "".join(cell["source"])


def set_source(cell: dict, source: str) -> None:
    """Sets a cell's source and leaves it the form it had, text or lines."""
    cell["source"] = (
        source.splitlines(keepends=True) if isinstance(cell["source"], list) else source
    )


def updated_page(text: str, old: set[str], slug: str) -> str:
    """A Markdown page's text with the address in the place of every old one.

    Args:
        text: The page.
        old: Every ``owner/name`` that is known to have been ours.
        slug: The present ``owner/name``.
    """
    for former in sorted(old - {slug}):
        end = r"(?=\.git\b|(?!\.?[\w-]))"  # not the beginning of a longer name
        text = re.sub(rf"(?<=[/:]){re.escape(former)}{end}", slug, text)
        folder = re.escape(former.split("/")[1])  # git clone makes this folder
        text = re.sub(rf"(?<=\bcd ){folder}{end}", slug.split("/")[1], text)
    text = BINDER_LINK.sub(BINDER_START.format(slug=slug), text)
    return PULL_LINK.sub(PULL_START.format(slug=slug, folder=slug.split("/")[1]), text)


def changes(root: Path = ROOT) -> dict[Path, str]:
    """The files that do not hold the present address, each with the text it should have.

    Args:
        root: The project's folder.

    Raises:
        LinksError: If the address or a notebook is not as it must be.
    """
    slug = repository(root)
    pages = [root / name for name in PAGES if (root / name).exists()]
    notebooks = notebook_paths(root)
    old = {PLACEHOLDER}
    for path in [*pages, *notebooks]:
        old.update(COLAB_LINK.findall(path.read_text(encoding="utf-8")))
    wanted = {path: updated_notebook(path, root, slug) for path in notebooks}
    wanted |= {path: updated_page(path.read_text(encoding="utf-8"), old, slug) for path in pages}
    return {p: text for p, text in wanted.items() if text != p.read_text(encoding="utf-8")}


def main(argv: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
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
    except LinksError as error:
        print(error, file=sys.stderr)
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
    return 1 if options.check and found else 0


if __name__ == "__main__":
    sys.exit(main())
