"""The public address stands in pyproject.toml; one command writes it everywhere else."""

import ast
import re
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import links

OLD = links.PLACEHOLDER
NEW = "some-school/digits.course"
COLAB = "https://colab.research.google.com/github/{}/blob/main/notebooks/"
BADGE = f"[![Open in Colab](images/colab-badge.svg)]({COLAB}01_data.ipynb)"
# The picture is ours: a page that is opened asks no other server for it, and it shows offline.
SETUP = """\
# In Colab and Kaggle, this cell installs missing packages. Elsewhere, it says how to get them.
import os
from importlib.util import find_spec

needed = [{needed}]
package = "mnist-helpers[{extras}] @ git+https://github.com/{slug}"
missing = [name for name in needed if not find_spec(name)]
colab = find_spec("google") and find_spec("google.colab")
if missing and (colab or "KAGGLE_KERNEL_RUN_TYPE" in os.environ):
    %pip install --quiet "{{package}}"
elif missing:
    print("Missing packages:", *missing)
    print("Choose Kernel → Change Kernel → Python 3 (ipykernel). If they are still missing,")
    print(f'run this in a new cell:  %pip install "{{package}}"')"""
# What a notebook needs of the package's extras. The cell of another notebook may have run before,
# so that the package is there without these extras.
DEMO = '"mnist_helpers", "gradio"'
EXTRAS = {
    **{
        f"{name}.ipynb": ("demo", DEMO)
        for name in ("00_start_here", "05_gradio", "06_demo", "11_numbers")
    },
    **{
        f"{folder}/{name}.ipynb": ("demo", DEMO)
        for folder in ("exercises", "solutions")
        for name in ("05_gradio", "06_demo")
    },
    **{
        f"{folder}/07_share.ipynb": ("demo", '"mnist_helpers", "httpx"')
        for folder in ("exercises", "solutions")
    },
    "07_share.ipynb": (
        "demo,web,export",
        '"mnist_helpers", "httpx", "flask", "waitress", "onnxruntime", "onnxscript"',
    ),
    "08_look_inside.ipynb": ("demo,inside", f'{DEMO}, "captum", "torchinfo"'),
    "10_keras.ipynb": ("demo,keras", f'{DEMO}, "keras"'),
}
ALL_NEED = "demo", '"mnist_helpers"'
BINDER = "https://mybinder.org/v2/gh/{slug}/main?urlpath=lab/tree/notebooks/00_start_here.ipynb"
PULL = (
    "https://hub.school.example/hub/user-redirect/git-pull?repo=https://github.com/{slug}"
    "&branch=students&urlpath=lab/tree/{folder}/notebooks/00_start_here.ipynb"
)


@pytest.fixture
def project(tmp_path):
    """A small project with one notebook and one page, all under the old address."""
    cells = [
        new_markdown_cell(BADGE.format(OLD) + "\n\n# Data – ü", id="a"),
        new_code_cell(SETUP.format(extras="demo", needed='"mnist_helpers"', slug=OLD), id="b"),
        new_code_cell("1 + 1", execution_count=1, id="c"),
        new_markdown_cell(f"Next: [two]({COLAB.format(OLD)}02_cnn.ipynb)", id="d"),
    ]
    (tmp_path / "notebooks").mkdir()
    nbformat.write(new_notebook(cells=cells), tmp_path / "notebooks/01_data.ipynb")
    (tmp_path / "README.md").write_text(
        f"{BADGE.format(OLD)}\n\n"
        f"git clone https://github.com/{OLD}.git && cd mnist-notebooks\n"
        f"See https://github.com/{OLD}/issues, https://github.com/{OLD}-old and\n"
        f"https://github.com/pytorch/vision. It is at https://github.com/{OLD}.\n"
        f"{BINDER.format(slug=OLD)}\n{PULL.format(slug=OLD, folder='mnist-notebooks')}\n",
        encoding="utf-8",
    )
    set_address(tmp_path, OLD)
    return tmp_path


def set_address(root, slug):
    text = f'[project]\n[project.urls]\nRepository = "https://github.com/{slug}"\n'
    (root / "pyproject.toml").write_text(text, encoding="utf-8")


def run(root, *arguments):
    return links.main(["--root", str(root), *arguments])


def test_check_names_the_files_and_changes_nothing(project, capsys):
    def contents():
        return {p: p.read_bytes() for p in project.rglob("*.*") if p.is_file()}

    before = contents()
    assert run(project, "--check") == run(project) == 0
    assert contents() == before
    set_address(project, NEW)
    before = contents()
    assert run(project, "--check") == 1
    output = capsys.readouterr().out
    assert "notebooks/01_data.ipynb" in output
    assert "README.md" in output
    assert contents() == before


def test_a_new_address_is_written_everywhere(project):
    set_address(project, NEW)
    assert run(project) == 0
    assert run(project, "--check") == 0

    path = project / "notebooks/01_data.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    assert cells[0].source == BADGE.format(NEW) + "\n\n# Data – ü"
    assert f'[demo] @ git+https://github.com/{NEW}"' in cells[1].source
    assert cells[2].execution_count == 1
    assert cells[3].source == f"Next: [two]({COLAB.format(NEW)}02_cnn.ipynb)"
    assert (project / "README.md").read_text(encoding="utf-8") == (
        f"{BADGE.format(NEW)}\n\n"
        f"git clone https://github.com/{NEW}.git && cd digits.course\n"
        f"See https://github.com/{NEW}/issues, https://github.com/{OLD}-old and\n"
        f"https://github.com/pytorch/vision. It is at https://github.com/{NEW}.\n"
        f"{BINDER.format(slug=NEW)}\n{PULL.format(slug=NEW, folder='digits.course')}\n"
    )


def test_there_and_back_gives_the_same_bytes(project):
    files = [project / "notebooks/01_data.ipynb", project / "README.md"]
    before = [p.read_bytes() for p in files]
    for slug in (NEW, OLD):
        set_address(project, slug)
        assert run(project) == 0
    assert [p.read_bytes() for p in files] == before


def test_an_address_that_cannot_be_used_gets_a_sentence(project, capsys):
    (project / "pyproject.toml").write_text('[project]\nurls = {Repository = "example.org"}\n')
    assert run(project) == 2
    assert "must look like" in capsys.readouterr().err


def test_every_notebook_has_its_badge_and_the_set_up_cell():
    slug = links.repository()
    for path in links.notebook_paths():
        name = path.relative_to(links.ROOT / "notebooks").as_posix()
        badge = BADGE.replace("01_data.ipynb", name).replace(
            "images", f"{'../' * name.count('/')}images"
        )
        cells = nbformat.read(path, as_version=4).cells
        assert cells[0].source.splitlines()[0] == badge.format(slug)
        (cell,) = [c for c in cells if links.SETUP_TAG in c.metadata.get("tags", [])]
        extras, needed = EXTRAS.get(name, ALL_NEED)
        assert cell.source == SETUP.format(slug=slug, extras=extras, needed=needed)


# What our own code imports when a notebook calls it, and the modules that come with Jupyter or with
# another one.
BEHIND = {
    "demo": {"gradio"},
    "inside": {"captum"},
    "share": {"flask", "waitress", "onnx", "onnxruntime", "onnxscript"},
}
WITH = {"gradio_client": "gradio", "onnx": "onnxscript", "netron": "onnxscript"}
IN_EXTRA = {
    "demo": {"gradio"},
    "web": {"flask", "waitress"},
    "export": {"onnxruntime", "onnxscript"},
    "inside": {"captum", "torchinfo"},
    "keras": {"keras"},
}
BASE = {"torch", "torchvision", "numpy", "matplotlib", "PIL", "sklearn", "safetensors"}
BASE |= {"scipy", "mnist_helpers"}
BASE |= {"nbclient", "nbformat"}  # They come with Jupyter.
WRITES = re.compile(r"^%%writefile (?:\S+/)?(\w+)\.py\n")


@pytest.mark.parametrize(
    "path", links.notebook_paths(), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_the_set_up_cell_looks_for_all_that_the_notebook_imports(path):
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    (setup,) = [c.source for c in cells if links.SETUP_TAG in c.metadata.get("tags", [])]
    imported, written = set(), set()
    for cell in cells:
        if cell.source == setup:
            continue
        written |= set(WRITES.findall(cell.source))
        for node in ast.walk(ast.parse(WRITES.sub("", cell.source))):
            names = [one.name for one in getattr(node, "names", []) if isinstance(node, ast.Import)]
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                first, _, rest = name.partition(".")
                imported |= {first} | BEHIND.get(rest if first == "mnist_helpers" else "", set())
    imported -= sys.stdlib_module_names | written
    (listed,) = re.findall(r"^needed = (\[.*\])$", setup, re.MULTILINE)
    needed = set(ast.literal_eval(listed))
    assert {WITH.get(name, name) for name in imported - BASE} <= needed
    extras = re.search(r"mnist-helpers\[(.*?)\]", setup)[1].split(",")
    assert needed <= BASE | {"httpx"} | set().union(*(IN_EXTRA[extra] for extra in extras))


def test_the_real_files_hold_the_address():
    changed = [path.name for path in links.changes()]
    assert not changed, "make links"


def test_nobody_can_register_the_placeholder():
    # GitHub: letters, digits and single hyphens, none of them first or last, at most 39.
    name = re.compile(r"(?i)[a-z\d](?:[a-z\d]|-(?=[a-z\d])){0,38}(_[a-z\d]+)?")
    owner, _ = links.PLACEHOLDER.split("/")
    assert not name.fullmatch(owner)
    assert name.fullmatch("OWNER")


def test_the_placeholder_that_could_be_registered_is_replaced_and_the_new_one_is_announced(
    project, capsys
):
    page = project / "README.md"
    page.write_text(f"pip install git+https://github.com/{links.FORMER}\n")
    assert run(project) == 0
    assert page.read_text() == f"pip install git+https://github.com/{links.PLACEHOLDER}\n"
    assert "placeholder, which nobody can register" in capsys.readouterr().out
    set_address(project, NEW)
    assert run(project) == 0
    assert "placeholder" not in capsys.readouterr().out


def test_no_other_file_names_an_address_of_the_project():
    names = {"pyproject.toml", *links.PAGES}
    owners = {links.repository().split("/")[0], "-OWNER-", "OWNER"}
    for path in links.ROOT.rglob("*"):
        parts = path.relative_to(links.ROOT).parts
        hidden = any(part.startswith(".") and part != ".github" for part in parts)
        ours = parts[0] in ("docs", "mnist_helpers", ".github", "tools", "requirements")
        if hidden or not path.is_file() or not (ours or len(parts) == 1):
            continue
        if path.suffix in (".md", ".py", ".toml", ".yml", ".cff", ".html", ".js", ".txt", ".bat"):
            text = path.read_text(encoding="utf-8")
            found = [one for one in owners if f"github.com/{one}/" in text]
            assert not found or "/".join(parts) in names, path
