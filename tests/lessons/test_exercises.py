"""The exercises: made from the solutions, solvable, and checked in the words of the notebook."""

import ast
import importlib
import itertools
import linecache
import math
import random
import re
import sys

import matplotlib
import nbformat
import numpy as np
import pytest
import torch
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from mnist_helpers.lessons import check, exercise_checks
from mnist_helpers.lessons.exercise_checks import core
from mnist_helpers.lessons.exercise_checks.core import judge
from tests.notebooks.test_notebooks import assert_within_limits
from tools import exercises
from tools.exercises import BEGIN, END, SOURCE, TARGET, ExercisesError, without_solution
from tools.links import ROOT, SETUP_TAG

matplotlib.use("Agg")
NAMES = sorted(path.name for path in (ROOT / "notebooks" / SOURCE).glob("[0-9][0-9]_*.ipynb"))
# In Colab only; and half a minute of training, which runs on the pretended GPU.
SKIPPED = {SETUP_TAG, "takes-long"}
CONSTANTS = [0, 1, 0.5, 10, "text", [], True, torch.zeros(()), torch.zeros(10), torch.zeros(3, 3)]


@pytest.fixture(autouse=True)
def repeatable(tmp_path, monkeypatch):
    """The checks' fresh inputs are the same in every run of the tests."""
    seeds, fresh = itertools.count(), np.random.default_rng
    monkeypatch.setattr(
        np.random, "default_rng", lambda seed=None: fresh(next(seeds) if seed is None else seed)
    )
    random.seed(0)
    torch.manual_seed(0)
    monkeypatch.chdir(tmp_path)


def read(kind, name):
    return nbformat.read(ROOT / "notebooks" / kind / name, as_version=4)


def is_check(cell):
    return cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade", False)


def checks_of(name):
    """The code that checks a task, and how many answers it takes, by the task."""
    sources = [cell.source for cell in read(SOURCE, name).cells if is_check(cell)]
    calls = [ast.parse(source).body[0].value.args for source in sources]
    return {key.value: (code, len(rest)) for code, (key, *rest) in zip(sources, calls, strict=True)}


def run_notebook(monkeypatch, kind, name):
    """Run a notebook's code in this process; return its names, and what its checks say."""
    names, heard = {}, {}

    def hear(key, *answers):
        heard[key] = judge(key, *answers)

    monkeypatch.setattr(exercise_checks, "check", hear)
    for cell in read(kind, name).cells:
        if cell.cell_type == "code" and SKIPPED.isdisjoint(cell.metadata.get("tags", [])):
            exec(cell.source, names)
    return names, heard


@pytest.fixture(params=NAMES, ids=lambda name: name[:2])
def name(request):
    return request.param


# Made from the source


def test_the_exercises_are_what_the_solutions_give():
    assert {name[:2] for name in NAMES} >= {"01", "02", "03"}
    assert not list(exercises.changes()), "python -m tools.exercises"


# Answers


def test_solutions_pass_and_no_answer_has_its_words(name, monkeypatch):
    checks = checks_of(name)
    _, heard = run_notebook(monkeypatch, TARGET, name)
    assert set(heard) == set(checks)
    for key, (passed, words) in heard.items():
        assert not passed, key
        assert re.search("no answer yet|nothing|three dots", words), words
    _, heard = run_notebook(monkeypatch, SOURCE, name)
    assert set(heard) == {key for key in core._tasks if key[:2] == name[:2]}
    for key, (passed, words) in heard.items():
        assert passed, f"{key}: {words}"
        assert len(words.split()) >= 6


@pytest.mark.slow
def test_right_answers_pass_and_wrong_ones_get_the_words_meant_for_them(name, monkeypatch):
    checks = checks_of(name)
    # The checks press the buttons of the pages without a server, which takes long to make.
    monkeypatch.setattr("gradio.routes.App.create_app", lambda *_, **__: None)
    right, heard = run_notebook(monkeypatch, SOURCE, name)
    answers = importlib.import_module(f"tests.lessons.wrong_answers.n{name[:2]}")
    for key, cells in getattr(answers, "RIGHT", {}).items():
        for code in cells:
            names = dict(right)
            exec(code, names)
            exec(checks[key][0], names)
            assert heard[key][0], f"{key} refuses\n{code}\n{heard[key][1]}"
    wrong = answers.WRONG
    assert {key for key, _ in wrong} == set(checks) == set(heard)
    for (key, template), table in wrong.items():
        for fill, expected in table.items():
            code = template.replace("{}", fill)
            names = dict(right)
            exec(code, names)
            exec(checks[key][0], names)
            passed, words = heard[key]
            assert not passed, f"{key} takes\n{code}"
            assert expected in words, f"{key} says {words!r} to\n{code}"


@pytest.mark.seconds
def test_constants_do_not_pass(name):
    for key, (_, n) in checks_of(name).items():
        for constant in CONSTANTS:
            for answer in (constant, lambda *_, constant=constant, **__: constant):
                passed, words = judge(key, *[answer] * n)
                assert not passed, f"{key} takes {answer!r}"
                assert words


# Form


@pytest.mark.parametrize("kind", [SOURCE, TARGET])
def test_it_keeps_to_the_style_of_the_other_notebooks(kind, name):
    notebook = read(kind, name)
    nbformat.validate(notebook)
    cells, first = notebook.cells, notebook.cells[0].source
    assert re.search(rf"^# {name[:2]} · .+: {kind}$", first, re.MULTILINE)
    assert "| minutes | you practise | you need |" in first
    assert_within_limits(notebook)
    assert not any(cell.get("outputs") for cell in cells)


def test_every_task_says_how_long_how_hard_how_important_and_has_hints(name):
    cells = read(TARGET, name).cells
    tasks = [i for i, c in enumerate(cells) if re.match(rf"##+ {name[:2]}\.\d", c.source)]
    assert (3 if name[:2] in ("07", "09", "10", "11") else 4) <= len(tasks) <= 8
    numbers = [int(re.match(r"##+ \d\d\.(\d+) · ", cells[i].source)[1]) for i in tasks]
    assert numbers == sorted(set(numbers))  # those of tasks that are gone are not used again
    importance = r"\*essential\* tasks .+ \*useful\* ones .+ \*extra\* ones "
    missing = [] if re.search(importance, cells[2].source) else ["what the importance means"]
    for number, i in zip(numbers, tasks, strict=True):
        text, answer = cells[i].source, cells[i + 1]
        marks = r"\*\d+ minutes?, (easy|medium|hard), (essential|useful|extra)\.\* "
        if not re.match(marks, text.split("\n\n")[1]):
            missing.append(f"{number}: minutes, difficulty and importance")
        hints = re.findall(
            r"<details><summary>(.+?)</summary>\n\n.+?\n\n</details>", text, re.DOTALL
        )
        assert hints in (["Hint"], ["Hint", "A second hint"]), number
        if len(hints) == 1 and answer.cell_type == "code":
            missing.append(f"{number}: a second hint")
        settings = answer.metadata["nbgrader"]
        assert settings["solution"]
        assert settings["grade"] == (answer.cell_type == "markdown")
        if answer.cell_type == "code":
            assert is_check(cells[i + 2])
            assert f'"{name[:2]}.{number}"' in cells[i + 2].source
    assert not missing


def test_nbgrader_finds_its_cells(name):
    cells = read(SOURCE, name).cells
    settings = [cell.metadata["nbgrader"] for cell in cells if "nbgrader" in cell.metadata]
    assert len({s["grade_id"] for s in settings}) == len(settings)
    for one in settings:
        assert one["schema_version"] == 3
        assert not one["task"]
        assert ("points" in one) == one["grade"]
        assert one["locked"] == (not one["solution"])


# check


@pytest.mark.seconds
def test_a_check_before_its_task_says_which_cell_to_run():
    cells = [
        "from mnist_helpers.lessons import check",
        'check("01.2", always_the_same)',
        'check("01.2", always_the_sam)',  # no name of this task's
        'check("99.1", always_the_same)',
        "always_the_same",
        "%time\nalways_the_same",
        "print(1)",
    ]
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name="python3", allow_errors=True).execute()
    said = [[out.get("ename", out.get("text")) for out in cell.outputs] for cell in notebook.cells]
    words = "Run the cell of 01.2 first: it defines `always_the_same`.\n"
    error = ["NameError"]
    assert said[:5] == [[], ["NameError", words], error, error, error]
    assert said[5][-1] == "NameError"
    assert said[6] == ["1\n"]
    with pytest.raises(CellExecutionError):
        NotebookClient(notebook, kernel_name="python3").execute()


@pytest.fixture(autouse=True)
def tasks_of_the_tests(monkeypatch):
    """98.1 asks for the fraction of ink, and 98.2 for ``mean_images``."""

    def check_ink(ink_fraction):
        images = torch.randint(0, 256, (4, 28, 28), dtype=torch.uint8)
        images[:3] = (images[:3] > 150) * 255  # more paper than ink
        paper = "This is the fraction of paper. Count the ink."
        core.examine(
            ink_fraction,
            lambda: [(images,), (images[:2],), (torch.zeros(1, 28, 28, dtype=torch.uint8),)],
            lambda i: (i > 127).double().mean().item(),
            {paper: lambda i: (i <= 127).double().mean().item()},
            "The right answer is {right}; you say {given}.",
        )
        return "It is small, so most of what a network gets is paper."

    monkeypatch.setitem(core._tasks, "98.1", check_ink)
    monkeypatch.setitem(core._tasks, "98.2", lambda mean_images: "")


def chatty(images):
    print("a look inside")
    print("a warning", file=sys.stderr)
    return (images > 127).float().mean()


def test_check_prints_and_raises_nothing(capsys, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    check("98.1", ...)
    check("98.1", chatty)
    said = capsys.readouterr()
    wrong, right, *printed = said.out.splitlines()
    assert wrong.startswith("Not yet. There is no answer yet")
    assert right.startswith("That's right. ")
    assert printed == ["Your code printed:", "    a look inside"]
    assert said.err == ""


@pytest.mark.parametrize("mode", ["autograde", "validate"])
def test_check_raises_for_nbgrader(mode, capsys, monkeypatch):
    """A line on stderr below a check would cost its points."""
    monkeypatch.setenv("NBGRADER_EXECUTION", mode)
    check("98.1", chatty)
    said = capsys.readouterr()
    assert said.out.startswith("That's right. ")
    assert (said.out.count("\n"), said.err) == (3, "")
    with pytest.raises(AssertionError, match=r"Not yet\. This is the fraction of paper"):
        check("98.1", lambda images: (images <= 127).float().mean())


@pytest.mark.parametrize("answer", [7, 7.0, np.float32(7), torch.tensor([7]), np.full(1, 7)])
def test_one_number(answer):
    assert core.number(answer) == 7


def test_an_unknown_task_gets_a_sentence():
    for name in ("1.2", 1.2):
        assert judge(name, 1) == (False, "There is no task '1.2'. Do you mean 01.2?")


def returns_nothing(images):
    (images > 127).double().mean()


def prints(images):
    print((images > 127).double().mean())


def lacks_a_branch(images):  # noqa: RET503
    if images.any():
        return (images > 127).double().mean()


def has_dots(images):
    """With code before the dots."""
    edge = 127
    edge + 1
    ...  # noqa: PIE790


def changes(images):
    images[images <= 127] = 0
    return (images > 0).double().mean()


def divides(images):
    return 1 / 0


def calls_itself(images):
    return calls_itself(images)


def stops_in_the_first_round(images):  # noqa: RET503
    for image in images[:0]:
        return image.mean()


def skips(images):
    if len(images) > 999:
        fraction = 1
    return fraction


def needs_another(images):
    return mean_images(images).mean()  # noqa: F821


def test_the_text_of_python_c_is_not_the_learners_code(monkeypatch):
    names = {}
    exec("def share(images):\n    ...", names)
    other = ["import sys\n"] * 9
    monkeypatch.setitem(linecache.cache, "<string>", (9, None, other, "<string>"))
    with pytest.raises(core.WrongAnswer, match="replace the three dots"):
        core.call(names["share"], 1)


@pytest.mark.parametrize(
    ("mine", "copy"),
    [
        ({"a": 1}, "mine.copy()"),
        ([2, 1], "mine.copy()"),
        ({"a": [2, 1]}, "copy.deepcopy(mine)"),
        ([[2, 1]], "copy.deepcopy(mine)"),
    ],
)
def test_whoever_changes_what_is_the_callers_hears_which_copy_is_deep_enough(mine, copy):
    def spoils(mine):
        inside = [*mine.values()] if isinstance(mine, dict) else mine
        (inside[0] if isinstance(inside[0], list) else mine).clear()
        return 1

    with pytest.raises(core.WrongAnswer, match=re.escape(f"Work on a copy: `{copy}`")):
        core.call(spoils, mine)


def test_a_change_in_the_middle_of_a_large_tensor_in_a_dictionary_is_seen():
    def spoils(weights):
        weights["layer"][1000] += 1e-6
        return 1

    with pytest.raises(core.WrongAnswer, match="changes `weights`"):
        core.call(spoils, {"layer": torch.zeros(2000)})


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (returns_nothing, "does not end with `return`"),
        (prints, "`return` instead of `print`"),
        (lacks_a_branch, "Each way through an `if`"),
        (stops_in_the_first_round, "Should it stand behind the loop?"),
        (has_dots, "replace the three dots"),
        (changes, "changes `images`"),
        (divides, "`return 1 / 0`, with ZeroDivisionError: division by zero"),
        (needs_another, "That is your answer to 98.2: run its cell first"),
        (lambda images: "0.13", "is a text"),
        (lambda images: float("nan"), "NaN"),
        (lambda images: float("inf"), "infinite"),
        (lambda images: [0.13], "is a list"),
        (lambda images, more: 0, "called with 1 argument, but it takes (images, more)"),
        (lambda images: images.float().mean, "are its brackets `()` missing?"),
        (lambda images: sys.exit(), "`exit` and `quit` end a program"),
        (lambda images: (yield 1), "`yield` does not"),
        (calls_itself, "calls itself without an end"),
        (lambda images: print(images.min()), "not `print`"),
        (lambda images: float(input()), "not `input`"),
        (lambda images: map(float, images), "`list` makes a list of it"),
        (lambda images: float, "is the type `float` itself"),
        (float, "a class, `float`"),
        (lambda images: images.ravel().fill_(256), "a byte goes from 0 to 255"),
        (skips, "skip that line"),
        (lambda images: images.ravel()[10**6], "Counting starts at 0"),
        (
            lambda images: (images > 127).double().mean() * len(images[:3]) / 3,
            "Right for 2 of the 3",
        ),
        (None, "is None"),
    ],
)
def test_each_kind_of_mistake_has_its_sentence(answer, words):
    passed, said = judge("98.1", answer)
    assert not passed
    assert words in said


def test_what_code_prints_is_bounded_and_a_fault_of_a_check_is_not_the_learners(
    capsys, monkeypatch
):
    check("98.1", lambda images: print("a" * 99, *range(500), sep="\n"))
    assert len(capsys.readouterr().out) < 1500
    assert "ink_fraction" in judge("98.1")[1]
    monkeypatch.setitem(core._tasks, "98.1", math.factorial)
    assert judge("98.1", -1)[1].startswith("The check cannot use your answer")


def test_different_numbers_look_different():
    assert core.apart(2.82148, 2.82149) == ("2.82148", "2.82149")
    with pytest.raises(core.WrongAnswer, match=r"^1 2 3$"):
        core.compare([1, 2], [1, 3], {}, "{place} {given} {right}")


# The generator


def marked(*lines, indent=""):
    return "\n".join(indent + line for line in (BEGIN, *lines, END))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (marked("x = 1"), "# Your code here.\nx = ..."),
        (
            marked("x, y = 1, 2", "z: int = 3", "x = 4"),
            "# Your code here.\nx = ...\ny = ...\nz = ...",
        ),
        (marked("print(1)"), "# Your code here.\n..."),
        (
            "def f(x):\n" + marked("y = x", "return y", indent="    ") + "\n\n\nf",
            "def f(x):\n    # Your code here.\n    ...\n\n\nf",
        ),
        (
            "a = 1\n" + marked("b = 2") + "\n" + marked("c = 3"),
            "a = 1\n# Your code here.\nb = ...\n# Your code here.\nc = ...",
        ),
    ],
)
def test_a_solution_becomes_dots(source, expected):
    assert without_solution(source) == expected


def test_a_model_answer_becomes_a_place_to_write():
    assert without_solution(marked("Because."), markdown=True) == "*Your answer here.*"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = 1", "must have the mark"),
        (f"{BEGIN}\nx = 1", "END SOLUTION' is missing"),
        (f"x = 1\n{END}", "not part of a pair"),
        (marked("x = 1", BEGIN), "not part of a pair"),
        (marked("def f():", "    return 1"), "'f' is defined between the marks"),
    ],
)
def test_marks_that_cannot_be_used_get_a_sentence(source, words):
    with pytest.raises(ExercisesError, match=words):
        without_solution(source)


@pytest.fixture
def project(tmp_path):
    """A small project with one solution."""
    settings = {"nbgrader": {"grade": False, "grade_id": "a", "solution": True}}
    cells = [
        new_markdown_cell("[![Colab](x)](y/solutions/01.ipynb)\n\n# 01 · Data: solutions", id="a"),
        new_code_cell("%pip x", metadata={"tags": [SETUP_TAG]}, id="b"),
        new_code_cell(marked("x = 1"), metadata=settings, id="c", execution_count=1),
    ]
    (tmp_path / "notebooks" / SOURCE).mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells), tmp_path / "notebooks" / SOURCE / "01_data.ipynb")
    return tmp_path


def run(root, *arguments):
    return exercises.main(["--root", str(root), *arguments])


def test_the_command_writes_and_checks(project, capsys):
    target = project / "notebooks" / TARGET / "01_data.ipynb"
    assert run(project, "--check") == 1
    assert "exercises/01_data.ipynb differs from its solution" in capsys.readouterr().out
    assert not target.exists()
    assert run(project) == 0
    first = target.read_bytes()
    assert run(project, "--check") == 0
    assert run(project) == 0
    assert target.read_bytes() == first
    cells = nbformat.read(target, as_version=4).cells
    assert cells[0].source == "[![Colab](x)](y/exercises/01.ipynb)\n\n# 01 · Data: exercises"
    assert cells[1].source == "%pip x"
    assert cells[2].source == "# Your code here.\nx = ..."
    assert cells[2].execution_count is None
    old = target.with_name("09_old.ipynb")  # it has no solution, so it goes
    old.write_text("{}", encoding="utf-8")
    assert run(project, "--check") == 1
    assert run(project) == 0
    assert not old.exists()


def test_a_broken_solution_is_named(project, capsys):
    path = project / "notebooks" / SOURCE / "01_data.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace(END, "x"), encoding="utf-8")
    assert run(project) == 2
    assert "solutions/01_data.ipynb, cell 3: The mark" in capsys.readouterr().err
    path.write_text("no", encoding="utf-8")
    assert run(project) == 2
    assert "solutions/01_data.ipynb is not a notebook" in capsys.readouterr().err
