"""Every setting of every notebook: its own value is right, and a slip gets a sentence."""

import ast

import nbformat
import pytest

from mnist_helpers.lessons import check_settings
from tests.conftest import is_one_sentence
from tools.notebooks import FOLDER

NOTEBOOKS = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
SWITCHES = ["abc", 1, None]
COUNTS = [2.5, 2.0, "abc", "6", 0, -1, True, None]
WRONG = {
    **dict.fromkeys(("fast", "captions", "netron"), SWITCHES),
    **dict.fromkeys(("epochs", "batch_size"), COUNTS),
    "images": [*COUNTS, 99],
    "seed": [-1, 2**32, 0.5, "0", None, False],
    "shift": [-1, 28, 1.5, "1", None],
    "digit": [-1, 10, 7.0, "7", None],
    "learning_rate": [0, -0.1, float("nan"), float("inf"), "abc", True, None],
    "dropout": [-0.1, 1, 1.0, float("nan"), "0.2", None],
    "weights": [5, None, ""],
}


def settings(path):
    (cell,) = [
        cell
        for cell in nbformat.read(path, as_version=4).cells
        if "parameters" in cell.metadata.get("tags", [])
    ]
    return {
        line.targets[0].id: ast.literal_eval(line.value) for line in ast.parse(cell.source).body
    }


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_checks_each_of_its_settings_before_it_loads_anything(path):
    own = settings(path)
    check_settings(**own)
    cells = [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    source = next(source for source in cells if "\ncheck_settings(" in source)
    calls = [line for line in source.splitlines() if line.startswith("check_settings(")]
    checked = ", ".join(call[len("check_settings(") : -1] for call in calls)
    assert checked == ", ".join(f"{name}={name}" for name in own)
    assert "load_mnist()" not in source.partition("check_settings(")[0]


@pytest.mark.parametrize(("name", "value"), [(n, v) for n in WRONG for v in WRONG[n]])
def test_a_slip_gets_a_sentence_that_names_the_setting_and_what_it_must_be(name, value):
    with pytest.raises(ValueError, match=f"The setting {name} must be a?") as error:
        check_settings(**{name: value})
    assert repr(value) in str(error.value)
    assert is_one_sentence(str(error.value).partition(" Change it in the cell of settings")[0])


def test_each_setting_of_the_series_is_tried_here():
    assert set().union(*map(settings, NOTEBOOKS)) == set(WRONG)
