// Framing: any picture of a digit becomes what MNIST would have made of it.

import { clip, countTrue, fillMask, largest, quantileOf, roundHalfEven, sumOf } from "./arrays.js";
import { cropImage, distanceTransform, findBoxes, maximumFilter, padImage } from "./filters.js";
import { strokeWidth } from "./ink.js";
import { KERNELS, resizeImage } from "./resizing.js";

// In pixels of the 28×28 image: 19 in 20 of MNIST's digits have strokes wider than the first;
// thinner ones are brought to the second.
const THIN_STROKE = 1.7;
const USUAL_STROKE = 2.0;
// Strokes are thickened on a finer grid: this many of its pixels are as wide as one of MNIST's.
const FINE_GRID = 4;

/**
 * Turn what was found in a picture into what MNIST would have made of it: {image, problem}. These
 * are a square of 28×28 bytes and null, or zeros and a sentence that says why there is no digit.
 */
export function frameLook(look) {
  const problem = findProblem(look);
  if (problem !== null) return { image: new Uint8Array(784), problem };
  return frameInk(cutOut(look));
}

/** Frame the ink of one digit, from 0 to 1, with no paper around it. */
export function frameInk(ink) {
  return { image: centre(thicken(ink)), problem: null };
}

function findProblem(look) {
  if (!look) return "The picture is blank: nothing stands out from its background.";
  if (countTrue(look.parts.digit) / look.parts.digit.length > 0.7) {
    return "The picture is all ink: there is no paper around a digit.";
  }
  if (look.parts.onlySpecks) {
    return "The picture has only specks: none of them is large enough for a digit.";
  }
  return null;
}

// The digit's ink, without the paper around it.
function cutOut({ ink, parts }) {
  // The soft edge of a stroke is fainter than the thresholds.
  const soft = maximumFilter({ ...ink, data: parts.digit }, [3, 3]).data;
  return cropInk(ink, soft, ink.noise);
}

/** The ink in some of its pixels, without the paper around it. */
export function cropInk({ data, width, height }, where, noise) {
  const least = Math.fround(Math.min(Math.max(0.04, 3 * noise), 0.4));
  const cut = data.map((value, i) => (where[i] && value > least ? value : 0));
  return withoutPaper({ data: cut, width, height });
}

function withoutPaper(image) {
  const [box] = findBoxes(fillMask(image.data.length, (i) => image.data[i] > 0), 1, image.width);
  return cropImage(image, box);
}

/**
 * Bring strokes that are thinner than MNIST's to the usual width; leave others as they are. A line
 * one pixel wide on a large canvas would all but vanish when it is scaled down.
 */
export function thicken(ink) {
  const longest = Math.max(ink.height, ink.width);
  // Soft edges only make strokes seem thinner here than they do below.
  if ((20 * strokeWidth(ink)) / longest >= 1.1 * THIN_STROKE) return ink;
  const scaled = scaleInk(ink, 20 * FINE_GRID);
  const limit = Math.fround(Math.fround(0.1) * largest(scaled.data));
  // Where a line is thinner than a pixel of this grid, no pixel is full: make up for it.
  const level = quantileOf(scaled.data.filter((value) => value > limit), 0.7);
  const full = Math.fround(Math.max(level, 0.05));
  const shares = scaled.data.map((value) => clip(Math.fround(value / full), 0, 1));
  const fine = { ...scaled, data: shares };
  const stroke = strokeWidth(fine) / FINE_GRID;
  if (stroke >= THIN_STROKE) return ink;
  const radius = ((USUAL_STROKE - stroke) / 2) * FINE_GRID;
  const { data, width, height } = padImage(fine, FINE_GRID, FINE_GRID);
  const paper = { data: fillMask(data.length, (i) => data[i] < 0.5), width, height };
  const distance = distanceTransform(paper).data;
  const thick = data.map((value, i) => Math.max(value, clip(radius + 1 - distance[i], 0, 1)));
  return withoutPaper({ data: thick, width, height });
}

/** Scale a digit to 20 pixels and put its centre of mass at the centre, as MNIST does. */
export function centre(ink) {
  const { data, width, height } = scaleInk(ink, 20);
  const square = new Uint8Array(784);
  const limit = 0.25 * largest(data);
  const strong = data.filter((value) => value > limit);
  if (!strong.length) return square;
  const factor = Math.fround(255 / quantileOf(strong, 0.8));
  const pixels = data.map((value) => roundHalfEven(clip(Math.fround(value * factor), 0, 255)));
  const total = sumOf(pixels);
  let [down, across] = [0, 0];
  pixels.forEach((value, i) => {
    down += value * Math.floor(i / width);
    across += value * (i % width);
  });
  // The pixel (14, 14) begins where the middle lines of the 28×28 square cross.
  const top = clip(roundHalfEven(14 - down / total), 0, 28 - height);
  const left = clip(roundHalfEven(14 - across / total), 0, 28 - width);
  pixels.forEach((value, i) => {
    square[(top + Math.floor(i / width)) * 28 + left + (i % width)] = value;
  });
  return square;
}

// Scale the longer side to a length: down by averaging, up with soft edges.
function scaleInk(ink, longest) {
  const factor = longest / Math.max(ink.height, ink.width);
  const width = Math.max(1, roundHalfEven(ink.width * factor));
  const height = Math.max(1, roundHalfEven(ink.height * factor));
  if (width === ink.width && height === ink.height) return ink;
  const scaled = resizeImage(ink, width, height, factor < 1 ? KERNELS.box : KERNELS.bicubic);
  return { ...scaled, data: scaled.data.map((value) => Math.max(value, 0)) };
}
