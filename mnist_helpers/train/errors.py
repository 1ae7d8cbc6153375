"""The usual mistakes of a first training run, each named in a sentence."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from torch import Tensor

from mnist_helpers._support import (
    MistakeError,
    check_answer,
    check_labels,
    check_loader,
    check_model,
    kind_of,
    warn_of_answer,
)
from mnist_helpers.train.history import EarlyStopping, History


class TrainingError(MistakeError):
    """Training cannot go on; the message says what is wrong and what to do."""


def check_arguments(model: Any, train_loader: Any, validation_loader: Any, **others: Any) -> None:
    """Raise TrainingError if `fit` cannot begin with these arguments; ``others`` have its names."""
    check_model(model)
    trained = [weight.requires_grad for weight in model.parameters()]
    if not any(trained):
        why = "has no weights. A list of layers must be an nn.ModuleList."
        why = "is frozen. Call model.requires_grad_(True)." if trained else why
        raise TrainingError(f"There is nothing to learn, because the model {why}")
    check_loader(train_loader, "The training loader", counted=True)
    if validation_loader is not None:
        check_loader(validation_loader, "The validation loader", counted=False)
    seed, rate, epochs = others["seed"], others["learning_rate"], others["epochs"]
    stopping, reporters = others["early_stopping"], others["reporters"] or []
    listed = _is(list | tuple, reporters) and all(
        _is(object, one) and hasattr(one, "on_batch") for one in reporters
    )
    rules = {
        "epochs": (_is(Integral, epochs) and epochs >= 1, "at least 1, and a whole number"),
        "learning_rate": (_is(Real, rate) and 0 < rate < math.inf, "above 0, such as 0.01"),
        "seed": (_is(Integral, seed) and 0 <= seed < 2**32, "a whole number from 0 to 2**32 - 1"),
        "augment": (_is(Callable | None, others["augment"]), "a function of a batch of images"),
        "tuning": (hasattr(others["tuning"], "make_optimizer"), "Tuning(...)"),
        "early_stopping": (_is(EarlyStopping | None, stopping), "EarlyStopping(...)"),
        "reporters": (listed, "a list of objects such as LiveCurve(), not of classes"),
        "checkpoint": (_is(str | Path | None, others["checkpoint"]), "the name of a file"),
    }
    for name, (is_right, wanted) in rules.items():
        if not is_right:
            value = others[name]
            got = repr(value) if isinstance(value, str | Real) else kind_of(value)
            got += f" of {', '.join(map(kind_of, value))}" if isinstance(value, list) else ""
            raise TrainingError(f"{name} must be {wanted}, got {got}.")
    if stopping and stopping.metric.startswith("val") and validation_loader is None:
        raise TrainingError("Early stopping on a validation metric needs a validation_loader.")
    if others["resume"] and others["checkpoint"] is None:
        raise TrainingError("To resume, name the checkpoint file to go on from.")


def _is(kind: Any, value: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool | type)


@contextmanager
def training_errors(where: str = "") -> Iterator[None]:
    """Turn mistakes that others find into TrainingErrors, which begin with where they were."""
    try:
        yield
    except MistakeError as error:
        if isinstance(error, TrainingError) and not where:
            raise
        raise TrainingError(f"{where}{error}") from error.__cause__


def check_logits(logits: Any, labels: Tensor, images: Tensor, first: bool) -> None:
    """Raise TrainingError, or warn, if a model's answer does not fit the labels, ``(n,)``.

    Labels on a GPU, where looking means waiting, are looked at in the ``first`` batch only, and so
    is what cannot change later.
    """
    check_answer(logits, len(labels))
    if first or labels.device.type == "cpu":
        check_labels(logits, labels)
    if not first:
        return
    if not logits.requires_grad:
        why = "The model's answer has no gradient, so it cannot learn. Is there a detach(), a "
        raise TrainingError(f"{why}no_grad() or rounding in forward, or a no_grad() around fit?")
    warn_of_answer(logits, labels, images)


def explain_bad_loss(loss: float, images: Tensor, history: History) -> TrainingError:
    """The error for a loss that is NaN or infinite, from the batch that gave it."""
    done = len(history.epochs)
    batch = len(history.batch_loss) - done * history.batches_per_epoch + 1
    if not images.isfinite().all():
        why = ", because the images hold NaN or infinite values."
    elif not history.batch_loss:
        why = (
            ", before the model has learned anything. Look in the model for a division by zero, a "
            "logarithm of zero or weights that are NaN; the largest value in the images is "
            f"{images.abs().max():g}."
        )
    else:
        why = (
            ": the training ran away. The usual cause is a learning rate that is too high, so try "
            "a tenth of it. Others are a division by zero or a logarithm of zero in the model."
        )
    return TrainingError(f"The loss became {loss} in epoch {done + 1}, batch {batch}{why}")
