"""The checks of notebook 01, Data."""

from typing import Any

import torch
from torch import Tensor

from mnist_helpers._support import MEAN, STD, normalize

from .core import WrongAnswer, call, compare, number, task, tensor


def random_images(n: int) -> Tensor:
    """Images that are mostly paper, with some grey and some ink: uint8, ``(n, 28, 28)``."""
    images = torch.randint(1, 256, (n, 28, 28), dtype=torch.uint8)
    images[torch.rand(n, 28, 28) < 0.5 + 0.3 * torch.rand(())] = 0
    images[torch.rand(n, 28, 28) < 0.05] = 127
    return images


def share(condition: Tensor) -> float:
    """The fraction of a tensor's elements that are True."""
    return condition.double().mean().item()


@task("01.1")
def ink(ink_fraction: Any) -> str:
    """The fraction of pixels that are more ink than paper."""
    images = random_images(20)
    answer = number(call(ink_fraction, images.clone()))
    expected, grey = share(images > 127), images.double().mean().item()
    ink, not_paper = images > 127, share(images > 0)
    mistakes = {
        "This is the fraction of paper. In MNIST 0 is paper and 255 is ink.": 1 - expected,
        "You count what is below 127: paper. In MNIST 255 is ink.": share(images < 127),
        "This is how many pixels are ink. The fraction is their mean.": ink.sum(),
        "You count every pixel with a trace of ink. More ink than paper means: above "
        "127.": not_paper,
        "This is the mean of the pixels themselves. First ask of each: is it above 127? "
        "Then take the mean of the True and False.": grey,
        "This is the mean grey. First ask of each pixel: is it above 127? Then take the "
        "mean of the True and False.": grey / 255,
        "You count 127 as ink, but it is a little more paper than ink. "
        "Take what is above 127.": share(images >= 127),
        "This is a percentage. A fraction lies between 0 and 1.": 100 * expected,
    }
    otherwise = f"For 20 fresh images the fraction is {expected:.4f}; you say {answer:.4f}."
    compare(answer, expected, mistakes, otherwise, atol=1e-4)
    return "Most of a picture is paper, so a drawing must be cut out before a network reads it."


@task("01.2")
def frequent(always_the_same: Any) -> str:
    """The accuracy of always naming the most frequent digit."""
    digit = int(torch.randint(2, 9, ()))
    often, seldom = int(torch.randint(20, 60, ())), int(torch.randint(5, 15, ()))
    parts = [torch.arange(10), torch.full((often,), digit), torch.full((seldom,), 9 - digit)]
    labels = torch.cat(parts)
    labels = labels[torch.randperm(len(labels))]
    answer, expected = number(call(always_the_same, labels.clone())), share(labels == digit)
    mistakes = {
        "This is the most frequent digit itself. How often would it be right?": digit,
        "This is how often the digit occurs. Divide it by the number of labels.": often + 1,
        "A tenth is right only if all digits are equally frequent. Count them.": 0.1,
        "You count the rarest digit. Take the largest of the counts.": 1 / len(labels),
        "This is a percentage. An accuracy lies between 0 and 1.": 100 * expected,
        "This is how often it is wrong.": 1 - expected,
    }
    counts = torch.bincount(labels, minlength=10).tolist()
    otherwise = f"With the counts {counts} it is right for {expected:.4f}; you say {answer:.4f}."
    compare(answer, expected, mistakes, otherwise, atol=1e-4)
    return "Whoever reports an accuracy owes you this one as well: it takes no skill at all."


@task("01.3")
def scale(own_normalize: Any) -> str:
    """Pixels to a network's input."""
    n = int(torch.randint(3, 8, ()))
    images = random_images(n)
    shapes = {
        (n, 28, 28): "The channel axis is missing: `unsqueeze` inserts it.",
        (1, n, 28, 28): "The channel axis comes after the image axis, third from the end.",
        (n, 28, 28, 1): "The channel axis comes before row and column, third from the end.",
        (n, 28, 1, 28): "The channel axis comes before row and column, third from the end.",
    }
    answer = tensor(call(own_normalize, images.clone()), (n, 1, 28, 28), shapes)
    pixels = images.double()[:, None]
    parts, undivided = pixels / 255, (pixels - MEAN) / STD
    mistakes = {
        "You forgot to divide by 255: `MEAN` and `STD` belong to fractions of full ink.": undivided,
        "You stop at the fractions. Subtract `MEAN`, then divide by `STD`.": parts,
        "You forgot to divide by the standard deviation, `STD`.": parts - MEAN,
        "You forgot to subtract the mean, `MEAN`.": parts / STD,
        "You divide by `STD` before you subtract `MEAN`. It is the other way round, or the "
        "mean is not 0: mind the brackets.": parts / STD - MEAN,
        "You divide only `MEAN` by `STD`: mind the brackets.": parts - MEAN / STD,
        "You multiply with `STD`. Divide by it.": (parts - MEAN) * STD,
        "You add `MEAN`. Subtract it.": (parts + MEAN) / STD,
    }
    otherwise = (
        f"Paper should become {-MEAN / STD:.2f} and full ink {(1 - MEAN) / STD:.2f}; yours go from "
        f"{answer.min():.2f} to {answer.max():.2f}."
    )
    compare(answer, normalize(images), mistakes, otherwise)
    return "Forget one of these steps, and a network reads nonsense without any error message."


@task("01.4")
def averages(mean_images: Any) -> str:
    """The mean image of each digit."""
    labels = torch.cat([torch.arange(10), torch.randint(0, 10, (30,))])
    labels = labels[torch.randperm(40)]
    images = random_images(40)
    try:
        answer = call(mean_images, images.clone(), labels.clone())
    except RuntimeError as error:
        if "dtype" not in str(error):
            raise
        words = "The images are whole numbers (`uint8`), which have no mean."
        raise WrongAnswer(f"{words} Take `.float()` first.") from None
    shapes = {
        (28, 28): "This is the mean of all images. Make one for each digit, and stack them.",
        (10,): "You average over rows and columns, too. Only the images: `mean(dim=0)`.",
        (10, 28): "You average over one axis too many. Only the images: `mean(dim=0)`.",
        (40, 28, 28): "That is one for each image. Make one for each digit.",
    }
    answer = tensor(answer, (10, 28, 28), shapes)
    pixels = images.double()
    groups = [pixels[labels == digit] for digit in range(10)]
    sums = torch.stack([group.sum(dim=0) for group in groups])
    expected = torch.stack([group.mean(dim=0) for group in groups])
    firsts = torch.stack([group[0] for group in groups])
    mistakes = {
        "You add up the images of each digit. Divide by how many there are: the mean.": sums,
        "Each of your ten images is the mean of all digits. Pick those with the label "
        "first.": pixels.mean(dim=0).expand(10, 28, 28),
        "Each of your ten images is the first one of its digit. Average over all of them.": firsts,
        "You divide by 255. The pixels should stay between 0 and 255 here.": expected / 255,
        "You divide by the number of all images. Divide by the number of those with this "
        "digit.": sums / 40,
    }
    otherwise = "Your numbers are wrong: image 3 should be the mean of all images with the label 3."
    compare(answer, expected, mistakes, otherwise)
    return "Ten pictures now stand for thousands: that is a model, made without any training."


@task("01.5")
def closest(nearest: Any) -> str:
    """The digit whose mean image is closest."""
    means = torch.rand(10, 28, 28) * 255 * torch.linspace(0.3, 1, 10)[:, None, None]
    means = means[torch.randperm(10)]
    labels = torch.randint(0, 10, (23,))
    images = (means[labels] + 20 * torch.randn(23, 28, 28)).clamp(0, 255).to(torch.uint8)
    shapes = {
        (23, 10): "These are the distances. `argmin` finds the place of the smallest.",
        (10,): "You ask which image is closest to each mean. Ask along the other axis: `dim=1`.",
        (10, 28): "Lay each image out in one row first: `flatten(start_dim=1)`.",
        (23, 28): "Lay each image out in one row first: `flatten(start_dim=1)`.",
        (): "`argmin` needs the axis: one answer for each image, `dim=1`.",
    }
    answer = tensor(call(nearest, images.clone(), means.clone()), (23,), shapes)
    distances = torch.cdist(images.float().flatten(1), means.flatten(1))
    mistakes = {
        "You name the digit that is farthest away. Take `argmin`, the place of the "
        "smallest.": distances.argmax(dim=1),
        "These are the smallest distances. Which digit do they belong to? `argmin` gives the "
        "place, `min` the number.": distances.min(dim=1).values,
    }
    otherwise = (
        f"You name {(answer == labels).sum()} of 23 digits. Take the squared differences of all "
        "pixels, add them up, and name the mean image with the smallest sum."
    )
    compare(answer, labels, mistakes, otherwise)
    return "You read digits without a neural network: every network has to beat this baseline."
