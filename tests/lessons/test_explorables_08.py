"""The explorable of notebook 08 in Chromium: it computes each layer as PyTorch does."""

import numpy as np
import pytest
import torch
from torch import nn

from mnist_helpers.data import load_stand_in, normalize
from mnist_helpers.model import DeepDigitCNN, DigitCNN
from mnist_helpers.page import script_of
from mnist_helpers.share import halve_weights, network_weights
from tools.browser import needs_chromium, watch

pytestmark = needs_chromium
FOLLOW = """
async ([weights, image]) => {
  const layers = loadNetwork(await openWeights(weights)).follow(image);
  const added = layers.map((one, n) => !["conv", "linear"].includes(one.layer.kind) ? null :
    Array.from({ length: 40 }, (_, i) => Math.floor((i * (one.values.length - 1)) / 39)).map((at) => {
      const { terms, bias } = openSum(layers, n, placeOf(one.shape, at));
      const { first, rest } = splitTerms(terms, 10);
      return [at, terms.length, bias + rest + first.reduce((sum, { product }) => sum + product, 0)];
    }));
  return layers.map(({ layer, shape, values }, n) =>
    ({ kind: layer.kind, shape, values: [...values], added: added[n] }));
}
"""


@pytest.fixture(scope="module")
def opened(chromium):
    """A page that has what the explorable computes with, but nothing to see."""
    page = chromium.new_page()
    _, complaints = watch(page)
    page.add_script_tag(content=script_of("explorables/networks.js", "explorables/opening.js"))
    yield page
    assert complaints == []


def halved(model):
    """The same network with weights in half precision."""
    model.load_state_dict(
        {
            name: value.half().float() if value.is_floating_point() else value
            for name, value in model.state_dict().items()
        }
    )
    return model.eval()


def outputs(model, image):
    """What each layer but dropout gives, by hooks: arrays with channels last."""
    kept = []
    layers = [one for part in (model.features, model.classifier) for one in part]
    hooks = [
        layer.register_forward_hook(lambda _layer, _inputs, output: kept.append(output.clone()[0]))
        for layer in layers
        if not isinstance(layer, nn.Dropout | nn.Flatten)
    ]
    with torch.no_grad():
        model(normalize(image[None]))
    for hook in hooks:
        hook.remove()
    return [one.movedim(0, -1).numpy().ravel() if one.ndim > 1 else one.numpy() for one in kept]


@pytest.mark.parametrize(
    "make", [lambda: DigitCNN((3, 5), hidden=7), lambda: DigitCNN((2, 9), 12, batch_norm=True)]
)
def test_each_layer_is_that_of_pytorch_and_each_sum_is_its_value(opened, make):
    torch.manual_seed(1)
    model = halved(make())
    image = load_stand_in().train.images[3]
    weights = halve_weights(network_weights(model, 0))
    layers = opened.evaluate(FOLLOW, [weights, image.flatten().tolist()])
    expected = outputs(model, image)
    if not model.config["batch_norm"]:
        assert len(layers) == len(expected) + 1
        for found, wanted in zip(layers[1:], expected, strict=True):
            np.testing.assert_allclose(found["values"], wanted, atol=2e-5)
    else:  # folded into the convolutions, in half precision once more
        assert [one["kind"] for one in layers].count("scale") == 0
        np.testing.assert_allclose(layers[-1]["values"], expected[-1], atol=2e-2)
    opened_sums = [one for one in layers if one["added"]]
    assert [one["kind"] for one in opened_sums] == ["conv", "conv", "linear", "linear"]
    for one in opened_sums:
        for at, _, total in one["added"]:
            assert total == pytest.approx(one["values"][at], abs=1e-9)


def test_padding_is_part_of_the_sum(opened):
    torch.manual_seed(2)
    model = halved(DeepDigitCNN((2, 3, 4)))
    image = load_stand_in().train.images[5]
    weights = halve_weights(network_weights(model, 0))
    layers = opened.evaluate(FOLLOW, [weights, image.flatten().tolist()])
    np.testing.assert_allclose(layers[-1]["values"], outputs(model, image)[-1], atol=2e-2)
    for one in (one for one in layers if one["added"]):
        for at, _, total in one["added"]:
            assert total == pytest.approx(one["values"][at], abs=1e-9)
