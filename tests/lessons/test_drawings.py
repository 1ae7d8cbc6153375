"""The drawings of notebook 02: their numbers are those that PyTorch computes."""

import pytest
import torch
from torch.nn import functional as F

from mnist_helpers.lessons import drawings
from mnist_helpers.model import DigitCNN

EDGE = torch.tensor([[-1.0, -1, -1], [0, 0, 0], [1, 1, 1]])


def written(axis):
    return [text.get_text() for text in axis.texts]


def test_a_filter_slides_along_a_row_and_then_one_row_lower():
    image = torch.tensor([[0.0, 0, 0, 0.5], [0.2, 1, 1, 1], [1, 1, 0.8, 0], [0, 0, 0, 0]])
    answers = F.conv2d(image[None, None], EDGE[None, None])[0, 0]
    figure = drawings.sliding_filter(image, EDGE, frames=3)
    columns = [figure.axes[place::3] for place in range(3)]
    frames = [above.patches[0].get_xy() for above, _, _ in columns]
    assert frames == [(-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5)]
    titles = [below.get_title() for _, _, below in columns]
    assert titles == [f"their sum: {answers.flatten()[place]:.3g}" for place in range(3)]
    assert written(columns[0][1])[0] == "0·(-1)\n= 0"
    assert written(columns[0][1])[-1] == "0.8·1\n= 0.8"
    assert [len(written(below)) for _, _, below in columns] == [1, 2, 3]


@pytest.mark.parametrize("bias", [-6, 2])
def test_a_filter_over_two_maps_gives_one_number(bias):
    maps = torch.arange(32.0).reshape(2, 4, 4) % 5 - 2
    kernel = torch.stack([EDGE, EDGE.T])
    expected = F.conv2d(maps[None], kernel[None], bias=torch.tensor([float(bias)]))[0, 0]
    figure = drawings.filter_over_channels(maps, kernel, 1, 0, bias)
    assert figure.get_supxlabel().endswith(f"(bias) = {expected[1, 0]:g}")
    assert len(figure.axes) == 8
    assert all(axis.patches[0].get_xy() == (-0.5, 0.5) for axis in figure.axes[::4])


def test_a_number_is_traced_back_to_the_pixels_that_it_depends_on():
    """The windows that are drawn, against the network's gradient."""
    torch.manual_seed(0)
    image = torch.randn(1, 1, 28, 28, requires_grad=True)
    layers = [one for one in DigitCNN().features if not isinstance(one, torch.nn.ReLU)]
    torch.nn.Sequential(*layers)(image)[0, :, 2, 2].sum().backward()
    names = [type(layer).__name__ for layer in layers]
    figure = drawings.receptive_field(torch.zeros(28, 28), names)
    windows = [(axis.patches[0].get_x() + 0.5, axis.patches[0].get_width()) for axis in figure.axes]
    assert windows[1:] == [(8, 8), (4, 4), (4, 2), (2, 1)]
    start, width = windows[0]
    for places in image.grad[0, 0].nonzero().T:
        assert (places.min().item(), places.max().item()) == (start, start + width - 1)
    assert len(figure.artists) == 2 * 4


def test_the_architecture_names_each_layer_and_its_shape():
    figure = drawings.architecture(
        [("image", (1, 28, 28)), ("Conv2d", (16, 26, 26)), ("Linear", (10,))]
    )
    (axis,) = figure.axes
    assert written(axis) == ["image", "1×28×28", "Conv2d", "16×26×26", "Linear", "10"]
    assert len(axis.patches) == 1 + 6 + 1
