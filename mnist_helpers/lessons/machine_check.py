"""Checks whether a computer has what the series needs."""

import os
import platform
import re
import shutil
import socket
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from mnist_helpers._support import (
    HERE,
    WriteError,
    count_cores,
    in_colab,
    try_folder,
    user_cache_dir,
)
from mnist_helpers.data import DataError, find_local_mnist, load_mnist
from mnist_helpers.model import WeightsError
from mnist_helpers.recognizer import DigitRecognizer
from mnist_helpers.synthetic import draw_style
from mnist_helpers.train import pick_device

PACKAGE = "mnist-helpers"
# The Python that is needed; an installed package says so itself.
PYTHON = ">=3.11"
# The extras that the notebooks need. Colab has its own program to open them.
EXTRAS = ("notebooks", "demo")
# The extras that single notebooks need in addition, and the numbers of these notebooks.
LATER = {"web": "07", "export": "07", "inside": "08", "keras": "10"}
CONTAINER = Path("/sys/fs/cgroup")  # where Linux tells a container its limits
# What a run of the whole series takes on the disk, with room to spare.
NEEDED_GB = 0.5
# Where the demo listens: at the first of these ports that is free.
DEMO_PORTS = range(7860, 7960)
ELSEWHERE = "Work in a folder of your own."
# What an open notebook needs of its own at most (measured by benchmarks.memory), and how many the
# plan for ninety minutes opens.
NOTEBOOK_GB, OPENED = 1.0, 5
OK, NOTE, FAIL = "OK", "NOTE", "FAIL"


@dataclass(frozen=True)
class Check:
    """What was checked, and what was found."""

    name: str
    state: str  # "OK"; "NOTE", which does not keep anybody from starting; or "FAIL"
    detail: str  # what was found, in a few words
    advice: str = ""  # what to do about it, in a sentence; empty if all is well

    def __str__(self) -> str:
        advice = f"\n{'':<16}-> {self.advice}" if self.advice else ""
        return f"[{self.state}]".ljust(7) + f"{self.name:<9}{self.detail}{advice}"


def check_machine() -> list[Check]:
    """Check everything that the series needs. It takes a few seconds, and does not go online."""
    parts = (_python, _packages, _device, _cores, _memory)
    places = (_disk, _folder, _ports, _data, _network)
    return [part() for part in (*parts, *places)]


def check_folder() -> None:
    """Raise a `WriteError`, a sentence, if a notebook cannot save its files in its folder."""
    try_folder(Path.cwd())


def _python() -> Check:
    version, wanted = platform.python_version(), PYTHON
    with suppress(metadata.PackageNotFoundError):
        wanted = str(metadata.metadata(PACKAGE).json.get("requires_python") or PYTHON)
    if SpecifierSet(wanted).contains(version, prereleases=True):
        return Check("Python", OK, version)
    advice = "Install Python 3.13 from python.org, then set up again as the README says."
    return Check("Python", FAIL, f"{version}, but {wanted} is needed", advice)


def _packages() -> Check:
    try:
        wanted = [Requirement(text) for text in metadata.requires(PACKAGE) or []]
    except metadata.PackageNotFoundError:
        return Check("Package", NOTE, "mnist_helpers is used from its folder, not installed")
    extras = ("demo",) if in_colab() else EXTRAS
    needed = [one for one in wanted if any(_is_of(one, extra) for extra in ("", *extras))]
    if bad := list(filter(None, map(_lacking, needed))):
        advice = f'Run: pip install --upgrade "{PACKAGE}[{",".join(extras)}]" (or make setup).'
        return Check("Package", FAIL, ", ".join(bad), advice)
    found = f"{len(needed)} packages, all new enough"
    later = [extra for extra in LATER if any(_lacking(one) for one in wanted if _is_of(one, extra))]
    if not later or in_colab():  # in Colab, each notebook installs what it needs
        return Check("Package", OK, found)
    notebooks = " and ".join(dict.fromkeys(LATER[extra] for extra in later))
    advice = f'For notebook {notebooks}, run: pip install "{PACKAGE}[{",".join(later)}]".'
    return Check("Package", NOTE, found, advice)


def _is_of(requirement: Requirement, extra: str) -> bool:
    """Whether a requirement comes with an extra; "" stands for the package without extras."""
    marker = requirement.marker
    if marker is None or marker.evaluate({"extra": ""}):
        return extra == ""
    return marker.evaluate({"extra": extra})


def _lacking(requirement: Requirement) -> str:
    """What is wrong with an installed package, in a few words; empty if nothing is."""
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"{requirement.name} is missing"
    if requirement.specifier.contains(version, prereleases=True):
        return ""
    return f"{requirement.name} is {version}, needed: {requirement.specifier}"


def _device() -> Check:
    device = pick_device().type
    if device == "cpu":
        return Check("Device", OK, "the processor (no graphics card, and none is needed)")
    return Check("Device", OK, f"a graphics card ({device}), which the training uses")


def _cores() -> Check:
    cores = count_cores()
    if cores > 1:
        return Check("Cores", OK, str(cores))
    return Check("Cores", NOTE, "1", "Everything works; training takes about twice as long.")


def _memory() -> Check:
    try:
        import psutil  # it comes with Jupyter
    except ImportError:
        return Check("Memory", OK, "not checked, because Jupyter is not installed")
    total, free = psutil.virtual_memory().total, psutil.virtual_memory().available
    with suppress(OSError, ValueError):  # a container may have less than its machine
        limit = int((CONTAINER / "memory.max").read_text())
        kept = re.findall(r"^inactive_file (\d+)", (CONTAINER / "memory.stat").read_text(), re.M)
        used = int((CONTAINER / "memory.current").read_text()) - sum(map(int, kept))
        total, free = min(total, limit), max(0, min(free, limit - used))
    room = int(free / 1e9 / NOTEBOOK_GB)
    found = f"{free / 1e9:.1f} of {total / 1e9:.1f} GB free, for about {room} open notebooks"
    if room >= OPENED:
        return Check("Memory", OK, found)
    advice = (
        "Choose File → Close and Shut Down Notebook when you leave a notebook, or close programs."
    )
    return Check("Memory", NOTE, found, advice)


def _disk() -> Check:
    try:
        free = shutil.disk_usage(".").free / 1e9
    except OSError as error:
        return Check("Disk", FAIL, f"this folder cannot be used: {error.strerror}", ELSEWHERE)
    if free >= NEEDED_GB:
        return Check("Disk", OK, f"more than {NEEDED_GB:g} GB free")
    advice = f"Make room for {NEEDED_GB:g} GB, or work in a folder on another disk."
    return Check("Disk", FAIL, f"{free:.2f} GB free", advice)


def _folder() -> Check:
    """Whether notebooks can save their files where this runs, and programs their temporary ones."""
    try:
        check_folder()
        try_folder(tempfile.gettempdir())
    except WriteError as error:
        return Check("Folder", FAIL, "nothing can be saved", f"The folder {error}")
    except OSError as error:  # this folder was deleted, or there is none for temporary files
        return Check("Folder", FAIL, f"nothing can be saved: {error.strerror}", ELSEWHERE)
    return Check("Folder", OK, "files can be saved here")


def _ports() -> Check:
    for port in DEMO_PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HERE, port))
            return Check("Ports", OK, "the demo can start")
    taken = f"all ports of the demo are taken ({DEMO_PORTS[0]} to {DEMO_PORTS[-1]})"
    return Check("Ports", NOTE, taken, "Stop demos that nobody uses, or name a port: port=9000.")


def _data() -> Check:
    """Whether MNIST is here. If not, it is a note, because notebook 01 fetches it."""
    try:
        place = find_local_mnist()
    except DataError as error:
        return Check("Data", FAIL, "MNIST is here, but cannot be used", str(error))
    named, found = os.environ.get("MNIST_DATA_DIR"), "MNIST is not here yet"
    if place:
        what = "MNIST" if place.is_mnist else "not MNIST, but digits in MNIST's format"
        found = f"{what}, from {place.name}"
    if place and (not named or place.folder == Path(named)):
        if place.is_mnist:
            return Check("Data", OK, found)
        return Check("Data", NOTE, found, "Everything runs, but the figures are not MNIST's.")
    advice = "Notebook 01 downloads it (11 MB). Without internet, small digits stand in for it."
    if named:
        found += ", and MNIST_DATA_DIR does not help"
        try:
            load_mnist(named)
        except DataError as error:
            advice = f"{error} Correct MNIST_DATA_DIR, or unset it."
    elif not place:
        try:
            try_folder(user_cache_dir())
        except WriteError as error:
            advice = f"It cannot be kept for the next time, because {error}"
    return Check("Data", NOTE, found, advice)


def _network() -> Check:
    seven = 255 - draw_style("7 plain", np.random.default_rng(0))
    try:
        read = DigitRecognizer.load().predict(seven).words
    except WeightsError as error:
        return Check("Network", FAIL, "the trained network cannot be loaded", str(error))
    if read == "7":
        return Check("Network", OK, "loaded, and it reads a 7")
    advice = "Install the package again, because its files are damaged."
    return Check("Network", FAIL, f"it reads a 7 as “{read}”", advice)
