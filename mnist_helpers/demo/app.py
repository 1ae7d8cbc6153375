"""The digit demo: draw or upload a digit, and see what the network makes of it."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from mnist_helpers.demo.answer_panel import AnswerPanel
from mnist_helpers.demo.drawing_pad import DigitPad
from mnist_helpers.demo.inside_panel import InsidePanel, maps_of
from mnist_helpers.page import Example, example_pictures
from mnist_helpers.recognizer import DigitReader, DigitRecognizer

TITLE = "Draw a digit"
INSIDE_TITLE = "Draw a digit, and look inside"
# Fonts of the visitor's own system: nothing is fetched, and the page is there sooner.
THEME = gr.themes.Default(
    primary_hue="blue",
    font=["system-ui", "sans-serif"],
    font_mono=["ui-monospace", "monospace"],
)
# Uploaded files are looked for and deleted this often, and at this age, in seconds.
CLEAN_UP = (600, 1800)


class PictureInput(gr.Image):
    """Gradio's image input, which hands over the file as it was sent.

    Gradio would open it first, and a damaged file would fail there without a sentence.
    """

    def preprocess(self, payload: Any) -> str | None:
        """The path of the uploaded file."""
        return None if payload is None else payload.path

    def get_block_name(self) -> str:
        """Drawn in the page as Gradio's own."""
        return "image"


def build_demo(
    recognizer: DigitRecognizer,
    examples: Sequence[Example] | None = None,
    *,
    inside: bool = False,
) -> gr.Blocks:
    """Build the demo. `mnist_helpers.demo.launch` shows it.

    Programs can call it, too: the endpoint ``/read_drawing`` takes a PNG data URL and
    ``/read_picture`` an image file; both return the dictionary that
    `mnist_helpers.recognizer.DigitReader.read_drawing` describes.

    Args:
        recognizer: what reads the digits.
        examples: pictures to try; by default digits of MNIST's test set (scikit-learn's, if MNIST
            is not on this machine) and a few hard ones that the package draws.
        inside: whether there is a second tab beside the answer, "Look inside", with the network's
            feature maps of what is drawn; the answers then hold them, too.

    Returns:
        The app, not yet started. In its page ``#pad canvas`` is the drawing square, and in
        ``#pred`` an element has the digit in its attribute ``data-digit``, or nothing if there is
        none.
    """
    reader = (
        DigitReader(recognizer, maps_of(recognizer.model)) if inside else DigitReader(recognizer)
    )
    title = INSIDE_TITLE if inside else TITLE
    pictures = example_pictures() if examples is None else examples
    with gr.Blocks(title=title, analytics_enabled=False, delete_cache=CLEAN_UP) as demo:
        gr.HTML(f"<h1>{title}</h1>", padding=False)
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
                        label="A picture of one digit",
                        height=340,
                        buttons=[],
                        elem_id="picture",
                    )
            with gr.Column(scale=6, min_width=300):
                answer = _answer_and_maps() if inside else _answer_panel()
        # Answered at once, without a queue; while one is on its way, only the last waits.
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


def _answer_panel() -> AnswerPanel:
    return AnswerPanel(elem_id="pred", container=True, padding=True)


def _answer_and_maps() -> AnswerPanel:
    with gr.Tabs():
        with gr.Tab("Answer"):
            answer = _answer_panel()
        with gr.Tab("Look inside"):
            maps = InsidePanel(elem_id="inside", container=True, padding=True)
    # In the page alone: the answer that is there already has the maps in it.
    answer.change(None, answer, maps, js="answer => answer", api_visibility="private")
    return answer
