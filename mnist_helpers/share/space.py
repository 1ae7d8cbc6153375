"""A folder for Hugging Face Spaces, which show a demo to the public free of charge."""

import shutil
import sys
import tempfile
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from string import Template

from packaging.requirements import Requirement

from mnist_helpers import __version__
from mnist_helpers._support import one_at_a_time, write_atomically
from mnist_helpers.page import CREDITS, licence_text
from mnist_helpers.share.errors import ExportError
from mnist_helpers.weights import WEIGHTS_NAME

# Free Spaces have no graphics card, and PyTorch's CPU build is a twentieth of the size.
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
REQUIREMENTS = (
    "# The demo was tried with these versions; newer ones may break it.",
    f"--extra-index-url {CPU_INDEX}",
)
PARTIAL = ".mnist_helpers-"
FIRST_LINE = '"""The digit demo: what this Space runs."""'
APP = Template(f"""\
{FIRST_LINE}

import os

from mnist_helpers.demo import build_demo, launch
from mnist_helpers.recognizer import DigitRecognizer

# A Space is visited from outside. On your own computer the demo is for you alone.
host = "0.0.0.0" if "SPACE_ID" in os.environ else "127.0.0.1"
weights = $weights
launch(build_demo(DigitRecognizer.load(weights)), host=host, block=True)
""")
OWN_WEIGHTS = f'os.path.join(os.path.dirname(__file__), "{WEIGHTS_NAME}")'
README = Template("""\
---
title: Draw a digit
emoji: ✏️
colorFrom: blue
colorTo: gray
sdk: gradio
sdk_version: $gradio
python_version: "$python"
app_file: app.py
pinned: false
license: mit
short_description: Draw a digit and watch a small network read it
---

# Draw a digit

A small neural network reads the digit that you draw, upload or photograph, and says how sure it is. $network

On your own computer: `pip install -r requirements.txt`, then `python app.py`.

What visitors draw is read by this Space and not stored. The network was made for teaching: do not use it where a misread digit does harm.

$credits Made by mnist_helpers $version.
""")  # noqa: E501
BUNDLED = (
    "The network comes with a package: [its card](mnist_helpers/weights/README.md) says how good "
    "it is, and what it is bad at."
)


def export_space(folder: str | Path, weights: str | Path | None = None) -> list[str]:
    """Write a folder that is ready for Hugging Face Spaces and also runs on any computer.

    It holds the app, its requirements, a README with the Space's settings, the licence, and the
    package itself with the network, so that nothing else has to be published first.

    Args:
        folder: created if necessary. In a clone of a Space, the Space's files are replaced.
        weights: a weights file of your own; by default the network that comes with the package.

    Returns:
        What was written, as paths within the folder.

    Raises:
        ExportError: if the folder holds another app, or if the package or Gradio is not installed.
        OSError: if the folder cannot be written, or the weights cannot be read.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise ExportError(f"{folder} is a file: name a folder.")
    app = folder / "app.py"
    if app.exists() and not app.read_text(encoding="utf-8").startswith(FIRST_LINE):
        raise ExportError(f"There is another app in {folder}: name an empty folder.")
    try:
        needed, gradio = _requirements(), metadata.version("gradio")
    except metadata.PackageNotFoundError as error:
        raise ExportError(
            f"A Space needs this package with its demo, and {error.name} is not installed here: "
            'pip install "mnist-helpers[demo]"'
        ) from error
    settings = {"gradio": gradio, "python": "{}.{}".format(*sys.version_info)}
    parts = {
        "app.py": APP.substitute(weights=OWN_WEIGHTS if weights else None).encode(),
        "requirements.txt": "\n".join([*REQUIREMENTS, *needed, ""]).encode(),
        "README.md": README.substitute(
            settings,
            network="" if weights else BUNDLED,
            credits=CREDITS,
            version=__version__,
        ).encode(),
        "LICENSE": licence_text().encode(),
    }
    if weights:
        parts[WEIGHTS_NAME] = Path(weights).read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(folder) as alone:
        for rest in folder.glob(f"{PARTIAL}*") if alone else ():  # of an export that was killed
            shutil.rmtree(rest, ignore_errors=True)
        _copy_package(folder / "mnist_helpers")
        for name, content in parts.items():
            write_atomically(folder / name, content)
    return [*parts, "mnist_helpers/"]


def _requirements() -> list[str]:
    """What the demo needs, in the versions that are installed, without a local part ("+cpu")."""
    return [
        f"{one.name}=={metadata.version(one.name).split('+')[0]}"
        for one in map(Requirement, metadata.requires("mnist-helpers") or [])
        if one.marker is None or one.marker.evaluate({"extra": "demo"})
    ]


def _copy_package(target: Path) -> None:
    """Copy the package's own files, and put them in place only when all are there."""
    unwanted = shutil.ignore_patterns("__pycache__", "*.pyi", "*.pyc")
    with tempfile.TemporaryDirectory(prefix=PARTIAL, dir=target.parent) as place:
        fresh = Path(place, "new")
        try:
            shutil.copytree(str(files("mnist_helpers")), fresh, ignore=unwanted)
        except shutil.Error as error:  # it lists every file
            *_, why = error.args[0][0]
            raise ExportError(f"{target} could not be written: {why}.") from error
        old = Path(place, "old")
        if target.exists():
            target.rename(old)
        try:
            fresh.rename(target)
        except OSError:
            if old.exists():  # or it would go with the temporary folder
                old.rename(target)
            raise
