"""The network as an ONNX file, which programs other than PyTorch can run."""

import copy
from importlib import import_module
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from mnist_helpers import __version__
from mnist_helpers._support import normalize, write_atomically
from mnist_helpers.data import load_stand_in
from mnist_helpers.share.errors import ExportError

TOLERANCE = 1e-4  # two programs add the same numbers in different orders
ABOUT = (
    "Reads one handwritten digit. Input: pixels, uint8, (n, 28, 28), 0 = paper, 255 = ink, framed "
    "as MNIST frames them. Outputs: logits and probabilities, float32, (n, 10). Made by "
    f"mnist_helpers {__version__}."
)


class _PixelReader(nn.Module):
    """From stored pixels to probabilities, so that users of the file need not normalize."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.model(normalize(pixels))
        return logits, torch.softmax(logits, dim=1)


def export_onnx(model: nn.Module, path: str | Path) -> float:
    """Write a network as an ONNX file, after checking that the file gives the same answers.

    The file's input is ``pixels``: uint8, shape ``(n, 28, 28)``, any n, 0 = paper, 255 = ink. Its
    outputs are ``logits`` and ``probabilities``: float32, shape ``(n, 10)``. It does no framing.

    Args:
        model: returns logits, shape ``(n, 10)``, for normalized images ``(n, 1, 28, 28)``.
        path: the file; an existing one is replaced.

    Returns:
        The largest difference between the file's logits under onnxruntime and the network's, on
        360 test digits that come with scikit-learn.

    Raises:
        ImportError: if the extra ``export`` is not installed.
        ExportError: if the network cannot be written as ONNX, or if the file's answers differ.
        OSError: if the file cannot be written.
    """
    try:
        import onnx

        # The exporter and the check below import these two as well, but with less clear errors.
        for needed in ("onnxscript", "onnxruntime"):
            import_module(needed)
    except ImportError as error:
        raise ImportError('ONNX needs an extra: pip install "mnist-helpers[export]"') from error
    model = copy.deepcopy(model).cpu()  # the caller's may be on a GPU, and stays there
    try:
        program = torch.onnx.export(
            _PixelReader(model).eval(),
            (torch.zeros(2, 28, 28, dtype=torch.uint8),),
            input_names=["pixels"],
            output_names=["logits", "probabilities"],
            dynamic_shapes=({0: torch.export.Dim("n")},),
            dynamo=True,
            verbose=False,
        )
        assert program is not None  # with dynamo=True
    except Exception as error:  # the exporter raises many kinds
        raise ExportError(f"This network cannot be written as ONNX: {error}") from error
    written = program.model_proto
    written.doc_string = ABOUT
    onnx.checker.check_model(written, full_check=True)
    content = written.SerializeToString()
    difference = onnx_difference(model, content, load_stand_in().test.images.numpy())
    if difference > TOLERANCE:
        raise ExportError(
            f"The ONNX file's answers differ from the network's: by up to {difference:.2g} in a "
            "logit."
        )
    write_atomically(path, content)
    return difference


def onnx_difference(model: nn.Module, content: bytes, images: np.ndarray) -> float:
    """The largest difference between an ONNX file's logits and a network's.

    Images are uint8, shape ``(n, 28, 28)``. If the two read one of them differently, an
    `ExportError` is raised.
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
            raise ExportError("The ONNX file does not read the same digits as the network.")
        worst = max(worst, float(np.abs(logits - wanted).max()))
    return worst
