"""Answers to the exercises of notebook 02: wrong ones with their words, and right ones."""

WRONG = {
    ("02.1", "{}"): {
        "filter_bottom_edge = torch.tensor([[-1., -1., -1.], [0., 0., 0.], [1., 1., 1.]])": "This filter looks for upper rims",
        "filter_bottom_edge = torch.tensor([[1., 0., -1.], [1., 0., -1.], [1., 0., -1.]])": "This filter looks for right edges",
        "filter_bottom_edge = torch.tensor([[1., 1., 1.], [0., 0., 0.], [0., 0., 0.]])": "On a patch full of ink, with",
        "filter_bottom_edge = torch.tensor([[1., 1., 1.], [-1., -1., -1.]])": "The shape should be (3, 3), but",
        "filter_bottom_edge = torch.tensor([[2., 1., 0.], [1., 0., -1.], [0., -1., -2.]])": "Your filter also answers to other edges",
        "filter_bottom_edge = torch.tensor([[0., 0., 0.], [0., 0., 0.], [0., 0., 0.]])": "Your filter answers 0 to every edge",
        "filter_bottom_edge = [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]": "The answer should be a tensor, but",
        "filter_bottom_edge = torch.tensor([[-1.0, 0, 1], [-1, 0, 1], [-1, 0, 1]])": "This filter looks for left edges",
        "filter_bottom_edge = ...": "There is no answer yet",
        "filter_bottom_edge = torch.tensor([[-1.0, -1, -1], [2, 2, 2], [-1, -1, -1]])": "This filter looks for a thin line",
    },
    ("02.2", "def map_size(size, kernel_size):\n    return {}"): {
        "size // 2": "You forgot the filter",
        "size - kernel_size + 1": "You forgot the pooling",
        "(size - kernel_size) // 2": "Off by one before the pooling",
        "(size - kernel_size + 1) / 2": "5.5 is not a whole number",
        "(size - kernel_size + 2) // 2": "One too many",
        "size // 2 - kernel_size + 1": "You halve first, or take the filter",
        "(size - 2) // 2": "You take off 2 pixels whatever the",
        "13": "Your function returns the same for every",
        "round((size - kernel_size + 1) / 2)": "`round` goes to the nearest even number",
        "(size - kernel_size - 1) // 2": "Off by one before the pooling",
        "(kernel_size - size + 1) // 2": "You swapped size and filter",
        "(28 - kernel_size + 1) // 2": "You use an image of 28 pixels",
        "(size - kernel_size + 1) // kernel_size": "Pooling halves, whatever the filter is",
        "((size - kernel_size + 1) // 2) ** 2": "This is the number of pixels",
        "(size - kernel_size + 1) // 4": "2×2 pooling halves the width",
        "str((size - kernel_size + 1) // 2)": "The answer should be one number, but",
        "(size - kernel_size // 2 * 2) // 2": "This is right for odd filters only",
        "(size + 2 * (kernel_size // 2) - kernel_size + 1) // 2": "This is with padding",
        "math.floor((size - kernel_size + 1) / 2)": "NameError: name 'math' is not define",
    },
    ("02.2", "{}"): {
        """
def map_size(size, kernel_size):
    print((size - kernel_size + 1) // 2)
""": "Your function prints its result and returns",
        """
def map_size(size, kernel_size):
    (size - kernel_size + 1) // 2
""": "Your function returns nothing",
        """
def map_size(size, kernel_size):
    if size % 2 == 0:
        return (size - kernel_size + 1) // 2
""": "With size = 13, kernel_size = 3",
        """
def map_size(size, kernel_size):
    if kernel_size == 3:
        return (size - 2) // 2
    if kernel_size == 5:
        return (size - 4) // 2
""": "With size = 29, kernel_size = 4",
    },
    ("02.3", "def count_weights(inputs, outputs, kernel_size):\n    return {}"): {
        "outputs * inputs * kernel_size**2": "You forgot the bias",
        "outputs * inputs * kernel_size**2 + 1": "One bias is not enough",
        "outputs * (kernel_size**2 + 1)": "You forgot the input channels",
        "outputs * (kernel_size * inputs + 1)": "A filter of 3 pixels has 3×3",
        "inputs * (kernel_size**2 * outputs + 1)": "There are as many biases as filters",
        "kernel_size**2 * inputs + 1": "These are the weights of one filter",
        "160": "Your function returns the same for every",
        "outputs * inputs * (kernel_size * kernel_size + 1)": "There is one bias for each filter",
        "outputs * (3 * 3 * inputs + 1)": "You use 3×3 whatever the filter's size",
        "outputs * (kernel_size * 2 * inputs + 1)": "Twice the size is not its square",
        "outputs * (kernel_size ^ 2 * inputs + 1)": "`^` is no power in Python",
        "(outputs + inputs) * kernel_size**2 + outputs": "You add inputs and outputs",
        "outputs * (kernel_size**2 * inputs - 1)": "Add the biases",
        "outputs * (kernel_size**2 * (inputs + 1))": "There is one bias for each filter",
        "outputs * (inputs**2 * kernel_size + 1)": "You square the inputs",
        "outputs * (28 - kernel_size + 1) ** 2": "These are the numbers of the maps",
    },
    ("02.3", "{}"): {
        """
def count_weights(inputs, outputs, kernel_size):
    print(outputs * (kernel_size**2 * inputs + 1))
""": "Your function prints its result and returns",
        """
def count_weights(inputs, outputs, kernel_size):
    return f'{outputs * (kernel_size**2 * inputs + 1):,}'
""": "The answer should be one number, but",
        """
def count_weights(inputs, outputs, kernel_size):
    if inputs == 1:
        return outputs * (kernel_size**2 + 1)
""": "With inputs = 16, outputs = 32",
    },
    ("02.4", "{}"): {
        """
network = nn.Sequential(
    nn.Conv2d(1, 8, kernel_size=3, padding=1), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(),
    nn.Linear(8 * 13 * 13, 10),
)
""": "The linear layer gets 1,568 numbers for",
        """
network = nn.Sequential(
    nn.Conv2d(1, 8, kernel_size=3), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(),
    nn.Linear(8 * 14 * 14, 10),
)
""": "The rim is missing, or is too",
        """
network = nn.Sequential(
    nn.Conv2d(1, 8, kernel_size=3), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(),
    nn.Linear(8 * 13 * 13, 10),
)
""": "The rim is missing, or is too",
        """
network = nn.Sequential(
    nn.Conv2d(1, 8, kernel_size=3, padding=1), nn.MaxPool2d(2), nn.ReLU(),
    nn.Linear(8 * 14 * 14, 10),
)
""": "It has no `nn.Flatten`",
        """
network = nn.Sequential(
    nn.Conv2d(1, 8, kernel_size=3, padding=1), nn.ReLU(), nn.Flatten(),
    nn.Linear(8 * 14 * 14, 10),
)
""": "It has no `nn.MaxPool2d`",
        """
network = nn.Sequential(
    nn.Conv2d(1, 8, kernel_size=3, padding=1), nn.MaxPool2d(2), nn.Flatten(),
    nn.Linear(8 * 14 * 14, 10),
)
""": "It has no `nn.ReLU`",
        """
network = nn.Sequential(
    nn.Conv2d(1, 8, kernel_size=3, padding=1), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(),
    nn.Linear(8 * 14 * 14, 10), nn.Softmax(dim=1),
)
""": "The network should end with logits",
        """
network = nn.Sequential(
    nn.Conv2d(1, 8, kernel_size=3, padding=1), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(),
    nn.Linear(8 * 14 * 14, 10), nn.ReLU(),
)
""": "The last ReLU makes negative logits zero",
        """
network = nn.Sequential(
    nn.Conv2d(1, 8, kernel_size=3, padding=1), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(),
    nn.Linear(14 * 14, 10),
)
""": "The linear layer gets 1,568 numbers for",
        """
network = nn.Sequential(
    nn.Conv2d(8, 1, kernel_size=3, padding=1), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(),
    nn.Linear(8 * 14 * 14, 10),
)
""": "The convolution should look at 1 channel",
        "network = nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 14 * 14, 10))": "The filters should be 3×3, but yours",
        "network = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.MaxPool2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 7 * 7, 10))": "The pooling should be 2×2, but yours",
        "network = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.MaxPool2d(2, stride=1), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 27 * 27, 10))": "The pooling moves by 1",
        "network = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 14 * 14, 128), nn.ReLU(), nn.Linear(128, 10))": "It has 2 layers `nn.ReLU`",
        "network = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.Flatten(), nn.Linear(8 * 14 * 14, 10))": "It has 2 layers `nn.Conv2d`",
        "network = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 14 * 14, 10))": "The convolution has no bias",
        "network = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 14 * 14, 10), nn.Dropout(0.5))": "`nn.Dropout` is not in the task",
        "network = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1, padding_mode='reflect'), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 14 * 14, 10))": "The rim should hold zeros",
        "network = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(0), nn.Linear(8 * 14 * 14, 10))": "`nn.Flatten()` keeps the image axis",
        "network = [nn.Conv2d(1, 8, 3, padding=1), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 14 * 14, 10)]": "The network should be an `nn.Sequential`, but",
        "network = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 14 * 14, 10))": "The pooling comes before the convolution",
        "network = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.MaxPool2d(2, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 15 * 15, 10))": "The pooling has a rim, too",
    },
    ("02.5", "{}"): {
        """
def own_softmax(logits):
    powers = logits.exp()
    return powers / powers.sum(dim=0)
""": "Softmax over the wrong axis",
        """
def own_softmax(logits):
    powers = logits.exp()
    return powers / powers.sum()
""": "You divide by the sum of the",
        """
def own_softmax(logits):
    powers = logits.exp()
    return powers
""": "These are the exponentials",
        """
def own_softmax(logits):
    powers = logits.exp()
    return logits / logits.sum(dim=1, keepdim=True)
""": "You divide the logits themselves by their",
        """
def own_softmax(logits):
    powers = logits.exp()
    return powers.sum(dim=1)
""": "The shape should be (10, 10), but",
        """
def own_softmax(logits):
    powers = logits.exp()
    return logits.log_softmax(dim=1)
""": "Use `exp` and `sum` here",
        """
def own_softmax(logits):
    e = logits.exp()
    e / e.sum(dim=1, keepdim=True)
""": "Your function returns nothing",
        """
def own_softmax(logits):
    e = logits.exp()
    print(e / e.sum(dim=1, keepdim=True))
""": "Your function prints its result and returns",
        """
def own_softmax(logits):
    logits.exp_()
    logits /= logits.sum(dim=1, keepdim=True)
    return logits
""": "Your function changes `logits`, which belongs to",
        """
def own_softmax(logits):
    e = logits.int().exp()
    return e / e.sum(dim=1, keepdim=True)
""": "You cut the logits to whole numbers",
        """
def own_softmax(logits):
    top = logits.exp().topk(5, dim=1)
    return logits.exp() / top.values.sum(dim=1, keepdim=True)
""": "You add up the five largest only",
    },
    ("02.5", "def own_softmax(logits):\n    return {}"): {
        "logits.exp() / logits.exp().sum(dim=1)": "You divide each row by the sums",
        "logits.abs() / logits.abs().sum(dim=1, keepdim=True)": "`abs` makes a strongly negative logit likely",
        "logits.exp() / logits.exp().max(dim=1, keepdim=True).values": "You divide by the largest",
        "logits.exp() / 10": "You divide by ten",
        "(-logits).exp() / (-logits).exp().sum(dim=1, keepdim=True)": "You turned the sign",
        "torch.sigmoid(logits)": "`sigmoid` looks at each logit alone, so",
        "2**logits / (2**logits).sum(dim=1, keepdim=True)": "You take powers of 2",
        "(logits.exp() / logits.exp().sum(dim=1, keepdim=True)).round(decimals=2)": "You round",
        "(logits.exp() / logits.exp().sum(dim=1, keepdim=True)).log()": "These are the logarithms of the probabilities",
        "100 * logits.exp() / logits.exp().sum(dim=1, keepdim=True)": "This is a percentage",
        "logits.exp() / (logits.exp().sum(dim=1, keepdim=True) + 1)": "You divide by a sum that is",
        "logits.exp() / logits.sum(dim=1, keepdim=True).exp()": "You add up first and take `exp`",
        "logits.exp() / logits.exp().mean(dim=1, keepdim=True)": "You divide by the mean of the",
        "[(row.exp() / row.exp().sum()).tolist() for row in logits]": "The answer should be a tensor, but",
        "logits.exp().div(logits.exp().sum(dim=1, keepdim=True)).sort(dim=1, descending=True).values": "You sort the probabilities",
    },
}

RIGHT = {
    "02.1": [
        "filter_bottom_edge = torch.tensor([[1, 1, 1], [0, 0, 0], [-1, -1, -1]])",
        "filter_bottom_edge = -torch.tensor([[-1.0, -1.0, -1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])",
        """
filter_top_edge = torch.tensor([[-1.0, -1.0, -1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
filter_bottom_edge = filter_top_edge.flip(0)
""",
        """
filter_bottom_edge = torch.zeros(3, 3)
filter_bottom_edge[0] = 1
filter_bottom_edge[2] = -1
""",
        "filter_bottom_edge = torch.linspace(1, -1, 3, dtype=torch.float64)[:, None].repeat(1, 3)",
        "filter_bottom_edge = torch.tensor([1.0, 0, -1]).unsqueeze(1).expand(3, 3)",
        """
import numpy
filter_bottom_edge = torch.from_numpy(numpy.outer([1, 0, -1], numpy.ones(3)))
""",
        "filter_bottom_edge = torch.tensor([[1.0, 0.0, -1.0]] * 3).T",
        """
def edge(above, middle, below):
    return torch.tensor([[float(n)] * 3 for n in (above, middle, below)])

filter_bottom_edge = edge(1, 0, -1)
""",
        "filter_bottom_edge = torch.stack([torch.ones(3), torch.zeros(3), -torch.ones(3)])",
    ],
    "02.2": [
        """
def map_size(size, kernel_size):
    return int((size - kernel_size + 1) / 2)
""",
        """
def map_size(size, kernel_size):
    after_convolution = size - (kernel_size - 1)
    after_pooling = after_convolution // 2
    return after_pooling
""",
        "map_size = lambda size, kernel_size: (size - kernel_size + 1) // 2",
        """
def map_size(size, kernel_size):
    return len(range(0, size - kernel_size + 1)) // 2
""",
        """
def map_size(size, kernel_size):
    places = 0
    start = 0
    while start + kernel_size <= size:
        places += 1
        start += 1
    return places // 2
""",
        """
def map_size(size, kernel_size):
    image = torch.zeros(1, 1, size, size)
    layers = nn.Sequential(nn.Conv2d(1, 1, kernel_size), nn.MaxPool2d(2))
    return layers(image).shape[-1]
""",
        """
def convolution(size, kernel_size):
    return size - kernel_size + 1

def pooling(size):
    return size // 2

def map_size(size, kernel_size):
    return pooling(convolution(size, kernel_size))
""",
        """
def map_size(size, kernel_size):
    width = size - kernel_size + 1
    if width % 2 == 1:
        width = width - 1
    return int(width / 2)
""",
        """
def map_size(size, kernel_size):
    return divmod(size - kernel_size + 1, 2)[0]
""",
    ],
    "02.3": [
        """
def count_weights(inputs, outputs, kernel_size):
    return inputs * outputs * kernel_size**2 + outputs
""",
        """
def count_weights(inputs, outputs, kernel_size):
    one_filter = kernel_size * kernel_size * inputs
    bias = 1
    return outputs * (one_filter + bias)
""",
        "count_weights = lambda inputs, outputs, kernel_size: outputs * (inputs * kernel_size**2 + 1)",
        """
def count_weights(inputs, outputs, kernel_size):
    layer = nn.Conv2d(inputs, outputs, kernel_size)
    return sum(p.numel() for p in layer.parameters())
""",
        """
def count_weights(inputs, outputs, kernel_size):
    total = 0
    for _ in range(outputs):
        for _ in range(inputs):
            total += kernel_size * kernel_size
        total += 1
    return total
""",
        """
def count_weights(inputs, outputs, kernel_size):
    layer = nn.Conv2d(inputs, outputs, kernel_size)
    return layer.weight.numel() + layer.bias.numel()
""",
        """
def one_filter(channels, width):
    return channels * width * width + 1

def count_weights(inputs, outputs, kernel_size):
    return sum(one_filter(inputs, kernel_size) for _ in range(outputs))
""",
        """
def count_weights(inputs, outputs, kernel_size):
    return torch.zeros(outputs, inputs, kernel_size, kernel_size).numel() + outputs
""",
    ],
    "02.4": [
        "network = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(1568, 10))",
        "network = nn.Sequential(nn.Conv2d(1, 8, (3, 3), 1, 1), nn.MaxPool2d(2, 2), nn.ReLU(inplace=True), nn.Flatten(1), nn.Linear(1568, 10))",
        """
layers = [nn.Conv2d(in_channels=1, out_channels=8, kernel_size=3, padding=1)]
layers.append(nn.MaxPool2d(kernel_size=2))
layers.append(nn.ReLU())
layers.append(nn.Flatten())
layers.append(nn.Linear(8 * 14 * 14, 10))
network = nn.Sequential(*layers)
""",
        """
def build(filters, classes):
    side = 28 // 2
    return nn.Sequential(
        nn.Conv2d(1, filters, 3, padding=1), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Linear(filters * side * side, classes),
    )

network = build(8, 10)
""",
        """
from collections import OrderedDict
network = nn.Sequential(OrderedDict([
    ("convolution", nn.Conv2d(1, 8, 3, padding=1)),
    ("pooling", nn.MaxPool2d(2)),
    ("relu", nn.ReLU()),
    ("row", nn.Flatten()),
    ("logits", nn.Linear(1568, 10)),
]))
""",
        """
network = nn.Sequential()
network.append(nn.Conv2d(1, 8, 3, padding=(1, 1)))
network.append(nn.MaxPool2d((2, 2)))
network.append(nn.ReLU())
network.append(nn.Flatten(start_dim=1))
network.append(nn.Linear(8 * 14**2, 10))
""",
    ],
    "02.5": [
        """
def own_softmax(logits):
    return torch.exp(logits) / torch.exp(logits).sum(1)[:, None]
""",
        """
def own_softmax(logits):
    shifted = logits - logits.max(dim=1, keepdim=True).values
    e = shifted.exp()
    return e / e.sum(dim=1, keepdim=True)
""",
        """
def own_softmax(logits):
    result = torch.zeros_like(logits)
    for i, row in enumerate(logits):
        e = row.exp()
        result[i] = e / e.sum()
    return result
""",
        """
def own_softmax(logits):
    return torch.stack([row.exp() / row.exp().sum() for row in logits])
""",
        """
import numpy

def own_softmax(logits):
    e = numpy.exp(logits.detach().numpy().astype(numpy.float64))
    return torch.from_numpy(e / e.sum(axis=1, keepdims=True))
""",
        "own_softmax = lambda logits: (logits.exp().T / logits.exp().sum(dim=1)).T",
        """
def own_softmax(logits):
    return (logits - logits.exp().sum(dim=-1, keepdim=True).log()).exp()
""",
        """
def own_softmax(logits):
    e = logits.double().exp()
    return e / e.sum(dim=1).unsqueeze(1)
""",
    ],
}
