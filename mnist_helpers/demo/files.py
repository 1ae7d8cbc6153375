"""The demo's HTML, CSS, JavaScript and pictures, which lie beside the code."""

from importlib.resources import files


def static_text(name: str) -> str:
    """The text of a file in ``static/``."""
    return files("mnist_helpers.demo").joinpath("static", name).read_text(encoding="utf-8")


def static_bytes(name: str) -> bytes:
    """The bytes of a file in ``static/``.

    Raises:
        FileNotFoundError: if it is not there.
    """
    return files("mnist_helpers.demo").joinpath("static", name).read_bytes()
