"""Give a network a new detector of non-digits; the network itself does not change.

    python -m tools.detector [FILE]     the weights file, by default the package's own

The recipe "bundled" trains a detector at its end. This command does the same without the hour of
training before it.
"""

import argparse
import sys

from mnist_helpers.data import load_mnist
from mnist_helpers.model import WeightsError, load_weights, save_weights
from mnist_helpers.recipes import RECIPES, add_detector
from mnist_helpers.weights import BUNDLED_WEIGHTS


def main(arguments: list[str] | None = None) -> int:
    """Train the detector with the seed that the file names, and write the file again."""
    parser = argparse.ArgumentParser(prog="python -m tools.detector", description=__doc__)
    parser.add_argument("file", nargs="?", default=str(BUNDLED_WEIGHTS), metavar="FILE")
    file = parser.parse_args(arguments).file
    try:
        model, facts = load_weights(file)
    except WeightsError as error:
        print(f"tools.detector: {error}", file=sys.stderr)
        return 1
    seed, data = facts.get("seed", 0), load_mnist()
    add_detector(model, *RECIPES["bundled"].split(data, seed), seed)
    save_weights(model, file, **facts)
    print(f"{file} has a new detector, trained with {data.name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
