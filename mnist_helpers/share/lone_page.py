"""The page in one file: it contains the network and the reader, so that it needs no server."""

from pathlib import Path

from torch import nn

from mnist_helpers._support import write_atomically
from mnist_helpers.page import example_pictures, script_of, static_text
from mnist_helpers.share.html_page import html_page
from mnist_helpers.share.page_weights import network_weights


def export_page(model: nn.Module, min_energy: float, path: str | Path) -> int:
    """Write one HTML file that reads digits and numbers without a server or the internet.

    Args:
        model: a `DigitCNN` or `DeepDigitCNN`.
        min_energy: a square with less energy is not a digit; see `recognizer.compute_energy`.
        path: the file; an existing one is replaced.

    Returns:
        The size of the file in bytes.

    Raises:
        ExportError: if the network has a layer that the page cannot compute.
        OSError: if the file cannot be written.
    """
    page = html_page(
        script_of("reader/reader.js") + static_text("ask_reader.js"),
        "This page reads by itself: nothing that you draw or open leaves this device.",
        [one.to_dict() for one in example_pictures()],
        data=network_weights(model, min_energy),
    ).encode()
    write_atomically(path, page)
    return len(page)
