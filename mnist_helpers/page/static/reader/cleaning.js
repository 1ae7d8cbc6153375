// Which ink belongs to the digit? Specks, printed lines, shadows and frames are told apart.

import { countTrue, fill32, fillMask, largest, median32, quantile32, roundHalfEven, sumOf } from "./arrays.js";
import { cropImage, fillHoles, findBoxes, greyClosing, greyOpening, labelAreas, maximumFilter, padImage, transpose, uniformFilterDown } from "./filters.js";

/**
 * Threshold with hysteresis: sure ink, and the fainter pixels that hang together with it.
 * The lower threshold is as low as possible without flooding what is no stroke.
 */
export function connectFaint({ data, width, height, noise }) {
  const sure = { data: fillMask(data.length, (i) => data[i] >= 0.5), width, height };
  const near = maximumFilter(sure, [5, 5]).data;
  for (const low of [0.2, 0.3, 0.4]) {
    if (low < 4 * noise) continue;
    const least = Math.fround(low);
    const faint = { data: fillMask(data.length, (i) => data[i] >= least), width, height };
    const { labels, count } = labelAreas(faint, true);
    const kept = new Uint8Array(count + 1);
    for (let i = 0; i < data.length; i++) if (sure.data[i]) kept[labels[i]] = 1;
    const mask = fillMask(data.length, (i) => kept[labels[i]]);
    const beyond = fillMask(data.length, (i) => mask[i] && !near[i]);
    if (countTrue(beyond) <= 0.2 * countTrue(sure.data)) return { data: mask, width, height };
  }
  return sure;
}

/**
 * Find the digit: the main part of the ink, and what belongs to it. A broken digit keeps its
 * parts: the farther from the main part, the larger one must be. What lies along the border is a
 * frame, a shadow or the edge of the table.
 */
export function sortParts({ data, width, height }, amount) {
  const { labels, count } = labelAreas({ data, width, height }, true);
  const mass = new Float64Array(count);
  for (let i = 0; i < labels.length; i++) if (labels[i]) mass[labels[i] - 1] += amount.data[i];
  const boxes = findBoxes(labels, count, width);
  const atBorder = boxes.map((box) => liesAlongBorder(box, width, height));
  const weight = (part) => mass[part] * (atBorder[part] ? 0.05 : 1);
  let main = 0;
  for (let part = 1; part < count; part++) if (weight(part) > weight(main)) main = part;
  const [left, top, right, bottom] = boxes[main];
  const size = Math.max(right - left, bottom - top);
  const keep = boxes.map((box, part) => {
    const across = Math.max(box[0] - right, left - box[2], 0);
    const down = Math.max(box[1] - bottom, top - box[3], 0);
    const gap = Math.hypot(across, down) / size;
    const large = mass[part] >= (0.01 + 0.2 * gap) * mass[main];
    return part === main || (large && gap < 0.8 && !atBorder[part]);
  });
  const dropped = keep.filter((kept) => !kept).length;
  const share = sumOf(mass.filter((_, part) => keep[part])) / sumOf(mass);
  return {
    digit: fillMask(labels.length, (i) => labels[i] && keep[labels[i] - 1]),
    border: fillMask(labels.length, (i) => labels[i] && atBorder[labels[i] - 1]),
    dropped,
    onlySpecks: dropped > 50 && share < 0.1,
  };
}

function liesAlongBorder([left, top, right, bottom], width, height) {
  const horizontal = Number(top === 0) + Number(bottom === height);
  const vertical = Number(left === 0) + Number(right === width);
  if (horizontal + vertical > 1) return true; // across a corner, or from one side to the other
  const tall = (bottom - top) / height;
  const wide = (right - left) / width;
  const upright = vertical > 0 && wide < 0.12 && tall > 0.12;
  return upright || (horizontal > 0 && tall < 0.12 && wide > 0.12);
}

// How much of each row of a mask is set.
function filledRows({ data, width, height }) {
  const row = (y) => data.subarray(y * width, (y + 1) * width);
  return Array.from({ length: height }, (_, y) => countTrue(row(y)) / width);
}

/** The box that remains when rows and columns full of a printed border are cut off; null if none are. */
export function insideBorder(mask, border) {
  const { width, height } = mask;
  const rows = filledRows(mask);
  const columns = filledRows(transpose(mask));
  const ends = [rows[0], rows[height - 1], columns[0], columns[width - 1]];
  const framed = ends.filter((end) => end > 0.8).length >= 3;
  if (!framed && !border.data.some(Boolean)) return null;
  let [top, bottom] = trimLines(framed ? rows : filledRows(border));
  let [left, right] = trimLines(framed ? columns : filledRows(transpose(border)));
  if (left === 0 && top === 0 && right === width && bottom === height) return null;
  // One pixel more, since the edge of the printed border is soft.
  if (left > 0) left++;
  if (top > 0) top++;
  if (right < width) right--;
  if (bottom < height) bottom--;
  return Math.min(right - left, bottom - top) >= 8 ? [left, top, right, bottom] : null;
}

// Where the lines that are less than half ink begin and end.
function trimLines(filled) {
  const first = filled.findIndex((share) => share < 0.5);
  return first < 0 ? [0, filled.length] : [first, filled.findLastIndex((share) => share < 0.5) + 1];
}

/** If the "ink" is a board, a filled rectangle with something written into it: the box inside. */
export function insideBoard(digit) {
  const [box] = findBoxes(digit.data, 1, digit.width);
  if (box[2] === 0) return null;
  const part = cropImage(digit, box);
  const rows = filledRows(part);
  const columns = filledRows(transpose(part));
  const sides = [rows[0], rows.at(-1), columns[0], columns.at(-1)];
  if (Math.min(part.width, part.height) < 12 || Math.min(...sides) < 0.5) return null;
  const filled = countTrue(fillHoles(part).data);
  const hole = filled - countTrue(part.data);
  if (filled / part.data.length < 0.93 || hole / part.data.length < 0.005) return null;
  return [box[0] + 1, box[1] + 1, box[2] - 1, box[3] - 1];
}

/**
 * Take the lines of ruled or squared paper out of the ink; null if there are none. A printed line
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
  // A shadow is no line: what is wide is taken off first.
  const wide = greyOpening(amount, [15, 1]).data;
  const lean = { data: fill32(data.length, (i) => data[i] - wide[i]), width, height };
  const reach = roundHalfEven(0.18 * width); // 10 degrees
  const padded = padImage(lean, reach, 0);
  const paths = slantedPaths(width, reach);
  const { best, slant } = strongestSlants(uniformFilterDown(padded), height, paths);
  let peaks = linePeaks(best);
  if (peaks.length < 3) {
    // A single one as dark as the pen may be the bar of a 7.
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
  // Where the pen crosses a line, there is ink above and below.
  const bridged = greyClosing({ data: clean, width, height }, [9, 1]).data;
  const result = fill32(data.length, (i) =>
    ink(i) > Math.fround(0.05) ? Math.min(bridged[i], data[i]) : clean[i],
  );
  return { data: result, width, height };
}

// For each slant, how far along the padded data 48 points of such a line lie from row 0.
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

// For each row, how strong a line through its middle is, and with which slant.
function strongestSlants({ data, width }, height, { offsets }) {
  const best = new Float32Array(height);
  const slant = new Int32Array(height);
  const along = new Float32Array(48);
  const strength = new Float32Array(offsets.length);
  const least = Math.fround(0.06);
  for (let row = 0; row < height; row++) {
    offsets.forEach((places, s) => {
      // The least fifth must have ink; the mean of the lower half tells the middle of a line.
      let faint = 0;
      for (let k = 0; k < 48; k++) {
        along[k] = data[row * width + places[k]];
        if (along[k] < least) faint++;
      }
      strength[s] = faint > 9 ? 0 : Math.fround(sumOf(along.sort().subarray(0, 24)) / 24);
    });
    best[row] = largest(strength);
    // Of several slants that fit as well, the middle one.
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
