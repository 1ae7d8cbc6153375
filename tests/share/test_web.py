"""The web page: what it answers to browsers and programs, whatever they send."""

import io
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

pytest.importorskip("flask", reason="the extra web is not installed")
pytest.importorskip("waitress", reason="the extra web is not installed")

import mnist_helpers
from mnist_helpers._support import LaunchError
from mnist_helpers.share import build_app, start_server
from mnist_helpers.share.web import EMPTY, MAX_UPLOAD_BYTES, MISSING, TOO_LARGE
from tests.conftest import image_file, written
from tools.browser import free_port

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
CURL = {"Accept": "*/*"}


@pytest.fixture(scope="module")
def client(recognizer):
    return build_app(recognizer).test_client()


@pytest.fixture(scope="module")
def server(recognizer):
    started = start_server(recognizer, port=None)
    yield started
    started.stop()


def post(client, content, headers=CURL, name="digit.png"):
    return client.post("/predict", data={"file": (io.BytesIO(content), name)}, headers=headers)


# What it answers


@pytest.mark.parametrize(
    "headers", [CURL, {}, {"Accept": "application/json"}, {"Accept": "application/json, text/html"}]
)
def test_a_program_gets_json(client, recognizer, headers):
    reply = post(client, written(), headers)
    assert reply.status_code == 200
    assert reply.mimetype == "application/json"
    wanted = recognizer.predict(written())
    assert [reply.json[key] for key in ("digit", "verdict", "words")] == [7, "sure", "7"]
    assert reply.json["probabilities"] == pytest.approx(wanted.probabilities.tolist(), abs=1e-6)
    assert reply.json["seen"].startswith("data:image/png;base64,")


def test_a_browsers_form_gets_the_page_with_the_answer_or_the_reason(client):
    def plain(content):
        reply = post(client, content, BROWSER)
        assert reply.mimetype == "text/html"
        part = re.search(r"<noscript><section.*?</noscript>", reply.text, re.DOTALL)[0]
        return reply, part

    reply, part = plain(written())
    assert reply.status_code == 200
    assert 'data-digit="7"' in part
    assert part.count("<li>") == 10
    embedded = re.search(r'id="settings">(.*?)</script>', reply.text)[1]
    assert json.loads(embedded)["answer"]["digit"] == 7
    assert 'data-digit=""' in plain(b"no picture")[1]


def test_the_page_asks_nobody_else_and_the_service_is_healthy(client):
    page = client.get("/").text
    assert 'action="predict"' in page
    links = re.compile(r'<a href="https?://[^"]*" target="_blank" rel="noopener noreferrer">')
    assert len(links.findall(page)) == 5
    assert "://" not in links.sub("", page)
    reply = client.get("/health")
    healthy = {"status": "ok", "version": mnist_helpers.__version__}
    assert (reply.status_code, reply.json) == (200, healthy)


# What it refuses


@pytest.mark.parametrize("headers", [CURL, BROWSER], ids=["program", "browser"])
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({}, MISSING),
        ({"other": "7"}, MISSING),
        ({"file": "not a file"}, MISSING),
        ({"file": (b"", "")}, MISSING),
        ({"file": (b"", "empty.png")}, EMPTY),
        ({"file": (b"hello", "text.png")}, "not a picture"),
        ({"file": (written()[:200], "half.png")}, "damaged"),
        ({"file": (b"<svg/>", "drawing.svg")}, "not a picture"),
    ],
    ids=["nothing", "other", "text", "unchosen", "empty", "no picture", "half", "svg"],
)
def test_what_is_not_a_picture_gets_400_and_the_reason(client, data, reason, headers):
    if isinstance(data.get("file"), tuple):
        content, name = data["file"]
        data = {"file": (io.BytesIO(content), name)}
    reply = client.post("/predict", data=data, headers=headers, content_type="multipart/form-data")
    assert reply.status_code == 400
    said = reply.json["error"] if headers is CURL else reply.text
    assert reason.replace('"', '\\"' if headers is BROWSER else '"') in said or reason in said
    assert "Traceback" not in said


@pytest.mark.parametrize("body", [b"", b"x", b"\x00" * 1000, b"--x\r\nbroken"])
@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "multipart/form-data", "text/plain", "image/png"]
)
def test_a_body_that_is_not_a_form_gets_400(client, body, kind):
    reply = client.post("/predict", data=body, content_type=kind)
    assert (reply.status_code, reply.json["error"]) == (400, MISSING)


def test_what_is_too_large_gets_413_and_too_many_pixels_get_400(client):
    reply = post(client, b"\x00" * (MAX_UPLOAD_BYTES + 1))
    assert (reply.status_code, reply.json["error"]) == (413, TOO_LARGE)
    reply = post(client, image_file(Image.new("1", (30_000, 30_000))))
    assert reply.status_code == 400
    assert "too large" in reply.json["error"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/predict", 405),
        ("POST", "/", 405),
        ("GET", "/nothing", 404),
        ("GET", "/../../etc/passwd", 404),
    ],
)
def test_other_addresses_get_their_status(client, method, path, status):
    reply = client.open(path, method=method)
    assert reply.status_code == status
    assert set(reply.json) == {"error"}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    content=st.binary(max_size=2000) | st.binary(max_size=300).map((written()[:60]).__add__),
    name=st.text(max_size=20),
    field=st.sampled_from(["file", "File", ""]),
)
def test_no_content_makes_it_fail(client, content, name, field):
    data = {field: (io.BytesIO(content), name)}
    reply = client.post("/predict", data=data, content_type="multipart/form-data")
    assert reply.status_code in (200, 400)
    assert ("error" in reply.json) == (reply.status_code == 400)


# The server


def test_many_at_once_get_their_own_answers(server, recognizer):
    digits = {"7 crossed": 7, "1 flag": 1, "4 open with a cup": 4, "0 slashed": 0}
    pictures = {name: written(name) for name in digits}

    def read(number):
        name = list(digits)[number % len(digits)]
        body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        body += pictures[name] + b"\r\n--x--\r\n"
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        request = urllib.request.Request(f"{server.address}predict", body, headers)
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)["digit"] == digits[name]

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(read, range(60)))


@pytest.mark.parametrize("path", ["", "health", "predict", "elsewhere"])
def test_headers_forbid_guessing_a_kind_and_telling_where_one_was(server, path):
    try:
        reply = urllib.request.urlopen(server.address + path, timeout=20)
    except urllib.error.HTTPError as error:
        reply = error
    with reply:
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Referrer-Policy"] == "no-referrer"
        assert reply.headers["Server"] is None  # strangers need not know which program answers


def test_it_stops_though_a_visitor_is_connected(recognizer):
    started = start_server(recognizer, port=None)
    with socket.create_connection(("127.0.0.1", started.port)) as idle:
        idle.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"200 OK" in idle.recv(1000)
        started.stop()
    assert not started.running
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(started.address, timeout=5)
    started.stop()  # once more: nothing happens
    start_server(recognizer, port=started.port).stop()


def test_the_wake_up_of_an_answer_may_come_just_before_that_of_stopping(recognizer, monkeypatch):
    started = start_server(recognizer, port=None)
    trigger = started._server.trigger
    pull = trigger._physical_pull

    def pull_late():
        pull()  # as an answer's: it wakes the thread that will close the trigger
        time.sleep(0.2)
        pull()

    monkeypatch.setattr(trigger, "_physical_pull", pull_late)
    started.stop()
    assert not started.running


def test_it_stops_while_visitors_keep_coming(recognizer, monkeypatch, caplog):
    errors, over = [], threading.Event()
    monkeypatch.setattr(threading, "excepthook", errors.append)

    def visit(port):
        while not over.is_set():
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as visitor:
                visitor.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                visitor.recv(1000)

    for _ in range(5):
        started = start_server(recognizer, port=None)
        over.clear()
        with ThreadPoolExecutor(4) as pool:
            for _ in range(4):
                pool.submit(visit, started.port)
            try:
                time.sleep(0.1)
                started.stop()
            finally:  # or the visitors would never end
                over.set()
        assert not started.running
    assert errors == []
    assert caplog.text == ""


@pytest.mark.parametrize("hub", [False, True])
def test_in_a_notebook_it_shows_itself(server, hub, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda what, **_: shown.append(what))
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX", raising=False)
    if hub:
        monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/name/")
    server.show(500)
    (bundle,) = shown
    address = f"/user/name/proxy/{server.port}/" if hub else server.address
    assert f'const address = "{address}"' in bundle["text/html"]
    assert "500" in bundle["text/html"]


def test_in_colab_colab_shows_it(server, monkeypatch):
    output = SimpleNamespace(calls=[])
    output.serve_kernel_port_as_iframe = lambda port, height: output.calls.append((port, height))
    monkeypatch.setattr("mnist_helpers.share.web.in_colab", lambda: True)
    monkeypatch.setitem(sys.modules, "google", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "google.colab", SimpleNamespace(output=output))
    server.show(500)
    assert output.calls == [(server.port, "500")]


def test_a_place_where_it_cannot_listen_gets_one_sentence(recognizer):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(LaunchError, match=f"port {port}: the port is taken"):
            start_server(recognizer, port=port)
    with pytest.raises(LaunchError, match="not an address of this computer"):
        start_server(recognizer, host="192.0.2.1", port=None)


def test_other_computers_are_warned_of(recognizer, capsys):
    start_server(recognizer, host="0.0.0.0", port=None).stop()
    assert "every computer" in capsys.readouterr().out


# The command


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a signal of Unix")
def test_the_command_serves_until_ctrl_c():
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "mnist_helpers", "web", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            where = process.stdout.readline()
            assert where == f"The page is at http://127.0.0.1:{port}/\n", process.stderr.read()
            assert process.stdout.readline() == "Stop it with Ctrl-C.\n"
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as reply:
                assert json.load(reply)["status"] == "ok"
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, out.strip(), errors) == (0, "The page is stopped.", "")
