"""The checks: which stages there are, what a failure ends, and that notebooks leave no trace."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import LONGEST
from tools import check

ROOT = Path(__file__).resolve().parents[2]
SERIES = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


class Process:
    """A program that pretends to run and ends with this exit code."""

    def __init__(self, code):
        self.code = code

    def wait(self):
        if isinstance(self.code, BaseException):
            raise self.code
        return self.code

    def kill(self):
        self.code = -9


@pytest.fixture
def ran(monkeypatch):
    """What was started, in order; `ran.ends` maps the beginning of a command to its exit code."""

    class Ran(list):
        def __init__(self):
            self.ends, self.processes = {}, []

        def start(self, command, stdout=None, **_):
            line = " ".join(command)
            here = [end for beginning, end in self.ends.items() if line.startswith(beginning)]
            if command == check.ON_A_GPU:
                stdout.write(b"what the pretended GPU says\n")
            elif stdout:
                stdout.write(b"what the notebooks say\n")
                copies = [Path(word) for word in command if word.endswith(".ipynb")]
                assert [copy.name for copy in copies] == SERIES
                assert all(copy.exists() and ROOT not in copy.parents for copy in copies)
                self.folder = copies[0].parent
            self.append(line)
            self.processes.append(Process(*here or [0]))
            return self.processes[-1]

    made = Ran()
    monkeypatch.setattr(check, "start", made.start)
    return made


ON_A_GPU = "tools.listener --try"
NBMAKE = "pytest --nbmake --nbmake-kernel=python3 --nbmake-timeout=600"
STYLE = ["ruff check .", "ruff format --check .", "mypy", "tools.prose"]
FAST, SLOW = (
    f"pytest -n {min(4, processes)} --dist loadfile --no-loadscope-reorder -m"
    for processes in (os.cpu_count(), os.cpu_count() + 1)
)
STAGES = [*STYLE, f"{FAST} not slow and not seconds", f"{SLOW} slow or seconds"]


def assert_started(ran, expected):
    assert len(ran) == len(expected)
    assert all(line.startswith(beginning) for line, beginning in zip(ran, expected, strict=True))


@pytest.mark.parametrize(("lane", "count"), [("style", 4), ("quick", 5)])
def test_a_lane_checks_the_style_the_types_the_prose_and_perhaps_the_fast_tests(
    lane, count, ran, capfd
):
    assert check.main([lane]) == 0
    assert_started(ran, STAGES[:count])
    assert "== All passed in 0 s: style " in capfd.readouterr().out


def test_all_runs_the_pretended_gpu_and_copies_of_the_notebooks_beside_the_slow_tests(ran, capfd):
    assert check.main(["all"]) == 0
    assert_started(ran, [*STAGES[:-1], ON_A_GPU, NBMAKE, STAGES[-1]])
    out = capfd.readouterr().out
    assert out.count("what the notebooks say") == out.count("what the pretended GPU says") == 1
    assert not ran.folder.exists()


@pytest.mark.parametrize(
    ("failing", "count"),
    [
        ("ruff check", 2),
        ("ruff format", 2),
        ("mypy", 4),
        ("tools.prose", 4),
        (f"{FAST} not slow and not seconds", 5),
        (f"{SLOW} slow", 8),
        ("pytest --nbmake", 8),
        ("tools.listener", 8),
    ],
)
# 5: pytest found no test at all.
@pytest.mark.parametrize("code", [1, 5])
def test_the_first_stage_that_fails_is_the_last(failing, count, code, ran, capfd):
    ran.ends = {failing: code}
    assert check.main(["all"]) == 1
    assert len(ran) == count
    out, err = capfd.readouterr()
    assert "All passed" not in out
    assert "== Failed: " in err
    # Slow tests that fail let the notebooks end, so that both are told.
    assert ("what the notebooks say" in out) == (count == 8)
    assert count < 8 or not ran.folder.exists()


def test_the_files_that_begin_are_there():
    assert all((ROOT / "tests" / name).exists() for name in LONGEST)


def test_ctrl_c_ends_the_tests_and_the_notebooks(ran):
    ran.ends = {f"{SLOW} slow": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        check.main(["all"])
    assert [ran.processes[place].code for place in (0, -2, -1)] == [-9, -9, -9]
    assert not ran.folder.exists()


def test_a_program_runs_in_the_project_with_this_python():
    with check.start(["ruff", "--version"], stdout=subprocess.PIPE) as process:
        assert process.stdout.read().startswith(b"ruff ")
    assert process.args[:2] == [sys.executable, "-m"]
