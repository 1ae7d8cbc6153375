"""The credits and licences of what the pages show: one text for everything that is shared."""

import re
from contextlib import suppress
from importlib import metadata
from importlib.resources import files
from pathlib import Path

# The links are in Markdown, because the Space's card needs them in this form.
CREDITS = (
    "The small digits among the examples are from [MNIST](http://yann.lecun.com/exdb/mnist/) by "
    "Yann LeCun, Corinna Cortes and Christopher J. C. Burges ([CC BY-SA 3.0]"
    "(https://creativecommons.org/licenses/by-sa/3.0/)) or, where MNIST was missing, from "
    "[Optical Recognition of Handwritten Digits]"
    "(https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits) by E. "
    "Alpaydin and C. Kaynak, in scikit-learn's version and enlarged ([CC BY 4.0]"
    "(https://creativecommons.org/licenses/by/4.0/)). The other examples and the program are "
    "© 2026 The mnist-notebooks authors, under the [MIT licence](https://opensource.org/license/mit)."
)
LINK = re.compile(r"\[([^]]*)\]\(([^)]*)\)")


def credits_html() -> str:
    """The text for a page. Its links open in a new tab, so that the drawing is not lost."""
    return LINK.sub(r'<a href="\2" target="_blank" rel="noopener noreferrer">\1</a>', CREDITS)


def credits_text() -> str:
    """The text without links, with the addresses in parentheses."""
    return LINK.sub(r"\1 (\2)", CREDITS)


def licence_text() -> str:
    """The package's licence, which belongs to every copy of its code."""
    with suppress(metadata.PackageNotFoundError):
        if text := metadata.distribution("mnist-helpers").read_text("licenses/LICENSE"):
            return text
    # The package is not installed: it runs from its repository, in a Space, or as a lone folder.
    with suppress(FileNotFoundError):
        return (Path(str(files("mnist_helpers"))).parent / "LICENSE").read_text(encoding="utf-8")
    return "MIT licence, © 2026 The mnist-notebooks authors: https://opensource.org/license/mit\n"
