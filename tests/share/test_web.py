"""The web page: what it answers to browsers and programs, whatever they send."""

import base64
import http.client
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

from werkzeug.datastructures import MultiDict

import mnist_helpers
from mnist_helpers._support import GONE, LaunchError, limits
from mnist_helpers.cli.main import main
from mnist_helpers.recognizer import BUSY
from mnist_helpers.share import build_app, start_server
from mnist_helpers.share.connections import channel_class
from mnist_helpers.share.web import EMPTY, MAX_UPLOAD_BYTES, MISSING, SEVERAL, TOO_LARGE
from tests.conftest import image_file, side_by_side, turned_file, written
from tools.browser import free_port, needs_chromium, running

pytestmark = pytest.mark.seconds

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


def post(client, content, headers=CURL, name="digit.png", field="file"):
    return client.post("/predict", data={field: (io.BytesIO(content), name)}, headers=headers)


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


@pytest.mark.parametrize("kind", ["TIFF", "WebP"])
def test_a_picture_that_lies_on_its_side_is_turned_once(kind, client):
    picture = Image.open(io.BytesIO(written())).convert("RGB")
    answers = [post(client, turned_file(picture, way, kind)).json for way in (1, 3, 6, 8)]
    assert [answer["digit"] for answer in answers] == [7] * 4


def test_a_browsers_form_gets_the_page_with_the_answer_or_the_reason(client):
    def plain(content):
        reply = post(client, content, BROWSER)
        assert reply.mimetype == "text/html"
        part = re.search(r"<noscript><section.*?</noscript>", reply.text, re.DOTALL)[0]
        return reply, part

    reply, part = plain(written())
    assert reply.status_code == 200
    assert 'data-number="7"' in part
    assert part.count("<li>") == 10
    embedded = re.search(r'id="settings">(.*?)</script>', reply.text)[1]
    assert json.loads(embedded)["answer"]["digit"] == 7
    assert 'data-number=""' in plain(b"no picture")[1]
    part = plain(side_by_side("0 oval", "4 open"))[1]
    assert 'data-number="04"' in part
    assert part.count("<li>") == 20
    part = plain(image_file(Image.new("L", (90, 90), 255)))[1]
    assert "I see no digit" in part
    assert "<li>" not in part


def test_programs_of_the_tutorials_may_call_the_picture_image(client):
    reply = post(client, side_by_side("0 oval", "4 open"), field="image")
    assert reply.status_code == 200
    assert [reply.json[key] for key in ("number", "digit", "verdict")] == ["04", None, "sure"]
    assert post(client, b"", field="image").json["error"] == EMPTY
    reply = post(client, b"\x00" * (MAX_UPLOAD_BYTES + 1), field="image")
    assert (reply.status_code, reply.json["error"]) == (413, TOO_LARGE)
    for fields in (["file", "image"], ["image", "image"], ["file", "file"]):
        data = MultiDict((one, (io.BytesIO(written()), "a.png")) for one in fields)
        reply = client.post("/predict", data=data)
        assert (reply.status_code, reply.json["error"]) == (400, SEVERAL)
    # A form in a browser sends its own field without a name, if nothing was chosen.
    data = {"file": (io.BytesIO(), ""), "image": (io.BytesIO(written()), "a.png")}
    assert client.post("/predict", data=data).json["digit"] == 7


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
        ({"image": "not a file"}, MISSING),
        ({"file": (b"", "")}, MISSING),
        ({"file": (b"", "empty.png")}, EMPTY),
        ({"file": (b"hello", "text.png")}, "not a picture"),
        ({"file": (written()[:200], "half.png")}, "damaged"),
        ({"file": (b"<svg/>", "drawing.svg")}, "not a picture"),
    ],
    ids=[
        "nothing",
        "other",
        "text",
        "image text",
        "unchosen",
        "empty",
        "no picture",
        "half",
        "svg",
    ],
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


def test_who_waited_too_long_for_a_turn_gets_503(client, monkeypatch):
    monkeypatch.setattr("threading.BoundedSemaphore.acquire", lambda *_, **__: False)
    reply = post(client, written())
    assert (reply.status_code, reply.json["error"]) == (503, BUSY)


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
    field=st.sampled_from(["file", "image", "File", ""]),
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


# Whom it answers


def ask(server, path="health", method="GET", **headers):
    """The status and the headers of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, f"/{path}", headers=names)
    with connection.getresponse() as reply:
        return reply.status, reply.headers, reply.read().decode()


def test_strange_names_and_pages_are_refused(server):
    assert ask(server)[0] == ask(server, Host="localhost")[0] == 200
    for path in ("", "health", "predict"):
        assert ask(server, path, Host="evil.example")[0] == 400
    for foreign in ({"Origin": "https://evil.example"}, {"Origin": "null"}):
        for method in ("GET", "POST", "OPTIONS", "PUT"):
            status, _, said = ask(server, "predict", method, **foreign)
            assert status == 403
            assert json.loads(said)["error"].endswith(".")
    assert ask(server, "predict", "POST", Sec_Fetch_Site="cross-site")[0] == 403
    assert ask(server, "", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")[0] == 200
    own = f"http://127.0.0.1:{server.port}"
    assert ask(server, "predict", "POST", Origin=own)[0] == 400  # there is no picture


def test_other_pages_cannot_frame_it_but_a_notebook_can(server):
    secret = server._guard.secret
    assert ask(server, "")[1]["X-Frame-Options"] == "DENY"
    strange = {"Host": "any.example", "Origin": "https://any.example"}
    status, headers, page = ask(server, f"{secret}/", **strange)
    assert status == 200
    assert headers["X-Frame-Options"] is None
    assert 'action="predict"' in page  # which leads below the secret
    assert ask(server, f"{secret}/predict", "POST", **strange)[0] == 400
    status, headers, _ = ask(server, f"{secret}/here", **strange)
    assert (status, headers["Access-Control-Allow-Origin"]) == (204, "*")
    status, headers, said = ask(server, "launch-another/here", Accept="text/html")
    assert (status, said, headers["Access-Control-Allow-Origin"]) == (404, GONE, None)


@needs_chromium
def test_a_form_without_javascript_is_read_without_encryption_too(recognizer, chromium):
    started = start_server(recognizer, host="0.0.0.0", port=None)
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        # As for other computers' names, and not for this one's own, there is no Sec-Fetch-Site.
        page.goto(f"http://0.0.0.0:{started.port}/")
        seven = {"name": "seven.png", "mimeType": "image/png", "buffer": written()}
        page.locator("input[type=file]").first.set_input_files(seven)
        with page.expect_navigation() as navigation:
            page.get_by_role("button", name="Read it").click()
        assert navigation.value.status == 200
        assert page.locator("[data-number='7']").count() == 1
    started.stop()


def test_visual_studio_codes_name_for_it_is_answered(recognizer, monkeypatch):
    monkeypatch.setenv("VSCODE_PROXY_URI", "https://code.example/proxy/{{port}}/")
    started = start_server(recognizer, port=None)
    assert ask(started, Host="code.example")[0] == 200
    assert ask(started, Host="evil.example")[0] == 400
    started.stop()


def test_a_broken_origin_is_refused(server):
    for origin in ("http://[", "http://\xbd", "::", "http://"):
        assert ask(server, "predict", "POST", Origin=origin)[0] == 403


def test_a_named_host_is_answered(recognizer):
    started = start_server(recognizer, port=None, allow_hosts=["digits.example"])
    name = {"Host": "digits.example", "Origin": "https://digits.example"}
    try:
        assert ask(started, "predict", "POST", **name)[0] == 400
    finally:
        started.stop()


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_the_newer_internet_protocol_works(recognizer, host):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    started = start_server(recognizer, host=host, port=None)
    with urllib.request.urlopen(f"{started.address}health", timeout=20) as reply:
        assert reply.status == 200
    started.stop()


def test_a_password_guards_everything(recognizer):
    started = start_server(recognizer, port=None, auth=("ann", "sécret"))

    def basic(user, password):
        given = base64.b64encode(f"{user}:{password}".encode()).decode()
        return {"Authorization": f"Basic {given}"}

    try:
        for path in ("", "health", "predict", "elsewhere", f"{started._guard.secret}/"):
            status, headers, _ = ask(started, path)
            assert status == 401
            assert headers["WWW-Authenticate"].startswith("Basic")
        status, headers, _ = ask(started, **basic("ann", "sécret"))
        assert status == 200
        known = {"Cookie": headers["Set-Cookie"].partition(";")[0]}
        assert "HttpOnly" in headers["Set-Cookie"]
        for _ in range(3):
            assert ask(started, **basic("ann", "wrong"))[0] == 401
        status, _, said = ask(started, **basic("ann", "sécret"))
        assert status == 429
        assert "Wait" in said
        assert ask(started, **known)[0] == 200  # who was in stays in
        assert ask(started, Cookie="digits-visitor=é")[0] == 401
    finally:
        started.stop()


# Masses


def send(server, content, wait=20):
    """Send bytes; the status of the answer, or 0 if the connection was closed without one."""
    with socket.create_connection(("127.0.0.1", server.port), wait) as visitor:
        with suppress(OSError):
            visitor.sendall(content)
        with suppress(OSError):
            words = visitor.recv(1000).split()
            return int(words[1]) if words else 0
        return 0


HEAD = b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        (b"Content-Length: 300000000\r\n\r\n", 413),
        (b"Content-Length: x\r\n\r\n", 400),
        (b"Transfer-Encoding: gzip\r\n\r\n", 400),
        (b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"".join(b"X-%d: %s\r\n" % (n, b"a" * 100) for n in range(2000)) + b"\r\n", 431),
        (b"broken\r\n\r\n", 400),
    ],
    ids=["length", "no number", "coding", "chunks", "headers", "header"],
)
def test_bodies_and_headers_are_bounded(server, rest, status):
    assert send(server, HEAD + rest) == status


def test_a_body_without_a_length_is_bounded(server):
    chunk = b"100000\r\n" + bytes(0x100000) + b"\r\n"
    assert send(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 42) in (0, 413)
    assert ask(server)[0] == 200


def test_a_request_that_never_ends_is_given_up(server, monkeypatch):
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.1)
    with socket.create_connection(("127.0.0.1", server.port), 20) as slow:
        slow.sendall(HEAD)
        time.sleep(0.3)
        assert ask(server)[0] == 200  # which wakes the server
        assert slow.recv(10) == b""


def test_what_all_visitors_send_at_once_is_bounded(server, monkeypatch):
    monkeypatch.setattr(limits, "MAX_UNFINISHED_BYTES", 5_000_000)
    head, part = HEAD + b"Content-Length: 9000000\r\n\r\n", bytes(2_000_000)
    slow = [socket.create_connection(("127.0.0.1", server.port), 20) for _ in range(8)]
    for one in slow:
        one.sendall(head + part)
    end = time.monotonic() + 20
    while time.monotonic() < end and ask(server)[0] == 200:
        open_ = [one for one in server._server.active_channels.values() if one.request]
        if 0 < sum(one.request.body_bytes_received for one in open_) <= 5_000_000:
            break
    assert time.monotonic() < end
    for one in slow:
        one.close()


def test_visitors_who_send_in_step_are_not_all_dropped(monkeypatch):
    monkeypatch.setattr(limits, "MAX_UNFINISHED_BYTES", 5_000_000)

    def take(channel, data):
        channel.request.body_bytes_received += len(data)

    monkeypatch.setattr("waitress.channel.HTTPChannel.received", take)
    kind = channel_class(100)
    channels = {number: kind.__new__(kind) for number in range(8)}
    for number, one in channels.items():
        one.request, one.requests = SimpleNamespace(body_bytes_received=0), []
        one.server, one.will_close = SimpleNamespace(active_channels=channels), False
        one.begun, one.megabytes = number, 0
    for _ in range(2):
        for one in channels.values():
            if not one.will_close:
                one.received(bytes(1_000_000))
    kept = [one.request.body_bytes_received for one in channels.values() if not one.will_close]
    assert 0 < sum(kept) <= 5_000_000


def test_idle_connections_make_room(recognizer, monkeypatch):
    monkeypatch.setattr("mnist_helpers.share.web.most_connections", lambda: 20)
    started = start_server(recognizer, port=None)
    idle = [socket.create_connection(("127.0.0.1", started.port), 20) for _ in range(150)]
    try:
        assert ask(started)[0] == 200
        assert len(started._server.active_channels) < 150
    finally:
        for one in idle:
            one.close()
        started.stop()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no ulimit")
@pytest.mark.parametrize(
    ("words", "files"), [("web", None), ("web", 1024), ("demo --no-browser", 1024)]
)
def test_it_answers_beside_a_thousand_idle_connections(tmp_path, words, files):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    idle = []
    limit = f"ulimit -n {files} && " if files else ""
    address = f"http://127.0.0.1:{(port := free_port())}/"
    command = f"{limit}exec '{sys.executable}' -m mnist_helpers {words} --port={port}"
    try:
        with running(["sh", "-c", command], address, tmp_path) as server:
            if (
                "demo" in words and sys.platform == "linux"
            ):  # it accepts what has come meanwhile, all at once
                server.send_signal(signal.SIGSTOP)
            for _ in range(1000):
                idle.append(socket.create_connection(("127.0.0.1", port), 20))
            server.send_signal(signal.SIGCONT)
            begun = time.monotonic()
            with urllib.request.urlopen(address, timeout=60) as reply:
                assert reply.status == 200
            assert time.monotonic() - begun < 20  # about 0.2 s on a quiet machine
            for one in idle:
                one.close()
        assert "Traceback" not in (tmp_path / "process.log").read_text()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


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


@pytest.mark.parametrize("typed", [None, "typed"])
def test_the_commands_take_a_password_from_a_prompt_or_a_variable(typed, monkeypatch, capsys):
    calls = []

    def record(*_, **options):
        calls.append(options)
        return SimpleNamespace(address="x", running=False)

    monkeypatch.setattr("mnist_helpers.share.start_server", record)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: typed is not None))
    monkeypatch.setattr("getpass.getpass", lambda prompt: typed)
    monkeypatch.delenv("MNIST_HELPERS_PASSWORD", raising=False)
    words = ["web", "--auth", "ann", "--allow-host", "a.example", "--allow-host", "b.example"]
    assert main(words) == (1 if typed else 2)  # 1: the recorder is not running
    assert calls == ([{"auth": ("ann", "typed"), "allow_hosts": words[4::2]}] if typed else [])
    monkeypatch.setenv("MNIST_HELPERS_PASSWORD", "kept")
    main(words)
    assert calls[-1]["auth"] == ("ann", "kept")
    capsys.readouterr()
    assert main(["web", "--auth", "ann:secret"]) == 2
    assert "every user of this computer can read" in capsys.readouterr().err


def test_who_has_set_a_password_is_not_told_to(recognizer, capsys):
    start_server(recognizer, host="0.0.0.0", port=None).stop()
    start_server(recognizer, host="0.0.0.0", port=None, auth=("ann", "secret")).stop()
    first, second = capsys.readouterr().out.splitlines()
    assert "Set a password" in first
    assert "Set a password" not in second


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
