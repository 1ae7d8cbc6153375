"""Answers to the exercises of notebook 04: wrong ones with their words, and right ones."""

from tests.lessons.wrong_answers import changed

SUREST = """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    return wrong[np.argsort(-confidence)[:n]]
"""
BEST = "wrong[np.argsort(-confidence)[:n]]"
NUMPY_SUREST = """
import numpy
def surest_mistakes(probabilities, labels, n):
    confidence = probabilities.max(axis=1)
    wrong = numpy.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[numpy.argsort(-confidence[wrong])[:n]]
"""
NUMPY_BEST = "wrong[numpy.argsort(-confidence[wrong])[:n]]"
TEMPERATURE = """
def temperature(logits, labels):
    candidates = np.arange(0.5, 5.001, 0.02)
    losses = []
    for T in candidates:
        p = np.exp(logits / T)
        p = p / p.sum(axis=1, keepdims=True)
        losses.append(-np.log(p[np.arange(len(labels)), labels]).mean())
    return candidates[np.argmin(losses)]
"""
GRID = "0.5, 5.001, 0.02"
LOSS = "-np.log(p[np.arange(len(labels)), labels])"
FOUND = "candidates[np.argmin(losses)]"
THRESHOLD = """
def lowest_threshold(confidence, correct, wanted):
    for threshold in np.unique(confidence):
        if correct[confidence >= threshold].mean() >= wanted:
            return threshold
    return 1.0
"""
COUNTS = "confidence >= threshold"
VALUES = "np.unique(confidence)"
READINGS = '("too sure", "B"), ("A at 0.5", 0.71), ("B right in 0.8", 0.9)'
READ = f"answers = dict([{READINGS}])"


WRONG = {
    ("04.5", "{}"): {
        changed(
            NUMPY_SUREST, (NUMPY_BEST, "numpy.argsort(-confidence)[:n]")
        ): "These are the surest *answers*, right or",
        changed(
            NUMPY_SUREST, (NUMPY_BEST, "numpy.argsort(-confidence[wrong])[:n]")
        ): "These indices count the mistakes, not the",
        changed(NUMPY_SUREST, ("-confidence", "confidence")): "These are the least sure mistakes",
        changed(NUMPY_SUREST, (NUMPY_BEST, "wrong[:n]")): "These are the first mistakes",
        changed(
            NUMPY_SUREST, ("-confidence[wrong]", "probabilities[wrong, labels[wrong]]")
        ): "You sort by the probability of the true",
        changed(SUREST, ("[:n]", "")): "There should be n =",
        """
def surest_mistakes(probabilities, labels, n):
    right = np.flatnonzero(probabilities.argmax(axis=1) == labels)
    confidence = probabilities[right].max(axis=1)
    return right[np.argsort(-confidence)[:n]]
""": "These are the surest *right* answers",
        changed(
            SUREST, (BEST, "wrong[np.argsort(confidence)[-n:]]")
        ): "These are the right images in the",
        changed(
            SUREST, (BEST, "np.sort(wrong[np.argsort(-confidence)[:n]])")
        ): "These are the right images in the",
        changed(
            SUREST, (BEST, "np.sort(confidence)[::-1][:n]")
        ): "These should be whole numbers, but they",
        changed(SUREST, ("[:n]", "[1 : n + 1]")): "You leave out the surest of all",
        changed(
            SUREST, ("argsort(-confidence)[:n]", "argmax(confidence)")
        ): "Your function should return indices, whole numbers",
        changed(SUREST, ("probabilities[wrong]", "probabilities")): "IndexError: index ",
        changed(
            SUREST, (BEST, "sorted(wrong, key=lambda i: -confidence[i])[:n]")
        ): "to hold the mistakes alone",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = list(np.flatnonzero(probabilities.argmax(axis=1) != labels))
    best = []
    for _ in range(n):
        best.append(max(wrong, key=lambda i: probabilities[i].max()))
        wrong.remove(best[-1])
    return best
""": "your code stops with ValueError",
        changed(SUREST, (".max(", ".min(")): "You sort by the lowest probability",
        changed(
            SUREST, ("[wrong].max(axis=1)", "[wrong, labels[wrong]]")
        ): "You sort by the probability of the",
        changed(
            SUREST,
            (
                "confidence = probabilities[wrong].max(axis=1)",
                "two = np.sort(probabilities[wrong], axis=1)",
            ),
            ("-confidence", "-(two[:, -1] - two[:, -2])"),
        ): "You sort by the lead over the",
        changed(
            SUREST, ("argmax(axis=1)", "argmax(axis=0)")
        ): "ValueError: operands could not be bro",
        changed(
            SUREST, ("return wrong", "print(wrong"), ("[:n]]", "[:n]])")
        ): "Your function prints its result and returns",
        changed(SUREST, ("return ", "")): "Your function returns nothing",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = probabilities.argmax(axis=1) != labels
    confidence = probabilities.max(axis=1) * wrong
    return np.argsort(-confidence)[:n]
""": "If there are fewer mistakes than n",
        changed(
            SUREST,
            ("    confidence = probabilities[wrong].max(axis=1)\n", ""),
            (BEST, "probabilities[wrong].argmax(axis=1)[:n]"),
        ): "These are digits",
        changed(
            SUREST, ("return wrong", "return [str(i) for i in wrong"), ("[:n]]", "[:n]]]")
        ): "The answer should be numbers in rows",
        changed(SUREST, ("[:n]]", "[:n]] + 1")): "You count the images from 1",
        changed(
            SUREST, ("-confidence", "-(100 * confidence).round()")
        ): "You round the confidences, so that close",
        """
def surest_mistakes(probabilities, labels, n):
    probabilities[probabilities.argmax(axis=1) == labels] = 0
    c = probabilities.max(axis=1)
    order = np.argsort(-c)
    return order[c[order] > 0][:n]
""": "Your function changes `probabilities`, which belongs to",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    best = []
    for c in sorted(confidence, reverse=True)[:n]:
        best.append(int(np.flatnonzero(probabilities.max(axis=1) == c)[0]))
    return best
""": "You look an image up by its",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    entropy = -(probabilities[wrong] * np.log(probabilities[wrong] + 1e-12)).sum(axis=1)
    return wrong[np.argsort(entropy)[:n]]
""": "You sort by the entropy",
    },
    (
        "04.5",
        """
def surest_mistakes(probabilities, labels, n):
    sure, answers = probabilities.max(axis=1), probabilities.argmax(axis=1)
    wrong = np.flatnonzero(answers != labels)
    {}
""",
    ): {
        "return wrong[:n][np.argsort(-sure[wrong[:n]])]": "You sort the first n mistakes only",
        "return wrong[np.argsort(sure[wrong])][:n][::-1]": "the surest of them first",
        "return np.argsort(-sure)[answers != labels][:n]": "already sorted",
        "return labels[wrong[np.argsort(-sure[wrong])[:n]]]": "These are digits",
        "return sorted(wrong[wrong > 0], key=lambda i: -sure[i])[:n]": "You leave out the first image",
        "return sorted(wrong[wrong < len(labels) - 1], key=lambda i: -sure[i])[:n]": "You leave out the last image",
        "return sorted(wrong[sure[wrong] > 0.3], key=lambda i: -sure[i])[:n]": "return all of those",
        "return list(dict((sure[i], i) for i in sorted(wrong, key=lambda i: -sure[i])).values())[:n]": "two are equally sure",
        "return sorted(wrong, key=lambda i: -probabilities[i].std())[:n]": "the higher one comes first",
    },
    ("04.7", "{}"): {
        changed(TEMPERATURE, (GRID, "0.5, 5.001, 0.25")): "values that are 0.25 apart",
        changed(TEMPERATURE, ("return candidates[", "return 1 / candidates[")): "This is 1 / T",
        changed(TEMPERATURE, ("labels])", "labels] + 1e-3)")): "which hides the worst mistakes",
        changed(TEMPERATURE, ("logits / T", "logits * T")): "You multiply the logits",
        changed(TEMPERATURE, ("argmin", "argmax")): "With your T the loss is highest",
        changed(TEMPERATURE, ("(-np.log", "(np.log")): "With your T the loss is highest",
        changed(
            TEMPERATURE, ("p[np.arange(len(labels)), labels]", "p.max(axis=1)")
        ): "Your T is the lowest, each time",
        changed(
            TEMPERATURE, (LOSS, "-p[np.arange(len(labels)), labels]")
        ): "Your T is the lowest, each time",
        changed(
            TEMPERATURE,
            (LOSS + ".mean()", "abs(p.max(axis=1).mean() - (p.argmax(axis=1) == labels).mean())"),
        ): "near the accuracy",
        changed(TEMPERATURE, (LOSS, "((p - np.eye(10)[labels]) ** 2)")): "squared error",
        changed(
            TEMPERATURE, ("[np.arange(len(labels)), labels]", "[:, labels]")
        ): "Your T is the highest, each time",
        changed(TEMPERATURE, ("axis=1", "axis=0")): "the wrong axis",
        changed(
            TEMPERATURE, (LOSS, "((1 - p[np.arange(len(labels)), labels]) ** 2)")
        ): "squared error",
        changed(TEMPERATURE, (".mean())", ".mean().round(2))")): "rounded to two digits",
        changed(
            TEMPERATURE, (LOSS + ".mean()", "-np.log(p[np.arange(len(labels)), labels].mean())")
        ): "Print yours",
        changed(
            TEMPERATURE,
            ("    return", "        if losses[-1] > losses[0]:\n            return T\n    return"),
            (FOUND, "None"),
        ): "None",
        changed(TEMPERATURE, (GRID, "1, 5.001, 0.02")): "never below 1",
        changed(TEMPERATURE, (GRID, "0.5, 2.001, 0.02")): "never above 2",
        changed(TEMPERATURE, (GRID, "1, 6, 1")): "values that are 1 apart",
        changed(TEMPERATURE, (GRID, "0.5, 5.2, 0.5")): "values that are 0.5 apart",
        changed(TEMPERATURE, (FOUND, "min(losses)")): "This is the lowest loss",
        changed(TEMPERATURE, (FOUND, "np.argmin(losses)")): "you say",
        changed(TEMPERATURE, ("[np.argmin(losses)]", "")): "should be one number",
        changed(
            TEMPERATURE,
            ("return candidates", "print(candidates"),
            ("argmin(losses)]", "argmin(losses)])"),
        ): "Your function prints",
        changed(TEMPERATURE, (", keepdims=True", "")): "The shapes do not fit",
        changed(
            TEMPERATURE,
            ("np.exp(logits / T)", "logits"),
            ("        p = p /", "        logits -= 0.1\n        p = p /"),
        ): "changes `logits`",
        "temperature = lambda logits, labels: 1.5": "Your function returns the same",
    },
    ("04.8", "{}"): {
        changed(THRESHOLD, (".mean() >= wanted", ".mean() > wanted")): "`>=`, not `>`",
        changed(THRESHOLD, (VALUES, "np.unique(confidence)[::-1]")): "a higher threshold",
        changed(
            THRESHOLD,
            (
                "correct[confidence >= threshold].mean()",
                "(correct & (confidence >= threshold)).mean()",
            ),
        ): "nothing in between",
        changed(THRESHOLD, (COUNTS, "confidence == threshold")): "with exactly this",
        changed(THRESHOLD, (COUNTS, "confidence <= threshold")): "below the threshold",
        changed(
            THRESHOLD, ("correct[confidence", "confidence[confidence")
        ): "the mean of the confidences",
        changed(THRESHOLD, (VALUES, "confidence")): "are in no order",
        """
def lowest_threshold(confidence, correct, wanted):
    values = np.unique(confidence)
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        if correct[confidence >= values[middle]].mean() >= wanted:
            high = middle
        else:
            low = middle + 1
    return values[low] if low < len(values) else 1.0
""": "You halve the list",
        changed(
            THRESHOLD,
            (".mean() >= wanted", ".sum() >= int(wanted * (confidence >= threshold).sum())"),
        ): "With your threshold",
        changed(
            THRESHOLD,
            (
                "            return threshold\n",
                "            return threshold\n        else:\n            return 1.0\n",
            ),
        ): "nothing in between",
        changed(
            THRESHOLD, (VALUES, "np.unique(confidence)[:-1]")
        ): "You leave out the highest confidence",
        changed(
            THRESHOLD, (".mean() >= wanted", ".sum() / correct.sum() >= wanted")
        ): "With your threshold",
        changed(THRESHOLD, ("return 1.0", "return 0.0")): "and not another number",
        changed(THRESHOLD, ("return 1.0", "return confidence.max()")): "not the highest confidence",
        changed(THRESHOLD, ("    return 1.0\n", "")): "your function returns None",
        changed(THRESHOLD, (VALUES, "np.arange(0, 1, 0.01)")): "not steps of a hundredth",
        "lowest_threshold = lambda confidence, correct, wanted: wanted": "`wanted` itself",
        "lowest_threshold = lambda confidence, correct, wanted: np.quantile(confidence, 1 - wanted)": "however many are right",
        "lowest_threshold = lambda confidence, correct, wanted: confidence[correct].min()": "of a right answer",
        "lowest_threshold = lambda confidence, correct, wanted: min(t for t in confidence if correct[confidence >= t].mean() >= wanted)": "no threshold is good enough for one",
        """
def lowest_threshold(confidence, correct, wanted):
    best = 1.0
    for t in sorted(set(confidence), reverse=True):
        if correct[confidence >= t].mean() < wanted:
            break
        best = t
    return best
""": "stop as soon as",
        """
def lowest_threshold(confidence, correct, wanted):
    for t in np.unique(confidence):
        if (confidence > t).any() and correct[confidence > t].mean() >= wanted:
            return t
    return 1.0
""": "*at least* the threshold",
        """
def lowest_threshold(confidence, correct, wanted):
    order = np.lexsort((~correct, -confidence))
    right = np.cumsum(correct[order]) / np.arange(1, len(order) + 1)
    good = confidence[order][right >= wanted]
    return good.min() if len(good) else 1.0
""": "equal confidences count together",
        """
def lowest_threshold(confidence, correct, wanted):
    above = confidence[confidence > max(confidence[~correct], default=0)]
    return above.min() if len(above) else 1.0
""": "without a mistake",
        """
def lowest_threshold(confidence, correct, wanted):
    for t in np.unique(confidence):
        if correct[confidence >= t].mean() >= wanted:
            return correct[confidence >= t].mean()
    return 1.0
""": "You return the fraction",
        """
def lowest_threshold(confidence, correct, wanted):
    confidence.sort()
    return confidence[0]
""": "changes `confidence`",
    },
    ("04.9", "answers = dict([{}])"): {
        changed(READINGS, ('"B"', '"A"')): "A is right more often",
        changed(READINGS, ('"B"', '"C"')): 'should be "A" or "B"',
        changed(READINGS, ('"B"', "1")): 'should be "A" or "B"',
        changed(READINGS, ('"B"', "...")): "still open",
        changed(READINGS, ("0.71", "...")): "still open",
        changed(READINGS, ("0.9)", "None)")): "still open",
        changed(READINGS, ("0.71", "0.29")): "This is B's line",
        changed(READINGS, ("0.71", "0.5")): "This is the line *honest*",
        changed(READINGS, ("0.71", "0.76")): "the next corner",
        changed(READINGS, ("0.71", "0.77")): "0.77 is near 0.76.",
        changed(READINGS, ("0.71", "0.21")): "how far A lies above",
        changed(READINGS, ("0.71", "0.66")): "0.45",
        changed(READINGS, ("0.71", "71")): "not a percentage",
        changed(READINGS, ("0.9)", "0.6)")): "This is A's line",
        changed(READINGS, ("0.9)", "0.645)")): "Start at the *height*",
        changed(READINGS, ("0.9)", "0.8)")): "This is the line *honest*",
        changed(READINGS, ("0.9)", "0.95)")): "the last corner",
        changed(READINGS, ("0.9)", "0.85)")): "the corner before",
        changed(READINGS, ("0.9)", "0.3)")): "is larger than 0.3",
        changed(READINGS, ("0.9)", '"0.9")')): "one number without quotes",
        changed(READINGS, (', ("B right in 0.8", 0.9)', "")): "a dictionary with the keys",
        changed(READINGS, ("too sure", "too_sure")): "a dictionary with the keys",
    },
    ("04.9", "{}"): {
        'answers = ["B", 0.71, 0.9]': "a dictionary with the keys",
        "answers = 0.9": "a dictionary with the keys",
    },
}

RIGHT = {
    "04.5": [
        """
def surest_mistakes(probabilities, labels, n):
    mistakes = []
    for i in range(len(labels)):
        if np.argmax(probabilities[i]) != labels[i]:
            mistakes.append((probabilities[i].max(), i))
    mistakes.sort(reverse=True)
    return [i for _, i in mistakes[:n]]
""",
        """
def surest_mistakes(probabilities, labels, n):
    confidence = probabilities.max(axis=1).astype(float)
    wrong = probabilities.argmax(axis=1) != labels
    confidence[~wrong] = -1
    order = np.argsort(-confidence)
    return order[: min(n, wrong.sum())]
""",
        """
def surest_mistakes(probabilities, labels, n):
    order = np.argsort(probabilities.max(axis=1))[::-1]
    wrong = probabilities.argmax(axis=1) != labels
    return order[wrong[order]][:n]
""",
        """
def surest_mistakes(probabilities, labels, n):
    answers = probabilities.argmax(axis=1)
    wrong = [i for i, (a, t) in enumerate(zip(answers, labels)) if a != t]
    return np.array(sorted(wrong, key=lambda i: probabilities[i].max(), reverse=True)[:n], dtype=int)
""",
        """
def confidence(row):
    return row.max()

def is_wrong(row, label):
    return row.argmax() != label

def surest_mistakes(probabilities, labels, n):
    mistakes = {i: confidence(row) for i, row in enumerate(probabilities) if is_wrong(row, labels[i])}
    return sorted(mistakes, key=mistakes.get, reverse=True)[:n]
""",
        "surest_mistakes = lambda probabilities, labels, n: (lambda w: w[np.argsort(probabilities[w].max(1))][::-1][:n])(np.where(probabilities.argmax(1) != labels)[0])",
        """
def surest_mistakes(probabilities, labels, n):
    wrong, = np.nonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities.max(axis=1)[wrong]
    return wrong[np.lexsort((wrong, -confidence))][:n].tolist()
""",
    ],
    "04.7": [
        TEMPERATURE,
        changed(TEMPERATURE, (GRID, "0.5, 5.01, 0.05")),
        """
from scipy.optimize import minimize_scalar

def temperature(logits, labels):
    def loss(T):
        z = logits / T
        return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(labels)), labels]).mean()

    return minimize_scalar(loss, bounds=(0.5, 5), method="bounded").x
""",
        """
def softmax(z):
    z = z - z.max(axis=1, keepdims=True)
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)

def temperature(logits, labels):
    best, lowest = None, float("inf")
    for hundredths in range(50, 501):
        p = softmax(logits / (hundredths / 100))
        total = 0
        for row, label in zip(p, labels):
            total -= np.log(row[label])
        if total < lowest:
            best, lowest = hundredths / 100, total
    return best
""",
        """
def temperature(logits, labels):
    def loss(T):
        z = logits / T
        return np.mean(np.log(np.exp(z).sum(axis=1)) - np.take_along_axis(z, labels[:, None], 1)[:, 0])

    low, high = 0.5, 5.0
    while high - low > 0.001:
        a, b = low + (high - low) / 3, high - (high - low) / 3
        if loss(a) < loss(b):
            high = b
        else:
            low = a
    return round(low, 2)
""",
        """
import torch

def temperature(logits, labels):
    z, y = torch.tensor(logits), torch.tensor(labels)
    Ts = torch.linspace(0.5, 5, 300)
    losses = torch.stack([torch.nn.functional.cross_entropy(z / T, y) for T in Ts])
    return Ts[losses.argmin()]
""",
        "temperature = lambda logits, labels: min(np.linspace(0.5, 5, 200), key=lambda T: -np.log((np.exp(logits / T) / np.exp(logits / T).sum(axis=1, keepdims=True))[np.arange(len(labels)), labels]).sum())",
    ],
    "04.8": [
        changed(
            THRESHOLD, ("correct[", "(~correct)["), (".mean() >= wanted", ".mean() <= 1 - wanted")
        ),
        THRESHOLD,
        """
def lowest_threshold(confidence, correct, wanted):
    good = [t for t in confidence if correct[confidence >= t].mean() >= wanted]
    return min(good) if good else 1.0
""",
        """
def lowest_threshold(confidence, correct, wanted):
    best = 1.0
    for threshold in confidence.tolist():
        counted = right = 0
        for c, r in zip(confidence, correct):
            if c >= threshold:
                counted += 1
                right += r
        if right / counted >= wanted and threshold < best:
            best = threshold
    return best
""",
        """
def lowest_threshold(confidence, correct, wanted):
    order = np.argsort(-confidence)
    sure, right = confidence[order], np.cumsum(correct[order])
    last = np.append(sure[1:] != sure[:-1], True)
    good = last & (right / np.arange(1, len(sure) + 1) >= wanted)
    return sure[good][-1] if good.any() else 1
""",
        """
def lowest_threshold(confidence, correct, wanted):
    thresholds = np.unique(confidence)
    counts = confidence[None] >= thresholds[:, None]
    fractions = (counts & correct).sum(axis=1) / counts.sum(axis=1)
    return np.min(thresholds[fractions >= wanted], initial=1.0)
""",
        "lowest_threshold = lambda confidence, correct, wanted: min([t for t in set(confidence) if np.average(correct[confidence >= t]) >= wanted] + [1.0])",
        """
def share(confidence, correct, t):
    chosen = [bool(r) for c, r in zip(confidence, correct) if not c < t]
    return sum(chosen) / len(chosen)

def lowest_threshold(confidence, correct, wanted):
    return next((t for t in sorted(confidence) if share(confidence, correct, t) >= wanted), 1.0)
""",
    ],
    "04.9": [
        READ,
        changed(READ, ("0.71", "0.73")),
        changed(READ, ("0.71", "0.685"), ("0.9)", "0.88)")),
        changed(READ, ('"B"),', '"b"),')),
        changed(READ, ("0.9)", "np.float64(0.92))")),
        READ + "\nanswers = dict(reversed(answers.items()))",
        'answers = dict()\nanswers["B right in 0.8"] = 0.9\nanswers["A at 0.5"] = 0.7\nanswers["too sure"] = "B"',
    ],
}
