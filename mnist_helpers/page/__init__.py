"""What the demo and the pages both show: the drawing square, the answer, the examples.

HTML, CSS and JavaScript lie in `static`; nothing here needs Gradio.
"""

from mnist_helpers.page.embedding import frame_html, proxy_path, show_frame
from mnist_helpers.page.examples import Example, example_pictures
from mnist_helpers.page.parts import PEN, static_bytes, static_text

__all__ = [
    "PEN",
    "Example",
    "example_pictures",
    "frame_html",
    "proxy_path",
    "show_frame",
    "static_bytes",
    "static_text",
]
