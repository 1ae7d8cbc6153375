"""What notebooks lean on: figures, checks of exercises, key results, running the series.

Begin with `check` and `key_result`; the figures have a door of their own, `lessons.figures`.
"""

from importlib import import_module

# The file of each name, opened when the name is first asked for: some need much to be installed.
_HOMES = {
    "check": "checks",
    "SeriesError": "series",
    "find_notebooks": "series",
    "format_table": "series",
    "key_result": "series",
    "notebooks_folder": "series",
    "run_series": "series",
    "FAIL": "machine_check",
    "check_machine": "machine_check",
    "PretrainedError": "pretrained",
    "load_captioner": "pretrained",
    "load_classifier": "pretrained",
    "sweep": "sweeps",
    "SweepError": "sweep_plan",
}
__all__ = list(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
