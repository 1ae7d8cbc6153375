"""MNIST's digits pasted onto larger pictures: does the framing find them again?

Nobody labels a thousand photographs of digits; here every label is known: see
`mnist_helpers.synthetic.backgrounds`.

    python -m benchmarks.pasted --weights FILE [--digits 500] [--kinds plain,ruled]

prints one line per kind: how many are read right, against the same digits before the pasting.
By default it takes MNIST's training images, so that they can be developed with.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from mnist_helpers.data import load_mnist, normalize
from mnist_helpers.framing import frame
from mnist_helpers.recognizer import load_network
from mnist_helpers.synthetic import BACKGROUNDS, paste_digits


@torch.no_grad()
def _read(network: torch.nn.Module, images: np.ndarray) -> np.ndarray:
    return network(normalize(torch.from_numpy(images))).argmax(1).numpy()


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
    images, labels = digits.images.numpy(), digits.labels.numpy()
    print(f"{'as they are':14s} {(_read(network, images) == labels).mean():7.2%}")
    for kind in options.kinds:
        pictures = paste_digits(images, options.seed, kind)
        framed = np.stack([frame(picture, steps=False).image for picture in pictures])
        print(f"{kind:14s} {(_read(network, framed) == labels).mean():7.2%}", flush=True)


if __name__ == "__main__":
    main()
