"""Notebook 02: the networks of the series, and their weights on disk.

Begin with `DigitCNN`; `networks` is the file to read first.
"""

from mnist_helpers.model.networks import (
    HEADS,
    NO_PAIR,
    DeepDigitCNN,
    DigitCNN,
    compute_logits,
    count_parameters,
    make_head,
)
from mnist_helpers.model.quick_cnn import QuickCNN, principal_patches
from mnist_helpers.model.weights_file import (
    MADE_BY,
    WeightsError,
    check_not_newer,
    describe_network,
    load_weights,
    save_weights,
)

__all__ = [
    "HEADS",
    "MADE_BY",
    "NO_PAIR",
    "DeepDigitCNN",
    "DigitCNN",
    "QuickCNN",
    "WeightsError",
    "check_not_newer",
    "compute_logits",
    "count_parameters",
    "describe_network",
    "load_weights",
    "make_head",
    "principal_patches",
    "save_weights",
]
