// Measuring a picture's file before the browser decodes it: a small one can ask for minutes of work
// or for gigabytes. The limits and the sentences are those of Python.

import { roundHalfEven } from "./arrays.js";

export const MAX_PIXELS = 64_000_000;
const MAX_SIDE = 65_535;
const MAX_DECODING_BYTES = 320_000_000;
const MAX_SCANS = 100;
const MAX_SCAN_WORK = 7_000_000_000;
const MAX_NOTES = 500;
const MAX_PIECES_TO_OPEN = 6_000;
const MAX_PIECES_TO_DECODE = 300_000;
// A larger side is never needed: a digit that fills a hundredth of it still has 10 pixels.
export const REDUCED_SIDE = 1024;

const inPieces =
  "The picture's file is made of too many parts. Save the picture again, as PNG or JPEG.";
const noOrdinaryJpeg =
  "This JPEG is not an ordinary one: it is lossless or arithmetic. Save it as PNG.";

/** The picture cannot be opened; the message says why, in a sentence. */
export class PictureError extends Error {
  name = "PictureError";
}

export function checkSize(width, height) {
  if (width < 1 || height < 1) throw new PictureError("The picture has no pixels.");
  const [wide, tall, most] = [width, height, MAX_PIXELS].map((n) => n.toLocaleString("en"));
  if (width * height > MAX_PIXELS) {
    throw new PictureError(
      `The picture is too large: ${wide} × ${tall} pixels, and ${most} is the most. ` +
        "Make it smaller, then try again.",
    );
  }
  if (Math.max(width, height) > MAX_SIDE) {
    throw new PictureError(
      `The picture is too long: ${wide} × ${tall} pixels, and ` +
        `${MAX_SIDE.toLocaleString("en")} is the most for a side. Cut the digit out, then try ` +
        "again.",
    );
  }
}

function checkCost(cost) {
  if (cost <= MAX_DECODING_BYTES) return;
  const takes = roundHalfEven(cost / 1e6).toLocaleString("en");
  throw new PictureError(
    `The picture is too large: decoding it takes ${takes} MB of memory, and ` +
      `${MAX_DECODING_BYTES / 1e6} MB is the most. Make it smaller, or save it as an ordinary ` +
      "JPEG.",
  );
}

/**
 * Refuse a file that would take too long or too much memory. Returns "alpha" for a PNG with an alpha
 * channel, "deep" for one with greys of 16 bits, "known" for another picture, "refused" for an icon,
 * and "unknown" for the rest.
 */
export function measureFile(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  const found = MEASURES.find(([pattern]) => pattern.test(start));
  // An icon may hold a picture of any size. Browsers may know other formats than Pillow.
  if (!found) return /^\0\0[\x01\x02]\0/.test(start) ? "refused" : "unknown";
  try {
    return found[1](view, bytes, start) ?? "known";
  } catch (error) {
    if (error instanceof RangeError) return "known"; // cut short: the browser says so
    throw error;
  }
}

const MEASURES = [
  [/^\x89PNG/s, measurePng],
  [/^\xff\xd8\xff/s, (view, bytes) => measureJpeg(bytes, view)],
  [/^GIF8/s, measureGif],
  [/^BM/s, (view) => checkSize(...[18, 22].map((at) => Math.abs(view.getInt32(at, true))))],
  [/^RIFF....WEBP/s, measureWebp],
  [/^....ftyp/s, measureBoxes],
];

function measurePng(view) {
  const [width, height, bits, colour] = [16, 20].map((at) => view.getUint32(at)).concat(
    [24, 25].map((at) => view.getUint8(at)),
  );
  checkSize(width, height);
  let notes = 0;
  for (let at = 8, piece = 0; at + 8 <= view.byteLength; piece++) {
    const kind = view.getUint32(at + 4);
    if (kind === 0x49454e44) break; // IEND
    // Pixels are in IDAT, those of an animation in fcTL and fdAT.
    notes += ![0x49444154, 0x6663544c, 0x66644154].includes(kind);
    if (notes > MAX_NOTES || piece > MAX_PIECES_TO_DECODE) throw new PictureError(inPieces);
    at += 12 + view.getUint32(at);
  }
  const channels = [1, 0, 3, 1, 2, 0, 4][colour] ?? 4;
  const kept = colour === 0 ? Math.ceil(bits / 8) : colour === 3 ? 1 : 4;
  checkCost(width * height * Math.max(kept, (bits * channels) / 8));
  if (colour === 0 && bits === 16) return "deep";
  return colour & 4 ? "alpha" : "known";
}

/** The markers of a JPEG, as libjpeg finds them, and where the bodies of their segments begin. */
export function* segments(bytes, view) {
  let at = 2;
  while ((at = bytes.indexOf(0xff, at)) >= 0) {
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at++];
    if (marker === undefined) return;
    if (marker < 2 || (marker >= 0xd0 && marker <= 0xd8)) continue;
    yield [marker, at + 2];
    if (marker !== 0xd9) at += Math.max(2, at + 2 <= bytes.length ? view.getUint16(at) : 2);
  }
}

function measureJpeg(bytes, view) {
  let [scans, pieces, several, frame] = [0, 0, false, null];
  for (const [marker, at] of segments(bytes, view)) {
    if (marker === 0xd9 && scans) break;
    if (marker === 0xda && ++scans === 1 && frame) several ||= bytes[at] !== bytes[frame + 5];
    if (scans && several) {
      const pixels = view.getUint16(frame + 1) * view.getUint16(frame + 3);
      if (scans > MAX_SCANS || 3 * scans * pixels + 200 * at > MAX_SCAN_WORK) {
        throw new PictureError(
          "This JPEG has so many scans that it takes too long. Save it as an ordinary JPEG.",
        );
      }
    }
    if (++pieces > (scans ? MAX_PIECES_TO_DECODE : MAX_PIECES_TO_OPEN)) {
      throw new PictureError(inPieces);
    }
    if (scans || marker < 0xc0 || marker > 0xcf || [0xc4, 0xc8, 0xcc].includes(marker)) continue;
    if (marker > 0xc2) throw new PictureError(noOrdinaryJpeg);
    [frame, several] = [at, marker === 0xc2];
  }
  if (frame === null) return;
  const [height, width] = [view.getUint16(frame + 1), view.getUint16(frame + 3)];
  checkSize(width, height);
  const layers = bytes[frame + 5];
  const samples = Array.from({ length: layers }, (_, n) => bytes[frame + 7 + 3 * n]);
  const [across, down] = [(one) => one >> 4, (one) => one & 15].map((side) =>
    Math.max(...samples.map(side)),
  );
  const kept = samples.reduce((sum, one) => sum + (one >> 4) * (one & 15), 0) / (across * down);
  // As Pillow decodes it: at 1/2, 1/4 or 1/8 of its size, if that is large enough.
  const fit = Math.min(Math.trunc(width / REDUCED_SIDE), Math.trunc(height / REDUCED_SIDE));
  const scale = [8, 4, 2].find((one) => fit >= one) ?? 1;
  const shown = Math.ceil(width / scale) * Math.ceil(height / scale);
  checkCost(shown * (layers === 1 ? 1 : 4) + (several ? 2 * width * height * kept : 0));
}

// The first frame may be larger than the screen.
function measureGif(view) {
  const table = (flags) => (flags & 128 ? 6 << (flags & 7) : 0);
  let at = 13 + table(view.getUint8(10));
  const skip = () => {
    while (view.getUint8(at)) at += 1 + view.getUint8(at);
    at++;
  };
  const [width, height] = [view.getUint16(6, true), view.getUint16(8, true)];
  while (view.getUint8(at) === 0x21) {
    at += 2;
    skip();
  }
  const [left, top, wide, tall] = [1, 3, 5, 7].map((place) => view.getUint16(at + place, true));
  checkSize(Math.max(width, left + wide), Math.max(height, top + tall));
}

function measureWebp(view, bytes) {
  const low = (at, count) => view.getUint32(at, true) & (2 ** count - 1);
  const sizes = {
    "VP8 ": () => [low(26, 14), view.getUint16(28, true) & 0x3fff],
    VP8L: () => [low(21, 14) + 1, ((view.getUint32(21, true) >> 14) & 0x3fff) + 1],
    VP8X: () => [low(24, 24) + 1, (view.getUint32(26, true) >>> 8) + 1],
  };
  const size = sizes[String.fromCharCode(...bytes.subarray(12, 16))];
  const [width, height] = size?.() ?? [1, 1];
  checkSize(width, height);
  checkCost(16 * width * height);
}

// AVIF (and HEIC, which some browsers know): the sizes of the pictures inside are in boxes "ispe".
function measureBoxes(view, bytes, start) {
  const head = bytes.subarray(0, 65_536);
  let cost = 0;
  for (let at = head.indexOf(0x69); at >= 0; at = head.indexOf(0x69, at + 1)) {
    if (at + 16 > bytes.length || view.getUint32(at) !== 0x69737065) continue;
    const [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
    checkSize(width, height);
    cost = Math.max(cost, 12 * width * height);
  }
  checkCost(cost);
  return start.slice(8, 11) === "avi" ? "known" : "unknown";
}
