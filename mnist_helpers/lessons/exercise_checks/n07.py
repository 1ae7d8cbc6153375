"""The checks of notebook 07, Share it. The one server is this computer's own, and ends at once."""

import contextlib
import json
import operator
import random
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from unittest.mock import patch

from .core import Case, Mistakes, described, examine, kind, refuse, task

# A status and a body: what a server answers; or one of three ways to answer nothing.
Reply = tuple[int, Any] | str
CLOSED = "Nobody answers at this address"
ENDED = "The server ends the connection without an answer"
SLOW = "The server takes too long"
NONE = "None"  # stands for None among the results, because `examine` takes None for "anything"


class Server:
    """A page for programs that answers as one is told, while it is entered."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.seen: list[tuple[str, bytes]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                server.seen.append((self.path, body))
                reply = server.replies.get(self.path.split("/")[1], (404, "Not here."))
                if not isinstance(reply, str):
                    self.answer(*reply)

            def do_GET(self) -> None:
                server.seen.append(("GET " + self.path, b""))
                self.answer(405, "Method not allowed")

            def answer(self, status: int, body: Any) -> None:
                text = body if isinstance(body, str) else json.dumps(body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        with socket.socket() as free:  # nobody answers at this port, once it is closed
            free.bind(("127.0.0.1", 0))
            self.closed = free.getsockname()[1]

    def __enter__(self) -> "Server":
        Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.http.server_close()

    def reply_to(self, address: str) -> Reply:
        """What is answered at an address."""
        return self.replies[address.split("/")[3]]

    def answer_to(self, address: str) -> tuple[int, Any]:
        """The status and the body that are answered at an address, or 0 and nothing."""
        reply = self.reply_to(address)
        return (0, {}) if isinstance(reply, str) else reply

    def cases(self) -> list[Case]:
        """An address for each answer, and bytes that stand for a picture."""
        first, other = random.sample(range(1, 10), 2)

        def read(digit: int | None, verdict: str) -> Reply:
            return 200, {"digit": digit, "verdict": verdict, "confidence": 0.97, "words": "…"}

        replies = [
            read(first, "sure"),
            read(0, "sure"),
            read(other, "unsure"),
            (400, {"error": "The file is empty."}),
            (413, {"error": "The file is too large: at most 20 MB."}),
            (500, "<h1>Internal Server Error</h1>"),
            (202, {"digit": first, "verdict": "sure", "words": "Not ready: ask later."}),
            read(first, "no digit"),
            read(None, "no digit"),
            CLOSED,
            ENDED,
            SLOW,
        ]
        names = [f"p{random.randrange(10**9)}" for _ in replies]
        self.replies = dict(zip(names, replies, strict=True))
        ports = [self.closed if one == CLOSED else self.http.server_address[1] for one in replies]
        return [
            (f"http://127.0.0.1:{port}/{name}/", "Bytes, \u00e9, ".encode() + name.encode())
            for name, port in zip(names, ports, strict=True)
        ]


@task("07.1")
def client(ask_server: Any) -> str:
    """A client that survives every answer."""
    import httpx  # here, so that the checks of other notebooks need no httpx

    words = f"This should be a function, but it {described(ask_server)}."
    refuse({words: not callable(ask_server)})

    def convert(given: Any, *_: Any) -> Any:
        given = given.item() if hasattr(given, "item") else given
        words = f"Return the digit as a whole number, or None, and not {kind(given)}: {given!r}."
        refuse({words: given != NONE and type(given) is not int})
        return given

    fetched = "You fetch a page with `get`. A picture is sent with `post`."
    with Server() as server:

        def asked(address: str, content: bytes) -> Any:
            server.seen.clear()
            reply, error = server.reply_to(address), httpx.ReadTimeout("timed out")
            slow = patch.object(httpx.HTTPTransport, "handle_request", side_effect=error)
            with slow if reply == SLOW else contextlib.nullcontext():
                given = ask_server(address, content)
            sent = server.seen[:]
            if reply not in (CLOSED, SLOW):
                path, body = sent[0] if sent else ("", b"")
                asks = [path.startswith("GET") for path, _ in sent]
                slash = "`address` ends in `/` already."
                faults = {
                    "Your function sends nothing to `address`. An `except` for every error "
                    "may hide why; `except httpx.HTTPError` lets others through.": not sent,
                    fetched: all(asks),
                    "You send the picture with `post`, and you fetch a page with `get` as well. "
                    "`post` alone is enough.": any(asks),
                    f"You send to {path!r}, where there is one `/` too many. {slash}": "//" in path,
                    f"You send to {path!r}. The address should end in `/predict`.": (
                        not path.endswith("/predict")
                    ),
                    'What arrives has no form field "file" with a file: `files={"file": '
                    "content}`.": b'name="file"' not in body,
                    "What arrives is not the content that you were given.": (
                        b"\r\n" + content + b"\r\n" not in body
                    ),
                    f"You send the picture {len(sent)} times. Once is enough.": len(sent) > 1,
                }
                refuse(faults)
            refuse({"Return None itself, not a text.": given == NONE})
            return NONE if given is None else given

        def right(address: str, _: bytes) -> int | str:
            status, body = server.answer_to(address)
            return body["digit"] if status == 200 and body["verdict"] != "no digit" else NONE

        def guess(address: str, _: bytes, wanted: int = 200) -> int | str:
            status, body = server.answer_to(address)
            return NONE if status != wanted or body["digit"] is None else body["digit"]

        def sure(address: str, content: bytes) -> int | str:
            status, body = server.answer_to(address)
            return right(address, content) if status == 200 and body["verdict"] == "sure" else NONE

        mistakes: Mistakes = {
            'Where the verdict is "no digit", you return the best guess. Return None.': guess,
            "The digit 0 becomes None, but it is a digit, too. (Python counts 0 as false.)": [
                lambda *case: right(*case) or NONE,
                lambda *case: guess(*case) or NONE,
            ],
            'A digit of the verdict "unsure" is read, too. Return it.': sure,
            "Only the status 200 has an answer to read. Another one below 400, such as 202, has "
            "none yet.": lambda address, _: (
                right(address, _) if server.answer_to(address)[0] != 202 else guess(address, _, 202)
            ),
            "You return None every time, also where the status is 200 and the verdict is "
            '"sure". The status is a number, and `json()` gives a dictionary: print both.': (
                lambda *_: NONE
            ),
        }

        def stops(error: Exception, address: str, _: bytes) -> str:
            reply, what = server.reply_to(address), kind(error)
            words = "`content` holds the picture's bytes already. There is no file to open."
            faults = {
                fetched: "get() got an unexpected" in str(error),
                words: isinstance(error, FileNotFoundError),
            }
            refuse(faults)
            if isinstance(reply, str):
                words = f"{reply}, and your function stops with {what}: {error}".rstrip(".")
                words = f"{words}. `except httpx.HTTPError` catches each error of httpx"
                return f"{words}; return None below it."
            if reply[0] != 200:
                words = f"The server answers with the status {reply[0]}, and your function stops"
                words = f"{words} with {what}. Return None"
                if isinstance(error, httpx.HTTPStatusError):
                    return f"{words} instead: this is an error of httpx, too."
                return f"{words} for each status but 200, before you read the answer."
            words = f"Your function stops with {what}: {error}."
            if "'method' object" in str(error):
                return f"{words} A method gives its result with brackets only, such as `json()`."
            if "string indices" in str(error):
                return f"{words} This is a text; `json()` gives a dictionary."
            if "'coroutine' object" in str(error):
                return f"{words} An `AsyncClient` answers after `await` only: take `httpx.post`."
            if "'Response' object" in str(error):
                return f"{words} What httpx returns has `status_code` and `json()`."
            return ""

        def otherwise(address: str, _: bytes, given: Any, expected: Any) -> str:
            reply = server.reply_to(address)
            words = f"{reply}." if isinstance(reply, str) else f"The server answers {reply}."
            return f"{words} Your function should return {expected}, and it returns {given}."

        options: dict[str, Any] = {"convert": convert, "same": operator.eq, "stops": stops}
        examine(asked, server.cases, right, mistakes, otherwise, **options)
    return "A program that talks to others must go on when they fail, because some day they will."


# Which visitors get an answer, and why.
VISITORS = {
    "a": (True, "Page and server are on one computer, and 127.0.0.1 is that computer."),
    "b": (False, "On the phone, 127.0.0.1 is the phone itself. Your server answers only you."),
    "c": (True, "This host lets in everyone on the wifi."),
    "d": (False, "The server ended with the kernel. The page is there, but has nobody to ask."),
    "e": (True, "The file has the network in it, and the phone itself computes."),
    "f": (False, "A program is a visitor, too, and has to give the name and the password."),
}


@task("07.2")
def visitors(gets_an_answer: Any) -> str:
    """The visitors that reach a server."""
    words = f"This should be a dictionary, but it {described(gets_an_answer)}."
    refuse({words: not isinstance(gets_an_answer, dict)})
    found = ", ".join(map(str, gets_an_answer))
    words = f"The keys should be {', '.join(VISITORS)}; yours are {found}."
    refuse({words: set(gets_an_answer) != set(VISITORS)})
    plain = {
        key: value.item() if hasattr(value, "item") else value
        for key, value in gets_an_answer.items()
    }
    other = [value for value in plain.values() if not isinstance(value, bool)]
    words = "Say True or False for each. One of yours"
    refuse({f"{words} {described(one)}.": True for one in other[:1]})
    wrong = [key for key in VISITORS if plain[key] != VISITORS[key][0]]
    why = VISITORS[wrong[0]][1] if wrong else ""
    number = "One is" if len(wrong) == 1 else f"{len(wrong)} of 6 are"
    refuse({f"{number} wrong. Look at {''.join(wrong[:1])} again: {why}": wrong})
    return "Whoever opens a server should know beforehand who gets in, and who does not."
