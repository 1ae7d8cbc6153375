"""The checks of notebook 04, Evaluation."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .core import Mistakes, WrongAnswer, array, call, close, examine, kind, number, refuse, task


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


@task("04.5")
def surest(surest_mistakes: Any) -> str:
    """The indices of the surest mistakes."""
    random = np.random.default_rng()
    n = int(random.integers(6, 10))

    def draw() -> list[tuple[NDArray, NDArray, int]]:
        cases: list[tuple[NDArray, NDArray, int]] = []
        for _ in range(2):
            digits, labels = answers_of_a_network(300)
            scores = random.random((300, 10)) ** 3
            scores[range(300), digits] += random.uniform(0.5, 4, 300)
            rows = scores / scores.sum(axis=1, keepdims=True)
            # As sure as the surest mistake, but read correctly, and earlier.
            mistaken = np.flatnonzero(digits != labels)
            sure = mistaken[np.argmax(rows[mistaken].max(axis=1))]
            rows[0] = np.roll(rows[sure], labels[0] - digits[sure])
            # The surest mistake is the last image, and then the first.
            shift = -int(sure) - (not cases)
            cases.append((np.roll(rows, shift, axis=0), np.roll(labels, shift), n))
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
        "You leave out the last image.": lambda p, t, n: right(p[:-1], t[:-1], n),
        "You leave out the first image.": lambda p, t, n: right(p[1:], t[1:], n) + 1,
        "You sort the first n mistakes only. Sort all of them, and then take n.": lambda p, t, n: (
            wrong(p, t)[:n][np.argsort(-highest(p, t)[wrong(p, t)[:n]])]
        ),
        "These are the least sure mistakes, the surest of them first. Take the other end.": (
            lambda p, t, n: right(p, t, len(t))[-n:]
        ),
        "You use True and False of the images on something that is already sorted, so they belong "
        "to other images.": lambda p, t, n: of_all(p, t, len(t))[p.argmax(axis=1) != t][:n],
        "You count the images from 1. An index is counted from 0.": lambda *c: right(*c) + 1,
        "These are digits. Return the indices of the images.": [
            lambda p, t, n: p[wrong(p, t)].argmax(axis=1)[:n],
            lambda p, t, n: p[right(p, t, n)].argmax(axis=1),
            lambda p, t, n: t[right(p, t, n)],
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

    def otherwise(p: NDArray, t: NDArray, n: int, given: NDArray, wanted: NDArray) -> str:
        words = "At place {place} there should be image {right}, but yours is {given}"
        place = int((given != wanted).argmax())
        i = int(given[place])
        if i not in range(len(t)):
            return f"{words}, which is no index of an image."
        if p[i].argmax() == t[i]:
            return f"{words}, which was read correctly. Keep the images that were read wrong."
        sure = highest(p, t)
        words = f"{words}. Their confidences, the highest of the ten probabilities, are"
        return (
            f"{words} {sure[int(wanted[place])]:.4f} and {sure[i]:.4f}: the higher one comes first."
        )

    def stops(error: Exception, p: NDArray, t: NDArray, n: int) -> str:
        found = re.search(r"index (\d+) is out of bounds for axis 0 with size (\d+)", str(error))
        if not found or int(found[2]) != len(wrong(p, t)):
            return ""
        words = f"Your code stops with IndexError: {error}. There are {len(t)} images, and"
        words = f"{words} {found[2]} of them were read wrong. So what you index seems to hold the"
        return (
            f"{words} mistakes alone, and {found[1]}, which counts the images, is no place in it."
        )

    examine(surest_mistakes, draw, right, mistakes, otherwise, convert=convert, stops=stops)
    p, t, _ = draw()[0]
    one, two, three = wrong(p, t)[:3]
    p[two], t[two] = p[one], t[one]  # equally sure, so in any order; and one that is hardly sure
    p[three], p[three, (t[three] + 1) % 10] = 0.095, 0.145
    keep = np.sort(np.append(np.flatnonzero(p.argmax(axis=1) == t)[:30], [one, two, three]))
    try:
        few = array(call(surest_mistakes, p[keep], t[keep], 5), whole=True)
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
        words = (
            "If there are fewer mistakes than n, return all of those. With n = 5 and 3 mistakes,"
        )
        words = f"{words} two of them equally sure, your code stops with"
        raise WrongAnswer(f"{words} {kind(error)}: {error}.") from None
    if not close(np.sort(few.ravel()), np.sort(right(p[keep], t[keep], 5))):
        words = "If there are fewer mistakes than n, return all of those, and those alone. Of the 3"
        words = (
            f"{words} mistakes {wrong(p[keep], t[keep]).tolist()} two are equally sure. With n = 5"
        )
        raise WrongAnswer(f"{words} you return {few.astype(int).tolist()}.")
    return "The surest mistakes show doubtful labels, and what the network misunderstands."


def softmax(z: NDArray, axis: int = -1) -> NDArray:
    """Probabilities from logits."""
    powers = np.exp(z - z.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


@task("04.7")
def honest(temperature: Any) -> str:
    """The temperature with which the cross-entropy is lowest."""
    random = np.random.default_rng()
    candidates = np.arange(0.5, 5.001, 0.04)
    example = 6 * np.eye(10)[:5], np.array([0, 1, 2, 3, 9])  # one of five is wrong

    def draw() -> list[tuple[NDArray, NDArray]]:
        cases = [example]
        ways.clear()
        # Too modest; too sure; sure even of some wrong labels, where the losses differ most; so
        # modest and so sure that the best T is the first and the last of all.
        for scale, spread, wrong in (
            (0.65, 2.2, 0),
            (1.6, 2.2, 0),
            (1, 8, 0.1),
            (2.5, 2.2, 0),
            (0.2, 2.2, 0),
            (1, 15, 0.6),
        ):
            logits = spread * random.standard_normal((150, 10))
            labels = (softmax(logits).cumsum(axis=1) > random.random((150, 1))).argmax(axis=1)
            labels = np.where(random.random(150) < wrong, random.integers(0, 10, 150), labels)
            cases.append((np.clip(scale * logits, -50, 50), labels))
        return cases

    def true(p: NDArray, y: NDArray) -> NDArray:
        """The probabilities of the true digits, of shape (temperatures, images)."""
        return np.maximum(p[..., np.arange(len(y)), y], 1e-300)

    def loss(p: NDArray, y: NDArray) -> NDArray:
        return -np.log(true(p, y)).mean(axis=-1)

    def best(
        score: Callable = loss,
        axis: int = -1,
        divide: Any = np.divide,
        among: NDArray = candidates,
    ) -> Callable:
        """The candidate with the lowest score of the probabilities and the labels."""

        def probabilities(z: NDArray) -> NDArray:
            way = z.tobytes(), axis, divide.__name__, len(among)
            if way not in ways:
                ways[way] = softmax(divide(z, among[:, None, None]), axis)
            return ways[way]

        return lambda z, y: among[np.argmin(score(probabilities(z), y))]

    def at(T: float) -> float:  # noqa: N803 - the task's name
        return float(loss(softmax(example[0] / T), example[1]))

    ways: dict[tuple, NDArray] = {}
    right = best(among=np.arange(0.5, 5.001, 0.01))
    shown = ", ".join(f"{at(T):.3f} with T = {T:g}" for T in (0.5, 1, 2, 5))
    work = (
        "To find out why, take `logits = 6 * np.eye(10)[:5]` and `labels = np.array([0, 1, 2, 3, "
        f"9])`, where the loss is {shown}, and lowest with T = {right(*example):.2f}. Print yours."
    )
    mistakes: Mistakes = {
        "You multiply the logits by T. Divide them.": best(divide=np.multiply),
        "With your T the loss is highest. It is the mean of *minus* the logarithm, and the lowest "
        "is wanted.": best(lambda p, y: -loss(p, y)),
        f"Your T is the lowest, each time. {work}": lambda z, y: 0.5,
        f"Your T is the highest, each time. {work}": lambda z, y: 5.0,
        "Your T brings the mean confidence near the accuracy. It should make the cross-entropy "
        "lowest.": best(
            lambda p, y: np.abs((p.max(axis=-1) - (p.argmax(axis=-1) == y)).mean(axis=-1))
        ),
        "Softmax over the wrong axis: each row should add up to 1, with `axis=1`.": best(axis=-2),
        f"Your T is about the one with the lowest squared error. The loss is another one. {work}": [
            best(lambda p, y: ((p - np.eye(10)[y]) ** 2).mean(axis=(1, 2))),
            best(lambda p, y: ((1 - true(p, y)) ** 2).mean(axis=-1)),
        ],
        "A larger number stands for the smallest probabilities, which hides the worst mistakes. "
        "(Logits between -50 and 50 need none: their `exp` is never 0.)": [
            best(lambda p, y: -np.log(true(p, y) + 1e-3).mean(axis=-1)),
            best(lambda p, y: -np.log(np.maximum(true(p, y), 1e-3)).mean(axis=-1)),
        ],
        "Your T is the lowest whose loss, rounded to two digits, is as low as the best. Compare "
        "the losses with all of their digits.": best(lambda p, y: loss(p, y).round(2)),
        "Your T is never below 1. A network may also be too modest.": lambda z, y: max(
            1.0, right(z, y)
        ),
        "Your T is never above 2. Try all from 0.5 to 5.": lambda z, y: min(2.0, right(z, y)),
        **{
            f"You try values that are {step} apart. Try some that are 0.05 apart or closer.": best(
                among=np.arange(start, 5.01, step)
            )
            for start, step in ((1, 1), (0.5, 0.5), (0.5, 0.25), (0.5, 0.2))
        },
        "This is 1 / T. Return the T by which to divide.": [
            lambda z, y, off=off: 1 / (right(z, y) + off) for off in (0, -0.04, -0.02, 0.02, 0.04)
        ],
        "This is the lowest loss. Return the T that gives it.": lambda z, y: float(
            loss(softmax(z / right(z, y)), y)
        ),
    }

    def otherwise(z: NDArray, y: NDArray, given: float) -> str:
        if given > 5 or given < 0.5:
            words = "T lies between 0.5 and 5, and you say {given}."
            listed = " A place in a list is not T itself, which stands there."
            return words + (listed if given % 1 == 0 else "")
        where = (
            f"For {len(y)} images"
            if len(z) > 5
            else ("With `logits = 6 * np.eye(10)[:5]` and `labels = np.array([0, 1, 2, 3, 9])`")
        )
        words = f"{where}, the loss is lowest, {float(loss(softmax(z / right(z, y)), y)):.4f}, with"
        words = f"{words} T = {{right}} (0.05 more or less will do); you say {{given}}, where it is"
        words = f"{words} {float(loss(softmax(z / given), y)):.4f}."
        return f"{words} There it is also {shown}." if len(z) == 5 else f"{words} {work}"

    examine(temperature, draw, right, mistakes, otherwise, tolerance=0.055)
    return "One number, and the confidence is worth something, while every answer stays the same."


@task("04.8")
def threshold(lowest_threshold: Any) -> str:
    """The lowest confidence from which on enough of the answers are right."""
    random = np.random.default_rng()

    def draw() -> list[tuple[NDArray, NDArray, float]]:
        cases: list[tuple[NDArray, NDArray, float]] = []
        for n, wanted in ((60, 0.907), (41, 0.752), (30, 0.803), *[(16, 0.77), (9, 0.71)] * 4):
            sure = random.choice(np.arange(300, 999, 7), n) / 1000
            cases.append((sure, random.random(n) < sure**0.7, wanted))
        # Equal ones, right and wrong; at the bound; rising and falling; none; all; no mistake.
        tied = [0.9, 0.9, 0.7, 0.7, 0.7, 0.7, 0.5], [1, 1, 1, 1, 0, 0, 0]
        bound = [0.95, 0.9, 0.8, 0.6, 0.4], [1, 1, 0, 1, 0]
        falls = [0.99, 0.9, 0.8, 0.7, 0.6, 0.5], [0, 1, 1, 1, 1, 0]
        few = [0.9, 0.8, 0.8, 0.3], [0, 0, 1, 0]
        many = [0.99, 0.98, 0.97, 0.96, 0.95, *[0.8] * 6], [1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]
        fixed = (
            (tied, 0.7),
            (many, 0.7),
            (bound, 0.75),
            (falls, 0.78),
            (few, 0.75),
            (bound, 0.25),
            (bound, 1.0),
        )
        for (some, hits), wanted in fixed:
            order = random.permutation(len(some))
            cases.append((np.array(some)[order], np.array(hits, bool)[order], wanted))
        return cases

    def first(
        fraction: Callable = lambda c, r, t: r[c >= t].mean(),
        enough: Callable = np.greater_equal,
        none: Callable = lambda c: 1.0,
        among: Callable = np.unique,
    ) -> Callable:
        """The task, with another part: the first of some candidates that is good enough."""

        def run(c: NDArray, r: NDArray, wanted: float) -> float:
            found = (t for t in among(c) if enough(fraction(c, r, t), wanted))
            return next(found, none(c))

        return run

    def above(c: NDArray, r: NDArray, t: float) -> float:
        return r[c > t].mean() if (c > t).any() else 0.0

    def downwards(c: NDArray, r: NDArray, wanted: float) -> float:
        found = 1.0
        for t in np.unique(c)[::-1]:
            if r[c >= t].mean() < wanted:
                break
            found = t
        return found

    def one_by_one(c: NDArray, r: NDArray, wanted: float) -> float:
        order = np.lexsort((~r, -c))
        good = np.cumsum(r[order]) / np.arange(1, len(c) + 1) >= wanted
        return c[order][good].min() if good.any() else 1.0

    def upwards(c: NDArray, r: NDArray, wanted: float) -> float:
        order = np.argsort(c, kind="stable")
        good = [r[order][n:].mean() >= wanted for n in range(len(c))]
        return c[order][good.index(True)] if any(good) else 1.0

    def sure_of_all(c: NDArray, r: NDArray, wanted: float) -> float:
        higher = c[c > c[~r].max(initial=0)]
        return higher.min() if len(higher) else 1.0

    def halving(c: NDArray, r: NDArray, wanted: float) -> float:
        values = np.unique(c)
        low, high = 0, len(values)
        while low < high:
            middle = (low + high) // 2
            good = r[c >= values[middle]].mean() >= wanted
            low, high = (low, middle) if good else (middle + 1, high)
        return values[low] if low < len(values) else 1.0

    right = first()
    mistakes: Mistakes = {
        "You halve the list of thresholds again and again, as if the fraction only rose. It rises "
        "and falls: try them all.": halving,
        "You begin at the top and stop as soon as a threshold is not good enough. A lower one may "
        "be good enough again: try them all.": downwards,
        "This is a higher threshold than need be, and more goes to a person. Take the "
        "lowest.": first(among=lambda c: np.unique(c)[::-1]),
        "The confidences are in no order. Try the lowest first: `np.unique` sorts them.": first(
            among=lambda c: c
        ),
        "*At least* the fraction `wanted` must be right: `>=`, not `>`.": first(enough=np.greater),
        "An answer counts if its confidence is *at least* the threshold: `>=`, not `>`.": first(
            above
        ),
        "You take the answers one by one, but equal confidences count together or not at all.": [
            one_by_one,
            upwards,
        ],
        "You return the lowest confidence or 1.0, and nothing in between. With a higher threshold "
        "fewer answers count: divide by *these*, not by all answers. And where a threshold is not "
        "good enough, the next one may be.": first(lambda c, r, t: (r & (c >= t)).mean()),
        "You look at the answers with exactly this confidence. All with a higher one count, "
        "too.": first(lambda c, r, t: r[c == t].mean()),
        "You look at the answers below the threshold. Those from it on count.": first(
            lambda c, r, t: r[c <= t].mean()
        ),
        "You take the mean of the confidences. Ask how many answers are *right*: `correct`.": first(
            lambda c, r, t: c[c >= t].mean()
        ),
        "You return `wanted` itself. A confidence of 90 % does not mean that 90 % are "
        "right.": lambda c, r, wanted: wanted,
        "You ask for answers without a mistake. At least the fraction `wanted` must be "
        "right.": sure_of_all,
        "You let the fraction `wanted` of all answers count, however many are right.": (
            lambda c, r, wanted: np.quantile(c, 1 - wanted)
        ),
        "This is the lowest confidence of a right answer. Ask for the fraction.": (
            lambda c, r, wanted: c[r].min()
        ),
        "You return the fraction. Return the threshold.": lambda c, r, wanted: (
            r[c >= right(c, r, wanted)].mean() if right(c, r, wanted) < 1 else 1.0
        ),
        "If no threshold is good enough, return 1.0, and not the highest confidence.": first(
            none=np.max
        ),
        "If no threshold is good enough, return 1.0, and not another number.": [
            first(none=lambda c, low=low: low) for low in (0.0, 0.5, 1.1, 2.0)
        ],
        "You leave out the highest confidence.": first(among=lambda c: np.unique(c)[:-1]),
        "You leave out the lowest confidence.": first(among=lambda c: np.unique(c)[1:]),
        "The thresholds to try are the confidences, not steps of a hundredth.": first(
            lambda c, r, t: r[c >= t].mean() if (c >= t).any() else 0.0,
            among=lambda c: np.arange(0, 1, 0.01),
        ),
    }

    def otherwise(c: NDArray, r: NDArray, wanted: float, given: float) -> str:
        words = f"With wanted = {wanted}, the right answer is {{right}}; you say {{given}}."
        if not np.isclose(c, given, 0, 1e-9).any() and given != 1:
            return f"{words} That is not one of the confidences, which are the thresholds to try."
        for name, one in (("your threshold", given), ("the right one", right(c, r, wanted))):
            counts = c >= one - 1e-9
            words = f"{words} With {name}, {counts.sum()} of {len(c)} answers count, and"
            words = f"{words} {r[counts].sum()} of these are right."
        return words

    def stops(error: Exception, c: NDArray, r: NDArray, wanted: float) -> str:
        if right(c, r, wanted) < 1:
            return ""
        words = (
            f"With wanted = {wanted} no threshold is good enough for one of the inputs, and your"
        )
        return f"{words} code stops with {kind(error)}: {error}. Return 1.0 then."

    examine(lowest_threshold, draw, right, mistakes, otherwise, tolerance=1e-7, stops=stops)
    return "What a machine does not dare to read goes to a person. Somebody has to draw that line."


@task("04.9")
def figure(confidence: Any, right: Any, answers: Any) -> str:
    """Three things read from the figure."""
    x = array(confidence)
    lines = {name: array(values, x.shape) for name, values in dict(right).items()}
    sure, first, second = "too sure", "A at 0.5", "B right in 0.8"
    words = "`answers` should be a dictionary with the keys"
    keys = {*answers} if isinstance(answers, dict) else set()
    missing = [name for name in (sure, first, second) if name not in keys]
    lost = f'"{missing[0]}" is not in it.' if missing else "There are others in it."
    refuse({f'{words} "{sure}", "{first}" and "{second}". {lost}': keys != {sure, first, second}})
    one = str(answers[sure]).strip().strip("\"'").upper()
    below = min(lines, key=lambda name: (lines[name] - x).mean())
    refuse(
        {
            f'"{sure}" is still open.': answers[sure] in (..., None),
            f'"{sure}" should be "A" or "B".': one not in lines,
            f"{one} is right more often than it says: it is too modest.": one != below,
        }
    )
    a, b = lines["A"], lines["B"]
    readings = {
        first: (
            np.interp(0.5, x, a),
            {
                "This is B's line. Read that of A.": np.interp(0.5, x, b),
                "This is the line *honest*. Read that of A.": 0.5,
                "These are A's answers with a confidence of 0.55, the next corner. Between two "
                "corners, the line counts.": a[2],
                "These are A's answers with a confidence of 0.45. Between two corners, the line "
                "counts.": a[1],
                "This is the confidence at which B is right in half of its answers. Go up from the "
                "confidence 0.5.": np.interp(0.5, b, x),
                "This is how far A lies above the line *honest*. Read the height itself.": (
                    np.interp(0.5, x, a) - 0.5
                ),
            },
        ),
        second: (
            np.interp(0.8, b, x),
            {
                "This is A's line. Read that of B.": np.interp(0.8, a, x),
                "This is how often B is right with a confidence of 0.8. Start at the *height* "
                "0.8.": np.interp(0.8, x, b),
                "This is the line *honest*. Read that of B.": 0.8,
                "This is the last corner, where B is right more often. Between two corners, the "
                "line counts.": x[-1],
                "This is the corner before, where B is right less often. Between two corners, the "
                "line counts.": x[-2],
            },
        ),
    }
    for name, (meant, mistakes) in readings.items():
        refuse({f'"{name}" is still open.': answers[name] in (..., None)})
        text = f'"{name}" should be one number without quotes, such as 0.25.'
        refuse({text: isinstance(answers[name], str | list | tuple)})
        given = number(answers[name])
        if abs(given - meant) > 0.03 + 1e-9:
            near = min(mistakes, key=lambda words: abs(mistakes[words] - given))
            words = f'"{name}": '
            refuse(
                {
                    f"{words}write a fraction between 0 and 1, not a percentage.": given > 1,
                    f"{words}{near}": abs(mistakes[near] - given) <= 0.005,
                    f"{words}{given:g} is near {mistakes[near]:.2g}. {near}": (
                        abs(mistakes[near] - given) <= 0.02
                    ),
                }
            )
            far = "larger" if meant > given else "smaller"
            way = "across from the height 0.8 to the line of B, and read the confidence below it"
            if name == first:
                way = "up from the confidence 0.5 to the line of A, and read the height"
            raise WrongAnswer(f"{words}the right number is {far} than {given:g}. Go {way}.")
    return "Below the line a network promises too much. In an app, nobody sees that but you."
