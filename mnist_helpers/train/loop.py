"""The training loop: epochs of steps, validation, early stopping and checkpoints."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader

from mnist_helpers._support import (
    call_explained,
    change_batch,
    check_labels,
    checked_batches,
    seed_everything,
    to_device,
)
from mnist_helpers.model import compute_logits
from mnist_helpers.train.checkpoints import Checkpoint
from mnist_helpers.train.errors import (
    TrainingError,
    check_arguments,
    check_logits,
    explain_bad_loss,
    training_errors,
)
from mnist_helpers.train.history import EarlyStopping, History, ProgressReporter, Reporter
from mnist_helpers.train.processes import (
    bring_images,
    check_all_same,
    count_processes,
    divide_work,
    is_main_process,
    pick_device,
    sum_over_processes,
)
from mnist_helpers.train.tuning import Tuning

USUAL_TUNING = Tuning()
# Looking at a loss means waiting for the GPU, so this many steps are taken first.
PATIENCE = 50


@training_errors()
def fit(
    model: nn.Module,
    train_loader: DataLoader,
    validation_loader: DataLoader | None = None,
    *,
    epochs: int = 6,
    learning_rate: float = 0.01,
    schedule: str = "one-cycle",
    tuning: Tuning = USUAL_TUNING,
    augment: Callable[[Tensor], Tensor] | None = None,
    early_stopping: EarlyStopping | None = None,
    seed: int = 0,
    device: str | torch.device | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    reporters: Sequence[Reporter] | None = None,
) -> History:
    """Train a model with cross-entropy. The model is changed in place and stays on the device.

    On a CPU, the same seed gives the same weights, bit for bit, even if the run was stopped and
    went on with ``resume``. With another processor, number of threads or PyTorch they can differ a
    little, as on a GPU, where additions change their order. Several processes (`join_processes`)
    take a single one's steps; dropout, ``augment`` and batch normalization work on each's share.

    Args:
        model: takes a batch of images and returns logits, shape ``(n, classes)``.
        train_loader: gives batches ``(images, labels)``: float32, and int64 or uint8, ``(n,)``.
        validation_loader: the same, with images that are not trained on.
        epochs: how often to go through the training data.
        learning_rate: the size of the optimizer's steps; with ``"one-cycle"``, the largest.
        schedule: ``"one-cycle"`` (up, then down to almost nothing) or ``"constant"``.
        tuning: the optimizer's weight decay and betas, and label smoothing.
        augment: changes each training batch, for example `mnist_helpers.data.random_shift`.
        early_stopping: when to stop early; the model then gets its best weights back.
        seed: makes the images' order, dropout and ``augment`` repeatable. To repeat the model's
            first weights as well, call `seed_everything` before it is made.
        device: where to compute; by default an accelerator if there is one.
        checkpoint: a file that holds the whole state after each epoch. That of a finished run is
            replaced; that of a run that was stopped is not, until you delete it.
        resume: whether to go on from ``checkpoint`` if it exists.
        reporters: objects to call as training proceeds; by default one prints a line per epoch.

    Returns:
        The loss of every batch and the metrics of every epoch.

    Raises:
        TrainingError: for the usual mistakes, each named in a sentence.
        KeyboardInterrupt: on Ctrl-C; the message says how to go on.
    """
    check_arguments(**locals())  # all that fit was given, by name
    epochs, learning_rate, seed = int(epochs), float(learning_rate), int(seed)
    device = pick_device(device)
    seed_everything(seed)
    model.to(device)
    steps = epochs * len(train_loader)
    optimizer, plan = tuning.make_optimizer(model, learning_rate, schedule, steps)
    loaders = bring_images(train_loader, device), bring_images(validation_loader, device)
    learner, batches, validation_batches = divide_work(model, *loaders)
    settings = {
        "optimizer": "adamw",  # earlier versions had a choice
        **asdict(tuning),
        "batches_per_epoch": len(train_loader),
        "learning_rate": learning_rate,
        "schedule": schedule,
        # With one-cycle, every step depends on the number of epochs.
        "epochs": epochs if schedule == "one-cycle" else None,
        "early_stopping": str(early_stopping),
        "seed": seed,
    }
    file = None
    if checkpoint is not None:
        file = Checkpoint(Path(checkpoint), settings, model, optimizer, plan, train_loader, augment)
    history = History(planned_epochs=epochs, batches_per_epoch=len(train_loader))
    best: dict[str, Tensor] = {}
    found = file is not None and file.begin(resume)
    if check_all_same(found, "All processes must see the same checkpoint, or none.") and file:
        history, best = file.load()
        history.planned_epochs = epochs
    reporters = [ProgressReporter()] if reporters is None else reporters
    reporters = reporters if is_main_process() else []
    for reporter in reporters:
        reporter.on_start(history)
    run = _Run(learner, optimizer, plan, augment, tuning, device, history, reporters)

    def is_finished() -> bool:
        stop = early_stopping is not None and early_stopping.should_stop(history)
        return stop or len(history.epochs) >= epochs

    try:
        while not is_finished():
            metrics = run.train_epoch(batches)
            if validation_loader is not None:
                with training_errors("In validation: "):
                    metrics |= run.validate(validation_batches)
            history.epochs.append(metrics)
            if early_stopping and early_stopping.best_epoch(history) == len(history.epochs):
                best = {name: value.clone() for name, value in model.state_dict().items()}
            if file:
                file.save(history, best, is_finished())
            for reporter in reporters:
                reporter.on_epoch(history)
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(history.how_to_go_on(saved=bool(file))) from stop
    finally:
        for reporter in reporters:
            reporter.on_end(history)
    if best and early_stopping:
        model.load_state_dict(best)
        history.best_epoch = early_stopping.best_epoch(history)
    model.eval()
    return history


@dataclass
class _Run:
    """What all steps of a training run share."""

    model: nn.Module
    optimizer: Optimizer
    plan: LRScheduler
    augment: Callable[[Tensor], Tensor] | None
    tuning: Tuning
    device: torch.device
    history: History
    reporters: Sequence[Reporter]
    unseen: list[tuple[Tensor, Tensor, int]] = field(default_factory=list)  # images, sums, size

    def train_epoch(self, batches: DataLoader) -> dict[str, float]:
        """Go once through the training data; append each loss to the history, return metrics."""
        self.model.train()
        started = time.perf_counter()
        totals = [0.0, 0.0, 0.0]
        for images, labels in checked_batches(batches):
            rate = float(self.plan.get_last_lr()[0])
            for sums in self.step(images, labels):
                totals = [total + one for total, one in zip(totals, sums, strict=True)]
                self.history.batch_loss.append(sums[0] / sums[2])
                for reporter in self.reporters:
                    reporter.on_batch(self.history)
        return {
            "train_loss": totals[0] / totals[2],
            "train_accuracy": totals[1] / totals[2],
            "learning_rate": rate,
            "seconds": time.perf_counter() - started,
        }

    def step(self, images: Tensor, labels: Tensor) -> list[list[float]]:
        """Learn from one batch; return the sums of the batches whose losses were looked at."""
        number = len(self.history.batch_loss) + len(self.unseen) + 1
        images = to_device(images, self.device)
        if self.augment is not None:
            images = change_batch(self.augment, images)
        logits = call_explained(self.model, images)
        check_logits(logits, labels, images, first=number == 1)
        loss, sums = _score(logits, to_device(labels, self.device), self.tuning.label_smoothing)
        self.unseen.append((images, sums, len(labels)))
        # Several processes add up their sums at each step.
        patience = 1 if self.device.type == "cpu" or count_processes() > 1 else PATIENCE
        last = number % self.history.batches_per_epoch == 0
        seen = self.look() if last or len(self.unseen) == patience else []
        self.optimizer.zero_grad()
        (loss * (1 / (seen[-1][2] if seen else len(labels)))).backward()
        self.optimizer.step()
        self.plan.step()
        return seen

    def look(self) -> list[list[float]]:
        """Fetch the sums of the steps since the last look: loss, right answers, images."""
        fetched = torch.stack([sums for _, sums, _ in self.unseen]).tolist()
        rows: list[list[float]] = []
        for (images, _, n), sums in zip(self.unseen, fetched, strict=True):
            rows.append(sum_over_processes(*sums, n))
            if not math.isfinite(rows[-1][0]):
                self.history.batch_loss += [loss / size for loss, _, size in rows[:-1]]
                raise explain_bad_loss(rows[-1][0], images, self.history)
        self.unseen = []
        return rows

    def validate(self, batches: DataLoader) -> dict[str, float]:
        """Measure the loss and the accuracy on images that are not trained on."""
        logits, labels = compute_logits(self.model, batches)
        check_labels(logits, labels)
        _, sums = _score(logits, labels)
        loss, right, size = sum_over_processes(*sums.tolist(), len(labels))
        if not math.isfinite(loss) and not all(one.isfinite().all() for one, _ in batches):
            raise TrainingError("The images hold NaN or infinite values.")
        return {"val_loss": loss / size, "val_accuracy": right / size}


def _score(logits: Tensor, labels: Tensor, smoothing: float = 0.0) -> tuple[Tensor, Tensor]:
    """The loss of a batch, and two sums that stay on the device: the loss, the right answers."""
    loss = F.cross_entropy(logits, labels, reduction="sum", label_smoothing=smoothing)
    right = (logits.argmax(dim=1) == labels).sum(dtype=torch.float32)
    return loss, torch.stack([loss.detach(), right])
