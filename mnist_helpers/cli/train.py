"""Train the network on MNIST's training images; judge it by 5,000 of them kept aside."""

import json
import sys
from argparse import Namespace
from pathlib import Path

from mnist_helpers.cli.options import UsageError, add_data_options, check_out, load_data
from mnist_helpers.weights import WEIGHTS_NAME

CHECKPOINT_NAME = "checkpoint.safetensors"

EXAMPLE = "train --epochs 3 --out runs/first"


def add_options(command) -> None:
    """Add the command's options."""
    command.add_argument(
        "--recipe",
        choices=["series", "bundled"],
        default="series",
        help="series: as in notebook 03, in seconds (default); bundled: the network that comes "
        "with the package, in about an hour on two cores",
    )
    command.add_argument(
        "--epochs",
        type=int,
        metavar="N",
        help="passes over the data (default: 6; for the bundled recipe 60)",
    )
    command.add_argument("--seed", type=int, default=0, metavar="N", help="(default: 0)")
    command.add_argument(
        "--out",
        default="runs/train",
        metavar="DIR",
        help=f"where {WEIGHTS_NAME}, history.json and the checkpoint go (default: runs/train); "
        "a name that ends in .safetensors is taken for the weights file itself",
    )
    command.add_argument(
        "--resume", action="store_true", help="go on where a stopped run in --out left off"
    )
    add_data_options(command)


def run(options: Namespace) -> int:
    """The command ``train``, in one process or in several that torchrun has started."""
    from mnist_helpers.train import TrainingError, open_world

    try:
        with open_world() as world:
            _train(options, world)
    except TrainingError as error:
        print(f"mnist_helpers: {error}", file=sys.stderr)
        return 1
    return 0


def _train(options: Namespace, world) -> None:
    from mnist_helpers._support import write_atomically
    from mnist_helpers.data import batch_loader
    from mnist_helpers.model import compute_logits, save_weights
    from mnist_helpers.recipes import RECIPES, add_detector, calibrate
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
