"""Typical wrong answers to the exercises of notebook 08."""

from tests.lessons.wrong_answers import changed

OCCLUSION = """
def occlusion(score, image, side):
    rows, columns = image.shape[0] - side + 1, image.shape[1] - side + 1
    fall = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            covered = image.clone()
            covered[row : row + side, column : column + side] = 0
            fall[row, column] = {}
    return fall
"""
FALL = OCCLUSION.format("score(image) - score(covered)")
PLACE = """
def middle_of_the_strongest(fall, side):
    row, column = divmod(int(fall.argmax()), fall.shape[1])
    return {}
"""
MIDDLE = PLACE.format("row + side // 2, column + side // 2")
STEP = """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    F.cross_entropy(model(inputs), labels).backward()
    gradient = inputs.grad
    return {}
"""
STEPPING = STEP.format("(images + epsilon * gradient.sign()).clamp(0, 1)")


STRONGEST = changed(MIDDLE, ("int(fall.argmax())", "fall.argmax().item()"))
SIGNED = """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    F.cross_entropy(model(inputs), labels).backward()
    return (images + epsilon * inputs.grad.sign()).clamp(0, 1)
"""
STEPPED = "(images + epsilon * inputs.grad.sign()).clamp(0, 1)"
LISTEN = """
def listen(model, layer, images):
    kept = []
    hook = layer.register_forward_hook(lambda a, b, out: kept.append(out.clone()))
    try:
        model(images)
    finally:
        hook.remove()
    return kept[0]
"""
CALL, REMOVE = "        model(images)\n", "        hook.remove()\n"
FINALLY = "    finally:\n        hook.remove()\n"
TRY = f"    try:\n{CALL}{FINALLY}"
MAPS = """
def saliency_of_all(model, images):
    inputs = images.clone().requires_grad_()
    return torch.autograd.grad(model(inputs).max(dim=1).values.sum(), inputs)[0][:, 0].abs()
"""
LARGEST = "model(inputs).max(dim=1).values.sum()"

WRONG = {
    ("08.3", OCCLUSION): {
        "score(covered) - score(image)": "wrong way round",
        "score(covered)": "These are the scores",
        "abs(score(image) - score(covered))": "Keep the sign",
    },
    ("08.3", "{}"): {
        changed(FALL, ("] = 0", "] = 1")): "cover with ink",
        changed(FALL, ("] = 0", "] = 0.5")): "cover with grey",
        changed(FALL, ("image.clone()", "image")): "changes `image`",
        changed(FALL, ("side + 1", "side")): "last place is missing",
        changed(FALL, (" - side + 1", "")): "stick out",
    },
    ("08.4", PLACE): {
        "(row, column)": "upper left corner",
        "column + side // 2, row + side // 2": "swapped",
        "row + side, column + side": "half of it",
        "int(fall.argmax())": "This is one number",
        "7, 7": "the same for every input",
    },
    ("08.4", "{}"): {
        changed(MIDDLE, ("shape[1]", "shape[0]")): "number of rows",
        changed(MIDDLE, ("fall.argmax", "fall.abs().argmax")): "*rises*",
    },
    ("08.5", STEP): {
        "(images - epsilon * gradient.sign()).clamp(0, 1)": "*helps* the network",
        "(images + epsilon * gradient).clamp(0, 1)": "forgot the sign",
        "images + epsilon * gradient.sign()": "No picture has those",
        "(images + epsilon * gradient.abs().sign()).clamp(0, 1)": "All your pixels go up. The sign",
        "epsilon * gradient.sign()": "the step alone",
        "(images + gradient.sign()).clamp(0, 1)": "Multiply the sign",
        "images.add_(epsilon * gradient.sign()).clamp(0, 1)": "changes `images`",
        "images": "Did you add the step",
        "(images + 2 * epsilon * gradient.sign()).clamp(0, 1)": "twice the size",
    },
}

# Written by somebody who had not read the checks.
WRONG |= {
    ("08.3", "{} "): {
        OCCLUSION.format("score(covered) - score(image)"): "The sign is the wrong way round.",
        OCCLUSION.format("score(covered)"): "These are the scores. How far do",
        changed(
            FALL, ("image.clone()", "image")
        ): "Your function changes `image`, which belongs to",
        changed(FALL, ("side + 1", "side")): "The shape should be (5, 7), but",
        changed(FALL, ("column : column + side", "row : row + side")): "begin at `row`, too",
        changed(FALL, ("+ side", "+ 3")): "The size of your patch does not",
        changed(FALL, ("+ side", "+ side - 1")): "Your patch is one pixel too small:",
        changed(FALL, ("+ side", "+ side + 1")): "Your patch is one pixel too large:",
        changed(FALL, ("] = 0", "] = 1")): "You cover with ink, 1. Paper is",
        changed(FALL, ("] = 0", "] = image.mean()")): "You cover with the image's mean. Paper",
        changed(FALL, ("    return", "        return")): "Only the first row is filled",
        changed(FALL, ("    return fall\n", "")): "Your function returns nothing: it computes, but",
        changed(
            FALL, ("return fall", "print(fall)")
        ): "Your function prints its result and returns",
        changed(
            FALL, ("return fall", "return fall.clamp(min=0)")
        ): "Keep what is below 0: where the",
    },
    ("08.4", "{} "): {
        changed(STRONGEST, (" + side // 2", "")): "This is the patch's upper left corner.",
        changed(STRONGEST, ("side // 2", "side")): "You add the whole patch. Its middle",
        changed(STRONGEST, ("side // 2", "side / 2")): "is not a whole number",
        changed(
            STRONGEST,
            ("row + side // 2, column + side // 2", "column + side // 2, row + side // 2"),
        ): "Row and column are swapped: the row",
        changed(STRONGEST, ("fall.shape[1]", "fall.shape[0]")): "You divide by the number of rows.",
        changed(STRONGEST, ("fall.shape[1]", "28")): "by the number of columns of `fall`",
        changed(
            STRONGEST, ("fall.shape[1]", "fall.shape[1] + side - 1")
        ): "by the number of columns of `fall`",
        changed(STRONGEST, ("argmax", "argmin")): "There the score *rises* when it is",
        """
def middle_of_the_strongest(fall, side):
    return fall.argmax().item()
""": "This is one number. Return two",
        """
def middle_of_the_strongest(fall, side):
    row = fall.sum(dim=1).argmax().item()
    column = fall.sum(dim=0).argmax().item()
    return row + side // 2, column + side // 2
""": "The row and the column with the",
        changed(STRONGEST, ("side // 2", "side // 2 + 1")): "You are one pixel too far: the",
        changed(STRONGEST, ("+ side // 2", "- side // 2")): "You go half a patch up and",
        changed(STRONGEST, ("side // 2", "1")): "The largest value stands in",
        changed(STRONGEST, ("column + side // 2", "column")): "Half a patch is added in one",
    },
    ("08.5", "{} "): {
        changed(SIGNED, ("images +", "images -")): "This step *helps* the network: the loss",
        changed(
            SIGNED, (STEPPED, "images + epsilon * inputs.grad.sign()")
        ): "Some pixels are below 0 or above",
        changed(SIGNED, (".sign()", "")): "You forgot the sign of the gradient",
        changed(SIGNED, (".sign()", ".abs()")): "All your pixels go up. The sign",
        changed(SIGNED, ("epsilon * ", "")): "The step has the size 1. Multiply",
        changed(SIGNED, ("epsilon * ", "0.1 * ")): "In image 0, the pixel in row",
        changed(SIGNED, ("images + ", "")): "This is the step alone",
        changed(SIGNED, ("(images + ", "images + (")): "You clamp the step",
        changed(SIGNED, ("clamp(0, 1)", "clamp(-1, 1)")): "Some pixels are below 0. No picture",
        changed(SIGNED, ("clamp(0, 1)", "clamp(0, 255)")): "Some pixels are above 1. No picture",
        changed(SIGNED, (".requires_grad_()", "")): "A gradient is None until",
        changed(SIGNED, ("return ", "")): "Your function returns nothing: it computes, but",
        changed(
            SIGNED, (f"return {STEPPED}", f"print({STEPPED})")
        ): "Your function prints its result and returns",
        changed(
            SIGNED,
            (
                f"return {STEPPED}",
                "images += epsilon * inputs.grad.sign()\n    return images.clamp(0, 1)",
            ),
        ): "Your function changes `images`, which belongs to",
    },
}

RIGHT = {
    "08.3": [
        FALL,
        """
def occlusion(score, image, side):
    whole = float(score(image))
    height, width = image.shape
    result = []
    for r in range(height - side + 1):
        line = []
        for c in range(width - side + 1):
            copy = image.clone()
            copy[r : r + side, c : c + side] = 0.0
            line.append(whole - float(score(copy)))
        result.append(line)
    return torch.tensor(result)
""",
        """
def occlusion(score, image, side):
    rows, columns = image.shape[0] - side + 1, image.shape[1] - side + 1
    fall = torch.empty(rows, columns, dtype=torch.float64)
    import itertools
    before = score(image)
    for r, c in itertools.product(range(rows), range(columns)):
        mask = torch.ones_like(image)
        mask[r : r + side, c : c + side] = 0
        fall[r, c] = before - score(image * mask)
    return fall
""",
        """
import numpy as np

def occlusion(score, image, side):
    whole = score(image)
    fall = np.zeros((image.shape[0] - side + 1, image.shape[1] - side + 1))
    for (r, c), _ in np.ndenumerate(fall):
        covered = image.clone()
        covered[r : r + side, c : c + side] = 0
        fall[r, c] = whole - score(covered)
    return torch.from_numpy(fall)
""",
        """
def occlusion(score, image, side):
    height, width = image.shape
    base = score(image)
    falls = torch.zeros((height - side + 1) * (width - side + 1))
    for i in range(len(falls)):
        r, c = divmod(i, width - side + 1)
        kept = image[r : r + side, c : c + side].clone()
        image[r : r + side, c : c + side] = 0
        falls[i] = base - score(image)
        image[r : r + side, c : c + side] = kept
    return falls.reshape(height - side + 1, -1)
""",
        """
def occlusion(score, image, side):
    base = score(image)
    top = 0
    out = []
    while top + side <= image.shape[0]:
        left = 0
        out.append([])
        while left + side <= image.shape[1]:
            other = image.detach().clone()
            for i in range(side):
                for j in range(side):
                    other[top + i, left + j] = 0
            out[-1].append(float(base - score(other)))
            left += 1
        top += 1
    return torch.tensor(out)
""",
    ],
    "08.4": [
        STRONGEST,
        """
def middle_of_the_strongest(fall, side):
    best = (0, 0)
    for r in range(fall.shape[0]):
        for c in range(fall.shape[1]):
            if fall[r, c] > fall[best]:
                best = (r, c)
    return [best[0] + side // 2, best[1] + side // 2]
""",
        """
def middle_of_the_strongest(fall, side):
    row, column = torch.unravel_index(fall.argmax(), fall.shape)
    half = (side - 1) // 2
    return int(row) + half, int(column) + half
""",
        """
import numpy as np

def middle_of_the_strongest(fall, side):
    place = np.unravel_index(np.argmax(fall.numpy()), fall.shape)
    return tuple(int(i) + side // 2 for i in place)
""",
        """
def middle_of_the_strongest(fall, side):
    row, column = (fall == fall.max()).nonzero()[0].tolist()
    return row + side // 2, column + side // 2
""",
        """
def middle_of_the_strongest(fall, side):
    number = int(fall.argmax())
    columns = fall.shape[1]
    return number // columns + side // 2, number % columns + side // 2
""",
    ],
    "08.5": [
        SIGNED,
        """
def sign_step(model, images, labels, epsilon):
    x = images.detach().clone()
    x.requires_grad = True
    loss = F.cross_entropy(model(x), labels)
    (gradient,) = torch.autograd.grad(loss, x)
    return torch.clamp(images + epsilon * torch.sign(gradient), min=0, max=1)
""",
        """
def sign_step(model, images, labels, epsilon):
    inputs = images.detach().clone().requires_grad_()
    F.cross_entropy(model(inputs), labels).backward()
    with torch.no_grad():
        new = inputs + epsilon * inputs.grad.sign()
        new[new < 0] = 0
        new[new > 1] = 1
    return new.detach()
""",
        """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    loss = F.cross_entropy(model(inputs), labels, reduction='sum')
    loss.backward()
    up = (inputs.grad > 0).float()
    down = (inputs.grad < 0).float()
    return (images + epsilon * (up - down)).clip(0, 1)
""",
        """
def gradient(model, images, labels):
    inputs = images.clone().requires_grad_()
    loss = torch.nn.CrossEntropyLoss()(model(inputs), labels)
    return torch.autograd.grad(loss, inputs)[0]

def sign_step(model, images, labels, epsilon):
    moved = images + epsilon * gradient(model, images, labels).sign()
    return moved.clamp(0, 1)
""",
        """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    probabilities = model(inputs).softmax(dim=1)
    loss = -probabilities[range(len(labels)), labels].log().mean()
    loss.backward()
    step = epsilon * inputs.grad.sign()
    return torch.minimum(torch.maximum(images + step, torch.zeros(())), torch.ones(()))
""",
    ],
}
WRONG |= {
    ("08.7", "{}"): {
        changed(
            LISTEN, ("out.clone()", "out")
        ): "The ReLU after the convolution has written over what you return: i",
        changed(
            changed(LISTEN, (TRY, "    model(images)\n")), ("hook = ", "")
        ): "Your hook is still there, and goes on listening: `hook.rem",
        changed(
            LISTEN, (TRY, "    model(images)\n    hook.remove()\n")
        ): "When the model stops with an error, your hook stays. Take",
        """
def listen(model, layer, images):
    return model(images)
""": "These are the model's logits. Return what the hook got as",
        """
def listen(model, layer, images):
    return layer(images)
""": "You give the batch to the layer itself",
        changed(
            LISTEN, ("out.clone()", "b[0].clone()")
        ): "This is what comes into the layer. Return its output.",
        changed(
            LISTEN, ("kept[0]", "kept")
        ): "Return the tensor itself, not a list with the tensor in it",
        changed(
            LISTEN, (FINALLY, f"    except RuntimeError:\n        return torch.zeros(1)\n{FINALLY}")
        ): "A model that stops with an error did so in silence. Do not",
        changed(
            LISTEN, ("    kept = []", "    model.train()\n    kept = []")
        ): "The model was in evaluation mode, and now it is not. Leave",
        changed(
            LISTEN, ("    kept = []", "    model.eval()\n    kept = []")
        ): "The model was in training mode, and now it is not. Leave i",
        changed(
            LISTEN, ("kept[0]", "kept[0][0]")
        ): "This is what the layer says about one image. Return it for",
        changed(
            LISTEN, ("    return kept[0]\n", "")
        ): "Your function returns nothing: it computes, but it does no",
        changed(LISTEN, ("lambda a, b, out", "lambda out")): "a forward hook with three",
        changed(
            LISTEN, ("model(images)", "model(images[:1])")
        ): "This is what the layer says about one image. Return it for",
    },
    ("08.8", "{}"): {
        """
def saliency_of_all(model, images):
    inputs = images.clone().requires_grad_()
    model(inputs).max(dim=1).values.sum().backward()
    return inputs.grad[:, 0].abs()
""": "You change the gradients of the weights",
        changed(MAPS, (".abs()", "")): "Some of your numbers are negative: the size of the change",
        changed(MAPS, ("[:, 0]", "")): "The shape should be (4, 28, 28), but it is (4, 1, 28, 28).",
        changed(
            MAPS, (LARGEST, "model(inputs).sum()")
        ): "You take all ten logits together. Take the largest of each",
        changed(
            MAPS, (LARGEST, "model(inputs).max()")
        ): "You take one logit of the whole batch. Each image has its",
        changed(
            MAPS, (LARGEST, "model(inputs)[:, 0].sum()")
        ): "You ask about the digit 0. Ask about the digit that the mo",
        changed(
            changed(MAPS, (LARGEST, "model(inputs)[:, digit].sum()")),
            ("    return", "    digit = model(inputs)[0].argmax()\n    return"),
        ): "All images have the digit of the first. Each has its own a",
        changed(
            MAPS, ("max(dim=1)", "softmax(dim=1).max(dim=1)")
        ): "This is the change of the probability. Take the logit, wit",
        changed(
            changed(MAPS, (LARGEST, "F.cross_entropy(z, z.argmax(dim=1), reduction='sum')")),
            ("    return", "    z = model(inputs)\n    return"),
        ): "This is the change of the loss, or of",
        changed(
            MAPS, (".sum()", ".mean()")
        ): "You take the mean over the batch, so each image counts les",
        changed(MAPS, (".abs()", " ** 2")): "You square the changes. Take their size, `.abs()`.",
        changed(MAPS, (".sum()", "")): "add up the logits",
        changed(
            changed(MAPS, ("model(inputs)", "model(images)")), (", inputs)", ", images)")
        ): "did not go through the model",
        changed(
            MAPS, ("    return", "    model.train()\n    return")
        ): "The model was in evaluation mode, and now it is not. Leave",
    },
}
RIGHT |= {
    "08.7": [
        """
import copy


def listen(model, layer, images):
    (name,) = [name for name, one in model.named_modules() if one is layer]
    twin, kept = copy.deepcopy(model), []
    twin.get_submodule(name).register_forward_hook(lambda a, b, out: kept.append(out.clone()))
    with torch.no_grad():
        twin(images)
    return kept[-1]
""",
        """
def listen(model, layer, images):
    kept = []
    hook = layer.register_forward_hook(lambda a, b, out: kept.append(out.detach().clone()))
    try:
        model(images)
        return kept[0]
    finally:
        hook.remove()
""",
        """
def listen(model, layer, images):
    class Ear:
        heard = None

        def __call__(self, layer, inputs, output):
            self.heard = output.clone()

    ear = Ear()
    with torch.no_grad():
        handle = layer.register_forward_hook(ear)
        try:
            model(images)
        finally:
            handle.remove()
    return ear.heard
""",
        """
from contextlib import contextmanager

@contextmanager
def hooked(layer, function):
    hook = layer.register_forward_hook(function)
    try:
        yield
    finally:
        hook.remove()

def listen(model, layer, images):
    found = {}
    def note(layer, inputs, output):
        found["x"] = output.clone()
    with hooked(layer, note):
        model(images)
    return found["x"]
""",
        """
def listen(model, layer, images):
    kept = {}
    def hook(_layer, _inputs, output):
        kept[0] = torch.tensor(output.detach().numpy())
    handle = layer.register_forward_hook(hook)
    try:
        _ = model(images)
    except Exception:
        handle.remove()
        raise
    handle.remove()
    return kept[0]
""",
        """
def listen(model, layer, images):
    result = None
    def hook(_layer, _inputs, output):
        nonlocal result
        result = output.clone()
    handle = layer.register_forward_hook(hook)
    try:
        model(images)
    finally:
        handle.remove()
    return result.numpy(force=True)
""",
        """
def listen(model, layer, images):
    from contextlib import ExitStack
    kept = []
    with ExitStack() as stack:
        handle = layer.register_forward_hook(lambda l, i, o: kept.append(o + 0))
        stack.callback(handle.remove)
        model(images)
    return kept.pop()
""",
    ],
    "08.8": [
        """
def saliency_of_all(model, images):
    inputs = images.detach().clone()
    inputs.requires_grad = True
    logits = model(inputs)
    digits = logits.argmax(dim=1)
    return torch.autograd.grad(logits[range(len(images)), digits].sum(), inputs)[0].squeeze(1).abs()
""",
        """
def saliency_of_all(model, images):
    maps = []
    for image in images:
        one = image[None].clone().requires_grad_()
        gradient = torch.autograd.grad(model(one).max(), one)[0]
        maps.append(gradient[0, 0].abs())
    return torch.stack(maps)
""",
        """
def saliency_of_all(model, images):
    inputs = images.clone().requires_grad_()
    model(inputs).amax(dim=1).sum().backward(inputs=[inputs])
    return inputs.grad[:, 0].abs()
""",
        """
def saliency_of_all(model, images):
    inputs = images.clone().requires_grad_()
    best = model(inputs).gather(1, model(inputs).argmax(1, keepdim=True))
    g, = torch.autograd.grad(best, inputs, torch.ones_like(best))
    return g.reshape(len(images), 28, 28).abs().numpy()
""",
        """
import copy
def saliency_of_all(model, images):
    net = copy.deepcopy(model)
    inputs = images.clone().requires_grad_()
    net(inputs).max(dim=1)[0].sum().backward()
    return inputs.grad.squeeze(1).abs()
""",
        """
def saliency_of_all(model, images):
    return torch.func.grad(lambda x: model(x).amax(dim=1).sum())(images)[:, 0].abs()
""",
    ],
}

SALIENCY = """
def saliency_of_all(model, images):
    inputs = images.clone().requires_grad_()
    logits = model(inputs)
    (gradient,) = torch.autograd.grad(logits.max(dim=1).values.sum(), inputs)
    return gradient[:, 0].abs()
"""
ANSWERED = "logits.max(dim=1).values.sum()"
BACKWARD = changed(
    SALIENCY,
    (
        f"    (gradient,) = torch.autograd.grad({ANSWERED}, inputs)\n",
        f"    {ANSWERED}.backward()\n    gradient = inputs.grad\n",
    ),
)
SAVED = "    saved = [one.grad for one in model.parameters()]\n    inputs ="
RESTORED = "    for one, old in zip(model.parameters(), saved):\n        one.grad = old\n    return"
FROZEN = "    for one in model.parameters():\n        one.requires_grad_({})\n"
OTHERS = "You take off a hook of somebody else's"
WRONG |= {
    ("08.3", "{}  "): {
        changed(
            FALL,
            ("image.clone()", "torch.zeros_like(image)"),
            ("side] = 0", "side] = image[row : row + side, column : column + side]"),
        ): "everything but the patch",
        changed(
            FALL,
            ("    for row", "    now = score(image)\n    for row"),
            (
                "score(image) - score(covered)",
                "now - score(covered)\n            now = score(covered)",
            ),
        ): "that of the place before",
        changed(
            FALL, ("score(image) - score", "score(image) - 2 * score")
        ): "columns 0 to 2 are 0. The score goes from",
        changed(
            FALL, ("zeros(rows, columns)", "zeros(rows, columns, dtype=int)")
        ): "You cut off what is behind the point",
        changed(
            FALL, ("image.shape[1]", "image.shape[0]")
        ): "the numbers of rows and columns differ",
        changed(FALL, ("image.shape[0]", "28")).replace(
            "image.shape[1]", "28"
        ): "need not be 28 pixels wide",
        changed(FALL, ("return fall", "return fall.flatten()")): "Return rows of numbers",
        changed(
            FALL,
            (
                "[row : row + side, column : column + side]",
                "[max(0, row - side // 2) : row + side // 2 + 1, max(0, column - side // 2) : column + side // 2 + 1]",
            ),
        ): "has its middle at the place",
        OCCLUSION.format(
            "image[row : row + side, column : column + side].sum()"
        ): "This is the ink below the patch",
    },
    ("08.4", "{}  "): {
        changed(
            MIDDLE,
            ("fall.argmax()), fall", "fall.argmax()) + side // 2, fall"),
            ("row + side // 2, column + side // 2", "row, column"),
        ): "half a patch before the division",
        PLACE.format("row + side - 1, column + side - 1"): "lower right corner",
        changed(STRONGEST, ("fall.shape[1]", "fall.shape")): "takes two plain numbers",
        changed(MIDDLE, ("fall.shape[1]", "28 - side + 1")): "by the number of columns of `fall`",
        changed(MIDDLE, ("fall.argmax", "fall.clamp(min=0).argmax")): "If all values are below 0",
        changed(
            MIDDLE, ("divmod(int(fall.argmax()), fall.shape[1])", "fall.argmax()")
        ): "`divmod` makes row and column",
        PLACE.format("fall.argmax(dim=0), fall.argmax(dim=1)"): "With a `dim`, `argmax`",
    },
    ("08.5", STEP + " "): {
        "images + epsilon * gradient.sign() - (images + epsilon * gradient.sign()).min()": "So it should become",
        "(lambda x: (x - x.min()) / (x.max() - x.min()))(images + epsilon * gradient.sign())": "You squeeze all pixels",
    },
    ("08.5", "{}  "): {
        changed(
            SIGNED, ("inputs.grad.sign", "F.mse_loss(inputs, inputs).backward().sign")
        ): "`backward()` itself returns None",
        changed(STEPPING, ("images.clone()", "images")): "switches on gradients for `images`",
        changed(
            STEPPING,
            (
                "cross_entropy(model(inputs), labels)",
                "mse_loss(model(inputs), F.one_hot(labels, 10).float())",
            ),
        ): "This is another loss",
    },
    ("08.7", "{} "): {
        changed(
            LISTEN, ("kept.append(out.clone())", "kept.append(out.clone()) or kept[0]")
        ): "(What a hook returns",
        changed(LISTEN, ("out.clone()", "2 * out.clone()")): "[0, 0, 0, 0] it is",
        changed(LISTEN, ("model(images)", "model(images, layer)")): "forward() takes 2 positional",
        changed(LISTEN, (REMOVE, "        layer._forward_hooks.clear()\n")): OTHERS,
        changed(LISTEN, (REMOVE, "        layer._forward_hooks.popitem(last=False)\n")): OTHERS,
        changed(LISTEN, (REMOVE, "        layer._forward_hooks = {}\n")): OTHERS,
        changed(
            LISTEN,
            (
                REMOVE,
                f"{REMOVE}        for one in model.modules():\n            one._forward_pre_hooks.clear()\n",
            ),
        ): OTHERS,
        changed(
            changed(
                LISTEN,
                ("    kept = []\n", "    kept, was = [], model.training\n    model.eval()\n"),
            ),
            (REMOVE, f"{REMOVE}        model.train(was)\n"),
        ): "A layer of the model, Dropout, was in evaluation mode",
        changed(
            LISTEN,
            (
                FINALLY,
                "    except (RuntimeError, ValueError):\n        hook.remove()\n        raise\n    hook.remove()\n",
            ),
        ): "your hook stays",
        changed(
            LISTEN,
            (
                FINALLY,
                f"    except Exception:\n        raise RuntimeError('It has stopped.')\n{FINALLY}",
            ),
        ): "should reach the caller, who sees a RuntimeError",
        changed(
            LISTEN, (CALL, "        model.requires_grad_(False)\n        model(images)\n")
        ): "You change `requires_grad`",
        changed(
            LISTEN, (CALL, "        model.zero_grad()\n        model(images)\n")
        ): "The weights had gradients",
        changed(
            changed(LISTEN, ("kept.append(out.clone())", "setattr(layer, 'kept', out.clone())")),
            ("kept[0]", "layer.kept"),
        ): "You leave something in the model: kept",
        changed(
            LISTEN, ("    hook =", "    model = __import__('copy').deepcopy(model)\n    hook =")
        ): "Nothing is at this place",
    },
    ("08.8", "{} "): {
        changed(MAPS, (".abs()", ".clamp(min=0)")): "What is below 0 becomes 0",
        changed(
            MAPS, (LARGEST, "(lambda z: z[:, z.argmax(1)].sum())(model(inputs))")
        ): "the answers of *all* images",
        changed(MAPS, (".values", "")): "`.values` and `.indices`",
        changed(MAPS, ("inputs)[0][:", "images)[0][:")): "did not go through",
        changed(BACKWARD, ("    return", "    model.zero_grad()\n    return")): "they are gone now",
        changed(
            changed(BACKWARD, ("    inputs =", SAVED)), ("    return", RESTORED)
        ): "You change the gradients",
        changed(
            changed(BACKWARD, ("    inputs =", SAVED.replace("one.grad", "one.grad.clone()"))),
            ("    return", RESTORED),
        ): "A gradient is None until",
        changed(
            BACKWARD, ("    inputs =", f"{FROZEN.format(False)}    inputs =")
        ): "You change `requires_grad`",
        changed(
            changed(BACKWARD, ("    inputs =", f"{FROZEN.format(False)}    inputs =")),
            ("    return", f"{FROZEN.format(True)}    return"),
        ): "You change `requires_grad`",
        changed(SALIENCY, ("images.clone()", "images")): "switches on gradients for `images`",
        changed(
            SALIENCY, ("    logits", "    model.eval()\n    logits")
        ): "The model was in training mode",
        changed(SALIENCY, ("max(dim=1)", "max(dim=0)")): "of each digit over the batch",
        changed(
            SALIENCY, (ANSWERED, "logits.abs().max(dim=1).values.sum()")
        ): "not the largest size",
        changed(
            SALIENCY, (ANSWERED, "logits.argmax(dim=1).sum()")
        ): "Digits, as `argmax` gives them",
        changed(
            SALIENCY, (ANSWERED, "(logits.topk(2).values @ torch.tensor([1.0, -1]))")
        ): "add up the logits",
        changed(
            SALIENCY, (ANSWERED, "(logits.topk(2).values @ torch.tensor([1.0, -1])).sum()")
        ): "ahead of the next digit",
        changed(SALIENCY, ("(gradient,) =", "gradient =")): "returns one, with the tensor",
        changed(SALIENCY, (".abs()", ".abs() / gradient.abs().max()")): "You divide the changes",
        changed(SALIENCY, (".abs()", ".abs() * images[:, 0].abs()")): "You multiply by the pixels",
        changed(
            SALIENCY, ("images.clone()", "((images - 0.1307) / 0.3081)")
        ): "They are ready for the model",
    },
}
