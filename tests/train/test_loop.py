"""Training: it learns, it repeats, it stops, it goes on, and it names mistakes."""

import os
import signal
import subprocess
import sys
import textwrap
import time
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from mnist_helpers.data import batch_loader, load_stand_in, random_shift, split_train_validation
from mnist_helpers.evaluate import predict
from mnist_helpers.model import DigitCNN
from mnist_helpers.train import (
    EarlyStopping,
    History,
    Reporter,
    TrainingError,
    Tuning,
    fit,
    pick_device,
    seed_everything,
    tuning,
)

QUIET = {"reporters": [], "device": "cpu"}


@pytest.fixture(scope="module")
def digits():
    training, validation = split_train_validation(load_stand_in().train)
    return training.sample(640), validation


def small_model(seed=0):
    seed_everything(seed)
    return DigitCNN(channels=(4, 8), hidden=32)


def weights_equal(one, other):
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


class Interrupt(Reporter):
    """Ctrl-C after so many batches."""

    def __init__(self, after):
        self.after = after

    def on_batch(self, history):
        if len(history.batch_loss) == self.after:
            raise KeyboardInterrupt


def test_it_learns_to_read(digits):
    training, validation = digits
    model = small_model()
    before = predict(model, validation).accuracy
    history = fit(model, batch_loader(training, 32, shuffle=True), epochs=12, **QUIET)
    assert before < 0.3
    assert predict(model, validation).accuracy > 0.85
    assert history.batch_loss[-1] < history.batch_loss[0] / 4
    assert not model.training


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
@pytest.mark.parametrize("schedule", ["one-cycle", "constant"])
def test_history_records_every_batch_and_epoch(digits, optimizer, schedule):
    training, validation = digits
    history = fit(
        small_model(),
        batch_loader(training, 100, shuffle=True),
        batch_loader(validation, 1000),
        epochs=2,
        tuning=Tuning(optimizer=optimizer),
        schedule=schedule,
        **QUIET,
    )
    assert len(history.batch_loss) == 2 * 7
    assert len(history["val_loss"]) == len(history["train_accuracy"]) == 2
    assert 0 <= history["val_accuracy"][-1] <= 1
    assert history.seconds == pytest.approx(sum(history["seconds"]))
    assert history.best_epoch is None
    with pytest.raises(KeyError, match="no metric 'f1'"):
        history["f1"]


def test_one_cycle_ends_near_zero_and_constant_stays(digits):
    training, _ = digits
    rates = {}
    for schedule in ("one-cycle", "constant"):
        loader = batch_loader(training, 64, shuffle=True)
        history = fit(small_model(), loader, epochs=3, schedule=schedule, **QUIET)
        rates[schedule] = history["learning_rate"]
    assert rates["one-cycle"][-1] < 0.001 * max(rates["one-cycle"])
    assert rates["constant"] == [0.01] * 3


@pytest.mark.parametrize(
    ("schedule", "betas", "first", "second"),
    [
        ("one-cycle", (0.6, 0.95), {0.6}, 0.95),
        ("constant", (0.6, 0.95), {0.6}, 0.95),
        ("one-cycle", None, None, 0.999),  # moved between 0.85 and 0.95
        ("constant", None, {0.9}, 0.999),
    ],
)
def test_given_betas_stay_and_the_usual_ones_follow_one_cycle(
    digits, monkeypatch, schedule, betas, first, second
):
    seen = []

    class Spy(torch.optim.AdamW):
        def step(self, closure=None):
            seen.append(self.param_groups[0]["betas"])
            return super().step(closure)

    monkeypatch.setitem(tuning.OPTIMIZERS, "adamw", Spy)
    loader = batch_loader(digits[0], 32, shuffle=True)
    fit(small_model(), loader, epochs=1, schedule=schedule, tuning=Tuning(betas=betas), **QUIET)
    assert {beta for _, beta in seen} == {second}
    kept = {beta for beta, _ in seen}
    if first is None:
        assert min(kept) == pytest.approx(0.85, abs=0.01)
        assert max(kept) == pytest.approx(0.95)
    else:
        assert kept == first


def test_same_seed_same_weights_other_seed_others(digits):
    training, _ = digits

    def trained(seed):
        model = small_model(0)
        loader = batch_loader(training, 64, shuffle=True)
        fit(model, loader, epochs=1, seed=seed, augment=random_shift, **QUIET)
        return model

    assert weights_equal(trained(1), trained(1))
    assert not weights_equal(trained(1), trained(2))


def test_label_smoothing_is_for_training_only(digits):
    training, _ = digits
    loader, model = batch_loader(training, 640), small_model().eval()
    images, labels = training[:]
    with torch.no_grad():
        logits = model(images)
    one_hot = nn.functional.one_hot(labels, 10).float()
    smoothed = 0.7 * one_hot + 0.03
    expected = -(smoothed * logits.log_softmax(dim=1)).sum(dim=1).mean().item()
    still = Tuning(weight_decay=0.0, label_smoothing=0.3)
    model = DigitCNN(channels=(4, 8), hidden=32, dropout=0.0)
    model.load_state_dict(small_model().state_dict())
    checked = batch_loader(training, 640)
    history = fit(model, loader, checked, epochs=1, learning_rate=1e-12, tuning=still, **QUIET)
    assert history["train_loss"][0] == pytest.approx(expected, rel=1e-5)
    plain = nn.functional.cross_entropy(logits, labels).item()
    assert history["val_loss"][0] == pytest.approx(plain, rel=1e-5)


def test_augment_changes_training_images_only(digits):
    training, validation = digits
    seen = []

    def spy(images):
        seen.append(len(images))
        return torch.zeros_like(images)

    history = fit(
        small_model(),
        batch_loader(training, 64, shuffle=True),
        batch_loader(validation),
        epochs=1,
        augment=spy,
        **QUIET,
    )
    assert sum(seen) == len(training)
    assert history["train_accuracy"][0] < 0.3  # nothing to be learned from black squares


# Early stopping


def stopping_history(losses):
    return History(epochs=[{"val_loss": loss, "val_accuracy": -loss} for loss in losses])


@given(
    losses=st.lists(st.floats(0, 10), min_size=1, max_size=20),
    patience=st.integers(1, 5),
)
def test_early_stopping_waits_exactly_its_patience(losses, patience):
    stopping = EarlyStopping("val_loss", patience)
    history = stopping_history(losses)
    best = losses.index(min(losses)) + 1
    assert stopping.best_epoch(history) == best
    assert stopping.should_stop(history) == (len(losses) - best >= patience)
    assert EarlyStopping("val_accuracy", patience).best_epoch(history) == best


def test_early_stopping_ignores_gains_below_min_delta_and_nan():
    assert EarlyStopping(min_delta=0.1).best_epoch(stopping_history([1.0, 0.95, 0.85])) == 3
    assert EarlyStopping(min_delta=0.2).best_epoch(stopping_history([1.0, 0.95, 0.85])) == 1
    assert EarlyStopping().best_epoch(stopping_history([float("nan"), 2.0, float("nan")])) == 2


def test_early_stopping_ends_the_run_and_restores_the_best_weights(digits):
    training, validation = digits
    few = training.sample(60)
    history = fit(
        model := small_model(),
        batch_loader(few, 20, shuffle=True),
        batch_loader(validation, 1000),
        epochs=60,
        learning_rate=0.02,
        schedule="constant",
        early_stopping=EarlyStopping("val_loss", patience=4),
        **QUIET,
    )
    losses = history["val_loss"]
    assert len(losses) < 60
    assert history.best_epoch == losses.index(min(losses)) + 1 == len(losses) - 4
    predictions = predict(model, validation)
    expected = history["val_accuracy"][history.best_epoch - 1]
    assert predictions.accuracy == pytest.approx(expected)


def test_early_stopping_names_its_metric():
    with pytest.raises(ValueError, match="needs one of"):
        EarlyStopping("accuracy")
    with pytest.raises(ValueError, match="negative"):
        EarlyStopping(patience=-1)


# Going on after an interruption


def run(digits, tmp_path, loader=None, **options):
    training, validation = digits
    model = small_model()
    history = fit(
        model,
        loader or batch_loader(training, 64, shuffle=True),
        batch_loader(validation, 1000),
        epochs=3,
        augment=random_shift,
        early_stopping=EarlyStopping("val_accuracy", patience=3),
        checkpoint=tmp_path / "checkpoint.safetensors",
        **{**QUIET, **options},
    )
    return model, history


@pytest.mark.parametrize("after", [1, 10, 11, 19, 20, 21, 30])
def test_interrupted_and_resumed_equals_uninterrupted_bit_for_bit(digits, tmp_path, after):
    expected, expected_history = run(digits, tmp_path / "one")
    advice = "resume=True" if after > 10 else "from the beginning"
    with pytest.raises(KeyboardInterrupt, match=rf"Stopped in epoch \d of 3.*{advice}"):
        run(digits, tmp_path / "two", reporters=[Interrupt(after)])
    torch.manual_seed(12345)  # whatever happened in between must not matter
    resumed, history = run(digits, tmp_path / "two", resume=True)
    assert weights_equal(resumed, expected)
    assert history.batch_loss == expected_history.batch_loss
    assert history["val_loss"] == expected_history["val_loss"]
    assert history.best_epoch == expected_history.best_epoch


@pytest.mark.parametrize("own_generator", [False, True])
def test_resume_is_exact_with_the_standard_dataloader(digits, tmp_path, own_generator):
    def loader():
        generator = torch.Generator().manual_seed(7) if own_generator else None
        return DataLoader(digits[0], batch_size=64, shuffle=True, generator=generator)

    expected, _ = run(digits, tmp_path / "one", loader())
    with pytest.raises(KeyboardInterrupt):
        run(digits, tmp_path / "two", loader(), reporters=[Interrupt(15)])
    resumed, _ = run(digits, tmp_path / "two", loader(), resume=True)
    assert weights_equal(resumed, expected)


def test_resume_is_exact_with_a_seeded_batch_loader(digits, tmp_path):
    def loader():
        return batch_loader(digits[0], 64, shuffle=True, seed=7)

    expected, _ = run(digits, tmp_path / "one", loader())
    with pytest.raises(KeyboardInterrupt):
        run(digits, tmp_path / "two", loader(), reporters=[Interrupt(25)])
    resumed, _ = run(digits, tmp_path / "two", loader(), resume=True)
    assert weights_equal(resumed, expected)


def test_resume_of_a_finished_run_changes_nothing(digits, tmp_path):
    expected, history = run(digits, tmp_path)
    again, again_history = run(digits, tmp_path, resume=True)
    assert weights_equal(again, expected)
    assert again_history.batch_loss == history.batch_loss


def test_resume_without_a_checkpoint_starts_from_the_beginning(digits, tmp_path):
    expected, _ = run(digits, tmp_path / "one")
    model, _ = run(digits, tmp_path / "two", resume=True)
    assert weights_equal(model, expected)


def test_resume_with_other_settings_says_which(digits, tmp_path):
    run(digits, tmp_path)
    with pytest.raises(TrainingError, match=r"learning_rate=0\.01 there, 0\.5 here"):
        run(digits, tmp_path, resume=True, learning_rate=0.5)


def test_resume_with_other_betas_says_which(digits, tmp_path):
    run(digits, tmp_path, tuning=Tuning(betas=(0.6, 0.95)))
    with pytest.raises(TrainingError, match=r"betas=\[0\.6, 0\.95\] there, None here"):
        run(digits, tmp_path, resume=True)
    run(digits, tmp_path, resume=True, tuning=Tuning(betas=(0.6, 0.95)))


def test_resume_with_another_network_says_so(digits, tmp_path):
    run(digits, tmp_path)
    with pytest.raises(TrainingError, match=r"another run \(config=\{'channels': \[4, 8\].* there"):
        fit(
            DigitCNN(channels=(5, 5)),
            batch_loader(digits[0], 64, shuffle=True),
            batch_loader(digits[1], 1000),
            epochs=3,
            early_stopping=EarlyStopping("val_accuracy", patience=3),
            checkpoint=tmp_path / "checkpoint.safetensors",
            resume=True,
            **QUIET,
        )


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"\x00" * 100])
def test_a_broken_checkpoint_is_named_and_not_used(digits, tmp_path, content):
    (tmp_path / "checkpoint.safetensors").write_bytes(content)
    with pytest.raises(TrainingError, match=r"checkpoint\.safetensors.*Delete it"):
        run(digits, tmp_path, resume=True)


KILLED = """
    import sys, time
    from mnist_helpers.data import random_shift
    from mnist_helpers.data import batch_loader, load_stand_in, split_train_validation
    from mnist_helpers.model import DigitCNN
    from mnist_helpers.train import Reporter
    from mnist_helpers.train import EarlyStopping, fit, seed_everything

    class Slow(Reporter):
        def on_batch(self, history):
            print(len(history.batch_loss), flush=True)
            time.sleep(0.05)

    training, validation = split_train_validation(load_stand_in().train)
    seed_everything(0)
    fit(
        DigitCNN(channels=(4, 8), hidden=32),
        batch_loader(training.sample(640), 64, shuffle=True),
        batch_loader(validation, 1000),
        epochs=3,
        augment=random_shift,
        early_stopping=EarlyStopping("val_accuracy", patience=3),
        checkpoint=sys.argv[1],
        reporters=[Slow()],
        device="cpu",
    )
"""


@pytest.mark.slow
def test_killed_and_resumed_equals_uninterrupted_bit_for_bit(digits, tmp_path):
    expected, _ = run(digits, tmp_path / "one")
    checkpoint = tmp_path / "two" / "checkpoint.safetensors"
    script = tmp_path / "killed.py"
    script.write_text(textwrap.dedent(KILLED))
    process = subprocess.Popen(
        [sys.executable, str(script), str(checkpoint)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    for line in process.stdout:
        if int(line) == 17:  # in the middle of the second epoch
            process.kill()
            break
    process.wait()
    assert checkpoint.exists()
    resumed, _ = run(digits, tmp_path / "two", resume=True)
    assert weights_equal(resumed, expected)


# The usual mistakes, each named in a sentence


def images_and_labels(n=20):
    return torch.randn(n, 1, 28, 28), torch.arange(n) % 10


def fit_on(images, labels, model=None, **options):
    loader = batch_loader(TensorDataset(images, labels), 10)
    return fit(model or small_model(), loader, epochs=1, **{**QUIET, **options})


def linear(outputs):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, outputs))


def test_labels_as_floats():
    images, labels = images_and_labels()
    with pytest.raises(TrainingError, match=r"labels are torch\.float32.*labels\.long\(\)"):
        fit_on(images, labels.float())


def test_one_hot_labels():
    images, labels = images_and_labels()
    with pytest.raises(TrainingError, match=r"argmax\(dim=1\)"):
        fit_on(images, nn.functional.one_hot(labels))


def test_logits_of_the_wrong_width():
    for outputs in (1, 9):
        with pytest.raises(TrainingError, match=f"{outputs} numbers per image.*needs 10 outputs"):
            fit_on(*images_and_labels(), linear(outputs))
    with pytest.warns(UserWarning, match=r"128 numbers per image.*needs 10 outputs"):
        fit_on(*images_and_labels(), linear(128))


def test_other_things_than_digits_may_have_more_or_fewer_classes():
    images, labels = images_and_labels(60)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit_on(images, labels % 2, linear(2))
        fit_on(images, 7 * torch.arange(60) % 26, linear(26))


def test_a_label_that_is_no_digit():
    images, labels = images_and_labels()
    with pytest.raises(TrainingError, match=r"label 10.*0 to 9"):
        fit_on(images, labels + 1)


def test_a_forgotten_channel_axis():
    images, labels = images_and_labels()
    with pytest.raises(TrainingError, match=r"channel axis is missing.*unsqueeze\(1\)"):
        fit_on(images[:, 0], labels)
    convolution = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4 * 26 * 26, 10))
    with pytest.raises(TrainingError, match="channel axis is missing"):
        fit_on(images[:, 0], labels, convolution)


def test_a_linear_layer_of_the_wrong_size():
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4 * 28 * 28, 10))
    with pytest.raises(TrainingError, match=r"Print x\.shape"):
        fit_on(*images_and_labels(), model)


def test_a_forgotten_flatten():
    with pytest.raises(TrainingError, match="flatten"):
        fit_on(*images_and_labels(), nn.Linear(28, 10))


def test_images_as_bytes():
    _, labels = images_and_labels()
    with pytest.raises(TrainingError, match=r"torch\.uint8.*normalize"):
        fit_on(torch.zeros(20, 1, 28, 28, dtype=torch.uint8), labels)


def test_nan_images():
    images, labels = images_and_labels()
    images[3] = float("nan")
    with pytest.raises(TrainingError, match="images hold NaN"):
        fit_on(images, labels)


def test_a_learning_rate_that_runs_away():
    images, labels = images_and_labels(200)
    with pytest.raises(TrainingError, match=r"epoch 1, batch \d+.*learning rate"):
        fit_on(1e6 * images, labels, linear(10), learning_rate=1e38, schedule="constant")


def test_a_tensor_on_another_device():
    class Lost(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = linear(10)
            self.shift = torch.zeros(10, device="meta")

        def forward(self, images):
            return self.layer(images) + self.shift

    with pytest.raises(TrainingError, match=r"batch is on 'cpu'.*register_buffer"):
        fit_on(*images_and_labels(), Lost())


def test_other_errors_of_a_model_pass_through():
    class Broken(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = linear(10)

        def forward(self, images):
            raise ValueError("my own mistake")

    with pytest.raises(ValueError, match="my own mistake"):
        fit_on(*images_and_labels(), Broken())


def test_softmax_in_the_model_warns_and_logits_do_not():
    with pytest.warns(UserWarning, match="leave softmax out"):
        fit_on(*images_and_labels(), nn.Sequential(linear(10), nn.Softmax(dim=1)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit_on(*images_and_labels())


def test_a_loader_that_gives_no_tensors():
    pairs = [(image, int(label)) for image, label in zip(*images_and_labels(), strict=True)]
    loader = DataLoader(pairs, batch_size=4, collate_fn=lambda batch: (batch, batch))
    with pytest.raises(TrainingError, match="pairs of tensors"):
        fit(small_model(), loader, epochs=1, **QUIET)


def test_an_empty_dataset():
    images, labels = images_and_labels(0)
    with pytest.raises(TrainingError, match="empty"):
        fit_on(images, labels)


def test_a_loader_without_a_length():
    with pytest.raises(TrainingError, match=r"len\(loader\)"):
        fit(small_model(), iter([images_and_labels()]), epochs=1, **QUIET)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epochs": 0}, "epochs must be at least 1"),
        ({"learning_rate": -1}, "learning_rate must be above 0"),
        ({"schedule": "cosine"}, "schedule must be one of"),
        ({"resume": True}, "name the checkpoint"),
        ({"early_stopping": EarlyStopping("val_loss")}, "needs a validation_loader"),
        ({"device": "nowhere"}, "no device 'nowhere' here"),
    ],
)
def test_bad_arguments_are_named(options, words):
    images, labels = images_and_labels()
    loader = batch_loader(TensorDataset(images, labels), 10)
    with pytest.raises(TrainingError, match=words):
        fit(small_model(), loader, **{"epochs": 1, **QUIET, **options})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"betas": (0.9, 1.0)}, r"betas must be two numbers .*, got \(0\.9, 1\.0\)"),
        ({"betas": (-0.1, 0.9)}, "betas must be two numbers"),
        ({"betas": (0.9,)}, "betas must be two numbers"),
        ({"optimizer": "sgd"}, "optimizer must be one of"),
    ],
)
def test_bad_tuning_is_named(options, words):
    with pytest.raises(TrainingError, match=words):
        Tuning(**options)


# Devices


def test_the_default_device_is_the_accelerator_or_the_cpu(monkeypatch):
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    assert pick_device() == torch.device("cpu")
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("mps"))
    assert pick_device() == torch.device("mps")


@pytest.mark.skipif(not torch.accelerator.is_available(), reason="needs a GPU")
def test_training_runs_on_the_accelerator_and_resumes(digits, tmp_path):
    model, _ = run(digits, tmp_path, device=None)
    assert next(model.parameters()).device.type != "cpu"
    run(digits, tmp_path, device=None, resume=True)


# Ctrl-C in a terminal


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to the whole console")
def test_ctrl_c_on_the_command_line_keeps_the_checkpoint_and_resumes(tmp_path):
    command = [sys.executable, "-m", "mnist_helpers", "train", "--epochs", "20", "--device", "cpu"]
    command += ["--out", str(tmp_path)]
    environment = {
        **os.environ,
        "MNIST_DATA_DIR": "",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        # What a script starts with & is born deaf to Ctrl-C, and so are its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    end = time.monotonic() + 120
    while not (tmp_path / "checkpoint.safetensors").exists() and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "Stopped in epoch" in errors
    assert not (tmp_path / "digit_cnn.safetensors").exists()
    resumed = subprocess.run(
        [*command, "--resume"], capture_output=True, text=True, env=environment, timeout=300
    )
    assert resumed.returncode == 0, resumed.stderr
    assert "Going on after epoch" in resumed.stdout
    assert (tmp_path / "digit_cnn.safetensors").exists()
