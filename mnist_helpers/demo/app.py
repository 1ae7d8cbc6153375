"""The digit demo: draw or upload a digit or a number, and see what the network makes of it."""

from collections.abc import Sequence
from html import escape

import gradio as gr

from mnist_helpers.demo.components import AnswerPanel, DigitPad, InsidePanel, PictureInput
from mnist_helpers.demo.inside_maps import maps_of
from mnist_helpers.page import Example, credits_html, example_pictures, static_text
from mnist_helpers.recognizer import DigitReader, DigitRecognizer

TITLE = "Draw a digit"
INSIDE_TITLE = "Draw a digit, and look inside"
NUMBER_TITLE = "Draw a number"
# In seconds: how often Gradio deletes uploaded files, and how old they must be.
CLEAN_UP = (600, 1800)


def build_demo(
    recognizer: DigitRecognizer,
    examples: Sequence[Example] | None = None,
    *,
    inside: bool = False,
    title: str = "",
) -> gr.Blocks:
    """Build the demo; `mnist_helpers.demo.launch` shows it.

    Programs can call it, too: the endpoint ``/read_drawing`` takes a PNG data URL and
    ``/read_picture`` an image file; both return the dictionary that
    `mnist_helpers.recognizer.DigitReader` describes.

    Args:
        recognizer: reads the digits.
        examples: pictures to try; by default those of `mnist_helpers.page.example_pictures`.
        inside: whether a second tab, "Look inside", shows the network's feature maps of the
            digit; the answers then contain them, too.
        title: stands above all; by default it asks for a digit.

    Returns:
        The app, not yet started. In its page, ``#pad canvas`` is the drawing square, and an element
        in ``#pred`` has the attributes ``data-digit``, which is the digit if there is only one, and
        ``data-number``; they are empty if there is none.
    """
    reader = DigitReader(recognizer, *([maps_of(recognizer.model)] if inside else []))
    title = title or (INSIDE_TITLE if inside else TITLE)
    pictures = example_pictures() if examples is None else examples
    with gr.Blocks(title=title, analytics_enabled=False, delete_cache=CLEAN_UP) as demo:
        gr.HTML(
            f'<h1 style="margin: 0; font-size: 22px; line-height: 1.1">{escape(title)}</h1>',
            padding=False,
        )
        with gr.Row():
            with gr.Column(scale=5, min_width=300), gr.Tabs():
                with gr.Tab("Draw") as drawing_tab:
                    pad = DigitPad(
                        reader.read_drawing,
                        examples=[one.to_dict() for one in pictures],
                        elem_id="pad",
                    )
                with gr.Tab("Upload or photograph") as picture_tab:
                    picture = PictureInput(
                        type="filepath",
                        image_mode=None,
                        sources=["upload", "clipboard", "webcam"],
                        label="A picture of a digit or a number",
                        height=340,
                        buttons=[],
                        elem_id="picture",
                    )
            with gr.Column(scale=6, min_width=300):
                answer = _add_answer(inside)
        # Not a <footer>, for which Gradio has styles of its own; it also pads links.
        gr.HTML(
            f'<p style="font-size: 11px; line-height: 1.25; margin: 0">{credits_html()}</p>',
            padding=False,
            css_template="a { padding: 0 !important; }",
            js_on_load=static_text("without_camera.js"),
        )
        # No queue: while one question is being answered, only the latest of the others waits.
        at_once = {"queue": False, "show_progress": "hidden", "trigger_mode": "always_last"}
        drawing_tab.select(reader.read_drawing, pad, answer, api_name="read_drawing", **at_once)
        gr.on(
            [picture.change, picture_tab.select],
            reader.read_picture,
            picture,
            answer,
            api_name="read_picture",
            **at_once,
        )
    return demo


def _add_answer(inside: bool) -> AnswerPanel:
    own_card = {"container": True, "padding": True}
    if not inside:
        return AnswerPanel(elem_id="pred", **own_card)
    with gr.Tabs():
        with gr.Tab("Answer"):
            answer = AnswerPanel(elem_id="pred", **own_card)
        with gr.Tab("Look inside"):
            maps = InsidePanel(elem_id="inside", **own_card)
    # The page does this without asking Python, because the answer already contains the maps.
    answer.change(None, answer, maps, js="answer => answer", api_visibility="private")
    return answer
