"""Training: it learns, it repeats, it stops, it goes on, and it names mistakes."""

import json
import os
import signal
import subprocess
import sys
import time
import warnings
from unittest.mock import Mock

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from mnist_helpers.cli.main import main
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
from tests.conftest import small_arrays, write_folder

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


@pytest.mark.parametrize(("schedule", "last_rate"), [("one-cycle", 0), ("constant", 0.01)])
def test_history_records_every_batch_and_epoch(digits, schedule, last_rate):
    loaders = batch_loader(digits[0], 100, shuffle=True), batch_loader(digits[1], 1000)
    history = fit(small_model(), *loaders, epochs=2, schedule=schedule, **QUIET)
    assert len(history.batch_loss) == 2 * 7
    assert len(history["val_loss"]) == len(history["train_accuracy"]) == 2
    assert 0 <= history["val_accuracy"][-1] <= 1
    assert history.seconds == pytest.approx(sum(history["seconds"]))
    assert history.best_epoch is None
    assert History(**json.loads(json.dumps(history.to_dict()))) == history
    assert history["learning_rate"][-1] == pytest.approx(last_rate, abs=1e-5)
    with pytest.raises(KeyError, match="no metric 'f1'"):
        history["f1"]


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

    monkeypatch.setattr(tuning, "AdamW", Spy)
    loader = batch_loader(digits[0], 32, shuffle=True)
    fit(small_model(), loader, epochs=1, schedule=schedule, tuning=Tuning(betas=betas), **QUIET)
    assert {beta for _, beta in seen} == {second}
    kept = {beta for beta, _ in seen}
    if first is None:
        assert min(kept) == pytest.approx(0.85, abs=0.01)
        assert max(kept) == pytest.approx(0.95)
    else:
        assert kept == first


@pytest.mark.parametrize("chosen", [Tuning(), Tuning(weight_decay=0.5, betas=(0.6, 0.8))])
def test_steps_are_those_of_adamw_worked_out_by_hand(chosen):
    """Loshchilov and Hutter's algorithm 2, with the usual values where `Tuning` leaves them."""
    images, labels = images_and_labels()
    model = linear(10)
    weight, bias = (parameter.detach().clone() for parameter in model.parameters())
    loader = batch_loader(TensorDataset(images, labels), 20)
    rate, (first, second) = 0.1, chosen.betas or (0.9, 0.999)
    fit(model, loader, epochs=3, learning_rate=rate, schedule="constant", tuning=chosen, **QUIET)
    mean, square = torch.zeros_like(weight), torch.zeros_like(weight)
    flat, one_hot = images.flatten(1), nn.functional.one_hot(labels, 10)
    bias_mean, bias_square = torch.zeros_like(bias), torch.zeros_like(bias)
    for step in (1, 2, 3):
        error = ((flat @ weight.T + bias).softmax(dim=1) - one_hot) / 20
        for value, gradient, m, v in (
            (weight, error.T @ flat, mean, square),
            (bias, error.sum(dim=0), bias_mean, bias_square),
        ):
            m.mul_(first).add_((1 - first) * gradient)
            v.mul_(second).add_((1 - second) * gradient**2)
            value.mul_(1 - rate * chosen.weight_decay)
            m_hat, v_hat = m / (1 - first**step), v / (1 - second**step)
            value.sub_(rate * m_hat / (v_hat.sqrt() + 1e-8))
    for trained, by_hand in zip(model.parameters(), (weight, bias), strict=True):
        torch.testing.assert_close(trained.detach(), by_hand, rtol=1e-3, atol=1e-4)


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

    loaders = batch_loader(training, 64, shuffle=True), batch_loader(validation)
    history = fit(small_model(), *loaders, epochs=1, augment=spy, **QUIET)
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


@pytest.fixture(scope="module")
def uninterrupted(digits, tmp_path_factory):
    return run(digits, tmp_path_factory.mktemp("uninterrupted"))


@pytest.mark.slow
@pytest.mark.parametrize("after", [1, 10, 11, 20, 21, 30])
def test_interrupted_and_resumed_equals_uninterrupted_bit_for_bit(
    digits, uninterrupted, tmp_path, after
):
    expected, expected_history = uninterrupted
    advice = "resume=True" if after > 10 else "from the beginning"
    epoch = (after - 1) // 10 + 1
    with pytest.raises(KeyboardInterrupt, match=rf"Stopped in epoch {epoch} of 3.*{advice}"):
        run(digits, tmp_path, reporters=[Interrupt(after)])
    torch.manual_seed(12345)  # whatever happened in between must not matter
    resumed, history = run(digits, tmp_path, resume=True)
    assert weights_equal(resumed, expected)
    assert history.batch_loss == expected_history.batch_loss
    assert history["val_loss"] == expected_history["val_loss"]
    assert history.best_epoch == expected_history.best_epoch


def standard_loader(digits, seed=None):
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    return DataLoader(digits, batch_size=64, shuffle=True, generator=generator)


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [
        standard_loader,
        lambda digits: standard_loader(digits, seed=7),
        lambda digits: batch_loader(digits, 64, shuffle=True, seed=7),
    ],
    ids=["standard", "standard with a seed", "batches with a seed"],
)
def test_resume_is_exact_with_other_loaders(digits, tmp_path, make):
    expected, _ = run(digits, tmp_path / "one", make(digits[0]))
    with pytest.raises(KeyboardInterrupt):
        run(digits, tmp_path / "two", make(digits[0]), reporters=[Interrupt(15)])
    resumed, _ = run(digits, tmp_path / "two", make(digits[0]), resume=True)
    assert weights_equal(resumed, expected)


def test_resume_of_a_finished_run_changes_nothing(digits, tmp_path):
    expected, history = run(digits, tmp_path)
    again, again_history = run(digits, tmp_path, resume=True)
    assert weights_equal(again, expected)
    assert again_history.batch_loss == history.batch_loss


def test_resume_with_other_settings_says_which(digits, tmp_path):
    given = Tuning(betas=(0.6, 0.95))
    run(digits, tmp_path, tuning=given)
    run(digits, tmp_path, tuning=given, resume=True)
    words = r"betas=\[0\.6, 0\.95\] there, None here; learning_rate=0\.01 there, 0\.5 here"
    with pytest.raises(TrainingError, match=words):
        run(digits, tmp_path, resume=True, learning_rate=0.5)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"\x00" * 100])
def test_a_broken_checkpoint_is_named_and_not_used(digits, tmp_path, content):
    (tmp_path / "checkpoint.safetensors").write_bytes(content)
    with pytest.raises(TrainingError, match=r"checkpoint\.safetensors.*Delete it"):
        run(digits, tmp_path, resume=True)


# The usual mistakes, each named in a sentence


def images_and_labels(n=20):
    return torch.randn(n, 1, 28, 28), torch.arange(n) % 10


def fit_on(images, labels, model=None, **options):
    loader = batch_loader(TensorDataset(images, labels), 10)
    return fit(model or small_model(), loader, **{"epochs": 1, **QUIET, **options})


def linear(outputs):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, outputs))


class Elsewhere(nn.Module):
    """Adds a tensor that is on another device."""

    def __init__(self):
        super().__init__()
        self.layer, self.shift = linear(10), torch.zeros(10, device="meta")

    def forward(self, images):
        return self.layer(images) + self.shift


CONVOLUTION = nn.Conv2d(1, 4, 3)
NAN = torch.full((20, 1, 28, 28), float("nan"))
LABELS = torch.arange(20) % 10


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"labels": LABELS.float()}, r"labels are torch\.float32.*labels\.long\(\)"),
        ({"labels": nn.functional.one_hot(LABELS)}, r"argmax\(dim=1\)"),
        ({"labels": LABELS + 1}, r"label 10.*0 to 9"),
        ({"model": linear(1)}, "1 numbers per image.*needs 10 outputs"),
        ({"model": linear(9)}, "9 numbers per image.*needs 10 outputs"),
        ({"images": NAN[:, 0]}, r"channel axis is missing.*unsqueeze\(1\)"),
        (
            {"images": NAN[:, 0], "model": nn.Sequential(CONVOLUTION, nn.Flatten(), linear(10))},
            "channel axis is missing",
        ),
        ({"model": nn.Sequential(CONVOLUTION, linear(10))}, r"gets 2704.*nn\.Linear\(2704, 10\)"),
        ({"model": nn.Linear(28, 10)}, "flatten"),
        ({"images": NAN.byte()}, r"torch\.uint8.*images\.float\(\) / 255"),
        ({"images": NAN}, "images hold NaN"),
        (
            {"images": 1e7 * torch.rand(20, 1, 28, 28), "model": linear(10)}
            | {"learning_rate": 1e38, "schedule": "constant"},
            r"epoch 1, batch \d+.*learning rate",
        ),
        ({"model": Elsewhere()}, r"batch is on 'cpu'.*register_buffer"),
        ({"images": torch.zeros(0, 1, 28, 28), "labels": LABELS[:0]}, "empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_usual_mistake_is_named(changes, words):
    images, labels = images_and_labels()
    with pytest.raises(TrainingError, match=words):
        fit_on(**{"images": images, "labels": labels, **changes})


def test_the_number_of_classes_is_only_questioned_for_digits():
    with pytest.warns(UserWarning, match=r"128 numbers per image.*needs 10 outputs"):
        fit_on(*images_and_labels(), linear(128))
    images, labels = images_and_labels(60)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit_on(images, labels % 2, linear(2))
        fit_on(images, 7 * torch.arange(60) % 26, linear(26))


def test_a_label_that_is_too_high_is_named_in_a_later_batch_as_well():
    images, labels = torch.rand(20, 1, 28, 28), torch.arange(20) // 2
    loader = batch_loader(TensorDataset(images, labels), 10)
    with pytest.raises(TrainingError, match=r"label 9.*needs 10 outputs"):
        fit(linear(9), loader, epochs=1, reporters=[])


def test_other_errors_of_a_model_pass_through():
    model = small_model()
    model.forward = Mock(side_effect=ValueError("my own mistake"))
    with pytest.raises(ValueError, match="my own mistake"):
        fit_on(*images_and_labels(), model)


def test_softmax_in_the_model_warns_and_logits_do_not():
    with pytest.warns(UserWarning, match="leave softmax out"):
        fit_on(*images_and_labels(), nn.Sequential(linear(10), nn.Softmax(dim=1)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit_on(*images_and_labels())


def test_a_loader_that_gives_no_tensors_or_has_no_length():
    pairs = [(image, int(label)) for image, label in zip(*images_and_labels(), strict=True)]
    loader = DataLoader(pairs, batch_size=4, collate_fn=lambda batch: (batch, batch))
    with pytest.raises(TrainingError, match="pairs of tensors"):
        fit(small_model(), loader, epochs=1, **QUIET)
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
    with pytest.raises(TrainingError, match=words):
        fit_on(*images_and_labels(), **options)


@pytest.mark.parametrize("betas", [(0.9, 1.0), (-0.1, 0.9), (0.9,)])
def test_bad_betas_are_named(betas):
    with pytest.raises(TrainingError, match=r"betas must be two numbers .*, got \("):
        Tuning(betas=betas)
    assert Tuning(betas=(0, 0.9)).betas == (0, 0.9)  # 0: no average


# Devices


def test_the_default_device_is_the_accelerator_or_the_cpu(monkeypatch):
    monkeypatch.setattr(torch, "empty", Mock())  # do not try the device
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
def test_ctrl_c_on_the_command_line_keeps_the_checkpoint_and_resumes(tmp_path, capsys):
    out = tmp_path / "out"
    arrays = small_arrays(n_train=240)
    parts = {name: arrays[name] for name in ("train_images", "train_labels")}
    write_folder(tmp_path / "digits", **parts)
    words = ["train", "--epochs", "30", "--device", "cpu", "--out", str(out)]
    words += ["--data-dir", str(tmp_path / "digits")]
    pipes = {"stderr": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-m", "mnist_helpers", *words], **pipes)
    end = time.monotonic() + 120
    while not (out / "checkpoint.safetensors").exists() and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "Stopped in epoch" in errors
    assert not (out / "digit_cnn.safetensors").exists()
    assert main([*words, "--resume"]) == 0
    assert "Going on after epoch" in capsys.readouterr().out
    assert (out / "digit_cnn.safetensors").exists()
