"""Evaluation: figures that are right, on cases that can be worked out by hand."""

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from mnist_helpers.data import DigitData, DigitDataset, batch_loader, split_train_validation
from mnist_helpers.evaluate import Predictions, accuracy_interval, predict


def predictions(answers, labels, confidence=0.9):
    """Predictions that give each answer that confidence, and share the rest."""
    confidence = np.broadcast_to(confidence, len(answers))
    probabilities = np.repeat((1 - confidence)[:, None] / 9, 10, axis=1).astype(np.float32)
    probabilities[np.arange(len(answers)), answers] = confidence
    return Predictions(probabilities, np.array(labels))


def test_accuracy_and_answers():
    found = predictions([1, 2, 3, 4], [1, 2, 3, 5])
    assert found.accuracy == 0.75
    assert found.digits.tolist() == [1, 2, 3, 4]
    assert found.correct.tolist() == [True, True, True, False]
    assert found.confidence == pytest.approx(0.9)
    assert len(found) == 4


def test_the_interval_is_wilsons():
    # Published example: 81 of 263, Wilson without continuity correction (R. G. Newcombe, 1998).
    assert accuracy_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@given(n=st.integers(1, 20_000), share=st.floats(0, 1))
def test_the_interval_contains_the_accuracy_and_shrinks_with_n(n, share):
    correct = round(share * n)
    low, high = accuracy_interval(correct, n)
    assert 0 <= low <= correct / n <= high <= 1
    four_times = accuracy_interval(4 * correct, 4 * n)
    assert four_times[1] - four_times[0] < high - low


def test_the_confusion_matrix_has_true_digits_down_and_answers_across():
    matrix = predictions([1, 7, 7], [1, 1, 7]).confusion_matrix()
    assert matrix.shape == (10, 10)
    assert matrix[1, 1] == matrix[1, 7] == matrix[7, 7] == 1
    assert matrix.sum() == 3


def test_the_report_names_all_ten_digits_even_if_some_do_not_occur():
    report = predictions([1, 2], [1, 3]).report()
    assert all(f"\n           {digit} " in report for digit in range(10))
    assert "nan" not in report


def test_surest_mistakes_come_surest_first():
    found = predictions([0, 1, 2, 3, 4], [0, 9, 9, 9, 9], [0.99, 0.5, 0.9, 0.7, 0.9])
    assert found.surest_mistakes().tolist() == [2, 4, 3, 1]
    assert found.surest_mistakes(2).tolist() == [2, 4]
    assert predictions([1], [1]).surest_mistakes().tolist() == []


def test_an_honest_network_has_no_calibration_error_and_a_boaster_has():
    answers = [1] * 10
    labels = [1] * 8 + [2] * 2
    assert predictions(answers, labels, 0.8).calibration().error == pytest.approx(0, abs=1e-6)
    assert predictions(answers, labels, 1.0).calibration().error == pytest.approx(0.2)


def test_calibration_counts_every_answer_once_in_its_bin():
    found = predictions([1, 1, 1], [1, 2, 1], [0.55, 0.59, 1.0])
    curve = found.calibration(bins=10)
    assert curve.counts.tolist() == [0, 0, 0, 0, 0, 2, 0, 0, 0, 1]
    assert curve.accuracy[[5, 9]].tolist() == [0.5, 1.0]
    assert curve.confidence[[5, 9]] == pytest.approx([0.57, 1.0])
    # By hand: two answers with a gap of 0.07, one with none.
    assert curve.error == pytest.approx(2 / 3 * 0.07, abs=1e-6)


def test_the_summary_is_json():
    summary = json.loads(json.dumps(predictions([1, 2, 3], [1, 2, 4]).summary()))
    assert summary["n_test"] == 3
    assert summary["test_accuracy"] == pytest.approx(2 / 3)
    assert summary["mistakes"] == 1
    low, high = summary["test_accuracy_interval_95"]
    assert low < 2 / 3 < high


def test_predict_reads_a_dataset_in_order_and_gives_probabilities():
    class FirstPixel(nn.Module):
        """Answers with the number of ink steps in the first pixel."""

        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(1))

        def forward(self, images):
            steps = ((images[:, 0, 0, 0] * 0.3081 + 0.1307) * 255 / 20).round().long()
            return 5 * nn.functional.one_hot(steps, 10).float() * self.scale

    labels = torch.arange(2300) % 10  # in more than two batches
    images = torch.zeros(len(labels), 28, 28, dtype=torch.uint8)
    images[:, 0, 0] = 20 * labels.byte()
    found = predict(FirstPixel(), DigitDataset(images, labels, "test"))
    assert found.digits.tolist() == labels.tolist()
    assert found.probabilities.sum(axis=1) == pytest.approx(1)
    assert found.accuracy == 1


DIGITS = DigitDataset(torch.zeros(3, 28, 28, dtype=torch.uint8), torch.arange(3), "three")
LINEAR = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))


@pytest.mark.parametrize(
    ("given", "cure"),
    [
        (batch_loader(DIGITS), "loader.dataset"),
        (DigitData("three", DIGITS, DIGITS, "folder", ""), "data.train"),
        (DIGITS.images, "TensorDataset"),
        (DIGITS.images.numpy(), "TensorDataset"),
    ],
)
@pytest.mark.parametrize(
    "use", [lambda given: predict(LINEAR, given), batch_loader, split_train_validation]
)
def test_what_is_no_dataset_gets_a_sentence(use, given, cure):
    with pytest.raises(ValueError, match=cure):
        use(given)


def test_probabilities_in_place_of_logits_get_a_warning():
    with pytest.warns(UserWarning, match="gives probabilities"):
        predict(nn.Sequential(LINEAR, nn.Softmax(dim=1)), DIGITS)


def test_answers_that_are_not_numbers_are_no_predictions():
    with pytest.raises(ValueError, match="NaN"):
        predict(nn.Sequential(LINEAR, nn.Threshold(math.inf, math.nan)), DIGITS)


def test_a_model_without_weights_is_fine():
    class Ink(nn.Module):
        def forward(self, images):
            return images.flatten(1)[:, :10]

    assert predict(Ink(), DIGITS).digits.tolist() == [0, 0, 0]
