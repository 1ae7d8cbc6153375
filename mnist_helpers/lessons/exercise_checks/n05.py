"""The checks of notebook 05, Gradio.

No server is started: functions are called, and an app is inspected before it is launched.
"""

import random
import string
from collections.abc import Callable
from numbers import Real
from typing import Any

from .core import WrongAnswer, call, kind, refuse, task


def random_word() -> str:
    """Five random letters, in mixed case."""
    return "".join(random.choices(string.ascii_lowercase, k=5)).capitalize()


def probabilities(n: int = 8) -> dict[str, float]:
    """Random probabilities of ``n`` classes, all different, in no order."""
    shares = [random.uniform(1, 2) * 1.5**i for i in range(n)]
    random.shuffle(shares)
    names = random.sample([f"class {a}{b}" for a in "abcde" for b in "xyz"], n)
    return {name: share / sum(shares) for name, share in zip(names, shares, strict=True)}


def unlaunched(app: Any, wanted: str) -> None:
    """Raise unless this is a Gradio app of the wanted class that has no server yet."""
    import gradio as gr  # here, so that the checks of other notebooks need no Gradio

    if not isinstance(app, gr.Blocks):
        much = " `launch` returns no app: build it only." if kind(app) in ("tuple", "App") else ""
        raise WrongAnswer(f"This should be a `gr.{wanted}`, but it is a {kind(app)}.{much}")
    if wanted == "Interface" and not isinstance(app, gr.Interface):
        raise WrongAnswer("This is a `Blocks`. An `Interface` does the task in one line.")
    if wanted == "Blocks" and isinstance(app, gr.Interface):
        raise WrongAnswer("This is an `Interface`. The task asks for a layout of your own: Blocks.")


@task("05.1")
def greeting(answer: Any) -> str:
    """A function of three inputs."""
    for shout in (False, True, random.random() < 0.5):
        name, excitement = random_word(), random.randint(1, 9)
        try:
            given = call(answer, name, excitement, shout)
        except TypeError as error:
            if "argument" not in str(error):
                raise
            words = (
                "With three inputs, Gradio calls your function with three arguments, and then it"
            )
            raise WrongAnswer(f"{words} stops: {error}") from None
        if not isinstance(given, str):
            raise WrongAnswer(f"Your function should return a text, not {kind(given)}.")
        quiet = f"Hello, {name}" + "!" * excitement
        wanted = quiet.upper() if shout else quiet
        if given == wanted:
            continue
        if shout and given == quiet:
            raise WrongAnswer("Nobody shouts: the third input is ignored when it is True.")
        if not shout and given == quiet.upper():
            raise WrongAnswer("It shouts although the box is not ticked. Do you ask for `shout`?")
        if (marks := given.count("!")) != excitement:
            raise WrongAnswer(f"With excitement {excitement} your text has {marks} of the marks !.")
        raise WrongAnswer(f"The answer should be {wanted!r}, but it is {given!r}.")
    return "A function that works when you call it works on a page, too. Test it first."


@task("05.2")
def interface(answer: Any) -> str:
    """An Interface with a component for each argument."""
    unlaunched(answer, "Interface")
    names = [kind(component) for component in answer.input_components]
    outputs = [kind(component) for component in answer.output_components]
    wanted = ["Textbox", "Slider", "Checkbox"]
    faults = {
        f"The function has three arguments, but the app has {len(names)} inputs. Each argument "
        "needs a component.": len(names) != 3,
        f"The inputs are in the order {', '.join(names)}, but the function's arguments are name, "
        "excitement, shout. The first component gives the first argument.": (
            names != wanted and sorted(names) == sorted(wanted)
        ),
        f"The inputs are {', '.join(names)}. They should be {', '.join(wanted)}.": names != wanted,
        f"The one output is a text. The app has: {', '.join(outputs)}.": outputs != ["Textbox"],
    }
    refuse(faults)
    low, high = answer.input_components[1].minimum, answer.input_components[1].maximum
    if (low, high) != (0, 10):
        raise WrongAnswer(f"The slider should go from 0 to 10, but goes from {low} to {high}.")
    faults = {
        'The app has a button that stores what visitors typed. `flagging_mode="never"` leaves it '
        "out.": answer.flagging_mode != "never",
    }
    refuse(faults)
    name = random_word()
    if name.upper() not in str(answer.fn(name, 2, True)):
        raise WrongAnswer("The app does not call `greet_loudly`, or task 05.1 is not done yet.")
    return "One component for each argument, in the same order: that is the whole contract."


@task("05.3")
def top(answer: Any) -> str:
    """The likeliest classes, as Label takes them."""
    for n in (3, random.choice([2, 4, 5])):
        answers = probabilities()
        order = sorted(answers, key=answers.__getitem__, reverse=True)
        given = call(answer, answers, n)
        if not isinstance(given, dict):
            raise WrongAnswer(f"`Label` takes a dictionary, name → probability, not {kind(given)}.")
        if len(given) != n:
            raise WrongAnswer(f"There should be n = {n} classes, but there are {len(given)}.")
        if set(given) == set(order[-n:]):
            raise WrongAnswer("These are the unlikeliest classes. Sort the other way round.")
        if set(given) == set(list(answers)[:n]) != set(order[:n]):
            raise WrongAnswer("These are the first classes of the dictionary. Sort them first.")
        if set(given) == set(sorted(answers, reverse=True)[:n]) != set(order[:n]):
            raise WrongAnswer("You sort by name. Sort by probability: `key=answer.get`.")
        if set(given) != set(order[:n]):
            raise WrongAnswer(f"The {n} likeliest are {order[:n]}, but you return {list(given)}.")
        if not all(isinstance(value, Real) for value in given.values()):
            raise WrongAnswer("The values of the dictionary should be probabilities, as numbers.")
        if all(abs(given[name] - 100 * answers[name]) < 1e-6 for name in given):
            raise WrongAnswer("You count in percent. `Label` wants probabilities, 0 to 1.")
        if any(abs(given[name] - answers[name]) > 1e-6 for name in given):
            raise WrongAnswer("The probabilities changed. Leave them as the network gave them.")
        if list(given) != order[:n]:
            raise WrongAnswer("The right classes, but the likeliest should come first.")
    return "Three answers tell a visitor more than one: how close the others came."


def message_of(function: Callable[..., Any], picture: Any, classifier: Callable[[Any], Any]) -> str:
    """What a visitor reads if the learner's function gets no picture."""
    import gradio as gr

    try:
        given = function(picture, classifier)
    except gr.Error as error:
        if error.print_exception:
            raise WrongAnswer(
                "The visitor gets a sentence, but your notebook gets a traceback as well: add "
                "`print_exception=False`."
            ) from None
        return str(error.message)
    except Exception as error:  # whatever it is, the visitor reads the same
        raise WrongAnswer(
            f"Without a picture (None) your function stops with {kind(error)}, and the visitor "
            "sees the word “Error”. Raise a `gr.Error` with a sentence."
        ) from None
    if given is ...:
        raise NotImplementedError
    if isinstance(given, gr.Error):
        raise WrongAnswer("You return the error. It must be raised: `raise gr.Error(...)`.")
    if given is None:
        raise WrongAnswer("Your function returns nothing, so the visitor sees an empty answer.")
    raise WrongAnswer(
        f"Without a picture (None) your function returns a {kind(given)}. The page would show it "
        "as an answer. Raise a `gr.Error` instead."
    )


@task("05.4")
def kind_error(answer: Any) -> str:
    """A sentence for a visitor without a picture."""
    from PIL import Image

    answers = probabilities()

    def classifier(picture: Image.Image) -> dict[str, float]:
        return answers if picture.size == size else {}

    size = (random.randint(5, 50), random.randint(5, 50))
    words = "With a picture, your function should return what `classifier` returns."
    refuse({words: call(answer, Image.new("RGB", size), classifier) != answers})
    words = "An all-black picture is a picture, too. Only None means that there is none."
    refuse({words: call(answer, Image.new("L", size, 0), classifier) != answers})
    message = message_of(answer, None, classifier)
    words = f"The visitor reads “{message}”. Write a sentence: what is wrong, and what to do."
    refuse({words: len(message.split()) < 4})
    return "The visitor knows what to do next, and your notebook stays quiet."


def events(app: Any) -> list[tuple[str, str, Any]]:
    """The events of an app: what it belongs to, its name, and what it does."""
    return [
        (kind(app.blocks[target]) if target in app.blocks else "app", name, block)
        for block in app.fns.values()
        for target, name in block.targets
    ]


@task("05.5")
def blocks(answer: Any) -> str:
    """A layout with two events."""
    app = call(answer)
    unlaunched(app, "Blocks")
    names = [kind(block) for block in app.blocks.values()]
    boxes, buttons = names.count("Textbox"), names.count("Button")
    words = f"The app needs two text boxes and a button, but it has {boxes} and {buttons}."
    refuse({words: boxes < 2 or not buttons})
    found = events(app)
    changes = [e for owner, name, e in found if owner == "Textbox" and name in ("change", "input")]
    clicks = [e for owner, name, e in found if owner == "Button" and name == "click"]
    heard = ", ".join(f"a {owner}'s {name}" for owner, name, _ in found) or "none at all"
    words = "Nothing happens while the visitor types. It takes a text box's `change`."
    refuse({f"{words} The events are: {heard}.": not changes})
    event = changes[0]
    inputs, outputs = event.inputs, event.outputs
    words = (
        f"The handler of `change` has {len(inputs)} inputs and {len(outputs)} outputs. It needs "
        "one of each: `inputs=text, outputs=result`."
    )
    refuse({words: (len(inputs), len(outputs)) != (1, 1)})
    if inputs[0] is outputs[0]:
        raise WrongAnswer("The answer goes where the text comes from: that overwrites the text.")
    if event.targets[0][0] != inputs[0]._id:
        raise WrongAnswer("Inputs and outputs are swapped: the text goes in, the answer comes out.")
    word = random_word()
    if (said := event.fn(word)) != word[::-1]:
        raise WrongAnswer(f"For {word!r} the page shows {said!r}, but backwards is {word[::-1]!r}.")
    refuse({"The button does nothing. It needs a `click` event.": not clicks})
    words = "The button should empty the box that the visitor types in."
    refuse({words: [box._id for box in clicks[0].outputs] != [inputs[0]._id]})
    left = clicks[0].fn(*(random_word() for _ in clicks[0].inputs))
    refuse({f'The button should put "" into the box, but it puts {left!r}.': left != ""})
    return "One event leads to the next: emptying the box is a change, so the answer goes, too."
