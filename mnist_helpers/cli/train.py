"""Train the network on MNIST's training images; judge it by 5,000 of them kept aside."""

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mnist_helpers.cli.options import (
    MAX_EPOCHS,
    UsageError,
    add_data_options,
    check_file,
    load_data,
    path_word,
    usage_errors,
    whole_number,
)
from mnist_helpers.weights import WEIGHTS_NAME

EXAMPLE = "train --epochs 3 --out runs/first"


def add_options(command: ArgumentParser) -> None:
    """Add the command's options."""
    add = command.add_argument
    words = (
        "series: as in notebook 03, in seconds (default); bundled: the network that comes with the "
        "package, in about an hour on two cores"
    )
    add("--recipe", choices=["series", "bundled"], default="series", help=words)
    words = "passes over the data (default: 6; for the bundled recipe 60)"
    add("--epochs", type=whole_number(1, MAX_EPOCHS), metavar="N", help=words)
    number = whole_number(0, 2**32 - 1)
    add("--seed", type=number, default=0, metavar="N", help="(default: 0)")
    words = (
        f"where {WEIGHTS_NAME}, history.json and the checkpoint go (default: runs/train); a name "
        "that ends in .safetensors means the weights file itself"
    )
    add("--out", type=path_word, default="runs/train", metavar="DIR", help=words)
    add("--resume", action="store_true", help="go on where a run in --out was stopped")
    add_data_options(command)


def run(options: Namespace) -> int:
    """Train, in one process or in several that torchrun has started."""
    from mnist_helpers.train import TrainingError, join_processes

    try:
        with join_processes():
            _train(options)
    except TrainingError as error:
        print(f"mnist_helpers: {error}", file=sys.stderr)
        return 1
    return 0


def _train(options: Namespace) -> None:
    from mnist_helpers._support import write_atomically
    from mnist_helpers.model import save_weights
    from mnist_helpers.recipes import RECIPES, train_recipe
    from mnist_helpers.train import (
        TrainingError,
        check_all_same,
        check_finished,
        first_on_machine,
        is_main_process,
        pick_device,
    )

    out = Path(options.out)
    weights = out if out.suffix == ".safetensors" else out / WEIGHTS_NAME
    checkpoint = weights.with_name("checkpoint.safetensors")
    if weights.name.casefold() == checkpoint.name:
        raise UsageError(
            f"{weights} is where the checkpoint goes, which the weights would overwrite. Give them "
            "another name"
        )
    if is_main_process():
        check_file(weights, checkpoint)
    with usage_errors(TrainingError):
        device = pick_device(options.device)
        if not options.resume:
            check_finished(checkpoint)
    if checkpoint.exists() and not weights.exists() and not options.resume:
        raise UsageError(
            f"{checkpoint} holds a training whose network was not written. Add --resume to write "
            "it, or delete the file to begin again"
        )
    with first_on_machine() as first:
        data = load_data(options, download=first)
    check_all_same(repr(data), "All processes must have the same data.")
    if options.resume and is_main_process() and not checkpoint.exists():
        print(f"There is no {checkpoint}: starting from the beginning.", file=sys.stderr)
    model, history, facts = train_recipe(
        RECIPES[options.recipe],
        data,
        epochs=options.epochs,
        seed=options.seed,
        device=device,
        checkpoint=checkpoint,
        resume=options.resume,
    )
    if not is_main_process():
        return
    save_weights(model, weights, **facts)
    record = json.dumps(history.to_dict(), indent=1)
    write_atomically(weights.with_name("history.json"), record.encode())
    accuracy = f"{facts['val_accuracy']:.2%} of the validation images right"
    print(f"{accuracy}, {history.seconds:.0f} s of training.\nThe weights are in {weights}.")
