// Refusing non-digits: could a 28×28 square be a digit at all? Letters and scribbles could not.

import { clip } from "./arrays.js";
import { labelAreas, padImage } from "./filters.js";

// Hardly any of MNIST's 55,000 training images has more.
const MAX_INK = 250;
const MAX_OUTLINE = 175;
const MAX_PIECES = 12;
const MAX_HOLES = 6;

/** What tells digits from non-digits: energy, ink, outline, pieces, holes, detected. */
export function nonDigitScores(image, { logits, detected }) {
  let ink = 0;
  let outline = 0;
  for (let i = 0; i < 784; i++) {
    ink += image[i];
    if (i % 28 < 27) outline += Math.abs(image[i + 1] - image[i]);
    if (i < 756) outline += Math.abs(image[i + 28] - image[i]);
  }
  const square = { data: image.map((value) => (value > 127 ? 1 : 0)), width: 28, height: 28 };
  const dark = padImage(square, 1, 1);
  const light = { ...dark, data: dark.data.map((one) => 1 - one) };
  // Ink that touches at a corner is one piece; paper that touches at a corner is two areas.
  return {
    energy: computeEnergy(logits),
    ink: ink / 255,
    outline: outline / 255,
    pieces: labelAreas(dark, true).count,
    holes: labelAreas(light, false).count - 1,
    detected,
  };
}

/** How strongly the ten logits speak for any digit at all. */
export function computeEnergy(logits) {
  const mean = logits.reduce((sum, one) => sum + one, 0) / logits.length;
  const most = Math.max(...logits) - mean;
  const sum = logits.reduce((total, one) => total + Math.exp(one - mean - most), 0);
  return most + Math.log(sum);
}

export function looksLikeDigit(scores, minEnergy) {
  return (
    scores.detected >= 0 &&
    scores.energy >= minEnergy &&
    scores.ink <= MAX_INK &&
    scores.outline <= MAX_OUTLINE &&
    scores.pieces <= MAX_PIECES &&
    scores.holes <= MAX_HOLES
  );
}

/**
 * How much speaks for one digit. Half a digit and two that touch have less. Where there is no
 * detector, the energy alone says it, over a wider range.
 */
export function weighEvidence({ energy, detected }, minEnergy) {
  const more = energy - minEnergy;
  if (detected === 0) return 0.35 * clip(more, -8, 16);
  return 0.5 * clip(more, -4, 4) + 0.3 * clip(detected, -10, 12);
}
