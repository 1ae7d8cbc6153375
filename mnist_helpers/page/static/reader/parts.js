// Which parts of the ink are the digit? Specks, shadows and printed borders are not.

import { clip, countTrue, fill32, fillMask, roundHalfEven, sumOf } from "./arrays.js";
import { cropImage, fillHoles, findBoxes, greyClosing, labelAreas, maximumFilter, minimumFilter, transpose } from "./filters.js";
import { strokeWidth } from "./ink.js";

// The lower thresholds that are tried; the first two are for faint strokes on clean paper.
const FAINT = [0.08, 0.12, 0.2, 0.3, 0.4];
// Paper with more traces than this fraction of the sure ink is not clean.
const TRACES = 0.02;

/**
 * Threshold with hysteresis: sure ink, and the fainter pixels that are connected to it.
 * The lower threshold is as low as possible without flooding what is not a stroke; `strokes` says
 * whether there may be strokes that are faint.
 */
export function connectFaint({ data, width, height, noise }, strokes = false) {
  const sure = { data: fillMask(data.length, (i) => data[i] >= 0.5), width, height };
  const near = maximumFilter(sure, [5, 5]).data;
  const inked = countTrue(sure.data);
  for (const low of strokes ? FAINT : FAINT.slice(2)) {
    if (low < (low >= 0.2 ? 4 : 6) * noise) continue;
    const least = Math.fround(low);
    const faint = { data: fillMask(data.length, (i) => data[i] >= least), width, height };
    const { labels, count } = labelAreas(faint, true);
    const kept = new Uint8Array(count + 1);
    for (let i = 0; i < data.length; i++) if (sure.data[i]) kept[labels[i]] = 1;
    const mask = fillMask(data.length, (i) => kept[labels[i]]);
    const traces = countTrue(faint.data) - countTrue(mask);
    if (low < 0.2 && traces > TRACES * inked) continue;
    const beyond = fillMask(data.length, (i) => mask[i] && !near[i]);
    const far = countTrue(beyond);
    if (
      far <= (low >= 0.2 ? 0.2 * inked : 0) ||
      (strokes && far <= 6 * inked && areStrokes({ data: beyond, width, height }, data))
    ) {
      return { data: mask, width, height };
    }
  }
  return sure;
}

// Whether faint pixels look as if the pen of the sure ink had drawn them.
function areStrokes(faint, amount) {
  if (touchesBorder(faint)) return false;
  const pen = strokeWidth({ ...faint, data: amount.map((one) => (one >= 0.5 ? one : 0)) });
  const wider = 2 * roundHalfEven(0.75 * pen + 1) + 1;
  return !minimumFilter(faint, [wider, wider]).data.some(Boolean);
}

/** Whether some of the pixels of a mask lie on the picture's border. */
export function touchesBorder({ data, width, height }) {
  return data.some((one, i) => {
    const x = i % width;
    return one && (x === 0 || x === width - 1 || i < width || i >= width * (height - 1));
  });
}

/** Ink whose faint strokes, among the pixels of a mask, are about as dark as the others. */
export function evenOut(ink, mask) {
  const { data, width, height } = ink;
  const part = (test) => ({
    data: fill32(data.length, (i) => (mask[i] && test(i) ? data[i] : 0)),
    width,
    height,
  });
  const pen = strokeWidth(part((i) => data[i] >= 0.5));
  const reach = 2 * Math.max(1, roundHalfEven(0.6 * pen)) + 1;
  const peak = maximumFilter(part(() => true), [reach, reach]).data;
  const limit = Math.fround(0.6);
  const faint = { data: fillMask(data.length, (i) => mask[i] && peak[i] < limit), width, height };
  if (!faint.data.some(Boolean) || touchesBorder(faint)) return ink;
  const even = fill32(data.length, (i) => {
    const least = Math.max(peak[i], Math.fround(0.04));
    return faint.data[i] ? data[i] * Math.fround(Math.fround(0.8) / least) : mask[i] ? data[i] : 0;
  });
  const bridged = greyClosing({ data: even, width, height }, [reach, reach]).data;
  const near = maximumFilter(faint, [reach, reach]).data;
  const result = fill32(data.length, (i) =>
    mask[i] && near[i] ? clip(Math.max(even[i], bridged[i]), 0, 1) : data[i],
  );
  return { ...ink, data: result };
}

/**
 * Find the digit: the main part of the ink, and what belongs to it. A broken digit keeps its
 * parts: the farther one lies from the main part, the larger it must be. What lies along the
 * picture's border counts as a printed border, a shadow or the edge of the table.
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
    labels,
    boxes,
    mass,
    atBorder,
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

// The fraction of each row of a mask that is set.
function filledRows({ data, width, height }) {
  const row = (y) => data.subarray(y * width, (y + 1) * width);
  return Array.from({ length: height }, (_, y) => countTrue(row(y)) / width);
}

/** The box inside the rows and columns that a printed border fills; null if there are none. */
export function insideBorder(mask, border) {
  const { width, height } = mask;
  const rows = filledRows(mask);
  const columns = filledRows(transpose(mask));
  const ends = [rows[0], rows[height - 1], columns[0], columns[width - 1]];
  const bordered = ends.filter((end) => end > 0.8).length >= 3;
  if (!bordered && !border.data.some(Boolean)) return null;
  let [top, bottom] = trimLines(bordered ? rows : filledRows(border));
  let [left, right] = trimLines(bordered ? columns : filledRows(transpose(border)));
  if (left === 0 && top === 0 && right === width && bottom === height) return null;
  // One pixel more, since the edge of the printed border is soft.
  if (left > 0) left++;
  if (top > 0) top++;
  if (right < width) right--;
  if (bottom < height) bottom--;
  return Math.min(right - left, bottom - top) >= 8 ? [left, top, right, bottom] : null;
}

// Where the rows that are less than half full begin and end.
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
