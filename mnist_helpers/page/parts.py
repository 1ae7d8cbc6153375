"""The pages' HTML, CSS, JavaScript and pictures, from the folder ``static/``."""

import posixpath
import re
from importlib.resources import files

STATIC = files("mnist_helpers.page") / "static"
# The pen's width as a fraction of the square's side. A digit that fills two thirds of the square
# then has strokes as wide as MNIST's; benchmarks/demo.py shows what other widths would change.
PEN = 0.06
_IMPORT = re.compile(r'^import \{.+\} from "(.+)";\n', re.MULTILINE)
_COMMENT = re.compile(r"^ *(?://[^\n]*|/\*\*.*?\*/)\n", re.MULTILINE | re.DOTALL)
NO_ANSWER = "No answer came. Is the program that shows this page still running?"


def static_text(name: str) -> str:
    """The text of a file in ``static/``."""
    return (STATIC / name).read_text(encoding="utf-8")


def has_static(name: str) -> bool:
    """Whether there is such a file in ``static/``."""
    return (STATIC / name).is_file()


def square_script() -> str:
    """JavaScript that defines ``startSquare``, which runs the drawing square in `pad.html`.

    In the demo, Gradio makes such a function of the file itself.
    """
    return f"function startSquare(element, props, server) {{\n{static_text('pad.js')}\n}}\n"


def script_of(*modules: str) -> str:
    """JavaScript modules in ``static/``, each after those that it imports, as one script.

    They share its scope, so no two may define one name. Comments that fill a line are left out.
    """
    found: dict[str, str] = {}
    for module in modules:
        _collect(module, found)
    return "\n".join(found.values())


def _collect(module: str, found: dict[str, str]) -> None:
    code = static_text(module)
    for needed in _IMPORT.findall(code):
        name = posixpath.normpath(posixpath.join(posixpath.dirname(module), needed))
        if name not in found:
            _collect(name, found)
    code = _COMMENT.sub("", _IMPORT.sub("", code))
    found[module] = re.sub(r"^export ", "", code, flags=re.MULTILINE)
