"""The apps of notebook 05: its cells run here, and their pages are visited."""

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.models import ResNet18_Weights, resnet18

gr = pytest.importorskip("gradio")

from gradio_client import Client, handle_file  # noqa: E402
from gradio_client.exceptions import AppError  # noqa: E402

from mnist_helpers.lessons import PretrainedError, pretrained  # noqa: E402
from tools.browser import browser, needs_chromium, watch  # noqa: E402
from tools.screenshots import run_apps, submit_example  # noqa: E402

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["without internet", "with ResNet-18"])
def apps(request, tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        if request.param == "with ResNet-18":
            folder = tmp_path_factory.mktemp("torch")
            (folder / "hub" / "checkpoints").mkdir(parents=True)
            name = ResNet18_Weights.DEFAULT.url.rsplit("/", 1)[1]
            torch.manual_seed(0)
            torch.save(resnet18().state_dict(), folder / "hub" / "checkpoints" / name)
            monkeypatch.setenv("TORCH_HOME", str(folder))
        else:

            def fail():
                raise PretrainedError("It could not be downloaded.")

            monkeypatch.setattr(pretrained, "load_classifier", fail)
        monkeypatch.setattr(pretrained, "load_captioner", lambda: lambda picture: "a drawn digit")
        yield run_apps(captions=True) | {"kind": request.param}
        gr.close_all(verbose=False)


def visit(app):
    return Client(app.local_url, verbose=False)


@pytest.mark.parametrize(
    ("title", "api_name", "inputs", "outputs"),
    [
        ("Greeting", "/greet", ["Ada", 3], "Hello, Ada!!!"),
        ("Mean", "/describe", ["3 1, 5"], (3, 3)),
        ("Counter", "/count", ["one two"], "words: 2, characters: 7"),
    ],
)
def test_an_app_answers(apps, title, api_name, inputs, outputs):
    assert visit(apps[title]).predict(*inputs, api_name=api_name) == outputs


@pytest.mark.parametrize(
    ("text", "says"), [("", "no numbers yet"), ("three", "not made of numbers")]
)
def test_a_mistake_is_a_sentence_in_one_app_and_not_in_the_other(apps, text, says):
    with pytest.raises(AppError, match=says):
        visit(apps["Kind mean"]).predict(text, api_name="/describe_kindly")
    with pytest.raises(AppError) as error:
        visit(apps["Mean"]).predict(text, api_name="/describe")
    assert "convert" not in str(error.value)
    assert "Traceback" not in str(error.value)


def test_a_photograph_gets_three_labels_and_there_is_no_page_without_the_network(apps, tmp_path):
    if apps["kind"] == "without internet":
        assert "What is in the picture?" not in apps
        return
    path = tmp_path / "noise.png"
    noise = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    app = apps["What is in the picture?"]
    answer = visit(app).predict(handle_file(path), api_name="/classify")
    names = [one["label"] for one in answer["confidences"]]
    assert len(set(names)) == 3
    assert set(names) <= set(ResNet18_Weights.DEFAULT.meta["categories"])


def test_ones_own_network_answers_and_says_what_is_missing(apps, tmp_path):
    path = tmp_path / "paper.png"
    Image.new("L", (60, 80), "white").save(path)
    visitor = visit(apps["My digits"])
    answer = visitor.predict(handle_file(path), api_name="/read_digit")
    assert {one["label"] for one in answer["confidences"]} <= set("0123456789")
    with pytest.raises(AppError, match="no picture yet"):
        visitor.predict(None, api_name="/read_digit")


@needs_chromium
def test_visitors_see_the_greeting_the_sentence_and_the_labels(apps):
    sync_api = pytest.importorskip("playwright.sync_api")
    sync_api.expect.set_options(timeout=30_000)  # milliseconds
    with browser() as chromium:
        page = chromium.new_page()
        hosts, _ = watch(page)

        page.goto(apps["Greeting"].local_url)
        page.get_by_label("name").fill("Ada")
        page.get_by_role("button", name="Submit").click()
        sync_api.expect(page.get_by_label("output")).to_have_value("Hello, Ada!!")

        page.goto(apps["Kind mean"].local_url)
        page.get_by_role("button", name="Submit").click()
        sync_api.expect(page.get_by_text("There are no numbers yet.")).to_be_visible()

        page.goto(apps["My digits"].local_url)
        submit_example(page, 0)
        sync_api.expect(page.locator("[data-testid$='-confidence-set']")).to_have_count(3)
    assert hosts <= {"127.0.0.1", "", None}
