"""Where a server listens, and who can reach it there."""

import socket

from mnist_helpers._support.limits import PORTS

HERE = "127.0.0.1"
LOOPBACK = (HERE, "localhost", "::1")
HOST_WARNING = (
    "The host {host} shows the {what}, without encryption, to every computer that can reach this "
    "one over the local network or the internet."
)


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
        family, *_, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.bind(address)
    except (OSError, UnicodeError) as error:
        raise LaunchError(
            f"The host {host} is not an address of this computer: use {HERE} for this computer "
            "alone, or 0.0.0.0 for every computer that can reach it."
        ) from error
    return str(address[0])


def is_open(host: str) -> bool:
    """Whether other computers can reach this host."""
    return host not in LOOPBACK


def free_port() -> int:
    """A port of this computer that nothing uses at the moment."""
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return probe.getsockname()[1]
