"""Notebook 07: the web page, the page in one file, ONNX, a Space.

Begin with `start_server` and `export_page`. If an extra is missing, the call that needs it says so.
"""

from mnist_helpers.share.errors import ExportError
from mnist_helpers.share.lone_page import export_page
from mnist_helpers.share.onnx_file import export_onnx
from mnist_helpers.share.page_weights import halve_weights, network_weights
from mnist_helpers.share.space import export_space
from mnist_helpers.share.web import build_app, start_server

__all__ = [
    "ExportError",
    "build_app",
    "export_onnx",
    "export_page",
    "export_space",
    "halve_weights",
    "network_weights",
    "start_server",
]
