"""The digit page as a web service: an upload form, a drawing square, and JSON for programs."""

import logging
import threading
from typing import TYPE_CHECKING, Any

from mnist_helpers import __version__
from mnist_helpers._support import HERE, HOST_WARNING, LaunchError, check_place, in_colab, is_open
from mnist_helpers._support.limits import MAX_UPLOAD_BYTES
from mnist_helpers.page import example_pictures, proxy_path, show_embedded, static_text
from mnist_helpers.recognizer import ERROR, DigitReader, DigitRecognizer, failed
from mnist_helpers.share.html_page import html_page

if TYPE_CHECKING:
    from flask import Flask, Response

PORT = 8000
THREADS = 8  # each reads one picture at a time, and most of them wait

NEEDED = 'The page needs Flask and waitress: pip install "mnist-helpers[web]"'
MISSING = 'There is no picture in the request: send one as the form field "file".'
EMPTY = "The file is empty."
TOO_LARGE = f"The file is too large: at most {MAX_UPLOAD_BYTES // 1_000_000} MB."


def build_app(recognizer: DigitRecognizer) -> "Flask":
    """Build the web service.

    * ``GET /`` is the page. ``GET /health`` answers ``{"status": "ok", "version": ...}``.
    * ``POST /predict`` takes a picture as the form field ``file`` (at most 20 MB).
      A browser's form gets the page again, with the answer; programs get the answer as JSON, as
      `mnist_helpers.recognizer.DigitReader` gives it. A missing, empty or unreadable file gives
      status 400, and one that is too large status 413; the reason is in the page, or in
      ``{"error": reason}``.

    Returns:
        A WSGI application for any server; `start_server` includes one.

    Raises:
        ImportError: if the extra ``web`` is not installed.
    """
    try:
        from flask import Flask, jsonify, request
        from werkzeug.exceptions import HTTPException
    except ImportError as error:
        raise ImportError(NEEDED) from error
    reader = DigitReader(recognizer)
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_UPLOAD_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_UPLOAD_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]  # only Flask's own provider has it
    examples = [one.to_dict() for one in example_pictures()]

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
        file = request.files.get("file")
        content = file.read() if file else b""
        answer = reader.read_picture(content) if content else None
        if answer is None:
            # If the visitor chose nothing, a browser sends a file without a name or content.
            answer = failed(EMPTY if file and file.filename else MISSING)
        return reply(answer, 400 if answer["verdict"] == ERROR else 200)

    @app.errorhandler(HTTPException)
    def refuse_the_rest(error: HTTPException) -> "tuple[Response | str, int]":
        reason = TOO_LARGE if error.code == 413 else f"{error.name}."
        return reply(failed(reason), error.code or 500)

    def reply(answer: dict[str, Any], status: int) -> "tuple[Response | str, int]":
        # Browsers ask for HTML first; programs, such as curl, for anything.
        wanted = request.accept_mimetypes
        if wanted["text/html"] > wanted["application/json"]:
            return page(answer), status
        return jsonify(answer if status == 200 else {"error": answer["words"]}), status

    @app.after_request
    def protect(response: "Response") -> "Response":
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return app


class Server:
    """A web service that runs in a thread until the program ends or `stop` is called.

    Attributes:
        port: the port on which it answers.
        address: its address, such as ``http://127.0.0.1:8000/``.
    """

    def __init__(self, server: Any, host: str):
        self._server = server
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
            path = proxy_path(self.port)
            show_embedded("The web page", f"{path}/" if path else self.address, height)

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


def start_server(recognizer: DigitRecognizer, host: str = HERE, port: int | None = PORT) -> Server:
    """Start the web service on a production server (waitress).

    Only this computer can reach it unless ``host`` says otherwise; then a warning says what that
    exposes.

    Args:
        recognizer: reads the digits.
        host: the address of this computer to listen on; "0.0.0.0" for all of them.
        port: the port to listen on; None for any that is free.

    Raises:
        ImportError: if the extra ``web`` is not installed.
        LaunchError: if the port is taken, or the host is not an address of this computer.
    """
    app = build_app(recognizer)
    try:
        from waitress.server import create_server
    except ImportError as error:
        raise ImportError(NEEDED) from error
    address = check_place(host, port)
    # Otherwise waitress prints a message whenever a visitor has to wait for a moment.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    if is_open(host):
        print(HOST_WARNING.format(host=host, what="page"), flush=True)
    try:
        server = create_server(
            app,
            host=address,
            port=port or 0,
            threads=THREADS,
            ident="",
            # Flask refuses with a sentence; this is for requests that do not state their length.
            max_request_body_size=2 * MAX_UPLOAD_BYTES,
        )
    except OSError as error:
        raise LaunchError(
            f"The page could not start at {host}, port {port}: the port is taken; stop what runs "
            "there, or name another port."
        ) from error
    return Server(server, address)
