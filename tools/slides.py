"""Makes slides of the notebooks, from their committed outputs: nothing is executed.

python -m tools.slides              one page for each notebook: runs/slides
python -m tools.slides 03 06        only these
python -m tools.slides --tag        store in the notebooks which cell is a slide

Each page is one file with everything in it, so it needs no network and fits on a USB stick. Arrow
keys move on, D darkens the page, F fills the screen, Escape shows all slides.
"""

import argparse
import base64
import copy
import html
import io
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from mnist_helpers._support import write_atomically
from mnist_helpers.lessons import SeriesError, find_notebooks
from tools.links import BADGE_START
from tools.notebooks import FOLDER, write
from tools.slide_types import tag

ROOT = FOLDER.parent
TEMPLATES = Path(__file__).parent / "slides_files"
TEMPLATE = "offline"

_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:|#)([^)]+)\)")
_FORMULA = re.compile(r"(?<![\\$`])\$([^$`\n]+)\$(?!\d)")


def make_slides(path: Path, together: Sequence[str] = ()) -> str:
    """The slides of a notebook as one HTML page that loads nothing.

    Args:
        path: the notebook, with its outputs.
        together: the names of the notebooks, without ending, whose slides will lie beside these;
            links between them lead from page to page.
    """
    from nbconvert import SlidesExporter
    from traitlets.config import Config

    notebook = for_slides(nbformat.read(path, as_version=4), together)
    exporter = SlidesExporter(
        # JupyterLab's own colours need its style sheets.
        config=Config(CSSHTMLHeaderPreprocessor={"style": "default"}),
        extra_template_basedirs=[str(TEMPLATES)],
        template_name=TEMPLATE,
        embed_images=True,
        exclude_anchor_links=True,
        exclude_output_prompt=True,
    )
    notebook.metadata["title"] = _title(notebook)
    resources = {"metadata": {"name": path.stem, "path": str(path.parent)}}
    page, _ = exporter.from_notebook_node(notebook, resources)
    return page


def for_slides(notebook: NotebookNode, together: Sequence[str] = ()) -> NotebookNode:
    """A copy for the wall: cells tagged, no badges, no links to files that are not there.

    Args:
        notebook: a notebook; it is not changed.
        together: see `make_slides`.
    """
    notebook = copy.deepcopy(notebook)
    tag(notebook)

    def link(match: re.Match) -> str:
        text, target = match.groups()
        name = target.removesuffix(".ipynb")
        return f"[{text}]({name}.html)" if name in together else text

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            lines = [ln for ln in cell.source.splitlines() if not ln.startswith(BADGE_START)]
            text = _LINK.sub(link, "\n".join(lines).strip())
            cell.source = _FORMULA.sub(lambda match: formula(match[1]), text)
    return notebook


def formula(latex: str) -> str:
    """A formula as a picture that needs no script, with its source as text alternative."""
    from matplotlib.mathtext import math_to_image

    file = io.BytesIO()
    math_to_image(f"${latex}$", file, format="svg")
    source = base64.b64encode(file.getvalue()).decode()
    return (
        f'<img class="formula" alt="{html.escape(latex)}" src="data:image/svg+xml;base64,{source}">'
    )


def _title(notebook: NotebookNode) -> str:
    lines = "\n".join(cell.source for cell in notebook.cells).splitlines()
    return next((line.removeprefix("# ") for line in lines if line.startswith("# ")), "Slides")


def write_slides(paths: Sequence[Path], out: Path) -> list[Path]:
    """Write the slides of notebooks into a folder, and return the pages."""
    names = [path.stem for path in paths]
    pages = [out / f"{name}.html" for name in names]
    for path, page in zip(paths, pages, strict=True):
        write_atomically(page, make_slides(path, names).encode())
    return pages


def tag_notebooks(paths: Sequence[Path]) -> list[Path]:
    """Store the slide types in the notebooks, and return those that were changed."""
    changed = []
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        if tag(notebook):
            write(path, notebook)
            changed.append(path)
    return changed


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.slides", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("only", nargs="*", metavar="NN", help="only these; by default all")
    parser.add_argument("--out", metavar="DIR", default=ROOT / "runs" / "slides", type=Path)
    parser.add_argument("--tag", action="store_true", help="tag the notebooks, make no slides")
    options = parser.parse_args(arguments)
    try:
        paths = find_notebooks(FOLDER, options.only)
        if options.tag:
            changed = [path.name for path in tag_notebooks(paths)]
            print(f"Tagged: {', '.join(changed)}" if changed else "All are tagged already.")
            return 0
        for page in write_slides(paths, options.out):
            print(page)
    except SeriesError as error:
        print(f"slides: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        reason = error.strerror or error
        print(f"slides: {error.filename} cannot be written or read: {reason}.", file=sys.stderr)
        return 1
    print("Open one in a browser. Arrow keys move on, D darkens, F fills the screen.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
