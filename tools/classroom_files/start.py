"""Sets the pack up on this computer, and opens the notebooks. Called by the start files.

It uses the standard library only, and no syntax that Python 3.6 lacks: an old Python must be able
to say that it is too old. (Types in quotes are not looked at.)
"""

import importlib.util
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from pathlib import Path

PACK = Path(__file__).resolve().parent.parent
OLDEST, NEWEST = (3, 11), (3, 14)
EXTRAS = "notebooks,demo,web,export,inside,keras"
FIRST = "notebooks/00_start_here.ipynb"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
ELSEWHERE = "Copy the pack to a folder of your own on this computer's disk and start it there."


class StopError(Exception):
    """The pack cannot be started; the message says why and what to do."""


def main(arguments: "list[str]") -> int:
    """Start; with ``--fits``, only tell by the exit code whether this Python can do it."""
    try:
        venv = environment_folder()
        if not is_ready(venv):
            find_problem()
        if "--fits" in arguments:
            return 0
        if not is_ready(venv):
            set_up(venv)
        command = ["mnist_helpers", "check"] if "--check" in arguments else jupyter_command()
        return run_to_its_end([str(python_of(venv)), "-m", *command])
    except StopError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. The next start begins again.", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"\n{error.filename or PACK}: {error.strerror}. {ELSEWHERE}", file=sys.stderr)
        return 1


def find_problem() -> None:
    """Raise a `StopError` if this Python, or this pack, cannot do it."""
    version = "{}.{}".format(*sys.version_info)
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        raise StopError(
            f"This is Python {version}; 3.11 to 3.14 is needed. Install Python 3.13 from "
            "https://www.python.org/downloads/ and start again."
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise StopError(
            f"The part of Python {version} for virtual environments is missing. On Debian and "
            f"Ubuntu: sudo apt install python{version}-venv    Then start again."
        )
    if wheels_folder() is None and kinds():
        raise StopError(
            f"This computer needs wheels for {kind()}; the pack has them for {', '.join(kinds())}. "
            "Install the Python version that is in that name, make a pack on a computer like this "
            "one, or, with an internet connection, rename the folder wheels and start again."
        )


def kind() -> str:
    """What a wheel must fit: system, processor and Python, such as ``linux-x86_64-py3.12``."""
    machine = platform.machine().lower() if sys.maxsize > 2**32 else "32bit"
    return "{}-{}-py{}.{}".format(platform.system().lower(), machine, *sys.version_info)


def kinds() -> "list[str]":
    """The kinds of computers for which there are wheels in the pack."""
    return sorted(one.name for one in (PACK / "wheels").glob("*-py*") if one.is_dir())


def wheels_folder() -> "Path | None":
    """The wheels for this computer; None if there are none."""
    return PACK / "wheels" / kind() if kind() in kinds() else None


# ---- Setting up ---------------------------------------------------------------------


def environment_folder() -> Path:
    """Beside the pack, so that copying the pack does not copy gigabytes."""
    return PACK.with_name(f"{PACK.name}-venv")


def python_of(venv: Path) -> Path:
    """The interpreter of a virtual environment."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def mark() -> str:
    """What `.ready` holds: a moved environment or another package begins again."""
    (wheel,) = contents()["package"]
    return "{}\n{}\n".format(environment_folder(), contents()["package"][wheel])


def contents() -> "dict[str, dict]":
    """What the pack was made of."""
    try:
        return json.loads((PACK / "start" / "pack.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise StopError("start/pack.json cannot be read. Copy the whole pack again.") from None


def is_ready(venv: Path) -> bool:
    """Whether everything is installed, from this pack, and its Python is still there."""
    ready = venv / ".ready"
    return (
        python_of(venv).exists() and ready.is_file() and ready.read_text(encoding="utf-8") == mark()
    )


def check_complete() -> None:
    """Raise a `StopError` if copying has lost a file that is needed here.

    Notebooks may have changed since. MNIST may have been taken away, but not cut off.
    """
    for name, size in contents()["sizes"].items():
        path = PACK / name
        if not name.startswith(("start/", "package/", "mnist/", f"wheels/{kind()}/")):
            continue
        if name.startswith("mnist/") and not path.exists():
            continue
        if not path.is_file() or path.stat().st_size != size:
            raise StopError(f"{name} is missing or cut off. Copy the whole pack again.")


def set_up(venv: Path) -> None:
    """Make the virtual environment and install into it; `.ready` comes last."""
    check_complete()
    print("The first start sets everything up. This takes some minutes.", flush=True)
    if venv.exists() and not (venv / "pyvenv.cfg").is_file() and any(venv.iterdir()):
        raise StopError(f"{venv} is no virtual environment. Move it away and start again.")
    shutil.rmtree(str(venv), ignore_errors=True)
    made = subprocess.call([sys.executable, "-m", "venv", str(venv)], env=environment())
    if made != 0:
        raise StopError(f"The virtual environment {venv} could not be made. {ELSEWHERE}")
    python = [str(python_of(venv)), "-m", "pip"]
    for command in install_commands():
        if subprocess.call(python + command, env=environment()) == 0:
            continue
        if CPU_INDEX not in command:
            raise StopError(advice())
        print("PyTorch's CPU build cannot be had. Taking the usual one, 3 GB.", flush=True)
    (venv / ".ready").write_text(mark(), encoding="utf-8")


def install_commands() -> "list[list[str]]":
    """What pip is told, one list a call."""
    (wheel,) = contents()["package"]
    ours = f"mnist-helpers[{EXTRAS}] @ {(PACK / wheel).as_uri()}"
    quiet = ["--disable-pip-version-check", "--no-warn-script-location"]
    wheels = wheels_folder()
    if wheels:
        # --isolated: what this computer's user has set for pip must not matter.
        return [["--isolated", "install", *quiet, "--no-index", "--find-links", str(wheels), ours]]
    commands = [["install", *quiet, ours]]
    if sys.platform == "linux" and not shutil.which("nvidia-smi"):
        # PyTorch's own CPU build: 200 MB, where the usual one takes gigabytes.
        commands.insert(0, ["install", *quiet, "--index-url", CPU_INDEX, "torch", "torchvision"])
    return commands


def advice() -> str:
    """Why pip may have failed."""
    if wheels_folder():
        return (
            f"The wheels in wheels/{kind()} could not be installed; pip's lines above say why. "
            "Most often the disk is full, or this system is older than the one they were made on."
        )
    return (
        "The packages could not be installed from the internet; pip's lines above say why. Most "
        "often it is the network, or a full disk. Start again: it goes on. Without internet, take "
        "a pack with wheels (make classroom WHEELS=1)."
    )


# ---- Starting -----------------------------------------------------------------------


def run_to_its_end(command: "list[str]") -> int:
    """Run a program. Ctrl-C is for that program alone: it may have things to put in order."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.call(command, env=environment(), cwd=str(PACK / "notebooks"))
    finally:
        signal.signal(signal.SIGINT, before)


def environment() -> "dict[str, str]":
    """The variables with which everything runs."""
    variables = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH")}
    if list((PACK / "mnist").glob("*ubyte*")):
        variables["MNIST_DATA_DIR"] = str(PACK / "mnist")
    # Threads that wait without sleeping make training slow beside other programs.
    variables.setdefault("GOMP_SPINCOUNT", "10000")
    variables["JUPYTER_PREFER_ENV_PATH"] = "1"
    paths = [str(PACK / "start" / "jupyter"), variables.get("JUPYTER_CONFIG_PATH", "")]
    variables["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    return variables


def jupyter_command() -> "list[str]":
    """JupyterLab at notebook 00."""
    print("Opening JupyterLab. If no browser opens, copy the last address below into one.")
    print("To stop it: Ctrl-C in this window.", flush=True)
    as_root = hasattr(os, "getuid") and os.getuid() == 0
    return [
        "jupyterlab",
        f"--ServerApp.root_dir={PACK}",
        f"--LabApp.default_url=/lab/tree/{FIRST}",
        "--ServerApp.answer_yes=True",
        *(["--allow-root"] if as_root else []),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
