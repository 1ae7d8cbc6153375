"""The checks of notebook 04, Evaluation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_helpers.lessons.checks.core import WrongAnswer, call, number, task


def answers_of_a_network(n: int) -> tuple[NDArray, NDArray]:
    """Random true digits and the digits that were read, each of shape ``(n,)``; most are right."""
    random = np.random.default_rng()
    labels = random.integers(10, size=n)
    mistaken = random.random(n) < random.uniform(0.2, 0.4)
    # Mistakes go upwards, so that the matrix is not its own transpose.
    return labels, np.where(mistaken, (labels + random.integers(1, 4, size=n)) % 10, labels)


def pair(answer: Any, names: str) -> tuple[float, float]:
    """The answer, if it is two numbers."""
    try:
        first, second = answer
    except (TypeError, ValueError):
        raise WrongAnswer(f"Your function should return two numbers: {names}.") from None
    return number(first), number(second)


def close(one: Any, other: Any) -> bool:
    """Whether two results are the same, but for rounding."""
    return np.shape(one) == np.shape(other) and np.allclose(one, other, atol=1e-6)


@task("04.1")
def accuracy(answer: Any) -> str:
    """The fraction of right answers."""
    for n in (50, 400):
        labels, digits = answers_of_a_network(n)
        right = (labels == digits).mean()
        given = number(call(answer, digits, labels))
        if close(given, right):
            continue
        if close(given, 100 * right):
            raise WrongAnswer(
                "You count in percent. The notebook's accuracy is a fraction, 0 to 1: leave out "
                "the factor 100. (`:.2%` multiplies when it prints.)"
            )
        if close(given, right * n):
            raise WrongAnswer(
                f"You return how many are right, {given:.0f}. Divide by the number of images, "
                f"here {n}, or take the mean instead of the sum."
            )
        if close(given, 1 - right):
            raise WrongAnswer("This is the fraction of mistakes. Count where the two are equal.")
        raise WrongAnswer(f"Of {n} answers {right:.0%} are right, but your function says {given}.")
    return "A fraction can be compared between test sets of any size; a count of mistakes cannot."


@task("04.2")
def confusion(answer: Any) -> str:
    """The confusion matrix, by hand."""
    labels, digits = answers_of_a_network(500)
    # A 9 neither occurs nor is read here: the matrix needs its row all the same.
    keep = (labels != 9) & (digits != 9)
    for true, read in ((labels, digits), (labels[keep], digits[keep])):
        right = np.zeros((10, 10), int)
        np.add.at(right, (true, read), 1)
        given = np.asarray(call(answer, read, true))
        if given.shape == (9, 9):
            raise WrongAnswer(
                "If no 9 occurs, your matrix has nine rows only. Begin with `np.zeros((10, 10))`."
            )
        if given.shape != (10, 10):
            raise WrongAnswer(f"The matrix should have the shape (10, 10), not {given.shape}.")
        if close(given, right):
            continue
        if close(given, right.T):
            raise WrongAnswer(
                "Your matrix is transposed: a row should be a true digit, a column an answer. "
                "The row comes first: `matrix[true, answer]`."
            )
        if close(given, np.diag(right.diagonal())):
            raise WrongAnswer("Only the right answers are counted. The mistakes count as well.")
        if close(given, right - np.diag(right.diagonal())):
            raise WrongAnswer("Only the mistakes are counted. The diagonal should not be empty.")
        if close(given, right > 0):
            raise WrongAnswer(
                "There are only 0 and 1 in your matrix. Each pair should add 1 to what is there. "
                "(`matrix[labels, digits] += 1` adds only once where a pair repeats.)"
            )
        rows = np.maximum(right.sum(axis=1, keepdims=True), 1)
        if close(given, right / rows) or close(given, right / right.sum()):
            raise WrongAnswer("These are fractions. The matrix should hold counts.")
        raise WrongAnswer(
            f"For {len(true)} images your counts add up to {given.sum():g}, or they stand in the "
            "wrong places."
        )
    return "One accuracy hides which pair is confused. The matrix shows where to look."


@task("04.3")
def recall_precision(answer: Any) -> str:
    """Recall and precision from the matrix."""
    for digit in (2, 8):
        labels, digits = answers_of_a_network(600)
        matrix = np.zeros((10, 10), int)
        np.add.at(matrix, (labels, digits), 1)
        hits = matrix[digit, digit]
        right = (hits / matrix[digit].sum(), hits / matrix[:, digit].sum())
        given = pair(call(answer, matrix, digit), "recall and precision")
        if close(given, right):
            continue
        if close(given, right[::-1]):
            raise WrongAnswer(
                "Recall and precision are swapped. Recall asks about all *true* digits of a kind, "
                "and that is a row."
            )
        if close(given, np.multiply(right, 100)):
            raise WrongAnswer("You count in percent. Both should be fractions, 0 to 1.")
        if close(given[0], matrix.trace() / matrix.sum()):
            raise WrongAnswer("This is the accuracy over all digits. Look at one digit only.")
        if close(given[0], hits / matrix.sum()):
            raise WrongAnswer(
                "You divide by all images. Recall divides by the sum of a row, precision by the "
                "sum of a column."
            )
        if close(given[0], right[0]) and close(given[1], right[0]):
            raise WrongAnswer("Both use the row. Precision needs the column: `matrix[:, digit]`.")
        which = "recall" if not close(given[0], right[0]) else "precision"
        if digit == 8 and which == "recall":
            raise WrongAnswer("It was right for the digit 2, but not for 8. Do you use `digit`?")
        raise WrongAnswer(f"The {which} of the digit {digit} is not right.")
    return (
        "A machine that finds every 7 and a machine whose 7s you can trust are two machines. "
        "Ask which one you need."
    )


@task("04.4")
def bootstrap(answer: Any) -> str:
    """A 95 % interval by drawing with repetition."""
    random = np.random.default_rng()
    for n in (1000, 2500):
        correct = random.random(n) < random.uniform(0.85, 0.95)
        mean, width = correct.mean(), 4 * correct.std() / np.sqrt(n)
        low, high = pair(call(answer, correct), "the lower and the upper end")
        if low > high:
            raise WrongAnswer("The lower end should come first: `[2.5, 97.5]`.")
        if low > 1.5:
            raise WrongAnswer("You count in percent. The ends should be fractions, 0 to 1.")
        if high - low < 0.01 * width:
            raise WrongAnswer(
                "Both ends are the same: every pretended test had the same images. Draw with "
                "repetition, and anew each time: `random.integers(n, size=n)`."
            )
        if (low, high) == (0, 1):
            raise WrongAnswer(
                "From 0 to 1: that is the range of the single answers. Take the *mean* of each "
                "pretended test, then the percentiles of the means."
            )
        if not low < mean < high:
            raise WrongAnswer(
                f"The measured accuracy, {mean:.1%}, is not between your ends, {low:.1%} and "
                f"{high:.1%}."
            )
        ratio = (high - low) / width
        if ratio < 0.6:
            raise WrongAnswer(
                f"The interval is too narrow, about {ratio:.1g} of what it should be. Does each "
                "pretended test have n images, no more, and do you divide by nothing afterwards?"
            )
        if ratio < 0.88:
            raise WrongAnswer(
                "The interval is a little too narrow. 95 % should lie inside, so cut off 2.5 % at "
                "each end, not 5 or more."
            )
        if ratio > 1.4:
            raise WrongAnswer(
                f"The interval is too wide, {ratio:.1f} times what it should be. A pretended test "
                f"should have as many images as the real one, here {n}: is `n` in your code?"
            )
    return "An accuracy without an interval says how well it went, but not how far to trust it."


@task("04.5")
def surest(answer: Any) -> str:
    """The indices of the surest mistakes."""
    random = np.random.default_rng()
    labels, digits = answers_of_a_network(300)
    scores = random.random((300, 10))
    scores[np.arange(300), digits] += random.uniform(1, 4, 300)
    probabilities = scores / scores.sum(axis=1, keepdims=True)
    confidence, n = probabilities.max(axis=1), int(random.integers(4, 9))
    wrong = np.flatnonzero(digits != labels)
    order = np.argsort(-confidence[wrong])
    given = np.asarray(call(answer, probabilities, labels, n))
    if given.ndim != 1 or not np.issubdtype(given.dtype, np.integer):
        raise WrongAnswer(f"Your function should return {n} indices, whole numbers in a row.")
    if len(given) != n:
        raise WrongAnswer(f"There should be n = {n} indices, but there are {len(given)}.")
    if close(given, wrong[order][:n]):
        return "The surest mistakes show doubtful labels, and what the network misunderstands."
    if close(given, np.argsort(-confidence)[:n]):
        raise WrongAnswer("These are the surest *answers*, right or wrong. Keep the mistakes only.")
    if close(given, order[:n]):
        raise WrongAnswer(
            "These indices count the mistakes, not the images: 0 is the first mistake. Translate "
            "them back, with `wrong[...]`."
        )
    if close(given, wrong[order[::-1]][:n]):
        raise WrongAnswer("These are the least sure mistakes. Sort the other way: `argsort(-...)`.")
    if close(given, wrong[:n]):
        raise WrongAnswer("These are the first mistakes. Sort them by confidence.")
    truth = probabilities[wrong, labels[wrong]]
    if any(close(given, wrong[np.argsort(sign * truth)][:n]) for sign in (1, -1)):
        raise WrongAnswer(
            "You sort by the probability of the true digit. Confidence is the highest of the ten."
        )
    if close(np.sort(given), np.sort(wrong[order][:n])):
        raise WrongAnswer("These are the right images in the wrong order. The surest comes first.")
    if (digits[given % 300] == labels[given % 300]).any():
        raise WrongAnswer("Some of these images were read correctly. Keep the mistakes only.")
    raise WrongAnswer("These are mistakes, but not the surest. Confidence is `max(axis=1)`.")
