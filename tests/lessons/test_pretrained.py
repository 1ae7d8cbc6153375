"""Networks of others: from the cache, from a server on this machine, and where neither helps."""

import hashlib
import http.server
import io
import json
import sys
import threading
import time

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.models import ResNet18_Weights, resnet18

from mnist_helpers._support import limits
from mnist_helpers.lessons import PretrainedError, load_captioner, load_classifier
from mnist_helpers.lessons import pretrained as module

LIMIT = 20  # seconds; only a hang takes longer
PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8))


@pytest.fixture(scope="session")
def checkpoint():
    """ResNet-18 with random weights, as a file's bytes."""
    torch.manual_seed(0)
    file = io.BytesIO()
    torch.save(resnet18().state_dict(), file)
    return file.getvalue()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        kind, content = self.server.kind, self.server.content
        if kind == "silent":
            self.server.over.wait(LIMIT)
            return
        if kind == "trickling":
            self.send_response(200)
            self.end_headers()
            while not self.server.over.wait(0.02):
                self.wfile.write(b"x")
            return
        if kind == "forbidden":
            self.send_error(403)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:1000] if kind == "truncated" else content)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_):
        """A client that hangs up is part of the tests."""


@pytest.fixture
def server(monkeypatch):
    server = Server(("127.0.0.1", 0), Handler)
    server.kind, server.content, server.asked = "good", b"", []
    server.over = threading.Event()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(limits, "ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(limits, "STALL_SECONDS", 0.6)
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Torch's cache is an empty folder."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "torch" / "hub" / "checkpoints"


@pytest.fixture
def offer(server, monkeypatch):
    """Make torchvision name this server for ResNet-18."""

    def offer(kind: str, content: bytes, digest: str | None = None) -> str:
        server.kind, server.content = kind, content
        digest = digest or hashlib.sha256(content).hexdigest()[:8]
        name = f"resnet18-{digest}.pth"
        url = f"http://127.0.0.1:{server.server_port}/models/{name}"
        monkeypatch.setattr(ResNet18_Weights.DEFAULT.value, "url", url)
        return name

    return offer


# ResNet-18


def test_a_file_in_the_cache_is_taken(cache, checkpoint):
    cache.mkdir(parents=True)
    (cache / "resnet18-f37072fd.pth").write_bytes(checkpoint)
    classify = load_classifier(time_limit=0)
    answer = classify(PICTURE)
    assert list(answer) == ResNet18_Weights.DEFAULT.meta["categories"]
    assert len(answer) == 1000
    assert sum(answer.values()) == pytest.approx(1, abs=1e-5)
    assert classify(PICTURE) == answer


def test_the_answer_is_that_of_torchvisions_own_recipe(cache, checkpoint):
    cache.mkdir(parents=True)
    (cache / "resnet18-f37072fd.pth").write_bytes(checkpoint)
    weights = ResNet18_Weights.DEFAULT
    network = resnet18(weights=weights).eval()
    with torch.inference_mode():
        expected = network(weights.transforms()(PICTURE)[None]).softmax(1)[0]
    found = torch.tensor(list(load_classifier()(PICTURE).values()))
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_picture_has_an_answer(mode):
    classify = module.ImageClassifier(
        resnet18(), range(1000), ResNet18_Weights.DEFAULT.transforms()
    )
    picture = Image.new(mode, (5, 300))
    assert len(classify(picture)) == 1000


def test_what_is_not_there_is_downloaded_once(cache, offer, server, checkpoint):
    name = offer("good", checkpoint)
    assert len(load_classifier()(PICTURE)) == 1000
    assert [path.name for path in cache.iterdir()] == [name]
    load_classifier()
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("wrong hash", "it sent a damaged or cut-off file"),
        ("truncated", "it sent a damaged or cut-off file"),
        ("forbidden", "error 403 (Forbidden)"),
        ("silent", "no answer"),
        ("trickling", "it is far too slow"),
    ],
)
def test_a_bad_server_is_one_sentence_in_time_and_leaves_nothing(cache, offer, kind, says):
    offer(kind, bytes(100_000), digest="00000000" if kind == "wrong hash" else None)
    start = time.monotonic()
    with pytest.raises(PretrainedError) as error:
        load_classifier(time_limit=15)
    assert time.monotonic() - start < 10
    assert says in str(error.value)
    assert str(error.value).startswith("The pretrained ResNet-18 is not on this machine")
    assert str(error.value).endswith(").")
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("kind", ["silent", "trickling"])
def test_the_time_limit_is_kept(cache, offer, monkeypatch, kind):
    monkeypatch.setattr(limits, "ANSWER_SECONDS", LIMIT)
    monkeypatch.setattr(limits, "STALL_SECONDS", LIMIT)
    offer(kind, bytes(1000))
    start = time.monotonic()
    with pytest.raises(PretrainedError):
        load_classifier(time_limit=0.5)
    assert time.monotonic() - start < LIMIT / 2


def test_without_a_network_it_says_so(cache, monkeypatch, closed_port):
    for url in (
        f"http://127.0.0.1:{closed_port}/r-12345678.pth",
        "http://no.invalid/r-12345678.pth",
    ):
        monkeypatch.setattr(ResNet18_Weights.DEFAULT.value, "url", url)
        with pytest.raises(PretrainedError, match="could not be downloaded"):
            load_classifier()


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04" + bytes(100)])
def test_a_damaged_file_in_the_cache_is_named(cache, content):
    cache.mkdir(parents=True)
    path = cache / "resnet18-f37072fd.pth"
    path.write_bytes(content)
    with pytest.raises(PretrainedError, match="is damaged; delete it") as error:
        load_classifier()
    assert str(path) in str(error.value)


class Trap:
    def __reduce__(self):
        return print, ("code from a file was run",)


def test_code_in_a_file_is_not_run(cache, capfd):
    cache.mkdir(parents=True)
    torch.save({"conv1.weight": Trap()}, cache / "resnet18-f37072fd.pth")
    with pytest.raises(PretrainedError, match="damaged"):
        load_classifier()
    assert "was run" not in capfd.readouterr().out


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "file"))
    with pytest.raises(PretrainedError, match="Nothing can be written to"):
        load_classifier()


# BLIP

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "[ENC]", "a", "drawn", "digit"]


@pytest.fixture(scope="module")
def tiny_blip(tmp_path_factory):
    """A folder with a BLIP of random weights, that knows three words."""
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


def test_weights_that_are_no_safetensors_are_not_read(tiny_blip, tmp_path):
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
def hub(server, tmp_path, monkeypatch):
    """Hugging Face is this server, and its cache is an empty folder."""
    pytest.importorskip("transformers")
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.mark.parametrize(
    ("kind", "says"), [("forbidden", "error 403"), ("silent", "no answer"), ("trickling", "")]
)
def test_a_captioner_that_cannot_be_fetched_is_one_sentence_in_time(hub, server, kind, says):
    server.kind = kind
    start = time.monotonic()
    with pytest.raises(PretrainedError, match="could not be downloaded") as error:
        load_captioner(time_limit=3)
    assert time.monotonic() - start < LIMIT
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.slow
def test_a_download_that_hangs_is_stopped(hub, server, monkeypatch):
    """The first question is answered, and then nothing more comes."""
    monkeypatch.setattr(module, "_SNAPSHOT", "import time; time.sleep(60)")
    start = time.monotonic()
    with pytest.raises(PretrainedError, match="the time limit is over"):
        load_captioner(time_limit=1.5)
    assert time.monotonic() - start < LIMIT


def test_what_is_in_the_cache_is_taken_without_asking(hub, server, tiny_blip):
    repository = hub / f"models--{module.BLIP.replace('/', '--')}"
    folder = repository / "snapshots" / ("0" * 40)
    folder.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)
    for file in tiny_blip.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    settings = json.loads((folder / "processor_config.json").read_text())["image_processor"]
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    assert isinstance(load_captioner()(PICTURE), str)
    assert server.asked == []


def test_half_a_network_in_the_cache_is_not_taken(hub, server, tiny_blip):
    server.kind = "forbidden"
    repository = hub / f"models--{module.BLIP.replace('/', '--')}"
    folder = repository / "snapshots" / ("0" * 40)
    folder.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)
    (folder / "config.json").write_bytes((tiny_blip / "config.json").read_bytes())
    with pytest.raises(PretrainedError, match="could not be downloaded"):
        load_captioner()
