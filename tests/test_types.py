"""The type check sees the demo's components, and every ignored error says which and why."""

import os
import re
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
COMPONENTS = "mnist_helpers/demo/components.py"
CHECKED = ("mnist_helpers", "tools", "benchmarks")


def test_every_ignored_error_is_named_and_has_a_reason():
    ignored = []
    for path in (path for folder in CHECKED for path in (ROOT / folder).rglob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines()
        ignored += [line for line in lines if re.search(r"#\s*type:\s*ignore", line)]
        assert not any(re.search(r"#\s*mypy:", line) for line in lines), path
    assert ignored
    for line in ignored:
        assert re.search(r"# type: ignore\[[a-z, -]+\]  # \w.* \w", line), line


def test_the_package_says_that_it_has_types():
    assert files("mnist_helpers").joinpath("py.typed").is_file()


@pytest.fixture(scope="module")
def copy_with_the_demo_imported(tmp_path_factory):
    """A copy of all that is checked, whose demo was imported there."""
    pytest.importorskip("gradio", reason="the extra demo is not installed")
    folder = tmp_path_factory.mktemp("copy")
    shutil.copy(ROOT / "pyproject.toml", folder)
    skipped = shutil.ignore_patterns("__pycache__", "*.pyi")
    for name in CHECKED:
        shutil.copytree(ROOT / name, folder / name, ignore=skipped)
    command = [sys.executable, "-c", "import mnist_helpers.demo as it; print(it.__file__)"]
    variables = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), *sys.path[1:]])}
    ran = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)
    assert ran.stdout.startswith(str(folder)), ran.stderr
    return folder


@pytest.mark.slow
def test_importing_the_demo_leaves_no_stub_files(copy_with_the_demo_imported):
    assert list(copy_with_the_demo_imported.rglob("*.pyi")) == []


@pytest.mark.slow
def test_the_check_finds_an_error_in_the_demo_even_beside_an_old_stub_file(
    copy_with_the_demo_imported,
):
    pytest.importorskip("mypy", reason="the extra dev is not installed")
    components = copy_with_the_demo_imported / COMPONENTS
    components.with_suffix(".pyi").write_text(components.read_text(encoding="utf-8"), "utf-8")
    with components.open("a", encoding="utf-8") as file:
        file.write('\n\nPLANTED: int = "no number"\n')
    if (ROOT / ".mypy_cache").is_dir():  # saves a minute
        shutil.copytree(ROOT / ".mypy_cache", copy_with_the_demo_imported / ".mypy_cache")
    ran = subprocess.run(
        [sys.executable, "-m", "mypy"],
        cwd=copy_with_the_demo_imported,
        capture_output=True,
        text=True,
    )
    line = len(components.read_text(encoding="utf-8").splitlines())
    assert f"{Path(COMPONENTS)}:{line}: error: " in ran.stdout, ran.stdout + ran.stderr
    assert "Found 1 error in 1 file" in ran.stdout
    assert ran.returncode == 1
