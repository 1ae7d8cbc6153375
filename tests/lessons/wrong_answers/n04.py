"""Typical wrong answers to the exercises of notebook 04, and words of the message for each."""

WRONG: dict[str, list[tuple[str, str]]] = {
    "04.1": [
        ("def accuracy(digits, labels):\n    return 100 * (digits == labels).mean()", "percent"),
        ("def accuracy(digits, labels):\n    return (digits == labels).sum()", "how many"),
        ("def accuracy(digits, labels):\n    return (digits != labels).mean()", "mistakes"),
        ("def accuracy(digits, labels):\n    return digits == labels", "one number"),
        ("def accuracy(digits, labels):\n    return 0.98", "says 0.98"),
    ],
    "04.2": [
        (
            "import numpy as np\n"
            "def count_pairs(digits, labels):\n"
            "    matrix = np.zeros((10, 10), int)\n"
            "    for true, answer in zip(labels, digits):\n"
            "        matrix[answer, true] += 1\n"
            "    return matrix",
            "transposed",
        ),
        (
            "import numpy as np\n"
            "def count_pairs(digits, labels):\n"
            "    matrix = np.zeros((10, 10), int)\n"
            "    matrix[labels, digits] += 1\n"
            "    return matrix",
            "only 0 and 1",
        ),
        (
            "from sklearn.metrics import confusion_matrix\n"
            "def count_pairs(digits, labels):\n"
            "    return confusion_matrix(labels, digits)",
            "nine rows",
        ),
        (
            "import numpy as np\n"
            "def count_pairs(digits, labels):\n"
            "    matrix = np.zeros((10, 10), int)\n"
            "    for true, answer in zip(labels, digits):\n"
            "        if true != answer:\n"
            "            matrix[true, answer] += 1\n"
            "    return matrix",
            "diagonal",
        ),
    ],
    "04.3": [
        (
            "def recall_precision(matrix, digit):\n"
            "    hits = matrix[digit, digit]\n"
            "    return hits / matrix[:, digit].sum(), hits / matrix[digit].sum()",
            "swapped",
        ),
        (
            "def recall_precision(matrix, digit):\n"
            "    hits = matrix[digit, digit]\n"
            "    return hits / matrix.sum(), hits / matrix.sum()",
            "divide by all images",
        ),
        (
            "def recall_precision(matrix, digit):\n"
            "    hits = matrix[digit, digit]\n"
            "    return hits / matrix[digit].sum(), hits / matrix[digit].sum()",
            "Both use the row",
        ),
        (
            "def recall_precision(matrix, digit):\n    return matrix[digit, digit] / matrix.sum()",
            "Return 2 numbers",
        ),
    ],
    "04.4": [
        (
            "import numpy as np\n"
            "def bootstrap(correct):\n"
            "    random, n = np.random.default_rng(), len(correct)\n"
            "    means = [correct[random.integers(n, size=100)].mean() for _ in range(1000)]\n"
            "    return np.percentile(means, [2.5, 97.5])",
            "too wide",
        ),
        (
            "import numpy as np\n"
            "def bootstrap(correct):\n"
            "    random, n = np.random.default_rng(), len(correct)\n"
            "    means = [random.permutation(correct).mean() for _ in range(1000)]\n"
            "    return np.percentile(means, [2.5, 97.5])",
            "with repetition",
        ),
        (
            "import numpy as np\n"
            "def bootstrap(correct):\n"
            "    random, n = np.random.default_rng(), len(correct)\n"
            "    means = [correct[random.integers(n, size=n)].mean() for _ in range(2000)]\n"
            "    return np.percentile(means, [5, 95])",
            "a little too narrow",
        ),
        (
            "import numpy as np\n"
            "def bootstrap(correct):\n"
            "    random, n = np.random.default_rng(), len(correct)\n"
            "    means = [correct[random.integers(n, size=10_000)].mean() for _ in range(1000)]\n"
            "    return np.percentile(means, [2.5, 97.5])",
            "too narrow",
        ),
        (
            "import numpy as np\n"
            "def bootstrap(correct):\n"
            "    return np.percentile(correct.astype(float), [2.5, 97.5])",
            "single answers",
        ),
    ],
    "04.5": [
        (
            "def surest_mistakes(probabilities, labels, n):\n"
            "    return (-probabilities.max(axis=1)).argsort()[:n]",
            "right or wrong",
        ),
        (
            "import numpy as np\n"
            "def surest_mistakes(probabilities, labels, n):\n"
            "    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)\n"
            "    return np.argsort(-probabilities[wrong].max(axis=1))[:n]",
            "count the mistakes",
        ),
        (
            "import numpy as np\n"
            "def surest_mistakes(probabilities, labels, n):\n"
            "    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)\n"
            "    return wrong[np.argsort(probabilities[wrong].max(axis=1))[:n]]",
            "least sure",
        ),
        (
            "import numpy as np\n"
            "def surest_mistakes(probabilities, labels, n):\n"
            "    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)\n"
            "    return wrong[np.argsort(probabilities[wrong, labels[wrong]])[:n]]",
            "true digit",
        ),
    ],
}
