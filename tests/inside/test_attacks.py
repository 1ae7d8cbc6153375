"""The smallest change that fools a network: it does fool it, and nothing smaller does."""

import pytest
import torch
from torch.nn import functional as F

from mnist_helpers._support import normalize
from mnist_helpers.inside import smallest_sign_attack
from mnist_helpers.synthetic import draw_strokes

GOOD = torch.zeros(28, 28, dtype=torch.uint8)


@pytest.fixture(scope="module")
def bundled(recognizer):
    return recognizer.model


@pytest.fixture(scope="module")
def digits(bundled):
    """Drawn digits that the bundled network reads correctly, with their labels."""
    drawn, labels = draw_strokes(24, seed=3)
    images, labels = torch.from_numpy(drawn), torch.from_numpy(labels)
    right = bundled(normalize(images)).argmax(dim=1) == labels
    assert right.sum() >= 12
    return list(zip(images[right][:12], labels[right][:12].tolist(), strict=True))


def moved(model, image, digit, steps):
    """Each step that moves every pixel in the direction of the gradient's sign."""
    inputs = normalize(image[None]).requires_grad_()
    F.cross_entropy(model(inputs), torch.tensor([digit])).backward(inputs=[inputs])
    changed = image + torch.arange(steps)[:, None, None] * inputs.grad[0, 0].sign()
    return changed.clamp(0, 255).to(torch.uint8)


def test_the_smallest_attack_flips_the_answer_and_one_step_less_does_not(bundled, digits):
    found = 0
    for image, digit in digits:
        attack = smallest_sign_attack(bundled, image, digit, limit=255)
        if attack is None:
            continue
        found += 1
        steps = moved(bundled, image, digit, attack.epsilon + 1)
        assert attack.image.dtype == torch.uint8
        assert torch.equal(attack.image, steps[-1])
        *smaller, answer = bundled(normalize(steps)).argmax(dim=1).tolist()
        assert answer == attack.answer != digit
        assert set(smaller) == {digit}
    assert found >= 6
    assert all(weights.grad is None for weights in bundled.parameters())


def test_there_may_be_no_attack_within_the_limit(bundled, digits):
    assert None in [smallest_sign_attack(bundled, *pair, limit=1) for pair in digits]


def test_an_image_that_is_misread_from_the_start_is_named(bundled, digits):
    image, digit = digits[0]
    with pytest.raises(ValueError, match=rf"reads this image as {digit}, not as {9 - digit}"):
        smallest_sign_attack(bundled, image, 9 - digit)


@pytest.mark.parametrize(
    ("image", "digit", "words"),
    [
        (GOOD, 10, "0 to 9, got 10"),
        (GOOD, -1, "0 to 9, got -1"),
        (GOOD.float(), 1, "one stored image"),
        (GOOD[None], 1, "one stored image"),
    ],
)
def test_invalid_arguments_get_a_sentence(image, digit, words, bundled):
    with pytest.raises(ValueError, match=words):
        smallest_sign_attack(bundled, image, digit)
