// Giving back to strokes what is missing of them where they cross a line that was taken out.

import { fill32 } from "./arrays.js";
import { cropImage, greyClosing, padImage } from "./filters.js";

// How far strokes may lean: by so many pixels to the side for each one down. All strokes of a
// picture are taken to lean to the same side.
const LEANS = [-1, -0.5, 0.5, 1];

/**
 * The `clean` ink, and that of strokes that cross level lines: there is clean ink on both sides of
 * a line. `amount` is the ink with the lines; `isLine` says of the index of a pixel whether one is
 * there; and `thickness` is that of the thickest line, in pixels. Without `leans`, strokes should
 * stand upright. If it `ends`, upright strokes do so where the ink does; else they may go on.
 */
export function bridge(amount, clean, isLine, thickness, ends, leans = LEANS) {
  const size = 2 * Math.max(4, ((thickness + 1) >> 1) + 2) + 1;
  const [upright, ...leaning] = [0, ...leans].map((lean) => {
    const goesOn = !lean && !ends;
    const { data: closed } = goesOn ? greyClosing(clean, [size, 1]) : close(clean, size, lean);
    return fill32(closed.length, (i) => (isLine(i) ? Math.min(closed[i], amount.data[i]) : 0));
  });
  const most = mostInk(leaning) ?? upright;
  const data = fill32(upright.length, (i) => Math.max(clean.data[i], upright[i], most[i]));
  return { ...clean, data };
}

function mostInk(inks) {
  const sums = inks.map((ink) => ink.reduce((sum, one) => sum + one, 0));
  return inks[sums.lastIndexOf(Math.max(...sums))];
}

// Close gaps of less than `size` rows between ink above and ink below, which may lean.
function close(ink, size, lean) {
  const { width, height } = ink;
  const paper = size >> 1; // around the picture
  const closed = greyClosing(padImage(shifted(ink, lean, 1), paper, 0), [size, 1]);
  return shifted(cropImage(closed, [0, paper, width, paper + height]), lean, -1);
}

// Each row shifted by as much as strokes lean down to it; what leaves one side enters at the other.
function shifted({ data, width, height }, lean, direction) {
  const result = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    const shift = direction * Math.floor(lean * y);
    for (let x = 0; x < width; x++) {
      const from = (((x + shift) % width) + width) % width;
      result[y * width + x] = data[y * width + from];
    }
  }
  return { data: result, width, height };
}
