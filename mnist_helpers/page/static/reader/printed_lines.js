// The lines of ruled and squared paper, which do not belong to the digit.

import { fill32, fillMask, largest, median32, quantile32, roundHalfEven, sumOf } from "./arrays.js";
import { greyClosing, greyOpening, labelAreas, maximumFilter, padImage, transpose, uniformFilterDown } from "./filters.js";

/**
 * Remove the lines of ruled or squared paper from the ink; null if there are none. A printed line
 * runs straight through the whole picture, and is fainter than the pen. Along each straight line
 * at most 10 degrees from level or upright, a low quantile of the ink says how much is printed.
 */
export function withoutPrintedLines({ data, width, height }) {
  const amount = { data, width, height };
  const upright = withoutLevelLines(transpose(amount));
  const level = withoutLevelLines(upright ? transpose(upright) : amount);
  return level ?? (upright && transpose(upright));
}

function withoutLevelLines(amount) {
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
  let peaks = linePeaks(best);
  if (peaks.length < 3) {
    // A line as dark as the pen may be the bar of a 7.
    const dark = maximumFilter(padded, [3, 1]).data;
    peaks = peaks.filter((row) => {
      const line = fill32(48, (k) => dark[row * width + paths.offsets[slant[row]][k]]);
      return quantile32(line, 0.33) <= Math.fround(0.8);
    });
  }
  if (!peaks.length) return null;
  const printed = printedLines(padded, peaks.map((row) => [row + reach, paths.slants[slant[row]]]));
  const ink = (i) => printed[reach * width + i];
  const clean = fill32(data.length, (i) => Math.max(0, data[i] - Math.fround(1.5 * ink(i))));
  // Where the pen crosses a line, there is ink above and below to bridge the gap.
  const bridged = greyClosing({ data: clean, width, height }, [9, 1]).data;
  const result = fill32(data.length, (i) =>
    ink(i) > Math.fround(0.05) ? Math.min(bridged[i], data[i]) : clean[i],
  );
  return { data: result, width, height };
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
      // Four fifths must have ink; the mean of the fainter half is largest in the middle of a line.
      let faint = 0;
      for (let k = 0; k < 48; k++) {
        along[k] = data[row * width + places[k]];
        if (along[k] < least) faint++;
      }
      strength[s] = faint > 9 ? 0 : Math.fround(sumOf(along.sort().subarray(0, 24)) / 24);
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

// How much is printed at each pixel of the padded picture.
function printedLines({ data, width, height }, lines) {
  const printed = new Float32Array(data.length);
  for (const [middle, slant] of lines) {
    for (let offset = -7; offset <= 7; offset++) {
      const places = Int32Array.from({ length: width }, (_, x) => {
        const row = roundHalfEven(middle + slant * (x / (width - 1) - 0.5)) + offset;
        return Math.min(Math.max(row, 0), height - 1) * width + x;
      });
      const share = quantile32(fill32(width, (x) => data[places[x]]), 0.4);
      for (const at of places) printed[at] = Math.max(printed[at], share);
    }
  }
  return maximumFilter({ data: printed, width, height }, [3, 1]).data;
}
