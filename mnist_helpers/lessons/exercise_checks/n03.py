"""The checks of notebook 03, Training."""

import math
import re
from collections.abc import Callable
from itertools import chain, pairwise
from statistics import mean, median
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from .core import (
    Mistakes,
    WrongAnswer,
    array,
    call,
    close,
    compare,
    described,
    examine,
    refuse,
    task,
)


@task("03.1")
def guessing(loss_of_guessing: Any) -> str:
    """The loss of a network that guesses."""

    def draw() -> list[tuple[int]]:
        return [(n,) for n in (10, 2, *torch.randint(3, 200, (4,)).tolist())]

    mistakes: dict[str, Any] = {
        "The sign is wrong: the logarithm of a probability is negative, and the loss is minus "
        "that.": (lambda n: -math.log(n)),
        "You took the logarithm to the base 10 or 2. The loss uses the natural one, `math.log`.": [
            math.log10,
            math.log2,
            lambda n: -math.log10(n),
        ],
        "You add 1 to the probability before the logarithm, as `log1p` does. Take `math.log(1 / "
        "classes)`, with a minus.": lambda n: -math.log1p(1 / n),
        "This is the probability of the true class. Take minus its logarithm.": lambda n: 1 / n,
        "This is how often guessing is wrong. The loss is minus a logarithm.": lambda n: 1 - 1 / n,
        "You take the probability of all other classes. Take that of the true one.": lambda n: (
            -math.log(1 - 1 / n)
        ),
        "This is the right loss divided by `classes`. The loss is minus the logarithm of the true "
        "class's probability, and nothing else.": lambda n: math.log(n) / n,
        "This is the right loss times `classes`. Only the true class counts.": (
            lambda n: n * math.log(n)
        ),
        "The loss of ten classes, each time. Use `classes`.": lambda n: math.log(10),
        "This is the loss with one class too few. The true one is among `classes`.": lambda n: (
            math.log(n - 1)
        ),
        "This is the loss with one class too many.": lambda n: math.log(n + 1),
        "This is the loss of a network that prefers the true class.": lambda n: (
            math.log(math.e + n - 1) - 1
        ),
        "This is a root. Take a logarithm.": math.sqrt,
        "This is the squared error. The loss is minus a logarithm.": lambda n: (1 - 1 / n) ** 2,
    }

    def otherwise(n: int) -> str:
        words = f"With {n} classes the right answer is {{right}}; you say {{given}}. The true class"
        return f"{words} has the probability 1 / {n}; the loss is minus its natural logarithm."

    examine(loss_of_guessing, draw, math.log, mistakes, otherwise)
    return "If the first loss of a training is far from this number, look for a mistake at once."


# The runs of each value, in thousandths.
TABLES: list[list[list[int]]] = [
    [[962, 966], [976, 979], [955, 977]],  # the example
    [[965, 961, 969], [971, 979, 975], [934, 926, 930], [955, 959, 951]],  # apart, in the middle
    [[970, 968, 975], [972, 971, 969], [968, 973, 970]],  # all overlap
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
    [[970, 971], [980, 965], [950, 951]],  # the first and the last are apart, the best is between
    [[975, 970, 969], [968, 950, 967], [966, 965, 967]],  # little more than chance, but apart
    [[965, 960], [965, 990]],  # the first runs are equal
    [[960, 965], [990, 965]],  # the last ones
]


@task("03.5")
def spread(mattered: Any) -> str:
    """Whether a setting did more than chance."""

    def draw() -> list[tuple[dict[float, list[float]]]]:
        """The tables, all a little higher or lower, and their values in two orders."""
        shift, tables = round(torch.randint(-9, 10, ()).item()), []
        for place, runs in enumerate([*TABLES, *(by_chance() for _ in range(40))]):
            names = [10.0 ** (i - 4) for i in range(len(runs))][:: 1 if place % 2 else -1]
            shifted = [[(run + shift) / 1000 for run in some] for some in runs]
            tables.append((dict(zip(names, shifted, strict=True)),))
        return tables

    def by_chance() -> list[list[int]]:
        """A table whose best and worst mean belong to one value each."""
        while True:
            lengths = [max(1, n) for n in torch.randint(0, 5, (int(torch.randint(2, 5, ())),))]
            runs = [
                (torch.randint(955, 966, ()) + torch.randint(-7, 8, (int(n),))).tolist()
                for n in lengths
            ]
            means = sorted(map(mean, runs))
            if means[0] < means[1] and means[-2] < means[-1]:
                return runs

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
        "Only some values are asked for a single run. Ask *any* value.": [
            counted(lambda n: n[0] > 1 and n[-1] > 1),
            counted(lambda n: n[0] > 1),
            counted(lambda n: n[-1] > 1),
        ],
        "You leave out values with a single run. If there is one, return False.": (
            lambda table: (
                any(len(runs) > 1 for runs in table.values())
                and right({one: runs for one, runs in table.items() if len(runs) > 1})
            )
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
        f"You compare the highest runs of the two. {every}": of(lambda r: max(r[-1]) > max(r[0])),
        f"You compare the lowest runs of the two. {every}": of(lambda r: min(r[-1]) > min(r[0])),
        f"You compare the first runs of the two. {every}": of(lambda r: r[-1][0] > r[0][0]),
        f"You compare the last runs of the two. {every}": of(lambda r: r[-1][-1] > r[0][-1]),
        "You compare the two lists themselves, which looks at the first runs that differ and at no "
        f"other. {every}": of(lambda r: r[-1] > r[0]),
        f"You compare a mean with runs. {every}": [
            of(lambda r: min(r[-1]) > mean(r[0])),
            of(lambda r: mean(r[-1]) > max(r[0])),
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
        f"You compare the largest and the smallest value of the setting. {by_mean}": [
            lambda t: several(t) and min(t[max(t)]) > max(t[min(t)]),
            lambda t: (
                several(t) and (min(t[max(t)]) > max(t[min(t)]) or min(t[min(t)]) > max(t[max(t)]))
            ),
        ],
        "It says True whenever there are several runs. Do they overlap?": of(lambda r: True),
        "It says True every time, whatever the runs.": lambda table: True,
        "It says False every time, whatever the runs.": lambda table: False,
    }

    def truth(answer: Any) -> bool:
        words = f"The answer should be True or False, but it {described(answer)}."
        refuse({words: getattr(answer, "shape", ())})
        plain = answer.item() if hasattr(answer, "item") else answer
        refuse({words: not isinstance(plain, bool) and plain not in (0, 1)})
        return bool(plain)

    def otherwise(table: dict) -> str:
        order = sorted(table.values(), key=mean)
        words = f"For {table} the right answer is {right(table)}; you say {not right(table)}."
        if min(map(len, order)) < 2:
            return f"{words} A value has a single run."
        words = f"{words} The lowest run of the best value is {min(order[-1])}, and the highest of"
        return f"{words} the worst is {max(order[0])}."

    def stops(error: Exception, *_: Any) -> str:
        single = "'(int|float)' object is not (iterable|subscriptable)|type '(int|float)' has no"
        words = "Your code takes a single number for a list, and stops with"
        words = (
            f"{words} {type(error).__name__}: {error}. `accuracies` is a dictionary: going through"
        )
        words = (
            f"{words} it, or `max(accuracies)`, gives values of the setting. The lists of runs are"
        )
        return f"{words} in `accuracies.values()`." if re.search(single, str(error)) else ""

    examine(mattered, draw, right, mistakes, otherwise, convert=truth, stops=stops)
    return "With one run for each setting, you would have taken chance for a discovery."


# By the sentence, other losses that a training may go down.
LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "": F.cross_entropy,
    "The loss is not right yet: `F.cross_entropy` does softmax and logarithm itself, so give it "
    "the logits.": lambda z, y: F.cross_entropy(z.softmax(dim=1), y),
    "The loss is not right yet: `F.nll_loss` expects logarithms of probabilities. Use "
    "`F.cross_entropy` with the logits.": F.nll_loss,
    "The loss is not right yet: `F.nll_loss` expects the *logarithms* of the probabilities. Use "
    "`F.cross_entropy` with the logits.": lambda z, y: F.nll_loss(z.softmax(dim=1), y),
    "The loss is not right yet: this is the sum over the batch. Take the mean.": lambda z, y: (
        F.cross_entropy(z, y, reduction="sum")
    ),
    "The sign of the loss is wrong: the model learns to be worse.": lambda z, y: (
        -F.cross_entropy(z, y)
    ),
}


class Damping(nn.Module):
    """Stands for dropout, but without chance: while the model learns, it scales the pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = torch.linspace(0, 2, 9)[torch.randperm(9)]

    def forward(self, pixels: Tensor) -> Tensor:
        """Scale the pixels of each image, of shape ``(n, 9)``."""
        return pixels * self.scale if self.training else pixels


class Watched:
    """A small training, in which each use of the model and each step are noted."""

    def __init__(self) -> None:
        centres = torch.randn(10, 1, 3, 3)
        labels = [torch.randint(0, 10, (n,)) for n in (24, 37)]
        images = [centres[one] + 0.7 * torch.randn(len(one), 1, 3, 3) for one in labels]
        self.loaders = [
            DataLoader(TensorDataset(*pair), n)
            for *pair, n in zip(images, labels, (10, 15), strict=True)
        ]
        self.training, self.validation = ([*loader] for loader in self.loaders)
        self.damping = Damping()
        self.model = nn.Sequential(nn.Flatten(), self.damping, nn.Linear(9, 10))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.3)
        self.start = self.weights()
        self.last = torch.zeros(1, 1, 3, 3), True  # the last use that may give gradients
        # Each use: the images, and whether dropout was on.
        self.uses: list[tuple[Tensor, bool]] = []
        # Each step: the use that it learns from, the gradients, and the weights before it.
        self.steps: list[tuple[tuple[Tensor, bool], list[Tensor], list[Tensor]]] = []
        self.model.register_forward_pre_hook(lambda _, given: self._used(given[0]))
        self.optimizer.register_step_pre_hook(lambda *_: self._stepped())

    def _used(self, images: Tensor) -> None:
        self.uses.append((images.detach().clone(), self.damping.training))
        if torch.is_grad_enabled():
            self.last = self.uses[-1]

    def _stepped(self) -> None:
        found = [p.grad.clone() for p in self.model.parameters() if p.grad is not None]
        self.steps.append((self.last, found, self.weights()))

    def weights(self) -> list[Tensor]:
        """A copy of the weights."""
        return [p.detach().clone() for p in self.model.parameters()]

    def logits(self, images: Tensor, weights: list[Tensor], dropout: bool) -> Tensor:
        """What the model says with these weights."""
        return F.linear(images.flatten(1) * (self.damping.scale if dropout else 1), *weights)

    def hits(self, batches: list, weights: list[Tensor]) -> list[list[float]]:
        """For each image of each batch, 1 if it is read correctly, and 0 if not."""
        return [
            (self.logits(images, weights, False).argmax(dim=1) == labels).float().tolist()
            for images, labels in batches
        ]

    def comes_from(self, batches: list, images: Tensor) -> int | None:
        """Which of the batches these images are; None if they are none of them."""
        return next((i for i, (own, _) in enumerate(batches) if torch.equal(own, images)), None)

    def holds(self, batches: list, images: Tensor) -> bool:
        """Whether all of these images belong to the batches, however they are put together."""
        own = torch.cat([some for some, _ in batches]).flatten(1)
        new = images.flatten(1)
        return new.shape[1] == own.shape[1] and bool(
            (new[:, None] == own).all(dim=2).any(dim=1).all()
        )

    def went_down(self, number: int) -> tuple[str | None, bool]:
        """The sentence for the loss of a step's gradients, and if older ones are in them.

        The sentence is "" for the right loss, and None for one that is not among `LOSSES`.
        """
        (images, dropout), found, weights = self.steps[number]
        labels = self.training[self.comes_from(self.training, images) or 0][1]
        before = self.steps[number - 1][1] if number else found
        for old in (False, True):
            for words, loss in LOSSES.items():
                leaves = [one.clone().requires_grad_() for one in weights]
                new = torch.autograd.grad(
                    loss(self.logits(images, leaves, dropout), labels), leaves
                )
                own = [one + old * more for one, more in zip(new, before, strict=True)]
                if all(close(one, other, 1e-6) for one, other in zip(own, found, strict=True)):
                    return words, old
        return None, False


def mended(seen: Watched, epochs: int) -> None:
    """The training that is meant; it measures nothing."""
    for _ in range(epochs):
        for images, labels in seen.training:
            seen.optimizer.zero_grad()
            F.cross_entropy(seen.model(images), labels).backward()
            seen.optimizer.step()


@task("03.7")
def bugs(train: Any) -> str:
    """A loop with three bugs, which are mended."""
    epochs = 4  # another number than that of the batches

    def results(seen: Watched) -> tuple[list[float], dict[str, Any]]:
        """The accuracies that are meant, and those of mistakes, by the sentence."""
        batches = len(seen.training)
        states = [*[weights for _, _, weights in seen.steps][::batches], seen.weights()]
        by_batch = [seen.hits(seen.validation, one) for one in states]
        hits = [[*chain.from_iterable(one)] for one in by_batch]
        learned = [[*chain.from_iterable(seen.hits(seen.training, one))] for one in states]
        right = [mean(one) for one in hits[1:]]
        mistakes = {
            "You measure before the epoch. Measure after it.": [mean(one) for one in hits[:-1]],
            "You measure on the images that the model has learned from.": [
                mean(one) for one in learned[1:]
            ],
            "You take the mean of the batches' accuracies. The last batch is smaller, so count the "
            "right answers, and divide once.": [mean(map(mean, one)) for one in by_batch[1:]],
            "You go on counting: `right = 0` belongs into the loop over the epochs.": [
                sum(right[: i + 1]) for i in range(epochs)
            ],
            **{
                f"Your accuracies are the numbers of right answers divided by {n}. There are "
                f"{len(hits[0])} images in `validation`.": [sum(one) / n for one in hits[1:]]
                for n in (1, 3, 7, 10, 13, 15, 21, 24, 30, 45, 1000, 10_000)
            },
            "These are the fractions of mistakes.": [1 - one for one in right],
            f"It is 0 each time, although {round(right[0] * len(hits[0]))} of the {len(hits[0])} "
            "images are read correctly after the first epoch.": [0.0] * epochs,
            "This is the last accuracy, each time.": [right[-1]] * epochs,
            "You sort the accuracies. They should be in the order of the epochs.": sorted(right),
        }
        return right, mistakes

    for _ in range(30):
        state = torch.get_rng_state()
        seen = Watched()
        mended(seen, epochs)
        right, mistakes = results(seen)
        if not any(close(right, one) for one in mistakes.values()):
            break
    torch.set_rng_state(state)
    seen = Watched()  # the same again
    answer = call(train, seen.model, *seen.loaders, seen.optimizer, epochs)
    refuse_training(seen, epochs)
    shapes = {
        (): "Return the list of all accuracies, one for each epoch.",
        (epochs + 1,): "Measure after each epoch, and not before the first.",
        (1,): "Return it after the last epoch. Does the `return` stand inside the loop?",
        (0,): "Append the accuracy after each epoch.",
        (epochs * len(seen.training),): "Measure once after each epoch, not with each batch.",
    }
    right, mistakes = results(seen)
    words = (
        "It learns as it should. But at place {place} of the list, counted from 0, should be the "
    )
    words += "accuracy {right}, the fraction of all images of `validation` that are read correctly "
    words += "after that epoch; yours is {given}."
    compare(array(answer, (epochs,), shapes), right, mistakes, words)
    return "Such bugs raise no error. You find them by asking what each line does, and how often."


def refuse_training(seen: Watched, epochs: int) -> None:
    """Raise a `WrongAnswer` unless each step learned from its batch as it should."""
    batches, moved = len(seen.training), not close(seen.weights()[0], seen.start[0], 1e-7)
    words = "The weights change, but not through the optimizer that your function gets: call "
    refuse(
        {
            f"{words}`optimizer.step()`.": moved and not seen.steps,
            "The model never learns: `optimizer.step()` is missing, or is never reached.": (
                not seen.steps
            ),
        }
    )
    learned = [use for use, _, _ in seen.steps]
    places = [seen.comes_from(seen.training, images) for images, _ in learned]
    strange = [images for (images, _), place in zip(learned, places, strict=True) if place is None]
    words = f"There should be {epochs * batches} steps in {epochs} epochs of {batches} batches, "
    refuse(
        {
            "The first step finds no gradients. The order in the loop is `zero_grad()`, loss, "
            "`backward()`, `step()`.": not seen.steps[0][1],
            "Some steps find no gradients. For each batch, the order is `zero_grad()`, loss, "
            "`backward()`, `step()`.": not all(found for _, found, _ in seen.steps),
            "Your function learns from the images of `validation`, too. Then they no longer tell "
            "how it reads new ones.": any(
                seen.comes_from(seen.validation, images) is not None for images in strange
            ),
            f"{words}one after each batch. Yours makes {epochs}, as many as there are epochs: "
            "`step()` belongs into the inner loop.": len(seen.steps) == epochs,
            f"{words}one after each batch. Yours makes {batches}, as many as one epoch has: the "
            "loop over the epochs has to go on to its end.": len(seen.steps) == batches,
            f"{words}one after each batch. Yours makes {len(seen.steps)}.": (
                len(seen.steps) != epochs * batches
            ),
            "In each epoch, each batch of `training` should come once.": (
                places != [*range(batches)] * epochs
            ),
        }
    )
    ways = [seen.went_down(number) for number in range(len(seen.steps))]
    old = [number for number, (_, old) in enumerate(ways) if old]
    within = [number for number in range(len(ways)) if number % batches]
    modes = [dropout for _, dropout in learned]
    measured = [dropout for images, dropout in seen.uses if seen.holds(seen.validation, images)]
    first = [number < batches for number in range(len(modes))]
    off = next((i for i, dropout in enumerate(modes) if not dropout), 0)
    losses = [words for words, _ in ways]
    faults = {
        "The old gradients are forgotten once an epoch, and in between each batch adds its own to "
        "them.": old == within,
        f"At batch {min(old, default=0) % batches + 1} of epoch "
        f"{min(old, default=0) // batches + 1}"
        " the old gradients are not forgotten: PyTorch adds the new ones to them.": (
            old and not any(number % batches == 0 for number in old) and old != within
        ),
        "The old gradients are not forgotten: PyTorch adds those of each batch to them.": any(
            number % batches == 0 for number in old
        ),
        next((words for words in losses if words), ""): any(losses),
        "The gradients of a step are not those of the cross-entropy of its batch. Give "
        "`F.cross_entropy` the logits and the labels.": None in losses,
        "Dropout is off while the model learns. `model.train()` turns it on.": not any(modes),
        "Dropout is on while the model learns in the first epoch, but not in the later ones: "
        "`model.eval()` holds until `model.train()`.": modes == first,
        f"Dropout is on for some of the batches that the model learns from, but it is off for "
        f"batch {off % batches + 1} of epoch {off // batches + 1}: `model.eval()` holds until "
        "`model.train()`. It should be on for every batch of `training`.": (
            any(modes) and not all(modes) and modes != first
        ),
        "Dropout is on while you measure. `model.eval()` turns it off.": any(measured),
        "Nothing is measured on the images of `validation`.": not measured,
    }
    left = [words for words, found in faults.items() if found]
    more = {2: "Two things are still wrong. ", 3: "Three things are still wrong. One of them: "}
    if left:
        raise WrongAnswer(f"{more.get(len(left), '')}{left[0]}")


@task("03.8")
def momentum(descend: Any) -> str:
    """Gradient descent with momentum."""
    steps = int(torch.randint(4, 7, ()))

    def draw() -> list[tuple]:
        low, start, keep = (torch.rand(3) * torch.tensor([4, 2, 0.3]) + 0.5).tolist()
        return [
            (lambda x: 2 * (x - low), start, 0.125, keep, steps),
            (lambda x: x**3 - x, start, 0.0625, 0.9, steps),
            (math.sin, -start, 0.25, 0.5, steps),
            (lambda x: 0.25 * x, 8, 0.5, 0, steps),
            (lambda x: x - 1.5, 1.5, 0.25, 0.5, steps),  # it never moves
            (lambda x: x + 40, 20.5, 0.25, 0.5, steps),  # far
        ]

    def walk(step: Callable, first: Callable = lambda slope, x, rate: 0.0) -> Callable:
        """A descent by another step, which gives the new place and the new velocity."""

        def run(slope: Callable, start: float, rate: float, keep: float, steps: int) -> list:
            place, velocity, places = start, first(slope, start, rate), [start]
            for _ in range(steps):
                place, velocity = step(place, velocity, slope, rate, keep)
                places.append(place)
            return places

        return run

    def moved(velocity: Callable) -> Callable:
        """A descent by another rule for the velocity."""

        def step(x: float, v: float, slope: Callable, rate: float, keep: float) -> tuple:
            new = velocity(x, v, slope, rate, keep)
            return x + new, new

        return walk(step)

    def rule(x: float, v: float, slope: Callable, rate: float, keep: float) -> float:
        return keep * v - rate * slope(x)

    def only(place: int) -> Callable:
        return lambda slope, x, rate, keep, n: [right(slope, x, rate, keep, n)[place]] * (n + 1)

    def whole_numbers(slope: Callable, start: float, rate: float, keep: float, n: int) -> list:
        cut = int if isinstance(start, int) else float
        step = walk(lambda x, v, *rest: (cut(x + rule(x, v, *rest)), rule(x, v, *rest)))
        return step(slope, start, rate, keep, n)

    right = moved(rule)
    mistakes: Mistakes = {
        "There is no momentum: each step uses the slope alone.": moved(
            lambda x, v, slope, rate, keep: -rate * slope(x)
        ),
        "This goes uphill: one of two signs is wrong. The slope is subtracted from the velocity, "
        "and the velocity is added to the place.": moved(
            lambda x, v, slope, rate, keep: keep * v + rate * slope(x)
        ),
        "You move with the old velocity. Compute the new one first.": walk(
            lambda x, v, slope, rate, keep: (x + v, rule(x, v, slope, rate, keep))
        ),
        "Your place does not move in the first step, and all that follows comes one step late. "
        "Each step computes the new velocity first, and then moves by it.": walk(
            lambda x, v, slope, rate, keep: (x + v, rule(x + v, v, slope, rate, keep))
        ),
        "`keep` multiplies the old velocity only, not the slope.": moved(
            lambda x, v, slope, rate, keep: keep * (v - rate * slope(x))
        ),
        "The slope is multiplied by `rate`, not by `1 - keep` as well.": moved(
            lambda x, v, slope, rate, keep: keep * v - (1 - keep) * rate * slope(x)
        ),
        "`rate` is missing: it multiplies the slope.": moved(
            lambda x, v, slope, rate, keep: keep * v - slope(x)
        ),
        "`rate` comes twice: the place moves by the whole velocity.": walk(
            lambda x, v, slope, rate, keep: (
                x + rate * rule(x, v, slope, rate, keep),
                rule(x, v, slope, rate, keep),
            )
        ),
        "You take 0.9 instead of `keep`.": moved(
            lambda x, v, slope, rate, keep: 0.9 * v - rate * slope(x)
        ),
        "You take 0.1 instead of `rate`.": moved(
            lambda x, v, slope, rate, keep: keep * v - 0.1 * slope(x)
        ),
        "The list begins after the first step. It should begin with `start`.": (
            lambda slope, start, rate, keep, n: right(slope, start, rate, keep, n + 1)[1:]
        ),
        "`keep` is missing: the whole old velocity stays.": moved(
            lambda x, v, slope, rate, keep: v - rate * slope(x)
        ),
        "You take the part that is lost, `1 - keep`. Multiply by `keep`.": moved(
            lambda x, v, slope, rate, keep: (1 - keep) * v - rate * slope(x)
        ),
        "`keep` multiplies the velocity, not the place.": walk(
            lambda x, v, slope, rate, keep: (keep * x - rate * slope(x), v)
        ),
        "You take the slope where the old velocity leads. Take it at the place.": moved(
            lambda x, v, slope, rate, keep: keep * v - rate * slope(x + keep * v)
        ),
        "Before the first step, the velocity should be 0. Yours is -rate × slope.": walk(
            lambda x, v, slope, rate, keep: (
                x + rule(x, v, slope, rate, keep),
                rule(x, v, slope, rate, keep),
            ),
            lambda slope, x, rate: -rate * slope(x),
        ),
        "You take the slope at the start, in every step. Take it at the latest place.": (
            lambda slope, start, rate, keep, n: moved(
                lambda x, v, _, rate, keep: keep * v - rate * slope(start)
            )(slope, start, rate, keep, n)
        ),
        "You take the place for its slope: `slope(place)`.": moved(
            lambda x, v, slope, rate, keep: keep * v - rate * x
        ),
        "You add the velocity to the start, in every step. Add it to the latest place.": (
            lambda slope, start, rate, keep, n: walk(
                lambda x, v, _, rate, keep: (
                    start + rule(x, v, slope, rate, keep),
                    rule(x, v, slope, rate, keep),
                )
            )(slope, start, rate, keep, n)
        ),
        "These are the velocities. Return the places.": lambda *case: [
            0.0,
            *[b - a for a, b in pairwise(right(*case))],
        ],
        "All places are right but the last: in its place stands the start.": lambda *case: [
            *right(*case)[:-1],
            case[1],
        ],
        "Where `start` is a whole number, the places behind it are cut off to whole numbers, too. "
        "(An array of whole numbers cannot hold others.)": lambda *case: whole_numbers(*case),
        "This is the start, each time: the place never changes.": only(0),
        "This is the last place, each time. Append each place when it is new.": only(-1),
    }
    shapes = {
        (): "Return the list of all places, not one number.",
        (steps + 1, 2): "Return the places alone, one number each.",
        (2, steps + 1): "Return the list of places alone.",
    }

    def otherwise(
        slope: Callable, start: float, rate: float, keep: float, n: int, given: Any, wanted: Any
    ) -> str:
        i = next(i for i, one in enumerate(wanted) if not close(one, given[i]))
        if i == 0:
            return "The first place should be the start, {right}; yours is {given}."
        x, v = wanted[i - 1], wanted[i - 1] - wanted[max(i - 2, 0)]
        words = f"At place {i - 1} of the list, {x:.4g}, the velocity is {v:.4g} and the slope is"
        words = f"{words} {slope(x):.4g}. With keep {keep:.4g} and rate {rate} the new velocity is"
        return f"{words} {wanted[i] - x:.4g}, and so place {i} is {{right}}; yours is {{given}}."

    def convert(answer: Any, *case: Any) -> Any:
        found, wanted = array(answer), right(*case)
        if found.ndim == 1 and len(found) != steps + 1:
            words = (
                f"With steps = {steps}, the list should hold {steps + 1} places, the start and the"
            )
            words = f"{words} place after each step; yours holds {len(found)}."
            equal = [*map(close, found, wanted)]
            same = equal.index(False) if False in equal else len(equal)
            if same < min(len(found), steps + 1):
                words = (
                    f"{words} At place {same}, counted from 0, there should be {wanted[same]:.4g},"
                )
                raise WrongAnswer(f"{words} and yours is {found[same]:.4g}.")
            shown = ", ".join(f"{one:.4g}" for one in wanted)
            raise WrongAnswer(
                f"{words} The right ones are {shown}; yours are the first {same}."
                if same < steps + 1
                else f"{words} The first {same} are right, and what follows is too much."
            )
        return array(answer, (steps + 1,), shapes)

    examine(descend, draw, right, mistakes, otherwise, convert=convert)
    try:
        none = array(call(descend, math.sin, 2.0, 0.25, 0.5, 0))
    except (ArithmeticError, LookupError, NameError, TypeError, ValueError) as error:
        words = "With no steps, the list holds the start alone. There your code stops with"
        raise WrongAnswer(f"{words} {type(error).__name__}: {error}.") from None
    words = f"With no steps, the list holds the start alone, [2.0]; yours is {none.tolist()}."
    refuse({words: not close(none, [2.0])})
    return "With 0.9 for `keep`, a ball gets up to ten times as fast as plain descent. Adam has it."


# Losses of the runs, by the rate, and a margin. Halves and quarters are exact in floats.
NAN, INFINITY = math.nan, math.inf
RUNS: list[tuple[dict[float, list[float]], float]] = [
    ({0.001: [2, 1.5], 0.1: [0.75, 0.5625], 0.01: [1, 0.5], 1.0: [0.25, NAN]}, 0.0625),
    ({0.001: [2, 1.5], 0.1: [0.75, 0.5625], 0.01: [1, 0.5], 1.0: [0.25, NAN]}, 0.03125),
    ({1.0: [NAN, NAN], 0.003: [1, 0.5, 0.25], 0.03: [1, INFINITY, 0.25]}, 0.125),
    ({0.003: [1, 0.5, 0.25], 0.03: [1, NAN, 0.25], 0.3: [0.125, 0.0625, NAN]}, 0.125),
    ({0.1: [0.5, 0.25, 0.75], 0.001: [1, 0.5, 0.375], 0.01: [0.75, 0.125, 0.5]}, 0.0625),
    ({0.01: [1, 0.5], 0.1: [2, 0.75, 0.625, 0.5], 0.5: [1, 0.25, 0.75]}, 0.015625),
    ({0.01: [1, 0.5], 0.02: [1, 0.5625], 0.03: [1, 0.625], 0.04: [1, 0.6875]}, 0.0625),
    ({0.4: [1, 3.0], 0.2: [1, 2.5], 0.1: [4, 2.0]}, 0.75),
    ({0.02: [INFINITY, 0.5], 0.01: [3, 0.75, 0.625], 0.03: [0.125, 4]}, 0.5),
    ({0.01: [0.5, 1], 1.0: [3, 4.0], 0.1: [2, 0.5]}, 0.25),
    ({0.03: [0.5]}, 0.25),
    ({0.04: [1, 2], 0.03: [1, 0.53125], 0.02: [1, 0.875], 0.01: [1, 0.5]}, 0.0625),
    ({0.01: [1, 2], 0.02: [1, 1.5], 0.03: [1, 0.5]}, 0.0625),
    ({0.1: [INFINITY, 0.4375], 0.01: [1, 0.5], 0.02: [1, 0.5625]}, 0.0625),  # broken, but low
    ({0.1: [1, 0.5, INFINITY, 0.25], 0.01: [1, 0.25], 0.2: [1, 0.5, NAN, 0.25]}, 0.125),
    ({0.01: [1, 0.25], 0.1: [1, 0.5]}, 2),
]


@task("03.9")
def rate(choose: Any) -> str:
    """The highest learning rate whose last loss is nearly the lowest."""

    def draw() -> list[tuple[dict[float, list[float]], float]]:
        scale = 2.0 ** int(torch.randint(-1, 2, ()))
        return [
            ({one: [scale * x for x in run] for one, run in runs.items()}, scale * margin)
            for runs, margin in RUNS
        ]

    def pick(
        value: Callable = lambda run: run[-1],
        whole: Callable = lambda run: all(map(math.isfinite, run)),
        near: Callable = lambda loss, low, margin: loss <= low + margin,
        take: Callable = max,
        result: Callable = lambda rate, losses: rate,
    ) -> Callable:
        """The task, with another part."""

        def run(losses: dict[float, list[float]], margin: float) -> float:
            values = {one: value(run) for one, run in losses.items() if whole(run)}
            low = min(values.values())
            rates = [one for one, loss in values.items() if near(loss, low, margin)]
            return result(take(rates), losses) if rates else 0.0

        return run

    def by_first(losses: dict[float, list[float]], margin: float) -> float:
        whole = {one: run for one, run in losses.items() if all(map(math.isfinite, run))}
        limit = min(whole.values())[-1] + margin
        return max((one for one, run in whole.items() if run[-1] <= limit), default=0.0)

    right = pick()
    mistakes = {
        "You return the rate with the lowest loss. Another one that is nearly as good may be "
        "higher: `margin`.": pick(near=lambda loss, low, margin: loss <= low),
        "Of all rates whose last loss is at most `margin` above the lowest, take the "
        "*highest*.": pick(take=min),
        "Of the rates that are good enough, you take the last in the dictionary. Take "
        "the highest.": pick(take=lambda rates: rates[-1]),
        "Of the rates that are good enough, you take the first in the dictionary. Take the "
        "highest.": pick(take=lambda rates: rates[0]),
        "*At most* `margin` above the lowest: `<=`, not `<`.": pick(
            near=lambda loss, low, margin: loss < low + margin
        ),
        "`margin` is added to the lowest loss. You multiply.": pick(
            near=lambda loss, low, margin: loss <= low * (1 + margin)
        ),
        "You take the highest rate that is not broken. Its last loss must be near the "
        "lowest.": pick(near=lambda loss, low, margin: True),
        "You take the lowest loss of each run. Take its last.": pick(min),
        "You take the first loss of each run. Take its last.": pick(lambda run: run[0]),
        "You take the mean of each run. Take its last loss.": pick(mean),
        "`min` compares lists by their first numbers. Take the lowest *last* loss.": by_first,
        "You keep a run whose last loss is finite, though another one is not. A run is broken if "
        "*any* of its losses is.": pick(whole=lambda run: math.isfinite(run[-1])),
        "You compare with the lowest last loss of all runs. Broken ones do not count.": (
            lambda losses, margin: max(
                one
                for one, run in losses.items()
                if all(map(math.isfinite, run))
                and run[-1] <= margin + min(r[-1] for r in losses.values() if math.isfinite(r[-1]))
            )
        ),
        "You leave out NaN only. A run is broken by an infinite loss, too.": pick(
            whole=lambda run: not any(map(math.isnan, run))
        ),
        "You leave out infinite losses only. A run is broken by NaN, too.": pick(
            whole=lambda run: not any(map(math.isinf, run))
        ),
        "You drop the broken losses and keep the rest of the run. Leave out the whole run.": pick(
            lambda run: [x for x in run if math.isfinite(x)][-1],
            whole=lambda run: any(map(math.isfinite, run)),
        ),
        "You keep the broken runs. Leave them out.": pick(whole=lambda run: True),
        "This is a loss. Return the rate.": pick(result=lambda rate, losses: losses[rate][-1]),
    }

    def otherwise(losses: dict[float, list[float]], margin: float) -> str:
        last = {one: run[-1] for one, run in losses.items() if all(map(math.isfinite, run))}
        low = min(last.values())
        words = f"For choose({losses}, {margin}) the whole runs end with {last}. Up to {low} +"
        return f"{words} {margin} is good enough, so the answer is {{right}}; you say {{given}}."

    def stops(error: Exception, losses: dict[float, list[float]], margin: float) -> str:
        if not re.match(r"(max|min)\(\)", str(error)):
            return ""
        words = f"For choose({losses}, {margin}) nothing is left of which your code could take the"
        last = {one: run[-1] for one, run in losses.items() if all(map(math.isfinite, run))}
        words = (
            f"{words} lowest or highest. The whole runs end with {last}. The lowest *last* loss is"
        )
        words = f"{words} {min(last.values())}, and the answer is {right(losses, margin)}."
        if len(last) < len(losses):
            words = f"{words} (Do you ask whether something equals NaN? It equals nothing, not even"
            return f"{words} itself: `math.isfinite` finds it.)"
        return words

    examine(choose, draw, right, mistakes, otherwise, stops=stops)
    return "A rate as high as the losses allow saves epochs. A step beyond it, the run breaks down."
