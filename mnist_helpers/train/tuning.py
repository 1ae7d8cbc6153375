"""How each step changes the weights: the optimizer, its settings and its learning rate."""

from collections.abc import Collection
from dataclasses import dataclass

from torch import nn
from torch.optim import Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import ConstantLR, LRScheduler, OneCycleLR

from mnist_helpers.train.errors import TrainingError

OPTIMIZERS = {"adam": Adam, "adamw": AdamW}
SCHEDULES = ("one-cycle", "constant")
USUAL_BETAS = (0.9, 0.999)


@dataclass(frozen=True)
class Tuning:
    """Settings of `fit` that most trainings can leave alone.

    Args:
        optimizer: ``"adamw"`` or ``"adam"``.
        weight_decay: how strongly the optimizer pulls the weights towards 0.
        betas: which part of its running averages (of the gradient and of the gradient's square) the
            optimizer keeps at each step, 0 to below 1. By default 0.9 and 0.999, and the one-cycle
            schedule moves the first between 0.85 and 0.95; values given here stay fixed.
        label_smoothing: which part of each label is spread evenly over all classes during training,
            0 to 1, so that the network is not driven to be ever surer.
    """

    optimizer: str = "adamw"
    weight_decay: float = 0.01
    betas: tuple[float, float] | None = None
    label_smoothing: float = 0.0

    def __post_init__(self):
        betas = self.betas
        _check_choice("optimizer", self.optimizer, OPTIMIZERS)
        if betas is not None and not (len(betas) == 2 and all(0 <= beta < 1 for beta in betas)):
            raise TrainingError(f"betas must be two numbers from 0 to below 1, got {betas}.")

    def make_optimizer(
        self, model: nn.Module, learning_rate: float, schedule: str, steps: int
    ) -> tuple[Optimizer, LRScheduler]:
        """The optimizer of a model's weights, and what moves its learning rate after each step.

        Args:
            model: on the device where it is to be trained.
            learning_rate: the highest one.
            schedule: ``"one-cycle"`` or ``"constant"``; otherwise a TrainingError is raised.
            steps: of the whole training.
        """
        _check_choice("schedule", schedule, SCHEDULES)
        device = next(model.parameters()).device
        optimizer = OPTIMIZERS[self.optimizer](
            model.parameters(),
            lr=learning_rate,
            betas=self.betas or USUAL_BETAS,
            weight_decay=self.weight_decay,
            fused=device.type in ("cpu", "cuda"),
        )
        if schedule == "constant":
            return optimizer, ConstantLR(optimizer, factor=1.0, total_iters=0)
        return optimizer, OneCycleLR(
            optimizer, learning_rate, total_steps=steps, cycle_momentum=self.betas is None
        )


def _check_choice(name: str, word: str, words: Collection[str]) -> None:
    if word not in words:
        raise TrainingError(f"{name} must be one of {list(words)}, got {word!r}.")
