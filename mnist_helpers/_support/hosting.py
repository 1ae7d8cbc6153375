"""Where a server listens, who can reach it there, and whom it answers."""

import contextlib
import errno
import hmac
import os
import re
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from mnist_helpers._support.limits import MAX_CONNECTIONS, PAUSED_ADDRESSES, PORTS
from mnist_helpers._support.runtime import in_colab

HERE = "127.0.0.1"
LOOPBACK = (HERE, "localhost", "::1")
HOST_WARNING = (
    "The host {host} shows the {what}, without encryption, to every computer that can reach this "
    "one over the local network or the internet."
)
AUTH_ADVICE = " Set a password (auth) unless everybody there may use it."
# Where a server is embedded, its address ends in this and a secret of its launch.
LAUNCH = "launch-"
GONE = "The app that this notebook showed is gone. Run the cell again."
OTHER_NAME = (
    "This server does not answer to the name in the request's Host header. Use the address that it "
    "printed, or start it with --allow-host NAME (in Python: allow_hosts)."
)
OTHER_PAGE = "This request comes from another page; only the server's own page may send it."
WAIT = "A password was wrong. Wait {seconds:.0f} seconds, then try again."
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[\w.-]+)(:\d{1,5})?", re.ASCII | re.IGNORECASE)
_NUMERIC = re.compile(r"[0-9.]+|.*:.*")
_PATH = re.compile(r"(/[\w.~@%+-]+)+", re.ASCII)


class LaunchError(OSError):
    """A server cannot be started; the message says why and what to do."""


def check_place(host: str, port: int | None) -> str:
    """The numeric address, such as 127.0.0.1, of the host where a server is about to listen.

    The port is None if any port will do.

    Raises:
        LaunchError: if the host is not this computer, or the port is not from 1 to 65,535.
    """
    if port is not None and port not in PORTS:
        raise LaunchError(f"The port must be a number from 1 to 65535, got {port}.")
    try:
        address = _bind(host, 0)
    except (OSError, UnicodeError) as error:
        raise LaunchError(
            f"The host {host} is not an address of this computer: use {HERE} for this computer "
            "alone, or 0.0.0.0 for every computer that can reach it."
        ) from error
    return address


def _bind(host: str, port: int) -> str:
    """Take a port for a moment; return the numeric address."""
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family) as probe:
        if os.name == "posix":  # a port whose last connections are still being closed is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
    return str(address[0])


def launch_error(what: str, host: str, port: int | None, error: OSError) -> LaunchError:
    """Why a page or demo (``what``) could not start; the port is None if any would have done."""
    where = host if port is None else f"{host}, port {port}"
    if port is not None:
        with contextlib.suppress(UnicodeError):
            try:
                _bind(host, port)
            except OSError as problem:
                error = problem
    if error.errno == errno.EADDRINUSE:
        why = "the port is taken; stop the program that uses it, or name another port"
    elif error.errno in (errno.EACCES, errno.EPERM) and port is not None and not error.filename:
        why = "this port needs an administrator's rights; name one above 1023"
    else:
        why = str(error).rstrip(".")
    return LaunchError(f"The {what} could not start at {where}: {why}.")


def is_open(host: str) -> bool:
    """Whether other computers can reach this host."""
    return host not in LOOPBACK and not host.startswith("127.")


def free_port() -> int:
    """A port of this computer that nothing uses at the moment."""
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return probe.getsockname()[1]


def proxy_path(port: int) -> str | None:
    """Where jupyter-server-proxy shows a port on JupyterHub and Binder; None elsewhere."""
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    return f"{prefix.rstrip('/')}/proxy/{port}" if prefix else None


def forwarded_address(port: int) -> str | None:
    """Where Visual Studio Code on another machine shows a port, if it says so; else None."""
    if address := os.environ.get("VSCODE_PROXY_URI", "").replace("{{port}}", str(port)):
        return f"{address.rstrip('/')}/" if "://" in address else None
    name = os.environ.get("CODESPACE_NAME")
    domain = os.environ.get("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN")
    return f"https://{name}-{port}.{domain}/" if name and domain else None


@contextlib.contextmanager
def no_proxy(*hosts: str) -> Iterator[None]:
    """Let this process call its own servers without a school's proxy, which could not reach them.

    ``hosts`` are called without it, too. Afterwards, the environment is as it was.
    """
    kept = os.environ.get("no_proxy")
    os.environ["no_proxy"] = _without_proxy(*hosts)
    try:
        yield
    finally:
        os.environ.pop("no_proxy", None)
        os.environ.update({"no_proxy": kept} if kept is not None else {})


def avoid_proxy() -> None:
    """Like `no_proxy`, but for good: a notebook's calls then reach the servers that it starts.

    Without a proxy in the environment, nothing changes: Windows and macOS would forget their own.
    """
    names = [f"{kind}_proxy" for kind in ("http", "https", "all")]
    if any(os.environ.get(name) or os.environ.get(name.upper()) for name in names):
        os.environ["no_proxy"] = _without_proxy()


def _without_proxy(*hosts: str) -> str:
    names = [os.environ.get("no_proxy"), os.environ.get("NO_PROXY"), *LOOPBACK, *hosts]
    parts = ",".join(filter(None, names)).split(",")
    return ",".join(dict.fromkeys(part.strip() for part in parts))


class Guard:
    """Decides which requests a server answers, by the name they use and the page that sends them.

    A page of another site may send requests to a visitor's own computer, and a name that leads
    there for a moment (DNS rebinding) even makes the browser believe that both are one site.
    Whoever knows the secret of this launch, as a notebook's own frame does, needs no other proof.

    Args:
        host: where the server listens. It may have any name if other computers can reach it there,
            unless there are ``allowed`` names; then it has these, and its numeric addresses.
        allowed: further names, such as that of a proxy in front of it.

    Attributes:
        secret: the first part of the path for the frame: "launch-" and random letters.
        port: set it as soon as it is known.
    """

    def __init__(self, host: str, allowed: Sequence[str] = ()):
        self.secret = LAUNCH + secrets.token_urlsafe(12)
        self.port = 0
        self.numeric = is_open(host)
        # Colab's proxy calls the server what it likes, and nobody's browser runs on its machine.
        self.any_name = (self.numeric and not allowed) or in_colab()
        self._names = {name.strip("[].").lower() for name in (*LOOPBACK, host, *allowed)}

    def allow(self, address: str | None) -> None:
        """Answer to the name in this address, too, such as that of a tunnel."""
        if name := _name_in(urlsplit(address or "").netloc):
            self._names.add(name)

    def refusal(self, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, str] | None:
        """The status and the sentence for a request without the secret; None if it is welcome.

        The names of the headers are in lower case.
        """
        host = headers.get("host", "")
        name = _name_in(host)
        known = name and (
            self.any_name
            or name in self._names
            or (self.numeric and _NUMERIC.fullmatch(name))
            or self._from_hub(headers)
        )
        if not known:
            return 400, OTHER_NAME
        # From another page, a link may lead to the first page, and nothing else.
        harmless = method in ("GET", "HEAD") and path == "/" and "origin" not in headers
        return (403, OTHER_PAGE) if not harmless and self._foreign(host, headers) else None

    def _from_hub(self, headers: Mapping[str, str]) -> bool:
        context = headers.get("x-forwarded-context")
        return context is not None and context == proxy_path(self.port)

    def _foreign(self, host: str, headers: Mapping[str, str]) -> bool:
        # Browsers say where a request comes from, and no page can change that (Go's own server
        # reads it like this). Older ones, and all of them without encryption, send Origin only.
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site in ("same-site", "cross-site"):
            return True
        if site == "same-origin" or origin is None:
            return False
        page = urlsplit(origin).netloc.lower()
        here = [f"{f'[{name}]' if ':' in name else name}:{self.port}" for name in LOOPBACK]
        return not page or page not in {
            host.lower(),
            headers.get("x-forwarded-host", "").lower(),
            *here,
        }

    def frame_rules(self) -> dict[str, str]:
        """Headers for answers without the secret: no other page may show this one in a frame."""
        if in_colab() or "SPACE_ID" in os.environ:  # whose own pages do so
            return {}
        return {"content-security-policy": "frame-ancestors 'none'", "x-frame-options": "DENY"}


def split_launch(path: str) -> tuple[str, str]:
    """Split "/launch-SECRET/rest" into "launch-SECRET" and "/rest"; others into "" and the path."""
    first, slash, rest = path.removeprefix("/").partition("/")
    return (first, slash + rest) if first.startswith(LAUNCH) else ("", path)


def outer_path(headers: Mapping[str, str]) -> str:
    """The path below which jupyter-server-proxy, on a hub or not, shows the server; else ""."""
    context = headers.get("x-forwarded-context", "")
    return context if _PATH.fullmatch(context) and "/proxy/" in context else ""


def is_host(text: str) -> bool:
    """Whether a text is a name or numeric address, perhaps with a port."""
    return _HOST.fullmatch(text) is not None


def _name_in(host: str) -> str | None:
    match = _HOST.fullmatch(host)
    return match[1].strip("[].").lower() if match else None


class Login:
    """A user and a password. After three wrong ones, their address waits: 1 s, 2 s, up to 30 s.

    Nothing sleeps meanwhile: the next try is answered at once, with the time to wait.
    """

    LONGEST = 30.0

    def __init__(self, user: str = "", password: str = ""):
        self._wanted = f"{user}\0{password}".encode()
        self._lock = threading.RLock()
        self._tries: dict[str, tuple[int, float]] = {}  # of an address: how many, wait until

    def begin(self, address: str) -> float:
        """Begin a try: how many seconds this address must still wait; 0 for "go on"."""
        with self._lock:
            now = time.monotonic()
            tries, until = self._tries.pop(address, (0, now))
            if until <= now:  # until it turns out to be right, it counts as wrong
                pause = min(self.LONGEST, 2.0 ** min(tries - 2, 9)) if tries > 1 else 0.0
                self._tries[address] = tries + 1, now + pause
                if len(self._tries) > PAUSED_ADDRESSES:
                    del self._tries[next(iter(self._tries))]
                return 0.0
            self._tries[address] = tries, until
            return until - now

    def succeed(self, address: str) -> None:
        """The try was right."""
        with self._lock:
            self._tries.pop(address, None)

    def check(self, address: str, user: str | None, password: str | None) -> float | None:
        """0 if they are right, None if not, or how many seconds this address must still wait."""
        with self._lock:
            if seconds := self.begin(address):
                return seconds
            # It takes as long whichever part is wrong.
            if not hmac.compare_digest(f"{user}\0{password}".encode(), self._wanted):
                return None
            self.succeed(address)
            return 0.0


def most_connections() -> int:
    """How many connections a server may hold, so that this process can still open files."""
    try:
        import resource
    except ImportError:  # Windows, where a program can wait for 512 at most
        return 400
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_CONNECTIONS if files < 0 else max(20, min(MAX_CONNECTIONS, files - 200))
