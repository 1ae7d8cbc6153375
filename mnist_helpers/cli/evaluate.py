"""Measure a trained network: on MNIST's 10,000 test images, or on drawings of your own."""

import json
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from mnist_helpers.cli.options import (
    add_data_options,
    add_weights_option,
    load_data,
    load_network,
    load_recognizer,
    path_word,
    printable,
    usage_errors,
)

if TYPE_CHECKING:
    from mnist_helpers.recognizer import DrawnReport

EXAMPLE = "evaluate --weights runs/first/digit_cnn.safetensors --json"


def add_options(command: ArgumentParser) -> None:
    """Add the command's options."""
    add_weights_option(command)
    add = command.add_argument
    words = (
        "measure on the drawings of this folder instead, which lists them in labels.csv with the "
        "columns file, label and source; the two options below are then not used"
    )
    add("--drawn", type=path_word, metavar="DIR", help=words)
    add("--json", action="store_true", help="print one JSON object, and nothing else")
    add_data_options(command)


def run(options: Namespace) -> int:
    """Measure on MNIST's test images, or with ``--drawn`` on drawings alone."""
    result, table = _on_test(options) if options.drawn is None else _on_drawings(options)
    print(json.dumps(result) if options.json else table)
    return 0


def _on_drawings(options: Namespace) -> tuple[dict[str, Any], str]:
    from mnist_helpers.recognizer import DrawnError, evaluate_drawn

    with usage_errors(DrawnError):
        report = evaluate_drawn(load_recognizer(options), options.drawn)
    result = {"drawn": options.drawn, "weights": options.weights, **report.to_dict()}
    return result, _drawn_table(report)


def _drawn_table(report: "DrawnReport") -> str:
    width = max(len("mean over sources"), *(len(printable(name)) for name in report.by_source))
    rows = [(printable(source), part) for source, part in report.by_source.items()]
    lines = [f"{'source':<{width}}  drawings  right"]
    for name, part in [*rows, ("", None), ("all drawings", report)]:
        lines.append(f"{name:<{width}}  {len(part):>8,}  {part.accuracy:7.2%}" if part else "")
    lines += [
        f"{'mean over sources':<{width}}  {'':>8}  {report.mean_over_sources:7.2%}",
        "",
        f"{report.sure:,} answers were sure, {report.sure_and_wrong:,} of them wrong.",
    ]
    if report.mistakes:
        lines += ["", f"{len(report.mistakes):,} read wrongly:"]
        for reading in report.mistakes:
            label, read = reading.drawing.label, reading.prediction
            words = f"is a {label}, read as: {read.words if read else None}"
            lines.append(f"  {printable(reading.drawing.file)}  {words}")
    if report.unreadable:
        lines += ["", f"{len(report.unreadable):,} unreadable, counted as wrong:"]
        for reading in report.unreadable:
            lines.append(f"  {printable(reading.drawing.file)}  {printable(str(reading.error))}")
    return "\n".join(lines)


def _on_test(options: Namespace) -> tuple[dict[str, Any], str]:
    from mnist_helpers.evaluate import predict
    from mnist_helpers.train import TrainingError, pick_device

    model, facts = load_network(options)
    with usage_errors(TrainingError):
        model.to(pick_device(options.device))
    data = load_data(options)
    predictions = predict(model, data.test)
    result = {
        "dataset": data.name,
        **predictions.summary(),
        "weights": options.weights,
        "trained_on": facts.get("dataset"),
    }
    low, high = predictions.interval
    table = f"""\
{data.name}, {len(predictions):,} test images
accuracy            {predictions.accuracy:.2%}  (95 % interval {low:.2%} to {high:.2%})
calibration error   {result["expected_calibration_error"]:.2%}
mistakes            {result["mistakes"]}

{predictions.report()}"""
    return result, table
