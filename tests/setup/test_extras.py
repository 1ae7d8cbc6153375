"""Each command works with only the packages that its extra installs, as the README says."""

import json
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
        environment.link(ROOT / "mnist_helpers")
        return environment

    return make


@pytest.fixture
def seven(tmp_path):
    (tmp_path / "seven.png").write_bytes(written())
    return tmp_path / "seven.png"


def serving(environment, folder, command, path):
    """A command that serves, running until the end of the block; gives its address."""
    address = f"http://127.0.0.1:{(port := free_port())}/"
    whole = [str(environment.python), "-m", "mnist_helpers", *command, "--port", str(port)]
    return address, running(whole, address + path, folder)


SEVERAL = """
import io, json, shlex, sys
from contextlib import redirect_stderr, redirect_stdout
from mnist_helpers.cli.main import main
for line in sys.argv[1:]:
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = main(shlex.split(line))
    print(json.dumps([code, out.getvalue(), err.getvalue()]))
"""
NEEDS = {
    "demo --no-browser": "demo",
    "web": "web",
    "export --onnx digits.onnx": "export",
    "export --space space": "demo",
}


def test_without_any_extra_it_reads_and_writes_the_page_and_names_what_is_missing(
    with_extras, seven, tmp_path
):
    lines = ["predict seven.png", "export --html page.html", *NEEDS]
    process = with_extras().run("-c", SEVERAL, *lines, cwd=tmp_path)
    (code, out, _), (exported, *_), *others = map(json.loads, process.stdout.splitlines())
    assert (code, exported, "7" in out) == (0, 0, True), process.stderr
    assert (tmp_path / "page.html").stat().st_size > 1_000_000
    for (code, out, err), extra in zip(others, NEEDS.values(), strict=True):
        assert code in (1, 2)
        assert out == ""
        assert err.count("\n") == 1
        assert f'pip install "mnist-helpers[{extra}]"' in err
    assert {one.name for one in tmp_path.iterdir()} == {"seven.png", "page.html"}


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
