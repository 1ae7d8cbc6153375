"""Whom a server answers, what it says when it cannot start, and how long a wrong password costs."""

import errno
import os
import socket
import urllib.request

import pytest

from mnist_helpers._support import (
    Guard,
    Login,
    avoid_proxy,
    hosting,
    launch_error,
    most_connections,
    no_proxy,
    outer_path,
    split_launch,
)
from tests.conftest import is_one_sentence

PORT = 7860
HERE = f"127.0.0.1:{PORT}"


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """None of the places that show servers in their own way."""
    for name in (
        "JUPYTERHUB_SERVICE_PREFIX",
        "SPACE_ID",
        "VSCODE_PROXY_URI",
        "CODESPACE_NAME",
        "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN",
    ):
        monkeypatch.delenv(name, raising=False)


def status(guard, method="POST", path="/predict", **headers):
    """The status of a refusal, or 0."""
    guard.port = PORT
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    said = guard.refusal(method, path, {"host": HERE} | names)
    return said[0] if said else 0


# The name it is called


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        (HERE, 0),
        ("127.0.0.1", 0),
        ("LOCALHOST:80", 0),
        ("localhost.:80", 0),
        (f"[::1]:{PORT}", 0),
        ("digits.example", 0),
        ("evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("localhost.evil.example:7860", 400),
        ("192.0.2.7:7860", 400),
        ("0.0.0.0:7860", 400),
        ("evil.example, 127.0.0.1", 400),
        ("127.0.0.1@evil.example", 400),
        ("127.0.0.1:99:99", 400),
        ("", 400),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_on_this_computer_it_answers_to_known_names_only(host, wanted, method):
    guard = Guard("127.0.0.1", ["digits.example"])
    assert status(guard, method, "/", host=host) == wanted


def test_a_proxy_with_an_allowed_name_may_call_it_by_another():
    guard = Guard("127.0.0.1", ["digits.example", "localhost"])
    assert status(guard, origin="http://Digits.example") == 0
    assert status(guard, origin="http://digits.example.evil.example") == 403
    assert status(guard, origin="https://digits.example:9", sec_fetch_site="same-site") == 403
    assert status(guard, origin="http://localhost:8888") == 403  # another program's page


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        ("127.0.0.1", False),
        ("LOCALHOST", False),
        ("::1", False),
        ("0:0:0:0:0:0:0:1", False),
        ("0.0.0.0", True),
        ("::", True),
        ("192.0.2.7", True),
        ("127.0.0.1.nothing.invalid", True),
    ],
)
def test_only_an_address_of_this_computer_alone_is_closed_however_it_is_written(host, wanted):
    assert hosting.is_open(host) == wanted
    assert (status(Guard(host), host="evil.example") == 0) == wanted


@pytest.mark.parametrize(
    ("allowed", "host", "wanted"),
    [
        ([], "anything.example", 0),
        ([], "not a host", 400),
        (["pc17.school.example"], "anything.example", 400),
        (["pc17.school.example"], "PC17.school.example:8000", 0),
        (["pc17.school.example"], "192.168.1.7:8000", 0),
        (["pc17.school.example"], "localhost:8000", 0),
    ],
)
def test_for_other_computers_it_has_any_name_unless_some_are_given(allowed, host, wanted):
    assert status(Guard("0.0.0.0", allowed), host=host) == wanted


def test_a_hubs_proxy_may_call_it_by_the_hubs_name(monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/name/")
    call = {"host": "hub.example", "origin": "https://hub.example"}
    guard = Guard("127.0.0.1")
    assert status(guard, **call, x_forwarded_context=f"/user/name/proxy/{PORT}") == 0
    assert status(guard, **call, x_forwarded_context=f"/user/other/proxy/{PORT}") == 400
    assert status(guard, **call) == 400
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX")
    assert status(guard, **call, x_forwarded_context=f"/user/name/proxy/{PORT}") == 400


def test_colab_calls_it_what_it_likes_and_shows_it_in_a_frame(monkeypatch):
    monkeypatch.setattr(hosting, "in_colab", lambda: True)
    guard = Guard("127.0.0.1")
    name = "abc-7860-colab.googleusercontent.com"
    assert status(guard, host=name, origin=f"https://{name}") == 0
    assert status(guard, origin=f"https://{name}", sec_fetch_site="same-origin") == 0
    assert status(guard, origin=f"https://{name}") == 0
    assert status(guard, origin="https://colab.googleusercontent.com.evil.example") == 403
    assert guard.frame_rules() == {}


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"VSCODE_PROXY_URI": "https://code.example/proxy/{{port}}/"}, "code.example"),
        ({"VSCODE_PROXY_URI": "https://x-{{port}}.example"}, f"x-{PORT}.example"),
        (
            {
                "CODESPACE_NAME": "odd-space",
                "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": "app.example",
            },
            f"odd-space-{PORT}.app.example",
        ),
    ],
)
def test_visual_studio_code_elsewhere_says_by_which_name_it_forwards(variables, name, monkeypatch):
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    guard = Guard("127.0.0.1")
    assert status(guard, host=name) == 400
    guard.allow(hosting.forwarded_address(PORT))
    assert status(guard, host=name, origin=f"https://{name}") == 0


def test_a_tunnels_public_address_is_a_name_and_none_is_none():
    guard = Guard("127.0.0.1")
    guard.allow(None)
    guard.allow("https://abc.gradio.example/")
    call = {"host": "abc.gradio.example", "origin": "https://abc.gradio.example"}
    assert status(guard, **call) == 0


# The page that calls


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, 0),  # a program
        ({"origin": f"http://{HERE}"}, 0),
        ({"origin": f"http://localhost:{PORT}"}, 0),
        ({"origin": f"http://[::1]:{PORT}"}, 0),
        ({"origin": f"http://{HERE}", "sec_fetch_site": "same-origin"}, 0),
        ({"sec_fetch_site": "none"}, 0),
        ({"origin": "https://x.example", "x_forwarded_host": "x.example"}, 0),
        ({"origin": "https://x.example", "sec_fetch_site": "same-origin"}, 0),  # a proxy's new Host
        ({"host": "192.0.2.7:80", "origin": "http://192.0.2.7"}, None),
        ({"origin": "https://x.example", "x_forwarded_host": "X.example:443, inner"}, 0),
        ({"origin": "http://127.0.0.1:8888"}, 403),
        ({"origin": "http://["}, 403),
        ({"origin": "http://[::1"}, 403),
        ({"origin": "http://evil.example@127.0.0.1:7860"}, 403),
        ({"origin": f"http://{HERE}.evil.example"}, 403),
        ({"origin": "http://localhost:8888", "sec_fetch_site": "same-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"origin": "vscode-webview://abc"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"origin": "https://evil.example", "sec_fetch_site": "cross-site"}, 403),
        (
            {
                "origin": "https://evil.example",
                "sec_fetch_site": "cross-site",
                "x_forwarded_host": "evil.example",
            },
            403,
        ),
    ],
)
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_only_its_own_page_and_programs_may_call_it(headers, wanted, host):
    if wanted is None:  # a name that only other computers know
        wanted = 0 if host == "0.0.0.0" else 400
    assert status(Guard(host), **headers) == wanted
    assert status(Guard(host), "GET", "/gradio_api/queue/data", **headers) == wanted


def test_a_link_from_elsewhere_leads_to_the_first_page_and_nowhere_else():
    guard, link = Guard("127.0.0.1"), {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}
    assert status(guard, "GET", "/", **link) == 0
    assert status(guard, "GET", "/logout", **link) == 403
    assert status(guard, "GET", "/", origin="http://127.0.0.1:9999") == 403  # a script reads it


def test_each_launch_has_a_secret_of_its_own():
    first, second = Guard("127.0.0.1"), Guard("127.0.0.1")
    assert first.secret != second.secret
    assert split_launch(f"/{first.secret}/assets/a.js") == (first.secret, "/assets/a.js")
    assert split_launch("/assets/launch-1") == ("", "/assets/launch-1")
    assert first.frame_rules()["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("context", "path"),
    [
        ("/user/name/proxy/7860", "/user/name/proxy/7860"),
        ("/proxy/7860", "/proxy/7860"),
        ('/proxy/"><script>', ""),
        ("//evil.example/proxy/1", ""),
        ("/elsewhere", ""),
        ("", ""),
    ],
)
def test_the_path_of_a_proxy_is_believed_only_if_it_is_one(context, path):
    assert outer_path({"x-forwarded-context": context}) == path


# The start


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EADDRINUSE, "Address in use"), "the port is taken"),
        (OSError(errno.EACCES, "Permission denied"), "needs an administrator's rights"),
        (OSError(errno.ENOSPC, "No space left on device", "/tmp/x"), "No space left on device"),
        (PermissionError(errno.EACCES, "Permission denied", "/tmp/x"), "/tmp/x"),
        (OSError(errno.EMFILE, "Too many open files"), "Too many open files"),
    ],
)
def test_a_server_that_cannot_start_says_what_it_was(error, words):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    said = launch_error("page", "127.0.0.1", port, error)
    assert words in str(said)
    assert is_one_sentence(said)
    assert ("the port is taken" in str(said)) == (error.errno == errno.EADDRINUSE)


def test_a_server_leaves_files_for_the_rest_of_its_process():
    resource = pytest.importorskip("resource", reason="Windows has no limit of open files")
    assert 20 <= most_connections() < resource.getrlimit(resource.RLIMIT_NOFILE)[0]


# A school's proxy


@pytest.mark.parametrize("kept", [None, "school.example"])
def test_calls_to_ones_own_servers_avoid_a_proxy(kept, monkeypatch):
    for name in ("no_proxy", "NO_PROXY", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    if kept:
        monkeypatch.setenv("no_proxy", kept)
    before = dict(os.environ)
    avoid_proxy()
    assert dict(os.environ) == before  # there is no proxy
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    before = dict(os.environ)
    with no_proxy("::2"):
        assert urllib.request.proxy_bypass("127.0.0.1:7860")
        assert os.environ["no_proxy"].endswith("::2")
    assert dict(os.environ) == before
    monkeypatch.setenv("no_proxy", kept or "")  # pytest takes away what comes now
    avoid_proxy()
    for host in ("127.0.0.1:7860", "localhost", *([kept] if kept else [])):
        assert urllib.request.proxy_bypass(host)
    assert not urllib.request.proxy_bypass("mirror.example")


# A password


def test_a_wrong_password_makes_its_address_wait_and_nobody_else(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(hosting.time, "monotonic", lambda: now[0])
    login = Login("ann", "secret")
    assert login.check("a", "ann", "secret") == 0
    for _ in range(3):
        assert login.check("a", "ann", "wrong") is None
    assert login.check("a", "ann", "secret") == 1  # not even looked at
    assert login.check("b", "ann", "secret") == 0
    waits = []
    for _ in range(8):
        now[0] += login.check("a", "ann", "secret") or 0
        assert login.check("a", "bob", "secret") is None
        waits.append(login.check("a", "ann", "secret"))
    assert waits == [2, 4, 8, 16, 30, 30, 30, 30]
    now[0] += 30
    assert login.check("a", "ann", "secret") == 0
    assert login.check("a", "ann", "wrong") is None  # the counting begins again
    assert login.check("a", "ann", "secret") == 0


def test_addresses_are_forgotten_when_there_are_many(monkeypatch):
    monkeypatch.setattr(hosting, "PAUSED_ADDRESSES", 3)
    login = Login("ann", "secret")
    for address in "aaabbbcccdddeee":
        login.check(address, None, None)
    waits = [bool(login.check(address, "ann", "secret")) for address in "edcba"]
    assert waits == [True, True, True, False, False]
