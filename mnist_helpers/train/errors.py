"""The usual mistakes of a first training run, each named in a sentence."""

import math
import warnings
from collections.abc import Collection

import torch
from torch import Tensor
from torch.utils.data import DataLoader


class TrainingError(ValueError):
    """Training cannot go on; the message says what is wrong and what to do."""


def check_arguments(
    loader: DataLoader,
    epochs: int,
    learning_rate: float,
    betas: tuple[float, float] | None,
    **choices: tuple[str, Collection[str]],
) -> None:
    """Raise TrainingError if a training run cannot begin.

    Args:
        loader: gives the training batches.
        epochs: how often to go through them.
        learning_rate: the highest one.
        betas: of the optimizer; None if it keeps its own.
        choices: for each argument that takes one of several words: the word, and what it may be.
    """
    if epochs < 1:
        raise TrainingError(f"epochs must be at least 1, got {epochs}.")
    if not 0 < learning_rate < math.inf:
        raise TrainingError(f"learning_rate must be above 0, got {learning_rate}.")
    if betas is not None and not (len(betas) == 2 and all(0 <= beta < 1 for beta in betas)):
        raise TrainingError(f"betas must be two numbers from 0 to below 1, got {betas}.")
    for name, (word, words) in choices.items():
        if word not in words:
            raise TrainingError(f"{name} must be one of {list(words)}, got {word!r}.")
    if not hasattr(loader, "__len__"):
        raise TrainingError("The training loader must know how many batches it has: len(loader).")
    if len(loader) == 0:
        raise TrainingError("The training loader has no batches: the dataset is empty.")


def check_batch(images: Tensor, labels: Tensor) -> None:
    """Raise TrainingError if a batch cannot be learned from.

    Args:
        images: float32, shape ``(n, 1, 28, 28)`` (or what the model takes).
        labels: int64, shape ``(n,)``.
    """
    if not isinstance(images, Tensor) or not isinstance(labels, Tensor):
        raise TrainingError(
            "The loader must give pairs of tensors (images, labels), but gave "
            f"({type(images).__name__}, {type(labels).__name__}). "
            "Turn pictures into tensors in the dataset, for example with transforms.ToTensor()."
        )
    if not images.is_floating_point():
        raise TrainingError(
            f"The images are {images.dtype}, but a network computes with fractions. "
            "Use normalize(images), or images.float() / 255."
        )
    if labels.is_floating_point():
        raise TrainingError(
            f"The labels are {labels.dtype}, but a label is the number of a class: "
            "a whole number. Use labels.long()."
        )
    if labels.ndim != 1:
        raise TrainingError(
            f"The labels have shape {tuple(labels.shape)}, but there must be one number per "
            "image, shape (n,). From one-hot rows, take labels.argmax(dim=1)."
        )
    if len(images) != len(labels):
        raise TrainingError(f"The batch has {len(images)} images, but {len(labels)} labels.")


def explain_failure(error: RuntimeError | ValueError, images: Tensor) -> TrainingError | None:
    """The mistake behind an error in the model's ``forward``, if it is one of the usual ones.

    Args:
        error: what the model raised.
        images: the batch that it was given.

    Returns:
        The error to raise instead, or None.
    """
    text = str(error)
    shape = tuple(images.shape)
    of_torch = isinstance(error, RuntimeError)
    if of_torch and ("device" in text or ("Input type" in text and "weight type" in text)):
        return TrainingError(
            f"Two tensors are in different places: the batch is on '{images.device}', but "
            "something that the model uses is not. Make such tensors in forward with "
            "device=images.device, or register them with register_buffer."
        )
    if images.ndim == 3:
        return TrainingError(
            f"The images have shape {shape}: the channel axis is missing. A convolution takes "
            f"(n, 1, 28, 28). Use images.unsqueeze(1). (The model said: {text})"
        )
    if "mat1 and mat2" in text:
        return TrainingError(
            "A linear layer gets another number of values than it was made for. Print x.shape "
            f"just before it, and give nn.Linear that number. (The model said: {text})"
        )
    return None


def check_logits(logits: Tensor, labels: Tensor, classes: int) -> None:
    """Raise TrainingError if what a model answered does not fit the labels.

    Args:
        logits: the model's answer; should have shape ``(n, classes)``.
        labels: int64, shape ``(n,)``.
        classes: how many classes there are.
    """
    shape = tuple(logits.shape)
    if logits.ndim != 2 or len(logits) != len(labels):
        raise TrainingError(
            f"The model answered with shape {shape}, but for {len(labels)} images it must be "
            f"({len(labels)}, {classes}): one row per image. Is a flatten missing?"
        )
    if shape[1] != classes:
        raise TrainingError(
            f"The model gives {shape[1]} numbers per image, but there are {classes} classes. "
            f"Its last layer needs {classes} outputs."
        )
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= classes:
        wrong = low if low < 0 else high
        raise TrainingError(
            f"There is a label {wrong}, but with {classes} classes labels go from 0 to "
            f"{classes - 1}."
        )


def warn_if_probabilities(logits: Tensor) -> None:
    """Warn if a model seems to apply softmax itself, which makes it learn slowly."""
    sums = logits.detach().sum(dim=1)
    if logits.min() >= 0 and torch.allclose(sums, torch.ones_like(sums), atol=1e-3):
        warnings.warn(
            "The model's outputs look like probabilities. cross_entropy applies softmax itself: "
            "leave softmax out of the model, or it will learn slowly.",
            stacklevel=3,
        )


def explain_bad_loss(loss: float, images: Tensor, epoch: int, batch: int) -> TrainingError:
    """The error for a loss that is NaN or infinite.

    Args:
        loss: the loss.
        images: the batch that gave it.
        epoch: counted from 1.
        batch: counted from 1.
    """
    where = f"The loss became {loss} in epoch {epoch}, batch {batch}"
    if not torch.isfinite(images).all():
        return TrainingError(f"{where}, because the images hold NaN or infinite values.")
    return TrainingError(
        f"{where}: the training ran away. The usual cause is a learning rate that is too high: "
        "try a tenth of it. Others are a division by zero or a logarithm of zero in the model."
    )
