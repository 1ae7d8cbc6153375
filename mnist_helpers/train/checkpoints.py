"""The whole state of a training run in one file, so that it goes on as if never stopped."""

import json
import random
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from uuid import uuid4

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader

from mnist_helpers._support import (
    describe,
    describe_loader,
    describe_machine,
    is_like,
    read_description,
    read_tensors,
    tell_differences,
    without_code,
    write_atomically,
)
from mnist_helpers.model import MADE_BY, check_not_newer, describe_network
from mnist_helpers.train.errors import TrainingError
from mnist_helpers.train.history import History
from mnist_helpers.train.processes import count_processes, is_main_process

HISTORY = asdict(History(batch_loss=[0.0], epochs=[{"train_loss": 0.0}]))  # as JSON holds it


@dataclass
class Checkpoint:
    """A file from which a run can go on after its last complete epoch.

    The settings, plain values, must be the same when the run goes on, and so must what ``inputs``
    tells: the data, their order and ``augment``. The loader is that of the training images.
    """

    path: Path
    settings: dict
    model: nn.Module
    optimizer: Optimizer
    schedule: LRScheduler
    loader: DataLoader
    augment: Callable[[Tensor], Tensor] | None
    # What tells the files of this run from those of another one that writes to the same path.
    run: str = field(default_factory=lambda: uuid4().hex)
    found: str | None = None

    def __post_init__(self) -> None:
        foreign = describe_network(self.model)["network"] is None
        self.inputs = {
            **describe_loader(self.loader),
            "augment": describe(self.augment),
            "model": describe(self.model) if foreign else None,
        }
        self.place = describe_machine(next(self.model.parameters()).device)
        self.place["processes"] = count_processes()

    def begin(self, resume: bool) -> bool:
        """Make sure that the file can be written; return whether there is a run to go on with.

        Raises:
            TrainingError: if nothing can be written there, or if without ``resume`` a run would be
                lost, because it was stopped and is not finished.
        """
        if self.path.is_dir():
            raise TrainingError(f"{self.path} is a folder. Name a file in it for the checkpoint.")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            TemporaryFile(dir=self.path.parent).close()
        except OSError as error:
            where = f"{self.path.parent} ({error.strerror})"
            raise TrainingError(f"No checkpoint can be written to the folder {where}.") from error
        if not self.path.exists():
            return False
        self.found = read_plain(self.path).get("run")
        if not resume:
            check_finished(self.path)
        return resume

    def save(self, history: History, best: dict[str, Tensor], finished: bool) -> None:
        """Write the file, if this is the main process; ``best`` holds the best epoch's weights."""
        if not is_main_process():
            return
        if self.path.exists() and read_plain(self.path).get("run") not in (self.run, self.found):
            raise TrainingError(
                f"Another training has written to {self.path} in the meantime. So this one stops, "
                "and leaves the file as it is. Give each its own (on the command line, --out)."
            )
        optimizer, schedule = self.optimizer.state_dict(), self.schedule.state_dict().items()
        plain = {
            **MADE_BY,
            **describe_network(self.model),
            "run": self.run,
            "finished": finished,
            "settings": self.settings,
            "inputs": self.inputs,
            "place": self.place,
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
        tensors = {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}
        state = json.dumps(plain, default=np.ndarray.tolist)
        write_atomically(self.path, save(tensors, {"state": state}))

    def load(self) -> tuple[History, dict[str, Tensor]]:
        """Put the run back where `save` left it; return what `save` was given.

        Raises:
            TrainingError: if the file is not a checkpoint, was made by a newer version of the
                package, or belongs to another run.
        """
        plain = read_plain(self.path)
        try:
            tensors = read_tensors(self.path)
            self._check_same_run(plain, tensors)
            groups = self.optimizer.state_dict()["param_groups"]
            known = {"groups": groups, "schedule": self.schedule.state_dict(), "history": HISTORY}
            if not is_like(plain, known):
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
            history = History(**plain["history"])
        except TrainingError:
            raise
        except Exception as error:  # whatever it is, the file is damaged or not one of ours
            raise TrainingError(_no_checkpoint(self.path, error)) from error
        return history, _part(tensors, "best.")

    def _check_same_run(self, plain: dict, tensors: dict[str, Tensor]) -> None:
        place, inputs = plain.get("place", {}), plain.get("inputs", {})  # not in older files
        here = {name: value for name, value in self.inputs.items() if name in inputs}
        if place.get("Python") != self.place["Python"]:  # which makes other code of a function
            inputs, here = json.loads(without_code(json.dumps([inputs, here])))
        saved = plain["settings"] | inputs
        wanted = json.loads(json.dumps(self.settings)) | here
        if "format" in plain:  # format 1 did not name its network
            network = describe_network(self.model)
            saved, wanted = saved | {name: plain.get(name) for name in network}, wanted | network
        saved["generators"] = sum(name.startswith("random.loader.") for name in tensors)
        wanted["generators"] = len(_generators(self.loader))
        if different := tell_differences(saved, wanted):
            raise TrainingError(
                f"The checkpoint {self.path} belongs to another run ({different}). Use the same "
                "settings to go on, or delete it to start from the beginning."
            )
        shapes = {name: t.shape for name, t in self.model.state_dict().items()}
        if shapes != {name: t.shape for name, t in _part(tensors, "model.").items()}:
            raise TrainingError(f"The checkpoint {self.path} belongs to another network.")
        if place and (other := tell_differences(place, self.place)):
            warnings.warn(
                f"The checkpoint was made elsewhere ({other}). The run goes on, but its result may "
                "differ a little from that of an uninterrupted one.",
                stacklevel=4,
            )


def read_plain(path: Path) -> dict[str, Any]:
    """What a checkpoint says of itself; TrainingError if it is none, or a newer version made it."""
    try:
        plain = read_description(path, "state")
        if plain is None:
            raise ValueError("it has no state of a training")
        check_not_newer(path, plain, TrainingError, "go on from it")
        if not is_like(plain, {"settings": {}, "history": HISTORY}):
            raise ValueError("its settings or its history are of another kind")
    except TrainingError:
        raise
    except Exception as error:
        raise TrainingError(_no_checkpoint(path, error)) from error
    return plain


def check_finished(path: Path) -> None:
    """Raise TrainingError if there is a checkpoint of a run that was stopped: it would be lost."""
    if not path.exists():
        return
    plain = read_plain(path)
    epochs, planned = len(plain["history"]["epochs"]), plain["history"]["planned_epochs"]
    if not plain.get("finished", epochs >= planned):
        raise TrainingError(
            f"{path} holds a run that was stopped after epoch {epochs} of {planned}. Go on with "
            "resume=True (on the command line, --resume), or delete the file to begin again."
        )


def _no_checkpoint(path: Path, error: Exception) -> str:
    why = f"{type(error).__name__}: {error}" if isinstance(error, LookupError) else str(error)
    return (
        f"{path} is not a checkpoint of fit ({why[:200]}). Delete it to start from the beginning."
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
