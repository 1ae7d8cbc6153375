"""Networks that others have trained: found on this machine, or downloaded within a time limit."""

import os
import pickle
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn

from mnist_helpers._support import (
    NETWORK_ERRORS,
    fetch,
    first_answers,
    host,
    in_notebook,
    limits,
    progress_bar,
    reason,
)

# Of the two sizes, the one whose weights are published as safetensors.
BLIP = "Salesforce/blip-image-captioning-large"
CAPTION_FILES = ("config.json", "preprocessor_config.json", "model.safetensors")
# Run as a process of its own, which can be stopped at any moment.
_SNAPSHOT = """
import sys
from huggingface_hub import snapshot_download
snapshot_download(sys.argv[1], allow_patterns=["*.json", "*.txt", "*.safetensors"])
"""


class PretrainedError(Exception):
    """A pretrained network that cannot be had here; the message says why, in one sentence."""


class ImageClassifier:
    """Says what is in a photograph.

    Args:
        network: gives logits, shape ``(n, classes)``, for a batch of pictures.
        categories: the classes' names, in the network's order.
        transform: makes a picture the network's input, shape ``(3, height, width)``.
    """

    def __init__(
        self,
        network: nn.Module,
        categories: Sequence[str],
        transform: Callable[[Image.Image], Tensor],
    ):
        self.network = network.eval().requires_grad_(False)
        self.categories = list(categories)
        self.transform = transform

    @torch.inference_mode()
    def __call__(self, picture: Image.Image) -> dict[str, float]:
        """What may be in the picture.

        Args:
            picture: of any size and mode.

        Returns:
            The probability of every class, 0 to 1, in the network's order.
        """
        batch = self.transform(picture.convert("RGB")).unsqueeze(0)
        probabilities = self.network(batch).softmax(dim=1)[0]
        return dict(zip(self.categories, probabilities.tolist(), strict=True))


def load_classifier(*, time_limit: float = 300.0) -> ImageClassifier:
    """ResNet-18, trained on the 1.3 million photographs and 1,000 classes of ImageNet.

    Its weights are looked for where PyTorch keeps such files (the folder ``hub/checkpoints`` in
    ``TORCH_HOME``) and downloaded if they are not there. PyTorch's own download would wait without
    a limit for a server that does not answer.

    Args:
        time_limit: the most seconds that the download may take. Without a network the call takes
            about 4 seconds.

    Raises:
        PretrainedError: if the weights cannot be downloaded, kept or read.
    """
    from torchvision.models import ResNet18_Weights, resnet18  # takes a second

    weights = ResNet18_Weights.DEFAULT
    network = resnet18()
    path = _checkpoint(weights.url, time_limit)
    try:
        # weights_only: the file may hold numbers, but no code.
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except (OSError, EOFError, RuntimeError, TypeError, pickle.UnpicklingError) as error:
        raise PretrainedError(
            f"The file {path} is damaged; delete it, and it will be downloaded again."
        ) from error
    return ImageClassifier(network, weights.meta["categories"], weights.transforms())


def _checkpoint(url: str, time_limit: float) -> Path:
    """The file of that address in torch's cache, downloaded if it is not there."""
    name = url.rsplit("/", 1)[1]
    path = Path(torch.hub.get_dir()) / "checkpoints" / name
    if path.is_file():
        return path
    digest = re.search(r"-([0-9a-f]{8,})\.", name)[1]  # so torchvision names them
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _LateBar("Downloading ResNet-18") as bar:
            fetch(
                url,
                path,
                digest=("sha256", digest),
                deadline=time.monotonic() + time_limit,
                max_bytes=limits.MAX_WEIGHTS_DOWNLOAD_BYTES,
                on_bytes=bar.update,
                answer_seconds=limits.ANSWER_SECONDS,
            )
    except NETWORK_ERRORS as error:
        raise PretrainedError(
            "The pretrained ResNet-18 is not on this machine and could not be downloaded "
            f"({host(url)}: {reason(error)})."
        ) from error
    except OSError as error:
        raise PretrainedError(f"Nothing can be written to {path.parent} ({error}).") from error
    return path


class _LateBar:
    """A progress bar that appears with the first byte: none where nothing comes."""

    def __init__(self, title: str):
        self.title, self.bar = title, None

    def update(self, n_bytes: int) -> None:
        if self.bar is None:
            watched = in_notebook() or sys.stderr.isatty()
            self.bar = progress_bar(None, self.title, "B", unit_scale=True, disable=not watched)
        self.bar.update(n_bytes)

    def __enter__(self) -> "_LateBar":
        return self

    def __exit__(self, *_) -> None:
        if self.bar is not None:
            self.bar.close()


def load_captioner(
    name: str | Path = BLIP, *, time_limit: float = 1800.0
) -> Callable[[Image.Image], str]:
    """BLIP, which describes a picture in an English sentence.

    It needs the package transformers, the extra ``captions``.

    Args:
        name: of the network on huggingface.co, or a folder that holds one. The default one has
            nearly 2 GB; it is downloaded if it is not on this machine.
        time_limit: the most seconds that the download may take. Without a network the call takes
            about 4 seconds, besides the import.

    Returns:
        A function that takes a picture of any size and mode, and returns its description.

    Raises:
        PretrainedError: if transformers is not installed, or the network cannot be had or read.
    """
    try:
        from transformers import BlipForConditionalGeneration, BlipProcessor
        from transformers.utils import logging
    except ImportError as error:
        raise PretrainedError(
            'Captions need the package transformers: pip install "mnist-helpers[captions]"'
        ) from error
    folder = Path(name) if Path(name).is_dir() else _snapshot(str(name), time_limit)
    logging.disable_progress_bar()
    try:
        processor = BlipProcessor.from_pretrained(folder, local_files_only=True)
        network = BlipForConditionalGeneration.from_pretrained(
            folder, local_files_only=True, use_safetensors=True
        ).eval()
    except Exception as error:  # of many kinds, and all mean the same
        raise PretrainedError(
            f"The network in {folder} cannot be read ({type(error).__name__}); delete the folder, "
            "and it will be downloaded again."
        ) from error

    @torch.inference_mode()
    def caption(picture: Image.Image) -> str:
        inputs = processor(images=picture.convert("RGB"), return_tensors="pt")
        words = network.generate(**inputs, max_new_tokens=40)
        return processor.decode(words[0], skip_special_tokens=True).strip()

    return caption


def _snapshot(name: str, time_limit: float) -> Path:
    """The folder in Hugging Face's cache that holds a network, downloaded if need be."""
    if folder := _cached(name):
        return folder
    from huggingface_hub import constants

    end = time.monotonic() + time_limit
    server = host(constants.ENDPOINT)
    probe = f"{constants.ENDPOINT}/{name}/resolve/main/config.json"
    ((_, error),) = first_answers([probe], min(limits.ANSWER_SECONDS, time_limit))
    if error:
        raise PretrainedError(_not_here(name, server, reason(error))) from error
    print(f"Downloading {name}, which may take many minutes ...", flush=True)
    try:
        subprocess.run(
            [sys.executable, "-c", _SNAPSHOT, name],
            timeout=max(0.0, end - time.monotonic()),
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "HF_HUB_DISABLE_TELEMETRY": "1", "HF_ENDPOINT": constants.ENDPOINT},
        )
    except subprocess.TimeoutExpired as error:
        raise PretrainedError(_not_here(name, server, "the time limit is over")) from error
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["no answer"])[-1]
        raise PretrainedError(_not_here(name, server, last[:200])) from error
    if folder := _cached(name):
        return folder
    raise PretrainedError(_not_here(name, server, "files are missing there"))


def _cached(name: str) -> Path | None:
    """The folder in the cache, if all is there that is needed; asks no server."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    return folder if all((folder / file).is_file() for file in CAPTION_FILES) else None


def _not_here(name: str, server: str, problem: str) -> str:
    return f"{name} is not on this machine and could not be downloaded ({server}: {problem})."
