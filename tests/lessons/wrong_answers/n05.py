"""Typical wrong answers to the exercises of notebook 05, and words of the message for each."""

LOUD = "def greet_loudly(name, excitement, shout):\n    greeting = f'Hello, {name}'\n"
INTERFACE = "app = gr.Interface(greet_loudly, "
SLIDER = "gr.Slider(0, 10, step=1)"
ASK = "def ask(picture, classifier):\n    if picture is None:\n        "
ELSE = "\n    return classifier(picture)"
TOP = "def top(answer, n):\n    "
BOXES = (
    "def make_app():\n"
    "    with gr.Blocks() as app:\n"
    "        text, result, empty = gr.Textbox(), gr.Textbox(), gr.Button('Empty it')\n"
)

WRONG: dict[str, list[tuple[str, str]]] = {
    "05.1": [
        (LOUD + "    return greeting + '!' * int(excitement)", "Nobody shouts"),
        (LOUD + "    return (greeting + '!' * int(excitement)).upper()", "not ticked"),
        (LOUD + "    print(greeting + '!' * int(excitement))", "returns nothing"),
        (LOUD + "    return greeting.upper() if shout else greeting", "marks"),
        ("def greet_loudly(name, excitement):\n    return f'Hello, {name}'", "three arguments"),
    ],
    "05.2": [
        (INTERFACE + f"['text', 'checkbox', {SLIDER}], 'text', flagging_mode='never')", "order"),
        (INTERFACE + f"['text', {SLIDER}], 'text', flagging_mode='never')", "2 inputs"),
        (INTERFACE + f"['text', {SLIDER}, 'checkbox'], 'text')", "stores what visitors typed"),
        (INTERFACE + "['text', 'number', 'checkbox'], 'text', flagging_mode='never')", "Number"),
        (
            "def quiet(name, excitement, shout):\n    return f'Hello, {name}'\n"
            f"app = gr.Interface(quiet, ['text', {SLIDER}, 'checkbox'], 'text', "
            "flagging_mode='never')",
            "does not call",
        ),
        ("app = greet_loudly('Ada', 3, True)", "gr.Interface"),
    ],
    "05.3": [
        (TOP + "return dict(sorted(answer.items(), key=lambda p: p[1])[:n])", "unlikeliest"),
        (TOP + "return sorted(answer, key=answer.get, reverse=True)[:n]", "dictionary"),
        (
            TOP + "best = sorted(answer, key=answer.get, reverse=True)[:n]\n"
            "    return {name: 100 * answer[name] for name in best}",
            "percent",
        ),
        (
            TOP + "best = sorted(answer, key=answer.get, reverse=True)[:3]\n"
            "    return {name: answer[name] for name in reversed(best)}",
            "first",
        ),
        (TOP + "return answer", "n = 3 classes"),
    ],
    "05.4": [
        (
            "def ask(picture, classifier):\n"
            "    if picture.size == (0, 0):\n        raise gr.Error('There is no picture.')" + ELSE,
            "AttributeError",
        ),
        (ASK + "return 'There is no picture yet.'" + ELSE, "as an answer"),
        (ASK + "raise ValueError('There is no picture yet.')" + ELSE, "ValueError"),
        (ASK + "raise gr.Error('There is no picture yet.')" + ELSE, "print_exception=False"),
        (ASK + "raise gr.Error('Bad input', print_exception=False)" + ELSE, "Bad input"),
        (ASK + "return gr.Error('There is no picture yet.')" + ELSE, "must be raised"),
    ],
    "05.5": [
        (
            BOXES + "        text.submit(lambda t: t[::-1], text, result)\n"
            "        empty.click(lambda: '', None, text)\n    return app",
            "while the visitor types",
        ),
        (
            BOXES + "        text.change(lambda t: t[::-1], result, text)\n"
            "        empty.click(lambda: '', None, text)\n    return app",
            "swapped",
        ),
        (
            BOXES + "        text.change(lambda t: t[::-1], text, result)\n"
            "        empty.click(lambda: '', None, result)\n    return app",
            "types in",
        ),
        (
            BOXES + "        text.change(lambda t: t[::-1], text, result)\n    return app",
            "button does nothing",
        ),
        (
            "def make_app():\n"
            "    return gr.Interface(lambda t: t[::-1], 'text', 'text', flagging_mode='never')",
            "Interface",
        ),
    ],
}
