"""Answers to the exercises of notebook 01: wrong ones with their words, and right ones."""

from tests.lessons.wrong_answers import changed

BATCHES = """
def make_batches(images, labels, batch_size):
    order = torch.randperm(len(images))
    return [(images[some], labels[some]) for some in order.split(batch_size)]
"""
ORDER = "torch.randperm(len(images))"
PAIRS = "[(images[some], labels[some]) for some in order.split(batch_size)]"
FULL_BATCHES = """
def make_batches(images, labels, batch_size):
    order = torch.randperm(len(images))
    batches = []
    for i in range(len(images) // batch_size):
        some = order[i * batch_size : (i + 1) * batch_size]
        batches.append((images[some], labels[some]))
    return batches
"""
LEAKED = """
def leaked(training, validation):
    found = []
    for i, one in enumerate(validation):
        if (training == one).flatten(1).all(1).any():
            found.append(i)
    return found
"""
FOUND = "[i for i, one in enumerate(validation) if (training == one).flatten(1).all(1).any()]"


WRONG = {
    ("01.2", "def always_the_same(labels):\n    return {}"): {
        "torch.bincount(labels).argmax()": "This is the most frequent digit",
        "torch.bincount(labels).max()": "This is how often the digit occurs",
        "0.1": "This is a tenth, whatever",
        "torch.bincount(labels).min() / len(labels)": "which is the share of the",
        "torch.bincount(labels)": "The answer should be one number, but",
        "(torch.bincount(labels).max() / 10).item()": "You divide by the number of digits",
        "(labels == 1).float().mean().item()": "which is the share of the",
        "(labels == labels[0]).float().mean().item()": "You name the first label",
        "(labels == 7).float().mean().item()": "which is the share of the",
        "100 * (torch.bincount(labels).max() / len(labels)).item()": "This is a percentage",
        "(torch.bincount(labels)[1:].max() / len(labels)).item()": "You leave out the 0, which may",
        "(torch.bincount(labels)[:9].max() / len(labels)).item()": "You leave out the 9, which may",
        "1 - (torch.bincount(labels).max() / len(labels)).item()": "This is how often it is wrong",
        "round((torch.bincount(labels).max() / len(labels)).item(), 2)": "You round",
        "(torch.bincount(labels).max() // len(labels)).item()": "It is 0 each time",
        "labels.max().item() / len(labels)": "This is the largest digit, divided by",
        "(labels == labels.float().mean().round()).float().mean().item()": "which is the share of the",
        "(labels == labels.median()).float().mean().item()": "which is the share of the",
        "np.bincount(labels).max() / len(labels)": "NameError: name 'np' is not defined.",
        "(torch.bincount(labels).max() / 60_000).item()": "You divide by a fixed number",
        "torch.bincount(labels).max() / 1000": "You divide by a fixed number",
        "torch.bincount(labels).max() / (len(labels) - 1)": "You divide by one label too few",
        "max(__import__('collections').Counter(labels).values()) / len(labels)": "1, divided by the number of labels",
        "(torch.bincount(labels).sort().values[-2] / len(labels)).item()": "which is the share of the",
    },
    ("01.2", "{}"): {
        """
def always_the_same(labels):
    counts = [(labels == digit).sum().item() for digit in range(1, 10)]
    return max(counts) / sum(counts)
""": "You leave out the 0, which may",
        """
def always_the_same(labels):
    print((torch.bincount(labels).max() / len(labels)).item())
""": "Your function prints its result and returns",
        """
def always_the_same(labels):
    counts = torch.bincount(labels)
    return (counts.max() / (counts.sum() - counts.max())).item()
""": "You divide by the number of the",
        """
def always_the_same(labels):
    longest = run = 1
    ordered = labels.tolist()
    for one, other in zip(ordered, ordered[1:]):
        run = run + 1 if one == other else 1
        longest = max(longest, run)
    return longest / len(ordered)
""": "With the counts",
        """
def always_the_same(labels):
    labels[:] = labels.sort().values
    return (torch.bincount(labels).max() / len(labels)).item()
""": "Your function changes `labels`, which belongs to",
    },
    (
        "01.7",
        "def to_pixels(batch):\n    pixels = 255 * (batch[:, 0] * STD + MEAN)\n    return {}",
    ): {
        "pixels.clamp(0, 255).to(torch.uint8)": "You cut off what is behind the point",
        "pixels.round().to(torch.uint8)": "begins again at the other end of the bytes",
        "pixels.to(torch.uint8)": "begins again at the other end, and you cut off",
        "pixels.round().clamp(min=0).to(torch.uint8)": "What is above 255 begins again at 0",
        "pixels.round().clamp(max=255).to(torch.uint8)": "What is below 0 begins again at 255",
        "pixels.round().clamp(0, 255)": "of the type torch.uint8, but they are torch.float32",
        "pixels.round().clamp(0, 255).to(torch.uint8)[:, None]": "Take the channel axis away",
        "pixels.round().clamp(0, 255).to(torch.uint8)[0]": "That is one image",
        "pixels.round().clamp(0, 255).to(torch.uint8).squeeze()": "This is a batch of one image",
        "pixels.round().clamp(0, 255).to(torch.uint8).numpy()": "it is a NumPy array",
        "pixels.round().clamp(0, 255).to(torch.uint8).flatten(1)": "should stay two axes",
        "pixels.ceil().clamp(0, 255).to(torch.uint8)": "With `STD`, `MEAN` and 255 that is",
        "(pixels + 0.5).to(torch.uint8)": "begins again at the other end",
        "pixels.abs().round().clamp(0, 255).to(torch.uint8)": "loses its sign",
        "pixels.round().clamp(0, 254).to(torch.uint8)": "so there should be 255, but yours is 254",
        "(pixels / 255).clamp(0, 255).mul(255).round().to(torch.uint8)": "comes after the multiplication",
        "(256 / 255 * pixels).round().clamp(0, 255).to(torch.uint8)": "You multiply with 256",
        "pixels.mT.round().clamp(0, 255).to(torch.uint8)": "rows and columns of your images are swapped",
        "list(pixels.round().clamp(0, 255).to(torch.uint8))": "`torch.stack` makes one of",
    },
    (
        "01.7",
        "def to_pixels(batch):\n    x = batch[:, 0]\n    return ({}).round().clamp(0, 255).byte()",
    ): {
        "255 * x * STD": "You forgot `MEAN`",
        "255 * (x + MEAN)": "You forgot `STD`",
        "255 * (x + MEAN) * STD": "The order is wrong",
        "255 * (x - MEAN) / STD": "You normalize once more",
        "255 * (x * STD - MEAN)": "there should be",
        "255 * (x / STD + MEAN)": "there should be",
        "255 * (x * MEAN + STD)": "You swapped `MEAN` and `STD`",
        "x * STD + MEAN": "You forgot the 255",
        "x * STD + 255 * MEAN": "Multiply *all* of it",
        "255 * (x * 0.31 + 0.13)": "You round `MEAN` or `STD`",
        "255 * (x * batch.std() + batch.mean())": "the mean and the spread of this batch",
        "255 * (x * STD + MEAN).round()": "You round the fractions",
        "256 * (x * STD + MEAN)": "You multiply with 256. Full ink is 255.",
        "255 * (x - x.min()) / (x.max() - x.min())": "You stretch the numbers",
        "255 * (x.clamp(0, 1) * STD + MEAN)": "You clip the normalized batch",
        "255 - 255 * (x * STD + MEAN)": "there should be",
    },
    ("01.7", "{}"): {
        """
def to_pixels(batch):
    batch *= STD
    batch += MEAN
    return (255 * batch[:, 0]).round().clamp(0, 255).to(torch.uint8)
""": "changes `batch`",
        """
def to_pixels(batch):
    print((255 * (batch[:, 0] * STD + MEAN)).round().clamp(0, 255).to(torch.uint8))
""": "`return` instead of `print`",
    },
    ("01.8", "{}"): {
        """
def make_batches(images, labels, batch_size):
    return [
        (images[i : i + batch_size], labels[i : i + batch_size])
        for i in range(0, len(images), batch_size)
    ]
""": "The images are in their old order",
        """
def make_batches(images, labels, batch_size):
    one, two = torch.randperm(len(images)), torch.randperm(len(images))
    return list(zip(images[one].split(batch_size), labels[two].split(batch_size)))
""": "Pick images and labels with the same numbers",
        changed(
            BATCHES, (PAIRS, "list(zip(images[order].split(batch_size), labels.split(batch_size)))")
        ): "Pick images and labels with the same numbers",
        changed(
            BATCHES, (ORDER, "torch.randint(0, len(images), (len(images),))")
        ): "twice or more, and others never",
        FULL_BATCHES: "The rest makes a last, smaller one",
        changed(FULL_BATCHES, ("// batch_size", "// batch_size + 1")): "A batch is empty",
        changed(
            BATCHES,
            (
                "    return",
                "    short = -len(order) % batch_size\n    order = torch.cat([order, order[:short]])\n    return",
            ),
        ): "is filled up with images that were there before",
        changed(
            BATCHES, ("    order", "    torch.manual_seed(0)\n    order")
        ): "The order is the same at every call",
        """
def make_batches(images, labels, batch_size):
    batches = []
    for i in range(0, len(images), batch_size):
        x, y = images[i : i + batch_size], labels[i : i + batch_size]
        order = torch.randperm(len(x))
        batches.append((x[order], y[order]))
    return batches
""": "Each batch holds the same images",
        """
import random
def make_batches(images, labels, batch_size):
    batches = list(zip(images.split(batch_size), labels.split(batch_size)))
    random.shuffle(batches)
    return batches
""": "as if whole batches or",
        """
from torch.utils.data import DataLoader, TensorDataset
def make_batches(images, labels, batch_size):
    return list(DataLoader(TensorDataset(images, labels), batch_size, shuffle=True))
""": "Do it without a `DataLoader`",
        changed(
            BATCHES, ("(images[some], labels[some])", "images[some]")
        ): "A batch should be a pair of tensors, (images, labels), but one of yours has the shape",
        changed(
            BATCHES, (PAIRS, "images[order].split(batch_size), labels[order].split(batch_size)")
        ): "is a tuple of 6",
        changed(BATCHES, ("split", "chunk")): "It says how many images are in one",
        """
def make_batches(images, labels, batch_size):
    order = torch.randperm(len(images)).tolist()
    batches = []
    while order:
        some, order = order[:batch_size], order[batch_size:]
        batches.append(([images[i] for i in some], [labels[i] for i in some]))
    return batches
""": "The images of a batch should be a tensor, but they are a list",
        changed(
            BATCHES, ("    return", "    images = images.float() / 255\n    return")
        ): "The images should stay as they are",
        changed(
            BATCHES,
            (
                "return " + PAIRS,
                "for some in order.split(batch_size):\n        return [(images[some], labels[some])]",
            ),
        ): "Does a `return` stand in the loop?",
        changed(
            BATCHES, ("images[some], labels[some]", "labels[some], images[some]")
        ): "should have the shape (…, 28, 28)",
        """
def make_batches(images, labels, batch_size):
    order = torch.randperm(len(images)).flip(0)
    first = len(images) % batch_size
    parts = [part for part in (order[:first], *order[first:].split(batch_size)) if len(part)]
    return [(images[some], labels[some]) for some in parts]
""": "the batches should have [8, 8, 8, 8, 8, 8, 2] images, but yours have [2, 8",
        changed(
            BATCHES, (ORDER, "torch.arange(len(images) - 1, -1, -1)")
        ): "You turn the order round",
        """
def make_batches(images, labels, batch_size):
    while True:
        some = torch.randperm(len(images))[:batch_size]
        yield images[some], labels[some]
""": "Does your loop end?",
        """
def make_batches(images, labels, batch_size):
    order = torch.randperm(len(images))
    images[:], labels[:] = images[order], labels[order]
    return list(zip(images.split(batch_size), labels.split(batch_size)))
""": "changes `images`",
    },
    (
        "01.8",
        changed(
            BATCHES, ("order = torch.randperm(len(images))", "n = len(images)\n    order = {}")
        ),
    ): {
        "torch.arange(n).roll(torch.randint(n, ()).item())": "or all of the images",
        "labels.argsort()": "or do you sort?",
        "torch.cat([torch.randperm(n // 2), torch.arange(n // 2, n)])": "stay in one half",
        "torch.randperm(n - 1)": "Images in no batch: 1",
    },
    (
        "01.8",
        "def make_batches(images, labels, batch_size):\n    n = len(images)\n    order = torch.randperm(n)\n    return {}",
    ): {
        "[(images[some], labels[some].float()) for some in order.split(batch_size)]": "The labels should stay",
        "[(images[order[i : i + batch_size]], labels[order[i : i + batch_size]]) for i in range(n)]": "a batch begins with every image",
    },
    ("01.9", "def leaked(training, validation):\n    return {}"): {
        "[i for i in range(len(validation) - 1) if (training == validation[i]).flatten(1).all(1).any()]": "the last validation image",
        changed(FOUND, ("training", "training[:-1]")): "the last training image",
        changed(
            FOUND, ("validation", "validation[: len(training)]")
        ): "There are more validation images",
        "[i for i, one in enumerate(validation) if (training[:, :9] == one[:9]).flatten(1).all(1).any()]": "At most",
        changed(FOUND, (".flatten(1)", "")): "if one row or one column",
        changed(FOUND, (".any()", ".sum() == 1")): "has leaked, too",
        "[i for i, one in enumerate(validation) if (training.flatten(1).sort().values == one.flatten().sort().values).all(1).any()]": "but not where",
        "(training[:, None] == validation).flatten(2).all(2).nonzero()[:, 0]": "indices of the training images",
        "[i for i, one in enumerate(training) if (validation == one).flatten(1).all(1).any()]": "the indices of the training images",
        changed(FOUND, ("if ", "if not ")): "have *not* leaked",
        "[i for i, (a, b) in enumerate(zip(training, validation)) if torch.equal(a, b)]": "with the training image of the same index",
        changed(FOUND, (".flatten(1).all(1)", "")): "`.all`, not `.any`",
        "[i for i, one in enumerate(validation) if one.sum() in training.sum((1, 2))]": "You compare the sum",
        "[i for i, one in enumerate(validation) if (training.float().mean((1, 2)) == one.float().mean()).any()]": "You compare the sum (or the mean)",
        "[i for i, one in enumerate(validation) if ((training.float() - one.float()).abs() < 2).flatten(1).all(1).any()]": "in one or two pixels, by 1",
        "[i for i, one in enumerate(validation) if (validation == one).flatten(1).all(1).sum() > 1]": "occur twice in `validation`",
        changed(FOUND, ("[i", "[i + 1")): "Do you count from 1?",
        "[i for i, v in enumerate(validation) for t in training if torch.equal(t, v)]": "with two copies in `training` is named twice",
        "[(training == one).flatten(1).all(1).any() for one in validation]": "You return a 0 or 1 for each image",
        changed(FOUND, ("if ", "if one.any() and ")): "Validation image",
        changed(FOUND, (".flatten(1).all(1).any()", ".all()")): "You find none",
        changed(FOUND, (".all(1)", ".all(0)")): "You ask whether a pixel agrees",
        "sum((training == one).flatten(1).all(1).any() for one in validation)": "is one number",
        "[validation[i] for i in range(len(validation)) if (training == validation[i]).flatten(1).all(1).any()]": "have the shape (6, 28, 28)",
        "(torch.cdist(validation.float().flatten(1), training.float().flatten(1)) == 0).any(1).nonzero()": "(A distance of floats is rounded",
        changed(
            FOUND, (".flatten(1).all(1).any()", ".any(0).all()")
        ): "agree with the same training image",
        changed(
            FOUND, (".flatten(1).all(1).any()", ".all(2).any(0).all()")
        ): "agree with the same training image",
        changed(
            FOUND, ("(training == one).flatten(1).all(1).any()", "one in {*training}")
        ): "do not compare the pixels",
        changed(
            FOUND, (".flatten(1).all(1).any()", ".all(1).any(0).all()")
        ): "agree with the same training image",
        changed(
            FOUND,
            ("== one)", "== one) | (one == 0)"),
            ("(training", "((training"),
            (".flatten", ").flatten"),
        ): "has not leaked, but you name it",
        f"{FOUND} or None": "so return an empty list. Yours is None",
        f"{FOUND} or 'none'": "so return an empty list. Yours is a text",
        f"{FOUND} or [-1]": "If none has leaked, return an empty list",
        "[-1, *range(3)]": "-1 is no index of a validation image: 0 to 23 are",
        "{one.numpy().tobytes(): i for i, one in enumerate(validation)}": "is a dict",
    },
    ("01.9", "{}"): {
        changed(
            LEAKED,
            ("    found = []\n", ""),
            ("found.append(i)", "return [i]"),
            ("return found", "return []"),
        ): "You name the first one only",
        changed(
            LEAKED, ("    found = []\n", ""), ("found.append(i)", "found = [i]")
        ): "Validation image",
        """
def leaked(training, validation):
    found = []
    for i, one in enumerate(validation):
        for j, other in enumerate(training):
            if torch.equal(one, other):
                found.append((i, j))
    return found
""": "have the shape",
        """
def leaked(training, validation):
    where = {one.numpy().tobytes(): i for i, one in enumerate(validation)}
    return [where[t] for t in {t.numpy().tobytes() for t in training} if t in where]
""": "You name only one of them",
        """
def leaked(training, validation):
    found, seen = [], set()
    known = {t.numpy().tobytes() for t in training}
    for i, one in enumerate(validation):
        key = one.numpy().tobytes()
        if key in known and key not in seen:
            seen.add(key)
            found.append(i)
    return found
""": "You name only one of them",
        changed(LEAKED, ("    return found\n", "")): "does not end with `return`",
        """
def leaked(training, validation):
    found = [i for i, one in enumerate(validation) if (training == one).flatten(1).all(1).any()]
    if found:
        return found
""": "Here no image has leaked, so return an empty",
        """
def leaked(training, validation):
    distances = torch.cdist(validation.float().flatten(1), training.float().flatten(1))
    return (distances.amin(dim=1) < 20).nonzero()
""": "in one or two pixels, by 1",
    },
}

RIGHT = {
    "01.2": [
        """
def always_the_same(labels):
    return torch.bincount(labels).max() / len(labels)
""",
        """
import numpy

def always_the_same(labels):
    values, counts = numpy.unique(labels.numpy(), return_counts=True)
    return counts.max() / counts.sum()
""",
        """
from collections import Counter

def always_the_same(labels):
    digit, count = Counter(labels.tolist()).most_common(1)[0]
    return count / len(labels)
""",
        """
def always_the_same(labels):
    best = 0
    for digit in range(10):
        count = (labels == digit).sum().item()
        if count > best:
            best = count
    return best / len(labels)
""",
        """
def always_the_same(labels):
    return (labels == labels.mode().values).float().mean().item()
""",
        "always_the_same = lambda labels: max((labels == d).double().mean().item() for d in range(10))",
        """
def always_the_same(labels):
    favourite = torch.bincount(labels).argmax()
    answers = torch.full_like(labels, favourite.item())
    return (answers == labels).double().mean()
""",
        """
def always_the_same(labels):
    numbers = labels.tolist()
    return max(numbers.count(digit) for digit in set(numbers)) / len(numbers)
""",
        """
def always_the_same(labels):
    return torch.nn.functional.one_hot(labels, 10).double().mean(dim=0).max().item()
""",
    ],
    "01.7": [
        """
def to_pixels(batch):
    return ((batch * STD + MEAN) * 255).round().clip(0, 255).byte().squeeze(1)
""",
        """
def to_pixels(batch):
    fractions = batch.squeeze(1) * STD + MEAN
    return (fractions.clamp(0, 1) * 255).round().to(torch.uint8)
""",
        """
import numpy
def to_pixels(batch):
    pixels = (batch.numpy()[:, 0] * STD + MEAN) * 255
    return torch.from_numpy(numpy.clip(numpy.rint(pixels), 0, 255).astype(numpy.uint8))
""",
        """
def to_pixels(batch):
    pixels = batch.double().mul(STD).add(MEAN).mul(255)[:, 0]
    pixels[pixels < 0] = 0
    pixels[pixels > 255] = 255
    return (pixels + 0.5).to(torch.uint8)
""",
        """
def to_pixels(batch):
    images = []
    for image in batch:
        images.append(torch.round(255 * (image[0] * STD + MEAN)).clamp(0, 255).type(torch.uint8))
    return torch.stack(images)
""",
        """
def to_pixels(batch):
    n = batch.shape[0]
    pixels = torch.clamp(torch.round((batch * STD + MEAN) * 255), min=0, max=255)
    return pixels.reshape(n, 28, 28).to(dtype=torch.uint8)
""",
    ],
    "01.8": [
        BATCHES,
        """
def make_batches(images, labels, batch_size):
    order = torch.randperm(images.shape[0])
    return list(zip(images[order].split(batch_size), labels[order].split(batch_size)))
""",
        """
import random
def make_batches(images, labels, batch_size):
    numbers = list(range(len(images)))
    random.shuffle(numbers)
    batches = []
    while numbers:
        batches.append([images[numbers[:batch_size]], labels[numbers[:batch_size]]])
        numbers = numbers[batch_size:]
    return batches
""",
        """
def make_batches(images, labels, batch_size):
    order = torch.randperm(len(images))
    for start in range(0, len(order), batch_size):
        some = order[start : start + batch_size]
        yield images[some], labels[some]
""",
        """
import numpy
def make_batches(images, labels, batch_size):
    order = numpy.random.default_rng().permutation(len(labels))
    count = -(-len(labels) // batch_size)
    return tuple(
        (images[order[i * batch_size : (i + 1) * batch_size]],
         labels[order[i * batch_size : (i + 1) * batch_size]])
        for i in range(count)
    )
""",
        """
def make_batches(images, labels, batch_size):
    pairs = [(images[i], labels[i]) for i in torch.randperm(len(images))]
    batches = []
    for i in range(0, len(pairs), batch_size):
        some = pairs[i : i + batch_size]
        batches.append((torch.stack([x for x, _ in some]), torch.stack([y for _, y in some])))
    return batches
""",
        """
def make_batches(images, labels, batch_size):
    order = torch.rand(len(images)).argsort()
    images, labels = images[order], labels[order]
    batches = []
    for i in range(len(images) // batch_size):
        part = slice(i * batch_size, (i + 1) * batch_size)
        batches.append((images[part], labels[part]))
    rest = len(images) % batch_size
    if rest:
        batches.append((images[-rest:], labels[-rest:]))
    return batches
""",
    ],
    "01.9": [
        """
def leaked(training, validation):
    known = {image.numpy().tobytes() for image in training}
    return [i for i, image in enumerate(validation) if image.numpy().tobytes() in known]
""",
        """
def leaked(training, validation):
    same = (validation[:, None] == training[None]).flatten(2).all(dim=2)
    return same.any(dim=1).nonzero()
""",
        """
def leaked(training, validation):
    same = (validation.flatten(1)[:, None] == training.flatten(1)).all(-1)
    return torch.where(same.any(1))[0]
""",
        """
def leaked(training, validation):
    found = []
    for i in range(len(validation)):
        for j in range(len(training)):
            if torch.equal(validation[i], training[j]):
                found.append(i)
                break
    return found
""",
        """
def leaked(training, validation):
    found = set()
    for i, v in enumerate(validation):
        for t in training:
            if (t == v).all():
                found.add(i)
    return found
""",
        """
import numpy
def leaked(training, validation):
    a, b = training.numpy().reshape(len(training), -1), validation.numpy().reshape(len(validation), -1)
    return numpy.array([i for i, row in enumerate(b) if (a == row).all(axis=1).any()], dtype=int)
""",
        """
def leaked(training, validation):
    far = torch.stack([(training.int() - v.int()).abs().sum((1, 2)).min() for v in validation])
    return [i for i in reversed(range(len(validation))) if far[i] == 0]
""",
    ],
}
