"""Wrong calls of `fit`: each gets a true sentence with a cure, or its own error unchanged."""

import warnings

import numpy as np
import pytest
import torch
import torch.distributed as dist
from PIL import Image
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset

from mnist_helpers._support import MistakeError, call_explained
from mnist_helpers.data import RandomWarp, batch_loader, random_shift
from mnist_helpers.model import DigitCNN, compute_logits
from mnist_helpers.train import Reporter, TrainingError, Tuning, fit

IMAGES = torch.randn(20, 1, 28, 28, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(20) % 10
PAIRS = TensorDataset(IMAGES, LABELS)
CONVOLUTION = nn.Conv2d(1, 4, 3)


def loader(images=IMAGES, labels=LABELS, size=10):
    return batch_loader(TensorDataset(images, labels), size)


def linear(outputs=10):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, outputs))


class Model(nn.Module):
    """A linear layer, and what a function makes of its logits and of the images."""

    def __init__(self, end=lambda logits, _: logits):
        super().__init__()
        self.layer, self.end = linear(), end

    def forward(self, images):
        return self.end(self.layer(images), images)


class Items(Dataset):
    """A dataset that computes its items."""

    def __init__(self, compute):
        self.compute = compute

    def __len__(self):
        return 20

    def __getitem__(self, index):
        return self.compute(index)


class Endless(IterableDataset):
    def __iter__(self):
        yield IMAGES[0], 0


def call(model=None, training=None, validation=None, **options):
    model = DigitCNN((2, 4), hidden=8) if model is None else model
    training = loader() if training is None else training
    options = {"epochs": 1, "reporters": [], "device": "cpu", **options}
    return fit(model, training, validation, **options)


def own_mistake(*_):
    raise ValueError("my own mistake")


CASES = {
    "float64": ({"training": loader(IMAGES.double())}, r"float64.*images\.float\(\)"),
    "float16": ({"training": loader(IMAGES.half())}, r"float16.*images\.float\(\)"),
    "bfloat16": (
        {"training": loader(IMAGES.bfloat16()), "model": linear()},
        r"bfloat16.*images\.float\(\)",
    ),
    "float64 in validation": (
        {"validation": loader(IMAGES.double())},
        r"In validation: .*float64.*images\.float\(\)",
    ),
    "a float64 model": (
        {"model": linear().double()},
        r"torch\.float64 is needed.*model\.float\(\)",
    ),
    "augment gives float64": ({"augment": lambda x: x.double()}, r"float64.*images\.float\(\)"),
    "no axis, random_shift": (
        {"training": loader(IMAGES[:, 0]), "augment": random_shift},
        "channel axis is missing",
    ),
    "no axis, DigitCNN": ({"training": loader(IMAGES[:, 0])}, r"missing.*unsqueeze\(1\)"),
    "no axis, MLP": (
        {"training": loader(IMAGES[:, 0]), "model": nn.Linear(784, 10)},
        r"one row of 784 numbers.*nn\.Flatten\(\)",
    ),
    "no flatten, MLP": ({"model": nn.Linear(784, 10)}, r"one row of 784 numbers.*nn\.Flatten\(\)"),
    "no flatten, inside": (
        {"model": nn.Sequential(CONVOLUTION, nn.ReLU(), nn.Linear(2704, 10))},
        r"layer 2 \(Linear\) gets shape \(10, 4, 26, 26\): a flatten is missing",
    ),
    "channels last": ({"training": loader(IMAGES.movedim(1, -1))}, r"permute\(0, 3, 1, 2\)"),
    "three channels": (
        {"training": loader(IMAGES.expand(-1, 3, -1, -1))},
        r"3 channels.*mean\(dim=1",
    ),
    "too few channels": (
        {"model": nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(2704, 10))},
        r"one channel, but the model takes 3",
    ),
    "an axis too many": ({"training": loader(IMAGES[:, None])}, r"one axis too many.*squeeze\(1\)"),
    "rows": ({"training": loader(IMAGES.flatten(1))}, r"reshape\(-1, 1, 28, 28\)"),
    "wrong flatten size": (
        {"model": nn.Sequential(CONVOLUTION, nn.Flatten(), nn.Linear(100, 10))},
        r"expects 100 numbers per image, but gets 2704\..*nn\.Linear\(2704, 10\)",
    ),
    "wrong channels inside": (
        {"model": nn.Sequential(CONVOLUTION, nn.Conv2d(8, 4, 3), nn.Flatten())},
        r"layer 1 \(Conv2d\) expects 8 channels, but gets 4",
    ),
    "too many poolings": (
        {"model": nn.Sequential(*[nn.MaxPool2d(3), CONVOLUTION, nn.MaxPool2d(9)], linear())},
        r"maps of 7×7.*window of 9×9",
    ),
    "one image for batch norm": (
        {
            "model": nn.Sequential(nn.Flatten(), nn.BatchNorm1d(784), nn.Linear(784, 10)),
            "training": loader(IMAGES[:11], LABELS[:11]),
        },
        r"batch of one image.*drop_last=True",
    ),
    "a tensor elsewhere": (
        {"model": Model(lambda logits, _: logits + torch.zeros(10, device="meta"))},
        r"different places \(cpu and meta\).*device=images\.device",
    ),
    "two kinds": (
        {"model": Model(lambda logits, _: logits @ torch.eye(10, dtype=torch.float64))},
        r"mixes torch\.float32 and torch\.float64",
    ),
    "int16 labels": ({"training": loader(labels=LABELS.short())}, r"int16.*labels\.long\(\)"),
    "int32 labels": ({"training": loader(labels=LABELS.int())}, r"int32.*labels\.long\(\)"),
    "bool labels": ({"training": loader(labels=LABELS.bool())}, r"bool.*labels\.long\(\)"),
    "int32 in validation": (
        {"validation": loader(labels=LABELS.int())},
        r"In validation: .*int32.*labels\.long\(\)",
    ),
    "a column of labels": ({"training": loader(labels=LABELS[:, None])}, r"labels\.flatten\(\)"),
    "a dataset": ({"training": PAIRS}, r"training loader is a dataset.*batch_loader\(dataset\)"),
    "a dataset to validate": ({"validation": PAIRS}, "validation loader is a dataset"),
    "a subset to validate": ({"validation": Subset(PAIRS, [1])}, "validation loader is a dataset"),
    "tensors": ({"training": IMAGES}, r"made of tensors.*TensorDataset\(images, labels\)"),
    "a pair of tensors": ({"training": (IMAGES, LABELS)}, r"made of tensors"),
    "arrays": ({"training": [IMAGES.numpy(), LABELS.numpy()]}, r"made of tensors or arrays"),
    "a list of samples": ({"training": [(IMAGES[0], 3)]}, "one image at a time"),
    "dictionaries": (
        {"training": DataLoader([{"image": IMAGES[0], "label": 3}])},
        "a dictionary with 'image', 'label'",
    ),
    "three things": ({"training": DataLoader([(IMAGES[0], 1, 2)])}, "3 things"),
    "images only": ({"training": DataLoader(IMAGES, batch_size=4)}, "gave a Tensor"),
    "swapped": ({"training": loader(LABELS.float(), IMAGES)}, "must give .images, labels"),
    "Pillow images": (
        {"training": DataLoader([(Image.new("L", (28, 28)), 1)] * 4)},
        r"pictures, not tensors.*ToTensor\(\)",
    ),
    "arrays in batches": (
        {"training": [(IMAGES.numpy(), LABELS.numpy())]},
        r"an ndarray, an ndarray.*torch\.from_numpy",
    ),
    "labels that are words": (
        {"training": DataLoader([(IMAGES[0], "three")])},
        "a Tensor, a (list|tuple).*Each label must be a whole number",
    ),
    "batch norm for maps": (
        {"model": nn.Sequential(nn.Flatten(), nn.BatchNorm2d(784), nn.Linear(784, 10))},
        r"shape \(10, 784\)\. For this shape, use nn\.BatchNorm1d",
    ),
    "different sizes": (
        {"training": DataLoader([(IMAGES[0], 1), (IMAGES[0, :, 8:], 1)], batch_size=2)},
        "differ in shape",
    ),
    "batches of a list": (
        {"training": batch_loader([(x, 3) for x in IMAGES], 4)},
        "Use DataLoader",
    ),
    "the class of loaders": ({"training": DataLoader}, "but is the class DataLoader"),
    "a function": ({"training": own_mistake}, r"must give batches .*, but is a function"),
    "an iterator to validate": ({"validation": iter(loader())}, "read only once"),
    "without length": ({"training": DataLoader(Endless(), 2)}, r"len\(loader\)"),
    "all dropped": (
        {"training": DataLoader(PAIRS, 64, drop_last=True)},
        "drop_last leaves out all",
    ),
    "nothing to validate": ({"validation": loader(IMAGES[:0], LABELS[:0])}, "validation.*empty"),
    "a class": ({"model": DigitCNN}, r"DigitCNN is a class.*DigitCNN\(\)"),
    "not a module": ({"model": own_mistake}, r"torch\.nn\.Module, not a function"),
    "no weights": ({"model": nn.Flatten()}, r"no weights.*nn\.ModuleList"),
    "frozen": ({"model": linear().requires_grad_(False)}, r"frozen.*requires_grad_\(True\)"),
    "returns a tuple": ({"model": Model(lambda logits, _: (logits, logits))}, "returned a tuple"),
    "returns nothing": ({"model": Model(lambda *_: None)}, r"returned None.*end with a return"),
    "returns an array": ({"model": Model(lambda x, _: x.detach().numpy())}, "returned an ndarray"),
    "returns digits": ({"model": Model(lambda x, _: x.argmax(dim=1))}, r"shape \(10,\)"),
    "returns three axes": ({"model": Model(lambda x, _: x[:, None])}, r"shape \(10, 1, 10\)"),
    "detaches": ({"model": Model(lambda x, _: x.detach())}, "no gradient"),
    "squeezes the last": (
        {"model": Model(lambda x, _: x.squeeze()), "training": loader(IMAGES[:11], LABELS[:11])},
        r"shape \(10,\), but for 1 images",
    ),
    "label 10 later": (
        {"training": loader(labels=torch.tensor([0] * 15 + [10] * 5))},
        r"label 10.*0 to 9",
    ),
    "label -1": ({"training": loader(labels=LABELS - 1)}, r"label -1.*0 to 9"),
    "label -1 later": ({"training": loader(labels=torch.tensor([0] * 15 + [-1] * 5))}, "label -1"),
    "label 10 in validation": (
        {"validation": loader(labels=LABELS + 1)},
        "In validation:.*label 10",
    ),
    "label -1 in validation": (
        {"validation": loader(labels=LABELS - 1)},
        "In validation:.*label -1",
    ),
    "infinite images": ({"training": loader(IMAGES / 0)}, "images hold NaN or infinite"),
    "NaN in validation": (
        {"validation": loader(IMAGES * np.nan)},
        "In validation: The images hold NaN",
    ),
    "a model of NaN": (
        {"model": Model(lambda logits, _: logits * np.nan)},
        r"batch 1, before the model has learned.*division by zero",
    ),
    "epochs 2.5": ({"epochs": 2.5}, r"epochs must be .*whole number, got 2\.5"),
    "epochs '3'": ({"epochs": "3"}, "epochs must be .*whole number, got '3'"),
    "epochs True": ({"epochs": True}, "epochs must be"),
    "learning_rate abc": ({"learning_rate": "abc"}, "learning_rate must be .*got 'abc'"),
    "learning_rate tensor": ({"learning_rate": torch.tensor(0.1)}, "learning_rate .*a Tensor"),
    "learning_rate True": ({"learning_rate": True}, "learning_rate must be"),
    "learning_rate NaN": ({"learning_rate": np.nan}, "learning_rate must be"),
    "seed -1": ({"seed": -1}, "seed must be a whole number from 0"),
    "seed 1.5": ({"seed": 1.5}, "seed must be a whole number from 0"),
    "augment's result": ({"augment": IMAGES}, "augment must be a function"),
    "augment's class": ({"augment": RandomWarp}, "augment must be .*the class RandomWarp"),
    "augment returns nothing": ({"augment": lambda _: None}, "must return 10 images, .*None"),
    "tuning": ({"tuning": {"weight_decay": 1}}, r"tuning must be Tuning\(\.\.\.\), got a dict"),
    "early stopping": ({"early_stopping": 3}, r"early_stopping must be EarlyStopping\(\.\.\.\)"),
    "one reporter": ({"reporters": Reporter()}, "reporters must be a list"),
    "a class of reporters": ({"reporters": [Reporter]}, "reporters must be a list of objects"),
    "checkpoint": ({"checkpoint": True}, "checkpoint must be the name of a file, got True"),
    "device": ({"device": 3.5}, "no device '3.5' here"),
}


@pytest.mark.parametrize(("changes", "words"), CASES.values(), ids=CASES)
def test_a_wrong_call_gets_a_true_sentence(changes, words):
    with pytest.raises(TrainingError, match=words):
        call(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"model": Model(own_mistake)},
        {"training": DataLoader(Items(own_mistake), 4)},
        {"validation": DataLoader(Items(own_mistake), 4)},
        {"augment": own_mistake},
        # A wrong shape as well: what the model's own code says still comes first.
        {"model": Model(own_mistake), "training": loader(IMAGES[:, 0])},
    ],
    ids=["forward", "dataset", "validation", "augment", "forward and shape"],
)
def test_an_error_of_ones_own_comes_through(changes):
    with pytest.raises(ValueError, match=r"^my own mistake$") as error:
        call(**changes)
    assert type(error.value) is ValueError


def test_an_unknown_failure_and_one_by_chance_stay_as_they_are():
    failing = [RuntimeError("by chance")]

    def sometimes(logits, _):
        return logits if not failing else torch.stack([logits, failing.pop()])

    for model in (Model(sometimes), Model(lambda logits, _: logits.view(-1, 7))):
        with pytest.raises((RuntimeError, TypeError)) as error:
            call(model)
        assert not isinstance(error.value, TrainingError)


@pytest.mark.slow
def test_a_weight_that_is_not_used_is_named_if_several_processes_train():
    model = Model()
    model.spare = nn.Linear(2, 3)
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        learner = DistributedDataParallel(model)
        learner(IMAGES).sum().backward()
        with pytest.raises(MistakeError, match=r"does not use spare\.weight, spare\.bias"):
            call_explained(learner, IMAGES)
    finally:
        dist.destroy_process_group()


def test_the_original_error_stands_beside_the_sentence():
    with pytest.raises(TrainingError) as error:
        call(training=loader(IMAGES.double()))
    assert type(error.value) is TrainingError
    assert type(error.value.__cause__) is RuntimeError


def test_evaluation_names_mistakes_as_well():
    with pytest.raises(ValueError, match=r"one row of 784 numbers.*nn\.Flatten\(\)"):
        compute_logits(nn.Linear(784, 10), loader())
    with pytest.raises(ValueError, match="DigitCNN is a class"):
        compute_logits(DigitCNN, loader())


def test_looking_for_the_cause_changes_no_model():
    model = nn.Sequential(nn.BatchNorm2d(1), CONVOLUTION, nn.Flatten(), nn.Linear(9, 10))
    call_it = {"training": loader(IMAGES[:, 0])}
    with pytest.raises(TrainingError):
        call(model, **call_it)
    assert model[0].num_batches_tracked == 0
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in model.modules())


def test_labels_may_be_bytes():
    """As in MNIST's own files; PyTorch's cross_entropy takes them, too."""
    histories = []
    for labels in (LABELS, LABELS.byte()):
        torch.manual_seed(0)
        batches, tuning = loader(labels=labels), Tuning(label_smoothing=0.1)
        histories.append(call(linear(), batches, batches, tuning=tuning))
    assert histories[0].batch_loss == histories[1].batch_loss
    assert histories[0]["val_loss"] == histories[1]["val_loss"]
    with pytest.raises(TrainingError, match=r"label 10.*0 to 9"):
        call(linear(), loader(labels=LABELS.byte() + 1))


def test_what_is_right_is_not_questioned():
    images, labels = IMAGES[:12], LABELS[:12]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        call(Model(lambda logits, _: logits.log_softmax(dim=1)))
        call(linear(), [(IMAGES, LABELS)], [(images, labels)])
        call(epochs=np.int64(1), learning_rate=np.float32(0.01), seed=np.int64(3))
        call(validation=DataLoader(Endless(), 1))
        call(augment=RandomWarp(), reporters=(), training=DataLoader(PAIRS, 10))


def warnings_of(model, images, labels=LABELS):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(model, loader(images, labels), epochs=1, reporters=[])
    return [str(one.message) for one in caught]


def test_images_that_were_not_scaled_get_a_warning():
    torch.manual_seed(1)  # not that of the images
    (words,) = warnings_of(linear(), (IMAGES.abs() * 100).clamp(max=255))
    assert "values up to 255" in words
    assert "images / 255" in words


@pytest.mark.parametrize("first", [nn.BatchNorm2d(1), nn.GroupNorm(1, 1)])
def test_a_model_that_scales_its_images_gets_no_warning(first):
    torch.manual_seed(1)
    assert warnings_of(nn.Sequential(first, linear()), (IMAGES.abs() * 100).clamp(max=255)) == []


@pytest.mark.parametrize("reporters", [[print], [Reporter], [Reporter(), 3]])
def test_a_reporter_that_is_none_is_named(reporters):
    with pytest.raises(TrainingError, match=r"got a list of .*(builtin|class|int)"):
        fit(linear(), loader(), epochs=1, reporters=reporters)


def test_labels_from_1_to_10_get_their_cure():
    with pytest.raises(TrainingError, match="need labels - 1"):
        fit(linear(), loader(labels=LABELS + 1), epochs=1, reporters=[])


def test_the_cure_for_whole_numbers_fits_images_that_have_a_channel():
    with pytest.raises(TrainingError) as caught:
        fit(linear(), loader(IMAGES.byte()), epochs=1, reporters=[])
    assert "normalize" not in str(caught.value)  # it would add another axis
