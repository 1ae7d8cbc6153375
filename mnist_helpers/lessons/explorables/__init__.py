"""Ideas that can be touched: pages inside a cell, which need neither a kernel nor the internet.

Each function shows one of them; they stand in the order of the series.
"""

from .cnn import filter_on_digits, move_digits
from .inside import open_layers
from .numbers import cut_two_digits
from .showing import explorable_html, explorable_page, show_explorable
from .training import how_sure, logits_to_loss, walking_down

__all__ = [
    "cut_two_digits",
    "explorable_html",
    "explorable_page",
    "filter_on_digits",
    "how_sure",
    "logits_to_loss",
    "move_digits",
    "open_layers",
    "show_explorable",
    "walking_down",
]
