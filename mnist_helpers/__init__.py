"""The core code of the notebook series: one folder for each step, with one door to each.

Import what a folder's ``__init__`` offers: ``from mnist_helpers.data import load_mnist``. The
README lists the folders and their notebooks. ``python -m mnist_helpers`` is the command line.
"""

import os

# These libraries report to their makers unless the variables are set before they are imported.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # onnxruntime, which also stores a device id

# The version is written only here; pyproject.toml reads it from here. So it is right wherever the
# code runs: installed, in its folder, or copied into a Space.
__version__ = "0.1.0"
