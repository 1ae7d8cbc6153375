"""What is made of a network that lies on a GPU, a pretended one: the same as on the CPU."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from mnist_helpers.data import DigitDataset, batch_loader, split_train_validation
from mnist_helpers.evaluate import predict
from mnist_helpers.framing import frame
from mnist_helpers.inside import (
    feature_maps,
    last_hidden,
    mosaic,
    occlusion_map,
    saliency_map,
    smallest_sign_attack,
)
from mnist_helpers.lessons.exercise_checks import core
from mnist_helpers.lessons.figures import digit_grid
from mnist_helpers.model import QuickCNN, compute_logits, load_weights, save_weights
from mnist_helpers.recipes import add_detector, add_pair_reader, heads, non_digits, pairs
from mnist_helpers.recipes.recipes import calibrate
from mnist_helpers.recognizer import DigitRecognizer
from mnist_helpers.train import seed_everything
from tests.conftest import random_network
from tools.pretended_gpu import device

pytestmark = pytest.mark.slow


def image():
    return torch.from_numpy(np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8))


def digits(n=60):
    squares = np.random.default_rng(1).integers(0, 256, (n, 28, 28), dtype=np.uint8)
    return DigitDataset.from_numpy(squares, np.arange(n) % 10, "noise")


def attack(model, one):
    answer = int(DigitRecognizer(model).compute_logits(one.cpu().numpy()[None]).argmax())
    found = smallest_sign_attack(model, one, answer)
    return [found.epsilon, found.image, found.answer]


def quick(model, one):
    seed_everything(0)
    network = QuickCNN(channels=(4, 4), hidden=8).to(next(model.parameters()).device)
    network.set_filters(digits().images)
    return network.features[0].weight


def calibrated(model, one):
    loader = batch_loader(digits(), 20)
    facts = calibrate(model, *compute_logits(model, loader))
    return [facts["temperature"], facts["min_energy"], model.classifier[-1].weight]


def with_detector(model, one):
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DIGITS", "PASTED", "PRINTED", "NON_DIGITS"):
            patch.setattr(non_digits, name, 20)
        # Its random numbers would be the device's own.
        patch.setattr(heads, "RandomWarp", torch.nn.Identity)
        add_detector(model, digits(40), digits(20))
    assert {p.device for p in model.parameters()} == {next(model.parameters()).device}
    return model.detector[0].weight


def with_pair_reader(model, one):
    with pytest.MonkeyPatch.context() as patch:
        for name in ("TOUCHING", "CLOSE", "TRIPLES", "SINGLES"):
            patch.setattr(pairs, name, 20)
        patch.setattr(non_digits, "NON_DIGITS", 20)
        patch.setattr(heads, "RandomWarp", torch.nn.Identity)
        add_pair_reader(model, digits(40))
    assert {p.device for p in model.parameters()} == {next(model.parameters()).device}
    return model.pair_reader[0].weight


def saved(model, one):
    with tempfile.TemporaryDirectory() as folder:
        save_weights(model, Path(folder) / "w.safetensors")
        again, _ = load_weights(Path(folder) / "w.safetensors")
    return list(again.parameters())


def parts(model, one):
    there = digits(240).to(next(model.parameters()).device)
    training, validation = split_train_validation(there)
    return [training.labels, validation.sample(3).images, there.subset(there.labels == 3).images]


WORK = {
    "feature maps": lambda model, one: feature_maps(model, one),
    "mosaic": lambda model, one: mosaic(model.features[0].weight[:, 0]),
    "saliency": lambda model, one: saliency_map(model, one, 3),
    "occlusion": lambda model, one: occlusion_map(model, one, 3, 9),
    "last hidden values": lambda model, one: last_hidden(model, one[None]),
    "attack": attack,
    "filters from the data": quick,
    "calibration": calibrated,
    "detector": with_detector,
    "pair reader": with_pair_reader,
    "weights in a file": saved,
    "parts of a dataset": parts,
    "predictions": lambda model, one: predict(model, digits()).probabilities,
    "recognizer": lambda model, one: DigitRecognizer(model).compute_logits(one.cpu().numpy()[None]),
    "framing": lambda model, one: frame(one).image,
    "figure": lambda model, one: len(digit_grid(one[None]).axes),
    "check of a task": lambda model, one: core.close(one.float(), core.tensor(one, (28, 28))),
    "check of numbers": lambda model, one: core.close([one.sum(), 1.0], [one.sum(), 1.0]),
}


def plain(value):
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value.detach().cpu().numpy() if isinstance(value, Tensor) else value


def do(name, place, image_place):
    model = random_network().eval().to(place)
    found = WORK[name](model, image().to(image_place))
    if name in ("feature maps", "saliency", "occlusion", "last hidden values"):
        found = list(found)
        assert {one.device.type for one in found} == {"cpu"}
    return plain(found)


@pytest.mark.parametrize("image_place", ["cpu", device.NAME])
@pytest.mark.parametrize("name", WORK)
def test_it_works_wherever_the_network_and_the_image_are(name, image_place, on_pretended_gpu):
    found = on_pretended_gpu(do, name, device.NAME, image_place)
    expected = do(name, "cpu", "cpu")
    for one, other in zip(flat(found), flat(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def flat(value):
    return [x for each in value for x in flat(each)] if isinstance(value, list) else [value]
