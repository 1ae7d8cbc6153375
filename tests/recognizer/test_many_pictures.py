"""Reading many pictures: the same answers from all cores, in order, as they come."""

import contextlib
import itertools
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading

import pytest
import torch

from mnist_helpers.cli.main import main
from mnist_helpers.model import save_weights
from mnist_helpers.recognizer import DigitReader, DigitRecognizer, many_pictures, read_pictures
from mnist_helpers.recognizer.many_pictures import AHEAD, CHUNK
from tests.conftest import ROOT, constant_network, drawing

needs_signals = pytest.mark.skipif(os.name == "nt", reason="signals of Unix")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    file = tmp_path_factory.mktemp("weights") / "digit_cnn.safetensors"
    save_weights(constant_network(d7=9), file)
    return str(file)


@pytest.fixture
def reader(weights):
    return DigitReader(DigitRecognizer.load(weights))


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    file = tmp_path_factory.mktemp("pictures") / "7.png"
    drawing().save(file)
    return str(file)


@pytest.fixture
def no_pool(monkeypatch):
    def refuse(*_):
        raise AssertionError("a few pictures need no processes")

    monkeypatch.setattr(many_pictures, "_start_pool", refuse)


@pytest.fixture
def many_is_five(monkeypatch):
    monkeypatch.setattr(many_pictures, "MANY", 5)
    monkeypatch.setattr("mnist_helpers.recognizer.MANY", 5)


@pytest.fixture
def only_the_others_read(many_is_five, monkeypatch):
    """The processes are ready before the first picture; a list of what this one reads."""
    start, read, here = many_pictures._start_pool, many_pictures._read, []

    def start_and_wait(*arguments):
        pool, started = start(*arguments)
        started.result(300)
        return pool, started

    def noted(reader, name):
        here.append(name)
        return read(reader, name)

    monkeypatch.setattr(many_pictures, "_start_pool", start_and_wait)
    monkeypatch.setattr(many_pictures, "_read", noted)
    return here


@pytest.fixture
def readers():
    """The processes that have been started since the test began (others have their own)."""
    others = set(multiprocessing.active_children())
    return lambda: set(multiprocessing.active_children()) - others


def test_a_few_pictures_start_no_process(reader, picture, many_is_five, no_pool):
    answers = list(read_pictures(reader, [picture] * 5, processes=2))
    assert [answer["digit"] for _, answer in answers] == [7] * 5
    with pytest.raises(AssertionError, match="need no processes"):
        list(read_pictures(reader, [picture] * 6, processes=2))


def test_one_core_starts_no_process_and_takes_names_little_by_little(
    reader, picture, many_is_five, no_pool, two_threads
):
    answers = read_pictures(reader, itertools.repeat(picture), processes=1)  # without an end
    assert len(list(itertools.islice(answers, 12))) == 12
    assert torch.get_num_threads() == 1
    answers.close()
    assert torch.get_num_threads() == 2


def test_many_pictures_end_with_their_rate_and_a_few_do_not(
    weights, picture, many_is_five, monkeypatch, capsys
):
    monkeypatch.setattr("mnist_helpers._support.count_cores", lambda: 1)
    assert main(["predict", *[picture] * 6, "--json", "--weights", weights]) == 0
    captured = capsys.readouterr()
    assert re.fullmatch(r"6 pictures in \d+ s, [\d,]+ a second, 1 process\n", captured.err)
    assert all(json.loads(line)["digit"] == 7 for line in captured.out.splitlines())
    assert main(["predict", *[picture] * 5, "--weights", weights]) == 0
    assert capsys.readouterr().err == ""


# With several processes


@pytest.mark.slow
def test_the_lines_are_those_of_one_process(
    tmp_path, picture, only_the_others_read, monkeypatch, capfd
):
    folder = tmp_path / "pictures"
    (folder / "empty").mkdir(parents=True)
    for number in range(70):
        drawing(number).save(folder / f"{number:02}.png")
    (folder / "33.png").write_bytes(b"broken")
    names = [str(folder), "-", str(folder / "empty"), picture, "none.png"]
    printed = {}
    for cores in (1, 2):
        monkeypatch.setattr("mnist_helpers._support.count_cores", lambda cores=cores: cores)
        with open(picture, "rb") as stream:
            monkeypatch.setattr("sys.stdin", type("In", (), {"buffer": stream}))
            only_the_others_read.clear()
            assert main(["predict", *names, "--json"]) == 1
        printed[cores] = capfd.readouterr()
    assert only_the_others_read == ["-"]
    assert printed[1].out == printed[2].out
    answers = [json.loads(line) for line in printed[2].out.splitlines()]
    assert len(answers) == 74
    assert [os.path.basename(one["file"]) for one in answers if "error" in one] == [
        *("33.png", "empty", "none.png"),
    ]
    assert printed[2].err.endswith(" a second, 2 processes\n")


@pytest.mark.slow
def test_another_thread_may_read_with_several_processes_and_stop(
    reader, weights, picture, only_the_others_read, readers
):
    def read():
        names = itertools.repeat(picture)  # without an end
        answers = read_pictures(reader, names, weights=weights, processes=2)
        found.extend(answer["digit"] for _, answer in itertools.islice(answers, 30))
        found.append(len(readers()))
        answers.close()
        found.append(len(readers()))

    found = []
    thread = threading.Thread(target=read)
    thread.start()
    thread.join(60)
    assert found == [7] * 30 + [2, 0]


@pytest.mark.slow
@needs_signals
def test_only_a_few_pictures_wait_and_a_lost_process_is_an_error_and_no_wait(
    reader, weights, picture, only_the_others_read, readers
):
    taken = 0

    def names():
        nonlocal taken
        for taken in range(1, 100_000):  # noqa: B007
            yield picture

    answers = read_pictures(reader, names(), weights=weights, processes=2)
    for _ in range(100):
        assert next(answers)[1]["digit"] == 7
    assert taken <= 100 + CHUNK * (2 * AHEAD + 1)
    os.kill(readers().pop().pid, signal.SIGKILL)
    with pytest.raises(ChildProcessError, match=r"has ended.*memory"):
        for _ in answers:
            pass
    assert not readers()


# Either the first process reads while the others start, or it waits for them and reads nothing.
COMMAND = """
    import sys
    from mnist_helpers.cli.main import main
    from mnist_helpers.recognizer import many_pictures
    if __name__ == "__main__":
        many_pictures.MANY = 5
        start = many_pictures._start_pool
        def start_and_wait(*arguments):
            pool, started = start(*arguments)
            started.result(300)
            return pool, started
        if sys.argv.pop(1) == "while they read":
            many_pictures._start_pool = start_and_wait
        sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
@needs_signals
@pytest.mark.parametrize("when", ["while they start", "while they read"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_ctrl_c_ends_all_processes_and_so_does_a_kill(number, when, weights, picture):
    words = ["predict", *[picture] * 20_000, "--json", "--weights", weights]
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(COMMAND), when, *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        for _ in range(20):  # more than a process is given at once
            assert json.loads(process.stdout.readline())["digit"] == 7
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # as a terminal does: to all of them
        else:
            os.kill(process.pid, number)
        # This reads to the end of the pipes, which is there when no process is left.
        _, err = process.communicate(timeout=120)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    if number == signal.SIGINT:
        assert (process.returncode, err) == (130, b"mnist_helpers: Stopped.\n")
