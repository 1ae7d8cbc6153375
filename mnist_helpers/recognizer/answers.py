"""From a picture to an answer, for the demo, the web page and the command line alike.

An answer is a dictionary of plain data, and so is a refusal: visitors never meet an exception.
"""

import base64
import io
import struct
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from mnist_helpers._support import limits
from mnist_helpers.framing import PictureError
from mnist_helpers.recognizer.prediction import Prediction
from mnist_helpers.recognizer.recognizer import DigitRecognizer

_PNG_URL = "data:image/png;base64,"
# Every PNG file begins with these bytes: a signature, and the length and name of its first chunk,
# which holds the width and the height.
_PNG_START = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
ERROR = "error"
BUSY = "Too many pictures are being read at the moment. Try again in a few seconds."


class DigitReader:
    """Reads pictures and drawings, for any number of visitors at once.

    Uploaded pictures can be large, so two are read at a time (`limits.DECODERS`); whoever
    waits too long gets an error (`BUSY`).

    Every answer is a dictionary: "digit" (0 to 9: the best guess, whatever the verdict, or None if
    there was nothing to read), "confidence" (0 to 1), "probabilities" (of the ten digits),
    "verdict" ("sure", "unsure", "no digit" or "error"), "number" (its digits as a string, or None
    if there is no digit), "digits" (a list, which is then empty), "words" (the answer for people,
    or what is wrong) and "seen" (the 28×28 pixels that the network saw, as a PNG data URL).

    Each of the "digits" has its "box" (left, top, right and bottom, in pixels of the picture as
    `mnist_helpers.framing.open_picture` opens it, which makes large pictures smaller) and its own
    "digit", "confidence", "probabilities", "verdict", "words" and "seen". If there are several
    digits, or several lines, "digit", "probabilities" and "seen" of the whole are None. After an
    error, "digits" is empty, and all other entries but "verdict" and "words" are None.

    Args:
        recognizer: reads the digits.
        more: returns further entries for the answer to a prediction; by default there are none. If
            there are several digits, each of them gets its own.
    """

    def __init__(
        self,
        recognizer: DigitRecognizer,
        more: Callable[[Prediction], dict[str, Any]] = lambda _: {},
    ):
        self._recognizer = recognizer
        self._more = more
        self._turns = threading.BoundedSemaphore(limits.DECODERS)

    def read_picture(self, picture: Any) -> dict[str, Any] | None:
        """Read the digit or the number in an uploaded picture; the answer to None is None.

        Args:
            picture: an image file, such as a PNG or JPEG file: a path, bytes, an open file, or
                anything else that `mnist_helpers.framing.open_picture` opens.
        """
        if picture is None:
            return None
        if not self._turns.acquire(timeout=limits.TURN_SECONDS):
            return failed(BUSY)
        try:
            return self._read(picture)
        finally:
            self._turns.release()

    def _read(self, picture: Any) -> dict[str, Any]:
        try:
            reading = self._recognizer.read(picture)
        except PictureError as error:
            return failed(error)
        answer = reading.to_dict() | {"words": reading.words}
        one = answer["probabilities"] is not None
        answer |= self._show(reading.single) if one else {"seen": None}
        for part, digit in zip(answer["digits"], reading.digits, strict=True):
            own = {"seen": answer["seen"]} if one else self._show(digit.prediction)
            part |= {"words": digit.prediction.words, **own}
        return answer

    def _show(self, prediction: Prediction) -> dict[str, Any]:
        return {"seen": png_url(prediction.image)} | self._more(prediction)

    def read_drawing(self, drawing: str | None) -> dict[str, Any] | None:
        """Read the digit or the number in a drawing; the answer to None or "" is None.

        Args:
            drawing: a PNG data URL, at most 2,048 pixels wide and high. Paths and other addresses
                are refused, because drawings come from strangers.
        """
        if drawing is None or drawing == "":
            return None
        try:
            return self._read(_png_of(drawing))
        except PictureError as error:
            return failed(error)


def png_url(pixels: np.ndarray) -> str:
    """Pixels, uint8, shape ``(h, w)``, as a PNG data URL."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return _PNG_URL + base64.b64encode(file.getvalue()).decode()


def failed(error: PictureError | str) -> dict[str, Any]:
    """The answer if a picture cannot be read; its "words" are the reason, a sentence."""
    nothing = dict.fromkeys(("digit", "confidence", "probabilities", "number", "seen"))
    return nothing | {"digits": [], "verdict": ERROR, "words": str(error)}


def _png_of(url: Any) -> bytes:
    """The PNG file in a data URL. Its size is checked before anything unpacks it."""
    if not isinstance(url, str) or not url.startswith(_PNG_URL):
        raise PictureError("This is not a drawing: it must be a PNG picture as a data URL.")
    if len(url) > limits.MAX_DRAWING_CHARACTERS:
        most = f"{limits.MAX_DRAWING_CHARACTERS:,} characters"
        raise PictureError(f"This drawing is too large: at most {most}.")
    try:
        content = base64.b64decode(url[len(_PNG_URL) :], validate=True)
    except ValueError:
        content = b""
    if len(content) < 24 or not content.startswith(_PNG_START):
        raise PictureError("This drawing is damaged: it is not a PNG picture.")
    if max(struct.unpack(">II", content[16:24])) > limits.MAX_DRAWING_SIDE:
        most = f"{limits.MAX_DRAWING_SIDE:,} pixels wide and high"
        raise PictureError(f"This drawing is too large: at most {most}.")
    return content
