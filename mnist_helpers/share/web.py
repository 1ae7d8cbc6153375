"""The digit page as a web service: an upload form, a drawing square, and JSON for programs."""

import logging
import threading
from typing import Any

try:
    from flask import Flask, Response, jsonify, request
    from waitress.server import create_server
    from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
except ImportError as error:
    raise ImportError(
        'The page needs Flask and waitress: pip install "mnist-helpers[web]"'
    ) from error

from mnist_helpers._support import HERE, HOST_WARNING, LaunchError, check_place, in_colab, is_open
from mnist_helpers.framing import PictureError
from mnist_helpers.page import example_pictures, proxy_path, show_frame
from mnist_helpers.recognizer import DigitRecognizer, describe, failed
from mnist_helpers.share.html_page import server_page

PORT = 8000
MAX_UPLOAD = 20_000_000  # bytes; photographs of telephones have 3 to 10 million
# Each reads one picture at a time; more of them wait than work.
THREADS = 8

MISSING = 'There is no picture in the request: send one as the form field "file".'
EMPTY = "The file is empty."
TOO_LARGE = f"The file is too large: at most {MAX_UPLOAD // 1_000_000} MB."


class _RequestError(Exception):
    """A request that cannot be answered; the message says why."""


def build_app(recognizer: DigitRecognizer) -> Flask:
    """Build the web service.

    * ``GET /`` is the page. ``GET /health`` answers ``{"status": "ok"}``.
    * ``POST /predict`` takes a picture as the form field ``file`` (at most ``MAX_UPLOAD`` bytes).
      A browser's form gets the page again, with the answer; everybody else gets it as JSON, as
      `mnist_helpers.recognizer.describe` gives it. A missing, empty or unreadable file gives status
      400, one that is too large 413, and the reason: in the page, or as ``{"error": reason}``.

    Args:
        recognizer: what reads the digits.

    Returns:
        A WSGI application, for any server. `start_server` brings one.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_UPLOAD
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_UPLOAD
    app.json.sort_keys = False
    examples = [one.to_dict() for one in example_pictures()]

    @app.get("/")
    def page() -> str:
        return server_page(MAX_UPLOAD, examples)

    @app.get("/health")
    def health() -> Response:
        return jsonify(status="ok")

    @app.post("/predict")
    def predict() -> Response | tuple[Response | str, int] | str:
        try:
            answer = describe(recognizer.predict(_sent_picture()))
        except (PictureError, _RequestError) as error:
            return _refuse(str(error), 400)
        except RequestEntityTooLarge:
            return _refuse(TOO_LARGE, 413)
        return server_page(MAX_UPLOAD, examples, answer) if _wants_page() else jsonify(answer)

    def _refuse(reason: str, status: int) -> tuple[Response | str, int]:
        if _wants_page():
            return server_page(MAX_UPLOAD, examples, failed(reason)), status
        return jsonify(error=reason), status

    @app.errorhandler(HTTPException)
    def refuse_the_rest(error: HTTPException) -> tuple[Response | str, int]:
        reason = TOO_LARGE if error.code == 413 else f"{error.name}."
        return _refuse(reason, error.code or 500)

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return app


def _sent_picture() -> bytes:
    file = request.files.get("file")
    content = file.read() if file else b""
    if not content:
        # A browser whose visitor chose nothing sends a file without name and content.
        raise _RequestError(EMPTY if file and file.filename else MISSING)
    return content


def _wants_page() -> bool:
    """Browsers ask for HTML first; programs, such as curl, for anything."""
    accept = request.accept_mimetypes
    return accept["text/html"] > accept["application/json"]


class Server:
    """A running web service, in a thread of its own: it ends with the program, or with `stop`.

    Attributes:
        address: where it answers, such as ``http://127.0.0.1:8000/``.
        port: the port of it.
    """

    def __init__(self, server: Any, host: str):
        self._server = server
        name = f"[{host}]" if ":" in host else host
        self.port = int(server.effective_port)
        self.address = f"http://{name}:{self.port}/"
        self._thread = threading.Thread(target=server.run, name="web", daemon=True)
        self._thread.start()

    def show(self, height: int = 720) -> None:
        """Show the page below the cell of a notebook.

        Args:
            height: of the frame, in pixels.
        """
        if in_colab():
            from google.colab import output

            output.serve_kernel_port_as_iframe(self.port, height=str(height))
        else:
            path = proxy_path(self.port)
            show_frame("The web page", f"{path}/" if path else self.address, height)

    @property
    def running(self) -> bool:
        """Whether it still answers."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Stop it, and free its port. Stopping twice does nothing more."""
        if self.running:
            # First the threads that answer: at the end of an answer they wake the one that waits
            # for visitors. Only that one may close what it waits for, and, as it may be awake from
            # such an answer, not before we have woken it, too.
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


def start_server(recognizer: DigitRecognizer, host: str = HERE, port: int | None = PORT) -> Server:
    """Start the web service on a production server (waitress).

    It answers this computer alone unless ``host`` says otherwise; then it says what that exposes.

    Args:
        recognizer: what reads the digits.
        host: the address of this computer to listen at; "0.0.0.0" for all it has.
        port: its port; None for any that is free.

    Raises:
        LaunchError: if the port is taken, or the host is not one of this computer.
    """
    address = check_place(host, port)
    # That a visitor waits for a moment is no news.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    if is_open(host):
        print(HOST_WARNING.format(host=host, what="page"), flush=True)
    try:
        server = create_server(
            build_app(recognizer),
            host=address,
            port=port or 0,
            threads=THREADS,
            ident="",
            # Flask says so in a sentence; this is for what does not even tell its length.
            max_request_body_size=2 * MAX_UPLOAD,
        )
    except OSError as error:
        raise LaunchError(
            f"The page could not start at {host}, port {port}: the port is taken; stop what runs "
            "there, or name another port."
        ) from error
    return Server(server, address)
