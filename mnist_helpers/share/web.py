"""The digit page as a web service: an upload form, a drawing square, and JSON for programs."""

import logging
import secrets
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mnist_helpers import __version__
from mnist_helpers._support import (
    AUTH_ADVICE,
    GONE,
    HERE,
    HOST_WARNING,
    WAIT,
    Guard,
    Login,
    avoid_proxy,
    check_place,
    forwarded_address,
    in_colab,
    is_open,
    launch_error,
    limits,
    most_connections,
    split_launch,
)
from mnist_helpers._support.limits import MAX_UPLOAD_BYTES
from mnist_helpers.page import example_pictures, show_embedded, static_text
from mnist_helpers.recognizer import BUSY, ERROR, DigitReader, DigitRecognizer, failed
from mnist_helpers.share.connections import channel_class
from mnist_helpers.share.html_page import html_page

if TYPE_CHECKING:
    from flask import Flask, Response

PORT = 8000
THREADS = 8  # each reads one picture at a time, and most of them wait

NEEDED = 'The page needs Flask and waitress: pip install "mnist-helpers[web]"'
FIELDS = ("file", "image")  # the second, because many tutorials of MNIST call it so
MISSING = 'There is no picture in the request: send one as the form field "file" or "image".'
SEVERAL = 'There are several pictures in the request: send one, as "file" or as "image".'
EMPTY = "The file is empty."
TOO_LARGE = f"The file is too large: at most {MAX_UPLOAD_BYTES // 1_000_000} MB."
PASSWORD_NEEDED = "This page needs a user and a password."
COOKIE = "digits-visitor"


def build_app(
    recognizer: DigitRecognizer, guard: Guard | None = None, auth: tuple[str, str] | None = None
) -> "Flask":
    """Build the web service.

    * ``GET /`` is the page. ``GET /health`` answers ``{"status": "ok", "version": ...}``.
    * ``POST /predict`` takes a picture as the form field ``file`` or ``image`` (at most 20 MB).
      A browser's form gets the page again, with the answer; programs get the answer as JSON, as
      `mnist_helpers.recognizer.DigitReader` gives it. A missing, empty or unreadable file, or more
      than one, gives status 400, one that is too large status 413, and one that had to wait too
      long for its turn status 503; the reason is in the page, or in ``{"error": reason}``.

    Args:
        recognizer: reads the digits.
        guard: which requests are answered; by default those to any name, and from no other page.
        auth: a user and a password, which visitors must then give.

    Returns:
        A WSGI application for any server; `start_server` includes one.

    Raises:
        ImportError: if the extra ``web`` is not installed.
    """
    try:
        from flask import Flask, g, jsonify, request
        from werkzeug.exceptions import HTTPException
    except ImportError as error:
        raise ImportError(NEEDED) from error
    reader, guard = DigitReader(recognizer), guard or Guard("0.0.0.0")
    login, visitor = Login(*auth or ()), secrets.token_urlsafe(16)
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_UPLOAD_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_UPLOAD_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]  # only Flask's own provider has it
    examples = [one.to_dict() for one in example_pictures()]

    def from_launch(environ: dict[str, Any], start: Any) -> Any:
        """Give requests that know the launch's secret the same pages, one folder deeper."""
        secret, rest = split_launch(environ["PATH_INFO"])
        environ["launch"] = secret
        if secret == guard.secret:
            environ["PATH_INFO"] = rest
            environ["SCRIPT_NAME"] = f"/{secret}"
        return plain(environ, start)

    plain = app.wsgi_app
    app.wsgi_app = from_launch  # type: ignore[method-assign, assignment]  # as in Flask's pages

    @app.before_request
    def refuse_strangers() -> Any:
        secret = request.environ["launch"]
        if secret and secret != guard.secret:
            return refuse(GONE, 404)
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not secret and (said := guard.refusal(request.method, request.path, headers)):
            return refuse(said[1], said[0])
        if secret and request.path == "/here":
            return "", 204, {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
        return ask_for_password() if auth else None

    def ask_for_password() -> Any:
        if secrets.compare_digest(request.cookies.get(COOKIE, "").encode(), visitor.encode()):
            return None
        given = request.authorization
        user, password = (given.username, given.password) if given else (None, None)
        wait = None if given is None else login.check(request.remote_addr or "", user, password)
        if wait:
            return refuse(WAIT.format(seconds=wait + 0.5), 429)
        if wait is None:
            response = app.make_response(refuse(PASSWORD_NEEDED, 401))
            response.headers["WWW-Authenticate"] = 'Basic realm="digits", charset="UTF-8"'
            return response
        g.known = True
        return None

    @app.get("/")
    def page(answer: dict[str, Any] | None = None) -> str:
        return html_page(
            static_text("ask_server.js"),
            "What you draw or upload is read by the server that shows this page, and not stored.",
            examples,
            action="predict",
            answer=answer,
            most=MAX_UPLOAD_BYTES,
        )

    @app.get("/health")
    def health() -> "Response":
        return jsonify(status="ok", version=__version__)

    @app.post("/predict")
    def predict() -> "tuple[Response | str, int]":
        sent = [file for name in FIELDS for file in request.files.getlist(name)]
        pictures = [(file.filename, file.read()) for file in sent]
        # If the visitor chose nothing, a browser sends a file without a name or content.
        given = [content for name, content in pictures if name or content]
        content = given[0] if len(given) == 1 else b""
        answer = reader.read_picture(content) if content else None
        if answer is None:
            answer = failed(SEVERAL if len(given) > 1 else EMPTY if given else MISSING)
        wrong = 503 if answer["words"] == BUSY else 400
        return reply(answer, wrong if answer["verdict"] == ERROR else 200)

    @app.errorhandler(HTTPException)
    def refuse_the_rest(error: HTTPException) -> "tuple[Response | str, int]":
        reason = TOO_LARGE if error.code == 413 else f"{error.name}."
        return reply(failed(reason), error.code or 500)

    def for_people() -> bool:
        # Browsers ask for HTML first; programs, such as curl, for anything.
        wanted = request.accept_mimetypes
        return wanted["text/html"] > wanted["application/json"]

    def reply(answer: dict[str, Any], status: int) -> "tuple[Response | str, int]":
        if for_people():
            return page(answer), status
        return jsonify(answer if status == 200 else {"error": answer["words"]}), status

    def refuse(words: str, status: int) -> "tuple[Response, int]":
        """A refusal without the page, because it may be shown in place of another page."""
        if for_people():
            return app.response_class(words, mimetype="text/plain"), status
        return jsonify(error=words), status

    @app.after_request
    def protect(response: "Response") -> "Response":
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        if not request.environ["launch"]:
            response.headers.update(guard.frame_rules())
        if g.get("known"):  # or one who guesses wrongly would make all others at this address wait
            response.set_cookie(COOKIE, visitor, httponly=True, samesite="Strict")
        return response

    return app


class Server:
    """A web service that runs in a thread until the program ends or `stop` is called.

    Attributes:
        port: the port on which it answers.
        address: its address, such as ``http://127.0.0.1:8000/``.
    """

    def __init__(self, server: Any, host: str, guard: Guard):
        self._server, self._guard = server, guard
        name = f"[{host}]" if ":" in host else host
        self.port = int(server.effective_port)
        self.address = f"http://{name}:{self.port}/"
        self._thread = threading.Thread(target=server.run, name="web", daemon=True)
        self._thread.start()

    def show(self, height: int = 720) -> None:
        """Show the page below a notebook's cell; ``height`` is in pixels."""
        if in_colab():
            from google.colab import output

            output.serve_kernel_port_as_iframe(self.port, height=str(height))
        else:
            show_embedded("The web page", self.address, height, secret=self._guard.secret)

    @property
    def running(self) -> bool:
        """Whether it still answers."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Stop it, and free its port. Stopping twice does nothing more."""
        if self.running:
            # The threads that answer stop first, because after an answer they wake the thread that
            # waits for visitors. Only that thread may close what it waits for, and not before
            # `pull_trigger` is done here, because an answer may have woken it already.
            self._server.task_dispatcher.shutdown(cancel_pending=False)
            woken = threading.Event()
            self._server.trigger.pull_trigger(lambda: self._close(woken))
            woken.set()
            self._thread.join(10)

    def _close(self, woken: threading.Event) -> None:
        woken.wait()
        self._server.close()
        for channel in self._server.active_channels.values():
            channel.will_close = True  # or a visitor's idle connection would keep it going


def start_server(
    recognizer: DigitRecognizer,
    host: str = HERE,
    port: int | None = PORT,
    *,
    auth: tuple[str, str] | None = None,
    allow_hosts: Sequence[str] = (),
) -> Server:
    """Start the web service on a production server (waitress).

    Only this computer can reach it unless ``host`` says otherwise; then a warning says what that
    exposes. On this computer it answers to the names of this computer only, and nowhere to requests
    that another site's page sends.

    Args:
        recognizer: reads the digits.
        host: the address of this computer to listen on; "0.0.0.0" for all of them.
        port: the port to listen on; None for any that is free.
        auth: a user and a password, which visitors must then give.
        allow_hosts: further names to which it answers, such as that of a proxy in front of it.

    Raises:
        ImportError: if the extra ``web`` is not installed.
        LaunchError: if the port is taken, or the host is not an address of this computer.
    """
    host = host.strip("[]")
    guard = Guard(host, allow_hosts)
    app = build_app(recognizer, guard, auth)
    try:
        from waitress.server import create_server
    except ImportError as error:
        raise ImportError(NEEDED) from error
    address = check_place(host, port)
    # Otherwise waitress prints a message whenever a visitor has to wait for a moment.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    if is_open(host):
        advice = "" if auth else AUTH_ADVICE
        print(HOST_WARNING.format(host=host, what="page") + advice, flush=True)
    most = most_connections()
    try:
        server: Any = create_server(
            app,
            host=address,
            port=port or 0,
            threads=THREADS,
            ident="",
            # Flask refuses with a sentence; this is for requests that do not state their length.
            max_request_body_size=2 * MAX_UPLOAD_BYTES,
            max_request_header_size=32_768,
            # The channels below make room before waitress would stop accepting connections.
            connection_limit=most + 100,
            backlog=most,
            channel_timeout=limits.IDLE_SECONDS,
            cleanup_interval=5,
            asyncore_use_poll=True,
        )
    except OSError as error:
        raise launch_error("page", host, port, error) from error
    server.channel_class = channel_class(most)
    guard.port = int(server.effective_port)
    guard.allow(forwarded_address(guard.port))
    avoid_proxy()
    return Server(server, address, guard)
