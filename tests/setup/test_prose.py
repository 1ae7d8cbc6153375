"""The check of spelling and links: what it finds, what it leaves alone, and whom it asks."""

import http.server
import threading

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import prose

PAGE = """\
# Two colours

A sentense about `sentenses`, DigitCNN, 28x28, fit_one and $sentensx$.
It is is doubled. See [here](#two-colours), [there](other.md#above) and [nowhere](gone.md).
![](a.png) ![A picture](a.png)

    sentensz = 1
"""
CODE = '''\
"""A docstrign."""

words = {"sentensq": 1}
print("It prints a sentensw.")  # a commment
labels = f"Sentensu {words}", "sentensv sentenst", "import sentenss, sentensr"
'''


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project, whose own list has one word."""
    monkeypatch.setattr(prose, "ROOT", tmp_path)
    monkeypatch.setattr(prose, "repository", lambda: prose.PLACEHOLDER)
    (tmp_path / "tools").mkdir()
    (tmp_path / prose.WORDS).write_text("MNIST\n")
    (tmp_path / "a.png").touch()
    (tmp_path / "other.md").write_text("# Above\n\nMNIST's digits\n")
    prose.anchors.cache_clear()
    return tmp_path


def test_unknown_and_doubled_words_and_dead_links_of_a_page_are_named_with_their_lines(project):
    (project / "page.md").write_text(PAGE)
    first, *rest = prose.find_problems()
    assert first.startswith("page.md:3: 'sentense' is not in the dictionary (")
    assert "sentence" in first
    assert rest == [
        "page.md:4: 'is' is written twice",
        "page.md:4: the link gone.md leads to no file of the project",
        "page.md:5: the picture a.png has no text alternative",
    ]


@pytest.mark.parametrize("anchor", ["above-1", "Above", "below"])
def test_an_anchor_must_be_a_heading_of_the_file(project, anchor):
    (project / "page.md").write_text(f"[there](other.md#{anchor})\n")
    (problem,) = prose.find_problems()
    assert f"other.md#{anchor} leads to no heading of other.md" in problem


def test_what_the_notebooks_make_is_not_read(project):
    ignored = (prose.Path(__file__).parents[2] / ".gitignore").read_text(encoding="utf-8").split()
    made = [line for line in ignored if line.startswith("notebooks/")]
    assert {"notebooks/space/", "notebooks/digits.html"} <= set(made)
    for name in made:
        path = project / name / "README.md" if name.endswith("/") else project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("A sentense, and a [link](gone.md).\n")
    assert prose.find_problems() == []


def test_a_link_must_not_leave_the_project(project):
    (project.parent / "outside.md").touch()
    (project / "page.md").write_text("[there](../outside.md)\n")
    assert "leads to no file" in prose.find_problems()[0]


def test_docstrings_comments_and_printed_sentences_are_read_and_data_is_not(project):
    (project / "mnist_helpers").mkdir()
    (project / "mnist_helpers/code.py").write_text(CODE)
    found = [problem.partition(" is not")[0] for problem in prose.find_problems()]
    place = "mnist_helpers/code.py:"
    assert found == [
        f"{place}1: 'docstrign'",
        f"{place}4: 'commment'",
        f"{place}4: 'sentensw'",
        f"{place}5: 'Sentensu'",
    ]


def test_a_notebooks_cells_are_read(project):
    (project / "notebooks").mkdir()
    cells = [new_markdown_cell("Fine.\n\nWorng."), new_code_cell("1  # worng\nworng")]
    nbformat.write(new_notebook(cells=cells), project / "notebooks/01_data.ipynb")
    found = [problem.partition(" is not")[0] for problem in prose.find_problems()]
    start = "notebooks/01_data.ipynb, cell "
    assert found == [f"{start}1, line 3: 'Worng'", f"{start}2, line 1: 'worng'"]


@pytest.mark.parametrize("word", ["recognise", "colour", "standardise", "grey", "labelled"])
def test_the_spelling_is_british_with_ise(project, word):
    (project / "page.md").write_text(f"{word}\n")
    assert prose.find_problems() == []


@pytest.mark.parametrize("word", ["recognize", "color", "standardize", "labeled"])
def test_american_spelling_is_found(project, word):
    (project / "page.md").write_text(f"{word}\n")
    assert len(prose.find_problems()) == 1


def test_the_own_list_has_no_word_that_nothing_needs_and_is_in_order(project):
    (project / prose.WORDS).write_text("MNIST\nGradio\n")
    assert prose.find_problems() == [
        "tools/words.txt: 'Gradio' is no longer needed",
        "tools/words.txt: the words are not in alphabetical order",
    ]


# Links to elsewhere


class Answers(http.server.BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012

    def do_GET(self):
        self.asked.append(f"{self.command} {self.path}")
        if self.path == "/nonsense":
            self.wfile.write(b"220 ftp ready\r\n")
            return
        answer = {
            "/good": 200,
            "/no-head": 405 if self.command == "HEAD" else 200,
            "/late": 503 if len(self.asked) < 3 else 200,
            "/down": 503,
            "/forbidden": 403,
        }
        self.send_response(answer.get(self.path, 404))
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(Answers, "asked", [])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "reason", "requests"),
    [
        ("/good", "", 1),
        ("/no-head", "", 2),
        ("/late", "", 3),
        ("/forbidden", "", 1),  # it is there, though not for programs
        ("/down", "503 Service Unavailable", 6),
        ("/gone", "404 Not Found", 2),
        ("/nonsense", "220 ftp ready", 6),  # no answer in HTTP
    ],
)
def test_a_link_is_dead_only_if_its_server_says_so_or_stays_silent(server, path, reason, requests):
    assert prose.why_dead(server + path, wait=0) == reason
    assert len(Answers.asked) == requests


def test_a_server_that_is_not_there_is_dead(closed_port):
    assert "refused" in prose.why_dead(f"http://127.0.0.1:{closed_port}/", wait=0)


def test_only_links_to_elsewhere_are_asked(project, monkeypatch, capsys):
    (project / "page.md").write_text(
        "[a](https://a.org/x#y), [b](other.md), "
        f"[c](https://github.com/{prose.PLACEHOLDER}),\n"
        "https://b.org/z and http://127.0.0.1:8000/, [again](https://a.org/x)\n"
    )
    (project / "code.py").write_text("# It must look like https://c.org/owner/name.\n")
    dead = {"https://b.org/z": "404 Not Found"}
    monkeypatch.setattr(prose, "why_dead", lambda address: dead.get(address, ""))
    assert prose.main(["--foreign"]) == 1
    assert capsys.readouterr().out == (
        "2 addresses checked.\npage.md:2: https://b.org/z does not answer: 404 Not Found\n"
    )
