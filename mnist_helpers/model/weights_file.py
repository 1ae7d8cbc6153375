"""A network in a file: its weights, its shape and its name, which stays if classes are renamed.

A format number tells a damaged file from one that a newer version of the package has written.
"""

from pathlib import Path
from typing import Any

from torch import nn

from mnist_helpers import __version__
from mnist_helpers._support import kind_of
from mnist_helpers._support import safetensors_files as files
from mnist_helpers.model.networks import HEADS, DeepDigitCNN, DigitCNN, make_head
from mnist_helpers.model.quick_cnn import QuickCNN

# Raise this number, which checkpoints share, whenever older versions could misread what is written.
# Files of format 1 hold no number, and no fixed name: a Python class's, or none; checkpoints none.
# Weights of format 3 have a pair reader. All other files are in format 2, for older versions.
FORMAT = 3
MADE_BY = {"format": 2, "version": __version__}
NETWORKS: dict[str, type[Any]] = {
    "digit-cnn": DigitCNN,
    "deep-digit-cnn": DeepDigitCNN,
    "quick-cnn": QuickCNN,
}
FORMAT_1_NAMES = {
    None: "digit-cnn",
    "DigitCNN": "digit-cnn",
    "DeepDigitCNN": "deep-digit-cnn",
    "QuickCNN": "quick-cnn",
}


class WeightsError(Exception):
    """A weights file cannot be used; the message names the file, the reason and what to do."""


def describe_network(model: nn.Module) -> dict[str, Any]:
    """A network's fixed name and the arguments of its class; None, None if it is none of ours."""
    name = next((name for name, kind in NETWORKS.items() if type(model) is kind), None)
    return {"network": name, "config": model.config if name else None}


def save_weights(model: nn.Module, path: str | Path, **facts: Any) -> None:
    """Write a network's weights and shape to a safetensors file: the whole file or nothing.

    Args:
        model: a `DigitCNN`, `DeepDigitCNN` or `QuickCNN`; its other heads, if it has any,
            are written as well.
        path: where to write; its folder is made if need be.
        facts: strings and numbers, such as ``dataset="MNIST"``, which `load_weights` returns.

    Raises:
        WeightsError: if the network is not one of this package.
    """
    if not isinstance(model, nn.Module):
        raise WeightsError(f"save_weights takes a network, then a path, but got {kind_of(model)}.")
    about = {**MADE_BY, **describe_network(model), "facts": facts}
    if about["network"] is None:
        raise WeightsError(
            f"save_weights keeps the networks of this package, and {type(model).__name__} is none "
            "of them. Use safetensors.torch.save_file(model.state_dict(), path) instead."
        )
    if getattr(model, "pair_reader", None) is not None:
        about["format"] = 3
    files.write(path, model.state_dict(), "digit_cnn", about)


def load_weights(path: str | Path) -> tuple[DigitCNN | DeepDigitCNN | QuickCNN, dict[str, Any]]:
    """Read a network that `save_weights` wrote, in this version of the package or an earlier one.

    Returns:
        The network, on the CPU and ready to predict (``eval`` mode), and the facts saved with it.

    Raises:
        WeightsError: if the file is missing, damaged, of a newer version, or something else.
    """
    try:
        Path(path).open("rb").close()
    except FileNotFoundError as error:
        why = f"There is no weights file {path}. Notebook 03 and the command train make one."
        raise WeightsError(why) from error
    except OSError as error:
        raise WeightsError(f"The file {path} cannot be read: {error.strerror}.") from error
    with files.damage_named(path, WeightsError, "does not hold the weights of a network ({})."):
        about = files.description(path, "digit_cnn")
        if about is None:
            raise WeightsError(f"{path} does not hold the weights of a network. {_advice(path)}")
        check_not_newer(path, about, WeightsError, "read it")
        kind, config, facts = NETWORKS[_fixed_name(about)], about["config"], about["facts"]
        if not isinstance(facts, dict):
            raise TypeError(f"facts are a dictionary, but these are {facts!r}")
        model: Any = files.fill_module(path, lambda shapes: _make(kind, config, shapes))
    return model.eval(), facts


def _make(kind: type[Any], config: dict[str, Any], shapes: dict[str, list[int]]) -> Any:
    """A network, with the other heads of which there are weights."""
    model = kind(**config)
    for name in HEADS:
        if first := shapes.get(f"{name}.0.weight"):
            last = next(layer for layer in model.classifier if isinstance(layer, nn.Linear))
            setattr(model, name, make_head(name, last.in_features, first[0]))
    return model


def _advice(path: str | Path) -> str:
    """What to do with tensors that come without the description of a network."""
    if files.description(path, "state") is not None:
        return "It is a checkpoint, from which fit goes on. Save the network with save_weights."
    return (
        "It lacks the network's description, which save_weights adds and save_file does not. Make "
        "the network, call network.load_state_dict(safetensors.torch.load_file(path)), and give it "
        "to DigitRecognizer, or save it with save_weights."
    )


def _fixed_name(about: dict[str, Any]) -> Any:
    """The fixed name of the network that a file of either format describes."""
    name = about.get("network")
    return FORMAT_1_NAMES.get(name, name) if "format" not in about else name


def check_not_newer(path: str | Path, about: dict, error: type[Exception], use: str) -> None:
    """Raise an error of a kind if a file, ``about`` itself, is of a newer version.

    ``use`` is what the reader wants to do with it.
    """
    number, name = about.get("format", 1), _fixed_name(about)
    if number > FORMAT:
        why = f"it has format {number}, and this version reads formats up to {FORMAT}"
    elif name is not None and name not in NETWORKS:
        why = f"it holds a network {name!r}, which this version does not know"
    else:
        return
    raise error(
        f"{path} was made by a newer version of mnist_helpers ({about.get('version', 'unknown')}; "
        f"this is {__version__}): {why}. Update mnist_helpers to {use}."
    )
