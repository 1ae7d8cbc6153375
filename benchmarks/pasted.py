"""MNIST's digits pasted onto larger pictures: does the framing find them again?

Nobody labels a thousand photographs of digits, but here every label is known: see
`mnist_helpers.synthetic.backgrounds`.

    python -m benchmarks.pasted [--weights FILE] [--digits 500] [--kinds plain,ruled]

prints for each kind how many are read right, below the same digits before they were pasted. It
takes MNIST's training images, so that the framing can be developed with it.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mnist_helpers.data import DigitDataset, load_mnist
from mnist_helpers.evaluate import predict
from mnist_helpers.framing import frame
from mnist_helpers.recognizer import load_network
from mnist_helpers.synthetic import BACKGROUNDS, paste_digits


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line per kind of picture: how many digits a network reads, framed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--weights", type=Path, help="default: the bundled ones")
    parser.add_argument("--digits", type=int, default=500, metavar="N")
    parser.add_argument("--kinds", type=lambda text: text.split(","), default=list(BACKGROUNDS))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    network, _ = load_network(options.weights)
    digits = load_mnist().train.sample(options.digits, options.seed)
    print(f"{'not pasted':14s} {predict(network, digits).accuracy:7.2%}")
    for kind in options.kinds:
        pictures = paste_digits(digits.images.numpy(), options.seed, kind)
        framed = np.stack([frame(picture, steps=False).image for picture in pictures])
        squares = DigitDataset.from_numpy(framed, digits.labels.numpy(), kind)
        print(f"{kind:14s} {predict(network, squares).accuracy:7.2%}", flush=True)


if __name__ == "__main__":
    main()
