"""Typical wrong answers to the exercises of notebook 08."""

SHAPE = "def map_shape(size, filters, kernel_size):\n    return {}"
BUSIEST = "def most_active(maps):\n    return {}"
OCCLUSION = """
def occlusion(score, image, side):
    rows, columns = {rows}
    fall = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            covered = {copy}
            covered[row : row + side, column : column + side] = {cover}
            fall[row, column] = {fall}
    return fall
"""
PLACE = """
def middle_of_the_strongest(fall, side):
    row, column = divmod(int({which}), fall.shape[{axis}])
    return {result}
"""
STEP = """
def sign_step(model, images, labels, epsilon):
    inputs = images.clone().requires_grad_()
    F.cross_entropy(model(inputs), labels).backward()
    gradient = inputs.grad
    return {}
"""


def occlusion(
    rows="image.shape[0] - side + 1, image.shape[1] - side + 1",
    copy="image.clone()",
    cover="0",
    fall="score(image) - score(covered)",
):
    return OCCLUSION.format(rows=rows, copy=copy, cover=cover, fall=fall)


def place(which="fall.argmax()", axis=1, result="row + side // 2, column + side // 2"):
    return PLACE.format(which=which, axis=axis, result=result)


WRONG = {
    "08.1": [
        (SHAPE.format("filters, size - kernel_size + 1, size - kernel_size + 1"), "the pooling"),
        (SHAPE.format("filters, size // 2, size // 2"), "forgot the filter"),
        (
            "def map_shape(size, filters, kernel_size):\n"
            "    width = (size - kernel_size + 1) // 2\n"
            "    return width, width, filters",
            "maps come first",
        ),
        (SHAPE.format("(size - kernel_size + 1) // 2"), "A shape has three"),
        (SHAPE.format("((size - kernel_size + 1) // 2, 13)"), "how many maps"),
        (SHAPE.format("1, *[(size - kernel_size + 1) // 2] * 2"), "one map for each filter"),
        (SHAPE.format("filters, *[(size - kernel_size + 1.5) / 2] * 2"), "rounds down"),
        (SHAPE.format("filters, *[size // 2 - kernel_size + 1] * 2"), "convolution comes first"),
        (SHAPE.format("filters, 13, 13"), "places in each direction"),
    ],
    "08.2": [
        (BUSIEST.format("maps.argmax()"), "counted through all maps"),
        (BUSIEST.format("maps.amax(dim=(1, 2)).argmax()"), "brightest single pixel"),
        (BUSIEST.format("(maps > 0).sum(dim=(1, 2)).argmax()"), "something everywhere"),
        (BUSIEST.format("maps.mean(dim=(1, 2)).argmin()"), "is empty"),
        (BUSIEST.format("maps.mean(dim=(1, 2)).max()"), "the mean itself"),
        (BUSIEST.format("maps.argmax(dim=0)"), "one mean for each map"),
        (BUSIEST.format("'the third'"), "should be one number"),
    ],
    "08.3": [
        (occlusion(fall="score(covered) - score(image)"), "wrong way round"),
        (occlusion(fall="score(covered)"), "These are the scores"),
        (occlusion(cover="1"), "cover with ink"),
        (occlusion(copy="image"), "The patches stay"),
        (occlusion(fall="abs(score(image) - score(covered))"), "Keep the sign"),
        (occlusion(rows="image.shape[0] - side, image.shape[1] - side"), "last place is missing"),
        (occlusion(rows="image.shape"), "stick out"),
        (occlusion(cover="0.5"), "At the first place"),
    ],
    "08.4": [
        (place(result="(row, column)"), "upper left corner"),
        (place(result="column + side // 2, row + side // 2"), "swapped"),
        (place(axis=0), "number of rows"),
        (place(which="fall.abs().argmax()"), "*rises*"),
        (place(result="row + side, column + side"), "half of it"),
        (place(result="int(fall.argmax())"), "return row and column"),
        (place(result="7, 7"), "The largest value stands"),
    ],
    "08.5": [
        (STEP.format("(images - epsilon * gradient.sign()).clamp(0, 1)"), "*helps* the network"),
        (STEP.format("(images + epsilon * gradient).clamp(0, 1)"), "forgot the sign"),
        (STEP.format("images + epsilon * gradient.sign()"), "no picture has those"),
        (STEP.format("(images + epsilon * gradient.abs().sign()).clamp(0, 1)"), "no `abs`"),
        (STEP.format("epsilon * gradient.sign()"), "the step alone"),
        (STEP.format("(images + gradient.sign()).clamp(0, 1)"), "Multiply the sign"),
        (STEP.format("images.add_(epsilon * gradient.sign()).clamp(0, 1)"), "that it was given"),
        (STEP.format("images"), "Did you add the step"),
        (STEP.format("(images + 2 * epsilon * gradient.sign()).clamp(0, 1)"), "other images"),
    ],
}
