"""Typical wrong answers to the exercises of notebook 02."""

FILTER = "filter_bottom_edge = torch.tensor({})"
SIZE = "def map_size(size, kernel_size):\n    return {}"
COUNT = "def count_weights(inputs, outputs, kernel_size):\n    return {}"
SOFTMAX = "def own_softmax(logits):\n    powers = logits.exp()\n    return {}"
NETWORK = """
network = nn.Sequential(
    nn.Conv2d(1, 8, kernel_size=3, padding=1), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(),
    nn.Linear(8 * 14 * 14, 10),
)
"""
UNPADDED = NETWORK.replace(", padding=1", "")

WRONG = {
    ("02.1", FILTER): {
        "[[-1., -1., -1.], [0., 0., 0.], [1., 1., 1.]]": "upside down",
        "[[1., 0., -1.], [1., 0., -1.], [1., 0., -1.]]": "the rows must differ",
        "[[1., 1., 1.], [0., 0., 0.], [0., 0., 0.]]": "add up to 0",
        "[[1., 1., 1.], [-1., -1., -1.]]": "shape should be (3, 3)",
        "[[2., 1., 0.], [1., 0., -1.], [0., -1., -2.]]": "other edges",
        "[[0., 0., 0.], [0., 0., 0.], [0., 0., 0.]]": "0 to every edge",
    },
    ("02.1", "{}"): {
        "filter_bottom_edge = [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]": "should be a tensor",
    },
    ("02.2", SIZE): {
        "size // 2": "You forgot the filter",
        "size - kernel_size + 1": "You forgot the pooling",
        "(size - kernel_size) // 2": "Off by one",
        "(size - kernel_size + 1) / 2": "rounds down",
        "(size - kernel_size + 2) // 2": "You round up",
        "size // 2 - kernel_size + 1": "The convolution comes first",
        "(size - 2) // 2": "A larger filter takes off more",
        "13": "a map of 5 is left",
    },
    ("02.3", COUNT): {
        "outputs * inputs * kernel_size**2": "You forgot the bias",
        "outputs * inputs * kernel_size**2 + 1": "One bias is not enough",
        "outputs * (kernel_size**2 + 1)": "input channels",
        "outputs * (kernel_size * inputs + 1)": "square the size",
        "inputs * (kernel_size**2 * outputs + 1)": "swapped",
        "kernel_size**2 * inputs + 1": "weights of one filter",
        "160": "PyTorch counts",
    },
    ("02.4", "{}"): {
        NETWORK.replace("14", "13"): "counted without the padding",
        UNPADDED: "off by the padding",
        UNPADDED.replace("14", "13"): "rim of zeros is missing",
        NETWORK.replace(" nn.Flatten(),", ""): "`nn.Flatten()`",
        NETWORK.replace(" nn.MaxPool2d(2),", ""): "The pooling is missing",
        NETWORK.replace(" nn.ReLU(),", ""): "no `nn.ReLU`",
        NETWORK.replace(", 10)", ", 10), nn.Softmax(dim=1)"): "softmax",
        NETWORK.replace(", 10)", ", 10), nn.ReLU()"): "The last ReLU",
        NETWORK.replace("8 * ", ""): "channels × rows × columns",
        NETWORK.replace("1, 8", "8, 1"): "1 channel with 8 filters",
    },
    ("02.5", SOFTMAX): {
        "powers / powers.sum(dim=0)": "wrong axis",
        "powers / powers.sum()": "whole batch",
        "powers": "Divide them by their sum",
        "logits / logits.sum(dim=1, keepdim=True)": "positive first",
        "powers.sum(dim=1)": "ten probabilities for each image",
        "logits.log_softmax(dim=1)": "logarithms of the probabilities",
    },
}
