"""The networks: their shapes, their errors and their logits."""

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from mnist_helpers.model import (
    NO_PAIR,
    DeepDigitCNN,
    DigitCNN,
    QuickCNN,
    compute_logits,
    count_parameters,
    make_head,
)
from mnist_helpers.recognizer import ask_all_heads


@pytest.fixture
def images():
    return torch.randn(8, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def model():
    torch.manual_seed(0)
    return DigitCNN()


# Shapes


def test_a_network_with_other_heads_refuses_a_wrong_shape_like_any_other(model, images):
    inputs = model.features(images).flatten(1).shape[1]
    model.detector = nn.Linear(inputs, 1)
    said = ask_all_heads(model, images)
    assert [part.shape for part in said[:2]] == [(8, 10), (8,)]
    assert said.pairs is None
    model.detector, model.pair_reader = None, make_head("pair_reader", inputs, 3)
    said = ask_all_heads(model.eval(), images)
    assert torch.equal(said.logits, model(images))
    assert said.detected.tolist() == [0] * 8
    assert said.pairs.shape == (8, NO_PAIR + 1)
    with pytest.raises(ValueError, match="An axis is missing"):
        ask_all_heads(model, images[:, 0])


def test_images_give_ten_logits_each(model, images):
    logits = model(images)
    assert logits.shape == (8, 10)
    assert logits.dtype == torch.float32
    assert model(images[:0]).shape == (0, 10)


def test_the_blocks_have_the_documented_shapes(model, images):
    shapes = []
    for layer in model.features:
        images = layer(images)
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d):
            shapes.append(tuple(images.shape[1:]))
    assert shapes == [(16, 26, 26), (16, 13, 13), (32, 11, 11), (32, 5, 5)]


def test_the_networks_have_the_documented_number_of_weights(model):
    by_hand = (9 + 1) * 16 + (16 * 9 + 1) * 32 + (32 * 25 + 1) * 128 + (128 + 1) * 10
    assert count_parameters(model) == by_hand == 108_618
    for network in (DigitCNN, DeepDigitCNN, QuickCNN):
        assert f"{count_parameters(network()):,} weights" in network.__doc__


def test_pooling_before_relu_is_the_classic_order_in_other_words(model, images):
    model.eval()
    first, pool, relu, second = model.features[:4]
    classic = pool(relu(second(pool(relu(first(images))))))
    assert torch.equal(model.features(images), classic)


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("channels", [(4, 8), (32, 16)])
def test_the_shape_is_configurable(images, channels, batch_norm):
    model = DigitCNN(channels, hidden=20, dropout=0.7, batch_norm=batch_norm)
    first, second = channels
    expected = 10 * first + (9 * first + 1) * second + (25 * second + 1) * 20 + 21 * 10
    expected += 2 * (first + second) if batch_norm else 0
    assert count_parameters(model) == expected
    assert model(images).shape == (8, 10)
    norms = [layer for layer in model.modules() if isinstance(layer, nn.BatchNorm2d)]
    assert [layer.num_features for layer in norms] == (list(channels) if batch_norm else [])
    assert [layer.p for layer in model.modules() if isinstance(layer, nn.Dropout)] == [0.7]


def test_dropout_acts_only_while_training(model, images):
    model.train()
    assert not torch.equal(model(images), model(images))
    model.eval()
    assert torch.equal(model(images), model(images))


def test_frozen_weights_are_not_counted(model):
    for weight in model.features.parameters():
        weight.requires_grad = False
    assert count_parameters(model) == 108_618 - (160 + 4640)


def test_every_weight_learns(model, images):
    model(images).square().sum().backward()
    assert all(weight.grad is not None and weight.grad.any() for weight in model.parameters())


@pytest.mark.parametrize(
    ("shape", "advice"),
    [
        ((8, 28, 28), "images.unsqueeze(1)"),
        ((1, 28, 28), "images.unsqueeze(1)"),
        ((28, 28), "images[None, None]"),
        ((8, 3, 28, 28), None),
        ((8, 1, 32, 32), None),
        ((8, 784), None),
        ((8, 28, 28, 1), None),
    ],
)
@pytest.mark.parametrize("network", [DigitCNN, DeepDigitCNN, QuickCNN])
def test_images_of_another_shape_get_a_sentence(network, shape, advice):
    model, images = network().eval(), torch.zeros(shape)
    with pytest.raises(ValueError, match=r"takes images of shape \(n, 1, 28, 28\)") as error:
        model(images)
    assert str(shape) in str(error.value)
    assert ("An axis is missing" in str(error.value)) == (advice is not None)
    if advice:
        assert f"try {advice}." in str(error.value)
        assert model(eval(advice)).shape[1:] == (10,)


# The same numbers, however they are computed


def test_memory_format_does_not_matter(model, images):
    model.eval()
    assert model.features[3].weight.is_contiguous(memory_format=torch.channels_last)
    plain = DigitCNN().to(memory_format=torch.contiguous_format).eval()
    plain.load_state_dict(model.state_dict())
    assert plain.features[3].weight.is_contiguous()
    torch.testing.assert_close(model(images), plain(images), atol=1e-5, rtol=0)
    last = images.to(memory_format=torch.channels_last)
    torch.testing.assert_close(model(last), plain(images), atol=1e-5, rtol=0)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_an_image_alone_gives_what_it_gives_in_a_batch(images, batch_norm):
    model = DigitCNN(batch_norm=batch_norm).eval()
    alone = torch.cat([model(image[None]) for image in images])
    torch.testing.assert_close(alone, model(images), atol=1e-5, rtol=0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_cuda_gives_what_the_cpu_gives(model, images):
    loader = [(images, torch.arange(8))]
    on_cpu, _ = compute_logits(model, loader)
    on_cuda, labels = compute_logits(model.cuda(), [(images.cuda(), torch.arange(8).cuda())])
    assert on_cuda.device.type == labels.device.type == "cpu"
    torch.testing.assert_close(on_cuda, on_cpu, atol=1e-3, rtol=0)


# Logits of a whole data set


def test_logits_come_in_the_loaders_order(model, images):
    labels = torch.arange(8)
    logits, same_labels = compute_logits(
        model, DataLoader(TensorDataset(images, labels), batch_size=3)
    )
    model.eval()
    torch.testing.assert_close(logits, model(images).detach(), atol=1e-5, rtol=0)
    assert torch.equal(same_labels, labels)
    assert logits.device.type == same_labels.device.type == "cpu"


@pytest.mark.parametrize("training", [True, False])
def test_the_models_mode_is_put_back(model, images, training):
    model.train(training)
    seen = []
    model.register_forward_hook(lambda module, *_: seen.append(module.training))
    compute_logits(model, [(images, torch.arange(8))])
    assert seen == [False]
    assert model.training == training
    with pytest.raises(ValueError, match="the channel axis is missing"):
        compute_logits(model, [(images[:, 0], torch.arange(8))])
    assert model.training == training


def test_computing_logits_learns_nothing(images):
    model = DigitCNN(batch_norm=True)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    logits, _ = compute_logits(model, [(images, torch.arange(8))])
    assert not logits.requires_grad
    assert all(weight.grad is None for weight in model.parameters())
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_an_empty_loader_gets_a_sentence(model):
    with pytest.raises(ValueError, match="the dataset is empty"):
        compute_logits(model, [])


# The deeper network


def test_the_deep_network_has_the_documented_shapes(images):
    model, shapes = DeepDigitCNN(), []
    assert model(images).shape == (8, 10)
    for layer in model.features:
        images = layer(images)
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d):
            shapes.append(f"{images.shape[-1]}×{images.shape[-1]}")
    assert shapes == ["24×24", "12×12", "12×12", "12×12", "6×6", "6×6", "6×6", "3×3"]
    assert "24×24 → 12×12, then 12×12 → 6×6, then 6×6 → 3×3" in DeepDigitCNN.__doc__
