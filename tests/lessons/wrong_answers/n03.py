"""Typical wrong answers to the exercises of notebook 03."""

GUESS = "def loss_of_guessing(classes):\n    return {}"
ENTROPY = """
def own_cross_entropy(logits, labels):
    probabilities = logits.softmax(dim=1)
    n = len(labels)
    return {}
"""


def step(*lines):
    return "\n    ".join(["def one_step(model, images, labels, optimizer):", *lines])


ZERO, STEP = "optimizer.zero_grad()", "optimizer.step()"
LOSS, BACKWARD = "loss = F.cross_entropy(model(images), labels)", "loss.backward()"
RETURN = "return loss.item()"
MEASURE = """
def accuracy(model, loader):
    model.eval()
    right, parts = 0, []
    with torch.no_grad():
        for images, labels in loader:
            correct = (model(images).argmax(dim=1) == labels).float()
            right += correct.sum().item()
            parts.append(correct.mean().item())
    return {}
"""
WHOLE = MEASURE.format("right / len(loader.dataset)")
MATTERED = """
def mattered(accuracies):
    runs = list(accuracies.values())
    means = sorted(runs, key=mean)
    best, worst = means[-1], means[0]
    if min(map(len, runs)) < 2: return False
    return {}
"""
UNGUARDED = MATTERED.replace("return False", "pass")

WRONG = {
    ("03.1", GUESS): {
        "math.log(1 / classes)": "minus is missing",
        "math.log10(classes)": "base 10",
        "1 / classes": "probability of the true class",
        "2.3026": "the right answer is",
    },
    ("03.2", ENTROPY): {
        "probabilities[range(n), labels].log().mean()": "minus is missing",
        "-probabilities[range(n), labels].log().sum()": "Take the mean",
        "-logits.softmax(dim=0)[range(n), labels].log().mean()": "Softmax over the wrong axis",
        "-probabilities.max(dim=1).values.log().mean()": "true digit",
        "-probabilities[:, labels].log().mean()": "picks columns",
        "-logits[range(n), labels].log().mean()": "forgot the softmax",
        "-logits[range(n), labels].mean()": "forgot the softmax",
        "probabilities[range(n), labels].mean()": "forgot the logarithm",
        "-probabilities[range(n), labels].log()": "should be one number",
    },
    ("03.3", "{}"): {
        step(LOSS, BACKWARD, STEP, RETURN): "forgot `optimizer.zero_grad()`",
        step(ZERO, LOSS, BACKWARD, RETURN): "`optimizer.step()` is missing",
        step(ZERO, LOSS, STEP, RETURN): "`loss.backward()` is missing",
        step(ZERO, LOSS, STEP, BACKWARD, RETURN): "You step before",
        step(LOSS, BACKWARD, ZERO, STEP, RETURN): "throws away",
        step(LOSS, BACKWARD, STEP, ZERO, RETURN): "Begin with",
        step(ZERO, LOSS, BACKWARD, STEP, "return loss"): "`.item()`",
        step(ZERO, LOSS, BACKWARD, STEP): "`return`",
        step(
            ZERO, LOSS.replace("model(images)", "-model(images)"), BACKWARD, STEP, RETURN
        ): "the cross-entropy of the logits",
        step(ZERO, LOSS, BACKWARD, STEP, LOSS, RETURN): "after the step",
        "one_step = 2.3": "should be a function",
    },
    ("03.4", MEASURE): {
        "sum(parts) / len(parts)": "mean of the batches",
        "right": "Divide by the number of images",
        "right / len(loader)": "number of batches",
        "100 * right / len(loader.dataset)": "percentage",
    },
    ("03.4", "{}"): {
        WHOLE.replace("model.eval()", "pass"): "dropout was on",
        WHOLE.replace("no_grad", "enable_grad"): "`torch.no_grad()`",
        WHOLE.replace("dim=1", "dim=0"): "one answer for each digit",
    },
    ("03.5", MATTERED): {
        "mean(best) > mean(worst)": "always differ",
        "max(best) > min(worst)": "always differ",
        "max(map(max, runs)) < 0.5": "False every time",
        "min(runs[0]) > max(runs[-1])": "the first value with the last",
        "min(best) > max(means[-2])": "Compare it with the worst",
        "mean(best) - mean(worst)": "should be True or False, but it is a float",
        "mean(best) - mean(worst) > 0.03": "the right answer is True; you say False",
    },
    ("03.5", UNGUARDED): {
        "mean(best) > mean(worst)": "True every time, whatever",
        "min(best) > max(worst)": "only one run",
        "len(best) < 2 or min(best) <= max(worst)": "the other way round",
    },
}
