"""Serve a page that reads uploaded and drawn digits, and JSON for programs; Ctrl-C ends it."""

import time
from argparse import ArgumentParser, Namespace

from mnist_helpers.cli.options import (
    add_place_options,
    add_weights_option,
    check_place_options,
    load_recognizer,
)

EXAMPLE = "web --port 9000"


def add_options(command: ArgumentParser) -> None:
    """Add the command's options."""
    add_place_options(command, "page", 8000)
    add_weights_option(command)


def run(options: Namespace) -> int:
    """Serve the page until Ctrl-C, which ends it with the exit code 0."""
    auth = check_place_options(options)
    from mnist_helpers.share import start_server

    server = start_server(
        load_recognizer(options),
        options.host,
        options.port,
        auth=auth,
        allow_hosts=options.allow_host,
    )
    print(f"The page is at {server.address}", flush=True)
    try:
        print("Stop it with Ctrl-C.", flush=True)
        while server.running:
            time.sleep(1)
    except KeyboardInterrupt:
        server.stop()
        print("\nThe page is stopped.")
        return 0
    return 1
