"""Networks for other programs: the ONNX file answers as the network does, or is not written."""

import html
import re
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import mnist_helpers
from mnist_helpers._support import normalize
from mnist_helpers.cli.main import main
from mnist_helpers.data import load_stand_in
from mnist_helpers.model import DigitCNN, save_weights
from mnist_helpers.page import CREDITS, credits_html, credits_text, licence_text
from mnist_helpers.recognizer import load_network
from mnist_helpers.share import ExportError, export_onnx, export_page
from mnist_helpers.share.html_page import html_page
from mnist_helpers.share.onnx_file import onnx_difference

ROOT = Path(__file__).resolve().parents[2]
LICENCE = (ROOT / "LICENSE").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def bundled():
    return load_network()


@pytest.fixture(scope="module")
def onnx_file(tmp_path_factory, bundled):
    pytest.importorskip("onnxscript", reason="the extra export is not installed")
    path = tmp_path_factory.mktemp("onnx") / "new folder" / "digits.onnx"
    assert export_onnx(bundled[0], path) <= 1e-4
    return path


# ONNX


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 2, 77])
def test_any_number_of_pictures_goes_through(onnx_file, bundled, n):
    onnxruntime = pytest.importorskip("onnxruntime")
    pixels = load_stand_in().test.images[:n]
    session = onnxruntime.InferenceSession(onnx_file)
    logits, probabilities = session.run(None, {"pixels": pixels.numpy()})
    with torch.inference_mode():
        wanted = bundled[0](normalize(pixels))
    assert logits.shape == probabilities.shape == (n, 10)
    np.testing.assert_allclose(logits, wanted, atol=1e-4)
    np.testing.assert_allclose(probabilities, torch.softmax(wanted, 1), atol=1e-5)


@pytest.mark.slow
def test_it_is_one_file_that_says_what_goes_in(onnx_file):
    onnx = pytest.importorskip("onnx")
    assert [path.name for path in onnx_file.parent.iterdir()] == ["digits.onnx"]
    model = onnx.load(onnx_file)
    (pixels,) = model.graph.input
    assert pixels.name == "pixels"
    assert pixels.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    first, *rest = pixels.type.tensor_type.shape.dim
    assert first.dim_param
    assert [one.dim_value for one in rest] == [28, 28]
    assert [one.name for one in model.graph.output] == ["logits", "probabilities"]
    assert "0 = paper" in model.doc_string
    assert f"mnist_helpers {mnist_helpers.__version__}." in model.doc_string
    assert not [one for one in model.graph.initializer if one.external_data]


@pytest.mark.slow
def test_another_network_does_not_agree(onnx_file):
    torch.manual_seed(0)
    images = load_stand_in().test.images.numpy()
    with pytest.raises(ExportError, match="not read the same digits"):
        onnx_difference(DigitCNN().eval(), onnx_file.read_bytes(), images)


@pytest.mark.slow
def test_a_file_with_other_answers_is_not_written(tmp_path, monkeypatch):
    pytest.importorskip("onnxscript", reason="the extra export is not installed")
    monkeypatch.setattr("mnist_helpers.share.onnx_file.onnx_difference", lambda *_: 0.5)
    with pytest.raises(ExportError, match=r"up to 0\.5"):
        export_onnx(DigitCNN().eval(), tmp_path / "digits.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_network_that_onnx_cannot_hold_is_refused(tmp_path):
    pytest.importorskip("onnxscript", reason="the extra export is not installed")

    class Odd(nn.Module):
        def forward(self, images):
            return torch.tensor(float(images.sum().item()) and images.mean((1, 2, 3)).tolist())

    with pytest.raises(ExportError, match="cannot be written as ONNX"):
        export_onnx(Odd(), tmp_path / "digits.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_command_writes_the_learners_own_network(tmp_path, capsys):
    pytest.importorskip("onnxscript", reason="the extra export is not installed")
    torch.manual_seed(0)
    model = DigitCNN().eval()
    save_weights(model, tmp_path / "mine.safetensors")
    path = tmp_path / "mine.onnx"
    words = ["export", "--onnx", str(path), "--weights", str(tmp_path / "mine.safetensors")]
    assert main(words) == 0
    assert capsys.readouterr().out.startswith(f"{path}: {path.stat().st_size:,} bytes")
    images = load_stand_in().test.images.numpy()
    assert onnx_difference(model, path.read_bytes(), images) <= 1e-4


# The page in one file


def test_the_page_is_one_small_file_that_asks_nobody(tmp_path, bundled):
    path = tmp_path / "digits.html"
    size = export_page(bundled[0], bundled[1]["min_energy"], path)
    page = path.read_text(encoding="utf-8")
    assert size == path.stat().st_size <= 1_500_000
    code = page.replace('"http://www.w3.org/', "").replace(credits_html(), "")
    assert re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"'<]*", code) == []
    assert not re.findall(r"<(?:link|script|img)[^>]+(?:src|href)=[\"'](?!data:)", page)


def test_the_page_names_those_who_made_it_and_holds_the_licence(tmp_path, bundled):
    export_page(bundled[0], bundled[1]["min_energy"], tmp_path / "digits.html")
    page = (tmp_path / "digits.html").read_text(encoding="utf-8")
    notice, _, shown = page.partition("-->")
    assert notice.startswith("<!doctype html>\n<!--")
    assert f"mnist_helpers {mnist_helpers.__version__}." in notice
    assert LICENCE in html.unescape(notice)
    for name in ("Yann LeCun, Corinna Cortes and Christopher J. C. Burges", "Alpaydin", "Kaynak"):
        assert name in shown
    assert len(re.findall('<a href="https?://[^"]+" target="_blank" rel="noopener', shown)) == 5


def test_the_credits_name_the_holder_that_the_licence_names():
    assert f"© {LICENCE.splitlines()[2].removeprefix('Copyright (c) ')}" in CREDITS
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((http[^)]*)\)", CREDITS)
    assert set(links) - set(re.findall(r"\]\((http[^)]*)\)", readme)) == {links[-1]}  # MIT
    assert all(f"({link})" in credits_text() for link in links)


def test_the_licence_is_found_where_the_package_is_not_installed(monkeypatch):
    assert licence_text() == LICENCE

    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", missing)
    assert licence_text() == LICENCE


def test_no_weights_can_end_the_script_they_stand_in():
    page = html_page("", "", [], data={"data": "</script><script>alert(1)</script>"})
    assert "<script>alert" not in page


def test_a_network_that_the_page_cannot_compute_is_refused(tmp_path):
    model = DigitCNN()
    model.classifier[2] = nn.GELU()
    with pytest.raises(ExportError, match="GELU"):
        export_page(model, 3.5, tmp_path / "digits.html")
    assert list(tmp_path.iterdir()) == []


class Softened(DigitCNN):
    """Has the parts that the page knows, and does something else with them."""

    def forward(self, images):
        return super().forward(images).tanh()


def replace_layer(number, layer):
    model = DigitCNN()
    model.features[number] = layer
    return model


@pytest.mark.parametrize(
    "model",
    [
        replace_layer(2, nn.MaxPool2d(2, stride=1, padding=1)),
        replace_layer(2, nn.MaxPool2d(3, stride=2, padding=1)),
        replace_layer(2, nn.MaxPool2d((2, 2))),
        replace_layer(2, nn.MaxPool2d(2, dilation=2)),
        replace_layer(0, nn.Conv2d(1, 16, 3, padding=1, padding_mode="reflect")),
        replace_layer(0, nn.Conv2d(1, 16, 3, padding="same")),
        replace_layer(0, nn.Conv2d(1, 16, 3, padding=1, stride=2)),
        replace_layer(3, nn.Conv2d(16, 32, 3, padding=1, groups=4)),
        Softened(),
        nn.Linear(784, 10),
    ],
    ids=lambda model: type(model).__name__,
)
def test_a_network_that_the_page_would_compute_otherwise_is_refused(model, tmp_path):
    with pytest.raises(ExportError, match="cannot be put into a page"):
        export_page(model, 3.5, tmp_path / "digits.html")
    assert list(tmp_path.iterdir()) == []


def test_a_network_whose_numbers_are_lost_is_refused(tmp_path):
    model = DigitCNN()
    with torch.no_grad():
        model.classifier[-1].bias[3] = torch.nan
    with pytest.raises(ExportError, match="cannot be put into a page"):
        export_page(model, 3.5, tmp_path / "digits.html")


@pytest.mark.parametrize("energy", [float("nan"), float("inf")])
def test_a_least_energy_that_no_page_can_hold_is_refused(energy, tmp_path):
    with pytest.raises(ExportError, match="must be a number"):
        export_page(DigitCNN(), energy, tmp_path / "digits.html")


def test_the_callers_network_stays_as_it_was(tmp_path):
    pytest.importorskip("onnxscript")
    model = DigitCNN((2, 2), hidden=4).train()
    model.classifier.eval()
    export_page(model, 3.5, tmp_path / "digits.html")
    export_onnx(model, tmp_path / "digits.onnx")
    assert model.training
    assert model.features.training
    assert not model.classifier.training


@pytest.mark.parametrize("lacking", [{"affine": False}, {"track_running_stats": False}])
def test_a_normalization_that_cannot_be_folded_is_refused(lacking, tmp_path):
    model = DigitCNN(batch_norm=True)
    model.features[1] = nn.BatchNorm2d(16, **lacking)
    with pytest.raises(ExportError, match="BatchNorm2d"):
        export_page(model, 3.5, tmp_path / "digits.html")


# The command


def test_nothing_to_write_gives_exit_code_2(capsys):
    assert main(["export"]) == 2
    assert "--onnx FILE, --html FILE or --space DIR" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_gives_one_line(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["export", "--html", str(tmp_path / "file/digits.html")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
