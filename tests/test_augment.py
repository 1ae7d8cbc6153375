"""A shifted batch: each image moved as a whole, each by its own distance."""

import itertools

import pytest
import torch
from torch.nn import functional as F

from mnist_helpers.augment import random_shift


def all_shifts(image, pixels):
    """Every image that a shift of at most ``pixels`` can give, in all directions."""
    height, width = image.shape[-2:]
    padded = F.pad(image[None].float(), [pixels] * 4, mode="replicate")[0].to(image.dtype)
    return [
        padded[..., top : top + height, left : left + width]
        for top, left in itertools.product(range(2 * pixels + 1), repeat=2)
    ]


def random_images(n=64, channels=1, height=28, width=28, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(n, channels, height, width, generator=generator)


@pytest.mark.parametrize("pixels", [1, 2, 3])
def test_each_image_is_a_whole_shift_of_itself_with_its_border_repeated(pixels):
    images = random_images()
    for image, moved in zip(images, random_shift(images, pixels), strict=True):
        assert sum(torch.equal(moved, shift) for shift in all_shifts(image, pixels)) == 1


def test_all_shifts_occur_and_differ_within_a_batch():
    image = random_images(1)
    moved = random_shift(image.expand(500, -1, -1, -1), 1)
    seen = {shifted.contiguous().numpy().tobytes() for shifted in moved}
    assert seen == {shift.contiguous().numpy().tobytes() for shift in all_shifts(image[0], 1)}
    assert len(seen) == 9


def test_no_direction_is_preferred():
    image = torch.zeros(1, 1, 28, 28)
    image[..., 14, 14] = 1
    moved = random_shift(image.expand(9000, -1, -1, -1), 1)
    where = moved.sum((0, 1))[13:16, 13:16]
    assert where.sum() == 9000
    assert (where - 1000).abs().max() < 160  # five standard deviations


def test_channels_move_together():
    images = random_images(16, channels=3)
    moved = random_shift(images, 2)
    assert moved.shape == images.shape
    for image, result in zip(images, moved, strict=True):
        assert any(torch.equal(result, shift) for shift in all_shifts(image, 2))


def test_images_need_not_be_square():
    images = random_images(16, height=12, width=20)
    for image, result in zip(images, random_shift(images, 2), strict=True):
        assert any(torch.equal(result, shift) for shift in all_shifts(image, 2))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.float64, torch.bfloat16])
def test_shape_and_dtype_stay(dtype):
    moved = random_shift((random_images() * 255).to(dtype))
    assert moved.shape == (64, 1, 28, 28)
    assert moved.dtype == dtype


def test_the_input_is_not_changed_and_not_shared():
    images = random_images()
    before = images.clone()
    for pixels in (0, 2):
        random_shift(images, pixels).zero_()
        assert torch.equal(images, before)


def test_no_pixels_is_no_shift():
    images = random_images()
    assert torch.equal(random_shift(images, 0), images)


def test_paper_stays_paper():
    """Normalized paper is -0.42, not 0: what comes in must be paper too."""
    images = torch.full((32, 1, 28, 28), -0.4242)
    images[..., 10:18, 10:18] = 2.8215
    moved = random_shift(images, 3)
    assert set(moved.unique().tolist()) == set(images.unique().tolist())
    assert torch.equal(moved.flatten(1).sort().values, images.flatten(1).sort().values)


def test_a_seed_repeats_the_shifts():
    images = random_images()
    moved = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        moved.append([random_shift(images), random_shift(images)])
    assert torch.equal(moved[0][0], moved[1][0])
    assert torch.equal(moved[0][1], moved[1][1])
    assert not torch.equal(moved[0][0], moved[0][1])
    assert not torch.equal(moved[0][0], moved[2][0])


def test_a_shift_larger_than_the_image_repeats_its_border():
    images = random_images(8, height=4, width=4)
    assert random_shift(images, 50).shape == images.shape


def test_an_empty_batch_stays_empty():
    assert random_shift(random_images(0)).shape == (0, 1, 28, 28)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_a_batch_stays_on_its_device():
    images = random_images().cuda()
    moved = random_shift(images, 1)
    assert moved.device == images.device
    assert any(torch.equal(moved[0].cpu(), shift) for shift in all_shifts(images[0].cpu(), 1))
