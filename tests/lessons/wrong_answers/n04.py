"""Typical wrong answers to the exercises of notebook 04, and words of the message for each."""

ACCURACY = "def accuracy(digits, labels):\n    return {}"
PAIRS = """
import numpy as np
def count_pairs(digits, labels):
    matrix = np.zeros((10, 10), int)
    {}
    return matrix
"""
EACH = PAIRS.replace("{}", "for true, answer in zip(labels, digits):\n        {}")
SKLEARN = """
from sklearn.metrics import confusion_matrix
def count_pairs(digits, labels):
    return confusion_matrix(labels, digits{})
"""
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
    means = [correct[random.integers(n, size=n)].mean() for _ in range(2000)]
    return np.percentile(means, [2.5, 97.5])
"""
SUREST = """
import numpy as np
def surest_mistakes(probabilities, labels, n):
    confidence = probabilities.max(axis=1)
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return {}
"""

WRONG = {
    ("04.1", ACCURACY): {
        "100 * (digits == labels).mean()": "percent",
        "(digits == labels).sum()": "how many",
        "(digits != labels).mean()": "mistakes",
        "digits == labels": "one number",
        "0.98": "says 0.98",
    },
    ("04.2", PAIRS): {"matrix[labels, digits] += 1": "only 0 and 1"},
    ("04.2", EACH): {
        "matrix[answer, true] += 1": "transposed",
        "matrix[true, answer] += true != answer": "diagonal",
        "matrix[true, answer] += true == answer": "Only the right answers",
    },
    ("04.2", SKLEARN): {"": "nine rows", ", normalize='true'": "should hold counts"},
    ("04.3", RECALL): {
        f"{COLUMN}, {ROW}": "swapped",
        "hits / matrix.sum(), hits / matrix.sum()": "divide by all images",
        f"{ROW}, {ROW}": "Both use the row",
        f"100 * {ROW}, 100 * {COLUMN}": "You count in percent",
        "hits / matrix.sum()": "Return 2 numbers",
    },
    ("04.4", "{}"): {
        BOOTSTRAP.replace("size=n", "size=100"): "too wide",
        BOOTSTRAP.replace("random.integers(n, size=n)", "random.permutation(n)"): "with repetition",
        BOOTSTRAP.replace("[2.5, 97.5]", "[5, 95]"): "a little too narrow",
        BOOTSTRAP.replace("size=n", "size=10_000"): "too narrow",
        BOOTSTRAP.replace("(means", "(correct.astype(float)"): "single answers",
    },
    ("04.5", SUREST): {
        "np.argsort(-confidence)[:n]": "right or wrong",
        "np.argsort(-confidence[wrong])[:n]": "count the mistakes",
        "wrong[np.argsort(confidence[wrong])[:n]]": "least sure",
        "wrong[:n]": "first mistakes",
        "wrong[np.argsort(probabilities[wrong, labels[wrong]])[:n]]": "true digit",
    },
}
