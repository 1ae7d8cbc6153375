"""Give a network a new detector of things that are no digits; the network itself stays as it is.

    python -m tools.detector [FILE]     the weights file, by default the package's own

The recipe "bundled" trains one at its end. This does the same, without the hour before it.
"""

import argparse
import sys
from pathlib import Path

from mnist_helpers.data import load_mnist
from mnist_helpers.model import WeightsError, load_weights, save_weights
from mnist_helpers.recipes import add_detector, bundled_split

BUNDLED = Path(__file__).resolve().parents[1] / "mnist_helpers/weights/digit_cnn.safetensors"


def main(arguments: list[str] | None = None) -> int:
    """Train the detector, with the seed that the file names, and write the file again."""
    parser = argparse.ArgumentParser(prog="python -m tools.detector", description=__doc__)
    parser.add_argument("file", nargs="?", default=BUNDLED, metavar="FILE")
    file = parser.parse_args(arguments).file
    try:
        model, facts = load_weights(file)
    except WeightsError as error:
        print(f"tools.detector: {error}", file=sys.stderr)
        return 1
    seed = facts.get("seed", 0)
    data = load_mnist()
    add_detector(model, *bundled_split(data, seed), seed)
    save_weights(model, file, **facts)
    print(f"{file} has a new detector, trained with {data.name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
