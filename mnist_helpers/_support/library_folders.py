"""Where libraries write: for each process apart, or where the user has no home to write into.

Gradio keeps what visitors upload in the folder ``gradio`` of the system's temporary folder: on a
shared machine it belongs to whoever came first, and the pictures stay there. So Gradio gets a
folder of its own as soon as it is imported, whether before this package or after it.
"""

import functools
import os
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

import platformdirs

from mnist_helpers._support.own_folder import PREFIX, OwnFolder

PACKAGE = "mnist_helpers"
# Libraries that keep something in the user's home, and how to name another folder for it.
IN_THE_HOME = {"matplotlib": "MPLCONFIGDIR", "keras": "KERAS_HOME"}

_gradios: OwnFolder | None = None


class _BeforeImports(MetaPathFinder):
    """Notices that a library is about to be imported, by any code, and finds nothing itself."""

    def find_spec(self, name: str, *_: Any) -> None:
        if name in ("gradio", "gradio_client"):
            gradio_folder()
        variable = IN_THE_HOME.get(name)
        if variable and not os.environ.get(variable) and not _home_is_open():
            os.environ[variable] = str(_instead_of_home())


def gradio_folder() -> Path:
    """The folder in which Gradio writes: of this process, unless ``GRADIO_TEMP_DIR`` names one.

    Raises:
        LaunchError: if it cannot be made.
    """
    global _gradios
    if named := _chosen("GRADIO_TEMP_DIR"):
        folder = Path(named)
        OwnFolder(folder).remove()  # can it be used?
    else:
        if _gradios is None or not _gradios.usable:
            _gradios = OwnFolder()
        folder = _gradios.path
        os.environ["GRADIO_TEMP_DIR"] = str(folder)
    if not _chosen("GRADIO_EXAMPLES_CACHE"):
        os.environ["GRADIO_EXAMPLES_CACHE"] = str(folder)
    # What Gradio read when it was imported.
    for name, module in list(sys.modules.items()):
        if name.startswith("gradio") and hasattr(module, "DEFAULT_TEMP_DIR"):
            vars(module)["DEFAULT_TEMP_DIR"] = str(folder)
    client = getattr(sys.modules.get("gradio_client.client"), "Client", None)
    if client and "download_files" in (client.__init__.__kwdefaults__ or {}):
        client.__init__.__kwdefaults__["download_files"] = str(folder)
    return folder


def _chosen(variable: str) -> str:
    """The folder that the user has put into a variable, or else an empty text."""
    named = os.environ.get(variable, "")
    return "" if Path(named).name.startswith(PREFIX) else named  # a process like this one set it


def user_cache_dir() -> str:
    """Where downloads are kept: in the user's cache, or until the end where there is no home."""
    try:
        return platformdirs.user_cache_dir(PACKAGE, appauthor=False)
    except RuntimeError:
        return str(_instead_of_home())


def _home_is_open() -> bool:
    try:
        return os.access(os.environ.get("XDG_CONFIG_HOME") or Path.home(), os.W_OK)
    except RuntimeError:  # there is none
        return False


@functools.cache
def _instead_of_home() -> Path:
    return OwnFolder().path


sys.meta_path.insert(0, _BeforeImports())
if "gradio" in sys.modules or "gradio_client" in sys.modules:
    gradio_folder()
