"""The explorables of notebooks 03 and 04: walking down, from logits to the loss, how sure."""

import base64
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from torch import Tensor

from mnist_helpers.evaluate import Predictions
from mnist_helpers.lessons.figures import BLUE, ORANGE, new_figure

from .showing import show_explorable

# The rates of the walks on the curve in the still picture, times its bend at the bottom.
STILL_RATES = {"creeps": 0.12, "arrives": 1.15, "leaps out": 3.5}
MOST_MISTAKES = 60  # that are shown


def walking_down(nudges: Sequence[float], losses: Sequence[float]) -> None:
    """Show gradient descent on the curve of one weight, and in a valley of two.

    Args:
        nudges: what was added to the weight, at equal distances, from the smallest to the largest.
        losses: the loss at each; at least three.
    """
    curve = {"from": nudges[0], "to": nudges[-1], "losses": [round(one, 6) for one in losses]}
    slopes = np.gradient(losses, nudges)
    bend = np.gradient(slopes, nudges)[np.argmin(losses)]
    figure, axes = new_figure(10, 2.8, ncols=4)
    for axis, (name, part) in zip(axes[:3], STILL_RATES.items(), strict=True):
        rate = float(f"{part / bend:.1g}")
        walk = [nudges[0] + 0.1 * (nudges[-1] - nudges[0])]
        while len(walk) < 9 and nudges[0] <= walk[-1] <= nudges[-1]:
            walk.append(walk[-1] - rate * float(np.interp(walk[-1], nudges, slopes)))
        axis.plot(nudges, losses, color=BLUE)
        axis.plot(walk, np.interp(walk, nudges, losses), "o-", color=ORANGE, ms=4, lw=1)
        axis.set(title=f"rate {rate:g}: {name}", xlabel="added to the weight")
        axis.set_xlim(nudges[0], nudges[-1])
    axes[0].set_ylabel("loss")
    _draw_valley(axes[-1])
    caption = "Go downhill yourself: choose a learning rate and a start, and press Step or Run."
    show_explorable("walk", "Walking down", {"curve": curve}, figure, caption)


def _draw_valley(axis: Axes) -> None:
    """The valley of two weights as the page has it, and a walk that jumps across and arrives."""
    along, across = np.meshgrid(np.linspace(-4, 4, 99), np.linspace(-2, 2, 99))
    steeper = np.array([1, 12])
    loss = along**2 + steeper[1] * across**2
    axis.contour(along, across, loss, np.arange(1, 8) ** 2, colors=BLUE)
    walk = [np.array([-3.5, 1.5])]
    while len(walk) < 25:
        walk.append(walk[-1] - 0.15 * steeper * walk[-1])
    axis.plot(*np.transpose(walk), "o-", color=ORANGE, ms=3, lw=1)
    axis.set(title="a valley, rate 0.15", xlabel="weight 1", ylabel="weight 2")


def logits_to_loss(logits: Tensor, label: int, image: Tensor) -> None:
    """Show ten logits that can be moved, with their probabilities and the loss.

    Args:
        logits: ten, of one image.
        label: the true digit, 0 to 9.
        image: what the network was shown: 28×28 pixels, uint8.
    """
    logits = logits.detach().cpu()
    chances = [100 * one for one in logits.softmax(dim=0).tolist()]
    figure, axes = new_figure(8, 2.6, ncols=3, width_ratios=[1, 2, 2])
    axes[0].imshow(image.cpu().numpy(), cmap="gray_r")
    axes[0].set(title=f"a {label}", xticks=[], yticks=[])
    for axis, values, name in zip(
        axes[1:], (logits.tolist(), chances), ("logits", "probabilities in %"), strict=True
    ):
        colours = [ORANGE if digit == label else BLUE for digit in range(10)]
        axis.bar(range(10), values, color=colours)
        axis.set(title=name, xlabel="digit", xticks=range(10))
    data = {"logits": [round(one, 3) for one in logits.tolist()], "label": label}
    data["image"] = image.flatten().tolist()
    caption = "Move a logit, and see all ten probabilities change, and the loss."
    show_explorable("logits", "From logits to the loss", data, figure, caption)


def how_sure(predictions: Predictions, images: Tensor) -> None:
    """Show how many digits are answered, and how many of those rightly, from a confidence on.

    Args:
        predictions: of the digits.
        images: the digits: uint8, ``(n, 28, 28)``, in the same order. The surest mistakes among
            them are shown.
    """
    confidence, correct = predictions.confidence, predictions.correct
    # Most answers are nearly certain, so the steps become finer towards 1.
    least = [0.0, *(round(1 - 10 ** -(0.3 + 0.05 * step), 6) for step in range(87))]
    right = [int((confidence[correct] >= one).sum()) for one in least]
    wrong = [int((confidence[~correct] >= one).sum()) for one in least]
    mistakes = [
        {
            "confidence": round(float(confidence[place]), 6),
            "label": int(predictions.labels[place]),
            "answer": int(predictions.digits[place]),
            "image": base64.b64encode(images[place].cpu().numpy().tobytes()).decode("ascii"),
        }
        for place in predictions.surest_mistakes(MOST_MISTAKES)[::-1]
    ]
    answered = np.add(right, wrong)
    figure, axis = new_figure(6.4, 3)
    some = answered > 0
    axis.plot(100 * answered[some] / len(confidence), 100 * np.array(right)[some] / answered[some])
    axis.set(title="Fewer answers, better answers", xlabel="% of the digits answered")
    axis.set_ylabel("% of these right")
    data = {"count": len(confidence), "least": least, "right": right, "wrong": wrong}
    caption = "Choose the confidence from which an answer counts. The rest is left to people."
    data |= {"mistakes": mistakes}
    show_explorable("sure", "How sure is sure enough?", data, figure, caption)
