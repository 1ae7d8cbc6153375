"""Random changes to a whole batch of images at once; each image changes differently."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from mnist_helpers._support import MEAN, STD


def random_shift(images: Tensor, pixels: int = 1) -> Tensor:
    """Move each image by a random whole number of pixels in each direction.

    Args:
        images: shape ``(n, channels, height, width)``, any dtype, on any device.
        pixels: how far, at most, up or down and left or right.

    Returns:
        The moved images, a new tensor of the same shape. What comes in at a border repeats it, so
        that paper stays paper, normalized or not.
    """
    n, _, height, width = images.shape
    down, right = torch.randint(-pixels, pixels + 1, (2, n, 1), device=images.device)
    rows = (torch.arange(height, device=images.device) - down).clamp(0, height - 1)
    columns = (torch.arange(width, device=images.device) - right).clamp(0, width - 1)
    image = torch.arange(n, device=images.device)[:, None, None]
    moved = images[image, :, rows[:, :, None], columns[:, None, :]]
    return moved.permute(0, 3, 1, 2)


@dataclass(frozen=True)
class RandomWarp:
    """Redraw each image of a batch as another hand, with another pen, might have drawn it.

    It bends and tilts each image, makes some strokes thicker or thinner, then changes contrast and
    sharpness. Most images are bent and tilted a little, and few a lot: those amounts follow normal
    distributions, cut off at two standard deviations.

    Sources: elastic bending, P. Simard et al., "Best Practices for Convolutional Neural Networks
    Applied to Visual Document Analysis", ICDAR 2003; stroke thickness, as grey-scale morphology,
    D. Castro et al., "Morpho-MNIST", JMLR 2019.

    Attributes:
        rotation: standard deviation, in degrees.
        shear: standard deviation of how far the top leans, as a fraction of the height.
        scale: standard deviation of width and of height, each as a fraction.
        shift: standard deviation, in pixels.
        elastic: standard deviation of the bending, in pixels, at points about 7 pixels apart.
        thickness: the fraction of images whose stroke changes; half of these become thicker.
        blur: the fraction of images that are blurred.
        contrast: how far ink may fade and grey edges may harden, 0 to 1.
    """

    rotation: float = 8.0
    shear: float = 0.12
    scale: float = 0.08
    shift: float = 0.8
    elastic: float = 0.7
    thickness: float = 0.5
    blur: float = 0.2
    contrast: float = 0.5

    def __call__(self, images: Tensor) -> Tensor:
        """Warp a batch of normalized images, float32, shape ``(n, 1, height, width)``.

        The result is a new tensor on the same device; `seed_everything` makes it repeatable.
        """
        if len(images) == 0:
            return images.clone()
        ink = images * STD + MEAN
        ink = F.grid_sample(ink, self._grid(images), align_corners=False)
        ink = self._change_stroke(ink)
        ink = self._change_contrast(ink)
        return (ink - MEAN) / STD

    def _grid(self, images: Tensor) -> Tensor:
        """Where each pixel of the result comes from: ``(n, height, width, 2)``, -1 to 1."""
        n, _, height, width = images.shape
        device = images.device
        angle, lean, wide, high, right, down = _normal((6, n), device)
        angle, lean = angle * math.radians(self.rotation), self.shear * lean
        wide, high = 1 + self.scale * wide, 1 + self.scale * high
        cos, sin = angle.cos(), angle.sin()
        right, down = right * (2 * self.shift / width), down * (2 * self.shift / height)
        # The inverse of: shift, then scale, then rotate, then lean.
        rows = [
            torch.stack([cos / wide, (sin - lean * cos) / wide, right], dim=1),
            torch.stack([-sin / high, (cos + lean * sin) / high, down], dim=1),
        ]
        grid = F.affine_grid(torch.stack(rows, dim=1), [n, 1, height, width], align_corners=False)
        if self.elastic:
            coarse = _normal((n, 2, math.ceil(height / 7) + 1, math.ceil(width / 7) + 1), device)
            bend = F.interpolate(coarse, (height, width), mode="bicubic", align_corners=True)
            bend[:, 0] *= 2 / width
            bend[:, 1] *= 2 / height
            grid = grid + self.elastic * bend.permute(0, 2, 3, 1)
        return grid

    def _change_stroke(self, ink: Tensor) -> Tensor:
        """Make some strokes up to 2 pixels thicker, or a little thinner, and blur some."""
        which = torch.rand(len(ink), device=ink.device)
        amount = torch.rand(len(ink), 1, 1, 1, device=ink.device)
        kinds = [
            (which < self.thickness / 2, _thicker),
            (which > 1 - self.thickness / 2, lambda part: part.lerp(-_thicker(-part), 0.7)),
            (torch.rand_like(which) < self.blur, lambda part: F.avg_pool2d(part, 3, 1, 1)),
        ]
        for chosen, change in kinds:
            if ink.device.type != "cpu":  # to count those that change would be to wait for it
                ink = ink.lerp(change(ink), amount * chosen[:, None, None, None])
                continue
            index = chosen.nonzero()[:, 0]
            part = ink[index]
            ink = ink.index_copy(0, index, part.lerp(change(part), amount[index]))
        return ink

    def _change_contrast(self, ink: Tensor) -> Tensor:
        """Scale the strongest ink to about 1; then harden edges and fade ink, at random."""
        n = len(ink)
        fade, harden = torch.rand((2, n, 1, 1, 1), device=ink.device) * self.contrast
        # Resampling and thinning make thin strokes pale, which a thinner pen would not.
        peak = ink.amax(dim=(1, 2, 3), keepdim=True).clamp(min=0.25)
        ink = ink / peak
        ink = ((ink - 0.5) * (1 + 3 * harden**2) + 0.5).clamp(0, 1)
        return ink * (1 - 0.6 * fade**2)


def _thicker(ink: Tensor) -> Tensor:
    return F.max_pool2d(ink, 3, 1, 1)


def _normal(shape: tuple[int, ...], device: torch.device) -> Tensor:
    return torch.randn(shape, device=device).clamp_(-2, 2)
