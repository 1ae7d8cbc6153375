"""Instant checks for the exercises: they say why a right answer matters, or what is wrong."""

import ast
import contextlib
import difflib
import dis
import inspect
import io
import math
import os
import re
import sys
import sysconfig
import textwrap
import traceback
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.overrides import TorchFunctionMode

from mnist_helpers._support import to_array

RIGHT, NOT_YET = "That's right.", "Not yet."
NO_ANSWER = "There is no answer yet: replace the three dots."
PRINTED_LINES, PRINTED_CHARACTERS = 12, 800  # so much of what a learner's code prints is shown


class WrongAnswer(Exception):  # noqa: N818 - an answer is not a fault of the code
    """A wrong answer; the message says what is wrong with it."""


# A check takes the learner's answers, under the names that the task gives them: they say which
# task to run first. It returns why a right answer matters, or raises WrongAnswer.
Check = Callable[..., str]
_tasks: dict[str, Check] = {}


def task(name: str) -> Callable[[Check], Check]:
    """Register the check of a task: the notebook's number and the task's, such as ``"01.2"``."""
    return lambda function: _tasks.setdefault(name, function)


def check(name: str, *answers: Any) -> None:
    """Check the answer to a task, and print the verdict, then what the learner's code printed.

    A wrong answer raises no error, so that a notebook can be run from top to bottom before its
    tasks are done. Under nbgrader it does, because a cell loses its points only by raising one.

    Args:
        name: the task, such as ``"01.2"``; it is in the heading above the cell.
        *answers: what the task asks for: values, or functions, which are called on fresh inputs.

    Raises:
        AssertionError: if the answer is wrong and nbgrader is running the notebook, to grade or to
            validate it; nbgrader then sets ``NBGRADER_EXECUTION``.
    """
    output = io.StringIO()
    passed, words = judge(name, *answers, output=output)
    strict = not passed and os.environ.get("NBGRADER_EXECUTION")
    if not strict:
        print(f"{RIGHT if passed else NOT_YET} {words}")
    if printed := output.getvalue().rstrip():
        # A function is called several times, and may say the same each time.
        once = [line for line, _ in groupby(printed.splitlines())]
        lines = "\n".join(once[:PRINTED_LINES])[:PRINTED_CHARACTERS].splitlines()
        more = ["…"] if lines != once else []
        print("Your code printed:", *lines, *more, sep="\n    ")
    if strict:
        raise AssertionError(f"{NOT_YET} {words}")


def _names(task: str) -> dict[str, Any]:
    """The names that the answers to a task have; none if there is no such task."""
    return dict(inspect.signature(_tasks[task]).parameters) if task in _tasks else {}


def judge(name: str, *answers: Any, output: io.StringIO | None = None) -> tuple[bool, str]:
    """Do the work of `check`: return whether the answer is right, and the sentence.

    What the learner's code prints goes to ``output``.
    """
    name = str(name)
    if name not in _tasks:
        zero = [f"0{name}"] if f"0{name}" in _tasks else []
        near = zero or difflib.get_close_matches(name, _tasks, n=5)
        words = f"Do you mean {' or '.join(near)}?" if near else "A name is like this: 01.2."
        return False, f"There is no task {name[:20]!r}. {words}"
    names = _names(name)
    if len(answers) != len(names):
        return False, f'Give the check your answer, too: check("{name}", {", ".join(names)}).'
    if any(answer is ... for answer in answers):
        return False, NO_ANSWER
    if any(answer is None for answer in answers):
        return False, "Your answer is None, so there is nothing to check. `print` returns None."
    try:
        # In nbgrader a warning would cost the points.
        with (
            contextlib.redirect_stdout(output or io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            patch("builtins.input", _no_input),
        ):
            return True, _tasks[name](*answers)
    except WrongAnswer as wrong:
        return False, str(wrong)
    except (Exception, SystemExit) as error:  # a learner's function may do anything
        if isinstance(error, NotImplementedError) and not error.args:  # PyTorch's have a message
            return False, NO_ANSWER
        return False, _explained(error, name)


def _no_input(prompt: object = "") -> str:
    """Take the place of `input`; a mock would let itself be added and multiplied."""
    raise EOFError("nobody is asked")


# What went wrong in the learner's code.

# Code in these folders is not the learner's. (A virtual environment may lie in the project.)
_FOLDERS = [sysconfig.get_path(name) for name in ("stdlib", "platlib", "purelib")]
_LIBRARIES = tuple(
    os.path.realpath(folder) + os.sep for folder in (*_FOLDERS, str(Path(__file__).parents[2]))
)
_EXPLANATIONS = {
    "return_types": "With a `dim`, this gives a pair: `.values` and `.indices`.",
    "equal size": "Tensors can become one only if their shapes are the same. Print them.",
    "infer output dtype|must be either a floating": "True and False, and whole numbers, have no "
    "mean in PyTorch: make them floats first, with `.float()`.",
    "log_softmax.* for 'Long'": "`F.cross_entropy` takes the logits first, then the labels.",
    "graph a second time": "`backward()` can run once for each loss, and needs a new one then.",
    "not implemented for|same dtype|scalar type|did not match": "The numbers are of different "
    "types, or of one that cannot do this: `.float()` makes floats.",
    "must match|broadcast|cannot be multiplied|shape mismatch": "The shapes do not fit together. "
    "Print the `.shape` of both.",
    "__round__": "`round` is for one number of Python. A tensor has a method: `x.round()`.",
    r"^TypeError: (\w+)\(\): argument 'input'.*, not (int|float)$": "This function of PyTorch's "
    "takes tensors. For one number of Python there is `math`, such as `math.log`.",
    r"^TypeError: (zeros|ones|empty)\(\)": "Sizes are whole numbers. `/` makes floats; take `//`.",
    "changed size during": "A loop goes through it: leave things out into a new one instead.",
    "Quantiles must be": "`np.quantile` counts from 0 to 1, and `np.percentile` from 0 to 100.",
    "only integers, slices": "An index is a whole number, or one True or False for each place.",
    "only one element tensors": "Here one number is needed, and this tensor has more.",
    "'NoneType'": "There is a None: a `return` is missing, or a step that should come first.",
    "numpy boolean subtract": "True and False cannot be subtracted. Take their mean first.",
    "^KeyError": "The dictionary has no such key. Use those that are there.",
    "empty|zero-size": "Nothing is left to choose from. What should the answer be then?",
    "^ZeroDivisionError": "Here something is divided by 0.",
    "domain error": "A logarithm needs a number above 0, and a root none below 0.",
    "leaf Variable|as parameter": "Fill a layer inside of `with torch.no_grad():`, with "
    "`layer.weight.copy_(…)`.",
    "differentiated Tensors": "The gradients are asked for a tensor that did not go through the "
    "model after its `requires_grad_()`.",
    "does not require grad": "There is no record to compute gradients from. Is the loss made from "
    "the model's logits, outside of `no_grad`?",
    "out of bounds for u?int|without overflow": "This type cannot hold the number: a byte goes "
    "from 0 to 255. Compute with floats, and go back to bytes at the end.",
    "out of (bounds|range)": "Counting starts at 0, so the last index is one below the length.",
    "truth value|Boolean value": "These are many answers, True and False, and "
    "`if` needs one. So do `and`, `or`, `max` and `min`.",
    "no attribute": "Is the name right? Tensors, arrays and lists have different ones.",
    "^RecursionError": "The function calls itself without an end.",
    "^SystemExit": "`exit` and `quit` end a program. End a function with `return`.",
    "^EOFError": "A check cannot type anything in. Use the arguments, not `input`.",
    "^UnboundLocalError": "No line before this one gave it a value. Does an `if` or a loop skip "
    "that line?",
    "^ModuleNotFoundError": "It is not installed, and the task does not need it.",
    "^AssertionError": "An `assert` of yours does not hold.",
    "implicitly created only for scalar": "Gradients belong to one number: `.sum()` or `.mean()` "
    "makes one of many.",
    "positional argument": "It is called with another number of arguments than it takes.",
    "values to unpack|0-d tensor": "As many names stand on the left of `=` as there are values on "
    "its right. Print what is there.",
    "tuple indices": "This is a tuple: take what you need out of it first, such as `[0]`.",
    "is not a callable object": "An event needs the function itself: its name, without brackets.",
    "outside of a gradio.Blocks": "Move this line to the right, below `with gr.Blocks()`.",
    "one element tensors|length-1 arrays|only 0-dim": "These are several numbers, and one is "
    "needed here. Print the `.shape`: a batch may have an axis more than you think.",
    "slice indices must be": "A place or a length must be a whole number: `//`, not `/`.",
    "unsupported operand|not callable|not subscriptable|not iterable": "Something here has another "
    "type than you think. Print its `type`.",
}


def _explained(error: BaseException, name: str) -> str:
    """The sentence for an error: where in the learner's code it happened, if it did, and why."""
    what = f"{kind(error)}: {(str(error) or 'no message').splitlines()[0][:200]}".rstrip(".")
    line = None
    for frame, number in traceback.walk_tb(error.__traceback__):
        path = frame.f_code.co_filename
        if not path.startswith("<frozen") and not os.path.realpath(path).startswith(_LIBRARIES):
            summary = traceback.FrameSummary(path, number, frame.f_code.co_name)
            line = f"line {number}, `{summary.line}`," if summary.line else f"line {number}"
    if line is None:
        return f"The check cannot use your answer, and stops with {what}."
    words = f"Your code stops in {line} with {what}."
    if isinstance(error, NameError) and not isinstance(error, UnboundLocalError):
        return f"{words} {_undefined(error.name, name)}"
    found = [hint for pattern, hint in _EXPLANATIONS.items() if re.search(pattern, what)]
    usual = "Print what that line uses, with its `type` and `.shape`, just before it."
    return f"{words} {[*found, usual][0]}"


def _undefined(missing: str | None, name: str) -> str:
    """What to run first if a name is not defined; another task may define it."""
    for other in _tasks:
        if other[:2] == name[:2] and missing in _names(other):
            return f"That is your answer to {other}: run its cell first."
    return (
        f"Is `{missing}` spelled right? If it is imported or defined in a cell above, run that one."
    )


def _say_what_to_run(result: Any) -> None:
    """After a cell of IPython that has called `check` with a name that is not defined: say where.

    Python raises the error before `check` is called, so only IPython can tell.
    """
    missing = getattr(result.error_in_exec, "name", None)
    if not isinstance(result.error_in_exec, NameError) or missing is None:
        return
    with contextlib.suppress(SyntaxError):  # a line of IPython's own
        for node in ast.walk(ast.parse(result.info.raw_cell)):
            match node:
                case ast.Call(ast.Name("check"), [ast.Constant(str(name)), *answers]):
                    names = {one.id for one in answers if isinstance(one, ast.Name)}
                    # Python itself says what a name that is spelled wrong may mean.
                    if missing in names & _names(name).keys():
                        print(f"Run the cell of {name} first: it defines `{missing}`.")


def listen_to_ipython() -> None:
    """Let IPython, if it runs, call `_say_what_to_run` after each cell."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None:
        shell.events.register("post_run_cell", _say_what_to_run)


def _why_nothing(function: Callable, inputs: str, printed: bool) -> str:
    """The sentence for a function that has returned None."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    code = code or getattr(type(function).__call__, "__code__", None)
    if code is None:
        return f"{inputs} your function returns None."
    steps = [step for step in dis.get_instructions(code) if step.opname not in ("RESUME", "NOP")]
    source = ""
    if code.co_filename != "<string>":  # Python 3.13 has the text of `python -c` under this name
        with contextlib.suppress(OSError, TypeError):
            source = inspect.getsource(code)
    dots = bool(re.search(r"^\s*(\w+ = )?\.\.\.\s*(#.*)?$", source, re.MULTILINE))
    if dots or (not source and (... in code.co_consts or len(steps) < 3)):
        return "Your function returns nothing yet: replace the three dots, and end with `return`."
    values = [  # Python 3.12 has an instruction of its own for constants
        this.argval
        if this.opname == "RETURN_CONST"
        else not before.opname.startswith("LOAD_CONST") or before.argval
        for before, this in pairwise([*steps[:1], *steps])
        if this.opname in ("RETURN_CONST", "RETURN_VALUE")
    ]
    if printed and re.search(r"(return|lambda[^:]*:)\s+print\(", source):
        return "Your function returns what `print` returns, None. Return the result, not `print`."
    # Some of what is returned may be None, such as `a or None`.
    if any(value is not None for value in values) or re.search(
        r"return\s+(?!None\b)\w.*\S", source
    ):
        words = f"{inputs} your function returns None."
        if _ends_in_the_first_round(source):
            return (
                f"{words} `return` is the last line inside a loop, so the loop ends in its first "
                "round, and without a round nothing is returned. Should it stand behind the loop?"
            )
        return (
            f"{words} Each way through an `if` or a loop has to end with `return` and a value; and "
            "what prints, sorts or changes something returns None."
        )
    if printed:
        return "Your function prints its result and returns nothing: `return` instead of `print`."
    return "Your function returns nothing: it computes, but it does not end with `return`."


def _ends_in_the_first_round(source: str) -> bool:
    """Whether the last line of one of the loops is a `return`."""
    with contextlib.suppress(SyntaxError):  # of a lambda in the middle of a line, for example
        loops = (ast.For, ast.While)
        steps = ast.walk(ast.parse(textwrap.dedent(source)))
        return any(isinstance(one, loops) and isinstance(one.body[-1], ast.Return) for one in steps)
    return False


# What the checks are made of. Most of it raises WrongAnswer if the answer is something else.


def kind(thing: Any) -> str:
    """The name of a thing's type, such as ``list``."""
    return type(thing).__name__


def described(thing: Any) -> str:
    """What a thing is, for a sentence with "but it": ``is a list``, ``has the shape (2, 3)``."""
    if shape := tuple(getattr(thing, "shape", ())):
        return f"has the shape {shape}"
    if type(thing).__module__ == "torch.return_types":
        return "is a pair, `.values` and `.indices`"
    if isinstance(thing, type):
        return f"is the type `{thing.__name__}` itself"
    if inspect.isroutine(thing):  # the brackets are forgotten after methods
        hint = "" if inspect.isfunction(thing) else " (are its brackets `()` missing?)"
        return f"is a function{hint}"
    names = {
        "str": "a text (str)",
        "bool": "True or False (bool)",
        "NoneType": "None",
        "generator": "a generator (`return` gives one answer, `yield` does not)",
        "coroutine": "a coroutine (leave out `async`)",
        **{lazy: f"a {lazy} (`list` makes a list of it)" for lazy in ("filter", "map", "zip")},
    }
    return f"is {names.get(kind(thing).rstrip('_'), a(kind(thing)))}"


def a(noun: str) -> str:
    """The noun with its article."""
    return f"{'an' if noun[0] in 'aeiouAEIOU' else 'a'} {noun}"


def refuse(faults: dict[str, Any]) -> None:
    """Raise a `WrongAnswer` with the first sentence whose condition holds."""
    for words, condition in faults.items():
        if condition:
            raise WrongAnswer(words)


def says(words: dict[str, str], error: Exception) -> str:
    """The first sentence whose pattern is in an error, for `examine`; an empty one for none."""
    said = f"{kind(error)}: {error}"
    return next((sentence for found, sentence in words.items() if re.search(found, said)), "")


def refuse_other_than_functions(answer: Any) -> None:
    """Raise a `WrongAnswer` unless the answer can be called."""
    words = f"This should be a function, but it is {a(kind(answer))}."
    refuse({f"{words} Give the check the function's name, without brackets.": not callable(answer)})


def call(function: Any, *arguments: Any) -> Any:
    """Call a learner's function, and return its result, which must not be None.

    Tensors, arrays, pictures, lists and dictionaries must be afterwards what they were before.
    """
    refuse_other_than_functions(function)
    try:
        names = list(inspect.signature(function).bind(*arguments).signature.parameters)
    except ValueError:  # one of those that are not written in Python
        names = []
    except TypeError:
        plural = "s" if len(arguments) != 1 else ""
        words = f"Your function is called with {len(arguments)} argument{plural}, but it takes"
        raise WrongAnswer(f"{words} {inspect.signature(function)}.") from None
    named = dict(zip(names, arguments, strict=False))
    before = {
        name: deepcopy(value)
        for name, value in named.items()
        if isinstance(value, Tensor | list | dict) or hasattr(value, "tobytes")
    }
    start = sys.stdout.tell() if isinstance(sys.stdout, io.StringIO) else 0
    result = function(*arguments)
    if result is ...:
        raise NotImplementedError
    if result is None:
        printed = isinstance(sys.stdout, io.StringIO) and sys.stdout.tell() > start
        plain = {k: before.get(k, value) for k, value in named.items() if not callable(value)}
        short = [f"{name} = {value!r}" for name, value in plain.items() if len(repr(value)) < 60]
        inputs = f"With {', '.join(short)}" if short else "With one of the check's inputs"
        raise WrongAnswer(_why_nothing(function, inputs, printed))
    for name, old in before.items():
        copy = f"{name}.clone()" if isinstance(old, Tensor) else f"{name}.copy()"
        inside = [*old.values()] if isinstance(old, dict) else old if isinstance(old, list) else []
        if any(isinstance(one, list | dict | Tensor) for one in inside):  # they may have changed
            copy = f"copy.deepcopy({name})"
        words = f"Your function changes `{name}`, which belongs to the caller. Work on a copy: "
        refuse({f"{words}`{copy}`.": not _same(named[name], old)})
        wants = getattr(named[name], "requires_grad", False) and not old.requires_grad
        words = f"Your function switches on gradients for `{name}`, which belongs to the caller. "
        refuse({f"{words}Work on a copy: `{name}.clone().requires_grad_()`.": wants})
    return result


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same to the last bit."""
    if isinstance(one, dict) and isinstance(other, dict):
        return _same([*one.items()], [*other.items()])
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return kind(one) == kind(other) and len(one) == len(other) and all(map(_same, one, other))
    if not isinstance(one, Tensor) and not hasattr(one, "tobytes"):
        return repr(one) == repr(other)
    one, other = (np.asarray(_plain(each)) for each in (one, other))
    return (
        one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    )


def _finite(values: NDArray) -> None:
    """Raise a `WrongAnswer` unless these are all numbers."""
    which = "Your answer is" if values.ndim == 0 else "One of your numbers is"
    faults = {
        f'{which} NaN, "not a number". That comes from 0 / 0, from the mean of nothing, or from '
        "the logarithm of a negative number.": np.isnan(values).any(),
        f"{which} infinite. That comes from a division by 0, from the logarithm of 0, or from "
        "a number that is too large.": np.isinf(values).any(),
    }
    refuse(faults)


def number(answer: Any) -> float:
    """The answer as a float, if it is one number: plain, or a tensor or an array of one."""
    value = answer
    with contextlib.suppress(ValueError, RuntimeError):  # more than one
        value = answer.item() if hasattr(answer, "item") else answer
    words = "The answer should be one number, but it"
    try:
        refuse({f"{words} {described(value)}.": isinstance(value, str | bytes | bool)})
        value = float(value)
    except (TypeError, ValueError, RuntimeError):
        raise WrongAnswer(f"{words} {described(answer)}.") from None
    _finite(np.asarray(value))
    return value


def whole(answer: Any) -> int:
    """The answer as an int, if it is one whole number."""
    value = number(answer)
    refuse({f"{value} is not a whole number: `//` divides and rounds down.": value % 1})
    return int(value)


def several(answer: Any, n: int, names: str, convert: Callable[[Any], Any] = number) -> tuple:
    """The answer as a tuple, if it is ``n`` numbers, each of which `convert` accepts."""
    try:
        if isinstance(answer, str | bytes | dict | set):  # which have no order, or no numbers
            raise TypeError
        values = tuple(answer)
    except TypeError:
        raise WrongAnswer(f"Return {n} numbers, {names}; yours {described(answer)}.") from None
    refuse({f"Return {n} numbers, {names}; yours are {len(values)}.": len(values) != n})
    return tuple(convert(value) for value in values)


def array(
    answer: Any,
    shape: Sequence[int] | None = None,
    mistakes: dict[tuple, str] | None = None,
    *,
    whole: bool = False,
) -> NDArray:
    """The answer as floats: a list, a tuple, a tensor or an array, of this shape if one is given.

    ``mistakes`` has a sentence for each shape that a typical mistake gives. With ``whole``, floats
    are refused.
    """
    words = "The answer should be numbers in rows, but it"
    try:
        values = np.asarray(_plain(answer))
    except ValueError:
        raise WrongAnswer(f"{words} has rows of different lengths.") from None
    if values.dtype.kind not in "biuf":
        found = "holds texts" if values.dtype.kind == "U" and values.ndim else described(answer)
        raise WrongAnswer(f"{words} {found}.")
    _shaped(values.shape, shape, mistakes)
    _finite(values.astype(float))
    words = f"These should be whole numbers, but they are of the type {values.dtype}."
    refuse({words: whole and values.dtype.kind in "bf" and values.size})
    return values.astype(float)


def tensor(answer: Any, shape: Sequence[int], mistakes: dict[tuple, str] | None = None) -> Tensor:
    """The answer without its gradients, if it is a tensor of this shape.

    ``mistakes`` has a sentence for each shape that a typical mistake gives.
    """
    if not isinstance(answer, Tensor):
        tensors = isinstance(answer, list) and all(isinstance(one, Tensor) for one in answer)
        maker = "torch.stack" if tensors else "torch.tensor"
        hint = f" `{maker}` makes one of a list." if isinstance(answer, list) else ""
        raise WrongAnswer(f"The answer should be a tensor, but it {described(answer)}.{hint}")
    _shaped(answer.shape, shape, mistakes)
    _finite(to_array(answer).astype(float))
    return answer.detach().cpu()


def _shaped(found: Sequence[int], shape: Any, mistakes: dict[tuple, str] | None) -> None:
    """Raise a `WrongAnswer` unless the shape is the right one, if there is one."""
    if shape is not None and tuple(found) != tuple(shape):
        hint = (mistakes or {}).get(tuple(found), "")
        words = f"The shape should be {tuple(shape)}, but it is {tuple(found)}. {hint}"
        raise WrongAnswer(words.strip())


def close(one: Any, other: Any, atol: float = 1e-5) -> bool:
    """Whether two numbers, tensors, arrays or lists have the same shape and nearly equal values."""
    if isinstance(one, int | float) and isinstance(other, int | float):  # NumPy takes far longer
        near = math.isfinite(other) and abs(one - other) <= atol + 1e-4 * abs(other)
        return one == other or near
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
    for any other result. In it, ``{right}`` and ``{given}`` become the first two numbers that
    differ, and ``{place}`` becomes their index. A function is compared on several inputs at once,
    as a list of results, because one result may have two explanations. `close` says what can be
    compared.
    """
    if not close(given, right, atol):
        refuse({words: close(given, wrong, atol) for words, wrong in mistakes.items()})
        _refuse_usual(given, right)
        raise WrongAnswer(_first_difference(given, right, otherwise, atol))


# What a function gets in one try: its arguments.
Case = tuple[Any, ...]
# For each sentence, the function of a learner who makes this mistake, or several of them.
Mistakes = Mapping[str, Callable | list[Callable]]


def examine(
    function: Any,
    draw: Callable[[], Sequence[Case]],
    right: Callable,
    mistakes: Mistakes,
    otherwise: str | Callable[..., str],
    *,
    convert: Callable[..., Any] = number,
    tolerance: float = 1e-5,
    forbidden: dict[str, set[str]] | None = None,
    same: Callable[[Any, Any], bool] | None = None,
    stops: Callable[..., str] | None = None,
) -> None:
    """Accept a learner's function that does on several inputs what ``right`` does.

    ``mistakes`` has for each sentence the function with that mistake, or several; ``otherwise`` is
    the sentence for any other. Inputs are drawn until they tell each of the mistakes from what is
    right, and from the others.

    Args:
        function: the learner's.
        draw: makes the inputs, a tuple of arguments for each call.
        right: returns what the learner's function should return.
        mistakes: by the sentence. One that gives None says nothing about an input.
        otherwise: a sentence as in `compare`, or what makes one of the input and, if it takes them,
            the learner's result and the right one.
        convert: makes a result comparable, or raises a `WrongAnswer`; it gets the result and, if it
            takes them, the arguments.
        tolerance: numbers may differ by so much, see `close`.
        forbidden: by the sentence, names of PyTorch's functions that the learner should not call.
        same: whether two results are the same, if `close` cannot compare them.
        stops: makes the sentence for an error of the learner's function of the error and the input;
            "" is for the usual one.

    Raises:
        WrongAnswer: if a result differs from the right one.
        Exception: what the learner's function raises.
        AssertionError: if no inputs tell one of the mistakes from what is right.
    """
    words = f"This is a class, `{getattr(function, '__name__', '')}`, and should be a function."
    refuse({words: isinstance(function, type)})
    refuse_other_than_functions(function)  # before the inputs are drawn, which takes long
    alike = same or (lambda one, other: close(one, other, tolerance))
    makers = [
        (words, maker)
        for words, some in mistakes.items()
        for maker in (some if isinstance(some, list) else [some])
    ]
    for attempt in range(30):
        cases = draw()
        wanted = [right(*case) for case in cases]
        wrong = [[_result(maker, case) for case in cases] for _, maker in makers]
        rough = [] if same or tolerance > 0.005 else _rounded(wanted)
        told = not any(_agree(alike, one, wanted) for one in (*wrong, *rough))
        if told and (same or attempt > 9 or _distinct([words for words, _ in makers], wrong)):
            break
    else:
        raise AssertionError("No inputs tell the mistakes from what is right.")
    given: list[Any] = []

    def differing() -> list[int]:
        return [i for i, one in enumerate(given) if not alike(one, wanted[i])]

    def explained() -> list[str]:
        """The mistakes that give what is given so far."""
        pairs = zip(makers, wrong, strict=True)
        return [words for (words, _), some in pairs if _agree(alike, given, some[: len(given)])]

    for case in cases:
        with Recorder() as recorder:
            try:
                given.append(_called(convert, call(function, *case), *case))
            except WrongAnswer:
                raise
            except Exception as error:
                found = explained() if differing() else []
                words = stops(error, *case) if stops else ""
                words = found[0] if stops and len({*found}) == 1 else words
                refuse({words: words})
                raise
        refuse({words: recorder.names & names for words, names in (forbidden or {}).items()})
    differ = differing()
    if not differ:
        return
    refuse(dict.fromkeys(explained(), True))
    if same is None:
        _refuse_usual(_flat(given), _flat(wanted))
    constant = len(given) > 1 and all((same or close)(given[0], one) for one in given[1:])
    words = "Your function returns the same for every input that was tried, but the right answers "
    words += "differ."
    refuse({words: constant and not all(alike(wanted[0], one) for one in wanted)})
    first = differ[0]
    said = [*cases[first], given[first], wanted[first]]
    words = otherwise if isinstance(otherwise, str) else _called(otherwise, *said)
    if same is None:
        words = _first_difference(given[first], wanted[first], words, tolerance)
    raise WrongAnswer(with_share(words, len(given) - len(differ), len(cases)))


def _called(function: Callable, *arguments: Any) -> Any:
    """What a function makes of the first of these arguments, as many as it needs."""
    parameters = inspect.signature(function).parameters.values()
    if any(one.kind is one.VAR_POSITIONAL for one in parameters):
        return function(*arguments)
    needed = [one for one in parameters if one.default is one.empty]
    return function(*arguments[: max(1, len(needed))])


def _result(maker: Callable, case: Case) -> Any:
    """What a mistake gives; the three dots, if it stops with an error."""
    try:
        return maker(*case)
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError):
        return ...


def _agree(alike: Callable[[Any, Any], bool], given: list, results: list) -> bool:
    """Whether all results are alike; None is like anything."""
    return all(
        one is None or other is None or (one is not ... and other is not ... and alike(one, other))
        for one, other in zip(given, results, strict=True)
    )


def _distinct(sentences: list[str], wrong: list[list]) -> bool:
    """Whether no two sentences belong to the same results."""
    keys = [tuple(map(_key, some)) for some in wrong]
    return len({*zip(keys, sentences, strict=True)}) == len({*keys})


def _key(result: Any) -> str | bytes:
    """What two results have in common if their rounded numbers are the same."""
    if isinstance(result, int | float):
        return str(round(float(result), 5))
    numbers = _flat([result]).round(5)
    return str(numbers.tolist()) if np.isnan(numbers).any() else numbers.tobytes()


def _rounded(results: list) -> list[list]:
    """The results rounded, in a list; an empty one if they are whole numbers."""
    rough = [np.round(np.asarray(_plain(one), dtype=float), 2) for one in results]
    return [rough] if any((one % 1).any() for one in rough) else []


def _flat(results: list) -> NDArray:
    """The numbers of all results in a row; the three dots are NaN."""
    plain = [float("nan") if one is ... else _plain(one) for one in results]
    return np.concatenate([np.ravel(np.asarray(one, dtype=float)) for one in plain])


def with_share(words: str, hits: int, n: int) -> str:
    """The sentence, after another that says for how many inputs the answer is right, if for any."""
    return f"Right for {hits} of the {n} inputs tried, but not for all. {words}" if hits else words


class Recorder(TorchFunctionMode):
    """While it is entered, notes the names of PyTorch's functions and methods that are called."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        self.names.add(function.__name__)
        return function(*args, **(kwargs or {}))


def _refuse_usual(given: Any, right: Any) -> None:
    """Raise a `WrongAnswer` for the mistakes that can be made with any numbers."""
    given, right = (np.asarray(_plain(each), dtype=float) for each in (given, right))
    if given.shape != right.shape:
        return
    fraction = ((right >= 0) & (right <= 1)).all()
    rounded = any(np.allclose(given, np.round(right, n), 1e-6, 1e-7) for n in range(4))
    cut = np.allclose(given, np.trunc(right), 1e-6, 1e-7)
    faults = {
        "This is a percentage. A fraction lies between 0 and 1.": fraction
        and close(given, 100 * right, 1e-3),
        "It is 0 each time. Is something always False, or cut off, as `//` and `int` do?": fraction
        and not given.any(),
        "You cut off what is behind the point, as `//`, `int` and bytes do.": cut,
        "You round. Return the result with all of its digits.": rounded,
    }
    refuse(faults)


def _first_difference(given: Any, right: Any, words: str, atol: float) -> str:
    """The sentence with the first two numbers that differ, and their place."""
    given, right = (np.asarray(_plain(each), dtype=float) for each in (given, right))
    if given.shape == right.shape:
        place = np.unravel_index(np.argmin(np.isclose(given, right, 1e-4, atol)), given.shape)
        index = str([*map(int, place)]) if len(place) > 1 else str(*map(int, place))
        for token, text in zip(
            ("{place}", "{right}", "{given}"),
            (index, *apart(right[place], given[place])),
            strict=True,
        ):
            words = words.replace(token, text)
    return words


def apart(one: float, other: float) -> tuple[str, str]:
    """Two different numbers as texts, with as many digits as it takes to tell them apart."""
    for digits in range(4, 18):
        texts = [f"{x:.0f}" if x % 1 == 0 else f"{x:.{digits}g}" for x in (one, other)]
        if texts[0] != texts[1]:
            break
    return texts[0], texts[1]
