"""Runs the checks, on Linux, macOS and Windows.

python -m tools.check style    the style, the types and the prose (pre-commit calls it)
python -m tools.check quick    also the fast tests (`make quick`)
python -m tools.check all      also the slow tests and every notebook (`make test`)

The first stage that fails ends the run. The notebooks run in a copy of their folder, so that they
leave nothing behind in it. They run at the same time as the slow tests, which often wait; and so
does everything that `tools.pretended_gpu` runs.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from mnist_helpers.lessons import find_notebooks

ROOT = Path(__file__).resolve().parent.parent
# One process per core, up to four, because each takes up to 2 GB of memory. A file stays in one
# process, so that its fixtures are made once.
TESTS = ["pytest", "-n", "logical", "--maxprocesses", "4", "--dist", "loadfile"]
QUICK = {
    "style": (["ruff", "check", "."], ["ruff", "format", "--check", "."]),
    "types": (["mypy"],),
    "spelling and links": (["tools.prose"],),
    "fast tests": ([*TESTS, "-m", "not slow"],),
}
SLOW = [*TESTS, "-m", "slow", "--durations=15"]
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
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.check", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("lane", choices=["style", "quick", "all"])
    lane = parser.parse_args(arguments).lane
    minutes = []
    for stage, commands in QUICK.items():
        if (lane, stage) == ("style", "fast tests"):
            continue
        began = time.monotonic()
        print(f"== {stage}", flush=True)
        if any(start(command).wait() for command in commands):
            return failed(stage)
        minutes.append(f"{stage} {time.monotonic() - began:.0f} s")
    if lane == "all":
        began = time.monotonic()
        stage = "slow tests and notebooks"
        print(f"== {stage}", flush=True)
        if not slow_tests_and_notebooks():
            return failed(stage)
        minutes.append(f"{stage} {time.monotonic() - began:.0f} s")
    print(f"== All passed: {', '.join(minutes)}.")
    return 0


def failed(stage: str) -> int:
    """Say which stage failed; return the exit code."""
    print(f"== Failed: {stage}. The lines above say why.", file=sys.stderr)
    return 1


def start(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a module of this Python, in the project's folder."""
    command = [sys.executable, "-m", *command]
    return subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT | os.environ, **options)


def slow_tests_and_notebooks() -> bool:
    """Run all at the same time and print their outputs in turn; return whether all passed."""
    copy = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)  # Windows keeps what is open
    with copy as folder, tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as said_there:
        copies = [shutil.copy(path, folder) for path in find_notebooks(ROOT / "notebooks")]
        place = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", folder]
        running = [start([*NOTEBOOKS, *place, *copies], stdout=said, stderr=subprocess.STDOUT)]
        try:
            running.append(start(ON_A_GPU, stdout=said_there, stderr=subprocess.STDOUT))
            running.append(start(SLOW))
            failures = [process.wait() for process in reversed(running)]
        finally:
            for process in running:
                process.kill()
        for output in (said, said_there):
            output.seek(0)
            sys.stdout.buffer.write(output.read())
        sys.stdout.flush()
    return not any(failures)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what was started, too
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Stopped.")
