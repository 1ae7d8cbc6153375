// PNGs with greys of 16 bits. A browser keeps the upper 8, and a picture that is too dark has nothing
// there; so it is unpacked here, and scaled as Python does.

import { largest, roundHalfEven } from "./arrays.js";

// Where the passes of an interlaced PNG begin, and how far apart their pixels are: across and down.
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/**
 * Read a PNG with greys of 16 bits: {data, width, height} with a byte for each pixel. They use the
 * smallest bit depth that holds all of them. Throws an error if the file is damaged.
 */
export async function readDeepGreys(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const passes = (view.getUint8(28) ? PASSES : [[0, 0, 1, 1]])
    .map(([left, top, across, down]) => ({
      ...{ left, top, across, down },
      wide: Math.ceil((width - left) / across),
      tall: Math.ceil((height - top) / down),
    }))
    .filter(({ wide, tall }) => wide > 0 && tall > 0);
  const size = passes.reduce((sum, { wide, tall }) => sum + tall * (1 + 2 * wide), 0);
  const rows = await inflate(pixelParts(bytes, view), size);
  if (rows.length < size) throw new Error("cut short");
  const greys = new Uint16Array(width * height);
  let at = 0;
  for (const { left, top, across, down, wide, tall } of passes) {
    let above = new Uint8Array(2 * wide);
    for (let y = 0; y < tall; y++) {
      const row = rows.subarray(at + 1, at + 1 + 2 * wide);
      unfilter(rows[at], row, above);
      const place = (top + y * down) * width + left;
      for (let x = 0; x < wide; x++) greys[place + x * across] = (row[2 * x] << 8) | row[2 * x + 1];
      above = row;
      at += 1 + 2 * wide;
    }
  }
  return { data: scaleGreys(greys), width, height };
}

function* pixelParts(bytes, view) {
  for (let at = 8; at + 8 <= bytes.length; at += 12 + view.getUint32(at)) {
    const name = view.getUint32(at + 4);
    if (name === 0x49454e44) return; // IEND
    if (name === 0x49444154) yield bytes.subarray(at + 8, at + 8 + view.getUint32(at)); // IDAT
  }
}

/** Unpack at most so many bytes, whatever the file would still unpack to. */
export async function inflate(parts, most) {
  const unpacked = new Blob([...parts]).stream().pipeThrough(new DecompressionStream("deflate"));
  const reader = unpacked.getReader();
  const result = new Uint8Array(most);
  let at = 0;
  while (at < most) {
    const { done, value } = await reader.read();
    if (done) break;
    result.set(value.subarray(0, most - at), at);
    at += value.length;
  }
  await reader.cancel();
  return result.subarray(0, at);
}

// Each byte of a row is kept as its difference from what its neighbours let one expect.
function unfilter(kind, row, above) {
  const expected = [
    () => 0,
    (left) => left,
    (left, up) => up,
    (left, up) => (left + up) >> 1,
    paeth,
  ][kind];
  for (let i = 0; i < row.length; i++) {
    const left = i > 1 ? row[i - 2] : 0;
    const corner = i > 1 ? above[i - 2] : 0;
    row[i] += expected(left, above[i], corner);
  }
}

function paeth(left, up, corner) {
  const fromLeft = Math.abs(up - corner);
  const fromUp = Math.abs(left - corner);
  const fromCorner = Math.abs(left + up - 2 * corner);
  if (fromLeft <= fromUp && fromLeft <= fromCorner) return left;
  return fromUp <= fromCorner ? up : corner;
}

function scaleGreys(greys) {
  const most = largest(greys);
  const full = [1, 255, 1023, 4095, 16383, 65535].find((one) => most <= one);
  const shades = new Uint8Array(greys.length);
  for (let i = 0; i < greys.length; i++) shades[i] = roundHalfEven(greys[i] * (255 / full));
  return shades;
}
