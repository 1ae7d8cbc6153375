"""The figures that more than one notebook draws, in colours that everybody can tell apart.

Each function returns a figure; `show` puts it into the notebook, with a caption for everybody and
with a description for those who cannot see it.
"""

import base64
import io
import time
from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from typing import Any

import numpy as np
from IPython.display import DisplayHandle, display
from matplotlib.axes import Axes
from matplotlib.colors import CenteredNorm, to_rgb
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, MaxNLocator
from PIL import Image
from torch import Tensor

from mnist_helpers._support import to_array
from mnist_helpers.evaluate import Calibration, accuracy_interval
from mnist_helpers.train import History, Reporter

# From the palette of M. Okabe and K. Ito, whose colours differ for every kind of colour vision.
BLUE, ORANGE, GREEN, PINK, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#7F7F7F"
COLOURS = [BLUE, ORANGE, GREEN, PINK, GREY]
# Figures lie on a card of their own, on which black letters can be read whatever the page's colour
# is. It is part of the picture, because some sites (GitHub) drop the styles of an output.
CARD = "#f0f0ee"
FIGURE_STYLE = "margin: 0 0 0.5em"
CAPTION_STYLE = "margin-top: 0.3em; max-width: 60em; font-size: 0.95em"
_PICTURE_STYLE = f"max-width: 100%; box-sizing: border-box; padding: 6px; background: {CARD}"
# One for each digit; digits that are easily confused have colours that are not. The rest of that
# palette, and two dark colours more.
_SKY, _AMBER, _INDIGO, _WINE, _BLACK = "#56B4E9", "#E69F00", "#332288", "#882255", "#000000"
TEN_COLOURS = [BLUE, GREY, _INDIGO, GREEN, ORANGE, _SKY, PINK, _AMBER, _WINE, _BLACK]


def new_figure(width: float = 6.4, height: float = 3.6, **subplots: Any) -> tuple[Figure, Any]:
    """An empty figure and its axes, laid out so that nothing overlaps.

    Unlike ``plt.subplots``, this leaves no open figure behind, so a cell does not draw it twice.

    Args:
        width: in inches of 100 pixels.
        height: in inches of 100 pixels.
        subplots: as for ``Figure.subplots``, for example ``nrows=2, ncols=3``. Without them, the
            axes are one object; with them, an array.
    """
    figure = Figure(figsize=(width, height), dpi=100, layout="constrained", facecolor=CARD)
    axes = figure.subplots(**subplots)
    for axis in figure.axes:
        axis.set_facecolor(CARD)
    return figure, axes


def show(figure: Figure, caption: str, alt: str = "") -> None:
    """Show a figure in the notebook.

    Args:
        figure: what to show.
        caption: stands below it, for everybody: what there is to see.
        alt: says what the figure looks like, for those who cannot see it; `describe` by default.
    """
    display({"text/html": figure_html(figure, caption, alt), "text/plain": caption}, raw=True)


def figure_html(figure: Figure, caption: str, alt: str = "") -> str:
    """A figure with its words as one piece of HTML that loads nothing; see `show`."""
    words = f'<figcaption style="{CAPTION_STYLE}">{escape(caption)}</figcaption>'
    return f'<figure style="{FIGURE_STYLE}">{picture_html(figure, alt)}{words}</figure>'


def picture_html(figure: Figure, alt: str = "", style: str = "", colours: int | None = None) -> str:
    """A figure without a caption as an element that loads nothing, with more ``style``.

    With only so many ``colours``, at most 256, the picture is about a quarter as large.
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    if colours:
        picture = Image.open(buffer).convert("RGB").quantize(colours, dither=Image.Dither.NONE)
        picture.save(buffer := io.BytesIO(), format="png", optimize=True)
    png = base64.b64encode(buffer.getvalue()).decode("ascii")
    return (
        f'<img src="data:image/png;base64,{png}" alt="{escape(alt or describe(figure))}" '
        f'style="{"; ".join(filter(None, (_PICTURE_STYLE, style)))}">'
    )


def describe(figure: Figure) -> str:
    """What a figure looks like: its pictures with their titles, then each chart."""
    pictures = [axis for axis in figure.axes if axis.images]
    words = [figure.get_suptitle()]
    if pictures:
        titles = "; ".join(filter(None, (axis.get_title() for axis in pictures)))
        count = "A picture" if len(pictures) == 1 else f"{len(pictures)} pictures"
        words.append(f"{count}: {titles}" if titles else count)
    words += [_describe_chart(axis) for axis in figure.axes if axis.axison and not axis.images]
    return ". ".join(" ".join(one.split()) for one in words if one) + "."


def _describe_chart(axis: Axes) -> str:
    """The kind of a chart, its title and axes, its bars by group, and its lines' two ends."""
    if axis.get_label() == "<colorbar>":
        return ""
    kind = "Bars" if axis.containers else "Lines" if axis.lines else "A chart"
    title = f" “{axis.get_title()}”" if axis.get_title() else ""
    labels = " against ".join(filter(None, (axis.get_ylabel(), axis.get_xlabel())))
    words = [f"{kind}{title}: {labels}" if labels else f"{kind}{title}"]
    groups = [bars for bars in axis.containers if isinstance(bars, BarContainer)]
    for bars in groups:
        if bars.datavalues is None:
            continue
        values = np.asarray(bars.datavalues)
        # A histogram names a group's first bar, and not the group.
        called = [str(one.get_label()) for one in (bars, bars[0])]
        group = next((name for name in called if not name.startswith("_")), "")
        if len(bars) <= 12:
            lying = bars.orientation == "horizontal"
            ticks = axis.get_yticklabels() if lying else axis.get_xticklabels()
            names = [f"{tick.get_text()}: " for tick in ticks]
            names = names if len(names) == len(bars) else [""] * len(bars)
            pairs = zip(names, values, strict=True)
            told = ", ".join(f"{name}{value:.4g}" for name, value in pairs)
        elif len(groups) > 1:  # too many to name each of them
            top = bars[int(values.argmax())]
            told = f"most, {values.max():.4g}, at {top.get_x() + top.get_width() / 2:.2g}"
        else:
            continue
        words.append(f"{group} ({told})" if group and len(groups) > 1 else told)
    for line in axis.lines:
        values = np.asarray(line.get_ydata(orig=False))
        curve = line.get_transform() == axis.transData  # not a mark across the whole chart
        if curve and len(values) and not (name := str(line.get_label())).startswith("_"):
            words.append(f"{name} from {values[0]:.4g} to {values[-1]:.4g}")
    return "; ".join(words)


def digit_grid(
    images: Tensor | np.ndarray,
    captions: Sequence[object] | None = None,
    *,
    columns: int = 10,
    title: str = "",
    size: float = 0.75,
    signed: bool = False,
) -> Figure:
    """Digits side by side, or filters.

    Args:
        images: shape ``(n, 28, 28)`` or ``(n, 1, 28, 28)``, any range; each is shown from its
            lowest value (white) to its highest (black).
        captions: what to write above each digit.
        columns: digits in a row.
        title: of the whole figure.
        size: of each digit, in inches.
        signed: True for filters: blue below zero, red above, on one scale for all.
    """
    images = to_array(images)
    images = images.reshape(len(images), *images.shape[-2:])
    rows = max(1, -(-len(images) // columns))
    height = rows * (size + 0.2 * (captions is not None)) + 0.4 * bool(title)
    figure, axes = new_figure(size * columns, height, nrows=rows, ncols=columns, squeeze=False)
    colours: dict[str, Any] = {"cmap": "gray_r"}
    if signed:
        colours = {"cmap": "RdBu_r", "norm": CenteredNorm(halfrange=abs(images).max())}
    for place, axis in enumerate(axes.flat):
        axis.axis("off")
        if place < len(images):
            axis.imshow(images[place], **colours)
            if captions is not None:
                axis.set_title(str(captions[place]), fontsize=9)
    if title:
        figure.suptitle(title)
    return figure


def line_chart(
    lines: dict[str, Sequence[float] | Tensor],
    title: str,
    x_label: str,
    y_label: str,
    *,
    x: Sequence[float] | Tensor | None = None,
    top: float | None = None,
) -> Figure:
    """Lines over the same values; the first three differ in colour and in stroke.

    Args:
        lines: by name, which a legend shows if there are several; of the same length as ``x``.
        title: of the figure.
        x_label: what the values across are.
        y_label: what the lines show.
        x: the values across; by default 1, 2, 3 and so on.
        top: where the vertical axis, which then begins at 0, ends; by default all is shown.
    """
    figure, axis = new_figure(6.4, 3)
    strokes = ((BLUE, "-"), (ORANGE, "--"), (GREEN, ":"))
    for number, (name, values) in enumerate(lines.items()):
        colour, stroke = strokes[number % len(strokes)]
        across = range(1, len(values) + 1) if x is None else x
        axis.plot(across, values, stroke, color=colour, label=name)
    if len(lines) > 1:
        axis.legend()
    axis.set(title=title, xlabel=x_label, ylabel=y_label)
    if top is not None:
        axis.set_ylim(0, top)
    return figure


def ink_grid(
    pictures: Sequence[np.ndarray | Sequence[np.ndarray]],
    captions: Sequence[object],
    *,
    columns: int = 4,
    title: str = "",
    size: float = 1.8,
) -> Figure:
    """Ink of any size in black, or its pieces in colours: blue, orange, green, pink, grey, blue...

    Args:
        pictures: of each one, the ink, uint8, shape ``(h, w)``, 0 = paper; or a list of its pieces,
            each in its place on a sheet as large as the ink's.
        captions: what to write above each picture.
        columns: pictures in a row; where one is missing, nothing is drawn.
        title: of the whole figure.
        size: the width of each picture's place, in inches.
    """
    rows = max(1, -(-len(pictures) // columns))
    height = (0.55 * size + 0.3) * rows + (0.4 if title else 0.1)
    figure, axes = new_figure(size * columns, height, nrows=rows, ncols=columns, squeeze=False)
    if title:
        figure.suptitle(title)
    for axis in axes.flat:
        axis.axis("off")
    for axis, picture, caption in zip(axes.flat, pictures, captions, strict=False):
        pieces = [picture] if isinstance(picture, np.ndarray) else picture
        sheet = np.ones((*pieces[0].shape, 3))
        for place, piece in enumerate(pieces):
            name = "black" if pieces is not picture else COLOURS[place % len(COLOURS)]
            sheet += piece[..., None] / 255 * (np.array(to_rgb(name)) - sheet)
        axis.imshow(sheet)
        axis.set_title(str(caption), fontsize=10)
    return figure


def cut_chart(
    part: np.ndarray, columns: Sequence[int], worse: Sequence[float] | np.ndarray, whole: float
) -> Figure:
    """What cuts through some ink are worth, each one above its place, and the best as a line.

    Args:
        part: the ink, uint8, shape ``(h, w)``, 0 = paper.
        columns: where it was cut.
        worse: for each cut, the score of the worse half.
        whole: the score of the ink that is not cut.
    """
    height, width = part.shape
    figure, (above, below) = new_figure(4.6, 4.6, nrows=2, sharex=True)
    above.plot(columns, worse, "o-", color=BLUE, label="the worse half")
    above.axhline(whole, color=GREY, linestyle="--", label="the whole, not cut")
    above.set(ylabel="score")
    above.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False)
    below.imshow(part, cmap="gray_r", aspect="auto", extent=(0, width, height, 0))
    below.set(xlabel="column of the cut", yticks=[])
    for axis in (above, below):
        axis.axvline(columns[int(np.argmax(worse))], color=ORANGE)
    return figure


def bar_chart(
    bars: dict[str, Sequence[float]],
    names: Sequence[str],
    title: str,
    x_label: str,
    *,
    stacked: bool = False,
) -> Figure:
    """Lying bars with their numbers, of up to three groups.

    One group is blue. Of two, the first is grey, as what was there before; of three, the first is
    orange and the last grey.

    Args:
        bars: for each group, a number for each of the names; a legend says which group is which.
        names: what stands beside the bars, from top to bottom.
        title: of the figure.
        x_label: what the numbers are.
        stacked: True to put the groups' bars end to end, instead of below each other.
    """
    colours = {1: [BLUE], 2: [GREY, BLUE], 3: [ORANGE, BLUE, GREY]}[len(bars)]
    rows = 1 if stacked else len(bars)
    figure, axis = new_figure(7.2, 1.2 + (0.2 + 0.22 * rows) * len(names))
    places, start = np.arange(len(names)), np.zeros(len(names))
    for group, ((label, numbers), colour) in enumerate(zip(bars.items(), colours, strict=True)):
        where = places if stacked else places + 0.8 * ((group + 0.5) / rows - 0.5)
        drawn = axis.barh(where, numbers, 0.8 / rows, left=start, color=colour, label=label)
        if stacked:
            words = [f"{number:.0f}" if number else "" for number in numbers]
            axis.bar_label(drawn, words, label_type="center", color="white")
            start += np.asarray(numbers)
        else:
            axis.bar_label(drawn, fmt="%.0f", padding=3)
    axis.set(title=title, xlabel=x_label)
    axis.set_yticks(places, names)
    axis.invert_yaxis()
    axis.margins(x=0 if stacked else 0.1)
    if len(bars) > 1:
        figure.legend(loc="outside lower center", ncols=len(bars), frameon=False)
    return figure


def histogram(
    groups: dict[str, Sequence[float] | np.ndarray],
    title: str,
    x_label: str,
    y_label: str,
    *,
    mark: float | None = None,
) -> Figure:
    """How often which numbers occur in some groups, in 30 bars each.

    Args:
        groups: the numbers of each group, by name; the first is blue, the second orange.
        title: of the figure.
        x_label: what the numbers are.
        y_label: what is counted.
        mark: where to draw a dashed line.
    """
    figure, axis = new_figure(6.4, 3.3)
    colours = COLOURS[: len(groups)]
    axis.hist(list(groups.values()), bins=30, label=list(groups), color=colours)
    if mark is not None:
        axis.axvline(mark, color=GREY, linestyle="--")
    axis.set(title=title, xlabel=x_label, ylabel=y_label)
    figure.legend(loc="outside lower center", ncols=len(groups), frameon=False)
    return figure


def learning_curves(history: History) -> Figure:
    """The loss of every batch, and the accuracy after every epoch."""
    figure, (left, right) = new_figure(9, 3.4, ncols=2)
    losses = np.array(history.batch_loss)
    left.plot(np.arange(1, len(losses) + 1), losses, color=BLUE, alpha=0.25, linewidth=0.8)
    window = max(1, min(len(losses) // 10, 50))
    if len(losses) >= window > 1:
        smooth = np.convolve(losses, np.ones(window) / window, mode="valid")
        left.plot(np.arange(window, len(losses) + 1), smooth, color=BLUE, label="running mean")
        left.legend()
    left.set(title="Loss", xlabel="batch", ylabel="cross-entropy", ylim=(0, None))
    left.set_xlim(0, max(1, history.planned_epochs * history.batches_per_epoch))
    for metric, colour, marker, label in (
        ("train_accuracy", ORANGE, "s", "training (while learning)"),
        ("val_accuracy", BLUE, "o", "validation (after the epoch)"),
    ):
        values = 100 * np.array(history[metric])
        if len(values):
            epochs = np.arange(1, len(values) + 1)
            right.plot(epochs, values, marker=marker, color=colour, label=label)
            right.legend(loc="lower right")
    right.set(title="Accuracy", xlabel="epoch", ylabel="% right")
    right.set_xlim(0.5, max(1, history.planned_epochs) + 0.5)
    right.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def confusion_matrix(matrix: np.ndarray, title: str = "Confusion matrix") -> Figure:
    """How often each digit was read as each of the ten.

    Args:
        matrix: counts, shape ``(10, 10)``: a row for each true digit, a column for each answer.
        title: of the figure.
    """
    figure, axis = new_figure(5.6, 5.2)
    mistakes = matrix * (1 - np.eye(len(matrix), dtype=int))
    # Only mistakes are coloured, because they would not show beside the thousands on the diagonal.
    axis.imshow(mistakes, cmap="Oranges", vmax=max(1, 1.3 * mistakes.max()))
    for (row, column), count in np.ndenumerate(matrix):
        if count:
            weight = "bold" if row == column else "normal"
            axis.text(column, row, count, ha="center", va="center", fontsize=8, weight=weight)
    axis.set(title=title, xlabel="read as", ylabel="true digit", xticks=range(10), yticks=range(10))
    return figure


def calibration(curve: Calibration) -> Figure:
    """Accuracy against confidence, with 95 % intervals, and how many answers each point stands for.

    A group of fewer than ten answers has no point, because it could lie nearly anywhere.
    """
    figure, (top, bottom) = new_figure(5.2, 4.8, nrows=2, sharex=True, height_ratios=[3, 1])
    enough = curve.counts >= 10
    counts, accuracy = curve.counts[enough], curve.accuracy[enough]
    right = np.rint(accuracy * counts).astype(int)
    ends = [accuracy_interval(int(some), int(n)) for some, n in zip(right, counts, strict=True)]
    lengths = np.abs(np.reshape(ends, (-1, 2)).T - accuracy)
    top.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="perfect honesty")
    style = {"fmt": "o-", "color": BLUE, "ecolor": ORANGE, "capsize": 3}
    top.errorbar(curve.confidence[enough], accuracy, lengths, label="this network", **style)
    top.set(title="Is the network as good as it thinks?", ylabel="fraction right")
    top.set_ylim(-0.03, 1.05)
    top.legend(loc="upper left")
    middles = (curve.edges[:-1] + curve.edges[1:]) / 2
    bottom.bar(middles, curve.counts, width=0.9 * np.diff(curve.edges), color=ORANGE)
    bottom.set(xlabel="confidence", ylabel="answers", yscale="log")
    bottom.set(xlim=(0, 1.02), ylim=(0.5, None))
    return figure


def recipe_dots(results: dict) -> Figure:
    """The seconds until each recipe of the story, in its order, reads 99.0 % of the test images.

    In brackets is the time of the recipe above, divided by this one's.

    Args:
        results: from `mnist_helpers.recipes.load_measured`, for ``"training"``.
    """
    times = {name: results["recipes"][name]["seconds_to_99"] for name in results["story"]}
    names = [name for name, value in times.items() if value]
    seconds = [value for value in times.values() if value]
    figure, axis = new_figure(7.2, 0.5 + 0.45 * len(names))
    # Dots, because on a logarithmic axis the length of a bar would mean nothing.
    axis.scatter(seconds, names, s=60, color=[GREY] + [BLUE] * (len(names) - 1), zorder=3)
    for name, before, value in zip(names, [None, *seconds], seconds, strict=False):
        ratio = f"  (÷ {before / value:.1f})" if before else ""
        place = {"xytext": (9, 0), "textcoords": "offset points", "va": "center"}
        axis.annotate(f"{value:.1f} s{ratio}", (value, name), **place)
    axis.invert_yaxis()
    axis.set(title="Each dot adds an idea, with the settings that suit it")
    axis.set(xlabel="seconds of training to 99.0 % (each grid line: ×10)")
    axis.set(xscale="log", xlim=(0.5, 4 * max(seconds)))
    axis.xaxis.set_major_formatter(FormatStrFormatter("%g"))
    axis.grid(axis="x", alpha=0.3)
    return figure


def describe_curves(history: History) -> str:
    """The learning curves in words."""
    if not history.batch_loss:
        return "Two empty charts: loss per batch and accuracy per epoch; training begins."
    words = (
        f"Two charts. Loss per batch: from {history.batch_loss[0]:.2f} to "
        f"{history.batch_loss[-1]:.2f} over {len(history.batch_loss):,} batches."
    )
    if history["val_accuracy"]:
        first, last = history["val_accuracy"][0], history["val_accuracy"][-1]
        words += (
            f" Validation accuracy per epoch: from {first:.1%} to {last:.1%} over "
            f"{len(history.epochs)} epochs."
        )
    return words


class LiveCurve(Reporter):
    """Draws the learning curves in the notebook, at most once in ``every`` seconds."""

    def __init__(self, every: float = 2.0):
        self.every = every

    def on_start(self, history: History) -> None:
        """Draw the figure for the first time."""
        self.handle = self._draw(history, partial(display, display_id=True))

    def on_batch(self, history: History) -> None:
        """Draw again, unless the last drawing is recent."""
        if time.monotonic() - self.drawn >= self.every:
            self.on_end(history)

    def on_end(self, history: History) -> None:
        """Draw the curves as they are now."""
        if self.handle is not None:  # outside a notebook there is none
            self._draw(history, self.handle.update)

    def _draw(self, history: History, put: Callable) -> DisplayHandle | None:
        caption = describe_curves(history)
        html = figure_html(learning_curves(history), caption)
        self.drawn = time.monotonic()
        return put({"text/html": html, "text/plain": caption}, raw=True)
