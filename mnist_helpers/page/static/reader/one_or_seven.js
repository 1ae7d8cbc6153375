// Is it a 7, or a 1 with a long flag? A look at the digit, turned a little, tells them apart.

import { roundHalfEven } from "./arrays.js";

const TURN = 0.2;
const LEAST = 0.25;
const CENTRE = 14.0;

/** The 28×28 square turned to the left, about the centre of a digit. */
export function turnLeft(image) {
  const pixel = (y, x) => (y >= 0 && x >= 0 && y < 28 && x < 28 ? image[y * 28 + x] : 0);
  const [cos, sin] = [Math.cos(TURN), Math.sin(TURN)];
  return Uint8Array.from({ length: 784 }, (_, i) => {
    const [y, x] = [Math.floor(i / 28) - CENTRE, (i % 28) - CENTRE];
    const row = cos * y + sin * x + CENTRE;
    const column = cos * x - sin * y + CENTRE;
    const [top, left] = [Math.floor(row), Math.floor(column)];
    let mean = 0;
    for (const down of [0, 1]) {
      for (const right of [0, 1]) {
        const share = (1 - Math.abs(row - top - down)) * (1 - Math.abs(column - left - right));
        mean += share * pixel(top + down, left + right);
      }
    }
    return roundHalfEven(mean);
  });
}

/** The probabilities of a digit that is read as a 7; `one` is that of a 1, turned to the left. */
export function doubtSeven(probabilities, one) {
  const share = one >= LEAST ? one / 2 : 0;
  return probabilities.map((part, digit) => part * (1 - share) + (digit === 1 ? share : 0));
}
