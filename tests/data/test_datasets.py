"""How digits are normalized, indexed, split and put into batches."""

from unittest.mock import MagicMock

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset
from torchvision import transforms

from mnist_helpers.data import DigitDataset, batch_loader, normalize, split_train_validation
from tests.conftest import small_arrays

# Pixels


def test_normalize_does_what_torchvisions_transforms_do():
    images = small_arrays()["train_images"]
    images[0], images[1] = 0, 255
    transform = transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))]
    )
    out = normalize(torch.from_numpy(images))
    assert out.dtype == torch.float32
    assert (out.amin().item(), out.amax().item()) == pytest.approx((-0.4242, 2.8215), abs=1e-4)
    expected = torch.stack([transform(image) for image in images])
    torch.testing.assert_close(out, expected, atol=1e-6, rtol=0)
    assert normalize(torch.from_numpy(images[0])).shape == (1, 28, 28)


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
    [
        *(((4, 784), (4,)), ((4, 1, 28, 28), (4,)), ((28, 28), (28,))),
        *(((4, 28, 28), (5,)), ((4, 28, 28), (4, 1))),
    ],
)
def test_wrong_shapes_are_an_error_that_names_them(images, labels):
    with pytest.raises(ValueError, match="needs images of shape") as error:
        DigitDataset(torch.zeros(images), torch.zeros(labels), "wrong")
    assert str(images) in str(error.value)


def test_the_usual_loader_takes_it(digits):
    batch = next(iter(DataLoader(digits, batch_size=8)))
    assert all(map(torch.equal, batch, digits[:8]))


# The split


@pytest.fixture(scope="module")
def sixty_thousand():
    """As many images as MNIST has, each told from the others by its first two pixels."""
    labels = torch.randint(10, (60_000,), generator=torch.Generator().manual_seed(0))
    images = torch.arange(60_000).int().view(torch.uint8).view(-1, 1, 4).expand(-1, 28, -1)
    return DigitDataset(images, labels, "sixty thousand")


def numbers(dataset):
    return dataset.images[:, 0].contiguous().view(torch.int32).flatten()


def test_mnist_is_split_into_55000_and_5000_with_each_digit_as_frequent_in_both(sixty_thousand):
    train, validation = split_train_validation(sixty_thousand)
    assert (len(train), len(validation)) == (55_000, 5_000)
    both = torch.cat([numbers(train), numbers(validation)])
    assert torch.equal(both.sort().values, torch.arange(60_000, dtype=torch.int32))
    assert torch.equal(sixty_thousand.labels[numbers(validation).long()], validation.labels)
    counts, expected = (torch.bincount(part.labels) for part in (validation, sixty_thousand))
    assert (counts - expected / 12).abs().max() < 1


def test_the_split_depends_on_its_seed_alone_and_leaves_others_alone(sixty_thousand):
    drawn, parts = [], []
    for seed in (0, 0, 7):
        torch.manual_seed(seed + len(parts))
        np.random.seed(1)
        parts.append(numbers(split_train_validation(sixty_thousand, seed=seed)[1]))
        drawn.append(np.random.rand())
    assert torch.equal(parts[0], parts[1])
    assert not torch.equal(parts[0], parts[2])
    assert len(set(drawn)) == 1


# The loader


@pytest.mark.parametrize(("images", "batches"), [(None, 13), (30, 4), (120, 15)])
def test_a_batch_loader_gives_as_many_images_as_asked(images, batches):
    loader = batch_loader(TensorDataset(torch.arange(100)), 8, shuffle=True, images=images)
    seen = torch.cat([batch for (batch,) in loader])
    assert len(loader) == batches
    assert len(seen) == (images or 100)
    assert len(seen.unique()) == min(len(seen), 100)


def test_a_number_of_images_without_a_shuffle_is_refused():
    with pytest.raises(ValueError, match="needs shuffle=True"):
        batch_loader(TensorDataset(torch.arange(100)), 8, images=30)


def order_of(loader):
    return [label for _, labels in loader for label in labels.tolist()]


@pytest.fixture
def numbered():
    """A hundred images, whose labels are their numbers."""
    return TensorDataset(torch.arange(100.0)[:, None], torch.arange(100))


def test_in_order_every_image_comes_once_and_the_last_batch_is_smaller(numbered):
    loader = batch_loader(numbered, 32)
    assert [len(labels) for _, labels in loader] == [32, 32, 32, 4]
    assert order_of(loader) == list(range(100))
    assert all(torch.equal(images[:, 0].long(), labels) for images, labels in loader)
    assert len(loader) == 4


def test_shuffled_every_image_comes_once_in_another_order_each_epoch(numbered):
    loader = batch_loader(numbered, 32, shuffle=True)
    first, second = order_of(loader), order_of(loader)
    assert sorted(first) == sorted(second) == list(range(100))
    assert len({tuple(first), tuple(second), tuple(range(100))}) == 3


@pytest.mark.parametrize("seeds", [((1, 5), (2, 5), (2, 6)), ((1, None), (1, None), (2, None))])
def test_a_seed_repeats_the_orders_and_without_one_the_global_seed_does(numbered, seeds):
    orders = []
    for global_seed, seed in seeds:
        torch.manual_seed(global_seed)
        loader = batch_loader(numbered, shuffle=True, seed=seed)
        orders.append([order_of(loader), order_of(loader)])
    assert orders[0] == orders[1] != orders[2]
    assert orders[0][0] != orders[0][1]


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_batch_is_one_indexing_operation(digits, shuffle):
    dataset = MagicMock(wraps=digits)
    dataset.__len__.return_value = 40
    dataset.__getitem__.side_effect = digits.__getitem__
    batches = list(batch_loader(dataset, 16, shuffle=shuffle))
    assert dataset.__getitem__.call_count == len(batches) == 3
    assert batches[0][0].shape == (16, 1, 28, 28)


def test_images_that_were_scaled_already_are_refused(digits):
    with pytest.raises(ValueError, match="from 0 to 255"):
        DigitDataset(digits.images / 255, digits.labels, "fractions")
    with pytest.raises(ValueError, match="from 0 to 255"):
        DigitDataset(normalize(digits.images)[:, 0], digits.labels, "normalized")
    assert len(DigitDataset(digits.images.float(), digits.labels, "floats")) == 40


def test_arrays_are_sent_to_from_numpy(digits):
    with pytest.raises(ValueError, match="from_numpy"):
        DigitDataset(digits.images.numpy(), digits.labels.numpy(), "arrays")


def test_a_sample_has_no_negative_number_of_images(digits):
    with pytest.raises(ValueError, match="negative"):
        digits.sample(-3)
