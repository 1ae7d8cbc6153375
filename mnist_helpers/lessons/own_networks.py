"""The networks that a learner trains: how notebooks keep them, and find them again."""

from pathlib import Path
from typing import Any

from torch import nn

from mnist_helpers.model import WeightsError, load_weights, save_weights

# Whatever the series trains with its usual settings reads more of the validation images than this.
POOR = 0.95
ACCURACY = "val_accuracy"  # the name of this fact in a weights file


def keep_network(
    model: nn.Module, path: str | Path, *, dataset: str, accuracy: float, **settings: Any
) -> Path:
    """Save a network with its accuracy and settings, but never in place of a better one.

    A sentence says where it is. If ``path`` already holds a network that reads more, this one goes
    beside it, into a file whose name begins with ``experiment_``; so does one that has learned from
    other digits than MNIST's, if the other has learned from MNIST's.

    Args:
        model: one that `save_weights` can write.
        path: where to write.
        dataset: the name of the digits that it has learned from.
        accuracy: the fraction of their validation images that it reads correctly, 0 to 1.
        settings: how it was trained, such as ``epochs=6``.

    Returns:
        The file that was written.

    Raises:
        WeightsError: if the network is not one of this package.
        OSError: if the file cannot be written.
    """
    path, facts = Path(path), {"dataset": dataset, ACCURACY: accuracy, **settings}
    there = _facts(path)
    if _rank(there) > _rank(facts):
        kept, path = path, path.with_name(f"experiment_{path.name}")
        print(f"{kept.as_posix()} stays, because it {_reads(there)}.")
    save_weights(model, path, **facts)
    print(f"This network {_reads(facts)}. It is in {path.as_posix()}.")
    return path


def find_network(*paths: str | Path, dataset: str | None = None) -> Path | None:
    """The first of these weights files that can be used, or None; a sentence says which and why.

    If a ``dataset`` is named, a network that has learned from other digits is passed over.
    """
    for path in map(Path, paths):
        facts = _facts(path)
        if facts is None:
            continue
        if dataset and facts.get("dataset") != dataset:
            print(f"{path.as_posix()} has learned from {facts.get('dataset', 'other digits')}.")
            continue
        print(f"Your network, from {path.as_posix()}: it {_reads(facts)}.")
        if facts.get(ACCURACY, 1) < POOR:
            print("That is poor, and so will be what follows. First run the notebook that made it,")
            print("with the settings that it came with: its network then replaces this one.")
        return path
    print(f"There is no network of yours in {' or '.join(Path(p).as_posix() for p in paths)}.")
    return None


def _facts(path: Path) -> dict[str, Any] | None:
    """What a weights file says about itself; None if there is none that can be read."""
    if not path.exists():
        return None
    try:
        return load_weights(path)[1]
    except WeightsError as error:
        print(error)
        return None


def _rank(facts: dict[str, Any] | None) -> tuple[bool, float]:
    """The higher, the more a network is worth keeping."""
    return (facts or {}).get("dataset") == "MNIST", (facts or {}).get(ACCURACY, 0.0)


def _reads(facts: dict[str, Any] | None) -> str:
    accuracy, dataset = (facts or {}).get(ACCURACY), (facts or {}).get("dataset", "unknown digits")
    if accuracy is None:
        return f"has learned from {dataset}; how many it reads, the file does not say"
    return f"reads {accuracy:.2%} of the validation images of {dataset}"
