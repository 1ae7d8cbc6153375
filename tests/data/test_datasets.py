"""Where the digits come from, and how they are indexed, split and put into batches."""

import functools
import hashlib
import http.server
import os
import threading
import urllib.request

import numpy as np
import pytest
import torch
from conftest import run_python, small_arrays, write_folder
from torch.utils.data import DataLoader, TensorDataset
from torchvision import transforms
from torchvision.datasets import MNIST

from mnist_helpers._support import limits
from mnist_helpers.data import (
    STAND_IN,
    DataError,
    DigitDataset,
    batch_loader,
    load_mnist,
    load_stand_in,
    normalize,
    split_train_validation,
    stand_in_split,
)
from mnist_helpers.data import datasets as module
from mnist_helpers.data.idx_files import NAMES

HANG = 60  # seconds; far over what any test here needs
LOOK_ALIKE = "digits in MNIST's format (not the official MNIST)"


@pytest.fixture
def offline(alone, closed_port, monkeypatch):
    """No data on this machine, and mirrors that refuse; gives the cache's folder."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{closed_port}/"])
    return alone / "mnist"


@pytest.fixture
def online(offline, tmp_path, monkeypatch):
    """A mirror on this machine with small files; gives the cache's folder and the files' arrays."""
    served = tmp_path / "served"
    arrays = write_folder(served, seed=4)
    resources = [
        (path.name, hashlib.md5(path.read_bytes()).hexdigest()) for path in served.iterdir()
    ]
    handler = functools.partial(QuietHandler, directory=served)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
        monkeypatch.setattr(MNIST, "resources", resources)
        yield offline, arrays
        server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def holds(data, arrays) -> bool:
    """Whether a data set has exactly these images and labels."""
    return all(
        np.array_equal(getattr(part, field).numpy(), arrays[f"{split}_{field}"])
        for split, part in (("train", data.train), ("test", data.test))
        for field in ("images", "labels")
    )


def cut_off(path):
    path.write_bytes(path.read_bytes()[:-20])


# The order of the sources


def test_the_first_place_that_has_files_is_used(online, tmp_path, monkeypatch, capsys):
    cache, served = online
    root, named = tmp_path / "root", tmp_path / "named"
    in_root, in_named, in_cache = (
        write_folder(folder, seed=seed) for seed, folder in enumerate((root, named, cache))
    )
    monkeypatch.setenv("MNIST_DATA_DIR", str(named))

    for place, arrays, source in (
        (root, in_root, "folder"),
        (None, in_named, "folder"),
    ):
        data = load_mnist(place)
        assert (data.source, data.name) == (source, LOOK_ALIKE)
        assert holds(data, arrays)

    monkeypatch.delenv("MNIST_DATA_DIR")
    data = load_mnist()
    assert data.source == "cache"
    assert holds(data, in_cache)

    for path in cache.iterdir():
        path.unlink()
    data = load_mnist()
    assert data.source == "download"
    assert holds(data, served)
    assert load_mnist().source == "cache"
    assert capsys.readouterr().err == ""  # only the stand-in is announced


def test_without_anything_else_there_is_the_stand_in(offline, capsys):
    data = load_mnist()
    announced = capsys.readouterr()
    assert (data.source, data.name) == ("stand-in", STAND_IN)
    assert not data.is_mnist
    assert "STAND-IN" in announced.err
    assert "MNIST could not be downloaded" in announced.err  # why
    assert "set the environment variable MNIST_DATA_DIR" in announced.err  # what to do
    assert announced.out == ""


def test_the_cache_can_be_named(offline, tmp_path):
    written = write_folder(tmp_path / "mine" / "mnist")
    assert holds(load_mnist(cache=tmp_path / "mine"), written)


def test_download_false_touches_no_network(online, capsys, monkeypatch):
    monkeypatch.setattr(module, "download_mnist", lambda *_, **__: pytest.fail("network used"))
    assert load_mnist(download=False).source == "stand-in"
    assert "Downloading was not allowed" in capsys.readouterr().err


def test_a_root_without_files_is_an_error(online, tmp_path):
    """Whoever names a folder wants that folder, not a download."""
    (tmp_path / "empty").mkdir()
    for root in (tmp_path / "empty", tmp_path / "nowhere"):
        with pytest.raises(DataError) as error:
            load_mnist(root)
        assert str(root) in str(error.value)


@pytest.mark.parametrize("there", [True, False], ids=["empty", "missing"])
def test_a_named_folder_without_files_is_passed_over_and_said(
    offline, tmp_path, monkeypatch, capsys, there
):
    named = tmp_path / "named"
    if there:
        named.mkdir()
    monkeypatch.setenv("MNIST_DATA_DIR", str(named))
    assert load_mnist().source == "stand-in"
    announced = capsys.readouterr().err
    assert f"MNIST_DATA_DIR does not help: The{' ' if there else 're is no '}folder" in announced
    assert str(named) in announced


def test_an_empty_variable_is_no_folder(offline, monkeypatch, capsys):
    monkeypatch.setenv("MNIST_DATA_DIR", "")
    assert load_mnist().source == "stand-in"
    assert "MNIST_DATA_DIR does not help" not in capsys.readouterr().err


# Damaged files


@pytest.mark.parametrize("way", ["root", "MNIST_DATA_DIR"])
@pytest.mark.parametrize("key", NAMES)
def test_a_damaged_file_is_an_error_and_nothing_is_used(online, tmp_path, monkeypatch, way, key):
    folder = tmp_path / "folder"
    write_folder(folder)
    damaged = folder / f"{NAMES[key]}.gz"
    cut_off(damaged)
    if way == "MNIST_DATA_DIR":
        monkeypatch.setenv("MNIST_DATA_DIR", str(folder))
    with pytest.raises(DataError) as error:
        load_mnist(folder if way == "root" else None)
    assert str(damaged) in str(error.value)
    assert "Delete it" in str(error.value)


def test_a_damaged_cache_is_downloaded_again(online):
    cache, served = online
    write_folder(cache, seed=4)
    cut_off(cache / f"{NAMES['train_images']}.gz")
    data = load_mnist()
    assert data.source == "download"
    assert holds(data, served)


def test_a_damaged_cache_offline_gives_the_stand_in_and_the_reason(offline, capsys):
    write_folder(offline)
    damaged = offline / f"{NAMES['test_images']}.gz"
    cut_off(damaged)
    assert load_mnist().source == "stand-in"
    announced = capsys.readouterr().err
    assert f"{damaged} is cut off" in announced
    assert "could not be downloaded" in announced


def test_a_cache_that_cannot_be_made_gives_the_stand_in_and_the_reason(online, tmp_path, capsys):
    (tmp_path / "file").write_bytes(b"")
    assert load_mnist(cache=tmp_path / "file").source == "stand-in"
    assert "cannot be made" in capsys.readouterr().err


# What it says it is


def test_only_official_files_are_called_mnist(alone, tmp_path):
    write_folder(tmp_path / "data")
    data = load_mnist(tmp_path / "data")
    assert not data.is_mnist
    assert data.licence == "unknown"
    assert repr(data) == f"{LOOK_ALIKE}: 40 training and 20 test images"
    assert data.train.name == data.test.name == data.name


@pytest.mark.skipif(not os.environ.get("MNIST_DATA_DIR"), reason="MNIST_DATA_DIR is not set")
def test_the_real_mnist_says_so():
    data = load_mnist()
    assert data.is_mnist
    assert data.source == "folder"
    assert "CC BY-SA 3.0" in data.licence
    assert repr(data) == "MNIST: 60,000 training and 10,000 test images"
    ink = data.train.images.float() / 255
    assert ink.mean().item() == pytest.approx(module.MEAN, abs=1e-4)
    assert ink.std().item() == pytest.approx(module.STD, abs=1e-4)


# In processes of their own


@pytest.mark.slow
def test_importing_prints_nothing_and_touches_no_network():
    code = """
import socket
def refuse(*_): raise AssertionError("the network was used")
socket.socket.connect = socket.getaddrinfo = refuse
from mnist_helpers._support import atomic_write as files
from mnist_helpers.data import (
    augmentation as augment,
    datasets as data,
    download,
    idx_files as mnist_files,
    stand_in as sklearn_digits,
)
from mnist_helpers.model import networks as model
"""
    result = run_python(code, timeout=HANG)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.slow
@pytest.mark.parametrize("place", ["a closed port", "nowhere", "a name that is never found"])
def test_offline_the_stand_in_comes_without_hanging(tmp_path, closed_port, place):
    """192.0.2.0/24 is reserved for documents: packets to it vanish."""
    code = """
import socket, sys, time
start = time.monotonic()
from torchvision.datasets import MNIST
MNIST.mirrors = [sys.argv[2]]
if "never-found" in sys.argv[2]:
    socket.getaddrinfo = lambda *_, **__: time.sleep(1000)
from mnist_helpers.data import load_mnist
data = load_mnist(cache=sys.argv[1])
print(data.source, len(data.train), time.monotonic() - start)
"""
    address = {
        "a closed port": f"http://127.0.0.1:{closed_port}/",
        "nowhere": "http://192.0.2.1/mnist/",
        "a name that is never found": "http://never-found.invalid/",
    }[place]
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    environment.pop("MNIST_DATA_DIR", None)
    result = run_python(code, tmp_path, address, timeout=HANG, env=environment)
    assert result.returncode == 0, result.stderr
    source, n_train, _ = result.stdout.split()
    assert (source, n_train) == ("stand-in", "1437")
    assert "STAND-IN" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_answer_comes_soon_where_mirrors_never_answer(alone, monkeypatch):
    """The network itself is patience: what counts is that nobody waits longer than told."""
    monkeypatch.setattr(limits, "ANSWER_SECONDS", 0.1)
    never = threading.Event()
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: never.wait(HANG))
    try:
        assert load_mnist().source == "stand-in"
        assert not never.is_set()
    finally:
        never.set()


# Pixels


def test_normalize_gives_mnists_scale_and_a_channel():
    images = torch.tensor([0, 255], dtype=torch.uint8)[:, None, None].expand(2, 28, 28)
    out = normalize(images)
    assert out.shape == (2, 1, 28, 28)
    assert out.dtype == torch.float32
    assert out[0].unique().tolist() == pytest.approx([-0.4242], abs=1e-4)
    assert out[1].unique().tolist() == pytest.approx([2.8215], abs=1e-4)
    assert normalize(images[0]).shape == (1, 28, 28)


def test_normalize_does_what_torchvisions_transforms_do():
    image = small_arrays()["train_images"][0]
    transform = transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))]
    )
    torch.testing.assert_close(
        normalize(torch.from_numpy(image)), transform(image), atol=1e-6, rtol=0
    )


# The data set


@pytest.fixture
def digits():
    arrays = small_arrays()
    return DigitDataset.from_numpy(arrays["train_images"], arrays["train_labels"], "forty")


def test_a_number_gives_one_image(digits):
    image, label = digits[5]
    assert image.shape == (1, 28, 28)
    assert image.dtype == torch.float32
    assert label.shape == ()
    assert label.dtype == torch.int64
    assert label.item() == 5
    assert torch.equal(image, normalize(digits.images[5]))


@pytest.mark.parametrize(
    ("index", "chosen"),
    [
        ([5, 8, 2], [5, 8, 2]),
        (torch.tensor([7, 0]), [7, 0]),
        (np.array([7, 0]), [7, 0]),
        (slice(3, 9, 2), [3, 5, 7]),
        (torch.arange(40) > 37, [38, 39]),
    ],
    ids=["list", "tensor", "array", "slice", "mask"],
)
def test_several_numbers_give_a_batch(digits, index, chosen):
    images, labels = digits[index]
    assert images.shape == (len(chosen), 1, 28, 28)
    assert labels.tolist() == [n % 10 for n in chosen]
    assert torch.equal(images, torch.stack([digits[n][0] for n in chosen]))
    subset = digits.subset(index)
    assert torch.equal(subset.images, digits.images[chosen])
    assert subset.labels.tolist() == labels.tolist()
    assert subset.name == "forty"


def test_an_index_too_large_ends_a_loop(digits):
    with pytest.raises(IndexError):
        digits[40]
    assert sum(1 for _ in digits) == len(digits) == 40


def test_a_sample_is_random_without_repeats_and_repeatable(digits):
    sample = digits.sample(15, seed=3)
    rows = {bytes(image.numpy().tobytes()) for image in sample.images}
    assert len(sample) == len(rows) == 15
    assert torch.equal(sample.images, digits.sample(15, seed=3).images)
    assert not torch.equal(sample.images, digits.sample(15, seed=4).images)
    assert not torch.equal(sample.images, digits.images[:15])
    assert len(digits.sample(1000)) == 40


@pytest.mark.parametrize(
    ("images", "labels"),
    [((4, 784), (4,)), ((4, 1, 28, 28), (4,)), ((28, 28), (28,)), ((4, 28, 28), (5,))],
)
def test_wrong_shapes_are_an_error_that_names_them(images, labels):
    with pytest.raises(ValueError, match="needs images of shape") as error:
        DigitDataset(torch.zeros(images), torch.zeros(labels), "wrong")
    assert str(images) in str(error.value)


def test_labels_need_one_axis():
    with pytest.raises(ValueError, match="n labels"):
        DigitDataset(torch.zeros(4, 28, 28), torch.zeros(4, 1), "wrong")


def test_the_usual_loader_takes_it(digits):
    images, labels = next(iter(DataLoader(digits, batch_size=8)))
    batch = digits[:8]
    assert torch.equal(images, batch[0])
    assert torch.equal(labels, batch[1])


@pytest.mark.parametrize(("images", "batches"), [(None, 13), (30, 4), (120, 15)])
def test_a_batch_loader_gives_as_many_images_as_asked(images, batches):
    dataset = TensorDataset(torch.arange(100))
    loader = batch_loader(dataset, 8, shuffle=True, images=images)
    seen = torch.cat([batch for (batch,) in loader])
    assert len(loader) == batches
    assert len(seen) == (images or 100)
    assert len(seen.unique()) == min(len(seen), 100)


# The split


def as_rows(dataset):
    return {image.numpy().tobytes() for image in dataset.images}


@pytest.fixture(scope="module")
def sixty_thousand():
    """As many images as MNIST has, each told from the others by its first two pixels."""
    labels = torch.randint(10, (60_000,), generator=torch.Generator().manual_seed(0))
    images = torch.arange(60_000).int().view(torch.uint8).view(-1, 1, 4).expand(-1, 28, -1)
    return DigitDataset(images, labels, "sixty thousand")


def numbers(dataset):
    return dataset.images[:, 0].contiguous().view(torch.int32).flatten()


def test_mnist_is_split_into_55000_and_5000_without_overlap(sixty_thousand):
    train, validation = split_train_validation(sixty_thousand)
    assert (len(train), len(validation)) == (55_000, 5_000)
    both = torch.cat([numbers(train), numbers(validation)])
    assert torch.equal(both.sort().values, torch.arange(60_000, dtype=torch.int32))
    assert torch.equal(sixty_thousand.labels[numbers(validation).long()], validation.labels)


def test_each_digit_is_as_frequent_in_both_parts(sixty_thousand):
    _, validation = split_train_validation(sixty_thousand)
    counts, expected = (torch.bincount(part.labels) for part in (validation, sixty_thousand))
    assert (counts - expected / 12).abs().max() < 1


def test_the_split_is_repeatable_and_has_a_seed_of_its_own(sixty_thousand):
    torch.manual_seed(1)
    np.random.seed(1)
    first = split_train_validation(sixty_thousand)[1]
    torch.manual_seed(2)
    np.random.seed(2)
    again = split_train_validation(sixty_thousand)[1]
    other = split_train_validation(sixty_thousand, seed=7)[1]
    assert torch.equal(numbers(first), numbers(again))
    assert not torch.equal(numbers(first), numbers(other))


def test_splitting_leaves_the_global_random_numbers_alone(sixty_thousand):
    torch.manual_seed(1)
    np.random.seed(1)
    expected = torch.rand(1), np.random.rand()
    torch.manual_seed(1)
    np.random.seed(1)
    split_train_validation(sixty_thousand)
    assert (torch.rand(1), np.random.rand()) == expected


# The loader


class Counting(DigitDataset):
    """Counts how often it is asked."""

    calls = 0

    def __getitem__(self, index):
        Counting.calls += 1
        return super().__getitem__(index)


def order_of(loader):
    return [label for _, labels in loader for label in labels.tolist()]


@pytest.fixture
def numbered():
    """A hundred images, whose labels are their numbers."""
    return TensorDataset(torch.arange(100.0)[:, None], torch.arange(100))


def test_in_order_every_image_comes_once_and_the_last_batch_is_smaller(numbered):
    batches = list(batch_loader(numbered, 32))
    assert [len(labels) for _, labels in batches] == [32, 32, 32, 4]
    assert torch.cat([labels for _, labels in batches]).tolist() == list(range(100))
    assert all(torch.equal(images[:, 0].long(), labels) for images, labels in batches)
    assert len(batch_loader(numbered, 32)) == 4


def test_shuffled_every_image_comes_once_in_another_order_each_epoch(numbered):
    loader = batch_loader(numbered, 32, shuffle=True)
    first, second = order_of(loader), order_of(loader)
    assert sorted(first) == sorted(second) == list(range(100))
    assert len({tuple(first), tuple(second), tuple(range(100))}) == 3
    assert [len(labels) for _, labels in loader] == [32, 32, 32, 4]


def test_a_seed_repeats_the_orders_whatever_the_global_seed(numbered):
    orders = []
    for global_seed in (1, 2):
        torch.manual_seed(global_seed)
        loader = batch_loader(numbered, shuffle=True, seed=5)
        orders.append([order_of(loader), order_of(loader)])
    assert orders[0] == orders[1]
    assert orders[0][0] != orders[0][1]
    assert order_of(batch_loader(numbered, shuffle=True, seed=6)) != orders[0][0]


def test_without_a_seed_the_global_seed_rules(numbered):
    orders = []
    for global_seed in (1, 1, 2):
        torch.manual_seed(global_seed)
        orders.append(order_of(batch_loader(numbered, shuffle=True)))
    assert orders[0] == orders[1] != orders[2]


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_batch_is_one_indexing_operation(digits, shuffle):
    dataset = Counting(digits.images, digits.labels, "counted")
    Counting.calls = 0
    batches = list(batch_loader(dataset, 16, shuffle=shuffle))
    assert Counting.calls == len(batches) == 3
    assert batches[0][0].shape == (16, 1, 28, 28)


# The stand-in


@pytest.fixture(scope="module")
def stand_in():
    return load_stand_in()


def test_the_stand_in_says_what_it_is(stand_in):
    assert (len(stand_in.train), len(stand_in.test)) == (1437, 360)
    assert "stand-in" in stand_in.name
    assert not stand_in.is_mnist
    assert stand_in.train.name == stand_in.test.name == stand_in.name
    assert "CC BY 4.0" in stand_in.licence


def test_the_stand_in_has_every_digit_in_both_parts(stand_in):
    for part in (stand_in.train, stand_in.test):
        share = torch.bincount(part.labels, minlength=10) / len(part)
        assert share.min() > 0.09
        assert share.max() < 0.11


def test_the_stand_in_trains_on_nothing_that_it_tests_with(stand_in):
    train, test = stand_in_split()
    assert sorted([*train, *test]) == list(range(1797))
    assert as_rows(stand_in.train).isdisjoint(as_rows(stand_in.test))


def test_the_stand_in_is_the_same_every_time(stand_in):
    np.random.seed(99)
    assert torch.equal(load_stand_in().test.images, stand_in.test.images)


def test_writing_to_the_stand_in_does_not_change_the_next_one(stand_in):
    load_stand_in().train.images.zero_()
    assert torch.equal(load_stand_in().train.images, stand_in.train.images)


def test_the_stand_in_looks_like_mnist(stand_in):
    """Ink on paper, with an empty margin; `test_centring` looks at the centre of mass."""
    images = torch.cat([stand_in.train.images, stand_in.test.images])
    assert images.dtype == torch.uint8
    assert images.shape == (1797, 28, 28)
    assert (images.flatten(1).max(1).values > 200).all()
    assert images.max() == 255
    paper = (images == 0).float().mean().item()
    assert 0.6 < paper < 0.9  # 81 % of MNIST's pixels are paper
    assert not images[:, [0, 1, 26, 27]].any()
    assert not images[:, :, [0, 1, 26, 27]].any()
    rows, columns = images.any(2), images.any(1)
    assert (rows.sum(1) <= 20).all()
    assert (columns.sum(1) <= 20).all()
