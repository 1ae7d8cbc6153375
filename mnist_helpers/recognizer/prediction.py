"""An answer to one digit: its probabilities, and how far to trust them."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mnist_helpers.framing import Framed

# An answer is sure if at most one in ten such answers may be wrong: that is what 0.9 means, because
# the probabilities are calibrated. Nearly all of MNIST's digits are above it.
SURE_CONFIDENCE = 0.9


class Verdict(StrEnum):
    """How far an answer can be trusted."""

    SURE = "sure"
    UNSURE = "unsure"
    NO_DIGIT = "no digit"


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the recognizer says about one picture.

    Attributes:
        probabilities: calibrated, float32, shape ``(10,)``; they add up to 1. All are 0.1 if there
            was nothing to read.
        framed: the 28×28 square that the network saw, and the steps that led to it.
        problem: a sentence that says why this is not a digit; None if it is one.
        evidence: how much speaks for one digit, rather than for half of one, or two; see
            `weigh_evidence`.
        pairs: how likely the network finds it that the square shows two digits that touch, 00 to
            99, or, last, anything else: float32, shape ``(101,)``. None without a pair reader.
    """

    probabilities: np.ndarray
    framed: Framed
    problem: str | None = None
    evidence: float = 0.0
    pairs: np.ndarray | None = None

    @property
    def digit(self) -> int | None:
        """The likeliest digit, 0 to 9, whatever the verdict; None if there was nothing to read."""
        return None if self.framed.problem else int(self.probabilities.argmax())

    @property
    def confidence(self) -> float:
        """The probability of the likeliest digit, 0.1 to 1."""
        return float(self.probabilities.max())

    @property
    def image(self) -> np.ndarray:
        """The square that the network saw: uint8, shape ``(28, 28)``, 0 = paper, 255 = ink."""
        return self.framed.image

    @property
    def verdict(self) -> Verdict:
        """Sure, unsure (below ``SURE_CONFIDENCE``), or no digit."""
        if self.problem:
            return Verdict.NO_DIGIT
        return Verdict.SURE if self.confidence >= SURE_CONFIDENCE else Verdict.UNSURE

    @property
    def words(self) -> str:
        """The answer for people: "7", "1 or 7?" (the likelier first), or why there is no digit."""
        if self.problem:
            return f"I see no digit: {self.problem[0].lower()}{self.problem[1:]}"
        first, second = np.argsort(-self.probabilities, kind="stable")[:2]
        return f"{first}" if self.verdict is Verdict.SURE else f"{first} or {second}?"

    def to_dict(self) -> dict[str, int | float | list[float] | str | None]:
        """The answer as plain data for JSON, with six decimal places."""
        return {
            "digit": self.digit,
            "confidence": round(self.confidence, 6),
            "probabilities": [round(p, 6) for p in self.probabilities.tolist()],
            "verdict": self.verdict.value,
        }
