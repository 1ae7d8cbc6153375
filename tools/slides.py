"""Makes slides of the notebooks, from their committed outputs: nothing is executed.

python -m tools.slides              one page for each notebook: runs/slides
python -m tools.slides 03 06        only these

Each page is one file with everything in it, so it works without internet and fits on a USB stick.
Arrow keys move on, D darkens the page, F fills the screen, Escape shows all slides.
"""

import argparse
import ast
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
from mnist_helpers.page import credits_text, licence_text
from tools.links import BADGE_START, ROOT
from tools.places import out_path

FOLDER = ROOT / "notebooks"
# The types of cells that JupyterLab and nbconvert know. A cell that goes on where the last one
# ended has no type in its metadata.
SLIDE, SUBSLIDE, SKIP, GOES_ON = "slide", "subslide", "skip", None

_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:|#)([^)]+)\)")
FORMULA = re.compile(r"(?<![\\$`])\$([^$`\n]+)\$(?!\d)")


def slide_types(notebook: NotebookNode) -> list[str | None]:
    """Which part of a slide each cell becomes.

    The title and each section (``##``) begin a slide, every other text begins a page, and code
    follows the text that leads to it. What a class need not see is left out: imports, and before
    the first section everything except the title and the first text after the settings.
    """
    types: list[str | None] = []
    before_settings = before_sections = True
    for number, cell in enumerate(notebook.cells):
        text = cell.cell_type == "markdown"
        if number == 0 or (text and re.search("^## ", cell.source, re.MULTILINE)):
            before_sections &= number == 0
            types.append(SLIDE)
        elif text and not (before_sections and (before_settings or SUBSLIDE in types)):
            types.append(SUBSLIDE)
        else:
            types.append(SKIP if before_sections or _only_imports(cell) else GOES_ON)
        before_settings &= "parameters" not in cell.metadata.get("tags", [])
    return types


def _only_imports(cell: NotebookNode) -> bool:
    try:
        lines = ast.parse(cell.source).body
    except SyntaxError:  # magics
        return False
    return all(isinstance(line, ast.Import | ast.ImportFrom) for line in lines)


def tag(notebook: NotebookNode) -> None:
    """Store the slide types in the cells' metadata."""
    for cell, kind in zip(notebook.cells, slide_types(notebook), strict=True):
        cell.metadata.pop("slideshow", None)
        if kind is not GOES_ON:
            cell.metadata["slideshow"] = NotebookNode(slide_type=kind)


def make_slides(path: Path, together: Sequence[str] = ()) -> str:
    """The slides of a notebook as one HTML page that loads nothing.

    Links to the notebooks in ``together`` (names without ending) lead to their pages of slides.
    """
    from nbconvert import SlidesExporter
    from traitlets.config import Config

    exporter = SlidesExporter(
        # JupyterLab's own colours need its style sheets.
        config=Config(CSSHTMLHeaderPreprocessor={"style": "default"}),
        extra_template_basedirs=[str(Path(__file__).parent / "slides_files")],
        template_name="offline",
        embed_images=True,
        exclude_anchor_links=True,
        exclude_output_prompt=True,
    )
    notebook = for_slides(nbformat.read(path, as_version=4), together)
    resources = {"metadata": {"name": path.stem, "path": str(path.parent)}}
    page = exporter.from_notebook_node(notebook, resources)[0]
    return page.replace("<head>", f"<head>\n<!--\n{credits_text()}\n\n{licence_text()}-->", 1)


def for_slides(notebook: NotebookNode, together: Sequence[str] = ()) -> NotebookNode:
    """A copy for the projector: tagged, without badges and without links to missing files."""
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
            cell.source = FORMULA.sub(lambda match: formula(match[1]), text)
    title = re.search("^# (.+)", notebook.cells[0].source, re.MULTILINE)
    notebook.metadata["title"] = title[1] if title else "Slides"
    return notebook


def formula(latex: str) -> str:
    """A formula as a picture that needs no script, with its source as text alternative."""
    from matplotlib.mathtext import math_to_image

    file = io.BytesIO()
    math_to_image(f"${latex}$", file, format="svg")
    source = f"data:image/svg+xml;base64,{base64.b64encode(file.getvalue()).decode()}"
    return f'<img class="formula" alt="{html.escape(latex)}" src="{source}">'


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.slides", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("only", nargs="*", metavar="NN", help="only these; by default all")
    parser.add_argument("--out", metavar="DIR", default=ROOT / "runs" / "slides", type=out_path)
    options = parser.parse_args(arguments)
    try:
        paths = find_notebooks(FOLDER, options.only)
        for path in paths:
            page = options.out / f"{path.stem}.html"
            write_atomically(page, make_slides(path, [path.stem for path in paths]).encode())
            print(page)
    except (SeriesError, OSError) as error:
        print(f"slides: {error}", file=sys.stderr)
        return 1
    print("Open one in a browser. Arrow keys move on, D darkens the page, F fills the screen.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
