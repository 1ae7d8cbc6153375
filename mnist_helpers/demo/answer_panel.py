"""The answer panel, as a component of Gradio: the digit, ten bars, what the network sees."""

from typing import Any

import gradio as gr

from mnist_helpers.page import static_text


class AnswerPanel(gr.HTML):
    """Shows what the network says: the digit and how sure it is, ten bars, the 28×28 square.

    Its value is a dictionary as `mnist_helpers.recognizer.DigitReader` returns it, or None
    before the first drawing. In the page, an element in it has the attribute ``data-digit``: the
    digit, or nothing if there is none.

    Args:
        value: what it begins with.
        **options: whatever else `gradio.HTML` takes, such as ``elem_id``.
    """

    def __init__(self, value: dict | None = None, **options: Any):
        super().__init__(
            value=value,
            html_template=static_text("answer.html"),
            css_template=static_text("answer.css"),
            js_on_load=static_text("answer.js"),
            apply_default_css=False,
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        """What programs that call the endpoints get."""
        return {
            "type": "object",
            "description": "the answer; null for an empty drawing",
            "properties": {
                "digit": {"type": "integer", "description": "0 to 9; null if there is no ink"},
                "confidence": {"type": "number", "description": "probability of that digit"},
                "probabilities": {"type": "array", "items": {"type": "number"}},
                "verdict": {"enum": ["sure", "unsure", "no digit", "error"]},
                "words": {"type": "string", "description": "the answer for people"},
                "seen": {"type": "string", "description": "28×28 pixels, as a PNG data URL"},
            },
        }
