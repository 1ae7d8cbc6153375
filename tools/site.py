"""Makes the course's website from what is stored: nothing is executed, and nothing is downloaded.

python -m tools.site                runs/site; open its index.html, or put the folder on any server

The sources are copied into a temporary folder in which every page keeps its place, so links between
pages stay as they are. Links to other files of the project lead to its public address.
"""

import argparse
import html
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path, PurePosixPath
from string import Template
from typing import Any

import nbformat
from nbformat import NotebookNode

import mnist_helpers
from mnist_helpers.lessons.series import KEY_RESULT
from mnist_helpers.page import credits_text, licence_text
from tools.links import (
    BADGE_START,
    BINDER_START,
    ROOT,
    SETUP_TAG,
    LinksError,
    repository,
    site_address,
)
from tools.places import out_path
from tools.quizzes import quiz_paths
from tools.slides import FORMULA, formula

FILES = Path(__file__).parent / "site_files"
TITLE = "From pixels to digits"
MARK = ".mnist-notebooks-site"  # lies in a site that this tool made, so that it may be replaced
PAGES = (
    *("README.md", "notebooks/glossary.md", "docs/teaching.md", "docs/shared_machine.md"),
    *("docs/releasing.md", "benchmarks/README.md", "mnist_helpers/weights/README.md"),
)
STILL_DEMO = "This is a picture of the demo. Run this cell to use it."
PICTURE = "docs/images/demo-in-jupyterlab.png"
# The folders whose doors the reference describes, in the learner's order.
PARTS = (
    *("data", "model", "train", "evaluate", "framing", "recognizer", "demo", "share"),
    *("inside", "synthetic", "recipes", "lessons"),
)
COLAB = "https://colab.research.google.com/github/{slug}/blob/main/"
EXTENSIONS = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

_LINK = re.compile(r"(?<=\]\()(?!https?:|mailto:)([^)#\s]*)(#[^)\s]*)?(?=\))")
_CODE = re.compile(r"(^```.*?^```|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| (.+?) \| (.+?) \| (\[\d\d\]\((\S+)\)) \|$", re.MULTILINE)
_LESSON = re.compile(r"^\| \[.*\]\(notebooks/(\w+)\.ipynb\) .*(?= \|$)", re.MULTILINE)
_TABLE = re.compile(r"^\|.*(?:\n\|.*)+", re.MULTILINE)


class SiteError(Exception):
    """A site that cannot be made; the message says why and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.site", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--out", metavar="DIR", default=ROOT / "runs" / "site", type=out_path)
    options = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        make_site(options.out)
    except (SiteError, LinksError, OSError) as error:
        print(f"site: {error}", file=sys.stderr)
        return 1
    size = sum(one.stat().st_size for one in options.out.rglob("*") if one.is_file())
    pages = sum(1 for _ in options.out.rglob("*.html"))
    seconds = time.monotonic() - began
    print(f"{options.out}: {pages} pages, {size / 1e6:.1f} MB, {seconds:.0f} s. Open index.html.")
    return 0


def make_site(out: Path) -> None:
    """Write the site into a folder; an earlier site there is replaced.

    Raises:
        SiteError: if the folder holds something else, or if a page has a fault.
        LinksError: if the public address in pyproject.toml cannot be used.
        OSError: if the folder cannot be written.
    """
    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        raise SiteError(f"{out} is not an earlier site, so it was left alone. Choose another.")
    with tempfile.TemporaryDirectory(prefix="site-") as name:
        source, built = Path(name) / "source", Path(name) / "site"
        write_sources(source)
        build(source, built, Path(name) / "doctrees")
        finish(built)
        if out.exists():
            shutil.rmtree(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(built, out)


def build(source: Path, out: Path, doctrees: Path) -> None:
    """Let Sphinx make the pages. Any warning is an error."""
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError

    try:
        app = Sphinx(
            *(source, None, out, doctrees, "html"),
            confoverrides=settings(),
            status=None,
            warning=sys.stderr,
            warningiserror=True,
        )
        app.connect("html-page-context", describe)
        app.connect("autodoc-process-docstring", shorten, priority=900)  # after napoleon
        app.build()
    except SphinxError as error:
        raise SiteError(error) from error
    if app.statuscode:
        raise SiteError("The lines above say what is wrong with the pages.")


def settings() -> dict[str, Any]:
    """What Sphinx, MyST-NB and the theme are told."""
    return {
        "project": TITLE,
        "html_title": TITLE,
        "author": "The mnist-notebooks authors",
        "copyright": "the mnist-notebooks authors",
        "release": mnist_helpers.__version__,
        "extensions": EXTENSIONS,
        "language": "en",
        "nb_execution_mode": "off",
        "nb_render_text_lexer": "none",
        "myst_enable_extensions": [],
        "myst_heading_anchors": 4,
        "default_role": "py:obj",
        "napoleon_use_ivar": True,
        "autodoc_member_order": "bysource",
        "autodoc_typehints": "signature",
        "autodoc_preserve_defaults": True,
        "python_display_short_literal_types": True,
        "add_module_names": False,
        "html_theme": "sphinx_book_theme",
        "html_baseurl": site_address(repository()),
        "html_context": {"default_mode": "auto"},
        "html_static_path": ["_static"],
        "html_css_files": ["site.css"],
        "html_js_files": ["site.js"],
        "html_copy_source": True,
        "html_sourcelink_suffix": "",
        "html_show_sphinx": False,
        "html_last_updated_fmt": None,
        "html_permalinks_icon": "#",
        "html_theme_options": {
            "repository_url": f"https://github.com/{repository()}",
            "use_repository_button": True,
            "show_toc_level": 2,
            "home_page_in_toc": True,
            "footer_content_items": ["copyright"],
            "navbar_start": [],
            "navbar_center": [],
            "navbar_end": [],
            "navbar_persistent": [],
            "pygments_light_style": "a11y-high-contrast-light",
            "pygments_dark_style": "a11y-high-contrast-dark",
        },
    }


# ---- The pages ----------------------------------------------------------------------


def write_sources(folder: Path) -> None:
    """Write what Sphinx reads: pages, notebooks, pictures, and the list of contents."""
    shutil.copytree(FILES, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in course_notebooks():
        notebook = for_site(nbformat.read(path, as_version=4), path)
        _write(folder, path, nbformat.writes(notebook))
    for name in (*PAGES, *quizzes()):
        _write(folder, ROOT / name, page_text(name))
    for path in (*(ROOT / "docs/images").iterdir(), *(ROOT / "notebooks/images").iterdir()):
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    write_reference(folder / "reference")
    for name, values in (("index.md", front_page()), ("how_far.md", figures())):
        text = (FILES / name).read_text(encoding="utf-8").replace("](../../", "](")
        (folder / name).write_text(Template(text).substitute(values), encoding="utf-8")


def _write(folder: Path, path: Path, text: str) -> None:
    target = folder / path.relative_to(ROOT)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


@cache
def course_notebooks() -> tuple[Path, ...]:
    """The numbered notebooks and the exercises, in order; never the solutions."""
    folder = ROOT / "notebooks"
    return (
        *sorted(folder.glob("[0-9][0-9]_*.ipynb")),
        *sorted((folder / "exercises").glob("*.ipynb")),
    )


@cache
def quizzes() -> tuple[str, ...]:
    """The pages of the quizzes, in order."""
    return tuple(path.relative_to(ROOT).as_posix() for path in quiz_paths())


@cache
def all_pages() -> frozenset[str]:
    """The files of the project that are pages of the site."""
    notebooks = (path.relative_to(ROOT).as_posix() for path in course_notebooks())
    return frozenset((*PAGES, *quizzes(), *notebooks))


def page_text(name: str) -> str:
    """One of the project's pages, as the site has it."""
    text = (ROOT / name).read_text(encoding="utf-8")
    if name.endswith("glossary.md"):
        text = _TABLE.sub(lambda _: glossary(), text)
        text = text.replace("The last column names", "The number after each names")
    return for_myst(text, name)


def for_myst(text: str, name: str) -> str:
    """Text of the file ``name`` with links and formulas that work on the site."""
    parts = _CODE.split(text)  # every second part is code
    parts[::2] = [rewritten(FORMULA.sub(_formula, part), name) for part in parts[::2]]
    return "".join(parts)


def _formula(match: re.Match[str]) -> str:
    return formula(match[1])


def rewritten(text: str, name: str) -> str:
    """Text whose links lead to pages of the site or, for other files, to the public address."""
    folder = PurePosixPath(name).parent

    def link(match: re.Match[str]) -> str:
        target, anchor = match[1], slug(match[2] or "")
        path = os.path.normpath(folder / target).replace(os.sep, "/") if target else name
        if path in all_pages() or path.endswith((".png", ".svg")):
            return target + anchor
        kind = "tree" if (ROOT / path).is_dir() else "blob"
        return f"https://github.com/{repository()}/{kind}/main/{path}{anchor}"

    return _LINK.sub(link, text)


def slug(anchor: str) -> str:
    """An anchor as GitHub and Sphinx write it; JupyterLab keeps capitals and commas."""
    return "#" * bool(anchor) + re.sub(r"[^\w-]", "", anchor.lower())


def for_site(notebook: NotebookNode, path: Path) -> NotebookNode:
    """The notebook as the site shows it: with links at its head, and without its set-up cell."""
    name = path.relative_to(ROOT).as_posix()
    terms = terms_of(path.name)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            lines = [ln for ln in cell.source.splitlines() if not ln.startswith(BADGE_START)]
            source = "\n".join(lines).strip()
            cell.source = for_myst(link_terms(source, terms), name)
        elif SETUP_TAG in cell.metadata.get("tags", []):
            cell.metadata["tags"] = [*cell.metadata["tags"], "remove-cell"]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            data.pop(KEY_RESULT, None)  # a key result has words beside its numbers
            if "text/html" in data:
                data["text/html"] = data["text/html"].replace(STILL_DEMO, try_it(name))
    first = notebook.cells[0]
    first.source = re.sub("^# .*$", rf"\g<0>\n\n{ways_to_run(name)}", first.source, flags=re.M)
    return notebook


def try_it(name: str) -> str:
    """The words above the demo's picture, with a link to the drawing square."""
    up = "../" * name.count("/")
    link = f'<a href="{up}draw.html">draw a digit here</a>'
    return f"{STILL_DEMO} Or {link}: the network that comes with the course reads it."


def ways_to_run(name: str) -> str:
    """A line of links that open a notebook in Colab and on Binder, or download it."""
    up = "../" * name.count("/")
    inside = name.removeprefix("notebooks/")
    images = "../" * inside.count("/") + "images"
    colab = f"{COLAB.format(slug=repository())}{name}"
    binder = f"https://{BINDER_START.format(slug=repository())}{inside}"
    download = f'<a class="download" download href="{up}_sources/{name}">Download this notebook</a>'
    return (
        f"[![Open in Colab]({images}/colab-badge.svg)]({colab})\n"
        f"[![Open in Binder]({images}/binder-badge.svg)]({binder})\n{download}"
    )


# ---- The glossary -------------------------------------------------------------------


@cache
def glossary_rows() -> tuple[tuple[tuple[str, ...], str, str, str], ...]:
    """Each row of the glossary: its terms, their meaning, the link to a notebook, its file."""
    text = (ROOT / "notebooks/glossary.md").read_text(encoding="utf-8")
    rows = _ROW.findall(text)
    return tuple((tuple(names.split(", ")), meaning, link, to) for names, meaning, link, to in rows)


def glossary() -> str:
    """The glossary as Sphinx's own, whose terms can be linked to and are found by the search."""
    entries = (
        "\n".join([*(name.replace("`", "") for name in names), f"  {meaning} ({link})"])
        for names, meaning, link, _ in glossary_rows()
    )
    # A fence of colons, so that the links in it are rewritten.
    return "\n\n".join(["~~~{glossary}", *entries]) + "\n~~~"


def terms_of(notebook: str) -> dict[str, str]:
    """The terms that a notebook explains first, as it may write them, each with its entry."""
    return {
        re.sub("s$", "", name.strip("`").lower()): name.strip("`")
        for names, _, _, file in glossary_rows()
        for name in names
        if file == notebook
    }


def link_terms(text: str, terms: dict[str, str]) -> str:
    """Text whose first mention of each term, in bold type, leads to the glossary.

    Terms that were found are taken out of ``terms``.
    """

    def link(match: re.Match[str]) -> str:
        shown = match[1].strip("`")
        entry = terms.pop(re.sub("s$", "", shown.lower()), None)
        return f"**{{term}}`{shown} <{entry}>`**" if entry else match[0]

    return re.sub(r"\*\*([^*\n]+)\*\*", link, text)


# ---- The reference ------------------------------------------------------------------


def write_reference(folder: Path) -> None:
    """Write a page for each folder of the package, from the docstrings of its public names."""
    folder.mkdir()
    for part in PARTS:
        text = f"# mnist_helpers.{part}\n\n```{{automodule}} mnist_helpers.{part}\n:members:\n```\n"
        text = text.replace("```{automodule}", "```{eval-rst}\n.. automodule::")
        text = text.replace("\n:members:", "\n   :members:")
        (folder / f"{part}.md").write_text(text, encoding="utf-8")
    rows = "\n".join(f"| [mnist_helpers.{part}]({part}.md) | {_summary(part)} |" for part in PARTS)
    index = folder / "index.md"
    index.write_text(Template(_REFERENCE).substitute(rows=rows), encoding="utf-8")


_REFERENCE = """\
# The package's reference

`mnist_helpers` has one folder for each step. Import what a folder offers, for example
`from mnist_helpers.data import load_mnist`.

| folder | what it has |
|---|---|
$rows
"""


def shorten(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Name the types of a class's variables as its signature does, without their modules."""
    lines[:] = [
        re.sub(r"\b(?=mnist_helpers\.)", "~", line) if line.startswith(":vartype") else line
        for line in lines
    ]


def _summary(part: str) -> str:
    return (import_module(f"mnist_helpers.{part}").__doc__ or "").split("\n\n")[0].strip()


# ---- The front page -----------------------------------------------------------------


def front_page() -> dict[str, str]:
    """What fills the gaps of the front page."""
    exercises = [path for path in course_notebooks() if path.parent.name == "exercises"]
    first = course_notebooks()[0].relative_to(ROOT).as_posix()
    return {
        "lessons": lesson_table(),
        "exercises": f"[The exercises]({exercises[0].relative_to(ROOT).as_posix()})",
        "quizzes": f"[the quizzes]({quizzes()[0]})",
        "colab": f"{COLAB.format(slug=repository())}{first}",
        "toc": contents(),
    }


def lesson_table() -> str:
    """The table of the notebooks, which the README has, with each one's exercises and quiz."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("\n## The notebooks\n")[1]
    table = _TABLE.search(section)
    assert table is not None, "the README has the table of the notebooks"
    with_practice = _LESSON.sub(lambda row: row[0] + practice(row[1]), table[0])
    return rewritten(with_practice, "README.md")


def practice(name: str) -> str:
    """Links from the front page to a notebook's exercises and quiz; "" if it has neither."""
    files = {
        "exercises": f"notebooks/exercises/{name}.ipynb",
        "quiz": f"notebooks/quizzes/{name}.md",
    }
    there = [f"[{words}]({file})" for words, file in files.items() if file in all_pages()]
    return f". Practise: {', '.join(there)}" if there else ""


def contents() -> str:
    """The lists of contents, in the order in which a reader goes on from page to page."""
    notebooks = [path.relative_to(ROOT).with_suffix("").as_posix() for path in course_notebooks()]
    lists = {
        "The notebooks": [one for one in notebooks if "exercises" not in one],
        "Exercises": [one for one in notebooks if "exercises" in one],
        "Quizzes": [one.removesuffix(".md") for one in quizzes()],
        "Beside the notebooks": ["notebooks/glossary", "how_far", "README"],
        "For teachers": ["docs/teaching", "docs/shared_machine", "docs/releasing"],
        "The network and the package": [
            *("mnist_helpers/weights/README", "benchmarks/README", "reference/index"),
            *(f"reference/{part}" for part in PARTS),
        ],
    }
    return "\n\n".join(
        "\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", "", *names, "```"])
        for caption, names in lists.items()
    )


# ---- How far it goes ----------------------------------------------------------------


def figures() -> dict[str, str]:
    """What fills the gaps of the page "How far it goes": measured figures, and nothing else."""
    folder, web, demo, page, memory = (
        json.loads((ROOT / "benchmarks" / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("folder", "web", "demo", "page", "memory")
    )
    processes = json.loads((ROOT / "benchmarks/processes.json").read_text(encoding="utf-8"))
    kinds = {"small": "MNIST's digits, 28×28", "large": "digits on larger pictures"}
    people = demo["visitors"]
    visitors = [
        ("the demo, with pauses", people["visitors"], people["paced"]),
        ("the demo, without pauses", people["visitors"], people["rushed"]),
        *(("the web page", row["clients"], row) for row in web["rows"]),
    ]
    kernels = {name: one["resident_mib"] for name, one in memory["notebooks"].items()}
    largest = max(kernels, key=lambda name: kernels[name])
    training = memory["training"]
    by_people = next(one for one in page["reader"] if one["name"] == "drawings of people")
    return {
        "folder": "\n".join(
            f"| {one['pictures']:,} {kinds[kind]} | {count} | {way['seconds']:.0f} "
            f"| {way['per_second']:.0f} |"
            for kind, one in folder["folders"].items()
            for count, way in one["ways"].items()
        ),
        "folder_machine": folder["machine"],
        "folder_runs": str(folder["runs"]),
        "visitors": "\n".join(
            f"| {what} | {count} | {row['per_second']:.0f} | {row['p95']:.0f} ms |"
            for what, count, row in visitors
        ),
        "demo_machine": demo["machine"],
        "web_machine": web["machine"],
        "page_megabytes": f"{page['page']['bytes'] / 1e6:.1f}",
        "page_first": f"{page['page']['first_answer']['p50']:.0f}",
        "page_times": str(page["page"]["first_answer"]["n"]),
        "page_each": f"{by_people['milliseconds']['p50']:.0f}",
        "largest_notebook": largest[:2],
        "largest_memory": f"{kernels[largest]:,}",
        "median_memory": f"{statistics.median(kernels.values()):,.0f}",
        "students": str(training["students"]),
        "training_images": f"{training['images']:,}",
        "students_unset": f"{training['settings']['nothing set']['together']['median']:.0f}",
        "students_set": f"{training['settings']['OMP_NUM_THREADS=1']['together']['median']:.0f}",
        "student_alone": f"{training['settings']['nothing set']['alone']['median']:.0f}",
        "memory_machine": memory["machine"],
        "processes": "\n".join(
            f"| {name} | {way['seconds_per_epoch']:.1f} "
            f"| {way['processor_seconds_per_epoch']:.1f} |"
            for name, way in processes["ways"].items()
        ),
        "processes_machine": processes["machine"],
    }


# ---- What Sphinx does not do --------------------------------------------------------


def describe(
    app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Give a page its description, for search engines and for those who share the link."""
    from docutils import nodes

    texts: Iterator[str] = iter(())
    if doctree is not None:
        texts = (" ".join(one.astext().split()) for one in doctree.findall(nodes.paragraph))
    found = next((text for text in texts if len(text) > 60), "")
    if len(found) > 200:
        found = f"{found[:197].rsplit(' ', 1)[0]} …"
    address = site_address(repository())
    facts = {
        "description": found,
        "og:type": "website",
        "og:title": re.sub("<[^>]*>", "", context.get("title", TITLE)),
        "og:description": found,
        "og:url": f"{address}{pagename}.html",
        "og:image": f"{address}_static/picture.png",
        "og:image:alt": "A square with a hand-drawn 7, the answer 7, and ten bars",
        "twitter:card": "summary_large_image",
    }
    lines = [
        f'<meta {"property" if name.startswith("og:") else "name"}="{name}" '
        f'content="{html.escape(html.unescape(value))}">'
        for name, value in facts.items()
    ]
    lines.append('<link rel="icon" href="data:,">')  # else browsers ask for a file
    context["metatags"] = "\n".join([context.get("metatags", ""), *lines])


def finish(site: Path) -> None:
    """Add the drawing square, the original notebooks for download, the sitemap and licences."""
    from mnist_helpers.recognizer import load_network
    from mnist_helpers.share import export_page

    model, facts = load_network()
    square = site / "draw.html"
    export_page(model, facts["min_energy"], square)
    framed = (FILES / "framed.html").read_text(encoding="utf-8")
    page = square.read_text(encoding="utf-8").replace("</body>\n", framed)
    square.write_text(page, encoding="utf-8")
    for path in course_notebooks():
        shutil.copyfile(path, site / "_sources" / path.relative_to(ROOT))
    # Some cells name a picture in HTML, which Sphinx does not read.
    shutil.copytree(ROOT / "notebooks/images", site / "notebooks/images")
    shutil.copyfile(ROOT / PICTURE, site / "_static/picture.png")
    (site / "LICENCES.txt").write_text(f"{credits_text()}\n\n{licence_text()}", encoding="utf-8")
    (site / ".nojekyll").touch()  # GitHub would leave out folders that begin with an underscore
    (site / MARK).touch()
    for name in ("objects.inv", ".buildinfo"):
        (site / name).unlink(missing_ok=True)
    (site / "sitemap.xml").write_text(sitemap(site), encoding="utf-8")


def sitemap(site: Path) -> str:
    """The list of pages for search engines."""
    pages = sorted(one.relative_to(site).as_posix() for one in site.rglob("*.html"))
    left_out = {"search.html", "genindex.html", "py-modindex.html"}
    lines = "".join(
        f"<url><loc>{html.escape(site_address(repository()) + page)}</loc></url>\n"
        for page in pages
        if page not in left_out and not page.startswith("_")
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{lines}</urlset>\n'
    )


if __name__ == "__main__":
    sys.exit(main())
