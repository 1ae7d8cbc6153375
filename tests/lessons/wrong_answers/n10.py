"""Answers to the exercises of notebook 10: wrong ones with their words, and right ones."""

WRONG = {
    (
        "10.1",
        """
def as_torch_layer(kernel, bias):
    if kernel.ndim == 4:
        layer = nn.Conv2d(kernel.shape[2], kernel.shape[3], kernel.shape[:2])
    else:
        layer = nn.Linear(*kernel.shape)
    with torch.no_grad():
        if kernel.ndim == 4:
            layer.weight.copy_({})
        else:
            layer.weight.copy_(torch.tensor(kernel).T)
        layer.bias.copy_(torch.tensor(bias))
    return layer
""",
    ): {
        "torch.tensor(kernel).reshape(layer.weight.shape)": "`reshape` does not",
        "torch.tensor(kernel).permute(3, 2, 1, 0)": "Each filter's rows and columns are swapped",
        "torch.tensor(kernel).permute(2, 3, 0, 1)": "`in` and `out` are swapped. PyTorch",
        "torch.tensor(kernel).permute(2, 3, 1, 0)": "`in` and `out` are swapped, and so are",
        "torch.tensor(kernel)": "The weights are in Keras's order",
        "torch.tensor(kernel).permute(3, 2, 0, 1).flip(2, 3)": "The filters are turned round",
        "torch.tensor(kernel).permute(3, 2, 0, 1) / 255": "should be",
        "torch.zeros(layer.weight.shape)": "The weights are all 0",
        "layer.weight": "The layer's `weight` is another one",
        "kernel.transpose(3, 2, 0, 1)": "An array of NumPy's is no tensor",
        "torch.tensor(kernel).permute(3, 0, 1, 2).reshape(layer.weight.shape)": "the weight at [0, 0, 0, 1] (out, in, row, column)",
    },
    (
        "10.1",
        """
def as_torch_layer(kernel, bias):
    weight = torch.tensor(kernel)
    if weight.ndim == 4:
        rows, columns, inputs, outputs = weight.shape
        layer = nn.Conv2d(inputs, outputs, (rows, columns))
        weight = weight.permute(3, 2, 0, 1)
    else:
        layer = nn.Linear(*weight.shape)
        weight = weight.T
    {}
    return layer
""",
    ): {
        "layer.weight.data = weight": "The layer's `bias` is another one",
        "layer.weight.data, layer.bias.data = weight, 0 * layer.bias.data": "The bias is 0",
        "layer.weight.copy_(weight)": "Fill a layer inside of `with torch.no_grad():`",
        "layer.weight = weight": "Fill a layer inside of `with torch.no_grad():`",
        "layer.weight.data, layer.bias = weight, None": "Your layer has no bias",
        "pass": "The layer's `weight` is another one",
        "layer.weight.data, layer.bias.data = weight, torch.tensor(bias).flip(0)": "Number 0 of the bias should be",
        "layer = nn.Sequential(layer, nn.ReLU())": "return an `nn.Conv2d`; yours is a Sequential",
        "layer = as_torch_layer": "yours is a function.",
        "layer.load_state_dict({'weight': weight})": "needs `weight` and `bias`",
        "layer = weight": "return an `nn.Conv2d`; yours is a tensor",
        "layer = nn.Conv2d(*weight.shape[:2], weight.shape[-1])": "The layer's `weight` is another one",
        "layer = None": "returns None",
    },
    ("10.1", "{}"): {
        "as_torch_layer = nn.Linear(3, 4)": "not a layer that it has made",
        """
def as_torch_layer(kernel, bias):
    layer = nn.Linear(*kernel.shape) if kernel.ndim == 2 else nn.Conv2d(kernel.shape[2], kernel.shape[3], kernel.shape[0])
    layer.weight.data = torch.tensor(kernel.transpose(3, 2, 0, 1) if kernel.ndim == 4 else kernel)
    layer.bias.data = torch.tensor(bias)
    return layer
""": "A dense layer is `(in, out)` in Keras",
        """
def as_torch_layer(kernel, bias):
    layer = nn.Conv2d(kernel.shape[2], kernel.shape[3], kernel.shape[:2], padding="same")
    layer.weight.data = torch.tensor(kernel.transpose(3, 2, 0, 1))
    layer.bias.data = torch.tensor(bias)
    return layer
""": "The convolution should have no padding",
        """
def as_torch_layer(kernel, bias):
    layer = nn.Conv2d(kernel.shape[2], kernel.shape[3], kernel.shape[:2], stride=2)
    layer.weight.data = torch.tensor(kernel.transpose(3, 2, 0, 1))
    layer.bias.data = torch.tensor(bias)
    return layer
""": "should have no stride but 1",
    },
    (
        "10.2",
        "def to_keras(weight, channels, rows, columns):\n    n = channels * rows * columns\n    return {}",
    ): {
        "weight.T.numpy()": "stay in PyTorch's order, channels first",
        "weight.reshape(n, -1).numpy()": "`reshape` alone changes no order",
        "weight.reshape(-1, channels, rows, columns).permute(3, 2, 1, 0).reshape(n, -1).numpy()": "rows and columns are swapped",
        "weight.reshape(-1, channels, rows, columns).permute(2, 1, 3, 0).reshape(n, -1).numpy()": "Channels and columns have changed places",
        "weight.reshape(-1, rows, columns, channels).permute(3, 1, 2, 0).reshape(n, -1).numpy()": "You go the other way",
        "weight.reshape(-1, rows, columns, channels).permute(1, 2, 3, 0).reshape(n, -1).numpy()": "stay in PyTorch's order, channels first",
        "weight.reshape(-1, channels, rows, columns).permute(0, 2, 3, 1).reshape(n, -1).numpy()": "are not swapped before",
        "weight.reshape(-1, channels, rows, columns).permute(2, 3, 1, 0).reshape(n, -1)": "yours is a tensor",
        "weight.reshape(-1, channels, rows, columns).permute(2, 3, 1, 0).numpy()": "Lay the first three axes out in one again",
        "weight.reshape(-1, channels, rows, columns).permute(0, 2, 3, 1).reshape(-1, n).numpy()": "Keras wants `(in, out)`",
        "weight.reshape(-1, channels, rows, columns).permute(2, 3, 1, 0).flatten().numpy()": "should stay two axes",
        "weight.reshape(-1, channels, rows, columns).permute(2, 3, 1, 0).reshape(n, -1).flip(0).numpy()": "You turn the order of the inputs round",
        "weight.reshape(-1, channels, rows, columns).permute(2, 3, 1, 0).reshape(n, -1).tolist()": "Return a NumPy array, but yours is a list",
        "weight.reshape(-1, channels, rows, columns).permute(1, 3, 2, 0).reshape(n, -1).numpy()": "The channels still come first, and rows",
        "weight.reshape(-1, 64, 3, 3).permute(2, 3, 1, 0).reshape(n, -1).numpy()": "Here `weight` has the shape (7, 24)",
        "weight.reshape(-1, channels, rows, columns).permute(2, 3, 1, 0).reshape(n, -1).numpy().round(2)": "You round",
        "weight.reshape(channels, rows, columns, -1).permute(1, 2, 0, 3).reshape(n, -1).numpy()": "with `out` first",
        "print(weight.T)": "your function returns None",
    },
    (
        "10.3",
        """
def compare_readers(right_a, right_b):
    a, b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    n, gap = a + b, abs(a - b)
    return {}
""",
    ): {
        "b, a, sum(comb(n, k) for k in range(n + 1) if abs(2 * k - n) >= gap) / 2**n": "A and B are swapped",
        "a, b, sum(comb(n, k) for k in range(max(a, b), n + 1)) / 2**n": "You count one end only",
        "a, b, sum(comb(n, k) for k in range(a, n + 1)) / 2**n": "in favour of A only",
        "a, b, sum(comb(n, k) for k in range(b, n + 1)) / 2**n": "in favour of B only",
        "a, b, 2 * sum(comb(n, k) for k in range(max(a, b), n + 1)) / 2**n": "the middle is counted twice",
        "a, b, sum(comb(n, k) for k in range(n + 1) if abs(2 * k - n) > gap) / 2**n": "`>=`, not `>`",
        "a, b, comb(n, a) / 2**n": "exactly this split. A more",
        "a, b, 1 - sum(comb(n, k) for k in range(n + 1) if abs(2 * k - n) >= gap) / 2**n": "how probable a *less* uneven split",
        "a, b, sum(comb(n, k) for k in range(n + 1) if abs(k - n / 2) >= gap) / 2**n": "*half the coins*",
        "a, b, sum(comb(n, k) for k in range(n + 1) if abs(2 * k - n) >= gap)": "the probability is",
        "a, b, a / max(n, 1)": "you say 7, 2 and 0.777778",
        "a, b, float((abs(n - 2 * np.random.default_rng().binomial(n, 0.5, 100_000)) >= gap).mean())": "as with tossed coins",
        "a, b, float((abs(n - 2 * np.random.default_rng(0).binomial(n, 0.5, 100_000)) >= gap).mean())": "the probability is",
        "a, b, sum(comb(n, k) for k in range(n + 1) if abs(2 * k - n) >= gap) / 2**n if n else 0": "the probability is 1",
        "sum(comb(n, k) for k in range(n + 1) if abs(2 * k - n) >= gap) / 2**n": "Return 3 numbers",
        "a, b": "Return 3 numbers, only A, only B, and the probability; yours are 2",
        "a, b, __import__('math').erfc(gap / (2 * max(n, 1)) ** 0.5)": "This comes from the bell curve",
    },
    ("10.3", "{}"): {
        """
def compare_readers(right_a, right_b):
    a, b = int(right_a.sum()), int(right_b.sum())
    n, gap = a + b, abs(a - b)
    return a, b, sum(comb(n, k) for k in range(n + 1) if abs(2 * k - n) >= gap) / 2**n
""": "You count all the images that each one reads",
        """
def compare_readers(right_a, right_b):
    a, b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    n, gap = len(right_a), abs(a - b)
    return a, b, sum(comb(n, k) for k in range(n + 1) if abs(2 * k - n) >= gap) / 2**n
""": "you toss a coin for every image",
        """
def compare_readers(right_a, right_b):
    a, b = (right_a - right_b).sum(), (right_b - right_a).sum()
    return a, b, 1
""": "cannot be subtracted",
        """
def compare_readers(right_a, right_b):
    a, b = sum(right_a and not right_b), sum(right_b and not right_a)
    return a, b, 1
""": "`and`, `or` and `not` want one answer",
    },
}

RIGHT = {
    "10.1": [
        """
def as_torch_layer(kernel, bias):
    if kernel.ndim == 4:
        layer = nn.Conv2d(kernel.shape[2], kernel.shape[3], kernel_size=kernel.shape[:2])
        layer.weight.data = torch.from_numpy(kernel.transpose(3, 2, 0, 1))
    else:
        layer = nn.Linear(kernel.shape[0], kernel.shape[1])
        layer.weight.data = torch.from_numpy(kernel.T)
    layer.bias.data = torch.from_numpy(bias)
    return layer
""",
        """
def as_torch_layer(kernel, bias):
    weight = torch.tensor(kernel).movedim((-1, -2), (0, 1))
    if kernel.ndim == 2:
        layer = nn.Linear(weight.shape[1], weight.shape[0])
    else:
        layer = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2:])
    layer.load_state_dict({"weight": weight, "bias": torch.tensor(bias)})
    return layer
""",
        """
def as_torch_layer(kernel, bias):
    if len(kernel.shape) == 2:
        layer = nn.Linear(*kernel.shape)
        layer.weight = nn.Parameter(torch.tensor(kernel).t())
    else:
        rows, columns, i, o = kernel.shape
        layer = nn.Conv2d(i, o, (rows, columns), padding="valid")
        layer.weight = nn.Parameter(torch.tensor(kernel).permute(3, 2, 0, 1))
    layer.bias = nn.Parameter(torch.tensor(bias))
    return layer
""",
        """
def as_torch_layer(kernel, bias):
    with torch.no_grad():
        if kernel.ndim == 4:
            rows, columns, inputs, outputs = kernel.shape
            layer = nn.Conv2d(inputs, outputs, (rows, columns))
            for o in range(outputs):
                for i in range(inputs):
                    layer.weight[o, i] = torch.tensor(kernel[:, :, i, o])
        else:
            layer = nn.Linear(*kernel.shape)
            for o in range(kernel.shape[1]):
                layer.weight[o] = torch.tensor(kernel[:, o])
        layer.bias[:] = torch.tensor(bias)
    return layer
""",
        """
def as_torch_layer(kernel, bias):
    turned = np.einsum("rcio->oirc", kernel) if kernel.ndim == 4 else np.einsum("io->oi", kernel)
    layer = nn.LazyConv2d(len(bias), turned.shape[2:]) if kernel.ndim == 4 else nn.LazyLinear(len(bias))
    layer(torch.zeros(1, turned.shape[1], 9, 9) if kernel.ndim == 4 else torch.zeros(1, turned.shape[1]))
    layer.weight.data.copy_(torch.tensor(turned))
    layer.bias.data.copy_(torch.tensor(bias))
    return layer.eval()
""",
        """
def to_torch(kernel):
    kernel = torch.tensor(kernel)
    return kernel.permute(3, 2, 0, 1) if kernel.ndim == 4 else kernel.T

def as_torch_layer(kernel, bias):
    outputs, inputs, *size = to_torch(kernel).shape
    layer = nn.Conv2d(inputs, outputs, tuple(size)) if size else nn.Linear(inputs, outputs)
    layer = layer.requires_grad_(False)
    layer.weight.copy_(to_torch(kernel))
    layer.bias.copy_(torch.as_tensor(bias))
    return layer
""",
    ],
    "10.2": [
        """
def to_keras(weight, channels, rows, columns):
    return weight.reshape(-1, channels, rows, columns).permute(0, 2, 3, 1).flatten(1).T.numpy()
""",
        """
def to_keras(weight, channels, rows, columns):  # rows and columns stay side by side
    places = rows * columns
    table = weight.reshape(-1, channels, places).permute(2, 1, 0)
    return table.reshape(places * channels, -1).numpy()
""",
        """
def to_keras(weight, channels, rows, columns):
    table = weight.T.numpy().reshape(channels, rows, columns, -1)
    return np.moveaxis(table, 0, 2).reshape(channels * rows * columns, -1)
""",
        """
def to_keras(weight, channels, rows, columns):
    order = np.arange(channels * rows * columns).reshape(channels, rows, columns)
    return weight.numpy().T[order.transpose(1, 2, 0).ravel()]
""",
        """
def to_keras(weight, channels, rows, columns):
    kernel = np.zeros((rows * columns * channels, len(weight)), dtype=np.float32)
    for c in range(channels):
        for r in range(rows):
            for k in range(columns):
                kernel[(r * columns + k) * channels + c] = weight[:, (c * rows + r) * columns + k]
    return kernel
""",
        """
def to_keras(weight, channels, rows, columns):
    maps = weight.unflatten(1, (channels, rows, columns))
    return maps.movedim(1, -1).flatten(1).t().contiguous().numpy()
""",
        """
def to_keras(weight, channels, rows, columns):
    return np.einsum("ocrk->rkco", np.asarray(weight).reshape(-1, channels, rows, columns)).reshape(-1, len(weight)).astype(np.float64)
""",
    ],
    "10.3": [
        """
def compare_readers(right_a, right_b):
    a = ((right_a == True) & (right_b == False)).sum()
    b = ((right_a == False) & (right_b == True)).sum()
    n, most = int(a + b), int(max(a, b))
    one_end = sum(comb(n, k) for k in range(most, n + 1)) / 2**n
    return a, b, min(1.0, 2 * one_end)
""",
        """
def compare_readers(right_a, right_b):
    from scipy.stats import binomtest
    a, b = (right_a > right_b).sum(), (right_b > right_a).sum()
    return a, b, binomtest(int(a), int(a + b)).pvalue if a + b else 1
""",
        """
def compare_readers(right_a, right_b):
    only_a = only_b = 0
    for a, b in zip(right_a, right_b):
        if a and not b:
            only_a += 1
        if b and not a:
            only_b += 1
    n = only_a + only_b
    p = 0
    for heads in range(n + 1):
        if abs(heads - (n - heads)) >= abs(only_a - only_b):
            p += comb(n, heads) * 0.5**n
    return [only_a, only_b, p]
""",
        """
def compare_readers(right_a, right_b):
    differ = right_a != right_b
    a = np.sum(right_a[differ])
    n = np.sum(differ)
    b = n - a
    heads = np.arange(n + 1)
    ways = np.array([comb(int(n), int(k)) for k in heads], dtype=float)
    return np.array([a, b, ways[abs(heads - n / 2) >= abs(a - n / 2)].sum() / 2.0**n])
""",
        """
def compare_readers(right_a, right_b):
    a, b = int(np.count_nonzero(right_a & ~right_b)), int(np.count_nonzero(~right_a & right_b))
    if a == b:
        return a, b, 1.0
    n, few = a + b, min(a, b)
    return a, b, 2 * sum(comb(n, k) for k in range(few + 1)) / 2**n
""",
        """
def compare_readers(right_a, right_b):
    a, b = int(np.logical_and(right_a, ~right_b).sum()), int(np.logical_and(right_b, ~right_a).sum())
    chances = torch.ones(1, dtype=torch.float64)
    for _ in range(a + b):
        chances = (torch.cat([chances, torch.zeros(1)]) + torch.cat([torch.zeros(1), chances])) / 2
    heads = torch.arange(a + b + 1)
    return torch.tensor(a), torch.tensor(b), chances[(2 * heads - a - b).abs() >= abs(a - b)].sum()
""",
    ],
}

LAYER = """
def as_torch_layer(kernel, bias):
    rows, columns, inputs, outputs = kernel.shape
    layer = nn.Conv2d(inputs, outputs, {})
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(kernel).permute(3, 2, 0, 1))
        layer.bias.copy_(torch.tensor(bias))
    return layer
"""
COMPARE = """
def compare_readers(right_a, right_b):
    a, b = {}
    n, gap = a + b, abs(a - b)
    return a, b, sum(comb(n, k) for k in range(n + 1) if abs(2 * k - n) >= gap) / 2**n
"""
COUNTS = "int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())"
RIGHT_COMPARE = COMPARE.format(COUNTS)
WRONG |= {
    ("10.1", LAYER): {
        "(rows, columns)).double().requires_grad_(False": "is of torch.float64",
        "(rows, columns), bias=False": "A layer made with `bias=False`",
        "(rows, columns)": "`kernel.ndim`",
        "rows": "PyTorch's weight has the shape (4, 3, 2, 5), its bias (4,)",
    },
    (
        "10.2",
        "def to_keras(weight, channels, rows, columns):\n    n = channels * rows * columns\n    return {} ",
    ): {
        "weight.reshape(10, channels, rows, columns).permute(2, 3, 1, 0).reshape(n, -1).numpy()": "Here `weight` has the shape (7, 24)",
        "-weight.reshape(-1, channels, rows, columns).permute(2, 3, 1, 0).reshape(n, -1).numpy()": "should stay the same, in another order",
        "weight.reshape(-1, channels, rows, columns).flip(1).permute(2, 3, 1, 0).reshape(n, -1).numpy()": "What is PyTorch's?",
        "weight.reshape(-1, channels, rows, columns).permute(2, 3, 1, 0).reshape(n, -1).half().numpy()": "which keeps few digits",
        "weight.numpy().reshape(-1, channels, rows, columns).transpose(1, 2, 0)": "another number of axes",
        "weight.reshape(-1, channels, rows, columns).permute(2, 3, 1, 0).view(n, -1).numpy()": "only `reshape` can",
        "weight.reshape(-1, channels, rows, columns).transpose(2, 3, 1, 0).reshape(n, -1).numpy()": "a tensor has `permute`",
        "weight.numpy().reshape(-1, channels, rows, columns).permute(2, 3, 1, 0).reshape(n, -1)": "a tensor has `permute`",
        "weight.reshape(-1, channels, columns, rows).permute(3, 2, 1, 0).reshape(n, -1).numpy()": "rows and columns are swapped",
    },
    ("10.3", COMPARE): {
        "(right_a & ~right_b).sum(), (right_b & ~right_a).sum()": "whole numbers end at 2**63",
        "int((right_a | ~right_b).sum()), int((right_b | ~right_a).sum())": "`|` means *or*",
        "int((right_a & ~right_b).sum() / 2), 0": "Count only what one of the two reads",
        "(right_a & -right_b).sum(), (right_b & -right_a).sum()": "*Not* is `~`",
        "(right_a - right_b).sum(), (right_b - right_a).sum()": "True and False cannot be subtracted. `right_a",
    },
    ("10.3", "{} "): {
        RIGHT_COMPARE.replace("return a, b, ", "p = ")
        + "    return p, a, b\n": "You begin with the probability",
        RIGHT_COMPARE.replace("/ 2**n", "/ 2**n if n else 1 / n"): "If no image tells",
        RIGHT_COMPARE.replace("/ 2**n", "/ 2**n if n < 40 else 0"): "Are your counts NumPy's",
        RIGHT_COMPARE.replace("2**n", "np.power(2, n)"): "whole numbers end at 2**63",
        RIGHT_COMPARE.replace("sum(comb", "__import__('fractions').Fraction(sum(comb").replace(
            " / 2**n", ", int(np.int64(2) ** n))"
        ): "whole numbers end at 2**63",
        RIGHT_COMPARE.replace(
            "sum(comb(n, k) for k in range(n + 1) if abs(2 * k - n) >= gap)",
            "np.array([comb(n, k) for k in range(n + 1) if abs(2 * k - n) >= gap]).sum()",
        ): "whole numbers end at 2**63",
        RIGHT_COMPARE.replace("range(n + 1)", "range(n)"): "That all coins show heads is missing",
        RIGHT_COMPARE.replace("sum(comb", "100 * sum(comb"): "This is a percentage",
        RIGHT_COMPARE.replace(
            "    return", "    if n == 0:\n        return 0, 0, 1\n    return"
        ).replace(">= gap", "> gap"): "`>=`, not `>`",
        RIGHT_COMPARE.replace(
            ">= gap) / 2**n", ">= gap) / 2**n if n else 2"
        ): "If no image tells the two apart",
        RIGHT_COMPARE.replace(
            "sum(comb(n, k) for k in range(n + 1) if abs(2 * k - n) >= gap) / 2**n",
            "float((abs(n - 2 * np.random.default_rng(0).binomial(n, 0.5, 100_000)) >= gap).mean())",
        ): "in 92 of the 512 ways",
    },
}
