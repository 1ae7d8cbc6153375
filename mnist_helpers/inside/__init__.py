"""Notebook 08: what a network sees, with feature maps, saliency and an attack.

Begin with `feature_maps`.
"""

from mnist_helpers.inside.attacks import smallest_sign_attack
from mnist_helpers.inside.maps import (
    feature_maps,
    last_hidden,
    mosaic,
    occlusion_map,
    saliency_map,
)

__all__ = [
    "feature_maps",
    "last_hidden",
    "mosaic",
    "occlusion_map",
    "saliency_map",
    "smallest_sign_attack",
]
