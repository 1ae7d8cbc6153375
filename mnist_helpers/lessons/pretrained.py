"""Networks that others have trained, from this machine or downloaded within a time limit."""

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import torch
from PIL import Image

from mnist_helpers._support import FetchError, fetch, first_answers, limits

# Of BLIP's two sizes, the one whose weights are published as safetensors.
BLIP = "Salesforce/blip-image-captioning-large"
CAPTION_FILES = ("config.json", "preprocessor_config.json", "model.safetensors")
# This runs in a separate process, which can be stopped at any moment.
_SNAPSHOT = """
import sys
from huggingface_hub import snapshot_download
snapshot_download(sys.argv[1], allow_patterns=["*.json", "*.txt", "*.safetensors"])
"""


class PretrainedError(Exception):
    """A pretrained network is not available; the message says why, in one sentence."""


def load_classifier(*, time_limit: float = 300.0) -> Callable[[Image.Image], dict[str, float]]:
    """Load ResNet-18, trained on the 1.3 million photographs and 1,000 classes of ImageNet.

    Its weights come from PyTorch's cache (the folder ``hub/checkpoints`` in ``TORCH_HOME``), or are
    downloaded into it. PyTorch's own download would wait for a silent server without a limit.

    Args:
        time_limit: the most seconds that the download may take. Without the internet, the call
            takes about 4 seconds.

    Returns:
        A function that takes a picture of any size and mode, and returns the probability of every
        class, 0 to 1, by the class's name.

    Raises:
        PretrainedError: if the weights cannot be downloaded, kept or read.
    """
    from torchvision.models import ResNet18_Weights, resnet18  # takes a second

    weights = ResNet18_Weights.DEFAULT
    prepare = weights.transforms()
    network = resnet18()
    path = _checkpoint(weights.url, time_limit)
    try:
        # weights_only: the file may hold numbers, but no code that would be run.
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except (OSError, EOFError, RuntimeError, TypeError, pickle.UnpicklingError) as error:
        raise PretrainedError(
            f"The file {path} is damaged; delete it, and it will be downloaded again."
        ) from error
    network.eval().requires_grad_(False)

    @torch.inference_mode()
    def classify(picture: Image.Image) -> dict[str, float]:
        probabilities = network(prepare(picture.convert("RGB")).unsqueeze(0)).softmax(dim=1)[0]
        return dict(zip(weights.meta["categories"], probabilities.tolist(), strict=True))

    return classify


def _checkpoint(url: str, time_limit: float) -> Path:
    """The file in torch's cache for an address, downloaded if it is not there."""
    server, name = url.rsplit("/", 1)
    path = Path(torch.hub.get_dir()) / "checkpoints" / name
    if path.is_file():
        return path
    digest = name.rpartition("-")[2].partition(".")[0]  # torchvision's names end with it
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fetch(
            {name: ("sha256", digest)},
            [f"{server}/"],
            path.parent,
            title="Downloading ResNet-18",
            time_limit=time_limit,
            max_bytes=limits.MAX_WEIGHTS_DOWNLOAD_BYTES,
        )
    except FetchError as error:
        raise PretrainedError(
            "The pretrained ResNet-18 is not on this machine and could not be downloaded "
            f"({error})."
        ) from error
    except OSError as error:
        raise PretrainedError(f"The network could not be kept: {error}") from error
    return path


def load_captioner(
    name: str | Path = BLIP, *, time_limit: float = 1800.0
) -> Callable[[Image.Image], str]:
    """Load BLIP, which describes a picture in an English sentence.

    It needs the package transformers, which the extra ``captions`` installs.

    Args:
        name: a network on huggingface.co, or a folder that holds one. The default has nearly 2 GB
            and is downloaded if it is not on this machine.
        time_limit: the most seconds that the download may take. Without the internet, the call
            takes about 4 seconds, besides its imports.

    Returns:
        A function that takes a picture of any size and mode, and returns its description.

    Raises:
        PretrainedError: if transformers is missing, or the network cannot be downloaded or read.
    """
    try:
        from transformers import BlipForConditionalGeneration, BlipProcessor
        from transformers.utils import logging
    except ImportError as error:
        raise PretrainedError(
            'Captions need the package transformers: pip install "mnist-helpers[captions]"'
        ) from error
    folder = name if Path(name).is_dir() else _snapshot(str(name), time_limit)
    logging.disable_progress_bar()
    try:
        processor = BlipProcessor.from_pretrained(folder, local_files_only=True)
        network = BlipForConditionalGeneration.from_pretrained(
            folder, local_files_only=True, use_safetensors=True
        ).eval()
    except Exception as error:  # of many kinds, which all mean the same
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
    from huggingface_hub import constants

    if folder := _cached(name):
        return folder
    end = time.monotonic() + time_limit
    probe = f"{constants.ENDPOINT}/{name}/resolve/main/config.json"
    problem: FetchError | str | None
    ((_, problem),) = first_answers([probe], min(limits.ANSWER_SECONDS, time_limit))
    if problem is None:
        print(f"Downloading {name}, which may take many minutes ...", flush=True)
        try:
            subprocess.run(
                [sys.executable, "-c", _SNAPSHOT, name],
                timeout=max(0.0, end - time.monotonic()),
                check=True,
                capture_output=True,
                text=True,
                env=os.environ | {"HF_ENDPOINT": constants.ENDPOINT},
            )
            problem = "files are missing there"
        except subprocess.TimeoutExpired:
            problem = "the time limit is over"
        except subprocess.CalledProcessError as error:
            problem = (error.stderr.strip().splitlines() or ["no answer"])[-1][:200]
        if folder := _cached(name):
            return folder
    server = urlsplit(constants.ENDPOINT).netloc
    raise PretrainedError(
        f"{name} is not on this machine and could not be downloaded ({server}: {problem})."
    )


def _cached(name: str) -> Path | None:
    """The folder in the cache, if it holds all that is needed; no server is asked."""
    from huggingface_hub import errors, try_to_load_from_cache

    try:
        found = [try_to_load_from_cache(name, file) for file in CAPTION_FILES]
    except errors.HFValidationError:
        return None
    paths = [path for path in found if isinstance(path, str)]
    return Path(paths[0]).parent if len(paths) == len(found) else None
