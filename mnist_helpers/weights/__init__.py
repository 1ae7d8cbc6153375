"""The network that comes with the package, and its card, README.md.

Begin with the card: how the network was made, how good it is, and what it is bad at.
"""

from importlib.resources import files

__all__ = ["BUNDLED_WEIGHTS", "WEIGHTS_NAME"]

WEIGHTS_NAME = "digit_cnn.safetensors"  # the name of such a file everywhere
BUNDLED_WEIGHTS = files(__name__).joinpath(WEIGHTS_NAME)
