"""Measuring a picture's file before it is decoded, because a small one can ask for minutes of work.

Pillow limits hardly more than the pixels. Here, the file's header tells how much memory decoding
takes, and how many pieces the file is made of: each of them costs time, even an empty one.
"""

import io
import re
import struct
from collections.abc import Iterator

from PIL import Image

from mnist_helpers._support import limits

# What decoding takes, in bytes per pixel: libwebp and libavif keep several copies of a picture.
_COPIES = {"WEBP": 16, "AVIF": 12}
_PIXEL_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2, "I;16N": 2}
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_JPEG_MARKER = re.compile(rb"\xff+([^\x00\x01\xd0-\xd8\xff])", re.DOTALL)
# Headers of a progressive frame, and of a scan with so many channels, in the JPEGs inside a TIFF.
_PROGRESSIVE = re.compile(rb"\xff\xc2\x00[\x0b\x0e\x11\x14]\x08")
_SCAN = re.compile(rb"\xff\xda\x00[\x08\x0a\x0c\x0e]([\x01-\x04])")
# The sizes of the kinds of values that the tags of TIFF and EXIF have, and the kinds that Pillow
# turns into one Python number for each value.
_TAG_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_TAG_BYTES |= {16: 8, 17: 8, 18: 8}
_TAG_NUMBERS = _TAG_BYTES.keys() - {1, 2, 7}


class PictureError(ValueError):
    """The picture cannot be opened; the message says why, in a sentence."""


class CountedFile(io.BytesIO):
    """A file in memory that Pillow can read only a limited number of times.

    Pillow takes files apart in Python, reading them piece by piece, and some of its loops end only
    with the file. The limit of the pieces becomes larger with `start_decoding`.
    """

    def __init__(self, content: bytes):
        super().__init__(content)
        self._pieces = limits.MAX_PIECES_TO_OPEN
        # TIFF's tags, which may overlap, are read up to four times.
        self._bytes = 6 * len(content) + 1_000_000

    def start_decoding(self) -> None:
        """Now the picture is decoded, which takes more pieces."""
        self._pieces = limits.MAX_PIECES_TO_DECODE

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as usual; raises `PictureError` beyond the limits."""
        read = super().read(size)
        self._pieces -= 1
        self._bytes -= len(read)
        if min(self._pieces, self._bytes) < 0:
            raise _in_pieces()
        return read


def check_size(width: int, height: int) -> None:
    """Refuse a picture without pixels, or with too many."""
    if width < 1 or height < 1:
        raise PictureError("The picture has no pixels.")
    if width * height > limits.MAX_PIXELS:
        raise PictureError(
            f"The picture is too large: {width:,} × {height:,} pixels, and {limits.MAX_PIXELS:,} "
            "is the most. Make it smaller, then try again."
        )
    if max(width, height) > limits.MAX_SIDE:
        raise PictureError(
            f"The picture is too long: {width:,} × {height:,} pixels, and {limits.MAX_SIDE:,} is "
            "the most for a side. Cut the digit out, then try again."
        )


def check_content(content: bytes) -> None:
    """Refuse a file that takes long to open, such as one with a million empty parts."""
    if content.startswith(b"\xff\xd8"):
        _check_jpeg(content)
    elif content.startswith(b"\x89PNG"):
        _check_png(content)
    elif content[:4] in (b"II*\0", b"MM\0*", b"II\0*", b"MM*\0", b"II+\0", b"MM\0+"):
        check_tags(content)
    elif content.startswith(b"RIFF"):
        _check_webp(content)
    elif re.match(rb"P[123]\s", content) and content.count(b"#") > limits.MAX_NOTES:
        raise _in_pieces()


def check_opened(image: Image.Image, content: bytes) -> None:
    """Refuse an opened picture if decoding it takes too much memory or time."""
    width, height = image.size
    copies = _COPIES.get(image.format or "", 0)
    cost: float = width * height * max(copies, _PIXEL_BYTES.get(image.mode, 4))
    if image.format in ("JPEG", "MPO"):
        cost += _coefficients(image, content)
    elif image.format == "PNG":
        bits, colours = content[24], _PNG_CHANNELS.get(content[25], 4)
        cost = max(cost, width * height * bits * colours // 8)
    elif image.format == "AVIF":
        cost = max(cost, 4 * width * height + _av1_cost(content))
    elif image.format == "TIFF":
        cost = _tiff_cost(image, content, cost)
    check_cost(cost)
    # Some of Pillow's decoders are written in Python.
    slow = any(tile[0] in Image.DECODERS for tile in getattr(image, "tile", ()))
    if slow and width * height * len(image.getbands()) > limits.MAX_SLOW_VALUES:
        raise PictureError(
            f"A picture of this kind may have at most {limits.MAX_SLOW_VALUES:,} values. Save it "
            "as PNG or JPEG."
        )


def check_cost(cost: float) -> None:
    """Refuse a picture that takes this many bytes of memory while it is decoded, if too many."""
    if cost > limits.MAX_DECODING_BYTES:
        most = f"{limits.MAX_DECODING_BYTES // 1_000_000} MB"
        raise PictureError(
            f"The picture is too large: decoding it takes {cost / 1e6:,.0f} MB of memory, and "
            f"{most} is the most. Make it smaller, or save it as an ordinary JPEG."
        )


def check_tags(block: bytes) -> None:
    """Refuse TIFF or EXIF data whose tags hold more than the data: Pillow reads them one by one."""
    order, big = "<" if block[:2] == b"II" else ">", block[2:3] == b"+"
    entry = struct.Struct(order + ("HHQ8x" if big else "HHI4x"))
    try:
        (at,) = struct.unpack_from(order + ("Q" if big else "I"), block, 8 if big else 4)
        (count,) = struct.unpack_from(order + ("Q" if big else "H"), block, at)
    except (struct.error, OverflowError):
        return  # cut short: Pillow says so
    entries = memoryview(block)[at + (8 if big else 2) :][: count * entry.size]
    whole = len(entries) // entry.size * entry.size
    read = numbers = 0
    for _, kind, values in entry.iter_unpack(entries[:whole]):
        read += min(values * _TAG_BYTES.get(kind, 0), len(block))
        numbers += values if kind in _TAG_NUMBERS and values <= len(block) else 0
    if read > 2 * len(block) or numbers > limits.MAX_TAG_VALUES:
        raise _in_pieces()


def _in_pieces() -> PictureError:
    return PictureError(
        "The picture's file is made of too many parts. Save the picture again, as PNG or JPEG."
    )


def _check_jpeg(content: bytes) -> None:
    """Check what comes before the first scan of a JPEG."""
    first_scan, tables, exif = 2, 0, b""
    for number, (marker, end, body) in enumerate(_segments(content)):
        first_scan = end
        # Lossless and arithmetic JPEGs: slow, and hardly any other program reads them.
        if 0xC3 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            raise PictureError(
                "This JPEG is not an ordinary one: it is lossless or arithmetic. Save it as PNG."
            )
        if marker in (0xC4, 0xDB):
            tables += len(body)
        elif marker == 0xE1 and body.startswith(b"Exif\0\0"):
            exif += body[6:]
        elif marker == 0xE2 and body.startswith(b"MPF\0"):
            check_tags(body[4:])
        too_many = number > limits.MAX_PIECES_TO_OPEN or tables > 65_536
        if too_many or len(exif) > limits.MAX_EXIF_BYTES:
            raise _in_pieces()
        if marker == 0xDA:
            break
    check_tags(exif)
    if content.count(b"8BIM", 0, first_scan) > limits.MAX_PIECES_TO_OPEN:
        raise _in_pieces()


def _check_scans(content: bytes, pixels: int) -> None:
    """Refuse a JPEG of several scans that takes long: each visits all pixels, even if empty."""
    scans = 0
    for number, (marker, at, _) in enumerate(_segments(content)):
        if marker == 0xD9 and scans:
            return  # a second picture may follow, or the film that many phones append
        scans += marker == 0xDA
        if number > limits.MAX_PIECES_TO_DECODE:
            raise _in_pieces()
        if scans > limits.MAX_SCANS or 3 * scans * pixels + 200 * at > limits.MAX_SCAN_WORK:
            raise PictureError(
                "This JPEG has so many scans that it takes too long. Save it as an ordinary JPEG."
            )


def _segments(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The markers of a JPEG, where each segment ends, and what is in it; as libjpeg finds them."""
    at = 2
    while found := _JPEG_MARKER.search(content, at):
        marker, at = found[1][0], found.end()
        body = b""
        if marker != 0xD9:
            end = at + max(2, int.from_bytes(content[at : at + 2], "big"))
            body, at = content[at + 2 : end], end
        yield marker, at, body


def _coefficients(image: Image.Image, content: bytes) -> float:
    """The bytes of a JPEG's coefficients, all of which are kept if there are several scans."""
    frame, several = b"", False
    for marker, _, body in _segments(content):
        if marker in (0xC0, 0xC1, 0xC2):
            frame, several = body, marker == 0xC2
        if marker == 0xDA:
            several |= body[:1] != frame[5:6]
            break
    if not several:
        return 0
    height, width = struct.unpack_from(">HH", frame, 1)
    _check_scans(content, width * height)
    samples = [(one >> 4) * (one & 15) for one in frame[7::3]]
    across = max(one >> 4 for one in frame[7::3])
    down = max(one & 15 for one in frame[7::3])
    return 2 * width * height * sum(samples) / (across * down)


def _check_webp(content: bytes) -> None:
    """Count the parts of a WebP: libwebp remembers each of them."""
    at = 12
    for _ in range(limits.MAX_PIECES_TO_OPEN):
        if at + 8 > len(content):
            return
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    raise _in_pieces()


def _check_png(content: bytes) -> None:
    """Count what a PNG has besides pixels: each of its notes can be a megabyte, packed."""
    at, notes, noted = 8, 0, 0
    for _ in range(limits.MAX_PIECES_TO_DECODE):
        if at + 8 > len(content):
            return
        length, kind = struct.unpack_from(">I4s", content, at)
        if kind == b"IEND":
            return
        at += 12 + length
        if kind not in (b"IDAT", b"fdAT", b"fcTL"):
            notes, noted = notes + 1, noted + length
        if notes > limits.MAX_NOTES or noted > limits.MAX_NOTED_BYTES:
            break
    raise _in_pieces()


def _tiff_cost(image: Image.Image, content: bytes, pixels: float) -> float:
    tags = image.tag_v2  # type: ignore[attr-defined]  # only TIFFs have it
    # Strips that share their data are decoded again and again.
    if sum(tags.get(279) or tags.get(325) or ()) > 2 * len(content):
        raise _in_pieces()
    # Such a JPEG is decoded as a whole, scan by scan. Hardly any program writes one into a TIFF.
    scans = _SCAN.findall(content) if tags.get(259) == 7 and tags.get(284) != 2 else ()
    apart = any(scan[0] != tags.get(277, 1) for scan in scans)
    if apart or (tags.get(259) in (6, 7) and _PROGRESSIVE.search(content)):
        raise PictureError("A TIFF with a progressive JPEG takes too long. Save it as a JPEG.")
    width, height = image.size
    wide, tall = width, min(tags.get(278, height), max(width, height))
    if 322 in tags:
        wide, tall = tags[322], tags[323]
    bits = tags.get(258, (1,))
    # libtiff turns YCbCr into RGBA.
    deep = 32 if tags.get(262) == 6 else max(bits) * max(len(bits), tags.get(277, 1))
    block = wide * tall * deep / 8
    # Turning a picture upright makes a copy.
    return block + pixels * (1 if tags.get(274, 1) == 1 else 2)


def first_picture(content: bytes) -> bytes:
    """The same file, except that an AVIF's first picture is read, not the film that may follow."""
    film = content[4:12] in (b"ftypavis", b"ftypmsf1", b"ftypmif1")
    return content[:8] + b"avif" + content[12:] if film else content


def _av1_cost(content: bytes) -> int:
    """The bytes of an AVIF's decoded frames: its header may tell another size than they have."""
    cost = pieces = 0
    for item in _avif_items(content):
        at, frame = 0, 0
        while at + 2 < len(item) and not item[at] & 0x80:
            pieces += 1
            if pieces > limits.MAX_PIECES_TO_OPEN:
                raise _in_pieces()
            kind, extended, sized = item[at] >> 3 & 15, item[at] >> 2 & 1, item[at] & 2
            at += 1 + extended
            size, shift = 0 if sized else len(item) - at, 0
            while sized and at < len(item) and shift < 56:
                size |= (item[at] & 127) << shift
                at, shift, sized = at + 1, shift + 7, item[at] & 128
            if kind == 1:  # the header of a sequence of frames
                frame = max(frame, _av1_frame(item[at : at + 60]))
            elif kind in (3, 6):
                cost += frame
            at += size
    return cost


def _av1_frame(header: bytes) -> int:
    """The most bytes that a frame takes after this header of a sequence."""
    bits = f"{int.from_bytes(header.ljust(60, bytes(1)), 'big'):0480b}"
    at = 0

    def take(count: int) -> int:
        nonlocal at
        at += count
        return int(bits[at - count : at], 2)

    profile, _, still = take(3), take(1), take(1)
    if still:
        take(5)
    else:
        if take(1):
            raise _in_pieces()  # how long each frame is shown, which no AVIF tells here
        delayed = take(1)
        for _ in range(take(5) + 1):
            take(12)
            if take(5) > 7:
                take(1)
            if delayed and take(1):
                take(4)
    wide, tall = take(4) + 1, take(4) + 1
    # Each frame may tell a size of its own, in as many bits, unless the picture is a single one.
    pixels = (take(wide) + 1) * (take(tall) + 1) if still else 2 ** (wide + tall)
    return pixels * (6 if profile else 3)


def _avif_items(content: bytes) -> Iterator[bytes]:
    """What an AVIF consists of: pictures, their parts, and notes."""
    meta = [(at + 4, end) for kind, at, end in _boxes(content, 0, len(content)) if kind == b"meta"]
    inside = {kind: at for span in meta for kind, at, _ in _boxes(content, *span)}
    if b"iloc" not in inside:
        return
    at, left = inside[b"iloc"], 2 * len(content)
    version = content[at]
    offset, length, base, index = (
        half for one in content[at + 4 : at + 6] for half in divmod(one, 16)
    )
    at += 6

    def take(size: int) -> int:
        nonlocal at
        at += size
        return int.from_bytes(content[at - size : at], "big")

    def counted(size: int) -> range:
        if (count := take(size)) > limits.MAX_NOTES:
            raise _in_pieces()
        return range(count)

    long = 4 if version == 2 else 2
    for _ in counted(long):
        take(long)
        start = inside.get(b"idat", 0) if version and take(2) & 15 else 0
        take(2)
        start += take(base)
        item = b""
        for _ in counted(2):
            take(index if version else 0)
            first = start + take(offset)
            item += content[first : first + take(length)]
            if len(item) > left:
                raise _in_pieces()
        left -= len(item)
        yield item


def _boxes(content: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The kinds of an AVIF's boxes, and where what is in them begins and ends."""
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", content, at)
        head = 16 if size == 1 else 8
        size = int.from_bytes(content[at + 8 : at + 16], "big") if size == 1 else size or end - at
        if size < head:
            return
        yield kind, at + head, min(at + size, end)
        at += size
