"""The course folder for nbgrader, and its whole cycle: from the tasks to the marks in a file."""

import copy
import csv
import importlib.metadata
import json
import os
import re
import subprocess
import sys

import nbformat
import pytest

from tools import grading
from tools.exercises import SOURCE, TARGET, wanted
from tools.grading import CONFIG, make_course
from tools.links import ROOT

NAMES = sorted(path.stem for path in (ROOT / "notebooks" / SOURCE).glob("[0-9][0-9]_*.ipynb"))


# The folder


def test_a_course_has_every_task_its_solution_and_the_settings(tmp_path):
    written, kept = make_course(tmp_path / "course")
    assert kept == []
    for name in NAMES:
        source = tmp_path / "course" / "source" / name / f"{name}.ipynb"
        assert source.read_bytes() == (ROOT / "notebooks" / TARGET / f"{name}.ipynb").read_bytes()
        assert f"solutions/{name}.ipynb" in written
        assert f"`{name}`" in (tmp_path / "course" / "README.md").read_text(encoding="utf-8")
    assert len(written) == 2 * len(NAMES) + 2
    assert make_course(tmp_path / "course") == ([], [])  # called again, it changes nothing
    assert "@" not in (tmp_path / "course" / "README.md").read_text(encoding="utf-8")


def test_nothing_that_is_there_is_overwritten(tmp_path, capsys):
    make_course(tmp_path)
    mine = {"gradebook.db": "points", "submitted/anna/01_data/01_data.ipynb": "answers"}
    mine |= {CONFIG: "settings", "source/01_data/01_data.ipynb": "tasks"}
    for name, text in mine.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "solutions" / "02_cnn.ipynb").unlink()
    assert grading.main(["--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert {name: (tmp_path / name).read_text(encoding="utf-8") for name in mine} == mine
    assert said.count("  written  ") == 1
    assert "  written  solutions/02_cnn.ipynb" in said
    assert said.count("  kept     ") == 2
    assert "  kept     source/01_data/01_data.ipynb: it differs from the series" in said
    assert "Left alone: submitted, gradebook.db." in said


def test_students_files_are_known_by_their_names(tmp_path, monkeypatch):
    """Also those with a longer name, and those that a browser has numbered."""
    make_course(tmp_path)
    monkeypatch.chdir(tmp_path)
    pattern = course_settings(tmp_path)["FileNameCollectorPlugin"]["named_regexp"]
    for name in NAMES:
        for file in (f"anna_{name}.ipynb", f"anna-{name} (1).ipynb", f"anna {name}_new.ipynb"):
            found = re.match(pattern, f"/archive/{file}")
            assert (found["student_id"], found["file_id"]) == ("anna", name)
    assert re.match(pattern, "/archive/01_data.ipynb") is None
    assert re.match(pattern, "/archive/anna.ipynb") is None


def course_settings(folder):
    """The settings that nbgrader would read."""
    pytest.importorskip("nbgrader", reason="nbgrader is not installed (the extra grading)")
    from traitlets.config import Config

    settings = Config()
    source = (folder / CONFIG).read_text(encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nbgrader.plugins.zipcollect.unzip", None)  # the file replaces it
        exec(source, {"get_config": lambda: settings, "__name__": "settings"})
    return settings


def test_another_folder_is_refused(tmp_path, capsys):
    (tmp_path / "essay.txt").touch()
    for out, words in (
        (tmp_path, "is not a course folder, so it was left alone. Name another"),
        (tmp_path / "essay.txt", "is a file"),
        (tmp_path / "essay.txt" / "course", "cannot be written or read: Not a directory."),
    ):
        assert grading.main(["--out", str(out)]) == 1
        assert words in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["essay.txt"]


def test_a_project_without_solutions_gets_a_sentence(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(grading, "wanted", lambda: wanted(tmp_path))
    assert grading.main(["--out", str(tmp_path / "course")]) == 1
    assert "There are no notebooks in" in capsys.readouterr().err


def test_learners_see_nothing_of_what_only_teachers_and_the_tests_need():
    """`make lab` starts JupyterLab with the settings in tools/jupyter.

    JupyterLab's spell checker is there for its dictionary; it would mark British words as wrong.
    """
    pytest.importorskip("nbgrader", reason="nbgrader is not installed (the extra grading)")
    pytest.importorskip("jupyterlab_spellchecker", reason="it is not installed (the extra dev)")
    files = [
        file
        for package in ("nbgrader", "jupyterlab-spellchecker")
        for file in importlib.metadata.files(package)
    ]
    lab, server = (
        json.loads((ROOT / "tools" / "jupyter" / name).read_text(encoding="utf-8"))
        for name in ("labconfig/page_config.json", "jupyter_server_config.json")
    )
    packages = [f for f in files if "labextensions" in f.parts and f.name == "package.json"]
    names = {json.loads(file.read_text(encoding="utf-8"))["name"] for file in packages}
    assert len(names) == 2
    assert names <= {name for name, off in lab["disabledExtensions"].items() if off}
    brought = [
        json.loads(file.read_text(encoding="utf-8"))["ServerApp"]["jpserver_extensions"]
        for file in files
        if "jupyter_server_config.d" in file.parts
    ]
    assert len(brought) == 2
    assert (
        dict.fromkeys(brought[0] | brought[1], False) == server["ServerApp"]["jpserver_extensions"]
    )


# The cycle


def jupyter_data():
    """The folder of nbconvert's templates: another one if it is linked from elsewhere."""
    files = importlib.metadata.files("nbconvert")
    (file,) = (file for file in files if file.parts[-3:] == ("templates", "base", "null.j2"))
    return file.locate().resolve().parents[3]


class Course:
    """A course folder, with nbgrader called as a teacher calls it."""

    def __init__(self, folder):
        self.folder = folder
        make_course(folder / "course")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "NBGRADER"))}
        # No PATH to the environment: nbgrader must find alembic without it.
        self.environment = kept | {
            "HOME": str(folder),
            "PATH": os.defpath,
            "JUPYTER_PATH": str(jupyter_data()),
            "PYTHONPATH": str(ROOT),
        }

    def nbgrader(self, *arguments):
        return subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=self.folder / "course",
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
        )

    def hand_in(self, student, name, text):
        """Put a file where the teacher puts what came back."""
        folder = self.folder / "course" / "downloaded" / name / "archive"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{student}_{name}.ipynb").write_text(text, encoding="utf-8")

    def marks(self):
        done = self.nbgrader("export")
        assert done.returncode == 0, done.stdout
        with (self.folder / "course" / "grades.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert {row["max_score"] for row in rows if row["assignment"] in GRADED} == {"12.0"}
        return {(row["student_id"], row["assignment"][:2]): float(row["score"]) for row in rows}

    def errors(self, student, name):
        """What the cells of an executed notebook stopped with."""
        path = self.folder / "course" / "autograded" / student / name / f"{name}.ipynb"
        cells = nbformat.read(path, as_version=4).cells
        return [o.ename for c in cells for o in c.get("outputs", []) if o.output_type == "error"]


def answered(path, *, solved="123456", **answers):
    """A student's notebook.

    Args:
        path: the tasks, without answers.
        solved: the tasks with the right answer.
        **answers: other answers: ``task_3="..."``.
    """
    notebook = nbformat.read(path, as_version=4)
    solutions = nbformat.read(ROOT / "notebooks" / SOURCE / path.name, as_version=4)
    right = {
        c.metadata.nbgrader.grade_id: c.source for c in solutions.cells if "nbgrader" in c.metadata
    }
    for cell in notebook.cells:
        settings = cell.metadata.get("nbgrader", {})
        if settings.get("solution"):
            task = settings["grade_id"][-1]
            if task in solved:
                cell.source = right[settings["grade_id"]]
            cell.source = answers.get(f"task_{task}", cell.source)
    return notebook


def dishonest(path):
    """An answer to task 2 only: checks changed (1), deleted (2), or with tags that skip them."""
    notebook = answered(path, solved="2")
    checks = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("locked")
    }
    checks["01-1-check"].source = 'print("That\'s right.")'
    checks["01-1-check"].metadata.nbgrader |= {"points": 100, "locked": False}
    notebook.cells.remove(checks["01-2-check"])
    checks["01-3-check"].metadata.tags = ["takes-long"]
    checks["01-4-check"].metadata.tags = ["skip-execution"]
    return notebook


def with_copies(path, other):
    """Right answers; below them a copy of each cell with a name, and the cells of another notebook.

    The copy of the first is as if it came from an older version of nbgrader.
    """
    notebook = answered(path)
    own = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    notebook.cells += copy.deepcopy([*own, *answered(other).cells])
    notebook.cells[-1].metadata.nbgrader = {}
    own[0].metadata.nbgrader.schema_version = 1
    for number, cell in enumerate(notebook.cells):
        cell.id = f"c{number}"
    return notebook


GRADED = ("01_data", "02_cnn")
CHATTY = """
import sys


def ink_fraction(images):
    for _ in range(3000):
        print("x" * 1000, end="")
        sys.stdout.flush()
    return (images > 127).float().mean()
"""
WARNS = """
import warnings


def ink_fraction(images):
    warnings.warn("this costs no points")
    return (images > 127).float().mean()
"""
FAILED = ("essay", "empty", "folder", "dead")
ENDLESS = "def ink_fraction(images):\n    while True:\n        pass"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Two notebooks handed out, handed in by several students, and graded."""
    pytest.importorskip("nbgrader", reason="nbgrader is not installed (the extra grading)")
    course = Course(tmp_path_factory.mktemp("grading"))
    first, second = GRADED
    for name in GRADED:
        done = course.nbgrader("generate_assignment", name)
        assert done.returncode == 0, done.stdout
    released = course.folder / "course" / "release" / first / f"{first}.ipynb"
    handed_in = {
        "perfect": answered(released),
        "half": answered(released, solved="23", task_1=WARNS, task_4="mean_images = len"),
        "broken": answered(released, task_1="def ink_fraction(images:", task_2="1 / 0"),
        "untouched": answered(released, solved=""),
        "dishonest": dishonest(released),
        "endless": answered(released, task_1=ENDLESS),
        "copied": with_copies(released, ROOT / "notebooks" / TARGET / f"{second}.ipynb"),
        "chatty": answered(released, task_1=CHATTY),
        "dead": answered(released, task_1="import os\nos.kill(os.getpid(), 9)"),
    }
    long = nbformat.v4.new_code_cell("1 / 0", metadata={"tags": ["takes-long"]})
    handed_in["perfect"].cells.append(long)  # must not be executed
    for student, notebook in handed_in.items():
        course.hand_in(student, first, nbformat.writes(notebook))
    course.hand_in("essay", first, "This is no notebook.")
    course.hand_in("empty", first, "")
    course.hand_in("format3", first, nbformat.writes(nbformat.convert(answered(released), 3)))
    # A damaged zip, a file without a name, and an older file of somebody.
    archive = course.folder / "course" / "downloaded" / first / "archive"
    (archive / "damaged.zip").write_bytes(b"PK damaged")
    (archive / f"{first}.ipynb").write_text("{}", encoding="utf-8")
    older = archive / f"perfect_{first}_old.ipynb"
    older.write_text("{}", encoding="utf-8")
    os.utime(older, (1, 1))
    # What was written in the copy that students have already can be graded, too.
    own = ROOT / "notebooks" / TARGET / f"{second}.ipynb"
    course.hand_in("perfect", second, nbformat.writes(answered(own)))
    for name in reversed(GRADED):
        course.collected = course.nbgrader("zip_collect", name)
        assert course.collected.returncode == 0, course.collected.stdout
    (course.folder / "course" / "submitted" / "folder" / first / f"{first}.ipynb").mkdir(
        parents=True
    )
    for course.seconds in (12, 60, 500):  # a busy machine needs long for `import torch` alone
        limit = f"--Execute.timeout={course.seconds}"
        course.limited = course.nbgrader("autograde", first, "--student=endless", "--force", limit)
        stopped = course.limited.returncode == 0 and course.errors("endless", first)
        if stopped and stopped.count("CellTimeoutError") == 1:
            break
    course.first = course.nbgrader("autograde", first, "--Execute.timeout=600")
    course.second = course.nbgrader("autograde", second, "--Execute.timeout=600")
    return course


@pytest.mark.slow
@pytest.mark.parametrize("name", GRADED)
def test_what_is_handed_out_is_what_students_have_already(course, name):
    released = course.folder / "course" / "release" / name / f"{name}.ipynb"
    cells = nbformat.read(released, as_version=4).cells
    own = nbformat.read(ROOT / "notebooks" / TARGET / f"{name}.ipynb", as_version=4).cells
    assert [(c.cell_type, c.source) for c in cells] == [(c.cell_type, c.source) for c in own]
    for cell in cells:
        locked = cell.metadata.get("nbgrader", {}).get("locked", False)
        assert (cell.metadata.get("editable"), locked) in ((None, False), (False, True))


@pytest.mark.slow
def test_the_marks_are_right(course):
    assert course.second.returncode == 0, course.second.stdout
    # Of 12; the open question waits for the teacher.
    first = {"perfect": 10, "half": 6, "broken": 6, "untouched": 0, "dishonest": 0}
    first |= {"endless": 8, "copied": 10, "chatty": 10, "format3": 10}
    first |= dict.fromkeys(FAILED, 0)
    second = dict.fromkeys(first, 0) | {"perfect": 10}
    assert course.marks() == {
        (student, number): points
        for number, marks in (("01", first), ("02", second))
        for student, points in marks.items()
    }


@pytest.mark.slow
def test_what_cannot_be_graded_is_named_and_the_others_are_graded(course):
    assert course.first.returncode == 1
    for student in FAILED:
        words = f"error processing assignment '01_data' for student '{student}'"
        assert words in course.first.stdout
        assert not (course.folder / "course" / "autograded" / student).exists()
    assert course.first.stdout.count("' for student '") == len(FAILED)
    assert "without encryption" not in course.first.stdout


@pytest.mark.slow
def test_files_that_cannot_be_collected_are_named_and_the_others_are_collected(course):
    said = course.collected.stdout
    assert "damaged.zip cannot be unpacked, so it is left out" in said
    assert "Skipped submission file with older timestamp" in said
    assert "Skipped submission with no match information provided" in said


@pytest.mark.slow
def test_what_a_cell_prints_without_end_is_cut(course):
    path = course.folder / "course" / "autograded" / "chatty" / "01_data" / "01_data.ipynb"
    assert 500_000 < path.stat().st_size < 1_500_000


@pytest.mark.slow
def test_errors_stay_with_their_task(course):
    assert course.errors("perfect", "01_data") == []
    # The definition, then its check, twice; a wrong and a missing answer fail in their checks.
    broken = course.errors("broken", "01_data")
    assert broken == ["SyntaxError", "NameError", "ZeroDivisionError", "NameError"]
    assert course.errors("half", "01_data") == ["AssertionError"] * 2
    assert course.errors("untouched", "01_data") == ["AssertionError"] * 5


@pytest.mark.slow
def test_a_cell_that_never_ends_is_stopped(course):
    assert course.limited.returncode == 0, course.limited.stdout
    assert f"Timeout waiting for execute reply ({course.seconds}s)" in course.limited.stdout
    assert set(course.errors("endless", "01_data")) <= {"CellTimeoutError", "KeyboardInterrupt"}
    assert course.errors("endless", "01_data")


@pytest.mark.slow
def test_a_changed_check_comes_back_and_a_deleted_one_counts_nothing(course):
    path = course.folder / "course" / "autograded" / "dishonest" / "01_data" / "01_data.ipynb"
    cells = {
        cell.metadata.nbgrader.get("grade_id"): cell
        for cell in nbformat.read(path, as_version=4).cells
        if "nbgrader" in cell.metadata
    }
    assert cells["01-1-check"].source == 'check("01.1", ink_fraction)'
    assert cells["01-1-check"].metadata.nbgrader.points == 2
    assert "01-2-check" not in cells


@pytest.mark.slow
def test_an_open_question_counts_when_the_teacher_has_read_it(course):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course.folder / 'course' / 'gradebook.db'}") as book:
        waiting = {
            (grade.student.id, grade.name)
            for name in GRADED
            for submission in book.assignment_submissions(name)
            for notebook in submission.notebooks
            for grade in notebook.grades
            if grade.needs_manual_grade and submission.student.id not in FAILED
        }
        assert waiting == {
            ("perfect", "01-6"),
            ("broken", "01-6"),
            ("endless", "01-6"),
            ("copied", "01-6"),
            ("chatty", "01-6"),
            ("format3", "01-6"),
            ("dishonest", "01-2-check"),  # the deleted one
            ("perfect", "02-6"),
        }
        grade = book.find_grade("02-6", "02_cnn", "02_cnn", "perfect")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.db.commit()
    assert course.marks()["perfect", "02"] == 11.5


@pytest.mark.slow
def test_feedback_says_what_each_check_said(course):
    done = course.nbgrader("generate_feedback", "01_data", "--student=half")
    assert done.returncode == 0, done.stdout
    page = course.folder / "course" / "feedback" / "half" / "01_data" / "01_data.html"
    text = page.read_text(encoding="utf-8")
    assert "That's right." in text.replace("&#39;", "'")
    assert "Not yet." in text
    assert "(Score: 6.0 / 12.0)" in text
