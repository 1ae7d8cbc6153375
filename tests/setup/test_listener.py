"""Nobody calls home: every command runs cut off from the internet, and whom it asks is heard."""

import os
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from tests.conftest import ROOT, run_python, written
from tools import listener

LISTEN = [sys.executable, "-m", "tools.listener"]


@pytest.fixture(scope="module", autouse=True)
def _possible():
    if subprocess.run([*LISTEN, "--can"], cwd=ROOT, capture_output=True).returncode:
        pytest.skip("a program cannot be cut off here")


def listen(*words, **options):
    return subprocess.run(
        [*LISTEN, *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        **options,
    )


def heard(done):
    lines = done.stderr.splitlines()
    return [line.rpartition(" ")[2] for line in lines if line.startswith("listener: ")]


# The listener

ATTEMPTS = """
import ctypes, socket, urllib.request
for attempt in (
    lambda: ctypes.CDLL(None).getaddrinfo(b"compiled.example.org", None, None, ctypes.byref(x)),
    lambda: socket.getaddrinfo("Python.example.org", 443),
    lambda: urllib.request.urlopen("https://ossci-datasets.s3.amazonaws.com/mnist/x"),
    lambda: socket.create_connection(("192.0.2.1", 443)),
    lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"hello", ("192.0.2.2", 123)),
    lambda: socket.getaddrinfo(socket.gethostname(), None),
):
    x = ctypes.c_void_p()
    try:
        attempt()
    except OSError:
        pass
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname()).sendall(b"works")
assert server.accept()[0].recv(5) == b"works"
"""
THEY = ["192.0.2.1:443", "192.0.2.2:123", "compiled.example.org", "python.example.org"]


def test_every_kind_of_attempt_is_heard_and_this_computer_is_not():
    done = listen(sys.executable, "-c", ATTEMPTS)
    assert heard(done) == THEY, done.stderr
    assert done.returncode == listener.HEARD


def test_what_is_allowed_is_left_out_and_the_commands_exit_code_is_kept():
    allowed = [word for name in THEY for word in ("--allow", name)]
    done = listen(*allowed, sys.executable, "-c", f"{ATTEMPTS}\nraise SystemExit(7)")
    assert (heard(done), done.returncode) == ([], 7), done.stderr


def test_only_what_the_notebooks_announce_may_be_asked():
    from torchvision.datasets import MNIST
    from torchvision.models import ResNet18_Weights

    addresses = [*MNIST.mirrors, ResNet18_Weights.DEFAULT.url]
    hosts = {urlsplit(address).hostname for address in addresses}
    assert set(listener.ANNOUNCED) == hosts


def test_where_it_is_not_possible_a_command_can_run_anyhow(monkeypatch, capsys):
    monkeypatch.setattr(listener.sys, "platform", "win32")
    command = [sys.executable, "-c", "raise SystemExit(7)"]
    assert listener.main(["--try", *command]) == 7
    assert listener.main(command) == listener.main(["--can"]) == listener.IMPOSSIBLE
    assert "only Linux can cut a program off" in capsys.readouterr().err


def test_the_command_ends_with_the_listener():
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    command = [*LISTEN, sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert int(process.stdout.readline())
        process.kill()
        assert process.stdout.read() == ""  # it comes to its end when the command has ended, too


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_the_name_of_this_computers_own_address_may_be_asked_for():
    code = "import socket; socket.getnameinfo(('127.0.0.2', 80), 0)"
    assert heard(listen(sys.executable, "-c", code)) == []


def test_ipv6_is_heard_too():
    code = "import socket; socket.create_connection(('2001:db8::1', 443))"
    assert heard(listen(sys.executable, "-c", code))[-1:] == ["[2001:db8::1]:443"]


# What it is for

REPORTING = """
import subprocess, sys, time
from tools.listener import Listener
listener = Listener()
code = "import time, onnxruntime; time.sleep(600)"
process = subprocess.Popen([sys.executable, "-c", code])
end = time.monotonic() + 90
while not listener.heard() and time.monotonic() < end:
    time.sleep(0.2)
process.kill()
print(*listener.heard())
"""


@pytest.mark.slow
def test_it_hears_what_onnxruntime_would_tell_its_makers(tmp_path):
    """onnxruntime asks in compiled code, half a minute after its start at the latest."""
    onnxruntime = pytest.importorskip("onnxruntime")
    if tuple(map(int, onnxruntime.__version__.split(".")[:2])) < (1, 29):
        pytest.skip("only onnxruntime 1.29 and newer report from Linux")
    off = ("ORT_DISABLE_TELEMETRY", "CI", "GITHUB_ACTIONS")  # it says nothing in CI
    kept = {name: value for name, value in os.environ.items() if name not in off}
    done = run_python(REPORTING, timeout=120, env=kept | {"HOME": str(tmp_path)})
    assert "microsoft.com" in done.stdout, done.stderr
    assert list(tmp_path.rglob("deviceid"))


COMMANDS = """
import shlex, signal, subprocess, sys, urllib.request
from mnist_helpers.cli.main import main
for line in sys.argv[1].splitlines():
    print(">", line, flush=True)
    assert main(shlex.split(line)) == 0
for server in (["web"], ["demo", "--no-browser"]):
    command = [sys.executable, "-m", "mnist_helpers", *server]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    address = next(word for line in process.stdout for word in line.split() if "http://" in word)
    assert urllib.request.urlopen(address).status == 200
    process.send_signal(signal.SIGINT)
    process.communicate()
"""
LINES = """
check
train --epochs 1 --device cpu --out run
evaluate --weights run/digit_cnn.safetensors
predict seven.png
export --html page.html --onnx digits.onnx --space space
sweep --vary dropout=0,0.5 --epochs 1 --seeds 1 --fast
"""


@pytest.mark.slow
def test_no_command_asks_anybody_but_mnists_mirrors_or_leaves_anything_at_home(tmp_path):
    """Without MNIST, so that the mirrors are asked; test_classroom.py hears `run`."""
    pytest.importorskip("onnxruntime")
    (tmp_path / "seven.png").write_bytes(written())
    away = ("MNIST_DATA_DIR", "XDG_CACHE_HOME", "ORT_DISABLE_TELEMETRY", "GRADIO_ANALYTICS_ENABLED")
    kept = {name: value for name, value in os.environ.items() if name not in away}
    home = tmp_path / "home"
    home.mkdir()
    kept |= {"HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [*LISTEN, sys.executable, "-c", COMMANDS, LINES.strip()]
    done = subprocess.run(
        command, cwd=tmp_path, env=kept, capture_output=True, text=True, timeout=600
    )
    assert (done.returncode, heard(done)) == (0, []), done.stdout + done.stderr
    left = {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}
    # The note that MNIST's mirrors were away, and what Matplotlib keeps for itself.
    known = (".cache/mnist_helpers/.mnist.away", ".cache/matplotlib/")
    assert [path for path in sorted(left) if not path.startswith(known)] == []


LAB = """
import json, subprocess, sys, time, urllib.request
from jupyter_client import BlockingKernelClient, find_connection_file
from mnist_helpers._support import free_port
address = f"http://127.0.0.1:{(port := free_port())}/"
command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--allow-root"]
process = subprocess.Popen([*command, "--IdentityProvider.token=abc"])

def ask(path, method="GET"):
    request = urllib.request.Request(address + path, method=method)
    request.add_header("Authorization", "token abc")
    with urllib.request.urlopen(request) as reply:
        return json.loads(text) if (text := reply.read()).startswith(b"{") else text

try:
    for _ in range(600):
        try:
            ask("api/status")
            break
        except OSError:
            time.sleep(0.1)
    assert b"JupyterLab" in ask("lab")
    kernel = ask("api/kernels", "POST")["id"]
    client = BlockingKernelClient(connection_file=find_connection_file(f"kernel-{kernel}.json"))
    client.load_connection_file()
    client.start_channels()
    client.kernel_info()
    client.get_shell_msg(timeout=120)  # now it runs, and has warned if it wants to
    client.stop_channels()
    ask(f"api/kernels/{kernel}", "DELETE")
    ask("api/shutdown", "POST")
    process.wait(60)
finally:
    process.kill()
"""


@pytest.mark.slow
def test_jupyterlab_as_make_lab_starts_it_asks_nobody_and_warns_of_nothing(tmp_path):
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed (the extra notebooks)")
    environment = os.environ | {"JUPYTER_CONFIG_PATH": str(ROOT / "tools" / "jupyter")}
    environment |= {"HOME": str(tmp_path), "JUPYTER_PREFER_ENV_PATH": "1"}
    done = listen(sys.executable, "-c", LAB, env=environment)
    assert (done.returncode, heard(done)) == (0, []), done.stderr
    assert "Kernel started" in done.stderr
    for words in ("without encryption", "not recognized"):
        assert words not in done.stderr
