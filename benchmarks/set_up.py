"""How long the first set-up takes: python -m benchmarks.set_up [--runs 3].

Each run clones the last commit into an empty folder, empties uv's and pip's caches, and calls the
set-up in one of these ways. Some set-ups are killed after some seconds and called again; their
seconds are those of the second call. The results go into set_up.json and a table in README.md.
"""

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.tables import describe_machine, markdown_table, publish

HERE = Path(__file__).parent
RESULTS = HERE / "set_up.json"
PYTHON = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
WAYS = {
    "`make lab`, uv brought by pip": [],
    "`make lab`, pip only": [],
    "`make test` (for developers)": ["--dev"],
}
# Seconds after which a set-up is killed, and what it is doing then on a quick line.
KILLS = {2: "making `.venv`", 8: "downloading", 25: "downloading, or unpacking"}
MIB = 2**20


def main() -> None:
    """Measure every way, and write the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.set_up", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    rows = []
    for way, options in WAYS.items():
        fake = way.endswith("pip only")
        measured = [measure(options, without_uv=fake) for _ in range(runs)]
        rows.append([way, *summary(measured)])
        print(*rows[-1], sep=" | ", flush=True)
    for seconds, doing in KILLS.items():
        rows.append([f"killed after {seconds} s ({doing})", *summary([measure([], seconds)])])
        print(*rows[-1], sep=" | ", flush=True)
    results = {"machine": describe_machine(), "runs": runs, "rows": rows}
    table = markdown_table(["way", "seconds", "MB downloaded", "MB in `.venv`"], rows)
    publish(results, RESULTS, HERE / "README.md", table)


def summary(measured: list[tuple[float, float, float]]) -> list[str]:
    """The seconds with their range, the megabytes downloaded, and those on disk."""
    seconds = sorted(run[0] for run in measured)
    spread = f" ({seconds[0]:.0f} to {seconds[-1]:.0f})" if len(seconds) > 1 else ""
    size = [statistics.median(run[number] for run in measured) for number in (1, 2)]
    return [f"{statistics.median(seconds):.0f}{spread}", *(f"{one:,.0f}" for one in size)]


def measure(
    options: list[str], kill_after: float | None = None, *, without_uv: bool = False
) -> tuple[float, float, float]:
    """Set up once in a fresh clone.

    Returns:
        Seconds, and the megabytes that were downloaded and that lie in .venv.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clone, bin_ = folder / "clone", folder / "bin"
        subprocess.run(["git", "clone", "-q", str(HERE.parent), str(clone)], check=True)
        bin_.mkdir()
        if without_uv:
            # A uv that always fails, so that the set-up goes on with pip.
            (bin_ / "uv").write_text("#!/bin/sh\nexit 1\n")
            (bin_ / "uv").chmod(0o755)
        settings = os.environ | {
            "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}",
            "UV_CACHE_DIR": str(folder / "uv"),
            "PIP_CACHE_DIR": str(folder / "pip"),
            "PIP_CONFIG_FILE": os.devnull,  # it may name a folder of packages on this machine
        }
        for name in ("VIRTUAL_ENV", "PIP_FIND_LINKS"):
            settings.pop(name, None)
        command = [str(PYTHON), "-m", "tools.setup_env", *options]

        def call(seconds: float | None = None) -> float:
            began = time.monotonic()
            process = subprocess.Popen(
                command,
                cwd=clone,
                env=settings,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                code = process.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return time.monotonic() - began
            if code:
                raise SystemExit(f"The set-up ended with {code}.")
            return time.monotonic() - began

        before = psutil.net_io_counters().bytes_recv
        if kill_after:
            call(kill_after)
        seconds = call()
        received = psutil.net_io_counters().bytes_recv - before
        size = sum(
            file.stat().st_blocks * 512
            for file in (clone / ".venv").rglob("*")
            if file.is_file() and not file.is_symlink()
        )
        shutil.rmtree(clone)
        return seconds, received / MIB, size / MIB


if __name__ == "__main__":
    main()
