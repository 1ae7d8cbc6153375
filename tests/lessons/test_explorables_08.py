"""The explorable of notebook 08 in Chromium: it computes each layer as PyTorch does."""

import re
from html import escape

import numpy as np
import pytest
import torch
from torch import nn

from mnist_helpers.data import load_stand_in, normalize
from mnist_helpers.evaluate import predict
from mnist_helpers.lessons import explorables
from mnist_helpers.model import DeepDigitCNN, DigitCNN
from mnist_helpers.page import script_of
from mnist_helpers.recognizer import load_network
from mnist_helpers.share import halve_weights, network_weights
from tools.browser import draw, needs_chromium, watch
from tools.handwriting import PLAIN

pytestmark = needs_chromium
FOLLOW = """
async ([weights, image]) => {
  const layers = loadNetwork(await openWeights(weights)).follow(image);
  const some = (count) => Array.from({ length: 40 }, (_, i) => Math.floor((i * (count - 1)) / 39));
  const added = layers.map(({ layer, values }, n) =>
    !["conv", "linear"].includes(layer.kind) ? null : some(values.length).map((at) => {
      const { terms, bias } = openSum(layers, n, placeOf(layers[n].shape, at));
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


# What there is to see


def html_of(model):
    """The HTML that the explorable displays."""
    shown = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explorables.showing, "display", lambda data, raw: shown.append(data))
        data = load_stand_in().train
        image = data.images[data.labels == 7][0]
        explorables.open_layers(model, image, 7)
    return shown[0]["text/html"]


def test_the_still_picture_goes_from_the_digit_to_the_probabilities():
    model, digit = DigitCNN((4, 6), hidden=20).eval(), load_stand_in().train.subset([0])
    figure = explorables.inside._layers_figure(model, digit.images[0], int(digit.labels[0]))
    titles = [axis.get_title() for axis in figure.axes]
    assert titles[1:3] == ["first convolution: 4 maps", "last convolution: 6 maps"]
    bars = [bar.get_width() for bar in figure.axes[3].patches]
    np.testing.assert_allclose(bars, 100 * predict(model, digit).probabilities[0], rtol=1e-5)


@pytest.fixture(scope="module")
def html():
    torch.manual_seed(3)
    return html_of(DigitCNN((4, 6), hidden=20))


@pytest.fixture
def shown(chromium, html):
    """The page around the explorable, and its frame."""
    page = chromium.new_context(viewport={"width": 900, "height": 1400}).new_page()
    hosts, complaints = watch(page)
    page.set_content(html)
    frame = page.locator("iframe").content_frame
    frame.locator(".panel").wait_for()
    yield page, frame
    page.context.close()
    assert not hosts - {None, ""}
    assert complaints == []


def said(frame):
    return frame.locator("#said").inner_text()


def number(text):
    return float(text.replace("−", "-").replace(",", ""))


def test_the_output_is_small_even_with_the_packages_network():
    model, _ = load_network()
    html = html_of(model)
    assert len(html.encode()) <= 650_000
    assert escape('"folded":true') in html
    assert model.detector is not None, "the network stays as it was"


@pytest.mark.slow
def test_the_sum_in_the_table_is_the_value(shown):
    _, frame = shown
    for layer in range(1, 10):
        frame.locator(".caption").nth(layer).click()
        if not frame.locator("tr.sum").count():
            continue
        rows = frame.locator(".panel tbody tr:not(.sum)").all()
        products = [number(row.locator("td").nth(-2).inner_text()) for row in rows]
        total = number(frame.locator(".total").inner_text())
        assert sum(products) == pytest.approx(total, abs=0.0006 * len(products))
        assert len(rows) <= 12, "ten products, the others and the bias"
        assert frame.locator("tr.sum td").first.inner_text() == frame.locator(".total").inner_text()


@pytest.mark.slow
def test_a_logit_opens_down_to_a_pixel_and_the_way_stays_marked(shown):
    _, frame = shown
    frame.locator(".ten").first.locator(".cell").nth(7).click()
    assert re.match(r"Linear layer, digit 7: −?\d+\.\d+\. 20 products and the bias", said(frame))
    kinds = []
    for _ in range(8):
        down = frame.locator(".panel").locator(".most, .down").first
        value = re.sub(r".*: ", "", down.get_attribute("aria-label"))
        down.press("Enter")
        kinds.append(said(frame).split(",")[0])
        assert frame.locator(".total").inner_text() == value
    assert kinds == [
        *("ReLU", "Linear layer", "ReLU", "Pooling", "Convolution", "ReLU", "Pooling"),
        "Convolution",
    ]
    assert frame.locator(".mark:visible").count() == 8 + 1, "and what the last one sees"
    frame.locator(".panel .down").first.click()
    assert re.search(r"The pixel is \d+ of 255", said(frame))


@pytest.mark.slow
def test_mouse_and_keys_choose_a_value_in_a_map(shown):
    page, frame = shown
    frame.locator(".layer .plane").nth(1).click(position={"x": 4, "y": 4})
    assert said(frame).startswith("Convolution, map 0, row ")
    handle = frame.locator(".panel .frame:not(.mark)")
    handle.focus()
    row, column = map(int, re.search(r"row (\d+), column (\d+)", said(frame)).groups())
    handle.press("ArrowRight")
    handle.press("ArrowDown")
    assert f"map 0, row {row + 1}, column {column + 1}:" in said(frame)
    box = handle.bounding_box()
    page.mouse.move(box["x"] + 6, box["y"] + 6)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 6, steps=3)
    page.mouse.up()
    assert int(re.search(r"column (\d+)", said(frame))[1]) > column + 3
    frame.locator(".panel input[type=range]").press("ArrowRight")
    assert "map 1, row " in said(frame)


@pytest.mark.slow
def test_my_own_drawing_goes_through_the_network(shown):
    page, frame = shown
    frame.get_by_role("button", name="my drawing").click()
    assert frame.locator(".answer").inner_text() == "The square is empty. Draw a digit."
    assert said(frame) == "The square is empty. Draw a digit."
    assert frame.locator(".stack.blank").count() == 1
    for hidden in (".panel", ".ten >> nth=0", ".layer >> nth=1 >> .caption"):
        assert not frame.locator(hidden).is_visible(), "an empty square has no values"
    before = frame.locator(".ten").first.text_content()
    draw(page, frame.locator(".pad canvas"), PLAIN[7])
    frame.locator(".answer", has_text="The network says").wait_for()
    assert said(frame).startswith("The network says ")
    assert frame.locator(".ten").first.text_content() != before
    assert frame.locator(".stack.blank").count() == 0
    assert frame.locator(".panel").is_visible()
    digit = frame.locator(".answer b").inner_text()  # the highest logit is open
    assert frame.locator(".panel h3").inner_text() == f"Digit {digit}"
    frame.get_by_role("button", name="Clear").click()
    frame.locator(".answer", has_text="The square is empty. Draw a digit.").wait_for()


@pytest.mark.slow
def test_a_finger_opens_a_value_on_a_small_screen_and_moves_the_page_elsewhere(chromium, html):
    size = {"width": 320, "height": 600}
    page = chromium.new_context(viewport=size, has_touch=True).new_page()
    _, complaints = watch(page)
    page.set_content(html)
    frame = page.locator("iframe").content_frame
    for layer in (1, 4, 7, 9, 10):
        frame.locator(".caption").nth(layer).tap()
        widths = frame.locator("body").evaluate("body => [body.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1] <= 320
    # A function: text would be evaluated in the page, whose policy forbids it.
    page.frames[1].wait_for_function(
        "() => document.documentElement.scrollHeight === innerHeight", polling=100
    )
    frame.locator(".layer .plane").nth(4).tap(position={"x": 9, "y": 9})
    assert said(frame).startswith("Convolution, map 0, ")
    holds = """(main) => [...main.querySelectorAll("*")]
        .filter((one) => getComputedStyle(one).touchAction === "none")
        .map((one) => one.className || one.tagName)"""
    held = set(frame.locator("main").evaluate(holds))
    assert held <= {"frame", "frame mark", "around", "CANVAS"}
    assert (
        frame.locator(".heat").first.evaluate("one => getComputedStyle(one).touchAction") == "auto"
    )
    page.context.close()
    assert complaints == []


@pytest.mark.slow
@pytest.mark.parametrize("damage", ['"half":"AA', '"other":"'])
def test_a_damaged_network_gets_a_sentence(chromium, html, damage):
    page = chromium.new_page()
    _, complaints = watch(page)
    assert escape('"half":"') in html
    page.set_content(html.replace(escape('"half":"'), escape(damage)))
    words = page.locator("iframe").content_frame.locator("#said", has_text="damaged")
    words.wait_for()
    assert words.inner_text() == "This page is damaged. Run the cell again."
    assert words.bounding_box()["width"] > 100, "everybody can see it"
    page.close()
    assert complaints == []
