"""Makes the offline pack: one folder, or one zip, for a USB stick and a class without internet.

python -m tools.classroom                  runs/classroom, a folder
python -m tools.classroom --zip            runs/classroom.zip instead
python -m tools.classroom --wheels         also all packages, for computers like this one

The pack is built beside its place and renamed at the end. An earlier pack is replaced; one that
somebody has worked in is kept under another name; any other folder is refused.
"""

import argparse
import errno
import hashlib
import json
import os
import shutil
import signal
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from mnist_helpers.data import DataError
from tools import classroom_parts as parts
from tools.classroom_parts import MANIFEST, ROOT, PackError

FAT32_BYTES = 2**32 - 1
PARTS = {
    "notebooks": "the notebooks with their outputs, and the exercises",
    "package": "the wheel of mnist_helpers, with the trained network",
    "mnist": "the data",
    "digits.html": "the digit reader in one file, for any browser",
    "start": "the start files",
    "wheels": "all other packages",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.classroom", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--out", metavar="DIR", default=ROOT / "runs" / "classroom", type=Path)
    parser.add_argument("--zip", action="store_true", help="write one zip, DIR.zip")
    parser.add_argument("--wheels", action="store_true", help="also all packages: 1 to 5 GB")
    parser.add_argument("--torch", choices=("cpu", "default"), help="(default: as installed here)")
    options = parser.parse_args(arguments)
    old = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        target = make_pack(
            options.out, zipped=options.zip, wheels=options.wheels, torch=options.torch
        )
    except KeyboardInterrupt:
        print("Interrupted. Nothing half-written is left.", file=sys.stderr)
        return 130
    except (PackError, DataError) as error:
        print(f"classroom: {error}", file=sys.stderr)
        return 1
    except (OSError, shutil.Error) as error:
        print(f"classroom: {_sentence(error)}", file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGTERM, old)
    print(f"\n{_shown(target)} is ready. Its README.txt says what to copy where.")
    return 0


def make_pack(
    out: Path, *, zipped: bool = False, wheels: bool = False, torch: str | None = None
) -> Path:
    """Write the pack, and print a table of what is in it.

    Args:
        out: the folder; for a zip, the name without ``.zip``.
        zipped: write a zip instead of the folder.
        wheels: also fetch the wheels of all dependencies.
        torch: which build of PyTorch: "cpu" or "default"; by default the one installed here.

    Returns:
        The folder or the zip.

    Raises:
        PackError: if ``out`` is something else than an earlier pack, or a part cannot be made.
        DataError: if MNIST is here, but damaged.
        OSError: if it cannot be written.
    """
    out = out.expanduser().resolve()
    if zipped and out.suffix == ".zip":
        out = out.with_suffix("")
    target = out.with_name(f"{out.name}.zip") if zipped else out
    old, work = (target.with_name(f".{target.name}.{what}") for what in ("old", "partial"))
    target.parent.mkdir(parents=True, exist_ok=True)
    if old.exists() and not target.exists():  # the power went out between two renames
        old.rename(target)
    refuse_strangers(target)
    _remove(old)
    _remove(work)
    try:
        folder = work / out.name
        folder.mkdir(parents=True)
        _fill(folder, wheels, torch)
        made = _zip(folder, work / "pack.zip") if zipped else folder
        getattr(os, "sync", lambda: None)()  # a stick may be pulled out right after
        if was_used(target):
            kept = _free_name(target)
            target.rename(kept)
            print(f"Somebody has worked in the earlier pack: it is now {_shown(kept)}.")
        _swap(made, target, old)
    finally:
        _remove(work)
    return target


def refuse_strangers(target: Path) -> None:
    """Raise a `PackError` if something else than an earlier pack is in the place."""
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
            f"{_shown(target)} is there and is no earlier pack: it stays as it is. Name another "
            "place with --out."
        )


def was_used(folder: Path) -> bool:
    """Whether a pack holds something that its maker did not write, such as a student's work."""
    if not (folder / MANIFEST).is_file():
        return False
    try:
        written = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except ValueError:
        return True
    for name in parts.file_names(folder):
        if name == MANIFEST or "__pycache__" in name:
            continue
        if name in written["sha256"]:
            digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
            if digest != written["sha256"][name]:
                return True
        elif name not in written["sizes"]:
            return True
    return False


def _fill(folder: Path, wheels: bool, torch: str | None) -> None:
    parts.write_notebooks(folder)
    mnist = parts.write_mnist(folder)
    parts.write_page(folder)
    parts.write_package(folder)
    parts.write_start_files(folder)
    if wheels:
        torch = torch or _installed_torch()
        if torch == "default" and sys.platform == "linux":
            print("PyTorch's usual build takes 3 GB on Linux; --torch cpu takes its small one.")
        parts.write_wheels(folder, torch)
    table = _table(folder)
    parts.write_readme(folder, folder.name, table, mnist, wheels)
    parts.write_manifest(folder)
    print(f"\n{table}\n\n{mnist}")


def _installed_torch() -> str:
    from torch import __version__

    return "cpu" if __version__.endswith("+cpu") else "default"


def _table(folder: Path) -> str:
    sizes = dict.fromkeys(PARTS, 0)
    for name in parts.file_names(folder):
        top = name.split("/")[0]
        sizes[top if top in PARTS else "start"] += (folder / name).stat().st_size
    lines = [
        f"{size / 1e6:>8.1f} MB  {name:<12} {PARTS[name]}" for name, size in sizes.items() if size
    ]
    return "\n".join([*lines, f"{sum(sizes.values()) / 1e6:>8.1f} MB  in all"])


def _zip(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name in parts.file_names(folder):
            packed = name.endswith((".gz", ".whl", ".png"))
            method = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            file.write(folder / name, f"{folder.name}/{name}", method)
    if path.stat().st_size > FAT32_BYTES:
        print("The zip is over 4 GB: a stick formatted as FAT32 cannot hold it, exFAT can.")
    return path


def _swap(made: Path, target: Path, old: Path) -> None:
    """Put what was made into its place; what was there comes back if that fails."""
    if target.exists():
        target.rename(old)
    try:
        made.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    _remove(old)


def _free_name(target: Path) -> Path:
    number = 1
    while (free := target.with_name(f"{target.name}-used-{number}")).exists():
        number += 1
    return free


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _shown(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _sentence(error: OSError) -> str:
    if error.errno == errno.ENOSPC or "No space left" in str(error):
        return "The disk is full. Make room, or name a folder on another one with --out."
    return f"{error.filename or 'The pack'} cannot be written or read: {error.strerror or error}."


if __name__ == "__main__":
    sys.exit(main())
