"""The notebooks that `make lab` trusts: those that are as the course ships them, and no others."""

import subprocess

import nbformat
import pytest

from tools import trust


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of two notebooks in git; signatures go to a folder of their own."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    root = tmp_path / "course"
    (root / "notebooks").mkdir(parents=True)
    for name in ("01_data.ipynb", "02 eins.ipynb"):
        write(root / "notebooks" / name, "1 + 1")
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "--quiet", "-m", "two")
    return root


def git(root, *words):
    subprocess.run(["git", "-C", root, *words], check=True)


def write(path, source):
    output = nbformat.v4.new_output("display_data", {"text/html": "<script></script>"})
    cell = nbformat.v4.new_code_cell(source, outputs=[output], execution_count=1)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)


def is_trusted(path):
    return trust.NotebookNotary().check_signature(nbformat.read(path, as_version=4))


def test_only_what_is_as_it_was_shipped_is_trusted(course):
    changed, shipped = sorted((course / "notebooks").iterdir())
    write(changed, "2 + 2")
    foreign = course / "notebooks/03_foreign.ipynb"
    write(foreign, "3 + 3")
    assert trust.as_shipped(course) == [shipped]
    trust.trust(trust.as_shipped(course))
    assert [is_trusted(path) for path in (changed, shipped, foreign)] == [False, True, False]


def test_without_git_nothing_is_trusted(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    write(tmp_path / "notebooks/01.ipynb", "1 + 1")
    assert trust.as_shipped(tmp_path) == []
    monkeypatch.setenv("PATH", "")
    assert trust.as_shipped(tmp_path) == []


def test_whoever_cannot_sign_still_gets_a_lab(course, monkeypatch):
    (course.parent / "data").write_text("a file where a folder should be")
    trust.trust(trust.as_shipped(course))


def test_make_lab_trusts_before_it_opens(monkeypatch, tmp_path):
    from tools import setup_env

    calls = []
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks/01_data.ipynb").touch()
    monkeypatch.setattr(setup_env, "ROOT", tmp_path)
    monkeypatch.setattr(setup_env.subprocess, "run", lambda command, **_: calls.append(command))
    monkeypatch.setattr(setup_env.subprocess, "call", lambda command, **_: calls.append(command))
    monkeypatch.setattr(setup_env.os, "execve", lambda _, command, __: None)
    setup_env.open_lab("8888")
    assert [command[2] for command in calls] == ["tools.trust", "jupyterlab"]
