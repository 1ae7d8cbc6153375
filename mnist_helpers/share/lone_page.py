"""The page in one file: the network and the reader come with it, so that it needs no server."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import nn

from mnist_helpers._support import write_atomically
from mnist_helpers.page import example_pictures, static_text
from mnist_helpers.share.errors import ExportError
from mnist_helpers.share.html_page import html_page
from mnist_helpers.share.page_weights import network_weights

# The reader's modules, each after those that it imports.
READER = (
    *("arrays", "filters", "resizing", "pictures", "background", "ink", "parts"),
    *("printed_lines", "finding", "squares", "non_digits", "network", "reader"),
)


def export_page(model: nn.Module, min_energy: float, path: str | Path) -> int:
    """Write one HTML file that frames and reads digits without a server or the internet.

    Args:
        model: a `DigitCNN` or `DeepDigitCNN`.
        min_energy: a square with less energy is not a digit; see `recognizer.non_digits`.
        path: the file; an existing one is replaced.

    Returns:
        Its size in bytes.

    Raises:
        ExportError: if the network is of another kind.
        OSError: if the file cannot be written.
    """
    try:
        weights = network_weights(model, min_energy)
    except TypeError as error:
        raise ExportError(f"This network cannot be put into a page: {error}") from error
    page = lone_page(weights, [one.to_dict() for one in example_pictures()]).encode()
    write_atomically(path, page)
    return len(page)


def lone_page(weights: dict[str, Any], examples: Sequence[dict[str, str]] = ()) -> str:
    """The HTML of the page in one file.

    Args:
        weights: see `mnist_helpers.share.page_weights.network_weights`.
        examples: pictures to put into the square, as `Example.to_dict` gives them.
    """
    return html_page(
        reader_script() + static_text("ask_reader.js"),
        examples,
        note="This page reads by itself: nothing that you draw or open leaves this device.",
        data=weights,
    )


def reader_script() -> str:
    """The reader's modules as one script, as a page without a server needs them.

    All names of the modules then share one scope, so each may be defined in one module only.
    """
    code = "\n".join(static_text(f"reader/{name}.js") for name in READER)
    code = re.sub(r"^import .*$\n?", "", code, flags=re.MULTILINE)
    return re.sub(r"^export ", "", code, flags=re.MULTILINE)
