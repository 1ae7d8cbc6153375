"""The demo's own Gradio components: drawing square, answer, look inside, picture input."""

from abc import ABCMeta
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
from gradio.component_meta import ComponentMeta

from mnist_helpers.page import NO_ANSWER, PEN, static_text


class _WithoutStub(ComponentMeta):
    """Makes components as Gradio does, but writes no ``.pyi`` file, which would hide this one."""

    def __new__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> type:
        return ABCMeta.__new__(cls, name, bases, attributes)


class _StaticHTML(gr.HTML, metaclass=_WithoutStub):
    """A component made of three files in ``page/static``: HTML, CSS and JavaScript."""

    file = ""
    api: dict[str, Any]

    def __init__(self, value: Any = None, **options: Any):
        super().__init__(
            value=value,
            html_template=static_text(f"{self.file}.html"),
            css_template=static_text(f"{self.file}.css"),
            js_on_load=static_text(f"{self.file}.js"),
            apply_default_css=False,
            **options,
        )

    def api_info(self) -> dict[str, Any]:
        """What programs send to the endpoints, or get from them."""
        return self.api


class DigitPad(_StaticHTML):
    """A square to draw a digit or a number in, with a mouse, a pen, a finger or the keyboard.

    Its value is a PNG data URL of 196×196 pixels, dark ink on white paper; "" while it is empty. It
    changes when the pen is lifted. At that moment, and while the pen moves, the page calls ``read``
    (such as `DigitReader.read_drawing`) with the drawing, and shows the answer in the `AnswerPanel`
    beside the square. The examples come from `Example.to_dict`, the options are `gradio.HTML`'s.
    """

    file = "pad"
    api = {  # noqa: RUF012
        "type": "string",
        "description": "a drawing of a digit or a number as a PNG data URL; empty for none",
    }

    def __init__(
        self,
        read: Callable[[Any], dict | None],
        examples: Sequence[dict] = (),
        **options: Any,
    ):
        # pad.js calls this function by its name, and Gradio sets an attribute of it.
        def read_drawing(drawing: Any) -> dict | None:
            return read(drawing)

        own = {"examples": list(examples), "pen": PEN, "noAnswer": NO_ANSWER}
        super().__init__("", server_functions=[read_drawing], **own, **options)


class AnswerPanel(_StaticHTML):
    """Shows what the network says: the digit and how sure it is, ten bars, the 28×28 square.

    Of a number it shows all digits; the bars and the square belong to the one that is chosen.

    Its value is an answer of `mnist_helpers.recognizer.DigitReader`; None before the first drawing.
    """

    file = "answer"
    api = {  # noqa: RUF012
        "type": "object",
        "description": "the answer; null for an empty drawing",
        "properties": {
            "digit": {
                "type": "integer",
                "description": "0 to 9; null if there is none, or several",
            },
            "confidence": {"type": "number", "description": "how likely that is right"},
            "probabilities": {"type": "array", "items": {"type": "number"}},
            "verdict": {"enum": ["sure", "unsure", "no digit", "error"]},
            "number": {"type": "string", "description": "all digits; null if there are none"},
            "digits": {
                "type": "array",
                "items": {"type": "object"},
                "description": "each with its box, and entries of its own as above and below",
            },
            "words": {"type": "string", "description": "the answer for people"},
            "seen": {"type": "string", "description": "28×28 pixels, as a PNG data URL"},
        },
    }


class InsidePanel(_StaticHTML):
    """Shows the feature maps of every convolution, and what the network sees and says.

    Its value is an answer with the entry "maps" of `maps_of`; None before the first drawing. Of
    several digits, it shows the one that is chosen in the `AnswerPanel`.
    """

    file = "inside"
    api = {  # noqa: RUF012
        "type": "object",
        "description": "the answer, with the feature maps as pictures",
    }


class PictureInput(gr.Image, metaclass=_WithoutStub):
    """Gradio's image input, but its value is the file as it was sent.

    Gradio would open the file itself, and a damaged one would fail without a sentence.
    """

    def preprocess(self, payload: Any) -> str | None:
        """The path of the uploaded file."""
        return None if payload is None else payload.path

    def get_block_name(self) -> str:
        """The component that Gradio's page draws for it."""
        return "image"
