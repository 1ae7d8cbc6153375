"""What the demo's server refuses, before Gradio sees it: strangers, masses, and nonsense."""

import contextlib
import http.client
import json
import logging
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.seconds

gr = pytest.importorskip("gradio", reason="the extra demo is not installed")

import httpx  # noqa: E402

from mnist_helpers._support import limits  # noqa: E402
from mnist_helpers.demo import build_demo, guarding, launch  # noqa: E402
from tests.conftest import written  # noqa: E402
from tools.browser import needs_chromium  # noqa: E402

API = "/gradio_api/"
JSON = {"content-type": "application/json"}


@contextlib.contextmanager
def launched(recognizer, title, **options):
    """A running demo. One of the same title would end it, and perhaps answer in its place."""
    app = build_demo(recognizer, examples=[])
    app.title = title
    launch(app, block=False, **options)
    try:
        yield app
    finally:
        app.close(verbose=False)


@pytest.fixture(scope="module")
def demo(recognizer):
    with launched(recognizer, "Open") as app:
        yield app


@pytest.fixture(scope="module")
def http_(demo):
    with httpx.Client(base_url=demo.local_url, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def secret(demo):
    (gate,) = [one for one in demo.app.user_middleware if one.cls is guarding._Gate]
    return gate.kwargs["guard"].secret


@pytest.fixture(autouse=True)
def no_traceback(capfd):
    """Whatever a visitor sends, the terminal shows no traceback."""
    yield
    captured = capfd.readouterr()
    assert "Traceback" not in captured.out + captured.err


def upload(client, content=None, name="seven.png"):
    files = {"files": (name, written() if content is None else content)}
    return client.post(f"{API}upload", files=files)


def call(client, path, **body):
    return client.post(API + path, content=json.dumps(body), headers=JSON)


def sentence(reply):
    """The reason in a refusal; it is a sentence, and says nothing about the inside."""
    said = reply.json()["error"]
    assert said.endswith(".")
    assert said == reply.json()["detail"]
    assert "/" not in said.replace("--allow-host", "")
    return said


# Who asks


def test_strange_names_and_pages_are_refused(http_):
    assert http_.get("/").status_code == 200
    assert http_.get("/", headers={"Host": "evil.example"}).status_code == 400
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        for path in ("component_server", "run/read_drawing", "call/read_drawing", "upload"):
            reply = http_.post(API + path, headers=headers)
            assert (reply.status_code, path) == (403, path)
            sentence(reply)
        for path in ("queue/data?session_hash=a", "info", "heartbeat/a", "call/read_drawing/x"):
            assert http_.get(API + path, headers=headers).status_code == 403
    own = {"Origin": str(http_.base_url).rstrip("/")}
    assert http_.post(f"{API}run/read_drawing", json={"data": [None]}, headers=own).is_success


def test_a_websocket_is_refused(demo):
    place = urlsplit(demo.local_url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=20)
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Origin": "http://evil.example"}
    connection.request("GET", f"{API}queue/data", headers=headers)
    assert connection.getresponse().status in (403, 426)
    connection.close()


def test_other_pages_cannot_frame_it_and_learn_no_address(http_, secret):
    page = http_.get("/").headers
    assert page["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in page["content-security-policy"]
    assert page["referrer-policy"] == "no-referrer"
    assert "x-frame-options" not in http_.get(f"/{secret}/").headers


def test_who_knows_the_secret_needs_no_other_proof(http_, secret):
    strange = {"Host": "any.example:1", "Origin": "https://any.example", "Sec-Fetch-Site": "x"}
    reply = http_.get(f"/{secret}/here", headers=strange)
    assert reply.status_code == 204
    assert reply.headers["access-control-allow-origin"] in ("*", "https://any.example")
    body = {"data": [None]}
    assert http_.post(f"/{secret}{API}run/read_drawing", json=body, headers=strange).is_success
    page = http_.get(f"/{secret}/", headers={"Host": "any.example:1"}).text
    assert f"http://any.example:1/{secret}" in page
    behind = {"Host": "any.example", "X-Forwarded-Context": "/lab/proxy/7860"}
    config = http_.get(f"/{secret}/config", headers=behind).json()
    assert config["root"] == f"http://any.example/lab/proxy/7860/{secret}"


def test_an_app_that_is_gone_says_so_and_answers_nothing(http_):
    for path in ("here", "", "config", "gradio_api/info"):
        reply = http_.get(f"/launch-another/{path}")
        assert (reply.status_code, reply.text) == (404, guarding.GONE)
        assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize("value", ["::::", "a b", "x" * 3000, "http://x/", "é".encode()])
@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Gradio-Server", "X-Forwarded-Context"])
def test_headers_of_proxies_cannot_make_it_fail(http_, name, value):
    assert http_.get("/config", headers={name: value}).status_code == 200


# How much


def raw(demo, head, body=b"", wait=20.0):
    """Send bytes; the status of the answer."""
    place = urlsplit(demo.local_url)
    with socket.create_connection((place.hostname, place.port), wait) as visitor:
        visitor.sendall(head.encode() + b"\r\nHost: 127.0.0.1\r\n\r\n")
        with contextlib.suppress(OSError):  # it has been refused meanwhile
            visitor.sendall(body)
        return int(visitor.recv(1000).split()[1])


def test_bodies_are_bounded_whether_they_say_their_length_or_not(demo, http_):
    large = b'{"data": ["' + b"A" * limits.MAX_CALL_BYTES + b'"]}'
    for path in ("component_server", "run/read_drawing", "queue/join"):
        assert http_.post(API + path, content=large, headers=JSON).status_code == 413
        assert http_.post(API + path, content=iter([large]), headers=JSON).status_code == 413
    assert http_.post("/login", content=large).status_code == 413
    files = [("files", (f"{n}.png", b"\0" * 9_000_000)) for n in range(3)]
    assert http_.post(f"{API}upload", files=files).status_code == 413
    assert raw(demo, f"POST {API}upload HTTP/1.1\r\nContent-Length: 300000000") == 413
    assert raw(demo, f"POST {API}upload HTTP/1.1\r\nContent-Length: -1") == 400
    many = "".join(f"\r\nX-{n}: {'a' * 100}" for n in range(2000))
    assert raw(demo, f"GET / HTTP/1.1{many}") == 400


def test_a_request_that_never_ends_is_given_up(demo, monkeypatch):
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.3)
    head = f"POST {API}run/read_drawing HTTP/1.1\r\nContent-Length: 100"
    assert raw(demo, head, b'{"data"') == 408


def test_who_leaves_during_an_upload_leaves_no_traceback(demo, http_, caplog, monkeypatch):
    log = logging.getLogger("uvicorn.error")
    monkeypatch.setattr(log, "handlers", [caplog.handler])
    place = urlsplit(demo.local_url)
    form = b'--b\r\nContent-Disposition: form-data; name="files"; filename="x"\r\n\r\nhalf'
    head = f"POST {API}upload HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: 9999\r\n"
    head += "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    with socket.create_connection((place.hostname, place.port)) as visitor:
        visitor.sendall(head.encode() + form)
        time.sleep(0.3)
    time.sleep(0.3)
    assert http_.get("/config").status_code == 200
    assert "Exception" not in caplog.text


def test_what_all_visitors_send_at_once_is_bounded(demo, monkeypatch):
    monkeypatch.setattr(limits, "MAX_UNFINISHED_BYTES", 1_000)
    head = f"POST {API}run/read_drawing HTTP/1.1\r\nContent-Length: 100000"
    assert raw(demo, head, b"[" * 2_000) == 429


@pytest.mark.parametrize("path", [f"{API}heartbeat/{'a' * 200}", f"{API}info?x={'a' * 5000}"])
def test_long_ids_and_addresses_are_refused(http_, path):
    assert http_.get(path).status_code in (414, 422)


def test_of_many_sessions_only_the_newest_are_kept(demo, http_, monkeypatch):
    assert demo.app.state_holder.capacity == limits.MAX_SESSIONS
    monkeypatch.setattr(demo.app.state_holder, "capacity", 5)
    demo.app.state_holder.session_data.clear()
    for number in range(8):
        assert call(
            http_,
            "component_server",
            data=None,
            session_hash=f"s{number}",
            fn_name="read_drawing",
            component_id=pad(http_),
        ).is_success
    assert set(demo.app.state_holder.session_data) == {f"s{number}" for number in range(3, 8)}


def pad(client):
    components = client.get("/config").json()["components"]
    return next(one["id"] for one in components if one["props"].get("elem_id") == "pad")


def left(paths, wanted):
    """Those that are still there; they are deleted after the answer, so this waits a little."""
    end = time.monotonic() + 20
    while (there := [one for one in paths if Path(one).exists()]) and len(there) > wanted:
        if time.monotonic() > end:
            break
        time.sleep(0.02)
    return there


def test_of_many_uploads_only_the_newest_are_kept(demo, http_, monkeypatch):
    monkeypatch.setattr(limits, "MAX_KEPT_FILES", 3)
    paths = []
    for number in range(6):
        paths += upload(http_, b"%d" % number).json()
        time.sleep(0.02)
    assert left(paths, 3) == paths[3:]
    monkeypatch.setattr(limits, "MAX_KEPT_BYTES", 1_000)
    (large,) = upload(http_, b"7" * 900).json()
    (larger,) = upload(http_, b"8" * 990).json()
    assert left([large, larger], 1) == [larger]


def test_answers_that_nobody_fetches_are_forgotten(demo, http_, monkeypatch):
    monkeypatch.setattr(limits, "MAX_SESSIONS", 0)
    call(http_, "call/read_drawing", data=[None])
    queue = demo._queue
    end = time.monotonic() + 5  # until all are answered; before 6.31, Gradio did not forget them
    while queue.event_ids_to_events and time.monotonic() < end:
        time.sleep(0.01)
    queue.pending_messages_per_session.clear()
    call(http_, "call/read_drawing", data=[None])
    assert len(queue.pending_event_ids_session) == 1


# What


def file(path, **more):
    return {"path": path, "meta": {"_type": "gradio.FileData"}} | more


DEEP = json.loads("[" * 60 + "]" * 60)


@pytest.mark.parametrize("route", ["run/{}", "api/{}", "call/{}", "queue/join"])
@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("read_picture", {"data": ["seven.png"]}),
        ("read_picture", {"data": ["/etc/passwd"]}),
        ("read_picture", {"data": [file("/etc/passwd")]}),
        ("read_picture", {"data": [file("x\0y")]}),
        ("read_picture", {"data": [file("\ud800")]}),
        ("read_picture", {"data": [file(None, url="http://127.0.0.1:1/")]}),
        ("read_picture", {"data": [file("http://127.0.0.1:1/")]}),
        ("read_picture", {"data": [file("x" * 5000)]}),
        ("read_picture", {"data": [{"path": "x"}]}),
        ("read_picture", {"data": [7]}),
        ("read_picture", {"data": [[]]}),
        ("read_picture", {"data": [DEEP]}),
        ("read_drawing", {"data": [7]}),
        ("read_drawing", {"data": [True]}),
        ("read_drawing", {"data": [{"a": 1}]}),
        ("read_drawing", {"data": [["x"]]}),
        ("read_drawing", {"data": [float("nan")]}),
        ("read_drawing", {"data": [float("inf")]}),
        ("read_drawing", {"data": []}),
        ("read_drawing", {"data": [None, None]}),
        ("read_drawing", {"data": None}),
        ("read_drawing", {"data": "x"}),
        ("read_drawing", {"data": {"0": None}}),
        ("read_drawing", {}),
        ("read_drawing", {"data": [None], "session_hash": 7}),
        ("read_drawing", {"data": [None], "session_hash": "a" * 200}),
        ("read_drawing", {"data": [None], "session_hash": "\u2028"}),
        ("read_drawing", {"data": [None], "event_id": []}),
        ("nothing", {"data": [None]}),
    ],
)
def test_nonsense_gets_a_sentence_before_it_is_queued(demo, http_, route, name, body):
    if route == "queue/join":
        number = next((n for n, fn in demo.fns.items() if fn.api_name == name), 99)
        body = {"fn_index": number, "session_hash": "q"} | body
    reply = call(http_, route.format(name), **body)
    assert reply.status_code in (400, 404, 422), reply.text
    sentence(reply)
    assert "q" not in demo._queue.pending_messages_per_session


@pytest.mark.parametrize("route", ["call/nothing", "call/v2/nothing"])
def test_a_call_by_name_needs_a_name_whatever_its_number_is(http_, route):
    assert call(http_, route, data=[None], fn_index=0).status_code == 404


@pytest.mark.parametrize("number", [-1, 99, "x", 1.5, 1e308, True, [], 2**70])
def test_a_wrong_number_of_a_function_is_refused(http_, number):
    for path in ("run/read_drawing", "queue/join"):
        reply = call(http_, path, data=[None], fn_index=number, session_hash="a")
        assert reply.status_code in (404, 422)
        sentence(reply)


@pytest.mark.parametrize(
    "change",
    [
        {"fn_name": "__init__"},
        {"fn_name": "postprocess"},
        {"fn_name": None},
        {"component_id": 9999},
        {"component_id": "x"},
        {"component_id": True},
        {"component_id": []},
        {"session_hash": None},
        {"session_hash": "a" * 1000},
        {"data": 7},
        {"data": [DEEP]},
        {"data": float("nan")},
    ],
)
def test_a_wrong_call_of_the_squares_function_is_refused(http_, change):
    good = {
        "data": None,
        "session_hash": "a",
        "fn_name": "read_drawing",
        "component_id": pad(http_),
    }
    assert call(http_, "component_server", **good).is_success
    reply = call(http_, "component_server", **good | change)
    assert reply.status_code in (400, 404, 422)
    sentence(reply)
    for name in good:
        left = {key: value for key, value in good.items() if key != name}
        assert call(http_, "component_server", **left).status_code in (404, 422)


@pytest.mark.parametrize("body", ["", "{", "null", "[]", "7", '"x"', "\0", "{}", "1" * 5000])
@pytest.mark.parametrize(
    "path",
    [
        "component_server",
        "run/read_drawing",
        "call/read_drawing",
        "call/v2/read_drawing",
        "queue/join",
        "cancel",
        "reset",
        "stream/x",
        "vibe-edit",
        "vibe-code",
        "process_recording",
        "upload",
    ],
)
def test_a_body_that_is_no_call_is_refused(http_, path, body):
    for kind in (JSON, {"content-type": "multipart/form-data; boundary=x"}, {}):
        reply = http_.post(API + path, content=body, headers=kind)
        # The input of a call by name may be left out, and a form may be empty.
        fine = (path, body) == ("call/v2/read_drawing", "{}") or reply.text == "[]"
        assert reply.status_code in range(200 if fine else 400, 500)


def test_calls_by_name_are_checked_like_the_others(http_):
    for body in ({"drawing": 7}, {"other": None}, {"drawing": None, "other": 1}):
        assert call(http_, "call/v2/read_drawing", **body).status_code == 422
    assert call(http_, "call/v2/read_picture", picture="x").status_code == 422
    (path,) = upload(http_).json()
    names = http_.get(f"{API}info").json()["named_endpoints"]["/read_picture"]["parameters"]
    reply = call(http_, "call/v2/read_picture", **{names[0]["parameter_name"]: file(path)})
    stream = http_.get(f"{API}call/read_picture/{reply.json()['event_id']}").text
    assert '"digit": 7' in stream


@pytest.mark.parametrize(
    "path",
    [
        "queue/data?session_hash=nobody",
        "queue/data",
        "call/read_drawing/nothing",
        "deep_link?session_hash=a",
        "file=http://127.0.0.1:1/x",
        "proxy=http://127.0.0.1:1/x",
        "file=%00",
        "stream/a/b/c/playlist.m3u8",
    ],
)
def test_questions_about_nothing_get_a_4xx(http_, path):
    assert 400 <= http_.get(API + path).status_code < 500


def test_good_calls_are_answered_as_before(http_):
    (path,) = upload(http_).json()
    reply = call(http_, "run/read_picture", data=[file(path)])
    assert reply.json()["data"][0]["digit"] == 7
    event = call(http_, "call/read_picture", data=[file(path)]).json()["event_id"]
    stream = http_.get(f"{API}call/read_picture/{event}").text
    assert stream.startswith("event: complete")
    Path(path).unlink()
    assert "Upload it again" in sentence(call(http_, "call/read_picture", data=[file(path)]))


def test_what_is_found_only_later_gets_a_sentence_in_the_stream(capfd):
    def fail(_):
        raise ValueError("/secret/place")

    with gr.Blocks(analytics_enabled=False) as app:
        box = gr.Textbox()
        box.preprocess = fail
        box.submit(str, box, box, api_name="echo")
    launch(app, block=False)
    with httpx.Client(base_url=app.local_url, trust_env=False) as client:
        event = call(client, "call/echo", data=["x"]).json()["event_id"]
        stream = client.get(f"{API}call/echo/{event}").text
    app.close(verbose=False)
    assert stream.startswith("event: error")
    assert "does not fit the demo's inputs." in stream
    assert "secret" not in stream


# Connections


def test_idle_connections_are_dropped_when_there_are_many(recognizer, monkeypatch):
    monkeypatch.setattr("mnist_helpers.demo.connections.most_connections", lambda: 20)
    with launched(recognizer, "Many idle") as app, contextlib.ExitStack() as idle:
        place = urlsplit(app.local_url)
        for _ in range(60):
            idle.enter_context(socket.create_connection((place.hostname, place.port), 20))
        assert httpx.get(app.local_url, trust_env=False, timeout=20).status_code == 200
        assert len(app.server.server_state.connections) <= 21 + 1


def test_a_connection_without_a_request_ends(recognizer, monkeypatch):
    monkeypatch.setattr(limits, "IDLE_SECONDS", 0.3)
    with launched(recognizer, "One idle") as app:
        place = urlsplit(app.local_url)
        idle = socket.create_connection((place.hostname, place.port), 20)
        with idle, contextlib.suppress(ConnectionResetError):
            assert idle.recv(10) == b""


# A password


@pytest.fixture(scope="module")
def closed(recognizer):
    with launched(recognizer, "Closed", auth=("ann", "secret")) as app:
        yield app


def test_behind_a_password_nothing_but_its_page_answers(closed):
    with httpx.Client(base_url=closed.local_url, trust_env=False) as client:
        form = {"username": "ann", "password": "secret"}
        assert client.post("/login", data=form).status_code == 200
        assert call(client, "run/read_drawing", data=[None]).status_code == 200
        assert client.get("/config").status_code == 200
    routes = closed.app.openapi()["paths"]
    assert len(routes) > 30
    shown = set()
    with httpx.Client(base_url=closed.local_url, trust_env=False, timeout=20) as client:
        for route, methods in routes.items():
            path = route.replace("{", "").replace("}", "")
            for method in methods:
                reply = client.request(method.upper(), path)
                assert reply.status_code < 500
                if reply.is_success:
                    shown.add(path)
    assert shown <= {
        "/",
        "/theme.css",
        f"{API}theme.css",
        "/favicon.ico",
        "/manifest.json",
        "/robots.txt",
        f"{API}startup-events",
    }


def test_guessing_a_password_is_slow_and_takes_no_thread(closed, monkeypatch):
    with httpx.Client(base_url=closed.local_url, trust_env=False, timeout=20) as client:

        def guess(number):
            return client.post("/login", data={"username": "ann", "password": str(number)})

        with ThreadPoolExecutor(20) as pool:
            replies = list(pool.map(guess, range(40)))
        assert {reply.status_code for reply in replies} <= {400, 429}
        assert sum(reply.status_code == 400 for reply in replies) < 8
        refused = next(reply for reply in replies if reply.status_code == 429)
        assert "Wait" in sentence(refused)


# In a browser


@needs_chromium
def test_a_page_of_another_site_can_neither_use_nor_show_it(chromium, demo):
    assert demo.is_running
    port = urlsplit(demo.local_url).port
    page = chromium.new_page()
    page.goto(f"http://rebound.localhost:{port}/")  # a name that leads to this computer
    assert "does not answer to the name" in page.content()
    page.route("http://evil.example/**", lambda one: one.fulfill(body="<h1>Hello</h1>"))
    page.goto("http://evil.example/")
    asked = """async ([url, kind]) => {
      try { return (await fetch(url, {method: "POST", body: "{}", mode: kind})).type; }
      catch { return "failed"; }
    }"""
    replies = []
    page.on("response", lambda reply: replies.append((reply.request.method, reply.status)))
    url = f"{demo.local_url}gradio_api/run/read_drawing"
    assert page.evaluate(asked, [url, "cors"]) == "failed"
    page.evaluate(asked, [url, "no-cors"])
    assert all(status >= 400 for method, status in replies if method == "POST")
    page.set_content(f'<iframe src="{demo.local_url}"></iframe>')
    page.wait_for_timeout(1000)
    assert page.frames[1].locator("#pad").count() == 0
    page.close()
