"""The whole state of a training run in one file, so that it goes on as if never stopped."""

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader

from mnist_helpers._support import fingerprints, random_states, set_random_states, try_file
from mnist_helpers._support import safetensors_files as files
from mnist_helpers.model import MADE_BY, check_not_newer, describe_network
from mnist_helpers.train.errors import TrainingError
from mnist_helpers.train.history import History
from mnist_helpers.train.processes import count_processes, is_main_process

HISTORY = History(batch_loss=[0.0], epochs=[{"train_loss": 0.0}]).to_dict()  # as JSON holds it
DAMAGED = "is not a checkpoint of fit ({}). Delete it to begin again, or name another file."


@dataclass
class Checkpoint:
    """A file from which a run can go on after its last complete epoch.

    Then the settings, plain values, the network, ``augment`` and the training loader must be those
    that they were.
    """

    path: Path
    settings: dict
    model: nn.Module
    optimizer: Optimizer
    schedule: LRScheduler
    loader: DataLoader
    augment: Callable[[Tensor], Tensor] | None

    def __post_init__(self) -> None:
        self.settings |= fingerprints.of_loader(self.loader)
        self.settings["augment"] = fingerprints.of(self.augment)
        self.network = describe_network(self.model)
        if self.network["network"] is None:
            self.settings["model"] = fingerprints.of(self.model)
        self.place = fingerprints.of_machine(next(self.model.parameters()).device)
        self.place["processes"] = count_processes()
        self.run = uuid4().hex  # tells this run's files from another one's with the same path
        self.found: str | None = None

    def begin(self, resume: bool) -> bool:
        """Return whether there is a run to go on with; TrainingError if one would be lost."""
        try:
            try_file(self.path)
        except OSError as error:
            raise TrainingError(str(error)) from error
        if not resume:
            check_finished(self.path)
        if not self.path.exists():
            return False
        self.found = read_plain(self.path).get("run")
        return resume

    def save(self, history: History, best: dict[str, Tensor], finished: bool) -> None:
        """Write the file, if this is the main process; ``best`` holds the best epoch's weights.

        It is a TrainingError if another run has written to the file since this one began.
        """
        if not is_main_process():
            return
        if self.path.exists() and read_plain(self.path).get("run") not in (self.run, self.found):
            raise TrainingError(
                f"Another training has written to {self.path} in the meantime. This one stops, "
                "and leaves the file as it is. Give each its own file (on the command line, --out)."
            )
        optimizer, schedule = self.optimizer.state_dict(), self.schedule.state_dict().items()
        plain = {
            **MADE_BY,
            **self.network,
            "run": self.run,
            "place": self.place,
            "finished": finished,
            "settings": self.settings,
            "history": history.to_dict(),
            "groups": optimizer["param_groups"],
            # JSON cannot hold the schedule's functions.
            "schedule": {k: v for k, v in schedule if isinstance(v, int | float | str | list)},
        }
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        tensors |= {f"best.{name}": value for name, value in best.items()}
        for number, state in optimizer["state"].items():
            tensors |= {f"optimizer.{number}.{name}": value for name, value in state.items()}
        states, drawn = random_states(self.loader)
        tensors |= drawn
        files.write(self.path, tensors, "state", plain | states)

    def load(self) -> tuple[History, dict[str, Tensor]]:
        """Put the run back where `save` left it; return what `save` was given.

        It is a TrainingError if the file is none, of a newer version, or another run's.
        """
        plain = read_plain(self.path)
        with files.damage_named(self.path, TrainingError, DAMAGED):
            tensors = files.read(self.path)
            self._check_same_run(plain, tensors)
            groups = self.optimizer.state_dict()["param_groups"]
            if not files.is_like(plain, {"groups": groups, "schedule": self.schedule.state_dict()}):
                raise ValueError("some of its values are of another kind")
            self.model.load_state_dict(_part(tensors, "model."))
            _restore_optimizer(self.optimizer, plain["groups"], _part(tensors, "optimizer."))
            self.schedule.load_state_dict(plain["schedule"])
            set_random_states(self.loader, plain, tensors)
            return History(**plain["history"]), _part(tensors, "best.")

    def _check_same_run(self, plain: dict, tensors: dict[str, Tensor]) -> None:
        there = {**plain, **plain["settings"]}
        here = json.loads(json.dumps({**self.settings, **self.network}))
        place = plain.get("place", {})  # older files have none
        same_python = place.get("Python") == self.place["Python"]
        if different := fingerprints.differences(there, here, code=same_python):
            raise TrainingError(
                f"The checkpoint {self.path} belongs to another run ({different}). Use the same "
                "settings to go on, or delete it to start from the beginning."
            )
        shapes = {name: t.shape for name, t in self.model.state_dict().items()}
        if shapes != {name: t.shape for name, t in _part(tensors, "model.").items()}:
            raise TrainingError(f"The checkpoint {self.path} belongs to another network.")
        if other := fingerprints.differences(place, self.place):
            warnings.warn(
                f"The checkpoint was made elsewhere ({other}). The run goes on, but its result may "
                "differ a little from that of an uninterrupted one.",
                stacklevel=5,
            )


def read_plain(path: Path) -> dict[str, Any]:
    """What a checkpoint says of itself; TrainingError if it is none, or a newer version made it."""
    with files.damage_named(path, TrainingError, DAMAGED):
        plain = files.description(path, "state")
        if plain is None:
            raise ValueError("it has no state of a training")
        check_not_newer(path, plain, TrainingError, "go on from it")
        if not files.is_like(plain, {"settings": {}, "place": {}, "history": HISTORY}):
            raise ValueError("its settings or its history are of another kind")
        return plain


def check_finished(path: Path) -> None:
    """Raise TrainingError if there is a checkpoint of a run that was stopped: it would be lost."""
    plain = read_plain(path) if path.exists() else {"history": HISTORY}
    epochs, planned = len(plain["history"]["epochs"]), plain["history"]["planned_epochs"]
    if epochs < planned and not plain.get("finished"):
        raise TrainingError(
            f"{path} holds a run that was stopped after epoch {epochs} of {planned}. Go on with "
            "resume=True (on the command line, --resume), or delete the file to begin again."
        )


def _restore_optimizer(optimizer: Optimizer, groups: list[dict], state: dict[str, Tensor]) -> None:
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    restored: dict[int, dict[str, Tensor]] = {}
    for key, value in state.items():
        number, name = key.split(".", 1)
        parameter = parameters[int(number)]
        if value.shape == parameter.shape:
            # The fused step needs the memory layout of the weights.
            value = torch.empty_like(parameter.detach()).copy_(value)
        restored.setdefault(int(number), {})[name] = value
    optimizer.load_state_dict({"state": restored, "param_groups": groups})


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}
