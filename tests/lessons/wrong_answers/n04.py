"""Typical wrong answers to the exercises of notebook 04, and words of the message for each."""

ACCURACY = "def accuracy(digits, labels):\n    return {}"
PAIRS = """
import numpy as np
def count_pairs(digits, labels):
    matrix = np.zeros((10, 10), int)
    {}
    return matrix
"""
EACH = "for true, answer in zip(labels, digits):\n        "
RECALL = """
def recall_precision(matrix, digit):
    hits = matrix[digit, digit]
    return {}
"""
ROW, COLUMN = "hits / matrix[digit].sum()", "hits / matrix[:, digit].sum()"
BOOTSTRAP = """
import numpy as np
def bootstrap(correct):
    random, n = np.random.default_rng(), len(correct)
    means = [{}.mean() for _ in range(2000)]
    return np.percentile({}, {})
"""
ENDS = "[2.5, 97.5]"
SUREST = """
import numpy as np
def surest_mistakes(probabilities, labels, n):
    confidence = probabilities.max(axis=1)
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return {}
"""

WRONG: dict[str, list[tuple[str, str]]] = {
    "04.1": [
        (ACCURACY.format("100 * (digits == labels).mean()"), "percent"),
        (ACCURACY.format("(digits == labels).sum()"), "how many"),
        (ACCURACY.format("(digits != labels).mean()"), "mistakes"),
        (ACCURACY.format("digits == labels"), "one number"),
        (ACCURACY.format("0.98"), "says 0.98"),
    ],
    "04.2": [
        (PAIRS.format(EACH + "matrix[answer, true] += 1"), "transposed"),
        (PAIRS.format("matrix[labels, digits] += 1"), "only 0 and 1"),
        (PAIRS.format(EACH + "matrix[true, answer] += true != answer"), "diagonal"),
        (PAIRS.format(EACH + "matrix[true, answer] += true == answer"), "Only the right answers"),
        (
            "from sklearn.metrics import confusion_matrix\n"
            "def count_pairs(digits, labels):\n"
            "    return confusion_matrix(labels, digits)",
            "nine rows",
        ),
        (
            "from sklearn.metrics import confusion_matrix\n"
            "def count_pairs(digits, labels):\n"
            "    return confusion_matrix(labels, digits, normalize='true')",
            "should hold counts",
        ),
    ],
    "04.3": [
        (RECALL.format(f"{COLUMN}, {ROW}"), "swapped"),
        (RECALL.format("hits / matrix.sum(), hits / matrix.sum()"), "divide by all images"),
        (RECALL.format(f"{ROW}, {ROW}"), "Both use the row"),
        (RECALL.format(f"100 * {ROW}, 100 * {COLUMN}"), "You count in percent"),
        (RECALL.format("hits / matrix.sum()"), "Return 2 numbers"),
    ],
    "04.4": [
        (BOOTSTRAP.format("correct[random.integers(n, size=100)]", "means", ENDS), "too wide"),
        (BOOTSTRAP.format("random.permutation(correct)", "means", ENDS), "with repetition"),
        (
            BOOTSTRAP.format("correct[random.integers(n, size=n)]", "means", "[5, 95]"),
            "a little too narrow",
        ),
        (BOOTSTRAP.format("correct[random.integers(n, size=10_000)]", "means", ENDS), "too narrow"),
        (BOOTSTRAP.format("correct", "correct.astype(float)", ENDS), "single answers"),
    ],
    "04.5": [
        (SUREST.format("np.argsort(-confidence)[:n]"), "right or wrong"),
        (SUREST.format("np.argsort(-confidence[wrong])[:n]"), "count the mistakes"),
        (SUREST.format("wrong[np.argsort(confidence[wrong])[:n]]"), "least sure"),
        (SUREST.format("wrong[:n]"), "first mistakes"),
        (
            SUREST.format("wrong[np.argsort(probabilities[wrong, labels[wrong]])[:n]]"),
            "true digit",
        ),
    ],
}
