"""Networks for other programs: an ONNX file, and one HTML file that reads by itself."""

from importlib import import_module
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from mnist_helpers._support import normalize, write_atomically
from mnist_helpers.data import load_stand_in
from mnist_helpers.page import example_pictures
from mnist_helpers.share.html_page import lone_page
from mnist_helpers.share.page_weights import network_weights

# Two programs add the same numbers in another order, so the last digits differ.
TOLERANCE = 1e-4
ABOUT = (
    "Reads one handwritten digit. Input: pixels, uint8, (n, 28, 28), 0 = paper, 255 = ink, framed "
    "as MNIST frames them. Outputs: logits and probabilities, float32, (n, 10)."
)


class ExportError(Exception):
    """A network that cannot be exported; the message says why."""


class _PixelReader(nn.Module):
    """From stored pixels to probabilities: so whoever uses the file cannot normalize wrongly."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.model(normalize(pixels))
        return logits, torch.softmax(logits, dim=1)


def export_onnx(model: nn.Module, path: str | Path) -> float:
    """Write a network as an ONNX file, and run it to see that it answers as before.

    Its input is ``pixels``: uint8, shape ``(n, 28, 28)``, any n, 0 = paper, 255 = ink. Its outputs
    are ``logits`` and ``probabilities``: float32, shape ``(n, 10)``. Framing is not part of it.

    Args:
        model: gives logits, shape ``(n, 10)``, for normalized images ``(n, 1, 28, 28)``.
        path: the file; one that is there is replaced.

    Returns:
        The largest difference between a logit of the file under onnxruntime and one of the
        network, on 360 test digits that come with scikit-learn.

    Raises:
        ImportError: if the extra ``export`` is not installed.
        ExportError: if the network cannot be written so, or the file answers otherwise.
        OSError: if the file cannot be written.
    """
    try:
        import onnx

        # torch's exporter and the check below import these two themselves, with less clear words.
        for needed in ("onnxscript", "onnxruntime"):
            import_module(needed)
    except ImportError as error:
        raise ImportError('ONNX needs an extra: pip install "mnist-helpers[export]"') from error
    reader = _PixelReader(model).eval()
    try:
        program = torch.onnx.export(
            reader,
            (torch.zeros(2, 28, 28, dtype=torch.uint8),),
            input_names=["pixels"],
            output_names=["logits", "probabilities"],
            dynamic_shapes=({0: torch.export.Dim("n")},),
            dynamo=True,
            verbose=False,
        )
        written = program.model_proto
    except Exception as error:  # the exporter has errors of its own for each of its steps
        raise ExportError(f"This network cannot be written as ONNX: {error}") from error
    written.doc_string = ABOUT
    onnx.checker.check_model(written, full_check=True)
    content = written.SerializeToString()
    digits = load_stand_in().test.images.numpy()
    difference = onnx_difference(model, content, digits)
    if difference > TOLERANCE:
        raise ExportError(
            f"The ONNX file answers otherwise than the network: up to {difference:.2g} in a logit."
        )
    write_atomically(path, content)
    return difference


def onnx_difference(model: nn.Module, content: bytes, images: np.ndarray) -> float:
    """How far an ONNX file's logits are from a network's, at most.

    Args:
        model: the network.
        content: the file's bytes.
        images: uint8, shape ``(n, 28, 28)``.

    Raises:
        ExportError: if one answer is another digit.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    worst = 0.0
    for start in range(0, len(images), 1000):
        batch = images[start : start + 1000]
        logits, _ = session.run(None, {"pixels": batch})
        with torch.inference_mode():
            wanted = model(normalize(torch.from_numpy(batch))).numpy()
        if (logits.argmax(1) != wanted.argmax(1)).any():
            raise ExportError("The ONNX file reads other digits than the network.")
        worst = max(worst, float(np.abs(logits - wanted).max()))
    return worst


def export_page(model: nn.Module, min_energy: float, path: str | Path) -> int:
    """Write one HTML file that frames and reads digits by itself, without server and network.

    Args:
        model: a `DigitCNN` or `DeepDigitCNN`.
        min_energy: below this energy a square is no digit; see `recognizer.non_digits`.
        path: the file; one that is there is replaced.

    Returns:
        Its size in bytes.

    Raises:
        ExportError: if the network is of another kind.
        OSError: if the file cannot be written.
    """
    try:
        weights = network_weights(model, min_energy)
    except TypeError as error:
        raise ExportError(f"This network cannot be put into a page: {error}") from error
    examples = [one.to_dict() for one in example_pictures()]
    page = lone_page(weights, examples).encode()
    write_atomically(path, page)
    return len(page)
