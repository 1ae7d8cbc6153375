"""Training small networks that sit on a finished one, which does not change.

They are its heads: like its classifier, each gets what its ``features`` find in an image.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mnist_helpers._support import normalize, to_device
from mnist_helpers.data import RandomWarp

BATCH, LEARNING_RATE, WEIGHT_DECAY = 256, 0.002, 0.001


@torch.inference_mode()
def find_features(model: nn.Module, images: np.ndarray, warp: bool = False) -> Tensor:
    """What a network's ``features`` find in images, uint8, shape ``(n, 28, 28)``.

    With ``warp``, `RandomWarp` first changes each image. The result is float32, of shape
    ``(n, inputs of a head)``, and on the CPU, wherever the network is.
    """
    find, change = model.get_submodule("features"), RandomWarp() if warp else nn.Identity()
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    batches = (to_device(batch, device) for batch in torch.from_numpy(images).split(500))
    features = [find(change(normalize(batch))).flatten(1) for batch in batches]
    model.train(was_training)
    return torch.cat(features).cpu()


def train_head(
    head: nn.Sequential, features: Tensor, loss: Callable[[Tensor, Tensor], Tensor], epochs: int
) -> nn.Sequential:
    """Train a head whose first layer is linear, and return it.

    The head learns from standardised features; afterwards, their mean and scale become part of its
    weights. ``loss`` gets the head's output for a batch, and the batch's indices in ``features``.
    """
    mean, std = features.mean(0), features.std(0) + 1e-3
    head.requires_grad_(True)
    steps = -(-len(features) // BATCH) * epochs
    optimizer = torch.optim.AdamW(head.parameters(), weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
    for _ in range(epochs):
        for chosen in torch.randperm(len(features)).split(BATCH):
            lost = loss(head((features[chosen] - mean) / std), chosen)
            optimizer.zero_grad()
            lost.backward()
            optimizer.step()
            schedule.step()
    first: Any = head[0]
    with torch.no_grad():
        first.weight /= std
        first.bias -= first.weight @ mean
    return head.requires_grad_(False)
