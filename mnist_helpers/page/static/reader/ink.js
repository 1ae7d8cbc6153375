// What is ink? The paper and its light are estimated; ink is what differs from them.
// Pixels are {planes, width, height}: one Float32Array per colour, 0 to 255.

import { clip, fill32, fillMask, mainAxis, median32, pick, quantileOf, selectNth, sumOf } from "./arrays.js";
import { estimatePaper, paperWithShadows } from "./background.js";
import { gaussianFilter, maximumFilter, minimumFilter, padImage } from "./filters.js";

// A stroke is narrower than this fraction of the shorter side; a wider dark area is a shadow.
export const WIDEST_STROKE = 0.4;

/**
 * Tell ink from paper by colour. `seen` is null or a mask of the pixels that are not transparent;
 * `widest` is null or the least width of a shadow, as a fraction of the shorter side.
 * Returns {data, width, height, noise, flat}, where data are amounts of ink from 0 to 1, or null.
 */
export function findInk(pixels, seen = null, widest = null) {
  const { planes, flat } = estimatePaper(pixels, seen);
  const shown = { ...pixels };
  if (seen) {
    shown.planes = pixels.planes.map((plane, c) =>
      plane.map((value, i) => (seen[i] ? value : planes[c][i])),
    );
  }
  const direction = findDirection(difference(shown.planes, planes));
  if (flat && widest === null) return measureInk(shown, planes, direction, true);
  for (const way of [direction, direction.map((part) => -part)]) {
    const paper = paperWithShadows(shown, way, widest || WIDEST_STROKE);
    const ink = measureInk(shown, paper, findDirection(difference(shown.planes, paper)), false);
    if (ink) return ink;
  }
  return null;
}

function difference(planes, paper) {
  return planes.map((plane, c) => {
    const away = plane.slice();
    for (let i = 0; i < away.length; i++) away[i] -= paper[c][i];
    return away;
  });
}

function alongDirection(planes, direction) {
  const along = new Float32Array(planes[0].length); // rounds at each step, as NumPy does
  planes.forEach((plane, c) => {
    for (let i = 0; i < along.length; i++) along[i] += plane[i] * direction[c];
  });
  return along;
}

function measureInk({ planes, width, height }, paper, direction, flat) {
  const amount = alongDirection(difference(planes, paper), direction);
  if (!flat) {
    // In shadow, ink and paper are both darker: measure against the paper's light there.
    const light = fill32(amount.length, (i) => {
      let sum = 0;
      for (const plane of paper) sum = Math.fround(sum + plane[i]);
      return Math.fround(sum / paper.length) + 32;
    });
    const middle = median32(light);
    for (let i = 0; i < amount.length; i++) amount[i] *= Math.fround(middle / light[i]);
    const rest = median32(amount);
    for (let i = 0; i < amount.length; i++) amount[i] -= rest;
  }
  const { smooth, edge } = smoothUntilClear({ data: amount, width, height });
  if (edge === null) return null;
  const full = Math.fround(2 * edge);
  const data = smooth.data.map((value) => clip(Math.fround(value / full), 0, 1));
  return { data, width, height, noise: spread(smooth.data) / (2 * edge), flat };
}

/** The ink of a drawing on a transparent background: wherever it is opaque. */
export function transparentInk(alpha) {
  const { edge } = edgeLevel(alpha);
  if (edge === null) return null;
  const full = Math.fround(2 * edge);
  const data = alpha.data.map((value) => clip(Math.fround(value / full), 0, 1));
  return { ...alpha, data, noise: 0, flat: true };
}

/** The threshold between paper and ink (null without edges), and the noise between neighbours. */
export function edgeLevel(amount) {
  const { data, width, height } = amount;
  const lag =
    height > 2
      ? fill32((height - 2) * width, (i) => data[i + 2 * width] - data[i])
      : fill32(height * (width - 1), (i) => {
          const at = i + Math.floor(i / (width - 1));
          return data[at + 1] - data[at];
        });
  const noise = spread(lag) / Math.SQRT2;
  const high = maximumFilter(amount, [3, 3]).data.map((value) => Math.max(value, 0));
  const low = minimumFilter(amount, [3, 3]).data.map((value) => Math.max(value, 0));
  const steep = fill32(data.length, (i) => high[i] - low[i]);
  const few = Math.min(steep.length, Math.max(8, Math.min(64, Math.floor(steep.length / 40))));
  const amongSteepest = selectNth(steep.slice(), steep.length - few);
  const least = Math.max(7 * noise, 5);
  let clear = 0;
  for (const value of steep) if (value >= Math.fround(least)) clear++;
  if (Math.min(clear, few) < Math.min(few, 12)) return { edge: null, noise };
  const limit = Math.fround(Math.max(least, 0.5 * amongSteepest));
  const chosen = fillMask(steep.length, (i) => steep[i] >= limit);
  const weight = pick(steep, chosen).map((value) => value * value);
  const tops = pick(high, chosen);
  const middle = pick(low, chosen).map((value, i) => Math.fround(tops[i] + value) / 2);
  const total = sumOf(fill32(weight.length, (i) => weight[i] * middle[i]));
  return { edge: Math.fround(total / sumOf(weight)), noise };
}

// The standard deviation of noise around 0, even if up to three quarters are not noise: the first
// quartile of the absolute values of a normal distribution is 0.3186 of its deviation.
function spread(values) {
  if (!values.length) return 0;
  const step = 1 + Math.floor(values.length / 4096);
  const some = fill32(Math.ceil(values.length / step), (i) => Math.abs(values[i * step]));
  return quantileOf(some, 0.25) / 0.3186;
}

function smoothUntilClear(amount) {
  let smooth = amount;
  let edge = null;
  for (const blur of [0, 0.7, 1.2, 2]) {
    smooth = blur ? gaussianFilter(amount, blur) : amount;
    const level = edgeLevel(smooth);
    edge = level.edge;
    if (edge !== null && level.noise < 0.2 * edge) break;
  }
  return { smooth, edge };
}

// The unit vector from the paper's colour to the ink's: the main axis of the differences.
function findDirection(planes) {
  const matrix = planes.map((one) =>
    planes.map((other) => {
      let sum = 0;
      for (let i = 0; i < one.length; i++) sum += one[i] * other[i];
      return sum;
    }),
  );
  const axis = mainAxis(matrix);
  const along = alongDirection(planes, axis);
  const cubes = along.map((value) => Math.fround(value * value) * value);
  return sumOf(cubes) >= 0 ? axis : axis.map((part) => -part);
}

/**
 * The mean width of the strokes in pixels: twice the area of the ink, divided by its outline. The
 * outline is the total variation, so that soft edges and thin lines come out right.
 */
export function strokeWidth(amount) {
  const { data, width, height } = padImage(amount, 1, 1);
  const wide = width - 1;
  const steps = fill32(wide * (height - 1), (i) => {
    const at = i + Math.floor(i / wide);
    const down = Math.fround(data[at + width] - data[at]);
    const right = Math.fround(data[at + 1] - data[at]);
    return Math.sqrt(down * down + right * right);
  });
  const area = Math.fround(2 * sumOf(data));
  return Math.fround(area / Math.fround(Math.max(sumOf(steps), 1e-6)));
}
