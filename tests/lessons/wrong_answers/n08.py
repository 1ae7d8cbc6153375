"""Typical wrong answers to the exercises of notebook 08."""

SHAPE = "def map_shape(size, filters, kernel_size):\n    return {}"
BUSIEST = "def most_active(maps):\n    return {}"
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

WRONG = {
    ("08.1", SHAPE): {
        "filters, size - kernel_size + 1, size - kernel_size + 1": "the pooling",
        "filters, size // 2, size // 2": "forgot the filter",
        "(size - kernel_size + 1) // 2": "A shape has three",
        "((size - kernel_size + 1) // 2, 13)": "how many maps",
        "1, *[(size - kernel_size + 1) // 2] * 2": "one map for each filter",
        "filters, *[(size - kernel_size + 1.5) / 2] * 2": "rounds down",
        "filters, *[size // 2 - kernel_size + 1] * 2": "convolution comes first",
        "filters, 1, 1": "places in each direction",
    },
    ("08.1", "{}"): {
        "def map_shape(size, filters, kernel_size):\n"
        "    width = (size - kernel_size + 1) // 2\n"
        "    return width, width, filters": "maps come first",
    },
    ("08.2", BUSIEST): {
        "maps.argmax()": "counted through all maps",
        "maps.amax(dim=(1, 2)).argmax()": "brightest single pixel",
        "(maps > 0).sum(dim=(1, 2)).argmax()": "something everywhere",
        "maps.mean(dim=(1, 2)).argmin()": "mean is the lowest",
        "maps.mean(dim=(1, 2)).max()": "the mean itself",
        "maps.argmax(dim=0)": "one mean for each map",
        "'the third'": "should be one number",
    },
    ("08.3", OCCLUSION): {
        "score(covered) - score(image)": "wrong way round",
        "score(covered)": "These are the scores",
        "abs(score(image) - score(covered))": "Keep the sign",
    },
    ("08.3", "{}"): {
        FALL.replace("] = 0", "] = 1"): "cover with ink",
        FALL.replace("] = 0", "] = 0.5"): "cover with grey",
        FALL.replace("image.clone()", "image"): "changes `image`",
        FALL.replace("side + 1", "side"): "last place is missing",
        FALL.replace(" - side + 1", ""): "stick out",
    },
    ("08.4", PLACE): {
        "(row, column)": "upper left corner",
        "column + side // 2, row + side // 2": "swapped",
        "row + side, column + side": "half of it",
        "int(fall.argmax())": "This is one number",
        "7, 7": "the same for every input",
    },
    ("08.4", "{}"): {
        MIDDLE.replace("shape[1]", "shape[0]"): "number of rows",
        MIDDLE.replace("fall.argmax", "fall.abs().argmax"): "*rises*",
    },
    ("08.5", STEP): {
        "(images - epsilon * gradient.sign()).clamp(0, 1)": "*helps* the network",
        "(images + epsilon * gradient).clamp(0, 1)": "forgot the sign",
        "images + epsilon * gradient.sign()": "No picture has those",
        "(images + epsilon * gradient.abs().sign()).clamp(0, 1)": "no `abs`",
        "epsilon * gradient.sign()": "the step alone",
        "(images + gradient.sign()).clamp(0, 1)": "Multiply the sign",
        "images.add_(epsilon * gradient.sign()).clamp(0, 1)": "changes `images`",
        "images": "Did you add the step",
        "(images + 2 * epsilon * gradient.sign()).clamp(0, 1)": "twice the size",
    },
}

# Written by somebody who had not read the checks.
WRONG |= {
    ("08.1", "{} "): {
        """
def map_shape(size, filters, kernel_size):
    width = (size - kernel_size + 1) // 2
    return width, width, filters
""": "The maps come first in PyTorch: maps,",
        """
def map_shape(size, filters, kernel_size):
    width = (size - kernel_size) // 2
    return filters, width, width
""": "One place is missing: a filter as",
        """
def map_shape(size, filters, kernel_size):
    width = (size - kernel_size + 1) / 2
    return filters, width, width
""": "is not a whole number",
        """
def map_shape(size, filters, kernel_size):
    width = size - kernel_size + 1
    return filters, width, width
""": "You forgot the pooling, which halves rows",
        """
def map_shape(size, filters, kernel_size):
    width = round((size - kernel_size + 1) / 2)
    return filters, width, width
""": "Pooling rounds down, `//`: a last row",
        """
def map_shape(size, filters, kernel_size):
    width = size // 2
    return filters, width, width
""": "You forgot the filter: it does not",
        """
def map_shape(size, filters, kernel_size):
    width = size // 2 - kernel_size + 1
    return filters, width, width
""": "The convolution comes first, then the pooling,",
        """
def map_shape(size, filters, kernel_size):
    width = (size - 2) // 2
    return filters, width, width
""": "That holds for filters of 3×3 only.",
        """
def map_shape(size, filters, kernel_size):
    width = (28 - kernel_size + 1) // 2
    return filters, width, width
""": "That holds for images of 28×28 only.",
        """
def map_shape(size, filters, kernel_size):
    width = (size - kernel_size + 1) // 2
    return 16, width, width
""": "places in each direction, then half of",
        """
def map_shape(size, filters, kernel_size):
    width = (size - kernel_size + 1) // 2
    return filters * width * width
""": "This is one number. A shape has",
        """
def map_shape(size, filters, kernel_size):
    width = (size - kernel_size + 1) // 2
    return filters, width
""": "Rows and columns alone: how many maps",
        """
def map_shape(size, filters, kernel_size):
    width = (size - kernel_size + 1) // 2
    return 1, filters, width, width
""": "An axis for the images is too",
        """
def map_shape(size, filters, kernel_size):
    width = (size - kernel_size + 1) // 2
    print(filters, width, width)
""": "Your function prints its result and returns",
    },
    ("08.2", "{} "): {
        """
def most_active(maps):
    return maps.mean(dim=(1, 2)).max().item()
""": "This is the mean itself. Which filter",
        """
def most_active(maps):
    return maps.mean(dim=(1, 2)).argmin().item()
""": "That map's mean is the lowest: its",
        """
def most_active(maps):
    return maps.argmax().item()
""": "This is the place of the brightest",
        """
def most_active(maps):
    return maps.amax(dim=(1, 2)).argmax().item()
""": "That map has the brightest single pixel.",
        """
def most_active(maps):
    return maps.mean(dim=(0, 1)).argmax().item()
""": "These are means along the wrong axes:",
        """
def most_active(maps):
    return maps.mean(dim=(1, 2)).argmax().item() + 1
""": "The first filter has the number 0,",
        """
def most_active(maps):
    return maps.mean(dim=(1, 2))
""": "The answer should be one number, but",
        """
def most_active(maps):
    return maps.abs().mean(dim=(1, 2)).argmax().item()
""": "Of these maps number",
        """
def most_active(maps):
    return (maps > 0).float().mean(dim=(1, 2)).argmax().item()
""": "That map has something everywhere, but very",
        """
def most_active(maps):
    return maps.flatten(1).median(dim=1).values.argmax().item()
""": "You leave out the border of each",
        """
def most_active(maps):
    return maps.relu().mean(dim=(1, 2)).argmax().item()
""": "Numbers below 0 count as well.",
        """
def most_active(maps):
    return maps.std(dim=(1, 2)).argmax().item()
""": "That map varies most. The most found",
        """
def most_active(maps):
    print(maps.mean(dim=(1, 2)).argmax().item())
""": "Your function prints its result and returns",
        """
def most_active(maps):
    maps.mean(dim=(1, 2)).argmax().item()
""": "Your function returns nothing: it computes, but",
    },
    ("08.3", "{} "): {
        """
def occlusion(score, image, side):
    rows, columns = image.shape[0] - side + 1, image.shape[1] - side + 1
    fall = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            covered = image.clone()
            covered[row : row + side, column : column + side] = 0
            fall[row, column] = score(covered) - score(image)
    return fall
""": "The sign is the wrong way round.",
        """
def occlusion(score, image, side):
    rows, columns = image.shape[0] - side + 1, image.shape[1] - side + 1
    fall = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            covered = image.clone()
            covered[row : row + side, column : column + side] = 0
            fall[row, column] = score(covered)
    return fall
""": "These are the scores. How far do",
        """
def occlusion(score, image, side):
    rows, columns = image.shape[0] - side + 1, image.shape[1] - side + 1
    fall = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            covered = image
            covered[row : row + side, column : column + side] = 0
            fall[row, column] = score(image) - score(covered)
    return fall
""": "Your function changes `image`, which belongs to",
        """
def occlusion(score, image, side):
    rows, columns = image.shape[0] - side, image.shape[1] - side
    fall = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            covered = image.clone()
            covered[row : row + side, column : column + side] = 0
            fall[row, column] = score(image) - score(covered)
    return fall
""": "The shape should be (5, 7), but",
        """
def occlusion(score, image, side):
    rows, columns = image.shape[0] - side + 1, image.shape[1] - side + 1
    fall = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            covered = image.clone()
            covered[row : row + side, row : row + side] = 0
            fall[row, column] = score(image) - score(covered)
    return fall
""": "With the patch at row",
        """
def occlusion(score, image, side):
    rows, columns = image.shape[0] - side + 1, image.shape[1] - side + 1
    fall = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            covered = image.clone()
            covered[row : row + 3, column : column + 3] = 0
            fall[row, column] = score(image) - score(covered)
    return fall
""": "The size of your patch does not",
        """
def occlusion(score, image, side):
    rows, columns = image.shape[0] - side + 1, image.shape[1] - side + 1
    fall = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            covered = image.clone()
            covered[row : row + side - 1, column : column + side - 1] = 0
            fall[row, column] = score(image) - score(covered)
    return fall
""": "Your patch is one pixel too small:",
        """
def occlusion(score, image, side):
    rows, columns = image.shape[0] - side + 1, image.shape[1] - side + 1
    fall = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            covered = image.clone()
            covered[row : row + side + 1, column : column + side + 1] = 0
            fall[row, column] = score(image) - score(covered)
    return fall
""": "Your patch is one pixel too large:",
        """
def occlusion(score, image, side):
    rows, columns = image.shape[0] - side + 1, image.shape[1] - side + 1
    fall = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            covered = image.clone()
            covered[row : row + side, column : column + side] = 1
            fall[row, column] = score(image) - score(covered)
    return fall
""": "You cover with ink, 1. Paper is",
        """
def occlusion(score, image, side):
    rows, columns = image.shape[0] - side + 1, image.shape[1] - side + 1
    fall = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            covered = image.clone()
            covered[row : row + side, column : column + side] = image.mean()
            fall[row, column] = score(image) - score(covered)
    return fall
""": "You cover with the image's mean. Paper",
        """
def occlusion(score, image, side):
    rows, columns = image.shape[0] - side + 1, image.shape[1] - side + 1
    fall = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            covered = image.clone()
            covered[row : row + side, column : column + side] = 0
            fall[row, column] = score(image) - score(covered)
        return fall
""": "With the patch at row",
        """
def occlusion(score, image, side):
    rows, columns = image.shape[0] - side + 1, image.shape[1] - side + 1
    fall = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            covered = image.clone()
            covered[row : row + side, column : column + side] = 0
            fall[row, column] = score(image) - score(covered)
""": "Your function returns nothing: it computes, but",
        """
def occlusion(score, image, side):
    rows, columns = image.shape[0] - side + 1, image.shape[1] - side + 1
    fall = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            covered = image.clone()
            covered[row : row + side, column : column + side] = 0
            fall[row, column] = score(image) - score(covered)
    print(fall)
""": "Your function prints its result and returns",
        """
def occlusion(score, image, side):
    rows, columns = image.shape[0] - side + 1, image.shape[1] - side + 1
    fall = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            covered = image.clone()
            covered[row : row + side, column : column + side] = 0
            fall[row, column] = score(image) - score(covered)
    return fall.clamp(min=0)
""": "Keep what is below 0: where the",
    },
    ("08.4", "{} "): {
        """
def middle_of_the_strongest(fall, side):
    row, column = divmod(fall.argmax().item(), fall.shape[1])
    return row, column
""": "This is the patch's upper left corner.",
        """
def middle_of_the_strongest(fall, side):
    row, column = divmod(fall.argmax().item(), fall.shape[1])
    return row + side, column + side
""": "You add the whole patch. Its middle",
        """
def middle_of_the_strongest(fall, side):
    row, column = divmod(fall.argmax().item(), fall.shape[1])
    return row + side / 2, column + side / 2
""": "is not a whole number",
        """
def middle_of_the_strongest(fall, side):
    row, column = divmod(fall.argmax().item(), fall.shape[1])
    return column + side // 2, row + side // 2
""": "Row and column are swapped: the row",
        """
def middle_of_the_strongest(fall, side):
    row, column = divmod(fall.argmax().item(), fall.shape[0])
    return row + side // 2, column + side // 2
""": "You divide by the number of rows.",
        """
def middle_of_the_strongest(fall, side):
    row, column = divmod(fall.argmax().item(), 28)
    return row + side // 2, column + side // 2
""": "wide: its middle is at",
        """
def middle_of_the_strongest(fall, side):
    row, column = divmod(fall.argmax().item(), fall.shape[1] + side - 1)
    return row + side // 2, column + side // 2
""": "and the patch is",
        """
def middle_of_the_strongest(fall, side):
    row, column = divmod(fall.argmin().item(), fall.shape[1])
    return row + side // 2, column + side // 2
""": "There the score *rises* when it is",
        """
def middle_of_the_strongest(fall, side):
    return fall.argmax().item()
""": "This is one number; `divmod` by the",
        """
def middle_of_the_strongest(fall, side):
    row = fall.sum(dim=1).argmax().item()
    column = fall.sum(dim=0).argmax().item()
    return row + side // 2, column + side // 2
""": "The row and the column with the",
        """
def middle_of_the_strongest(fall, side):
    row, column = divmod(fall.argmax().item(), fall.shape[1])
    return row + side // 2 + 1, column + side // 2 + 1
""": "You are one pixel too far: the",
        """
def middle_of_the_strongest(fall, side):
    row, column = divmod(fall.argmax().item(), fall.shape[1])
    return row - side // 2, column - side // 2
""": "You go half a patch up and",
        """
def middle_of_the_strongest(fall, side):
    row, column = divmod(fall.argmax().item(), fall.shape[1])
    return row + 1, column + 1
""": "The largest value stands in",
        """
def middle_of_the_strongest(fall, side):
    row, column = divmod(fall.argmax().item(), fall.shape[1])
    return row + side // 2, column
""": "Half a patch is added in one",
    },
    ("08.5", "{} "): {
        """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    F.cross_entropy(model(inputs), labels).backward()
    return (images - epsilon * inputs.grad.sign()).clamp(0, 1)
""": "This step *helps* the network: the loss",
        """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    F.cross_entropy(model(inputs), labels).backward()
    return images + epsilon * inputs.grad.sign()
""": "Some pixels are below 0 or above",
        """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    F.cross_entropy(model(inputs), labels).backward()
    return (images + epsilon * inputs.grad).clamp(0, 1)
""": "You forgot the sign: each pixel should",
        """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    F.cross_entropy(model(inputs), labels).backward()
    return (images + epsilon * inputs.grad.abs()).clamp(0, 1)
""": "No pixel goes down: `abs` takes the",
        """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    F.cross_entropy(model(inputs), labels).backward()
    return (images + inputs.grad.sign()).clamp(0, 1)
""": "The step has the size 1. Multiply",
        """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    F.cross_entropy(model(inputs), labels).backward()
    return (images + 0.1 * inputs.grad.sign()).clamp(0, 1)
""": "In image 0, the pixel in row",
        """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    F.cross_entropy(model(inputs), labels).backward()
    return (epsilon * inputs.grad.sign()).clamp(0, 1)
""": "This is the step alone, and `clamp`",
        """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    F.cross_entropy(model(inputs), labels).backward()
    return images + (epsilon * inputs.grad.sign()).clamp(0, 1)
""": "So it should become",
        """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    F.cross_entropy(model(inputs), labels).backward()
    return (images + epsilon * inputs.grad.sign()).clamp(-1, 1)
""": "Some pixels are below 0. No picture",
        """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    F.cross_entropy(model(inputs), labels).backward()
    return (images + epsilon * inputs.grad.sign()).clamp(0, 255)
""": "Some pixels are above 1. No picture",
        """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone()
    F.cross_entropy(model(inputs), labels).backward()
    return (images + epsilon * inputs.grad.sign()).clamp(0, 1)
""": "There is no gradient: it is None.",
        """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    F.cross_entropy(model(inputs), labels).backward()
    (images + epsilon * inputs.grad.sign()).clamp(0, 1)
""": "Your function returns nothing: it computes, but",
        """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    F.cross_entropy(model(inputs), labels).backward()
    print((images + epsilon * inputs.grad.sign()).clamp(0, 1))
""": "Your function prints its result and returns",
        """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    F.cross_entropy(model(inputs), labels).backward()
    images += epsilon * inputs.grad.sign()
    return images.clamp(0, 1)
""": "Your function changes `images`, which belongs to",
    },
}

RIGHT = {
    "08.1": [
        """
def map_shape(size, filters, kernel_size):
    width = (size - kernel_size + 1) // 2
    return filters, width, width
""",
        """
def map_shape(size, filters, kernel_size):
    return (filters, (size - kernel_size + 1) // 2, (size - kernel_size + 1) // 2)
""",
        """
def map_shape(size, filters, kernel_size):
    side = int((size - kernel_size + 1) / 2)
    return [filters, side, side]
""",
        """
def map_shape(size, filters, kernel_size):
    layers = torch.nn.Sequential(torch.nn.Conv2d(1, filters, kernel_size), torch.nn.MaxPool2d(2))
    return layers(torch.zeros(1, 1, size, size)).shape[1:]
""",
        """
def map_shape(size, filters, kernel_size):
    maps = F.conv2d(torch.zeros(1, size, size), torch.zeros(filters, 1, kernel_size, kernel_size))
    return tuple(F.max_pool2d(maps, 2).shape)
""",
        """
map_shape = lambda size, filters, kernel_size: (filters,) + ((size - kernel_size + 1) // 2,) * 2
""",
    ],
    "08.2": [
        """
def most_active(maps):
    return maps.mean(dim=(1, 2)).argmax().item()
""",
        """
def most_active(maps):
    return maps.flatten(1).sum(dim=1).argmax()
""",
        """
def most_active(maps):
    best = 0
    for i in range(len(maps)):
        if maps[i].mean() > maps[best].mean():
            best = i
    return best
""",
        """
def most_active(maps):
    means = [one.mean().item() for one in maps]
    return means.index(max(means))
""",
        """
most_active = lambda maps: max(range(len(maps)), key=lambda i: maps[i].double().mean())
""",
        """
import numpy as np

def most_active(maps):
    return int(np.argmax(maps.detach().numpy().mean(axis=(1, 2))))
""",
    ],
    "08.3": [
        """
def occlusion(score, image, side):
    rows, columns = image.shape[0] - side + 1, image.shape[1] - side + 1
    fall = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            covered = image.clone()
            covered[row : row + side, column : column + side] = 0
            fall[row, column] = score(image) - score(covered)
    return fall
""",
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
        """
def middle_of_the_strongest(fall, side):
    row, column = divmod(fall.argmax().item(), fall.shape[1])
    return row + side // 2, column + side // 2
""",
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
        """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    F.cross_entropy(model(inputs), labels).backward()
    return (images + epsilon * inputs.grad.sign()).clamp(0, 1)
""",
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
