"""A folder that is ready for Hugging Face Spaces, where a demo finds a public place for nothing."""

import shutil
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from string import Template

from packaging.requirements import Requirement

from mnist_helpers._support import write_atomically
from mnist_helpers.weights import WEIGHTS_NAME

# Free Spaces have no graphics card, and PyTorch's CPU build is a twentieth of the size.
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
FIRST_LINE = '"""The digit demo: what this Space runs."""'
APP = Template(f"""\
{FIRST_LINE}

import os
from pathlib import Path

from mnist_helpers.demo import build_demo, launch
from mnist_helpers.recognizer import DigitRecognizer

# A Space is visited from outside. On your own computer the demo is for you alone.
host = "0.0.0.0" if "SPACE_ID" in os.environ else "127.0.0.1"
weights = $weights
launch(build_demo(DigitRecognizer.load(weights)), host=host, block=True)
""")
README = Template("""\
---
title: Draw a digit
emoji: ✏️
colorFrom: blue
colorTo: gray
sdk: gradio
sdk_version: $gradio
python_version: "3.11"
app_file: app.py
pinned: false
license: mit
short_description: Draw a digit and watch a small network read it
---

# Draw a digit

A small neural network reads the digit that you draw, upload or photograph, and says how sure it is. $network

On your own computer: `pip install -r requirements.txt`, then `python app.py`.

What visitors draw is read by this Space and not stored. The network was made for teaching: do not use it where a misread digit does harm.
""")  # noqa: E501


class SpaceError(Exception):
    """A folder that cannot be written; the message says why and what to do."""


def export_space(folder: str | Path, weights: str | Path | None = None) -> list[str]:
    """Write a folder ready for Hugging Face Spaces; it also runs as it is on any computer.

    It holds the app, its requirements, a README with the Space's settings, and the package itself
    with the network, so that nothing else has to be published first.

    Args:
        folder: where; it is made. In a clone of a Space, the Space's own files are replaced.
        weights: a weights file of your own; by default the network that comes with the package.

    Returns:
        What was written, as paths within the folder.

    Raises:
        SpaceError: if the folder holds another app, or the package is not installed.
        OSError: if it cannot be written.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise SpaceError(f"{folder} is a file: name a folder.")
    app = folder / "app.py"
    if app.exists() and not app.read_text(encoding="utf-8").startswith(FIRST_LINE):
        raise SpaceError(f"There is another app in {folder}: name an empty folder.")
    needed = _requirements()
    readme = README.substitute(gradio=_gradio_version(), network=_network(weights))
    parts = {
        "app.py": _app(weights is not None),
        "requirements.txt": "\n".join([f"--extra-index-url {CPU_INDEX}", *needed, ""]).encode(),
        "README.md": readme.encode(),
    }
    if weights is not None:
        parts[WEIGHTS_NAME] = Path(weights).read_bytes()
    _copy_package(folder / "mnist_helpers")
    for name, content in parts.items():
        write_atomically(folder / name, content)
    return [*parts, "mnist_helpers/"]


def _app(own_weights: bool) -> bytes:
    where = f'Path(__file__).with_name("{WEIGHTS_NAME}")' if own_weights else "None"
    code = APP.substitute(weights=where)
    return (code if own_weights else code.replace("from pathlib import Path\n", "")).encode()


def _requirements() -> list[str]:
    """What the demo needs, as the package's own metadata say."""
    try:
        lines = metadata.requires("mnist-helpers") or []
    except metadata.PackageNotFoundError as error:
        raise SpaceError(
            "The package mnist-helpers is not installed here, so what it needs is not known: "
            'pip install "mnist-helpers[demo]"'
        ) from error
    needed = map(Requirement, lines)
    return [
        f"{one.name}{one.specifier}"
        for one in needed
        if one.marker is None or one.marker.evaluate({"extra": "demo"})
    ]


def _gradio_version() -> str:
    try:
        return metadata.version("gradio")
    except metadata.PackageNotFoundError as error:
        raise SpaceError('A Space runs Gradio: pip install "mnist-helpers[demo]"') from error


def _network(weights: str | Path | None) -> str:
    card = "[its card](mnist_helpers/weights/README.md) says how good it is, and at what it is bad."
    return f"The network comes with a package: {card}" if weights is None else ""


def _copy_package(target: Path) -> None:
    """The package's own files, put into place in one go."""
    fresh = target.with_name(".mnist_helpers.partial")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.parent.mkdir(parents=True, exist_ok=True)
    unwanted = shutil.ignore_patterns("__pycache__", "*.pyi", "*.pyc")
    try:
        shutil.copytree(str(files("mnist_helpers")), fresh, ignore=unwanted)
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
