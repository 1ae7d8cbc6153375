"""The demo as programs meet it: its named endpoints, and two thousand senseless calls."""

import base64
import json
import random
from pathlib import Path

import pytest

pytest.importorskip("gradio", reason="the extra demo is not installed")

import httpx
from gradio_client import Client, handle_file

from tests.conftest import written
from tools.browser import ROOT, serving

pytestmark = pytest.mark.slow

ROUNDS = 400  # of a call to each of five endpoints
# What a visitor must not get to see: Python's own words, and places on this machine.
TROUBLE = ("Traceback", 'File "', "site-packages", str(ROOT), str(Path.home()))


SEVEN = written()
SEVEN_URL = "data:image/png;base64," + base64.b64encode(SEVEN).decode()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The demo's process and its address."""
    with serving(tmp_path_factory.mktemp("demo"), "demo", "--no-browser") as started:
        yield started


@pytest.fixture(scope="module")
def client(server):
    return Client(server[1], verbose=False)


def test_programs_can_have_drawings_and_pictures_read(client, tmp_path):
    described = client.view_api(return_format="dict")["named_endpoints"]
    assert set(described) == {"/read_drawing", "/read_picture"}
    (drawing,) = described["/read_drawing"]["parameters"]
    assert "PNG data URL" in str(drawing)
    for endpoint in described.values():
        returned = str(endpoint["returns"])
        assert all(key in returned for key in ("digit", "probabilities", "verdict", "words"))
    answer = client.predict(SEVEN_URL, api_name="/read_drawing")
    assert (answer["digit"], answer["verdict"]) == (7, "sure")
    assert sum(answer["probabilities"]) == pytest.approx(1, abs=1e-4)
    path = tmp_path / "seven.png"
    path.write_bytes(SEVEN)
    assert client.predict(handle_file(path), api_name="/read_picture")["digit"] == 7
    path.write_text("no picture")
    answer = client.predict(handle_file(path), api_name="/read_picture")
    assert answer["verdict"] == "error"
    assert answer["words"].endswith(".")


def nonsense(rng):
    """A value that is not a drawing."""
    cut = rng.randrange(len(SEVEN))
    broken = bytearray(SEVEN)
    broken[cut] ^= 1 << rng.randrange(8)
    kinds = [
        lambda: None,
        lambda: rng.choice([True, False, 0, -1, 7, 1e308, 2**70]),
        lambda: "".join(chr(rng.randrange(32, 0x2FFF)) for _ in range(rng.randrange(200))),
        lambda: "A" * rng.choice([1, 10_000, 1_500_000]),
        lambda: "data:image/png;base64," + "A" * rng.randrange(60),
        lambda: "data:image/png;base64," + base64.b64encode(SEVEN[:cut]).decode(),
        lambda: "data:image/png;base64," + base64.b64encode(bytes(broken)).decode(),
        lambda: "data:image/svg+xml;base64," + base64.b64encode(b"<svg/>").decode(),
        lambda: rng.choice(["/etc/passwd", "../../etc/passwd", "file:///etc/passwd", "C:\\x"]),
        lambda: {"path": rng.choice(["/etc/passwd", "../x", "", "x" * 5000]), "url": None},
        lambda: {"path": None, "url": "http://127.0.0.1:1/x", "meta": {"_type": "gradio.FileData"}},
        lambda: {"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}},
        lambda: {"url": SEVEN_URL[: rng.randrange(60)], "path": "x"},
        lambda: [[[[[rng.random()]]]] * rng.randrange(4)],
        lambda: {"a": {"b": {"c": [None] * 50}}},
        lambda: json.loads("[" * 60 + "]" * 60),
    ]
    return rng.choice(kinds)()


def post(http, path, body):
    """Send a call; the reply must reveal nothing about the inside of the machine."""
    try:
        reply = http.post(path, content=body)
    except httpx.TransportError:  # after some errors the server closes the connection
        reply = http.post(path, content=body)
    for word in TROUBLE:
        assert word not in reply.text, f"{path} {body[:200]}: {reply.text[:500]}"
    return reply


def memory_of(process):
    """Resident memory of a process, in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
def test_hundreds_of_senseless_calls_to_every_endpoint(server):
    process, address = server
    rng = random.Random(0)
    headers = {"Content-Type": "application/json"}
    with httpx.Client(base_url=address, timeout=60, headers=headers) as http:
        config = http.get("config").json()
        handlers = {one["api_name"]: one["id"] for one in config["dependencies"]}
        pads = [one["id"] for one in config["components"] if one["props"].get("elem_id") == "pad"]

        def body(**parts):
            return json.dumps(parts)

        def run(name):
            data = [nonsense(rng) for _ in range(rng.choice([1, 1, 1, 0, 2]))]
            number = rng.choice([handlers[name]] * 9 + [rng.choice([-1, 99, "x", None, 1e9])])
            session = rng.choice(["a", "b", None, 7])
            return body(data=data, fn_index=number, session_hash=session)

        def component():
            name = rng.choice(["read_drawing"] * 9 + ["__init__", "postprocess", "x", None])
            number = rng.choice(pads * 9 + [0, 99, "x", None])
            return body(data=nonsense(rng), fn_name=name, component_id=number, session_hash="a")

        calls = {
            "gradio_api/run/read_drawing": lambda: run("read_drawing"),
            "gradio_api/run/read_picture": lambda: run("read_picture"),
            "gradio_api/call/read_drawing": lambda: body(data=[nonsense(rng)]),
            "gradio_api/queue/join": lambda: run("read_drawing"),
            "gradio_api/component_server": component,
        }
        warm = None
        for number in range(ROUNDS):
            for path, make in calls.items():
                # Now and then, what is not even JSON.
                text = make() if rng.random() > 0.03 else rng.choice(["", "{", "null", "[]", "\0"])
                post(http, path, text)
            if number == ROUNDS // 4:
                warm = memory_of(process)
        assert memory_of(process) - warm < 60

        good = {"data": [SEVEN_URL], "fn_index": handlers["read_drawing"], "session_hash": "z"}
        (answer,) = post(http, "gradio_api/run/read_drawing", json.dumps(good)).json()["data"]
        assert answer["digit"] == 7
    assert process.poll() is None


def test_large_files_are_refused_and_no_file_of_this_machine_can_be_fetched(server):
    with httpx.Client(base_url=server[1], timeout=60) as http:
        reply = http.post("gradio_api/upload", files={"files": ("x.png", b"\0" * 21_000_000)})
        assert reply.status_code == 413
        for name in ("/etc/passwd", "pyproject.toml", "../../etc/passwd", "/proc/self/environ"):
            assert http.get(f"gradio_api/file={name}").status_code in (403, 404)
