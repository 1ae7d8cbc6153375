"""The checks of notebook 08, Look inside."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mnist_helpers.lessons.checks.core import WrongAnswer, call, task


def whole_numbers(answer: Any, n: int, names: str) -> tuple[int, ...]:
    """The answer, if it is so many whole numbers."""
    try:
        values = tuple(float(value) for value in answer)
    except (TypeError, ValueError, RuntimeError):
        kind = type(answer).__name__
        raise WrongAnswer(f"Return {n} numbers, {names}; yours is a {kind}.") from None
    if len(values) != n:
        raise WrongAnswer(f"Return {n} numbers, {names}; yours are {len(values)}.")
    if any(value != int(value) for value in values):
        raise WrongAnswer(f"{values} are not all whole numbers. `//` divides and rounds down.")
    return tuple(int(value) for value in values)


def picture(answer: Any, shape: tuple[int, ...], mistakes: dict[tuple[int, ...], str]) -> Tensor:
    """The answer, if it is a tensor of this shape; else say what gave it another."""
    if not isinstance(answer, Tensor):
        kind = type(answer).__name__
        raise WrongAnswer(f"Your function should return a tensor, but it returns a {kind}.")
    found = tuple(answer.shape)
    if found != shape:
        words = mistakes.get(found, "")
        raise WrongAnswer(f"The shape should be {shape}, but it is {found}. {words}".strip())
    return answer.detach().double()


def close(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors of one shape are the same, but for rounding."""
    return torch.allclose(one.double(), other.double(), rtol=1e-4, atol=1e-5)


@task("08.1")
def shape_of_maps(answer: Any) -> str:
    """The shape of the maps after a convolution and pooling."""
    for _ in range(4):
        size, filters = int(torch.randint(20, 60, ())), int(torch.randint(61, 99, ()))
        kernel = int(torch.randint(1, 4, ())) * 2 + 1
        given = call(answer, size, filters, kernel)
        if isinstance(given, int | float):
            raise WrongAnswer("This is one number. A shape has three: maps, rows and columns.")
        width = (size - kernel + 1) // 2
        if len(tuple(given)) == 2:
            raise WrongAnswer("Rows and columns alone: how many maps are there? That comes first.")
        given = whole_numbers(given, 3, "maps, rows and columns")
        if given == (filters, width, width):
            continue
        for words, wrong in {
            "The maps come first in PyTorch: maps, rows, columns.": (width, width, filters),
            "You forgot the pooling, which halves rows and columns.": (
                (filters, *[size - kernel + 1] * 2)
            ),
            "You forgot the filter: it does not fit at the rim.": (filters, size // 2, size // 2),
            "There is one map for each filter, not one in all.": (1, width, width),
            "The convolution comes first, then the pooling.": (
                (filters, *[size // 2 - kernel + 1] * 2)
            ),
        }.items():
            if given == wrong:
                raise WrongAnswer(words)
        raise WrongAnswer(
            f"{filters} filters of {kernel}×{kernel} on an image of {size}×{size}: first "
            f"{size - kernel + 1} places in each direction, then half of that. You say {given}."
        )
    return "Now you can tell from a shape alone how deep inside a network you are."


def layer_of_maps(best: int) -> tuple[Tensor, dict[str, int]]:
    """Eight maps of which one found most, and others that some would take for it."""
    others = [place for place in torch.randperm(8).tolist() if place != best]
    peak, faint, empty, rest = others[0], others[1], others[2], others[3:]
    maps = torch.zeros(8, 9, 9)
    maps[best, :5] = 0.7 + 0.3 * torch.rand(5, 9)
    maps[peak, 3, int(torch.randint(9, ()))] = 6
    maps[faint] = 0.05 + 0.1 * torch.rand(9, 9)
    maps[rest, :3] = 0.2 + 0.3 * torch.rand(4, 3, 9)
    return maps, {"peak": peak, "faint": faint, "empty": empty}


@task("08.2")
def busiest(answer: Any) -> str:
    """Which filter found most."""
    for best in torch.randperm(8)[:3].tolist():
        maps, others = layer_of_maps(best)
        given = call(answer, maps.clone())
        if isinstance(given, Tensor) and given.numel() != 1:
            raise WrongAnswer(
                f"The answer should be one number, but it has the shape {tuple(given.shape)}. "
                "First one mean for each map, `mean(dim=(1, 2))`, then `argmax()`."
            )
        try:
            number = float(given)
        except (TypeError, ValueError):
            kind = type(given).__name__
            raise WrongAnswer(f"The answer should be one number, but it is a {kind}.") from None
        if number == best:
            continue
        if number == int(maps.argmax()):
            raise WrongAnswer(
                "This is the place of the brightest pixel, counted through all maps. Take the "
                "mean of each map first."
            )
        if abs(number - float(maps.mean(dim=(1, 2)).max())) < 1e-4:
            raise WrongAnswer("This is the mean itself. Which filter has it? `argmax`, not `max`.")
        for name, words in {
            "peak": "That map has the brightest single pixel. The most found is the largest mean.",
            "faint": "That map has something everywhere, but very little. How *much* counts: the "
            "mean, not the number of pixels above 0.",
            "empty": "That map is empty: its filter found least. Look for the largest mean.",
        }.items():
            if number == others[name]:
                raise WrongAnswer(words)
        raise WrongAnswer(f"Of these maps number {best} has the largest mean; you say {given}.")
    return "An empty map is news, too: nothing in the image fits that filter."


def by_hand(score: Callable, image: Tensor, side: int, cover: float = 0.0) -> Tensor:
    """The score of the image, covered at each place."""
    rows, columns = (length - side + 1 for length in image.shape)
    scores = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            covered = image.clone()
            covered[row : row + side, column : column + side] = cover
            scores[row, column] = score(covered)
    return scores


@task("08.3")
def covering(answer: Any) -> str:
    """Occlusion by hand."""
    for height, width, side in ((9, 12, 3), (10, 8, 2)):
        image, weights = torch.rand(height, width), torch.randn(height, width)

        def score(one: Tensor, weights: Tensor = weights) -> Tensor:
            return 3 + (weights * one).sum() + one.square().mean()

        handed = image.clone()
        given = call(answer, score, handed, side)
        rows, columns = height - side + 1, width - side + 1
        wrong_shapes = {
            (rows - 1, columns - 1): "The last place is missing in both directions: `range` stops "
            "before its end.",
            (height, width): "There the patch would stick out. How many places are there?",
            (columns, rows): "Rows come first, then columns.",
        }
        found = picture(given, (rows, columns), wrong_shapes)
        scores = by_hand(score, image, side)
        fall = score(image) - scores
        if close(found, fall):
            continue
        if close(found, -fall):
            raise WrongAnswer(
                "The sign is the wrong way round. Where the patch hides what matters, the score "
                "*falls*: the whole image's score minus the covered one's."
            )
        if close(found, scores):
            raise WrongAnswer("These are the scores. How far do they fall below the whole image's?")
        if close(found, score(image) - by_hand(score, image, side, 1.0)):
            raise WrongAnswer("You cover with ink, 1. Paper is 0 here.")
        if close(found, fall.abs()):
            raise WrongAnswer(
                "Keep the sign: where the score rises, the ink spoke *against* the digit."
            )
        if not torch.equal(handed, image):
            raise WrongAnswer(
                "The patches stay: each place is covered on top of the others. Cover a copy, "
                "`image.clone()`."
            )
        raise WrongAnswer(
            f"At the first place, the score falls from {score(image):.3f} to {scores[0, 0]:.3f}, "
            f"so by {fall[0, 0]:.3f}; you say {found[0, 0]:.3f}."
        )
    return "You need nothing but answers for this: it works for any reader, even a person."


@task("08.4")
def reading(answer: Any) -> str:
    """Where the patch matters most."""
    for side in (3, 7, 5):
        rows, columns = 6, 11
        fall = torch.rand(rows, columns)
        row, column = int(torch.randint(1, 5, ())), int(torch.randint(6, 10, ()))
        fall[row, column] = 2.0
        fall[0, 2] = -3.0  # the strongest of all, in the other direction
        given = call(answer, fall.clone(), side)
        flat = row * columns + column
        if isinstance(given, int | float) or getattr(given, "ndim", None) == 0:
            where = "`divmod` by the number of columns gives row and column."
            raise WrongAnswer(f"This is one number; return row and column. {where}")
        given = whole_numbers(given, 2, "row and column")
        half = side // 2
        if given == (row + half, column + half):
            continue
        by_rows = tuple(value + half for value in divmod(flat, rows))
        for words, wrong in {
            "This is the patch's upper left corner. Its middle lies half a patch farther down and "
            "to the right.": (row, column),
            "Row and column are swapped: the row comes first.": (column + half, row + half),
            "You divide by the number of rows. A row has as many places as there are columns.": (
                by_rows
            ),
            "There the score *rises* when it is covered. Take the largest value, not the largest "
            "size.": (half, 2 + half),
            "You add the whole patch. Its middle is half of it away: `side // 2`.": (
                (row + side, column + side)
            ),
        }.items():
            if given == wrong:
                raise WrongAnswer(words)
        raise WrongAnswer(
            f"The largest value stands in row {row}, column {column}, and the patch is {side} "
            f"wide: its middle is at {(row + half, column + half)}. You say {given}."
        )
    return "A map in pixels of the image can be laid over it, and only then be read."


@task("08.5")
def step_that_hurts(answer: Any) -> str:
    """One step of the gradient sign."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(30, 16), nn.Tanh(), nn.Linear(16, 10))
    images, labels = torch.rand(6, 1, 5, 6), torch.randint(0, 10, (6,))
    images[images < 0.2], images[images > 0.8] = 0.0, 1.0
    epsilon = 0.05 + 0.1 * torch.rand(()).item()
    inputs = images.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(F.cross_entropy(model(inputs), labels), inputs)
    handed = images.clone()
    step = epsilon * gradient.sign()
    expected = (images + step).clamp(0, 1)
    found = picture(call(answer, model, handed, labels, epsilon), tuple(images.shape), {})
    if not torch.equal(handed.detach(), images):
        raise WrongAnswer("Your function changes the images that it was given. Make new ones.")
    if close(found, expected):
        return "One gradient is enough to fool a network, and to test how easily yours is fooled."
    for words, wrong in {
        "This step *helps* the network: the loss falls. Go the other way, `+`.": (
            (images - step).clamp(0, 1)
        ),
        "You forgot the sign: each pixel should move by the whole `epsilon`, up or down.": (
            (images + epsilon * gradient).clamp(0, 1)
        ),
        "Some pixels are now below 0 or above 1: no picture has those. `clamp(0, 1)`.": (
            images + step
        ),
        "All your pixels go up. The sign of the gradient is lost: no `abs`.": (
            (images + epsilon).clamp(0, 1)
        ),
        "This is the step alone. Add it to the images.": step,
        "The step has the size 1. Multiply the sign by `epsilon`.": (
            (images + gradient.sign()).clamp(0, 1)
        ),
        "These are the images as they were. Did you add the step?": images,
    }.items():
        if close(found, wrong):
            raise WrongAnswer(words)
    raise WrongAnswer(
        "These are other images. Each pixel moves by `epsilon` in the direction of the sign of "
        "the loss's gradient with respect to the *images*."
    )
