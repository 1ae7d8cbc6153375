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

from tools import classroom, grading, slides
from tools.exercises import SOURCE, TARGET, wanted
from tools.grading import CONFIG, make_course
from tools.links import ROOT

OWN = ROOT / "notebooks" / TARGET  # what students have already
NAMES = sorted(path.stem for path in (ROOT / "notebooks" / SOURCE).glob("[0-9][0-9]_*.ipynb"))


# The folder


def test_a_course_has_every_task_its_solution_and_the_settings(tmp_path):
    written, kept = make_course(tmp_path / "course")
    assert kept == []
    for name in NAMES:
        source = tmp_path / "course" / "source" / name / f"{name}.ipynb"
        assert source.read_bytes() == (OWN / f"{name}.ipynb").read_bytes()
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
    ):
        assert grading.main(["--out", str(out)]) == 1
        assert words in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["essay.txt"]


@pytest.mark.parametrize("tool", [grading, classroom, slides])
@pytest.mark.parametrize("out", ["", " ", "essay.txt/course", "x" * 300, "pipe", "round"])
def test_a_place_where_no_tool_can_write_is_refused_before_the_work(
    tool, out, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "essay.txt").touch()
    if os.name != "nt":
        os.mkfifo("pipe")
        (tmp_path / "round").symlink_to("round")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(SystemExit) as stop:
        tool.main(["--out", out])
    assert stop.value.code == 2
    assert "error: argument --out: " in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before


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

    def marks(self):
        done = self.nbgrader("export")
        assert done.returncode == 0, done.stdout
        with (self.folder / "course" / "grades.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert {row["max_score"] for row in rows if row["assignment"] == GRADED} == {"10.0"}
        return {row["student_id"]: float(row["score"]) for row in rows}

    def executed(self, student):
        return self.folder / "course" / "autograded" / student / GRADED / f"{GRADED}.ipynb"

    def errors(self, student):
        """What the cells of an executed notebook stopped with."""
        cells = nbformat.read(self.executed(student), as_version=4).cells
        return [o.ename for c in cells for o in c.get("outputs", []) if o.output_type == "error"]


def answered(path, *, solved="26789", **answers):
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
    """An answer to task 7 only: checks changed (2), deleted (7), or with tags that skip them."""
    notebook = answered(path, solved="7")
    checks = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("locked")
    }
    checks["01-2-check"].source = 'print("That\'s right.")'
    checks["01-2-check"].metadata.nbgrader |= {"points": 100, "locked": False}
    notebook.cells.remove(checks["01-7-check"])
    checks["01-9-check"].metadata.tags = ["takes-long"]
    checks["01-8-check"].metadata.tags = ["skip-execution"]
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


GRADED = "01_data"
CHATTY = """
import sys

for _ in range(3000):
    print("x" * 1000, end="")
    sys.stdout.flush()


def always_the_same(labels):
    return torch.bincount(labels).max() / len(labels)
"""
WARNS = """
import warnings


def to_pixels(batch):
    warnings.warn("this costs no points")
    return (255 * (batch[:, 0] * STD + MEAN)).round().clamp(0, 255).to(torch.uint8)
"""
FAILED = ("essay", "empty", "folder", "dead")
ENDLESS = "import time\n\n\ndef always_the_same(labels):\n    time.sleep(9999)"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A notebook handed out, handed in by several students, and graded."""
    pytest.importorskip("nbgrader", reason="nbgrader is not installed (the extra grading)")
    course = Course(tmp_path_factory.mktemp("grading"))
    done = course.nbgrader("generate_assignment", GRADED)
    assert done.returncode == 0, done.stdout
    course.released = course.folder / "course" / "release" / GRADED / f"{GRADED}.ipynb"
    wrong = {"task_2": "def always_the_same(labels:", "task_8": "1 / 0", "task_9": "leaked = len"}
    broken = answered(course.released, solved="", task_7=WARNS, **wrong)
    dead = answered(course.released)
    dead.cells.insert(0, nbformat.v4.new_code_cell("import os\nos.kill(os.getpid(), 9)"))
    handed_in = {
        # What was written in the copy that students have already can be graded.
        "perfect": answered(OWN / f"{GRADED}.ipynb", task_2=CHATTY),
        "broken": nbformat.convert(broken, 3),  # an older format
        "dishonest": dishonest(course.released),
        "endless": answered(course.released, task_2=ENDLESS),
        "copied": with_copies(course.released, OWN / "02_cnn.ipynb"),
        "dead": dead,
    }
    long = nbformat.v4.new_code_cell("1 / 0", metadata={"tags": ["takes-long"]})
    handed_in["perfect"].cells.append(long)  # must not be executed
    texts = {student: nbformat.writes(notebook) for student, notebook in handed_in.items()}
    texts |= {"essay": "This is no notebook.", "empty": ""}
    archive = course.folder / "course" / "downloaded" / GRADED / "archive"
    archive.mkdir(parents=True)
    for student, text in texts.items():
        (archive / f"{student}_{GRADED}.ipynb").write_text(text, encoding="utf-8")
    # A damaged zip, a file without a name, and an older file of somebody.
    (archive / "damaged.zip").write_bytes(b"PK damaged")
    (archive / f"{GRADED}.ipynb").write_text("{}", encoding="utf-8")
    older = archive / f"perfect_{GRADED}_old.ipynb"
    older.write_text("{}", encoding="utf-8")
    os.utime(older, (1, 1))
    course.collected = course.nbgrader("zip_collect", GRADED)
    assert course.collected.returncode == 0, course.collected.stdout
    submitted = course.folder / "course" / "submitted"
    (submitted / "folder" / GRADED / f"{GRADED}.ipynb").mkdir(parents=True)
    # `import torch` needs long on a busy machine, so the kernel does it while it starts.
    start_up = course.folder / "ipython/profile_default/startup/imports.py"
    start_up.parent.mkdir(parents=True)
    start_up.write_text("import mnist_helpers.lessons, torch")
    course.environment["IPYTHONDIR"] = str(course.folder / "ipython")
    for course.seconds in (5, 60, 500):
        limit = f"--Execute.timeout={course.seconds}"
        course.limited = course.nbgrader("autograde", GRADED, "--student=endless", "--force", limit)
        stopped = course.limited.returncode == 0 and course.errors("endless")
        if stopped and stopped.count("CellTimeoutError") == 1 and "NameError" not in stopped:
            break
    del course.environment["IPYTHONDIR"]
    course.graded = course.nbgrader("autograde", GRADED, "--Execute.timeout=600")
    return course


@pytest.mark.slow
def test_what_is_handed_out_is_what_students_have_already(course):
    cells = nbformat.read(course.released, as_version=4).cells
    own = nbformat.read(OWN / f"{GRADED}.ipynb", as_version=4).cells
    assert [(c.cell_type, c.source) for c in cells] == [(c.cell_type, c.source) for c in own]
    for cell in cells:
        locked = cell.metadata.get("nbgrader", {}).get("locked", False)
        assert (cell.metadata.get("editable"), locked) in ((None, False), (False, True))


@pytest.mark.slow
def test_the_marks_are_right(course):
    # Of 10; the open question waits for the teacher.
    marks = {"perfect": 8, "broken": 2, "dishonest": 0, "endless": 6, "copied": 8}
    assert course.marks() == marks | dict.fromkeys(FAILED, 0)


@pytest.mark.slow
def test_what_cannot_be_graded_is_named_and_the_others_are_graded(course):
    assert course.graded.returncode == 1
    for student in FAILED:
        words = f"error processing assignment '{GRADED}' for student '{student}'"
        assert words in course.graded.stdout
        assert not course.executed(student).parent.exists()
    assert course.graded.stdout.count("' for student '") == len(FAILED)
    assert "without encryption" not in course.graded.stdout


@pytest.mark.slow
def test_files_that_cannot_be_collected_are_named_and_the_others_are_collected(course):
    said = course.collected.stdout
    assert "damaged.zip cannot be unpacked, so it is left out" in said
    assert "Skipped submission file with older timestamp" in said
    assert "Skipped submission with no match information provided" in said


@pytest.mark.slow
def test_what_a_cell_prints_without_end_is_cut(course):
    assert 500_000 < course.executed("perfect").stat().st_size < 1_500_000


@pytest.mark.slow
def test_errors_stay_with_their_task(course):
    assert course.errors("perfect") == []
    # The definition, then its check, twice; wrong and missing answers fail in their checks.
    twice = ["SyntaxError", "NameError", "ZeroDivisionError", "NameError"]
    assert course.errors("broken") == [*twice, "AssertionError"]
    assert course.errors("dishonest") == ["AssertionError"] * 3


@pytest.mark.slow
def test_a_cell_that_never_ends_is_stopped(course):
    assert course.limited.returncode == 0, course.limited.stdout
    assert f"Timeout waiting for execute reply ({course.seconds}s)" in course.limited.stdout
    assert set(course.errors("endless")) <= {"CellTimeoutError", "KeyboardInterrupt"}
    assert course.errors("endless")


@pytest.mark.slow
def test_a_changed_check_comes_back_and_a_deleted_one_counts_nothing(course):
    cells = {
        cell.metadata.nbgrader.get("grade_id"): cell
        for cell in nbformat.read(course.executed("dishonest"), as_version=4).cells
        if "nbgrader" in cell.metadata
    }
    assert cells["01-2-check"].source == 'check("01.2", always_the_same)'
    assert cells["01-2-check"].metadata.nbgrader.points == 2
    assert "01-7-check" not in cells


@pytest.mark.slow
def test_an_open_question_counts_when_the_teacher_has_read_it(course):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course.folder / 'course' / 'gradebook.db'}") as book:
        waiting = {
            (submission.student.id, grade.name)
            for submission in book.assignment_submissions(GRADED)
            for notebook in submission.notebooks
            for grade in notebook.grades
            if grade.needs_manual_grade and submission.student.id not in FAILED
        }
        answered_it = ("perfect", "endless", "copied")
        deleted = ("dishonest", "01-7-check")
        assert waiting == {(student, "01-6") for student in answered_it} | {deleted}
        grade = book.find_grade("01-6", GRADED, GRADED, "perfect")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.db.commit()
    assert course.marks()["perfect"] == 9.5


@pytest.mark.slow
def test_feedback_says_what_each_check_said(course):
    done = course.nbgrader("generate_feedback", GRADED, "--student=broken")
    assert done.returncode == 0, done.stdout
    page = course.folder / "course" / "feedback" / "broken" / GRADED / f"{GRADED}.html"
    text = page.read_text(encoding="utf-8")
    assert "That's right." in text.replace("&#39;", "'")
    assert "Not yet." in text
    assert "(Score: 2.0 / 10.0)" in text
