"""Looking inside a network: maps, what an answer depends on, the last hidden values."""

import sys
import threading
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from mnist_helpers._support import normalize
from mnist_helpers.inside import (
    feature_maps,
    last_hidden,
    maps,
    mosaic,
    occlusion_map,
    saliency_map,
)
from mnist_helpers.model import DeepDigitCNN, DigitCNN

GOOD = torch.zeros(28, 28, dtype=torch.uint8)


@pytest.fixture(autouse=True)
def _same_numbers():
    torch.manual_seed(0)


@pytest.fixture
def model():
    return DigitCNN(channels=(3, 5), hidden=16).eval()


@pytest.fixture
def image():
    return torch.randint(0, 256, (28, 28), dtype=torch.uint8)


# Feature maps


def test_feature_maps_are_convolution_pooling_and_relu(model, image):
    first, second = feature_maps(model, image)
    convolutions = [layer for layer in model.features if isinstance(layer, nn.Conv2d)]
    by_hand = normalize(image[None])
    for found, convolution in zip((first, second), convolutions, strict=True):
        by_hand = F.relu(F.max_pool2d(convolution(by_hand), 2))
        torch.testing.assert_close(found, by_hand[0], atol=1e-5, rtol=1e-5)
    assert tuple(first.shape) == (3, 13, 13)
    assert tuple(second.shape) == (5, 5, 5)


def test_every_convolution_of_the_deep_network_has_maps(image):
    shapes = [tuple(one.shape) for one in feature_maps(DeepDigitCNN().eval(), image)]
    assert shapes == [(32, 12, 12), (64, 12, 12), (64, 6, 6), (96, 6, 6), (96, 3, 3)]


def test_what_another_thread_looks_at_is_not_recorded(image):
    """As with two visitors of the demo at once."""

    class Meanwhile(nn.Module):
        def forward(self, values):
            if threading.current_thread() is main and not values.isnan().any():
                other = threading.Thread(target=lambda: network(torch.full((1, 1, 28, 28), 9.0)))
                other.start()
                other.join()
            return values

    main = threading.current_thread()
    alone = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())
    network = nn.Sequential(*alone, Meanwhile())
    torch.testing.assert_close(feature_maps(network, image)[0], feature_maps(alone, image)[0])


def test_a_network_that_keeps_what_it_computed_has_maps_and_gets_no_hooks(image):
    class Keeps(DigitCNN):
        def forward(self, images):
            self.hidden = self.features(images)
            return self.classifier(self.hidden)

    network = Keeps(channels=(3, 5), hidden=16).eval()
    network(normalize(image[None]))  # as in training: what it keeps has a gradient
    assert len(feature_maps(network, image)) == 2
    assert not any(layer._forward_hooks for layer in network.modules())


def test_a_network_without_convolutions_has_no_maps(image):
    with pytest.raises(ValueError, match="no ReLU follows a convolution"):
        feature_maps(nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.ReLU()), image)


def test_a_mosaic_puts_each_map_in_its_place():
    tiles = torch.arange(1, 4)[:, None, None].expand(3, 2, 4)
    picture = mosaic(tiles, columns=2, gap=-1)
    assert picture.shape == (7, 11)
    assert (picture[1:3, 1:5] == 1).all()
    assert (picture[1:3, 6:10] == 2).all()
    assert (picture[4:6, 1:5] == 3).all()
    assert (picture[4:6, 6:10] == -1).all()
    assert (picture == -1).sum() == picture.size - tiles.numel()
    # Few maps leave no empty columns.
    assert mosaic(np.zeros((3, 5, 5)), columns=8).shape == (7, 19)


# What an answer depends on


@pytest.fixture
def captum():
    pytest.importorskip("captum", reason="the extra inside is not installed")


class Weighted(nn.Module):
    """Logits that are weighted sums of the image; only one place counts."""

    def __init__(self, value=1.0):
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(10, 28, 28))
        self.weights.data[3, 6:9, 16:19] = value

    def forward(self, images):
        return torch.einsum("nrc,krc->nk", images[:, 0], self.weights)


@pytest.mark.usefixtures("captum")
def test_occlusion_is_highest_where_the_ink_that_matters_is():
    full = torch.full((28, 28), 255, dtype=torch.uint8)
    fall = occlusion_map(Weighted(), full, 3, side=3)
    assert divmod(int(fall.argmax()), 28) == (7, 17)
    assert fall[7, 17] > 0
    outside = torch.ones(28, 28, dtype=torch.bool)
    outside[3:12, 13:22] = False  # no patch from there touches the place
    torch.testing.assert_close(fall[outside], torch.zeros(int(outside.sum())), atol=1e-4, rtol=0)
    against = occlusion_map(Weighted(-1.0), full, 3, side=3)
    torch.testing.assert_close(against, -fall, atol=1e-4, rtol=1e-4)
    assert occlusion_map(Weighted(), GOOD, 3).abs().max() < 1e-4  # paper on paper


@pytest.mark.usefixtures("captum")
def test_saliency_equals_finite_differences(image, monkeypatch):
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 8), nn.Tanh(), nn.Linear(8, 10)).double()
    monkeypatch.setattr(maps, "normalize", lambda images: normalize(images).double())
    found = saliency_map(model, image, 4)
    inputs, step = normalize(image[None]).double(), 1e-5
    for row, column in torch.randint(0, 28, (20, 2)).tolist():
        moved = torch.zeros_like(inputs)
        moved[0, 0, row, column] = step
        slope = (model(inputs + moved) - model(inputs - moved))[0, 4] / (2 * step)
        assert found[row, column].item() == pytest.approx(abs(slope.item()), rel=1e-4, abs=1e-7)


@pytest.mark.usefixtures("captum")
def test_maps_leave_the_network_as_it_was(model, image):
    feature_maps(model, image)
    saliency_map(model, image, 1)
    occlusion_map(model, image, 1, side=14)
    assert not any(layer._forward_hooks for layer in model.modules())
    assert all(weights.grad is None for weights in model.parameters())


@pytest.mark.parametrize("make", [saliency_map, occlusion_map])
def test_without_captum_a_sentence_says_how_to_get_it(make, model, image, monkeypatch):
    monkeypatch.setitem(sys.modules, "captum", None)
    with pytest.raises(ImportError, match=r'pip install "mnist-helpers\[inside\]"'):
        make(model, image, 1)


# The last hidden values


@pytest.mark.parametrize("network", [DigitCNN, DeepDigitCNN])
def test_the_last_layer_turns_the_hidden_values_into_the_logits(network):
    model = network().eval()
    images = torch.randint(0, 256, (502, 28, 28), dtype=torch.uint8)
    hidden = last_hidden(model, images)
    assert hidden.shape == (502, model.classifier[-1].in_features)
    expected = model(normalize(images))
    torch.testing.assert_close(model.classifier[-1](hidden), expected, atol=1e-4, rtol=1e-4)


IMAGE, DIGIT, SIDE = "one stored image", "0 to 9, got", "1 to 28 pixels wide, got"


@pytest.mark.parametrize(
    ("look", "image", "words"),
    [
        *((feature_maps, wrong, IMAGE) for wrong in (GOOD[None], GOOD[:27], GOOD.float())),
        (partial(saliency_map, digit=1), GOOD.float(), IMAGE),
        (partial(occlusion_map, digit=1), GOOD[None], IMAGE),
        *((partial(saliency_map, digit=digit), GOOD, f"{DIGIT} {digit}") for digit in (-1, 10)),
        *((partial(occlusion_map, digit=digit), GOOD, f"{DIGIT} {digit}") for digit in (-1, 10)),
        *((partial(occlusion_map, digit=1, side=n), GOOD, f"{SIDE} {n}") for n in (0, 29)),
    ],
)
def test_other_images_digits_and_patches_are_refused(look, image, words, model):
    with pytest.raises(ValueError, match=words):
        look(model, image)
