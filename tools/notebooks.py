"""Refresh the notebooks' committed outputs, and check that they belong to their sources.

python -m tools.notebooks refresh [NN ...]   execute on real MNIST, and store the outputs
python -m tools.notebooks check              exit code 1 names the notebooks to refresh
python -m tools.notebooks tag                store in the cells which one begins a slide
"""

import argparse
import hashlib
import json
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from mnist_helpers._support import write_atomically
from mnist_helpers.lessons import SeriesError, find_notebooks, missing_package
from tools.links import BADGE_START, COLAB_LINK, SETUP_TAG
from tools.slides import FOLDER, tag

STAMP = "mnist_notebooks"
MAX_BYTES = 1_300_000
# This shows a running demo (mnist_helpers/page/static/embed.html); the picture beside it stays.
LIVE = re.compile(r"<!-- live: begin -->.*?<!-- live: end -->\n?", re.DOTALL)


class RefreshError(Exception):
    """The notebook must not be committed; the message says why."""


def source_hash(notebook: NotebookNode) -> str:
    """The SHA-256 of everything that decides the outputs: each cell's kind, tags and source.

    The Colab badge, the Colab set-up cell and the links to Colab do not count, because they carry
    the public address and give no output.
    """
    cells = []
    for cell in notebook.cells:
        tags = sorted(cell.metadata.get("tags", []))
        if SETUP_TAG not in tags:
            lines = [line for line in cell.source.splitlines() if not line.startswith(BADGE_START)]
            cells.append([cell.cell_type, tags, [COLAB_LINK.sub("", line) for line in lines]])
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def is_fresh(notebook: NotebookNode) -> bool:
    """Whether the outputs were made from the current sources."""
    return notebook.metadata.get(STAMP, {}).get("source_sha256") == source_hash(notebook)


def clean(notebook: NotebookNode) -> None:
    """Remove what belongs to one run or one machine: timings, widget state, versions, ports."""
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook.metadata = NotebookNode(kernelspec=kernel, language_info={"name": "python"})
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = NotebookNode(tags=tags) if tags else NotebookNode()
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                output.data["text/html"] = LIVE.sub("", output.data["text/html"])


def write(path: Path, notebook: NotebookNode) -> None:
    """Write a notebook in the form that all of them have."""
    write_atomically(path, (nbformat.writes(notebook) + "\n").encode())


def find_problems(notebook: NotebookNode) -> list[str]:
    """The reasons why an executed notebook must not be committed."""
    problems = []
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            text = json.dumps({k: v for k, v in output.items() if k != "metadata"})
            text = re.sub(r"data:image/png;base64,[\w+/=]*", "", text)
            if output.output_type == "error":
                problems.append(f"cell {number} fails with {output.ename}: {output.evalue}")
            if output.get("name") == "stderr":
                problems.append(f"cell {number} writes to stderr: {output.text.strip()[:200]}")
            if re.search(r"/(home|Users|root|tmp|opt|work)/|[A-Z]:\\\\", text):
                problems.append(f"cell {number} shows a path of this machine")
            if "application/vnd.jupyter.widget-view+json" in text:
                problems.append(f"cell {number} shows a widget")
            if "image/png" in output.get("data", {}):
                problems.append(f"cell {number} shows a picture without a caption")
            if not all(alternatives(output)):
                problems.append(f"cell {number} shows a picture without a text alternative")
    size = len(json.dumps(notebook))
    if size > MAX_BYTES:
        problems.append(f"it has {size / 1e6:.1f} MB")
    return problems


def alternatives(output: NotebookNode) -> list[str]:
    """The text alternative of each picture of an output; "" for one without."""
    tags = re.findall(r"<img[^>]*>", output.get("data", {}).get("text/html", ""))
    return [match[1] if (match := re.search(r'alt="([^"]*)"', tag)) else "" for tag in tags]


def refresh(paths: Sequence[Path]) -> None:
    """Execute notebooks in order, in one scratch folder, and store their outputs in them.

    Raises:
        RefreshError: if real MNIST or a package is missing, or if a notebook fails or must not be
            committed; that notebook then keeps its old outputs.
    """
    from mnist_helpers.data import load_mnist

    if not load_mnist().is_mnist:
        raise RefreshError("Committed outputs must come from real MNIST, which is not here.")
    for path in paths:
        if package := missing_package(path):
            raise RefreshError(f"{path.name} needs {package}, which is not installed.")
    with tempfile.TemporaryDirectory() as scratch:
        for path in paths:
            print(f"{path.stem} ...", flush=True)
            notebook = nbformat.read(path, as_version=4)
            client = NotebookClient(
                notebook,
                kernel_name="python3",
                timeout=600,
                record_timing=False,
                resources={"metadata": {"path": scratch}},
            )
            try:
                client.execute()
            except CellExecutionError as error:
                raise RefreshError(f"{path.name} fails: {error}") from error
            clean(notebook)
            tag(notebook)
            if problems := find_problems(notebook):
                raise RefreshError(f"{path.name}: " + "; ".join(problems))
            notebook.metadata[STAMP] = {"source_sha256": source_hash(notebook), "data": "MNIST"}
            write(path, notebook)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.notebooks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("action", choices=["refresh", "check", "tag"])
    parser.add_argument("only", nargs="*", metavar="NN", help="only these; by default all")
    options = parser.parse_args(arguments)
    try:
        paths = find_notebooks(FOLDER, options.only)
    except SeriesError as error:
        parser.error(str(error))
    if options.action == "refresh":
        try:
            refresh(paths)
        except RefreshError as error:
            print(error, file=sys.stderr)
            return 1
        return 0
    notebooks = {path: nbformat.read(path, as_version=4) for path in paths}
    if options.action == "tag":
        for path, notebook in notebooks.items():
            tag(notebook)
            write(path, notebook)
        return 0
    stale = [path.name for path, notebook in notebooks.items() if not is_fresh(notebook)]
    if stale:
        print(f"make notebooks: the outputs are older than the source of {', '.join(stale)}")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main())
