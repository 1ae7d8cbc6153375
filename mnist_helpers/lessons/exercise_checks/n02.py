"""The checks of notebook 02, The CNN."""

import re
from collections import Counter
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from .core import WrongAnswer, described, examine, kind, refuse, task, tensor, whole


@task("02.1")
def bottom_edge(filter_bottom_edge: Any) -> str:
    """A filter for lower rims: ink above, paper below."""
    kernel = tensor(filter_bottom_edge, (3, 3)).double()
    ink = 0.5 + torch.rand(()).item() / 2
    above, middle, below = rows = kernel.sum(dim=1)
    left, _, right = columns = kernel.sum(dim=0)
    # Ink in one or two rows: what a lower and an upper rim give, and so for right and left edges.
    on = {
        "lower": max(above, above + middle),
        "upper": max(below, below + middle),
        "right": max(left, left + columns[1]),
        "left": max(right, right + columns[1]),
    }
    strongest, full = max(on, key=on.__getitem__), ink * kernel.sum()
    line = middle > 0 and (above < 0 or above + middle < 0 or below + middle > 0) and below < 0
    mixed = ((kernel > 0).any(dim=1) & (kernel < 0).any(dim=1)).any()
    faults = {
        "Your filter answers 0 to every edge. It needs +1 where ink should be.": rows.abs().max()
        + columns.abs().max()
        < 1e-6,
        f"On a patch full of ink, with no edge at all, your filter answers {full:.2f}. The nine "
        "numbers should add up to 0: for each +1 a -1.": abs(full) > 1e-3,
        "This filter looks for a thin line: ink in the middle row, paper above and below. Yours "
        "should have ink above.": line and above < 0,
        "This filter looks for upper rims: paper above, ink below. Yours should like ink above, "
        "paper below: turn it upside down.": strongest == "upper",
        f"This filter looks for {strongest} edges. For lower rims the rows must differ, not the "
        "columns: `.T` swaps them.": strongest != "lower",
        "Your filter also answers to other edges, at the side. Each row should hold one number "
        "three times.": columns.abs().max() > 1e-3,
        "In one of your rows there are numbers above and below 0, so parts of a rim cancel out. "
        "Each row should hold one number three times.": mixed,
    }
    refuse(faults)
    return "The same nine numbers find a lower rim anywhere in the image."


@task("02.2")
def map_sizes(map_size: Any) -> str:
    """How wide a map is after a convolution and a pooling."""

    def draw() -> list[tuple[int, int]]:
        fresh = zip(torch.randint(20, 60, (6,)).tolist(), [3, 5, 7, 4, 2, 6], strict=True)
        return [(28, 3), (13, 3), (28, 5), (29, 4), *fresh]

    places = "a filter of 3 pixels fits into 28 at 26 places: mind the + 1, and the brackets."
    mistakes: dict[str, Any] = {
        "You forgot the filter: it cannot stick out.": lambda s, k: s // 2,
        "You forgot the pooling: it halves the map.": [lambda s, k: s - k + 1, lambda s, k: s - k],
        f"Off by one before the pooling: {places}": [
            lambda s, k: (s - k) // 2,
            lambda s, k: (s - k - 1) // 2,
        ],
        "You halve first, or take the filter off twice. The convolution comes first, and takes off "
        "one pixel less than its filter has; then half of that.": lambda s, k: s // 2 - k + 1,
        "You take off 2 pixels whatever the filter's size is.": lambda s, k: s // 2 - 1,
        "One too many: pooling drops a row without a partner.": lambda s, k: (s - k + 2) // 2,
        "`round` goes to the nearest even number. Take `//`.": lambda s, k: round((s - k + 1) / 2),
        "This is right for odd filters only.": lambda s, k: (s - k // 2 * 2) // 2,
        "You swapped size and filter.": lambda s, k: (k - s + 1) // 2,
        "You use an image of 28 pixels each time. Use `size`.": lambda s, k: (29 - k) // 2,
        "Pooling halves, whatever the filter is: `// 2`.": lambda s, k: (s - k + 1) // k,
        "This is the number of pixels. How wide is the map?": lambda s, k: ((s - k + 1) // 2) ** 2,
        "2×2 pooling halves the width. You divide by 4.": lambda s, k: (s - k + 1) // 4,
        "This is with padding. There is none.": lambda s, k: (s + 2 * (k // 2) - k + 1) // 2,
    }

    def otherwise(size: int, kernel_size: int) -> str:
        words = f"From {size} pixels, with a filter of {kernel_size}, a map of {{right}} is left."
        return f"{words} You say {{given}}. How many places are there? Half of that, rounded down."

    examine(map_size, draw, lambda s, k: (s - k + 1) // 2, mistakes, otherwise, convert=whole)
    return "Shapes worked out on paper are the quickest way to find a mistake in a network."


@task("02.3")
def weights(count_weights: Any) -> str:
    """How many numbers a convolution learns."""

    def draw() -> list[tuple[int, int, int]]:
        fresh = [torch.randint(*limits, (4,)).tolist() for limits in ((2, 9), (10, 20), (2, 7))]
        return [(1, 16, 3), (16, 32, 3), *zip(*fresh, strict=True)]

    def right(i: int, o: int, k: int) -> int:
        return o * (k * k * i + 1)

    mistakes: dict[str, Any] = {
        "You forgot the bias: one number more for each filter.": lambda i, o, k: o * k * k * i,
        "One bias is not enough: each filter has its own.": lambda i, o, k: o * k * k * i + 1,
        "There is one bias for each filter, not for each of its channels, rows or pixels.": [
            lambda i, o, k: o * i * (k * k + 1),
            lambda i, o, k: o * (k * k * i + k),
            lambda i, o, k: o * k * k * (i + 1),
        ],
        "There are as many biases as filters, not as inputs.": lambda i, o, k: o * k * k * i + i,
        "Add the biases. You take them away.": lambda i, o, k: o * (k * k * i - 1),
        "You forgot the input channels: a filter has numbers for each.": lambda i, o, k: (
            o * (k * k + 1)
        ),
        "A filter of 3 pixels has 3×3 numbers: square the size.": lambda i, o, k: o * (k * i + 1),
        "Twice the size is not its square: take `**2`.": lambda i, o, k: o * (2 * k * i + 1),
        "`^` is no power in Python. `**` is.": lambda i, o, k: o * (k ^ (2 * i) + 1),
        "You square the inputs. Square the filter's size.": lambda i, o, k: o * (i * i * k + 1),
        "These are the weights of one filter. How many filters are there?": lambda i, o, k: (
            k * k * i + 1
        ),
        "You add inputs and outputs. Multiply them.": lambda i, o, k: (o + i) * k * k + o,
        "You use 3×3 whatever the filter's size is.": lambda i, o, k: o * (9 * i + 1),
        "These are the numbers of the maps. How many does the layer learn?": lambda i, o, k: (
            o * (28 - k + 1) ** 2
        ),
    }

    def otherwise(inputs: int, outputs: int, kernel_size: int) -> str:
        words = f"PyTorch counts {{right}} for {inputs} input channels, {outputs} filters and size"
        words = f"{words} {kernel_size}; you say {{given}}. Each filter has a number for each of"
        return f"{words} its pixels in each channel, and one bias."

    examine(count_weights, draw, right, mistakes, otherwise, convert=whole)
    return "The size of the image does not occur in it: a convolution needs few weights."


@task("02.4")
def padded(network: Any) -> str:
    """A small network with padding."""
    words = f"The network should be an `nn.Sequential`, but it {described(network)}."
    if isinstance(network, nn.Module):
        words = f"The network should be an `nn.Sequential`, but it is a {kind(network)}."
    refuse({words: not isinstance(network, nn.Sequential)})
    network = deepcopy(network).eval()
    layers = [layer for layer in network.modules() if not list(layer.children())]
    names = [kind(layer).removeprefix("Lazy") for layer in layers]
    counts, last = Counter(names), names[-1] if names else ""
    wanted = ("Conv2d", "MaxPool2d", "ReLU", "Flatten", "Linear")
    others = [name for name in names if name not in wanted]
    many = [name for name in wanted if counts[name] > 1]
    convolution, pooling, flatten = (
        next((layer for layer in layers if isinstance(layer, one)), None)
        for one in (nn.Conv2d, nn.MaxPool2d, nn.Flatten)
    )
    faults = {
        "The network should end with logits. You added a softmax: leave it out.": "oftmax" in last,
        "The last ReLU makes negative logits zero. Nothing follows the logits.": last == "ReLU",
        **{
            f"It has no `nn.{name}`."
            + (f" You have `nn.{others[0]}` instead." if others else ""): not counts[name]
            for name in wanted
        },
        **{f"It has {counts[name]} layers `nn.{name}`. It should have one.": True for name in many},
        f"`nn.{(others or [''])[0]}` is not in the task: leave it out.": others,
    }
    refuse(faults)
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(pooling, nn.MaxPool2d)
    assert isinstance(flatten, nn.Flatten)
    inputs, filters = convolution.in_channels, convolution.out_channels
    size, stride = convolution.kernel_size, convolution.stride
    words = f"The convolution should look at 1 channel with 8 filters; yours takes {inputs} and has"
    pool = [_pair(one) for one in (pooling.kernel_size, pooling.stride, pooling.padding)]
    faults = {
        f"{words} {filters}.": (inputs, filters) != (1, 8),
        f"The filters should be 3×3, but yours are {size[0]}×{size[1]}.": size != (3, 3),
        f"The convolution has a stride of {stride[0]}. It should look at every place.": stride
        != (1, 1),
        "The rim is missing, or is too wide. With `padding=1`, 28 stays 28.": convolution.padding
        not in ((1, 1), "same")
        or convolution.dilation != (1, 1),
        "The rim should hold zeros: leave out `padding_mode`.": convolution.padding_mode != "zeros",
        "The convolution has no bias: leave out `bias=False`.": convolution.bias is None,
        f"The pooling should be 2×2, but yours is {pool[0][0]}×{pool[0][1]}.": pool[0] != (2, 2),
        f"The pooling moves by {pool[1][0]}. To halve, it should move by 2: leave out "
        "`stride`.": pool[1] != (2, 2),
        "The pooling has a rim, too. Only the convolution needs one.": pool[2] != (0, 0),
        "The pooling comes before the convolution. First the convolution.": names.index("MaxPool2d")
        < names.index("Conv2d"),
        "`nn.Flatten()` keeps the image axis; yours lays out all images in one row, or begins too "
        "late.": flatten.start_dim not in (1, -3),
    }
    refuse(faults)
    n = int(torch.randint(2, 7, ()))
    try:
        with torch.no_grad():
            found = tuple(network(torch.randn(n, 1, 28, 28)).shape)
    except (RuntimeError, ValueError) as error:
        raise WrongAnswer(_mismatch(str(error))) from None
    words = f"For {n} images the logits should have the shape {n, 10}, not {found}."
    refuse({f"{words} There are ten digits.": found != (n, 10)})
    return "Padding keeps the size, and the rim of the image is seen as often as its middle."


def _pair(setting: Any) -> tuple:
    """A layer's setting for height and width, which may be given as one number."""
    return tuple(setting) if isinstance(setting, tuple | list) else (setting, setting)


def _mismatch(error: str) -> str:
    """What is wrong when the layers do not fit together."""
    found = re.search(r"\((\d+)x(\d+) and (\d+)x\d+\)", error)
    if found is None:
        return f"The layers do not fit together: {error}"
    _, given, wanted = map(int, found.groups())
    words = f"The linear layer gets {given:,} numbers for each image, but expects {wanted:,}."
    if given != 8 * 14 * 14:
        return f"{words} Lay everything out in a row before it, with `nn.Flatten()`."
    hints = {
        8 * 13 * 13: "You counted without the padding: 28 stays 28, and pooling makes it 14.",
        8 * 28 * 28: "You counted without the pooling: 28 becomes 14.",
        14 * 14: "You counted one map. There are 8.",
        28 * 28: "You counted the pixels of the image. There are 8 maps of 14×14.",
    }
    return f"{words} {hints.get(wanted, 'Work out the shapes: maps × rows × columns.')}"


@task("02.5")
def probabilities(own_softmax: Any) -> str:
    """Softmax, row by row."""

    def draw(n: int) -> list[tuple[Tensor]]:
        return [(2 * torch.randn(n, 10) - 1,), (2 * torch.randn(n, 10, dtype=torch.float64) - 1,)]

    def shared(power: Any) -> Any:
        """Each row's numbers, divided by their sum."""
        return lambda z: power(z) / power(z).sum(dim=1, keepdim=True)

    right = shared(torch.exp)
    mistakes = {
        "Softmax over the wrong axis: your columns add up to 1. The ten probabilities of one "
        "image, a row, should: `dim=1`.": lambda z: z.exp() / z.exp().sum(dim=0),
        "You divide by the sum of the whole batch. Each row needs its own sum: "
        "`sum(dim=1, keepdim=True)`.": lambda z: z.exp() / z.exp().sum(),
        "You divide each row by the sums of all rows, because `keepdim=True` is "
        "missing.": lambda z: z.exp() / z.exp().sum(dim=1),
        "These are the exponentials. Divide them by their sum.": torch.exp,
        "You divide the logits themselves by their sum. Make them positive first, with "
        "`exp`.": shared(lambda z: z),
        "`abs` makes a strongly negative logit likely. Take `exp`.": shared(torch.abs),
        "ReLU gives a negative logit no chance. Take `exp`.": shared(torch.relu),
        "You take powers of 2. `exp` takes those of e.": shared(torch.exp2),
        "You turned the sign: the largest logit should get the largest probability.": shared(
            lambda z: (-z).exp()
        ),
        "You cut the logits to whole numbers first.": shared(lambda z: z.trunc().exp()),
        "`sigmoid` looks at each logit alone, so that the ten do not add up to 1.": torch.sigmoid,
        "You divide by the largest. Divide by the sum of the row.": lambda z: (
            z.exp() / z.exp().amax(dim=1, keepdim=True)
        ),
        "You divide by ten. Divide by the sum of the row.": lambda z: z.exp() / 10,
        "You divide by the mean of the row. Divide by its sum.": lambda z: 10 * right(z),
        "You divide by a sum that is 1 too large.": lambda z: (
            z.exp() / (z.exp().sum(dim=1, keepdim=True) + 1)
        ),
        "You add up first and take `exp` of the sum. First `exp`, then the sum.": lambda z: (
            z.exp() / z.sum(dim=1, keepdim=True).exp()
        ),
        "You add up the five largest only. Add up all ten.": lambda z: (
            z.exp() / z.exp().topk(5).values.sum(dim=1, keepdim=True)
        ),
        "You sort the probabilities. Each should stay at its digit.": lambda z: (
            right(z).sort(descending=True).values
        ),
        "You sort the probabilities, upwards. Each should stay at its digit.": lambda z: (
            right(z).sort().values
        ),
        "These are the logarithms of the probabilities.": lambda z: right(z).log(),
        "These are the logits. Take the exponential function, then divide by the sum.": lambda z: z,
    }
    words = "Use `exp` and `sum` here: the point is to build PyTorch's softmax yourself."
    forbidden = {words: {"softmax", "log_softmax", "softmin"}}
    otherwise = (
        "At {place} (image, digit) the probability is {right}, but yours is {given}. Take `exp` of "
        "each logit, and divide by the sum of its row."
    )

    def check_batch(n: int, mistakes: dict[str, Any]) -> None:
        shapes = {
            (n,): "There are ten probabilities for each image.",
            (10,): "These are the probabilities of one image. Return those of all.",
        }

        def convert(answer: Any) -> Tensor:
            return tensor(answer, (n, 10), shapes)

        examine(
            own_softmax,
            lambda: draw(n),
            right,
            mistakes,
            otherwise,
            convert=convert,
            forbidden=forbidden,
        )

    check_batch(10, mistakes)  # here a sum without its axis fits, and goes wrong unseen
    check_batch(int(torch.randint(3, 9, ())), {})
    return "Now the ten add up to 1 for each image, and the largest logit is still the largest."
