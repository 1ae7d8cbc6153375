"""The checks of notebook 05, Gradio.

No server is started: functions are called, and an app is inspected before it is launched.
"""

import contextlib
import copy
import inspect
import operator
import random
import re
import string
from collections.abc import Callable, Iterator
from numbers import Real
from typing import Any

import numpy as np
from torch.overrides import TorchFunctionMode

from .core import Case, Mistakes, WrongAnswer, call, described, examine, kind, number, refuse, task

# What a visitor may be told to do, and what may be wrong, in a sentence for a missing picture.
DO = r"add|choose|click|draw|drop|first|give|go|insert|load|must|need|paste|pick|please|press"
DO += r"|provide|put|select|send|should|submit|take|try|upload|use"
MISSING = r"digit|drawing|empty|file|image|input|nothing|photo|picture|upload"


def random_word() -> str:
    """Five different random letters, the first of them a capital."""
    return "".join(random.sample(string.ascii_lowercase, k=5)).capitalize()


def probabilities(n: int = 8) -> dict[str, float]:
    """Random probabilities of ``n`` classes, in no order.

    The two likeliest are equal, one is 0, and one has an exponent when it is printed.
    """
    shares = [random.uniform(1, 2) * 1.5**i for i in range(n)]
    shares[0], shares[1], shares[-2] = 0.0, 0.0005 * random.uniform(1, 4), shares[-1]
    random.shuffle(shares)
    names = [random_word() + "s" * i for i in random.sample(range(n), n)]
    return {name: share / sum(shares) for name, share in zip(names, shares, strict=True)}


def unlaunched(app: Any, wanted: str) -> None:
    """Raise a `WrongAnswer` unless this is a Gradio app of the wanted class."""
    import gradio as gr  # here, so that the checks of other notebooks need no Gradio

    found = kind(app)
    much = " `launch` returns no app: build it only." if isinstance(app, tuple) else ""
    much = " Leave out `launch`: build the app only." if found == "App" else much
    why = "An `Interface` does the task in one line."
    if wanted == "Blocks":
        why = "The task asks for a layout of your own: Blocks."
    is_wanted = isinstance(app, gr.Interface) == (wanted == "Interface")
    faults = {
        f"This is the class itself. Build an app with it: `gr.{wanted}(...)`.": isinstance(
            app, type
        ),
        f"This should be a `gr.{wanted}`, but it is a {found}.{much}": not isinstance(
            app, gr.Blocks
        ),
        f"This is a `{found}`. {why}": not is_wanted,
    }
    refuse(faults)


def takes(function: Callable[..., Any], *arguments: Any) -> bool:
    """Whether a function can be called with these arguments."""
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError:
        return False
    except ValueError:  # some functions that are written in C do not say
        return True
    return True


def likeliest(answer: dict[str, float], n: int) -> dict[str, float]:
    """The right answer to 05.3."""
    best = sorted(answer, key=answer.__getitem__, reverse=True)[:n]
    return {name: answer[name] for name in best}


def likeliest_cases() -> list[Case]:
    """The likeliest class stands last, or anywhere; one class, some, all, and more than all."""
    rising = dict(reversed(likeliest(probabilities(), 8).items()))
    return [(rising, 2), *((probabilities(), n) for n in (random.randint(4, 6), 1, 3, 8, 9))]


@task("05.3")
def likeliest_first(top: Any) -> str:
    """The likeliest classes, as Label takes them."""

    def pairs(function: Callable[..., dict[str, float]]) -> Callable[..., Any]:
        """What a function says, and the truth, for each class: equal ones may change places."""
        return lambda answers, n: [[p, answers[name]] for name, p in function(answers, n).items()]

    def convert(given: Any, answers: dict[str, float], n: int) -> list[list[float]]:
        words = f"`Label` takes a dictionary, name → probability, not {kind(given)}."
        refuse({words: not isinstance(given, dict)})
        strange = [name for name in given if name not in answers]
        # All of them, one for each probability: that is what a dictionary turned round leaves.
        lost = n > 2 and sorted(given.values(), key=str) == sorted(
            {*likeliest(answers, n).values()}, key=str
        )
        equal = " Two are equally likely, and each of them counts." if lost else ""
        are = "is" if len(given) == 1 else "are"
        lacking = [name for name in likeliest(answers, n) if name not in given]
        if len(given) < n and lacking:
            equal += f" One that is missing has the probability {answers[lacking[0]]:.3g}."
        faults = {
            "The names are the keys: name → probability, not the other way round.": bool(given)
            and all(isinstance(name, Real) for name in given),
            f"There should be n = {n} classes, but there {are} {len(given)}.{equal}": (
                len(given) != min(n, len(answers))
            ),
            f"The keys should be names of classes, and {[*strange, 0][0]!r} is not one.": bool(
                strange
            ),
        }
        refuse(faults)
        values = [value.item() if hasattr(value, "item") else value for value in given.values()]
        other = [value for value in values if not isinstance(value, Real)]
        words = f"The values should be the probabilities, as numbers, not {kind([*other, 0][0])}."
        refuse({words: bool(other)})
        return [[float(value), answers[name]] for name, value in zip(given, values, strict=True)]

    def same(one: list[list[float]], other: list[list[float]]) -> bool:
        return len(one) == len(other) and bool(np.allclose(one, other, rtol=1e-6, atol=1e-9))

    def part(key: Callable[..., Any], down: bool = False, last: bool = False) -> Callable[..., Any]:
        """The first n classes, or the last ones, in the order of a key."""
        which = slice if not last else (lambda n: slice(-n, None))
        return pairs(lambda a, n: dict(sorted(a.items(), key=key, reverse=down)[which(n)]))

    def scaled(change: Callable[..., float]) -> Callable[..., Any]:
        """The likeliest classes; a function of the probability and their sum gives the values."""

        def changed(answers: dict[str, float], n: int) -> dict[str, float]:
            best = likeliest(answers, n)
            return {name: change(value, sum(best.values())) for name, value in best.items()}

        return pairs(changed)

    mistakes: Mistakes = {
        "These are the unlikeliest classes. Sort the other way round.": [
            part(lambda pair: pair[1]),
            pairs(lambda answers, n: dict(reversed(likeliest(answers, 8).items()))),
        ],
        "These are the first classes of the dictionary. Sort them.": part(lambda pair: 0),
        "These are the last classes of the dictionary. Sort them.": part(lambda _: 0, last=True),
        "You sort by the names, or their lengths. Sort by probability: `key=answer.get`.": [
            part(key, down)
            for key in (lambda pair: pair[0], lambda pair: len(pair[0]))
            for down in (False, True)
        ],
        "You compare the probabilities as texts, and then 9e-05 comes after 0.8.": part(
            lambda pair: str(pair[1]), down=True
        ),
        "You count in percent. `Label` wants probabilities.": scaled(lambda value, _: 100 * value),
        "You divide by the sum of the n classes. Leave the probabilities as they were.": scaled(
            lambda value, total: value / total
        ),
        "You round the probabilities. Leave them as they were.": [
            scaled(lambda value, _, places=places: round(value, places)) for places in range(7)
        ],
        "The right classes, but the likeliest should come first.": part(
            lambda pair: pair[1], last=True
        ),
    }

    def otherwise(answers: Any, n: int, given: Any, expected: Any) -> str:
        changed = [pair for pair in given if abs(pair[0] - pair[1]) > 1e-6 * pair[1]]
        if not changed:
            found = [f"{truth:.3f}" for _, truth in given]
            wanted = [f"{truth:.3f}" for _, truth in expected]
            if found != wanted:
                return (
                    f"The n = {n} likeliest, in order, have the probabilities {', '.join(wanted)}; "
                    f"yours have {', '.join(found)}."
                )
        value, truth = (changed or given)[0]
        return f"The probabilities changed: {truth} became {value}. Leave them as they were."

    def stops(_: Exception, answers: dict[str, float], n: int) -> str:
        words = f"With n = {n} your function stops, because there are only {len(answers)} classes."
        return f"{words} Return all of them then." if n > len(answers) else ""

    options: dict[str, Any] = {"convert": convert, "same": same, "stops": stops}
    examine(top, likeliest_cases, pairs(likeliest), mistakes, otherwise, **options)
    return "Three answers tell a visitor more than one: how close the others came."


def message_of(function: Callable[..., Any]) -> str:
    """What a visitor reads if the learner's function gets no picture."""
    import gradio as gr

    asked: list[Any] = []

    def classifier(one: Any) -> dict[str, float]:
        asked.append(one)
        return {"?": 1.0}

    error: BaseException | None = None
    try:
        given = function(None, classifier)
    except (Exception, SystemExit) as raised:  # whatever it is, the visitor reads the same
        error = raised
    words = "Without a picture (None) your function asks `classifier` all the same. Ask `picture is"
    words += " None` first, and stop with `raise gr.Error(...)`: a classifier may answer anything."
    refuse({words: bool(asked)})
    if isinstance(error, gr.Error):
        shown = error.print_exception
        faults = {
            "The visitor gets a sentence, but your notebook gets a traceback as well, because the "
            f"error's `print_exception` is {shown!r}. Give it `print_exception=False`.": shown,
            "The visitor does not see your error, because its `visible` is "
            f"{error.visible!r}. Leave that out.": not error.visible,
        }
        refuse(faults)
        return str(error.message)
    without = "Without a picture (None) your function"
    if error is not None:
        words = f"{without} stops with {kind(error)}, and the visitor sees the word “Error”."
        raise WrongAnswer(f"{words} Raise a `gr.Error` with a sentence. ({error})")
    faults = {
        "You return the error. It must be raised: `raise gr.Error(...)`.": isinstance(
            given, gr.Error
        ),
        f"{without} returns None. Raise a `gr.Error` with a sentence instead.": given is None,
    }
    refuse(faults)
    words = f"{without} returns a {kind(given)}. The page would show it as an answer."
    raise WrongAnswer(f"{words} Raise a `gr.Error` instead.")


def same_picture(one: Any, other: Any) -> bool:
    """Whether two pictures, or arrays of pixels, are of one type and the same."""
    return type(one) is type(other) and bool(np.array_equal(np.asarray(one), np.asarray(other)))


@task("05.4")
def kind_error(ask: Any) -> str:
    """A sentence for a visitor without a picture."""
    import gradio as gr
    from PIL import Image

    answers = probabilities()
    size = (random.randint(5, 50), random.randint(5, 50))
    noise = Image.effect_noise(size, 99).convert("RGB")
    pictures = {
        "A colourful picture": noise,
        "An all-black picture": Image.new("L", size, 0),
        "An all-white picture": Image.new("RGB", size, "white"),
        "A picture of one pixel": Image.new("RGB", (1, 1)),
        "A transparent picture": Image.new("RGBA", size),
        "An array of pixels, which `gr.Image` gives without `type`,": np.asarray(noise),
    }
    for name, picture in pictures.items():
        seen: list[Any] = []
        words = f"{name} is a picture, too. Only None means that there is none"
        try:
            given = call(ask, copy.copy(picture), lambda one, to=seen: to.append(one) or answers)
        except WrongAnswer as nothing:  # the `return` may stand after `raise`
            without = "With a picture, your function comes to its end without a `return`. Let it "
            without += "end with `return classifier(picture)`, outside of the `if`."
            refuse({without: "does not end with" in str(nothing)})
            raise
        except gr.Error as error:
            raise WrongAnswer(f"{words}, but your function says “{error.message}”.") from None
        except ValueError as error:
            if "truth value" not in str(error):
                raise
            raise WrongAnswer(f"{words}: ask `picture is None`. {error}") from None
        faults = {
            "With a picture, your function should return what `classifier` returns: "
            f"`classifier(picture)`. What yours returns {described(given)}, and not that.": (
                given is not answers and given != answers
            ),
            "Your function never asks the classifier.": not seen,
            f"Your function asks the classifier {len(seen)} times. Once is enough.": len(seen) > 1,
            "Your function changes the picture before it asks the classifier, which should get it "
            "as it is.": seen and not same_picture(seen[0], picture),
        }
        refuse(faults)
    message = message_of(ask)
    with contextlib.suppress(ZeroDivisionError):
        try:
            call(ask, noise.copy(), lambda _: 1 / 0)
        except gr.Error as error:
            words = "There is a picture, but the classifier itself stops with an error, and your "
            words += (
                f"function says “{message}” all the same. Ask `picture is None`, without `try`."
            )
            refuse({words: error.message == message})
    faults = {
        f"The visitor reads “{message}”. Write a sentence: what is wrong, and what to do.": (
            len(message.split()) < 4 or not re.search(MISSING, message, re.IGNORECASE)
        ),
        f"The visitor reads “{message}”. Say also what to do, such as: upload one.": not re.search(
            rf"\b({DO})", message, re.IGNORECASE
        ),
    }
    refuse(faults)
    return "The visitor knows what to do next, and your notebook stays quiet."


class Page:
    """A Blocks app whose events can be set off without a server or a browser."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.texts = {key: getattr(block, "value", None) for key, block in app.blocks.items()}
        self.steps = 0
        self.givers: dict[int, str] = {}  # which event has put None into a component

    def has(self, block: Any, *names: str) -> bool:
        """Whether the app listens to one of these events of a block."""
        wanted = {(block._id, name) for name in names}
        return any(wanted & set(event.targets) for event in self.app.fns.values())

    def set_off(self, block: Any, *names: str) -> None:
        """Call the handlers of these events of a block, and what follows from them."""
        wanted = {(block._id, name) for name in names}
        for event in self.app.fns.values():
            if wanted & set(event.targets):
                self.run(event)

    def run(self, event: Any) -> None:
        """Call a handler, and put what it returns into its outputs."""
        self.steps += 1
        words = "Your events set each other off without end: what one of them changes, another, or "
        words += "the same, listens to."
        refuse({words: self.steps > 40})
        name = event.targets[0][1]
        if event.fn is None:
            raise WrongAnswer(f"The event `{name}` has no Python function as its handler.")
        words = f"A component of the event `{name}` is not on the page. Make it inside of `with`."
        used = [one._id for one in (*event.inputs, *event.outputs)]
        refuse({words: not {*used} <= {*self.texts}})
        values = [self.texts[one._id] for one in event.inputs]
        together = dict(zip(event.inputs, values, strict=True))  # if the inputs are a set
        arguments = [together] if event.inputs_as_dict else values
        words = (
            f"The event `{name}` names {len(values)} input(s), so its handler gets {len(values)} "
        )
        words += "value(s), but it does not take as many."
        refuse({words: not takes(event.fn, *arguments)})
        try:
            given = event.fn(*arguments)
        except Exception as error:
            words = f"The handler of `{name}` gets {', '.join(map(repr, values))} and stops with "
            words += f"{kind(error)}: {error}."
            states = [value for one, value in together.items() if kind(one) == "State"]
            texts = [value for value in states if isinstance(value, str)]
            givers = [
                self.givers[one._id]
                for one, value in together.items()
                if value is None and one._id in self.givers
            ]
            unfilled = [kind(one) for one, value in together.items() if value is None]
            faults = {
                f"None is what the handler of `{[*givers, 0][0]}` returned. It should return what "
                'its output should hold; an empty text is `""`.': givers,
                f"None is in the {[*unfilled, 0][0]}, which has no value at first. (A first value "
                "stands in the brackets: `gr.State(0)` has 0.)": unfilled,
                "The state holds a text: the outputs must be in the order in which the handler "
                "returns their values.": any(":" in value for value in texts),
                f"The state holds the text {[*texts, 0][0]!r}.": texts,
                "An empty box has no letters. It should work with that, too.": "" in values,
            }
            refuse({f"{words} {why}": fault for why, fault in faults.items()})
            raise
        if inspect.isgenerator(given):
            *_, given = given
        for one, value in self.shared_out(given, event.outputs, name):
            value = value.get("value", ...) if isinstance(value, dict) else value
            value = getattr(value, "value", value)  # a component stands for its value
            if value is None:
                self.givers[one._id] = name
            if value is not ... and value != self.texts[one._id]:
                self.texts[one._id] = value
                self.set_off(one, "change")
        for later in self.app.fns.values():
            if later.trigger_after == event._id:
                self.run(later)

    @staticmethod
    def shared_out(given: Any, outputs: list, name: str) -> Iterator[tuple[Any, Any]]:
        """Pairs of an output and the value for it, as Gradio understands a handler's result."""
        if isinstance(given, dict) and "__type__" not in given:
            yield from given.items()
        elif len(outputs) == 1:
            yield outputs[0], given
        elif outputs:
            words = (
                f"The handler of `{name}` returns None, but has {len(outputs)} outputs. Each way "
            )
            refuse(
                {f"{words}through it has to end with `return` and a value for each.": given is None}
            )
            values = given if isinstance(given, list | tuple) else [given]
            words = (
                f"The handler of `{name}` returns {len(values)} value(s), but has {len(outputs)}"
            )
            refuse({f"{words} outputs.": len(values) != len(outputs)})
            yield from zip(outputs, values, strict=True)


def on_the_page(block: Any) -> Iterator[Any]:
    """The components of a layout, from top to bottom."""
    for child in getattr(block, "children", None) or ():
        yield child
        yield from on_the_page(child)


@task("05.5")
def blocks(make_app: Any) -> str:
    """A layout with two events."""
    import gradio as gr

    words = "This is the app itself. Give the check the function that makes and returns it."
    refuse({words: isinstance(make_app, gr.Blocks)})
    app = call(make_app)
    unlaunched(app, "Blocks")
    parts = list(on_the_page(app))
    boxes = [part for part in parts if isinstance(part, gr.Textbox)]
    buttons = [part for part in parts if isinstance(part, gr.Button)]
    words = f"The app needs two text boxes and a button, but it has {len(boxes)} and "
    refuse({f"{words}{len(buttons)}.": (len(boxes), len(buttons)) != (2, 1)})
    (text, result), (button,) = boxes, buttons
    word = f" {random_word()} {random_word()}  "
    for typed in (word, ""):
        check_typing(app, text, result, typed)
    page = Page(app)
    page.texts |= {text._id: word, result._id: word[::-1]}
    refuse({"The button does nothing. It needs a `click` event.": not page.has(button, "click")})
    page.set_off(button, "click")
    left = page.texts[text._id]
    other = page.texts[result._id] != word[::-1]
    where = "It changes the other box." if other else "It changes nothing."
    faults = {
        f"The button should empty the box that the visitor types in. {where}": left == word,
        f'The button should put "" into the box, but it puts {left!r}.': left != "",
    }
    refuse(faults)
    return "With `change`, one event leads to the next: emptying the box is a change, too."


def check_typing(app: Any, text: Any, result: Any, typed: str) -> None:
    """Raise a `WrongAnswer` unless typing in the first box shows the text backwards in the second.

    Typing sets off two events of a box: `input` and `change`.
    """
    page, events = Page(app), [event for event in app.fns.values() if event.targets]
    typing = [(text._id, "change"), (text._id, "input")]
    heard = [event for event in events if set(typing) & set(event.targets)]
    if not heard:
        names = {result._id: "the second box", text._id: "the first box"}
        others = [
            f"{names.get(block, kind(app.blocks.get(block, app)))}'s {name}"
            for event in events
            for block, name in event.targets
        ]
        second = any(page.has(result, name) for name in ("change", "input"))
        faults = {
            "The app listens to the second box, but the visitor types in the first one, which "
            "stands above it.": second,
            "Nothing happens while the visitor types. Use the text box's `change` event. The "
            f"events are: {', '.join(others) or 'none at all'}.": True,
        }
        refuse(faults)
    for event in heard:
        wanted, name = ([text], [result]), event.targets[0][1]
        inputs, outputs = list(event.inputs), list(event.outputs)
        words = f"The event `{name}` has {len(inputs)} input(s) and {len(outputs)} output(s)."
        faults = {
            "Inputs and outputs are swapped: the text goes in, the answer comes out.": (
                (inputs, outputs) == wanted[::-1]
            ),
            "The answer goes where the text comes from: that overwrites the text. The output is "
            "the second box.": ((inputs, outputs) == ([text], [text])),
            f"{words} It needs one of each: `inputs=text, outputs=result`.": not inputs
            or not outputs,
        }
        refuse(faults)
    page.texts |= {text._id: typed, result._id: "before"}
    page.set_off(text, "input", "change")
    said, kept = page.texts[result._id], page.texts[text._id]
    words = f"For {typed!r} the second box shows {said!r}, but backwards is {typed[::-1]!r}."
    words += " Does the handler `return` it, in each case?" if said is None else ""
    faults = {
        f"The text that the visitor types changes into {kept!r}.": kept != typed,
        f"{words} What stood in it before should go.": "before" in str(said),
        words: said != typed[::-1],
    }
    refuse(faults)


# What a learner may do with the grey picture, and then with the logits; "" is right.
DARK = "Dark ink on light paper is not turned over. In MNIST, the paper is 0."
LOGITS = "These are the logits. A `Label` needs probabilities."
RAW = "The pixels are not normalized. The network was trained on what `normalize` gives."
ONES = "Each digit has the probability 1: `softmax` goes over the pictures, but it should go over "
ONES += "the digits, with `dim=1`."
LATE = "You turn the picture over after `normalize`. Do it before: there, white paper is 255."
OVER = "To turn a byte over, take `255 - pixels`: from less than 255, black stays black."
PREPARED: dict[str, Callable[..., Any]] = {
    "": lambda grey, normalize: normalize(255 - grey),
    DARK: lambda grey, normalize: normalize(grey),
    RAW: lambda grey, _: (255 - grey) / 255,
    f"{RAW} And dark ink is not turned over.": lambda grey, _: grey / 255,
    f"{RAW} Numbers up to 255 are far too large for it.": lambda grey, _: 255.0 - grey,
    f"{RAW} It uses MNIST's own mean and spread, not 0.5.": lambda grey, _: 1 - grey / 127.5,
    f"{RAW} It uses MNIST's own mean and spread, not those of one picture.": (
        lambda grey, _: (255.0 - grey - (255.0 - grey).mean()) / (255.0 - grey).std()
    ),
    "`normalize` takes bytes, 0 to 255. It gets far smaller numbers here, as after `/ 255`.": (
        lambda grey, normalize: normalize((255 - grey) / 255)
    ),
    f"{OVER} `1 - pixels` leaves black at 1.": lambda grey, normalize: normalize(1 - grey),
    f"{OVER} `-pixels` leaves black at 0.": lambda grey, normalize: normalize(-grey),
    f"{LATE} After it, no number is near 255.": lambda grey, normalize: 255 - normalize(grey),
    LATE: lambda grey, normalize: -normalize(grey),
    f"{LATE} After it, paper is not 1.": lambda grey, normalize: 1 - normalize(grey),
    "Rows and columns are swapped: the picture lies on its side.": (
        lambda grey, normalize: normalize(255 - grey.mT)
    ),
    "Only black and white are left. Keep the grey values.": (
        lambda grey, normalize: normalize((grey < 128) * np.uint8(255))
    ),
}
ANSWERED: dict[str, Callable[..., Any]] = {
    "": lambda logits: logits.softmax(dim=1),
    LOGITS: lambda logits: logits,
    "`sigmoid` looks at each digit by itself. The ten probabilities come from `softmax`.": (
        lambda logits: logits.sigmoid()
    ),
    "You take `softmax` twice.": lambda logits: logits.softmax(dim=1).softmax(dim=1),
    ONES: lambda logits: logits.softmax(dim=0),
}


def reader(
    weights: Any,
    prepared: Callable[..., Any],
    answered: Callable[..., Any],
    known: dict[tuple, tuple],
) -> Callable[..., list[float]]:
    """The right function of the page of 05.7, or one with a fault on its way.

    ``known`` keeps each picture's logits for the functions that prepare it in the same way.
    """
    import torch
    from torch.nn.functional import linear

    from mnist_helpers.data import normalize

    def read(picture: Any) -> list[float]:
        key = prepared, id(picture)
        if key not in known:
            grey = torch.from_numpy(np.array(picture.convert("L").resize((28, 28))))
            first, first_bias, second, second_bias = weights.values()
            hidden = linear(prepared(grey[None], normalize).flatten(1), first, first_bias).relu()
            # The picture is kept, so that no other one gets its id.
            known[key] = linear(hidden, second, second_bias), picture
        return answered(known[key][0])[0].tolist()

    return read


def soft_pictures() -> list[Case]:
    """Dark ink on light paper, which every way to resize keeps; two of the pictures are grey."""
    from PIL import Image

    noise, cases = np.random.default_rng(), []
    for i, size in enumerate([(28, 28), (84, 84), (140, 90), (60, 112)]):
        coarse = noise.integers(230, 256, (6, 6, 3))
        coarse[1:5, 1:5] = noise.integers(-80, 161, (4, 4, 3)).clip(0)
        picture = Image.fromarray(coarse.astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
        cases.append((picture.convert("L") if i % 2 else picture,))
    return cases


class Layers(TorchFunctionMode):
    """While it is entered, notes what goes into linear layers, and what comes out."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[Any, Any]] = []

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        result = function(*args, **(kwargs or {}))
        if function.__name__ == "linear":
            self.seen.append((args[0].detach().flatten(), result.detach().flatten()))
        return result


def where_it_differs(read: Callable[..., Any], picture: Any, weights: list) -> str:
    """The first step on the way from a picture to the probabilities that is not as it should be."""
    import torch
    from torch.nn.functional import linear

    from mnist_helpers.data import normalize

    with Layers() as layers:
        read(picture)
    words = "For a picture, digit {place} should have the probability {right}, not {given}."
    if [len(given) for given, _ in layers.seen] != [784, 64]:
        return words
    (pixels, first), (hidden, logits) = layers.seen
    grey = np.array(picture.convert("L").resize((28, 28)))
    wanted = normalize(torch.from_numpy(255 - grey)[None]).flatten()
    at = int((pixels - wanted).abs().argmax())
    row, column = divmod(at, 28)
    faults = {
        f"After a picture has become 28×28, the grey value in row {row}, column {column} is "
        f"{grey[row, column]}. There "
        f"the network should get {wanted[at]:.2f}, which is what `normalize` makes of 255 - "
        f"{grey[row, column]}, but it gets {pixels[at]:.2f}.": abs(pixels[at] - wanted[at]) > 0.4,
        "The pixels are right, but the first layer does not have the weights that `make_demo` "
        "gets.": not torch.allclose(first, linear(pixels, *weights[:2]), atol=1e-3),
        "The pixels and the first layer are right. Then comes ReLU, and nothing else.": (
            not torch.allclose(hidden, first.relu(), atol=1e-3)
        ),
        "The pixels and the first layer are right, but the last layer does not have the weights "
        "that `make_demo` gets.": not torch.allclose(
            logits, linear(hidden, *weights[2:]), atol=1e-3
        ),
        f"{words} The network's ten logits are right. The probabilities are their `softmax`, each "
        "with its own digit.": True,
    }
    return next(said for said, holds in faults.items() if holds)


@task("05.7")
def mended(make_demo: Any) -> str:
    """An old demo, mended."""
    import gradio as gr
    from torch import nn

    network = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
    weights = network.state_dict()
    weights["3.weight"] *= 4
    try:
        app = call(make_demo, {name: value.clone() for name, value in weights.items()})
    except (AttributeError, RuntimeError, TypeError, ValueError) as error:
        said = str(error)
        old = re.search("'(inputs|outputs|shape|allow_flagging)'", said)
        faults = {
            "The layers do not have the sizes of the weights: there are 64 units in between, and "
            f"784 pixels. PyTorch says: {said.splitlines()[-1].strip()}": "size mismatch" in said,
            "The weights do not fit the layers: these are Flatten, Linear, ReLU and Linear, and no "
            f"others. PyTorch says: {said.splitlines()[-1].strip()}": "state_dict" in said,
            'No button should save pictures: `flagging_mode="never"`.': "flagging_mode" in said,
            f"Today's Gradio has no {old} any more. The lesson shows what it has instead.": old,
        }
        refuse({words.replace(str(old), old[1] if old else ""): x for words, x in faults.items()})
        raise
    unlaunched(app, "Interface")
    inputs, outputs = app.input_components, app.output_components
    found = ", ".join(kind(one) for one in [*inputs, *outputs])
    refuse(
        {
            f"The page needs an Image as its input and a Label as its output. It has: {found}.": (
                [isinstance(one, gr.Image) for one in inputs] != [True]
                or [isinstance(one, gr.Label) for one in outputs] != [True]
            )
        }
    )
    faults = {
        f'The Image gives your function {inputs[0].type!r}. `type="pil"` gives a Pillow picture.': (
            inputs[0].type != "pil"
        ),
        "The page should show the three likeliest: `num_top_classes=3`.": (
            outputs[0].num_top_classes != 3
        ),
        'A button saves what visitors upload. `flagging_mode="never"` leaves it out.': (
            app.flagging_mode != "never"
        ),
    }
    refuse(faults)

    def convert(given: Any, *_: Any) -> list[float]:
        words = f"`read` should return a dictionary, not {kind(given)}."
        refuse({words: not isinstance(given, dict)})
        words = 'The keys should be the ten texts "0" to "9"; yours are'
        words = f"{words} {len(given)}, such as {[*given][:3]}."
        refuse({words: set(given) != set("0123456789")})
        values = [number(given[digit]) for digit in "0123456789"]
        rounded = all(abs(one - round(one, 4)) < 1e-7 for one in values) and {
            round(one, 4) for one in values
        } - {0, 1}
        refuse({"You round the probabilities. Leave them as they are.": rounded})
        return values

    def stops(error: Exception, picture: Any) -> str:
        fits = not re.search("cannot be multiplied|size mismatch", str(error))
        axis = re.search("axis 2|too many indices", str(error)) and picture.mode == "L"
        words = f"This picture is grey already, so its array has no third axis. ({error}) "
        refuse({f'{words}`convert("L")` makes every picture grey.': axis})
        return "" if fits else f"The picture does not fit the network: it needs 28×28. ({error})"

    known: dict[tuple, tuple] = {}
    right = reader(weights, PREPARED[""], ANSWERED[""], known)
    makers = {
        f"{first} {last}".strip(): reader(weights, PREPARED[first], ANSWERED[last], known)
        for first in PREPARED
        for last in (ANSWERED if first in ("", DARK, RAW) else ["", LOGITS])
        if first or last
        if not (first and last == ONES)  # which hides what was done before
    }

    def otherwise(picture: Any) -> str:
        return where_it_differs(app.fn, picture, [*weights.values()])

    options: dict[str, Any] = {"convert": convert, "tolerance": 0.02, "stops": stops}
    examine(app.fn, soft_pictures, right, makers, otherwise, **options)
    return "Most demos on the web need such a repair. You know the places to look at first."


def game(
    count: Callable[[list[int], int], int] = lambda own, all_: len(own),
    verdicts: tuple[str, str, str] = ("too low", "right", "too high"),
) -> Callable[[int, list[tuple[int, int]]], list[str]]:
    """The right answer to 05.8, or one with other words or another count.

    The count is made of how far off one's own guesses were, and of the number of everybody's.
    """

    def play(secret: int, moves: list[tuple[int, int]]) -> list[str]:
        said = []
        for place, (visitor, guess) in enumerate(moves):
            own = [one - secret for who, one in moves[: place + 1] if who == visitor]
            sign = (guess > secret) - (guess < secret)
            said.append(f"{count(own, place + 1)}: {verdicts[sign + 1]}")
        return said

    return play


def game_cases() -> list[Case]:
    """Two secrets, two visitors in turns: neighbours of the secret, and guesses after the end.

    One guess is 0, one is negative, one comes twice, and some have more digits than the secret.
    """
    cases: list[Case] = []
    for secret in (random.randint(90, 99), random.randint(300, 900)):
        steps = [1, -1, -secret, 12, 0, 2, 0, 2, -2 * secret, 0, 0]
        who = [0, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0]
        cases.append((secret, [(one, secret + step) for one, step in zip(who, steps, strict=True)]))
    return cases


@task("05.8")
def memory(make_game: Any) -> str:
    """A game in which each visitor has an own counter."""
    import gradio as gr

    words = "This is the app itself. Give the check the function that makes and returns it."
    refuse({words: isinstance(make_game, gr.Blocks)})

    def played(secret: int, moves: list[tuple[int, int]]) -> list:
        app = call(make_game, secret)
        unlaunched(app, "Blocks")
        parts = list(on_the_page(app))
        kinds = (gr.Number, gr.Button, gr.Textbox)
        found = [[part for part in parts if isinstance(part, each)] for each in kinds]
        words = "The page needs a number box, a button and a text box. It has of each:"
        refuse({f"{words} {[len(one) for one in found]}.": [len(one) for one in found] != [1] * 3})
        (box,), (button,), (result,) = found
        pages, said = [Page(app), Page(app)], []
        for page in pages:
            page.texts = copy.deepcopy(page.texts)
        refuse({"The button does nothing: it needs a `click`.": not pages[0].has(button, "click")})
        for visitor, guess in moves:
            page = pages[visitor]
            page.steps, before = 0, page.texts[result._id]
            page.texts[box._id] = guess
            page.set_off(box, "input", "change")
            words = "Something happens while the visitor types. Wait for the button."
            refuse({words: page.texts[result._id] != before})
            page.set_off(button, "click")
            said.append(page.texts[result._id])
        return said

    mistakes: Mistakes = {
        "All visitors share one counter: the second visitor's first guess is not number 1. The "
        "count of a `gr.State` comes into the handler as an input, and leaves it as an output; a "
        "variable outside of it, or the state's `value`, exists once for all.": game(
            lambda own, all_: all_
        ),
        "The count stays at 1. The handler must return the new count, too, and the state must be "
        "among the outputs.": game(lambda own, all_: 1),
        "The count stays at 0. Add 1 to it before you show it.": game(lambda own, all_: 0),
        "The first guess is number 1, but you begin at 0.": game(lambda own, all_: len(own) - 1),
        "The first guess is number 1, but you begin at 2.": game(lambda own, all_: len(own) + 1),
        "The right guess counts, too. In yours only the wrong ones count.": game(
            lambda own, all_: sum(map(bool, own))
        ),
        "A guess counts again each time. In yours only the different ones count.": game(
            lambda own, all_: len({*own})
        ),
        "The game goes on after the secret was found, but your count begins anew.": game(
            lambda own, all_: (
                len(own) - next((i for i in range(len(own) - 1, 0, -1) if not own[i - 1]), 0)
            )
        ),
        "You swap “too low” and “too high”.": game(verdicts=("too high", "right", "too low")),
        "At the secret itself you say “too low”. Compare for equality, too.": game(
            verdicts=("too low", "too low", "too high")
        ),
        "At the secret itself you say “too high”. Compare for equality, too.": game(
            verdicts=("too low", "too high", "too high")
        ),
    }

    def otherwise(secret: int, moves: Any, given: list[str], expected: list[str]) -> str:
        i = next(i for i, pair in enumerate(zip(given, expected, strict=True)) if len({*pair}) > 1)
        visitor, guess = moves[i]
        own = [one for one, _ in moves[: i + 1]].count(visitor)
        words = f"The secret is {secret}. Guess number {own} of visitor {visitor + 1} is {guess}. "
        words += f"They should read {expected[i]!r}, but read {given[i]!r}."
        hints = {
            "The count and the guess are swapped: the inputs must be in the order of the handler's "
            "arguments.": guess + 1 != own and str(given[i]).startswith(f"{guess + 1}:"),
            f"{i + 1} is the number of all visitors' guesses.": (
                own != i + 1 and str(given[i]).startswith(f"{i + 1}:")
            ),
            "The game goes on after the secret was found.": (
                (visitor, secret) in moves[:i] and not re.match(r"\d+: ", str(given[i]))
            ),
        }
        return " ".join([words, *[hint for hint, holds in hints.items() if holds][:1]])

    options: dict[str, Any] = {"convert": lambda given, *_: given, "same": operator.eq}
    examine(played, game_cases, game(), mistakes, otherwise, **options)
    return "Many visitors share your function, but what one of them has done belongs to that one."
