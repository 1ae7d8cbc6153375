"""The checks of notebook 10, Coming from Keras. None of them needs Keras."""

import contextlib
from math import comb, erfc, prod, sqrt
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mnist_helpers._support import to_array

from .core import array, call, close, described, examine, kind, refuse, says, several, task


@task("10.1")
def carried(as_torch_layer: Any) -> str:
    """A Keras layer's weights in a PyTorch layer."""
    both = {
        "The weights are in Keras's order. `permute` (or `.T`) changes the order, `reshape` does "
        "not.": lambda k, b: k.reshape(_shape(k)),
        "The weights are all 0.": lambda k, b: np.zeros(_shape(k)),
    }
    convolution = {
        "Each filter's rows and columns are swapped. `permute` needs the axes in the order `(out, "
        "in, rows, columns)`.": lambda k, b: k.transpose(3, 2, 1, 0),
        "`in` and `out` are swapped. PyTorch wants `(out, in, rows, columns)`.": lambda k, b: (
            k.transpose(2, 3, 0, 1)
        ),
        "`in` and `out` are swapped, and so are rows and columns. PyTorch wants `(out, in, rows, "
        "columns)`.": lambda k, b: k.transpose(2, 3, 1, 0),
        "The filters are turned round. Both libraries lay them on the image as they are.": (
            lambda k, b: _weight(k)[:, :, ::-1, ::-1]
        ),
    }
    dense = {
        "A dense layer is `(in, out)` in Keras, but `(out, in)` in PyTorch: `.T` swaps the axes, "
        "which `reshape` does not.": lambda k, b: k,
    }

    words = "Give the check your function, not a layer that it has made."
    refuse({words: isinstance(as_torch_layer, nn.Module)})

    def check_size(size: tuple[int, ...], mistakes: dict[str, Any]) -> None:
        given = f"For a kernel of the shape {size},"

        def draw() -> list[tuple[NDArray, NDArray]]:
            return [(_normal(size), _normal(size[-1:])) for _ in range(2)]

        def filled(name: str) -> Any:
            """What gets the weight or the bias of a layer that has been made twice."""

            def convert(answer: Any, kernel: NDArray, bias: NDArray) -> NDArray:
                layers = _layer(answer, size), _layer(call(as_torch_layer, kernel, bias), size)
                one, other = (to_array(getattr(layer, name)) for layer in layers)
                words = f"The layer's `{name}` is another one at each call. Fill it with Keras's."
                refuse({words: not np.array_equal(one, other)})
                return one

            return convert

        def stops(error: Exception, *_: Any) -> str:
            axes = "A convolution's kernel has four axes, a dense layer's two: `kernel.ndim`."
            shape = _shape(np.empty(size))
            wanted = (
                f"{given} PyTorch's weight has the shape {shape}, its bias {shape[:1]}, and the"
            )
            words = {
                "unpack|index out of range|axes don't match|sparse|NVIDIA|CUDA|device": axes,
                "ndarray": "An array of NumPy's is no tensor: `torch.tensor(kernel)` makes one.",
                "'NoneType'.*'copy_'": "What you fill is None. A layer made with `bias=False` "
                "has no bias.",
                "state_dict": "`load_state_dict` needs `weight` and `bias`, of the shapes "
                f"{shape} and {shape[:1]}.",
                "must match": f"{wanted} layer or what you fill it with has another: {error}.",
            }
            return says(words, error)

        words = {
            "weight": f"{given} the weight at {{place}} ({', '.join(_AXES[len(size)])}) should be "
            "{right}, but yours is {given}.",
            "bias": "Number {place} of the bias should be {right}, but yours is {given}.",
        }
        for name, right, some in (
            ("weight", lambda k, b: _weight(k), mistakes),
            ("bias", lambda k, b: b, {"The bias is 0. Fill it, too.": lambda k, b: 0 * b}),
        ):
            options: dict[str, Any] = {"convert": filled(name), "stops": stops}
            examine(as_torch_layer, draw, right, some, words[name], **options)

    check_size((3, 3, 3, 3), convolution | both)
    check_size((2, 5, 3, 4), both)
    check_size((4, 4), dense)
    check_size((5, 3), both)
    return "Weights are only numbers. Whoever knows the order of the axes can carry them anywhere."


_AXES = {4: ("out", "in", "row", "column"), 2: ("out", "in")}


def _normal(shape: Any) -> NDArray:
    """Random numbers like weights, of the type float32."""
    return np.random.default_rng().normal(size=shape).astype(np.float32)


def _weight(kernel: NDArray) -> NDArray:
    """A Keras kernel in PyTorch's order."""
    return kernel.transpose(3, 2, 0, 1) if kernel.ndim == 4 else kernel.T


def _shape(kernel: NDArray) -> tuple[int, ...]:
    return _weight(kernel).shape


def _layer(answer: Any, size: tuple[int, ...]) -> Any:
    """The learner's layer, if its type, sizes and settings are right."""
    kinds = {4: nn.Conv2d, 2: nn.Linear}
    wanted = kinds[len(size)]
    words = f"For a kernel of the shape {size}, return an `nn.{wanted.__name__}`; yours"
    found = "is a tensor" if isinstance(answer, Tensor) else described(answer)
    refuse({f"{words} {found}.": not isinstance(answer, wanted)})
    shape = _shape(np.empty(size))
    words = f"For a kernel of the shape {size}, PyTorch's weight has the shape {shape}, but yours"
    faults = {
        f"{words} has {tuple(answer.weight.shape)}.": tuple(answer.weight.shape) != shape,
        "Your layer has no bias.": answer.bias is None,
        f"The bias should have the shape {shape[:1]}.": answer.bias is not None
        and tuple(answer.bias.shape) != shape[:1],
    }
    refuse(faults)
    for name in ("weight", "bias"):
        dtype = getattr(answer, name).dtype
        words = f"Kernel and bias are of the type float32, but your layer's `{name}` is of {dtype},"
        words += " so the layer would not take images of floats."
        refuse({words: dtype != torch.float32})
    if isinstance(answer, nn.Conv2d):
        padding = answer.padding not in ((0, 0), "valid")
        stride = answer.stride != (1, 1) or answer.dilation != (1, 1) or answer.groups != 1
        words = "The convolution should have no"
        refuse({f"{words} padding.": padding, f"{words} stride but 1, and no dilation.": stride})
    return answer


@task("10.2")
def flattened(to_keras: Any) -> str:
    """The weights of the layer after Flatten, in Keras's order."""

    def moved(axes: tuple[int, ...]) -> Any:
        """The kernel with the axes (out, channel, row, column) in another order, out last."""
        return lambda w, c, r, k: w.reshape(-1, c, r, k).permute(axes).reshape(c * r * k, -1)

    def read_as(sizes: Any, axes: tuple[int, ...]) -> Any:
        """The kernel, if the row is taken for other axes."""
        return lambda w, c, r, k: (
            w.reshape(-1, *sizes(c, r, k)).permute(axes).reshape(c * r * k, -1)
        )

    right = moved((2, 3, 1, 0))
    mistakes = {
        "You swap inputs and outputs, but the inputs stay in PyTorch's order, channels first. Turn "
        "them into three axes, and move the channels.": moved((1, 2, 3, 0)),
        "`reshape` alone changes no order. Inputs and outputs must be swapped, and the "
        "channels moved: `permute`.": lambda w, c, r, k: w.reshape(c * r * k, -1),
        "The channels are last, but rows and columns are swapped.": [
            moved((3, 2, 1, 0)),
            read_as(lambda c, r, k: (c, k, r), (3, 2, 1, 0)),
        ],
        "Channels and columns have changed places. The order should be rows, columns, "
        "channels.": moved((2, 1, 3, 0)),
        "The channels still come first, and rows and columns are swapped.": moved((1, 3, 2, 0)),
        "The channels have moved between rows and columns, which are swapped.": moved((3, 1, 2, 0)),
        "You go the other way: you take PyTorch's row for `(rows, columns, channels)`, which is "
        "Keras's.": read_as(lambda c, r, k: (r, k, c), (3, 1, 2, 0)),
        "`weight` has the shape `(out, in)`: reshape it to `(out, channels, rows, columns)`, with "
        "`out` first.": lambda w, c, r, k: (
            w.reshape(c, r, k, -1).permute(1, 2, 0, 3).reshape(c * r * k, -1)
        ),
        "The channels are in the right place, but inputs and outputs are not swapped before the "
        "axes are laid out in one.": lambda w, c, r, k: (
            w.reshape(-1, c, r, k).permute(0, 2, 3, 1).reshape(c * r * k, -1)
        ),
        "The inputs are in Keras's order, but Keras wants `(in, out)`: `.T`.": lambda w, c, r, k: (
            right(w, c, r, k).T
        ),
        "You turn the order of the inputs round.": lambda w, c, r, k: right(w, c, r, k).flip(0),
    }

    def otherwise(w: Tensor, c: int, r: int, k: int, given: NDArray, expected: NDArray) -> str:
        words = "At {place} (input, output) Keras's kernel should have {right}, but yours has "
        if not close(np.sort(given, None), np.sort(expected, None)):
            return f"{words}{{given}}. The numbers should stay the same, in another order."
        words = f"{words}{{given}}. Keras's input is (row * columns + column) * channels + channel."
        return f"{words} What is PyTorch's?"

    def check_sizes(outputs: int, sizes: tuple[int, int, int], mistakes: dict[str, Any]) -> None:
        channels, rows, columns = sizes
        n = prod(sizes)
        shapes = {
            (outputs, n): "Keras wants `(in, out)`: the outputs last.",
            (rows, columns, channels, outputs): "Lay the first three axes out in one again.",
            (n * outputs,): "Inputs and outputs should stay two axes.",
        }

        def convert(answer: Any) -> NDArray:
            words = "Return a NumPy array, but yours"
            faults = {
                f"{words} is a tensor: `.numpy()` makes an array of it.": isinstance(
                    answer, Tensor
                ),
                f"{words} {described(answer)}.": not isinstance(answer, np.ndarray),
            }
            refuse(faults)
            words = f"Your array is of {answer.dtype}, which keeps few digits."
            refuse({words: answer.dtype == np.float16})
            return array(answer, (n, outputs), shapes)

        def draw() -> list[tuple]:
            return [(torch.randn(outputs, n), *sizes) for _ in range(2)]

        def stops(error: Exception, *_: Any) -> str:
            words = {
                "view size": "After `permute`, only `reshape` can lay axes out in one, not `view`.",
                "reshape|invalid for": f"Here `weight` has the shape {(outputs, n)}: {channels} "
                f"channels of {rows} × {columns} pixels. Do your sizes fit, for any sizes and any "
                "number of outputs?",
                "axes don't match|number of dim": "You name another number of axes than there are. "
                "Print the `.shape` before this step.",
                "permute|transpose|axes": "For several axes, a tensor has `permute`, and a NumPy "
                "array `transpose`.",
            }
            return says(words, error)

        examine(to_keras, draw, right, mistakes, otherwise, convert=convert, stops=stops)

    check_sizes(7, (4, 2, 3), mistakes)
    check_sizes(18, (2, 3, 3), mistakes)
    check_sizes(5, (3, 4, 2), {})
    check_sizes(6, (1, 2, 3), {})
    check_sizes(1, (2, 3, 4), {})
    return "A wrong order here gives no error message: the network just reads at random."


def two_readers() -> list[tuple[NDArray, NDArray]]:
    """Answers to some images, in which A alone and B alone are right so many times."""
    cases = []
    pairs = (7, 2), (2, 9), (16, 7), (4, 4), (1, 0), (0, 6), (0, 0), (13, 18), (36, 29), (61, 44)
    for a, b in pairs:
        both, none = np.random.default_rng().integers(11, 40, 2)
        kinds = np.repeat([[1, 0], [0, 1], [1, 1], [0, 0]], [a, b, both, none], axis=0)
        kinds = np.random.default_rng().permutation(kinds).astype(bool)
        cases.append((kinds[:, 0].copy(), kinds[:, 1].copy()))
    return cases


@task("10.3")
def discordant(compare_readers: Any) -> str:
    """Whether two networks differ by more than chance."""

    def counts(a: NDArray, b: NDArray) -> tuple[int, int]:
        return int((a & ~b).sum()), int((b & ~a).sum())

    def chance(n: int, fits: Any) -> float:
        """The probability that the number of heads of n coins is one that fits."""
        return sum(comb(n, heads) for heads in range(n + 1) if fits(heads)) / 2**n

    def result(probability: Any) -> Any:
        """The three numbers, with a probability that is computed from the two counts."""
        return lambda a, b: (*counts(a, b), probability(*counts(a, b)))

    def uneven(a: float, b: float) -> float:
        n = int(a + b)
        return chance(n, lambda heads: abs(2 * heads - n) >= abs(a - b))

    def unguarded(probability: Any) -> list:
        """A mistake with and without a line of its own for no images."""
        return [result(probability), result(lambda a, b: probability(a, b) if a + b else 1)]

    right = result(uneven)
    mistakes = {
        "A and B are swapped. First count the images that only A reads.": lambda a, b: right(b, a),
        "You count all the images that each one reads. Leave out those that both read: they say "
        "nothing about a difference.": lambda a, b: (a.sum(), b.sum(), uneven(a.sum(), b.sum())),
        "The counts are right, but you toss a coin for every image. Only those that exactly one "
        "reads count.": lambda a, b: (
            *counts(a, b),
            chance(len(a), lambda h: abs(2 * h - len(a)) >= abs(a.sum() - 1.0 * b.sum())),
        ),
        "You count one end only. Chance may favour either: both ends count.": result(
            lambda a, b: chance(a + b, lambda h: h >= max(a, b))
        ),
        "You count uneven in favour of A only. Chance may favour either: both ends count.": result(
            lambda a, b: chance(a + b, lambda h: h >= a)
        ),
        "You count uneven in favour of B only. Chance may favour either: both ends count.": result(
            lambda a, b: chance(a + b, lambda h: h >= b)
        ),
        "You double one end. If the two counts are equal, the middle is counted twice, and the "
        "probability is above 1.": result(lambda a, b: 2 * chance(a + b, lambda h: h >= max(a, b))),
        "Exactly as uneven counts, too: `>=`, not `>`.": unguarded(
            lambda a, b: chance(a + b, lambda h: abs(2 * h - a - b) > abs(a - b))
        ),
        "That all coins show heads is missing: `range(n + 1)`.": unguarded(
            lambda a, b: chance(a + b, lambda h: abs(2 * h - a - b) >= abs(a - b) and h < a + b)
        ),
        "The order should be: only A, only B, and the probability. You begin with the "
        "probability.": lambda a, b: (right(a, b)[2], *counts(a, b)),
        "`|` means *or*. Only A reads it where `right_a & ~right_b`.": lambda a, b: (
            (a | ~b).sum(),
            (b | ~a).sum(),
            uneven((a | ~b).sum(), (b | ~a).sum()),
        ),
        "This is a percentage. A probability lies between 0 and 1.": result(
            lambda a, b: 100 * uneven(a, b)
        ),
        "This is the probability of exactly this split. A more uneven one counts, too.": result(
            lambda a, b: chance(a + b, lambda h: h == a)
        ),
        "This is the probability of exactly this split, in favour of either. A more uneven one "
        "counts, too.": result(lambda a, b: chance(a + b, lambda h: h in (a, b))),
        "This is how probable a *less* uneven split is.": result(lambda a, b: 1 - uneven(a, b)),
        "This comes from the bell curve, which is only near. Count the ways in which the coins "
        "fall.": result(lambda a, b: erfc(abs(a - b) / sqrt(2 * max(a + b, 1)))),
        "The difference of heads and *half the coins* is only half the difference of heads and "
        "tails.": result(
            lambda a, b: chance(a + b, lambda h: abs(2 * h - a - b) >= 2 * abs(a - b))
        ),
        "If no image tells the two apart, the probability is 1.": [
            result(lambda a, b, other=other: uneven(a, b) if a + b else other) for other in (0, 2)
        ],
    }

    plain = "Are your counts NumPy's? Such whole numbers end at 2**63, and `2**n` is more here: "
    plain += "`int(…)` makes plain ones."

    def convert(answer: Any, a: NDArray, b: NDArray) -> tuple:
        if sum(counts(a, b)) > 62:
            with contextlib.suppress(TypeError, ValueError):
                refuse({plain: not np.isfinite(np.asarray(answer, dtype=float)).all()})
        return several(answer, 3, "only A, only B, and the probability")

    def otherwise(a: NDArray, b: NDArray, given: tuple, expected: tuple) -> str:
        only_a, only_b, probability = given
        words = (
            f"Only A reads {expected[0]} of these images, only B {expected[1]}, and the "
            f"probability is {expected[2]:.6g}; you say {only_a:g}, {only_b:g} and "
            f"{probability:.6g}."
        )
        if (only_a, only_b) != tuple(expected[:2]):
            return f"{words} Count only what one of the two reads and the other does not."
        n, gap = sum(counts(a, b)), abs(expected[0] - expected[1])
        if n > 62:
            return f"{words} {plain}"
        ways = sum(comb(n, heads) for heads in range(n + 1) if abs(2 * heads - n) >= gap)
        words += f" Heads and tails of {n} coins differ by {gap} or more in {ways} of the"
        return f"{words} {2**n} ways in which they fall."

    def stops(error: Exception, a: NDArray, b: NDArray) -> str:
        only_a = "`right_a & ~right_b` is True where only A reads it."
        words = {
            "boolean negative": f"*Not* is `~`: True and False have no `-`. {only_a}",
            "boolean subtract": f"True and False cannot be subtracted. {only_a}",
            "truth value": f"`if`, `and`, `or` and `not` want one answer; these are many. {only_a}",
        }
        n = sum(counts(a, b))
        if n > 62:
            return f"With {n} such images, your code stops with {kind(error)}: {error}. {plain}"
        return says(words, error) if n else "If no image tells the two apart, the probability is 1."

    def steady(a: NDArray, b: NDArray) -> Any:
        """What the learner's function returns, if it returns the same again."""
        words = "Your answer is another one at each call, as with tossed coins. Count the ways."
        one, other = (call(compare_readers, a, b) for _ in range(2))
        refuse({words: not close(convert(one, a, b), convert(other, a, b))})
        return one

    options: dict[str, Any] = {"convert": convert, "stops": stops, "tolerance": 1e-7}
    examine(steady, two_readers, right, mistakes, otherwise, **options)
    return (
        "Intervals say how far each number moves alone. This compares the two on the same images."
    )
