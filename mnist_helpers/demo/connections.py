"""The connections of the demo's server: how many, and for how long without a request."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from typing import Any

from gradio import http_server

from mnist_helpers._support import limits, most_connections

# How many connections are accepted at once: those beyond the most are dropped only then, and some
# more are on their way. And how many the system keeps until they are accepted.
AT_ONCE, BACKLOG = 32, 2048


@contextlib.contextmanager
def patient() -> Iterator[None]:
    """Servers that Gradio starts meanwhile drop connections on which nothing happens.

    Otherwise they wait forever for the first request of a connection, until they can open no more
    files.
    """
    plain = http_server.Server

    class Server(plain):  # type: ignore[misc, valid-type]  # its class is chosen at run time
        async def startup(self, *sockets: Any, **options: Any) -> None:
            self.config.http_protocol_class = _patient(self.config.http_protocol_class)
            self.config.backlog = AT_ONCE
            await super().startup(*sockets, **options)
            for server in self.servers:
                for one in server.sockets:
                    with one.dup() as listening:
                        listening.listen(BACKLOG)

    http_server.Server = Server  # type: ignore[misc]  # only while it starts
    try:
        yield
    finally:
        http_server.Server = plain  # type: ignore[misc]  # as it was before


def _patient(protocol: type) -> type:
    most = most_connections()

    class Patient(protocol):  # type: ignore[misc]  # uvicorn chooses the class
        begun, timer = 0.0, None

        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            self.begun = time.monotonic()
            self.timer = self.loop.call_later(limits.IDLE_SECONDS, self.close_if_unused)
            if len(self.connections) > most:
                kept = [one for one in self.connections if not one.transport.is_closing()]
                if len(kept) > most:
                    min(kept, key=_age).transport.abort()

        def close_if_unused(self) -> None:
            if self.cycle is None:  # no request has come
                self.transport.abort()

        def connection_lost(self, error: Exception | None) -> None:
            if self.timer:
                self.timer.cancel()
            super().connection_lost(error)

    return Patient


def _age(one: Any) -> tuple[bool, float]:
    """The first in this order is dropped first: the oldest of those without a request."""
    idle = one.cycle is None or one.cycle.response_complete
    return not idle, one.begun
