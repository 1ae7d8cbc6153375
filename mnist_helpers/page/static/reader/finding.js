// Finding the digit in a picture: look, then look more closely where it is.
// A picture is {bands, width, height}: one Uint8Array per band, of L, LA, RGB or RGBA.

import { clip, countTrue, fill32, fillMask, largest, median32, pick, roundHalfEven, smallest } from "./arrays.js";
import { cropImage, distanceTransform, findBoxes, padImage } from "./filters.js";
import { withoutFrame } from "./frames.js";
import { WIDEST_STROKE, edgeLevel, findInk, strokeWidth, transparentInk } from "./ink.js";
import { connectFaint, evenOut, insideBoard, insideBorder, sortParts, touchesBorder } from "./parts.js";
import { withoutPrintedLines } from "./printed_lines.js";
import { resizePicture, shrinkByBlocks } from "./resizing.js";
import { findSheet, onSheet } from "./sheet.js";

// The longer side of the picture at each look. If the digit's is below the second, we look again.
export const WORK_SIDE = 160;
const CLOSER_SIDE = 64;

/**
 * All looks, from the one at the whole picture to the closest one at the digit; none if nothing
 * stands out. Each is {box, ink, parts, framed, transparent, sheet}.
 */
export function findLooks(picture) {
  let look = lookAt(picture, [0, 0, picture.width, picture.height]);
  const looks = look ? [look] : [];
  while (look && !look.parts.onlySpecks && looks.length < 5) {
    const box = nextBox(look);
    look = box && lookAt(picture, box, WORK_SIDE, look.sheet);
    if (!look || !isPlausible(look)) break;
    looks.push(look);
  }
  return looks;
}

/** How many of the picture's pixels are one of the look's, along each side. */
export function scaleOf({ box, ink }) {
  return (box[2] - box[0]) / ink.width;
}

/** Where a box in the look is in the picture. */
export function enlarged(look, part) {
  const { box, ink } = look;
  const scales = [scaleOf(look), (box[3] - box[1]) / ink.height];
  return part.map((side, i) => box[i % 2] + roundHalfEven(side * scales[i % 2]));
}

// Where to look again: inside a border, inside a board, or closer to a small digit.
function nextBox(look) {
  const { digit } = look.parts;
  const [[left, top, right, bottom]] = findBoxes(digit, 1, look.ink.width);
  const size = Math.max(bottom - top, right - left);
  return inside(look) ?? (size >= CLOSER_SIDE ? null : around(look, digit, 0.4 * size));
}

/** The box inside a printed border or a board, in the picture's pixels; null if there is none. */
export function inside(look) {
  const { ink, parts, framed, transparent } = look;
  if (framed || transparent) return null;
  const part = (test) => ({ ...ink, data: fillMask(ink.data.length, test) });
  const mask = part((i) => ink.data[i] >= 0.5);
  const border = part((i) => parts.border[i] && !parts.digit[i]);
  const digit = part((i) => mask.data[i] && parts.digit[i]);
  const box = insideBorder(mask, border) ?? insideBoard(digit);
  return box && enlargedBox(box, scaleOf(look), look.box);
}

/**
 * The box around some ink of a look that was reduced, in the picture's pixels; the margin is in
 * pixels of the look. If there was a frame, it is what that frames. It is null if there is hardly
 * more to see in the box.
 */
export function around(look, mask, margin) {
  const { box, ink, framed } = look;
  const scale = scaleOf(look);
  if (scale <= 1) return null;
  if (framed) {
    const closer = enlargedBox(framed, scale, box);
    return areaOf(closer) < 0.8 * areaOf(box) ? closer : null;
  }
  const [[left, top, right, bottom]] = findBoxes(mask, 1, ink.width);
  return enlargedBox([left - margin, top - margin, right + margin, bottom + margin], scale, box);
}

function areaOf([left, top, right, bottom]) {
  return (right - left) * (bottom - top);
}

// A box of the reduced part, in the picture's own pixels.
function enlargedBox(box, scale, outer) {
  const [left, top, right, bottom] = box.map((side) => roundHalfEven(side * scale));
  return [
    Math.max(outer[0], outer[0] + left),
    Math.max(outer[1], outer[1] + top),
    Math.min(outer[2], outer[0] + right),
    Math.min(outer[3], outer[1] + bottom),
  ];
}

/** Whether the digit has neither next to no ink nor hardly any paper around it. */
export function isPlausible({ parts }) {
  const share = countTrue(parts.digit) / parts.digit.length;
  return share > 0.002 && share < 0.7;
}

// The part of a picture in a box, reduced to at most `longest` pixels on the longer side.
function workPart(picture, box, longest) {
  const images = picture.bands.map((data) => cropImage({ ...picture, data }, box));
  const { width, height } = images[0];
  const factor = longest / Math.max(width, height);
  const part = { bands: images.map((image) => image.data), width, height };
  if (factor >= 1) return part;
  const size = [width, height].map((side) => Math.max(1, roundHalfEven(side * factor)));
  return resizePicture(part, ...size, shrinkByBlocks);
}

/**
 * Look at a part of a picture, reduced to a longer side of at most `longest` pixels: find its ink,
 * and which of the ink is the digit; null if nothing stands out. `known` is the outline of the
 * sheet of paper, if there is one in the whole picture. Printed lines may be as `thick` as the pen.
 */
export function lookAt(picture, box, longest = WORK_SIDE, known = null, thick = false) {
  if (Math.min(box[2] - box[0], box[3] - box[1]) < 1) return null;
  const { bands, width, height } = workPart(picture, box, longest);
  let planes = bands.slice(0, bands.length < 3 ? 1 : 3).map((band) => Float32Array.from(band));
  // For a grey picture, one plane is enough, which is a third of the work.
  const grey = planes.every((plane) => plane.every((value, i) => value === planes[0][i]));
  if (grey) planes = [planes[0]];
  const pixels = { planes, width, height };
  let seen = null;
  if (bands.length % 2 === 0) {
    const alpha = { data: Float32Array.from(bands.at(-1)), width, height };
    const most = largest(alpha.data);
    if (most - smallest(alpha.data) > 32) {
      seen = fillMask(alpha.data.length, (i) => alpha.data[i] > 0.5 * most);
      if (isDrawingOnNothing(pixels, seen)) {
        const ink = transparentInk(alpha);
        return ink && sortedLook(box, ink, true);
      }
    }
  }
  const whole = box[2] - box[0] === picture.width && box[3] - box[1] === picture.height;
  const sheet = whole && !seen ? findSheet(pixels, box) : known;
  if (sheet && !seen) seen = onSheet(sheet, box, pixels);
  const ink = findInk(pixels, seen);
  if (!seen && !(ink && ink.flat)) {
    const clean = inkWithMargin(pixels);
    const look = clean && sortedLook(box, clean, false);
    if (look) return look;
  }
  if (!ink) return null;
  const look = sortedLook(box, ink, false, sheet, thick);
  const narrow = look && widthOfShadow(look);
  if (narrow !== null) {
    const shadeless = findInk(pixels, seen, narrow);
    const shaded = shadeless && sortedLook(box, shadeless, false, sheet, thick);
    if (shaded && isPlausible(shaded)) return shaded;
  }
  return look;
}

// The ink of a digit that touches the border, found by giving the picture a margin of paper. This
// is for canvases and clean cuts only, where much of the border has exactly one colour.
function inkWithMargin({ planes, width, height }) {
  const borders = planes.map((plane) =>
    Float32Array.from([
      ...plane.subarray(0, width),
      ...plane.subarray((height - 1) * width),
      ...Array.from({ length: height }, (_, y) => plane[y * width]),
      ...Array.from({ length: height }, (_, y) => plane[(y + 1) * width - 1]),
    ]),
  );
  const colour = borders.map(median32);
  const distance = fill32(borders[0].length, (i) =>
    Math.max(...borders.map((border, c) => Math.abs(border[i] - colour[c]))),
  );
  const range = Math.max(...planes.map(largest)) - Math.min(...planes.map(smallest));
  const same = distance.filter((one) => one < 1).length / distance.length;
  if (same < 0.3 || largest(distance) < 0.5 * range) return null;
  const margin = Math.max(2, Math.floor(Math.max(width, height) / 3));
  const padded = planes.map((data, c) =>
    padImage({ data, width, height }, margin, margin, colour[c]),
  );
  const [wide] = padded;
  const ink = findInk({ ...wide, planes: padded.map((image) => image.data) });
  if (!ink || !ink.flat || withoutPrintedLines(ink)) return null;
  return { ...ink, ...cropImage(ink, [margin, margin, margin + width, margin + height]) };
}

// The least width of a shadow, as a fraction of the shorter side; null if there seems to be none. A
// shadow is clearly wider than the pen, and comes in from the border.
function widthOfShadow({ ink, parts }) {
  const { data, width, height } = ink;
  if (!parts.border.some(Boolean)) return null;
  const dark = Math.fround(0.7);
  const pen = strokeWidth({ data: data.map((one) => (one > dark ? one : 0)), width, height });
  const widest = 2 * largest(distanceTransform({ data: parts.border, width, height }).data);
  const others = parts.border.some((one, i) => one && !parts.digit[i]);
  if (widest < 2.5 * pen && !others) return null;
  const narrow = Math.max(0.08, (3 * pen) / Math.min(width, height));
  if (narrow >= WIDEST_STROKE && !ink.flat) return null; // that has been tried
  return Math.min(narrow, WIDEST_STROKE);
}

// Take out lines and frames, and find the digit in the rest; null if no ink is left. `framed` is
// the box to look at again if there was a frame.
function sortedLook(box, found, transparent, sheet = null, thick = false) {
  let [ink, mask, lines, framed] = [found, connectFaint(found), false, null];
  // A frame may be double. What reaches the border may be printed lines, or a frame that it cuts.
  for (const step of ["whole", "lines", "any", "any"]) {
    if (step === "any" && !lines && !touchesBorder(mask)) break;
    let clean = null;
    if (step !== "lines") clean = withoutFrame(ink, mask, step === "whole");
    else if (!lines && !transparent) clean = withoutPrintedLines(ink, thick);
    const edge = clean && edgeLevel({ ...clean, data: clean.data.map((one) => 255 * one) }).edge;
    if (edge === null) continue;
    const factor = Math.fround(127.5 / edge);
    [lines, framed] = [true, clean.closer ?? framed];
    ink = { ...ink, data: clean.data.map((one) => clip(Math.fround(one * factor), 0, 1)) };
    mask = connectFaint(ink);
  }
  if (!mask.data.some(Boolean)) return null;
  // Faint lines of the paper are not found in tiny pictures, and may be left where some are.
  const strokes = !lines && (ink.flat || Math.min(ink.width, ink.height) >= 40);
  if (strokes) mask = connectFaint(ink, true);
  const parts = sortParts(mask, ink);
  if (strokes) {
    ink = evenOut(ink, fillMask(mask.data.length, (i) => mask.data[i] && !parts.border[i]));
  }
  return { box, ink, mask, parts, lines, framed, transparent, sheet };
}

// Whether the opaque pixels are the ink alone, not a whole picture with a transparent margin.
function isDrawingOnNothing({ planes, width }, opaque) {
  const [[left, top, right, bottom]] = findBoxes(opaque, 1, width);
  const colours = planes.map((plane) => pick(plane, opaque));
  const middle = colours.map(median32);
  let varied = 0;
  for (let i = 0; i < colours[0].length; i++) {
    if (colours.some((channel, c) => Math.abs(channel[i] - middle[c]) > 40)) varied++;
  }
  varied /= colours[0].length;
  const filled = colours[0].length / ((right - left) * (bottom - top));
  return filled < 0.5 || varied < (filled < 0.9 ? 0.02 : 0.001);
}
