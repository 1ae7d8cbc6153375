// Networks in half precision, and what they say in a few words.

import { loadNetwork } from "../reader/network.js";
import { softmax } from "../reader/softmax.js";

/** Bytes that were deflated and put into Base64. It fails if they are damaged. */
export async function unpack(text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * What `mnist_helpers.share.page_weights.halve_weights` wrote, as `loadNetwork` takes it. It fails
 * if the weights are missing or damaged.
 */
export async function openWeights({ half, ...layers }) {
  const planes = await unpack(half);
  const count = planes.length / 2;
  const data = Float64Array.from({ length: count }, (_, i) =>
    fromHalf(planes[i] | (planes[count + i] << 8)),
  );
  return { ...layers, data };
}

/** A network with such weights, as a function from 28×28 bytes to ten probabilities. */
export async function openNetwork(weights) {
  const network = loadNetwork(await openWeights(weights));
  return (image) => softmax(network.look(image).logits);
}

// The number that the 16 bits of half precision stand for.
function fromHalf(bits) {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size = exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24;
  return bits & 0x8000 ? -size : size;
}

/** Nothing is certain, so neither "100 %" nor "0 %" is ever shown. */
export function percentOf(part) {
  if (part >= 0.995) return "> 99 %";
  return part < 0.005 ? "< 1 %" : `${Math.round(100 * part)} %`;
}
