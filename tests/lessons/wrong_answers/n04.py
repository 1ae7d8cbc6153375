"""Answers to the exercises of notebook 04: wrong ones with their words, and right ones."""

WRONG = {
    ("04.1", "def accuracy(digits, labels):\n    return {}"): {
        "100 * (digits == labels).mean()": "This is a percentage",
        "(digits == labels).sum()": "You return how many are right",
        "(digits != labels).mean()": "This is the fraction of mistakes",
        "digits == labels": "The answer should be one number, but",
        "0.98": "Your function returns the same for every",
        "(digits == labels).sum() // len(labels)": "It is 0 each time",
        "round((digits == labels).mean(), 2)": "You round",
        "digits.mean() / labels.mean()": "You compare the means of the digits",
        "(digits == labels).sum() / 10": "You divide by 10",
        "(digits == labels).sum() / 10_000": "You divide by a fixed number",
        "1 - abs(digits.astype(int) - labels.astype(int)).mean() / 9": "You ask how far the answers are",
        "len(set(digits) & set(labels)) / len(set(labels))": "Sets forget which image an answer belongs",
        "(np.sort(digits) == np.sort(labels)).mean()": "You sort first",
        "np.corrcoef(digits, labels)[0, 1]": "A correlation is no accuracy",
        "np.mean([(digits[labels == d] == d).mean() for d in range(10)])": "This is the mean of the ten",
        "(digits == labels).sum() / (digits != labels).sum()": "You divide by the number of mistakes",
        "(digits == labels).float().mean()": "AttributeError: 'numpy.ndarray' object ha",
        "np.mean(digits[:100] == labels[:100])": "You look at the first hundred images",
        "(digits >= labels).mean()": "You count `>=`",
    },
    ("04.1", "{}"): {
        """
def accuracy(digits, labels):
    print((digits == labels).mean())
""": "Your function prints its result and returns",
        """
def accuracy(digits, labels):
    (digits == labels).mean()
""": "Your function returns nothing",
        """
def accuracy(digits, labels):
    for digit, label in zip(digits, labels):
        return float(digit == label)
""": "This is the first image alone",
        """
def accuracy(digits, labels):
    right = 0
    for i in range(1, len(labels)):
        if digits[i] == labels[i]:
            right += 1
    return right / len(labels)
""": "You leave out the first image, but",
        """
def accuracy(digits, labels):
    labels[labels != digits] = -1
    return (digits == labels).mean()
""": "Your function changes `labels`, which belongs to",
        """
def accuracy(digits, labels):
    right = 0
    for digit, label in zip(digits, labels):
        if digit == label:
            right += 1
        return right / len(labels)
""": "You return after the first image",
    },
    ("04.2", "{}"): {
        """
import numpy
def count_pairs(digits, labels):
    matrix = numpy.zeros((10, 10), int)
    matrix[labels, digits] += 1
    return matrix
""": "There are only 0 and 1 in",
        """
import numpy
def count_pairs(digits, labels):
    matrix = numpy.zeros((10, 10), int)
    for true, answer in zip(labels, digits):
        matrix[answer, true] += 1
    return matrix
""": "Your matrix is transposed",
        """
import numpy
def count_pairs(digits, labels):
    matrix = numpy.zeros((10, 10), int)
    for true, answer in zip(labels, digits):
        matrix[true, answer] += true != answer
    return matrix
""": "Only the mistakes are counted",
        """
import numpy
def count_pairs(digits, labels):
    matrix = numpy.zeros((10, 10), int)
    for true, answer in zip(labels, digits):
        matrix[true, answer] += true == answer
    return matrix
""": "Only the right answers are counted",
        """
from sklearn.metrics import confusion_matrix
def count_pairs(digits, labels):
    return confusion_matrix(labels, digits)
""": "The shape should be (10, 10), but",
        """
from sklearn.metrics import confusion_matrix
def count_pairs(digits, labels):
    return confusion_matrix(labels, digits, normalize='true')
""": "The shape should be (10, 10), but",
        """
def count_pairs(digits, labels):
    matrix = np.zeros((9, 9), int)
    for t, a in zip(labels, digits):
        matrix[t, a] += 1
    return matrix
""": "IndexError: index 9 is out of bounds ",
        """
def count_pairs(digits, labels):
    matrix = np.ones((10, 10), int)
    for t, a in zip(labels, digits):
        matrix[t, a] += 1
    return matrix
""": "Your counts begin at 1",
        """
def count_pairs(digits, labels):
    matrix = np.zeros((10, 10), int)
    for true, answer in zip(labels, digits):
        matrix[true - 1, answer - 1] += 1
    return matrix
""": "Every count is at the wrong place",
        """
def count_pairs(digits, labels):
    matrix = np.zeros((10, 10), int)
    for true, answer in zip(labels, digits):
        matrix[true, answer] += 1
        return matrix
""": "You count the first pair only",
        """
def count_pairs(digits, labels):
    matrix = np.zeros((10, 10), int)
    for true, answer in zip(labels, digits):
        matrix[true, answer] += 1
    print(matrix)
""": "Your function prints its result and returns",
        """
def count_pairs(digits, labels):
    matrix = np.zeros((10, 10), int)
    for true, answer in zip(labels, digits):
        matrix[true, answer] += 1
    matrix
""": "Your function returns nothing",
        """
def count_pairs(digits, labels):
    matrix = np.zeros((10, 10), int)
    for true, answer in zip(labels, digits):
        matrix[true, answer] += 1
    return matrix / len(labels)
""": "These are fractions of all images",
        """
def count_pairs(digits, labels):
    matrix = np.zeros((10, 10), int)
    for true, answer in zip(labels, digits):
        matrix[true, answer] += 1
    return matrix / matrix.sum(axis=1, keepdims=True)
""": 'One of your numbers is NaN, "not',
        """
def count_pairs(digits, labels):
    size = len(set(labels))
    matrix = np.zeros((size, size), int)
    for t, a in zip(labels, digits):
        matrix[t, a] += 1
    return matrix
""": "IndexError: index 8 is out of bounds ",
        """
def count_pairs(digits, labels):
    matrix = np.zeros((10, 10), int)
    for t, a in zip(sorted(labels), sorted(digits)):
        matrix[t, a] += 1
    return matrix
""": "You sort first",
        """
def count_pairs(digits, labels):
    matrix = np.zeros((10, 10), int)
    for t in labels:
        for a in digits:
            matrix[t, a] += 1
    return matrix
""": "You count every label with every answer",
        """
def count_pairs(digits, labels):
    matrix = np.zeros((10, 10), np.uint8)
    for t, a in zip(labels, digits):
        matrix[t, a] += 1
    return matrix
""": "A byte (uint8) begins at 0 again",
        """
def count_pairs(digits, labels):
    matrix = np.zeros((10, 10), int)
    for i in range(100):
        matrix[labels[i], digits[i]] += 1
    return matrix
""": "You count the first hundred images only",
        """
def count_pairs(digits, labels):
    matrix = np.zeros((10, 10), int)
    for i in range(len(labels) - 1):
        matrix[labels[i], digits[i]] += 1
    return matrix
""": "You leave out the last image",
        """
def count_pairs(digits, labels):
    matrix = [[0] * 10] * 10
    for t, a in zip(labels, digits):
        matrix[t][a] += 1
    return np.array(matrix)
""": "All your rows are one and the",
        """
def count_pairs(digits, labels):
    matrix = np.zeros((10, 10), int)
    for t, a in zip(labels, digits):
        matrix[t, a] += 1
        matrix[a, t] += 1
    return matrix
""": "You count each pair twice, once turned",
        """
def count_pairs(digits, labels):
    matrix = {}
    for t, a in zip(labels, digits):
        matrix[t, a] = matrix.get((t, a), 0) + 1
    return matrix
""": "The answer should be numbers in rows",
        """
def count_pairs(digits, labels):
    matrix = np.zeros((10, 10), int)
    for i, (t, a) in enumerate(zip(labels, digits)):
        if i == 0 or (t, a) != (labels[i - 1], digits[i - 1]):
            matrix[t, a] += 1
    return matrix
""": "You count a pair that comes twice",
    },
    ("04.2", "def count_pairs(digits, labels):\n    return {}"): {
        "np.bincount(10 * labels.astype(int) + digits).reshape(10, 10)": "ValueError: cannot reshape array of s",
        "np.histogram2d(labels, digits, bins=10)[0]": "The bins of your histogram depend on",
    },
    ("04.3", "{}"): {
        """
def recall_precision(matrix, digit):
    hits = matrix[digit, digit]
    return hits / matrix[:, digit].sum(), hits / matrix[digit].sum()
""": "Recall and precision are swapped",
        """
def recall_precision(matrix, digit):
    hits = matrix[digit, digit]
    return hits / matrix.sum(), hits / matrix.sum()
""": "You divide by all images",
        """
def recall_precision(matrix, digit):
    hits = matrix[digit, digit]
    return hits / matrix[digit].sum(), hits / matrix[digit].sum()
""": "Both use the row",
        """
def recall_precision(matrix, digit):
    hits = matrix[digit, digit]
    return 100 * hits / matrix[digit].sum(), 100 * hits / matrix[:, digit].sum()
""": "This is a percentage",
        """
def recall_precision(matrix, digit):
    hits = matrix[digit, digit]
    return hits / matrix.sum()
""": "Return 2 numbers, recall and precision",
        """
def recall_precision(matrix, digit):
    p = matrix[digit, digit] / matrix[:, digit].sum()
    return p, p
""": "Both use the column",
        """
def recall_precision(matrix, digit):
    hits = matrix[digit, digit]
    return hits / (matrix[digit].sum() - hits), hits / (matrix[:, digit].sum() - hits)
""": "You divide by the mistakes",
        """
def recall_precision(matrix, digit):
    hits = np.trace(matrix)
    return hits / matrix[digit].sum(), hits / matrix[:, digit].sum()
""": "You take the hits of all digits",
        """
def recall_precision(matrix, digit):
    hits = matrix[digit, digit]
    return matrix[digit].sum() / hits, matrix[:, digit].sum() / hits
""": "You divide the wrong way round",
        """
def recall_precision(matrix, digit):
    hits = matrix[digit, digit]
    return hits // matrix[digit].sum(), hits // matrix[:, digit].sum()
""": "It is 0 each time",
        """
def recall_precision(matrix, digit):
    hits = matrix[digit, digit]
    return round(hits / matrix[digit].sum(), 1), round(hits / matrix[:, digit].sum(), 1)
""": "You round",
        """
def recall_precision(matrix, digit):
    hits = matrix[digit, digit]
    print(hits / matrix[digit].sum(), hits / matrix[:, digit].sum())
""": "Your function prints its result and returns",
        """
def recall_precision(matrix, digit):
    hits = matrix[7, 7]
    return hits / matrix[7].sum(), hits / matrix[:, 7].sum()
""": "You look at the 7 each time",
        """
def recall_precision(matrix, digit):
    hits = matrix[digit - 1, digit - 1]
    return hits / matrix[digit - 1].sum(), hits / matrix[:, digit - 1].sum()
""": "This is the digit before",
        """
def recall_precision(matrix, digit):
    hits = matrix[digit, digit]
    return 1 - hits / matrix[digit].sum(), 1 - hits / matrix[:, digit].sum()
""": "These are the fractions of mistakes",
        """
def recall_precision(matrix, digit):
    hits = matrix[digit, digit]
    return hits / matrix[digit].max(), hits / matrix[:, digit].max()
""": "You divide by the largest",
        """
def recall_precision(matrix, digit):
    hits = matrix[digit, digit]
    return hits / matrix[digit].mean(), hits / matrix[:, digit].mean()
""": "You divide by the mean",
        """
def recall_precision(matrix, digit):
    hits = matrix[digit, digit]
    return hits / matrix[digit, 1:].sum(), hits / matrix[1:, digit].sum()
""": "You leave out the 0 in the",
        """
def recall_precision(matrix, digit):
    hits = matrix[digit, digit]
    return hits / matrix[digit, :9].sum(), hits / matrix[:9, digit].sum()
""": "You leave out the 9 in the",
        """
def recall_precision(matrix, digit):
    hits = matrix[digit, digit]
    others = np.trace(matrix) - hits
    return hits / matrix[digit].sum(), (matrix.sum() - matrix[digit].sum() - matrix[:, digit].sum() + hits) / (matrix.sum() - matrix[digit].sum())
""": "The second number is the specificity",
        """
def recall_precision(matrix, digit):
    hits = matrix[digit, digit]
    matrix[digit, digit] = 0
    r = hits / (matrix[digit].sum() + hits)
    p = hits / (matrix[:, digit].sum() + hits)
    return r, p
""": "Your function changes `matrix`, which belongs to",
    },
    ("04.3", "def recall_precision(matrix, digit):\n    return {}"): {
        "matrix[digit] / matrix[digit].sum(), matrix[:, digit] / matrix[:, digit].sum()": "The answer should be one number, but",
        "(np.trace(matrix) / matrix.sum(),) * 2": "This is the accuracy over all digits",
    },
    ("04.4", "{}"): {
        """
import numpy
def bootstrap(correct):
    random, n = numpy.random.default_rng(), len(correct)
    means = [correct[random.integers(n, size=100)].mean() for _ in range(2000)]
    return numpy.percentile(means, [2.5, 97.5])
""": "Each pretended test has 100 images",
        """
import numpy
def bootstrap(correct):
    random, n = numpy.random.default_rng(), len(correct)
    means = [correct[random.permutation(n)].mean() for _ in range(2000)]
    return numpy.percentile(means, [2.5, 97.5])
""": "Both ends are the same",
        """
import numpy
def bootstrap(correct):
    random, n = numpy.random.default_rng(), len(correct)
    means = [correct[random.integers(n, size=n)].mean() for _ in range(2000)]
    return numpy.percentile(means, [5, 95])
""": "5 % at each end leave 90",
        """
import numpy
def bootstrap(correct):
    random, n = numpy.random.default_rng(), len(correct)
    means = [correct[random.integers(n, size=10_000)].mean() for _ in range(2000)]
    return numpy.percentile(means, [2.5, 97.5])
""": "Each pretended test has 10,000",
        """
import numpy
def bootstrap(correct):
    random, n = numpy.random.default_rng(), len(correct)
    means = [correct[random.integers(n, size=n)].mean() for _ in range(2000)]
    return numpy.percentile(correct.astype(float), [2.5, 97.5])
""": "From 0 to 1",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    means = [correct[random.integers(n, size=n)].mean() for _ in range(2000)]
    return np.percentile(means, [0.025, 0.975])
""": "`np.percentile` counts in percent",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    means = [correct[random.integers(n, size=n)].mean() for _ in range(2000)]
    return np.percentile(means, [97.5, 2.5])
""": "The lower end should come first",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    means = [correct[random.integers(n, size=n)].mean() for _ in range(2000)]
    return np.percentile(means, [0, 95])
""": "Your lower end cuts off nothing, the",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    means = [correct[random.integers(n, size=n)].mean() for _ in range(2000)]
    return np.percentile(means, [2.5, 95])
""": "Your upper end cuts off 5 %",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    means = [correct[random.integers(n, size=n)].mean() for _ in range(2000)]
    return np.percentile(means, [25, 75])
""": "Between your ends lies only the middle",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    means = [correct[random.integers(n, size=n)].mean() for _ in range(2000)]
    return np.percentile(means, [0.5, 99.5])
""": "This is a 99 % interval",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    means = [correct[random.integers(n, size=n)].mean() for _ in range(2000)]
    return np.percentile(means, [16, 84])
""": "Between your ends lie 68 % (one",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    means = [correct[random.integers(n, size=n)].mean() for _ in range(2000)]
    return np.percentile(means, 2.5)
""": "Return 2 numbers, the lower and the",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    means = [correct[random.integers(n, size=n)].mean() for _ in range(2000)]
    return 100 * np.percentile(means, [2.5, 97.5])
""": "You count in percent",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    means = [correct[random.integers(n, size=n)].mean() for _ in range(2000)]
    print(np.percentile(means, [2.5, 97.5]))
""": "Your function prints its result and returns",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    means = [correct[random.integers(n, size=n // 2)].mean() for _ in range(2000)]
    return np.percentile(means, [2.5, 97.5])
""": "Each pretended test has half of the",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    means = [correct[random.integers(10, size=n)].mean() for _ in range(2000)]
    return np.percentile(means, [2.5, 97.5])
""": "The measured accuracy of",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    means = [correct[random.integers(n // 2, size=n)].mean() for _ in range(2000)]
    return np.percentile(means, [2.5, 97.5])
""": "The measured accuracy of",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    return np.percentile(correct, [2.5, 97.5])
""": "TypeError: numpy boolean subtract, t",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    a = correct.mean()
    return a - 0.05, a + 0.05
""": "Your interval has the same width for",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    a = correct.mean()
    s = np.std(correct)
    return a - 2 * s, a + 2 * s
""": "An accuracy lies between 0 and 1",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    means = [correct[random.integers(n, size=n)].mean() for _ in range(2000)]
    return np.percentile(means, [2.5, 97.5]) - np.mean(means)
""": "These are distances from the mean",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    means = [correct[random.integers(n, size=n)].sum() for _ in range(2000)]
    return np.percentile(means, [2.5, 97.5])
""": "These are numbers of right answers",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    means = [1 - correct[random.integers(n, size=n)].mean() for _ in range(2000)]
    return np.percentile(means, [2.5, 97.5])
""": "This is the interval of the mistakes",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    means = [correct[random.integers(n + 1, size=n)].mean() for _ in range(2000)]
    return np.percentile(means, [2.5, 97.5])
""": "IndexError: index 500 is out of bound",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    return 0.9, 1.0
""": "Your ends are the same for every",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    for i in range(n):
        correct[i] = correct[random.integers(n)]
    a = correct.mean()
    s = 1.96 * np.sqrt(a * (1 - a) / n)
    return a - s, a + s
""": "Your function changes `correct`, which belongs to",
    },
    ("04.5", "{}"): {
        """
import numpy
def surest_mistakes(probabilities, labels, n):
    confidence = probabilities.max(axis=1)
    wrong = numpy.flatnonzero(probabilities.argmax(axis=1) != labels)
    return numpy.argsort(-confidence)[:n]
""": "These are the surest *answers*, right or",
        """
import numpy
def surest_mistakes(probabilities, labels, n):
    confidence = probabilities.max(axis=1)
    wrong = numpy.flatnonzero(probabilities.argmax(axis=1) != labels)
    return numpy.argsort(-confidence[wrong])[:n]
""": "These indices count the mistakes, not the",
        """
import numpy
def surest_mistakes(probabilities, labels, n):
    confidence = probabilities.max(axis=1)
    wrong = numpy.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[numpy.argsort(confidence[wrong])[:n]]
""": "These are the least sure mistakes",
        """
import numpy
def surest_mistakes(probabilities, labels, n):
    confidence = probabilities.max(axis=1)
    wrong = numpy.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[:n]
""": "These are the first mistakes",
        """
import numpy
def surest_mistakes(probabilities, labels, n):
    confidence = probabilities.max(axis=1)
    wrong = numpy.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[numpy.argsort(probabilities[wrong, labels[wrong]])[:n]]
""": "You sort by the probability of the true",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    return wrong[np.argsort(-confidence)]
""": "There should be n =",
        """
def surest_mistakes(probabilities, labels, n):
    right = np.flatnonzero(probabilities.argmax(axis=1) == labels)
    confidence = probabilities[right].max(axis=1)
    return right[np.argsort(-confidence)[:n]]
""": "These are the surest *right* answers",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    return wrong[np.argsort(confidence)[-n:]]
""": "These are the right images in the",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    return np.sort(wrong[np.argsort(-confidence)[:n]])
""": "These are the right images in the",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    return np.sort(confidence)[::-1][:n]
""": "These should be whole numbers, but they",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    return wrong[np.argsort(-confidence)[1 : n + 1]]
""": "You leave out the surest of all",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    return wrong[np.argmax(confidence)]
""": "Your function should return indices, whole numbers",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities.max(axis=1)
    return wrong[np.argsort(-confidence)[:n]]
""": "IndexError: index ",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].min(axis=1)
    return wrong[np.argsort(-confidence)[:n]]
""": "You sort by the lowest probability",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong, labels[wrong]]
    return wrong[np.argsort(-confidence)[:n]]
""": "You sort by the probability of the",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    two = np.sort(probabilities[wrong], axis=1)
    return wrong[np.argsort(-(two[:, -1] - two[:, -2]))[:n]]
""": "You sort by the lead over the",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=0) != labels)
    confidence = probabilities[wrong].max(axis=1)
    return wrong[np.argsort(-confidence)[:n]]
""": "ValueError: operands could not be bro",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    print(wrong[np.argsort(-confidence)[:n]])
""": "Your function prints its result and returns",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    wrong[np.argsort(-confidence)[:n]]
""": "Your function returns nothing",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = probabilities.argmax(axis=1) != labels
    confidence = probabilities.max(axis=1) * wrong
    return np.argsort(-confidence)[:n]
""": "If there are fewer mistakes than n",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return probabilities[wrong].argmax(axis=1)[:n]
""": "These are digits",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    return [str(i) for i in wrong[np.argsort(-confidence)[:n]]]
""": "The answer should be numbers in rows",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    return wrong[np.argsort(-confidence)[:n]] + 1
""": "You count the images from 1",
        """
def surest_mistakes(probabilities, labels, n):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    return wrong[np.argsort(-(100 * confidence).round())[:n]]
""": "You round the confidences, so that close",
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
}

RIGHT = {
    "04.1": [
        """
def accuracy(digits, labels):
    return float(np.mean(digits == labels))
""",
        """
def accuracy(digits, labels):
    return sum(d == t for d, t in zip(digits, labels)) / len(labels)
""",
        """
def accuracy(digits, labels):
    right = 0
    for i in range(len(labels)):
        if digits[i] == labels[i]:
            right += 1
    return right / len(labels)
""",
        "accuracy = lambda digits, labels: np.count_nonzero(digits == labels) / labels.size",
        """
def accuracy(digits, labels):
    return 1 - (digits != labels).mean()
""",
        """
def accuracy(digits, labels):
    return np.equal(digits, labels).sum() / digits.shape[0]
""",
        """
def accuracy(digits, labels):
    return np.where(digits == labels, 1.0, 0.0).mean()
""",
        """
def accuracy(digits, labels):
    return len(labels[digits == labels]) / len(labels)
""",
        """
class Counter:
    def __init__(self):
        self.right = self.all = 0

    def add(self, digit, label):
        self.right += int(digit == label)
        self.all += 1

def accuracy(digits, labels):
    counter = Counter()
    for digit, label in zip(digits.tolist(), labels.tolist()):
        counter.add(digit, label)
    return counter.right / counter.all
""",
        """
def accuracy(digits, labels):
    return np.average((digits - labels.astype(int)) == 0)
""",
    ],
    "04.2": [
        """
def count_pairs(digits, labels):
    matrix = np.zeros((10, 10), dtype=np.int64)
    np.add.at(matrix, (labels, digits), 1)
    return matrix
""",
        """
def count_pairs(digits, labels):
    return np.bincount(10 * labels.astype(int) + digits, minlength=100).reshape(10, 10)
""",
        """
def count_pairs(digits, labels):
    return np.array([[((labels == t) & (digits == a)).sum() for a in range(10)] for t in range(10)])
""",
        """
def count_pairs(digits, labels):
    matrix = np.zeros((10, 10))
    for i in range(len(labels)):
        matrix[labels[i]][digits[i]] += 1
    return matrix
""",
        """
def count_pairs(digits, labels):
    return np.histogram2d(labels, digits, bins=10, range=[[-0.5, 9.5], [-0.5, 9.5]])[0].astype(int)
""",
        "count_pairs = lambda digits, labels: np.eye(10, dtype=int)[labels].T @ np.eye(10, dtype=int)[digits]",
        """
from collections import Counter

def count_pairs(digits, labels):
    pairs = Counter(zip(labels.tolist(), digits.tolist()))
    return np.array([[pairs[t, a] for a in range(10)] for t in range(10)])
""",
        """
def count_pairs(digits, labels):
    rows = []
    for true in range(10):
        answers = digits[labels == true]
        rows.append([np.count_nonzero(answers == answer) for answer in range(10)])
    return np.array(rows)
""",
        """
def row(answers):
    return np.bincount(answers, minlength=10)

def count_pairs(digits, labels):
    return np.stack([row(digits[labels == true]) for true in range(10)])
""",
    ],
    "04.3": [
        """
def recall_precision(matrix, digit):
    recall = matrix[digit][digit] / sum(matrix[digit])
    precision = matrix[digit][digit] / sum(matrix[:, digit])
    return recall, precision
""",
        """
def recall_precision(matrix, digit):
    return [matrix[digit, digit] / matrix[digit, :].sum(), matrix[digit, digit] / matrix[:, digit].sum()]
""",
        """
def recall_precision(matrix, digit):
    return np.array([matrix[digit, digit] / matrix.sum(axis=1)[digit], matrix[digit, digit] / matrix.sum(axis=0)[digit]])
""",
        "recall_precision = lambda matrix, digit: tuple(matrix[digit, digit] / m[digit].sum() for m in (matrix, matrix.T))",
        """
def recall_precision(matrix, digit):
    is_this = read_as_this = 0
    for other in range(10):
        is_this += matrix[digit][other]
        read_as_this += matrix[other][digit]
    right = matrix[digit][digit]
    return float(right / is_this), float(right / read_as_this)
""",
        """
def share(numbers, digit):
    return numbers[digit] / numbers.sum()

def recall_precision(matrix, digit):
    return share(matrix[digit, :], digit), share(matrix[:, digit], digit)
""",
        """
def recall_precision(matrix, digit):
    true_positives = matrix[digit, digit]
    false_negatives = matrix[digit].sum() - true_positives
    false_positives = matrix[:, digit].sum() - true_positives
    return (
        true_positives / (true_positives + false_negatives),
        true_positives / (true_positives + false_positives),
    )
""",
    ],
    "04.4": [
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    chosen = random.integers(n, size=(2000, n))
    means = correct[chosen].mean(axis=1)
    return np.quantile(means, 0.025), np.quantile(means, 0.975)
""",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    accuracies = []
    for _ in range(2000):
        sample = random.choice(correct, size=len(correct), replace=True)
        accuracies.append(sample.mean())
    accuracies.sort()
    return accuracies[50], accuracies[1949]
""",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = len(correct)
    means = random.binomial(n, correct.mean(), size=2000) / n
    return tuple(np.percentile(means, (2.5, 97.5)))
""",
        """
import random as python_random

def bootstrap(correct):
    answers = [bool(c) for c in correct]
    n = len(answers)
    means = sorted(sum(python_random.choices(answers, k=n)) / n for _ in range(2000))
    return means[50], means[-51]
""",
        """
def one_test(correct, random):
    n = len(correct)
    return np.mean(correct[random.integers(0, n, n)])

def bootstrap(correct):
    random = np.random.default_rng()
    means = np.array([one_test(correct, random) for _ in range(2000)])
    low, high = np.percentile(means, 2.5), np.percentile(means, 97.5)
    return [float(low), float(high)]
""",
        """
def bootstrap(correct):
    random = np.random.default_rng()
    n = correct.size
    means = np.empty(2000)
    for i in range(2000):
        means[i] = np.count_nonzero(correct[random.integers(0, n, size=n)]) / n
    return np.quantile(means, [0.025, 0.975])
""",
        "bootstrap = lambda correct: np.percentile([np.random.choice(correct, len(correct)).mean() for _ in range(2000)], [2.5, 97.5])",
    ],
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
}
