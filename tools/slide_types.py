"""Which cell of a notebook becomes which part of a slide; stored in the cells' metadata.

JupyterLab and nbconvert know the types: "slide" begins a slide, "subslide" its next page, "skip" is
left out, and "-", which is not stored, goes on where the last cell ended.
"""

import ast

from nbformat import NotebookNode

SLIDE, SUBSLIDE, GOES_ON, SKIP = "slide", "subslide", "-", "skip"


def slide_types(notebook: NotebookNode) -> list[str]:
    """The type of each cell.

    The title and each section (``##``) begin a slide, every other text begins a page, and code goes
    on below the text that leads to it. What a class need not see is left out: before the first
    section all but the title and the first text after the settings, and imports.
    """
    cells = notebook.cells
    first = next((i for i, cell in enumerate(cells) if _is_section(cell)), len(cells))
    settings = next((i for i, cell in enumerate(cells) if _is_settings(cell)), 0)
    introduction = next(
        (i for i, cell in enumerate(cells) if settings < i < first and _is_text(cell)), None
    )
    return [
        SLIDE
        if number == 0 or _is_section(cell)
        else SUBSLIDE
        if number == introduction or (number > first and _is_text(cell))
        else SKIP
        if number < first or _only_imports(cell)
        else GOES_ON
        for number, cell in enumerate(cells)
    ]


def tag(notebook: NotebookNode) -> bool:
    """Store the types in the cells' metadata.

    Returns:
        Whether that changed anything.
    """
    changed = False
    for cell, kind in zip(notebook.cells, slide_types(notebook), strict=True):
        before = cell.metadata.pop("slideshow", None)
        if kind != GOES_ON:  # JupyterLab, too, stores nothing then
            cell.metadata["slideshow"] = NotebookNode(slide_type=kind)
        changed |= cell.metadata.get("slideshow") != before
    return changed


def _is_text(cell: NotebookNode) -> bool:
    return cell.cell_type == "markdown"


def _is_section(cell: NotebookNode) -> bool:
    return _is_text(cell) and any(line.startswith("## ") for line in cell.source.splitlines())


def _is_settings(cell: NotebookNode) -> bool:
    return "parameters" in cell.metadata.get("tags", [])


def _only_imports(cell: NotebookNode) -> bool:
    if _is_text(cell):
        return False
    try:
        lines = ast.parse(cell.source).body
    except SyntaxError:  # magics
        return False
    return all(isinstance(line, ast.Import | ast.ImportFrom) for line in lines)
