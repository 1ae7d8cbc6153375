"""One process or two: python -m benchmarks.processes.

Trains the series' recipe in one process and in two that torchrun starts, in turn, and measures what
a step computes and what it sends. From that it works out what more machines would bring. Writes
processes.json and the tables of the README.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.nn import functional as F

from benchmarks.tables import describe_machine, load_real_mnist, markdown_table, publish
from mnist_helpers._support import seed_everything, write_atomically
from mnist_helpers.data import batch_loader, load_mnist
from mnist_helpers.model import DeepDigitCNN, DigitCNN, count_parameters
from mnist_helpers.recipes import RECIPES
from mnist_helpers.train import (
    count_processes,
    fit,
    is_main_process,
    join_processes,
    sum_over_processes,
)

RESULTS, PAGE = (Path(__file__).with_name(name) for name in ("processes.json", "README.md"))
EPOCHS = 2
STEPS = 100
# What is trained in how many processes, each with how many threads.
WAYS = {
    "1 process, 1 thread": (1, 1),
    "1 process, 2 threads": (1, 2),
    "2 processes, 1 thread each": (2, 1),
}
NETWORKS: dict[str, type[nn.Module]] = {"series": DigitCNN, "bundled": DeepDigitCNN}
# On paper: bytes a millisecond, and milliseconds until the first of them arrives.
LINKS = {"1 Gbit/s": (125_000, 0.1), "10 Gbit/s": (1_250_000, 0.05)}
MACHINES = (1, 2, 4, 8)


def time_ms(work: Callable[[], Any], clock: Callable[[], float], times: int = STEPS) -> list[float]:
    """Milliseconds that something takes, many times, after five that do not count."""
    seconds = []
    for _ in range(times + 5):
        begun = clock()
        work()
        seconds.append(clock() - begun)
    return [1000 * one for one in seconds[5:]]


def measure_epochs() -> dict[str, Any]:
    """Train with the series' recipe: wall-clock and processor seconds of each epoch."""
    recipe = RECIPES["series"]
    training, _ = recipe.split(load_mnist(download=False), 0)
    seed_everything(0)
    begun = time.process_time()
    history = fit(
        recipe.network(),
        batch_loader(training, recipe.batch_size, shuffle=True),
        epochs=EPOCHS,
        learning_rate=recipe.learning_rate,
        augment=recipe.augment,
        device="cpu",
        reporters=[],
    )
    (busy,) = sum_over_processes(time.process_time() - begun)
    return {"seconds": history["seconds"], "processor_seconds": busy / EPOCHS}


def measure_messages() -> dict[str, list[float]]:
    """Milliseconds to add up tensors over all processes: gradients, and three plain numbers."""
    sizes = {name: count_parameters(network()) for name, network in NETWORKS.items()}
    tensors = {name: torch.zeros(size) for name, size in sizes.items()}
    tensors["three numbers"] = torch.zeros(3, dtype=torch.float64)
    return {
        name: time_ms(partial(dist.all_reduce, tensor), time.perf_counter)
        for name, tensor in tensors.items()
    }


def measure_compute(images: int) -> dict[str, float]:
    """Milliseconds of processor time for one step of learning from so many images, on one thread.

    Other programs do not count in that time, and a step on one thread waits for nothing.
    """
    torch.set_num_threads(1)
    times = {}
    for name, network in NETWORKS.items():
        model = network().train()
        optimizer = torch.optim.AdamW(model.parameters(), fused=True)
        batch, labels = torch.randn(images, 1, 28, 28), torch.arange(images) % 10

        def step(
            model: nn.Module = model,
            optimizer: torch.optim.Optimizer = optimizer,
            batch: torch.Tensor = batch,
            labels: torch.Tensor = labels,
        ) -> None:
            optimizer.zero_grad()
            F.cross_entropy(model(batch), labels).backward()
            optimizer.step()

        times[name] = round(statistics.median(time_ms(step, time.process_time)), 2)
    return times


def work(out: Path, threads: int) -> None:
    """What each process does: train, and if there are several, exchange messages."""
    with join_processes():
        torch.set_num_threads(threads)
        result = measure_epochs()
        if count_processes() > 1:
            result["messages"] = measure_messages()
        if is_main_process():
            write_atomically(out, json.dumps(result).encode())


def run_processes(count: int, threads: int) -> dict[str, Any]:
    """Start the processes, as a user would, and return what the main one measured."""
    launcher = ["-m", "torch.distributed.run", "--nproc-per-node", str(count)] if count > 1 else []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "result.json"
        words = ["-m", "benchmarks.processes", "--work", str(out), "--threads", str(threads)]
        settings = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        subprocess.run([sys.executable, *launcher, *words], check=True, env=settings)
        return json.loads(out.read_text())


def summarize(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of one way to train over its runs."""
    seconds = [one for run in runs for one in run["seconds"]]
    return {
        "seconds_per_epoch": round(statistics.median(seconds), 2),
        "seconds_each": [round(one, 2) for one in seconds],
        "processor_seconds_per_epoch": round(
            statistics.median(run["processor_seconds"] for run in runs), 2
        ),
    }


def on_paper(compute_ms: float, sent_bytes: int, machines: int, link: str) -> dict[str, float]:
    """What one step takes if the machines share its batch.

    The gradient goes round in a ring: each machine sends and receives it nearly twice, in
    ``2 * (machines - 1)`` turns. The three numbers (loss, hits, images) are so small that only
    their turns count. Nothing is sent while a machine computes.

    Source: A. Gibiansky, "Bringing HPC Techniques to Deep Learning", 2017.
    """
    speed, delay = LINKS[link]
    turns = 2 * (machines - 1)
    sending = turns / machines * sent_bytes / speed + 2 * turns * delay
    computing = compute_ms / machines
    return {
        "machines": machines,
        "compute_ms": round(computing, 2),
        "communicate_ms": round(sending, 2),
        "speed_up": round(compute_ms / (computing + sending), 2),
    }


def predict_all(steps: dict[str, float]) -> dict[str, Any]:
    """The paper's figures for both networks, both links and all numbers of machines."""
    return {
        name: {
            link: [
                on_paper(steps[name], 4 * count_parameters(network()), machines, link)
                for machines in MACHINES
            ]
            for link in LINKS
        }
        for name, network in NETWORKS.items()
    }


def tables(results: dict) -> str:
    """The results as Markdown tables."""
    trained = []
    for name, row in results["ways"].items():
        low, high = min(row["seconds_each"]), max(row["seconds_each"])
        seconds = f"{row['seconds_per_epoch']:.1f} ({low:.1f} to {high:.1f})"
        trained.append([name, seconds, f"{row['processor_seconds_per_epoch']:.1f}"])
    steps, sums = [], results["all_reduce_ms"]
    for name, size in results["bytes_per_step"].items():
        computed = [f"{results['compute_ms_per_step'][n][name]:.1f} ms" for n in ("128", "64")]
        added = f"{sums[name]['median']:.2f} ms ({sums[name]['quickest']:.2f} ms)"
        steps.append([name, f"{size:,} bytes", *computed, added])
    paper = [
        [f"{name}, {link}"]
        + [
            f"{row['compute_ms']:.1f} + {row['communicate_ms']:.1f} ms: {row['speed_up']:.1f}×"
            for row in rows[1:]
        ]
        for name, links in results["on_paper"].items()
        for link, rows in links.items()
    ]
    step_head = ["network", "gradient", "compute 128 images", "compute 64 images"]
    parts = [
        markdown_table(
            ["trained in", "seconds per epoch, median (range)", "processor seconds per epoch"],
            trained,
        ),
        markdown_table([*step_head, "add up the gradient, median (quickest)"], steps),
        markdown_table(
            ["on paper: network, link", *(f"{n} machines" for n in MACHINES[1:])], paper
        ),
        f"Measured on {results['machine']}; the load average was {results['load_average']:.1f} at "
        "the end.",
    ]
    return "\n\n".join(parts)


def main() -> None:
    """Measure, write, show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.processes", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="(default: 3)")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work, options.threads)
        return
    load_real_mnist()
    runs: dict[str, list] = {name: [] for name in WAYS}
    for _ in range(options.runs):
        for name, way in WAYS.items():
            runs[name].append(run_processes(*way))
            print(name, runs[name][-1], flush=True)
    steps = {str(images): measure_compute(images) for images in (128, 64)}
    messages = [run["messages"] for run in runs["2 processes, 1 thread each"]]
    added = {name: [one for run in messages for one in run[name]] for name in messages[0]}
    results = {
        "machine": describe_machine(),
        "load_average": round(os.getloadavg()[0], 1),
        "runs": options.runs,
        "epochs": EPOCHS,
        "ways": {name: summarize(rows) for name, rows in runs.items()},
        "bytes_per_step": {name: 4 * count_parameters(one()) for name, one in NETWORKS.items()},
        "compute_ms_per_step": steps,
        "all_reduce_ms": {
            name: {"median": round(statistics.median(each), 3), "quickest": round(min(each), 3)}
            for name, each in added.items()
        },
        "links": {name: {"bytes_per_ms": b, "delay_ms": d} for name, (b, d) in LINKS.items()},
        "on_paper": predict_all(steps["128"]),
    }
    publish(results, RESULTS, PAGE, tables(results))


if __name__ == "__main__":
    main()
