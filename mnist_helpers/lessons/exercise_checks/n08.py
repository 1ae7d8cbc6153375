"""The checks of notebook 08, Look inside."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from .core import (
    Case,
    Mistakes,
    WrongAnswer,
    apart,
    array,
    close,
    examine,
    number,
    refuse,
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


def shape_of_maps_cases() -> list[Case]:
    """Places in odd and even number; filters of an odd and an even width."""
    kernels = ((3, 3), (5, 1), (4, 0), (7, 2))  # places: 4 times something, and this much more
    return [(k - 1 + 4 * between(5, 12) + more, between(61, 99), k) for k, more in kernels]


@task("08.1")
def shape_of_maps(map_shape: Any) -> str:
    """The shape of the maps after a convolution and pooling."""

    def convert(given: Any, *_: Any) -> tuple:
        words = "This is one number. A shape has three: maps, rows and columns."
        refuse({words: isinstance(given, int | float) or getattr(given, "ndim", None) == 0})
        words = "Rows and columns alone: how many maps are there? That comes first."
        refuse({words: isinstance(given, list | tuple) and len(given) == 2})
        words = "An axis for the images is too many: return three numbers, maps, rows and columns."
        refuse({words: isinstance(given, list | tuple) and len(given) == 4})
        return several(given, 3, "maps, rows and columns", whole)

    def square(width: Callable[[int, int], int]) -> Callable[[int, int, int], tuple]:
        return lambda size, filters, kernel: (filters, width(size, kernel), width(size, kernel))

    right = square(lambda size, kernel: (size - kernel + 1) // 2)
    mistakes: Mistakes = {
        "The maps come first in PyTorch: maps, rows, columns.": lambda *case: right(*case)[::-1],
        "You forgot the pooling, which halves rows and columns.": square(lambda s, k: s - k + 1),
        "You forgot the filter: it does not fit at the rim.": square(lambda s, k: s // 2),
        "There is one map for each filter, not one in all.": lambda *case: (1, *right(*case)[1:]),
        "The convolution comes first, then the pooling, so the rim is lost once, before the "
        "halving.": square(lambda s, k: s // 2 - k + 1),
        "Pooling rounds down, `//`: a last row without a partner is left out.": [
            square(lambda s, k: (s - k + 2) // 2),
            square(lambda s, k: round((s - k + 1) / 2)),
        ],
        "That holds for filters of 3×3 only. Take `kernel_size`.": square(
            lambda s, k: (s - 2) // 2
        ),
        "That holds for images of 28×28 only. Take `size`.": square(lambda s, k: (28 - k + 1) // 2),
        "That holds for an odd `kernel_size` only. A filter 4 wide loses 3 columns.": square(
            lambda s, k: (s - k // 2 * 2) // 2
        ),
        "The rows shrink as the columns do, in both steps.": lambda s, f, k: (
            f,
            s,
            (s - k + 1) // 2,
        ),
        "One place is missing: a filter as wide as the image fits at one place, so at `size - "
        "kernel_size + 1`.": square(lambda s, k: (s - k) // 2),
        "You halve twice, but there is one pooling of 2×2.": square(lambda s, k: (s - k + 1) // 4),
        "The pooling is 2×2, whatever the filter's size is.": square(lambda s, k: (s - k + 1) // k),
    }

    def otherwise(size: int, filters: int, kernel: int, given: Any, expected: Any) -> str:
        return (
            f"{filters} filters of {kernel}×{kernel} on an image of {size}×{size}: first "
            f"{size - kernel + 1} places in each direction, then half of that, so {expected}. "
            f"You say {given}."
        )

    examine(map_shape, shape_of_maps_cases, right, mistakes, otherwise, convert=convert)
    return "Now you can tell from a shape alone how deep inside a network you are."


def busiest_cases() -> list[Case]:
    """Maps of which one found most, and six others could be mistaken for it.

    The best is the first, the last, and one of many whose means are all below 0.
    """
    cases = []
    for n, best, shift in ((8, 0, 0), (8, 7, 0), (20, 18, -4)):
        others = [i for i in torch.randperm(n).tolist() if i != best]
        peak, faint, below, mixed, inner, corner, *_ = others  # the rest are empty
        maps = torch.zeros(n, 9, 11)
        maps[best, :2], maps[best, -2:] = 0.7 + 0.3 * torch.rand(2, 2, 11)
        maps[inner, 2:-2] = 0.55 + 0.1 * torch.rand(5, 11)
        maps[peak, 3, between(0, 11)] = 6
        maps[faint] = 0.05 + 0.1 * torch.rand(9, 11)
        maps[below] = -1 - torch.rand(9, 11)
        maps[mixed, :4], maps[mixed, 4:] = 2, -3
        maps[corner, 0, 0] = 3
        cases.append((maps + shift,))
    return cases


@task("08.2")
def busiest(most_active: Any) -> str:
    """Which filter found most."""

    def convert(given: Any, *_: Any) -> float:
        if isinstance(given, Tensor | np.ndarray) and given.size != 1 and np.prod(given.shape) != 1:
            words = f"The answer should be one number, but it has the shape {tuple(given.shape)}."
            hint = "First one mean for each map, `mean(dim=(1, 2))`, then `argmax()`."
            raise WrongAnswer(f"{words} {hint}")
        return number(given)

    def right(maps: Tensor) -> int:
        return int(maps.mean(dim=(1, 2)).argmax())

    count = "That map has something everywhere, but very little. How *much* counts: the mean, not "
    wrong_axes = "These are means along the wrong axes: one number for each map needs "
    wrong_axes += "`mean(dim=(1, 2))`, over rows and columns."
    mistakes: Mistakes = {
        "This is the place of the brightest pixel, counted through all maps. Take the mean of "
        "each map first.": lambda maps: maps.argmax(),
        "This is the mean itself. Which filter has it? `argmax`, not `max`.": lambda maps: (
            maps.mean(dim=(1, 2)).max()
        ),
        "The first filter has the number 0, so you are one too high.": lambda m: right(m) + 1,
        "Numbers below 0 count as well.": lambda m: m.relu().mean(dim=(1, 2)).argmax(),
        "If all means are below 0, you say 0. Do not begin with 0 as the best mean.": lambda m: (
            right(m) if m.mean(dim=(1, 2)).max() > 0 else 0
        ),
        "You never look at the last filter.": lambda m: right(m[:-1]),
        "You never look at the first filter.": [lambda m: right(m[1:]), lambda m: right(m[1:]) + 1],
        "You look at one pixel of each map. Take the mean of all.": lambda m: m[:, 0, 0].argmax(),
        "You leave out the border of each map. Take the mean of all pixels.": lambda m: right(
            m[:, 1:-1, 1:-1]
        ),
        "That map has the brightest single pixel. The most found is the largest mean.": lambda m: (
            m.amax(dim=(1, 2)).argmax()
        ),
        count + "number of pixels above 0.": lambda m: (m > 0).sum(dim=(1, 2)).argmax(),
        count + "median.": lambda m: m.flatten(1).median(dim=1).values.argmax(),
        "That map's mean is the lowest: its filter found least. Look for the largest "
        "mean.": lambda m: m.mean(dim=(1, 2)).argmin(),
        "That map lies far *below* 0. The largest mean counts, not the largest size.": lambda m: (
            m.mean(dim=(1, 2)).abs().argmax()
        ),
        "That map varies most. The most found is the largest mean.": lambda m: m.std(
            dim=(1, 2)
        ).argmax(),
        wrong_axes: [
            lambda m: m.mean(dim=(0, 1)).argmax(),
            lambda m: m.mean(dim=(0, 2)).argmax(),
            lambda m: m.mean(dim=0).argmax(),
        ],
    }

    def otherwise(maps: Tensor, given: float, expected: int) -> str:
        means = maps.mean(dim=(1, 2)).tolist()
        found = ""
        if given in range(len(maps)):
            found = f", whose mean is {means[int(given)]:.3f}"
        return (
            f"Of these maps number {expected} has the largest mean, {means[expected]:.3f}; you say "
            f"{given:g}{found}."
        )

    examine(most_active, busiest_cases, right, mistakes, otherwise, convert=convert)
    return "An empty map is news, too: nothing in the image fits that filter."


def by_hand(
    score: Callable,
    image: Tensor,
    side: int,
    cover: float = 0.0,
    stays: str = "",
    patch: int | None = None,
    back: int = 0,
) -> Tensor:
    """How far the score falls for each place of the patch that covers the image.

    ``cover`` is the patch's colour, ``patch`` its width, if that is another one. Patches
    stay on the image along a "row", or on "all" of it.
    """
    rows, columns = (length - side + 1 for length in image.shape)
    fall, covered = torch.zeros(rows, columns), image.clone()
    wide = side if patch is None else patch
    for row in range(rows):
        covered = covered if stays == "all" else image.clone()
        for column in range(columns):
            covered = covered if stays else image.clone()
            top, left = max(0, row - back), max(0, column - back)
            covered[top : row + wide, left : column + wide] = cover
            fall[row, column] = score(image) - score(covered)
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
        return 3 + (weights * one).sum() + one.square().mean() + (weights * one).sum().square() / 9

    return score, torch.rand(height, width), side


@task("08.3")
def covering(occlusion: Any) -> str:
    """Occlusion by hand."""

    def convert(given: Any, score: Callable, image: Tensor, side: int) -> NDArray:
        height, width = image.shape
        rows, columns = height - side + 1, width - side + 1
        wrong_shapes = {
            (-(-height // side), -(-width // side)): "Move the patch by one pixel, not by its own "
            "width.",
            (height // side, width // side): "Move the patch by one pixel, not by its own width.",
            (rows - 1, columns - 1): "The last place is missing in both directions: `range` stops "
            "before its end.",
            (height, width): "There the patch would stick out. How many places are there?",
            (columns, rows): "Rows come first, then columns.",
        }
        return array(given, (rows, columns), wrong_shapes)

    def scores(score: Callable, image: Tensor, side: int) -> Tensor:
        return score(image) - by_hand(score, image, side)

    stay = "The patches stay on top of each other. Cover a fresh copy, `image.clone()`, at "
    stay += "each place."
    mistakes: Mistakes = {
        "The sign is the wrong way round. Where the patch hides what matters, the score "
        "*falls*: the whole image's score minus the covered one's.": lambda *c: -by_hand(*c),
        "These are the scores. How far do they fall below the whole image's?": scores,
        "You cover with ink, 1. Paper is 0 here.": lambda s, i, n: by_hand(s, i, n, cover=1.0),
        "You cover with grey, 0.5. Paper is 0 here.": lambda s, i, n: by_hand(s, i, n, cover=0.5),
        "You cover with the image's mean. Paper is 0 here.": lambda score, image, side: by_hand(
            score, image, side, cover=image.mean().item()
        ),
        "Keep the sign: where the score rises, the ink spoke *against* the digit.": lambda *c: (
            by_hand(*c).abs()
        ),
        "Keep what is below 0: where the score rises, the ink spoke *against* the "
        "digit.": lambda *c: by_hand(*c).clamp(min=0),
        stay: lambda s, i, n: by_hand(s, i, n, stays="all"),
        "The patches of a row stay on top of each other. Cover a fresh copy, `image.clone()`, in "
        "the inner loop.": lambda s, i, n: by_hand(s, i, n, stays="row"),
        "Your patch is one pixel too small: it ends at `row + side`.": lambda s, i, n: by_hand(
            s, i, n, patch=n - 1
        ),
        "Your patch is one pixel too large: it ends at `row + side`.": lambda s, i, n: by_hand(
            s, i, n, patch=n + 1
        ),
        "The size of your patch does not depend on `side`.": [
            lambda s, i, n, size=size: by_hand(s, i, n, patch=size) for size in (1, 2, 3, 4, 5)
        ],
        "Your patch lies around its place. It should begin there, with its upper left corner, as "
        "places are counted.": lambda s, i, n: by_hand(s, i, n, patch=n // 2 + 1, back=n // 2),
        "You divide by the largest fall. The falls themselves are wanted.": lambda s, i, n: (
            by_hand(s, i, n) / by_hand(s, i, n).abs().max()
        ),
        "You round. Return the falls with all of their digits.": [
            lambda s, i, n, digits=digits: by_hand(s, i, n).round(decimals=digits)
            for digits in (0, 1, 2, 3)
        ],
        "Everything is 0. Is your covered image a copy, `image.clone()`, and do you cover it "
        "before you ask for its score?": lambda *c: 0 * by_hand(*c),
        "This is the fall as a share of the whole image's score. Do not divide.": lambda s, i, n: (
            by_hand(s, i, n) / s(i)
        ),
        "The whole image's score is the same at each place. Subtract the score of the covered "
        "image.": lambda s, i, n: 0 * by_hand(s, i, n) + s(i),
    }

    def otherwise(score: Callable, image: Tensor, side: int, given: Any, expected: Tensor) -> str:
        row, column = place = first_that_differs(given, expected, 1e-4)
        before, fall = score(image).item(), expected[place].item()
        right, yours = apart(fall, given[place])
        return (
            f"With the patch at row {row}, column {column}, the score falls from {before:.3f} to "
            f"{before - fall:.3f}, so by {right}; you say {yours}."
        )

    def same(one: Any, other: Any) -> bool:
        return close(one, other, atol=1e-4)

    examine(occlusion, covering_cases, by_hand, mistakes, otherwise, convert=convert, same=same)
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
        words = "This is one number; `divmod` by the number of columns makes it row and column."
        refuse({words: isinstance(given, int | float) or getattr(given, "ndim", None) == 0})
        return several(given, 2, "row and column", whole)

    def place(
        at: Callable[[Tensor], Any] = torch.argmax, add: Callable[[int], int] = lambda s: s // 2
    ) -> Callable[[Tensor, int], tuple]:
        return lambda fall, side: tuple(
            int(i) + add(side) for i in divmod(int(at(fall)), fall.shape[1])
        )

    def sums(fall: Tensor, side: int) -> tuple:
        return tuple(int(fall.sum(dim=1 - axis).argmax()) + side // 2 for axis in (0, 1))

    right = place()
    one_way = "Half a patch is added in one direction only. The middle lies farther down *and* "
    one_way += "farther to the right."
    mistakes: Mistakes = {
        "This is the patch's upper left corner. Its middle lies half a patch farther down and "
        "to the right.": place(add=lambda side: 0),
        "Row and column are swapped: the row comes first.": lambda *case: right(*case)[::-1],
        "You divide by the number of rows. A row has as many places as there are "
        "columns.": lambda fall, side: tuple(
            i + side // 2 for i in divmod(int(fall.argmax()), len(fall))
        ),
        "There the score *rises* when it is covered. Take the largest value, not the largest "
        "size.": place(at=lambda fall: fall.abs().argmax()),
        "There the score falls least. Take the largest value: `argmax`.": place(at=torch.argmin),
        "You add the whole patch. Its middle is half of it away: `side // 2`.": place(
            add=lambda side: side
        ),
        "You are one pixel too far: the middle of 3 pixels is 1 away from the first.": place(
            add=lambda side: side // 2 + 1
        ),
        "`round` rounds 1.5 up to 2. The middle of 3 pixels is 1 away from the first: "
        "`side // 2`.": place(add=lambda side: round(side / 2)),
        "You go half a patch up and to the left. The entry belongs to the patch's *upper left* "
        "corner, so the middle is farther down and to the right.": place(
            add=lambda side: -(side // 2)
        ),
        "The row and the column with the largest *sums* need not meet at the largest value. Take "
        "`argmax` of the whole map.": sums,
        "You leave out the rim of the map. The largest value may stand there.": lambda f, side: (
            tuple(1 + i for i in right(f[1:-1, 1:-1], side))
        ),
        one_way: [
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
        words = "`divmod` takes plain numbers, and `argmax` gives a tensor: `fall.argmax().item()`."
        return words if "divmod" in str(error) else ""

    examine(
        middle_of_the_strongest,
        reading_cases,
        right,
        mistakes,
        otherwise,
        convert=convert,
        stops=stops,
    )
    return "A map in pixels of the image can be laid over it, and only then be read."


def slope(
    model: nn.Module, images: Tensor, labels: Tensor, loss: Callable = F.cross_entropy
) -> Tensor:
    """The gradient of a loss with respect to the images."""
    inputs = images.clone().requires_grad_()
    return torch.autograd.grad(loss(model(inputs), labels), inputs)[0]


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

    right = step()
    own_answers = "You follow the network's own answer. The loss needs the right digits, `labels`."
    mistakes: Mistakes = {
        "This step *helps* the network: the loss falls. Go the other way, `+`.": step(
            lambda g, e: -e * g.sign()
        ),
        "You forgot the sign: each pixel should move by the whole `epsilon`, up or down.": step(
            lambda g, e: e * g
        ),
        "You divide the gradient by its length. Take its `.sign()`: each pixel should move by "
        "the whole `epsilon`.": step(lambda g, e: e * g / g.norm()),
        "You divide the gradient by its largest value. Take its `.sign()`: each pixel should "
        "move by the whole `epsilon`.": step(lambda g, e: e * g / g.abs().max()),
        "All your pixels go up. The sign of the gradient is lost: no `abs`.": step(
            lambda g, e: e * torch.ones_like(g)
        ),
        "No pixel goes down: `abs` takes the sign away, and you need nothing but the sign.": step(
            lambda g, e: e * g.abs()
        ),
        "All your pixels go down. The sign of the gradient is lost.": step(
            lambda g, e: -e * torch.ones_like(g)
        ),
        "The step has the size 1. Multiply the sign by `epsilon`.": step(lambda g, e: g.sign()),
        "The step has twice the size of `epsilon`.": step(lambda g, e: 2 * e * g.sign()),
        "Some pixels go up, but none goes down. Where the gradient is negative, the loss grows if "
        "the pixel falls.": step(lambda g, e: e * (g > 0)),
        "The pixels with a positive gradient stay as they are.": step(lambda g, e: -e * (g < 0)),
        "Some pixels are below 0 or above 1. No picture has those: `clamp(0, 1)`.": step(
            limits=(-9, 9)
        ),
        "Some pixels are above 1. No picture has those: `clamp(0, 1)`.": step(limits=(0, 9)),
        "Some pixels are below 0. No picture has those: `clamp(0, 1)`.": step(limits=(-9, 1)),
        "You allow pixels from -1 to 1. A picture has pixels from 0 to 1.": step(limits=(-1, 1)),
        "This is the step alone. Add it to the images.": lambda m, i, y, e: (
            e * slope(m, i, y).sign()
        ),
        "This is the step alone, and `clamp` cut off its negative half. Add it to the "
        "images.": lambda m, i, y, e: (e * slope(m, i, y).sign()).clamp(0, 1),
        "This is the gradient alone. Take its sign, and move the images.": lambda m, i, y, e: slope(
            m, i, y
        ),
        "This is the sign alone. Move the images by `epsilon` times that.": lambda m, i, y, e: (
            slope(m, i, y).sign()
        ),
        "These are the images as they were. Did you add the step?": lambda m, i, y, e: i,
        "Only the first image moves. Take the loss of the whole batch.": lambda m, i, y, e: (
            torch.cat([right(m, i[:1], y[:1], e), i[1:]])
        ),
        "You put the network into training mode, where it computes otherwise. Leave it as it "
        "is.": lambda m, i, y, e: right(copy.deepcopy(m).train(), i, y, e),
        own_answers: [
            step(loss=lambda logits, _: F.cross_entropy(logits, logits.argmax(dim=1))),
            step(loss=lambda logits, _: logits.amax(dim=1).sum()),
        ],
        "You follow the sum of all logits. Take the loss: `F.cross_entropy` of the logits and the "
        "labels.": step(loss=lambda logits, _: logits.sum()),
        "`F.cross_entropy` takes the logits as they are. It has a softmax of its own.": step(
            loss=lambda logits, labels: F.cross_entropy(logits.softmax(dim=1), labels)
        ),
        "You raise the logit of the right digit, which helps the network. Take the loss: "
        "`F.cross_entropy`.": step(
            loss=lambda logits, labels: logits.gather(1, labels[:, None]).sum()
        ),
        "You lower the logit of the right digit, but the others count as well. Take the loss: "
        "`F.cross_entropy`.": step(loss=F.nll_loss),
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
        if "NoneType" not in str(error):
            return ""
        return (
            "There is no gradient: it is None. PyTorch puts it into `.grad` of the tensor that got "
            "`requires_grad_()` and went through the model, once `backward()` has run."
        )

    examine(sign_step, step_cases, right, mistakes, otherwise, convert=convert, stops=stops)
    return "One gradient is enough to fool a network, and to test how easily yours is fooled."
