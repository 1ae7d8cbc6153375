"""Writes requirements/proven.txt: the exact versions that are installed here.

python -m tools.proven     (`make proven`, after `make test NEWEST=1` has passed)

The file serves as constraints for Python 3.11 to 3.14 on Linux, macOS and Windows: uv adds what
other systems and Pythons need. The packages of NVIDIA's libraries are left out, because they would
tie PyTorch to one of its builds; so are local parts of versions, such as "+cpu". Versions that
`NOT_WANTED` names are not taken.
"""

import importlib.metadata
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.utils import canonicalize_name

from tools.classroom_files.start import OLDEST
from tools.setup_env import PROVEN, ROOT

ONE_BUILD = ("cuda-", "nvidia-", "triton")
# From 4.25 on, `jsonschema` brings `rfc3987-syntax`, which takes a second to import, in JupyterLab
# and in all else that reads notebooks (its issue 1428).
NOT_WANTED = "jsonschema<4.25\n"
HEADER = """\
# The versions that the tests passed with, as constraints for pip and uv. `make proven` writes
# this file; `make setup NEWEST=1` does without it.
"""


def main() -> int:
    """Write the file, and return the exit code."""
    installed = [
        f"{canonicalize_name(one.name)}=={one.version.split('+')[0]}\n"
        for one in importlib.metadata.distributions()
    ]
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "proven.txt"
        # uv prefers the versions that it finds in the file that it is about to write.
        found.write_text("".join(installed), encoding="utf-8")
        limits = Path(folder) / "limits.txt"
        limits.write_text(NOT_WANTED, encoding="utf-8")
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"]
        command += ["--python-version", "{}.{}".format(*OLDEST), "--all-extras", "pyproject.toml"]
        command += ["--no-annotate", "--no-header", "--output-file", str(found)]
        command += ["--constraints", str(limits)]
        if code := subprocess.call(command, cwd=ROOT):
            return code
        lines = found.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(ONE_BUILD)]
    PROVEN.write_text(HEADER + "".join(kept), encoding="utf-8")
    print(f"{PROVEN.relative_to(ROOT)}: {len(kept)} versions.")
    for line in kept:
        if ";" not in line and line not in installed:
            print(f"Not installed here: {line}", end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
