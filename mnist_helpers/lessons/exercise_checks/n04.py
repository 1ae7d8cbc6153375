"""The checks of notebook 04, Evaluation."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .core import WrongAnswer, array, call, close, examine, refuse, several, task


def answers_of_a_network(n: int, first: bool = True) -> tuple[NDArray, NDArray]:
    """The answers of a network and the true digits, each of shape ``(n,)``; most are right.

    The first two are right and the last is wrong, or the reverse if ``first`` is False.
    """
    random = np.random.default_rng()
    labels = random.choice(10, size=n, p=np.arange(5, 15) / 95)  # not all equally frequent
    labels[5:15] = np.arange(10)  # each occurs
    mistaken = random.random(n) < 0.1 + 0.05 * labels
    mistaken[[0, 1]], mistaken[-1] = not first, first
    # Mistakes go upwards, so that the matrix is not its own transpose.
    return np.where(mistaken, (labels + random.integers(1, 4, size=n)) % 10, labels), labels


def matrix_of(digits: NDArray, labels: NDArray) -> NDArray:
    """The confusion matrix, of shape ``(10, 10)``."""
    matrix = np.zeros((10, 10), int)
    np.add.at(matrix, (labels, digits), 1)
    return matrix


@task("04.1")
def accuracy(accuracy: Any) -> str:
    """The fraction of right answers."""

    def draw() -> list[tuple[NDArray, NDArray]]:
        return [answers_of_a_network(n, n != 60) for n in (50, 400, 60)]

    def right(d: NDArray, t: NDArray) -> float:
        return float((d == t).mean())

    mistakes = {
        "You return how many are right. Divide by the number of images, or take the mean instead "
        "of the sum.": lambda d, t: (d == t).sum(),
        "This is the fraction of mistakes. Count where the two are equal.": lambda d, t: (
            d != t
        ).mean(),
        "You divide by 10. Divide by the number of images.": lambda d, t: (d == t).sum() / 10,
        "You divide by a fixed number. Divide by the number of these images.": lambda d, t: (
            (d == t).sum() / 10_000
        ),
        "You divide by the number of mistakes. Divide by that of all images.": lambda d, t: (
            (d == t).sum() / (d != t).sum()
        ),
        "You compare the means of the digits. Compare the two image by image: `==`.": lambda d, t: (
            d.mean() / t.mean()
        ),
        "You ask how far the answers are off. An answer is right or wrong: `==`.": lambda d, t: (
            1 - np.abs(d - t).mean() / 9
        ),
        "You sort first. Then an answer no longer belongs to its image.": lambda d, t: (
            np.sort(d) == np.sort(t)
        ).mean(),
        "This is the first image alone. Does the `return` stand inside the loop?": lambda d, t: (
            d[0] == t[0]
        ),
        "You return after the first image. The `return` stands inside the loop.": lambda d, t: (
            (d[0] == t[0]) / len(t)
        ),
        "You leave out the first image, but divide by all.": lambda d, t: (
            (d == t)[1:].sum() / len(t)
        ),
        "You leave out the first image.": lambda d, t: (d == t)[1:].mean(),
        "You leave out the last image, but divide by all.": lambda d, t: (
            (d == t)[:-1].sum() / len(t)
        ),
        "You leave out the last image.": lambda d, t: (d == t)[:-1].mean(),
        "You look at the first hundred images only. Look at all.": lambda d, t: (
            d[:100] == t[:100]
        ).mean(),
        "This is the mean of the ten recalls. A rare digit counts as much there as a frequent one; "
        "each image should count the same.": lambda d, t: np.mean(
            [(d[t == i] == i).mean() for i in range(10) if i in t]
        ),
        "You count `>=`. Right is an answer that is equal: `==`.": lambda d, t: (d >= t).mean(),
        "You count `<=`. Right is an answer that is equal: `==`.": lambda d, t: (d <= t).mean(),
        "A correlation is no accuracy. Count where the two are equal.": lambda d, t: np.corrcoef(
            d, t
        )[0, 1],
        "Sets forget which image an answer belongs to.": lambda d, t: (
            len(set(d) & set(t)) / len(set(t))
        ),
    }

    def otherwise(d: NDArray, t: NDArray) -> str:
        words = (
            f"Of {len(t)} answers {(d == t).sum()} are right, so the accuracy is {{right}}; your"
        )
        return f"{words} function says {{given}}."

    examine(accuracy, draw, right, mistakes, otherwise)
    return "A fraction can be compared between test sets of any size; a count of mistakes cannot."


@task("04.2")
def confusion(count_pairs: Any) -> str:
    """The confusion matrix, by hand."""

    def draw() -> list[tuple[NDArray, NDArray]]:
        digits, labels = answers_of_a_network(500)
        # Here no 0 and no 9 occurs or is read, but the matrix needs their rows all the same.
        keep = ~np.isin(labels, (0, 9)) & ~np.isin(digits, (0, 9))
        order = np.random.default_rng().permutation(800)
        many = [np.concatenate([one, np.full(300, 3)])[order] for one in (digits, labels)]
        return [(digits, labels), (digits[keep], labels[keep]), (many[0], many[1])]

    def part(choose: Any) -> Any:
        """The matrix of some of the images."""
        return lambda d, t: matrix_of(d[choose(d, t)], t[choose(d, t)])

    def scaled(scale: Any) -> Any:
        """The matrix, changed."""
        return lambda d, t: scale(matrix_of(d, t))

    def repeated(d: NDArray, t: NDArray) -> NDArray:
        pairs = 10 * t + d
        return np.concatenate([[True], pairs[1:] != pairs[:-1]])

    mistakes = {
        "Your matrix is transposed: a row should be a true digit, a column an answer. The row "
        "comes first: `matrix[true, answer]`.": scaled(np.transpose),
        "Only the right answers are counted. The mistakes count as well.": part(
            lambda d, t: d == t
        ),
        "Only the mistakes are counted. The diagonal should not be empty.": part(
            lambda d, t: d != t
        ),
        "There are only 0 and 1 in your matrix, but how often did a pair occur? Each should add 1 "
        "to what is there. (`matrix[labels, digits] += 1` adds only once where a pair "
        "repeats.)": scaled(lambda m: m > 0),
        "Your counts begin at 1. Begin with zeros.": scaled(lambda m: m + 1),
        "Every count is at the wrong place, one row and one column too early. Digits begin at 0, "
        "as indices do.": scaled(lambda m: np.roll(m, -1, (0, 1))),
        "These are fractions of all images. The matrix should hold counts.": scaled(
            lambda m: m / m.sum()
        ),
        "These are fractions of each row. The matrix should hold counts.": scaled(
            lambda m: m / np.maximum(m.sum(axis=1, keepdims=True), 1)
        ),
        "You count each pair twice, once turned over.": scaled(lambda m: m + m.T),
        "You count each pair twice.": scaled(lambda m: 2 * m),
        "A byte (uint8) begins at 0 again after 255. Count in `int`.": scaled(lambda m: m % 256),
        "You count every label with every answer. They belong together in pairs: `zip`.": scaled(
            lambda m: np.outer(m.sum(axis=1), m.sum(axis=0))
        ),
        "You sort first. Then an answer no longer belongs to its image.": lambda d, t: matrix_of(
            np.sort(d), np.sort(t)
        ),
        "All your rows are one and the same list: `[[0] * 10] * 10` makes ten names for "
        "it.": scaled(lambda m: np.tile(m.sum(axis=0), (10, 1))),
        "You count the first pair only. Does the `return` stand inside the loop?": part(
            lambda d, t: np.arange(len(t)) < 1
        ),
        "You count the first hundred images only. Count all.": part(
            lambda d, t: np.arange(len(t)) < 100
        ),
        "You leave out the last image.": part(lambda d, t: np.arange(len(t)) < len(t) - 1),
        "You leave out the first image.": part(lambda d, t: np.arange(len(t)) > 0),
        "You count a pair that comes twice in a row only once.": part(repeated),
        "The bins of your histogram depend on the digits that occur. Give it a range, from -0.5 to "
        "9.5.": lambda d, t: np.histogram2d(t, d, bins=10)[0],
    }
    rows = "Each of the ten digits has a row and a column, even if it does not occur: begin with "
    rows += "`np.zeros((10, 10))`."
    shapes = {(n, n): rows for n in (*range(1, 10), 11)} | {
        (10,): "That is the diagonal, or one row. The mistakes need all 100 places.",
        (100,): "`reshape(10, 10)` makes rows and columns of it.",
    }

    def otherwise(d: NDArray, t: NDArray) -> str:
        words = f"For {len(t)} images, at {{place}} (true digit, answer) there should be {{right}},"
        return f"{words} but yours is {{given}}. Each image adds 1 at its place."

    def convert(answer: Any) -> NDArray:
        return array(answer, (10, 10), shapes)

    examine(count_pairs, draw, matrix_of, mistakes, otherwise, convert=convert)
    return "One accuracy hides which pair is confused. The matrix shows where to look."


@task("04.3")
def recall_precision(recall_precision: Any) -> str:
    """Recall and precision from the matrix."""

    def draw() -> list[tuple[NDArray, int]]:
        return [(matrix_of(*answers_of_a_network(900)), digit) for digit in (2, 9, 0, 7, 8)]

    def over(row: Any, column: Any, scale: float = 1) -> Any:
        """The hits by two numbers, made from the digit's row and column; and from the matrix."""
        return lambda m, d: (scale * m[d, d] / row(m, d), scale * m[d, d] / column(m, d))

    def row(m: NDArray, d: int) -> Any:
        return m[d].sum()

    def column(m: NDArray, d: int) -> Any:
        return m[:, d].sum()

    def everything(m: NDArray, d: int) -> Any:
        return m.sum()

    def others(m: NDArray, d: int) -> Any:
        return m.sum() - m[d].sum()

    right = over(row, column)
    mistakes = {
        "Recall and precision are swapped. Recall asks about all *true* digits of a kind, and "
        "that is a row.": over(column, row),
        "You divide by all images. Recall divides by the sum of a row, precision by the sum of a "
        "column.": over(everything, everything),
        "This is the accuracy over all digits. Look at one digit only.": lambda m, d: (
            2 * [m.trace() / m.sum()]
        ),
        "Both use the row. Precision needs the column: `matrix[:, digit]`.": over(row, row),
        "Both use the column. Recall needs the row: `matrix[digit]`.": over(column, column),
        "You divide by the mistakes. The hits belong to the row and the column, too.": over(
            lambda m, d: row(m, d) - m[d, d], lambda m, d: column(m, d) - m[d, d]
        ),
        "You take the hits of all digits. Take those of this digit: "
        "`matrix[digit, digit]`.": lambda m, d: (
            m.trace() / row(m, d),
            m.trace() / column(m, d),
        ),
        "You divide the wrong way round: the hits by the sum.": lambda m, d: [
            1 / one for one in right(m, d)
        ],
        "These are the fractions of mistakes. Both ask for what is right.": lambda m, d: [
            1 - one for one in right(m, d)
        ],
        "You divide by the largest. Divide by the sum.": over(
            lambda m, d: m[d].max(), lambda m, d: m[:, d].max()
        ),
        "You divide by the mean. Divide by the sum.": over(row, column, 10),
        "You leave out the 0 in the sums. It is a digit like the others.": over(
            lambda m, d: m[d, 1:].sum(), lambda m, d: m[1:, d].sum()
        ),
        "You leave out the 9 in the sums. It is a digit like the others.": over(
            lambda m, d: m[d, :9].sum(), lambda m, d: m[:9, d].sum()
        ),
        "This is the digit before. Rows and columns are counted from 0, as digits "
        "are.": lambda m, d: right(m, d - 1),
        "This is the digit after. Rows and columns are counted from 0, as digits "
        "are.": lambda m, d: right(m, (d + 1) % 10),
        "The second number is the specificity. Precision divides the hits by the sum of the "
        "column.": lambda m, d: (
            right(m, d)[0],
            (others(m, d) - column(m, d) + m[d, d]) / others(m, d),
        ),
        "The second number is the accuracy. Precision divides the hits by the sum of the "
        "column.": lambda m, d: (right(m, d)[0], m.trace() / m.sum()),
    }
    for n in range(10):
        words = f"You look at the {n} each time. Use `digit`."
        mistakes[words] = lambda m, d, n=n: right(m, n)

    def otherwise(m: NDArray, d: int) -> str:
        words = f"For the digit {d}, the numbers should be {right(m, d)[0]:.3f} (recall) and"
        words = f"{words} {right(m, d)[1]:.3f} (precision). Number {{place}}, counted from 0, is"
        return f"{words} {{given}} instead of {{right}}."

    def convert(answer: Any) -> tuple:
        return several(answer, 2, "recall and precision")

    examine(recall_precision, draw, right, mistakes, otherwise, convert=convert)
    return "A machine that finds every 7 is not yet one whose 7s you can trust. Which do you need?"


# Other intervals, by the sentence: the percentiles of the lower and the upper end, and how many
# images a pretended test has, as a multiple of those that there are, or as a number above 10.
CUT = "For 95 %, cut off 2.5 % at each end: `[2.5, 97.5]`."
AS_MANY = "It should have as many as there are."
INTERVALS: dict[str, tuple[float, float, float]] = {
    "": (2.5, 97.5, 1),  # the right one
    f"5 % at each end leave 90 %. {CUT}": (5, 95, 1),
    f"Your upper end cuts off 5 %. {CUT}": (2.5, 95, 1),
    f"Your lower end cuts off 5 %. {CUT}": (5, 97.5, 1),
    f"Your lower end cuts off nothing, the upper one 5 %. {CUT}": (0, 95, 1),
    "`np.percentile` counts in percent: `[2.5, 97.5]`, not 0.025.": (0.025, 0.975, 1),
    f"Between your ends lies only the middle half. {CUT}": (25, 75, 1),
    f"Between your ends lie 68 % (one standard error to each side). {CUT}": (16, 84, 1),
    f"Between your ends lie 80 %. {CUT}": (10, 90, 1),
    f"This is a 99 % interval. {CUT}": (0.5, 99.5, 1),
    f"Between your ends lie all pretended tests. {CUT}": (0, 100, 1),
    f"Each pretended test has half of the images. {AS_MANY}": (2.5, 97.5, 0.5),
    f"Each pretended test has twice as many images. {AS_MANY}": (2.5, 97.5, 2),
    f"Each pretended test has 100 images. {AS_MANY}": (2.5, 97.5, 100),
    f"Each pretended test has 1,000 images. {AS_MANY}": (2.5, 97.5, 1000),
    f"Each pretended test has 10,000 images. {AS_MANY}": (2.5, 97.5, 10_000),
}


def _ends(mean: float, n: int, first: float, last: float) -> NDArray:
    """The percentiles of the accuracies of two thousand pretended tests, the mean of ten times."""
    counts = np.random.default_rng().binomial(n, mean, (2000, 10))
    return np.percentile(counts, [first, last], axis=0).mean(axis=1) / n


@task("04.4")
def bootstrap(bootstrap: Any) -> str:
    """A 95 % interval by drawing with repetition."""
    random, sizes, tests = np.random.default_rng(), [500, 540, 600, 660, 720], []
    for n, share in zip(sizes, random.permutation([0.72, 0.76, 0.8, 0.84, 0.88]), strict=True):
        correct = random.random(n) < share
        correct[: n // 2] &= random.random(n // 2) < 0.8  # the first half is read worse
        correct[:10] = np.arange(10) % 2
        tests.append(correct)
    given = [several(call(bootstrap, one), 2, "the lower and the upper end") for one in tests]
    ends, size = np.array(given), np.array(sizes)
    mean, error = np.array([(one.mean(), one.std() / len(one) ** 0.5) for one in tests]).T
    (low, high), middle, width = ends.T, ends.mean(axis=1), ends[:, 1] - ends[:, 0]
    outside = " is not between your ends. Draw from all images: `random.integers(n, size=n)`."
    same = "Both ends are the same: every pretended test had the same images, or there was only "
    same += "one. Draw with repetition, and anew each time: `random.integers(n, size=n)`."
    faults: dict[str, Any] = {
        "The lower end should come first: `[2.5, 97.5]`.": low > high,
        "You count in percent. The ends should be fractions.": abs(middle / 100 - mean) < 3 * error,
        "These are numbers of right answers. Divide by the number of images, or take the mean of "
        "each pretended test.": abs(middle / size - mean) < 3 * error,
        "From 0 to 1: that is the range of the single answers. Take the *mean* of each pretended "
        "test, then the percentiles of the means.": ends == (0, 1),
        same: width < 0.05 * error,
        "These are distances from the mean. Return the ends themselves.": abs(middle) < error,
        "This is the interval of the mistakes.": abs(middle - (1 - mean)) < error,
        "An accuracy lies between 0 and 1, but your ends do not. The spread of single answers is "
        "not that of an accuracy, which is smaller by the root of n.": (low < 0) | (high > 1),
        "Your ends are the same for every test.": np.ptp(ends, axis=0) < 1e-9,
        "Your interval has the same width for every test.": np.ptp(width) < 1e-9,
    }
    refuse({words: np.all(fault) for words, fault in faults.items()})
    near = {}
    for words, (first, last, times) in INTERVALS.items():
        images = np.where(times > 10, times, times * size).astype(int)
        other = [_ends(m, n, first, last) for m, n in zip(mean, images, strict=True)]
        scale = error * np.sqrt(np.maximum(1, size / images))
        off = (ends - np.array(other)) / scale[:, None]
        # How far the ends lie from these, in standard errors, and how much they jump about.
        extreme = 3 if {first, last} & {0, 100} or first < 0.1 else 1
        far, jumpy = np.abs(off.mean(axis=0)).max(), off.std(axis=0).mean()
        # Ends that are cut off farther out jump about more.
        near[words] = far / extreme, jumpy / max(extreme, 1.5 if first < 1 else 1)
    words = min(near, key=lambda one: near[one][0] + near[one][1])
    distance, jumps = near[words]
    if distance < 0.16 and jumps < 0.14:
        refuse({words: words})
        return "An accuracy without an interval says how well it went, but not how far to trust it."
    above = (mean >= high - 1e-9) & (ends.max() > 0.05)
    late = {
        f"The measured accuracy of {mean[0]:.1%}{outside}": (mean <= low + 1e-9).all()
        or above.all(),
        "You round. Return the ends with all of their digits.": any(
            np.allclose(ends, ends.round(digits), 0, 1e-9) for digits in (1, 2)
        ),
    }
    refuse(late)
    words = "The ends jump about more than they should, as with a few pretended tests. Make two "
    refuse({f"{words}thousand, each with n images.": near[""][1] > 0.14})
    words = f"The interval is {(width / error).mean() / 3.92:.2g} times as wide as it should be. "
    words += "Each pretended test should have as many images as there are, n, and 2.5 % are cut off"
    raise WrongAnswer(f"{words} at each end.")


@task("04.5")
def surest(surest_mistakes: Any) -> str:
    """The indices of the surest mistakes."""
    random = np.random.default_rng()
    n = int(random.integers(6, 10))

    def draw() -> list[tuple[NDArray, NDArray, int]]:
        cases = []
        for _ in range(2):
            digits, labels = answers_of_a_network(300)
            scores = random.random((300, 10)) ** 3
            scores[range(300), digits] += random.uniform(0.5, 4, 300)
            rows = scores / scores.sum(axis=1, keepdims=True)
            # As sure as the surest mistake, but read correctly, and earlier.
            mistaken = np.flatnonzero(digits != labels)
            sure = mistaken[np.argmax(rows[mistaken].max(axis=1))]
            rows[0] = np.roll(rows[sure], labels[0] - digits[sure])
            cases.append((rows, labels, n))
        return cases

    def wrong(p: NDArray, t: NDArray) -> NDArray:
        return np.flatnonzero(p.argmax(axis=1) != t)

    def by(measure: Callable, start: int = 0) -> Callable:
        """The first mistakes by another measure, the largest first."""
        return lambda p, t, n: wrong(p, t)[np.argsort(-measure(p[wrong(p, t)], t[wrong(p, t)]))][
            start : start + n
        ]

    def highest(p: NDArray, t: NDArray) -> NDArray:
        return p.max(axis=1)

    def of_all(p: NDArray, t: NDArray, n: int) -> NDArray:
        return np.argsort(-p.max(axis=1))[:n]

    def looked_up(p: NDArray, t: NDArray, n: int) -> list[int]:
        sure = p.max(axis=1)
        return [int(np.flatnonzero(sure == sure[i])[0]) for i in right(p, t, n)]

    right = by(highest)
    confidence = "Confidence is the highest of the ten."
    mistakes: dict[str, Any] = {
        "These are the surest *answers*, right or wrong. Keep the mistakes only.": of_all,
        "These are the surest *right* answers. Take the mistakes: `!=`.": lambda p, t, n: np.array(
            [i for i in of_all(p, t, 300) if p[i].argmax() == t[i]][:n]
        ),
        "These indices count the mistakes, not the images: 0 is the first mistake. Translate them "
        "back, with `wrong[...]`.": lambda p, t, n: np.searchsorted(wrong(p, t), right(p, t, n)),
        "These are the least sure mistakes: `argsort(-...)`.": by(lambda p, t: -p.max(axis=1)),
        "These are the right images in the wrong order. The surest comes first.": [
            lambda p, t, n: right(p, t, n)[::-1],
            lambda p, t, n: np.sort(right(p, t, n)),
        ],
        "You leave out the surest of all. The slice begins at 0.": by(highest, 1),
        "These are the first mistakes. Sort them by confidence.": lambda p, t, n: wrong(p, t)[:n],
        "You count the images from 1. An index is counted from 0.": lambda *c: right(*c) + 1,
        "These are digits. Return the indices of the images.": [
            lambda p, t, n: p[wrong(p, t)].argmax(axis=1)[:n],
            lambda p, t, n: p[right(p, t, n)].argmax(axis=1),
        ],
        f"You sort by the probability of the true digit. {confidence}": [
            by(lambda p, t: p[range(len(t)), t]),
            by(lambda p, t: -p[range(len(t)), t]),
        ],
        f"You sort by the lead over the second digit. {confidence}": by(
            lambda p, t: np.diff(np.sort(p, axis=1)[:, -2:], axis=1)[:, 0]
        ),
        f"You sort by the lowest probability. {confidence}": by(lambda p, t: p.min(axis=1)),
        f"You sort by the entropy. {confidence}": by(
            lambda p, t: (p * np.log(p + 1e-12)).sum(axis=1)
        ),
        "You round the confidences, so that close ones come in a wrong order.": by(
            lambda p, t: p.max(axis=1).round(2)
        ),
        "You look an image up by its confidence, which others may have, too.": looked_up,
    }

    def convert(answer: Any) -> NDArray:
        found = array(answer, whole=True)
        words = "Your function should return indices, whole numbers in a row; the shape is"
        refuse({f"{words} {found.shape}.": found.ndim != 1})
        words = f"There should be n = {n} indices, but there are {len(found)}."
        refuse({words: len(found) != n})
        return found

    def otherwise(p: NDArray, t: NDArray, n: int) -> str:
        return (
            "At place {place} there should be image {right}, but yours is {given}. Find the images "
            "that were read wrong; of these take those with the highest `max(axis=1)`, the highest "
            "first."
        )

    examine(surest_mistakes, draw, right, mistakes, otherwise, convert=convert)
    p, t, _ = draw()[0]
    keep = np.sort(np.concatenate([wrong(p, t)[:3], np.flatnonzero(p.argmax(axis=1) == t)[:30]]))
    few = array(call(surest_mistakes, p[keep], t[keep], 5), whole=True)
    if not close(few, right(p[keep], t[keep], 5)):
        words = (
            "If there are fewer mistakes than n, return those alone: for 3 mistakes and n = 5 you"
        )
        raise WrongAnswer(f"{words} return {few.astype(int).tolist()}.")
    return "The surest mistakes show doubtful labels, and what the network misunderstands."
