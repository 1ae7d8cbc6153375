"""environment.yml, pyproject.toml and the set-up script must ask for the same things."""

import re
import tomllib
from pathlib import Path

import pytest

from tools import setup_env

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).resolve().parents[2]

# The packages that conda-forge calls by another name.
CONDA_NAMES = {"torch": "pytorch", "playwright": "playwright-python"}

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


def split(requirement):
    """'torch>=2.6' -> ('torch', '>=2.6')."""
    name, bound = re.fullmatch(r"([A-Za-z0-9._-]+)\s*(.*)", requirement).groups()
    return name.lower(), bound.replace(" ", "")


def wanted_by_pip():
    extras = PROJECT["optional-dependencies"]
    lists = [PROJECT["dependencies"], *extras.values()]
    return [split(requirement) for one_list in lists for requirement in one_list]


def wanted_by_conda():
    (pip_part,) = [entry for entry in CONDA["dependencies"] if isinstance(entry, dict)]
    entries = [entry for entry in CONDA["dependencies"] if isinstance(entry, str)]
    packages = [split(entry) for entry in (*entries, *pip_part["pip"][1:])]
    return {name: bound for name, bound in packages if name not in {"python", "pip"}}


def test_the_same_packages_with_the_same_bounds():
    from_pip = {CONDA_NAMES.get(name, name): bound for name, bound in wanted_by_pip()}
    assert wanted_by_conda() == from_pip


def test_every_package_has_one_bound_which_is_a_lower_one():
    """The tests also need what an optional extra brings; both places then say the same."""
    bounds = set(wanted_by_pip())
    assert len(bounds) == len({name for name, _ in bounds})
    for name, bound in bounds:
        assert re.fullmatch(r">=[0-9.]+", bound), f"{name}{bound}"


def test_pip_installs_only_the_project_and_what_conda_forge_lacks():
    assert CONDA["channels"] == ["conda-forge"]
    (pip_part,) = [entry for entry in CONDA["dependencies"] if isinstance(entry, dict)]
    assert pip_part == {"pip": ["-e .", "axe-playwright-python >=0.1.4", "spylls >=0.1.7"]}


def test_the_same_pythons_everywhere():
    oldest, newest = PYTHONS[0], PYTHONS[-1]
    after_newest = f"3.{int(newest.split('.')[1]) + 1}"
    start = "Programming Language :: Python :: "
    named = [c.removeprefix(start) for c in PROJECT["classifiers"] if c.startswith(start)]

    assert PROJECT["requires-python"] == f">={oldest}"
    assert named == PYTHONS
    assert f"python >={oldest},<{after_newest}" in CONDA["dependencies"]
    assert f"Python {oldest} to {newest}" == setup_env.FITTING
    assert f"This project needs {setup_env.FITTING}" in (ROOT / "Makefile").read_text("utf-8")
