"""Turning whatever a person gives into a picture with 8 bits per value and of limited size."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from mnist_helpers._support import limits
from mnist_helpers.framing.measuring import (
    CountedFile,
    PictureError,
    check_content,
    check_opened,
    check_size,
    check_tags,
    first_picture,
)

# Formats whose readers neither start other programs (as EPS's does) nor draw vectors, and whose
# cost can be told beforehand (unlike that of JPEG 2000 and of the pictures inside an ICO).
_FORMATS = (
    *("PNG", "JPEG", "MPO", "GIF", "BMP", "DIB", "WEBP", "TIFF"),
    *("PPM", "TGA", "AVIF", "PCX"),
)
Box = tuple[int, int, int, int]  # left, top, right, bottom: as Pillow crops
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_SHAPES = "(height, width) or (height, width, channels) with 1 to 4 channels"


def open_picture(picture: Any) -> Image.Image:
    """Open a picture of any usual kind.

    Args:
        picture: one of

            * a path, bytes, or a file opened for reading in binary mode: PNG, JPEG, GIF, BMP,
              WebP, TIFF and other formats of Pillow, turned upright as the EXIF data say; the first
              picture of an animation or of a file with several pages.
            * a Pillow image of any mode.
            * a NumPy array or a torch tensor: grey ``(h, w)`` or ``(h, w, 1)``, grey and alpha
              ``(h, w, 2)``, RGB ``(h, w, 3)``, RGBA ``(h, w, 4)``; channels may also come first,
              as in PyTorch (but see `is_picture`). Booleans and values from 0 to 1 are fractions
              of full light; other values from 0 to 255 are left unchanged. Larger integers up to
              65,535 are read with the smallest bit depth (10, 12, 14 or 16) that holds them.
              Anything else, such as a normalized tensor, is stretched from its lowest to its
              highest value.
            * the value of Gradio's Sketchpad or ImageEditor: a dictionary with "background",
              "layers" and "composite"; a blank picture if it was cleared.

    Returns:
        An image of mode L, LA, RGB or RGBA. Its longer side is at most 1,024 pixels
        (`limits.REDUCED_SIDE`); larger pictures are averaged down, which keeps thin lines.

    Raises:
        PictureError: if it is not a picture, is damaged, or is too large: more than 64 million
            pixels (`limits.MAX_PIXELS`) or bytes (`limits.MAX_FILE_BYTES`), or a file that takes
            more memory or work to decode than a picture needs (see `measuring`).
    """
    if isinstance(picture, Mapping):
        return _from_editor(picture)
    if isinstance(picture, Image.Image):
        return _decode(_copy(picture))
    if isinstance(picture, Tensor):
        return _from_array(picture.detach(), _tensor_values)
    if isinstance(picture, np.ndarray):
        return _from_array(picture, np.asarray)
    if isinstance(picture, str | os.PathLike):
        return _from_path(picture)
    if isinstance(picture, bytes | bytearray | memoryview):
        return _from_bytes(bytes(picture), "The data")
    if callable(getattr(picture, "read", None)):
        return _from_bytes(_read(picture), "The file")
    several = " Choose one picture in it, or read several with predict_many."
    raise PictureError(
        f"A picture can be a path, a file, an image of Pillow, or an array, but this is "
        f"{type(picture).__name__!r}.{several if isinstance(picture, list | tuple) else ''}"
    )


def picture_endings() -> frozenset[str]:
    """How the names of files end that `open_picture` can read, such as ``.png``."""
    Image.init()
    endings = Image.registered_extensions().items()
    return frozenset(ending for ending, kind in endings if kind in _FORMATS and kind in Image.OPEN)


def _from_path(path: str | os.PathLike) -> Image.Image:
    path = Path(path)
    try:
        if path.is_dir():
            raise PictureError(f"{path.name!r} is a folder. Name a picture in it.")
        if not path.exists():
            raise PictureError(f"There is no file {str(path)!r}. Check its name and its folder.")
        if not path.is_file():
            raise PictureError(f"{path.name!r} is not an ordinary file.")
        with path.open("rb") as file:
            content = _read(file)
    except (OSError, ValueError) as error:
        if isinstance(error, PictureError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise PictureError(f"{str(path)!r} cannot be read: {reason}.") from error
    return _from_bytes(content, repr(path.name))


def _read(file: Any) -> bytes:
    try:
        content = file.read(limits.MAX_FILE_BYTES + 1)
    except Exception as error:  # the caller's file object may raise anything
        raise PictureError(f"The file cannot be read: {error}.") from error
    if not isinstance(content, bytes | bytearray):
        raise PictureError('The file is not open in binary mode: open it with mode "rb".')
    return bytes(content)


def _from_bytes(content: bytes, name: str) -> Image.Image:
    if not content:
        raise PictureError(f"{name} is empty.")
    if len(content) > limits.MAX_FILE_BYTES:
        raise PictureError(
            f"{name} is too large: more than {limits.MAX_FILE_BYTES:,} bytes. "
            "Save the picture smaller."
        )
    Image.init()
    formats = [one for one in _FORMATS if one in Image.OPEN]
    try:
        check_content(content)
        file = CountedFile(first_picture(content))
        with Image.open(file, formats=formats) as image:
            check_size(*image.size)
            # A JPEG can be decoded at 1/2, 1/4 or 1/8 of its size, which is quicker, and averages
            # pixels.
            image.draft(None, (limits.REDUCED_SIDE, limits.REDUCED_SIDE))
            check_opened(image, content)
            file.start_decoding()
            return _decode(image)
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(
            f"{name} is too large: a picture may have at most {limits.MAX_PIXELS:,} pixels."
        ) from error
    except UnidentifiedImageError as error:
        raise PictureError(
            f"{name} is not a picture of a known format. Save it as PNG or JPEG."
        ) from error
    except Exception as error:  # Pillow's readers raise nearly anything on damaged data
        raise PictureError(
            f"{name} is damaged or cut short: its picture cannot be decoded. Save or copy it again."
        ) from error


def _decode(image: Image.Image) -> Image.Image:
    """Load, reduce, turn upright, and convert to one of the modes L, LA, RGB and RGBA."""
    image.load()
    # Only now, because Pillow has already turned TIFFs upright.
    orientation = _orientation(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = _from_numbers(lambda box: np.asarray(image.crop(box))[:, :, None], image.size)
    elif max(image.size) > limits.REDUCED_SIDE:
        image = _reduce(lambda box: _to_8_bits(image.crop(box)), image.size)
    else:
        image = _to_8_bits(image)
    image = image if orientation is None else image.transpose(orientation)
    image.info = {}  # the orientation and the transparent colour have been applied
    return image


def _copy(image: Image.Image) -> Image.Image:
    """Copy a picture that belongs to the caller, who keeps it as it is."""
    check_size(*image.size)
    try:
        return image.copy()
    except Exception as error:
        raise PictureError("The image cannot be decoded: its file is damaged.") from error


# The EXIF orientations 2 to 8, and what turns them upright.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _orientation(image: Image.Image) -> Image.Transpose | None:
    if image.format == "AVIF":
        image.info.pop("xmp", None)  # by its standard, only what the file itself says counts
    try:
        check_tags(image.info.get("exif", b"").removeprefix(b"Exif\0\0"))
        # As ImageMagick writes them into a PNG: three lines of text, then digits.
        lines = image.info.get("Raw profile type exif", "").split("\n")[3:]
        check_tags(bytes.fromhex("".join(lines)).removeprefix(b"Exif\0\0"))
        return _TURNS.get(image.getexif().get(0x0112, 1))
    except Exception:  # damaged EXIF data do not make the picture unreadable
        return None


def _to_8_bits(image: Image.Image) -> Image.Image:
    if image.mode in ("L", "LA", "RGB", "RGBA"):
        return image
    if image.mode == "La":
        return image.convert("LA")
    if image.mode in ("PA", "RGBa") or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("L" if image.mode == "1" else "RGB")


def _reduce(part: Callable[[Box], Image.Image], size: tuple[int, int]) -> Image.Image:
    """Average a picture down strip by strip, to the bytes that Pillow 12.3's resize gives.

    Converting the whole picture at once would take up to eight times its memory. ``part`` returns
    what is in a box.
    """
    wide, tall = scaled_size(size, limits.REDUCED_SIDE) if max(size) > limits.REDUCED_SIDE else size
    tall_first = size[1] > 100 * size[0]
    half = Image.new("L", (0, 0))
    for box in _strips(size):
        strip = part(box)
        mode = strip.mode
        width, height = strip.size
        if (wide, tall) != size:
            # Pillow averages colours times alpha, and one side of a picture after the other.
            strip = strip.convert({"LA": "La", "RGBA": "RGBa"}.get(mode, mode))
            shape = (width, tall) if tall_first else (wide, height)
            strip = strip.resize(shape, Image.Resampling.BOX)
        if box[:2] == (0, 0):
            half = Image.new(strip.mode, (size[0], tall) if tall_first else (wide, size[1]))
        half.paste(strip, box[:2])
    return half.resize((wide, tall), Image.Resampling.BOX).convert(mode)


def _strips(size: tuple[int, int]) -> Iterator[Box]:
    """Rows of a picture, or columns of a very tall one, as Pillow first shortens that."""
    width, height = size
    if height > 100 * width:
        columns = max(1, limits.STRIP_PIXELS // height)
        return ((x, 0, min(x + columns, width), height) for x in range(0, width, columns))
    rows = max(1, limits.STRIP_PIXELS // width)
    return ((0, y, width, min(y + rows, height)) for y in range(0, height, rows))


def scaled_size(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """The size of a picture when its longer side is scaled to ``longest`` pixels."""
    factor = longest / max(size)
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _tensor_values(tensor: Tensor) -> np.ndarray:
    try:
        # NumPy has no bfloat16.
        return (tensor.float() if tensor.is_floating_point() else tensor).cpu().numpy()
    except (RuntimeError, TypeError, NotImplementedError) as error:
        raise PictureError(f"This tensor cannot be read as a picture: {error}") from error


def is_picture(shape: tuple[int, ...]) -> bool:
    """Whether an array of this shape is one picture: grey, or with its channels last or first.

    ``(3, 28, 28)`` is a batch, because MNIST's images have this size, but ``(28, 28, 3)`` is one
    picture in colour.
    """
    if len(shape) != 3 or shape[2] in _MODES:
        return len(shape) in (2, 3)
    return shape[0] in _MODES and (shape[0] == 1 or shape[1:] != (28, 28))


def _check_shape(shape: tuple[int, ...]) -> None:
    """Refuse a shape before anything is copied: a huge broadcast array takes memory only then."""
    if not is_picture(shape):
        what = f"An array of shape {shape} is not a picture"
        if len(shape) != 4 and shape[1:] != (28, 28):
            raise PictureError(f"{what}: it must be {_SHAPES}.")
        colour = " If it is one picture in colour, put its channels last."
        raise PictureError(
            f"{what}, but a batch of {shape[0]:,}: choose one, such as images[0], or read all with "
            f"predict_many.{colour if len(shape) == 3 and shape[0] in _MODES else ''}"
        )
    channels_last = len(shape) == 2 or shape[2] in _MODES
    height, width = shape[:2] if channels_last else shape[1:]
    check_size(width, height)


def _from_array(array: Any, values: Callable[[Any], np.ndarray]) -> Image.Image:
    """Turn an array or a tensor into a picture; ``values`` makes NumPy arrays of its rows."""
    _check_shape(tuple(array.shape))
    first = array.ndim == 3 and array.shape[2] not in _MODES

    def part(box: Box) -> np.ndarray:
        rows, columns = slice(box[1], box[3]), slice(box[0], box[2])
        found = values(array[:, rows, columns] if first else array[rows, columns])
        if found.ndim == 2:
            return found[:, :, None]
        return np.moveaxis(found, 0, 2) if first else found

    height, width = array.shape[1:] if first else array.shape[:2]
    return _from_numbers(part, (width, height))


def _from_numbers(part: Callable[[Box], np.ndarray], size: tuple[int, int]) -> Image.Image:
    """Make a picture of numbers; ``part`` gives those in a box: ``(h, w, c)``."""
    ranges: list[list[tuple[Any, Any]]] = []

    def groups(box: Box) -> list[np.ndarray]:
        # Colours share a scale; alpha has its own.
        found = part(box)
        colours = 1 if found.shape[2] < 3 else 3
        return [found[:, :, :colours], found[:, :, colours:]][: 2 - found.shape[2] % 2]

    for box in _strips(size):
        kind = (found := groups(box))[0].dtype
        if kind.kind not in "buif":
            raise PictureError(f"A picture consists of numbers, but this array has {kind}.")
        if kind.kind == "f" and not all(np.isfinite(group).all() for group in found):
            raise PictureError("The array has values that are not numbers (NaN) or infinite.")
        ranges.append([(group.min(), group.max()) for group in found])
    scales = [
        (min(low for low, _ in one), max(high for _, high in one))
        for one in zip(*ranges, strict=True)
    ]

    def strip(box: Box) -> Image.Image:
        found = zip(groups(box), scales, strict=True)
        pixels = np.concatenate([_to_bytes(group, *scale) for group, scale in found], axis=2)
        return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)

    return _reduce(strip, size)


def _to_bytes(values: np.ndarray, low: Any, high: Any) -> np.ndarray:
    if values.dtype.kind == "b" or (low >= 0 and high <= 1):
        scale, low = 255.0, 0.0
    elif low >= 0 and high <= 255:
        return values.astype(np.uint8)
    elif values.dtype.kind in "ui" and low >= 0 and high <= 65535:
        bits = next(bits for bits in (10, 12, 14, 16) if high < 2**bits)
        scale, low = 255 / (2**bits - 1), 0.0
    else:
        # Halves, because the difference of the largest floats would be infinite.
        span = float(high) / 2 - float(low) / 2
        scale, low = (127.5 / span if span > 0 else 0.0), float(low)
    return np.rint((values.astype(np.float64) - low) * scale).clip(0, 255).astype(np.uint8)


def _from_editor(value: Mapping) -> Image.Image:
    """Flatten the value of a Gradio Sketchpad or ImageEditor."""
    if not {"background", "layers", "composite"} & set(value):
        raise PictureError(
            'A dictionary is a picture only with "background", "layers" or "composite".'
        )
    if (composite := value.get("composite")) is not None:
        return _from_layer(composite)
    layers = value.get("layers") or ()
    if not isinstance(layers, list | tuple):
        raise PictureError('The "layers" of a drawing must be a list.')
    if len(layers) > limits.MAX_LAYERS:
        raise PictureError(f"A drawing may have at most {limits.MAX_LAYERS} layers.")
    flat = None
    for layer in (value.get("background"), *layers):
        if layer is not None:
            part = _from_layer(layer).convert("RGBA")
            if flat is None:
                flat = part
            else:
                flat.alpha_composite(part.resize(flat.size))
    return Image.new("L", (28, 28), 255) if flat is None else flat


def _from_layer(layer: Any) -> Image.Image:
    if isinstance(layer, Mapping):
        raise PictureError("A layer of a drawing must be a picture, but this one is a dictionary.")
    return open_picture(layer)
