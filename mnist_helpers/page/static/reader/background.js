// What is the paper, and how does the light fall on it? `ink.js` uses the answers.
// Pixels are {planes, width, height}: one Float32Array per colour, 0 to 255.

import { clip, fill32, fillMask, largest, median32, pick, roundHalfEven, solveLinear, sumOf, weightedMedian } from "./arrays.js";
import { gaussianFilter, greyClosing, greyOpening, medianFilter } from "./filters.js";
import { KERNELS, resizeImage } from "./resizing.js";

// The paper is estimated on a small version of the picture, this many pixels on the longer side.
const SMALL_SIDE = 48;

function shrinkPlane(image, side) {
  const factor = side / Math.max(image.width, image.height);
  if (factor >= 1) return image;
  const width = Math.max(1, roundHalfEven(image.width * factor));
  const height = Math.max(1, roundHalfEven(image.height * factor));
  return resizeImage(image, width, height, KERNELS.box);
}

/** The planes reduced to a longer side of at most `side`. */
export function shrinkPlanes({ planes, width, height }, side = SMALL_SIDE) {
  return planes.map((data) => shrinkPlane({ data, width, height }, side));
}

/**
 * Estimate the paper as a smooth surface, quadratic in x and y, that most pixels lie close to;
 * `seen` is null or a mask of the pixels that are not transparent.
 * Returns its planes, and whether it is `flat`, one colour all over.
 */
export function estimatePaper(pixels, seen) {
  const small = shrinkPlanes(pixels);
  const { width, height } = small[0];
  const length = width * height;
  let mask = fillMask(length, () => true);
  if (seen) {
    const part = shrinkPlane({ ...pixels, data: Float32Array.from(seen) }, SMALL_SIDE).data;
    const least = Math.fround(Math.min(0.99, largest(part)));
    mask = fillMask(length, (i) => part[i] >= least);
  }
  const border = fillMask(length, (i) => {
    const x = i % width;
    return x === 0 || x === width - 1 || i < width || i >= length - width;
  });
  const long = border.reduce((sum, one) => sum + one, 0);
  const more = (0.2 * height * width) / long;
  const prior = pick(Float64Array.from(border, (one) => 1 + one * more), mask);
  const values = small.map((image) => pick(image.data, mask));
  const start = values.map((channel) => weightedMedian(channel, prior));
  let distance = farthest(values, start);
  const close = fillMask(prior.length, (i) => distance[i] <= 6);
  if (sumOf(pick(prior, close)) > 0.5 * sumOf(prior)) return flatPaper(pixels, start);
  const around = fillMask(length, (i) => border[i] && mask[i]);
  const edges = small.map((image) => pick(image.data, around));
  if (2 * edges[0].length > long) { // a sheet may reach the border on one side alone
    const rim = edges.map(median32);
    const near = farthest(edges, rim).filter((one) => one <= 6).length;
    if (near / edges[0].length > 0.95) return flatPaper(pixels, rim);
  }
  const known = { width, height, mask, prior, values, start, distance };
  return { planes: fitSurface(pixels, known), flat: false };
}

function farthest(planes, colour) {
  return fill32(planes[0].length, (i) => {
    let most = 0;
    for (let c = 0; c < planes.length; c++) {
      most = Math.max(most, Math.abs(planes[c][i] - colour[c]));
    }
    return most;
  });
}

function flatPaper({ planes }, colour) {
  const even = planes.map((plane, c) => new Float32Array(plane.length).fill(colour[c]));
  return { planes: even, flat: true };
}

function quadraticTerms(width, height, i) {
  const column = i % width;
  const x = (column * 2) / (Math.max(width, 2) - 1) - 1;
  const y = (((i - column) / width) * 2) / (Math.max(height, 2) - 1) - 1;
  return [1, x, y, x * x, x * y, y * y];
}

// Iteratively reweighted least squares: pixels far from the surface, such as ink, lose weight.
function fitSurface(pixels, { width, height, mask, prior, values, start, distance }) {
  const places = Uint32Array.from(mask.keys()).filter((i) => mask[i]);
  const terms = Array.from(places, (i) => quadraticTerms(width, height, i));
  const away = values.map((channel, c) => fill32(channel.length, (i) => channel[i] - start[c]));
  let coefficients = [];
  let far = distance;
  for (const scale of [40, 30, 20, 15, 12, 10]) {
    const weight = prior.map((one, i) => one / (1 + (far[i] / scale) ** 2) ** 2);
    const total = sumOf(weight);
    const matrix = Array.from({ length: 6 }, (_, a) =>
      Array.from({ length: 6 }, (_one, b) => (a === b && a > 0 ? 1e-3 : 0)),
    );
    const right = Array.from({ length: 6 }, () => away.map(() => 0));
    terms.forEach((term, i) => {
      for (let a = 0; a < 6; a++) {
        const weighted = term[a] * (weight[i] / total);
        for (let b = 0; b < 6; b++) matrix[a][b] += weighted * term[b];
        for (let c = 0; c < away.length; c++) right[a][c] += weighted * away[c][i];
      }
    });
    coefficients = solveLinear(matrix, right);
    far = Float64Array.from(terms, (term, i) =>
      Math.hypot(...away.map((channel, c) => channel[i] - surfaceAt(term, coefficients, c))),
    );
  }
  return start.map((level, c) =>
    fill32(pixels.planes[c].length, (i) => {
      const term = quadraticTerms(pixels.width, pixels.height, i);
      return clip(level + surfaceAt(term, coefficients, c), 0, 255);
    }),
  );
}

function surfaceAt(term, coefficients, c) {
  let sum = 0;
  for (let a = 0; a < 6; a++) sum += term[a] * coefficients[a][c];
  return sum;
}

/** The paper with the edges of shadows: a closing fills in only what is dark and narrow. */
export function paperWithShadows(pixels, direction, widest) {
  const small = shrinkPlanes(pixels).map(medianFilter);
  const shorter = Math.min(small[0].width, small[0].height);
  const size = 2 * Math.max(2, roundHalfEven((widest * shorter) / 2)) + 1;
  return small.map((image, c) => {
    const close = direction[c] < 0 ? greyClosing : greyOpening;
    const smooth = gaussianFilter(close(image, [size, size]), 1);
    return resizeImage(smooth, pixels.width, pixels.height, KERNELS.bilinear).data;
  });
}
