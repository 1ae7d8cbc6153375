"""What the demo and the pages both show: the drawing square, the answer, the examples.

Their HTML, CSS and JavaScript are in ``static/``; nothing here needs Gradio.
"""

from mnist_helpers.page.credits import CREDITS, credits_html, credits_text, licence_text
from mnist_helpers.page.embedding import show_embedded
from mnist_helpers.page.examples import Example, example_pictures
from mnist_helpers.page.parts import (
    NO_ANSWER,
    PEN,
    has_static,
    script_of,
    square_script,
    static_text,
)

__all__ = [
    "CREDITS",
    "NO_ANSWER",
    "PEN",
    "Example",
    "credits_html",
    "credits_text",
    "example_pictures",
    "has_static",
    "licence_text",
    "script_of",
    "show_embedded",
    "square_script",
    "static_text",
]
