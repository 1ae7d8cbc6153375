"""The whole state of a training run in one file, so that it goes on as if never stopped."""

import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader

from mnist_helpers._support import write_atomically
from mnist_helpers.model import MADE_BY, check_not_newer, describe_network
from mnist_helpers.train.errors import TrainingError
from mnist_helpers.train.history import History
from mnist_helpers.train.processes import is_main_process


@dataclass(frozen=True)
class Checkpoint:
    """A file from which a run can go on after its last complete epoch.

    The settings, plain values, must be the same when the run goes on. The loader is that of the
    training images; it is here because of the random generators that shuffle it.
    """

    path: Path
    settings: dict
    model: nn.Module
    optimizer: Optimizer
    schedule: LRScheduler
    loader: DataLoader

    def save(self, history: History, best: dict[str, Tensor]) -> None:
        """Write the file, if this is the main process; ``best`` holds the best epoch's weights."""
        if not is_main_process():
            return
        optimizer, schedule = self.optimizer.state_dict(), self.schedule.state_dict().items()
        plain = {
            **MADE_BY,
            **describe_network(self.model),
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
        tensors = {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}
        state = json.dumps(plain, default=np.ndarray.tolist)
        write_atomically(self.path, save(tensors, {"state": state}))

    def load(self) -> tuple[History, dict[str, Tensor]]:
        """Put the run back where `save` left it; return what `save` was given.

        Raises:
            TrainingError: if the file is not a checkpoint, was made by a newer version of the
                package, or belongs to another run.
        """
        try:
            with safe_open(self.path, framework="pt") as file:
                plain = dict(json.loads(file.metadata()["state"]))
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            check_not_newer(self.path, plain, TrainingError, "go on from it")
        except TrainingError:
            raise
        except (SafetensorError, OSError, LookupError, TypeError, ValueError) as error:
            raise TrainingError(
                f"{self.path} is not a checkpoint of fit ({error}). Delete it to start from the "
                "beginning."
            ) from error
        self._check_same_run(plain)
        try:
            self.model.load_state_dict(_part(tensors, "model."))
        except RuntimeError as error:
            raise TrainingError(
                f"The checkpoint {self.path} belongs to another network. {error}"
            ) from error
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

    def _check_same_run(self, plain: dict) -> None:
        saved, wanted = plain["settings"], json.loads(json.dumps(self.settings))
        if "format" in plain:  # format 1 did not name its network
            network = describe_network(self.model)
            saved, wanted = saved | {name: plain.get(name) for name in network}, wanted | network
        different = [
            f"{name}={saved.get(name)!r} there, {wanted.get(name)!r} here"
            for name in sorted(saved.keys() | wanted.keys())
            if saved.get(name) != wanted.get(name)
        ]
        if different:
            raise TrainingError(
                f"The checkpoint {self.path} belongs to another run ({'; '.join(different)}). Use "
                "the same settings to go on, or delete it to start from the beginning."
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
