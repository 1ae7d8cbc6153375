"""The whole state of a training run in one file, so that it goes on as if never stopped."""

import json
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader

from mnist_helpers._support import (
    RunFile,
    describe,
    describe_loader,
    describe_machine,
    is_like,
    no_run_file,
    read_run,
    read_tensors,
)
from mnist_helpers.model import MADE_BY, check_not_newer, describe_network
from mnist_helpers.train.errors import TrainingError, training_errors
from mnist_helpers.train.history import History
from mnist_helpers.train.processes import count_processes, is_main_process

HISTORY = asdict(History(batch_loss=[0.0], epochs=[{"train_loss": 0.0}]))  # as JSON holds it


@dataclass
class Checkpoint:
    """A file from which a run can go on after its last complete epoch.

    The settings, plain values, must be the same when the run goes on, and so must the data of the
    loader, which is that of the training images, ``augment`` and the network.
    """

    path: Path
    settings: dict
    model: nn.Module
    optimizer: Optimizer
    schedule: LRScheduler
    loader: DataLoader
    augment: Callable[[Tensor], Tensor] | None

    def __post_init__(self) -> None:
        foreign = describe_network(self.model)["network"] is None
        network = {"model": describe(self.model) if foreign else None}
        inputs = {**describe_loader(self.loader), "augment": describe(self.augment), **network}
        place = describe_machine(next(self.model.parameters()).device)
        place["processes"] = count_processes()
        self.file = RunFile(self.path, read_plain, inputs, place)

    def begin(self, resume: bool) -> bool:
        """Return whether there is a run to go on with; TrainingError if one would be lost."""
        plain = self.file.begin()
        if plain and not resume:
            check_finished(self.path)
        return plain is not None and resume

    def save(self, history: History, best: dict[str, Tensor], finished: bool) -> None:
        """Write the file, if this is the main process; ``best`` holds the best epoch's weights."""
        if not is_main_process():
            return
        optimizer, schedule = self.optimizer.state_dict(), self.schedule.state_dict().items()
        plain = {
            **MADE_BY,
            **describe_network(self.model),
            "finished": finished,
            "settings": self.settings,
            "history": asdict(history),
            "groups": optimizer["param_groups"],
            # JSON cannot hold the schedule's functions.
            "schedule": {k: v for k, v in schedule if isinstance(v, int | float | str | list)},
            "python_random": random.getstate(),
            "numpy_random": np.random.get_state(legacy=False),
        }
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        tensors |= {f"best.{name}": value for name, value in best.items()}
        for number, state in optimizer["state"].items():
            tensors |= {f"optimizer.{number}.{name}": value for name, value in state.items()}
        tensors["random.torch"] = torch.get_rng_state()
        if torch.cuda.is_available():
            tensors["random.cuda"] = torch.cuda.get_rng_state()
        for number, generator in enumerate(_generators(self.loader)):
            tensors[f"random.loader.{number}"] = generator.get_state()
        self.file.write(plain, tensors)

    def load(self) -> tuple[History, dict[str, Tensor]]:
        """Put the run back where `save` left it; return what `save` was given.

        Raises:
            MistakeError: if the file is not a checkpoint, was made by a newer version of the
                package, or belongs to another run.
        """
        try:
            plain, tensors = read_plain(self.path), read_tensors(self.path)
            self._check_same_run(plain, tensors)
            groups = self.optimizer.state_dict()["param_groups"]
            if not is_like(plain, {"groups": groups, "schedule": self.schedule.state_dict()}):
                raise ValueError("some of its values are of another kind")
            self.model.load_state_dict(_part(tensors, "model."))
            _restore_optimizer(self.optimizer, plain["groups"], _part(tensors, "optimizer."))
            self.schedule.load_state_dict(plain["schedule"])
            torch.set_rng_state(tensors["random.torch"])
            if "random.cuda" in tensors and torch.cuda.is_available():
                torch.cuda.set_rng_state(tensors["random.cuda"])
            for number, generator in enumerate(_generators(self.loader)):
                generator.set_state(tensors[f"random.loader.{number}"])
            version, numbers, gauss = plain["python_random"]
            random.setstate((version, tuple(numbers), gauss))
            np.random.set_state(plain["numpy_random"])
            return History(**plain["history"]), _part(tensors, "best.")
        except Exception as error:  # whatever it is, the file is damaged or not one of ours
            raise no_run_file(self.path, error) from error

    def _check_same_run(self, plain: dict, tensors: dict[str, Tensor]) -> None:
        saved, wanted = dict(plain["settings"]), json.loads(json.dumps(self.settings))
        if "format" in plain:  # format 1 did not name its network
            network = describe_network(self.model)
            saved, wanted = saved | {name: plain.get(name) for name in network}, wanted | network
        saved["generators"] = sum(name.startswith("random.loader.") for name in tensors)
        wanted["generators"] = len(_generators(self.loader))
        self.file.check_same(plain, saved, wanted)
        shapes = {name: t.shape for name, t in self.model.state_dict().items()}
        if shapes != {name: t.shape for name, t in _part(tensors, "model.").items()}:
            raise TrainingError(f"The checkpoint {self.path} belongs to another network.")


def read_plain(path: Path) -> dict[str, Any]:
    """What a checkpoint says of itself; MistakeError if it is none, or a newer version made it."""

    def check(plain: dict[str, Any]) -> None:
        check_not_newer(path, plain, TrainingError, "go on from it")
        if not is_like(plain, {"settings": {}, "history": HISTORY}):
            raise ValueError("its settings or its history are of another kind")

    return read_run(path, check)


@training_errors()
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


def _generators(loader: DataLoader) -> list[torch.Generator]:
    """The random generators of a loader and its samplers, each once, in a fixed order."""
    places: list[object] = [loader]
    for name in ("sampler", "batch_sampler"):
        sampler = getattr(loader, name, None)
        places += [sampler, getattr(sampler, "sampler", None)]
    found = [getattr(place, "generator", None) for place in places]
    return list({id(one): one for one in found if isinstance(one, torch.Generator)}.values())


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}
