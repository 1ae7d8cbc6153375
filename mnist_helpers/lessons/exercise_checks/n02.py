"""The checks of notebook 02, The CNN."""

import re
from typing import Any

import numpy as np
import torch
from torch import nn

from .core import WrongAnswer, call, close, compare, kind, refuse, task, tensor, whole


@task("02.1")
def bottom_edge(answer: Any) -> str:
    """A filter for lower rims: ink above, paper below."""
    kernel = tensor(answer, (3, 3)).float()
    ink = 0.5 + torch.rand(()).item() / 2
    lower = torch.zeros(3, 3)
    lower[0] = ink
    patches = {"lower": lower, "upper": lower.flip(0), "right": lower.T, "left": lower.T.flip(1)}
    on = {name: (patch * kernel).sum().item() for name, patch in patches.items()}
    strongest, largest = max(on, key=on.__getitem__), max(map(abs, on.values()))
    full = ink * kernel.sum().item()
    others = max(abs(on["right"]), abs(on["left"]), *kernel[1].abs())
    faults = {
        "Your filter answers 0 to every edge. It needs +1 where ink should be.": largest < 1e-6,
        "This filter looks for upper rims: paper above, ink below. Yours should like ink above, "
        "paper below: turn it upside down.": strongest == "upper",
        f"This filter looks for {strongest} edges. For lower rims the rows must differ, not the "
        "columns: `.T` swaps them.": strongest != "lower",
        f"On a patch full of ink, with no edge at all, your filter answers {full:.1f}. The nine "
        "numbers should add up to 0: for each +1 a -1.": abs(full) > 1e-4,
        "Your filter also answers to other edges. Each row should hold one number three times, and "
        "the middle row zeros.": others > 1e-4,
    }
    refuse(faults)
    return "The same nine numbers find a lower rim anywhere in the image."


@task("02.2")
def map_sizes(map_size: Any) -> str:
    """How wide a map is after a convolution and a pooling."""
    sizes = np.array([28, 13, 28, *torch.randint(20, 60, (6,)).tolist()])
    kernels = np.array([3, 3, 5, *(2 * torch.randint(1, 5, (6,)) + 1).tolist()])
    cases = list(zip(sizes.tolist(), kernels.tolist(), strict=True))
    given = [whole(call(map_size, *case)) for case in cases]
    right = (sizes - kernels + 1) // 2
    mistakes = {
        "You forgot the filter: without padding, its middle cannot sit on the outermost "
        "pixels.": sizes // 2,
        "You forgot the pooling: it halves the map.": sizes - kernels + 1,
        "Off by one before the pooling: a filter of 3 pixels fits into 28 at 26 places, not at "
        "25.": (sizes - kernels) // 2,
        "The convolution comes first, then the pooling.": sizes // 2 - kernels + 1,
        "You take off 2 pixels whatever the filter. A larger filter takes off more.": sizes // 2
        - 1,
        "You take off the whole filter on each side. It is one pixel less than its size, for "
        "both sides together.": (sizes - 2 * (kernels - 1)) // 2,
        "You round up. Pooling drops a row that has no partner.": (sizes - kernels + 2) // 2,
    }
    first = np.argmax(given != right)
    otherwise = (
        f"From {sizes[first]} pixels, with a filter of {kernels[first]}, a map of {right[first]} "
        f"is left. You say {given[first]}. How many places are there for the filter? Half of that, "
        "rounded down."
    )
    compare(given, right, mistakes, otherwise)
    return "Shapes worked out on paper are the quickest way to find a mistake in a network."


@task("02.3")
def weights(count_weights: Any) -> str:
    """How many numbers a convolution learns."""
    fresh = [torch.randint(*limits, (4,)).tolist() for limits in ((2, 9), (10, 20), (2, 7))]
    cases = [(1, 16, 3), (16, 32, 3), *zip(*fresh, strict=True)]
    given = [whole(call(count_weights, *case)) for case in cases]
    right = np.array([sum(p.numel() for p in nn.Conv2d(*case).parameters()) for case in cases])
    a, b, k = np.array(cases).T
    mistakes = {
        "You forgot the bias: one number more for each filter.": b * k * k * a,
        "One bias is not enough: each filter has its own.": b * k * k * a + 1,
        "You forgot the input channels: a filter has numbers for each channel that it looks at.": b
        * (k * k + 1),
        "A filter of 3 pixels has 3×3 numbers, not 3: square the size.": b * (k * a + 1),
        "These are the weights of one filter. How many filters are there?": k * k * a + 1,
        "You swapped inputs and outputs: each output channel is one filter.": a * (k * k * b + 1),
        "You use 3×3 whatever the filter's size is.": b * (9 * a + 1),
    }
    first = np.argmax(given != right)
    otherwise = (
        f"PyTorch counts {right[first]:,} for {a[first]} input channels, {b[first]} filters and "
        f"size {k[first]}; you say {given[first]:,}."
    )
    compare(given, right, mistakes, otherwise)
    return "The size of the image does not occur in it: a convolution needs few weights."


@task("02.4")
def padded(network: Any) -> str:
    """A small network with padding."""
    words = f"The network should be an `nn.Sequential`, but it is a {kind(network)}."
    refuse({words: not isinstance(network, nn.Module)})
    layers = list(network.modules())
    convolutions = [layer for layer in layers if isinstance(layer, nn.Conv2d)]
    number = len(convolutions)
    refuse({f"It should have one convolution, but it has {number}.": number != 1})
    (convolution,) = convolutions
    inputs, filters = convolution.in_channels, convolution.out_channels
    words = f"The convolution should look at 1 channel with 8 filters; yours takes {inputs} and has"
    refuse({f"{words} {filters}.": (inputs, filters) != (1, 8)})
    n, mode = int(torch.randint(2, 7, ())), network.training
    images = torch.randn(n, 1, 28, 28)
    try:
        with torch.no_grad():
            logits = network.eval()(images)
            small = convolution(images).shape[-1]
    except RuntimeError as error:
        raise WrongAnswer(_mismatch(str(error), convolution)) from None
    finally:
        network.train(mode)
    found, sums, kinds = tuple(logits.shape), logits.flatten(1).sum(dim=1), set(map(type, layers))
    softmax = logits.min() >= 0 and close(sums, torch.ones(n))
    last = isinstance(layers[-1], nn.ReLU)
    faults = {
        f"Your maps are {small} pixels wide: the rim of zeros is missing. With `padding=1`, 28 "
        "stays 28.": small != 28,
        f"For {n} images the logits should have the shape {n, 10}, not {found}.": found != (n, 10),
        "The network should end with logits. You added a softmax: leave it out.": softmax,
        "It has no `nn.MaxPool2d`.": nn.MaxPool2d not in kinds,
        "It has no `nn.ReLU`.": nn.ReLU not in kinds,
        "The last ReLU makes negative logits zero. Nothing follows the logits.": last,
    }
    refuse(faults)
    return "Padding keeps the size, and the rim of the image is seen as often as its middle."


def _mismatch(error: str, convolution: nn.Conv2d) -> str:
    """What is wrong when the layers do not fit together."""
    found = re.search(r"\(\d+x(\d+) and (\d+)x\d+\)", error)
    if found is None:
        return f"The layers do not fit together: {error}"
    given, wanted = map(int, found.groups())
    words = f"The linear layer gets {given:,} numbers for each image, but expects {wanted:,}."
    if wanted == 8 * 13 * 13:
        return f"{words} You counted without the padding: 28 stays 28, and pooling makes it 14."
    if convolution.padding != (1, 1):
        return f"{words} The shape is off by the padding: give the convolution `padding=1`."
    if given in (28 * 8, 14, 14 * 8):
        return f"{words} Lay everything out in a row first, with `nn.Flatten()`."
    if given == 8 * 28 * 28:
        return f"{words} The pooling is missing: 28 becomes 14."
    return f"{words} Work out the shapes: channels × rows × columns."


@task("02.5")
def probabilities(own_softmax: Any) -> str:
    """Softmax, row by row."""
    n = int(torch.randint(3, 9, ()))
    logits = 2 * torch.randn(n, 10) - 1
    shapes = {(n,): "There are ten probabilities for each image."}
    answer = tensor(call(own_softmax, logits.clone()), (n, 10), shapes)
    powers = logits.exp()
    mistakes = {
        "Softmax over the wrong axis: your columns add up to 1. The ten probabilities of one "
        "image, a row, should: `dim=1`.": powers / powers.sum(dim=0),
        "You divide by the sum of the whole batch. Each row needs its own sum: "
        "`sum(dim=1, keepdim=True)`.": powers / powers.sum(),
        "These are the exponentials. Divide them by their sum.": powers,
        "You divide the logits themselves by their sum. Make them positive first, with "
        "`exp`.": logits / logits.sum(dim=1, keepdim=True),
        "These are the logarithms of the probabilities.": logits.log_softmax(dim=1),
        "These are the logits. Take the exponential function, then divide by the sum.": logits,
    }
    otherwise = (
        f"The ten probabilities of the first image add up to {answer[0].sum():.3f}, or they are "
        "not in proportion to the exponentials."
    )
    compare(answer, logits.softmax(dim=1), mistakes, otherwise)
    return "Now the ten add up to 1 for each image, and the largest logit is still the largest."
