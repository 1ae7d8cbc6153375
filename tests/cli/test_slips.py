"""Slips on the command line: wrong paths, numbers, choices and words, for every command.

Each gets a sentence on stderr and the exit code that the help promises, and leaves nothing behind.
"""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_helpers._support import write_atomically
from mnist_helpers.cli.main import COMMANDS, main
from mnist_helpers.model import save_weights
from tests.conftest import ROOT, constant_network, drawing, run_python

pytestmark = pytest.mark.seconds


class ReachedWork(Exception):  # noqa: N818 - no error: the command has accepted what it was given
    """The command has begun its work."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with one of everything, for all tests: what is refused changes nothing in it."""
    folder = tmp_path_factory.mktemp("place")
    for name in ("folder", "shared", "notebooks"):
        (folder / name).mkdir()
    for name in ("shared/01_a.ipynb", "notebooks/01_a.ipynb"):
        (folder / name).write_text("{}")
    for name in ("text.txt", "folder/pen", "-file.png"):
        (folder / name).write_text("text")
    (folder / "list.csv").write_text("dropout\n0\n1.5\n")
    drawing().save(folder / "picture.png")
    save_weights(constant_network(d7=9), folder / "weights.safetensors")
    if os.name != "nt":
        os.mkfifo(folder / "pipe")
        (folder / "round").symlink_to("about")
        (folder / "about").symlink_to("round")
        (folder / "broken").symlink_to("nowhere")
    return folder


@pytest.fixture(autouse=True)
def place(made, alone, monkeypatch):
    """The commands run in the folder, and stop where their work would begin."""

    def begin(*_, **__):
        raise ReachedWork

    for name in ("cli.train.load_data", "cli.evaluate.load_data", "cli.export.load_network"):
        monkeypatch.setattr(f"mnist_helpers.{name}", begin)
    for name in ("series.run_series", "sweeps.load_mnist"):
        monkeypatch.setattr(f"mnist_helpers.lessons.{name}", begin)
    monkeypatch.setattr("mnist_helpers.recognizer.many_pictures.DigitReader", begin)
    monkeypatch.chdir(made)
    return made


def contents(folder):
    """Every path below a folder, with the bytes of the files."""
    paths = sorted(folder.rglob("*"))
    return {path: path.read_bytes() if path.is_file() else None for path in paths}


def refused(words, place, capsys, code=2):
    """The sentence with which a command line is refused."""
    before = contents(place)
    assert main(words) == code
    out, err = capsys.readouterr()
    assert err.startswith("mnist_helpers: ")
    assert err.count("\n") == 1
    assert err.rstrip().endswith((".", "?", "--help"))
    assert "Errno" not in err
    assert out == ""
    assert contents(place) == before
    return err


# What is read. {} is the path.
READ_FILE = (
    "evaluate --weights {}",
    "predict picture.png --weights {}",
    "demo --weights {}",
    "web --weights {}",
    "export --html a.html --weights {}",
    "sweep --settings {}",
    "sweep --vary shift=0,1 --notebook {}",
)
READ_FOLDER = ("evaluate --drawn {}", "run --notebooks {}", "train --data-dir {}")
NOTHING_THERE = (
    "none",
    "none/below",
    "text.txt/below",
    "",
    " ",
    "x" * 5000,
    "broken",
    "round",
    "~x",
)
NO_FILE = ("folder", "pipe", "/dev/null", "text.txt")
NO_FOLDER = ("text.txt", "pipe", "/dev/null", "weights.safetensors")


def given(line, path):
    return [path if word == "{}" else word for word in line.split()]


@pytest.mark.parametrize("path", [*NOTHING_THERE, *NO_FILE])
@pytest.mark.parametrize("line", READ_FILE)
def test_a_file_that_cannot_be_read(line, path, place, capsys, monkeypatch):
    if "export" in line:  # its network is what is asked for here
        from mnist_helpers.cli import options

        monkeypatch.setattr("mnist_helpers.cli.export.load_network", options.load_network)
    if os.name != "nt" or path not in ("broken", "round", "pipe", "/dev/null"):
        refused(given(line, path), place, capsys)


@pytest.mark.parametrize("path", [*NOTHING_THERE, *NO_FOLDER])
@pytest.mark.parametrize("line", READ_FOLDER)
def test_a_folder_that_cannot_be_read(line, path, place, capsys, monkeypatch):
    if line.startswith("train"):
        from mnist_helpers.cli import options

        monkeypatch.setattr("mnist_helpers.cli.train.load_data", options.load_data)
    if os.name != "nt" or path not in ("broken", "round", "pipe", "/dev/null"):
        refused(given(line, path), place, capsys)


@pytest.mark.parametrize("path", NOTHING_THERE)
def test_a_picture_that_is_not_there(path, place, capsys):
    refused(["predict", path], place, capsys)


def test_a_picture_whose_name_is_nearly_right_is_suggested(place, capsys):
    assert "did you mean picture.png?" in refused(["predict", "pictrue.png"], place, capsys)


# What is written

WRITE_FILE = ("export --html {}", "export --onnx {}", "export --html a.html --onnx {}")
WRITE_FOLDER = ("train --out {}", "sweep --vary shift=0,1 --out {}", "export --space {}")
UNWRITABLE = ("text.txt/below", "text.txt/a/b", "", " ", "x" * 5000, "y" * 300, "round/a")
FINE = ("new", "a b", "Übung-ß", "#1", "100%", "two\nlines", "./-dash", "new/deep/er", "y" * 250)


@pytest.mark.parametrize("path", [*UNWRITABLE, "folder", "pipe", "/dev/null", "/dev/full"])
@pytest.mark.parametrize("line", WRITE_FILE)
def test_a_file_that_cannot_be_written(line, path, place, capsys):
    if os.name != "nt" or path not in ("round/a", "pipe", "/dev/null", "/dev/full"):
        refused(given(line, path), place, capsys)


@pytest.mark.parametrize("path", [*UNWRITABLE, "text.txt", "pipe", "round", "/dev/null"])
@pytest.mark.parametrize("line", [*WRITE_FOLDER, "run --notebooks shared --out {}"])
def test_a_folder_that_cannot_be_written_to(line, path, place, capsys):
    if os.name != "nt" or path not in ("round/a", "round", "pipe", "/dev/null"):
        refused(given(line, path), place, capsys)


@pytest.mark.parametrize("path", FINE)
@pytest.mark.parametrize("line", [*WRITE_FILE, *WRITE_FOLDER])
def test_a_place_that_is_fine_is_accepted_and_not_made_before_it_is_needed(line, path, place):
    before = contents(place)
    with pytest.raises(ReachedWork):
        main(given(line, path))
    assert contents(place) == before


@pytest.mark.parametrize(
    "line",
    [
        "export --html weights.safetensors --weights weights.safetensors",
        "export --onnx ./folder/../weights.safetensors --weights weights.safetensors",
        "export --onnx both --html both",
        "run --notebooks shared --out shared",
        "run --notebooks shared --out folder/../shared",
    ],
)
def test_nothing_is_written_over_what_is_read(line, place, capsys):
    refused(line.split(), place, capsys)


@pytest.mark.parametrize("name", ["checkpoint.safetensors", "new/Checkpoint.safetensors"])
def test_weights_are_never_written_over_the_checkpoint(name, place, capsys):
    assert main(["train", "--out", name]) == 2
    assert "the checkpoint goes, which the weights would overwrite" in capsys.readouterr().err


def test_a_home_folder_after_an_equals_sign(place, monkeypatch):
    monkeypatch.setenv("HOME", str(place / "folder"))
    monkeypatch.setenv("USERPROFILE", str(place / "folder"))
    with pytest.raises(ReachedWork):
        main(["train", "--out=~/text.safetensors"])
    assert main(["train", "--out=~/pen"]) == 2


# Other users' folders, read-only ones, and a full disk


@pytest.fixture
def read_only(tmp_path_factory):
    """A folder that this process may read, but not change."""
    if os.name == "nt":
        pytest.skip("permissions do not bind this user")
    folder = tmp_path_factory.mktemp("theirs")
    (folder / "weights.safetensors").write_bytes(b"")
    (folder / "weights.safetensors").chmod(0)
    parents = [one for one in folder.parents if one != Path("/") and one != Path("/tmp")]
    modes = {one: one.stat().st_mode for one in parents}
    user = os.geteuid()
    folder.chmod(0o555)
    if user == 0:
        for one in parents:
            one.chmod(modes[one] | 0o111)
        os.seteuid(65534)
    yield folder
    os.seteuid(user)
    for one in parents:
        one.chmod(modes[one])
    folder.chmod(0o755)


@pytest.mark.parametrize("line", [*WRITE_FILE, *WRITE_FOLDER])
@pytest.mark.parametrize("below", ["new", "new/er"])
def test_a_read_only_folder(line, below, read_only, capsys):
    words = given(line, str(read_only / below))
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert "you may not write there. Work in a folder of your own." in err
    assert (out, err.count("\n")) == ("", 1)
    assert [path.name for path in read_only.iterdir()] == ["weights.safetensors"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (errno.ENOSPC, "the disk is full. Make room"),
        (errno.EDQUOT, "your share of the disk is used up. Make room"),
        (errno.EROFS, "the folder is read-only. Work in a folder of your own."),
    ],
)
@pytest.mark.parametrize("line", [*WRITE_FILE, *WRITE_FOLDER])
def test_a_disk_that_takes_nothing_is_found_before_the_work(
    line, error, words, place, capsys, monkeypatch
):
    def fail(*_):
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "fsync", fail)
    assert words in refused(given(line, "new/deep"), place, capsys)


def test_a_disk_that_fills_up_during_the_work_is_named_and_is_no_wrong_use(
    place, capsys, monkeypatch
):
    def work(*_, **__):
        def fail(*_):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", fail)
        write_atomically("new/a.html", b"page")

    monkeypatch.setattr("mnist_helpers.cli.export.load_network", work)
    before = contents(place)
    assert main(["export", "--html", "new/a.html"]) == 1
    assert capsys.readouterr().err == (
        "mnist_helpers: new/a.html cannot be written: the disk is full. Make room, or use a folder "
        "on another disk.\n"
    )
    (place / "new").rmdir()  # it is empty
    assert contents(place) == before


# Numbers, choices and words

NUMBERS = ("-1", "1e9", "nan", "inf", "2.5", "two", "", "99999999999999999999", "0x10")
COUNTS = (
    "train --epochs {}",
    "train --seed {}",
    "demo --port {}",
    "web --port {}",
    "sweep --vary shift=0,1 --seeds {}",
    "sweep --vary shift=0,1 --epochs {}",
)


@pytest.mark.parametrize("number", [*NUMBERS, "0"])
@pytest.mark.parametrize("line", COUNTS)
def test_a_number_that_cannot_be(line, number, place, capsys):
    if (number, "--seed " in line) != ("0", True):  # the seed may be 0
        assert "must be a whole number from" in refused(given(line, number), place, capsys)


@pytest.mark.parametrize(
    "varied",
    [
        *(
            "learning_rate=0,0.1",
            "learning_rate=-1,1",
            "learning_rate=nan,1",
            "learning_rate=1e999,1",
        ),
        *("learning_rate=x,1", "learning_rate=,1", "batch_size=0,1", "batch_size=2.5,3"),
        *("dropout=1,0", "dropout=-0.1,0", "dropout=inf,0"),
        *(
            "shift=-1,0",
            "shift=28,0",
            "epochs=0,1",
            "epochs=1e9,1",
            "epochs=True,1",
            "fast=True,False",
        ),
        *("colour=1,2", "=1,2", "dropout", "dropout=0.5", "dropout=0.5,0.5", ""),
    ],
)
def test_a_setting_that_cannot_be_varied_is_refused_before_the_first_run(varied, place, capsys):
    refused(["sweep", "--vary", varied], place, capsys)


def test_one_bad_line_of_a_list_is_refused_too(place, capsys):
    assert "dropout must be a number of at least 0 and below 1" in refused(
        ["sweep", "--settings", "list.csv"], place, capsys
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "required: COMMAND."),
        ("trian", "did you mean train?"),
        ("paint", "choose from"),
        ("--helpp", "COMMAND"),
        ("train --ephocs 3", "there is no option --ephocs; did you mean --epochs?"),
        ("train -x", "there is no option -x."),
        ("train here", "'here' is one word too many."),
        ("check now", "'now' is one word too many."),
        ("train --recipe bundeld", "did you mean bundled?"),
        ("train --out", "--out: a value must follow."),
        ("train --out -x", "--out: a value must follow."),
        ("train --epochs 1 --epochs 2", "--epochs is given twice"),
        ("export --html a --html b", "--html is given twice"),
        ("evaluate --weights a --data-dir b --weights a", "--weights is given twice"),
        ("predict --json=yes picture.png", "--json"),
        ("predict", "required: FILE."),
        ("export", "Say what to write"),
        ("sweep", "Say what to vary"),
        ("run --only 77", "There is no notebook 77."),
        ("predict -file.png", "To name the file, write ./-file.png."),
        ("demo --host nowhere.invalid", "not an address of this computer"),
        ("web --host 300.1.1.1", "not an address of this computer"),
        ("train --device nowhere", "no device 'nowhere'"),
    ],
)
def test_words_that_do_not_belong_there(line, words, place, capsys):
    assert words in refused(line.split(), place, capsys)


# Terminals and pipes


@pytest.mark.parametrize("command", ["", *(one.__name__.rpartition(".")[2] for one in COMMANDS)])
@pytest.mark.parametrize("columns", ["20", "200"])
def test_help_in_narrow_and_wide_terminals(command, columns, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", columns)
    with pytest.raises(SystemExit) as stop:
        main([*command.split(), "--help"])
    out, err = capsys.readouterr()
    assert (stop.value.code, err) == (0, "")
    assert "exit codes:" in out
    assert "2    a wrong command, value or path" in out


def run_command(words, **options):
    """Run a command in a process of its own, with its output in a pipe; return it when it ends."""
    code = f"import sys; from mnist_helpers.cli import main; sys.exit(main({words!r}))"
    return run_python(code, **options)


def test_a_terminal_without_umlauts_gets_codes_for_them(place):
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C", "COLUMNS": "20"}
    process = run_command(["predict", "zwölf ∞.png"], env=ascii_only)
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr.startswith(r"mnist_helpers: There is no file 'zw\xf6lf \u221e.png'")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a pipe of Unix")
@pytest.mark.parametrize("words", [["--help"], ["train", "--help"], ["--version"]])
def test_an_output_that_is_full_or_that_nobody_reads(words, place):
    command = [sys.executable, "-m", "mnist_helpers", *words]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    options = {"stderr": subprocess.PIPE, "cwd": ROOT, "env": buffered, "check": False}
    with open("/dev/full", "wb") as full:
        process = subprocess.run(command, stdout=full, **options)
    assert process.returncode == 1
    assert process.stderr == b"mnist_helpers: The output cannot be used: No space left on device.\n"
    read, write = os.pipe()
    os.close(read)
    process = subprocess.run(command, stdout=write, **options)
    os.close(write)
    assert (process.returncode, process.stderr) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe of Unix")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_command_without_input_or_output_does_its_work(closed, place):
    drawing(7).save("seven.png")
    command = f'exec "{sys.executable}" -m mnist_helpers predict seven.png {closed}'
    process = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert (process.returncode, process.stderr) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe of Unix")
def test_without_an_input_the_password_must_be_in_its_variable():
    command = f'exec "{sys.executable}" -m mnist_helpers demo --auth anna <&-'
    kept = {name: value for name, value in os.environ.items() if name != "MNIST_HELPERS_PASSWORD"}
    process = subprocess.run(["sh", "-c", command], capture_output=True, check=False, env=kept)
    assert (process.returncode, process.stdout) == (2, b"")
    assert process.stderr.startswith(b"mnist_helpers: There is no password for anna")
