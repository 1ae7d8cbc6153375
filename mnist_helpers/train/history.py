"""The record of a training run, and when to stop one."""

import math
from dataclasses import asdict, dataclass, field

METRICS = ("train_loss", "train_accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")


@dataclass
class History:
    """The record of a training run.

    ``history["val_accuracy"]`` is the list of that metric, one value per epoch. The metrics are
    ``train_loss`` and ``train_accuracy`` (measured while learning, with dropout), ``val_loss`` and
    ``val_accuracy`` (measured after each epoch; missing without validation data),
    ``learning_rate`` (at the end of the epoch) and ``seconds`` (of training, without validation).

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

    def __repr__(self) -> str:
        head = "epoch  train loss  train acc  val loss  val acc  seconds"
        lines = [head, *(_row(n, epoch) for n, epoch in enumerate(self.epochs, start=1))]
        if self.best_epoch:
            lines.append(f"The weights are those of epoch {self.best_epoch}.")
        return "\n".join(lines)

    def how_to_go_on(self, saved: bool) -> str:
        """Where a run was stopped and what to do next; ``saved`` if there is a checkpoint."""
        done = len(self.epochs)
        stopped = f"Stopped in epoch {min(done + 1, self.planned_epochs)} of {self.planned_epochs}."
        if done == 0 or not saved:
            return f"{stopped} The next run starts from the beginning."
        return (
            f"{stopped} The checkpoint holds what was learned before it: run again with "
            "resume=True."
        )

    def to_dict(self) -> dict:
        """Everything as plain numbers, lists and dictionaries, for JSON."""
        return asdict(self)


def _row(n: int, epoch: dict[str, float]) -> str:
    loss, accuracy = epoch.get("val_loss"), epoch.get("val_accuracy")
    val_loss = "-" if loss is None else f"{loss:.4f}"
    val_accuracy = "-" if accuracy is None else f"{accuracy:.2%}"
    return (
        f"{n:>5}  {epoch['train_loss']:>10.4f}  {epoch['train_accuracy']:>9.2%}  {val_loss:>8}  "
        f"{val_accuracy:>7}  {epoch['seconds']:>7.1f}"
    )


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when a metric has not improved for a while, and go back to the best weights.

    Args:
        metric: a loss, which should fall, or an accuracy, which should rise: see `History`.
        patience: how many epochs in a row without improvement end the training.
        min_delta: by how much a value must beat the best one to count as an improvement.
    """

    metric: str = "val_loss"
    patience: int = 2
    min_delta: float = 0.0

    def __post_init__(self):
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
        waited = len(history[self.metric]) - self.best_epoch(history)
        return waited >= max(1, self.patience)
