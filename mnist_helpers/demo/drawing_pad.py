"""The drawing square, as a component of Gradio."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from mnist_helpers.page import PEN, static_text


class DigitPad(gr.HTML):
    """A square to draw one digit in, with a mouse, a pen, a finger or the keyboard.

    Its value is a PNG data URL of 196×196 pixels, dark ink on white paper; "" while it is empty.
    It changes when the pen is lifted. While the pen moves, and then too, the page calls ``read``
    and hands its answer to the `mnist_helpers.demo.answer_panel.AnswerPanel` beside it.

    Args:
        read: a function that takes such a value and returns what the panel shows.
        value: what it begins with; "" for an empty square.
        examples: pictures to put into the square: see `mnist_helpers.page.examples`.
        pen: the pen's width, as a part of the square's side.
        **options: whatever else `gradio.HTML` takes, such as ``elem_id``.
    """

    def __init__(
        self,
        read: Callable[[Any], dict | None],
        value: str = "",
        examples: Sequence[dict] = (),
        pen: float = PEN,
        **options: Any,
    ):
        def read_drawing(drawing: Any) -> dict | None:  # Gradio puts a mark on it
            return read(drawing)

        super().__init__(
            value=value,
            html_template=static_text("pad.html"),
            css_template=static_text("pad.css"),
            js_on_load=static_text("pad.js"),
            apply_default_css=False,
            server_functions=[read_drawing],
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
