"""Runs a command cut off from the internet, and hears whom it tries to reach.

python -m tools.listener make run              exit code 4: it tried to reach somebody
python -m tools.listener --allow HOST COMMAND  it may try to reach this one
python -m tools.listener --try COMMAND         run it even if this system does not allow that
python -m tools.listener --can                 exit code 3: this system does not allow that

Linux gives the command a network of its own, in which every address leads back to this program. So
nothing leaves the computer, and everything is heard, even what compiled code does, which replaced
Python sockets would miss. A name that is looked up does not exist, and a connection is
refused, both at once, as on a computer without the internet. Servers and browsers on this computer
work as usual.

The mirrors of MNIST and of the pretrained networks may be asked, because the series says so.
"""

import argparse
import contextlib
import ctypes
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

HEARD, IMPOSSIBLE = 4, 3
LAST = ("192.0.2.1", 9)  # an address for documentation, which no program uses
# The hosts that notebooks 01 and 05 say they ask: MNIST's mirrors, and that of ResNet-18's weights.
ANNOUNCED = (
    "ossci-datasets.s3.amazonaws.com",
    "yann.lecun.com",
    "download.pytorch.org",
)
# Constants of Linux that Python's modules do not have.
CLONE_NEWNET, CLONE_NEWUSER = 0x40000000, 0x10000000
RTM_NEWROUTE, RTM_NEWLINK, IP_PKTINFO, ETH_P_ALL, SO_ATTACH_FILTER = 24, 16, 8, 3, 26
# A program of the packet filter: it drops what goes to 127.0.0.0/8 and to ::1, and keeps the rest.
# Each line is an operation, where to go on if it holds, where if not, and a number.
NOT_TO_OURSELVES = (
    (0x30, 0, 0, 0),  # the first byte of the packet
    (0x54, 0, 0, 0xF0),
    (0x15, 0, 2, 0x40),  # IPv4?
    (0x30, 0, 0, 16),  # the first byte of the address
    (0x15, 4, 5, 127),
    (0x20, 0, 0, 24),  # IPv6: the first and the last four bytes of the address
    (0x15, 0, 3, 0),
    (0x20, 0, 0, 36),
    (0x15, 0, 1, 1),
    (0x06, 0, 0, 0),  # drop
    (0x06, 0, 0, 96),  # keep 96 bytes
)


class ImpossibleError(Exception):
    """This system cannot cut a program off from the internet; the message says why."""


class Listener:
    """Cuts this process, and what it starts from now on, off from the internet, and listens.

    Raises:
        ImpossibleError: if this system does not allow it.
    """

    def __init__(self) -> None:
        self._heard: set[str] = set()
        if not sys.platform.startswith("linux"):
            raise ImpossibleError("only Linux can cut a program off")
        libc, user, group = ctypes.CDLL(None, use_errno=True), os.getuid(), os.getgid()
        if libc.unshare(CLONE_NEWNET) and libc.unshare(CLONE_NEWNET | CLONE_NEWUSER) == 0:
            for name, text in (
                ("setgroups", "deny"),
                ("uid_map", f"{user} {user} 1"),
                ("gid_map", f"{group} {group} 1"),
            ):
                with open(f"/proc/self/{name}", "w") as file:
                    file.write(text)
        try:
            _lead_everything_back()
            names, packets = _name_server(), _packet_socket()
        except OSError as error:
            raise ImpossibleError(f"a program cannot be cut off here ({error})") from error
        for serve, end in ((self._answer, names), (self._watch, packets)):
            threading.Thread(target=serve, args=(end,), daemon=True).start()

    def heard(self, allowed: Sequence[str] = ()) -> list[str]:
        """Whom somebody tried to reach: names that were looked up, and addresses with ports.

        Leaves out this computer's own name and the hosts in ``allowed``.
        """
        self._catch_up()
        own = {socket.gethostname(), socket.getfqdn(), "localhost"}
        found = self._heard - own - set(allowed)
        # Asking for the name of a loopback address is no call: it says nothing, and means nobody.
        return sorted(one for one in found if not one.endswith(".127.in-addr.arpa"))

    def _catch_up(self) -> None:
        """Wait until every packet that was sent before now is noted: the last one is our own."""
        end = time.monotonic() + 10
        with contextlib.suppress(OSError):
            socket.create_connection(LAST, timeout=1)
        while (mark := "{}:{}".format(*LAST)) not in self._heard and time.monotonic() < end:
            time.sleep(0.01)
        self._heard.discard(mark)

    def _answer(self, names: socket.socket) -> None:
        """Answer each question for a name: it does not exist."""
        while True:
            question, control, _, sender = names.recvmsg(4096, 256)
            name, end = [], 12  # the labels, each after its length; the last length is 0
            while length := question[end]:
                name.append(question[end + 1 : end + 1 + length].decode("ascii", "replace"))
                end += 1 + length
            self._heard.add(".".join(name).lower())
            # The header says: an answer, no such name, one question, nothing else.
            answer = question[:2] + b"\x81\x83\0\1\0\0\0\0\0\0" + question[12 : end + 5]
            # It must come from the address that was asked, or the sender would not accept it.
            (address,) = struct.unpack("8x4s", control[0][2])
            source = struct.pack("i4s4x", 0, address)
            names.sendmsg([answer], [(socket.IPPROTO_IP, IP_PKTINFO, source)], 0, sender)

    def _watch(self, packets: socket.socket) -> None:
        """Note the addresses of packets that would have left the computer."""
        while True:
            packet, where = packets.recvfrom(96)
            if where[2] != socket.PACKET_OUTGOING:
                continue
            if packet[0] >> 4 == 4:
                to, kind = socket.inet_ntoa(packet[16:20]), packet[9]
                rest = packet[4 * (packet[0] & 15) :]
            else:
                to, kind = f"[{socket.inet_ntop(socket.AF_INET6, packet[24:40])}]", packet[6]
                rest = packet[40:]
            (port,) = struct.unpack("!H", rest[2:4])
            begins = (
                kind == socket.IPPROTO_TCP and rest[13] & 0x12 == 0x02
            )  # a packet that begins a connection
            # Questions for names are noted above.
            said = kind == socket.IPPROTO_UDP and 53 not in (port, *struct.unpack("!H", rest[:2]))
            if begins or said:
                self._heard.add(f"{to}:{port}")


def _lead_everything_back() -> None:
    """Switch on the only interface, and route every address to it as one of this computer's own."""
    (index,) = (number for number, name in socket.if_nameindex() if name == "lo")
    up = struct.pack("=BxHiII", 0, 0, index, 1, 1)  # IFF_UP
    routes = [
        struct.pack("=8BIHHi", family, 0, 0, 0, 255, 3, 254, 2, 0, 8, 4, index)
        for family in (socket.AF_INET, socket.AF_INET6)
    ]
    # The flags ask for an answer, and routes are made.
    _tell_the_kernel(RTM_NEWLINK, 0x5, up)
    _tell_the_kernel(RTM_NEWROUTE, 0x605, routes[0])
    if os.path.exists("/proc/net/if_inet6"):
        _tell_the_kernel(RTM_NEWROUTE, 0x605, routes[1])


def _tell_the_kernel(what: int, flags: int, body: bytes) -> None:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
        kernel.send(struct.pack("=IHHII", 16 + len(body), what, flags, 1, 0) + body)
        (code,) = struct.unpack("=i", kernel.recv(4096)[16:20])
    if code:
        raise OSError(-code, os.strerror(-code))


def _name_server() -> socket.socket:
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    names.bind(("0.0.0.0", 53))
    return names


def _packet_socket() -> socket.socket:
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    lines = b"".join(struct.pack("HBBI", *line) for line in NOT_TO_OURSELVES)
    program = ctypes.create_string_buffer(lines)
    pointer = struct.pack("HL", len(NOT_TO_OURSELVES), ctypes.addressof(program))
    packets.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, pointer)
    return packets


def _end_with_the_listener() -> None:
    """Have Linux end this process when the one that started it is killed."""
    ctypes.CDLL(None).prctl(1, int(signal.SIGTERM))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.listener", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--can", action="store_true", help="only say whether it is possible")
    parser.add_argument(
        "--try", action="store_true", dest="anyhow", help="run the command even if it is not"
    )
    parser.add_argument("--allow", action="append", default=[], metavar="HOST")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND")
    options = parser.parse_args(arguments)
    try:
        listener = Listener()
    except ImpossibleError as error:
        print(f"listener: it cannot listen, because {error}", file=sys.stderr)
        if options.anyhow and options.command:
            return subprocess.run(options.command, check=False).returncode
        return IMPOSSIBLE
    if options.can or not options.command:
        return 0
    # A proxy would be asked in the place of everybody else. And some programs keep from reporting
    # where this says that no person uses them, so that the tests would hear less than learners do.
    dropped = {"http_proxy", "https_proxy", "all_proxy", "ci", "github_actions"}
    kept = {name: value for name, value in os.environ.items() if name.lower() not in dropped}
    code = subprocess.run(
        options.command, env=kept, check=False, preexec_fn=_end_with_the_listener
    ).returncode
    for name in (found := listener.heard([*ANNOUNCED, *options.allow])):
        print(f"listener: {options.command[0]} tried to reach {name}", file=sys.stderr)
    return code or (HEARD if found else 0)


if __name__ == "__main__":
    sys.exit(main())
