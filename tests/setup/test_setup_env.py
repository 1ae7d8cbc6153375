"""Which build of PyTorch and which versions the set-up takes, also with real uv and pip.

The internet of the slow tests is a proxy on this machine: it pretends to be the package registry
and PyTorch's index, whose wheels are empty packages that know which build they are.
"""

import base64
import http.server
import io
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools import setup_env
from tools.environments import Environment

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PROVEN = [
    Requirement(line)
    for line in setup_env.PROVEN.read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
PINS = {pin.name: next(iter(pin.specifier)).version for pin in PROVEN}
needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="needs sh")


@pytest.fixture
def place():
    """A folder that everybody can reach, as pytest's own is not."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name).resolve()


def write_program(folder, name, code=0, says=""):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    (folder / name).chmod(0o755)


# ---- the build of PyTorch -----------------------------------------------------------


@needs_sh
@pytest.mark.parametrize(
    ("system", "program", "reachable", "build"),
    [
        ("linux", None, True, "cpu"),
        ("linux", "xpu-smi", True, "cpu"),  # Intel
        ("linux", "rocm_agent_enumerator", True, "cpu"),  # AMD
        ("linux", "nvidia-smi", True, "auto"),
        ("linux", "nvidia-smi", False, "default"),
        ("linux", None, False, "default"),
        ("darwin", None, True, "default"),
        ("win32", None, True, "default"),
        ("win32", "nvidia-smi", True, "auto"),
    ],
)
def test_the_build_fits_the_computer(
    system, program, reachable, build, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(setup_env.sys, "platform", system)
    monkeypatch.setattr(setup_env, "NVIDIA_DRIVER", tmp_path / "version")
    monkeypatch.setattr(setup_env, "answers", lambda address: reachable)
    monkeypatch.setenv("PATH", str(tmp_path))
    if program:
        write_program(tmp_path, program)
    assert setup_env.fitting_build() == build
    assert capsys.readouterr().out.count("index cannot be reached") == (not reachable)


@needs_sh
def test_a_driver_without_a_card_counts_and_a_program_without_a_driver_does_not(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(setup_env.sys, "platform", "linux")
    monkeypatch.setattr(setup_env, "NVIDIA_DRIVER", tmp_path / "version")
    monkeypatch.setattr(setup_env, "answers", lambda address: True)
    monkeypatch.setenv("PATH", str(tmp_path))
    write_program(tmp_path, "nvidia-smi", code=9)
    assert setup_env.fitting_build() == "cpu"
    (tmp_path / "version").touch()
    assert setup_env.fitting_build() == "auto"


def test_an_address_that_is_silent_or_refuses_does_not_answer(closed_port):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        assert not setup_env.answers(address, seconds=0.3)
        assert not setup_env.answers(f"http://127.0.0.1:{closed_port}/")
        assert time.monotonic() - began < 5


@needs_sh
def test_what_other_users_may_not_read_is_found_through_every_link(place):
    python = place / "open" / "bin" / "python3"
    python.parent.mkdir(parents=True)
    python.touch()
    link, closed = place / "venv" / "python", place / "root"
    for folder in (link.parent, closed):
        folder.mkdir()
    link.symlink_to("../open/bin/python3")
    for path in (place, *place.rglob("*")):
        path.chmod(0o755)
    assert setup_env.closed_to_others(link) is None
    python.chmod(0o750)  # as with the umask 027 or 077
    assert str(setup_env.closed_to_others(link)) == str(python)
    python.chmod(0o755)
    (closed / "python").symlink_to(python)
    link.unlink()
    link.symlink_to(closed / "python")
    closed.chmod(0o700)
    assert setup_env.closed_to_others(link) == closed


# ---- the proven versions ------------------------------------------------------------


def wanted():
    extras = PROJECT["optional-dependencies"].values()
    return sorted({*PROJECT["dependencies"], *(one for extra in extras for one in extra)})


@pytest.mark.parametrize("requirement", [Requirement(one) for one in wanted()], ids=str)
def test_every_dependency_has_a_proven_version_within_its_bounds(requirement):
    name = canonicalize_name(requirement.name)
    found = [pin for pin in PROVEN if canonicalize_name(pin.name) == name]
    assert found, "make proven"
    assert all(next(iter(pin.specifier)).version in requirement.specifier for pin in found)


def test_the_proven_versions_are_exact_and_of_no_source_and_no_build():
    for pin in PROVEN:
        (only,) = pin.specifier
        assert only.operator == "=="
        assert not Version(only.version).local
        assert not pin.url
        assert not re.match("nvidia-|cuda-|triton", pin.name)
    text = setup_env.PROVEN.read_text(encoding="utf-8")
    assert not re.search(r"://|^-", text, re.M)
    # One build of PyTorch is as good as another.
    (torch,) = [pin for pin in PROVEN if pin.name == "torch"]
    version = next(iter(torch.specifier)).version
    assert all(f"{version}+{build}" in torch.specifier for build in ("cpu", "cu126", "cu130"))


# ---- really -------------------------------------------------------------------------

ORDINARY, PYTORCH = "ordinary.example", "download.pytorch.org"


def wheel(name, version, lines=(), text=""):
    """The bytes of a wheel with one module."""
    about = f"{name}-{version}.dist-info"
    metadata = "\n".join([f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *lines])
    files = {
        f"{name}/__init__.py": text,
        f"{about}/METADATA": f"{metadata}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for path, words in files.items():
            file.writestr(path, words)
        file.writestr(f"{about}/RECORD", "".join(f"{path},,\n" for path in [*files, about]))
    return content.getvalue()


def resolve(python, system, *options):
    """Let uv choose versions for everything, with the proven ones as constraints: name, version."""
    pytest.importorskip("uv")
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--python-version", python]
    command += ["--python-platform", system, "--only-binary", ":all:", "--no-header"]
    command += ["--all-extras", "--constraint", setup_env.PROVEN, *options, "pyproject.toml"]
    # PyTorch's wheels for Macs need macOS 14.
    settings = os.environ | {"UV_PYTHON_DOWNLOADS": "never", "MACOSX_DEPLOYMENT_TARGET": "14.0"}
    process = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True)
    if re.search("client error|error sending request", process.stderr):
        pytest.skip("the package registry cannot be reached")
    assert process.returncode == 0, process.stderr
    return dict(re.findall(r"(?m)^([\w-]+)==(\S+)", process.stdout))


@pytest.mark.slow
@pytest.mark.parametrize("system", ["linux", "macos", "windows"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_the_proven_versions_resolve_from_wheels_everywhere(python, system):
    found = resolve(python, system)
    assert {"torch", "gradio", "jupyterlab", "nbgrader"} <= set(found)
    proven = {(pin.name, next(iter(pin.specifier)).version) for pin in PROVEN}
    left = {name for name, version in found.items() if (name, version) not in proven}
    assert all(re.match("nvidia-|cuda-|triton", name) for name in left), left


@pytest.mark.slow
@pytest.mark.parametrize("build", ["cpu", "cu126", "cu130"])
def test_the_proven_versions_resolve_with_each_build_of_pytorch(build, tmp_path):
    """The builds stand in a folder: tiny packages that need what such a build needs."""
    pins = {pin.name: next(iter(pin.specifier)).version for pin in PROVEN}
    # A build for NVIDIA's cards brings its own libraries and its own triton.
    own = {} if build == "cpu" else {"nvidia-stand-in": build[2:], "triton": f"99.{build[2:]}"}
    needs = [f"Requires-Dist: {name}=={version}" for name, version in own.items()]
    needs += [f"Requires-Dist: {one}" for one in ("filelock", "fsspec", "jinja2", "sympy")]
    torch, torchvision = (f"{pins[name]}+{build}" for name in ("torch", "torchvision"))
    wheels = {
        ("torch", torch): needs,
        ("torchvision", torchvision): [f"Requires-Dist: torch=={pins['torch']}"],
        **dict.fromkeys(own.items(), ()),
    }
    for (name, version), lines in wheels.items():
        name = name.replace("-", "_")
        (tmp_path / f"{name}-{version}-py3-none-any.whl").write_bytes(wheel(name, version, lines))
    found = resolve("3.13", "linux", "--find-links", str(tmp_path))
    assert (found["torch"], found["torchvision"]) == (torch, torchvision)
    assert {name: found[name] for name in own} == own


class Internet(http.server.ThreadingHTTPServer):
    """A proxy that answers for the two indexes itself.

    Attributes:
        refused: beginnings of addresses that get no answer.
    """

    def __init__(self, folder):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "certificate", folder / "key")
        self.refused = []
        super().__init__(("127.0.0.1", 0), Visitor)


class Visitor(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_CONNECT(self):
        self.host = self.path.split(":")[0]
        if self.host in self.server.refused:
            return self.send_error(502)
        self.send_response(200)
        self.end_headers()
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        return self.handle_one_request()

    def do_GET(self):
        # /simple/torch/ or /whl/cpu/torch/: a list of one wheel; and the wheel beside it
        address = f"{self.host}{self.path}"
        found = re.search(r"/(simple|whl/(\w+))/(torch|torchvision)/(\S+whl)?$", self.path)
        if not found or address.startswith(tuple(self.server.refused)):
            return self.send_error(404)
        _, build, name, file = found.groups()
        version = PINS[name] + (f"+{build}" if build else "")
        if file:
            other = [f"Requires-Dist: torch=={PINS['torch']}"] if name == "torchvision" else []
            body = wheel(name, version, other)
        else:
            link = f"{name}-{version}-py3-none-any.whl"
            body = f'<!DOCTYPE html><a href="{link}">{link}</a>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/zip" if file else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return self.command == "HEAD" or self.wfile.write(body)

    def do_HEAD(self):
        self.do_GET()


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    """A folder with a certificate for both indexes."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    names = f"subjectAltName=DNS:{ORDINARY},DNS:{PYTORCH}"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=stand-in"]
    command += ["-addext", names, "-addext", "basicConstraints=critical,CA:FALSE"]
    command += ["-keyout", folder / "key", "-out", folder / "certificate", "-days", "2"]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture
def internet(certified):
    server = Internet(certified)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def empty_venv(tmp_path_factory):
    """An environment with pip alone."""
    return Environment(tmp_path_factory.mktemp("empty")).folder / "env"


@pytest.fixture
def set_up(internet, certified, empty_venv, tmp_path):
    """Sets a small project up; gives what was printed, and the builds of torch and torchvision."""
    root, programs = tmp_path / "project", tmp_path / "programs"
    for name in ("setup_env.py", "__init__.py", "classroom_files/start.py"):
        (root / "tools" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "tools" / name, root / "tools" / name)
    (root / "requirements").mkdir()
    shutil.copy(setup_env.PROVEN, root / "requirements")
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    ours = wheel("ours", "1", ["Requires-Dist: torch>=2.6", "Requires-Dist: torchvision>=0.21"])
    (root / "backend.py").write_text(
        "import base64, pathlib\n"
        "def build_editable(folder, *_):\n"
        f"    content = base64.b64decode({base64.b64encode(ours)})\n"
        "    pathlib.Path(folder, 'ours-1-py3-none-any.whl').write_bytes(content)\n"
        "    return 'ours-1-py3-none-any.whl'\n"
    )
    links, later = tmp_path / "links", f"{PINS['torch']}+later"  # that pip would prefer
    links.mkdir()
    (links / f"torch-{later}-py3-none-any.whl").write_bytes(wheel("torch", later))
    programs.mkdir()
    for name in ("openssl", "sh"):
        (programs / name).symlink_to(shutil.which(name))

    def run(*, uv=True, card=False):
        if uv:
            (programs / "uv").symlink_to(pytest.importorskip("uv").find_uv_bin())
            shutil.copytree(empty_venv, root / ".venv", symlinks=True)
        else:  # pip makes all of it, the environment too
            write_program(programs, "uv", code=1)
        if card:
            write_program(programs, "nvidia-smi", says="580.65.06")
        proxy = f"http://127.0.0.1:{internet.server_address[1]}"
        settings = {"PATH": str(programs), "https_proxy": proxy, "HOME": str(tmp_path)}
        settings |= {"SSL_CERT_FILE": str(certified / "certificate"), "PIP_CONFIG_FILE": os.devnull}
        settings |= {"PIP_CERT": str(certified / "certificate")}
        settings |= {
            "PIP_INDEX_URL": f"https://{ORDINARY}/simple",
            "PIP_FIND_LINKS": "" if uv else str(links),
        }
        command = [sys.executable, "-m", "tools.setup_env"]
        command += [] if uv else ["--python", sys.executable]
        process = subprocess.run(command, cwd=root, env=settings, capture_output=True, text=True)
        assert process.returncode == 0, process.stdout + process.stderr
        (packages,) = (root / ".venv").glob("lib/python*/site-packages")
        assert (packages / "torch/__pycache__").is_dir()  # compiled to bytecode
        found = [one.name.removesuffix(".dist-info") for one in packages.glob("torch*.dist-info")]
        return process.stdout, [re.sub(r".*-[\d.]+\+?|(?<=cu)\d+", "", name) for name in found]

    return run


@pytest.mark.slow
@needs_sh
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has builds to choose from")
@pytest.mark.parametrize(
    ("options", "refused", "build", "words"),
    [
        ({}, [], "cpu", "Installing"),
        ({"card": True}, [], "cu", "Installing"),
        ({}, [PYTORCH], "", "index cannot be reached: taking the ordinary build"),
        ({}, [f"{PYTORCH}/whl/cpu/torch/torch-"], "", "CPU build cannot be had"),
        ({"uv": False}, [], "cpu", "Trying with pip"),
    ],
)
def test_both_parts_of_pytorch_come_from_one_index(
    set_up, internet, options, refused, build, words
):
    internet.refused = refused
    output, builds = set_up(**options)
    assert builds == [build, build]
    assert words in output


@pytest.mark.parametrize("port", ["0", "-1", "65536", "abc", "8888.5", "", "1e3"])
def test_a_port_that_cannot_be_is_refused_before_anything_is_installed(port, monkeypatch, capsys):
    monkeypatch.setattr(setup_env, "set_up", lambda _: pytest.fail("it began"))
    with pytest.raises(SystemExit) as stop:
        setup_env.main(["--lab", f"--port={port}"])
    assert stop.value.code == 2
    assert f"must be a number from 1 to 65535, got {port!r}" in capsys.readouterr().err
