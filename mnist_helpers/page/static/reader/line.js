// Which ink belongs to a line of digits: frames do not, and faint or attached digits do.

import { fillMask, largest, roundHalfEven } from "./arrays.js";
import { findBoxes, greyOpening, labelAreas, maximumFilter } from "./filters.js";
import { strokeWidth } from "./ink.js";
import { evenOut } from "./parts.js";

// In heights of the line: a part that is at least as high as the first number may be a digit, one
// that hangs on something if it is also as wide as the second; and the line may go on so far.
export const TALL = 0.6;
export const LEAN = 0.35;
const REACH = 8;
// A digit has at least this much ink.
const FAINTEST = 0.1;
// What is so many times as wide as high is not a digit.
const FLAT = 3;
// A frame is around something that has at least this fraction of its height, and has as many pixels
// along each side.
const [FRAMED, LEAST_FRAME] = [0.25, 10];

/** Whether a part goes all around another one that is high enough to be a digit. */
export function goesAround({ ink, parts }, part) {
  const { labels, boxes } = parts;
  const [left, top, right, bottom] = boxes[part];
  if (Math.min(right - left, bottom - top) < LEAST_FRAME) return false;
  return boxes.some(([from, above, to, below]) => {
    if (left >= from || top >= above || right <= to || bottom <= below) return false;
    if (below - above < FRAMED * (bottom - top)) return false;
    for (let y = above; y < below; y++) {
      const row = labels.subarray(y * ink.width + from, y * ink.width + to);
      if (row.includes(part + 1)) return false;
    }
    return true;
  });
}

/**
 * Which parts are left of printed lines: flat, and above or below the `known` parts. The answer
 * says it of a part's number.
 */
export function restsOfLines({ parts: { boxes, mass } }, known) {
  const isFlat = ([left, top, right, bottom]) => right - left >= FLAT * (bottom - top);
  const steep = known.filter((part) => !isFlat(boxes[part]));
  if (!steep.length) return () => false;
  const least = 0.25 * largest(steep.map((part) => mass[part]));
  const writing = steep.filter((part) => mass[part] >= least).map((part) => boxes[part]);
  const top = Math.min(...writing.map((box) => box[1]));
  const bottom = Math.max(...writing.map((box) => box[3]));
  return (part) => {
    const [, above, , below] = boxes[part];
    return isFlat(boxes[part]) && (below <= top || above >= bottom);
  };
}

/**
 * Digits of the line that are not among the parts, and a look in which their ink is dark. One may
 * hang on the rest of a printed line, or be much fainter than the others. `known` are the pixels of
 * the parts, and `line` the boxes of those that are high enough.
 */
export function missedDigits(look, known, line, height) {
  const { ink, mask } = look;
  const { width } = ink;
  const ends = (choose, side) => choose(...line.map((box) => box[side]));
  const top = Math.max(0, roundHalfEven(ends(Math.min, 1) - 0.1 * height));
  const bottom = roundHalfEven(ends(Math.max, 3) + 0.1 * height);
  const left = Math.max(ends(Math.min, 0) - REACH * height, 1);
  const right = Math.min(ends(Math.max, 2) + REACH * height, width - 1);
  const inLine = (i) => i >= top * width && i < bottom * width;
  let hanging = fillMask(known.length, (i) => mask.data[i] && !known[i] && inLine(i));
  if (look.lines) {
    // What is left of them is thinner than the pen.
    const pen = strokeWidth({ ...ink, data: ink.data.map((one, i) => (known[i] ? one : 0)) });
    const reach = roundHalfEven(0.25 * pen);
    const size = [2 * reach + 1, 2 * reach + 1];
    const strokes = maximumFilter(greyOpening({ ...ink, data: hanging }, size), size).data;
    hanging = hanging.map((one, i) => one && strokes[i]);
  }
  const least = Math.fround(Math.max(FAINTEST, 6 * ink.noise));
  const faint = fillMask(known.length, (i) => !mask.data[i] && ink.data[i] >= least);
  const missed = [];
  // Where printed lines were taken out, what is faint may be left of them.
  for (const [data, narrowest] of [[hanging, LEAN], ...(look.lines ? [] : [[faint, 0]])]) {
    // The side of a frame goes on above and below the line.
    const goesOn = (box) =>
      data === hanging && box[1] === top && box[3] === Math.min(bottom, ink.height);
    const { labels, count } = labelAreas({ data, width, height: ink.height }, true);
    for (const [number, box] of findBoxes(labels, count, width).entries()) {
      const [tall, wide] = [box[3] - box[1], box[2] - box[0]];
      if (
        tall >= TALL * height &&
        tall <= 1.5 * height &&
        wide >= narrowest * height &&
        wide <= 1.5 * height &&
        Math.min(box[3], bottom) - Math.max(box[1], top) >= 0.5 * tall &&
        box[0] >= left &&
        box[2] <= right &&
        line.every((other) => areBeside(box, other)) &&
        !goesOn(box)
      ) {
        missed.push({ box, shape: shapeOf(look, box, (i) => labels[i] === number + 1) });
      }
    }
  }
  if (!missed.length) return [look, []];
  for (const { box, shape } of missed) {
    shape.forEach((one, i) => {
      const [x, y] = [i % (box[2] - box[0]), Math.floor(i / (box[2] - box[0]))];
      if (one) known[(box[1] + y) * width + box[0] + x] = 1;
    });
  }
  return [{ ...look, ink: evenOut(ink, known) }, missed];
}

// Whether two parts stand side by side.
function areBeside(one, other) {
  const both = Math.min(one[2], other[2]) - Math.max(one[0], other[0]);
  return both < 0.3 * Math.min(one[2] - one[0], other[2] - other[0]);
}

/** Which of the pixels in a box of the look are of a part; `isPart` takes an index in the look. */
export function shapeOf({ ink }, [left, top, right, bottom], isPart) {
  const width = right - left;
  return fillMask(width * (bottom - top), (i) =>
    isPart((top + Math.floor(i / width)) * ink.width + left + (i % width)),
  );
}
