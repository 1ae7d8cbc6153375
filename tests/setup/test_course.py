"""An update and a fresh start, on real clones: whatever a learner has done, nothing is lost."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
NOTEBOOK = "notebooks/03_training.ipynb"
OTHER = "notebooks/04_evaluation.ipynb"


class Clone:
    """A repository, or a learner's clone of one."""

    def __init__(self, root):
        self.root = root

    def git(self, *words):
        # Without the settings of whoever runs the tests.
        clean = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        names = ["-c", "user.name=ann", "-c", "user.email=ann@localhost"]
        command = ["git", *names, "-c", "protocol.file.allow=always", *words]
        process = subprocess.run(
            command, cwd=self.root, env=os.environ | clean, capture_output=True, text=True
        )
        assert process.returncode == 0, process.stderr
        return process.stdout

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def read(self, path):
        return (self.root / path).read_text(encoding="utf-8")

    def commit(self, message):
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--message", message)

    def call(self, *words, code=0, program=("-m", "tools.course"), **options):
        """What the program says."""
        command = [sys.executable, *program, *words]
        process = subprocess.run(
            command, cwd=self.root, capture_output=True, text=True, check=False, **options
        )
        said = process.stdout + process.stderr
        assert process.returncode == code, said
        assert "Traceback" not in said
        return said

    def kept(self):
        """What has been set aside so far, in all calls: the text of each path."""
        return {
            "/".join(path.relative_to(self.root / "runs/kept").parts[1:]): path.read_text()
            for path in (self.root / "runs/kept").rglob("*")
            if path.is_file()
        }


@pytest.fixture
def course(tmp_path):
    """The public course: its first version, tagged."""
    course = Clone(tmp_path / "course")
    course.root.mkdir()
    course.git("init", "--quiet", "--initial-branch=main")
    for path in (NOTEBOOK, OTHER, "notebooks/exercises/03_training.ipynb", "docs/page.md"):
        course.write(path, f"{path}, as it came\n")
    course.write("tools/__init__.py", "")
    course.write(".gitignore", (ROOT / ".gitignore").read_text())
    shutil.copy(ROOT / "tools/course.py", course.root / "tools/course.py")
    course.commit("first")
    course.git("tag", "v1")
    return course


@pytest.fixture
def learner(course, tmp_path):
    course.git("clone", "--quiet", course.root.as_uri(), str(tmp_path / "learner"))
    return Clone(tmp_path / "learner")


def publish(course, **files):
    """A new version of the course; by default, with another notebook 03."""
    for path, text in (files or {NOTEBOOK: "03, newer\n"}).items():
        course.write(path, text)
    course.commit("news")
    course.git("tag", "--force", "v2")


# An update


def test_without_news_nothing_is_touched(learner):
    learner.write(NOTEBOOK, "with outputs")
    said = learner.call("update")
    assert "up to date (v1), and your files stay" in said
    assert learner.read(NOTEBOOK) == "with outputs"
    assert not (learner.root / "runs").exists()


def test_an_executed_notebook_makes_room_and_the_others_stay(course, learner):
    publish(course)
    learner.write(NOTEBOOK, "with outputs")
    learner.write(OTHER, "with outputs, too")
    learner.write("notebooks/checkpoints/digit_cnn.safetensors", "trained")
    learner.write("notebooks/mine.png", "drawn")
    said = learner.call("update")
    assert "it went from v1 to v2" in said
    assert f"{NOTEBOOK} is kept as runs/kept/" in said
    assert learner.kept() == {NOTEBOOK: "with outputs"}
    assert learner.read(NOTEBOOK) == "03, newer\n"
    assert learner.read(OTHER) == "with outputs, too"
    assert learner.read("notebooks/checkpoints/digit_cnn.safetensors") == "trained"
    assert learner.read("notebooks/mine.png") == "drawn"
    assert "up to date (v2)" in learner.call("update")


def test_staged_changes_are_kept_in_both_forms(course, learner):
    publish(course)
    learner.write(NOTEBOOK, "staged")
    learner.git("add", NOTEBOOK)
    learner.write(NOTEBOOK, "and changed again")
    learner.call("update")
    assert learner.kept() == {NOTEBOOK: "and changed again"}
    assert learner.git("show", f"stash@{{0}}^2:{NOTEBOOK}") == "staged"
    assert learner.read(NOTEBOOK) == "03, newer\n"


@pytest.mark.parametrize("ignored", [False, True], ids=["unknown", "ignored"])
@pytest.mark.parametrize("staged", [False, True], ids=["untracked", "staged"])
def test_a_file_where_the_course_now_has_one(course, learner, ignored, staged):
    path = "notebooks/checkpoints/best" if ignored else "notebooks/12_mine.ipynb"
    publish(course, **{path: "the course's"})
    learner.write(path, "mine")
    if staged:
        learner.git("add", "--force", path)
    learner.call("update")
    assert learner.kept() == {path: "mine"}
    assert learner.read(path) == "the course's"


def test_files_and_folders_that_change_places(course, learner):
    (course.root / "docs/page.md").unlink()
    (course.root / "docs").rmdir()
    publish(course, **{"docs": "a file", "extra/deep/file": "in a folder", "notes": "a file"})
    learner.write("docs/mine.md", "beside the page")
    learner.write("docs/page.md", "changed")
    learner.write("extra", "a file")
    learner.write("notes/one/two.md", "in a folder")
    learner.call("update")
    assert learner.kept() == {
        "docs/mine.md": "beside the page",
        "docs/page.md": "changed",
        "extra": "a file",
        "notes/one/two.md": "in a folder",
    }
    assert learner.read("docs") == learner.read("notes") == "a file"
    assert learner.read("extra/deep/file") == "in a folder"


def test_deleted_notebooks_and_notebooks_that_the_course_drops(course, learner):
    (course.root / OTHER).unlink()
    publish(course)
    (learner.root / NOTEBOOK).unlink()
    learner.write(OTHER, "with outputs")
    learner.call("update")
    assert learner.read(NOTEBOOK) == "03, newer\n"
    assert not (learner.root / OTHER).exists()
    assert learner.kept() == {OTHER: "with outputs"}


def test_own_commits_go_to_a_branch_and_their_files_are_kept(course, learner):
    publish(course)
    learner.write(NOTEBOOK, "committed")
    learner.write("notebooks/mine.ipynb", "committed, too")
    learner.commit("mine")
    learner.write(NOTEBOOK, "and changed again")
    learner.write(OTHER, "not in the way")
    said = learner.call("update")
    (branch,) = learner.git("branch", "--list", "kept-*").split()
    assert f"commits (1) are kept in the branch {branch}." in said
    assert learner.git("show", f"{branch}:{NOTEBOOK}") == "committed"
    kept = {NOTEBOOK: "and changed again", "notebooks/mine.ipynb": "committed, too"}
    assert learner.kept() == kept
    assert learner.read(NOTEBOOK) == "03, newer\n"
    assert learner.read(OTHER) == "not in the way"
    assert learner.git("rev-parse", "HEAD") == course.git("rev-parse", "HEAD")


def test_a_merge_that_was_begun_is_left_to_its_owner(course, learner):
    publish(course)
    learner.write(NOTEBOOK, "committed")
    learner.commit("mine")
    with pytest.raises(AssertionError):
        learner.git("pull", "--quiet", "--no-rebase")
    for command in ("update", "fresh"):
        said = learner.call(command, code=1)
        assert "`git merge --abort`" in said
        assert "Nothing of yours was changed." in said
    assert "<<<<<<<" in learner.read(NOTEBOOK)
    learner.git("merge", "--abort")
    learner.call("update")
    assert learner.kept() == {NOTEBOOK: "committed"}


def test_a_stash_that_met_a_conflict_is_left_to_its_owner(course, learner):
    publish(course)
    learner.write(NOTEBOOK, "with outputs")
    learner.git("stash")
    learner.git("pull", "--quiet")
    with pytest.raises(AssertionError):
        learner.git("stash", "pop")
    assert "two versions at once" in learner.call("update", code=1)


def test_one_version_that_was_chosen_stays(course, learner):
    publish(course)
    learner.git("checkout", "--quiet", "v1")
    learner.write(NOTEBOOK, "with outputs")
    said = learner.call("update", code=1)
    assert "stays at one version (v1)" in said
    assert "git switch main" in said
    assert learner.read(NOTEBOOK) == "with outputs"


def test_without_internet_nothing_is_touched(course, learner):
    publish(course)
    learner.write(NOTEBOOK, "with outputs")
    course.root.rename(course.root.with_name("gone"))
    said = learner.call("update", code=1)
    assert "Is there an internet connection?" in said
    assert "Nothing of yours was changed." in said
    assert learner.read(NOTEBOOK) == "with outputs"


def test_a_branch_that_follows_nothing_gets_a_sentence(learner):
    learner.git("checkout", "--quiet", "-b", "mine")
    assert "follows no other" in learner.call("update", code=1)


def test_a_copy_from_a_zip_gets_advice(learner):
    shutil.rmtree(learner.root / ".git")
    for command in ("update", "fresh"):
        assert "Download the course again" in learner.call(command, code=1)


@pytest.mark.parametrize("command", ["update", "fresh"])
def test_a_clone_without_the_program_git_is_not_taken_for_a_zip(learner, tmp_path, command):
    said = learner.call(command, code=1, env=os.environ | {"PATH": str(tmp_path)})
    assert "git was not found" in said
    assert "Download the course again" not in said
    assert "Nothing of yours was changed." in said


def test_a_copy_inside_another_repository_is_none(learner, course):
    inner = Clone(learner.root / "unpacked")
    shutil.copytree(course.root / "tools", inner.root / "tools")
    assert "Download the course again" in inner.call("fresh", code=1)


# Interrupted, and in the way of others


BREAKING = """
import sys
from pathlib import Path
from tools import course

def stop(*_, **__):
    raise {error}

{place} = stop
sys.exit(course.main(["{command}"]))
"""


@pytest.mark.parametrize("command", ["update", "fresh"])
@pytest.mark.parametrize("error", ["KeyboardInterrupt", "OSError(28, 'No space left on device')"])
@pytest.mark.parametrize(
    "place", ["course.shutil.copy2", "course.filecmp.cmp", "course.in_batches", "course.say_reload"]
)
def test_ctrl_c_and_a_full_disk_lose_nothing(course, learner, place, error, command):
    publish(course)
    learner.write(NOTEBOOK, "with outputs")
    learner.write("notebooks/mine.png", "drawn")
    code = BREAKING.format(place=place, error=error, command=command)
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=learner.root, capture_output=True, text=True
    )
    assert process.returncode == (130 if error == "KeyboardInterrupt" else 1)
    assert "Traceback" not in process.stderr
    kept, copied = learner.kept(), place.startswith(("course.shutil", "course.filecmp"))
    assert ("Nothing of yours was changed." in process.stderr) == copied
    assert "with outputs" in (kept.get(NOTEBOOK), learner.read(NOTEBOOK))
    if copied:
        assert kept == {}
        assert learner.read(NOTEBOOK) == "with outputs"
        assert learner.read("notebooks/mine.png") == "drawn"
    learner.call(command)
    assert learner.kept()[NOTEBOOK] == "with outputs"
    assert "with outputs" not in learner.read(NOTEBOOK)


@pytest.mark.slow
def test_killed_at_any_moment_it_loses_nothing(course, learner):
    for number in range(8):
        publish(course, **{NOTEBOOK: f"03, version {number}\n"})
        learner.write(NOTEBOOK, f"my work, {number}")
        process = subprocess.Popen(
            [sys.executable, "-m", "tools.course", "update"],
            cwd=learner.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(0.04 + 0.05 * number)
        process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        process.wait()
        time.sleep(0.2)  # what git was doing, it finishes
        works = [path.read_text() for path in (learner.root / "runs").rglob("*.ipynb")]
        assert f"my work, {number}" in [*works, learner.read(NOTEBOOK)]
    learner.call("update")
    assert learner.read(NOTEBOOK) == "03, version 7\n"


STUDENT = 65534
AS_STUDENT = f"""
import os, sys
from tools import course

os.setgroups([])
os.setgid({STUDENT})
os.setuid({STUDENT})
sys.exit(course.main(sys.argv[1:]))
"""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs two users")
def test_on_a_shared_machine_everybody_keeps_what_is_theirs(course, learner, tmp_path, monkeypatch):
    """First the course belongs to its owner, and students may only read it; then to a student."""
    monkeypatch.setenv("HOME", str(tmp_path))  # the student may not see that of the administrator
    publish(course)
    on_the_way = {path: path.stat().st_mode for path in [tmp_path, *tmp_path.parents]}
    try:
        for path, mode in on_the_way.items():
            path.chmod(mode | 0o055)
        for command in ("update", "fresh"):
            said = learner.call(command, code=1, program=("-c", AS_STUDENT))
            assert "You may not change" in said
            assert "git clone" in said
        for path in [learner.root, *learner.root.rglob("*")]:
            os.chown(path, STUDENT, STUDENT)
        # Somebody else's file that nobody may read, and somebody else's folder.
        learner.write("notebooks/secret.png", "not yours")
        (learner.root / "notebooks/secret.png").chmod(0o600)
        learner.write("notebooks/theirs/a.png", "not yours either")
        learner.write(NOTEBOOK, "with outputs")
        said = learner.call("fresh", code=1, program=("-c", AS_STUDENT))
        refused = said.split("could not be moved")[1]
        assert "notebooks/theirs (Permission denied)" in refused
        assert "secret" not in refused
        assert learner.read("notebooks/theirs/a.png") == "not yours either"
        kept = {"notebooks/secret.png": "not yours", NOTEBOOK: "with outputs"}
        assert learner.kept() == kept
        assert learner.read(NOTEBOOK) == f"{NOTEBOOK}, as it came\n"
        # Git works for a folder's owner only, not even for the administrator.
        assert "belongs to somebody else" in learner.call("update", code=1)
    finally:
        for path, mode in on_the_way.items():
            path.chmod(mode)


# A fresh start


def test_the_next_class_finds_the_course_as_it_came(learner):
    learner.write(NOTEBOOK, "with outputs")
    learner.write("docs/page.md", "the teacher's note")
    left = {
        "notebooks/exercises/03_training.ipynb": "solved",
        "notebooks/checkpoints/digit_cnn.safetensors": "trained",
        "notebooks/.ipynb_checkpoints/03_training-checkpoint.ipynb": "an older state",
        "notebooks/space/app.py": "exported",
        "notebooks/Ünïcode drawing.png": "drawn",
        "runs/mine/digit_cnn.safetensors": "trained, too",
    }
    for path, text in left.items():
        learner.write(path, text)
    learner.write("runs/nbgrader/gradebook.db", "marks")
    learner.write("runs/quizzes/quiz_03.xml", "made by the teacher")
    learner.write("runs/site/index.html", "made by the teacher, too")
    learner.write("data/mine.csv", "elsewhere")
    (learner.root / OTHER).unlink()
    said = learner.call("fresh", env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert "Changed files outside notebooks/ stay as they are: docs/page.md" in said
    assert learner.kept() == {NOTEBOOK: "with outputs", **left}
    assert learner.git("status", "--porcelain").split() == ["M", "docs/page.md"]
    here = {path.name for path in (learner.root / "notebooks").iterdir()}
    assert here == {"03_training.ipynb", "04_evaluation.ipynb", "exercises"}
    kept = sorted(path.name for path in (learner.root / "runs").iterdir())
    assert kept == ["kept", "nbgrader", "quizzes", "site"]
    assert "is kept" not in learner.call("fresh")


def test_two_classes_in_one_second_have_two_folders(learner):
    for number in range(2):
        learner.write(NOTEBOOK, f"class {number}")
        learner.call("fresh")
    folders = sorted((learner.root / "runs/kept").iterdir())
    assert [(one / NOTEBOOK).read_text() for one in folders] == ["class 0", "class 1"]


def test_one_notebook_can_begin_anew(learner):
    for path in (NOTEBOOK, OTHER, "notebooks/exercises/03_training.ipynb"):
        learner.write(path, "with outputs")
    learner.write("notebooks/mine.png", "drawn")
    learner.call("fresh", "03")
    kept = {NOTEBOOK, "notebooks/exercises/03_training.ipynb"}
    assert learner.kept() == dict.fromkeys(kept, "with outputs")
    assert learner.read(OTHER) == "with outputs"
    assert learner.read("notebooks/mine.png") == "drawn"
    assert "No notebook begins with '77'" in learner.call("fresh", "77", code=1)


def test_links_are_moved_and_not_followed(learner, tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "far/data.png").write_text("mine")
    (learner.root / "notebooks/link").symlink_to(tmp_path / "far")
    (learner.root / NOTEBOOK).unlink()
    (learner.root / NOTEBOOK).symlink_to(tmp_path / "far/data.png")
    learner.call("fresh")
    assert (tmp_path / "far/data.png").read_text() == "mine"
    assert learner.read(NOTEBOOK) == f"{NOTEBOOK}, as it came\n"
    (folder,) = (learner.root / "runs/kept").iterdir()
    assert (folder / "notebooks/link").is_symlink()
    assert (folder / NOTEBOOK).is_symlink()
