"""Notebook 06: the Gradio demo, and launching it in a notebook, a program or Colab.

Begin with `build_demo` and `launch`.
"""

import os

import mnist_helpers._support  # noqa: F401 - it gives Gradio a temporary folder of its own

# Gradio reads this when it is first imported. Without it, Gradio reports each start to its makers.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

try:
    import gradio as _  # noqa: F401
except ImportError as error:
    raise ImportError('The demo needs Gradio: pip install "mnist-helpers[demo]"') from error

from mnist_helpers._support import avoid_proxy
from mnist_helpers.demo.app import build_demo
from mnist_helpers.demo.launching import launch

avoid_proxy()

__all__ = ["build_demo", "launch"]
