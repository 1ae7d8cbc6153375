"""Weights on disk: they come back, old files stay readable, and other files get a sentence."""

import json
import os
import pickle
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

import mnist_helpers
from mnist_helpers._support.safetensors_files import description
from mnist_helpers.model import (
    DeepDigitCNN,
    DigitCNN,
    QuickCNN,
    WeightsError,
    load_weights,
    make_head,
    save_weights,
    weights_file,
)

STORED = Path(__file__).parent / "stored"


@pytest.fixture
def images():
    return torch.randn(8, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def model():
    torch.manual_seed(0)
    return DigitCNN((1, 2), hidden=3)


@pytest.mark.parametrize(
    "model",
    [
        DigitCNN(),
        DigitCNN((4, 6), hidden=12, dropout=0.5, batch_norm=True),
        DeepDigitCNN((4, 5, 6), dropout=0.1),
        QuickCNN((4, 6), hidden=7),
    ],
    ids=["digit", "other digit", "deep", "quick"],
)
def test_saved_weights_come_back_bit_for_bit_with_their_facts(tmp_path, images, model):
    model.train()(images)  # so that batch normalization has statistics to keep
    path = tmp_path / "made on the way" / "weights.safetensors"
    save_weights(model, path, dataset="MNIST", accuracy=0.9931, seed=3)
    assert model.training  # saving changes nothing
    loaded, facts = load_weights(str(path))
    assert facts == {"dataset": "MNIST", "accuracy": 0.9931, "seed": 3}
    assert type(loaded) is type(model)
    assert loaded.config == model.config
    assert loaded.state_dict().keys() == model.state_dict().keys()
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value), name
    assert not any(module.training for module in loaded.modules())
    assert all(weight.requires_grad for weight in loaded.parameters())
    assert torch.equal(loaded(images), model.eval()(images))


def test_the_same_weights_make_the_same_file(tmp_path, model):
    contents = set()
    for name in "abcdef":
        save_weights(model, tmp_path / name, dataset="MNIST", seed=3)
        contents.add((tmp_path / name).read_bytes())
        model, _ = load_weights(tmp_path / name)
    assert len(contents) == 1


def test_the_file_says_which_version_made_it(tmp_path, model):
    save_weights(model, tmp_path / "weights")
    with safe_open(tmp_path / "weights", framework="pt") as file:
        about = json.loads(file.metadata()["digit_cnn"])
    assert about["version"] == mnist_helpers.__version__


def test_a_network_from_elsewhere_is_refused(tmp_path):
    with pytest.raises(WeightsError, match=r"Linear is none of them.*save_file"):
        save_weights(torch.nn.Linear(2, 3), tmp_path / "weights")


# What earlier versions of the package wrote. These files must stay readable, so never write them
# again. The digit behind each name is the file's format. All values follow from `stored_value`.

LOGITS = {  # of `RAMP`
    "unnamed_1": [-0.5949, 0.3407, 0.1734, 0.4119, 1.1439, -0.0551, 0.8805, -0.3184, 0.9518],
    "digit_cnn": [-0.5927, 0.3434, 0.1511, 0.4187, 1.0952, -0.0747, 0.8614, -0.3085, 0.9368],
    "deep_digit_cnn": [-0.1871, 1.2433, 0.0178, 0.8869, 0.2637, 0.2068, 1.0558, 0.4109, 1.2911],
    "quick_cnn": [1.0322, -1.149, 0.4819, 2.7313, 1.4851, 0.3702, 0.5615, 1.8192, -0.362],
}
RAMP = torch.linspace(2, -2, 784).reshape(1, 1, 28, 28)
SHAPES = {
    "unnamed_1": DigitCNN((1, 2), hidden=3),
    "digit_cnn": DigitCNN((1, 2), hidden=3, dropout=0.5, batch_norm=True),
    "deep_digit_cnn": DeepDigitCNN((1, 2, 3), dropout=0.25),
    "quick_cnn": QuickCNN((2, 3), hidden=4),
}


def stored_value(name, like):
    if not like.is_floating_point():
        return torch.zeros_like(like)
    numbers = (torch.arange(like.numel()) * 37 % 23 - 9) / 16
    return (numbers + (1 if name.endswith("running_var") else 0)).reshape(like.shape)


@pytest.mark.parametrize("file", sorted(STORED.iterdir()), ids=lambda file: file.stem)
def test_stored_files_of_every_format_are_read(file):
    kind = file.stem if file.stem in SHAPES else file.stem.rsplit("_", 1)[0]
    model, facts = load_weights(file)
    assert facts == {"dataset": "MNIST", "val_accuracy": 0.5, "seed": 7}
    assert type(model) is type(SHAPES[kind])
    assert model.config == SHAPES[kind].config
    has_heads = kind == "digit_cnn" or file.stem.endswith("_3")
    assert (model.state_dict().keys() > SHAPES[kind].state_dict().keys()) == has_heads
    for name, value in model.state_dict().items():
        assert torch.equal(value, stored_value(name, value)), name
    assert model(RAMP)[0, :9].tolist() == pytest.approx(LOGITS[kind], abs=1e-3)


def test_there_is_a_stored_file_of_every_network_in_every_format():
    names = {file.stem for file in STORED.iterdir()}
    networks = ("digit_cnn", "deep_digit_cnn", "quick_cnn")
    expected = {f"{name}_{format}" for name in networks for format in (1, 2)}
    assert names == expected | {"unnamed_1", "deep_digit_cnn_3"}  # format 3 adds the pair reader


def test_only_a_file_with_a_pair_reader_needs_this_version(tmp_path):
    """Versions that know no pair reader can read the others."""
    model, formats = DeepDigitCNN((1, 2, 3)), []
    for reader in (None, make_head("pair_reader", 27, 2)):
        model.pair_reader = reader
        save_weights(model, tmp_path / "w.safetensors")
        formats.append(description(tmp_path / "w.safetensors", "digit_cnn")["format"])
    assert formats == [2, 3]


# Files that cannot be used


def write_with(path, model, about=None, tensors=None):
    """A safetensors file like `save_weights`'s own, but with something else in it."""
    tensors = model.state_dict() if tensors is None else tensors
    metadata = None if about is None else {"digit_cnn": about}
    save_file({name: value.contiguous() for name, value in tensors.items()}, path, metadata)


def about(model, **changes):
    """What a file says of itself, with changes."""
    return {"format": 2, "network": "digit-cnn", "config": model.config, "facts": {}, **changes}


def test_a_missing_file_is_named(tmp_path):
    places = {tmp_path / "nowhere.safetensors": "There is no weights file", tmp_path: "be read"}
    for path, words in places.items():
        with pytest.raises(WeightsError, match=words) as error:
            load_weights(path)
        assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"format": 4}, "it has format 4, and this version reads formats up to 3"),
        ({"network": "future-cnn"}, "it holds a network 'future-cnn'"),
        ({"format": 4, "config": {"layers": 9}, "facts": None}, "it has format 4"),
    ],
)
def test_a_file_of_a_newer_version_is_called_newer(tmp_path, model, changes, why):
    path = tmp_path / "weights.safetensors"
    write_with(path, model, json.dumps(about(model, **changes)))
    with pytest.raises(WeightsError, match="made by a newer version") as error:
        load_weights(path)
    assert str(path) in str(error.value)
    assert why in str(error.value)
    assert "Update mnist_helpers" in str(error.value)


@pytest.mark.parametrize(
    "changes",
    [
        None,
        [],
        3,
        {"config": None},
        {"config": [1, 2]},
        {"config": {"layers": 3}},
        {"config": {"hidden": 64}},
        {"config": {"hidden": "3"}},
        {"config": {"hidden": 10**30}},
        {"config": {"channels": 3}},
        {"config": {"channels": [1, 2, 3]}},
        {"config": {"channels": ["a", "b"]}},
        {"config": {"channels": [-1, 2]}},
        {"config": {"channels": [10**9, 10**9]}},
        {"config": {"dropout": "0.2"}},
        {"config": {"dropout": 7}},
        {"facts": None},
        {"facts": [1, 2]},
        {"network": None},
        {"network": ["digit-cnn"]},
        {"format": "2"},
        {"format": None},
    ],
    ids=str,
)
def test_a_description_of_the_wrong_kind_gets_a_sentence(tmp_path, model, changes):
    if isinstance(changes, dict):
        if isinstance(config := changes.get("config"), dict):
            changes = {"config": {**model.config, **config}}
        changes = about(model, **changes)
    path = tmp_path / "weights.safetensors"
    write_with(path, model, json.dumps(changes))
    with pytest.raises(WeightsError, match="does not hold the weights of a network") as error:
        load_weights(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("detector", [(), (10**9, 0)], ids=["plain", "detector"])
def test_no_memory_is_taken_for_what_a_file_only_claims(tmp_path, model, monkeypatch, detector):
    """A file of 220 bytes once took 4.6 GB before it was refused."""
    places = []

    class Spy(DigitCNN):
        def __init__(self, **config):
            places.append(torch.empty(0).device.type)
            super().__init__(**config)

    monkeypatch.setitem(weights_file.NETWORKS, "digit-cnn", Spy)
    path = tmp_path / "weights.safetensors"
    name = "detector.0.weight" if detector else "features.0.bias"
    tensors = {name: torch.zeros(detector or 1)}
    claims = {"channels": [6000, 6000], "hidden": 6000}
    write_with(path, model, json.dumps(about(model, config=claims)), tensors)
    with pytest.raises(WeightsError, match=r"has shape .*None, but needs|shape .*, but needs"):
        load_weights(path)
    assert set(places) == {"meta"}


def test_loading_draws_the_random_numbers_of_one_network(tmp_path, model):
    save_weights(model, tmp_path / "weights")
    torch.manual_seed(3)
    DigitCNN((1, 2), hidden=3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    load_weights(tmp_path / "weights")
    assert torch.rand(1) == expected


def test_plain_weights_and_a_checkpoint_get_advice_of_their_own(tmp_path, model):
    path = tmp_path / "weights.safetensors"
    save_file(model.state_dict(), path)
    words = r"lacks the network's description.*save_file.*load_state_dict.*DigitRecognizer"
    with pytest.raises(WeightsError, match=words):
        load_weights(path)
    save_file(model.state_dict(), path, {"state": "{}"})
    with pytest.raises(WeightsError, match="It is a checkpoint"):
        load_weights(path)


class Dangerous:
    """Unpickling this makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def write_half(path, model):
    save_weights(model, path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def write_tensors(path, model, **tensors):
    write_with(path, model, json.dumps(about(model)), tensors)


@pytest.mark.parametrize(
    "write",
    [
        lambda path, _: path.write_bytes(b""),
        lambda path, _: path.write_bytes(os.urandom(5000)),
        write_half,
        write_with,
        lambda path, model: write_with(path, model, "{"),
        lambda path, model: write_tensors(path, model, weight=torch.zeros(3)),
        lambda path, model: write_tensors(
            path, model, **model.state_dict(), **{"detector.0.weight": torch.zeros(3)}
        ),
        lambda path, _: path.write_bytes(pickle.dumps(Dangerous(path.parent / "unpickled"))),
        lambda path, _: torch.save({"x": Dangerous(path.parent / "unpickled")}, path),
    ],
    ids=[
        *("nothing", "random bytes", "half a file", "no description", "a broken description"),
        *("other weights", "a flat detector", "a pickle", "torch.save"),
    ],
)
def test_a_file_of_something_else_is_named_and_nothing_is_unpickled(tmp_path, model, write):
    path = tmp_path / "weights.safetensors"
    write(path, model)
    with pytest.raises(WeightsError, match="does not hold the weights of a network") as error:
        load_weights(path)
    assert str(path) in str(error.value)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("given", ["digits.safetensors", DigitCNN, DigitCNN().state_dict()])
def test_what_is_no_network_is_not_advised_to_save_its_weights(given, tmp_path):
    with pytest.raises(WeightsError, match="takes a network, then a path") as caught:
        save_weights(given, tmp_path / "a")
    assert "state_dict()" not in str(caught.value)


def test_a_file_of_torch_save_is_recognised(tmp_path):
    torch.save(DigitCNN().state_dict(), tmp_path / "digits.pt")
    with pytest.raises(WeightsError, match=r"written by torch\.save: read it with torch\.load"):
        load_weights(tmp_path / "digits.pt")
