"""Checks a notebook's settings, so that a slip gets a sentence before anything is run."""

from collections.abc import Callable
from math import inf
from typing import Any


def _whole(least: int, most: float = inf) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


def _number(value: Any) -> bool:
    return type(value) in (int, float)


_SWITCH = ("True or False", lambda value: type(value) is bool)
# For each setting: what it must be, and whether a value is that.
_WANTED: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "fast": _SWITCH,
    "captions": _SWITCH,
    "netron": _SWITCH,
    "seed": ("a whole number from 0 to 4294967295", _whole(0, 2**32 - 1)),
    "epochs": ("a whole number of at least 1, such as 6", _whole(1)),
    "batch_size": ("a whole number of at least 1, such as 128", _whole(1)),
    "images": ("a whole number of at least 100, such as 3_000", _whole(100)),
    "shift": ("a whole number of pixels from 0 to 27", _whole(0, 27)),
    "digit": ("a digit from 0 to 9", _whole(0, 9)),
    "learning_rate": (
        "a number above 0, such as 0.01",
        lambda value: _number(value) and 0 < value < inf,
    ),
    "dropout": (
        "a number of at least 0 and below 1",
        lambda value: _number(value) and 0 <= value < 1,
    ),
    "weights": ("the path of a file, in quotes", lambda value: type(value) is str and value != ""),
}


def check_settings(**settings: Any) -> None:
    """Check the settings of a notebook, each given by its name: ``check_settings(seed=seed)``.

    Raises:
        ValueError: if one is not what it must be; the message says what that is.
    """
    for name, value in settings.items():
        if wanted := wanted_instead(name, value):
            raise ValueError(
                f"The setting {name} must be {wanted}, not {value!r}. Change it in the cell of "
                "settings, run that cell again, then this one."
            )


def wanted_instead(name: str, value: Any) -> str:
    """What a setting must be, if it is not this value; empty if the value fits."""
    wanted, fits = _WANTED[name]
    return "" if fits(value) else wanted
