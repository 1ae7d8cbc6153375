"""Embeds a running page in a notebook: in JupyterLab, on JupyterHub, in Visual Studio Code."""

import base64
import os
from html import escape
from string import Template
from uuid import uuid4

from mnist_helpers.page.parts import STATIC, static_text


def proxy_path(port: int) -> str | None:
    """Where jupyter-server-proxy shows a port on JupyterHub and Binder; None elsewhere."""
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    return f"{prefix.rstrip('/')}/proxy/{port}" if prefix else None


def show_embedded(title: str, address: str, height: int, *, picture: bool = False) -> None:
    """Show a running page below the cell.

    The address may be a path on the notebook's own server; the height is in pixels. ``picture`` is
    True for the digit demo, of which there is a picture; otherwise a sentence takes its place.
    """
    from IPython.display import display

    html = embed_html(title, address, height, picture=picture)
    display({"text/html": html, "text/plain": f"The app “{title}”"}, raw=True)


def embed_html(title: str, address: str, height: int, *, picture: bool = False) -> str:
    """A notebook's output: a picture, which a script replaces with the page once that answers.

    Where nobody runs the notebook's cells, such as on a web page, the picture remains.
    """
    shown, what = "", f"The app “{escape(title)}” appears here"
    if picture:
        content = base64.b64encode((STATIC / "demo.png").read_bytes()).decode()
        alt = "The digit demo: a square with a hand-drawn digit, the answer, and ten bars"
        shown = f'<img src="data:image/png;base64,{content}" alt="{alt}" '
        shown += f'style="max-width: 100%; max-height: {height}px">'
        what = "This is a picture of the demo"
    caption = f"{what}. Run this cell to use it."
    if address.startswith("/"):
        caption += " If it stays a picture: this server needs the package jupyter-server-proxy."
    return Template(static_text("embed.html")).substitute(
        picture=shown,
        caption=caption,
        mark=f"demo-{uuid4().hex}",
        title=title.translate({ord(c): f"\\u{ord(c):04x}" for c in '"\\<>&\r\n'}),
        address=address,
        height=height,
        # In Visual Studio Code, an output may embed the page, but its script may not fetch it.
        start="show()" if "VSCODE_PID" in os.environ else "ask(10)",
    )
