"""Is this a model, a loader, a batch, an answer? If it is not, a sentence says what to do.

The functions look at what they are given, never at the words of an error, which change.
"""

import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import BatchSampler, DataLoader, Dataset, default_collate

BATCHES = "Give batches of it: batch_loader(dataset), or DataLoader(dataset, batch_size=128)."


class MistakeError(ValueError):
    """What was given cannot be used; the message says why and what to do."""


def checked_batches(loader: Iterable[Any]) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of a loader, each a pair of images and labels; MistakeError if one is not."""
    try:
        for batch in loader:
            check_batch(batch)
            yield batch
    except MistakeError:
        raise
    except Exception as error:
        if why := _explain_loader(loader):
            raise MistakeError(why) from error
        raise


def kind_of(value: Any) -> str:
    """What a value is, in a word or two."""
    if value is None or isinstance(value, type):
        return "None" if value is None else f"the class {value.__name__}"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' or name == 'ndarray' else 'a'} {name}"


def check_model(model: Any) -> None:
    """Raise MistakeError if something is not a model but, for example, its class."""
    if isinstance(model, type):
        name = model.__name__
        raise MistakeError(f"{name} is a class. Make a network from it: {name}().")
    if not isinstance(model, nn.Module):
        cure = ""
        if isinstance(model, str | Path):
            cure = " Read it from the file first, with load_weights or DigitRecognizer.load."
        elif type(model).__module__.split(".")[0] in ("keras", "tensorflow"):
            cure = " That is Keras's; notebook 10 shows how PyTorch code can use its model."
        raise MistakeError(f"The model must be a torch.nn.Module, not {kind_of(model)}.{cure}")


def check_answer(answer: Any, n: int) -> None:
    """Raise MistakeError unless a model's answer to ``n`` images has shape ``(n, classes)``."""
    if not isinstance(answer, Tensor):
        cure = "Does forward end with a return?" if answer is None else "It must be one tensor."
        raise MistakeError(f"The model returned {kind_of(answer)}, not its logits. {cure}")
    if answer.ndim == 2 and len(answer) == n:
        return
    flatten = " Is a flatten missing?" if answer.ndim > 2 else ""
    raise MistakeError(
        f"The model answered with shape {tuple(answer.shape)}, but for {n} images it must be "
        f"({n}, 10): one row of 10 numbers per image.{flatten}"
    )


def check_labels(logits: Tensor, labels: Tensor) -> None:
    """Raise MistakeError if there is a label for which logits, ``(n, classes)``, have no place."""
    if len(labels) == 0:  # one process's share of a small batch
        return
    classes, low, high = logits.shape[1], int(labels.min()), int(labels.max())
    if low < 0 or high >= classes:
        cure = " Labels from 1 to 10 need labels - 1." if low > 0 and high == classes == 10 else ""
        raise MistakeError(
            f"There is a label {low if low < 0 else high}, but the model gives {classes} numbers "
            f"per image, which stand for the labels from 0 to {classes - 1}. For the ten digits, "
            f"labels go from 0 to 9, and the model's last layer needs 10 outputs.{cure}"
        )


def are_probabilities(answer: Tensor) -> bool:
    """Whether a model's answer, ``(n, classes)``, has gone through softmax already."""
    sums = answer.detach().float().sum(dim=1)
    return bool(answer.min() >= 0 and torch.allclose(sums, torch.ones_like(sums), atol=1e-3))


def warn_of_answer(logits: Tensor, labels: Tensor, images: Tensor) -> None:
    """Warn if a model's first answers show that something will not be learned as it was meant."""
    classes, high = logits.shape[1], int(labels.max())
    if high < 10 < classes:
        warnings.warn(
            f"The model gives {classes} numbers per image, but the labels end at {high}. For the "
            "ten digits, its last layer needs 10 outputs.",
            stacklevel=4,
        )
    if are_probabilities(logits):
        warnings.warn(
            "The model's outputs look like probabilities. cross_entropy applies softmax itself, so "
            "leave softmax out of the model, or it will learn slowly.",
            stacklevel=4,
        )
    if 100 < (ink := float(images.max())) < 300:  # a model may scale its images itself
        loss = float(F.cross_entropy(logits.detach().float(), labels.to(logits.device)))
        guessing = math.log(classes)
        if loss > 1.3 * guessing:
            warnings.warn(
                f"The images have values up to {ink:g}, and the first loss is {loss:.1f}, though "
                f"mere guessing has {guessing:.1f}. Unless the model scales its images, use "
                "images / 255.",
                stacklevel=4,
            )


def check_scores(logits: Tensor) -> None:
    """Raise MistakeError, or warn, if a model's answers, ``(n, classes)``, are no logits."""
    if not logits.isfinite().all():
        raise MistakeError("The model's answers are NaN or infinite: its weights cannot be used.")
    if are_probabilities(logits):
        warnings.warn(
            "The model gives probabilities, as softmax does, but logits are needed: the accuracy "
            "is right, the confidence is not. Leave out the softmax at the model's end.",
            stacklevel=3,
        )


def check_dataset(dataset: Any) -> None:
    """Raise MistakeError if something is no dataset, but for example a loader or its images."""
    cure = None
    if isinstance(dataset, DataLoader):
        cure = "Give the loader's, which is loader.dataset."
    elif isinstance(dataset, Tensor | np.ndarray):
        cure = "Put images and labels into one, as tensors: TensorDataset(images, labels)."
    elif _has_parts(dataset):
        cure = "Give one of its parts, such as data.train."
    if cure:
        raise MistakeError(f"A dataset is needed here, but this is {kind_of(dataset)}. {cure}")


def check_digits(images: Any, labels: Any) -> None:
    """Raise ValueError unless these are tensors that a DigitDataset can hold."""
    if not isinstance(images, Tensor) or not isinstance(labels, Tensor):
        raise ValueError("A DigitDataset holds tensors; DigitDataset.from_numpy takes arrays.")
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        raise ValueError(
            f"A DigitDataset needs images of shape (n, 28, 28) and n labels, got "
            f"{tuple(images.shape)} and {tuple(labels.shape)}."
        )
    if images.is_floating_point() and images.numel() and 0 < (high := float(images.max())) <= 3:
        raise ValueError(f"The images must go from 0 to 255, as uint8, but end at {high:g}.")


def _has_parts(data: Any) -> bool:
    """Whether data is a DigitData, which holds two datasets."""
    return isinstance(getattr(data, "train", None), Dataset)


def check_loader(loader: Any, what: str, counted: bool) -> None:
    """Raise MistakeError if no batches can come out of a loader.

    ``what`` names it, and ``counted`` says whether it must know how many batches it has.
    """
    if isinstance(loader, Dataset):
        raise MistakeError(f"{what} is a dataset, which gives one image at a time. {BATCHES}")
    whole = loader[:1] if isinstance(loader, list | tuple) else [loader]
    if any(isinstance(one, Tensor | np.ndarray) for one in whole):
        raise MistakeError(
            f"{what} is made of tensors or arrays, not of batches. Put them into a dataset, as "
            f"tensors: TensorDataset(images, labels). {BATCHES}"
        )
    if isinstance(loader, type | str | Mapping) or not hasattr(loader, "__iter__"):
        cure = " Give those of a part: batch_loader(data.train)." if _has_parts(loader) else ""
        raise MistakeError(
            f"{what} must give batches (images, labels), but is {kind_of(loader)}.{cure}"
        )
    if isinstance(loader, Iterator):
        raise MistakeError(
            f"{what} can be read only once. Give a loader that can be read in every epoch, and "
            "that knows its number of batches, len(loader)."
        )
    try:
        number = len(loader)
    except TypeError:
        if counted:
            words = f"{what} must know how many batches it has: len(loader)."
            raise MistakeError(words) from None
        return
    if number == 0:
        why = "the dataset is empty"
        if len(getattr(loader, "dataset", ())):
            why = "drop_last leaves out all images, because they are too few for one batch"
        raise MistakeError(f"{what} has no batches: {why}.")


def _explain_loader(loader: Any) -> str | None:
    """Why a DataLoader, which has failed, cannot make batches, if its first items say so."""
    try:
        dataset = loader.dataset
        firsts = [dataset[i][0] for i in range(min(len(dataset), 16))]
    except Exception:  # the dataset's own
        return None
    if loader.collate_fn is default_collate:
        if any(type(first).__module__.startswith("PIL.") for first in firsts):
            return (
                "The dataset gives pictures, not tensors. Turn them into tensors in the dataset, "
                "for example with transform=transforms.ToTensor()."
            )
        sizes = {tuple(first.shape) for first in firsts if isinstance(first, Tensor)}
        if len(sizes) > 1:
            one, other, *_ = sorted(sizes)
            return f"The images differ in shape, {one} and {other}. Resize them to one size."
    elif loader.batch_size is None and isinstance(loader.sampler, BatchSampler):
        try:
            dataset[[0]]
        except Exception:
            return (
                f"batch_loader takes whole batches from memory, which a {type(dataset).__name__} "
                "does not give. Use DataLoader(dataset, batch_size=128) for it, or a "
                "TensorDataset(images, labels)."
            )
    return None


def check_batch(batch: Any) -> None:
    """Raise MistakeError unless a batch is images, floats, and labels, integers ``(n,)``."""
    wanted = "The loader must give pairs of tensors (images, labels), but gave"
    if not isinstance(batch, list | tuple) or len(batch) != 2:
        gave = kind_of(batch)
        if isinstance(batch, Mapping):
            gave = f"a dictionary with {', '.join(map(repr, batch))}"
        elif isinstance(batch, list | tuple):
            gave = f"{len(batch)} things"
        raise MistakeError(f"{wanted} {gave}. Let the dataset return these two.")
    images, labels = batch
    alone = labels.ndim == 0 if isinstance(labels, Tensor) else isinstance(labels, int)
    if isinstance(images, Tensor) and images.ndim <= 3 and alone:
        raise MistakeError(f"The loader gives one image at a time, as a dataset does. {BATCHES}")
    if not isinstance(images, Tensor) or not isinstance(labels, Tensor):
        cure = "Turn pictures into tensors in the dataset, for example with transforms.ToTensor()."
        if isinstance(images, np.ndarray):
            cure = "Turn arrays into tensors with torch.from_numpy(...)."
        elif isinstance(images, Tensor):
            cure = "Each label must be a whole number, so that they become one tensor."
        raise MistakeError(f"{wanted} ({kind_of(images)}, {kind_of(labels)}). {cure}")
    if images.ndim < 2 < labels.ndim:
        raise MistakeError("The loader gives (labels, images). It must give (images, labels).")
    if not images.is_floating_point():
        # normalize adds the channel axis, which these may have already.
        either = "normalize(images), or " if images.ndim == 3 else ""
        raise MistakeError(
            f"The images are {images.dtype}, but a network computes with fractions. "
            f"Use {either}images.float() / 255."
        )
    if labels.ndim != 1:
        one = labels.shape[1:].numel() == 1
        cure = "Use labels.flatten()." if one else "From one-hot rows, take labels.argmax(dim=1)."
        raise MistakeError(
            f"The labels have shape {tuple(labels.shape)}, but there must be one number per "
            f"image, shape (n,). {cure}"
        )
    if labels.dtype not in (torch.int64, torch.uint8):  # what cross_entropy takes
        raise MistakeError(
            f"The labels are {labels.dtype}, but a label is the number of a class: a whole number, "
            "as torch.int64. Use labels.long()."
        )
    if len(images) != len(labels):
        raise MistakeError(f"The batch has {len(images)} images, but {len(labels)} labels.")
