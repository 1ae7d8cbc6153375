"""Typical wrong answers to the exercises of notebook 01."""

INK = "def ink_fraction(images):\n    return {}"
SAME = "def always_the_same(labels):\n    return {}"
SCALE = "def own_normalize(images):\n    return {}"
MEANS = """
def mean_images(images, labels):
    pixels = images.float()
    return {}
"""
EACH = MEANS.replace("{}", "torch.stack([{} for d in range(10)])")
NEAREST = """
def nearest(images, means):
    distances = torch.cdist(images.float().flatten(1), means.flatten(1))
    return {}
"""

WRONG = {
    ("01.1", INK): {
        "(images <= 127).float().mean()": "255 is ink",
        "(images < 127).float().mean()": "255 is ink",
        "(images > 127).sum()": "The fraction is their mean",
        "(images > 0).float().mean()": "above 127",
        "images.float().mean() / 255": "This is the mean grey",
        "images.float().mean()": "the mean of the pixels themselves",
        "(images >= 127).float().mean()": "You count 127 as ink",
        "100 * (images > 127).float().mean()": "percentage",
        "images > 127": "should be one number",
        "(images > 127).mean()": "could not infer output dtype",
    },
    ("01.1", "{}"): {
        "def ink_fraction(images):\n    (images > 127).float().mean()": "`return`",
        "ink_fraction = 0.2": "should be a function",
        "def ink_fraction(images):\n    return 0.19": "you say 0.19",
    },
    ("01.2", SAME): {
        "torch.bincount(labels).argmax()": "most frequent digit itself",
        "torch.bincount(labels).max()": "Divide it by the number of labels",
        "0.1": "equally frequent",
        "torch.bincount(labels).min() / len(labels)": "rarest",
        "torch.bincount(labels)": "should be one number",
    },
    ("01.3", SCALE): {
        "((images.float() - MEAN) / STD).unsqueeze(-3)": "divide by 255",
        "(images.float() / 255 - MEAN) / STD": "channel axis is missing",
        "((images / 255 - MEAN) / STD)[None]": "after the image axis",
        "((images / 255 - MEAN) / STD)[..., None]": "before row and column",
        "(images / 255 - MEAN).unsqueeze(-3)": "standard deviation",
        "(images / 255 / STD).unsqueeze(-3)": "subtract the mean",
        "(images / 255).unsqueeze(-3)": "stop at the fractions",
        "(images / 255 - MEAN / STD).unsqueeze(-3)": "brackets",
        "((images / 255 - MEAN) * STD).unsqueeze(-3)": "multiply",
        "images.tolist()": "it is a list",
    },
    ("01.4", MEANS): {
        "pixels.mean(dim=0)": "mean of all images",
        "[pixels[labels == d].mean(dim=0) for d in range(10)]": "torch.stack",
    },
    ("01.4", EACH): {
        "pixels[labels == d].mean()": "over rows and columns",
        "pixels[labels == d].mean(dim=1)[0]": "one axis too many",
        "pixels[labels == d].sum(dim=0)": "Divide by how many there are",
        "images[labels == d].mean(dim=0)": "`.float()`",
        "pixels.mean(dim=0)": "Pick those with the label",
    },
    ("01.5", NEAREST): {
        "distances.argmax(dim=1)": "farthest away",
        "distances.argmin(dim=0)": "the other axis",
        "distances.argmin()": "needs the axis",
        "distances": "These are the distances",
        "distances.min(dim=1).values": "the smallest distances",
        "(images.float().flatten(1) @ means.flatten(1).T).argmax(dim=1)": "of 23 digits",
    },
}
