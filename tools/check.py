"""Runs the checks, on Linux, macOS and Windows.

python -m tools.check style    the style, the types and the prose (pre-commit calls it)
python -m tools.check quick    also the fast tests (`make quick`)
python -m tools.check all      also the slow tests and every notebook (`make test`)

The first stage that fails ends the run. Slow tests often wait for browsers and servers, so other
programs run beside them: everything that `tools.pretended_gpu` runs, and the notebooks. What they
say comes at the end. The notebooks run in a copy of their folder, so
that they leave nothing behind in it.
"""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from mnist_helpers.lessons import find_notebooks

Process = subprocess.Popen[bytes]
ROOT = Path(__file__).resolve().parent.parent
CORES = os.cpu_count() or 1


def tests_in(processes: int) -> list[str]:
    """The command for pytest in so many processes, up to four: each takes up to 2 GB of memory.

    A file stays in one process, so that its fixtures are made once. tests/conftest.py says which
    files begin.
    """
    return ["pytest", "-n", str(min(4, processes)), "--dist", "loadfile", "--no-loadscope-reorder"]


# The commands of a stage run at the same time. Slow tests often wait, so there is one process more
# than there are cores.
STAGES = {
    "style": (["ruff", "check", "."], ["ruff", "format", "--check", "."]),
    "types, spelling and links": (["mypy"], ["tools.prose"]),
    "fast tests": ([*tests_in(CORES), "-m", "not slow and not seconds"],),
    "slow tests": ([*tests_in(CORES + 1), "-m", "slow or seconds", "--durations=15"],),
}
LANES = {"style": 2, "quick": 3, "all": 4}  # how many of the stages
# The notebooks run in order, because later ones use what earlier ones saved.
NOTEBOOKS = ["pytest", "--nbmake", "--nbmake-kernel=python3", "--nbmake-timeout=600"]
# Cut off from the internet where the system allows it: nobody may call home.
ON_A_GPU = ["tools.listener", "--try", sys.executable, "-m", "tools.pretended_gpu"]
ENVIRONMENT = {
    # Threads that spin for long while they wait make training many times slower as soon as another
    # program is busy.
    "GOMP_SPINCOUNT": "10000",
    # The kernel of .venv takes precedence over an older one in the user's home.
    "JUPYTER_PREFER_ENV_PATH": "1",
    # Several programs compute at the same time. Threads that lack a core would wait for each other.
    "OMP_NUM_THREADS": str(max(1, CORES // 4)),
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.check", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("lane", choices=list(LANES))
    lane = parser.parse_args(arguments).lane
    began, minutes, failures = time.monotonic(), [], []
    with contextlib.ExitStack() as ended:
        programs: dict[Process, IO[bytes]] = {}
        for stage in list(STAGES)[: LANES[lane]]:
            since = time.monotonic()
            print(f"== {stage}", flush=True)
            if stage == "slow tests":
                programs |= ended.enter_context(beside(ON_A_GPU))
                programs |= ended.enter_context(notebooks_beside())
            with killed_at_the_end([start(command) for command in STAGES[stage]]) as running:
                codes = [process.wait() for process in running]
            if any(codes):
                failures.append(stage)
                if stage != "slow tests":  # whose failures are told with those of the notebooks
                    return failed(stage)
            minutes.append(f"{stage} {time.monotonic() - since:.0f} s")
        for process, said in programs.items():
            if process.wait():
                failures.append("notebooks")
            said.seek(0)
            sys.stdout.buffer.write(said.read())
            sys.stdout.flush()
    if failures:
        return failed(" and ".join(dict.fromkeys(failures)))
    print(f"== All passed in {time.monotonic() - began:.0f} s: {', '.join(minutes)}.")
    return 0


def failed(stage: str) -> int:
    """Say which stage failed; return the exit code."""
    print(f"== Failed: {stage}. The lines above say why.", file=sys.stderr)
    return 1


def start(command: list[str], **options: Any) -> Process:
    """Start a module of this Python, in the project's folder."""
    command = [sys.executable, "-m", *command]
    return subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT | os.environ, **options)


@contextlib.contextmanager
def killed_at_the_end(running: Iterable[Process]) -> Iterator[Iterable[Process]]:
    """Kill processes that still run when the block is left."""
    try:
        yield running
    finally:
        for process in running:
            process.kill()


@contextlib.contextmanager
def beside(command: list[str]) -> Iterator[dict[Process, IO[bytes]]]:
    """Start a program; give its process, with the file that gets what it says."""
    with tempfile.TemporaryFile() as said:
        process = start(command, stdout=said, stderr=subprocess.STDOUT)
        with killed_at_the_end([process]):
            yield {process: said}


@contextlib.contextmanager
def notebooks_beside() -> Iterator[dict[Process, IO[bytes]]]:
    """Start copies of the notebooks, as `beside` does."""
    copy = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)  # Windows keeps what is open
    with copy as folder:
        copies = [shutil.copy(path, folder) for path in find_notebooks(ROOT / "notebooks")]
        place = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", folder]
        with beside([*NOTEBOOKS, *place, *copies]) as started:
            yield started


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what was started, too
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Stopped.")
