"""Training in several processes: the same result, one voice, and a clear end if one is lost."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from unittest.mock import Mock

import pytest
import torch
from torch.utils.data import DataLoader

from mnist_helpers.cli.main import main
from mnist_helpers.data import batch_loader, load_stand_in, split_train_validation
from mnist_helpers.model import DigitCNN
from mnist_helpers.train import (
    TrainingError,
    fit,
    is_main_process,
    join_processes,
    pick_device,
    processes,
    seed_everything,
    sum_over_processes,
)
from mnist_helpers.train.processes import Shares, divide_work
from tests.conftest import ROOT, small_arrays, write_folder

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
LOST = "Another process of this training has ended or does not answer"
SIGNALS = os.name != "nt"
needs_signals = pytest.mark.skipif(not SIGNALS, reason="signals of Unix")


@pytest.fixture
def member(monkeypatch):
    """Makes this process one of several, without the others."""

    def member(rank, size):
        monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
        monkeypatch.setattr(torch.distributed, "get_world_size", lambda: size)
        monkeypatch.setattr(torch.distributed, "get_rank", lambda: rank)
        monkeypatch.setattr(processes, "DistributedDataParallel", Mock())

    return member


# Without starting processes


def test_without_torchrun_there_is_one_process_and_nothing_changes(monkeypatch):
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    monkeypatch.setenv("RANK", "1")  # clusters set this for programs of any kind
    monkeypatch.setenv("WORLD_SIZE", "2")
    with join_processes():
        model, loader = DigitCNN(), batch_loader(load_stand_in().test)
        assert divide_work(model, loader, None) == (model, loader, None)
        assert sum_over_processes(1.5, 2) == [1.5, 2]
        assert is_main_process()
    assert not torch.distributed.is_initialized()


@pytest.mark.parametrize(("size", "images"), [(2, 70), (3, 71), (7, 77)])
def test_the_shares_of_every_batch_make_up_the_batch(size, images, member):
    digits = load_stand_in().train.sample(images)

    def batches(rank, size):
        member(rank, size)
        torch.manual_seed(5)
        loader = batch_loader(digits, 10, shuffle=True)
        _, shared, nothing = divide_work(DigitCNN(), loader, None)
        assert nothing is None
        assert len(shared) == len(loader)
        return [labels.tolist() for _, labels in shared]

    whole = batches(0, 1)
    parts = [batches(rank, size) for rank in range(size)]
    for number, batch in enumerate(whole):
        assert all(part[number] == batch[rank::size] for rank, part in enumerate(parts))


def test_an_empty_share_is_an_empty_batch(member):
    member(1, 2)
    _, loader = divide_work(DigitCNN(), batch_loader(load_stand_in().train.sample(11), 10))
    images, labels = list(loader)[-1]
    assert images.shape == (0, 1, 28, 28)
    assert labels.shape == (0,)


@pytest.mark.parametrize(("images", "batch"), [(100, 3), (3, 100)])
def test_more_processes_than_images_in_a_batch(images, batch, member):
    loader = batch_loader(load_stand_in().train.sample(images), batch)
    member(0, 3)
    assert divide_work(DigitCNN(), loader)[1] is not loader
    member(0, 4)
    with pytest.raises(TrainingError, match=r"4 processes.*only 3 images.*Start fewer"):
        divide_work(DigitCNN(), loader)


def test_another_kind_of_loader_is_named(member):
    member(0, 2)
    with pytest.raises(TrainingError, match="Make the loader with it"):
        divide_work(DigitCNN(), DataLoader(load_stand_in().train, batch_size=10))


def test_each_process_has_its_own_random_numbers_and_all_go_on_with_the_same():
    def drawn(rank, epoch):
        torch.manual_seed(7)
        own = []
        for _ in range(epoch):
            torch.rand(1)  # as the shuffling does
            own = [torch.rand(3).tolist() for _ in Shares([[1, 2], [3]], rank, 2)]
        return own, torch.rand(3).tolist()

    torch.manual_seed(7)
    torch.rand(1)
    expected = torch.rand(3).tolist()
    made = [drawn(rank, epoch) for epoch in (1, 2) for rank in (0, 1)]
    assert made[0][1] == made[1][1] == expected
    assert made[2][1] == made[3][1] != expected
    assert len({tuple(numbers) for own, _ in made for numbers in own}) == 8
    assert drawn(1, 2) == made[3]


def test_each_process_takes_its_own_gpu(monkeypatch, member):
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: None)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch, "empty", Mock())  # no test whether there is such a device
    assert pick_device("cuda") == torch.device("cuda")
    member(1, 2)
    assert pick_device("cuda") == torch.device("cuda", 1)
    assert pick_device("cpu").type == "cpu"
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(TrainingError, match=r"2 processes on.*there are 1\..*--device cpu"):
        pick_device("cuda")
    with pytest.raises(TrainingError, match=r"'mps'\. Add --device cpu"):
        pick_device("mps")


@pytest.mark.parametrize(("rank", "times"), [("0", 1), ("1", 0)])
def test_one_of_several_says_what_is_wrong_with_a_command(rank, times, monkeypatch, capsys):
    monkeypatch.setenv("RANK", rank)
    assert main(["train", "--epochs", "0"]) == 2
    said = capsys.readouterr()
    assert said.err.count("mnist_helpers: --epochs must be a whole number from 1 to") == times
    assert said.out == ""


# The same result

CASES = {  # images, batch: the last batch is even, uneven, and too small for both processes
    "even": (320, 64),
    "uneven": (331, 64),
    "one left over": (321, 64),
}
TRAIN = """
    import sys
    import torch
    from mnist_helpers.data import batch_loader, load_stand_in, random_shift
    from mnist_helpers.data import split_train_validation
    from mnist_helpers.model import DeepDigitCNN, DigitCNN
    from mnist_helpers.train import EarlyStopping, check_all_same, fit, is_main_process
    from mnist_helpers.train import join_processes, seed_everything
    from tests.train.test_processes import CASES, gloo_threads, train_case

    training, validation = split_train_validation(load_stand_in().train)
    with join_processes():
        main = is_main_process()
        # Both begin with the main one's weights, whatever their seeds.
        results = {name: train_case(name, seed=0 if main else 1) for name in CASES}
        seed_everything(0)
        stopped = fit(
            DigitCNN(channels=(4, 8), hidden=32),
            batch_loader(training.sample(60), 20, shuffle=True),
            batch_loader(validation, 1000),
            epochs=60,
            learning_rate=0.02,
            schedule="constant",
            augment=random_shift,
            early_stopping=EarlyStopping("val_loss", patience=4),
            device="cpu",
        )
        print(f"stopped after {len(stopped.epochs)} of 60")
        deep = DeepDigitCNN()  # batch normalization
        loader = batch_loader(training.sample(65), 32)
        fit(deep, loader, batch_loader(validation, 100), epochs=2, device="cpu")
        values = [value.double().sum().item() for value in deep.state_dict().values()]
        check_all_same((values, stopped["val_loss"]), "The processes differ.")
        print(f"threads inside:{gloo_threads()}\\n", end="")  # in one piece, beside the other's
    print(f"threads after:{gloo_threads()}\\n", end="")
    torch.save(results, f"{sys.argv[1]}/{'main' if main else 'other'}.pt")
"""


def gloo_threads():
    """The names of the threads with which this process talks to others (on Linux)."""
    names = [file.read_text().strip() for file in Path("/proc/self/task").glob("*/comm")]
    return [name for name in names if "gloo" in name]


def train_case(name, seed=0):
    """Train with one of the cases, alone or with other processes; return weights and record."""
    images, batch = CASES[name]
    training, validation = split_train_validation(load_stand_in().train)
    seed_everything(seed)
    model = DigitCNN(channels=(4, 8), hidden=32, dropout=0.0)
    loader = batch_loader(training.sample(images), batch, shuffle=True)
    options = {"epochs": 3, "reporters": [], "device": "cpu"}
    history = fit(model, loader, batch_loader(validation, 50), **options)
    return model.state_dict(), history.to_dict()


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """What two processes made of the cases, and what they printed."""
    folder = tmp_path_factory.mktemp("together")
    script = folder / "train.py"
    script.write_text(textwrap.dedent(TRAIN))
    command = [*TORCHRUN, "2", str(script), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    return [torch.load(folder / f"{name}.pt") for name in ("main", "other")], done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_two_processes_train_to_the_same_network_as_one(name, together):
    weights, history = train_case(name)
    for shared_weights, shared_history in (results[name] for results in together[0]):
        for one, other in zip(weights.values(), shared_weights.values(), strict=True):
            torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-3)
        assert shared_history["batch_loss"] == pytest.approx(history["batch_loss"], rel=1e-3)
        for epoch, shared in zip(history["epochs"], shared_history["epochs"], strict=True):
            for metric in ("train_loss", "val_loss"):
                assert shared[metric] == pytest.approx(epoch[metric], rel=1e-3)
            for metric in ("train_accuracy", "val_accuracy"):
                assert shared[metric] == pytest.approx(epoch[metric], abs=0.011)


@pytest.mark.slow
def test_the_processes_end_with_the_very_same_weights(together):
    first, second = together[0]
    for name in CASES:
        pairs = zip(first[name][0].values(), second[name][0].values(), strict=True)
        assert all(torch.equal(one, other) for one, other in pairs)
        for epoch in (*first[name][1]["epochs"], *second[name][1]["epochs"]):
            epoch["seconds"] = 0.0
        assert first[name][1] == second[name][1]


@pytest.mark.slow
def test_all_stop_early_together_and_only_the_main_process_prints(together):
    stopped = re.findall(r"stopped after (\d+) of 60", together[1])
    assert len(stopped) == 1
    assert int(stopped[0]) < 60
    assert together[1].count("epoch 2/2") == 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_no_thread_of_the_group_is_left_to_abort_the_process_while_it_ends(together):
    threads = dict(re.findall(r"threads (inside|after):(.*)", together[1]))
    assert "gloo" in threads["inside"]
    after = [line for line in together[1].splitlines() if line.startswith("threads after:")]
    assert after == ["threads after:[]"] * 2


# The command, and what can go wrong

COMMAND = """
    import os, sys
    from datetime import timedelta
    from pathlib import Path
    import mnist_helpers.data.loading, mnist_helpers.train.processes
    from mnist_helpers.cli.main import main
    from mnist_helpers.data import DataError

    notes = Path(sys.argv[1])

    def download(*_, **__):
        with (notes / "downloads").open("a") as file:
            file.write(os.environ["RANK"])
        raise DataError("There is no internet in this test.")

    mnist_helpers.data.loading.download_mnist = download
    mnist_helpers.data.loading.user_cache_dir = lambda *_, **__: str(notes / "cache")
    if "LIMIT" in os.environ:
        mnist_helpers.train.processes.TIME_LIMIT = timedelta(seconds=int(os.environ["LIMIT"]))
    (notes / os.environ["RANK"]).write_text(str(os.getpid()))
    words = sys.argv[2:]
    while "then" in words:
        first = words.index("then")
        assert main(words[:first]) == 0
        words = words[first + 1 :]
        # The next group needs other names in torchrun's store.
        os.environ["TORCHELASTIC_RESTART_COUNT"] += "1"
    sys.exit(main(words))
"""


@pytest.fixture
def start(tmp_path):
    """Starts the command line in two processes, which note their ids in tmp_path/0 and /1.

    Several commands, with "then" between them, run in the same two, because these start slowly.
    """
    script = tmp_path / "command.py"
    script.write_text(textwrap.dedent(COMMAND))
    started = []

    def start(*arguments, **environment):
        for rank in "01":
            (tmp_path / rank).unlink(missing_ok=True)
        command = [*TORCHRUN, "2", str(script), str(tmp_path), *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        settings = ENVIRONMENT | {"MNIST_DATA_DIR": ""} | environment
        process = subprocess.Popen(command, env=settings, start_new_session=True, **pipes)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def few(tmp_path):
    """The words for a long training on few digits."""
    arrays = small_arrays(n_train=240)
    parts = {name: arrays[name] for name in ("train_images", "train_labels")}
    write_folder(tmp_path / "digits", **parts)
    options = ["--device", "cpu", "--epochs", "30", "--data-dir", tmp_path / "digits"]
    return ["train", *options, "--out"]


def hit(process, tmp_path, rank, number, out="out"):
    """Send a signal to one of the processes, or to both, in the middle of the training."""
    while not (tmp_path / out / "checkpoint.safetensors").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    if rank is None:
        os.killpg(process.pid, number)
    else:
        os.kill(int((tmp_path / str(rank)).read_text()), number)


@pytest.mark.slow
@needs_signals
def test_a_killed_process_ends_the_run_and_a_restart_makes_up_for_it(start, few, tmp_path):
    whole, killed, alone = (tmp_path / name for name in ("whole", "killed", "alone"))
    process = start(*few, killed)
    hit(process, tmp_path, 1, signal.SIGKILL, "killed")
    _, err = process.communicate(timeout=200)
    assert process.returncode != 0
    assert err.count(f"mnist_helpers: {LOST}") == 1
    assert "--resume" in err
    assert not (killed / "history.json").exists()

    shutil.copytree(killed, alone)
    process = start(*few, killed, "--resume", "then", *few, whole)
    out, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    assert out.count("Going on after epoch") == 1
    name = "digit_cnn.safetensors"
    assert (killed / name).read_bytes() == (whole / name).read_bytes()

    # Another number of processes can go on, too: here one.
    assert main([*map(str, few), str(alone), "--resume"]) == 0
    assert len(json.loads((alone / "history.json").read_text())["epochs"]) == 30


@pytest.mark.slow
@needs_signals
def test_a_process_that_does_not_answer_is_not_waited_for_long(start, few, tmp_path):
    """It is the main one, so that another has to say so."""
    process = start(*few, tmp_path / "out", LIMIT="5")
    hit(process, tmp_path, 0, signal.SIGSTOP)
    stopped = time.monotonic()
    while LOST not in (line := process.stderr.readline()):
        assert line, "it ended without the sentence"
    assert time.monotonic() - stopped < 60
    os.kill(int((tmp_path / "0").read_text()), signal.SIGCONT)
    process.communicate(timeout=200)
    assert process.returncode != 0


@pytest.mark.slow
def test_all_is_said_written_and_downloaded_once_and_ctrl_c_says_once_how_to_go_on(
    start, few, tmp_path
):
    """The second training, in the same processes, gets the Ctrl-C."""
    first = ["train", "--device", "cpu", "--epochs", "2", "--out", tmp_path / "out"]
    process = start(*first, *(["then", *few, tmp_path / "stopped"] if SIGNALS else []))
    if SIGNALS:
        hit(process, tmp_path, None, signal.SIGINT, "stopped")  # as a terminal does: to all of them
    out, err = process.communicate(timeout=200)
    begun, *epochs, accuracy, weights = out.splitlines()[:5]
    assert begun.endswith("on cpu, in 2 processes.")
    assert [line.split("  ")[0] for line in epochs] == ["epoch 1/2", "epoch 2/2"]
    assert "of the validation images right" in accuracy
    assert weights == f"The weights are in {tmp_path / 'out' / 'digit_cnn.safetensors'}."
    assert out.count("epoch 1/2") == 1
    assert err.count("STAND-IN") == 1
    assert (tmp_path / "downloads").read_text() == "0"
    written = {file.name for file in (tmp_path / "out").iterdir()}
    assert written == {"checkpoint.safetensors", "digit_cnn.safetensors", "history.json"}

    assert bool(process.returncode) == SIGNALS, err
    if not SIGNALS:
        return
    assert out.count("epoch 1/30") == 1
    assert len(re.findall(r"mnist_helpers: Stopped in epoch \d+ of 30\..*resume=True", err)) == 1
    assert LOST not in err
    assert err.count("Traceback") <= 1  # torchrun's own
