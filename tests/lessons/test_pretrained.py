"""Networks of others: from the cache, from a server on this machine, and where neither helps."""

import hashlib
import io
import json
import sys
import time

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.models import ResNet18_Weights, resnet18

from mnist_helpers.lessons import PretrainedError, load_captioner, load_classifier
from mnist_helpers.lessons import pretrained as module
from tests.conftest import HANG

PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8))


@pytest.fixture(scope="module")
def checkpoint():
    """ResNet-18 with random weights, as a file's bytes."""
    torch.manual_seed(0)
    file = io.BytesIO()
    torch.save(resnet18().state_dict(), file)
    return file.getvalue()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Torch's cache is an empty folder."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def offer(mirrors, monkeypatch):
    """Make torchvision name a mirror for ResNet-18; gives the name of the file there."""

    def offer(kind: str, content: bytes) -> str:
        name = f"resnet18-{hashlib.sha256(content).hexdigest()[:8]}.pth"
        mirrors.files = {name: content}
        monkeypatch.setattr(ResNet18_Weights.DEFAULT.value, "url", mirrors.url(kind) + name)
        return name

    return offer


# ResNet-18


def test_a_file_in_the_cache_is_taken_and_answers_as_torchvisions_recipe(cache, checkpoint):
    (cache / "resnet18-f37072fd.pth").write_bytes(checkpoint)
    classify = load_classifier(time_limit=0)
    answer = classify(PICTURE)
    weights = ResNet18_Weights.DEFAULT
    network = resnet18(weights=weights).eval()
    with torch.inference_mode():
        expected = network(weights.transforms()(PICTURE)[None]).softmax(1)[0]
    assert list(answer) == weights.meta["categories"]
    torch.testing.assert_close(torch.tensor(list(answer.values())), expected)
    for mode in ("1", "L", "LA", "P", "RGBA", "CMYK", "I;16"):
        assert len(classify(Image.new(mode, (5, 300)))) == 1000


def test_what_is_not_there_is_downloaded_once(cache, offer, mirrors, checkpoint):
    name = offer("good", checkpoint)
    assert len(load_classifier()(PICTURE)) == 1000
    assert [path.name for path in cache.iterdir()] == [name]
    load_classifier()
    assert len(mirrors.requests) == 2  # whether it is there, and the file itself


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("truncated", "it sent a damaged or cut-off file"),
        ("forbidden", "error 403 (Forbidden)"),
        ("silent", ""),
    ],
)
def test_a_bad_server_is_one_sentence_in_time_and_leaves_nothing(cache, offer, kind, says):
    offer(kind, bytes(100_000))
    start = time.monotonic()
    with pytest.raises(PretrainedError) as error:
        load_classifier(time_limit=HANG / 4)
    assert time.monotonic() - start < HANG / 2
    assert str(error.value).startswith("The pretrained ResNet-18 is not on this machine")
    assert str(error.value).endswith(f"{says}).")
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04" + bytes(100)])
def test_a_damaged_file_in_the_cache_is_named(cache, content):
    path = cache / "resnet18-f37072fd.pth"
    path.write_bytes(content)
    with pytest.raises(PretrainedError, match="is damaged; delete it") as error:
        load_classifier()
    assert str(path) in str(error.value)


class Trap:
    def __reduce__(self):
        return print, ("code from a file was run",)


def test_code_in_a_file_is_not_run(cache, capfd):
    torch.save({"conv1.weight": Trap()}, cache / "resnet18-f37072fd.pth")
    with pytest.raises(PretrainedError, match="damaged"):
        load_classifier()
    assert "was run" not in capfd.readouterr().out


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "file"))
    with pytest.raises(PretrainedError, match="The network could not be kept"):
        load_classifier()


# BLIP

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "[ENC]", "a", "drawn", "digit"]


@pytest.fixture(scope="module")
def tiny_blip(tmp_path_factory):
    """A folder with a BLIP that has random weights and knows three words."""
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("blip")
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    small |= {"num_attention_heads": 2}
    ids = {"bos_token_id": 5, "eos_token_id": 3, "sep_token_id": 3, "pad_token_id": 0}
    config = transformers.BlipConfig(
        text_config={"vocab_size": len(WORDS), "encoder_hidden_size": 16, **small, **ids},
        vision_config={"image_size": 32, "patch_size": 16, **small},
        projection_dim=8,
    )
    torch.manual_seed(0)
    transformers.BlipForConditionalGeneration(config).save_pretrained(folder)
    transformers.BlipProcessor(
        transformers.BlipImageProcessor(size={"height": 32, "width": 32}),
        transformers.BertTokenizerFast(str(folder / "vocab.txt")),
    ).save_pretrained(folder)
    return folder


def test_a_picture_gets_a_caption(tiny_blip):
    caption = load_captioner(tiny_blip)
    for mode in ("RGB", "L", "RGBA"):
        words = caption(PICTURE.convert(mode))
        assert isinstance(words, str)
        assert set(words.split()) <= set(WORDS)


def test_only_safetensors_are_read(tiny_blip, tmp_path):
    for file in tiny_blip.iterdir():
        if file.suffix != ".safetensors":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    torch.save({"x": Trap()}, tmp_path / "pytorch_model.bin")
    with pytest.raises(PretrainedError, match="cannot be read"):
        load_captioner(tmp_path)


def test_without_transformers_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(PretrainedError, match=r"pip install .mnist-helpers\[captions\]."):
        load_captioner()


@pytest.fixture
def hub(mirrors, tmp_path, monkeypatch):
    """Point Hugging Face at a mirror of some kind; gives the folder of one network in its cache."""
    pytest.importorskip("transformers")
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    repository = tmp_path / "hub" / f"models--{module.BLIP.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0" * 40)
    folder = repository / "snapshots" / ("0" * 40)
    folder.mkdir(parents=True)

    def point_at(kind):
        monkeypatch.setattr(constants, "ENDPOINT", mirrors.url(kind).rstrip("/"))
        return folder

    return point_at


@pytest.mark.parametrize(
    ("kind", "says"), [("forbidden", "error 403"), ("silent", "no answer"), ("trickling", "")]
)
def test_a_captioner_that_cannot_be_fetched_is_one_sentence_in_time(hub, kind, says):
    hub(kind)
    start = time.monotonic()
    with pytest.raises(PretrainedError, match="could not be downloaded") as error:
        load_captioner(time_limit=3)
    assert time.monotonic() - start < HANG
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.slow
def test_a_download_that_hangs_is_stopped(hub, monkeypatch):
    """The first question is answered, and then nothing more comes."""
    hub("good")
    monkeypatch.setattr(module, "_SNAPSHOT", "import time; time.sleep(60)")
    start = time.monotonic()
    with pytest.raises(PretrainedError, match="the time limit is over"):
        load_captioner(time_limit=1.5)
    assert time.monotonic() - start < HANG


def test_what_is_in_the_cache_is_taken_without_asking(hub, mirrors, tiny_blip):
    folder = hub("forbidden")
    for file in tiny_blip.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    settings = json.loads((folder / "processor_config.json").read_text())["image_processor"]
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    assert isinstance(load_captioner()(PICTURE), str)
    assert mirrors.requests == []
    (folder / "model.safetensors").unlink()  # half a network is not taken
    with pytest.raises(PretrainedError, match="could not be downloaded"):
        load_captioner()
