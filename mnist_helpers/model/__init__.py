"""Notebook 02: the networks of the series, and their weights on disk.

Begin with `DigitCNN`; `networks` is the file to read first.
"""

from mnist_helpers.model.networks import (
    NETWORKS,
    DeepDigitCNN,
    DigitCNN,
    WeightsError,
    classify_and_detect,
    compute_logits,
    count_parameters,
    load_weights,
    make_detector,
    save_weights,
)
from mnist_helpers.model.quick_cnn import QuickCNN, principal_patches

__all__ = [
    "NETWORKS",
    "DeepDigitCNN",
    "DigitCNN",
    "QuickCNN",
    "WeightsError",
    "classify_and_detect",
    "compute_logits",
    "count_parameters",
    "load_weights",
    "make_detector",
    "principal_patches",
    "save_weights",
]
