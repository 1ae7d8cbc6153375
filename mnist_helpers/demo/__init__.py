"""The demo: draw a digit in the notebook or on a page, and watch the network read it."""

import os

# Read when Gradio is first imported: without it, Gradio reports to its makers that it was started.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

try:
    import gradio as _  # noqa: F401
except ImportError as error:
    raise ImportError('The demo needs Gradio: pip install "mnist-helpers[demo]"') from error

from mnist_helpers.demo.app import build_demo
from mnist_helpers.demo.launching import launch

__all__ = ["build_demo", "launch"]
