"""Answers to the exercises of notebook 03: wrong ones with their words, and right ones."""

from tests.lessons.wrong_answers import changed

MATTERED = """
def mattered(accuracies):
    runs = accuracies.values()
    if min(len(one) for one in runs) < 2:
        return False
    best, worst = max(runs, key=mean), min(runs, key=mean)
    return min(best) > max(worst)
"""
SORTED = """
def mattered(accuracies):
    runs = list(accuracies.values())
    means = sorted(runs, key=mean)
    best, worst = means[-1], means[0]
    if min(map(len, runs)) < 2: return False
    return min(best) > max(worst)
"""
TWO_ASKED = """
def mattered(accuracies):
    runs = accuracies.values()
    best, worst = max(runs, key=mean), min(runs, key=mean)
    if len(best) < 2 or len(worst) < 2:
        return False
    return min(best) > max(worst)
"""
APART = "min(best) > max(worst)"
BOTH = "best, worst = max(runs, key=mean), min(runs, key=mean)"
LOOP = """
def train(model, training, validation, optimizer, epochs):
    accuracies = []
    for _ in range(epochs):
        model.train()
        for images, labels in training:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
        model.eval()
        right = 0
        with torch.no_grad():
            for images, labels in validation:
                right += (model(images).argmax(dim=1) == labels).sum().item()
        accuracies.append(right / len(validation.dataset))
    return accuracies
"""
ZERO, LEARN, EVAL = (
    "            optimizer.zero_grad()\n",
    "        model.train()\n",
    "        model.eval()\n",
)
LOSS = "F.cross_entropy(model(images), labels)"
DESCEND = """
def descend(slope, start, rate, keep, steps):
    place, velocity, places = start, 0, [start]
    for _ in range(steps):
        {}
        places.append(place)
    return places
"""
STEP = "velocity = keep * velocity - rate * slope(place)\n        place += velocity"
DESCENT = DESCEND.replace("{}", STEP)
CHOOSE = "def choose(losses, margin):\n    {}"
WHOLE = "whole = dict((r, x) for r, x in losses.items() if all(math.isfinite(y) for y in x))"
LOWEST = "low = min(x[-1] for x in whole.values())"
HIGHEST = "return max(r for r in whole if whole[r][-1] <= low + margin)"


WRONG = {
    ("03.1", "def loss_of_guessing(classes):\n    return {}"): {
        "math.log(1 / classes)": "The sign is wrong",
        "math.log10(classes)": "You took the logarithm to the base",
        "1 / classes": "This is the probability of the true",
        "2.3026": "The loss of ten classes, each time",
        "2.3": "Your function returns the same for every",
        "round(-math.log(1 / classes), 2)": "You round",
        "1 - 1 / classes": "This is how often guessing is wrong",
        "-math.log(1 - 1 / classes)": "You take the probability of all other",
        "-math.log(1 // classes)": "ValueError: math domain error. A loga",
        "-math.log(1 / (classes - 1))": "one class too few",
        "-math.log(1 / (classes + 1))": "one class too many",
        "-(1 / classes) * math.log(1 / classes)": "divided by `classes`",
        "math.exp(-classes)": "With 10 classes the right answer is 2.303",
        "str(-math.log(1 / classes))": "The answer should be one number, but",
        "-log(1 / classes)": "NameError: name 'log' is not defined",
        "-math.log(1 / classes) * classes": "times `classes`",
        "-math.log1p(1 / classes)": "You add 1 to the probability",
        "math.sqrt(classes)": "This is a root",
        "int(-math.log(1 / classes))": "You cut off what is behind the",
        "F.cross_entropy(torch.rand(1, classes), torch.tensor([0])).item()": "With 10 classes the right answer is",
        "F.cross_entropy(torch.eye(classes), torch.arange(classes)).item()": "a network that prefers the true class",
        "-torch.log(1 / classes)": "For one number of Python there is `math`",
        "-math.log(classes, 10)": "You took the logarithm to the base",
        "(1 - 1 / classes) ** 2": "This is the squared error",
    },
    ("03.1", "{}"): {
        """
def loss_of_guessing(classes):
    print(-math.log(1 / classes))
""": "Your function prints its result and returns",
        """
def loss_of_guessing(classes):
    -math.log(1 / classes)
""": "Your function returns nothing",
        """
def loss_of_guessing(classes):
    if classes == 10:
        return -math.log(1 / classes)
""": "With classes = 2 your function returns",
    },
    ("03.5", "{}"): {
        changed(
            SORTED, (APART, "mean(best) > mean(worst)")
        ): "You compare means, or single runs, which nearly always differ. Ask whether *every* run of the best is above every run of the worst.",
        changed(
            SORTED, (APART, "max(best) > min(worst)")
        ): "You compare means, or single runs, which nearly always differ. Ask whether *every* run of the best is above every run of the worst.",
        changed(
            SORTED, (APART, "max(map(max, runs)) < 0.5")
        ): "It says False every time, whatever the",
        changed(
            SORTED, (APART, "min(runs[0]) > max(runs[-1])")
        ): "You compare the first and the last value",
        changed(
            SORTED, (APART, "min(best) > max(means[-2])")
        ): "You compare the best value with the",
        changed(SORTED, (APART, "mean(best) - mean(worst)")): "The answer should be True or False",
        changed(SORTED, (APART, "mean(best) - mean(worst) > 0.03")): "For {0.01",
        changed(
            SORTED, ("return False", "pass"), (APART, "mean(best) > mean(worst)")
        ): "You compare means, which nearly always differ, even with single runs. Ask whether *every* run of the best is above every run of the worst.",
        changed(SORTED, ("return False", "pass")): "A value with a single run",
        changed(
            SORTED, ("return False", "pass"), (APART, "len(worst) < 2 or min(best) <= max(worst)")
        ): "For {0.01",
        changed(MATTERED, (APART, "min(best) >= max(worst)")): "If a run of the best is",
        changed(MATTERED, (APART, "min(best) > min(worst)")): "You compare the lowest runs",
        changed(MATTERED, (APART, "max(best) > max(worst)")): "You compare the highest runs",
        changed(MATTERED, (APART, "best > worst")): "You compare the two lists themselves",
        changed(MATTERED, (APART, "min(best) > mean(worst)")): "You compare a mean with runs",
        changed(
            MATTERED, (BOTH, "best, worst = max(accuracies, key=mean), min(accuracies, key=mean)")
        ): "The lists of runs are in `accuracies.values()`",
        changed(MATTERED, (APART, "max(worst) > min(best)")): "It is the other way round",
        changed(
            MATTERED, (BOTH, "best, worst = max(runs, key=max), min(runs, key=min)")
        ): "You find the best and the worst",
        """
def mattered(accuracies):
    runs = list(accuracies.values())
    if min(len(one) for one in runs) < 2:
        return False
    return min(runs[-1]) > max(runs[0])
""": "You compare the first and the last value",
        TWO_ASKED: "Only some values are asked",
        changed(TWO_ASKED, (" or ", " and ")): "One value with a single run is",
        changed(MATTERED, ("< 2", "< 3")): "Two runs of each are enough",
        changed(
            MATTERED, ("return " + APART, f"if {APART}:\n        return True")
        ): "With one of the check's inputs your",
        changed(MATTERED, (APART, "min(best) - max(worst) > 0.004")): "Any distance is enough",
        changed(
            MATTERED,
            (BOTH, "best, worst = max(accuracies), min(accuracies)"),
            (APART, "min(accuracies[best]) > max(accuracies[worst])"),
        ): "You compare the largest and the smallest",
        changed(
            MATTERED,
            (
                "    return min",
                "    others = [r for one in runs if one is not best for r in one]\n    return min",
            ),
            ("max(worst)", "max(others)"),
        ): "You compare the best value with all",
        changed(
            MATTERED, (APART, "all(b > w for b, w in zip(best, worst))")
        ): "You compare run by run, in pairs",
        changed(
            MATTERED,
            ("return " + APART, "best.sort()\n    worst.sort()\n    return best[0] > worst[-1]"),
        ): "Your function changes `accuracies`, which belongs to",
    },
    ("03.5", "def mattered(accuracies):\n    return {}"): {
        "min(accuracies[0.01]) > max(accuracies[0.001])": "KeyError: 0.01. The dictionary has ",
        "min(accuracies['0.01']) > max(accuracies['0.1'])": "KeyError: '0.01'. The dictionary ha",
    },
    ("03.7", "{}"): {
        changed(
            LOOP,
            ("= []\n", "= []\n    model.train()\n"),
            (LEARN, ZERO[4:]),
            (ZERO, "            probabilities = model(images).softmax(dim=1)\n"),
            ("(model(images), labels)", "(probabilities, labels)"),
            (EVAL, ""),
        ): "Three things are still wrong. One of them: The old gradients are forgotten once an",
        changed(LOOP, (ZERO, "")): "The old gradients are not forgotten",
        changed(
            LOOP, (ZERO, ""), (LEARN, LEARN + ZERO[4:])
        ): "The old gradients are forgotten once an",
        changed(LOOP, (ZERO, ""), (".backward()\n", ".backward()\n" + ZERO)): "finds no gradients",
        changed(LOOP, ("            optimizer.step()\n", "")): "`optimizer.step()` is missing",
        changed(LOOP, ("            loss.backward()\n", "")): "finds no gradients",
        changed(
            LOOP,
            (ZERO, ZERO + "            optimizer.step()\n"),
            ("backward()\n            optimizer.step()\n", "backward()\n"),
        ): "finds no gradients",
        changed(
            LOOP, (LOSS, "F.cross_entropy(model(images).softmax(dim=1), labels)")
        ): "does softmax and",
        changed(LOOP, ("cross_entropy", "nll_loss")): "expects logarithms of",
        changed(LOOP, (LOSS, "-" + LOSS)): "The sign of the loss",
        changed(
            LOOP, (LOSS, "F.cross_entropy(model(images), labels, reduction='sum')")
        ): "sum over the",
        changed(LOOP, ("cross_entropy", "multi_margin_loss")): "are not those of the cross",
        changed(LOOP, (EVAL, "")): "Dropout is on while you measure",
        changed(
            LOOP, (LEARN, ""), ("= []\n", "= []\n    model.train()\n")
        ): "but not in the later ones",
        changed(
            LOOP, (LEARN, ""), ("= []\n", "= []\n    model.eval()\n")
        ): "is off while the model learns",
        changed(
            LOOP, (EVAL, ""), (LOSS, "F.cross_entropy(model(images).softmax(1), labels)")
        ): "Two things",
        changed(
            LOOP, ("in training", "in [*training, *validation]")
        ): "from the images of `validation`",
        changed(
            LOOP, (EVAL, ""), ("optimizer.step()\n", "optimizer.step()\n    " + EVAL)
        ): "it is off for batch 2 of epoch 1",
        changed(
            LOOP, ("len(validation.dataset)", "(len(validation) * len(labels))")
        ): "right answers divided by 21.",
        changed(
            LOOP, ("            optimizer.step()\n", "        optimizer.step()\n")
        ): "as many as there are epochs",
        changed(
            LOOP, ("in training", "in [*training][:2]")
        ): "There should be 12 steps in 4 epochs",
        changed(LOOP, ("in training", "in [next(iter(training))] * 3")): "each batch of `training`",
        changed(
            LOOP, ("in validation:", "in training:"), ("validation.dataset", "training.dataset")
        ): "Nothing is measured",
        changed(LOOP, (".dataset", "")): "right answers divided by 3.",
        changed(LOOP, ("right / len", "100 * right / len")): "percentage",
        changed(LOOP, (" / len(validation.dataset)", "")): "right answers divided by 1.",
        changed(
            LOOP, ("        right = 0\n", ""), ("= []\n", "= []\n    right = 0\n")
        ): "You go on counting",
        changed(LOOP, ("right / len", "right // len")): "It is 0 each time, although",
        changed(
            LOOP, ("            loss.backward()\n", "            loss.backward()\n" * 2)
        ): "once for each loss",
        changed(LOOP, ("(model(images), labels)", "(labels, model(images))")): "the logits first",
        changed(
            LOOP, ("return accuracies", "return sorted(accuracies)")
        ): "You sort the accuracies",
        changed(LOOP, ("validation.dataset)", "training.dataset)")): "There are 37 images",
        changed(LOOP, ("return accuracies", "return accuracies[-1]")): "the list of all accuracies",
        changed(LOOP, ("    return", "        return")): "Yours makes 3, as many as one epoch has",
        changed(LOOP, ("    return accuracies", "    print(accuracies)")): "Your function prints",
        changed(LOOP, ("model(images), labels", "model(image), labels")): "`image` spelled right",
        """
def train(model, training, validation, optimizer, epochs):
    own = torch.optim.SGD(model.parameters(), lr=0.3)
    for images, labels in training:
        own.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        own.step()
    return [0.5] * epochs
""": "not through the optimizer that your function gets",
        """
def train(model, training, validation, optimizer, epochs):
    accuracies = []
    for _ in range(epochs):
        model.train()
        for images, labels in training:
            optimizer.zero_grad()
            F.cross_entropy(model(images), labels).backward()
            optimizer.step()
        model.eval()
        parts = [(model(x).argmax(dim=1) == y).float().mean().item() for x, y in validation]
        accuracies.append(mean(parts))
    return accuracies
""": "You take the mean of the batches' accuracies",
    },
    ("03.8", DESCEND): {
        "place = place - rate * slope(place)": "There is no momentum",
        "velocity = 0.9 * velocity - rate * slope(place); place += velocity": "You take 0.9 instead of `keep`",
        "velocity = keep * velocity - rate * slope(velocity); place += velocity": "the new velocity is",
        "velocity = keep * velocity - rate * slope(place); place += velocity\n        if not velocity: break": "yours holds 1. The right ones are 1.5",
        "velocity = keep * velocity + rate * slope(place); place += velocity": "uphill",
        "old = velocity; velocity = keep * old - rate * slope(place); place += old": "old velocity",
        "place += velocity; velocity = keep * velocity - rate * slope(place)": "does not move in the first step",
        "velocity = keep * (velocity - rate * slope(place)); place += velocity": "`keep` multiplies the",
        "velocity = keep * velocity - (1 - keep) * rate * slope(place); place += velocity": "1 - keep",
        "velocity = keep * velocity - slope(place); place += velocity": "`rate` is missing",
        "velocity = keep * velocity - rate * slope(place); place += rate * velocity": "comes twice",
        "velocity = velocity - rate * slope(place); place += velocity": "`keep` is missing",
        "velocity = (1 - keep) * velocity - rate * slope(place); place += velocity": "that is lost",
        "place = keep * place - rate * slope(place)": "not the place",
        "velocity = keep * velocity - rate * slope(start); place += velocity": "slope at the start",
        "velocity = keep * velocity - rate * slope(place + keep * velocity); place += velocity": "leads",
        "velocity = keep * velocity - rate * slope(place)": "the place never changes",
        "velocity = keep * velocity - rate * place; place += velocity": "`slope(place)`",
        "velocity = keep * velocity - rate * slope(place); place = start + velocity": "to the start",
        "velocity = keep * velocity - rate * slope; place += velocity": "Something here has another",
        "velocity = keep * velocity - rate * slope(place); place -= velocity": "This goes uphill",
        "velocity = keep * velocity - rate * slope(place); place = type(start)(place + velocity)": "are cut off to whole numbers",
    },
    ("03.8", "{}"): {
        changed(DESCENT, ("return places", "return [*places[:-1], start]")): "but the last",
        changed(DESCENT, ("[start]", "[]")): "At place 0, counted from 0, there should be",
        changed(
            DESCENT,
            (", places = start, 0, [start]", " = start, 0"),
            ("        places.append(place)\n", ""),
            ("return places", "return place"),
        ): "not one number",
        changed(
            DESCENT,
            ("places = start, 0, [start]", "velocities = start, 0, [0]"),
            ("places.append(place)", "velocities.append(velocity)"),
            ("return places", "return velocities"),
        ): "These are the velocities",
        changed(
            DESCENT,
            (
                "place, velocity, places = start, 0, [start]",
                "place, places = start, [start]\n    velocity = -rate * slope(start)",
            ),
        ): "the velocity should be 0",
        """
def descend(slope, start, rate, keep, steps):
    velocity = -rate * slope(start)
    places = [start, start + velocity]
    for _ in range(steps - 1):
        velocity = keep * velocity - rate * slope(places[-1])
        places.append(places[-1] + velocity)
    return places
""": "With no steps, the list holds the start alone",
    },
    ("03.9", CHOOSE): {
        "return min(losses, key=lambda rate: losses[rate][-1])": "you say",
        f"{WHOLE}; return min(whole, key=lambda r: whole[r][-1])": "take the *highest*",
        f"{WHOLE}; return max(whole)": "You take the highest rate that is not broken",
        f"{WHOLE}; {LOWEST}; return min(r for r in whole if whole[r][-1] <= low + margin)": "take the *highest*",
        f"{WHOLE}; {LOWEST}; return max(r for r in whole if whole[r][-1] == low)": "You return the rate with the lowest loss",
        f"{WHOLE}; low = min(min(x) for x in whole.values()); return max(r for r in whole if min(whole[r]) <= low + margin)": "You take the lowest loss of each run",
        f"{WHOLE}; low = min(mean(x) for x in whole.values()); return max(r for r in whole if mean(whole[r]) <= low + margin)": "You take the mean of each run",
        f"{WHOLE}; low = min(x[0] for x in whole.values()); return max(r for r in whole if whole[r][0] <= low + margin)": "You take the first loss of each run",
        f"{WHOLE}; {LOWEST}; return max(r for r in whole if whole[r][-1] <= low * (1 + margin))": "You multiply",
        f"{WHOLE}; {LOWEST}; return [r for r in whole if whole[r][-1] <= low + margin][0]": "you take the first in the dictionary",
        f"{WHOLE}; {LOWEST}; return [r for r in whole if whole[r][-1] <= low + margin][-1]": "you take the last in the dictionary",
        f"{WHOLE}; {LOWEST}; return low": "you say",
        f"{WHOLE}; {LOWEST}; return max(x[-1] for x in whole.values() if x[-1] <= low + margin)": "This is a loss",
        f"{WHOLE.replace('all(', 'any(')}; {LOWEST}; {HIGHEST}": "A run is broken if *any*",
        f"{WHOLE.replace('math.isfinite(y) for y in x', 'not math.isnan(y) for y in x')}; {LOWEST}; {HIGHEST}": "You leave out NaN only",
        f"whole = dict((r, x) for r, x in losses.items() if math.isfinite(x[-1])); {LOWEST}; {HIGHEST}": "You keep a run whose last loss is finite",
        "cut = dict((r, [y for y in x if math.isfinite(y)]) for r, x in losses.items()); cut = dict((r, x) for r, x in cut.items() if x); low = min(x[-1] for x in cut.values()); return max(r for r in cut if cut[r][-1] <= low + margin)": "You drop the broken losses",
        f"{WHOLE}; {LOWEST}; return str(max(r for r in whole if whole[r][-1] <= low + margin))": "is a text",
        f"{WHOLE}; low = min(whole.values())[-1]; {HIGHEST}": "compares lists by their first",
        f"{WHOLE}; {LOWEST}; return max(r for r in whole if whole[r][-1] - low < margin)": "`<=`, not `<`",
        f"{WHOLE}; low = min(min(x) for x in whole.values()); {HIGHEST}": "The lowest *last* loss is",
        f"whole = dict((r, x) for r, x in losses.items() if math.nan not in x or x == [math.nan] * 9 or float('nan') in x); {LOWEST}; {HIGHEST}": "It equals nothing",
        f"{WHOLE}; {LOWEST}; return next((a for a, b in zip(sorted(whole), sorted(whole)[1:]) if whole[b][-1] > low + margin), max(whole))": "is good enough, so the answer is",
        "losses.popitem(); return 0.1": "Your function changes `losses`",
        "return 0.01": "returns the same for every input",
    },
}

RIGHT = {
    "03.1": [
        """
def loss_of_guessing(classes):
    return math.log(classes)
""",
        """
def loss_of_guessing(classes):
    return torch.tensor(float(classes)).log()
""",
        """
def loss_of_guessing(classes):
    probability = 1 / classes
    loss = -math.log(probability)
    return loss
""",
        "loss_of_guessing = lambda classes: -math.log(1 / classes)",
        """
import numpy

def loss_of_guessing(classes):
    return numpy.log(classes)
""",
        """
def loss_of_guessing(classes):
    return F.cross_entropy(torch.zeros(1, classes), torch.tensor([0])).item()
""",
        """
def loss_of_guessing(classes):
    return -torch.full((classes,), 1 / classes).log().mean()
""",
        """
def loss_of_guessing(classes):
    return mean(-math.log(1 / classes) for _ in range(classes))
""",
        """
def loss_of_guessing(classes):
    return math.log2(classes) / math.log2(math.e)
""",
        """
def loss_of_guessing(classes):
    return -sum((1 / classes) * math.log(1 / classes) for _ in range(classes))
""",
    ],
    "03.5": [
        """
def mattered(accuracies):
    if any(len(runs) == 1 for runs in accuracies.values()):
        return False
    ordered = sorted(accuracies.values(), key=mean)
    return min(ordered[-1]) > max(ordered[0])
""",
        """
def mattered(accuracies):
    best_mean, worst_mean = -1, 2
    for value, runs in accuracies.items():
        if len(runs) < 2:
            return False
        average = sum(runs) / len(runs)
        if average > best_mean:
            best_mean, best = average, runs
        if average < worst_mean:
            worst_mean, worst = average, runs
    for good in best:
        for bad in worst:
            if good <= bad:
                return False
    return True
""",
        """
def mattered(accuracies):
    groups = list(accuracies.values())
    best = max(groups, key=lambda runs: sum(runs) / len(runs))
    worst = min(groups, key=lambda runs: sum(runs) / len(runs))
    return all(len(g) > 1 for g in groups) and all(b > w for b in best for w in worst)
""",
        """
import numpy

def mattered(accuracies):
    groups = [numpy.array(runs) for runs in accuracies.values()]
    if min(map(len, groups)) == 1:
        return False
    means = [group.mean() for group in groups]
    return bool(groups[numpy.argmax(means)].min() > groups[numpy.argmin(means)].max())
""",
        "mattered = lambda a: min(map(len, a.values())) > 1 and min(max(a.values(), key=mean)) > max(min(a.values(), key=mean))",
        """
def mattered(accuracies):
    means = {value: mean(runs) for value, runs in accuracies.items()}
    best = max(means, key=means.get)
    worst = min(means, key=means.get)
    enough = all(len(runs) >= 2 for runs in accuracies.values())
    if enough and min(accuracies[best]) > max(accuracies[worst]):
        return True
    else:
        return False
""",
        """
class Setting:
    def __init__(self, runs):
        self.runs = runs

    def mean(self):
        return mean(self.runs)

def mattered(accuracies):
    settings = sorted((Setting(r) for r in accuracies.values()), key=Setting.mean)
    if [s for s in settings if len(s.runs) < 2]:
        return False
    return max(settings[0].runs) < min(settings[-1].runs)
""",
    ],
    "03.7": [
        LOOP,
        changed(
            LOOP, ("loss = " + LOSS, "loss = F.nll_loss(model(images).log_softmax(dim=1), labels)")
        ),
        changed(LOOP, (ZERO, ""), ("optimizer.step()\n", "optimizer.step()\n" + ZERO)),
        changed(
            LOOP,
            (LEARN, ""),
            ("= []\n", "= []\n    model.train()\n"),
            ("    return", "        model.train()\n    return"),
        ),
        """
import numpy as np

def one_epoch(model, loader, optimizer):
    model.train()
    for images, labels in loader:
        logits = model(images)
        loss = torch.nn.CrossEntropyLoss()(logits, labels)
        model.zero_grad()
        loss.backward()
        optimizer.step()

@torch.no_grad()
def measured(model, loader):
    model.eval()
    hits = [model(images).max(dim=1).indices == labels for images, labels in loader]
    return torch.cat(hits).float().mean()

def train(model, training, validation, optimizer, epochs):
    accuracies = np.zeros(epochs)
    for epoch in range(epochs):
        one_epoch(model, training, optimizer)
        accuracies[epoch] = measured(model, validation)
    return accuracies
""",
        """
def train(model, training, validation, optimizer, epochs):
    results = []
    for epoch in range(epochs):
        for x, y in training:
            model.train(True)
            out = model(x)
            loss = -out.log_softmax(1)[range(len(y)), y].mean()
            for p in model.parameters():
                p.grad = None
            loss.backward()
            optimizer.step()
        model.train(False)
        good = total = 0
        for x, y in validation:
            good += (model(x).argmax(1) == y).sum()
            total += len(y)
        results.append(good / total)
    return torch.stack(results)
""",
    ],
    "03.8": [
        DESCEND.replace(
            "{}", "velocity = keep * velocity - rate * slope(place); place = place + velocity"
        ),
        DESCEND.replace(
            "{}", "velocity = keep * velocity + rate * slope(place); place = place - velocity"
        ),
        DESCEND.replace(
            "{}", "velocity = keep * velocity + slope(place); place = place - rate * velocity"
        ),
        """
import numpy as np

def descend(slope, start, rate, keep, steps):
    places = np.empty(steps + 1)
    places[0], velocity = start, 0.0
    for i in range(steps):
        velocity = keep * velocity - rate * slope(places[i])
        places[i + 1] = places[i] + velocity
    return places
""",
        """
def descend(slope, start, rate, keep, steps):
    places = [start]
    while len(places) <= steps:
        before = places[-2] if len(places) > 1 else start
        places.append(places[-1] + keep * (places[-1] - before) - rate * slope(places[-1]))
    return tuple(places)
""",
        """
def descend(slope, start, rate, keep, steps):
    place, velocity = torch.tensor(float(start)).double(), torch.zeros(()).double()
    places = [place]
    for _ in range(steps):
        velocity = keep * velocity - rate * slope(float(place))
        place = place + velocity
        places.append(place)
    return torch.stack(places)
""",
        """
def descend(slope, start, rate, keep, steps, velocity=0):
    if steps == 0:
        return [start]
    velocity = keep * velocity - rate * slope(start)
    return [start] + descend(slope, start + velocity, rate, keep, steps - 1, velocity)
""",
    ],
    "03.9": [
        """
def choose(losses, margin):
    whole = [rate for rate in losses if all(math.isfinite(x) for x in losses[rate])]
    lowest = min(losses[rate][-1] for rate in whole)
    good = [rate for rate in whole if losses[rate][-1] - lowest <= margin]
    return max(good)
""",
        """
import numpy as np

def choose(losses, margin):
    last = np.array([run[-1] if np.isfinite(run).all() else np.inf for run in losses.values()])
    rates = np.array(list(losses))
    return rates[last <= last.min() + margin].max()
""",
        """
def broken(run):
    for loss in run:
        if math.isnan(loss) or math.isinf(loss):
            return True
    return False

def choose(losses, margin):
    best = math.inf
    for run in losses.values():
        if not broken(run) and run[-1] < best:
            best = run[-1]
    chosen = 0
    for rate, run in losses.items():
        if not broken(run) and run[-1] <= best + margin and rate > chosen:
            chosen = rate
    return chosen
""",
        """
def choose(losses, margin):
    good = dict(filter(lambda item: torch.tensor(item[1]).isfinite().all(), losses.items()))
    low = sorted(run[-1] for run in good.values())[0]
    for rate in sorted(good, reverse=True):
        if good[rate][-1] <= low + margin:
            return torch.tensor(rate, dtype=torch.float64)
""",
        """
def choose(losses, margin):
    pairs = sorted((run[-1], rate) for rate, run in losses.items() if abs(sum(run)) < math.inf)
    return max(rate for last, rate in pairs if last <= pairs[0][0] + margin)
""",
        "choose = lambda losses, margin: (lambda ok: max(r for r in ok if ok[r] <= min(ok.values()) + margin))(dict((r, x[-1]) for r, x in losses.items() if not any(math.isnan(y) or abs(y) == math.inf for y in x)))",
    ],
}
