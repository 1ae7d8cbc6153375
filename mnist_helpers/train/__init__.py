"""Notebook 03: the training loop, its record, checkpoints, and training in several processes.

Begin with `fit`; `loop` is the file to read first.
"""

from mnist_helpers._support import seed_everything
from mnist_helpers.train.device import pick_device
from mnist_helpers.train.errors import TrainingError
from mnist_helpers.train.history import EarlyStopping, History
from mnist_helpers.train.loop import fit
from mnist_helpers.train.processes import ALONE, World, open_world
from mnist_helpers.train.reporters import ProgressReporter, Reporter

__all__ = [
    "ALONE",
    "EarlyStopping",
    "History",
    "ProgressReporter",
    "Reporter",
    "TrainingError",
    "World",
    "fit",
    "open_world",
    "pick_device",
    "seed_everything",
]
