"""The file from which a long run goes on. It must not be lost, nor continued as another run."""

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from uuid import uuid4

import numpy as np
from safetensors.torch import save
from torch import Tensor

from mnist_helpers._support.atomic_write import write_atomically
from mnist_helpers._support.fingerprints import tell_differences, without_code
from mnist_helpers._support.mistakes import MistakeError
from mnist_helpers._support.tensor_files import read_description


@dataclass
class RunFile:
    """A safetensors file that holds a run's tensors, and a description of plain values.

    Attributes:
        path: where it is.
        read: gives the description of such a file; MistakeError if it cannot be used.
        inputs: plain values that must be the same when the run goes on, where the file has them.
        place: the machine's, which may differ; then the run goes on with a warning.
    """

    path: Path
    read: Callable[[Path], dict[str, Any]]
    inputs: dict[str, Any]
    place: dict[str, Any]
    # What tells the files of this run from those of another one that writes to the same path.
    run: str = field(default_factory=lambda: uuid4().hex)
    found: str | None = None

    def begin(self) -> dict[str, Any] | None:
        """Make sure that the file can be written; return the description of an old one, or None."""
        if self.path.is_dir():
            raise MistakeError(f"{self.path} is a folder. Name a file in it for the checkpoint.")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            TemporaryFile(dir=self.path.parent).close()
        except OSError as error:
            where = f"{self.path.parent} ({error.strerror})"
            raise MistakeError(f"No checkpoint can be written to the folder {where}.") from error
        if not self.path.exists():
            return None
        plain = self.read(self.path)
        self.found = plain.get("run")
        return plain

    def write(self, plain: dict[str, Any], tensors: dict[str, Tensor]) -> None:
        """Replace the file, if no other run has written to it since this one began."""
        if self.path.exists() and self.read(self.path).get("run") not in (self.run, self.found):
            raise MistakeError(
                f"Another training has written to {self.path} in the meantime. This one stops, "
                "and leaves the file as it is. Give each its own file (on the command line, --out)."
            )
        plain = {"run": self.run, "inputs": self.inputs, "place": self.place, **plain}
        tensors = {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}
        state = json.dumps(plain, default=np.ndarray.tolist)
        write_atomically(self.path, save(tensors, {"state": state}))

    def check_same(self, plain: dict[str, Any], saved: dict[str, Any], wanted: dict) -> None:
        """Raise MistakeError if a file is another run's, from its settings and the wanted ones."""
        place, inputs = plain.get("place", {}), plain.get("inputs", {})  # not in older files
        here = {name: value for name, value in self.inputs.items() if name in inputs}
        if place.get("Python") != self.place["Python"]:  # which makes other code of a function
            inputs, here = json.loads(without_code(json.dumps([inputs, here])))
        if different := tell_differences(saved | inputs, wanted | here):
            raise MistakeError(
                f"The checkpoint {self.path} belongs to another run ({different}). Use the same "
                "settings to go on, or delete it to start from the beginning."
            )
        if place and (other := tell_differences(place, self.place)):
            warnings.warn(
                f"The checkpoint was made elsewhere ({other}). The run goes on, but its result may "
                "differ a little from that of an uninterrupted one.",
                stacklevel=5,
            )


def read_run(path: Path, check: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """The description of a run's file, if ``check`` raises nothing about it; or MistakeError."""
    try:
        plain = read_description(path, "state")
        if plain is None:
            raise ValueError("it has no state of a training")
        check(plain)
    except Exception as error:
        raise no_run_file(path, error) from error
    return plain


def no_run_file(path: Path, error: Exception) -> MistakeError:
    """The error for a file that is damaged, or something else; a MistakeError stays what it is."""
    if isinstance(error, MistakeError):
        return error
    why = f"{type(error).__name__}: {error}" if isinstance(error, LookupError) else str(error)
    words = (
        f"{path} is not a checkpoint of fit ({why[:200]}). Name another file, or delete this one "
        "to start from the beginning."
    )
    return MistakeError(words)
