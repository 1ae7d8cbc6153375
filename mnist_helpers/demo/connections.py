"""The connections of the demo's server: how many, and for how long without a request."""

import asyncio
import time
from typing import Any

from mnist_helpers._support import limits, most_connections


def make_patient(server: Any) -> None:
    """Make a running uvicorn server drop connections on which nothing happens.

    Otherwise it waits forever for the first request of a connection, until it can open no more
    files. The connections that are already open stay as they are.
    """
    server.config.http_protocol_class = _patient(server.config.http_protocol_class)


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
    return not idle, getattr(one, "begun", 0.0)
