"""The drawing square, as a component of Gradio."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from mnist_helpers.demo.files import static_text

# The pen's width as a part of the square's side. A digit that fills two thirds of the square then
# has strokes as wide as MNIST's; benchmarks/demo.py shows how much other widths would change.
PEN = 0.06


class DigitPad(gr.HTML):
    """A square to draw one digit in, with a mouse, a pen, a finger or the keyboard.

    Its value is a PNG data URL of 280×280 pixels, dark ink on white paper; "" while it is empty.
    It changes up to twelve times a second while the pen moves, and once more when it is lifted.

    Args:
        value: what it begins with; "" for an empty square.
        examples: pictures to put into the square: see `mnist_helpers.demo.examples`.
        pen: the pen's width, as a part of the square's side.
        **options: whatever else `gradio.HTML` takes, such as ``elem_id``.
    """

    def __init__(
        self, value: str = "", examples: Sequence[dict] = (), pen: float = PEN, **options: Any
    ):
        super().__init__(
            value=value,
            html_template=static_text("pad.html"),
            css_template=static_text("pad.css"),
            js_on_load=static_text("pad.js"),
            apply_default_css=False,
            examples=list(examples),
            pen=pen,
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        """What programs that call the endpoint have to send."""
        return {
            "type": "string",
            "description": "a drawing of one digit as a PNG data URL; empty for none",
        }
