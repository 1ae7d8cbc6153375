"""The website: links, search, the drawing square, accessibility, no requests to other hosts."""

import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from urllib.parse import unquote, urlsplit

import pytest

from tools import site
from tools.browser import draw, needs_chromium, static_server, watch
from tools.handwriting import PLAIN
from tools.links import PLACEHOLDER, repository, site_address

# Sphinx's extensions use what its next versions will lack.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")

# One page of each type.
KINDS = (
    *("index.html", "notebooks/02_cnn.html", "notebooks/06_demo.html"),
    *("notebooks/exercises/01_data.html", "notebooks/quizzes/02_cnn.html"),
    *("notebooks/glossary.html", "how_far.html"),
    *("docs/teaching.html", "benchmarks/README.html", "reference/data.html", "search.html"),
)
NAME = "mnist-notebooks"
SERIOUS = ("serious", "critical")
# Rows, entries, sections, tables, cells of code, and words of one colour look alike. The check of
# colours needs a minute for all of them, so it sees the first ones only.
LEAVE_OUT_ALIKE = """() => {
    const alike = `tr:nth-child(n+4), dt:nth-of-type(n+9), dd:nth-of-type(n+9),
        dl.py:nth-of-type(n+5), section section:nth-of-type(n+6):not(:has(.cell)),
        li:nth-child(n+6):not(.current, :has(.current))`;
    const all = (which) => [...document.querySelectorAll(which)];
    const kind = (one) => `${one.tagName} ${one.className}`;
    const kinds = (one) => [one, one.parentElement, one.parentElement.parentElement].map(kind);
    const seen = new Set();
    const words = all("code span, pre span").filter(
        (one) => !one.closest("a") && !one.children.length
            && seen.size === seen.add(kinds(one).join()).size,
    );
    const more = [...all(".cell_input, .cell_output pre").slice(4), ...all("table").slice(4)];
    for (const one of [...all(alike), ...more, ...words]) one.remove();
}"""
RUN_AXE = """async (rule) => {
    const tags = {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]};
    const runOnly = rule ? {type: "rule", values: [rule]} : tags;
    const options = {runOnly, resultTypes: ["violations"], iframes: false, preload: false};
    return (await axe.run(document, options)).violations;
}"""
PHONE, DESK = {"width": 375, "height": 812}, {"width": 1280, "height": 900}


class Page(HTMLParser):
    """What a page links to and loads, and the anchors that it has."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.anchors = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        has = dict(attributes)
        self.anchors.update(filter(None, [has.get("id"), has.get("name")]))
        if tag == "a" and has.get("href"):
            self.links.append(has["href"])
        elif tag == "link" and has.get("rel") in ("stylesheet", "icon", "preload", "preconnect"):
            self.loads.append(has["href"])
        elif has.get("src"):
            self.loads.append(has["src"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The whole site, made once."""
    for name in ("myst_nb", "sphinx_book_theme"):
        pytest.importorskip(name, reason=f"{name} is not installed")
    out = tmp_path_factory.mktemp("site") / NAME
    site.make_site(out)
    return out


@pytest.fixture(scope="module")
def pages(folder):
    """Each page of the course, by its path."""
    return {
        path.relative_to(folder).as_posix(): Page(path.read_text(encoding="utf-8"))
        for path in folder.rglob("*.html")
        if "_static" not in path.parts
    }


@pytest.fixture(scope="module")
def address(folder):
    """The site under a path of a server, as GitHub Pages has it."""
    with static_server(folder.parent) as server:
        yield f"{server}{NAME}/"


@pytest.fixture(scope="module")
def axe():
    pytest.importorskip("axe_playwright_python", reason="axe is not installed")
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


# ---- the texts ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[a](01_data.ipynb)", "[a](01_data.ipynb)"),
        ("[a](01_data.ipynb#A-filter,-by-hand)", "[a](01_data.ipynb#a-filter-by-hand)"),
        ("[a](../README.md)", "[a](../README.md)"),
        ("[a](#Train-it)", "[a](#train-it)"),
        ("[a](../LICENSE)", "[a](https://github.com/{}/blob/main/LICENSE)"),
        ("[a](exercises)", "[a](https://github.com/{}/tree/main/notebooks/exercises)"),
        ("[a](https://example.org/B#C)", "[a](https://example.org/B#C)"),
        ("`x[0](y)`", "`x[0](y)`"),
    ],
)
def test_links_lead_to_pages_or_to_the_public_address(before, after):
    assert site.for_myst(before, "notebooks/02_cnn.ipynb") == after.format(repository())


def test_the_first_mention_of_a_term_leads_to_the_glossary():
    terms = {"filter": "filter", "no_grad": "no_grad"}
    text = site.link_terms("**Filters** and **filter**, **`no_grad`** and **others**", terms)
    assert text == (
        "**{term}`Filters <filter>`** and **filter**, **{term}`no_grad <no_grad>`** and **others**"
    )


def test_another_folder_is_left_alone(tmp_path, capsys):
    (tmp_path / "homework.txt").touch()
    assert site.main(["--out", str(tmp_path)]) == 1
    assert "not an earlier site" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["homework.txt"]


# ---- the files ----------------------------------------------------------------------


@pytest.mark.slow
def test_it_has_every_page_and_no_solution_and_stays_small(folder, pages):
    wanted = [path.relative_to(site.ROOT).with_suffix(".html") for path in site.course_notebooks()]
    assert {path.as_posix() for path in wanted} <= set(pages)
    assert set(KINDS) <= set(pages)
    assert not [one for one in folder.rglob("*") if "solutions" in one.as_posix()]
    assert sum(one.stat().st_size for one in folder.rglob("*") if one.is_file()) < 30e6


@pytest.mark.slow
def test_every_link_and_anchor_inside_leads_somewhere(folder, pages):
    faults = []
    for name, page in pages.items():
        for link in (*page.links, *page.loads):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            place = (folder / name).parent / unquote(parts.path) if parts.path else folder / name
            target = place.resolve()
            inside = target.is_file() and target.is_relative_to(folder.resolve())
            key = target.relative_to(folder.resolve()).as_posix() if inside else ""
            anchors = pages[key].anchors if key in pages else ()
            if not inside or (parts.fragment and unquote(parts.fragment) not in {*anchors, ""}):
                faults.append(f"{name}: {link}")
    assert not faults, "\n".join(["", *faults])


@pytest.mark.slow
def test_each_quiz_is_a_page_that_the_map_and_its_lesson_link_to(pages):
    for name in site.quizzes():
        quiz = name.replace(".md", ".html")
        lesson = quiz.replace("quizzes/", "")
        assert quiz in pages["index.html"].links
        assert quiz.removeprefix("notebooks/") in pages[lesson].links
        assert f"../{lesson.removeprefix('notebooks/')}" in pages[quiz].links


@pytest.mark.slow
def test_the_demo_s_picture_has_a_link_to_try_it(pages):
    assert "../draw.html" in pages["notebooks/06_demo.html"].links


@pytest.mark.slow
def test_nothing_is_loaded_from_elsewhere(pages):
    foreign = {one for page in pages.values() for one in page.loads if urlsplit(one).netloc}
    assert not foreign


@pytest.mark.slow
def test_downloads_are_the_notebooks_themselves(folder):
    for path in site.course_notebooks():
        assert (folder / "_sources" / path.relative_to(site.ROOT)).read_bytes() == path.read_bytes()


@pytest.mark.slow
def test_pages_can_be_shared(folder):
    address = site_address(repository())
    text = (folder / "notebooks/02_cnn.html").read_text(encoding="utf-8")
    for name in ("og:title", "og:description", "og:image"):
        (found,) = re.findall(rf'<meta property="{name}" content="([^"]+)">', text)
        assert len(found) > 10, name
    assert found.startswith(address)
    assert (folder / found.removeprefix(address)).is_file()
    assert f"<loc>{address}notebooks/02_cnn.html</loc>" in (folder / "sitemap.xml").read_text()
    assert site_address(PLACEHOLDER) == "https://-OWNER-.github.io/mnist-notebooks/"


@pytest.mark.slow
def test_texts_that_were_written_for_other_places_suit_the_site(folder):
    glossary = (folder / "notebooks/glossary.html").read_text(encoding="utf-8")
    assert "column" not in glossary.split("<dl")[0].split("<article")[1]
    reference = (folder / "reference/data.html").read_text(encoding="utf-8")
    assert "<em>DigitDataset</em>" in reference
    assert "<em>mnist_helpers." not in reference


@pytest.mark.slow
def test_how_far_it_goes_has_the_measured_figures(folder):
    text = (folder / "how_far.html").read_text(encoding="utf-8")
    web = json.loads((site.ROOT / "benchmarks/web.json").read_text(encoding="utf-8"))
    for row in web["rows"]:
        assert f"<td><p>{row['per_second']:.0f}</p></td>" in text
    assert "$" not in re.sub(r"<(style|script).*?</\1>", "", text, flags=re.DOTALL)


# ---- in a browser -------------------------------------------------------------------


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("where", ["server", "disk"])
def test_the_front_page_reads_a_seven(folder, address, chromium, where):
    page = chromium.new_context(viewport=DESK).new_page()
    hosts, complaints = watch(page)
    page.goto(address if where == "server" else (folder / "index.html").as_uri())
    frame = page.frame_locator("iframe.draw")
    frame.locator("#pad canvas[data-strokes]").wait_for()
    draw(page, frame.locator("#pad canvas"), PLAIN[7])
    frame.locator("#pred [data-digit='7']").wait_for()
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        page.frames[1].wait_for_function(
            "document.documentElement.scrollHeight <= innerHeight", polling=100
        )
    lines = page.locator("td:first-child a").evaluate_all(
        "(links) => links.map((link) => link.getClientRects().length)"
    )
    assert lines == [1] * len(lines), "no title of the map is broken on a phone"
    for theme, colour in {"dark": "rgb(15, 23, 42)", "light": "rgb(248, 250, 252)"}.items():
        page.evaluate("(theme) => document.documentElement.dataset.theme = theme", theme)
        page.frames[1].wait_for_function(
            "(colour) => getComputedStyle(document.body).backgroundColor === colour",
            arg=colour,
            polling=100,
        )
    assert hosts <= {"127.0.0.1", None, ""}
    assert complaints == []
    page.context.close()


def serious(page, rule=None):
    """What axe finds on a page and in its frames."""
    return [
        f"{page.viewport_size['width']} px: {one['id']}: {node['html'][:150]} "
        f"{node['failureSummary'][:200]}"
        for frame in page.frames
        for one in frame.evaluate(RUN_AXE, rule)
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


@pytest.mark.slow
@needs_chromium
def test_each_kind_of_page_is_accessible_fits_a_phone_and_asks_nobody(address, axe, chromium):
    context = chromium.new_context(reduced_motion="reduce")
    page = context.new_page()
    hosts, complaints = watch(page)
    faults = []
    for kind in KINDS:
        page.set_viewport_size(PHONE)
        page.emulate_media(color_scheme="light")
        page.goto(f"{address}{kind}")
        page.add_style_tag(content="* { transition: none !important; }")
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        found = ["wider than a phone"] if wide else []
        page.evaluate(LEAVE_OUT_ALIKE)
        for frame in page.frames:
            frame.evaluate(axe)
        found += serious(page)
        # In the other theme, only the colours are others.
        page.emulate_media(color_scheme="dark")
        page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
        found += serious(page, "color-contrast")
        page.set_viewport_size(DESK)
        found += serious(page)
        page.emulate_media(color_scheme="light")
        page.wait_for_function("document.documentElement.dataset.theme === 'light'")
        found += serious(page, "color-contrast")
        faults += [f"{kind}: {one}" for one in found]
    assert not faults, "\n".join(["", *faults])
    assert hosts <= {"127.0.0.1", None}
    assert complaints == []
    assert context.cookies() == []
    context.close()


@pytest.mark.slow
@needs_chromium
def test_explorables_answer_are_as_high_as_they_ask_and_have_the_page_s_colours(
    folder, address, chromium
):
    page = chromium.new_context(color_scheme="dark").new_page()
    hosts, complaints = watch(page)
    lessons = [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.glob("notebooks/*.html"))
        if "srcdoc=" in path.read_text(encoding="utf-8")
    ]
    alive = 0
    for lesson in lessons:
        page.goto(f"{address}{lesson}")
        assert page.frames[1:], lesson
        for frame in page.frames[1:]:
            said = frame.locator("#said:not(:empty)")
            said.wait_for(state="attached")
            before = said.text_content()
            step = frame.get_by_role("button", name="Step", exact=True)
            if step.count():
                step.click()
            else:
                movable = frame.locator("main :is(div[tabindex='0'], input[type=range])")
                movable.first.press("ArrowRight")
            # Functions: text would be evaluated in the frame, whose policy forbids it. And a frame
            # out of sight is not drawn, so it would wait in vain to look again before it is drawn.
            frame.wait_for_function(
                "(before) => document.querySelector('#said').textContent !== before",
                arg=before,
                polling=100,
            )
            frame.wait_for_function(
                "() => document.documentElement.scrollHeight === innerHeight", polling=100
            )
            alive += 1
        assert page.locator("figure:has(iframe) img:visible").count() == 0
        for theme in ("dark", "light"):
            page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
            for frame in page.frames[1:]:
                frame.wait_for_function(
                    "(theme) => document.documentElement.style.colorScheme === theme",
                    arg=theme,
                    polling=100,
                )
    assert alive >= 7
    assert hosts <= {"127.0.0.1", None}
    assert complaints == []
    page.context.close()


@pytest.mark.slow
@needs_chromium
def test_printed_pages_are_hand_outs(address, chromium):
    context = chromium.new_context(color_scheme="dark", viewport={"width": 680, "height": 960})
    page = context.new_page()
    for kind in ("notebooks/02_cnn", "notebooks/exercises/01_data", "notebooks/quizzes/02_cnn"):
        page.goto(f"{address}{kind}.html")
        page.locator("details > summary").first.click()
        page.emulate_media(media="print", color_scheme="dark")
        page.wait_for_function("document.documentElement.dataset.theme === 'light'")
        answers = page.locator("details")
        shown = [one.locator("p").first.is_visible() for one in answers.all()]
        assert shown == [True] + [False] * (len(shown) - 1), "those that were unfolded"
        for aside in ("#jb-print-toc", ".bd-header-article", ".prev-next-area", "figure iframe"):
            assert page.locator(aside).locator("visible=true").count() == 0, aside
        assert page.locator("figure:has(iframe)").count() == (
            page.locator("figure:has(iframe) img:visible").count()
        ), "the still pictures"
        clipped = page.evaluate(
            """() => [...document.querySelectorAll("pre")]
                .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)"""
        )
        assert clipped == []
        page.emulate_media(media="screen", color_scheme="dark")
        page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    context.close()


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("where", ["server", "disk"])
def test_the_search_finds_every_term_of_the_glossary(folder, address, chromium, where):
    page = chromium.new_page()
    base = address if where == "server" else f"{folder.as_uri()}/"
    page.goto(f"{base}search.html?q=softmax")
    page.locator("#search-results a[href$='#term-softmax']").wait_for()
    terms = [name.strip("`") for names, *_ in site.glossary_rows() for name in names]
    missing = page.evaluate(
        """(terms) => terms.filter((term) =>
            !Search._performSearch(...Search._parseQuery(term)).length)""",
        terms,
    )
    assert missing == []
    page.close()


@pytest.mark.slow
@needs_chromium
def test_the_keyboard_can_skip_to_the_text_and_answers_unfold(address, chromium):
    page = chromium.new_page()
    page.goto(f"{address}notebooks/02_cnn.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to main content"
    answer = page.locator("details").first
    text = answer.locator("p").first
    assert not text.is_visible()
    answer.locator("summary").click()
    assert text.is_visible()
    page.close()
