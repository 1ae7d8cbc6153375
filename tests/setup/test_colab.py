"""The set-up cell of the notebooks, run as Colab would run it.

Colab opens one notebook, alone in an empty folder, in an environment that has torch and Jupyter but
not our package. A new virtual environment takes its place, which sees all installed packages but
ours through a folder of links. ``google.colab`` is a stand-in, and git finds the public address in
a local repository, so that the cell runs as it stands in the notebook, without the internet.
"""

import importlib.metadata
import json
import os
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from tools import links
from tools.environments import ROOT, Environment

try:
    SETUPTOOLS = int(importlib.metadata.version("setuptools").split(".")[0])
except importlib.metadata.PackageNotFoundError:
    SETUPTOOLS = 0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("git") is None, reason="needs git"),
    pytest.mark.skipif(SETUPTOOLS < 77, reason="needs setuptools 77 to build the package offline"),
]

# Takes the place of pip where pip must not be called, and leaves a trace if it is.
PIP_TRAP = """
import os
from pathlib import Path
Path(os.environ["PIP_TRAP"]).write_text("called")
"""

REPORT = """
import importlib.metadata, importlib.util, json, sys
torch = importlib.metadata.distribution("torch")
ours = importlib.util.find_spec("mnist_helpers")
print(json.dumps({
    "prefix": sys.prefix,
    "ours": ours and ours.origin,
    "torch": importlib.util.find_spec("torch").origin,
    "torch_version": torch.version,
    "torch_info": str(torch.locate_file("")),
}))
"""


def git(*arguments, cwd):
    settings = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    subprocess.run(
        ["git", *settings, *arguments], cwd=cwd, check=True, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A git repository with the package as it is now, uncommitted work included."""
    folder = tmp_path_factory.mktemp("repository")
    skipped = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "mnist_helpers", folder / "mnist_helpers", ignore=skipped)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    git("init", "--quiet", cwd=folder)
    git("add", "--all", "--force", cwd=folder)
    git("commit", "--quiet", "--message", "now", cwd=folder)
    return folder


class Colab(Environment):
    """An environment with torch and Jupyter, but without our package."""

    def __init__(self, folder, repository):
        super().__init__(folder)
        self.repository = repository
        self.empty = folder / "content"  # where the notebook lies, alone
        self.empty.mkdir()
        self.link_all_but_ours()
        self._add_a_kernel()
        self.trap = folder / "pip-was-called"
        (folder / "trap/pip").mkdir(parents=True)
        for name in ("__init__.py", "__main__.py"):
            (folder / "trap/pip" / name).write_text(PIP_TRAP)

    def _add_a_kernel(self):
        folder = self.folder / "kernels/colab"
        folder.mkdir(parents=True)
        command = [str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": command, "display_name": "Colab", "language": "python"}
        (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")

    def become_colab(self):
        """Add the stand-in for Colab's own package."""
        (self.packages / "google/colab").mkdir(parents=True)
        (self.packages / "google/colab/__init__.py").touch()

    def environment(self, trap):
        """The kernel's variables: pip has no index, and git finds the address in a folder."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PIP_", "PYTHON", "GIT_", "VIRTUAL_ENV"))
        }
        kept |= {
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": f"url.{self.repository.as_uri()}.insteadOf",
            "GIT_CONFIG_VALUE_0": f"https://github.com/{links.repository()}",
            "GIT_CONFIG_KEY_1": "safe.directory",
            "GIT_CONFIG_VALUE_1": "*",
            "GIT_TERMINAL_PROMPT": "0",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            # pip reads this backwards: 0 means that it builds without a separate environment.
            "PIP_NO_BUILD_ISOLATION": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_TRAP": str(self.trap),
        }
        return kept | ({"PYTHONPATH": str(self.folder / "trap")} if trap else {})

    def run_cell(self, source, *, pip_is_a_trap, **variables):
        """Run the set-up cell in a new kernel; return what it printed, and a report."""
        self.trap.unlink(missing_ok=True)
        notebook = new_notebook(cells=[new_code_cell(source), new_code_cell(REPORT)])
        manager = AsyncKernelManager(
            kernel_name="colab",
            kernel_spec_manager=KernelSpecManager(
                kernel_dirs=[str(self.folder / "kernels")], ensure_native_kernel=False
            ),
        )
        client = NotebookClient(
            notebook, km=manager, timeout=300, resources={"metadata": {"path": str(self.empty)}}
        )
        client.execute(env=self.environment(pip_is_a_trap) | variables)
        setup, report = notebook.cells
        return setup.outputs, json.loads(report.outputs[0].text)


@pytest.fixture(scope="module")
def colab(tmp_path_factory, repository):
    return Colab(tmp_path_factory.mktemp("colab"), repository)


def set_up_cell(number):
    """The set-up cell of the notebook with a number."""
    (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    (cell,) = [c for c in cells if links.SETUP_TAG in c.metadata.get("tags", [])]
    return cell.source


def test_the_set_up_cell_as_colab_runs_it(colab):
    source = set_up_cell("00")
    # Elsewhere it installs nothing, and says what to do.
    outputs, report = colab.run_cell(source, pip_is_a_trap=True)
    (said,) = [output.text for output in outputs]
    assert said.startswith("Missing packages: mnist_helpers")
    assert "Choose Kernel → Change Kernel" in said
    assert (
        f'%pip install "mnist-helpers[demo] @ git+https://github.com/{links.repository()}' in said
    )
    assert not colab.trap.exists()
    assert report["ours"] is None
    assert Path(report["prefix"]).resolve() == (colab.folder / "env").resolve()
    torch_before = {key: report[key] for key in ("torch", "torch_version", "torch_info")}
    assert Path(report["torch"]).is_relative_to(colab.links_folder)
    before = {p.name for p in colab.links_folder.iterdir()}

    # Kaggle is known by a variable.
    colab.run_cell(source, pip_is_a_trap=True, KAGGLE_KERNEL_RUN_TYPE="Interactive")
    assert colab.trap.exists()

    # In Colab the cell does call pip (this also shows that the trap works).
    colab.become_colab()
    colab.run_cell(source, pip_is_a_trap=True)
    assert colab.trap.exists()

    # With the real pip the helpers arrive, and torch stays as it was.
    outputs, report = colab.run_cell(source, pip_is_a_trap=False)
    printed = "".join(output.get("text", "") for output in outputs)
    assert "ERROR" not in printed
    assert Path(report["ours"] or "") == colab.packages / "mnist_helpers/__init__.py", printed
    assert {key: report[key] for key in torch_before} == torch_before
    assert not list(colab.packages.glob("torch*"))
    assert {p.name for p in colab.links_folder.iterdir()} == before
    assert list(colab.empty.iterdir()) == []

    # After notebook 00, notebook 08 still lacks what 00 did not need.
    (colab.links_folder / "torchinfo").unlink()
    colab.run_cell(set_up_cell("08"), pip_is_a_trap=True)
    assert colab.trap.exists()

    # A second run costs nothing: no pip, no output.
    outputs, report = colab.run_cell(source, pip_is_a_trap=True)
    assert outputs == []
    assert not colab.trap.exists()
    assert Path(report["ours"]) == colab.packages / "mnist_helpers/__init__.py"
    names = "data, demo, model, recognizer, train"
    imported = colab.run("-c", f"from mnist_helpers import {names}", cwd=colab.empty)
    assert imported.returncode == 0, imported.stderr
