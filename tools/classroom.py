"""Makes the offline pack: one folder, or one zip, for a USB stick and a class without internet.

python -m tools.classroom                  runs/classroom, a folder
python -m tools.classroom --zip            runs/classroom.zip instead
python -m tools.classroom --site runs/site  also the website, which `make site` wrote there
python -m tools.classroom --wheels         also all packages, for computers like this one

The pack is built beside its final place and renamed at the end. It replaces an earlier pack; one
that somebody has worked in is kept under another name; any other folder is refused.
"""

import argparse
import errno
import gzip
import hashlib
import importlib.metadata
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from string import Template

from mnist_helpers.data import DataError, find_local_mnist
from mnist_helpers.data.idx_files import NAMES, find_files
from mnist_helpers.page import credits_text, licence_text
from tools.classroom_files import start
from tools.links import ROOT
from tools.places import out_path
from tools.quizzes import quiz_paths, write_quizzes

TEXTS = Path(start.__file__).parent
MANIFEST = "start/pack.json"
START_FILES = {
    "start-windows.bat": "start-windows.bat",
    "start-macos.command": "start.sh",
    "start-linux.sh": "start.sh",
}
# The wheel is built from a copy of these, so that old build folders do not get into it.
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "mnist_helpers")
FAT32_BYTES = 2**32 - 1
DISK_FULL = "The disk is full. Make room, or name a folder on another disk with --out."
PARTS = {
    "notebooks": "the notebooks with their outputs, exercises, quizzes and glossary",
    "quizzes": "the quizzes to print (.html) and for Moodle (.xml), with answers",
    "package": "the wheel of mnist_helpers, with the trained network",
    "mnist": "the data",
    "digits.html": "the digit reader in one file, for any browser",
    "site": "the course as a website: open site/index.html in any browser",
    "start": "the start files",
    "wheels": "all other packages",
}


class PackError(Exception):
    """A pack that cannot be made; the message says why and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.classroom", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--out", metavar="DIR", default=ROOT / "runs" / "classroom", type=out_path)
    parser.add_argument("--zip", action="store_true", help="write one zip, DIR.zip")
    parser.add_argument("--site", metavar="DIR", type=Path, help="add the website in this folder")
    parser.add_argument("--wheels", action="store_true", help="add all packages: 1 to 5 GB")
    parser.add_argument("--torch", choices=("cpu", "default"), help="(default: as installed here)")
    options = parser.parse_args(arguments)
    old = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        target = make_pack(
            options.out,
            zipped=options.zip,
            wheels=options.wheels,
            torch=options.torch,
            site=options.site,
        )
    except KeyboardInterrupt:
        print("Interrupted. Nothing half-written is left.", file=sys.stderr)
        return 130
    except (PackError, DataError, OSError) as error:
        words = _sentence(error) if isinstance(error, OSError) else error
        print(f"classroom: {words}", file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGTERM, old)
    print(f"\n{_shown(target)} is ready. Its README.txt says what to copy where.")
    return 0


def make_pack(
    out: Path,
    *,
    zipped: bool = False,
    wheels: bool = False,
    torch: str | None = None,
    site: Path | None = None,
) -> Path:
    """Write the pack, and print a table of its contents.

    Args:
        out: the folder; for a zip, its name without ``.zip``.
        zipped: whether to write a zip instead of the folder.
        wheels: whether to fetch the wheels of all dependencies as well.
        torch: the build of PyTorch to fetch, "cpu" or "default"; None means the one installed here.
        site: the folder of the website that the pack brings along; None leaves it out.

    Returns:
        The path of the folder or of the zip.

    Raises:
        PackError: if ``out`` exists and is not an earlier pack, or if a part cannot be made.
        DataError: if MNIST is on this computer but damaged.
        OSError: if the pack cannot be written.
    """
    out = out.expanduser().resolve()
    if zipped and out.suffix == ".zip":
        out = out.with_suffix("")
    target = out.with_name(f"{out.name}.zip") if zipped else out
    work, old = (target.with_name(f".{target.name}.{end}") for end in ("partial", "old"))
    target.parent.mkdir(parents=True, exist_ok=True)
    if old.exists() and not target.exists():  # the power went out between the two renames below
        old.rename(target)
    refuse_strangers(target)
    _remove(old)
    _remove(work)
    try:
        folder = work / out.name
        folder.mkdir(parents=True)
        _fill(folder, wheels, torch, site)
        made = _zip(folder, work / "pack.zip") if zipped else folder
        getattr(os, "sync", lambda: None)()  # somebody may pull the stick out at once
        if was_used(target):
            names = (target.with_name(f"{target.name}-used-{i}") for i in itertools.count(1))
            kept = target.rename(next(name for name in names if not name.exists()))
            print(f"Somebody has worked in the earlier pack: it is now {_shown(kept)}.")
        if target.exists():
            target.rename(old)
        try:
            made.rename(target)
        except BaseException:
            if old.exists() and not target.exists():
                old.rename(target)
            raise
        _remove(old)
    finally:
        _remove(work)
    return target


def refuse_strangers(target: Path) -> None:
    """Raise a `PackError` if the path exists and is neither an earlier pack nor empty."""
    if not target.name:
        raise PackError("Name a folder with --out.")
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if target.is_dir():
        known = (target / MANIFEST).is_file()
    elif known := zipfile.is_zipfile(target):
        with zipfile.ZipFile(target) as file:
            known = any(name.endswith(f"/{MANIFEST}") for name in file.namelist())
    if not known:
        raise PackError(
            f"{_shown(target)} exists and is not an earlier pack, so it was left alone. Name "
            "another place with --out."
        )


def was_used(folder: Path) -> bool:
    """Whether a pack holds something that this tool did not write, such as homework."""
    if not (folder / MANIFEST).is_file():
        return False
    try:
        written = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except ValueError:
        return True
    for name in file_names(folder):
        digest = written["sha256"].get(name)
        if digest and digest != _digest(folder / name):
            return True
        ours = name in written["sizes"] or name == MANIFEST or "__pycache__" in name
        if not (digest or ours):
            return True
    return False


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _fill(folder: Path, wheels: bool, torch: str | None, site: Path | None) -> None:
    write_notebooks(folder)
    write_quizzes(folder / "quizzes", quiz_paths())
    mnist = write_mnist(folder)
    write_page(folder)
    write_package(folder)
    write_licence(folder)
    if site:
        if not (site / "index.html").is_file():
            raise PackError(f"{site} holds no website. To make one: make site")
        shutil.copytree(site, folder / "site", copy_function=shutil.copyfile)
    write_start_files(folder)
    if wheels:
        here = importlib.metadata.version("torch")
        torch = torch or ("cpu" if here.endswith("+cpu") else "default")
        if torch == "default" and sys.platform == "linux":
            print("PyTorch's usual build is 3 GB on Linux; --torch cpu fetches the small one.")
        write_wheels(folder, torch)
    table = _table(folder)
    write_readme(folder, table, mnist, wheels)
    write_manifest(folder)
    print(f"\n{table}\n\n{mnist}")


def write_notebooks(folder: Path) -> None:
    """Write the numbered notebooks with their outputs, exercises, quizzes, images and glossary."""
    source = ROOT / "notebooks"
    found = sorted(source.glob("[0-9][0-9]_*.ipynb"))
    found += sorted((source / "exercises").glob("*.ipynb"))
    found += quiz_paths()
    found += sorted(one for one in (source / "images").glob("*") if one.is_file())
    found.append(source / "glossary.md")
    for path in found:
        _copy(path, folder / "notebooks" / path.relative_to(source))


def write_package(folder: Path) -> None:
    """Build the wheel of `mnist_helpers`, which holds the trained network, without internet."""
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
    """Write MNIST's four files, gzipped, with their licence; if they are not here, write a note.

    It returns a few sentences for the teacher.
    """
    target = folder / "mnist"
    target.mkdir()
    place = find_local_mnist()
    if place is None:
        shutil.copyfile(TEXTS / "no-mnist.txt", target / "README.txt")
        return (
            "MNIST is NOT in the pack, because it is not on the computer that made the pack. The\n"
            "notebooks use a stand-in of 1,797 small digits and say so. mnist/README.txt says how\n"
            "to add MNIST."
        )
    for key, path in find_files(place.folder).items():
        content = path.read_bytes()
        packed = content if content[:2] == b"\x1f\x8b" else gzip.compress(content, mtime=0)
        (target / f"{NAMES[key]}.gz").write_bytes(packed)
    official = (
        "These are the official files, checked byte for byte."
        if place.is_mnist
        else "NOTE: these files are not the official MNIST, but others in the same format."
    )
    _fill_in("mnist.txt", target / "LICENCE.txt", official=official)
    return f"MNIST is under CC BY-SA 3.0: see mnist/LICENCE.txt.\n{official}"


def write_page(folder: Path) -> None:
    """Write the page in one file, which reads digits in any browser."""
    from mnist_helpers.recognizer import load_network
    from mnist_helpers.share import export_page

    model, facts = load_network()
    export_page(model, facts["min_energy"], folder / "digits.html")


def write_licence(folder: Path) -> None:
    """Write the licence of notebooks and package, and who made the digits that they show."""
    text = f"{credits_text()}\n\nThe notebooks show digits of MNIST, too.\n\n{licence_text()}"
    (folder / "LICENCE.txt").write_text(text, encoding="utf-8")


def write_start_files(folder: Path) -> None:
    """Write a start file for each system, and the script that all of them call."""
    for name, source in START_FILES.items():
        text = (TEXTS / source).read_text(encoding="utf-8")
        if name.endswith(".bat"):  # without this, cmd.exe does not find labels
            text = text.replace("\n", "\r\n")
        (folder / name).write_bytes(text.encode("ascii"))
        (folder / name).chmod(0o755)
    _copy(TEXTS / "start.py", folder / "start" / "start.py")
    _copy(ROOT / "requirements" / "proven.txt", folder / "start" / "proven.txt")
    shutil.copytree(
        ROOT / "tools" / "jupyter", folder / "start" / "jupyter", copy_function=shutil.copyfile
    )


def write_wheels(folder: Path, torch: str) -> None:
    """Fetch the wheels of all dependencies for this system, processor and Python version.

    ``torch`` is "cpu" for PyTorch's own CPU build, or "default" for the usual one.
    """
    wheels = folder / "wheels" / start.kind()
    wheels.mkdir(parents=True)
    (ours,) = (folder / "package").glob("*.whl")
    options = ["wheel", "--wheel-dir", str(wheels), "--find-links", str(wheels)]
    sorry = "The wheels of the dependencies cannot be fetched (is there an internet connection?)"
    with tempfile.TemporaryDirectory(prefix="pack-") as name:
        constraints = Path(name) / "constraints.txt"
        proven = ["--constraint", str(ROOT / "requirements" / "proven.txt")]
        pins = []
        if torch == "cpu":  # torch and torchvision only work together if both are from one source
            pair = ["--no-deps", "--index-url", start.CPU_INDEX, "torch", "torchvision"]
            _pip([*options, *proven, *pair], sorry, only_index=True)
            fetched = [one.name.split("-") for one in wheels.glob("torch*.whl")]
            pins = [f"{parts[0]}=={parts[1].replace('%2B', '+')}" for parts in fetched]
        constraints.write_text("\n".join(pins), encoding="utf-8")
        wanted = f"mnist-helpers[{start.EXTRAS}] @ {ours.resolve().as_uri()}"
        _pip([*options, *proven, "--constraint", str(constraints), wanted], sorry)
    for copy in wheels.glob(ours.name):  # it is in package/ already
        copy.unlink()


def write_readme(folder: Path, table: str, mnist: str, has_wheels: bool) -> None:
    """Write the page for the teacher."""
    wheels = (
        "The wheels of other packages are NOT in the pack, so the set-up needs the internet once.\n"
        "If there is none, make a pack that has them: make classroom WHEELS=1"
    )
    pythons = "3.11 to 3.14"
    if has_wheels:
        wheels = f"The wheels are for {start.kind()}, where nothing needs to be downloaded."
        pythons = "{}.{} (the wheels are for this version)".format(*sys.version_info)
    values = {"contents": table, "mnist": mnist, "wheels": wheels, "pythons": pythons}
    _fill_in("README.txt", folder / "README.txt", name=folder.name, **values)


def write_manifest(folder: Path) -> None:
    """Write a list of the contents, by which a pack, or a bad copy of one, is recognised."""
    sizes = {name: (folder / name).stat().st_size for name in file_names(folder)}
    digests = {name: _digest(folder / name) for name in sizes if not name.startswith("wheels/")}
    sizes = {name: size for name, size in sizes.items() if not name.startswith("notebooks/")}
    package = {name: digest for name, digest in digests.items() if name.startswith("package/")}
    content = {"sha256": digests, "sizes": sizes, "package": package}
    (folder / MANIFEST).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def file_names(folder: Path) -> list[str]:
    """The paths of all files in a folder, relative to it, in order."""
    found = (one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())
    return sorted(found)


def _table(folder: Path) -> str:
    sizes = dict.fromkeys(PARTS, 0)
    for name in file_names(folder):
        top = name.split("/")[0]
        sizes[top if top in PARTS else "start"] += (folder / name).stat().st_size
    lines = [
        f"{size / 1e6:>8.1f} MB  {name:<12} {PARTS[name]}" for name, size in sizes.items() if size
    ]
    return "\n".join([*lines, f"{sum(sizes.values()) / 1e6:>8.1f} MB  in all"])


def _zip(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name in file_names(folder):
            packed = name.endswith((".gz", ".whl", ".png"))
            method = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            file.write(folder / name, f"{folder.name}/{name}", method)
    if path.stat().st_size > FAT32_BYTES:
        print("The zip is over 4 GB. A stick formatted as FAT32 cannot hold it; exFAT can.")
    return path


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _shown(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _sentence(error: OSError) -> str:
    if error.errno == errno.ENOSPC or "No space left" in str(error):
        return DISK_FULL
    return f"{error.filename or 'The pack'} cannot be written or read: {error.strerror or error}."


def _copy(source: Path, target: Path) -> None:
    """Copy a file without its permissions, because a read-only copy could not be replaced."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _fill_in(text: str, target: Path, **values: str) -> None:
    """Write one of the texts with its gaps filled."""
    filled = Template((TEXTS / text).read_text(encoding="utf-8")).substitute(values)
    target.write_text(filled, encoding="utf-8")


def _pip(arguments: Sequence[str], sorry: str, *, only_index: bool = False) -> None:
    """Run pip, showing its output as it comes; if it fails, raise a PackError that says ``sorry``.

    With ``only_index``, other sources that the user has set for pip are ignored.
    """
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    if only_index:
        for name in ("INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "NO_INDEX"):
            variables.pop(f"PIP_{name}", None)
        variables["PIP_CONFIG_FILE"] = os.devnull
    # If pip is interrupted, its temporary files are removed as well.
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
        raise PackError(DISK_FULL)
    lines = [one.strip() for one in process.stderr.splitlines() if one.strip()]
    errors = [one for one in lines if re.match(r"ERROR|error", one)] or lines or ["no message"]
    raise PackError(f"{sorry}. pip: {errors[-1]}")


if __name__ == "__main__":
    sys.exit(main())
