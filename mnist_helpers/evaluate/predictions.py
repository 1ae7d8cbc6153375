"""How good a network is: accuracy, its interval, mistakes, and whether to trust its confidence."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import binomtest
from sklearn import metrics
from torch import nn

from mnist_helpers._support import check_scores
from mnist_helpers.data import DigitDataset, batch_loader
from mnist_helpers.model import compute_logits


@dataclass(frozen=True, eq=False)
class Predictions:
    """A network's answers for a data set, and the true digits.

    Attributes:
        probabilities: float32, shape ``(n, 10)``; each row adds up to 1.
        labels: the true digits, int64, shape ``(n,)``.
    """

    probabilities: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def digits(self) -> np.ndarray:
        """The digit with the highest probability, shape ``(n,)``."""
        return self.probabilities.argmax(axis=1)

    @property
    def confidence(self) -> np.ndarray:
        """The highest probability, 0.1 to 1, shape ``(n,)``."""
        return self.probabilities.max(axis=1)

    @property
    def correct(self) -> np.ndarray:
        """Whether each answer is right, shape ``(n,)``."""
        return self.digits == self.labels

    @property
    def accuracy(self) -> float:
        """The fraction of answers that are right, 0 to 1."""
        return float(self.correct.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the accuracy (see `accuracy_interval`)."""
        return accuracy_interval(int(self.correct.sum()), len(self))

    def confusion_matrix(self) -> np.ndarray:
        """How often each digit (row) was read as each digit (column): int64, ``(10, 10)``."""
        return metrics.confusion_matrix(self.labels, self.digits, labels=range(10))

    def report(self) -> str:
        """scikit-learn's table of precision, recall and F1 score for each digit."""
        return metrics.classification_report(
            self.labels, self.digits, labels=range(10), digits=4, zero_division=0
        )

    def surest_mistakes(self, n: int = 25) -> np.ndarray:
        """The indices of up to ``n`` wrong answers, those with the highest confidence first."""
        wrong = np.flatnonzero(~self.correct)
        return wrong[np.argsort(-self.confidence[wrong], kind="stable")][:n]

    def calibration(self, bins: int = 10) -> "Calibration":
        """Compare confidence with accuracy in bins of equal width, which divide 0 to 1."""
        edges = np.linspace(0, 1, bins + 1)
        # A confidence on an edge belongs to the bin below it, so that 1.0 has a bin.
        which = np.clip(np.digitize(self.confidence, edges, right=True) - 1, 0, bins - 1)
        counts = np.bincount(which, minlength=bins)
        sums = (np.bincount(which, one, bins) for one in (self.confidence, self.correct))
        return Calibration(edges, counts, *(one / np.maximum(counts, 1) for one in sums))

    def summary(self) -> dict[str, float | int | list]:
        """The main figures as plain numbers, for JSON."""
        return {
            "n_test": len(self),
            "test_accuracy": self.accuracy,
            "test_accuracy_interval_95": list(self.interval),
            "mistakes": int((~self.correct).sum()),
            "expected_calibration_error": self.calibration(15).error,
        }


@dataclass(frozen=True, eq=False)
class Calibration:
    """How confidence compares with accuracy.

    Attributes:
        edges: the limits of the bins, shape ``(bins + 1,)``, 0 to 1.
        counts: how many answers are in each bin, shape ``(bins,)``.
        confidence: the mean confidence in each bin; 0 where it is empty.
        accuracy: the fraction of right answers in each bin; 0 where it is empty.
    """

    edges: np.ndarray
    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray

    @property
    def error(self) -> float:
        """The expected calibration error, 0 to 1: the mean gap, weighted by the counts.

        Source: C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
        """
        gaps = np.abs(self.confidence - self.accuracy)
        return float((gaps * self.counts).sum() / self.counts.sum())


def predict(model: nn.Module, dataset: DigitDataset) -> Predictions:
    """Let a network read all images of a data set.

    The model returns logits, ``(n, 10)``, for normalized images, ``(n, 1, 28, 28)``.
    """
    logits, labels = compute_logits(model, batch_loader(dataset, 1000))
    check_scores(logits)
    probabilities = torch.softmax(logits.double(), dim=1).float()
    return Predictions(probabilities.numpy(), labels.numpy())


def accuracy_interval(correct: int, n: int) -> tuple[float, float]:
    """The two ends, 0 to 1, of the Wilson interval of an accuracy: ``correct`` of ``n`` answers.

    Of such intervals, 95 % contain the accuracy on infinitely many images of the same kind.
    """
    interval = binomtest(correct, n).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)
