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
    from mnist_helpers.augment import random_shift
    from mnist_helpers.data import batch_loader, split_train_validation
    from mnist_helpers.files import write_atomically
    from mnist_helpers.model import DigitCNN, save_weights
    from mnist_helpers.train import TrainingError, fit, pick_device, seed_everything

    out = Path(options.out)
    weights = out if out.suffix == ".safetensors" else out / WEIGHTS_NAME
    _check_out(weights.parent)
    if not 0 <= options.seed < 2**32:
        raise UsageError(f"--seed must be from 0 to {2**32 - 1}, got {options.seed}")
    if options.epochs < 1:
        raise UsageError(f"--epochs must be at least 1, got {options.epochs}")
    try:
        device = pick_device(options.device)
    except TrainingError as error:
        raise UsageError(error) from error
    data = _load(options)
    training, validation = split_train_validation(data.train)
    checkpoint = weights.with_name(CHECKPOINT_NAME)
    if options.resume and not checkpoint.exists():
        print(f"There is no {checkpoint}: starting from the beginning.", file=sys.stderr)
    print(f"{data}. Training on {len(training):,}, on {device}.")
    seed_everything(options.seed)
    model = DigitCNN()
    try:
        history = fit(
            model,
            batch_loader(training, shuffle=True),
            batch_loader(validation, 1000),
            epochs=options.epochs,
            augment=random_shift,
            seed=options.seed,
            device=device,
            checkpoint=checkpoint,
            resume=options.resume,
        )
    except TrainingError as error:
        print(f"mnist_helpers: {error}", file=sys.stderr)
        return 1
    accuracy = history["val_accuracy"][-1]
    save_weights(model, weights, dataset=data.name, seed=options.seed, val_accuracy=accuracy)
    record = json.dumps(history.to_dict(), indent=1)
    write_atomically(weights.with_name("history.json"), record.encode())
    print(f"{accuracy:.2%} of the validation images right, {history.seconds:.0f} s of training.")
    print(f"The weights are in {weights}.")
    return 0


def evaluate(options: Namespace) -> int:
    """The command ``evaluate``."""
    from mnist_helpers.evaluate import predict
    from mnist_helpers.model import WeightsError, load_weights
    from mnist_helpers.train import TrainingError, pick_device

    path = Path(options.weights)
    try:
        model, facts = load_weights(path / WEIGHTS_NAME if path.is_dir() else path)
        model.to(pick_device(options.device))
    except (WeightsError, TrainingError) as error:
        raise UsageError(error) from error
    data = _load(options)
    predictions = predict(model, data.test)
    result = {
        "dataset": data.name,
        **predictions.summary(),
        "weights": str(options.weights),
        "trained_on": facts.get("dataset"),
    }
    if options.json:
        print(json.dumps(result))
        return 0
    low, high = predictions.interval
    print(f"{data.name}, {len(predictions):,} test images")
    print(
        f"accuracy            {predictions.accuracy:.2%}  (95 % interval {low:.2%} to {high:.2%})"
    )
    print(f"calibration error   {result['expected_calibration_error']:.2%}")
    print(f"mistakes            {result['mistakes']}\n\n{predictions.report()}")
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


def _load(options: Namespace):
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
