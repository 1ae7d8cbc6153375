"""The package's layout: data flows one way, modules stay small, imports are quiet."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mnist_helpers

PACKAGE = Path(mnist_helpers.__file__).parent
# A module may import from the lines above its own, and from its left.
ORDER = [
    [
        "fetching",
        "files",
        "history",
        "hosting",
        "measured",
        "letters",
        "mistakes",
        "mnist_files",
        "paper",
        "sklearn_digits",
        "strokes",
        "pixels",
    ],
    ["augment", "novelty", "pictures", "ink", "cleaning", "local_mnist", "quick"],
    ["runtime", "finding"],
    ["download", "reporters", "framing", "pretrained"],
    ["data", "not_digits"],
    ["model"],
    ["inside"],
    ["attacks"],
    ["checkpoint", "detector", "distributed"],
    ["train"],
    ["evaluate"],
    ["recipes", "recognizer"],
    ["drawn", "hard_drawings", "machine", "many_pictures"],
    ["plots"],
    ["checks.core"],
    [
        "checks.n01",
        "checks.n02",
        "checks.n03",
        "checks.n03_spread",
        "checks.n04",
        "checks.n05",
        "checks.n06",
        "checks.n08",
    ],
    ["checks"],
    ["reading", "page"],
    ["page.examples", "page.files", "page.weights"],
    ["page.building", "page.frame"],
    ["web", "export", "space"],
    ["demo.answer", "demo.inside", "demo.pad"],
    ["demo.app"],
    ["demo.launching"],
    ["demo"],
    ["notebooks", "arguments"],
    ["sweep_plan"],
    ["sweep_results"],
    ["sweep"],
    ["commands"],
    ["commands_read"],
    ["commands_demo", "commands_share", "commands_sweep"],
    ["__main__"],
]


def path_of(module):
    path = PACKAGE / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def name_of(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = sorted(filter(None, map(name_of, PACKAGE.rglob("*.py"))))


def imported(module):
    tree = ast.parse(path_of(module).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "mnist_helpers":
                yield from (alias.name for alias in node.names)
            elif node.module.startswith("mnist_helpers."):
                yield node.module.removeprefix("mnist_helpers.")


def test_every_module_has_its_place():
    assert sorted(name for line in ORDER for name in line) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_one_way(module):
    line = next(i for i, names in enumerate(ORDER) if module in names)
    allowed = {name for names in ORDER[:line] for name in names}
    assert set(imported(module)) <= allowed


@pytest.mark.parametrize("module", MODULES)
def test_modules_stay_small(module):
    lines = path_of(module).read_text(encoding="utf-8").count("\n")
    assert lines <= 280


def test_importing_prints_nothing():
    names = ", ".join(f"mnist_helpers.{module}" for module in MODULES)
    code = [sys.executable, "-W", "error::UserWarning:mnist_helpers", "-c", f"import {names}"]
    process = subprocess.run(code, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    assert process.stdout == ""
    assert process.stderr == ""
