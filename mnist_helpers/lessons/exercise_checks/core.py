"""Instant checks for the exercises: why a right answer matters, or what is wrong with another."""

import contextlib
import copy
import io
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from torch import Tensor

RIGHT, NOT_YET = "That's right.", "Not yet."
NO_ANSWER = "There is no answer yet: replace the three dots."


class WrongAnswer(Exception):  # noqa: N818 - an answer is not a fault of the code
    """A wrong answer; the message says what is wrong with it."""


# Each check takes the learner's answers, raises WrongAnswer, or returns why a right answer matters.
_tasks: dict[str, Callable[..., str]] = {}


def task(name: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Register the check of a task.

    Args:
        name: the notebook's number, a point, and the task's number, such as ``"01.2"``.
    """

    def register(function: Callable[..., str]) -> Callable[..., str]:
        if name in _tasks:
            raise ValueError(f"There are two checks for {name}.")
        _tasks[name] = function
        return function

    return register


def check(name: str, *answers: Any) -> None:
    """Check the answer to a task, and print the verdict.

    A wrong answer raises no error, so that a notebook can be run from top to bottom before its
    tasks are done. The exception is nbgrader, which gives no points for a cell that raises one.

    Args:
        name: the task, such as ``"01.2"``; it is in the heading above the cell.
        *answers: what the task asks for: values, or functions, which are called on fresh inputs.

    Raises:
        AssertionError: if the answer is wrong and nbgrader is running the notebook, to grade or to
            validate it; nbgrader then sets ``NBGRADER_EXECUTION``.
        ValueError: if there is no such task.
    """
    passed, words = judge(name, *answers)
    if not passed and os.environ.get("NBGRADER_EXECUTION"):
        raise AssertionError(f"{NOT_YET} {words}")
    print(f"{RIGHT if passed else NOT_YET} {words}")


def judge(name: str, *answers: Any) -> tuple[bool, str]:
    """Do the work of `check` for programs: return whether the answer is right, and the sentence.

    Raises:
        ValueError: if there is no such task.
    """
    if name not in _tasks:
        raise ValueError(f"There is no task {name!r}. There are {', '.join(sorted(_tasks))}.")
    if any(answer is ... or answer is None for answer in answers):
        return False, NO_ANSWER
    try:
        # Learners' functions may print, and in nbgrader a warning would cost the points.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return True, _tasks[name](*answers)
    except WrongAnswer as wrong:
        return False, str(wrong)
    except Exception as error:  # a learner's function may do anything
        if isinstance(error, NotImplementedError) and not error.args:  # PyTorch's have a message
            return False, NO_ANSWER
        return False, f"Your code stops with {kind(error)}: {error}"


# What the checks are made of


def kind(thing: Any) -> str:
    """The name of a thing's type, such as ``list``."""
    return type(thing).__name__


def refuse(faults: dict[str, Any]) -> None:
    """Raise a `WrongAnswer` with the first sentence whose condition holds."""
    for words, condition in faults.items():
        if condition:
            raise WrongAnswer(words)


def call(function: Any, *arguments: Any) -> Any:
    """Call a learner's function, and return its result.

    Raises:
        WrongAnswer: if it is not a function, or if it returns nothing.
    """
    refuse({f"This should be a function, but it is {kind(function)}.": not callable(function)})
    result = function(*arguments)
    if result is ...:
        raise NotImplementedError
    words = "Your function returns nothing yet: replace the three dots, and end with `return`."
    refuse({words: result is None})
    return result


def number(answer: Any) -> float:
    """The answer as a float, if it is one number: plain, or a tensor or an array of one.

    Raises:
        WrongAnswer: if it is something else.
    """
    try:
        return float(answer.item() if hasattr(answer, "item") else answer)
    except (TypeError, ValueError, RuntimeError):
        shape = tuple(getattr(answer, "shape", ()))
        what = f"has the shape {shape}" if shape else f"is a {kind(answer)}"
        raise WrongAnswer(f"The answer should be one number, but it {what}.") from None


def whole(answer: Any) -> int:
    """The answer as an int, if it is one whole number; raises as `number` does."""
    value = number(answer)
    refuse({f"{value} is not a whole number: `//` divides and rounds down.": value % 1})
    return int(value)


def several(answer: Any, n: int, names: str, convert: Callable[[Any], Any] = number) -> tuple:
    """The answer as a tuple, if it is ``n`` numbers, each of which `convert` accepts.

    Raises:
        WrongAnswer: if it is something else; the message has the names of the numbers.
    """
    try:
        values = tuple(answer)
    except TypeError:
        raise WrongAnswer(f"Return {n} numbers, {names}; yours is a {kind(answer)}.") from None
    refuse({f"Return {n} numbers, {names}; yours are {len(values)}.": len(values) != n})
    return tuple(convert(value) for value in values)


def tensor(answer: Any, shape: Sequence[int], mistakes: dict[tuple, str] | None = None) -> Tensor:
    """The answer without its gradients, if it is a tensor of this shape.

    Args:
        answer: the learner's.
        shape: the right one.
        mistakes: for each shape that a typical mistake gives, a sentence.

    Raises:
        WrongAnswer: if it is something else.
    """
    if not isinstance(answer, Tensor):
        hint = " `torch.stack` makes one tensor of a list." if isinstance(answer, list) else ""
        raise WrongAnswer(f"The answer should be a tensor, but it is a {kind(answer)}.{hint}")
    found, words = tuple(answer.shape), (mistakes or {}).get(tuple(answer.shape), "")
    words = f"The shape should be {tuple(shape)}, but it is {found}. {words}".strip()
    refuse({words: found != tuple(shape)})
    return answer.detach()


def close(one: Any, other: Any) -> bool:
    """Whether two numbers, tensors, arrays or lists have the same shape and, rounded, values."""
    one, other = (
        np.asarray(each.detach() if isinstance(each, Tensor) else each, dtype=float)
        for each in (one, other)
    )
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-4, atol=1e-5)


def compare(given: Any, expected: Any, mistakes: dict[str, Any], otherwise: str) -> None:
    """Accept the expected result, or else name the mistake that gives the learner's.

    Args:
        given: the learner's result: what `close` compares.
        expected: the right one.
        mistakes: for each sentence the result that the mistake gives.
        otherwise: the sentence if it is none of them.

    Raises:
        WrongAnswer: if the result is not the expected one.
    """
    if not close(given, expected):
        refuse({words: close(given, value) for words, value in mistakes.items()})
        raise WrongAnswer(otherwise)


def compare_formula(
    answer: Any,
    cases: Sequence[tuple],
    formula: Callable[..., float],
    mistakes: Callable[..., dict[str, float]],
    otherwise: str,
    convert: Callable[[Any], float] = number,
) -> None:
    """Compare a learner's function with a formula on several inputs.

    Args:
        answer: the learner's function.
        cases: the arguments of each call.
        formula: takes them, and returns the right result.
        mistakes: takes them, too, and returns for each sentence the result of the mistake.
        otherwise: the sentence if it is none of them. ``{case}``, ``{right}`` and ``{given}`` are
            those of the first wrong result.
        convert: makes a number of each result, or raises `WrongAnswer`.

    Raises:
        WrongAnswer: if a result is not the expected one.
    """
    given = [convert(call(answer, *copy.deepcopy(case))) for case in cases]
    tables = [mistakes(*case) for case in cases]
    for case, value in zip(cases, given, strict=True):
        if not close(value, right := formula(*case)):
            refuse({words: close(given, [table[words] for table in tables]) for words in tables[0]})
            raise WrongAnswer(otherwise.format(case=case, right=right, given=value))
