"""What the commands ``web`` and ``export`` do: the recognizer for others."""

import sys
import time
from argparse import Namespace
from pathlib import Path

from mnist_helpers.arguments import add_command, add_weights_option
from mnist_helpers.commands import UsageError
from mnist_helpers.commands_read import load_recognizer, weights_path
from mnist_helpers.hosting import LaunchError


def add_web(commands) -> None:
    """The command ``web`` and its options."""
    command = add_command(
        commands,
        "web",
        web,
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


def add_export(commands) -> None:
    """The command ``export`` and its options."""
    command = add_command(
        commands,
        "export",
        export,
        "Write the network for other programs: an ONNX file, a page in one file, a Space.",
        "export --html digits.html",
    )
    command.add_argument(
        "--onnx", metavar="FILE", help="an ONNX file, which onnxruntime and many others run"
    )
    command.add_argument(
        "--html", metavar="FILE", help="one HTML file that reads by itself in any browser"
    )
    command.add_argument(
        "--space", metavar="DIR", help="a folder with the demo, ready for Hugging Face Spaces"
    )
    add_weights_option(command)


def web(options: Namespace) -> int:
    """The command ``web``: until Ctrl-C, which is how it ends well."""
    if not 1 <= options.port <= 65535:
        raise UsageError(f"--port must be 1 to 65535, got {options.port}.")
    try:
        from mnist_helpers.web import start_server
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


def export(options: Namespace) -> int:
    """The command ``export``."""
    if not (options.onnx or options.html or options.space):
        raise UsageError("Say what to write: --onnx FILE, --html FILE or --space DIR.")
    from mnist_helpers.export import ExportError, export_onnx, export_page
    from mnist_helpers.model import WeightsError
    from mnist_helpers.recognizer import load_network
    from mnist_helpers.space import SpaceError, export_space

    path = weights_path(options)
    try:
        model, facts = load_network(path)
    except WeightsError as error:
        raise UsageError(error) from error
    try:
        if options.onnx:
            difference = export_onnx(model, options.onnx)
            size = Path(options.onnx).stat().st_size
            print(
                f"{options.onnx}: {size:,} bytes; under onnxruntime its logits are within "
                f"{difference:.1g} of the network's."
            )
        if options.html:
            size = export_page(model, facts["min_energy"], options.html)
            print(f"{options.html}: {size:,} bytes; open it in a browser.")
        if options.space:
            parts = export_space(options.space, path)
            print(f"{options.space}: {', '.join(parts)}. Push it to a Space of your own.")
    except ImportError as error:
        raise UsageError(error) from error
    except (ExportError, SpaceError) as error:
        print(f"mnist_helpers: {error}", file=sys.stderr)
        return 1
    return 0
