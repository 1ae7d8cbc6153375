"""The checks of notebook 03, Training."""

from collections.abc import Callable
from copy import deepcopy
from statistics import mean
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from .core import WrongAnswer, call, compare, kind, number, refuse, task


def on_fresh_numbers(right: Any, given: float) -> str:
    """The sentence for a number that is wrong for no known reason."""
    return f"On fresh numbers the right answer is {right:.4f}; you say {given:.4f}."


@task("03.1")
def guessing(loss_of_guessing: Any) -> str:
    """The loss of a network that guesses."""
    classes = np.array([10, 2, *torch.randint(3, 200, (4,)).tolist()])
    given = [number(call(loss_of_guessing, n)) for n in classes.tolist()]
    right = np.log(classes)
    mistakes = {
        "The minus is missing: a logarithm of a probability is negative, a loss is not.": -right,
        "You took the logarithm to the base 10. The loss uses the natural one, "
        "`math.log`.": np.log10(classes),
        "This is the probability of the true class. The loss is minus its logarithm.": 1 / classes,
    }
    first = np.argmin(np.isclose(given, right, rtol=1e-4))
    compare(given, right, mistakes, on_fresh_numbers(right[first], given[first]))
    return "If the first loss of a training is far from this number, look for a mistake at once."


@task("03.2")
def by_hand(own_cross_entropy: Any) -> str:
    """Cross-entropy, straight from its definition."""
    n = int(torch.randint(5, 9, ()))
    logits, labels = 2 * torch.randn(n, 10), torch.randint(0, 10, (n,))
    logits[0, labels[0]] = -1  # has no logarithm
    given = call(own_cross_entropy, logits, labels)
    words = "You forgot the softmax: a logit may be negative, and has no logarithm."
    refuse({words: isinstance(given, Tensor) and given.isnan().any()})
    given = number(given)
    true, soft = (range(n), labels), logits.softmax(dim=1)
    right, columns = F.cross_entropy(logits, labels), logits.log_softmax(dim=0)
    mistakes = {
        "The minus is missing: the loss is minus the logarithm.": -right,
        "This is the sum over the batch. Take the mean, or the loss grows with it.": n * right,
        "Softmax over the wrong axis: the ten probabilities of one image, a row, should add up "
        "to 1. Use `dim=1`.": -columns[true].mean(),
        "You take the largest probability of each row. Take that of the true digit: "
        "`[range(len(labels)), labels]`.": -soft.max(dim=1).values.log().mean(),
        "`[:, labels]` picks columns for all rows. Pair each row with its own label: "
        "`[range(len(labels)), labels]`.": -soft[:, labels].log().mean(),
        "You forgot the softmax: these are the logits of the true digits.": -logits[true].mean(),
        "You forgot the logarithm: this is the mean probability.": soft[true].mean(),
    }
    compare(given, right, mistakes, on_fresh_numbers(right, given))
    return "PyTorch's `cross_entropy` does the same from the logits: give it no softmax of yours."


@task("03.3")
def step(one_step: Any) -> str:
    """One step of training: zero_grad, loss, backward, step."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 10))
    images, labels = torch.randn(12, 1, 4, 4), torch.randint(0, 10, (12,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    calls: list[str] = []
    for name in ("zero_grad", "step"):
        setattr(optimizer, name, _recorded(getattr(optimizer, name), name, calls))
    model(images).square().mean().backward()  # leaves gradients behind
    before = [p.detach().clone() for p in model.parameters()]
    loss = F.cross_entropy(model(images), labels)
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    next(model.parameters()).register_hook(lambda _: calls.append("backward"))
    answer = one_step(model, images, labels, optimizer) if callable(one_step) else call(one_step)
    pairs = zip(model.parameters(), before, gradients, strict=True)
    if not all(torch.allclose(p, old - 0.5 * g, atol=1e-5) for p, old, g in pairs):
        raise WrongAnswer(_what_went_wrong(calls))
    faults = {
        "The step is right, but nothing comes back. Is there a `return`?": answer is None,
        "The step is right. But the loss that you return still holds PyTorch's record of the whole "
        "computation: `.item()` gives the bare number.": getattr(answer, "requires_grad", False),
    }
    refuse(faults)
    given, after = number(answer), F.cross_entropy(model(images), labels)
    words = "You measure the loss again, after the step. Return the one before."
    compare(given, loss, {words: after}, on_fresh_numbers(loss, given))
    return "These four lines are the engine of every training, from ten digits to whole languages."


def _recorded(function: Callable, name: str, calls: list[str]) -> Callable:
    """The same function, which also notes each of its calls."""

    def record(*arguments: Any, **options: Any) -> Any:
        calls.append(name)
        return function(*arguments, **options)

    return record


def _what_went_wrong(calls: list[str]) -> str:
    """The sentence for a step that changed the weights wrongly, judged by what it called."""
    if not calls:
        return "There is no step yet: the weights are as they were. Replace the three dots."
    if "backward" not in calls:
        return "The gradients are never computed: `loss.backward()` is missing."
    if "step" not in calls:
        return "The weights are as they were: `optimizer.step()` is missing."
    if "zero_grad" not in calls:
        return "You forgot `optimizer.zero_grad()`: the new gradients came on top of the old ones."
    zero, backward, step = (calls.index(name) for name in ("zero_grad", "backward", "step"))
    if step < backward:
        return "You step before `loss.backward()`: those are not the gradients of this loss."
    if backward < zero < step:
        return "`zero_grad()` throws away what `backward()` has just computed. It comes first."
    if step < zero:
        return "You forget the old gradients after the step. Begin with `optimizer.zero_grad()`."
    return "The order is right. Is the loss the cross-entropy of the logits and the labels?"


@task("03.4")
def measure(accuracy: Any) -> str:
    """The accuracy on all images of a loader, with dropout off."""
    sizes = [32, 32, int(torch.randint(3, 9, ()))]  # the last batch is smaller
    n, last = sum(sizes), sizes[-1]
    labels = torch.randint(0, 10, (n,))
    answers = torch.where(torch.rand(n) < 0.5, labels, (labels + 1) % 10)
    answers[-last:], answers[0] = labels[-last:], (labels[0] + 1) % 10
    images = F.one_hot(answers, 16).float().view(n, 1, 4, 4)
    model, modes = nn.Flatten(), set()  # the images hold the logits; it only has to lay them out
    model.register_forward_hook(lambda *_: modes.add((model.training, torch.is_grad_enabled())))
    try:
        given = number(call(accuracy, model, DataLoader(TensorDataset(images, labels), 32)))
    except RuntimeError as error:
        if "must match" not in str(error):
            raise
        words = "`argmax` over the wrong axis gives one answer for each digit, not for each image:"
        raise WrongAnswer(f"{words} use `dim=1`.") from None
    right = (answers == labels).float()
    share, parts = right.mean(), [part.mean() for part in right.split(sizes)]
    mistakes = {
        "You take the mean of the batches' accuracies. The last batch is smaller, so count "
        "the right answers, and divide once, at the end.": sum(parts) / 3,
        "This is how many are right. Divide by the number of images.": right.sum(),
        "You divide by the number of batches. `len(loader.dataset)` is the number of "
        "images.": right.sum() / 3,
        "This is the first batch alone. Does the `return` stand inside the loop?": parts[0],
        "This is a percentage. An accuracy lies between 0 and 1.": 100 * share,
    }
    compare(given, share, mistakes, on_fresh_numbers(share, given))
    training, recording = (any(mode[i] for mode in modes) for i in (0, 1))
    faults = {
        "The number is right, but dropout was on: call `model.eval()` first.": training,
        "The number is right, but PyTorch kept a record for gradients that nobody needs: use "
        "`torch.no_grad()`.": recording,
    }
    refuse(faults)
    return "With dropout on you would measure another, weaker network than the one you use."


# Each case has the middle of each value's runs, in thousandths (they lie up to 4 to each side);
# the number of runs; and, if there is one, the index of a value that has a single run.
SPREADS: list[tuple[Any, ...]] = [
    ([965, 975, 930, 955], 3),  # apart, and neither is the first or the last
    ([972, 960, 974, 971], 2),  # apart, though the best overlaps with two others
    ([970, 972, 969, 971], 4),  # all of them overlap
    ([970, 974, 972], 2),
    ([970, 965, 972, 930], 3),
    ([925, 966, 970], 3),
    ([975, 930, 950], 1),
    ([960, 975, 930, 955], 3, 2),
]


@task("03.5")
def spread(mattered: Any) -> str:
    """Whether a setting did more than chance."""
    cases = [_accuracies(*case) for case in SPREADS]
    given = [call(mattered, deepcopy(case)) for case in cases]
    for answer in given:
        words = f"The answer should be True or False, but it is a {kind(answer)}."
        refuse({words: kind(answer) not in ("bool", "bool_", "int")})
    given = list(map(bool, given))
    several, right, whatever, edges, neighbours = [], [], [], [], []
    for case in cases:
        worst, *_, second, best = sorted(case.values(), key=mean)
        first, *_, last = case.values()
        several.append(min(map(len, case.values())) > 1)
        whatever.append(min(best) > max(worst))
        right.append(several[-1] and whatever[-1])
        edges.append(several[-1] and min(first) > max(last))
        neighbours.append(several[-1] and min(best) > max(second))
    mistakes = {
        "It says True every time there are several runs. Two means, or the best and the worst "
        "of all runs, always differ. Ask whether the runs of the two values overlap.": several,
        "It says True every time, whatever the runs. Compare the lowest run of the best value "
        "with the highest of the worst.": [True] * len(cases),
        "It says False every time, whatever the runs.": [False] * len(cases),
        "It is the other way round: True means that the runs do not overlap.": np.invert(right),
        "A value with a single run: that may be chance. Return False as soon as one has only "
        "one run.": whatever,
        "You compare the first value with the last. Take the one with the best mean and the "
        "one with the worst.": edges,
        "You compare the best value with the next. Compare it with the worst.": neighbours,
    }
    i = np.argmax(np.not_equal(given, right))
    otherwise = f"For {cases[i]} the right answer is {right[i]}; you say {given[i]}."
    compare(given, right, mistakes, otherwise)
    return "With one run for each setting, you would have taken chance for a discovery."


def _accuracies(middles: list[int], runs: int, single: int | None = None) -> dict:
    """A case of `SPREADS` as a table: the runs of each value, evenly spread around its middle."""
    table = {}
    for place, middle in enumerate(middles):
        spread = torch.linspace(-4, 4, runs)[torch.randperm(runs)] if runs > 1 else torch.zeros(1)
        found = [round(one / 1000, 4) for one in (middle + torch.rand(()) - 0.5 + spread).tolist()]
        table[10.0 ** (place - 4)] = found[: 1 if place == single else None]
    return table
