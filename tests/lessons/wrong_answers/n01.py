"""Answers to the exercises of notebook 01: wrong ones with their words, and right ones."""

WRONG = {
    ("01.1", "def ink_fraction(images):\n    return {}"): {
        "(images <= 127).float().mean()": "This is the fraction of paper",
        "(images < 127).float().mean()": "You count what is below 127",
        "(images > 127).sum()": "This is how many pixels are ink",
        "(images > 0).float().mean()": "You count every pixel with a trace",
        "images.float().mean() / 255": "This is the mean grey",
        "images.float().mean()": "This is the mean of the pixels",
        "(images >= 127).float().mean()": "You count 127 as ink, but it",
        "100 * (images > 127).float().mean()": "This is a percentage",
        "images > 127": "The answer should be one number, but",
        "(images > 127).mean()": "RuntimeError: mean(): could not infer o",
        "0.19": "Your function returns the same for every",
        "(images > 128).float().mean().item()": "You leave out 128, which is ink",
        "(images > 127).sum().item() / len(images)": "You divide by the number of images",
        "(images > 127).sum().item() / (28 * 28)": "You divide by the pixels of one",
        "round((images > 127).float().mean().item(), 1)": "You round",
        "(images[0] > 127).float().mean().item()": "You look at the first image only",
        "(images.to(torch.int8) > 127).float().mean().item()": "It is 0 each time",
        "(images > 127).sum().item() / (5 * 28 * 28)": "For 20 fresh images the fraction is",
        "(images > images.float().mean()).float().mean().item()": "Your limit is the mean of these",
    },
    ("01.1", "{}"): {
        """
def ink_fraction(images):
    (images > 127).float().mean()
""": "Your function returns nothing",
        "ink_fraction = 0.2": "This should be a function, but it",
        """
def ink_fraction(images):
    print((images > 127).float().mean().item())
""": "Your function prints its result and returns",
        """
def ink_fraction(images):
    images[images <= 127] = 0
    images[images > 127] = 1
    return images.float().mean().item()
""": "Your function changes `images`, which belongs to",
        """
def ink_fraction(images):
    ink = (images > 127).sum().item()
    return ink / (images.numel() - ink)
""": "You divide ink by paper",
        """
def ink_fraction(images):
    shown = images[images > 0]
    return (shown > 127).float().mean().item()
""": "You divide by the pixels that are",
        """
def ink_fraction(images):
    ink = (images > 127).to(torch.uint8).sum(dtype=torch.uint8)
    return ink.item() / images.numel()
""": "You count in bytes (uint8), which begin",
        """
def ink_fraction(images):
    if images.max() > 127:
        return (images > 127).float().mean().item()
""": "With one of the check's inputs your",
    },
    ("01.2", "def always_the_same(labels):\n    return {}"): {
        "torch.bincount(labels).argmax()": "This is the most frequent digit",
        "torch.bincount(labels).max()": "This is how often the digit occurs",
        "0.1": "A tenth is right only if all",
        "torch.bincount(labels).min() / len(labels)": "You count the rarest digit",
        "torch.bincount(labels)": "The answer should be one number, but",
        "(torch.bincount(labels).max() / 10).item()": "You divide by the number of digits",
        "(labels == 1).float().mean().item()": "You always name the 1",
        "(labels == labels[0]).float().mean().item()": "You name the first label",
        "(labels == 7).float().mean().item()": "You always name the 7",
        "100 * (torch.bincount(labels).max() / len(labels)).item()": "This is a percentage",
        "(torch.bincount(labels)[1:].max() / len(labels)).item()": "You leave out the 0, which may",
        "(torch.bincount(labels)[:9].max() / len(labels)).item()": "You leave out the 9, which may",
        "1 - (torch.bincount(labels).max() / len(labels)).item()": "This is how often it is wrong",
        "round((torch.bincount(labels).max() / len(labels)).item(), 2)": "You round",
        "(torch.bincount(labels).max() // len(labels)).item()": "It is 0 each time",
        "labels.max().item() / len(labels)": "This is the largest digit, divided by",
        "(labels == labels.float().mean().round()).float().mean().item()": "You name the mean or the median",
        "(labels == labels.median()).float().mean().item()": "You name the mean or the median",
        "np.bincount(labels).max() / len(labels)": "NameError: name 'np' is not defined.",
        "(torch.bincount(labels).max() / 60_000).item()": "You divide by 60,000",
        "(torch.bincount(labels).sort().values[-2] / len(labels)).item()": "This is the second most frequent digit",
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
    ("01.3", "def own_normalize(images):\n    return {}"): {
        "((images.float() - MEAN) / STD).unsqueeze(-3)": "You forgot to divide by 255",
        "(images.float() / 255 - MEAN) / STD": "The shape should be (",
        "((images / 255 - MEAN) / STD)[None]": "The shape should be (",
        "(images / 255 - MEAN).unsqueeze(-3)": "You forgot to divide by the standard",
        "(images / 255 / STD).unsqueeze(-3)": "You forgot to subtract the mean, `MEAN`",
        "(images / 255).unsqueeze(-3)": "You stop at the fractions",
        "(images / 255 - MEAN / STD).unsqueeze(-3)": "You divide only `MEAN` by `STD`",
        "((images / 255 - MEAN) * STD).unsqueeze(-3)": "You multiply with `STD`",
        "images.tolist()": "The answer should be a tensor, but",
        "((images.float() / 255 - STD) / MEAN).unsqueeze(-3)": "You swapped `MEAN` and `STD`",
        "((images.float() / 255 + MEAN) / STD).unsqueeze(-3)": "You add `MEAN`",
        "((images.float() / 256 - MEAN) / STD).unsqueeze(-3)": "You divide by 256",
        "((images // 255 - MEAN) / STD).unsqueeze(-3)": "`//` throws the greys away",
        "((images.float() / 255 - MEAN) / STD).unsqueeze(0)": "The shape should be (",
        "((images.float() / images.max() - MEAN) / STD).unsqueeze(-3)": "You divide by the darkest pixel of",
        "((images.float() / 255 - 0.5) / 0.5).unsqueeze(-3)": "You take 0.5 for the mean and",
        "(((images.float() / 255 - MEAN) / STD).unsqueeze(-3)).clamp(0, 1)": "You cut off what is below 0",
        "((1 - images.float() / 255 - MEAN) / STD).unsqueeze(-3)": "You turned ink and paper over",
        "((images.float() / 255 - MEAN) / STD).unsqueeze(-3).to(torch.uint8)": "Your tensor has the type torch.uint8, which",
        "((images.float() / 255 - MEAN) / STD**2).unsqueeze(-3)": "You divide by `STD` squared",
        "((images.float() / 255 - MEAN) / STD).view(5, 1, 28, 28)": "RuntimeError: shape '[5, 1, 28, 28]' is",
        "((images.float() / 255 - MEAN) / STD).round(decimals=1).unsqueeze(-3)": "You round",
        "((images.float() / 255 - MEAN) / STD).transpose(1, 2).unsqueeze(1)": "Your rows and columns are swapped",
        "((images.to(torch.int8).float() / 255 - MEAN) / STD).unsqueeze(-3)": "A byte with a sign (int8) ends",
    },
    ("01.3", "{}"): {
        """
def own_normalize(images):
    fractions = images.float() / 255
    return ((fractions - fractions.mean()) / fractions.std()).unsqueeze(-3)
""": "You take the mean and the standard",
        """
def own_normalize(images):
    images = images - MEAN
    images = images / STD
    return (images / 255).unsqueeze(-3)
""": "The order is wrong",
        """
def own_normalize(images):
    x = images.float()
    x = x / 255
    x = (x - MEAN) / STD
    x.unsqueeze(-3)
    return x
""": "The shape should be (",
        """
def own_normalize(images):
    x = images.float() / 255
    x = (x - MEAN) / STD
    x = x.unsqueeze(-3)
""": "Your function returns nothing",
        """
def own_normalize(images):
    images /= 255
    images -= MEAN
    images /= STD
    return images.unsqueeze(-3)
""": "RuntimeError: result type Float can't b",
        """
def own_normalize(images):
    result = ((images.float() / 255 - MEAN) / STD).unsqueeze(-3)
    images[:] = 0
    return result
""": "Your function changes `images`, which belongs to",
    },
    ("01.4", "{}"): {
        """
def mean_images(images, labels):
    pixels = images.float()
    return pixels.mean(dim=0)
""": "The shape should be (10, 28, 28)",
        """
def mean_images(images, labels):
    pixels = images.float()
    return [pixels[labels == d].mean(dim=0) for d in range(10)]
""": "The answer should be a tensor, but",
        """
def mean_images(images, labels):
    pixels = images.float()
    return torch.stack([pixels[labels == d].mean() for d in range(10)])
""": "The shape should be (10, 28, 28)",
        """
def mean_images(images, labels):
    pixels = images.float()
    return torch.stack([pixels[labels == d].sum(dim=0) for d in range(10)])
""": "You add up the images of each",
        """
def mean_images(images, labels):
    pixels = images.float()
    return torch.stack([images[labels == d].mean(dim=0) for d in range(10)])
""": "RuntimeError: mean(): could not infer o",
        """
def mean_images(images, labels):
    pixels = images.float()
    return torch.stack([pixels.mean(dim=0) for d in range(10)])
""": "Each of your ten images is the",
        """
def mean_images(images, labels):
    result = torch.zeros(10, 28, 28)
    for digit in range(10):
        result[digit] = images[digit].float()
    return result
""": "These are the first ten images",
        """
def mean_images(images, labels):
    result = torch.zeros(10, 28, 28)
    for image, label in zip(images, labels):
        result[label] = (result[label] + image) / 2
    return result
""": "A later image counts more than an",
        """
def mean_images(images, labels):
    result = torch.zeros(10, 28, 28)
    for image, label in zip(images, labels):
        result[label] += image / len(images)
    return result
""": "You divide by the number of all",
        """
def mean_images(images, labels):
    result = torch.zeros(10, 28, 28)
    for image, label in zip(images, labels):
        result[label] += image
    return result / (len(images) / 10)
""": "You divide by a tenth of all",
        """
def mean_images(images, labels):
    result = torch.zeros(10, 28, 28, dtype=torch.uint8)
    for image, label in zip(images, labels):
        result[label] += image
    return result.float() / torch.bincount(labels, minlength=10)[:, None, None]
""": "A byte (uint8) begins at 0 again",
        """
def mean_images(images, labels):
    print(torch.stack([images[labels == d].float().mean(dim=0) for d in range(10)]))
""": "Your function prints its result and returns",
        """
def mean_images(images, labels):
    for i in range(len(images)):
        images[i] = images[i] // 2 * 2
    return torch.stack([images[labels == d].float().mean(dim=0) for d in range(10)])
""": "Your function changes `images`, which belongs to",
    },
    ("01.4", "def mean_images(images, labels):\n    return {}"): {
        "torch.stack([images[labels == d].float().mean(dim=0) / 255 for d in range(10)])": "You divide by 255",
        "torch.stack([images[labels == d].float().mean(dim=0) for d in (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)])": "The digits are in a wrong order",
        "torch.stack([images[labels == d].float().median(dim=0).values for d in range(10)])": "This is the median",
        "torch.stack([images[labels == d].float().mean(dim=0).round() for d in range(10)])": "You round",
        "torch.stack([images[labels == d].float().mean(dim=0).to(torch.uint8) for d in range(10)])": "Your tensor has the type torch.uint8, which",
        "torch.stack([images[labels == d].float().mean(dim=0).T for d in range(10)])": "Your rows and columns are swapped",
        "torch.stack([255 - images[labels == d].float().mean(dim=0) for d in range(10)])": "You turned ink and paper over",
        "torch.stack([images[labels != d].float().mean(dim=0) for d in range(10)])": "These are the means of all *other*",
        "torch.stack([(images[labels == d] > 127).float().mean(dim=0) * 255 for d in range(10)])": "You make each pixel black or white",
        "torch.stack([images[labels == d][:5].float().mean(dim=0) for d in range(10)])": "You use the first five images of",
    },
    ("01.5", "{}"): {
        """
def nearest(images, means):
    distances = torch.cdist(images.float().flatten(1), means.flatten(1))
    return distances.argmax(dim=1)
""": "You name the digit that is farthest",
        """
def nearest(images, means):
    distances = torch.cdist(images.float().flatten(1), means.flatten(1))
    return distances.argmin(dim=0)
""": "The shape should be (50,), but it",
        """
def nearest(images, means):
    distances = torch.cdist(images.float().flatten(1), means.flatten(1))
    return distances.argmin()
""": "The shape should be (50,), but it",
        """
def nearest(images, means):
    distances = torch.cdist(images.float().flatten(1), means.flatten(1))
    return distances.min(dim=1).values
""": "These are the smallest distances",
        """
def nearest(images, means):
    distances = torch.cdist(images.float().flatten(1), means.flatten(1))
    return (images.float().flatten(1) @ means.flatten(1).T).argmax(dim=1)
""": "You take the product, which prefers much",
        """
def nearest(images, means):
    rows = images.float().flatten(start_dim=1)
    return torch.cdist(rows, means.flatten(start_dim=1), p=1).argmin(dim=1)
""": "You add up the differences as they",
        """
def nearest(images, means):
    rows = images.float().flatten(start_dim=1)
    return torch.cdist(rows, means.flatten(start_dim=1), p=float("inf")).argmin(dim=1)
""": "You take the largest single difference",
        """
def nearest(images, means):
    x = torch.nn.functional.normalize(images.float().flatten(1), dim=1)
    m = torch.nn.functional.normalize(means.flatten(1), dim=1)
    return (x @ m.T).argmax(dim=1)
""": "You compare the angles (cosine)",
        """
def nearest(images, means):
    rows = images.float().flatten(start_dim=1)
    return torch.cdist(rows, means.flatten(start_dim=1)).argmin(dim=1) + 1
""": "You count the digits from 1",
        """
def nearest(images, means):
    rows = images.float().flatten(start_dim=1)
    return torch.cdist(rows, means[:9].flatten(start_dim=1)).argmin(dim=1)
""": "Your function never names the 9",
        """
def nearest(images, means):
    rows = images.float().flatten(start_dim=1)
    return torch.cdist(rows, means[1:].flatten(start_dim=1)).argmin(dim=1)
""": "You leave out the mean image of",
        """
def nearest(images, means):
    rows = images.flatten(start_dim=1)
    return torch.cdist(rows, means.flatten(start_dim=1)).argmin(dim=1)
""": "RuntimeError: cdist only supports float",
        """
def nearest(images, means):
    rows = images.float().flatten(start_dim=1)
    return [str(d.item()) for d in torch.cdist(rows, means.flatten(start_dim=1)).argmin(dim=1)]
""": "The answer should be numbers in rows",
        """
def nearest(images, means):
    rows = (images.float() / 255).flatten(start_dim=1)
    return torch.cdist(rows, means.flatten(start_dim=1)).argmin(dim=1)
""": "You divide the images by 255, but",
        """
def nearest(images, means):
    rows = (images > 127).float().flatten(start_dim=1) * 255
    return torch.cdist(rows, means.flatten(start_dim=1)).argmin(dim=1)
""": "You make the images black or white",
        """
def nearest(images, means):
    x = images.float().mean(dim=1)
    return torch.cdist(x, means.mean(dim=1)).argmin(dim=1)
""": "You compare the sums of rows or",
        """
def nearest(images, means):
    rows = images.float().flatten(start_dim=1)
    print(torch.cdist(rows, means.flatten(start_dim=1)).argmin(dim=1))
""": "Your function prints its result and returns",
        """
def nearest(images, means):
    means -= means.mean()
    images = images.float()
    return torch.cdist(images.flatten(1) - images.mean(), means.flatten(1)).argmin(dim=1)
""": "Your function changes `means`, which belongs to",
    },
    ("01.5", "def nearest(images, means):\n    return {}"): {
        "(images.float()[:, None] - means).sum(dim=(2, 3)).abs().argmin(dim=1)": "You add up the differences with their",
        "(images.float()[:, None] - means).sum(dim=(2, 3)).argmin(dim=1)": "Negative differences count as close",
        "((images[:, None] - means.to(torch.uint8)) ** 2).sum(dim=(2, 3)).argmin(dim=1)": "A byte cannot be negative",
        "torch.cdist(images.float(), means).argmin(dim=1)": "RuntimeError: The size of tensor a (50)",
        "torch.cdist(images.float().flatten(1), means.flatten(1)).argmin(dim=1).float()": "These should be whole numbers, but they",
    },
}

RIGHT = {
    "01.1": [
        """
def ink_fraction(images):
    return (images > 127).float().mean()
""",
        """
import numpy

def ink_fraction(images):
    return numpy.mean(images.numpy() > 127)
""",
        """
def ink_fraction(images):
    pixels = images.flatten().tolist()
    ink = 0
    for pixel in pixels:
        if pixel > 127:
            ink += 1
    return ink / len(pixels)
""",
        """
def ink_fraction(images):
    return (images >= 128).sum() / images.numel()
""",
        """
def ink_fraction(images):
    return torch.count_nonzero(images > 127).item() / images.numel()
""",
        "ink_fraction = lambda images: (images > 127).double().mean().item()",
        """
def ink_fraction(images):
    return torch.where(images > 127, 1.0, 0.0).mean()
""",
        """
def ink_fraction(images):
    return (images / 255 > 0.5).float().mean().item()
""",
        """
def ink_fraction(images):
    return (images >> 7).float().mean()
""",
        """
def ink_fraction(images):
    fractions = [(image > 127).float().mean().item() for image in images]
    return sum(fractions) / len(fractions)
""",
    ],
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
    "01.3": [
        """
def own_normalize(images):
    return ((images.float() / 255 - MEAN) / STD)[:, None]
""",
        """
def own_normalize(images):
    return ((images / 255.0 - MEAN) / STD).unsqueeze(1)
""",
        """
def own_normalize(images):
    return (images.double() / 255).sub(MEAN).div(STD).unsqueeze(dim=1)
""",
        """
def own_normalize(images):
    result = torch.zeros(len(images), 1, 28, 28)
    for i, image in enumerate(images):
        result[i, 0] = (image.float() / 255 - MEAN) / STD
    return result
""",
        "own_normalize = lambda images: (images.reshape(-1, 1, 28, 28).float() - 255 * MEAN) / (255 * STD)",
        """
import numpy

def own_normalize(images):
    pixels = images.numpy().astype(numpy.float32) / 255
    pixels = (pixels - MEAN) / STD
    return torch.from_numpy(pixels[:, numpy.newaxis])
""",
        """
def own_normalize(images):
    return torch.stack([(image[None].float() / 255 - MEAN) / STD for image in images])
""",
        """
def own_normalize(images):
    n = images.shape[0]
    x = images.view(n, 1, 28, 28).to(torch.float32)
    x /= 255
    x -= MEAN
    x /= STD
    return x
""",
    ],
    "01.4": [
        """
def mean_images(images, labels):
    result = torch.zeros(10, 28, 28)
    for digit in range(10):
        result[digit] = images[labels == digit].float().mean(dim=0)
    return result
""",
        """
def mean_images(images, labels):
    sums = torch.zeros(10, 28, 28, dtype=torch.float64)
    counts = torch.zeros(10, dtype=torch.float64)
    for image, label in zip(images, labels):
        sums[label] += image
        counts[label] += 1
    return sums / counts[:, None, None]
""",
        """
import numpy

def mean_images(images, labels):
    x, y = images.numpy(), labels.numpy()
    return torch.tensor(numpy.array([x[y == d].mean(axis=0) for d in range(10)]))
""",
        """
def mean_images(images, labels):
    sums = torch.zeros(10, 28, 28).index_add_(0, labels, images.float())
    return sums / torch.bincount(labels, minlength=10).view(10, 1, 1)
""",
        """
def mean_images(images, labels):
    chosen = torch.nn.functional.one_hot(labels, 10).double()
    sums = torch.einsum("nd,nhw->dhw", chosen, images.double())
    return sums / chosen.sum(dim=0)[:, None, None]
""",
        "mean_images = lambda images, labels: torch.stack([images[labels == d].double().mean(0) for d in range(10)])",
        """
def average(group):
    return group.float().sum(dim=0) / len(group)

def mean_images(images, labels):
    groups = [images[labels == digit] for digit in range(10)]
    return torch.stack([average(group) for group in groups])
""",
        """
def mean_images(images, labels):
    return torch.cat([images[labels == d].float().mean(dim=0, keepdim=True) for d in range(10)])
""",
        """
def mean_images(images, labels):
    return torch.stack([images[labels == d].mean(dim=0, dtype=torch.float32) for d in range(10)])
""",
    ],
    "01.5": [
        """
def nearest(images, means):
    return ((images.float()[:, None] - means[None]) ** 2).sum(dim=(2, 3)).argmin(dim=1)
""",
        """
def nearest(images, means):
    result = torch.zeros(len(images), dtype=torch.long)
    for i in range(len(images)):
        best = None
        for digit in range(10):
            distance = torch.dist(images[i].double(), means[digit].double())
            if best is None or distance < best:
                best, result[i] = distance, digit
    return result
""",
        "nearest = lambda images, means: (-torch.cdist(images.double().flatten(1), means.double().flatten(1))).argmax(1)",
        """
def nearest(images, means):
    x, m = images.double().flatten(1), means.double().flatten(1)
    squares = (x**2).sum(1, keepdim=True) - 2 * x @ m.T + (m**2).sum(1)
    return squares.argmin(dim=1)
""",
        """
def nearest(images, means):
    return torch.stack([torch.linalg.vector_norm(image.float() - means, dim=(1, 2)).argmin() for image in images])
""",
        """
def distance(one, other):
    return ((one.float() - other.float()) ** 2).mean()

def nearest(images, means):
    return torch.tensor([min(range(10), key=lambda d: distance(image, means[d])) for image in images])
""",
        """
def nearest(images, means):
    rows = images.reshape(len(images), 784).to(torch.float32)
    distances = torch.cdist(rows, means.reshape(10, 784).to(torch.float32))
    return distances.min(dim=1).indices
""",
    ],
}
