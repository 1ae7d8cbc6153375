"""The pages' HTML, CSS, JavaScript and pictures, which lie beside the code."""

from importlib.resources import files

# The pen's width as a part of the square's side. A digit that fills two thirds of the square then
# has strokes as wide as MNIST's; benchmarks/demo.py shows how much other widths would change.
PEN = 0.06


def static_text(name: str) -> str:
    """The text of a file in ``static/``."""
    return files("mnist_helpers.page").joinpath("static", name).read_text(encoding="utf-8")


def static_bytes(name: str) -> bytes:
    """The bytes of a file in ``static/``.

    Raises:
        FileNotFoundError: if it is not there.
    """
    return files("mnist_helpers.page").joinpath("static", name).read_bytes()
