// Finding all the writing in a picture: the digits of a number stand side by side.

import { fillMask, largest, roundHalfEven } from "./arrays.js";
import { findCuts } from "./cutting.js";
import { cropImage, findBoxes, maximumFilter } from "./filters.js";
import { WORK_SIDE, around, enlarged, inside, isPlausible, lookAt, scaleOf } from "./finding.js";
import { LEAN, TALL, goesAround, missedDigits, restsOfLines, shapeOf } from "./line.js";
import { cropInk, frameInk } from "./squares.js";

// A line that is lower than this many pixels gets a closer look, if the picture has more of them.
const CLOSER_HEIGHT = 40;
// No look at a line is longer, in pixels.
const LONGEST_SIDE = 480;
// A part with less ink than this fraction of the largest part's is a speck.
const SPECK = 0.02;
// Where there are printed lines, a closer look has at least this many rows of the picture, because
// they are not found in fewer.
const ROWS_WITH_LINES = 48;
// In a coarser attempt, the sides of the picture have this fraction of their pixels.
const COARSER = 0.75;

/**
 * The writing in a picture, in pieces: from left to right, and a part's pieces together. A piece is
 * a connected part of the writing, or what is left of one between two cuts: {part, box, cut}. These
 * are which part it belongs to, where it is in the look, and what the cut to its left costs.
 */
class Writing {
  /** `labels`: 0, 1 + a piece's index, or -1 for a frame; `height`: the line's, in pixels. */
  constructor(look, labels, pieces, height) {
    Object.assign(this, { look, labels, pieces, height });
  }

  /** Where the pieces from `first` to before `end` are in the look. */
  extent(first, end) {
    const boxes = this.pieces.slice(first, end).map((piece) => piece.box);
    const ends = (choose, side) => choose(...boxes.map((box) => box[side]));
    return [ends(Math.min, 0), ends(Math.min, 1), ends(Math.max, 2), ends(Math.max, 3)];
  }

  /** How wide these pieces are together, in heights of the line. */
  widthOf(first, end) {
    const [left, , right] = this.extent(first, end);
    return (right - left) / this.height;
  }

  /** How high these pieces are together, in heights of the line. */
  heightOf(first, end) {
    const [, top, , bottom] = this.extent(first, end);
    return (bottom - top) / this.height;
  }

  /** Where these pieces are, in the picture's own pixels. */
  box(first, end) {
    return enlarged(this.look, this.extent(first, end));
  }

  /** Frame these pieces as one digit. */
  frame(first, end) {
    const { ink } = this.look;
    const [left, top, right, bottom] = this.extent(first, end);
    // The soft edge of a stroke is fainter than the thresholds.
    const box = [
      Math.max(0, left - 1),
      Math.max(0, top - 1),
      Math.min(ink.width, right + 1),
      Math.min(ink.height, bottom + 1),
    ];
    const labels = cropImage({ ...ink, data: this.labels }, box);
    const isChosen = (i) => labels.data[i] > first && labels.data[i] <= end;
    const chosen = { ...labels, data: fillMask(labels.data.length, isChosen) };
    const near = maximumFilter(chosen, [3, 3]).data;
    const soft = fillMask(near.length, (i) => near[i] && (isChosen(i) || labels.data[i] === 0));
    return frameInk(cropInk(cropImage(ink, box), soft, ink.noise));
  }

  /**
   * The same writing with some of its parts cut wherever two digits may touch. So far, each part
   * must be one piece; `isCut` says of a part's index whether to cut it.
   */
  cut(isCut) {
    const shapes = this.pieces.map(({ box }, number) => {
      const shape = shapeOf(this.look, box, (i) => this.labels[i] === number + 1);
      const ink = cropImage(this.look.ink, box);
      const inked = { ...ink, data: ink.data.map((one, i) => (shape[i] ? one : 0)) };
      return { box, shape, cuts: isCut(number) ? findCuts(inked, this.height) : [] };
    });
    return arrangePieces(this.look, shapes, this.height, (i) => this.labels[i] < 0);
  }
}

/**
 * Find all the writing in a picture; nothing if there is none. The best comes first, and after it
 * what the writing may be if that cannot be read: a closer look may have lost a digit, or taken for
 * one what is left of a frame; and the first look, or a still coarser one, may have told a frame or
 * the sheet of paper better, or the digits from one another. The last takes lines as thick as the
 * pen for printed ones. `first` is the first of the looks at the picture, of `findLooks`; null if
 * nothing stands out.
 */
export function* findWritings(picture, first) {
  const box = [0, 0, picture.width, picture.height];
  if (!first || (scaleOf(first) > 1 && sideOf(box) !== WORK_SIDE)) {
    yield* lookCloser(picture, lookAt(picture, box, sideOf(box)));
  }
  if (first) yield* lookCloser(picture, first);
  const longer = Math.max(picture.width, picture.height);
  const coarser = roundHalfEven(COARSER * Math.min(sideOf(box), longer));
  yield* lookCloser(picture, lookAt(picture, box, coarser));
  const bold = lookAt(picture, box, sideOf(box), null, true);
  if (bold && bold.lines) yield* lookCloser(picture, bold);
}

// The writing in a look at the whole picture, and in closer ones; that in the closest first.
function lookCloser(picture, look) {
  const writings = [];
  for (let time = 0; time < 5; time++) {
    if (!look || look.parts.onlySpecks || (writings.length && !isPlausible(look))) break;
    let closer = inside(look);
    if (!closer) {
      const found = findParts(look, picture);
      if (found) writings.unshift(found);
      if (!found || found.height >= CLOSER_HEIGHT) break;
      let margin = 0.4 * found.height;
      if (look.lines) {
        const [, top, , bottom] = found.extent(0, found.pieces.length);
        margin = Math.max(margin, (ROWS_WITH_LINES / scaleOf(look) - (bottom - top)) / 2);
      }
      // The frame around a single digit stays in sight, because it may have been read instead.
      const isShown = (label) => label > 0 || (label < 0 && found.pieces.length === 1);
      const mask = fillMask(found.labels.length, (i) => isShown(found.labels[i]));
      closer = around(look, mask, margin);
    }
    const { box } = look;
    if (!closer || closer.every((side, i) => side === box[i])) break;
    // There is paper around the writing, and so what runs through all of it is printed.
    const thick = look.lines && !look.framed;
    look = lookAt(picture, closer, sideOf(closer), look.sheet, thick);
  }
  return writings;
}

// The longer side of a look that has about as many pixels as one at a square.
function sideOf([left, top, right, bottom]) {
  const [width, height] = [right - left, bottom - top];
  const aspect = Math.max(width, height) / Math.max(1, Math.min(width, height));
  return Math.min(LONGEST_SIDE, roundHalfEven(WORK_SIDE * Math.sqrt(aspect)));
}

/** The connected parts of the ink, without specks, frames, and what lies along the border. */
export function findParts(look, picture) {
  const { labels, boxes, mass, atBorder } = look.parts;
  const numbers = [...boxes.keys()];
  const isFrame = numbers.map((part) => goesAround(look, part));
  let inner = numbers.filter((part) => !atBorder[part] && !isFrame[part]);
  // All digits of a tight picture may reach its border.
  let known = inner.length ? inner : numbers.filter((part) => !isFrame[part]);
  if (!known.length) return null;
  if (look.lines) {
    const isRest = restsOfLines(look, known);
    [inner, known] = [inner, known].map((parts) => parts.filter((part) => !isRest(part)));
  }
  const most = largest(known.map((part) => mass[part]));
  const [widths, heights] = [0, 1].map((side) => boxes.map((box) => box[side + 2] - box[side]));
  const large = known.filter((part) => mass[part] >= 0.25 * most);
  const sorted = large.map((part) => heights[part]).sort((a, b) => a - b);
  const height = sorted[Math.ceil(0.7 * (sorted.length - 1))];
  // A digit may reach the picture's border. So does a shadow, but a canvas has none.
  const isDigit = (part) =>
    heights[part] >= TALL * height &&
    Math.max(heights[part], widths[part]) <= 1.5 * height &&
    (look.ink.noise < 0.01 || widths[part] >= LEAN * heights[part]) &&
    !isFrame[part] &&
    !isCutOff(look, boxes[part], picture);
  if (!inner.length && numbers.filter(isDigit).length < 2) return null;
  const least = Math.max(2, SPECK * most);
  const isWriting = (part) => (inner.includes(part) || isDigit(part)) && mass[part] >= least;
  const kept = numbers.filter(isWriting);
  if (!kept.length) return null;
  const shapes = kept.map((part) => {
    return { box: boxes[part], shape: shapeOf(look, boxes[part], (i) => labels[i] === part + 1) };
  });
  const isKept = new Set(kept);
  const inked = fillMask(labels.length, (i) => labels[i] && isKept.has(labels[i] - 1));
  const line = kept.filter((part) => heights[part] >= TALL * height).map((part) => boxes[part]);
  const [dark, missed] = missedDigits(look, inked, line, height);
  const all = [...shapes, ...missed].map(({ box, shape }) => {
    return { box, shape, cuts: [], middle: middleOf(dark.ink, box, shape) };
  });
  all.sort((one, other) => one.middle - other.middle);
  return arrangePieces(dark, all, height, (i) => labels[i] && isFrame[labels[i] - 1]);
}

// Whether a part reaches a border of the look that is not one of the picture.
function isCutOff({ box, ink }, part, picture) {
  return (
    [0, 1].some((side) => box[side] > 0 && part[side] === 0) ||
    (box[2] < picture.width && part[2] === ink.width) ||
    (box[3] < picture.height && part[3] === ink.height)
  );
}

// The column of a part's centre of mass.
function middleOf(ink, box, shape) {
  const { data, width } = cropImage(ink, box);
  let [total, across] = [0, 0];
  shape.forEach((one, i) => {
    if (!one) return;
    total += data[i];
    across += data[i] * (i % width);
  });
  return box[0] + across / total;
}

// Put parts, which come from left to right, and what is left of them between cuts in order.
// Frames, which `isFrame` tells by the index of a pixel, stay out.
function arrangePieces(look, shapes, height, isFrame) {
  const { ink } = look;
  const labels = Int32Array.from(ink.data, (_, i) => (isFrame(i) ? -1 : 0));
  const pieces = [];
  for (const [part, { box, shape, cuts }] of shapes.entries()) {
    const [left, top, right] = box;
    const width = right - left;
    const sectionOf = (x, y) => 1 + cuts.filter(({ path }) => x >= path[y]).length;
    const sections = Int32Array.from(shape, (one, i) =>
      one ? sectionOf(i % width, Math.floor(i / width)) : 0,
    );
    const numbers = [0]; // the labels of the sections
    findBoxes(sections, cuts.length + 1, width).forEach((found, number) => {
      const place = found.map((side, i) => side + [left, top][i % 2]);
      const cut = number ? cuts[number - 1].cost / height : 0;
      if (found[2] > 0) pieces.push({ part, box: place, cut }); // or else there is no ink
      numbers.push(pieces.length);
    });
    sections.forEach((section, i) => {
      const at = (top + Math.floor(i / width)) * ink.width + left + (i % width);
      if (section) labels[at] = numbers[section];
    });
  }
  return new Writing(look, labels, pieces, height);
}
