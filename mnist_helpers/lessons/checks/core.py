"""Instant checks for the exercises: right, with a sentence of why it matters, or what is wrong."""

import contextlib
import io
import os
from collections.abc import Callable
from typing import Any

RIGHT, NOT_YET = "That's right.", "Not yet."


class WrongAnswer(Exception):  # noqa: N818 - it is an answer, not a fault of the code
    """An answer that is not right; the message says what is wrong with this one."""


# Each takes the learner's answers, raises WrongAnswer, or returns why the right answer matters.
_tasks: dict[str, Callable[..., str]] = {}


def task(name: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Register the check of a task.

    Args:
        name: the notebook's number, a point, the task's, such as ``"01.2"``.
    """

    def register(function: Callable[..., str]) -> Callable[..., str]:
        if name in _tasks:
            raise ValueError(f"There are two checks for {name}.")
        _tasks[name] = function
        return function

    return register


def check(name: str, *answers: Any) -> None:
    """Check the answer to a task, and say what came of it.

    A wrong answer raises nothing, so that a notebook can be run from top to bottom before its
    tasks are done. nbgrader is the exception: it takes a cell that raises for a cell that fails.

    Args:
        name: of the task, such as ``"01.2"``; it stands above the cell.
        *answers: what the task asks for: values, or functions, which are tried on fresh inputs.

    Raises:
        AssertionError: if the answer is not right and nbgrader runs the notebook, to grade or to
            validate it; nbgrader then sets ``NBGRADER_EXECUTION``.
        ValueError: if there is no such task.
    """
    passed, words = judge(name, *answers)
    if not passed and os.environ.get("NBGRADER_EXECUTION"):
        raise AssertionError(f"{NOT_YET} {words}")
    print(f"{RIGHT if passed else NOT_YET} {words}")


def judge(name: str, *answers: Any) -> tuple[bool, str]:
    """As `check`, for programs: whether the answer is right, and what there is to say.

    Raises:
        ValueError: if there is no such task.
    """
    if name not in _tasks:
        raise ValueError(f"There is no task {name!r}. There are {', '.join(sorted(_tasks))}.")
    if any(answer is ... or answer is None for answer in answers):
        return False, "There is no answer yet: replace the three dots."
    try:
        # What the learner's functions print; a warning would cost the points in nbgrader.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return True, _tasks[name](*answers)
    except WrongAnswer as wrong:
        return False, str(wrong)
    except Exception as error:  # a learner's function may do anything
        if isinstance(error, NotImplementedError) and not error.args:  # torch's have words
            return False, "There is no answer yet: replace the three dots."
        return False, f"Your code stops with {type(error).__name__}: {error}"


def call(function: Any, *arguments: Any) -> Any:
    """Call a learner's function.

    Raises:
        WrongAnswer: if it is no function, or returns nothing.
    """
    if not callable(function):
        raise WrongAnswer(f"This should be a function, but it is {type(function).__name__}.")
    result = function(*arguments)
    if result is ...:
        raise NotImplementedError
    if result is None:
        raise WrongAnswer(
            "Your function returns nothing yet: replace the three dots, and end with `return`."
        )
    return result


def number(answer: Any) -> float:
    """The answer, if it is one number: plain, or a tensor or an array of one.

    Raises:
        WrongAnswer: if it is something else.
    """
    try:
        return float(answer.item() if hasattr(answer, "item") else answer)
    except (TypeError, ValueError, RuntimeError):
        shape = tuple(getattr(answer, "shape", ()))
        what = f"has the shape {shape}" if shape else f"is a {type(answer).__name__}"
        raise WrongAnswer(f"The answer should be one number, but it {what}.") from None
