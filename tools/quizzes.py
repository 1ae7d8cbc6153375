"""Makes the quizzes on paper and for Moodle from their pages in notebooks/quizzes.

python -m tools.quizzes             all of them: runs/quizzes
python -m tools.quizzes 03 06       only these
python -m tools.quizzes --check     write nothing; exit code 2 says what is wrong with a page

A page is what a learner reads, with folded answers, and the only source of its questions: edit it
as you like. It gives quiz_03.html, the questions on one sheet and their answers on another, and
quiz_03.xml for Moodle's question bank. A question looks like this:

    ## 1. A title

    *Choose one · [The section](../03_training.ipynb#The-section)*

    What is asked, in Markdown.

    - **a)** An option.
    - **b)** Another one.

    <details><summary>Answer</summary>

    **b)** The right answer comes first, with its reason.

    **a)** Each other option follows: why one might believe it, and what is true.

    </details>

Instead of "Choose one", it may say "A number": then there are no options, the answer begins with
the number (**26** or **0.25 ± 0.01**), and wrong numbers that are typical may follow. Or it says
"Explain": then the answer is a text, and its last paragraph begins with **What counts:**. A
question that stands in the notebook, too, with the same words, has a mark: `· asked there, too*`.
"""

import argparse
import html
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast
from xml.dom.minidom import Document, Element

from markdown_it import MarkdownIt

from mnist_helpers._support import write_atomically
from tools.links import ROOT
from tools.places import out_path

FOLDER = ROOT / "notebooks" / "quizzes"
CHOICE, NUMBER, EXPLAIN = KINDS = ("Choose one", "A number", "Explain")

_HEAD = re.compile(r"\*([^·]+) · \[(.+)\]\((.+?)\)( · asked there, too)?\*")
_FOLD = re.compile(r"\n\n<details><summary>Answer</summary>\n\n(.+)\n\n</details>", re.DOTALL)
_OPTIONS = re.compile(r"\n\n((?:- \*\*\w\)\*\* .+\n?)+)$")
_OPTION = re.compile(r"^- \*\*(\w)\)\*\* (.+)$", re.MULTILINE)
_LABEL = re.compile(r"\*\*(.+?)\*\* ")
_NUMBER = re.compile(r"(-?\d[\d,]*(?:\.\d+)?)(?: ± (\d+(?:\.\d+)?))?")

STYLE = Path(__file__).parent / "quizzes_files" / "print.css"


class QuizError(Exception):
    """A page that cannot be read as a quiz; the message says where and why."""


@dataclass(frozen=True)
class Answer:
    """An answer and its reason, both in Markdown; of a number, also how far off it may be."""

    label: str
    reason: str
    tolerance: str = "0"


@dataclass(frozen=True)
class Question:
    """One question; texts are Markdown. The first answer is the right one, all others are wrong.

    Of a question to choose, an answer's label is its option's letter; of one to explain, it is
    empty, and there is only one answer.
    """

    title: str
    kind: str
    section: str
    link: str
    asked_there: bool
    text: str
    options: dict[str, str]
    answers: list[Answer]


@dataclass(frozen=True)
class Quiz:
    """The quiz of one notebook."""

    name: str
    title: str
    questions: list[Question]

    @property
    def number(self) -> str:
        """The notebook's number, two digits."""
        return self.name[:2]


def read_quiz(path: Path) -> Quiz:
    """The quiz on a page; a QuizError says what is wrong with it."""
    top, *parts = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    title = re.match(r"# (.+)", top)
    if title is None or not parts:
        raise QuizError(f'{path.name}: it needs a title ("# …") and questions ("## 1. …").')
    questions = []
    for number, part in enumerate(parts, start=1):
        try:
            questions.append(_read_question(part.strip(), number, path.stem))
        except QuizError as error:
            raise QuizError(f"{path.name}, question {number}: {error}") from error
    return Quiz(path.stem, title[1], questions)


def _read_question(part: str, number: int, notebook: str) -> Question:
    title, _, rest = part.partition("\n\n")
    head, _, body = rest.partition("\n\n")
    found = _HEAD.fullmatch(head)
    if not title.startswith(f"{number}. "):
        raise QuizError(f'Its title must begin with "## {number}. ".')
    if found is None or found[1] not in KINDS:
        raise QuizError(f"Below the title, it must say: *{CHOICE} · [section](link)*, or {KINDS}.")
    if not found[3].startswith(f"../{notebook}.ipynb#"):
        raise QuizError(f"Its link must lead to a section of ../{notebook}.ipynb.")
    fold = _FOLD.search(body)
    if fold is None or fold.end() != len(body):
        raise QuizError("It must end with a folded answer, with empty lines around its text.")
    text, options = body[: fold.start()], {}
    if found[1] == CHOICE:
        listed = _OPTIONS.search(text)
        if listed is None:
            raise QuizError('Below its text, there must be options: "- **a)** …".')
        text, options = text[: listed.start()], dict(_OPTION.findall(listed[1]))
    answers = _read_answers(found[1], fold[1])
    if sorted(one.label for one in answers) != sorted(options) and found[1] == CHOICE:
        raise QuizError("Each option must have one explanation, which begins with its letter.")
    if not text.strip():
        raise QuizError("It asks nothing.")
    name = title.partition(" ")[2]
    return Question(name, found[1], found[2], found[3], bool(found[4]), text, options, answers)


def _read_answers(kind: str, fold: str) -> list[Answer]:
    if kind == EXPLAIN:
        if not fold.split("\n\n")[-1].startswith("**What counts:** "):
            raise QuizError("The last paragraph of its answer must begin with **What counts:**.")
        return [Answer("", fold)]
    answers = []
    for paragraph in fold.split("\n\n"):
        label = _LABEL.match(paragraph)
        if label is None:
            raise QuizError(f"A paragraph of its answer has no answer in bold: {paragraph[:40]!r}")
        reason = paragraph[label.end() :]
        if kind == CHOICE:
            answers.append(Answer(label[1].removesuffix(")"), reason))
        elif number := _NUMBER.fullmatch(label[1]):
            answers.append(Answer(number[1].replace(",", ""), reason, number[2] or "0"))
        else:
            raise QuizError(f"{label[1]!r} is not a number.")
    return answers


@cache
def _renderer() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def to_html(text: str) -> str:
    """Markdown as HTML. A `>` is always escaped, so it fits into `CDATA`."""
    return _renderer().render(text).strip()


def print_page(quiz: Quiz) -> str:
    """One HTML page: the questions on one sheet, the answers on another. It loads nothing."""
    asked = "\n".join(_asked(number, one) for number, one in enumerate(quiz.questions, 1))
    keys = "\n".join(_key(number, one) for number, one in enumerate(quiz.questions, 1))
    title = html.escape(quiz.title)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>Name: ____________________________ &nbsp; Date: ______________</p>
{asked}
<section class="key">
<h1>{title}: the answers</h1>
<p>The right answer comes first (✓), with its reason, and then what is wrong with the others.</p>
{keys}
</section>
</main>
</body>
</html>
"""


def _asked(number: int, question: Question) -> str:
    line, short = '<p class="line"></p>', '<p class="short line"></p>'
    space = {CHOICE: "", NUMBER: short, EXPLAIN: 4 * line}[question.kind]
    if question.options:
        listed = (
            f"<li>☐ <b>{letter})</b> {_renderer().renderInline(option)}</li>"
            for letter, option in question.options.items()
        )
        space = f'<ul class="options">{"".join(listed)}</ul>'
    return f"""<div class="question">
<h2>{number}. {html.escape(question.title)}</h2>
<p class="about">{question.kind}</p>
{to_html(question.text)}
{space}
</div>"""


def _key(number: int, question: Question) -> str:
    """Number, title and section of a question, and the reason of each answer."""
    end = ")" if question.kind == CHOICE else ""
    reasons = [
        f"**{one.label}{_within(one)}{end}** {one.reason}" if one.label else one.reason
        for one in question.answers
    ]
    joined = "✓ " + "\n\n".join(reasons)
    return f"""<div class="question">
<h2>{number}. {html.escape(question.title)}</h2>
<p class="about">Section: {html.escape(question.section)}</p>
{to_html(joined)}
</div>"""


def _within(answer: Answer) -> str:
    return f" ± {answer.tolerance}" if answer.tolerance != "0" else ""


def moodle_xml(quiz: Quiz) -> str:
    """The quiz for Moodle's question bank, in a category of its own."""
    document = Document()
    root = document.appendChild(document.createElement("quiz"))
    category = _add(root, "question", type="category")
    _add_text(category, "category", f"$course$/{quiz.title}")
    for number, question in enumerate(quiz.questions, 1):
        _add_question(root, f"{quiz.number}.{number} {question.title}", question)
    return document.toprettyxml(indent=" ", encoding="UTF-8").decode()


def _add_question(root: Element, name: str, question: Question) -> None:
    types = {CHOICE: "multichoice", NUMBER: "numerical", EXPLAIN: "essay"}
    right = question.answers[0]
    node = _add(root, "question", type=types[question.kind])
    _add_text(node, "name", name)
    _add_html(node, "questiontext", to_html(question.text))
    about = f"\n<p>Section of the notebook: {html.escape(question.section)}</p>"
    _add_html(node, "generalfeedback", to_html(right.reason) + about)
    for tag, value in {"defaultgrade": "1", "penalty": "0.3333333", "hidden": "0"}.items():
        _add(node, tag, value)
    if question.kind == EXPLAIN:
        rest = {"responseformat": "editor", "responserequired": "1", "responsefieldlines": "10"}
        for tag, value in {**rest, "attachments": "0", "attachmentsrequired": "0"}.items():
            _add(node, tag, value)
        _add_html(node, "graderinfo", to_html(right.reason))
        return
    if question.kind == CHOICE:
        for tag, value in {"single": "true", "shuffleanswers": "true"}.items():
            _add(node, tag, value)
        _add(node, "answernumbering", "abc")
    for one in question.answers:
        answer = _add(node, "answer", fraction="100" if one is right else "0")
        if question.kind == CHOICE:
            answer.setAttribute("format", "html")
            _add_html(answer, "", to_html(question.options[one.label]))
        else:
            answer.setAttribute("format", "moodle_auto_format")
            _add(answer, "text", one.label)
            _add(answer, "tolerance", one.tolerance)
        # Moodle shows the general feedback, which has the right answer's reason, below this one.
        _add_html(answer, "feedback", to_html("Right." if one is right else one.reason))


def _add(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    """A new element at the end of another one."""
    document = cast(Document, parent.ownerDocument)
    node = parent.appendChild(document.createElement(tag))
    for name, value in attributes.items():
        node.setAttribute(name, value)
    if text:
        node.appendChild(document.createTextNode(text))
    return node


def _add_text(parent: Element, tag: str, text: str) -> None:
    _add(_add(parent, tag), "text", text)


def _add_html(parent: Element, tag: str, content: str) -> None:
    """An element with HTML, as `CDATA`; with no tag, the HTML of the parent itself."""
    node = _add(parent, tag, format="html") if tag else parent
    document = cast(Document, parent.ownerDocument)
    _add(node, "text").appendChild(document.createCDATASection(content))


def quiz_paths() -> list[Path]:
    """The pages of all quizzes, in order."""
    return sorted(FOLDER.glob("[0-9][0-9]_*.md"))


def write_quizzes(out: Path, paths: Sequence[Path]) -> None:
    """Write both files of each quiz into a folder.

    Raises:
        QuizError: if a page is not a quiz; then nothing is written.
        OSError: if a file cannot be written.
    """
    for quiz in [read_quiz(path) for path in paths]:
        write_atomically(out / f"quiz_{quiz.number}.html", print_page(quiz).encode())
        write_atomically(out / f"quiz_{quiz.number}.xml", moodle_xml(quiz).encode())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.quizzes", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("numbers", nargs="*", metavar="NUMBER", help="the notebook's number")
    parser.add_argument("--out", metavar="DIR", default=ROOT / "runs" / "quizzes", type=out_path)
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    paths = {path.name[:2]: path for path in quiz_paths()}
    if unknown := [number for number in options.numbers if number not in paths]:
        parser.error(f"There is no quiz {unknown[0]}. There are {', '.join(paths)}.")
    chosen = [path for number, path in paths.items() if number in (options.numbers or paths)]
    try:
        if options.check:
            for path in chosen:
                read_quiz(path)
        else:
            write_quizzes(options.out, chosen)
    except (QuizError, OSError) as error:
        print(f"quizzes: {error}", file=sys.stderr)
        return 2
    if not options.check:
        print(f"{len(chosen)} quizzes, to print (.html) and for Moodle (.xml): {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
