"""Runs the series and the solutions on the pretended GPU: python -m tools.pretended_gpu.

Each notebook runs in a process of its own, with the settings of a short run, for two epochs on few
images: what fails on a GPU fails in the first steps, or never. The processes are copies of this
one, which has imported the libraries already: importing them takes longer than most of the
notebooks. (Where a system cannot copy a process, a new one is started.) What the notebooks save
goes to a folder that is deleted at the end. One that fails is named, with the cell, and what it
printed is shown.
"""

import argparse
import functools
import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch  # noqa: F401 - first, because with it the start-up file installs the device

from mnist_helpers.lessons import find_notebooks
from mnist_helpers.lessons.series import missing_package
from tools.pretended_gpu import ROOT, make_start_up
from tools.pretended_gpu.device import install, missing_door

FOLDERS = {"series": ROOT / "notebooks", "solutions": ROOT / "notebooks" / "solutions"}
SHORT = {"fast": True, "epochs": 2}  # of these settings, each notebook takes those that it has
EPOCHS = 2  # the most that `fit` trains for
IMAGES = 1_000  # the most that a sample of a data set holds
SECONDS = 1800  # after which a notebook is stopped
COPIED = "fork" in multiprocessing.get_all_start_methods()


def main(arguments: list[str] | None = None) -> int:
    """Run all, and return the exit code: 1 if a notebook has failed."""
    parser = argparse.ArgumentParser(prog="python -m tools.pretended_gpu", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "--only", nargs="+", default=[""], metavar="NUMBER", help="the first digits of the names"
    )
    only = tuple(parser.parse_args(arguments).only)
    if not any(path.name.startswith(only) for path in find_notebooks(FOLDERS["series"])):
        parser.error(f"no notebook begins with {' or '.join(only)}")
    if why := missing_door():
        print(f"Nothing runs on a pretended GPU: {why}.")
        return 0
    failed = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        # One thread: `make test` runs this beside other things. Programs that the notebooks start
        # have the device, too. All leave their temporary files in the folder.
        os.environ |= {"OMP_NUM_THREADS": "1", "MPLBACKEND": "agg", "TMPDIR": folder}
        os.environ |= make_start_up(Path(folder))
        tempfile.tempdir = folder
        install()
        if COPIED:
            _import_libraries()
        for name, place in FOLDERS.items():
            print(f"On a pretended GPU, the {name}:", flush=True)
            (out := Path(folder, name)).mkdir()
            for notebook in find_notebooks(place):
                if notebook.name.startswith(only) and not _passes(notebook, out):
                    failed.append(notebook)
    return int(bool(failed))


def _import_libraries() -> None:
    """Import what takes long and what the notebooks need."""
    import gradio  # noqa: F401
    import IPython.core.interactiveshell  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import nbformat  # noqa: F401
    import sklearn.manifold  # noqa: F401
    import torchvision  # noqa: F401

    import mnist_helpers.demo
    import mnist_helpers.lessons.explorables
    import mnist_helpers.lessons.figures  # noqa: F401


def _passes(notebook: Path, out: Path) -> bool:
    """Run a notebook in a process of its own, and say how it ended."""
    if package := missing_package(notebook):
        print(f"{notebook.stem}: skipped, because {package} is missing", flush=True)
        return True
    started, said = time.perf_counter(), out / f"{notebook.stem}.txt"
    said.touch()
    context: Any = multiprocessing.get_context("fork" if COPIED else "spawn")
    process = context.Process(target=_run_cells, args=(notebook, out, said))
    process.start()
    process.join(SECONDS)
    process.kill()
    process.join()
    passed = process.exitcode == 0
    how = "ok" if passed else "FAILED"
    print(f"{notebook.stem}: {how} in {time.perf_counter() - started:.0f} s", flush=True)
    if not passed:
        print(said.read_text(encoding="utf-8", errors="replace")[-5000:], flush=True)
    return passed


def _train_briefly() -> None:
    """Limit the epochs that notebooks train for, and the images of their samples."""
    from mnist_helpers import train
    from mnist_helpers.data import DigitDataset

    fit, sample = train.fit, DigitDataset.sample

    @functools.wraps(fit)
    def short_fit(*arguments: Any, epochs: int = EPOCHS, **options: Any) -> Any:
        return fit(*arguments, epochs=min(epochs, EPOCHS), **options)

    @functools.wraps(sample)
    def small_sample(dataset: DigitDataset, n: int, seed: int = 0) -> DigitDataset:
        return sample(dataset, min(n, IMAGES), seed)

    train.fit = short_fit
    DigitDataset.sample = small_sample  # type: ignore[method-assign, assignment]  # in this process alone


def _run_cells(notebook: Path, out: Path, said: Path) -> None:
    """Run a notebook's code as a kernel would; end the process with 1 at the first error."""
    import nbformat
    from IPython.core.interactiveshell import InteractiveShell

    install()
    _train_briefly()
    os.chdir(out)
    with said.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    shell = InteractiveShell.instance()
    for number, cell in enumerate(nbformat.read(notebook, as_version=4).cells):
        if cell.cell_type == "code":
            if not shell.run_cell(cell.source).success:
                print(f"\nThis was cell {number}.", flush=True)
                sys.exit(1)
            if "parameters" in cell.metadata.get("tags", []):
                shell.user_ns.update({k: v for k, v in SHORT.items() if k in shell.user_ns})


if __name__ == "__main__":
    sys.exit(main())
