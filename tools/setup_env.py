"""Makes .venv and installs the project into it, on Linux, macOS and Windows.

python -m tools.setup_env            what the lessons need (`make setup`)
python -m tools.setup_env --lab      and then open JupyterLab (`make lab`)
python -m tools.setup_env --dev      also what somebody who changes the project needs

It uses the standard library only, and no syntax that Python 3.8 lacks: an old Python must be able
to say that it is too old.

Two files in .venv say how far things are:
  .ready       everything is installed; holds this folder's path and the choices that were made
  .installing  an installation began and did not finish: start again from nothing
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

from tools.classroom_files.start import CPU_INDEX, EXTRAS, NEWEST, OLDEST, python_of

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # asked for before each use

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
READY, INSTALLING = VENV / ".ready", VENV / ".installing"
PROVEN = ROOT / "requirements" / "proven.txt"
LINUX_SIZE = ", 3 GB to download" if sys.platform.startswith("linux") else ""
NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")

FITTING = "Python {}.{} to {}.{}".format(*OLDEST, *NEWEST)
# What a Python says about itself. /usr/bin/python3 may become another version one day, but
# /usr/bin/python3.12 will not, so its path is given by that name if possible.
QUESTION = """
import json, os, sys
try:
    import ensurepip, venv
except ImportError:
    ensurepip = None
try:
    import pip
except ImportError:
    pip = None
version = "%d.%d" % sys.version_info[:2]
path = getattr(sys, "_base_executable", None) or sys.executable
name = os.path.join(os.path.dirname(path), "python" + version)
if os.path.exists(name) and os.path.samefile(name, path):
    path = name
print(json.dumps({"version": version, "venv": bool(ensurepip), "pip": bool(pip), "path": path}))
"""
ROOT_ALONE = """
NOTE: Only root can use what is installed here, because other users may not read
{place}.
If students are to use it, they must be able to read this folder (put it into a place such as
/srv, and run sudo chmod -R a+rX '{root}') and its Python. Install a Python for everybody
(Debian and Ubuntu: sudo apt install python3-venv), then name it:
sudo make setup PYTHON=/usr/bin/python3"""


class StopError(Exception):
    """The set-up cannot go on; the message says why and what to do."""


def main(arguments=None):
    """Run the command line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.setup_env", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--lab", action="store_true", help="open JupyterLab at the first notebook")
    parser.add_argument("--port", default="8888", help="for JupyterLab (default: %(default)s)")
    parser.add_argument("--dev", action="store_true", help="install the tools of developers too")
    parser.add_argument("--torch", default="", help="the build of PyTorch: cpu or default")
    parser.add_argument("--python", default="", help=f"what to set up with: {FITTING}")
    parser.add_argument(
        "--newest",
        default="",
        nargs="?",
        const="1",
        metavar="0|1",
        help="the newest versions (1), or those that the tests passed with (0)",
    )
    parser.add_argument("--say", action="store_true", help="say so if there is nothing to do")
    options = parser.parse_args(arguments)
    if not re.match(r"[1-9][0-9]{0,4}$", options.port) or int(options.port) > 65535:
        parser.error(f"the port must be a number from 1 to 65535, got {options.port!r}")
    options.newest = options.newest and str(int(options.newest not in ("0", "no", "off", "false")))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if not is_ready(options):
            set_up(options)
        elif options.say:
            print("Everything is installed already.")
        return open_lab(options.port) if options.lab else 0
    except StopError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. The next call repairs the installation.", flush=True)
        return 130


def say(text):
    """Print a line at once, before the lines of the programs that are called."""
    print(text, flush=True)


def again(option="", value=""):
    """The command that sets up again, with one option if it is named."""
    if os.name == "nt":
        return "py -m tools.setup_env" + (f" --{option} {value}" if option else "")
    return "make setup" + (f" {option.upper()}={value}" if option else "")


# ---- What is there already? ---------------------------------------------------------


def read_state():
    """What `.ready` holds: a dictionary, which is empty if there is none that can be read."""
    try:
        return dict(json.loads(READY.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def is_ready(options):
    """Whether everything that is asked for is installed."""
    had = read_state()
    if not had or INSTALLING.exists() or not python_of(VENV).exists():
        return False
    asked = {"torch": options.torch, "python": options.python, "newest": options.newest}
    newer = [
        one
        for one in (ROOT / "pyproject.toml", PROVEN)
        if one.stat().st_mtime > READY.stat().st_mtime
    ]
    return (
        had.get("root") == str(ROOT)
        and all(value in ("", had.get(name)) for name, value in asked.items())
        and (had.get("dev") or not options.dev)
        and not newer
    )


def wait_for_others():
    """Wait until no other installation is running, and return the lock, for `Installation`.

    The project's folder is locked. The programs that install inherit the lock, so that a pip that
    outlives its set-up still holds it. On Windows nothing is locked.
    """
    if fcntl is None:
        return ()
    folder = os.open(str(ROOT), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("Another installation into .venv is still running. Waiting for it to end.")
        fcntl.flock(folder, fcntl.LOCK_EX)
    except OSError:
        pass  # a file system without locks
    return (folder,)


# ---- Finding a Python ---------------------------------------------------------------


def ask(command):
    """What a Python says about itself (see `QUESTION`); None if it does not run."""
    try:
        answer = subprocess.run(
            [*command, "-c", QUESTION],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        return json.loads(answer.stdout.decode())
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def fits(version):
    """Whether a version such as "3.12" is one of ours."""
    return OLDEST <= tuple(map(int, version.split("."))) <= NEWEST


def find_python(named):
    """The version and the path of a Python that can make the environment.

    Args:
        named: the command that the user asked for; "" to look for one.

    Raises:
        StopError: if there is none.
    """
    versions = [f"3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    if named:
        candidates = [[named]]
    elif os.name == "nt":
        candidates = [[sys.executable], *(["py", f"-{version}"] for version in versions)]
    else:
        candidates = [[f"python{end}"] for end in ("3", *versions, "")]
    found, incomplete = [], None
    for command in candidates:
        answer = ask(command)
        if answer and not fits(answer["version"]):
            found.append("{} is Python {}".format(" ".join(command), answer["version"]))
        elif answer and not answer["venv"]:
            incomplete = incomplete or answer
        elif answer:
            return answer["version"], answer["path"]
    if incomplete:
        raise StopError(
            "{path} is Python {version}, but its part for virtual environments (venv, ensurepip) "
            "is missing.\nOn Debian and Ubuntu: sudo apt install python{version}-venv    Then try "
            "again.".format(**incomplete)
        )
    example = again("python", "python3.12")
    if named:
        raise StopError(
            f"{named} does not fit: this project needs {FITTING}, and "
            f"{', '.join(found) or 'it did not run'}.\nName another one, for example: {example}"
        )
    raise StopError(
        f"This project needs {FITTING}. Found: {', '.join(found) or 'none that runs'}.\nInstall "
        "one from https://www.python.org/downloads/ (or with your system's package manager), then "
        f"try again.\nIf it is there under another name: {example}"
    )


# ---- Which build of PyTorch ---------------------------------------------------------


def fitting_build():
    """The build of PyTorch for this computer: "cpu", "auto" (by the NVIDIA driver), "default".

    On Linux the ordinary registry has only a build for NVIDIA's cards, which takes gigabytes. On
    macOS and Windows it has small ones. uv's own "auto" is asked only where there is an NVIDIA
    driver, because it takes Intel's build for any Intel display.
    """
    if sys.platform == "darwin":
        return "default"
    if has_nvidia_driver():
        wanted = "auto"
    else:
        wanted = "cpu" if sys.platform.startswith("linux") else "default"
    if wanted != "default" and not answers(f"{CPU_INDEX}/torch/"):
        say(f"PyTorch's own index cannot be reached: taking the ordinary build{LINUX_SIZE}.")
        return "default"
    return wanted


def has_nvidia_driver():
    """Whether the driver of an NVIDIA card is at work."""
    none = subprocess.DEVNULL
    try:
        return NVIDIA_DRIVER.exists() or not subprocess.call(
            ["nvidia-smi"], timeout=20, stdout=none, stderr=none
        )
    except (OSError, subprocess.SubprocessError):
        return False


def answers(address, seconds=8):
    """Whether an address answers in time. Looking up its name may hang, so a thread does it."""
    answered = []

    def look():
        try:
            with urllib.request.urlopen(address, timeout=seconds):
                answered.append(True)
        except (OSError, ValueError):
            pass

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(seconds)
    return bool(answered)


# ---- Setting up ---------------------------------------------------------------------


def set_up(options):
    """Install what is asked for, into the environment that is there or into a new one.

    Raises:
        StopError: if it cannot be done.
    """
    if options.torch not in ("", "cpu", "default"):
        raise StopError(
            f"TORCH={options.torch} is not known. {again('torch', 'cpu')} installs PyTorch's CPU "
            f"build, {again('torch', 'default')} the usual one."
        )
    lock = wait_for_others()
    if is_ready(options):
        return
    had, reason = read_state(), ""
    there = ask([str(python_of(VENV))])
    if INSTALLING.exists():
        reason = "The last installation did not finish. Starting again."
        had = {"torch": INSTALLING.read_text(encoding="utf-8").strip()}
    elif not there:
        reason = "The Python of .venv is gone. Making .venv again." if VENV.exists() else " "
    elif had.get("root", str(ROOT)) != str(ROOT):
        reason = "This folder was moved or copied. Making .venv again."
    elif options.torch and options.torch != had.get("torch", "default"):
        reason = f"Changing to TORCH={options.torch}. Making .venv again."
    elif options.python and options.python != had.get("python"):
        reason = f"Changing to PYTHON={options.python}. Making .venv again."
    elif not fits(there["version"]) or not there["pip"]:
        reason = "The Python of .venv does not fit, or has no pip. Making .venv again."
    if reason.strip():
        say(reason)
    installation = Installation(options, had, lock, fresh=bool(reason))
    if reason:
        installation.make_venv()
    installation.install()
    say("Everything is installed.")
    place = closed_to_others(python_of(VENV)) or closed_to_others(ROOT / "pyproject.toml")
    if place and os.geteuid() == 0:
        say(ROOT_ALONE.format(place=place, root=ROOT))


def closed_to_others(path):
    """The first folder or file on the way to a file that not every user may read; None if all may.

    Links are followed one by one, because each may lie in a folder that is closed.
    """
    while os.name != "nt":
        for folder in reversed(Path(path).parents):
            if not folder.stat().st_mode & 0o001:
                return folder
        if not os.path.islink(str(path)):
            return None if Path(path).stat().st_mode & 0o004 else path
        path = os.path.normpath(os.path.join(os.path.dirname(str(path)), os.readlink(str(path))))
    return None


class Installation:
    """One installation, with the choices of this call or, where it makes none, of earlier calls.

    Args:
        options: of the command line.
        had: what an earlier call chose.
        lock: file descriptors that the programs called inherit.
        fresh: whether .venv is made from nothing.
    """

    def __init__(self, options, had, lock, fresh):
        self.asked = options.torch
        self.torch = options.torch or had.get("torch", "")
        self.python = options.python or had.get("python", "")
        self.newest = (options.newest or had.get("newest", "0")) == "1"
        self.dev = options.dev or bool(had.get("dev"))
        self.lock, self.fresh = lock, fresh
        # A user's settings for other projects must not leak into this one.
        unwanted = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "UV_PYTHON", "UV_SYSTEM_PYTHON")
        self.variables = {k: v for k, v in os.environ.items() if k not in unwanted}
        self.variables.update(PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1")

    def call(self, *command, **variables):
        """Run a program, and return whether it succeeded. Its output is shown as it comes."""
        try:
            return not subprocess.call(
                [str(part) for part in command],
                cwd=str(ROOT),
                env={**self.variables, **variables},
                pass_fds=self.lock,
            )
        except OSError:
            return False

    def pip(self, *arguments, **variables):
        """Run the pip of .venv."""
        return self.call(python_of(VENV), "-m", "pip", *arguments, **variables)

    def make_venv(self):
        """Make .venv from nothing."""
        version, path = find_python(self.python)
        say(f"Making .venv with Python {version} ({path}).")
        try:
            if VENV.is_symlink() or VENV.is_file():
                VENV.unlink()
            VENV.mkdir(exist_ok=True)
            INSTALLING.write_text(self.torch, encoding="utf-8")
        except OSError:
            raise StopError(f"This folder cannot be written to: {ROOT}") from None
        try:
            for old in VENV.iterdir():  # all but .installing, which must outlive a kill here
                if old.is_dir() and not old.is_symlink():
                    shutil.rmtree(str(old))
                elif old != INSTALLING:
                    old.unlink()
        except OSError:
            raise StopError(
                "The old .venv could not be removed. Close what uses it, or remove it by hand, "
                "then try again."
            ) from None
        if not self.call(path, "-m", "venv", VENV):
            raise StopError(
                "Python could not make .venv (see the lines above).\nOn Debian and Ubuntu this "
                f"helps: sudo apt install python{version}-venv    Then try again."
            )

    def install(self):
        """Install the packages; `.ready` comes last."""
        began = time.time()
        INSTALLING.write_text(self.torch, encoding="utf-8")
        self.torch = self.torch or fitting_build()
        wanted = ["--editable", ".[{}{}]".format(EXTRAS, ",dev" if self.dev else "")]
        versions = ["--upgrade"] if self.newest else ["--constraint", PROVEN]
        say("Installing the packages. The first time takes a minute or more.")
        if not any(way(versions, wanted) for way in (self.install_with_uv, self.install_with_pip)):
            self.give_up()
        if not self.call(python_of(VENV), "-c", "import torch, torchvision"):
            raise StopError(
                "PyTorch was installed but does not start (see the line above).\ntorch and "
                "torchvision must come from the same source. Does pip have other sources set (pip "
                "config list)?\nThen try again."
            )
        getattr(os, "sync", int)()  # after a power cut, .ready must not be there without the rest
        INSTALLING.unlink()
        state = {"root": str(ROOT), "torch": self.torch, "python": self.python}
        state.update(newest=str(int(self.newest)), dev=self.dev)
        READY.write_text(json.dumps(state), encoding="utf-8")
        os.utime(str(READY), (began, began))  # what has changed since then counts as newer

    def install_with_uv(self, versions, wanted):
        """Let uv install, which is several times as fast as pip; return whether it succeeded."""
        uv = [shutil.which("uv", path=self.variables.get("PATH"))]
        if not uv[0]:
            uv = [str(python_of(VENV)), "-m", "uv"]
            if not self.pip("install", "--quiet", "--retries", "1", "--constraint", PROVEN, "uv"):
                say("uv cannot be had: taking pip.")
                return False
        # What a user has set for pip counts for uv, too: the index, and the system's certificates.
        variables = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
        if index := self.index_of_pip():
            variables["UV_DEFAULT_INDEX"] = index
        backend = [] if self.torch == "default" else ["--torch-backend", self.torch]
        command = ["pip", "install", "--python", python_of(VENV), "--compile-bytecode"]
        if self.call(*uv, *command, *backend, *versions, *wanted, **variables):
            return True
        say("uv could not install the packages. Trying with pip, which takes longer.")
        return False

    def index_of_pip(self):
        """The package index that the user has set for pip, unless uv has one of its own."""
        if any(name in self.variables for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")):
            return None
        command = [str(python_of(VENV)), "-m", "pip", "config", "list"]
        listed = subprocess.run(command, stdout=subprocess.PIPE, env=self.variables)
        found = re.findall(r"(?m)^\S+\.index-url='(.+?)'\s*$", listed.stdout.decode())
        return self.variables.get("PIP_INDEX_URL") or (found[0] if found else None)

    def install_with_pip(self, versions, wanted):
        """Let pip install; return whether it succeeded."""
        if self.torch == "cpu":
            # A CPU torch does not work beside another torchvision, so both come from one source,
            # and pip must not look into others that the user has set.
            sources = ("INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "NO_INDEX")
            unset = {f"PIP_{name}": "" for name in sources}
            pair = ["--no-deps", *versions, "--index-url", CPU_INDEX, "torch", "torchvision"]
            if not self.pip("install", *pair, PIP_CONFIG_FILE=os.devnull, **unset):
                if self.asked:
                    return False
                say(f"PyTorch's CPU build cannot be had: taking the ordinary one{LINUX_SIZE}.")
                self.torch = "default"
        eager = ["--upgrade-strategy", "eager"] if self.newest else []
        return self.pip("install", *versions, *eager, *wanted)

    def give_up(self):
        """Raise a `StopError` that says what may have gone wrong."""
        if not self.fresh:
            INSTALLING.unlink()  # what was there before still works
        size = "2 GB" if self.torch == "cpu" or sys.platform != "linux" else "7 GB"
        lines = [
            "Set-up stopped: the packages could not be installed. The last lines above say why.",
            "Most often it is the internet connection (check it), or a full disk (about "
            f"{size} are needed).",
            "Then try again. Packages that were already downloaded are not downloaded twice.",
        ]
        if self.torch == "cpu":
            lines.append(f"If only PyTorch's own address is silent: {again('torch', 'default')}")
        if not self.newest:
            lines.append(f"If these versions do not exist for this computer: {again('newest', 1)}")
        if not self.fresh and READY.exists():
            lines.append("To go on with the earlier packages instead: touch .venv/.ready")
        raise StopError("\n".join(lines))


# ---- Starting -----------------------------------------------------------------------


def open_lab(port):
    """Open JupyterLab at the first notebook; return its exit code.

    Raises:
        StopError: if there is no notebook.
    """
    notebooks = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    if not notebooks:
        raise StopError("There is no notebook in notebooks/ yet.")
    say("Opening JupyterLab. If no browser opens, copy the last address below into one.")
    say("To stop it, press Ctrl-C in this window.")
    variables = dict(os.environ)
    # Otherwise threads wait without sleeping, and training is slow beside other programs.
    variables.setdefault("GOMP_SPINCOUNT", "10000")
    variables["JUPYTER_PREFER_ENV_PATH"] = "1"  # the kernel of .venv, not an older one at home
    # These settings hide questions about news and updates, and the menus for grading; a page in
    # Markdown, such as the glossary, opens as a page.
    paths = [str(ROOT / "tools" / "jupyter"), variables.get("JUPYTER_CONFIG_PATH", "")]
    variables["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    # Without it, the explorables are still pictures until their cells are run.
    subprocess.run([str(python_of(VENV)), "-m", "tools.trust"], cwd=ROOT, check=False)
    command = [
        *(str(python_of(VENV)), "-m", "jupyterlab", f"--port={port}"),
        *(["--allow-root"] if hasattr(os, "getuid") and os.getuid() == 0 else []),
        f"--ServerApp.root_dir={ROOT}",
        f"--LabApp.default_url=/lab/tree/notebooks/{notebooks[0].name}",
        "--ServerApp.answer_yes=True",
    ]
    if os.name != "nt":
        os.execve(command[0], command, variables)
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is for JupyterLab alone
    return subprocess.call(command, env=variables)


if __name__ == "__main__":
    sys.exit(main())
