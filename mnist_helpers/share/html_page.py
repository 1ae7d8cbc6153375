"""Pages of their own, without Gradio: the same square and the same answer, in one HTML file."""

import json
import re
from collections.abc import Sequence
from html import escape
from string import Template
from typing import Any

from mnist_helpers.page import PEN, static_text

TITLE = "Draw a digit"
NO_ANSWER = "No answer came. Is the program that shows this page still running?"
SETTINGS = 'const settings = JSON.parse(document.getElementById("settings").textContent);\n'
EXAMPLES = "The examples: MNIST (CC BY-SA 3.0) or scikit-learn's digits (CC BY 4.0), and our own."
# The reader's modules, each after those that it imports.
READER = (
    *("arrays", "filters", "resizing", "pictures", "background", "ink", "cleaning"),
    *("finding", "framing", "novelty", "network", "reader"),
)


def server_page(
    most: int, examples: Sequence[dict[str, str]] = (), answer: dict[str, Any] | None = None
) -> str:
    """The page of a server: it sends drawings and pictures there, and shows the answers.

    Without JavaScript the form still works: it gets this page again, with the answer in it.

    Args:
        most: bytes that the server takes.
        examples: pictures to put into the square, as `Example.to_dict` gives them.
        answer: what the page shows at first: as `mnist_helpers.recognizer.describe` gives it, or an
            error of `mnist_helpers.recognizer.failed`.
    """
    return _page(
        static_text("ask_server.js"),
        examples,
        answer,
        action="predict",
        limits={"most": most},
        note="What you draw or upload is read by the server that shows this page, and not stored.",
    )


def lone_page(weights: dict[str, Any], examples: Sequence[dict[str, str]] = ()) -> str:
    """A page that reads by itself: no server, no network connection, one file.

    Args:
        weights: of `mnist_helpers.share.page_weights.network_weights`.
        examples: pictures to put into the square, as `Example.to_dict` gives them.
    """
    script = reader_script() + static_text("ask_reader.js")
    page = _page(
        script,
        examples,
        None,
        action="",
        note="This page reads by itself: nothing that you draw or open leaves this device.",
    )
    data = f'<script type="application/json" id="weights">{_json(weights)}</script>\n'
    before, mark, after = page.partition('<script type="application/json" id="settings">')
    return before + data + mark + after


def reader_script() -> str:
    """The reader's modules as one script, as a page without a server needs them."""
    parts = [static_text(f"reader/{name}.js") for name in READER]
    code = re.sub(r"^import .*$\n?", "", "\n".join(parts), flags=re.MULTILINE)
    return re.sub(r"^export ", "", code, flags=re.MULTILINE)


def _page(
    reading: str,
    examples: Sequence[dict[str, str]],
    answer: dict[str, Any] | None,
    *,
    action: str,
    note: str,
    limits: dict[str, int] | None = None,
) -> str:
    settings = {
        "pen": PEN,
        "examples": list(examples),
        "answer": answer,
        "failed": NO_ANSWER,
        **(limits or {}),
    }
    # Gradio hands these over as arguments, too.
    square = f"function startSquare(element, props, server) {{\n{static_text('pad.js')}\n}}\n"
    panel = f"function startPanel(element, props, watch) {{\n{static_text('answer.js')}\n}}\n"
    reader = f"const readPicture = (() => {{\n{reading}return readPicture;\n}})();\n"
    return Template(static_text("page.html")).substitute(
        title=TITLE,
        styles="\n".join(map(static_text, ("page.css", "pad.css", "answer.css"))),
        square=static_text("pad.html"),
        answer=static_text("answer.html"),
        plain=_plain(answer),
        action=escape(action),
        note=f"{note} {EXAMPLES}" if examples else note,
        settings=_json(settings),
        script=f"(() => {{\n{SETTINGS}{square}{panel}{reader}{static_text('page.js')}}})();",
    )


def _plain(answer: dict[str, Any] | None) -> str:
    """The answer for browsers without JavaScript."""
    if answer is None:
        return ""
    words = escape(answer["words"])
    rows = ""
    if answer["digit"] is not None:
        rows = "".join(f"<li>{part:.1%}</li>" for part in answer["probabilities"])
        rows = f'<p>How likely each digit is, from 0 on:</p><ol start="0">{rows}</ol>'
    digit = answer["digit"] if answer["verdict"] in ("sure", "unsure") else ""
    kind = "digit" if answer["verdict"] == "sure" else "words"
    body = f'<p class="{kind}" data-digit="{digit}">{words}</p>{rows}'
    return f'<noscript><section class="plain" aria-label="The answer">{body}</section></noscript>'


def _json(value: Any) -> str:
    """JSON that cannot end the element it stands in."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
