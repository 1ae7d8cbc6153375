"""The folder for Hugging Face Spaces: complete, and it reads a digit as it is."""

import base64
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

import pytest
import torch

import mnist_helpers
from mnist_helpers.cli.main import main
from mnist_helpers.model import DigitCNN, save_weights
from mnist_helpers.page import CREDITS, licence_text
from tests.conftest import written
from tools.browser import free_port
from tools.environments import Environment

pytest.importorskip("gradio", reason="the extra demo is not installed")
yaml = pytest.importorskip("yaml")

from mnist_helpers.share import ExportError, export_space  # noqa: E402
from mnist_helpers.share.space import FIRST_LINE  # noqa: E402
from mnist_helpers.share.space import _copy_package as copy_package  # noqa: E402


def header(folder):
    text = (folder / "README.md").read_text(encoding="utf-8")
    return yaml.safe_load(re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)[1])


def test_it_has_the_settings_of_a_space_what_the_demo_needs_and_nothing_else(tmp_path):
    written = export_space(tmp_path / "space")
    space = tmp_path / "space"
    assert {path.name for path in space.iterdir()} == {name.rstrip("/") for name in written}
    settings = header(space)
    assert settings["sdk"] == "gradio"
    assert re.fullmatch(r"\d+\.\d+\.\d+", settings["sdk_version"])
    assert (space / settings["app_file"]).is_file()
    assert settings["license"] == "mit"
    assert (space / "LICENSE").read_text() == licence_text()
    card = (space / "README.md").read_text(encoding="utf-8")
    assert f"{CREDITS} Made by mnist_helpers {mnist_helpers.__version__}." in card
    assert len(settings["short_description"]) <= 60
    lines = (space / "requirements.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith(("#", "--")))
    names = set(pins)
    assert pins["gradio"] == settings["sdk_version"] == metadata.version("gradio")
    assert metadata.version("torch").split("+")[0] == pins["torch"]
    assert settings["python_version"] == "{}.{}".format(*sys.version_info)
    assert {"torch", "gradio", "safetensors", "scipy"} <= names
    assert not names & {"mnist-helpers", "jupyterlab", "ruff", "flask", "transformers"}
    assert (space / "mnist_helpers/weights/digit_cnn.safetensors").is_file()
    assert (space / "mnist_helpers/page/static/pad.js").is_file()
    assert not [path for path in space.rglob("*") if path.suffix in (".pyc", ".pyi", ".partial")]


def test_in_a_clone_of_a_space_only_its_own_files_change(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "README.md").write_text("---\ntitle: new\n---\n")
    (tmp_path / "notes.txt").write_text("mine")
    export_space(tmp_path)
    (tmp_path / "mnist_helpers/old.py").touch()
    export_space(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / ".git").is_dir()
    assert not (tmp_path / "mnist_helpers/old.py").exists()
    assert header(tmp_path)["title"] == "Draw a digit"


def test_another_app_is_left_alone(tmp_path):
    (tmp_path / "app.py").write_text("print('mine')")
    with pytest.raises(ExportError, match="another app"):
        export_space(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["app.py"]


def test_a_file_is_no_folder(tmp_path, capsys):
    (tmp_path / "space").touch()
    assert main(["export", "--space", str(tmp_path / "space")]) == 2
    assert "a file stands where a folder is needed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("step", "error"), [("shutil.copytree", KeyboardInterrupt), ("Path.rename", OSError)]
)
def test_a_copy_that_stops_leaves_the_old_one_and_nothing_half(tmp_path, monkeypatch, step, error):
    export_space(tmp_path)
    rename = Path.rename

    def stop(path, target, **_):
        if step == "Path.rename" and path.name != "new":  # the new copy cannot be put in place
            return rename(path, target)
        raise error

    monkeypatch.setattr(f"mnist_helpers.share.space.{step}", stop)
    with pytest.raises(error):
        export_space(tmp_path)
    assert (tmp_path / "mnist_helpers/weights/digit_cnn.safetensors").is_file()
    assert not list(tmp_path.glob(".*"))


def test_a_full_disk_gets_one_line_and_not_one_for_each_file(tmp_path, monkeypatch, capsys):
    def full(*_, **__):
        raise shutil.Error([(name, name, "[Errno 28] No space left on device") for name in "abc"])

    monkeypatch.setattr("shutil.copytree", full)
    assert main(["export", "--space", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.count("No space left on device") == said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_exports_at_once_wait_for_each_other_and_what_a_killed_one_left_goes(tmp_path, monkeypatch):
    (tmp_path / ".mnist_helpers-killed" / "new").mkdir(parents=True)
    at_work, most = [], []

    def slowly(target):
        at_work.append(1)
        most.append(len(at_work))
        time.sleep(0.1)
        copy_package(target)
        at_work.pop()

    monkeypatch.setattr("mnist_helpers.share.space._copy_package", slowly)
    with ThreadPoolExecutor() as all_three:
        list(all_three.map(export_space, [tmp_path] * 3))
    package = Path(mnist_helpers.__file__).parent
    wanted = {one.relative_to(package) for one in package.rglob("*.*") if one.is_file()}
    copied = tmp_path / "mnist_helpers"
    found = {one.relative_to(copied) for one in copied.rglob("*.*")}
    assert {one for one in wanted if one.suffix not in (".pyc", ".pyi")} <= found
    if os.name != "nt":
        assert max(most) == 1
        assert not list(tmp_path.glob(".*"))


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    environment = Environment(tmp_path_factory.mktemp("environment"))
    environment.link_requirements("demo")
    return environment


@pytest.mark.slow
@pytest.mark.parametrize("own", [False, True], ids=["bundled", "own network"])
def test_it_installs_and_reads_a_digit_as_it_is(tmp_path, own, environment):
    from gradio_client import Client

    weights = None
    if own:
        torch.manual_seed(0)
        weights = tmp_path / "mine.safetensors"
        save_weights(DigitCNN(), weights)
    space = tmp_path / "space"
    export_space(space, weights)
    if not own:  # the requirements are the same
        process = environment.run("-m", "pip", "install", "-r", "requirements.txt", cwd=space)
        assert process.returncode == 0, process.stderr
    port, temporary = free_port(), tmp_path / "temporary"
    temporary.mkdir()
    with subprocess.Popen(
        [environment.python, "app.py"],
        cwd=space,
        env={"GRADIO_SERVER_PORT": str(port), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
        | {"TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            line = started.stdout.readline()
            assert line == f"The demo runs at http://127.0.0.1:{port}/\n", started.stderr.read()
            client = Client(f"http://127.0.0.1:{port}/", verbose=False)
            drawing = f"data:image/png;base64,{base64.b64encode(written()).decode()}"
            answer = client.predict(drawing, api_name="/read_drawing")
        finally:
            working = list(temporary.glob("mnist_helpers-own-*"))
            started.terminate()
            started.communicate(timeout=20)
    assert working
    end = time.monotonic() + 20
    while any(path.exists() for path in working) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(path.exists() for path in working)
    if own:  # an untrained network: any answer, but an answer
        assert len(answer["probabilities"]) == 10
        assert FIRST_LINE in (space / "app.py").read_text()
        assert (space / "digit_cnn.safetensors").read_bytes() == weights.read_bytes()
    else:
        assert answer["digit"] == 7
