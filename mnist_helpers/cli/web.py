"""The command ``web``."""

import sys
import time
from argparse import Namespace

from mnist_helpers.cli.options import UsageError, add_command, add_weights_option, load_recognizer


def add(commands) -> None:
    """Add the command and its options."""
    command = add_command(
        commands,
        "web",
        run,
        "Serve a page that reads uploaded and drawn digits, and JSON for programs; Ctrl-C ends it.",
        "web --port 9000",
    )
    command.add_argument("--port", type=int, default=8000, metavar="N", help="(default: 8000)")
    command.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="H",
        help="0.0.0.0 shows the page to the whole network (default: 127.0.0.1, this computer only)",
    )
    add_weights_option(command)


def run(options: Namespace) -> int:
    """The command ``web``: until Ctrl-C, which is how it ends well."""
    if not 1 <= options.port <= 65535:
        raise UsageError(f"--port must be 1 to 65535, got {options.port}.")
    from mnist_helpers._support import LaunchError

    try:
        from mnist_helpers.share import start_server
    except ImportError as error:
        raise UsageError(error) from error
    try:
        server = start_server(load_recognizer(options), host=options.host, port=options.port)
    except LaunchError as error:
        print(f"mnist_helpers: {error}", file=sys.stderr)
        return 1
    print(f"The page is at {server.address}", flush=True)
    print("Stop it with Ctrl-C.", flush=True)
    try:
        while server.running:
            time.sleep(1)
    except KeyboardInterrupt:
        server.stop()
        print("\nThe page is stopped.")
        return 0
    return 1
