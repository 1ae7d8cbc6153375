"""Shifted and warped batches: each image changes in a different way."""

import itertools

import pytest
import torch
from torch.nn import functional as F

from mnist_helpers.data import MEAN, STD, RandomWarp, random_shift
from mnist_helpers.synthetic import draw_strokes


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


def test_all_shifts_occur_and_differ_within_a_batch():
    image = random_images(1)
    moved = random_shift(image.expand(500, -1, -1, -1), 1)
    seen = {shifted.contiguous().numpy().tobytes() for shifted in moved}
    assert seen == {shift.contiguous().numpy().tobytes() for shift in all_shifts(image[0], 1)}
    assert len(seen) == 9


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("size", [{}, {"channels": 3}, {"height": 12, "width": 20}], ids=str)
def test_channels_move_together_and_shape_and_dtype_stay(size, dtype):
    images = (random_images(16, **size) * 255).to(dtype)
    moved = random_shift(images, 2)
    assert (moved.shape, moved.dtype) == (images.shape, dtype)
    for image, result in zip(images, moved, strict=True):
        assert any(torch.equal(result, shift) for shift in all_shifts(image, 2))


def test_the_input_is_not_changed_and_no_pixels_are_no_shift():
    images = random_images()
    before = images.clone()
    for pixels in (0, 2):
        random_shift(images, pixels).zero_()
        assert torch.equal(images, before)
    assert torch.equal(random_shift(images, 0), images)


def test_a_seed_repeats_the_shifts():
    images, moved = random_images(), []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        moved += [random_shift(images), random_shift(images)]
    first, second, again, then, other, _ = moved
    assert torch.equal(first, again)
    assert torch.equal(second, then)
    assert not torch.equal(first, second)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("size", [{"n": 8, "height": 4, "width": 4}, {"n": 0}], ids=str)
def test_images_smaller_than_the_shift_and_empty_batches_keep_their_shape(size):
    images = random_images(**size)
    assert random_shift(images, 50).shape == images.shape


# Warps

STILL = dict.fromkeys(("rotation", "shear", "scale", "shift", "elastic"), 0.0)
STILL |= {"thickness": 0.0, "blur": 0.0, "contrast": 0.0}


@pytest.fixture(scope="module")
def digits():
    """128 drawn digits, as ink from 0 to 1."""
    return torch.from_numpy(draw_strokes(128, seed=3)[0])[:, None].float() / 255


def warp(ink, seed=0, **options):
    """Warp ink, and give back ink."""
    torch.manual_seed(seed)
    return RandomWarp(**options)((ink - MEAN) / STD) * STD + MEAN


def centre_of(ink):
    """The centre of mass of each image: across and down, in pixels."""
    across = torch.arange(28.0)
    total = ink.sum((1, 2, 3))
    return (ink.sum((1, 2)) @ across) / total, (ink.sum((1, 3)) @ across) / total


def test_a_warp_that_changes_nothing_gives_the_images_back(digits):
    full = digits / digits.amax((1, 2, 3), keepdim=True)
    torch.testing.assert_close(warp(digits, **STILL), full, atol=1e-4, rtol=0)


def test_warped_ink_stays_ink_and_paper_stays_paper(digits):
    warped = warp(digits)
    assert warped.shape == digits.shape
    assert warped.min() > -1e-5
    assert warped.max() < 1 + 1e-5
    assert warped[:, :, 0, 0].abs().max() < 1e-5
    assert (warped.amax((1, 2, 3)) > 0.3).all()  # no digit fades away


def test_each_image_is_warped_differently(digits):
    warped = warp(digits[:1].expand(50, -1, -1, -1))
    assert len({image.numpy().tobytes() for image in warped}) == 50


def test_a_seed_repeats_the_warps_and_the_input_is_not_changed(digits):
    before = digits.clone()
    first, again, other = (warp(digits, seed) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(digits, before)


def test_shift_moves_by_about_so_many_pixels(digits):
    warped = warp(digits.repeat(8, 1, 1, 1), **{**STILL, "shift": 1.0})
    for was, now in zip(centre_of(digits.repeat(8, 1, 1, 1)), centre_of(warped), strict=True):
        moved = now - was
        assert moved.abs().max() < 2.1
        assert 0.7 < moved.std() < 1.1
        assert moved.mean().abs() < 0.15


def test_rotation_turns_and_keeps_the_middle():
    bar = torch.zeros(500, 1, 28, 28)
    bar[:, :, 4:24, 13:15] = 1
    turned = warp(bar, **{**STILL, "rotation": 10.0})
    ends = turned[:, 0, 5:8].sum(1) @ torch.arange(28.0) / turned[:, 0, 5:8].sum((1, 2))
    angles = torch.atan((ends - 13.5) / 7.5).rad2deg()
    assert 7 < angles.std() < 11
    assert angles.abs().max() < 25
    across, down = centre_of(turned)
    assert (across - 13.5).abs().max() < 0.3
    assert (down - 13.5).abs().max() < 0.3


def test_scale_changes_width_and_height_apart():
    block = torch.zeros(300, 1, 28, 28)
    block[:, :, 8:20, 8:20] = 1
    scaled = warp(block, **{**STILL, "scale": 0.1})
    width, height = scaled[:, 0, 14].sum(1), scaled[:, 0, :, 14].sum(1)
    assert 0.8 < width.std() < 1.6
    assert torch.corrcoef(torch.stack([width, height]))[0, 1].abs() < 0.3


@pytest.mark.parametrize("name", ["shear", "elastic"])
def test_bending_changes_the_shape_but_hardly_the_amount_of_ink(name, digits):
    warped = warp(digits, **{**STILL, name: 0.5 if name == "elastic" else 0.15})
    assert (warped - digits).abs().mean() > 0.01
    # Resampling softens the edges, and the ink is brought back to its peak.
    ratio = warped.sum((1, 2, 3)) / digits.sum((1, 2, 3))
    assert ((ratio > 0.8) & (ratio < 1.6)).all()


def test_thickness_thickens_as_many_strokes_as_it_thins(digits):
    many = digits.repeat(8, 1, 1, 1)
    full = many / many.amax((1, 2, 3), keepdim=True)
    change = warp(many, **{**STILL, "thickness": 0.6}).sum((1, 2, 3)) / full.sum((1, 2, 3)) - 1
    assert 0.2 < (change > 0.02).float().mean() < 0.4
    assert 0.2 < (change < -0.02).float().mean() < 0.4


def test_blur_softens_about_that_fraction(digits):
    full = digits / digits.amax((1, 2, 3), keepdim=True)
    changed = (warp(digits, **{**STILL, "blur": 0.5}) - full).abs().amax((1, 2, 3)) > 1e-3
    assert 0.35 < changed.float().mean() < 0.65


def test_contrast_fades_ink_and_hardens_edges(digits):
    grey = ((digits > 0.2) & (digits < 0.8)).float().mean()
    warped = warp(digits, **{**STILL, "contrast": 1.0})
    assert warped.amax((1, 2, 3)).min() < 0.6
    hard = warped / warped.amax((1, 2, 3), keepdim=True)
    assert ((hard > 0.2) & (hard < 0.8)).float().mean() < 0.8 * grey


def test_an_empty_batch_and_blank_images_can_be_warped():
    assert warp(torch.zeros(0, 1, 28, 28)).shape == (0, 1, 28, 28)
    assert warp(torch.zeros(4, 1, 28, 28)).abs().max() < 1e-5


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_a_batch_stays_on_its_device(digits):
    images = digits.cuda()
    for change in (random_shift, RandomWarp()):
        assert change(images).device == images.device
