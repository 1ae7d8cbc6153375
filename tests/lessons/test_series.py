"""Running notebooks headless: outcomes, parameters, failures, the table."""

import sys
from types import SimpleNamespace

import nbformat
import pytest

from mnist_helpers.cli.main import main
from mnist_helpers.lessons import SeriesError, find_notebooks, format_table, run_series
from mnist_helpers.lessons.series import Outcome
from tools import notebooks

RESULT = """\
from mnist_helpers.lessons import key_result
key_result("fast was", "yes" if fast else "no")"""
CHECK = "import pathlib; assert pathlib.Path('made.txt').exists()"


def write_notebook(path, *sources):
    cells = [nbformat.v4.new_code_cell("fast = False", metadata={"tags": ["parameters"]})]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


@pytest.mark.slow
def test_each_notebook_gets_its_outcome_and_a_failure_stops_nothing(tmp_path):
    out = tmp_path / "out"
    good = write_notebook(tmp_path / "01_good.ipynb", RESULT, "open('made.txt', 'w').close()")
    before = good.read_bytes()
    write_notebook(tmp_path / "02_bad.ipynb", "1 / 0")
    write_notebook(tmp_path / "03_after.ipynb", CHECK)
    (tmp_path / "notes.ipynb").write_text("not numbered, not run")
    outcomes = run_series(find_notebooks(tmp_path), out, fast=True)
    assert [(outcome.notebook, outcome.state, outcome.result) for outcome in outcomes] == [
        ("01_good", "ok", "fast was: yes"),
        ("02_bad", "FAILED", "cell 3: ZeroDivisionError: division by zero"),
        ("03_after", "ok", ""),
    ]
    assert all(outcome.seconds > 0 for outcome in outcomes)
    executed = nbformat.read(out / "01_good.ipynb", as_version=4)
    assert any(cell.get("outputs") for cell in executed.cells)
    assert good.read_bytes() == before
    assert (out / "made.txt").exists()


@pytest.mark.slow
def test_a_dead_kernel_or_a_file_that_is_no_notebook_stops_nothing(tmp_path, capfd, monkeypatch):
    write_notebook(tmp_path / "01_killed.ipynb", "import os; os.kill(os.getpid(), 9)")
    write_notebook(tmp_path / "02_left.ipynb", "import os; os._exit(0)")
    (tmp_path / "03_text.ipynb").write_text("no notebook")
    (tmp_path / "04_empty.ipynb").touch()
    (tmp_path / "05_folder.ipynb").mkdir()
    (tmp_path / "06_other.ipynb").write_text('{"some": "JSON"}')
    write_notebook(tmp_path / "07_blocked.ipynb", "1")
    (tmp_path / "out" / "07_blocked.ipynb").mkdir(parents=True)
    (tmp_path / "mnist").mkdir()  # a relative path, which must be found from another folder
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MNIST_DATA_DIR", "mnist")
    found = "import os; assert os.path.isdir(os.environ['MNIST_DATA_DIR'])"
    write_notebook(tmp_path / "08_after.ipynb", found, RESULT)
    command = ["run", "--notebooks", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main(command) == 1
    said = capfd.readouterr()
    table = said.out.splitlines()
    died = "FAILED  Python stopped without a word. Perhaps memory was full."
    assert [line.split(None, 2)[2] for line in table[1:3]] == [died, died]
    assert all("FAILED  it cannot be read as a notebook: " in line for line in table[3:7])
    assert "FAILED  IsADirectoryError: " in table[7]
    assert table[8].endswith("fast was: no")
    assert len(table) == 10
    assert "Traceback" not in said.err
    assert "WARNING" not in said.err, "a learner cannot act on it"


@pytest.mark.slow
def test_a_cell_that_never_ends_and_a_kernel_that_cannot_start_are_failures(tmp_path, monkeypatch):
    path = write_notebook(tmp_path / "01_endless.ipynb", "while True: pass")
    monkeypatch.setattr("mnist_helpers.lessons.series.CELL_SECONDS", 1)
    (outcome,) = run_series([path], tmp_path / "out")
    assert (outcome.state, outcome.result) == ("FAILED", "a cell took more than 1 s")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    kernel = tmp_path / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text('{"argv": ["false"], "display_name": "x", "language": "python"}')
    (outcome,) = run_series([path], tmp_path / "out")
    assert outcome.state == "FAILED"
    assert outcome.result


@pytest.mark.parametrize("ended", [0, 1])
def test_ctrl_c_keeps_the_table_of_the_notebooks_that_have_ended(
    ended, tmp_path, monkeypatch, capsys
):
    def run_or_stop(notebook, *_):
        if notebook == last:
            raise KeyboardInterrupt
        return nbformat.v4.new_notebook()

    paths = [write_notebook(tmp_path / f"0{number}_some.ipynb") for number in range(1, 3)]
    last = paths[ended]
    monkeypatch.setattr("mnist_helpers.lessons.series.execute", run_or_stop)
    assert main(["run", "--notebooks", str(tmp_path), "--out", str(tmp_path / "out")]) == 130
    said = capsys.readouterr()
    assert [line.split()[0] for line in said.out.splitlines()[1:-1]] == ["01_some"] * ended
    assert said.err.endswith("mnist_helpers: Stopped.\n")


def test_only_picks_by_the_beginning_of_the_name(tmp_path):
    for name in ("01_data", "02_cnn", "10_keras"):
        write_notebook(tmp_path / f"{name}.ipynb")
    assert [n.stem for n in find_notebooks(tmp_path)] == ["01_data", "02_cnn", "10_keras"]
    assert [n.stem for n in find_notebooks(tmp_path, ["10", "01"])] == ["01_data", "10_keras"]
    with pytest.raises(SeriesError, match="There is no notebook 07"):
        find_notebooks(tmp_path, ["01", "07"])


@pytest.fixture
def odd(tmp_path):
    """A notebook that needs a package that does not exist."""
    path = write_notebook(tmp_path / "01_odd.ipynb", "1 / 0")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].metadata["tags"] = ["needs:no_such_package"]
    nbformat.write(notebook, path)
    return path


def test_a_notebook_that_needs_a_missing_package_is_skipped_with_a_reason(odd, tmp_path, capsys):
    assert main(["run", "--notebooks", str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    captured = capsys.readouterr()
    reason = 'it needs no_such_package: pip install "mnist-helpers[no_such_package]"'
    assert f"skipped in 0 s. {reason}" in captured.err
    assert f"01_odd        0.0  skipped  {reason}" in captured.out
    assert not list((tmp_path / "out").glob("*.ipynb"))


@pytest.mark.parametrize("command", [["run"], ["sweep", "--vary", "a=1,2", "--notebook", "x"]])
def test_without_papermill_a_sentence_says_what_to_install(command, tmp_path, monkeypatch, capsys):
    write_notebook(tmp_path / "01_good.ipynb", "1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "papermill", None)
    assert main([*command, "--out", str(tmp_path / "out")]) == 2
    assert 'needs papermill: pip install "mnist-helpers[notebooks]"' in capsys.readouterr().err


def test_refreshing_does_not_replace_outputs_where_a_package_is_missing(odd, monkeypatch):
    before = odd.read_bytes()
    monkeypatch.setattr("mnist_helpers.data.load_mnist", lambda: SimpleNamespace(is_mnist=True))
    with pytest.raises(notebooks.RefreshError, match="needs no_such_package"):
        notebooks.refresh([odd])
    assert odd.read_bytes() == before


def test_the_table_lines_up_and_adds_up():
    outcomes = [Outcome("01_data", 12.34, "82 %"), Outcome("02", 100.0, "boom", "FAILED")]
    assert format_table(outcomes).splitlines() == [
        "notebook  seconds  key result",
        "01_data      12.3  82 %",
        "02          100.0  FAILED  boom",
        "in all      112.3",
    ]
