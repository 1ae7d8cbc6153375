"""The stand-in: scikit-learn's digits, which look like MNIST's and are split for good."""

import numpy as np
import pytest
import torch

from mnist_helpers.data import load_stand_in, stand_in_split


@pytest.fixture(scope="module")
def stand_in():
    return load_stand_in()


def test_the_stand_in_says_what_it_is(stand_in):
    assert (len(stand_in.train), len(stand_in.test)) == (1437, 360)
    assert "stand-in" in stand_in.name
    assert not stand_in.is_mnist
    assert stand_in.train.name == stand_in.test.name == stand_in.name
    assert "CC BY 4.0" in stand_in.licence


def test_every_digit_is_in_one_part_and_every_kind_in_both(stand_in):
    train, test = stand_in_split()
    assert sorted([*train, *test]) == list(range(1797))
    rows = [
        {image.numpy().tobytes() for image in p.images} for p in (stand_in.train, stand_in.test)
    ]
    assert rows[0].isdisjoint(rows[1])
    for part in (stand_in.train, stand_in.test):
        share = torch.bincount(part.labels, minlength=10) / len(part)
        assert 0.09 < share.min() <= share.max() < 0.11


def test_the_stand_in_is_the_same_every_time(stand_in):
    before = stand_in.train.images.clone()
    np.random.seed(99)
    load_stand_in().train.images.zero_()  # nor does writing to one change the next
    assert torch.equal(load_stand_in().train.images, before)


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
