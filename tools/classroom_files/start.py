"""Sets up the pack on this computer, and opens the notebooks. The start files call it.

It uses only the standard library and the syntax of Python 3.6, because an old Python must be able
to say that it is too old. (Types are in quotes, so that it does not evaluate them.)
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
ELSEWHERE = "Copy the pack to one of your own folders on this computer's disk, and start it there."


class StopError(Exception):
    """The pack cannot be started; the message says why and what to do."""


def main(arguments: "list[str]") -> int:
    """Start; with ``--fits``, only report by the exit code whether this Python is suitable."""
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
        print("\nInterrupted. The next start will begin again.", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"\n{error.filename or PACK}: {error.strerror}. {ELSEWHERE}", file=sys.stderr)
        return 1


def find_problem() -> None:
    """Raise a `StopError` if this Python or this pack is not suitable."""
    version = "{}.{}".format(*sys.version_info)
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        raise StopError(
            f"This is Python {version}, but 3.11 to 3.14 is needed. Install Python 3.13 from "
            "https://www.python.org/downloads/ and start again."
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise StopError(
            f"Python {version} lacks its part for virtual environments. On Debian and Ubuntu, "
            f"run: sudo apt install python{version}-venv    Then start again."
        )
    if wheels_folder() is None and kinds():
        raise StopError(
            f"This computer needs wheels for {kind()}; the pack has them for {', '.join(kinds())}. "
            "Install the Python version in that name, or make a pack on a computer like this one. "
            "With an internet connection you can also rename the folder wheels and start again."
        )


def kind() -> str:
    """The system, processor and Python that wheels must fit, such as ``linux-x86_64-py3.12``."""
    machine = platform.machine().lower() if sys.maxsize > 2**32 else "32bit"
    return "{}-{}-py{}.{}".format(platform.system().lower(), machine, *sys.version_info)


def kinds() -> "list[str]":
    """The kinds of computers for which the pack has wheels."""
    return sorted(one.name for one in (PACK / "wheels").glob("*-py*") if one.is_dir())


def wheels_folder() -> "Path | None":
    """The folder with the wheels for this computer, or None if there is none."""
    return PACK / "wheels" / kind() if kind() in kinds() else None


# ---- Setting up ---------------------------------------------------------------------


def environment_folder() -> Path:
    """The virtual environment, beside the pack, so that copying the pack copies no gigabytes."""
    return PACK.with_name(f"{PACK.name}-venv")


def python_of(venv: Path) -> Path:
    """The interpreter of a virtual environment."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def mark() -> str:
    """The content of `.ready`, which differs for another place or another package."""
    (wheel,) = contents()["package"]
    return "{}\n{}\n".format(environment_folder(), contents()["package"][wheel])


def contents() -> "dict[str, dict]":
    """The list of the pack's contents that its maker wrote."""
    try:
        return json.loads((PACK / "start" / "pack.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise StopError("start/pack.json cannot be read. Copy the whole pack again.") from None


def is_ready(venv: Path) -> bool:
    """Whether everything from this pack is installed, and the environment's Python still exists."""
    ready = venv / ".ready"
    return (
        python_of(venv).exists() and ready.is_file() and ready.read_text(encoding="utf-8") == mark()
    )


def check_complete() -> None:
    """Raise a `StopError` if a file that is needed here was lost or cut off in copying.

    Notebooks may have been changed since, and MNIST may have been removed on purpose.
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
    """Make the virtual environment, install into it, and write `.ready` last."""
    check_complete()
    print("The first start sets everything up, which takes some minutes.", flush=True)
    if venv.exists() and not (venv / "pyvenv.cfg").is_file() and any(venv.iterdir()):
        raise StopError(f"{venv} is not a virtual environment. Move it away and start again.")
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
        print("PyTorch's CPU build cannot be fetched. Trying the usual one, 3 GB.", flush=True)
    (venv / ".ready").write_text(mark(), encoding="utf-8")


def install_commands() -> "list[list[str]]":
    """The arguments of each call of pip."""
    (wheel,) = contents()["package"]
    ours = f"mnist-helpers[{EXTRAS}] @ {(PACK / wheel).as_uri()}"
    quiet = ["--disable-pip-version-check", "--no-warn-script-location"]
    wheels = wheels_folder()
    if wheels:
        # --isolated: the user's own settings for pip must not matter.
        return [["--isolated", "install", *quiet, "--no-index", "--find-links", str(wheels), ours]]
    quiet += ["--constraint", str(PACK / "start" / "proven.txt")]
    commands = [["install", *quiet, ours]]
    if sys.platform == "linux" and not shutil.which("nvidia-smi"):
        # PyTorch's CPU build is 200 MB, while the usual one takes gigabytes.
        commands.insert(
            0, ["install", *quiet, "--no-deps", "--index-url", CPU_INDEX, "torch", "torchvision"]
        )
    return commands


def advice() -> str:
    """The sentence that says why pip may have failed."""
    if wheels_folder():
        return (
            f"The wheels in wheels/{kind()} could not be installed; pip's lines above say why. "
            "Usually the disk is full, or this system is older than the one they were made on."
        )
    return (
        "The packages could not be installed from the internet; pip's lines above say why. Usually "
        "it is the connection, or a full disk. Start again to continue. If there is no internet, "
        "use a pack with wheels (make classroom WHEELS=1)."
    )


# ---- Starting -----------------------------------------------------------------------


def run_to_its_end(command: "list[str]") -> int:
    """Run a program, and leave Ctrl-C to it, because it may have things to put in order."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.call(command, env=environment(), cwd=str(PACK / "notebooks"))
    finally:
        signal.signal(signal.SIGINT, before)


def environment() -> "dict[str, str]":
    """The environment variables of everything that is run."""
    variables = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH")}
    if list((PACK / "mnist").glob("*ubyte*")):
        variables["MNIST_DATA_DIR"] = str(PACK / "mnist")
    # Threads that spin while they wait make training slow when other programs are running.
    variables.setdefault("GOMP_SPINCOUNT", "10000")
    variables["JUPYTER_PREFER_ENV_PATH"] = "1"
    paths = [str(PACK / "start" / "jupyter"), variables.get("JUPYTER_CONFIG_PATH", "")]
    variables["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    return variables


def jupyter_command() -> "list[str]":
    """The command that opens JupyterLab at notebook 00."""
    print("Opening JupyterLab. If no browser opens, copy the last address below into one.")
    print("To stop it, press Ctrl-C in this window.", flush=True)
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
