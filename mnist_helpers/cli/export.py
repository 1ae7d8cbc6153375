"""Write the network for other programs: an ONNX file, a page in one file, a Space."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from mnist_helpers.cli.options import (
    UsageError,
    add_weights_option,
    check_file,
    check_out,
    load_network,
    path_word,
    weights_path,
)

EXAMPLE = "export --html digits.html"


def add_options(command: ArgumentParser) -> None:
    """Add the command's options."""
    add = command.add_argument
    words = "an ONNX file, which onnxruntime and many others run"
    add("--onnx", type=path_word, metavar="FILE", help=words)
    words = "one HTML file that reads digits alone, in any browser"
    add("--html", type=path_word, metavar="FILE", help=words)
    words = "a folder with the demo, ready for Hugging Face Spaces"
    add("--space", type=path_word, metavar="DIR", help=words)
    add_weights_option(command)


def run(options: Namespace) -> int:
    """Write what the options name."""
    if not (options.onnx or options.html or options.space):
        raise UsageError("Say what to write: --onnx FILE, --html FILE or --space DIR.")
    weights = weights_path(options)
    if options.onnx:
        check_file(options.onnx, weights, options.html)
    if options.html:
        check_file(options.html, weights)
    if options.space:
        check_out(options.space)
    from mnist_helpers.share import ExportError, export_onnx, export_page, export_space

    model, facts = load_network(options)
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
            parts = export_space(options.space, weights)
            print(f"{options.space}: {', '.join(parts)}. Push it to one of your Spaces.")
    except ExportError as error:
        print(f"mnist_helpers: {error}", file=sys.stderr)
        return 1
    return 0
