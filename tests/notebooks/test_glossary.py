"""The glossary has every term of the series, with the notebook that explains it first."""

import re

import nbformat
import pytest

from tools.notebooks import FOLDER

NOTEBOOKS = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
ROW = re.compile(r"^\| (.+?) \| (.+?) \| \[(\d\d)\]\((\S+)\) \|$", re.MULTILINE)
LONGEST = 4  # words; what is longer, in bold, is a sentence that should stand out
EMPHASIS = {"for each map", "random number", "short", "touching digit", "worse"}


def prose(path):
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def plain(term):
    """A term as it is looked up: without code signs, capitals, an amount, or the s of several."""
    term = re.sub(r"^\d+ % ", "", term.strip("`").lower())
    return re.sub(r"(?<=ss)es$|(?<=[a-z]{3})(?<!s)s$", "", term)


def new_terms(text):
    """The terms in bold type; neither questions, nor sentences, nor what begins a paragraph."""
    for term in re.findall(r"\*\*([^*]+)\*\*", text):
        if len(term.split()) <= LONGEST and not term.endswith((".", "?", ":")):
            yield plain(term)


def rows():
    return ROW.findall((FOLDER / "glossary.md").read_text(encoding="utf-8"))


def glossary():
    """The number of the notebook of every term, whose row may give it several names."""
    return {plain(name): number for names, _, number, _ in rows() for name in names.split(", ")}


def first_places():
    """The number of the notebook in which each term stands first in bold type."""
    found = {}
    for path in NOTEBOOKS:
        for term in new_terms(prose(path)):
            found.setdefault(term, path.name[:2])
    return {term: number for term, number in found.items() if term not in EMPHASIS}


def test_every_term_in_bold_type_is_there_with_the_notebook_that_has_it_first():
    known, first = glossary(), first_places()
    assert len(first) > 60
    faults = [
        f"{term!r} is explained in {number}; the glossary says {known.get(term, 'nothing')}"
        for term, number in first.items()
        if known.get(term) != number
    ]
    assert not faults, "\n".join(["", *faults])


def test_the_other_terms_stand_in_the_notebook_that_is_named():
    texts = {path.name[:2]: prose(path).lower() for path in NOTEBOOKS}
    first = first_places()
    missing = [
        f"{names} in {number}"
        for names, _, number, _ in rows()
        if not any(
            plain(name) in first or plain(name) in texts[number] for name in names.split(", ")
        )
    ]
    assert not missing


def test_a_row_is_a_term_one_or_two_sentences_and_a_link_in_the_order_of_the_alphabet():
    text = (FOLDER / "glossary.md").read_text(encoding="utf-8")
    found = rows()
    assert text.count("\n|") == len(found) + 2, "a row that is written differently"
    names = [row[0].lower() for row in found]
    assert names == sorted(names)
    assert len(glossary()) == sum(len(row[0].split(", ")) for row in found), "a term stands twice"
    for term, meaning, number, link in found:
        assert link.startswith(number), term
        assert (FOLDER / link).is_file(), term
        assert 1 <= len(re.findall(r"[.)](?= |$)", meaning)) <= 3, term
        assert len(meaning.split()) <= 40, term


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("The **loss** falls.", ["loss"]),
        ("a **`Dataset`**, its **pixels** and **classes**", ["dataset", "pixel", "class"]),
        ("a **95 % confidence interval**", ["confidence interval"]),
        ("**Settings.** Leave them. **How much is it?** Guess.", []),
        ("so **one and the same filter everywhere** is used", []),
    ],
)
def test_terms_in_bold_are_told_from_questions_and_sentences(text, terms):
    assert list(new_terms(text)) == terms
