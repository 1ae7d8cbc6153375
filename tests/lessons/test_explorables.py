"""Explorables: one output, alive or a still picture; those of notebooks 03 and 04."""

import json
import re
from html import unescape

import numpy as np
import pytest
import torch
from IPython.display import HTML
from torch.nn import functional

from mnist_helpers.evaluate import Predictions
from mnist_helpers.lessons import explorables
from mnist_helpers.lessons.explorables import explorable_html, explorable_page, showing, training
from mnist_helpers.lessons.figures import new_figure
from tools.browser import needs_chromium, watch

pytestmark = pytest.mark.seconds

NUDGES = np.linspace(-10, 10, 41).tolist()
CURVE = [2.3 + 0.005 * (nudge - 2) ** 2 for nudge in NUDGES]
LOGITS = torch.tensor([-1.5, 0.25, 3.0, -0.5, 0.0, 1.0, 2.5, -2.0, 0.5, 4.0])
BYTES = 200_000


@pytest.fixture(scope="module")
def shown():
    """The HTML of the three explorables, as a notebook stores it."""
    outputs = {}

    def keep(data, raw):
        assert raw
        assert data["text/plain"]
        outputs[len(outputs)] = data["text/html"]

    random = np.random.default_rng(0)
    predictions = make_predictions(random)
    images = torch.from_numpy(random.integers(0, 256, (len(predictions), 28, 28), dtype=np.uint8))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(showing, "display", keep)
        explorables.walking_down(NUDGES, CURVE)
        explorables.logits_to_loss(LOGITS, 6, images[0])
        explorables.how_sure(predictions, images)
    return dict(zip(("walk", "logits", "sure"), outputs.values(), strict=True))


def make_predictions(random, n=400):
    """Answers of which 1 in 4 is wrong, and mostly unsure."""
    labels = random.integers(0, 10, n)
    logits = random.normal(size=(n, 10)) * 2
    logits[np.arange(n), labels] += 4 * random.random(n)
    probabilities = torch.from_numpy(logits).softmax(dim=1).numpy().astype(np.float32)
    return Predictions(probabilities, labels)


@pytest.fixture(scope="module")
def window(chromium):
    """A window; each test has its own page in it, and no page complains or contacts anybody."""
    with chromium.new_context(viewport={"width": 900, "height": 1000}, has_touch=True) as context:
        yield context


@pytest.fixture
def page(window):
    with window.new_page() as page:
        hosts, complaints = watch(page)
        yield page
    assert complaints == []
    assert hosts <= {None}


def put(page, html, background="#fff"):
    """Show an output on a page, and return its frame once that is alive."""
    page.set_content(f"<body style='background: {background}'>{html}</body>")
    frame = page.locator("iframe").content_frame
    page.locator("figure img").wait_for(state="hidden")
    return frame


def state(frame, name):
    return json.loads(frame.locator("main").get_attribute(f"data-{name}"))


def test_an_output_is_small_and_names_nothing_outside(shown):
    for html in shown.values():
        assert len(html) <= BYTES
        assert not re.search(r"https?://(?!www\.w3\.org)", unescape(html))


def test_what_the_data_hold_cannot_end_the_script_or_the_frame():
    figure, _ = new_figure()
    data = {"curve": {"from": 0, "to": 1, "losses": [0, 0, 0], "note": '</script><b>"&'}}
    html = explorable_html("walk", 'A "title"', data, figure, "<i>words</i>", alt='"quoted"')
    assert html.count("<script>") == html.count("</script>") == 1  # the frame's own are escaped
    assert html.count("<iframe") == html.count("</iframe>") == 1
    assert "<i>" not in HTML(html).data
    page = unescape(re.search(r'srcdoc="([^"]*)"', html)[1])
    stored = re.search(r'id="data">(.*?)</script>', page, re.S)[1]
    assert json.loads(stored) == data


def test_numbers_that_json_lacks_are_refused():
    with pytest.raises(ValueError, match="JSON"):
        explorable_page("walk", "Walking", {"losses": [float("nan")]})


def test_an_unknown_page_is_refused():
    with pytest.raises(FileNotFoundError):
        explorable_page("dance", "Dancing", {})


@needs_chromium
def test_without_scripts_and_frames_the_picture_stays_and_says_how_to_wake_it(page, shown):
    plain = re.sub(r"<(script|iframe).*?</\1>", "", shown["walk"], flags=re.DOTALL)
    page.set_content(plain)
    assert page.locator("img").is_visible()
    assert page.locator("img").get_attribute("alt").startswith("Lines “rate ")
    assert "run this cell" in page.locator("figcaption").inner_text()


@needs_chromium
@pytest.mark.parametrize(("background", "scheme"), [("#fff", "light"), ("#111111", "dark")])
def test_a_frame_takes_the_colours_of_the_notebook_and_the_height_it_needs(
    page, shown, background, scheme
):
    frame = put(page, shown["logits"], background)
    page.wait_for_function("() => document.querySelector('iframe').height != 480")
    assert frame.locator("html").evaluate("e => e.style.colorScheme") == scheme
    inside = frame.locator("html").evaluate("() => [document.body.scrollHeight, innerHeight]")
    assert inside[0] <= inside[1]
    assert "still picture" not in page.locator("figcaption").inner_text()


# What Visual Studio Code allows the outputs of a notebook, which lie in a frame of their own.
VS_CODE = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; child-src https: data:"
)


@needs_chromium
def test_a_page_works_without_its_parent_and_under_the_policy_of_visual_studio_code(window, shown):
    """The notebook's page has no origin: neither storage nor a parent can be reached."""
    policy = {"Content-Security-Policy": f"sandbox allow-scripts; {VS_CODE}"}
    with window.new_page() as page:
        page.route(
            "**",
            lambda route: route.fulfill(
                body=f"<!doctype html><body>{shown['walk']}</body>",
                headers=policy | {"Content-Type": "text/html; charset=utf-8"},
            ),
        )
        page.goto("https://code.example/")
        assert page.evaluate("origin") == "null"
        frame = page.locator("iframe").content_frame
        frame.get_by_role("button", name="Step").click()
        assert state(frame, "steps") == 1


@needs_chromium
@pytest.mark.parametrize("name", ["walk", "logits", "sure"])
def test_on_a_phone_nothing_is_wider_than_the_screen(page, shown, name):
    page.set_viewport_size({"width": 290, "height": 800})
    wide = put(page, shown[name]).locator("html").evaluate("e => e.scrollWidth - e.clientWidth")
    assert wide <= 0


@needs_chromium
@pytest.mark.parametrize("name", ["walk", "logits", "sure"])
def test_damaged_data_give_a_sentence(window, shown, name):
    with window.new_page() as page:
        broken, count = re.subn(r"(id=&quot;data&quot;>\{).{40}", r"\1", shown[name])
        assert count == 1
        page.set_content(broken)
        said = page.locator("iframe").content_frame.locator("#said")
        said.get_by_text("This page is damaged. Run the cell again.").wait_for()


@needs_chromium
def test_steps_are_those_of_gradient_descent(page, shown):
    """The curve is a parabola, of which the page's slopes are exact."""
    frame = put(page, shown["walk"])
    rate = float(frame.locator(".field .value").first.inner_text())
    weight = torch.tensor(-8.0, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=rate)
    for step in range(1, 6):
        optimizer.zero_grad()
        (2.3 + 0.005 * (weight - 2) ** 2).backward()
        optimizer.step()
        frame.get_by_role("button", name="Step").click()
        assert state(frame, "steps") == step
        assert state(frame, "weights")[0] == pytest.approx(weight.item(), abs=1e-4)
    assert frame.locator("#said").inner_text().startswith("Step 5: the slope was −0.0")


@needs_chromium
def test_rates_too_small_right_and_too_large_end_differently(page, shown):
    """With the keyboard alone."""
    frame = put(page, shown["walk"])
    page.emulate_media(reduced_motion="reduce")  # a run shows its end at once
    words = {}
    for presses in ("Home", "End"):
        frame.get_by_label("Learning rate").focus()
        page.keyboard.press(presses)
        frame.get_by_role("button", name="Run").focus()
        page.keyboard.press("Enter")
        words[presses] = frame.locator("#said").inner_text()
        frame.get_by_role("button", name="Reset").click()
        assert state(frame, "steps") == 0
    assert "After 40 steps, it has not arrived." in words["Home"]
    assert "out of the picture" in words["End"]
    frame.get_by_label("Learning rate").focus()
    page.keyboard.press("Home")
    for _ in range(90):  # to 63 times the lowest rate
        page.keyboard.press("ArrowRight")
    frame.get_by_role("button", name="Run").click()
    assert "The bottom is reached: the loss is 2.300." in frame.locator("#said").inner_text()


@needs_chromium
def test_a_run_can_be_stopped_and_the_point_be_dragged(page, shown):
    frame = put(page, shown["walk"])
    frame.get_by_role("button", name="A valley of two").click()
    frame.get_by_role("button", name="Run").click()
    frame.locator("[data-step='2']").wait_for(state="attached")
    frame.get_by_role("button", name="Stop").click()
    steps = state(frame, "steps")
    page.wait_for_timeout(500)
    assert state(frame, "steps") == steps >= 2
    box = frame.locator("[data-step]").last.bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 8, steps=4)
    page.mouse.up()
    assert state(frame, "steps") == 0
    right, down = state(frame, "weights")
    assert right > -3
    frame.get_by_role("button", name="Step").click()
    rate = 0.01
    assert state(frame, "weights") == pytest.approx([right * (1 - rate), down * (1 - 12 * rate)])


@needs_chromium
def test_probabilities_and_loss_are_those_of_pytorch(page, shown):
    frame = put(page, shown["logits"])

    def check(logits, label):
        wanted = logits.softmax(dim=0).tolist()
        assert state(frame, "probabilities") == pytest.approx(wanted, abs=1e-6)
        loss = functional.cross_entropy(logits, torch.tensor(label)).item()
        assert state(frame, "loss") == pytest.approx(loss, abs=1e-5)
        assert f"= {loss:.3f}." in frame.locator("#said").inner_text()

    check(LOGITS, 6)
    frame.get_by_role("button", name="Add 1 to all").click()
    check(LOGITS, 6)
    frame.get_by_label("Logit of the 6").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    moved = LOGITS + 1
    moved[6] += 0.3
    check(moved, 6)
    frame.get_by_label("True digit").select_option("9")
    check(moved, 9)
    frame.get_by_role("button", name="All 0").tap()
    check(torch.zeros(10), 9)
    frame.get_by_role("button", name="What the network said").click()
    check(LOGITS, 9)


@needs_chromium
def test_adding_to_all_logits_never_changes_a_probability(page, shown):
    frame = put(page, shown["logits"])
    wanted = state(frame, "probabilities")
    more = frame.get_by_role("button", name="Add 1 to all")
    for _ in range(40):
        if more.is_disabled():
            break
        more.click()
        assert state(frame, "probabilities") == pytest.approx(wanted, abs=1e-6)
    assert more.is_disabled()
    frame.get_by_label("Logit of the 6").focus()
    page.keyboard.press("End")
    for digit in (0, 1, 2, 3, 4, 5, 7, 8, 9):
        frame.get_by_label(f"Logit of the {digit}").focus()
        page.keyboard.press("Home")
    texts = frame.locator(".logits output").all_inner_texts()
    assert "> 99.9 %" in texts
    assert "< 0.01 %" in texts
    assert not {"100 %", "0.00 %"} & {*texts}
    assert (
        frame.locator("#said").inner_text().startswith("The 6 is true, and it gets more than 99.9")
    )
    assert "no room left for adding 1" in frame.locator("#said").inner_text()


@needs_chromium
@pytest.mark.parametrize("width", [320, 900])
def test_a_tiny_probability_needs_one_line_as_any_other(page, shown, width):
    page.set_viewport_size({"width": width, "height": 1000})
    frame = put(page, shown["logits"])
    before = frame.locator(".logits").bounding_box()["height"]
    frame.get_by_label("Logit of the 3").focus()  # the 6 is true, and its row is bold
    page.keyboard.press("End")
    assert frame.locator(".logits output.true", has_text="<").count() == 1
    assert frame.locator(".logits").bounding_box()["height"] == before
    columns = "e => [e.scrollWidth, e.clientWidth]"
    for wide, room in frame.locator(".logits output").evaluate_all(f"all => all.map({columns})"):
        assert wide <= room


@needs_chromium
def test_dragging_the_point_selects_no_words(page, shown):
    frame = put(page, shown["walk"])
    dot = frame.locator("[data-step]").last.bounding_box()
    said = frame.locator("#said").bounding_box()
    page.mouse.move(dot["x"] + 8, dot["y"] + 8)
    page.mouse.down()
    page.mouse.move(said["x"] + 200, said["y"] + 12, steps=8)
    assert frame.locator("html").evaluate("() => `${getSelection()}`") == ""
    page.mouse.up()


@needs_chromium
def test_no_line_of_a_chart_lies_on_the_numbers_of_its_axes(page, shown):
    frame = put(page, shown["walk"])
    frame.get_by_role("button", name="A valley of two").click()
    assert "On each ring, the loss is the same" in frame.locator("#said").inner_text()
    place = "e => ['x', 'y', 'width', 'height'].map((name) => Number(e.getAttribute(name)))"
    left, top, _, height = frame.locator(".chart > svg").evaluate(place)
    box = "all => all.map((e) => e.getBBox()).map((b) => [b.x + b.width, b.y])"
    numbers = frame.locator(".chart > text:not([transform])").evaluate_all(box)
    assert len(numbers) >= 12  # on a wide chart, nine for one weight, and some for the other
    for right, upper in numbers:
        assert right <= left or upper >= top + height - 3  # a number does not fill its line


@needs_chromium
@pytest.mark.parametrize("switch", ["the page's", "the system's"])
def test_it_follows_a_change_of_colours(page, shown, switch):
    colours = "light-dark(#fff, #111); color-scheme: light dark"
    frame = put(page, shown["sure"], background=colours)
    scheme = "e => getComputedStyle(e).colorScheme"
    assert frame.locator("html").evaluate(scheme) != "dark"
    if switch == "the page's":
        page.evaluate("document.body.style.background = '#111'")
    else:
        page.emulate_media(color_scheme="dark")
    for _ in range(40):
        if frame.locator("html").evaluate(scheme) == "dark":
            return
        page.wait_for_timeout(50)
    raise AssertionError("It is still light.")


@needs_chromium
def test_from_each_confidence_on_the_answers_are_counted(page, shown):
    predictions = make_predictions(np.random.default_rng(0))
    frame = put(page, shown["sure"])
    assert state(frame, "judged")["least"] == 0
    for presses in (20, 30):
        frame.get_by_label("Answer only").focus()
        for _ in range(presses):
            page.keyboard.press("ArrowRight")
        judged = state(frame, "judged")
        answered = predictions.confidence >= judged["least"]
        good = int((predictions.correct & answered).sum())
        assert judged["good"] == good
        assert judged["bad"] == answered.sum() - good
        assert judged["left"] == len(predictions) - answered.sum()
        wrong = predictions.confidence[predictions.surest_mistakes(training.MOST_MISTAKES)]
        gone = int((wrong < judged["least"]).sum())
        assert frame.locator(".gallery .gone").count() == gone > 0


def test_a_network_without_mistakes_and_one_with_nothing_else_can_be_shown(monkeypatch):
    monkeypatch.setattr(showing, "display", lambda *_, **__: None)
    labels = np.arange(10)
    sure = np.eye(10, dtype=np.float32)
    explorables.how_sure(Predictions(sure, labels), torch.zeros(10, 28, 28, dtype=torch.uint8))
    wrong = Predictions(sure, (labels + 1) % 10)
    explorables.how_sure(wrong, torch.zeros(10, 28, 28, dtype=torch.uint8))
