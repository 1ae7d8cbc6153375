"""The record of a training run, when to stop early, and the reporters of its progress."""

import math
from dataclasses import asdict, dataclass, field

from mnist_helpers._support import progress_bar

METRICS = ("train_loss", "train_accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")


@dataclass
class History:
    """The record of a training run.

    ``history["val_accuracy"]`` is a list, one value per epoch. The metrics are ``train_loss`` and
    ``train_accuracy`` (measured while learning, with dropout), ``val_loss`` and ``val_accuracy``
    (after each epoch, if there are validation data), ``learning_rate`` (at the end of the epoch)
    and ``seconds`` (of training, without validation).

    Attributes:
        planned_epochs: how many epochs were asked for.
        batches_per_epoch: how many batches make an epoch.
        batch_loss: the loss of every batch.
        epochs: the metrics of every complete epoch.
        best_epoch: the epoch, counted from 1, whose weights early stopping has put back; or None.
    """

    planned_epochs: int = 0
    batches_per_epoch: int = 0
    batch_loss: list[float] = field(default_factory=list)
    epochs: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int | None = None

    def __getitem__(self, metric: str) -> list[float]:
        if metric not in METRICS:
            raise KeyError(f"There is no metric {metric!r}; there are {', '.join(METRICS)}.")
        return [epoch[metric] for epoch in self.epochs if metric in epoch]

    @property
    def seconds(self) -> float:
        """Seconds of training, without validation."""
        return sum(self["seconds"])

    def to_dict(self) -> dict:
        """Everything as plain numbers, lists and dictionaries, for JSON."""
        return asdict(self)

    def __repr__(self) -> str:
        lines = ["epoch  train loss  train acc  val loss  val acc  seconds"]
        for number, epoch in enumerate(self.epochs, start=1):
            line = f"{number:>5}  {epoch['train_loss']:>10.4f}  {epoch['train_accuracy']:>9.2%}  "
            val = "       -        -"
            if "val_loss" in epoch:
                val = f"{epoch['val_loss']:>8.4f}  {epoch['val_accuracy']:>7.2%}"
            lines.append(f"{line}{val}  {epoch['seconds']:>7.1f}")
        if self.best_epoch:
            lines.append(f"The weights are those of epoch {self.best_epoch}.")
        return "\n".join(lines)

    def how_to_go_on(self, saved: bool) -> str:
        """Say where a run stopped and what to do next; ``saved``: whether there is a checkpoint."""
        epoch = min(len(self.epochs) + 1, self.planned_epochs)
        advice = "The next run starts from the beginning."
        if self.epochs and saved:
            advice = "The checkpoint holds what was learned before it: run again with resume=True."
        return f"Stopped in epoch {epoch} of {self.planned_epochs}. {advice}"


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when a metric has not improved for a while, and go back to the best weights.

    Args:
        metric: a loss, which should fall, or an accuracy, which should rise: see `History`.
        patience: how many epochs in a row without improvement end the training; 0 counts as 1.
        min_delta: by how much a value must beat the best one to count as an improvement.
    """

    metric: str = "val_loss"
    patience: int = 2
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        if self.metric not in METRICS[:4]:
            raise ValueError(f"Early stopping needs one of {METRICS[:4]}, got {self.metric!r}.")
        if self.patience < 0 or self.min_delta < 0:
            raise ValueError("patience and min_delta must not be negative.")

    def best_epoch(self, history: History) -> int:
        """The best epoch so far, counted from 1; 0 before the first."""
        sign = -1 if self.metric.endswith("loss") else 1
        best, best_value = 0, -math.inf
        for epoch, value in enumerate(history[self.metric], start=1):
            if sign * value > best_value + self.min_delta or (best == 0 and not math.isnan(value)):
                best, best_value = epoch, sign * value
        return best

    def should_stop(self, history: History) -> bool:
        """Whether the patience is used up."""
        return len(history[self.metric]) - self.best_epoch(history) >= max(1, self.patience)


class Reporter:
    """The calls that `fit` makes as training proceeds; a subclass overrides those that it needs."""

    def on_start(self, history: History) -> None:
        """Training begins, or goes on after a checkpoint."""

    def on_batch(self, history: History) -> None:
        """A batch was learned; its loss is ``history.batch_loss[-1]``. A GPU reports 50 at once."""

    def on_epoch(self, history: History) -> None:
        """An epoch is complete; its metrics are ``history.epochs[-1]``."""

    def on_end(self, history: History) -> None:
        """Training has ended, normally or with an error."""


class ProgressReporter(Reporter):
    """Prints a line per epoch, and in a terminal shows a progress bar of the batches."""

    def on_start(self, history: History) -> None:
        """Print where a resumed run stands, and open the bar."""
        if history.epochs:
            print(f"Going on after epoch {len(history.epochs)} of {history.planned_epochs}.")
        total = history.planned_epochs * history.batches_per_epoch
        self.bar = progress_bar(total, "Training", "batch", initial=len(history.batch_loss))

    def on_batch(self, history: History) -> None:
        """Move the bar, and show the loss beside it."""
        self.bar.set_postfix_str(f"loss {history.batch_loss[-1]:.3f}", refresh=False)
        self.bar.update()

    def on_epoch(self, history: History) -> None:
        """Print the epoch's line."""
        metrics = history.epochs[-1]
        done, planned = len(history.epochs), history.planned_epochs
        line = f"epoch {done}/{planned}  loss {metrics['train_loss']:.4f}"
        if "val_accuracy" in metrics:
            line += f"  validation accuracy {metrics['val_accuracy']:.2%}"
        self.bar.write(f"{line}  {metrics['seconds']:.1f} s")

    def on_end(self, history: History) -> None:
        """Close the bar."""
        self.bar.close()
