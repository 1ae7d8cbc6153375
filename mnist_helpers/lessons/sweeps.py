"""Trains with many settings and several seeds, to see which settings matter more than chance."""

import ast
import csv
import hashlib
import io
import json
import re
import textwrap
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import groupby, product
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import tukey_hsd

from mnist_helpers._support import check_ordinary, write_atomically
from mnist_helpers.data import (
    DigitData,
    batch_loader,
    load_mnist,
    random_shift,
    split_train_validation,
)
from mnist_helpers.lessons.figures import BLUE, GREY, ORANGE, new_figure
from mnist_helpers.lessons.series import SeriesError, execute, find_key_result, import_papermill
from mnist_helpers.lessons.settings import wanted_instead
from mnist_helpers.model import DigitCNN
from mnist_helpers.train import EarlyStopping, TrainingError, fit, seed_everything

Value = Any  # a bool, a number or a text, as the setting has it
Settings = dict[str, Value]
# As in notebook 03.
USUAL = {"epochs": 6, "learning_rate": 0.01, "batch_size": 128, "dropout": 0.2, "shift": 1}
MOST = 100_000  # seeds or epochs: no run of that many ever ends
NO_DIFFERENCE = "no difference that these runs can show"
NO_SPREAD = "one run per value: what is chance cannot be seen, so take more seeds"


class SweepError(Exception):
    """A sweep that cannot be run; the message says why."""


@dataclass(frozen=True)
class Run:
    """One training, and what came of it."""

    settings: Settings
    seed: int
    accuracy: float | None  # on the validation images, 0 to 1; None if the run failed
    seconds: float
    why: str = ""  # the reason if it failed


@dataclass(frozen=True)
class SweepResults:
    """The finished runs of a sweep. A notebook shows their table if a cell ends with it."""

    base: Settings  # the settings where nothing is varied
    runs: Sequence[Run]  # in the order of the settings, then of the seeds
    about: str  # the data and the number of runs, in a sentence
    one_at_a_time: bool = True  # whether each run differs from the base in one setting at most

    def accuracies(self, name: str) -> dict[Value, list[float]]:
        """The validation accuracies, 0 to 1, of each value of a setting, from low to high.

        Failed runs have none. In a grid or a list of settings, the other settings vary, too.
        """
        found: dict[Value, list[float]] = {}
        for run in self.runs:
            value = run.settings[name]
            if not self.one_at_a_time or run.settings == self.base | {name: value}:
                row = found.setdefault(value, [])
                row += [] if run.accuracy is None else [run.accuracy]
        return dict(sorted(found.items()))

    def _varied(self) -> dict[str, dict[Value, list[float]]]:
        """The accuracies of each setting that was tried with more than one value."""
        found = {name: self.accuracies(name) for name in self.base}
        return {name: rows for name, rows in found.items() if len(rows) > 1}

    def table(self) -> str:
        """All settings as a Markdown table, and below it whether each of them mattered."""
        rows = groupby(self.runs, lambda run: describe(run.settings, self.base))
        return "\n".join(
            [
                f"{self.about} Base: {describe(self.base, {})}.\n",
                "| setting | validation accuracy | lowest to highest | seconds per run |",
                "|---|---|---|---|",
                *(f"| {words} | {_cells(list(runs))} |" for words, runs in rows),
                "",
                *(f"- `{name}`: {judge_spread(found)}." for name, found in self._varied().items()),
            ]
        )

    _repr_markdown_ = table

    def figure(self) -> Figure:
        """One panel per setting: the accuracy of each run over the values that were tried."""
        varied = self._varied()
        widths = [len(rows) + 1 for rows in varied.values()] or [1]
        panels = {"ncols": len(widths), "sharey": True, "squeeze": False, "width_ratios": widths}
        figure, axes = new_figure(1 + 0.75 * sum(widths), 4, **panels)
        axes[0, 0].set_ylabel("% of the validation images right")
        for axis, (name, rows) in zip(axes[0], varied.items(), strict=False):
            axis.set_xticks(range(len(rows)), list(map(show_value, rows)))
            axis.set_xlim(-0.6, len(rows) - 0.4)
            if self.base[name] in rows:
                x = list(rows).index(self.base[name])
                axis.axvspan(x - 0.4, x + 0.4, color=GREY, alpha=0.15, lw=0, label="base")
            dots = [(x, 100 * one) for x, row in enumerate(rows.values()) for one in row]
            axis.plot(*np.reshape(dots, (-1, 2)).T, "o", color=BLUE, alpha=0.6, label="one run")
            means = [100 * mean(row) if row else np.nan for row in rows.values()]
            axis.plot(means, "_-", color=ORANGE, markersize=18, linewidth=1, label="mean")
            words = textwrap.fill(judge_spread(rows).partition(":")[0], 20)
            axis.set_title(f"{name}\n{words}", fontsize=10)
        signs = axes[0, 0].get_legend_handles_labels()
        figure.legend(*signs, loc="outside lower center", ncols=3)
        return figure

    def save(self, out: Path) -> None:
        """Write ``results.csv``, ``results.md`` and ``results.png`` into a folder."""
        table, picture = io.StringIO(), io.BytesIO()
        write = csv.writer(table, lineterminator="\n").writerow
        write([*self.base, "seed", "state", "validation_accuracy", "seconds", "why"])
        for run in self.runs:
            state = "failed" if run.accuracy is None else "done"
            outcome = [state, run.accuracy, round(run.seconds, 1), run.why]
            write([*run.settings.values(), run.seed, *outcome])
        self.figure().savefig(picture, format="png", metadata={"Software": None})
        alt = "Validation accuracy of each run over the value tried:"
        for name, rows in self._varied().items():
            alt += f" {name}: {judge_spread(rows)}."
        page = f"# What mattered\n\n{self.table()}\n\n![{alt}](results.png)\n"
        write_atomically(out / "results.csv", table.getvalue().encode())
        write_atomically(out / "results.png", picture.getvalue())
        write_atomically(out / "results.md", page.encode())


def _cells(runs: Sequence[Run]) -> str:
    found = [run.accuracy for run in runs if run.accuracy is not None]
    why = [run.why.replace("\n", " ") for run in runs if run.accuracy is None]
    seconds = f"{mean(run.seconds for run in runs):.0f}"
    if not found:
        return f"failed: {why[0]} | | {seconds}"
    spread = f"{min(found):.2%} to {max(found):.2%}" if len(found) > 1 else "one run"
    spread += f", {len(why)} of {len(runs)} failed: {why[0]}" if why else ""
    return f"{mean(found):.2%} | {spread} | {seconds}"


def show_value(value: Value) -> str:
    """A value in its shortest form."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def describe(settings: Settings, base: Settings) -> str:
    """What differs from the base, in a few words."""
    changed = {name: value for name, value in settings.items() if value != base.get(name)}
    return ", ".join(f"{name} = {show_value(value)}" for name, value in changed.items()) or "base"


def judge_spread(accuracies: Mapping[Value, Sequence[float]]) -> str:
    """Whether a setting mattered, in a sentence without its full stop.

    A value is called worse than the best one only if all its runs are below those of the best, and
    if such a gap would be rare (below 5 %) among equal values, according to J. Tukey's test for
    comparing several means. Runs that do not overlap are not enough: among three equal values
    with two seeds each, the best and the worst do not overlap in about half of all sweeps.
    """
    groups = {value: row for value, row in accuracies.items() if len(row) > 1}
    if len(groups) < 2:
        return NO_SPREAD
    best, *others = sorted(groups, key=lambda value: mean(groups[value]), reverse=True)
    # If all runs are alike, 0 is divided by 0; the answer, NaN, proves nothing.
    with np.errstate(divide="ignore", invalid="ignore"):
        rare = tukey_hsd(groups[best], *map(groups.get, others)).pvalue[0, 1:] < 0.05
    worse = [
        v for v, r in zip(others, rare, strict=True) if r and max(groups[v]) < min(groups[best])
    ]
    if not worse:
        return NO_DIFFERENCE
    top = mean(groups[best])
    below = [f"{show_value(v)} is {100 * (top - mean(groups[v])):.1f} points" for v in worse]
    rest = [show_value(value) for value in (best, *others) if value not in worse]
    note = f"; between {' and '.join(rest)}: {NO_DIFFERENCE}" if len(rest) > 1 else ""
    return f"it mattered: {' and '.join(below)} below {show_value(best)}{note}"


def make_settings(
    base: Settings,
    vary: Mapping[str, Sequence[Value]] | None,
    settings: Sequence[Settings] | None,
    grid: bool,
) -> list[Settings]:
    """The settings that a sweep tries, each once and complete; see `sweep` for the arguments."""
    if bool(vary) == bool(settings):
        raise SweepError("Say what to vary, or give a list of settings, but not both.")
    if vary and not (isinstance(vary, Mapping) and all(map(_is_list, vary.values()))):
        raise SweepError("What to vary must look like {'dropout': [0, 0.2, 0.5]}.")
    if settings and not (_is_list(settings) and all(isinstance(one, Mapping) for one in settings)):
        raise SweepError("A list of settings must look like [{'dropout': 0.5}, {}].")
    for name, values in (vary or {}).items():
        if len({_value(base, name, value) for value in values}) < 2:
            raise SweepError(f"{name} has one value only. Give at least two, to compare them.")
    if vary and grid:
        settings = [dict(zip(vary, row, strict=True)) for row in product(*vary.values())]
    elif vary:
        settings = [{name: value} for name, values in vary.items() for value in values]
    given = settings or ()
    full = [base | {name: _value(base, name, one[name]) for name in one} for one in given]
    tried = [one for number, one in enumerate(full) if one not in full[:number]]
    if len(tried) < 2:
        raise SweepError("All the settings are the same, so there is nothing to compare.")
    return tried


def _is_list(given: object) -> bool:
    return isinstance(given, Iterable) and not isinstance(given, str | bytes)


def _value(base: Settings, name: str, value: Value) -> Value:
    """A value, converted to the type that it has in the base."""
    if name == "fast" or name not in base:
        names = ", ".join(known for known in base if known != "fast")
        raise SweepError(f"{name!r} cannot be varied. These can: {names}.")
    kind = type(base[name])
    found: Value = str(value).strip()
    if kind is not str:
        with suppress(ValueError, SyntaxError):
            found = ast.literal_eval(found)
        found = float(found) if (kind, type(found)) == (float, int) else found
    if type(found) is not kind:
        raise SweepError(f"{name} takes values such as {base[name]}, not {value!r}.")
    if name in USUAL and (wanted := wanted_instead(name, found)):
        raise SweepError(f"{name} must be {wanted}, not {value!r}.")
    return found


def read_settings(path: Path) -> list[Settings]:
    """The settings in a CSV table with a column for each, or in a JSON list of objects."""
    try:
        check_ordinary(path)  # reading a pipe might never end
        text = path.read_text(encoding="utf-8-sig")
        table = csv.DictReader(text.splitlines(), skipinitialspace=True)
        rows = json.loads(text) if path.suffix == ".json" else list(table)
        # The reader puts None where a row has more values than the first line has names, or fewer.
        uneven = any(None in (*row, *row.values()) for row in rows if path.suffix != ".json")
        if not rows or uneven:
            raise ValueError("it has no rows, or a row of another length than the first line")
        rows = [{k: v for k, v in row.items() if v not in (None, "")} for row in rows]
    except OSError as error:
        raise SweepError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, AttributeError, TypeError, csv.Error) as error:
        wanted = 'a CSV table with a column for each setting, or as JSON such as [{"dropout": 0.5}]'
        raise SweepError(f"{path} cannot be read as {wanted}: {error}.") from error
    return rows


def sweep(
    vary: Mapping[str, Sequence[Value]] | None = None,
    *,
    settings: Sequence[Settings] | str | Path | None = None,
    grid: bool = False,
    seeds: int = 3,
    fast: bool = False,
    epochs: int | None = None,
    notebook: str | Path | None = None,
    out: str | Path = "runs/sweep",
    say: Callable[[str], None] = print,
) -> SweepResults:
    """Train once for each setting and seed, and compare the accuracies on validation images.

    Each run is the training of notebook 03. Finished runs are kept in ``out`` and not repeated,
    unless the data have changed. A run that fails does not stop the others.

    Args:
        vary: settings with their values, such as ``{"dropout": [0, 0.2, 0.5]}``. One is varied at a
            time; the others stay as in notebook 03.
        settings: a list of settings instead, such as ``[{"dropout": 0.5, "shift": 0}, {}]``, or a
            CSV or JSON file that holds one. What is missing there stays as in notebook 03.
        grid: try every combination of ``vary``.
        seeds: runs per setting; how far apart they lie shows what is chance.
        fast: use fewer images.
        epochs: epochs of each training; by default as in notebook 03.
        notebook: execute this notebook for each run instead, with papermill. It needs a cell tagged
            ``parameters`` with a ``seed`` in it, and at its end a `key_result` with a number. Its
            executed copies go to ``out``.
        out: the folder for ``results.csv``, ``results.md`` and ``results.png``.
        say: gets a line before the first run, and one after each.

    Raises:
        SweepError: if nothing can be run; the message says why.
        DataError: if MNIST's files are damaged.
        ImportError: if a notebook is to be executed and papermill is not installed.
        KeyboardInterrupt: on Ctrl-C; finished runs are kept.
    """
    for name, number in (("seeds", seeds), ("epochs", epochs)):
        if number is not None and (type(number) is not int or not 1 <= number <= MOST):
            raise SweepError(f"{name} must be a whole number from 1 to {MOST:,}, got {number!r}.")
    base: Settings = {"fast": False} | USUAL
    source = "notebook 03"
    if notebook:
        base, source = _read_notebook(Path(notebook))
    out = Path(out).resolve()
    changed = ({"fast": True} if fast else {}) | ({"epochs": epochs} if epochs else {})
    if missing := changed.keys() - base.keys():
        raise SweepError(f"{notebook} has no parameter {missing.pop()!r}.")
    base |= changed
    settings = read_settings(Path(settings)) if isinstance(settings, str | Path) else settings
    tried = make_settings(base, vary, settings, grid)
    data = load_mnist()
    train = partial(_execute, Path(notebook), out) if notebook else partial(_train, data)
    # The key of a run holds everything that decides its outcome.
    pairs = product(tried, range(seeds))
    wanted = {json.dumps([source, data.name, *pair], sort_keys=True): pair for pair in pairs}
    runs = {
        key: Run(*wanted[key], found[0], found[1])
        for key, found in _kept(out).items()
        if key in wanted
    }
    to_do = [key for key in wanted if key not in runs]
    # An epoch takes about this many seconds on two cores.
    seconds = sum((1.8 if fast else 7.5) * wanted[key][0].get("epochs", 1) for key in to_do)
    about = f", roughly {seconds / 60:.0f} minutes on two cores" if seconds > 90 else ""
    say(f"{len(to_do)} of {len(wanted)} runs to do{about}. Ctrl-C keeps what is finished.")
    try:
        for key in to_do:
            run = runs[key] = _run(train, *wanted[key])
            found = f"failed: {run.why}" if run.accuracy is None else f"{run.accuracy:.2%}"
            words = f"{describe(run.settings, base)}, seed {run.seed}: {found}"
            say(f"[{len(runs)}/{len(wanted)}] {words} ({run.seconds:.0f} s)")
            if run.accuracy is not None:
                # Read again, because another sweep may have written into the same folder.
                kept = _kept(out) | {key: [run.accuracy, run.seconds]}
                write_atomically(out / "runs.json", json.dumps(kept, indent=0).encode())
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"Stopped. {len(runs)} of {len(wanted)} runs are finished and kept in {out}: call the "
            "same again to go on."
        ) from None
    finally:
        done = [runs[key] for key in wanted if key in runs]
        about = f"{data.name}, {seeds} run{'s' * (seeds > 1)} per setting."
        results = SweepResults(base, done, about, one_at_a_time=bool(vary) and not grid)
        results.save(out)
    return results


def _kept(out: Path) -> dict[str, list[float]]:
    """The accuracy and the seconds of each run that an earlier sweep has finished."""
    with suppress(OSError, ValueError, TypeError, AttributeError):  # missing, or damaged
        found = json.loads((out / "runs.json").read_text(encoding="utf-8"))
        return {key: [accuracy, seconds] for key, (accuracy, seconds) in found.items()}
    return {}


def _run(train: Callable, settings: Settings, seed: int) -> Run:
    started, accuracy, why = time.perf_counter(), None, ""
    try:
        accuracy = train(settings, seed)
    except SweepError:
        raise
    except (SeriesError, TrainingError) as error:
        why = str(error)
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
    return Run(settings, seed, accuracy, time.perf_counter() - started, why)


def _train(data: DigitData, settings: Settings, seed: int) -> float:
    """The accuracy, 0 to 1, that the training of notebook 03 reaches on the validation images."""
    training, validation = split_train_validation(data.train)
    if settings["fast"]:
        training, validation = training.sample(12_000), validation.sample(2_000)
    # The stand-in is small, so it is seen more often.
    epochs = settings["epochs"] if data.is_mnist else 10 * settings["epochs"]
    seed_everything(seed)
    history = fit(
        DigitCNN(dropout=settings["dropout"]),
        batch_loader(training, settings["batch_size"], shuffle=True),
        batch_loader(validation, 1000),
        epochs=epochs,
        learning_rate=settings["learning_rate"],
        augment=partial(random_shift, pixels=settings["shift"]),
        early_stopping=EarlyStopping("val_loss", patience=epochs // 2),
        seed=seed,
        reporters=[],
    )
    assert history.best_epoch is not None  # early stopping has put its weights back
    return history["val_accuracy"][history.best_epoch - 1]


def _read_notebook(notebook: Path) -> tuple[Settings, str]:
    """A notebook's parameters without its seed, and the hash of its file."""
    papermill = import_papermill()
    if not notebook.is_file() or notebook.suffix != ".ipynb":
        raise SweepError(f"There is no notebook {notebook}.")
    try:
        found = papermill.inspect_notebook(str(notebook))
        source = hashlib.sha256(notebook.read_bytes()).hexdigest()
    except (OSError, ValueError) as error:
        why = str(error).rstrip(".")
        raise SweepError(f"The notebook {notebook} cannot be read: {why}.") from error
    base: Settings = {}
    for name, parameter in found.items():
        with suppress(ValueError, SyntaxError):  # a computed value cannot be varied
            base[name] = ast.literal_eval(parameter["default"])
    if base.pop("seed", None) is None:
        raise SweepError(f"{notebook} needs a cell tagged 'parameters' that sets a seed.")
    return base, source


def _execute(notebook: Path, out: Path, settings: Settings, seed: int) -> float:
    """The accuracy, 0 to 1, that a notebook shows at its end if it runs with these settings."""
    parameters = settings | {"seed": seed}
    name = ",".join(f"{key}={value}" for key, value in parameters.items())
    path = out / (re.sub(r"[^\w.=,+-]", "_", name) + ".ipynb")
    found = find_key_result(execute(notebook, path, parameters)) or {}
    if found.get("number") is None:
        raise SweepError(f"{notebook} must end with key_result(label, value, number).")
    if "test" in found["label"].lower():
        raise SweepError(
            f"The key result of {notebook} is {found['label']!r}. Choose settings by validation "
            "images; the test images are for the end."
        )
    return found["number"]
