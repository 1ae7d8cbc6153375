"""Turning whatever a person gives into a picture with 8 bits per value and of limited size."""

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from mnist_helpers._support import limits

# Formats whose readers neither start other programs (as EPS's does) nor draw vectors.
_FORMATS = (
    *("PNG", "JPEG", "MPO", "GIF", "BMP", "DIB", "WEBP", "TIFF"),
    *("PPM", "ICO", "TGA", "JPEG2000", "AVIF", "PCX"),
)
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_SHAPES = "(height, width) or (height, width, channels) with 1 to 4 channels"


class PictureError(ValueError):
    """The picture cannot be opened; the message says why, in a sentence."""


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
              as in PyTorch. Booleans and values from 0 to 1 are fractions of full light; other
              values from 0 to 255 are left unchanged. Larger integers up to 65,535 are read with
              the smallest bit depth (10, 12, 14 or 16) that holds them. Anything else, such as a
              normalized tensor, is stretched from its lowest to its highest value.
            * the value of Gradio's Sketchpad or ImageEditor: a dictionary with "background",
              "layers" and "composite"; a blank picture if it was cleared.

    Returns:
        An image of mode L, LA, RGB or RGBA. Its longer side is at most 1,024 pixels
        (`limits.REDUCED_SIDE`); larger pictures are averaged down, which keeps thin lines.

    Raises:
        PictureError: if it is not a picture, is damaged, or is too large: more than 64 million
            pixels (`limits.MAX_PIXELS`) or bytes (`limits.MAX_FILE_BYTES`).
    """
    if isinstance(picture, Mapping):
        return _from_editor(picture)
    if isinstance(picture, Image.Image):
        return _decode(picture, copy=True)
    if isinstance(picture, Tensor):
        return _from_array(_tensor_values(picture))
    if isinstance(picture, np.ndarray):
        return _from_array(picture)
    if isinstance(picture, str | os.PathLike):
        return _from_path(picture)
    if isinstance(picture, bytes | bytearray | memoryview):
        return _from_bytes(bytes(picture), "The data")
    if callable(getattr(picture, "read", None)):
        return _from_bytes(_read(picture), "The file")
    raise PictureError(
        f"A picture can be a path, a file, an image of Pillow, or an array, but this is "
        f"{type(picture).__name__!r}."
    )


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise PictureError("The picture has no pixels.")
    if width * height > limits.MAX_PIXELS:
        raise PictureError(
            f"The picture is too large: {width:,} × {height:,} pixels, and {limits.MAX_PIXELS:,} "
            "is the most. Make it smaller, then try again."
        )


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
        with Image.open(io.BytesIO(content), formats=formats) as image:
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


def _decode(image: Image.Image, *, copy: bool = False) -> Image.Image:
    """Load, reduce, turn upright, and convert to one of the modes L, LA, RGB and RGBA."""
    _check_size(*image.size)
    if copy:
        try:
            image = image.copy()  # the caller's image stays as it is
        except Exception as error:
            raise PictureError("The image cannot be decoded: its file is damaged.") from error
    # A JPEG can be decoded at 1/2, 1/4 or 1/8 of its size, which is quicker, and averages pixels.
    image.draft(None, (limits.REDUCED_SIDE, limits.REDUCED_SIDE))
    orientation = _orientation(image)
    image.load()
    image = _reduce(_to_8_bits(image))
    return image if orientation is None else image.transpose(orientation)


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
    try:
        return _TURNS.get(image.getexif().get(0x0112, 1))
    except Exception:  # damaged EXIF data do not make the picture unreadable
        return None


def _to_8_bits(image: Image.Image) -> Image.Image:
    if image.mode in ("L", "LA", "RGB", "RGBA"):
        return image
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _from_array(np.asarray(image))
    if image.mode == "La":
        return image.convert("LA")
    if image.mode in ("PA", "RGBa") or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("L" if image.mode == "1" else "RGB")


def _reduce(image: Image.Image) -> Image.Image:
    if max(image.size) <= limits.REDUCED_SIDE:
        return image
    return image.resize(scaled_size(image.size, limits.REDUCED_SIDE), Image.Resampling.BOX)


def scaled_size(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """The size of a picture when its longer side is scaled to ``longest`` pixels."""
    factor = longest / max(size)
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _tensor_values(tensor: Tensor) -> np.ndarray:
    _check_shape(tuple(tensor.shape))
    try:
        tensor = tensor.detach()
        # NumPy has no bfloat16.
        return (tensor.float() if tensor.is_floating_point() else tensor).cpu().numpy()
    except (RuntimeError, TypeError, NotImplementedError) as error:
        raise PictureError(f"This tensor cannot be read as a picture: {error}") from error


def _check_shape(shape: tuple[int, ...]) -> None:
    """Refuse a shape before anything is copied: a huge broadcast array takes memory only then."""
    if len(shape) not in (2, 3) or (len(shape) == 3 and not {shape[0], shape[2]} & set(_MODES)):
        raise PictureError(f"An array of shape {shape} is not a picture: it must be {_SHAPES}.")
    channels_last = len(shape) == 2 or shape[2] in _MODES
    height, width = shape[:2] if channels_last else shape[1:]
    _check_size(width, height)


def _from_array(array: np.ndarray) -> Image.Image:
    _check_shape(array.shape)
    if array.ndim == 3 and array.shape[2] not in _MODES:
        array = np.moveaxis(array, 0, 2)
    if array.dtype.kind not in "buif":
        raise PictureError(f"A picture consists of numbers, but this array has {array.dtype}.")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise PictureError("The array has values that are not numbers (NaN) or infinite.")
    if array.ndim == 2:
        array = array[:, :, None]
    colours = 1 if array.shape[2] < 3 else 3
    # Colours share a scale; alpha has its own.
    parts = [_to_bytes(array[:, :, :colours])]
    if array.shape[2] > colours:
        parts.append(_to_bytes(array[:, :, colours:]))
    pixels = np.concatenate(parts, axis=2)
    mode = _MODES[pixels.shape[2]]
    return _reduce(Image.fromarray(pixels[:, :, 0] if mode == "L" else pixels, mode))


def _to_bytes(values: np.ndarray) -> np.ndarray:
    low, high = values.min(), values.max()
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
        return open_picture(composite)
    layers = value.get("layers") or ()
    if not isinstance(layers, list | tuple):
        raise PictureError('The "layers" of a drawing must be a list.')
    parts = [open_picture(one) for one in (value.get("background"), *layers) if one is not None]
    if not parts:
        return Image.new("L", (28, 28), 255)
    flat = parts[0].convert("RGBA")
    for part in parts[1:]:
        flat.alpha_composite(part.convert("RGBA").resize(flat.size))
    return flat
