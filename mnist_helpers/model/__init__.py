"""Notebook 02: the networks of the series, and their weights on disk.

Begin with `DigitCNN`; `networks` is the file to read first.
"""

from mnist_helpers.model.networks import (
    DeepDigitCNN,
    DigitCNN,
    classify_and_detect,
    compute_logits,
    count_parameters,
    make_detector,
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
    "MADE_BY",
    "DeepDigitCNN",
    "DigitCNN",
    "QuickCNN",
    "WeightsError",
    "check_not_newer",
    "classify_and_detect",
    "compute_logits",
    "count_parameters",
    "describe_network",
    "load_weights",
    "make_detector",
    "principal_patches",
    "save_weights",
]
