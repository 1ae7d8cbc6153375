"""Notebook 08: what a network sees: feature maps, saliency, an attack.

Begin with `feature_maps`.
"""

from mnist_helpers.inside.attacks import Attack, sign_attack, smallest_sign_attack
from mnist_helpers.inside.maps import (
    check_digit,
    check_image,
    feature_maps,
    last_hidden,
    mosaic,
    occlusion_map,
    record_outputs,
    saliency_map,
)

__all__ = [
    "Attack",
    "check_digit",
    "check_image",
    "feature_maps",
    "last_hidden",
    "mosaic",
    "occlusion_map",
    "record_outputs",
    "saliency_map",
    "sign_attack",
    "smallest_sign_attack",
]
