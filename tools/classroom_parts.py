"""The parts of the offline pack (`tools.classroom`): each function writes one into a folder."""

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from string import Template

from mnist_helpers.data import MissingFilesError, cache_folder
from mnist_helpers.data.idx_files import NAMES, find_files, read_folder
from tools.classroom_files import start

ROOT = Path(__file__).resolve().parent.parent
TEXTS = Path(__file__).resolve().parent / "classroom_files"
MANIFEST = "start/pack.json"
START_FILES = {
    "start-windows.bat": "start-windows.bat",
    "start-macos.command": "start.sh",
    "start-linux.sh": "start.sh",
}
# What the wheel is built from; a copy, so that old build folders do not get into it.
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "mnist_helpers")


class PackError(Exception):
    """A pack that cannot be made; the message says why and what to do."""


def write_notebooks(folder: Path) -> None:
    """The numbered notebooks with their outputs, the exercises and the images; no solutions."""
    source = ROOT / "notebooks"
    found = sorted(source.glob("[0-9][0-9]_*.ipynb"))
    found += sorted((source / "exercises").glob("*.ipynb"))
    found += sorted(one for one in (source / "images").glob("*") if one.is_file())
    for path in found:
        _copy(path, folder / "notebooks" / path.relative_to(source))


def write_package(folder: Path) -> None:
    """The wheel of `mnist_helpers`, with the trained network in it. Needs no network.

    Raises:
        PackError: if pip or setuptools cannot build it.
    """
    (folder / "package").mkdir()
    with tempfile.TemporaryDirectory(prefix="pack-") as name:
        copy = Path(name) / "source"
        copy.mkdir()
        unwanted = shutil.ignore_patterns("__pycache__", "*.pyi", "*.pyc")
        for source in SOURCES:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, copy / source, ignore=unwanted)
            else:
                _copy(ROOT / source, copy / source)
        options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
        wheel_dir = ["--wheel-dir", str(folder / "package")]
        _pip(["wheel", *options, *wheel_dir, str(copy)], "The package's wheel cannot be built")


def write_mnist(folder: Path) -> str:
    """MNIST's four files as they are here, gzipped, with their licence; else a note.

    Returns:
        A sentence for the teacher.

    Raises:
        DataError: if a file is damaged.
    """
    target = folder / "mnist"
    target.mkdir()
    place = local_mnist()
    if place is None:
        shutil.copyfile(TEXTS / "no-mnist.txt", target / "README.txt")
        return (
            "MNIST is NOT in the pack: it is not on the computer that made it. The notebooks run\n"
            "on a stand-in of 1,797 small digits and say so. mnist/README.txt: how to add MNIST."
        )
    _, is_official = read_folder(place)
    for key, path in find_files(place).items():
        content = path.read_bytes()
        packed = content if content[:2] == b"\x1f\x8b" else gzip.compress(content, mtime=0)
        (target / f"{NAMES[key]}.gz").write_bytes(packed)
    official = (
        "These are the official files, checked byte for byte."
        if is_official
        else "NOTE: these files are not the official MNIST, but others of the same form."
    )
    _fill("mnist.txt", target / "LICENCE.txt", official=official)
    return f"MNIST is under CC BY-SA 3.0: see mnist/LICENCE.txt.\n{official}"


def local_mnist() -> Path | None:
    """The folder with MNIST on this machine: that of ``MNIST_DATA_DIR``, or the cache."""
    named = os.environ.get("MNIST_DATA_DIR")
    for place in ([Path(named).expanduser()] if named else []) + [cache_folder()]:
        try:
            find_files(place)
        except MissingFilesError:
            continue
        return place
    return None


def write_page(folder: Path) -> None:
    """The page in one file, which reads digits in any browser."""
    from mnist_helpers.recognizer import load_network
    from mnist_helpers.share import export_page

    model, facts = load_network()
    export_page(model, facts["min_energy"], folder / "digits.html")


def write_start_files(folder: Path) -> None:
    """A start file for each system, and what they all call."""
    for name, source in START_FILES.items():
        text = (TEXTS / source).read_text(encoding="utf-8")
        if name.endswith(".bat"):  # cmd.exe loses its labels without this
            text = text.replace("\n", "\r\n")
        (folder / name).write_bytes(text.encode("ascii"))
        (folder / name).chmod(0o755)
    _copy(TEXTS / "start.py", folder / "start" / "start.py")
    shutil.copytree(
        ROOT / "tools" / "jupyter", folder / "start" / "jupyter", copy_function=shutil.copyfile
    )


def write_wheels(folder: Path, torch: str) -> None:
    """The wheels of all dependencies, for this system, processor and Python.

    Args:
        folder: the pack, with the package in it.
        torch: "cpu" for PyTorch's own CPU build, "default" for the usual one.

    Raises:
        PackError: if pip cannot get them.
    """
    wheels = folder / "wheels" / start.kind()
    wheels.mkdir(parents=True)
    (ours,) = (folder / "package").glob("*.whl")
    options = ["wheel", "--wheel-dir", str(wheels), "--find-links", str(wheels)]
    sorry = "The wheels of the dependencies cannot be fetched (is the network there?)"
    with tempfile.TemporaryDirectory(prefix="pack-") as name:
        constraints = Path(name) / "constraints.txt"
        pins = []
        if torch == "cpu":  # both from one source: another torchvision does not work with it
            pair = ["--index-url", start.CPU_INDEX, "torch", "torchvision"]
            _pip([*options, *pair], sorry, only_index=True)
            fetched = [one.name.split("-") for one in wheels.glob("torch*.whl")]
            pins = [f"{parts[0]}=={parts[1].replace('%2B', '+')}" for parts in fetched]
        constraints.write_text("\n".join(pins), encoding="utf-8")
        wanted = f"mnist-helpers[{start.EXTRAS}] @ {ours.resolve().as_uri()}"
        _pip([*options, "--constraint", str(constraints), wanted], sorry)
    for copy in wheels.glob(ours.name):  # it is in package/ already
        copy.unlink()


def write_readme(folder: Path, name: str, table: str, mnist: str, has_wheels: bool) -> None:
    """The teacher's page."""
    if has_wheels:
        wheels = f"The wheels are for {start.kind()}: nothing is downloaded there."
    else:
        wheels = (
            "The wheels of other packages are NOT in the pack: setting up needs internet, once.\n"
            "Without internet, make a pack with them: make classroom WHEELS=1"
        )
    pythons = "3.11 to 3.14"
    if has_wheels:
        pythons = "{}.{} (the wheels are for this version)".format(*sys.version_info)
    values = {"contents": table, "mnist": mnist, "wheels": wheels, "pythons": pythons}
    _fill("README.txt", folder / "README.txt", name=name, **values)


def write_manifest(folder: Path) -> None:
    """What the pack is made of: tells a pack from other folders, and a bad copy from a good one."""
    digests = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in file_names(folder)
        if not name.startswith("wheels/")
    }
    sizes = {
        name: (folder / name).stat().st_size
        for name in file_names(folder)
        if not name.startswith("notebooks/")
    }
    package = {name: digest for name, digest in digests.items() if name.startswith("package/")}
    content = {"sha256": digests, "sizes": sizes, "package": package}
    (folder / MANIFEST).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def file_names(folder: Path) -> list[str]:
    """All files of a folder, as paths within it."""
    found = (one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())
    return sorted(found)


def _copy(source: Path, target: Path) -> None:
    """Copy a file without its permissions: one that is read-only could not be replaced later."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _fill(text: str, target: Path, **values: str) -> None:
    filled = Template((TEXTS / text).read_text(encoding="utf-8")).substitute(values)
    target.write_text(filled, encoding="utf-8")


def _pip(arguments: Sequence[str], sorry: str, *, only_index: bool = False) -> None:
    """Run pip, with its own lines shown as they come; on failure, a sentence.

    With ``only_index``, other sources that the user has set for pip are left out.
    """
    unwanted = {"PYTHONPATH"}
    if only_index:
        unwanted |= {"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"}
    variables = {k: v for k, v in os.environ.items() if k not in unwanted}
    if only_index:
        variables["PIP_CONFIG_FILE"] = os.devnull
    # Its temporary files go, too, when it is interrupted.
    with tempfile.TemporaryDirectory(prefix="pack-", ignore_cleanup_errors=True) as name:
        process = subprocess.run(
            [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments],
            stderr=subprocess.PIPE,
            text=True,
            env=variables | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), name),
        )
    if process.returncode == 0:
        return
    if "No space left" in process.stderr:
        raise PackError("The disk is full. Make room, or name a folder on another one with --out.")
    lines = [one.strip() for one in process.stderr.splitlines() if one.strip()]
    errors = [one for one in lines if re.match(r"ERROR|error", one)] or lines or ["it says nothing"]
    raise PackError(f"{sorry}. pip: {errors[-1]}")
