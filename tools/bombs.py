"""Pictures that ask for minutes or gigabytes. Each is small: a few bytes, or what packs well.

``python -m tools.bombs`` reads an ordinary picture, then each of these, and prints a line of JSON
for each: its name, what became of it, the words, and how many bytes of memory it took (on Linux).
"""

import functools
import io
import itertools
import json
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

# PNG


def _chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@functools.cache
def _packed(size: int) -> bytes:
    """So many zeros, packed without ever being there at once."""
    packer = zlib.compressobj(1)
    parts = [packer.compress(bytes(min(1_000_000, size - at))) for at in range(0, size, 1_000_000)]
    return b"".join(parts) + packer.flush()


def png(
    width: int,
    height: int,
    bits: int = 8,
    colour: int = 2,
    interlace: int = 0,
    *,
    more: bytes = b"",
) -> bytes:
    """A PNG without ink; ``more`` are chunks before the pixels."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlace)
    palette = _chunk(b"PLTE", bytes(3 * 2 ** min(bits, 8))) if colour == 3 else b""
    row = (width * channels * bits + 7) // 8 + 1
    pixels = _packed(height * row + (height * 16 if interlace else 0))
    start = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + palette + more
    return start + _chunk(b"IDAT", pixels) + _chunk(b"IEND")


def png_in_pieces(chunks: int) -> bytes:
    """A PNG with so many empty chunks of pixels."""
    start, end = png(28, 28)[:33], _chunk(b"IEND")
    return start + _chunk(b"IDAT") * chunks + _chunk(b"IDAT", _packed(28 * 85)) + end


def png_notes(kind: bytes, chunks: int) -> bytes:
    """A PNG with so many notes, each of a megabyte if its kind is packed."""
    body = b"note\0\0" + _packed(999_000) if kind in (b"zTXt", b"iCCP") else b"note\0text"
    return png(28, 28, more=_chunk(kind, body) * chunks)


# JPEG


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([255, marker]) + struct.pack(">H", len(body) + 2) + body


def _scan(components: range, start: int, end: int, data: bytes = b"") -> bytes:
    each = b"".join(bytes([one, 0]) for one in components)
    return _segment(0xDA, bytes([len(components)]) + each + bytes([start, end, 0])) + data


def jpeg(
    width: int,
    height: int,
    scans: int = 0,
    components: int = 3,
    kind: int = 0xC2,
    *,
    before: bytes = b"",
    between: bytes = b"",
) -> bytes:
    """A JPEG of one colour, with more scans that say nothing, and bytes before and between them."""
    each = b"".join(bytes([one, 0x11, 0]) for one in range(1, components + 1))
    tables = _segment(0xDB, b"\0" + b"\1" * 64)
    tables += _segment(kind, struct.pack(">BHHB", 8, height, width, components) + each)
    tables += _segment(0xC4, b"\0\1" + bytes(15) + b"\0")
    tables += _segment(0xC4, b"\x10\1\1" + bytes(14) + b"\0\xe0")
    first = _scan(range(1, components + 1), 0, 0 if kind == 0xC2 else 63, b"\0")
    more = (_scan(range(1, 2), 1, 63) + between) * scans
    return b"\xff\xd8" + before + tables + first + more + b"\xff\xd9"


def tags(entries: int, size: int, order: str = "<", start: bytes = b"II*\0") -> bytes:
    """TIFF or EXIF data whose tags all hold the same bytes, and nearly all of them."""
    each = (struct.pack(order + "HHII", tag, 7, size - 8, 8) for tag in range(1, entries + 1))
    ifd = struct.pack(order + "H", entries) + b"".join(each) + bytes(4)
    return (start + struct.pack(order + "I", 8) + ifd).ljust(size, b"\0")


# TIFF


def tiff(
    width: int,
    height: int,
    *,
    bits: int = 32,
    kind: int = 3,
    rows: int | None = None,
    tile: tuple[int, int] | None = None,
    strips: int = 1,
    counts: int | None = None,
    compression: int = 8,
    more: tuple[tuple[int, int, int, int], ...] = (),
) -> bytes:
    """A packed TIFF in strips or tiles, all of which have the same data."""
    block = _packed((tile[0] * tile[1] if tile else width * (rows or height)) * bits // 8)
    at, listed = 8, 8 + len(block) + len(block) % 2
    size = len(block) if counts is None else counts
    lists = b"".join(struct.pack("<I", one) * strips for one in (at, size))
    places = (listed, listed + 4 * strips) if strips > 1 else (at, size)
    found = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, bits), (259, 3, 1, compression)]
    found += [(262, 3, 1, 1), (277, 3, 1, 1), (339, 3, 1, kind), *more]
    if tile:
        found += [(322, 4, 1, tile[0]), (323, 4, 1, tile[1])]
        found += [(324, 4, strips, places[0]), (325, 4, strips, places[1])]
    else:
        found += [(278, 4, 1, rows or height)]
        found += [(273, 4, strips, places[0]), (279, 4, strips, places[1])]
    ifd = b"".join(struct.pack("<HHII", *one) for one in sorted(found))
    start = b"II*\0" + struct.pack("<I", listed + len(lists))
    body = start + block.ljust(listed - 8, b"\0") + lists
    return body + struct.pack("<H", len(found)) + ifd + bytes(4)


# Others


def gif(width: int, height: int, frame: tuple[int, int] | None = None, notes: bytes = b"") -> bytes:
    """A GIF whose frame may be larger than its screen."""
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    picture = b"," + struct.pack("<HHHHB", 0, 0, *(frame or (width, height)), 0)
    return screen + notes + picture + b"\2\2L\1\0;"


def bmp(width: int, height: int, bits: int = 8, packed: int = 1, data: bytes = b"") -> bytes:
    """A BMP, by default of run lengths."""
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, packed, 0, 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1078 + len(data), 0, 0, 1078) + header + bytes(1024) + data


def tga(width: int, height: int, bits: int = 24) -> bytes:
    """A TGA of run lengths."""
    count = (width * height + 127) // 128
    header = struct.pack("<BBBHHBHHHHBB", 0, 0, 10, 0, 0, 0, 0, 0, width, height, bits, 0)
    return header + (b"\xff" + bytes(bits // 8)) * count


def ico(picture: bytes) -> bytes:
    """An ICO that says 16×16 of whatever is in it."""
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(picture), 22)
    return b"\0\0\1\0\1\0" + entry + picture


def webp(width: int, height: int, alpha: bool = False) -> bytes:
    """A lossless WebP of one colour, whose pixels take no bits."""
    content = bytearray(saved(Image.new("RGB", (16, 16)), "WEBP", lossless=True))
    content[21:25] = struct.pack("<I", (width - 1) | (height - 1) << 14 | alpha << 28)
    return bytes(content)


def webp_in_parts(parts: int) -> bytes:
    """A WebP with so many parts that say nothing."""
    content = saved(Image.new("RGB", (16, 16)), "WEBP", exif=b"Exif\0\0" + bytes(9))
    content = content[:30] + b"none\0\0\0\0" * parts + content[30:]
    return content[:4] + struct.pack("<I", len(content) - 8) + content[8:]


def avif(side: int, frames: int = 1) -> bytes:
    """The parts of an AVIF that tell how large its frames are."""
    bits = f"{0b001_1_1_00000_1111_1111:018b}" + f"{side - 1:016b}" * 2
    header = int(bits.ljust(56, "0"), 2).to_bytes(7, "big")
    item = b"\x0a\7" + header + b"\x32\1\0" * frames
    place = struct.pack(">HHHHII", 1, 1, 0, 1, 66, len(item))
    iloc = struct.pack(">I4sIBB", 14 + len(place), b"iloc", 0, 0x44, 0) + place
    meta = struct.pack(">I4sI", 12 + len(iloc), b"meta", 0) + iloc
    start = struct.pack(">I4s4sI", 16, b"ftyp", b"avif", 0) + meta
    return start + struct.pack(">I4s", 8 + len(item), b"mdat") + item


def tiff_of_jpeg(picture: bytes, width: int, height: int, channels: int = 1) -> bytes:
    """A TIFF with one strip, which is this JPEG."""
    found = [(256, width), (257, height), (258, 8), (259, 7), (262, 1 if channels == 1 else 2)]
    found += [(273, 122), (277, channels), (278, height), (279, len(picture))]
    ifd = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in found)
    start = b"II*\0" + struct.pack("<IH", 8, len(found)) + ifd
    return start + bytes(4) + picture


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The content of an image file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


Bombs = dict[str, Callable[[], bytes]]


def _make() -> Bombs:
    made: Bombs = {}

    def add(name: str, make: Callable[..., bytes], *arguments: Any, **options: Any) -> None:
        made[name] = functools.partial(make, *arguments, **options)

    for side, (bits, colour), interlace in itertools.product(
        (8000, 30_000), ((8, 2), (8, 6), (16, 0), (16, 6), (8, 3), (1, 0)), (0, 1)
    ):
        if side == 8000 or interlace == 0:
            size = (side, side) if side == 8000 else (30_000, 30_000)
            make = png if side == 8000 else _png_header
            name = f"PNG {side}, {bits} bits, colour {colour}, interlace {interlace}"
            add(name, make, *size, bits, colour, interlace)
    add("PNG 1 wide", png, 1, 60_000_000, 8, 0)
    add("PNG 1 high", png, 60_000_000, 1, 16, 0)
    add("PNG 65535 wide", png, 65_535, 970, 16, 6)
    add("PNG in a million pieces", png_in_pieces, 1_000_000)
    for note in ("zTXt", "iCCP", "tEXt", "eXIf", "acTL", "sPLT"):
        add(f"PNG with many {note}", png_notes, note.encode(), 3000)
    add("PNG with EXIF", lambda: png(28, 28, more=_chunk(b"eXIf", tags(30_000, 1_000_000))))
    add("PNG with EXIF in text", _png_raw_exif)
    for scans in (101, 20_000, 100_000):
        for side, components in itertools.product((100, 2000, 7900), (1, 3)):
            name = f"JPEG {side}, {scans} scans, {components} components"
            add(name, jpeg, side, side, scans, components)
    add("JPEG with scans and markers between", jpeg, 200, 200, 101, between=b"\xff\xfe\0\2" * 9999)
    add("JPEG with scans and restarts", jpeg, 200, 200, 30_000, between=b"\xff\xd0\xff\xd1")
    add("JPEG with scans and fill bytes", jpeg, 200, 200, 30_000, between=b"\xff" * 9)
    add("JPEG with scans after a first end", jpeg, 99, 99, 50_000, before=b"\xff\xd9\xff\xd8")
    add("JPEG progressive", jpeg, 7999, 7999)
    add("JPEG progressive, 4 colours", jpeg, 7999, 7999, 0, 4)
    add("JPEG progressive and flat", jpeg, 65_500, 970)
    add("JPEG not interleaved", _jpeg_apart)
    add("JPEG with scans and many pixels", jpeg, 7999, 7999, 60, 1)
    add("TIFF with a JPEG of scans", lambda: tiff_of_jpeg(jpeg(7999, 7999, 90, 1), 7999, 7999))
    add("TIFF with a JPEG not interleaved", lambda: tiff_of_jpeg(_jpeg_apart(6600), 6600, 6600, 3))
    add("JPEG arithmetic", jpeg, 8000, 7000, 0, 3, 0xC9)
    add("JPEG arithmetic, progressive", jpeg, 8000, 7000, 0, 3, 0xCA)
    add("JPEG lossless", jpeg, 8000, 7000, 0, 3, 0xC3)
    add("JPEG large", jpeg, 65_535, 65_535)
    for name, before in (
        ("fill bytes", b"\xff" * 9_000_000),
        ("junk", b"\0" * 9_000_000),
        ("comments", b"\xff\xfe\0\2" * 2_000_000),
        ("tables", _segment(0xDB, (b"\0" + bytes(64)) * 1000) * 100),
        ("Huffman tables", _segment(0xC4, bytes(17) * 3800) * 200),
        ("8BIM", _segment(0xED, b"Photoshop 3.0\0" + b"8BIM\0\0\0\0\0\0\0\0" * 5000) * 200),
        ("EXIF", _segment(0xE1, b"Exif\0\0" + tags(5000, 65_000))),
        ("EXIF, big-endian", _segment(0xE1, b"Exif\0\0" + tags(5000, 65_000, ">", b"MM\0*"))),
        ("EXIF in many parts", _segment(0xE1, b"Exif\0\0" + bytes(65_000)) * 300),
        ("MPF", _segment(0xE2, b"MPF\0" + tags(5000, 65_000))),
    ):
        add(f"JPEG with {name}", jpeg, 28, 28, before=before)
    for bits, kind in ((32, 3), (32, 2), (16, 1), (8, 1)):
        add(f"TIFF of {bits} bits of kind {kind}", tiff, 8000, 8000, bits=bits, kind=kind)
    add("TIFF, huge tile", tiff, 28, 28, tile=(20_000, 20_000), bits=8, kind=1)
    add("TIFF turned", tiff, 8000, 8000, bits=8, kind=1, more=((274, 3, 1, 6),))
    add("TIFF, shared strips", tiff, 500, 60_000, rows=1, strips=60_000, bits=8, kind=1)
    add("TIFF, long strips", tiff, 90, 20_000, rows=1, strips=20_000, bits=8, kind=1, counts=99_999)
    add("TIFF, a million tiles", tiff, 999, 999, tile=(16, 16), strips=1_000_000, compression=1)
    add("TIFF with tags", lambda: tags(60_000, 2_000_000))
    add("TIFF with tags, big-endian", lambda: tags(60_000, 2_000_000, ">", b"MM\0*"))
    add("GIF", lambda: saved(Image.new("P", (6000, 6000)), "GIF"))
    add("GIF, too large", gif, 65_535, 65_535)
    add("GIF, larger frame", gif, 10, 10, (20_000, 20_000))
    add("GIF with a comment", gif, 9, 9, notes=b"!\xfe" + (b"\xff" + b" " * 255) * 40_000 + b"\0")
    add("GIF with comments", gif, 9, 9, notes=b"!\xfe\1 \0" * 500_000)
    add("GIF with extensions", gif, 9, 9, notes=b"!\x01\0" * 1_000_000)
    add("GIF with zeros", gif, 9, 9, notes=b"\0" * 9_000_000)
    add("BMP, run lengths", bmp, 8000, 8000, data=b"\1\0" * 500_000)
    add("BMP, jumps", bmp, 60_000, 1000, data=b"\0\2\0\xff" * 5000)
    add("BMP, large", bmp, 30_000, 30_000, 24, 0)
    add("TGA", tga, 7936, 8000)
    add("TGA, 32 bits", tga, 6912, 7000, 32)
    add("PPM, text", lambda: b"P3 2000 2000 255\n" + b"0 " * 9_000_000)
    add("PPM, comments", lambda: b"P2 100 100 255\n" + b"#\n" * 500_000)
    add("PPM, a long comment", lambda: b"P5 #" + b" " * 9_000_000)
    add("PPM, 10 bits", lambda: b"P5 3000 3000 1023\n" + bytes(18_000_000))
    add("PFM", lambda: b"Pf 4000 3900 -1.0\n" + bytes(62_400_000))
    for width, height in ((16_383, 16_383), (8000, 8000), (5000, 5000)):
        add(f"WebP {width}", webp, width, height)
    add("WebP with alpha", webp, 9000, 7000, True)
    add("WebP in a million parts", webp_in_parts, 1_000_000)
    add("PNG with a large part", lambda: png(28, 28, more=_chunk(b"juNk", bytes(17_000_000))))
    add("ICO with a PNG", lambda: ico(_png_header(13_000, 13_000)))
    add("ICO with a BMP", lambda: ico(bmp(13_000, 13_000, 32, 0)[14:]))
    add("JPEG 2000", lambda: saved(Image.new("L", (500, 500)), "JPEG2000"))
    return made


def _png_header(width: int, height: int, bits: int = 8, colour: int = 6, _: int = 0) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT") + _chunk(b"IEND")


def _png_raw_exif() -> bytes:
    text = "\nexif\n 400000\n" + tags(15_000, 400_000).hex()
    body = b"Raw profile type exif\0\0" + zlib.compress(text.encode())
    return png(28, 28, more=_chunk(b"zTXt", body))


def _jpeg_apart(side: int = 7999) -> bytes:
    """A baseline JPEG with a scan for each colour, of which all have to be kept."""
    return jpeg(side, side, 0, 3, 0xC0).replace(
        _scan(range(1, 4), 0, 63), _scan(range(1, 2), 0, 63, b"\0") + _scan(range(2, 4), 0, 63)
    )


BOMBS = _make()


def noise_headers(count: int, seed: int) -> list[bytes]:
    """Small pictures of each format, with a few bytes of their headers changed to anything."""
    random = np.random.default_rng(seed)
    small = Image.fromarray(random.integers(0, 256, (40, 30), np.uint8))
    kinds = ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "TGA", "PCX"]
    kinds += ["AVIF"] if "AVIF" in Image.SAVE else []
    whole = [saved(small.convert("RGB"), kind) for kind in kinds]
    whole.append(saved(small.convert("RGB"), "JPEG", progressive=True))
    whole.append(saved(small, "TIFF", compression="tiff_lzw"))
    made = []
    for number in range(count):
        content = bytearray(whole[number % len(whole)])
        for at in random.integers(0, min(len(content), 600), random.integers(1, 6)):
            content[at] = [0, 1, 127, 128, 255, int(random.integers(256))][random.integers(6)]
        made.append(bytes(content))
    return made


@contextmanager
def measured_memory(pid: int | str = "self") -> Iterator[list[int]]:
    """Append to a list how many bytes a process needs more inside than before; on Linux only."""

    def line(name: str) -> int:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        return 1024 * int(status.split(f"{name}:")[1].split()[0])

    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="utf-8")  # forget the last peak
    before, most = line("VmRSS"), list[int]()
    yield most
    most.append(line("VmHWM") - before)


def ordinary(width: int = 4000, height: int = 3000) -> bytes:
    """A photograph of 12 megapixels, which is a digit on noisy paper."""
    random = np.random.default_rng(0)
    pixels = random.integers(200, 255, (height // 4, width // 4), np.uint8)
    pixels[height // 16 : height // 5, width // 8 : width // 7] = 20
    picture = Image.fromarray(pixels).convert("RGB").resize((width, height))
    return saved(picture, "JPEG", quality=80)


def main() -> None:
    """Read an ordinary picture, then the bombs, then 300 files with a few bytes changed."""
    from mnist_helpers.framing import PictureError, frame

    changed = {f"changed {at}": one for at, one in enumerate(noise_headers(300, seed=0))}
    kinds: Bombs = {"ordinary": ordinary, **BOMBS}
    for name, make in (kinds | {at: lambda one=one: one for at, one in changed.items()}).items():
        content = make()
        with measured_memory() as most:
            try:
                answer = ["read", frame(content, steps=False).problem or "a digit"]
            except PictureError as error:
                answer = ["refused", str(error)]
        print(json.dumps([name, *answer, *most]), flush=True)


if __name__ == "__main__":
    main()
