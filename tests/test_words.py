"""The project's prose avoids phrases that are wrong here: translated English, and a word for two
things. It reads pages, docstrings, comments and the sentences that people see.
"""

import re
from bisect import bisect_right
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROSE = (
    *(
        "*.md",
        "docs/*.md",
        "notebooks/*.md",
        "notebooks/quizzes/*.md",
        "benchmarks/*.md",
        "benchmarks/*.py",
    ),
    *(
        "tools/**/*.py",
        "tools/**/*.txt",
        "tools/grading_files/*.md",
        "mnist_helpers/**/*.py",
        "mnist_helpers/**/*.md",
    ),
    *("mnist_helpers/page/**/*.js", "mnist_helpers/page/**/*.html", "Makefile"),
)
NOT_OURS = ("LICENSE",)

THING = "digit|stroke|batch|picture|image|letter|notebook|file|folder|number"
# What is wrong wherever it stands, and what to write instead.
RULES = {
    r"\bshall\b": "should, must or will",
    r"\b(without|over) (a|the|any) network\b": "without the internet, over the local network",
    r"(\bneeds?|\buses?|[:,]) no network\b(?! (of|that|was)\b)": "without the internet",
    r"\bno network (at all|is needed)\b": "no internet connection",
    r"\bto (your|its|the whole) network\b|\bits whole network\b": "the local network",
    r"\bnetwork (may be used|connection)\b": "the internet, an internet connection",
    r"\b(place|page|server|had|got|gets?) for nothing\b": "free of charge",
    r"\b(takes?|took|taken)( \S+){0,4} for (lost|none|no)\b": "gives it up, mistakes it for ...",
    r"\b(who|what \w+) is told\b": "who receives it",
    r"(?<!there )\b(is|are|was|were) no (" + THING + r")(s|es)?\b": "is not a ...",
    r"\b(what|that) (is|are) none\b": "other things",
    r"\bpen's way\b": "the pen's path",
    r"\bhand(s|ed)? (\w+ )?over\b": "gives, passes, returns",
    r"\b(?<!and )so:": "like this:",
    r"\blea(ves?|ving) (it|them) so\b": "leaves it that way, unchanged",
    r"\b(?-i:Who) [a-z][^.?]{,120}\.": "Whoever, or anybody who",
    r"\ballow(s|ed)? to\b": "allows you to",
    r"\bprinted frames?\b": "a printed border or box; framing is what is done to a digit",
}


def read(text):
    """Each wrong phrase in a text, also across lines: its line, the phrase, and what is better."""
    words, lines, starts, length = [], [], [], 0
    for number, line in enumerate(text.splitlines(), 1):
        for word in re.sub(r"^\s*(#+|//|\*|[rf]*[\"'`]+)|[\"'`]+$", " ", line).split():
            words.append(word)
            lines.append(number)
            starts.append(length)
            length += len(word) + 1
    whole = " ".join(words)
    for pattern, better in RULES.items():
        for match in re.finditer(pattern, whole, re.IGNORECASE):
            yield lines[bisect_right(starts, match.start()) - 1], match[0], better


def files():
    found = {path for pattern in PROSE for path in ROOT.glob(pattern) if path.is_file()}
    return sorted(path for path in found if not any(name in path.name for name in NOT_OURS))


def test_the_prose_has_no_wrong_phrases():
    assert len(files()) > 100
    found = [
        f"{path.relative_to(ROOT)}:{line}: {phrase!r}. Better: {better}"
        for path in files()
        for line, phrase, better in read(path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("a page that shall open", "a page that should open"),
        ("It works without a network.", "It works without a neural network."),
        ("one file: no server, no network", "on which no network was trained"),
        ("opens it to your network", "opens it to your local network"),
        ("whether the network may be used", "whether the network may change"),
        ("a public place for nothing", "it waits for nothing, black for nothing"),
        ("takes it for lost", "takes it for a walk"),
        ("Reporters: who is told how it goes.", "They can be told apart."),
        ("things that are no digits", "a sentence if there is no digit"),
        ("Refuse what is no batch.", "There is no batch, or it is no longer there."),
        ('"""Ink around the pen\'s way."""', "the pen's path"),
        ("It hands over the file.", "It gives the file."),
        ("Programs ask the page so:", "It is small, and so: fast"),
        ("# Waits.\n# Who waits longer, stops.", "Who waits longer?"),
        ('f"every computer over "\n    f"the network"', "over the\n    internet"),
    ],
)
def test_the_rules_find_what_is_wrong_and_leave_what_is_right(wrong, right):
    assert list(read(wrong))
    assert not list(read(right))
