"""The checks of notebook 01, Data."""

from typing import Any

import torch
from torch import Tensor

from mnist_helpers._support import MEAN, STD, normalize

from .core import array, examine, refuse, task, tensor


def random_images(n: int, brightest: int = 255) -> Tensor:
    """Images that are mostly paper, with some grey and some ink: uint8, ``(n, 28, 28)``."""
    images = torch.randint(1, brightest + 1, (n, 28, 28), dtype=torch.uint8)
    images[torch.rand(n, 28, 28) < 0.5 + 0.3 * torch.rand(())] = 0
    edge = torch.rand(n, 28, 28)
    images[edge < 0.05], images[edge > 0.95] = 127, 128
    images[0, 14, 14] = brightest
    return images


def share(condition: Tensor) -> float:
    """The fraction of a tensor's elements that are True."""
    return condition.double().mean().item()


def fractional(answer: Any, shape: tuple[int, ...], mistakes: dict[tuple, str]) -> Tensor:
    """The answer if it is a tensor of this shape that can hold fractions."""
    found = tensor(answer, shape, mistakes)
    words = f"Your tensor has the type {found.dtype}, which holds no fractions. Keep the floats."
    refuse({words: not found.is_floating_point()})
    return found


@task("01.1")
def ink(ink_fraction: Any) -> str:
    """The fraction of pixels that are more ink than paper."""

    def draw() -> list[tuple[Tensor]]:
        return [(random_images(20),), (random_images(7, 200),), (random_images(40),)]

    mistakes = {
        "This is the fraction of paper. In MNIST 0 is paper and 255 is ink.": lambda i: share(
            i <= 127
        ),
        "You count what is below 127: paper. In MNIST 255 is ink.": lambda i: share(i < 127),
        "You count 127 as ink, but it is a little more paper than ink. Take what is above "
        "127.": lambda i: share(i >= 127),
        "You leave out 128, which is ink already: above 127.": lambda i: share(i > 128),
        "You count every pixel with a trace of ink. More ink than paper means: above "
        "127.": lambda i: share(i > 0),
        "This is how many pixels are ink. The fraction is their mean.": lambda i: (i > 127).sum(),
        "You divide by the number of images. Divide by the number of all their pixels.": lambda i: (
            784 * share(i > 127)
        ),
        "You divide by the pixels of one image. Divide by those of all.": lambda i: (
            len(i) * share(i > 127)
        ),
        "You divide ink by paper. Divide by the number of all pixels.": lambda i: (
            share(i > 127) / share(i <= 127)
        ),
        "You divide by the pixels that are not blank. Divide by all of them.": lambda i: (
            share(i > 127) / share(i > 0)
        ),
        "This is the mean of the pixels themselves. First ask of each: is it above 127? Then take "
        "the mean of the True and False.": lambda i: i.double().mean(),
        "This is the mean grey. First ask of each pixel: is it above 127? Then take the mean of "
        "the True and False.": lambda i: i.double().mean() / 255,
        "You look at the first image only. Look at all; does a `return` stand inside a "
        "loop?": lambda i: share(i[0] > 127),
        "You look at the last image only. Look at all of them.": lambda i: share(i[-1] > 127),
        "Your limit is the mean of these images. It should be 127 each time.": lambda i: share(
            i > i.double().mean()
        ),
        "Your limit depends on the darkest pixel of these images. It should be 127 each "
        "time.": lambda i: share(i > i.max() / 2),
        "You count in bytes (uint8), which begin at 0 again after 255.": lambda i: (
            (i > 127).sum() % 256 / i.numel()
        ),
    }

    def otherwise(images: Tensor) -> str:
        words = f"For {len(images)} fresh images the fraction is {{right}}; you say {{given}}."
        return f"{words} Count the pixels above 127, and divide by the number of all pixels."

    examine(ink_fraction, draw, lambda i: share(i > 127), mistakes, otherwise, tolerance=1e-4)
    blank = [(torch.zeros(3, 28, 28, dtype=torch.uint8),)]
    words = "Of three blank images no pixel is ink, so the fraction is 0; you say {given}."
    examine(ink_fraction, lambda: blank, lambda _: 0, {}, words)
    return "Most of a picture is paper, so a drawing must be cut out before a network reads it."


def some_labels(frequent: int) -> Tensor:
    """Labels in no order with this digit most often, and all others, one of them in front."""
    counts = torch.randint(2, 9, (10,)) + torch.randperm(10)
    counts[frequent] = 25 + int(torch.randint(20, ()))
    labels = torch.arange(10).repeat_interleave(counts)
    others = labels[labels != frequent]
    first = others[int(torch.randint(len(others), ()))]
    labels = labels[torch.randperm(len(labels))]
    place = int((labels == first).nonzero()[0])
    return labels.roll(-place)


@task("01.2")
def frequent(always_the_same: Any) -> str:
    """The accuracy of always naming the most frequent digit."""

    def draw() -> list[tuple[Tensor]]:
        return [(some_labels(digit),) for digit in (int(torch.randint(1, 9, ())), 0, 9)]

    def counts(labels: Tensor) -> Tensor:
        return torch.bincount(labels, minlength=10)

    def by(function: Any) -> Any:
        """What a function makes of the ten counts and the number of labels."""
        return lambda labels: function(counts(labels).double(), len(labels))

    right = by(lambda c, n: c.max() / n)
    mistakes: dict[str, Any] = {
        "This is the most frequent digit. How often is it right?": lambda y: counts(y).argmax(),
        "This is how often the digit occurs. Divide by the number of labels.": by(
            lambda c, n: c.max()
        ),
        "You divide by the number of digits. Take that of labels.": by(lambda c, n: c.max() / 10),
        "You divide by the number of the other labels. Take that of all.": by(
            lambda c, n: c.max() / (n - c.max())
        ),
        "A tenth is right only if all digits are equally frequent.": lambda y: 0.1,
        "You count the rarest digit. Take the largest count.": by(lambda c, n: c.min() / n),
        "This is the second most frequent digit.": by(lambda c, n: c.sort().values[-2] / n),
        "This is the largest digit, divided by the number of labels.": by(lambda c, n: 9 / n),
        "This is how often it is wrong.": by(lambda c, n: 1 - c.max() / n),
        "You name the first label. It need not be the most frequent.": lambda y: share(y == y[0]),
        "You leave out the 0, which may be the most frequent digit.": [
            by(lambda c, n: c[1:].max() / n),
            by(lambda c, n: c[1:].max() / c[1:].sum()),
        ],
        "You leave out the 9, which may be the most frequent.": by(lambda c, n: c[:9].max() / n),
        "You name the mean or the median of the labels. Name the most frequent digit.": [
            lambda y: share(y == y.double().mean().round()),
            lambda y: share(y == y.median()),
        ],
        "You divide by 60,000. Take the number of these labels.": by(lambda c, n: c.max() / 60_000),
    } | {
        f"You always name the {d}. Which digit is the most frequent?": lambda y, d=d: share(y == d)
        for d in range(10)
    }

    def otherwise(labels: Tensor) -> str:
        words = f"With the counts {counts(labels).tolist()} it is right for {{right}}; you say"
        return f"{words} {{given}}. Divide the largest count by the number of all labels."

    examine(always_the_same, draw, right, mistakes, otherwise, tolerance=1e-4)
    return "Whoever reports an accuracy owes you this one as well: it takes no skill at all."


@task("01.3")
def scale(own_normalize: Any) -> str:
    """Pixels to a network's input."""
    n = int(torch.randint(6, 10, ()))
    shapes = {
        (n, 28, 28): "The channel axis is missing: `unsqueeze` inserts it.",
        (1, n, 28, 28): "The channel axis comes after the image axis, third from the end.",
        (n, 28, 28, 1): "The channel axis comes before row and column, third from the end.",
        (n, 28, 1, 28): "The channel axis comes before row and column, third from the end.",
        (n, 3, 28, 28): "A grey image has one channel, not three.",
        (n, 1, 784): "Rows and columns should stay two axes.",
    }

    def draw() -> list[tuple[Tensor]]:
        return [(random_images(n),), (random_images(n, 200),)]

    def parts(images: Tensor) -> Tensor:
        return images.double()[:, None] / 255

    def right(images: Tensor) -> Tensor:
        return normalize(images).double()

    mistakes = {
        "You forgot to divide by 255: `MEAN` and `STD` belong to fractions of full "
        "ink.": lambda i: (255 * parts(i) - MEAN) / STD,
        "You stop at the fractions. Subtract `MEAN`, then divide by `STD`.": parts,
        "You forgot to divide by the standard deviation, `STD`.": lambda i: parts(i) - MEAN,
        "You forgot to subtract the mean, `MEAN`.": lambda i: parts(i) / STD,
        "You divide by `STD` before you subtract `MEAN`. It is the other way round, or the mean "
        "is not 0: mind the brackets.": lambda i: parts(i) / STD - MEAN,
        "You divide only `MEAN` by `STD`: mind the brackets.": lambda i: parts(i) - MEAN / STD,
        "You multiply with `STD`. Divide by it.": lambda i: (parts(i) - MEAN) * STD,
        "You divide by `STD` squared. Divide by it once.": lambda i: (parts(i) - MEAN) / STD**2,
        "You add `MEAN`. Subtract it.": lambda i: (parts(i) + MEAN) / STD,
        "You swapped `MEAN` and `STD`. Subtract the one, divide by the other.": lambda i: (
            (parts(i) - STD) / MEAN
        ),
        "You take 0.5 for the mean and the standard deviation. Take `MEAN` and `STD`.": lambda i: (
            2 * parts(i) - 1
        ),
        "You take the mean and the standard deviation of these images. Take `MEAN` and `STD`, "
        "which are those of all.": lambda i: (parts(i) - parts(i).mean()) / parts(i).std(),
        "The order is wrong: first the fractions, by 255, then `MEAN` and `STD`.": lambda i: (
            (255 * parts(i) - MEAN) / STD / 255
        ),
        "You divide by 256. Full ink is 255.": lambda i: (255 / 256 * parts(i) - MEAN) / STD,
        "You divide by the darkest pixel of these images. Full ink is 255.": lambda i: (
            (parts(i) / parts(i).max() - MEAN) / STD
        ),
        "`//` throws the greys away. Divide with `/`.": lambda i: (parts(i).floor() - MEAN) / STD,
        "You cut off what is below 0 or above 1. Keep it.": lambda i: right(i).clamp(0, 1),
        "You turned ink and paper over. In MNIST 0 is paper already.": lambda i: (
            (1 - parts(i) - MEAN) / STD
        ),
        "Your rows and columns are swapped.": lambda i: right(i).mT,
        "A byte with a sign (int8) ends at 127, so that ink becomes negative.": lambda i: (
            (i.to(torch.int8).double()[:, None] / 255 - MEAN) / STD
        ),
    }
    otherwise = (
        "At {place} (image, channel, row, column) there should be {right}, but yours is {given}. "
        "Divide by 255, subtract `MEAN`, and divide all that by `STD`."
    )
    examine(
        own_normalize,
        draw,
        right,
        mistakes,
        otherwise,
        convert=lambda answer: fractional(answer, (n, 1, 28, 28), shapes),
    )
    return "Forget one of these steps, and a network reads nonsense without any error message."


@task("01.4")
def averages(mean_images: Any) -> str:
    """The mean image of each digit."""
    shapes = {
        (28, 28): "This is the mean of all images. Make one for each digit, and stack them.",
        (10,): "You average over rows and columns, too. Only the images: `mean(dim=0)`.",
        (10, 28): "You average over one axis too many. Only the images: `mean(dim=0)`.",
        (99, 28, 28): "That is one for each image. Make one for each digit.",
        (9, 28, 28): "There are ten digits, 0 to 9: `range(10)`.",
        (1, 28, 28): "That is one digit. Do the list and the `return` stand outside the loop?",
        (10, 784): "Keep rows and columns.",
        (280, 28): "`torch.cat` puts them below each other. `torch.stack` makes a new axis.",
    }

    def draw() -> list[tuple[Tensor, Tensor]]:
        labels = torch.cat([torch.arange(10).repeat(7), torch.randint(0, 10, (29,))])
        return [(random_images(99), labels[torch.randperm(99)])]

    def each(function: Any) -> Any:
        """Of each digit's images, as floats, what the function makes of them."""
        return lambda images, labels: torch.stack(
            [function(images.double()[labels == digit]) for digit in range(10)]
        )

    def running(group: Tensor) -> Tensor:
        result = torch.zeros(28, 28)
        for image in group:
            result = (result + image) / 2
        return result

    right = each(lambda group: group.mean(dim=0))
    mistakes = {
        "You add up the images of each digit. Divide by how many there are: the mean.": each(
            lambda group: group.sum(dim=0)
        ),
        "Each of your ten images is the mean of all digits. Pick those with the label "
        "first.": lambda i, n: i.double().mean(dim=0).expand(10, 28, 28),
        "Each of your ten images is the first one of its digit. Average over all of them.": each(
            lambda group: group[0]
        ),
        "Each of your ten images is the last one of its digit. Average over all of them.": each(
            lambda group: group[-1]
        ),
        "These are the first ten images. Pick those of each digit, and take their "
        "mean.": lambda i, n: i[:10].double(),
        "You use the first five images of each digit only. Use all.": each(
            lambda group: group[:5].mean(dim=0)
        ),
        "You divide by 255. The pixels should stay between 0 and 255 here.": each(
            lambda group: group.mean(dim=0) / 255
        ),
        "You divide by the number of all images. Divide by the number of those with this "
        "digit.": each(lambda group: group.sum(dim=0) / 99),
        "You divide by a tenth of all images, but the digits are not equally frequent. Divide by "
        "the number of those with this digit.": each(lambda group: group.sum(dim=0) / 9.9),
        "This is the median. Take the mean.": each(lambda group: group.median(dim=0).values),
        "A later image counts more than an earlier one. Add all, then divide once.": each(running),
        "You make each pixel black or white first. Keep the greys.": each(
            lambda group: 255 * (group > 127).double().mean(dim=0)
        ),
        "You turned ink and paper over.": each(lambda group: 255 - group.mean(dim=0)),
        "Your rows and columns are swapped.": each(lambda group: group.mean(dim=0).T),
        "A byte (uint8) begins at 0 again after 255. Add up floats.": each(
            lambda group: group.sum(dim=0) % 256 / len(group)
        ),
        "These are the means of all *other* digits: `==`, not `!=`.": lambda i, n: torch.stack(
            [i[n != digit].double().mean(dim=0) for digit in range(10)]
        ),
        "The digits are in a wrong order: the 0 comes first.": lambda i, n: right(i, n).roll(-1, 0),
        "The digits are in the wrong order: 0 to 9, not 9 to 0.": lambda i, n: right(i, n).flip(0),
    }
    otherwise = (
        "At {place} (digit, row, column) the mean is {right}, but yours is {given}. Image 3 should "
        "be the mean of all images with the label 3."
    )
    examine(
        mean_images,
        draw,
        right,
        mistakes,
        otherwise,
        convert=lambda answer: fractional(answer, (10, 28, 28), shapes),
        tolerance=1e-3,
    )
    return "Ten pictures now stand for thousands: that is a model, made without any training."


@task("01.5")
def closest(nearest: Any) -> str:
    """The digit whose mean image is closest."""

    def differences(images: Tensor, means: Tensor) -> Tensor:
        return images.float()[:, None] - means

    def by(distance: Any) -> Any:
        """The answers with another measure of the differences, (n, 10, 28, 28), the smallest."""
        return lambda i, m: distance(differences(i, m)).argmin(dim=1)

    def product(images: Tensor, means: Tensor) -> Tensor:
        return images.double().flatten(1) @ means.double().flatten(1).T

    def squares(differences: Tensor) -> Tensor:
        return differences.square().sum((2, 3))

    right = by(squares)
    mistakes: dict[str, Any] = {
        "You name the digit that is farthest away: `argmin`, not `argmax`.": by(
            lambda d: -squares(d)
        ),
        "These are the smallest distances. `argmin` gives their places.": lambda i, m: (
            squares(differences(i, m)).sqrt().amin(dim=1)
        ),
        "You add up the differences as they are. The usual distance squares them first.": by(
            lambda d: d.abs().sum((2, 3))
        ),
        "You take the largest single difference. Square all of them, and add up.": by(
            lambda d: d.abs().amax((2, 3))
        ),
        "You add up the differences with their signs, so they cancel out. Square them first.": by(
            lambda d: d.sum((2, 3)).abs()
        ),
        "Negative differences count as close. Square them first.": by(lambda d: d.sum((2, 3))),
        "You compare the sums of rows or columns. The distance is over all pixels.": by(
            lambda d: d.sum(2).square().sum(2)
        ),
        "You take the product, which prefers much ink. Take the distance.": lambda i, m: product(
            i, m
        ).argmax(dim=1),
        "You compare the angles (cosine). Take the distance.": lambda i, m: (
            product(i, m) / m.double().square().sum((1, 2)).sqrt()
        ).argmax(dim=1),
        "A byte cannot be negative: it begins again at 255. Take `.float()` first.": lambda i, m: (
            squares(i[:, None] - m.to(torch.uint8)).argmin(dim=1)
        ),
        "You divide the images by 255, but not the means.": lambda i, m: right(i / 255, m),
        "You make the images black or white.": lambda i, m: right(255 * (i > 127), m),
        "You count the digits from 1. The first image is the 0's.": lambda i, m: right(i, m) + 1,
        "Your function never names the 9.": lambda i, m: right(i, m[:9]),
        "You leave out the mean image of the 0, so all others have a wrong number.": lambda i, m: (
            right(i, m[1:])
        ),
    }
    n = 50

    def draw() -> list[tuple[Tensor, Tensor]]:
        """Images that are nearly as close to a second mean, so that each mistake shows."""
        means = (
            torch.rand(10, 28, 28) ** torch.linspace(0.85, 1.2, 10)[torch.randperm(10), None, None]
        )
        # Brightness tells next to nothing.
        level = 118 + 0.4 * torch.randperm(10)[:, None, None]
        means *= level / means.mean(dim=(1, 2), keepdim=True)
        one, two = torch.arange(80) % 10, torch.randint(1, 10, (80,))
        part = 0.4 + 0.25 * torch.rand(80, 1, 1)
        images = part * means[one] + (1 - part) * means[(one + two) % 10]
        images[torch.rand(80, 28, 28) < 0.1 * torch.rand(80, 1, 1)] = 255
        images *= 0.85 + 0.2 * torch.rand(80, 1, 1)
        images = images.clamp(0, 255).to(torch.uint8)
        first, second = squares(differences(images, means)).sort(dim=1).values[:, :2].T
        images = images[second > 1.02 * first]  # no answer hangs on the last digit
        answers = right(images, means)
        telling = [torch.nonzero(answers == digit)[:1, 0] for digit in range(10)]
        telling += [
            torch.nonzero(one(images, means) != answers)[:2, 0] for one in mistakes.values()
        ]
        chosen = torch.cat([*telling, torch.arange(n)])[:n]
        return [(images[chosen[torch.randperm(n)]], means)]

    shapes = {
        (n, 10): "These are the distances. `argmin` finds the place of the smallest.",
        (10,): "You ask which image is closest to each mean. Ask along the other axis: `dim=1`.",
        (10, 28): "Lay each image out in one row first: `flatten(start_dim=1)`.",
        (): "There should be one answer for each image: `argmin(dim=1)`; no `return` in the loop.",
    }
    otherwise = "Image {place} is closest to the mean image of the {right}; you say {given}. "
    otherwise += "Square the differences of all pixels, and add them up: whose sum is the smallest?"

    def convert(answer: Any) -> Any:
        found = array(answer, (n,), shapes)
        if not (found % 1).any():
            array(answer, whole=True)
        return found

    examine(nearest, draw, right, mistakes, otherwise, convert=convert)
    return "You read digits without a neural network: every network has to beat this baseline."
