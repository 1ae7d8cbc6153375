"""The makers of what the pages show, and its licences: one text for all that is handed out."""

import re
from contextlib import suppress
from importlib import metadata
from importlib.resources import files
from pathlib import Path

# Links are written as in Markdown, in which the Space's card needs them.
CREDITS = (
    "Of the examples, the small digits are from [MNIST](http://yann.lecun.com/exdb/mnist/) by Yann "
    "LeCun, Corinna Cortes and Christopher J. C. Burges ([CC BY-SA 3.0]"
    "(https://creativecommons.org/licenses/by-sa/3.0/)) or, where MNIST was missing, from "
    "[Optical Recognition of Handwritten Digits]"
    "(https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits) by E. "
    "Alpaydin and C. Kaynak, as scikit-learn has them, enlarged ([CC BY 4.0]"
    "(https://creativecommons.org/licenses/by/4.0/)). The other examples and the program are "
    "© 2026 The mnist-notebooks authors, under the [MIT licence](https://opensource.org/license/mit)."
)
LINK = re.compile(r"\[([^]]*)\]\(([^)]*)\)")


def credits_html() -> str:
    """The text for a page: its links open in a new tab, and the drawing stays where it is."""
    return LINK.sub(r'<a href="\2" target="_blank" rel="noopener noreferrer">\1</a>', CREDITS)


def credits_text() -> str:
    """The text without links, with the addresses in parentheses."""
    return LINK.sub(r"\1 (\2)", CREDITS)


def licence_text() -> str:
    """The package's licence, which belongs to every copy of its code."""
    with suppress(metadata.PackageNotFoundError):
        if text := metadata.distribution("mnist-helpers").read_text("licenses/LICENSE"):
            return text
    # Not installed: used from its repository, or in a Space.
    return (Path(str(files("mnist_helpers"))).parent / "LICENSE").read_text(encoding="utf-8")
