"""Comparing a learner's function with the right one, and with those of typical mistakes."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

from .core import WrongAnswer, call, close, refuse, with_share

# What a function gets in one try: its arguments.
Case = tuple[Any, ...]
Function = Callable[..., Any]
# For each sentence, the function of a learner who makes this mistake, or several of them.
Mistakes = Mapping[str, Function | list[Function]]


def examine(
    answer: Any,
    draw: Callable[[], list[Case]],
    right: Function,
    mistakes: Mistakes,
    otherwise: Callable[..., str],
    *,
    convert: Callable[..., Any] = lambda given, *_: given,
    same: Callable[[Any, Any], bool] = close,
    stops: Callable[..., str] = lambda error, *case: "",
) -> None:
    """Accept a learner's function that does the same as the right one, or name its mistake.

    Args:
        answer: the learner's function.
        draw: makes fresh cases. They are drawn again until each mistake shows in one of them.
        right: the right function.
        mistakes: their functions. One that gives None says nothing about this case.
        otherwise: for any other mistake, makes the sentence of the first case that differs. It gets
            the case, the learner's result and the right one.
        convert: turns the learner's result into what can be compared, or raises a `WrongAnswer`. It
            gets the result and the case.
        same: whether two results are the same.
        stops: the sentence for an error of the learner's function, or "" for the usual one. It gets
            the error and the case.

    Raises:
        WrongAnswer: if a result differs from the right one.
        Exception: what the learner's function raises, if all results before it are right.
    """
    functions = [
        (words, function)
        for words, several in mistakes.items()
        for function in (several if isinstance(several, list) else [several])
    ]
    cases, expected, results = _telling(draw, right, [function for _, function in functions], same)
    given, stopped = [], None
    for case in cases:
        try:
            given.append(convert(call(answer, *copy.deepcopy(case)), *case))
        except Exception as error:  # an earlier case may say more
            stopped = error
            break
    differ = [i for i, one in enumerate(given) if not same(one, expected[i])]
    if differ:
        for (words, _), result in zip(functions, results, strict=True):
            if _alike(same, given, result):
                raise WrongAnswer(words)
        i = differ[0]
        words = otherwise(*cases[i], given[i], expected[i])
        raise WrongAnswer(with_share(words, len(given) - len(differ), len(cases)))
    if stopped:
        known = isinstance(stopped, WrongAnswer)
        words = "" if known else stops(stopped, *cases[len(given)])
        refuse({words: words})
        raise stopped


def _telling(
    draw: Callable[[], list[Case]],
    right: Function,
    mistakes: list[Function],
    same: Callable[[Any, Any], bool],
) -> tuple[list[Case], list, list[list]]:
    """Cases in which each of the mistakes shows, and the results: the right ones and theirs."""
    for _ in range(100):
        cases = draw()
        expected = [right(*case) for case in cases]
        results = [[_result(mistake, case) for case in cases] for mistake in mistakes]
        if not any(_alike(same, result, expected) for result in results):
            return cases, expected, results
    raise AssertionError("No cases tell the mistakes from the right answer.")


def _alike(same: Callable[[Any, Any], bool], given: list, results: list) -> bool:
    """Whether all results are the same, as far as there are some; None is like anything."""
    return all(
        one is None or other is None or (one is not ... and other is not ... and same(one, other))
        for one, other in zip(given, results, strict=False)
    )


def _result(function: Function, case: Case) -> Any:
    """What a mistake gives; the three dots, if it stops with an error."""
    try:
        return function(*case)
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError):
        return ...
