"""What visitors upload does not outlive the demo, however it ends; a second user has one, too."""

import inspect
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.seconds

gr = pytest.importorskip("gradio", reason="the extra demo is not installed")

from gradio.route_utils import GradioMultiPartParser  # noqa: E402

from mnist_helpers._support import LaunchError, gradio_folder  # noqa: E402
from mnist_helpers.demo import launch, uploads  # noqa: E402
from tests.conftest import ROOT, is_one_sentence, run_python  # noqa: E402

# Older versions of Gradio begin each upload in the system's temporary folder.
INSIDE = "upload_dir" in inspect.signature(GradioMultiPartParser).parameters
# Starts a demo, uploads a picture to it, and breaks off while it uploads another.
DEMO = """
import socket, time
import gradio as gr
import httpx
from mnist_helpers.demo import launch

def start():
    with gr.Blocks(title="Ending", analytics_enabled=False) as app:
        gr.Image()
    launch(app, block=False)
    address = app.local_url + "gradio_api/upload"
    files = {"files": ("mine.png", b"a picture")}
    (path,) = httpx.post(address, files=files, trust_env=False).json()
    request = httpx.Request("POST", address, files={"files": ("big.png", bytes(100_000))})
    head = "".join(f"{name}: {value}\\r\\n" for name, value in request.headers.items())
    begun = f"POST /gradio_api/upload HTTP/1.1\\r\\n{head}\\r\\n".encode() + request.read()[:50_000]
    with socket.create_connection(("127.0.0.1", app.server_port)) as cut_off:
        cut_off.sendall(begun)
        for _ in range(WAITS):
            if list(Path(path).parents[1].glob("tmp*")):
                break
            time.sleep(0.01)
    return app, path
""".replace("WAITS", "1000" if INSIDE else "10")  # at most 10 seconds
# Ends such a demo in many ways: one process of its own for each, with what it printed.
ENDINGS = """
import json, os, pty, signal, sys, time
from pathlib import Path
DEMO
signal.signal(signal.SIGINT, signal.default_int_handler)
temporary, ways = Path(sys.argv[1]), sys.argv[2:]
for way in ways:
    (temporary / way).mkdir()
    read, write = os.pipe()
    process, terminal = pty.fork()
    if process == 0:
        break
    os.close(write)
    uploads = json.loads(os.read(read, 100) or "null")  # waits until the demo has been used
    if way.startswith("SIG"):
        os.kill(process, getattr(signal, way))
    if way == "closed terminal":
        os.close(terminal)
    end = time.monotonic() + 60
    _, status = os.waitpid(process, 0)
    while any((temporary / way).iterdir()) and time.monotonic() < end:
        time.sleep(0.01)
    left = sum(one.is_file() for one in (temporary / way).rglob("*"))
    code = os.waitstatus_to_exitcode(status)
    print(json.dumps({"way": way, "uploads": uploads, "code": code, "left": left}), flush=True)
else:
    sys.exit(0)
import tempfile
tempfile.tempdir = str(temporary / way)
_, path = start()
cut_off = len(list(Path(path).parents[1].glob("tmp*")))
os.write(write, json.dumps([Path(path).exists(), cut_off]).encode())
os.close(write)
if way == "sys.exit":
    sys.exit(3)
if way == "os._exit":
    os._exit(4)
if way == "an exception":
    raise ValueError
if way == "a crash":
    os.abort()
if way != "the end":
    time.sleep(300)
""".replace("DEMO", DEMO)
# The ways, and the exit code of each: minus the signal that ended the process, or its own.
WAYS = {
    "the end": 0,
    "sys.exit": 3,
    "an exception": 1,
    "os._exit": 4,
    "a crash": -6,
    "SIGINT": -2,
    "SIGTERM": -15,
    "SIGHUP": -1,
    "SIGKILL": -9,
    "closed terminal": -1,
}


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_nothing_is_left_after_ten_ways_to_end(tmp_path):
    # macOS does not let a process fork that has loaded certain libraries, unless told to.
    environment = os.environ | {"OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES"}
    done = run_python(ENDINGS, tmp_path, *WAYS, timeout=600, env=environment)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["way"] for row in rows] == list(WAYS), done.stderr
    for row in rows:
        assert row["uploads"] == [True, int(INSIDE)], row
        assert row["left"] == 0, row
        assert row["code"] == WAYS[row["way"]], row


@pytest.fixture
def named(tmp_path, monkeypatch):
    """A folder that the user has named for Gradio."""
    with monkeypatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "mine"))
        patch.setenv("GRADIO_EXAMPLES_CACHE", "")
        yield tmp_path / "mine"
    gradio_folder()  # Gradio uses again what it used before


def test_where_nothing_can_be_written_it_says_so_and_does_not_start(named):
    with gr.Blocks(title="Nowhere", analytics_enabled=False) as app:
        gr.Textbox()
    named.touch()
    with pytest.raises(LaunchError, match="GRADIO_TEMP_DIR") as caught:
        launch(app, block=False)
    assert is_one_sentence(caught.value)
    assert not app.is_running


def test_a_folder_that_the_user_has_named_gets_the_uploads_and_loses_them(named):
    gradio_folder()
    space = {"time": time, "Path": Path}
    exec(DEMO, space)
    app, path = space["start"]()
    assert Path(path).parents[2] == named.resolve()
    app.close(verbose=False)
    assert [one.name for one in named.iterdir()] == ["vibe_edit_history"]


# What notebooks 05 and 06 do, Gradio imported first.
SECOND_USER = """
import io, json, os
import gradio as gr
import httpx
from PIL import Image
from gradio_client import Client, handle_file
from mnist_helpers.demo import launch

picture = Image.new("RGB", (40, 40), "red")
options = {"examples": [[picture]], "title": "What is it?", "flagging_mode": "never"}
app = gr.Interface(lambda one: one, gr.Image(type="pil"), gr.Image(), **options)
launch(app, block=False)
picture.save("mine.png")
client = Client(app.local_url, verbose=False)
answer = client.predict(handle_file("mine.png"), fn_index=0)
(dataset,) = [one for one in app.config["components"] if one["type"] == "dataset"]
(example,) = dataset["props"]["samples"][0]
shown = httpx.get(f"{app.local_url}gradio_api/file={example['path']}", trust_env=False)
sizes = [Image.open(one).size for one in (answer, io.BytesIO(shown.content))]
print(json.dumps({"user": os.getuid(), "sizes": sizes, "folder": os.environ["GRADIO_TEMP_DIR"]}))
"""


@pytest.fixture
def place():
    """A folder that everybody can reach, as pytest's own is not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows gives each user a temporary folder")
def test_a_second_user_of_a_machine_has_a_demo_as_well(place):
    """The folder that Gradio would use belongs to another user, and lacks what a demo needs."""
    temporary, home = place / "tmp", place / "home"
    (temporary / "gradio").mkdir(parents=True)
    temporary.chmod(0o1777)
    (temporary / "gradio").chmod(0o555)
    home.mkdir()
    user, prefix = os.getuid(), []
    if user == 0:
        if not shutil.which("setpriv"):
            pytest.skip("permissions do not bind this user")
        os.chown(temporary / "gradio", 1234, 1234)
        user = 4321
        os.chown(home, user, user)
        # He may read what the first user reads, wherever Python is, but write only what is his.
        may = [f"--{kind}-caps=+dac_read_search" for kind in ("inh", "ambient")]
        prefix = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *may]
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(temporary)}
    done = subprocess.run(
        [*prefix, sys.executable, "-c", SECOND_USER],
        env=environment | {"PYTHONPATH": str(ROOT)},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["user"] == user
    assert told["sizes"] == [[40, 40], [40, 40]]
    assert Path(told["folder"]).parent == temporary.resolve()
    assert done.stderr == ""
    assert list((temporary / "gradio").iterdir()) == []
    left = [one for one in temporary.rglob("*") if one.is_file()]
    assert left == []


def test_uploads_end_with_a_demo_that_is_closed_or_replaced(capsys):
    space = {"time": time, "Path": Path}
    exec(DEMO, space)
    first, path = space["start"]()
    folder = Path(path).parents[1]
    assert len(list(folder.glob("tmp*"))) == int(INSIDE)
    second, other = space["start"]()  # of the same title
    assert not first.is_running
    assert not folder.exists()
    assert Path(other).read_bytes() == b"a picture"
    second.close(verbose=False)
    assert not Path(other).parents[1].exists()
    assert Path(other).parents[2].is_dir()  # which the next demo of this process uses


@pytest.mark.skipif(not INSIDE, reason="this Gradio begins uploads outside its folder")
def test_what_is_left_of_uploads_that_were_cut_off_goes_while_the_demo_runs(monkeypatch):
    monkeypatch.setattr(uploads, "CUT_OFF", (0.05, 1))
    space = {"time": time, "Path": Path}
    exec(DEMO, space)
    app, path = space["start"]()
    end = time.monotonic() + 20
    while list(Path(path).parents[1].glob("tmp*")) and time.monotonic() < end:
        time.sleep(0.05)
    assert list(Path(path).parents[1].glob("tmp*")) == []
    assert Path(path).read_bytes() == b"a picture"
    app.close(verbose=False)
