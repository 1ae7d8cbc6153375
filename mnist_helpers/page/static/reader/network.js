// The network of the series, in plain JavaScript. Values lie pixel by pixel, all channels of one
// pixel together, so that what a convolution sums up is one run of memory per row of its window.

/**
 * Make a network of what `mnist_helpers.page_weights.network_weights` wrote.
 * Its `computeLogits(image)` gives a Float32Array(10) for a square of 28×28 bytes.
 */
export function loadNetwork({ mean, std, layers, data }) {
  const numbers = decodeNumbers(data);
  let next = 0;
  const take = (count) => numbers.subarray(next, (next += count));
  let shape = { width: 28, height: 28, channels: 1 };
  const steps = layers.map((layer) => {
    const [step, after] = LAYER_MAKERS[layer.kind](layer, shape, take);
    shape = after;
    return step;
  });
  if (next !== numbers.length) throw new Error("The network's weights do not fit its layers.");
  const computeLogits = (image) => {
    const input = Float64Array.from(image, (value) => (value / 255 - mean) / std);
    return Float32Array.from(steps.reduce((values, step) => step(values), input));
  };
  return { computeLogits };
}

function decodeNumbers(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

// Each takes a layer's description, the shape that comes in, and a way to its numbers; it gives the
// step from values to values, and the shape that goes out.
const LAYER_MAKERS = { conv: makeConvolution, pool: makePooling, relu: makeRelu, scale: makeScale, linear: makeLinear };

function makeRelu(_layer, shape) {
  return [(values) => values.map((value) => (value > 0 ? value : 0)), shape];
}

function makeScale({ channels }, shape, take) {
  const factor = take(channels);
  const offset = take(channels);
  return [(values) => values.map((v, i) => v * factor[i % channels] + offset[i % channels]), shape];
}

function makePooling({ size }, { width, height, channels }) {
  const wide = Math.floor(width / size);
  const tall = Math.floor(height / size);
  const step = (values) => {
    const result = new Float64Array(wide * tall * channels).fill(-Infinity);
    for (let y = 0; y < tall * size; y++) {
      for (let x = 0; x < wide * size; x++) {
        const from = (y * width + x) * channels;
        const to = (Math.floor(y / size) * wide + Math.floor(x / size)) * channels;
        for (let c = 0; c < channels; c++) {
          if (values[from + c] > result[to + c]) result[to + c] = values[from + c];
        }
      }
    }
    return result;
  };
  return [step, { width: wide, height: tall, channels }];
}

function makeLinear({ inputs, outputs }, { width, height, channels }, take) {
  const weights = take(inputs * outputs);
  const bias = take(outputs);
  const pixels = width * height;
  const step = (values) =>
    Float64Array.from(bias, (start, o) => {
      let sum = start;
      // PyTorch lines up the values channel by channel.
      for (let c = 0, at = o * inputs; c < channels; c++) {
        for (let i = 0; i < pixels; i++, at++) sum += values[i * channels + c] * weights[at];
      }
      return sum;
    });
  return [step, { width: 1, height: 1, channels: outputs }];
}

function makeConvolution({ inputs, outputs, size, padding }, { width, height }, take) {
  const weights = take(outputs * inputs * size * size);
  const bias = take(outputs);
  const blocks = [];
  for (let first = 0; first < outputs; first += 4) {
    blocks.push(packBlock(weights, first, { inputs, outputs, size }));
  }
  const wide = width + 2 * padding;
  const inner = { width, height, channels: inputs };
  const after = { width: wide - size + 1, height: height + 2 * padding - size + 1, channels: outputs };
  const step = (values) => {
    const padded = padding ? padValues(values, inner, padding) : values;
    const result = new Float64Array(after.width * after.height * outputs);
    blocks.forEach((block, b) => convolveBlock(padded, wide, { inputs, size }, block, bias, 4 * b, result, after));
    return result;
  };
  return [step, after];
}

// The weights of four outputs side by side, in the order in which the window's values come.
function packBlock(weights, first, { inputs, outputs, size }) {
  const packed = new Float64Array(size * size * inputs * 4);
  for (let o = 0; o < Math.min(4, outputs - first); o++) {
    for (let c = 0; c < inputs; c++) {
      for (let k = 0; k < size * size; k++) {
        packed[(k * inputs + c) * 4 + o] = weights[((first + o) * inputs + c) * size * size + k];
      }
    }
  }
  return packed;
}

function padValues(values, { width, height, channels }, padding) {
  const wide = width + 2 * padding;
  const padded = new Float64Array(wide * (height + 2 * padding) * channels);
  for (let y = 0; y < height; y++) {
    const row = values.subarray(y * width * channels, (y + 1) * width * channels);
    padded.set(row, ((y + padding) * wide + padding) * channels);
  }
  return padded;
}

// Two pixels and four outputs at once: each number that is fetched is used several times.
function convolveBlock(values, wide, { inputs, size }, weights, bias, first, result, after) {
  const outputs = after.channels;
  const many = Math.min(4, outputs - first);
  const run = size * inputs;
  for (let y = 0; y < after.height; y++) {
    for (let x = 0; x < after.width; x += 2) {
      const paired = x + 1 < after.width;
      const beside = paired ? inputs : 0;
      let [a0, a1, a2, a3, b0, b1, b2, b3] = [0, 0, 0, 0, 0, 0, 0, 0];
      let w = 0;
      for (let row = 0; row < size; row++) {
        let i = ((y + row) * wide + x) * inputs;
        for (const end = i + run; i < end; i++, w += 4) {
          const a = values[i];
          const b = values[i + beside];
          const w0 = weights[w];
          const w1 = weights[w + 1];
          const w2 = weights[w + 2];
          const w3 = weights[w + 3];
          a0 += a * w0;
          a1 += a * w1;
          a2 += a * w2;
          a3 += a * w3;
          b0 += b * w0;
          b1 += b * w1;
          b2 += b * w2;
          b3 += b * w3;
        }
      }
      const at = (y * after.width + x) * outputs + first;
      const [left, right] = [[a0, a1, a2, a3], [b0, b1, b2, b3]];
      for (let o = 0; o < many; o++) {
        result[at + o] = left[o] + bias[first + o];
        if (paired) result[at + outputs + o] = right[o] + bias[first + o];
      }
    }
  }
}
