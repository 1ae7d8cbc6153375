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
    """The command ``train``."""
    from mnist_helpers.data import batch_loader
    from mnist_helpers.files import write_atomically
    from mnist_helpers.model import compute_logits, save_weights
    from mnist_helpers.recipes import RECIPES, calibrate
    from mnist_helpers.train import TrainingError, fit, pick_device, seed_everything

    out = Path(options.out)
    weights = out if out.suffix == ".safetensors" else out / WEIGHTS_NAME
    _check_out(weights.parent)
    if not 0 <= options.seed < 2**32:
        raise UsageError(f"--seed must be from 0 to {2**32 - 1}, got {options.seed}")
    recipe = RECIPES[options.recipe]
    epochs = recipe.epochs if options.epochs is None else options.epochs
    if epochs < 1:
        raise UsageError(f"--epochs must be at least 1, got {epochs}")
    try:
        device = pick_device(options.device)
    except TrainingError as error:
        raise UsageError(error) from error
    data = load_data(options)
    training, validation = recipe.split(data, options.seed)
    checkpoint = weights.with_name(CHECKPOINT_NAME)
    if options.resume and not checkpoint.exists():
        print(f"There is no {checkpoint}: starting from the beginning.", file=sys.stderr)
    print(f"{data}. Training on {len(training):,}, on {device}.")
    seed_everything(options.seed)
    model = recipe.network()
    validation_loader = batch_loader(validation, 1000)
    try:
        history = fit(
            model,
            batch_loader(training, recipe.batch_size, shuffle=True),
            validation_loader,
            epochs=epochs,
            learning_rate=recipe.learning_rate,
            weight_decay=recipe.weight_decay,
            augment=recipe.augment,
            seed=options.seed,
            device=device,
            checkpoint=checkpoint,
            resume=options.resume,
        )
    except TrainingError as error:
        print(f"mnist_helpers: {error}", file=sys.stderr)
        return 1
    accuracy = history["val_accuracy"][-1]
    facts = {"dataset": data.name, "recipe": options.recipe, "epochs": epochs, "seed": options.seed}
    facts["val_accuracy"] = accuracy
    if recipe.calibrated:
        facts |= calibrate(model, *compute_logits(model, validation_loader))
    save_weights(model, weights, **facts)
    record = json.dumps(history.to_dict(), indent=1)
    write_atomically(weights.with_name("history.json"), record.encode())
    print(f"{accuracy:.2%} of the validation images right, {history.seconds:.0f} s of training.")
    print(f"The weights are in {weights}.")
    return 0


def run(options: Namespace) -> int:
    """The command ``run``."""
    from mnist_helpers.notebooks import SeriesError, find_notebooks, format_table, run_series

    folder = options.notebooks
    if folder is None:
        beside = Path(__file__).resolve().parents[1] / "notebooks"
        folder = "notebooks" if Path("notebooks").is_dir() else beside
    _check_out(Path(options.out))
    try:
        notebooks = find_notebooks(folder, options.only)
    except SeriesError as error:
        raise UsageError(error) from error
    outcomes = run_series(notebooks, options.out, fast=options.fast)
    print(format_table(outcomes))
    return int(any(outcome.failed for outcome in outcomes))


def load_data(options: Namespace):
    """The data set of ``--data-dir``; a folder that cannot be used is a mistake in the command."""
    from mnist_helpers.data import load_mnist
    from mnist_helpers.mnist_files import DataError

    try:
        return load_mnist(options.data_dir)
    except DataError as error:
        raise UsageError(error) from error


def _check_out(folder: Path) -> None:
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
