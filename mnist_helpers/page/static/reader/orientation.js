// Which way up a picture is to be shown: what its EXIF data say or, without them, its XMP data. Only
// some browsers turn only some kinds of files themselves, so the reader does it for all.

import { inflate } from "./deep_greys.js";
import { segments } from "./measuring.js";

// What a note says, by its kind; those that come first count first.
const TAGS = { exif: exifTag, profile: profileTag, xmp: xmpTag };
const MAX_NOTED_BYTES = 16_000_000;

/**
 * Read how a PNG, JPEG or WebP is to be turned: {orientation, upright}. These are EXIF's number, 1
 * to 8 (0 if it says nothing), and a file without it, which any browser shows as it is stored.
 */
export async function readOrientation(blob, bytes) {
  const notes = findNotes(bytes);
  const orientation = await findOrientation(notes).catch(() => 0); // damaged
  const exif = notes.filter((note) => note.kind === "exif");
  if (!exif.length) return { orientation, upright: blob };
  const parts = [];
  let at = 0;
  for (const { start, end, instead } of exif) {
    parts.push(bytes.subarray(at, start), instead);
    at = end;
  }
  return { orientation, upright: new Blob([...parts, bytes.subarray(at)]) };
}

async function findOrientation(notes) {
  for (const [kind, read] of Object.entries(TAGS)) {
    for (const { content, packed } of notes.filter((note) => note.kind === kind)) {
      const found = read(packed ? await inflate([content], MAX_NOTED_BYTES) : content);
      if (found) return found;
    }
  }
  return 0;
}

/** Turn a picture, {bands, width, height}, as the number of EXIF says. */
export function turnUpright({ bands, width, height }, orientation = 0) {
  if (!(orientation > 1 && orientation < 9)) return { bands, width, height };
  const swapped = orientation > 4;
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBelow = [3, 4, 6, 7].includes(orientation);
  const [wide, tall] = swapped ? [height, width] : [width, height];
  const turned = bands.map((band) => {
    const data = new Uint8Array(band.length);
    for (let i = 0; i < data.length; i++) {
      const [x, y] = [i % wide, Math.floor(i / wide)];
      const [across, down] = swapped ? [y, x] : [x, y];
      const column = fromRight ? width - 1 - across : across;
      data[i] = band[(fromBelow ? height - 1 - down : down) * width + column];
    }
    return data;
  });
  return { bands: turned, width: wide, height: tall };
}

// Where the notes are, in the order of the file: their kind, what is in them, the part of the file
// to leave out, and what to put there instead.
function findNotes(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = latin1(bytes.subarray(0, 12));
  try {
    if (start.startsWith("PNG", 1)) return [...pngNotes(bytes, view)];
    if (start.startsWith("\xff\xd8\xff")) return [...jpegNotes(bytes, view)];
    if (/^RIFF....WEBP/s.test(start)) return [...webpNotes(bytes, view)];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // cut short
  }
  return [];
}

function* pngNotes(bytes, view) {
  for (let at = 8; at + 8 <= bytes.length; ) {
    const name = latin1(bytes.subarray(at + 4, at + 8));
    const [start, end] = [at, at + 12 + view.getUint32(at)];
    const content = bytes.subarray(at + 8, end - 4);
    const words = latin1(content.subarray(0, 23));
    if (name === "eXIf") yield { kind: "exif", content, start, end, instead: "" };
    if (name === "iTXt" && words.startsWith("XML:com.adobe.xmp\0")) {
      // Two bytes say whether it is packed, and two short texts follow.
      const text = content.indexOf(0, content.indexOf(0, 20) + 1) + 1;
      yield { kind: "xmp", content: content.subarray(text), packed: content[18] === 1 };
    }
    // As ImageMagick writes EXIF data.
    if (name === "zTXt" && words === "Raw profile type exif\0\0") {
      yield { kind: "profile", content: content.subarray(23), packed: true };
    }
    if (name === "IEND") return;
    at = end;
  }
}

function* jpegNotes(bytes, view) {
  for (const [marker, at] of segments(bytes, view)) {
    if (marker === 0xda) return;
    if (marker !== 0xe1) continue;
    const end = at - 2 + view.getUint16(at - 2);
    const content = bytes.subarray(at, end);
    const name = latin1(content.subarray(0, 28));
    // Its marker has two bytes, and so has its length.
    if (name.startsWith("Exif\0\0")) {
      yield { kind: "exif", content, start: at - 4, end, instead: "" };
    }
    if (name.endsWith("ns.adobe.com/xap/1.0/")) yield { kind: "xmp", content };
  }
}

function* webpNotes(bytes, view) {
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = latin1(bytes.subarray(at, at + 4));
    const size = view.getUint32(at + 4, true);
    const content = bytes.subarray(at + 8, at + 8 + size);
    // The file's header counts its bytes, so that none may be missing: an unknown name takes it.
    if (name === "EXIF") yield { kind: "exif", content, start: at, end: at + 4, instead: "none" };
    if (name === "XMP ") yield { kind: "xmp", content };
    at += 8 + size + (size % 2);
  }
}

function exifTag(content) {
  const named = latin1(content.subarray(0, 6)) === "Exif\0\0";
  const block = named ? content.subarray(6) : content;
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const little = view.getUint8(0) === 0x49;
  const first = view.getUint32(4, little);
  for (let n = view.getUint16(first, little), at = first + 2; n > 0; n--, at += 12) {
    if (view.getUint16(at, little) !== 0x0112) continue;
    const long = view.getUint16(at + 2, little) === 4; // usually, the number has two bytes
    return long ? view.getUint32(at + 8, little) : view.getUint16(at + 8, little);
  }
  return 0;
}

function profileTag(content) {
  const digits = latin1(content).split("\n").slice(3).join("");
  return exifTag(Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16)));
}

function xmpTag(content) {
  return Number(/tiff:Orientation(?:="|>)(\d)/.exec(latin1(content))?.[1] ?? 0);
}

function latin1(bytes) {
  return new TextDecoder("latin1").decode(bytes);
}
