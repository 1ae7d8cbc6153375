"""Notebook 03: the training loop, its record, checkpoints, and training in several processes.

Begin with `fit`; `loop` is the file to read first.
"""

from mnist_helpers._support import seed_everything
from mnist_helpers.train.checkpoints import check_finished
from mnist_helpers.train.errors import TrainingError
from mnist_helpers.train.history import EarlyStopping, History, Reporter
from mnist_helpers.train.loop import fit
from mnist_helpers.train.processes import (
    check_all_same,
    count_processes,
    first_on_machine,
    is_main_process,
    join_processes,
    pick_device,
    sum_over_processes,
)
from mnist_helpers.train.tuning import Tuning

__all__ = [
    "EarlyStopping",
    "History",
    "Reporter",
    "TrainingError",
    "Tuning",
    "check_all_same",
    "check_finished",
    "count_processes",
    "first_on_machine",
    "fit",
    "is_main_process",
    "join_processes",
    "pick_device",
    "seed_everything",
    "sum_over_processes",
]
