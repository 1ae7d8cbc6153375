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

from mnist_helpers._support import seed_everything
from mnist_helpers.model import compute_logits
from mnist_helpers.train.checkpoints import load_checkpoint, save_checkpoint
from mnist_helpers.train.device import pick_device
from mnist_helpers.train.errors import (
    TrainingError,
    check_arguments,
    check_batch,
    check_logits,
    explain_bad_loss,
    explain_failure,
    warn_if_probabilities,
)
from mnist_helpers.train.history import EarlyStopping, History
from mnist_helpers.train.processes import ALONE, World
from mnist_helpers.train.reporters import ProgressReporter, Reporter

__all__ = ["EarlyStopping", "History", "TrainingError", "fit", "pick_device", "seed_everything"]

OPTIMIZERS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
SCHEDULES = ("one-cycle", "constant")
USUAL_BETAS = (0.9, 0.999)


def fit(
    model: nn.Module,
    train_loader: DataLoader,
    validation_loader: DataLoader | None = None,
    *,
    epochs: int = 6,
    learning_rate: float = 0.01,
    weight_decay: float = 0.01,
    optimizer: str = "adamw",
    betas: tuple[float, float] | None = None,
    schedule: str = "one-cycle",
    augment: Callable[[Tensor], Tensor] | None = None,
    label_smoothing: float = 0.0,
    early_stopping: EarlyStopping | None = None,
    classes: int = 10,
    seed: int = 0,
    device: str | torch.device | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    reporters: Sequence[Reporter] | None = None,
    world: World = ALONE,
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
        betas: what its running averages keep at each step, of the gradient and of its square, 0 to
            below 1. By default 0.9 and 0.999, and one-cycle moves the first between 0.85 and 0.95;
            what is given here stays as it is.
        schedule: ``"one-cycle"`` (up, then down to almost nothing) or ``"constant"``.
        augment: changes each training batch, for example `augment.random_shift`.
        label_smoothing: 0 to 1; how much of each label is spread over all classes while training,
            so that the network is not driven to be ever surer.
        early_stopping: when to stop, and then go back to the best weights.
        classes: how many classes there are.
        seed: of the order of the images, of dropout and of ``augment``. The weights that the model
            starts with are drawn when it is made: call `seed_everything` before.
        device: where to compute; by default an accelerator if there is one.
        checkpoint: a file that holds the whole state after each epoch.
        resume: go on from ``checkpoint`` if it is there.
        reporters: who is told how it goes; by default a `ProgressReporter`.
        world: the processes that train together, from `distributed.open_world`. Each learns from
            its share of every batch, and all steps are those of one process, except that dropout,
            ``augment`` and batch normalization work on a share at a time. Only the main process
            tells the reporters and writes the checkpoint.

    Returns:
        What happened, batch by batch and epoch by epoch.

    Raises:
        TrainingError: for the usual mistakes, each named in a sentence.
        KeyboardInterrupt: on Ctrl-C, saying how to go on.
    """
    choices = {"optimizer": (optimizer, OPTIMIZERS), "schedule": (schedule, SCHEDULES)}
    check_arguments(train_loader, epochs, learning_rate, betas, **choices)
    if early_stopping and early_stopping.metric.startswith("val") and validation_loader is None:
        raise TrainingError("Early stopping on a validation metric needs a validation_loader.")
    if resume and checkpoint is None:
        raise TrainingError("To resume, name the checkpoint file to go on from.")
    device = pick_device(device)
    seed_everything(seed)
    run = _Run(model.to(device), train_loader, device, classes, augment, label_smoothing, world)
    run.prepare(OPTIMIZERS[optimizer], betas, schedule, learning_rate, weight_decay, epochs)
    settings = {
        "batches_per_epoch": len(train_loader),
        "optimizer": optimizer,
        "betas": betas and list(betas),
        "learning_rate": learning_rate,
        "weight_decay": weight_decay,
        "schedule": schedule,
        # A schedule that ends makes the number of epochs part of every step.
        "epochs": epochs if schedule == "one-cycle" else None,
        "early_stopping": str(early_stopping),
        "label_smoothing": label_smoothing,
        "seed": seed,
    }
    history = History(planned_epochs=epochs, batches_per_epoch=len(train_loader))
    best: dict[str, Tensor] = {}
    found = resume and Path(checkpoint).exists()
    world.check_same(found, "All processes must see the same checkpoint, or none.")
    if found:
        history, best = load_checkpoint(checkpoint, settings=settings, **run.state)
        history.planned_epochs = epochs
    reporters = [ProgressReporter()] if reporters is None else reporters
    reporters = reporters if world.is_main else []
    for reporter in reporters:
        reporter.on_start(history)
    try:
        while not _is_over(history, early_stopping):
            metrics = run.train_epoch(history, reporters)
            if validation_loader is not None:
                metrics |= run.validate(validation_loader)
            # All must come to the same decision about stopping early.
            history.epochs.append(world.agree(metrics))
            if early_stopping and early_stopping.best_epoch(history) == len(history.epochs):
                best = {name: value.clone() for name, value in model.state_dict().items()}
            if checkpoint is not None and world.is_main:
                save_checkpoint(
                    checkpoint, settings=settings, history=history, best=best, **run.state
                )
            for reporter in reporters:
                reporter.on_epoch(history)
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(history.how_to_go_on(saved=checkpoint is not None)) from stop
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
    label_smoothing: float
    world: World
    learner: nn.Module = field(init=False)
    optimizer: torch.optim.Optimizer = field(init=False)
    schedule: LRScheduler = field(init=False)

    def prepare(
        self,
        optimizer: type,
        betas: tuple[float, float] | None,
        schedule: str,
        rate: float,
        weight_decay: float,
        epochs: int,
    ) -> None:
        self.learner = self.world.wrap(self.model)
        self.optimizer = optimizer(
            self.model.parameters(),
            lr=rate,
            betas=betas or USUAL_BETAS,
            weight_decay=weight_decay,
            fused=self.device.type in ("cpu", "cuda"),
        )
        if schedule == "one-cycle":
            steps = epochs * len(self.loader)
            self.schedule = OneCycleLR(
                self.optimizer, max_lr=rate, total_steps=steps, cycle_momentum=betas is None
            )
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
        total_loss, correct, seen = 0.0, 0.0, 0.0
        for number, (images, labels) in enumerate(self.world.share(self.loader), start=1):
            rate = self.schedule.get_last_lr()[0]
            batch_loss, batch_correct, size = self._step(images, labels, number, history)
            history.batch_loss.append(batch_loss / size)
            total_loss += batch_loss
            correct += batch_correct
            seen += size
            for reporter in reporters:
                reporter.on_batch(history)
        self.world.agree_on_buffers(self.model)
        return {
            "train_loss": total_loss / seen,
            "train_accuracy": correct / seen,
            "learning_rate": rate,
            "seconds": time.perf_counter() - started,
        }

    def _step(self, images: Tensor, labels: Tensor, number: int, history: History) -> list[float]:
        """Learn from one batch; return its added up loss, how many are right, and its size."""
        check_batch(images, labels)
        images = images.to(self.device, non_blocking=True)
        labels = labels.to(self.device, non_blocking=True)
        with self.world.own_random(len(history.batch_loss)):
            if self.augment is not None:
                images = self.augment(images)
            try:
                logits = self.learner(images)
            except (RuntimeError, ValueError) as error:
                explained = explain_failure(error, images)
                if explained is None:
                    raise
                raise explained from error
        if not history.batch_loss:
            check_logits(logits, labels, self.classes)
            warn_if_probabilities(logits)
        smoothing = self.label_smoothing
        loss = F.cross_entropy(logits, labels, reduction="sum", label_smoothing=smoothing)
        right = (logits.argmax(dim=1) == labels).sum()
        # Of the whole batch, not only of this process's share.
        totals = self.world.total(loss.item(), right.item(), len(labels))
        value, _, size = totals
        if not math.isfinite(value):
            raise explain_bad_loss(value, images, len(history.epochs) + 1, number)
        self.optimizer.zero_grad()
        # The mean loss. PyTorch takes the mean of the processes' gradients; their sum is wanted.
        (loss * (self.world.size / size)).backward()
        self.optimizer.step()
        self.schedule.step()
        return totals

    def validate(self, loader: DataLoader) -> dict[str, float]:
        """Measure the loss and the accuracy on images that are not trained on."""
        logits, labels = compute_logits(self.model, self.world.share(loader))
        loss = F.cross_entropy(logits, labels, reduction="sum")
        right = (logits.argmax(dim=1) == labels).sum()
        loss, right, seen = self.world.total(loss.item(), right.item(), len(labels))
        return {"val_loss": loss / seen, "val_accuracy": right / seen}


def _is_over(history: History, early_stopping: EarlyStopping | None) -> bool:
    if len(history.epochs) >= history.planned_epochs:
        return True
    return early_stopping is not None and early_stopping.should_stop(history)
