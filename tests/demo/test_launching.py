"""Starting the demo: in a notebook, on JupyterHub, in Colab, in a terminal, and what can go wrong.

No browser: what is shown is caught where IPython shows it.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

pytestmark = pytest.mark.seconds

gr = pytest.importorskip("gradio", reason="the extra demo is not installed")
pytest.importorskip("IPython", reason="the extra notebooks is not installed")

from mnist_helpers._support import LaunchError  # noqa: E402
from mnist_helpers.cli.main import main  # noqa: E402
from mnist_helpers.demo import app as digit_demo  # noqa: E402
from mnist_helpers.demo import build_demo, launch, launching  # noqa: E402
from mnist_helpers.demo.app import NUMBER_TITLE, TITLE  # noqa: E402
from mnist_helpers.page.embedding import PICTURES, embed_html  # noqa: E402
from mnist_helpers.recognizer import DigitRecognizer  # noqa: E402
from tests.conftest import ROOT, is_one_sentence  # noqa: E402
from tools.browser import free_port  # noqa: E402

LIVE = re.compile(r"<!-- live: begin -->(.*)<!-- live: end -->", re.DOTALL)
COMMAND = [sys.executable, "-m", "mnist_helpers", "demo", "--no-browser"]


def tiny(title="Tiny"):
    """The smallest app there is."""
    with gr.Blocks(title=title, analytics_enabled=False) as app:
        gr.Textbox()
    return app


def status(address, path=""):
    """The HTTP status with which an address answers."""
    try:
        with urllib.request.urlopen(address + path, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def is_free(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    """No demo runs before and after a test, and the machine's own settings are not used."""
    for name in ("JUPYTERHUB_SERVICE_PREFIX", "VSCODE_PID", "VSCODE_PROXY_URI", "CODESPACE_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(launching, "_running", {})
    yield
    for app in launching._running.values():
        if getattr(app, "is_running", False):
            app.close(verbose=False)


@pytest.fixture
def notebook(monkeypatch):
    """A notebook, and the outputs of its cells."""
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda *what, **how: shown.append((what, how)))
    monkeypatch.setattr(launching, "in_notebook", lambda: True)
    return shown


@pytest.fixture
def never_started(monkeypatch):
    """Gradio starts nothing; the options with which it should have are collected."""
    calls = []

    def record(app, **options):
        print("It starts.")
        calls.append(options)
        app.is_running, app.local_url, app.share_url = False, "http://127.0.0.1:7/", None

    monkeypatch.setattr(gr.Blocks, "launch", record)
    return calls


# In a notebook


def test_in_a_notebook_the_app_appears_and_the_cell_ends(notebook, capfd):
    app = tiny()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ResourceWarning)  # what earlier tests left to the collector
        assert launch(app) is None
    ((bundle,), how) = notebook.pop()
    assert not notebook
    assert how == {"raw": True}
    assert bundle.keys() == {"text/html", "text/plain"}
    assert "Tiny" in bundle["text/plain"]
    assert f'"{app.local_url}"' in LIVE.search(bundle["text/html"])[1]
    assert status(app.local_url) == 200
    assert app.local_url.startswith("http://127.0.0.1:")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("picture", ["", *PICTURES])
def test_without_a_running_demo_there_is_a_picture_or_a_sentence(picture):
    html = embed_html(TITLE, "http://127.0.0.1:7860/", 300, picture=picture)
    rest = LIVE.sub("", html)
    assert "300" in LIVE.search(html)[1]
    assert "Run this cell" in rest
    assert "127.0.0.1" not in rest
    assert "<script" not in rest
    described = re.findall(r'<img src="data:image/png;base64,[^>]* alt="[^"]{20,}"', rest)
    assert len(described) == rest.count("<img") == bool(picture)


def test_a_demo_for_numbers_has_the_picture_of_a_number(notebook):
    launch(build_demo(DigitRecognizer.load(), examples=[], title=NUMBER_TITLE))
    ((bundle,), _) = notebook.pop()
    assert PICTURES["number.png"] in bundle["text/html"]


@pytest.mark.parametrize(
    "title",
    ['Say "hi"', "</script><script>alert(1)</script>", "a\\", "a\r\nb", "$mark ${x}", "é 7"],
)
def test_a_title_cannot_break_the_page(title):
    html = embed_html(title, "http://127.0.0.1:7860/", 660)
    assert html.count("<script") == html.count("</script>") == 1
    (literal,) = re.findall(r'title: ("(?:[^"\\\n]|\\.)*"), src', html)
    assert json.loads(literal) == title


def test_each_page_finds_its_own_place_and_visual_studio_code_does_not_ask_first(monkeypatch):
    first, second = (embed_html("A", "/", 1) for _ in range(2))
    marks = [re.search(r'span id="([\w-]+)"', html)[1] for html in (first, second)]
    assert marks[0] != marks[1]
    assert "if (true || base) ask(10);" in first
    monkeypatch.setenv("VSCODE_PID", "1")
    assert "if (false || base) ask(10);" in embed_html("A", "/", 1)


def test_launching_again_replaces_the_app_of_the_same_title_alone(notebook):
    first, other, second = tiny(), tiny("Other"), tiny()
    former, port = free_port(), free_port()
    launch(first, port=former)
    launch(other)
    launch(second, port=port)
    assert not first.is_running
    assert is_free(former)
    assert status(other.local_url) == status(second.local_url) == 200
    launch(second, port=port)  # the cell runs again: the same app on the same port
    assert second.is_running
    assert len(notebook) == 4
    with pytest.raises(LaunchError, match="from 1 to 65535"):
        launch(tiny(), port=99999)
    assert status(second.local_url) == 200  # a refused launch leaves it alone


# On JupyterHub and in Colab


def test_on_jupyterhub_it_comes_through_the_proxy(notebook, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/name/")
    wanted, ports = free_port(), []
    for title, port in (("Tiny", None), ("Other", None), ("Third", wanted)):
        app = tiny(title)
        launch(app, port=port)
        ports.append(app.server_port)
        path = f"/user/name/proxy/{app.server_port}"
        headers = {"Host": "hub.example", "X-Forwarded-Context": path}
        config = httpx.get(f"{app.local_url}config", headers=headers, trust_env=False)
        assert config.json()["root"] == f"http://hub.example{path}"
        html = notebook.pop()[0][0]["text/html"]
        assert f'const address = "{path}/"' in html
        assert "jupyter-server-proxy" in LIVE.sub("", html)
        assert app.local_url not in html
        assert status(f"http://127.0.0.1:{app.server_port}/") == 200
    assert len(set(ports)) == 3
    assert ports[2] == wanted


def test_in_colab_gradio_embeds_the_demo_itself(notebook, never_started, monkeypatch, capsys):
    monkeypatch.setattr(launching, "colab_check", lambda: True)
    launch(tiny(), height=400)
    (options,) = never_started
    assert [options[name] for name in ("inline", "share", "height")] == [True, False, 400]
    assert notebook == []
    assert capsys.readouterr().out == "It starts.\n"


# What it exposes


def test_it_answers_this_computer_alone_by_default(notebook, never_started):
    launch(tiny())
    (options,) = never_started
    assert options["server_name"] == "127.0.0.1"
    assert not any(options[name] for name in ("share", "inline", "inbrowser", "auth"))
    assert options["enable_monitoring"] is False
    assert options["prevent_thread_lock"] is True


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"share": True}, ["share=True", "public address"]),
        ({"host": "0.0.0.0"}, ["0.0.0.0", "every computer", "password"]),
        ({"share": True, "host": "0.0.0.0"}, ["public address", "every computer"]),
    ],
)
def test_what_exposes_the_demo_says_so_first(options, words, notebook, monkeypatch, capsys):
    said = []
    monkeypatch.setattr(launching, "_start", lambda app, **_: said.append(capsys.readouterr().out))
    app = tiny()
    app.local_url = app.share_url = "http://127.0.0.1:7/"
    launch(app, **options)
    assert all(word in said[0] for word in words)
    assert all(is_one_sentence(line) for line in said[0].splitlines())


@pytest.mark.parametrize("works", [True, False])
def test_a_public_address_is_named_or_one_sentence_says_why_not(
    works, notebook, monkeypatch, capsys
):
    def tunnel(**_):
        if not works:
            raise ConnectionError("no internet")
        return "http://x.gradio.invalid"

    monkeypatch.setattr("gradio.networking.setup_tunnel", tunnel)
    app = tiny()
    launch(app, share=True)
    warning, said = capsys.readouterr().out.splitlines()
    assert warning == launching.SHARE_WARNING
    if works:
        assert said == "The public address is https://x.gradio.invalid"
    else:
        assert said.startswith("No public address could be made")
        assert app.local_url in said
        assert status(app.local_url) == 200


# What goes wrong


def test_a_busy_port_gets_one_sentence_and_exit_code_1(notebook, monkeypatch, capfd):
    monkeypatch.setattr("mnist_helpers.demo.build_demo", lambda *_, **__: tiny())
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(LaunchError, match=f"port {port}: .* name another port") as caught:
            launch(tiny(), port=port)
        assert is_one_sentence(caught.value)
        assert capfd.readouterr() == ("", "")
        assert main(["demo", "--no-browser", "--port", str(port)]) == 1
    assert notebook == []
    assert capfd.readouterr() == ("", f"mnist_helpers: {caught.value}\n")


@pytest.mark.parametrize("host", ["192.0.2.1", "a..b", "x" * 80])
def test_a_host_that_is_elsewhere_is_refused_at_once(host, never_started, monkeypatch, capfd):
    lookup = socket.getaddrinfo

    def numbers_only(name, *rest, **options):  # names would be looked up on the internet
        return lookup(name, *rest, **options | {"flags": socket.AI_NUMERICHOST})

    monkeypatch.setattr(socket, "getaddrinfo", numbers_only)
    with pytest.raises(LaunchError, match="not an address of this computer") as caught:
        launch(tiny(), host=host)
    assert is_one_sentence(caught.value)
    assert not never_started
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_the_newer_internet_protocol_works(host, notebook):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    app = tiny()
    launch(app, host=host)
    assert app.local_url.startswith("http://[::1]:")
    assert status(app.local_url) == 200


def test_what_was_uploaded_is_gone_after_an_hour(monkeypatch, notebook):
    how_often, how_old = digit_demo.CLEAN_UP
    assert how_often + how_old <= 3600
    monkeypatch.setattr(digit_demo, "CLEAN_UP", (1, how_old))
    demo = build_demo(DigitRecognizer.load(), examples=[])
    launch(demo)
    files = {"files": ("mine.png", b"a picture")}
    (path,) = httpx.post(f"{demo.local_url}gradio_api/upload", files=files, trust_env=False).json()
    uploaded = Path(path)
    assert uploaded.read_bytes() == b"a picture"

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(seconds=how_old + 60)

    monkeypatch.setattr("gradio.route_utils.datetime", Later)
    end = time.monotonic() + 30
    while uploaded.exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert not uploaded.exists()


def test_behind_a_schools_proxy_it_starts(notebook, closed_port, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", "school.example")
    before = dict(os.environ)
    app = tiny()
    launch(app)
    assert app.is_running
    assert dict(os.environ) == before


# In a terminal


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--auth", "ann:secret"], "every user of this computer can read"),
        (["--auth", ""], "--auth"),
        (["--auth", "ann"], "MNIST_HELPERS_PASSWORD"),
        (["--allow-host", "http://x/"], "--allow-host"),
        (["--port", "99999"], "--port must be"),
        (["--port", "0"], "--port must be"),
        (["--host", "192.0.2.1"], "not an address of this computer"),
    ],
)
def test_a_wrong_value_gives_one_line_and_exit_code_2(words, named, never_started, capsys):
    assert main(["demo", "--no-browser", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert named in captured.err
    assert not never_started


@pytest.mark.parametrize("answers", [["--no-browser"], []])
def test_the_browser_is_opened_only_where_there_is_a_screen(answers, never_started, monkeypatch):
    monkeypatch.setattr("mnist_helpers.demo.build_demo", lambda *_, **__: tiny())
    monkeypatch.setattr(launching, "_wait", lambda app: None)
    monkeypatch.setattr("mnist_helpers.cli.demo.sys", SimpleNamespace(platform="linux"))
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert main(["demo", *answers]) == 0
    monkeypatch.setenv("DISPLAY", ":0")
    assert main(["demo", *answers]) == 0
    assert [call["inbrowser"] for call in never_started] == [False, not answers]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a signal of Unix")
def test_in_a_terminal_it_says_where_it_runs_and_ctrl_c_ends_it_well():
    port = free_port()
    with subprocess.Popen(
        [*COMMAND, "--port", str(port), "--auth", "ann"],
        cwd=ROOT,
        env=os.environ | {"MNIST_HELPERS_PASSWORD": "secret"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            where, how = process.stdout.readline(), process.stdout.readline()
            address = f"http://127.0.0.1:{port}/"
            assert where == f"The demo runs at {address}\n", process.stderr.read()
            assert how == "Stop it with Ctrl-C.\n"
            visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
            form = b"username=ann&password=wrong"
            assert status(address, "config") == 401
            assert status(address, "gradio_api/info") == 401
            with pytest.raises(urllib.error.HTTPError):
                visitor.open(f"{address}login", form, timeout=10)
            visitor.open(f"{address}login", form.replace(b"wrong", b"secret"), timeout=10).close()
            with visitor.open(f"{address}config", timeout=10) as answer:
                assert TITLE in answer.read().decode()
            # A visitor's page, which stays open.
            page = visitor.open(f"{address}gradio_api/heartbeat/one", timeout=10)
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=30)
            page.close()
        finally:
            process.kill()
    assert process.returncode == 0
    assert out.strip() == "The demo is stopped."
    assert errors == ""
    assert is_free(port)
