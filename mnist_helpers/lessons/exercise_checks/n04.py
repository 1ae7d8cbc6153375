"""The checks of notebook 04, Evaluation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .core import call, close, compare, number, refuse, several, task


def answers_of_a_network(n: int) -> tuple[NDArray, NDArray]:
    """Random true digits and the answers of a network, each of shape ``(n,)``; most are right."""
    random = np.random.default_rng()
    labels = random.integers(10, size=n)
    mistaken = random.random(n) < random.uniform(0.2, 0.4)
    # Mistakes go upwards, so that the matrix is not its own transpose.
    return labels, np.where(mistaken, (labels + random.integers(1, 4, size=n)) % 10, labels)


def matrix_of(labels: NDArray, digits: NDArray) -> NDArray:
    """The confusion matrix, of shape ``(10, 10)``."""
    matrix = np.zeros((10, 10), int)
    np.add.at(matrix, (labels, digits), 1)
    return matrix


@task("04.1")
def accuracy(accuracy: Any) -> str:
    """The fraction of right answers."""
    for n in (50, 400):
        labels, digits = answers_of_a_network(n)
        right = (labels == digits).mean()
        given = number(call(accuracy, digits, labels))
        mistakes = {
            "You count in percent. The notebook's accuracy is a fraction, 0 to 1: leave out the "
            "factor 100. (`:.2%` multiplies when it prints.)": 100 * right,
            f"You return how many are right, {given:.0f}. Divide by the number of images, here "
            f"{n}, or take the mean instead of the sum.": right * n,
            "This is the fraction of mistakes. Count where the two are equal.": 1 - right,
        }
        otherwise = f"Of {n} answers {right:.0%} are right, but your function says {given}."
        compare(given, right, mistakes, otherwise)
    return "A fraction can be compared between test sets of any size; a count of mistakes cannot."


@task("04.2")
def confusion(count_pairs: Any) -> str:
    """The confusion matrix, by hand."""
    labels, digits = answers_of_a_network(500)
    # Here no 9 occurs and none is read, but the matrix needs its row and column all the same.
    keep = (labels != 9) & (digits != 9)
    for true, read in ((labels, digits), (labels[keep], digits[keep])):
        right = matrix_of(true, read)
        given = np.asarray(call(count_pairs, read, true))
        faults = {
            "If no 9 occurs, your matrix has nine rows only. Begin with "
            "`np.zeros((10, 10))`.": given.shape == (9, 9),
            f"The shape should be (10, 10), but it is {given.shape}.": given.shape != (10, 10),
        }
        refuse(faults)
        hits = np.diag(right.diagonal())
        mistakes = {
            "Your matrix is transposed: a row should be a true digit, a column an answer. The row "
            "comes first: `matrix[true, answer]`.": right.T,
            "Only the right answers are counted. The mistakes count as well.": hits,
            "Only the mistakes are counted. The diagonal should not be empty.": right - hits,
            "There are only 0 and 1 in your matrix. Each pair should add 1 to what is there. "
            "(`matrix[labels, digits] += 1` adds only once where a pair repeats.)": right > 0,
        }
        otherwise = (
            f"For {len(true)} images your counts add up to {given.sum():g}, or are misplaced."
        )
        if (given % 1).any():
            otherwise = "These are fractions. The matrix should hold counts."
        compare(given, right, mistakes, otherwise)
    return "One accuracy hides which pair is confused. The matrix shows where to look."


@task("04.3")
def recall_precision(recall_precision: Any) -> str:
    """Recall and precision from the matrix."""
    for digit in (2, 8):
        matrix = matrix_of(*answers_of_a_network(600))
        hits, everything = matrix[digit, digit], matrix.sum()
        recall, precision = hits / matrix[digit].sum(), hits / matrix[:, digit].sum()
        percent = (100 * recall, 100 * precision)
        share, accuracy = hits / everything, matrix.trace() / everything
        given = several(call(recall_precision, matrix, digit), 2, "recall and precision")
        mistakes = {
            "Recall and precision are swapped. Recall asks about all *true* digits of a kind, and "
            "that is a row.": (precision, recall),
            "You count in percent. Both should be fractions, 0 to 1.": percent,
            "You divide by all images. Recall divides by the sum of a row, precision by the sum of "
            "a column.": (share, share),
            "This is the accuracy over all digits. Look at one digit only.": (accuracy, accuracy),
            "Both use the row. Precision needs the column: `matrix[:, digit]`.": (recall, recall),
        }
        which = "precision" if close(given[0], recall) else "recall"
        otherwise = f"The {which} of the digit {digit} is not right."
        if digit == 8:
            otherwise += " For the digit 2 both were. Do you use `digit`?"
        compare(given, (recall, precision), mistakes, otherwise)
    return "A machine that finds every 7 is not yet one whose 7s you can trust. Which do you need?"


@task("04.4")
def bootstrap(bootstrap: Any) -> str:
    """A 95 % interval by drawing with repetition."""
    random = np.random.default_rng()
    for n in (1000, 2500):
        correct = random.random(n) < random.uniform(0.85, 0.95)
        mean, width = correct.mean(), 4 * correct.std() / np.sqrt(n)
        low, high = several(call(bootstrap, correct), 2, "the lower and the upper end")
        ratio = (high - low) / width
        faults = {
            "The lower end should come first: `[2.5, 97.5]`.": low > high,
            "You count in percent. The ends should be fractions, 0 to 1.": low > 1.5,
            "Both ends are the same: every pretended test had the same images. Draw with "
            "repetition, and anew each time: `random.integers(n, size=n)`.": ratio < 0.01,
            "From 0 to 1: that is the range of the single answers. Take the *mean* of each "
            "pretended test, then the percentiles of the means.": (low, high) == (0, 1),
            f"The measured accuracy, {mean:.1%}, is not between your ends, {low:.1%} and "
            f"{high:.1%}.": not low < mean < high,
            f"The interval is too narrow, about {ratio:.1g} of what it should be. Does each "
            "pretended test have n images, and do you divide by nothing afterwards?": ratio < 0.6,
            "The interval is a little too narrow. 95 % should lie inside, so cut off 2.5 % at each "
            "end, not 5 or more.": ratio < 0.88,
            f"The interval is too wide, {ratio:.1f} times what it should be. A pretended test "
            f"should have as many images as the real one, {n}: is `n` in your code?": ratio > 1.4,
        }
        refuse(faults)
    return "An accuracy without an interval says how well it went, but not how far to trust it."


@task("04.5")
def surest(surest_mistakes: Any) -> str:
    """The indices of the surest mistakes."""
    random = np.random.default_rng()
    labels, digits = answers_of_a_network(300)
    scores = random.random((300, 10))
    scores[np.arange(300), digits] += random.uniform(1, 4, 300)
    probabilities = scores / scores.sum(axis=1, keepdims=True)
    confidence, n = probabilities.max(axis=1), int(random.integers(4, 9))
    wrong = np.flatnonzero(digits != labels)
    order, unsure = np.argsort(-confidence[wrong]), np.argsort(probabilities[wrong, labels[wrong]])
    given = np.asarray(call(surest_mistakes, probabilities, labels, n))
    words = f"Your function should return {n} indices, whole numbers in a row."
    refuse({words: given.ndim != 1 or not np.issubdtype(given.dtype, np.integer)})
    refuse({f"There should be n = {n} indices, but there are {len(given)}.": len(given) != n})
    best = wrong[order][:n]
    mistakes = {
        "These are the surest *answers*, right or wrong. Keep the mistakes only.": np.argsort(
            -confidence
        )[:n],
        "These indices count the mistakes, not the images: 0 is the first mistake. Translate them "
        "back, with `wrong[...]`.": order[:n],
        "These are the least sure mistakes. Sort the other way: `argsort(-...)`.": wrong[
            order[::-1]
        ][:n],
        "These are the first mistakes. Sort them by confidence.": wrong[:n],
        "You sort by the probability of the true digit. Confidence is the highest of the "
        "ten.": wrong[unsure][:n],
    }
    otherwise = "These are mistakes, but not the surest. Confidence is `max(axis=1)`."
    if close(np.sort(given), np.sort(best)):
        otherwise = "These are the right images in the wrong order. The surest comes first."
    elif (digits[given % 300] == labels[given % 300]).any():
        otherwise = "Some of these images were read correctly. Keep the mistakes only."
    compare(given, best, mistakes, otherwise)
    return "The surest mistakes show doubtful labels, and what the network misunderstands."
