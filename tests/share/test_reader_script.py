"""The reader's modules become one script, and have the constants of the Python that they mirror."""

import ast
import re

from mnist_helpers._support import centring, limits
from mnist_helpers.framing import (
    cutting,
    finding,
    frames,
    ink,
    line,
    parts,
    sheet,
    squares,
    writing,
)
from mnist_helpers.page import script_of
from mnist_helpers.page.parts import STATIC
from mnist_helpers.recognizer import non_digits, numbers, one_or_seven, prediction, recognizer, ways

SOURCES = {path.name: path.read_text(encoding="utf-8") for path in (STATIC / "reader").iterdir()}
IMPORT = re.compile(r'^import \{ (.+) \} from "\./(\w+)\.js";\n', re.M)
NAME = r"(?:async )?(?:function\*?|const|let|class) (\w+)"
# A literal under a name in capitals; an expression is the JavaScript's own business.
CONSTANT = re.compile(r'^(?:export )?const ([A-Z][A-Z_]+) = ([\d._]+|"[^"]*");', re.M)
MIRRORED = (
    *(limits, centring, ink, parts, frames, finding, sheet, squares, cutting, line, writing),
    *(non_digits, one_or_seven, recognizer, prediction, numbers, ways),
)
OWN = {"BLOCK"}  # which the JavaScript alone has


def test_every_module_comes_after_those_it_imports_and_names_what_they_export():
    for source in SOURCES.values():
        assert len(source.splitlines()) <= 250
        assert "import" not in IMPORT.sub("", source).split()
        for names, needed in IMPORT.findall(source):
            found = SOURCES[f"{needed}.js"]
            exported = re.findall(rf"^export {NAME}", found, re.M)
            assert set(names.split(", ")) <= set(exported)
            script = script_of("reader/reader.js")
            assert script.index(first_name(found)) < script.index(first_name(source))


def first_name(source):
    """The line of a module that first defines something, as it stands in the script."""
    return re.search(rf"^(?:export )?({NAME}.*)", source, re.M)[1]


def test_no_two_modules_define_the_same_name():
    """In one script, the later one would replace the earlier one, or the script would not run."""
    names = {
        name: re.findall(rf"^(?:export )?{NAME}", source, re.M) for name, source in SOURCES.items()
    }
    everything = [one for found in names.values() for one in found]
    assert sorted(everything) == sorted(set(everything))
    script = script_of("reader/reader.js")
    assert not re.search(r"^\s*(import|export)\b", script, re.M)
    assert sorted(re.findall(rf"^{NAME}", script, re.M)) == sorted(everything)


def test_the_constants_are_those_of_python():
    found = {}
    for source in SOURCES.values():
        found |= {name: ast.literal_eval(text) for name, text in CONSTANT.findall(source)}
    wanted = {}
    for module in MIRRORED:
        wanted |= {name: getattr(module, name) for name in found if hasattr(module, name)}
    assert set(found) - set(wanted) == OWN
    assert {name: found[name] for name in wanted} == wanted
    assert len(wanted) >= 30


def test_halves_are_rounded_to_even_numbers_as_in_python():
    assert not [name for name, source in SOURCES.items() if "Math.round(" in source]
