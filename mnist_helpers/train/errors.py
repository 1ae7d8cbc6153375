"""The usual mistakes of a first training run, each named in a sentence."""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from mnist_helpers.train.history import History


class TrainingError(ValueError):
    """Training cannot go on; the message says what is wrong and what to do."""


def check_arguments(loader: DataLoader, epochs: int, learning_rate: float) -> None:
    """Raise TrainingError if training cannot begin with these arguments."""
    if epochs < 1:
        raise TrainingError(f"epochs must be at least 1, got {epochs}.")
    if not 0 < learning_rate < math.inf:
        raise TrainingError(f"learning_rate must be above 0, got {learning_rate}.")
    if not hasattr(loader, "__len__"):
        raise TrainingError("The training loader must know how many batches it has: len(loader).")
    if len(loader) == 0:
        raise TrainingError("The training loader has no batches: the dataset is empty.")


def check_batch(images: Tensor, labels: Tensor) -> None:
    """Raise TrainingError unless images are floats, and labels integers of shape ``(n,)``."""
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


@contextmanager
def explain_failure(images: Tensor) -> Iterator[None]:
    """Turn an error in a model's ``forward`` into a TrainingError if it is a usual mistake."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        text, shape = str(error), tuple(images.shape)
        of_torch = isinstance(error, RuntimeError)
        if of_torch and ("device" in text or ("Input type" in text and "weight type" in text)):
            raise TrainingError(
                f"Two tensors are in different places: the batch is on '{images.device}', but "
                "something that the model uses is not. Make such tensors in forward with "
                "device=images.device, or register them with register_buffer."
            ) from error
        if images.ndim == 3:
            raise TrainingError(
                f"The images have shape {shape}: the channel axis is missing. A convolution takes "
                f"(n, 1, 28, 28). Use images.unsqueeze(1). (The model said: {text})"
            ) from error
        if "mat1 and mat2" in text:
            raise TrainingError(
                "A linear layer gets a different number of values than it expects. Print x.shape "
                f"just before it, and give nn.Linear that number. (The model said: {text})"
            ) from error
        raise


def check_logits(logits: Tensor, labels: Tensor) -> None:
    """Raise TrainingError, or warn, if a model's logits do not fit the labels, shape ``(n,)``."""
    if logits.ndim != 2 or len(logits) != len(labels):
        raise TrainingError(
            f"The model answered with shape {tuple(logits.shape)}, but for {len(labels)} images it "
            f"must be ({len(labels)}, 10): one row of 10 numbers per image. Is a flatten missing?"
        )
    classes, low, high = logits.shape[1], int(labels.min()), int(labels.max())
    if low < 0 or high >= classes:
        raise TrainingError(
            f"There is a label {low if low < 0 else high}, but the model gives {classes} numbers "
            f"per image, which stand for the labels from 0 to {classes - 1}. For the ten digits, "
            "labels go from 0 to 9, and the model's last layer needs 10 outputs."
        )
    if high < 10 < classes:
        warnings.warn(
            f"The model gives {classes} numbers per image, but the labels end at {high}. For the "
            "ten digits, its last layer needs 10 outputs.",
            stacklevel=3,
        )
    sums = logits.detach().sum(dim=1)
    if logits.min() >= 0 and torch.allclose(sums, torch.ones_like(sums), atol=1e-3):
        warnings.warn(
            "The model's outputs look like probabilities. cross_entropy applies softmax itself, so "
            "leave softmax out of the model, or it will learn slowly.",
            stacklevel=3,
        )


def explain_bad_loss(loss: float, images: Tensor, history: History) -> TrainingError:
    """The error for a loss that is NaN or infinite, from the batch that gave it."""
    done = len(history.epochs)
    batch = len(history.batch_loss) - done * history.batches_per_epoch + 1
    where = f"The loss became {loss} in epoch {done + 1}, batch {batch}"
    if not torch.isfinite(images).all():
        return TrainingError(f"{where}, because the images hold NaN or infinite values.")
    return TrainingError(
        f"{where}: the training ran away. The usual cause is a learning rate that is too high, so "
        "try a tenth of it. Others are a division by zero or a logarithm of zero in the model."
    )
