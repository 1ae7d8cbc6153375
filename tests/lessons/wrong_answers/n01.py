"""Typical wrong answers to the exercises of notebook 01."""

INK = "def ink_fraction(images):\n    return {}"
SAME = "def always_the_same(labels):\n    return {}"
SCALE = "def own_normalize(images):\n    return {}"
MEANS = """
def mean_images(images, labels):
    pixels = images.float()
    return {}
"""
NEAREST = """
def nearest(images, means):
    distances = torch.cdist(images.float().flatten(1), means.flatten(1))
    return {}
"""

WRONG = {
    "01.1": [
        (INK.format("(images <= 127).float().mean()"), "255 is ink"),
        (INK.format("(images < 127).float().mean()"), "255 is ink"),
        (INK.format("(images > 127).sum()"), "The fraction is their mean"),
        (INK.format("(images > 0).float().mean()"), "above 127"),
        (INK.format("images.float().mean() / 255"), "This is the mean grey"),
        (INK.format("images.float().mean()"), "the mean of the pixels themselves"),
        (INK.format("(images >= 127).float().mean()"), "You count 127 as ink"),
        (INK.format("100 * (images > 127).float().mean()"), "percentage"),
        (INK.format("images > 127"), "should be one number"),
        (INK.format("(images > 127).mean()"), "could not infer output dtype"),
        ("def ink_fraction(images):\n    (images > 127).float().mean()", "`return`"),
        ("ink_fraction = 0.2", "should be a function"),
        ("def ink_fraction(images):\n    return 0.19", "you say 0.19"),
    ],
    "01.2": [
        (SAME.format("torch.bincount(labels).argmax()"), "most frequent digit itself"),
        (SAME.format("torch.bincount(labels).max()"), "Divide it by the number of labels"),
        (SAME.format("0.1"), "equally frequent"),
        (SAME.format("torch.bincount(labels).min() / len(labels)"), "rarest"),
        (SAME.format("torch.bincount(labels)"), "should be one number"),
    ],
    "01.3": [
        (SCALE.format("((images.float() - MEAN) / STD).unsqueeze(-3)"), "divide by 255"),
        (SCALE.format("(images.float() / 255 - MEAN) / STD"), "channel axis is missing"),
        (SCALE.format("((images / 255 - MEAN) / STD)[None]"), "after the image axis"),
        (SCALE.format("((images / 255 - MEAN) / STD)[..., None]"), "before row and column"),
        (SCALE.format("(images / 255 - MEAN).unsqueeze(-3)"), "standard deviation"),
        (SCALE.format("(images / 255 / STD).unsqueeze(-3)"), "subtract the mean"),
        (SCALE.format("(images / 255).unsqueeze(-3)"), "stop at the fractions"),
        (SCALE.format("(images / 255 - MEAN / STD).unsqueeze(-3)"), "brackets"),
        (SCALE.format("((images / 255 - MEAN) * STD).unsqueeze(-3)"), "multiply"),
        (SCALE.format("images.tolist()"), "it is a list"),
    ],
    "01.4": [
        (MEANS.format("pixels.mean(dim=0)"), "mean of all images"),
        (
            MEANS.format("torch.stack([pixels[labels == d].mean() for d in range(10)])"),
            "over rows and columns",
        ),
        (
            MEANS.format("torch.stack([pixels[labels == d].mean(dim=1)[0] for d in range(10)])"),
            "one axis too many",
        ),
        (
            MEANS.format("torch.stack([pixels[labels == d].sum(dim=0) for d in range(10)])"),
            "Divide by how many there are",
        ),
        (
            MEANS.format("torch.stack([images[labels == d].mean(dim=0) for d in range(10)])"),
            "`.float()`",
        ),
        (MEANS.format("[pixels[labels == d].mean(dim=0) for d in range(10)]"), "torch.stack"),
        (
            MEANS.format("torch.stack([pixels.mean(dim=0) for d in range(10)])"),
            "Pick those with the label",
        ),
    ],
    "01.5": [
        (NEAREST.format("distances.argmax(dim=1)"), "farthest away"),
        (NEAREST.format("distances.argmin(dim=0)"), "the other axis"),
        (NEAREST.format("distances.argmin()"), "needs the axis"),
        (NEAREST.format("distances"), "These are the distances"),
        (NEAREST.format("distances.min(dim=1).values"), "the smallest distances"),
        (
            "def nearest(images, means):\n"
            "    return (images.float().flatten(1) @ means.flatten(1).T).argmax(dim=1)",
            "of 23 digits",
        ),
    ],
}
