"""What `make bounds` installs and runs, what it says of failures, and what the bounds may be."""

import re
import subprocess
import sys
import threading
from unittest import mock

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools import bounds

PINS = {
    canonicalize_name(pin.name): Version(next(iter(pin.specifier)).version)
    for line in bounds.COLAB.read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for pin in [Requirement(line)]
}


@pytest.fixture
def calls(tmp_path, monkeypatch):
    """The programs that are called, in order; those that hold one of the words `fails` fail."""

    class Calls(list):
        fails: tuple = ()

        def __call__(self, command, **options):
            self.append((" ".join(command), options["env"]))
            if options["stdout"]:
                options["stdout"].write(b"what the notebooks say")
            if command[1:4] == ["-m", "uv", "venv"]:
                (tmp_path / command[-1]).mkdir(parents=True)  # fails if it is there
            return int(any(word in self[-1][0] for word in self.fails))

        def told(self, *words):
            return [line for line, _ in self if all(word in line for word in words)]

    made = Calls()
    monkeypatch.setattr(subprocess, "call", made)
    monkeypatch.setattr(bounds, "FOLDER", bounds.ROOT / tmp_path / ".bounds")
    monkeypatch.setattr(bounds, "ROOT", tmp_path)
    monkeypatch.setattr(bounds, "torch_build", lambda: "cpu")
    monkeypatch.setattr(bounds, "texts", lambda: ["the bounds"])
    monkeypatch.setattr(bounds, "preferred", lambda: "mistune==3.4.0\n")
    monkeypatch.setattr(bounds, "tools_beside_colab", lambda: ["pytest>=8.2"])
    monkeypatch.setattr(bounds, "find_python", lambda wanted: (wanted, f"python{wanted}"))
    return made


def test_each_gets_its_versions_the_fast_tests_and_three_notebooks(calls, capsys):
    assert bounds.main([]) == 0
    lowest, colab = calls.told(" compile ")
    assert "--python-version 3.11" in lowest
    assert "--resolution lowest-direct --all-extras" in lowest
    assert "--python-version 3.13" in colab
    assert "colab-2026-08-19.txt" in colab
    assert "lowest-direct" not in colab
    extras = {"demo", "web", "export", "inside", "keras"}
    assert set(re.findall(r"--extra=(\w+)", colab)) == extras
    for name, version in bounds.PYTHONS.items():
        folder = f"{bounds.FOLDER / name}"  # the Python that runs this may lie in one of that name
        assert len(calls.told(" venv ", f"python{version}", folder)) == 1
        assert len(calls.told(" install ", "--torch-backend cpu", f"{name}.txt")) == 1
        assert len(calls.told(" install ", "--editable .", f"{folder}/")) == 1
        assert len(calls.told(f"{folder}/", "-m pytest", "-m not slow")) == 1
        (notebooks,) = calls.told(f"{folder}/", "-m mnist_helpers run --fast")
        assert re.findall(r"--only (\d+)", notebooks) == ["01", "06", "08"]
    said = capsys.readouterr().out
    assert "FAILED" not in said
    assert said.count("what the notebooks say") == 2


def test_notebooks_run_beside_the_tests(calls, monkeypatch):
    both = threading.Barrier(2)

    def wait_for_the_other(name):
        both.wait(timeout=60)

    for part in ("run_tests", "run_notebooks"):
        monkeypatch.setattr(bounds, part, mock.create_autospec(getattr(bounds, part)))
        monkeypatch.setattr(getattr(bounds, part), "side_effect", wait_for_the_other)
    assert bounds.main(["lowest"]) == 0


def test_the_summary_says_which_python_was_not_there(calls, monkeypatch, capsys):
    monkeypatch.setattr(bounds, "find_python", lambda wanted: ("3.11", "python3.11"))
    assert bounds.main([]) == 0
    for part in capsys.readouterr().out.split("== The bounds:"):  # at once, and in the summary
        assert part.count("was not found") == 1
        assert "colab: Python 3.13 was not found; using 3.11 instead.\n" in part


def test_settings_of_other_projects_stay_outside(calls, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("STRICT_SKIPS", "1")
    bounds.main([])
    assert not any("PYTHONPATH" in variables for _, variables in calls)
    tests = {line: one["STRICT_SKIPS"] for line, one in calls if "-m pytest" in line}
    assert sorted(tests.values()) == ["0", "1"]  # Colab lacks nbgrader


def test_an_environment_is_used_again_until_something_changes(calls, monkeypatch):
    bounds.main(["lowest"])
    calls.clear()
    assert bounds.main(["lowest"]) == 0
    assert not calls.told("-m uv")
    assert len(calls) == 2
    monkeypatch.setattr(bounds, "texts", lambda: ["other bounds"])
    bounds.main(["lowest"])
    assert len(calls.told("-m uv")) == 4


def test_a_broken_connection_gets_a_sentence_and_what_cannot_be_replaced_is_kept(
    calls, monkeypatch, capsys
):
    bounds.main(["lowest"])
    monkeypatch.setattr(bounds, "torch_build", lambda: "default")  # its index is not reached
    calls.clear()
    assert bounds.main(["lowest"]) == 0
    assert not calls.told("-m uv")
    same = bounds.texts
    monkeypatch.setattr(bounds, "texts", lambda: ["other bounds"])
    calls.fails = (" compile ",)
    assert bounds.main(["lowest"]) == 1
    assert "uv pip compile failed; the lines above say why. If the" in capsys.readouterr().out
    assert (bounds.FOLDER / "lowest/.ready").exists()
    calls.fails = (" install ",)
    assert bounds.main(["lowest"]) == 1
    assert "FAILED: uv pip install failed; the" in capsys.readouterr().out
    monkeypatch.setattr(bounds, "texts", same)
    calls.fails = ()
    calls.clear()
    bounds.main(["lowest"])
    assert calls.told(" install ")  # half an environment is not used


@pytest.mark.parametrize(
    ("fails", "said", "runs"),
    [
        ("compile", "lowest: prepare .*FAILED: uv pip compile", 0),
        ("-m pytest", "lowest: run tests .*FAILED: .* which tests", 1),
        ("mnist_helpers", "lowest: run notebooks .*FAILED: .* which notebook", 1),
    ],
)
def test_a_failure_is_named_and_the_other_parts_go_on(calls, fails, said, runs, capsys):
    calls.fails = (fails,)
    assert bounds.main([]) == 1
    assert re.search(said, capsys.readouterr().out)
    assert len(calls.told("-m pytest")) == 2 * runs
    calls.fails = ()
    assert bounds.main([]) == 0


def test_an_unknown_name_gets_a_sentence(calls, capsys):
    with pytest.raises(SystemExit):
        bounds.main(["oldest"])
    assert "oldest: there are only lowest and colab" in capsys.readouterr().err
    assert not calls


def test_without_the_wanted_python_it_takes_the_running_one(monkeypatch):
    monkeypatch.setattr(bounds.setup_env, "ask", lambda command: None)
    running = "{}.{}".format(*sys.version_info)
    assert bounds.find_python("3.99") == (running, sys.executable)


def test_a_python_that_only_pyenv_knows_is_found(tmp_path, monkeypatch):
    python = tmp_path / "versions/3.13.0/bin/python3.13"
    python.parent.mkdir(parents=True)
    python.touch()
    answer = {"version": "3.13", "path": "there"}
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    found = lambda command: answer if command == [str(python)] else None  # noqa: E731
    monkeypatch.setattr(bounds.setup_env, "ask", found)
    assert bounds.find_python("3.13") == ("3.13", "there")


def test_what_no_bound_decides_is_proven():
    lines = bounds.preferred().splitlines()
    names = {line.split("==")[0] for line in lines}
    assert {"mistune", "starlette"} <= names
    assert not names & {"torch", "gradio", "pytest"}
    assert "nbgrader>=0.9.6" not in bounds.tools_beside_colab()
    assert {"pytest", "papermill"} <= {Requirement(one).name for one in bounds.tools_beside_colab()}


def test_no_bound_of_what_colab_installs_is_above_what_colab_has():
    project = bounds.project()
    lists = [project["optional-dependencies"][extra] for extra in bounds.cell_extras()]
    asked = [Requirement(line) for one in [project["dependencies"], *lists] for line in one]
    there = [one for one in asked if canonicalize_name(one.name) in PINS]
    assert len(there) >= 13
    for one in there:
        assert PINS[canonicalize_name(one.name)] in one.specifier, one
