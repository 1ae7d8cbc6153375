"""The checks of notebook 08, Look inside."""

import copy
from collections.abc import Callable
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from .core import (
    Case,
    Mistakes,
    WrongAnswer,
    a,
    apart,
    array,
    call,
    close,
    examine,
    refuse,
    says,
    several,
    task,
    whole,
)


def first_that_differs(given: NDArray, expected: Tensor, atol: float = 1e-5) -> tuple[int, ...]:
    """The index of the first number that is another one; see `close`."""
    alike = np.isclose(given, expected.numpy(), 1e-4, atol)
    return tuple(int(i) for i in np.unravel_index(alike.argmin(), alike.shape))


def between(low: int, high: int) -> int:
    """A random whole number from ``low`` to ``high - 1``."""
    return int(torch.randint(low, high, ()))


def by_hand(
    score: Any,
    image: Tensor,
    side: int,
    *,
    cover: Any = 0.0,
    stays: str = "",
    square: Callable[[int, int, int], tuple] = lambda *place: place,
) -> Tensor:
    """How far the score falls for each place of the patch that covers the image.

    ``cover`` is the patch's colour, and ``square`` makes its first row, first column and size of
    those that are right. Patches stay on the image along a "row", or on "all" of it.
    """
    rows, columns = (length - side + 1 for length in image.shape)
    fall, covered, whole_score = torch.zeros(rows, columns), image.clone(), score(image)
    for row in range(rows):
        covered = covered if stays == "all" else image.clone()
        for column in range(columns):
            covered = covered if stays else image.clone()
            top, left, size = square(row, column, side)
            covered[max(top, 0) : top + size, max(left, 0) : left + size] = cover
            fall[row, column] = whole_score - score(covered)
    return fall


def covering_cases() -> list[Case]:
    """Images that are wider than high, and higher than wide."""
    return [covering_case(*sizes) for sizes in ((7, 9, 3), (8, 6, 2), (6, 5, 1))]


def covering_case(height: int, width: int, side: int) -> Case:
    """A score that is no sum over the pixels, so that patches which stay can be seen."""
    weights = torch.randn(height, width)

    def score(one: Tensor) -> Tensor:
        found = tuple(one.shape)
        words = f"`score` wants the whole image, {height}×{width}, but you give it {found}."
        refuse({words: found != (height, width)})
        total = (weights * one).sum()
        return 3 + total + one.square().mean() + total.square() / 9

    return score, torch.rand(height, width), side


@task("08.3")
def covering(occlusion: Any) -> str:
    """Occlusion by hand."""

    def convert(given: Any, score: Callable, image: Tensor, side: int) -> NDArray:
        height, width = image.shape
        rows, columns = height - side + 1, width - side + 1
        length = "An image may be wider than high: the numbers of rows and columns differ."
        jumps = "Move the patch by one pixel, not by its own width."
        wrong_shapes = {
            (-(-height // side), -(-width // side)): jumps,
            (height // side, width // side): jumps,
            (rows - 1, columns - 1): "The last place is missing: `range` stops before its end.",
            (height, width): "There the patch would stick out. How many places are there?",
            (columns, rows): "Rows come first, then columns.",
            (rows, rows): length,
            (columns, columns): length,
            (29 - side, 29 - side): "An image need not be 28 pixels wide: ask `image.shape`.",
            (rows * columns,): "Return rows of numbers, not all of them one after the other.",
        }
        return array(given, (rows, columns), wrong_shapes)

    def kept(score: Callable, image: Tensor, side: int) -> Tensor:
        fall, whole_score = by_hand(score, image, side), score(image)
        for row in range(fall.shape[0]):
            for column in range(fall.shape[1]):
                patch = torch.zeros_like(image)
                place = slice(row, row + side), slice(column, column + side)
                patch[place] = image[place]
                fall[row, column] = whole_score - score(patch)
        return fall

    paper, fresh = "Paper is 0 here.", "Cover a fresh copy, `image.clone()`, at each place."
    against = "where the score rises, the ink spoke *against* the digit."
    mistakes: Mistakes = {
        "The sign is the wrong way round. Where the patch hides what matters, the score "
        "*falls*: the whole image's score minus the covered one's.": lambda *c: -by_hand(*c),
        "These are the scores. How far do they fall below the whole image's?": lambda s, i, n: (
            s(i) - by_hand(s, i, n)
        ),
        f"You cover with ink, 1. {paper}": lambda *c: by_hand(*c, cover=1.0),
        f"You cover with grey, 0.5. {paper}": lambda *c: by_hand(*c, cover=0.5),
        f"You cover with the image's mean. {paper}": lambda s, i, n: by_hand(
            s, i, n, cover=i.mean()
        ),
        f"Keep the sign: {against}": lambda *c: by_hand(*c).abs(),
        f"Keep what is below 0: {against}": lambda *c: by_hand(*c).clamp(min=0),
        f"The patches stay on top of each other. {fresh}": [
            lambda *c, stays=stays: by_hand(*c, stays=stays) for stays in ("all", "row")
        ],
        "Your patch is one pixel too small: end at `row + side`.": lambda *c: by_hand(
            *c, square=lambda row, column, n: (row, column, n - 1)
        ),
        "Your patch is one pixel too large: end at `row + side`.": lambda *c: by_hand(
            *c, square=lambda row, column, n: (row, column, n + 1)
        ),
        "The size of your patch does not depend on `side`.": [
            lambda *c, size=size: by_hand(*c, square=lambda row, column, _: (row, column, size))
            for size in (1, 2, 3, 4, 5)
        ],
        "Your patch has its middle at the place, and sticks out at the border. Begin at `row` and "
        "`column`.": lambda *c: by_hand(
            *c, square=lambda row, column, n: (row - n // 2, column - n // 2, n // 2 * 2 + 1)
        ),
        "The columns of your patch begin at `row`, too. They should begin at `column`.": (
            lambda *c: by_hand(*c, square=lambda row, _, n: (row, row, n))
        ),
        "Only the first row is filled. Is `return` inside of a loop?": lambda *c: torch.cat(
            [by_hand(*c)[:1], 0 * by_hand(*c)[1:]]
        ),
        "This is the ink below the patch. How far does the *score* fall?": lambda _, i, n: by_hand(
            torch.sum, i, n
        ),
        "You divide the falls. Return them as they are.": [
            lambda s, i, n: by_hand(s, i, n) / by_hand(s, i, n).abs().max(),
            lambda s, i, n: by_hand(s, i, n) / s(i),
        ],
        "Everything is 0. Each entry is the whole image's score minus that of a covered copy.": (
            lambda *c: 0 * by_hand(*c)
        ),
        "You cover everything but the patch. Cover the patch.": kept,
        "You subtract the score from that of the place before. Take the whole image's score.": (
            lambda s, i, n: (
                -torch.diff(
                    s(i) - by_hand(s, i, n).flatten(), prepend=torch.as_tensor(s(i))[None]
                ).view_as(by_hand(s, i, n))
            )
        ),
    }

    def otherwise(score: Callable, image: Tensor, side: int, given: Any, expected: Tensor) -> str:
        row, column = place = first_that_differs(given, expected, 1e-4)
        before, fall = score(image).item(), expected[place].item()
        right, yours = apart(fall, given[place])
        where = f"pixels in rows {row} to {row + side - 1} and columns {column} to"
        return (
            f"With the patch at row {row}, column {column}, the {where} {column + side - 1} are 0. "
            f"The score goes from {before:.3f} to {before - fall:.3f}, so there should be {right}; "
            f"yours is {yours}."
        )

    options: dict[str, Any] = {"convert": convert, "tolerance": 1e-4}
    examine(occlusion, covering_cases, by_hand, mistakes, otherwise, **options)
    return "You need nothing but answers for this: it works for any reader, even a person."


def reading_cases() -> list[Case]:
    """Maps with a largest value; others have the largest size, the largest row and column."""
    cases = []
    for rows, columns, side, shift in ((6, 11, 3, 0), (11, 6, 7, 0), (7, 9, 5, -4)):
        fall = torch.rand(rows, columns)
        row, column = between(1, 3), between(3, 5)
        fall[3] = fall[:, 1] = 1.2
        if side == 7:  # in the corner
            row, column = rows - 1, columns - 1
        fall[row, column] = 2.0
        fall[0, 2] = -3.0
        cases.append((fall + shift, side))
    return cases


@task("08.4")
def reading(middle_of_the_strongest: Any) -> str:
    """Where the patch matters most."""

    def convert(given: Any, *_: Any) -> tuple:
        single = "This is one number. Return two, the row and the column: `divmod` by the number "
        single += "of columns makes them of a place that counts through the rows."
        refuse({single: isinstance(given, int | float) or getattr(given, "ndim", None) == 0})
        many = "Row and column should be one number each, and yours are more. (With a `dim`, "
        many += "`argmax` gives one for each row or column.)"
        parts = given if isinstance(given, list | tuple) else []
        refuse({many: any(np.asarray(one).size > 1 for one in parts)})
        return several(given, 2, "row and column", whole)

    def place(
        at: Callable[[Tensor], Any] = torch.argmax,
        add: Callable[[int], int] = lambda side: side // 2,
        divisor: Callable[[Tensor, int], int] = lambda fall, side: fall.shape[1],
    ) -> Callable[[Tensor, int], tuple]:
        return lambda fall, side: tuple(
            i + add(side) for i in divmod(int(at(fall)), divisor(fall, side))
        )

    def sums(fall: Tensor, side: int) -> tuple:
        return tuple(int(fall.sum(dim=1 - axis).argmax()) + side // 2 for axis in (0, 1))

    right = place()
    mistakes: Mistakes = {
        "This is the patch's upper left corner. Its middle lies half a patch farther down and "
        "to the right.": place(add=lambda side: 0),
        "Row and column are swapped: the row comes first.": lambda *case: right(*case)[::-1],
        "You divide by the number of rows. A row has as many places as there are columns.": place(
            divisor=lambda fall, _: len(fall)
        ),
        "You do not divide by the number of columns of `fall`, `fall.shape[1]`.": [
            place(divisor=lambda fall, side: fall.shape[1] + side - 1),
            place(divisor=lambda *_: 28),
            place(divisor=lambda _, side: 28 - side + 1),
        ],
        "If all values are below 0, yours stays at the first place. Begin with the first value as "
        "the largest, not with 0.": place(at=lambda fall: fall.clamp(min=0).argmax()),
        "There the score *rises* when it is covered. Take the largest value.": [
            place(at=lambda fall: fall.abs().argmax()),
            place(at=torch.argmin),
        ],
        "You add the whole patch. Its middle is half of it away: `side // 2`.": place(
            add=lambda side: side
        ),
        "You are one pixel too far: the middle of 3 pixels is 1 away from the first.": [
            place(add=lambda side: side // 2 + 1),
            place(add=lambda side: round(side / 2)),
        ],
        "You go half a patch up and to the left. The entry belongs to the *upper left* corner.": (
            place(add=lambda side: -(side // 2))
        ),
        "The row and the column with the largest *sums* need not meet at the largest value.": sums,
        "You add half a patch before the division, so it moves the column alone, or on into the "
        "next row. Add it to the row and to the column.": lambda fall, side: divmod(
            int(fall.argmax()) + side // 2, fall.shape[1]
        ),
        "This is the patch's lower right corner. Its middle is `side // 2` away from the upper "
        "left one.": place(add=lambda side: side - 1),
        "Half a patch is added in one direction only.": [
            lambda fall, side: (right(fall, side)[0], right(fall, side)[1] - side // 2),
            lambda fall, side: (right(fall, side)[0] - side // 2, right(fall, side)[1]),
        ],
    }

    def otherwise(fall: Tensor, side: int, given: tuple, expected: tuple) -> str:
        row, column = (i - side // 2 for i in expected)
        return (
            f"The largest value stands in row {row}, column {column}, and the patch is {side} "
            f"wide: its middle is at {expected}. You say {given}."
        )

    def stops(error: Exception, *_: Any) -> str:
        count = "`argmax` gives one number, which counts through the rows. "
        words = {
            r"divmod\(\): 'Tensor'": "`divmod` takes plain numbers, and this is a tensor: "
            "`fall.argmax().item()`.",
            r"divmod\(\)": "`divmod` takes two plain numbers, here the place and the number of "
            "columns, `fall.shape[1]`.",
            "0-d tensor": f"{count}`divmod` makes row and column of it.",
        }
        return says(words, error)

    options: dict[str, Any] = {"convert": convert, "stops": stops}
    examine(middle_of_the_strongest, reading_cases, right, mistakes, otherwise, **options)
    return "A map in pixels of the image can be laid over it, and only then be read."


def slope(
    model: nn.Module, images: Tensor, labels: Tensor, loss: Callable = F.cross_entropy
) -> Tensor:
    """The gradient of a loss with respect to the images."""
    inputs = images.clone().requires_grad_()
    return torch.autograd.grad(loss(model(inputs), labels), inputs)[0]


def none_there(error: Exception) -> str:
    """What may be None where it should be a gradient; an empty text for another error."""
    if "NoneType" not in str(error):
        return ""
    return (
        f"Something is None: {error}. A gradient is None until `backward()` has run, and in each "
        "tensor but the one that got `requires_grad_()` itself and went through the model. "
        "(`backward()` itself returns None.)"
    )


def step_cases() -> list[Case]:
    """Two networks with a batch each; no gradient is so small that its sign is left to chance."""
    cases: list[Case] = []
    while len(cases) < 2:
        layers = nn.Linear(30, 16), nn.BatchNorm1d(16), nn.Tanh(), nn.Linear(16, 10)
        model = nn.Sequential(nn.Flatten(), *layers).eval()
        images, labels = torch.rand(6, 1, 5, 6), torch.randint(0, 10, (6,))
        images[images < 0.2], images[images > 0.8] = 0.0, 1.0
        sizes = slope(model, images, labels).abs()
        if sizes.min() > 1e-4 * sizes.max():
            cases.append((model, images, labels, 0.05 + 0.1 * torch.rand(()).item()))
    return cases


@task("08.5")
def step_that_hurts(sign_step: Any) -> str:
    """One step of the gradient sign."""

    def convert(given: Any, model: nn.Module, images: Tensor, *_: Any) -> NDArray:
        return array(given, images.shape)

    def step(
        change: Callable[[Tensor, float], Tensor] = lambda g, e: e * g.sign(),
        loss: Callable = F.cross_entropy,
        limits: tuple = (0, 1),
    ) -> Callable[..., Tensor]:
        def moved(model: nn.Module, images: Tensor, labels: Tensor, epsilon: float) -> Tensor:
            return (images + change(slope(model, images, labels, loss), epsilon)).clamp(*limits)

        return moved

    def stretched(pixels: Tensor) -> Tensor:
        return (pixels - pixels.min()) / (pixels.max() - pixels.min())

    right = step()
    whole = "Take its `.sign()`: each pixel should move by the whole `epsilon`."
    no_picture = "No picture has those: `clamp(0, 1)`."
    lost = "The sign of the gradient is lost."
    mistakes: Mistakes = {
        "This step *helps* the network: the loss falls. Go the other way, `+`.": step(
            lambda g, e: -e * g.sign()
        ),
        f"You forgot the sign of the gradient. {whole}": step(lambda g, e: e * g),
        f"You divide the gradient. {whole}": [
            step(lambda g, e: e * g / g.norm()),
            step(lambda g, e: e * g / g.abs().max()),
        ],
        f"All your pixels go up. {lost}": [
            step(lambda g, e: e * torch.ones_like(g)),
            step(lambda g, e: e * g.abs()),
        ],
        f"All your pixels go down. {lost}": step(lambda g, e: -e * torch.ones_like(g)),
        "The step has the size 1. Multiply the sign by `epsilon`.": step(lambda g, e: g.sign()),
        "The step has twice the size of `epsilon`.": step(lambda g, e: 2 * e * g.sign()),
        "The pixels with a negative gradient stay as they are.": step(lambda g, e: e * (g > 0)),
        "The pixels with a positive gradient stay as they are.": step(lambda g, e: -e * (g < 0)),
        f"Some pixels are below 0 or above 1. {no_picture}": step(limits=(-9, 9)),
        f"Some pixels are above 1. {no_picture}": step(limits=(0, 9)),
        f"Some pixels are below 0. {no_picture}": [step(limits=(-9, 1)), step(limits=(-1, 1))],
        "This is the step alone. Add it to the images.": [
            lambda m, i, y, e: e * slope(m, i, y).sign(),
            lambda m, i, y, e: (e * slope(m, i, y).sign()).clamp(0, 1),
        ],
        "This is the gradient, or its sign, alone. Move the images by `epsilon` times that.": [
            lambda m, i, y, e: slope(m, i, y),
            lambda m, i, y, e: slope(m, i, y).sign(),
        ],
        "These are the images as they were. Did you add the step?": lambda m, i, y, e: i,
        "Only the first image moves. Take the loss of the whole batch.": lambda m, i, y, e: (
            torch.cat([right(m, i[:1], y[:1], e), i[1:]])
        ),
        "You put the network into training mode. Leave it as it is.": lambda m, i, y, e: right(
            copy.deepcopy(m).train(), i, y, e
        ),
        "You follow the network's own answer. The loss needs the right digits, `labels`.": [
            step(loss=lambda logits, _: F.cross_entropy(logits, logits.argmax(dim=1))),
            step(loss=lambda logits, _: logits.amax(dim=1).sum()),
        ],
        "You clamp the step, so no pixel goes down. Clamp the new pixels.": step(
            lambda g, e: (e * g.sign()).clamp(0, 1), limits=(-9, 9)
        ),
        "You squeeze all pixels together until they fit. Cut off what is below 0 or above 1: "
        "`clamp(0, 1)`.": lambda *c: stretched(step(limits=(-9, 9))(*c)),
        "This is another loss. Take `F.cross_entropy`.": step(
            loss=lambda logits, labels: F.mse_loss(logits, F.one_hot(labels, 10).float())
        ),
        "You follow the logits. Take the loss: `F.cross_entropy` of the logits and the labels.": [
            step(loss=lambda logits, _: logits.sum()),
            step(loss=lambda logits, labels: logits.gather(1, labels[:, None]).sum()),
            step(loss=F.nll_loss),
        ],
        "`F.cross_entropy` takes the logits as they are. It has a softmax of its own.": step(
            loss=lambda logits, labels: F.cross_entropy(logits.softmax(dim=1), labels)
        ),
    }

    def otherwise(
        model: Any, images: Any, labels: Any, epsilon: float, given: Any, expected: Any
    ) -> str:
        place = first_that_differs(given, expected)
        one, _, row, column = place
        sign = "positive" if slope(model, images, labels)[place] > 0 else "negative"
        right, yours = apart(expected[place].item(), given[place])
        return (
            f"In image {one}, the pixel in row {row} and column {column} is {images[place]:.3f}, "
            f"its gradient is {sign}, and `epsilon` is {epsilon:.3f}. So it should become {right}; "
            f"yours becomes {yours}."
        )

    def stops(error: Exception, *_: Any) -> str:
        return none_there(error)

    examine(sign_step, step_cases, right, mistakes, otherwise, convert=convert, stops=stops)
    return "One gradient is enough to fool a network, and to test how easily yours is fooled."


class Stops(nn.Module):
    """A layer that stops with an error."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def forward(self, _: Tensor) -> Tensor:
        """Raise the error."""
        raise self.error


def state(net: nn.Module) -> dict[str, Any]:
    """What a visit must not change in a network."""
    layers, weights = list(net.modules()), list(net.parameters())
    return {
        "hooks": {
            (at, name, key)
            for at, layer in enumerate(layers)
            for name, hooks in vars(layer).items()
            if name.endswith("_hooks")
            for key in hooks
        },
        "modes": [layer.training for layer in layers],
        "gradients": [None if one.grad is None else one.grad.tolist() for one in weights],
        "frozen": [not one.requires_grad for one in weights],
        "names": {(at, name) for at, layer in enumerate(layers) for name in vars(layer)},
    }


# The state in which each network was given to the learner's function.
before: WeakKeyDictionary[nn.Module, dict[str, Any]] = WeakKeyDictionary()


def small_network(used: bool = False, error: Exception | None = None) -> nn.Sequential:
    """A convolution whose ReLU writes over its output, pooling, dropout, and ten logits.

    Somebody else has hooks in it. If it is in use, some of its weights have gradients, one is
    frozen, and so is the dropout. With an error, the network stops with it.
    """
    last = Stops(error) if error else nn.Linear(4 * 13 * 13, 10)
    relu, pool, dropout = nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Dropout(0.5)
    net = nn.Sequential(nn.Conv2d(1, 4, 3), relu, pool, nn.Flatten(), dropout, last).train(used)
    for layer in net:
        layer.register_forward_hook(lambda *_: None)
        layer.register_forward_pre_hook(lambda *_: None)
    if used:
        dropout.eval()
        first, *others = net.parameters()
        first.requires_grad_(False)
        for weight in others[::2]:
            weight.grad = torch.randn_like(weight)
    before[net] = state(net)
    return net


def refuse_traces(net: nn.Module) -> None:
    """Raise a `WrongAnswer` if something of a visit remains in a network, or is lost."""
    old, new = before[net], state(net)
    pairs = list(zip(old["gradients"], new["gradients"], strict=True))
    lost = any(one and (not other or not np.any(other)) for one, other in pairs)
    added = {name for _, name in new["names"] - old["names"]}
    refuse(
        {
            "You take off a hook of somebody else's, who goes on listening. Take off your own "
            "only: `hook.remove()`.": old["hooks"] - new["hooks"],
            "Your hook is still there, and goes on listening: `hook.remove()`, with its "
            "brackets.": new["hooks"] - old["hooks"],
        }
    )
    for layer, training in zip(net.modules(), old["modes"], strict=True):
        who = "The model" if layer is net else f"A layer of the model, {type(layer).__name__},"
        mode = "training" if training else "evaluation"
        words = f"{who} was in {mode} mode, and now it is not. Leave it as it was."
        refuse({words: layer.training != training})
    refuse(
        {
            "The weights had gradients, and they are gone now. A training in the middle of its "
            "step needs them.": lost,
            "You change the gradients of the weights: `backward()` adds to them. Leave them as "
            "they were.": old["gradients"] != new["gradients"],
            "You change `requires_grad` of the weights. Leave the model as it was.": old["frozen"]
            != new["frozen"],
            f"You leave something in the model: {', '.join(added)}. Take it away again, or "
            "keep it in a variable of your own.": added,
        }
    )


@task("08.7")
def no_trace(listen: Any) -> str:
    """A forward hook that is taken off in any case."""

    def draw() -> list[Case]:
        cases = [(small_network(used), at) for used, at in ((False, 0), (True, 2), (True, 5))]
        return [(net, net[at], torch.randn(3, 1, 28, 28)) for net, at in cases]

    def upto(net: nn.Sequential, layer: nn.Module, images: Tensor, after: int = 0) -> Tensor:
        at = list(net).index(layer) + after
        with torch.no_grad():
            return net[: at + 1](images)

    def written_over(net: nn.Sequential, layer: nn.Module, images: Tensor) -> Tensor:
        return upto(net, layer, images, 1 if layer is net[0] else 0)

    mistakes: Mistakes = {
        "The ReLU after the convolution has written over what you return: it has no number below "
        "0. Let the hook keep a copy, `output.clone()`, that goes nowhere else. (What a hook "
        "returns goes on to the next layer.)": written_over,
        "These are the model's logits. Return what the hook got as `output`.": lambda net, _, x: (
            net(x)
        ),
        "You give the batch to the layer itself. It should get what the layers before it make of "
        "the batch: call the model.": lambda _, layer, x: layer(x),
        "This is what comes into the layer. Return its output.": lambda net, layer, x: upto(
            net, layer, x, -1
        ),
        "This is what the layer says about one image. Return it for the whole batch.": [
            lambda *case: upto(*case)[0],
            lambda *case: upto(*case)[:1],
        ],
        "This is an average. Return the output itself.": lambda *case: upto(*case).mean(dim=0),
    }

    def convert(given: Any, net: Any, layer: Any, images: Tensor) -> NDArray:
        if isinstance(given, list | tuple) and len(given) == 1:
            raise WrongAnswer("Return the tensor itself, not a list with the tensor in it.")
        refuse_traces(net)
        return array(given)

    def otherwise(net: Any, layer: Any, images: Tensor, given: NDArray, right: Tensor) -> str:
        name = type(layer).__name__
        words = f"For {name}, the output has the shape {tuple(right.shape)}"
        if given.shape != right.shape:
            return f"{words}, and yours has {given.shape}."
        place = first_that_differs(given, right)
        one, other = apart(right[place].item(), given[place])
        return f"{words}, and at {list(place)} it is {one}; yours is {other}."

    def stops(error: Exception, *_: Any) -> str:
        words = {
            "3 were given|missing 1 .*positional": "PyTorch calls a forward hook with three "
            "arguments: the layer, its inputs and its output. (A pre-hook gets the first two.)",
            "list index|^KeyError": f"Nothing is at this place: {error}. If that is where the "
            "hook should put the output: is it on `layer` itself, and did `model`, not a copy, "
            "look at the batch while it was there?",
        }
        if "forward()" in str(error):
            return ""
        return says(words, error)

    options: dict[str, Any] = {"convert": convert, "stops": stops, "same": close}
    examine(listen, draw, upto, mistakes, otherwise, **options)
    for error in (RuntimeError("The model stops."), LookupError("The model stops.")):
        net, seen = small_network(used=True, error=error), None
        try:
            call(listen, net, net[0], torch.randn(2, 1, 28, 28))
        except Exception as found:
            seen = found
        silent = "A model that stops with an error did so in silence. Do not catch it, and do not "
        silent += "`return` below `finally`."
        other = f"The model's error should reach the caller, who sees {a(type(seen).__name__)} now."
        same = type(seen) is type(error) and str(seen) == str(error)  # a copied model copies it
        refuse({silent: seen is None or isinstance(seen, WrongAnswer), other: not same})
        stays = "When the model stops with an error, your hook stays. Take it off below `finally:`."
        refuse({stays: state(net)["hooks"] - before[net]["hooks"]})
        refuse_traces(net)
    return "A hook that stays goes on listening, fills the memory, and nobody knows why."


@task("08.8")
def pixels_that_matter(saliency_of_all: Any) -> str:
    """The saliency of a batch, for the answers of the model."""

    def draw() -> list[Case]:
        return [
            (small_network(used), torch.randn(n, 1, 28, 28))
            for used, n in ((False, 4), (True, 1), (True, 3))
        ]

    def gradient(net: nn.Module, images: Tensor, number: Callable[[Tensor], Tensor]) -> Tensor:
        inputs = images.clone().requires_grad_()
        return torch.autograd.grad(number(net(inputs)).sum(), inputs)[0][:, 0]

    def ask(number: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
        return lambda net, images: gradient(net, images, number).abs()

    right = cache(ask(lambda logits: logits.amax(dim=1)))  # some mistakes start from it
    mistakes: Mistakes = {
        "Some of your numbers are negative: the size of the change has no sign, "
        "`.abs()`.": lambda net, x: gradient(net, x, lambda z: z.amax(dim=1)),
        "You take all ten logits together. Take the largest of each image.": ask(lambda z: z),
        "You take one logit of the whole batch. Each image has its own answer: `max(dim=1)`.": ask(
            lambda z: z.max()
        ),
        "In each image you ask about the answers of *all* images. Each has its own.": ask(
            lambda z: z[:, z.argmax(dim=1)]
        ),
        "What is below 0 becomes 0. Take its size, `.abs()`.": lambda net, x: gradient(
            net, x, lambda z: z.amax(dim=1)
        ).clamp(min=0),
        "You ask about the digit 0. Ask about the digit that the model answers.": ask(
            lambda z: z[:, 0]
        ),
        "All images have the digit of the first. Each has its own answer.": ask(
            lambda z: z[:, z[0].argmax()]
        ),
        "This is the change of the probability. Take the logit, without softmax.": ask(
            lambda z: z.softmax(dim=1).amax(dim=1)
        ),
        "This is the change of the loss, or of the probability's logarithm. Take the logit.": ask(
            lambda z: F.cross_entropy(z, z.argmax(dim=1), reduction="none")
        ),
        "You take the mean over the batch, so each image counts less the more there are. Take the "
        "sum.": ask(lambda z: z.amax(dim=1).mean()[None]),
        "You square the changes. Take their size, `.abs()`.": lambda *case: right(*case) ** 2,
        "You ask about the least likely digit.": ask(lambda z: z.amin(dim=1)),
        "You take the largest logit of each digit over the batch. Take that of each image: "
        "`max(dim=1)`.": ask(lambda z: z.amax(dim=0)),
        "A logit far below 0 is no answer. Take the largest, not the largest size.": ask(
            lambda z: z.abs().amax(dim=1)
        ),
        "You ask how far the answer is ahead of the next digit. Take its logit alone.": ask(
            lambda z: z.topk(2).values @ torch.tensor([1.0, -1.0])
        ),
        "You divide the changes. Return them as they are.": [
            lambda *case: right(*case) / right(*case).amax((1, 2), keepdim=True),
            lambda *case: right(*case) / right(*case).max(),
        ],
        "You multiply by the pixels. Return the changes alone.": lambda net, x: (
            right(net, x) * x[:, 0].abs()
        ),
        "You normalize the images. They are ready for the model.": [
            lambda net, x: right(net, (x - 0.1307) / 0.3081),
            lambda net, x: right(net, (x - 0.1307) / 0.3081) / 0.3081,
        ],
    }

    def convert(given: Any, net: Any, images: Tensor) -> NDArray:
        refuse_traces(net)
        n = len(images)
        hints = {
            (n, 1, 28, 28): "Leave out the axis of the channel: `[:, 0]`.",
            (28, 28): "Return a map for each image of the batch, also if it has one image only.",
        }
        return array(given, (n, 28, 28), hints)

    def stops(error: Exception, *_: Any) -> str:
        words = {
            "'tuple'|tuple indices": "This is a tuple. `torch.autograd.grad` returns one, with "
            "the tensor as its first entry, `[0]`.",
            "scalar outputs": "Gradients belong to one number: add up the logits, `.sum()`.",
            "not require grad and": "There is no way back from this number. Digits, as `argmax` "
            "gives them, have no gradient, and nothing has one inside of `no_grad`.",
        }
        return says(words, error) or none_there(error)

    words = "At {place} (image, row, column), the change is {right}; you say {given}."
    options: dict[str, Any] = {"convert": convert, "stops": stops, "tolerance": 1e-6}
    examine(saliency_of_all, draw, right, mistakes, words, **options)
    return "One pass backwards answers for the whole batch, because no image sees another."
