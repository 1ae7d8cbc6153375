"""Answers to the exercises of notebook 02: wrong ones with their words, and right ones."""

from tests.lessons.wrong_answers import changed

CONVOLVE = """
def convolve_any(image, kernel, stride):
    high, wide = kernel.shape
    rows = (image.shape[0] - high) // stride + 1
    columns = (image.shape[1] - wide) // stride + 1
    answers = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            top, left = row * stride, column * stride
            answers[row, column] = (image[top : top + high, left : left + wide] * kernel).sum()
    return answers
"""
LAYERS = "nn.Sequential(nn.Conv2d(1, 8, 3), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(8, 16, 3), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(400, 64), nn.ReLU(), nn.Linear(64, 10))"
MOVED = """
def moved_by(before, after):
    for k in range(4):
        if torch.allclose(after[:, k:], before[:, : before.shape[1] - k], atol=1e-4):
            return k
    return -1
"""
FITS = "torch.allclose(after[:, k:], before[:, : columns - k], atol=1e-4)"


WRONG = {
    ("02.1", "{}"): {
        "filter_bottom_edge = nn.Conv2d(1, 1, 3)": "should be a tensor, but it is a Conv2d",
        "filter_bottom_edge = torch.tensor([[-1., -1., -1.], [0., 0., 0.], [1., 1., 1.]])": "This filter looks for upper rims",
        "filter_bottom_edge = torch.tensor([[1., 0., -1.], [1., 0., -1.], [1., 0., -1.]])": "This filter looks most for right edges",
        "filter_bottom_edge = torch.tensor([[1., 1., 1.], [0., 0., 0.], [0., 0., 0.]])": "On a patch full of ink, with",
        "filter_bottom_edge = torch.tensor([[1, 1, 1], [0, 0, 0], [-1, -1, -1]]).bool()": "a -1 becomes True",
        "filter_bottom_edge = torch.tensor([[1., 1., 1.], [-1., -1., -1.]])": "The shape should be (3, 3), but",
        "filter_bottom_edge = torch.tensor([[2., 1., 0.], [1., 0., -1.], [0., -1., -2.]])": "Your filter also answers to other edges",
        "filter_bottom_edge = torch.tensor([[0., 0., 0.], [0., 0., 0.], [0., 0., 0.]])": "Your filter answers 0 to every edge",
        "filter_bottom_edge = [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]": "The answer should be a tensor, but",
        "filter_bottom_edge = torch.tensor([[-1.0, 0, 1], [-1, 0, 1], [-1, 0, 1]])": "This filter looks most for left edges",
        "filter_bottom_edge = ...": "There is no answer yet",
        "filter_bottom_edge = torch.tensor([[1.0, 1, 1], [-2, -2, -2], [1, 1, 1]])": "likes an upper rim as much",
        "filter_bottom_edge = torch.tensor([[-1.0, -1, -1], [2, 2, 2], [-1, -1, -1]])": "This filter looks for a thin line",
    },
    ("02.2", "def map_size(size, kernel_size):\n    return {}"): {
        "size - kernel_size": "nothing is halved",
        "(size - kernel_size + 1 - 2) // 2": "You get one too few for some sizes",
        "(size - kernel_size + 1) // 2 // 2": "You make a quarter of it",
        "(size - kernel_size + 1) // 2 + 0 // (kernel_size - 7)": "something is divided by 0",
        "size // 2": "as if the filter could stick out",
        "size - kernel_size + 1": "This is the width before the pooling",
        "(size - kernel_size) // 2": "You get one too few for some sizes",
        "(size - kernel_size + 1) / 2": "5.5 is not a whole number",
        "(size - kernel_size + 2) // 2": "you get one too many: 27 become 13",
        "size // 2 - kernel_size + 1": "You halve the image, not the",
        "(size - 2) // 2": "This is right for filters of 3 pixels only",
        "13": "Your function returns the same for every",
        "round((size - kernel_size + 1) / 2)": "You round half a pixel to an even number",
        "(size - kernel_size - 1) // 2": "You get one too few for some sizes",
        "(kernel_size - size + 1) // 2": "You swapped size and filter",
        "(28 - kernel_size + 1) // 2": "You use an image of 28 pixels",
        "(size - kernel_size + 1) // kernel_size": "Pooling halves, whatever the filter is",
        "((size - kernel_size + 1) // 2) ** 2": "This is the number of pixels",
        "(size - kernel_size + 1) // 4": "2×2 pooling halves the width",
        "str((size - kernel_size + 1) // 2)": "The answer should be one number, but",
        "(size - kernel_size // 2 * 2) // 2": "For even filters you get one too few",
        "(size + 2 * (kernel_size // 2) - kernel_size + 1) // 2": "with padding",
        "math.floor((size - kernel_size + 1) / 2)": "NameError: name 'math' is not define",
    },
    ("02.2", "{}"): {
        """
def map_size(size, kernel_size):
    print((size - kernel_size + 1) // 2)
""": "Your function prints its result and returns",
        """
def map_size(size, kernel_size):
    (size - kernel_size + 1) // 2
""": "Your function returns nothing",
        """
def map_size(size, kernel_size):
    if size % 2 == 0:
        return (size - kernel_size + 1) // 2
""": "With size = 13, kernel_size = 3",
        """
def map_size(size, kernel_size):
    if kernel_size == 3:
        return (size - 2) // 2
    if kernel_size == 5:
        return (size - 4) // 2
""": "With size = 29, kernel_size = 4",
    },
    ("02.3", "def count_weights(inputs, outputs, kernel_size):\n    return {}"): {
        "outputs * (kernel_size**2 * input + 1)": "Is it `inputs` that you mean?",
        "outputs * inputs * kernel_size**2": "4608 numbers and 32 biases: 4640; you say 4608",
        "outputs * inputs * kernel_size**2 + 1": "4640; you say 4609",
        "outputs * (kernel_size**2 + 1)": "You forgot the input channels",
        "outputs * (kernel_size * inputs + 1)": "A filter of 3 pixels has 3×3",
        "outputs * inputs * kernel_size**2 + 2 * outputs": "4640; you say 4672",
        "inputs * (kernel_size**2 * outputs + 1)": "4640; you say 4624",
        "kernel_size**2 * inputs + 1": "These are the weights of one filter",
        "160": "Your function returns the same for every",
        "outputs * inputs * (kernel_size * kernel_size + 1)": "4640; you say 5120",
        "outputs * (3 * 3 * inputs + 1)": "You use 3×3 whatever the filter's size",
        "outputs * (kernel_size * 2 * inputs + 1)": "Twice the size is not its square",
        "outputs * (kernel_size ^ 2 * inputs + 1)": "`^` is no power in Python",
        "(outputs + inputs) * kernel_size**2 + outputs": "You add inputs and outputs",
        "outputs * (kernel_size**2 * inputs - 1)": "4640; you say 4576",
        "outputs * (kernel_size**2 * (inputs + 1))": "4640; you say 4896",
        "outputs * (inputs**2 * kernel_size + 1)": "You square the inputs",
        "outputs * (28 - kernel_size + 1) ** 2": "These are the numbers of the maps",
    },
    ("02.3", "{}"): {
        """
def count_weights(inputs, outputs, kernel_size):
    print(outputs * (kernel_size**2 * inputs + 1))
""": "Your function prints its result and returns",
        """
def count_weights(inputs, outputs, kernel_size):
    return f'{outputs * (kernel_size**2 * inputs + 1):,}'
""": "The answer should be one number, but",
        """
def count_weights(inputs, outputs, kernel_size):
    if inputs == 1:
        return outputs * (kernel_size**2 + 1)
""": "With inputs = 16, outputs = 32",
    },
    (
        "02.7",
        """
def convolve_any(image, kernel, stride):
    high, wide = kernel.shape
    rows = (image.shape[0] - high) // stride + 1
    columns = (image.shape[1] - wide) // stride + 1
    answers = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            patch = image[i * stride : i * stride + high, j * stride : j * stride + wide]
            {}
    return answers
""",
    ): {
        "answers[i, j] = (patch * kernel.flip(0, 1)).sum()": "You turn the filter round",
        "answers[i, j] = (patch * kernel).mean()": "You average the products",
        "answers[i, j] = patch.sum()": "You add up the pixels",
        "answers[i, j] = (patch + kernel).sum()": "You add the filter's numbers to the pixels",
        "answers[i, j] = (patch * kernel).sum().clamp(min=0)": "Numbers below zero are missing",
        "answers[i, j] = (patch * kernel).sum().abs()": "You make all numbers positive",
        "answers[i, j] = (patch * kernel.T).sum()": "rows and columns are swapped",
        "(patch * kernel).sum()": "Your map holds nothing but zeros",
        "answers[i, j] = (image[i : i + high, j : j + wide] * kernel).sum()": "Your map has the right size, but the filter moves by 1",
        "answers[i, j] = (image[:high, :wide] * kernel).sum()": "You always use the same patch",
        "answers[i, j] = (patch @ kernel).sum()": "`@` multiplies matrices",
        "answers[i, j] = (patch * kernel)[-1, -1]": "the product in the lower right corner only",
        "answers[i, j] = (patch * kernel)[:-1, :-1].sum()": "what is not in the last row or column",
        "answers[i, j] = (patch * kernel).sum() + (answers[i, j - 1] if j else i and answers[i - 1, -1])": "Begin anew with each patch",
        "answers[i, j] = (patch * kernel).sum()\n        return answers": "Only the first row of your map",
        "answers[i, j] = (patch * kernel / kernel.sum()).sum()": "You divide by the sum of the filter",
        "answers[i, j] = (patch * kernel).sum().int()": "is cut off in your map",
        "answers[i, j] = (patch * kernel).max()": "Multiply each pixel of the patch",
        "answers[i, j] = (patch * kernel).sum()\n    answers = answers.numpy()": "but it is a NumPy array",
        "answers[i, j] = (patch * kernel).sum()\n    answers = answers.half()": "which keeps few digits",
        "answers[i, j] = (patch * kernel.flip(0, 1)).mean()": "Multiply each pixel of the patch",
        "answers[i, j] = (patch * kernel).sum() * (i + 1 < rows)": "The last row of your map is 0",
        "answers[i, j] = (patch * kernel).sum() * (j + 1 < columns)": "The last column of your map is 0",
        "answers[i, j] = (patch * kernel).sum()\n    answers = [[*row] for row in answers]": "should be a tensor, but it is a list",
        "answers[i, j] = (image[i * stride : i * stride + high, j : j + wide] * kernel).sum()": "by 1 to the right",
        "answers[i, j] = (image[i : i + high, j * stride : j * stride + wide] * kernel).sum()": "by 1 downwards",
    },
    ("02.7", "def convolve_any(image, kernel, stride):\n    {}"): {
        "return torch.nn.functional.conv2d(image[None, None], kernel[None, None], stride=stride)[0, 0]": "Write it yourself here",
        "return (image.unfold(0, len(kernel), stride).unfold(1, kernel.shape[1], stride) * kernel).sum((2, 3))": "Write it yourself here",
        "return image[: len(kernel), : kernel.shape[1]].mul(kernel).sum()": "That is one number",
        "return": "returns nothing",
    },
    ("02.7", "{}"): {
        """
def convolve_any(image, kernel, stride):
    height, width = image.shape[0] - 2, image.shape[1] - 2
    answers = torch.zeros(height, width)
    for row in range(height):
        for column in range(width):
            answers[row, column] = (image[row : row + 3, column : column + 3] * kernel).sum()
    return answers
""": "Has each patch the filter's shape",
        """
def convolve_any(image, kernel, stride):
    high, wide = kernel.shape
    height, width = image.shape[0] - 2, image.shape[1] - 2
    answers = torch.zeros(height, width)
    for row in range(min(height, image.shape[0] - high + 1)):
        for column in range(min(width, image.shape[1] - wide + 1)):
            patch = image[row : row + high, column : column + wide]
            answers[row, column] = (patch * kernel).sum()
    return answers
""": "You take off 2, as for a filter of 3",
        """
def convolve_any(image, kernel, stride):
    high, wide = kernel.shape
    rows, columns = image.shape[0] - high + 1, image.shape[1] - wide + 1
    answers = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            patch = image[row : row + high, column : column + wide]
            answers[row, column] = (patch * kernel).sum()
    return answers
""": "Use the stride",
        changed(
            CONVOLVE,
            ("- high) // stride + 1", "- high + 1) // stride"),
            ("- wide) // stride + 1", "- wide + 1) // stride"),
        ): "First divide, then add 1",
        """
def convolve_any(image, kernel, stride):
    high, wide = kernel.shape
    rows, columns = (image.shape[0] - high) // stride, (image.shape[1] - wide) // stride
    answers = torch.zeros(rows, columns)
    for row in range(rows):
        for column in range(columns):
            top, left = row * stride, column * stride
            answers[row, column] = (image[top : top + high, left : left + wide] * kernel).sum()
    return answers
""": "fits into 8 × 8 at 6 × 6 places",
        changed(
            CONVOLVE, ("range(rows)", "range(rows - 1)"), ("range(columns)", "range(columns - 1)")
        ): "The last row and the last column",
        """
def convolve_any(image, kernel, stride):
    high, wide = kernel.shape
    padded = torch.zeros(image.shape[0] + high - 1, image.shape[1] + wide - 1)
    padded[high // 2 : high // 2 + len(image), wide // 2 : wide // 2 + image.shape[1]] = image
    return torch.stack([
        torch.stack([
            (padded[i : i + high, j : j + wide] * kernel).sum()
            for j in range(0, image.shape[1], stride)
        ])
        for i in range(0, len(image), stride)
    ])
""": "with padding",
        """
def convolve_any(image, kernel, stride):
    high, wide = kernel.shape
    answers = []
    for i in range(0, image.shape[0] - high + 1, stride):
        for j in range(0, image.shape[1] - wide + 1, stride):
            answers.append((image[i : i + high, j : j + wide] * kernel).sum())
    return torch.stack(answers)
""": "These are the numbers in one row",
        """
def convolve_any(image, kernel, stride):
    high, wide = kernel.shape
    answers = []
    for j in range(0, image.shape[1] - wide + 1, stride):
        answers.append([
            (image[i : i + high, j : j + wide] * kernel).sum()
            for i in range(0, image.shape[0] - high + 1, stride)
        ])
    return torch.tensor(answers)
""": "The rows and columns of your map are swapped",
    },
    (
        "02.8",
        """
def pool(feature_map):
    rows, columns = feature_map.shape[0] // 2, feature_map.shape[1] // 2
    result = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            block = feature_map[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
            {}
    return result
""",
    ): {
        "result[i, j] = block.mean()": "You take the mean of each block",
        "result[i, j] = block.max(dim=0)": "take `.values`",
        "result[i, j] = feature_map[2 * j : 2 * j + 2, 2 * i : 2 * i + 2].max()": "a block of yours is empty",
        "result[i, j] = block.max() * (i + 1 < rows)": "The last row of your map is 0",
        "result[i, j] = block.max() * (j + 1 < columns)": "The last column of your map is 0",
        "result[i, j] = block.sum()": "You take the sum of each block",
        "result[i, j] = block.min()": "You take the smallest",
        "result[i, j] = block[0, 0]": "you use the upper left only",
        "result[i, j] = max(0, block.max())": "Of a block of negative numbers",
        "result[i, j] = block.flatten()[block.abs().argmax()]": "farthest from 0",
        "result[i, j] = block.abs().max()": "You leave the signs away",
        "result[i, j] = block[0].max()": "the upper left and upper right only",
        "result[i, j] = block[:, 0].max()": "the upper left and lower left only",
        "result[i, j] = torch.maximum(block[0, 0], block[1, 1])": "the upper left and lower right only",
        "result[i, j] = feature_map[i : i + 2, j : j + 2].max()": "Your blocks overlap",
        "block.max()": "nothing but zeros",
        "result[i, j] = max(block.max(), -100)": "do you begin with 0, or with another number",
        "result[i, j] = feature_map[2 * i : 2 * i + 3, 2 * j : 2 * j + 3].max()": "Your blocks have 3 rows",
        "result[i, j] = block.flatten()[:3].max()": "lower left only",
        "result[i, j] = block.max() if i < rows - 1 and j < columns - 1 else 0": "the loops end too early",
        "result[i, j] = block.median()": "the largest of the four numbers is",
    },
    ("02.8", "def pool(feature_map):\n    {}"): {
        "return torch.nn.functional.max_pool2d(feature_map[None], 2)[0]": "Write it yourself here",
        "return nn.MaxPool2d(2)(feature_map[None])[0]": "Write it yourself here",
        "return torch.nn.functional.max_pool2d_with_indices(feature_map[None], 2)[0][0]": "Write it yourself here",
        "return torch.maximum(feature_map[0::2], feature_map[1::2])": "You compare rows only",
        "return torch.maximum(feature_map[:, 0::2], feature_map[:, 1::2])": "You compare columns only",
        "return torch.stack([feature_map[i : i + 2, j : j + 2].max() for i in range(0, len(feature_map) - 1, 2) for j in range(0, feature_map.shape[1] - 1, 2)])": "These are the numbers in one row",
        "return torch.tensor([[feature_map[i : i + 2, j : j + 2].max() for j in range(0, feature_map.shape[1], 2)] for i in range(0, len(feature_map), 2)])": "An odd row or column",
        "return torch.tensor([[feature_map[i : i + 2, j : j + 2].max() for j in range(feature_map.shape[1] - 1)] for i in range(len(feature_map) - 1)])": "Your blocks overlap",
        "return torch.tensor([[feature_map[i - 1 : i + 1, j - 1 : j + 1].max() for j in range(feature_map.shape[1] - 1, 0, -2)][::-1] for i in range(len(feature_map) - 1, 0, -2)][::-1])": "You leave out the first row and column",
        "return feature_map.reshape(len(feature_map) // 2, 2, -1, 2).amax((1, 3))": "an odd number is left out: ",
        "return feature_map.max()": "That is one number",
        "rows, columns = feature_map.shape[0] // 2, feature_map.shape[1] // 2\n    return feature_map[: 2 * rows, : 2 * columns].reshape(rows, columns, 4).amax(2)": "You take others together",
        "feature_map[feature_map < 0] = 0\n    return feature_map": "changes `feature_map`",
    },
    (
        "02.9",
        """
mended = nn.Sequential(
    nn.Conv2d({}, kernel_size=3),
    nn.MaxPool2d(2),
    nn.ReLU(),
    nn.Flatten(),
)
""",
    ): {"1, 8": "As layer 4 you have Flatten, where the program has Conv2d"},
    (
        "02.9",
        """
first, second, linear, last = {}
mended = nn.Sequential(
    nn.Conv2d(*first, kernel_size=3), nn.MaxPool2d(2), nn.ReLU(),
    nn.Conv2d(*second, kernel_size=3), nn.MaxPool2d(2), nn.ReLU(),
    nn.Flatten(), nn.Linear(*linear), nn.ReLU(), nn.Linear(*last),
)
""",
    ): {
        "(3, 8), (8, 16), (400, 64), (64, 10)": "3 of the 4 mistakes are mended. The images have 1 channel",
        "(3, 8), (16, 16), (576, 64), (64, 10)": "1 of the 4 mistakes are mended",
        "(1, 8), (16, 16), (400, 64), (64, 10)": "The first convolution makes 8 maps, but the second expects 16",
        "(1, 16), (16, 16), (400, 64), (64, 10)": "The first convolution's filters were 8",
        "(1, 8), (8, 16), (576, 64), (64, 10)": "It is still made for 32×32 pixels",
        "(1, 8), (8, 16), (784, 64), (64, 10)": "It would fit with padding",
        "(1, 8), (8, 16), (16 * 11 * 11, 64), (64, 10)": "It would fit without the second pooling",
        "(1, 8), (8, 16), (25, 64), (64, 10)": "That is one map, and there are 16",
        "(1, 8), (8, 16), (16 * 26 * 26, 64), (64, 10)": "which is not what it gets. Go from 28",
        "(1, 8), (8, 16), (400, 128), (128, 10)": "The hidden numbers were 64",
        "(1, 8), (8, 16), (400, 64), (64, 16)": "The logits were 10",
        "(1, 8), (8, 32), (800, 64), (64, 10)": "The second convolution's filters were 16",
    },
    (
        "02.9",
        """
mended = nn.Sequential(
    nn.Conv2d(1, 8, kernel_size=3), nn.MaxPool2d(2), nn.ReLU(),
    nn.Conv2d(8, 16, kernel_size=3), nn.MaxPool2d(2), nn.ReLU(),
    nn.Flatten(), nn.Linear(400, 64), nn.ReLU(), nn.Linear(64, 10), {}
)
""",
    ): {
        "nn.Softmax(dim=1)": "3 of the 4 mistakes are mended. The last layer, Softmax, gives no error",
        "nn.LogSoftmax(dim=1)": "The last layer, LogSoftmax, gives no error",
        "nn.ReLU()": "should end with the last linear layer",
    },
    ("02.9", "mended = {}"): {
        "lambda images: images": "`nn.Sequential`, but it is a function.",
        changed(LAYERS, ("400, 64", "400, 64, bias=False")): "Both linear layers had a bias",
        changed(
            LAYERS, ("1, 8, 3", "1, 8, 3, padding=1"), ("400", "576")
        ): "this is none of them: `Conv2d` had",
        changed(
            LAYERS,
            ("MaxPool2d(2), nn.ReLU(), nn.Conv", "MaxPool2d(4), nn.ReLU(), nn.Conv"),
            ("400", "64"),
        ): "this is none of them: `MaxPool2d` had",
        "nn.Linear(784, 10)": "should be an `nn.Sequential`, but it is a Linear",
        "[nn.Conv2d(1, 8, 3)]": "should be an `nn.Sequential`, but it is a list",
        "nn.Sequential()": "has no layers",
        "nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 64), nn.ReLU(), nn.Linear(64, 10))": "As layer 2 you have ReLU",
    },
    (
        "02.10",
        """
def moved_by(before, after):
    columns = before.shape[1]
    for k in range(4):
        if {}:
            return k
    return -1
""",
    ): {
        "torch.allclose(before[:, k:], after[:, : columns - k], atol=1e-4)": "You look for a move to the left",
        "torch.allclose(after[k:], before[: len(before) - k], atol=1e-4)": "You look for a move downwards",
        "torch.allclose(after, before.roll(k, 1), atol=1e-4)": "as `roll` does",
        "torch.equal(after[:, k:], before[:, : columns - k])": "Nearly equal numbers count as equal",
        changed(FITS, (", atol=1e-4", "")): "Nearly equal numbers count as equal",
        changed(FITS, ("1e-4", "0.01")): "A difference of 0.0003 is too large",
        "(after[:, k:] - before[:, : columns - k]).max() < 1e-4": "Differences below zero count as small",
        "(abs(after[:, k:] - before[:, : columns - k]) < 1e-4).any()": "It is enough for you if one number fits",
        "abs(after[:, k:].sum() - before[:, : columns - k].sum()) < 1e-4": "as if you add up or average",
        f"{FITS} and not after[:, :k].any()": "You expect zeros",
        changed(FITS, (": columns - k", ":-k")): "as many columns as `before[:, : columns - k]`",
        changed(FITS, ("1e-4", "1e-3")): "A difference of 0.0003",
        changed(
            FITS, ("k:]", "k:5]"), ("columns", "5")
        ): "maps also fit if some of the numbers differ",
        "torch.allclose(after[:1, k:], before[:1, : columns - k], atol=1e-4)": "maps also fit if some of the numbers differ",
        f"k and {FITS}": "You leave out 0",
        "abs(after[:, k:] - before[:, : columns - k]).mean() < 1e-4": "as if you add up or average",
        "torch.allclose(after[:, k:].sum(0), before[:, : columns - k].sum(0), atol=1e-4)": "as if you add up or average",
        "torch.allclose(after[:, k:].sum(1), before[:, : columns - k].sum(1), atol=1e-4)": "as if you add up or average",
        "abs(after[:, k:] - before[:, : columns - k]).median() < 1e-4": "if some of the numbers differ",
    },
    (
        "02.10",
        """
def moved_by(before, after):
    columns = before.shape[1]
    {}
""",
    ): {
        f"return max([k for k in range(4) if {FITS}], default=-1)": "You return the largest",
        f"return min([k for k in range(4) if {FITS}], default=0)": "You return another number",
        f"return next((k for k in range(3) if {FITS}), -1)": "You try 0, 1 and 2",
        f"return next((k for k in range(5) if {FITS}), -1)": "You try 4, too",
        "return after.argmax().item() % columns - before.argmax().item() % columns": "For two maps of the shape",
        "return 0 if torch.allclose(after, before, atol=1e-4) else -1": "You look at 0 only",
        "return 2": "the same for every input",
        "off = [abs(after[:, k:] - before[:, : columns - k]).max() for k in range(4)]\n    return off.index(min(off)) if min(off) < 1e-4 else -1": "You return the `k` that fits best",
        f"return [k for k in range(4) if {FITS}]": "should be one number",
    },
    ("02.10", "{}"): {
        changed(MOVED, ("return k", "return k or -1")): "If 0 fits, return 0",
        changed(MOVED, ("return -1", "return 4")): "`k` is from 0 to 3, or -1 if none",
        changed(
            MOVED, ("    return -1", "        return -1")
        ): "You look at 0 only. Is the `return -1` inside",
        changed(MOVED, ("    return -1\n", "")): "Each way through an `if`",
        changed(
            MOVED, ("return k\n    return -1\n", "print(k)\n            break\n")
        ): "`return` instead of `print`",
    },
}

RIGHT = {
    "02.1": [
        "filter_bottom_edge = torch.tensor([[1, 1, 1], [0, 0, 0], [-1, -1, -1]])",
        "filter_bottom_edge = -torch.tensor([[-1.0, -1.0, -1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])",
        """
filter_top_edge = torch.tensor([[-1.0, -1.0, -1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
filter_bottom_edge = filter_top_edge.flip(0)
""",
        """
filter_bottom_edge = torch.zeros(3, 3)
filter_bottom_edge[0] = 1
filter_bottom_edge[2] = -1
""",
        "filter_bottom_edge = torch.linspace(1, -1, 3, dtype=torch.float64)[:, None].repeat(1, 3)",
        "filter_bottom_edge = torch.tensor([1.0, 0, -1]).unsqueeze(1).expand(3, 3)",
        """
import numpy
filter_bottom_edge = torch.from_numpy(numpy.outer([1, 0, -1], numpy.ones(3)))
""",
        "filter_bottom_edge = torch.tensor([[1.0, 0.0, -1.0]] * 3).T",
        """
def edge(above, middle, below):
    return torch.tensor([[float(n)] * 3 for n in (above, middle, below)])

filter_bottom_edge = edge(1, 0, -1)
""",
        "filter_bottom_edge = torch.stack([torch.ones(3), torch.zeros(3), -torch.ones(3)])",
    ],
    "02.2": [
        """
def map_size(size, kernel_size):
    return int((size - kernel_size + 1) / 2)
""",
        """
def map_size(size, kernel_size):
    after_convolution = size - (kernel_size - 1)
    after_pooling = after_convolution // 2
    return after_pooling
""",
        "map_size = lambda size, kernel_size: (size - kernel_size + 1) // 2",
        """
def map_size(size, kernel_size):
    return len(range(0, size - kernel_size + 1)) // 2
""",
        """
def map_size(size, kernel_size):
    places = 0
    start = 0
    while start + kernel_size <= size:
        places += 1
        start += 1
    return places // 2
""",
        """
def map_size(size, kernel_size):
    image = torch.zeros(1, 1, size, size)
    layers = nn.Sequential(nn.Conv2d(1, 1, kernel_size), nn.MaxPool2d(2))
    return layers(image).shape[-1]
""",
        """
def convolution(size, kernel_size):
    return size - kernel_size + 1

def pooling(size):
    return size // 2

def map_size(size, kernel_size):
    return pooling(convolution(size, kernel_size))
""",
        """
def map_size(size, kernel_size):
    width = size - kernel_size + 1
    if width % 2 == 1:
        width = width - 1
    return int(width / 2)
""",
        """
def map_size(size, kernel_size):
    return divmod(size - kernel_size + 1, 2)[0]
""",
    ],
    "02.3": [
        """
def count_weights(inputs, outputs, kernel_size):
    return inputs * outputs * kernel_size**2 + outputs
""",
        """
def count_weights(inputs, outputs, kernel_size):
    one_filter = kernel_size * kernel_size * inputs
    bias = 1
    return outputs * (one_filter + bias)
""",
        "count_weights = lambda inputs, outputs, kernel_size: outputs * (inputs * kernel_size**2 + 1)",
        """
def count_weights(inputs, outputs, kernel_size):
    layer = nn.Conv2d(inputs, outputs, kernel_size)
    return sum(p.numel() for p in layer.parameters())
""",
        """
def count_weights(inputs, outputs, kernel_size):
    total = 0
    for _ in range(outputs):
        for _ in range(inputs):
            total += kernel_size * kernel_size
        total += 1
    return total
""",
        """
def count_weights(inputs, outputs, kernel_size):
    layer = nn.Conv2d(inputs, outputs, kernel_size)
    return layer.weight.numel() + layer.bias.numel()
""",
        """
def one_filter(channels, width):
    return channels * width * width + 1

def count_weights(inputs, outputs, kernel_size):
    return sum(one_filter(inputs, kernel_size) for _ in range(outputs))
""",
        """
def count_weights(inputs, outputs, kernel_size):
    return torch.zeros(outputs, inputs, kernel_size, kernel_size).numel() + outputs
""",
    ],
    "02.7": [
        """
def convolve_any(image, kernel, stride):
    high, wide = kernel.shape
    return torch.tensor([
        [(image[i : i + high, j : j + wide] * kernel).sum() for j in range(0, image.shape[1] - wide + 1, stride)]
        for i in range(0, image.shape[0] - high + 1, stride)
    ])
""",
        """
def convolve_any(image, kernel, stride):
    rows, columns = image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1
    answers = torch.zeros(rows, columns)
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            answers += kernel[i, j] * image[i : i + rows, j : j + columns]
    return answers[::stride, ::stride]
""",
        """
import numpy
def convolve_any(image, kernel, stride):
    windows = numpy.lib.stride_tricks.sliding_window_view(image.numpy(), tuple(kernel.shape))
    return torch.from_numpy((windows[::stride, ::stride] * kernel.numpy()).sum(axis=(2, 3)))
""",
        """
def convolve_any(image, kernel, stride):
    answers = []
    top = 0
    while top + kernel.shape[0] <= image.shape[0]:
        row, left = [], 0
        while left + kernel.shape[1] <= image.shape[1]:
            total = 0.0
            for i in range(kernel.shape[0]):
                for j in range(kernel.shape[1]):
                    total += float(image[top + i, left + j]) * float(kernel[i, j])
            row.append(total)
            left += stride
        answers.append(row)
        top += stride
    return torch.tensor(answers)
""",
        """
from math import ceil
def convolve_any(image, kernel, stride):
    high, wide = kernel.shape
    rows, columns = ceil((image.shape[0] - high + 1) / stride), ceil((image.shape[1] - wide + 1) / stride)
    answers = torch.empty((rows, columns), dtype=torch.float64)
    for place in range(rows * columns):
        i, j = divmod(place, columns)
        patch = image[stride * i :, stride * j :][:high, :wide]
        answers[i, j] = torch.sum(patch * kernel)
    return answers
""",
        """
def convolve_any(image, kernel, stride):
    high, wide = kernel.shape
    rows = []
    for i in range(0, len(image) - high + 1, stride):
        row = [torch.dot(image[i : i + high, j : j + wide].flatten(), kernel.flatten())
               for j in range(0, image.shape[1] - wide + 1, stride)]
        rows.append(torch.stack(row))
    return torch.stack(rows)
""",
    ],
    "02.8": [
        """
def pool(feature_map):
    even = feature_map[: len(feature_map) // 2 * 2, : feature_map.shape[1] // 2 * 2]
    rows = torch.maximum(even[0::2], even[1::2])
    return torch.maximum(rows[:, 0::2], rows[:, 1::2])
""",
        """
def pool(feature_map):
    rows, columns = (size // 2 for size in feature_map.shape)
    return feature_map[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2).amax(dim=(1, 3))
""",
        """
def pool(feature_map):
    result = []
    for i in range(0, feature_map.shape[0] - 1, 2):
        row = []
        for j in range(0, feature_map.shape[1] - 1, 2):
            row.append(max(feature_map[i, j], feature_map[i, j + 1], feature_map[i + 1, j], feature_map[i + 1, j + 1]))
        result.append(row)
    return torch.tensor(result)
""",
        """
def pool(feature_map):
    result = torch.full((feature_map.shape[0] // 2, feature_map.shape[1] // 2), -float("inf"))
    for i in range(result.shape[0]):
        for j in range(result.shape[1]):
            for number in feature_map[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].flatten():
                if number > result[i, j]:
                    result[i, j] = number
    return result
""",
        """
import numpy
def pool(feature_map):
    m = feature_map.numpy()
    m = m[: m.shape[0] - m.shape[0] % 2, : m.shape[1] - m.shape[1] % 2]
    corners = [m[i::2, j::2] for i in (0, 1) for j in (0, 1)]
    return torch.from_numpy(numpy.max(corners, axis=0))
""",
        """
def pool(feature_map):
    return feature_map.unfold(0, 2, 2).unfold(1, 2, 2).flatten(2).max(dim=2).values
""",
    ],
    "02.9": [
        "mended = " + LAYERS,
        """
mended = nn.Sequential(
    nn.Conv2d(1, 8, kernel_size=(3, 3)), nn.MaxPool2d((2, 2), stride=2), nn.ReLU(inplace=True),
    nn.Conv2d(8, 16, kernel_size=3, stride=1), nn.MaxPool2d(kernel_size=2), nn.ReLU(),
    nn.Flatten(start_dim=1), nn.Linear(5 * 5 * 16, 64), nn.ReLU(), nn.Linear(64, 10),
)
""",
        """
features = nn.Sequential(
    nn.Conv2d(1, 8, 3), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(8, 16, 3), nn.MaxPool2d(2), nn.ReLU(),
)
classifier = nn.Sequential(nn.Flatten(), nn.Linear(400, 64), nn.ReLU(), nn.Linear(64, 10))
mended = nn.Sequential(features, classifier)
""",
        """
mended = nn.Sequential(
    nn.Conv2d(1, 8, 3), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(8, 16, 3), nn.MaxPool2d(2), nn.ReLU(),
    nn.Flatten(), nn.LazyLinear(64), nn.ReLU(), nn.Linear(64, 10),
)
""",
        """
side = ((28 - 2) // 2 - 2) // 2
layers = []
for inputs, outputs in ((1, 8), (8, 16)):
    layers += [nn.Conv2d(inputs, outputs, kernel_size=3), nn.MaxPool2d(2), nn.ReLU()]
layers += [nn.Flatten(), nn.Linear(16 * side * side, 64), nn.ReLU(), nn.Linear(64, 10)]
mended = nn.Sequential(*layers)
""",
        """
from collections import OrderedDict
mended = nn.Sequential(OrderedDict(
    a=nn.LazyConv2d(8, 3), b=nn.MaxPool2d(2), c=nn.ReLU(), d=nn.LazyConv2d(16, 3), e=nn.MaxPool2d(2),
    f=nn.ReLU(), g=nn.Flatten(), h=nn.LazyLinear(64), i=nn.ReLU(), j=nn.LazyLinear(10),
))
mended.double()
""",
        """
mended = nn.Sequential(
    nn.Conv2d(3, 8, kernel_size=3), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(16, 16, kernel_size=3),
    nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(16 * 6 * 6, 64), nn.ReLU(),
    nn.Linear(64, 10), nn.Softmax(dim=1),
)
mended[0], mended[3], mended[7] = nn.Conv2d(1, 8, 3), nn.Conv2d(8, 16, 3), nn.Linear(400, 64)
mended = mended[:-1]
""",
    ],
    "02.10": [
        """
def moved_by(before, after):
    for k in range(4):
        difference = after[:, k:] - before[:, : before.shape[1] - k]
        if difference.abs().max() < 1e-4:
            return k
    return -1
""",
        """
def moved_by(before, after):
    width = before.shape[1]
    fits = [k for k in range(4) if torch.allclose(after[:, k:], before[:, : width - k], rtol=0, atol=1e-4)]
    return fits[0] if fits else -1
""",
        """
def moved_by(before, after):
    if torch.allclose(after, before, atol=1e-4):
        return 0
    for k in (1, 2, 3):
        if torch.allclose(after[:, k:], before[:, :-k], atol=1e-4):
            return k
    return -1
""",
        """
import numpy
def moved_by(before, after):
    a, b = after.numpy(), before.numpy()
    return next((k for k in range(4) if numpy.allclose(a[:, k:], b[:, : b.shape[1] - k], atol=1e-4)), -1)
""",
        """
def moved_by(before, after):
    rows, columns = before.shape
    k = 0
    while k < 4:
        same = True
        for row in range(rows):
            for column in range(k, columns):
                if abs(after[row, column] - before[row, column - k]) >= 1e-4:
                    same = False
        if same:
            return k
        k += 1
    return -1
""",
        """
def moved_by(before, after):
    answer = -1
    for k in (3, 2, 1, 0):
        if torch.allclose(before.roll(k, dims=1)[:, k:], after[:, k:], atol=1e-4):
            answer = torch.tensor(k)
    return answer
""",
    ],
}
