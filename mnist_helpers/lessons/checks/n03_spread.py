"""The check of notebook 03's last task: what is chance, and what a setting does."""

import copy
from statistics import mean
from typing import Any

import torch

from mnist_helpers.lessons.checks.core import WrongAnswer, call, task

# For each value, in thousandths, where its runs lie, up to 4 to each side; how many runs;
# and which value has a single one.
SPREADS = [
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
    answers = [call(mattered, copy.deepcopy(case)) for case in cases]
    kinds = {type(answer).__name__ for answer in answers} - {"bool", "bool_", "int"}
    if kinds:
        raise WrongAnswer(f"The answer should be True or False, but it is a {kinds.pop()}.")
    answers = [bool(answer) for answer in answers]
    right = [_parted(case, max, min) for case in cases]
    if answers == right:
        return "With one run for each setting, you would have taken chance for a discovery."
    single = [min(map(len, case.values())) == 1 for case in cases]
    mistakes = {
        "It says True every time there are several runs. Two means, or the best and the worst of "
        "all runs, always differ. Ask whether the runs of the two values overlap.": [
            not one for one in single
        ],
        "It says True every time, whatever the runs. Compare the lowest run of the best value with "
        "the highest of the worst.": [True] * len(cases),
        "It says False every time, whatever the runs.": [False] * len(cases),
        "It is the other way round: True means that the runs do not overlap.": [
            not answer for answer in right
        ],
        "A value with a single run: that may be chance. Return False as soon as one has only one "
        "run.": [_parted(case, max, min, single=True) for case in cases],
        "You compare the first value with the last. Take the one with the best mean and the one "
        "with the worst.": [_parted(case, _first, _last) for case in cases],
        "You compare the best value with the next. Compare it with the worst.": [
            _parted(case, max, _second) for case in cases
        ],
    }
    for words, values in mistakes.items():
        if answers == values:
            raise WrongAnswer(words)
    case, answer = next((c, a) for c, a, r in zip(cases, answers, right, strict=True) if a != r)
    raise WrongAnswer(f"For {case} the right answer is {not answer}; you say {bool(answer)}.")


def _accuracies(middles: list[int], runs: int, single: int | None = None) -> dict:
    """A table of runs: spread evenly around each middle, 4 to each side; one may have one run."""
    table = {}
    for place, middle in enumerate(middles):
        here = middle + float(torch.rand(()) - 0.5)
        offsets = torch.linspace(-4, 4, runs) if runs > 1 else torch.zeros(1)
        order = torch.randperm(runs)
        found = [round((here + float(offset)) / 1000, 4) for offset in offsets[order]]
        table[10.0 ** (place - 4)] = found[: 1 if place == single else None]
    return table


def _parted(case: dict, take: Any, other: Any, single: bool = False) -> bool:
    runs = list(case.values())
    if not single and min(map(len, runs)) < 2:
        return False
    return min(take(runs, key=mean)) > max(other(runs, key=mean))


def _first(runs: list, key: Any) -> list:
    return runs[0]


def _last(runs: list, key: Any) -> list:
    return runs[-1]


def _second(runs: list, key: Any) -> list:
    return sorted(runs, key=key)[-2]
