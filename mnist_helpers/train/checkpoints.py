"""The whole state of a training run in one safetensors file, so that it can go on exactly."""

import json
import random
from dataclasses import asdict
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
from mnist_helpers.model import check_not_newer, describe_network
from mnist_helpers.train.errors import TrainingError
from mnist_helpers.train.history import History

# Raise this number whenever older versions of the package could misread what is written.
# Checkpoints of format 1 hold no number and do not name their network.
FORMAT = 2


def save_checkpoint(
    path: str | Path,
    *,
    settings: dict,
    history: History,
    model: nn.Module,
    best: dict[str, Tensor],
    optimizer: Optimizer,
    schedule: LRScheduler,
    loader: DataLoader,
) -> None:
    """Write all that a run needs to go on from the end of an epoch.

    Args:
        path: the file; written whole or not at all.
        settings: what must be the same when the run goes on; plain values.
        history: the record so far.
        model: its weights as they are now.
        best: the weights of the best epoch, or nothing.
        optimizer: its running averages and options.
        schedule: where the learning rate stands.
        loader: the training data, for the random generators that shuffle it.
    """
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    tensors |= {f"best.{name}": value for name, value in best.items()}
    optimizer_state = optimizer.state_dict()
    for number, state in optimizer_state["state"].items():
        tensors |= {f"optimizer.{number}.{name}": value for name, value in state.items()}
    tensors["random.torch"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    for number, generator in enumerate(_generators(loader)):
        tensors[f"random.loader.{number}"] = generator.get_state()
    numpy_state = np.random.get_state(legacy=False)
    numpy_state["state"]["key"] = numpy_state["state"]["key"].tolist()
    plain = {
        "format": FORMAT,
        **describe_network(model),
        "settings": settings,
        "history": asdict(history),
        "groups": optimizer_state["param_groups"],
        "schedule": _plain(schedule.state_dict()),
        "python_random": random.getstate(),
        "numpy_random": numpy_state,
    }
    tensors = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    write_atomically(path, save(tensors, {"state": json.dumps(plain)}))


def load_checkpoint(
    path: str | Path,
    *,
    settings: dict,
    model: nn.Module,
    optimizer: Optimizer,
    schedule: LRScheduler,
    loader: DataLoader,
) -> tuple[History, dict[str, Tensor]]:
    """Put a run back where `save_checkpoint` left it.

    Args:
        path: the file.
        settings: those of the run that wants to go on.
        model: gets the weights.
        optimizer: gets its state.
        schedule: gets its state.
        loader: its random generators get theirs.

    Returns:
        The record so far, and the weights of the best epoch.

    Raises:
        TrainingError: if the file is not a checkpoint, or is one of another run.
    """
    try:
        with safe_open(path, framework="pt") as file:
            plain = dict(json.loads(file.metadata()["state"]))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        check_not_newer(path, plain, FORMAT, TrainingError, "go on from it")
    except TrainingError:
        raise
    except (SafetensorError, OSError, LookupError, TypeError, ValueError) as error:
        raise TrainingError(
            f"{path} is not a checkpoint of fit ({error}). Delete it to start from the beginning."
        ) from error
    _check_settings(path, plain["settings"], settings)
    there = {name: plain.get(name) for name in ("network", "config")}
    if "format" in plain and there != (here := describe_network(model)):
        raise TrainingError(
            f"The checkpoint {path} is of another network: {_name(there)} there, {_name(here)} "
            "here. Use the same network to go on, or delete the file to start from the beginning."
        )
    try:
        model.load_state_dict(_part(tensors, "model."))
    except RuntimeError as error:
        raise TrainingError(f"The checkpoint {path} is of another network. {error}") from error
    _restore_optimizer(optimizer, plain["groups"], _part(tensors, "optimizer."))
    schedule.load_state_dict(plain["schedule"])
    torch.set_rng_state(tensors["random.torch"])
    if "random.cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["random.cuda"])
    for number, generator in enumerate(_generators(loader)):
        generator.set_state(tensors[f"random.loader.{number}"])
    version, numbers, gauss = plain["python_random"]
    random.setstate((version, tuple(numbers), gauss))
    numpy_state = plain["numpy_random"]
    numpy_state["state"]["key"] = np.array(numpy_state["state"]["key"], np.uint32)
    np.random.set_state(numpy_state)
    return History(**plain["history"]), _part(tensors, "best.")


def _check_settings(path: str | Path, saved: dict, wanted: dict) -> None:
    different = [
        f"{name}={saved.get(name)!r} there, {wanted.get(name)!r} here"
        for name in sorted(saved.keys() | wanted.keys())
        if saved.get(name) != wanted.get(name)
    ]
    if different:
        raise TrainingError(
            f"The checkpoint {path} is of a run with other settings ({'; '.join(different)}). "
            "Use the same settings to go on, or delete it to start from the beginning."
        )


def _name(about: dict) -> str:
    name, config = about["network"], about["config"] or {}
    options = ", ".join(f"{option}={value}" for option, value in config.items())
    return f"{name}({options})" if name else "a network that is not of this package"


def _restore_optimizer(optimizer: Optimizer, groups: list[dict], state: dict[str, Tensor]) -> None:
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    restored: dict[int, dict[str, Tensor]] = {}
    for key, value in state.items():
        number, name = key.split(".", 1)
        parameter = parameters[int(number)]
        if value.shape == parameter.shape:
            # The same memory layout as the weights', which the fused step relies on.
            value = torch.empty_like(parameter.detach()).copy_(value)
        restored.setdefault(int(number), {})[name] = value
    for group in groups:
        group["betas"] = tuple(group["betas"])
    optimizer.load_state_dict({"state": restored, "param_groups": groups})


def _generators(loader: DataLoader) -> list[torch.Generator]:
    """The random generators of a loader and its samplers, each once, in a fixed order."""
    places = [loader]
    for name in ("sampler", "batch_sampler"):
        sampler = getattr(loader, name, None)
        places += [sampler, getattr(sampler, "sampler", None)]
    found = [getattr(place, "generator", None) for place in places]
    found = [generator for generator in found if isinstance(generator, torch.Generator)]
    return list({id(generator): generator for generator in found}.values())


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}


def _plain(state: dict) -> dict:
    """The entries of a schedule's state that JSON can hold: all but its functions."""
    return {k: v for k, v in state.items() if isinstance(v, (int, float, str, bool, list))}
