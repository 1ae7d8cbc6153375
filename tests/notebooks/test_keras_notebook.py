"""Notebook 10, Keras beside PyTorch: its cells run here, and must keep what they promise."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import nbformat
import numpy as np
import pytest
import torch
from nbclient import NotebookClient

from mnist_helpers.data import DigitDataset
from mnist_helpers.recognizer import DigitRecognizer
from mnist_helpers.recognizer.non_digits import looks_like_digit
from tools.notebooks import FOLDER

PATH = FOLDER / "10_keras.ipynb"
# Keras warns once for every array that it makes.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
WHY = 'notebook 10 needs Keras: pip install "mnist-helpers[keras]"'


def read_notebook():
    return nbformat.read(PATH, as_version=4)


def source_with(text):
    """The one code cell that contains a text."""
    code = [cell.source for cell in read_notebook().cells if cell.cell_type == "code"]
    (found,) = [source for source in code if text in source]
    return found


@pytest.mark.slow
def test_without_keras_one_sentence_and_no_error(tmp_path):
    """A machine without Keras: every cell after the check says that it was skipped."""
    notebook = read_notebook()
    hide = nbformat.v4.new_code_cell("import sys\nsys.modules['keras'] = None")
    notebook.cells.insert(0, hide)
    place = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, kernel_name="python3", timeout=60, resources=place).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    (number,) = [i for i, cell in enumerate(code) if "needs:keras" in cell.metadata.get("tags", [])]
    said = ["".join(output.get("text", "") for output in cell.outputs) for cell in code]
    assert "Keras is missing" in said[number]
    assert "%pip install keras" in said[number]
    assert set(said[number + 1 :]) == {"skipped: Keras is missing\n"}
    assert list(tmp_path.iterdir()) == []


# The rest runs Keras


@pytest.fixture(scope="module")
def keras():
    """Keras on the torch backend, which can be chosen only once in a process."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("KERAS_BACKEND", "torch")
        keras = pytest.importorskip("keras", reason=WHY)
    # Keras's logging holds pytest's stand-in for stderr, and would close it when Gradio starts.
    import absl.logging

    absl.logging.get_absl_handler().python_handler.stream = sys.__stderr__
    if keras.backend.backend() != "torch":
        pytest.skip(f"Keras was imported with the backend {keras.backend.backend()} before.")
    return keras


@pytest.fixture(scope="module")
def defined(keras):
    """What the notebook's cells without training define, in this process."""
    namespace = {"keras": keras, "fast": True, "seed": 0, "images": 100, "epochs": 1}
    for text in ("import copy", "def arrays", "def make_keras_model", "def make_torch_model"):
        lines = source_with(text).splitlines()
        exec("\n".join(line for line in lines if line != "data = load_mnist()"), namespace)
    for text in ("def to_torch", "class FromKeras"):
        exec(source_with(text), namespace)
    return namespace


@pytest.fixture
def keras_model(keras, defined):
    """Not trained, but no bias is zero, so that forgetting one is noticed."""
    keras.utils.set_random_seed(0)
    model = defined["make_keras_model"]()
    model.set_weights([w + 0.1 if w.ndim == 1 else w for w in model.get_weights()])
    return model


@pytest.fixture
def squares():
    return np.random.default_rng(0).integers(0, 256, (20, 28, 28), dtype=np.uint8)


def keras_logits(model, squares):
    return model.predict(squares[..., None] / np.float32(255), verbose=0)


def test_both_get_the_same_numbers(defined, squares):
    digits = DigitDataset.from_numpy(squares, np.arange(20) % 10, "test")
    pictures, labels = defined["arrays"](digits)
    tensors = defined["tensors"](digits)[:]
    assert pictures.shape == (20, 28, 28, 1)
    assert pictures.dtype == np.float32
    assert tensors[0].shape == (20, 1, 28, 28)
    np.testing.assert_allclose(pictures[..., 0], tensors[0][:, 0], atol=1e-6)
    np.testing.assert_array_equal(labels, tensors[1])


def test_the_recognizer_answers_as_keras_does_and_leaves_the_model_as_it_is(
    defined, keras_model, squares
):
    expected = keras_logits(keras_model, squares)
    recognizer = DigitRecognizer(defined["FromKeras"](keras_model))
    assert all(weight.requires_grad for weight in keras_model.parameters())
    for weight in keras_model.parameters():
        weight.data.zero_()
    np.testing.assert_allclose(recognizer.compute_logits(squares), expected, atol=1e-4)


def test_many_visitors_get_the_same_answer(defined, keras_model, squares):
    """Gradio answers in threads, and Keras keeps state for each thread."""
    expected = keras_logits(keras_model, squares)
    recognizer = DigitRecognizer(defined["FromKeras"](keras_model))
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(recognizer.compute_logits, [squares] * 4))
    np.testing.assert_allclose(answers, [expected] * 4, atol=1e-4)


def test_the_weights_can_be_carried_across(defined, keras_model, squares):
    """Both networks have as many parameters, and then the same answers."""
    torch_model = defined["make_torch_model"]()
    ours = sum(p.numel() for p in torch_model.parameters())
    assert ours == keras_model.count_params() == 93_322
    namespace = defined | {
        "keras_model": keras_model,
        "x_test": squares[..., None] / np.float32(255),
        "pictures": torch.from_numpy(squares)[:, None] / 255,
    }
    exec(source_with("carried = "), namespace)
    assert namespace["difference"] < 1e-4


def test_softmax_twice_makes_every_answer_short_and_no_digit():
    """This is what the notebook predicts for its second task."""
    probabilities = np.full((1, 10), 0.001, np.float32)
    probabilities[0, 3] = 0.991
    twice = np.exp(probabilities) / np.exp(probabilities).sum()
    assert twice.max() < 0.25
    square = np.zeros((1, 28, 28), np.uint8)
    square[0, 4:24, 13:15] = 255
    assert not looks_like_digit(square, probabilities, np.zeros(1)).any()


def test_the_committed_outputs_hold_what_the_text_says():
    """The text around them says "only rounding" and "the same", so the outputs must agree."""
    outputs = json.dumps([cell.get("outputs", []) for cell in read_notebook().cells])
    assert "Keras the same:   True" in outputs
    assert "PyTorch the same: True" in outputs
    assert outputs.count("largest difference between two logits: 0.0000") == 2
