"""What many tests share: small data in MNIST's format, separate processes, mirrors, Ctrl-C."""

import gc
import gzip
import http.server
import io
import multiprocessing
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from unittest.mock import ANY

import numpy as np
import PIL
import pytest
import torch
from PIL import Image, ImageDraw, features
from PIL.PngImagePlugin import PngInfo

from mnist_helpers._support import limits
from mnist_helpers.data.idx_files import NAMES
from mnist_helpers.model import DigitCNN
from mnist_helpers.recognizer import DigitRecognizer
from mnist_helpers.synthetic import draw_style
from tools.skips import pytest_sessionfinish  # noqa: F401 - pytest calls it

ROOT = Path(__file__).resolve().parent.parent

# Hardly any of what the libraries make while they are imported is garbage. To look for it again and
# again would take a tenth of the tests' processor time.
gc.disable()

# A shell that starts the tests in the background makes them ignore Ctrl-C, and with them every
# process that they start. The tests of Ctrl-C would then wait in vain.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# The files whose tests take longest in all. They begin, so that no process is left with one of them
# when the others have nothing to do any more.
LONGEST = (
    *("share/test_pages.py", "lessons/test_exercises.py", "notebooks/test_jupyterlab.py"),
    *("share/test_reader_js.py", "setup/test_setup_env.py", "train/test_processes.py"),
    *("setup/test_site.py", "setup/test_extras.py", "setup/test_grading.py"),
    *("recognizer/test_many_pictures.py", "setup/test_listener.py", "setup/test_slides.py"),
    *("train/test_loop.py", "setup/test_classroom.py", "test_benchmarks.py", "test_flow.py"),
    *("setup/test_colab.py", "setup/test_make.py", "lessons/test_sweep.py", "share/test_web.py"),
    *("recipes/test_non_digit_detector.py", "demo/test_frames.py", "demo/test_endings.py"),
    *("framing/test_bombs.py", "share/test_space.py", "test_types.py", "train/test_waits.py"),
)


def pytest_collection_modifyitems(items):
    gc.freeze()
    gc.enable()
    places = {ROOT / "tests" / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def to_idx(array: np.ndarray) -> bytes:
    """The bytes of an IDX file of unsigned bytes."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


def small_arrays(n_train: int = 40, n_test: int = 20, seed: int = 0) -> dict[str, np.ndarray]:
    """Random images, and the labels 0 to 9 in turn."""
    random = np.random.default_rng(seed)
    arrays = {}
    for split, n in (("train", n_train), ("test", n_test)):
        arrays[f"{split}_images"] = random.integers(0, 256, (n, 28, 28), dtype=np.uint8)
        arrays[f"{split}_labels"] = np.arange(n, dtype=np.uint8) % 10
    return arrays


def write_folder(folder: Path, *, packed: bool = True, seed: int = 0, **replaced) -> dict:
    """Write four small files into a folder, and return their arrays.

    ``replaced`` are bytes to write instead of a file, or an array to put into it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    arrays = small_arrays(seed=seed)
    for key, name in NAMES.items():
        content = replaced.get(key, arrays[key])
        if isinstance(content, np.ndarray):
            content = to_idx(content)
            content = gzip.compress(content, mtime=0) if packed else content
        (folder / (name + ".gz" * packed)).write_bytes(content)
    return arrays


def run_python(code: str, *arguments: object, timeout: float = 60.0, **options):
    """Run Python code in a separate process, from the root of the project."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False, **options
    )


def drawing(seed: int = 0, size: int = 100) -> Image.Image:
    """A crooked stroke, dark on light."""
    corners = np.random.default_rng(seed).uniform(0.2, 0.8, (4, 2)) * size
    picture = Image.new("L", (size, size), 255)
    ImageDraw.Draw(picture).line([tuple(c) for c in corners], fill=0, width=size // 12)
    return picture


def image_file(picture: Image.Image | np.ndarray, kind: str = "PNG", **options) -> bytes:
    """The content of an image file."""
    file = io.BytesIO()
    picture = Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture
    picture.save(file, kind, **options)
    return file.getvalue()


# Where a picture can say how it is to be turned: the format, its options, and the kind of note.
# Older versions of Pillow heed XMP in PNGs only.
TURNABLE: dict[str, tuple[str, dict, str]] = {
    **{kind: (kind, {}, "exif") for kind in ("JPEG", "PNG", "TIFF")},
    "WebP": ("WEBP", {"lossless": True}, "exif"),
    "TIFF, packed": ("TIFF", {"compression": "tiff_lzw"}, "exif"),
    "TIFF of two pages": (
        "TIFF",
        {"save_all": True, "append_images": [Image.new("L", (9, 9))]},
        "exif",
    ),
    "PNG, XMP": ("PNG", {}, "xmp"),
    "PNG, packed XMP": ("PNG", {}, "packed xmp"),
    "PNG of ImageMagick": ("PNG", {}, "profile"),
}
if features.check("avif"):
    TURNABLE["AVIF"] = ("AVIF", {"quality": 95}, "exif")
if int(PIL.__version__.split(".")[0]) >= 12:
    TURNABLE |= {f"{kind}, XMP": (kind, {}, "xmp") for kind in ("JPEG", "TIFF", "WEBP")}


def turned_file(upright: Image.Image, orientation: int, kind: str) -> bytes:
    """The file of a camera that was held in one of the 8 ways, as it stores an upright picture."""
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = upright.transpose(Image.Transpose(back[orientation])) if orientation > 1 else upright
    form, options, note = TURNABLE[kind]
    exif, xmp = Image.Exif(), f'<x:xmpmeta tiff:Orientation="{orientation}"/>'
    exif[0x0112] = orientation
    text = PngInfo()
    if note == "profile":
        text.add_text("Raw profile type exif", f"\nexif\n0\n{exif.tobytes().hex()}", zip=True)
    else:
        text.add_itxt("XML:com.adobe.xmp", xmp, zip=note == "packed xmp")
    notes = {"PNG": {"pnginfo": text}, "TIFF": {"tiffinfo": {700: xmp.encode()}}}
    notes = {"exif": exif} if note == "exif" else notes.get(form, {"xmp": xmp.encode()})
    return image_file(stored, form, **options, **notes)


def written(style: str = "7 crossed") -> bytes:
    """A PNG of a digit in black on white, in one of the styles of the generated pen."""
    return image_file(255 - draw_style(style, np.random.default_rng(0)))


def side_by_side(*styles: str) -> bytes:
    """A PNG of several digits in a line, in black on white, each as in `written`."""
    digits = [draw_style(style, np.random.default_rng(0)) for style in styles]
    return image_file(255 - np.pad(np.hstack(digits), 10))


def is_one_sentence(text: object) -> bool:
    return re.fullmatch(r"[A-Z][^\n]*[.]", str(text)) is not None


def constant_network(**logits: float) -> DigitCNN:
    """A network that always answers the same: ``constant_network(d7=9)`` says 7."""
    network = DigitCNN(channels=(2, 2), hidden=4)
    with torch.no_grad():
        network.classifier[-1].weight.zero_()
        network.classifier[-1].bias.zero_()
        for name, logit in logits.items():
            network.classifier[-1].bias[int(name[1])] = logit
    return network


def random_network() -> DigitCNN:
    """A network whose answers depend on the picture."""
    torch.manual_seed(0)
    return DigitCNN(channels=(4, 8), hidden=32)


@pytest.fixture(scope="session")
def recognizer() -> DigitRecognizer:
    """The recognizer with the network that comes with the package; nothing changes it."""
    return DigitRecognizer.load()


@pytest.fixture(scope="session")
def on_pretended_gpu():
    """Calls a function, of a test file, in a process whose accelerator is a pretended GPU."""
    from tools.pretended_gpu import device

    if why := device.missing_door():
        pytest.skip(why)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, initializer=device.install) as process:
        yield lambda function, *arguments: process.submit(function, *arguments).result(timeout=300)


@pytest.fixture(scope="module")
def chromium():
    """A running Chromium. A longer life would keep its event loop from tests that start theirs."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    from tools.browser import browser

    with browser() as started:
        yield started


@pytest.fixture
def two_threads():
    """PyTorch computes in two threads, so that it is seen if somebody changes their number."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """No data set on this machine can be seen, and the user's cache is an empty folder."""
    monkeypatch.delenv("MNIST_DATA_DIR", raising=False)
    cache = tmp_path / "user-cache"
    monkeypatch.setattr("mnist_helpers.data.loading.user_cache_dir", lambda *_, **__: str(cache))
    return cache


@pytest.fixture
def all_official(monkeypatch):
    """Any files in MNIST's format count as the official ones."""
    known = defaultdict(lambda: ANY)
    monkeypatch.setattr("mnist_helpers.data.idx_files.OFFICIAL_SHA256", known)


@pytest.fixture
def closed_port():
    """The number of a port on this machine where nothing answers: connections are refused."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


HANG = 30  # seconds; far over what any test of a download needs: only a hang takes longer


class Mirrors(http.server.ThreadingHTTPServer):
    """Serves ``/KIND/FILE``, where KIND is how that mirror behaves: a method of `Mirror`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Mirror)
        self.files: dict[str, bytes] = {}
        self.over = threading.Event()  # lets go of the requests that are never answered
        self.requests: list[tuple[str, str]] = []
        self.budget = 10**9  # bytes that "pausing" still sends
        self.paused = threading.Event()

    def url(self, kind: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{kind}/"

    def fetched(self, kind: str) -> list[str]:
        return [name for asked, name in self.requests if asked == kind]

    def handle_error(self, *_):
        """A client that hangs up is part of the tests."""


class Mirror(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        _, kind, *_, name = self.path.split("/")
        self.server.requests.append((kind, name))
        getattr(self, kind)(self.server.files.get(name, b"content"))

    def log_message(self, *_):
        pass

    def begin(self, length: int | None) -> None:
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def good(self, content):
        self.begin(len(content))
        self.wfile.write(content)

    def late(self, content):
        """Good, but never the first to answer."""
        if len(self.server.fetched("late")) == 1:
            time.sleep(0.2)
        self.good(content)

    def only_the_small_files(self, content):
        self.good(content) if len(content) < 1000 else self.send_error(404)

    def truncated(self, content):
        self.good(content[: len(content) // 2])

    def a_web_page(self, content):
        self.good(b"<!DOCTYPE html><title>Welcome to our wireless network</title>")

    def forbidden(self, content):
        self.send_error(403)

    def silent(self, content):
        self.server.over.wait(HANG)

    def dropping(self, content):
        self.begin(len(content))
        self.wfile.write(content[: len(content) // 2])

    def silent_in_the_middle(self, content):
        self.dropping(content)
        self.wfile.flush()
        self.server.over.wait(HANG)

    def trickling(self, content):
        self.begin(len(content))
        for byte in content:
            self.wfile.write(bytes([byte]))
            if self.server.over.wait(0.02):
                return

    def trickling_headers(self, content):
        self.wfile.write(b"HTTP/1.0 200 OK\r\n")
        while not self.server.over.wait(0.02):
            self.wfile.write(b"x")

    def endless(self, content):
        self.begin(None)
        while not self.server.over.is_set():
            self.wfile.write(bytes(1 << 16))

    def not_http(self, content):
        self.wfile.write(b"220 ftp ready\r\n")

    def redirecting_in_circles(self, content):
        self.send_response(302)
        self.send_header("Location", self.path)
        self.end_headers()

    def pausing(self, content):
        """Good until the server's budget is spent; then it says so and falls silent."""
        self.begin(len(content))
        for start in range(0, len(content), 4096):
            chunk = content[start : start + 4096]
            self.wfile.write(chunk)
            self.server.budget -= len(chunk)
            if self.server.budget < 0:
                self.wfile.flush()
                self.server.paused.set()
                self.server.over.wait(HANG)
                return


@pytest.fixture
def mirrors(monkeypatch):
    """A server on this machine that behaves well or badly; downloads lose patience with it soon."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(limits, "ANSWER_SECONDS", 1.5)
    monkeypatch.setattr(limits, "STALL_SECONDS", 3.0)
    server = Mirrors()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()
