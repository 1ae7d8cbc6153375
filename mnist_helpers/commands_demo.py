"""What the command ``demo`` does."""

import os
import sys
from argparse import Namespace

from mnist_helpers.commands import UsageError
from mnist_helpers.commands_read import load_recognizer
from mnist_helpers.hosting import LaunchError


def demo(options: Namespace) -> int:
    """The command ``demo``: until Ctrl-C, which is how it ends well."""
    if options.port is not None and not 1 <= options.port <= 65535:
        raise UsageError(f"--port must be 1 to 65535, got {options.port}.")
    auth = _user_and_password(options.auth)
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
