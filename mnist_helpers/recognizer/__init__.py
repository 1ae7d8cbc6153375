"""Notebook 06: reading the digit in a picture, and saying how far to trust the answer.

Begin with `DigitRecognizer`; programs that answer visitors use `DigitReader`.
"""

from mnist_helpers.recognizer.answers import BUSY, ERROR, DigitReader, failed, png_url
from mnist_helpers.recognizer.heads import ask_all_heads
from mnist_helpers.recognizer.labelled_drawings import (
    DrawnError,
    DrawnReport,
    evaluate_drawn,
    load_drawn,
)
from mnist_helpers.recognizer.many_pictures import MANY, read_pictures
from mnist_helpers.recognizer.non_digits import compute_energy
from mnist_helpers.recognizer.numbers import ReadDigit, Reading
from mnist_helpers.recognizer.prediction import Prediction, Verdict
from mnist_helpers.recognizer.recognizer import DigitRecognizer, load_network

__all__ = [
    "BUSY",
    "ERROR",
    "MANY",
    "DigitReader",
    "DigitRecognizer",
    "DrawnError",
    "DrawnReport",
    "Prediction",
    "ReadDigit",
    "Reading",
    "Verdict",
    "ask_all_heads",
    "compute_energy",
    "evaluate_drawn",
    "failed",
    "load_drawn",
    "load_network",
    "png_url",
    "read_pictures",
]
