"""Notebook 07: the web page, the page in one file, ONNX, a Space.

Begin with `start_server` and `export_page`.
"""

from importlib import import_module

# The file of each name, opened when the name is first asked for: some need much to be installed.
_HOMES = {
    "ExportError": "export",
    "export_onnx": "export",
    "export_page": "export",
    "SpaceError": "space",
    "export_space": "space",
    "build_app": "web",
    "start_server": "web",
}
__all__ = list(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
