"""Virtual environments that see some of the installed packages through links, without internet."""

import importlib.metadata
import os
import subprocess
import sysconfig
import tomllib
import venv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
OURS = ("mnist_helpers", "__editable__")


class Environment:
    """A new virtual environment in a folder, with the packages that are linked into it, and pip.

    ``python`` is its interpreter, and ``packages`` its usual folder of packages. The links are in
    ``links_folder``, which is also on its path.
    """

    def __init__(self, folder: Path, with_pip: bool = True):
        self.folder = folder
        venv.create(folder / "env", symlinks=os.name != "nt")
        self.python = folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
        base = {"base": str(folder / "env"), "platbase": str(folder / "env")}
        self.packages = Path(sysconfig.get_path("purelib", vars=base))
        self.links_folder = folder / "installed"
        self.links_folder.mkdir()
        (self.packages / "installed.pth").write_text(f"{self.links_folder}\n", encoding="utf-8")
        if with_pip:  # making it anew takes seconds
            self.link_distribution("pip")

    def link(self, entry: Path) -> None:
        """Link one installed file or folder; skip the test where links are not allowed."""
        target = self.links_folder / entry.name
        if target.exists():
            return
        try:
            target.symlink_to(entry, target_is_directory=entry.is_dir())
        except OSError as error:
            pytest.skip(f"this system does not allow symbolic links: {error}")

    def link_all_but_ours(self) -> None:
        """Link every installed package except `mnist_helpers`."""
        for source in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
            for entry in Path(source).iterdir():
                if not entry.name.startswith(OURS):
                    self.link(entry)

    def link_requirements(self, *extras: str) -> None:
        """Link what pip would install for our package with these extras, and nothing else."""
        for name in sorted(needed_packages(extras)):
            self.link_distribution(name)

    def link_distribution(self, name: str) -> None:
        """Link all that one installed distribution has brought."""
        distribution = importlib.metadata.distribution(name)
        tops = {file.parts[0] for file in distribution.files or ()} - {"..", ""}
        for top in tops - {"__pycache__"}:
            self.link(Path(str(distribution.locate_file(top))))

    def run(
        self, *arguments: object, timeout: float = 300, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run its interpreter; pip gets no index, and the user's Python settings are hidden."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON"))}
        return subprocess.run(
            [str(self.python), *map(str, arguments)],
            env=kept | {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
            capture_output=True,
            text=True,
            timeout=timeout,
            **options,
        )


def needed_packages(extras: Iterable[str]) -> set[str]:
    """The names of all packages that ours needs with these extras, directly and indirectly."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    waiting = [(line, "") for line in project["dependencies"]]
    waiting += [(line, "") for extra in extras for line in optional[extra]]
    seen: set[tuple[str, str]] = set()
    while waiting:
        line, extra = waiting.pop()
        requirement = Requirement(line)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                waiting += [(one, wanted) for one in importlib.metadata.requires(name) or []]
    return {name for name, _ in seen}
