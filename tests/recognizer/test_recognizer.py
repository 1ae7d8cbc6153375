"""Reading pictures: the answer, its verdict, noise, threads, and files that cannot be used."""

import io
import json
import math
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from PIL import Image

from mnist_helpers import data
from mnist_helpers.framing import Framed, PictureError
from mnist_helpers.model import DigitCNN, WeightsError, save_weights
from mnist_helpers.recognizer import DigitRecognizer, Prediction, Verdict, recognizer
from mnist_helpers.recognizer.non_digits import compute_energy, measure_ink, weigh_evidence
from tests.conftest import constant_network, drawing, image_file, random_network


def read(**logits: float) -> Prediction:
    return DigitRecognizer(constant_network(**logits)).predict(drawing())


def test_a_sure_answer():
    prediction = read(d7=9)
    assert (prediction.digit, prediction.verdict, prediction.words) == (7, "sure", "7")
    assert prediction.verdict is Verdict.SURE
    assert prediction.confidence == pytest.approx(math.exp(9) / (math.exp(9) + 9))
    probabilities, image = prediction.probabilities, prediction.image
    assert (probabilities.shape, probabilities.dtype) == ((10,), np.float32)
    assert probabilities.sum() == pytest.approx(1, abs=1e-6)
    assert (image.shape, image.dtype) == ((28, 28), np.uint8)
    assert image.max() > 200
    assert prediction.problem is None
    answer = json.loads(json.dumps(prediction.to_dict()))
    assert list(answer) == ["digit", "confidence", "probabilities", "verdict"]
    assert (answer["digit"], answer["verdict"]) == (7, "sure")
    assert answer["confidence"] == answer["probabilities"][7]


@pytest.mark.parametrize(
    ("logits", "words"),
    [({"d1": 9, "d7": 8.5}, "1 or 7?"), ({"d1": 8.5, "d7": 9}, "7 or 1?")],
)
def test_an_unsure_answer_names_the_two_likeliest_the_likelier_first(logits, words):
    prediction = read(**logits)
    assert prediction.verdict == "unsure"
    assert prediction.words == words
    assert prediction.digit == int(words[0])


def test_a_blank_picture_has_no_digit():
    prediction = DigitRecognizer(constant_network(d7=9)).predict(Image.new("L", (90, 90), 255))
    assert prediction.digit is None
    assert prediction.verdict == "no digit"
    assert prediction.words.startswith("I see no digit: ")
    assert "blank" in prediction.words
    assert prediction.words.count(".") == 1
    np.testing.assert_array_equal(prediction.probabilities, np.full(10, 0.1, np.float32))
    assert prediction.image.max() == 0


def test_a_chess_board_is_no_digit_however_sure_the_network_is():
    undecided = read()
    assert undecided.words == "I see no digit: this does not look like one digit."
    assert undecided.confidence == pytest.approx(0.1)
    rows, columns = np.indices((28, 28))
    board = (255 * ((rows + columns) % 2)).astype(np.uint8)
    sure = DigitRecognizer(constant_network(d7=20))
    prediction = sure.predict_framed([Framed(board, (), None)])[0]
    assert prediction.verdict == "no digit"
    assert prediction.digit == 7  # what it is most like
    assert prediction.confidence > 0.9


def test_real_digits_pass_the_tests_of_the_ink():
    images = data.load_stand_in().test.images.numpy()
    sure = DigitRecognizer(constant_network(d7=20))
    answers = sure.predict_framed([Framed(image, (), None) for image in images])
    assert len(answers) == 360  # more than one batch
    assert np.mean([answer.verdict == "no digit" for answer in answers]) <= 0.003


def test_the_least_energy_comes_from_the_file(tmp_path):
    file = tmp_path / "network.safetensors"
    for energy, verdict in ((-99.0, "sure"), (99.0, "no digit")):
        save_weights(constant_network(d7=6), file, min_energy=energy)
        assert DigitRecognizer.load(file).predict(drawing()).verdict == verdict


def test_steps_come_only_when_asked_for():
    reader = DigitRecognizer(constant_network(d7=9))
    assert reader.predict(drawing()).framed.steps == ()
    with_steps = reader.predict(drawing(), steps=True)
    assert len(with_steps.framed.steps) > 0
    np.testing.assert_array_equal(with_steps.image, reader.predict(drawing()).image)


def test_many_pictures_get_the_answers_of_each():
    reader = DigitRecognizer(random_network(), min_energy=-math.inf)
    pictures = [drawing(seed) for seed in range(7)] + [Image.new("L", (50, 50), 255)]
    many = reader.predict_many(iter(pictures))
    assert [answer.digit for answer in many] == [reader.predict(p).digit for p in pictures]
    for picture, answer in zip(pictures, many, strict=True):
        one = reader.predict(picture).probabilities
        np.testing.assert_allclose(answer.probabilities, one, atol=1e-5)
    assert many[-1].digit is None
    assert reader.predict_many([]) == []


def test_a_bad_picture_among_many_is_named_and_one_picture_is_not_many():
    reader = DigitRecognizer(constant_network(d7=9))
    with pytest.raises(PictureError, match=r"^pictures\[1\]: .+\.$"):
        reader.predict_many([drawing(), b"not a picture"])
    with pytest.raises(TypeError, match="for a single one use predict"):
        reader.predict_many("picture.png")


def test_the_given_model_stays_as_it_is():
    network = random_network().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    reader = DigitRecognizer(network)
    expected = reader.predict(drawing()).probabilities
    assert network.training
    assert all(p.requires_grad for p in network.parameters())
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])
    with torch.no_grad():
        network.classifier[-1].bias += 5
    np.testing.assert_array_equal(reader.predict(drawing()).probabilities, expected)


def test_reading_changes_no_global_state(two_threads):
    grad = torch.is_grad_enabled()
    network = random_network()
    state = torch.get_rng_state()
    DigitRecognizer(network).predict_many([drawing(seed) for seed in range(5)])
    assert (torch.get_num_threads(), torch.is_grad_enabled()) == (2, grad)
    assert torch.equal(torch.get_rng_state(), state)


def test_many_threads_get_the_same_answers_as_one():
    reader = DigitRecognizer(random_network(), min_energy=-math.inf)
    pictures = [drawing(seed) for seed in range(12)]
    expected = [reader.predict(picture).probabilities for picture in pictures]
    start = threading.Barrier(8)

    def worker(_):
        start.wait()
        return [reader.predict(picture).probabilities for picture in pictures]

    with ThreadPoolExecutor(8) as pool:
        for answers in pool.map(worker, range(8)):
            np.testing.assert_array_equal(answers, expected)


def test_the_bundled_network_is_the_default(tmp_path, monkeypatch):
    monkeypatch.setattr(recognizer, "BUNDLED_WEIGHTS", tmp_path / "digit_cnn.safetensors")
    with pytest.raises(WeightsError, match=r"comes with the package is missing.*of your own"):
        DigitRecognizer.load()
    with pytest.raises(WeightsError, match="There is no weights file"):
        DigitRecognizer.load(tmp_path / "none.safetensors")
    save_weights(constant_network(d4=9), tmp_path / "digit_cnn.safetensors")
    assert DigitRecognizer.load().predict(drawing()).digit == 4


@pytest.mark.parametrize("value", [math.nan, math.inf, "warm", None])
def test_a_senseless_energy_is_refused(value, tmp_path):
    file = tmp_path / "network.safetensors"
    save_weights(random_network(), file, min_energy=value)
    with pytest.raises(WeightsError, match="says that its min_energy is"):
        DigitRecognizer.load(file)


class Ends(torch.nn.Module):
    """A network of which a function changes the logits."""

    def __init__(self, end):
        super().__init__()
        self.network, self.end = random_network(), end

    def forward(self, images):
        return self.end(self.network(images))


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (Ends(lambda x: x.softmax(1)), r"gives probabilities.*Leave out the softmax.*log\(\)"),
        (Ends(lambda x: x[:, :9]), "gives 9 numbers per image.*needs 10"),
        (Ends(lambda x: x.repeat(1, 2)), "gives 20 numbers per image.*needs 10"),
        (Ends(lambda x: x * math.nan), "NaN or infinite"),
        (Ends(lambda x: x.argmax(1)), r"shape \(2,\)"),
        (Ends(lambda x: (x, x)), "returned a tuple"),
        (Ends(lambda x: x + torch.zeros(10, device="meta")), "different places"),
        (torch.nn.Linear(784, 10), r"nn\.Flatten\(\)"),
        (DigitCNN, r"DigitCNN is a class.*DigitCNN\(\)"),
        (len, r"torch\.nn\.Module"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_model_that_cannot_be_used_is_refused_at_once(model, words):
    with pytest.raises(ValueError, match=words):
        DigitRecognizer(model)


@pytest.mark.parametrize(
    "change",
    [
        lambda network: network.double(),
        lambda network: network.half().float().half(),
        lambda network: network.bfloat16(),
        lambda network: network.train(),
        lambda network: Ends(lambda x: x.softmax(1).clamp(min=1e-9).log()).eval(),
        lambda network: Ends(lambda x: x.double()),
        pytest.param(
            lambda network: network.to(torch.accelerator.current_accelerator()),
            marks=pytest.mark.skipif(not torch.accelerator.is_available(), reason="needs a GPU"),
        ),
    ],
    ids=["double", "half", "bfloat16", "train", "log", "answers double", "device"],
)
def test_a_model_of_another_kind_reads_as_before(change):
    expected = DigitRecognizer(random_network()).predict(drawing()).probabilities
    reader = DigitRecognizer(change(random_network()))
    found = reader.predict(drawing()).probabilities
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-2)
    assert reader.compute_logits(np.zeros((1, 28, 28), np.uint8)).dtype == np.float32


def test_a_file_whose_weights_are_nan_is_named(tmp_path):
    network = random_network()
    torch.nn.init.constant_(network.classifier[-1].bias, math.nan)
    save_weights(network, tmp_path / "weights.safetensors")
    with pytest.raises(WeightsError, match=r"weights\.safetensors cannot be used.*NaN"):
        DigitRecognizer.load(tmp_path / "weights.safetensors")


def test_scores_of_squares_that_can_be_counted():
    square = np.zeros((28, 28), np.uint8)
    ring = square.copy()
    ring[5:15, 5:15] = 255
    ring[8:12, 8:12] = 0
    ring[20, 20] = ring[21, 21] = 255  # touching at a corner: one piece
    ink, outline, pieces, holes = measure_ink(np.stack([square, ring]))
    assert ink.tolist() == [0, 100 - 16 + 2]
    assert outline.tolist() == [0, 40 + 16 + 8]
    assert pieces.tolist() == [0, 2]
    assert holes.tolist() == [0, 1]
    assert compute_energy(np.zeros((1, 10), np.float32)) == pytest.approx(math.log(10))
    logits = np.random.default_rng(0).normal(size=(1, 10)).astype(np.float32)
    # A constant added to all logits says nothing.
    assert compute_energy(logits) == pytest.approx(compute_energy(logits + 50), abs=1e-4)


def test_evidence_grows_with_energy_and_needs_no_detector():
    logits = np.eye(10)[[7] * 5] * np.array([[25], [14], [14], [7], [1]])
    without = weigh_evidence(logits, np.zeros(5))
    assert without == pytest.approx([5.6, 3.2, 3.2, 1, -0.4], abs=0.1)
    judged = weigh_evidence(logits, np.array([12.0, 3, -20, 3, 3]))
    assert judged == pytest.approx([5.6, 2.9, -1.0, 2.3, 0.3], abs=0.1)


@pytest.mark.parametrize("n", [0, 1, 300])
def test_logits_of_many_squares_come_in_batches(monkeypatch, n):
    """All at once, 10,000 squares would need gigabytes of memory."""
    images = np.random.default_rng(0).integers(0, 256, (n, 28, 28), dtype=np.uint8)
    whole = DigitRecognizer(random_network())._look(images)[0]
    sizes, ask = [], recognizer.ask_all_heads

    def noted(model, batch):
        sizes.append(len(batch))
        return ask(model, batch)

    monkeypatch.setattr(recognizer, "ask_all_heads", noted)
    logits = DigitRecognizer(random_network()).compute_logits(images)
    assert logits.shape == (n, 10)
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, whole, atol=1e-5)
    assert max(sizes) <= recognizer.BATCH


def test_the_name_of_a_file_is_no_network():
    with pytest.raises(ValueError, match=r"DigitRecognizer\.load"):
        DigitRecognizer("digits.safetensors")


@pytest.mark.parametrize("energy", ["3.5", None, math.nan])
def test_the_least_energy_is_a_number(energy):
    with pytest.raises(ValueError, match="min_energy must be a number"):
        DigitRecognizer(DigitCNN(), energy)


SINGLE = [(28, 28), (1, 28), (28, 28, 1), (28, 28, 3), (60, 50, 4), (3, 60, 50)]
SEVERAL = [(1, 28, 28), (1, 60, 50), (3, 28, 28), (3, 1, 28, 28), (2, 28, 28, 1), (5, 30, 30)]


@pytest.mark.parametrize("make", [torch.zeros, np.zeros])
def test_one_picture_is_not_several(make):
    reader = DigitRecognizer(constant_network(d7=9))
    arrays = map(make, SINGLE)
    for one in (*arrays, image_file(drawing()), drawing(), io.BytesIO(), bytearray(b"x")):
        with pytest.raises(TypeError, match="for a single one use predict"):
            reader.predict_many(one)
    for shape in SEVERAL:
        assert len(reader.predict_many(make(shape))) == shape[0]


@pytest.mark.parametrize("count", [1, 3, 28])
@pytest.mark.parametrize("axis", [None, 1, 3])
def test_a_batch_is_never_one_picture_in_colour(count, axis):
    reader = DigitRecognizer(constant_network(d7=9))
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 5:20, 14] = 255
    images = images if axis is None else np.expand_dims(images, axis)
    for batch in (images, torch.from_numpy(images)):
        if images.shape == (1, 28, 28):  # a single picture, with one channel
            assert reader.predict(batch).digit == 7
            continue
        with pytest.raises(PictureError, match=f"is not a picture, but a batch of {count}: .*many"):
            reader.predict(batch)
    for batch in (list(images), tuple(torch.from_numpy(images))):
        with pytest.raises(PictureError, match="read several with predict_many"):
            reader.predict(batch)
    assert [one.digit for one in reader.predict_many(images)] == [7] * count


def test_three_squares_and_one_in_colour_are_told_apart():
    reader = DigitRecognizer(constant_network(d7=9))
    colour = np.full((28, 28, 3), 255, np.uint8)
    colour[5:20, 14] = (200, 0, 0)
    assert reader.predict(colour).digit == 7
    assert reader.predict(np.moveaxis(colour.repeat(2, axis=0), 2, 0)).digit == 7  # not 28×28
    with pytest.raises(PictureError, match=r"If it is one picture in colour, put .* last\.$"):
        reader.predict(np.moveaxis(colour, 2, 0))
