"""Answers to the exercises of notebook 03: wrong ones with their words, and right ones."""

WRONG = {
    ("03.1", "def loss_of_guessing(classes):\n    return {}"): {
        "math.log(1 / classes)": "The minus is missing",
        "math.log10(classes)": "You took the logarithm to the base",
        "1 / classes": "This is the probability of the true",
        "2.3026": "The loss of ten classes, each time",
        "2.3": "Your function returns the same for every",
        "round(-math.log(1 / classes), 2)": "You round",
        "1 - 1 / classes": "This is how often guessing is wrong",
        "-math.log(1 - 1 / classes)": "You take the probability of all other",
        "-math.log(1 // classes)": "ValueError: math domain error. A loga",
        "-math.log(1 / (classes - 1))": "You count one class too few",
        "-math.log(1 / (classes + 1))": "You count one class too many",
        "-(1 / classes) * math.log(1 / classes)": "You weigh the logarithm with the probability",
        "math.exp(-classes)": "This is `exp`",
        "str(-math.log(1 / classes))": "The answer should be one number, but",
        "-log(1 / classes)": "NameError: name 'log' is not defined",
        "-math.log(1 / classes) * classes": "You add up over all classes",
        "-math.log1p(1 / classes)": "`log1p` adds 1 first",
        "math.sqrt(classes)": "This is a root",
        "int(-math.log(1 / classes))": "You cut off what is behind the",
        "F.cross_entropy(torch.rand(1, classes), torch.tensor([0])).item()": "With 10 classes the right answer is",
        "F.cross_entropy(torch.eye(classes), torch.arange(classes)).item()": "This network prefers the true class",
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
    ("03.2", "{}"): {
        """
def own_cross_entropy(logits, labels):
    probabilities = logits.softmax(dim=1)
    n = len(labels)
    return probabilities[range(n), labels].log().mean()
""": "The minus is missing",
        """
def own_cross_entropy(logits, labels):
    probabilities = logits.softmax(dim=1)
    n = len(labels)
    return -probabilities[range(n), labels].log().sum()
""": "This is the sum over the batch",
        """
def own_cross_entropy(logits, labels):
    probabilities = logits.softmax(dim=1)
    n = len(labels)
    return -logits.softmax(dim=0)[range(n), labels].log().mean()
""": "Softmax over the wrong axis",
        """
def own_cross_entropy(logits, labels):
    probabilities = logits.softmax(dim=1)
    n = len(labels)
    return -probabilities.max(dim=1).values.log().mean()
""": "You take the largest probability of each",
        """
def own_cross_entropy(logits, labels):
    probabilities = logits.softmax(dim=1)
    n = len(labels)
    return -probabilities[:, labels].log().mean()
""": "`[:, labels]` picks columns for all rows",
        """
def own_cross_entropy(logits, labels):
    probabilities = logits.softmax(dim=1)
    n = len(labels)
    return -logits[range(n), labels].log().mean()
""": "The answer is NaN",
        """
def own_cross_entropy(logits, labels):
    probabilities = logits.softmax(dim=1)
    n = len(labels)
    return -logits[range(n), labels].mean()
""": "You forgot the softmax",
        """
def own_cross_entropy(logits, labels):
    probabilities = logits.softmax(dim=1)
    n = len(labels)
    return probabilities[range(n), labels].mean()
""": "You forgot the logarithm",
        """
def own_cross_entropy(logits, labels):
    probabilities = logits.softmax(dim=1)
    n = len(labels)
    return -probabilities[range(n), labels].log()
""": "The answer should be one number, but",
        """
def own_cross_entropy(logits, labels):
    for row, label in zip(logits, labels):
        return -row.softmax(dim=0)[label].log()
""": "This is the",
        """
def own_cross_entropy(logits, labels):
    print(-logits.softmax(dim=1)[range(len(labels)), labels].log().mean())
""": "Your function prints its result and returns",
        """
def own_cross_entropy(logits, labels):
    loss = -logits.softmax(dim=1)[range(len(labels)), labels].log().mean()
""": "Your function returns nothing",
        """
def own_cross_entropy(logits, labels):
    right = logits.argmax(dim=1) == labels
    return -logits.softmax(dim=1)[range(len(labels)), labels][right].log().mean()
""": "You use only the images that are",
        """
def own_cross_entropy(logits, labels):
    logits -= logits.mean()
    return -logits.softmax(dim=1)[range(len(labels)), labels].log().mean()
""": "Your function changes `logits`, which belongs to",
    },
    ("03.2", "def own_cross_entropy(logits, labels):\n    return {}"): {
        "F.cross_entropy(logits, labels)": "Use `softmax` and `log` here",
        "-logits.softmax(dim=1)[range(len(labels)), labels].mean().log()": "You take the mean first",
        "-logits.softmax(dim=1)[labels].log().mean()": "`[labels]` picks rows, not digits",
        "-logits.softmax(dim=1).log().mean()": "You average over all ten digits",
        "-logits.softmax(dim=1)[range(len(labels)), labels].log10().mean()": "You took the logarithm to the base",
        "-logits.softmax(dim=1)[range(len(labels)), labels].log().mean() / len(labels)": "You divide twice by the number of",
        "-logits.softmax(dim=1)[range(len(labels)), labels].log().sum() / 10": "You divide by 10",
        "-logits.softmax(dim=1)[0, labels[0]].log()": "This is the loss of the first",
        "(1 - logits.softmax(dim=1)[range(len(labels)), labels]).mean()": "You take 1 minus the probability",
        "-(1 - logits.softmax(dim=1)[range(len(labels)), labels]).log().mean()": "You take the probability of being wrong",
        "-logits.softmax(dim=1)[range(10), labels[:10]].log().mean()": "You use the first ten images only",
        "round((-logits.softmax(dim=1)[range(len(labels)), labels].log().mean()).item(), 2)": "You round",
        "-(logits.softmax(dim=1)[range(len(labels)), labels] + 0.01).log().mean()": "You add 0.01 to each probability",
        "-(logits.sigmoid()[range(len(labels)), labels]).log().mean()": "You take `sigmoid`",
        "-logits.softmax(dim=1).softmax(dim=1)[range(len(labels)), labels].log().mean()": "You take softmax twice",
        "(logits.argmax(dim=1) != labels).float().mean()": "This is the fraction of mistakes",
    },
    ("03.3", "{}"): {
        """
def one_step(model, images, labels, optimizer):
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
""": "You forgot `optimizer.zero_grad()`",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    return loss.item()
""": "The weights are as they were, though",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    optimizer.step()
    return loss.item()
""": "The gradients are never computed",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    optimizer.step()
    loss.backward()
    return loss.item()
""": "You step before `loss.backward()`",
        """
def one_step(model, images, labels, optimizer):
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()
""": "The gradients are never computed",
        """
def one_step(model, images, labels, optimizer):
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()
""": "You forget the old gradients after the",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss
""": "The step is right",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
""": "Your function returns nothing",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(-model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
""": "The weights are not those after one",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    loss = F.cross_entropy(model(images), labels)
    return loss.item()
""": "You measure the loss again, after the",
        "one_step = 2.3": "This should be a function, but it",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    print(loss.item())
""": "Your function prints its result and returns",
        """
def one_step(model, images, labels, optimizer):
    for _ in range(10):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
    return loss.item()
""": "You learn from the batch ten times",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    optimizer.step()
    return loss.item()
""": "You step twice",
        """
def one_step(model, images, labels, optimizer):
    for image, label in zip(images, labels):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(image[None]), label[None])
        loss.backward()
        optimizer.step()
    return loss.item()
""": "You take a step for each image",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels, reduction="sum")
    loss.backward()
    optimizer.step()
    return loss.item()
""": "You add up the losses of the",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images).softmax(dim=1), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
""": "You take softmax twice",
        """
def one_step(model, images, labels, optimizer):
    model.eval()
    with torch.no_grad():
        loss = F.cross_entropy(model(images), labels)
    optimizer.step()
    return loss.item()
""": "The step used the gradients of an",
        """
def one_step(model, images, labels, optimizer):
    with torch.no_grad():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
    return loss.item()
""": "RuntimeError: element 0 of tensors does",
        """
def one_step(model, images, labels, optimizer):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
""": "The weights change, but your function does",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(labels, model(images))
    loss.backward()
    optimizer.step()
    return loss.item()
""": 'NotImplementedError: "log_softmax_lastdim_kern',
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = -F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return -loss.item()
""": "The sign is wrong",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.mse_loss(model(images).softmax(dim=1), F.one_hot(labels, 10).float())
    loss.backward()
    optimizer.step()
    return loss.item()
""": "You take the squared error",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images[:1]), labels[:1])
    loss.backward()
    optimizer.step()
    return loss.item()
""": "You use the first image only",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return round(loss.item(), 2)
""": "You round",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    return loss.item()
    loss.backward()
    optimizer.step()
""": "The gradients are forgotten, and nothing else",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    loss.backward()
    optimizer.step()
    return loss.item()
""": "RuntimeError: Trying to backward throug",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels.float())
    loss.backward()
    optimizer.step()
    return loss.item()
""": "RuntimeError: expected target dtype to ",
        """
def one_step(model, images, labels, optimizer):
    images /= 2
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
""": "Your function changes `images`, which belongs to",
    },
    ("03.4", "{}"): {
        """
def accuracy(model, loader):
    model.eval()
    right, parts = 0, []
    with torch.no_grad():
        for images, labels in loader:
            correct = (model(images).argmax(dim=1) == labels).float()
            right += correct.sum().item()
            parts.append(correct.mean().item())
    return sum(parts) / len(parts)
""": "You take the mean of the batches'",
        """
def accuracy(model, loader):
    model.eval()
    right, parts = 0, []
    with torch.no_grad():
        for images, labels in loader:
            correct = (model(images).argmax(dim=1) == labels).float()
            right += correct.sum().item()
            parts.append(correct.mean().item())
    return right
""": "This is how many are right",
        """
def accuracy(model, loader):
    model.eval()
    right, parts = 0, []
    with torch.no_grad():
        for images, labels in loader:
            correct = (model(images).argmax(dim=1) == labels).float()
            right += correct.sum().item()
            parts.append(correct.mean().item())
    return right / len(loader)
""": "You divide by the number of batches",
        """
def accuracy(model, loader):
    model.eval()
    right, parts = 0, []
    with torch.no_grad():
        for images, labels in loader:
            correct = (model(images).argmax(dim=1) == labels).float()
            right += correct.sum().item()
            parts.append(correct.mean().item())
    return 100 * right / len(loader.dataset)
""": "This is a percentage",
        """
def accuracy(model, loader):
    pass
    right, parts = 0, []
    with torch.no_grad():
        for images, labels in loader:
            correct = (model(images).argmax(dim=1) == labels).float()
            right += correct.sum().item()
            parts.append(correct.mean().item())
    return right / len(loader.dataset)
""": "The number is right, but dropout was",
        """
def accuracy(model, loader):
    model.eval()
    right, parts = 0, []
    with torch.no_grad():
        for images, labels in loader:
            correct = (model(images).argmax(dim=0) == labels).float()
            right += correct.sum().item()
            parts.append(correct.mean().item())
    return right / len(loader.dataset)
""": "RuntimeError: The size of tensor a (10)",
        """
def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
    return right / (len(loader) * len(labels))
""": "You divide as if all batches were",
        """
def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
    return right / len(labels)
""": "You divide by the size of the",
        """
def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right = (model(images).argmax(dim=1) == labels).sum().item()
    return right / len(loader.dataset)
""": "These are the right answers of the",
        """
def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmin(dim=1) == labels).sum().item()
    return right / len(loader.dataset)
""": "`argmin` names the least likely digit",
        """
def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) != labels).sum().item()
    return right / len(loader.dataset)
""": "This is the fraction of mistakes",
        """
def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
    return right // len(loader.dataset)
""": "It is 0 each time",
        """
def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
    return round(right / len(loader.dataset), 2)
""": "You round",
        """
def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
    print(right / len(loader.dataset))
""": "Your function prints its result and returns",
        """
def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
    right / len(loader.dataset)
""": "Your function returns nothing",
        """
def accuracy(model, loader):
    model.eval()
    with torch.no_grad():
        for images, labels in loader:
            return (model(images).argmax(dim=1) == labels).float().mean().item()
""": "This is the first batch alone",
        """
def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for i, (images, labels) in enumerate(loader):
            if i == len(loader) - 1:
                break
            right += (model(images).argmax(dim=1) == labels).sum().item()
    return right / len(loader.dataset)
""": "You leave out the last batch, but",
        """
def accuracy(model, loader):
    model.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            if len(labels) == loader.batch_size:
                right += (model(images).argmax(dim=1) == labels).sum().item()
                total += len(labels)
    return right / total
""": "You leave out the last batch",
        """
def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right += F.cross_entropy(model(images), labels).item() * len(labels)
    return right / len(loader.dataset)
""": "This is the loss",
        """
def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).softmax(dim=1).max(dim=1).values > 0.5).sum().item()
    return right / len(loader.dataset)
""": "You count sure answers",
        """
def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right += model(images).softmax(dim=1)[range(len(labels)), labels].sum().item()
    return right / len(loader.dataset)
""": "You add up the probabilities of the",
        """
def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right += model(images).argmax(dim=1) == labels
    return right / len(loader.dataset)
""": "RuntimeError: The size of tensor a (32)",
        """
def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
    return right / 10_000
""": "You divide by a fixed number, 10,000",
        """
def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).topk(2, dim=1).indices == labels[:, None]).any(dim=1).sum().item()
    return right / len(loader.dataset)
""": "You count the second choice, too",
        """
def accuracy(model, loader):
    model.eval()
    right = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (model(images).argmax(dim=1) == labels).sum().item()
    return f'{right / len(loader.dataset):.1%}'
""": "The answer should be one number, but",
    },
    ("03.5", "{}"): {
        """
def mattered(accuracies):
    runs = list(accuracies.values())
    means = sorted(runs, key=mean)
    best, worst = means[-1], means[0]
    if min(map(len, runs)) < 2: return False
    return mean(best) > mean(worst)
""": "You compare means, or single runs, which nearly always differ. Ask whether *every* run of the best is above every run of the worst.",
        """
def mattered(accuracies):
    runs = list(accuracies.values())
    means = sorted(runs, key=mean)
    best, worst = means[-1], means[0]
    if min(map(len, runs)) < 2: return False
    return max(best) > min(worst)
""": "You compare means, or single runs, which nearly always differ. Ask whether *every* run of the best is above every run of the worst.",
        """
def mattered(accuracies):
    runs = list(accuracies.values())
    means = sorted(runs, key=mean)
    best, worst = means[-1], means[0]
    if min(map(len, runs)) < 2: return False
    return max(map(max, runs)) < 0.5
""": "It says False every time, whatever the",
        """
def mattered(accuracies):
    runs = list(accuracies.values())
    means = sorted(runs, key=mean)
    best, worst = means[-1], means[0]
    if min(map(len, runs)) < 2: return False
    return min(runs[0]) > max(runs[-1])
""": "You compare the first and the last value",
        """
def mattered(accuracies):
    runs = list(accuracies.values())
    means = sorted(runs, key=mean)
    best, worst = means[-1], means[0]
    if min(map(len, runs)) < 2: return False
    return min(best) > max(means[-2])
""": "You compare the best value with the",
        """
def mattered(accuracies):
    runs = list(accuracies.values())
    means = sorted(runs, key=mean)
    best, worst = means[-1], means[0]
    if min(map(len, runs)) < 2: return False
    return mean(best) - mean(worst)
""": "The answer should be True or False",
        """
def mattered(accuracies):
    runs = list(accuracies.values())
    means = sorted(runs, key=mean)
    best, worst = means[-1], means[0]
    if min(map(len, runs)) < 2: return False
    return mean(best) - mean(worst) > 0.03
""": "For {0.01",
        """
def mattered(accuracies):
    runs = list(accuracies.values())
    means = sorted(runs, key=mean)
    best, worst = means[-1], means[0]
    if min(map(len, runs)) < 2: pass
    return mean(best) > mean(worst)
""": "You compare means, which nearly always differ, even with single runs. Ask whether *every* run of the best is above every run of the worst.",
        """
def mattered(accuracies):
    runs = list(accuracies.values())
    means = sorted(runs, key=mean)
    best, worst = means[-1], means[0]
    if min(map(len, runs)) < 2: pass
    return min(best) > max(worst)
""": "A value with a single run",
        """
def mattered(accuracies):
    runs = list(accuracies.values())
    means = sorted(runs, key=mean)
    best, worst = means[-1], means[0]
    if min(map(len, runs)) < 2: pass
    return len(worst) < 2 or min(best) <= max(worst)
""": "For {0.01",
        """
def mattered(accuracies):
    runs = accuracies.values()
    if min(len(one) for one in runs) < 2:
        return False
    best, worst = max(runs, key=mean), min(runs, key=mean)
    return min(best) >= max(worst)
""": "If a run of the best is",
        """
def mattered(accuracies):
    runs = accuracies.values()
    if min(len(one) for one in runs) < 2:
        return False
    best, worst = max(runs, key=mean), min(runs, key=mean)
    return min(best) > min(worst)
""": "For {0.0001",
        """
def mattered(accuracies):
    runs = accuracies.values()
    if min(len(one) for one in runs) < 2:
        return False
    best, worst = max(runs, key=mean), min(runs, key=mean)
    return max(worst) > min(best)
""": "It is the other way round",
        """
def mattered(accuracies):
    runs = accuracies.values()
    if min(len(one) for one in runs) < 2:
        return False
    best, worst = max(runs, key=max), min(runs, key=min)
    return min(best) > max(worst)
""": "You find the best and the worst",
        """
def mattered(accuracies):
    runs = list(accuracies.values())
    if min(len(one) for one in runs) < 2:
        return False
    return min(runs[-1]) > max(runs[0])
""": "You compare the first and the last value",
        """
def mattered(accuracies):
    runs = accuracies.values()
    best, worst = max(runs, key=mean), min(runs, key=mean)
    if len(best) < 2 or len(worst) < 2:
        return False
    return min(best) > max(worst)
""": "Only the best and the worst are",
        """
def mattered(accuracies):
    runs = accuracies.values()
    best, worst = max(runs, key=mean), min(runs, key=mean)
    if len(best) < 2 and len(worst) < 2:
        return False
    return min(best) > max(worst)
""": "One value with a single run is",
        """
def mattered(accuracies):
    runs = accuracies.values()
    if min(len(one) for one in runs) < 3:
        return False
    best, worst = max(runs, key=mean), min(runs, key=mean)
    return min(best) > max(worst)
""": "Two runs of each are enough",
        """
def mattered(accuracies):
    runs = accuracies.values()
    if min(len(one) for one in runs) < 2:
        return False
    best, worst = max(runs, key=mean), min(runs, key=mean)
    if min(best) > max(worst):
        return True
""": "With one of the check's inputs your",
        """
def mattered(accuracies):
    runs = accuracies.values()
    if min(len(one) for one in runs) < 2:
        return False
    best, worst = max(runs, key=mean), min(runs, key=mean)
    return min(best) - max(worst) > 0.005
""": "Any distance is enough",
        """
def mattered(accuracies):
    runs = accuracies.values()
    if min(len(one) for one in runs) < 2:
        return False
    best, worst = max(accuracies), min(accuracies)
    return min(accuracies[best]) > max(accuracies[worst])
""": "You compare the largest and the smallest",
        """
def mattered(accuracies):
    runs = accuracies.values()
    if min(len(one) for one in runs) < 2:
        return False
    best, worst = max(runs, key=mean), min(runs, key=mean)
    others = [r for one in runs if one is not best for r in one]
    return min(best) > max(others)
""": "You compare the best value with all",
        """
def mattered(accuracies):
    runs = accuracies.values()
    if min(len(one) for one in runs) < 2:
        return False
    best, worst = max(runs, key=mean), min(runs, key=mean)
    return all(b > w for b, w in zip(best, worst))
""": "You compare run by run, in pairs",
        """
def mattered(accuracies):
    runs = accuracies.values()
    if min(len(one) for one in runs) < 2:
        return False
    best, worst = max(runs, key=mean), min(runs, key=mean)
    best.sort()
    worst.sort()
    return best[0] > worst[-1]
""": "Your function changes `accuracies`, which belongs to",
    },
    ("03.5", "def mattered(accuracies):\n    return {}"): {
        "min(accuracies[0.01]) > max(accuracies[0.001])": "KeyError: 0.01. The dictionary has ",
        "min(accuracies['0.01']) > max(accuracies['0.1'])": "KeyError: '0.01'. The dictionary ha",
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
    "03.2": [
        """
def own_cross_entropy(logits, labels):
    return -logits.softmax(1)[torch.arange(len(labels)), labels].log().mean().item()
""",
        """
def own_cross_entropy(logits, labels):
    total = 0.0
    for row, label in zip(logits, labels):
        total += -math.log(row.softmax(dim=0)[label].item())
    return total / len(labels)
""",
        "own_cross_entropy = lambda logits, labels: -logits.double().softmax(dim=-1).gather(1, labels[:, None]).log().mean()",
        """
def own_cross_entropy(logits, labels):
    chosen = F.one_hot(labels, 10)
    return -(chosen * logits.softmax(dim=1).log()).sum(dim=1).mean()
""",
        """
def own_cross_entropy(logits, labels):
    e = (logits - logits.max(dim=1, keepdim=True).values).exp()
    p = e / e.sum(dim=1, keepdim=True)
    return (-torch.log(p[range(len(labels)), labels])).sum() / len(labels)
""",
        """
import numpy

def own_cross_entropy(logits, labels):
    p = logits.softmax(dim=1).detach().numpy().astype(float)
    return -numpy.log(p[numpy.arange(len(p)), labels.numpy()]).mean()
""",
        """
def loss_of_one(row, label):
    return -row.softmax(dim=0)[label].log()

def own_cross_entropy(logits, labels):
    return torch.stack([loss_of_one(r, y) for r, y in zip(logits, labels)]).mean()
""",
        """
def own_cross_entropy(logits, labels):
    return (1 / logits.softmax(dim=1)[range(len(labels)), labels]).log().mean()
""",
    ],
    "03.3": [
        """
def one_step(model, images, labels, optimizer):
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss)
""",
        """
def one_step(model, images, labels, optimizer):
    model.zero_grad()
    loss = torch.nn.CrossEntropyLoss()(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.detach().item()
""",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad(set_to_none=False)
    before = F.cross_entropy(model(images), labels)
    before.backward()
    result = before.item()
    optimizer.step()
    optimizer.zero_grad()
    return result
""",
        """
def loss_of(model, images, labels):
    return F.cross_entropy(model(images), labels)

def one_step(model, images, labels, optimizer):
    def closure():
        optimizer.zero_grad()
        loss = loss_of(model, images, labels)
        loss.backward()
        return loss
    return optimizer.step(closure).item()
""",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = -torch.log(model(images).softmax(dim=1)[range(len(labels)), labels]).mean()
    torch.autograd.backward(loss)
    optimizer.step()
    return loss.item()
""",
        """
def one_step(model, images, labels, optimizer):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels, reduction="sum") / len(labels)
    loss.backward()
    optimizer.step()
    return loss.item()
""",
    ],
    "03.4": [
        """
def accuracy(model, loader):
    model.eval()
    right = total = 0
    with torch.inference_mode():
        for images, labels in loader:
            answers = model(images).argmax(dim=1)
            right += (answers == labels).sum().item()
            total += len(labels)
    return right / total
""",
        """
@torch.no_grad()
def accuracy(model, loader):
    model.eval()
    return torch.cat([model(x).argmax(1) == y for x, y in loader]).double().mean().item()
""",
        """
def accuracy(model, loader):
    model.eval()
    right = torch.tensor(0)
    with torch.no_grad():
        for images, labels in loader:
            probabilities = model(images).softmax(dim=1)
            right += torch.count_nonzero(probabilities.max(dim=1).indices == labels)
    return right / len(loader.dataset)
""",
        """
def accuracy(model, loader):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        right = sum((model(images).argmax(dim=1) == labels).sum().item() for images, labels in loader)
    model.train(was_training)
    return right / len(loader.dataset)
""",
        """
def accuracy(model, loader):
    model.eval()
    weighted = 0.0
    with torch.no_grad():
        for images, labels in loader:
            weighted += (model(images).argmax(dim=1) == labels).double().mean().item() * len(labels)
    return weighted / len(loader.dataset)
""",
        """
def count_right(model, images, labels):
    with torch.no_grad():
        return int((model(images).argmax(dim=-1) == labels).sum())

def accuracy(model, loader):
    model.eval()
    return sum(count_right(model, *batch) for batch in loader) / len(loader.dataset)
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
}
