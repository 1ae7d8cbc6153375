"""Embeds a running page in a notebook: in JupyterLab, on JupyterHub, in Visual Studio Code."""

import base64
import json
import os
from html import escape
from string import Template
from urllib.parse import urlsplit
from uuid import uuid4

from mnist_helpers._support import forwarded_address, proxy_path
from mnist_helpers.page.parts import STATIC, static_text

# Pictures of the demo, and what can be seen in them.
PICTURES = {
    "demo.png": "The digit demo: a square with a hand-drawn digit, the answer, and ten bars",
    "number.png": "The demo: 42 is written in the square, the answer is 42, and two buttons choose "
    "the digit, 4 or 2, whose bars are shown",
}


def show_embedded(title: str, address: str, height: int, *, secret: str, picture: str = "") -> None:
    """Show a running page below the cell.

    Args:
        title: what it is called.
        address: where this computer finds it, such as "http://127.0.0.1:7860/".
        height: in pixels.
        secret: the path below the address that only this launch answers (`Guard`).
        picture: one of `PICTURES`, which stands in its place; otherwise a sentence does.
    """
    from IPython.display import display

    html = embed_html(title, address, height, secret=secret, picture=picture)
    display({"text/html": html, "text/plain": f"The app “{title}”"}, raw=True)


def embed_html(
    title: str, address: str, height: int, *, secret: str = "", picture: str = ""
) -> str:
    """A notebook's output: a picture, which a script replaces with the page once that answers.

    Where nobody runs the notebook's cells, such as on a web page, the picture remains.
    """
    shown, what = "", f"The app “{escape(title)}” appears here"
    if picture:
        content = base64.b64encode((STATIC / picture).read_bytes()).decode()
        shown = f'<img src="data:image/png;base64,{content}" alt="{PICTURES[picture]}" '
        shown += f'style="max-width: 100%; max-height: {height}px">'
        what = "This is a picture of the demo"
    port = urlsplit(address).port or 0
    caption = f"{what}. Run this cell to use it."
    path, forwarded = proxy_path(port), forwarded_address(port)
    if path:
        caption += " If it stays a picture: this server needs the package jupyter-server-proxy."
    return Template(static_text("embed.html")).substitute(
        picture=shown,
        caption=caption,
        mark=f"demo-{uuid4().hex}",
        title=title.translate({ord(c): f"\\u{ord(c):04x}" for c in '"\\<>&\r\n'}),
        address=f"{path}/" if path else forwarded or address,
        port=port,
        secret=secret,
        height=height,
        # An output of Visual Studio Code may embed the page, but its script may not ask for it.
        asks=json.dumps("VSCODE_PID" not in os.environ and not forwarded),
    )
