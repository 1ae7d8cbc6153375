// The network of the series, in plain JavaScript. All channels of a pixel lie together, so that
// each row of a convolution's window is one run of memory.

const IMAGE = { width: 28, height: 28, channels: 1 };

/**
 * Make a network from what `mnist_helpers.share.page_weights.network_weights` wrote; its `data`
 * may also be the numbers themselves, in a Float64Array.
 * Its `look(image)` takes a square of 28×28 bytes and returns the `logits`, a Float32Array(10);
 * `detected`, what the detector says: 0 or more for a digit, and 0 if there is no detector; and
 * `pairs`, the pair reader's logits, a Float32Array(101), or null if there is no pair reader.
 * Its `follow(image)` returns what each layer gives, from the normalized image to the logits:
 * {layer, numbers, before, shape, values}. These are the layer's description, its weights and
 * biases, the shapes of its input and its output, and the output, all channels of a pixel together.
 */
export function loadNetwork(weights) {
  const { mean, std, features, classifier, detector, pair_reader: pairReader, data } = weights;
  const numbers = typeof data === "string" ? decodeNumbers(data) : data;
  let next = 0;
  const take = (count) => numbers.subarray(next, (next += count));
  const find = chainLayers(features, IMAGE, take);
  const classify = chainLayers(classifier, find.shape, take);
  const detect = chainLayers(detector, find.shape, take);
  const readPair = chainLayers(pairReader, find.shape, take);
  if (next !== numbers.length) throw new Error("The network's weights do not fit its layers.");
  const prepare = (image) => Float64Array.from(image, (value) => (value / 255 - mean) / std);
  const look = (image) => {
    const values = find.run(prepare(image));
    return {
      logits: Float32Array.from(classify.run(values)),
      detected: detector.length ? detect.run(values)[0] : 0,
      pairs: pairReader.length ? Float32Array.from(readPair.run(values)) : null,
    };
  };
  const follow = (image) => {
    const start = { layer: { kind: "image" }, numbers: [], before: IMAGE, shape: IMAGE };
    const done = [{ ...start, values: prepare(image) }];
    for (const { step, ...rest } of [...find.layers, ...classify.layers]) {
      done.push({ ...rest, values: step(done.at(-1).values) });
    }
    return done;
  };
  return { look, follow };
}

// Layers in a row, `run`, which takes the values through all of them, and the shape that comes out.
function chainLayers(descriptions, shape, take) {
  const layers = descriptions.map((layer) => {
    const [before, numbers] = [shape, []];
    const note = (count) => numbers[numbers.push(take(count)) - 1];
    const [step, after] = LAYER_MAKERS[layer.kind](layer, before, note);
    shape = after;
    return { layer, numbers, before, shape, step };
  });
  return { layers, shape, run: (values) => layers.reduce((now, { step }) => step(now), values) };
}

function decodeNumbers(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

// Each takes a layer's description, the shape of its input, and a function that takes the next
// numbers. It returns the function from input to output, and the shape of the output.
const LAYER_MAKERS = {
  conv: makeConvolution,
  pool: makePooling,
  relu: makeRelu,
  scale: makeScale,
  linear: makeLinear,
};

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
      // PyTorch flattens the values channel by channel.
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
  for (let first = 0; first < outputs; first += BLOCK) {
    blocks.push(packBlock(weights, first, { inputs, outputs, size }));
  }
  const wide = width + 2 * padding;
  const inner = { width, height, channels: inputs };
  const tall = height + 2 * padding;
  const after = { width: wide - size + 1, height: tall - size + 1, channels: outputs };
  const most = size * size * inputs;
  const found = { values: new Float64Array(most), places: new Int32Array(most) };
  const step = (values) => {
    const padded = padding ? padValues(values, inner, padding) : values;
    const result = new Float64Array(after.width * after.height * outputs);
    for (let at = 0; at < after.width * after.height; at++) {
      const x = at % after.width;
      const start = (((at - x) / after.width) * wide + x) * inputs;
      const count = findNonzero(padded, start, wide * inputs, size, size * inputs, found);
      blocks.forEach((block, b) => {
        sumBlock(found, count, block, bias, b * BLOCK, result, at * outputs);
      });
    }
    return result;
  };
  return [step, after];
}

// This many outputs are summed at once, so that each fetched value is used that often.
const BLOCK = 8;

// The weights of a block of outputs side by side, in the order of the window's values.
function packBlock(weights, first, { inputs, outputs, size }) {
  const packed = new Float64Array(size * size * inputs * BLOCK);
  for (let o = 0; o < Math.min(BLOCK, outputs - first); o++) {
    for (let c = 0; c < inputs; c++) {
      const from = ((first + o) * inputs + c) * size * size;
      for (let k = 0; k < size * size; k++) {
        packed[(k * inputs + c) * BLOCK + o] = weights[from + k];
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

// The values of a window that are not 0, and where their weights lie. ReLU and the padding make
// more than half of a window 0, and a 0 need not be multiplied by each output's weights.
function findNonzero(data, start, stride, rows, run, { values, places }) {
  let count = 0;
  for (let row = 0, place = 0; row < rows; row++) {
    const from = start + row * stride;
    for (let i = from; i < from + run; i++, place += BLOCK) {
      const value = data[i];
      values[count] = value;
      places[count] = place;
      if (value !== 0) count++;
    }
  }
  return count;
}

function sumBlock({ values, places }, count, weights, bias, first, result, at) {
  let [s0, s1, s2, s3, s4, s5, s6, s7] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const value = values[i];
    const w = places[i];
    s0 += value * weights[w];
    s1 += value * weights[w + 1];
    s2 += value * weights[w + 2];
    s3 += value * weights[w + 3];
    s4 += value * weights[w + 4];
    s5 += value * weights[w + 5];
    s6 += value * weights[w + 6];
    s7 += value * weights[w + 7];
  }
  const sums = [s0, s1, s2, s3, s4, s5, s6, s7];
  const many = Math.min(BLOCK, bias.length - first);
  for (let o = 0; o < many; o++) result[at + first + o] = sums[o] + bias[first + o];
}
