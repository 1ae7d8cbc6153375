"""The connections of the web page's server: how many, and for how long without a request."""

import time
from typing import Any

from mnist_helpers._support import limits


def channel_class(most: int) -> type:
    """Connections that make room for new ones: waitress would let visitors wait for idle ones."""
    from waitress.channel import HTTPChannel
    from waitress.parser import HTTPRequestParser, ParsingError, TransferEncodingNotImplemented

    class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
        def parse_header(self, header_plus: bytes) -> None:
            try:
                super().parse_header(header_plus)
            except TransferEncodingNotImplemented as error:  # the visitor's mistake, so 400
                raise ParsingError(str(error)) from error

    class Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
        parser_class = Parser
        begun, megabytes = 0.0, 0

        def __init__(self, server: Any, *rest: Any, **more: Any):
            super().__init__(server, *rest, **more)
            self.begun = time.monotonic()
            if len(server.active_channels) > most:
                self.drop_one()

        def received(self, data: bytes) -> bool:
            if self.request is None:
                self.begun, self.megabytes = time.monotonic(), 0
            went_on = super().received(data)
            got = self.request.body_bytes_received if self.request else 0
            if got // 1_000_000 > self.megabytes:
                self.megabytes = got // 1_000_000
                others = self.server.active_channels.values()
                kept = [one.request for one in others if one.request and not one.will_close]
                held = sum(one.body_bytes_received for one in kept)
                if held > limits.MAX_UNFINISHED_BYTES:
                    self.drop_one(1)
            return bool(went_on)

        def readable(self) -> bool:
            # Whoever sends a request byte by byte would otherwise stay for ever.
            if self.request and time.monotonic() - self.begun > limits.REQUEST_SECONDS:
                self.will_close = True
            return bool(super().readable())

        def drop_one(self, megabytes: int = 0) -> None:
            """Close the connection that has been without a complete request for longest."""
            waiting = [
                one
                for one in self.server.active_channels.values()
                if not one.requests and not one.will_close and one.megabytes >= megabytes
            ]
            if waiting:
                min(waiting, key=lambda one: one.begun).will_close = True

    return Channel
