"""Train the other heads of a network anew; the network itself does not change.

    python -m tools.heads [FILE]                the weights file, by default the package's own
    python -m tools.heads --only pair_reader    this head, and not the detector of non-digits

The recipe "bundled" trains both at its end. This command does the same without the hour of
training before it.
"""

import argparse
import sys

from mnist_helpers.data import load_mnist
from mnist_helpers.model import HEADS, WeightsError, load_weights, save_weights
from mnist_helpers.recipes import RECIPES, add_detector, add_pair_reader
from mnist_helpers.weights import BUNDLED_WEIGHTS


def main(arguments: list[str] | None = None) -> int:
    """Train the heads with the seed that the file names, and write the file again."""
    parser = argparse.ArgumentParser(prog="python -m tools.heads", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("file", nargs="?", default=str(BUNDLED_WEIGHTS), metavar="FILE")
    parser.add_argument("--only", choices=list(HEADS), help="the head to train")
    options = parser.parse_args(arguments)
    try:
        model, facts = load_weights(options.file)
    except WeightsError as error:
        print(f"tools.heads: {error}", file=sys.stderr)
        return 1
    seed, data = facts.get("seed", 0), load_mnist()
    training, validation = RECIPES["bundled"].split(data, seed)
    if options.only != "pair_reader":
        add_detector(model, training, validation, seed)
    if options.only != "detector":
        add_pair_reader(model, training, seed)
    save_weights(model, options.file, **facts)
    new = " and ".join([options.only] if options.only else HEADS).replace("_", " ")
    print(f"{options.file} has a new {new}, trained with {data.name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
