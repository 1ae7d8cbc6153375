"""What the notebooks use: figures, checks of exercises, key results, running the series.

Begin with `check` and `key_result`. Notebooks import figures from `lessons.figures`.
"""

from importlib import import_module
from typing import Any

# Each module is imported when one of its names is first used, because some take long to import, or
# need packages that may be missing.
_HOMES = {
    "exercise_checks": ("check",),
    "machine_check": ("FAIL", "check_folder", "check_machine"),
    "own_networks": ("find_network", "keep_network"),
    "pretrained": ("PretrainedError", "load_captioner", "load_classifier"),
    "series": (
        "SeriesError",
        "find_notebooks",
        "format_table",
        "key_result",
        "missing_package",
        "run_series",
    ),
    "settings": ("check_settings",),
    "skipping": ("skip_without",),
    "sweeps": ("SweepError", "sweep"),
}
__all__ = [name for names in _HOMES.values() for name in names]


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
