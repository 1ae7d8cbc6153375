"""Two recipes: how the series trains its network, and how the package's own was trained.

A recipe is the data, the network, the augmentation and the optimizer's numbers in one place.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor, nn
from torch.nn import functional as F

from mnist_helpers.data import (
    DigitData,
    DigitDataset,
    RandomWarp,
    batch_loader,
    framed_digits,
    random_shift,
    split_train_validation,
    stand_in_split,
)
from mnist_helpers.model import DeepDigitCNN, DigitCNN, compute_logits
from mnist_helpers.recipes.non_digits import add_detector
from mnist_helpers.recipes.pairs import add_pair_reader
from mnist_helpers.recognizer import compute_energy
from mnist_helpers.synthetic import draw_strokes
from mnist_helpers.train import (
    History,
    Tuning,
    count_processes,
    fit,
    is_main_process,
    pick_device,
    seed_everything,
)

STROKES = 12_000
SKLEARN_COPIES = 2
# The energy tells digits from things that the network has never seen (see
# `mnist_helpers.recognizer`). This fraction of the validation digits has less than the limit,
# ``"min_energy"``.
UNLIKE = 0.002


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes:
        name: what weights files and the command line call it.
        network: makes the untrained network.
        split: gives the images to train on and those to validate with, for a data set and a seed.
        augment: changes each training batch.
        epochs: how often to go through the training images.
        batch_size: images per step.
        learning_rate: the highest of the one-cycle schedule.
        weight_decay: as in `Tuning`.
        calibrated: whether the trained network is calibrated (see `calibrate`).
        heads: whether it gets a detector of non-digits (see `add_detector`) and a reader of pairs
            (see `add_pair_reader`).
    """

    name: str
    network: Callable[[], nn.Module]
    split: Callable[[DigitData, int], tuple[DigitDataset, DigitDataset]]
    augment: Callable[[Tensor], Tensor]
    epochs: int
    batch_size: int = 128
    learning_rate: float = 0.01
    weight_decay: float = 0.01
    calibrated: bool = False
    heads: bool = False


def bundled_split(data: DigitData, seed: int) -> tuple[DigitDataset, DigitDataset]:
    """The training images of the data set, and what it lacks: other pens, other ways to write.

    To the training images, without the validation split, it adds digits that a program draws
    (`draw_strokes`, with this seed) and, for MNIST, twice the training part of scikit-learn's
    digits. Their test part is never trained on.

    Returns:
        The images to train on, and those to validate with, which all come from the data set.
    """
    training, validation = split_train_validation(data.train)
    parts = [(training.images.numpy(), training.labels.numpy()), draw_strokes(STROKES, seed)]
    if data.is_mnist:
        images, labels = framed_digits()
        index, _ = stand_in_split()
        parts += [(images[index], labels[index])] * SKLEARN_COPIES
    images, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    mixed = DigitDataset.from_numpy(images, labels, f"{data.name}, strokes and other people's")
    return mixed, validation


SERIES = Recipe(
    "series",
    DigitCNN,
    lambda data, _: split_train_validation(data.train),
    random_shift,
    epochs=6,
)
BUNDLED = Recipe(
    "bundled",
    DeepDigitCNN,
    bundled_split,
    RandomWarp(),
    epochs=60,
    learning_rate=0.008,
    weight_decay=0.02,
    calibrated=True,
    heads=True,
)
RECIPES = {recipe.name: recipe for recipe in (SERIES, BUNDLED)}


def train_recipe(
    recipe: Recipe,
    data: DigitData,
    *,
    epochs: int | None = None,
    seed: int = 0,
    device: str | torch.device | None = None,
    **options: Any,
) -> tuple[nn.Module, History, dict[str, Any]]:
    """Train a new network as a recipe says, and print a sentence before each long part.

    Args:
        recipe: one of `RECIPES`, or a variation of it made with `dataclasses.replace`.
        data: MNIST, or its stand-in.
        epochs: how often to go through the training images; by default what the recipe says.
        seed: of all random numbers, 0 to 2³² - 1.
        device: where to compute; by default an accelerator if there is one.
        options: ``checkpoint``, ``resume`` and ``reporters`` of `fit`.

    Returns:
        The network, the record of its training, and the facts to save with its weights. If several
        processes train together, only the main one's network is calibrated and has the other heads.

    Raises:
        TrainingError: as `fit` does.
    """
    training, validation = recipe.split(data, seed)
    device, processes = pick_device(device), count_processes()
    where = f"{device}, in {processes} processes" if processes > 1 else device
    print(f"{data}. Training on {len(training):,}, on {where}.")
    epochs = recipe.epochs if epochs is None else epochs
    seed_everything(seed)
    model = recipe.network()
    validation_loader = batch_loader(validation, 1000)
    history = fit(
        model,
        batch_loader(training, recipe.batch_size, shuffle=True),
        validation_loader,
        epochs=epochs,
        learning_rate=recipe.learning_rate,
        tuning=Tuning(weight_decay=recipe.weight_decay),
        augment=recipe.augment,
        seed=seed,
        device=device,
        **options,
    )
    facts = {"dataset": data.name, "recipe": recipe.name, "epochs": epochs, "seed": seed}
    facts["val_accuracy"] = history["val_accuracy"][-1]
    if recipe.calibrated and is_main_process():
        facts |= calibrate(model, *compute_logits(model, validation_loader))
    if recipe.heads and is_main_process():
        print("Training the detector of non-digits and the reader of pairs, which takes minutes.")
        add_detector(model, training, validation, seed)
        add_pair_reader(model, training, seed)
    return model, history, facts


def calibrate(model: nn.Module, logits: Tensor, labels: Tensor) -> dict[str, float]:
    """Make a network's probabilities honest: divide its last layer by the best temperature.

    The temperature is the number, from 0.05 to 20, that makes the true digits most probable. It
    changes how sure the network is, but never which digit it names. It becomes part of the weights,
    so that nobody who uses them has to think of it.

    Args:
        model: a network whose ``classifier`` ends with a linear layer, which is changed in place.
        logits: its answers for images that it was not trained on, shape ``(n, 10)``.
        labels: the true digits, shape ``(n,)``.

    Returns:
        ``"temperature"``, above 1 if the network was too sure of itself, and ``"min_energy"``, the
        energy that all but the fraction `UNLIKE` of these images exceed.

    Source: C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
    """

    def loss(log_temperature: float) -> float:
        return F.cross_entropy(logits.double() / math.exp(log_temperature), labels).item()

    limit = math.log(20)
    temperature = math.exp(minimize_scalar(loss, bounds=(-limit, limit), method="bounded").x)
    last: Any = [*model.get_submodule("classifier").children()][-1]
    with torch.no_grad():
        last.weight /= temperature
        last.bias /= temperature
    energy = compute_energy((logits / temperature).cpu().numpy())
    return {"temperature": temperature, "min_energy": float(np.quantile(energy, UNLIKE))}
