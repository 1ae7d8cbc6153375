// How a value inside a network comes about: the terms of its sum, and the pixels that it sees.
// `layers` is what a network's `follow` returns, and a place is {channel, x, y}.

/** Where a place's value lies in the output of a layer of this shape. */
export function indexOf({ width, channels }, { channel, x, y }) {
  return (y * width + x) * channels + channel;
}

/** The place of the value with this index. */
export function placeOf({ width, channels }, index) {
  const pixel = Math.floor(index / channels);
  return { channel: index % channels, x: pixel % width, y: Math.floor(pixel / width) };
}

/** The place of the largest value of a layer. */
export function strongest({ shape, values }) {
  return placeOf(shape, values.indexOf(values.reduce((most, one) => Math.max(most, one))));
}

/**
 * The `terms` that a convolution or a linear layer adds up for a value, {value, weight, product,
 * from} each, and its `bias`. `from` is the place of the term's value in the layer before, which
 * lies outside where the image is padded.
 */
export function openSum(layers, n, place) {
  const { layer, numbers, before } = layers[n];
  const [weights, bias] = numbers;
  const [size, padding] = layer.kind === "conv" ? [layer.size, layer.padding] : [0, 0];
  const [wide, high] = size ? [size, size] : [before.width, before.height];
  const [left, top] = size ? [place.x - padding, place.y - padding] : [0, 0];
  const count = before.channels * wide * high;
  const terms = Array.from({ length: count }, (_, i) => {
    const [channel, within] = [Math.floor(i / (wide * high)), i % (wide * high)];
    const from = { channel, x: left + (within % wide), y: top + Math.floor(within / wide) };
    const inside = from.x >= 0 && from.y >= 0 && from.x < before.width && from.y < before.height;
    const value = inside ? layers[n - 1].values[indexOf(before, from)] : 0;
    const weight = weights[place.channel * count + i];
    return { value, weight, product: value * weight, from: inside ? from : null };
  });
  return { terms, bias: bias[place.channel], wide, high };
}

/** The values of which pooling keeps the largest, {value, from} each. */
export function openPooling(layers, n, { channel, x, y }) {
  const { size } = layers[n].layer;
  return Array.from({ length: size * size }, (_, i) => {
    const from = { channel, x: x * size + (i % size), y: y * size + Math.floor(i / size) };
    return { value: layers[n - 1].values[indexOf(layers[n].before, from)], from };
  });
}

/** The largest products, at most `most`, the largest first, and what the others add up to. */
export function splitTerms(terms, most) {
  const sorted = [...terms].sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
  const others = sorted.slice(most);
  const rest = others.reduce((sum, { product }) => sum + product, 0);
  return { first: sorted.slice(0, most), others: others.length, rest };
}

/** The pixels of the image that a value depends on: [left, top, width, height]. */
export function pixelsBelow(layers, n, { x, y }) {
  let [left, top, right, bottom] = [x, y, x, y];
  for (let at = n; at > 0; at--) {
    const { layer, before } = layers[at];
    if (layer.kind === "conv") {
      const more = layer.size - 1 - layer.padding;
      [left, top] = [left - layer.padding, top - layer.padding];
      [right, bottom] = [right + more, bottom + more];
    } else if (layer.kind === "pool") {
      [left, top] = [left * layer.size, top * layer.size];
      [right, bottom] = [(right + 1) * layer.size - 1, (bottom + 1) * layer.size - 1];
    } else if (layer.kind === "linear") {
      [left, top, right, bottom] = [0, 0, before.width - 1, before.height - 1];
    }
  }
  const { width, height } = layers[0].shape;
  [left, top] = [Math.max(0, left), Math.max(0, top)];
  return [left, top, Math.min(right + 1, width) - left, Math.min(bottom + 1, height) - top];
}
