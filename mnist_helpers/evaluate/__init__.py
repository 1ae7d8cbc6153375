"""Notebook 04: a network's answers for a whole data set, intervals, calibration.

Begin with `predict`.
"""

from mnist_helpers.evaluate.predictions import Calibration, Predictions, accuracy_interval, predict

__all__ = ["Calibration", "Predictions", "accuracy_interval", "predict"]
