"""The checks of notebook 02, The CNN."""

import re
from typing import Any

import torch
from torch import Tensor, nn

from mnist_helpers.lessons.checks.core import WrongAnswer, call, number, task


def whole(answer: Any) -> int:
    """The answer, if it is one whole number."""
    value = number(answer)
    if value != int(value):
        raise WrongAnswer(
            f"{value} is not a whole number. Pooling drops a row that has no partner: `//` "
            "divides and rounds down."
        )
    return int(value)


@task("02.1")
def bottom_edge(answer: Any) -> str:
    """A filter for lower rims: ink above, paper below."""
    if not isinstance(answer, Tensor):
        kind = type(answer).__name__
        raise WrongAnswer(f"The filter should be a tensor, but it is a {kind}.")
    if tuple(answer.shape) != (3, 3):
        shape = tuple(answer.shape)
        raise WrongAnswer(f"The filter should have the shape (3, 3), but it has {shape}.")
    kernel = answer.float()
    ink = 0.5 + torch.rand(()).item() / 2
    lower = torch.zeros(3, 3)
    lower[0] = ink
    on = {"lower": lower, "upper": lower.flip(0), "right": lower.T, "left": lower.T.flip(1)}
    on = {name: (patch * kernel).sum().item() for name, patch in on.items()}
    strongest = max(on, key=lambda name: on[name])
    if max(map(abs, on.values())) < 1e-6:
        raise WrongAnswer("Your filter answers 0 to every edge. It needs +1 where ink should be.")
    if strongest == "upper":
        raise WrongAnswer(
            "This filter looks for upper rims: paper above, ink below. Yours should like ink "
            "above, paper below: turn it upside down."
        )
    if strongest != "lower":
        raise WrongAnswer(
            f"This filter looks for {strongest} edges. For lower rims the rows must differ, not "
            "the columns: `.T` swaps them."
        )
    if abs(full := (torch.full((3, 3), ink) * kernel).sum().item()) > 1e-4:
        raise WrongAnswer(
            f"On a patch full of ink, with no edge at all, your filter answers {full:.1f}. "
            "The nine numbers should add up to 0: for each +1 a -1."
        )
    if abs(on["right"]) > 1e-4 or abs(on["left"]) > 1e-4 or kernel[1].abs().max() > 1e-4:
        raise WrongAnswer(
            "Your filter also answers to other edges. Each row should hold one number three "
            "times, and the middle row zeros."
        )
    return "The same nine numbers find a lower rim anywhere in the image."


@task("02.2")
def map_sizes(map_size: Any) -> str:
    """How wide a map is after a convolution and a pooling."""
    cases = {(28, 3): 13, (13, 3): 5, (28, 5): 12}
    sizes = torch.randint(20, 60, (6,)).tolist()
    kernels = (2 * torch.randint(1, 5, (6,)) + 1).tolist()
    cases |= {(s, k): (s - k + 1) // 2 for s, k in zip(sizes, kernels, strict=True)}
    answers = {case: call(map_size, *case) for case in cases}
    numbers = {case: float(answer) for case, answer in answers.items()}
    mistakes = {
        "You forgot the filter: without padding, its middle cannot sit on the outermost "
        "pixels.": lambda s, k: s // 2,
        "You forgot the pooling: it halves the map.": lambda s, k: s - k + 1,
        "Off by one before the pooling: a filter of 3 pixels fits into 28 at 26 places, not at "
        "25.": lambda s, k: (s - k) // 2,
        "The convolution comes first, then the pooling.": lambda s, k: s // 2 - k + 1,
        "You take off 2 pixels whatever the filter. A larger filter takes off more.": lambda s, k: (
            (s - 2) // 2
        ),
        "You take off the whole filter on each side. It is one pixel less than its size, for both "
        "sides together.": lambda s, k: (s - 2 * (k - 1)) // 2,
        "You round up. Pooling drops a row that has no partner.": lambda s, k: (s - k + 2) // 2,
    }
    if any(numbers[case] != size for case, size in cases.items()):
        for words, formula in mistakes.items():
            if all(value == formula(*case) for case, value in numbers.items()):
                raise WrongAnswer(words)
    for case, size in cases.items():
        if (value := whole(answers[case])) != size:
            raise WrongAnswer(
                f"From {case[0]} pixels, with a filter of {case[1]}, a map of {size} is left. You "
                f"say {value}. How many places are there for the filter? Half of that, rounded "
                "down."
            )
    return "Shapes worked out on paper are the quickest way to find a mistake in a network."


@task("02.3")
def weights(count_weights: Any) -> str:
    """How many numbers a convolution learns."""
    cases = [(1, 16, 3), (16, 32, 3)]
    for _ in range(4):
        a, b, k = (int(torch.randint(low, high, ())) for low, high in ((2, 9), (10, 20), (2, 7)))
        cases.append((a, b, k))
    answers = [whole(call(count_weights, *case)) for case in cases]
    expected = [sum(p.numel() for p in nn.Conv2d(*case).parameters()) for case in cases]
    if answers == expected:
        return (
            "The size of the image does not occur in it: a convolution needs few weights, however "
            "large the picture."
        )
    mistakes = {
        "You forgot the bias: one number more for each filter.": lambda a, b, k: b * k * k * a,
        "One bias is not enough: each filter has one of its own.": lambda a, b, k: (
            b * k * k * a + 1
        ),
        "You forgot the input channels: a filter has numbers for each channel that it looks "
        "at.": lambda a, b, k: b * (k * k + 1),
        "A filter of 3 pixels has 3×3 numbers, not 3: square the size.": lambda a, b, k: (
            b * (k * a + 1)
        ),
        "These are the weights of one filter. How many filters are there?": lambda a, b, k: (
            k * k * a + 1
        ),
        "You swapped inputs and outputs: each output channel is one filter.": lambda a, b, k: (
            a * (k * k * b + 1)
        ),
        "You use 3×3 whatever the filter's size is.": lambda a, b, k: b * (9 * a + 1),
    }
    for words, formula in mistakes.items():
        if answers == [formula(*case) for case in cases]:
            raise WrongAnswer(words)
    (a, b, k), value, right = next(
        c for c in zip(cases, answers, expected, strict=True) if c[1] != c[2]
    )
    raise WrongAnswer(
        f"PyTorch counts {right:,} for {a} input channels, {b} filters and size {k}; you say "
        f"{value:,}."
    )


@task("02.4")
def padded(network: Any) -> str:
    """A small network with padding."""
    if not isinstance(network, nn.Module):
        kind = type(network).__name__
        raise WrongAnswer(f"The network should be an `nn.Sequential`, but it is a {kind}.")
    layers = list(network.modules())
    convolutions = [layer for layer in layers if isinstance(layer, nn.Conv2d)]
    if len(convolutions) != 1:
        raise WrongAnswer(f"It should have one convolution, but it has {len(convolutions)}.")
    convolution = convolutions[0]
    if convolution.in_channels != 1 or convolution.out_channels != 8:
        raise WrongAnswer(
            f"The convolution should look at 1 channel with 8 filters; yours takes "
            f"{convolution.in_channels} and has {convolution.out_channels}."
        )
    n = int(torch.randint(2, 7, ()))
    images = torch.randn(n, 1, 28, 28)
    mode = network.training
    try:
        with torch.no_grad():
            logits = network.eval()(images)
            small = convolution(images).shape[-1]
    except RuntimeError as error:
        raise WrongAnswer(_mismatch(str(error), convolution)) from None
    finally:
        network.train(mode)
    if small != 28:
        raise WrongAnswer(
            f"Your maps are {small} pixels wide: the rim of zeros is missing. With `padding=1`, 28 "
            "stays 28."
        )
    if tuple(logits.shape) != (n, 10):
        raise WrongAnswer(
            f"For {n} images the logits should have the shape {(n, 10)}, but it is "
            f"{tuple(logits.shape)}."
        )
    if logits.min() >= 0 and torch.allclose(logits.sum(dim=1), torch.ones(n), atol=1e-4):
        raise WrongAnswer("The network should end with logits. You added a softmax: leave it out.")
    for kind in (nn.MaxPool2d, nn.ReLU):
        if not any(isinstance(layer, kind) for layer in layers):
            raise WrongAnswer(f"It has no `nn.{kind.__name__}`.")
    if isinstance(layers[-1], nn.ReLU):
        raise WrongAnswer("The last ReLU makes negative logits zero. Nothing follows the logits.")
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
    if given == 28 * 8 or given == 14 or given == 14 * 8:
        return f"{words} Lay everything out in a row first, with `nn.Flatten()`."
    if given == 8 * 28 * 28:
        return f"{words} The pooling is missing: 28 becomes 14."
    return f"{words} Work out the shapes: channels × rows × columns."


@task("02.5")
def probabilities(own_softmax: Any) -> str:
    """Softmax, row by row."""
    n = int(torch.randint(3, 9, ()))
    logits = 2 * torch.randn(n, 10) - 1
    answer = call(own_softmax, logits.clone())
    if not isinstance(answer, Tensor):
        kind = type(answer).__name__
        raise WrongAnswer(f"The answer should be a tensor, but it is a {kind}.")
    if answer.shape != logits.shape:
        raise WrongAnswer(
            f"The shape should stay {(n, 10)}, but it is {tuple(answer.shape)}: ten probabilities "
            "for each image."
        )
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
    if not torch.allclose(answer, logits.softmax(dim=1), atol=1e-5):
        for words, value in mistakes.items():
            if torch.allclose(answer, value, atol=1e-5):
                raise WrongAnswer(words)
        total = answer[0].sum().item()
        raise WrongAnswer(
            f"The ten probabilities of the first image add up to {total:.3f}, or "
            "they are not in proportion to the exponentials."
        )
    return "Now the ten add up to 1 for each image, and the largest logit is still the largest."
