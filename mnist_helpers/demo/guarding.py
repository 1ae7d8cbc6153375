"""What the demo's server lets through to Gradio, which trusts its visitors more than we do.

Gradio answers whoever calls, keeps whatever they send, and fails at what it does not expect: with
status 500 and a traceback, or in the middle of a stream. Here, such a request gets a sentence.
"""

import asyncio
import contextlib
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import gradio as gr
from fastapi.exceptions import RequestValidationError
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mnist_helpers._support import (
    GONE,
    WAIT,
    Guard,
    Login,
    is_host,
    limits,
    outer_path,
    split_launch,
)

API = "/gradio_api/"
# What the page for the password needs, and Gradio itself while it starts.
OPEN = ("/assets/", "/static/", "/svelte/", "/login", f"{API}login_check", f"{API}startup-events")
OPEN_FILES = ("/", "/theme.css", f"{API}theme.css", "/favicon.ico", "/manifest.json", "/robots.txt")
# Parts of Gradio that write files or ask other computers, and that no page of ours uses.
CLOSED = (
    "vibe-",
    "undo-vibe",
    "process_recording",
    "deep_link",
    "file=http",
    "file/http",
    "proxy=",
)
CALLS = ("run/", "api/", "call/", "queue/join")
MOST_UPLOAD = limits.MAX_UPLOAD_BYTES + 100_000  # with what a form writes around the file


class RefusedError(Exception):
    """A request that is not answered: its status, and a sentence that says why."""

    def __init__(self, status: int, words: str):
        super().__init__(words)
        self.status, self.words = status, words


def _too_large(most: int) -> RefusedError:
    return RefusedError(413, f"The request is too large: at most {most // 1_000_000} MB.")


def guarded(demo: gr.Blocks, guard: Guard) -> dict[str, Any]:
    """The options of FastAPI that put the guard before a demo."""
    plain = type(demo).preprocess_data.__get__(demo)

    async def preprocess(*values: Any, **options: Any) -> Any:
        try:
            return await plain(*values, **options)
        except gr.Error:
            raise
        except Exception as error:
            words = "What was sent does not fit the demo's inputs."
            raise gr.Error(words, print_exception=False) from error

    demo.preprocess_data = preprocess  # type: ignore[method-assign]  # there is no other door
    return {
        "middleware": [Middleware(_Gate, demo=demo, guard=guard)],
        "exception_handlers": {RequestValidationError: _explain},
    }


def _explain(_: Request, error: Exception) -> Response:
    places = [".".join(map(str, one["loc"][1:])) for one in getattr(error, "errors", list)()]
    return _say(422, f"This is missing or of the wrong kind: {', '.join(places) or 'the body'}.")


def _say(status: int, words: str) -> Response:
    # Gradio's page and client read "detail" after some requests, and "error" after others.
    return JSONResponse({"error": words, "detail": words}, status)


class _Gate:
    """The middleware: first who asks, then how much, then what."""

    def __init__(self, app: ASGIApp, demo: gr.Blocks, guard: Guard):
        self.app, self.demo, self.guard = app, demo, guard
        self.login = Login()
        self.unfinished = 0  # bytes that visitors have sent of requests that are not complete

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._answer(scope, receive, answer)
        except RefusedError as error:
            if not begun:
                await _say(error.status, error.words)(scope, receive, send)
        except ClientDisconnect:
            pass  # whoever leaves during an upload gets no answer

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        secret, path = split_launch(scope["path"])
        method = scope.get("method", "GET")
        if secret and secret != self.guard.secret:
            await PlainTextResponse(GONE, 404)(scope, receive, send)
            return
        if not secret and (said := self.guard.refusal(method, path, headers)):
            raise RefusedError(*said)
        if scope["type"] == "websocket":
            raise RefusedError(404, "There are no websockets here.")
        if secret and path == "/here":
            here = {"access-control-allow-origin": "*", "cache-control": "no-store"}
            await Response(None, 204, here)(scope, receive, send)
            return
        root = outer_path(headers) + (f"/{secret}" if secret else "")
        scope = {**scope, "root_path": root, "path": root + path}
        rules = {"referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}
        rules |= {} if secret else self.guard.frame_rules()

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    *((name.encode(), value.encode()) for name, value in rules.items()),
                ]
                if message["status"] == 503:  # Gradio's word for a full queue
                    message["status"] = 429
            await send(message)

        await self._check_address(scope, path)
        if self.demo.auth and not (path in OPEN_FILES or path.startswith(OPEN)):
            await self._check_login(scope, root)
        if method in ("GET", "HEAD", "OPTIONS"):
            await self.app(scope, receive, answer)
        else:
            await self._pass_on(scope, path, headers, receive, answer)

    async def _check_address(self, scope: Scope, path: str) -> None:
        query = scope["query_string"]
        if len(path) + len(query) > limits.MAX_ADDRESS_CHARACTERS:
            raise RefusedError(414, "The address is too long.")
        if not path.startswith(API):
            return
        rest = path.removeprefix(API)
        if rest.startswith(CLOSED):
            raise RefusedError(404, "This demo does not offer that.")
        sessions = parse_qs(query.decode("latin-1")).get("session_hash", [])
        if rest.startswith("heartbeat/"):
            sessions.append(rest.removeprefix("heartbeat/"))
        for session in sessions:
            _check_id("session_hash", session)
        if scope["method"] != "GET":
            return
        queue = self.demo._queue
        if rest.startswith("queue/data") and sessions:
            if sessions[0] not in queue.pending_messages_per_session:
                raise RefusedError(404, "This session has no call that waits for an answer.")
        elif rest.startswith("call/"):
            event = rest.rstrip("/").rpartition("/")[2]
            asked = queue.pending_event_ids_session.values()
            known = event in queue.event_ids_to_events or any(event in ids for ids in asked)
            if not known:
                raise RefusedError(404, "There is no such call, or it was answered.")

    async def _check_login(self, scope: Scope, root: str) -> None:
        """Ask Gradio whether the visitor has given the password: it forgets some of its routes."""
        status = 0

        async def note(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)

        path = f"{root}{API}login_check"
        probe = {**scope, "method": "GET", "path": path, "query_string": b""}
        await self.app(probe, _empty, note)
        if status != 200:
            raise RefusedError(401, "This demo needs a user and a password.")

    async def _pass_on(
        self, scope: Scope, path: str, headers: Mapping[str, str], receive: Receive, send: Send
    ) -> None:
        trying = path.rstrip("/") == "/login"
        kind = headers.get("content-type", "")
        form = kind.startswith("multipart/form-data") and not trying
        most = MOST_UPLOAD if form else limits.MAX_CALL_BYTES
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > most:
            raise _too_large(most)
        body = _Body(self, receive, most)
        try:
            if form:
                try:
                    await self.app(scope, body.receive, send)
                except (KeyError, ValueError, TypeError, AttributeError) as error:
                    raise RefusedError(400, "The form is damaged, or lacks a field.") from error
                finally:
                    if path.startswith(f"{API}upload"):
                        await asyncio.to_thread(_delete_oldest, self.demo)
                return
            content = await body.read()
            address = scope["client"][0] if scope.get("client") else ""
            if trying and (seconds := self.login.begin(address)):
                raise RefusedError(429, WAIT.format(seconds=seconds + 0.5))
            if path.startswith(API):
                _check_call(path.removeprefix(API).rstrip("/"), _parse(content), self.demo)
                _forget_abandoned(self.demo)

            async def answer(message: Message) -> None:
                if trying and message.get("status") == 200:
                    self.login.succeed(address)
                await send(message)

            await self.app(scope, _replay(content, receive), answer)
        finally:
            body.close()


class _Body:
    """The body of a request while it comes in: counted, and not waited for without end."""

    def __init__(self, gate: _Gate, receive: Receive, most: int):
        self.gate, self._receive, self.most = gate, receive, most
        self.size, self.more = 0, True
        self.until = asyncio.get_running_loop().time() + limits.REQUEST_SECONDS

    async def receive(self) -> Message:
        """The next part, as the application expects it."""
        if not self.more:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self.until):
                message = await self._receive()
        except TimeoutError as error:
            raise RefusedError(408, "The request took too long to arrive.") from error
        part = len(message.get("body", b""))
        self.size += part
        self.gate.unfinished += part
        self.more = message.get("more_body", False)
        if self.size > self.most:
            raise _too_large(self.most)
        if self.gate.unfinished > limits.MAX_UNFINISHED_BYTES:
            raise RefusedError(
                429, "Too many visitors are sending something. Try again in a minute."
            )
        return message

    async def read(self) -> bytes:
        """All of it."""
        parts = []
        while self.more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise RefusedError(400, "The request ended too early.")
            parts.append(message.get("body", b""))
        return b"".join(parts)

    def close(self) -> None:
        """It is no longer held."""
        self.gate.unfinished -= self.size


async def _empty() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def _replay(content: bytes, receive: Receive) -> Receive:
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()  # the visitor goes away
        sent = True
        return {"type": "http.request", "body": content, "more_body": False}

    return again


def _headers(scope: Scope) -> dict[str, str]:
    """The headers without those of proxies at which Gradio would fail, or that it would believe."""
    kept = []
    for name, value in scope["headers"]:
        text = value.decode("latin-1")
        forged = name == b"x-gradio-server" or (
            name == b"x-forwarded-host" and not is_host(text.split(",")[0].strip())
        )
        if not forged:
            kept.append((name, value))
    scope["headers"] = kept
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in kept}


def _delete_oldest(demo: gr.Blocks) -> None:
    """Delete the oldest uploads while there are too many, or they are too large together."""
    unfinished = Path(demo.app.uploaded_file_dir).glob("tmp*")  # and left behind, if cut off
    files = []
    for path in {*map(Path, list(demo.upload_file_set)), *unfinished}:
        try:
            about = path.stat()
            files.append((about.st_mtime, about.st_size, path))
        except OSError:  # deleted by Gradio
            demo.upload_file_set.discard(str(path))
    files.sort()
    size = sum(one[1] for one in files)
    for left, (_, part, path) in zip(range(len(files), 0, -1), files, strict=True):
        if size <= limits.MAX_KEPT_BYTES and left <= limits.MAX_KEPT_FILES:
            break
        size -= part
        demo.upload_file_set.discard(str(path))
        with contextlib.suppress(OSError):
            path.unlink()


def _forget_abandoned(demo: gr.Blocks) -> None:
    """Forget calls whose answers nobody fetched: Gradio keeps a list of them for ever."""
    queue = demo._queue
    asked = queue.pending_event_ids_session
    if len(asked) > 20 * limits.MAX_SESSIONS:
        for session in [one for one in asked if one not in queue.pending_messages_per_session]:
            for event in asked.pop(session):
                queue.event_ids_to_events.pop(event, None)


# What a call must look like


def _parse(content: bytes) -> Any:
    def no(_: str) -> Any:
        raise ValueError

    def number(text: str) -> float:
        value = float(text)
        return value if math.isfinite(value) else no(text)

    try:
        body = json.loads(content or b"{}", parse_constant=no, parse_float=number)
        deep = _depth(body) > limits.MAX_CALL_DEPTH
    except RecursionError:
        deep = True
    except ValueError as error:
        raise RefusedError(400, "The body must be JSON, with ordinary numbers.") from error
    if deep:
        raise RefusedError(400, "The JSON is nested too deeply.")
    if not isinstance(body, dict):
        raise RefusedError(400, "The body must be a JSON object, such as {}.")
    return body


def _depth(value: Any) -> int:
    if not isinstance(value, list | dict):
        return 0
    parts = value.values() if isinstance(value, dict) else value
    nested = (part for part in parts if isinstance(part, list | dict))
    return 1 + max(map(_depth, nested), default=0)


def _check_id(name: str, value: Any) -> None:
    fine = isinstance(value, str) and value.isascii() and value.isprintable()
    if not fine or len(value) > limits.MAX_ID_CHARACTERS:
        most = limits.MAX_ID_CHARACTERS
        raise RefusedError(422, f"{name} must be a text of at most {most} plain characters.")


def _check_call(route: str, body: dict[str, Any], demo: gr.Blocks) -> None:
    """Refuse what would make Gradio fail, before it is queued."""
    for name in ("session_hash", "event_id", "oauth_token"):
        if body.get(name) is not None:
            _check_id(name, body[name])
    if route == "component_server":
        _check_server_function(body, demo)
    if not route.startswith(CALLS):
        return
    for name in ("fn_index", "trigger_id"):
        value = body.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise RefusedError(422, f"{name} must be a whole number.")
    if body.get("batched") or not isinstance(body.get("simple_format", False), bool):
        raise RefusedError(422, "batched and simple_format must be false, or left out.")
    if route == "queue/join" and (body.get("fn_index") is None or not body.get("session_hash")):
        raise RefusedError(422, "fn_index and session_hash are missing.")
    function = _function(route, body, demo)
    values: Any = body.get("data")
    if route.startswith("call/v2/"):
        values = list(_named(route, body, demo))
    if not isinstance(values, list):
        raise RefusedError(422, "data must be a list of the inputs.")
    inputs = list(function.inputs)
    if len(values) != len(inputs):
        asked = [one for one in inputs if not one.skip_api]
        if not route.startswith("call/") or len(values) != len(asked):
            raise RefusedError(422, f"data must have {len(inputs)} entries, not {len(values)}.")
        inputs = asked
    for block, value in zip(inputs, values, strict=True):
        _check_value(block, value, demo)


def _function(route: str, body: dict[str, Any], demo: gr.Blocks) -> Any:
    # Gradio, too, goes by the number in some calls, and by the name in others.
    number, name = body.get("fn_index"), route.rpartition("/")[2]
    if route.startswith("call/") or number is None:
        function = next((one for one in demo.fns.values() if one.api_name == name), None)
    else:
        function = demo.fns.get(number)
    if function is None or function.fn is None:
        raise RefusedError(404, "There is no such function.")
    return function


def _named(route: str, body: dict[str, Any], demo: gr.Blocks) -> Iterator[Any]:
    name = f"/{route.rpartition('/')[2]}"
    endpoints: dict[str, Any] = demo.get_api_info()["named_endpoints"]
    asked = endpoints.get(name, {}).get("parameters", [])
    names = {one["parameter_name"] for one in asked}
    if unknown := body.keys() - names - {"oauth_token"}:
        raise RefusedError(422, f"There is no input with the name {min(unknown)[:40]!a}.")
    for one in asked:
        if one["parameter_name"] not in body and not one["parameter_has_default"]:
            raise RefusedError(422, f"{one['parameter_name']} is missing.")
        yield body.get(one["parameter_name"], one.get("parameter_default"))


def _check_server_function(body: dict[str, Any], demo: gr.Blocks) -> None:
    _check_id("session_hash", body.get("session_hash"))
    number, name = body.get("component_id"), body.get("fn_name")
    whole = number if isinstance(number, int) and not isinstance(number, bool) else -1
    block = demo.blocks.get(whole)
    function = getattr(block, name, None) if isinstance(name, str) else None
    if not getattr(function, "_is_server_fn", False):
        raise RefusedError(404, "There is no such component, or it has no such function.")
    if "data" not in body:
        raise RefusedError(422, "data is missing.")
    if isinstance(block, gr.HTML):
        _check_value(block, body["data"], demo)


def _check_value(block: Any, value: Any, demo: gr.Blocks) -> None:
    if value is None:
        return
    if isinstance(block, gr.HTML) and block.api_info().get("type") == "string":
        if not isinstance(value, str):
            what = block.api_info()["description"]
            raise RefusedError(422, f"This input must be a text: {what}.")
    elif model := getattr(block, "data_model", None):
        try:
            model.model_validate(value, context={"validate_meta": True})
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            name = block.label or block.get_block_name()
            words = f"The input “{name}” is of the wrong kind. A file must be uploaded first."
            raise RefusedError(422, words) from error
    level = [value]
    while level:
        one = level.pop()
        if isinstance(one, dict) and "path" in one and ("meta" in one or block.data_model):
            _check_upload(one["path"], demo)
        if isinstance(one, dict | list):
            level.extend(one.values() if isinstance(one, dict) else one)


def _check_upload(path: Any, demo: gr.Blocks) -> None:
    try:
        there = Path(path).resolve(strict=True)
        mine = there.is_relative_to(Path(demo.app.uploaded_file_dir).resolve())
    except (OSError, ValueError, TypeError, RuntimeError):
        mine = False
    if not mine:
        raise RefusedError(422, "This file was not uploaded here, or was deleted. Upload it again.")
