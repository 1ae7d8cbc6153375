"""Typical wrong answers to the exercises of notebook 02."""

FILTER = "filter_bottom_edge = torch.tensor({})"
SIZE = "def map_size(size, kernel_size):\n    return {}"
COUNT = "def count_weights(inputs, outputs, kernel_size):\n    return {}"
SOFTMAX = "def own_softmax(logits):\n    powers = logits.exp()\n    return {}"
NETWORK = """
network = nn.Sequential(
    nn.Conv2d(1, 8, kernel_size=3{padding}),
    {between}
    nn.Linear({inputs}, 10),{after}
)
"""
USUAL = "nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(),"


def network(padding=", padding=1", between=USUAL, inputs="8 * 14 * 14", after=""):
    return NETWORK.format(padding=padding, between=between, inputs=inputs, after=after)


WRONG = {
    "02.1": [
        (FILTER.format("[[-1., -1., -1.], [0., 0., 0.], [1., 1., 1.]]"), "upside down"),
        (FILTER.format("[[1., 0., -1.], [1., 0., -1.], [1., 0., -1.]]"), "the rows must differ"),
        (FILTER.format("[[1., 1., 1.], [0., 0., 0.], [0., 0., 0.]]"), "add up to 0"),
        (FILTER.format("[[1., 1., 1.], [-1., -1., -1.]]"), "shape should be (3, 3)"),
        (FILTER.format("[[2., 1., 0.], [1., 0., -1.], [0., -1., -2.]]"), "other edges"),
        (FILTER.format("[[0., 0., 0.], [0., 0., 0.], [0., 0., 0.]]"), "0 to every edge"),
        ("filter_bottom_edge = [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]", "should be a tensor"),
    ],
    "02.2": [
        (SIZE.format("size // 2"), "You forgot the filter"),
        (SIZE.format("size - kernel_size + 1"), "You forgot the pooling"),
        (SIZE.format("(size - kernel_size) // 2"), "Off by one"),
        (SIZE.format("(size - kernel_size + 1) / 2"), "rounds down"),
        (SIZE.format("(size - kernel_size + 2) // 2"), "You round up"),
        (SIZE.format("size // 2 - kernel_size + 1"), "The convolution comes first"),
        (SIZE.format("(size - 2) // 2"), "A larger filter takes off more"),
        (SIZE.format("13"), "a map of 5 is left"),
    ],
    "02.3": [
        (COUNT.format("outputs * inputs * kernel_size**2"), "You forgot the bias"),
        (COUNT.format("outputs * inputs * kernel_size**2 + 1"), "One bias is not enough"),
        (COUNT.format("outputs * (kernel_size**2 + 1)"), "input channels"),
        (COUNT.format("outputs * (kernel_size * inputs + 1)"), "square the size"),
        (COUNT.format("inputs * (kernel_size**2 * outputs + 1)"), "swapped"),
        (COUNT.format("kernel_size**2 * inputs + 1"), "weights of one filter"),
        (COUNT.format("160"), "PyTorch counts"),
    ],
    "02.4": [
        (network(inputs="8 * 13 * 13"), "counted without the padding"),
        (network(padding=""), "off by the padding"),
        (network(padding="", inputs="8 * 13 * 13"), "rim of zeros is missing"),
        (network(between="nn.MaxPool2d(2), nn.ReLU(),"), "`nn.Flatten()`"),
        (network(between="nn.ReLU(), nn.Flatten(),"), "The pooling is missing"),
        (network(after=" nn.Softmax(dim=1),"), "softmax"),
        (network(between="nn.MaxPool2d(2), nn.Flatten(),"), "no `nn.ReLU`"),
        (network(after=" nn.ReLU(),"), "The last ReLU"),
        (network(inputs="14 * 14"), "channels × rows × columns"),
        (network().replace("1, 8", "8, 1"), "1 channel with 8 filters"),
    ],
    "02.5": [
        (SOFTMAX.format("powers / powers.sum(dim=0)"), "wrong axis"),
        (SOFTMAX.format("powers / powers.sum()"), "whole batch"),
        (SOFTMAX.format("powers"), "Divide them by their sum"),
        (SOFTMAX.format("logits / logits.sum(dim=1, keepdim=True)"), "positive first"),
        (SOFTMAX.format("powers.sum(dim=1)"), "ten probabilities for each image"),
        (SOFTMAX.format("logits.log_softmax(dim=1)"), "logarithms of the probabilities"),
    ],
}
