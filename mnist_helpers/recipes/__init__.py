"""Notebook 09: how the networks of the series were trained, and what that cost.

Begin with `RECIPES`.
"""

from mnist_helpers.recipes.detector import (
    add_detector,
    example_digits,
    example_non_digits,
    find_features,
    set_border,
    train_detector,
)
from mnist_helpers.recipes.measured import load_measured
from mnist_helpers.recipes.recipes import RECIPES, Recipe, bundled_split, calibrate

__all__ = [
    "RECIPES",
    "Recipe",
    "add_detector",
    "bundled_split",
    "calibrate",
    "example_digits",
    "example_non_digits",
    "find_features",
    "load_measured",
    "set_border",
    "train_detector",
]
