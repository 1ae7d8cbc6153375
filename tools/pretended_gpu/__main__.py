"""Runs the series and the solutions on the pretended GPU: python -m tools.pretended_gpu.

Each notebook gets a fresh kernel; those of the series run with ``fast``. The results go to a folder
that is deleted at the end. A notebook that fails is named, with the cell and the error. Options,
such as ``--only 08``, are those of ``python -m mnist_helpers run``.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.pretended_gpu import ROOT, make_start_up
from tools.pretended_gpu.device import missing_door

RUNS = {
    "series": ["--fast"],
    "solutions": ["--notebooks", str(ROOT / "notebooks" / "solutions")],
}


def main() -> int:
    """Run all, and return the exit code: 1 if a notebook has failed."""
    if why := missing_door():
        print(f"Nothing runs on a pretended GPU: {why}.")
        return 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        # One thread: `make test` runs this beside other things.
        environment = os.environ | {"OMP_NUM_THREADS": "1"} | make_start_up(Path(folder))
        codes = []
        for name, options in RUNS.items():
            options = [*options, "--out", str(Path(folder) / name), *sys.argv[1:]]
            print(f"On a pretended GPU, the {name}:", flush=True)
            command = [sys.executable, "-m", "mnist_helpers", "run", *options]
            codes.append(subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode)
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
