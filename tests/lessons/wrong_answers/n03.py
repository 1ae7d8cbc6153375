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
    {eval}
    right, parts = 0, []
    with {context}:
        for images, labels in loader:
            correct = (model(images).argmax(dim={dim}) == labels).float()
            right += correct.sum().item()
            parts.append(correct.mean().item())
    return {result}
"""


def measure(result="right / len(loader.dataset)", mode="model.eval()", grad=False, dim=1):
    context = "torch.enable_grad()" if grad else "torch.no_grad()"
    return MEASURE.format(eval=mode, context=context, dim=dim, result=result)


MATTERED = """
def mattered(accuracies):
    runs = list(accuracies.values())
    means = sorted(runs, key=mean)
    best, worst = means[-1], means[0]
    {guard}
    return {result}
"""


def mattered(result="min(best) > max(worst)", guard="if min(map(len, runs)) < 2: return False"):
    return MATTERED.format(guard=guard, result=result)


WRONG = {
    "03.1": [
        (GUESS.format("math.log(1 / classes)"), "minus is missing"),
        (GUESS.format("math.log10(classes)"), "base 10"),
        (GUESS.format("1 / classes"), "probability of the true class"),
        (GUESS.format("2.3026"), "the right answer is"),
    ],
    "03.2": [
        (ENTROPY.format("probabilities[range(n), labels].log().mean()"), "minus is missing"),
        (ENTROPY.format("-probabilities[range(n), labels].log().sum()"), "Take the mean"),
        (
            ENTROPY.format("-logits.softmax(dim=0)[range(n), labels].log().mean()"),
            "Softmax over the wrong axis",
        ),
        (ENTROPY.format("-probabilities.max(dim=1).values.log().mean()"), "true digit"),
        (ENTROPY.format("-probabilities[:, labels].log().mean()"), "picks columns"),
        (ENTROPY.format("-logits[range(n), labels].log().mean()"), "forgot the softmax"),
        (ENTROPY.format("-logits[range(n), labels].mean()"), "forgot the softmax"),
        (ENTROPY.format("probabilities[range(n), labels].mean()"), "forgot the logarithm"),
        (ENTROPY.format("-probabilities[range(n), labels].log()"), "should be one number"),
    ],
    "03.3": [
        (step(LOSS, BACKWARD, STEP, RETURN), "forgot `optimizer.zero_grad()`"),
        (step(ZERO, LOSS, BACKWARD, RETURN), "`optimizer.step()` is missing"),
        (step(ZERO, LOSS, STEP, RETURN), "`loss.backward()` is missing"),
        (step(ZERO, LOSS, STEP, BACKWARD, RETURN), "You step before"),
        (step(LOSS, BACKWARD, ZERO, STEP, RETURN), "throws away"),
        (step(LOSS, BACKWARD, STEP, ZERO, RETURN), "Begin with"),
        (step(ZERO, LOSS, BACKWARD, STEP, "return loss"), "`.item()`"),
        (step(ZERO, LOSS, BACKWARD, STEP), "`return`"),
        (
            step(ZERO, LOSS.replace("model(images)", "-model(images)"), BACKWARD, STEP, RETURN),
            "the cross-entropy of the logits",
        ),
        (
            step(ZERO, LOSS, BACKWARD, STEP, LOSS, RETURN),
            "after the step",
        ),
        ("one_step = 2.3", "should be a function"),
    ],
    "03.4": [
        (measure("sum(parts) / len(parts)"), "mean of the batches"),
        (measure("right"), "Divide by the number of images"),
        (measure("right / len(loader)"), "number of batches"),
        (measure("100 * right / len(loader.dataset)"), "percentage"),
        (measure(mode="pass"), "dropout was on"),
        (measure(grad=True), "`torch.no_grad()`"),
        (measure(dim=0), "one answer for each digit"),
    ],
    "03.5": [
        (mattered("mean(best) > mean(worst)"), "always differ"),
        (mattered("max(best) > min(worst)"), "always differ"),
        (mattered("mean(best) > mean(worst)", guard="pass"), "True every time, whatever"),
        (mattered("max(map(max, runs)) < 0.5"), "False every time"),
        (mattered(guard="pass"), "only one run"),
        (mattered("min(runs[0]) > max(runs[-1])"), "the first value with the last"),
        (mattered("min(best) > max(means[-2])"), "Compare it with the worst"),
        (mattered("mean(best) - mean(worst)"), "should be True or False, but it is a float"),
        (mattered("mean(best) - mean(worst) > 0.03"), "the right answer is True; you say False"),
        (
            "def mattered(accuracies):\n"
            "    runs = sorted(accuracies.values(), key=mean)\n"
            "    return len(runs[0]) < 2 or min(runs[-1]) <= max(runs[0])",
            "the other way round",
        ),
    ],
}
