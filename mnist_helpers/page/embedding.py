"""A running page in a notebook: a frame that is right in JupyterLab, on JupyterHub and in Colab."""

import base64
import os
from html import escape
from string import Template
from uuid import uuid4

from mnist_helpers.page.parts import static_bytes, static_text


def proxy_path(port: int) -> str | None:
    """Where jupyter-server-proxy shows a port on JupyterHub and Binder; None elsewhere."""
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    return f"{prefix.rstrip('/')}/proxy/{port}" if prefix else None


def show_frame(title: str, address: str, height: int, *, picture: bool = False) -> None:
    """Show a page below the cell.

    Args:
        title: what it is, in a few words.
        address: where it runs: an address, or a path on the notebook's own server.
        height: of the frame, in pixels.
        picture: whether a picture of the digit demo stands there where nothing runs.
    """
    from IPython.display import display

    html = frame_html(title, address, height, picture=picture)
    display({"text/html": html, "text/plain": f"The app “{title}”"}, raw=True)


def frame_html(title: str, address: str, height: int, *, picture: bool = False) -> str:
    """A page in a notebook: a picture, which a script replaces by the page where that answers.

    So a notebook that is only looked at, on a web page or before its cells have run, shows the
    picture and not a dead frame.

    Args:
        title: what it is, in a few words.
        address: where it runs: an address, or a path on the notebook's own server.
        height: of the frame, in pixels.
        picture: whether a picture of the digit demo stands there; otherwise a sentence does.
    """
    shown = _picture(height) if picture else ""
    what = "This is a picture of the demo" if shown else f"The app “{escape(title)}” stands here"
    caption = f"{what}. Run this cell to use it."
    if address.startswith("/"):
        caption += " If it stays a picture: this server needs the package jupyter-server-proxy."
    return Template(static_text("frame.html")).substitute(
        picture=shown,
        caption=caption,
        mark=f"demo-{uuid4().hex}",
        title=title.translate({ord(c): f"\\u{ord(c):04x}" for c in '"\\<>&\r\n'}),
        address=address,
        height=height,
        # Visual Studio Code shows outputs in a place that may embed the page, but not ask for it.
        start="show()" if "VSCODE_PID" in os.environ else "ask(10)",
    )


def _picture(height: int) -> str:
    try:
        source = "data:image/png;base64," + base64.b64encode(static_bytes("demo.png")).decode()
    except FileNotFoundError:
        return ""
    alt = "The digit demo: a square with a hand-drawn digit, the answer, and ten bars"
    return f'<img src="{source}" alt="{alt}" style="max-width: 100%; max-height: {height}px">'
