"""The quizzes: right answers, the words of the notebooks, files for paper and for Moodle."""

import ast
import math
import re
from collections import Counter
from itertools import pairwise
from types import SimpleNamespace
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from mnist_helpers.evaluate import accuracy_interval
from tools import quizzes
from tools.notebooks import FOLDER
from tools.quizzes import CHOICE, EXPLAIN, NUMBER, QuizError, moodle_xml, print_page, read_quiz

QUIZZES = {quiz.number: quiz for quiz in map(read_quiz, quizzes.quiz_paths())}
ASKED = [(number, place) for number, quiz in QUIZZES.items() for place in range(1, 6)]
COMPUTED = {}


def asked(number, place):
    return QUIZZES[number].questions[place - 1]


def answers(number, place):
    """Register a function whose result is the right answer, or a list of all, the right one first.

    What fits a question to choose is what its option begins with.
    """
    return lambda function: COMPUTED.setdefault((number, place), function)


def code(number, place):
    """The code that a question shows."""
    return re.search(r"```\w+\n(.+?)```", asked(number, place).text, re.DOTALL)[1]


def taught(number, *names):
    """Functions of a notebook by name, as its cells define them."""
    namespace = {"np": np, "torch": torch, "nn": nn, "ndimage": ndimage}
    path = FOLDER / f"{QUIZZES[number].name}.ipynb"
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and re.search(
            rf"^def ({'|'.join(names)})\(", cell.source, re.M
        ):
            for node in ast.parse(cell.source).body:
                if isinstance(node, ast.FunctionDef):
                    exec(ast.unparse(node), namespace)
    return namespace


def rows(number, place):
    """The rows of the table that a question or its text shows, without the head."""
    lines = re.findall(r"^\| (.+) \|$", asked(number, place).text, re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines]


# ---- every number is computed --------------------------------------------------------


@answers("01", 2)
def _():
    measured = {name: (valid, test) for name, valid, test in rows("01", 2)[1:]}
    best = max(measured, key=lambda name: measured[name][0])
    return f"{best}, with {measured[best][1]}"


@answers("01", 3)
def _():
    return [(51 / 255 - 0.13) / 0.31, (51 - 0.13) / 0.31, 51 / 255 / 0.31, 51 / 255 - 0.13]


@answers("01", 4)
def _():
    photographs = TensorDataset(torch.zeros(1000, 3, 32, 48))
    return f"`{tuple(next(iter(DataLoader(photographs, batch_size=50)))[0].shape)}`"


@answers("02", 1)
def _():
    lines = code_block(asked("02", 1).text)[1:]
    numbers = torch.tensor([[float(one) for one in line.split()] for line in lines])
    kernel, patch = numbers[:, :3], numbers[:, 3:]
    right = F.conv2d(patch[None, None], kernel[None, None]).item()
    upside_down = (patch * kernel.flip(0)).sum().item()
    return [right, (patch * kernel.abs()).sum().item(), patch.sum().item(), upside_down]


@answers("02", 2)
def _():
    layers = eval(f"nn.Sequential({','.join(code('02', 2).splitlines())})", {"nn": nn})
    right = layers(torch.zeros(1, 1, 32, 32)).shape[1]
    return [right, 20 * 7 * 7, 20 * 8 * 8, 6 * 6, 8 * 20 * 6 * 6]


@answers("02", 3)
def _():
    layer = nn.Conv2d(8, 20, kernel_size=3)
    right = sum(p.numel() for p in layer.parameters())
    wrong = [20 * (9 + 1), layer.weight.numel(), 20 * 9]
    return [f"{one:,}" for one in [right, *wrong]]


@answers("02", 4)
def _():
    lines = code_block(asked("02", 4).text)
    numbers = torch.tensor([[[float(one) for one in line.split()] for line in lines]])
    pooled = F.max_pool2d(numbers, 2)
    assert torch.equal(F.relu(pooled), F.max_pool2d(F.relu(numbers), 2))  # question 5
    averaged = F.relu(F.avg_pool2d(numbers, 2))
    ways = [F.relu(pooled), pooled, F.max_pool2d(numbers.abs(), 2), averaged]
    return [f"`{[[plain(one) for one in row] for row in way[0].tolist()]}`" for way in ways]


@answers("03", 1)
def _():
    losses = {
        name[-1]: -sum(math.log(float(one)) for one in given) for name, *given in rows("03", 1)[1:]
    }
    assert round(-math.log(0.01), 1) == 4.6
    assert round(-math.log(0.30), 1) == 1.2
    assert round(math.log(0.95 / 0.90), 2) == 0.05
    return f"{min(losses, key=losses.get)}, because"


@answers("03", 2)
def _():
    weight = torch.tensor(1.0, requires_grad=True)
    ((2 * weight - 5) ** 2).backward()
    slope = weight.grad.item()
    assert round((2 * 1.01 - 5) ** 2, 4) == 8.8804
    return [1 - 0.01 * slope, 1 + 0.01 * slope, 1 - 0.01 * slope / 2, 1 - slope]


@answers("03", 3)
def _():
    weight = torch.tensor(1.0, requires_grad=True)
    (3 * weight).backward()
    (5 * weight).backward()
    assert weight.grad == 3 + 5
    return "Each step follows the sum"


@answers("03", 4)
def _():
    losses = [float(one) for one in rows("03", 4)[2][1:]]
    names = taught("03", "best_epoch", "should_stop")
    end = next(n for n in range(1, 7) if names["should_stop"](losses[:n], patience=2))
    best = names["best_epoch"](losses[:end])
    return f"It ends after epoch {end}, with the weights of epoch {best}"


@answers("04", 1)
def _():
    table = np.array([[int(one) for one in row[1:]] for row in rows("04", 1)[1:]])
    right = table[1, 1]
    wrong = right / table[1].sum(), right / table[:2, 1].sum()
    return [100 * one for one in (right / table[:, 1].sum(), *wrong)]


@answers("04", 2)
def _():
    low, high = accuracy_interval(991, 1000)
    assert f"from {low:.1%} to {high:.1%}".replace("%", " %") in asked("04", 2).text
    assert accuracy_interval(989, 1000)[1] > 0.991
    return "The difference may well be luck"


@answers("04", 3)
def _():
    (sure, n, right), (surer, m, more) = rows("04", 3)[1:]
    assert int(right) / int(n) == float(sure.removesuffix(" %")) / 100
    assert int(more) / int(m) < float(surer.removesuffix(" %")) / 100
    return "In the first group the network is honest, in the second too sure"


@answers("05", 1)
def _():
    names = {}
    exec(code("05", 1).partition("app =")[0], names)
    with pytest.raises(ValueError, match="'ha'"):
        names["repeat"](3, "ha")
    return "The visitor sees an error"


@answers("05", 4)
def _():
    names = {}
    exec(code("05", 4), names)
    with pytest.raises(ZeroDivisionError):
        names["describe"]("")
    return f"The mean {names['describe']('0')[0]:g}"


@answers("06", 1)
def _():
    pixels = np.full((5, 5), 120.0)
    pixels[2, 1:4] = 20, 180, 120
    ink = taught("06", "find_ink")["find_ink"](pixels)
    assert ink[2, 1] == 255
    return [ink[2, 2], ink[0, 0], 255 - 180, 180]


@answers("06", 2)
def _():
    ink = np.array([float(one) for one in code_block(asked("06", 2).text)[1].split()[1:]])
    places = np.arange(5)
    inked = places[ink > 0]
    row, right = taught("06", "centre_of_mass")["centre_of_mass"](ink[None])
    assert row == 0
    return [right, (inked[0] + inked[-1]) / 2, places.mean()]


@answers("06", 4)
def _():
    def as_uneven(one, other):
        """How often coins fall at least so unevenly."""
        n = one + other
        half = sum(math.comb(n, k) for k in range(min(one, other) + 1)) / 2**n
        return min(1, 2 * half)

    rare = {name: as_uneven(int(a), int(b)) < 0.05 for name, a, b in rows("06", 4)[1:]}
    assert as_uneven(0, 2) == 0.5
    return " and ".join(name for name in rare if rare[name]) + " only"


@answers("07", 1)
def _():
    weights = 300_000 / 1e6
    return [weights * 4 * 4 / 3, weights * 4, weights, weights * 4 / 3]


@answers("08", 3)
def _():
    pixels, gradient = torch.tensor([0, 100, 250]), torch.tensor([-0.5, 0.002, 3])
    moved = pixels + 20 * gradient.sign()
    by_size = (pixels + 20 * gradient).clamp(0, 255)
    ways = [moved.clamp(0, 255), moved, by_size, pixels - 20 * gradient.sign()]
    return [f"`{[int(one) for one in way]}`" for way in ways]


@answers("09", 1)
def _():
    left = 0.40 / 4 + 0.30 + 0.20 + 0.10
    return [1 / left, 4, 1 + (1 - left), 1 / 0.60]


@answers("09", 2)
def _():
    times = [10.1, 10.2, 10.0, 18.0, 10.1]
    assert f"{np.mean(times):.1f} ms, the mean" in asked("09", 2).options["a"]
    return f"{np.median(times)} ms (median), with times from {min(times)} to {max(times)}"


@answers("09", 3)
def _():
    layer, maps = nn.Conv2d(8, 20, kernel_size=3), torch.zeros(1, 8, 13, 13)
    outputs = layer(maps).numel()
    count = taught("09", "count_multiplications")["count_multiplications"]
    network = SimpleNamespace(features=[layer], classifier=[])
    return [*count(network, maps), layer.weight.numel(), outputs, outputs * 9]


@answers("09", 4)
def _():
    block = torch.arange(6).reshape(1, 3, 1, 2)
    assert block[0, 1].flatten().tolist() == [2, 3]
    by_two = torch.arange(6).reshape(2, 3).T.flatten()
    ways = block.permute(0, 2, 3, 1).flatten(), torch.arange(6), by_two, block.flip(1).flatten()
    return [", ".join(map(str, way.tolist())) for way in ways]


@answers("09", 5)
def _():
    sure = torch.linspace(0.1, 0.9999, 2000)
    logits = ((1 - sure) / 9).repeat(10, 1).T.log()
    logits[:, 7] = sure.log()
    seven = torch.full((2000,), 7)
    plain = F.cross_entropy(logits, seven, reduction="none")
    smooth = F.cross_entropy(logits, seven, label_smoothing=0.1, reduction="none")
    assert sure[plain.argmin()] == sure.max()
    assert sure[smooth.argmin()].item() == pytest.approx(0.91, abs=0.005)
    return "Without smoothing the surest answer, with it one that is less sure"


@answers("10", 1)
def _():
    layers = nn.Sequential(nn.Conv2d(1, 32, 3), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3))
    right = nn.MaxPool2d(2)(layers(torch.zeros(1, 1, 32, 32))).numel()
    return [right, 64, 6 * 6, 64 * 7 * 7]


@answers("10", 2)
def _():
    certain = torch.eye(10)[0].softmax(dim=0)[0].item()
    assert f"counts as {certain:.0%} sure".replace("%", " %") in asked("10", 2).answers[0].reason
    return "It trains without an error"


@answers("10", 3)
def _():
    return f"`{tuple(torch.zeros(3, 3, 32, 64).permute(3, 2, 0, 1).shape)}`"


@answers("11", 1)
def _():
    parts = [(int(columns.split()[0]), digit) for _, _, columns, digit in rows("11", 1)[1:]]
    return "".join(digit for _, digit in sorted(parts))


@answers("11", 2)
def _():
    ink, top = np.zeros((60, 90), np.uint8), {"B": 2}
    for name, columns, height in rows("11", 2)[1:]:
        first, end = map(int, columns.split(" to "))
        row = top.get(name, 12)
        ink[row : row + int(height), first:end] = 255
    names = taught("11", "find_parts", "extent", "height", "middle", "in_order", "joined")
    return [len(names["joined"](ink)), 2, len(names["find_parts"](ink))]


@answers("11", 3)
def _():
    worse = {int(at): min(float(one) for one in halves) for at, *halves in rows("11", 3)[1:]}
    best = max(worse, key=worse.get)
    assert worse[best] > 0.60
    return f"It cuts at column {best}"


@answers("11", 4)
def _():
    costs = {name: 200 - int(read) + 4 * int(wrong) for name, read, wrong in rows("11", 4)[1:]}
    reasons = " ".join(one.reason for one in asked("11", 4).answers)
    assert all(re.search(rf"\b{cost}\b", reasons) for cost in costs.values())
    return f"The {min(costs, key=costs.get)}"


@answers("12", 1)
def _():
    megabytes = 500_000 * 4 / 1e6
    return [3 * megabytes, megabytes, 2 * megabytes, megabytes / 4]


@answers("12", 4)
def _():
    runs = []

    def short_run():
        runs.append(1)
        if len(runs) == 3:
            raise KeyboardInterrupt

    exec(code("12", 4), {"short_run": short_run, "ten_settings": [{}] * 10, "print": str})
    assert len(runs) == 10
    return "The third training ends, and the fourth one begins"


def code_block(text):
    """The lines of the block of numbers in a text, without empty ones."""
    lines = re.search(r"```text\n(.+?)```", text, re.DOTALL)[1].splitlines()
    return [line for line in lines if line.strip()]


def plain(number):
    return int(number) if number == int(number) else number


@pytest.mark.parametrize(("number", "place"), sorted(COMPUTED), ids=lambda one: str(one))
def test_an_answer_is_what_the_computation_gives(number, place):
    question, value = asked(number, place), COMPUTED[number, place]()
    values = value if isinstance(value, list) else [value]
    if question.kind == NUMBER:
        assert len(values) == len(question.answers)
        for one, computed in zip(question.answers, values, strict=True):
            assert float(one.label) == pytest.approx(computed, abs=float(one.tolerance) + 1e-6)
    elif question.kind == CHOICE:
        given = [question.options[one.label] for one in question.answers]
        if len(values) > 1:
            assert given == values
        else:
            assert [one.startswith(values[0]) for one in given] == [True] + [False] * (
                len(given) - 1
            )


# ---- the pages -----------------------------------------------------------------------


def test_each_lesson_has_a_quiz_of_five_questions_and_a_link_to_it():
    lessons = [path.stem for path in sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))][1:]
    assert [quiz.name for quiz in QUIZZES.values()] == lessons
    for quiz in QUIZZES.values():
        assert len(quiz.questions) == 5
        assert quiz.title.startswith(f"{quiz.number} · ")
        last = nbformat.read(FOLDER / f"{quiz.name}.ipynb", 4).cells[-1].source
        assert f"[quiz](quizzes/{quiz.name}.md)" in last


def prose_of(quiz):
    cells = nbformat.read(FOLDER / f"{quiz.name}.ipynb", 4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


@pytest.mark.parametrize("quiz", QUIZZES.values(), ids=QUIZZES)
def test_a_question_names_its_section_and_has_the_words_of_the_notebook(quiz):
    text = prose_of(quiz)
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert any(one.asked_there for one in quiz.questions)
    for question in quiz.questions:
        assert question.section in headings
        assert question.link.endswith("#" + question.section.replace(" ", "-"))
        if question.asked_there:
            reason = question.answers[0].reason.partition("\n\n**What counts:**")[0]
            assert question.text.split("\n\n")[-1] in text
            assert reason in text


def test_neither_the_place_nor_the_length_of_an_option_gives_it_away():
    chosen = [asked(*one) for one in ASKED if asked(*one).kind == CHOICE]
    places = Counter(one.answers[0].label for one in chosen)
    assert min(places[letter] for letter in "abcd") >= len(chosen) / 8
    right = [one.options[one.answers[0].label] for one in chosen]
    longest = [
        len(one) > max(len(o) for o in question.options.values() if o != one)
        for one, question in zip(right, chosen, strict=True)
    ]
    assert sum(longest) <= len(chosen) / 3
    for one in chosen:
        assert len(set(one.options.values())) == len(one.options) >= 3
        for answer in one.answers:  # Moodle shuffles the options
            assert not re.search(r"\b[a-d]\)", answer.reason + one.text)


def test_no_two_answers_to_a_number_are_accepted_for_each_other():
    for question in (asked(*one) for one in ASKED if asked(*one).kind == NUMBER):
        ranges = sorted(
            (float(one.label) - float(one.tolerance), float(one.label) + float(one.tolerance))
            for one in question.answers
        )
        assert all(one[1] < other[0] for one, other in pairwise(ranges)), question.title


# ---- mistakes in a page --------------------------------------------------------------

PAGE = """\
# 02 · The CNN: a quiz

Words.

## 1. Less & more

*Choose one · [A <b>](../02_cnn.ipynb#A-b)*

Is `a[b[0]]>1`, or "2 < 1"?

- **a)** `x < 1` & <i>y</i>
- **b)** no

<details><summary>Answer</summary>

**b)** Because `]]>` ends it.

**a)** One may *think* so.

</details>

## 2. How many?

*A number · [A <b>](../02_cnn.ipynb#A-b)*

Count.

<details><summary>Answer</summary>

**1,280 ± 0.5** So many.

**-3** Too few.

</details>

## 3. Why?

*Explain · [A <b>](../02_cnn.ipynb#A-b) · asked there, too*

Why?

<details><summary>Answer</summary>

That is why.

**What counts:** a reason.

</details>
"""


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "02_cnn.md"
    path.write_text(PAGE, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("# 02 ·", "02 ·", "needs a title"),
        ("## 2. How", "## 3. How", 'question 2: Its title must begin with "## 2. "'),
        ("*A number ·", "*Number ·", "question 2: Below the title"),
        (
            "../02_cnn.ipynb#A-b)*\n\nCount",
            "../03_x.ipynb#A)*\n\nCount",
            "question 2: Its link must lead",
        ),
        ("- **a)** `x", "- a) `x", "there must be options"),
        ("**a)** One", "**c)** One", "must have one explanation"),
        ("**a)** One may *think* so.\n\n", "", "must have one explanation"),
        ("**b)** Because", "Because", "no answer in bold"),
        ("**1,280 ± 0.5** So", "**many** So", "'many' is not a number"),
        ("**What counts:** a", "A", "must begin with"),
        ("That is why.\n\n**What", "That is why.\n**What", "must begin with"),
        ("</details>\n\n## 2", "</details>\n\nMore.\n\n## 2", "must end with a folded answer"),
        ("\n\nCount.", "", "question 2: It (asks nothing|must end)"),
    ],
)
def test_a_mistake_in_a_page_is_named_with_its_place(page, old, new, words, monkeypatch, capsys):
    assert PAGE.count(old) == 1
    page.write_text(PAGE.replace(old, new), encoding="utf-8")
    with pytest.raises(QuizError, match=rf"02_cnn\.md.*{words}"):
        read_quiz(page)
    monkeypatch.setattr(quizzes, "FOLDER", page.parent)
    assert quizzes.main(["--check"]) == 2
    assert "02_cnn.md" in capsys.readouterr().err


def test_a_run_writes_two_files_for_each_quiz_or_says_which_there_are(tmp_path, capsys):
    assert quizzes.main(["--out", str(tmp_path / "new"), "03", "11"]) == 0
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert names == ["quiz_03.html", "quiz_03.xml", "quiz_11.html", "quiz_11.xml"]
    with pytest.raises(SystemExit):
        quizzes.main(["--out", str(tmp_path), "00"])
    assert "There is no quiz 00. There are 01, 02" in capsys.readouterr().err


# ---- Moodle and paper ----------------------------------------------------------------

# What the documentation of Moodle's XML format names for each type of question.
COMMON = {"name", "questiontext", "generalfeedback", "defaultgrade", "penalty", "hidden"}
OF_TYPE = {
    "multichoice": {"single", "shuffleanswers", "answernumbering", "answer"},
    "numerical": {"answer"},
    "essay": {
        *("responseformat", "responserequired", "responsefieldlines"),
        *("attachments", "attachmentsrequired", "graderinfo"),
    },
}


@pytest.mark.parametrize("quiz", QUIZZES.values(), ids=QUIZZES)
def test_the_file_for_moodle_has_the_documented_structure(quiz):
    text = moodle_xml(quiz)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<quiz>')
    category, *nodes = ElementTree.fromstring(text.encode())
    assert category.get("type") == "category"
    assert category.findtext("category/text") == f"$course$/{quiz.title}"
    types = {CHOICE: "multichoice", NUMBER: "numerical", EXPLAIN: "essay"}
    for node, question in zip(nodes, quiz.questions, strict=True):
        assert node.get("type") == types[question.kind]
        assert {child.tag for child in node} == COMMON | OF_TYPE[node.get("type")]
        assert node.findtext("name/text").endswith(question.title)
        assert node.find("questiontext").get("format") == "html"
        assert node.findtext("questiontext/text") == quizzes.to_html(question.text)
        fractions = [answer.get("fraction") for answer in node.findall("answer")]
        assert fractions == (["100"] + ["0"] * (len(question.answers) - 1)) * bool(fractions)
        for answer, one in zip(node.findall("answer"), question.answers, strict=False):
            said = quizzes.to_html(one.reason)
            if one is question.answers[0]:  # everybody sees its reason, and nobody twice
                assert said in node.findtext("generalfeedback/text")
                said = "<p>Right.</p>"
            assert answer.findtext("feedback/text") == said
            if question.kind == NUMBER:
                assert float(answer.findtext("text")) == float(one.label)
                assert float(answer.findtext("tolerance")) >= 0
            else:
                option = question.options[one.label]
                assert answer.findtext("text") == quizzes.to_html(option)


def test_signs_of_html_and_xml_arrive_as_they_were_typed(page):
    text = moodle_xml(read_quiz(page))
    assert "<text><![CDATA[<p>" in text
    choice, number, explain = ElementTree.fromstring(text.encode())[1:]
    shown = choice.findtext("questiontext/text")
    assert shown == "<p>Is <code>a[b[0]]&gt;1</code>, or &quot;2 &lt; 1&quot;?</p>"
    assert "&lt;i&gt;y&lt;/i&gt;" in choice.findall("answer")[1].findtext("text")
    assert "]]&gt;" in choice.findtext("generalfeedback/text")
    assert choice.findtext("name/text") == "02.1 Less & more"
    assert [one.findtext("text") for one in number.findall("answer")] == ["1280", "-3"]
    assert [one.findtext("tolerance") for one in number.findall("answer")] == ["0.5", "0"]
    assert "a reason" in explain.findtext("graderinfo/text")


def test_paper_has_the_questions_on_one_sheet_and_their_answers_on_the_next(page):
    text = print_page(read_quiz(page))
    sheet, key = text.split('<section class="key">')
    assert "Less &amp; more" in sheet
    assert "Less &amp; more" in key
    assert "Because" not in sheet
    assert "That is why" not in sheet
    assert "1280 ± 0.5" in key
    assert "break-before: page" in text
    assert not re.search(r"https?:|src=|<script|<link|<i>", text)


def test_every_sheet_can_be_made_and_loads_nothing():
    for quiz in QUIZZES.values():
        text = print_page(quiz)
        assert text.count("<h2>") == 10
        assert not re.search(r"https?://(?!127)|src=|<script|<link", text)
        assert "**" not in text.replace("(**settings)", "")
