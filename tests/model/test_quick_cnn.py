"""The quick network, and filters that are computed from images."""

import pytest
import torch

from mnist_helpers._support import normalize
from mnist_helpers.data import batch_loader, load_stand_in
from mnist_helpers.evaluate import predict
from mnist_helpers.model import QuickCNN, principal_patches
from mnist_helpers.train import Tuning, fit, seed_everything


@pytest.fixture(scope="module")
def digits():
    return load_stand_in()


def test_it_looks_at_the_middle_only():
    model = QuickCNN().eval()
    images = torch.randn(2, 1, 28, 28)
    changed = images.clone()
    changed[..., :2, :], changed[..., -2:, :] = 9, 9
    changed[..., :, :2], changed[..., :, -2:] = 9, 9
    assert torch.equal(model(images), model(changed))
    changed[..., 2, 14] = 9
    assert not torch.equal(model(images), model(changed))


def test_principal_patches_find_the_directions_that_were_put_in():
    torch.manual_seed(0)
    # Images of one pattern, strong, and of another, weaker, side by side, never overlapping.
    strong, weak = torch.linalg.qr(torch.randn(25, 2))[0].T
    patches = 5 * torch.randn(400, 1) * strong + 2 * torch.randn(400, 1) * weak
    found = principal_patches(patches.reshape(-1, 1, 5, 5), 2).flatten(1)
    for one, expected in zip(found, (strong, weak), strict=True):
        assert abs(one @ expected) / one.norm() > 0.99


def test_principal_patches_give_numbers_of_about_equal_variance(digits):
    images = normalize(digits.train.images[:300])
    found = principal_patches(images, 4)
    answers = torch.nn.functional.conv2d(images, found[:, None])
    inked = torch.nn.functional.unfold(images, 5).std(dim=1) > 0.1
    spread = answers.flatten(2).transpose(0, 1)[:, inked].square().mean(dim=1).sqrt()
    assert spread.min() > 0.7
    assert spread.max() < 1.05


def test_set_filters_are_pairs_and_stay_as_they_are(digits):
    seed_everything(0)
    model = QuickCNN()
    model.set_filters(digits.train.images[:300])
    filters = model.features[0].weight.detach().clone()
    pairs = torch.nn.functional.cosine_similarity(filters[:8].flatten(1), filters[8:].flatten(1))
    assert pairs.max() < -0.9999
    maps = model.features[:3](normalize(digits.train.images[:300])[..., 2:-2, 2:-2])
    assert torch.allclose(maps.std(dim=(0, 2, 3)), torch.full((16,), 0.5), atol=1e-3)
    assert model.features[0].bias.abs().max() == 0
    later = model.features[3].weight.detach().clone()
    fit(model, batch_loader(digits.train.sample(256), shuffle=True), epochs=1, reporters=[])
    assert torch.equal(model.features[0].weight, filters)
    assert not torch.equal(model.features[3].weight, later)
    assert model.features[0].weight.grad is None


def test_its_own_pooling_is_max_pooling():
    """It takes a shorter way where no gradients are needed."""
    pool = QuickCNN().features[1]
    maps = torch.randn(3, 5, 8, 6).contiguous(memory_format=torch.channels_last)
    expected = torch.nn.functional.max_pool2d(maps, 2)
    assert torch.equal(pool(maps), expected)
    assert torch.equal(pool(maps.requires_grad_()), expected)
    pool(maps).sum().backward()
    assert maps.grad.sum() == expected.numel()


def test_all_pixels_of_all_maps_reach_the_first_linear_layer():
    maps = torch.arange(2.0 * 32 * 4 * 4).reshape(2, 32, 4, 4)
    row = QuickCNN().classifier[0](maps)
    assert row.shape == (2, 512)
    assert row[1].min() == 512
    assert row[1].unique().numel() == 512


@pytest.mark.parametrize("batch_norm", [True, False])
def test_it_learns(digits, batch_norm):
    seed_everything(0)
    model = QuickCNN(batch_norm=batch_norm)
    model.set_filters(digits.train.images[:300])
    loader = batch_loader(digits.train, 64, shuffle=True)
    tuning = Tuning(label_smoothing=0.1)
    fit(model, loader, epochs=4, tuning=tuning, device="cpu", reporters=[])
    assert predict(model, digits.test).accuracy > 0.85
