"""Instant checks for the exercises: they say why a right answer matters, or what is wrong."""

import contextlib
import io
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from mnist_helpers._support import to_array

RIGHT, NOT_YET = "That's right.", "Not yet."
NO_ANSWER = "There is no answer yet: replace the three dots."


class WrongAnswer(Exception):  # noqa: N818 - an answer is not a fault of the code
    """A wrong answer; the message says what is wrong with it."""


# A check takes the learner's answers. It returns why a right answer matters, or raises WrongAnswer.
Check = Callable[..., str]
_tasks: dict[str, Check] = {}


def task(name: str) -> Callable[[Check], Check]:
    """Register the check of a task: the notebook's number and the task's, such as ``"01.2"``."""
    return lambda function: _tasks.setdefault(name, function)


def check(name: str, *answers: Any) -> None:
    """Check the answer to a task, and print the verdict.

    A wrong answer raises no error, so that a notebook can be run from top to bottom before its
    tasks are done. Under nbgrader it does, because a cell loses its points only by raising one.

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
    """Do the work of `check`: return whether the answer is right, and the sentence."""
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


# What the checks are made of. Most of it raises WrongAnswer if the answer is something else.


def kind(thing: Any) -> str:
    """The name of a thing's type, such as ``list``."""
    return type(thing).__name__


def refuse(faults: dict[str, Any]) -> None:
    """Raise a `WrongAnswer` with the first sentence whose condition holds."""
    for words, condition in faults.items():
        if condition:
            raise WrongAnswer(words)


def call(function: Any, *arguments: Any) -> Any:
    """Call a learner's function, and return its result, which must not be None."""
    refuse({f"This should be a function, but it is {kind(function)}.": not callable(function)})
    result = function(*arguments)
    if result is ...:
        raise NotImplementedError
    words = "Your function returns nothing yet: replace the three dots, and end with `return`."
    refuse({words: result is None})
    return result


def number(answer: Any) -> float:
    """The answer as a float, if it is one number: plain, or a tensor or an array of one."""
    try:
        return float(answer.item() if hasattr(answer, "item") else answer)
    except (TypeError, ValueError, RuntimeError):
        shape = tuple(getattr(answer, "shape", ()))
        what = f"has the shape {shape}" if shape else f"is a {kind(answer)}"
        raise WrongAnswer(f"The answer should be one number, but it {what}.") from None


def whole(answer: Any) -> int:
    """The answer as an int, if it is one whole number."""
    value = number(answer)
    refuse({f"{value} is not a whole number: `//` divides and rounds down.": value % 1})
    return int(value)


def several(answer: Any, n: int, names: str, convert: Callable[[Any], Any] = number) -> tuple:
    """The answer as a tuple, if it is ``n`` numbers, each of which `convert` accepts."""
    try:
        values = tuple(answer)
    except TypeError:
        raise WrongAnswer(f"Return {n} numbers, {names}; yours is a {kind(answer)}.") from None
    refuse({f"Return {n} numbers, {names}; yours are {len(values)}.": len(values) != n})
    return tuple(convert(value) for value in values)


def tensor(answer: Any, shape: Sequence[int], mistakes: dict[tuple, str] | None = None) -> Tensor:
    """The answer without its gradients, if it is a tensor of this shape.

    ``mistakes`` has a sentence for each shape that a typical mistake gives.
    """
    if not isinstance(answer, Tensor):
        hint = " `torch.stack` makes one tensor of a list." if isinstance(answer, list) else ""
        raise WrongAnswer(f"The answer should be a tensor, but it is a {kind(answer)}.{hint}")
    found, words = tuple(answer.shape), (mistakes or {}).get(tuple(answer.shape), "")
    words = f"The shape should be {tuple(shape)}, but it is {found}. {words}".strip()
    refuse({words: found != tuple(shape)})
    return answer.detach().cpu()


def close(one: Any, other: Any, atol: float = 1e-5) -> bool:
    """Whether two numbers, tensors, arrays or lists have the same shape and nearly equal values."""
    one, other = (np.asarray(_plain(each), dtype=float) for each in (one, other))
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-4, atol=atol)


def _plain(value: Any) -> Any:
    """The value with arrays for tensors, which may be on a GPU."""
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return to_array(value) if isinstance(value, Tensor) else value


def compare(
    given: Any, right: Any, mistakes: dict[str, Any], otherwise: str, *, atol: float = 1e-5
) -> None:
    """Accept the right result, or else name the mistake that gives the learner's result.

    ``mistakes`` has for each sentence the result of that mistake, and ``otherwise`` is the sentence
    for any other result. A function is compared on several inputs at once, as a list of results,
    because one result may have two explanations. `close` says what can be compared.
    """
    if not close(given, right, atol):
        refuse({words: close(given, wrong) for words, wrong in mistakes.items()})
        raise WrongAnswer(otherwise)
