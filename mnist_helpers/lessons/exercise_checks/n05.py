"""The checks of notebook 05, Gradio.

No server is started: functions are called, and an app is inspected before it is launched.
"""

import random
import string
from collections.abc import Callable
from numbers import Real
from typing import Any

from .core import WrongAnswer, call, close, kind, refuse, task


def random_word() -> str:
    """Five random letters, the first of them a capital."""
    return "".join(random.choices(string.ascii_lowercase, k=5)).capitalize()


def probabilities(n: int = 8) -> dict[str, float]:
    """Random probabilities of ``n`` classes, all different, in no order."""
    shares = [random.uniform(1, 2) * 1.5**i for i in range(n)]
    random.shuffle(shares)
    names = random.sample([f"class {a}{b}" for a in "abcde" for b in "xyz"], n)
    return {name: share / sum(shares) for name, share in zip(names, shares, strict=True)}


def unlaunched(app: Any, wanted: str) -> None:
    """Raise a `WrongAnswer` unless this is a Gradio app of the wanted class."""
    import gradio as gr  # here, so that the checks of other notebooks need no Gradio

    is_app, found = isinstance(app, gr.Blocks), kind(app)
    much = " `launch` returns no app: build it only." if found in ("tuple", "App") else ""
    why = "An `Interface` does the task in one line."
    if wanted == "Blocks":
        why = "The task asks for a layout of your own: Blocks."
    faults = {
        f"This should be a `gr.{wanted}`, but it is a {found}.{much}": not is_app,
        f"This is a `{found}`. {why}": found != wanted,
    }
    refuse(faults)


@task("05.1")
def greeting(answer: Any) -> str:
    """A function of three inputs."""
    for shout in (False, True, random.random() < 0.5):
        name, excitement = random_word(), random.randint(1, 9)
        try:
            given = call(answer, name, excitement, shout)
        except TypeError as error:
            words = "Gradio calls your function with three arguments, one for each input, and then"
            raise WrongAnswer(f"{words} it stops: {error}") from None
        refuse(
            {f"Your function should return a text, not {kind(given)}.": not isinstance(given, str)}
        )
        quiet, marks = f"Hello, {name}" + "!" * excitement, given.count("!")
        wanted, other = (quiet.upper(), quiet) if shout else (quiet, quiet.upper())
        mistake = "Nobody shouts: the third input is ignored when it is True."
        if not shout:
            mistake = "It shouts although the box is not ticked. Do you ask for `shout`?"
        faults = {
            mistake: given == other,
            f"It should have {excitement} of the marks !, not {marks}.": marks != excitement,
            f"The answer should be {wanted!r}, but it is {given!r}.": given != wanted,
        }
        refuse(faults)
    return "A function that works when you call it works on a page, too. Test it first."


@task("05.2")
def interface(answer: Any) -> str:
    """An Interface with a component for each argument."""
    unlaunched(answer, "Interface")
    names = [kind(component) for component in answer.input_components]
    outputs = [kind(component) for component in answer.output_components]
    wanted = ["Textbox", "Slider", "Checkbox"]
    reordered = names != wanted and sorted(names) == sorted(wanted)
    faults = {
        f"The function has three arguments, but the app has {len(names)} inputs. Each argument "
        "needs a component.": len(names) != 3,
        f"The inputs are in the order {', '.join(names)}, but the function's arguments are name, "
        "excitement, shout. The first component gives the first argument.": reordered,
        f"The inputs are {', '.join(names)}. They should be {', '.join(wanted)}.": names != wanted,
        f"The one output is a text. The app has: {', '.join(outputs)}.": outputs != ["Textbox"],
    }
    refuse(faults)
    slider = answer.input_components[1]
    low, high = limits = slider.minimum, slider.maximum
    faults = {
        f"The slider should go from 0 to 10, but goes from {low} to {high}.": limits != (0, 10),
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
        words = f"`Label` takes a dictionary, name → probability, not {kind(given)}."
        refuse({words: not isinstance(given, dict)})
        found, best, first = set(given), set(order[:n]), set(list(answers)[:n])
        worst, by_name = set(order[-n:]), set(sorted(answers, reverse=True)[:n])
        faults = {
            f"There should be n = {n} classes, but there are {len(given)}.": len(given) != n,
            "These are the unlikeliest classes. Sort the other way round.": found == worst,
            "These are the first classes of the dictionary. Sort them.": found == first != best,
            "You sort by name. Sort by probability: `key=answer.get`.": found == by_name != best,
            f"The {n} likeliest are {order[:n]}, but you return {list(given)}.": found != best,
        }
        refuse(faults)
        values, right = list(given.values()), [answers[name] for name in given]
        words = f"The values should be the probabilities, as numbers, not {kind(values[0])}."
        refuse({words: not all(isinstance(value, Real) for value in values)})
        percent = close(values, [100 * value for value in right])
        faults = {
            "You count in percent. `Label` wants probabilities, 0 to 1.": percent,
            "The probabilities changed. Leave them as they were.": not close(values, right),
            "The right classes, but the likeliest should come first.": list(given) != order[:n],
        }
        refuse(faults)
    return "Three answers tell a visitor more than one: how close the others came."


def message_of(function: Callable[..., Any], picture: Any, classifier: Callable[[Any], Any]) -> str:
    """What a visitor reads if the learner's function gets no picture."""
    import gradio as gr

    try:
        given = function(picture, classifier)
    except gr.Error as error:
        words = "The visitor gets a sentence, but your notebook gets a traceback as well: add"
        refuse({f"{words} `print_exception=False`.": error.print_exception})
        return str(error.message)
    except Exception as error:  # whatever it is, the visitor reads the same
        words = f"Without a picture (None) your function stops with {kind(error)}, and the visitor"
        words += " sees the word “Error”. Raise a `gr.Error` with a sentence."
        raise WrongAnswer(words) from None
    if isinstance(given, gr.Error):
        raise WrongAnswer("You return the error. It must be raised: `raise gr.Error(...)`.")
    words = f"Without a picture (None) your function returns a {kind(given)}. The page would show"
    raise WrongAnswer(f"{words} it as an answer. Raise a `gr.Error` instead.")


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


@task("05.5")
def blocks(answer: Any) -> str:
    """A layout with two events."""
    app = call(answer)
    unlaunched(app, "Blocks")
    names = [kind(block) for block in app.blocks.values()]
    boxes, buttons = names.count("Textbox"), names.count("Button")
    words = f"The app needs two text boxes and a button, but it has {boxes} and {buttons}."
    refuse({words: boxes < 2 or not buttons})
    found = [
        (kind(app.blocks[target]) if target in app.blocks else "app", name, event)
        for event in app.fns.values()
        for target, name in event.targets
    ]
    changes = [e for owner, name, e in found if owner == "Textbox" and name in ("change", "input")]
    clicks = [e for owner, name, e in found if owner == "Button" and name == "click"]
    heard = ", ".join(f"a {owner}'s {name}" for owner, name, _ in found) or "none at all"
    words = "Nothing happens while the visitor types. Use a text box's `change` event."
    refuse({f"{words} The events are: {heard}.": not changes})
    event = changes[0]
    inputs, outputs = event.inputs, event.outputs
    words = f"The handler of `change` has {len(inputs)} inputs and {len(outputs)} outputs. It needs"
    words += " one of each: `inputs=text, outputs=result`."
    refuse({words: (len(inputs), len(outputs)) != (1, 1)})
    (text,), (result,), word = inputs, outputs, random_word()
    swapped = event.targets[0][0] != text._id
    faults = {
        "The answer goes where the text comes from: that overwrites the text.": text is result,
        "Inputs and outputs are swapped: the text goes in, the answer comes out.": swapped,
    }
    refuse(faults)
    said, backwards = event.fn(word), word[::-1]
    faults = {
        f"For {word!r} the page shows {said!r}, but backwards is {backwards!r}.": said != backwards,
        "The button does nothing. It needs a `click` event.": not clicks,
    }
    refuse(faults)
    words = "The button should empty the box that the visitor types in."
    refuse({words: [box._id for box in clicks[0].outputs] != [text._id]})
    left = clicks[0].fn(*(random_word() for _ in clicks[0].inputs))
    refuse({f'The button should put "" into the box, but it puts {left!r}.': left != ""})
    return "One event leads to the next: emptying the box is a change, so the answer goes, too."
