"""The branch that students fetch has the series and the exercises, and no solutions."""

import os
import shutil

import pytest

from tools import students

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
FILES = (
    *("notebooks/01_data.ipynb", "notebooks/exercises/01_data.ipynb", "notebooks/images/a.svg"),
    *("notebooks/solutions/01_data.ipynb", "tests/lessons/answers.py", "LICENSE", "README.md"),
)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A clone of the course, with a file that was changed and one that is about to be committed."""
    for name in ("GLOBAL", "SYSTEM"):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", os.devnull)
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "ann")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "ann@localhost")
    root = tmp_path / "course"
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "notebooks/02 ü.ipynb").write_text("mine")
    students.git(root, "init", "--quiet", "--initial-branch=main")
    students.git(root, "add", "--all")
    students.git(root, "commit", "--quiet", "--message", "first")
    (root / "notebooks/01_data.ipynb").write_text("changed")
    (root / "LICENSE").write_text("changed")
    students.git(root, "add", "LICENSE")
    return root


def test_it_has_what_students_need_and_no_solutions_and_yours_stays(course, tmp_path, capsys):
    before = students.git(course, "status", "--short", "--branch")
    assert students.main(course) == 0
    assert "git push origin students" in capsys.readouterr().out
    assert students.git(course, "status", "--short", "--branch") == before
    students.git(tmp_path, "clone", "--quiet", "--branch=students", str(course), "home")
    home = tmp_path / "home"
    found = {str(one.relative_to(home)) for one in home.rglob("*") if one.is_file()}
    found = {name for name in found if not name.startswith(".git")}
    assert found == {*FILES[:3], "LICENSE"}
    assert all((home / name).read_text() == name for name in found)  # as committed
    assert len(students.git(home, "log", "--format=%h").split()) == 1  # nor an older version


def test_it_goes_on_from_the_last_time_and_only_if_something_has_changed(course, tmp_path):
    assert students.write_branch(course)
    assert not students.write_branch(course)
    (course / FILES[3]).write_text("a better solution")
    students.git(course, "commit", "--quiet", "--message", "second", "--", FILES[3])
    assert not students.write_branch(course)
    students.git(course, "commit", "--quiet", "--message", "third", "--", FILES[0])
    assert students.write_branch(course)
    assert len(students.git(course, "log", "--format=%h", "students").split()) == 2
    assert students.git(course, "show", f"students:{FILES[0]}") == "changed"


def test_without_a_repository_git_says_why(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert students.main(tmp_path) == 1
    assert "not a git repository" in capsys.readouterr().err


def test_the_real_course_hands_out_every_notebook_and_no_solution():
    listed = students.git(students.ROOT, "ls-files", "--", *students.HANDED_OUT).split()
    assert "notebooks/00_start_here.ipynb" in listed
    assert {"notebooks/exercises/01_data.ipynb", "notebooks/glossary.md"} <= set(listed)
    assert "notebooks/quizzes/01_data.md" in listed
    assert not [name for name in listed if "solution" in name]
