"""Typical wrong answers to the exercises of notebook 05, and words of the message for each."""

LOUD = "def greet_loudly(name, excitement, shout):\n    greeting = f'Hello, {name}'\n    {}"
INTERFACE = "app = gr.Interface(greet_loudly, {})"
SLIDER = "gr.Slider(0, 10, step=1)"
ASK = """
def ask(picture, classifier):
    if {}
    return classifier(picture)
"""
NONE = "picture is None:"
BEST = "sorted(answer, key=answer.get, reverse=True)[:n]"
TOP = "def top(answer, n):\n    return {}"
BOXES = (
    "def make_app():\n"
    "    with gr.Blocks() as app:\n"
    "        text, result, empty = gr.Textbox(), gr.Textbox(), gr.Button('Empty it')\n"
    "        {}\n"
    "    return app"
)
TURN, EMPTY = "lambda t: t[::-1]", "empty.click(lambda: '', None, text)"

WRONG = {
    ("05.1", LOUD): {
        "return greeting + '!' * int(excitement)": "Nobody shouts",
        "return (greeting + '!' * int(excitement)).upper()": "not ticked",
        "print(greeting + '!' * int(excitement))": "returns nothing",
        "return greeting.upper() if shout else greeting": "marks",
    },
    ("05.1", "{}"): {
        "def greet_loudly(name, excitement):\n    return f'Hello, {name}'": "with 3 arguments",
    },
    ("05.2", INTERFACE): {
        f"['text', 'checkbox', {SLIDER}], 'text', flagging_mode='never'": "order",
        f"['text', {SLIDER}], 'text', flagging_mode='never'": "2 inputs",
        f"['text', {SLIDER}, 'checkbox'], 'text'": "stores what visitors typed",
        "['text', 'number', 'checkbox'], 'text', flagging_mode='never'": "Number",
    },
    ("05.2", "{}"): {
        "app = gr.Interface(lambda name, excitement, shout: name, "
        f"['text', {SLIDER}, 'checkbox'], 'text', flagging_mode='never')": "does not call",
        "app = greet_loudly('Ada', 3, True)": "gr.Interface",
    },
    ("05.3", TOP): {
        "dict(sorted(answer.items(), key=lambda p: p[1])[:n])": "unlikeliest",
        BEST: "dictionary",
        f"{{name: 100 * answer[name] for name in {BEST}}}": "percent",
        f"{{name: answer[name] for name in reversed({BEST})}}": "first",
        "answer": "n = 3 classes",
        f"{{name: str(answer[name]) for name in {BEST}}}": "as numbers, not str",
    },
    ("05.4", ASK): {
        "picture.size == (0, 0): raise gr.Error('There is no picture.')": "AttributeError",
        f"{NONE} return 'There is no picture yet.'": "as an answer",
        f"{NONE} raise ValueError('There is no picture yet.')": "ValueError",
        f"{NONE} raise gr.Error('There is no picture yet.')": "print_exception=False",
        f"{NONE} raise gr.Error('Bad input', print_exception=False)": "Bad input",
        f"{NONE} return gr.Error('There is no picture yet.')": "must be raised",
    },
    ("05.5", BOXES): {
        f"text.submit({TURN}, text, result); {EMPTY}": "while the visitor types",
        f"text.change({TURN}, result, text); {EMPTY}": "swapped",
        f"text.change({TURN}, text, result); empty.click(lambda: '', None, result)": "types in",
        f"text.change({TURN}, text, result)": "button does nothing",
    },
    ("05.5", "{}"): {
        f"make_app = lambda: gr.Interface({TURN}, 'text', 'text')": "Interface",
    },
}
