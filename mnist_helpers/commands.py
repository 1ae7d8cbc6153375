"""What the commands of ``python -m mnist_helpers`` do."""

import json
import sys
from argparse import Namespace
from pathlib import Path

# The heavy imports are inside the commands, so that --help answers at once.

WEIGHTS_NAME = "digit_cnn.safetensors"
CHECKPOINT_NAME = "checkpoint.safetensors"


class UsageError(Exception):
    """A value or a path that cannot be used; the message says which and why."""


def train(options: Namespace) -> int:
    """The command ``train``, in one process or in several that torchrun has started."""
    from mnist_helpers.distributed import open_world
    from mnist_helpers.mistakes import TrainingError

    try:
        with open_world() as world:
            _train(options, world)
    except TrainingError as error:
        print(f"mnist_helpers: {error}", file=sys.stderr)
        return 1
    return 0


def _train(options: Namespace, world) -> None:
    from mnist_helpers.data import batch_loader
    from mnist_helpers.detector import add_detector
    from mnist_helpers.files import write_atomically
    from mnist_helpers.model import compute_logits, save_weights
    from mnist_helpers.recipes import RECIPES, calibrate
    from mnist_helpers.train import TrainingError, fit, pick_device, seed_everything

    out = Path(options.out)
    weights = out if out.suffix == ".safetensors" else out / WEIGHTS_NAME
    if world.is_main:
        check_out(weights.parent)
    if not 0 <= options.seed < 2**32:
        raise UsageError(f"--seed must be from 0 to {2**32 - 1}, got {options.seed}")
    recipe = RECIPES[options.recipe]
    epochs = recipe.epochs if options.epochs is None else options.epochs
    if epochs < 1:
        raise UsageError(f"--epochs must be at least 1, got {epochs}")
    try:
        device = world.device(pick_device(options.device))
    except TrainingError as error:
        raise UsageError(error) from error
    with world.first_on_machine() as first:
        data = load_data(options, download=first)
    world.check_same(repr(data), "All processes must have the same data.")
    training, validation = recipe.split(data, options.seed)
    checkpoint = weights.with_name(CHECKPOINT_NAME)
    if options.resume and world.is_main and not checkpoint.exists():
        print(f"There is no {checkpoint}: starting from the beginning.", file=sys.stderr)
    where = f"{device}, in {world.size} processes" if world.size > 1 else device
    print(f"{data}. Training on {len(training):,}, on {where}.")
    seed_everything(options.seed)
    model = recipe.network()
    validation_loader = batch_loader(validation, 1000)
    history = fit(
        model,
        batch_loader(training, recipe.batch_size, shuffle=True),
        validation_loader,
        epochs=epochs,
        **recipe.options,
        seed=options.seed,
        device=device,
        checkpoint=checkpoint,
        resume=options.resume,
        world=world,
    )
    if not world.is_main:
        return
    accuracy = history["val_accuracy"][-1]
    facts = {"dataset": data.name, "recipe": options.recipe, "epochs": epochs, "seed": options.seed}
    facts["val_accuracy"] = accuracy
    if recipe.calibrated:
        facts |= calibrate(model, *compute_logits(model, validation_loader))
    if recipe.detector:
        print("Training the detector of things that are no digits: some minutes.")
        add_detector(model.cpu(), training, validation, options.seed)
    save_weights(model, weights, **facts)
    record = json.dumps(history.to_dict(), indent=1)
    write_atomically(weights.with_name("history.json"), record.encode())
    print(f"{accuracy:.2%} of the validation images right, {history.seconds:.0f} s of training.")
    print(f"The weights are in {weights}.")


def run(options: Namespace) -> int:
    """The command ``run``."""
    from mnist_helpers.notebooks import (
        SeriesError,
        find_notebooks,
        format_table,
        notebooks_folder,
        run_series,
    )

    check_out(Path(options.out))
    try:
        notebooks = find_notebooks(options.notebooks or notebooks_folder(), options.only)
    except SeriesError as error:
        raise UsageError(error) from error
    outcomes = run_series(notebooks, options.out, fast=options.fast)
    print(format_table(outcomes))
    return int(any(outcome.failed for outcome in outcomes))


def load_data(options: Namespace, *, download: bool = True):
    """The data set of ``--data-dir``; a folder that cannot be used is a mistake in the command."""
    from mnist_helpers.data import load_mnist
    from mnist_helpers.mnist_files import DataError

    try:
        return load_mnist(options.data_dir, download=download)
    except DataError as error:
        raise UsageError(error) from error


def check_out(folder: Path) -> None:
    """Make the folder for a command's files; one that cannot be written to is a `UsageError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(f"nothing can be written to {folder}: {error.strerror}") from error


def check(options: Namespace) -> int:
    """The command ``check``."""
    try:
        from mnist_helpers.machine import FAIL, check_machine
    except ImportError as error:
        print(f"[FAIL] Package  {error}")
        print(" " * 16 + '-> Run: pip install "mnist-helpers[notebooks,demo]" (or make setup).')
        return 1

    checks = check_machine()
    print("\n".join(map(str, checks)))
    return int(any(one.state == FAIL for one in checks))
