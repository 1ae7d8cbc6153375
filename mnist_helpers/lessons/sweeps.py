"""Run a training notebook with many settings, with papermill, and compare what comes out."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import mean

from mnist_helpers._support import write_atomically
from mnist_helpers.data import load_mnist
from mnist_helpers.lessons.series import (
    SeriesError,
    find_key_result,
    find_notebooks,
    fix_data_folder,
    notebooks_folder,
)
from mnist_helpers.lessons.sweep_plan import Plan, Settings, SweepError, Value, make_plan, read_base
from mnist_helpers.lessons.sweep_results import Run, SweepResults, save

TAG = "sweep"  # on the cells that a training needs; where none has it, all cells run
STAMP = "mnist_sweep"
# Seconds on two cores, roughly: for a kernel to start and import, and for an epoch of notebook 03.
START, EPOCH, FAST_EPOCH = 7.0, 7.5, 1.8


def sweep(
    vary: Mapping[str, Sequence[Value]] | None = None,
    *,
    settings: Sequence[Settings] | None = None,
    grid: bool = False,
    seeds: int = 3,
    fast: bool = False,
    epochs: int | None = None,
    notebook: str | Path | None = None,
    out: str | Path = "runs/sweep",
    say: Callable[[str], None] = print,
) -> SweepResults:
    """Train once for each setting and seed, and compare the accuracies on validation images.

    Each run is the notebook's training in a fresh kernel. Its executed notebook goes to ``out``,
    with ``results.csv``, ``results.md`` and ``results.png``. A run that is there already, of the
    same notebook, settings and data, is not repeated. A run that fails stops nothing.

    Args:
        vary: parameters of the notebook, each with its values: ``{"dropout": [0, 0.2, 0.5]}``. One
            at a time is varied, the rest stays as in the notebook.
        settings: a list of settings instead: ``[{"dropout": 0.5, "shift": 0}, {"dropout": 0}]``.
        grid: try every combination of ``vary``.
        seeds: how many runs a setting; their spread shows what is chance.
        fast: fewer images.
        epochs: of each training; by default as in the notebook.
        notebook: by default notebook 03. Another one needs a cell tagged ``parameters`` with a
            ``seed`` in it, and at its end a `notebooks.key_result` with a number.
        out: the folder for all of that.
        say: is given a line before the first run, and one after each.

    Raises:
        SweepError: if nothing can be run; the message says why.
        KeyboardInterrupt: on Ctrl-C; what was finished is kept.
    """
    if find_spec("papermill") is None:
        raise SweepError('papermill is missing. Run: pip install "mnist-helpers[notebooks]"')
    if seeds < 1:
        raise SweepError(f"seeds must be at least 1, got {seeds}.")
    notebook = Path(notebook) if notebook else _training_notebook()
    plan = make_plan(_base(notebook, fast, epochs), vary, settings, grid=grid)
    fix_data_folder()
    lab = _Lab(notebook, Path(out).resolve(), plan, load_mnist().name)
    wanted = [(one, seed) for one in plan.settings for seed in range(seeds)]
    runs = [lab.finished(*key) for key in wanted]
    say(forecast(plan.base, [one for (one, _), run in zip(wanted, runs, strict=True) if not run]))
    about = f"{lab.data}, {seeds} run{'s' * (seeds > 1)} a setting, {notebook.name}."

    def results() -> SweepResults:
        return SweepResults(plan, list(filter(None, runs)), about)

    try:
        for place, (one, seed) in enumerate(wanted):
            if runs[place] is None:
                run = runs[place] = lab.run(one, seed)
                number = f"[{sum(map(bool, runs))}/{len(runs)}]"
                found = f"failed: {run.why}" if run.accuracy is None else f"{run.accuracy:.2%}"
                say(f"{number} {plan.describe(one)}, seed {seed}: {found} ({run.seconds:.0f} s)")
                write_atomically(lab.out / "results.csv", results().csv().encode())
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"Stopped. {sum(map(bool, runs))} of {len(runs)} runs are finished and kept in "
            f"{out}: call the same again to go on."
        ) from None
    finally:
        save(results(), lab.out)
    return results()


def forecast(base: Settings, to_do: Sequence[Settings]) -> str:
    """How many runs are to come, and how long they will take, roughly."""
    if not to_do:
        return "All runs are there already."
    epoch = FAST_EPOCH if base.get("fast") else EPOCH
    epochs = [(base | one).get("epochs", 1) for one in to_do]
    minutes = len(to_do) * (START + epoch * mean(epochs)) / 60
    about = f"{minutes:.0f} minutes" if minutes > 1.5 else "a minute"
    runs = f"{len(to_do)} run{'s' * (len(to_do) > 1)}"
    return f"{runs} to do, roughly {about} on two cores. Ctrl-C keeps what is finished."


def _training_notebook() -> Path:
    try:
        return find_notebooks(notebooks_folder(), ["03"])[0].resolve()
    except SeriesError as error:
        raise SweepError(f"The training notebook is not here. {error}") from error


def _base(notebook: Path, fast: bool, epochs: int | None) -> Settings:
    """The notebook's parameters, with what holds for the whole sweep."""
    if not notebook.is_file():
        raise SweepError(f"There is no notebook {notebook}.")
    base = read_base(notebook)
    changed = {"seed": 0} | ({"fast": True} if fast else {})
    changed |= {} if epochs is None else {"epochs": epochs}
    if missing := [name for name in changed if name not in base]:
        raise SweepError(f"{notebook.name} has no parameter {missing[0]!r} in its first settings.")
    if epochs is not None and epochs < 1:
        raise SweepError(f"epochs must be at least 1, got {epochs}.")
    return base | changed


@dataclass(frozen=True)
class _Lab:
    """Where the runs are made and found again."""

    notebook: Path
    out: Path
    plan: Plan
    data: str

    def path(self, settings: Settings, seed: int) -> Path:
        """The executed notebook of a run, named by what differs from the notebook as it stands."""
        own, here = read_base(self.notebook), self.plan.base | settings
        names = [f"{k}={v}" for k, v in here.items() if k != "seed" and v != own[k]]
        return self.out / (
            re.sub(r"[^\w.=,+-]", "_", ",".join([*names, f"seed={seed}"])) + ".ipynb"
        )

    def stamp(self, settings: Settings, seed: int) -> dict:
        """What decides a run's outcome."""
        cells = json.dumps([cell.source for cell in self.template().cells])
        source = hashlib.sha256(cells.encode()).hexdigest()
        parameters = self.plan.base | settings | {"seed": seed}
        return {"source_sha256": source, "data": self.data, "parameters": parameters}

    def template(self):
        """The notebook without the cells that this training does not need."""
        import nbformat

        notebook = nbformat.read(self.notebook, as_version=4)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        tagged = [cell for cell in code if TAG in cell.metadata.get("tags", [])]
        notebook.cells = tagged or code
        return notebook

    def finished(self, settings: Settings, seed: int) -> Run | None:
        """A run that was made before, if it did not fail."""
        import nbformat

        path = self.path(settings, seed)
        try:
            found = nbformat.read(path, as_version=4).metadata.get(STAMP, {})
        except Exception:  # not there, or not a notebook: run it again
            return None
        if found.get("stamp") != self.stamp(settings, seed) or found["accuracy"] is None:
            return None
        return Run(settings, seed, found["accuracy"], found["seconds"], "", path.name)

    def run(self, settings: Settings, seed: int) -> Run:
        """Execute the notebook with these settings, and keep it."""
        import nbformat
        import papermill
        from nbclient.exceptions import DeadKernelError

        path, stamp = self.path(settings, seed), self.stamp(settings, seed)
        folder = self.out / "scratch"  # what a training saves; the next one replaces it
        folder.mkdir(parents=True, exist_ok=True)
        executed = folder / "running.ipynb"
        executed.unlink(missing_ok=True)  # of the run before
        started = time.perf_counter()
        why, accuracy = "", None
        try:
            papermill.execute_notebook(
                self.template(),
                str(executed),
                parameters=stamp["parameters"],
                kernel_name="python3",
                language="python",
                cwd=str(folder),
                progress_bar=False,
                extra_arguments=["--log-level=CRITICAL"],  # errors show in the cells
            )
        except papermill.PapermillExecutionError as error:
            own_words = error.ename == "TrainingError"
            why = error.evalue if own_words else f"{error.ename}: {error.evalue}"
        except DeadKernelError:
            why = "Python stopped without a word. Perhaps the memory was full."
        seconds = time.perf_counter() - started
        notebook = nbformat.read(executed, as_version=4)
        if not why:
            accuracy = _accuracy(notebook, self.notebook.name)
        notebook.metadata[STAMP] = {"stamp": stamp, "accuracy": accuracy, "seconds": seconds}
        write_atomically(path, (nbformat.writes(notebook) + "\n").encode())
        return Run(settings, seed, accuracy, seconds, why, path.name)


def _accuracy(executed, name: str) -> float:
    """The number of the key result, which must not come from the test set."""
    found = find_key_result(executed)
    if found is None or found.get("number") is None:
        raise SweepError(f"{name} must end with key_result(label, value, number): the accuracy.")
    if "test" in found["label"].lower():
        raise SweepError(
            f"The key result of {name} is {found['label']!r}. Choose settings by validation "
            "images; the test images are for the end."
        )
    return found["number"]
