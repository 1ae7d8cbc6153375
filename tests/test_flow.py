"""The layout of the package: folders import one way and through doors, which are light."""

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

import mnist_helpers

PACKAGE = Path(mnist_helpers.__file__).parent
PAGES = Path(__file__).parents[1]
# A folder may import from those before it. The listing in the README has the learner's order.
ORDER = (
    *("weights", "_support", "data", "model", "train", "evaluate", "framing", "synthetic"),
    *("recognizer", "recipes", "inside", "page", "demo", "share", "lessons", "cli"),
)
# What no door may import, and the doors that need it all the same.
HEAVY = ("gradio", "sklearn", "matplotlib", "torchvision", "flask")
NEEDED = {"demo": ("gradio",), "evaluate": ("sklearn",), "recipes": ("sklearn",)}


def imports_of(file, package=PACKAGE):
    """The dotted names, below the package, that a file imports from it: plain, from, relative."""
    place = [package.name, *file.relative_to(package).parent.parts]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = place[: len(place) - node.level + 1] if node.level else []
            base = [*start, *(node.module.split(".") if node.module else [])]
            found = [[*base, alias.name] for alias in node.names]
        else:
            continue
        yield from (tuple(name[1:]) for name in found if name[0] == package.name and name[1:])


def faults(package, order):
    """What is wrong with the imports of a package, a sentence each."""
    rank = {folder: place for place, folder in enumerate(order)}
    for file in sorted(package.rglob("*.py")):
        folder, *inner = file.relative_to(package).parts
        if not inner:
            continue
        for target, *rest in imports_of(file, package):
            # The package itself offers its version, and imports nothing.
            if target == folder or (target, *rest) == ("__version__",):
                continue
            if rank.get(target, len(order)) >= rank[folder]:
                yield f"{folder} imports {target}, which comes later ({file.name})"
            door = package / target
            inner = rest and ((door / rest[0]).is_dir() or (door / f"{rest[0]}.py").is_file())
            if inner and not door_offers(door, rest[0]):
                yield f"{folder} goes round the door of {target} to {rest[0]} ({file.name})"
    for folder in order:
        if circle := find_circle(package / folder, package):
            yield f"a circle in {folder}: {' -> '.join(circle)}"


def door_offers(folder, name):
    return f'"{name}"' in (folder / "__init__.py").read_text(encoding="utf-8")


def find_circle(folder, package=PACKAGE):
    """A circle of imports among the files of a folder, doors of its subfolders included."""
    graph = {}
    for file in folder.rglob("*.py"):
        if file == folder / "__init__.py":
            continue
        named = set()
        for parts in imports_of(file, package):
            path = package.joinpath(*parts)
            for place in (
                path.with_suffix(".py"),
                path / "__init__.py",
                path.parent.with_suffix(".py"),
            ):
                if place.is_file() and place != file and folder in place.parents:
                    named.add(str(place.relative_to(folder)))
                    break
        graph[str(file.relative_to(folder))] = named
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return None


def test_folders_import_one_way_and_through_doors():
    assert list(faults(PACKAGE, ORDER)) == []


def test_there_are_at_most_16_folders_and_the_order_knows_each():
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir()} - {"__pycache__"}
    assert folders == set(ORDER)
    assert len(ORDER) <= 16


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("from sample.late import x", "early imports late, which comes later"),
        ("import sample.late", "early imports late, which comes later"),
        ("from ..late import x", "early imports late, which comes later"),
        ("def f():\n    from sample import late", "early imports late, which comes later"),
        ("from .other import x", "a circle in early"),
        ("import sample.early.other", "a circle in early"),
        ("from sample.first.hidden import x", "early goes round the door of first to hidden"),
        ("from sample.first import x", None),
    ],
)
def test_the_rules_see_every_way_to_import(tmp_path, line, fault):
    package = tmp_path / "sample"
    for folder in ("first", "early", "late"):
        (package / folder).mkdir(parents=True)
        (package / folder / "__init__.py").write_text('__all__ = ["x"]\n')
    (package / "first" / "hidden.py").write_text("x = 1\n")
    (package / "early" / "other.py").write_text("from sample.early import one\n")
    (package / "early" / "one.py").write_text(f"{line}\n")
    (package / "early" / "other.py").write_text("import sample.early.one\n")
    found = list(faults(package, ("first", "early", "late")))
    if fault is None:
        assert found == []
    else:
        assert len(found) == 1
        assert found[0].startswith(fault)


@pytest.mark.parametrize("folder", ORDER)
def test_every_folder_has_a_door(folder):
    door = PACKAGE / folder / "__init__.py"
    tree = ast.parse(door.read_text(encoding="utf-8"))
    assert len(ast.get_docstring(tree).splitlines()) == 3
    module = import_module(f"mnist_helpers.{folder}")
    assert module.__all__
    assert all(hasattr(module, name) for name in module.__all__)


@pytest.mark.slow
@pytest.mark.parametrize("needed", [(), ("gradio",), ("sklearn",)], ids=str)
def test_doors_are_light_and_quiet(needed):
    """Those that need the same are opened one after the other in one process."""
    code = f"""
import importlib, sys
for folder in {[one for one in ORDER if NEEDED.get(one, ()) == needed]}:
    importlib.import_module(f"mnist_helpers.{{folder}}")
    print(folder, *(name for name in {HEAVY} if name in sys.modules))
"""
    quiet = ["-W", "error::UserWarning:mnist_helpers"]
    process = subprocess.run([sys.executable, *quiet, "-c", code], capture_output=True, text=True)
    assert (process.returncode, process.stderr) == (0, "")
    for folder, *loaded in map(str.split, process.stdout.splitlines()):
        assert set(loaded) <= set(needed), folder


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_the_pages_show_every_folder_with_its_notebook(page):
    text = (PAGES / page).read_text(encoding="utf-8")
    shown = dict(re.findall(r"^  (\w+)/ +(\d\d)?", text, re.MULTILINE))
    doors = {one: (PACKAGE / one / "__init__.py").read_text(encoding="utf-8") for one in ORDER}
    assert shown == {
        folder: "".join(re.findall(r'\A"""Notebook (\d\d)', door)) for folder, door in doors.items()
    }


def test_contributing_names_the_order_of_imports():
    text = (PAGES / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = text.split("<!-- order: begin -->")[1].split("<!-- order: end -->")[0]
    assert tuple(re.findall(r"`(\w+)`", named)) == ORDER


def test_what_notebooks_01_to_04_teach_can_be_read_in_an_evening():
    """The limit stands in CONTRIBUTING.md."""
    taught = [
        file
        for one in ("data", "model", "train", "evaluate")
        for file in PACKAGE.glob(f"{one}/*.py")
    ]
    text = (PAGES / "CONTRIBUTING.md").read_text(encoding="utf-8")
    limit = re.search(r"at most (\S+) lines together", " ".join(text.split()))[1]
    lines = sum(file.read_text(encoding="utf-8").count("\n") for file in taught)
    assert lines <= int(limit.replace(",", ""))
