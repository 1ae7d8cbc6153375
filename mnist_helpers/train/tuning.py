"""How each step changes the weights: the optimizer, its settings and its learning rate."""

from dataclasses import dataclass

from torch import nn
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import ConstantLR, LRScheduler, OneCycleLR

from mnist_helpers.train.errors import TrainingError

SCHEDULES = ("one-cycle", "constant")


@dataclass(frozen=True)
class Tuning:
    """Settings of `fit` that most training runs can leave alone.

    Args:
        weight_decay: how strongly the optimizer, AdamW, pulls the weights towards 0.
        betas: which fraction of its running averages (of the gradient and of its square) the
            optimizer keeps at each step, 0 to below 1. By default 0.9 and 0.999, where one-cycle
            moves the first between 0.85 and 0.95; values given here stay fixed.
        label_smoothing: the fraction, 0 to 1, of each label that is spread over all classes, so
            that the network does not grow ever more certain.
    """

    weight_decay: float = 0.01
    betas: tuple[float, float] | None = None
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        betas = self.betas
        if betas is not None and not (len(betas) == 2 and all(0 <= beta < 1 for beta in betas)):
            raise TrainingError(f"betas must be two numbers from 0 to below 1, got {betas}.")

    def make_optimizer(
        self, model: nn.Module, learning_rate: float, schedule: str, steps: int
    ) -> tuple[Optimizer, LRScheduler]:
        """The optimizer of a model's weights, and what sets its learning rate after each step.

        The model must be on the device where it is trained; ``steps`` counts those of all epochs.
        """
        if schedule not in SCHEDULES:
            raise TrainingError(f"schedule must be one of {list(SCHEDULES)}, got {schedule!r}.")
        optimizer = AdamW(
            model.parameters(),
            lr=learning_rate,
            betas=self.betas or (0.9, 0.999),
            weight_decay=self.weight_decay,
            fused=all(p.device.type in ("cpu", "cuda") for p in model.parameters()),
        )
        if schedule == "constant":
            return optimizer, ConstantLR(optimizer, factor=1.0, total_iters=0)
        cycle = self.betas is None
        return optimizer, OneCycleLR(optimizer, learning_rate, steps, cycle_momentum=cycle)
