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
        "7, 7": "The largest value stands",
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
