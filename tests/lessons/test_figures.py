"""Figures: labelled, with a caption and a text alternative, and none left open."""

import base64
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import RichOutput
from matplotlib.colors import to_rgb
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from mnist_helpers.evaluate import Calibration, accuracy_interval
from mnist_helpers.lessons import figures as plots
from mnist_helpers.lessons.figures import LiveCurve
from mnist_helpers.train import History

HISTORY = History(
    planned_epochs=3,
    batches_per_epoch=20,
    batch_loss=np.linspace(2.3, 0.1, 40).tolist(),
    epochs=[
        {"train_loss": 1.0, "train_accuracy": 0.8, "val_loss": 0.8, "val_accuracy": 0.85},
        {"train_loss": 0.5, "train_accuracy": 0.9, "val_loss": 0.4, "val_accuracy": 0.95},
    ],
)


@pytest.fixture
def shown(monkeypatch):
    """What is displayed, as a notebook would store it."""
    outputs = []

    def publish(data, metadata=None, transient=None, update=False, **_):
        outputs.append((RichOutput(data=data, metadata=metadata), transient or {}, update))

    shell = InteractiveShell.instance()
    monkeypatch.setattr(shell.display_pub, "publish", publish)
    yield outputs
    InteractiveShell.clear_instance()


def texts(axis):
    return axis.get_title(), axis.get_xlabel(), axis.get_ylabel()


def read(output):
    """The picture, its text alternative and its caption."""
    pattern = r'<figure [^>]*><img src="data:image/png;base64,([^"]+)" alt="([^"]*)" [^>]*>'
    pattern += r"<figcaption [^>]*>([^<]*)</figcaption></figure>"
    png, alt, caption = re.fullmatch(pattern, output.data["text/html"]).groups()
    return Image.open(io.BytesIO(base64.b64decode(png))), alt, caption


def test_show_stores_one_figure_with_its_caption_and_text_alternative(shown):
    figure, axis = plots.new_figure()
    axis.plot([1, 2])
    plots.show(figure, "It rises: 1 < 2.", 'A "rising" line.')
    (output, _, _) = shown[0]
    picture, alt, caption = read(output)
    assert (alt, caption) == ("A &quot;rising&quot; line.", "It rises: 1 &lt; 2.")
    assert output.data["text/plain"] == "It rises: 1 < 2."
    assert set(output.data) == {"text/html", "text/plain"}, "no second copy"
    assert not output.metadata
    assert plt.get_fignums() == []
    # Black letters can be read on a dark page, too, and nothing is glaring.
    assert picture.convert("RGBA").getpixel((0, 0)) == (240, 240, 238, 255)


def test_without_words_for_it_a_figure_is_described_from_what_it_shows():
    figure, axes = plots.new_figure(ncols=3)
    axes[0].imshow(np.eye(3))
    axes[0].set_title("an eye")
    axes[1].barh(["zero", "one"], [4, 5.25], xerr=[1, 2])
    axes[1].set(title="Counts", xlabel="images", ylabel="digit")
    axes[2].plot([10, 20, 30], label="CNN")
    axes[2].plot([1, 2], [3, 3])  # without a name
    axes[2].axvline(1, label="a mark")
    axes[2].set(xlabel="epoch", ylabel="% right")
    figure.suptitle("All")
    assert plots.describe(figure) == (
        "All. A picture: an eye. Bars “Counts”: digit against images; zero: 4, one: 5.25. "
        "Lines: % right against epoch; CNN from 10 to 30."
    )


def test_lines_over_names_are_described():
    figure, axis = plots.new_figure()
    axis.plot([1.5, 2.5], ["first", "second"], "o", label="seconds")
    axis.set(title="Recipes", xlabel="s", ylabel="recipe")
    assert plots.describe(figure) == "Lines “Recipes”: recipe against s; seconds from 0 to 1."


def test_colour_bars_and_empty_places_are_not_described():
    figure = plots.digit_grid(np.eye(28)[None], columns=3)
    figure.colorbar(figure.axes[0].images[0], ax=figure.axes[0])
    assert plots.describe(figure) == "A picture."


def test_a_rendered_page_has_the_alternative_and_everybody_sees_the_caption(shown):
    nbconvert = pytest.importorskip("nbconvert", reason="nbconvert is not installed")
    plots.show(plots.digit_grid(np.eye(28)[None]), "A stroke.", "A line from corner to corner.")
    output = new_output("display_data", shown[0][0].data)
    notebook = new_notebook(cells=[new_code_cell("show(figure)", outputs=[output])])
    for template in ("lab", "basic"):
        page, _ = nbconvert.HTMLExporter(template_name=template).from_notebook_node(notebook)
        (image,) = re.findall("<img[^>]*>", page)
        assert 'alt="A line from corner to corner."' in image
        assert re.search(r"<figcaption[^>]*>A stroke.</figcaption>", page)


def test_the_same_figure_gives_the_same_bytes(shown):
    for _ in range(2):
        plots.show(plots.digit_grid(np.eye(28)[None]), "A line.")
    assert shown[0][0].data["text/html"] == shown[1][0].data["text/html"]


@pytest.mark.parametrize("shape", [(7, 28, 28), (7, 1, 28, 28), (7, 3, 3)])
def test_digit_grid_takes_images_with_and_without_channels(shape):
    figure = plots.digit_grid(torch.rand(shape), range(7), columns=5, title="Seven")
    pictures = [axis for axis in figure.axes if axis.images]
    assert len(pictures) == 7
    assert [axis.get_title() for axis in pictures] == [str(n) for n in range(7)]
    assert figure.get_suptitle() == "Seven"


def test_signed_filters_have_one_scale_and_zero_is_its_middle():
    filters = np.array([[[0.0, 1], [0, 0]], [[0, 0], [-4, 0]]])
    figure = plots.digit_grid(filters, columns=2, signed=True)
    limits = [axis.images[0].get_clim() for axis in figure.axes]
    assert limits == [(-4, 4), (-4, 4)]


def test_learning_curves_are_labelled_and_show_all_values():
    figure = plots.learning_curves(HISTORY)
    left, right = figure.axes
    assert texts(left) == ("Loss", "batch", "cross-entropy")
    assert texts(right) == ("Accuracy", "epoch", "% right")
    lines = {line.get_label(): line.get_ydata().tolist() for line in right.lines}
    assert lines == {
        "training (while learning)": [80, 90],
        "validation (after the epoch)": [85, 95],
    }
    words = plots.describe_curves(HISTORY)
    assert "from 2.30 to 0.10 over 40 batches" in words
    assert "from 85.0% to 95.0% over 2 epochs" in words


def test_learning_curves_can_be_drawn_at_any_moment():
    for batches in (0, 1, 2, 15):
        history = History(planned_epochs=1, batches_per_epoch=15, batch_loss=[1.0] * batches)
        plots.learning_curves(history)
        assert plots.describe_curves(history)


def test_the_confusion_matrix_writes_every_count_and_colours_mistakes_only():
    matrix = np.diag(np.arange(100, 110))
    matrix[4, 9] = 17
    figure = plots.confusion_matrix(matrix)
    (axis,) = figure.axes
    assert texts(axis) == ("Confusion matrix", "read as", "true digit")
    written = {text.get_position(): text.get_text() for text in axis.texts}
    assert written[(9, 4)] == "17"
    assert written[(3, 3)] == "103"
    assert len(written) == 11
    shades = axis.images[0].get_array()
    assert shades[4, 9] == 17
    assert shades[3, 3] == 0


@pytest.mark.parametrize("pair", [(3, 8), (4, 9), (2, 7), (1, 7), (3, 5), (0, 6)])
def test_digits_that_are_easily_confused_have_colours_that_are_not(pair):
    one, other = (np.array(to_rgb(plots.TEN_COLOURS[digit])) for digit in pair)
    assert np.linalg.norm(one - other) > 0.4
    assert len(set(plots.TEN_COLOURS)) == 10


def test_calibration_draws_intervals_and_leaves_out_groups_of_fewer_than_ten():
    curve = Calibration(
        edges=np.linspace(0, 1, 5),
        counts=np.array([0, 9, 10, 400]),
        confidence=np.array([0, 0.4, 0.7, 0.9]),
        accuracy=np.array([0, 1.0, 0.8, 1.0]),
    )
    top, bottom = plots.calibration(curve).axes
    (drawn,) = top.containers
    points, _, (lines,) = drawn.lines
    assert points.get_xdata().tolist() == [0.7, 0.9]
    assert points.get_ydata().tolist() == [0.8, 1.0]
    ends = [segment[:, 1] for segment in lines.get_segments()]
    np.testing.assert_allclose(ends, [accuracy_interval(8, 10), accuracy_interval(400, 400)])
    assert [bar.get_height() for bar in bottom.patches] == [0, 9, 10, 400]
    assert bottom.get_xlabel() == "confidence"


def test_ink_is_black_and_pieces_have_colours():
    ink = np.zeros((20, 60), np.uint8)
    left, right = ink.copy(), ink.copy()
    left[:, :10] = right[:, 50:] = 255
    figure = plots.ink_grid([left, [left, right]], ["one", "two"], columns=3, title="T")
    assert figure.get_suptitle() == "T"
    black, coloured, empty = figure.axes
    assert [axis.get_title() for axis in figure.axes] == ["one", "two", ""]
    assert not empty.images
    for axis, colours in ((black, ["black", "white"]), (coloured, [plots.BLUE, plots.ORANGE])):
        sheet = axis.images[0].get_array()
        np.testing.assert_allclose(sheet[0, [0, 59]], [to_rgb(colour) for colour in colours])
        np.testing.assert_allclose(sheet[0, 30], 1)
    assert not any(axis.images for axis in plots.ink_grid([], []).axes)


def test_a_chart_of_cuts_shows_each_score_above_its_column():
    part = np.zeros((20, 30), np.uint8)
    above, below = plots.cut_chart(part, range(5, 25, 5), [0.2, 0.9, 0.4, 0.1], 0.5).axes
    points, whole, best = above.lines
    assert points.get_xydata().tolist() == [[5, 0.2], [10, 0.9], [15, 0.4], [20, 0.1]]
    assert whole.get_ydata()[0] == 0.5
    assert best.get_xdata()[0] == below.lines[0].get_xdata()[0] == 10
    assert below.images[0].get_extent()[:2] == [0, 30]


def test_a_bar_chart_puts_groups_below_each_other_or_end_to_end():
    names, groups = ["x", "y"], {"wrong": [1, 0], "right": [7, 6], "refused": [0, 2]}
    figure = plots.bar_chart(groups, names, "T", "n", stacked=True)
    told = "wrong (x: 1, y: 0); right (x: 7, y: 6); refused (x: 0, y: 2)"
    assert plots.describe(figure) == f"Bars “T”: n; {told}."
    (axis,) = figure.axes
    assert texts(axis) == ("T", "n", "")
    assert [bar.get_x() for bar in axis.patches] == [0, 0, 1, 0, 8, 6]
    assert [bar.get_width() for bar in axis.patches] == [1, 0, 7, 6, 0, 2]
    assert [text.get_text() for text in axis.texts] == ["1", "", "7", "6", "", "2"]
    figure = plots.bar_chart({"before": [3, 2], "after": [4, 5]}, names, "T", "n")
    assert plots.describe(figure) == "Bars “T”: n; before (x: 3, y: 2); after (x: 4, y: 5)."
    (axis,) = figure.axes
    assert [bar.get_x() for bar in axis.patches] == [0] * 4
    assert len({bar.get_y() for bar in axis.patches}) == 4
    figure = plots.bar_chart({"right": [3.4, 2]}, names, "T", "n")
    assert figure.legends == []
    assert "x: 3.4, y: 2" in plots.describe(figure)


def test_a_histogram_counts_each_group():
    groups = {"one": np.zeros(5), "two": np.ones(7)}
    figure = plots.histogram(groups, "T", "x", "y", mark=0.5)
    told = "one (most, 5, at 0.01); two (most, 7, at 0.99)"
    assert plots.describe(figure).startswith(f"Bars “T”: y against x; {told}")
    (axis,) = figure.axes
    assert texts(axis) == ("T", "x", "y")
    counts = [sum(bar.get_height() for bar in bars) for bars in axis.containers]
    assert counts == [5, 7]
    assert axis.lines[0].get_xdata()[0] == 0.5
    assert plots.histogram(groups, "T", "x", "y").axes[0].lines[:] == []


def test_a_line_chart_tells_its_lines_apart_by_colour_and_stroke():
    lines = {"one": [3.0, 2.0], "two": [3.0, 1.0, 0.5], "three": torch.tensor([1.0])}
    (axis,) = plots.line_chart(lines, "T", "step", "loss", top=2.6).axes
    assert [line.get_xdata().tolist() for line in axis.lines] == [[1, 2], [1, 2, 3], [1]]
    assert len({line.get_color() for line in axis.lines}) == 3
    assert len({line.get_linestyle() for line in axis.lines}) == 3
    assert [text.get_text() for text in axis.get_legend().get_texts()] == list(lines)
    assert axis.get_ylim() == (0, 2.6)


def test_a_chart_of_one_line_has_no_legend_and_shows_all_of_it():
    (axis,) = plots.line_chart({"loss": [-4.0, 9.0]}, "T", "x", "y", x=[0.1, 0.2]).axes
    assert axis.get_legend() is None
    assert axis.lines[0].get_xdata().tolist() == [0.1, 0.2]
    assert axis.get_ylim()[0] < -4


def test_calibration_of_a_handful_of_answers_has_no_points():
    curve = Calibration(np.linspace(0, 1, 3), np.array([0, 9]), np.array([0, 0.9]), np.ones(2))
    top, _ = plots.calibration(curve).axes
    assert top.containers[0].lines[0].get_xdata().size == 0


def test_the_live_curve_updates_one_output(shown):
    curve = LiveCurve(every=0)
    curve.on_start(HISTORY)
    curve.on_batch(HISTORY)
    curve.on_end(HISTORY)
    updates = [update for _, _, update in shown]
    names = {transient["display_id"] for _, transient, _ in shown}
    assert updates == [False, True, True]
    assert len(names) == 1
    assert "40 batches" in read(shown[-1][0])[2]


def test_the_live_curve_draws_rarely_and_works_outside_notebooks(shown):
    curve = LiveCurve(every=1000)
    curve.on_start(HISTORY)
    for _ in range(50):
        curve.on_batch(HISTORY)
    assert len(shown) == 1
    InteractiveShell.clear_instance()
    curve.on_start(HISTORY)
    curve.on_end(HISTORY)
