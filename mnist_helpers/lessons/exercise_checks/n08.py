"""The checks of notebook 08, Look inside."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .core import WrongAnswer, call, compare, number, refuse, several, task, tensor, whole


@task("08.1")
def shape_of_maps(answer: Any) -> str:
    """The shape of the maps after a convolution and pooling."""
    for _ in range(4):
        size, filters = int(torch.randint(20, 60, ())), int(torch.randint(61, 99, ()))
        kernel = int(torch.randint(1, 4, ())) * 2 + 1
        given = call(answer, size, filters, kernel)
        words = "This is one number. A shape has three: maps, rows and columns."
        refuse({words: isinstance(given, int | float)})
        words = "Rows and columns alone: how many maps are there? That comes first."
        refuse({words: len(tuple(given)) == 2})
        given = several(given, 3, "maps, rows and columns", whole)
        places = size - kernel + 1
        width, pooled_first = places // 2, size // 2 - kernel + 1
        mistakes = {
            "The maps come first in PyTorch: maps, rows, columns.": (width, width, filters),
            "You forgot the pooling, which halves rows and columns.": (filters, places, places),
            "You forgot the filter: it does not fit at the rim.": (filters, size // 2, size // 2),
            "There is one map for each filter, not one in all.": (1, width, width),
            "The convolution comes first, then the pooling.": (filters, pooled_first, pooled_first),
        }
        otherwise = (
            f"{filters} filters of {kernel}×{kernel} on an image of {size}×{size}: first {places} "
            f"places in each direction, then half of that. You say {given}."
        )
        compare(given, (filters, width, width), mistakes, otherwise)
    return "Now you can tell from a shape alone how deep inside a network you are."


@task("08.2")
def busiest(answer: Any) -> str:
    """Which filter found most."""
    for _ in range(3):
        # Eight maps: one found most, and three others could be mistaken for it.
        best, peak, faint, empty, *rest = torch.randperm(8).tolist()
        maps = torch.zeros(8, 9, 9)
        maps[best, :5] = 0.7 + 0.3 * torch.rand(5, 9)
        maps[peak, 3, int(torch.randint(9, ()))] = 6
        maps[faint] = 0.05 + 0.1 * torch.rand(9, 9)
        maps[rest, :3] = 0.2 + 0.3 * torch.rand(4, 3, 9)
        given = call(answer, maps.clone())
        if isinstance(given, Tensor) and given.numel() != 1:
            words = f"The answer should be one number, but it has the shape {tuple(given.shape)}."
            hint = "First one mean for each map, `mean(dim=(1, 2))`, then `argmax()`."
            raise WrongAnswer(f"{words} {hint}")
        mean = maps[best].mean()
        mistakes = {
            "This is the place of the brightest pixel, counted through all maps. Take the mean of "
            "each map first.": maps.argmax(),
            "This is the mean itself. Which filter has it? `argmax`, not `max`.": mean,
            "That map has the brightest single pixel. The most found is the largest mean.": peak,
            "That map has something everywhere, but very little. How *much* counts: the mean, not "
            "the number of pixels above 0.": faint,
            "That map is empty: its filter found least. Look for the largest mean.": empty,
        }
        otherwise = f"Of these maps number {best} has the largest mean; you say {given}."
        compare(number(given), best, mistakes, otherwise)
    return "An empty map is news, too: nothing in the image fits that filter."


def by_hand(score: Callable, image: Tensor, side: int, cover: float = 0.0) -> Tensor:
    """The score of the image for each place of the patch that covers it."""
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
        found = tensor(given, (rows, columns), wrong_shapes)
        whole_score, scores = score(image), by_hand(score, image, side)
        fall, with_ink = whole_score - scores, whole_score - by_hand(score, image, side, 1.0)
        mistakes = {
            "The sign is the wrong way round. Where the patch hides what matters, the score "
            "*falls*: the whole image's score minus the covered one's.": -fall,
            "These are the scores. How far do they fall below the whole image's?": scores,
            "You cover with ink, 1. Paper is 0 here.": with_ink,
            "Keep the sign: where the score rises, the ink spoke *against* the digit.": fall.abs(),
        }
        otherwise = (
            f"At the first place, the score falls from {whole_score:.3f} to {scores[0, 0]:.3f}, "
            f"so by {fall[0, 0]:.3f}; you say {found[0, 0]:.3f}."
        )
        if not torch.equal(handed, image):
            otherwise = "The patches stay on top of each other. Cover a copy, `image.clone()`."
        compare(found, fall, mistakes, otherwise)
    return "You need nothing but answers for this: it works for any reader, even a person."


@task("08.4")
def reading(answer: Any) -> str:
    """Where the patch matters most."""
    for side in (3, 7, 5):
        rows, columns = 6, 11
        fall = torch.rand(rows, columns)
        # An odd column: with an even one, dividing by the rows could look like swapping the two.
        row, column = int(torch.randint(1, 5, ())), 2 * int(torch.randint(3, 5, ())) + 1
        fall[row, column] = 2.0
        fall[0, 2] = -3.0  # the strongest of all, in the other direction
        given = call(answer, fall.clone(), side)
        words = "This is one number; `divmod` by the number of columns makes it row and column."
        refuse({words: isinstance(given, int | float) or getattr(given, "ndim", None) == 0})
        given, half = several(given, 2, "row and column", whole), side // 2
        far_corner = (row + side, column + side)
        by_rows = np.add(divmod(row * columns + column, rows), half)
        mistakes = {
            "This is the patch's upper left corner. Its middle lies half a patch farther down and "
            "to the right.": (row, column),
            "Row and column are swapped: the row comes first.": (column + half, row + half),
            "You divide by the number of rows. A row has as many places as there are "
            "columns.": by_rows,
            "There the score *rises* when it is covered. Take the largest value, not the largest "
            "size.": (half, 2 + half),
            "You add the whole patch. Its middle is half of it away: `side // 2`.": far_corner,
        }
        middle = (row + half, column + half)
        otherwise = (
            f"The largest value stands in row {row}, column {column}, and the patch is {side} "
            f"wide: its middle is at {middle}. You say {given}."
        )
        compare(given, middle, mistakes, otherwise)
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
    found = tensor(call(answer, model, handed, labels, epsilon), images.shape)
    words = "Your function changes the images that it was given. Make new ones."
    refuse({words: not torch.equal(handed.detach(), images)})
    mistakes = {
        "This step *helps* the network: the loss falls. Go the other way, `+`.": images - step,
        "You forgot the sign: each pixel should move by the whole `epsilon`, up or down.": images
        + epsilon * gradient,
        "All your pixels go up. The sign of the gradient is lost: no `abs`.": images + epsilon,
        "The step has the size 1. Multiply the sign by `epsilon`.": images + gradient.sign(),
    }
    mistakes = {words: wrong.clamp(0, 1) for words, wrong in mistakes.items()} | {
        "Some pixels are below 0 or above 1. No picture has those: `clamp(0, 1)`.": images + step,
        "This is the step alone. Add it to the images.": step,
        "These are the images as they were. Did you add the step?": images,
    }
    otherwise = (
        "These are other images: where the gradient is positive, a pixel should go up by `epsilon`."
    )
    compare(found, (images + step).clamp(0, 1), mistakes, otherwise)
    return "One gradient is enough to fool a network, and to test how easily yours is fooled."
