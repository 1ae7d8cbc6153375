"""Notebook 09: how the networks of the series were trained, and what that cost.

Begin with `RECIPES` and `train_recipe`.
"""

from mnist_helpers.recipes.measured import load_measured
from mnist_helpers.recipes.non_digits import add_detector
from mnist_helpers.recipes.pairs import add_pair_reader
from mnist_helpers.recipes.recipes import RECIPES, Recipe, bundled_split, train_recipe

__all__ = [
    "RECIPES",
    "Recipe",
    "add_detector",
    "add_pair_reader",
    "bundled_split",
    "load_measured",
    "train_recipe",
]
