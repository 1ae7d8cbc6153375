"""The command ``evaluate``."""

import json
from argparse import Namespace

from mnist_helpers.cli.options import (
    UsageError,
    add_command,
    add_data_options,
    add_weights_option,
    load_data,
    load_recognizer,
    printable,
    weights_path,
)


def add(commands) -> None:
    """Add the command and its options."""
    command = add_command(
        commands,
        "evaluate",
        run,
        "Measure a trained network: on MNIST's 10,000 test images, or on drawings of your own.",
        "evaluate --weights runs/first/digit_cnn.safetensors --json",
    )
    add_weights_option(command)
    command.add_argument(
        "--drawn",
        metavar="DIR",
        help="measure on the drawings of this folder instead, which lists them in labels.csv with "
        "the columns file, label and source; the two options below are then not used",
    )
    command.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    add_data_options(command)


def run(options: Namespace) -> int:
    """The command ``evaluate``: on MNIST's test images, or with ``--drawn`` on drawings alone."""
    return _evaluate_drawn(options) if options.drawn is not None else _evaluate_test(options)


def _evaluate_drawn(options: Namespace) -> int:
    from mnist_helpers.recognizer import DrawnError, evaluate_drawn

    recognizer = load_recognizer(options)
    try:
        report = evaluate_drawn(recognizer, options.drawn)
    except DrawnError as error:
        raise UsageError(error) from error
    if options.json:
        print(json.dumps({"drawn": options.drawn, "weights": options.weights, **report.to_dict()}))
        return 0
    print(_drawn_table(report))
    return 0


def _drawn_table(report) -> str:
    width = max(len("mean over sources"), *(len(printable(name)) for name in report.by_source))
    lines = [f"{'source':<{width}}  drawings  right"]
    for source, readings in report.by_source.items():
        accuracy = report.accuracy_by_source[source]
        lines.append(f"{printable(source):<{width}}  {len(readings):>8,}  {accuracy:7.2%}")
    lines += [
        "",
        f"{'all drawings':<{width}}  {len(report):>8,}  {report.accuracy:7.2%}",
        f"{'mean over sources':<{width}}  {'':>8}  {report.mean_over_sources:7.2%}",
        "",
        f"{report.sure:,} answers were sure, {report.sure_and_wrong:,} of them wrong.",
    ]
    if report.mistakes:
        lines += ["", f"{len(report.mistakes):,} read wrongly:"]
        for reading in report.mistakes:
            label, words = reading.drawing.label, reading.prediction.words
            lines.append(f"  {printable(reading.drawing.file)}  is a {label}, read as: {words}")
    if report.unreadable:
        lines += ["", f"{len(report.unreadable):,} unreadable, counted as wrong:"]
        for reading in report.unreadable:
            lines.append(f"  {printable(reading.drawing.file)}  {printable(reading.error)}")
    return "\n".join(lines)


def _evaluate_test(options: Namespace) -> int:
    from mnist_helpers.evaluate import predict
    from mnist_helpers.model import WeightsError
    from mnist_helpers.recognizer import load_network
    from mnist_helpers.train import TrainingError, pick_device

    try:
        model, facts = load_network(weights_path(options))
        model.to(pick_device(options.device))
    except (WeightsError, TrainingError) as error:
        raise UsageError(error) from error
    data = load_data(options)
    predictions = predict(model, data.test)
    result = {
        "dataset": data.name,
        **predictions.summary(),
        "weights": options.weights,
        "trained_on": facts.get("dataset"),
    }
    if options.json:
        print(json.dumps(result))
        return 0
    low, high = predictions.interval
    print(f"{data.name}, {len(predictions):,} test images")
    print(
        f"accuracy            {predictions.accuracy:.2%}  (95 % interval {low:.2%} to {high:.2%})"
    )
    print(f"calibration error   {result['expected_calibration_error']:.2%}")
    print(f"mistakes            {result['mistakes']}\n\n{predictions.report()}")
    return 0
