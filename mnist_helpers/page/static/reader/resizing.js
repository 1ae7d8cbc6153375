// Pillow's resize and reduce, to the last bit: a threshold may depend on a single pixel that is one
// shade darker. An image is {data, width, height}, with bytes or float32 as data.

import { clip } from "./arrays.js";

const boxKernel = { reach: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) };
const bilinearKernel = { reach: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) };
const bicubicKernel = { reach: 2, weight: bicubicWeight };
export const KERNELS = { box: boxKernel, bilinear: bilinearKernel, bicubic: bicubicKernel };

function bicubicWeight(place) {
  const x = Math.abs(place);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
}

// For each new pixel: where its old pixels begin, how many there are, and their weights. By the
// factor by which an image shrinks, the kernel becomes wider.
function resamplingWeights(length, first, last, count, kernel) {
  const start = Math.fround(first);
  const scale = Math.fround(Math.fround(last) - start) / count;
  const spread = Math.max(scale, 1);
  const reach = kernel.reach * spread;
  const room = Math.ceil(reach) * 2 + 1;
  const starts = new Int32Array(count);
  const counts = new Int32Array(count);
  const weights = new Float64Array(count * room);
  for (let i = 0; i < count; i++) {
    const middle = start + (i + 0.5) * scale;
    const from = Math.max(0, Math.trunc(middle - reach + 0.5));
    const many = Math.min(length, Math.trunc(middle + reach + 0.5)) - from;
    let total = 0;
    for (let k = 0; k < many; k++) {
      const weight = kernel.weight((k + from - middle + 0.5) * (1 / spread));
      weights[i * room + k] = weight;
      total += weight;
    }
    if (total !== 0) for (let k = 0; k < many; k++) weights[i * room + k] /= total;
    starts[i] = from;
    counts[i] = many;
  }
  return { starts, counts, weights, room };
}

// For bytes, Pillow uses weights with 22 bits after the point.
const ONE = 2 ** 22;

function toFixedPoint(weight) {
  return Math.trunc(weight * ONE + (weight < 0 ? -0.5 : 0.5));
}

function forBytes({ starts, counts, weights, room }) {
  return { starts, counts, room, weights: weights.map(toFixedPoint) };
}

// One pass along rows (axis 1) or columns (axis 0). `step` and `skip` say where the bytes of one
// channel lie in data that has several; the result has only that channel.
function resamplePass({ data, width, height }, plan, axis, step, skip) {
  const bytes = !(data instanceof Float32Array);
  const { starts, counts, weights, room } = bytes ? forBytes(plan) : plan;
  const [wide, tall] = axis === 1 ? [starts.length, height] : [width, starts.length];
  const sums = new Float64Array(wide * tall).fill(bytes ? ONE / 2 : 0);
  const stride = (axis === 1 ? 1 : width) * step;
  for (let y = 0; y < tall; y++) {
    for (let x = 0; x < wide; x++) {
      const at = axis === 1 ? x : y;
      const place = axis === 1 ? y * width + starts[x] : starts[y] * width + x;
      const last = at * room + counts[at];
      let sum = sums[y * wide + x];
      for (let k = at * room, old = place * step + skip; k < last; k++, old += stride) {
        sum += data[old] * weights[k];
      }
      sums[y * wide + x] = sum;
    }
  }
  const result = bytes ? new Uint8Array(sums.length) : Float32Array.from(sums);
  for (let i = 0; bytes && i < sums.length; i++) {
    result[i] = clip(Math.floor(sums[i] / ONE), 0, 255);
  }
  return { data: result, width: wide, height: tall };
}

/**
 * Resize the part `box` of an image; by default all of it.
 * Where the bytes of several channels alternate, as in a canvas, `step` is the number of channels
 * (4), and `skip` the index of the one to resize (0 to 3).
 */
export function resizeImage(image, width, height, kernel, box = null, step = 1, skip = 0) {
  const [left, top, right, bottom] = box ?? [0, 0, image.width, image.height];
  // Pillow first shortens very tall images, which is quicker.
  if (image.height > image.width * 100 && height < image.height) {
    const part = [0, top, image.width, bottom];
    const low = twoPasses(image, image.width, height, kernel, part, step, skip);
    return twoPasses(low, width, height, kernel, [left, 0, right, height], 1, 0);
  }
  return twoPasses(image, width, height, kernel, [left, top, right, bottom], step, skip);
}

function twoPasses(image, width, height, kernel, [left, top, right, bottom], step, skip) {
  let result = image;
  let [every, from] = [step, skip];
  if (width !== image.width || left !== 0 || right !== width || step > 1) {
    const plan = resamplingWeights(image.width, left, right, width, kernel);
    result = resamplePass(result, plan, 1, every, from);
    [every, from] = [1, 0];
  }
  if (height !== image.height || top !== 0 || bottom !== height) {
    const plan = resamplingWeights(image.height, top, bottom, height, kernel);
    result = resamplePass(result, plan, 0, every, from);
  }
  return result;
}

/** Means of blocks of `across` by `down` bytes; those at the end may be smaller. */
export function reduceImage({ data, width, height }, across, down) {
  const wide = Math.ceil(width / across);
  const tall = Math.ceil(height / down);
  const result = new Uint8Array(wide * tall);
  for (let y = 0; y < tall; y++) {
    const lastRow = Math.min(height, (y + 1) * down);
    for (let x = 0; x < wide; x++) {
      const lastColumn = Math.min(width, (x + 1) * across);
      const count = (lastRow - y * down) * (lastColumn - x * across);
      let sum = count >> 1;
      for (let row = y * down; row < lastRow; row++) {
        for (let column = x * across; column < lastColumn; column++) {
          sum += data[row * width + column];
        }
      }
      // Pillow multiplies by a rounded fraction instead of dividing.
      const share = Math.trunc(Math.fround(2 ** 24 / count));
      result[y * wide + x] = Math.floor((sum * share) / 2 ** 24);
    }
  }
  return { data: result, width: wide, height: tall };
}

/** Shrink an image of bytes by averaging: first whole blocks, which is quicker, then the rest. */
export function shrinkByBlocks(image, width, height) {
  const across = Math.trunc(image.width / width) || 1;
  const down = Math.trunc(image.height / height) || 1;
  if (across === 1 && down === 1) return resizeImage(image, width, height, KERNELS.box);
  const box = [0, 0, image.width / across, image.height / down];
  return resizeImage(reduceImage(image, across, down), width, height, KERNELS.box, box);
}

/** Shrink an image of bytes by averaging, in one step. */
export function shrinkAtOnce(image, width, height) {
  return resizeImage(image, width, height, KERNELS.box);
}

/**
 * Shrink a picture, {bands, width, height}, with one of the two functions above. With alpha, the
 * means of colours are weighted by opacity, and always taken in one step, as Pillow does.
 */
export function resizePicture({ bands, width, height }, wide, tall, shrink) {
  const resize = (data, how) => how({ data, width, height }, wide, tall).data;
  if (bands.length % 2) {
    return { bands: bands.map((data) => resize(data, shrink)), width: wide, height: tall };
  }
  const alpha = bands.at(-1);
  const small = resize(alpha, shrinkAtOnce);
  const colours = bands
    .slice(0, -1)
    .map((data) => unpremultiply(resize(premultiply(data, alpha), shrinkAtOnce), small));
  return { bands: [...colours, small], width: wide, height: tall };
}

// Colours times their opacity, rounded as in Pillow, so that transparent ones do not mix in.
function premultiply(band, alpha) {
  return band.map((value, i) => {
    const product = value * alpha[i] + 128;
    return ((product >> 8) + product) >> 8;
  });
}

function unpremultiply(band, alpha) {
  return band.map((value, i) =>
    alpha[i] === 0 ? value : Math.min(255, Math.trunc((255 * value) / alpha[i])),
  );
}
