"""The commands on a GPU, a pretended one: each runs there, and the servers answer."""

import contextlib
import io
import os
import re
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import ROOT, drawing, image_file, small_arrays, write_folder
from tools.pretended_gpu import make_start_up

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Small data, a picture, and the networks that were trained on the pretended GPU."""
    folder = tmp_path_factory.mktemp("gpu")
    write_folder(folder / "data", **small_arrays(240, 40))
    (folder / "picture.png").write_bytes(image_file(drawing()))
    return folder


def run(folder, *words):
    """The exit code of a command, and what it says; for the process with the pretended GPU."""
    from mnist_helpers.cli.main import main
    from mnist_helpers.recipes import non_digits, pairs, recipes

    said = io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        patch.setenv("MNIST_DATA_DIR", str(Path(folder) / "data"))
        patch.chdir(folder)
        patch.setattr(recipes, "STROKES", 50)
        for name in ("DIGITS", "PASTED", "PRINTED", "NON_DIGITS"):
            patch.setattr(non_digits, name, 40)
        for name in ("TOUCHING", "CLOSE", "TRIPLES", "SINGLES"):
            patch.setattr(pairs, name, 40)
        return main(list(words)), said.getvalue()


# In this order, because later ones use what earlier ones have written.
COMMANDS = [
    ("train --epochs 2 --out one", "on pretend."),
    ("train --epochs 2 --out one --resume", "Going on after epoch 2 of 2"),
    (
        "train --recipe bundled --epochs 1 --out deep",
        "and the reader of pairs",
    ),
    ("evaluate --weights one", "accuracy"),
    ("evaluate --json --weights deep", '"test_accuracy"'),
    ("predict picture.png --weights one", "picture.png"),
    ("predict picture.png --weights deep", "picture.png"),
    ("export --onnx one.onnx --weights one", "one.onnx"),
    ("export --html one.html --weights one", "one.html"),
    ("export --space space --weights deep", "space"),
    ("sweep --vary dropout=0,0.5 --seeds 1 --epochs 1 --fast --out sweep", "dropout"),
    ("check", "graphics card"),
]


@pytest.mark.parametrize(("words", "said"), COMMANDS, ids=lambda value: value)
def test_a_command_runs(words, said, folder, on_pretended_gpu):
    code, text = on_pretended_gpu(run, str(folder), *words.split())
    assert code == 0, text
    assert said in text


def ask(command, address):
    """The answer to a picture that is sent to the page, or the demo's first page."""
    if command == "demo":
        return urllib.request.urlopen(address, timeout=30).status == 200
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    body = head + image_file(drawing()) + b"\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    request = urllib.request.Request(f"{address}predict", body, headers)
    return b'"digit"' in urllib.request.urlopen(request, timeout=30).read()


@pytest.mark.parametrize("command", ["web", "demo"])
def test_a_server_starts_and_answers(command, folder, on_pretended_gpu, tmp_path):
    pytest.importorskip("gradio" if command == "demo" else "flask", reason="an extra is missing")
    options = ["--no-browser", "--inside"] if command == "demo" else []
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "mnist_helpers", command, "--port", str(port), *options],
        env=os.environ | make_start_up(tmp_path),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            said = iter(process.stdout.readline, "")
            line = next(line for line in said if f":{port}" in line)
            assert ask(command, re.search(r"http://\S+/", line)[0])
        finally:
            process.kill()
