"""Reading a digit in any picture: framing, the network, and how far to trust its answer."""

import copy
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import as_file
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn

from mnist_helpers._support import (
    are_probabilities,
    call_explained,
    check_answer,
    check_model,
    normalize,
)
from mnist_helpers.framing import (
    Framed,
    PictureError,
    find_looks,
    frame,
    frame_look,
    is_picture,
    open_picture,
)
from mnist_helpers.model import WeightsError, load_weights
from mnist_helpers.recognizer.heads import ask_all_heads
from mnist_helpers.recognizer.non_digits import MIN_ENERGY, looks_like_digit, weigh_evidence
from mnist_helpers.recognizer.numbers import Reading, read_number
from mnist_helpers.recognizer.one_or_seven import doubt_sevens, turn_left
from mnist_helpers.recognizer.prediction import SURE_CONFIDENCE, Prediction
from mnist_helpers.weights import BUNDLED_WEIGHTS, WEIGHTS_NAME

NOT_LIKE_A_DIGIT = "This does not look like one digit."
# The number of squares that go through the network at once: enough to be fast in little memory.
BATCH = 256


class DigitRecognizer:
    """Reads the digit in a picture. Many threads may use one recognizer at once.

    ```python
    recognizer = DigitRecognizer.load()
    print(recognizer.predict("photo.jpg").words)
    ```

    Args:
        model: returns logits, shape ``(n, 10)``, for normalized images ``(n, 1, 28, 28)``, and may
            have other heads (see `make_head`). It is copied, so the original can be trained
            further. It may be on any device, and in train mode; its numbers become float32.
        min_energy: a square with less energy is not a digit; see `compute_energy`.

    Raises:
        ValueError: if the model cannot be used, for example because it gives probabilities.
    """

    def __init__(self, model: nn.Module, min_energy: float = MIN_ENERGY):
        check_model(model)
        energy: Any = min_energy
        if not isinstance(energy, Real) or math.isnan(energy):
            raise ValueError(f"min_energy must be a number, got {energy!r}.")
        # On the CPU: moving one small picture to a GPU and back takes longer than reading it here.
        self._model = copy.deepcopy(model).to("cpu").float().eval().requires_grad_(False)
        self._min_energy = min_energy
        self._try()

    @torch.inference_mode()
    def _try(self) -> None:
        """Let the model read blank paper and a square of ink, and look at its answers."""
        images = torch.zeros(2, 28, 28, dtype=torch.uint8)
        images[1, 8:20, 8:20] = 255
        answer = call_explained(self._model, normalize(images))
        check_answer(answer, len(images))
        if answer.shape[1] != 10:
            raise ValueError(
                f"The model gives {answer.shape[1]} numbers per image. To read digits, it needs "
                "10, one for each."
            )
        if not answer.isfinite().all():
            raise ValueError("The model's answers are NaN or infinite: its weights cannot be used.")
        if are_probabilities(answer):
            raise ValueError(
                "The model gives probabilities, as softmax does, but reading digits needs logits. "
                "Leave out the softmax at its end, or let forward return "
                "probabilities.clamp(min=1e-9).log(), which are logits as well."
            )

    @property
    def model(self) -> nn.Module:
        """The network that reads: on the CPU and in ``eval`` mode. Do not train it."""
        return self._model

    @classmethod
    def load(cls, path: str | Path | None = None) -> "DigitRecognizer":
        """Make a recognizer from a weights file; by default the one that comes with the package.

        Raises:
            WeightsError: if the file is missing or damaged, or holds no network of this package.
        """
        model, facts = load_network(path)
        try:
            return cls(model, facts["min_energy"])
        except ValueError as error:
            raise WeightsError(f"{path or WEIGHTS_NAME} cannot be used. {error}") from error

    def predict(self, picture: Any, *, steps: bool = False) -> Prediction:
        """Read the digit in a picture.

        Args:
            picture: a path, bytes, a file, a Pillow image, an array, or the value of Gradio's
                Sketchpad or ImageEditor: see `mnist_helpers.framing.frame`.
            steps: whether to keep the steps of the framing in ``prediction.framed.steps``, which
                takes longer.

        Raises:
            PictureError: if the picture cannot be read.
        """
        return self.predict_framed([frame(picture, steps=steps)])[0]

    def read(self, picture: Any) -> Reading:
        """Read the number in a picture: one digit, or several in one line.

        Args:
            picture: as for `predict`, which always reads one digit.

        Raises:
            PictureError: if the picture cannot be read.
        """
        image = open_picture(picture)
        looks = find_looks(image)
        first, last = (looks[0], looks[-1]) if looks else (None, None)
        [single] = self.predict_framed([frame_look(last)])
        return read_number(image, first, single, self.predict_framed)

    def predict_many(self, pictures: Iterable[Any]) -> list[Prediction]:
        """Read many pictures, which is quicker than reading them one by one.

        Args:
            pictures: each as for `predict`; a generator is fine.

        Returns:
            One prediction per picture, in their order.

        Raises:
            PictureError: if one of them cannot be read; the message says which.
            TypeError: if this is a single picture, also one whose channels come first.
        """
        kinds = str | bytes | bytearray | memoryview | os.PathLike | Mapping | Image.Image
        shape = tuple(getattr(pictures, "shape", (1,)))
        single = isinstance(pictures, kinds) or callable(getattr(pictures, "read", None))
        if single or (is_picture(shape) and (len(shape) == 2 or shape[0] != 1)):
            raise TypeError(
                "predict_many takes several pictures; for a single one use predict."
                + (f" An array of shape {shape} is a single one." if len(shape) > 1 else "")
            )
        framed = []
        for number, picture in enumerate(pictures):
            try:
                framed.append(frame(picture, steps=False))
            except PictureError as error:
                raise PictureError(f"pictures[{number}]: {error}") from error
        return self.predict_framed(framed)

    def predict_framed(self, squares: Sequence[Framed]) -> list[Prediction]:
        """Read squares that `mnist_helpers.framing.frame` made: one prediction each, in order."""
        predictions = []
        for start in range(0, len(squares), BATCH):
            batch = squares[start : start + BATCH]
            images = np.stack([square.image for square in batch])
            logits, detected, pairs = self._look(images)
            digit_like = looks_like_digit(images, logits, detected, self._min_energy)
            probabilities = _softmax(logits)
            sevens = (probabilities[:, 7] >= SURE_CONFIDENCE) & digit_like
            if sevens.any():
                turned = _softmax(self._look(turn_left(images[sevens]))[0])
                probabilities[sevens] = doubt_sevens(probabilities[sevens], turned[:, 1])
            evidence = weigh_evidence(logits, detected, self._min_energy).tolist()
            seen: Iterable[Any] = [None] * len(batch) if pairs is None else _softmax(pairs)
            rows = zip(batch, probabilities, digit_like, evidence, seen, strict=True)
            for square, row, fine, weight, pair in rows:
                problem = square.problem or (None if fine else NOT_LIKE_A_DIGIT)
                row = np.full(10, 0.1, np.float32) if square.problem else row
                predictions.append(Prediction(row, square, problem, weight, pair))
        return predictions

    def compute_logits(self, images: np.ndarray) -> np.ndarray:
        """The network's answers: float32, shape ``(n, 10)``.

        Args:
            images: uint8, shape ``(n, 28, 28)``, 0 = paper, 255 = ink.
        """
        starts = range(0, max(len(images), 1), BATCH)
        return np.concatenate([self._look(images[start : start + BATCH])[0] for start in starts])

    @torch.inference_mode()
    def _look(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """The logits, and the outputs of the detector and of the pair reader."""
        said = ask_all_heads(self._model, normalize(torch.from_numpy(images)))
        pairs = None if said.pairs is None else said.pairs.cpu().numpy()
        return said.logits.cpu().float().numpy(), said.detected.cpu().numpy(), pairs


def _softmax(logits: np.ndarray) -> np.ndarray:
    return torch.softmax(torch.from_numpy(logits).double(), dim=1).float().numpy()


def load_network(path: str | Path | None = None) -> tuple[nn.Module, dict]:
    """Read a weights file; by default the one that comes with the package.

    Returns:
        The network, on the CPU and in ``eval`` mode, and its facts, which always include
        ``"min_energy"``.

    Raises:
        WeightsError: if the file is missing or damaged, or if its least energy is not a number.
    """
    if path is not None:
        model, facts = load_weights(path)
    else:
        if not BUNDLED_WEIGHTS.is_file():
            raise WeightsError(
                "The network that comes with the package is missing here. Install the package "
                "again, or name a weights file of your own, which notebook 03 or the command train "
                "writes."
            )
        with as_file(BUNDLED_WEIGHTS) as file:
            model, facts = load_weights(file)
    facts = {"min_energy": MIN_ENERGY, **facts}
    energy = facts["min_energy"]
    if not isinstance(energy, int | float) or not math.isfinite(energy):
        raise WeightsError(
            f"{path or WEIGHTS_NAME} says that its min_energy is {energy!r}, which cannot be used. "
            "Save the network again."
        )
    return model, facts
