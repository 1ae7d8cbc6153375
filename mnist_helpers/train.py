"""Training: the loop, early stopping, checkpoints, and going on after an interruption."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import ConstantLR, LRScheduler, OneCycleLR
from torch.utils.data import DataLoader

from mnist_helpers.checkpoint import load_checkpoint, save_checkpoint
from mnist_helpers.history import EarlyStopping, History
from mnist_helpers.mistakes import (
    TrainingError,
    check_batch,
    check_logits,
    explain_bad_loss,
    explain_failure,
    warn_if_probabilities,
)
from mnist_helpers.model import compute_logits
from mnist_helpers.reporters import ProgressReporter, Reporter
from mnist_helpers.runtime import pick_device, seed_everything

__all__ = ["EarlyStopping", "History", "TrainingError", "fit", "pick_device", "seed_everything"]

OPTIMIZERS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
SCHEDULES = ("one-cycle", "constant")


def fit(
    model: nn.Module,
    train_loader: DataLoader,
    validation_loader: DataLoader | None = None,
    *,
    epochs: int = 6,
    learning_rate: float = 0.01,
    weight_decay: float = 0.01,
    optimizer: str = "adamw",
    schedule: str = "one-cycle",
    augment: Callable[[Tensor], Tensor] | None = None,
    early_stopping: EarlyStopping | None = None,
    classes: int = 10,
    seed: int = 0,
    device: str | torch.device | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    reporters: Sequence[Reporter] | None = None,
) -> History:
    """Train a model with cross-entropy. It is changed in place and stays on the device.

    Same seed, same machine, same result. A run that was stopped (Ctrl-C, a crash, a lost battery)
    and goes on with ``resume`` ends with the weights of an uninterrupted one; on a CPU, bit for
    bit.

    Args:
        model: takes a batch of images and returns logits, shape ``(n, classes)``.
        train_loader: gives batches ``(images, labels)``: float32, and int64 of shape ``(n,)``.
        validation_loader: the same, from images that are not trained on.
        epochs: how often to go through the training data.
        learning_rate: of the optimizer; with ``"one-cycle"`` the highest that is reached.
        weight_decay: of the optimizer.
        optimizer: ``"adamw"`` or ``"adam"``.
        schedule: ``"one-cycle"`` (up, then down to almost nothing) or ``"constant"``.
        augment: changes each training batch, for example `augment.random_shift`.
        early_stopping: when to stop, and then go back to the best weights.
        classes: how many classes there are.
        seed: of the order of the images, of dropout and of ``augment``. The weights that the model
            starts with are drawn when it is made: call `seed_everything` before.
        device: where to compute; by default an accelerator if there is one.
        checkpoint: a file that holds the whole state after each epoch.
        resume: go on from ``checkpoint`` if it is there.
        reporters: who is told how it goes; by default a `ProgressReporter`.

    Returns:
        What happened, batch by batch and epoch by epoch.

    Raises:
        TrainingError: for the usual mistakes, each named in a sentence.
        KeyboardInterrupt: on Ctrl-C, saying how to go on.
    """
    _check_arguments(train_loader, epochs, learning_rate, optimizer, schedule)
    if early_stopping and early_stopping.metric.startswith("val") and validation_loader is None:
        raise TrainingError("Early stopping on a validation metric needs a validation_loader.")
    if resume and checkpoint is None:
        raise TrainingError("To resume, name the checkpoint file to go on from.")
    device = pick_device(device)
    seed_everything(seed)
    run = _Run(model.to(device), train_loader, device, classes, augment)
    run.prepare(OPTIMIZERS[optimizer], schedule, learning_rate, weight_decay, epochs)
    settings = {
        "batches_per_epoch": len(train_loader),
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "weight_decay": weight_decay,
        "schedule": schedule,
        # A schedule that ends makes the number of epochs part of every step.
        "epochs": epochs if schedule == "one-cycle" else None,
        "early_stopping": str(early_stopping),
        "seed": seed,
    }
    history = History(planned_epochs=epochs, batches_per_epoch=len(train_loader))
    best: dict[str, Tensor] = {}
    if resume and Path(checkpoint).exists():
        history, best = load_checkpoint(checkpoint, settings=settings, **run.state)
        history.planned_epochs = epochs
    reporters = [ProgressReporter()] if reporters is None else reporters
    for reporter in reporters:
        reporter.on_start(history)
    try:
        while not _is_over(history, early_stopping):
            metrics = run.train_epoch(history, reporters)
            if validation_loader is not None:
                metrics |= run.validate(validation_loader)
            history.epochs.append(metrics)
            if early_stopping and early_stopping.best_epoch(history) == len(history.epochs):
                best = {name: value.clone() for name, value in model.state_dict().items()}
            if checkpoint is not None:
                save_checkpoint(
                    checkpoint, settings=settings, history=history, best=best, **run.state
                )
            for reporter in reporters:
                reporter.on_epoch(history)
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(_how_to_go_on(history, checkpoint)) from stop
    finally:
        for reporter in reporters:
            reporter.on_end(history)
    if best:
        model.load_state_dict(best)
        history.best_epoch = early_stopping.best_epoch(history)
    model.eval()
    return history


@dataclass
class _Run:
    """What the steps of one training run share."""

    model: nn.Module
    loader: DataLoader
    device: torch.device
    classes: int
    augment: Callable[[Tensor], Tensor] | None
    optimizer: torch.optim.Optimizer = field(init=False)
    schedule: LRScheduler = field(init=False)

    def prepare(
        self, optimizer: type, schedule: str, rate: float, weight_decay: float, epochs: int
    ) -> None:
        self.optimizer = optimizer(
            self.model.parameters(),
            lr=rate,
            weight_decay=weight_decay,
            fused=self.device.type in ("cpu", "cuda"),
        )
        if schedule == "one-cycle":
            steps = epochs * len(self.loader)
            self.schedule = OneCycleLR(self.optimizer, max_lr=rate, total_steps=steps)
        else:
            self.schedule = ConstantLR(self.optimizer, factor=1.0, total_iters=0)

    @property
    def state(self) -> dict:
        """What a checkpoint holds, besides the record."""
        return {
            "model": self.model,
            "optimizer": self.optimizer,
            "schedule": self.schedule,
            "loader": self.loader,
        }

    def train_epoch(self, history: History, reporters: Sequence[Reporter]) -> dict[str, float]:
        """Go once through the training data; add to the record's losses, return the metrics."""
        self.model.train()
        started = time.perf_counter()
        total_loss, correct, seen = 0.0, 0, 0
        for number, (images, labels) in enumerate(self.loader, start=1):
            rate = self.schedule.get_last_lr()[0]
            logits, labels, loss = self._step(images, labels, number, history)
            history.batch_loss.append(loss)
            total_loss += loss * len(labels)
            correct += int((logits.argmax(dim=1) == labels).sum())
            seen += len(labels)
            for reporter in reporters:
                reporter.on_batch(history)
        return {
            "train_loss": total_loss / seen,
            "train_accuracy": correct / seen,
            "learning_rate": rate,
            "seconds": time.perf_counter() - started,
        }

    def _step(
        self, images: Tensor, labels: Tensor, number: int, history: History
    ) -> tuple[Tensor, Tensor, float]:
        """Learn from one batch; return its logits, its labels on the device, and its loss."""
        check_batch(images, labels)
        images = images.to(self.device, non_blocking=True)
        labels = labels.to(self.device, non_blocking=True)
        if self.augment is not None:
            images = self.augment(images)
        try:
            logits = self.model(images)
        except (RuntimeError, ValueError) as error:
            explained = explain_failure(error, images)
            if explained is None:
                raise
            raise explained from error
        if not history.batch_loss:
            check_logits(logits, labels, self.classes)
            warn_if_probabilities(logits)
        loss = F.cross_entropy(logits, labels)
        value = loss.item()
        if not math.isfinite(value):
            raise explain_bad_loss(value, images, len(history.epochs) + 1, number)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.schedule.step()
        return logits, labels, value

    def validate(self, loader: DataLoader) -> dict[str, float]:
        """Measure the loss and the accuracy on images that are not trained on."""
        logits, labels = compute_logits(self.model, loader)
        return {
            "val_loss": F.cross_entropy(logits, labels).item(),
            "val_accuracy": (logits.argmax(dim=1) == labels).float().mean().item(),
        }


def _is_over(history: History, early_stopping: EarlyStopping | None) -> bool:
    if len(history.epochs) >= history.planned_epochs:
        return True
    return early_stopping is not None and early_stopping.should_stop(history)


def _how_to_go_on(history: History, checkpoint: str | Path | None) -> str:
    done = len(history.epochs)
    stopped = f"Stopped in epoch {min(done + 1, history.planned_epochs)}"
    if checkpoint is None or done == 0:
        return f"{stopped} of {history.planned_epochs}. The next run starts from the beginning."
    return (
        f"{stopped} of {history.planned_epochs}. The checkpoint holds what was learned before it: "
        "run again with resume=True."
    )


def _check_arguments(
    loader: DataLoader, epochs: int, learning_rate: float, optimizer: str, schedule: str
) -> None:
    if epochs < 1:
        raise TrainingError(f"epochs must be at least 1, got {epochs}.")
    if not 0 < learning_rate < math.inf:
        raise TrainingError(f"learning_rate must be above 0, got {learning_rate}.")
    if optimizer not in OPTIMIZERS:
        raise TrainingError(f"optimizer must be one of {list(OPTIMIZERS)}, got {optimizer!r}.")
    if schedule not in SCHEDULES:
        raise TrainingError(f"schedule must be one of {list(SCHEDULES)}, got {schedule!r}.")
    if not hasattr(loader, "__len__"):
        raise TrainingError("The training loader must know how many batches it has: len(loader).")
    if len(loader) == 0:
        raise TrainingError("The training loader has no batches: the dataset is empty.")
