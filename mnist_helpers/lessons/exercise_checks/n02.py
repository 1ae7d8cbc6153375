"""The checks of notebook 02, The CNN."""

from contextlib import suppress
from copy import deepcopy
from functools import cache
from itertools import chain, combinations, zip_longest
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .core import described, examine, kind, refuse, says, task, tensor, whole


@task("02.1")
def bottom_edge(filter_bottom_edge: Any) -> str:
    """A filter for lower rims: ink above, paper below."""
    kernel = tensor(filter_bottom_edge, (3, 3)).double()
    only = "Your filter has only True and False, which count as 1 and 0: a -1 becomes True, too."
    refuse({only: getattr(filter_bottom_edge, "dtype", None) == torch.bool})
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
    turned = ", and a minus in front swaps ink and paper" if strongest == "left" else ""
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
        "Your filter likes an upper rim as much as a lower one. It needs ink above, paper below, "
        "so the third row should differ from the first.": strongest in ("lower", "upper")
        and abs(on["lower"] - on["upper"]) < 1e-6,
        f"This filter looks most for {strongest} edges. For lower rims the rows must differ, not "
        f"the columns: `.T` swaps them{turned}.": strongest != "lower",
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

    mistakes: dict[str, Any] = {
        "This is half of the image's width, as if the filter could stick out. It takes off some "
        "pixels first.": lambda s, k: s // 2,
        "This is the width before the pooling, which halves all of it: mind the brackets.": (
            lambda s, k: s - k + 1
        ),
        "You take off `kernel_size`, and nothing is halved. A filter of 3 pixels fits into 28 at "
        "26 places, and 2×2 pooling makes 13 of them.": lambda s, k: s - k,
        "You get one too few for some sizes. A filter of 3 pixels fits into 28 at 26 places, and "
        "2×2 pooling makes 13 of them; you say 12.": [
            lambda s, k: (s - k) // 2,
            lambda s, k: (s - k - 1) // 2,
        ],
        "You halve the image, not the convolution's map, or you take the filter off twice. The "
        "convolution comes first, and takes off one pixel less than its filter has; then half of "
        "that.": lambda s, k: s // 2 - k + 1,
        "This is right for filters of 3 pixels only. Use `kernel_size`.": lambda s, k: s // 2 - 1,
        "If a filter fits at an odd number of places, you get one too many: 27 become 13, because "
        "pooling leaves out what has no partner.": lambda s, k: (s - k + 2) // 2,
        "You round half a pixel to an even number, up or down, as `round` does. Pooling always "
        "rounds down: `//`.": lambda s, k: round((s - k + 1) / 2),
        "For even filters you get one too few if the size is odd: one of 4 pixels fits into 29 at "
        "26 places, and pooling makes 13 of them; you say 12.": lambda s, k: (s - k // 2 * 2) // 2,
        "You swapped size and filter.": lambda s, k: (k - s + 1) // 2,
        "You use an image of 28 pixels each time. Use `size`.": lambda s, k: (29 - k) // 2,
        "You divide by `kernel_size`. Pooling halves, whatever the filter is: `// 2`.": (
            lambda s, k: (s - k + 1) // k
        ),
        "This is the number of pixels. How wide is the map?": lambda s, k: ((s - k + 1) // 2) ** 2,
        "2×2 pooling halves the width once. You make a quarter of it.": lambda s, k: (
            (s - k + 1) // 4
        ),
        "This is with padding. There is none.": lambda s, k: (s + 2 * (k // 2) - k + 1) // 2,
    }

    def otherwise(size: int, kernel_size: int) -> str:
        words = (
            f"A filter of {kernel_size} fits into {size} pixels at {size - kernel_size + 1} places."
        )
        return f"{words} Pooling halves that, rounded down, to {{right}}; you say {{given}}."

    examine(map_size, draw, lambda s, k: (s - k + 1) // 2, mistakes, otherwise, convert=whole)
    return "Shapes worked out on paper are the quickest way to find a mistake in a network."


@task("02.3")
def weights(count_weights: Any) -> str:
    """How many numbers a convolution learns."""

    def draw() -> list[tuple[int, int, int]]:
        fresh = [torch.randint(*limits, (4,)).tolist() for limits in ((2, 9), (10, 20), (2, 7))]
        return [(16, 32, 3), (1, 16, 3), *zip(*fresh, strict=True)]

    def right(i: int, o: int, k: int) -> int:
        return o * (k * k * i + 1)

    mistakes: dict[str, Any] = {
        "You forgot the input channels: a filter has numbers for each.": lambda i, o, k: (
            o * (k * k + 1)
        ),
        "A filter of 3 pixels has 3×3 numbers: square the size.": lambda i, o, k: o * (k * i + 1),
        "Twice the size is not its square: take `**2`.": lambda i, o, k: o * (2 * k * i + 1),
        "`^` is no power in Python. `**` is.": [
            lambda i, o, k: o * (k ^ (2 * i) + 1),
            lambda i, o, k: (o * i * k) ^ (2 + o),
            lambda i, o, k: o * ((i * k) ^ (2 + 1)),
        ],
        "You count the tensors, weights and biases, which are 2. Count the numbers in each: "
        "`numel()`.": lambda i, o, k: 2,
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
        one = kernel_size**2 * inputs
        words = (
            f"With {inputs} input channels, {outputs} filters and size {kernel_size}, one filter"
        )
        words = f"{words} has {kernel_size} × {kernel_size} × {inputs} = {one} numbers and a bias."
        words = f"{words} All of them together have {outputs * one} numbers and {outputs} biases:"
        return f"{words} {{right}}; you say {{given}}."

    def stops(error: Exception, *_: Any) -> str:
        words = "Is it `inputs` that you mean? `input` is a function of Python's."
        return words if "and 'function'" in str(error) or "'function' and" in str(error) else ""

    examine(count_weights, draw, right, mistakes, otherwise, convert=whole, stops=stops)
    return "The size of the image does not occur in it: a convolution needs few weights."


BY_HAND = "Write it yourself here, without PyTorch's own{}: the point is to know what it does."


def feature_map(answer: Any, shape: tuple[int, int], mistakes: dict[tuple, str]) -> Tensor:
    """The learner's map, if it is a tensor of this shape that keeps enough digits."""
    words = (
        "The answer should be a tensor, but it is a NumPy array: `torch.tensor` makes one of it."
    )
    refuse({words: isinstance(answer, np.ndarray)})
    found = tensor(answer, shape, mistakes)
    words = f"Your map is of {found.dtype}, which keeps few digits: leave out the `dtype`."
    refuse({words: found.dtype in (torch.half, torch.bfloat16)})
    return found.double()


def conv(image: Tensor, kernel: Tensor, stride: int) -> Tensor:
    """The feature map, made by PyTorch."""
    return F.conv2d(image[None, None], kernel[None, None], stride=stride)[0, 0]


def unmoved(down: bool, right: bool) -> Any:
    """A convolution of the right size whose filter moves by 1, at least in one direction."""

    def mistake(image: Tensor, kernel: Tensor, stride: int) -> Tensor:
        rows, columns = conv(image, kernel, stride).shape
        found = conv(image, kernel, 1)[:: stride if down else 1, :: stride if right else 1]
        return found[:rows, :columns]

    return mistake


def corner(kernel: Tensor, rows: int, columns: int) -> Tensor:
    """Ones in the last rows and columns of a filter, and zeros elsewhere."""
    ones = torch.zeros_like(kernel)
    ones[-rows:, -columns:] = 1
    return ones


@task("02.7")
def convolutions(convolve_any: Any) -> str:
    """A convolution with a filter of any size, and a stride."""
    mistakes = {
        "You turn the filter round, as mathematicians do. Lay it on the image as it "
        "is.": lambda i, k, s: conv(i, k.flip(0, 1), s),
        "You average the products. Add them up.": lambda i, k, s: conv(i, k, s) / k.numel(),
        "You add up the pixels. Multiply each by the number of the filter that lies on it "
        "first.": lambda i, k, s: conv(i, torch.ones_like(k), s),
        "You add the filter's numbers to the pixels. Multiply.": lambda i, k, s: (
            conv(i, torch.ones_like(k), s) + k.sum()
        ),
        "Numbers below zero are missing. They belong to the map: ReLU is another "
        "step.": lambda i, k, s: conv(i, k, s).clamp(min=0),
        "You make all numbers positive. Keep the signs.": lambda i, k, s: conv(i, k, s).abs(),
        "The last row and the last column of your map are 0: the loops end too "
        "early.": lambda i, k, s: F.pad(conv(i, k, s)[:-1, :-1], (0, 1, 0, 1)),
        "The last row of your map is 0: the loop ends too early.": lambda i, k, s: F.pad(
            conv(i, k, s)[:-1], (0, 0, 0, 1)
        ),
        "The last column of your map is 0: the loop ends too early.": lambda i, k, s: F.pad(
            conv(i, k, s)[:, :-1], (0, 1)
        ),
        "You always use the same patch, in the upper left corner.": lambda i, k, s: conv(i, k, s)[
            :1, :1
        ].expand(conv(i, k, s).shape),
        "Your map holds nothing but zeros. Does the loop write into it?": lambda i, k, s: (
            0 * conv(i, k, s)
        ),
        "Only the first row of your map is filled. Does the `return` stand in the loop over the "
        "rows?": lambda i, k, s: F.pad(conv(i, k, s)[:1], (0, 0, 0, len(conv(i, k, s)) - 1)),
        "Each number of your map has the sums before it in it. Begin anew with each "
        "patch.": lambda i, k, s: conv(i, k, s).flatten().cumsum(0).reshape(conv(i, k, s).shape),
        "What is behind the point is cut off in your map, as whole numbers and bytes do. "
        "`torch.zeros` without a `dtype` makes floats.": [
            lambda i, k, s: conv(i, k, s).trunc(),
            lambda i, k, s: conv(i, k, s).trunc() % 256,
        ],
        "You divide by the sum of the filter. Take its numbers as they are.": lambda i, k, s: (
            conv(i, k, s) / k.sum()
        ),
    }
    kept = {
        f"You keep {what} only. Add up all products of a patch.": (
            lambda i, k, s, keep=keep: conv(i, k * keep(k), s)
        )
        for what, keep in {
            "the product in the lower right corner": lambda k: corner(k, 1, 1),
            "the product in the upper left corner": lambda k: corner(k, 1, 1).flip(0, 1),
            "the first row of each patch": lambda k: corner(k, 1, 9).flip(0),
            "what is not in the last row or column of a patch": (
                lambda k: corner(k, len(k) - 1, k.shape[1] - 1).flip(0, 1)
            ),
        }.items()
    }
    mistakes |= kept
    square = {
        "`@` multiplies matrices. `*` multiplies each pixel by the number on it.": lambda i, k, s: (
            i.unfold(0, 3, s).unfold(1, 3, s) @ k
        ).sum((2, 3)),
        "The filter's rows and columns are swapped.": lambda i, k, s: conv(i, k.T, s),
        "The rows and columns of your map are swapped.": lambda i, k, s: conv(i, k, s).T,
    }
    strides = {
        "Your map has the right size, but the filter moves by 1. The patch of row `i` begins in "
        "row `i * stride`, and columns alike.": unmoved(down=False, right=False),
        "The filter moves by `stride` downwards, but by 1 to the right.": unmoved(
            down=True, right=False
        ),
        "The filter moves by `stride` to the right, but by 1 downwards.": unmoved(
            down=False, right=True
        ),
        "You fill every `stride`-th place of the map only. The places are all next to each other; "
        "the patches begin `stride` apart.": lambda i, k, s: torch.stack(
            [
                torch.stack([one * (x % s == y % s == 0) for x, one in enumerate(row)])
                for y, row in enumerate(unmoved(down=False, right=False)(i, k, s))
            ]
        ),
    }
    otherwise = (
        "At {place} (row, column) the map should hold {right}, but yours holds {given}. Multiply "
        "each pixel of the patch by the number that lies on it, and add up the products."
    )

    def check_sizes(
        size: tuple[int, int], window: tuple[int, int], stride: int, some: dict[str, Any]
    ) -> None:
        def places(pixels: int, width: int) -> int:
            return (pixels - width) // stride + 1

        (high, wide), (rows, columns) = size, map(places, size, window)
        patches = (
            f"With an image of {high} × {wide}, a filter of {window[0]} × {window[1]} and a stride "
            f"of {stride}, your code stops: {{}}. Has each patch the filter's shape? There are "
            f"{rows} × {columns} of them, and each lies on the image."
        )
        words = f"A filter of {window[0]} × {window[1]} fits into {high} × {wide} at {rows} × "
        words = f"{words}{columns} places, if it moves by {stride}."
        of_turned = (places(high, window[1]), places(wide, window[0]))
        shapes = {
            (
                -(-high // stride),
                -(-wide // stride),
            ): f"It is as large as if the filter could stick out, or with padding. {words}",
            (high - 2, wide - 2): f"You take off 2, as for a filter of 3. {words}",
            of_turned: f"That fits a filter of {window[1]} × {window[0]}. {words}",
            (columns, rows): "Rows and columns are swapped.",
            (): "That is one number. Is the `return` inside the loop?",
            (rows * columns,): "These are the numbers in one row. Give them rows and columns.",
            (rows, 1): "Each row of yours holds one number. Where do you begin a new row?",
            (rows, rows): "Rows and columns each have their own number of places.",
            (columns, columns): "Rows and columns each have their own number of places.",
            (high - window[0] + 1, columns): "Use the stride for the rows, too.",
            (rows, wide - window[1] + 1): "Use the stride for the columns, too.",
            (high - window[0], wide - window[1]): f"{words} First divide, then add 1.",
            (rows - 1, columns - 1): f"{words} First divide, then add 1.",
            (high - window[0] + 1, wide - window[1] + 1): f"{words} Use the stride.",
        }
        examine(
            convolve_any,
            lambda: [(torch.randn(size), torch.randn(window), stride) for _ in range(2)],
            conv,
            some,
            otherwise,
            convert=lambda answer: feature_map(answer, (rows, columns), shapes),
            stops=lambda error, *_: patches.format(error) if "must match" in str(error) else "",
            forbidden={
                BY_HAND.format(" convolutions and `unfold`"): {
                    "conv1d",
                    "conv2d",
                    "conv3d",
                    "convolution",
                    "unfold",
                }
            },
        )

    check_sizes((8, 8), (3, 3), 1, mistakes | square)
    check_sizes((10, 9), (4, 4), 1, mistakes)
    check_sizes((7, 12), (2, 5), 1, mistakes)
    check_sizes((9, 9), (3, 3), 2, mistakes | strides)
    check_sizes((12, 9), (3, 4), 3, mistakes | strides)
    check_sizes((4, 6), (4, 6), 2, {})
    check_sizes((5, 6), (1, 1), 1, {})
    return "A stride of 2 halves the map, as pooling does, and needs a quarter of the products."


@task("02.8")
def pooling(pool: Any) -> str:
    """The largest number of each block of 2×2."""

    def cut(numbers: Tensor) -> Tensor:
        """The map without the last row or column of an odd number."""
        return numbers[: len(numbers) // 2 * 2, : numbers.shape[1] // 2 * 2]

    def blocks(numbers: Tensor) -> Tensor:
        """The four numbers of each block, in the last axis."""
        return cut(numbers).unfold(0, 2, 2).unfold(1, 2, 2).flatten(2)

    def right(numbers: Tensor) -> Tensor:
        return blocks(numbers).amax(dim=2)

    mistakes = {
        "You take the mean of each block. Take the largest.": lambda m: blocks(m).mean(dim=2),
        "You take the sum of each block. Take the largest.": lambda m: blocks(m).sum(dim=2),
        "You take the smallest. Take the largest.": lambda m: blocks(m).amin(dim=2),
        "Of a block of negative numbers, the largest is negative, too, and may be far below 0. "
        "Yours is too large: do you begin with 0, or with another number, or apply ReLU?": [
            lambda m, low=low: right(m).clamp(min=low)
            for low in (0, -1, -10, -100, -999, -1000, -10_000)
        ],
        "You take the number that is farthest from 0. A negative one is smaller than any positive "
        "one.": lambda m: blocks(m).gather(2, blocks(m).abs().argmax(2)[..., None])[..., 0],
        "You leave the signs away. Take the largest number, not the largest `abs`.": lambda m: (
            blocks(m).abs().amax(dim=2)
        ),
        "Your blocks overlap, as they move by 1. They should move by 2.": lambda m: F.max_pool2d(
            m[None], 2, 1
        )[0, : len(m) // 2, : m.shape[1] // 2],
        "Your map holds nothing but zeros. Does the loop write into it?": lambda m: 0 * right(m),
        "The last row and column of your map are 0: the loops end too early.": lambda m: F.pad(
            right(m)[:-1, :-1], (0, 1, 0, 1)
        ),
        "A block has what was largest in the blocks before it. Begin anew with each.": [
            lambda m: right(m).flatten().cummax(0).values.reshape(right(m).shape),
            lambda m: right(m).cummax(1).values,
        ],
        "The last row of your map is 0: the loop ends too early.": lambda m: F.pad(
            right(m)[:-1], (0, 0, 0, 1)
        ),
        "The last column of your map is 0: the loop ends too early.": lambda m: F.pad(
            right(m)[:, :-1], (0, 1)
        ),
        "Your blocks have 3 rows and columns. They should have 2.": lambda m: F.max_pool2d(
            F.pad(m, (0, 1, 0, 1), value=-torch.inf)[None], 3, 2
        )[0, : len(m) // 2, : m.shape[1] // 2],
        "A block has two numbers of each of two rows. You take others together. `reshape` goes "
        "through the numbers row by row.": [
            lambda m: cut(m).reshape(len(m) // 2, m.shape[1] // 2, 4).amax(dim=2),
            lambda m: cut(m).reshape(2, len(m) // 2, 2, m.shape[1] // 2).amax(dim=(0, 2)),
        ],
    }
    corners = ["upper left", "upper right", "lower left", "lower right"]
    for places in chain.from_iterable(combinations(range(4), k) for k in (1, 2, 3)):
        words = " and ".join(corners[place] for place in places)
        mistakes[f"Of each block you use the {words} only. Compare all four."] = (
            lambda m, places=places: blocks(m)[:, :, list(places)].amax(dim=2)
        )
    swapped = {"The rows and columns of your map are swapped.": lambda m: right(m).T}
    odd = {
        "You leave out the first row and column of an odd number. Begin in the upper left corner, "
        "and leave out the last.": lambda m: right(m[len(m) % 2 :, m.shape[1] % 2 :]),
    }
    otherwise = (
        "At {place} (row, column) the largest of the four numbers is {right}, but yours is "
        "{given}. Row 0 of the result comes from the rows 0 and 1, row 1 from 2 and 3."
    )

    def check_size(high: int, wide: int, mistakes: dict[str, Any]) -> None:
        rows, columns = high // 2, wide // 2
        shapes = {
            (-(-high // 2), -(-wide // 2)): "An odd row or column at the end is left out.",
            (high - 1, wide - 1): "Your blocks overlap. They should move by 2.",
            (high, wide): "Each block becomes one number.",
            (columns, rows): "Rows and columns are swapped.",
            (
                rows,
                columns,
                2,
            ): "Each block still holds two numbers. Take the largest of them, too.",
            (rows, rows): "Rows and columns each have their own number of blocks.",
            (rows, wide): "You compare rows only. Two columns become one, too.",
            (high, columns): "You compare columns only. Two rows become one, too.",
            (rows * columns,): "These are the numbers in one row. Give them rows and columns.",
            (): "That is one number. Is the `return` inside the loop?",
        }

        def stops(error: Exception, _: Tensor) -> str:
            odd = (
                f"With a map of {high} × {wide} your code stops: {error}. The last row or column "
                "of an odd number is left out: `feature_map[: 2 * rows, : 2 * columns]`."
            )
            words = {
                "return_types": "`max` and `min` along an axis give two tensors, the numbers and "
                "their places: take `.values`.",
                "numel|non-zero size": f"With a map of {high} × {wide}, a block of yours is empty. "
                f"The result has {rows} rows and {columns} columns, and the rows come first in "
                "`feature_map[…, …]`.",
            }
            return says(words, error) or (odd if high % 2 + wide % 2 else "")

        examine(
            pool,
            # Some are very negative all over.
            lambda: [
                (scale * (torch.randn(high, wide) / 3 - int(scale > 1)),)
                for scale in (1, 1, 1, 1, 1e6, 1e6)
            ],
            right,
            mistakes,
            otherwise,
            convert=lambda answer: feature_map(answer, (rows, columns), shapes),
            stops=stops,
            forbidden={
                BY_HAND.format(" pooling"): {
                    "max_pool2d",
                    "max_pool2d_with_indices",
                    "adaptive_max_pool2d",
                    "max_pool1d",
                    "max_pool3d",
                }
            },
        )

    check_size(6, 8, mistakes)
    check_size(8, 8, mistakes | swapped)
    check_size(7, 9, mistakes | odd)
    for high, wide in ((5, 6), (6, 3), (2, 2), (3, 3)):
        check_size(high, wide, {})
    return "Three of four numbers are gone, and with them where exactly the largest was."


@task("02.9")
def mended_network(mended: Any) -> str:
    """A network from the web that fits MNIST."""
    words = "The network should be an `nn.Sequential`, but it"
    refuse({f"{words} {described(mended)}.": not isinstance(mended, nn.Sequential)})
    network = deepcopy(mended).eval().float()
    with suppress(RuntimeError, ValueError), torch.no_grad():
        network(torch.zeros(2, 1, 28, 28))  # a lazy layer gets its size
    layers = [layer for layer in network.modules() if not isinstance(layer, nn.Sequential)]
    softmax = bool(layers) and isinstance(layers[-1], nn.Softmax | nn.LogSoftmax)
    names = [kind(layer) for layer in layers][: len(layers) - softmax]
    block = ["Conv2d", "MaxPool2d", "ReLU"]
    wanted = [*block, *block, "Flatten", "Linear", "ReLU", "Linear"]
    place = next((i for i, pair in enumerate(zip_longest(names, wanted)) if len({*pair}) > 1), 0)
    theirs, ours = ([*some, "the end"][place] for some in (names, wanted)) if names else ("", "")
    words = "Four lines are wrong, and the others should stay as they are. As layer"
    words = f"{words} {place + 1} you have {theirs}, where the program has {ours}."
    if place == len(wanted):
        words = "The network should end with the last linear layer, whose numbers are the logits. "
        words += f"You have {theirs} after it."
    refuse({"The network has no layers.": not names, words: names != wanted})
    one, _, _, two, _, _, _, hidden, _, last = layers[:10]
    for layer in layers[:7]:
        like = {
            "Conv2d": nn.Conv2d(8, 16, 3),
            "MaxPool2d": nn.MaxPool2d(2),
            "Flatten": nn.Flatten(),
        }
        theirs, ours = (_settings(each) for each in (layer, like.get(kind(layer), layer)))
        words = f"Four lines are wrong, and this is none of them: `{kind(layer)}` had {ours}; yours"
        refuse({f"{words} has {theirs}.": theirs != ours})
    given, width = hidden.in_features, 16 * 5 * 5
    reasons = {
        16 * 6 * 6: "It is still made for 32×32 pixels.",
        16 * 28 * 28: "It would fit if convolutions and poolings made nothing smaller.",
        16 * 7 * 7: "It would fit with padding, but here a convolution takes off 2.",
        16 * 11 * 11: "It would fit without the second pooling.",
        16 * 13 * 13: "The maps are 13 × 13 after the first pooling, and get smaller.",
        16 * 24 * 24: "It would fit without the two poolings.",
        5 * 5: "That is one map, and there are 16.",
        8 * 5 * 5: "That is 8 maps, and the second convolution makes 16.",
        16 * 5: "That is one row of each map.",
    }
    sizes = "Go from 28, step by step: how wide are the last maps, and how many are there?"
    mistakes = {
        f"The images have 1 channel, but the first convolution expects {one.in_channels}.": (
            one.in_channels != 1
        ),
        f"The first convolution makes {one.out_channels} maps, but the second expects "
        f"{two.in_channels}.": two.in_channels != one.out_channels,
        f"The first linear layer expects {given} numbers for each image, which is not what it "
        f"gets. {reasons.get(given, '')} {sizes}".replace("  ", " "): given != width,
        f"The last layer, {kind(layers[-1])}, gives no error message, but after it there are no "
        "logits. A loss that takes logits applies softmax itself, so leave it out.": softmax,
    }
    kept = {
        "first convolution's filters": (one.out_channels, 8),
        "second convolution's filters": (two.out_channels, 16),
        "hidden numbers": (hidden.out_features, 64),
        "last layer's inputs": (last.in_features, 64),
        "logits": (last.out_features, 10),
    }
    for name, (found, right) in kept.items():
        refuse({f"The {name} were {right}, and should be; yours are {found}.": found != right})
    words = "Both linear layers had a bias, and should. Leave `bias=False` out."
    refuse({words: hidden.bias is None or last.bias is None})
    left = [words for words, wrong in mistakes.items() if wrong]
    refuse({f"{4 - len(left)} of the 4 mistakes are mended. {words}": True for words in left})
    return "Three of them PyTorch would have found. The softmax you have to find yourself."


def _settings(layer: nn.Module) -> str:
    """A layer's settings, without the number of its channels."""
    words = layer.extra_repr().replace("(2, 2)", "2")
    return words.split(", ", 2)[2] if isinstance(layer, nn.Conv2d) else words


def shifted(before: Tensor, k: int) -> Tensor:
    """The map, moved to the right (to the left, if negative), with something new beside it."""
    found = torch.randn(before.shape)
    found[:, max(k, 0) : before.shape[1] + min(k, 0)] = before[
        :, max(-k, 0) : before.shape[1] - max(k, 0)
    ]
    return found


def moved_maps() -> list[tuple[Tensor, Tensor]]:
    """Maps before and after a move; some have not moved, or not to the right, or far."""
    maps = [torch.randn(4 + i % 4, 6 + i % 5) for i in range(12)]
    cases = [(one, shifted(one, k)) for one, k in zip(maps, [0, 1, 2, 3, 4, -1, -2], strict=False)]
    maps[7][1, 2] = 5  # a tenth of it is a large difference
    noisy = shifted(maps[7], 2)
    for place, off in (((1, 4), 3e-4), ((1, 4), -3e-4), ((0, 5), 0.1), ((-1, 5), 1), ((3, -1), 1)):
        other = noisy.clone()
        other[place] += off
        cases.append((maps[7], other))
    cases += [(maps[7], noisy + off) for off in (4e-5, -4e-5, 3e-4)]
    other = noisy.clone()
    other[2, 4] += 3e-3  # on average, this is little
    reordered = [noisy.flip(0), torch.cat([noisy[:, :2], noisy[:, 2:].flip(1)], dim=1)]
    cases += [(maps[7], one) for one in (other, *reordered)]  # with the same sums
    for offs in ([0.02], [0.008] * 2):  # squared, the first is little on average, the others in all
        other = noisy.clone()
        other[1, 3 : 3 + len(offs)] += torch.tensor(offs)
        cases.append((maps[7], other))
    nearly = 1 + 4e-5 * (torch.arange(6) % 2).repeat(4, 1)  # moved by 1, and not moved
    narrow = torch.randn(4, 5)
    cases += [(nearly, nearly.roll(1, 1)), (narrow, shifted(narrow, 3)), (narrow, narrow + 1)]
    cases += [
        (maps[8], shifted(maps[8].T, 1).T),
        (maps[6], F.pad(maps[6], (2, -2))),
        (torch.ones(5, 5), torch.ones(5, 5)),
    ]
    stripes = maps[9][:, :2].repeat(1, 4)
    cases += [(stripes, stripes.roll(1, 1)), (maps[10], torch.randn(maps[10].shape))]
    brightest = torch.randn(6, 8)
    brightest[2, 3] = 9
    other = torch.randn(6, 8)
    other[2, 5] = 9
    return [*cases, (brightest, other), (maps[11], maps[11].roll(2, 1))]


@task("02.10")
def moves(moved_by: Any) -> str:
    """By how many columns a map has moved."""

    def first(fits: Any, numbers: Any = range(4), otherwise: int = -1) -> Any:
        """The first of these numbers that fits."""
        return lambda b, a: next((k for k in numbers if fits(b, a, k)), otherwise)

    def near(one: Tensor, other: Tensor, atol: float = 1e-4) -> bool:
        return bool(((one - other).abs() < atol).all())

    def kept(b: Tensor, k: int) -> Tensor:
        return b[:, : b.shape[1] - k]

    @cache  # most of the mistakes below ask for it
    def gap(b: Tensor, a: Tensor, k: int) -> Tensor:
        return a[:, k:] - kept(b, k)

    @cache
    def fits(b: Tensor, a: Tensor, k: int) -> bool:
        return bool((gap(b, a, k).abs() < 1e-4).all())

    def rolled(b: Tensor, a: Tensor, k: int) -> bool:
        return near(a, b.roll(k, 1))

    def off(b: Tensor, a: Tensor, k: int) -> float:
        """The largest difference."""
        return gap(b, a, k).abs().max().item()

    def best(b: Tensor, a: Tensor) -> int:
        return min(range(4), key=lambda k: off(b, a, k))

    right = first(fits)
    mistakes = {
        "You look for a move to the left. Leave out the first `k` columns of `after`, and the last "
        "`k` of `before`.": first(lambda b, a, k: fits(a, b, k)),
        "You look for a move downwards. Columns are the second axis: `[:, k:]`.": first(
            lambda b, a, k: near(a[k:], b[: len(b) - k])
        ),
        "You let the columns that go out on the right come in again on the left, as `roll` does. "
        "Those that come in may hold anything.": first(rolled),
        "Nearly equal numbers count as equal, too: `torch.allclose` with `atol=1e-4`.": first(
            lambda b, a, k: torch.equal(a[:, k:], kept(b, k))
        ),
        "A difference of 0.0003 is too large to count as equal, also between large numbers: the "
        "limit is 0.0001.": [
            first(lambda b, a, k, atol=atol: bool((gap(b, a, k).abs() < atol).all()))
            for atol in (0.001, 0.01)
        ],
        "You expect zeros in the columns that come in. They may hold anything.": first(
            lambda b, a, k: near(a, F.pad(b, (k, -k)))
        ),
        "For you, maps also fit if some of the numbers differ. All of those that stay have to "
        "agree.": [
            first(lambda b, a, k: fits(b[:, :5], a[:, :5], k)),
            first(lambda b, a, k: fits(b[1:-1], a[1:-1], k)),
            first(lambda b, a, k: fits(b[:, :-1], a[:, :-1], k)),
            first(lambda b, a, k: fits(b[:1], a[:1], k)),
            first(lambda b, a, k: near(a[:, k], b[:, 0])),
        ],
        "A difference that is too large gets lost, as if you add up or average. Look at each.": [
            first(lambda b, a, k: near(a[:, k:].sum(1), kept(b, k).sum(1))),
            first(lambda b, a, k: near(a[:, k:].sum(0), kept(b, k).sum(0))),
            first(lambda b, a, k: bool(gap(b, a, k).square().mean() < 1e-4)),
            first(lambda b, a, k: bool(gap(b, a, k).abs().mean() < 1e-4)),
            first(lambda b, a, k: bool(gap(b, a, k).square().sum() < 1e-4)),
            first(lambda b, a, k: bool(gap(b, a, k).sum().abs() < 1e-4)),
            first(lambda b, a, k: bool(gap(b, a, k).mean().abs() < 1e-4)),
        ],
        "You return the `k` that fits best. Return the smallest that fits, and -1 if none does.": [
            best,
            lambda b, a: best(b, a) if fits(b, a, best(b, a)) else -1,
        ],
        "If 0 fits, return 0: the map has not moved. You return -1 then.": lambda b, a: (
            right(b, a) or -1
        ),
        "Differences below zero count as small for you. Take `abs` first.": first(
            lambda b, a, k: bool((gap(b, a, k) < 1e-4).all())
        ),
        "It is enough for you if one number fits. All have to.": first(
            lambda b, a, k: bool((gap(b, a, k).abs() < 1e-4).any())
        ),
        "You try 0, 1 and 2. `range(4)` goes up to 3.": first(fits, range(3)),
        "You try 4, too. The largest `k` is 3.": first(fits, range(5)),
        "You leave out 0: a map that has not moved.": first(fits, range(1, 4)),
        "If several `k` fit, return the smallest. You return the largest.": first(
            fits, range(3, -1, -1)
        ),
        "If no `k` fits, return -1. You return another number.": [
            first(fits, otherwise=0),
            first(fits, otherwise=3),
            first(fits, range(1, 4), otherwise=0),
        ],
        "You never find a `k`. Is the `return -1` inside the loop?": lambda b, a: -1,
        "You look at 0 only. Is the `return -1` inside the loop?": first(fits, range(1)),
    }

    def otherwise(before: Tensor, after: Tensor, given: int, wanted: int) -> str:
        words = f"For two maps of the shape {tuple(before.shape)}, `k` is {{right}}; you say"
        if given not in range(-1, 4):
            return f"{words} {{given}}, but `k` is from 0 to 3, or -1 if none of these fits."
        words = f"{words} {{given}}. Compare `after[:, k:]` with the first columns of `before`:"
        k = given if given in range(4) and not fits(before, after, given) else max(wanted, 0)
        return f"{words} with k = {k} they differ by {off(before, after, k):.2g} at most."

    def stops(error: Exception, before: Tensor, after: Tensor) -> str:
        words = f"With two maps of the shape {tuple(before.shape)} your code stops: {error}. "
        words += "`after[:, k:]` has as many columns as `before[:, : columns - k]`, if `columns` "
        words += "are those of `before`. (`[:, :-0]` has none.)"
        return words if "must match" in str(error) else ""

    examine(moved_by, moved_maps, right, mistakes, otherwise, convert=whole, stops=stops)
    found = [moved_by(before, after) for before, after in _maps()]
    return (
        f"Measured on a CNN's maps, after both convolutions and poolings: {found}. The second "
        "pooling would have to move them by half a column, so they change instead."
    )


def _maps() -> list[tuple[Tensor, Tensor]]:
    """A map of each step of an untrained CNN, before and after its digit moves by 2 pixels."""
    image = torch.zeros(1, 1, 28, 28)
    image[0, 0, 5:23, 7:20] = torch.rand(18, 13)
    steps = [nn.Conv2d(1, 4, 3), nn.MaxPool2d(2), nn.Conv2d(4, 4, 3), nn.MaxPool2d(2)]
    pairs, maps = [], torch.cat([image, image.roll(2, 3)])
    with torch.no_grad():
        for step in steps:
            maps = step(maps)
            pairs.append((maps[0, 0], maps[1, 0]))
    return pairs
