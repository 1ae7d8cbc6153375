"""Checks the spelling and the links of everything that people read here, notebooks included.

python -m tools.prose             list each unknown or doubled word, and each broken link
python -m tools.prose --foreign   check that the links to other sites still work

The dictionary is British, with -ise. Words that it lacks are in tools/words.txt, one a line; a word
listed there with a capital must have it. Code, addresses, formulas and the names of things
in code (`fit_one`, DigitCNN, 28x28) are not looked up.
"""

import argparse
import http.client
import importlib.metadata
import json
import re
import string
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from html.parser import HTMLParser
from itertools import groupby
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, String, _TokenType
from spylls.hunspell import Dictionary

from tools.links import BINDER_START, PLACEHOLDER, ROOT, repository

WORDS = "tools/words.txt"
PROSE = (
    *("*", "docs/*", "requirements/*", ".binder/*", ".ci/*", ".github/**/*", ".devcontainer/*"),
    *("benchmarks/*", "mnist_helpers/**/*", "notebooks/**/*", "tests/**/*", "tools/**/*"),
)
# Notebooks 03 and 07 make some of these, and git ignores them.
MADE = ("notebooks/checkpoints/", "notebooks/digits.html", "notebooks/space/")
ANSWERS = "tests/lessons/wrong_answers/"  # code of students
NOT_OURS = ("LICENSE", "tools/slides_files/offline/static/", ANSWERS, WORDS, *MADE)
LINKED = (".md", ".ipynb")
TEXT = (".md", ".txt", ".ipynb", ".html")
LANGUAGES = {
    ".py": "python",
    ".js": "javascript",
    ".css": "css",
    ".bat": "batch",
    ".yml": "yaml",
    ".yaml": "yaml",
    ".cff": "yaml",
    ".toml": "toml",
    "Makefile": "make",
    **dict.fromkeys([".sh", "run", "start", "postBuild", "proven.txt"], "bash"),
}
SPEAKS = ("mnist_helpers/", "tools/", "notebooks/")  # people see the sentences in their strings

RESERVED = (".example", ".invalid", "127.0.0.1")  # no public server answers there
HEADERS = {"User-Agent": "Mozilla/5.0 (a check of links)"}

_MARKDOWN = MarkdownIt("commonmark").enable("table")
# In a docstring an indent does not make code, and two underscores don't make bold type.
_CODE = MarkdownIt("commonmark").disable(["code", "emphasis"])

_SIGNS = re.compile(
    r"^[ \t]*(#+!?|//+|/\*+|\*(?!/)|::|rem\b)|\*/|^[rR]?\"\"\"|\"\"\"$", re.MULTILINE
)
_FRONT_MATTER = re.compile(r"^---\n(\w+: .*\n)+---$", re.MULTILINE)
_PRAGMA = re.compile(r"\b(noqa|type: ignore|fmt: \w+)\b.*")
# What tells a sentence in a string from data: a capital first, punctuation, or a small word.
_SENTENCE = re.compile(
    r"""(?!\W*import )(\w*\W*[A-Z][\w-]* \w|.*[a-z][.,;:?!] |"""
    r""".* (a|an|and|for|in|is|no|not|of|on|or|the|to|with) )""",
    re.DOTALL,
)
_NAME = re.compile(
    r"[\d_\\=@#{}<>$%&*+~^|]|\w[.(\[:]\w|[a-z][A-Z]|^(--?|\.\.?/?)\w|^/|/$|/.*/"
    r'|^"\w+"\W*$'
)
_WORD = re.compile(r"[^\W\d_]{2,}(?:['’][^\W\d_]+)*")
_ADDRESS = re.compile(r"https?://[^\s<>()\"'`]*[^\s<>()\"'`.,;:]")


@dataclass
class Page:
    """What people read in one file or cell; lines count from 1."""

    paragraphs: list[dict[int, str]] = field(default_factory=list)  # lines by number
    links: list[tuple[int, str, str | None]] = field(default_factory=list)  # where, target, alt
    headings: list[str] = field(default_factory=list)


class _Html(HTMLParser):
    """Adds the text, the links and the pictures of a piece of HTML to a page."""

    def __init__(self, page: Page, line: int) -> None:
        super().__init__()
        self.page, self.line, self.silent = page, line, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent = tag in ("script", "style", "code", "pre")
        line, found = self.line + self.getpos()[0] - 1, dict(attrs)
        if tag == "img":
            self.page.links.append((line, found.get("src") or "", found.get("alt") or ""))
        elif tag == "a" and found.get("href"):
            self.page.links.append((line, found["href"] or "", None))
        for name in ("alt", "title", "aria-label", "placeholder"):
            self.page.paragraphs.append({line: found.get(name) or ""})

    def handle_endtag(self, tag: str) -> None:
        self.silent = False

    def handle_data(self, data: str) -> None:
        first = self.line + self.getpos()[0] - 1
        if not self.silent:
            self.page.paragraphs.append(dict(enumerate(data.split("\n"), first)))


def read_html(text: str, page: Page | None = None, line: int = 1) -> Page:
    """The page of a piece of HTML that begins in this line; it is added to ``page`` if given."""
    page = page or Page()
    _Html(page, line).feed(text)
    return page


def read_markdown(text: str, *, in_code: bool = False) -> Page:
    """The page of a Markdown text, or of docstrings and comments, which are nearly Markdown."""
    page, line, before = Page(), 1, ""
    text = _FRONT_MATTER.sub(lambda data: "\n" * data[0].count("\n"), text)
    for token in (_CODE if in_code else _MARKDOWN).parse(text):
        line = token.map[0] + 1 if token.map else line
        if token.type == "html_block":
            read_html(token.content, page, line)
        elif token.type == "inline":
            at, lines = line, {line: ""}
            for child in token.children or ():
                if child.type in ("softbreak", "hardbreak"):
                    at += 1
                    lines[at] = ""
                elif child.type == "text":
                    lines[at] += child.content
                elif child.type == "code_inline":
                    lines[at] += "0"  # not a word, nor is what is written onto it
                elif child.type == "html_inline":
                    read_html(child.content, page, at)
                elif child.type == "image":
                    page.links.append((at, str(child.attrs["src"]), child.content))
                    lines[at] += f" {child.content} "
                elif child.type == "link_open":
                    page.links.append((at, str(child.attrs["href"]), None))
            page.paragraphs.append(lines)
            if before == "heading_open":
                page.headings.append(
                    "".join(c.content for c in token.children or () if c.type != "image")
                )
        before = token.type
    return page


@cache
def _role(kind: _TokenType) -> str:
    """What a token of this kind is to a reader: comment, doc, string or nothing."""
    if kind in Comment and kind not in Comment.Preproc:
        return "comment"
    return "doc" if kind in String.Doc else "string" if kind in String else ""


def _shown(kind: _TokenType, value: str) -> str:
    """What a reader sees of a token."""
    if kind in String.Interpol:
        return "0"  # f"{n}th" is not the word "th"
    if kind in String.Escape:
        return "\n" * value.count("\n") or " "
    return _PRAGMA.sub("", _SIGNS.sub(" ", value)) if _role(kind) in ("comment", "doc") else value


def read_code(text: str, language: str, *, strings: bool = False) -> Page:
    """The page of a program: its docstrings and comments, and the sentences in its strings."""
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    kept = []
    for role, tokens in groupby(lexer.get_tokens(text), key=lambda token: _role(token[0])):
        value = "".join(_shown(*token) for token in tokens)
        if role == "string" and not (strings and _SENTENCE.match(value)):
            role = ""
        kept.append(value if role else "\n" * value.count("\n") or " ")
    page = read_markdown("".join(kept), in_code=True)
    page.links.clear()  # a text that a program writes links to what is there then
    return page


def prose_files() -> list[Path]:
    """The files that hold prose of this project, in order."""
    found = {path for pattern in PROSE for path in ROOT.glob(pattern) if path.is_file()}
    return sorted(
        path
        for path in found
        if (path.suffix in TEXT or path.suffix in LANGUAGES or path.name in LANGUAGES)
        and not path.relative_to(ROOT).as_posix().startswith(NOT_OURS)
        and ".ipynb_checkpoints" not in path.parts
    )


def read_file(path: Path) -> Iterator[tuple[str, Page]]:
    """The pages of a file, one for each cell, with how the name of a place in it begins."""
    name = path.relative_to(ROOT).as_posix()
    strings = name.startswith(SPEAKS)
    if path.suffix == ".ipynb":
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for number, cell in enumerate(cells, start=1):
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                page = read_markdown(source)
            else:
                page = read_code(source, "python", strings=strings)
            yield f"{name}, cell {number}, line ", page
        return
    text = path.read_text(encoding="utf-8")
    language = LANGUAGES.get(path.name) or LANGUAGES.get(path.suffix)
    if path.suffix == ".html":
        page = read_html(text)
    elif language:
        page = read_code(text, language, strings=strings)
    else:
        page = read_markdown(text)
    yield f"{name}:", page


# Spelling


@cache
def _dictionary() -> Dictionary:
    files = importlib.metadata.files("jupyterlab-spellchecker") or []
    (file,) = (file for file in files if file.name == "en_GB-ise.dic")
    return Dictionary.from_files(str(Path(file.locate()).with_suffix("")))


class Speller:
    """Looks words up in the dictionary, then in the project's own list."""

    def __init__(self, own: list[str]) -> None:
        self.dictionary = _dictionary()
        self.own = set(own)
        self.needed: set[str] = set()
        self.knows, self.suggestions = cache(self._knows), cache(self._suggestions)

    def _knows(self, word: str) -> bool:
        word = re.sub("'s?$", "", word.replace("’", "'"))
        if self.dictionary.lookup(word):
            return True
        found = self.own & {word, word[0].lower() + word[1:]}
        self.needed |= found
        return bool(found)

    def _suggestions(self, word: str) -> list[str]:
        """What may have been meant, the likeliest first."""
        own = get_close_matches(word, self.own, n=2, cutoff=0.8)
        return list(dict.fromkeys([*own, *self.dictionary.suggest(word)]))[:3]


def spelling(page: Page, speller: Speller) -> Iterator[tuple[int, str]]:
    """Each unknown or doubled word of a page: its line, and what is wrong."""
    for paragraph in page.paragraphs:
        before = ""
        for line, text in paragraph.items():
            for piece in text.split():
                bare = piece.strip(string.punctuation + "“”‘’…–—")
                if piece[0].isalpha() and bare.isalpha() and bare.lower() == before:
                    yield line, f"{before!r} is written twice"
                before = bare.lower() if piece[-1].isalpha() and piece.endswith(bare) else ""
                if _NAME.search(piece.strip("()[]',;:!?*“”‘’…").rstrip(".")):
                    continue
                for word in _WORD.findall(bare):
                    if not speller.knows(word):
                        meant = ", ".join(speller.suggestions(word)) or "no suggestion"
                        yield line, f"{word!r} is not in the dictionary ({meant})"


def find_problems(paths: list[Path] | None = None) -> list[str]:
    """Describe every mistake in these files (by default in all): place, mistake, suggestions."""
    own = (ROOT / WORDS).read_text(encoding="utf-8").split()
    speller, problems = Speller(own), []
    for path in paths or prose_files():
        for start, page in read_file(path):
            found = list(spelling(page, speller))
            if path.suffix in LINKED:
                found += broken_links(page, path)
            problems += [f"{start}{line}: {what}" for line, what in sorted(found)]
    if paths is None:
        unneeded = sorted(speller.own - speller.needed)
        problems += [f"{WORDS}: {word!r} is no longer needed" for word in unneeded]
        if own != sorted(set(own), key=lambda word: (word.casefold(), word)):
            problems.append(f"{WORDS}: the words are not in alphabetical order")
    return problems


# Links


@cache
def anchors(path: Path) -> frozenset[str]:
    """What may follow # in a link to this file: GitHub's names, and Jupyter's in a notebook."""
    seen: Counter[str] = Counter()
    for name in (heading for _, page in read_file(path) for heading in page.headings):
        if path.suffix == ".ipynb":
            seen[name.replace(" ", "-")] += 1
        else:
            seen[re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-")] += 1
    again = (f"{name}-{n}" for name, times in seen.items() for n in range(1, times))
    return frozenset([*seen, *again])


def find_target(link: str, path: Path, slug: str) -> tuple[Path, str] | None:
    """The file and the anchor that a link in ``path`` leads to; None if it leads elsewhere."""
    address, _, anchor = link.partition("#")
    for start, folder in (
        (f"https://github.com/{slug}/blob/main/", ROOT),
        (f"https://colab.research.google.com/github/{slug}/blob/main/", ROOT),
        (f"https://{BINDER_START.format(slug=slug)}", ROOT / "notebooks"),
    ):
        if address.startswith(start):
            return folder / unquote(address.removeprefix(start)), anchor
    if urlsplit(address).scheme:
        return None
    return (path.parent / unquote(address)).resolve() if address else path, anchor


def broken_links(page: Page, path: Path) -> Iterator[tuple[int, str]]:
    """Each link of a page that leads to nothing in the project, and each picture without words."""
    for line, link, alt in page.links:
        if alt is not None and not alt.strip():
            yield line, f"the picture {link} has no text alternative"
        target = find_target(link, path, repository())
        if target is None:
            continue
        file, anchor = target
        if not (file.exists() and file.is_relative_to(ROOT)):
            yield line, f"the link {link} leads to no file of the project"
        elif anchor and anchor not in anchors(file):
            meant = ", ".join(get_close_matches(anchor, anchors(file))) or "no suggestion"
            yield line, f"the link {link} leads to no heading of {file.name} ({meant})"


def foreign_links() -> dict[str, str]:
    """Each address outside the project that its pages name, with the first place that does.

    An address in a program may be an example, such as one in the message of an error.
    """
    found: dict[str, str] = {}
    for path in prose_files():
        if path.suffix not in TEXT:
            continue
        for start, page in read_file(path):
            linked = [(line, link) for line, link, _ in page.links if path.suffix in LINKED]
            shown = [
                (line, link)
                for paragraph in page.paragraphs
                for line, text in paragraph.items()
                for link in _ADDRESS.findall(text)
            ]
            for line, link in (*linked, *shown):
                host = urlsplit(link).hostname or ""
                if "." in host and PLACEHOLDER not in link and not host.endswith(RESERVED):
                    found.setdefault(link.partition("#")[0], f"{start}{line}")
    return found


def why_dead(address: str, *, tries: int = 3, wait: float = 5.0) -> str:
    """Why an address does not work; empty if it works, or if the server only refuses programs.

    A server that is down or does not answer is asked ``tries`` times, ``wait`` seconds apart.
    """
    reason = ""
    for attempt in range(tries):
        time.sleep(wait * bool(attempt))
        for method in ("HEAD", "GET"):  # some servers answer only the second
            request = urllib.request.Request(address, headers=HEADERS, method=method)
            try:
                with urllib.request.urlopen(request, timeout=20):
                    return ""
            except urllib.error.HTTPError as error:
                if error.code in (401, 403, 429):
                    return ""
                reason = f"{error.code} {error.reason}"
            except (OSError, http.client.HTTPException, ValueError) as error:
                reason = str(error).strip()
        if reason.startswith(("404", "410")):
            break
    return reason


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.prose", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--foreign", action="store_true", help="check only links to other sites")
    options = parser.parse_args(arguments)
    if options.foreign:
        links = foreign_links()
        with ThreadPoolExecutor(8) as pool:
            answers = dict(zip(links, pool.map(why_dead, links), strict=True))
        problems = [f"{links[a]}: {a} does not answer: {why}" for a, why in answers.items() if why]
        print(f"{len(links)} addresses checked.")
    else:
        problems = find_problems()
    print("\n".join(problems) or "No mistakes found.")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
