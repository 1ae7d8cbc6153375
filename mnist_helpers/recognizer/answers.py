"""Answers as plain data, for pages and programs: a drawing or a picture in, a dictionary out."""

import base64
import binascii
import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from mnist_helpers.framing import PictureError
from mnist_helpers.recognizer.recognizer import DigitRecognizer, Prediction

_PNG_URL = "data:image/png;base64,"
# A drawing of the page's own square has a few thousand characters, and 196×196 pixels.
MAX_URL = 1_000_000
MAX_SIDE = 2048
ERROR = "error"
_TOO_LARGE = f"This drawing is too large: at most {MAX_SIDE:,} pixels wide and high."


class DigitReader:
    """Reads what visitors draw or upload; any number of them at once.

    Args:
        recognizer: what reads the digits.
        more: gives what an answer shall hold besides, as a dictionary.
    """

    def __init__(
        self,
        recognizer: DigitRecognizer,
        more: Callable[[Prediction], dict[str, Any]] = lambda _: {},
    ):
        self._recognizer = recognizer
        self._more = more

    def read_drawing(self, drawing: str | None) -> dict[str, Any] | None:
        """Read the digit in a drawing.

        Args:
            drawing: a PNG data URL, at most 2,048 pixels wide and high; empty for no drawing.

        Returns:
            None for no drawing. Otherwise a dictionary: "digit" (0 to 9, or None if there is no
            ink), "confidence" (0.1 to 1), "probabilities" (of the ten digits), "verdict" ("sure",
            "unsure", "no digit" or "error"), "words" (the answer for people, or what is wrong) and
            "seen" (the 28×28 pixels that the network got, as a PNG data URL). After an error
            "digit", "confidence", "probabilities" and "seen" are None.
        """
        if drawing is None or drawing == "":
            return None
        try:
            return self._read(_open_drawing(drawing))
        except PictureError as error:
            return failed(error)

    def read_picture(self, picture: str | None) -> dict[str, Any] | None:
        """Read the digit in an uploaded picture.

        Args:
            picture: an image file, such as PNG or JPEG, with one digit in it.

        Returns:
            As `read_drawing`; None for no picture.
        """
        if picture is None:
            return None
        try:
            return self._read(picture)
        except PictureError as error:
            return failed(error)

    def _read(self, picture: str | bytes) -> dict[str, Any]:
        prediction = self._recognizer.predict(picture)
        return describe(prediction) | self._more(prediction)


def describe(prediction: Prediction) -> dict[str, Any]:
    """The answer as the page shows it and programs get it."""
    return prediction.to_dict() | {
        "words": prediction.words,
        "seen": png_url(prediction.image),
    }


def png_url(pixels: np.ndarray) -> str:
    """Pixels, uint8, as a PNG data URL."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return _PNG_URL + base64.b64encode(file.getvalue()).decode()


def failed(error: PictureError | str) -> dict[str, Any]:
    """The answer where there is none: why, in a sentence."""
    names = ("digit", "confidence", "probabilities", "seen")
    return dict.fromkeys(names) | {"verdict": ERROR, "words": str(error)}


def _open_drawing(url: Any) -> bytes:
    """The PNG in a data URL, checked before anything unpacks it.

    Raises:
        PictureError: if it is not one, or if it is too large.
    """
    if not isinstance(url, str) or not url.startswith(_PNG_URL):
        raise PictureError("This is not a drawing: it must be a PNG picture as a data URL.")
    if len(url) > MAX_URL:
        raise PictureError(f"This drawing is too large: at most {MAX_URL:,} characters.")
    try:
        content = base64.b64decode(url[len(_PNG_URL) :], validate=True)
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            size = image.size
    except Image.DecompressionBombError as error:
        raise PictureError(_TOO_LARGE) from error
    except (binascii.Error, OSError, SyntaxError, ValueError) as error:
        raise PictureError("This drawing is damaged: it is not a PNG picture.") from error
    if max(size) > MAX_SIDE:
        raise PictureError(_TOO_LARGE)
    return content
