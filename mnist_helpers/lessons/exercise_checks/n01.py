"""The checks of notebook 01, Data."""

from itertools import islice
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from mnist_helpers._support import MEAN, STD

from .core import WrongAnswer, a, array, call, described, examine, kind, refuse, task, tensor


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
        "You divide by one label too few.": by(lambda c, n: c.max() / (n - 1)),
        "This is 1, divided by the number of labels. The largest count is more than 1. (For a "
        "dictionary or a `Counter`, equal tensors are different keys: give it "
        "`labels.tolist()`.)": by(lambda c, n: 1 / n),
        "This is a tenth, whatever the labels are. It is right only if all digits are equally "
        "frequent.": lambda y: 0.1,
        "This is the largest digit, divided by the number of labels.": by(lambda c, n: 9 / n),
        "This is how often it is wrong.": by(lambda c, n: 1 - c.max() / n),
        "You name the first label. It need not be the most frequent.": lambda y: share(y == y[0]),
        "You leave out the 0, which may be the most frequent digit.": [
            by(lambda c, n: c[1:].max() / n),
            by(lambda c, n: c[1:].max() / c[1:].sum()),
        ],
        "You leave out the 9, which may be the most frequent.": by(lambda c, n: c[:9].max() / n),
        "You divide by a fixed number. Take the number of these labels.": [
            by(lambda c, n, size=size: c.max() / size)
            for size in (100, 1000, 10_000, 50_000, 60_000)
        ],
    }

    def otherwise(labels: Tensor, given: float) -> str:
        n = len(labels)
        words = f"With the counts {counts(labels).tolist()} it is right for {{right}}; you say"
        share = [
            str(digit) for digit, one in enumerate(counts(labels)) if abs(one / n - given) < 1e-6
        ]
        if share:
            return f"{words} {{given}}, which is the share of the {' or the '.join(share)}."
        return f"{words} {{given}}. Right is {int(counts(labels).max())} / {n}."

    examine(always_the_same, draw, right, mistakes, otherwise, tolerance=1e-4)
    return "Whoever reports an accuracy owes you this one as well: it takes no skill at all."


def noisy(n: int) -> list[tuple[Tensor]]:
    """Noisy images, in which no pixel lies halfway between two whole numbers."""
    found = []
    for _ in range(2):
        noisy = (random_images(n)[:, None] + 60 * torch.randn(n, 1, 28, 28)).floor()
        noisy += torch.tensor([0.1, 0.3, 0.7, 0.9])[torch.randint(4, noisy.shape)]
        found.append((((noisy / 255) - MEAN) / STD,))
    return found


@task("01.7")
def pixels(to_pixels: Any) -> str:
    """A normalized batch, back to bytes."""

    def bytes_of(values: Tensor) -> Tensor:
        return values[:, 0].round().clamp(0, 255) + 0.0  # no -0

    def back(batch: Tensor) -> Tensor:
        return 255 * (batch.double() * STD + MEAN)

    clips = "`clamp(0, 255)` comes after the multiplication with 255, and before the bytes."
    mistakes = {
        "You cut off what is behind the point, as a `uint8` does by itself. Round "
        "first.": lambda b: back(b)[:, 0].clamp(0, 255).floor(),
        f"What is below 0 or above 255 begins again at the other end of the bytes. {clips}": [
            lambda b: back(b)[:, 0].round() % 256,
            lambda b: (back(b)[:, 0] + 0.5).trunc() % 256,
        ],
        f"What is below 0 begins again at 255. {clips}": lambda b: (
            back(b)[:, 0].round().clamp(max=255) % 256
        ),
        f"What is above 255 begins again at 0. {clips}": lambda b: (
            back(b)[:, 0].round().clamp(min=0) % 256
        ),
        "What is below 0 or above 255 begins again at the other end, and you cut off what is "
        "behind the point. Round and clip before you make bytes.": lambda b: (
            back(b)[:, 0].trunc() % 256
        ),
        "You clip the normalized batch to 0 and 1. First undo the normalization.": lambda b: (
            bytes_of(back(b.clamp(0, 1)))
        ),
        "You forgot `MEAN`. It was subtracted, so add it.": lambda b: bytes_of(255 * b * STD),
        "You forgot `STD`. It was the last division, so multiply with it.": lambda b: bytes_of(
            255 * (b + MEAN)
        ),
        "The order is wrong. `STD` came last, so undo it first, and then add `MEAN`: mind the "
        "brackets.": lambda b: bytes_of(255 * (b + MEAN) * STD),
        "Multiply *all* of it with 255: mind the brackets.": [
            lambda b: bytes_of(b * STD + 255 * MEAN),
            lambda b: bytes_of(255 * b * STD + MEAN),
        ],
        "You round `MEAN` or `STD`. Take them as they are, with all of their digits.": [
            lambda b: bytes_of(255 * (b * 0.3 + 0.13)),
            lambda b: bytes_of(255 * (b * 0.31 + 0.13)),
        ],
        "You take the mean and the spread of this batch. It was normalized with `MEAN` and "
        "`STD`.": lambda b: bytes_of(255 * (b * b.std() + b.mean())),
        "The rows and columns of your images are swapped.": lambda b: bytes_of(back(b)).mT,
        "You normalize once more. Go the other way: multiply where it divides.": lambda b: bytes_of(
            255 * (b - MEAN) / STD
        ),
        "You swapped `MEAN` and `STD`.": lambda b: bytes_of(255 * (b * MEAN + STD)),
        "You forgot the 255: these are fractions of full ink, made 0 or 1.": lambda b: bytes_of(
            back(b) / 255
        ),
        "You round the fractions. First multiply with 255, or only 0 and 255 are left.": lambda b: (
            bytes_of(255 * (back(b) / 255).round())
        ),
        "What is below 0 loses its sign, as with `abs`. It should become 0.": lambda b: bytes_of(
            back(b).abs()
        ),
        "You multiply with 256. Full ink is 255.": lambda b: bytes_of(256 / 255 * back(b)),
        "You stretch the numbers from the smallest to the largest. Undo the normalization instead, "
        "with `MEAN` and `STD`.": lambda b: bytes_of(255 * (b - b.min()) / (b.max() - b.min())),
    }

    def otherwise(batch: Tensor, given: Tensor, wanted: Tensor) -> str:
        wrong, exact = given != wanted, back(batch)[:, 0]
        place = tuple(wrong.nonzero()[0])
        words = (
            f"At {{place}} (image, row, column), `batch` is {batch[:, 0][place]:.3f}. With `STD`, "
            f"`MEAN` and 255 that is {exact[place]:.1f}, so there should be {{right}}, but yours "
            "is {given}."
        )
        if not (wrong & (exact > -0.5) & (exact < 255.5)).any():
            words += " Only pixels below 0 or above 255 are wrong."
        return words

    def check_batch(n: int, mistakes: dict[str, Any], shapes: dict[tuple, str]) -> None:
        def convert(answer: Any) -> Tensor:
            words = "The answer should be a tensor, but it is a NumPy array: `torch.from_numpy`."
            refuse({words: hasattr(answer, "tobytes")})
            found = tensor(answer, (n, 28, 28), shapes)
            words = f"The images should be of the type torch.uint8, but they are {found.dtype}."
            hint = "After rounding and clipping: `.to(torch.uint8)`."
            refuse({f"{words} {hint}": found.dtype != torch.uint8})
            return found

        def right(batch: Tensor) -> Tensor:
            return bytes_of(back(batch))

        examine(to_pixels, lambda: noisy(n), right, mistakes, otherwise, convert=convert)

    shapes = {
        (6, 1, 28, 28): "Take the channel axis away: `[:, 0]`.",
        (6, 784): "Rows and columns should stay two axes.",
        (28, 28): "That is one image. Return all of them.",
        (1, 28, 28): "That is one image. Return all of them.",
    }
    check_batch(6, mistakes, shapes)
    words = "This is a batch of one image. `squeeze()` takes away every axis of length 1, and"
    check_batch(1, {}, {(28, 28): f"{words} `[:, 0]` the channel axis only."})
    return (
        "Look at what a network gets before you blame it: a wrong scale shows at once in an image."
    )


@task("01.8")
def own_batches(make_batches: Any) -> str:
    """Shuffled batches of images and labels."""
    words = "Do it without a `DataLoader` here: the point is to do what it does."
    forbidden = patch.object(DataLoader, "__init__", side_effect=WrongAnswer(words))
    n, size = 48, 8
    images, labels = random_images(n), torch.randint(0, 10, (n,))
    with forbidden:
        orders = torch.tensor([numbers(make_batches, images, labels, size) for _ in range(12)])
    # For each of the calls, where each image is, and in which batch.
    places = orders.argsort(dim=1)
    batches = places // size
    neighbours = (orders.diff(dim=1) == 1).double().mean()
    faults = {
        "The images are in their old order. Shuffle them.": (orders == torch.arange(n)).all(),
        "You turn the order round. It should be random.": (orders.flip(1) == torch.arange(n)).all(),
        "The order is the same at every call. Draw a fresh one: is there a seed in your function, "
        "do you shuffle outside of it, or do you sort?": (places == places[0]).all(),
        "Each batch holds the same images at every call; only their order in it changes. Shuffle "
        "all the images first, then make batches.": (batches == batches[0]).all(),
        "Some images stay in one half of the batches at every call. Shuffle all of them.": (
            (2 * batches * size // n).double().std(dim=0) == 0
        ).sum()
        > 5,
        "Many images still come right after the same image as in `images`, as if whole batches "
        "or all of the images were moved. Shuffle all of them first, then make batches.": (
            neighbours > 0.25
        ),
    }
    refuse(faults)
    with forbidden:
        for n, size in ((50, 8), (9, 4), (5, 8), (3, 1)):
            numbers(make_batches, random_images(n), torch.randint(0, 10, (n,)), size)
    return "With new neighbours in each epoch, no image always pulls together with the same others."


def numbers(make_batches: Any, images: Tensor, labels: Tensor, batch_size: int) -> list[int]:
    """The images' numbers in the order of the learner's batches, if these are right but for it."""
    n = len(images)
    known = {image.numpy().tobytes(): i for i, image in enumerate(images)}
    answer = call(make_batches, images, labels, batch_size)
    words = f"Return a list of batches, but yours {described(answer)}."
    refuse({words: isinstance(answer, str | dict | Tensor) or not hasattr(answer, "__iter__")})
    order, sizes = [], []
    for batch in islice(answer, 2 * n):  # some never end
        some, theirs = _pair(batch)
        sizes.append(len(some))
        shapes = f"{tuple(some.shape)}, and its labels {tuple(theirs.shape)}"
        faults = {
            f"The images of a batch should have the shape (…, 28, 28), but yours have "
            f"{tuple(some.shape)}.": some.shape[1:] != (28, 28),
            f"Each image needs one label, but a batch has the shape {shapes}.": theirs.shape
            != some.shape[:1],
            f"The images should stay as they are, of the type {images.dtype}; yours are of the "
            f"type {some.dtype}.": some.dtype != images.dtype,
            f"The labels should stay as they are, of the type {labels.dtype}; yours are of the "
            f"type {theirs.dtype}.": theirs.dtype != labels.dtype,
        }
        refuse(faults)
        for image, label in zip(some, theirs.tolist(), strict=True):
            i = known.get(image.contiguous().numpy().tobytes(), -1)
            words = f"Image {i} has the label {labels[i]}, but you give it {label:g}."
            faults = {
                "There is an image in your batches that was not given.": i < 0,
                f"{words} Pick images and labels with the same numbers.": label != labels[i],
            }
            refuse(faults)
            order.append(i)
    twice, gone = len(order) - len({*order}), n - len({*order})
    wanted = [len(part) for part in torch.arange(n).split(batch_size)]
    words = f"With {n} images and a `batch_size` of {batch_size}"
    should = f"{words}, the batches should have {wanted} images, but yours have {sizes}."
    ends: dict[str, Any] = {
        f"There are {n} images, but {len(sizes)} batches or more. Does your loop end?": len(sizes)
        >= 2 * n,
        f"{should} That is one batch only. Does a `return` stand in the loop?": sizes
        == wanted[:1]
        != wanted,
        f"A batch is empty. {should} Begin one only if there still is an image.": 0 in sizes,
        f"{words} you make {batch_size} batches. It says how many images are in one.": len(sizes)
        == batch_size
        != len(wanted),
        f"{words}, a batch begins with every image. One should begin with every {batch_size}th: "
        "`range(0, n, batch_size)`.": len(sizes) == n != len(wanted),
        "Some images are in your batches twice or more, and others never. `torch.randperm` gives "
        "each number once. (`random.shuffle` spoils a tensor: it is for lists.)": twice and gone,
        f"{words}, the last batch is filled up with images that were there before. It should be "
        "smaller.": twice and {*sizes} == {batch_size} and len(sizes) == len(wanted),
        f"Some images are in your batches twice. {should}": twice,
        f"{should} Images in no batch: {gone}. The rest makes a last, smaller one.": gone
        == n % batch_size
        and {*sizes} <= {batch_size}
        and gone,
        f"{should} Images in no batch: {gone}.": gone,
        should: sizes != wanted,
    }
    refuse(ends)
    return order


def _pair(batch: Any) -> tuple[Tensor, Tensor]:
    """A batch's images and labels."""
    words = "A batch should be a pair of tensors, (images, labels), but one of yours"
    refuse({f"{words} {described(batch)}.": not isinstance(batch, tuple | list)})
    hint = "Put its images into one tensor, and its labels into another."
    refuse({f"{words} is a {kind(batch)} of {len(batch)}. {hint}": len(batch) != 2})
    for part, name in zip(batch, ("images", "labels"), strict=True):
        words = f"The {name} of a batch should be a tensor, but they are {a(kind(part))}."
        hint = f"A tensor takes many numbers at once as its index: `{name}[chosen]`."
        refuse({f"{words} {hint}": not isinstance(part, Tensor)})
        words = f"The {name} of a batch should have an axis for the images, also if it is one. "
        words += "`squeeze` and a single number as index take it away."
        refuse({words: part.ndim == 0})
    return batch[0], batch[1]


def with_leaks(n: int, m: int) -> list[tuple[Tensor, Tensor]]:
    """Copies, and images that are nearly copies, or like a copy in another way."""
    training, validation = random_images(n, 250), random_images(m, 250)
    training[:, 3, 3], training[:, 8, 20] = 100, 40  # one will be changed
    training[:, 0, 0], validation[:, 0, 0], validation[12, 0, 0] = 0, 9, 0
    for copy, original in ((0, 0), (5, 1), (9, 2), (13, 2), (20, 3), (23, 16)):
        validation[copy] = training[original]
    training[17] = training[1]
    training[16], validation[23] = 0, 0
    for original, other in enumerate((1, 2, 6, 7, 8, 11), start=4):
        validation[other] = training[original]
    validation[10, :14], validation[14, 14:] = training[10, :14], training[11, 14:]
    validation[[21, 22]] = training[10]  # mixtures
    validation[21, 14:], validation[22, :, 14:] = training[11, 14:], training[11, :, 14:]
    validation[17], validation[19] = training[14], training[13]  # with more ink, and with less
    validation[17, :10][validation[17, :10] == 0], validation[19, :10] = 7, 0
    validation[16, :, 10] = training[12, :, 10]
    validation[1, 3, 3] = 101
    validation[2, 3, 3], validation[2, 8, 20] = 101, 39
    validation[6] = training[6].T
    validation[7] = training[7].roll(1, 1)
    validation[8, :14] = validation[12, :14]
    validation[11] = 255 - training[9]
    validation[18] = validation[15]
    # First and last images that have not leaked, and then some that have, of both parts.
    return [(training.roll(k, 0), validation.roll(i, 0)) for k, i in ((2, 2), (15, 0))]


@task("01.9")
def leaks(leaked: Any) -> str:
    """The validation images that are in the training part, too."""
    n, m = 18, 24

    def same(one: Tensor, other: Tensor) -> Tensor:
        """For each pair of images, whether they are the same."""
        return (one[:, None] == other).flatten(2).all(dim=2)

    def right(t: Tensor, v: Tensor) -> Tensor:
        return same(t, v).any(dim=0)

    def padded(found: Tensor) -> Tensor:
        return torch.cat([found, torch.zeros(m - n, dtype=found.dtype)])

    def first(t: Tensor, v: Tensor) -> Tensor:
        """Right but for equal validation images, of which only the first is named."""
        return right(t, v) & ~same(v, v).triu(1).any(dim=0)

    def only(place: int) -> Any:
        return lambda t, v: torch.arange(m) == right(t, v).nonzero()[place]

    mistakes = {
        "These are the indices of the training images. Return those of the validation images.": [
            lambda t, v: padded(same(t, v).any(dim=1)),
            lambda t, v: padded(same(t, v).sum(dim=1)),
        ],
        "These are the images that have *not* leaked.": lambda t, v: ~right(t, v),
        "You compare an image only with the training image of the same index. Compare it with all "
        "of them.": lambda t, v: padded(same(t, v).diagonal()),
        "You name every image. In one that has leaked, all pixels agree with those of one training "
        "image: `.all`, not `.any`.": lambda t, v: (
            (t[:, None] == v).flatten(2).any(dim=2).any(dim=0)
        ),
        "You compare the sum (or the mean) of the pixels, which other images may "
        "share.": lambda t, v: (t.sum((1, 2))[:, None] == v.sum((1, 2))).any(dim=0),
        "You compare which pixels there are, but not where. Other images may have the same "
        "ones.": lambda t, v: right(*(one.flatten(1).sort().values[:, None] for one in (t, v))),
        "You compare a part of the pixels only. In a copy every pixel is the same.": [
            lambda t, v: right(t[:, :14], v[:, :14]),
            lambda t, v: right(t[:, 14:], v[:, 14:]),
        ],
        "It is enough for you if one row or one column is the same. In a copy all pixels are: "
        "`.flatten(start_dim=1)` comes before `.all(dim=1)`.": [
            lambda t, v: (t[:, None] == v).all(dim=2).any(dim=2).any(dim=0),
            lambda t, v: (t[:, None] == v).all(dim=3).any(dim=2).any(dim=0),
        ],
        "You leave out the first or the last validation image.": [
            lambda t, v: right(t, v) & (torch.arange(m) > 0),
            lambda t, v: right(t, v) & (torch.arange(m) < m - 1),
        ],
        "You leave out the first or the last training image.": [
            lambda t, v: right(t[1:], v),
            lambda t, v: right(t[:-1], v),
        ],
        "There are more validation images than training images. Go through all of "
        "them.": lambda t, v: right(t, v) & (torch.arange(m) < n),
        "You name images that differ from a training image in one or two pixels, by 1. In a copy "
        "every pixel is the same.": lambda t, v: (
            ((t[:, None].int() - v).abs().flatten(2) < 2).all(dim=2).any(dim=0)
        ),
        "These images occur twice in `validation`. Compare them with `training`.": lambda t, v: (
            same(v, v).sum(dim=0) > 1
        ),
        "You name the first one only. Does a `return` or a `break` end the loop?": only(0),
        "You count from 1. The index of the first image is 0.": lambda t, v: right(t, v).roll(1),
        "An image with two copies in `training` is named twice. Each index should occur "
        "once.": lambda t, v: same(t, v).sum(dim=0),
        "An image with two copies in `training` has leaked, too. You leave it out.": lambda t, v: (
            same(t, v).sum(dim=0) == 1
        ),
        "Two of the validation images are the same, and both have leaked. You name only one of "
        "them.": [first, lambda t, v: first(t, v.flip(0)).flip(0)],
        "You return a 0 or 1 for each image. Return the indices where there is a 1.": lambda t, v: (
            torch.bincount(right(t, v).long(), minlength=m)
        ),
        "You ask whether a pixel agrees in all training images. First ask of each of them whether "
        "all its pixels agree: `.all(dim=1)`.": lambda t, v: (
            (t[:, None] == v).flatten(2).all(dim=0).any(dim=1)
        ),
        "Each pixel has to agree with the same training image. In some that you name, one part "
        "is from one image and the rest from another. First `.all` for each training image, then "
        "`.any`.": [
            lambda t, v: (t[:, None] == v).any(dim=0).flatten(1).all(dim=1),
            lambda t, v: (t[:, None] == v).all(dim=2).any(dim=0).all(dim=1),
            lambda t, v: (t[:, None] == v).all(dim=3).any(dim=0).all(dim=1),
        ],
        "You find none, but several have leaked: one training image agrees with them in all "
        "pixels. (`in` for a set or a dictionary, and `==` for whole texts or objects, do not "
        "compare the pixels of a tensor.)": lambda t, v: torch.zeros(m),
    }

    def otherwise(t: Tensor, v: Tensor, given: Tensor, wanted: Tensor) -> str:
        i = int((given != wanted).nonzero()[0])
        agree = (t == v[i]).flatten(1).sum(dim=1)
        words = (
            f"has leaked, as training image {agree.argmax()} is the same; you name it {given[i]}"
        )
        if not wanted[i]:
            words = (
                f"has not leaked, but you name it. At most {agree.max()} of its 784 pixels agree"
            )
            words = f"{words} with those of a training image; in a copy all do, each at its place"
        return f"Validation image {i} {words}{' times, which should be 1' if wanted[i] else ''}."

    def convert(answer: Any) -> Tensor:
        """How often each index occurs."""
        return torch.bincount(_indices(answer, m), minlength=m)

    examine(leaked, lambda: with_leaks(n, m), right, mistakes, otherwise, convert=convert)
    clean = [(random_images(n), random_images(m))]
    words = "Here no image has leaked, so there is no index to return. You name {place}."

    def some(training: Tensor, validation: Tensor) -> Any:
        found = leaked(training, validation)
        words = f"Here no image has leaked, so return an empty list. Yours {described(found)}."
        refuse({words: found is None or isinstance(found, str | bool | int)})
        return found

    examine(some, lambda: clean, right, {}, words, convert=convert)
    return _flattery(leaked)


def _indices(answer: Any, n: int) -> Tensor:
    """The answer, if it is indices of n images; in a column, too, as `nonzero` gives them."""
    values = array(list(answer) if isinstance(answer, set) else answer)
    words = "Return the indices, in a row, but yours"
    refuse({f"{words} is one number.": values.ndim == 0})
    found = values.ravel()
    bad = [f"{i:g}" for i in found if i not in range(n)][:1]
    hints = {str(n): "Do you count from 1?"}
    if {*found.tolist()} == {-1}:
        hints["-1"] = "If none has leaked, return an empty list."
    hint = hints.get(bad[0], "") if bad else ""
    pairs = "Return one number for each image that has leaked: its own." if values.ndim > 1 else ""
    faults = {
        f"{words} have the shape {values.shape}. {pairs}": values.size
        and max(values.shape) != len(found),
        f"{''.join(bad)} is no index of a validation image: 0 to {n - 1} are. {hint}".strip(): bad,
    }
    refuse(faults)
    return torch.as_tensor(found).long()


def _flattery(leaked: Any) -> str:
    """How well noise is "read", with a leak and without it, found by the learner's function."""
    training, validation = (
        torch.randint(0, 256, (k, 28, 28), dtype=torch.uint8) for k in (200, 100)
    )
    labels, answers = torch.randint(0, 10, (200,)), torch.randint(0, 10, (100,))
    places = torch.randperm(100)[:30]
    validation[places], answers[places] = training[:30], labels[:30]
    distances = torch.cdist(validation.float().flatten(1), training.float().flatten(1))
    right = labels[distances.argmin(dim=1)] == answers
    found = _indices(leaked(training, validation), 100)
    honest, clean = torch.ones(2, 100, dtype=torch.bool)
    honest[found], clean[places] = False, False
    missed, others = (honest & ~clean).sum(), (~honest & clean).sum()
    words = (
        "With 200 training images and 100 validation images of noise, of which 30 have leaked, you "
        f"find {30 - missed} of these, and you name {others} others."
    )
    hint = "(A distance of floats is rounded, and seldom exactly 0.)"
    refuse({f"{words} {hint}": missed or others})
    return (
        f"On noise, with 30 of 100 images leaked, the reader is right for {right.sum()} of 100. "
        f"Without those that you found, it is right for {right[honest].sum()} of {honest.sum()}."
    )
