"""Asking a network and its other heads, the detector and the pair reader, in one pass."""

from typing import NamedTuple

from torch import Tensor, nn

from mnist_helpers._support import check_shape
from mnist_helpers.model import HEADS


class Answers(NamedTuple):
    """What a network and its other heads say of n images."""

    logits: Tensor  # (n, 10)
    detected: Tensor  # (n,): the detector's numbers; all 0 if there is none
    pairs: Tensor | None  # (n, 101): the pair reader's logits; None if there is none


def ask_all_heads(model: nn.Module, images: Tensor) -> Answers:
    """Compute the logits and, in the same pass, what the network's other heads say."""
    detector, reader = (getattr(model, name, None) for name in HEADS)
    if detector is None and reader is None:
        logits = model(images)
        return Answers(logits, logits.new_zeros(len(logits)), None)
    check_shape(images)
    features = model.get_submodule("features")(images).flatten(1)
    logits = model.get_submodule("classifier")(features)
    detected = detector(features)[:, 0] if detector else logits.new_zeros(len(logits))
    return Answers(logits, detected, reader(features) if reader else None)
