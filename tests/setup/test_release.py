"""A release: its version is the same everywhere, and its archives hold what they should."""

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.version import Version

import mnist_helpers
from mnist_helpers.cli.main import main
from tools.environments import ROOT

VERSION = mnist_helpers.__version__


def test_the_command_line_and_the_check_say_the_version(capsys, monkeypatch):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"mnist_helpers {VERSION}\n"
    monkeypatch.setattr("mnist_helpers.lessons.check_machine", list)
    assert main(["check"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"mnist_helpers {VERSION}"


def test_the_version_is_one_that_packages_may_have_and_stands_in_one_place():
    assert str(Version(VERSION)) == VERSION
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]


BUILD = """
import sys
from setuptools import build_meta
out = sys.argv[1]  # building replaces the arguments
build_meta.build_sdist(out)
build_meta.build_wheel(out)
"""


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """Both archives, built from the files that git has, or would have; and what the build said."""
    pytest.importorskip("setuptools", minversion="77", reason="setuptools is too old")
    work = tmp_path_factory.mktemp("release")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True)
    if found.returncode:
        pytest.skip("this is not a repository")
    for name in filter(None, found.stdout.split("\0")):
        if (ROOT / name).is_file():
            target = work / "source" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    out = work / "dist"
    out.mkdir()
    process = subprocess.run(
        [sys.executable, "-c", BUILD, str(out)],
        cwd=work / "source",
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    return out, process.stdout + process.stderr


@pytest.mark.slow
def test_the_build_warns_of_nothing(archives):
    _, said = archives
    assert "would be ignored" not in said
    assert "Warning" not in said


@pytest.mark.slow
def test_the_source_archive_holds_the_package_and_no_half_of_the_tests(archives):
    with tarfile.open(archives[0] / f"mnist_helpers-{VERSION}.tar.gz") as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    assert {"LICENSE", "README.md", "pyproject.toml"} <= names
    assert not [name for name in names if name.startswith(("tests", "notebooks", "tools"))]
    assert package_files() <= names


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_finds_its_licence(archives, tmp_path):
    with zipfile.ZipFile(archives[0] / f"mnist_helpers-{VERSION}-py3-none-any.whl") as file:
        names = set(file.namelist())
        file.extractall(tmp_path)
    assert package_files() == {name for name in names if name.startswith("mnist_helpers/")}
    code = (
        "import mnist_helpers; from mnist_helpers.page import licence_text; "
        "print(mnist_helpers.__file__); print(licence_text())"
    )
    process = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
    )
    place, _, licence = process.stdout.partition("\n")
    assert Path(place).is_relative_to(tmp_path), process.stderr
    assert licence.strip() == (ROOT / "LICENSE").read_text(encoding="utf-8").strip()


def package_files():
    """The package's files, without what Python and Gradio write beside them."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "mnist_helpers").rglob("*")
        if path.is_file() and path.suffix not in (".pyc", ".pyi")
    }
