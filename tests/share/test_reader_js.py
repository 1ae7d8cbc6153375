"""The reader in JavaScript answers as Python's does: the same square, the same words."""

import base64
import io
import json
import struct
import zlib

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from mnist_helpers._support import limits, normalize
from mnist_helpers.data import load_stand_in
from mnist_helpers.framing import PictureError, open_picture
from mnist_helpers.framing.cutting import find_cuts
from mnist_helpers.model import (
    DeepDigitCNN,
    DigitCNN,
    make_head,
)
from mnist_helpers.page import script_of
from mnist_helpers.recognizer import ask_all_heads, load_network, ways
from mnist_helpers.recognizer.numbers import SEVERAL_LINES
from mnist_helpers.share.page_weights import network_weights
from mnist_helpers.synthetic import (
    compose_numbers,
    draw_flags,
    draw_non_digits,
    draw_strokes,
    hard_drawings,
    paste_digits,
)
from tests.conftest import TURNABLE, image_file, side_by_side, turned_file
from tools.bombs import BOMBS, bmp, gif
from tools.browser import needs_chromium, watch

pytestmark = [needs_chromium, pytest.mark.seconds]
CALLS = """
const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const opened = (text) => openPicture(new Blob([bytesOf(text)]));
async function readAll(pictures) {
  const answers = [];
  for (const one of pictures) {
    const answer = reader.read(await opened(one));
    const plain = (part) => ({ ...part, seen: part.seen && Array.from(part.seen) });
    answers.push({ ...plain(answer), digits: answer.digits.map(plain) });
  }
  return answers;
}
async function complaint(text) {
  try {
    await opened(text);
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}
const lookAll = ([weights, images]) => {
  const network = loadNetwork(weights);
  return images.map((image) => {
    const { logits, detected, pairs } = network.look(image);
    return [...logits, detected, ...(pairs ?? [])];
  });
};
"""


def text(content):
    return base64.b64encode(content).decode()


@pytest.fixture(scope="module")
def page(chromium):
    model, facts = load_network()
    weights = json.dumps(network_weights(model, facts["min_energy"]))
    page = chromium.new_page()
    _, complaints = watch(page)
    page.add_script_tag(
        content=f"{script_of('reader/reader.js')}\nconst reader = makeReader({weights});{CALLS}"
    )
    yield page
    assert complaints == []


def read_both(page, recognizer, contents):
    answers = page.evaluate("(list) => readAll(list)", [text(content) for content in contents])
    return list(zip(map(recognizer.read, contents), answers, strict=True))


def assert_same_answers(pairs, most=0.01, pixels=1):
    """The same words and verdicts; probabilities and boxes that differ at most by so much."""
    for reading, script in pairs:
        python = reading.to_dict()
        assert script["number"] == python["number"]
        assert_same_answer(python | {"words": reading.words}, script, most)
        for digit, told in zip(reading.digits, script["digits"], strict=True):
            assert_same_answer(digit.to_dict() | {"words": digit.prediction.words}, told, most)
            assert np.abs(np.subtract(digit.box, told["box"])).max() <= pixels


def assert_same_answer(python, script, most):
    for name in ("words", "verdict", "digit"):
        assert script[name] == python[name]
    for name in ("confidence", "probabilities"):
        assert script[name] == pytest.approx(python[name], abs=most)


def differences(pairs):
    """By how many grey levels each pair of squares differs, on average over its pixels."""
    seen = np.array([script["seen"] for _, script in pairs], int)
    return np.abs(seen - [one.single.image.ravel().astype(int) for one, _ in pairs]).mean(1)


# Reading


@pytest.mark.slow
def test_hard_drawings_are_read_as_in_python(page, recognizer):
    contents = [image_file(one.picture) for one in hard_drawings(load_stand_in().test, 6)]
    pairs = read_both(page, recognizer, contents)
    assert len(pairs) == 60
    assert_same_answers(pairs)
    # BLAS projects colours on the axis of the ink. In which order it adds up float32 depends on the
    # processor: even Python's squares differ in a few pixels from one to another.
    apart = differences(pairs)
    assert np.count_nonzero(apart) <= 0.03 * len(pairs)
    assert apart.max() <= 0.5


@pytest.mark.parametrize(
    "kind",
    ["squared", "tight", "printed box", "drawn box", "crossed box", "cut box"],
)
def test_lines_and_frames_are_taken_out_as_in_python(kind, page, recognizer):
    pictures = paste_digits(draw_strokes(6, seed=8)[0], seed=6, kind=kind)
    pairs = read_both(page, recognizer, list(map(image_file, pictures)))
    assert_same_answers(pairs)
    apart = differences(pairs)
    assert np.count_nonzero(apart) <= 1
    assert apart.max() <= 0.5


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["pencil", "half faint", "table"])
def test_faint_strokes_and_sheets_on_tables_are_read_as_in_python(kind, page, recognizer):
    images, _ = draw_strokes(12, seed=6)
    pairs = read_both(page, recognizer, list(map(image_file, paste_digits(images, 6, kind))))
    assert_same_answers(pairs)
    assert np.count_nonzero(differences(pairs)) <= 1


def test_flags_are_doubted_as_in_python(page, recognizer):
    pairs = read_both(page, recognizer, list(map(image_file, draw_flags(24, seed=3))))
    assert_same_answers(pairs)
    assert any(set(python.words) >= set("1 or 7?") for python, _ in pairs)


def numbers(spacing, kind, *chosen):
    """Pictures of numbers in the generated hand, on one kind of paper."""
    images, labels = draw_strokes(60, seed=4)
    ink = compose_numbers(images, labels, chosen, 3, spacing)
    return list(map(image_file, paste_digits(ink, 3, kind)))


def test_numbers_are_read_as_in_python(page, recognizer):
    contents = numbers("apart", "plain", "7", "42", "100", "0935")
    contents += numbers("touching", "plain", "35", "642")
    contents += numbers("touching", "plain", "30")  # the first attempt sees no digit
    pairs = read_both(page, recognizer, contents)
    assert_same_answers(pairs, 0.002)
    assert pairs[-1][0].words == "30?"
    assert [script["number"] for _, script in pairs][:4] == ["7", "42", "100", "0935"]
    seen = [[digit["seen"] for digit in script["digits"]] for _, script in pairs]
    for (reading, script), squares in zip(pairs, seen, strict=True):
        assert script["seen"] == (squares[0] if len(squares) == 1 else None)
        expected = [digit.prediction.image.ravel() for digit in reading.digits]
        assert np.abs(np.subtract(expected, squares, dtype=int)).mean() <= 0.5


def test_pairs_that_the_pair_reader_vouches_for_are_read_as_in_python(
    page, recognizer, monkeypatch
):
    digits = load_stand_in().test
    hand, chosen = (list(digits.images.numpy()), digits.labels.numpy()), ["17", "31", "80", "91"]
    pictures = [
        Image.fromarray(255 - np.pad(ink, 30))
        for ink in compose_numbers(*hand, [f"{n:02}" for n in range(100)], 5, "touching")
    ]
    contents = [image_file(pictures[int(number)]) for number in chosen]
    pairs = read_both(page, recognizer, contents)
    assert_same_answers(pairs, 0.002)
    assert [script["number"] for _, script in pairs] == chosen
    monkeypatch.setattr(ways, "VOUCHED", 2)
    assert [recognizer.read(io.BytesIO(one)).number for one in contents] == [None] * 4


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [
        *("photo", "ruled", "squared", "tight", "drawn box"),
        *("pencil", "half faint", "table", "transparent"),
    ],
)
def test_numbers_on_paper_are_read_as_in_python(kind, page, recognizer):
    spacings = {"apart": ("61", "8024", "5"), "close": ("309", "17"), "touching": ("93", "285")}
    contents = [one for name, some in spacings.items() for one in numbers(name, kind, *some)]
    pairs = read_both(page, recognizer, contents)
    assert_same_answers(pairs, 0.002)
    assert sum(len(reading.digits) > 1 for reading, _ in pairs) >= 4


def test_one_digit_of_several_parts_and_two_lines_are_read_as_in_python(page, recognizer):
    hat = Image.new("L", (200, 200), 255)
    pen = ImageDraw.Draw(hat)
    pen.line([(70, 45), (66, 95), (95, 88), (122, 105), (118, 140), (90, 158), (62, 146)], 0, 9)
    pen.line([(88, 38), (128, 32)], 0, 9)
    line = np.asarray(Image.open(io.BytesIO(side_by_side("3 round", "4 open", "5 in one"))))
    pairs = read_both(page, recognizer, [image_file(hat), image_file(np.vstack([line, line]))])
    assert_same_answers(pairs, 0.002)
    assert [script["words"] for _, script in pairs] == ["5", SEVERAL_LINES]
    assert pairs[1][1]["probabilities"] is None


def test_a_digit_in_a_circle_is_read_as_in_python(page, recognizer):
    circled = []
    for styles in (["5 in one"], ["4 open", "3 round"]):
        digits = Image.open(io.BytesIO(side_by_side(*styles)))
        paper = Image.new("L", (digits.width + 60, digits.width + 60), 255)
        paper.paste(digits, (30, (paper.height - digits.height) // 2))
        paper = paper.resize((300, 300))
        ImageDraw.Draw(paper).ellipse([85, 85, 215, 215], outline=0, width=5)
        circled.append(image_file(paper))
    pairs = read_both(page, recognizer, circled)
    assert_same_answers(pairs, 0.002)
    assert [script["number"] for _, script in pairs] == ["5", "43"]


def test_cuts_run_as_in_python(page):
    ink = np.random.default_rng(2).random((31, 44), np.float32)
    ink[:, 10:14] *= 0.2
    ink[:, 28:40] = 1
    script = "({data, ...size}) => findCuts({data: Float32Array.from(data), ...size}, 31)"
    for rows in (ink, ink[:30], ink[:1], ink[:2, :9], 0.4 * ink):
        image = {"data": rows.ravel().tolist(), "width": rows.shape[1], "height": len(rows)}
        expected = find_cuts(rows, 31)
        found = page.evaluate(script, image)
        assert [cut["path"] for cut in found] == [path.tolist() for path, _ in expected]
        assert [cut["cost"] for cut in found] == pytest.approx([cost for _, cost in expected])
    assert len(find_cuts(ink, 31)) > 2


def test_small_digits_are_read_as_in_python(page, recognizer):
    images = load_stand_in().test.images[:40].numpy()
    pairs = read_both(page, recognizer, [image_file(image) for image in images])
    assert_same_answers(pairs)
    assert differences(pairs).max() == 0


@pytest.mark.parametrize("kind", ["letters in other fonts", "doodles", "another photograph"])
def test_non_digits_are_refused_as_in_python(kind, page, recognizer):
    pairs = read_both(page, recognizer, list(map(image_file, draw_non_digits(kind, 8, seed=3))))
    assert_same_answers(pairs)
    assert any(python.verdict == "no digit" for python, _ in pairs)


def seven(size=120, ink=0, paper=255, width=9):
    picture = np.full((size, size), paper, np.uint8)
    picture[size // 4 : size // 4 + width, size // 3 : size * 2 // 3] = ink
    for row in range(size // 4, size * 3 // 4):
        column = size * 2 // 3 - width - (row - size // 4) // 3
        picture[row, column : column + width] = ink
    return Image.fromarray(picture)


def faint(alpha):
    picture = seven().convert("RGBA")
    picture.putalpha(Image.fromarray(alpha))
    return picture


KINDS = {
    "grey": image_file(seven()),
    "JPEG": image_file(seven().convert("RGB"), "JPEG"),
    "GIF": image_file(seven(), "GIF"),
    "BMP": image_file(seven(), "BMP"),
    "WebP": image_file(seven().convert("RGB"), "WEBP", lossless=True),
    "opaque, with alpha": image_file(seven(900, width=40).convert("RGBA")),
    "large": image_file(seven(2500, width=90)),
    "large, in colour": image_file(seven(2500, width=90).convert("RGB"), "JPEG", quality=98),
    "large and transparent": image_file(seven(2500, width=90).convert("P"), transparency=255),
    "high and narrow": image_file(seven().resize((10, 1200))),
    "drawn on nothing": image_file(faint(255 - np.asarray(seven()))),
    "half transparent": image_file(faint(np.full((120, 120), 100, np.uint8))),
    "fading": image_file(faint(np.linspace(40, 255, 14400).astype(np.uint8).reshape(120, 120))),
    "hidden colours": image_file(faint(np.pad(np.full((80, 80), 255, np.uint8), 20))),
}


def deep(*sizes, most=900, **options):
    """A PNG with greys of 16 bits that is far too dark."""
    picture = seven(*sizes)
    greys = np.asarray(picture).astype(np.uint16) * (most // 255)
    greys[::7] += np.arange(greys.shape[1], dtype=np.uint16) % 5
    return image_file(Image.fromarray(greys), **options)


KINDS |= {
    "16 bits, 10 used": deep(),
    "16 bits, 8 used": deep(most=255),
    "16 bits, 1 used": image_file(Image.fromarray((np.asarray(seven()) > 9).astype(np.uint16))),
    "16 bits, all used": deep(most=65_535),
    "16 bits, large": deep(1500, most=3_000),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_picture_is_read_as_in_python(kind, page, recognizer):
    pairs = read_both(page, recognizer, [KINDS[kind]])
    assert_same_answers(pairs, pixels=7)  # of a large picture; one pixel of a look at it
    assert differences(pairs).max() <= 0.5


@pytest.mark.parametrize("kind", [one for one in TURNABLE if not one.startswith("TIFF")])
def test_every_orientation_is_read_as_in_python(kind, page, recognizer):
    picture = seven().convert("RGB").crop((0, 10, 120, 110))
    contents = [turned_file(picture, orientation, kind) for orientation in range(1, 9)]
    pairs = read_both(page, recognizer, contents)
    assert_same_answers(pairs)
    assert differences(pairs).max() <= 0.5
    assert {reading.number for reading, _ in pairs} == {"7"}


def interlaced(greys):
    """A PNG with greys of 16 bits in seven passes, each row with another filter."""
    height, width = greys.shape
    rows = b""
    for left, top, across, down in (
        *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
        *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
    ):
        part = greys[top::down, left::across].astype(">u2")
        if part.size == 0:
            continue
        part = np.frombuffer(part.tobytes(), np.uint8).reshape(len(part), -1).astype(int)
        for y, row in enumerate(part):
            above = part[y - 1] if y else np.zeros_like(row)
            before, corner = (np.concatenate([[0, 0], one[:-2]]) for one in (row, above))
            far = [np.abs(before + above - corner - one) for one in (before, above, corner)]
            paeth = np.choose(np.argmin(far, axis=0), [before, above, corner])
            expected = [0 * row, before, above, (before + above) // 2, paeth]
            rows += bytes([y % 5]) + (row - expected[y % 5]).astype(np.uint8).tobytes()
    packed = zlib.compress(rows)
    head = struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 1)
    chunks = [(b"IHDR", head), (b"IDAT", packed[:100]), (b"IDAT", packed[100:]), (b"IEND", b"")]
    pieces = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(pieces)


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (61, 47)])
def test_deep_greys_in_seven_passes_and_all_filters(size, page):
    greys = np.random.default_rng(0).integers(0, 4000, size).astype(np.uint16)
    content = interlaced(greys)
    script = "async (content) => Array.from(toPicture(await opened(content)).bands[0])"
    shades = np.asarray(open_picture(content))
    assert page.evaluate(script, text(content)) == shades.ravel().tolist()


def test_formats_that_this_browser_does_not_open_get_a_sentence(page):
    for content in (
        b"This is no picture.",
        image_file(seven(), "TIFF"),
        image_file(seven(), "TGA"),
    ):
        message = page.evaluate("(content) => complaint(content)", text(content))
        assert message == (
            "PictureError: The file is not a picture of a format that this browser opens. Save it "
            "as PNG or JPEG."
        )


def test_a_drawing_in_svg_is_read_because_browsers_open_it(page, recognizer):
    drawing = """<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100">
        <path d="M25 25h50L40 80" fill="none" stroke="black" stroke-width="8"/></svg>"""
    script = """async (content) => {
        const blob = new Blob([content], { type: "image/svg+xml" });
        return reader.read(await openPicture(blob)).digit;
    }"""
    assert page.evaluate(script, drawing) == 7


def specks():
    random = np.random.default_rng(0)
    picture = np.full((150, 150), 255, np.uint8)
    for row, column in random.integers(5, 143, (120, 2)):
        picture[row : row + 2, column : column + 2] = 0
    return Image.fromarray(picture)


def nearly_all_ink():
    picture = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    picture.paste("black", (4, 4, 96, 96))
    return picture


@pytest.mark.parametrize(
    ("picture", "word"),
    [
        (Image.new("L", (100, 80), 255), "blank"),
        (Image.new("RGB", (28, 28)), "blank"),
        (Image.new("RGB", (1, 1), "red"), "blank"),
        (Image.new("RGB", (1, 90), "red"), "blank"),
        (Image.new("RGBA", (60, 60)), "blank"),
        (nearly_all_ink(), "all ink"),
        (specks(), "specks"),
    ],
)
def test_the_same_problems(picture, word, page, recognizer):
    pairs = read_both(page, recognizer, [image_file(picture)])
    ((python, script),) = pairs
    assert word in python.words
    assert_same_answers(pairs)
    assert script["probabilities"] == pytest.approx([0.1] * 10)
    assert not any(script["seen"])


# The network


def networks():
    torch.manual_seed(5)
    uneven = DeepDigitCNN(channels=(5, 6, 9))
    small = DigitCNN(channels=(6, 10), hidden=20, batch_norm=True)
    for model in (uneven, small):  # as after training, and some factors are negative
        for module in model.features:
            if isinstance(module, torch.nn.BatchNorm2d):
                torch.nn.init.normal_(module.weight)
                torch.nn.init.normal_(module.bias)
                torch.nn.init.normal_(module.running_mean)
                torch.nn.init.uniform_(module.running_var, 0.5, 2)
    small.detector = make_head("detector", 250, 3)
    uneven.pair_reader = make_head("pair_reader", 81, 4)
    bundled, bare = load_network()[0], load_network()[0]
    bare.detector = bare.pair_reader = None
    return bundled, bare, DigitCNN(), small, uneven


@pytest.mark.parametrize("number", range(5), ids=["bundled", "bare", "plain", "norm", "uneven"])
def test_the_networks_logits_and_its_other_heads(number, page):
    model = networks()[number].eval()
    images = load_stand_in().test.images[:12]
    with torch.inference_mode():
        logits, detected, pairs = ask_all_heads(model, normalize(images))
    expected = np.column_stack([logits, detected, *([] if pairs is None else [pairs])])
    weights = network_weights(model, 3.5)
    assert weights["min_energy"] == 3.5
    arguments = [json.loads(json.dumps(weights)), images.flatten(1).tolist()]
    found = np.array(page.evaluate("(given) => lookAll(given)", arguments))
    assert np.abs(found - expected).max() < 1e-3
    assert (found[:, 10] != 0).any() == (model.detector is not None)


# Files that cannot be opened


def png_header(width, height):
    header = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\0\0\0\0"
    start = b"\x89PNG\r\n\x1a\n\0\0\0\r" + header + zlib.crc32(header).to_bytes(4, "big")
    return start + b"\0\0\0\0IDAT" + zlib.crc32(b"IDAT").to_bytes(4, "big")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        image_file(seven())[:150],
        deep()[:300],
        image_file(seven().convert("RGB"), "JPEG")[:900],
        image_file(seven(), "GIF")[:200],
        png_header(8001, 8000),
    ],
    ids=["empty", "PNG", "16 bits", "JPEG", "GIF", "large"],
)
def test_a_damaged_file_is_refused_in_a_sentence(content, page):
    with pytest.raises(PictureError) as error:
        open_picture(io.BytesIO(content))
    expected = f"PictureError: {error.value}"
    assert page.evaluate("(content) => complaint(content)", text(content)) == expected


# Both say the same where both measure: what is in the way of Pillow alone, such as a JPEG's notes,
# browsers may read.
MEASURED = (
    *("PNG 1", "PNG 6", "PNG in", "PNG with many", "PNG 8000, 16 bits, colour 6"),
    *("JPEG progressive", "JPEG not", "JPEG arithmetic", "JPEG lossless", "JPEG with scans"),
    *("JPEG 100,", "JPEG 7900, 101 ", "WebP 8", "WebP 5", "ICO"),
)


@pytest.mark.parametrize("name", [name for name in BOMBS if name.startswith(MEASURED)])
def test_hostile_pictures_are_refused_with_the_same_words(name, page):
    content = BOMBS[name]()
    with pytest.raises(PictureError) as error:
        open_picture(io.BytesIO(content))
    script = """async (content) => {
        const usual = globalThis.createImageBitmap;
        globalThis.createImageBitmap = () => { throw Error("decoded"); };
        try { return await complaint(content); } finally { globalThis.createImageBitmap = usual; }
    }"""
    assert page.evaluate(script, text(content)) == f"PictureError: {error.value}"


def test_sizes_in_other_headers_are_told_before_decoding(page):
    contents = [gif(9000, 9000), gif(10, 10, (9000, 9000)), bmp(9000, 9000, 24, 0)]
    avif = b"\0\0\0\x1cftypavif" + bytes(16) + b"ispe" + bytes(4) + struct.pack(">II", 9000, 9000)
    webp_x = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\x27\x23\0" * 2
    webp_lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 9000, 9000)
    for content in (*contents, avif + bytes(20), webp_x + bytes(20), webp_lossy + bytes(20)):
        message = page.evaluate("(content) => complaint(content)", text(content))
        assert message.startswith("PictureError: The picture is too large: 9,000 × 9,000 pixels")


def test_too_many_pixels_of_a_canvas_are_refused(page):
    assert limits.MAX_PIXELS < 8001 * 8000
    script = "() => { try { toPicture({ data: [], width: 8001, height: 8000 }); }"
    message = page.evaluate(script + " catch (error) { return error.message; } }")
    assert message.startswith("The picture is too large: 8,001 × 8,000 pixels")
