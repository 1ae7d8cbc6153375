"""Draw digits on a page in the browser, and watch the network read them; Ctrl-C ends it."""

import os
import sys
from argparse import ArgumentParser, Namespace

from mnist_helpers.cli.options import (
    add_place_options,
    add_weights_option,
    check_place_options,
    load_recognizer,
)

EXAMPLE = "demo --weights runs/first"


def add_options(command: ArgumentParser) -> None:
    """Add the command's options."""
    add_place_options(command, "demo", None)
    add = command.add_argument
    words = "make a public address, through a server of Gradio's makers"
    add("--share", action="store_true", help=words)
    add("--no-browser", action="store_true", help="print the address, but open no browser")
    words = "add a tab with the feature maps of what you draw"
    add("--inside", action="store_true", help=words)
    add_weights_option(command)


def run(options: Namespace) -> int:
    """Show the demo until Ctrl-C, which ends it with the exit code 0."""
    auth = check_place_options(options)
    recognizer = load_recognizer(options)  # before Gradio, which takes seconds to import
    from mnist_helpers.demo import build_demo, launch

    launch(
        build_demo(recognizer, inside=options.inside),
        share=options.share,
        host=options.host,
        port=options.port,
        auth=auth,
        allow_hosts=options.allow_host,
        open_browser=not options.no_browser and _has_display(),
        block=True,
    )
    return 0


def _has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
