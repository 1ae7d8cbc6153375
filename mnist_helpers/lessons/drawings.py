"""The drawings of notebook 02: what a filter computes, what a network sees, how it is built.

Red is more than zero and blue is less, as in every figure of filters and feature maps; an orange
frame shows where the filter lies. Each function returns a figure for `figures.show`.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch, Rectangle
from torch import Tensor

from mnist_helpers._support import to_array
from mnist_helpers.lessons.figures import BLUE, GREY, ORANGE, new_figure


def sliding_filter(image: Tensor | np.ndarray, kernel: Tensor | np.ndarray, frames: int) -> Figure:
    """A filter in its first places on a small image, a column for each place.

    Args:
        image: a few pixels, shape ``(h, w)``, from 0 (paper) to 1 (ink).
        kernel: shape ``(3, 3)``.
        frames: how many places to show, from left to right and then one row lower.
    """
    image, kernel = to_array(image), to_array(kernel)
    height, width = image.shape[0] - 2, image.shape[1] - 2
    answers = np.full((height, width), np.nan)
    figure, axes = new_figure(2.35 * frames, 7, nrows=3, ncols=frames, height_ratios=[5, 4, 3])
    for place, (above, middle, below) in enumerate(axes.T):
        row, column = divmod(place, width)
        patch = image[row : row + 3, column : column + 3]
        answers[row, column] = (patch * kernel).sum()
        _numbers(above, image, title=f"place {place + 1}", cmap="gray_r", vmin=0, vmax=1)
        _frame(above, row, column, 3)
        _numbers(middle, patch * kernel, words=_products(patch, kernel), title="nine products")
        _numbers(below, answers, title=f"their sum: {answers[row, column]:.3g}", limit=3)
        _frame(below, row, column, 1)
    for axis, name in zip(axes[:, 0], ("the image", "pixel × filter", "feature map"), strict=True):
        axis.set_ylabel(name)
    return figure


def filter_over_channels(
    maps: Tensor | np.ndarray, kernel: Tensor | np.ndarray, row: int, column: int, bias: float
) -> Figure:
    """One place of a filter that looks at several maps: a row of sums for each map.

    Args:
        maps: shape ``(channels, h, w)``.
        kernel: shape ``(channels, 3, 3)``.
        row: of the upper left corner of the place.
        column: of the upper left corner of the place.
        bias: what is added at the end.
    """
    maps, kernel = to_array(maps), to_array(kernel)
    patches = maps[:, row : row + 3, column : column + 3]
    sums = (patches * kernel).sum(axis=(1, 2))
    figure, axes = new_figure(9.6, 2.4 * len(maps) + 0.4, nrows=len(maps), ncols=4)
    for number, (whole, patch, weights, product) in enumerate(axes):
        whole.imshow(maps[number], cmap="RdBu_r", vmin=-3, vmax=3)
        whole.set(title=f"map {number + 1}", xticks=[], yticks=[])
        _frame(whole, row, column, 3)
        _numbers(patch, patches[number], title="what lies there", limit=3)
        _numbers(weights, kernel[number], title=f"table {number + 1} of the filter")
        words = _products(patches[number], kernel[number])
        title = f"products, sum {sums[number]:g}"
        _numbers(product, patches[number] * kernel[number], words=words, title=title, limit=3)
        for sign, axis in zip("×=", (weights, product), strict=True):
            axis.text(-0.16, 0.5, sign, transform=axis.transAxes, fontsize=16, ha="center")
    total = " + ".join(f"{value:g}" for value in sums)
    sign = "−" if bias < 0 else "+"
    figure.supxlabel(f"{total} {sign} {abs(bias):g} (bias) = {sums.sum() + bias:g}", fontsize=13)
    return figure


def receptive_field(image: Tensor | np.ndarray, layers: Sequence[str]) -> Figure:
    """The number in the middle of the last map, traced back to the pixels that it depends on.

    Args:
        image: shape ``(n, n)``; ink is high.
        layers: from the image on, each "Conv2d" (3×3) or "MaxPool2d" (2×2).
    """
    image = to_array(image)
    sizes = [len(image)]
    for layer in layers:
        sizes.append(sizes[-1] - 2 if layer == "Conv2d" else sizes[-1] // 2)
    start, width = sizes[-1] // 2, 1
    windows = [(start, width)]
    for layer in reversed(layers):
        start, width = (start, width + 2) if layer == "Conv2d" else (2 * start, 2 * width)
        windows.insert(0, (start, width))
    figure, axes = new_figure(2.3 * len(sizes), 3.1, ncols=len(sizes))
    names = ["image", *layers]
    for axis, name, size, (start, width) in zip(axes, names, sizes, windows, strict=True):
        pixels = np.zeros((size, size)) if axis is not axes[0] else image
        axis.imshow(pixels, cmap="gray_r", vmin=0, vmax=1)
        axis.set(title=f"{name}\n{size} × {size}", xticks=[], yticks=[])
        axis.set_xlabel(f"{width} × {width}" if width > 1 else "one number")
        axis.set_xticks(np.arange(0.5, size), minor=True)
        axis.set_yticks(np.arange(0.5, size), minor=True)
        axis.tick_params(which="minor", length=0)
        axis.grid(which="minor", color=GREY, alpha=0.3, linewidth=0.5)  # like squared paper
        _frame(axis, start, start, width, fill=True)
    for (here, (start, width)), (there, (other, narrow)) in pairwise(
        zip(axes, windows, strict=True)
    ):
        for edge, end in ((start, other), (start + width, other + narrow)):
            points = (start + width - 0.5, edge - 0.5), (other - 0.5, end - 0.5)
            line = ConnectionPatch(*points, here.transData, there.transData, color=ORANGE)
            figure.add_artist(line)
    return figure


def architecture(stages: Sequence[tuple[str, tuple[int, ...]]]) -> Figure:
    """What a network makes of an image, layer by layer: maps as stacked sheets, rows as bars.

    Args:
        stages: from the image to the logits: what made it, and its shape, ``(channels, h, w)`` or
            ``(n,)``.
    """
    figure, axis = new_figure(10.5, 2.9)
    left = 0.0
    for name, shape in stages:
        # Sizes grow more slowly than the numbers do, so that all fit.
        if len(shape) == 3:
            sheets, high, colour = min(shape[0], 6), shape[1] ** 0.7, BLUE
            across = high
        else:
            sheets, high, colour = 1, 1.9 * shape[0] ** 0.32, ORANGE
            across = 1.0
        for sheet in range(sheets):
            corner = left + 0.9 * sheet, (sheets - 1 - high) / 2 - 0.45 * sheet
            box = Rectangle(corner, across, high, facecolor="white", edgecolor=colour)
            axis.add_patch(box)
        wide = across + 0.9 * (sheets - 1)
        middle = left + wide / 2
        axis.text(middle, 9, name, ha="center", va="bottom", fontsize=9)
        axis.text(middle, -9, "×".join(map(str, shape)), ha="center", va="top", fontsize=9)
        left += wide + 4.5
    axis.set(xlim=(-2, left - 2.5), ylim=(-11, 11), aspect="equal")
    axis.axis("off")
    return figure


def _numbers(
    axis: Axes,
    values: np.ndarray,
    *,
    words: np.ndarray | None = None,
    title: str = "",
    limit: float = 1,
    **colours: Any,
) -> None:
    """A table of numbers, each on its colour; by default blue below zero and red above."""
    colours = colours or {"cmap": "RdBu_r", "vmin": -limit * 1.6, "vmax": limit * 1.6}
    shown = axis.imshow(np.ma.masked_invalid(values), **colours)
    axis.set(title=title, xticks=[], yticks=[])
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            dark = np.mean(shown.to_rgba(value)[:3]) < 0.5
            text = f"{value:.3g}" if words is None else str(words[row, column])
            colour = "white" if dark else "black"
            axis.text(column, row, text, ha="center", va="center", fontsize=8, color=colour)


def _products(patch: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Each product in words, such as "0.5·(-1)" above "= -0.5"."""
    words = np.empty(patch.shape, dtype=object)
    for place, value in np.ndenumerate(patch):
        weight = f"{kernel[place]:g}"
        weight = f"({weight})" if kernel[place] < 0 else weight
        words[place] = f"{value:.3g}·{weight}\n= {value * kernel[place] + 0.0:.3g}"
    return words


def _frame(axis: Axes, row: int, column: int, size: int, fill: bool = False) -> None:
    """A frame around some pixels."""
    face = to_rgba(ORANGE, 0.35) if fill else "none"
    corner = column - 0.5, row - 0.5
    axis.add_patch(Rectangle(corner, size, size, facecolor=face, edgecolor=ORANGE, linewidth=2))
