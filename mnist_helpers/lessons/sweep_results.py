"""What a sweep has found: a table, a figure, and what may be concluded from them."""

import csv
import io
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import tukey_hsd

from mnist_helpers.lessons.figures import BLUE, GREY, ORANGE, new_figure
from mnist_helpers.lessons.sweep_plan import Plan, Settings, Value, show_value

NO_DIFFERENCE = "no difference that these runs can show"
NO_SPREAD = "one run for each value: what is chance cannot be seen. Take more seeds"


@dataclass(frozen=True)
class Run:
    """One training.

    Attributes:
        settings: the parameters that the sweep varies, with their values here.
        seed: of its random numbers.
        accuracy: on the validation images, 0 to 1; None if the run failed.
        seconds: how long the notebook ran.
        why: why it failed, in a sentence.
        notebook: the executed notebook's file name.
    """

    settings: Settings
    seed: int
    accuracy: float | None
    seconds: float
    why: str
    notebook: str


@dataclass(frozen=True)
class SweepResults:
    """All runs of a sweep; as the last line of a cell it shows its table.

    Attributes:
        plan: what was to be tried.
        runs: what was run so far.
        about: the data, the epochs and the notebook, in a sentence.
    """

    plan: Plan
    runs: Sequence[Run]
    about: str

    def accuracies(self, name: str) -> dict[Value, list[float]]:
        """What each value of a parameter reached.

        Args:
            name: a parameter that is varied.

        Returns:
            For each value the validation accuracies, 0 to 1, one for each run that did not fail.
            In a grid or a list, those with all values of the other parameters are among them.
        """
        found: dict[Value, list[float]] = {value: [] for value in self.plan.varied[name]}
        for run in self._runs_of(name):
            if run.accuracy is not None:
                found[run.settings[name]].append(run.accuracy)
        return found

    def failed(self, name: str) -> list[Value]:
        """The values of a parameter with which a run failed."""
        values = {run.settings[name] for run in self._runs_of(name) if run.accuracy is None}
        return [value for value in self.plan.varied[name] if value in values]

    def _runs_of(self, name: str) -> list[Run]:
        """The runs that tell about a parameter: one at a time, those with the rest as it is."""
        if not self.plan.one_at_a_time:
            return list(self.runs)
        return [run for run in self.runs if set(self.plan.differences(run.settings)) <= {name}]

    def verdict(self, name: str) -> str:
        """What these runs show about a parameter, in a sentence."""
        words = judge_spread(self.accuracies(name))
        failed = " and ".join(map(show_value, self.failed(name)))
        return f"{words}; with {failed} a run failed." if failed else f"{words}."

    def table(self) -> str:
        """All settings, one a row, as a Markdown table; below it what each parameter did."""
        rows = [
            "| setting | validation accuracy | lowest to highest | seconds per run |",
            "|---|---|---|---|",
        ]
        for settings in self.plan.settings:
            runs = [run for run in self.runs if run.settings == settings]
            if runs:
                rows.append(f"| {self.plan.describe(settings)} | {_cells(runs)} |")
        base = ", ".join(f"{k} = {show_value(v)}" for k, v in self.plan.base.items() if k != "seed")
        verdicts = [f"- `{name}`: {self.verdict(name)}" for name in self.plan.varied]
        return "\n".join([f"{self.about} Base: {base}.", "", *rows, "", *verdicts])

    def _repr_markdown_(self) -> str:
        return self.table()

    def csv(self) -> str:
        """All runs, one a line."""
        names = list(self.plan.settings[0])
        text = io.StringIO()
        write = csv.writer(text, lineterminator="\n").writerow
        write([*names, "seed", "state", "validation_accuracy", "seconds", "why", "notebook"])
        for run in self.runs:
            state, accuracy = "done", run.accuracy
            if accuracy is None:
                state, accuracy = "failed", ""
            values = [run.settings[name] for name in names]
            seconds = round(run.seconds, 1)
            write([*values, run.seed, state, accuracy, seconds, run.why, run.notebook])
        return text.getvalue()

    def figure(self) -> Figure:
        """One panel for each parameter that is varied: accuracy over value, a dot for each run."""
        names = list(self.plan.varied)
        widths = [len(self.plan.varied[name]) + 1 for name in names]
        figure, axes = new_figure(
            1 + 0.75 * sum(widths),
            4,
            ncols=len(names),
            sharey=True,
            squeeze=False,
            width_ratios=widths,
        )
        for axis, name in zip(axes[0], names, strict=True):
            self._draw(axis, name)
        axes[0, 0].set_ylabel("% of the validation images right")
        labels = [axis.get_legend_handles_labels() for axis in axes[0]]
        signs = {label: sign for row in labels for sign, label in zip(*row, strict=True)}
        figure.legend(signs.values(), signs.keys(), loc="outside lower center", ncols=3)
        return figure

    def _draw(self, axis: Axes, name: str) -> None:
        found = {value: 100 * np.array(row) for value, row in self.accuracies(name).items()}
        values = list(found)
        axis.set_xticks(range(len(values)), [show_value(value) for value in values])
        axis.set_xlim(-0.6, len(values) - 0.4)
        if (base := self.plan.base[name]) in values:
            place = values.index(base)
            axis.axvspan(place - 0.4, place + 0.4, color=GREY, alpha=0.15, lw=0, label="base")
        axis.plot(
            [i for i, value in enumerate(values) for _ in found[value]],
            [accuracy for row in found.values() for accuracy in row],
            "o", color=BLUE, alpha=0.6, label="one run",
        )  # fmt: skip
        means = [row.mean() if len(row) else np.nan for row in found.values()]
        axis.plot(means, "_-", color=ORANGE, markersize=18, linewidth=1, label="mean")
        for value in self.failed(name):
            axis.text(
                values.index(value), 0.04, "failed", rotation=90, ha="center", va="bottom",
                color=ORANGE, transform=axis.get_xaxis_transform(),
            )  # fmt: skip
        words = judge_spread(self.accuracies(name)).partition(":")[0]
        axis.set_title(f"{name}\n{textwrap.fill(words, 20)}", fontsize=10)

    def alt(self) -> str:
        """The figure in words."""
        panels = [f"{name}: {self.verdict(name)}" for name in self.plan.varied]
        return "Validation accuracy of each run over the value tried, in panels. " + " ".join(
            panels
        )


def _cells(runs: Sequence[Run]) -> str:
    found = [run.accuracy for run in runs if run.accuracy is not None]
    seconds = f"{mean(run.seconds for run in runs):.0f}"
    failures = [run.why for run in runs if run.accuracy is None]
    why = f"{len(failures)} of {len(runs)} failed: {failures[0]}" if failures else ""
    if not found:
        return f"failed: {failures[0]} | | {seconds}".replace("\n", " ")
    spread = f"{min(found):.2%} to {max(found):.2%}" if len(found) > 1 else "one run"
    return f"{mean(found):.2%} | {', '.join(filter(None, [spread, why]))} | {seconds}"


def parted(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether every number of one is above, or every one below, all of the other: no overlap."""
    return min(one) > max(other) or min(other) > max(one)


def judge_spread(accuracies: Mapping[Value, Sequence[float]]) -> str:
    """What runs with several seeds show about a parameter.

    Two values are told apart only if their runs do not overlap, and if so large a gap would be
    rare (5 %) were all values equal: J. Tukey's test for comparing several means. No overlap alone
    is not enough. Of three equal values with two seeds each, the best and the worst do not overlap
    in about half of all sweeps.

    Args:
        accuracies: for each value, 0 to 1, one for each run.

    Returns:
        A sentence without its full stop. It names a best value only if that is better than each of
        the others; else it says which are worse.
    """
    groups = {value: row for value, row in accuracies.items() if len(row) > 1}
    if len(groups) < 2:
        return NO_SPREAD
    values = sorted(groups, key=lambda value: mean(groups[value]), reverse=True)
    rows = [groups[value] for value in values]
    # Runs that are all alike divide 0 by 0; the answer, nan, is then no proof of anything.
    with np.errstate(divide="ignore", invalid="ignore"):
        rare = tukey_hsd(*rows).pvalue[0] < 0.05
    worse = [i for i in range(1, len(rows)) if parted(rows[0], rows[i]) and rare[i]]
    if not worse:
        return NO_DIFFERENCE
    below = " and ".join(
        f"{show_value(values[i])} is {100 * (mean(rows[0]) - mean(rows[i])):.1f} points"
        for i in worse
    )
    best = show_value(values[0])
    if len(worse) == len(rows) - 1:
        return f"it mattered: {best} is best; {below} below"
    rest = " and ".join(show_value(v) for i, v in enumerate(values) if i not in worse)
    return f"it mattered: {below} below {best}; between {rest}: {NO_DIFFERENCE}"


def save(results: SweepResults, out: Path) -> None:
    """Write ``results.csv``, ``results.md`` and ``results.png`` into a folder."""
    from mnist_helpers._support import write_atomically

    picture = io.BytesIO()
    results.figure().savefig(picture, format="png", metadata={"Software": None})
    page = f"# What mattered\n\n{results.table()}\n\n![{results.alt()}](results.png)\n"
    write_atomically(out / "results.csv", results.csv().encode())
    write_atomically(out / "results.png", picture.getvalue())
    write_atomically(out / "results.md", page.encode())
