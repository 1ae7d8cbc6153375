"""Notebook 06: framing, the network and doubt give the answer for a picture.

Begin with `DigitRecognizer`.
"""

from mnist_helpers.recognizer.answers import DigitReader, describe, failed, png_url
from mnist_helpers.recognizer.labelled_drawings import (
    DrawnError,
    DrawnReport,
    evaluate_drawn,
    load_drawn,
)
from mnist_helpers.recognizer.many_pictures import MANY, read_pictures
from mnist_helpers.recognizer.non_digits import (
    MIN_ENERGY,
    compute_energy,
    looks_like_digit,
    novelty_scores,
)
from mnist_helpers.recognizer.recognizer import (
    DigitRecognizer,
    Prediction,
    Verdict,
    load_network,
)

__all__ = [
    "MANY",
    "MIN_ENERGY",
    "DigitReader",
    "DigitRecognizer",
    "DrawnError",
    "DrawnReport",
    "Prediction",
    "Verdict",
    "compute_energy",
    "describe",
    "evaluate_drawn",
    "failed",
    "load_drawn",
    "load_network",
    "looks_like_digit",
    "novelty_scores",
    "png_url",
    "read_pictures",
]
