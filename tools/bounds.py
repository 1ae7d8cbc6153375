"""Proves the bounds in pyproject.toml by running tests and notebooks with other versions.

python -m tools.bounds            both (`make bounds`, about ten minutes)
python -m tools.bounds lowest     the lowest versions that pyproject.toml allows, on Python 3.11
python -m tools.bounds colab      Google Colab's versions, on Colab's Python 3.13; the rest is what
                                  the notebooks' set-up cells install there

Each has a separate environment in .bounds, which is used again as long as the bounds and versions
stay the same. Versions that no bound and no pin decides come from requirements/proven.txt.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import IO, Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import setup_env
from tools.check import CORES, ENVIRONMENT, tests_in
from tools.classroom_files.start import CPU_INDEX, python_of
from tools.links import notebook_paths
from tools.setup_env import PROVEN, ROOT, StopError, say

FOLDER = ROOT / ".bounds"
COLAB = ROOT / "requirements" / "colab-2026-08-19.txt"
PYTHONS = {"lowest": "3.11", "colab": "3.13"}
NOTEBOOKS = ("01", "06", "08")
# nbgrader needs Notebook 7, and Colab has 6.
NOT_BESIDE_COLAB = ("nbgrader",)
NO_STEP = (
    "{} failed; the lines above say why. If the connection broke, try again: only what is missing "
    "is downloaded."
)
# A developer's settings for other projects must not leak into these environments.
UNWANTED = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "UV_PYTHON", "UV_SYSTEM_PYTHON")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.bounds", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("only", nargs="*", metavar="lowest|colab", help="by default both")
    only = parser.parse_args(arguments).only
    if unknown := set(only) - set(PYTHONS):
        parser.error(f"{', '.join(sorted(unknown))}: there are only {' and '.join(PYTHONS)}")
    lines: list[str] = []
    failed = False
    for name in only or PYTHONS:
        version, _ = find_python(PYTHONS[name])
        if version != PYTHONS[name]:
            lines.append(f"{name}: Python {PYTHONS[name]} was not found; using {version} instead.")
            say(lines[-1])
        # The notebooks run beside the tests, so that no core is idle.
        for parts in ((prepare,), (run_tests, run_notebooks)):
            with ThreadPoolExecutor() as beside:
                timed = [beside.submit(run, part, name) for part in parts]
            lines += [one.result()[0] for one in timed]
            if not all(one.result()[1] for one in timed):
                failed = True
                break
    say("\n".join(["== The bounds:", *lines]))
    return int(failed)


def run(part: Callable[[str], None], name: str) -> tuple[str, bool]:
    """Run a part; return the summary's line on it, and whether it succeeded."""
    words = f"{name}: {part.__name__.replace('_', ' ')}"
    say(f"== {words}")
    began, problem = time.monotonic(), ""
    try:
        part(name)
    except StopError as error:
        problem = f"FAILED: {error}"
    return f"{words:<22} {time.monotonic() - began:4.0f} s  {problem}".rstrip(), not problem


def call(
    *command: str | Path, variables: Mapping[str, str] = {}, to: IO[bytes] | None = None
) -> bool:
    """Run a program in the project's folder with more variables; return whether it succeeded.

    What it says goes to the file `to`; without one, to the terminal.
    """
    kept = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    parts = [str(part) for part in command]
    return not subprocess.call(
        parts, cwd=ROOT, env={**ENVIRONMENT, **kept, **variables}, stdout=to, stderr=to
    )


# ---- The environment ----------------------------------------------------------------


def prepare(name: str) -> None:
    """Make an environment, or keep the existing one if it would be the same.

    Raises:
        StopError: if its versions cannot be found or installed.
    """
    version, path = find_python(PYTHONS[name])
    folder, versions = FOLDER / name, FOLDER / f"{name}.txt"
    ready, state = folder / ".ready", json.dumps([path, *texts()])
    if ready.exists() and ready.read_text(encoding="utf-8") == state:
        say(f"Nothing has changed, so {folder.relative_to(ROOT)} is used again.")
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    versions.write_text(preferred(), encoding="utf-8")  # uv prefers what it finds there
    tools = FOLDER / "tools.txt"
    tools.write_text("\n".join(tools_beside_colab()), encoding="utf-8")
    wanted: dict[str, list[str | Path]] = {
        "lowest": ["--resolution", "lowest-direct", "--all-extras", "pyproject.toml"],
        "colab": [*(f"--extra={one}" for one in cell_extras()), "pyproject.toml", COLAB, tools],
    }
    backend = ["--torch-backend", "cpu"] if torch_build() == "cpu" else []
    uv: list[str | Path] = [sys.executable, "-m", "uv"]
    resolve = [*uv, "pip", "compile", "--quiet", "--python-version", version]
    resolve += ["--no-annotate", "--no-header"]
    into = [*uv, "pip", "install", "--quiet", "--python", python_of(folder), "--no-deps"]
    steps: list[list[str | Path]] = [
        [*resolve, *backend, "--output-file", versions, *wanted[name]],
        [*uv, "venv", "--quiet", "--seed", "--python", path, folder],  # --seed: tests call pip
        [*into, *backend, "--requirements", versions],
        [*into, "--editable", "."],
    ]
    for step in steps:
        if "venv" in step:  # only now, since without the internet nothing could replace it
            shutil.rmtree(folder, ignore_errors=True)
        if not call(*step, variables={"UV_PYTHON_DOWNLOADS": "never"}):
            raise StopError(NO_STEP.format(" ".join(map(str, step[2:5])).removesuffix(" --quiet")))
    ready.write_text(state, encoding="utf-8")


def find_python(wanted: str) -> tuple[str, str]:
    """The version and the path of the wanted Python; if it is missing, of the running one."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    there = sorted(pyenv.glob(f"versions/{wanted}.*/bin/python{wanted}"))
    for command in (sys.executable, f"python{wanted}", *map(str, there)):
        answer = setup_env.ask([command])
        if answer and answer["version"] == wanted:
            return wanted, answer["path"]
    return "{}.{}".format(*sys.version_info), sys.executable


@cache
def torch_build() -> str:
    """The build of PyTorch: the tests need no graphics card, so "cpu" if it can be had."""
    linux = sys.platform.startswith("linux")
    return "cpu" if linux and setup_env.answers(f"{CPU_INDEX}/torch/") else "default"


def texts() -> list[str]:
    """The texts on which the versions depend; if one changes, the environment is made again."""
    files = (ROOT / "pyproject.toml", PROVEN, COLAB, Path(__file__))
    return [file.read_text(encoding="utf-8") for file in files] + cell_extras()


def project() -> dict[str, Any]:
    """The table "project" of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def preferred() -> str:
    """The proven versions of the packages that pyproject.toml does not name."""
    lists = [project()["dependencies"], *project()["optional-dependencies"].values()]
    bound = {canonicalize_name(Requirement(line).name) for one in lists for line in one}
    lines = PROVEN.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if line.split("==")[0] not in bound)


def cell_extras() -> list[str]:
    """The extras that the set-up cells of the notebooks install in Colab."""
    found: set[str] = set()
    for path in notebook_paths():
        cells = re.findall(r"mnist-helpers\[([\w,]+)\] @ git", path.read_text(encoding="utf-8"))
        found.update(*(cell.split(",") for cell in cells))
    return sorted(found)


def tools_beside_colab() -> list[str]:
    """What the tests and papermill's runs need in addition to Colab's packages."""
    extras = project()["optional-dependencies"]
    tools = [one for one in extras["dev"] if Requirement(one).name not in NOT_BESIDE_COLAB]
    return [*tools, *(one for one in extras["notebooks"] if Requirement(one).name == "papermill")]


# ---- What it runs -------------------------------------------------------------------


def run_tests(name: str) -> None:
    """Run the fast tests; a StopError says that some have failed."""
    quiet = ["--quiet", "--disable-warnings", "-p", "no:cacheprovider"]
    # Colab lacks packages that only developers use, so skipped tests are no surprise there.
    strict = {"STRICT_SKIPS": "0"} if name == "colab" else {}
    command = ("-m", *tests_in(CORES), *quiet, "-m", "not slow")
    if not call(python_of(FOLDER / name), *command, variables=strict):
        raise StopError("the lines above say which tests failed")


def run_notebooks(name: str) -> None:
    """Run some notebooks with fewer images; a StopError says that one has failed."""
    only = [part for number in NOTEBOOKS for part in ("--only", number)]
    out = FOLDER / f"{name}-notebooks"
    command: list[str | Path] = ["-m", "mnist_helpers", "run", "--fast", "--out", out, *only]
    with tempfile.TemporaryFile() as said:  # shown at the end, not among what the tests say
        passed = call(python_of(FOLDER / name), *command, to=said)
        said.seek(0)
        say(said.read().decode(errors="replace"))
    if not passed:
        raise StopError("the table above says which notebook failed, and where")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Stopped.")
