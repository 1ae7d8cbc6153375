"""Typical wrong answers to the exercises of notebook 05, and words of the message for each."""

from tests.lessons.wrong_answers import changed

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

DEMO = """
def make_demo(weights):
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
    net.load_state_dict(weights)
    def read(picture):
        x = 255 - np.array(picture.convert("L").resize((28, 28)))
        x = normalize(torch.from_numpy(x)[None])
        p = net(x).softmax(dim=1)[0].tolist()
        return dict(zip("0123456789", p))
    image, label = gr.Image(type="pil"), gr.Label(num_top_classes=3)
    return gr.Interface(read, image, label, flagging_mode="never")
"""
GAME = """
def make_game(secret):
    def answer(guess, tries):
        tries = tries + 1
        verdict = "too low" if guess < secret else "too high" if guess > secret else "right"
        return f"{tries}: {verdict}", tries
    with gr.Blocks() as page:
        guess, press, result = gr.Number(), gr.Button("Guess"), gr.Textbox()
        tries = gr.State(0)
        press.click(answer, [guess, tries], [result, tries])
    return page
"""

LIKELIEST = """
def top(answer, n):
    best = sorted(answer, key=answer.get, reverse=True)[:n]
    return {name: answer[name] for name in best}
"""
RESULT = "{name: answer[name] for name in best}"
CHECKED = """
def ask(picture, classifier):
    if picture is None:
        raise gr.Error("There is no picture yet. Upload one.", print_exception=False)
    return classifier(picture)
"""
SENTENCE = '"There is no picture yet. Upload one."'
ERROR = f"raise gr.Error({SENTENCE}, print_exception=False)"
BACKWARDS = """
def make_app():
    with gr.Blocks() as page:
        text = gr.Textbox(label="Write something")
        result = gr.Textbox(label="Backwards")
        empty = gr.Button("Empty it")
        text.change(lambda words: words[::-1], inputs=text, outputs=result)
        empty.click(lambda: "", outputs=text)
    return page
"""


WRONG = {
    ("05.3", TOP): {
        "dict(sorted(answer.items(), key=lambda p: p[1])[:n])": "unlikeliest",
        BEST: "dictionary",
        f"{{name: 100 * answer[name] for name in {BEST}}}": "percent",
        f"{{name: answer[name] for name in reversed({BEST})}}": "first",
        "answer": "but there are 8",
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

# Written by somebody who had not read the checks.
WRONG |= {
    ("05.3", "{} "): {
        changed(LIKELIEST, (", reverse=True", "")): "These are the unlikeliest classes. Sort the",
        changed(LIKELIEST, ("key=answer.get, ", "")): "You sort by the names, or their lengths.",
        changed(
            LIKELIEST, (", reverse=True)[:n]", ")[-n:]")
        ): "The right classes, but the likeliest should",
        f"\ndef top(answer, n):\n    return {BEST}\n": "`Label` takes a dictionary, name → probability,",
        changed(LIKELIEST, ("[:n]", "[:3]")): "There should be n = 2 classes,",
        changed(
            LIKELIEST, ("[:n]", "[1 : n + 1]")
        ): "There should be n = 8 classes, but there are 7",
        "\ndef top(answer, n):\n    return dict(list(answer.items())[:n])\n": "These are the first classes of the",
        changed(
            LIKELIEST, (RESULT, "{name: p for name, p in answer.items() if name in best}")
        ): "likeliest, in order, have the probabilities",
        changed(
            LIKELIEST, (RESULT, "{answer[name]: name for name in best}")
        ): "The names are the keys: name →",
        changed(
            LIKELIEST, (f"return {RESULT}", f"print({RESULT})")
        ): "Your function prints its result and returns",
        changed(
            LIKELIEST, ("return", "result =")
        ): "Your function returns nothing: it computes, but",
        changed(
            LIKELIEST, (": answer[name]", ": round(answer[name], 2)")
        ): "You round the probabilities. Leave them as",
        changed(
            LIKELIEST,
            (
                f"    return {RESULT}",
                "    total = sum(answer[name] for name in best)\n    return {name: answer[name] / total for name in best}",
            ),
        ): "You divide by the sum of the",
        changed(
            LIKELIEST, (": answer[name]", ": f'{answer[name]:.0%}'")
        ): "The values should be the probabilities, as",
    },
    ("05.4", "{} "): {
        changed(CHECKED, (", print_exception=False", "")): "The visitor gets a sentence, but your",
        changed(
            CHECKED, (ERROR, f"return {SENTENCE}")
        ): "Without a picture (None) your function returns",
        changed(CHECKED, ("raise ", "")): "Without a picture (None) your function asks",
        changed(
            CHECKED, (ERROR, f"raise ValueError({SENTENCE})")
        ): "Without a picture (None) your function stops",
        changed(
            CHECKED, ("if picture is None", "if not picture")
        ): "An array of pixels, which `gr.Image` gives",
        changed(CHECKED, (f"{SENTENCE}, ", "")): "The visitor reads “Error raised.”. Write a",
        changed(CHECKED, (SENTENCE, '""')): "The visitor reads “”. Write a sentence:",
        changed(CHECKED, (SENTENCE, '"Error"')): "The visitor reads “Error”. Write a sentence:",
        changed(CHECKED, ("return ", "")): "With a picture, your function comes to its end",
        changed(CHECKED, ("    return", "        return")): "outside of the `if`",
        changed(CHECKED, (", print", ", visible=False, print")): "does not see your error",
        changed(CHECKED, ("=False", "='False'")): "`print_exception` is 'False'",
        changed(
            CHECKED, ("return classifier(picture)", "return classifier")
        ): "With a picture, your function should return",
        changed(CHECKED, ("is None", "is not None")): "A colourful picture is a picture, too.",
        changed(CHECKED, ("raise", "return")): "You return the error. It must be",
        changed(
            CHECKED, ("    return", "    classifier(picture)\n    return")
        ): "Your function asks the classifier 2 times.",
        changed(CHECKED, ("is None", "is None or len(picture) == 0")): "Your code stops in line",
    },
    ("05.5", "{} "): {
        changed(BACKWARDS, ("[::-1]", "")): "' the second box shows '",
        changed(
            BACKWARDS, ("inputs=text, outputs=result", "inputs=result, outputs=text")
        ): "Inputs and outputs are swapped: the text",
        changed(
            BACKWARDS, ("outputs=result", "outputs=text")
        ): "The answer goes where the text comes",
        changed(BACKWARDS, ("text.change", "result.change")): "The app listens to the second box,",
        changed(
            BACKWARDS, ("text.change", "text.submit")
        ): "Nothing happens while the visitor types. Use",
        changed(
            BACKWARDS, ('        empty.click(lambda: "", outputs=text)', "")
        ): "The button does nothing. It needs a",
        changed(
            BACKWARDS, ("outputs=text", "outputs=result")
        ): "The button should empty the box that",
        changed(BACKWARDS, ('lambda: ""', "lambda: None")): "the handler of `click` returned",
    },
    ("05.8", GAME.replace("too low", "x").replace("too high", "too low")): {"": "should read"},
    ("05.7", DEMO.replace("64), nn.ReLU(), nn.Linear(64", "{}")): {
        "128), nn.ReLU(), nn.Linear(128": "sizes of the weights"
    },
    ("05.7", DEMO.replace("(28, 28)", "{}")): {"(32, 32)": "does not fit the network"},
    ("05.7", DEMO.replace("255 - np", "{}")): {"np": "not turned over"},
    ("05.7", DEMO.replace("normalize(torch.from_numpy(x)[None])", "{}")): {
        "torch.from_numpy(x)[None] / 255": "not normalized"
    },
    ("05.7", DEMO.replace(".softmax(dim=1)", "{}")): {"": "logits"},
    ("05.7", DEMO.replace('zip("0123456789", p)', "{}")): {"zip(range(10), p)": "keys"},
    ("05.7", DEMO.replace("gr.Image(type", "{}")): {"gr.inputs.Image(type": "no inputs any more"},
    ("05.7", DEMO.replace('type="pil"', "{}")): {"shape=(28, 28)": "no shape any more"},
    ("05.7", DEMO.replace("gr.Label(num_top", "{}")): {
        "gr.outputs.Label(num_top": "no outputs any more"
    },
    ("05.7", DEMO.replace('flagging_mode="never"', "{}")): {
        'allow_flagging="never"': "no allow_flagging any more"
    },
    ("05.7", DEMO.replace('(type="pil")', "{}")): {"()": '`type="pil"`'},
    ("05.7", DEMO.replace("num_top_classes=3", "{}")): {"": "three likeliest"},
    ("05.7", DEMO.replace(', flagging_mode="never"', "{}")): {"": "A button saves"},
    ("05.7", DEMO.replace("label, flag", "{}")): {'"text", flag': "Image as its input"},
    ("05.8", GAME.replace("tries = tries + 1", "{}")): {"pass": "stays at 0"},
    ("05.8", GAME.replace("[result, tries])", "{}")): {"[result])": "should read"},
    ("05.8", GAME.replace("guess < secret", "{}")): {"guess <= secret": "say “too low”"},
    ("05.8", GAME.replace("guess > secret", "{}")): {"guess >= secret": "say “too high”"},
    ("05.8", GAME.replace("gr.State(0)", "{}")): {
        "gr.State(1)": "begin at 2",
        "gr.State(-1)": "begin at 0",
    },
    ("05.8", GAME.replace("press.click(", "{}")): {"guess.change(": "button does nothing"},
    ("05.8", GAME.replace("gr.Number(), ", "{}")): {"gr.Textbox(), ": "number box"},
    ("05.8", GAME.replace("[guess, tries], [", "{}")): {"[guess], [": "1 value(s)"},
    ("05.8", GAME.replace('f"{tries}: {verdict}", tries', "{}")): {
        'f"{tries}: {verdict}", 0': "stays at 1"
    },
    ("05.8", GAME.replace("return page", "{}")): {"page": "returns nothing"},
    ("05.8", GAME.replace('"right"', "{}")): {'"correct"': "should read"},
    ("05.8", "{}"): {
        GAME.replace("tries = tries + 1", "tries = count[0] = count[0] + 1").replace(
            "    def answer", "    count = [0]\n    def answer"
        ): "share one counter",
    },
}

# Praised, or answered with too little, before the checks knew them.
PAGE = "normalize(torch.from_numpy(x)[None])"
SOFT = ".softmax(dim=1)"
WRONG |= {
    ("05.3", "def top(answer, n):\n{}"): {
        "    for name in sorted(answer, key=answer.get)[::-1]: return {name: answer[name]}": "there is 1. One",
        """
    values, places = torch.tensor(list(answer.values())).topk(n)
    return {list(answer)[i]: p.item() for i, p in zip(places, values)}
""": "there are only 8 classes",
        """
    turned = {p: name for name, p in answer.items()}
    return {turned[p]: p for p in sorted(turned, reverse=True)[:n]}
""": "equally likely",
    },
    ("05.4", "def ask(picture, classifier):\n{}"): {
        """
    try:
        assert picture is not None
        return classifier(picture)
    except Exception:
        raise gr.Error("There is no picture yet. Upload one.", print_exception=False)
""": "without `try`",
        """
    if picture is None:
        raise gr.Error("There is no picture yet. Upload one.", print_exception=False)
    return max(classifier(picture))
""": "What yours returns is a text",
    },
    ("05.5", BOXES + " "): {
        f"text.change(lambda t, r: r + t[::-1], [text, result], result); {EMPTY}": "should go",
        f"text.change(lambda t: t[-1] + t[-2::-1], text, result); {EMPTY}": "An empty box",
        f"text.change({TURN}, text, result); empty.click('', None, text)": "without brackets",
        f"text.change({TURN}, text, result); empty.click(lambda: None, None, text)": "of `click` returned",
        f"text.change(lambda t: t[::-1] or None, text, result); {EMPTY}": "in each case",
    },
    ("05.5", BOXES.replace("        {}", "    {}")): {f"text.change({TURN})": "to the right"},
    ("05.7", DEMO.replace("nn.ReLU(), ", "{}")): {
        "": "do not fit the layers",
        "nn.Sigmoid(), ": "Then comes ReLU",
    },
    ("05.7", DEMO.replace("net.load_state_dict(weights)", "{}")): {"": "the first layer does not"},
    ("05.7", DEMO.replace('"0123456789"', "{}")): {"'9876543210'": "with its own digit"},
    ("05.7", DEMO.replace("255 - np.array", "{}")): {
        "1 - np.array": "black stays black",
        "-np.array": "black stays black",
    },
    ("05.7", DEMO.replace(PAGE, "{}")): {
        "normalize(torch.from_numpy(x)[None] / 255)": "as after `/ 255`",
        f"normalize({PAGE})": "normalize",
        "torch.from_numpy(x)[None] / 128": "but it gets",
        "normalize(torch.from_numpy(x).mT[None])": "on its side",
        "torch.from_numpy(x)[None].float()": "far too large",
        "(torch.from_numpy(x)[None] / 255 - 0.5) / 0.5": "not 0.5",
    },
    ("05.7", DEMO.replace("255 - np", "np").replace(PAGE, "{}")): {
        f"-{PAGE}": "after `normalize`",
        f"1 - {PAGE}": "after `normalize`",
        f"255 - {PAGE}": "255",  # either sentence: such numbers may give one answer
    },
    ("05.7", DEMO.replace(SOFT, "{}")): {
        ".sigmoid()": "comes from `softmax`".replace("comes", "come"),
        ".softmax(dim=0)": "goes over the pictures",
        ".softmax(dim=1).softmax(dim=1)": "twice",
        ".softmax(dim=1).round(decimals=2)": "You round",
    },
    ("05.7", DEMO.replace('"never"', "{}")): {"False": '`flagging_mode="never"`'},
    ("05.8", GAME.replace("[guess, tries], [result, tries]", "{}")): {
        "[guess, tries], [tries, result]": "The state holds a text",
        "[tries, guess], [result, tries]": "The count and the guess are swapped",
    },
    ("05.8", GAME.replace("tries = tries + 1", "{}")): {
        "guess = abs(guess); tries = tries + 1": "should read",
        "tries = tries + (guess != secret)": "The right guess counts, too",
        "guess = guess or 999; tries = tries + 1": "should read",
    },
    ("05.8", GAME.replace('verdict}", tries', "{}")): {
        'verdict}", tries * (guess != secret)': "your count begins anew",
    },
    ("05.8", GAME.replace("guess < secret", "{}")): {"str(guess) < str(secret)": "should read"},
    ("05.8", GAME.replace('else "right"', "{}")): {
        'else "right"; tries = 0 if guess == secret else tries': "should read",
    },
    ("05.8", "{} "): {
        GAME.replace("gr.State(0)", "gr.State([])")
        .replace("tries = tries + 1", "tries = tries if guess in tries else [*tries, guess]")
        .replace("{tries}", "{len(tries)}"): "counts again",
        GAME.replace("    with gr.Blocks", "    tries = gr.State(0)\n    with gr.Blocks").replace(
            "        tries = gr.State(0)\n", ""
        ): "is not on the page",
    },
}

RIGHT = {
    "05.3": [
        LIKELIEST,
        """
def top(answer, n):
    return dict(sorted(answer.items(), key=lambda pair: pair[1], reverse=True)[:n])
""",
        """
def top(answer, n):
    rest = dict(answer)
    result = {}
    for _ in range(min(n, len(rest))):
        name = max(rest, key=rest.get)
        result[name] = rest.pop(name)
    return result
""",
        """
from collections import Counter

def top(answer, n):
    return dict(Counter(answer).most_common(n))
""",
        """
import heapq

def top(answer, n):
    return {name: answer[name] for name in heapq.nlargest(n, answer, key=answer.get)}
""",
        """
def top(answer, n):
    pairs = sorted((-p, i, name) for i, (name, p) in enumerate(answer.items()))
    return {name: -p for p, _, name in pairs[:n]}
""",
    ],
    "05.4": [
        """
def ask(picture, classifier):
    if picture is None:
        message = "There is no picture yet. Upload one, or click an example."
        raise gr.Error(message, print_exception=False)
    return classifier(picture)
""",
        """
def ask(picture, classifier):
    if picture is not None:
        return classifier(picture)
    raise gr.Error("No picture was given. Please upload a picture first.", print_exception=False)
""",
        """
class NoPicture(gr.Error):
    def __init__(self):
        super().__init__("There is no picture yet: please upload one.", print_exception=False)

def ask(picture, classifier):
    if picture is None:
        raise NoPicture
    return classifier(picture)
""",
        """
def ask(picture, classifier):
    match picture:
        case None:
            raise gr.Error("The picture is missing. Draw or upload one.", print_exception=False)
        case _:
            return classifier(picture)
""",
        """
MESSAGE = "You have not chosen a picture. Choose one, then press Submit."

def check_picture(picture):
    if picture is None:
        raise gr.Error(MESSAGE, print_exception=False)
    return picture

def ask(picture, classifier):
    return classifier(check_picture(picture))
""",
        """
def ask(picture, classifier):
    if picture is None:
        error = gr.Error("There is no picture. Upload one and try again.")
        error.print_exception = False
        raise error
    answer = classifier(picture)
    return answer
""",
    ],
    "05.5": [
        BACKWARDS,
        """
def make_app():
    with gr.Blocks() as page:
        text = gr.Textbox(label="Write something")
        result = gr.Textbox(label="Backwards")
        empty = gr.Button("Empty it")
        def backwards(words):
            return words[::-1]

        text.change(backwards, text, result)
        def clear():
            return ""

        empty.click(clear, None, text)
    return page
""",
        """
def make_app():
    with gr.Blocks() as page:
        text = gr.Textbox(label="Write something")
        result = gr.Textbox(label="Backwards")
        empty = gr.Button("Empty it")
        text.change(fn=lambda t: "".join(reversed(t)), inputs=[text], outputs=[result])
        empty.click(fn=lambda: "", inputs=[], outputs=[text])
    return page
""",
        """
def make_app():
    page = gr.Blocks(title="Backwards")
    with page:
        with gr.Row():
            first = gr.Textbox()
            second = gr.Textbox(interactive=False)
        button = gr.Button("Empty")
        first.change(lambda s: s[::-1], first, second)
        button.click(lambda: "", outputs=first)
    return page
""",
        """
def backwards(text):
    result = ""
    for letter in text:
        result = letter + result
    return result

def make_app():
    with gr.Blocks() as demo:
        gr.Markdown("### Backwards")
        box = gr.Text()
        mirror = gr.Text()
        button = gr.Button()
        box.change(backwards, inputs=box, outputs=mirror)
        button.click(lambda: "", outputs=box)
    return demo
""",
        """
def make_app():
    with gr.Blocks() as page:
        a, b, c = gr.Textbox(), gr.Textbox(), gr.Button()
        gr.on(a.change, lambda s: s[::-1], a, b)
        gr.on(c.click, lambda: "", None, a)
    return page
""",
    ],
    "05.7": [
        DEMO,
        DEMO.replace(".resize((28, 28))", ".resize((28, 28), 2)"),
        DEMO.replace("255 - np.array", "255 - np.asarray"),
        DEMO.replace(".tolist()", ".detach().numpy()"),
        DEMO.replace("image, label, flag", "[image], [label], title='Digits', flag"),
        DEMO.replace("net(x).softmax(dim=1)[0]", "torch.softmax(net(x)[0], 0)"),
    ],
    "05.8": [
        GAME,
        GAME.replace("tries = tries + 1", "tries += 1"),
        GAME.replace("[guess, tries], [result", "{guess, tries}, [result")
        .replace("guess, tries):", "given):")
        .replace("tries = tries + 1", "number, count = given[guess], given[tries] + 1")
        .replace("guess <", "number <")
        .replace("guess >", "number >")
        .replace('f"{tries}: {verdict}", tries', 'f"{count}: {verdict}", count'),
        GAME.replace("press.click(", "gr.on([press.click, guess.submit], "),
        GAME.replace("gr.State(0)", "gr.State()").replace("tries + 1", "(tries or 0) + 1"),
        GAME.replace("gr.State(0)", "gr.State([])")
        .replace("tries = tries + 1", "tries = [*tries, guess]")
        .replace("{tries}", "{len(tries)}"),
        GAME.replace(
            'return f"{tries}: {verdict}", tries', 'return [f"{tries}: {verdict}", tries]'
        ),
    ],
}
