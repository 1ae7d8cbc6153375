"""Shows a page inside a cell, over its still picture.

The page is a module in ``page/static/explorables/`` that gets its data as JSON. Where scripts do
not run, the picture stays.
"""

import json
import re
from collections.abc import Mapping
from html import escape
from string import Template
from typing import Any
from uuid import uuid4

from IPython.display import display
from matplotlib.figure import Figure

from mnist_helpers.lessons.figures import CAPTION_STYLE, CARD, FIGURE_STYLE, picture_html
from mnist_helpers.page import PEN, has_static, script_of, square_script, static_text

STILL_COLOURS = 96  # in the still picture, which is seldom seen
HINT = (
    "This is a still picture. To use it, run this cell, or in JupyterLab choose "
    "“Trust Notebook” in the command palette (Ctrl+Shift+C)."
)


def show_explorable(
    name: str,
    title: str,
    data: Mapping[str, Any],
    still: Figure,
    caption: str,
    *,
    alt: str = "",
    height: int = 480,
) -> None:
    """Show an explorable below the cell.

    Args:
        name: of its module in ``page/static/explorables/``, without ``.js``.
        title: what it is, in a few words, for those who cannot see it.
        data: what its module needs, as data for JSON. NaN and infinities are not allowed.
        still: what to show where scripts do not run.
        caption: stands below it, for everybody.
        alt: says what the still picture looks like; `figures.describe` by default.
        height: in pixels, until the page has said how high it is.

    Raises:
        FileNotFoundError: if there is no such module.
        ValueError: if the data are not data for JSON.
    """
    html = explorable_html(name, title, data, still, caption, alt=alt, height=height)
    display({"text/html": html, "text/plain": caption}, raw=True)


def explorable_html(
    name: str,
    title: str,
    data: Mapping[str, Any],
    still: Figure,
    caption: str,
    *,
    alt: str = "",
    height: int = 480,
) -> str:
    """An explorable with its still picture as one piece of HTML that loads nothing.

    See `show_explorable`.
    """
    return Template(static_text("explorables/output.html")).substitute(
        mark=f"explorable-{uuid4().hex}",
        title=escape(title),
        picture=picture_html(still, alt, "grid-area: 1 / 1", colours=STILL_COLOURS),
        height=height,
        page=_attribute(explorable_page(name, title, data)),
        caption=escape(caption),
        hint=HINT,
        card=CARD,
        figure_style=FIGURE_STYLE,
        caption_style=CAPTION_STYLE,
    )


def explorable_page(name: str, title: str, data: Mapping[str, Any]) -> str:
    """The page of an explorable alone; see `show_explorable`."""
    script = script_of(f"explorables/{name}.js")
    data = dict(data)
    if "startSquare" in script:
        script = square_script() + script
        data["square"] = {"html": static_text("pad.html"), "pen": PEN} | data.get("square", {})
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return Template(static_text("explorables/frame.html")).substitute(
        title=escape(title),
        styles=_flat("".join(map(static_text, _styles(name)))),
        data=text,
        script=_flat(script),
    )


def _styles(name: str) -> list[str]:
    """The styles of an explorable: those of the parts, and its own if it has some."""
    own = f"explorables/{name}.css"
    return ["pad.css", "explorables/parts.css", *([own] if has_static(own) else [])]


def _attribute(text: str) -> str:
    """HTML as an attribute's value in double quotes, where the many > and ' of code may stand."""
    return escape(text, quote=False).replace("&gt;", ">").replace('"', "&quot;")


def _flat(code: str) -> str:
    """Code without the spaces that begin its lines, and the comments that end them."""
    return re.sub(r"^ +| // .*$", "", code, flags=re.MULTILINE)
