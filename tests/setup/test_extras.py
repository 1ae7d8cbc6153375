"""Each command works with only the packages that its extra installs, as the README says."""

import json
import shutil
import urllib.request

import pytest

from mnist_helpers._support import free_port
from tests.conftest import written
from tools.browser import running
from tools.environments import ROOT, Environment

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def with_extras(tmp_path_factory):
    """Makes environments with our package and what some of its extras need."""

    def make(*extras):
        environment = Environment(
            tmp_path_factory.mktemp("_".join(extras) or "plain"), with_pip=False
        )
        environment.link_requirements(*extras)
        skipped = shutil.ignore_patterns("__pycache__", "*.pyi")
        shutil.copytree(
            ROOT / "mnist_helpers", environment.packages / "mnist_helpers", ignore=skipped
        )
        return environment

    return make


@pytest.fixture(scope="module")
def plain(with_extras):
    return with_extras()


@pytest.fixture
def seven(tmp_path):
    (tmp_path / "seven.png").write_bytes(written())
    return tmp_path / "seven.png"


def serving(environment, folder, command, path):
    """A command that serves, running until the end of the block; gives its address."""
    address = f"http://127.0.0.1:{(port := free_port())}/"
    whole = [str(environment.python), "-m", "mnist_helpers", *command, "--port", str(port)]
    return address, running(whole, address + path, folder)


def test_without_any_extra_it_reads_and_writes_the_page(plain, seven, tmp_path):
    process = plain.run("-m", "mnist_helpers", "predict", seven, cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    assert "7" in process.stdout
    process = plain.run("-m", "mnist_helpers", "export", "--html", "page.html", cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    assert (tmp_path / "page.html").stat().st_size > 1_000_000


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        (["demo", "--no-browser"], "demo"),
        (["web"], "web"),
        (["export", "--onnx", "digits.onnx"], "export"),
        (["export", "--space", "space"], "demo"),
    ],
)
def test_a_missing_extra_is_named_in_one_line(plain, command, extra, tmp_path):
    process = plain.run("-m", "mnist_helpers", *command, cwd=tmp_path)
    assert process.returncode in (1, 2)
    assert process.stdout == ""
    assert process.stderr.count("\n") == 1
    assert f'pip install "mnist-helpers[{extra}]"' in process.stderr
    assert list(tmp_path.iterdir()) == []


def test_web_alone(with_extras, seven, tmp_path):
    pytest.importorskip("flask", reason="the extra web is not installed")
    address, server = serving(with_extras("web"), tmp_path, ["web"], "health")
    with server:
        body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        body += seven.read_bytes() + b"\r\n--x--\r\n"
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        request = urllib.request.Request(f"{address}predict", body, headers)
        with urllib.request.urlopen(request, timeout=60) as reply:
            assert json.load(reply)["digit"] == 7


def test_export_alone(with_extras, tmp_path):
    pytest.importorskip("onnxscript", reason="the extra export is not installed")
    environment = with_extras("export")
    command = ["-m", "mnist_helpers", "export", "--onnx", "digits.onnx"]
    process = environment.run(*command, cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    assert process.stdout.startswith("digits.onnx: ")
    assert process.stdout.count("\n") == 1
    assert process.stderr == ""
    assert [one.name for one in tmp_path.iterdir()] == ["digits.onnx"]


def test_inside_alone(with_extras, tmp_path):
    pytest.importorskip("captum", reason="the extra inside is not installed")
    code = (
        "import torch, torchinfo; from mnist_helpers.inside import occlusion_map, saliency_map; "
        "from mnist_helpers.model import DigitCNN; model = DigitCNN().eval(); "
        "image = torch.zeros(28, 28, dtype=torch.uint8); "
        "print(*saliency_map(model, image, 1).shape, *occlusion_map(model, image, 1).shape)"
    )
    process = with_extras("inside").run("-c", code, cwd=tmp_path)
    assert (process.stdout, process.stderr) == ("28 28 28 28\n", "")
