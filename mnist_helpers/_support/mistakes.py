"""Mistakes that can be seen in a model, a loader or a batch, each named in a sentence.

The functions look at what they are given, never at the words of an error, which change.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import BatchSampler, Dataset, default_collate

from mnist_helpers._support.explaining import explain_call

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


def call_explained(call: Callable[[Tensor], Any], images: Tensor) -> Any:
    """What a model or another function gives for a batch; MistakeError if it is clear why not."""
    try:
        return call(images)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        if why := explain_call(call, images):
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
        raise MistakeError(f"The model must be a torch.nn.Module, not {kind_of(model)}.")


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
    classes, low, high = logits.shape[1], int(labels.min()), int(labels.max())
    if low < 0 or high >= classes:
        raise MistakeError(
            f"There is a label {low if low < 0 else high}, but the model gives {classes} numbers "
            f"per image, which stand for the labels from 0 to {classes - 1}. For the ten digits, "
            "labels go from 0 to 9, and the model's last layer needs 10 outputs."
        )


def change_batch(change: Callable[[Tensor], Any], images: Tensor) -> Tensor:
    """The batch that a function makes of one; MistakeError unless it is as long."""
    changed = call_explained(change, images)
    if not isinstance(changed, Tensor) or changed.shape[:1] != images.shape[:1]:
        what = tuple(changed.shape) if isinstance(changed, Tensor) else kind_of(changed)
        raise MistakeError(f"augment must return {len(images)} images, but returned {what}.")
    return changed


def are_probabilities(answer: Tensor) -> bool:
    """Whether a model's answer, ``(n, classes)``, has gone through softmax already."""
    sums = answer.detach().float().sum(dim=1)
    return bool(answer.min() >= 0 and torch.allclose(sums, torch.ones_like(sums), atol=1e-3))


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
        raise MistakeError(f"{what} must give batches (images, labels), but is {kind_of(loader)}.")
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
    if number > 0:
        return
    if len(getattr(loader, "dataset", ())):
        words = "drop_last leaves out all images, because they are too few for one batch"
        raise MistakeError(f"{what} has no batches: {words}.")
    raise MistakeError(f"{what} has no batches: the dataset is empty.")


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
                "does not give. Use DataLoader(dataset, batch_size=128) for it."
            )
    return None


def check_batch(batch: Any) -> None:
    """Raise MistakeError unless a batch is images, floats, and labels, int64 of shape ``(n,)``."""
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
        raise MistakeError(
            f"The images are {images.dtype}, but a network computes with fractions. "
            "Use normalize(images), or images.float() / 255."
        )
    if labels.ndim != 1:
        one = labels.shape[1:].numel() == 1
        cure = "Use labels.flatten()." if one else "From one-hot rows, take labels.argmax(dim=1)."
        raise MistakeError(
            f"The labels have shape {tuple(labels.shape)}, but there must be one number per "
            f"image, shape (n,). {cure}"
        )
    if labels.dtype != torch.int64:
        raise MistakeError(
            f"The labels are {labels.dtype}, but a label is the number of a class: a whole number, "
            "as torch.int64. Use labels.long()."
        )
    if len(images) != len(labels):
        raise MistakeError(f"The batch has {len(images)} images, but {len(labels)} labels.")
