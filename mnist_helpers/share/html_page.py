"""The HTML page that shows the drawing square and the answer without Gradio."""

import json
from collections.abc import Sequence
from html import escape
from string import Template
from typing import Any

from mnist_helpers import __version__
from mnist_helpers.page import (
    NO_ANSWER,
    PEN,
    credits_html,
    licence_text,
    square_script,
    static_text,
)

TITLE = "Draw a digit"
SETTINGS = 'const settings = JSON.parse(document.getElementById("settings").textContent);\n'


def html_page(
    reading: str,
    note: str,
    examples: Sequence[dict[str, str]],
    *,
    action: str = "",
    answer: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
    **settings: Any,
) -> str:
    """The page with the square, some examples (from `Example.to_dict`) and at first an ``answer``.

    ``reading`` is JavaScript that defines ``readPicture(blob)``. ``note`` says at the foot of the
    page where pictures are read, and ``action`` is the address to send them to; it is empty if the
    page reads them itself, with the weights in ``data``. The JavaScript gets the ``settings``, too.
    """
    shared = {"pen": PEN, "examples": list(examples), "answer": answer, "noAnswer": NO_ANSWER}
    # In the demo, Gradio makes such functions of the two files itself.
    square = square_script()
    panel = f"function startPanel(element, props, watch) {{\n{static_text('answer.js')}\n}}\n"
    reader = f"const readPicture = (() => {{\n{reading}return readPicture;\n}})();\n"
    return Template(static_text("page.html")).substitute(
        title=TITLE,
        styles="\n".join(map(static_text, ("page.css", "pad.css", "answer.css"))),
        square=static_text("pad.html"),
        answer=static_text("answer.html"),
        plain=_plain(answer),
        action=escape(action),
        version=__version__,
        licence=escape(licence_text()),
        note=f"{note} {credits_html()}",
        weights=_json("weights", data) if data else "",
        settings=_json("settings", shared | settings),
        script=f"(() => {{\n{SETTINGS}{square}{panel}{reader}{static_text('page.js')}}})();",
    )


def _plain(answer: dict[str, Any] | None) -> str:
    """The answer for browsers without JavaScript."""
    if answer is None:
        return ""
    rows, several = "", len(answer["digits"]) > 1
    for place, digit in enumerate(answer["digits"], start=1):
        parts = "".join(f"<li>{part:.1%}</li>" for part in digit["probabilities"])
        how = f"Digit {place}: how" if several else "How"
        rows += f'<p>{how} likely each digit is, from 0 on:</p><ol start="0">{parts}</ol>'
    kind = "digit" if answer["verdict"] == "sure" else "words"
    number = answer["number"] or ""
    body = f'<p class="{kind}" data-number="{number}">{escape(answer["words"])}</p>{rows}'
    return f'<noscript><section class="plain" aria-label="The answer">{body}</section></noscript>'


def _json(name: str, value: Any) -> str:
    """Data for a script, as JSON that cannot end the element around it."""
    text = json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>'
