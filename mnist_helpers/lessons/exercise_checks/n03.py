"""The checks of notebook 03, Training."""

import math
from collections.abc import Callable, Iterator
from copy import deepcopy
from statistics import mean, median
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from .core import WrongAnswer, call, close, compare, described, examine, number, refuse, task

ON_FRESH = "On fresh numbers the right answer is {right}; you say {given}."


@task("03.1")
def guessing(loss_of_guessing: Any) -> str:
    """The loss of a network that guesses."""

    def draw() -> list[tuple[int]]:
        return [(n,) for n in (10, 2, *torch.randint(3, 200, (4,)).tolist())]

    mistakes: dict[str, Any] = {
        "The minus is missing: a logarithm of a probability is negative.": lambda n: -math.log(n),
        "You took the logarithm to the base 10 or 2. The loss uses the natural one, `math.log`.": [
            math.log10,
            math.log2,
        ],
        "`log1p` adds 1 first. Take `math.log`.": lambda n: -math.log1p(1 / n),
        "This is the probability of the true class. Take minus its logarithm.": lambda n: 1 / n,
        "This is how often guessing is wrong. The loss is minus a logarithm.": lambda n: 1 - 1 / n,
        "You take the probability of all other classes.": lambda n: -math.log(1 - 1 / n),
        "You weigh the logarithm with the probability.": lambda n: math.log(n) / n,
        "You add up over all classes. Only the true one counts.": lambda n: n * math.log(n),
        "The loss of ten classes, each time. Use `classes`.": lambda n: math.log(10),
        "You count one class too few. The true one is among them.": lambda n: math.log(n - 1),
        "You count one class too many.": lambda n: math.log(n + 1),
        "This network prefers the true class.": lambda n: math.log(math.e + n - 1) - 1,
        "This is a root. Take a logarithm.": math.sqrt,
        "This is `exp`. Take its opposite, a logarithm.": lambda n: math.exp(-n),
        "This is the squared error. The loss is minus a logarithm.": lambda n: (1 - 1 / n) ** 2,
    }

    def otherwise(n: int) -> str:
        words = f"With {n} classes the right answer is {{right}}; you say {{given}}. Each class"
        return (
            f"{words} has the same probability, 1 / {n}; the loss is minus its natural logarithm."
        )

    examine(loss_of_guessing, draw, math.log, mistakes, otherwise)
    return "If the first loss of a training is far from this number, look for a mistake at once."


@task("03.2")
def by_hand(own_cross_entropy: Any) -> str:
    """Cross-entropy, straight from its definition."""

    def draw() -> list[tuple[Tensor, Tensor]]:
        logits, labels = 2 * torch.randn(13, 10), torch.randint(0, 10, (13,))
        logits[range(4), labels[:4]] += 4  # read correctly
        logits[4, labels[4]] = -3  # has no logarithm
        return [(logits, labels), (1.5 * logits[:11].double(), labels[:11])]

    def losses(z: Tensor, labels: Tensor) -> Tensor:
        return -z.log_softmax(dim=1)[range(len(labels)), labels]

    def true(z: Tensor, labels: Tensor) -> Tensor:
        return z.softmax(dim=1)[range(len(labels)), labels]

    mistakes: dict[str, Callable] = {
        "The minus is missing: the loss is minus the logarithm.": lambda z, y: -losses(z, y).mean(),
        "This is the sum over the batch. Take the mean, or the loss grows with it.": lambda z, y: (
            losses(z, y).sum()
        ),
        "You divide twice by the number of images. Take the mean once.": lambda z, y: (
            losses(z, y).mean() / len(y)
        ),
        "You divide by 10. Divide by the number of images.": lambda z, y: losses(z, y).sum() / 10,
        "This is the median. Take the mean.": lambda z, y: losses(z, y).median(),
        "You take the mean first. First the logarithms, then their mean.": lambda z, y: (
            -true(z, y).mean().log()
        ),
        "Softmax over the wrong axis: the ten probabilities of one image, a row, should add up "
        "to 1. Use `dim=1`.": lambda z, y: -z.log_softmax(dim=0)[range(len(y)), y].mean(),
        "You take the largest probability of each row. Take that of the true digit: "
        "`[range(len(labels)), labels]`.": lambda z, y: -z.log_softmax(dim=1).amax(dim=1).mean(),
        "`[:, labels]` picks columns for all rows. Pair each row with its own label: "
        "`[range(len(labels)), labels]`.": lambda z, y: -z.log_softmax(dim=1)[:, y].mean(),
        "`[labels]` picks rows, not digits. Pair each row with its own label: "
        "`[range(len(labels)), labels]`.": lambda z, y: -z.log_softmax(dim=1)[y].mean(),
        "You average over all ten digits. Pick the true one of each row: "
        "`[range(len(labels)), labels]`.": lambda z, y: -z.log_softmax(dim=1).mean(),
        "You forgot the softmax: these are the logits of the true digits.": lambda z, y: (
            -z[range(len(y)), y].mean()
        ),
        "You take softmax twice. Once makes probabilities.": lambda z, y: losses(
            z.softmax(dim=1), y
        ).mean(),
        "You take `sigmoid`. Softmax makes the ten of an image add up to 1.": lambda z, y: (
            -z.sigmoid()[range(len(y)), y].log().mean()
        ),
        "You forgot the logarithm: this is the mean probability.": lambda z, y: true(z, y).mean(),
        "You forgot the logarithm: this is minus the mean probability.": lambda z, y: (
            -true(z, y).mean()
        ),
        "You take 1 minus the probability. Take minus its logarithm.": lambda z, y: (
            1 - true(z, y).mean()
        ),
        "You take the probability of being wrong. Take that of the true digit.": lambda z, y: (
            -(1 - true(z, y)).log().mean()
        ),
        "You took the logarithm to the base 10. The loss uses the natural one, "
        "`log`.": lambda z, y: losses(z, y).mean() / math.log(10),
        "You took the logarithm to the base 2. The loss uses the natural one, "
        "`log`.": lambda z, y: losses(z, y).mean() / math.log(2),
        "This is the loss of the first image. Take the mean over all; does a `return` stand inside "
        "the loop?": lambda z, y: losses(z, y)[0],
        "You use the first ten images only. Use all: `len(labels)`.": lambda z, y: losses(z, y)[
            :10
        ].mean(),
        "You use only the images that are read correctly. All of them count.": lambda z, y: losses(
            z, y
        )[z.argmax(dim=1) == y].mean(),
        "This is the fraction of mistakes. The loss also asks how sure the network "
        "was.": lambda z, y: (z.argmax(dim=1) != y).double().mean(),
    }
    for some in (0.1, 0.01, 0.001):
        words = f"You add {some} to each probability. Then a poor one costs too little."
        mistakes[words] = lambda z, y, some=some: -(true(z, y) + some).log().mean()

    def convert(answer: Any) -> float:
        words = "The answer is NaN: that is the logarithm of a negative number. A logit may be "
        words += "negative, a probability is not, so softmax comes first; the minus stands outside."
        refuse({words: isinstance(answer, Tensor) and answer.isnan().any()})
        hint = f"The answer should be one number, but it {described(answer)}. Take the mean."
        refuse({hint: isinstance(answer, Tensor) and answer.numel() > 1})
        return number(answer)

    words = (
        "Use `softmax` and `log` here: the point is to build PyTorch's `cross_entropy` yourself."
    )
    examine(
        own_cross_entropy,
        draw,
        lambda z, y: losses(z, y).mean(),
        mistakes,
        f"{ON_FRESH} From each row, softmax gives the probability of the true digit; the loss is "
        "the mean of minus its logarithm.",
        convert=convert,
        forbidden={words: {"cross_entropy"}},
    )
    return "PyTorch's `cross_entropy` does the same from the logits: give it no softmax of yours."


def steps(order: str, loss: Callable = F.cross_entropy) -> Callable:
    """A training of these steps, in this order: zero, backward, step."""

    def run(model: nn.Module, images: Tensor, labels: Tensor, optimizer: Any) -> None:
        for one in order.split():
            if one == "zero":
                optimizer.zero_grad()
            elif one == "step":
                optimizer.step()
            else:
                loss(model(images), labels).backward()

    return run


def each_alone(model: nn.Module, images: Tensor, labels: Tensor, optimizer: Any) -> None:
    """A step for each image."""
    for image, label in zip(images.split(1), labels.split(1), strict=True):
        steps("zero backward step")(model, image, label, optimizer)


def _squared(logits: Tensor, labels: Tensor) -> Tensor:
    """The squared error of the probabilities."""
    return F.mse_loss(logits.softmax(dim=1), F.one_hot(labels, 10).float())


# By the sentence, other ways to train. The one with the same weights and gradients is meant.
STEPS: dict[str, Callable] = {
    "You forgot `optimizer.zero_grad()`: the new gradients came on top of the old ones. Is it "
    "there, with its brackets?": steps("backward step"),
    "You forget the old gradients after the step. Begin with `optimizer.zero_grad()`, or those of "
    "an earlier batch are still there.": steps("backward step zero"),
    "The weights are as they were, though the gradients are there: `optimizer.step()` is missing, "
    "lacks its brackets, or is never reached.": steps("zero backward"),
    "There are new gradients on top of the old ones, and no step: `zero_grad()` and `step()` are "
    "missing.": steps("backward"),
    "You step before `loss.backward()`: those are not the gradients of this loss.": steps(
        "zero step backward"
    ),
    "You step before `loss.backward()`, with the gradients of an earlier batch.": steps(
        "step backward"
    ),
    "The step used the gradients of an earlier batch: `loss.backward()` is missing, and "
    "`zero_grad()`.": steps("step"),
    "The gradients are never computed: `loss.backward()` is missing.": steps("zero step"),
    "The gradients are forgotten, and nothing else: `loss.backward()` and `optimizer.step()` are "
    "missing.": steps("zero"),
    "There is no step yet: the weights are as they were.": steps(""),
    "`zero_grad()` throws away what `backward()` has just computed. It comes first.": steps(
        "backward zero step"
    ),
    "You step twice. Learn once.": steps("zero backward step step"),
    "You learn from the batch twice. Learn once.": steps("zero backward step zero backward step"),
    "You learn from the batch ten times. Learn once, without a loop.": steps(
        "zero backward step " * 10
    ),
    "You take a step for each image. Take one for the whole batch.": each_alone,
    "You add up the losses of the images. Take their mean.": steps(
        "zero backward step", lambda z, y: F.cross_entropy(z, y, reduction="sum")
    ),
    "You take softmax twice: `F.cross_entropy` wants the logits.": steps(
        "zero backward step", lambda z, y: F.cross_entropy(z.softmax(dim=1), y)
    ),
    "The sign is wrong: the model learns to be worse.": steps(
        "zero backward step", lambda z, y: -F.cross_entropy(z, y)
    ),
    "You take the squared error. Measure the loss with `F.cross_entropy`.": steps(
        "zero backward step", _squared
    ),
    "You use the first image only. Use the whole batch.": steps(
        "zero backward step", lambda z, y: F.cross_entropy(z[:1], y[:1])
    ),
}


@task("03.3")
def step(one_step: Any) -> str:
    """One step of training: zero_grad, loss, backward, step."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 10))
    images, labels = torch.randn(12, 1, 4, 4), torch.randint(0, 10, (12,))
    loss = F.cross_entropy(model(images), labels).detach()
    if close(loss, loss.round(decimals=2), 1e-3):  # a rounded loss should be seen
        return step(one_step)
    rate = 0.3 + 0.4 * torch.rand(()).item()

    def outcome(train: Callable) -> tuple[Tensor, Tensor, int, Any, Tensor]:
        """What a training leaves: weights, gradients, steps, what it returns, and the logits."""
        copy, taken = deepcopy(model), []
        F.cross_entropy(copy(2 * images.flip(0)), labels).backward()  # leaves gradients behind
        optimizer = torch.optim.SGD(copy.parameters(), lr=rate)
        optimizer.register_step_pre_hook(lambda *_: taken.append(1))
        answer = train(copy, images, labels, optimizer)
        weights = list(copy.parameters())
        grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in weights]
        flat = [torch.cat([one.detach().flatten() for one in some]) for some in (weights, grads)]
        return *flat, len(taken), answer, copy(images).detach()

    weights, gradients, taken, answer, logits = outcome(lambda *given: call(one_step, *given))
    if not close(weights, outcome(steps("zero backward step"))[0]):
        old = torch.cat([one.detach().flatten() for one in model.parameters()])
        words = "The weights change, but your function does not use the optimizer that it gets: "
        refuse({f"{words}`optimizer.step()`.": not taken and not close(weights, old)})
        for words, train in STEPS.items():
            its_weights, its_gradients, its_steps, *_ = outcome(train)
            same = close([*weights, *gradients, taken], [*its_weights, *its_gradients, its_steps])
            refuse({words: same})
        words = "The weights are not those after one step with this batch. Forget the old gradients"
        words += ", measure the loss of all images with `F.cross_entropy`, compute its gradients, "
        raise WrongAnswer(f"{words}and step: nothing else.")
    words = "The step is right. But the loss that you return still holds PyTorch's record of the "
    words += "whole computation: `.item()` gives the bare number."
    refuse({words: getattr(answer, "requires_grad", False)})
    given, before = number(answer), model(images).detach()
    mistakes = {
        "You measure the loss again, after the step. Return the one before.": F.cross_entropy(
            logits, labels
        ),
        "The step is right. But you return an accuracy, not the loss.": (
            logits.argmax(dim=1) == labels
        )
        .float()
        .mean(),
        "The step is right. But you return the accuracy, not the loss.": (
            before.argmax(dim=1) == labels
        )
        .float()
        .mean(),
        "The step is right. But you return the sum of the losses. Return their "
        "mean.": F.cross_entropy(before, labels, reduction="sum"),
    }
    compare(given, loss, mistakes, f"The step is right, but not the loss. {ON_FRESH}")
    return "These four lines are the engine of every training, from ten digits to whole languages."


@task("03.4")
def measure(accuracy: Any) -> str:
    """The accuracy on all images of a loader, with dropout off."""
    modes: set[tuple[bool, bool]] = set()
    model = nn.Flatten()  # the images hold the logits; it only has to lay them out
    model.register_forward_hook(lambda *_: modes.add((model.training, torch.is_grad_enabled())))

    def draw() -> list[tuple[nn.Module, DataLoader]]:
        n = 64 + int(torch.randint(3, 9, ()))  # the last batch is smaller
        labels, logits = torch.randint(0, 10, (n,)), torch.randn(n, 10)
        logits[range(n), labels] += 3.0 * (torch.rand(n) < 0.6)
        logits[range(12), labels[:12]] = -9.0  # these are the least likely
        logits[64:][range(n - 64), labels[64:]] += 6  # the last batch is read best
        return [(model.train(), DataLoader(TensorDataset(logits.view(n, 1, 2, 5), labels), 32))]

    def batches(loader: DataLoader) -> Iterator[tuple[Tensor, Tensor]]:
        return ((images.flatten(1), labels) for images, labels in loader)

    def over(score: Callable[[Tensor, Tensor], Any]) -> Callable:
        """The sum of a score of the logits and labels of each batch, by the number of images."""
        return lambda _, loader: (
            sum(float(score(z, y)) for z, y in batches(loader)) / images(loader)
        )

    def images(loader: DataLoader) -> int:
        return len(loader.dataset)  # type: ignore[arg-type]  # it has a length

    def hits(z: Tensor, y: Tensor) -> Tensor:
        return (z.argmax(dim=1) == y).float()

    def parts(loader: DataLoader) -> list[float]:
        return [hits(z, y).mean().item() for z, y in batches(loader)]

    right = over(lambda z, y: hits(z, y).sum())
    mistakes = {
        "You take the mean of the batches' accuracies. The last batch is smaller, so count the "
        "right answers, and divide once, at the end.": lambda _, loader: mean(parts(loader)),
        "This is how many are right. Divide by the number of images.": lambda _, loader: (
            right(_, loader) * images(loader)
        ),
        "You divide by the number of batches. `len(loader.dataset)` is the number of "
        "images.": lambda _, loader: right(_, loader) * images(loader) / 3,
        "You divide by the size of the last batch. Divide by the number of all "
        "images.": lambda _, loader: right(_, loader) * images(loader) / (images(loader) - 64),
        "You divide as if all batches were as large as the first. The last may be "
        "smaller.": lambda _, loader: right(_, loader) * images(loader) / 96,
        "You divide as if all batches were as large as the last, which is "
        "smaller.": lambda _, loader: right(_, loader) * images(loader) / 3 / (images(loader) - 64),
        "This is the first batch alone. Look at all; does the `return` stand inside the "
        "loop?": lambda _, loader: parts(loader)[0],
        "These are the right answers of the first batch, of all images. Does the `return` stand "
        "inside the loop?": lambda _, loader: parts(loader)[0] * 32 / images(loader),
        "These are the right answers of the last batch alone. Add up, with "
        "`+=`.": lambda _, loader: parts(loader)[2] * (images(loader) - 64) / images(loader),
        "This is the last batch alone. Look at all of them.": lambda _, loader: parts(loader)[2],
        "You leave out the last batch, but divide by all images.": lambda _, loader: (
            sum(parts(loader)[:2]) * 32 / images(loader)
        ),
        "You leave out the last batch. It counts, though it is smaller.": lambda _, loader: mean(
            parts(loader)[:2]
        ),
        "This is the fraction of mistakes. Count where answer and label are equal.": over(
            lambda z, y: (1 - hits(z, y)).sum()
        ),
        "`argmin` names the least likely digit. Take `argmax`.": over(
            lambda z, y: (z.argmin(dim=1) == y).sum()
        ),
        "This is the loss. Count the right answers.": over(
            lambda z, y: F.cross_entropy(z, y, reduction="sum")
        ),
        "You add up the probabilities of the true digits. Count the right answers.": over(
            lambda z, y: z.softmax(dim=1)[range(len(y)), y].sum()
        ),
        "You count sure answers. Count the right ones.": over(
            lambda z, y: (z.softmax(dim=1).amax(dim=1) > 0.5).sum()
        ),
        "You count the second choice, too. Only the highest logit is the answer.": over(
            lambda z, y: (z.topk(2).indices == y[:, None]).sum()
        ),
        "You count the batches without any mistake. Count images.": over(
            lambda z, y: hits(z, y).all()
        ),
        "You divide by a fixed number, 10,000. Divide by the number of these "
        "images.": lambda _, loader: right(_, loader) * images(loader) / 10_000,
    }
    otherwise = f"{ON_FRESH} Count where `argmax(dim=1)` is the label, and divide once, by all."
    examine(accuracy, draw, right, mistakes, otherwise)
    words = (
        "The number is right, but dropout was on: call `model.eval()`, with its brackets, first."
    )
    refuse({words: any(training for training, _ in modes)})
    words = "With dropout on you would measure another, weaker network than the one you use."
    if any(recording for _, recording in modes):
        words += " (Inside `torch.no_grad()` PyTorch keeps no record, which saves time and memory.)"
    return words


# The runs of each value, in thousandths.
TABLES: list[list[list[int]]] = [
    [[962, 966], [976, 979], [955, 977]],  # the example
    [[965, 961, 969], [971, 979, 975], [934, 926, 930], [955, 959, 951]],  # apart, in the middle
    [[970, 968, 974], [972, 971, 969], [968, 973, 970]],  # all overlap
    [[975, 970], [960, 970], [971, 968]],  # the best begins where the worst ends
    [[960, 964], [972, 976], [966]],  # a middle value has a single run
    [[960], [976, 972], [966, 965]],
    [[960, 964], [976], [965, 966]],
    [[960], [976], [970, 971]],
    [[970, 975, 972], [960, 962]],
    [[900, 980, 970], [960, 961, 962], [930, 934, 935]],  # the highest run is not the best mean's
    [[970, 971], [960, 961, 962], [940, 999, 941]],  # the same
    [[940, 941, 942, 943], [970, 975], [960, 962]],  # the sum prefers the one with more runs
    [[971, 979], [925, 930, 920], [966, 969, 962]],  # upside down
    [[970, 972], [960, 962], [950, 971]],  # the worst has a single good run
    [[950, 990], [951, 991], [960, 961]],
    [[965, 972, 969], [971, 960, 968], [976, 964, 971]],  # the first runs mislead
    [[974, 965, 970], [960, 962, 964], [966, 967, 961]],  # the best does not overlap with the worst
    [[962, 985, 980], [960, 971, 950], [961, 963, 965]],  # run by run it is better
    [[940, 970, 971], [950, 951, 952], [930, 931, 955]],  # the median misleads
    [[960, 970], [990], [965, 969]],
    [[975, 950, 951], [968, 969, 970], [940, 965, 941]],
    [[945, 985, 946], [968, 969, 970], [950, 951, 952], [940, 947, 941]],
    [[970, 970], [970, 970]],
    [[975, 970, 969], [968, 950, 967], [966, 965, 967]],  # little more than chance, but apart
]


@task("03.5")
def spread(mattered: Any) -> str:
    """Whether a setting did more than chance."""

    def draw() -> list[tuple[dict[float, list[float]]]]:
        """The tables, all a little higher or lower, and their values in two orders."""
        shift, tables = round(torch.randint(-9, 10, ()).item()), []
        for place, runs in enumerate(TABLES):
            names = [10.0 ** (i - 4) for i in range(len(runs))][:: 1 if place % 2 else -1]
            shifted = [[(run + shift) / 1000 for run in some] for some in runs]
            tables.append((dict(zip(names, shifted, strict=True)),))
        return tables

    def apart(best: Any = mean, worst: Any = None, enough: int = 2, low: Any = min) -> Callable:
        """The task, with another way to find the best and the worst, or to compare them."""

        def judge(table: dict) -> bool:
            one, other = max(table.values(), key=best), min(table.values(), key=worst or best)
            return min(map(len, table.values())) >= enough and low(one) > max(other)

        return judge

    def several(table: dict) -> bool:
        return min(map(len, table.values())) > 1

    def of(question: Callable, enough: Callable = several) -> Callable:
        """The task, with another question for all runs, worst value first, or for their numbers."""
        return lambda table: enough(table) and bool(question(sorted(table.values(), key=mean)))

    def counted(enough: Callable) -> Callable:
        """The task, with another question for the numbers of runs, worst value first."""
        wide = of(lambda r: min(r[-1]) > max(r[0]), lambda table: True)
        return lambda t: wide(t) and enough([len(r) for r in sorted(t.values(), key=mean)])

    right = apart()
    every = "Ask whether *every* run of the best is above every run of the worst."
    by_mean = "Take the value with the best mean, and the one with the worst: `key=mean`."
    mistakes: dict[str, Any] = {
        "A value with a single run: that may be chance. Then return False.": apart(enough=1),
        "Two runs of each are enough.": apart(enough=3),
        "Only the best and the worst are asked for a single run. Ask *any* value.": counted(
            lambda n: n[0] > 1 and n[-1] > 1
        ),
        "One value with a single run is enough to say False: `or`, not `and`.": counted(
            lambda n: n[0] > 1 or n[-1] > 1
        ),
        "If a run of the best is as good as one of the worst, it is not better: `>`, not `>=`.": of(
            lambda r: min(r[-1]) >= max(r[0])
        ),
        f"You compare means, or single runs, which nearly always differ. {every}": of(
            lambda r: mean(r[-1]) > mean(r[0])
        ),
        f"You compare means, which nearly always differ, even with single runs. {every}": of(
            lambda r: mean(r[-1]) > mean(r[0]), bool
        ),
        "Any distance is enough. You ask for a limit.": [
            of(lambda r: mean(r[-1]) - mean(r[0]) > 0.01),
            of(lambda r: min(r[-1]) - max(r[0]) > 0.004),
        ],
        f"You compare the highest runs, or the lowest. {every}": [
            of(lambda r: max(r[-1]) > max(r[0])),
            of(lambda r: min(r[-1]) > min(r[0])),
        ],
        f"You compare run by run, in pairs. {every}": of(
            lambda r: all(a > b for a, b in zip(r[-1], r[0], strict=False))
        ),
        "You compare the best value with the next. Compare it with the worst.": of(
            lambda r: min(r[-1]) > max(r[-2])
        ),
        "You compare the best value with all others. Compare it with the worst.": of(
            lambda r: min(r[-1]) > max(map(max, r[:-1]))
        ),
        "It is the other way round: True means that the runs do not overlap.": [
            lambda table: not right(table),
            of(lambda r: max(r[0]) > min(r[-1])),
        ],
        f"You find the best and the worst in another way. {by_mean}": [
            *(apart(key) for key in (max, min, list, sum, len, median)),
            apart(max, min),
        ],
        f"You compare the first and the last value of the table. {by_mean}": [
            lambda t, a=a: several(t) and min([*t.values()][a]) > max([*t.values()][-1 - a])
            for a in (0, -1)
        ],
        f"You compare the largest and the smallest value of the setting. {by_mean}": (
            lambda t: several(t) and min(t[max(t)]) > max(t[min(t)])
        ),
        "It says True whenever there are several runs. Do they overlap?": of(lambda r: True),
        "It says True every time, whatever the runs.": lambda table: True,
        "It says False every time, whatever the runs.": lambda table: False,
    }

    def truth(answer: Any) -> bool:
        plain = answer.item() if hasattr(answer, "item") else answer
        words = f"The answer should be True or False, but it {described(answer)}."
        refuse({words: not isinstance(plain, bool) and plain not in (0, 1)})
        return bool(plain)

    def otherwise(table: dict) -> str:
        order = sorted(table.values(), key=mean)
        words = f"For {table} the right answer is {right(table)}; you say {not right(table)}."
        if min(map(len, order)) < 2:
            return f"{words} A value has a single run."
        words = f"{words} The lowest run of the best value is {min(order[-1])}, and the highest of"
        return f"{words} the worst is {max(order[0])}."

    examine(mattered, draw, right, mistakes, otherwise, convert=truth)
    return "With one run for each setting, you would have taken chance for a discovery."
