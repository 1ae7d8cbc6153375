"""The command ``demo``."""

import os
import sys
from argparse import Namespace

from mnist_helpers.cli.options import UsageError, add_command, add_weights_option, load_recognizer


def add(commands) -> None:
    """Add the command and its options."""
    command = add_command(
        commands,
        "demo",
        run,
        "Draw digits on a page in the browser, and watch the network read them; Ctrl-C ends it.",
        "demo --weights runs/first",
    )
    command.add_argument(
        "--port", type=int, metavar="N", help="(default: the first free one from 7860 on)"
    )
    command.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="H",
        help="0.0.0.0 shows the demo to the whole network (default: 127.0.0.1, this computer only)",
    )
    command.add_argument(
        "--share",
        action="store_true",
        help="make a public address, through a server of Gradio's makers",
    )
    command.add_argument(
        "--auth", metavar="USER:PASSWORD", help="what visitors must give (default: nothing)"
    )
    command.add_argument(
        "--no-browser", action="store_true", help="print the address, open no browser"
    )
    command.add_argument(
        "--inside", action="store_true", help="add a tab with the feature maps of what you draw"
    )
    add_weights_option(command)


def run(options: Namespace) -> int:
    """The command ``demo``: until Ctrl-C, which is how it ends well."""
    if options.port is not None and not 1 <= options.port <= 65535:
        raise UsageError(f"--port must be 1 to 65535, got {options.port}.")
    auth = _user_and_password(options.auth)
    from mnist_helpers._support import LaunchError

    try:
        from mnist_helpers.demo import build_demo, launch
    except ImportError as error:
        raise UsageError(error) from error
    try:
        launch(
            build_demo(load_recognizer(options), inside=options.inside),
            share=options.share,
            host=options.host,
            port=options.port,
            auth=auth,
            open_browser=not options.no_browser and _has_display(),
            block=True,
        )
    except LaunchError as error:
        print(f"mnist_helpers: {error}", file=sys.stderr)
        return 1
    return 0


def _user_and_password(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    user, _, password = text.partition(":")
    if not user or not password:
        raise UsageError("--auth must be a user and a password with a colon between: ann:secret.")
    return user, password


def _has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
