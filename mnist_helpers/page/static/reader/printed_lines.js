// The lines of ruled and squared paper, which do not belong to the digit.

import { countTrue, fill32, fillMask, largest, median32, quantileOf, roundHalfEven, sumOf } from "./arrays.js";
import { bridge } from "./bridging.js";
import { cropImage, greyOpening, labelAreas, maximumFilter, padImage, transpose, uniformFilterDown } from "./filters.js";
import { strokeWidth } from "./ink.js";

// Where no more than this is printed, there is no line.
const PALE = Math.fround(0.05);

/**
 * Remove the lines of ruled or squared paper from the ink; null if there are none. A printed line
 * runs straight through the whole picture, at most 10 degrees from level or upright. Along it, a
 * low quantile of the ink says how much is printed. Where a digit fills the picture, its strokes
 * may do so as well: only lines that are far fainter or thinner than the pen, or three of them,
 * are then taken for printed ones, unless lines may be as `thick` as the pen.
 */
export function withoutPrintedLines({ data, width, height }, thick = false) {
  const amount = { data, width, height };
  const turned = levelLines(transpose(amount));
  let upright = turned && { ...turned, printed: transpose(turned.printed) };
  // Where an upright line is, a level one does not show as one.
  let level = levelLines(upright ? withoutLines(amount, null, upright, true) : amount);
  if (!level && !upright) return null;
  if (thick) return withoutLines(amount, level, upright);
  const clean = withoutLines(amount, level, upright, true);
  const dark = Math.fround(0.3);
  const pen = strokeWidth({ ...clean, data: clean.data.map((one) => (one >= dark ? one : 0)) });
  const many = (level?.count ?? 0) + (upright?.count ?? 0) > 2;
  const most = pen * (many || !reachesBorder(clean, pen) ? 0.8 : 0.3);
  const isPrinted = (lines) => lines && (lines.count > 3 || lines.across <= most);
  [level, upright] = [level, upright].map((lines) => (isPrinted(lines) ? lines : null));
  return level || upright ? withoutLines(amount, level, upright) : null;
}

// Whether a stroke of the pen reaches one of the picture's borders.
function reachesBorder(clean, pen) {
  return [clean, transpose(clean)].some(({ data, width, height }) => {
    const near = roundHalfEven(0.03 * height) + 1;
    return [0, height - near].some((top) => {
      const inked = new Uint8Array(width);
      for (let i = top * width; i < (top + near) * width; i++) {
        if (data[i] >= 0.5) inked[i % width] = 1;
      }
      return countTrue(inked) >= 0.5 * pen;
    });
  });
}

// The ink without lines, but with the strokes that cross them. While lines may still turn out to be
// strokes, gaps are bridged `sparingly`: short ones, and straight across.
function withoutLines(amount, level, upright, sparingly = false) {
  const { data, width, height } = amount;
  const lines = [level, upright].filter(Boolean).map((one) => one.printed.data);
  const left = fill32(data.length, (i) => {
    const printed = Math.max(...lines.map((one) => one[i]));
    return Math.max(0, data[i] - Math.fround(1.5 * printed));
  });
  const clean = { data: left, width, height };
  const bridgeLevel = (ink, ground, { data: printed }, thickness) => {
    const isLine = (i) => printed[i] > PALE;
    return bridge(ink, ground, isLine, ...(sparingly ? [0, false, []] : [thickness, false]));
  };
  let bridged = clean;
  if (level) bridged = bridgeLevel(amount, clean, level.printed, level.thickness);
  if (!upright) return bridged;
  const turned = [amount, clean, upright.printed].map(transpose);
  const across = transpose(bridgeLevel(...turned, upright.thickness)).data;
  return { ...clean, data: bridged.data.map((one, i) => Math.max(one, across[i])) };
}

// The level lines: how much is `printed` at each pixel, the ink `across` the strongest one, the
// `thickness` of the thickest, with its soft edges, and their `count`; null if there are none.
function levelLines(amount) {
  const { data, width, height } = amount;
  const edge = Math.floor(width / 10); // a line reaches both sides
  if (Math.min(height, width) < 40) return null;
  const atLeft = largest(data.filter((_, i) => i % width < edge));
  const atRight = largest(data.filter((_, i) => i % width >= width - edge));
  if (Math.min(atLeft, atRight) < Math.fround(0.15)) return null;
  // A shadow is not a line: what is wide is removed first.
  const wide = greyOpening(amount, [15, 1]).data;
  const lean = { data: fill32(data.length, (i) => data[i] - wide[i]), width, height };
  const reach = roundHalfEven(0.18 * width); // 10 degrees
  const padded = padImage(lean, reach, 0);
  const paths = slantedPaths(width, reach);
  const { best, slant } = strongestSlants(uniformFilterDown(padded), height, paths);
  const lines = linePeaks(best).map((row) => [row + reach, paths.slants[slant[row]]]);
  if (!lines.length) return null;
  const { printed, across, thickness } = printedLines(padded, lines);
  const inner = cropImage(printed, [0, reach, width, reach + height]);
  return { printed: inner, across, thickness, count: lines.length };
}

// For each slant: where the padded data has 48 points of the line whose middle is in row 0.
function slantedPaths(width, reach) {
  const slants = [];
  for (let slant = -reach; slant <= reach; slant += 2) slants.push(slant);
  const columns = Array.from({ length: 48 }, (_, k) =>
    k === 47 ? width - 1 : roundHalfEven(k * ((width - 1) / 47)),
  );
  const offsets = slants.map((slant) =>
    columns.map((x) => (reach + roundHalfEven(slant * (x / (width - 1) - 0.5))) * width + x),
  );
  return { slants, offsets };
}

// For each row: how strong the strongest line through its middle is, and that line's slant.
function strongestSlants({ data, width }, height, { offsets }) {
  const best = new Float32Array(height);
  const slant = new Int32Array(height);
  const along = new Float32Array(48);
  const strength = new Float32Array(offsets.length);
  const least = Math.fround(0.06);
  for (let row = 0; row < height; row++) {
    offsets.forEach((places, s) => {
      // Four fifths must have ink, and both ends; the mean of the fainter half is largest in the
      // middle of a line.
      let faint = 0;
      for (let k = 0; k < 48; k++) {
        along[k] = data[row * width + places[k]];
        if (along[k] < least) faint++;
      }
      const ends = Math.min(largest(along.subarray(0, 3)), largest(along.subarray(45)));
      const isLine = faint <= 9 && ends >= least;
      strength[s] = isLine ? Math.fround(sumOf(along.sort().subarray(0, 24)) / 24) : 0;
    });
    best[row] = largest(strength);
    // Of several slants that fit equally well, take the middle one.
    const limit = Math.fround(best[row] - Math.fround(1e-6));
    let [sum, count] = [0, 0];
    for (let s = 0; s < strength.length; s++) {
      if (strength[s] >= limit) [sum, count] = [sum + s, count + 1];
    }
    slant[row] = roundHalfEven(sum / count);
  }
  return { best, slant };
}

// The middle of each run of rows where a line is stronger than anywhere near.
function linePeaks(best) {
  const height = best.length;
  const most = maximumFilter({ data: best, width: 1, height }, [7, 1]).data;
  const top = fillMask(height, (row) => best[row] > 0 && best[row] >= most[row]);
  const { labels, count } = labelAreas({ data: top, width: 1, height }, false);
  return Array.from({ length: count }, (_, run) => {
    const rows = Float32Array.from(labels.keys()).filter((row) => labels[row] === run + 1);
    return Math.trunc(median32(rows));
  });
}

// How much is printed at each pixel of the padded picture, the most ink across a line, and the
// thickness of the thickest.
function printedLines({ data, width, height }, lines) {
  const printed = new Float32Array(data.length);
  let [most, thickness] = [0, 0];
  for (const [middle, slant] of lines) {
    let [across, rows] = [0, 2];
    for (let offset = -7; offset <= 7; offset++) {
      const places = Int32Array.from({ length: width }, (_, x) => {
        const row = roundHalfEven(middle + slant * (x / (width - 1) - 0.5)) + offset;
        return Math.min(Math.max(row, 0), height - 1) * width + x;
      });
      const share = quantileOf(fill32(width, (x) => data[places[x]]), 0.4);
      for (const at of places) printed[at] = Math.max(printed[at], share);
      across += share;
      rows += share > PALE;
    }
    most = Math.max(most, across);
    thickness = Math.max(thickness, rows);
  }
  const wider = maximumFilter({ data: printed, width, height }, [3, 1]);
  return { printed: wider, across: most, thickness };
}
