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

import pytest
import torch
import torch.distributed as dist
from conftest import ROOT, small_arrays, write_folder
from torch.utils.data import DataLoader

from mnist_helpers.data import batch_loader, load_stand_in, split_train_validation
from mnist_helpers.model import DigitCNN
from mnist_helpers.train import ALONE, TrainingError, World, fit, open_world, seed_everything

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
LOST = "Another process of this training ended or does not answer"
needs_signals = pytest.mark.skipif(os.name == "nt", reason="signals of Unix")


def member(rank, size):
    """One of several processes, without the others."""
    return World(rank, size, dist.HashStore())


# Without starting processes


def test_without_torchrun_there_is_one_process_and_nothing_changes(monkeypatch):
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    monkeypatch.setenv("RANK", "1")  # clusters set this for programs of any kind
    monkeypatch.setenv("WORLD_SIZE", "2")
    with open_world() as world:
        assert world is ALONE
        model, loader = DigitCNN(), batch_loader(load_stand_in().test)
        assert world.wrap(model) is model
        assert world.share(loader) is loader
        assert world.total(1.5, 2) == [1.5, 2]
        before = torch.get_rng_state()
        with world.own_random(3):
            assert torch.equal(torch.get_rng_state(), before)
    assert not dist.is_initialized()


@pytest.mark.parametrize("size", [2, 3, 7])
@pytest.mark.parametrize("images", [70, 71, 77])
def test_the_shares_of_every_batch_make_up_the_batch(size, images):
    digits = load_stand_in().train.sample(images)

    def batches(world):
        torch.manual_seed(5)
        loader = batch_loader(digits, 10, shuffle=True)
        shared = world.share(loader)
        assert len(shared) == len(loader)
        return [labels.tolist() for _, labels in shared]

    whole = batches(ALONE)
    parts = [batches(member(rank, size)) for rank in range(size)]
    for number, batch in enumerate(whole):
        mine = [part[number] for part in parts]
        assert sorted(label for share in mine for label in share) == sorted(batch)
        assert max(map(len, mine)) - min(map(len, mine)) <= 1
        assert all(share == batch[rank::size] for rank, share in enumerate(mine))


def test_an_empty_share_is_an_empty_batch():
    digits = load_stand_in().train.sample(11)
    images, labels = list(member(1, 2).share(batch_loader(digits, 10)))[-1]
    assert images.shape == (0, 1, 28, 28)
    assert labels.shape == (0,)


@pytest.mark.parametrize(("images", "batch"), [(100, 3), (3, 100)])
def test_more_processes_than_images_in_a_batch(images, batch):
    loader = batch_loader(load_stand_in().train.sample(images), batch)
    assert member(0, 3).share(loader) is not loader
    with pytest.raises(TrainingError, match=r"4 processes.*only 3 images.*Start fewer"):
        member(0, 4).share(loader)


def test_another_kind_of_loader_is_named():
    with pytest.raises(TrainingError, match="Make the loader with it"):
        member(0, 2).share(DataLoader(load_stand_in().train, batch_size=10))


def test_each_process_has_random_numbers_of_its_own_and_all_go_on_with_the_same():
    def drawn(rank, step):
        torch.manual_seed(7)
        with member(rank, 2).own_random(step):
            own = torch.rand(3 + rank)[:3].tolist()  # as many as its share needs
        return own, torch.rand(3).tolist()

    torch.manual_seed(7)
    expected = torch.rand(3).tolist()
    made = [drawn(rank, step) for rank in (0, 1) for step in (0, 1)]
    assert [after for _, after in made] == [expected] * 4
    assert len({tuple(own) for own, _ in made}) == 4
    assert drawn(1, 1) == made[3]


def test_each_process_takes_a_gpu_of_its_own(monkeypatch):
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: None)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    wanted = torch.device("cuda")
    assert member(1, 2).device(wanted) == torch.device("cuda", 1)
    assert ALONE.device(wanted) == wanted
    assert member(1, 2).device(torch.device("cpu")).type == "cpu"
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(TrainingError, match=r"2 processes here.*there are 1\..*--device cpu"):
        member(1, 2).device(wanted)
    with pytest.raises(TrainingError, match=r"'mps' together\. Add --device cpu"):
        member(1, 2).device(torch.device("mps"))


# The same result

CASES = {  # images, batch: the last batch is even, uneven, and too small for both processes
    "even": (320, 64),
    "uneven": (331, 64),
    "one left over": (321, 64),
}
TRAIN = """
    import json, sys
    import torch
    from mnist_helpers.data import random_shift
    from mnist_helpers.data import batch_loader, load_stand_in, split_train_validation
    from mnist_helpers.train import open_world
    from mnist_helpers.model import DeepDigitCNN, DigitCNN
    from mnist_helpers.train import EarlyStopping, fit, seed_everything

    out, cases = sys.argv[1], json.loads(sys.argv[2])
    training, validation = split_train_validation(load_stand_in().train)
    results = {}
    with open_world() as world:
        for name, (images, batch) in cases.items():
            seed_everything(world.rank)  # DistributedDataParallel gives all the main one's weights
            model = DigitCNN(channels=(4, 8), hidden=32, dropout=0.0)
            history = fit(
                model,
                batch_loader(training.sample(images), batch, shuffle=True),
                batch_loader(validation, 50),
                epochs=3,
                reporters=[],
                device="cpu",
                world=world,
            )
            results[name] = model.state_dict(), history.to_dict()
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
            world=world,
        )
        print(f"stopped after {len(stopped.epochs)} of 60")
        deep = DeepDigitCNN()  # batch normalization
        fit(deep, batch_loader(training.sample(65), 32), epochs=2, device="cpu", world=world)
        buffers = [buffer.double().sum().item() for buffer in deep.buffers()]
        weights = [weight.double().sum().item() for weight in deep.parameters()]
        world.check_same((buffers, weights, stopped.epochs), "The processes differ.")
    torch.save(results, f"{out}/{world.rank}.pt")
"""


def train_alone(images, batch):
    training, validation = split_train_validation(load_stand_in().train)
    seed_everything(0)
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
    command = [*TORCHRUN, "2", str(script), str(folder), json.dumps(CASES)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    return [torch.load(folder / f"{rank}.pt") for rank in (0, 1)], done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_two_processes_train_to_the_same_network_as_one(name, together):
    weights, history = train_alone(*CASES[name])
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
        assert first[name][1] == second[name][1]


@pytest.mark.slow
def test_all_stop_early_together_and_only_the_main_process_prints(together):
    stopped = re.findall(r"stopped after (\d+) of 60", together[1])
    assert len(stopped) == 1
    assert int(stopped[0]) < 60
    assert together[1].count("epoch 2/2") == 1


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
        raise DataError("There is no network in this test.")

    mnist_helpers.data.loading.download_mnist = download
    mnist_helpers.data.loading.user_cache_dir = lambda *_, **__: str(notes / "cache")
    if "LIMIT" in os.environ:
        mnist_helpers.train.processes.TIME_LIMIT = timedelta(seconds=int(os.environ["LIMIT"]))
    (notes / os.environ["RANK"]).write_text(str(os.getpid()))
    sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def start(tmp_path):
    """Starts the command line in two processes, which note their ids in tmp_path/0 and /1."""
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
    options = ["--device", "cpu", "--epochs", "150", "--data-dir", tmp_path / "digits"]
    return ["train", *options, "--out"]


def wait_for_the_first_epoch(process, out):
    while not (out / "checkpoint.safetensors").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)


def hit(process, tmp_path, out, rank, number):
    """Send a signal to one of the processes, in the middle of the training."""
    wait_for_the_first_epoch(process, out)
    os.kill(int((tmp_path / str(rank)).read_text()), number)


@pytest.mark.slow
def test_everything_is_said_and_written_and_downloaded_once(start, tmp_path):
    process = start("train", "--device", "cpu", "--epochs", "2", "--out", tmp_path / "out")
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    first, *epochs, accuracy, weights = out.splitlines()
    assert first.endswith("on cpu, in 2 processes.")
    assert [line.split("  ")[0] for line in epochs] == ["epoch 1/2", "epoch 2/2"]
    assert "of the validation images right" in accuracy
    assert weights == f"The weights are in {tmp_path / 'out' / 'digit_cnn.safetensors'}."
    assert err.count("STAND-IN") == 1
    assert (tmp_path / "downloads").read_text() == "0"
    written = {file.name for file in (tmp_path / "out").iterdir()}
    assert written == {"checkpoint.safetensors", "digit_cnn.safetensors", "history.json"}


@pytest.mark.slow
def test_a_mistake_in_the_command_is_said_once(start, tmp_path):
    process = start("train", "--epochs", "0", "--out", tmp_path / "out")
    out, err = process.communicate(timeout=300)
    assert process.returncode != 0
    assert err.count("mnist_helpers: --epochs must be at least 1, got 0") == 1
    assert LOST not in err
    assert out == ""


@pytest.mark.slow
@needs_signals
def test_a_killed_process_ends_the_run_and_a_restart_ends_it_as_if_nothing_had_been(
    start, few, tmp_path
):
    whole, killed, alone = (tmp_path / name for name in ("whole", "killed", "alone"))
    process = start(*few, killed)
    hit(process, tmp_path, killed, 1, signal.SIGKILL)
    _, err = process.communicate(timeout=200)
    assert process.returncode != 0
    assert err.count(f"mnist_helpers: {LOST}") == 1
    assert "--resume" in err
    assert not (killed / "history.json").exists()

    shutil.copytree(killed, alone)
    process = start(*few, killed, "--resume")
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert out.count("Going on after epoch") == 1
    process = start(*few, whole)
    process.communicate(timeout=300)
    assert process.returncode == 0
    name = "digit_cnn.safetensors"
    assert (killed / name).read_bytes() == (whole / name).read_bytes()

    # Another number of processes can go on, too: here one.
    command = [sys.executable, "-m", "mnist_helpers", *map(str, few), str(alone), "--resume"]
    subprocess.run(command, check=True, capture_output=True, timeout=300, env=ENVIRONMENT)
    assert len(json.loads((alone / "history.json").read_text())["epochs"]) == 150


@pytest.mark.slow
@needs_signals
def test_if_the_main_process_is_killed_another_says_so(start, few, tmp_path):
    process = start(*few, tmp_path / "out")
    hit(process, tmp_path, tmp_path / "out", 0, signal.SIGKILL)
    _, err = process.communicate(timeout=200)
    assert process.returncode != 0
    assert err.count(f"mnist_helpers: {LOST}") == 1


@pytest.mark.slow
@needs_signals
def test_a_process_that_does_not_answer_is_not_waited_for_long(start, few, tmp_path):
    process = start(*few, tmp_path / "out", LIMIT="5")
    hit(process, tmp_path, tmp_path / "out", 1, signal.SIGSTOP)
    stopped = time.monotonic()
    while LOST not in (line := process.stderr.readline()):
        assert line, "it ended without the sentence"
    assert time.monotonic() - stopped < 60
    os.kill(int((tmp_path / "1").read_text()), signal.SIGCONT)
    process.communicate(timeout=200)
    assert process.returncode != 0


@pytest.mark.slow
@needs_signals
def test_ctrl_c_says_once_how_to_go_on(start, few, tmp_path):
    process = start(*few, tmp_path / "out")
    wait_for_the_first_epoch(process, tmp_path / "out")
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    _, err = process.communicate(timeout=200)
    assert process.returncode != 0
    assert len(re.findall(r"mnist_helpers: Stopped in epoch \d+ of 150\..*resume=True", err)) == 1
    assert LOST not in err
    assert err.count("Traceback") <= 1  # torchrun's own
