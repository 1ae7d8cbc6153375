"""The pages' HTML, CSS, JavaScript and pictures, from the folder ``static/``."""

from importlib.resources import files

STATIC = files("mnist_helpers.page") / "static"
# The pen's width as a fraction of the square's side. A digit that fills two thirds of the square
# then has strokes as wide as MNIST's; benchmarks/demo.py shows what other widths would change.
PEN = 0.06
NO_ANSWER = "No answer came. Is the program that shows this page still running?"


def static_text(name: str) -> str:
    """The text of a file in ``static/``."""
    return (STATIC / name).read_text(encoding="utf-8")
