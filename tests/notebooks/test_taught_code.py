"""What the notebooks write out by hand does the same as the package."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage
from torch import nn
from torch.nn import functional as F
from torch.utils.data import TensorDataset
from torchvision.models import ResNet18_Weights, resnet18

from mnist_helpers import data
from mnist_helpers.evaluate import Predictions
from mnist_helpers.framing import centre, frame
from mnist_helpers.inside import smallest_sign_attack
from mnist_helpers.inside.maps import feature_maps, saliency_map
from mnist_helpers.lessons.pretrained import load_classifier
from mnist_helpers.model import networks as model
from mnist_helpers.recognizer import DigitRecognizer, load_network
from mnist_helpers.synthetic import draw_strokes
from mnist_helpers.train import EarlyStopping, History, Tuning, fit, seed_everything
from tools.notebooks import FOLDER


def taught(name):
    """What the cell tagged ``taught:name`` defines, run after only its notebook's imports."""
    for path in sorted(FOLDER.glob("[0-9][0-9]_*.ipynb")):
        cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
        for cell in cells:
            if f"taught:{name}" in cell.metadata.get("tags", []):
                namespace = {}
                imports = next(c.source for c in cells if c.source.startswith(("import", "from")))
                block = re.split(r"\n\n(?=\S+ = |_ = |check_|#)", imports)[0]
                exec(block, namespace)
                exec(cell.source, namespace)
                return namespace[name]
    raise AssertionError(f"no notebook teaches {name}")


def test_normalize():
    images = torch.arange(784).to(torch.uint8).reshape(1, 28, 28)
    expected = data.normalize(images)
    assert torch.equal(taught("normalize")(images), expected)
    assert expected.shape == (1, 1, 28, 28)


def test_batch_loader():
    dataset = TensorDataset(torch.arange(50))
    batches, packaged = [], data.batch_loader(dataset, 8, shuffle=True)
    for loader in (taught("batch_loader")(dataset, 8), packaged):
        torch.manual_seed(3)
        batches.append([batch.tolist() for (batch,) in loader])
    assert batches[0] == batches[1]


def test_convolve():
    image, kernel = torch.randn(28, 28), torch.randn(3, 3)
    expected = F.conv2d(image[None, None], kernel[None, None])[0, 0]
    torch.testing.assert_close(taught("convolve")(image, kernel), expected, atol=1e-5, rtol=0)


def test_digit_cnn():
    hand_written, packaged = taught("DigitCNN")(), model.DigitCNN()
    hand_written.load_state_dict(packaged.state_dict())  # the same layers with the same names
    kinds = [[type(m) for m in network.modules()][1:] for network in (hand_written, packaged)]
    assert kinds[0] == kinds[1]
    images = torch.randn(5, 1, 28, 28)
    hand_written.eval(), packaged.eval()
    torch.testing.assert_close(hand_written(images), packaged(images), atol=1e-5, rtol=1e-5)
    dropouts = [[getattr(m, "p", None) for m in n.modules()] for n in (hand_written, packaged)]
    assert dropouts[0] == dropouts[1]


def test_count_parameters():
    network = model.DigitCNN(batch_norm=True)
    assert taught("count_parameters")(network) == model.count_parameters(network)


def test_train_one_epoch():
    training = data.load_stand_in().train.sample(200)
    networks = []
    for by_hand in (True, False):
        seed_everything(0)
        network = model.DigitCNN(channels=(4, 8), hidden=32)
        seed_everything(1)
        loader = data.batch_loader(training, 50, shuffle=True)
        if by_hand:
            optimizer = torch.optim.Adam(network.parameters(), lr=0.001)
            taught("train_one_epoch")(network, loader, optimizer)
        else:
            options = {"epochs": 1, "learning_rate": 0.001, "seed": 1, "device": "cpu"}
            tuning = Tuning(weight_decay=0.0)  # without decay, AdamW is Adam
            fit(network, loader, schedule="constant", tuning=tuning, reporters=[], **options)
        networks.append(network)
    for one, other in zip(*(n.parameters() for n in networks), strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-4)


def test_train():
    """The learner's loop with a plan and moved images takes the steps of `fit`."""
    training, networks = data.load_stand_in().train.sample(200), []
    for by_hand in (True, False):
        seed_everything(0)
        network = model.DigitCNN(channels=(4, 8), hidden=32)
        loader = data.batch_loader(training, 50, shuffle=True)
        seed_everything(1)
        if by_hand:
            taught("train")(network, loader, 2, 0.01, data.random_shift)
        else:
            options = {"augment": data.random_shift, "seed": 1, "device": "cpu", "reporters": []}
            fit(network, loader, epochs=2, learning_rate=0.01, **options)
        networks.append(network)
    for one, other in zip(*(n.parameters() for n in networks), strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-3)


def test_validation_accuracy():
    digits = data.load_stand_in().test
    network = model.DigitCNN()
    by_hand = taught("validation_accuracy")(network, data.batch_loader(digits, 100))
    logits, labels = model.compute_logits(network, data.batch_loader(digits, 100))
    assert by_hand == pytest.approx((logits.argmax(1) == labels).float().mean().item())


BEST_EPOCH = taught("best_epoch")
SHOULD_STOP = BEST_EPOCH.__globals__["should_stop"]


@given(losses=st.lists(st.floats(0, 10), min_size=1, max_size=15), patience=st.integers(1, 4))
@settings(deadline=None, max_examples=50)
def test_early_stopping(losses, patience):
    history = History(epochs=[{"val_loss": loss} for loss in losses])
    stopping = EarlyStopping("val_loss", patience)
    assert BEST_EPOCH(losses) == stopping.best_epoch(history)
    assert SHOULD_STOP(losses, patience) == stopping.should_stop(history)


def test_calibration_error():
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.full(10, 0.2), size=500).astype(np.float32)
    predictions = Predictions(probabilities, random.integers(0, 10, 500))
    by_hand = taught("calibration_error")
    for bins in (5, 10, 15):
        assert by_hand(predictions.confidence, predictions.correct, bins) == pytest.approx(
            predictions.calibration(bins).error, abs=1e-6
        )


def test_read():
    """With the package's framing and network, it answers as the package does."""
    network, _ = load_network()
    recognizer = DigitRecognizer(network)
    by_hand = taught("read")
    for image in draw_strokes(5, seed=7)[0]:
        probabilities = by_hand(lambda one: frame(one, steps=False).image, network.eval(), image)
        assert probabilities.shape == (10,)
        np.testing.assert_allclose(
            probabilities, recognizer.predict(image).probabilities, atol=1e-5, rtol=0
        )


def test_centre_of_mass():
    by_hand = taught("centre_of_mass")
    for image in draw_strokes(20, seed=7)[0]:
        ink = image.astype(float)
        assert by_hand(ink) == pytest.approx(ndimage.center_of_mass(ink))
        # The package's framing puts it in the middle of MNIST's square.
        assert by_hand(centre(ink[4:24, 4:24]).astype(float)) == pytest.approx((14, 14), abs=0.7)


def test_classify(tmp_path, monkeypatch):
    weights = ResNet18_Weights.DEFAULT
    torch.manual_seed(0)
    network = resnet18().eval()
    file = tmp_path / "hub/checkpoints" / weights.url.rsplit("/", 1)[1]
    file.parent.mkdir(parents=True)
    torch.save(network.state_dict(), file)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    pixels = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    classify, names = taught("classify"), weights.meta["categories"]
    classify.__globals__.update(torch=torch, prepare=weights.transforms(), categories=names)
    by_hand = classify(network, Image.fromarray(pixels))
    assert by_hand == pytest.approx(load_classifier()(Image.fromarray(pixels)), abs=1e-6)


@pytest.fixture
def looked_into():
    """A small network, and an image for it."""
    torch.manual_seed(0)
    network = model.DigitCNN(channels=(4, 8), hidden=32).eval().requires_grad_(False)
    return network, torch.from_numpy(draw_strokes(1, seed=7)[0][0])


def test_record(looked_into):
    network, image = looked_into
    layers = [layer for layer in network.features if isinstance(layer, nn.ReLU)]
    by_hand = taught("record")(network, layers, data.normalize(image[None]))
    for one, other in zip(by_hand, feature_maps(network, image), strict=True):
        torch.testing.assert_close(one[0], other)
    assert not any(layer._forward_hooks for layer in layers)


def test_saliency(looked_into):
    network, image = looked_into
    by_hand = taught("saliency")(network, image, 3)
    torch.testing.assert_close(by_hand, saliency_map(network, image, 3))


def test_sign_attack(looked_into):
    network, image = looked_into
    answer = int(network(data.normalize(image[None])).argmax())
    attack = smallest_sign_attack(network, image, answer, limit=255)
    by_hand = taught("sign_attack")(network, image, answer, attack.epsilon)
    assert torch.equal(by_hand, attack.image)


def test_flood():
    """It reaches what `find_parts` and SciPy call a connected part."""
    dark = np.pad(np.random.default_rng(0).random((30, 30)) < 0.3, 1)
    labels, n = ndimage.label(dark, np.ones((3, 3)))
    by_hand = taught("flood")
    assert n > 5
    for part in range(1, n + 1):
        reached = by_hand(dark, tuple(np.argwhere(labels == part)[-1]))
        assert reached == set(map(tuple, np.argwhere(labels == part)))


def test_every_taught_cell_is_held_to_the_package_here():
    notebooks = [path.read_text(encoding="utf-8") for path in FOLDER.glob("[0-9][0-9]_*.ipynb")]
    names = set(re.findall(r'"taught:(\w+)"', "".join(notebooks)))
    tests = Path(__file__).read_text(encoding="utf-8")
    assert names == set(re.findall(r'taught\("(\w+)"\)', tests))
