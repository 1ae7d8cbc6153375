"""The checks of notebook 03, Training."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from mnist_helpers.lessons.checks.core import WrongAnswer, call, number, task


def compare(answers: list[float], expected: list[float], mistakes: dict[str, list]) -> None:
    """Accept the expected numbers, one for each input; else name the mistake that gives all."""

    def close(values: list) -> bool:
        pairs = zip(answers, values, strict=True)
        return all(math.isclose(a, float(b), rel_tol=1e-4, abs_tol=1e-5) for a, b in pairs)

    if close(expected):
        return
    for words, values in mistakes.items():
        if close(values):
            raise WrongAnswer(words)
    _, answer, right = max((abs(a - b), a, b) for a, b in zip(answers, expected, strict=True))
    raise WrongAnswer(f"On fresh numbers the right answer is {right:.4f}; you say {answer:.4f}.")


@task("03.1")
def guessing(loss_of_guessing: Any) -> str:
    """The loss of a network that guesses."""
    counts = [10, 2, *torch.randint(3, 200, (4,)).tolist()]
    compare(
        [number(call(loss_of_guessing, count)) for count in counts],
        [math.log(count) for count in counts],
        {
            "The minus is missing: a logarithm of a probability is negative, a loss is not.": [
                -math.log(count) for count in counts
            ],
            "You took the logarithm to the base 10. The loss uses the natural one, `math.log`.": [
                math.log10(count) for count in counts
            ],
            "This is the probability of the true class. The loss is minus its logarithm.": [
                1 / count for count in counts
            ],
        },
    )
    return "If the first loss of a training is far from this number, look for a mistake at once."


@task("03.2")
def by_hand(own_cross_entropy: Any) -> str:
    """Cross-entropy, straight from its definition."""
    answers, expected, rows = [], [], []
    for n in torch.randint(5, 9, (3,)).tolist():
        logits, labels = 2 * torch.randn(n, 10), torch.randint(0, 10, (n,))
        answers.append(number(call(own_cross_entropy, logits.clone(), labels.clone())))
        expected.append(F.cross_entropy(logits, labels).item())
        soft = logits.softmax(dim=1)
        true, wrong_axis = soft[range(n), labels], logits.softmax(dim=0)[range(n), labels]
        rows.append(
            {
                "The minus is missing: the loss is minus the logarithm.": true.log().mean(),
                "This is the sum over the batch. Take the mean, or the loss grows with the "
                "batch.": -true.log().sum(),
                "Softmax over the wrong axis: the ten probabilities of one image, a row, should "
                "add up to 1. Use `dim=1`.": -wrong_axis.log().mean(),
                "You take the largest probability of each row. Take that of the true digit: "
                "`[range(len(labels)), labels]`.": -soft.max(dim=1).values.log().mean(),
                "`[:, labels]` picks columns for all rows. Pair each row with its own label: "
                "`[range(len(labels)), labels]`.": -soft[:, labels].log().mean(),
                "You forgot the softmax: these are the logits of the true digits.": -logits[
                    range(n), labels
                ].mean(),
                "You forgot the logarithm: this is the mean probability.": true.mean(),
            }
        )
    if any(map(math.isnan, answers)):
        raise WrongAnswer("You forgot the softmax: a logit may be negative, and has no logarithm.")
    compare(answers, expected, {words: [row[words] for row in rows] for words in rows[0]})
    return "PyTorch's `cross_entropy` does the same from the logits: give it no softmax of yours."


class _Spy(torch.optim.SGD):
    """Plain gradient descent that notes what is called."""

    def __init__(self, model: nn.Module):
        super().__init__(model.parameters(), lr=0.5)
        self.calls: list[str] = []
        next(model.parameters()).register_hook(lambda _: self.calls.append("backward"))

    def zero_grad(self, set_to_none: bool = True) -> None:
        self.calls.append("zero")
        super().zero_grad(set_to_none)

    def step(self, closure: Any = None) -> None:
        self.calls.append("step")
        super().step(closure)


@task("03.3")
def step(one_step: Any) -> str:
    """One step of training: zero_grad, loss, backward, step."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 10))
    images, labels = torch.randn(12, 1, 4, 4), torch.randint(0, 10, (12,))
    optimizer = _Spy(model)
    model(images).square().mean().backward()  # the gradients that somebody left
    before = [p.detach().clone() for p in model.parameters()]
    loss = F.cross_entropy(model(images), labels)
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    optimizer.calls.clear()
    answer = one_step(model, images, labels, optimizer) if callable(one_step) else call(one_step)
    pairs = zip(model.parameters(), before, gradients, strict=True)
    right = all(torch.allclose(p, old - 0.5 * g, atol=1e-5) for p, old, g in pairs)
    calls = optimizer.calls
    if not right:
        raise WrongAnswer(_what_went_wrong(calls))
    if answer is None:
        raise WrongAnswer("The step is right, but nothing comes back. Is there a `return`?")
    if isinstance(answer, Tensor) and answer.requires_grad:
        raise WrongAnswer(
            "The step is right. But the loss that you return still holds PyTorch's record of the "
            "whole computation: `.item()` gives the bare number."
        )
    after = F.cross_entropy(model(images), labels).item()
    words = "You measure the loss again, after the step. Return the one before."
    compare([number(answer)], [loss.item()], {words: [after]})
    return "These four lines are the engine of every training, from ten digits to whole languages."


def _what_went_wrong(calls: list[str]) -> str:
    """The sentence for a step that changed the weights in another way, from what was called."""
    if not calls:
        return "There is no step yet: the weights are as they were. Replace the three dots."
    if "backward" not in calls:
        return "The gradients are never computed: `loss.backward()` is missing."
    if "step" not in calls:
        return "The weights are as they were: `optimizer.step()` is missing."
    if "zero" not in calls:
        return "You forgot `optimizer.zero_grad()`: the new gradients came on top of the old ones."
    zero, backward, step = (calls.index(name) for name in ("zero", "backward", "step"))
    if step < backward:
        return "You step before `loss.backward()`: those are not the gradients of this loss."
    if backward < zero < step:
        return "`zero_grad()` throws away what `backward()` has just computed. It comes first."
    if step < zero:
        return "You forget the old gradients after the step. Begin with `optimizer.zero_grad()`."
    return "The order is right. Is the loss the cross-entropy of the logits and the labels?"


class _Witness(nn.Module):
    """Reads its images without a fault in eval mode, and notes how it was asked."""

    def __init__(self):
        super().__init__()
        self.asked: list[tuple[bool, bool]] = []

    def forward(self, images: Tensor) -> Tensor:
        self.asked.append((self.training, torch.is_grad_enabled()))
        return images.flatten(1)[:, :10]


@task("03.4")
def measure(accuracy: Any) -> str:
    """The accuracy on all images of a loader, with dropout off."""
    sizes = [32, 32, int(torch.randint(3, 9, ()))]  # the last batch is smaller
    n, last = sum(sizes), sizes[-1]
    labels = torch.randint(0, 10, (n,))
    answers = torch.where(torch.rand(n) < 0.5, labels, (labels + 1) % 10)
    answers[-last:], answers[0] = labels[-last:], (labels[0] + 1) % 10
    images = F.one_hot(answers, 16).float().view(n, 1, 4, 4)
    model = _Witness().train()
    try:
        answer = call(accuracy, model, DataLoader(TensorDataset(images, labels), 32))
    except RuntimeError as error:
        if "must match" not in str(error):
            raise
        words = "`argmax` over the wrong axis gives one answer for each digit, not for each image:"
        raise WrongAnswer(f"{words} use `dim=1`.") from None
    right = (answers == labels).float()
    share = right.mean().item()
    parts = [part.mean().item() for part in right.split(sizes)]
    compare(
        [number(answer)],
        [share],
        {
            "You take the mean of the batches' accuracies. The last batch is smaller, so count "
            "the right answers, and divide once, at the end.": [sum(parts) / 3],
            "This is how many are right. Divide by the number of images.": [right.sum()],
            "You divide by the number of batches. `len(loader.dataset)` is the number of images.": [
                right.sum() / 3
            ],
            "This is the first batch alone. Does the `return` stand inside the loop?": [parts[0]],
            "This is a percentage. An accuracy lies between 0 and 1.": [100 * share],
        },
    )
    if not model.asked:
        raise WrongAnswer("You never ask the model. Call `model(images)` for each batch.")
    if any(training for training, _ in model.asked):
        raise WrongAnswer("The number is right, but dropout was on: call `model.eval()` first.")
    if any(recording for _, recording in model.asked):
        words = "The number is right, but PyTorch kept a record for gradients that nobody needs:"
        raise WrongAnswer(f"{words} use `torch.no_grad()`.")
    return "With dropout on you would measure another, weaker network than the one you use."
